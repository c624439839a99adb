//! What tensors are fetched from, and the part of a tensor that is fetched at once.

use std::ops::Range;

/// Where a model's tensors come from. Everything that can be known without the values was checked
/// before there was a source; sources are asked for tensors of the model's own layout only.
pub(super) trait Source: Send + Sync {
    /// The values of a part, row-major, into `out`, which is as long as the part.
    ///
    /// # Errors
    /// What is wrong with the tensor. Values that are not finite are the asker's to find.
    fn read(&self, part: &Part<'_>, out: &mut [f32]) -> Result<(), String>;

    /// The part was fetched and will not be needed soon.
    fn release(&self, _part: &Part<'_>) {}

    /// A hash of all that decides the values.
    ///
    /// # Errors
    /// Why they cannot be read any more.
    fn fingerprint(&self) -> Result<u64, String>;
}

/// Some rows of a tensor. A vector is one row.
#[derive(Clone, Debug)]
pub(super) struct Part<'a> {
    /// The tensor's openai-whisper name.
    pub name: &'a str,
    /// The tensor's shape, row-major.
    pub shape: &'a [usize],
    /// Places along the first axis.
    pub rows: Range<usize>,
}

impl<'a> Part<'a> {
    /// A whole tensor.
    pub fn whole(name: &'a str, shape: &'a [usize]) -> Self {
        Self { name, shape, rows: 0..row_count(shape) }
    }

    /// The same tensor's rows `rows`.
    pub fn with_rows(&self, rows: Range<usize>) -> Self {
        Self { rows, ..self.clone() }
    }

    /// Values per row.
    pub fn width(&self) -> usize {
        width(self.shape)
    }

    /// Values of the part.
    pub fn values(&self) -> usize {
        self.rows.len() * self.width()
    }

    /// The part cut into parts of at most `values` values, but at least one row each.
    pub fn cut(&self, values: usize) -> impl Iterator<Item = Part<'a>> + use<'a> {
        let part = self.clone();
        let step = rows_in(self.shape, values);
        let end = self.rows.end;
        self.rows.clone().step_by(step).map(move |row| part.with_rows(row..end.min(row + step)))
    }
}

/// How many rows have at most `values` values, but at least one.
pub(super) fn rows_in(shape: &[usize], values: usize) -> usize {
    (values / width(shape).max(1)).max(1)
}

/// Rows of a tensor of this shape.
pub(super) fn row_count(shape: &[usize]) -> usize {
    if shape.len() > 1 { shape[0] } else { 1 }
}

/// Values in each of them.
fn width(shape: &[usize]) -> usize {
    shape.iter().skip(usize::from(shape.len() > 1)).product()
}
