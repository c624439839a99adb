//! What a recording reports, and how it is told to end.

use super::CaptureError;
use super::channels::Channel;
use super::recording_file::Recorded;
use std::path::PathBuf;
use std::time::{Duration, Instant};

/// When a recording came about.
#[derive(Clone, Copy, Debug)]
pub struct Opening {
    /// When the microphone was open; before the recording was asked for if it still was.
    pub open: Instant,
    /// When the first sample was captured, which can be earlier than it was asked for, too.
    pub begins: Instant,
}

/// What a recording reports, with the number it was started with.
#[derive(Debug)]
pub struct CaptureReport {
    /// Number of the recording.
    pub generation: u64,
    /// What happened.
    pub event: CaptureEvent,
}

/// What happens to a recording: `Failed`, or at last exactly one of `Finished` and `Empty`. Before
/// `Finished` comes `Opened`. After `Opened` comes `Closed`, before or after the recording's own end,
/// unless the next recording takes the microphone over as it is.
#[derive(Debug)]
pub enum CaptureEvent {
    /// The microphone is open and its first samples are here.
    Opened(Opening),
    /// The microphone could not be opened.
    Failed(CaptureError),
    /// The microphone is no longer open.
    Closed,
    /// Recorded length; the peak of the last 50 ms in [0, 1] of full scale; and since the last such
    /// report those of every channel of the microphone.
    Level { elapsed: Duration, peak: f32, channels: Vec<f32> },
    /// Which of several channels of the microphone with this id is recorded, and whether it stays so.
    Channel { id: String, channel: Channel, decided: bool },
    /// The recorded channel of the microphone of this name delivers nothing but zeros, or does so no
    /// longer. `every` channel does if none was settled on, as the loudest is recorded then.
    Silent { device: String, channel: Channel, every: bool, silent: bool },
    /// The disk takes no more; the recording goes on in memory.
    DiskTrouble { reason: String },
    /// The recording has grown in memory for as long as it may, and ends.
    Full,
    /// The recording is on disk again, in another folder.
    Moved { folder: PathBuf },
    /// Not everything was recorded: `missed`, because the disk was too slow for too long; `slipped` in
    /// `slips` different seconds, because fewer samples came than the clock says; and what the sound
    /// system says itself to have lost `xruns` times, without saying how much.
    Gaps { missed: Duration, slipped: Duration, slips: u32, xruns: u64 },
    /// The microphone is gone; what was heard follows.
    Lost { reason: String },
    /// The recording is closed.
    Finished(Recorded),
    /// The recording is closed and there was not a single sample.
    Empty,
}

impl CaptureEvent {
    /// Whether the recording is over with it, but for its microphone, which may still be closed.
    pub fn is_the_last(&self) -> bool {
        matches!(self, Self::Failed(_) | Self::Finished(_) | Self::Empty)
    }
}

/// How a recording is to end.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum End {
    /// With what was said up to this moment.
    Stop(Instant),
    /// At once; nobody wants its text.
    Abandon,
    /// At once, with what there is.
    Break,
    /// At once and without its finished name, to be found at the next start.
    Leave,
}
