//! Lines of text, and names that nothing else has.

use std::fmt::Write as _;

/// Text that grows line by line.
#[derive(Debug, Default)]
pub(super) struct Page {
    text: String,
    depth: usize,
    names: usize,
}

impl Page {
    /// One for lines that are that deep inside of others.
    pub(super) fn at_depth(depth: usize) -> Self {
        Self { depth, ..Self::default() }
    }

    pub(super) fn line(&mut self, line: &str) {
        // Writing to a string cannot fail.
        let _ = writeln!(self.text, "{:1$}{line}", "", 2 * self.depth);
    }

    /// A line that opens a block.
    pub(super) fn open(&mut self, line: &str) {
        self.line(line);
        self.depth += 1;
    }

    /// A line that closes it.
    pub(super) fn close(&mut self, line: &str) {
        self.depth = self.depth.saturating_sub(1);
        self.line(line);
    }

    /// A line that closes a block and opens the next, as a block's name does.
    pub(super) fn turn(&mut self, line: &str) {
        self.close(line);
        self.depth += 1;
    }

    /// All lines of another.
    pub(super) fn paste(&mut self, other: &Self) {
        self.text.push_str(&other.text);
    }

    /// A name for a value.
    pub(super) fn name(&mut self, of: &str) -> String {
        self.names += 1;
        format!("%{of}_{}", self.names)
    }

    pub(super) fn into_text(self) -> String {
        self.text
    }
}
