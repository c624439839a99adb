//! What an operation must satisfy before anybody computes it.

use super::{Buffer, Matrix, Op};

/// Channels that a head may have, in every implementation.
const HEAD_WIDTH: u32 = 64;

/// Why an operation cannot be computed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum OpError {
    /// A matrix without rows or columns, or one whose rows overlap where they must not.
    #[error("{op}: a matrix of {rows} × {columns} at stride {stride}")]
    Matrix {
        /// The operation.
        op: &'static str,
        /// Rows of the matrix.
        rows: u32,
        /// Values in a row.
        columns: u32,
        /// Values from row to row.
        stride: u32,
    },
    /// Shapes that do not belong together.
    #[error("{op}: {what} do not fit")]
    Mismatch {
        /// The operation.
        op: &'static str,
        /// Of what.
        what: &'static str,
    },
    /// A matrix that ends outside its buffer.
    #[error("{op}: values up to {end} of {buffer:?}, which holds {len}")]
    Outside {
        /// The operation.
        op: &'static str,
        /// The buffer.
        buffer: Buffer,
        /// Behind the last value that is asked for.
        end: u64,
        /// Values that the buffer holds.
        len: u64,
    },
    /// An operation that writes where it reads.
    #[error("{op}: writes where it reads, from value {offset} of {buffer:?}")]
    InPlace {
        /// The operation.
        op: &'static str,
        /// The buffer.
        buffer: Buffer,
        /// First value that is written.
        offset: u32,
    },
}

impl Op {
    /// Checks shapes, places and that nothing is written where it is read, for buffers of so many values.
    ///
    /// # Errors
    /// [`OpError`], the first of them.
    pub fn check(&self, lens: &[u64; 5]) -> Result<(), OpError> {
        let op = self.name();
        self.check_shapes()?;
        let out = self.writes();
        for (matrix, may_overlap) in self.reads().map(|m| (m, true)).chain([(out, false)]) {
            let Matrix { buffer, rows, columns, stride, .. } = matrix;
            let apart = may_overlap || rows == 1 || stride >= columns;
            if rows == 0 || columns == 0 || (rows > 1 && stride == 0) || !apart {
                return Err(OpError::Matrix { op, rows, columns, stride });
            }
            let (end, len) = (matrix.end(), lens[buffer as usize]);
            if end > len {
                return Err(OpError::Outside { op, buffer, end, len });
            }
        }
        match self.reads().find(|read| read.meets(&out)) {
            Some(_) => Err(OpError::InPlace { op, buffer: out.buffer, offset: out.offset }),
            None => Ok(()),
        }
    }

    fn check_shapes(&self) -> Result<(), OpError> {
        let shape = |m: &Matrix| (m.rows, m.columns);
        let checks: &[(bool, &'static str)] = match self {
            Self::Copy { from, to } => &[(shape(from) == shape(to), "what is read and written")],
            Self::Product { x, weights, bias, residual, out, .. } => &[
                (x.columns == weights.columns, "rows and weights"),
                (shape(bias) == (1, weights.rows), "weights and bias"),
                (shape(out) == (x.rows, weights.rows), "the product and its place"),
                (residual.is_none_or(|residual| shape(&residual) == shape(out)), "product and residual"),
            ],
            Self::LayerNorm { x, gain, shift, out } => &[
                (shape(gain) == (1, x.columns) && shape(shift) == shape(gain), "rows and weights"),
                (shape(out) == shape(x), "what is read and written"),
            ],
            Self::Attention { queries, keys, values, heads, out } => &[
                (keys.columns == queries.columns && shape(values) == shape(keys), "queries, keys and values"),
                (shape(out) == shape(queries), "what is read and written"),
                (
                    *heads > 0
                        && queries.columns.is_multiple_of(*heads)
                        && queries.columns / heads <= HEAD_WIDTH,
                    "heads and columns",
                ),
            ],
        };
        match checks.iter().find(|(holds, _)| !holds) {
            Some((_, what)) => Err(OpError::Mismatch { op: self.name(), what }),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::samples::{matrix, samples};
    use super::*;

    const LENS: [u64; 5] = [1000; 5];

    #[test]
    fn what_fits_is_accepted() {
        for op in samples() {
            assert_eq!(op.check(&LENS), Ok(()), "{op:?}");
        }
    }

    #[test]
    fn every_fault_has_its_error() {
        let x = matrix(Buffer::Input, 0, 4, 6);
        let copy = |from, to| Op::Copy { from, to }.check(&LENS);
        let to = matrix(Buffer::Scratch, 100, 4, 6);
        assert!(matches!(copy(x, Matrix { rows: 3, ..to }), Err(OpError::Mismatch { .. })));
        let narrow = Matrix { stride: 5, ..to };
        assert!(matches!(copy(x, narrow), Err(OpError::Matrix { stride: 5, .. })), "written rows overlap");
        assert_eq!(copy(narrow, Matrix { offset: 300, ..to }), Ok(()), "rows that are read may");
        assert!(matches!(copy(Matrix { stride: 0, ..x }, to), Err(OpError::Matrix { .. })));
        let none = |m: Matrix| Matrix { rows: 0, ..m };
        assert!(matches!(copy(none(x), none(to)), Err(OpError::Matrix { rows: 0, .. })));
        let outside = Matrix { offset: 977, ..to };
        let expected = OpError::Outside { op: "copy", buffer: Buffer::Scratch, end: 1001, len: 1000 };
        assert_eq!(copy(x, outside), Err(expected));
        let far = Matrix { offset: u32::MAX, stride: u32::MAX, ..to };
        assert!(matches!(copy(far, to), Err(OpError::Outside { .. })), "no sum wraps round");
        assert!(matches!(copy(to, Matrix { offset: 123, ..to }), Err(OpError::InPlace { .. })));
        assert_eq!(copy(to, Matrix { offset: 124, ..to }), Ok(()));
    }

    #[test]
    fn heads_divide_the_columns_and_are_not_too_wide() {
        for (heads, good) in [(1, true), (3, true), (0, false), (4, false)] {
            let Op::Attention { queries, keys, values, out, .. } = samples()[4] else { panic!("attention") };
            assert_eq!(Op::Attention { queries, keys, values, heads, out }.check(&LENS).is_ok(), good);
        }
        let wide = matrix(Buffer::Scratch, 0, 1, 65);
        let out = matrix(Buffer::Output, 0, 1, 65);
        let op = Op::Attention { queries: wide, keys: wide, values: wide, heads: 1, out };
        assert!(matches!(op.check(&LENS), Err(OpError::Mismatch { what: "heads and columns", .. })));
    }
}
