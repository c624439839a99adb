//! The settings' file as text: taken apart as far as it goes, with the lines in which things stand.

use super::pruned::Step;
use serde_json::{Map, Number, Value as Plain};
use toml_edit::{Document, DocumentMut, Item, TomlError, Value};

/// So many repairs are tried before a file is taken for none.
const MOST_REPAIRS: usize = 100;

/// How the title of a section begins whose own cannot be read.
const UNREADABLE: &str = "[\"line ";

/// A file that was taken apart.
pub struct Parsed {
    document: Document<String>,
    /// Lines that could not be read, counted from 1, and why. They are left in the document as comments.
    pub broken: Vec<(usize, String)>,
}

/// Takes a file apart. A line that breaks the rules of TOML costs only itself.
///
/// # Errors
/// Why this is no TOML at all.
pub fn parse(text: &str) -> Result<Parsed, String> {
    let mut lines: Vec<String> = text.split('\n').map(str::to_owned).collect();
    let mut broken: Vec<(usize, String)> = Vec::new();
    for _ in 0..MOST_REPAIRS {
        let error = match Document::parse(lines.join("\n")) {
            Ok(document) => return Ok(Parsed { document, broken }),
            Err(error) => error,
        };
        let at = line_of_error(&lines, &error);
        let Some(repaired) = repaired(&lines, at) else { break };
        let first = (0..lines.len()).find(|&line| lines[line] != repaired[line]).unwrap_or(at) + 1;
        if broken.iter().all(|(line, _)| *line != first) {
            broken.push((first, error.message().trim().replace('\n', ", ")));
        }
        lines = repaired;
    }
    Err("it is not valid TOML".into())
}

/// The line of an error, counted from 0.
fn line_of_error(lines: &[String], error: &TomlError) -> usize {
    let at = error.span().map_or(0, |span| span.start);
    let mut end = 0;
    let line = lines.iter().position(|line| {
        end += line.len() + 1;
        at < end
    });
    line.unwrap_or(lines.len().saturating_sub(1))
}

/// The lines without what breaks the rules at this one, or a little before it: what comes further counts.
fn repaired(lines: &[String], at: usize) -> Option<Vec<String>> {
    // The end of the file breaks the rules where a line before it left something open.
    let at = (0..=at).rev().find(|&line| !lines[line].trim().is_empty())?;
    let begins = |line: &String| {
        let line = line.trim_start();
        !line.starts_with('#') && line.contains('=')
    };
    let one = without(lines, at, at);
    let start = (0..at).rev().find(|&line| begins(&lines[line]));
    let ways = [Some(one), start.map(|start| without(lines, start, at - 1))];
    let reach = |lines: &Vec<String>| match Document::parse(lines.join("\n")) {
        Ok(_) => usize::MAX,
        Err(error) => line_of_error(lines, &error),
    };
    // Of equals, the last one wins.
    ways.into_iter().flatten().rev().max_by_key(reach)
}

/// The lines, of which some are comments now; what cannot even be one is left out.
fn without(lines: &[String], first: usize, last: usize) -> Vec<String> {
    let taken_out = |(number, line): (usize, &String)| match line.trim_start() {
        _ if !(first..=last).contains(&number) => line.clone(),
        text if text.starts_with('#') => String::new(),
        // What follows must not fall to the section before.
        text if text.starts_with('[') && !text.starts_with(UNREADABLE) => {
            format!("{UNREADABLE}{} cannot be read\"]", number + 1)
        }
        text => format!("# {text}"),
    };
    lines.iter().enumerate().map(taken_out).collect()
}

impl Parsed {
    /// What stands in the file, as plain data.
    pub fn plain(&self) -> Map<String, Plain> {
        self.document.iter().filter_map(|(key, item)| Some((key.to_owned(), plain(item)?))).collect()
    }

    /// The line in which something stands, counted from 1.
    pub fn line_of(&self, path: &[Step]) -> Option<usize> {
        let (mut item, mut at) = (self.document.as_item(), None);
        for step in path {
            let next = match step {
                Step::Key(key) => item.get(key.as_str()),
                Step::Entry(index) => item.get(*index),
            };
            let Some(next) = next else { break };
            at = next.span().map(|span| span.start).or(at);
            item = next;
        }
        let before = self.document.raw().get(..at?)?;
        Some(before.matches('\n').count() + 1)
    }

    /// The file, to be changed.
    pub fn into_mut(self) -> DocumentMut {
        self.document.into_mut()
    }
}

fn plain(item: &Item) -> Option<Plain> {
    match item {
        Item::None => None,
        Item::Value(value) => Some(plain_value(value)),
        Item::Table(table) => Some(object(table.iter())),
        Item::ArrayOfTables(tables) => Some(tables.iter().map(|table| object(table.iter())).collect()),
    }
}

fn object<'a>(fields: impl Iterator<Item = (&'a str, &'a Item)>) -> Plain {
    Plain::Object(fields.filter_map(|(key, item)| Some((key.to_owned(), plain(item)?))).collect())
}

fn plain_value(value: &Value) -> Plain {
    match value {
        Value::String(text) => text.value().as_str().into(),
        Value::Integer(number) => (*number.value()).into(),
        Value::Float(number) => Number::from_f64(*number.value()).map_or(Plain::Null, Plain::Number),
        Value::Boolean(on) => (*on.value()).into(),
        Value::Datetime(moment) => moment.value().to_string().into(),
        Value::Array(entries) => entries.iter().map(plain_value).collect(),
        Value::InlineTable(table) => {
            Plain::Object(table.iter().map(|(key, value)| (key.to_owned(), plain_value(value))).collect())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn read(text: &str) -> (Plain, Vec<usize>) {
        let parsed = parse(text).unwrap();
        let broken = parsed.broken.iter().map(|(line, _)| *line).collect();
        (Plain::Object(parsed.plain()), broken)
    }

    #[test]
    fn a_line_that_breaks_the_rules_costs_only_itself() {
        let whole = json!({ "a": 1, "b": { "c": "x", "d": true } });
        assert_eq!(read("a = 1\n[b]\nc = \"x\"\nd = true\n"), (whole.clone(), vec![]));
        assert_eq!(read("a = 1\n[b]\nc = \"x\"\ne = \"open\nd = true\n"), (whole.clone(), vec![4]));
        assert_eq!(read("a = 1\nsome words\n[b]\nc = \"x\"\nd = true\n"), (whole.clone(), vec![2]));
        assert_eq!(read("a = 1\n[b]\nc = \"x\"\nd = true\nc = \"twice\""), (whole, vec![5]));
    }

    #[test]
    fn a_list_that_is_left_open_costs_only_itself() {
        let (read, broken) = read("a = 1\nlist = [\"de\",\n  \"en\",\n\nb = 2\nc = 3\n[d]\ne = 4\n");
        assert_eq!(read, json!({ "a": 1, "b": 2, "c": 3, "d": { "e": 4 } }));
        assert_eq!(broken, [2]);
    }

    #[test]
    fn what_stands_below_a_broken_title_does_not_fall_to_the_section_before() {
        let (read, broken) = read("[a]\non = false\n[b\non = true\n[c]\non = true\n");
        assert_eq!(
            (&read["a"], &read["c"], broken),
            (&json!({ "on": false }), &json!({ "on": true }), vec![3])
        );
        assert_eq!(read["line 3 cannot be read"], json!({ "on": true }));
    }

    #[test]
    fn something_else_is_no_settings_file() {
        let letter: String = (0..400).map(|line| format!("Dear {line}, I write to you\n")).collect();
        assert!(parse(&letter).is_err());
    }

    #[test]
    fn the_line_of_a_value_is_known_however_deep_it_is() {
        let parsed = parse("a = 1\n\n[[b]]\nc = [\n  1,\n  2,\n]\n[[b]]\nd = { e = 5 }\n").unwrap();
        let key = |key: &str| Step::Key(key.into());
        let table = [
            (vec![key("a")], Some(1)),
            (vec![key("b"), Step::Entry(0), key("c"), Step::Entry(1)], Some(6)),
            (vec![key("b"), Step::Entry(1)], Some(8)),
            (vec![key("b"), Step::Entry(1), key("d"), key("e")], Some(9)),
            (vec![key("z")], None),
        ];
        for (path, line) in table {
            assert_eq!(parsed.line_of(&path), line, "{path:?}");
        }
    }
}
