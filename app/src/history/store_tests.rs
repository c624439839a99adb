use super::record::{Record, Schema};
use super::samples::{entry, version};
use super::store::disk::with_room;
use super::store::{Place, Store};
use super::{Entry, EntryId, Keep, Keeping};
use jiff::{SignedDuration, Timestamp};
use serde_json::json;
use std::fs;
use std::path::Path;

fn place(folder: &Path) -> Place {
    Place { folder: folder.join("history"), recordings: folder.join("recordings") }
}

fn open(folder: &Path) -> Store {
    let (store, problems) = Store::open(place(folder)).unwrap();
    assert_eq!(problems, [] as [String; 0]);
    store
}

fn texts(store: &Store) -> Vec<String> {
    store.entries().iter().map(|entry| entry.text().to_owned()).collect()
}

fn file(folder: &Path) -> std::path::PathBuf {
    folder.join("history/history.jsonl")
}

fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder.join("history")).unwrap();
    let mut names: Vec<_> = entries.map(|e| e.unwrap().file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    names
}

#[test]
fn entries_are_there_at_the_next_start_as_they_were() {
    let folder = tempfile::tempdir().unwrap();
    let mut store = open(folder.path());
    for number in 1..=3 {
        store.put(entry(number, &format!("Text {number}"))).unwrap();
    }
    store.amend(EntryId(2), |e| e.starred = true).unwrap();
    store.add_version(EntryId(1), version("Better 1")).unwrap();
    store.amend(EntryId(9), |e| e.starred = true).unwrap();
    let again = open(folder.path());
    assert_eq!(again.entries(), store.entries());
    assert_eq!(texts(&again), ["Better 1", "Text 2", "Text 3"], "the order is that of the recordings");
    assert_eq!(again.get(EntryId(1)).unwrap().versions.len(), 2);
    assert_eq!(names(folder.path()), ["history.jsonl", "history.lock"]);
}

#[cfg(unix)]
#[test]
fn nobody_else_may_read_it() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().unwrap();
    open(folder.path()).put(entry(1, "secret")).unwrap();
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&folder.path().join("history")), 0o700);
    for name in names(folder.path()) {
        assert_eq!(mode(&folder.path().join("history").join(&name)), 0o600, "{name}");
    }
    fs::set_permissions(file(folder.path()), fs::Permissions::from_mode(0o644)).unwrap();
    drop(open(folder.path()));
    assert_eq!(mode(&file(folder.path())), 0o600);
}

#[test]
fn a_second_text_of_a_recording_joins_the_first() {
    let folder = tempfile::tempdir().unwrap();
    let mut store = open(folder.path());
    let failed = Entry { versions: Vec::new(), problem: Some("no model".into()), ..entry(1, "") };
    store.put(failed).unwrap();
    store.put(Entry { starred: true, ..entry(1, "after all") }).unwrap();
    let only = &store.entries()[0];
    assert_eq!((only.text(), only.versions.len(), &only.problem), ("after all", 1, &None));
    assert!(!only.starred, "the star is the person's");
}

#[test]
fn what_is_deleted_can_be_restored_until_it_is_purged() {
    let folder = tempfile::tempdir().unwrap();
    let recordings = folder.path().join("recordings");
    fs::create_dir_all(&recordings).unwrap();
    for number in 1..=3 {
        fs::write(recordings.join(format!("{number}.wav")), "").unwrap();
    }
    fs::write(recordings.join("1.pending"), "").unwrap();
    let (now, ten) = (Timestamp::from_second(1_800_000_000).unwrap(), SignedDuration::from_secs(10));
    let mut store = open(folder.path());
    (1..=3).for_each(|number| drop(store.put(entry(number, &format!("Text {number}"))).unwrap()));
    store.delete(&[EntryId(1), EntryId(2)], Some(now)).unwrap();
    assert_eq!(texts(&store), ["Text 3"]);
    store.purge(now + SignedDuration::from_secs(9), ten).unwrap();
    assert!(recordings.join("1.wav").exists());
    store.delete(&[EntryId(2)], None).unwrap();
    assert_eq!(texts(&open(folder.path())), ["Text 2", "Text 3"], "in its old place");
    store.purge(now + ten, ten).unwrap();
    store.delete(&[EntryId(1)], None).unwrap();
    assert_eq!(texts(&open(folder.path())), ["Text 2", "Text 3"], "it is too late for the first");
    assert!(!recordings.join("1.wav").exists() && recordings.join("2.wav").exists());
    assert!(!recordings.join("1.pending").exists(), "it is not offered at the next start");
    let left = fs::read_to_string(file(folder.path())).unwrap();
    assert!(!left.contains("Text 1"), "not a word of it is left");
    // A clock that was set back by a year is no reason to wait for one.
    store.delete(&[EntryId(2)], Some(now)).unwrap();
    store.purge(now - SignedDuration::from_hours(9_000), ten).unwrap();
    assert_eq!(texts(&open(folder.path())), ["Text 3"]);
}

#[test]
fn recordings_go_and_texts_stay() {
    let folder = tempfile::tempdir().unwrap();
    let recordings = folder.path().join("recordings");
    fs::create_dir_all(&recordings).unwrap();
    let mut store = open(folder.path());
    for number in 1..=4 {
        fs::write(recordings.join(format!("{number}.wav")), "").unwrap();
        store.put(entry(number, "Text")).unwrap();
    }
    fs::write(recordings.join("1.pending"), "").unwrap();
    store.amend(EntryId(2), |e| e.starred = true).unwrap();
    let keeping = Keeping { keep: Keep::Everything, recordings: Some(1), days: None };
    store.thin(&keeping, Timestamp::now()).unwrap();
    let there = |number: u64| recordings.join(format!("{number}.wav")).exists();
    assert_eq!([1, 2, 3, 4].map(there), [true, true, false, true], "the first is to become text yet");
    let audio: Vec<_> = open(folder.path()).entries().iter().map(|e| e.audio.is_some()).collect();
    assert_eq!(audio, [true, true, false, true]);
    assert_eq!(store.entries().len(), 4);
}

#[test]
fn two_at_once_lose_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let (mut one, mut other) = (open(folder.path()), open(folder.path()));
    one.put(entry(1, "One")).unwrap();
    other.put(entry(2, "Other")).unwrap();
    one.amend(EntryId(2), |e| e.starred = true).unwrap();
    other.delete(&[EntryId(1)], Some(Timestamp::UNIX_EPOCH)).unwrap();
    other.purge(Timestamp::now(), SignedDuration::from_secs(10)).unwrap();
    one.add_version(EntryId(1), version("late")).unwrap();
    one.put(entry(3, "Three")).unwrap();
    other.catch_up().unwrap();
    assert_eq!(texts(&one), ["Other", "Three"], "what is gone does not come back");
    assert_eq!(one.entries(), other.entries());
    assert!(other.entries()[0].starred);
    fs::remove_file(file(folder.path())).unwrap();
    one.put(entry(4, "Four")).unwrap();
    assert_eq!(texts(&open(folder.path())), ["Four"], "who removed the file meant it");
}

#[test]
fn many_at_once_lose_nothing() {
    let folder = tempfile::tempdir().unwrap();
    std::thread::scope(|scope| {
        for writer in 0..4u64 {
            let folder = folder.path();
            scope.spawn(move || {
                let mut store = open(folder);
                for number in 0..25 {
                    store.put(entry(100 * writer + number, "Text")).unwrap();
                    store.amend(EntryId(100 * writer), |e| e.starred = !e.starred).unwrap();
                }
            });
        }
    });
    assert_eq!(open(folder.path()).entries().len(), 100);
}

#[test]
fn a_full_disk_leaves_what_was_there() {
    let folder = tempfile::tempdir().unwrap();
    let mut store = open(folder.path());
    store.put(entry(1, "One")).unwrap();
    let before = fs::read(file(folder.path())).unwrap();
    let error = with_room(100, || store.put(entry(2, "Two")).unwrap_err().to_string());
    assert!(error.contains("cannot be written") && error.contains("make room"), "{error}");
    assert_eq!(texts(&store), ["One"], "what is there can be seen all the same");
    assert_eq!(fs::read(file(folder.path())).unwrap(), before);
    let now = Timestamp::now();
    store.delete(&[EntryId(1)], Some(now)).unwrap();
    assert!(with_room(10, || store.purge(now, SignedDuration::ZERO)).is_err());
    store.delete(&[EntryId(1)], None).unwrap();
    store.put(entry(2, "Two")).unwrap();
    assert_eq!(texts(&open(folder.path())), ["One", "Two"]);
}

#[test]
fn damage_is_told_once_and_the_bad_is_kept_aside() {
    let folder = tempfile::tempdir().unwrap();
    let mut store = open(folder.path());
    (1..=3).for_each(|number| drop(store.put(entry(number, &format!("Text {number}"))).unwrap()));
    let damaged = fs::read_to_string(file(folder.path())).unwrap().replace("Text 2", "Text 7");
    fs::write(file(folder.path()), &damaged).unwrap();
    let (store, problems) = Store::open(place(folder.path())).unwrap();
    assert_eq!(texts(&store), ["Text 1", "Text 3"]);
    assert_eq!(problems.len(), 1);
    assert!(problems[0].starts_with("one line of the history could not be read"), "{problems:?}");
    assert_eq!(names(folder.path()), ["history.damaged.jsonl", "history.jsonl", "history.lock"]);
    let aside = fs::read_to_string(folder.path().join("history/history.damaged.jsonl")).unwrap();
    assert_eq!(aside, damaged);
    assert_eq!(texts(&open(folder.path())), ["Text 1", "Text 3"]);
}

#[test]
fn a_torn_line_does_not_spoil_the_next() {
    let folder = tempfile::tempdir().unwrap();
    let mut store = open(folder.path());
    store.put(entry(1, "One")).unwrap();
    store.put(entry(2, "Two")).unwrap();
    let whole = fs::read(file(folder.path())).unwrap();
    fs::write(file(folder.path()), &whole[..whole.len() - 5]).unwrap();
    let (mut store, problems) = Store::open(place(folder.path())).unwrap();
    assert_eq!((texts(&store), problems.len()), (vec!["One".to_owned()], 1));
    store.put(entry(3, "Three")).unwrap();
    assert_eq!(texts(&open(folder.path())), ["One", "Three"]);
    // The break behind the last line is all that is missing.
    let whole = fs::read(file(folder.path())).unwrap();
    fs::write(file(folder.path()), whole.trim_ascii_end()).unwrap();
    open(folder.path()).put(entry(4, "Four")).unwrap();
    assert_eq!(texts(&open(folder.path())), ["One", "Three", "Four"]);
}

/// A later schema, in which the text of an entry with one is called otherwise.
fn later() -> Schema {
    Schema {
        current: 2,
        next: |from, mut value| {
            assert_eq!(from, 1);
            if value["kind"] == "entry" {
                let texts = value["versions"].as_array_mut()?;
                texts.iter_mut().for_each(|text| text["backend"] = json!("unknown"));
            }
            Some(value)
        },
    }
}

#[test]
fn an_upgrade_keeps_a_copy_of_the_old_file() {
    let folder = tempfile::tempdir().unwrap();
    open(folder.path()).put(entry(1, "One")).unwrap();
    let old = fs::read(file(folder.path())).unwrap();
    let (mut store, problems) = Store::open_as(place(folder.path()), later()).unwrap();
    assert_eq!(problems.len(), 1, "{problems:?}");
    assert_eq!(fs::read(folder.path().join("history/history.schema-1.jsonl")).unwrap(), old);
    assert_eq!(store.entries()[0].versions[0].backend, "unknown");
    store.put(entry(2, "Two")).unwrap();
    let (again, problems) = Store::open_as(place(folder.path()), later()).unwrap();
    assert_eq!((texts(&again), problems.len()), (vec!["One".to_owned(), "Two".to_owned()], 0));
}

#[test]
fn what_a_newer_hark_wrote_is_kept_and_not_shown() {
    let folder = tempfile::tempdir().unwrap();
    let mut store = open(folder.path());
    store.put(entry(1, "One")).unwrap();
    let newer = Schema { current: 7, next: |_, _| None };
    let line = newer.write(&Record::Entry(Box::new(entry(2, "New")))).unwrap();
    let mut bytes = fs::read(file(folder.path())).unwrap();
    bytes.extend_from_slice(line.as_bytes());
    fs::write(file(folder.path()), &bytes).unwrap();
    let (mut store, problems) = Store::open(place(folder.path())).unwrap();
    assert_eq!((texts(&store), problems.len()), (vec!["One".to_owned()], 1));
    store.put(entry(3, "Three")).unwrap();
    store.delete(&[EntryId(1)], Some(Timestamp::UNIX_EPOCH)).unwrap();
    store.purge(Timestamp::now(), SignedDuration::ZERO).unwrap();
    let left = fs::read_to_string(file(folder.path())).unwrap();
    assert!(left.contains(line.trim_end()) && left.contains("Three") && !left.contains("One"));
}

#[test]
fn lines_that_no_longer_count_go_in_time() {
    let folder = tempfile::tempdir().unwrap();
    let mut store = open(folder.path());
    store.put(entry(1, "One")).unwrap();
    let bytes = fs::read(file(folder.path())).unwrap();
    let (first, rest) = bytes.split_at(bytes.iter().position(|b| *b == b'\n').unwrap() + 1);
    fs::write(file(folder.path()), [first, &rest.repeat(1_100)].concat()).unwrap();
    assert_eq!(texts(&open(folder.path())), ["One"]);
    assert!(fs::metadata(file(folder.path())).unwrap().len() < 2_000);
}

#[test]
fn a_folder_in_its_place_is_an_error_and_no_panic() {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir_all(file(folder.path())).unwrap();
    let error = Store::open(place(folder.path())).err().map(|error| error.to_string());
    assert!(error.is_some_and(|text| text.contains("cannot be read")));
}
