//! Spoken commands: "new line", "comma" and the like are obeyed rather than written.
//!
//! The model does not know that they are commands: it sets them apart with marks and capitals of its own.
//! Those are looked past when commands are recognised, and go with them. What stays is an end of a sentence
//! before a line break, a bracket or a quote, because only the model knows of it. Words behind an article
//! ("add a comma") or in the model's quotes are no command.

use super::spoken::{self, Does, Spoken};
use super::words::{Kind, Token, capitalised, folded, tokens, uncapitalised};
use std::collections::{HashMap, HashSet};

/// Obeys the commands in a text of this language. Languages without a table of commands have none.
pub fn carry_out(text: &str, language: &str) -> String {
    let Some(spoken) = spoken::of(language) else { return text.to_owned() };
    let (book, tokens) = (Book::new(spoken), tokens(text));
    let mut writer = Writer::new(book.small.clone());
    let (mut next, mut plain) = (0, 0);
    while next < tokens.len() {
        let Some((does, end)) = book.command_at(&tokens, next) else {
            next += 1;
            continue;
        };
        writer.write(&text[plain..tokens[next].start]);
        let ended = writer.command(does);
        next = end + marks_behind(&tokens[end..], does, ended, &mut writer);
        plain = tokens.get(next).map_or(text.len(), |token| token.start);
    }
    writer.write(&text[plain..]);
    writer.out
}

/// How many tokens behind a command go with it. The end of a sentence behind a closing mark is written,
/// unless one stood before it.
fn marks_behind(tokens: &[Token], does: Does, ended: bool, writer: &mut Writer) -> usize {
    let mut count = 0;
    for token in tokens {
        let Some(mark) = token.text.chars().next() else { break };
        if token.kind == Kind::Space || is_pause(mark) {
            count += 1;
        } else if ends_something(mark) {
            count += 1;
            if matches!(does, Does::Close(_)) && !ended {
                writer.out.push(mark);
                writer.next.capital = true;
            } else {
                writer.next.small |= !writer.next.capital;
            }
        } else {
            break;
        }
    }
    count
}

/// Marks that the model sets where somebody pauses.
fn is_pause(mark: char) -> bool {
    matches!(mark, ',' | ';')
}

/// Marks that the model sets where it hears an end.
fn ends_something(mark: char) -> bool {
    matches!(mark, '.' | '?' | '!' | ':' | '…')
}

/// A language's commands, looked up by their first word.
struct Book {
    commands: HashMap<&'static str, Vec<(Vec<&'static str>, Does)>>,
    articles: HashSet<&'static str>,
    small: HashSet<&'static str>,
}

impl Book {
    fn new(spoken: &Spoken) -> Self {
        let mut commands: HashMap<_, Vec<_>> = HashMap::new();
        for (ways, does) in spoken.commands {
            for way in *ways {
                let words: Vec<_> = way.split(' ').collect();
                commands.entry(words[0]).or_default().push((words, *does));
            }
        }
        // The longest first: "dot dot dot" is one command.
        commands.values_mut().for_each(|all| all.sort_by_key(|(words, _)| std::cmp::Reverse(words.len())));
        let articles = spoken.articles.split_whitespace().collect();
        Self { commands, articles, small: spoken.small.split_whitespace().collect() }
    }

    /// The command that begins with this token, and the token behind it.
    fn command_at(&self, tokens: &[Token], start: usize) -> Option<(Does, usize)> {
        let first = tokens.get(start).filter(|token| token.kind == Kind::Word)?;
        let candidates = self.commands.get(folded(first.text).as_str())?;
        if self.is_a_noun(&tokens[..start]) {
            return None;
        }
        candidates.iter().find_map(|(words, does)| Some((*does, end_of(tokens, start, words)?)))
    }

    /// Whether what stands before makes the words a thing that is talked about.
    fn is_a_noun(&self, before: &[Token]) -> bool {
        match before {
            [.., article, space] if space.kind == Kind::Space => {
                self.articles.contains(folded(article.text).as_str())
            }
            [.., quote] => matches!(quote.text, "\"" | "“" | "„" | "”" | "»" | "«" | "‘" | "'" | "-"),
            [] => false,
        }
    }
}

/// The token behind these words, if they begin here. Between them the model may pause or join.
fn end_of(tokens: &[Token], start: usize, words: &[&str]) -> Option<usize> {
    let mut at = start;
    for (place, word) in words.iter().enumerate() {
        if place > 0 {
            let gap =
                tokens[at..].iter().take_while(|t| t.kind == Kind::Space || t.is(',') || t.is('-')).count();
            at += gap;
        }
        let token = tokens.get(at).filter(|token| token.kind == Kind::Word)?;
        if folded(token.text) != *word {
            return None;
        }
        at += 1;
    }
    // "comma-separated" is no comma.
    let joined = matches!(&tokens[at..], [hyphen, word, ..] if hyphen.is('-') && word.kind == Kind::Word);
    (!joined).then_some(at)
}

/// What has to be seen to before the next words are written.
#[derive(Default)]
struct Next {
    space: bool,
    capital: bool,
    /// The capital of the next word is the model's, for a sentence that does not begin there.
    small: bool,
}

struct Writer {
    out: String,
    /// What commands have written, which later ones leave alone.
    floor: usize,
    next: Next,
    small: HashSet<&'static str>,
}

impl Writer {
    fn new(small: HashSet<&'static str>) -> Self {
        Self { out: String::new(), floor: 0, next: Next::default(), small }
    }

    /// Writes what is no command.
    fn write(&mut self, text: &str) {
        if text.is_empty() {
            return;
        }
        let Next { space, capital, small } = std::mem::take(&mut self.next);
        let first_word = &text[..text.find(|c: char| !c.is_alphanumeric()).unwrap_or(text.len())];
        if space && !text.starts_with([')', ']', '\n']) {
            self.out.push(' ');
        }
        if capital {
            self.out.push_str(&capitalised(text));
        } else if small && self.small.contains(folded(first_word).as_str()) {
            self.out.push_str(&uncapitalised(text));
        } else {
            self.out.push_str(text);
        }
    }

    /// Obeys a command; returns whether a sentence has ended before it.
    fn command(&mut self, does: Does) -> bool {
        let replaces_marks = matches!(does, Does::Mark(_) | Does::Join(_) | Does::Dash(_));
        let removed_end = self.trim(replaces_marks);
        let ended = self.out[self.floor..].ends_with(ends_something);
        let waiting = std::mem::take(&mut self.next);
        match does {
            Does::Mark(mark) => {
                self.out.push_str(mark);
                let capital = matches!(mark, "." | "?" | "!");
                self.next = Next { space: true, capital, small: removed_end && !capital };
            }
            Does::Break(lines) => {
                self.out.push_str(lines);
                self.next = Next { capital: true, ..Next::default() };
            }
            Does::Open(mark) => {
                if !self.out.is_empty() && !self.out.ends_with(['\n', '(', '[', '-', '/']) {
                    self.out.push(' ');
                }
                self.out.push_str(mark);
                // The model begins a sentence behind the words that it took for one.
                self.next = Next { space: false, capital: waiting.capital || ended, small: false };
            }
            Does::Close(mark) => {
                self.out.push_str(mark);
                self.next = Next { space: true, capital: waiting.capital || ended, small: false };
            }
            Does::Join(mark) => {
                self.out.push_str(mark);
                self.next = Next { small: removed_end, ..Next::default() };
            }
            Does::Dash(mark) => {
                if !self.out.is_empty() {
                    self.out.push(' ');
                }
                self.out.push_str(mark);
                self.next = Next { space: true, capital: false, small: removed_end };
            }
        }
        self.floor = self.out.len();
        ended
    }

    /// Takes spaces and the model's pauses off the end, and if `ends` its ends as well; returns whether
    /// there was one of those.
    fn trim(&mut self, ends: bool) -> bool {
        let mut removed_end = false;
        while let Some(last) = self.out[self.floor..].chars().next_back() {
            let is_end = ends_something(last);
            if !(last.is_whitespace() && last != '\n' || is_pause(last) || is_end && ends) {
                break;
            }
            removed_end |= is_end;
            self.out.pop();
        }
        removed_end
    }
}

#[cfg(test)]
#[path = "commands_tests.rs"]
mod tests;
