//! Files over restarts, in great numbers, and bad ones among them.

use super::stage::*;
use super::*;
use crate::engine_thread::{EngineEvent, JobEvent};
use crate::export::Format;
use crate::kept_files::FileOptions;
use hark_engine::audio::AudioSource;
use std::fs;
use std::path::Path;

fn is_done(file: &FileView) -> bool {
    matches!(file.state, FileState::Done { .. })
}

fn wav(path: &Path, channels: u16) {
    let spec = hound::WavSpec {
        channels,
        sample_rate: 16_000,
        bits_per_sample: 16,
        sample_format: hound::SampleFormat::Int,
    };
    let mut writer = hound::WavWriter::create(path, spec).unwrap();
    (0..1600 * i32::from(channels)).for_each(|i| writer.write_sample((i % 100) as i16).unwrap());
    writer.finalize().unwrap();
}

#[test]
fn the_next_start_has_texts_edits_and_what_was_interrupted() {
    let stage = stage(false);
    stage.add_files(&["a.wav", "b.wav"]);
    stage.finish(&stage.job(), " Hello.");
    stage.see("the text", |s| s.transcript.text() == "Hello.");
    stage.ask(Command::Edit { shown: Shown::File(1), place: 0, text: "Hallo!".into() });
    stage.see("the edit", |s| s.transcript.text() == "Hallo!" && s.transcript.edited.contains(&0));
    let _b = stage.job();
    let folder = stage.quit();

    let stage = stage_in(folder, false);
    assert_eq!(stage.load_asked_for(), "first");
    stage.ready("first");
    let banner = stage.see_banner("One file was not transcribed");
    stage.ask(Command::Show(Shown::File(1)));
    stage.see("the text from the disk", |s| s.transcript.text() == "Hallo!");
    stage.ask(Command::Restore(Shown::File(1)));
    stage.see("the original", |s| s.transcript.text() == "Hello." && s.transcript.edited.is_empty());
    stage.ask(Command::BannerAction(banner.id));
    stage.finish(&stage.job(), " Second.");
    stage.see("both", |s| s.files.iter().all(is_done) && s.files.len() == 2);
    stage.ask(Command::RemoveFile(1));
    stage.see("one", |s| s.files.len() == 1 && s.shown == Shown::Dictation);
    let folder = stage.quit();
    let texts = fs::read_dir(folder.path().join("files")).unwrap().map(|entry| entry.unwrap().file_name());
    let mut texts: Vec<_> = texts.map(|name| name.into_string().unwrap()).collect();
    texts.sort();
    assert_eq!(texts, ["2.json", "list.jsonl"]);
}

#[test]
fn what_a_full_disk_refused_is_written_when_it_takes_something_again() {
    let stage = stage(false);
    let folder = stage.folder.path().join("files");
    fs::write(&folder, "no folder can be made here").unwrap();
    stage.add_files(&["a.wav", "b.wav"]);
    stage.finish(&stage.job(), " First.");
    stage.see_banner("The list of files cannot be kept");
    fs::remove_file(&folder).unwrap();
    stage.finish(&stage.job(), " Second.");
    stage.see("no banner", |s| s.banners.is_empty() && s.files.iter().all(is_done));
    let both = || ["1.json", "2.json"].iter().all(|name| folder.join(name).exists());
    let patience = (0..1000).take_while(|_| !both());
    patience.for_each(|_| std::thread::sleep(std::time::Duration::from_millis(10)));
    assert!(both());
}

#[test]
fn a_damaged_text_says_so_and_can_be_made_again() {
    let stage = stage(false);
    stage.add_files(&["a.wav"]);
    stage.finish(&stage.job(), " Hello.");
    stage.see("the text", |s| s.transcript.text() == "Hello.");
    let folder = stage.quit();
    fs::write(folder.path().join("files/1.json"), "[\"damaged").unwrap();

    let stage = stage_in(folder, false);
    assert_eq!(stage.load_asked_for(), "first");
    stage.ready("first");
    stage.ask(Command::Show(Shown::File(1)));
    stage.see("why", |s| {
        matches!(&s.files[0].state, FileState::Failed { message } if message.contains("cannot be read: it is damaged"))
    });
    stage.ask(Command::RetryFile(1));
    stage.finish(&stage.job(), " Hello again.");
    stage.see("the text", |s| s.transcript.text() == "Hello again.");
}

#[test]
fn forty_files_of_which_ten_are_broken_and_two_have_one_name() {
    let stage = stage(false);
    let at = |name: String| stage.folder.path().join(name);
    for folder in ["x", "y"] {
        fs::create_dir(at(folder.into())).unwrap();
    }
    let alphabets = ["Ünïcödé", "録音", "тест", "שלום", "a b'c\"d", "👩‍👩‍👧‍👦"];
    let mut paths = vec![at("x/same.wav".into()), at("y/same.wav".into())];
    paths.extend((2..40).map(|i| at(format!("{}-{i}.wav", alphabets[i % alphabets.len()]))));
    paths.iter().for_each(|path| fs::write(path, "no audio").unwrap());
    stage.ask(Command::AddFiles(paths.clone()));
    for (number, path) in paths.iter().enumerate() {
        let job = stage.job();
        if number % 4 == 3 {
            let message = format!("{}: it is no audio file", path.display());
            stage.tell(EngineEvent::Job { id: job.id, event: JobEvent::Failed { message, refused: false } });
        } else {
            stage.finish(&job, &format!(" Text {number}."));
        }
    }
    let snapshot = stage.see("the end", |s| {
        s.files.len() == 40
            && s.files.iter().all(|f| is_done(f) || matches!(f.state, FileState::Failed { .. }))
    });
    assert_eq!(snapshot.files.iter().filter(|file| is_done(file)).count(), 30);
    let failed = snapshot.files.iter().find(|file| !is_done(file)).unwrap();
    assert_eq!(failed.state, FileState::Failed { message: "It is no audio file.".into() });
    assert_eq!((&*snapshot.files[0].name, &*snapshot.files[1].name), ("same.wav – x", "same.wav – y"));

    let folder = at("texts".into());
    fs::create_dir(&folder).unwrap();
    fs::write(folder.join("same.txt"), "mine").unwrap();
    stage.ask(Command::SaveAll { format: Format::Txt, folder: folder.clone() });
    stage.see_banner("Saved 30 transcripts in");
    let text = |name: &str| fs::read_to_string(folder.join(name)).unwrap();
    assert_eq!(text("same.txt"), "mine");
    assert_eq!((text("same (2).txt"), text("same (3).txt")), ("Text 0.\n".into(), "Text 1.\n".into()));
    assert_eq!(fs::read_dir(&folder).unwrap().count(), 31);
}

#[test]
fn channels_of_a_file_are_heard_one_by_one() {
    let stage = stage(false);
    stage.ask(Command::ChooseFileOptions(FileOptions { by_channel: true, words: true, track: None }));
    let path = stage.folder.path().join("two.wav");
    wav(&path, 2);
    stage.ask(Command::AddFiles(vec![path]));
    let heard = |job: &crate::engine_thread::Job| {
        assert!(job.options.word_timestamps);
        let mut samples = Vec::new();
        let mut stream = AudioSource::open(&*job.source).unwrap();
        while stream.next_block(&mut samples).unwrap() {}
        (samples[1] * 32_768.0).round() as i32
    };
    let left = stage.job();
    assert_eq!(heard(&left), 2);
    stage.finish(&left, " Good morning.");
    let right = stage.job();
    assert_eq!(heard(&right), 3);
    stage.finish(&right, " Hello.");
    let done = stage.see("both", |s| s.files.iter().all(is_done) && s.transcript.segments.len() == 2);
    let speakers: Vec<_> = done.transcript.segments.iter().map(|s| s.speaker.as_deref().unwrap()).collect();
    assert_eq!(speakers, ["Left", "Right"]);
    assert_eq!(done.files[0].about.as_ref().unwrap().channels, 2);
    // Another wish for this file alone, and it is done again.
    stage.ask(Command::ChangeFile(1, FileOptions::default()));
    let whole = stage.job();
    assert!(!whole.options.word_timestamps);
    stage.finish(&whole, " Both.");
    stage.see("one text", |s| s.transcript.text() == "Both." && s.transcript.segments[0].speaker.is_none());
}
