//! Which words of a text that is still being spoken will stay: those that two passes in a row agree on
//! (Macháček et al. 2023, "Turning Whisper into Real-Time Transcription System", LocalAgreement-2).

use crate::model::Tokenizer;
use crate::transcript::Token;

/// A word or a punctuation mark, with the tokens that it was decoded as: timestamps in front of it, too.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Piece {
    pub(super) text: String,
    pub(super) tokens: Vec<Token>,
    /// What is compared: letters and digits in lower case; empty for punctuation.
    core: String,
    /// The frame up to which the pass had heard that said it.
    heard: usize,
}

/// The text of the stretch that is not final yet.
#[derive(Debug, Default)]
pub(super) struct Agreement {
    committed: Vec<Piece>,
    tentative: Vec<Piece>,
    /// How many of the committed pieces lie before what passes hear.
    settled: usize,
}

/// Cuts decoded tokens into words and punctuation. Timestamps behind the last word are left out: they
/// stand for the end of what was heard, not of what was said. `heard` is the frame at which the pass ended.
pub(super) fn pieces(tokens: &[Token], tokenizer: &Tokenizer, language: &str, heard: usize) -> Vec<Piece> {
    let text = |token: &Token| *token < tokenizer.special.eot;
    let mut pieces: Vec<Piece> = Vec::new();
    let mut rest = tokens;
    while !rest.is_empty() {
        let times = rest.iter().position(text).unwrap_or(rest.len());
        let (lead, after) = rest.split_at(times);
        let (words, later) = after.split_at(after.iter().position(|t| !text(t)).unwrap_or(after.len()));
        let mut lead = lead.to_vec();
        for (text, tokens) in tokenizer.split_to_words(words, language) {
            lead.extend(tokens);
            let piece = Piece { core: core(&text), text, tokens: std::mem::take(&mut lead), heard };
            match pieces.last_mut() {
                Some(last) if goes_on(&piece) => last.extend(piece),
                _ => pieces.push(piece),
            }
        }
        rest = later;
    }
    pieces
}

/// Whether a piece is the rest of a word, such as the `'clock` of `o'clock` and the `250` of `$250`: there is
/// no space in front of it, in a script that has spaces.
fn goes_on(piece: &Piece) -> bool {
    let spaced = |c: char| c.is_alphabetic() && (c as u32) < 0x0e00 || c.is_numeric();
    !piece.text.starts_with(' ') && piece.text.chars().find(|c| c.is_alphanumeric()).is_some_and(spaced)
}

/// A word as it is compared: letters and digits in lower case.
pub(super) fn core(text: &str) -> String {
    text.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

impl Piece {
    fn extend(&mut self, rest: Self) {
        self.text.push_str(&rest.text);
        self.core.push_str(&rest.core);
        self.tokens.extend(rest.tokens);
    }
}

impl Agreement {
    /// Whether there is no text.
    pub(super) fn is_empty(&self) -> bool {
        self.committed.is_empty() && self.tentative.is_empty()
    }

    /// What the next pass begins with.
    pub(super) fn prefix(&self) -> Vec<Token> {
        self.committed[self.settled..].iter().flat_map(|piece| &piece.tokens).copied().collect()
    }

    /// Commits everything: the next pass begins behind it.
    pub(super) fn settle(&mut self) {
        self.committed.append(&mut self.tentative);
        self.settled = self.committed.len();
    }

    /// Takes what a pass made of the sound behind the prefix, and commits what it shares with the pass
    /// before: whole words, and the punctuation between them. When nobody speaks any more there is no
    /// reason to wait for another pass: `ended` commits everything.
    pub(super) fn update(&mut self, mut pieces: Vec<Piece>, ended: bool) {
        let goes_on = |first: &&mut Piece| self.committed.len() > self.settled && goes_on(first);
        if let Some(first) = pieces.first_mut().filter(goes_on) {
            // A committed word stays as it was read; the final text has the rest of it.
            first.text.clear();
            first.core.clear();
        }
        let words = |pieces: &[Piece]| -> Vec<usize> {
            (0..pieces.len()).filter(|i| !pieces[*i].core.is_empty()).collect()
        };
        let (old, new) = (words(&self.tentative), words(&pieces));
        let same = |(a, b): &(&usize, &usize)| self.tentative[**a].core == pieces[**b].core;
        let agreed = old.iter().zip(&new).take_while(same).count();
        let count = match agreed.checked_sub(1) {
            _ if ended => pieces.len(),
            Some(last) => new[last] + 1,
            None => 0,
        };
        self.tentative = pieces.split_off(count);
        self.committed.append(&mut pieces);
    }

    /// What was heard behind the committed words was silence.
    pub(super) fn clear_tentative(&mut self) {
        self.tentative.clear();
    }

    /// Drops what has become final: the words that `finals`, the words of the final text up to frame `seek`, stand
    /// for, and all that was heard before that. What is left goes on in the next window, whose times are others if
    /// it begins at `seek` (`moved`).
    pub(super) fn finalise<'a>(
        &mut self,
        finals: impl Iterator<Item = &'a str>,
        (seek, moved): (usize, bool),
        begin: Token,
    ) {
        let finals: Vec<String> = finals.map(core).filter(|word| !word.is_empty()).collect();
        let all: Vec<&Piece> = self.committed.iter().chain(&self.tentative).collect();
        let words: Vec<&str> =
            all.iter().map(|piece| piece.core.as_str()).filter(|core| !core.is_empty()).collect();
        let covered = covered(&finals, &words);
        let mut seen = 0;
        let from = all.iter().position(|piece| {
            seen += usize::from(!piece.core.is_empty());
            seen > covered
        });
        let heard = all.iter().take_while(|piece| piece.heard <= seek).count();
        let from = from.unwrap_or(all.len()).max(heard);
        let settled = self.settled.saturating_sub(from);
        let tentative =
            self.tentative.split_off(from.saturating_sub(self.committed.len()).min(self.tentative.len()));
        let committed = self.committed.split_off(from.min(self.committed.len()));
        *self = Self { committed, tentative, settled };
        if !moved {
            return;
        }
        for piece in self.committed.iter_mut().chain(&mut self.tentative) {
            piece.tokens.retain(|token| *token < begin);
        }
        if let Some(first) = self.committed.get_mut(settled) {
            first.tokens.insert(0, begin);
        }
    }

    /// Firm text and the rest.
    pub(super) fn texts(&self) -> (String, String) {
        let text = |pieces: &[Piece]| pieces.iter().map(|piece| piece.text.as_str()).collect();
        (text(&self.committed), text(&self.tentative))
    }
}

/// How many of `words`, from the first on, `finals` are most like (by edit distance); among equals the most: a word
/// that was not final is heard again.
fn covered(finals: &[String], words: &[&str]) -> usize {
    let mut distances: Vec<usize> = (0..=words.len()).collect();
    for (i, word) in finals.iter().enumerate() {
        let mut diagonal = std::mem::replace(&mut distances[0], i + 1);
        for (j, other) in words.iter().enumerate() {
            let changed = diagonal + usize::from(word != other);
            diagonal = distances[j + 1];
            distances[j + 1] = changed.min(diagonal + 1).min(distances[j] + 1);
        }
    }
    (0..=words.len()).rev().min_by_key(|j| distances[*j]).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    const BEGIN: Token = 1000;

    /// A piece per word or mark, whose token is its place in the text.
    fn said(text: &str) -> Vec<Piece> {
        let token = |i: usize| i as Token;
        let piece = |(i, word): (usize, &str)| Piece {
            text: if core(word).is_empty() { word.into() } else { format!(" {word}") },
            tokens: vec![token(i)],
            core: core(word),
            heard: 100,
        };
        text.split_whitespace().enumerate().map(piece).collect()
    }

    #[test]
    fn a_committed_word_gets_no_other_end() {
        let mut agreement = Agreement::default();
        agreement.update(said("next week"), true);
        let rest = Piece { text: "'s".into(), tokens: vec![7], core: "s".into(), heard: 100 };
        agreement.update([vec![rest], said("plan .")].concat(), true);
        assert_eq!(agreement.texts().0, " next week plan.");
        assert!(agreement.prefix().contains(&7), "the decoder goes on behind what it has said");
    }

    fn after(passes: &[&str]) -> (String, String) {
        let mut agreement = Agreement::default();
        for pass in passes {
            let committed = agreement.committed.len();
            agreement.update(said(pass).split_off(committed), false);
        }
        agreement.texts()
    }

    #[test]
    fn what_two_passes_agree_on_is_committed() {
        let table: [(&[&str], &str, &str); 8] = [
            (&[], "", ""),
            (&["one two"], "", " one two"),
            (&["one two", "one two three"], " one two", " three"),
            (&["one too", "one two three"], " one", " two three"),
            (&["one two", "on two three"], "", " on two three"),
            (&["One, two", "one two , three"], " one two", ", three"),
            // The first pass's full stop was only the end of what it heard.
            (&["one two .", "one two , three", "one two , three four"], " one two, three", " four"),
            (&["one two three", "one two", "one two three"], " one two", " three"),
        ];
        for (passes, committed, tentative) in table {
            assert_eq!(after(passes), (committed.into(), tentative.into()), "{passes:?}");
        }
    }

    #[test]
    fn committed_words_stay_whatever_comes() {
        let mut agreement = Agreement::default();
        agreement.update(said("one two three"), false);
        agreement.update(said("one two four"), false);
        assert_eq!(agreement.prefix(), [0, 1]);
        agreement.update(said("nine"), false);
        agreement.clear_tentative();
        assert_eq!(agreement.texts(), (" one two".into(), String::new()));
        agreement.update(said("ten"), true);
        assert_eq!(agreement.texts(), (" one two ten".into(), String::new()));
    }

    #[test]
    fn what_became_final_goes_and_the_rest_stays() {
        let table = [
            ("one two three", "One two", " three"),
            ("one two three", "one two three .", ""),
            ("one two three", "", " one two three"),
            // The final text has other words, and more or fewer of them.
            ("one to three four", "one two three", " four"),
            ("one three four", "one two three", " four"),
            ("one and two three four", "one two three", " four"),
            ("one , two . three", "one two", " three"),
        ];
        for (live, finals, left) in table {
            let mut agreement = Agreement::default();
            agreement.update(said(live), true);
            agreement.finalise(finals.split_whitespace(), (50, true), BEGIN);
            assert_eq!(agreement.texts().0, left, "{live} / {finals}");
            assert_eq!(agreement.prefix().first(), (!left.is_empty()).then_some(&BEGIN));
        }
    }

    #[test]
    fn tentative_words_can_become_final_too() {
        let mut agreement = Agreement::default();
        agreement.update(said("one two three"), false);
        agreement.update(said("one two five six"), false);
        agreement.finalise(["one", "two", "five"].into_iter(), (50, true), BEGIN);
        assert_eq!(agreement.texts(), (String::new(), " six".into()));
        assert!(agreement.prefix().is_empty());
    }

    #[test]
    fn nothing_stays_that_was_said_before_the_final_text_ends() {
        let mut agreement = Agreement::default();
        agreement.update(said("there is on the hospital ?"), true);
        let later = said("the empty laptop").into_iter().map(|piece| Piece { heard: 200, ..piece });
        agreement.update(later.collect(), true);
        let finals = "How many Sorry, there was a purple.";
        agreement.finalise(finals.split_whitespace(), (100, true), BEGIN);
        assert_eq!(agreement.texts().0, " the empty laptop");
    }

    #[test]
    fn what_was_said_before_a_pause_stays_and_is_no_prefix() {
        let mut agreement = Agreement::default();
        agreement.update(said("one two"), false);
        agreement.settle();
        assert_eq!((agreement.texts().0.as_str(), agreement.prefix()), (" one two", vec![]));
        let three = || vec![Piece { tokens: vec![BEGIN, 3], heard: 200, ..said("three").remove(0) }];
        agreement.update(three(), true);
        assert_eq!((agreement.texts().0.as_str(), agreement.prefix()), (" one two three", vec![BEGIN, 3]));
        agreement.finalise(["one"].into_iter(), (50, false), BEGIN);
        assert_eq!((agreement.texts().0.as_str(), agreement.prefix()), (" two three", vec![BEGIN, 3]));
        agreement.finalise(["two"].into_iter(), (60, true), BEGIN);
        assert_eq!((agreement.texts().0.as_str(), agreement.prefix()), (" three", vec![BEGIN, 3]));
    }
}
