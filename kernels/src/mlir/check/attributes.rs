//! What stands in braces behind an operation.

use super::types::Type;
use super::{Cursor, Fault};

/// A name's value.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Attribute {
    Number(i128, Option<Type>),
    Text(String),
    Symbol(String),
    Truth(bool),
    /// `dense<…>`, with its numbers.
    Dense(Vec<i128>),
    List(Vec<Attribute>),
    /// `#aie.name<key = number, …>`
    Record(String, Vec<(String, i128)>),
}

/// All of an operation's. Whoever asks for one takes it out, so that what is left is unknown.
#[derive(Debug, Default)]
pub(super) struct Attributes {
    all: Vec<(String, Attribute, usize)>,
}

/// Values inside values.
const DEEPEST: usize = 8;

impl Attributes {
    /// The braces, if they are there.
    pub(super) fn parse(cursor: &mut Cursor<'_>) -> Result<Self, Fault> {
        let mut all: Vec<(String, Attribute, usize)> = Vec::new();
        if !cursor.eat("{") {
            return Ok(Self { all });
        }
        while !cursor.eat("}") {
            if !all.is_empty() {
                cursor.expect(",")?;
            }
            let at = cursor.at();
            let name = cursor.word()?;
            if all.iter().any(|(known, ..)| known == name) {
                return Err(cursor.fault_at(at, format!("{name} is there twice")));
            }
            let value = if cursor.eat("=") { value(cursor, 0)? } else { Attribute::Truth(true) };
            all.push((name.to_owned(), value, at));
        }
        Ok(Self { all })
    }

    pub(super) fn take(&mut self, name: &str) -> Option<(Attribute, usize)> {
        let at = self.all.iter().position(|(known, ..)| known == name)?;
        let (_, value, place) = self.all.remove(at);
        Some((value, place))
    }

    /// A number of exactly this type.
    pub(super) fn number(
        &mut self,
        cursor: &Cursor<'_>,
        name: &str,
        of: &Type,
    ) -> Result<Option<i128>, Fault> {
        match self.take(name) {
            None => Ok(None),
            Some((Attribute::Number(value, Some(ty)), at)) if ty == *of => {
                if of.holds(value) {
                    return Ok(Some(value));
                }
                Err(cursor.fault_at(at, format!("{name} of {value} is no {of}")))
            }
            Some((_, at)) => Err(cursor.fault_at(at, format!("{name} is no number of type {of}"))),
        }
    }

    /// A number of exactly this type, in this range.
    pub(super) fn within(
        &mut self,
        cursor: &Cursor<'_>,
        name: &str,
        of: &Type,
        range: std::ops::RangeInclusive<i128>,
    ) -> Result<Option<i128>, Fault> {
        let at = self.all.iter().find(|(known, ..)| known == name).map_or(0, |(.., at)| *at);
        let value = self.number(cursor, name, of)?;
        match value {
            Some(value) if !range.contains(&value) => {
                let what = format!("{name} of {value} is not from {} to {}", range.start(), range.end());
                Err(cursor.fault_at(at, what))
            }
            value => Ok(value),
        }
    }

    pub(super) fn text(&mut self, cursor: &Cursor<'_>, name: &str) -> Result<Option<String>, Fault> {
        match self.take(name) {
            None => Ok(None),
            Some((Attribute::Text(text), _)) => Ok(Some(text)),
            Some((_, at)) => Err(cursor.fault_at(at, format!("{name} is no text"))),
        }
    }

    pub(super) fn symbol(
        &mut self,
        cursor: &Cursor<'_>,
        name: &str,
    ) -> Result<Option<(String, usize)>, Fault> {
        match self.take(name) {
            None => Ok(None),
            Some((Attribute::Symbol(symbol), at)) => Ok(Some((symbol, at))),
            Some((_, at)) => Err(cursor.fault_at(at, format!("{name} is no symbol"))),
        }
    }

    pub(super) fn truth(&mut self, cursor: &Cursor<'_>, name: &str) -> Result<bool, Fault> {
        match self.take(name) {
            None => Ok(false),
            Some((Attribute::Truth(truth), _)) => Ok(truth),
            Some((_, at)) => Err(cursor.fault_at(at, format!("{name} is neither true nor false"))),
        }
    }

    /// Nobody asked for what is left.
    pub(super) fn end(self, cursor: &Cursor<'_>) -> Result<(), Fault> {
        match self.all.first() {
            None => Ok(()),
            Some((name, _, at)) => Err(cursor.fault_at(*at, format!("{name} does not belong here"))),
        }
    }
}

fn value(cursor: &mut Cursor<'_>, depth: usize) -> Result<Attribute, Fault> {
    if depth > DEEPEST {
        return Err(cursor.fault("values inside values inside values"));
    }
    if cursor.sees("\"") {
        return cursor.string().map(|text| Attribute::Text(text.to_owned()));
    }
    if cursor.sees("@") {
        return cursor.name('@', "a symbol").map(|name| Attribute::Symbol(name.to_owned()));
    }
    if cursor.eat("#") {
        return record(cursor);
    }
    if cursor.eat("[") {
        let mut list = Vec::new();
        while !cursor.eat("]") {
            if !list.is_empty() {
                cursor.expect(",")?;
            }
            list.push(value(cursor, depth + 1)?);
        }
        return Ok(Attribute::List(list));
    }
    if cursor.eat_word("dense") {
        return dense(cursor).map(Attribute::Dense);
    }
    for (word, truth) in [("true", true), ("false", false)] {
        if cursor.eat_word(word) {
            return Ok(Attribute::Truth(truth));
        }
    }
    let number = cursor.number()?;
    let ty = if cursor.eat(":") { Some(Type::parse(cursor)?) } else { None };
    Ok(Attribute::Number(number, ty))
}

/// The numbers between the angle brackets of `dense<…>`.
pub(super) fn dense(cursor: &mut Cursor<'_>) -> Result<Vec<i128>, Fault> {
    cursor.expect("<")?;
    let mut numbers = Vec::new();
    if cursor.eat("[") {
        while !cursor.eat("]") {
            if !numbers.is_empty() {
                cursor.expect(",")?;
            }
            numbers.push(cursor.number()?);
        }
    } else {
        numbers.push(cursor.number()?);
    }
    cursor.expect(">")?;
    Ok(numbers)
}

fn record(cursor: &mut Cursor<'_>) -> Result<Attribute, Fault> {
    let name = cursor.word()?.to_owned();
    let mut fields = Vec::new();
    cursor.expect("<")?;
    while !cursor.eat(">") {
        if !fields.is_empty() {
            cursor.expect(",")?;
        }
        let key = cursor.word()?.to_owned();
        cursor.expect("=")?;
        fields.push((key, cursor.number()?));
    }
    Ok(Attribute::Record(name, fields))
}
