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
fn a_new_recording_takes_the_offer_of_the_last_away() {
    let stage = stage(false);
    let _microphone = stage.record(1);
    stage.ask(Command::Cancel);
    stage.see_banner("Recording discarded");
    let _microphone = stage.record(1);
    stage.ask(Command::Show(Shown::Demo));
    stage.see("no banner", |s| s.shown == Shown::Demo && s.banners.is_empty());
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
