//! Streams there and back, damaged, and against public ones.

use super::samples::{LAYOUTS, stream};
use super::*;

#[test]
fn every_instruction_goes_there_and_back() {
    for layout in LAYOUTS {
        let stream = stream(layout);
        assert_eq!(decode(&encode(&stream)), Ok(stream));
    }
    let empty = Stream { instructions: vec![], ..stream(Layout::Short) };
    assert_eq!(encode(&empty), [0x0604_0001, 0x0108, 0, 16]);
    assert_eq!(decode(&encode(&empty)), Ok(empty));
}

/// Words as the headers of aie-rt and mlir-aie have them.
#[test]
fn instructions_have_their_words() {
    let one = |layout, instruction: Instruction| {
        let header = stream(layout).header;
        encode(&Stream { header, instructions: vec![instruction] })[4..].to_vec()
    };
    let to = Address(0x0411_d204);
    let write = Instruction::Write { to, value: 7 };
    assert_eq!(one(Layout::Compiler, write.clone()), [0, 0, 0x0411_d204, 0, 7, 24]);
    assert_eq!(one(Layout::Library, write.clone()), [0x04_0100, 0, 0x0411_d204, 0, 7, 24]);
    assert_eq!(one(Layout::Short, write), [0, 0x0411_d204, 7]);
    let mask = Instruction::MaskWrite { to, value: 0xf00, mask: 0x1f00 };
    assert_eq!(one(Layout::Compiler, mask.clone()), [3, 0, 0x0411_d204, 0, 0xf00, 0x1f00, 28]);
    assert_eq!(one(Layout::Library, mask.clone()), [0x04_0103, 0, 0x0411_d204, 0, 0xf00, 0x1f00, 32, 0]);
    assert_eq!(one(Layout::Short, mask), [3, 0x0411_d204, 0xf00, 0x1f00]);
    let block = |names_tile| Instruction::BlockWrite { to, data: vec![8, 9], names_tile };
    assert_eq!(one(Layout::Compiler, block(false)), [1, 0, 0x0411_d204, 24, 8, 9]);
    assert_eq!(one(Layout::Compiler, block(true)), [1, 0x0102, 0x0411_d204, 24, 8, 9]);
    assert_eq!(one(Layout::Library, block(false)), [0x04_0101, 0, 0x0411_d204, 24, 8, 9]);
    assert_eq!(one(Layout::Short, block(false)), [1, 0x0411_d204, 20, 8, 9]);
    let channel = Channel { direction: Direction::FromMemory, number: 1 };
    let sync = Instruction::Sync { column: 2, row: 3, channel, columns: 4, rows: 5 };
    assert_eq!(one(Layout::Short, sync), [0x80, 16, 0x02_0301, 0x0104_0500]);
    let patch = Instruction::Patch { to, argument: 3, plus: 0x1_0000_0002 };
    let long = [0x81, 48, 0, 0, 0, 0, 0x0411_d204, 0, 3, 0, 2, 1];
    assert_eq!(one(Layout::Compiler, patch.clone()), long);
    assert_eq!(one(Layout::Short, patch), [0x81, 24, 0x0411_d204, 3, 2, 1]);
    for layout in LAYOUTS {
        let pdi = Instruction::LoadPdi { id: 0x901, bytes: 5, address: 0x2_0000_0001 };
        assert_eq!(one(layout, pdi), [0x0901_0008, 5, 1, 2]);
        let register = Instruction::UpdateRegister { entry: 1, function: 2, operand: 3, to };
        assert_eq!(one(layout, register), [0x02_010c, 3, 0x0411_d204]);
        assert_eq!(one(layout, Instruction::Preempt { level: 3 }), [0x0306]);
        assert_eq!(one(layout, Instruction::NoOp), [5]);
    }
}

#[test]
fn each_fault_has_its_error() {
    let good = encode(&stream(Layout::Short));
    let bytes = good.len() * 4;
    let with = |changes: &[(usize, u32)]| {
        let mut words = good.clone();
        for &(at, value) in changes {
            words[at] = value;
        }
        decode(&words)
    };
    assert_eq!(decode(&good[..3]), Err(TxnError::Header { given: 3 }));
    assert_eq!(with(&[(0, 0x0604_0002)]), Err(TxnError::Version { major: 2, minor: 0 }));
    assert_eq!(with(&[(0, u32::from_le_bytes(*b"HARK"))]), Err(TxnError::Version { major: 72, minor: 65 }));
    assert_eq!(with(&[(0, 0x0602_0001)]), Err(TxnError::Generation(2)));
    assert_eq!(with(&[(3, 8)]), Err(TxnError::Length { said: 8, given: bytes }));
    assert_eq!(with(&[(1, 0x0001_0108)]), Err(TxnError::Word { at: 1, value: 0x0001_0108 }));
    assert_eq!(with(&[(2, 1)]), Err(TxnError::Left { at: 7, count: 1 }));
    let end = good.len();
    assert_eq!(with(&[(2, 99)]), Err(TxnError::Truncated { at: end, needed: 1, left: 0 }));
    assert_eq!(with(&[(4, 0x60)]), Err(TxnError::Unknown { at: 4, code: 0x60 }));
    for (code, name) in
        [(2, "blockset"), (14, "config_shimdma_bd"), (15, "config_shimdma_dmabuf_bd"), (200, "load_pm_end")]
    {
        assert_eq!(with(&[(4, code)]), Err(TxnError::NoLayout { at: 4, name }));
    }
    assert_eq!(with(&[(4, 0x100)]), Err(TxnError::Word { at: 4, value: 0x100 }));
    assert_eq!(with(&[(9, 46)]), Err(TxnError::Size { at: 9, said: 46 }), "no whole words");
    assert_eq!(with(&[(9, 8)]), Err(TxnError::Size { at: 9, said: 8 }), "less than itself");
    let left = end - 7;
    assert_eq!(with(&[(9, 4000)]), Err(TxnError::Truncated { at: 7, needed: 1000, left }));
    let mut cut = good[..good.len() - 3].to_vec();
    cut[3] -= 12;
    assert!(matches!(decode(&cut), Err(TxnError::Truncated { .. })), "{:?}", decode(&cut));
}

/// Two transfers as nod-ai/iree-amd-aie's test `aiert_insts.mlir` expects them, by hash.
#[test]
fn the_library_is_followed_too() {
    let shim = |offset| Address::new(0, 0, offset);
    let transfer = |number, argument, plus, fields: &[(Field, u64)], queue, value| {
        let mut descriptor = Descriptor::default();
        for &(field, value) in fields.iter().chain(&[(Field::Burst, 2), (Field::Valid, 1)]) {
            descriptor.set(field, value).unwrap();
        }
        let to = shim(TileKind::Shim.descriptor(number, 0));
        let data = descriptor.words.to_vec();
        [
            Instruction::BlockWrite { to, data, names_tile: false },
            Instruction::Patch { to: shim(TileKind::Shim.descriptor(number, 1)), argument, plus },
            Instruction::Write { to: shim(TileKind::Shim.queue(queue)), value },
        ]
    };
    let channel = |direction| Channel { direction, number: 0 };
    let (output, input) = (channel(Direction::ToMemory), channel(Direction::FromMemory));
    let pattern = [
        (Field::Length, 32),
        (Field::BaseLow, 32),
        (Field::Wrap0, 8),
        (Field::Wrap1, 2),
        (Field::Step1, 7),
        (Field::Step2, 15),
    ];
    let first = transfer(1, 2, 0, &pattern[..1], output, 0x8000_0001);
    let second = transfer(0, 0, 128, &pattern, input, 0);
    let (layout, generation) = (Layout::Library, Generation::Npu1);
    let header = Header { layout, generation, rows: 6, columns: 4, memory_rows: 1 };
    let stream = Stream { header, instructions: [first, second].concat() };
    let words = encode(&stream);
    assert_eq!(words.len(), 64);
    assert_eq!(sha256(&words), "b7081d7067b468b770e23e3ae052943751768fb4a889f16117a21e4cecf130d4");
    assert_eq!(decode(&words), Ok(stream));
}

/// One of each as mlir-aie's test `npu_instgen.mlir` expects them, by hash.
#[test]
fn the_compiler_is_followed_in_what_the_goldens_lack() {
    let data: Vec<u32> = (100..108).collect();
    let channel = Channel { direction: Direction::FromMemory, number: 5 };
    let instructions = vec![
        Instruction::Write { to: Address::new(3, 4, 0xdef), value: 0x42 },
        Instruction::Write { to: Address(0xabc0_0def), value: 0x314 },
        Instruction::BlockWrite { to: Address(0x1234_5679), data: data.clone(), names_tile: false },
        Instruction::BlockWrite { to: Address::new(1, 1, 100), data, names_tile: true },
        Instruction::MaskWrite { to: Address::new(2, 3, 0x567a), value: 0x1001, mask: 0xf00f_f00f },
        Instruction::Sync { column: 3, row: 4, channel, columns: 1, rows: 2 },
        Instruction::LoadPdi { id: 2, bytes: 1024, address: 0xabc_1234_5678 },
    ];
    let (layout, generation) = (Layout::Compiler, Generation::Npu1);
    let header = Header { layout, generation, rows: 6, columns: 4, memory_rows: 1 };
    let stream = Stream { header, instructions };
    let words = encode(&stream);
    assert_eq!(words.len(), 55);
    assert_eq!(sha256(&words), "f00f04eb31b9ede107779ee281a51303b760efb9998ae8492773f0bc16681bcc");
    assert_eq!(decode(&words), Ok(stream));
}

/// What only one layout has is refused in the others.
#[test]
fn layouts_do_not_mix() {
    let compiler = encode(&stream(Layout::Compiler));
    let mut mixed = compiler.clone();
    mixed[4] = 0x14_0000;
    assert_eq!(
        decode(&mixed),
        Err(TxnError::Word { at: 10, value: 1 }),
        "the library's, then the compiler's"
    );
    let mut foreign = compiler.clone();
    foreign[11] = 0x0203;
    assert_eq!(decode(&foreign), Err(TxnError::Word { at: 11, value: 0x203 }), "another tile");
    let mut upper = compiler;
    upper[7] = 1;
    assert_eq!(decode(&upper), Err(TxnError::Word { at: 7, value: 1 }), "an address of more than 32 bits");
}

/// Damaged streams are refused, or are other streams; nothing crashes and nothing large is allocated.
#[test]
fn no_damage_confuses_the_decoder() {
    let look = |damaged: &[u32]| {
        if let Ok(stream) = decode(damaged) {
            assert_eq!(encode(&stream), damaged, "two ways to write one stream");
            assert!(!disasm(&stream).is_empty());
        }
    };
    for layout in LAYOUTS {
        let words = encode(&stream(layout));
        let sized = |mut words: Vec<u32>| {
            let bytes = words.len() as u32 * 4;
            if let Some(said) = words.get_mut(3) {
                *said = bytes;
            }
            words
        };
        for end in 0..words.len() {
            look(&words[..end]);
            look(&sized(words[..end].to_vec()));
        }
        for at in 0..words.len() {
            let flips = (0..32).map(|bit| words[at] ^ 1 << bit);
            for value in flips.chain([0, 1, u32::MAX, u32::MAX / 2, 0x8000_0000]) {
                let mut damaged = words.clone();
                damaged[at] = value;
                look(&damaged);
            }
            let mut shorter = words.clone();
            shorter.remove(at);
            look(&sized(shorter));
            look(&sized([&words[..at], &words[at..=at], &words[at..]].concat()));
        }
        let mut state = 1u64;
        for _ in 0..20_000 {
            let mut damaged = words.clone();
            for _ in 0..3 {
                state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                let at = (state >> 33) as usize % damaged.len();
                damaged[at] = (state >> 13) as u32 >> ((state >> 58) & 31);
            }
            look(&damaged);
        }
    }
}

#[test]
fn public_streams_are_made_again() {
    for golden in &GOLDENS {
        let stream = golden.stream().unwrap();
        let words = encode(&stream);
        assert_eq!(words.len(), golden.words, "{}", golden.name);
        assert_eq!(sha256(&words), golden.sha256, "{}", golden.name);
        assert_eq!(decode(&words), Ok(stream), "{}", golden.name);
    }
}

/// The hash holds every field of every descriptor.
#[test]
fn a_changed_field_changes_the_hash() {
    let words = encode(&GOLDENS[1].stream().unwrap());
    // Behind the header and the beginning of the first block write.
    let first = 4 + 3;
    let original = Descriptor { words: words[first..first + 8].try_into().unwrap() };
    for field in Field::all() {
        let mut changed = original;
        changed.set(field, (original.get(field) ^ 1).into()).unwrap();
        let mut words = words.clone();
        words[first..first + 8].copy_from_slice(&changed.words);
        assert!(decode(&words).is_ok());
        assert_ne!(sha256(&words), GOLDENS[1].sha256, "{}", field.name());
    }
}

/// So does everything that a description says.
#[test]
fn a_changed_description_changes_the_hash() {
    let (traffic, dialect) = GOLDENS[2].traffic();
    let changes: [fn(&mut Transfer); 9] = [
        |t| t.descriptor = 15,
        |t| t.argument = 0,
        |t| t.offset -= 1,
        |t| t.pattern.dims[0].size -= 1,
        |t| t.pattern.dims[1].size -= 1,
        |t| t.pattern.dims[1].stride -= 1,
        |t| t.pattern.dims[2].stride -= 1,
        |t| t.pattern.runs.size -= 1,
        |t| t.pattern.runs.stride -= 1,
    ];
    let hash = |traffic: &Traffic, dialect: &Dialect| sha256(&encode(&traffic.emit(dialect).unwrap()));
    assert_eq!(hash(&traffic, &dialect), GOLDENS[2].sha256);
    for (i, change) in changes.iter().enumerate() {
        let mut traffic = traffic.clone();
        // The second column's first: its offset is not 0.
        let Some(Step::Transfer(t)) = traffic.steps.get_mut(5) else { panic!("no transfer") };
        change(t);
        // As if the buffers were as long as can be.
        traffic.arguments = vec![u32::MAX >> 2; 3];
        assert_ne!(hash(&traffic, &dialect), GOLDENS[2].sha256, "change {i}");
    }
    for other in [Dialect::SECOND, Dialect::THIRD] {
        assert_ne!(hash(&traffic, &other), GOLDENS[2].sha256);
    }
}

#[test]
fn a_stream_is_readable() {
    let text = disasm(&GOLDENS[0].stream().unwrap());
    let mut lines = text.lines();
    let expected = "TXN 0.1 (compiler), NPU1 (AIE2), 6 rows with 1 of memory, 4 columns, 32 instructions
     4  blockwrite        shim 0 BD 0: 3072 words in a row, bursts of 256 B, cache 2
    16  ddr_patch         shim 0 BD 0 base: argument 0 + 0x0
    28  write32           shim 0 MM2S 0 queue: BD 0, once
    34  blockwrite        shim 0 BD 1: 1024 words in a row, bursts of 256 B, cache 2
    46  ddr_patch         shim 0 BD 1 base: argument 4 + 0x0
    58  maskwrite         shim 0 S2MM 0 control: controller 15 (mask 0x1f00)
    65  write32           shim 0 S2MM 0 queue: BD 1, once, token
    71  sync              token of shim 0 S2MM 0 queue";
    for line in expected.lines() {
        assert_eq!(lines.next(), Some(line));
    }
    assert_eq!(text.lines().count(), 33);
    let unmarked = text.lines().filter(|line| line.contains("translates 0 to 4")).count();
    assert_eq!(unmarked, 3, "arguments 5 to 7");
    let all = disasm(&stream(Layout::Library));
    for line in [
        "shim 2 MM2S 0 queue: BD 7, 4 runs, token",
        "core 1,2 data 0x400: []",
        "memtile 3,1 lock 18: 0x5 (mask 0x3f)",
        "shim 0 BD 0 base: entry 4 − 0xa",
        "token of memtile 3,1 MM2S 1 queue, 2 columns, 4 rows",
        "[1, 0, 32004, 0]",
        "argument 4 + 0x180000010",
    ] {
        assert!(all.contains(line), "{line:?} is not in\n{all}");
    }
}

#[test]
fn differences_are_named() {
    let first = encode(&GOLDENS[0].stream().unwrap());
    assert_eq!(compare(&first, &first), []);
    let mut second = first.clone();
    second[28] = 3;
    second[31] = 9;
    second.push(5);
    let differences = compare(&first, &second);
    let line = "    28  write32           shim 0 MM2S 0 queue: BD 0, once";
    let here = Difference { at: 28, first: Some(0), second: Some(3), instruction: Some(line.into()) };
    let one = Difference { at: 31, second: Some(9), ..here.clone() };
    let other = Difference { at: 288, first: None, second: Some(5), instruction: None };
    assert_eq!(differences, [here, one, other]);
    assert_eq!(compare(&[1, 2], &[1]).len(), 1, "what is no stream is compared, too");
}
