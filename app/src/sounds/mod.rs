//! Sounds that tell when a dictation begins and ends, for somebody who looks elsewhere.
//!
//! They are played by a thread of their own. Whatever goes wrong there costs the sound and nothing else.

mod output;
mod playback;
mod player;
mod streaming;
mod tones;

use crate::capture::{Prelude, prelude};
use crossbeam_channel::{Sender, bounded};
pub use playback::{Heard, Playback, Sound, Wanted};
pub use player::Order;
use std::thread;
use std::time::Instant;

/// Where sounds are ordered. Ordering never waits.
#[derive(Clone, Debug, Default)]
pub struct Sounds {
    /// `None` plays nothing.
    orders: Option<Sender<Order>>,
}

impl Sounds {
    /// Those of the system's loudspeaker; silence if the system has no thread for them.
    pub fn of_this_machine() -> Self {
        let (orders, inbox) = bounded(2);
        let spawned = thread::Builder::new().name("hark-sounds".into()).spawn(move || player::run(&inbox));
        Self { orders: spawned.is_ok().then_some(orders) }
    }

    /// Those that a test hears.
    #[cfg(test)]
    pub fn heard_by(orders: Sender<Order>) -> Self {
        Self { orders: Some(orders) }
    }

    /// Orders the sound of a beginning, and gives what its recorder has to know; `None` if there is none.
    pub fn begin(&self) -> Option<Prelude> {
        let (prelude, cue) = prelude();
        self.orders.as_ref()?.try_send(Order::Begin(cue)).ok()?;
        Some(prelude)
    }

    /// Orders the sound of an end, not to be heard before `earliest`.
    pub fn end(&self, earliest: Instant) {
        // A player that is too busy hangs, and what it would play then would come too late.
        let _ = self.orders.as_ref().map(|orders| orders.try_send(Order::End { earliest }));
    }
}
