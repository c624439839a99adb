//! The reference's order: each window begins where the decoding of the one before ended (`seek`).

use super::recording::Recording;
use super::stages::{Decoded, Stages};
use super::window::Window;
use super::{Event, Way, gate};
use crate::dims::{HOP, WINDOW_FRAMES};
use crate::error::EngineError;
use crate::metrics::AudioTime;

/// What comes next in a recording.
pub(super) enum Next {
    /// Nobody speaks up to here.
    Silence(usize),
    /// To be transcribed.
    Window(Window),
}

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
    let end = match next(recording, seek, stages, on_event)? {
        Next::Silence(end) => end,
        Next::Window(window) => {
            let decoded = stages.pass(&[(&window, recording.rules())])?;
            take(recording, &window, decoded, on_event)
        }
    };
    Ok(go_on(recording, seek, end, on_event))
}

/// What is at `seek`.
pub(super) fn next<'a>(
    recording: &mut Recording<'a>,
    seek: usize,
    stages: &mut Stages<'a>,
    on_event: &mut dyn FnMut(Event),
) -> Result<Next, EngineError> {
    let all = recording.listened.frames;
    if recording.options.way == Way::Default && recording.options.voice_gate {
        let (end, skipped) = gate::skip_silence(seek, all, recording.listened.speech());
        if let Some(skipped) = skipped {
            recording.note(skipped);
            return Ok(Next::Silence(end));
        }
    }
    recording.settle_language(seek, stages, on_event)?;
    let frames = (all - seek).min(WINDOW_FRAMES);
    Ok(Next::Window(recording.window(seek, frames)?))
}

/// Takes what a window became into the transcript; returns where its decoding ended.
pub(super) fn take(
    recording: &mut Recording<'_>,
    window: &Window,
    decoded: Vec<Decoded>,
    on_event: &mut dyn FnMut(Event),
) -> usize {
    let ends = decoded.into_iter().map(|decoded| recording.take(decoded, on_event));
    ends.last().unwrap_or(window.seek + window.frames)
}

/// Where to go on behind what was at `seek` and ended at `end`, which everybody is told.
pub(super) fn go_on(
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
