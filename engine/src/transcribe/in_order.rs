//! The reference's order: each window begins where the decoding of the one before ended (`seek`).

use super::recording::Recording;
use super::stages::Stages;
use super::{Event, Way, gate};
use crate::dims::{HOP, WINDOW_FRAMES};
use crate::error::EngineError;
use crate::metrics::AudioTime;

/// Transcribes a recording from its beginning to its end.
pub(super) fn run<'a>(
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

/// Transcribes or skips what is at `seek`; returns where to go on.
pub(super) fn advance<'a>(
    recording: &mut Recording<'a>,
    seek: usize,
    stages: &mut Stages<'a>,
    on_event: &mut dyn FnMut(Event),
) -> Result<usize, EngineError> {
    stages.cancel.check()?;
    let next = window(recording, seek, stages, on_event)?;
    // The rules always move on; were they not to, this would never end.
    let next = if next > seek { next } else { seek + WINDOW_FRAMES };
    on_event(Event::Progress(AudioTime::from_samples(next.min(recording.listened.frames) * HOP)));
    Ok(next)
}

/// Transcribes the window at `seek`; returns where the next one begins.
fn window<'a>(
    recording: &mut Recording<'a>,
    seek: usize,
    stages: &mut Stages<'a>,
    on_event: &mut dyn FnMut(Event),
) -> Result<usize, EngineError> {
    let all = recording.listened.frames;
    if recording.options.way == Way::Default && recording.options.voice_gate {
        let (next, skipped) = gate::skip_silence(seek, all, recording.listened.speech());
        if let Some(skipped) = skipped {
            recording.note(skipped);
            return Ok(next);
        }
    }
    recording.settle_language(seek, stages, on_event)?;
    let frames = (all - seek).min(WINDOW_FRAMES);
    let window = recording.window(seek, frames)?;
    let decoded = stages.pass(&[(&window, recording.rules())])?;
    let ends = decoded.into_iter().map(|decoded| recording.take(decoded, on_event));
    Ok(ends.last().unwrap_or(seek + frames))
}
