//! The real binary in a folder of its own, away from this user's models and settings.
#![allow(dead_code, reason = "each test file takes what it needs")]

pub mod npu;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Output, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// Long enough for a busy machine; only a hang reaches it.
const HANG: Duration = Duration::from_secs(300);

/// A home, a data folder and a working folder that are empty at first.
pub struct Sandbox {
    dir: TempDir,
}

/// How a run ended. The sandbox's own folder reads `[DIR]` in the texts.
#[derive(Debug, PartialEq, Eq)]
pub struct Ended {
    pub code: Option<i32>,
    pub out: String,
    pub err: String,
}

impl Sandbox {
    pub fn new() -> Self {
        let dir = TempDir::new().unwrap();
        for folder in ["home", "run", "tmp", "work"] {
            fs::create_dir(dir.path().join(folder)).unwrap();
        }
        Self { dir }
    }

    /// The working folder.
    pub fn work(&self) -> PathBuf {
        self.dir.path().join("work")
    }

    /// Where models and recordings go.
    pub fn data(&self) -> PathBuf {
        self.dir.path().join("data")
    }

    /// Writes the settings file.
    pub fn settings(&self, content: &str) {
        let folder = self.dir.path().join("home/config/hark");
        fs::create_dir_all(&folder).unwrap();
        fs::write(folder.join("settings.toml"), content).unwrap();
    }

    /// Where temporary files go.
    pub fn temporary(&self) -> PathBuf {
        self.dir.path().join("tmp")
    }

    /// Where sockets go.
    pub fn runtime(&self) -> PathBuf {
        self.dir.path().join("run")
    }

    /// A file in the working folder.
    pub fn write(&self, name: &str, content: impl AsRef<[u8]>) -> PathBuf {
        let path = self.work().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, content).unwrap();
        path
    }

    /// What a file in the working folder holds.
    pub fn read(&self, name: &str) -> String {
        fs::read_to_string(self.work().join(name)).unwrap()
    }

    /// Names in a folder of the working folder, sorted.
    pub fn names(&self, folder: &str) -> Vec<String> {
        names(&self.work().join(folder))
    }

    /// The command, ready to start, with closed standard input.
    pub fn command(&self, arguments: &[&str]) -> Command {
        let home = self.dir.path().join("home");
        let mut command = Command::new(env!("CARGO_BIN_EXE_hark"));
        command
            .args(arguments)
            .current_dir(self.work())
            .env("HOME", &home)
            .env("XDG_DATA_HOME", home.join("data"))
            .env("XDG_CACHE_HOME", home.join("cache"))
            .env("XDG_CONFIG_HOME", home.join("config"))
            .env("HARK_DATA_DIR", self.data())
            .env("XDG_RUNTIME_DIR", self.runtime())
            // What a machine's NPU does is for the tests of it alone.
            .env("HARK_NPU", "off")
            .env("TMPDIR", self.temporary())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        for variable in [
            "HARK_CONFIG_DIR",
            "HARK_ISA",
            "HF_HOME",
            "HF_HUB_CACHE",
            "DISPLAY",
            "WAYLAND_DISPLAY",
            "RUST_BACKTRACE",
        ] {
            command.env_remove(variable);
        }
        command
    }

    /// Runs the command to its end.
    pub fn hark(&self, arguments: &[&str]) -> Ended {
        self.ended(self.command(arguments).output().unwrap())
    }

    /// A finished run with the sandbox's name taken out.
    pub fn ended(&self, output: Output) -> Ended {
        let plain = |bytes: Vec<u8>| {
            String::from_utf8(bytes).unwrap().replace(self.dir.path().to_str().unwrap(), "[DIR]")
        };
        Ended { code: output.status.code(), out: plain(output.stdout), err: plain(output.stderr) }
    }
}

impl Ended {
    /// Whether it ended well and without a word on standard error.
    #[track_caller]
    pub fn quietly(self) -> String {
        assert_eq!((self.code, self.err.as_str()), (Some(0), ""), "{self:?}");
        self.out
    }

    /// Whether it ended with this code and these texts.
    #[track_caller]
    pub fn is(&self, code: i32, out: &str, err: &str) {
        assert_eq!((self.code, self.out.as_str(), self.err.as_str()), (Some(code), out, err));
    }
}

/// A bundled clip.
pub fn clip(name: &str) -> String {
    format!("{}/../assets/demo/samples/{name}", env!("CARGO_MANIFEST_DIR"))
}

/// The reference's text of a bundled clip, decoded with timestamps.
pub fn expected(name: &str) -> String {
    let table = fs::read_to_string(clip("expected.tsv")).unwrap();
    let line = table.lines().find(|line| line.split('\t').next() == Some(name)).unwrap();
    line.split('\t').nth(1).unwrap().to_owned()
}

/// When the only segment of a bundled clip ends by the reference, in seconds.
pub fn expected_end(name: &str) -> f64 {
    let table = fs::read_to_string(clip("expected.tsv")).unwrap();
    let line = table.lines().find(|line| line.split('\t').next() == Some(name)).unwrap();
    let segments: Vec<(f64, f64, String)> = serde_json::from_str(line.split('\t').nth(3).unwrap()).unwrap();
    assert_eq!(segments.len(), 1, "{name}");
    segments[0].1
}

/// Names in a folder, sorted.
pub fn names(folder: &Path) -> Vec<String> {
    let mut names: Vec<_> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

/// Waits until something holds; a hang fails the test.
#[track_caller]
pub fn until(what: &str, mut holds: impl FnMut() -> bool) {
    let start = Instant::now();
    while !holds() {
        assert!(start.elapsed() < HANG, "waited in vain for {what}");
        sleep(Duration::from_millis(5));
    }
}

/// Presses Ctrl-C.
pub fn interrupt(child: &Child) {
    let kill = format!("kill -INT {}", child.id());
    assert!(Command::new("sh").args(["-c", &kill]).status().unwrap().success());
}

/// Waits for the end without hanging for ever.
#[track_caller]
pub fn end_of(child: &mut Child) -> ExitStatus {
    let mut status = None;
    until("the end of the program", || {
        status = child.try_wait().unwrap();
        status.is_some()
    });
    status.unwrap()
}
