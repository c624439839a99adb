//! What is kept open as long as anything made of it is there: a device, a context, a kernel.

use crate::bindings as nx;
use crate::error::{Error, ErrorKind};
use crate::raw::Handle;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};

/// What the buffers of a context cost so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counters {
    /// Buffers allocated.
    pub allocations: u64,
    /// Buffers that a pool had at hand.
    pub reuses: u64,
    /// Bytes of the buffers allocated.
    pub bytes: u64,
    /// Ranges synchronised.
    pub syncs: u64,
    /// Bytes of these ranges.
    pub synced_bytes: u64,
}

pub(crate) struct DeviceInner {
    pub(crate) handle: Handle<nx::nx_dev>,
}

pub(crate) struct ContextInner {
    // Before the device, so that it is closed first.
    handle: Handle<nx::nx_ctx>,
    _device: Arc<DeviceInner>,
    poisoned: AtomicBool,
    pub(crate) counted: Counted,
}

pub(crate) struct KernelInner {
    // Before the context, so that it is closed first.
    pub(crate) handle: Handle<nx::nx_kernel>,
    pub(crate) context: Arc<ContextInner>,
}

/// [`Counters`] as they grow.
#[derive(Default)]
pub(crate) struct Counted {
    pub(crate) allocations: AtomicU64,
    pub(crate) reuses: AtomicU64,
    pub(crate) bytes: AtomicU64,
    pub(crate) syncs: AtomicU64,
    pub(crate) synced_bytes: AtomicU64,
}

impl ContextInner {
    pub(crate) fn new(handle: Handle<nx::nx_ctx>, device: Arc<DeviceInner>) -> Self {
        Self { handle, _device: device, poisoned: AtomicBool::new(false), counted: Counted::default() }
    }

    pub(crate) fn allocate(&self, len: usize, kind: u32, group: u32) -> Result<Handle<nx::nx_bo>, Error> {
        self.healthy()?;
        let handle = self.handle.buffer(len, kind, group)?;
        self.counted.allocations.fetch_add(1, Relaxed);
        self.counted.bytes.fetch_add(len as u64, Relaxed);
        Ok(handle)
    }

    pub(crate) fn list(&self) -> Result<Handle<nx::nx_list>, Error> {
        self.healthy()?;
        self.handle.list()
    }

    pub(crate) fn is_poisoned(&self) -> bool {
        self.poisoned.load(Relaxed)
    }

    pub(crate) fn poison(&self) {
        self.poisoned.store(true, Relaxed);
    }

    pub(crate) fn healthy(&self) -> Result<(), Error> {
        if self.is_poisoned() {
            return Err(Error::new(ErrorKind::Poisoned, "an earlier run of this context never came back"));
        }
        Ok(())
    }
}

impl KernelInner {
    pub(crate) fn open(context: &Arc<ContextInner>, name: &str) -> Result<Self, Error> {
        Ok(Self { handle: context.handle.kernel(name)?, context: Arc::clone(context) })
    }
}

impl Counted {
    pub(crate) fn now(&self) -> Counters {
        Counters {
            allocations: self.allocations.load(Relaxed),
            reuses: self.reuses.load(Relaxed),
            bytes: self.bytes.load(Relaxed),
            syncs: self.syncs.load(Relaxed),
            synced_bytes: self.synced_bytes.load(Relaxed),
        }
    }
}
