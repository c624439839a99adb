//! What was measured beside what was kept, and whether anything is worse.

use super::accuracy::Accuracy;
use super::figures::{MARGINS, Margin};
use super::file::Baseline;
use super::measured::Measured;
use crate::cli::bench::figure::Figure;
use serde::Serialize;
use std::fmt::{self, Write};

/// However far the kept measurements differed, this much worse is worse.
const MOST_ALLOWED: f64 = 0.5;
/// Of all processors' time, others may have so much.
const OTHERS_MOST: f64 = 0.1;
/// Of all words, so many more may be wrong.
const WORDS_MARGIN: f64 = 0.02;

/// What came of a comparison.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Comparison {
    /// The version that the file is of.
    pub with: String,
    /// Why speeds are not judged, if so.
    pub not_judged: Option<&'static str>,
    pub figures: Vec<Line>,
    pub old_words: Accuracy,
    pub new_words: Accuracy,
    pub words_are: Verdict,
}

/// A figure of both.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Line {
    pub name: &'static str,
    pub old: Figure,
    pub new: Figure,
    pub old_share: f64,
    pub new_share: f64,
    /// The new share by the old one, less one.
    pub change: f64,
    pub margin: f64,
    pub verdict: Verdict,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    Better,
    Same,
    Worse,
    /// Worse by more than its margin, but not by more than the kept measurements differed.
    WithinNoise,
    NotJudged,
}

/// Whether others had so much of the computer that speeds say nothing.
pub fn is_much(others: f64) -> bool {
    others > OTHERS_MOST
}

impl Verdict {
    fn of(change: f64, margin: f64, noise: f64) -> Self {
        let allowed = (margin + noise).min(MOST_ALLOWED).max(margin);
        match change {
            change if change < -allowed => Self::Worse,
            change if change < -margin => Self::WithinNoise,
            change if change > margin => Self::Better,
            _ => Self::Same,
        }
    }

    fn word(self) -> &'static str {
        match self {
            Self::Better => "better",
            Self::Same => "same",
            Self::Worse => "WORSE",
            Self::WithinNoise => "within noise",
            Self::NotJudged => "not judged",
        }
    }
}

impl Comparison {
    /// Compares what was measured with what was kept.
    pub fn of(kept: &Baseline, new: &Measured) -> Self {
        let old = &kept.measured;
        let not_judged = if old.backend != new.backend {
            Some("something else encoded")
        } else if old.features != new.features {
            Some("the CPU has other instructions")
        } else if old.others.is_some_and(is_much) {
            Some("the computer was busy with other things when the file was made")
        } else if new.others.is_some_and(is_much) {
            Some("the computer is busy with other things")
        } else {
            None
        };
        let line = |Margin { name, margin, is_speed }: Margin| {
            let (old, new) = (old.figures.get(name)?, new.figures.get(name)?);
            let change = new.share / old.share - 1.0;
            let verdict = if not_judged.is_some() && is_speed {
                Verdict::NotJudged
            } else {
                Verdict::of(change, margin, old.spread)
            };
            let (old_share, new_share, old, new) = (old.share, new.share, old.value, new.value);
            Some(Line { name, old, new, old_share, new_share, change, margin, verdict })
        };
        let (old_words, new_words) = (old.accuracy, new.accuracy);
        let change = old_words.error_rate() - new_words.error_rate();
        let words_are = Verdict::of(change, WORDS_MARGIN, 0.0);
        let figures = MARGINS.into_iter().filter_map(line).collect();
        Self { with: kept.hark.clone(), not_judged, figures, old_words, new_words, words_are }
    }

    /// Whether anything is worse.
    pub fn is_worse(&self) -> bool {
        let worst = self.figures.iter().map(|line| line.verdict).chain([self.words_are]);
        worst.into_iter().any(|verdict| verdict == Verdict::Worse)
    }

    /// For people, within 100 columns.
    pub fn table(&self) -> String {
        let mut text = String::new();
        // Writing to a string cannot fail.
        let _ = self.write(&mut text);
        text
    }

    fn write(&self, text: &mut String) -> fmt::Result {
        let title = format!("compared with {}", self.with);
        writeln!(
            text,
            "\n{title:<22}  {:>9}  {:>9}  {:>18}  {:>8}  {:>7}  verdict",
            "old", "new", "share of peak", "change", "margin"
        )?;
        for Line { name, old, new, old_share, new_share, change, margin, verdict } in &self.figures {
            let shares = if *name == "peak_rss_mb" {
                String::new()
            } else {
                format!("{:.2} → {:.2} %", old_share * 100.0, new_share * 100.0)
            };
            writeln!(
                text,
                "{name:<22}  {:>9.2}  {:>9.2}  {shares:>18}  {:>+6.1} %  {:>5.0} %  {}",
                old.median,
                new.median,
                change * 100.0,
                margin * 100.0,
                verdict.word()
            )?;
        }
        let words = |words: Accuracy| format!("{} of {}", words.wrong, words.words);
        let change = (self.old_words.error_rate() - self.new_words.error_rate()) * 100.0;
        writeln!(
            text,
            "{:<22}  {:>9}  {:>9}  {:>18}  {change:>+6.1} %  {:>5.0} %  {}",
            "words wrong",
            words(self.old_words),
            words(self.new_words),
            "",
            WORDS_MARGIN * 100.0,
            self.words_are.word()
        )?;
        if let Some(why) = self.not_judged {
            writeln!(text, "Speeds are not judged: {why}.")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
