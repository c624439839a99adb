//! The whole transcript with everything that is known about how it was made.

use crate::precision::Standing;
use hark_engine::encoder::npu::NpuUse;
use hark_engine::encoder::{BackendInfo, BackendKind, Precision};
use hark_engine::metrics::{Timings, WallTime, rtf};
use hark_engine::transcribe::Options;
use hark_engine::transcript::{Intervention, Segment, Transcript};
use serde::Serialize;

/// How a transcript came about.
#[derive(Clone, Copy, Debug)]
pub struct Details<'a> {
    /// Name of the recording, without its folder.
    pub file: &'a str,
    pub model: &'a str,
    pub backend: &'a BackendInfo,
    /// Why the backend computed in its precision.
    pub standing: &'a Standing,
    /// What became of the NPU meanwhile, if there is one.
    pub npu: Option<&'a NpuUse>,
    pub timings: &'a Timings,
    /// Time that loading the model took; it is not part of the processing time.
    pub load: Option<WallTime>,
    pub options: &'a Options,
}

#[derive(Serialize)]
struct Document<'a> {
    hark: &'static str,
    file: &'a str,
    model: &'a str,
    backend: BackendKind,
    backend_name: &'a str,
    precision: Precision,
    precision_standing: &'static str,
    threads: usize,
    language: &'a str,
    text: &'a str,
    segments: &'a [Segment],
    interventions: &'a [Intervention],
    options: &'a Options,
    audio_s: f64,
    processing_s: f64,
    rtf: Option<f64>,
    speed_x: Option<f64>,
    mel_ms: f64,
    encode_ms: f64,
    decode_ms: f64,
    load_ms: Option<f64>,
    windows: usize,
    tokens: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    npu: Option<&'a NpuUse>,
}

/// An indented object with a line break behind it.
///
/// # Errors
/// Never for transcripts that the engine made; serde's own if a number cannot be written.
pub fn json(transcript: &Transcript, details: &Details<'_>) -> serde_json::Result<String> {
    let Details { file, model, backend, standing, npu, timings, load, options } = *details;
    let document = Document {
        hark: env!("CARGO_PKG_VERSION"),
        file,
        model,
        backend: backend.kind,
        backend_name: &backend.name,
        precision: backend.precision,
        precision_standing: standing.name(),
        threads: backend.threads,
        language: &transcript.language,
        text: &transcript.text,
        segments: &transcript.segments,
        interventions: &transcript.interventions,
        options,
        audio_s: timings.audio.seconds(),
        processing_s: timings.processing.seconds(),
        rtf: rtf(timings.processing, timings.audio),
        speed_x: timings.speed_x(),
        mel_ms: in_ms(timings.mel),
        encode_ms: in_ms(timings.encode),
        decode_ms: in_ms(timings.decode),
        load_ms: load.map(in_ms),
        windows: timings.windows,
        tokens: timings.steps,
        npu,
    };
    let mut text = serde_json::to_string_pretty(&document)?;
    text.push('\n');
    Ok(text)
}

fn in_ms(time: WallTime) -> f64 {
    time.seconds() * 1000.0
}
