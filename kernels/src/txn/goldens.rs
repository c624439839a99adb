//! Streams that a public compiler made, described here and made again. Their files are not here, only their hashes.

use super::check::TrafficError;
use super::dialect::Dialect;
use super::instruction::Stream;
use super::register::{Channel, Direction};
use super::traffic::{Device, Dim, Done, Pattern, Step, Traffic, Transfer, Wait};

/// A public stream.
#[derive(Clone, Copy, Debug)]
pub struct Golden {
    /// Its name.
    pub name: &'static str,
    /// Who published it: repository, commit, file.
    pub source: &'static str,
    /// Its words.
    pub words: usize,
    /// SHA-256 of the words' little-endian bytes.
    pub sha256: &'static str,
    describe: fn() -> (Traffic, Dialect),
}

impl Golden {
    /// The stream, made from its description.
    ///
    /// # Errors
    /// None, as long as the tests pass.
    pub fn stream(&self) -> Result<Stream, TrafficError> {
        let (traffic, dialect) = self.traffic();
        traffic.emit(&dialect)
    }

    /// What the stream moves, and the generation of the compiler.
    pub fn traffic(&self) -> (Traffic, Dialect) {
        (self.describe)()
    }
}

/// The streams.
pub const GOLDENS: [Golden; 3] = [
    Golden {
        name: "rows",
        source: "Unicorn-Commander/Unicorn-Amanuensis 6eb47b8, build_attention_iron/insts.txt",
        words: 288,
        sha256: "00d831baf779c9f4dd71c0d34761d37ef899cdffb1f2feecd8a879d04ddad7bb",
        describe: || (rows(4, 12288 / 4, 4096 / 4), Dialect::THIRD),
    },
    Golden {
        name: "product-1",
        source: "Xilinx/mlir-aie 74f36eb38e, single_core/build/insts_256x256x256_32x32x32.txt",
        words: 436,
        sha256: "f75bc584be84c369b0ec03740715b17047da92f503e9fbf792e0cffe1d8e905a",
        describe: || (SMALL.traffic(), Dialect::SECOND),
    },
    Golden {
        name: "product-2",
        source: "Xilinx/mlir-aie 4fe0c68ba0, whole_array/build/insts_640x896x768_16x32x48_2c.txt",
        words: 1084,
        sha256: "1fe9e4e5752d6d8919d490330d9dd89b16b5e340f1c9d76124e336494a05f8ec",
        describe: || (LARGE.traffic(), Dialect::FIRST),
    },
];

const INPUT: Channel = Channel { direction: Direction::FromMemory, number: 0 };
const SECOND_INPUT: Channel = Channel { direction: Direction::FromMemory, number: 1 };
const OUTPUT: Channel = Channel { direction: Direction::ToMemory, number: 0 };

/// Every column takes one buffer and gives another, and is waited for before the next begins.
fn rows(columns: u8, input: u32, output: u32) -> Traffic {
    let mut steps = Vec::new();
    for column in 0..columns {
        let transfer = |channel, descriptor, argument, words| Transfer {
            column,
            channel,
            descriptor,
            argument,
            offset: 0,
            pattern: Pattern::row(words),
            token: channel == OUTPUT,
        };
        steps.push(Step::Transfer(transfer(INPUT, 0, column, input)));
        steps.push(Step::Transfer(transfer(OUTPUT, 1, columns + column, output)));
        let proves = vec![Done { column, channel: INPUT, tasks: 1 }];
        steps.push(Step::Wait(Wait { column, channel: OUTPUT, proves }));
    }
    let lengths = [input, output].map(|words| vec![words; columns.into()]);
    Traffic { device: Device::npu1(columns), arguments: lengths.concat(), steps }
}

const SMALL: TiledProduct =
    TiledProduct { shape: [256, 256, 256], tile: [32, 32, 32], cores: [1, 1], input_bytes: 1 };
const LARGE: TiledProduct =
    TiledProduct { shape: [640, 896, 768], tile: [16, 32, 48], cores: [4, 2], input_bytes: 2 };

/// `C = A · B` on an array of cores: a row of cores has the same rows of `A`, a column the same columns of `B`, and each
/// column gives its columns of `C`, in 32 bits.
struct TiledProduct {
    /// Rows of `A`, its columns, columns of `B`.
    shape: [u32; 3],
    /// The same of what one core takes at a time.
    tile: [u32; 3],
    /// Rows and columns of cores.
    cores: [u32; 2],
    /// Bytes of a value of `A` and `B`.
    input_bytes: u32,
}

/// Rows of tiles that one task for `C` has. Two of these are under way at a time.
const BLOCK: u32 = 2;

impl TiledProduct {
    fn words(&self, values: u32) -> u32 {
        values * self.input_bytes / 4
    }

    fn traffic(&self) -> Traffic {
        let [m, k, n] = self.shape;
        let [core_rows, core_columns] = self.cores;
        let height = self.tile[0] * core_rows;
        let blocks = m / height / BLOCK;
        let mut steps = Vec::new();
        for block in 0..blocks {
            for column in 0..core_columns {
                steps.extend(self.block(block, column).into_iter().map(Step::Transfer));
            }
            if block > 0 {
                steps.extend(waits(core_columns));
            }
        }
        steps.extend(waits(core_columns));
        let arguments = vec![self.words(m * k), self.words(k * n), m * n];
        Traffic { device: Device::npu1(core_columns as u8), arguments, steps }
    }

    /// What one column does for a block: its part of `C`, and for each row of tiles its part of `A` and of `B`.
    fn block(&self, block: u32, column: u32) -> Vec<Transfer> {
        let [_, k, n] = self.shape;
        let [tile_m, tile_k, tile_n] = self.tile;
        let [core_rows, core_columns] = self.cores;
        let height = tile_m * core_rows;
        let (share, width) = (height / core_columns, tile_n * core_columns);
        let (across, deep) = (n / width, k / tile_k);
        let dim = |size, stride| Dim { size, stride };
        // Two blocks are under way, each with descriptors of its own.
        let first = (block % 2 * 8) as u8;
        let transfer = |channel, descriptor, argument, offset, pattern| Transfer {
            column: column as u8,
            channel,
            descriptor: first + descriptor,
            argument,
            offset,
            pattern,
            token: channel == OUTPUT,
        };
        let words = |values| self.words(values);
        let tiles = |width, rows, along, runs| Pattern { dims: [dim(width, 1), rows, along], runs };
        let c = tiles(tile_n, dim(height, n), dim(across, width), dim(BLOCK, height * n));
        // The same rows again for every tile across.
        let rows = dim(share, words(k));
        let a = tiles(words(tile_k), rows, dim(deep, words(tile_k)), dim(across, 0));
        let rows = dim(tile_k, words(n));
        let b = tiles(words(tile_n), rows, dim(deep, words(tile_k * n)), dim(across, words(width)));
        let row = block * BLOCK;
        let mut all = vec![transfer(OUTPUT, 0, 2, row * height * n + column * tile_n, c)];
        for half in 0..BLOCK {
            let top = (row + half) * height + column * share;
            let descriptor = 1 + 2 * half as u8;
            all.push(transfer(INPUT, descriptor, 0, words(top * k), a));
            all.push(transfer(SECOND_INPUT, descriptor + 1, 1, words(column * tile_n), b));
        }
        all
    }
}

/// Waits for a block of `C` in every column, for which all of its `A` and `B` had to be there.
fn waits(columns: u32) -> impl Iterator<Item = Step> {
    (0..columns as u8).map(|column| {
        let proves = [INPUT, SECOND_INPUT].map(|channel| Done { column, channel, tasks: BLOCK as u8 });
        Step::Wait(Wait { column, channel: OUTPUT, proves: proves.to_vec() })
    })
}
