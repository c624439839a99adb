//! What was chosen for dictation into other apps.

use super::indicator::IndicatorChoices;
use crate::bindings::{self, Binding};
use crate::delivery;
use crate::rules::Rules;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

/// What was chosen for dictation into other apps.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Anywhere {
    /// Keys of the desktop.
    pub keys: Vec<Binding>,
    /// What else is chosen about them.
    pub holding: bindings::Choices,
    /// The person's languages, by code or English name, in the order of `next language`.
    pub languages: Vec<String>,
    /// What is done to the text.
    pub rules: Rules,
    /// Where it goes.
    pub delivery: delivery::Choices,
    /// What shows how dictation stands.
    pub indicator: IndicatorChoices,
}

const KEYS: &str = "keys";
const HOLDING: &str = "holding keys";
const LANGUAGES: &str = "languages";
const RULES: &str = "text rules";
const DELIVERY: &str = "delivery";
const INDICATOR: &str = "indicator";

impl Anywhere {
    /// Takes what can be read of the settings' file, and says what cannot.
    pub fn read(file: &Map<String, Value>, problems: &mut Vec<String>) -> Self {
        Self {
            keys: entries(file, KEYS, problems),
            holding: section(file, HOLDING, problems),
            languages: entries(file, LANGUAGES, problems),
            rules: section(file, RULES, problems),
            delivery: section(file, DELIVERY, problems),
            indicator: section(file, INDICATOR, problems),
        }
    }

    /// Puts it into the settings' file. What is as at the beginning does not stand there.
    pub fn write(&self, file: &mut Map<String, Value>) {
        put(file, KEYS, &self.keys);
        put(file, HOLDING, &self.holding);
        put(file, LANGUAGES, &self.languages);
        put(file, RULES, &self.rules);
        put(file, DELIVERY, &self.delivery);
        put(file, INDICATOR, &self.indicator);
    }
}

/// A list, of which an entry that cannot be read costs only itself.
fn entries<T: DeserializeOwned>(file: &Map<String, Value>, name: &str, problems: &mut Vec<String>) -> Vec<T> {
    let values = match file.get(name) {
        None | Some(Value::Null) => return Vec::new(),
        Some(Value::Array(values)) => values.clone(),
        Some(other) => {
            problems.push(format!("the setting {name:?} should be a list, not {other}; it is ignored"));
            return Vec::new();
        }
    };
    let mut read = Vec::new();
    for (place, value) in values.into_iter().enumerate() {
        match serde_json::from_value(value) {
            Ok(entry) => read.push(entry),
            Err(error) => {
                problems.push(format!("entry {} of the setting {name:?} is ignored: {error}", place + 1))
            }
        }
    }
    read
}

/// An object, of which a field that cannot be read costs only itself.
fn section<T: DeserializeOwned + Default>(
    file: &Map<String, Value>,
    name: &str,
    problems: &mut Vec<String>,
) -> T {
    let mut fields = match file.get(name) {
        None | Some(Value::Null) => return T::default(),
        Some(Value::Object(fields)) => fields.clone(),
        Some(other) => {
            problems.push(format!("the setting {name:?} should be an object, not {other}; it is ignored"));
            return T::default();
        }
    };
    let alone = |(field, value): (&String, &Value)| {
        let only = Map::from_iter([(field.clone(), value.clone())]);
        serde_json::from_value::<T>(Value::Object(only)).err().map(|error| (field.clone(), error))
    };
    let broken: Vec<_> = fields.iter().filter_map(alone).collect();
    for (field, error) in broken {
        problems.push(format!("{field:?} in the setting {name:?} is ignored: {error}"));
        fields.remove(&field);
    }
    serde_json::from_value(Value::Object(fields)).unwrap_or_default()
}

fn put<T: Serialize + Default + PartialEq>(file: &mut Map<String, Value>, name: &str, value: &T) {
    match serde_json::to_value(value) {
        Ok(written) if *value != T::default() => file.insert(name.into(), written),
        _ => file.remove(name),
    };
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bindings::Action;
    use crate::session::Manner;
    use serde_json::json;

    fn object(value: Value) -> Map<String, Value> {
        value.as_object().cloned().unwrap()
    }

    #[test]
    fn keys_come_back_as_they_were() {
        let manner = Manner { language: Some("de".into()), ..Manner::default() };
        let key = Binding { key: "Ctrl+F9".into(), action: Action::HoldToTalk, manner };
        let anywhere = Anywhere { keys: vec![key], ..Anywhere::default() };
        let mut file = object(json!({ "model": "tiny", "text rules": 7 }));
        anywhere.write(&mut file);
        let expected = json!({
            "model": "tiny",
            "keys": [{ "key": "Ctrl+F9", "action": "hold_to_talk", "language": "de" }],
        });
        assert_eq!(Value::Object(file.clone()), expected);
        let mut problems = Vec::new();
        assert_eq!(Anywhere::read(&file, &mut problems), anywhere);
        assert_eq!(problems.len(), 0);
    }

    #[test]
    fn what_cannot_be_read_costs_only_itself() {
        let file = object(json!({
            "keys": [{ "key": "F9", "action": "explode" }, 7, { "key": "F8", "action": "cancel" }],
            "delivery": "fast",
        }));
        let mut problems = Vec::new();
        let read = Anywhere::read(&file, &mut problems);
        let key = Binding { key: "F8".into(), action: Action::Cancel, manner: Manner::default() };
        assert_eq!((read.keys, problems.len()), (vec![key], 3));
    }

    #[test]
    fn a_field_that_cannot_be_read_leaves_its_neighbours() {
        #[derive(Debug, Default, PartialEq, serde::Deserialize)]
        #[serde(default)]
        struct Two {
            number: u8,
            word: String,
        }
        let file = object(json!({ "two": { "number": "x", "word": "kept", "new": 1 } }));
        let mut problems = Vec::new();
        let read: Two = section(&file, "two", &mut problems);
        assert_eq!((read, problems.len()), (Two { number: 0, word: "kept".into() }, 1));
    }
}
