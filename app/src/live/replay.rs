//! A recording that is spoken again.

use crate::capture::{Microphones, OpenMicrophone, synthetic};
use crossbeam_channel::Sender;
use hark_engine::EngineError;
use hark_engine::dims::SAMPLE_RATE_HZ;
use hark_engine::transcribe::LiveSource;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// What a microphone still hears after the person has stopped.
pub const TAIL: Duration = Duration::from_millis(300);
/// What a pass takes on the clock of [`Virtual`].
pub const PASS: Duration = Duration::from_millis(150);
/// Samples that come at once (20 ms).
const BLOCK: usize = SAMPLE_RATE_HZ / 50;

/// A recording and the silence behind it.
#[derive(Clone)]
pub struct Feed {
    samples: Arc<[f32]>,
    /// Length without the silence.
    spoken: usize,
}

impl Feed {
    /// What a microphone would give of these samples.
    pub fn new(samples: &[f32]) -> Self {
        let tail = TAIL.as_millis() as usize * SAMPLE_RATE_HZ / 1000;
        let spoken = samples.len();
        Self { samples: samples.iter().copied().chain(std::iter::repeat_n(0.0, tail)).collect(), spoken }
    }

    /// A recording that has such a silence already.
    pub fn recorded(samples: Arc<[f32]>, spoken: usize) -> Self {
        Self { samples, spoken }
    }

    /// All samples, the silence included.
    pub fn samples(&self) -> &Arc<[f32]> {
        &self.samples
    }

    /// Seconds from the start to the moment at which the person stops.
    pub fn stop(&self) -> f64 {
        self.spoken as f64 / SAMPLE_RATE_HZ as f64
    }
}

/// A microphone that hears a recording at its own speed from the moment at which it is opened, and silence behind it.
/// `opened` is told that moment, `stopped` is called when the person stops.
pub fn microphone(
    feed: Feed,
    opened: Sender<Instant>,
    stopped: impl Fn() + Clone + Send + Sync + 'static,
) -> Microphones {
    let open: OpenMicrophone = Arc::new(move |_, answer| {
        let (mut device, stream) = synthetic::stream(SAMPLE_RATE_HZ as u32, 1);
        let began = Instant::now();
        let _ = opened.try_send(began);
        let _ = answer.send(Ok(stream));
        let (feed, stopped) = (feed.clone(), stopped.clone());
        std::thread::spawn(move || {
            let mut heard = 0;
            while !device.is_closed() {
                let rest = feed.samples.get(heard..).unwrap_or_default();
                let block = if rest.is_empty() { &[0.0; BLOCK] } else { &rest[..rest.len().min(BLOCK)] };
                heard += block.len();
                let due = began + Duration::from_secs_f64(heard as f64 / SAMPLE_RATE_HZ as f64);
                std::thread::sleep(due.saturating_duration_since(Instant::now()));
                device.hear(block);
                if (heard - block.len()..heard).contains(&feed.spoken.saturating_sub(1)) {
                    stopped();
                }
            }
        });
    });
    Microphones::new(open, Duration::ZERO)
}

/// A recording that is heard as fast as it is understood, by a clock of its own: samples come at their
/// speed, and a pass takes [`PASS`].
pub struct Virtual<F> {
    feed: Feed,
    given: usize,
    now: Duration,
    stopped: Option<F>,
}

impl<F: FnOnce()> Virtual<F> {
    /// At the start of a recording; `stopped` is called when the person stops.
    pub fn new(feed: Feed, stopped: F) -> Self {
        Self { feed, given: 0, now: Duration::ZERO, stopped: Some(stopped) }
    }
}

impl<F: FnOnce()> LiveSource for Virtual<F> {
    fn next(&mut self, out: &mut Vec<f32>) -> Result<bool, EngineError> {
        let all = self.feed.samples.len();
        let known = |now: Duration| (now.as_millis() as usize * (SAMPLE_RATE_HZ / 1000)).min(all);
        if self.given == all {
            return Ok(false);
        }
        while known(self.now) == self.given {
            self.now += Duration::from_millis(20);
        }
        let known = known(self.now);
        out.extend_from_slice(&self.feed.samples[self.given..known]);
        self.given = known;
        if known >= self.feed.spoken
            && let Some(stopped) = self.stopped.take()
        {
            stopped();
        }
        Ok(true)
    }

    fn charge(&mut self, _: Duration) -> Duration {
        self.now += PASS;
        PASS
    }
}
