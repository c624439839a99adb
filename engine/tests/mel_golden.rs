//! Log-mel frames and filters against openai-whisper's, computed in f64 (`golden/mel.py`).
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
use hark_engine::dims::{SPECTRUM_BINS, WINDOW_FRAMES};
use hark_engine::mel::{MelFill, MelFilters, whole};
use safetensors::SafeTensors;
use std::path::{Path, PathBuf};

/// Cases of the script: name and clip.
const CASES: [(&str, &str); 12] = [
    ("short", "short01"),
    ("noisy", "noisy04"),
    ("quiet", "quiet01"),
    ("noise", "noise10"),
    ("silence", "silence30"),
    ("len0", "short01"),
    ("len1", "short01"),
    ("len100", "short01"),
    ("len199", "short01"),
    ("len200", "short01"),
    ("len359", "short01"),
    ("len480", "short01"),
];

/// 30 dB below the frame's peak, in scaled log10 of energy.
const WITHIN_30_DB: f64 = 3.0 / 4.0;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// Samples of a 16 kHz mono 16-bit WAV with the canonical 44-byte header, or longer.
fn clip(name: &str) -> Vec<f32> {
    let bytes = std::fs::read(root().join(format!("assets/demo/samples/{name}.wav"))).unwrap();
    let data = bytes.windows(4).position(|w| w == b"data").unwrap() + 8;
    bytes[data..].chunks_exact(2).map(|b| f32::from(i16::from_le_bytes([b[0], b[1]])) / 32768.0).collect()
}

fn numbers<const N: usize>(tensors: &SafeTensors<'_>, name: &str) -> Vec<[u8; N]> {
    tensors.tensor(name).unwrap().data().chunks_exact(N).map(|b| b.try_into().unwrap()).collect()
}

fn f64s(tensors: &SafeTensors<'_>, name: &str) -> Vec<f64> {
    numbers(tensors, name).into_iter().map(f64::from_le_bytes).collect()
}

fn indices(tensors: &SafeTensors<'_>, name: &str) -> Vec<usize> {
    numbers(tensors, name).into_iter().map(|b| i32::from_le_bytes(b).try_into().unwrap()).collect()
}

/// Largest error over all bins, and over bins within 30 dB of their frame's peak.
fn errors(samples: &[f32], n_mels: usize, frames: &[usize], golden: &[f64]) -> (f64, f64) {
    let (mel, max) = whole(&MelFilters::slaney(n_mels), samples);
    let (mut all, mut loud) = (0.0_f64, 0.0_f64);
    for (&frame, expected) in frames.iter().zip(golden.chunks_exact(n_mels)) {
        let window = mel.window(frame, 1, max, MelFill::Zero);
        let peak = expected.iter().copied().fold(f64::MIN, f64::max);
        for (bin, &golden) in expected.iter().enumerate() {
            let error = (f64::from(window.data[bin * WINDOW_FRAMES]) - golden).abs();
            all = all.max(error);
            if golden >= peak - WITHIN_30_DB {
                loud = loud.max(error);
            }
        }
    }
    (all, loud)
}

#[test]
fn frames_are_as_near_to_f64_as_the_references() {
    let file = std::fs::read(root().join("engine/tests/data/mel.safetensors")).unwrap();
    let tensors = SafeTensors::deserialize(&file).unwrap();
    for (name, clip_name) in CASES {
        let extent = indices(&tensors, &format!("{name}.samples"));
        let samples = &clip(clip_name)[extent[0]..extent[0] + extent[1]];
        for n_mels in [80, 128] {
            let of = |what: &str| format!("{name}.{n_mels}.{what}");
            let (mel, max) = whole(&MelFilters::slaney(n_mels), samples);
            assert_eq!(mel.len(), extent[2], "{name}: content frames");
            let loudest = f64s(&tensors, &of("loudest"))[0];
            assert!((f64::from(max) - loudest).abs() <= 1e-6, "{name}: maximum {max}, golden {loudest}");
            let frames = indices(&tensors, &of("frames"));
            let (all, loud) = errors(samples, n_mels, &frames, &f64s(&tensors, &of("golden")));
            let reference = f64s(&tensors, &of("error"))[0];
            println!(
                "{name}, {n_mels} mels: {} frames, error {all:.1e} (reference {reference:.1e}), near the peak {loud:.1e}",
                frames.len()
            );
            // A few cases are so short that the reference happens to be exact to the last bit of f32.
            assert!(all <= 2.0 * reference.max(f64::from(f32::EPSILON)), "{name} {n_mels}: {all}");
            assert!(loud <= 1e-4, "{name} {n_mels}: {loud}");
        }
    }
}

#[test]
fn the_golden_notices_other_audio_a_late_start_and_a_wrong_gain() {
    let file = std::fs::read(root().join("engine/tests/data/mel.safetensors")).unwrap();
    let tensors = SafeTensors::deserialize(&file).unwrap();
    let frames = indices(&tensors, "short.80.frames");
    let golden = f64s(&tensors, "short.80.golden");
    let samples = clip("short01");
    let late: Vec<f32> = samples[1..].to_vec();
    assert!(errors(&late, 80, &frames, &golden).0 > 1e-2);
    assert!(errors(&clip("short04"), 80, &frames[..4], &golden).0 > 1e-1);
    let louder: Vec<f32> = samples.iter().map(|x| x * 1.01).collect();
    assert!(errors(&louder, 80, &frames, &golden).0 > 1e-3);
}

#[test]
fn filters_are_the_ones_that_the_reference_ships() {
    let file = std::fs::read(root().join("engine/tests/data/mel.safetensors")).unwrap();
    let tensors = SafeTensors::deserialize(&file).unwrap();
    for n_mels in [80, 128] {
        let mut expected = vec![0.0; n_mels * SPECTRUM_BINS];
        let index = indices(&tensors, &format!("filters.{n_mels}.index"));
        let weights = numbers(&tensors, &format!("filters.{n_mels}")).into_iter().map(f32::from_le_bytes);
        for (at, weight) in index.chunks_exact(2).zip(weights) {
            expected[at[0] * SPECTRUM_BINS + at[1]] = weight;
        }
        let filters = MelFilters::slaney(n_mels);
        assert_eq!(filters.weights.len(), expected.len());
        let mut different = 0;
        for (i, (ours, theirs)) in filters.weights.iter().zip(&expected).enumerate() {
            different += usize::from(ours != theirs);
            assert!((ours - theirs).abs() <= theirs.abs() * f32::EPSILON, "weight {i}: {ours} {theirs}");
        }
        println!("{n_mels} mels: {different} of {} weights differ in the last bit", index.len() / 2);
    }
}
