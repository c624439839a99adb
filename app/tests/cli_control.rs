//! Commands for the running window, without one.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
#![cfg(unix)]

mod common;

use common::Sandbox;
use std::os::unix::net::UnixListener;

const NOT_RUNNING: &str = "error: Hark is not running\nhint: start it with `hark`\n";

#[test]
fn commands_say_that_no_hark_runs() {
    let sandbox = Sandbox::new();
    for command in ["toggle", "start", "stop", "cancel", "undo", "status"] {
        sandbox.hark(&[command]).is(5, "", NOT_RUNNING);
    }
    sandbox.hark(&["status", "--follow", "--format", "json"]).is(5, "", NOT_RUNNING);
    assert_eq!(common::names(&sandbox.runtime()), [""; 0], "asking leaves nothing behind");
}

#[test]
fn a_bar_is_told_that_no_hark_runs() {
    let off = "{\"alt\":\"off\",\"class\":\"off\",\"text\":\"\",\"tooltip\":\"Hark is not running\"}\n";
    Sandbox::new().hark(&["status", "--format", "waybar"]).is(5, off, NOT_RUNNING);
}

#[test]
fn the_socket_of_a_dead_hark_is_none() {
    let sandbox = Sandbox::new();
    std::fs::create_dir(sandbox.runtime().join("hark")).unwrap();
    drop(UnixListener::bind(sandbox.runtime().join("hark/control.sock")).unwrap());
    sandbox.hark(&["toggle"]).is(5, "", NOT_RUNNING);
}

#[test]
fn without_a_runtime_folder_there_is_another() {
    let sandbox = Sandbox::new();
    let output = sandbox.command(&["status"]).env_remove("XDG_RUNTIME_DIR").output().unwrap();
    sandbox.ended(output).is(5, "", NOT_RUNNING);
}

#[test]
fn a_window_that_cannot_open_gives_the_place_back() {
    let sandbox = Sandbox::new();
    let ended = sandbox.hark(&["--model", "demo"]);
    assert_eq!(ended.code, Some(1), "{ended:?}");
    assert!(ended.err.starts_with("error: cannot open a window"), "{}", ended.err);
    assert_eq!(common::names(&sandbox.runtime().join("hark")), ["control.lock"]);
}
