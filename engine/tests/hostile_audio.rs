//! Damaged and huge audio files: never a panic, never an endless loop, never more memory than is honest.
//!
//! The files of `data/audio`, cut to a few kilobytes, are mutated from fixed seeds. The number per
//! file family is 20,000 in a release build; `HARK_MUTATIONS` changes it.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
use hark_engine::audio::{AudioError, AudioFile, AudioSource};
use peak_alloc::PeakAlloc;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::Mutex;

#[global_allocator]
static MEMORY: PeakAlloc = PeakAlloc;

/// The memory counter counts all threads, so the families take turns.
static TURN: Mutex<()> = Mutex::new(());

/// Memory that a file of a few kilobytes may make us take: a block of an odd sample rate (up to
/// 100,000 samples, with its spectra) is the largest honest need.
const MOST_MEMORY: usize = 64 << 20;

/// Sound that a file of a few kilobytes can honestly hold: FLAC and Opus pack silence tightly.
const MOST_SAMPLES: usize = 16_000 * 60 * 60;

struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    fn below(&mut self, end: usize) -> usize {
        (self.next() % end.max(1) as u64) as usize
    }
}

/// Numbers that sizes and counts are set to.
const EXTREMES: [u32; 10] = [0, 1, 7, 255, 0x7FFF, 0xFFFF, 0x00FF_FFFF, 0x7FFF_FFFF, 0x8000_0000, u32::MAX];

fn mutate(bytes: &mut Vec<u8>, random: &mut Random) {
    // Headers are at the front, and most of what can go wrong is in them.
    let front = if random.below(3) == 0 { bytes.len() } else { bytes.len().min(600) };
    let at = random.below(front);
    let room = bytes.len() - at;
    match random.below(8) {
        0 | 1 => bytes[at] ^= 1 << random.below(8),
        2 => bytes[at] = random.next() as u8,
        3 if room >= 4 => {
            let value = EXTREMES[random.below(EXTREMES.len())];
            let value = if random.below(2) == 0 { value.to_be_bytes() } else { value.to_le_bytes() };
            bytes[at..at + 4].copy_from_slice(&value);
        }
        4 => bytes.truncate(at.max(1)),
        5 => drop(bytes.drain(at..at + random.below(room.min(40)))),
        6 => {
            let again = bytes[at..at + random.below(room.min(200))].to_vec();
            bytes.splice(at..at, again);
        }
        _ => {
            let end = at + random.below(room.min(32));
            bytes[at..end].iter_mut().for_each(|byte| *byte = random.next() as u8);
        }
    }
    if bytes.is_empty() {
        bytes.push(0);
    }
}

/// Gives each Ogg page the checksum of its bytes, so that mutations get past the container.
fn mend_ogg(bytes: &mut [u8]) {
    let mut at = 0;
    while let Some(found) = bytes[at..].windows(4).position(|w| w == b"OggS") {
        let page = at + found;
        let Some(&segments) = bytes.get(page + 26) else { return };
        let body = page + 27 + usize::from(segments);
        let Some(sizes) = bytes.get(page + 27..body) else { return };
        let end = body + sizes.iter().map(|&size| usize::from(size)).sum::<usize>();
        if end > bytes.len() {
            return;
        }
        bytes[page + 22..page + 26].fill(0);
        let mut crc = 0_u32;
        for &byte in &bytes[page..end] {
            crc ^= u32::from(byte) << 24;
            for _ in 0..8 {
                crc = if crc >> 31 == 1 { crc << 1 ^ 0x04C1_1DB7 } else { crc << 1 };
            }
        }
        bytes[page + 22..page + 26].copy_from_slice(&crc.to_le_bytes());
        at = end;
    }
}

/// Opens and reads to the end: the number of samples.
fn read(bytes: &[u8]) -> Result<usize, AudioError> {
    let file = AudioFile::from_bytes("mutant", bytes.into(), None)?;
    let mut stream = AudioSource::open(&file)?;
    let mut block = Vec::new();
    let mut total = 0;
    while stream.next_block(&mut block)? {
        assert!(block.iter().all(|x| x.abs() <= 1.0));
        total += block.len();
        block.clear();
        assert!(total <= MOST_SAMPLES, "endless sound");
    }
    Ok(total)
}

fn family(name: &str, files: &[&str], share: usize) {
    let _turn = TURN.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
    let default = if cfg!(debug_assertions) { 500 } else { 20_000 };
    let count = std::env::var("HARK_MUTATIONS").ok().and_then(|n| n.parse().ok()).unwrap_or(default) / share;
    let originals: Vec<Vec<u8>> = files
        .iter()
        .map(|file| {
            let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/audio").join(file);
            let mut bytes = std::fs::read(path).unwrap();
            bytes.truncate(5_000);
            read(&bytes).unwrap_or_else(|error| panic!("{file}: {error}"));
            bytes
        })
        .collect();
    let (mut readable, mut highest) = (0, 0);
    for seed in 0..count as u64 {
        let mut random = Random(seed);
        let mut bytes = originals[random.below(originals.len())].clone();
        for _ in 0..=random.below(4) {
            mutate(&mut bytes, &mut random);
        }
        if random.below(4) > 0 {
            mend_ogg(&mut bytes);
        }
        MEMORY.reset_peak_usage();
        let before = MEMORY.current_usage();
        let result = catch_unwind(AssertUnwindSafe(|| read(&bytes)));
        let taken = MEMORY.peak_usage().saturating_sub(before);
        highest = highest.max(taken);
        assert!(result.is_ok(), "{name}, seed {seed}: panic");
        assert!(taken <= MOST_MEMORY, "{name}, seed {seed}: {taken} bytes of memory");
        readable += usize::from(matches!(result, Ok(Ok(_))));
    }
    println!("{name}: {count} mutants, {readable} of them still readable, at most {highest} bytes of memory");
    assert!(readable > count / 20 && readable < count, "the mutations are too wild or too mild");
}

#[test]
fn wav() {
    family("wav", &["u8.wav", "s24.wav", "f32.wav", "mulaw-8k.wav", "adpcm-22k.wav"], 1);
}

#[test]
fn flac() {
    family("flac", &["tiny.flac"], 1);
}

#[test]
fn mp3() {
    family("mp3", &["stereo-44k.mp3"], 1);
}

#[test]
fn ogg() {
    family("ogg", &["tiny.ogg", "tiny.opus"], 1);
}

#[test]
fn isomp4() {
    family("isomp4", &["aac.m4a", "alac.m4a", "video.mp4"], 1);
}

#[test]
fn mkv() {
    family("mkv", &["opus.webm", "two-tracks.mkv"], 1);
}

#[test]
fn adts() {
    family("adts", &["adts.aac"], 4);
}

#[test]
fn aiff() {
    family("aiff", &["s16.aiff"], 4);
}

#[test]
fn caf() {
    family("caf", &["tiny.caf"], 4);
}

/// An MP4 file's boxes with their tables of offsets in 64 bits, each offset `shift` further.
#[cfg(unix)]
fn moved(boxes: &[u8], shift: u64) -> Vec<u8> {
    let mut out = Vec::new();
    for (kind, body) in top_boxes(boxes) {
        let (kind, body) = match kind {
            b"moov" | b"trak" | b"mdia" | b"minf" | b"stbl" => (kind, moved(body, shift)),
            b"stco" => {
                let offsets = body[8..].chunks_exact(4).map(|b| u32::from_be_bytes(b.try_into().unwrap()));
                let moved = offsets.flat_map(|offset| (u64::from(offset) + shift).to_be_bytes());
                (b"co64", body[..8].iter().copied().chain(moved).collect())
            }
            _ => (kind, body.to_vec()),
        };
        out.extend((8 + body.len() as u32).to_be_bytes());
        out.extend(kind);
        out.extend(body);
    }
    out
}

#[cfg(unix)]
fn top_boxes(mut bytes: &[u8]) -> Vec<(&[u8; 4], &[u8])> {
    let mut boxes = Vec::new();
    while let Some((head, _)) = bytes.split_first_chunk::<8>() {
        let length = u32::from_be_bytes(head[..4].try_into().unwrap()) as usize;
        boxes.push((bytes[4..8].try_into().unwrap(), &bytes[8..length]));
        bytes = &bytes[length..];
    }
    boxes
}

#[cfg(unix)]
#[test]
fn a_film_of_five_gigabytes_is_read_like_a_short_one() {
    use std::os::unix::fs::FileExt;
    const HOLE: u64 = 5 << 30;
    let _turn = TURN.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
    let short =
        std::fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/audio/video.mp4")).unwrap();
    let part = |name: &[u8]| top_boxes(&short).into_iter().find(|(kind, _)| *kind == name).unwrap().1;
    let pictures_and_sound = part(b"mdat");
    let before = short.windows(4).position(|w| w == b"mdat").unwrap() as u64 + 4;
    let start = &short[..28];
    let mut head = start.to_vec();
    head.extend([0, 0, 0, 1]);
    head.extend(b"mdat");
    head.extend((16 + HOLE + pictures_and_sound.len() as u64).to_be_bytes());
    let data_at = head.len() as u64 + HOLE;
    let tables = moved(&short[28..before as usize - 8], data_at - before);

    // Sparse: it takes no room on the disk, where there are such files.
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("film.mp4");
    let file = std::fs::File::create(&path).unwrap();
    if file.set_len(data_at).is_err() {
        return;
    }
    file.write_all_at(&head, 0).unwrap();
    file.write_all_at(pictures_and_sound, data_at).unwrap();
    file.write_all_at(&tables, data_at + pictures_and_sound.len() as u64).unwrap();
    MEMORY.reset_peak_usage();
    let used = MEMORY.current_usage();
    let film = AudioFile::open(&path, None).unwrap();
    let (mut stream, mut samples) = (AudioSource::open(&film).unwrap(), Vec::new());
    while stream.next_block(&mut samples).unwrap() {}
    assert!(MEMORY.peak_usage().saturating_sub(used) <= MOST_MEMORY);
    assert_eq!(samples.len(), read(&short).unwrap());
    assert!(samples.iter().any(|x| x.abs() > 0.1));
}
