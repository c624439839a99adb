//! The simulated array for C: what a played driver has its commands carried out by, in memory that is its own.

use crate::sim::Simulated;
use hark_xdna::Generation;
use std::ffi::{c_char, c_int};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::ptr::null_mut;
use std::sync::atomic::{AtomicU32, Ordering};

/// A piece of memory that whoever calls has mapped.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct HarkMemory {
    /// Of whole words, at an address for them.
    at: *const u32,
    /// Words.
    count: usize,
}

impl HarkMemory {
    /// # Safety
    /// `at` is null, or so many words lie there while `'a` lasts; others may read and write them meanwhile.
    unsafe fn words<'a>(self) -> Option<&'a [AtomicU32]> {
        let fits = self.at.is_aligned() && self.count <= isize::MAX as usize / size_of::<u32>();
        // SAFETY: by the contract of this function, and what is atomic may be shared.
        (!self.at.is_null() && fits)
            .then(|| unsafe { std::slice::from_raw_parts(self.at.cast(), self.count) })
    }
}

/// An array of a generation (1 or 2) with the resident design, as a context has it. Null if there is no such generation.
#[unsafe(no_mangle)]
pub extern "C" fn hark_array_new(generation: u32) -> *mut Simulated {
    let generation = match generation {
        1 => Generation::Xdna1,
        2 => Generation::Xdna2,
        _ => return null_mut(),
    };
    Box::into_raw(Box::new(Simulated::new(generation)))
}

/// Lets go of an array.
///
/// # Safety
/// `array` is null or from [`hark_array_new`], and is not used any more.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hark_array_free(array: *mut Simulated) {
    if !array.is_null() {
        // SAFETY: by the contract of this function.
        drop(unsafe { Box::from_raw(array) });
    }
}

/// Carries out an instruction stream on the kernel's buffers, to its end: 0, or -1 with a message that ends with 0.
///
/// # Safety
/// `array` is null or from [`hark_array_new`]; `buffers` are so many; all memory is there, also behind `message`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hark_array_run(
    array: *const Simulated,
    instructions: HarkMemory,
    buffers: *const HarkMemory,
    count: usize,
    message: *mut c_char,
    room: usize,
) -> c_int {
    let work = || {
        if buffers.is_null() || count > MOST_BUFFERS {
            return Err(format!("{count} buffers that are not there"));
        }
        // SAFETY: by the contract of this function.
        let (array, instructions, buffers) = unsafe {
            let buffers = std::slice::from_raw_parts(buffers, count);
            let buffers = buffers.iter().map(|buffer| buffer.words()).collect::<Option<Vec<_>>>();
            (array.as_ref(), instructions.words(), buffers)
        };
        let (Some(array), Some(instructions), Some(buffers)) = (array, instructions, buffers) else {
            return Err("an array or memory that is not there".into());
        };
        let instructions: Vec<u32> = instructions.iter().map(|word| word.load(Ordering::Relaxed)).collect();
        array.carry_out(&instructions, &buffers)
    };
    let thrown = |_| Err("the simulator threw".to_owned());
    let Err(text) = catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(thrown) else { return 0 };
    if !message.is_null() && room > 0 {
        let most = text.floor_char_boundary(room - 1);
        // SAFETY: by the contract of this function there is room for that and a 0.
        unsafe {
            message.copy_from_nonoverlapping(text.as_ptr().cast(), most);
            message.add(most).write(0);
        }
    }
    -1
}

/// More buffers than a kernel has.
const MOST_BUFFERS: usize = 64;

#[cfg(test)]
mod tests {
    use super::*;
    use std::ffi::CStr;
    use std::ptr::null;

    const NOTHING: HarkMemory = HarkMemory { at: null(), count: 1 };

    fn run(array: *const Simulated, words: HarkMemory, buffers: &[HarkMemory]) -> (c_int, String) {
        let mut message = [1; 80];
        // SAFETY: what is there is there, and what is null is null.
        unsafe {
            let (at, room) = (message.as_mut_ptr(), message.len());
            let code = hark_array_run(array, words, buffers.as_ptr(), buffers.len(), at, room);
            (code, CStr::from_ptr(at).to_string_lossy().into_owned())
        }
    }

    #[test]
    fn what_is_not_there_or_no_stream_is_refused() {
        assert!(hark_array_new(0).is_null() && hark_array_new(3).is_null());
        let array = hark_array_new(1);
        let words = [7u32; 8];
        let good = HarkMemory { at: words.as_ptr(), count: words.len() };
        let unaligned = HarkMemory { at: good.at.wrapping_byte_add(2), count: 1 };
        let gone = "an array or memory that is not there";
        for (array, stream, buffer) in [
            (null(), good, good),
            (array.cast_const(), NOTHING, good),
            (array.cast_const(), good, NOTHING),
            (array.cast_const(), unaligned, good),
            (array.cast_const(), HarkMemory { count: usize::MAX, ..good }, good),
        ] {
            assert_eq!(run(array, stream, &[buffer]), (-1, gone.into()));
        }
        let (code, message) = run(array, good, &[good]);
        assert!(code == -1 && message.contains("no instruction stream"), "{message}");
        assert_eq!(message.len(), 79, "cut off, with a 0 behind it");
        // SAFETY: it is from above, and nobody uses it any more; null is allowed.
        unsafe {
            hark_array_free(array);
            hark_array_free(null_mut());
        }
    }
}
