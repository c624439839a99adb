//! What stands in a source file. Each rule gives its violations, one line each.

/// More lines than this in one file need a reason.
pub const LINES: usize = 600;

/// A text file.
pub struct Source {
    /// From the top of the repository, with `/`.
    pub path: String,
    text: String,
    code: String,
}

impl Source {
    pub fn new(path: &str, text: String) -> Self {
        let code = if path.ends_with(".rs") { code_only(&text) } else { String::new() };
        Self { path: path.into(), text, code }
    }

    /// A file that holds tests only.
    pub fn is_test(&self) -> bool {
        self.path.contains("/tests/") || self.path.ends_with("tests.rs")
    }

    fn at(&self, line: usize, what: &str) -> String {
        format!("{}:{}: {what}", self.path, line + 1)
    }

    /// These words in the code, comments and strings apart.
    pub fn words(&self, words: &[&str]) -> Vec<String> {
        let mut found = Vec::new();
        for (number, line) in self.code.lines().enumerate() {
            let here = line.split(|c: char| !is_word(c)).filter(|word| words.contains(word));
            found.extend(here.map(|word| self.at(number, word)));
        }
        found
    }

    /// Paths into the engine that begin with none of `allowed`.
    pub fn engine_paths_outside(&self, allowed: &[&str]) -> Vec<String> {
        let mut found = Vec::new();
        for (start, engine) in self.code.match_indices("hark_engine") {
            let mut paths = Vec::new();
            expand(&mut self.code[start + engine.len()..].trim_start(), "", &mut paths);
            let line = self.code[..start].matches('\n').count();
            let bad = paths.iter().filter(|path| !allowed.iter().any(|start| path.starts_with(start)));
            found.extend(bad.map(|path| self.at(line, &format!("hark_engine::{path}"))));
        }
        found
    }

    pub fn too_long(&self) -> Vec<String> {
        let lines = self.text.lines().count();
        if lines > LINES { vec![format!("{}: {lines} lines", self.path)] } else { Vec::new() }
    }

    /// Marks that something is missing, in code or comments.
    pub fn left_to_do(&self) -> Vec<String> {
        // In two halves, so that this list is none.
        let marks = [["TO", "DO"], ["FIX", "ME"], ["XX", "X:"], ["to", "do!("], ["unimple", "mented!("]];
        self.lines_with(&marks.map(|halves| halves.concat()))
    }

    /// Folders of one machine or one person.
    pub fn foreign_places(&self) -> Vec<String> {
        let places = [
            ["/ho", "me/"],
            ["/ro", "ot/"],
            ["/tm", "p/"],
            ["/wo", "rk/"],
            ["/Use", "rs/"],
            ["C:\\", "Users"],
        ];
        self.lines_with(&places.map(|halves| halves.concat()))
    }

    fn lines_with(&self, parts: &[String]) -> Vec<String> {
        let mut found = Vec::new();
        for (number, line) in self.text.lines().enumerate() {
            found.extend(parts.iter().filter(|part| line.contains(*part)).map(|part| self.at(number, part)));
        }
        found
    }

    /// Relative paths that go up by more folders than the file has above it.
    pub fn climbs_out(&self) -> Vec<String> {
        let depth = self.path.matches('/').count();
        let out = format!("\"{}", "../".repeat(depth + 1));
        self.lines_with(&[out])
    }

    /// Targets of Markdown links inside the repository, each with the place where it stands.
    pub fn links(&self) -> Vec<(String, String)> {
        let mut found = Vec::new();
        for (number, line) in self.text.lines().enumerate() {
            let targets = line.split("](").skip(1).filter_map(|rest| rest.split(')').next());
            let inside = targets.filter_map(|target| target.split('#').next());
            let inside = inside.filter(|target| !target.is_empty() && !target.contains("://"));
            found.extend(inside.map(|target| (self.at(number, target), target.to_owned())));
        }
        found
    }

    pub fn ignored_without_reason(&self) -> Vec<String> {
        let mut found = Vec::new();
        for (number, line) in self.code.lines().enumerate() {
            if line.trim() == "#[ignore]" {
                found.push(self.at(number, "an ignored test without a reason"));
            }
        }
        found
    }
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

/// Reads what follows the beginning of a path (`::a::{b, c::D}`) and adds each full path.
fn expand(rest: &mut &str, path: &str, paths: &mut Vec<String>) {
    let Some(after) = rest.strip_prefix("::") else {
        // The name of the crate alone gives access to all of it.
        return paths.push(if path.is_empty() { "*".into() } else { path.into() });
    };
    *rest = after.trim_start();
    if let Some(inside) = rest.strip_prefix('{') {
        *rest = inside.trim_start();
        while !rest.is_empty() && !rest.starts_with('}') {
            expand_name(rest, path, paths);
            // An `as name`, the comma, or whatever does not belong to a path.
            let next = rest.find([',', '}']).unwrap_or(rest.len());
            *rest = rest[next..].strip_prefix(',').unwrap_or(&rest[next..]).trim_start();
        }
        *rest = rest.strip_prefix('}').unwrap_or(rest);
    } else {
        expand_name(rest, path, paths);
    }
}

fn expand_name(rest: &mut &str, path: &str, paths: &mut Vec<String>) {
    let end = rest.find(|c: char| !is_word(c) && c != '*').unwrap_or(rest.len());
    let (name, after) = rest.split_at(end);
    *rest = after;
    let full = if path.is_empty() { name.to_owned() } else { format!("{path}::{name}") };
    expand(rest, &full, paths);
}

/// The code of a Rust file: comments, strings and characters become blanks, lines stay lines.
fn code_only(text: &str) -> String {
    let mut code = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let length = blank_length(rest, code.chars().next_back());
        let (taken, after) = rest.split_at(length.unwrap_or(first.len_utf8()));
        if length.is_some() {
            code.extend(taken.chars().map(|c| if c == '\n' { '\n' } else { ' ' }));
        } else {
            code.push_str(taken);
        }
        rest = after;
    }
    code
}

/// How long the comment, string or character is that `text` begins with, if it does.
fn blank_length(text: &str, before: Option<char>) -> Option<usize> {
    let until =
        |start: usize, end: &str| text[start..].find(end).map_or(text.len(), |at| start + at + end.len());
    if text.starts_with("//") {
        return Some(text.find('\n').unwrap_or(text.len()));
    }
    if text.starts_with("/*") {
        return Some(block_comment(text));
    }
    if text.starts_with('"') {
        return Some(quoted(text, '"'));
    }
    if text.starts_with('r') && !before.is_some_and(|c| is_word(c) && c != 'b') {
        let hashes = text[1..].bytes().take_while(|&b| b == b'#').count();
        if text[1 + hashes..].starts_with('"') {
            return Some(until(hashes + 2, &format!("\"{}", "#".repeat(hashes))));
        }
    }
    if let Some(after) = text.strip_prefix('\'') {
        // A lifetime has no closing quote behind its first character.
        let mut chars = after.chars();
        let first = chars.next()?;
        if first == '\\' || chars.next() == Some('\'') {
            return Some(quoted(text, '\''));
        }
    }
    None
}

fn quoted(text: &str, quote: char) -> usize {
    let mut escaped = false;
    for (at, c) in text.char_indices().skip(1) {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            _ if c == quote => return at + 1,
            _ => {}
        }
    }
    text.len()
}

/// Block comments may hold others.
fn block_comment(text: &str) -> usize {
    let mut depth = 0;
    let bytes = text.as_bytes();
    let mut at = 0;
    while at + 1 < bytes.len() {
        match &bytes[at..at + 2] {
            b"/*" => depth += 1,
            b"*/" => depth -= 1,
            _ => {
                at += 1;
                continue;
            }
        }
        at += 2;
        if depth == 0 {
            return at;
        }
    }
    text.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rust(text: &str) -> Source {
        Source::new("app/src/made_up.rs", text.into())
    }

    #[test]
    fn words_are_found_in_code_only() {
        let text = "// unsafe\nlet a = \"unsafe \\\" unsafe\"; /* unsafe /* */ unsafe */\nlet b = br#\"unsafe\" unsafe\"#;\n\
                    fn unsafe_code<'a>(c: char) { c == '\"' }\nunsafe { go() }\n";
        assert_eq!(rust(text).words(&["unsafe"]), ["app/src/made_up.rs:5: unsafe"]);
    }

    #[test]
    fn engine_paths_are_taken_apart() {
        let text = "use hark_engine::{\n    encoder::{Backend, BackendInfo as Info},\n    transcript::Segment,\n};\n\
                    fn f() -> hark_engine::model::Model { hark_engine::metrics::speed_x(a, b) }\nuse hark_engine as e;";
        let bad = rust(text).engine_paths_outside(&["encoder::BackendInfo", "metrics::", "transcript::"]);
        let expected =
            ["1: hark_engine::encoder::Backend", "5: hark_engine::model::Model", "6: hark_engine::*"];
        assert_eq!(bad, expected.map(|what| format!("app/src/made_up.rs:{what}")));
    }

    #[test]
    fn a_long_file_is_found() {
        assert!(rust(&"\n".repeat(LINES)).too_long().is_empty());
        assert_eq!(rust(&"\n".repeat(LINES + 1)).too_long(), ["app/src/made_up.rs: 601 lines"]);
    }

    #[test]
    fn marks_and_foreign_places_are_found_in_comments_too() {
        let mark = ["// TO", "DO: more"].concat();
        assert_eq!(rust(&mark).left_to_do().len(), 1);
        let place = ["// see /ho", "me/me/notes"].concat();
        assert_eq!(rust(&place).foreign_places().len(), 1);
        assert!(rust("// at home").foreign_places().is_empty());
    }

    #[test]
    fn a_path_may_climb_to_the_top_but_not_out() {
        let up =
            |folders: usize| rust(&["include_str!(\"", &"../".repeat(folders), "x\")"].concat()).climbs_out();
        assert!(up(2).is_empty());
        assert_eq!(up(3).len(), 1);
    }

    #[test]
    fn links_are_found_without_those_to_other_places() {
        let text = "See [a](b/c.md#d) and ![e](f.png), [g](https://example.org) and [h](#i).";
        let links = Source::new("x/y.md", text.into()).links();
        let targets: Vec<_> = links.iter().map(|(at, target)| (at.as_str(), target.as_str())).collect();
        assert_eq!(targets, [("x/y.md:1: b/c.md", "b/c.md"), ("x/y.md:1: f.png", "f.png")]);
    }

    #[test]
    fn an_ignored_test_needs_a_reason() {
        assert!(rust("#[ignore = \"long\"]\nfn a() {}").ignored_without_reason().is_empty());
        assert_eq!(rust("    #[ignore]\nfn a() {}").ignored_without_reason().len(), 1);
    }
}
