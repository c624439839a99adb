//! Recordings that are cancelled, and wanted after all.

use super::stage::*;
use super::*;

#[test]
fn a_discarded_recording_can_be_had_after_all() {
    let stage = stage(false);
    let _microphone = stage.record(1);
    stage.ask(Command::Cancel);
    let banner = stage.see_banner("Recording discarded (0:01).");
    assert_eq!(banner.action.as_deref(), Some("Undo"));
    stage.ask(Command::BannerAction(banner.id));
    stage.finish(&stage.job(), "After all.");
    assert_eq!(stage.clipboard.recv_timeout(PATIENCE).unwrap(), "After all.");
    assert!(stage.see("its text", idle).files.is_empty(), "as if it had not been cancelled");
}

#[test]
fn a_cancelled_transcription_can_be_had_after_all() {
    let stage = stage(false);
    let _microphone = stage.record(1);
    stage.ask(Command::Stop);
    let cancelled = stage.job();
    stage.run(&cancelled, []);
    stage.ask(Command::Cancel);
    let banner = stage.see_banner("Recording discarded");
    stage.ask(Command::BannerAction(banner.id));
    stage.finish(&cancelled, "Late.");
    stage.finish(&stage.job(), "After all.");
    assert_eq!(stage.clipboard.recv_timeout(PATIENCE).unwrap(), "After all.");
}

#[test]
fn the_offer_outlives_the_start_of_the_next_recording() {
    let stage = stage(false);
    let _microphone = stage.record(1);
    stage.ask(Command::Cancel);
    let banner = stage.see_banner("Recording discarded (0:01).");
    let _microphone = stage.record(2);
    stage.ask(Command::BannerAction(banner.id));
    let file = stage.job();
    let beside = stage.see("it beside the recording", |s| !s.files.is_empty());
    assert!(matches!(beside.dictation, DictationView::Recording { .. }), "{:?}", beside.dictation);
    assert_eq!(beside.shown, Shown::Dictation, "who speaks goes on seeing what they say");
    stage.finish(&file, "After all.");
    stage.see("its text", |s| matches!(s.files[0].state, FileState::Done { .. }));
    assert!(stage.clipboard.is_empty(), "it is not what was asked for last");
}

/// Cancels half a second of this.
fn slip(stage: &Stage, samples: &[f32]) {
    stage.ask(Command::Start);
    let mut microphone = stage.microphones.recv_timeout(PATIENCE).unwrap();
    microphone.hear(&samples[..8_000]);
    let heard =
        |s: &Snapshot| matches!(s.dictation, DictationView::Recording { elapsed, .. } if !elapsed.is_zero());
    stage.see("a recording", heard);
    stage.ask(Command::Cancel);
}

/// Waits until there is no recording any more.
fn see_none(folder: &std::path::Path) {
    let deadline = std::time::Instant::now() + PATIENCE;
    while !recordings(folder).is_empty() {
        assert!(std::time::Instant::now() < deadline, "{:?}", recordings(folder));
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
}

#[test]
fn a_single_word_that_was_cancelled_can_be_had_after_all() {
    let stage = stage(false);
    slip(&stage, &speech());
    let banner = stage.see_banner("less than a second discarded");
    assert_eq!(banner.action.as_deref(), Some("Undo"));
    stage.ask(Command::BannerAction(banner.id));
    stage.finish(&stage.job(), "Yes.");
    assert_eq!(stage.clipboard.recv_timeout(PATIENCE).unwrap(), "Yes.");
    stage.see("its entry", |s| idle(s) && s.history.entries.len() == 1);
    assert_eq!(recordings(stage.quit().path()).len(), 1, "it is a dictation as any other");
}

#[test]
fn a_slip_is_forgotten_when_its_time_is_over_and_when_hark_ends() {
    let stage = stage(false);
    slip(&stage, &speech());
    stage.see_banner("less than a second discarded");
    assert_eq!(recordings(stage.folder.path()).len(), 1);
    stage.see("no offer", |s| s.banners.is_empty());
    see_none(stage.folder.path());
    slip(&stage, &speech());
    stage.see_banner("less than a second discarded");
    let folder = stage.quit();
    assert_eq!(recordings(folder.path()), Vec::<std::path::PathBuf>::new());
    assert!(std::fs::read_dir(folder.path().join("recordings")).unwrap().next().is_none(), "nor is it noted");
}

#[test]
fn a_slip_without_any_sound_is_forgotten_at_once() {
    let stage = stage(false);
    slip(&stage, &[0.0; 8_000]);
    see_none(stage.folder.path());
    stage.ask(Command::Show(Shown::Demo));
    let after = stage.see("rest", |s| idle(s) && s.shown == Shown::Demo);
    assert_eq!(after.banners, []);
}

#[test]
fn a_microphone_is_open_while_it_records_and_not_afterwards() {
    let stage = stage(false);
    stage.see("nothing yet", |s| !s.microphone_state.open);
    let _microphone = stage.record(1);
    stage.ask(Command::Stop);
    let job = stage.job();
    stage.finish(&job, "Dictated.");
    let after = stage.see("the text", |s| idle(s) && !s.transcript.segments.is_empty());
    assert!(!after.microphone_state.open);
}
