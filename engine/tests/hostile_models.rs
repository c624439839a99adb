#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
//! Files damaged at random: never a panic, never more memory than the file's size explains.

mod small_model;

use hark_engine::model::{GgmlType, Model, ModelSpec, write_ggml};
use peak_alloc::PeakAlloc;
use safetensors::Dtype;
use small_model::Random;
use std::io::Write;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::Mutex;

#[global_allocator]
static MEMORY: PeakAlloc = PeakAlloc;

/// The peak belongs to the whole process, so the tests take turns.
static TURN: Mutex<()> = Mutex::new(());

/// Mutations per parser: 20,000, or what `HARK_MUTATIONS` says.
fn mutations() -> u64 {
    std::env::var("HARK_MUTATIONS").ok().and_then(|n| n.parse().ok()).unwrap_or(20_000)
}

/// Weights are decoded in parts, of which each thread holds one of 1 MiB. Names, the index and the
/// tokenizer of the largest shape that a header may claim fit the rest.
fn bound(file_size: usize) -> usize {
    file_size + (4 << 20)
}

/// Damages bytes in one to three places, half of them near one of the `places` where lengths stand.
fn mutate(bytes: &mut Vec<u8>, places: &[usize], random: &mut Random) {
    const NUMBERS: [u32; 12] =
        [0, 1, 2, 31, 33, 255, 0x7fff, 0xffff, 0x7fff_ffff, 0x8000_0000, 0xffff_fffe, 0xffff_ffff];
    for _ in 0..=random.below(3) {
        if bytes.is_empty() {
            return;
        }
        let near = places[random.below(places.len())] + random.below(48);
        let anywhere = random.below(bytes.len());
        let at = if random.below(2) == 0 { near.min(bytes.len() - 1) } else { anywhere };
        let end = (at + 1 + random.below(64)).min(bytes.len());
        match random.below(8) {
            0 => bytes[at] ^= 1 << random.below(8),
            1 => bytes[at] = random.next() as u8,
            2 | 3 => {
                let number = NUMBERS[random.below(NUMBERS.len())].to_le_bytes();
                let at = at & !3; // the header's numbers are aligned
                let length = number.len().min(bytes.len() - at);
                bytes[at..at + length].copy_from_slice(&number[..length]);
            }
            4 => bytes.truncate(at),
            5 => drop(bytes.drain(at..end)),
            6 => {
                let copy = bytes[at..end].to_vec();
                let to = random.below(bytes.len());
                bytes.splice(to..to, copy);
            }
            _ => bytes[at..end].iter_mut().for_each(|byte| *byte = random.next() as u8),
        }
    }
}

/// Gives a file new content in place: truncating first would make some file systems write to disk each time.
fn overwrite(path: &Path, bytes: &[u8]) {
    let mut file = std::fs::OpenOptions::new().write(true).open(path).unwrap();
    file.write_all(bytes).unwrap();
    file.set_len(bytes.len() as u64).unwrap();
}

/// Loads `path` and fetches every weight; returns whether it was accepted.
fn load_within(path: &Path, size: usize, seed: u64) -> bool {
    MEMORY.reset_peak_usage();
    let before = MEMORY.current_usage();
    let loaded = catch_unwind(AssertUnwindSafe(|| Model::load(&ModelSpec::Path(path.into()))?.check()));
    let peak = MEMORY.peak_usage().saturating_sub(before);
    assert!(peak <= bound(size), "mutation {seed}: {peak} bytes for a file of {size}");
    match loaded.unwrap_or_else(|_| panic!("mutation {seed} panicked")) {
        Ok(_) => true,
        Err(error) => {
            assert!(error.to_string().len() > 20, "mutation {seed}: {error}");
            false
        }
    }
}

fn report(what: &str, accepted: u64) {
    let all = mutations();
    println!("{what}: {accepted} of {all} mutations were still models");
    assert!(accepted > all / 50 && accepted < all * 9 / 10, "{accepted} accepted: the mutations test little");
}

#[test]
fn damaged_ggml_files_neither_panic_nor_take_memory() {
    let _turn = TURN.lock().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("m.bin");
    let model = small_model::model();
    let halves = small_model::ggml(&model, &small_model::tensors(&model), 1, 1, small_model::f16_bytes);
    write_ggml(&model, GgmlType::Q8_0, &path).unwrap();
    let quantised = std::fs::read(&path).unwrap();
    let vocabulary = 12 * 4 + 8 + 80 * 201 * 4;
    let places: Vec<usize> =
        [0, 0, 0, vocabulary, vocabulary + 200].into_iter().chain(halves.headers).collect();
    let mut accepted = 0;
    for seed in 0..mutations() {
        let mut random = Random(seed);
        let mut bytes = if seed % 4 == 0 { quantised.clone() } else { halves.bytes.clone() };
        mutate(&mut bytes, &places, &mut random);
        overwrite(&path, &bytes);
        accepted += u64::from(load_within(&path, bytes.len(), seed));
    }
    report("ggml", accepted);
}

#[test]
fn damaged_hugging_face_folders_neither_panic_nor_take_memory() {
    let _turn = TURN.lock().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let model = small_model::model();
    small_model::write_config(folder.path(), &model);
    let weights = small_model::safetensors_bytes(&small_model::tensors(&model), Dtype::F16);
    std::fs::write(folder.path().join("model.safetensors"), &weights).unwrap();
    let header = u64::from_le_bytes(weights[..8].try_into().unwrap()) as usize;
    let in_header: Vec<usize> = [0, 0].into_iter().chain((8..8 + header).step_by(40)).collect();
    let json = ["config.json", "vocab.json", "added_tokens.json", "generation_config.json"];
    let mut accepted = 0;
    for seed in 0..mutations() {
        let mut random = Random(seed);
        let file = if seed % 2 == 0 { "model.safetensors" } else { json[random.below(json.len())] };
        let path = folder.path().join(file);
        let original = std::fs::read(&path).unwrap();
        let mut bytes = original.clone();
        mutate(&mut bytes, if file == "model.safetensors" { &in_header } else { &[0] }, &mut random);
        overwrite(&path, &bytes);
        accepted += u64::from(load_within(folder.path(), weights.len() + bytes.len(), seed));
        overwrite(&path, &original);
    }
    report("Hugging Face", accepted);
}
