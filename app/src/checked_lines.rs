//! Lines of files that survive damage: each a JSON array of a checksum, the number of the schema, and a record.
//!
//! ```text
//! ["89e1f2a7c30b5d46",1,{"kind":"entry",…}]
//! ```
//!
//! The checksum is the first 64 bits of the SHA-256 of everything between it and the closing bracket. Every line
//! stands alone, so that damage costs what it hits: a record is found again even where the breaks around it are gone.

use serde::de::IgnoredAny;
use sha2::{Digest, Sha256};

const SUM_DIGITS: usize = 16;
/// `["`, the checksum, `",`.
const HEAD: usize = 2 + SUM_DIGITS + 2;

/// A record whose checksum is right.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Line<'a> {
    pub schema: u32,
    /// An object.
    pub json: &'a str,
    /// The line without its break.
    pub whole: &'a [u8],
}

/// What a file holds.
#[derive(Debug, Default)]
pub struct Scan<'a> {
    pub good: Vec<Line<'a>>,
    /// Lines of which something could not be read.
    pub bad: usize,
}

/// A line with its break.
pub fn write(schema: u32, json: &str) -> String {
    let body = format!("{schema},{json}");
    format!("[\"{}\",{body}]\n", sum(body.as_bytes()))
}

fn sum(body: &[u8]) -> String {
    Sha256::digest(body)[..SUM_DIGITS / 2].iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Everything that can be read of a file, in order.
pub fn scan(bytes: &[u8]) -> Scan<'_> {
    let mut scan = Scan::default();
    for line in bytes.split(|byte| *byte == b'\n') {
        let line = line.trim_ascii();
        if line.is_empty() {
            continue;
        }
        match record_at_start(line) {
            Some(record) if record.whole.len() == line.len() => scan.good.push(record),
            _ => {
                scan.bad += 1;
                salvage(line, &mut scan.good);
            }
        }
    }
    scan
}

/// The records inside a line that is none.
fn salvage<'a>(mut rest: &'a [u8], good: &mut Vec<Line<'a>>) {
    while let Some(start) = rest.windows(2).position(|two| two == b"[\"") {
        rest = &rest[start..];
        match record_at_start(rest) {
            Some(record) => {
                good.push(record);
                rest = &rest[record.whole.len()..];
            }
            None => rest = &rest[2..],
        }
    }
}

fn record_at_start(bytes: &[u8]) -> Option<Line<'_>> {
    let head = bytes.get(..HEAD)?;
    let is_head = head.starts_with(b"[\"") && head.ends_with(b"\",");
    if !is_head || !head[2..2 + SUM_DIGITS].iter().all(u8::is_ascii_hexdigit) {
        return None;
    }
    let body = &bytes[HEAD..];
    let digits = body.iter().take(10).take_while(|byte| byte.is_ascii_digit()).count();
    let schema = std::str::from_utf8(&body[..digits]).ok()?.parse().ok()?;
    let json = body[digits..].strip_prefix(b",")?;
    let mut values = serde_json::Deserializer::from_slice(json).into_iter::<IgnoredAny>();
    values.next()?.ok()?;
    let length = values.byte_offset();
    if json.get(length) != Some(&b']') {
        return None;
    }
    let end = digits + 1 + length;
    let right = sum(&body[..end]).as_bytes() == &head[2..2 + SUM_DIGITS];
    let json = std::str::from_utf8(&json[..length]).ok()?;
    right.then_some(Line { schema, json, whole: &bytes[..HEAD + end + 1] })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(bytes: &[u8]) -> (Vec<&str>, usize) {
        let scan = scan(bytes);
        (scan.good.iter().map(|line| line.json).collect(), scan.bad)
    }

    #[test]
    fn a_line_is_json_and_is_read_again() {
        let line = write(3, r#"{"a":"]\n[\"x"}"#);
        let value: serde_json::Value = serde_json::from_str(&line).unwrap();
        assert_eq!((&value[1], &value[2]["a"]), (&3.into(), &"]\n[\"x".into()));
        let scan = scan(line.as_bytes());
        assert_eq!((scan.good.len(), scan.good[0].schema, scan.bad), (1, 3, 0));
        // The checksum belongs to the format: files of earlier versions stay readable.
        assert_eq!(write(1, "{}"), "[\"dca2e4d301e0bc99\",1,{}]\n");
    }

    #[test]
    fn damage_costs_what_it_hits() {
        let (a, b, c) = (write(1, r#"{"a":1}"#), write(1, r#"{"b":[2]}"#), write(1, r#"{"c":3}"#));
        let all = [r#"{"a":1}"#, r#"{"b":[2]}"#, r#"{"c":3}"#];
        assert_eq!(read(format!("{a}{b}{c}").as_bytes()), (all.to_vec(), 0));
        assert_eq!(read(format!("\n\r\n{a}\r\n{b}{c}").as_bytes()), (all.to_vec(), 0));
        let joined = format!("{}{}?{c}", a.trim_end(), b.trim_end());
        assert_eq!(read(joined.as_bytes()), (all.to_vec(), 1));
        let changed = b.replace('2', "3");
        assert_eq!(read(format!("{a}{changed}{c}").as_bytes()), (vec![all[0], all[2]], 1));
        assert_eq!(read(&format!("{a}{b}{c}").as_bytes()[..a.len() + 7]), (vec![all[0]], 1));
        let garbage = format!("{}\u{0}[\"[[\"{a}\n\u{fffd}{b}", &c[..9]);
        assert_eq!(read(garbage.as_bytes()), (vec![all[0], all[1]], 2));
    }

    #[test]
    fn what_is_deeply_nested_is_only_bad() {
        let deep = format!("[\"0000000000000000\",1,{}", "[".repeat(1 << 20));
        assert_eq!(read(deep.as_bytes()), (vec![], 1));
    }
}
