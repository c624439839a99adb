//! Runs that are executed at one go.

use crate::bindings as nx;
use crate::buffer::Buffer;
use crate::error::{Error, ListError};
use crate::kept::ContextInner;
use crate::raw::{Handle, WaitError};
use crate::run::{LIMIT_OF_THE_FORGOTTEN, Progress, Run, RunInner, limit_ms};
use std::marker::PhantomData;
use std::sync::Arc;
use std::time::Duration;

/// Runs of one context in their order, to be executed at one go any number of times.
pub struct RunList<'c> {
    inner: ListInner,
    scope: PhantomData<&'c ContextInner>,
}

struct ListInner {
    // In this order, so that the list is released before its runs.
    handle: Handle<nx::nx_list>,
    runs: Vec<RunInner>,
    context: Arc<ContextInner>,
    progress: Progress,
}

/// A list under way, which has its runs and their buffers until it is waited for. Dropped, it waits at most 2 s.
#[must_use = "the list's buffers are borrowed until it is waited for"]
pub struct Executing<'r> {
    list: &'r mut ListInner,
    buffers: PhantomData<&'r mut [u8]>,
}

impl<'c> RunList<'c> {
    pub(crate) fn new(context: &Arc<ContextInner>) -> Result<Self, Error> {
        let (handle, context) = (context.list()?, Arc::clone(context));
        let inner = ListInner { handle, runs: Vec::new(), context, progress: Progress::Idle };
        Ok(Self { inner, scope: PhantomData })
    }

    /// Adds a run with all its arguments behind the others.
    ///
    /// # Errors
    /// [`ErrorKind::Argument`](crate::ErrorKind::Argument) if it is another context's;
    /// [`ErrorKind::Busy`](crate::ErrorKind::Busy) if the list is under way.
    pub fn add(&mut self, run: Run<'c>) -> Result<(), Error> {
        let list = &mut self.inner;
        list.can_change()?;
        if !Arc::ptr_eq(run.inner.context(), &list.context) {
            return Err(Error::argument("the run is another context's"));
        }
        list.handle.add(&run.inner.handle)?;
        list.runs.push(run.inner);
        Ok(())
    }

    /// How many runs it has.
    pub fn len(&self) -> usize {
        self.inner.runs.len()
    }

    /// It has no runs.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Starts all runs. `buffers` are those that they use, [`Resident`](crate::Resident) ones apart: the list has them
    /// until it is waited for. Allocates nothing.
    ///
    /// # Errors
    /// [`ErrorKind::Argument`](crate::ErrorKind::Argument) if the list is empty or one of its buffers is not among
    /// `buffers`; [`ErrorKind::Poisoned`](crate::ErrorKind::Poisoned); what the driver says.
    pub fn execute<'r, const N: usize>(
        &'r mut self,
        buffers: [&'r mut Buffer<'c>; N],
    ) -> Result<Executing<'r>, Error> {
        let list = &mut self.inner;
        list.context.healthy()?;
        list.can_change()?;
        if list.runs.is_empty() {
            return Err(Error::argument("the run list is empty"));
        }
        for run in &list.runs {
            run.check_buffers(&buffers)?;
        }
        if let Err(error) = list.handle.execute() {
            if !error.is_refusal() {
                // For all that is known it is under way.
                list.begin();
                list.end(false);
            }
            return Err(error);
        }
        list.begin();
        Ok(Executing { list, buffers: PhantomData })
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

impl ListInner {
    fn can_change(&self) -> Result<(), Error> {
        self.progress.can_change("the run list")
    }

    fn begin(&mut self) {
        self.progress = Progress::UnderWay;
        self.runs.iter_mut().for_each(RunInner::begin);
    }

    fn end(&mut self, over: bool) {
        self.progress = Progress::after(over);
        self.runs.iter_mut().for_each(|run| run.end(over));
    }

    fn wait(&mut self, limit: Duration) -> Result<(), ListError> {
        if self.progress != Progress::UnderWay {
            return Ok(());
        }
        let waited = self.handle.wait(limit_ms(limit));
        self.end(waited.as_ref().err().is_none_or(|failure| failure.over));
        waited.map_err(|WaitError { error, failed, .. }| ListError { failed, error })
    }
}
