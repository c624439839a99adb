//! Memory with two sides: what the host sees through its caches, and what the device sees. Only a sync carries values
//! from one to the other, as it must be thought of real memory.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

/// What memory holds that nobody wrote: as f32 a NaN that no computation gives.
pub const POISON: u32 = 0xffba_dbad;

/// Bytes of a word.
const WORD: usize = size_of::<u32>();

/// Memory of one allocation.
pub(super) struct Memory {
    /// The host's side is handed out as a pointer: words that may change at any time.
    host: Box<[AtomicU32]>,
    device: Box<[AtomicU32]>,
    /// Where the device finds it.
    address: u64,
    /// Commands under way that use it.
    users: AtomicU32,
}

/// Part of an allocation, as a buffer or an argument has it.
#[derive(Clone)]
pub struct View {
    memory: Arc<Memory>,
    /// Which memory of the design it is in.
    pub(super) group: u32,
    offset: usize,
    len: usize,
}

impl View {
    /// New memory, poisoned on both sides.
    pub(crate) fn new(len: usize, group: u32, address: u64) -> Self {
        let side = || (0..len.div_ceil(WORD)).map(|_| AtomicU32::new(POISON)).collect();
        let memory = Memory { host: side(), device: side(), address, users: AtomicU32::new(0) };
        Self { memory: Arc::new(memory), group, offset: 0, len }
    }

    /// Bytes.
    pub fn len(&self) -> usize {
        self.len
    }

    /// Whether it has no bytes; none has.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Part of it that begins at a whole word, if it has this part.
    pub(super) fn part(&self, offset: usize, len: usize) -> Option<Self> {
        let fits = offset.checked_add(len).is_some_and(|end| end <= self.len);
        let good = fits && len > 0 && offset.is_multiple_of(WORD);
        good.then(|| Self { offset: self.offset + offset, len, ..self.clone() })
    }

    /// Where the host finds it.
    pub(super) fn host(&self) -> *mut u8 {
        self.memory.host[self.offset / WORD..].as_ptr().cast_mut().cast()
    }

    /// The words as the host sees them.
    #[cfg(test)]
    pub(crate) fn host_words(&self) -> &[AtomicU32] {
        &self.memory.host[self.offset / WORD..(self.offset + self.len) / WORD]
    }

    pub(super) fn address(&self) -> u64 {
        self.memory.address + self.offset as u64
    }

    /// Carries bytes from one side to the other; whole words of them. `None` if they are not all there.
    pub(crate) fn sync(&self, to_device: bool, offset: usize, len: usize) -> Option<()> {
        offset.checked_add(len).filter(|end| *end <= self.len)?;
        let words = (self.offset + offset) / WORD..(self.offset + offset + len).div_ceil(WORD);
        let (host, device) = (&self.memory.host[words.clone()], &self.memory.device[words]);
        let (from, to) = if to_device { (host, device) } else { (device, host) };
        for (to, from) in to.iter().zip(from) {
            to.store(from.load(Ordering::Relaxed), Ordering::Relaxed);
        }
        Some(())
    }

    /// A command has begun to use it, or has ended.
    pub(super) fn use_by(&self, command: bool) {
        if command {
            self.memory.users.fetch_add(1, Ordering::Relaxed);
        } else {
            self.memory.users.fetch_sub(1, Ordering::Relaxed);
        }
    }

    /// Whether a command under way uses it, or another part of its memory.
    pub(super) fn in_use(&self) -> bool {
        self.memory.users.load(Ordering::Relaxed) > 0
    }

    /// The words as the device sees them; bytes behind the last whole word are left out.
    pub fn words(&self) -> &[AtomicU32] {
        &self.memory.device[self.offset / WORD..(self.offset + self.len) / WORD]
    }
}
