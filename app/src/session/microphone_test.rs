//! A real microphone of the sound server, without a sound card. Ignored, because it needs the servers
//! of `packaging/test/virtual-mic.sh` around it and a machine that is not busy; `./test` runs it.
//! `HARK_TEST_SECONDS` says how long to speak.

use super::config::{Config, ModelKnowledge};
use super::desk::Desk;
use super::state::Session;
use super::thread::SessionHandle;
use super::*;
use crate::capture;
use crate::delivery::Clipboard;
use crate::models::Choice;
use crate::precision::PrecisionChoice;
use crate::settings::Store;
use crossbeam_channel::{bounded, never};
use hark_engine::model::ModelSpec;
use std::path::Path;
use std::process::Command as Process;
use std::sync::Arc;
use std::time::Duration;

/// Three minutes of speech, of which the first seconds are played.
const SPEECH: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../assets/demo/samples/long01.wav");
const SECONDS: usize = 5;
const PATIENCE: Duration = Duration::from_secs(30);
/// A loaded machine can lose sound between the server and its clients, which no recorder can mend.
const TRIES: usize = 5;

struct NoClipboard;

impl Clipboard for NoClipboard {
    fn set(&mut self, _: String) -> Result<(), String> {
        Ok(())
    }
}

fn session(folder: &Path) -> SessionHandle {
    let config = Config {
        recordings: folder.join("recordings"),
        // The fallback keeps recordings and asks the engine for nothing.
        model: Choice { name: "demo".into(), spec: ModelSpec::Demo, fallback: true },
        threads: 1,
        precision: PrecisionChoice::Auto,
        verdicts: None,
        idle: Duration::MAX,
        models: ModelKnowledge {
            list: Vec::new,
            resolve: |name| Err(name.to_owned()),
            is_bundled_clip: |_| Ok(false),
        },
        settings: Store::open(folder).0,
        settings_problems: Vec::new(),
        microphones: capture::Microphones::system(),
        clipboard: Box::new(NoClipboard),
    };
    Session::spawn_with(config, Desk::new(bounded(1).0, never(), PrecisionChoice::Auto), Arc::new(|| {}))
        .unwrap()
}

fn see(session: &SessionHandle, what: &str, fits: impl Fn(&Snapshot) -> bool) {
    let mut last = None;
    while let Ok(snapshot) = session.snapshots.recv_timeout(PATIENCE) {
        if fits(&snapshot) {
            return snapshot.banners.iter().for_each(|b| println!("{}", b.text));
        }
        last = Some(snapshot);
    }
    panic!("never seen: {what}; last was {last:#?}");
}

fn read(path: &Path) -> Vec<f32> {
    let mut reader = hound::WavReader::open(path).unwrap();
    assert_eq!((reader.spec().sample_rate, reader.spec().channels), (16_000, 1));
    reader.samples::<i16>().map(|v| f32::from(v.unwrap()) / 32_768.0).collect()
}

fn write(path: &Path, samples: &[f32]) {
    let sample_format = hound::SampleFormat::Int;
    let spec = hound::WavSpec { channels: 1, sample_rate: 16_000, bits_per_sample: 16, sample_format };
    let mut writer = hound::WavWriter::create(path, spec).unwrap();
    samples.iter().for_each(|s| writer.write_sample((s * 32_768.0) as i16).unwrap());
    writer.finalize().unwrap();
}

/// Plays the clip into the sound server while the session records.
fn record(clip: &[f32]) -> Vec<f32> {
    let folder = tempfile::tempdir().unwrap();
    let played = folder.path().join("played.wav");
    write(&played, clip);
    let session = session(folder.path());
    session.commands.send(Command::Start).unwrap();
    let heard =
        |s: &Snapshot| matches!(s.dictation, DictationView::Recording { elapsed, .. } if !elapsed.is_zero());
    see(&session, "a recording", heard);
    assert!(Process::new("paplay").arg(&played).status().unwrap().success());
    session.commands.send(Command::Stop).unwrap();
    see(&session, "the end", |s| s.dictation == DictationView::Idle);
    session.commands.send(Command::Quit).unwrap();
    session.join.join().unwrap();
    let entries = std::fs::read_dir(folder.path().join("recordings")).unwrap();
    let mut paths = entries.map(|e| e.unwrap().path());
    read(&paths.find(|path| path.extension().is_some_and(|e| e == "wav")).unwrap())
}

/// Correlation of `clip` with the stretch of `recorded` that resembles it most.
fn best_correlation(recorded: &[f32], clip: &[f32]) -> f32 {
    let dot = |a: &[f32], b: &[f32]| a.iter().zip(b).map(|(x, y)| x * y).sum::<f32>();
    let at = |lag: usize, clip: &[f32]| {
        let stretch = &recorded[lag..lag + clip.len()];
        dot(stretch, clip) / (dot(stretch, stretch) * dot(clip, clip)).sqrt().max(f32::MIN_POSITIVE)
    };
    if recorded.len() <= clip.len() {
        return 0.0;
    }
    // The first second tells where it begins.
    let start = &clip[..clip.len().min(16_000)];
    let lags = 0..recorded.len() - clip.len();
    let whole = lags.max_by(|a, b| at(*a, start).total_cmp(&at(*b, start))).unwrap_or(0);
    // The server starts to play between two samples.
    let shifts = (-8..=8).map(|eighths| at(whole, &shifted(clip, eighths as f32 / 8.0)));
    shifts.fold(0.0, f32::max)
}

/// `clip` delayed by a part of a sample, by a windowed sinc.
fn shifted(clip: &[f32], delay: f32) -> Vec<f32> {
    const REACH: i32 = 32;
    let tap = |k: i32| {
        let x = std::f32::consts::PI * (k as f32 - delay);
        let window = 0.5 + 0.5 * (x / (REACH + 1) as f32).cos();
        if x.abs() < 1e-6 { 1.0 } else { window * x.sin() / x }
    };
    let taps: Vec<f32> = (-REACH..=REACH).map(tap).collect();
    let sample = |i: usize| {
        let near = taps
            .iter()
            .zip(-REACH..)
            .filter_map(|(tap, k)| clip.get(usize::try_from(i as i32 - k).ok()?).map(|s| s * tap));
        near.sum()
    };
    (0..clip.len()).map(sample).collect()
}

#[test]
#[ignore = "needs a virtual microphone"]
fn the_microphone_hears_what_is_played() {
    let seconds = std::env::var("HARK_TEST_SECONDS").map_or(SECONDS, |text| text.parse().unwrap());
    let mut clip = read(Path::new(SPEECH));
    clip.truncate(seconds * 16_000);
    let mut tries = (0..TRIES).map(|_| {
        let recorded = record(&clip);
        let correlation = best_correlation(&recorded, &clip);
        println!("recorded {:.2} s, correlation {correlation:.5}", recorded.len() as f32 / 16_000.0);
        correlation
    });
    assert!(tries.any(|correlation| correlation >= 0.99));
    assert!(!capture::microphones().is_empty());
}

#[test]
fn alignment_finds_a_clip_between_two_samples() {
    let clip: Vec<f32> = (0..4_000).map(|i| (i as f32 * i as f32 * 0.0001).sin()).collect();
    let mut recorded = vec![0.0; 300];
    recorded.extend(shifted(&clip, 0.5));
    recorded.extend([0.0; 200]);
    assert!(best_correlation(&recorded, &clip) > 0.999);
    let other: Vec<f32> = (0..4_000).map(|i| (i as f32 * 0.7).sin()).collect();
    assert!(best_correlation(&recorded, &other) < 0.5);
}
