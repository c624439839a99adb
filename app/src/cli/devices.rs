//! `hark devices`: the microphones.

use super::args::DevicesArgs;
use super::exit::{Complaint, Exit, Failure, note};
use super::stdout;
use crate::capture::{self, patiently};
use cpal::traits::{DeviceTrait, HostTrait};
use serde::Serialize;

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
