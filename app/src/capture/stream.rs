//! An open microphone: the cpal stream, and the ring that its callback fills.

use super::callback::{Health, Sink};
use super::{CaptureError, Microphone, devices, sound_server};
use crate::sample_formats::for_samples;
use cpal::traits::{DeviceTrait, StreamTrait};
use cpal::{ErrorKind, FromSample, InputCallbackInfo, SizedSample, StreamConfig};
use crossbeam_channel::{Receiver, Sender, bounded};
use rtrb::{Consumer, Producer, RingBuffer};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

/// How far the recorder may be late, for instance behind a slow disk, before samples are lost.
const RING_SECONDS: usize = 20;
/// A server that was asleep takes up to three seconds for its first samples.
const FIRST_SAMPLES: Duration = Duration::from_secs(5);
/// Samples come every 10 to 40 ms; some sound servers die without any other sign than their absence.
const NO_SAMPLES: Duration = Duration::from_secs(2);

/// A microphone that records. Dropping it closes the device, without waiting for that.
pub struct OpenStream {
    /// Its stable id, whether or not it was asked for by that.
    pub id: String,
    /// The device's name for people.
    pub device: String,
    /// Since when it is open.
    pub open: Instant,
    /// Samples per second and channel.
    pub rate: u32,
    /// Interleaved channels.
    pub channels: usize,
    /// What was recorded and not yet taken, in whole frames.
    pub samples: Consumer<f32>,
    pub(super) health: Arc<Health>,
    pub(super) failures: Receiver<String>,
    /// What was lost before the present recording.
    pub(super) before: Losses,
    /// Whether it is a headset that listens by radio.
    pub is_bluetooth: bool,
    /// Whether samples come all the time, so that it is lost when none do. What is played by a program may pause.
    pub(super) is_steady: bool,
    /// Whether the system's default microphone may be another by now.
    pub(super) outdated: Arc<AtomicBool>,
    /// Tells when the source of the sound server goes away, which hands the stream to another one.
    pub(super) _watch: Option<sound_server::Watch>,
    pub(super) _open: Sender<()>,
}

/// What a stream has lost.
#[derive(Clone, Copy, Default)]
pub(super) struct Losses {
    overrun_frames: u64,
    xruns: u64,
}

/// Room between the callback and the recorder.
pub(super) fn ring(rate: u32, channels: usize) -> (Producer<f32>, Consumer<f32>) {
    RingBuffer::new(RING_SECONDS * rate as usize * channels)
}

/// Opens a microphone; where the answer goes. Must return at once.
pub type OpenMicrophone = Arc<dyn Fn(Option<String>, Sender<Result<OpenStream, CaptureError>>) + Send + Sync>;

impl OpenStream {
    /// Why the microphone must be taken for lost, if it must.
    pub fn lost(&self) -> Option<String> {
        if let Ok(reason) = self.failures.try_recv() {
            return Some(reason);
        }
        let last = self.health.last();
        let quiet = self.health.opened.elapsed().saturating_sub(last);
        let patience = if last.is_zero() { FIRST_SAMPLES } else { NO_SAMPLES };
        (self.is_steady && quiet > patience).then(|| no_sound(quiet))
    }

    /// Why the microphone must be taken for lost, now that something of what was heard since `moment` should long be
    /// here; `None` if something is, or nothing ever was.
    pub fn silent_since(&self, moment: Instant) -> Option<String> {
        let last = self.health.opened + self.health.last();
        (self.is_steady && self.hears() && last < moment).then(|| no_sound(last.elapsed()))
    }

    /// Whether anything has been heard yet.
    pub(super) fn hears(&self) -> bool {
        !self.health.last().is_zero()
    }

    /// Frames of this recording that were lost because nobody took them in time.
    pub fn overrun_frames(&self) -> u64 {
        self.losses().overrun_frames - self.before.overrun_frames
    }

    /// Times that the sound system lost samples of this recording before they came here.
    pub fn xruns(&self) -> u64 {
        self.losses().xruns - self.before.xruns
    }

    fn losses(&self) -> Losses {
        let Health { overrun_frames, xruns, .. } = &*self.health;
        Losses {
            overrun_frames: overrun_frames.load(Ordering::Relaxed),
            xruns: xruns.load(Ordering::Relaxed),
        }
    }

    /// Up to which moment everything that was heard is here.
    pub fn heard(&self) -> Instant {
        self.health.heard()
    }

    /// The moment at which the last so many samples, of all channels together, began.
    pub fn heard_since(&self, samples: usize) -> Instant {
        let length = Duration::from_secs_f64((samples / self.channels) as f64 / f64::from(self.rate));
        self.heard().checked_sub(length).unwrap_or(self.open)
    }

    /// How long it has been open, and the microseconds by which samples fall short of that time, plus a
    /// constant.
    pub fn clock(&self) -> (Duration, i64) {
        (self.health.opened.elapsed(), self.health.behind_us())
    }

    /// Makes a stream that stayed open begin a recording: of what nobody has taken only the last `keep`
    /// stays, and what was lost until now no longer counts.
    pub fn begin_anew(&mut self, keep: Duration) {
        let keep = (keep.as_secs_f64() * f64::from(self.rate)) as usize * self.channels;
        let old = self.samples.slots().saturating_sub(keep);
        if let Ok(chunk) = self.samples.read_chunk(old) {
            chunk.commit_all();
        }
        self.before = self.losses();
    }

    /// Makes a recording begin at a moment: what was heard before, and what was lost until now, no longer
    /// counts.
    pub fn skip_until(&mut self, moment: Instant) {
        self.begin_anew(self.heard().saturating_duration_since(moment));
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

/// Opens a microphone of this machine; `open` goes into the handle.
pub(super) fn start(id: Option<&str>, open: Sender<()>) -> Result<(cpal::Stream, OpenStream), CaptureError> {
    let source = sound_server::source(id);
    if source.is_none() && id.is_some_and(sound_server::is_source) {
        return Err(CaptureError::Missing(id.unwrap_or_default().to_owned()));
    }
    let (device, found) = devices::find(id)?;
    let is_bluetooth = match &source {
        Some(source) => source.is_bluetooth,
        None => devices::is_bluetooth(&device, &found.id),
    };
    // A source says more of what is heard than the device that stands for all of them.
    let named = source.as_ref().map_or(found, |source| source.microphone());
    let Microphone { id: stable, label: name } = named;
    let refused = |e: cpal::Error| CaptureError::Refused { device: name.clone(), reason: e.to_string() };
    let supported = device.default_input_config().map_err(refused)?;
    let config = supported.config();
    let channels = usize::from(config.channels).max(1);
    let (producer, samples) = ring(config.sample_rate, channels);
    let (failed, failures) = bounded(1);
    let gone = failed.clone();
    let health = Arc::new(Health::new());
    let sink = Sink::new(producer, health.clone(), channels, config.sample_rate);
    let build = for_samples!(supported.sample_format(), build, other => {
        let reason = format!("it speaks {other}, which Hark does not");
        return Err(CaptureError::Refused { device: name, reason });
    });
    let stream = build(&device, config, sink, failed).map_err(refused)?;
    stream.play().map_err(refused)?;
    // Also to the default source: a server remembers where it was last told to get our recordings from.
    let is_routed = source.as_ref().is_some_and(sound_server::route_to);
    if id.is_some() && source.is_some() && !is_routed {
        let reason = "the sound server does not let it be recorded".into();
        return Err(CaptureError::Refused { device: name, reason });
    }
    let outdated = Arc::new(AtomicBool::new(false));
    // The default one, too: that another source is the default from now on ends nothing, that this one is gone does.
    let watch = source.as_ref().filter(|_| is_routed).and_then(|source| {
        let gone = move || {
            let _ = gone.try_send("it is not connected any more".into());
        };
        let outdated = Arc::clone(&outdated);
        sound_server::Watch::start(source, gone, move || outdated.store(true, Ordering::Relaxed))
    });
    let mut handle = OpenStream {
        id: stable,
        device: name.clone(),
        open: Instant::now(),
        rate: config.sample_rate,
        channels,
        samples,
        health,
        failures,
        before: Losses::default(),
        is_bluetooth,
        is_steady: true,
        outdated,
        _watch: watch,
        _open: open,
    };
    if is_routed {
        // Until now another source may have been heard.
        handle.begin_anew(Duration::ZERO);
    }
    Ok((stream, handle))
}

fn no_sound(quiet: Duration) -> String {
    format!("no sound for {:.1} seconds", quiet.as_secs_f64())
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
    let health = sink.health().clone();
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
    let on_samples = move |data: &[T], info: &InputCallbackInfo| {
        let times = info.timestamp();
        sink.push(data, times.callback.saturating_duration_since(times.capture));
    };
    device.build_input_stream(config, on_samples, on_error, None)
}
