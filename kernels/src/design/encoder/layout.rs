//! Where everything lies, in words.

use super::job::Tokens;
use super::pieces::{Piece, Recipe};
use crate::design::resident::TOKEN;
use crate::design::tiles::{BLOCK_ROWS, SIDE, Tiled};
use crate::op::Buffer;
use crate::plan::{Shape, TAPS};

/// Bytes of the buffer that is not used.
pub(super) const SPARE: usize = 64;
/// Terms of a bias that comes with columns of A.
pub(super) const BIAS_TERMS: usize = 3;

/// Sizes that all of a program has in common, in tiles and blocks of rows.
#[derive(Clone, Copy, Debug)]
pub(super) struct Sizes {
    /// Columns of the design.
    pub(super) columns: u32,
    /// Blocks of rows of a clip, and of all.
    pub(super) clip: u32,
    pub(super) rows: u32,
    /// Tiles of a row of mel frames with their neighbours, of states, and of the MLP's hidden values.
    pub(super) mels: u32,
    pub(super) state: u32,
    pub(super) hidden: u32,
}

impl Sizes {
    pub(super) fn new(shape: &Shape, columns: u8, clips: usize) -> Self {
        let clip = shape.positions.div_ceil(BLOCK_ROWS) as u32;
        let state = (shape.state / SIDE) as u32;
        Self {
            columns: columns.into(),
            clip,
            rows: clip * clips as u32,
            mels: (TAPS * shape.mels + BIAS_TERMS).div_ceil(SIDE) as u32,
            state,
            hidden: 4 * state,
        }
    }

    /// Tiles that each column makes of a row of so many, and what all of them make.
    pub(super) fn outs(&self, tiles: u32) -> u32 {
        tiles.div_ceil(self.columns)
    }

    pub(super) fn padded(&self, tiles: u32) -> u32 {
        self.outs(tiles) * self.columns
    }
}

/// Where activations lie.
pub(super) struct Activations {
    /// Rows of mel frames with their neighbours, three times: see [`super::convey`].
    pub(super) input: Tiled,
    /// What the first convolution makes of each of these, side by side.
    pub(super) frames: Tiled,
    /// States, which are read from one and written to the other in turn.
    pub(super) states: [Tiled; 2],
    pub(super) queries: Tiled,
    pub(super) kv: Tokens,
    /// What attention gives.
    pub(super) heads: Tiled,
    pub(super) hidden: Tiled,
    pub(super) output: Tiled,
    /// Words.
    pub(super) scratch: u32,
}

impl Activations {
    pub(super) fn new(sizes: &Sizes) -> Self {
        let Sizes { rows, .. } = *sizes;
        let (state, hidden) = (sizes.padded(sizes.state), sizes.padded(sizes.hidden));
        let (buffer, mut free) = (Buffer::Scratch, 0);
        let mut place = |columns: u32| {
            let m = Tiled { buffer, offset: free, rows, columns };
            free += m.words();
            m
        };
        let states = [place(state), place(state)];
        // Frames, what attention needs, and hidden values are never there at once.
        let (queries, heads, kv) = (place(state), place(state), place(2 * state));
        let from = |columns| Tiled { columns, ..queries };
        let (frames, hidden) = (from(TAPS as u32 * state), from(hidden));
        let end = |m: &Tiled| m.offset + m.words();
        let scratch = end(&kv).max(end(&frames)).max(end(&hidden));
        let other = |buffer, rows, columns| Tiled { buffer, offset: 0, rows, columns };
        Self {
            input: other(Buffer::Input, TAPS as u32 * rows, sizes.mels),
            frames,
            states,
            queries,
            kv: Tokens::new(kv.offset, state, rows),
            heads,
            hidden,
            output: other(Buffer::Output, rows, state),
            scratch,
        }
    }
}

/// The buffer of weights while it is laid out.
#[derive(Default)]
pub(super) struct Weights {
    pub(super) words: u32,
    pub(super) pieces: Vec<Piece>,
}

impl Weights {
    /// For a product from `depth` tiles to `tiles`: the first word, and how many a column has.
    pub(super) fn product(
        &mut self,
        sizes: &Sizes,
        recipe: Recipe,
        [depth, tiles]: [u32; 2],
        residual: bool,
    ) -> (u32, u32) {
        let (columns, outs) = (sizes.columns, sizes.outs(tiles));
        let each = outs * (depth + 1 + u32::from(residual)) * TOKEN;
        let offset = self.words;
        self.pieces.push(Piece { offset, columns, outs, depth, residual, recipe });
        self.words += columns * each;
        (offset, each)
    }

    /// A table with a row per position of a clip.
    pub(super) fn table(&mut self, sizes: &Sizes, tensor: &str) -> Tiled {
        let columns = sizes.padded(sizes.state);
        let offset = self.words;
        let m = Tiled { buffer: Buffer::Weights, offset, rows: sizes.clip, columns };
        let recipe = Recipe::Table { tensor: tensor.into(), place: m };
        self.pieces.push(Piece { offset, columns: 0, outs: 0, depth: 0, residual: false, recipe });
        self.words += m.words();
        m
    }
}
