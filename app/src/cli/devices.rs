//! `hark devices`: the microphones.

use super::args::DevicesArgs;
use super::exit::{Complaint, Exit, Failure, note};
use super::stdout;
use crate::capture;
use cpal::traits::{DeviceTrait, HostTrait};
use crossbeam_channel::bounded;
use serde::Serialize;
use std::thread;
use std::time::Duration;

/// A microphone as it is listed.
#[derive(Serialize)]
struct Row {
    id: String,
    label: String,
    /// Whether the system takes it when none is chosen.
    default: bool,
}

/// Lists the microphones.
pub fn run(args: &DevicesArgs) -> Result<Exit, Failure> {
    let asked = patiently(|| {
        let default = cpal::default_host().default_input_device().and_then(|device| device.id().ok());
        (default.map(|id| id.to_string()), capture::microphones())
    });
    let silent = || {
        let complaint = Complaint::new("the sound system does not answer");
        Exit::Failed.with(complaint.hint("restart the sound system (PipeWire or PulseAudio)"))
    };
    let (default, microphones) = asked.ok_or_else(silent)?;
    let rows: Vec<_> = microphones
        .into_iter()
        .map(|capture::Microphone { id, label }| Row { default: default.as_ref() == Some(&id), id, label })
        .collect();
    if args.json {
        stdout::put_json(&rows)?;
        return Ok(Exit::Ok);
    }
    for Row { id, label, default } in &rows {
        let mark = if *default { '*' } else { ' ' };
        stdout::put(&format!("{mark} {label}  ({id})\n"))?;
    }
    if rows.is_empty() {
        note("no microphone was found; plug one in and check the system's sound settings");
    }
    Ok(Exit::Ok)
}

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
fn patiently<T: Send + 'static>(ask: impl FnOnce() -> T + Send + 'static) -> Option<T> {
    let (answer, answered) = bounded(1);
    thread::spawn(move || answer.send(ask()));
    answered.recv_timeout(PATIENCE).ok()
}
