//! Hark: a window without arguments, a command line with them.

mod capture;
mod cli;
mod delivery;
mod engine_thread;
mod export;
mod gui;
mod models;
mod session;

use std::process::ExitCode;

fn main() -> ExitCode {
    cli::main()
}
