//! Answers: a transcript in the shapes in which OpenAI's service gives it.

use super::body::{json, text};
use super::wanted::{ReplyFormat, Wanted};
use crate::export::{self, LineRules};
use axum::http::StatusCode;
use axum::response::Response;
use hark_engine::audio::Damage;
use hark_engine::metrics::AudioTime;
use hark_engine::model::tokenizer::LANGUAGES;
use hark_engine::transcribe::Task;
use hark_engine::transcript::{Segment, Token, Transcript};
use serde::Serialize;
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

/// All that is known. Numbers are written as `hark transcribe` writes them.
#[derive(Serialize)]
struct Verbose<'a> {
    task: Task,
    language: &'a str,
    duration: f64,
    text: &'a str,
    usage: Value,
    #[serde(skip_serializing_if = "Option::is_none")]
    segments: Option<Vec<VerboseSegment<'a>>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    words: Option<Vec<Value>>,
    /// What could not be read of the recording, if anything.
    #[serde(skip_serializing_if = "Damage::is_none")]
    damage: Damage,
}

#[derive(Serialize)]
struct VerboseSegment<'a> {
    id: usize,
    seek: usize,
    start: f64,
    end: f64,
    text: &'a str,
    tokens: &'a [Token],
    temperature: f32,
    avg_logprob: f32,
    compression_ratio: f32,
    no_speech_prob: f32,
}

fn verbose<'a>(transcript: &'a Transcript, audio: AudioTime, wanted: &Wanted) -> Verbose<'a> {
    let Transcript { language, text, segments, damage, .. } = transcript;
    let words = || {
        let words = segments.iter().flat_map(|segment| &segment.words);
        words.map(|word| json!({ "word": word.word.trim(), "start": word.start, "end": word.end })).collect()
    };
    Verbose {
        task: wanted.options.task,
        language: LANGUAGES.iter().find(|(code, _)| code == language).map_or("", |(_, name)| *name),
        duration: audio.seconds(),
        text: text.trim(),
        usage: usage(audio),
        segments: wanted.segments.then(|| segments.iter().map(verbose_segment).collect()),
        words: wanted.options.word_timestamps.then(words),
        damage: *damage,
    }
}

fn verbose_segment(segment: &Segment) -> VerboseSegment<'_> {
    let Segment { id, seek, start, end, temperature, avg_logprob, compression_ratio, no_speech_prob, .. } =
        *segment;
    let (text, tokens) = (segment.text.as_str(), segment.tokens.as_slice());
    VerboseSegment {
        id,
        seek,
        start,
        end,
        text,
        tokens,
        temperature,
        avg_logprob,
        compression_ratio,
        no_speech_prob,
    }
}
