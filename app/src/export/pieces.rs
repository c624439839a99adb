//! Text cut into the smallest pieces that a line of a subtitle can begin with.

use hark_engine::transcript::Segment;
use unicode_segmentation::UnicodeSegmentation;
use unicode_width::UnicodeWidthStr;

/// A piece of text that stays on one line, with the time in which it is said, in seconds.
#[derive(Clone, Debug, PartialEq)]
pub struct Piece {
    pub text: String,
    /// Whether a space stands before it, unless it begins a line.
    pub spaced: bool,
    pub start: f64,
    pub end: f64,
}

impl Piece {
    /// How many columns it takes: a Chinese or Japanese character takes two.
    pub fn columns(&self) -> usize {
        self.text.width()
    }
}

/// What must not begin a line where there are no spaces.
const CLOSING: &str =
    "、。，．・：；？！)]}」』】〉》）］｝〕’”…‥ー々ぁぃぅぇぉっゃゅょゎァィゥェォッャュョヮ";
/// What must not end one.
const OPENING: &str = "([{「『【〈《（［｛〔‘“";

/// The pieces of a segment. Words have their own times where these are known; otherwise the segment's time is
/// shared out by columns. No piece is wider than `widest`, unless one character is.
pub fn pieces(segment: &Segment, widest: usize) -> Vec<Piece> {
    let words: String = segment.words.iter().map(|word| word.word.as_str()).collect();
    if !segment.words.is_empty() && squeezed(&words) == squeezed(&segment.text) {
        let cut = |word: &hark_engine::transcript::Word| timed(&word.word, word.start, word.end, widest);
        return segment.words.iter().flat_map(cut).collect();
    }
    timed(&segment.text, segment.start, segment.end, widest)
}

fn squeezed(text: &str) -> String {
    text.split_whitespace().collect()
}

fn timed(text: &str, start: f64, end: f64, widest: usize) -> Vec<Piece> {
    let mut pieces = Vec::new();
    let mut spaced = text.starts_with(char::is_whitespace);
    for word in text.split_whitespace() {
        for unbroken in unbroken(word, widest) {
            pieces.push(Piece { text: unbroken, spaced, start, end });
            spaced = false;
        }
        spaced = true;
    }
    let all = pieces.iter().map(Piece::columns).sum::<usize>().max(1) as f64;
    let mut before = 0;
    for piece in &mut pieces {
        let at = |columns: usize| start + (end - start) * columns as f64 / all;
        (piece.start, piece.end) = (at(before), at(before + piece.columns()));
        before += piece.columns();
    }
    pieces
}

/// A word cut where a line may end inside it: around wide characters, and by force where it is too long.
fn unbroken(word: &str, widest: usize) -> Vec<String> {
    let mut pieces: Vec<String> = Vec::new();
    let mut last_is_wide = false;
    for character in word.graphemes(true) {
        let wide = character.width() > 1 || is_one_of(character, CLOSING);
        let glued = is_one_of(character, CLOSING)
            || pieces.last().is_some_and(|last| last.graphemes(true).all(|g| is_one_of(g, OPENING)));
        match pieces.last_mut() {
            Some(last)
                if last.width() + character.width() <= widest.max(1)
                    && (glued || (!wide && !last_is_wide)) =>
            {
                last.push_str(character);
            }
            _ => pieces.push(character.to_owned()),
        }
        last_is_wide = wide;
    }
    pieces
}

fn is_one_of(character: &str, set: &str) -> bool {
    let mut letters = character.chars();
    letters.next().is_some_and(|first| set.contains(first)) && letters.next().is_none()
}
