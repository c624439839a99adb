//! The generations of AMD's NPU.

use std::fmt;

/// A generation of AMD's NPU.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Generation {
    /// Phoenix and Hawk Point (AIE2).
    Xdna1,
    /// Strix, Strix Halo, Krackan (AIE2P).
    Xdna2,
}

impl Generation {
    /// All of them, the oldest first.
    pub const ALL: [Self; 2] = [Self::Xdna1, Self::Xdna2];

    /// By PCI vendor and device.
    pub fn of_pci_id(vendor: u16, device: u16) -> Option<Self> {
        match (vendor, device) {
            (0x1022, 0x1502) => Some(Self::Xdna1),
            (0x1022, 0x17f0) => Some(Self::Xdna2),
            _ => None,
        }
    }

    /// How many columns the array has, in hardware.
    pub fn columns(self) -> u32 {
        match self {
            Self::Xdna1 => 5,
            Self::Xdna2 => 8,
        }
    }

    /// The first column that designs can use.
    pub fn first_column(self) -> u32 {
        match self {
            Self::Xdna1 => 1,
            Self::Xdna2 => 0,
        }
    }

    /// The platform that Hark's own designs for it name.
    pub fn platform(self) -> &'static str {
        match self {
            Self::Xdna1 => "hark:xdna1",
            Self::Xdna2 => "hark:xdna2",
        }
    }
}

impl fmt::Display for Generation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Xdna1 => "XDNA1",
            Self::Xdna2 => "XDNA2",
        })
    }
}
