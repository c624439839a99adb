//! Wishes from outside, answered by the session's thread.

use super::reply::Taken;
use super::stage::*;
use super::*;
use crate::bindings;
use crate::settings::Anywhere;
use hark_engine::transcribe::{Language, Options, Task};
use std::sync::Arc;

fn start() -> Wish {
    Wish::Start(Manner::default())
}

fn toggle() -> Wish {
    Wish::Toggle(Manner::default())
}

fn ask(stage: &Stage, wish: Wish) -> (bool, DictationView, u64) {
    let (reply, taken) = Reply::new();
    stage.ask(Command::Ask { wish, origin: Origin::default(), reply: Some(reply) });
    let Taken { changed, snapshot, .. } = taken.recv_timeout(PATIENCE).unwrap();
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
fn what_was_cancelled_is_wished_back_once() {
    let stage = stage(false);
    assert!(!ask(&stage, Wish::Undo).0, "there is nothing yet");
    let _microphone = stage.record(1);
    assert!(!ask(&stage, Wish::Undo).0, "nor while it is recorded");
    assert!(ask(&stage, Wish::Cancel).0);
    stage.see_banner("Recording discarded");
    let (changed, view, _) = ask(&stage, Wish::Undo);
    assert!(changed && matches!(view, DictationView::Finishing { .. }), "{view:?}");
    assert!(!ask(&stage, Wish::Undo).0, "once is enough");
    stage.finish(&stage.job(), "After all.");
    assert_eq!(stage.clipboard.recv_timeout(PATIENCE).unwrap(), "After all.");
    stage.see("no offer any more", |s| idle(s) && s.banners.is_empty());
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

fn german() -> Manner {
    Manner { language: Some("de".into()), ..Manner::default() }
}

fn anywhere(languages: &[&str]) -> Command {
    let languages = languages.iter().map(|&name| name.to_owned()).collect();
    Command::ChangeAnywhere(Arc::new(Anywhere { languages, ..Anywhere::default() }))
}

#[test]
fn a_dictation_s_language_and_task_reach_the_engine() {
    let stage = stage(false);
    let manner = Manner { translate: true, ..german() };
    stage.ask(Command::Ask { wish: Wish::Start(manner), origin: Origin::default(), reply: None });
    let mut microphone = stage.microphones.recv_timeout(PATIENCE).unwrap();
    microphone.hear(&speech());
    stage.see("a recording", |s| matches!(s.dictation, DictationView::Recording { .. }));
    stage.ask(Command::Stop);
    let options = stage.job().options;
    assert_eq!((options.language, options.task), (Language::Code("de".into()), Task::Translate));
}

#[test]
fn a_recording_is_in_its_language_at_the_next_start_too() {
    let first = stage(false);
    let wish = Wish::Start(german());
    first.ask(Command::Ask { wish, origin: Origin::default(), reply: None });
    let mut microphone = first.microphones.recv_timeout(PATIENCE).unwrap();
    microphone.hear(&speech());
    first.see("a recording", |s| matches!(s.dictation, DictationView::Recording { .. }));
    first.ask(Command::Stop);
    let _never_finished = first.job();
    let second = stage_in(first.quit(), false);
    assert_eq!(second.load_asked_for(), "first");
    second.ready("first");
    let offer = second.see_banner("Recovered recording");
    second.ask(Command::BannerAction(offer.id));
    assert_eq!(second.job().options.language, Language::Code("de".into()));
}

#[test]
fn the_person_s_languages_are_gone_through() {
    let stage = stage(false);
    let next = |stage: &Stage| {
        let (reply, taken) = Reply::new();
        stage.ask(Command::Ask { wish: Wish::NextLanguage, origin: Origin::default(), reply: Some(reply) });
        let Taken { changed, snapshot, .. } = taken.recv_timeout(PATIENCE).unwrap();
        (changed, snapshot.language)
    };
    assert_eq!(next(&stage), (false, None));
    stage.see("why not", |s| s.banners.iter().any(|b| b.text.contains("no other language")));
    stage.ask(anywhere(&["German", "klingon", "auto", "fr"]));
    stage.see("the first", |s| s.language.as_deref() == Some("de"));
    let turns = [next(&stage), next(&stage), next(&stage)].map(|(changed, code)| (changed, code.unwrap()));
    assert_eq!(turns, [(true, "auto".into()), (true, "fr".into()), (true, "de".into())]);
    let _microphone = stage.record(1);
    stage.ask(Command::Stop);
    assert_eq!(stage.job().options.language, Language::Code("de".into()));
}

#[test]
fn a_model_that_knows_only_english_records_nothing_else() {
    let stage = stage(false);
    stage.ask(Command::ChooseModel("base.en".into()));
    assert_eq!(stage.load_asked_for(), "base.en");
    stage.ready("base.en");
    stage.see("the model", |s| matches!(&s.engine, EngineView::Ready { model, .. } if model == "base.en"));
    let (reply, taken) = Reply::new();
    stage.ask(Command::Ask { wish: Wish::Toggle(german()), origin: Origin::default(), reply: Some(reply) });
    let taken = taken.recv_timeout(PATIENCE).unwrap();
    let expected =
        "the model base.en knows only English and does not know German; choose a multilingual model";
    assert_eq!((taken.changed, taken.refusal.as_deref()), (false, Some(expected)));
    let key = Command::Ask { wish: Wish::Start(german()), origin: Origin::Key(None), reply: None };
    stage.ask(key);
    stage.see("why", |s| idle(s) && s.banners.iter().any(|b| b.text.contains("base.en knows only English")));
    let english = Manner { language: Some("en".into()), ..Manner::default() };
    assert_eq!(ask(&stage, Wish::Start(english)), (true, DictationView::Arming, 1));
}

#[test]
fn a_key_while_the_last_recording_is_finished_says_that_it_did_nothing() {
    let stage = stage(false);
    let _microphone = stage.record(1);
    stage.ask(Command::Stop);
    stage.see("its end", |s| matches!(s.dictation, DictationView::Finishing { .. }));
    stage.ask(Command::Ask { wish: toggle(), origin: Origin::Key(None), reply: None });
    let said = stage.see("that", |s| s.banners.iter().any(|b| b.text.starts_with("Nothing was started")));
    assert_eq!(said.generation, 1);
}

#[test]
fn keys_that_do_not_work_are_told_until_they_do() {
    let stage = stage(false);
    let problems = vec!["F9 is taken by another program.".to_owned()];
    let report = bindings::Report { way: bindings::Way::X11 { keys: 1 }, problems };
    stage.ask(Command::KeysStand(report.clone()));
    let told = stage.see("the banner", |s| s.banners.iter().any(|b| b.text.starts_with("F9 is taken")));
    assert_eq!(told.keys, report);
    stage.ask(Command::DismissBanner(told.banners[0].id));
    stage.ask(Command::KeysStand(report));
    stage.ask(Command::KeysStand(bindings::Report::default()));
    stage.see("no banner", |s| s.banners.is_empty() && s.keys == bindings::Report::default());
}

#[test]
fn a_recording_that_was_cut_off_keeps_its_manner() {
    let stage = stage(false);
    let manner = Manner { language: Some("de".into()), translate: true, ..Manner::default() };
    stage.ask(Command::Ask { wish: Wish::Start(manner), origin: Origin::Key(None), reply: None });
    let mut microphone = stage.microphones.recv_timeout(PATIENCE).unwrap();
    microphone.hear(&speech());
    stage.see("a recording", |s| matches!(s.dictation, DictationView::Recording { .. }));
    // What is under way is left as a kill leaves it.
    let stage = stage_in(stage.quit(), false);
    stage.load_asked_for();
    stage.ready("first");
    let offer = stage.see_banner("Recovered recording");
    stage.ask(Command::BannerAction(offer.id));
    let Options { language, task, .. } = stage.job().options;
    assert_eq!((language, task), (Language::Code("de".into()), Task::Translate));
}
