//! A microphone without a device: what is pushed into it is what it hears.

use super::callback::{Health, Sink};
use super::stream::{OpenStream, ring};
use crossbeam_channel::{Receiver, Sender, TryRecvError, bounded};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// The side that a device would be on.
pub struct FakeDevice {
    sink: Sink,
    rate: u32,
    channels: usize,
    /// Open as long as the device is there.
    _failed: Sender<String>,
    closed: Receiver<()>,
}

/// An open stream and the device behind it.
pub fn stream(rate: u32, channels: usize) -> (FakeDevice, OpenStream) {
    let (producer, samples) = ring(rate, channels);
    let (failed, failures) = bounded(1);
    let (open, closed) = bounded(0);
    let health = Arc::new(Health::new());
    let sink = Sink::new(producer, health.clone(), channels, rate);
    let stream = OpenStream {
        id: "fake".into(),
        device: "Fake microphone".into(),
        open: Instant::now(),
        rate,
        channels,
        samples,
        health,
        failures,
        before: Default::default(),
        is_bluetooth: false,
        is_steady: false,
        outdated: Arc::default(),
        _watch: None,
        _open: open,
    };
    (FakeDevice { sink, rate, channels, _failed: failed, closed }, stream)
}

impl FakeDevice {
    /// Lets the microphone hear interleaved samples, the last of them just now.
    pub fn hear(&mut self, samples: &[f32]) {
        self.hear_late(samples, Duration::ZERO);
    }

    /// Lets the microphone hear interleaved samples, the last of them this long ago.
    pub fn hear_late(&mut self, samples: &[f32], late: Duration) {
        let frames = (samples.len() / self.channels) as f64;
        self.sink.push(samples, late + Duration::from_secs_f64(frames / f64::from(self.rate)));
    }

    /// Breaks the device.
    #[cfg(test)]
    pub fn fail(&self, reason: &str) {
        let _ = self._failed.try_send(reason.into());
    }

    /// Whether the stream was closed.
    pub fn is_closed(&self) -> bool {
        matches!(self.closed.try_recv(), Err(TryRecvError::Disconnected))
    }
}

#[test]
fn the_ring_keeps_whole_frames_and_counts_what_it_loses() {
    let (mut device, mut stream) = stream(100, 2);
    let everything: Vec<f32> = (0..stream.samples.buffer().capacity() + 10).map(|i| i as f32).collect();
    device.hear(&everything);
    assert_eq!(stream.overrun_frames(), 5);
    let mut heard = Vec::new();
    stream.take(&mut heard);
    assert_eq!(heard, everything[..everything.len() - 10]);
    device.hear(&[1.0, 2.0]);
    heard.clear();
    stream.take(&mut heard);
    assert_eq!(heard, [1.0, 2.0], "there is room again");
}

#[test]
fn a_stream_that_begins_anew_keeps_its_last_moment_and_forgets_its_losses() {
    let (mut device, mut stream) = stream(100, 2);
    let everything: Vec<f32> = (0..stream.samples.buffer().capacity() + 10).map(|i| i as f32).collect();
    device.hear(&everything);
    stream.begin_anew(Duration::from_millis(450));
    assert_eq!(stream.overrun_frames(), 0);
    let mut heard = Vec::new();
    stream.take(&mut heard);
    assert_eq!(heard, everything[everything.len() - 100..everything.len() - 10]);
    device.hear(&[1.0, 2.0]);
    stream.begin_anew(Duration::from_millis(450));
    heard.clear();
    stream.take(&mut heard);
    assert_eq!(heard, [1.0, 2.0], "what was taken earlier does not come again");
}

#[test]
fn a_broken_device_is_lost_and_says_why() {
    let (mut device, stream) = stream(16_000, 1);
    device.hear(&[0.0; 160]);
    assert_eq!(stream.lost(), None);
    device.fail("unplugged");
    assert_eq!(stream.lost().as_deref(), Some("unplugged"));
    assert!(!device.is_closed());
    drop(stream);
    assert!(device.is_closed());
}
