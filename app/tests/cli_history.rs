//! `hark history`, on a history as an earlier Hark left it.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod common;

use common::Sandbox;
use serde_json::Value;
use std::fs;

/// Three entries, written by schema 1. It stays readable.
const HISTORY: &str = include_str!("data/history-1.jsonl");

fn sandbox() -> Sandbox {
    let sandbox = Sandbox::new();
    fs::create_dir_all(sandbox.data().join("history")).unwrap();
    fs::create_dir_all(sandbox.data().join("recordings")).unwrap();
    fs::write(sandbox.data().join("history/history.jsonl"), HISTORY).unwrap();
    for number in 1..=3 {
        fs::write(sandbox.data().join(format!("recordings/{number}.wav")), "").unwrap();
    }
    sandbox
}

fn json(text: &str) -> Value {
    serde_json::from_str(text).unwrap()
}

#[test]
fn the_list_is_newest_first_and_can_be_searched() {
    let sandbox = sandbox();
    let list = sandbox.hark(&["history", "list"]).quietly();
    let ids: Vec<_> = list.lines().map(|line| &line[..8]).collect();
    assert_eq!(ids, ["ccccccc3", "bbbbbbb2", "aaaaaaa1"], "{list}");
    assert!(list.contains("0:03  The second, once more."), "{list}");
    let found = sandbox.hark(&["history", "list", "--search", "GRÜßE", "--json"]).quietly();
    assert_eq!((json(&found)[0]["text"].as_str(), json(&found)[1].as_str()), (Some("Grüße, 3."), None));
    assert_eq!(
        json(&sandbox.hark(&["history", "list", "--limit", "2", "--json"]).quietly())[1]["speed_x"],
        10.0
    );
    sandbox.hark(&["history", "list", "--search", "nobody"]).is(0, "", "note: nothing has these words\n");
}

#[test]
fn an_entry_is_shown_by_as_much_of_its_name_as_is_needed() {
    let sandbox = sandbox();
    sandbox.hark(&["history", "show", "b"]).is(0, "The second, once more.\n", "");
    sandbox.hark(&["history", "show", "last"]).is(0, "Grüße, 3.\n", "");
    sandbox.hark(&["history", "show", "last", "--heard"]).is(0, "Grüße comma drei.\n", "");
    let shown = json(&sandbox.hark(&["history", "show", "bbbbbbb2", "--json"]).quietly());
    assert_eq!((&shown["versions"][0]["heard"], &shown["starred"]), (&"The second.".into(), &true.into()));
    let missing = sandbox.hark(&["history", "show", "77"]);
    assert_eq!(missing.code, Some(2));
    assert!(
        missing.err.contains("there is no dictation `77`") && missing.err.contains("hint: "),
        "{}",
        missing.err
    );
}

#[test]
fn entries_are_exported_in_every_format() {
    let sandbox = sandbox();
    let out = |arguments: &[&str]| sandbox.hark(&[&["history", "export"], arguments].concat()).quietly();
    assert_eq!(out(&["a"]), "The first.\n");
    assert!(out(&["--format", "srt"]).ends_with("3\n00:00:05,000 --> 00:00:07,500\nGrüße comma drei.\n\n"));
    assert!(out(&["--format", "vtt", "a"]).starts_with("WEBVTT\n"));
    assert_eq!(out(&["--format", "csv"]).lines().count(), 4);
    assert!(out(&["--format", "md"]).contains(" ★\n\nThe second, once more.\n"));
    assert_eq!(json(&out(&["--json", "c", "a", "cc"])).as_array().unwrap().len(), 2, "each once");
    sandbox.hark(&["history", "export", "-o", "all.txt"]).quietly();
    assert!(sandbox.read("all.txt").contains("\nThe first.\n"));
    let again = sandbox.hark(&["history", "export", "-o", "all.txt"]);
    again.is(1, "", "error: all.txt exists already\nhint: --overwrite replaces it\n");
}

#[test]
fn deleting_is_for_good() {
    let sandbox = sandbox();
    sandbox.hark(&["history", "delete", "a", "b"]).is(0, "2 dictations deleted\n", "");
    let left = fs::read_to_string(sandbox.data().join("history/history.jsonl")).unwrap();
    assert!(!left.contains("The first.") && !left.contains("The second") && left.contains("drei"));
    assert_eq!(common::names(&sandbox.data().join("recordings")), ["3.wav"]);
    assert_eq!(
        json(&sandbox.hark(&["history", "delete", "--all", "--json"]).quietly())["deleted"][0],
        "ccccccc300000000"
    );
    sandbox.hark(&["history", "list"]).is(0, "", "note: the history is empty\n");
    assert_eq!(sandbox.hark(&["history", "delete"]).code, Some(2), "all have to be meant");
}

#[test]
fn damage_is_told_and_costs_what_it_hits() {
    let sandbox = sandbox();
    let damaged = HISTORY.replace("The first.", "The worst.");
    fs::write(sandbox.data().join("history/history.jsonl"), damaged).unwrap();
    let list = sandbox.hark(&["history", "list"]);
    assert_eq!((list.code, list.out.lines().count()), (Some(0), 2));
    assert!(list.err.starts_with("note: one line of the history could not be read"), "{}", list.err);
    assert_eq!(sandbox.hark(&["history", "list"]).err, "", "told once");
}
