//! The reference's order: each window begins where the decoding of the one before ended (`seek`).

use super::recording::Recording;
use super::stages::Stages;
use super::window::Window;
use super::{Event, Way, gate};
use crate::dims::{HOP, WINDOW_FRAMES};
use crate::error::EngineError;
use crate::metrics::AudioTime;

/// Transcribes a recording from its beginning to its end.
pub(crate) fn run<'a>(
    recording: &mut Recording<'a>,
    stages: &mut Stages<'a>,
    on_event: &mut dyn FnMut(Event),
) -> Result<(), EngineError> {
    let mut seek = 0;
    if recording.options.way == Way::Strict {
        recording.settle_language(0, stages, on_event)?;
    }
    while seek < recording.listened.frames {
        seek = advance(recording, seek, stages, on_event)?;
    }
    Ok(())
}

/// What comes next in a recording.
pub(crate) enum Next {
    /// Nobody speaks up to here.
    Silence(usize),
    /// To be transcribed.
    Window(Window),
}

/// Transcribes or skips what is at `seek`; returns where to go on.
pub(crate) fn advance<'a>(
    recording: &mut Recording<'a>,
    seek: usize,
    stages: &mut Stages<'a>,
    on_event: &mut dyn FnMut(Event),
) -> Result<usize, EngineError> {
    stages.cancel.check()?;
    let end = match next(recording, seek, stages, on_event)? {
        Next::Silence(end) => end,
        Next::Window(window) => {
            let decoded = stages.pass(&[(&window, recording.rules())])?;
            let ends = decoded.into_iter().map(|decoded| recording.take(decoded, on_event));
            ends.last().unwrap_or(window.seek + window.frames)
        }
    };
    Ok(go_on(recording, seek, end, on_event))
}

/// What is at `seek`.
pub(crate) fn next<'a>(
    recording: &mut Recording<'a>,
    seek: usize,
    stages: &mut Stages<'a>,
    on_event: &mut dyn FnMut(Event),
) -> Result<Next, EngineError> {
    if let Some(end) = silence(recording, seek) {
        return Ok(Next::Silence(end));
    }
    recording.settle_language(seek, stages, on_event)?;
    let frames = (recording.listened.frames - seek).min(WINDOW_FRAMES);
    Ok(Next::Window(recording.window(seek, frames)?))
}

/// Where a silence at `seek` that is passed over ends, which is noted.
pub(crate) fn silence(recording: &mut Recording<'_>, seek: usize) -> Option<usize> {
    if recording.options.way != Way::Default || !recording.options.voice_gate {
        return None;
    }
    let listened = &recording.listened;
    let (end, skipped) = gate::skip_silence(seek, listened.frames, listened.speech());
    recording.note(skipped?);
    Some(end)
}

/// Where to go on behind what was at `seek` and ended at `end`, which everybody is told.
pub(crate) fn go_on(
    recording: &Recording<'_>,
    seek: usize,
    end: usize,
    on_event: &mut dyn FnMut(Event),
) -> usize {
    // The rules always move on; were they not to, this would never end.
    let next = if end > seek { end } else { seek + WINDOW_FRAMES };
    on_event(Event::Progress(AudioTime::from_samples(next.min(recording.listened.frames) * HOP)));
    next
}
