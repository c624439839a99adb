//! Our text is accepted, and what is changed in it is found.

use super::check;
use crate::mlir::samples::{graph, launch};
use crate::mlir::text;
use std::collections::HashSet;
use std::fmt::Write as _;

fn ours() -> String {
    text(&graph(), Some(&launch())).unwrap()
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    /// `%a`, `@a`, `^a`
    Name,
    Word,
    Number,
    Other,
}

/// A part of the text: where it begins and ends.
type Token = (usize, usize, Kind);

fn tokens(text: &str) -> Vec<Token> {
    let bytes = text.as_bytes();
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.');
    let (mut tokens, mut at) = (Vec::new(), 0);
    while at < bytes.len() {
        let first = bytes[at];
        let mut end = at + 1;
        let kind = match first {
            _ if first.is_ascii_whitespace() => {
                at += 1;
                continue;
            }
            b'%' | b'@' | b'^' => Kind::Name,
            b'"' => {
                end += text[end..].find('"').unwrap() + 1;
                Kind::Other
            }
            b'-' if bytes.get(end) == Some(&b'>') => {
                end += 1;
                Kind::Other
            }
            b'0'..=b'9' | b'-' => {
                while bytes[end].is_ascii_digit() {
                    end += 1;
                }
                Kind::Number
            }
            _ if fits(first) => Kind::Word,
            _ => Kind::Other,
        };
        if matches!(kind, Kind::Name | Kind::Word) {
            while fits(bytes[end]) {
                end += 1;
            }
        }
        tokens.push((at, end, kind));
        at = end;
    }
    tokens
}

/// The line in which a token is.
fn line(text: &str, at: usize) -> &str {
    let begin = text[..at].rfind('\n').map_or(0, |at| at + 1);
    text[begin..].lines().next().unwrap().trim()
}

/// Makes changes of a kind, and says how many of how many were found and which were not.
fn changes(text: &str, mut change: impl FnMut(&str, &str, Token) -> Option<String>) -> (usize, Vec<String>) {
    let (mut made, mut missed) = (0, Vec::new());
    for token in tokens(text) {
        let (begin, end, _) = token;
        let Some(new) = change(line(text, begin), &text[begin..end], token) else { continue };
        made += 1;
        let changed = format!("{}{new}{}", &text[..begin], &text[end..]);
        if check(&changed).is_ok() {
            missed.push(format!("{} → {new} in {}", &text[begin..end], line(text, begin)));
        }
    }
    (made, missed)
}

fn all_are_found(what: &str, least: usize, (made, missed): (usize, Vec<String>)) {
    println!("{what}: {} of {made}", made - missed.len());
    assert!(made >= least, "{what}: only {made} changes");
    assert!(missed.is_empty(), "{what}: {} of {made} were not found:\n{}", missed.len(), missed.join("\n"));
}

#[test]
fn names_of_nothing_are_found() {
    let text = ours();
    let mut uses: HashSet<&str> = HashSet::new();
    for (begin, end, kind) in tokens(&text) {
        let defines = text[end..].starts_with(" =");
        uses.extend((kind == Kind::Name && !defines).then_some(&text[begin..end]));
    }
    // A name that nobody uses may be any.
    all_are_found(
        "names",
        200,
        changes(&text, |_, name, (.., kind)| {
            (kind == Kind::Name && uses.contains(name)).then(|| format!("{name}_gone"))
        }),
    );
}

#[test]
fn words_of_no_meaning_are_found() {
    // The string behind `private` is one, too.
    all_are_found(
        "words",
        450,
        changes(&ours(), |_, word, (.., kind)| (kind == Kind::Word).then(|| format!("{word}q"))),
    );
}

#[test]
fn other_types_are_found() {
    let other = |word: &str| match word {
        "i32" => Some("i64"),
        "ui32" => Some("i32"),
        "i1" => Some("i8"),
        "index" => Some("i32"),
        "xi32" => Some("xi16"),
        _ => None,
    };
    all_are_found("types", 120, changes(&ours(), |_, word, _| other(word).map(str::to_owned)));
    let longer = |_: &str, word: &str, (_, end, kind): Token| {
        let shape = ours()[end..].starts_with("xi32");
        (kind == Kind::Number && shape).then(|| (word.parse::<u64>().unwrap() + 1).to_string())
    };
    all_are_found("lengths", 40, changes(&ours(), longer));
}

#[test]
fn numbers_that_nothing_has_are_found() {
    let constant = |line: &str| line.contains("arith.constant");
    all_are_found(
        "huge numbers",
        200,
        changes(&ours(), |line, _, (.., kind)| {
            // Any number of 64 bits is an index.
            let legal = constant(line) && line.ends_with("index");
            (kind == Kind::Number && !legal).then(|| "4000000000000".into())
        }),
    );
    all_are_found(
        "numbers below 0",
        150,
        changes(&ours(), |line, _, (.., kind)| {
            let legal = constant(line) || line.contains("dense");
            (kind == Kind::Number && !legal).then(|| "-1".into())
        }),
    );
}

#[test]
fn lines_that_end_something_are_missed() {
    let text = ours();
    let lines: Vec<&str> = text.lines().collect();
    let ends = |line: &str| {
        line.starts_with('}')
            || ["aie.end", "aie.next_bd", "scf.yield"].iter().any(|end| line.starts_with(end))
    };
    let (mut made, mut missed) = (0, Vec::new());
    for (at, line) in lines.iter().enumerate().filter(|(_, line)| ends(line.trim())) {
        let others: Vec<&str> =
            lines.iter().enumerate().filter(|(i, _)| *i != at).map(|(_, line)| *line).collect();
        missed.extend(check(&others.join("\n")).is_ok().then(|| format!("line {}: {line}", at + 1)));
        made += 1;
    }
    all_are_found("ends", 35, (made, missed));
}

/// How many of all changes of a kind are found. What is not may be as good as before, or a design of its own.
#[test]
fn most_changes_of_any_kind_are_found() {
    let text = ours();
    let all = tokens(&text);
    let mut report = String::new();
    let mut share = |what: &str, least: usize, (made, missed): (usize, Vec<String>)| {
        let found = made - missed.len();
        writeln!(report, "{what}: {found} of {made}").unwrap();
        assert!(found * 1000 >= made * least, "{report}{}", missed.join("\n"));
    };
    share("tokens left out", 990, changes(&text, |_, _, _| Some(String::new())));
    share("tokens said twice", 990, changes(&text, |_, word, _| Some(format!("{word} {word}"))));
    share(
        "tokens changed with the next",
        990,
        changes(&text, |_, word, (begin, ..)| {
            let at = all.iter().position(|token| token.0 == begin).unwrap();
            let (first, last, _) = *all.get(at + 1)?;
            // Put the next before this; the next itself stays, as one too many would be found at once.
            (text[first..last] != *word).then(|| text[first..last].to_owned())
        }),
    );
    share(
        "numbers one more",
        600,
        changes(&text, |_, word, (.., kind)| {
            (kind == Kind::Number).then(|| (word.parse::<i128>().unwrap() + 1).to_string())
        }),
    );
    // The next name of its kind in the text, which may be of another tile or another type.
    let names: Vec<&str> =
        all.iter().filter(|token| token.2 == Kind::Name).map(|token| &text[token.0..token.1]).collect();
    share(
        "names of something else",
        850,
        changes(&text, |_, word, (.., kind)| {
            let other = names.iter().find(|name| name[..1] == word[..1] && **name > word)?;
            (kind == Kind::Name).then(|| (*other).to_owned())
        }),
    );
    print!("{report}");
}

#[test]
fn nothing_makes_it_panic() {
    let text = ours();
    for end in (0..text.len()).step_by(7) {
        assert!(check(&text[..end]).is_err(), "{end} bytes of it are no module");
    }
    let mut state = 1u64;
    let mut random = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        (state >> 33) as usize
    };
    let parts: Vec<&str> = tokens(&text).iter().map(|token| &text[token.0..token.1]).collect();
    for round in 0..4000 {
        let mut bytes = text.clone().into_bytes();
        for _ in 0..=round % 5 {
            let at = random() % bytes.len();
            bytes[at] = random() as u8;
        }
        let _ = check(&String::from_utf8_lossy(&bytes));
        let soup: Vec<&str> = (0..40).map(|_| parts[random() % parts.len()]).collect();
        assert!(check(&soup.join(" ")).is_err());
        let inside = format!("module {{ aie.device(npu1) {{ {} }} }}", soup.join(" "));
        let _ = check(&inside);
    }
    for deep in ["{a = [", "scf.if %0 {", "module {", "(", "[", "-", "0x", "%", "\"", "ü", "#a<"] {
        assert!(check(&deep.repeat(10_000)).is_err());
        assert!(
            check(&format!("module {{ aie.device(npu1) {{ %0 = aie.tile(0, 0) {}", deep.repeat(10_000)))
                .is_err()
        );
    }
}
