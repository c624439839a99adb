//! A real microphone of the sound server, without a sound card. Ignored, because it needs the servers
//! of `packaging/test/virtual-mic.sh` around it and a machine that is not busy; `./test` runs it.
//! `HARK_TEST_SECONDS` says how long to speak.

use super::config::{Config, ModelKnowledge};
use super::desk::Desk;
use super::shelf::Shelf;
use super::state::Session;
use super::thread::SessionHandle;
use super::*;
use crate::capture;
use crate::delivery::Outlet;
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

impl Outlet for NoClipboard {
    fn copy(&mut self, _: &str) -> Result<(), String> {
        Ok(())
    }
}

fn session(folder: &Path, microphone: Option<&str>) -> SessionHandle {
    let mut settings = Store::open(folder).0;
    let _ = settings.change(|s| s.microphone = microphone.map(Into::into));
    let config = Config {
        recordings: folder.join("recordings"),
        history: None,
        kept_files: None,
        // The fallback keeps recordings and asks the engine for nothing.
        model: Choice { name: "demo".into(), spec: ModelSpec::Demo, fallback: true },
        threads: 1,
        precision: PrecisionChoice::Auto,
        verdicts: None,
        idle: Duration::MAX,
        minute: Duration::ZERO,
        autostart: None,
        npu: crate::npu::NpuWay::none(),
        models: ModelKnowledge {
            list: Vec::new,
            resolve: |name| Err(name.to_owned()),
            is_bundled_clip: |_| Ok(false),
        },
        shelf: Shelf::new(None, None, 1),
        settings,
        settings_problems: Vec::new(),
        microphones: capture::Microphones::system(),
        outlet: Box::new(NoClipboard),
        sounds: Default::default(),
        plays: false,
        supplies: folder.join("supplies"),
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

fn is_heard(snapshot: &Snapshot) -> bool {
    matches!(snapshot.dictation, DictationView::Recording { elapsed, .. } if !elapsed.is_zero())
}

/// Ends the session, and gives what it has recorded, the oldest first.
fn recorded(session: SessionHandle, folder: &Path) -> Vec<Vec<f32>> {
    session.commands.send(Command::Quit).unwrap();
    session.join.join().unwrap();
    let entries = std::fs::read_dir(folder.join("recordings")).unwrap();
    let mut paths: Vec<_> = entries.map(|e| e.unwrap().path()).collect();
    paths.retain(|path| path.extension().is_some_and(|e| e == "wav"));
    paths.sort_by_key(|path| path.metadata().unwrap().created().unwrap());
    paths.iter().map(|path| read(path)).collect()
}

/// Plays the clip into the sound server's loudspeaker while the session records from a microphone.
fn record(clip: &[f32], loudspeaker: &str, microphone: Option<&str>) -> Vec<f32> {
    let folder = tempfile::tempdir().unwrap();
    let played = folder.path().join("played.wav");
    write(&played, clip);
    let session = session(folder.path(), microphone);
    session.commands.send(Command::Start).unwrap();
    see(&session, "a recording", is_heard);
    let loudspeaker = format!("--device={loudspeaker}");
    assert!(Process::new("paplay").arg(loudspeaker).arg(&played).status().unwrap().success());
    session.commands.send(Command::Stop).unwrap();
    see(&session, "the end", |s| s.dictation == DictationView::Idle);
    recorded(session, folder.path()).remove(0)
}

/// Whether a recording of the clip resembles it; a busy machine may try again.
fn is_like_the_clip(loudspeaker: &str, microphone: Option<&str>) -> bool {
    let seconds = std::env::var("HARK_TEST_SECONDS").map_or(SECONDS, |text| text.parse().unwrap());
    let mut clip = read(Path::new(SPEECH));
    clip.truncate(seconds * 16_000);
    let mut tries = (0..TRIES).map(|_| {
        let recorded = record(&clip, loudspeaker, microphone);
        let correlation = best_correlation(&recorded, &clip);
        println!("recorded {:.2} s, correlation {correlation:.5}", recorded.len() as f32 / 16_000.0);
        correlation
    });
    tries.any(|correlation| correlation >= 0.99)
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
    assert!(is_like_the_clip("hark-test", None));
    assert!(!capture::microphones().is_empty());
}

#[test]
#[ignore = "needs a virtual microphone"]
fn the_chosen_microphone_hears_what_another_loudspeaker_plays() {
    let sink = ["load-module", "module-null-sink", "sink_name=hark-other", "rate=48000", "channels=2"];
    assert!(Process::new("pactl").args(sink).status().unwrap().success());
    let id = "server:hark-other.monitor";
    let found = capture::microphones();
    let listed = found.iter().find(|m| m.id == id);
    assert!(listed.is_some_and(|m| m.label.starts_with("What the computer plays")), "{found:?}");
    assert!(is_like_the_clip("hark-other", Some(id)));
}

#[test]
#[ignore = "needs a virtual microphone"]
fn a_second_recording_begins_before_its_click() {
    let folder = tempfile::tempdir().unwrap();
    let session = session(folder.path(), None);
    for _ in 0..2 {
        session.commands.send(Command::Start).unwrap();
        see(&session, "a recording", is_heard);
        session.commands.send(Command::Stop).unwrap();
        see(&session, "an open microphone", |s| {
            s.dictation == DictationView::Idle && s.microphone_state.open
        });
        std::thread::sleep(Duration::from_secs(1));
    }
    see(&session, "a closed microphone", |s| !s.microphone_state.open);
    let lengths: Vec<_> =
        recorded(session, folder.path()).iter().map(|r| r.len() as f32 / 16_000.0).collect();
    println!("recorded {lengths:?} s");
    // The moments before the click and after the end.
    assert!(lengths[1] >= 0.45 + 0.3, "{lengths:?}");
}

/// Asks the sound server, which must do it.
fn pactl(arguments: &[&str]) -> String {
    let output = Process::new("pactl").args(arguments).output().unwrap();
    assert!(output.status.success(), "pactl {arguments:?}");
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

fn make_default(source: &str) {
    let end = std::time::Instant::now() + PATIENCE;
    while pactl(&["get-default-source"]) != source {
        assert!(std::time::Instant::now() < end, "{source} never became the default");
        pactl(&["set-default-source", source]);
        std::thread::sleep(Duration::from_millis(100));
    }
}

#[test]
#[ignore = "needs a virtual microphone"]
fn the_default_microphone_may_change_while_it_is_recorded_and_not_go_away() {
    let module =
        pactl(&["load-module", "module-null-sink", "sink_name=hark-unplugged", "media.class=Audio/Sink"]);
    make_default("hark-unplugged.monitor");
    let folder = tempfile::tempdir().unwrap();
    let session = session(folder.path(), None);
    session.commands.send(Command::Start).unwrap();
    see(&session, "a recording", is_heard);
    make_default("hark-test.monitor");
    let two = Duration::from_secs(2);
    let goes_on =
        |s: &Snapshot| matches!(s.dictation, DictationView::Recording { elapsed, .. } if elapsed >= two);
    see(&session, "a recording that goes on", goes_on);
    pactl(&["unload-module", &module]);
    let lost = "The microphone was lost (it is not connected any more)";
    see(&session, "its end", |s| {
        s.dictation == DictationView::Idle && s.banners.iter().any(|banner| banner.text.starts_with(lost))
    });
    assert!(recorded(session, folder.path())[0].len() >= 32_000, "what was heard is kept");
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
