//! Who waits for whom, and what a launch leaves behind.

use super::array::{Array, Run};
use super::parts::{Actor, Channel, Doing, State, Work};
use std::collections::VecDeque;
use std::fmt::Write as _;

/// Lines of a report of who waits.
const LINES: usize = 48;

/// What must be the same before and after a launch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Rest {
    locks: Vec<u8>,
    cores: Vec<(usize, Vec<(u32, u32)>)>,
}

impl Array {
    /// The state of what has no memory of earlier launches.
    pub fn rest(&self) -> Rest {
        let core = |core: &super::parts::Core| {
            // Behind the last step is before the first.
            let at = if core.at == core.ops.len() { 0 } else { core.at };
            (at, core.turns.clone())
        };
        Rest {
            locks: self.locks.iter().map(|lock| lock.value).collect(),
            cores: self.cores.iter().map(core).collect(),
        }
    }

    /// What is not as it was, a line for each.
    pub fn left_behind(&self, before: &Rest) -> Vec<String> {
        let now = self.rest();
        let mut lines = Vec::new();
        for channel in &self.channels {
            match &channel.state {
                State::Moving(moving) if moving.done > 0 || moving.argument.is_some() => lines.push(format!(
                    "{}: {} of {} words",
                    channel.name,
                    moving.done,
                    moving.addresses.words()
                )),
                State::Starting => lines.push(format!("{}: a task that has not begun", channel.name)),
                _ => {}
            }
            if let Work::Tasks(tasks) = &channel.work
                && tasks.len() > 1
            {
                lines.push(format!("{}: {} tasks in its queue", channel.name, tasks.len()));
            }
            if channel.tokens > 0 {
                lines.push(format!("{}: {} tokens that nobody took", channel.name, channel.tokens));
            }
        }
        for (lock, (was, is)) in self.locks.iter().zip(before.locks.iter().zip(&now.locks)) {
            if was != is {
                let tile = &self.tiles[lock.tile].name;
                lines.push(format!("{tile}: lock {} counts {is}, and {was} before", lock.name));
            }
        }
        for (index, (was, is)) in before.cores.iter().zip(&now.cores).enumerate() {
            if was != is {
                lines.push(self.core_line(index));
            }
        }
        lines
    }

    fn core_line(&self, index: usize) -> String {
        let core = &self.cores[index];
        let turns: Vec<String> = core.turns.iter().map(|(turn, count)| format!("{turn}/{count}")).collect();
        let turns = if turns.is_empty() { String::new() } else { format!(" in turn {}", turns.join(" ")) };
        let what = match core.doing {
            Doing::Lock(lock) => format!("waits for {}", self.lock_line(lock)),
            Doing::Kernel => "is in a kernel".into(),
            Doing::Program => "is at work".into(),
        };
        format!("{}{turns} {what}", core.name)
    }

    fn lock_line(&self, lock: usize) -> String {
        let lock = &self.locks[lock];
        let wanted = lock.waiting.front().map_or(1, |(_, by, _)| *by);
        let by: Vec<&str> = lock.raised_by.iter().map(|actor| self.name(*actor)).collect();
        let by = if by.is_empty() { "nobody".into() } else { by.join(", ") };
        format!("lock {} ({}, {wanted} wanted), which {by} counts up", lock.name, lock.value)
    }

    fn name(&self, actor: Actor) -> &str {
        match actor {
            Actor::Controller => "the controller",
            Actor::Channel(channel) => &self.channels[channel].name,
            Actor::Core(core) => &self.cores[core].name,
            Actor::Flow(_) => "a stream",
        }
    }

    /// The other ends of a channel's stream that are not ready.
    fn not_ready(&self, channel: &Channel) -> Vec<usize> {
        let Some(flow) = channel.flow.map(|flow| &self.flows[flow]) else { return Vec::new() };
        let ends = [flow.from].into_iter().chain(flow.to.iter().copied());
        ends.filter(|end| !matches!(self.channels[*end].state, State::Moving(_))).collect()
    }

    /// What somebody waits for, and whom.
    fn waits(&self, actor: Actor, controller: &[usize]) -> (String, Vec<Actor>) {
        match actor {
            Actor::Controller => {
                let missing = controller.iter().filter(|index| self.channels[**index].tokens == 0);
                let missing: Vec<usize> = missing.copied().collect();
                let names: Vec<&str> = missing.iter().map(|index| &*self.channels[*index].name).collect();
                let line = format!("the controller waits for a token of {}", names.join(", "));
                (line, missing.into_iter().map(Actor::Channel).collect())
            }
            Actor::Channel(index) => self.channel_waits(&self.channels[index]),
            Actor::Core(index) => {
                let whom = match self.cores[index].doing {
                    Doing::Lock(lock) => self.locks[lock].raised_by.clone(),
                    _ => Vec::new(),
                };
                (self.core_line(index), whom)
            }
            Actor::Flow(_) => ("a stream is at work".into(), Vec::new()),
        }
    }

    fn channel_waits(&self, channel: &Channel) -> (String, Vec<Actor>) {
        let descriptor = match &channel.work {
            Work::Chain { links, next } => links.get(*next).map(|link| link.number),
            Work::Tasks(tasks) => tasks.front().map(|task| task.descriptor),
        };
        let who = match descriptor {
            Some(number) => format!("{} with BD {number}", channel.name),
            None => channel.name.clone(),
        };
        match &channel.state {
            State::Idle => (format!("{who} has no task"), Vec::new()),
            State::Starting => (format!("{who} begins"), Vec::new()),
            State::Lock(lock) => {
                (format!("{who} waits for {}", self.lock_line(*lock)), self.locks[*lock].raised_by.clone())
            }
            State::Moving(moving) => {
                let ends = self.not_ready(channel);
                let names: Vec<&str> = ends.iter().map(|end| &*self.channels[*end].name).collect();
                let line = format!(
                    "{who}, word {} of {}, waits for {}",
                    moving.done,
                    moving.addresses.words(),
                    names.join(", ")
                );
                (line, ends.into_iter().map(Actor::Channel).collect())
            }
        }
    }
}

impl Run<'_> {
    /// Who waits for whom, from the controller on; ends with a circle, if there is one.
    pub fn who_waits(&self) -> String {
        let mut seen = vec![Actor::Controller];
        let mut next = VecDeque::from(seen.clone());
        let mut text = String::new();
        let mut lines = 0;
        while let Some(actor) = next.pop_front() {
            let (line, whom) = self.array.waits(actor, &self.controller.awaits);
            lines += 1;
            if lines <= LINES {
                // Writing to a string cannot fail.
                let _ = writeln!(text, "{line}");
            }
            for actor in whom {
                if !seen.contains(&actor) {
                    seen.push(actor);
                    next.push_back(actor);
                }
            }
        }
        if lines > LINES {
            let _ = writeln!(text, "and {} more", lines - LINES);
        }
        if let Some(circle) = self.circle(&mut Vec::new(), &mut Vec::new(), Actor::Controller) {
            let names: Vec<&str> = circle.iter().map(|actor| self.array.name(*actor)).collect();
            let _ = writeln!(text, "in a circle: {}", names.join(" → "));
        }
        text.truncate(text.trim_end().len());
        text
    }

    fn circle(&self, way: &mut Vec<Actor>, done: &mut Vec<Actor>, actor: Actor) -> Option<Vec<Actor>> {
        if let Some(first) = way.iter().position(|other| *other == actor) {
            return Some([&way[first..], &[actor]].concat());
        }
        if done.contains(&actor) {
            return None;
        }
        way.push(actor);
        let (_, whom) = self.array.waits(actor, &self.controller.awaits);
        let found = whom.into_iter().find_map(|next| self.circle(way, done, next));
        way.pop();
        done.push(actor);
        found
    }
}
