//! The thread that plays sounds. It may hang in the sound system: nobody waits for it.

use super::tones::{self, Tone};
use crate::capture::Cue;
use crate::sample_formats::for_samples;
use cpal::traits::{DeviceTrait, HostTrait, StreamTrait};
use cpal::{BufferSize, FromSample, OutputCallbackInfo, SizedSample, StreamConfig, SupportedBufferSize};
use crossbeam_channel::Receiver;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

/// How long the recorder may take to agree: it looks up every 20 ms.
const AGREEING: Duration = Duration::from_millis(40);
/// How much later than it says a loudspeaker may be heard, and a room echo.
const ECHO: Duration = Duration::from_millis(60);
/// A loudspeaker that asks for no samples within this time never will.
const STARTING: Duration = Duration::from_secs(1);
/// How often the loudspeaker is to ask for samples: the rarer, the later it sounds.
const CALLS_PER_S: u32 = 50;
const LOOK: Duration = Duration::from_millis(5);
/// A device that buffers more tells nobody anything in time.
const LONGEST_BUFFER: Duration = Duration::from_millis(400);

/// What is to be played.
#[derive(Debug)]
pub enum Order {
    /// The sound of a beginning, as agreed with the recorder.
    Begin(Cue),
    /// The sound of an end, not to be heard before this moment.
    End {
        /// Until then, the microphone's sound is still recorded.
        earliest: Instant,
    },
}

/// Plays what is ordered until nobody orders any more.
pub fn run(orders: &Receiver<Order>) {
    for order in orders {
        // There is nobody to tell, and the indicator says the same.
        let _ = match order {
            Order::Begin(cue) => begin(&cue),
            Order::End { earliest } => end(earliest),
        };
    }
}

fn begin(cue: &Cue) -> Option<()> {
    let output = Output::open(tones::begin)?;
    if !cue.wait() {
        return None;
    }
    let start = Instant::now() + AGREEING;
    let over = start + output.delay() + tones::LENGTH + ECHO;
    if cue.agree(over) && Instant::now() <= start {
        output.play();
        sleep_until(over);
    }
    Some(())
}

fn end(earliest: Instant) -> Option<()> {
    let output = Output::open(tones::end)?;
    sleep_until(earliest);
    output.play();
    sleep_until(Instant::now() + output.delay() + tones::LENGTH + ECHO);
    Some(())
}

fn sleep_until(moment: Instant) {
    thread::sleep(moment.saturating_duration_since(Instant::now()));
}

/// The loudspeaker, open and silent until it is told to play.
struct Output {
    _stream: cpal::Stream,
    shared: Arc<Shared>,
}

#[derive(Default)]
struct Shared {
    plays: AtomicBool,
    /// Microseconds from now until a sample that is asked for next is heard; 0 before the first was.
    delay_us: AtomicU64,
}

impl Output {
    /// Opens the system's loudspeaker and waits until it runs; `None` if it does not.
    fn open(tone: Tone) -> Option<Self> {
        let device = cpal::default_host().default_output_device()?;
        let supported = device.default_output_config().ok()?;
        let mut config = supported.config();
        if let SupportedBufferSize::Range { min, max } = supported.buffer_size() {
            config.buffer_size = BufferSize::Fixed((config.sample_rate / CALLS_PER_S).clamp(*min, *max));
        }
        let samples = tone(config.sample_rate);
        let shared = Arc::<Shared>::default();
        let build = for_samples!(supported.sample_format(), build, _ => return None);
        let usual = StreamConfig { buffer_size: BufferSize::Default, ..config };
        let stream = build(&device, config, samples.clone(), shared.clone())
            .or_else(|_| build(&device, usual, samples, shared.clone()))
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
        (output.delay() < LONGEST_BUFFER).then_some(output)
    }

    fn play(&self) {
        self.shared.plays.store(true, Ordering::Release);
    }

    /// From now until a sound that is played now is heard.
    fn delay(&self) -> Duration {
        Duration::from_micros(self.shared.delay_us.load(Ordering::Relaxed))
    }
}

fn build<T>(
    device: &cpal::Device,
    config: StreamConfig,
    samples: Vec<f32>,
    shared: Arc<Shared>,
) -> Result<cpal::Stream, cpal::Error>
where
    T: SizedSample + FromSample<f32>,
{
    let (channels, rate) = (usize::from(config.channels).max(1), config.sample_rate);
    let mut place = 0;
    let fill = move |data: &mut [T], info: &OutputCallbackInfo| {
        let times = info.timestamp();
        let buffered = times.playback.saturating_duration_since(times.callback);
        let frames = (data.len() / channels) as f64;
        // What is played now waits for the next call.
        let delay = buffered + Duration::from_secs_f64(frames / f64::from(rate));
        shared.delay_us.store((delay.as_micros() as u64).max(1), Ordering::Relaxed);
        let plays = shared.plays.load(Ordering::Acquire);
        for frame in data.chunks_mut(channels) {
            let sample = if plays { samples.get(place).copied() } else { None };
            place += usize::from(sample.is_some());
            frame.fill(T::from_sample_(sample.unwrap_or(0.0)));
        }
    };
    device.build_output_stream(config, fill, |_| {}, None)
}
