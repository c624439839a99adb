//! What becomes of dictations afterwards.

use super::stage::*;
use super::*;
use crate::capture;
use crate::engine_thread::{EngineEvent, JobEvent};
use crate::export::Format;
use crate::history::{Entry, EntryId, Keep, Keeping};
use crate::settings::Anywhere;
use std::path::PathBuf;
use std::sync::Arc;

fn dictate(stage: &Stage, text: &str) {
    let _microphone = stage.record(1);
    stage.ask(Command::Stop);
    stage.finish(&stage.job(), text);
}

fn entries(stage: &Stage, what: &str, fits: impl Fn(&[Arc<Entry>]) -> bool) -> Vec<Arc<Entry>> {
    stage.see(what, |s| fits(&s.history.entries)).history.entries.to_vec()
}

/// The entries once there are so many, all is said and the session rests.
fn at_rest(stage: &Stage, count: usize) -> Vec<Arc<Entry>> {
    stage.see("rest", |s| idle(s) && s.history.entries.len() == count).history.entries.to_vec()
}

/// The banner with these words, once the entries are as they should be.
fn banner_beside(stage: &Stage, part: &str, fits: impl Fn(&[Arc<Entry>]) -> bool) -> Banner {
    let said = |s: &Snapshot| s.banners.iter().find(|banner| banner.text.contains(part)).cloned();
    said(&stage.see(part, |s| fits(&s.history.entries) && said(s).is_some())).unwrap()
}

fn wish(stage: &Stage, wish: HistoryWish) {
    stage.ask(Command::History(wish));
}

fn keep(stage: &Stage, keep: Keep) {
    wish(stage, HistoryWish::Keep(Keeping { keep, ..Keeping::default() }));
    stage.see("the choice", |s| s.history.keeping.keep == keep);
}

fn wavs(stage: &Stage) -> Vec<PathBuf> {
    recordings(stage.folder.path())
        .into_iter()
        .filter(|p| p.extension().is_some_and(|e| e == "wav"))
        .collect()
}

#[test]
fn a_dictation_is_kept_with_both_texts_and_its_recording() {
    let first = stage(false);
    let mut anywhere = Anywhere::default();
    anywhere.rules.commands = true;
    first.ask(Command::ChangeAnywhere(Arc::new(anywhere)));
    dictate(&first, "One comma two.");
    let kept = entries(&first, "the entry", |e| e.iter().any(|e| e.text() == "One, two."));
    let version = kept[0].latest().unwrap();
    assert_eq!((version.heard.as_str(), version.model.as_str()), ("One comma two.", "first"));
    assert_eq!((version.precision.as_str(), version.speed_x(2.0)), ("f32", Some(2.0)));
    let recording = first.folder.path().join("recordings").join(kept[0].audio.as_ref().unwrap());
    assert!(recording.exists());
    #[cfg(unix)]
    for (path, rights) in [(recording.parent().unwrap(), 0o700), (recording.as_path(), 0o600)] {
        use std::os::unix::fs::PermissionsExt;
        assert_eq!(std::fs::metadata(path).unwrap().permissions().mode() & 0o777, rights);
    }
    wish(&first, HistoryWish::Star(kept[0].id, true));
    let kept = entries(&first, "the star", |e| e[0].starred);
    let folder = first.quit();
    assert_eq!(capture::recover(&folder.path().join("recordings")).recovered, [], "its text is made");
    let second = stage_in(folder, false);
    assert_eq!(entries(&second, "the entry", |e| !e.is_empty()), kept);
}

#[test]
fn what_has_no_text_is_kept_and_gets_it_later() {
    let stage = stage(false);
    let _microphone = stage.record(1);
    stage.ask(Command::Stop);
    let event = JobEvent::Failed { message: "it broke".into(), refused: false };
    stage.tell(EngineEvent::Job { id: stage.job().id, event });
    let failed = |e: &[Arc<Entry>]| {
        e.iter().any(|e| e.versions.is_empty() && e.problem.as_deref() == Some("it broke"))
    };
    let banner = banner_beside(&stage, "There is no text", failed);
    stage.ask(Command::BannerAction(banner.id));
    stage.finish(&stage.job(), "After all.");
    let kept = entries(&stage, "the text", |e| e[0].text() == "After all.");
    assert_eq!((kept.len(), &kept[0].problem), (1, &None));
}

#[test]
fn what_was_discarded_is_found_in_the_history_and_gets_its_text_there() {
    let stage = stage(false);
    let _microphone = stage.record(1);
    stage.ask(Command::Cancel);
    let kept = entries(&stage, "the entry", |e| e.len() == 1);
    assert!(kept[0].cancelled && kept[0].versions.is_empty() && kept[0].audio.is_some());
    wish(&stage, HistoryWish::Retry { id: kept[0].id, model: None });
    stage.finish(&stage.job(), "After all.");
    let kept = entries(&stage, "the text", |e| e[0].text() == "After all.");
    assert!(kept.len() == 1 && !kept[0].cancelled);
    let folder = stage.quit();
    assert_eq!(capture::recover(&folder.path().join("recordings")).recovered, [], "it waits for nothing");
}

#[test]
fn of_what_was_discarded_nothing_stays_if_nothing_is_to_be_kept() {
    let stage = stage(false);
    keep(&stage, Keep::Nothing);
    let _microphone = stage.record(1);
    stage.ask(Command::Cancel);
    stage.see_banner("Recording discarded");
    let folder = stage.quit();
    assert!(recordings(folder.path()).is_empty());
}

#[test]
fn another_model_is_lent_and_the_old_text_stays() {
    let stage = stage(false);
    dictate(&stage, "First.");
    let id = at_rest(&stage, 1)[0].id;
    wish(&stage, HistoryWish::Retry { id, model: Some("second".into()) });
    assert_eq!(stage.load_asked_for(), "second");
    stage.ready("second");
    let job = stage.job();
    stage.run(&job, []);
    stage.see("its progress", |s| s.history.retries.iter().any(|r| r.progress.is_some()));
    stage.finish(&job, "Better.");
    assert_eq!(stage.load_asked_for(), "first", "the person's model comes back");
    stage.ready("first");
    let kept = entries(&stage, "the other text", |e| e[0].text() == "Better.");
    let heard: Vec<_> = kept[0].versions.iter().map(|v| v.heard.as_str()).collect();
    assert_eq!(heard, ["First.", "Better."]);
    let settings = std::fs::read_to_string(stage.folder.path().join("config/settings.toml"));
    assert!(!settings.unwrap_or_default().contains("second"), "it was only lent");
}

#[test]
fn a_dictation_comes_before_a_retry() {
    let stage = stage(false);
    dictate(&stage, "First.");
    let id = at_rest(&stage, 1)[0].id;
    wish(&stage, HistoryWish::Retry { id, model: Some("second".into()) });
    assert_eq!(stage.load_asked_for(), "second");
    stage.ready("second");
    let retry = stage.job();
    let _microphone = stage.record(1);
    assert!(retry.cancel.is_raised());
    stage.tell(EngineEvent::Job { id: retry.id, event: JobEvent::Cancelled });
    assert_eq!(stage.load_asked_for(), "first");
    stage.ready("first");
    stage.ask(Command::Stop);
    stage.finish(&stage.job(), "Second.");
    assert_eq!(stage.clipboard.recv_timeout(PATIENCE).unwrap(), "First.");
    assert_eq!(stage.clipboard.recv_timeout(PATIENCE).unwrap(), "Second.");
    assert_eq!(stage.load_asked_for(), "second", "it begins again");
    stage.ready("second");
    wish(&stage, HistoryWish::CancelRetry(id));
    stage.see("none", |s| s.history.retries.is_empty() && s.history.entries.len() == 2);
}

#[test]
fn a_model_that_cannot_be_lent_changes_nothing() {
    let stage = stage(false);
    dictate(&stage, "First.");
    let id = at_rest(&stage, 1)[0].id;
    wish(&stage, HistoryWish::Retry { id, model: Some("missing".into()) });
    stage.see_banner("There is no model named `missing`.");
    wish(&stage, HistoryWish::Retry { id, model: Some("broken".into()) });
    assert_eq!(stage.load_asked_for(), "broken");
    stage.tell(EngineEvent::LoadFailed { name: "broken".into(), message: "it is cut short".into() });
    let why = "was not transcribed again: the model broken cannot be loaded: it is cut short.";
    banner_beside(&stage, why, |e| e[0].problem.is_some() && e[0].text() == "First.");
    assert_eq!(stage.load_asked_for(), "first");
}

#[test]
fn deleting_can_be_undone() {
    let stage = stage(false);
    dictate(&stage, "First.");
    at_rest(&stage, 1);
    dictate(&stage, "Second.");
    let ids: Vec<EntryId> = at_rest(&stage, 2).iter().map(|e| e.id).collect();
    wish(&stage, HistoryWish::Delete(ids.clone()));
    let banner = banner_beside(&stage, "2 entries deleted from the history.", <[_]>::is_empty);
    assert_eq!(banner.action.as_deref(), Some("Undo"));
    stage.ask(Command::BannerAction(banner.id));
    assert_eq!(entries(&stage, "both", |e| e.len() == 2)[0].text(), "First.");
    wish(&stage, HistoryWish::Delete(vec![ids[0]]));
    entries(&stage, "one", |e| e.len() == 1);
    let folder = stage.quit();
    assert_eq!(recordings(folder.path()).len(), 1, "its recording is gone for good");
    let text = std::fs::read_to_string(folder.path().join("history/history.jsonl")).unwrap();
    assert!(!text.contains("First.") && text.contains("Second."));
}

#[test]
fn who_wants_no_recordings_keeps_texts_only() {
    let stage = stage(false);
    keep(&stage, Keep::Texts);
    dictate(&stage, "Text.");
    let kept = entries(&stage, "a text without a recording", |e| !e.is_empty() && e[0].audio.is_none());
    assert_eq!((kept[0].text(), wavs(&stage).len()), ("Text.", 0));
}

#[test]
fn who_wants_no_history_has_none() {
    let stage = stage(false);
    keep(&stage, Keep::Nothing);
    dictate(&stage, "Text.");
    assert_eq!(stage.clipboard.recv_timeout(PATIENCE).unwrap(), "Text.");
    stage.see("its end", |s| idle(s) && s.dictated.text() == "Text.");
    let folder = stage.quit();
    assert_eq!(recordings(folder.path()), [] as [PathBuf; 0]);
    let left = std::fs::read_to_string(folder.path().join("history/history.jsonl")).unwrap_or_default();
    assert!(!left.contains("Text."));
    assert_eq!(stage_in(folder, false).see("the choice", |_| true).history.keeping.keep, Keep::Nothing);
}

#[test]
fn entries_are_exported() {
    let stage = stage(false);
    dictate(&stage, "Text.");
    let id = entries(&stage, "the entry", |e| !e.is_empty())[0].id;
    let path = stage.folder.path().join("out.txt");
    let ids = Some(vec![id]);
    wish(&stage, HistoryWish::Export { ids, format: Format::Txt, path: path.clone() });
    stage.see_banner("Saved ");
    assert_eq!(std::fs::read_to_string(path).unwrap(), "Text.\n");
    let path = stage.folder.path().join("no folder/out.txt");
    wish(&stage, HistoryWish::Export { ids: None, format: Format::Json, path });
    stage.see_banner("could not be saved");
}

#[test]
fn a_history_that_cannot_be_written_costs_no_text() {
    let folder = Arc::new(tempfile::tempdir().unwrap());
    std::fs::create_dir_all(folder.path().join("history/history.jsonl")).unwrap();
    let stage = stage_in(folder, false);
    assert_eq!(stage.load_asked_for(), "first");
    stage.ready("first");
    stage.see_banner("The history in ");
    dictate(&stage, "Text.");
    assert_eq!(stage.clipboard.recv_timeout(PATIENCE).unwrap(), "Text.");
    stage.see("its end", |s| idle(s) && s.dictated.text() == "Text.");
    let folder = stage.quit();
    assert_eq!(capture::recover(&folder.path().join("recordings")).recovered.len(), 1, "it is offered again");
}

#[test]
fn what_the_disk_refused_is_written_when_it_takes_it() {
    let folder = Arc::new(tempfile::tempdir().unwrap());
    let file = folder.path().join("history/history.jsonl");
    std::fs::create_dir_all(&file).unwrap();
    let stage = stage_in(folder, false);
    assert_eq!(stage.load_asked_for(), "first");
    stage.ready("first");
    stage.see_banner("The history in ");
    for text in ["First.", "Second."] {
        dictate(&stage, text);
        stage.see("its end", |s| idle(s) && s.dictated.text() == text);
    }
    std::fs::remove_dir(&file).unwrap();
    let seen = stage.see("both", |s| s.history.entries.len() == 2 && s.banners.is_empty());
    let texts: Vec<_> = seen.history.entries.iter().map(|e| e.text().to_owned()).collect();
    assert_eq!(texts, ["First.", "Second."]);
    let folder = stage.quit();
    assert_eq!(capture::recover(&folder.path().join("recordings")).recovered, [], "they have their texts");
}

#[test]
fn what_waits_for_another_model_goes_on_at_the_next_start() {
    let stage = stage(false);
    dictate(&stage, "First.");
    let id = at_rest(&stage, 1)[0].id;
    wish(&stage, HistoryWish::Retry { id, model: Some("second".into()) });
    assert_eq!(stage.load_asked_for(), "second");
    let folder = stage.quit();
    let stage = stage_in(folder, false);
    assert_eq!(stage.load_asked_for(), "first");
    stage.ready("first");
    assert_eq!(stage.load_asked_for(), "second");
    stage.ready("second");
    stage.finish(&stage.job(), "Better.");
    entries(&stage, "the other text", |e| e[0].text() == "Better.");
}
