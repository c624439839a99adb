#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use super::{Findings, Module, Node, Places, Sandbox, look};
use crate::Generation;
use std::collections::HashMap;
use std::ffi::OsString;
use std::fs;
use std::io;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use tempfile::TempDir;

/// A computer made of files.
pub struct Tree {
    folder: TempDir,
    environment: HashMap<String, OsString>,
    /// What opening the node says.
    refuses: Option<i32>,
}

const RELEASE: &str = "6.14.0-15-generic";
const PCI: &str = "sys/devices/pci0000:00/0000:c5:00.1";

impl Tree {
    /// One with an NPU that works: driver, node, rights and runtime are there.
    pub fn healthy(generation: Generation) -> Self {
        let mut tree = Self::without_npu();
        let (device, revision, name, firmware) = match generation {
            Generation::Xdna1 => ("0x1502", "0x00", "RyzenAI-npu1", "1.5.5.391"),
            Generation::Xdna2 => ("0x17f0", "0x10", "RyzenAI-npu4", "1.1.2.64"),
        };
        let values = [
            ("vendor", "0x1022"),
            ("device", device),
            ("revision", revision),
            ("vbnv", name),
            ("fw_version", firmware),
            ("accel/accel0/dev", "261:0"),
        ];
        for (name, value) in values {
            tree.write(&format!("{PCI}/{name}"), value);
        }
        tree.link(&format!("{PCI}/driver"), "sys/bus/pci/drivers/amdxdna");
        tree.link(&format!("{PCI}/iommu_group"), "sys/kernel/iommu_groups/12");
        tree.link("sys/bus/pci/devices/0000:c5:00.1", PCI);
        tree.write("sys/module/amdxdna/version", "1.0");
        tree.write("dev/accel/accel0", "");
        tree
    }

    /// One that has everything but the device and its driver.
    pub fn without_npu() -> Self {
        let mut tree = Self { folder: TempDir::new().unwrap(), environment: HashMap::new(), refuses: None };
        let graphics = "sys/devices/pci0000:00/0000:c5:00.0";
        tree.write(&format!("{graphics}/vendor"), "0x1002");
        tree.write(&format!("{graphics}/device"), "0x1502");
        tree.link("sys/bus/pci/devices/0000:c5:00.0", graphics);
        tree.write("proc/sys/kernel/osrelease", RELEASE);
        tree.write(
            &format!("lib/modules/{RELEASE}/modules.dep"),
            "kernel/drivers/accel/amdxdna/amdxdna.ko.zst: kernel/gpu.ko\n",
        );
        tree.write("proc/self/status", "Name:\thark\nGroups:\t44 992 1000 \nCapEff:\t0000000000000000\n");
        tree.memlock("unlimited");
        tree.write("dev/kmsg", "");
        for library in ["coreutil", "driver_xdna"] {
            let folder = "usr/lib/x86_64-linux-gnu";
            tree.write(&format!("{folder}/libxrt_{library}.so.2.25.00"), "");
            tree.link(
                &format!("{folder}/libxrt_{library}.so.2"),
                &format!("{folder}/libxrt_{library}.so.2.25.00"),
            );
        }
        tree
    }

    fn path(&self, place: &str) -> PathBuf {
        self.folder.path().join(place)
    }

    pub fn write(&mut self, place: &str, text: &str) {
        let path = self.path(place);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, format!("{text}\n")).unwrap();
    }

    fn link(&mut self, place: &str, to: &str) {
        let (path, to) = (self.path(place), self.path(to));
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        symlink(to, path).unwrap();
    }

    /// Takes a file, a link or a whole folder away.
    pub fn remove(&mut self, place: &str) {
        let path = self.path(place);
        let folder = fs::symlink_metadata(&path).unwrap().is_dir();
        if folder { fs::remove_dir_all(path) } else { fs::remove_file(path) }.unwrap();
    }

    /// The same below the NPU's folder.
    pub fn remove_of_npu(&mut self, name: &str) {
        self.remove(&format!("{PCI}/{name}"));
    }

    pub fn bind_to(&mut self, driver: &str) {
        self.remove_of_npu("driver");
        self.link(&format!("{PCI}/driver"), &format!("sys/bus/pci/drivers/{driver}"));
    }

    /// Lets the driver be loaded and the device not its own, as after a failed probe.
    pub fn fail_probe(&mut self, log: &str) {
        self.remove_of_npu("driver");
        self.remove_of_npu("accel");
        self.remove("dev/accel");
        self.write("dev/kmsg", log);
    }

    pub fn memlock(&mut self, limit: &str) {
        let lines = format!(
            "Limit                     Soft Limit           Hard Limit           Units     \n\
             Max processes             94955                94955                processes \n\
             Max locked memory         {limit:<20} {limit:<20} bytes     "
        );
        self.write("proc/self/limits", &lines);
    }

    pub fn refuse(&mut self, error: i32) {
        self.refuses = Some(error);
    }

    pub fn set(&mut self, name: &str, value: &str) {
        self.environment.insert(name.into(), value.into());
    }

    pub fn look(&self) -> Findings {
        let environment = |name: &str| self.environment.get(name).cloned();
        let open = |node: &Path| match self.refuses {
            Some(error) => Err(io::Error::from_raw_os_error(error)),
            None => fs::OpenOptions::new().read(true).write(true).open(node).map(drop),
        };
        look(&Places {
            sys: self.path("sys"),
            dev: self.path("dev"),
            proc: self.path("proc"),
            root: self.folder.path().into(),
            environment: &environment,
            open: &open,
        })
    }
}

#[test]
fn an_npu_is_found_by_its_pci_id() {
    let found = Tree::healthy(Generation::Xdna1).look();
    let npu = &found.npus[0];
    assert_eq!(found.npus.len(), 1, "the graphics beside it has another vendor");
    assert_eq!(npu.address, "0000:c5:00.1");
    assert_eq!(
        (npu.generation, npu.id, npu.family()),
        (Generation::Xdna1, (0x1502, 0), "Phoenix or Hawk Point")
    );
    assert_eq!(npu.name.as_deref(), Some("RyzenAI-npu1"));
    assert_eq!(npu.firmware.as_deref(), Some("1.5.5.391"));
    assert_eq!(npu.driver.as_deref(), Some("amdxdna"));
    assert_eq!(npu.node, Node::Opens("/dev/accel/accel0".into()));
    assert!(npu.iommu);
    assert_eq!(found.kernel.release, RELEASE);
    assert_eq!(found.kernel.module, Module::Loaded);
    assert_eq!(found.kernel.driver_version.as_deref(), Some("1.0"));
    assert_eq!(found.runtime.library.as_deref(), Some("2.25.00"));
    assert_eq!(found.runtime.plugin.as_deref(), Some("2.25.00"));
    for (revision, family) in
        [("0x10", "Strix"), ("0x11", "Strix Halo"), ("0x20", "Krackan"), ("0x00", "of an unknown processor")]
    {
        let mut tree = Tree::healthy(Generation::Xdna2);
        tree.write(&format!("{PCI}/revision"), revision);
        assert_eq!(tree.look().npus[0].family(), family);
    }
    assert!(Tree::without_npu().look().npus.is_empty());
}

#[test]
fn the_module_is_looked_for_in_the_running_kernel() {
    let mut tree = Tree::without_npu();
    assert_eq!(tree.look().kernel.module, Module::NotLoaded);
    tree.write(&format!("lib/modules/{RELEASE}/modules.builtin"), "kernel/drivers/accel/amdxdna/amdxdna.ko");
    assert_eq!(tree.look().kernel.module, Module::Loaded);
    let mut tree = Tree::without_npu();
    tree.write(
        &format!("lib/modules/{RELEASE}/modules.dep"),
        "kernel/other.ko: kernel/drivers/accel/amdxdna/amdxdna.ko",
    );
    assert_eq!(tree.look().kernel.module, Module::Missing, "only what stands before the colon is a module");
}

#[test]
fn a_limit_counts_only_without_the_right_to_pass_it() {
    let mut tree = Tree::without_npu();
    assert_eq!(tree.look().process.memlock, None);
    tree.memlock("8388608");
    assert_eq!(tree.look().process.memlock, Some(8 << 20));
    tree.write("proc/self/status", "CapEff:\t0000000000004000");
    assert_eq!(tree.look().process.memlock, None);
}

#[test]
fn the_log_is_read_as_the_kernel_and_as_tools_write_it() {
    let mut tree = Tree::without_npu();
    tree.write(
        "dev/kmsg",
        "6,1,5,-;usb 1-1: new\n3,812,5512969,-;amdxdna 0000:c5:00.1: [drm] *ERROR* no\n SUBSYSTEM=pci\n",
    );
    assert_eq!(tree.look().kernel.log.unwrap(), ["amdxdna 0000:c5:00.1: [drm] *ERROR* no"]);
    tree.remove("dev/kmsg");
    assert_eq!(tree.look().kernel.log, None);
}

#[test]
fn sandboxes_are_known_by_their_marks() {
    let mut tree = Tree::without_npu();
    assert_eq!(tree.look().process.sandbox, None);
    tree.set("SNAP_NAME", "hark");
    assert_eq!(tree.look().process.sandbox, None, "SNAP_NAME alone is set by other things");
    tree.set("SNAP", "/snap/hark/12");
    assert_eq!(tree.look().process.sandbox, Some(Sandbox::Snap("hark".into())));
    tree.write(".flatpak-info", "[Application]\nname=org.example.Hark\nruntime=x");
    assert_eq!(tree.look().process.sandbox, Some(Sandbox::Flatpak("org.example.Hark".into())));
}

#[test]
fn an_empty_computer_is_no_error() {
    let folder = TempDir::new().unwrap();
    let found = look(&Places {
        sys: folder.path().join("sys"),
        dev: folder.path().join("dev"),
        proc: folder.path().join("proc"),
        root: folder.path().into(),
        environment: &|_| None,
        open: &|_| Ok(()),
    });
    assert!(found.npus.is_empty() && !found.kernel.restart_due);
    assert_eq!(found.runtime.library, None);
}
