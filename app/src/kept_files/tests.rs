use super::folder::Opened;
use super::*;
use crate::file_name::FileName;
use crate::history::EntryId;
use crate::precision::Standing;
use crate::test_chance::Chance;
use hark_engine::encoder::{BackendInfo, BackendKind, Precision};
use hark_engine::metrics::Timings;
use hark_engine::transcript::{Segment, Transcript};
use std::fs;
use std::path::PathBuf;

fn listed(id: u64) -> Listed {
    let outcome = match id % 3 {
        0 => Outcome::Waiting,
        1 => Outcome::Done { audio_s: 4.0, processing_s: 1.0, edited: true },
        _ => Outcome::Failed { message: "It is no audio: \"x\"\n.".into() },
    };
    let identity = Some(Identity { bytes: 7, sum: "00".into() });
    let options = FileOptions { track: Some(2), by_channel: true, words: false };
    Listed { id, path: FileName::Text(format!("/ünï/録音 {id}.wav")), identity, options, outcome }
}

fn text() -> Text {
    let segment = Segment { end: 2.0, text: " Hello.".into(), ..Segment::default() };
    let backend =
        BackendInfo { kind: BackendKind::Cpu, name: "CPU".into(), precision: Precision::Int8, threads: 2 };
    Text {
        transcript: Transcript { text: " Hello.".into(), segments: vec![segment], ..Transcript::default() },
        edits: [(0, "Hallo.".to_owned())].into(),
        timings: Timings::default(),
        model: "base.en".into(),
        backend,
        standing: Standing::Fallback("why".into()),
        npu: None,
    }
}

fn folder() -> (tempfile::TempDir, Folder) {
    let temporary = tempfile::tempdir().unwrap();
    let folder = Folder::new(temporary.path().join("files"));
    (temporary, folder)
}

#[test]
fn what_is_written_is_read_again() {
    let (_temporary, folder) = folder();
    assert_eq!(folder.open(), Opened::default());
    let files: Vec<_> = [3, 1, 2].map(listed).into();
    let usual = FileOptions { words: true, ..FileOptions::default() };
    let retries = vec![(EntryId(7), Some("tiny".to_owned())), (EntryId(8), None)];
    folder.write_list(usual, &files, &retries).unwrap();
    folder.write_text(&files[1], &text()).unwrap();
    assert_eq!(folder.open(), Opened { files: files.clone(), usual, retries, problem: None });
    assert_eq!(folder.read_text(1).unwrap(), text());
    assert!(folder.read_text(2).is_err());
    folder.delete_text(1).unwrap();
    folder.delete_text(1).unwrap();
    assert!(folder.read_text(1).is_err());
}

#[cfg(unix)]
#[test]
fn a_name_need_not_be_text() {
    use std::os::unix::ffi::OsStringExt;
    let (_temporary, folder) = folder();
    let name = PathBuf::from(std::ffi::OsString::from_vec(vec![b'/', 0xff, 0xfe, b'.', b'w']));
    let file = Listed { path: name.clone().into(), ..listed(1) };
    folder.write_list(FileOptions::default(), &[file], &[]).unwrap();
    assert_eq!(PathBuf::from(folder.open().files[0].path.clone()), name);
}

#[test]
fn a_lost_list_is_made_again_from_the_texts() {
    let (_temporary, folder) = folder();
    let files: Vec<_> = [1, 4, 7].map(listed).into();
    folder.write_list(FileOptions::default(), &files, &[]).unwrap();
    files.iter().for_each(|file| folder.write_text(file, &text()).unwrap());
    fs::remove_file(folder.path().join("list.jsonl")).unwrap();
    assert_eq!(folder.open(), Opened { files: files.clone(), ..Opened::default() });
    fs::write(folder.path().join("list.jsonl"), "garbage").unwrap();
    let opened = folder.open();
    assert_eq!(opened.files, files);
    assert!(opened.problem.is_some_and(|problem| problem.contains("damaged")));
    assert_eq!(fs::read(folder.path().join("list.jsonl.broken-1")).unwrap(), b"garbage");
}

#[test]
fn damage_costs_what_it_hits_and_no_more() {
    let (_temporary, folder) = folder();
    let files: Vec<_> = (0..12).map(|i| listed(3 * i + 2)).collect();
    folder.write_list(FileOptions::default(), &files, &[]).unwrap();
    folder.write_text(&listed(1), &text()).unwrap();
    let list = folder.path().join("list.jsonl");
    let (good, good_text) = (fs::read(&list).unwrap(), fs::read(folder.path().join("1.json")).unwrap());
    let mut chance = Chance(20);
    let mut random = |below: usize| chance.below(below.max(1));
    for round in 0..400 {
        let mut bytes = if round % 2 == 0 { good.clone() } else { good_text.clone() };
        let place = random(bytes.len());
        let many = random(40) + 1;
        match round % 5 {
            0 => bytes[place] ^= 1 << random(8),
            1 => bytes.truncate(place),
            2 => drop(bytes.drain(place..(place + many).min(bytes.len()))),
            3 => bytes
                .splice(place..place, (0..many).map(|_| random(256) as u8).collect::<Vec<_>>())
                .for_each(drop),
            _ => (0..many).for_each(|i| {
                if let Some(byte) = bytes.get_mut(place + i) {
                    *byte = random(256) as u8
                }
            }),
        }
        if round % 2 == 0 {
            fs::write(&list, &bytes).unwrap();
            let opened = folder.open();
            let theirs = opened.files.iter().filter(|file| file.id != 1);
            assert!(theirs.clone().all(|file| files.contains(file)), "nothing is made up");
            assert!(theirs.count() + 4 >= files.len() || round % 5 == 1, "round {round}: too much is lost");
            assert!(opened.files.contains(&listed(1)), "its text is there");
            // Each round keeps a copy of the damaged list.
            for entry in fs::read_dir(folder.path()).unwrap().map(Result::unwrap) {
                if entry.file_name().to_string_lossy().contains("broken") {
                    fs::remove_file(entry.path()).unwrap();
                }
            }
        } else {
            fs::write(folder.path().join("1.json"), &bytes).unwrap();
            if let Ok(read) = folder.read_text(1) {
                assert_eq!(read, text(), "round {round}");
            }
            fs::write(folder.path().join("1.json"), &good_text).unwrap();
        }
    }
}

#[test]
fn a_file_is_known_again_by_its_content() {
    let temporary = tempfile::tempdir().unwrap();
    let path = temporary.path().join("a.wav");
    let mut content: Vec<u8> = (0..300_000_u32).map(|i| (i * 7 % 251) as u8).collect();
    fs::write(&path, &content).unwrap();
    let before = Identity::of(&path).unwrap();
    let moved = temporary.path().join("b.wav");
    fs::rename(&path, &moved).unwrap();
    assert_eq!(Identity::of(&moved).unwrap(), before);
    for place in [0, 150_000, 299_999] {
        content[place] ^= 1;
        fs::write(&path, &content).unwrap();
        assert_ne!(Identity::of(&path).unwrap(), before, "{place}");
        content[place] ^= 1;
    }
    fs::write(&path, &content[..299_999]).unwrap();
    assert_ne!(Identity::of(&path).unwrap(), before);
    assert!(Identity::of(temporary.path()).is_err(), "a folder");
    fs::write(&path, b"").unwrap();
    assert_eq!(Identity::of(&path).unwrap().bytes, 0);
}

#[cfg(unix)]
#[test]
fn four_gigabytes_take_no_time() {
    let temporary = tempfile::tempdir().unwrap();
    let path = temporary.path().join("film.mkv");
    let file = fs::File::create(&path).unwrap();
    // Sparse: it takes no room on the disk.
    if file.set_len(4 << 30).is_ok() {
        assert_eq!(Identity::of(&path).unwrap().bytes, 4 << 30);
    }
}
