//! How far a recording is, on standard error while that is a terminal; otherwise nothing.

use crate::text;
use hark_engine::metrics::{AudioTime, speed_x};
use indicatif::{ProgressBar, ProgressStyle};
use std::time::{Duration, Instant};

/// A line that redraws itself.
pub struct Progress {
    bar: ProgressBar,
    length: AudioTime,
    /// When the length was known and the work on it began.
    since: Instant,
}

impl Progress {
    /// A moving sign before anything can be measured.
    pub fn start(what: &str) -> Self {
        let bar = ProgressBar::new_spinner();
        bar.set_message(what.to_owned());
        bar.enable_steady_tick(Duration::from_millis(120));
        Self { bar, length: AudioTime::default(), since: Instant::now() }
    }

    /// The first pass has read this much.
    pub fn listened(&self, audio: AudioTime) {
        self.bar.set_message(format!("reading, {:.0} s so far", audio.seconds()));
    }

    /// The recording is this long: from now on there is a share and an estimate.
    pub fn length(&mut self, audio: AudioTime, name: &str) {
        self.length = audio;
        self.since = Instant::now();
        self.bar.set_length(steps(audio));
        if let Ok(style) = ProgressStyle::with_template("{spinner} {prefix} [{bar:24}] {percent:>3} %  {msg}")
        {
            self.bar.set_style(style.progress_chars("=> "));
        }
        self.bar.set_prefix(name.to_owned());
        self.bar.set_message("");
    }

    /// Everything up to here is transcribed.
    pub fn reached(&self, audio: AudioTime) {
        if let Some(speed) = speed_x(audio, self.since.elapsed().into()) {
            let left = (self.length.seconds() - audio.seconds()).max(0.0) / speed;
            self.bar.set_message(format!("ETA {}, {speed:.1}× real time", clock(left)));
        }
        self.bar.set_position(steps(audio));
    }

    /// Lets `work` write to the terminal undisturbed.
    pub fn aside<T>(&self, work: impl FnOnce() -> T) -> T {
        self.bar.suspend(work)
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}

/// The bar counts milliseconds.
fn steps(audio: AudioTime) -> u64 {
    (audio.seconds() * 1000.0) as u64
}

/// Rounded up: the estimate is not zero before the end.
fn clock(seconds: f64) -> String {
    text::clock(seconds.ceil() as u64)
}

#[cfg(test)]
mod tests {
    use super::clock;

    #[test]
    fn an_estimate_is_rounded_up() {
        for (seconds, expected) in [(0.0, "0:00"), (0.2, "0:01"), (59.5, "1:00"), (3725.0, "1:02:05")] {
            assert_eq!(clock(seconds), expected);
        }
    }
}
