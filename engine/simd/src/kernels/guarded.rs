//! Memory whose end is where reading faults, to catch kernels that read too far.

use crate::aligned::Plain;
use std::ops::Deref;

/// Values of which the last ends at a page that must not be touched (where the system has a way to
/// ask for one; elsewhere at the end of an allocation).
pub(super) struct Guarded<T> {
    #[cfg(all(target_os = "linux", target_pointer_width = "64"))]
    map: pages::Map,
    #[cfg(not(all(target_os = "linux", target_pointer_width = "64")))]
    map: crate::aligned::Aligned<T>,
    len: usize,
    values: std::marker::PhantomData<T>,
}

#[cfg(all(target_os = "linux", target_pointer_width = "64"))]
impl<T: Plain> Guarded<T> {
    pub(super) fn new(values: &[T]) -> Self {
        let map = pages::Map::new(size_of_val(values));
        // SAFETY: the map holds as many bytes in front of its guard, and they are new.
        unsafe {
            std::ptr::copy_nonoverlapping(
                values.as_ptr(),
                map.before(size_of_val(values)).cast(),
                values.len(),
            )
        };
        Self { map, len: values.len(), values: std::marker::PhantomData }
    }
}

#[cfg(all(target_os = "linux", target_pointer_width = "64"))]
impl<T: Plain> Deref for Guarded<T> {
    type Target = [T];

    fn deref(&self) -> &[T] {
        // SAFETY: so many values were written there; the guard is a multiple of any alignment.
        unsafe { std::slice::from_raw_parts(self.map.before(self.len * size_of::<T>()).cast(), self.len) }
    }
}

#[cfg(not(all(target_os = "linux", target_pointer_width = "64")))]
impl<T: Plain> Guarded<T> {
    pub(super) fn new(values: &[T]) -> Self {
        let mut map = crate::aligned::Aligned::zeroed(values.len());
        map.copy_from_slice(values);
        Self { map, len: values.len(), values: std::marker::PhantomData }
    }
}

#[cfg(not(all(target_os = "linux", target_pointer_width = "64")))]
impl<T: Plain> Deref for Guarded<T> {
    type Target = [T];

    fn deref(&self) -> &[T] {
        &self.map[..self.len]
    }
}

#[cfg(all(target_os = "linux", target_pointer_width = "64"))]
mod pages {
    use std::ffi::{c_int, c_void};

    // As the standard library, which brings them along, calls them.
    unsafe extern "C" {
        fn mmap(
            at: *mut c_void,
            len: usize,
            access: c_int,
            kind: c_int,
            file: c_int,
            from: i64,
        ) -> *mut c_void;
        fn mprotect(at: *mut c_void, len: usize, access: c_int) -> c_int;
        fn munmap(at: *mut c_void, len: usize) -> c_int;
    }

    const NONE: c_int = 0;
    const READ_WRITE: c_int = 3;
    const PRIVATE_ANONYMOUS: c_int = 0x22;
    /// A multiple of every page size in use.
    const PAGE: usize = 1 << 16;

    /// Pages that may be used and then one that may not.
    pub(super) struct Map {
        start: *mut u8,
        usable: usize,
    }

    impl Map {
        pub(super) fn new(bytes: usize) -> Self {
            let usable = bytes.next_multiple_of(PAGE).max(PAGE);
            // SAFETY: new pages at a place of the system's choice.
            let start =
                unsafe { mmap(std::ptr::null_mut(), usable + PAGE, READ_WRITE, PRIVATE_ANONYMOUS, -1, 0) };
            assert!(start.addr() != usize::MAX, "no memory");
            // SAFETY: the last page of those just mapped.
            assert_eq!(unsafe { mprotect(start.byte_add(usable), PAGE, NONE) }, 0);
            Self { start: start.cast(), usable }
        }

        /// Where the last `bytes` bytes begin.
        pub(super) fn before(&self, bytes: usize) -> *mut u8 {
            assert!(bytes <= self.usable);
            // SAFETY: inside the map.
            unsafe { self.start.add(self.usable - bytes) }
        }
    }

    impl Drop for Map {
        fn drop(&mut self) {
            // SAFETY: mapped in `new`, and nothing borrows it any longer.
            unsafe { munmap(self.start.cast(), self.usable + PAGE) };
        }
    }
}
