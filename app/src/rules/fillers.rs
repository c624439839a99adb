//! Fillers: what is said without being meant, such as "um".
//!
//! Whole words only, and with each goes the mark that it leaves without a purpose: commas on both its sides,
//! an ellipsis or a dash behind it, the full stop if it was the whole sentence.

use super::words::{Kind, Token, capitalised, folded, language, tokens};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, HashMap};

/// What is left out, by language.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Fillers {
    /// Whether anything is left out.
    pub on: bool,
    /// Words by the code of a language. A language that is not here has the built-in ones.
    pub words: BTreeMap<String, Vec<String>>,
}

/// The fillers of a language that nobody has changed.
pub fn built_in(code: &str) -> &'static [&'static str] {
    match language(code).as_str() {
        "en" => &["um", "umm", "uh", "uhm", "uhh", "erm", "er", "hm", "hmm", "mm", "mmm"],
        "de" => &["äh", "ähm", "ähem", "öh", "öhm", "hm", "hmm", "mhm"],
        "es" => &["eh", "em", "ehm"],
        "fr" => &["euh", "heu", "hum", "hm"],
        "it" => &["ehm", "uhm", "mh"],
        "nl" => &["eh", "ehm", "uh", "uhm", "hm"],
        _ => &[],
    }
}

impl Fillers {
    /// The fillers of this language.
    pub fn of(&self, code: &str) -> Vec<String> {
        let changed = self.words.get(&language(code)).cloned();
        changed.unwrap_or_else(|| built_in(code).iter().map(|word| (*word).to_owned()).collect())
    }
}

/// Leaves the fillers out.
pub fn leave_out(fillers: &[String], text: &str) -> String {
    let list = List::new(fillers);
    let tokens = tokens(text);
    let mut out = String::with_capacity(text.len());
    let mut at = 0;
    // The next word begins the sentence in place of a filler that did.
    let mut capital = false;
    while at < tokens.len() {
        if let Some(end) = list.at(&tokens, at) {
            capital |= tokens[at].text.starts_with(char::is_uppercase) && begins_sentence(&out);
            at = end + close_gap(&mut out, &tokens[end..], |at| list.at(&tokens, end + at).is_some());
            continue;
        }
        let token = &tokens[at];
        if token.kind == Kind::Word && capital {
            out.push_str(&capitalised(token.text));
            capital = false;
        } else {
            out.push_str(token.text);
        }
        at += 1;
    }
    out
}

/// Whether a sentence begins where this text ends.
fn begins_sentence(out: &str) -> bool {
    let before = out.trim_end_matches([' ', '"', '“', '„', '(', '[']);
    before.is_empty() || before.ends_with(['.', '!', '?', '…', ':', '\n'])
}

fn is_pause(token: &Token) -> bool {
    [',', ';', '…', '–', '—'].into_iter().any(|mark| token.is(mark))
}

/// Mends the text around a place where a filler was left out; returns how many of the tokens behind it go
/// as well.
fn close_gap(out: &mut String, behind: &[Token], is_filler: impl Fn(usize) -> bool) -> usize {
    let starts = begins_sentence(out);
    let mut skipped = 0;
    let mut paused = false;
    while let Some(token) = behind.get(skipped) {
        let dots = behind[skipped..].iter().take_while(|token| token.is('.')).count();
        if token.kind == Kind::Space {
            skipped += 1;
        } else if is_pause(token) || token.is('-') {
            paused = true;
            skipped += 1;
        } else if dots > 1 {
            paused = true;
            skipped += dots;
        } else if starts && (dots == 1 || token.is('?') || token.is('!')) {
            // The filler was the sentence.
            skipped += 1;
        } else {
            break;
        }
    }
    let next = behind.get(skipped);
    let ends = next.is_none_or(|token| token.kind == Kind::Mark && !opens(token));
    let spaced = out.trim_end_matches([' ', '\t']);
    // A pause in front belongs to the filler if there is one behind it, too, or nothing else to pause for.
    let keeps_pause = !paused && !ends || next.is_some() && is_filler(skipped);
    let kept = if keeps_pause { spaced } else { spaced.trim_end_matches([',', ';', '–', '—', ' ']) };
    out.truncate(kept.len());
    let needs_space = !ends && !out.is_empty() && !out.ends_with(['\n', '(', '[', '"', '“', '„']);
    if needs_space {
        out.push(' ');
    }
    skipped
}

fn opens(token: &Token) -> bool {
    ['(', '[', '"', '“', '„', '\'', '‘', '¿', '¡', '«'].into_iter().any(|mark| token.is(mark))
}

/// Fillers as words, looked up by their first.
struct List(HashMap<String, Vec<Vec<String>>>);

impl List {
    fn new(fillers: &[String]) -> Self {
        let mut list: HashMap<_, Vec<_>> = HashMap::new();
        for filler in fillers {
            let words: Vec<_> = filler.split_whitespace().map(folded).collect();
            if let Some(first) = words.first() {
                list.entry(first.clone()).or_default().push(words);
            }
        }
        list.values_mut().for_each(|all| all.sort_by_key(|words| std::cmp::Reverse(words.len())));
        Self(list)
    }

    /// The token behind the filler that begins here.
    fn at(&self, tokens: &[Token], start: usize) -> Option<usize> {
        let first = tokens.get(start).filter(|token| token.kind == Kind::Word)?;
        let candidates = self.0.get(&folded(first.text))?;
        // "uh-huh" is an answer.
        let joined = |a: Option<&Token>, b: Option<&Token>| {
            a.is_some_and(|a| a.is('-') || a.is('\'')) && b.is_some_and(|b| b.kind == Kind::Word)
        };
        if start >= 1 && joined(tokens.get(start - 1), start.checked_sub(2).and_then(|i| tokens.get(i))) {
            return None;
        }
        let end = candidates.iter().find_map(|words| end_of(tokens, start, words))?;
        (!joined(tokens.get(end), tokens.get(end + 1))).then_some(end)
    }
}

fn end_of(tokens: &[Token], start: usize, words: &[String]) -> Option<usize> {
    let mut at = start;
    for (place, word) in words.iter().enumerate() {
        if place > 0 {
            tokens.get(at).filter(|token| token.kind == Kind::Space)?;
            at += 1;
        }
        tokens.get(at).filter(|token| folded(token.text) == *word)?;
        at += 1;
    }
    Some(at)
}

#[cfg(test)]
#[path = "fillers_tests.rs"]
mod tests;
