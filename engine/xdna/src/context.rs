//! A place on the device, and the kernels of the program in it.

use crate::bindings as nx;
use crate::buffer::{Buffer, BufferKind};
use crate::error::Error;
#[cfg(doc)]
use crate::error::ErrorKind;
use crate::kept::{ContextInner, Counters, DeviceInner, KernelInner};
use crate::list::RunList;
use crate::raw::Handle;
use crate::run::Run;
use std::marker::PhantomData;
use std::sync::Arc;

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

impl Context {
    pub(crate) fn new(handle: Handle<nx::nx_ctx>, device: Arc<DeviceInner>) -> Self {
        Self { inner: Arc::new(ContextInner::new(handle, device)) }
    }

    /// Opens a kernel of the program by its name.
    ///
    /// # Errors
    /// [`ErrorKind::Argument`] if there is none of this name.
    pub fn kernel(&self, name: &str) -> Result<Kernel<'_>, Error> {
        kernel(&self.inner, name)
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
        kernel(&self.inner, name)
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

fn kernel<'c>(context: &Arc<ContextInner>, name: &str) -> Result<Kernel<'c>, Error> {
    Ok(Kernel { inner: Arc::new(KernelInner::open(context, name)?), scope: PhantomData })
}
