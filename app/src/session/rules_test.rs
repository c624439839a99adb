//! The person's rules between what was heard and what is delivered, shown and saved.

use super::stage::*;
use super::*;
use crate::export::Format;
use crate::rules::{Filter, Matching, Replacement, Rules};
use crate::settings::Anywhere;
use std::fs;
use std::sync::Arc;

fn replacing(heard: &str, written: &str) -> Rules {
    let matching = Matching::AnyCase;
    let replacement = Replacement { heard: vec![heard.into()], written: written.into(), matching };
    Rules { replacements: vec![replacement], ..Rules::default() }
}

fn dictate(stage: &Stage, rules: Rules, heard: &str) {
    stage.ask(Command::ChangeAnywhere(Arc::new(Anywhere { rules, ..Anywhere::default() })));
    let _microphone = stage.record(1);
    stage.ask(Command::Stop);
    stage.finish(&stage.job(), heard);
}

#[test]
fn what_the_rules_make_of_a_text_is_delivered_shown_and_saved() {
    let stage = stage(false);
    dictate(&stage, replacing("hark", "Hark!"), " I said hark to you.");
    assert_eq!(stage.clipboard.recv_timeout(PATIENCE).unwrap(), "I said Hark! to you.");
    let done = stage.see("the text", |s| idle(s) && s.transcript.text() == "I said Hark! to you.");
    assert_eq!(&*done.heard, "I said hark to you.");
    let save = |format, name: &str| {
        let path = stage.folder.path().join(name);
        stage.ask(Command::Save { format, path: path.clone() });
        stage.see_banner(&format!("Saved {}", path.display()));
        fs::read_to_string(path).unwrap()
    };
    assert_eq!(save(Format::Txt, "a.txt"), "I said Hark! to you.\n");
    assert!(save(Format::Json, "a.json").contains("I said hark to you."), "what was heard is kept");
}

#[test]
fn a_filter_that_fails_costs_its_own_work_and_no_text() {
    let stage = stage(false);
    let filter = Filter { on: true, command: vec!["/no/such/program".into()] };
    dictate(&stage, Rules { filter, ..replacing("one", "two") }, " One.");
    assert_eq!(stage.clipboard.recv_timeout(PATIENCE).unwrap(), "Two.");
    let told = |s: &Snapshot| s.banners.iter().any(|b| b.text.contains("/no/such/program"));
    stage.see("the text and why", |s| idle(s) && s.transcript.text() == "Two." && told(s));
}
