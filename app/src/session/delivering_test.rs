//! Texts on their way out: once more, and not at all.

use super::reply::Taken;
use super::stage::*;
use super::*;

fn paste_last(stage: &Stage) -> bool {
    let (reply, taken) = Reply::new();
    stage.ask(Command::Ask { wish: Wish::PasteLast, origin: Origin::default(), reply: Some(reply) });
    let Taken { changed, .. } = taken.recv_timeout(PATIENCE).unwrap();
    changed
}

fn dictate(stage: &Stage, text: &str) {
    let _microphone = stage.record(1);
    stage.ask(Command::Stop);
    stage.finish(&stage.job(), text);
}

#[test]
fn the_last_text_is_inserted_once_more_where_the_focus_is() {
    let stage = stage(false);
    assert!(!paste_last(&stage), "there is no text yet");
    for text in ["First.", "Second."] {
        dictate(&stage, text);
        assert_eq!(stage.clipboard.recv_timeout(PATIENCE).unwrap(), text);
        stage.see("its end", |s| idle(s) && s.dictated.text() == text);
    }
    assert!(paste_last(&stage) && paste_last(&stage));
    for _ in 0..2 {
        assert_eq!(stage.clipboard.recv_timeout(PATIENCE).unwrap(), "into editor: Second.");
    }
    let after = stage.see("nothing to say", |s| s.banners.is_empty());
    assert_eq!((after.dictated.text().as_str(), after.generation), ("Second.", 2));
}

#[test]
fn a_text_that_finds_no_way_in_is_on_the_clipboard_and_that_is_said() {
    let stage = stage(false);
    dictate(&stage, "uninsertable");
    assert_eq!(stage.clipboard.recv_timeout(PATIENCE).unwrap(), "uninsertable");
    stage.see("its end", |s| idle(s) && s.dictated.text() == "uninsertable");
    assert!(paste_last(&stage));
    assert_eq!(stage.clipboard.recv_timeout(PATIENCE).unwrap(), "uninsertable");
    stage.see_banner(
        "The text was not inserted: a key such as Ctrl or Shift was held down. The text is on the clipboard.",
    );
}

#[test]
fn what_is_withdrawn_while_it_waits_goes_nowhere() {
    let stage = stage(false);
    dictate(&stage, "hanging");
    stage.see("the text", |s| s.dictation == DictationView::Delivering && s.dictated.text() == "hanging");
    dictate(&stage, "Not wanted.");
    let delivering = |s: &Snapshot| s.dictation == DictationView::Delivering && s.generation == 2;
    stage.see("the other text", |s| delivering(s) && s.dictated.text() == "Not wanted.");
    stage.ask(Command::Cancel);
    stage.see("idle", idle);
    stage.unhang.send(()).unwrap();
    dictate(&stage, "Wanted.");
    assert_eq!(stage.clipboard.recv_timeout(PATIENCE).unwrap(), "Wanted.");
    assert!(stage.clipboard.is_empty());
}
