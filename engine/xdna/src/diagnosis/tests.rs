#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use super::{Attempt, Severity, State, diagnose};
use crate::discovery::tests::Tree;
use crate::xclbin::{Refusal, write};
use crate::{Error, ErrorKind, Generation};

/// Hark's own files are there, and nothing was opened.
fn installed() -> Attempt {
    Attempt { library: true, design: Some(Ok(())), opened: None }
}

fn failed(kind: ErrorKind) -> Attempt {
    let error = Error { kind, message: "what it said".into(), os_error: 0 };
    Attempt { opened: Some(Err(error)), ..installed() }
}

type Change = fn(&mut Tree);

/// A change to a healthy computer, a word of the line and a word of the remedy that it must lead to.
const COMPUTERS: [(Change, &str, &str); 26] = [
    (|_| (), "XDNA1 (Phoenix or Hawk Point), firmware 1.5.5.391, amdxdna 1.0, XRT 2.25.00, not tried", ""),
    (
        |t| t.fail_probe_without_driver(),
        "the kernel (6.14.0-15-generic) has no driver",
        "Linux 6.14 or later",
    ),
    (|t| t.unload(), "installed but not loaded", "sudo modprobe amdxdna"),
    (|t| t.bind_to("vfio-pci"), "another driver (vfio-pci)", "virtual machine"),
    (
        |t| {
            t.unload();
            t.write("run/reboot-required", "*** System restart required ***");
        },
        "a restart is due",
        "restart the computer",
    ),
    (
        |t| {
            t.unload();
            t.remove("lib/modules/6.14.0-15-generic");
            t.write("lib/modules/6.15.1-1/modules.dep", "amdxdna.ko:");
        },
        "a restart is due",
        "restart the computer",
    ),
    (
        |t| t.fail_probe("3,1,1,-;amdxdna 0000:c6:00.1: [drm] *ERROR* aie2_hw_start: firmware is not alive"),
        "could not start the NPU: amdxdna 0000:c6:00.1: [drm] *ERROR* aie2_hw_start: firmware is not alive",
        "journalctl -k -b -g amdxdna",
    ),
    (|t| t.fail_probe(""), "could not start the NPU", "journalctl"),
    (
        |t| {
            t.fail_probe("3,1,1,-;amdxdna: *ERROR* aie2_check_protocol: Incompatible firmware protocol major 7 minor 3")
        },
        "newer than the driver accepts",
        "update the kernel",
    ),
    (
        |t| {
            t.fail_probe("3,1,1,-;amdxdna: *ERROR* aie2_check_protocol: Incompatible firmware protocol major 4 minor 9")
        },
        "older than the driver accepts",
        "update the firmware",
    ),
    (
        |t| t.fail_probe("3,1,1,-;amdxdna: *ERROR* aie2_check_protocol: Firmware 5.3 below minimum 5.7"),
        "older than the driver accepts",
        "update the firmware",
    ),
    (
        |t| {
            t.fail_probe("3,1,1,-;amdxdna 0000:c5:00.1: Direct firmware load for amdnpu/1502_00/npu.sbin failed with error -2")
        },
        "firmware is not installed",
        "install the firmware",
    ),
    (|t| t.remove("dev/accel"), "no device node", "restart"),
    (|t| t.remove_of_npu("accel"), "no device node", "restart"),
    (|t| t.refuse(13), "not in the group render", "usermod -aG render"),
    (
        |t| {
            t.refuse(13);
            t.set("USER", "ada");
            t.write("etc/group", "video:x:44:ada\nrender:x:993:bob,ada");
        },
        "this session began before",
        "log out and in again",
    ),
    (
        |t| {
            t.refuse(95);
            t.remove_of_npu("iommu_group");
        },
        "the IOMMU is off (SVA bind fails)",
        "amd_iommu=off",
    ),
    (
        |t| {
            t.refuse(19);
            t.write("dev/kmsg", "3,1,1,-;amdxdna: *ERROR* amdxdna_drm_open: SVA bind device failed, ret -19");
        },
        "the IOMMU is off (SVA bind fails)",
        "AMD-Vi",
    ),
    (|t| t.refuse(16), "/dev/accel/accel0 cannot be opened (Device or resource busy", "close other programs"),
    (
        |t| {
            t.remove("dev/accel");
            t.write(".flatpak-info", "name=org.example.Hark");
        },
        "the Flatpak sandbox keeps the NPU away",
        "flatpak override --user --device=all org.example.Hark",
    ),
    (
        |t| {
            t.refuse(1);
            t.set("SNAP", "/snap/hark/1");
            t.set("SNAP_NAME", "hark");
        },
        "the Snap sandbox keeps the NPU away",
        "another package",
    ),
    (|t| t.memlock("8388608"), "may lock 8 MiB of memory", "systemctl edit user@.service"),
    (|t| t.memlock("65536"), "may lock 64 KiB of memory", "limits.conf counts only for logins"),
    (|t| t.remove("usr/lib"), "runtime (XRT) is not installed", "libxrt-npu2"),
    (
        |t| t.remove("usr/lib/x86_64-linux-gnu/libxrt_driver_xdna.so.2"),
        "XRT is installed without its plugin",
        "libxrt-npu2",
    ),
    (
        |t| {
            t.remove("usr/lib");
            t.write("opt/xilinx/xrt/lib/libxrt_coreutil.so.2", "");
            t.write("opt/xilinx/xrt/lib/libxrt_driver_xdna.so.2", "");
        },
        "not tried",
        "",
    ),
];

impl Tree {
    fn unload(&mut self) {
        self.fail_probe("");
        self.remove("sys/module/amdxdna");
    }

    fn fail_probe_without_driver(&mut self) {
        self.unload();
        self.write("lib/modules/6.14.0-15-generic/modules.dep", "kernel/other.ko:");
    }
}

fn check(state: &State, line: &str, remedy: &str) {
    println!("{}\n    {}", state.line(), state.remedy().unwrap_or_default());
    assert!(state.line().contains(line), "{:?} has no {line:?}", state.line());
    match state.remedy() {
        None => assert!(remedy.is_empty(), "{state:?} has no remedy"),
        Some(text) => assert!(!remedy.is_empty() && text.contains(remedy), "{text:?} has no {remedy:?}"),
    }
    assert_eq!(state.severity() == Severity::Fine, remedy.is_empty());
    assert!(!state.line().contains('\n') && !state.remedy().unwrap_or_default().contains('\n'));
}

#[test]
fn each_computer_has_its_state() {
    for (change, line, remedy) in COMPUTERS {
        let mut tree = Tree::healthy(Generation::Xdna1);
        change(&mut tree);
        check(&diagnose(&tree.look(), &installed()), line, remedy);
    }
}

#[test]
fn each_attempt_has_its_state() {
    let found = Tree::healthy(Generation::Xdna2).look();
    let other = Refusal::OtherDevice { built: "XDNA1".into(), here: Generation::Xdna2 };
    let attempts = [
        (Attempt::default(), "library for the NPU is missing", "install Hark anew"),
        (
            Attempt { design: None, ..installed() },
            "design for this NPU (xclbin) is missing",
            "install the designs",
        ),
        (
            Attempt { design: Some(Err(other)), ..installed() },
            "the xclbin is for XDNA1, and this computer has XDNA2",
            "anew",
        ),
        (failed(ErrorKind::Abi), "of another version: what it said", "install Hark anew"),
        (failed(ErrorKind::Library), "cannot be loaded: what it said", "2.25"),
        (failed(ErrorKind::ContextLimit), "every place on the NPU", "close other programs"),
        (failed(ErrorKind::Xclbin), "cannot be used: what it said", "anew"),
        (failed(ErrorKind::Memory), "no memory to lock", "LimitMEMLOCK=infinity"),
        (failed(ErrorKind::Driver), "could not be opened: what it said", "journalctl"),
        (failed(ErrorKind::Timeout), "could not be opened: what it said", "journalctl"),
    ];
    for (attempt, line, remedy) in attempts {
        check(&diagnose(&found, &attempt), line, remedy);
    }
    let works = Attempt { opened: Some(Ok(())), ..installed() };
    let state = diagnose(&found, &works);
    assert_eq!(state.line(), "XDNA2 (Strix), firmware 1.1.2.64, amdxdna 1.0, XRT 2.25.00");
}

#[test]
fn a_computer_without_an_npu_is_as_it_should_be() {
    let mut tree = Tree::without_npu();
    tree.remove("usr/lib");
    tree.memlock("8388608");
    let state = diagnose(&tree.look(), &Attempt::default());
    assert_eq!((&state, state.severity(), state.remedy()), (&State::NoNpu, Severity::Fine, None));
    assert_eq!(state.line(), "no NPU in this computer");
}

#[test]
fn what_hides_another_cause_is_named_first() {
    let mut tree = Tree::healthy(Generation::Xdna1);
    tree.remove("usr/lib");
    tree.memlock("8388608");
    tree.refuse(13);
    let state = |tree: &Tree| diagnose(&tree.look(), &Attempt::default());
    assert_eq!(state(&tree), State::NotInGroup { joined_lately: false });
    let mut tree = Tree::healthy(Generation::Xdna1);
    tree.remove("usr/lib");
    tree.memlock("8388608");
    assert_eq!(state(&tree), State::Memlock { limit: 8 << 20 });
    tree.memlock("unlimited");
    assert_eq!(state(&tree), State::NoRuntime);
}

#[test]
fn own_files_are_read_before_the_runtime_sees_them() {
    let folder = tempfile::TempDir::new().unwrap();
    let (library, design) = (folder.path().join("libhark_nx_xrt.so"), folder.path().join("encoder.xclbin"));
    let of_files = |here| Attempt::of_files(&library, &design, Some(here));
    assert_eq!(of_files(Generation::Xdna1), Attempt::default());
    std::fs::write(&library, b"").unwrap();
    std::fs::write(&design, write::minimal(Generation::Xdna1)).unwrap();
    assert_eq!(of_files(Generation::Xdna1), installed());
    assert!(matches!(of_files(Generation::Xdna2).design, Some(Err(Refusal::OtherDevice { .. }))));
    std::fs::write(&design, b"xclbin2\0").unwrap();
    assert!(matches!(of_files(Generation::Xdna1).design, Some(Err(Refusal::Outside { .. }))));
}
