//! Asks the sound system without waiting for ever.

use cpal::traits::{DeviceTrait, HostTrait};
use crossbeam_channel::bounded;
use std::thread;
use std::time::Duration;

/// A sound system that has not answered by then will not.
const PATIENCE: Duration = Duration::from_secs(5);

/// What becomes of the default microphone when one asks for it.
pub enum Answer {
    /// It can be used; its name.
    Works(String),
    /// There is none, or the system refuses it; its words.
    Refused(String),
    /// The sound system does not answer.
    Hangs,
}

/// Asks the default microphone what it can do, as recording would, without waiting for ever.
pub fn ask_default() -> Answer {
    let ask = || {
        let Some(device) = cpal::default_host().default_input_device() else {
            return Answer::Refused("none found".into());
        };
        let name = device.description().map_or_else(|_| "no name".into(), |known| known.name().to_owned());
        match device.default_input_config() {
            Ok(_) => Answer::Works(name),
            Err(error) => Answer::Refused(format!("{name} cannot be used: {error}")),
        }
    };
    patiently(ask).unwrap_or(Answer::Hangs)
}

/// What the sound system answers, unless it takes too long.
pub fn patiently<T: Send + 'static>(ask: impl FnOnce() -> T + Send + 'static) -> Option<T> {
    let (answer, answered) = bounded(1);
    thread::spawn(move || answer.send(ask()));
    answered.recv_timeout(PATIENCE).ok()
}
