//! Which of a microphone's channels is recorded, and how loud each of them is.

use crate::texts;
use hark_engine::audio::{Resampler, VoiceGate};
use std::collections::VecDeque;
use std::fmt;

/// Frames in which speech is looked for, 50 per second.
const FRAMES_PER_SECOND: usize = 50;
/// While nobody has spoken, this many frames wait (0.3 s): the onset belongs to the channel that it tells, and the voice
/// gate hesitates for a fifth of a second.
const HELD: usize = 15;
/// From here on something is speech, in samples at 16 kHz (100 ms): the least that is judged so of a short word. Of a
/// knock it is less.
const SPEECH: usize = 1_600;
/// Without speech, another channel must be this much louder to take over, in power.
const CLEARLY: f32 = 2.0;

/// One of a microphone's channels, counted from 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Channel {
    /// Which one.
    pub index: usize,
    /// How many the microphone has.
    pub of: usize,
}

impl fmt::Display for Channel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let number = self.index + 1;
        f.write_str(&match (self.of, self.index) {
            (2, 0) => texts::channel_left(number),
            (2, 1) => texts::channel_right(number),
            _ => texts::channel(number),
        })
    }
}

/// Takes one channel out of interleaved samples: the one that the person chose, or the first on which
/// somebody speaks. Until then it is the loudest. Channels are never averaged: two microphones at
/// different distances cancel each other in part, and a dead one halves the other.
pub struct Channels {
    count: usize,
    chosen: usize,
    search: Option<Search>,
    peaks: Vec<f32>,
}

/// The search for the channel on which somebody speaks.
struct Search {
    /// Frames that wait, interleaved; the last may be incomplete.
    held: VecDeque<f32>,
    /// Samples of a frame, of one channel.
    frame: usize,
    /// Samples of the present frame up to now, of one channel.
    filled: usize,
    channels: Vec<Listener>,
}

/// One channel, while nobody has spoken.
struct Listener {
    /// The present frame up to now.
    frame: Vec<f32>,
    /// Mean power of the last one.
    power: f32,
    gate: VoiceGate,
    /// The gate hears 16 kHz. There is none for rates at which nothing can be recorded.
    resampler: Option<Resampler>,
    resampled: Vec<f32>,
}

impl Channels {
    /// For `rate` frames per second of `count` channels, of which `wish` is to be recorded if there is
    /// such a one.
    pub fn new(count: usize, rate: u32, wish: Option<usize>) -> Self {
        let count = count.max(1);
        let wish = wish.filter(|wish| *wish < count);
        let search = (count > 1 && wish.is_none()).then(|| Search {
            held: VecDeque::new(),
            frame: (rate as usize / FRAMES_PER_SECOND).max(1),
            filled: 0,
            channels: (0..count).map(|_| Listener::new(rate)).collect(),
        });
        Self { count, chosen: wish.unwrap_or(0), search, peaks: vec![0.0; count] }
    }

    /// The channel that is recorded.
    pub fn chosen(&self) -> Channel {
        Channel { index: self.chosen, of: self.count }
    }

    /// Whether it stays so.
    pub fn is_decided(&self) -> bool {
        self.search.is_none()
    }

    /// Peaks of every channel since this was last asked, in [0, 1] of full scale.
    pub fn take_peaks(&mut self) -> Vec<f32> {
        std::mem::replace(&mut self.peaks, vec![0.0; self.count])
    }

    /// Appends one sample per frame of `interleaved`, a fifth of a second late while nobody has spoken.
    pub fn push(&mut self, interleaved: &[f32], mono: &mut Vec<f32>) {
        let count = self.count;
        for frame in interleaved.chunks_exact(count) {
            for (peak, sample) in self.peaks.iter_mut().zip(frame) {
                *peak = peak.max(sample.abs().min(1.0));
            }
            let Some(search) = &mut self.search else {
                mono.push(frame[self.chosen]);
                continue;
            };
            let speaks = search.listen(frame);
            if let Some(speaks) = speaks {
                self.chosen = speaks;
                self.finish(mono);
                self.search = None;
            } else if search.filled == 0 {
                self.chosen = search.loudest(self.chosen);
                if search.held.len() > HELD * search.frame * count {
                    let late = search.held.drain(..search.frame * count);
                    mono.extend(late.skip(self.chosen).step_by(count));
                }
            }
        }
    }

    /// Appends what waits.
    pub fn finish(&mut self, mono: &mut Vec<f32>) {
        if let Some(search) = &mut self.search {
            mono.extend(search.held.drain(..).skip(self.chosen).step_by(self.count));
        }
    }
}

impl Search {
    /// Takes one sample of each channel in, and says on which one somebody speaks.
    fn listen(&mut self, frame: &[f32]) -> Option<usize> {
        self.held.extend(frame);
        for (listener, sample) in self.channels.iter_mut().zip(frame) {
            listener.frame.push(*sample);
        }
        self.filled += 1;
        if self.filled < self.frame {
            return None;
        }
        self.filled = 0;
        self.channels.iter_mut().for_each(Listener::end_frame);
        let speaking = self.channels.iter().enumerate().filter(|(_, c)| c.speaks());
        speaking.max_by(|(_, a), (_, b)| a.power.total_cmp(&b.power)).map(|(index, _)| index)
    }

    fn loudest(&self, present: usize) -> usize {
        let power = |index: usize| self.channels[index].power;
        let loudest =
            (0..self.channels.len()).max_by(|a, b| power(*a).total_cmp(&power(*b))).unwrap_or(present);
        if power(loudest) > CLEARLY * power(present) { loudest } else { present }
    }
}

impl Listener {
    fn new(rate: u32) -> Self {
        let resampler = Resampler::new(rate).ok();
        let (frame, resampled) = (Vec::new(), Vec::new());
        Self { frame, power: 0.0, gate: VoiceGate::new(), resampler, resampled }
    }

    /// Whether somebody has spoken for as long as a word takes.
    fn speaks(&self) -> bool {
        let last = self.gate.spans().last();
        last.is_some_and(|span| self.gate.speech_end() >= span.start + VoiceGate::PRE_ROLL + SPEECH)
    }

    fn end_frame(&mut self) {
        let Self { frame, power, gate, resampler, resampled } = self;
        *power = frame.iter().map(|sample| sample * sample).sum::<f32>() / frame.len().max(1) as f32;
        // It refuses nothing for mono; were it to, the loudest channel would be recorded.
        let _ = resampler.as_mut().map(|resampler| resampler.push(frame, resampled));
        gate.push(resampled);
        frame.clear();
        resampled.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bundled::demo_clip;

    const RATE: u32 = 16_000;
    /// Samples of a recording of two seconds.
    const LENGTH: usize = 32_000;

    fn recorded(wish: Option<usize>, interleaved: &[f32], count: usize) -> (Vec<f32>, Channels) {
        let mut channels = Channels::new(count, RATE, wish);
        let mut mono = Vec::new();
        interleaved.chunks(count * 333).for_each(|block| channels.push(block, &mut mono));
        channels.finish(&mut mono);
        (mono, channels)
    }

    /// Two seconds: hum of each channel's level, and the speech of a clip on each from a sample on, so loud.
    fn stereo(hum: [f32; 2], speech: [(usize, f32); 2]) -> Vec<f32> {
        let clip = demo_clip().unwrap();
        let spoken = |i: usize, (from, level): (usize, f32)| {
            i.checked_sub(from).and_then(|i| clip.get(i)).map_or(0.0, |sample| level * sample)
        };
        let sample = |i: usize, c: usize| hum[c] * (i as f32 * 0.05).sin() + spoken(i, speech[c]);
        (0..LENGTH).flat_map(|i| [0, 1].map(|c| sample(i, c))).collect()
    }

    fn channel(interleaved: &[f32], index: usize) -> Vec<f32> {
        interleaved.iter().copied().skip(index).step_by(2).collect()
    }

    const NEVER: (usize, f32) = (usize::MAX, 0.0);

    #[test]
    fn one_channel_goes_through() {
        assert_eq!(recorded(None, &[0.5, -0.25], 1).0, [0.5, -0.25]);
        assert!(recorded(None, &[], 1).1.is_decided());
    }

    #[test]
    fn the_channel_with_speech_is_recorded_from_its_onset() {
        // The first channel hums louder than the second one's speech.
        let sound = stereo([0.8, 0.001], [NEVER, (16_000, 0.3)]);
        let (mono, channels) = recorded(None, &sound, 2);
        assert_eq!((mono.len(), channels.chosen().to_string()), (LENGTH, "channel 2 (right)".into()));
        assert!(channels.is_decided());
        // The clip begins with a moment of silence.
        assert_eq!(mono[17_000..], channel(&sound, 1)[17_000..], "not a sample of it is missed");
        assert_eq!(mono[..12_000], channel(&sound, 0)[..12_000], "the loudest until then");
    }

    #[test]
    fn what_is_no_speech_decides_nothing() {
        // Knocks, louder than anything that is said, and someone speaking on the other channel behind them.
        let mut sound = stereo([0.001, 0.001], [NEVER, (16_000, 0.5)]);
        let mut chance = crate::test_chance::Chance(3);
        for knock in [3_000, 6_000, 9_000, 12_000] {
            for i in 0..800 {
                let decay = 0.9 * (-(i as f32) / 150.0).exp();
                sound[2 * (knock + i)] += decay * (chance.below(2_001) as f32 / 1_000.0 - 1.0);
            }
        }
        let (_, channels) = recorded(None, &sound, 2);
        assert_eq!((channels.chosen().index, channels.is_decided()), (1, true));
        let (_, channels) = recorded(None, &sound[..2 * 15_000], 2);
        assert!(!channels.is_decided());
    }

    #[test]
    fn of_two_that_hear_the_same_speech_the_louder_one_is_recorded_alone() {
        let sound = stereo([0.0001, 0.0001], [(8_000, 0.3), (8_000, 0.9)]);
        let (mono, channels) = recorded(None, &sound, 2);
        assert_eq!(channels.chosen().index, 1);
        assert_eq!(mono[9_000..], channel(&sound, 1)[9_000..]);
    }

    #[test]
    fn a_decision_holds() {
        let sound = stereo([0.0001, 0.0001], [(0, 0.3), (16_000, 1.0)]);
        let (mono, channels) = recorded(None, &sound, 2);
        assert_eq!((mono, channels.chosen().index), (channel(&sound, 0), 0));
    }

    #[test]
    fn a_dead_channel_is_left_out() {
        let sound = stereo([0.0, 0.1], [NEVER, NEVER]);
        let (mono, channels) = recorded(None, &sound, 2);
        assert_eq!((mono, channels.is_decided()), (channel(&sound, 1), false));
    }

    #[test]
    fn the_persons_choice_goes_before_what_is_heard() {
        let sound = stereo([0.0, 0.001], [NEVER, (500, 0.9)]);
        let (mono, channels) = recorded(Some(0), &sound, 2);
        assert_eq!((mono, channels.is_decided()), (channel(&sound, 0), true));
        assert!(!recorded(Some(2), &sound, 2).1.chosen().to_string().contains('3'), "there is no third");
    }

    #[test]
    fn every_channel_has_its_peak() {
        let sound: Vec<f32> =
            (0..2_000).flat_map(|i| if i % 2 == 0 { [0.25, -0.5] } else { [-0.25, 0.5] }).collect();
        let (_, mut channels) = recorded(None, &sound, 2);
        assert_eq!(channels.take_peaks(), [0.25, 0.5]);
        assert_eq!(channels.take_peaks(), [0.0, 0.0]);
    }
}
