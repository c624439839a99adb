//! `hark doctor`: does this machine have what Hark needs?

use super::args::{DoctorArgs, TryNpuArgs};
use super::exit::{Exit, Failure};
use super::stdout;
use crate::checks::{self, Status};

/// Prints the report; exit code 1 if a check failed.
pub fn run(args: &DoctorArgs) -> Result<Exit, Failure> {
    let mut found = checks::all();
    found.extend(args.insertion.then(checks::tried_out));
    if args.json {
        if !args.paths {
            found = checks::without_folders(found);
        }
        stdout::put_json(&found)?;
    } else {
        stdout::put(&checks::text(&found))?;
    }
    let failed = found.iter().any(|check| check.status == Status::Fail);
    Ok(if failed { Exit::Failed } else { Exit::Ok })
}

/// Opens the NPU in this process, for one that waits for it with a time limit.
pub fn try_npu(args: &TryNpuArgs) -> Result<Exit, Failure> {
    let tried = match &args.design {
        Some(design) => checks::try_here(&args.path, design),
        None => checks::open_here(&args.path),
    };
    match tried {
        Ok(()) => Ok(Exit::Ok),
        Err(why) => stdout::put(&why).map(|()| Exit::Failed),
    }
}
