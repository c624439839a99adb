//! Replacements: what the person wants written in place of what was heard.
//!
//! All are made in one pass from front to back. Of those that match, the one that begins first wins, then
//! the longest, then the first in the list; what it has written is not looked at again. So no list, whatever
//! stands in it, can go on for ever.

use super::words::{Kind, Token, capitalised, folded, tokens};
use regex::{Captures, Regex, RegexBuilder};
use serde::{Deserialize, Serialize};
use std::cmp::Reverse;
use std::collections::HashMap;
use std::time::{Duration, Instant};

/// What a pattern may take as a program of the `regex` crate, in bytes.
const PATTERN_SIZE: usize = 1 << 20;
/// What one pattern may take of a text's time. One search is linear, all searches of an odd pattern are not.
const PATTERN_TIME: Duration = Duration::from_millis(500);

/// One thing to write, in place of any of several that are heard.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Replacement {
    /// Words, or patterns; empty ones match nothing.
    pub heard: Vec<String>,
    /// What is written. Behind a pattern, `$1` is what its first group has matched, and `$$` a dollar.
    pub written: String,
    /// How `heard` is understood.
    pub matching: Matching,
}

/// How the heard is understood.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Matching {
    /// Whole words in any case. What is written in small letters gets a capital where the heard had one.
    #[default]
    AnyCase,
    /// Whole words in exactly this case.
    ExactCase,
    /// A regular expression in the syntax of the `regex` crate.
    Pattern,
}

impl Replacement {
    /// What is wrong with it, for people.
    pub fn problem(&self) -> Option<String> {
        if self.matching != Matching::Pattern {
            return None;
        }
        self.heard.iter().filter(|heard| !heard.is_empty()).find_map(|heard| pattern(heard).err())
    }

    /// The text in place of `heard`.
    fn for_words(&self, heard: &str) -> String {
        let follows = self.matching == Matching::AnyCase && !self.written.chars().any(char::is_uppercase);
        if follows && heard.starts_with(char::is_uppercase) {
            capitalised(&self.written)
        } else {
            self.written.clone()
        }
    }
}

fn pattern(text: &str) -> Result<Regex, String> {
    RegexBuilder::new(text).size_limit(PATTERN_SIZE).build().map_err(|error| {
        let words = error.to_string();
        let reason = words.lines().last().unwrap_or_default().trim_start_matches("error: ");
        format!("The pattern \"{text}\" is left out: {reason}.")
    })
}

/// Makes all replacements, and says for people which could not be made.
pub fn replace(replacements: &[Replacement], text: &str) -> (String, Vec<String>) {
    let mut problems = Vec::new();
    let tokens = tokens(text);
    let phrases = Phrases::new(replacements);
    let mut sources = vec![Source::Words { phrases: &phrases, tokens: &tokens, next: 0 }];
    for (place, replacement) in replacements.iter().enumerate() {
        if replacement.matching != Matching::Pattern {
            continue;
        }
        for heard in replacement.heard.iter().filter(|heard| !heard.is_empty()) {
            match pattern(heard) {
                Ok(regex) => sources.push(Source::Pattern { regex, place, spent: Duration::ZERO }),
                Err(problem) => problems.push(problem),
            }
        }
    }
    let mut matches: Vec<_> = sources.iter_mut().map(|source| source.find(text, 0, &mut problems)).collect();
    let mut out = String::with_capacity(text.len());
    let mut at = 0;
    while let Some(best) = matches.iter().flatten().min_by_key(|found| found.rank()) {
        let replacement = &replacements[best.place];
        out.push_str(&text[at..best.start]);
        let written_from = out.len();
        match &best.captures {
            Some(captures) => captures.expand(&replacement.written, &mut out),
            None => out.push_str(&replacement.for_words(&text[best.start..best.end])),
        }
        at = best.end;
        if out.len() == written_from && (out.is_empty() || out.ends_with(' ')) && text[at..].starts_with(' ')
        {
            // Nothing in place of a word needs no space of its own.
            at += 1;
        }
        for (source, found) in sources.iter_mut().zip(&mut matches) {
            if found.as_ref().is_some_and(|found| found.start < at) {
                *found = source.find(text, at, &mut problems);
            }
        }
    }
    out.push_str(&text[at..]);
    (out, problems)
}

/// Something to be replaced. `place` is its replacement's in the list.
struct Match<'t> {
    start: usize,
    end: usize,
    place: usize,
    captures: Option<Captures<'t>>,
}

impl Match<'_> {
    fn rank(&self) -> (usize, Reverse<usize>, usize) {
        (self.start, Reverse(self.end), self.place)
    }
}

/// Whatever finds matches, each further on in the text than the one before.
enum Source<'a> {
    /// All words of all replacements at once.
    Words {
        phrases: &'a Phrases,
        tokens: &'a [Token<'a>],
        next: usize,
    },
    Pattern {
        regex: Regex,
        place: usize,
        spent: Duration,
    },
}

impl Source<'_> {
    /// The first match that begins at `from` or later.
    fn find<'t>(&mut self, text: &'t str, from: usize, problems: &mut Vec<String>) -> Option<Match<'t>> {
        match self {
            Self::Words { phrases, tokens, next } => loop {
                let token = tokens.get(*next)?;
                if token.start >= from
                    && let Some((end, place)) = phrases.at(tokens, *next)
                {
                    return Some(Match { start: token.start, end, place, captures: None });
                }
                *next += 1;
            },
            Self::Pattern { regex, place, spent } => {
                let (place, mut from) = (*place, from);
                loop {
                    if *spent > PATTERN_TIME {
                        problems
                            .push(format!("The pattern \"{}\" takes too long on this text.", regex.as_str()));
                        return None;
                    }
                    let begun = Instant::now();
                    let captures = regex.captures_at(text, from);
                    *spent += begun.elapsed();
                    let captures = captures?;
                    let found = captures.get_match();
                    let (start, end) = (found.start(), found.end());
                    if start < end {
                        return Some(Match { start, end, place, captures: Some(captures) });
                    }
                    // What matches nothing has nothing to replace.
                    from = start + text[start..].chars().next()?.len_utf8();
                }
            }
        }
    }
}

/// The words of all replacements, looked up by their first.
struct Phrases(HashMap<String, Vec<Phrase>>);

struct Phrase {
    pieces: Vec<Piece>,
    exact: bool,
    place: usize,
}

/// What a token has to be.
enum Piece {
    Space,
    Word { folded: String, exact: String },
}

impl Phrases {
    fn new(replacements: &[Replacement]) -> Self {
        let mut phrases: HashMap<_, Vec<_>> = HashMap::new();
        for (place, replacement) in replacements.iter().enumerate() {
            if replacement.matching == Matching::Pattern {
                continue;
            }
            for heard in &replacement.heard {
                let tokens = tokens(heard.trim());
                let Some(first) = tokens.first() else { continue };
                let pieces = tokens.iter().map(|token| match token.kind {
                    Kind::Space => Piece::Space,
                    _ => Piece::Word { folded: folded(token.text), exact: token.text.to_owned() },
                });
                let exact = replacement.matching == Matching::ExactCase;
                let phrase = Phrase { pieces: pieces.collect(), exact, place };
                phrases.entry(folded(first.text)).or_default().push(phrase);
            }
        }
        Self(phrases)
    }

    /// Where the best phrase that begins with this token ends, and whose it is.
    fn at(&self, tokens: &[Token], start: usize) -> Option<(usize, usize)> {
        if self.0.is_empty() || tokens[start].kind == Kind::Space {
            return None;
        }
        let candidates = self.0.get(&folded(tokens[start].text))?.iter();
        let found = candidates.filter_map(|phrase| Some((phrase.end(&tokens[start..])?, phrase.place)));
        found.min_by_key(|(end, place)| (Reverse(*end), *place))
    }
}

impl Phrase {
    fn end(&self, tokens: &[Token]) -> Option<usize> {
        let fits = |(piece, token): (&Piece, &Token)| match piece {
            Piece::Space => token.kind == Kind::Space,
            Piece::Word { exact, .. } if self.exact => token.text == exact,
            Piece::Word { folded: word, .. } => folded(token.text) == *word,
        };
        let all = tokens.len() >= self.pieces.len() && self.pieces.iter().zip(tokens).all(fits);
        all.then(|| tokens[self.pieces.len() - 1].end())
    }
}

#[cfg(test)]
#[path = "replacements_tests.rs"]
mod tests;
