//! What is said of the disk under a recording.

use super::stage::*;
use super::*;
use std::fs;
use std::sync::Arc;

fn speaks_of_the_disk(snapshot: &Snapshot) -> bool {
    let parts = ["cannot be written", "goes on in", "was saved as"];
    snapshot.banners.iter().any(|banner| parts.iter().any(|part| banner.text.contains(part)))
}

#[test]
fn what_was_said_of_the_disk_ends_with_the_next_recording() {
    let folder = Arc::new(tempfile::tempdir().unwrap());
    let blocked = folder.path().join("recordings");
    fs::write(&blocked, "a file, no folder").unwrap();
    let stage = stage_in(folder, false);
    assert_eq!(stage.load_asked_for(), "first");
    stage.ready("first");
    stage.ask(Command::Start);
    let mut microphone = stage.microphones.recv_timeout(PATIENCE).unwrap();
    stage.see_banner("cannot be written");
    microphone.hear(&speech());
    stage.ask(Command::Stop);
    let saved = stage.see_banner("was saved as").text;
    let path = saved.strip_prefix("The recording was saved as ").unwrap().trim_end_matches('.');
    fs::remove_file(path).unwrap();
    stage.finish(&stage.job(), "First.");
    stage.see("the text", |s| idle(s) && s.heard.as_ref() == "First.");
    fs::remove_file(blocked).unwrap();
    stage.ask(Command::Start);
    stage.see("a disk that is well", |s| !idle(s) && !speaks_of_the_disk(s));
}

#[test]
fn a_recording_that_is_well_where_it_is_moves_nowhere() {
    let stage = stage(false);
    let _microphone = stage.record(1);
    stage.ask(Command::RecordInto(stage.folder.path().join("elsewhere")));
    stage.ask(Command::Stop);
    stage.finish(&stage.job(), "Said.");
    let done = stage.see("the text", |s| idle(s) && s.heard.as_ref() == "Said.");
    assert!(!speaks_of_the_disk(&done), "{:?}", done.banners);
    assert_eq!(recordings(stage.folder.path()).len(), 1);
}
