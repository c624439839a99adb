//! From a model's name to its file.

use super::client::{Answer, Client, Content, Stop};
use super::part::{BLOCK, Part};
use super::{DownloadError, Limits};
use crate::models;
use crate::models::published::Published;
use hark_engine::Cancel;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

/// How often progress is told, at most.
const TELL: Duration = Duration::from_millis(200);
/// Speed is that of about so long.
const RECENTLY: Duration = Duration::from_secs(3);
/// How often a pause looks whether it is still wanted.
const GLANCE: Duration = Duration::from_millis(20);

/// How far a download is.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Progress {
    /// Bytes that are there.
    pub done: u64,
    /// Bytes of the file.
    pub total: u64,
    /// Bytes per second of late; 0 before it is known.
    pub per_second: f64,
}

impl Progress {
    /// Time left at the speed of late.
    pub fn left(&self) -> Option<Duration> {
        let seconds = self.total.saturating_sub(self.done) as f64 / self.per_second;
        Duration::try_from_secs_f64(seconds).ok()
    }
}

/// A download that has not begun.
pub struct Fetch {
    client: Client,
    model: &'static Published,
    folder: PathBuf,
    cancel: Cancel,
}

impl Fetch {
    /// Of this model, from this place (see [`super::place`]), into this folder.
    pub fn new(model: &'static Published, place: &str, folder: &Path, limits: Limits) -> Self {
        let client = Client::new(format!("{place}/{}", model.file_name()), limits);
        let cancel = client.cancel();
        Self { client, model, folder: folder.into(), cancel }
    }

    /// What ends it.
    pub fn stop(&self) -> Stop {
        self.client.stop()
    }

    /// Fetches what is missing and gives the place of the file, of which it is known from then on what was found.
    /// Returns when the file is whole, a reason to give up is found, or it is stopped.
    ///
    /// # Errors
    /// [`DownloadError`].
    pub fn run(self, mut tell: impl FnMut(Progress)) -> Result<PathBuf, DownloadError> {
        let place = self.folder.join(self.model.file_name());
        if place.metadata().is_ok_and(|there| there.len() == self.model.bytes) {
            return Ok(place);
        }
        let mut part = Part::open(&self.folder, self.model, &self.cancel)?;
        let ended = self.bring(&mut part, &mut tell);
        match ended {
            Ok((place, found)) => {
                // Not to know it costs nothing.
                let _ = models::record(&self.folder, &self.model.file_name(), &found);
                Ok(place)
            }
            Err(error) => {
                if part.length() == 0 {
                    part.discard();
                }
                Err(error)
            }
        }
    }

    fn bring(
        &self,
        part: &mut Part,
        tell: &mut impl FnMut(Progress),
    ) -> Result<(PathBuf, models::Verified), DownloadError> {
        let gone_on_with = part.length() > 0;
        self.fill(part, tell)?;
        match part.finish(self.model, self.client.host()) {
            // The beginning may have been the beginning of something else.
            Err(DownloadError::Corrupt { .. }) if gone_on_with => {
                self.fill(part, tell)?;
                part.finish(self.model, self.client.host())
            }
            ended => ended,
        }
    }

    /// Fetches until the part is as long as the file.
    fn fill(&self, part: &mut Part, tell: &mut impl FnMut(Progress)) -> Result<(), DownloadError> {
        self.check_room(part.length())?;
        let mut pace = Pace::new(self.model.bytes, part.length());
        let mut vain = 0;
        while part.length() < self.model.bytes {
            let before = part.length();
            let error = match self.fetch(part, &mut pace, tell) {
                Ok(()) => continue,
                Err(error) => error,
            };
            vain = if part.length() > before { 1 } else { vain + 1 };
            if self.cancel.is_raised() {
                return Err(DownloadError::Cancelled);
            }
            if !error.may_pass() || vain >= self.client.limits().tries {
                return Err(error);
            }
            self.pause()?;
        }
        Ok(())
    }

    /// One request, until its answer ends.
    fn fetch(
        &self,
        part: &mut Part,
        pace: &mut Pace,
        tell: &mut impl FnMut(Progress),
    ) -> Result<(), DownloadError> {
        let expected = self.model.bytes;
        let mut content = match self.client.ask(part.length(), expected)? {
            Answer::Rest(content) => content,
            Answer::Whole(content) => self.anew(part, content)?,
            Answer::Nothing => {
                part.clear()?;
                match self.client.ask(0, expected)? {
                    Answer::Whole(content) => content,
                    Answer::Rest(_) | Answer::Nothing => return Err(self.client.cut_short()),
                }
            }
        };
        let mut block = vec![0; BLOCK];
        loop {
            if self.cancel.is_raised() {
                return Err(DownloadError::Cancelled);
            }
            let read = content.read(&mut block).map_err(|error| self.client.read_error(error))?;
            let room = usize::try_from(expected - part.length()).unwrap_or(usize::MAX);
            if read == 0 {
                return if room == 0 { Ok(()) } else { Err(self.client.cut_short()) };
            }
            part.add(&block[..read.min(room)])?;
            if read > room {
                let (host, offered) = (self.client.host().into(), expected + (read - room) as u64);
                part.clear()?;
                return Err(DownloadError::OtherFile { host, offered, expected });
            }
            if let Some(progress) = pace.at(part.length(), Instant::now()) {
                tell(progress);
            }
            if part.length() == expected {
                return Ok(());
            }
        }
    }

    /// The server goes on from nowhere: the file begins again.
    fn anew(&self, part: &mut Part, content: Content) -> Result<Content, DownloadError> {
        if part.length() > 0 {
            part.clear()?;
        }
        Ok(content)
    }

    fn check_room(&self, there: u64) -> Result<(), DownloadError> {
        let needed = self.model.bytes - there;
        match free(&self.folder) {
            Some(free) if free < needed => {
                Err(DownloadError::NoRoom { folder: self.folder.clone(), needed, free })
            }
            _ => Ok(()),
        }
    }

    fn pause(&self) -> Result<(), DownloadError> {
        let end = Instant::now() + self.client.limits().pause;
        while Instant::now() < end {
            if self.cancel.is_raised() {
                return Err(DownloadError::Cancelled);
            }
            thread::sleep(GLANCE);
        }
        Ok(())
    }
}

/// Bytes that this user may still write there; `None` where the system does not tell.
fn free(folder: &Path) -> Option<u64> {
    #[cfg(unix)]
    {
        let disk = rustix::fs::statvfs(folder).ok()?;
        disk.f_bavail.checked_mul(disk.f_frsize)
    }
    #[cfg(not(unix))]
    {
        let _ = folder;
        None
    }
}

/// Progress, told not too often.
struct Pace {
    total: u64,
    told: Option<Instant>,
    /// Moments and bytes, from about [`RECENTLY`] on.
    marks: Vec<(Instant, u64)>,
}

impl Pace {
    fn new(total: u64, there: u64) -> Self {
        Self { total, told: None, marks: vec![(Instant::now(), there)] }
    }

    fn at(&mut self, done: u64, now: Instant) -> Option<Progress> {
        let due = self.told.is_none_or(|told| now.saturating_duration_since(told) >= TELL);
        if !due && done < self.total {
            return None;
        }
        self.told = Some(now);
        // A file that begins again has no speed yet.
        self.marks.retain(|(_, bytes)| *bytes <= done);
        let old = |(at, _): &(Instant, u64)| now.saturating_duration_since(*at) > RECENTLY;
        while self.marks.len() > 1 && old(&self.marks[1]) {
            self.marks.remove(0);
        }
        let first = *self.marks.first().unwrap_or(&(now, done));
        self.marks.push((now, done));
        let time = now.saturating_duration_since(first.0).as_secs_f64();
        let per_second = if time > 0.0 { (done - first.1) as f64 / time } else { 0.0 };
        Some(Progress { done, total: self.total, per_second })
    }
}
