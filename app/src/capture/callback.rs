//! The side of an open microphone that runs in the sound system's callback: it copies and leaves,
//! without allocation, lock or log.

use cpal::{FromSample, SizedSample};
use rtrb::Producer;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// The callback's end of the ring.
pub struct Sink {
    producer: Producer<f32>,
    health: Arc<Health>,
    channels: usize,
    rate: u32,
    /// When the first callback was, and the frames that came after it.
    first: Option<Duration>,
    frames: u64,
}

/// What the callback leaves behind besides samples. Times are counted from `opened`.
pub struct Health {
    pub opened: Instant,
    /// Milliseconds to the last callback; 0 before the first.
    last_ms: AtomicU64,
    /// Microseconds to the moment at which the newest sample was captured.
    heard_us: AtomicU64,
    /// Microseconds by which the frames since the first callback fall short of the time since then.
    behind_us: AtomicI64,
    /// Frames for which the ring had no room.
    pub overrun_frames: AtomicU64,
    /// Times that the sound system said it had lost samples, without saying how many.
    pub xruns: AtomicU64,
}

impl Sink {
    /// For frames of `channels` samples, `rate` of them per second.
    pub fn new(producer: Producer<f32>, health: Arc<Health>, channels: usize, rate: u32) -> Self {
        Self { producer, health, channels, rate, first: None, frames: 0 }
    }

    /// What the callback leaves behind.
    pub fn health(&self) -> &Arc<Health> {
        &self.health
    }

    /// Takes interleaved samples in, the first of which was captured `age` ago. Whole frames for which
    /// there is no room are lost and counted.
    pub fn push<T>(&mut self, data: &[T], age: Duration)
    where
        T: SizedSample,
        f32: FromSample<T>,
    {
        let room = self.producer.slots().min(data.len()) / self.channels * self.channels;
        if let Ok(chunk) = self.producer.write_chunk_uninit(room) {
            chunk.fill_from_iter(data.iter().map(|s| f32::from_sample_(*s)));
        }
        self.beat(data.len() / self.channels, (data.len() - room) / self.channels, age);
    }

    fn beat(&mut self, frames: usize, lost: usize, age: Duration) {
        let now = self.health.opened.elapsed();
        let length = self.time(frames as u64);
        // A sound system that tells no age must not seem to hear the future.
        let heard = (now + length).saturating_sub(age).min(now);
        let behind = match self.first {
            None => 0,
            Some(first) => {
                self.frames += frames as u64;
                (now - first).as_micros() as i64 - self.time(self.frames).as_micros() as i64
            }
        };
        self.first.get_or_insert(now);
        let Health { last_ms, heard_us, behind_us, overrun_frames, .. } = &*self.health;
        // Whoever reads this finds the samples in the ring.
        heard_us.store(heard.as_micros() as u64, Ordering::Release);
        behind_us.store(behind, Ordering::Relaxed);
        last_ms.store(now.as_millis().max(1) as u64, Ordering::Relaxed);
        if lost > 0 {
            overrun_frames.fetch_add(lost as u64, Ordering::Relaxed);
        }
    }

    fn time(&self, frames: u64) -> Duration {
        Duration::from_secs_f64(frames as f64 / f64::from(self.rate))
    }
}

impl Health {
    /// Of a microphone that was opened just now.
    pub fn new() -> Self {
        Self {
            opened: Instant::now(),
            last_ms: AtomicU64::new(0),
            heard_us: AtomicU64::new(0),
            behind_us: AtomicI64::new(0),
            overrun_frames: AtomicU64::new(0),
            xruns: AtomicU64::new(0),
        }
    }

    /// When the last callback was; zero before the first.
    pub fn last(&self) -> Duration {
        Duration::from_millis(self.last_ms.load(Ordering::Relaxed))
    }

    /// Up to which moment everything was heard.
    pub fn heard(&self) -> Instant {
        self.opened + Duration::from_micros(self.heard_us.load(Ordering::Acquire))
    }

    /// Microseconds by which the samples fall short of the clock, plus the length of the first callback.
    pub fn behind_us(&self) -> i64 {
        self.behind_us.load(Ordering::Relaxed)
    }
}
