//! Names of values: where they are known, and what they stand for.

use super::types::Type;
use super::{Cursor, Fault};
use std::collections::HashMap;

/// What is known of a value besides its type. Numbers are places in [`super::model::Model`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum What {
    Plain,
    /// Always this number.
    Constant(i128),
    Tile(usize),
    Buffer(usize),
    Lock(usize),
    Task(usize),
}

/// A value.
#[derive(Clone, Debug)]
pub(super) struct Value {
    pub(super) ty: Type,
    pub(super) what: What,
}

impl Value {
    pub(super) fn plain(ty: Type) -> Self {
        Self { ty, what: What::Plain }
    }
}

/// Regions inside regions, the innermost last; each knows what those around it know.
#[derive(Debug, Default)]
pub(super) struct Scope {
    regions: Vec<HashMap<String, Vec<Value>>>,
}

impl Scope {
    pub(super) fn enter(&mut self) {
        self.regions.push(HashMap::new());
    }

    pub(super) fn leave(&mut self) {
        self.regions.pop();
    }

    pub(super) fn define(
        &mut self,
        cursor: &Cursor<'_>,
        at: usize,
        name: &str,
        values: Vec<Value>,
    ) -> Result<(), Fault> {
        if self.find(name).is_some() {
            return Err(cursor.fault_at(at, format!("%{name} is there already")));
        }
        if let Some(region) = self.regions.last_mut() {
            region.insert(name.to_owned(), values);
        }
        Ok(())
    }

    fn find(&self, name: &str) -> Option<&[Value]> {
        self.regions.iter().rev().find_map(|region| region.get(name)).map(Vec::as_slice)
    }

    /// Takes the name of a value that is known here.
    pub(super) fn take(&self, cursor: &mut Cursor<'_>) -> Result<Value, Fault> {
        let at = cursor.at();
        let name = cursor.name('%', "a value")?;
        let number = if cursor.eat("#") { Some(cursor.number()?) } else { None };
        let values = self.find(name);
        let values = values.ok_or_else(|| cursor.fault_at(at, format!("nothing is called %{name} here")))?;
        let value = match number {
            None => values.first().filter(|_| values.len() == 1),
            Some(number) => usize::try_from(number).ok().and_then(|number| values.get(number)),
        };
        value.cloned().ok_or_else(|| cursor.fault_at(at, format!("%{name} has {} values", values.len())))
    }

    /// The same, and it is one that is computed with: tiles, locks and tasks are of type `index`, but no numbers.
    pub(super) fn take_plain(&self, cursor: &mut Cursor<'_>) -> Result<Value, Fault> {
        let at = cursor.at();
        let value = self.take(cursor)?;
        match value.what {
            What::Plain | What::Constant(_) | What::Buffer(_) => Ok(value),
            _ => Err(cursor.fault_at(at, "this is no number and no memory")),
        }
    }

    /// The same, of this type.
    pub(super) fn take_of(&self, cursor: &mut Cursor<'_>, ty: &Type) -> Result<Value, Fault> {
        let at = cursor.at();
        let value = self.take_plain(cursor)?;
        if value.ty == *ty {
            return Ok(value);
        }
        Err(cursor.fault_at(at, format!("a value of type {} where {ty} was expected", value.ty)))
    }
}
