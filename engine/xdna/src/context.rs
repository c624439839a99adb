//! A place on the device, and the kernels of the program in it.

use crate::bindings as nx;
use crate::buffer::{Buffer, BufferKind};
use crate::device::DeviceInner;
use crate::error::{Error, ErrorKind};
use crate::list::RunList;
use crate::raw::Handle;
use crate::run::Run;
use std::marker::PhantomData;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};

/// A place for one program on the device. It is given back when this is dropped: nothing made from it can outlive it.
pub struct Context {
    pub(crate) inner: Arc<ContextInner>,
}

/// A context that whatever is made from it holds open: it is given back when the last of them is dropped.
#[derive(Clone)]
pub struct SharedContext {
    pub(crate) inner: Arc<ContextInner>,
}

/// A kernel of the program in a context.
pub struct Kernel<'c> {
    inner: Arc<KernelInner>,
    scope: PhantomData<&'c Context>,
}

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

impl Context {
    pub(crate) fn new(handle: Handle<nx::nx_ctx>, device: Arc<DeviceInner>) -> Self {
        let inner = ContextInner {
            handle,
            _device: device,
            poisoned: AtomicBool::new(false),
            counted: Counted::default(),
        };
        Self { inner: Arc::new(inner) }
    }

    /// Opens a kernel of the program by its name.
    ///
    /// # Errors
    /// [`ErrorKind::Argument`] if there is none of this name.
    pub fn kernel(&self, name: &str) -> Result<Kernel<'_>, Error> {
        ContextInner::kernel(&self.inner, name)
    }

    /// Allocates `len` bytes in the memory group of the kernel argument that they are for.
    ///
    /// # Errors
    /// [`ErrorKind::Memory`] if there is none left, or none may be locked.
    pub fn buffer(&self, len: usize, kind: BufferKind, group: u32) -> Result<Buffer<'_>, Error> {
        Buffer::new(&self.inner, len, kind, group)
    }

    /// A list for runs that are executed at one go.
    ///
    /// # Errors
    /// [`ErrorKind::Unsupported`] where the runtime has none.
    pub fn run_list(&self) -> Result<RunList<'_>, Error> {
        RunList::new(&self.inner)
    }

    /// An earlier run never came back: nothing can be run here any more.
    pub fn is_poisoned(&self) -> bool {
        self.inner.is_poisoned()
    }

    /// What the buffers cost so far.
    pub fn counters(&self) -> Counters {
        self.inner.counted.now()
    }

    /// Makes this a context that whatever is made from it holds open.
    pub fn share(self) -> SharedContext {
        SharedContext { inner: self.inner }
    }
}

impl SharedContext {
    /// As [`Context::kernel`].
    ///
    /// # Errors
    /// As there.
    pub fn kernel(&self, name: &str) -> Result<Kernel<'static>, Error> {
        ContextInner::kernel(&self.inner, name)
    }

    /// As [`Context::buffer`].
    ///
    /// # Errors
    /// As there.
    pub fn buffer(&self, len: usize, kind: BufferKind, group: u32) -> Result<Buffer<'static>, Error> {
        Buffer::new(&self.inner, len, kind, group)
    }

    /// As [`Context::run_list`].
    ///
    /// # Errors
    /// As there.
    pub fn run_list(&self) -> Result<RunList<'static>, Error> {
        RunList::new(&self.inner)
    }

    /// As [`Context::is_poisoned`].
    pub fn is_poisoned(&self) -> bool {
        self.inner.is_poisoned()
    }

    /// As [`Context::counters`].
    pub fn counters(&self) -> Counters {
        self.inner.counted.now()
    }
}

impl<'c> Kernel<'c> {
    /// The memory group of an argument, counted from 0, that the kernel's description has.
    ///
    /// # Errors
    /// [`ErrorKind::Argument`] if it has no such argument.
    pub fn group(&self, argument: u32) -> Result<u32, Error> {
        self.inner.handle.group(argument)
    }

    /// A run of this kernel, without arguments yet.
    ///
    /// # Errors
    /// [`ErrorKind::Poisoned`], or what the runtime says.
    pub fn run(&self) -> Result<Run<'c>, Error> {
        Run::new(&self.inner)
    }
}

impl ContextInner {
    fn kernel<'c>(context: &Arc<Self>, name: &str) -> Result<Kernel<'c>, Error> {
        let handle = context.handle.kernel(name)?;
        let inner = KernelInner { handle, context: Arc::clone(context) };
        Ok(Kernel { inner: Arc::new(inner), scope: PhantomData })
    }

    pub(crate) fn allocate(
        &self,
        len: usize,
        kind: BufferKind,
        group: u32,
    ) -> Result<Handle<nx::nx_bo>, Error> {
        self.healthy()?;
        let handle = self.handle.buffer(len, kind.raw(), group)?;
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
