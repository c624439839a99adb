//! What an engine does for all that it serves: counters and histograms, in one place.

use super::{AudioTime, Histogram, WallTime};
use crate::encoder::Evidence;
use serde::Serialize;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

/// Where an engine writes what it does, and where anybody reads it. Clones share the figures.
#[derive(Clone, Debug, Default)]
pub struct Monitor(Arc<Mutex<Figures>>);

/// Figures since the engine began. Times are in seconds.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Figures {
    /// When that was.
    #[serde(skip)]
    pub began: Instant,
    /// Reading pieces of recordings: decoding, resampling, voice gate.
    pub read: Histogram,
    /// Log-mel spectrogram of what was read.
    pub mel: Histogram,
    /// Launches of the encoder, of one window or several.
    pub encode: Histogram,
    /// Keys and values of a window for the decoder.
    pub cross: Histogram,
    /// Steps of the decoder, for all sequences together.
    pub step: Histogram,
    /// From the moment a job was taken in to its first window.
    pub queue_wait: Histogram,
    /// From the moment a job was taken in to its end; not of recordings that are being made, which last as long as
    /// somebody speaks.
    pub job: Histogram,
    /// Decoder steps by the number of windows that shared them; the first is of those with one.
    pub batch_sizes: Vec<u64>,
    /// Windows that became text.
    pub windows: u64,
    /// Audio of the jobs that were finished.
    pub audio: AudioTime,
    /// Time in which anything was computed.
    pub busy: WallTime,
    /// Encoder layers that ran, and the time inside the encoder.
    pub launches: u64,
    /// See `launches`.
    pub encoder_time: WallTime,
    /// Attempts at another temperature.
    pub fallbacks: u64,
    /// Jobs that were taken in …
    pub admitted: u64,
    /// … and how they ended, or that there was no room.
    pub finished: u64,
    /// See `finished`.
    pub failed: u64,
    /// See `finished`.
    pub cancelled: u64,
    /// See `finished`.
    pub refused: u64,
}

impl Default for Figures {
    fn default() -> Self {
        Self {
            began: Instant::now(),
            read: Histogram::default(),
            mel: Histogram::default(),
            encode: Histogram::default(),
            cross: Histogram::default(),
            step: Histogram::default(),
            queue_wait: Histogram::default(),
            job: Histogram::default(),
            batch_sizes: Vec::new(),
            windows: 0,
            audio: AudioTime::default(),
            busy: WallTime::default(),
            launches: 0,
            encoder_time: WallTime::default(),
            fallbacks: 0,
            admitted: 0,
            finished: 0,
            failed: 0,
            cancelled: 0,
            refused: 0,
        }
    }
}

impl Monitor {
    /// The figures as they stand now.
    pub fn figures(&self) -> Figures {
        self.lock().clone()
    }

    pub(crate) fn note(&self, change: impl FnOnce(&mut Figures)) {
        change(&mut self.lock());
    }

    /// Nothing that holds the lock can leave figures half written that anybody depends on.
    fn lock(&self) -> MutexGuard<'_, Figures> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Figures {
    /// Jobs that were taken in and have not ended.
    pub fn under_way(&self) -> u64 {
        self.admitted.saturating_sub(self.finished + self.failed + self.cancelled)
    }

    /// Time since the engine began.
    pub fn uptime(&self) -> WallTime {
        self.began.elapsed().into()
    }

    /// Windows that became text, per second in which anything was computed.
    pub fn windows_per_second(&self) -> Option<f64> {
        (self.busy.seconds() > 0.0).then(|| self.windows as f64 / self.busy.seconds())
    }

    /// Audio of finished jobs per second in which anything was computed.
    pub fn audio_per_second(&self) -> Option<f64> {
        (self.busy.seconds() > 0.0 && self.finished > 0).then(|| self.audio.seconds() / self.busy.seconds())
    }

    /// Share of the time in which the encoder worked.
    pub fn encoder_share(&self) -> f64 {
        self.encoder_time.seconds() / self.uptime().seconds().max(f64::MIN_POSITIVE)
    }

    /// What the engine's work consists of, each with a name: what every window goes through, then a job as a whole.
    pub fn stages(&self) -> [(&'static str, &Histogram); 7] {
        let Self { read, mel, encode, cross, step, queue_wait, job, .. } = self;
        [
            ("read", read),
            ("mel", mel),
            ("encode", encode),
            ("cross", cross),
            ("step", step),
            ("queue", queue_wait),
            ("job", job),
        ]
    }

    /// Windows that shared a step of the decoder, on average.
    pub fn mean_batch(&self) -> Option<f64> {
        let steps: u64 = self.batch_sizes.iter().sum();
        let windows: u64 = self.batch_sizes.iter().zip(1..).map(|(count, size)| count * size).sum();
        (steps > 0).then(|| windows as f64 / steps as f64)
    }

    pub(crate) fn note_step(&mut self, windows: usize, time: WallTime) {
        self.step.note(time.seconds());
        if self.batch_sizes.len() < windows {
            self.batch_sizes.resize(windows, 0);
        }
        if let Some(count) = windows.checked_sub(1).and_then(|place| self.batch_sizes.get_mut(place)) {
            *count += 1;
        }
    }

    /// What the encoder did between two looks at it.
    pub(crate) fn note_evidence(&mut self, before: Evidence, after: Evidence) {
        self.launches += after.layers.saturating_sub(before.layers);
        self.encoder_time += WallTime((after.time.seconds() - before.time.seconds()).max(0.0));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clones_share_their_figures() {
        let monitor = Monitor::default();
        let other = monitor.clone();
        assert_eq!(monitor.figures().mean_batch(), None);
        other.note(|figures| {
            figures.note_step(1, WallTime(0.001));
            figures.note_step(8, WallTime(0.003));
            figures.note_step(3, WallTime(0.002));
            figures.windows = 10;
            figures.busy = WallTime(4.0);
        });
        let figures = monitor.figures();
        assert_eq!(figures.batch_sizes, [1, 0, 1, 0, 0, 0, 0, 1]);
        assert_eq!(figures.mean_batch(), Some(4.0));
        assert_eq!((figures.windows_per_second(), figures.audio_per_second()), (Some(2.5), None));
        assert_eq!(figures.step.count(), 3);
    }
}
