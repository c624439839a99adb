#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use super::section::{ENTRY, HEADER, LENGTH, SECTIONS, UUID};
use super::{Design, Kind, Refusal, write};
use crate::Generation;

fn minimal() -> Vec<u8> {
    write::minimal(Generation::Xdna1)
}

/// The refusal of a file after a change to what it was written from.
fn refused(change: impl FnOnce(&mut Design<'static>)) -> Refusal {
    let mut design = write::design(Generation::Xdna1);
    change(&mut design);
    Design::read(&write::write(&design)).unwrap_err()
}

/// The refusal of a file with other bytes at an offset.
fn damaged(at: usize, bytes: &[u8]) -> Refusal {
    let mut file = minimal();
    file[at..at + bytes.len()].copy_from_slice(bytes);
    Design::read(&file).unwrap_err()
}

/// Where a section begins in [`minimal`].
fn section(kind: Kind) -> usize {
    let file = minimal();
    let entries = file[HEADER..].chunks(ENTRY);
    let number = (kind as u32).to_le_bytes();
    let entry = entries.into_iter().find(|entry| entry[..4] == number).unwrap();
    u64::from_le_bytes(entry[24..32].try_into().unwrap()) as usize
}

#[test]
fn what_is_written_is_read() {
    for generation in Generation::ALL {
        let design = write::design(generation);
        let file = write::write(&design);
        assert_eq!(Design::read(&file).unwrap(), design);
        assert_eq!(file.len() % 4, 0, "the sections are aligned");
    }
}

#[test]
fn the_kernel_has_the_eight_arguments_of_compiled_designs() {
    let file = minimal();
    let design = Design::read(&file).unwrap();
    let kernel = design.kernel("MLIR_AIE").unwrap();
    let found: Vec<_> =
        kernel.arguments.iter().map(|a| (a.name.as_str(), a.offset, a.size, a.memory)).collect();
    let expected = [
        ("opcode", 0x00, 8, None),
        ("instr", 0x08, 8, Some(1)),
        ("ninstr", 0x10, 4, None),
        ("bo0", 0x14, 8, Some(0)),
        ("bo1", 0x1c, 8, Some(0)),
        ("bo2", 0x24, 8, Some(0)),
        ("bo3", 0x2c, 8, Some(0)),
        ("bo4", 0x34, 8, Some(0)),
    ];
    assert_eq!(found, expected);
    assert_eq!(design.memories[1].tag, "SRAM");
}

#[test]
fn other_files_are_told_apart_from_damaged_ones() {
    assert_eq!(Design::read(b"").unwrap_err(), Refusal::Magic);
    assert_eq!(Design::read(b"\x7fELF and so on").unwrap_err(), Refusal::Magic);
    assert_eq!(Design::read(b"xclbin0\0").unwrap_err(), Refusal::Magic);
    let file = minimal();
    let (said, has) = (file.len() as u64, 1000);
    assert_eq!(Design::read(&file[..1000]).unwrap_err(), Refusal::Length { said, has });
    assert_eq!(Design::read(&file[..400]).unwrap_err(), Refusal::Outside { what: "the header" });
    assert_eq!(damaged(LENGTH, &[0xff; 8]), Refusal::Length { said: u64::MAX, has: file.len() as u64 });
}

#[test]
fn sections_lie_within_the_file_and_are_there_once() {
    let many = damaged(SECTIONS, &1_000_000_u32.to_le_bytes());
    assert_eq!(many, Refusal::TooMany { what: "sections", count: 1_000_000, limit: 128 });
    assert_eq!(damaged(SECTIONS, &127_u32.to_le_bytes()), Refusal::Outside { what: "a section" });
    assert_eq!(damaged(HEADER + 24, &u64::MAX.to_le_bytes()), Refusal::Outside { what: "a section" });
    assert_eq!(damaged(HEADER + 32, &u64::MAX.to_le_bytes()), Refusal::Outside { what: "a section" });
    assert_eq!(damaged(HEADER + ENTRY, &99_u32.to_le_bytes()), Refusal::Missing(Kind::AiePartition));
    assert_eq!(damaged(HEADER, &32_u32.to_le_bytes()), Refusal::Twice(Kind::AiePartition));
    assert_eq!(
        Refusal::Missing(Kind::IpLayout).to_string(),
        "the xclbin has no section IP_LAYOUT: it is not one for an NPU"
    );
}

#[test]
fn the_partition_lies_within_its_section() {
    let at = section(Kind::AiePartition);
    assert!(matches!(refused(|d| d.partition.columns = 0), Refusal::Contradiction(_)));
    assert_eq!(damaged(at + 44, &u32::MAX.to_le_bytes()), Refusal::Outside { what: "the start columns" });
    assert_eq!(damaged(at + 124, &0xffff_ff00_u32.to_le_bytes()), Refusal::Outside { what: "a program" });
    let many = damaged(at + 120, &u32::MAX.to_le_bytes());
    assert_eq!(many, Refusal::TooMany { what: "programs", count: u32::MAX.into(), limit: 64 });
    let program =
        at + usize::try_from(u32::from_le_bytes(minimal()[at + 124..at + 128].try_into().unwrap())).unwrap();
    assert_eq!(
        damaged(program + 16, &u32::MAX.to_le_bytes()),
        Refusal::Outside { what: "a program's image" }
    );
    assert_eq!(
        damaged(program + 28, &u32::MAX.to_le_bytes()),
        Refusal::Outside { what: "a group of kernels" }
    );
    assert_eq!(damaged(at + 4, &u32::MAX.to_le_bytes()), Refusal::Outside { what: "the partition's name" });
}

#[test]
fn kernels_and_what_they_speak_of_belong_together() {
    let contradictions: [fn(&mut Design<'static>); 5] = [
        |d| d.kernels[0].arguments[1].memory = Some(7),
        |d| d.memories[1].used = false,
        |d| d.partition.programs[0].kernels[0] = 0x902,
        |d| d.partition.programs.clear(),
        |d| d.kernels.extend(d.kernels.clone()),
    ];
    for (n, change) in contradictions.into_iter().enumerate() {
        let refusal = refused(change);
        assert!(matches!(refusal, Refusal::Contradiction(_)), "{n}: {refusal:?}");
    }
    assert_eq!(refused(|d| d.kernels[0].name = "a.*".into()), Refusal::Text { what: "a kernel's name" });
    assert!(matches!(refused(|d| d.kernels.clear()), Refusal::Metadata(_)));
    assert!(matches!(refused(|d| d.kernels[0].arguments[0].offset = 1 << 40), Refusal::Metadata(_)));
    assert!(matches!(refused(|d| d.kernels[0].arguments[0].size = 3), Refusal::Metadata(_)));
    assert!(matches!(refused(|d| d.kernels[0].arguments[0].name = "\"<".into()), Refusal::Metadata(_)));
    let instance = section(Kind::IpLayout) + 8;
    assert!(matches!(damaged(instance + 16, b"SOMETHING:"), Refusal::Contradiction(_)));
    assert!(matches!(damaged(instance + 16, &[b'x'; 64]), Refusal::Text { .. }));
    let connection = section(Kind::GroupConnectivity) + 4;
    assert!(matches!(damaged(connection, &(-1_i32).to_le_bytes()), Refusal::Contradiction(_)));
}

#[test]
fn metadata_that_unfolds_is_not_unfolded() {
    let at = section(Kind::EmbeddedMetadata);
    let bomb = b"<!DOCTYPE a [<!ENTITY b \"c\">]><project>&b;</project>";
    assert!(matches!(damaged(at, bomb), Refusal::Metadata(_)));
}

#[test]
fn a_file_for_another_npu_is_refused_by_name_and_by_width() {
    let read = |change: fn(&mut Design<'static>), here| {
        let mut design = write::design(Generation::Xdna2);
        change(&mut design);
        Design::read(&write::write(&design)).unwrap().check_for(here).map_err(|refusal| refusal.to_string())
    };
    let (one, two) = (Generation::Xdna1, Generation::Xdna2);
    assert_eq!(read(|_| (), two), Ok(()));
    let named = "the xclbin is for XDNA2, and this computer has XDNA1; choose the one for XDNA1";
    assert_eq!(read(|_| (), one), Err(named.into()));
    assert!(read(|d| d.platform = "hark:xdna9".into(), two).unwrap_err().contains("“hark:xdna9”"));
    // Files of others name nothing.
    let foreign = |d: &mut Design<'_>| {
        d.platform.clear();
        d.partition.columns = 4;
    };
    assert_eq!(read(foreign, one), Ok(()));
    let wide = |d: &mut Design<'static>| {
        d.platform.clear();
        d.partition.columns = 8;
        d.partition.start_columns = vec![0];
    };
    assert_eq!(read(wide, two), Ok(()));
    assert!(read(wide, one).unwrap_err().contains("an NPU with more than 5 columns"));
}

#[test]
fn the_identity_is_that_of_the_header() {
    let mut file = minimal();
    file[UUID..UUID + 16].copy_from_slice(b"0123456789abcdef");
    assert_eq!(&Design::read(&file).unwrap().uuid, b"0123456789abcdef");
}
