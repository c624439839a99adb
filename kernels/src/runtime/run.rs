//! Runs of a kernel and lists of them, and how they end.

use super::objects::{Context, Kernel};
use super::progress::{Progress, lock};
use super::{Argument, Command, Failure, Status};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// `nx_state`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(i32)]
#[allow(missing_docs, reason = "nx.h says what they are")]
pub enum State {
    New = 1,
    Running = 3,
    Completed = 4,
    Error = 5,
    Timeout = 8,
}

/// A kernel with some of its arguments.
pub(super) struct Run {
    pub(super) kernel: Arc<Kernel>,
    arguments: Mutex<Vec<Option<Argument>>>,
    progress: Mutex<Option<Arc<Progress>>>,
    /// A list has it, which alone executes it.
    listed: AtomicBool,
}

impl Run {
    pub(super) fn new(kernel: Arc<Kernel>) -> Self {
        let arguments = Mutex::new(vec![None; kernel.arguments.len()]);
        Self { kernel, arguments, progress: Mutex::new(None), listed: AtomicBool::new(false) }
    }

    /// Starts it by itself.
    pub(super) fn start(run: &Arc<Self>) -> Result<(), Failure> {
        run.check_alone()?;
        start(&run.kernel.context, std::slice::from_ref(run)).map(|_| ())
    }

    /// Waits for it.
    pub(super) fn wait(&self, limit_ms: u32) -> Result<State, (State, Option<u32>, Failure)> {
        self.check_alone().map_err(|failure| (State::New, None, failure))?;
        wait(&self.kernel.context, lock(&self.progress).clone(), limit_ms)
    }

    pub(super) fn is_under_way(&self) -> bool {
        lock(&self.progress).as_ref().is_some_and(|progress| !progress.is_over())
    }

    pub(super) fn check_alone(&self) -> Result<(), Failure> {
        let listed = self.listed.load(Ordering::Relaxed);
        if listed { Err(Failure::argument("the run is part of a list")) } else { Ok(()) }
    }

    pub(super) fn check_number(&self, index: u32, bytes: u64) -> Result<(), Failure> {
        let expected = self.kernel.argument(index)?;
        if expected.group.is_none() && expected.size == bytes {
            return Ok(());
        }
        Err(Failure::argument(format!("argument {index} is no number of {bytes} bytes")))
    }

    pub(super) fn set(&self, index: u32, value: Argument) -> Result<(), Failure> {
        self.idle()?;
        let mut arguments = lock(&self.arguments);
        let expected = self.kernel.argument(index)?;
        match (&value, expected.group) {
            (Argument::Buffer(view), Some(group)) if view.group != group => {
                let message = format!(
                    "argument {index} must be in memory {group}, and the buffer is in {}",
                    view.group
                );
                return Err(Failure::new(Status::Group, message));
            }
            (Argument::Buffer(_), Some(_)) => {}
            (Argument::Number(_), None) => {}
            _ => return Err(Failure::argument(format!("argument {index} is of another kind"))),
        }
        arguments[index as usize] = Some(value);
        Ok(())
    }

    fn idle(&self) -> Result<(), Failure> {
        if self.is_under_way() { Err(Failure::new(Status::Busy, "the run is under way")) } else { Ok(()) }
    }

    /// The command as it stands, whose end `progress` will tell.
    fn command(&self) -> Result<Command, Failure> {
        self.idle()?;
        let missing = |index| Failure::argument(format!("argument {index} was never set"));
        let arguments = lock(&self.arguments);
        let arguments =
            arguments.iter().enumerate().map(|(i, value)| value.clone().ok_or_else(|| missing(i)));
        let arguments = arguments.collect::<Result<_, _>>()?;
        Ok(Command { kernel: self.kernel.name.clone(), arguments, wrong: None })
    }
}

/// Starts runs, of one context, as one.
fn start(context: &Arc<Context>, runs: &[Arc<Run>]) -> Result<Arc<Progress>, Failure> {
    context.healthy()?;
    let commands = runs.iter().map(|run| run.command()).collect::<Result<Vec<_>, _>>()?;
    let progress = Arc::new(Progress::default());
    for run in runs {
        *lock(&run.progress) = Some(progress.clone());
    }
    context.device.queue.push(&context.users, commands, &progress);
    Ok(progress)
}

/// Waits for what was started: the state that a wait reports, and which command failed. What does not end, or not as a
/// command that the device reports, is given up with its context.
fn wait(
    context: &Context,
    progress: Option<Arc<Progress>>,
    limit_ms: u32,
) -> Result<State, (State, Option<u32>, Failure)> {
    let nothing = |message| (State::New, None, Failure::argument(message));
    if limit_ms == 0 {
        return Err(nothing("a wait needs a limit"));
    }
    let progress = progress.ok_or_else(|| nothing("nothing was started"))?;
    match progress.wait(Duration::from_millis(limit_ms.into())) {
        Some(Ok(())) => Ok(State::Completed),
        Some(Err((index, failure))) => {
            if failure.status != Status::Command {
                context.poison();
            }
            Err((State::Error, Some(index), failure))
        }
        None => {
            context.poison();
            let failure = Failure::new(Status::Timeout, format!("not done within {limit_ms} ms"));
            Err((State::Timeout, None, failure))
        }
    }
}

/// Runs that are executed one behind the other.
pub(super) struct List {
    pub(super) context: Arc<Context>,
    runs: Mutex<Vec<Arc<Run>>>,
    progress: Mutex<Option<Arc<Progress>>>,
}

impl List {
    pub(super) fn new(context: Arc<Context>) -> Self {
        Self { context, runs: Mutex::default(), progress: Mutex::default() }
    }

    pub(super) fn is_under_way(&self) -> bool {
        lock(&self.progress).as_ref().is_some_and(|progress| !progress.is_over())
    }

    /// Waits for it.
    pub(super) fn wait(&self, limit_ms: u32) -> Result<State, (State, Option<u32>, Failure)> {
        wait(&self.context, lock(&self.progress).clone(), limit_ms)
    }

    pub(super) fn add(&self, run: Arc<Run>) -> Result<(), Failure> {
        if self.is_under_way() {
            return Err(Failure::new(Status::Busy, "the list is under way"));
        }
        let mut runs = lock(&self.runs);
        if !Arc::ptr_eq(&run.kernel.context, &self.context) {
            return Err(Failure::argument("a run of another context"));
        }
        run.check_alone()?;
        run.idle()?;
        run.listed.store(true, Ordering::Relaxed);
        runs.push(run);
        Ok(())
    }

    pub(super) fn execute(&self) -> Result<(), Failure> {
        let runs = lock(&self.runs);
        if runs.is_empty() {
            return Err(Failure::argument("the list is empty"));
        }
        *lock(&self.progress) = Some(start(&self.context, &runs)?);
        Ok(())
    }
}

impl Drop for List {
    fn drop(&mut self) {
        lock(&self.runs).iter().for_each(|run| run.listed.store(false, Ordering::Relaxed));
    }
}
