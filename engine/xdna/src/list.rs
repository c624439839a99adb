//! Runs that are executed at one go.

use crate::bindings as nx;
use crate::buffer::Buffer;
use crate::context::{Context, ContextInner};
use crate::error::{Error, ListError};
use crate::raw::{Handle, WaitError};
use crate::run::{LIMIT_OF_THE_FORGOTTEN, Progress, Run, limit_ms};
use std::marker::PhantomData;
use std::sync::Arc;
use std::time::Duration;

/// Runs of one context in their order, to be executed at one go any number of times.
pub struct RunList<'c> {
    // In this order, so that the list is released before its runs.
    handle: Handle<nx::nx_list>,
    runs: Vec<Run<'c>>,
    context: Arc<ContextInner>,
    progress: Progress,
    scope: PhantomData<&'c Context>,
}

/// A list under way, which has its runs and their buffers until it is waited for. Dropped, it waits at most 2 s.
#[must_use = "the list's buffers are borrowed until it is waited for"]
pub struct Executing<'r> {
    list: &'r mut dyn UnderWay,
    buffers: PhantomData<&'r mut [u8]>,
}

/// A list without the lifetime of its context.
trait UnderWay: Send {
    fn wait(&mut self, limit: Duration) -> Result<(), ListError>;
}

impl<'c> RunList<'c> {
    pub(crate) fn new(context: &Arc<ContextInner>) -> Result<Self, Error> {
        let handle = context.list()?;
        Ok(Self {
            handle,
            runs: Vec::new(),
            context: Arc::clone(context),
            progress: Progress::Idle,
            scope: PhantomData,
        })
    }

    /// Adds a run with all its arguments behind the others.
    ///
    /// # Errors
    /// [`ErrorKind::Argument`] if it is another context's; [`ErrorKind::Busy`] if the list is under way.
    pub fn add(&mut self, run: Run<'c>) -> Result<(), Error> {
        self.can_change()?;
        if !Arc::ptr_eq(run.inner.context(), &self.context) {
            return Err(Error::argument("the run is another context's"));
        }
        self.handle.add(&run.inner.handle)?;
        self.runs.push(run);
        Ok(())
    }

    /// How many runs it has.
    pub fn len(&self) -> usize {
        self.runs.len()
    }

    /// It has no runs.
    pub fn is_empty(&self) -> bool {
        self.runs.is_empty()
    }

    /// Starts all runs. `buffers` are those that they use, [`Resident`](crate::Resident) ones apart: the list has them
    /// until it is waited for. Allocates nothing.
    ///
    /// # Errors
    /// [`ErrorKind::Argument`] if the list is empty or one of its buffers is not among `buffers`;
    /// [`ErrorKind::Poisoned`]; what the driver says.
    pub fn execute<'r, const N: usize>(
        &'r mut self,
        buffers: [&'r mut Buffer<'c>; N],
    ) -> Result<Executing<'r>, Error> {
        self.context.healthy()?;
        self.can_change()?;
        if self.runs.is_empty() {
            return Err(Error::argument("the run list is empty"));
        }
        for run in &self.runs {
            run.inner.check_buffers(&buffers)?;
        }
        if let Err(error) = self.handle.execute() {
            if !error.is_refusal() {
                // For all that is known it is under way.
                self.begin();
                self.end(false);
            }
            return Err(error);
        }
        self.begin();
        Ok(Executing { list: self, buffers: PhantomData })
    }

    fn can_change(&self) -> Result<(), Error> {
        self.progress.can_change("the run list")
    }

    fn begin(&mut self) {
        self.progress = Progress::UnderWay;
        self.runs.iter_mut().for_each(|run| run.inner.begin());
    }

    fn end(&mut self, over: bool) {
        self.progress = Progress::after(over);
        self.runs.iter_mut().for_each(|run| run.inner.end(over));
    }
}

impl UnderWay for RunList<'_> {
    fn wait(&mut self, limit: Duration) -> Result<(), ListError> {
        if self.progress != Progress::UnderWay {
            return Ok(());
        }
        match self.handle.wait(limit_ms(limit)) {
            Ok(()) => {
                self.end(true);
                Ok(())
            }
            Err(WaitError { error, failed, over }) => {
                self.end(over);
                Err(ListError { failed, error })
            }
        }
    }
}

impl Executing<'_> {
    /// Waits until all runs are done, at most `limit`, and gives the buffers back.
    ///
    /// # Errors
    /// As [`Started::wait`](crate::Started::wait), with the run that failed where it is known.
    pub fn wait(self, limit: Duration) -> Result<(), ListError> {
        self.list.wait(limit)
    }
}

impl Drop for Executing<'_> {
    fn drop(&mut self) {
        // Nobody asked how it went; what is lost is marked.
        let _ = self.list.wait(LIMIT_OF_THE_FORGOTTEN);
    }
}
