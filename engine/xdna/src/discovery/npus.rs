//! NPUs by their PCI ids.

use super::places::{Places, link_name, names, text};
use crate::Generation;
use std::io;
use std::path::Path;

/// An NPU that this crate knows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Npu {
    /// Its PCI address, such as `0000:c5:00.1`.
    pub address: String,
    /// Its generation.
    pub generation: Generation,
    /// Its PCI device and revision.
    pub id: (u16, u8),
    /// As the driver names it, such as `RyzenAI-npu1`; drivers differ in this, so nothing depends on it.
    pub name: Option<String>,
    /// The version of the firmware file that the driver loaded, such as `1.5.5.391`.
    pub firmware: Option<String>,
    /// The driver that is bound to it.
    pub driver: Option<String>,
    /// Whether an IOMMU translates its addresses.
    pub iommu: bool,
    /// Its device node.
    pub node: Node,
}

/// The device node of an NPU.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Node {
    /// There is none.
    Missing,
    /// It can be opened.
    Opens(String),
    /// It cannot be opened, because of this errno.
    Refuses(String, Option<i32>),
}

impl Npu {
    /// The processors that it is in, by its PCI id.
    pub fn family(&self) -> &'static str {
        match self.id {
            (0x1502, _) => "Phoenix or Hawk Point",
            (0x17f0, 0x10) => "Strix",
            (0x17f0, 0x11) => "Strix Halo",
            (0x17f0, 0x20) => "Krackan",
            _ => "of an unknown processor",
        }
    }
}

pub fn find(places: &Places<'_>) -> Vec<Npu> {
    let devices = places.sys.join("bus/pci/devices");
    names(&devices).into_iter().filter_map(|address| npu(places, &devices.join(&address), address)).collect()
}

/// The generation of the NPU at a PCI address, if it is one.
pub(crate) fn generation_at(places: &Places<'_>, address: &str) -> Option<Generation> {
    generation(&places.sys.join("bus/pci/devices").join(address))
}

fn generation(folder: &Path) -> Option<Generation> {
    Generation::of_pci_id(id(folder, "vendor")?, id(folder, "device")?)
}

fn id(folder: &Path, name: &str) -> Option<u16> {
    u16::from_str_radix(text(&folder.join(name))?.trim_start_matches("0x"), 16).ok()
}

fn npu(places: &Places<'_>, folder: &Path, address: String) -> Option<Npu> {
    let generation = generation(folder)?;
    let device = id(folder, "device")?;
    let revision =
        id(folder, "revision").and_then(|revision| u8::try_from(revision).ok()).unwrap_or_default();
    let filled = |name: &str| text(&folder.join(name)).filter(|text| !text.is_empty());
    Some(Npu {
        address,
        generation,
        id: (device, revision),
        name: filled("vbnv"),
        firmware: filled("fw_version"),
        driver: link_name(&folder.join("driver")),
        iommu: std::fs::read_link(folder.join("iommu_group")).is_ok(),
        node: node(places, folder),
    })
}

fn node(places: &Places<'_>, folder: &Path) -> Node {
    let Some(name) = names(&folder.join("accel")).into_iter().find(|name| name.starts_with("accel")) else {
        return Node::Missing;
    };
    let path = places.dev.join("accel").join(&name);
    let shown = format!("/dev/accel/{name}");
    match (places.open)(&path) {
        Ok(()) => Node::Opens(shown),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Node::Missing,
        Err(error) => Node::Refuses(shown, error.raw_os_error()),
    }
}
