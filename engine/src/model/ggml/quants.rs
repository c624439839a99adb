//! ggml's tensor types and their blocks of 32 values (ggml's reference quantiser, format version 2).

use half::f16;

/// How a tensor's values are stored in a ggml file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(non_camel_case_types, reason = "the names are ggml's")]
pub enum GgmlType {
    /// 32-bit floating point.
    F32,
    /// 16-bit floating point.
    F16,
    /// 4 bits with a scale per 32 values.
    Q4_0,
    /// 4 bits with a scale and a minimum per 32 values.
    Q4_1,
    /// 5 bits with a scale per 32 values.
    Q5_0,
    /// 5 bits with a scale and a minimum per 32 values.
    Q5_1,
    /// 8 bits with a scale per 32 values.
    Q8_0,
}

/// Values per block of the quantised types.
pub(super) const BLOCK: usize = 32;

impl GgmlType {
    /// The type with this number in a file.
    ///
    /// # Errors
    /// Its name and a remedy if ggml has such a type and Hark does not read it.
    pub(super) fn from_id(id: i32) -> Result<Self, String> {
        Ok(match id {
            0 => Self::F32,
            1 => Self::F16,
            2 => Self::Q4_0,
            3 => Self::Q4_1,
            6 => Self::Q5_0,
            7 => Self::Q5_1,
            8 => Self::Q8_0,
            _ => {
                return Err(match foreign_type_name(id) {
                    Some(name) => format!("{name} is not supported; use a model in q5_0, q5_1, q8_0 or f16"),
                    None => format!("its type {id} is none of ggml's; the file is damaged, get it again"),
                });
            }
        })
    }

    /// The number of this type in a file.
    pub(super) fn id(self) -> i32 {
        match self {
            Self::F32 => 0,
            Self::F16 => 1,
            Self::Q4_0 => 2,
            Self::Q4_1 => 3,
            Self::Q5_0 => 6,
            Self::Q5_1 => 7,
            Self::Q8_0 => 8,
        }
    }

    /// The `ftype` in the header of a file whose matrices have this type.
    pub(super) fn file_type(self) -> i32 {
        const FORMAT_VERSION: i32 = 2;
        match self {
            Self::F32 => 0,
            Self::F16 => 1,
            Self::Q4_0 => FORMAT_VERSION * 1000 + 2,
            Self::Q4_1 => FORMAT_VERSION * 1000 + 3,
            Self::Q5_0 => FORMAT_VERSION * 1000 + 8,
            Self::Q5_1 => FORMAT_VERSION * 1000 + 9,
            Self::Q8_0 => FORMAT_VERSION * 1000 + 7,
        }
    }

    /// Whether values come in blocks of 32.
    pub(super) fn is_quantised(self) -> bool {
        !matches!(self, Self::F32 | Self::F16)
    }

    /// (values, bytes) of the smallest unit.
    fn unit(self) -> (usize, usize) {
        match self {
            Self::F32 => (1, 4),
            Self::F16 => (1, 2),
            Self::Q4_0 => (BLOCK, 18),
            Self::Q4_1 => (BLOCK, 20),
            Self::Q5_0 => (BLOCK, 22),
            Self::Q5_1 => (BLOCK, 24),
            Self::Q8_0 => (BLOCK, 34),
        }
    }

    /// Bytes of `count` values in rows of `row`; `None` if rows do not consist of whole blocks or the sum overflows.
    pub(super) fn bytes(self, count: usize, row: usize) -> Option<usize> {
        let (values, bytes) = self.unit();
        let whole = row.is_multiple_of(values) && count.is_multiple_of(values);
        if whole { (count / values).checked_mul(bytes) } else { None }
    }

    /// The values of `data`, which holds the whole units of as many values as `out` takes.
    pub(in crate::model) fn dequantise(self, data: &[u8], out: &mut [f32]) {
        match self {
            Self::F32 => hark_simd::le_to_f32(hark_simd::Isa::best(), data, out),
            Self::F16 => hark_simd::f16_to_f32(hark_simd::Isa::best(), data, out),
            Self::Q4_0 => hark_simd::q4_0_to_f32(hark_simd::Isa::best(), data, out),
            Self::Q4_1 => hark_simd::q4_1_to_f32(hark_simd::Isa::best(), data, out),
            Self::Q5_0 => hark_simd::q5_0_to_f32(hark_simd::Isa::best(), data, out),
            Self::Q5_1 => hark_simd::q5_1_to_f32(hark_simd::Isa::best(), data, out),
            Self::Q8_0 => hark_simd::q8_0_to_f32(hark_simd::Isa::best(), data, out),
        }
    }
}

/// Names of ggml's types that Whisper files may hold and Hark does not read.
fn foreign_type_name(id: i32) -> Option<&'static str> {
    Some(match id {
        4 | 5 => "q4_2/q4_3 (withdrawn by ggml)",
        9 => "q8_1",
        10 => "q2_K",
        11 => "q3_K",
        12 => "q4_K",
        13 => "q5_K",
        14 => "q6_K",
        15 => "q8_K",
        16 => "iq2_xxs",
        17 => "iq2_xs",
        18 => "iq3_xxs",
        19 => "iq1_s",
        20 => "iq4_nl",
        21 => "iq3_s",
        22 => "iq2_s",
        23 => "iq4_xs",
        24..=27 => "an integer type",
        28 => "f64",
        29 => "iq1_m",
        30 => "bf16",
        31..=33 => "q4_0 repacked for one kind of CPU",
        34 => "tq1_0",
        35 => "tq2_0",
        39 => "mxfp4",
        _ => return None,
    })
}

/// A block of q8_0 as ggml's reference quantiser makes it: the scale from the largest magnitude,
/// values rounded half away from zero.
pub(super) fn quantise_q8_0(values: &[f32; BLOCK]) -> [u8; 34] {
    let largest = values.iter().fold(0.0_f32, |m, v| m.max(v.abs()));
    let scale = largest / 127.0;
    let inverse = if scale == 0.0 { 0.0 } else { 1.0 / scale };
    let mut block = [0; 34];
    block[..2].copy_from_slice(&f16::from_f32(scale).to_le_bytes());
    for (byte, value) in block[2..].iter_mut().zip(values) {
        *byte = (value * inverse).round() as i8 as u8;
    }
    block
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde::Deserialize;
    use std::collections::BTreeMap;

    #[derive(Deserialize)]
    struct Golden {
        dequantise: BTreeMap<String, Blocks>,
        quantise_q8_0: Vec<Quantised>,
    }

    #[derive(Deserialize)]
    struct Blocks {
        blocks: String,
        values: String,
    }

    #[derive(Deserialize)]
    struct Quantised {
        values: String,
        block: String,
    }

    fn golden() -> Golden {
        serde_json::from_str(include_str!("../../../tests/data/quants.json")).unwrap()
    }

    fn unhex(text: &str) -> Vec<u8> {
        text.as_bytes()
            .chunks(2)
            .map(|pair| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap())
            .collect()
    }

    fn dequantised(kind: GgmlType, data: &[u8]) -> Vec<f32> {
        let (values, bytes) = kind.unit();
        let mut out = vec![0.0; data.len() / bytes * values];
        kind.dequantise(data, &mut out);
        out
    }

    #[test]
    fn blocks_dequantise_to_the_bits_of_the_gguf_package() {
        let golden = golden().dequantise;
        assert_eq!(golden.len(), 5);
        for kind in [GgmlType::Q4_0, GgmlType::Q4_1, GgmlType::Q5_0, GgmlType::Q5_1, GgmlType::Q8_0] {
            let case = &golden[&format!("{kind:?}")];
            let bits = |values: &[f32]| values.iter().map(|v| v.to_bits()).collect::<Vec<_>>();
            let expected = dequantised(GgmlType::F32, &unhex(&case.values));
            assert_eq!(expected.len(), 24 * BLOCK);
            assert_eq!(bits(&dequantised(kind, &unhex(&case.blocks))), bits(&expected), "{kind:?}");
        }
    }

    #[test]
    fn q8_0_is_quantised_to_the_bytes_of_the_gguf_package() {
        for case in golden().quantise_q8_0 {
            let values = dequantised(GgmlType::F32, &unhex(&case.values));
            assert_eq!(quantise_q8_0(values.as_slice().try_into().unwrap()).to_vec(), unhex(&case.block));
        }
    }

    #[test]
    fn types_that_are_not_read_are_named() {
        let error = GgmlType::from_id(12).unwrap_err();
        assert!(error.contains("q4_K") && error.contains("q5_0"), "{error}");
        assert!(GgmlType::from_id(99).unwrap_err().contains("99"));
        for kind in [GgmlType::F32, GgmlType::F16, GgmlType::Q4_0, GgmlType::Q5_1, GgmlType::Q8_0] {
            assert_eq!(GgmlType::from_id(kind.id()), Ok(kind));
        }
    }
}
