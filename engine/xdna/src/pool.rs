//! Buffers that are used again instead of being allocated anew.

use crate::buffer::{Buffer, BufferKind};
use crate::context::{Context, SharedContext};
use crate::error::Error;
use crate::kept::{ContextInner, Counters};
use std::marker::PhantomData;
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;

/// Buffers of one context by size, kept for the next who needs one.
pub struct Pool<'c> {
    context: Arc<ContextInner>,
    kept: Vec<Buffer<'c>>,
    scope: PhantomData<&'c Context>,
}

/// Sizes are rounded up to this many bytes, a page.
const GRAIN: usize = 4096;

impl<'c> Pool<'c> {
    pub(crate) fn new(context: &Arc<ContextInner>) -> Self {
        Self { context: Arc::clone(context), kept: Vec::new(), scope: PhantomData }
    }

    /// A buffer of at least `len` bytes, rounded up to whole pages; what is in it is anything.
    ///
    /// # Errors
    /// As [`Context::buffer`].
    pub fn take(&mut self, len: usize, kind: BufferKind, group: u32) -> Result<Buffer<'c>, Error> {
        let len = len
            .checked_next_multiple_of(GRAIN)
            .ok_or_else(|| Error::argument(format_args!("a buffer of {len} bytes")))?;
        let fits = |buffer: &Buffer| buffer.len() == len && buffer.kind() == kind && buffer.group() == group;
        if let Some(index) = self.kept.iter().position(fits) {
            self.context.counted.reuses.fetch_add(1, Relaxed);
            return Ok(self.kept.swap_remove(index));
        }
        Buffer::new(&self.context, len, kind, group)
    }

    /// Takes a buffer back. One that a run still names or has lost, or another context's, is let go instead.
    pub fn give(&mut self, buffer: Buffer<'c>) {
        if buffer.is_free() && Arc::ptr_eq(buffer.memory().context(), &self.context) {
            self.kept.push(buffer);
        }
    }

    /// How many buffers are kept for the next.
    pub fn kept(&self) -> usize {
        self.kept.len()
    }

    /// What the buffers of the context cost so far.
    pub fn counters(&self) -> Counters {
        self.context.counted.now()
    }
}

impl Context {
    /// A pool without buffers yet.
    pub fn pool(&self) -> Pool<'_> {
        Pool::new(&self.inner)
    }
}

impl SharedContext {
    /// As [`Context::pool`].
    pub fn pool(&self) -> Pool<'static> {
        Pool::new(&self.inner)
    }
}
