//! Memory that the device and the host both see.

use crate::bindings as nx;
use crate::error::{Error, ErrorKind};
use crate::kept::ContextInner;
use crate::raw::{Handle, Mapped};
use std::marker::PhantomData;
use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};

/// Where a buffer lies.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum BufferKind {
    /// In the device's heap, from which it reads its instructions.
    Instructions,
    /// In the host's memory.
    Data,
}

/// Which way the bytes go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// What the host wrote, to the device.
    ToDevice,
    /// What the device wrote, to the host.
    FromDevice,
}

/// Memory that the device and the host both see: what one wrote the other sees after [`Buffer::sync`].
///
/// While a run uses it, it is borrowed; a run that never comes back keeps it, and its bytes are out of reach then.
pub struct Buffer<'c> {
    // Before the memory that it lies in.
    mapped: Mapped,
    memory: Arc<Memory>,
    scope: PhantomData<&'c ContextInner>,
}

/// A part of a buffer, for the device. The host reaches its bytes through the buffer, which is the one to hand over
/// when a run is started.
pub struct SubBuffer<'c> {
    part: Arc<Part>,
    scope: PhantomData<&'c ContextInner>,
}

/// A buffer that stays as it is, such as weights: the device may read it at any time, and nobody writes it.
#[derive(Clone)]
pub struct Resident<'c> {
    bound: Bound,
    scope: PhantomData<&'c ContextInner>,
}

/// What a run can take as a buffer argument: a [`Buffer`], a [`SubBuffer`] or a [`Resident`] of one context.
pub trait Argument<'c>: sealed::Bindable {}

mod sealed {
    pub trait Bindable {
        fn bound(&self) -> super::Bound;
    }
}

/// The object behind a [`Buffer`], kept by whatever uses it.
pub struct Memory {
    // Before the context, so that it is freed first.
    handle: Handle<nx::nx_bo>,
    context: Arc<ContextInner>,
    len: usize,
    kind: BufferKind,
    group: u32,
    state: AtomicU8,
}

pub struct Part {
    // Before what it is a part of.
    handle: Handle<nx::nx_bo>,
    memory: Arc<Memory>,
    start: usize,
    len: usize,
}

/// A buffer argument of a run.
#[derive(Clone)]
pub enum Bound {
    Whole(Arc<Memory>),
    Part(Arc<Part>),
}

/// The host's.
const FREE: u8 = 0;
/// A run's.
const BUSY: u8 = 1;
/// A run's that never came back.
const LOST: u8 = 2;
/// For good as it is.
const RESIDENT: u8 = 3;

impl BufferKind {
    pub(crate) fn raw(self) -> nx::nx_bo_kind {
        match self {
            Self::Instructions => nx::NX_BO_INSTRUCTIONS,
            Self::Data => nx::NX_BO_DATA,
        }
    }
}

impl<'c> Buffer<'c> {
    pub(crate) fn new(
        context: &Arc<ContextInner>,
        len: usize,
        kind: BufferKind,
        group: u32,
    ) -> Result<Self, Error> {
        let handle = context.allocate(len, kind.raw(), group)?;
        let mapped = handle.map(len)?;
        let state = AtomicU8::new(FREE);
        let memory = Memory { handle, context: Arc::clone(context), len, kind, group, state };
        Ok(Self { mapped, memory: Arc::new(memory), scope: PhantomData })
    }

    /// Its size in bytes.
    pub fn len(&self) -> usize {
        self.memory.len
    }

    /// It has no bytes, which no library allows.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Where it lies.
    pub fn kind(&self) -> BufferKind {
        self.memory.kind
    }

    /// Its memory group.
    pub fn group(&self) -> u32 {
        self.memory.group
    }

    /// The bytes, as the host sees them.
    ///
    /// # Errors
    /// [`ErrorKind::Busy`] or [`ErrorKind::Poisoned`] if a run has it that was forgotten or never came back.
    pub fn bytes(&self) -> Result<&[u8], Error> {
        self.memory.free()?;
        Ok(self.mapped.bytes())
    }

    /// The bytes, for writing.
    ///
    /// # Errors
    /// As [`Buffer::bytes`].
    pub fn bytes_mut(&mut self) -> Result<&mut [u8], Error> {
        self.memory.free()?;
        Ok(self.mapped.bytes_mut())
    }

    /// Makes what one side wrote in `range` (bytes) visible to the other. It costs by the byte: ask for what changed.
    ///
    /// # Errors
    /// [`ErrorKind::Argument`] if the range is empty or not inside; as [`Buffer::bytes`]; what the driver says.
    pub fn sync(&mut self, direction: Direction, range: Range<usize>) -> Result<(), Error> {
        self.memory.free()?;
        self.memory.sync(direction, range)
    }

    /// A part of it, as an argument of its own.
    ///
    /// # Errors
    /// [`ErrorKind::Argument`] if `range` (bytes) is empty or not inside.
    pub fn sub(&self, range: Range<usize>) -> Result<SubBuffer<'c>, Error> {
        let part = Part::new(&self.memory, &self.memory.handle, range, 0, self.len())?;
        Ok(SubBuffer { part: Arc::new(part), scope: PhantomData })
    }

    /// Its address as the device sees it.
    ///
    /// # Errors
    /// What the driver says.
    pub fn address(&self) -> Result<u64, Error> {
        self.memory.handle.address()
    }

    /// Hands the bytes to the device for good: they are synchronised as they are and can't be written any more.
    ///
    /// # Errors
    /// As [`Buffer::sync`].
    pub fn into_resident(mut self) -> Result<Resident<'c>, Error> {
        self.sync(Direction::ToDevice, 0..self.len())?;
        self.memory.state.store(RESIDENT, Ordering::Release);
        Ok(Resident { bound: Bound::Whole(self.memory), scope: PhantomData })
    }

    pub(crate) fn memory(&self) -> &Arc<Memory> {
        &self.memory
    }

    pub(crate) fn is_free(&self) -> bool {
        // A run or a part that still names it could be started later.
        self.memory.state.load(Ordering::Acquire) == FREE && Arc::strong_count(&self.memory) == 1
    }
}

impl SubBuffer<'_> {
    /// Its place in the buffer, in bytes.
    pub fn range(&self) -> Range<usize> {
        self.part.start..self.part.start + self.part.len
    }

    /// Its address as the device sees it.
    ///
    /// # Errors
    /// What the driver says.
    pub fn address(&self) -> Result<u64, Error> {
        self.part.handle.address()
    }
}

impl Resident<'_> {
    /// Its size in bytes.
    pub fn len(&self) -> usize {
        self.bound.len()
    }

    /// It has no bytes, which no library allows.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// A part of it, as an argument of its own.
    ///
    /// # Errors
    /// [`ErrorKind::Argument`] if `range` (bytes) is empty or not inside.
    pub fn sub(&self, range: Range<usize>) -> Result<Self, Error> {
        let start = if let Bound::Part(part) = &self.bound { part.start } else { 0 };
        let part = Part::new(self.bound.memory(), self.bound.handle(), range, start, self.len())?;
        Ok(Self { bound: Bound::Part(Arc::new(part)), scope: PhantomData })
    }

    /// Its address as the device sees it.
    ///
    /// # Errors
    /// What the driver says.
    pub fn address(&self) -> Result<u64, Error> {
        self.bound.handle().address()
    }
}

impl<'c> Argument<'c> for Buffer<'c> {}
impl<'c> Argument<'c> for SubBuffer<'c> {}
impl<'c> Argument<'c> for Resident<'c> {}

impl sealed::Bindable for Buffer<'_> {
    fn bound(&self) -> Bound {
        Bound::Whole(Arc::clone(&self.memory))
    }
}

impl sealed::Bindable for SubBuffer<'_> {
    fn bound(&self) -> Bound {
        Bound::Part(Arc::clone(&self.part))
    }
}

impl sealed::Bindable for Resident<'_> {
    fn bound(&self) -> Bound {
        self.bound.clone()
    }
}

impl Bound {
    pub(crate) fn memory(&self) -> &Arc<Memory> {
        match self {
            Self::Whole(memory) => memory,
            Self::Part(part) => &part.memory,
        }
    }

    pub(crate) fn handle(&self) -> &Handle<nx::nx_bo> {
        match self {
            Self::Whole(memory) => &memory.handle,
            Self::Part(part) => &part.handle,
        }
    }

    fn len(&self) -> usize {
        match self {
            Self::Whole(memory) => memory.len,
            Self::Part(part) => part.len,
        }
    }
}

impl Part {
    /// `range` lies in a parent of `len` bytes, which itself begins `start` bytes inside of the memory.
    fn new(
        memory: &Arc<Memory>,
        parent: &Handle<nx::nx_bo>,
        range: Range<usize>,
        start: usize,
        len: usize,
    ) -> Result<Self, Error> {
        inside(&range, len)?;
        let handle = parent.sub(range.start, range.len())?;
        Ok(Self { handle, memory: Arc::clone(memory), start: start + range.start, len: range.len() })
    }
}

impl Memory {
    pub(crate) fn context(&self) -> &Arc<ContextInner> {
        &self.context
    }

    pub(crate) fn is_resident(&self) -> bool {
        self.state.load(Ordering::Acquire) == RESIDENT
    }

    /// The host may touch it.
    pub(crate) fn free(&self) -> Result<(), Error> {
        match self.state.load(Ordering::Acquire) {
            FREE => Ok(()),
            BUSY => Err(Error::new(ErrorKind::Busy, "a run has the buffer")),
            LOST => Err(Error::new(ErrorKind::Poisoned, "a run has the buffer and never came back")),
            _ => Err(Error::argument("the buffer is resident")),
        }
    }

    pub(crate) fn begin(&self) {
        if !self.is_resident() {
            self.state.store(BUSY, Ordering::Release);
        }
    }

    /// A run gives it back; `over` says whether the device is known to be done with it.
    pub(crate) fn end(&self, over: bool) {
        if !self.is_resident() {
            self.state.store(if over { FREE } else { LOST }, Ordering::Release);
        }
    }

    fn sync(&self, direction: Direction, range: Range<usize>) -> Result<(), Error> {
        inside(&range, self.len)?;
        let way = match direction {
            Direction::ToDevice => nx::NX_TO_DEVICE,
            Direction::FromDevice => nx::NX_FROM_DEVICE,
        };
        self.handle.sync(way, range.start, range.len())?;
        self.context.counted.syncs.fetch_add(1, Ordering::Relaxed);
        self.context.counted.synced_bytes.fetch_add(range.len() as u64, Ordering::Relaxed);
        Ok(())
    }
}

fn inside(range: &Range<usize>, len: usize) -> Result<(), Error> {
    if range.start < range.end && range.end <= len {
        return Ok(());
    }
    Err(Error::argument(format_args!("bytes {range:?} of a buffer of {len}")))
}
