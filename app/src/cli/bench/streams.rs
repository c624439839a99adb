//! Recordings of 30 s that are served side by side, as the engine thread serves them.

use super::figure::{Effort, Figure, timed};
use super::window::{Stages, hum, stopped};
use crate::cli::exit::{Complaint, Exit, Failure};
use hark_engine::audio::Samples;
use hark_engine::dims::{SAMPLE_RATE_HZ, WINDOW_SAMPLES};
use hark_engine::metrics::Monitor;
use hark_engine::schedule::{Limits, Request, Scheduler, Turned};
use hark_engine::transcribe::{News, Options, Way};
use hark_engine::{Cancelled, EngineError};
use serde::Serialize;
use std::sync::Arc;

/// The fewest recordings that a figure is taken from.
const FEWEST: usize = 8;

/// So many recordings at once.
#[derive(Clone, Debug, Serialize)]
pub struct Served {
    pub streams: usize,
    /// Recordings in all, one window each.
    pub windows: usize,
    /// From the first to the end of the last, everything included.
    pub total_ms: Figure,
    /// Audio time by that time.
    pub speed_x: Figure,
    /// Windows that shared a step of the decoder, on average.
    pub mean_batch: Figure,
}

/// Serves recordings whose texts have `tokens` tokens, `streams` of them at once.
pub fn measure(
    stages: &mut Stages,
    streams: usize,
    tokens: usize,
    effort: Effort,
) -> Result<Served, Failure> {
    let windows = streams.max(FEWEST);
    let sounds: Vec<Arc<[f32]>> = (0..windows).map(|number| hum(number % FEWEST).into()).collect();
    let mut batches = Vec::new();
    let times = effort.repeat(|| {
        let (batch, time) = timed(|| serve(stages, &sounds, streams, tokens));
        batches.push(batch?);
        Ok(time)
    })?;
    let batches = batches.split_off(batches.len() - times.len());
    let audio = (windows * WINDOW_SAMPLES) as f64 / SAMPLE_RATE_HZ as f64;
    Ok(Served {
        streams,
        windows,
        total_ms: Figure::of_times(&times),
        speed_x: Figure::of(times.iter().map(|time| audio / time.as_secs_f64()).collect()),
        mean_batch: Figure::of(batches),
    })
}

/// Serves all recordings; how many windows shared a step.
fn serve(stages: &mut Stages, sounds: &[Arc<[f32]>], streams: usize, tokens: usize) -> Result<f64, Failure> {
    let Stages { whisper, cancel } = stages;
    // Nothing is tried again, and no window goes back into another.
    let options = Options { way: Way::Strict, timestamps: false, forced: Some(tokens), ..Options::default() };
    let (monitor, mut waiting, mut failed) = (Monitor::default(), (0..).zip(sounds), None);
    let limits = Limits { jobs: streams, ..Limits::default() };
    let mut scheduler = Scheduler::new(whisper, limits, monitor.clone());
    loop {
        let mut on_news = |_, news| {
            if let News::Ended(Err(error)) = news {
                failed.get_or_insert(error);
            }
        };
        while scheduler.has_room()
            && let Some((number, samples)) = waiting.next()
        {
            let (source, cancel) = (Box::new(Samples(samples.clone())), cancel.clone());
            let request = Request { number, source, options: options.clone(), cancel };
            // There is room for it.
            let _ = scheduler.admit(request, &mut on_news);
        }
        let turned = scheduler.turn(&mut on_news);
        match (failed.take(), turned) {
            (Some(EngineError::Cancelled(_)), _) => return Err(stopped(Cancelled)),
            (Some(error), _) | (None, Err(error)) => {
                return Err(Exit::Failed.with(Complaint::new(error.to_string())));
            }
            (None, Ok(Turned::Idle)) => return Ok(monitor.figures().mean_batch().unwrap_or_default()),
            (None, Ok(_)) => {}
        }
    }
}
