//! The text, and where in it one is: names, numbers and punctuation of MLIR.

use super::Fault;

/// A place in the text. Nothing is read twice: what is looked at is taken, or left.
#[derive(Clone, Debug)]
pub(super) struct Cursor<'t> {
    text: &'t str,
    at: usize,
}

impl<'t> Cursor<'t> {
    pub(super) fn new(text: &'t str) -> Self {
        let mut cursor = Self { text, at: 0 };
        cursor.skip();
        cursor
    }

    /// Bytes before this place, which [`Self::fault_at`] takes.
    pub(super) fn at(&self) -> usize {
        self.at
    }

    pub(super) fn is_at_end(&self) -> bool {
        self.at >= self.text.len()
    }

    fn rest(&self) -> &'t str {
        self.text.get(self.at..).unwrap_or_default()
    }

    /// Over blanks and comments.
    fn skip(&mut self) {
        loop {
            let rest = self.rest();
            let blank = rest.len() - rest.trim_start_matches([' ', '\t', '\r', '\n']).len();
            self.at += blank;
            if !self.rest().starts_with("//") {
                return;
            }
            self.at += self.rest().find('\n').unwrap_or(self.rest().len());
        }
    }

    fn take(&mut self, len: usize) -> &'t str {
        let taken = self.rest().get(..len).unwrap_or_default();
        self.at += taken.len();
        self.skip();
        taken
    }

    pub(super) fn fault(&self, what: impl Into<String>) -> Fault {
        self.fault_at(self.at, what)
    }

    pub(super) fn fault_at(&self, at: usize, what: impl Into<String>) -> Fault {
        let before = self.text.get(..at.min(self.text.len())).unwrap_or_default();
        let line = before.bytes().filter(|byte| *byte == b'\n').count() + 1;
        let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
        Fault { line, column, what: what.into() }
    }

    /// What stands here, for messages.
    pub(super) fn shown(&self) -> String {
        let rest = self.rest();
        let word = rest.split_whitespace().next().unwrap_or("the end");
        word.chars().take(32).collect()
    }

    /// Whether this punctuation comes next.
    pub(super) fn sees(&self, punctuation: &str) -> bool {
        self.rest().starts_with(punctuation)
    }

    /// Takes punctuation if it comes next.
    pub(super) fn eat(&mut self, punctuation: &str) -> bool {
        let sees = self.sees(punctuation);
        if sees {
            self.take(punctuation.len());
        }
        sees
    }

    pub(super) fn expect(&mut self, punctuation: &str) -> Result<(), Fault> {
        if self.eat(punctuation) {
            return Ok(());
        }
        Err(self.fault(format!("{} where {punctuation} was expected", self.shown())))
    }

    fn word_len(&self) -> usize {
        let rest = self.rest();
        if !rest.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_') {
            return 0;
        }
        rest.find(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '$')))
            .unwrap_or(rest.len())
    }

    /// The word that comes next, left where it is; empty if none does.
    pub(super) fn peek_word(&self) -> &'t str {
        self.rest().get(..self.word_len()).unwrap_or_default()
    }

    pub(super) fn word(&mut self) -> Result<&'t str, Fault> {
        match self.word_len() {
            0 => Err(self.fault(format!("{} where a word was expected", self.shown()))),
            len => Ok(self.take(len)),
        }
    }

    /// Takes this word if it comes next.
    pub(super) fn eat_word(&mut self, word: &str) -> bool {
        let sees = self.peek_word() == word;
        if sees {
            self.take(word.len());
        }
        sees
    }

    pub(super) fn expect_word(&mut self, word: &str) -> Result<(), Fault> {
        if self.eat_word(word) {
            return Ok(());
        }
        Err(self.fault(format!("{} where {word} was expected", self.shown())))
    }

    /// A name behind its mark: `%value`, `@symbol`, `^block`.
    pub(super) fn name(&mut self, mark: char, kind: &str) -> Result<&'t str, Fault> {
        let body = self.rest().strip_prefix(mark);
        let body = body.ok_or_else(|| self.fault(format!("{} where {kind} was expected", self.shown())))?;
        let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '$' | '-');
        let mut len = body.find(|c: char| !fits(c)).unwrap_or(body.len());
        // A name of digits has nothing but digits.
        if body.starts_with(|c: char| c.is_ascii_digit()) {
            len = body.find(|c: char| !c.is_ascii_digit()).unwrap_or(body.len());
        }
        // `->` behind a name is not of it.
        if body.get(..len).is_some_and(|name| name.ends_with('-')) {
            len -= 1;
        }
        if len == 0 {
            return Err(self.fault(format!("{mark} without a name")));
        }
        let whole = self.take(mark.len_utf8() + len);
        Ok(whole.get(mark.len_utf8()..).unwrap_or_default())
    }

    /// A number, `0x` ones too.
    pub(super) fn number(&mut self) -> Result<i128, Fault> {
        let place = self.at;
        let negative = self.rest().starts_with('-');
        let digits = self.rest().get(usize::from(negative)..).unwrap_or_default();
        let (radix, prefix) = if digits.starts_with("0x") { (16, 2) } else { (10, 0) };
        let digits = digits.get(prefix..).unwrap_or_default();
        let len = digits.find(|c: char| !c.is_digit(radix)).unwrap_or(digits.len());
        let digits = digits.get(..len).unwrap_or_default();
        // What has more than 64 bits is no number of anything.
        let value = u64::from_str_radix(digits, radix).map(i128::from);
        let value = value.map_err(|_| self.fault(format!("{} where a number was expected", self.shown())))?;
        // `1x` or `1.5` is no whole number.
        let follows = self.text.get(place + usize::from(negative) + prefix + len..).unwrap_or_default();
        if follows.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_' || c == '.') {
            return Err(self.fault(format!("{} where a number was expected", self.shown())));
        }
        self.take(usize::from(negative) + prefix + len);
        Ok(if negative { -value } else { value })
    }

    pub(super) fn sees_number(&self) -> bool {
        self.rest().trim_start_matches('-').starts_with(|c: char| c.is_ascii_digit())
    }

    /// The digits of a shape's dimension and the `x` behind them.
    pub(super) fn dimension(&mut self) -> Option<u64> {
        let rest = self.rest();
        let len = rest.find(|c: char| !c.is_ascii_digit())?;
        let size = rest.get(..len)?.parse().ok()?;
        if !rest.get(len..)?.starts_with('x') {
            return None;
        }
        self.at += len + 1;
        Some(size)
    }

    pub(super) fn string(&mut self) -> Result<&'t str, Fault> {
        let body = self.rest().strip_prefix('"');
        let body = body.ok_or_else(|| self.fault(format!("{} where a string was expected", self.shown())))?;
        let len = body.find(['"', '\n', '\\']).unwrap_or(body.len());
        if !body.get(len..).is_some_and(|rest| rest.starts_with('"')) {
            return Err(self.fault("a string without an end"));
        }
        let whole = self.take(len + 2);
        Ok(whole.get(1..=len).unwrap_or_default())
    }
}
