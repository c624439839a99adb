//! Hark: a window without arguments, a command line with them.

mod audio_files;
mod bundled;
mod capture;
mod cli;
mod control;
mod delivery;
mod engine_thread;
mod export;
mod gui;
mod live;
mod machine;
mod models;
mod precision;
mod room;
mod session;
mod settings;
mod text;

use std::process::ExitCode;

fn main() -> ExitCode {
    cli::main()
}
