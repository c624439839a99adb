//! Reads a value of which some cannot be read: that costs only itself.

use serde::de::DeserializeOwned;
use serde_json::{Map, Value};
use std::fmt;

/// One step into a value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    Key(String),
    /// An entry of a list, counted from 0.
    Entry(usize),
}

/// Something that could not be read, and why.
#[derive(Debug)]
pub struct Ignored {
    pub path: Vec<Step>,
    pub why: String,
}

impl fmt::Display for Ignored {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut first = true;
        for step in &self.path {
            match step {
                Step::Key(key) if first => write!(to, "`{key}")?,
                Step::Key(key) => write!(to, ".{key}")?,
                // People count from 1.
                Step::Entry(index) => write!(to, "[{}]", index + 1)?,
            }
            first = false;
        }
        write!(to, "` is ignored: {}", self.why)
    }
}

/// Reads what can be read of an object, and says what cannot.
pub fn read<T: DeserializeOwned + Default>(object: &Map<String, Value>, ignored: &mut Vec<Ignored>) -> T {
    let reads = |object: Map<String, Value>| serde_json::from_value::<T>(Value::Object(object));
    let mut object = object.clone();
    object.retain(|field, value| {
        let path = vec![Step::Key(field.clone())];
        prune(value, path, &|value| reads(only(field, value)).map(drop), ignored)
    });
    reads(object).unwrap_or_default()
}

fn only(field: &str, value: Value) -> Map<String, Value> {
    Map::from_iter([(field.to_owned(), value)])
}

/// Takes out of a value what cannot be read: entries of a list, and fields of an object, as deep as it goes.
/// Says what that was, and whether anything is left that can be read.
fn prune(
    value: &mut Value,
    path: Vec<Step>,
    reads: &dyn Fn(Value) -> serde_json::Result<()>,
    ignored: &mut Vec<Ignored>,
) -> bool {
    let Err(error) = reads(value.clone()) else { return true };
    let deeper = |step: Step| path.iter().cloned().chain([step]).collect::<Vec<_>>();
    match value {
        Value::Array(entries) if reads(Value::Array(Vec::new())).is_ok() => {
            let mut index = 0;
            entries.retain(|entry| {
                let read = reads(Value::Array(vec![entry.clone()]));
                let why = read.as_ref().err().map(ToString::to_string);
                ignored.extend(why.map(|why| Ignored { path: deeper(Step::Entry(index)), why }));
                index += 1;
                read.is_ok()
            });
            true
        }
        Value::Object(fields) if reads(Value::Object(Map::new())).is_ok() => {
            fields.retain(|field, inner| {
                let inside = |value| reads(Value::Object(only(field, value)));
                prune(inner, deeper(Step::Key(field.clone())), &inside, ignored)
            });
            true
        }
        _ => {
            ignored.push(Ignored { path, why: error.to_string() });
            false
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[derive(Debug, Default, PartialEq, serde::Deserialize)]
    #[serde(default)]
    struct Outer {
        number: u8,
        word: String,
        list: Vec<u8>,
        inner: Inner,
    }

    #[derive(Debug, Default, PartialEq, serde::Deserialize)]
    #[serde(default)]
    struct Inner {
        on: bool,
        list: Vec<u8>,
    }

    #[test]
    fn what_cannot_be_read_costs_only_itself() {
        let file = json!({
            "number": "x", "word": "kept", "new": 1, "list": [1, "two", 3],
            "inner": { "on": 7, "list": [4, 400], "new": {} },
        });
        let mut ignored = Vec::new();
        let read: Outer = read(file.as_object().unwrap(), &mut ignored);
        let inner = Inner { on: false, list: vec![4] };
        assert_eq!(read, Outer { number: 0, word: "kept".into(), list: vec![1, 3], inner });
        let mut said: Vec<_> = ignored.iter().map(ToString::to_string).collect();
        said.sort();
        let begins = ["`inner.list[2]` is ignored: ", "`inner.on` is", "`list[2]` is", "`number` is"];
        assert_eq!(said.len(), begins.len());
        for (said, begin) in said.iter().zip(begins) {
            assert!(said.starts_with(begin), "{said}");
        }
    }
}
