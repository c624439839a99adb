//! From the command line to the window.

use super::args::Args;
use super::control::{self, Turn, take_turn};
use super::exit::{Complaint, Exit, Failure, note};
use super::interrupt::Interrupt;
use super::stdout;
use crate::control::Server;
use crate::gui::{self, Picker, Question, SystemPicker};
#[cfg(target_os = "linux")]
use crate::indicator::Indicator;
use crate::keys::Keys;
use crate::machine;
use crate::own_window::OwnWindow;
use crate::precision::PrecisionChoice;
use crate::session::{Command, Config, ConfigError, Manner, Session, Wish};
use clap::CommandFactory;
use crossbeam_channel::Sender;
use std::panic::{self, AssertUnwindSafe};
use std::path::{self, PathBuf};
use std::thread;

/// What the window looks for when it opens, as Debian and Ubuntu name it; `packaging/prepare.sh` has
/// the same list.
const LIBRARIES: &str = "apt install libx11-6 libx11-xcb1 libxcursor1 libxi6 libxrandr2 libxkbcommon0 \
                         libxkbcommon-x11-0 libwayland-client0 libwayland-egl1 libgl1 libegl1 libfontconfig1";

/// What the window is to do first.
enum First {
    Nothing,
    /// Nothing, and be out of sight until somebody wants it.
    Hide,
    Record,
    Transcribe(Vec<PathBuf>),
}

/// Opens the window, or has the one that is open do what the arguments say.
pub fn run(args: &Args) -> Result<Exit, Failure> {
    let (model, precision) = (args.model.as_deref(), args.precision);
    if args.record {
        // A window that is there stays where it is: the text may be meant for another app.
        return match control::wish(Wish::Start(Manner::default())) {
            Err(Failure { exit: Exit::NotRunning, .. }) => open(model, precision, First::Record),
            answered => answered,
        };
    }
    let files = if args.choose_files { chosen()? } else { existing(&args.files)? };
    match files.is_empty() {
        true if args.choose_files => Ok(Exit::Ok),
        true if args.in_tray => open(model, precision, First::Hide),
        true => open(model, precision, First::Nothing),
        false => open(model, precision, First::Transcribe(files)),
    }
}

/// Files that the person chooses in the desktop's dialog.
fn chosen() -> Result<Vec<PathBuf>, Failure> {
    SystemPicker.pick(&Question::Files).ok_or_else(|| {
        let complaint = Complaint::new("this system has no file dialog that Hark could open");
        Exit::Failed.with(complaint.hint("install xdg-desktop-portal or zenity, or name files: `hark FILE`"))
    })
}

/// Opens the window with this model, or with the usual choice, and returns when it is closed and everything
/// is on disk. Where a window is open already, that one gets the files instead.
fn open(model: Option<&str>, precision: Option<PrecisionChoice>, first: First) -> Result<Exit, Failure> {
    let in_tray = matches!(first, First::Hide);
    let (files, record) = match first {
        First::Nothing | First::Hide => (Vec::new(), false),
        First::Record => (Vec::new(), true),
        First::Transcribe(files) => (files, false),
    };
    let claim = match take_turn(&files) {
        Turn::Ours(claim) => claim,
        Turn::Theirs => {
            if model.is_some() || precision.is_some() {
                note("the window that is open keeps its model and precision");
            }
            stdout::put(&handed_over(files.len()))?;
            return Ok(Exit::Ok);
        }
    };
    let precision = precision.unwrap_or_default();
    let config = Config::of_this_machine(model, machine::physical_cores(), precision).map_err(|error| {
        let complaint = Complaint::new(error.to_string());
        match error {
            ConfigError::Model(_) => Exit::Model.with(complaint.hint("`hark models` lists what is found")),
            ConfigError::Homeless => Exit::Failed.with(complaint),
        }
    })?;
    let mut session = None;
    let mut server = None;
    let mut commands = None;
    #[cfg(target_os = "linux")]
    let mut indicator = None;
    let own_window = OwnWindow::new();
    let mut keys = None;
    let closed = without_noise(|| {
        gui::run(&own_window, in_tray, |wake| {
            let handle = Session::spawn(config, wake)?;
            session = Some(handle.join);
            // A channel that nobody else has used yet has room.
            if !files.is_empty() {
                let _ = handle.commands.try_send(Command::AddFiles(files));
            }
            if record {
                let _ = handle.commands.try_send(Command::Start);
            }
            if let Some(claim) = claim {
                match Server::start(claim, handle.commands.clone(), handle.watch) {
                    Ok(started) => server = Some(started),
                    Err(error) => note(&format!("the control socket does not work: {error}")),
                }
            }
            #[cfg(target_os = "linux")]
            match Indicator::start(handle.indicator, handle.commands.clone(), own_window.clone()) {
                Ok(started) => indicator = Some(started),
                Err(error) => note(&format!("nothing shows dictation outside the window: {error}")),
            }
            commands = Some(handle.commands.clone());
            quit_when_asked(handle.commands.clone());
            match Keys::start(handle.commands.clone(), handle.keys) {
                Ok(started) => keys = Some(started),
                Err(error) => note(&format!("no key works outside the window: {error}")),
            }
            Ok((handle.commands, handle.snapshots))
        })
    });
    if let Some(server) = &mut server {
        server.close();
    }
    // Held keys let go of the session, too.
    drop(keys);
    let opened = session.is_some();
    // The session finishes what is on disk and ends. The icon in the panel holds a sender as long as it does.
    commands.into_iter().for_each(|commands| drop(commands.send(Command::Quit)));
    let ended = session.is_none_or(|session| session.join().is_ok());
    #[cfg(target_os = "linux")]
    indicator.into_iter().for_each(Indicator::finish);
    match closed {
        Ok(Ok(())) => {}
        Ok(Err(error)) => {
            let complaint = Complaint::new(format!("cannot open a window: {error}"));
            let hint = "the command line works without one: `hark transcribe FILE`";
            return Err(Exit::Failed.with(complaint.hint(hint)));
        }
        // The window library panics where a library of the system is missing.
        Err(what) if !opened => {
            let complaint = Complaint::new(format!("cannot open a window: {what}"));
            return Err(Exit::Failed.with(complaint.hint(format!("install what is missing: {LIBRARIES}"))));
        }
        Err(what) => {
            let complaint = Complaint::new(format!("the window stopped by a defect of its own: {what}"));
            let hint = "please report it; recordings are kept and found at the next start";
            return Err(Exit::Failed.with(complaint.hint(hint)));
        }
    }
    if ended {
        return Ok(Exit::Ok);
    }
    let complaint = Complaint::new("the session ended by a defect of its own");
    Err(Exit::Failed
        .with(complaint.hint("please report it; recordings are kept and found at the next start")))
}

/// Has the session end as its menu does when the program is asked to: by a logout, a service manager, `kill` or Ctrl-C.
/// What was dictated and copied is handed over then, which a program that is just ended cannot do.
fn quit_when_asked(commands: Sender<Command>) {
    let interrupt = Interrupt::listen();
    let listen = move || {
        if interrupt.wished.recv().is_ok() {
            // A session that ends already need not be told.
            let _ = commands.send(Command::Quit);
        }
    };
    // Without a thread to spare a signal is for whoever sends a second one.
    let _ = thread::Builder::new().name("hark-signals".into()).spawn(listen);
}

/// The files as absolute paths, for whichever program will read them.
fn existing(files: &[PathBuf]) -> Result<Vec<PathBuf>, Failure> {
    let absolute = |file: &PathBuf| {
        if file.exists() {
            return path::absolute(file).map_err(|error| error.to_string());
        }
        let name = file.display();
        let is_command = file.to_str().is_some_and(|name| Args::command().find_subcommand(name).is_some());
        Err(if is_command {
            format!("the command `{name}` cannot be used with what stands before it")
        } else {
            format!("there is no file or command `{name}`")
        })
    };
    files.iter().map(absolute).collect::<Result<_, _>>().map_err(|what| {
        Exit::Usage.with(Complaint::new(what).hint("`hark --help` lists commands and options"))
    })
}

fn handed_over(files: usize) -> String {
    let files = match files {
        0 => "",
        1 => " and has got the file",
        _ => " and has got the files",
    };
    format!("Hark is running already: its window comes forward{files}.\n")
}

/// Does the work; a panic of this thread comes back as its message, and is not printed.
fn without_noise<T>(work: impl FnOnce() -> T) -> Result<T, String> {
    let usual = panic::take_hook();
    let here = thread::current().id();
    panic::set_hook(Box::new(move |panic| {
        if thread::current().id() != here {
            usual(panic);
        }
    }));
    let done = panic::catch_unwind(AssertUnwindSafe(work));
    // Back to the one that prints.
    let _ = panic::take_hook();
    done.map_err(|panic| {
        let text = panic.downcast_ref::<String>().map(String::as_str);
        text.or_else(|| panic.downcast_ref::<&str>().copied()).unwrap_or("no message").to_owned()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_comes_back_as_its_message() {
        assert_eq!(without_noise(|| 7), Ok(7));
        assert_eq!(without_noise(|| -> () { panic!("no {}", "library") }), Err("no library".into()));
    }

    #[test]
    fn the_libraries_are_those_that_are_installed_for_the_window() {
        let script = include_str!("../../../packaging/prepare.sh");
        let package_for_debian = include_str!("../../Cargo.toml");
        for package in LIBRARIES.split_whitespace().skip(2) {
            assert!(script.contains(package) && package_for_debian.contains(package), "{package}");
        }
    }
}
