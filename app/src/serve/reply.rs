//! Answers: a transcript in the shapes in which OpenAI's service gives it.

use super::wanted::{ReplyFormat, Wanted};
use crate::export::{self, LineRules};
use axum::body::Body;
use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderValue, StatusCode};
use axum::response::Response;
use hark_engine::metrics::AudioTime;
use hark_engine::model::tokenizer::LANGUAGES;
use hark_engine::transcribe::Task;
use hark_engine::transcript::{Segment, Transcript};
use serde_json::{Value, json};

/// What came of a recording.
#[derive(Debug)]
pub struct Finished {
    pub transcript: Transcript,
    pub audio: AudioTime,
}

/// A transcript as it was asked for.
pub fn of(finished: &Finished, wanted: &Wanted) -> Response {
    let Finished { transcript, audio } = finished;
    let rules = LineRules::default();
    match wanted.format {
        ReplyFormat::Json => json(StatusCode::OK, &short(transcript, *audio)),
        ReplyFormat::VerboseJson => json(StatusCode::OK, &verbose(transcript, *audio, wanted)),
        ReplyFormat::Text => text("text/plain; charset=utf-8", format!("{}\n", transcript.text.trim())),
        ReplyFormat::Srt => text("application/x-subrip; charset=utf-8", export::srt(transcript, &rules)),
        ReplyFormat::Vtt => text("text/vtt; charset=utf-8", export::vtt(transcript, &rules)),
    }
}

/// The text alone.
pub fn short(transcript: &Transcript, audio: AudioTime) -> Value {
    json!({ "text": transcript.text.trim(), "usage": usage(audio) })
}

/// What a recording counts as.
pub fn usage(audio: AudioTime) -> Value {
    json!({ "type": "duration", "seconds": audio.seconds().ceil() as u64 })
}

fn verbose(transcript: &Transcript, audio: AudioTime, wanted: &Wanted) -> Value {
    let Transcript { language, text, segments, damage, .. } = transcript;
    let name = LANGUAGES.iter().find(|(code, _)| code == language).map_or("", |(_, name)| *name);
    let mut answer = json!({
        "task": match wanted.options.task {
            Task::Transcribe => "transcribe",
            Task::Translate => "translate",
        },
        "language": name,
        "duration": audio.seconds(),
        "text": text.trim(),
        "usage": usage(audio),
    });
    if wanted.segments {
        answer["segments"] = segments.iter().map(segment).collect();
    }
    if wanted.options.word_timestamps {
        let words = segments.iter().flat_map(|segment| &segment.words);
        answer["words"] = words
            .map(|word| json!({ "word": word.word.trim(), "start": word.start, "end": word.end }))
            .collect();
    }
    if !damage.is_none() {
        answer["damage"] = json!(damage);
    }
    answer
}

fn segment(segment: &Segment) -> Value {
    json!({
        "id": segment.id,
        "seek": segment.seek,
        "start": segment.start,
        "end": segment.end,
        "text": segment.text,
        "tokens": segment.tokens,
        "temperature": segment.temperature,
        "avg_logprob": segment.avg_logprob,
        "compression_ratio": segment.compression_ratio,
        "no_speech_prob": segment.no_speech_prob,
    })
}

/// Data as an answer.
pub fn json(status: StatusCode, value: &Value) -> Response {
    let mut response = text("application/json", value.to_string());
    *response.status_mut() = status;
    response
}

/// Text of some type as an answer.
pub fn text(kind: &'static str, text: String) -> Response {
    let mut response = Response::new(Body::from(text));
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(kind));
    response
}
