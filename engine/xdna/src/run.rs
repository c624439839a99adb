//! One execution of a kernel.

use crate::bindings as nx;
use crate::buffer::{Argument, Bound, Buffer, Memory};
use crate::error::{Error, ErrorKind};
use crate::kept::{ContextInner, KernelInner};
use crate::raw::Handle;
use std::marker::PhantomData;
use std::sync::Arc;
use std::time::Duration;

/// How long a run that was started and never waited for may take: the driver gives up on it then, too.
pub(crate) const LIMIT_OF_THE_FORGOTTEN: Duration = Duration::from_secs(2);

/// A kernel with its arguments, to be executed any number of times.
pub struct Run<'c> {
    pub(crate) inner: RunInner,
    scope: PhantomData<&'c ContextInner>,
}

pub(crate) struct RunInner {
    // In this order, so that the run is released before what it uses.
    pub(crate) handle: Handle<nx::nx_run>,
    bound: Vec<(u32, Bound)>,
    kernel: Arc<KernelInner>,
    progress: Progress,
}

/// How far an execution is.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Progress {
    /// None is under way.
    Idle,
    /// Started and not waited for.
    UnderWay,
    /// Started, and whether it ever comes to its end is not known.
    Lost,
}

/// A run under way, which has its buffers until it is waited for. Dropped, it waits at most 2 s.
#[must_use = "the run's buffers are borrowed until it is waited for"]
pub struct Started<'r> {
    run: &'r mut RunInner,
    buffers: PhantomData<&'r mut [u8]>,
}

impl<'c> Run<'c> {
    pub(crate) fn new(kernel: &Arc<KernelInner>) -> Result<Self, Error> {
        kernel.context.healthy()?;
        let handle = kernel.handle.run()?;
        let inner =
            RunInner { handle, bound: Vec::new(), kernel: Arc::clone(kernel), progress: Progress::Idle };
        Ok(Self { inner, scope: PhantomData })
    }

    /// Sets a buffer argument, counted from 0.
    ///
    /// # Errors
    /// [`ErrorKind::Argument`] if the kernel has no such argument or it takes no buffer, or the buffer is another
    /// context's; [`ErrorKind::Group`] if it lies in the wrong memory group.
    pub fn set_buffer(&mut self, argument: u32, buffer: &impl Argument<'c>) -> Result<(), Error> {
        let bound = buffer.bound();
        self.inner.can_change()?;
        if !Arc::ptr_eq(bound.memory().context(), self.inner.context()) {
            return Err(Error::argument("the buffer is another context's"));
        }
        self.inner.handle.set_buffer(argument, bound.handle())?;
        self.inner.bound.retain(|(other, _)| *other != argument);
        self.inner.bound.push((argument, bound));
        Ok(())
    }

    /// Sets an argument of 32 bits.
    ///
    /// # Errors
    /// [`ErrorKind::Argument`] if the kernel has no such argument, or one of another size.
    pub fn set_u32(&mut self, argument: u32, value: u32) -> Result<(), Error> {
        self.inner.can_change()?;
        self.inner.handle.set_u32(argument, value)
    }

    /// Sets an argument of 64 bits.
    ///
    /// # Errors
    /// As [`Run::set_u32`].
    pub fn set_u64(&mut self, argument: u32, value: u64) -> Result<(), Error> {
        self.inner.can_change()?;
        self.inner.handle.set_u64(argument, value)
    }

    /// Starts it. `buffers` are those that it uses, [`Resident`](crate::Resident) ones apart: it has them until it is
    /// waited for.
    ///
    /// # Errors
    /// [`ErrorKind::Argument`] if one of its buffers is not among `buffers`; [`ErrorKind::Poisoned`]; what the driver
    /// says.
    pub fn start<'r, const N: usize>(
        &'r mut self,
        buffers: [&'r mut Buffer<'c>; N],
    ) -> Result<Started<'r>, Error> {
        let run = &mut self.inner;
        run.context().healthy()?;
        run.can_change()?;
        run.check_buffers(&buffers)?;
        if let Err(error) = run.handle.start() {
            if !error.is_refusal() {
                // For all that is known it is under way.
                run.begin();
                run.end(false);
            }
            return Err(error);
        }
        run.begin();
        Ok(Started { run, buffers: PhantomData })
    }
}

impl Started<'_> {
    /// Waits until it is done, at most `limit`, and gives the buffers back.
    ///
    /// # Errors
    /// [`ErrorKind::Command`] if the device reports a failure; [`ErrorKind::Timeout`] if it is not done in time, after
    /// which the context is poisoned and the buffers are lost, as after any other error.
    pub fn wait(self, limit: Duration) -> Result<(), Error> {
        self.run.wait(limit)
    }
}

impl Drop for Started<'_> {
    fn drop(&mut self) {
        // Nobody asked how it went; what is lost is marked.
        let _ = self.run.wait(LIMIT_OF_THE_FORGOTTEN);
    }
}

impl RunInner {
    pub(crate) fn context(&self) -> &Arc<ContextInner> {
        &self.kernel.context
    }

    fn can_change(&self) -> Result<(), Error> {
        self.progress.can_change("the run")
    }

    /// Every buffer that the device may write is among `buffers`, and the host's.
    pub(crate) fn check_buffers(&self, buffers: &[&mut Buffer<'_>]) -> Result<(), Error> {
        for (argument, bound) in &self.bound {
            let memory = bound.memory();
            if memory.is_resident() {
                continue;
            }
            memory.free()?;
            if !buffers.iter().any(|buffer| Arc::ptr_eq(buffer.memory(), memory)) {
                return Err(Error::argument(format_args!(
                    "the buffer of argument {argument} was not handed over at the start"
                )));
            }
        }
        Ok(())
    }

    pub(crate) fn begin(&mut self) {
        self.progress = Progress::UnderWay;
        self.memories().for_each(Memory::begin);
    }

    /// Gives the buffers back; a run that may still be under way stays so, and the context is lost with it.
    pub(crate) fn end(&mut self, over: bool) {
        self.progress = Progress::after(over);
        self.memories().for_each(|memory| memory.end(over));
        if !over {
            self.context().poison();
        }
    }

    fn memories(&self) -> impl Iterator<Item = &Memory> {
        self.bound.iter().map(|(_, bound)| &**bound.memory())
    }

    fn wait(&mut self, limit: Duration) -> Result<(), Error> {
        if self.progress != Progress::UnderWay {
            return Ok(());
        }
        let waited = self.handle.wait(limit_ms(limit));
        self.end(waited.as_ref().err().is_none_or(|failure| failure.over));
        waited.map_err(|failure| failure.error)
    }
}

impl Progress {
    pub(crate) fn after(over: bool) -> Self {
        if over { Self::Idle } else { Self::Lost }
    }

    pub(crate) fn can_change(self, what: &str) -> Result<(), Error> {
        match self {
            Self::Idle => Ok(()),
            Self::UnderWay => Err(Error::new(ErrorKind::Busy, format_args!("{what} is under way"))),
            Self::Lost => Err(Error::new(ErrorKind::Poisoned, format_args!("{what} never came back"))),
        }
    }
}

/// At least 1, since no limit at all is not to be had; rounded up.
pub(crate) fn limit_ms(limit: Duration) -> u32 {
    u32::try_from(limit.as_nanos().div_ceil(1_000_000)).unwrap_or(u32::MAX - 1).max(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_limit_is_never_none_and_never_too_short() {
        let limits = [
            (Duration::ZERO, 1),
            (Duration::from_nanos(1), 1),
            (Duration::from_millis(1), 1),
            (Duration::from_micros(1001), 2),
            (Duration::from_secs(3), 3000),
            (Duration::MAX, u32::MAX - 1),
        ];
        for (limit, ms) in limits {
            assert_eq!(limit_ms(limit), ms, "{limit:?}");
        }
    }
}
