//! What the products are computed in.

use hark_simd::{Format, Grain};
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// Precision of weights, activations and attention.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Precision {
    /// Weights and activations of linear layers, attention and the cross-attention cache in 8 bits.
    #[serde(rename = "int8")]
    Int8,
    /// As int8, with attention in 13 bits.
    #[serde(rename = "int8+int16")]
    Int8Int16,
    /// bf16 weights, everything else in f32.
    #[serde(rename = "bf16")]
    Bf16,
    /// 32-bit floating point throughout: the reference's.
    #[default]
    #[serde(rename = "f32")]
    F32,
}

impl Precision {
    /// From the cheapest to the most exact.
    pub const ALL: [Self; 4] = [Self::Int8, Self::Int8Int16, Self::Bf16, Self::F32];

    /// How linear layers are stored. bf16 dot products are used where `bf16_dot` says that they pay.
    pub(crate) fn format(self) -> Format {
        match self {
            Self::Int8 | Self::Int8Int16 => Format::Int8,
            Self::Bf16 => Format::Bf16,
            Self::F32 => Format::F32,
        }
    }

    /// What attention over a window is computed in.
    pub(crate) fn grain(self) -> Grain {
        match self {
            Self::Int8 => Grain::Int8,
            Self::Int8Int16 => Grain::Int16,
            Self::Bf16 | Self::F32 => Grain::F32,
        }
    }

    /// Its name on the command line and in files.
    pub fn name(self) -> &'static str {
        match self {
            Self::Int8 => "int8",
            Self::Int8Int16 => "int8+int16",
            Self::Bf16 => "bf16",
            Self::F32 => "f32",
        }
    }
}

impl fmt::Display for Precision {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Precision {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let names = Self::ALL.map(Self::name).join(", ");
        Self::ALL
            .into_iter()
            .find(|precision| precision.name() == text)
            .ok_or_else(|| format!("there is no precision {text:?}; there are {names}"))
    }
}
