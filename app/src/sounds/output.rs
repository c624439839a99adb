//! The system's loudspeaker, open for one sound.

use crate::sample_formats::for_samples;
use cpal::traits::{DeviceTrait, HostTrait, StreamTrait};
use cpal::{BufferSize, FromSample, OutputCallbackInfo, SizedSample, StreamConfig, SupportedBufferSize};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

/// A loudspeaker that asks for no samples within this time never will.
const STARTING: Duration = Duration::from_secs(1);
/// How often the loudspeaker is to ask for samples: the rarer, the later it sounds.
const CALLS_PER_S: u32 = 50;
const LOOK: Duration = Duration::from_millis(5);

/// Gives one sample after the other until it has no more.
pub type Voice = Box<dyn FnMut() -> Option<f32> + Send>;

/// The loudspeaker, open and silent until it is told to play.
pub struct Output {
    _stream: cpal::Stream,
    shared: Arc<Shared>,
}

#[derive(Default)]
struct Shared {
    plays: AtomicBool,
    /// The voice has nothing more to say.
    ended: AtomicBool,
    /// Microseconds from now until a sample that is asked for next is heard; 0 before the first was.
    delay_us: AtomicU64,
}

impl Output {
    /// Opens the system's loudspeaker for what `voice` makes for so many samples per second, and waits until it
    /// runs; `None` if it does not, or buffers more than is allowed.
    pub fn open(voice: &dyn Fn(u32) -> Voice, longest_buffer: Option<Duration>) -> Option<Self> {
        let device = cpal::default_host().default_output_device()?;
        let supported = device.default_output_config().ok()?;
        let mut config = supported.config();
        if let SupportedBufferSize::Range { min, max } = supported.buffer_size() {
            config.buffer_size = BufferSize::Fixed((config.sample_rate / CALLS_PER_S).clamp(*min, *max));
        }
        let rate = config.sample_rate;
        let shared = Arc::<Shared>::default();
        let build = for_samples!(supported.sample_format(), build, _ => return None);
        let usual = StreamConfig { buffer_size: BufferSize::Default, ..config };
        let stream = build(&device, config, voice(rate), shared.clone())
            .or_else(|_| build(&device, usual, voice(rate), shared.clone()))
            .ok()?;
        stream.play().ok()?;
        let output = Self { _stream: stream, shared };
        let until = Instant::now() + STARTING;
        while output.delay().is_zero() {
            if Instant::now() > until {
                return None;
            }
            thread::sleep(LOOK);
        }
        longest_buffer.is_none_or(|longest| output.delay() < longest).then_some(output)
    }

    /// Lets the voice be heard.
    pub fn play(&self) {
        self.shared.plays.store(true, Ordering::Release);
    }

    /// Whether everything was handed to the loudspeaker.
    pub fn has_ended(&self) -> bool {
        self.shared.ended.load(Ordering::Acquire)
    }

    /// From now until a sound that is played now is heard.
    pub fn delay(&self) -> Duration {
        Duration::from_micros(self.shared.delay_us.load(Ordering::Relaxed))
    }
}

fn build<T>(
    device: &cpal::Device,
    config: StreamConfig,
    mut voice: Voice,
    shared: Arc<Shared>,
) -> Result<cpal::Stream, cpal::Error>
where
    T: SizedSample + FromSample<f32>,
{
    let (channels, rate) = (usize::from(config.channels).max(1), config.sample_rate);
    let fill = move |data: &mut [T], info: &OutputCallbackInfo| {
        let times = info.timestamp();
        let buffered = times.playback.saturating_duration_since(times.callback);
        let frames = (data.len() / channels) as f64;
        // What is played now waits for the next call.
        let delay = buffered + Duration::from_secs_f64(frames / f64::from(rate));
        shared.delay_us.store((delay.as_micros() as u64).max(1), Ordering::Relaxed);
        let plays = shared.plays.load(Ordering::Acquire);
        for frame in data.chunks_mut(channels) {
            let sample = if plays { voice() } else { None };
            if plays && sample.is_none() {
                shared.ended.store(true, Ordering::Release);
            }
            frame.fill(T::from_sample_(sample.unwrap_or(0.0)));
        }
    };
    device.build_output_stream(config, fill, |_| {}, None)
}
