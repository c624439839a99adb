//! Types of values: numbers, memories, and the queues of `aie.objectfifo`.

use super::{Cursor, Fault};
use std::fmt;

/// A value's type.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Type {
    Index,
    /// `i32`, of so many bits; `si8` and `ui32` have a sign.
    Integer {
        sign: Sign,
        bits: u32,
    },
    /// `bf16`, `f16`, `f32`, `f64`.
    Float(&'static str),
    Memory(Memory),
    /// `!aie.objectfifo<…>`
    Fifo(Memory),
    /// `!aie.objectfifosubview<…>`
    View(Memory),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Sign {
    None,
    Signed,
    Unsigned,
}

/// `memref<4x8xi32, 2 : i32>`
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Memory {
    pub(super) shape: Vec<u64>,
    element: Box<Type>,
    space: Option<i128>,
}

/// More elements than any memory has.
const MOST_ELEMENTS: u64 = 1 << 40;

impl Memory {
    pub(super) fn elements(&self) -> u64 {
        self.shape.iter().product()
    }

    pub(super) fn element(&self) -> &Type {
        &self.element
    }

    pub(super) fn element_bytes(&self) -> u64 {
        self.element.bytes().unwrap_or(4)
    }

    pub(super) fn bytes(&self) -> u64 {
        self.elements().saturating_mul(self.element_bytes())
    }
}

impl Type {
    pub(super) const I1: Self = Self::int(1);
    pub(super) const I32: Self = Self::int(32);
    pub(super) const I64: Self = Self::int(64);
    pub(super) const U32: Self = Self::Integer { sign: Sign::Unsigned, bits: 32 };

    pub(super) const fn int(bits: u32) -> Self {
        Self::Integer { sign: Sign::None, bits }
    }

    /// Bytes of one, if it has a size.
    fn bytes(&self) -> Option<u64> {
        match self {
            Self::Integer { bits, .. } => Some(u64::from(bits.div_ceil(8))),
            Self::Float("f32") => Some(4),
            Self::Float("f64") => Some(8),
            Self::Float(_) => Some(2),
            _ => None,
        }
    }

    /// Whether a whole number is one of this type. Integers without a sign take both.
    pub(super) fn holds(&self, value: i128) -> bool {
        let (sign, bits) = match self {
            Self::Index => (Sign::None, 64),
            Self::Integer { sign, bits } => (*sign, *bits),
            _ => return false,
        };
        let (half, all) = (1i128 << (bits - 1), 1i128 << bits);
        match sign {
            Sign::None => (-half..all).contains(&value),
            Sign::Signed => (-half..half).contains(&value),
            Sign::Unsigned => (0..all).contains(&value),
        }
    }

    pub(super) fn parse(cursor: &mut Cursor<'_>) -> Result<Self, Fault> {
        if cursor.eat("!") {
            let at = cursor.at();
            let name = cursor.word()?;
            let make = match name {
                "aie.objectfifo" => Self::Fifo,
                "aie.objectfifosubview" => Self::View,
                _ => return Err(cursor.fault_at(at, format!("there is no type !{name}"))),
            };
            cursor.expect("<")?;
            let memory = Memory::parse(cursor)?;
            cursor.expect(">")?;
            return Ok(make(memory));
        }
        if cursor.peek_word() == "memref" {
            return Memory::parse(cursor).map(Self::Memory);
        }
        let at = cursor.at();
        let name = cursor.word()?;
        Self::simple(name).ok_or_else(|| cursor.fault_at(at, format!("there is no type {name}")))
    }

    fn simple(name: &str) -> Option<Self> {
        let floats = ["bf16", "f16", "f32", "f64"];
        if let Some(float) = floats.iter().find(|float| **float == name) {
            return Some(Self::Float(float));
        }
        if name == "index" {
            return Some(Self::Index);
        }
        let (sign, bits) = match (name.strip_prefix("si"), name.strip_prefix("ui"), name.strip_prefix('i')) {
            (Some(bits), ..) => (Sign::Signed, bits),
            (_, Some(bits), _) => (Sign::Unsigned, bits),
            (.., Some(bits)) => (Sign::None, bits),
            _ => return None,
        };
        let known = [1, 4, 8, 16, 32, 64];
        let bits = bits.parse().ok().filter(|bits| known.contains(bits))?;
        Some(Self::Integer { sign, bits })
    }
}

impl Memory {
    pub(super) fn parse(cursor: &mut Cursor<'_>) -> Result<Self, Fault> {
        cursor.expect_word("memref")?;
        let at = cursor.at();
        cursor.expect("<")?;
        let mut shape = Vec::new();
        while let Some(size) = cursor.dimension() {
            shape.push(size);
        }
        let place = cursor.at();
        let name = cursor.word()?;
        let element = Type::simple(name).filter(|element| element.bytes().is_some());
        let element = element.ok_or_else(|| cursor.fault_at(place, format!("no memory is of {name}")))?;
        let mut space = None;
        if cursor.eat(",") {
            space = Some(cursor.number()?);
            if cursor.eat(":") {
                cursor.expect_word("i32")?;
            }
        }
        cursor.expect(">")?;
        let elements = shape.iter().try_fold(1u64, |all, size| all.checked_mul(*size));
        if !elements.is_some_and(|elements| (1..=MOST_ELEMENTS).contains(&elements)) {
            return Err(cursor.fault_at(at, "a memory without elements, or with too many"));
        }
        Ok(Self { shape, element: Box::new(element), space })
    }
}

impl fmt::Display for Type {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Index => write!(f, "index"),
            Self::Integer { sign: Sign::None, bits } => write!(f, "i{bits}"),
            Self::Integer { sign: Sign::Signed, bits } => write!(f, "si{bits}"),
            Self::Integer { sign: Sign::Unsigned, bits } => write!(f, "ui{bits}"),
            Self::Float(name) => write!(f, "{name}"),
            Self::Memory(memory) => write!(f, "{memory}"),
            Self::Fifo(memory) => write!(f, "!aie.objectfifo<{memory}>"),
            Self::View(memory) => write!(f, "!aie.objectfifosubview<{memory}>"),
        }
    }
}

impl fmt::Display for Memory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "memref<")?;
        for size in &self.shape {
            write!(f, "{size}x")?;
        }
        write!(f, "{}", self.element)?;
        if let Some(space) = self.space {
            write!(f, ", {space}")?;
        }
        write!(f, ">")
    }
}
