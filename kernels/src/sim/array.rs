//! The array as it lasts from launch to launch, and the loop of events that a launch is.

use super::fault::{Fault, SimError};
use super::kernels::Kernels;
use super::parts::{Actor, Channel, Controller, Core, Flow, Lock, Tile};
use super::settings::Settings;
use crate::design::graph::At;
use crate::txn::Device;
use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap, VecDeque};
use std::sync::atomic::AtomicU32;

/// Everything that keeps its state.
pub(super) struct Array {
    pub device: Device,
    pub tiles: Vec<Tile>,
    pub places: HashMap<At, usize>,
    pub locks: Vec<Lock>,
    pub channels: Vec<Channel>,
    pub flows: Vec<Flow>,
    pub cores: Vec<Core>,
    pub kernels: Box<dyn Kernels>,
    pub settings: Settings,
}

/// A launch under way.
pub(super) struct Run<'a> {
    pub array: &'a mut Array,
    /// The kernel's buffers.
    pub arguments: &'a [&'a [AtomicU32]],
    pub controller: Controller,
    pub now: u64,
    /// When the system's memory has done what it was asked for.
    pub memory_free: f64,
    /// Words that are being moved.
    pub words: Vec<u32>,
    ready: VecDeque<Actor>,
    events: BinaryHeap<Reverse<(u64, u64, Actor)>>,
    sequence: u64,
}

impl<'a> Run<'a> {
    /// A launch that has not begun.
    pub fn new(array: &'a mut Array, arguments: &'a [&'a [AtomicU32]], controller: Controller) -> Self {
        Self {
            array,
            arguments,
            controller,
            now: 0,
            memory_free: 0.0,
            words: Vec::new(),
            ready: VecDeque::new(),
            events: BinaryHeap::new(),
            sequence: 0,
        }
    }

    /// Lets all do what they can, until nobody can do anything.
    pub fn until_all_wait(&mut self) -> Result<(), SimError> {
        loop {
            while let Some(actor) = self.ready.pop_front() {
                self.step(actor)?;
            }
            let Some(Reverse((time, _, actor))) = self.events.pop() else { return Ok(()) };
            if time > self.array.settings.limit {
                return Err(self.error("the launch", Fault::TooLong(self.array.settings.limit)));
            }
            self.now = time;
            match actor {
                Actor::Channel(channel) => self.channel_started(channel),
                Actor::Flow(flow) => self.flow_arrived(flow),
                Actor::Core(core) => self.core_returned(core),
                Actor::Controller => self.controller_step(),
            }?;
        }
    }

    fn step(&mut self, actor: Actor) -> Result<(), SimError> {
        match actor {
            Actor::Controller => self.controller_step(),
            Actor::Channel(channel) => self.channel_step(channel),
            Actor::Flow(flow) => self.flow_step(flow),
            Actor::Core(core) => self.core_step(core),
        }
    }

    /// Somebody may be able to go on.
    pub fn wake(&mut self, actor: Actor) {
        self.ready.push_back(actor);
    }

    /// Something happens later.
    pub fn later(&mut self, cycles: u64, actor: Actor) {
        self.sequence += 1;
        self.events.push(Reverse((self.now.saturating_add(cycles), self.sequence, actor)));
    }

    pub fn error(&self, place: impl Into<String>, fault: Fault) -> SimError {
        SimError { cycle: self.now, place: place.into(), fault }
    }

    pub fn channel_error(&self, channel: usize, fault: Fault) -> SimError {
        self.error(&self.array.channels[channel].name, fault)
    }

    /// Counts a lock down, or begins to wait for it.
    pub fn acquire(&mut self, lock: usize, by: u8, actor: Actor) -> bool {
        let lock = &mut self.array.locks[lock];
        if lock.value >= by {
            lock.value -= by;
            return true;
        }
        lock.waiting.push_back((actor, by, self.now));
        false
    }

    /// Counts a lock up, and lets those go on who waited for it.
    pub fn release(&mut self, lock: usize, by: u8) -> Result<(), SimError> {
        let now = self.now;
        let entry = &mut self.array.locks[lock];
        let value = u32::from(entry.value) + u32::from(by);
        if value > u32::from(Lock::MOST) {
            let (name, tile) = (entry.name.clone(), entry.tile);
            return Err(self.error(&self.array.tiles[tile].name, Fault::LockOver { name, value }));
        }
        entry.value = value as u8;
        let mut free = Vec::new();
        while let Some(next) = entry.waiting.iter().position(|(_, by, _)| *by <= entry.value) {
            if let Some((actor, by, since)) = entry.waiting.remove(next) {
                entry.value -= by;
                entry.waited += now - since;
                free.push(actor);
            }
        }
        for actor in free {
            match actor {
                Actor::Core(core) => self.core_has_lock(core)?,
                Actor::Channel(channel) => self.channel_has_lock(channel)?,
                Actor::Controller | Actor::Flow(_) => {}
            }
        }
        Ok(())
    }
}
