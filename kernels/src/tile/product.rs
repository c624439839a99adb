//! A tile of a product is added to the sums, and what LayerNorm needs of A's rows.

use super::blocks::{COLUMNS, DEPTH, SIDE, Tile};
use super::core::{Core, equal, piece, to_bytes, to_floats};
use hark_simd::Work;

/// Adds a product, and of A the sums of its rows and of their squares, if it is there.
pub(super) struct Add<'a, 'm, const ROWS: usize> {
    pub(super) core: &'a mut Core<'m>,
    pub(super) product: &'a Tile,
    pub(super) a: Option<&'a Tile>,
}

impl<const ROWS: usize> Work for Add<'_, '_, ROWS> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        for (row, values) in self.product.iter().enumerate() {
            for (block, values) in values.as_chunks::<COLUMNS>().0.iter().enumerate() {
                let place = &mut self.core.sums[piece::<ROWS>(row, block)];
                let before = to_floats(place);
                *place = to_bytes(std::array::from_fn(|i| before[i] + values[i]));
            }
        }
        for (row, values) in self.a.into_iter().flatten().enumerate() {
            let (sum, squares) = sums(values);
            for (place, part) in [(&mut self.core.first[row], sum), (&mut self.core.second[row], squares)] {
                *place = equal(to_floats(place)[0] + part);
            }
        }
    }
}

/// Of values and of squares, in lanes first.
#[inline(always)]
fn sums(values: &[f32; SIDE]) -> (f32, f32) {
    let (mut sums, mut squares) = ([0.0; DEPTH], [0.0; DEPTH]);
    for block in values.as_chunks::<DEPTH>().0 {
        for (i, v) in block.iter().enumerate() {
            sums[i] += v;
            squares[i] += v * v;
        }
    }
    (sums.iter().sum(), squares.iter().sum())
}
