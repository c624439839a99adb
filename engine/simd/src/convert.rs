//! Stored weights to f32: half floats, and ggml's blocks of 32 values (ggml's reference quantiser,
//! format version 2). `data` holds whole units, as many as `out` takes; what is left over stays.

#[cfg(target_arch = "x86_64")]
use crate::isa::Level;
use crate::isa::{Isa, dispatched};

/// Values of a block.
const BLOCK: usize = 32;
/// Where the exponents of f32 and of f16 begin, apart.
const REBIAS: u32 = (127 - 15) << 23;
/// The smallest normal f16, 2⁻¹⁴, as bits of an f32.
const SMALLEST_NORMAL: u32 = REBIAS + (1 << 23);

/// Little-endian f16, two bytes a value. Exact; NaN stays NaN.
pub fn f16_to_f32(isa: Isa, data: &[u8], out: &mut [f32]) {
    #[cfg(target_arch = "x86_64")]
    match isa.level() {
        Level::Portable => {}
        Level::Avx2 if is_x86_feature_detected!("f16c") => {
            // SAFETY: the CPU reports AVX2, and with it AVX, and F16C.
            return unsafe { x86::halves_f16c(data, out) };
        }
        Level::Avx2 => {}
        // SAFETY: an `Isa` above AVX2 exists only if the CPU has AVX-512.
        _ => return unsafe { x86::halves_avx512(data, out) },
    }
    let _ = isa;
    halves(data, out);
}

/// CPUs convert f16 themselves, which no plain loop is compiled to.
#[cfg(target_arch = "x86_64")]
mod x86 {
    use std::arch::x86_64::{
        _mm_loadu_si128, _mm256_cvtph_ps, _mm256_loadu_si256, _mm256_storeu_ps, _mm512_cvtph_ps,
        _mm512_storeu_ps,
    };

    #[target_feature(enable = "avx512f")]
    pub(super) fn halves_avx512(data: &[u8], out: &mut [f32]) {
        let done = out.len().min(data.len() / 2) / 16 * 16;
        super::halves(&data[2 * done..], &mut out[done..]);
        for (data, out) in data.as_chunks::<32>().0.iter().zip(out.as_chunks_mut::<16>().0) {
            // SAFETY: the arrays are as long as what is loaded and stored, which need not be aligned.
            unsafe {
                let halves = _mm256_loadu_si256(data.as_ptr().cast());
                _mm512_storeu_ps(out.as_mut_ptr(), _mm512_cvtph_ps(halves));
            }
        }
    }

    #[target_feature(enable = "avx,f16c")]
    pub(super) fn halves_f16c(data: &[u8], out: &mut [f32]) {
        let done = out.len().min(data.len() / 2) / 8 * 8;
        super::halves(&data[2 * done..], &mut out[done..]);
        for (data, out) in data.as_chunks::<16>().0.iter().zip(out.as_chunks_mut::<8>().0) {
            // SAFETY: the arrays are as long as what is loaded and stored, which need not be aligned.
            unsafe {
                let halves = _mm_loadu_si128(data.as_ptr().cast());
                _mm256_storeu_ps(out.as_mut_ptr(), _mm256_cvtph_ps(halves));
            }
        }
    }
}
dispatched! {
    /// Little-endian bf16, two bytes a value. Exact.
    pub fn bf16_to_f32(data: &[u8], out: &mut [f32]) = upper_halves
}
dispatched! {
    /// Little-endian f32.
    pub fn le_to_f32(data: &[u8], out: &mut [f32]) = whole
}
dispatched! {
    /// q4_0: an f16 scale, then 4 bits a value from -8; 18 bytes a block.
    pub fn q4_0_to_f32(data: &[u8], out: &mut [f32]) = q4_0
}
dispatched! {
    /// q4_1: an f16 scale and an f16 minimum, then 4 bits a value; 20 bytes a block.
    pub fn q4_1_to_f32(data: &[u8], out: &mut [f32]) = q4_1
}
dispatched! {
    /// q5_0: an f16 scale, the fifth bits, then the lower 4 bits of values from -16; 22 bytes a block.
    pub fn q5_0_to_f32(data: &[u8], out: &mut [f32]) = q5_0
}
dispatched! {
    /// q5_1: an f16 scale, an f16 minimum, the fifth bits, then the lower 4 bits; 24 bytes a block.
    pub fn q5_1_to_f32(data: &[u8], out: &mut [f32]) = q5_1
}
dispatched! {
    /// q8_0: an f16 scale, then 8 signed bits a value; 34 bytes a block.
    pub fn q8_0_to_f32(data: &[u8], out: &mut [f32]) = q8_0
}
dispatched! {
    /// Whether no value is infinite or NaN.
    pub fn all_finite(values: &[f32]) -> bool = finite
}

#[inline(always)]
fn finite(values: &[f32]) -> bool {
    const EXPONENT: u32 = 0x7f80_0000;
    values.iter().fold(0, |found, v| found | u32::from(v.to_bits() & EXPONENT == EXPONENT)) == 0
}

/// An f16 without branches, so that loops over many become vectors. Subnormals are made by a
/// subtraction, because multiplying them takes CPUs a hundred cycles.
#[inline(always)]
fn half(bits: u16) -> f32 {
    const EXPONENT: u32 = 0x1f << 23;
    let magnitude = u32::from(bits & 0x7fff) << 13;
    let normal = magnitude + REBIAS;
    let subnormal = f32::from_bits(magnitude + SMALLEST_NORMAL) - f32::from_bits(SMALLEST_NORMAL);
    let value = match magnitude & EXPONENT {
        0 => subnormal.to_bits(),
        EXPONENT => normal + REBIAS,
        _ => normal,
    };
    f32::from_bits(value | u32::from(bits & 0x8000) << 16)
}

#[inline(always)]
fn halves(data: &[u8], out: &mut [f32]) {
    for (value, two) in out.iter_mut().zip(data.as_chunks::<2>().0) {
        *value = half(u16::from_le_bytes(*two));
    }
}

#[inline(always)]
fn upper_halves(data: &[u8], out: &mut [f32]) {
    for (value, two) in out.iter_mut().zip(data.as_chunks::<2>().0) {
        *value = f32::from_bits(u32::from(u16::from_le_bytes(*two)) << 16);
    }
}

#[inline(always)]
fn whole(data: &[u8], out: &mut [f32]) {
    for (value, four) in out.iter_mut().zip(data.as_chunks::<4>().0) {
        *value = f32::from_le_bytes(*four);
    }
}

/// `BYTES` bytes of each block become 32 values.
#[inline(always)]
fn blocks<const BYTES: usize>(data: &[u8], out: &mut [f32], block: impl Fn(&[u8; BYTES], &mut [f32; BLOCK])) {
    for (data, out) in data.as_chunks::<BYTES>().0.iter().zip(out.as_chunks_mut::<BLOCK>().0) {
        block(data, out);
    }
}

#[inline(always)]
fn half_at<const BYTES: usize>(data: &[u8; BYTES], at: usize) -> f32 {
    half(u16::from_le_bytes([data[at], data[at + 1]]))
}

/// The values `f(q)` of 32 four-bit numbers from byte `at` on, to which come the bits of `high` as
/// fifth ones: the low halves of the 16 bytes come first, then the high ones.
#[inline(always)]
fn nibbles<const BYTES: usize>(
    data: &[u8; BYTES],
    at: usize,
    high: u32,
    out: &mut [f32; BLOCK],
    f: impl Fn(i32) -> f32,
) {
    let (first, second) = out.split_at_mut(BLOCK / 2);
    for (j, (a, b)) in first.iter_mut().zip(second).enumerate() {
        let byte = u32::from(data[at + j]);
        *a = f((byte & 15 | (high >> j & 1) << 4) as i32);
        *b = f((byte >> 4 | (high >> (j + BLOCK / 2) & 1) << 4) as i32);
    }
}

#[inline(always)]
fn fifth_bits<const BYTES: usize>(data: &[u8; BYTES], at: usize) -> u32 {
    u32::from_le_bytes([data[at], data[at + 1], data[at + 2], data[at + 3]])
}

#[inline(always)]
fn q4_0(data: &[u8], out: &mut [f32]) {
    blocks(data, out, |data: &[u8; 18], out| {
        let scale = half_at(data, 0);
        nibbles(data, 2, 0, out, |q| (q - 8) as f32 * scale);
    });
}

#[inline(always)]
fn q4_1(data: &[u8], out: &mut [f32]) {
    blocks(data, out, |data: &[u8; 20], out| {
        let (scale, minimum) = (half_at(data, 0), half_at(data, 2));
        nibbles(data, 4, 0, out, |q| q as f32 * scale + minimum);
    });
}

#[inline(always)]
fn q5_0(data: &[u8], out: &mut [f32]) {
    blocks(data, out, |data: &[u8; 22], out| {
        let scale = half_at(data, 0);
        nibbles(data, 6, fifth_bits(data, 2), out, |q| (q - 16) as f32 * scale);
    });
}

#[inline(always)]
fn q5_1(data: &[u8], out: &mut [f32]) {
    blocks(data, out, |data: &[u8; 24], out| {
        let (scale, minimum) = (half_at(data, 0), half_at(data, 2));
        nibbles(data, 8, fifth_bits(data, 4), out, |q| q as f32 * scale + minimum);
    });
}

#[inline(always)]
fn q8_0(data: &[u8], out: &mut [f32]) {
    blocks(data, out, |data: &[u8; 34], out| {
        let scale = half_at(data, 0);
        for (value, q) in out.iter_mut().zip(&data[2..]) {
            *value = f32::from(*q as i8) * scale;
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    /// IEEE 754 binary16 by its definition.
    fn defined(bits: u16) -> f64 {
        let (exponent, fraction) = (i32::from(bits >> 10 & 0x1f), f64::from(bits & 0x3ff));
        let sign = if bits >> 15 == 0 { 1.0 } else { -1.0 };
        sign * match exponent {
            0 => fraction * 2f64.powi(-24),
            31 if fraction == 0.0 => f64::INFINITY,
            31 => f64::NAN,
            _ => (1.0 + fraction / 1024.0) * 2f64.powi(exponent - 15),
        }
    }

    #[test]
    fn every_half_is_what_the_standard_says() {
        let data: Vec<u8> = (0..=u16::MAX).flat_map(u16::to_le_bytes).collect();
        let mut out = vec![0.0; 1 << 16];
        f16_to_f32(Isa::best(), &data, &mut out);
        for (bits, value) in (0..=u16::MAX).zip(out) {
            let expected = defined(bits);
            let same = f64::from(value).to_bits() == expected.to_bits();
            assert!(
                same || value.is_nan() && expected.is_nan(),
                "{bits:#06x}: {value} instead of {expected}"
            );
        }
    }

    #[test]
    fn every_instruction_set_gives_the_same_bits() {
        type Convert = fn(Isa, &[u8], &mut [f32]);
        type Plain = fn(&[u8], &mut [f32]);
        let all: [(Convert, Plain); 8] = [
            (f16_to_f32, halves),
            (bf16_to_f32, upper_halves),
            (le_to_f32, whole),
            (q4_0_to_f32, q4_0),
            (q4_1_to_f32, q4_1),
            (q5_0_to_f32, q5_0),
            (q5_1_to_f32, q5_1),
            (q8_0_to_f32, q8_0),
        ];
        let data: Vec<u8> =
            (0..5000u32).map(|i| (i.wrapping_mul(2_654_435_761) >> 13) as u8 & 0xbf).collect();
        for (k, (best, plain)) in all.into_iter().enumerate() {
            // Lengths of the output that end within a vector, and a guard behind it.
            for length in [0, 7, 32, 41, 96, 1024 + 32] {
                let mut expected = vec![7.0; length + 1];
                plain(&data, &mut expected[..length]);
                let bits = |values: &[f32]| values.iter().map(|v| v.to_bits()).collect::<Vec<_>>();
                for isa in Isa::all() {
                    let mut ours = vec![7.0; length + 1];
                    best(isa, &data, &mut ours[..length]);
                    assert_eq!(bits(&ours), bits(&expected), "conversion {k}, {length} values, {isa}");
                }
            }
        }
    }

    #[cfg(target_arch = "x86_64")]
    #[test]
    fn halves_are_the_same_without_avx512() {
        if !is_x86_feature_detected!("avx2") || !is_x86_feature_detected!("f16c") {
            println!("skipped: this CPU has no F16C");
            return;
        }
        let data: Vec<u8> =
            (0..=u16::MAX).filter(|bits| bits & 0x7c00 != 0x7c00).flat_map(u16::to_le_bytes).collect();
        for length in [0, 7, 8, 41, data.len() / 2] {
            let (mut ours, mut expected) = (vec![7.0; length], vec![7.0; length]);
            // SAFETY: the CPU reports AVX2, and with it AVX, and F16C.
            unsafe { x86::halves_f16c(&data, &mut ours) };
            halves(&data, &mut expected);
            assert!(ours.iter().zip(&expected).all(|(a, b)| a.to_bits() == b.to_bits()), "{length} values");
        }
    }

    #[test]
    fn one_value_that_is_not_finite_is_found_anywhere() {
        for length in [0, 1, 15, 16, 33, 100] {
            let mut values = vec![f32::MAX; length];
            assert!(all_finite(Isa::best(), &values));
            for at in 0..length {
                for wrong in [f32::NAN, f32::INFINITY, f32::NEG_INFINITY, -f32::NAN] {
                    values[at] = wrong;
                    assert!(!all_finite(Isa::best(), &values), "{wrong} as value {at} of {length}");
                }
                values[at] = f32::MIN;
            }
        }
    }
}
