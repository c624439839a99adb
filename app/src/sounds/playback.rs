//! Recordings that somebody wants to hear again. The thread that plays them may hang in the sound system.

use super::output::Output;
use super::streaming::{RATE_HZ, Tap, ring};
use crate::text::sentence;
use crossbeam_channel::{Receiver, RecvTimeoutError, Sender, bounded};
use hark_engine::audio::{AudioFile, SampleStream};
use std::path::PathBuf;
use std::thread;
use std::time::Duration;

/// How often it is told how far a recording is.
const TELL: Duration = Duration::from_millis(100);

/// What is heard.
#[derive(Clone, Debug, PartialEq)]
pub enum Heard {
    /// This moment of the recording of this number is heard.
    Plays { number: u64, position: Duration },
    /// It is over, or why it cannot be heard.
    Ended { number: u64, problem: Option<String> },
}

/// Where what is heard comes from.
#[derive(Clone, Debug, PartialEq)]
pub enum Sound {
    File(PathBuf),
    /// A file in this program.
    Bundled(&'static [u8]),
}

/// What is to be heard.
#[derive(Clone, Debug, PartialEq)]
pub struct Wanted {
    pub sound: Sound,
    /// The audio track, from 1; `None` is the usual one.
    pub track: Option<usize>,
    /// Where it begins.
    pub from: Duration,
}

/// What is to be played, by number; `None` is silence.
type Order = (u64, Option<Wanted>);

/// Where recordings are played. Asking never waits.
#[derive(Default)]
pub struct Playback {
    /// `None` plays nothing.
    orders: Option<Sender<Order>>,
    last: u64,
}

impl Playback {
    /// On the system's loudspeaker; `heard` is told of it. Silence if the system has no thread for it.
    pub fn start(heard: Sender<Heard>) -> Self {
        let (orders, inbox) = bounded(16);
        let spawned = thread::Builder::new().name("hark-playback".into()).spawn(move || run(&inbox, &heard));
        Self { orders: spawned.is_ok().then_some(orders), last: 0 }
    }

    /// Plays a recording in place of what is playing, and gives the number that is told of it; `None` if nobody
    /// plays anything.
    pub fn play(&mut self, wanted: Wanted) -> Option<u64> {
        self.last += 1;
        self.orders.as_ref()?.try_send((self.last, Some(wanted))).ok()?;
        Some(self.last)
    }

    /// Plays nothing any more.
    pub fn stop(&mut self) {
        // A thread that is too busy to hear of it hangs, and plays nothing.
        let _ = self.orders.as_ref().map(|orders| orders.try_send((0, None)));
    }
}

fn run(orders: &Receiver<Order>, heard: &Sender<Heard>) {
    let mut next = orders.recv().ok();
    while let Some((number, wanted)) = next.take() {
        let Some(wanted) = wanted else {
            next = orders.recv().ok();
            continue;
        };
        let (interrupted, problem) = match play(number, &wanted, orders, heard) {
            Ok(interrupted) => (interrupted, None),
            Err(why) => (None, Some(why)),
        };
        if heard.send(Heard::Ended { number, problem }).is_err() {
            return;
        }
        next = interrupted.or_else(|| orders.recv().ok());
    }
}

/// Plays until the end or another order, which it gives.
fn play(
    number: u64,
    wanted: &Wanted,
    orders: &Receiver<Order>,
    heard: &Sender<Heard>,
) -> Result<Option<Order>, String> {
    let cannot = |why: &dyn std::fmt::Display| sentence(&format!("the recording cannot be played: {why}"));
    let file = match &wanted.sound {
        // Opening a pipe waits for somebody to write into it, which may be for ever.
        Sound::File(path) if std::fs::metadata(path).is_ok_and(|file| !file.is_file()) => {
            return Err(cannot(&"it is no file"));
        }
        Sound::File(path) => AudioFile::open(path, wanted.track),
        Sound::Bundled(bytes) => AudioFile::from_bytes("the bundled clip", (*bytes).into(), wanted.track),
    };
    let file = file.map_err(|error| cannot(&error))?;
    let mut stream = file.open_at(wanted.from.as_secs_f64()).map_err(|error| cannot(&error))?;
    let (mut tap, voices) = ring();
    fill(&mut tap, stream.as_mut());
    let output = Output::open(&|rate| voices.voice(rate), None)
        .ok_or("The recording cannot be played: the loudspeaker does not work.")?;
    output.play();
    loop {
        match orders.recv_timeout(if output.has_ended() { output.delay() } else { TELL }) {
            Ok(order) => return Ok(Some(order)),
            Err(RecvTimeoutError::Disconnected) => return Ok(None),
            Err(RecvTimeoutError::Timeout) if output.has_ended() => return Ok(None),
            Err(RecvTimeoutError::Timeout) => {
                let played = Duration::from_secs_f64(tap.played() as f64 / f64::from(RATE_HZ));
                let position = wanted.from + played.saturating_sub(output.delay());
                // Who is too busy to hear of it hears of it in a moment.
                let _ = heard.try_send(Heard::Plays { number, position });
                fill(&mut tap, stream.as_mut());
            }
        }
    }
}

/// Reads ahead, as far as there is room. What cannot be read is the end.
fn fill(tap: &mut Tap, stream: &mut dyn SampleStream) {
    let mut block = Vec::new();
    while tap.has_room() {
        block.clear();
        if !matches!(stream.next_block(&mut block), Ok(true)) {
            return tap.end();
        }
        tap.push(&block);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_recording_is_told_and_ends_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.wav");
        std::fs::write(&path, "RIFF").unwrap();
        let (heard, hears) = bounded(16);
        let mut playback = Playback::start(heard);
        let wanted = |file: PathBuf| Wanted { sound: Sound::File(file), track: None, from: Duration::ZERO };
        for path in [path, folder.path().join("missing.wav"), folder.path().to_owned()] {
            let number = playback.play(wanted(path)).unwrap();
            match hears.recv_timeout(Duration::from_secs(20)).unwrap() {
                Heard::Ended { number: ended, problem: Some(problem) } => {
                    assert_eq!(ended, number);
                    assert!(problem.starts_with("The recording cannot be played: "), "{problem}");
                }
                other => panic!("{other:?}"),
            }
        }
        assert_eq!(Playback::default().play(wanted("a.wav".into())), None);
    }
}
