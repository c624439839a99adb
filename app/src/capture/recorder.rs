//! The recorder: a thread per recording that takes samples from the ring and writes them to disk.

use super::mono::Mono;
use super::recording_file::{Recorded, RecordingFile};
use super::stream::{OpenMicrophone, OpenStream};
use super::tap::Tap;
use super::{CaptureError, pending};
use crossbeam_channel::{Receiver, RecvTimeoutError, Sender, bounded, select};
use hark_engine::audio::{AudioError, Resampler};
use hark_engine::dims::SAMPLE_RATE_HZ;
use std::io;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant, SystemTime};

/// How often the ring is emptied.
const PERIOD: Duration = Duration::from_millis(20);
/// Speech that is under way when the person stops is still in the device's buffers.
const TAIL: Duration = Duration::from_millis(300);
/// How much a kill may lose.
const CHECKPOINT: Duration = Duration::from_secs(1);
/// A sound system that has not opened a microphone by then never will.
const OPENING: Duration = Duration::from_secs(15);
/// Samples per shown level, 50 ms.
const LEVEL: usize = SAMPLE_RATE_HZ / 20;
/// Samples of pure zeros after which the microphone is called silent. Real ones hiss.
const SILENT: usize = SAMPLE_RATE_HZ;

/// What a recording reports, with the number it was started with.
#[derive(Debug)]
pub struct CaptureReport {
    /// Number of the recording.
    pub generation: u64,
    /// What happened.
    pub event: CaptureEvent,
}

/// What happens to a recording: `Failed`, or at last exactly one of `Finished` and `Empty`. Before
/// `Finished` comes `Opened`.
#[derive(Debug)]
pub enum CaptureEvent {
    /// The microphone is open and its first samples are here.
    Opened,
    /// The microphone could not be opened.
    Failed(CaptureError),
    /// Recorded length, and the peak of the last 50 ms in [0, 1] of full scale.
    Level { elapsed: Duration, peak: f32 },
    /// The microphone of this name delivers nothing but zeros, or does so no longer.
    Silent { device: String, silent: bool },
    /// The disk takes no more; the recording goes on in memory.
    DiskTrouble { reason: String },
    /// Not everything was recorded: this much, because the disk was too slow for too long, and what the
    /// sound system lost this many times by itself.
    Gaps { missed: Duration, xruns: u64 },
    /// The microphone is gone; what was heard follows.
    Lost { reason: String },
    /// The recording is closed.
    Finished(Recorded),
    /// The recording is closed and there was not a single sample.
    Empty,
}

/// What is to be recorded.
#[derive(Debug)]
pub struct Request {
    /// Number of the recording, for its reports.
    pub generation: u64,
    /// Stable id of the microphone; `None` is the system's default.
    pub microphone: Option<String>,
    /// Where its file goes.
    pub folder: PathBuf,
    /// Who hears it while it grows, if anybody.
    pub tap: Option<Tap>,
}

/// How a recording is to end.
#[derive(Clone, Copy, PartialEq, Eq)]
enum End {
    /// With what was said up to now.
    Stop,
    /// At once; nobody wants its text.
    Abandon,
    /// At once, with what there is.
    Break,
    /// At once and without its finished name, to be found at the next start.
    Leave,
}

/// The handle of a recording. Dropping it leaves the recording for the next start to find.
pub struct Recorder {
    control: Sender<End>,
    /// Disconnected when the recorder's thread ends.
    ended: Receiver<()>,
}

impl Recorder {
    /// Opens a microphone and records it into a file. Everything else is told to `reports`.
    ///
    /// # Errors
    /// If the system refuses a thread.
    pub fn start(
        open: &OpenMicrophone,
        request: Request,
        reports: Sender<CaptureReport>,
    ) -> io::Result<Self> {
        let Request { generation, microphone, folder, tap } = request;
        let (control, controlled) = bounded(4);
        let (running, ended) = bounded::<()>(0);
        let open = open.clone();
        let tell = move |event| {
            // Whoever asked for the recording is gone only while the program ends.
            let _ = reports.send(CaptureReport { generation, event });
        };
        thread::Builder::new().name("hark-recorder".into()).spawn(move || {
            let _running = running;
            match wait_for_stream(&open, microphone, &controlled) {
                Ok(Some((stream, asked))) => record(stream, tap, asked, &folder, &controlled, &tell),
                Ok(None) => tell(CaptureEvent::Empty),
                Err(error) => tell(CaptureEvent::Failed(error)),
            }
        })?;
        Ok(Self { control, ended })
    }

    /// Ends the recording with what was said up to now.
    pub fn stop(&self) {
        let _ = self.control.try_send(End::Stop);
    }

    /// Ends the recording at once. It stays on disk.
    pub fn abandon(&self) {
        let _ = self.control.try_send(End::Abandon);
    }

    /// Leaves the recording for the next start to find, and waits until it is on disk, but no longer
    /// than that.
    pub fn leave(self, deadline: Instant) {
        drop(self.control);
        let _ = self.ended.recv_deadline(deadline);
    }
}

/// The stream, and how the recording is to end if that is known already. `None` if the person did not
/// wait for the stream.
fn wait_for_stream(
    open: &OpenMicrophone,
    microphone: Option<String>,
    control: &Receiver<End>,
) -> Result<Option<(OpenStream, Option<End>)>, CaptureError> {
    let (answer, opened) = bounded(1);
    open(microphone, answer);
    select! {
        recv(opened) -> stream => stream.unwrap_or(Err(CaptureError::Hangs)).map(|s| Some((s, None))),
        // If both are there, what the stream has heard already counts.
        recv(control) -> end => match opened.try_recv() {
            Ok(stream) => stream.map(|s| Some((s, Some(end.unwrap_or(End::Leave))))),
            Err(_) => Ok(None),
        },
        default(OPENING) => Err(CaptureError::Hangs),
    }
}

fn record(
    mut stream: OpenStream,
    tap: Option<Tap>,
    asked: Option<End>,
    folder: &Path,
    control: &Receiver<End>,
    tell: &dyn Fn(CaptureEvent),
) {
    let (file, refused) = RecordingFile::create(folder, SystemTime::now());
    if let Some(error) = refused {
        tell(CaptureEvent::DiskTrouble { reason: error.to_string() });
    }
    let mut take = match Take::new(&stream, file, tap, tell) {
        Ok(take) => take,
        Err(error) => {
            tell(CaptureEvent::Lost { reason: error.to_string() });
            return tell(CaptureEvent::Empty);
        }
    };
    let mut checkpoint = Instant::now() + CHECKPOINT;
    let end = loop {
        let broken = take.pull(&mut stream).err().map(|e| e.to_string());
        if Instant::now() >= checkpoint {
            take.checkpoint();
            checkpoint = Instant::now() + CHECKPOINT;
        }
        if let Some(reason) = broken.or_else(|| stream.lost()) {
            tell(CaptureEvent::Lost { reason });
            break End::Break;
        }
        if take.file.is_full() {
            break End::Break;
        }
        if let Some(end) = asked {
            break end;
        }
        match control.recv_timeout(PERIOD) {
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => break End::Leave,
            Ok(end) => break end,
        }
    };
    if end == End::Stop {
        let last = Instant::now() + TAIL;
        while Instant::now() < last && stream.lost().is_none() {
            thread::sleep(PERIOD);
            let _ = take.pull(&mut stream);
        }
    }
    let _ = take.pull(&mut stream);
    let missed = Duration::from_secs_f64(stream.overrun_frames() as f64 / f64::from(stream.rate));
    let xruns = stream.xruns();
    if !missed.is_zero() || xruns > 0 {
        tell(CaptureEvent::Gaps { missed, xruns });
    }
    drop(stream);
    take.close(end, folder);
}

/// A recording under way, behind the ring.
struct Take<'a> {
    device: String,
    opened: bool,
    mono: Mono,
    resampler: Resampler,
    file: RecordingFile,
    tap: Option<Tap>,
    meter: Meter,
    tell: &'a dyn Fn(CaptureEvent),
    interleaved: Vec<f32>,
    mixed: Vec<f32>,
    resampled: Vec<f32>,
}

impl<'a> Take<'a> {
    fn new(
        stream: &OpenStream,
        file: RecordingFile,
        tap: Option<Tap>,
        tell: &'a dyn Fn(CaptureEvent),
    ) -> Result<Self, AudioError> {
        Ok(Self {
            device: stream.device.clone(),
            opened: false,
            mono: Mono::new(stream.channels),
            resampler: Resampler::new(stream.rate)?,
            file,
            tap,
            meter: Meter::default(),
            tell,
            interleaved: Vec::new(),
            mixed: Vec::new(),
            resampled: Vec::new(),
        })
    }

    /// Takes what the ring holds.
    fn pull(&mut self, stream: &mut OpenStream) -> Result<(), AudioError> {
        self.interleaved.clear();
        self.mixed.clear();
        stream.take(&mut self.interleaved);
        // An open stream can be deaf for seconds, and what is said then is lost.
        if !self.opened && !self.interleaved.is_empty() {
            self.opened = true;
            (self.tell)(CaptureEvent::Opened);
        }
        self.mono.push(&self.interleaved, &mut self.mixed);
        let resampled = self.resampler.push(&self.mixed, &mut self.resampled);
        self.write();
        resampled
    }

    fn write(&mut self) {
        if let Some(tap) = &mut self.tap {
            tap.push(&self.resampled);
        }
        let written = self.file.write(&self.resampled);
        self.report(written);
        let elapsed = self.file.length();
        for reading in self.meter.push(&self.resampled) {
            (self.tell)(match reading {
                Reading::Peak(peak) => CaptureEvent::Level { elapsed, peak },
                Reading::Silent(silent) => CaptureEvent::Silent { device: self.device.clone(), silent },
            });
        }
        self.resampled.clear();
    }

    fn checkpoint(&mut self) {
        let saved = self.file.checkpoint();
        self.report(saved);
    }

    fn report(&self, result: io::Result<()>) {
        if let Err(error) = result {
            (self.tell)(CaptureEvent::DiskTrouble { reason: error.to_string() });
        }
    }

    fn close(mut self, end: End, folder: &Path) {
        // The resampler refuses nothing for mono, and there is nothing left to lose if it did.
        let _ = self.resampler.finish(&mut self.resampled);
        self.write();
        // Whoever listens need not wait for the disk.
        self.tap = None;
        if end == End::Leave {
            return self.file.leave();
        }
        let recorded = self.file.finish();
        if let Some(Recorded { path, memory: None, .. }) = &recorded
            && end != End::Abandon
            && path.starts_with(folder)
        {
            // Without its mark a recording is only not offered at the next start.
            let _ = pending::mark(path);
        }
        (self.tell)(recorded.map_or(CaptureEvent::Empty, CaptureEvent::Finished));
    }
}

/// Peaks, and whether there is anything but zeros.
#[derive(Default)]
struct Meter {
    counted: usize,
    peak: f32,
    zeros: usize,
    silent: bool,
}

#[derive(Debug, PartialEq)]
enum Reading {
    Peak(f32),
    Silent(bool),
}

impl Meter {
    fn push(&mut self, samples: &[f32]) -> Vec<Reading> {
        let mut readings = Vec::new();
        for sample in samples {
            // A resampler's ringing behind the last signal is less than half a step of 16 bits.
            let zero = sample.abs() < 0.5 / 32_768.0;
            self.zeros = if zero { self.zeros + 1 } else { 0 };
            if self.silent && !zero || !self.silent && self.zeros == SILENT {
                self.silent = zero;
                readings.push(Reading::Silent(zero));
            }
            self.peak = self.peak.max(sample.abs());
            self.counted += 1;
            if self.counted == LEVEL {
                readings.push(Reading::Peak(self.peak.min(1.0)));
                (self.counted, self.peak) = (0, 0.0);
            }
        }
        readings
    }
}

#[cfg(test)]
#[path = "recorder_tests.rs"]
mod tests;
