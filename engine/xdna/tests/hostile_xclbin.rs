#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
//! Xclbin files damaged at random: never a panic, never more memory than the file's size explains.

use hark_xdna::Generation;
use hark_xdna::xclbin::{Design, write};
use peak_alloc::PeakAlloc;
use std::panic::catch_unwind;

#[global_allocator]
static MEMORY: PeakAlloc = PeakAlloc;

/// Mutations: 20,000, or what `HARK_MUTATIONS` says.
fn mutations() -> u64 {
    std::env::var("HARK_MUTATIONS").ok().and_then(|n| n.parse().ok()).unwrap_or(20_000)
}

/// SplitMix64 (Steele, Lea and Flood, “Fast splittable pseudorandom number generators”, 2014).
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, limit: usize) -> usize {
        (self.next() % limit as u64) as usize
    }
}

/// Damages one to four places. The length in the header is made right again half of the time, so that what lies
/// deeper is reached.
fn mutate(file: &mut Vec<u8>, random: &mut Random) {
    const NUMBERS: [u32; 10] = [0, 1, 2, 63, 64, 0xffff, 0x7fff_ffff, 0x8000_0000, 0xffff_fff8, 0xffff_ffff];
    for _ in 0..=random.below(4) {
        let at = random.below(file.len());
        let end = (at + 1 + random.below(64)).min(file.len());
        match random.below(7) {
            0 => file[at] ^= 1 << random.below(8),
            1 => file[at] = random.next() as u8,
            2 | 3 => {
                let at = at & !3;
                let number = NUMBERS[random.below(NUMBERS.len())].to_le_bytes();
                let length = number.len().min(file.len() - at);
                file[at..at + length].copy_from_slice(&number[..length]);
            }
            4 => drop(file.drain(at..end)),
            5 => {
                let copy = file[at..end].to_vec();
                let to = random.below(file.len());
                file.splice(to..to, copy);
            }
            _ => file[at..end].iter_mut().for_each(|byte| *byte = random.next() as u8),
        }
    }
    if random.below(2) == 0 && file.len() >= 312 {
        let length = file.len() as u64;
        file[304..312].copy_from_slice(&length.to_le_bytes());
    }
}

#[test]
fn a_damaged_file_is_refused_or_read_within_its_size() {
    let whole = write::minimal(Generation::Xdna2);
    let (mut accepted, mut deep) = (0_u64, 0_u64);
    for seed in 0..mutations() {
        let mut file = whole.clone();
        mutate(&mut file, &mut Random(seed));
        MEMORY.reset_peak_usage();
        let before = MEMORY.current_usage();
        let read = catch_unwind(|| match Design::read(&file) {
            Ok(design) => (true, design.check_for(Generation::Xdna1).is_ok()),
            Err(refusal) => (false, refusal.to_string().contains("kernel")),
        });
        let peak = MEMORY.peak_usage().saturating_sub(before);
        // Nodes of the metadata take a few times the bytes that they are written with.
        let bound = 20 * file.len() + (64 << 10);
        assert!(peak <= bound, "mutation {seed}: {peak} bytes for a file of {}", file.len());
        let (whole, far) = read.unwrap_or_else(|_| panic!("mutation {seed} panicked"));
        accepted += u64::from(whole);
        deep += u64::from(!whole && far);
    }
    // Some damage hits padding; much of it is found only in the kernels' description.
    assert!(accepted > mutations() / 100, "{accepted} accepted");
    assert!(deep > mutations() / 20, "{deep} refused in the kernels");
    println!("{accepted} of {} mutations were harmless, {deep} were found in the kernels", mutations());
}
