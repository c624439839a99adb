//! A recording under way, from the ring to the file.

use super::channels::{Channel, Channels};
use super::elsewhere;
use super::meter::{Meter, Reading};
use super::moving::{Moving, Step};
use super::pending;
use super::recording_file::{Recorded, RecordingFile};
use super::report::{CaptureEvent, End, Opening};
use super::slips::Slips;
use super::stream::OpenStream;
use super::tap::Tap;
use hark_engine::audio::{AudioError, Resampler};
use std::io;
use std::path::Path;
use std::time::{Duration, SystemTime};

/// A recording under way, behind the ring.
pub struct Take<'a> {
    id: String,
    device: String,
    opened: bool,
    channels: Channels,
    told: Option<(Channel, bool)>,
    resampler: Resampler,
    file: RecordingFile,
    /// Its way to another folder.
    moving: Option<Moving>,
    /// How its text is to be made.
    note: String,
    tap: Option<Tap>,
    meter: Meter,
    slips: Slips,
    tell: &'a dyn Fn(CaptureEvent),
    interleaved: Vec<f32>,
    mono: Vec<f32>,
    resampled: Vec<f32>,
}

impl<'a> Take<'a> {
    /// Records `stream` into `file`; `channel` is the one to record if the person chose one. The recording is
    /// heard by the tap, and noted to become text in the manner that the note says.
    pub fn new(
        stream: &OpenStream,
        channel: Option<usize>,
        file: RecordingFile,
        (tap, note): (Option<Tap>, String),
        tell: &'a dyn Fn(CaptureEvent),
    ) -> Result<Self, AudioError> {
        let resampler = Resampler::new(stream.rate)?;
        note_down(&file, &note);
        Ok(Self {
            id: stream.id.clone(),
            device: stream.device.clone(),
            opened: false,
            channels: Channels::new(stream.channels, stream.rate, channel),
            told: None,
            resampler,
            file,
            moving: None,
            note,
            tap,
            meter: Meter::default(),
            slips: Slips::default(),
            tell,
            interleaved: Vec::new(),
            mono: Vec::new(),
            resampled: Vec::new(),
        })
    }

    /// Whether there was a sample.
    pub fn is_opened(&self) -> bool {
        self.opened
    }

    /// Whether no more can be kept.
    pub fn is_full(&self) -> bool {
        self.file.is_full()
    }

    /// Takes what the ring holds.
    pub fn pull(&mut self, stream: &mut OpenStream) -> Result<(), AudioError> {
        self.interleaved.clear();
        stream.take(&mut self.interleaved);
        // An open stream can be deaf for seconds, and what is said then is lost.
        if !self.opened && !self.interleaved.is_empty() {
            self.opened = true;
            (self.tell)(CaptureEvent::Opened(Opening {
                open: stream.open,
                begins: stream.heard_since(self.interleaved.len()),
            }));
        }
        if self.opened {
            let (at, behind_us) = stream.clock();
            self.slips.observe(at, behind_us);
        }
        self.mono.clear();
        self.channels.push(&self.interleaved, &mut self.mono);
        self.tell_channel();
        let resampled = self.resampler.push(&self.mono, &mut self.resampled);
        self.write();
        resampled
    }

    /// Tells which of several channels is recorded, when that changes.
    fn tell_channel(&mut self) {
        let (channel, decided) = (self.channels.chosen(), self.channels.is_decided());
        if self.opened && channel.of > 1 && self.told != Some((channel, decided)) {
            self.told = Some((channel, decided));
            (self.tell)(CaptureEvent::Channel { id: self.id.clone(), channel, decided });
        }
    }

    fn write(&mut self) {
        if let Some(tap) = &mut self.tap {
            tap.push(&self.resampled);
        }
        let written = self.file.write(&self.resampled);
        self.report(written);
        let elapsed = self.file.length();
        let readings = self.meter.push(&self.resampled);
        let channels = if readings.is_empty() { Vec::new() } else { self.channels.take_peaks() };
        for reading in readings {
            (self.tell)(match reading {
                Reading::Peak(peak) => CaptureEvent::Level { elapsed, peak, channels: channels.clone() },
                Reading::Silent(silent) => {
                    let (device, channel) = (self.device.clone(), self.channels.chosen());
                    let every = !self.channels.is_decided() || channel.of == 1;
                    CaptureEvent::Silent { device, channel, every, silent }
                }
            });
        }
        self.resampled.clear();
    }

    /// Makes everything up to here safe.
    pub fn checkpoint(&mut self) {
        let saved = self.file.checkpoint();
        self.report(saved);
    }

    /// Begins to move the recording into another folder, if its own takes no more.
    pub fn move_to(&mut self, folder: &Path) {
        if !self.file.is_in_memory() || self.moving.is_some() {
            return;
        }
        match Moving::begin(folder, SystemTime::now()) {
            Ok(moving) => self.moving = Some(moving),
            Err(error) => self.report(Err(error)),
        }
    }

    /// Takes a move from `home` one piece further. Gives whether there is more to do.
    pub fn go_on_moving(&mut self, home: &Path) -> bool {
        let Some(moving) = self.moving.take() else { return false };
        match moving.go_on(&mut self.file) {
            Ok(Step::Further(moving)) => self.moving = Some(*moving),
            Ok(Step::There(folder)) => {
                // Without it, only a kill from here on costs that the next start offers the recording.
                let _ = elsewhere::remember(home, &folder);
                note_down(&self.file, &self.note);
                (self.tell)(CaptureEvent::Moved { folder });
            }
            Err(error) => self.report(Err(error)),
        }
        self.moving.is_some()
    }

    fn report(&self, result: io::Result<()>) {
        if let Err(error) = result {
            (self.tell)(CaptureEvent::DiskTrouble { reason: error.to_string() });
        }
    }

    /// Tells what was lost on the way, if anything.
    pub fn report_gaps(&self, stream: &OpenStream) {
        let missed = Duration::from_secs_f64(stream.overrun_frames() as f64 / f64::from(stream.rate));
        let (slipped, slips, xruns) = (self.slips.lost(), self.slips.seconds(), stream.xruns());
        if !missed.is_zero() || !slipped.is_zero() || xruns > 0 {
            (self.tell)(CaptureEvent::Gaps { missed, slipped, slips, xruns });
        }
    }

    /// Closes the recording of `folder`.
    pub fn close(mut self, end: End, folder: &Path) {
        self.mono.clear();
        self.channels.finish(&mut self.mono);
        // The resampler refuses nothing for mono, and there is nothing left to lose if it did.
        let _ = self.resampler.push(&self.mono, &mut self.resampled);
        let _ = self.resampler.finish(&mut self.resampled);
        self.write();
        // Whoever listens need not wait for the disk.
        self.tap = None;
        while self.go_on_moving(folder) {}
        if end == End::Leave {
            return self.file.leave();
        }
        let noted = self.file.finished_path().to_owned();
        let recorded = self.file.finish();
        if recorded.is_none() || end == End::Abandon {
            pending::settle(&noted);
        } else if let Some(Recorded { path, memory: None, .. }) = &recorded
            && (path.starts_with(folder)
                || elsewhere::folders(folder).iter().any(|other| path.starts_with(other)))
        {
            // Without its mark a recording is only not offered at the next start.
            let _ = pending::mark(path, &self.note);
        }
        (self.tell)(recorded.map_or(CaptureEvent::Empty, CaptureEvent::Finished));
    }
}

/// Notes beside a recording that grows that its text is to be made, and how. Whatever ends the program between its
/// last sample and its text finds the note there.
fn note_down(file: &RecordingFile, note: &str) {
    // Without its note a recording is still recovered, but becomes text in the usual language.
    let _ = pending::mark(file.finished_path(), note);
}
