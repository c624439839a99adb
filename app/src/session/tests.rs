//! The session's thread, with everything around it played by the test.

use super::sources::DEMO_REMEDY;
use super::stage::*;
use super::*;
use crate::capture::{self, LeftBehind};
use crate::engine_thread::{EngineEvent, JobEvent};
use crate::export::Format;
use crate::settings::Store;
use crossbeam_channel::bounded;
use hark_engine::metrics::AudioTime;
use hark_engine::transcribe::Event;
use hark_engine::transcript::Segment;
use std::sync::Arc;

#[test]
fn what_was_said_is_on_the_clipboard() {
    let stage = stage(false);
    let _microphone = stage.record(1);
    stage.ask(Command::Stop);
    let job = stage.job();
    assert_eq!(recordings(stage.folder.path()).len(), 1, "the engine reads it from disk");
    let length = Event::Length(AudioTime(1.0));
    let segment = Event::Segment(Segment { text: " Hello".into(), ..Segment::default() });
    stage.run(&job, [length, segment, Event::Progress(AudioTime(0.5))]);
    let growing = stage.see("half of it", |s| s.transcript.progress == Some(0.5));
    assert_eq!((growing.transcript.text().as_str(), growing.transcript.growing), ("Hello", true));
    stage.finish(&job, " Hello there.");
    assert_eq!(stage.clipboard.recv_timeout(PATIENCE).unwrap(), "Hello there.");
    let done = stage.see("the end", |s| idle(s) && !s.transcript.segments.is_empty());
    assert_eq!(done.transcript.text(), "Hello there.");
    assert_eq!(done.transcript.speed.unwrap().x(), 2.0);
    assert_eq!(done.banners, []);
}

#[test]
fn it_works_without_anybody_looking() {
    let mut stage = stage(false);
    stage.session.snapshots = crossbeam_channel::never();
    for text in ["One.", "Two."] {
        stage.ask(Command::Start);
        let mut microphone = stage.microphones.recv_timeout(PATIENCE).unwrap();
        microphone.hear(&speech());
        stage.ask(Command::Stop);
        stage.finish(&stage.job(), text);
        assert_eq!(stage.clipboard.recv_timeout(PATIENCE).unwrap(), text);
    }
}

#[test]
fn late_text_of_a_cancelled_dictation_is_dropped() {
    let stage = stage(false);
    let _microphone = stage.record(1);
    stage.ask(Command::Stop);
    let cancelled = stage.job();
    stage.run(&cancelled, []);
    stage.ask(Command::Cancel);
    stage.see("idle", idle);
    assert!(cancelled.cancel.is_raised());
    let _microphone = stage.record(1);
    stage.finish(&cancelled, "Late.");
    stage.ask(Command::Stop);
    stage.finish(&stage.job(), "Wanted.");
    assert_eq!(stage.clipboard.recv_timeout(PATIENCE).unwrap(), "Wanted.");
    assert!(stage.clipboard.is_empty());
    assert_eq!(recordings(stage.folder.path()).len(), 2, "the audio stays");
}

#[test]
fn cancelling_while_recording_keeps_the_audio_and_makes_no_text() {
    let stage = stage(false);
    let microphone = stage.record(1);
    stage.ask(Command::Cancel);
    assert!(idle(&stage.see("the recording", |s| !s.banners.is_empty())));
    assert!(microphone.is_closed());
    let folder = stage.quit();
    let kept = recordings(folder.path());
    assert_eq!(kept.len(), 1);
    assert_eq!(
        capture::recover(&folder.path().join("recordings")),
        LeftBehind::default(),
        "the person said no"
    );
}

#[test]
fn files_go_side_by_side_and_a_dictation_beside_them() {
    let stage = stage(false);
    stage.add_files(&["a.wav", "b.wav", "c.wav", "d.wav", "e.wav"]);
    let [a, b, c, d] = std::array::from_fn(|_| stage.job());
    stage.run(&b, [Event::Length(AudioTime(100.0)), Event::Progress(AudioTime(34.0))]);
    let waits = |f: &&FileView| f.state == FileState::Waiting;
    stage.see("four of five", |s| s.files.iter().filter(waits).count() == 1);
    let _microphone = stage.record(1);
    stage.refuse_to_follow();
    stage.ask(Command::Stop);
    stage.finish(&stage.job(), "Dictated.");
    assert_eq!(stage.clipboard.recv_timeout(PATIENCE).unwrap(), "Dictated.");
    assert!(stage.engine.is_empty(), "no fifth file beside four");
    stage.finish(&c, "File c.");
    let e = stage.job();
    for (job, name) in [(a, "a"), (b, "b"), (d, "d"), (e, "e")] {
        stage.finish(&job, &format!("File {name}."));
    }
    let done = |f: &FileView| matches!(f.state, FileState::Done { .. });
    stage.see("all files", |s| s.files.len() == 5 && s.files.iter().all(done));
}

#[test]
fn choosing_models_quickly_loads_only_the_last() {
    let stage = unloaded(false);
    assert_eq!(stage.load_asked_for(), "first");
    for number in 0..100 {
        let name = number.to_string();
        stage.ask(Command::ChooseModel(name.clone()));
        stage.see("the choice", |s| s.engine == EngineView::Loading { model: name.clone() });
    }
    stage.ready("first");
    assert_eq!(stage.load_asked_for(), "99");
    assert!(stage.engine.is_empty());
}

#[test]
fn a_cancelled_file_lets_the_next_one_run_and_its_late_text_is_dropped() {
    let stage = stage(false);
    stage.add_files(&["a.wav", "b.wav"]);
    let first = stage.job();
    stage.run(&first, [Event::Length(AudioTime(10.0)), Event::Progress(AudioTime(5.0))]);
    let running = stage.see("progress", |s| {
        matches!(s.files.first(), Some(FileView { state: FileState::Running { progress, .. }, .. }) if *progress == 0.5)
    });
    stage.ask(Command::CancelFile(running.files[0].id));
    stage.see("cancelled", |s| s.files[0].state == FileState::Cancelled);
    assert!(first.cancel.is_raised());
    stage.finish(&first, "Too late.");
    let second = stage.job();
    stage.finish(&second, "In time.");
    let end = stage.see("the second", |s| matches!(s.files[1].state, FileState::Done { .. }));
    assert_eq!(end.files[0].state, FileState::Cancelled);
}

#[test]
fn a_lost_microphone_still_gives_text() {
    let stage = stage(false);
    let microphone = stage.record(1);
    microphone.fail("unplugged");
    stage.finish(&stage.job(), "What was heard.");
    assert_eq!(stage.clipboard.recv_timeout(PATIENCE).unwrap(), "What was heard.");
    let banner = stage.see_banner("unplugged");
    assert_eq!(banner.tone, Tone::Problem);
}

#[test]
fn a_microphone_that_is_lost_behind_the_last_word_is_told_of() {
    let stage = stage(false);
    let microphone = stage.record(1);
    stage.ask(Command::Stop);
    stage.see("the end", |s| matches!(s.dictation, DictationView::Finishing { .. }));
    microphone.fail("unplugged");
    stage.see_banner("The microphone was lost (unplugged)");
    stage.finish(&stage.job(), "What was heard.");
    assert_eq!(stage.clipboard.recv_timeout(PATIENCE).unwrap(), "What was heard.");
}

#[test]
fn a_dead_microphone_is_named_while_it_is_silent() {
    let stage = stage(false);
    stage.ask(Command::Start);
    let mut microphone = stage.microphones.recv_timeout(PATIENCE).unwrap();
    microphone.hear(&[0.0; 20_000]);
    stage.see_banner("Fake microphone delivers pure silence");
    microphone.hear(&speech());
    stage.see("no banner", |s| s.banners.is_empty());
}

#[test]
fn silence_behind_speech_is_no_news_once_the_recording_is_kept() {
    let stage = stage(true);
    stage.ask(Command::Start);
    let mut microphone = stage.microphones.recv_timeout(PATIENCE).unwrap();
    microphone.hear(&speech());
    microphone.hear(&[0.0; 20_000]);
    stage.see_banner("Fake microphone delivers pure silence");
    stage.ask(Command::Stop);
    let kept = stage.see_banner("Recording kept");
    stage.see("that alone", |s| s.banners == [kept.clone()]);
}

#[test]
fn text_that_cannot_be_copied_stays_in_the_window() {
    let stage = stage(false);
    let _microphone = stage.record(1);
    stage.ask(Command::Stop);
    stage.finish(&stage.job(), "unpastable");
    stage.see_banner("the display is gone");
    stage.ask(Command::Show(Shown::Demo));
    stage.see("the demo", |s| s.shown == Shown::Demo);
    stage.ask(Command::Show(Shown::Dictation));
    stage.see("the text", |s| idle(s) && s.transcript.text() == "unpastable");
}

#[test]
fn a_clipboard_that_hangs_does_not_stop_dictation() {
    let stage = stage(false);
    let _microphone = stage.record(1);
    stage.ask(Command::Stop);
    stage.finish(&stage.job(), "hanging");
    stage.see("the text", |s| s.dictation == DictationView::Delivering && s.transcript.text() == "hanging");
    let _microphone = stage.record(1);
    stage.ask(Command::Stop);
    let second = stage.job();
    stage.unhang.send(()).unwrap();
    stage.see_banner("never came to the clipboard (the display was away)");
    stage.finish(&second, "Second.");
    assert_eq!(stage.clipboard.recv_timeout(PATIENCE).unwrap(), "Second.");
    stage.see("the end", idle);
}

#[test]
fn closing_the_window_at_once_loses_nothing_that_was_ordered() {
    let stage = stage(false);
    stage.add_files(&["a.wav"]);
    stage.finish(&stage.job(), " Hello.");
    stage.see("the text", |s| s.transcript.text() == "Hello.");
    stage.ask(Command::Copy);
    for number in 0..20 {
        let path = stage.folder.path().join(format!("{number}.txt"));
        stage.ask(Command::Save { format: Format::Txt, path });
    }
    let copied = stage.clipboard.clone();
    let folder = stage.quit();
    assert_eq!(copied.try_recv().unwrap(), "Hello.");
    assert!((0..20).all(|number| folder.path().join(format!("{number}.txt")).exists()));
}

#[test]
fn a_model_that_does_not_load_is_not_chosen_at_the_next_start() {
    let stage = stage(false);
    stage.ask(Command::ChooseModel("base.en".into()));
    assert_eq!(stage.load_asked_for(), "base.en");
    stage.tell(EngineEvent::LoadFailed { name: "base.en".into(), message: "it is cut short".into() });
    stage.see_banner("it is cut short");
    let folder = stage.quit();
    assert_eq!(Store::open(&folder.path().join("config")).0.get().model, None);
}

#[test]
fn the_last_text_comes_back_when_nothing_follows() {
    let stage = stage(false);
    let _microphone = stage.record(1);
    stage.ask(Command::Stop);
    stage.finish(&stage.job(), "First.");
    let first = |s: &Snapshot| idle(s) && s.transcript.text() == "First.";
    stage.see("the first text", first);
    let _microphone = stage.record(1);
    stage.ask(Command::Cancel);
    stage.see("the first text after cancelling", first);
    let microphone = stage.record(1);
    microphone.fail("unplugged");
    let failed = stage.job();
    let message = "broken".into();
    stage.tell(EngineEvent::Job { id: failed.id, event: JobEvent::Failed { message, refused: false } });
    stage.see("the first text after a failure", first);
}

#[test]
fn a_microphone_that_goes_before_its_first_sample_was_none() {
    let stage = stage(false);
    stage.ask(Command::Start);
    let microphone = stage.microphones.recv_timeout(PATIENCE).unwrap();
    microphone.fail("unplugged");
    let banner = stage.see_banner("The microphone did not start (unplugged)");
    assert_eq!(banner.action.as_deref(), Some("Try again"));
    stage.ask(Command::BannerAction(banner.id));
    let _silent = stage.microphones.recv_timeout(PATIENCE).unwrap();
    stage.ask(Command::Stop);
    let end = stage.see("rest", |s| idle(s) && !s.banners.is_empty());
    assert!(end.banners.len() == 1 && end.banners[0].text.contains("Nothing was recorded"));
}

#[test]
fn silence_leaves_the_clipboard_alone() {
    let stage = stage(false);
    let _microphone = stage.record(1);
    stage.ask(Command::Stop);
    stage.finish(&stage.job(), " ");
    stage.see("no speech", |s| idle(s) && s.transcript.no_speech);
    assert!(stage.clipboard.is_empty());
}

#[test]
fn the_fallback_demo_keeps_recordings_until_a_real_model_is_there() {
    let stage = stage(true);
    let _microphone = stage.record(7);
    stage.ask(Command::Stop);
    let kept = "Recording kept (0:07). The built-in demo model only understands its own synthetic clips.";
    let texts = |s: &Snapshot| s.history.entries.iter().map(|e| e.versions.len()).collect::<Vec<_>>();
    let said = |s: &Snapshot| s.banners.iter().find(|banner| banner.text.contains(kept)).cloned();
    let waits = stage.see("what waits, here and in the history", |s| texts(s) == [0] && said(s).is_some());
    let banner = said(&waits).unwrap();
    assert_eq!(banner.action.as_deref(), Some("Choose a model"));
    assert!(stage.engine.is_empty(), "no nonsense was asked for");
    stage.ask(Command::BannerAction(banner.id));
    stage.see("the choice of models", |s| s.model_choice_wanted == 1 && s.demo_only);
    stage.ask(Command::ChooseModel("base.en".into()));
    assert_eq!(stage.load_asked_for(), "base.en");
    stage.ready("base.en");
    let banner = stage.see_banner("Recording kept (0:07)");
    assert_eq!(banner.action.as_deref(), Some("Transcribe"));
    stage.ask(Command::BannerAction(banner.id));
    stage.finish(&stage.job(), "At last.");
    let done = stage.see("the text", |s| s.transcript.text() == "At last." && texts(s) == [1]);
    assert_eq!(done.shown, Shown::File(1));
    assert!(!done.demo_only && done.banners.is_empty());
    let folder = stage.quit();
    let (settings, _) = Store::open(&folder.path().join("config"));
    assert_eq!(settings.get().model.as_deref(), Some("base.en"));
}

#[test]
fn the_fallback_demo_refuses_other_files_with_a_remedy() {
    let stage = stage(true);
    stage.add_files(&["voice.wav"]);
    let job = stage.job();
    let message = job.source.open().err().unwrap().to_string();
    assert!(message.contains(DEMO_REMEDY), "{message}");
    stage.tell(EngineEvent::Job { id: job.id, event: JobEvent::Failed { message, refused: false } });
    let banner = stage.see_banner("only understands its own");
    assert_eq!(banner.action.as_deref(), Some("Choose a model"));
}

#[test]
fn the_demo_clip_is_transcribed_at_one_click() {
    let stage = stage(true);
    stage.ask(Command::TranscribeDemoClip);
    let job = stage.job();
    assert!((job.source.stated_length().unwrap().seconds() - 3.08).abs() < 0.01);
    stage.finish(&job, "Please restart the software.");
    stage.see("the clip's text", |s| {
        s.shown == Shown::Demo && !s.transcript.growing && !s.transcript.segments.is_empty()
    });
    assert!(stage.clipboard.is_empty());
    let text = |s: &Snapshot| s.transcript.segments.first().map(|segment| segment.text.trim().to_owned());
    stage.ask(Command::Edit { shown: Shown::Demo, place: 0, text: "Do restart it.".into() });
    stage.see("the edited text", |s| text(s).as_deref() == Some("Do restart it."));
    stage.ask(Command::Restore(Shown::Demo));
    stage.see("the text as it was heard", |s| text(s).as_deref() == Some("Please restart the software."));
}

#[test]
fn a_model_that_does_not_load_costs_no_recording() {
    let stage = unloaded(false);
    assert_eq!(stage.load_asked_for(), "first");
    let _microphone = stage.record(1);
    stage.ask(Command::Stop);
    let (name, message) = ("first".into(), "the file is cut short".into());
    stage.tell(EngineEvent::LoadFailed { name, message });
    let banner = stage.see_banner("The recording is kept");
    assert_eq!(banner.action.as_deref(), Some("Try again"));
    stage.ask(Command::ChooseModel("missing".into()));
    stage.see_banner("There is no model named `missing`");
    stage.ask(Command::ChooseModel("base.en".into()));
    assert_eq!(stage.load_asked_for(), "base.en");
    stage.ready("base.en");
    stage.ask(Command::BannerAction(banner.id));
    stage.finish(&stage.job(), "Saved.");
    stage.see("the text", |s| s.transcript.text() == "Saved.");
}

#[test]
fn an_engine_that_dies_fails_the_job_in_hand() {
    let mut stage = stage(false);
    let _microphone = stage.record(1);
    stage.ask(Command::Stop);
    let _job = stage.job();
    stage.events = bounded(0).0;
    stage.see_banner("please restart Hark");
}

#[test]
fn a_recording_that_was_under_way_is_offered_at_the_next_start() {
    let first = stage(false);
    let microphone = first.record(41);
    let folder = first.quit();
    assert!(microphone.is_closed());
    let second = stage_in(folder, false);
    assert_eq!(second.load_asked_for(), "first");
    second.ready("first");
    let banner = second.see_banner("Recovered recording 0:41");
    assert_eq!(banner.action.as_deref(), Some("Transcribe"));
    second.ask(Command::BannerAction(banner.id));
    second.finish(&second.job(), "Back again.");
    second.see("the text", |s| s.transcript.text() == "Back again.");
    let folder = second.quit();
    assert_eq!(capture::recover(&folder.path().join("recordings")), LeftBehind::default(), "it has its text");
}

#[test]
fn a_recording_without_its_text_is_offered_at_each_start_until_somebody_decides() {
    let first = stage(false);
    let _microphone = first.record(2);
    first.ask(Command::Stop);
    let _job = first.job();
    let second = stage_in(first.quit(), false);
    second.see_banner("Recovered recording 0:02");
    let third = stage_in(second.quit(), false);
    let banner = third.see_banner("Recovered recording 0:02");
    third.ask(Command::DismissBanner(banner.id));
    let folder = third.quit();
    assert_eq!(capture::recover(&folder.path().join("recordings")), LeftBehind::default());
}

#[test]
fn a_recording_that_nobody_can_read_is_named_beside_one_that_is_recovered() {
    let first = stage(false);
    let _microphone = first.record(2);
    let folder = first.quit();
    let broken = folder.path().join("recordings/2026-11-22_00-00-00.part.wav");
    std::fs::write(&broken, vec![0xA5; 64_044]).unwrap();
    let second = stage_in(folder, false);
    let named = |s: &Snapshot| s.banners.iter().any(|b| b.text.contains(broken.to_str().unwrap()));
    let both = second.see("both", |s| s.banners.len() == 2 && named(s));
    assert!(both.banners.iter().any(|b| b.text.contains("Recovered recording 0:02")), "{:?}", both.banners);
    let folder = second.quit();
    assert_eq!(capture::recover(&folder.path().join("recordings")).beyond_repair, [broken]);
}

#[test]
fn transcripts_are_saved_in_every_format() {
    let stage = stage(false);
    stage.add_files(&["a.wav"]);
    stage.finish(&stage.job(), " Hello.");
    stage.see("the text", |s| s.transcript.text() == "Hello.");
    for (format, name) in [
        (Format::Txt, "a.txt"),
        (Format::Srt, "a.srt"),
        (Format::Vtt, "a.vtt"),
        (Format::Json, "a.json"),
        (Format::Csv, "a.csv"),
        (Format::Md, "a.md"),
    ] {
        let path = stage.folder.path().join(name);
        stage.ask(Command::Save { format, path: path.clone() });
        stage.see_banner(&format!("Saved {}", path.display()));
        let text = std::fs::read_to_string(path).unwrap();
        assert!(text.contains("Hello."), "{text}");
    }
    stage.ask(Command::Save { format: Format::Txt, path: stage.folder.path().join("no folder/a.txt") });
    stage.see_banner("could not be saved");
}

#[test]
fn a_bad_settings_file_is_reported_and_does_not_stop_anything() {
    let folder = Arc::new(tempfile::tempdir().unwrap());
    std::fs::create_dir(folder.path().join("config")).unwrap();
    std::fs::write(folder.path().join("config/settings.toml"), "npu = \"off\"\nmicrophone = 5\n").unwrap();
    let stage = stage_in(folder, false);
    stage.see_banner("Line 2 of settings.toml: `microphone` is ignored: ");
    stage.ask(Command::ChooseMicrophone(Some("alsa:default".into())));
    stage.see("the choice", |s| s.microphone.as_deref() == Some("alsa:default"));
}

#[test]
fn a_microphone_that_is_missed_is_called_as_the_person_knows_it() {
    let folder = Arc::new(tempfile::tempdir().unwrap());
    std::fs::create_dir(folder.path().join("config")).unwrap();
    let settings = format!("microphone = \"{GONE}\"\nmicrophone_name = \"Headset in the kitchen\"\n");
    std::fs::write(folder.path().join("config/settings.toml"), settings).unwrap();
    let stage = stage_in(folder, false);
    stage.see("its name", |s| s.microphone_name.as_deref() == Some("Headset in the kitchen"));
    stage.ask(Command::Start);
    let banner = stage.see_banner("The microphone Headset in the kitchen is not connected");
    assert!(!banner.text.contains("monitor"), "{}", banner.text);
    stage.ask(Command::ChooseMicrophone(None));
    stage.see("no choice", |s| s.microphone.is_none() && s.microphone_name.is_none());
    let text = std::fs::read_to_string(stage.quit().path().join("config/settings.toml")).unwrap();
    assert!(!text.contains("kitchen"), "{text}");
}
