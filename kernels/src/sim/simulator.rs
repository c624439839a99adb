//! The simulator as others use it.

use super::array::{Array, Run};
use super::fault::{Fault, SimError};
use super::kernels::Kernels;
use super::outcome::{ChannelLoad, CoreLoad, LockWait, Outcome};
use super::parts::Actor;
use super::parts::Controller;
use super::report::Rest;
use super::settings::Settings;
use crate::design::graph::{At, Graph};
use crate::txn;
use std::sync::atomic::AtomicU32;

/// An array that is configured and takes launches, one after the other. What a launch leaves in it the next one finds.
pub struct Simulator {
    array: Array,
    rest: Rest,
    broken: bool,
}

impl Simulator {
    /// Configures an array and lets it run until everything waits for the first launch.
    ///
    /// # Errors
    /// [`Fault::Design`] if no array can be like this; whatever goes wrong before the first launch.
    pub fn new(graph: &Graph, kernels: Box<dyn Kernels>, settings: Settings) -> Result<Self, SimError> {
        let array = super::build::array(graph, kernels, settings);
        let wrong = |fault| SimError { cycle: 0, place: "the graph".into(), fault };
        let mut array = array.map_err(wrong)?;
        let actors = (0..array.channels.len()).map(Actor::Channel);
        let actors: Vec<Actor> = actors.chain((0..array.cores.len()).map(Actor::Core)).collect();
        let mut run = Run::new(&mut array, &[], Controller::new(Vec::new()));
        actors.into_iter().for_each(|actor| run.wake(actor));
        run.until_all_wait()?;
        let rest = array.rest();
        Ok(Self { array, rest, broken: false })
    }

    /// Carries out an instruction stream on the kernel's buffers.
    ///
    /// # Errors
    /// Whatever goes wrong; then this simulator takes no more launches.
    pub fn run(&mut self, words: &[u32], arguments: &[&[AtomicU32]]) -> Result<Outcome, SimError> {
        if std::mem::replace(&mut self.broken, true) {
            return Err(SimError { cycle: 0, place: "the array".into(), fault: Fault::Broken });
        }
        let outcome = self.launch(words, arguments)?;
        self.broken = false;
        Ok(outcome)
    }

    /// A tile's memory, for those who want to look.
    pub fn memory(&self, at: At) -> Option<&[u8]> {
        self.array.places.get(&at).map(|tile| &self.array.tiles[*tile].memory[..])
    }

    fn launch(&mut self, words: &[u32], arguments: &[&[AtomicU32]]) -> Result<Outcome, SimError> {
        let wrong = |fault| SimError { cycle: 0, place: "the stream".into(), fault };
        let stream = txn::decode(words).map_err(|error| wrong(error.into()))?;
        let device = self.array.device;
        if (stream.header.generation, stream.header.rows) != (device.generation, device.rows)
            || stream.header.columns > device.columns
        {
            let what =
                format!("a stream for {} columns of {:?}", stream.header.columns, stream.header.generation);
            return Err(wrong(Fault::Unmodelled(what)));
        }
        self.begin();
        let mut run = Run::new(&mut self.array, arguments, Controller::new(stream.instructions));
        run.wake(Actor::Controller);
        run.until_all_wait()?;
        let Some(cycles) = run.controller.ended else {
            let report = run.who_waits();
            return Err(run.error(run.controller.place(), Fault::Deadlock(report)));
        };
        let left = run.array.left_behind(&self.rest);
        if !left.is_empty() {
            return Err(run.error("the end", Fault::Leftover(left.join("\n"))));
        }
        let done = std::mem::take(&mut run.controller.done);
        Ok(self.outcome(cycles, done))
    }

    /// Counts from 0 again.
    fn begin(&mut self) {
        self.array.tiles.iter_mut().for_each(|tile| tile.registers.forget_addresses());
        self.array.channels.iter_mut().for_each(|channel| (channel.bytes, channel.busy) = (0, 0));
        self.array.cores.iter_mut().for_each(|core| (core.calls, core.busy) = (0, 0));
        for lock in &mut self.array.locks {
            lock.waited = 0;
            lock.waiting.iter_mut().for_each(|(_, _, since)| *since = 0);
        }
    }

    fn outcome(&self, cycles: u64, done: Vec<u64>) -> Outcome {
        let array = &self.array;
        let channels = array.channels.iter().filter(|channel| channel.bytes > 0).map(|channel| ChannelLoad {
            at: array.tiles[channel.tile].at,
            channel: channel.channel,
            bytes: channel.bytes,
            busy: channel.busy,
        });
        let cores = array.cores.iter().map(|core| CoreLoad {
            at: array.tiles[core.tile].at,
            calls: core.calls,
            busy: core.busy,
        });
        let locks = array.locks.iter().filter(|lock| lock.waited > 0).map(|lock| LockWait {
            at: array.tiles[lock.tile].at,
            name: lock.name.clone(),
            cycles: lock.waited,
        });
        Outcome { cycles, done, channels: channels.collect(), cores: cores.collect(), locks: locks.collect() }
    }
}
