//! Products that are too small to be packed.

use crate::isa::Isa;
use crate::kernels::{Left, PANEL, TILE_ROWS, Tile, tile_f32};

/// Rows of 64 values, as a right-hand side.
#[derive(Clone)]
#[repr(C, align(64))]
pub struct Rows64<const N: usize>(pub [[f32; PANEL]; N]);

/// `a · b`
pub fn multiply_small<const ROWS: usize, const INNER: usize>(
    isa: Isa,
    a: &[[f32; INNER]; ROWS],
    b: &Rows64<INNER>,
    out: &mut [[f32; PANEL]; ROWS],
) {
    let mut tile = Tile::<f32, TILE_ROWS>::new();
    for (a, out) in a.chunks(TILE_ROWS).zip(out.chunks_mut(TILE_ROWS)) {
        tile_f32(isa, Left::new(a.as_flattened(), INNER, a.len()), b.0.as_flattened(), INNER, &mut tile);
        out.copy_from_slice(&tile.0[..a.len()]);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_instruction_set_multiplies() {
        let value = |i: usize| (i * 7919 % 64) as f32 - 32.0;
        let a: [[f32; 5]; 8] = std::array::from_fn(|r| std::array::from_fn(|k| value(r * 5 + k)));
        let b = Rows64(std::array::from_fn(|k| std::array::from_fn(|c| value(k * 64 + c))));
        let right: [[f32; PANEL]; 8] =
            std::array::from_fn(|r| std::array::from_fn(|c| (0..5).map(|k| a[r][k] * b.0[k][c]).sum()));
        for isa in Isa::all() {
            let mut out = [[f32::NAN; PANEL]; 8];
            multiply_small(isa, &a, &b, &mut out);
            // Whole numbers: nothing is rounded.
            assert_eq!(out, right, "{isa}");
        }
    }
}
