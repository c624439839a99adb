//! bfloat16, as cores round to it.

/// To the nearest bfloat16, or cut off; NaN stays NaN.
#[inline(always)]
pub(super) fn round<const CUT_OFF: bool>(value: f32) -> f32 {
    let bits = value.to_bits();
    let up = if CUT_OFF { bits } else { bits.wrapping_add(0x7fff + (bits >> 16 & 1)) };
    let bits = if value.is_nan() { bits | 0x40_0000 } else { up };
    f32::from_bits(bits & 0xffff_0000)
}

/// A float as a sum of two bfloat16, the larger first.
#[inline(always)]
pub(super) fn split<const CUT_OFF: bool>(value: f32) -> [f32; 2] {
    let first = round::<CUT_OFF>(value);
    [first, round::<CUT_OFF>(value - first)]
}

/// The float that these bytes are the upper half of.
#[inline(always)]
pub(super) fn widen(bytes: [u8; 2]) -> f32 {
    f32::from_bits(u32::from(u16::from_le_bytes(bytes)) << 16)
}

/// The upper half of a float that is a bfloat16.
#[inline(always)]
pub(super) fn narrow(value: f32) -> [u8; 2] {
    ((value.to_bits() >> 16) as u16).to_le_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rounds_to_even_or_cuts_off() {
        let of = f32::from_bits;
        for (value, nearest, cut_off) in [
            (0x3f80_8000, 0x3f80_0000, 0x3f80_0000),
            (0x3f81_8000, 0x3f82_0000, 0x3f81_0000),
            (0xbf80_8001, 0xbf81_0000, 0xbf80_0000),
            (0x7f7f_ffff, 0x7f80_0000, 0x7f7f_0000),
            (0x0000_ffff, 0x0001_0000, 0x0000_0000),
        ] {
            assert_eq!(round::<false>(of(value)).to_bits(), nearest, "{value:#x}");
            assert_eq!(round::<true>(of(value)).to_bits(), cut_off, "{value:#x}");
        }
        for poison in [0xffff_ffff, 0x7f80_0001, 0xffff_8000] {
            assert!(round::<false>(of(poison)).is_nan() && round::<true>(of(poison)).is_nan(), "{poison:#x}");
        }
    }
}
