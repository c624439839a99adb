//! A buffer descriptor of the shim's DMA: eight words, and the fields in them (AMD AM025, NOC module, `DMA_BD0_0` and
//! following; mlir-aie, `AIEDmaToNpu.cpp`).

use std::fmt;

/// A field of a shim's buffer descriptor, as the hardware has it: steps and the iteration's wrap are one less than
/// meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(usize)]
pub enum Field {
    /// Words of one run.
    Length,
    /// Bytes 2 to 31 of the address, in words.
    BaseLow,
    /// Bits 32 to 47 of the address.
    BaseHigh,
    /// Of a packet's header.
    PacketType,
    /// Of a packet's header.
    PacketId,
    /// Of a packet's header.
    OutOfOrder,
    /// Whether there is a packet's header.
    EnablePacket,
    /// Words from one to the next, less one.
    Step0,
    /// How many of these before a step of the next; 0 for no end.
    Wrap0,
    /// Whether the access is a secure one.
    Secure,
    /// Words from one to the next, less one.
    Step1,
    /// How many of these before a step of the next; 0 for no end.
    Wrap1,
    /// Bytes at once: 0 64, 1 128, 2 256.
    Burst,
    /// Words from one to the next, less one.
    Step2,
    /// Class of traffic.
    Qos,
    /// AxCache; 2 lets small accesses be joined.
    Cache,
    /// Whose access it is.
    Smid,
    /// Words from one run to the next, less one.
    IterationStep,
    /// Runs before it begins again, less one.
    IterationWrap,
    /// Which run comes next.
    IterationCurrent,
    /// Lock taken before.
    AcquireId,
    /// Its value, signed: negative takes as many at least.
    AcquireValue,
    /// Whether one is taken.
    AcquireEnable,
    /// Lock given back after.
    ReleaseId,
    /// By how much, signed; 0 for none.
    ReleaseValue,
    /// Whether the descriptor may be used.
    Valid,
    /// Whether another follows.
    UseNext,
    /// Which.
    Next,
    /// Whether the stream's end is left unmarked.
    SuppressEnd,
}

/// Field, its name, its word, its lowest bit, its bits.
const FIELDS: [(Field, &str, u8, u8, u8); 29] = [
    (Field::Length, "length", 0, 0, 32),
    (Field::BaseLow, "base", 1, 2, 30),
    (Field::BaseHigh, "base high", 2, 0, 16),
    (Field::PacketType, "packet type", 2, 16, 3),
    (Field::PacketId, "packet id", 2, 19, 5),
    (Field::OutOfOrder, "out of order id", 2, 24, 6),
    (Field::EnablePacket, "packet", 2, 30, 1),
    (Field::Step0, "d0 step", 3, 0, 20),
    (Field::Wrap0, "d0 wrap", 3, 20, 10),
    (Field::Secure, "secure", 3, 30, 1),
    (Field::Step1, "d1 step", 4, 0, 20),
    (Field::Wrap1, "d1 wrap", 4, 20, 10),
    (Field::Burst, "burst", 4, 30, 2),
    (Field::Step2, "d2 step", 5, 0, 20),
    (Field::Qos, "qos", 5, 20, 4),
    (Field::Cache, "cache", 5, 24, 4),
    (Field::Smid, "smid", 5, 28, 4),
    (Field::IterationStep, "iteration step", 6, 0, 20),
    (Field::IterationWrap, "iteration wrap", 6, 20, 6),
    (Field::IterationCurrent, "iteration current", 6, 26, 6),
    (Field::AcquireId, "acquired lock", 7, 0, 4),
    (Field::AcquireValue, "acquire value", 7, 5, 7),
    (Field::AcquireEnable, "acquire", 7, 12, 1),
    (Field::ReleaseId, "released lock", 7, 13, 4),
    (Field::ReleaseValue, "release value", 7, 18, 7),
    (Field::Valid, "valid", 7, 25, 1),
    (Field::UseNext, "use next", 7, 26, 1),
    (Field::Next, "next", 7, 27, 4),
    (Field::SuppressEnd, "suppress end", 7, 31, 1),
];

impl Field {
    /// All of them.
    pub fn all() -> impl Iterator<Item = Self> {
        FIELDS.iter().map(|(field, ..)| *field)
    }

    /// Its name.
    pub fn name(self) -> &'static str {
        FIELDS[self as usize].1
    }

    /// Its largest value.
    pub fn max(self) -> u32 {
        u32::MAX >> (32 - FIELDS[self as usize].4)
    }

    fn word(self) -> usize {
        FIELDS[self as usize].2.into()
    }

    fn shift(self) -> u8 {
        FIELDS[self as usize].3
    }
}

/// A value that does not fit its field.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{} of {value}, and {} is the most", .field.name(), .field.max())]
pub struct RangeError {
    /// Which.
    pub field: Field,
    /// What it should have been.
    pub value: u64,
}

/// A buffer descriptor of a shim.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Descriptor {
    /// As they are written.
    pub words: [u32; 8],
}

impl Descriptor {
    /// A field's value.
    pub fn get(&self, field: Field) -> u32 {
        self.words[field.word()] >> field.shift() & field.max()
    }

    /// Sets a field.
    ///
    /// # Errors
    /// [`RangeError`] if the value has more bits than the field.
    pub fn set(&mut self, field: Field, value: u64) -> Result<(), RangeError> {
        let fits = u32::try_from(value).ok().filter(|value| *value <= field.max());
        let value = fits.ok_or(RangeError { field, value })?;
        let word = &mut self.words[field.word()];
        *word = *word & !(field.max() << field.shift()) | value << field.shift();
        Ok(())
    }

    /// Bits that belong to no field, word by word.
    pub fn strange(&self) -> [u32; 8] {
        let mut rest = self.words;
        for field in Field::all() {
            rest[field.word()] &= !(field.max() << field.shift());
        }
        rest
    }
}

/// Sizes and strides in words, as they are meant, the slowest first; then every other field that is not 0.
impl fmt::Display for Descriptor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let get = |field| self.get(field);
        let (wraps, length) = ([get(Field::Wrap0), get(Field::Wrap1)], get(Field::Length));
        write!(f, "{length} words")?;
        if wraps == [0, 0] && get(Field::Step0) == 0 {
            write!(f, " in a row")?;
        } else {
            let inner = u64::from(wraps[0].max(1)) * u64::from(wraps[1].max(1));
            let outer = u64::from(length).div_ceil(inner);
            let steps = [Field::Step0, Field::Step1, Field::Step2].map(|field| get(field) + 1);
            write!(f, " as {outer}:{} {}:{} {}:{}", steps[2], wraps[1], steps[1], wraps[0], steps[0])?;
        }
        if get(Field::IterationWrap) > 0 || get(Field::IterationStep) > 0 {
            write!(f, ", {} runs:{}", get(Field::IterationWrap) + 1, get(Field::IterationStep) + 1)?;
        }
        if get(Field::BaseLow) > 0 {
            write!(f, ", base {:#x}", get(Field::BaseLow) << 2)?;
        }
        match get(Field::Burst) {
            3 => write!(f, ", burst code 3"),
            code => write!(f, ", bursts of {} B", 64 << code),
        }?;
        if get(Field::Valid) == 0 {
            write!(f, ", not valid")?;
        }
        let shown = [
            Field::Length,
            Field::BaseLow,
            Field::Step0,
            Field::Wrap0,
            Field::Step1,
            Field::Wrap1,
            Field::Burst,
            Field::Step2,
            Field::IterationStep,
            Field::IterationWrap,
            Field::Valid,
        ];
        for field in Field::all().filter(|field| !shown.contains(field) && get(*field) > 0) {
            write!(f, ", {} {}", field.name(), get(field))?;
        }
        if self.strange() == [0; 8] { Ok(()) } else { write!(f, ", strange bits {:x?}", self.strange()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_stand_in_their_order_and_do_not_overlap() {
        let mut taken = [0u32; 8];
        for (i, field) in Field::all().enumerate() {
            assert_eq!(field as usize, i, "{} is in the wrong place of the table", field.name());
            let bits = field.max() << field.shift();
            assert_eq!(bits.count_ones(), u32::from(FIELDS[i].4), "{} is cut off", field.name());
            assert_eq!(taken[field.word()] & bits, 0, "{} overlaps", field.name());
            taken[field.word()] |= bits;
        }
        // Bits that AM025 leaves out.
        let reserved = [0, 3, 0x8000_0000, 0x8000_0000, 0, 0, 0, 1 << 4 | 1 << 17];
        assert_eq!(taken.map(|bits| !bits), reserved);
    }

    #[test]
    fn a_field_takes_what_fits_and_nothing_else() {
        for field in Field::all() {
            let mut descriptor = Descriptor { words: [0x5555_5555; 8] };
            let before = descriptor;
            for value in [field.max(), 0, field.max() / 2] {
                descriptor.set(field, value.into()).unwrap();
                assert_eq!(descriptor.get(field), value);
                for other in Field::all().filter(|other| *other != field) {
                    assert_eq!(descriptor.get(other), before.get(other), "{field:?} touched {other:?}");
                }
            }
            let value = u64::from(field.max()) + 1;
            assert_eq!(descriptor.set(field, value), Err(RangeError { field, value }));
        }
    }

    #[test]
    fn it_reads_as_it_is_meant() {
        let words = [0x2000, 0, 0, 0x0200_0000, 0x8200_00ff, 0x1f, 0x0010_1fff, 0x0200_0000];
        let text = Descriptor { words }.to_string();
        assert_eq!(text, "8192 words as 8:32 32:256 32:1, 2 runs:8192, bursts of 256 B");
        let words = [3072, 0, 0, 0, 0x8000_0000, 0x0200_0000, 0, 0x0200_0000];
        assert_eq!(Descriptor { words }.to_string(), "3072 words in a row, bursts of 256 B, cache 2");
        let words = [0, 1, 0, 0, 0, 0, 0, 0];
        let text = Descriptor { words }.to_string();
        assert_eq!(
            text,
            "0 words in a row, bursts of 64 B, not valid, strange bits [0, 1, 0, 0, 0, 0, 0, 0]"
        );
    }
}
