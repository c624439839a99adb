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
pub(super) fn section<T: DeserializeOwned + Default>(
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
    let reads = |fields: Map<String, Value>| serde_json::from_value::<T>(Value::Object(fields));
    let mut ignored = |what: &str, error: serde_json::Error| {
        problems.push(format!("{what} in the setting {name:?} is ignored: {error}"));
    };
    fields.retain(|field, value| prune(value, field, &|v| reads(only(field, v)).map(drop), &mut ignored));
    reads(fields).unwrap_or_default()
}

fn only(field: &str, value: Value) -> Map<String, Value> {
    Map::from_iter([(field.to_owned(), value)])
}

/// Takes out of a value what cannot be read: entries of a list, and fields of an object, as deep as it goes.
/// Says what that was, and whether anything is left that can be read.
fn prune(
    value: &mut Value,
    place: &str,
    reads: &dyn Fn(Value) -> serde_json::Result<()>,
    ignored: &mut dyn FnMut(&str, serde_json::Error),
) -> bool {
    let Err(error) = reads(value.clone()) else { return true };
    match value {
        Value::Array(entries) if reads(Value::Array(Vec::new())).is_ok() => {
            let mut number = 0;
            entries.retain(|entry| {
                number += 1;
                let read = reads(Value::Array(vec![entry.clone()]));
                read.map_err(|error| ignored(&format!("entry {number} of {place:?}"), error)).is_ok()
            });
            true
        }
        Value::Object(fields) if reads(Value::Object(Map::new())).is_ok() => {
            fields.retain(|field, inner| {
                let inside = |value| reads(Value::Object(only(field, value)));
                prune(inner, field, &inside, ignored)
            });
            true
        }
        _ => {
            ignored(&format!("{place:?}"), error);
            false
        }
    }
}

pub(super) fn put<T: Serialize + Default + PartialEq>(file: &mut Map<String, Value>, name: &str, value: &T) {
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
    fn an_entry_that_cannot_be_read_leaves_the_others_of_its_list() {
        let file = object(json!({
            "text rules": {
                "commands": true,
                "replacements": [
                    { "heard": ["one"], "written": "1" },
                    { "heard": "two", "written": "2" },
                    { "heard": ["three"], "written": 3 },
                    { "heard": ["four"], "written": "4", "matching": "pattern" },
                ],
                "fillers": { "on": true, "words": { "de": ["halt", 7], "en": "like", "fr": ["ben"] } },
                "filter": 7,
            },
            "delivery": { "apps": { "gvim": "type", "emacs": "shout" }, "insert": true },
        }));
        let mut problems = Vec::new();
        let read = Anywhere::read(&file, &mut problems);
        let written: Vec<_> = read.rules.replacements.iter().map(|r| r.written.as_str()).collect();
        assert_eq!((written, read.rules.commands), (vec!["1", "4"], true));
        let words = [("de".to_owned(), vec!["halt".to_owned()]), ("fr".into(), vec!["ben".into()])];
        assert_eq!((read.rules.fillers.words, read.rules.fillers.on), (words.into(), true));
        let apps = [("gvim".to_owned(), delivery::Way::Type)].into();
        assert_eq!((read.delivery.apps, read.delivery.insert), (apps, true));
        let places: Vec<_> =
            problems.iter().filter_map(|text| text.split(" in the setting").next()).collect();
        let expected = [
            "entry 2 of \"replacements\"",
            "entry 3 of \"replacements\"",
            "entry 2 of \"de\"",
            "\"en\"",
            "\"filter\"",
            "\"emacs\"",
        ];
        let (mut places, mut expected) = (places, expected.to_vec());
        places.sort_unstable();
        expected.sort_unstable();
        assert_eq!(places, expected);
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
