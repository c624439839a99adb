//! Words with times (openai-whisper, `timing.py`, `add_word_timestamps`).

use crate::decoder::TokenTimes;
use crate::dims::FRAMES_PER_SECOND;
use crate::model::Tokenizer;
use crate::transcript::{Segment, Token, Word};

const PREPENDED: &str = "\"'“¿([{-";
const APPENDED: &str = "\"'.。,，!！?？:：”)]}、";
const SENTENCE_END: &str = ".。!！?？";
/// A typical word is taken to be no longer than this.
const LONGEST_TYPICAL_SECONDS: f64 = 0.7;

#[derive(Clone, Debug, Default, PartialEq)]
struct Timed {
    word: String,
    tokens: usize,
    start: f64,
    end: f64,
    probability: f32,
}

/// The tokens of a window's segments that are text: those that are aligned.
pub(super) fn text(segments: &[Segment], tokenizer: &Tokenizer) -> Vec<Token> {
    let eot = tokenizer.special.eot;
    segments.iter().flat_map(|segment| &segment.tokens).copied().filter(|token| *token < eot).collect()
}

/// Gives each segment its words, and moves the segments' edges to them. `times` are those of the
/// segments' [`text`]. `speech_end` is where the last word before this window ended, and is moved on.
pub(super) fn add_words(
    segments: &mut [Segment],
    times: &TokenTimes,
    tokenizer: &Tokenizer,
    language: &str,
    speech_end: &mut f64,
) {
    let mut words = timed_words(&text(segments, tokenizer), times, tokenizer, language);
    let typical = typical_duration(&words);
    let longest = typical * 2.0;
    shorten_at_sentence_ends(&mut words, longest);
    merge_punctuation(&mut words);
    let offset = segments.first().map_or(0.0, |s| s.seek as f64 / FRAMES_PER_SECOND as f64);
    let mut rest = words.into_iter();
    for segment in segments {
        let wanted = segment.tokens.iter().filter(|t| **t < tokenizer.special.eot).count();
        let mut taken = 0;
        let mut words = Vec::new();
        while taken < wanted {
            let Some(timed) = rest.next() else { break };
            taken += timed.tokens;
            if !timed.word.is_empty() {
                let (start, end) = (hundredths(offset + timed.start), hundredths(offset + timed.end));
                words.push(Word { word: timed.word, start, end, probability: timed.probability });
            }
        }
        fit_edges(segment, &mut words, typical, longest, speech_end);
        segment.words = words;
    }
}

fn hundredths(seconds: f64) -> f64 {
    (seconds * 100.0).round() / 100.0
}

fn timed_words(text: &[Token], times: &TokenTimes, tokenizer: &Tokenizer, language: &str) -> Vec<Timed> {
    let text = &text[..text.len().min(times.probabilities.len())];
    let mut at = 0;
    let words = tokenizer.split_to_words(text, language).into_iter().map(|(word, tokens)| {
        let from = at;
        at += tokens.len();
        let probabilities = &times.probabilities[from..at];
        Timed {
            word,
            tokens: tokens.len(),
            start: times.starts[from],
            end: times.starts[at],
            probability: probabilities.iter().sum::<f32>() / probabilities.len().max(1) as f32,
        }
    });
    words.collect()
}

/// Median length of the words that have one, at most 0.7 s; 0 without words.
fn typical_duration(words: &[Timed]) -> f64 {
    let mut lengths: Vec<f64> = words.iter().map(|w| w.end - w.start).filter(|l| *l != 0.0).collect();
    lengths.sort_by(f64::total_cmp);
    let middle = lengths.len() / 2;
    let median = match lengths.len() {
        0 => 0.0,
        n if n % 2 == 1 => lengths[middle],
        _ => (lengths[middle - 1] + lengths[middle]) / 2.0,
    };
    median.min(LONGEST_TYPICAL_SECONDS)
}

/// A word that a pause made long is cut at the sentence's end beside it.
fn shorten_at_sentence_ends(words: &mut [Timed], longest: f64) {
    for i in 1..words.len() {
        if words[i].end - words[i].start <= longest {
            continue;
        }
        if SENTENCE_END.contains(&words[i].word) {
            words[i].end = words[i].start + longest;
        } else if SENTENCE_END.contains(&words[i - 1].word) {
            words[i].start = words[i].end - longest;
        }
    }
}

/// Moves opening marks to the word behind them and closing marks to the word before.
fn merge_punctuation(words: &mut [Timed]) {
    let mut following = words.len().saturating_sub(1);
    for i in (0..words.len().saturating_sub(1)).rev() {
        let word = &words[i].word;
        if word.starts_with(' ') && PREPENDED.contains(word.trim()) {
            let previous = std::mem::take(&mut words[i].word);
            words[following].word.insert_str(0, &previous);
            words[following].tokens += std::mem::take(&mut words[i].tokens);
        } else {
            following = i;
        }
    }
    let mut previous = 0;
    for i in 1..words.len() {
        if !words[previous].word.ends_with(' ') && APPENDED.contains(&words[i].word) {
            let mark = std::mem::take(&mut words[i].word);
            words[previous].word.push_str(&mark);
            words[previous].tokens += std::mem::take(&mut words[i].tokens);
        } else {
            previous = i;
        }
    }
}

/// The reference's cures for words that reach over a pause at a segment's edges.
fn fit_edges(segment: &mut Segment, words: &mut [Word], typical: f64, longest: f64, speech_end: &mut f64) {
    let after_pause = words.first().is_some_and(|w| w.end - *speech_end > typical * 4.0);
    if let [first, rest @ ..] = words {
        let second_long = rest.first().is_some_and(|second| second.end - first.start > longest * 2.0);
        if after_pause && (first.end - first.start > longest || second_long) {
            if let Some(second) = rest.first_mut().filter(|second| second.end - second.start > longest) {
                let boundary = (second.end / 2.0).max(second.end - longest);
                (first.end, second.start) = (boundary, boundary);
            }
            first.start = (first.end - longest).max(0.0);
        }
        if segment.start < first.end && segment.start - 0.5 > first.start {
            first.start = (first.end - typical).min(segment.start).max(0.0);
        } else {
            segment.start = first.start;
        }
    }
    if let Some(last) = words.last_mut() {
        if segment.end > last.start && segment.end + 0.5 < last.end {
            last.end = (last.start + typical).max(segment.end);
        } else {
            segment.end = last.end;
        }
        *speech_end = segment.end;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn punctuation_joins_its_word() {
        let timed = |word: &str| Timed { word: word.into(), tokens: 1, ..Timed::default() };
        let mut words: Vec<Timed> = [" He", " said", ",", " \"", "No", ".", "\""].map(timed).into();
        merge_punctuation(&mut words);
        let texts: Vec<&str> = words.iter().map(|w| w.word.as_str()).filter(|w| !w.is_empty()).collect();
        assert_eq!(texts, [" He", " said,", " \"No.\""]);
        assert_eq!(words.iter().map(|w| w.tokens).sum::<usize>(), 7);
    }
}
