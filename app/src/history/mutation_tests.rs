//! Histories that were damaged by chance, the same chance each time.

use super::samples::{entry, version};
use super::store::{Place, Store};
use super::{Entry, EntryId};
use crate::test_chance::Chance;
use std::fs;
use std::path::Path;
use std::sync::Arc;

fn place(folder: &Path) -> Place {
    Place { folder: folder.join("history"), recordings: folder.join("recordings") }
}

/// A history with entries that were changed, and its bytes.
fn history() -> (Vec<u8>, Vec<Arc<Entry>>) {
    let folder = tempfile::tempdir().unwrap();
    let mut store = Store::open(place(folder.path())).unwrap().0;
    for number in 1..=12 {
        store.put(entry(number, &format!("Satz {number}: \"Grüße\"\n[\"ja\",1,{{}}] 漢字"))).unwrap();
    }
    store.add_version(EntryId(3), version("another")).unwrap();
    store.amend(EntryId(5), |e| e.starred = true).unwrap();
    (fs::read(folder.path().join("history/history.jsonl")).unwrap(), store.entries())
}

/// Damages `bytes` somewhere, and gives the first byte that is not as it was.
fn damage(bytes: &mut Vec<u8>, chance: &mut Chance) -> usize {
    let at = chance.below(bytes.len());
    match chance.below(5) {
        0 => bytes.truncate(at),
        1 => bytes[at] ^= 1 << chance.below(8),
        2 => {
            let garbage: Vec<u8> = (0..=chance.below(64)).map(|_| chance.next() as u8).collect();
            bytes.splice(at..at, garbage);
        }
        3 => {
            let end = (at + 1 + chance.below(300)).min(bytes.len());
            bytes.drain(at..end);
        }
        _ => {
            let end = (at + 1 + chance.below(300)).min(bytes.len());
            bytes[at..end].fill(0);
        }
    }
    at
}

/// The entries whose last line ends before this byte.
fn before(bytes: &[u8], at: usize) -> Vec<EntryId> {
    let whole = bytes[..at].iter().rposition(|b| *b == b'\n').map_or(0, |end| end + 1);
    let lines = |bytes: &[u8]| {
        let scan = crate::checked_lines::scan(bytes);
        let id = |json: &str| {
            let value: serde_json::Value = serde_json::from_str(json).unwrap();
            value["kind"].as_str().filter(|kind| *kind == "entry")?;
            value["id"].as_str()?.parse::<EntryId>().ok()
        };
        scan.good.iter().filter_map(|line| id(line.json)).collect::<Vec<_>>()
    };
    let later = lines(&bytes[whole..]);
    lines(&bytes[..whole]).into_iter().filter(|id| !later.contains(id)).collect()
}

#[test]
fn every_good_entry_before_the_damage_survives() {
    let (whole, entries) = history();
    let mut chance = Chance(9);
    let (mut survived, mut lost) = (0, 0);
    for round in 0..400 {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir_all(folder.path().join("history")).unwrap();
        let mut bytes = whole.clone();
        let mut first = usize::MAX;
        for _ in 0..=chance.below(3) {
            if !bytes.is_empty() {
                first = first.min(damage(&mut bytes, &mut chance));
            }
        }
        fs::write(folder.path().join("history/history.jsonl"), &bytes).unwrap();
        let (mut store, _) = Store::open(place(folder.path())).unwrap();
        for id in before(&whole, first.min(whole.len())) {
            let (kept, was) = (store.get(id), entries.iter().find(|entry| entry.id == id));
            assert_eq!(kept, was, "round {round}");
        }
        for entry in store.entries() {
            // Nothing is invented: what is there was written once.
            let was = entries.iter().find(|was| was.id == entry.id).unwrap();
            assert!(was.versions.starts_with(&entry.versions), "round {round}");
        }
        survived += store.entries().len();
        lost += entries.len() - store.entries().len();
        store.put(entry(99, "goes on")).unwrap();
        let (again, problems) = Store::open(place(folder.path())).unwrap();
        assert_eq!((again.entries(), problems.len()), (store.entries(), 0), "round {round}: told once");
    }
    // Most of it is always there: damage costs what it hits.
    assert!(lost > 0 && survived > lost, "{survived} survived, {lost} were lost");
}
