//! Values that begin at a multiple of 64 bytes, the size of a cache line and of the widest register.

use std::marker::PhantomData;
use std::ops::{Deref, DerefMut};

/// Bytes of a line.
const LINE: usize = 64;

#[derive(Clone, Copy)]
#[repr(C, align(64))]
struct Line([u8; LINE]);

/// # Safety
/// Every bit pattern is a value, and a line holds a whole number of values.
pub(crate) unsafe trait Plain: Copy {}
// SAFETY: plain numbers of 1, 2 and 4 bytes.
unsafe impl Plain for u8 {}
// SAFETY: as above.
unsafe impl Plain for i8 {}
// SAFETY: as above.
unsafe impl Plain for i16 {}
// SAFETY: as above.
unsafe impl Plain for u16 {}
// SAFETY: as above.
unsafe impl Plain for f32 {}

/// A vector whose first value is aligned to 64 bytes. New values are zero.
#[derive(Clone)]
pub(crate) struct Aligned<T> {
    lines: Vec<Line>,
    len: usize,
    values: PhantomData<T>,
}

impl<T: Plain> Aligned<T> {
    pub(crate) fn zeroed(len: usize) -> Self {
        // Zeroed by the system, page by page when a page is first written: by several threads, if
        // several fill it.
        let lines = Box::<[Line]>::new_zeroed_slice(Self::lines(len));
        // SAFETY: a line is nothing but bytes, and zeros are bytes.
        let lines = unsafe { lines.assume_init() }.into_vec();
        Self { lines, len, values: PhantomData }
    }

    /// Lines that hold `len` values.
    ///
    /// # Panics
    /// If their bytes cannot be counted: a size that wraps round must not pass for a small one.
    #[allow(clippy::panic, reason = "as vectors do, of sizes that no memory holds")]
    fn lines(len: usize) -> usize {
        match len.checked_mul(size_of::<T>()) {
            Some(bytes) => bytes.div_ceil(LINE),
            None => panic!("{len} values are more than there is memory"),
        }
    }

    /// Makes it longer by zeros; a vector that is long enough stays as it is.
    pub(crate) fn grow(&mut self, len: usize) {
        if self.lines.is_empty() {
            *self = Self::zeroed(len);
        } else if len > self.len {
            self.lines.resize(Self::lines(len), Line([0; LINE]));
            self.len = len;
        }
    }
}

impl<T> Default for Aligned<T> {
    fn default() -> Self {
        Self { lines: Vec::new(), len: 0, values: PhantomData }
    }
}

impl<T: Plain> Deref for Aligned<T> {
    type Target = [T];

    fn deref(&self) -> &[T] {
        // SAFETY: the lines hold at least `len` values, and every bit pattern is one.
        unsafe { std::slice::from_raw_parts(self.lines.as_ptr().cast(), self.len) }
    }
}

impl<T: Plain> DerefMut for Aligned<T> {
    fn deref_mut(&mut self) -> &mut [T] {
        // SAFETY: as above, borrowed exclusively.
        unsafe { std::slice::from_raw_parts_mut(self.lines.as_mut_ptr().cast(), self.len) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_aligned_zero_and_kept_when_it_grows() {
        let mut v = Aligned::<f32>::zeroed(17);
        assert!(v.as_ptr().addr().is_multiple_of(LINE) && v.len() == 17 && v.iter().all(|x| *x == 0.0));
        v[16] = 3.0;
        v.grow(1000);
        assert!(v.as_ptr().addr().is_multiple_of(LINE) && v[16] == 3.0 && v[999] == 0.0);
        assert!(Aligned::<u8>::default().is_empty());
    }

    #[test]
    #[should_panic(expected = "more than there is memory")]
    fn a_size_that_wraps_round_is_refused() {
        Aligned::<f32>::default().grow(1 << 62);
    }
}
