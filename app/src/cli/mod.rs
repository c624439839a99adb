//! The command line: results on standard output, everything else on standard error.

mod args;
mod bench;
mod control;
mod devices;
mod doctor;
mod exit;
mod history;
mod interrupt;
mod keys;
mod live;
mod manual;
mod models;
mod npu_check;
mod npu_worker;
mod prove;
#[cfg(feature = "serve")]
mod serve;
mod stdout;
mod transcribe;
mod values;
mod window;

#[cfg(target_os = "linux")]
use crate::delivery::holder;
use crate::machine;
use crate::session::Wish;
use args::{Args, Command};
use clap::Parser;
use exit::{Exit, Failure};
use std::process::ExitCode;

/// Reads the arguments and does what they say: a command, or the window without one.
pub fn main() -> ExitCode {
    let args = match Args::try_parse() {
        Ok(args) => args,
        Err(answer) => {
            // Help and version are answers, too; a closed pipe behind them is nobody's error.
            let _ = answer.print();
            return if answer.use_stderr() { Exit::Usage } else { Exit::Ok }.into();
        }
    };
    let result = match args.command {
        None => window::run(&args),
        Some(Command::Transcribe(args)) => transcribe::run(args),
        Some(Command::Live(args)) => live::run(args),
        #[cfg(feature = "serve")]
        Some(Command::Serve(args)) => serve::run(&args),
        Some(Command::Toggle(args)) => control::dictate(&args, Wish::Toggle),
        Some(Command::Start(args)) => control::dictate(&args, Wish::Start),
        Some(Command::Stop) => control::wish(Wish::Stop),
        Some(Command::Cancel) => control::wish(Wish::Cancel),
        Some(Command::Undo) => control::wish(Wish::Undo),
        Some(Command::PasteLast) => control::wish(Wish::PasteLast),
        Some(Command::NextLanguage) => control::wish(Wish::NextLanguage),
        Some(Command::Keys) => keys::run(),
        Some(Command::Status(args)) => control::status(&args),
        Some(Command::History(args)) => history::run(args.command),
        Some(Command::Models(args)) => models::run(args),
        Some(Command::Devices(args)) => devices::run(&args),
        Some(Command::Bench(args)) if args.prove => prove::run(&args),
        Some(Command::Bench(args)) => bench::run(&args),
        Some(Command::BenchLoad(args)) => bench::answer(&args),
        #[cfg(target_os = "linux")]
        Some(Command::HoldClipboard) => hold_clipboard(),
        Some(Command::NpuWorker(args)) => npu_worker::run(&args),
        Some(Command::Doctor(args)) => doctor::run(&args),
        Some(Command::NpuCheck(args)) => npu_check::run(&args),
        Some(Command::Completions(args)) => manual::completions(args.shell),
        Some(Command::Manual(args)) => manual::pages(&args.folder),
        Some(Command::TryNpu(args)) => doctor::try_npu(&args),
    };
    match result {
        Ok(exit) => exit.into(),
        Err(Failure { exit, complaint }) => {
            if let Some(complaint) = complaint {
                complaint.print();
            }
            exit.into()
        }
    }
}

/// Is the process that keeps the clipboard's content after the window's end.
#[cfg(target_os = "linux")]
fn hold_clipboard() -> Result<Exit, Failure> {
    let failure = |what| Exit::Failed.with(exit::Complaint::new(what));
    holder::keep().map(|()| Exit::Ok).map_err(failure)
}
