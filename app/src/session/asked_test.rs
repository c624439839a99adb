//! Wishes from outside, answered by the session's thread.

use super::asked::Taken;
use super::stage::*;
use super::*;

fn start() -> Wish {
    Wish::Start(Manner::default())
}

fn toggle() -> Wish {
    Wish::Toggle(Manner::default())
}

fn ask(stage: &Stage, wish: Wish) -> (bool, DictationView, u64) {
    let (reply, taken) = Reply::new();
    stage.ask(Command::Ask { wish, origin: Origin::default(), reply: Some(reply) });
    let Taken { changed, snapshot } = taken.recv_timeout(PATIENCE).unwrap();
    (changed, snapshot.dictation, snapshot.generation)
}

#[test]
fn toggle_goes_through_a_dictation_and_says_what_it_did() {
    let stage = stage(false);
    assert_eq!(ask(&stage, toggle()), (true, DictationView::Arming, 1));
    let mut microphone = stage.microphones.recv_timeout(PATIENCE).unwrap();
    microphone.hear(&speech());
    stage.see("a recording", |s| matches!(s.dictation, DictationView::Recording { .. }));
    let (changed, view, generation) = ask(&stage, start());
    assert!(!changed && generation == 1 && matches!(view, DictationView::Recording { .. }), "{view:?}");
    let (changed, view, _) = ask(&stage, toggle());
    assert!(changed && matches!(view, DictationView::Finishing { .. }), "{view:?}");
    for wish in [toggle(), start(), Wish::Stop] {
        let (changed, view, generation) = ask(&stage, wish.clone());
        let finishing = matches!(view, DictationView::Finishing { .. });
        assert!(!changed && finishing && generation == 1, "{wish:?}: {view:?}");
    }
    stage.finish(&stage.job(), "Hello.");
    assert_eq!(stage.clipboard.recv_timeout(PATIENCE).unwrap(), "Hello.");
    let done = stage.see("its end", |s| idle(s) && !s.dictated.segments.is_empty());
    assert_eq!((done.dictated.text().as_str(), done.generation), ("Hello.", 1));
}

#[test]
fn at_rest_there_is_nothing_to_stop_or_cancel() {
    let stage = stage(false);
    for wish in [Wish::Stop, Wish::Cancel] {
        assert_eq!(ask(&stage, wish.clone()), (false, DictationView::Idle, 0), "{wish:?}");
    }
}

#[test]
fn cancelling_ends_without_text_and_stopping_an_opening_microphone_finishes() {
    let stage = stage(false);
    let _microphone = stage.record(1);
    assert_eq!(ask(&stage, Wish::Cancel), (true, DictationView::Idle, 1));
    assert_eq!(ask(&stage, start()), (true, DictationView::Arming, 2));
    let (changed, view, _) = ask(&stage, toggle());
    assert!(changed && matches!(view, DictationView::Finishing { .. }), "{view:?}");
}

#[test]
fn who_asks_and_goes_does_not_matter() {
    let stage = stage(false);
    let (reply, taken) = Reply::new();
    drop(taken);
    stage.ask(Command::Ask { wish: start(), origin: Origin::default(), reply: Some(reply) });
    stage.see("the microphone", |s| s.dictation == DictationView::Arming);
}

#[test]
fn the_dictation_s_text_is_there_whatever_is_shown() {
    let stage = stage(false);
    let _microphone = stage.record(1);
    stage.ask(Command::Stop);
    stage.finish(&stage.job(), "Hello.");
    stage.see("the text", |s| idle(s) && !s.dictated.segments.is_empty());
    stage.ask(Command::Show(Shown::Demo));
    let shown = stage.see("something else", |s| s.shown == Shown::Demo);
    assert_eq!((shown.transcript.text().as_str(), shown.dictated.text().as_str()), ("", "Hello."));
}

#[test]
fn the_window_is_asked_forward_each_time_and_others_watch_as_well() {
    let stage = stage(false);
    stage.ask(Command::ShowWindow);
    stage.see("one wish", |s| s.window_wanted == 1);
    stage.ask(Command::ShowWindow);
    stage.see("another", |s| s.window_wanted == 2);
    // The window is served first.
    while stage.session.watch.recv_timeout(PATIENCE).unwrap().window_wanted != 2 {}
}
