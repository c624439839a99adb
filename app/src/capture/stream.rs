//! An open microphone: a thread that owns the cpal stream, and the ring that its callback fills.

use super::{CaptureError, devices};
use cpal::traits::{DeviceTrait, StreamTrait};
use cpal::{ErrorKind, FromSample, SampleFormat, SizedSample, StreamConfig};
use crossbeam_channel::{Receiver, Sender, bounded};
use rtrb::{Consumer, Producer, RingBuffer};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

/// How far the recorder may be late, for instance behind a slow disk, before samples are lost.
const RING_SECONDS: usize = 20;
/// A server that was asleep takes up to three seconds for its first samples.
const FIRST_SAMPLES: Duration = Duration::from_secs(5);
/// Samples come every 10 to 40 ms; some sound servers die without any other sign than their absence.
const NO_SAMPLES: Duration = Duration::from_secs(2);

/// A microphone that records. Dropping it closes the device, without waiting for that.
pub struct OpenStream {
    /// The device's name for people.
    pub device: String,
    /// Samples per second and channel.
    pub rate: u32,
    /// Interleaved channels.
    pub channels: usize,
    /// What was recorded and not yet taken, in whole frames.
    pub samples: Consumer<f32>,
    health: Arc<Health>,
    failures: Receiver<String>,
    _open: Sender<()>,
}

/// What the callback leaves behind besides samples.
struct Health {
    opened: Instant,
    /// Milliseconds from `opened` to the last callback; 0 before the first.
    last_ms: AtomicU64,
    overrun_frames: AtomicU64,
    /// Times that the sound system said it had lost samples, without saying how many.
    xruns: AtomicU64,
}

/// Opens a microphone; where the answer goes. Must return at once.
pub type OpenMicrophone = Arc<dyn Fn(Option<String>, Sender<Result<OpenStream, CaptureError>>) + Send + Sync>;

/// Opens this machine's microphones.
pub fn system_microphone() -> OpenMicrophone {
    Arc::new(|id, answer| {
        let refused = answer.clone();
        let spawned = thread::Builder::new().name("hark-microphone".into()).spawn(move || own(id, &answer));
        if let Err(error) = spawned {
            let _ = refused
                .send(Err(CaptureError::Refused { device: "thread".into(), reason: error.to_string() }));
        }
    })
}

impl OpenStream {
    /// Why the microphone must be taken for lost, if it must.
    pub fn lost(&self) -> Option<String> {
        if let Ok(reason) = self.failures.try_recv() {
            return Some(reason);
        }
        let last = Duration::from_millis(self.health.last_ms.load(Ordering::Relaxed));
        let quiet = self.health.opened.elapsed().saturating_sub(last);
        let patience = if last.is_zero() { FIRST_SAMPLES } else { NO_SAMPLES };
        (quiet > patience).then(|| format!("no sound for {} seconds", quiet.as_secs()))
    }

    /// Frames that were lost because nobody took them in time.
    pub fn overrun_frames(&self) -> u64 {
        self.health.overrun_frames.load(Ordering::Relaxed)
    }

    /// Times that the sound system lost samples before they came here.
    pub fn xruns(&self) -> u64 {
        self.health.xruns.load(Ordering::Relaxed)
    }

    /// Appends everything that has arrived.
    pub fn take(&mut self, out: &mut Vec<f32>) {
        let ready = self.samples.slots();
        if let Ok(chunk) = self.samples.read_chunk(ready) {
            let (first, second) = chunk.as_slices();
            out.extend_from_slice(first);
            out.extend_from_slice(second);
            chunk.commit_all();
        }
    }
}

/// The life of the owning thread: open, wait until nobody wants the stream any more, close. Closing
/// can hang for ever in the sound server, so nobody waits for this thread.
fn own(id: Option<String>, answer: &Sender<Result<OpenStream, CaptureError>>) {
    let (open, closed) = bounded(0);
    match start(id.as_deref(), open) {
        Ok((stream, handle)) => {
            if answer.send(Ok(handle)).is_ok() {
                let _ = closed.recv();
            }
            drop(stream);
        }
        Err(error) => {
            let _ = answer.send(Err(error));
        }
    }
}

fn start(id: Option<&str>, open: Sender<()>) -> Result<(cpal::Stream, OpenStream), CaptureError> {
    let (device, name) = devices::find(id)?;
    let refused = |e: cpal::Error| CaptureError::Refused { device: name.clone(), reason: e.to_string() };
    let supported = device.default_input_config().map_err(refused)?;
    let config = supported.config();
    let channels = usize::from(config.channels).max(1);
    let (producer, samples) = RingBuffer::new(RING_SECONDS * config.sample_rate as usize * channels);
    let (failed, failures) = bounded(1);
    let health = Arc::new(Health::new());
    let sink = Sink { producer, health: health.clone(), channels };
    let build = match supported.sample_format() {
        SampleFormat::I8 => build::<i8>,
        SampleFormat::U8 => build::<u8>,
        SampleFormat::I16 => build::<i16>,
        SampleFormat::U16 => build::<u16>,
        SampleFormat::I24 => build::<cpal::I24>,
        SampleFormat::I32 => build::<i32>,
        SampleFormat::U32 => build::<u32>,
        SampleFormat::F32 => build::<f32>,
        SampleFormat::F64 => build::<f64>,
        other => {
            let reason = format!("it speaks {other}, which Hark does not");
            return Err(CaptureError::Refused { device: name, reason });
        }
    };
    let stream = build(&device, config, sink, failed).map_err(refused)?;
    stream.play().map_err(refused)?;
    let handle = OpenStream {
        device: name.clone(),
        rate: config.sample_rate,
        channels,
        samples,
        health,
        failures,
        _open: open,
    };
    Ok((stream, handle))
}

fn build<T>(
    device: &cpal::Device,
    config: StreamConfig,
    mut sink: Sink,
    failed: Sender<String>,
) -> Result<cpal::Stream, cpal::Error>
where
    T: SizedSample,
    f32: FromSample<T>,
{
    let health = sink.health.clone();
    let on_error = move |error: cpal::Error| match error.kind() {
        ErrorKind::Xrun => {
            health.xruns.fetch_add(1, Ordering::Relaxed);
        }
        // These two leave the stream running.
        ErrorKind::RealtimeDenied | ErrorKind::DeviceChanged => {}
        _ => {
            let _ = failed.try_send(error.to_string());
        }
    };
    device.build_input_stream(config, move |data: &[T], _| sink.push(data), on_error, None)
}

/// The callback's end of the ring. It copies and leaves: no allocation, no lock, no log.
struct Sink {
    producer: Producer<f32>,
    health: Arc<Health>,
    channels: usize,
}

impl Sink {
    fn push<T>(&mut self, data: &[T])
    where
        T: SizedSample,
        f32: FromSample<T>,
    {
        let room = self.producer.slots().min(data.len()) / self.channels * self.channels;
        if let Ok(chunk) = self.producer.write_chunk_uninit(room) {
            chunk.fill_from_iter(data.iter().map(|s| f32::from_sample_(*s)));
        }
        self.health.beat((data.len() - room) / self.channels);
    }
}

impl Health {
    fn new() -> Self {
        Self {
            opened: Instant::now(),
            last_ms: AtomicU64::new(0),
            overrun_frames: AtomicU64::new(0),
            xruns: AtomicU64::new(0),
        }
    }

    fn beat(&self, lost_frames: usize) {
        let now = self.opened.elapsed().as_millis().max(1) as u64;
        self.last_ms.store(now, Ordering::Relaxed);
        if lost_frames > 0 {
            self.overrun_frames.fetch_add(lost_frames as u64, Ordering::Relaxed);
        }
    }
}

/// A microphone without a device, for tests: what is pushed into it is what it hears.
#[cfg(test)]
pub mod synthetic {
    use super::*;

    /// The side that a device would be on.
    pub struct FakeDevice {
        sink: Sink,
        failed: Sender<String>,
        closed: Receiver<()>,
    }

    /// An open stream and the device behind it.
    pub fn stream(rate: u32, channels: usize) -> (FakeDevice, OpenStream) {
        let (producer, samples) = RingBuffer::new(RING_SECONDS * rate as usize * channels);
        let (failed, failures) = bounded(1);
        let (open, closed) = bounded(0);
        let health = Arc::new(Health::new());
        let sink = Sink { producer, health: health.clone(), channels };
        let device = "Fake microphone".to_owned();
        (
            FakeDevice { sink, failed, closed },
            OpenStream { device, rate, channels, samples, health, failures, _open: open },
        )
    }

    impl FakeDevice {
        /// Lets the microphone hear interleaved samples.
        pub fn hear(&mut self, samples: &[f32]) {
            self.sink.push(samples);
        }

        /// Breaks the device.
        pub fn fail(&self, reason: &str) {
            let _ = self.failed.try_send(reason.into());
        }

        /// Whether the stream was closed.
        pub fn is_closed(&self) -> bool {
            matches!(self.closed.try_recv(), Err(crossbeam_channel::TryRecvError::Disconnected))
        }
    }

    #[test]
    fn the_ring_keeps_whole_frames_and_counts_what_it_loses() {
        let (mut device, mut stream) = stream(100, 2);
        let everything: Vec<f32> = (0..2 * 100 * RING_SECONDS + 10).map(|i| i as f32).collect();
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
}
