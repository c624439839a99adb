//! What handles stand for: each keeps what it was made of, so that the order in which they are let go does not matter.

use super::buffer::View;
use super::queue::Queue;
use super::{Failure, Status};
use hark_xdna::xclbin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, AtomicUsize, Ordering};

/// Bytes of instructions that a context has room for.
const HEAP: usize = 64 << 20;
/// No machine has a buffer of more bytes.
const IMPOSSIBLE: usize = 1 << 40;
/// Bytes that all buffers may have.
const MEMORY: usize = 16 << 30;
/// Buffers begin at a page.
const PAGE: u64 = 4096;
/// Where the device sees the first of them.
const FIRST_ADDRESS: u64 = 0x1_0000_0000;

/// Linux' errnos, which the driver would give.
const ENOMEM: i32 = 12;
const EINVAL: i32 = 22;

/// An open device.
pub(super) struct Opened {
    pub(super) queue: Queue,
    contexts: AtomicUsize,
}

impl Opened {
    pub(super) fn new(queue: Queue) -> Self {
        Self { queue, contexts: AtomicUsize::new(0) }
    }
}

/// The kernels of an xclbin.
pub(super) struct Xclbin(pub(super) Vec<xclbin::Kernel>);

/// A context.
pub(super) struct Context {
    pub(super) device: Arc<Opened>,
    xclbin: Arc<Xclbin>,
    /// Commands under way.
    pub(super) users: Arc<AtomicU32>,
    /// An earlier run never came back.
    poisoned: AtomicBool,
    /// Bytes of instructions.
    heap: AtomicUsize,
}

impl Context {
    /// One of at most `most` of the device.
    pub(super) fn open(device: Arc<Opened>, xclbin: Arc<Xclbin>, most: usize) -> Result<Self, Failure> {
        let one_more = |n| (n < most).then_some(n + 1);
        if device.contexts.fetch_update(Ordering::Relaxed, Ordering::Relaxed, one_more).is_err() {
            let message = format!("all {most} hardware contexts are taken");
            return Err(Failure { os_error: EINVAL, ..Failure::new(Status::ContextLimit, message) });
        }
        let (users, poisoned, heap) =
            (Arc::new(AtomicU32::new(0)), AtomicBool::new(false), AtomicUsize::new(0));
        Ok(Self { device, xclbin, users, poisoned, heap })
    }

    /// It takes no more work.
    pub(super) fn poison(&self) {
        self.poisoned.store(true, Ordering::Relaxed);
    }

    /// Whether it takes work.
    pub(super) fn healthy(&self) -> Result<(), Failure> {
        if self.poisoned.load(Ordering::Relaxed) {
            return Err(Failure::new(Status::Timeout, "an earlier run of the context never came back"));
        }
        Ok(())
    }
}

impl Drop for Context {
    fn drop(&mut self) {
        self.device.contexts.fetch_sub(1, Ordering::Relaxed);
    }
}

/// What a kernel wants in a place.
pub(super) struct Expected {
    /// Bytes of a number.
    pub(super) size: u64,
    /// The memory that a buffer must be in.
    pub(super) group: Option<u32>,
}

/// A kernel of a context.
pub(super) struct Kernel {
    pub(super) context: Arc<Context>,
    pub(super) name: String,
    pub(super) arguments: Vec<Expected>,
}

impl Kernel {
    pub(super) fn open(context: Arc<Context>, name: &str) -> Result<Self, Failure> {
        let found = context.xclbin.0.iter().find(|kernel| kernel.name == name);
        let found = found.ok_or_else(|| Failure::argument(format!("the xclbin has no kernel {name:?}")))?;
        let expected = |argument: &xclbin::Argument| Expected {
            size: argument.size,
            group: argument.memory.map(|memory| memory as u32),
        };
        let (name, arguments) = (found.name.clone(), found.arguments.iter().map(expected).collect());
        Ok(Self { name, arguments, context })
    }

    /// What it wants as this argument.
    pub(super) fn argument(&self, index: u32) -> Result<&Expected, Failure> {
        let none = || Failure::argument(format!("the kernel has no argument {index}"));
        self.arguments.get(index as usize).ok_or_else(none)
    }
}

/// Addresses and bytes that were given out.
pub(super) struct Space {
    next: AtomicU64,
    bytes: AtomicUsize,
}

impl Space {
    pub(super) fn new() -> Self {
        Self { next: AtomicU64::new(FIRST_ADDRESS), bytes: AtomicUsize::new(0) }
    }
}

/// An allocation, or part of one.
pub(super) struct Buffer {
    pub(super) view: View,
    room: Arc<Room>,
}

/// What an allocation takes, given back when the last part of it goes.
struct Room {
    bytes: usize,
    /// Whether it is in the context's heap as well.
    instructions: bool,
    context: Arc<Context>,
    space: Arc<Space>,
}

impl Buffer {
    pub(super) fn context(&self) -> &Arc<Context> {
        &self.room.context
    }

    pub(super) fn new(
        context: &Arc<Context>,
        space: &Arc<Space>,
        len: usize,
        kind: i32,
        group: u32,
    ) -> Result<Self, Failure> {
        let instructions = match kind {
            1 => true,
            2 => false,
            _ => return Err(Failure::argument(format!("there is no kind {kind} of buffers"))),
        };
        if len == 0 || len > IMPOSSIBLE {
            return Err(Failure::argument(format!("a buffer of {len} bytes")));
        }
        let room = Room::take(context, space, len, instructions)?;
        let address = space.next.fetch_add((len as u64).next_multiple_of(PAGE), Ordering::Relaxed);
        Ok(Self { view: View::new(len, group, address), room: Arc::new(room) })
    }

    /// Bytes of it, as a buffer of their own.
    pub(super) fn part(&self, offset: usize, len: usize) -> Result<Self, Failure> {
        let view = self.view.part(offset, len).ok_or_else(|| self.outside(offset, len))?;
        Ok(Self { view, room: self.room.clone() })
    }

    pub(super) fn outside(&self, offset: usize, len: usize) -> Failure {
        Failure::argument(format!("no {len} bytes from {offset} of {}", self.view.len()))
    }
}

impl Room {
    fn take(
        context: &Arc<Context>,
        space: &Arc<Space>,
        bytes: usize,
        instructions: bool,
    ) -> Result<Self, Failure> {
        let take = |counter: &AtomicUsize, most: usize| {
            let more = |taken: usize| taken.checked_add(bytes).filter(|taken| *taken <= most);
            counter.fetch_update(Ordering::Relaxed, Ordering::Relaxed, more).map_err(|taken| {
                let message = format!("no memory for {bytes} bytes: {taken} of {most} are taken");
                Failure { os_error: ENOMEM, ..Failure::new(Status::Memory, message) }
            })
        };
        take(&space.bytes, MEMORY)?;
        let mut room = Self { bytes, instructions: false, context: context.clone(), space: space.clone() };
        if instructions {
            take(&context.heap, HEAP)?;
            room.instructions = true;
        }
        Ok(room)
    }
}

impl Drop for Room {
    fn drop(&mut self) {
        self.space.bytes.fetch_sub(self.bytes, Ordering::Relaxed);
        if self.instructions {
            self.context.heap.fetch_sub(self.bytes, Ordering::Relaxed);
        }
    }
}
