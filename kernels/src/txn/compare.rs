//! Two streams, word by word.

use super::decode::decode;
use super::disasm::{line, words};

/// A word in which two streams differ.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// Which word.
    pub at: usize,
    /// What the first has there, if it is that long.
    pub first: Option<u32>,
    /// What the second has there.
    pub second: Option<u32>,
    /// The first stream's instruction there, if it can be decoded, as [`super::disasm()`] shows it.
    pub instruction: Option<String>,
}

/// All words in which two streams differ.
pub fn compare(first: &[u32], second: &[u32]) -> Vec<Difference> {
    let length = first.len().max(second.len());
    let differing: Vec<usize> = (0..length).filter(|&at| first.get(at) != second.get(at)).collect();
    let lines = if differing.is_empty() { Vec::new() } else { instructions(first) };
    let instruction = |at: usize| {
        let index = lines.partition_point(|(begin, _)| *begin <= at).checked_sub(1)?;
        (at < first.len()).then(|| lines[index].1.clone())
    };
    let difference = |at: usize| Difference {
        at,
        first: first.get(at).copied(),
        second: second.get(at).copied(),
        instruction: instruction(at),
    };
    differing.into_iter().map(difference).collect()
}

/// Where each instruction begins, and its text.
fn instructions(all: &[u32]) -> Vec<(usize, String)> {
    let Ok(stream) = decode(all) else {
        return Vec::new();
    };
    let mut at = 4;
    let mut lines = Vec::new();
    for instruction in &stream.instructions {
        lines.push((at, line(&stream, at, instruction)));
        at += words(&stream, instruction);
    }
    lines
}
