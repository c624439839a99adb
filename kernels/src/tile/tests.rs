//! What a kernel makes of arguments; what it computes is tested against `kernels/cc` in `engine/tests/npu_kernels`.

use super::*;

const CORE: u32 = CORE_BYTES as u32;
const TOKEN: u32 = TOKEN_BYTES as u32;

fn memory() -> Vec<u8> {
    vec![0; CORE_BYTES + 3 * TOKEN_BYTES]
}

#[test]
fn a_call_that_cannot_be_is_refused_and_changes_nothing() {
    let mut kernels = Kernels::new(Generation::Npu1);
    let mut memory = memory();
    let before = memory.clone();
    for kernel in Kernel::ALL {
        let error = kernels.call(kernel, &[0; 6], &mut memory).unwrap_err();
        assert!(matches!(error, CallError::Arguments { given: 6, .. }), "{error}");
    }
    let end = memory.len() as u32;
    for (kernel, words) in [
        (Kernel::Begin, vec![4, 0, 0]),
        (Kernel::Begin, vec![!63, 0, 0]),
        (Kernel::A, vec![CORE, end - TOKEN + 64, 1]),
        (Kernel::A, vec![CORE + 2, CORE, 1]),
        (Kernel::AB, vec![0, 0, CORE, end]),
        (Kernel::AB, vec![64 * 400, 0, CORE, CORE + TOKEN]),
        (Kernel::B, vec![0, 0, end, CORE]),
        (Kernel::B, vec![0, mode::ATTENTION, CORE, end]),
        (Kernel::End, vec![0, 0, CORE + 32]),
    ] {
        let error = kernels.call(kernel, &words, &mut memory).unwrap_err();
        assert!(matches!(error, CallError::Address { .. }), "{kernel:?} {words:?}: {error}");
    }
    let error = kernels.call(Kernel::End, &[0, 0, 64], &mut memory).unwrap_err();
    assert_eq!(error, CallError::Overlap { address: 64 });
    assert_eq!(memory, before);
}

#[test]
fn a_core_keeps_its_own_queries_alone() {
    let mut kernels = Kernels::new(Generation::Npu2);
    let mut memory = memory();
    memory[CORE_BYTES..][..TOKEN_BYTES].fill(7);
    let out = CORE_BYTES + TOKEN_BYTES..CORE_BYTES + 2 * TOKEN_BYTES;
    let other = kernels.call(Kernel::A, &[CORE, CORE + TOKEN, 0], &mut memory);
    assert!(memory[out.clone()].iter().all(|byte| *byte == 0));
    let own = kernels.call(Kernel::A, &[CORE, CORE + TOKEN, 1], &mut memory);
    assert!(memory[out].iter().all(|byte| *byte == 7) && other.unwrap() < own.unwrap());
}

/// Sums over the rows outlive a tile without them, and do not outlive the next with them.
#[test]
fn sums_over_rows_stay_for_the_tiles_of_a_row() {
    let mut kernels = Kernels::new(Generation::Npu1);
    let mut memory = memory();
    memory[CORE_BYTES..].as_chunks_mut::<2>().0.fill([0x80, 0x3f]);
    let sum = |memory: &[u8]| f32::from_le_bytes(*memory[4 * SIDE * SIDE..].first_chunk().unwrap());
    let mut tile = |mode: u32, tiles: usize| {
        kernels.call(Kernel::Begin, &[0, mode, 0], &mut memory).unwrap();
        for _ in 0..tiles {
            kernels.call(Kernel::AB, &[0, mode, CORE, CORE + TOKEN], &mut memory).unwrap();
        }
        sum(&memory)
    };
    assert_eq!(tile(mode::STATISTICS | mode::NORMALISE, 3), 192.0);
    assert_eq!(tile(mode::NORMALISE, 3), 192.0);
    assert_eq!(tile(mode::STATISTICS | mode::NORMALISE, 2), 128.0);
}

/// What a tile of keys costs depends on what it makes necessary.
#[test]
fn attention_costs_what_it_had_to_do() {
    let mut kernels = Kernels::new(Generation::Npu1);
    let (mut memory, cycles) = (memory(), cycles::of(Generation::Npu1));
    memory[CORE_BYTES..].as_chunks_mut::<2>().0.fill([0x80, 0x3e]);
    kernels.call(Kernel::Begin, &[0, mode::ATTENTION, 65], &mut memory).unwrap();
    let taken: Vec<u64> = (0..4)
        .map(|_| kernels.call(Kernel::B, &[0, mode::ATTENTION, CORE, CORE + TOKEN], &mut memory).unwrap())
        .collect();
    let attend = cycles.attend;
    assert_eq!(taken, [attend + 16 * cycles.raise, attend, attend + cycles.mask, cycles.nothing]);
}
