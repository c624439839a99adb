//! Hark: a window without arguments, a command line with them.

mod audio_files;
mod autostart;
mod bindings;
mod bundled;
mod capture;
mod checked_lines;
mod checks;
mod cli;
mod control;
mod delivery;
mod desktop;
#[cfg(feature = "download")]
mod download;
mod engine_thread;
mod export;
mod file_name;
mod gui;
mod history;
mod indicator;
mod kept_files;
mod keys;
mod language;
mod live;
mod look;
mod machine;
mod measured;
mod models;
mod npu;
mod own_window;
mod precision;
mod private_files;
#[cfg(feature = "serve")]
mod prometheus;
mod room;
mod rules;
mod sample_formats;
#[cfg(feature = "serve")]
mod serve;
mod session;
mod settings;
mod sounds;
mod speakers;
mod speeds;
#[cfg(all(test, target_os = "linux"))]
mod test_bus;
#[cfg(test)]
mod test_chance;
mod text;
mod texts;
mod wish;

use std::process::ExitCode;

fn main() -> ExitCode {
    cli::main()
}
