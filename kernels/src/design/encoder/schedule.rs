//! When each task is started: queues hold four tasks, a descriptor is written again when its task is done, and nothing
//! is read before it is there.
//!
//! What is done is known from C alone: when a part of it has come, everything sent for that part was used. A and B of
//! the next operation are started while the last parts of one are under way, if nothing of it is read. Commands are
//! written when all of C has come, for until then cores may go on with the one before.

use super::job::{Item, Job, Span};
use crate::design::resident::{Control, Tiles};
use crate::op::Buffer;
use crate::txn::{Channel, Direction, Done, Step, TileKind, Transfer, Wait, Write};
use std::collections::VecDeque;
use std::ops::Range;

/// Tasks that a queue holds; as many descriptors does each stream of a shim have.
const QUEUE: u8 = 4;

const fn channel(stream: usize) -> Channel {
    match stream {
        A => Channel { direction: Direction::FromMemory, number: 0 },
        B => Channel { direction: Direction::FromMemory, number: 1 },
        _ => Channel { direction: Direction::ToMemory, number: 0 },
    }
}

const A: usize = 0;
const B: usize = 1;
const C: usize = 2;

/// A stream of one shim.
#[derive(Clone, Default)]
struct Queue {
    /// Not started yet: the number of the job, and its task.
    waiting: VecDeque<(usize, Item)>,
    /// Started and not known to be done: job and part.
    running: VecDeque<(usize, usize)>,
    /// Tasks that were started.
    started: u32,
}

struct Scheduler<'a> {
    jobs: &'a [Job],
    tiles: Tiles,
    control: Control,
    queues: Vec<[Queue; 3]>,
    steps: Vec<Step>,
}

/// Steps that do all jobs in their order, and those of each.
pub(super) fn steps(jobs: &[Job], tiles: &Tiles, control: Control) -> (Vec<Step>, Vec<Range<usize>>) {
    let queues = vec![<[Queue; 3]>::default(); tiles.columns.into()];
    let mut scheduler = Scheduler { jobs, tiles: *tiles, control, queues, steps: Vec::new() };
    let mut ranges = Vec::new();
    for job in 0..jobs.len() {
        let first = scheduler.steps.len();
        scheduler.job(job);
        ranges.push(first..scheduler.steps.len());
    }
    (scheduler.steps, ranges)
}

impl Scheduler<'_> {
    fn job(&mut self, number: usize) {
        let job = &self.jobs[number];
        self.command(job);
        if number == 0 {
            self.enter(0, [true, true]);
        } else {
            let before = &self.jobs[number - 1];
            self.enter(number, early(before, job).map(|early| !early));
        }
        for (queues, streams) in self.queues.iter_mut().zip(&job.streams) {
            queues[C].waiting.extend(streams.c.iter().map(|item| (number, *item)));
        }
        if let Some(next) = self.jobs.get(number + 1) {
            self.enter(number + 1, early(job, next));
        }
        self.start();
        for part in 0..job.parts {
            self.wait(part);
            self.start();
        }
    }

    /// Lets tasks of a job's A, and of its B, be started.
    fn enter(&mut self, number: usize, which: [bool; 2]) {
        for (queues, streams) in self.queues.iter_mut().zip(&self.jobs[number].streams) {
            for (stream, items) in [(A, &streams.a), (B, &streams.b)] {
                if which[stream] {
                    queues[stream].waiting.extend(items.iter().map(|item| (number, *item)));
                }
            }
        }
    }

    /// Tells all cores what to do, then lets them.
    fn command(&mut self, job: &Job) {
        let words = job.command.words().to_vec();
        let go = TileKind::Core.lock(self.control.go);
        for (offset, words) in [(self.control.command, words), (go, vec![1])] {
            let write = |at: crate::design::graph::At| Write {
                column: at.column,
                row: at.row,
                offset,
                words: words.clone(),
            };
            self.steps.extend(self.tiles.cores().map(write).map(Step::Write));
        }
    }

    /// Starts what can be: C first, so that what comes out has somewhere to go.
    fn start(&mut self) {
        for stream in [C, B, A] {
            for (column, queues) in (0..).zip(&mut self.queues) {
                let queue = &mut queues[stream];
                while queue.running.len() < QUEUE.into() {
                    let Some((job, Item { task, part })) = queue.waiting.pop_front() else { break };
                    let first = QUEUE * stream as u8;
                    self.steps.push(Step::Transfer(Transfer {
                        column,
                        channel: channel(stream),
                        descriptor: first + (queue.started % u32::from(QUEUE)) as u8,
                        argument: task.buffer as u8,
                        offset: task.offset,
                        pattern: task.pattern,
                        token: stream == C,
                    }));
                    queue.started += 1;
                    queue.running.push_back((job, part));
                }
            }
        }
    }

    /// Waits for a part of the job in all columns.
    fn wait(&mut self, part: usize) {
        for (column, queues) in (0..).zip(&mut self.queues) {
            while let Some(&(job, of)) = queues[C].running.front().filter(|(_, of)| *of <= part) {
                queues[C].running.pop_front();
                // Of several tasks of one part, the last says that all is there.
                let last = queues[C].running.front().is_none_or(|next| *next != (job, of))
                    && queues[C].waiting.front().is_none_or(|(job_, item)| (*job_, item.part) != (job, of));
                let mut proves = Vec::new();
                for stream in [A, B] {
                    let running = &mut queues[stream].running;
                    let done =
                        if last { running.iter().take_while(|task| **task <= (job, of)).count() } else { 0 };
                    running.drain(..done);
                    if done > 0 {
                        proves.push(Done { column, channel: channel(stream), tasks: done as u8 });
                    }
                }
                self.steps.push(Step::Wait(Wait { column, channel: channel(C), proves }));
            }
        }
    }
}

/// Whether A and B of the next job may be sent while this one is under way: they are not what it makes.
fn early(job: &Job, next: &Job) -> [bool; 2] {
    let free =
        |reads: &[Span]| reads.iter().all(|span| span.buffer == Buffer::Weights || !span.meets(&job.writes));
    [free(&next.reads_a), free(&next.reads_b)]
}
