//! Recordings that somebody wants to hear again. The thread that plays them may hang in the sound system.

use super::output::{Output, Voice};
use crate::text::sentence;
use crossbeam_channel::{Receiver, RecvTimeoutError, Sender, bounded};
use std::f64::consts::PI;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::Duration;

/// How often it is told how far a recording is.
const TELL: Duration = Duration::from_millis(100);

/// What is heard.
#[derive(Clone, Debug, PartialEq)]
pub enum Heard {
    /// So much of the recording of this number was heard.
    Plays { number: u64, position: Duration },
    /// It is over, or why it cannot be heard.
    Ended { number: u64, problem: Option<String> },
}

/// What is to be played, by number; `None` is silence.
type Order = (u64, Option<PathBuf>);

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
    pub fn play(&mut self, recording: PathBuf) -> Option<u64> {
        self.last += 1;
        self.orders.as_ref()?.try_send((self.last, Some(recording))).ok()?;
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
    while let Some((number, recording)) = next.take() {
        let Some(recording) = recording else {
            next = orders.recv().ok();
            continue;
        };
        let (interrupted, problem) = match play(number, &recording, orders, heard) {
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
    recording: &Path,
    orders: &Receiver<Order>,
    heard: &Sender<Heard>,
) -> Result<Option<Order>, String> {
    let unreadable = |error: hound::Error| sentence(&format!("the recording cannot be played: {error}"));
    let mut reader = hound::WavReader::open(recording).map_err(unreadable)?;
    let rate = reader.spec().sample_rate;
    if reader.spec().channels != 1 || reader.spec().bits_per_sample != 16 {
        return Err("The recording cannot be played: Hark did not make it.".into());
    }
    let samples: Vec<i16> = reader.samples().collect::<Result<_, _>>().map_err(unreadable)?;
    let samples: Arc<[i16]> = samples.into();
    let place = Arc::new(AtomicU64::new(0));
    let voice = |output_rate| voice(samples.clone(), f64::from(rate) / f64::from(output_rate), place.clone());
    let output =
        Output::open(&voice, None).ok_or("The recording cannot be played: the loudspeaker does not work.")?;
    output.play();
    loop {
        match orders.recv_timeout(if output.has_ended() { output.delay() } else { TELL }) {
            Ok(order) => return Ok(Some(order)),
            Err(RecvTimeoutError::Disconnected) => return Ok(None),
            Err(RecvTimeoutError::Timeout) if output.has_ended() => return Ok(None),
            Err(RecvTimeoutError::Timeout) => {
                let position = place.load(Ordering::Relaxed) as f64 / f64::from(rate);
                let position = Duration::from_secs_f64(position).saturating_sub(output.delay());
                // Who is too busy to hear of it hears of it in a moment.
                let _ = heard.try_send(Heard::Plays { number, position });
            }
        }
    }
}

/// The recording at another rate: each sample is a sum of its neighbours, weighted by a windowed sinc.
fn voice(samples: Arc<[i16]>, step: f64, place: Arc<AtomicU64>) -> Voice {
    let mut taken = 0_u64;
    Box::new(move || {
        let at = taken as f64 * step;
        if at >= samples.len() as f64 {
            return None;
        }
        taken += 1;
        place.store(at as u64, Ordering::Relaxed);
        Some(between(&samples, at, step.max(1.0)))
    })
}

/// The value between two samples; `wider` leaves out what a lower rate cannot hold.
fn between(samples: &[i16], at: f64, wider: f64) -> f32 {
    const REACH: f64 = 8.0;
    let reach = REACH * wider;
    let first = (at - reach).ceil().max(0.0) as usize;
    let last = ((at + reach).floor() as usize).min(samples.len() - 1);
    let weighted = |index: usize| {
        let distance = (at - index as f64) / wider;
        let sinc = if distance.abs() < 1e-9 { 1.0 } else { (PI * distance).sin() / (PI * distance) };
        let window = 0.5 + 0.5 * (PI * distance / REACH).cos();
        f64::from(samples[index]) * sinc * window / wider
    };
    ((first..=last).map(weighted).sum::<f64>() / 32_768.0) as f32
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tone(rate: f64, hz: f64, seconds: f64) -> Vec<f64> {
        (0..(rate * seconds) as usize).map(|i| 0.5 * (2.0 * PI * hz * i as f64 / rate).sin()).collect()
    }

    #[test]
    fn a_tone_is_the_same_tone_at_every_rate() {
        let recorded: Arc<[i16]> =
            tone(16_000.0, 440.0, 0.5).iter().map(|v| (v * 32_768.0).round() as i16).collect();
        for rate in [8_000.0, 16_000.0, 44_100.0, 48_000.0] {
            let mut voice = voice(recorded.clone(), 16_000.0 / rate, Arc::default());
            let heard: Vec<f32> = std::iter::from_fn(&mut *voice).collect();
            let expected = tone(rate, 440.0, 0.5);
            assert!(heard.len().abs_diff(expected.len()) <= 1, "{rate}: {}", heard.len());
            let middle = heard.len() / 4..heard.len() / 2;
            let worst = middle.map(|i| (f64::from(heard[i]) - expected[i]).abs()).fold(0.0, f64::max);
            assert!(worst < 0.01, "{rate}: {worst}");
        }
    }

    #[test]
    fn what_is_no_recording_is_told_and_ends_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.wav");
        std::fs::write(&path, "RIFF").unwrap();
        let (heard, hears) = bounded(16);
        let mut playback = Playback::start(heard);
        for path in [path, folder.path().join("missing.wav")] {
            let number = playback.play(path).unwrap();
            match hears.recv_timeout(Duration::from_secs(20)).unwrap() {
                Heard::Ended { number: ended, problem: Some(problem) } => {
                    assert_eq!(ended, number);
                    assert!(problem.starts_with("The recording cannot be played: "), "{problem}");
                }
                other => panic!("{other:?}"),
            }
        }
        assert_eq!(Playback::default().play("a.wav".into()), None);
    }
}
