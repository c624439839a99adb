//! Writes an xclbin, for tests: what the fake, the simulator and the genuine runtime all load.

use super::kernels::INSTANCE_OF_A_KERNEL;
use super::section::{self, Kind};
use super::{Argument, Design, Kernel, Memory, Partition, Program, partition};
use crate::Generation;
use std::fmt::Write;

/// The kernel of [`minimal`].
pub const KERNEL: &str = "MLIR_AIE";
/// Its number.
const NUMBER: u64 = 0x901;
/// `MEM_TYPE` of memory of the host (MEM_DRAM).
const DRAM: u8 = 2;
/// An image that loads nothing.
const EMPTY_IMAGE: &[u8] = &[0; 64];

/// A file with one kernel, [`KERNEL`], which has the eight arguments that compiled designs have: the opcode, the
/// instructions and their count in words, and five buffers. It takes all columns that there are, and its program is
/// empty: nothing would run on a device.
pub fn minimal(generation: Generation) -> Vec<u8> {
    write(&design(generation))
}

/// What [`minimal`] writes.
pub fn design(generation: Generation) -> Design<'static> {
    let number = |name: &str, type_name: &str, size, offset| Argument {
        name: name.into(),
        type_name: type_name.into(),
        size,
        offset,
        memory: None,
    };
    let buffer = |name: String, type_name: &str, offset, memory| Argument {
        name,
        type_name: type_name.into(),
        size: 8,
        offset,
        memory: Some(memory),
    };
    let mut arguments = vec![
        number("opcode", "uint64_t", 8, 0x00),
        buffer("instr".into(), "char *", 0x08, 1),
        number("ninstr", "uint32_t", 4, 0x10),
    ];
    arguments.extend((0..5).map(|n| buffer(format!("bo{n}"), "void*", 0x14 + 8 * n, 0)));
    let memory = |tag: &str, kib| Memory { tag: tag.into(), used: true, kind: DRAM, kib, base: 0x400_0000 };
    let first = generation.first_column();
    let columns = generation.columns() - first;
    Design {
        uuid: *b"hark test design",
        platform: generation.platform().into(),
        partition: Partition {
            columns: u16::try_from(columns).unwrap_or(u16::MAX),
            start_columns: u16::try_from(first).into_iter().collect(),
            operations_per_cycle: 2048,
            programs: vec![Program { uuid: *b"hark test image.", kernels: vec![NUMBER], image: EMPTY_IMAGE }],
        },
        memories: vec![memory("HOST", 0x10000), memory("SRAM", 0xc000)],
        kernels: vec![Kernel { name: KERNEL.into(), instance: "MLIRAIE".into(), number: NUMBER, arguments }],
    }
}

/// Writes any design. What the format cannot hold is cut off.
pub fn write(design: &Design<'_>) -> Vec<u8> {
    let sections = [
        (Kind::MemTopology, memories(&design.memories)),
        (Kind::AiePartition, partition_section(&design.partition)),
        (Kind::EmbeddedMetadata, metadata(&design.kernels).into_bytes()),
        (Kind::IpLayout, instances(&design.kernels)),
        (Kind::Connectivity, connections(&design.kernels)),
        (Kind::GroupTopology, memories(&design.memories)),
        (Kind::GroupConnectivity, connections(&design.kernels)),
    ];
    let mut file = Record::of(section::HEADER);
    file.put(0, section::MAGIC);
    // No signature.
    file.put(8, &(-1_i32).to_le_bytes());
    file.put(12, &[0xff; 28]);
    file.put(330, &[2, 25]);
    // The name is followed by at least one zero.
    file.text(section::PLATFORM.0, section::PLATFORM.1 - 1, &design.platform);
    file.put(section::UUID, &design.uuid);
    file.u32(section::SECTIONS, sections.len());
    let mut bytes = file.0;
    let mut data = Vec::new();
    let first = section::HEADER + sections.len() * section::ENTRY;
    for (kind, content) in sections {
        data.resize(data.len().next_multiple_of(8), 0);
        let mut entry = Record::of(section::ENTRY);
        entry.put(0, &(kind as u32).to_le_bytes());
        entry.text(4, 15, &kind.to_string().to_lowercase());
        entry.u64(24, first + data.len());
        entry.u64(32, content.len());
        bytes.extend(entry.0);
        data.extend(content);
    }
    bytes.extend(data);
    let mut file = Record(bytes);
    file.u64(section::LENGTH, file.0.len());
    file.0
}

/// Bytes of a fixed length into which fields are put.
struct Record(Vec<u8>);

impl Record {
    fn of(len: usize) -> Self {
        Self(vec![0; len])
    }

    fn put(&mut self, offset: usize, bytes: &[u8]) {
        if let Some(place) = self.0.get_mut(offset..offset + bytes.len()) {
            place.copy_from_slice(bytes);
        }
    }

    fn u16(&mut self, offset: usize, value: u16) {
        self.put(offset, &value.to_le_bytes());
    }

    fn u32(&mut self, offset: usize, value: usize) {
        self.put(offset, &u32::try_from(value).unwrap_or(u32::MAX).to_le_bytes());
    }

    fn u64(&mut self, offset: usize, value: usize) {
        self.put(offset, &(value as u64).to_le_bytes());
    }

    fn text(&mut self, offset: usize, longest: usize, text: &str) {
        let bytes = text.as_bytes();
        self.put(offset, &bytes[..bytes.len().min(longest)]);
    }
}

fn memories(memories: &[Memory]) -> Vec<u8> {
    let mut section = Record::of(8);
    section.u32(0, memories.len());
    for memory in memories {
        let mut entry = Record::of(40);
        entry.put(0, &[memory.kind, memory.used.into()]);
        entry.put(8, &memory.kib.to_le_bytes());
        entry.put(16, &memory.base.to_le_bytes());
        entry.text(24, 15, &memory.tag);
        section.0.extend(entry.0);
    }
    section.0
}

fn instances(kernels: &[Kernel]) -> Vec<u8> {
    let mut section = Record::of(8);
    section.u32(0, kernels.len());
    for kernel in kernels {
        let mut entry = Record::of(80);
        entry.u32(0, INSTANCE_OF_A_KERNEL as usize);
        // Of the subtype DPU; the number in the upper half.
        entry.put(4, &(1 | (kernel.number as u32 & 0xfff) << 16).to_le_bytes());
        entry.put(8, &u64::MAX.to_le_bytes());
        entry.text(16, 63, &format!("{}:{}", kernel.name, kernel.instance));
        section.0.extend(entry.0);
    }
    section.0
}

fn connections(kernels: &[Kernel]) -> Vec<u8> {
    let mut section = Record::of(4);
    let mut count = 0;
    for (instance, kernel) in kernels.iter().enumerate() {
        for (argument, memory) in kernel.arguments.iter().enumerate() {
            if let Some(memory) = memory.memory {
                let mut entry = Record::of(12);
                entry.u32(0, argument);
                entry.u32(4, instance);
                entry.u32(8, memory);
                section.0.extend(entry.0);
                count += 1;
            }
        }
    }
    section.u32(0, count);
    section.0
}

fn metadata(kernels: &[Kernel]) -> String {
    let mut xml = String::from(
        "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<project name=\"hark\"><platform name=\"npu\"><device name=\"npu\"><core name=\"aie\">",
    );
    // Writing to a string cannot fail.
    for kernel in kernels {
        let _ = write!(
            xml,
            "\n<kernel name=\"{}\" language=\"c\" type=\"dpu\"><extended-data subtype=\"1\" functional=\"0\" dpu_kernel_id=\"{:#x}\"/>",
            kernel.name, kernel.number
        );
        for (id, argument) in kernel.arguments.iter().enumerate() {
            let _ = write!(
                xml,
                "\n<arg name=\"{}\" addressQualifier=\"{}\" id=\"{id}\" size=\"{:#x}\" offset=\"{:#x}\" \
                 hostOffset=\"0x0\" hostSize=\"{:#x}\" type=\"{}\"/>",
                argument.name,
                u8::from(argument.memory.is_some()),
                argument.size,
                argument.offset,
                argument.size,
                argument.type_name
            );
        }
        let _ = write!(xml, "\n<instance name=\"{}\"/></kernel>", kernel.instance);
    }
    xml.push_str("\n</core></device></platform></project>\n");
    xml
}

fn partition_section(design: &Partition<'_>) -> Vec<u8> {
    let mut section = Record::of(partition::HEADER);
    let (name, columns) =
        (section.append(b"npu\0"), section.append_all(&design.start_columns, u16::to_le_bytes));
    section.u32(4, name);
    section.put(8, &design.operations_per_cycle.to_le_bytes());
    section.u16(32, design.columns);
    section.u32(40, design.start_columns.len());
    section.u32(44, columns);
    let programs = section.append(&vec![0; design.programs.len() * partition::PROGRAM]);
    section.u32(120, design.programs.len());
    section.u32(124, programs);
    for (index, program) in design.programs.iter().enumerate() {
        let record = programs + index * partition::PROGRAM;
        let image = section.append(program.image);
        let kernels = section.append_all(&program.kernels, u64::to_le_bytes);
        let group = section.append(&[0; partition::GROUP]);
        section.put(record, &program.uuid);
        section.u32(record + 16, program.image.len());
        section.u32(record + 20, image);
        section.u32(record + 24, 1);
        section.u32(record + 28, group);
        section.u32(group, name);
        // The primary one.
        section.put(group + 4, &[1]);
        section.u32(group + 16, program.kernels.len());
        section.u32(group + 20, kernels);
    }
    section.0
}

impl Record {
    /// Adds bytes at the end, from a multiple of 8 on; gives the place.
    fn append(&mut self, bytes: &[u8]) -> usize {
        let place = self.0.len().next_multiple_of(8);
        self.0.resize(place, 0);
        self.0.extend(bytes);
        place
    }

    fn append_all<T: Copy, const N: usize>(&mut self, values: &[T], bytes: impl Fn(T) -> [u8; N]) -> usize {
        self.append(&values.iter().copied().flat_map(bytes).collect::<Vec<_>>())
    }
}
