//! `build.sh` against programs that stand in for the toolchain: they write down what they are asked, and do as told.
#![cfg(unix)]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;

/// A folder with a toolchain that is none.
struct Toolchain {
    folder: PathBuf,
}

/// What the stand-ins are, each as the body of a script. `$home` is the toolchain's folder.
const PROGRAMS: [(&str, &str); 5] = [
    (
        "bin/python3",
        // python3 -c PROGRAM PACKAGE
        "cat \"$home/version.$3\"",
    ),
    ("bin/aie-opt", "test ! -e \"$home/refuse\" || { echo \"$1:3:5: error: no such thing\" >&2; exit 1; }"),
    ("bin/xclbinutil", ""),
    ("peano/bin/clang++", "for last; do :; done; echo code >\"$last\""),
    (
        "bin/aiecc",
        "test ! -e \"$home/fail\" || exit 1
        mkdir -p design.mlir.prj
        sed \"$(cat \"$home/places\")\" design.mlir >design.mlir.prj/input_with_addresses.mlir
        cp reference.bin made.bin
        test ! -e \"$home/other\" || printf 'abcd' | dd of=made.bin bs=1 seek=64 conv=notrunc 2>/dev/null
        echo program >hark-npu.xclbin",
    ),
];

impl Toolchain {
    /// One that is as it should be.
    fn new(name: &str) -> Self {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("build_script").join(name);
        let _ = fs::remove_dir_all(&folder);
        let this = Self { folder };
        for (program, body) in PROGRAMS {
            let path = this.folder.join(program);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            let home = this.folder.display();
            let name = path.file_name().unwrap().to_str().unwrap();
            let text =
                format!("#!/bin/sh\nset -e\nhome='{home}'\necho \"{name} $*\" >>\"$home/calls\"\n{body}\n");
            fs::write(&path, text).unwrap();
            fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
        }
        this.file("version.mlir_aie", "1.3.4\n");
        this.file("version.llvm-aie", "21.0.0.2026062301+cb664e8c\n");
        this.file("places", "");
        fs::create_dir_all(this.folder.join("tmp")).unwrap();
        this
    }

    fn file(&self, name: &str, text: &str) {
        fs::write(self.folder.join(name), text).unwrap();
    }

    /// Exit code, and what it says on both.
    fn build(&self, arguments: &[&str]) -> (Option<i32>, String) {
        self.build_with(arguments, &[])
    }

    fn build_with(&self, arguments: &[&str], variables: &[(&str, &str)]) -> (Option<i32>, String) {
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("build.sh");
        let output = Command::new(script)
            .args(arguments)
            .arg(self.folder.join("made"))
            .env_clear()
            .env("PATH", format!("{}:/usr/bin:/bin", self.folder.join("bin").display()))
            .env("HARK_KERNELS", env!("CARGO_BIN_EXE_hark-kernels"))
            .env("PEANO_INSTALL_DIR", self.folder.join("peano"))
            .env("TMPDIR", self.folder.join("tmp"))
            .envs(variables.iter().copied())
            .output()
            .unwrap();
        let text = [output.stdout, output.stderr].map(|bytes| String::from_utf8(bytes).unwrap()).concat();
        (output.status.code(), text)
    }

    /// It ends with this code and sentence, and leaves nothing.
    fn refuses(&self, code: i32, sentence: &str) {
        let (found, text) = self.build(&["npu1"]);
        assert_eq!(found, Some(code), "{text}");
        assert!(text.contains(sentence), "{text}");
        assert!(!self.folder.join("made").exists());
        self.left_nothing();
    }

    fn left_nothing(&self) {
        assert_eq!(fs::read_dir(self.folder.join("tmp")).unwrap().count(), 0);
    }

    fn calls(&self) -> String {
        fs::read_to_string(self.folder.join("calls")).unwrap_or_default()
    }
}

#[test]
fn a_program_is_made_and_said_of_what() {
    for (device, target) in [("npu1", "aie2-none-unknown-elf"), ("npu2", "aie2p-none-unknown-elf")] {
        let tools = Toolchain::new(device);
        let (code, text) = tools.build(&[device]);
        assert_eq!(code, Some(0), "{text}");
        assert!(text.contains("identical: "), "{text}");
        let calls = tools.calls();
        for probe in ["parts", "program", "launch"] {
            assert!(calls.contains(&format!("probes/{probe}.mlir -o ")), "{calls}");
        }
        assert!(calls.contains(&format!("clang++ --target={target} -std=c++20 -O2 ")), "{calls}");
        assert!(calls.contains("/cc/core.cc -o "), "{calls}");
        let aiecc = calls.lines().find(|line| line.starts_with("aiecc ")).unwrap();
        for flag in [
            "--no-xchesscc",
            "--no-xbridge",
            "--alloc-scheme=bank-aware",
            "--aie-generate-xclbin",
            "--xclbin-name=hark-npu.xclbin",
            "--aie-generate-npu-insts",
            "--npu-insts-name=made.bin",
        ] {
            assert!(aiecc.contains(flag), "{aiecc}");
        }
        assert!(aiecc.contains(&format!("--peano={}", tools.folder.join("peano").display())), "{aiecc}");
        assert!(aiecc.ends_with(" design.mlir"), "{aiecc}");

        let made = tools.folder.join("made");
        assert_eq!(fs::read(made.join("hark-npu.xclbin")).unwrap(), b"program\n");
        let manifest = fs::read_to_string(made.join("hark-npu.json")).unwrap();
        assert!(
            manifest.starts_with(&format!("{{\n  \"device\": \"{device}\",\n  \"mlir_aie\": \"1.3.4\",\n"))
        );
        let hash = Command::new("sha256sum").arg(made.join("hark-npu.xclbin")).output().unwrap();
        let hash = String::from_utf8(hash.stdout).unwrap();
        let entry = format!("\"hark-npu.xclbin\": {{\"bytes\": 8, \"sha256\": \"{}\"}}", &hash[..64]);
        assert!(manifest.contains(&entry), "{manifest}");
        for file in ["hark_core.o", "design.mlir", "reference.bin"] {
            assert!(manifest.contains(&format!("\"{file}\": {{\"bytes\": ")), "{manifest}");
            assert!(made.join(file).is_file());
        }
        assert_eq!(manifest.matches(['{', '}']).count() % 2, 0);
        tools.left_nothing();
    }
}

#[test]
fn what_is_missing_is_named() {
    for (file, sentence) in [
        ("bin/aie-opt", "aie-opt is missing: install mlir_aie 1.3.4"),
        ("bin/aiecc", "aiecc is missing: install mlir_aie 1.3.4"),
        ("bin/xclbinutil", "xclbinutil is missing: install XRT"),
        ("peano/bin/clang++", "PEANO_INSTALL_DIR is not the folder of llvm-aie"),
        ("version.mlir_aie", "mlir_aie is not installed for python3: 1.3.4 is needed"),
        ("version.llvm-aie", "llvm-aie is not installed for python3: 21.0.0.2026062301+cb664e8c is needed"),
    ] {
        let tools = Toolchain::new("missing");
        fs::remove_file(tools.folder.join(file)).unwrap();
        tools.refuses(75, sentence);
    }
}

#[test]
fn another_version_is_refused_by_name() {
    for (package, version) in
        [("mlir_aie", "1.4.1"), ("mlir_aie", "1.3.5.dev52"), ("llvm-aie", "21.0.0.2026073101+cfd8aae2")]
    {
        let tools = Toolchain::new("version");
        tools.file(&format!("version.{package}"), version);
        tools.refuses(65, &format!("{package} {version} is installed, and "));
        assert!(!tools.calls().contains("aiecc"));
    }
}

#[test]
fn what_the_compiler_does_otherwise_is_refused() {
    let tools = Toolchain::new("refuse");
    tools.file("refuse", "");
    tools.refuses(65, "aie-opt refuses probes/parts.mlir: ");
    assert!(tools.build(&["npu1"]).1.contains("parts.mlir:3:5: error: no such thing"));

    let tools = Toolchain::new("fail");
    tools.file("fail", "");
    tools.refuses(65, "aiecc does not make a program of the design");

    let tools = Toolchain::new("other");
    tools.file("other", "");
    tools.refuses(65, "aiecc makes other instructions of the launch than we do");
    assert!(tools.build(&["npu1"]).1.contains("word 16: "));

    let tools = Toolchain::new("places");
    tools.file("places", "s/address = 3072 : i32/address = 3136 : i32/");
    tools.refuses(65, "aiecc puts buffers elsewhere: ");
    assert!(tools.build(&["npu1"]).1.contains("command_0_2 at 3136 instead of 3072; "));
}

#[test]
fn what_was_made_on_the_way_can_be_kept() {
    let tools = Toolchain::new("keep");
    tools.file("other", "");
    let (code, text) = tools.build_with(&["npu2"], &[("KEEP", "1")]);
    assert_eq!(code, Some(65));
    let work = Path::new(text.lines().find_map(|line| line.strip_prefix("working in ")).unwrap());
    for file in ["design.mlir", "reference.bin", "made.bin", "design.mlir.prj/input_with_addresses.mlir"] {
        assert!(work.join(file).is_file(), "{file}");
    }
}

#[test]
fn nothing_but_the_two_devices_is_built() {
    let tools = Toolchain::new("usage");
    for arguments in [["npu3"], ["--help"]] {
        let (code, text) = tools.build(&arguments);
        assert_eq!(code, Some(2));
        assert!(text.starts_with("usage: kernels/build.sh npu1|npu2"), "{text}");
    }
}
