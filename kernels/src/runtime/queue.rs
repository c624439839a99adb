//! The thread that is the device: it carries out what was started, in order.

use super::faults::{Faults, What};
use super::progress::{Progress, lock};
use super::{Argument, Command, Device, Failure, Status};
use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::Instant;

/// Commands that belong together.
struct Job {
    /// Counts the commands of their context that are under way.
    users: Arc<AtomicU32>,
    commands: Vec<Command>,
    progress: Arc<Progress>,
}

#[derive(Default)]
struct Jobs {
    waiting: VecDeque<Job>,
    closed: bool,
}

#[derive(Default)]
struct Shared {
    jobs: Mutex<Jobs>,
    changed: Condvar,
}

/// What the device has to do. Its thread ends when this is dropped, after what it has begun.
pub(super) struct Queue(Arc<Shared>);

impl Queue {
    pub(super) fn start(device: Arc<dyn Device>, faults: Arc<Faults>) -> Result<Self, Failure> {
        let shared = Arc::new(Shared::default());
        let theirs = shared.clone();
        let body = move || {
            while let Some(job) = theirs.next() {
                let outcome = job.run(&*device, &faults);
                job.mark(false);
                job.progress.end(outcome);
            }
        };
        match std::thread::Builder::new().name("npu-device".into()).spawn(body) {
            Ok(_) => Ok(Self(shared)),
            Err(error) => Err(Failure::new(Status::Internal, format!("no thread for the device: {error}"))),
        }
    }

    pub(super) fn push(&self, users: &Arc<AtomicU32>, commands: Vec<Command>, progress: &Arc<Progress>) {
        let job = Job { users: users.clone(), commands, progress: progress.clone() };
        job.mark(true);
        lock(&self.0.jobs).waiting.push_back(job);
        self.0.changed.notify_one();
    }
}

impl Drop for Queue {
    fn drop(&mut self) {
        lock(&self.0.jobs).closed = true;
        self.0.changed.notify_one();
    }
}

impl Shared {
    fn next(&self) -> Option<Job> {
        let mut jobs = lock(&self.jobs);
        loop {
            if let Some(job) = jobs.waiting.pop_front() {
                return Some(job);
            }
            if jobs.closed {
                return None;
            }
            jobs = self.changed.wait(jobs).unwrap_or_else(PoisonError::into_inner);
        }
    }
}

impl Job {
    /// Says of all that is used that it is, or is no more.
    fn mark(&self, used: bool) {
        if used {
            self.users.fetch_add(1, Ordering::Relaxed)
        } else {
            self.users.fetch_sub(1, Ordering::Relaxed)
        };
        for argument in self.commands.iter().flat_map(|command| &command.arguments) {
            if let Argument::Buffer(view) = argument {
                view.use_by(used);
            }
        }
    }

    fn run(&self, device: &dyn Device, faults: &Faults) -> Result<(), (u32, Failure)> {
        (0..).zip(&self.commands).try_for_each(|(i, command)| {
            let work = || run(device, command, &faults.at_command());
            let thrown = |_| Err(Failure::new(Status::Internal, "the device threw"));
            catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(thrown).map_err(|failure| (i, failure))
        })
    }
}

/// Carries out a command, with what is to go wrong with it.
fn run(device: &dyn Device, command: &Command, faults: &[What]) -> Result<(), Failure> {
    let start = Instant::now();
    let mut factor = 1;
    let mut wrong = None;
    for fault in faults {
        match fault {
            What::Slow(by) => factor = *by,
            What::Wrong(how) => wrong = Some(*how),
            fault => super::faults::happen(*fault, "the command")?,
        }
    }
    device
        .run(&Command { wrong, ..command.clone() })
        .map_err(|message| Failure::new(Status::Command, message))?;
    std::thread::sleep(start.elapsed() * factor.saturating_sub(1));
    Ok(())
}
