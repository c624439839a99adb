//! Samples on their way from a file to the loudspeaker, whose rate is another one.

use super::output::Voice;
use rtrb::{Consumer, Producer, RingBuffer};
use std::collections::VecDeque;
use std::f64::consts::PI;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

/// Samples per second of what is put in.
pub const RATE_HZ: u32 = 16_000;
/// Read ahead: a disk may take its time.
const AHEAD: usize = 8 * RATE_HZ as usize;
/// A block of a file is no longer than this.
const BLOCK: usize = 2 * RATE_HZ as usize;
/// Neighbours on each side of which a sample is made.
const REACH: f64 = 8.0;

/// Where samples are put in.
pub struct Tap {
    samples: Producer<f32>,
    shared: Arc<Shared>,
    /// What did not fit.
    rest: VecDeque<f32>,
}

/// Where voices are made that say them; only one of them is heard.
pub struct Voices {
    samples: Arc<Mutex<Consumer<f32>>>,
    shared: Arc<Shared>,
}

#[derive(Default)]
struct Shared {
    ended: AtomicBool,
    played: AtomicU64,
}

/// A way for samples.
pub fn ring() -> (Tap, Voices) {
    let (producer, consumer) = RingBuffer::new(AHEAD);
    let shared = Arc::<Shared>::default();
    let voices = Voices { samples: Arc::new(Mutex::new(consumer)), shared: shared.clone() };
    (Tap { samples: producer, shared, rest: VecDeque::new() }, voices)
}

impl Tap {
    /// Whether a block more is wanted.
    pub fn has_room(&mut self) -> bool {
        while let Some(sample) = self.rest.pop_front() {
            if self.samples.push(sample).is_err() {
                self.rest.push_front(sample);
                return false;
            }
        }
        !self.shared.ended.load(Ordering::Relaxed) && self.samples.slots() > BLOCK
    }

    /// Puts samples in.
    pub fn push(&mut self, samples: &[f32]) {
        self.rest.extend(samples);
        self.has_room();
    }

    /// There are no more.
    pub fn end(&mut self) {
        if self.rest.is_empty() {
            self.shared.ended.store(true, Ordering::Release);
        }
    }

    /// How many were played.
    pub fn played(&self) -> u64 {
        self.shared.played.load(Ordering::Relaxed)
    }
}

impl Voices {
    /// A voice for so many samples per second: each is a sum of its neighbours, weighted by a windowed sinc. Where
    /// none have come in time, there is silence.
    pub fn voice(&self, output_rate: u32) -> Voice {
        let step = f64::from(RATE_HZ) / f64::from(output_rate.max(1));
        // Wider than 1, it leaves out what a lower rate cannot hold.
        let wider = step.max(1.0);
        let reach = REACH * wider;
        let (samples, shared) = (self.samples.clone(), self.shared.clone());
        let mut near: VecDeque<f32> = VecDeque::with_capacity(4 * reach as usize + 64);
        // Of the first sample that is near, and of what comes next.
        let (mut first, mut at) = (0_u64, 0.0_f64);
        Box::new(move || {
            // Nobody else has it while this voice is heard.
            let Ok(mut samples) = samples.try_lock() else { return Some(0.0) };
            while (first + near.len() as u64) as f64 <= at + reach {
                // Looked at first: what comes after the end was told is all there is.
                let ended = shared.ended.load(Ordering::Acquire);
                match samples.pop() {
                    Ok(sample) => near.push_back(sample),
                    Err(_) if !ended => return Some(0.0),
                    Err(_) if at >= (first + near.len() as u64) as f64 => return None,
                    Err(_) => break,
                }
            }
            while ((first + 1) as f64) < at - reach && near.len() > 1 {
                near.pop_front();
                first += 1;
            }
            let sample = between(&near, at - first as f64, wider);
            at += step;
            shared.played.store(at as u64, Ordering::Relaxed);
            Some(sample)
        })
    }
}

/// The value between two samples.
fn between(samples: &VecDeque<f32>, at: f64, wider: f64) -> f32 {
    let reach = REACH * wider;
    let from = (at - reach).ceil().max(0.0) as usize;
    let to = ((at + reach).floor() as usize + 1).min(samples.len());
    let weighted = |index: usize| {
        let distance = (at - index as f64) / wider;
        let sinc = if distance.abs() < 1e-9 { 1.0 } else { (PI * distance).sin() / (PI * distance) };
        let window = 0.5 + 0.5 * (PI * distance / REACH).cos();
        samples.get(index).map_or(0.0, |sample| f64::from(*sample) * sinc * window / wider)
    };
    (from..to).map(weighted).sum::<f64>() as f32
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tone(rate: f64, hz: f64, seconds: f64) -> Vec<f64> {
        (0..(rate * seconds) as usize).map(|i| 0.5 * (2.0 * PI * hz * i as f64 / rate).sin()).collect()
    }

    #[test]
    fn a_tone_is_the_same_tone_at_every_rate() {
        let recorded: Vec<f32> = tone(16_000.0, 440.0, 0.5).iter().map(|v| *v as f32).collect();
        for rate in [8_000, 16_000, 44_100, 48_000] {
            let (mut tap, voices) = ring();
            recorded.chunks(700).for_each(|block| tap.push(block));
            tap.end();
            let heard: Vec<f32> = std::iter::from_fn(voices.voice(rate)).collect();
            let expected = tone(f64::from(rate), 440.0, 0.5);
            assert!(heard.len().abs_diff(expected.len()) <= 1, "{rate}: {}", heard.len());
            let middle = heard.len() / 4..heard.len() / 2;
            let worst = middle.map(|i| (f64::from(heard[i]) - expected[i]).abs()).fold(0.0, f64::max);
            assert!(worst < 0.01, "{rate}: {worst}");
            assert!(tap.played().abs_diff(8_000) <= 3, "{rate}: {}", tap.played());
        }
    }

    #[test]
    fn a_disk_that_is_slow_costs_silence_and_no_sample() {
        let (mut tap, voices) = ring();
        let mut voice = voices.voice(RATE_HZ);
        assert_eq!((voice(), voice()), (Some(0.0), Some(0.0)));
        tap.push(&vec![0.5; 3 * AHEAD]);
        assert!(!tap.has_room());
        tap.end();
        let mut heard = 0;
        for _ in 0..10 {
            heard += (0..AHEAD).filter(|_| voice().is_some_and(|sample| sample != 0.0)).count();
            if !tap.has_room() {
                tap.end();
            }
        }
        assert_eq!((heard, voice()), (3 * AHEAD, None));
    }
}
