//! Matrix products.

use crate::isa::dispatched;
use crate::matrix::{Matrix, MatrixMut};
use gemm::Parallelism;
use rayon::prelude::*;

/// `out = alpha · a · b`, on `threads` threads of the current rayon pool.
///
/// # Panics
/// If the shapes do not fit each other.
pub fn multiply(out: MatrixMut<'_>, a: Matrix<'_>, b: Matrix<'_>, alpha: f32, threads: usize) {
    assert_eq!((out.rows, out.columns, a.columns), (a.rows, b.columns, b.rows), "shapes of a product");
    let parallelism = if threads > 1 { Parallelism::Rayon(threads) } else { Parallelism::None };
    let (m, n, k) = (out.rows, out.columns, a.columns);
    // SAFETY: the constructors of the three views have checked that every element they name lies
    // inside their slice, and the shapes agree (asserted above); `out` is borrowed exclusively.
    unsafe {
        gemm::gemm(
            m,
            n,
            k,
            out.data.as_mut_ptr(),
            1,
            out.row_stride as isize,
            false,
            a.data.as_ptr(),
            a.column_stride as isize,
            a.row_stride as isize,
            b.data.as_ptr(),
            b.column_stride as isize,
            b.row_stride as isize,
            0.0,
            alpha,
            false,
            false,
            false,
            parallelism,
        );
    }
}

/// Rows of weights that one task takes.
const ROWS_PER_TASK: usize = 256;
/// Below this many products a task is not worth handing to another thread.
const SERIAL: usize = 1 << 17;

/// `out[i, o] = weight[o] · x[i]` for a few rows `x` (`[rows, inp]`, `weight` `[outputs, inp]`):
/// the shape of a decoder's step, where memory bandwidth counts. Each weight is read once for all
/// rows, and an element's sum never depends on how many rows there are.
///
/// # Panics
/// If the slices do not have the shapes named.
pub fn project_rows(out: &mut [f32], x: &[f32], weight: &[f32], inp: usize) {
    let (rows, outputs) = (x.len() / inp, weight.len() / inp);
    assert_eq!((x.len(), weight.len(), out.len()), (rows * inp, outputs * inp, rows * outputs));
    let serial = rows * weight.len() < SERIAL;
    if rows == 1 {
        let task = |(out, weight): (&mut [f32], &[f32])| {
            for (y, w) in out.iter_mut().zip(weight.chunks_exact(inp)) {
                *y = dot(w, x);
            }
        };
        if serial {
            task((out, weight));
        } else {
            out.par_chunks_mut(ROWS_PER_TASK).zip(weight.par_chunks(ROWS_PER_TASK * inp)).for_each(task);
        }
        return;
    }
    // Computed output-major, so that a task owns what it writes, and turned round at the end.
    let mut turned = vec![0.0; out.len()];
    let task = |(out, weight): (&mut [f32], &[f32])| {
        for (y, w) in out.chunks_exact_mut(rows).zip(weight.chunks_exact(inp)) {
            for (y, x) in y.iter_mut().zip(x.chunks_exact(inp)) {
                *y = dot(w, x);
            }
        }
    };
    if serial {
        task((&mut turned, weight));
    } else {
        turned
            .par_chunks_mut(ROWS_PER_TASK * rows)
            .zip(weight.par_chunks(ROWS_PER_TASK * inp))
            .for_each(task);
    }
    for (o, values) in turned.chunks_exact(rows).enumerate() {
        for (row, value) in values.iter().enumerate() {
            out[row * outputs + o] = *value;
        }
    }
}

const LANES: usize = 64;

#[inline(always)]
fn dot_body<const FMA: bool>(a: &[f32], b: &[f32]) -> f32 {
    let mut lanes = [0.0f32; LANES];
    let (a_blocks, b_blocks) = (a.chunks_exact(LANES), b.chunks_exact(LANES));
    let tail: f32 = a_blocks.remainder().iter().zip(b_blocks.remainder()).map(|(a, b)| a * b).sum();
    for (a, b) in a_blocks.zip(b_blocks) {
        for ((lane, a), b) in lanes.iter_mut().zip(a).zip(b) {
            *lane += a * b;
        }
    }
    let mut width = LANES / 2;
    while width > 0 {
        for i in 0..width {
            lanes[i] += lanes[i + width];
        }
        width /= 2;
    }
    lanes[0] + tail
}

dispatched! { fn dot_run(a: &[f32], b: &[f32]) -> f32 = dot_body<FMA> }

/// Inner product over the shorter length.
pub fn dot(a: &[f32], b: &[f32]) -> f32 {
    dot_run(crate::isa::Isa::best(), a, b)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn values(n: usize, seed: u32) -> Vec<f32> {
        let mut s = seed;
        (0..n)
            .map(|_| {
                s = s.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                (s >> 8) as f32 / (1 << 23) as f32 - 1.0
            })
            .collect()
    }

    fn reference(a: &[f32], b: &[f32], m: usize, n: usize, k: usize) -> Vec<f64> {
        (0..m * n)
            .map(|i| (0..k).map(|j| f64::from(a[i / n * k + j]) * f64::from(b[i % n * k + j])).sum())
            .collect()
    }

    #[test]
    fn products_agree_with_f64_on_awkward_sizes() {
        for (m, n, k) in [(1, 1, 1), (1, 7, 63), (2, 3, 64), (7, 65, 65), (16, 33, 192), (129, 64, 130)] {
            let (a, b) = (values(m * k, 1), values(n * k, 2));
            let expected = reference(&a, &b, m, n, k);
            let bound = 1e-6 * (k as f64).sqrt() + 1e-6;
            let mut padded = vec![f32::NAN; m * (n + 3)];
            let view = MatrixMut::strided(&mut padded, m, n, n + 3);
            multiply(view, Matrix::new(&a, m, k), Matrix::new(&b, n, k).transposed(), 1.0, 2);
            let mut rows = vec![f32::NAN; m * n];
            project_rows(&mut rows, &a, &b, k);
            for i in 0..m * n {
                let got = padded[i / n * (n + 3) + i % n];
                assert!(
                    (f64::from(got) - expected[i]).abs() < bound,
                    "multiply {m} {n} {k}: {got} {}",
                    expected[i]
                );
                assert!((f64::from(rows[i]) - expected[i]).abs() < bound, "project_rows {m} {n} {k}");
            }
            assert!((0..m).all(|r| padded[r * (n + 3) + n..(r + 1) * (n + 3)].iter().all(|v| v.is_nan())));
        }
    }

    #[test]
    fn a_row_does_not_depend_on_its_company() {
        let (inp, outputs) = (192, 700);
        let (x, w) = (values(8 * inp, 3), values(outputs * inp, 4));
        let mut together = vec![0.0; 8 * outputs];
        project_rows(&mut together, &x, &w, inp);
        for row in 0..8 {
            let mut alone = vec![0.0; outputs];
            project_rows(&mut alone, &x[row * inp..][..inp], &w, inp);
            assert_eq!(alone, together[row * outputs..][..outputs]);
        }
    }

    #[test]
    fn every_instruction_set_gives_the_same_bits() {
        for n in [0, 1, 63, 64, 65, 127, 384, 1500] {
            let (a, b) = (values(n, 5), values(n, 6));
            assert_eq!(dot(&a, &b).to_bits(), dot_body::<false>(&a, &b).to_bits());
        }
    }

    #[test]
    #[should_panic(expected = "does not fit")]
    fn a_view_outside_its_slice_is_refused() {
        Matrix::strided(&[0.0; 10], 2, 4, 8);
    }
}
