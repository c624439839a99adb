//! What the command line says of itself, and how the desktop's menu starts it.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod common;

use common::Sandbox;

#[test]
fn every_command_that_help_lists_has_a_page() {
    let sandbox = Sandbox::new();
    assert_eq!(sandbox.hark(&["manual", "."]).quietly(), "");
    let pages = common::names(&sandbox.work());
    let help = sandbox.hark(&["--help"]).quietly();
    let commands = help.split("Commands:\n").nth(1).unwrap().split("\n\n").next().unwrap();
    let commands: Vec<_> = commands.lines().filter_map(|line| line.split_whitespace().next()).collect();
    assert!(commands.len() > 10, "{commands:?}");
    for command in commands.iter().filter(|command| **command != "help") {
        assert!(pages.contains(&format!("hark-{command}.1")), "{command}: {pages:?}");
    }
    assert!(!pages.iter().any(|page| page.contains("npu-worker")), "what is hidden has none: {pages:?}");
    let page = sandbox.read("hark-transcribe.1");
    assert!(page.contains(".TH") && page.contains("subtitle") && page.contains("Exit codes"), "{page}");
    sandbox.hark(&["manual", "missing"]).is(
        1,
        "",
        "error: cannot write the pages: No such file or directory\n",
    );
}

#[test]
fn shells_get_commands_and_options() {
    let sandbox = Sandbox::new();
    for shell in ["bash", "zsh", "fish"] {
        let script = sandbox.hark(&["completions", shell]).quietly();
        assert!(script.contains("npu-check") && script.contains("word-timestamps"), "{shell}: {script}");
    }
}

#[test]
fn the_entry_of_the_menu_starts_what_there_is() {
    let sandbox = Sandbox::new();
    let entry = include_str!("../../packaging/desktop/hark.desktop");
    let lines: Vec<_> = entry.lines().filter_map(|line| line.strip_prefix("Exec=hark")).collect();
    assert_eq!(lines.len(), 3);
    for line in lines {
        let arguments: Vec<_> = line.split_whitespace().filter(|word| *word != "%F").collect();
        let mut command = sandbox.command(&arguments);
        // No bus, and so no dialog.
        command.env("DBUS_SESSION_BUS_ADDRESS", "unix:path=nowhere").env("PATH", "");
        let ended = sandbox.ended(command.output().unwrap());
        assert!(ended.code == Some(1) || ended.code == Some(0), "without a screen: {arguments:?}: {ended:?}");
        assert!(!ended.err.contains("unexpected"), "{ended:?}");
    }
    assert_eq!(sandbox.hark(&["--record", "a.wav"]).code, Some(2));
}
