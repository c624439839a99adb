//! A window's tokens as segments, and where the next window begins (openai-whisper,
//! `transcribe.py`).

use crate::decoder::WindowText;
use crate::dims::{FRAMES_PER_POSITION, FRAMES_PER_SECOND, SECONDS_PER_TIMESTAMP};
use crate::model::Tokenizer;
use crate::transcript::{Segment, Token};

/// What one window gives.
pub(crate) struct Cut {
    pub(crate) segments: Vec<Segment>,
    /// Frames to go on by.
    pub(crate) advance: usize,
    /// The window's text ends with one timestamp: nothing of it was cut off.
    pub(crate) complete: bool,
}

/// Cuts the window of `frames` frames that begins at frame `seek` at its pairs of timestamps.
pub(crate) fn cut(text: &WindowText, tokenizer: &Tokenizer, seek: usize, frames: usize) -> Cut {
    let begin = tokenizer.special.timestamp_begin;
    let offset = seek as f64 / FRAMES_PER_SECOND as f64;
    let is_time = |token: &Token| *token >= begin;
    let seconds = |token: Token| f64::from(token.saturating_sub(begin)) * SECONDS_PER_TIMESTAMP;
    let segment = |start: f64, end: f64, tokens: &[Token]| Segment {
        id: 0,
        seek,
        start,
        end,
        text: tokenizer
            .decode(&tokens.iter().copied().filter(|t| *t < tokenizer.special.eot).collect::<Vec<_>>()),
        tokens: tokens.to_vec(),
        temperature: text.temperature,
        avg_logprob: text.avg_logprob,
        compression_ratio: text.compression_ratio,
        no_speech_prob: text.no_speech_prob,
        words: Vec::new(),
        speaker: None,
    };
    let tokens = &text.tokens;
    let complete = matches!(tokens.as_slice(), [.., a, b] if !is_time(a) && is_time(b));
    let mut ends: Vec<usize> =
        (1..tokens.len()).filter(|i| is_time(&tokens[i - 1]) && is_time(&tokens[*i])).collect();
    if ends.is_empty() {
        let last = tokens.iter().rev().find(|t| is_time(t)).filter(|t| **t != begin);
        let duration = last.map_or(frames as f64 / FRAMES_PER_SECOND as f64, |t| seconds(*t));
        let segments = vec![segment(offset, offset + duration, tokens)];
        return Cut { segments, advance: frames, complete };
    }
    if complete {
        ends.push(tokens.len());
    }
    let mut segments = Vec::with_capacity(ends.len());
    let mut from = 0;
    for to in &ends {
        let piece = &tokens[from..*to];
        let edge = |token: Option<&Token>| offset + token.map_or(0.0, |t| seconds(*t));
        segments.push(segment(edge(piece.first()), edge(piece.last()), piece));
        from = *to;
    }
    let advance =
        if complete { frames } else { tokens[from - 1].saturating_sub(begin) as usize * FRAMES_PER_POSITION };
    Cut { segments, advance, complete }
}
