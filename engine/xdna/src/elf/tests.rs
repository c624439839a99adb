use super::write::{note, program, stream, write};
use super::*;
use std::panic::catch_unwind;

/// Names and bytes.
type Sections = Vec<(&'static str, Vec<u8>)>;

fn read(change: impl FnOnce(&mut Sections)) -> Result<ElfProgram, ElfRefusal> {
    let mut sections = program(Generation::Xdna1, 4);
    change(&mut sections);
    ElfProgram::read(&write(&sections))
}

#[test]
fn what_is_written_is_read_and_fits_its_own_npu_alone() {
    for (generation, columns) in [(Generation::Xdna1, 4), (Generation::Xdna2, 4), (Generation::Xdna2, 8)] {
        let read = ElfProgram::read(&write(&program(generation, columns))).unwrap();
        assert_eq!(read, ElfProgram { generation, columns: columns.into(), streams: 2 });
        for here in Generation::ALL {
            let fits = read.check_for(here);
            assert_eq!(fits.is_ok(), here == generation, "{fits:?}");
        }
    }
    let refusal = ElfProgram::read(&write(&program(Generation::Xdna2, 4))).unwrap();
    let text = refusal.check_for(Generation::Xdna1).unwrap_err().to_string();
    assert_eq!(text, "the ELF is for XDNA2, and this computer has XDNA1; choose the one for XDNA1");
    let wide = ElfProgram { generation: Generation::Xdna1, columns: 6, streams: 1 };
    assert!(wide.check_for(Generation::Xdna1).unwrap_err().to_string().contains("more than 5 columns"));
}

#[test]
fn other_files_are_told_apart() {
    let good = write(&program(Generation::Xdna1, 4));
    let with = |at: usize, byte: u8| {
        let mut file = good.clone();
        file[at] = byte;
        ElfProgram::read(&file).unwrap_err()
    };
    assert!(matches!(ElfProgram::read(b""), Err(ElfRefusal::Foreign(_))));
    assert!(matches!(ElfProgram::read(b"xclbin2\0"), Err(ElfRefusal::Foreign(_))));
    assert!(matches!(with(4, 2), ElfRefusal::Foreign(why) if why.contains("32 bits")));
    assert!(matches!(with(OS_ABI, 0), ElfRefusal::Foreign(why) if why.contains("other processors")));
    assert!(matches!(with(ABI_VERSION, 9), ElfRefusal::Foreign(why) if why.contains("laid out")));
    // An ordinary program of this computer.
    let own = std::fs::read(std::env::current_exe().unwrap()).unwrap();
    assert!(matches!(ElfProgram::read(&own), Err(ElfRefusal::Foreign(_))));
    for len in 0..good.len() {
        assert!(ElfProgram::read(&good[..len]).is_err(), "cut off at {len}");
    }
}

#[test]
fn parts_that_are_missing_or_contradict_each_other_are_refused() {
    assert_eq!(read(|s| drop(s.remove(3))), Err(ElfRefusal::Missing(CONFIGURATION)));
    assert_eq!(read(|s| drop(s.drain(1..3))), Err(ElfRefusal::Missing(INSTRUCTIONS)));
    let contradictions: [fn(&mut Sections); 8] = [
        |s| s[2].1 = stream(Generation::Xdna2, 4),
        |s| s[2].1 = stream(Generation::Xdna1, 5),
        |s| s[1].1 = stream(Generation::Xdna1, 0),
        |s| s[1].1[2] = 7,
        |s| s.push((".note.xrt.configuration", note(6, &[4, 0, 0, 0]))),
        |s| s[3].1 = note(6, &[0; 4]),
        |s| s[3].1 = note(1, &[4, 0, 0, 0]),
        |s| s[3].1 = Vec::new(),
    ];
    for (n, change) in contradictions.into_iter().enumerate() {
        let refused = read(change);
        assert!(matches!(refused, Err(ElfRefusal::Contradiction(_))), "{n}: {refused:?}");
    }
    let outside: [fn(&mut Sections); 4] =
        [|s| s[1].1.truncate(15), |s| s[1].1[12] = 64, |s| s[1].1[12] = 15, |s| s[3].1.truncate(30)];
    for (n, change) in outside.into_iter().enumerate() {
        let refused = read(change);
        assert!(matches!(refused, Err(ElfRefusal::Outside { .. })), "{n}: {refused:?}");
    }
    assert_eq!(read(|s| s.push((".ctrltextual", vec![1]))).map(|read| read.streams), Ok(2));
}

/// SplitMix64 (Steele, Lea and Flood, “Fast splittable pseudorandom number generators”, 2014).
fn random(state: &mut u64) -> u64 {
    *state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let mixed = (*state ^ (*state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ (mixed >> 31)
}

/// Damages one to four places.
fn mutate(file: &mut Vec<u8>, seed: u64) {
    const NUMBERS: [u32; 8] = [0, 1, 16, 52, 0x7fff_ffff, 0x8000_0000, 0xffff_fff0, 0xffff_ffff];
    let mut state = seed;
    let mut below = |limit: usize| (random(&mut state) % limit as u64) as usize;
    for _ in 0..=below(4) {
        let at = below(file.len());
        let end = (at + 1 + below(40)).min(file.len());
        match below(5) {
            0 => file[at] ^= 1 << below(8),
            1 => file[at] = below(256) as u8,
            2 => {
                let at = (at & !3).min(file.len() - 4);
                file[at..at + 4].copy_from_slice(&NUMBERS[below(NUMBERS.len())].to_le_bytes());
            }
            3 if file.len() > 64 => drop(file.drain(at..end)),
            _ => {
                let copy = file[at..end].to_vec();
                let to = below(file.len());
                file.splice(to..to, copy);
            }
        }
    }
}

#[test]
fn a_damaged_file_is_refused_or_says_what_it_said() {
    let whole = write(&program(Generation::Xdna1, 4));
    let mutations = std::env::var("HARK_MUTATIONS").ok().and_then(|n| n.parse().ok()).unwrap_or(20_000);
    let (mut accepted, mut turned) = (0_u64, 0_u64);
    for seed in 0..mutations {
        let mut file = whole.clone();
        mutate(&mut file, seed);
        let read = catch_unwind(|| ElfProgram::read(&file));
        let Ok(read) = read else { panic!("mutation {seed} panics") };
        if let Ok(ElfProgram { generation, columns, streams }) = read {
            // Whatever is accepted agrees with itself, and all its instructions are for one NPU: those of this one,
            // unless both headers were changed in the same way.
            assert!(columns >= 1 && streams >= 1, "mutation {seed}");
            accepted += 1;
            turned += u64::from(generation != Generation::Xdna1);
        }
    }
    // Changes to what nobody reads, such as the padding and the image, are none of this reader's business.
    assert!(accepted > mutations / 20 && accepted < mutations * 3 / 4, "{accepted} of {mutations} accepted");
    assert!(turned * 100 < mutations, "{turned} of {mutations} are for another NPU than before");
}
