//! The kernels of an xclbin, which four sections describe together.

use super::Refusal;
use super::bytes::Bytes;
use super::partition::Partition;
use roxmltree::{Document, Node, ParsingOptions};

/// More than any design has, of whatever is counted.
const MOST: usize = 64;
/// The description of a kernel takes a few hundred bytes.
const LONGEST_METADATA: usize = 1 << 20;
/// A command's arguments must fit a page, behind its header.
const LAST_ARGUMENT_BYTE: u64 = 4096 - 64;
/// `m_type` of a kernel that the NPU runs (IP_PS_KERNEL).
pub const INSTANCE_OF_A_KERNEL: u32 = 7;

/// A memory that arguments can be in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Memory {
    /// Its name, such as `HOST`.
    pub tag: String,
    /// Whether the design uses it.
    pub used: bool,
    /// `MEM_TYPE` in the format; 2 for memory of the host.
    pub kind: u8,
    /// Its size in KiB.
    pub kib: u64,
    /// Its first address.
    pub base: u64,
}

/// A kernel that the NPU runs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kernel {
    /// Its name, such as `MLIR_AIE`.
    pub name: String,
    /// The name of its instance.
    pub instance: String,
    /// Its number, by which the partition names the program that holds it.
    pub number: u64,
    /// Its arguments, in order.
    pub arguments: Vec<Argument>,
}

/// An argument of a kernel.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Argument {
    /// Its name, such as `opcode`.
    pub name: String,
    /// Its type in C.
    pub type_name: String,
    /// Its size in a command, in bytes.
    pub size: u64,
    /// Where it stands in a command, in bytes.
    pub offset: u64,
    /// For a buffer, the index of the memory that it must be in; `None` for a number.
    pub memory: Option<usize>,
}

pub fn memories(section: Bytes<'_>) -> Result<Vec<Memory>, Refusal> {
    let count = section.count(0, MOST, "memories")?;
    let memory = |index| {
        let entry = section.element(8, 40, index, "a memory")?;
        Ok(Memory {
            tag: entry.field(24, 16, "a memory's name")?.to_owned(),
            used: entry.u8(1)? != 0,
            kind: entry.u8(0)?,
            kib: entry.u64(8)?,
            base: entry.u64(16)?,
        })
    };
    (0..count).map(memory).collect()
}

/// An entry of CONNECTIVITY: this argument of that instance is in that memory.
struct Connection {
    argument: u64,
    instance: u64,
    memory: usize,
}

fn connections(section: Bytes<'_>, memories: &[Memory]) -> Result<Vec<Connection>, Refusal> {
    let count = section.count(0, MOST * MOST, "connections")?;
    let connection = |index| {
        let entry = section.element(4, 12, index, "a connection")?;
        let memory = usize::try_from(entry.u32(8)?).unwrap_or(usize::MAX);
        if !memories.get(memory).is_some_and(|memory| memory.used) {
            return Err(Refusal::Contradiction(format!(
                "an argument is in memory {memory}, which is not there"
            )));
        }
        Ok(Connection { argument: entry.u32(0)?.into(), instance: entry.u32(4)?.into(), memory })
    };
    (0..count).map(connection).collect()
}

/// The instances of kernels: their indices and names (`kernel:instance`).
fn instances(section: Bytes<'_>) -> Result<Vec<(u64, &str)>, Refusal> {
    let count = section.count(0, MOST, "instances of kernels")?;
    let mut found = Vec::new();
    for index in 0..count {
        let entry = section.element(8, 80, index, "an instance of a kernel")?;
        if entry.u32(0)? == INSTANCE_OF_A_KERNEL {
            found.push((index, entry.field(16, 64, "an instance's name")?));
        }
    }
    Ok(found)
}

/// The kernels that the NPU runs; others, which the runtime passes over too, are left out.
pub fn read(
    metadata: Bytes<'_>,
    layout: Bytes<'_>,
    connectivity: Bytes<'_>,
    memories: &[Memory],
    partition: &Partition<'_>,
) -> Result<Vec<Kernel>, Refusal> {
    if metadata.len() > LONGEST_METADATA {
        return Err(Refusal::Metadata(format!("it has {} bytes", metadata.len())));
    }
    // Some writers end the text with zeros.
    let text = metadata.all().split(|&byte| byte == 0).next().unwrap_or_default();
    let text = std::str::from_utf8(text).map_err(|error| Refusal::Metadata(error.to_string()))?;
    let options = ParsingOptions { allow_dtd: false, nodes_limit: 1 << 16, ..ParsingOptions::default() };
    let document =
        Document::parse_with_options(text, options).map_err(|error| Refusal::Metadata(error.to_string()))?;
    let core = ["platform", "device", "core"]
        .iter()
        .try_fold(document.root_element(), |node, name| {
            node.children().find(|child| child.has_tag_name(*name))
        })
        .ok_or_else(|| Refusal::Metadata("it has no project/platform/device/core".into()))?;
    let instances = instances(layout)?;
    let connections = connections(connectivity, memories)?;
    let mut kernels: Vec<Kernel> = Vec::new();
    let on_the_npu =
        core.children().filter(|node| node.has_tag_name("kernel") && node.attribute("type") == Some("dpu"));
    for node in on_the_npu {
        let kernel = kernel(node, &instances, &connections, partition)?;
        if kernels.len() == MOST {
            return Err(Refusal::TooMany { what: "kernels", count: MOST as u64 + 1, limit: MOST });
        }
        if kernels.iter().any(|other| other.name == kernel.name) {
            return Err(Refusal::Contradiction(format!("there are two kernels {}", kernel.name)));
        }
        kernels.push(kernel);
    }
    if kernels.is_empty() {
        return Err(Refusal::Metadata("it names no kernel for an NPU".into()));
    }
    Ok(kernels)
}

fn kernel(
    node: Node<'_, '_>,
    instances: &[(u64, &str)],
    connections: &[Connection],
    partition: &Partition<'_>,
) -> Result<Kernel, Refusal> {
    let name = attribute(node, "name")?;
    // The runtime makes a pattern of it.
    if name.is_empty() || !name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_') {
        return Err(Refusal::Text { what: "a kernel's name" });
    }
    let of_this = |(index, whole): &(u64, &str)| {
        let (kernel, instance) = whole.split_once(':')?;
        (kernel == name).then(|| (*index, instance.to_owned()))
    };
    let (index, instance) = instances
        .iter()
        .find_map(of_this)
        .ok_or_else(|| Refusal::Contradiction(format!("kernel {name} has no instance")))?;
    let number = node
        .children()
        .find(|child| child.has_tag_name("extended-data"))
        .ok_or_else(|| Refusal::Metadata(format!("kernel {name} has no number")))
        .and_then(|data| number(data, "dpu_kernel_id"))?;
    if !partition.programs.iter().any(|program| program.kernels.contains(&number)) {
        return Err(Refusal::Contradiction(format!("no program holds kernel {name} (number {number:#x})")));
    }
    let connected: Vec<_> = connections.iter().filter(|connection| connection.instance == index).collect();
    let mut arguments = Vec::new();
    for node in node.children().filter(|child| child.has_tag_name("arg")) {
        arguments.push(argument(node, &name, arguments.len(), &connected)?);
        if arguments.len() > MOST {
            let count = arguments.len() as u64;
            return Err(Refusal::TooMany { what: "arguments", count, limit: MOST });
        }
    }
    if connected.iter().any(|connection| connection.argument >= arguments.len() as u64) {
        return Err(Refusal::Contradiction(format!("an argument that kernel {name} lacks is in a memory")));
    }
    Ok(Kernel { name, instance, number, arguments })
}

fn argument(
    node: Node<'_, '_>,
    kernel: &str,
    index: usize,
    connections: &[&Connection],
) -> Result<Argument, Refusal> {
    if number(node, "id")? != index as u64 {
        return Err(Refusal::Metadata(format!("the arguments of kernel {kernel} are not in order")));
    }
    let (size, offset) = (number(node, "size")?, number(node, "offset")?);
    if !matches!(size, 1 | 2 | 4 | 8) || offset.checked_add(size).is_none_or(|end| end > LAST_ARGUMENT_BYTE) {
        let why = format!("argument {index} of kernel {kernel} has {size} bytes at {offset:#x}");
        return Err(Refusal::Metadata(why));
    }
    // As the runtime does where there are several.
    let memory = connections
        .iter()
        .filter(|connection| connection.argument == index as u64)
        .map(|connection| connection.memory)
        .max();
    // 0 is a number, 1 to 3 are kinds of memory.
    let memory = match (number(node, "addressQualifier")?, memory) {
        (0, None) => None,
        (1..=3, Some(memory)) if size == 8 => Some(memory),
        _ => {
            return Err(Refusal::Contradiction(format!(
                "argument {index} of kernel {kernel} is a buffer without a memory, or a number in one"
            )));
        }
    };
    Ok(Argument {
        name: attribute(node, "name")?,
        type_name: node.attribute("type").unwrap_or_default().to_owned(),
        size,
        offset,
        memory,
    })
}

fn attribute(node: Node<'_, '_>, name: &str) -> Result<String, Refusal> {
    let missing = || Refusal::Metadata(format!("<{}> has no `{name}`", node.tag_name().name()));
    node.attribute(name).map(str::to_owned).ok_or_else(missing)
}

/// A number in decimal or, after 0x, in hexadecimal digits.
fn number(node: Node<'_, '_>, name: &str) -> Result<u64, Refusal> {
    let text = attribute(node, name)?;
    let parsed = match text.strip_prefix("0x").or_else(|| text.strip_prefix("0X")) {
        Some(digits) => u64::from_str_radix(digits, 16),
        None => text.parse(),
    };
    parsed.map_err(|_| Refusal::Metadata(format!("`{name}` is {text:?}, which is no number")))
}
