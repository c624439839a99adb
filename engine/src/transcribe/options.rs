use crate::error::EngineError;
use crate::model::Tokenizer;
use crate::transcript::Token;
use serde::{Deserialize, Serialize};

/// More sequences side by side than this would need absurd memory.
const MOST_SEQUENCES: usize = 32;
/// A language that is so likely among those that come into question is taken for the recording's.
pub const CONFIDENT: f32 = 0.8;

/// Which rules guide the way through a recording.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Way {
    /// The reference's rules and temperature fallback, with three guards: silence is skipped, a
    /// short silent tail is dropped, repetition loops are retried.
    #[default]
    Default,
    /// The reference's rules and nothing else; one temperature, no fallback.
    Strict,
    /// As the default, but for the order: windows are cut at pauses beforehand and decoded side by
    /// side, so none has the text of the one before as its prompt.
    Fast,
}

/// The language spoken.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Language {
    /// Detected from the first window with speech; English for English-only models.
    #[default]
    Detect,
    /// A language code such as `de`.
    Code(String),
    /// The likeliest of these codes. In the default way it is asked again at each window until one of them is
    /// [clearly](super::CONFIDENT) the likeliest, and is the recording's language from then on.
    Among(Vec<String>),
}

/// What the text should be.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Task {
    /// The words that were spoken.
    #[default]
    Transcribe,
    /// English, whatever was spoken; multilingual models only.
    Translate,
}

/// How tokens are chosen.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Strategy {
    /// Sequences kept side by side at temperature 0; 1 is greedy.
    pub beam_size: usize,
    /// Samples drawn above temperature 0, of which the likeliest wins.
    pub best_of: usize,
    /// First temperature; but in the strict way it goes on by 0.2 up to 1.
    pub temperature: f32,
}

/// What to transcribe and how.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Options {
    /// Rules.
    pub way: Way,
    /// Language.
    pub language: Language,
    /// Transcribe or translate.
    pub task: Task,
    /// Choice of tokens.
    pub strategy: Strategy,
    /// Text that the first window (each one, in the fast way) takes for what was said before: names,
    /// spelling, style.
    pub initial_prompt: Option<String>,
    /// Decode with timestamp tokens.
    pub timestamps: bool,
    /// Give each word its time.
    pub word_timestamps: bool,
    /// Skip what the voice gate takes for silence (always off in the strict way). Without it, the model is
    /// asked about everything, and may invent something.
    pub voice_gate: bool,
    /// As many tokens a window, whatever the model says: to measure.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub forced: Option<usize>,
}

impl Default for Strategy {
    fn default() -> Self {
        Self { beam_size: 1, best_of: 1, temperature: 0.0 }
    }
}

impl Default for Options {
    fn default() -> Self {
        Self {
            way: Way::default(),
            language: Language::default(),
            task: Task::default(),
            strategy: Strategy::default(),
            initial_prompt: None,
            timestamps: true,
            word_timestamps: false,
            voice_gate: true,
            forced: None,
        }
    }
}

impl Options {
    /// Sequences that a window's first attempt takes side by side.
    pub(crate) fn rows(&self) -> usize {
        let Strategy { beam_size, best_of, temperature } = self.strategy;
        if temperature > 0.0 { best_of } else { beam_size }
    }

    /// Whether these options make sense for a vocabulary.
    pub(super) fn check(&self, tokenizer: &Tokenizer) -> Result<(), EngineError> {
        let refuse = |text: String| Err(EngineError::Options(text));
        if self.way == Way::Fast && !self.voice_gate {
            return refuse(
                "the fast way cuts at pauses, which only the voice gate knows; leave one out".into(),
            );
        }
        if self.task == Task::Translate && !tokenizer.multilingual {
            return refuse(
                "this model knows only English and cannot translate; choose a multilingual one".into(),
            );
        }
        if let Language::Code(code) = &self.language {
            if !tokenizer.multilingual && code != "en" {
                return refuse(format!(
                    "this model knows only English, not {code:?}; choose a multilingual one"
                ));
            }
            if tokenizer.multilingual && tokenizer.language_token(code).is_none() {
                return refuse(format!("this model does not know the language {code:?}"));
            }
        }
        let Strategy { beam_size, best_of, temperature } = self.strategy;
        if !(1..=MOST_SEQUENCES).contains(&beam_size) || !(1..=MOST_SEQUENCES).contains(&best_of) {
            return refuse(format!("beam size and best-of must be between 1 and {MOST_SEQUENCES}"));
        }
        if !(0.0..=1.0).contains(&temperature) {
            return refuse("the temperature must be between 0 and 1".into());
        }
        Ok(())
    }

    /// The language, if nothing needs to be detected.
    pub(super) fn stated_language(&self, tokenizer: &Tokenizer) -> Option<String> {
        match &self.language {
            Language::Code(code) => Some(code.clone()),
            Language::Detect | Language::Among(_) if !tokenizer.multilingual => Some("en".into()),
            Language::Among(codes) => match codes.as_slice() {
                [code] if tokenizer.language_token(code).is_some() => Some(code.clone()),
                _ => None,
            },
            Language::Detect => None,
        }
    }
}

impl Language {
    /// The likeliest language, given all by likelihood, its probability among those that come into question, and
    /// whether that is settled. Of languages that the model does not know, none comes into question.
    pub(super) fn likeliest(&self, languages: &[(&'static str, f32)]) -> (&'static str, f32, bool) {
        let likeliest = languages.first().copied().unwrap_or(("en", 0.0));
        let Self::Among(codes) = self else { return (likeliest.0, likeliest.1, true) };
        let among = || languages.iter().filter(|(code, _)| codes.iter().any(|known| known == code));
        let Some((code, probability)) = among().next() else { return (likeliest.0, likeliest.1, true) };
        let all: f32 = among().map(|(_, probability)| probability).sum();
        let share = if all > 0.0 { probability / all } else { 0.0 };
        (code, share, share >= CONFIDENT)
    }
}

/// Start of transcript, and for multilingual vocabularies language and task.
pub(crate) fn sot_sequence(tokenizer: &Tokenizer, language: &str, task: Task) -> Vec<Token> {
    let special = &tokenizer.special;
    let mut tokens = vec![special.sot];
    if tokenizer.multilingual {
        tokens.push(tokenizer.language_token(language).unwrap_or(special.first_language));
        tokens.push(match task {
            Task::Transcribe => special.transcribe,
            Task::Translate => special.translate,
        });
    }
    tokens
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_several_languages_one_is_taken_for_good_when_it_is_clear() {
        let heard = [("cy", 0.5), ("en", 0.3), ("de", 0.15), ("nl", 0.05)];
        let among = |codes: &[&str]| {
            let codes = codes.iter().map(|code| (*code).to_owned()).collect();
            let (code, share, settled) = Language::Among(codes).likeliest(&heard);
            (code, (share * 100.0).round(), settled)
        };
        assert_eq!(Language::Detect.likeliest(&heard), ("cy", 0.5, true));
        assert_eq!(among(&["de", "en"]), ("en", 67.0, false));
        assert_eq!(among(&["nl", "en"]), ("en", 86.0, true));
        assert_eq!(among(&["de"]), ("de", 100.0, true));
        assert_eq!(among(&["xx"]), ("cy", 50.0, true), "the model knows none of them");
        assert_eq!(among(&[]), ("cy", 50.0, true));
    }
}
