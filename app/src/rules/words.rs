//! A text as words, spaces and marks, and what is alike between words.

/// A piece of a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Token<'a> {
    /// Where it begins in the text, in bytes.
    pub start: usize,
    pub text: &'a str,
    pub kind: Kind,
}

/// What a piece is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Letters and digits, with apostrophes between them. Where words are written without spaces
    /// between them, each character is one.
    Word,
    /// Spaces without a line break.
    Space,
    /// One character that is neither.
    Mark,
}

impl Token<'_> {
    /// Where it ends in the text, in bytes.
    pub fn end(&self) -> usize {
        self.start + self.text.len()
    }

    /// Whether it is this mark.
    pub fn is(&self, mark: char) -> bool {
        self.text.chars().eq([mark])
    }
}

/// Takes a text apart. Nothing of it is left out.
pub fn tokens(text: &str) -> Vec<Token<'_>> {
    let mut found = Vec::with_capacity(text.len() / 3);
    let mut start = 0;
    while let Some(first) = text[start..].chars().next() {
        let rest = &text[start..];
        let (kind, length) = match first {
            c if stands_alone(c) => (Kind::Word, c.len_utf8()),
            c if is_letter(c) => (Kind::Word, word_length(rest)),
            c if is_space(c) => (Kind::Space, rest.find(|c| !is_space(c)).unwrap_or(rest.len())),
            c => (Kind::Mark, c.len_utf8()),
        };
        found.push(Token { start, text: &rest[..length], kind });
        start += length;
    }
    found
}

/// Length in bytes of the word that `text` begins with. The `'s` of a possessive is a word of its own, so
/// that rules about names hold for what belongs to them.
fn word_length(text: &str) -> usize {
    let run = |text: &str| text.find(|c| !is_letter(c) || stands_alone(c)).unwrap_or(text.len());
    let mut length = run(text);
    while let Some(apostrophe) = text[length..].chars().next().filter(|c| is_apostrophe(*c)) {
        let behind = length + apostrophe.len_utf8();
        let more = run(&text[behind..]);
        if more == 0 || text[behind..behind + more].eq_ignore_ascii_case("s") {
            break;
        }
        length = behind + more;
    }
    length
}

fn is_letter(c: char) -> bool {
    // Accents that stand behind their letter belong to it.
    c.is_alphanumeric() || c == '_' || ('\u{300}'..='\u{36F}').contains(&c)
}

fn is_apostrophe(c: char) -> bool {
    matches!(c, '\'' | '’')
}

fn is_space(c: char) -> bool {
    c.is_whitespace() && !matches!(c, '\n' | '\r')
}

/// Kana and ideographs: words of them have no spaces between them.
fn stands_alone(c: char) -> bool {
    matches!(c, '\u{3040}'..='\u{30FF}' | '\u{3400}'..='\u{4DBF}' | '\u{4E00}'..='\u{9FFF}'
        | '\u{F900}'..='\u{FAFF}' | '\u{20000}'..='\u{3FFFF}')
}

/// A word as it is compared when case does not matter.
pub fn folded(word: &str) -> String {
    word.chars().map(|c| if is_apostrophe(c) { '\'' } else { c }).flat_map(char::to_lowercase).collect()
}

/// The text with a capital in front, if it begins with a letter.
pub fn capitalised(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().into_iter().flat_map(char::to_uppercase).chain(letters).collect()
}

/// The text with a small letter in front.
pub fn uncapitalised(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().into_iter().flat_map(char::to_lowercase).chain(letters).collect()
}

/// The code of a language without its country: `de` for `de-AT`.
pub fn language(code: &str) -> String {
    code.split(['-', '_']).next().unwrap_or_default().to_ascii_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_fall_into_words_spaces_and_marks() {
        let table: &[(&str, &[&str])] = &[
            ("", &[]),
            ("Don't, you know?", &["Don't", ",", " ", "you", " ", "know", "?"]),
            ("Katrin’s e-mail", &["Katrin", "’", "s", " ", "e", "-", "mail"]),
            ("rock 'n' roll", &["rock", " ", "'", "n", "'", " ", "roll"]),
            ("l’été  3,5\n\nx", &["l’été", "  ", "3", ",", "5", "\n", "\n", "x"]),
            ("日本語 ok", &["日", "本", "語", " ", "ok"]),
            ("e\u{301}a", &["e\u{301}a"]),
            ("a\u{a0}b🎉", &["a", "\u{a0}", "b", "🎉"]),
        ];
        for (text, expected) in table {
            let found = tokens(text);
            assert_eq!(found.iter().map(|t| t.text).collect::<Vec<_>>(), *expected, "{text:?}");
            assert!(found.iter().all(|t| &text[t.start..t.end()] == t.text), "{text:?}");
        }
    }

    #[test]
    fn case_and_the_shape_of_apostrophes_do_not_matter() {
        assert_eq!(folded("DON’T"), folded("don't"));
        assert_eq!(folded("ÄH"), "äh");
        assert_eq!(capitalised("äh"), "Äh");
        assert_eq!(capitalised("ßa"), "SSa");
        assert_eq!(uncapitalised("Über uns"), "über uns");
        assert_eq!(capitalised(""), "");
        assert_eq!(language("de-AT"), "de");
    }
}
