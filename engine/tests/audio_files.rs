//! Small files of each format against the clip that they were made from (`data/audio/make.sh`).
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
use hark_engine::audio::{AudioError, AudioFile, AudioSource, Damage};
use std::path::{Path, PathBuf};
use std::sync::Arc;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn data(name: &str) -> PathBuf {
    root().join("engine/tests/data/audio").join(name)
}

fn read(file: &AudioFile) -> (Vec<f32>, Damage) {
    let mut stream = AudioSource::open(file).unwrap();
    let mut samples = Vec::new();
    while stream.next_block(&mut samples).unwrap() {}
    assert!(!stream.next_block(&mut samples).unwrap(), "the end stays the end");
    assert!(samples.iter().all(|x| x.abs() <= 1.0));
    (samples, stream.damage())
}

fn decode(name: &str) -> Vec<f32> {
    let (samples, damage) = read(&AudioFile::open(&data(name), None).unwrap());
    assert_eq!(damage, Damage::default(), "{name}");
    samples
}

/// 16-bit samples of a sample clip, taken from the bytes behind its header.
fn clip(name: &str) -> Vec<f32> {
    let bytes = std::fs::read(root().join("assets/demo/samples").join(name)).unwrap();
    let start = bytes.windows(4).position(|w| w == b"data").unwrap() + 8;
    bytes[start..].chunks_exact(2).map(|b| f32::from(i16::from_le_bytes([b[0], b[1]])) / 32768.0).collect()
}

/// Correlation of `a` and `b`, which is shifted to the right by `lag` samples.
fn correlation_at(a: &[f32], b: &[f32], lag: isize) -> f64 {
    let b_at = |i: usize| i.checked_add_signed(lag).and_then(|j| b.get(j)).copied().map(f64::from);
    let (mut ab, mut aa, mut bb) = (0.0, 0.0, 0.0);
    for (i, a) in a.iter().map(|&a| f64::from(a)).enumerate() {
        if let Some(b) = b_at(i) {
            ab += a * b;
            aa += a * a;
            bb += b * b;
        }
    }
    ab / (aa * bb).sqrt().max(f64::MIN_POSITIVE)
}

/// The shift of `b` against `a` where they agree best, and how well they do.
fn best_lag(a: &[f32], b: &[f32]) -> (isize, f64) {
    let lags = (-1_600..=1_600).map(|lag| (lag, correlation_at(a, b, lag)));
    lags.max_by(|a, b| a.1.total_cmp(&b.1)).unwrap()
}

#[test]
fn lossless_files_at_16_khz_give_the_very_samples() {
    let original = clip("short26.wav");
    for (name, seconds) in [
        ("s24.wav", 0.5),
        ("f32.wav", 0.4),
        ("s16.aiff", 0.8),
        ("s16.caf", 0.8),
        ("mono.flac", 1.0),
        ("alac.m4a", 1.0),
    ] {
        let samples = decode(name);
        let len = (seconds * 16_000.0) as usize;
        assert_eq!(samples.len(), len, "{name}");
        assert!(samples == original[..len], "{name} differs");
    }
}

#[test]
fn a_16_bit_wav_gives_the_very_samples() {
    let file = AudioFile::open(&root().join("assets/demo/samples/short26.wav"), None).unwrap();
    assert_eq!(read(&file).0, clip("short26.wav"));
    let stated = file.stated_length().unwrap().seconds();
    assert!((stated - clip("short26.wav").len() as f64 / 16_000.0).abs() < 1e-6);
}

#[test]
fn channels_are_averaged() {
    let original = clip("short26.wav");
    let samples = decode("surround.flac");
    assert_eq!(samples.len(), 16_000);
    for (ours, centre) in samples.iter().zip(&original) {
        assert!((ours - centre / 6.0).abs() < 1e-6);
    }
}

#[test]
fn one_channel_can_be_heard_alone() {
    let file = AudioFile::open(&data("surround.flac"), None).unwrap();
    assert_eq!(file.channels(), 6);
    // Only the third channel of that file has sound.
    let heard = |channel| read(&file.clone().only_channel(channel)).0;
    assert!(heard(2) == clip("short26.wav")[..16_000], "the centre is the clip");
    for silent in [0, 5, 6, 99] {
        assert!(heard(silent).iter().all(|sample| *sample == 0.0), "{silent}");
    }
    assert_eq!(AudioFile::open(&data("mono.flac"), None).unwrap().channels(), 1);
}

#[test]
fn reading_can_begin_anywhere() {
    let names = [
        "s24.wav",
        "s16.aiff",
        "mono.flac",
        "stereo-44k.mp3",
        "stereo-44k.ogg",
        "mono.opus",
        "opus.webm",
        "aac.m4a",
        "adts.aac",
        "u8.wav",
    ];
    let mut wrong = Vec::new();
    for name in names {
        let file = AudioFile::open(&data(name), None).unwrap();
        let whole = read(&file).0;
        for at in [0.0, 0.1, 0.3] {
            let mut rest = Vec::new();
            let mut stream = file.open_at(at).unwrap();
            while stream.next_block(&mut rest).unwrap() {}
            let skipped = (at * 16_000.0) as usize;
            let (lag, correlation) = best_lag(&whole[skipped..], &rest);
            // To hear a sentence again, a frame more or less is nothing.
            if lag.abs() > 1_000 || correlation < 0.8 || rest.len().abs_diff(whole.len() - skipped) > 1_600 {
                wrong.push(format!(
                    "{name} at {at}: shifted by {lag}, correlation {correlation:.3}, {} of {}",
                    rest.len(),
                    whole.len() - skipped
                ));
            }
        }
        let mut nothing = Vec::new();
        let mut stream = file.open_at(3600.0).unwrap();
        while stream.next_block(&mut nothing).unwrap() {}
        assert!(nothing.is_empty(), "{name}: {} samples behind the end", nothing.len());
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// Name, seconds encoded, least correlation, largest shift, and how much longer it may be, in samples.
const LOSSY: [(&str, f64, f64, isize, usize); 11] = [
    ("u8.wav", 0.8, 0.99, 0, 0),
    ("mulaw-8k.wav", 2.0, 0.90, 0, 0),
    ("adpcm-22k.wav", 2.0, 0.99, 1, 600),
    ("stereo-44k.mp3", 2.0, 0.98, 1, 16),
    ("stereo-44k.ogg", 2.0, 0.95, 1, 16),
    ("mono.opus", 2.0, 0.90, 2, 16),
    // Matroska's DiscardPadding is not applied: up to one packet (20 ms) of encoder padding is left.
    ("opus.webm", 2.0, 0.90, 2, 320),
    ("two-tracks.mkv", 2.0, 0.90, 2, 320),
    ("aac.m4a", 2.0, 0.98, 1, 400),
    ("video.mp4", 2.0, 0.98, 1, 400),
    // Raw AAC frames say nothing of the encoder's delay.
    ("adts.aac", 2.0, 0.98, 345, 700),
];

#[test]
fn lossy_files_sound_like_the_original_and_begin_and_end_with_it() {
    let original = clip("short26.wav");
    let mut wrong = Vec::new();
    for (name, seconds, least, most_lag, longer) in LOSSY {
        let samples = decode(name);
        let expected = (seconds * 16_000.0) as usize;
        let (lag, correlation) = best_lag(&original[..expected], &samples);
        println!(
            "{name}: {} samples for {expected}, shifted by {lag}, correlation {correlation:.4}",
            samples.len()
        );
        let long_enough = (expected..=expected + longer).contains(&samples.len());
        if !long_enough || correlation < least || lag.abs() > most_lag {
            wrong.push(name);
        }
    }
    assert!(wrong.is_empty(), "{wrong:?}");
}

#[test]
fn a_track_can_be_chosen() {
    let path = data("two-tracks.mkv");
    let file = AudioFile::open(&path, None).unwrap();
    println!("{:?}", file.tracks());
    let defaults: Vec<_> = file.tracks().iter().map(|t| (t.number, t.default)).collect();
    assert_eq!(defaults, [(1, true), (2, false)]);
    assert!(file.tracks()[1].label.contains("Opus") && file.tracks()[1].label.contains("ger"));
    let first = AudioFile::open(&path, Some(1)).unwrap();
    assert_eq!(read(&file).0, read(&first).0);
    let second = AudioFile::open(&path, Some(2)).unwrap();
    let (_, correlation) = best_lag(&clip("short16.wav")[..32_000], &read(&second).0);
    assert!(correlation > 0.9, "{correlation}");
    for number in [0, 3] {
        let error = AudioFile::open(&path, Some(number)).unwrap_err().to_string();
        assert!(error.contains(&format!("no audio track {number}")), "{error}");
    }
}

#[test]
fn bytes_are_read_like_a_file() {
    let bytes: Arc<[u8]> = std::fs::read(data("stereo-44k.ogg")).unwrap().into();
    let file = AudioFile::from_bytes("standard input", bytes, None).unwrap();
    assert_eq!(read(&file).0, decode("stereo-44k.ogg"));
    assert_eq!(read(&file), read(&file));
}

fn refused(bytes: &[u8]) -> String {
    match AudioFile::from_bytes("x.bin", bytes.into(), None) {
        Err(error @ AudioError::Format { .. }) => error.to_string(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn files_that_are_no_audio_are_called_what_they_are() {
    let png = std::fs::read(root().join("assets/demo/samples/transcripts.tsv")).unwrap();
    assert!(refused(&png).contains("a text file"));
    assert!(refused(b"").contains("the file is empty"));
    assert!(refused(&[0; 5_000]).contains("only zeros"));
    assert!(refused(b"%PDF-1.4\n%\xe2\xe3\xcf\xd3\n").contains("a PDF document"));
    assert!(refused(b"lmggxxxxxxxx").contains("a whisper.cpp model"));
    assert!(refused(b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR").contains("a PNG image"));
    let unknown = refused(&[0x9b; 5000]);
    assert!(unknown.contains("cannot be decoded: no audio format that Hark knows. If"), "{unknown}");
    assert!(refused(b"%PDF-1.4").contains("ffmpeg -i \"x.bin\" out.wav"));
}

#[test]
fn what_is_no_file_is_an_error_of_reading() {
    let folder = tempfile::tempdir().unwrap();
    for (path, word) in
        [(folder.path().to_owned(), "folder"), (folder.path().join("none.wav"), "No such file")]
    {
        match AudioFile::open(&path, None) {
            Err(AudioError::Io { reason, .. }) => assert!(reason.contains(word), "{reason}"),
            other => panic!("{other:?}"),
        }
    }
    #[cfg(unix)]
    match AudioFile::open(Path::new("/dev/zero"), None) {
        Err(AudioError::Io { reason, .. }) => assert!(reason.contains("device"), "{reason}"),
        other => panic!("{other:?}"),
    }
}

/// A WAV header that promises `len` bytes of 16-bit samples.
fn wav(rate: u32, channels: u16, len: u32) -> Vec<u8> {
    let mut bytes = b"RIFF".to_vec();
    bytes.extend((36_u32.saturating_add(len)).to_le_bytes());
    bytes.extend(b"WAVEfmt \x10\0\0\0\x01\0");
    bytes.extend(channels.to_le_bytes());
    bytes.extend(rate.to_le_bytes());
    bytes.extend(rate.wrapping_mul(u32::from(channels) * 2).to_le_bytes());
    bytes.extend((channels * 2).to_le_bytes());
    bytes.extend(b"\x10\0data");
    bytes.extend(len.to_le_bytes());
    bytes
}

#[test]
fn rates_and_channel_counts_that_make_no_sense_are_refused() {
    for (rate, channels) in [(0, 1), (16_000, 0), (7, 1), (4_000_000_000, 1), (999_983, 2)] {
        let mut bytes = wav(rate, channels, 8_000);
        bytes.resize(bytes.len() + 8_000, 1);
        println!("{}", refused(&bytes));
    }
}

#[test]
fn an_empty_recording_is_no_error() {
    let file = AudioFile::from_bytes("empty.wav", wav(16_000, 1, 0).into(), None).unwrap();
    assert_eq!(read(&file), (vec![], Damage::default()));
}

#[test]
fn a_recording_that_breaks_off_gives_what_there_is() {
    let mut bytes = wav(16_000, 1, u32::MAX - 100);
    bytes.extend((0..2_000_i16).flat_map(|i| i.to_le_bytes()));
    let (samples, _) = read(&AudioFile::from_bytes("short.wav", bytes.into(), None).unwrap());
    assert_eq!(samples.len(), 2_000);
    for name in ["stereo-44k.mp3", "mono.flac", "mono.opus", "opus.webm", "s16.aiff", "aac.m4a"] {
        let whole = std::fs::read(data(name)).unwrap();
        let cut: Arc<[u8]> = whole[..whole.len() / 2].into();
        let (samples, damage) = read(&AudioFile::from_bytes(name, cut, None).unwrap());
        println!("{name}: {} of {} samples, {damage:?}", samples.len(), decode(name).len());
        // FLAC's blocks are 288 ms long here.
        assert!(samples.len() * 4 > decode(name).len(), "{name}: {}", samples.len());
    }
}

#[test]
fn damage_in_the_middle_costs_only_what_it_hits() {
    for name in ["stereo-44k.mp3", "mono.flac", "mono.opus", "opus.webm", "adts.aac"] {
        let mut bytes = std::fs::read(data(name)).unwrap();
        let middle = bytes.len() / 2;
        for (i, byte) in bytes[middle..middle + 300].iter_mut().enumerate() {
            *byte = (i * 37 + 11) as u8;
        }
        let file = AudioFile::from_bytes(name, bytes.into(), None).unwrap();
        let (samples, damage) = read(&file);
        println!("{name}: {} of {} samples, {damage:?}", samples.len(), decode(name).len());
        // An Ogg page with a wrong checksum is left out as a whole (a second here), and symphonia
        // finds no further cluster in a damaged Matroska file.
        assert!(samples.len() * 5 > decode(name).len() * 2, "{name}: {}", samples.len());
    }
}
