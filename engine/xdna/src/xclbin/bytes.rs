//! Little-endian numbers at offsets, none of which is trusted.

use super::Refusal;
use std::ops::Range;

/// A stretch of bytes in which offsets are looked up.
#[derive(Clone, Copy, Debug)]
pub struct Bytes<'a> {
    bytes: &'a [u8],
    /// What it is, for the refusal.
    what: &'static str,
}

impl<'a> Bytes<'a> {
    pub fn new(bytes: &'a [u8], what: &'static str) -> Self {
        Self { bytes, what }
    }

    pub fn len(&self) -> usize {
        self.bytes.len()
    }

    /// `len` bytes from `offset` on.
    pub fn slice(&self, offset: u64, len: u64, what: &'static str) -> Result<Bytes<'a>, Refusal> {
        range(offset, len)
            .and_then(|range| self.bytes.get(range))
            .map_or(Err(Refusal::Outside { what }), |bytes| Ok(Bytes { bytes, what }))
    }

    /// The `index`-th of elements of `size` bytes that stand from `offset` on.
    pub fn element(
        &self,
        offset: u64,
        size: u64,
        index: u64,
        what: &'static str,
    ) -> Result<Bytes<'a>, Refusal> {
        let at = index.checked_mul(size).and_then(|skip| skip.checked_add(offset));
        self.slice(at.ok_or(Refusal::Outside { what })?, size, what)
    }

    pub fn all(&self) -> &'a [u8] {
        self.bytes
    }

    fn array<const N: usize>(&self, offset: usize) -> Result<[u8; N], Refusal> {
        let end = offset.checked_add(N);
        let found = end.and_then(|end| self.bytes.get(offset..end)).and_then(|bytes| bytes.try_into().ok());
        found.ok_or(Refusal::Outside { what: self.what })
    }

    pub fn u8(&self, offset: usize) -> Result<u8, Refusal> {
        self.array(offset).map(u8::from_le_bytes)
    }

    pub fn u16(&self, offset: usize) -> Result<u16, Refusal> {
        self.array(offset).map(u16::from_le_bytes)
    }

    pub fn u32(&self, offset: usize) -> Result<u32, Refusal> {
        self.array(offset).map(u32::from_le_bytes)
    }

    pub fn u64(&self, offset: usize) -> Result<u64, Refusal> {
        self.array(offset).map(u64::from_le_bytes)
    }

    pub fn uuid(&self, offset: usize) -> Result<[u8; 16], Refusal> {
        self.array(offset)
    }

    /// Text in a field of `len` bytes, which ends at the first 0.
    pub fn field(&self, offset: usize, len: usize, what: &'static str) -> Result<&'a str, Refusal> {
        let field = self.slice(offset as u64, len as u64, what)?.bytes;
        let end = field.iter().position(|&byte| byte == 0).ok_or(Refusal::Text { what })?;
        text(&field[..end], what)
    }

    /// Text that begins at `offset` and ends at the next 0.
    pub fn text(&self, offset: u64, what: &'static str) -> Result<&'a str, Refusal> {
        let start = usize::try_from(offset).map_err(|_| Refusal::Outside { what })?;
        let rest = self.bytes.get(start..).ok_or(Refusal::Outside { what })?;
        let end = rest.iter().position(|&byte| byte == 0).ok_or(Refusal::Text { what })?;
        text(&rest[..end], what)
    }

    /// A count of elements that is no more than `limit`.
    pub fn count(&self, offset: usize, limit: usize, what: &'static str) -> Result<u64, Refusal> {
        let count = u64::from(self.u32(offset)?);
        if count > limit as u64 { Err(Refusal::TooMany { what, count, limit }) } else { Ok(count) }
    }
}

fn range(offset: u64, len: u64) -> Option<Range<usize>> {
    let end = offset.checked_add(len)?;
    Some(usize::try_from(offset).ok()?..usize::try_from(end).ok()?)
}

fn text<'a>(bytes: &'a [u8], what: &'static str) -> Result<&'a str, Refusal> {
    let text = std::str::from_utf8(bytes).map_err(|_| Refusal::Text { what })?;
    if text.chars().any(char::is_control) { Err(Refusal::Text { what }) } else { Ok(text) }
}
