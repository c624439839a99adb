//! Puts changes into the settings' file, and leaves everything else in it alone.

use serde_json::{Map, Value as Plain};
use toml_edit::{Array, ArrayOfTables, InlineTable, Item, Table, TableLike, Value};

/// Puts what has changed between `old` and `new` into `table`. What is as `usual` does not stand there, unless it
/// stands there already.
pub fn merge(
    table: &mut dyn TableLike,
    old: &Map<String, Plain>,
    new: &Map<String, Plain>,
    usual: &Map<String, Plain>,
) {
    let empty = Map::new();
    let gone = old.keys().filter(|key| !new.contains_key(*key));
    for key in new.keys().chain(gone) {
        let [was, is, usual] = [old, new, usual].map(|map| map.get(key).filter(|value| !value.is_null()));
        if was == is {
            continue;
        }
        match is {
            // A field that holds nothing any more keeps its place, and what was written beside it.
            None if new.contains_key(key) && table.get(key).is_some_and(Item::is_str) => {
                set(table, key, &Plain::String(String::new()));
            }
            None => drop(table.remove(key)),
            Some(Plain::Object(fields)) if table.get(key).is_none_or(Item::is_table_like) => {
                if table.get(key).is_none() {
                    table.insert(key, Item::Table(Table::new()));
                }
                let inner = table.get_mut(key).and_then(Item::as_table_like_mut);
                let Some(inner) = inner else { continue };
                let [was, usual] =
                    [was, usual].map(|value| value.and_then(Plain::as_object).unwrap_or(&empty));
                merge(inner, was, fields, usual);
                if inner.is_empty() {
                    table.remove(key);
                }
            }
            _ if is == usual && !table.contains_key(key) => {}
            Some(value) => set(table, key, value),
        }
    }
}

/// Comments around a value stay.
fn set(table: &mut dyn TableLike, key: &str, value: &Plain) {
    let item = item(value);
    match table.get_mut(key) {
        Some(slot @ Item::Value(_)) if !item.is_value() => {
            // Within braces nothing but values can stand.
            let inline = Item::into_value(item).map_or(Item::None, Item::Value);
            *slot = inline;
        }
        Some(Item::Value(old)) => {
            if let Ok(mut new) = item.into_value() {
                *new.decor_mut() = old.decor().clone();
                *old = new;
            }
        }
        Some(slot) => *slot = item,
        None => drop(table.insert(key, item)),
    }
}

/// Plain data as it stands in a file; nothing stands for nothing.
pub fn item(value: &Plain) -> Item {
    match value {
        Plain::Object(fields) => {
            let mut table = Table::new();
            // A title alone says nothing.
            table.set_implicit(fields.values().all(Plain::is_object) && !fields.is_empty());
            for (key, field) in fields.iter().filter(|(_, field)| !field.is_null()) {
                table.insert(key, item(field));
            }
            Item::Table(table)
        }
        Plain::Array(entries) if !entries.is_empty() && entries.iter().all(Plain::is_object) => {
            let tables = entries.iter().filter_map(|entry| item(entry).into_table().ok());
            Item::ArrayOfTables(tables.collect::<ArrayOfTables>())
        }
        other => inline(other).map_or(Item::None, Item::Value),
    }
}

fn inline(value: &Plain) -> Option<Value> {
    Some(match value {
        Plain::Null => return None,
        Plain::Bool(on) => (*on).into(),
        Plain::String(text) => text.as_str().into(),
        Plain::Number(number) => match (number.as_i64(), number.as_f64()) {
            (Some(whole), _) => whole.into(),
            (None, Some(real)) => real.into(),
            (None, None) => return None,
        },
        Plain::Array(entries) => Value::Array(entries.iter().filter_map(inline).collect::<Array>()),
        Plain::Object(fields) => {
            let fields = fields.iter().filter_map(|(key, field)| Some((key.as_str(), inline(field)?)));
            Value::InlineTable(fields.collect::<InlineTable>())
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;
    use toml_edit::DocumentMut;

    fn merged(text: &str, old: &Plain, new: &Plain) -> String {
        let mut document: DocumentMut = text.parse().unwrap();
        let usual = json!({ "a": 0, "s": { "x": 1, "y": 2 } });
        let [old, new, usual] = [old, new, &usual].map(|value| value.as_object().cloned().unwrap());
        merge(document.as_table_mut(), &old, &new, &usual);
        document.to_string()
    }

    #[test]
    fn only_what_has_changed_is_written_and_comments_stay() {
        let text = "# above\na = 5 # behind\nunknown = 1\n\n# section\n[s]\n# x\nx = 9\n";
        let old = json!({ "a": 5, "s": { "x": 9, "y": 2 } });
        let new = json!({ "a": 6, "s": { "x": 9, "y": 3 } });
        assert_eq!(
            merged(text, &old, &new),
            "# above\na = 6 # behind\nunknown = 1\n\n# section\n[s]\n# x\nx = 9\ny = 3\n"
        );
        let usual = json!({ "a": 0, "s": { "x": 1, "y": 2 } });
        let back = "# above\na = 0 # behind\nunknown = 1\n\n# section\n[s]\n# x\nx = 1\n";
        assert_eq!(merged(text, &old, &usual), back, "what stands there stays there");
        assert_eq!(merged("", &old, &usual), "", "what is as usual does not come there");
    }

    #[test]
    fn lists_and_sections_come_and_go() {
        let old = json!({ "s": { "x": 1, "y": 2 } });
        let new =
            json!({ "s": { "x": 7, "y": 2 }, "keys": [{ "key": "F9" }, { "key": "F8" }], "names": ["a"] });
        let text = merged("", &old, &new);
        assert_eq!(
            text,
            "names = [\"a\"]\n\n[[keys]]\nkey = \"F9\"\n\n[[keys]]\nkey = \"F8\"\n\n[s]\nx = 7\n"
        );
        assert_eq!(merged(&text, &new, &old), "\n[s]\nx = 1\n");
    }

    #[test]
    fn within_braces_only_values_are_written() {
        let old = json!({ "s": { "x": 9, "y": 2 } });
        let new = json!({ "s": { "x": 9, "y": 3, "more": { "z": [{ "q": 1 }] } } });
        let text = merged("s = { x = 9 }\n", &old, &new);
        let again: DocumentMut = text.parse().unwrap();
        assert_eq!(again["s"]["more"]["z"][0]["q"].as_integer(), Some(1), "{text}");
    }
}
