//! Operations as 32-bit words: what the fake's instruction buffer holds.
//!
//! | word | value |
//! |---|---|
//! | 0 | the bytes `HARK` |
//! | 1 | version |
//! | 2 | operations |
//! | 3 | words in all, these four among them |
//!
//! Then the operations, each of them
//!
//! | operation | word 0: code and length | word 1 | then matrices, five words each |
//! |---|---|---|---|
//! | copy | 1, 12 « 16 | 0 | from, to |
//! | product | 2, 27 « 16 | 1 if GELU | x, weights, bias, out, residual or five zeros |
//! | layer norm | 3, 22 « 16 | 0 | x, gain, shift, out |
//! | attention | 4, 22 « 16 | heads | queries, keys, values, out |
//!
//! A matrix is its buffer (0 to 4), offset, rows, columns and stride. There is one way to write a list: what decodes,
//! encodes to the same words.

use super::{Buffer, Matrix, Op};

/// The first word of a list: `HARK` as bytes.
pub const MAGIC: u32 = u32::from_le_bytes(*b"HARK");
/// The version of the format.
pub const VERSION: u32 = 1;

const HEADER: usize = 4;
const MATRIX: usize = 5;
const COPY: u32 = 1;
const PRODUCT: u32 = 2;
const LAYER_NORM: u32 = 3;
const ATTENTION: u32 = 4;

/// Why words are no list of operations.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ListError {
    /// Something else, such as a real instruction stream.
    #[error("the instructions begin with {0:#010x} and are no op list; they were made for another device")]
    Magic(u32),
    /// A list of another Hark.
    #[error("the op list has version {0}, and this is version {VERSION}; both must come from one Hark")]
    Version(u32),
    /// Fewer or more words than the list says, or than an operation needs.
    #[error("the op list has {given} words where {expected} are needed")]
    Length {
        /// Words that are needed.
        expected: usize,
        /// Words that there are.
        given: usize,
    },
    /// A word that means nothing where it stands.
    #[error("word {at} of the op list is {value:#x}, which means nothing there")]
    Word {
        /// Which word.
        at: usize,
        /// What stands there.
        value: u32,
    },
}

/// The words of a list.
pub fn encode(ops: &[Op]) -> Vec<u32> {
    let mut words = vec![MAGIC, VERSION, ops.len() as u32, 0];
    for op in ops {
        let (code, detail, matrices): (_, _, &[Option<Matrix>]) = match *op {
            Op::Copy { from, to } => (COPY, 0, &[Some(from), Some(to)]),
            Op::Product { x, weights, bias, gelu, residual, out } => {
                (PRODUCT, u32::from(gelu), &[Some(x), Some(weights), Some(bias), Some(out), residual])
            }
            Op::LayerNorm { x, gain, shift, out } => {
                (LAYER_NORM, 0, &[Some(x), Some(gain), Some(shift), Some(out)])
            }
            Op::Attention { queries, keys, values, heads, out } => {
                (ATTENTION, heads, &[Some(queries), Some(keys), Some(values), Some(out)])
            }
        };
        words.extend([code | length(matrices.len()) << 16, detail]);
        for matrix in matrices {
            words.extend(
                matrix.map_or([0; MATRIX], |m| [m.buffer as u32, m.offset, m.rows, m.columns, m.stride]),
            );
        }
    }
    words[3] = words.len() as u32;
    words
}

/// Words of an operation with so many matrices.
const fn length(matrices: usize) -> u32 {
    (2 + MATRIX * matrices) as u32
}

/// The operations of a list. Their shapes and places are not looked at: [`Op::check`] does that.
///
/// # Errors
/// [`ListError`]: anything but a list that [`encode`] makes.
pub fn decode(words: &[u32]) -> Result<Vec<Op>, ListError> {
    let given = words.len();
    let Some((&[magic, version, count, all], _)) = words.split_first_chunk::<HEADER>() else {
        return Err(ListError::Length { expected: HEADER, given });
    };
    if magic != MAGIC {
        return Err(ListError::Magic(magic));
    }
    if version != VERSION {
        return Err(ListError::Version(version));
    }
    if all as usize != given {
        return Err(ListError::Length { expected: all as usize, given });
    }
    let mut reader = Reader { words, at: HEADER };
    let mut ops = Vec::new();
    for _ in 0..count {
        ops.push(reader.op()?);
    }
    if reader.at == given { Ok(ops) } else { Err(ListError::Length { expected: reader.at, given }) }
}

struct Reader<'a> {
    words: &'a [u32],
    at: usize,
}

impl Reader<'_> {
    fn word(&mut self) -> Result<u32, ListError> {
        let missing = ListError::Length { expected: self.at + 1, given: self.words.len() };
        let word = *self.words.get(self.at).ok_or(missing)?;
        self.at += 1;
        Ok(word)
    }

    /// The word that was read last means nothing.
    fn wrong(&self, value: u32) -> ListError {
        ListError::Word { at: self.at - 1, value }
    }

    /// A word that must be below `end`.
    fn below(&mut self, end: u32) -> Result<u32, ListError> {
        let value = self.word()?;
        if value < end { Ok(value) } else { Err(self.wrong(value)) }
    }

    fn matrix(&mut self) -> Result<Matrix, ListError> {
        let buffer = Buffer::ALL[self.below(Buffer::ALL.len() as u32)? as usize];
        let (offset, rows) = (self.word()?, self.word()?);
        Ok(Matrix { buffer, offset, rows, columns: self.word()?, stride: self.word()? })
    }

    /// A matrix, or zeros for none.
    fn residual(&mut self) -> Result<Option<Matrix>, ListError> {
        let rest = self.words.get(self.at..).unwrap_or_default();
        if rest.first_chunk::<MATRIX>() == Some(&[0; MATRIX]) {
            self.at += MATRIX;
            return Ok(None);
        }
        self.matrix().map(Some)
    }

    fn op(&mut self) -> Result<Op, ListError> {
        const HEADS: [u32; 4] = [
            COPY | length(2) << 16,
            PRODUCT | length(5) << 16,
            LAYER_NORM | length(4) << 16,
            ATTENTION | length(4) << 16,
        ];
        let head = self.word()?;
        if !HEADS.contains(&head) {
            return Err(self.wrong(head));
        }
        Ok(match head & 0xffff {
            COPY => {
                self.below(1)?;
                Op::Copy { from: self.matrix()?, to: self.matrix()? }
            }
            PRODUCT => {
                let gelu = self.below(2)? == 1;
                let (x, weights, bias, out) =
                    (self.matrix()?, self.matrix()?, self.matrix()?, self.matrix()?);
                Op::Product { x, weights, bias, gelu, residual: self.residual()?, out }
            }
            LAYER_NORM => {
                self.below(1)?;
                let (x, gain, shift) = (self.matrix()?, self.matrix()?, self.matrix()?);
                Op::LayerNorm { x, gain, shift, out: self.matrix()? }
            }
            _ => {
                let heads = self.word()?;
                let (queries, keys, values) = (self.matrix()?, self.matrix()?, self.matrix()?);
                Op::Attention { queries, keys, values, heads, out: self.matrix()? }
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::super::samples::samples;
    use super::*;

    #[test]
    fn what_is_encoded_decodes_to_the_same() {
        assert_eq!(decode(&encode(&[])), Ok(Vec::new()));
        let words = encode(&samples());
        assert_eq!(decode(&words).as_deref(), Ok(&samples()[..]));
        assert_eq!(words.len(), HEADER + 12 + 27 + 27 + 22 + 22, "the table's lengths");
    }

    #[test]
    fn each_fault_has_its_error() {
        let words = encode(&samples());
        let with = |at: usize, value| {
            let mut words = words.clone();
            words[at] = value;
            decode(&words)
        };
        let given = words.len();
        assert_eq!(decode(&words[..3]), Err(ListError::Length { expected: 4, given: 3 }));
        assert_eq!(with(0, 0x0603_0100), Err(ListError::Magic(0x0603_0100)), "an instruction stream");
        assert_eq!(with(1, 2), Err(ListError::Version(2)));
        assert_eq!(with(2, 4), Err(ListError::Length { expected: given - 22, given }), "words left over");
        assert_eq!(with(2, 6), Err(ListError::Length { expected: given + 1, given }), "words missing");
        assert_eq!(with(2, u32::MAX), Err(ListError::Length { expected: given + 1, given }));
        assert_eq!(with(3, 7), Err(ListError::Length { expected: 7, given }));
        assert_eq!(with(4, 5), Err(ListError::Word { at: 4, value: 5 }), "no such operation");
        assert_eq!(with(5, 1), Err(ListError::Word { at: 5, value: 1 }));
        assert_eq!(with(6, 5), Err(ListError::Word { at: 6, value: 5 }), "no such buffer");
    }

    /// Damaged lists are refused, or are other lists; nothing crashes and nothing large is allocated.
    #[test]
    fn no_damage_confuses_the_decoder() {
        let words = encode(&samples());
        let look = |damaged: &[u32]| {
            if let Ok(ops) = decode(damaged) {
                assert_eq!(encode(&ops), damaged, "two ways to write one list");
                for op in &ops {
                    let _ = op.check(&[1000; 5]);
                }
            }
        };
        for end in 0..words.len() {
            look(&words[..end]);
        }
        for at in 0..words.len() {
            let flips = (0..32).map(|bit| words[at] ^ 1 << bit);
            for value in flips.chain([0, 1, u32::MAX, u32::MAX / 2, 0x8000_0000]) {
                let mut damaged = words.clone();
                damaged[at] = value;
                look(&damaged);
            }
            let mut shorter = words.clone();
            shorter.remove(at);
            look(&shorter);
            let longer = [&words[..at], &words[at..=at], &words[at..]].concat();
            look(&longer);
        }
        let mut state = 1u64;
        for _ in 0..20_000 {
            let mut damaged = words.clone();
            for _ in 0..3 {
                state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                let at = (state >> 33) as usize % damaged.len();
                damaged[at] = (state >> 13) as u32 >> ((state >> 58) & 31);
            }
            look(&damaged);
        }
    }
}
