//! Settings of an older Hark, which were JSON.

use super::merge;
use serde_json::{Map, Value};
use toml_edit::DocumentMut;

/// Names that have changed, and the section into which they have gone.
const RENAMED: [(&str, Option<&str>, &str); 3] = [
    ("live text", Some("dictation"), "live_text"),
    ("holding keys", None, "holding_keys"),
    ("text rules", None, "text_rules"),
];

/// The settings of an older Hark as they are kept now.
///
/// # Errors
/// Why they cannot be read.
pub fn from_json(bytes: &[u8]) -> Result<DocumentMut, serde_json::Error> {
    let mut file: Map<String, Value> = serde_json::from_slice(bytes)?;
    for (before, section, now) in RENAMED {
        let Some(value) = file.remove(before) else { continue };
        let place = match section {
            None => Some(&mut file),
            Some(section) => file.entry(section).or_insert_with(|| Value::Object(Map::new())).as_object_mut(),
        };
        place.into_iter().for_each(|place| drop(place.insert(now.to_owned(), value.clone())));
    }
    // There is no sign for nothing any more.
    let limits = file.get_mut("history").and_then(Value::as_object_mut).into_iter().flatten();
    limits.filter(|(_, limit)| limit.is_null()).for_each(|(_, limit)| *limit = "no limit".into());
    let mut document = DocumentMut::new();
    for (key, value) in file.iter().filter(|(_, value)| !value.is_null()) {
        document.insert(key, merge::item(value));
    }
    Ok(document)
}
