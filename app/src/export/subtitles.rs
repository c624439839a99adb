//! Rules for subtitles that can be read: short lines, few of them, long enough on the screen, one after another.

use super::pieces::{Piece, pieces};
use hark_engine::transcript::Segment;

/// What a subtitle may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LineRules {
    /// Columns of a line at most; Chinese and Japanese characters take two.
    pub columns: usize,
    /// Lines of a subtitle at most.
    pub lines: usize,
    /// Milliseconds for which it is to be seen, where the next one leaves room for that.
    pub shortest_ms: u64,
}

impl Default for LineRules {
    /// What broadcasters ask for: two lines of 42 characters, for a second at least.
    fn default() -> Self {
        Self { columns: 42, lines: 2, shortest_ms: 1000 }
    }
}

/// A subtitle: times in milliseconds.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Cue {
    pub start: u64,
    pub end: u64,
    /// Who speaks, where that is known.
    pub speaker: Option<String>,
    pub lines: Vec<Vec<Piece>>,
}

impl Cue {
    /// Its text, line by line.
    pub fn text(&self) -> String {
        self.lines.iter().map(|line| joined(line)).collect::<Vec<_>>().join("\n")
    }
}

/// A line's text.
fn joined(pieces: &[Piece]) -> String {
    let mut line = String::new();
    for (place, piece) in pieces.iter().enumerate() {
        if place > 0 && piece.spaced {
            line.push(' ');
        }
        line.push_str(&piece.text);
    }
    line
}

/// The subtitles of the segments that hold text. None starts before the one before it has ended, and none is
/// shorter than a millisecond, whatever times the model gave.
pub fn cues(segments: &[Segment], rules: &LineRules) -> Vec<Cue> {
    let rules = LineRules { columns: rules.columns.max(1), lines: rules.lines.max(1), ..*rules };
    let mut drafts: Vec<Draft> = Vec::new();
    for segment in segments {
        let mut pieces = pieces(segment, rules.columns);
        while !pieces.is_empty() {
            let rest = pieces.split_off(first_cue(&pieces, &rules));
            drafts.push(Draft::new(segment.speaker.clone(), pieces));
            pieces = rest;
        }
    }
    // Two who speak at once are in two segments that overlap.
    drafts.sort_by_key(|draft| draft.start);
    in_time(join_short(drafts, &rules), &rules)
}

struct Draft {
    start: u64,
    end: u64,
    speaker: Option<String>,
    pieces: Vec<Piece>,
}

impl Draft {
    fn new(speaker: Option<String>, pieces: Vec<Piece>) -> Self {
        let start = milliseconds(pieces.first().map_or(0.0, |piece| piece.start));
        let end = milliseconds(pieces.last().map_or(0.0, |piece| piece.end)).max(start + 1);
        Self { start, end, speaker, pieces }
    }
}

/// How many of the pieces the next subtitle takes: as many as fit, or fewer if a sentence ends in its second half.
fn first_cue(pieces: &[Piece], rules: &LineRules) -> usize {
    let fits = |count: &usize| wrap(&pieces[..*count], rules.columns).len() <= rules.lines;
    // No line holds more pieces than columns.
    let most = pieces.len().min(rules.columns * rules.lines);
    let most = (1..=most).take_while(fits).last().unwrap_or(1);
    if most == pieces.len() {
        return most;
    }
    let ends = |marks: &str| {
        let is_end = |count: &usize| pieces[*count - 1].text.ends_with(|c| marks.contains(c));
        (most.div_ceil(2)..=most).rev().find(is_end)
    };
    ends(".?!。！？…").or_else(|| ends(",;:、，；：—")).unwrap_or(most)
}

/// Pieces in lines that are filled one after the other.
fn wrap(pieces: &[Piece], columns: usize) -> Vec<Vec<Piece>> {
    let mut lines: Vec<Vec<Piece>> = Vec::new();
    let mut width = 0;
    for piece in pieces {
        let wider = width + usize::from(piece.spaced) + piece.columns();
        match lines.last_mut() {
            Some(line) if wider <= columns => {
                line.push(piece.clone());
                width = wider;
            }
            _ => {
                lines.push(vec![piece.clone()]);
                width = piece.columns();
            }
        }
    }
    lines
}

/// Pieces in as few lines as they need, all about equally long.
fn balanced(pieces: &[Piece], columns: usize) -> Vec<Vec<Piece>> {
    let needed = wrap(pieces, columns).len();
    let all = pieces.iter().map(|piece| piece.columns() + usize::from(piece.spaced)).sum::<usize>();
    let narrow = (all / needed.max(1)).saturating_sub(1).max(1);
    (narrow..columns)
        .map(|width| wrap(pieces, width))
        .find(|lines| lines.len() <= needed)
        .unwrap_or_else(|| wrap(pieces, columns))
}

/// Joins what would be gone at once with what follows it at once.
fn join_short(drafts: Vec<Draft>, rules: &LineRules) -> Vec<Draft> {
    let mut joined: Vec<Draft> = Vec::with_capacity(drafts.len());
    for draft in drafts {
        if let Some(last) = joined.last_mut() {
            let is_short = |start: u64, end: u64| end.saturating_sub(start) < rules.shortest_ms;
            let hurried = is_short(last.start, last.end) && is_short(last.start, draft.start);
            if hurried && last.speaker == draft.speaker {
                let mut both = last.pieces.clone();
                both.extend(draft.pieces.iter().cloned());
                if wrap(&both, rules.columns).len() <= rules.lines {
                    *last = Draft { start: last.start, end: last.end.max(draft.end), pieces: both, ..draft };
                    continue;
                }
            }
        }
        joined.push(draft);
    }
    joined
}

fn in_time(drafts: Vec<Draft>, rules: &LineRules) -> Vec<Cue> {
    let mut free_from = 0;
    let next: Vec<_> = drafts.iter().skip(1).map(|draft| draft.start).collect();
    let mut cues = Vec::with_capacity(drafts.len());
    for (place, draft) in drafts.into_iter().enumerate() {
        let said = draft.end - draft.start;
        let start = draft.start.max(free_from);
        let wanted = draft.end.max(start.saturating_add(rules.shortest_ms.max(1)));
        let at_least = start.saturating_add(said.min(rules.shortest_ms).max(1));
        let end = next.get(place).map_or(wanted, |next| wanted.min(at_least.max(*next)));
        free_from = end;
        let lines = balanced(&draft.pieces, rules.columns);
        cues.push(Cue { start, end, speaker: draft.speaker, lines });
    }
    cues
}

/// Whole milliseconds, rounded once, so that no part of a time can come out as 60.000 s.
pub fn milliseconds(seconds: f64) -> u64 {
    // The conversion saturates: NaN and negative times become 0. Nothing lasts for a thousand years.
    ((seconds * 1000.0).round() as u64).min(1 << 45)
}
