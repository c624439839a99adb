//! What a core is told to do: the eight words that it reads before it begins.

/// Bits of [`Command::mode`], those of `kernels/cc/tile.h`.
pub mod mode {
    /// Sums over the rows of A are made for LayerNorm, with the first tile of a row of tiles.
    pub const STATISTICS: u32 = 1;
    /// The product is that of normalised rows.
    pub const NORMALISE: u32 = 2;
    /// GELU behind the bias.
    pub const GELU: u32 = 4;
    /// What goes out are keys, in the order in which attention takes them.
    pub const KEYS: u32 = 8;
    /// The tile is one of attention, not of a product.
    pub const ATTENTION: u32 = 16;
    /// bfloat16 are cut off instead of rounded.
    pub const CUT_OFF: u32 = 32;
    /// What goes out are values, in the order in which attention takes them.
    pub const VALUES: u32 = 64;
}

/// One operation for all cores: `rows` times `outs` tiles that go out, each from so many tiles that come in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Command {
    /// What is done with them.
    pub mode: u32,
    /// Rows of tiles that each core makes.
    pub rows: u32,
    /// Tiles in each of them.
    pub outs: u32,
    /// First: tiles of A alone, of which a core keeps the one with its column's number.
    pub a: u32,
    /// Then: tiles of A with tiles of B.
    pub ab: u32,
    /// Then: tiles of B alone.
    pub b: u32,
    /// Then: tiles of A again, of which a core multiplies the one with its column's number with a tile of B, and makes no
    /// statistics.
    pub residual: u32,
    /// Keys that attention looks at.
    pub keys: u32,
}

impl Command {
    /// Words of a command.
    pub const WORDS: usize = 8;

    /// As they lie in a core's memory.
    pub const fn words(&self) -> [u32; Self::WORDS] {
        [self.mode, self.rows, self.outs, self.a, self.ab, self.b, self.residual, self.keys]
    }

    /// Tiles that go out of a core.
    pub const fn tiles_out(&self) -> u64 {
        self.rows as u64 * self.outs as u64
    }

    /// Tiles of A that come into a core.
    pub const fn tiles_of_a(&self) -> u64 {
        self.tiles_out() * (self.a as u64 + self.ab as u64 + self.residual as u64)
    }

    /// Tiles of B that come into a core.
    pub const fn tiles_of_b(&self) -> u64 {
        self.tiles_out() * (self.b as u64 + self.ab as u64 + if self.residual > 0 { 1 } else { 0 })
    }
}
