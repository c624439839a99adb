//! What somebody who looks at the window would notice of live dictation.
//!
//! A retraction is a committed word that a later live pass altered. A changed word is a committed word
//! that the final text of its stretch altered.

use super::words::{align, error_rate, words};
use crate::control::Latencies;
use crate::session::TranscriptView;
use hark_engine::encoder::npu::BackendChange;
use hark_engine::transcript::{Intervention, Transcript};
use serde::Serialize;
use std::time::Duration;

/// A word counts as one that should be firm when the person stops if it ended this long before, in seconds.
const SETTLED: f64 = 1.5;

/// Sees what the window is given while a recording is made, and when.
#[derive(Default)]
pub struct Observer {
    stop: f64,
    /// Words that became final, as they last were live.
    before: Vec<String>,
    /// The committed words behind them, and when each was committed.
    committed: Vec<(String, f64)>,
    /// When each committed word was, in the order of the text, those that became final included.
    all_committed: Vec<(String, f64)>,
    tentative: Vec<String>,
    /// Segments that are final.
    segments: usize,
    /// How much of the recording the live text is of.
    encoded: Duration,
    first_text: Option<f64>,
    /// When each pass was shown, and how much of the recording the text before was of.
    shown: Vec<(f64, f64)>,
    retractions: usize,
    changed_words: usize,
    passes: usize,
    windows: usize,
    windows_after_stop: usize,
    /// The live text when the person stopped.
    at_stop: Option<String>,
}

/// What is known of the recording otherwise.
pub struct Truth<'a> {
    /// When somebody begins to speak, in seconds.
    pub speech_start: Option<f64>,
    /// The final text, and when it came.
    pub transcript: &'a Transcript,
    pub finished: f64,
    /// The final text once more, with the time of each word.
    pub timed: &'a Transcript,
    /// The text of the same recording as a file.
    pub as_file: &'a Transcript,
    /// What was said, if that is known.
    pub reference: Option<&'a str>,
    /// Who encoded from when on.
    pub changes: Vec<BackendChange>,
    /// The session's own ledger, if one took part.
    pub latency: Option<Latencies>,
}

/// The figures of one recording. Times in milliseconds.
#[derive(Debug, Serialize)]
pub struct Figures {
    pub final_text: String,
    pub live_text: String,
    pub retractions: usize,
    pub changed_words: usize,
    /// Share of the words that ended 1.5 s before the person stopped which were firm then.
    pub committed_share: Option<f64>,
    pub first_text_ms: Option<f64>,
    pub stop_to_final_ms: f64,
    pub word_commit_mean_ms: Option<f64>,
    pub word_commit_p95_ms: Option<f64>,
    pub passes: usize,
    pub windows: usize,
    pub windows_after_stop: usize,
    pub fallbacks: usize,
    pub lag_max_ms: f64,
    /// Words that differ between the final text and that of the same recording as a file.
    pub differing_words: usize,
    pub live_wer: Option<f64>,
    pub final_wer: Option<f64>,
    /// Who encoded from when on, as it was told while the recording was made.
    pub backend_changes: Vec<BackendChange>,
    /// The latency ledger, as `hark status` has it; at the pace `fast` there is none.
    pub latency: Option<Latencies>,
}

impl Observer {
    /// For a person who stops `stop` seconds after the start.
    pub fn new(stop: f64) -> Self {
        Self { stop, ..Self::default() }
    }

    /// Sees what the window is given at `now` seconds from the start.
    pub fn see(&mut self, view: &TranscriptView, now: f64) {
        if now > self.stop && self.at_stop.is_none() {
            self.at_stop = Some(self.live_text());
        }
        let live = &view.live;
        if self.first_text.is_none() && !live.is_empty() {
            self.first_text = Some(now);
        }
        let committed = words(&live.committed);
        let final_now = view.segments.get(self.segments..).unwrap_or_default();
        let passed = live.of != self.encoded;
        // A stretch that turns out to be silence becomes final without a segment.
        if !passed || !final_now.is_empty() {
            let finals = final_now.iter().flat_map(|segment| words(&segment.text)).collect();
            self.segments = view.segments.len();
            self.finalise(finals, &committed);
        }
        if passed {
            self.shown.push((now, self.encoded.as_secs_f64()));
            self.encoded = live.of;
            self.passes += 1;
        }
        self.go_on(committed, now);
        self.tentative = words(&live.tentative);
    }

    /// Sees that a window became final.
    pub fn window(&mut self, now: f64) {
        self.windows += 1;
        self.windows_after_stop += usize::from(now > self.stop);
    }

    /// The committed words should still be there.
    fn go_on(&mut self, committed: Vec<String>, now: f64) {
        let same = self.committed.iter().zip(&committed).take_while(|((a, _), b)| a == *b).count();
        self.retractions += self.committed.len() - same;
        self.committed.truncate(same);
        self.committed.extend(committed.into_iter().skip(same).map(|word| (word, now)));
    }

    /// A stretch became final: the first committed words gave way to it, and the last are those that `left` begins
    /// with.
    fn finalise(&mut self, finals: Vec<String>, left: &[String]) {
        let stays = |from: usize| {
            let rest = self.committed[from..].iter();
            rest.len() <= left.len() && rest.zip(left).all(|((a, _), b)| a == b)
        };
        let gone = (0..=self.committed.len()).find(|from| stays(*from)).unwrap_or(self.committed.len());
        let rest = self.committed.split_off(gone);
        let gone = std::mem::replace(&mut self.committed, rest);
        let texts: Vec<String> = gone.iter().map(|(word, _)| word.clone()).collect();
        let pairs = align(&texts, &finals).0;
        let kept = |(i, word): (usize, &String)| pairs[i].is_some_and(|j| finals[j] == *word);
        self.changed_words += texts.len() - texts.iter().enumerate().filter(|pair| kept(*pair)).count();
        self.before.extend(texts);
        self.all_committed.extend(gone);
    }

    fn live_text(&self) -> String {
        let committed = self.committed.iter().map(|(word, _)| word);
        let all: Vec<&str> =
            self.before.iter().chain(committed).chain(&self.tentative).map(String::as_str).collect();
        all.join(" ")
    }

    /// The figures, when everything has been seen.
    pub fn figures(mut self, truth: &Truth<'_>) -> Figures {
        let live_text = self.at_stop.take().unwrap_or_else(|| self.live_text());
        let rest = std::mem::take(&mut self.committed);
        self.all_committed.extend(rest);
        let Truth { speech_start, transcript, finished, timed, as_file, reference, changes, latency } = truth;
        let (delays, committed_share) = self.delays(timed);
        let lag_max = self.lag_max(timed);
        let mean = (!delays.is_empty()).then(|| delays.iter().sum::<f64>() / delays.len() as f64);
        let p95 = delays.get((delays.len() * 95).div_ceil(100).saturating_sub(1)).copied();
        let fallback = |i: &&Intervention| {
            matches!(i, Intervention::TemperatureFallback { .. } | Intervention::LoopRetried { .. })
        };
        Figures {
            live_wer: reference.map(|said| error_rate(said, &live_text)),
            final_wer: reference.map(|said| error_rate(said, &transcript.text)),
            final_text: transcript.text.trim().to_owned(),
            live_text,
            retractions: self.retractions,
            changed_words: self.changed_words,
            committed_share,
            first_text_ms: self.first_text.zip(*speech_start).map(|(text, speech)| 1e3 * (text - speech)),
            stop_to_final_ms: 1e3 * (finished - self.stop),
            word_commit_mean_ms: mean.map(|s| 1e3 * s),
            word_commit_p95_ms: p95.map(|s| 1e3 * s),
            passes: self.passes,
            windows: self.windows,
            windows_after_stop: self.windows_after_stop,
            fallbacks: transcript.interventions.iter().filter(fallback).count(),
            lag_max_ms: 1e3 * lag_max,
            backend_changes: changes.clone(),
            latency: *latency,
            differing_words: align(&words(&transcript.text), &words(&as_file.text)).1,
        }
    }

    /// The most that was recorded and not encoded in the moment before a pass was shown, in seconds; silence in front
    /// of speech does not count.
    fn lag_max(&self, timed: &Transcript) -> f64 {
        let words = || timed.segments.iter().flat_map(|segment| &segment.words);
        let lags = self.shown.iter().filter(|(now, _)| *now <= self.stop).filter_map(|(now, before)| {
            let next = words().find(|word| word.end > *before)?;
            Some(now - before.max(next.start))
        });
        lags.fold(0.0, f64::max)
    }

    /// Seconds from each word's end to its commitment, sorted; and the share of the settled words that were
    /// committed in time.
    fn delays(&self, timed: &Transcript) -> (Vec<f64>, Option<f64>) {
        let mut ends = Vec::new();
        for word in timed.segments.iter().flat_map(|segment| &segment.words) {
            ends.extend(words(&word.word).into_iter().map(|text| (text, word.end)));
        }
        let texts: Vec<String> = ends.iter().map(|(text, _)| text.clone()).collect();
        let committed: Vec<String> = self.all_committed.iter().map(|(word, _)| word.clone()).collect();
        let (mut delays, mut settled, mut firm) = (Vec::new(), 0, 0);
        for (place, (text, end)) in align(&texts, &committed).0.into_iter().zip(&ends) {
            let at = place.filter(|i| committed[*i] == *text).map(|i| self.all_committed[i].1);
            delays.extend(at.map(|at| at - end));
            if *end <= self.stop - SETTLED {
                settled += 1;
                firm += usize::from(place.is_some_and(|i| self.all_committed[i].1 <= self.stop));
            }
        }
        delays.sort_by(f64::total_cmp);
        (delays, (settled > 0).then(|| f64::from(firm as u32) / f64::from(settled)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::session::LiveView;
    use hark_engine::transcript::{Segment, Word};
    use std::sync::Arc;

    /// Live text of the first `of` seconds behind final text.
    fn view(finals: &[&str], committed: &str, tentative: &str, of: f64) -> TranscriptView {
        let segment = |text: &&str| Segment { text: (*text).into(), ..Segment::default() };
        let of = Duration::from_secs_f64(of);
        let live = LiveView { committed: committed.into(), tentative: tentative.into(), of, behind_s: None };
        let segments = Arc::new(finals.iter().map(segment).collect());
        TranscriptView { segments, live, growing: true, ..TranscriptView::default() }
    }

    fn live(committed: &str, tentative: &str, of: f64) -> TranscriptView {
        view(&[], committed, tentative, of)
    }

    fn transcript(text: &str) -> Transcript {
        let word = |(i, word): (usize, &str)| Word {
            word: format!(" {word}"),
            start: i as f64,
            end: i as f64 + 0.5,
            probability: 1.0,
        };
        let words = text.split_whitespace().enumerate().map(word).collect();
        let segments = vec![Segment { text: text.into(), words, ..Segment::default() }];
        Transcript { text: text.into(), segments, ..Transcript::default() }
    }

    fn figures(views: &[(f64, TranscriptView)], text: &str, stop: f64) -> Figures {
        let mut observer = Observer::new(stop);
        views.iter().for_each(|(now, view)| observer.see(view, *now));
        let transcript = transcript(text);
        observer.figures(&Truth {
            speech_start: Some(0.2),
            transcript: &transcript,
            finished: stop + 0.5,
            timed: &transcript,
            as_file: &transcript,
            reference: Some(text),
            changes: Vec::new(),
            latency: None,
        })
    }

    #[test]
    fn a_calm_dictation_is_reported_as_one() {
        let views = [
            (1.0, live("", "One", 0.9)),
            (1.1, live("", "One", 0.9)),
            (1.5, live("One", "too", 1.4)),
            (2.0, live("One", "two, three", 1.8)),
            (2.6, live("One two,", "three", 2.5)),
            (3.2, view(&["One two, three."], "", "", 2.5)),
        ];
        let figures = figures(&views, "One two, three.", 3.0);
        assert_eq!((figures.retractions, figures.changed_words, figures.passes), (0, 0, 4));
        assert_eq!(figures.live_text, "one two three");
        assert_eq!((figures.live_wer, figures.final_wer, figures.differing_words), (Some(0.0), Some(0.0), 0));
        assert_eq!(figures.first_text_ms, Some(800.0));
        assert_eq!(figures.stop_to_final_ms, 500.0);
        // "One" ended at 0.5 s and was firm at 1.5, "two" at 1.5 and 2.6.
        assert!((figures.word_commit_mean_ms.unwrap() - 1050.0).abs() < 1e-6);
        assert!((figures.word_commit_p95_ms.unwrap() - 1100.0).abs() < 1e-6);
        assert_eq!(figures.committed_share, Some(1.0));
        // Before the pass at 2.6 s what had come since 1.8 s was not heard, but nobody spoke until 2.0.
        assert!((figures.lag_max_ms - 1000.0).abs() < 1e-6, "{}", figures.lag_max_ms);
    }

    #[test]
    fn altered_words_are_counted_apart() {
        let views = [
            (1.0, live("one two", "", 1.0)),
            (2.0, live("one too", "three", 2.0)),
            (3.0, view(&["One two"], "", "three", 2.0)),
        ];
        let figures = figures(&views, "One two", 5.0);
        assert_eq!((figures.retractions, figures.changed_words), (1, 1));
        assert_eq!(figures.live_text, "one too three");
    }

    #[test]
    fn words_behind_what_became_final_are_not_altered_by_it() {
        let views = [
            (2.0, live("one two three", "four", 2.0)),
            // A pass and a window, seen at once.
            (3.0, view(&["One", "two."], "three four", "five", 3.0)),
            (4.0, view(&["One", "two."], "three four five", "", 4.0)),
            (5.0, view(&["One", "two.", "Three, four, five."], "", "", 4.0)),
        ];
        let figures = figures(&views, "One two three four five", 6.0);
        assert_eq!((figures.retractions, figures.changed_words, figures.passes), (0, 0, 3));
        assert_eq!(figures.live_text, "one two three four five");
    }

    #[test]
    fn words_that_turn_out_to_be_silence_are_changed_words() {
        let views = [(1.0, live("you", "", 1.0)), (2.0, live("", "", 1.0))];
        let figures = figures(&views, "", 5.0);
        assert_eq!((figures.retractions, figures.changed_words), (0, 1));
    }

    #[test]
    fn silence_has_no_figures() {
        let figures = figures(&[], "", 2.0);
        assert_eq!(
            (figures.committed_share, figures.word_commit_p95_ms, figures.first_text_ms),
            (None, None, None)
        );
        assert_eq!(figures.live_text, "");
    }
}
