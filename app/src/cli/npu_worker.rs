//! `hark npu-worker`: the process that holds the NPU for another one of this program.

use super::args::NpuWorkerArgs;
use super::exit::{Complaint, Exit, Failure};
use crate::text::reason;
use hark_engine::encoder::npu::{OpensNpu, in_worker, worker};
use std::io::{self, BufReader};

/// Serves until the parent wants no more, or is gone.
pub fn run(args: &NpuWorkerArgs) -> Result<Exit, Failure> {
    let failed = |what: String| Exit::Failed.with(Complaint::new(format!("the NPU's process: {what}")));
    end_with(args.parent).map_err(|error| failed(reason(&error)))?;
    let (input, mut output) = in_worker().map_err(|error| failed(reason(&error)))?;
    match worker::serve(&mut OpensNpu, &mut BufReader::new(input), &mut output) {
        Ok(()) => Ok(Exit::Ok),
        Err(error) => Err(failed(format!("its parent cannot be understood: {error}"))),
    }
}

/// A device that hangs keeps its process from noticing that nobody asks any more: the system is to end it.
#[cfg(target_os = "linux")]
fn end_with(parent: u32) -> io::Result<()> {
    use rustix::process::{Signal, getppid, set_parent_process_death_signal};
    set_parent_process_death_signal(Some(Signal::KILL))?;
    let still_there = getppid().is_some_and(|pid| u32::try_from(pid.as_raw_nonzero().get()) == Ok(parent));
    if still_there { Ok(()) } else { Err(io::Error::other("nobody is there who asked for it")) }
}

#[cfg(not(target_os = "linux"))]
fn end_with(_parent: u32) -> io::Result<()> {
    Ok(())
}
