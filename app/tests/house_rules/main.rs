//! What must be absent from this repository, so that its rooms stay what ARCHITECTURE.md says they are.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod dependencies;
mod sources;

use sources::Source;
use std::fs;
use std::path::{Path, PathBuf};

/// Besides dot-files, what stands at the top level.
const TOP_LEVEL: &[&str] = &[
    "ARCHITECTURE.md",
    "CHANGELOG.md",
    "CONTRIBUTING.md",
    "Cargo.lock",
    "Cargo.toml",
    "LICENSE-APACHE",
    "LICENSE-MIT",
    "README.md",
    "app",
    "assets",
    "clippy.toml",
    "deny.toml",
    "engine",
    "kernels",
    "packaging",
    "run",
    "rustfmt.toml",
    "target",
    "test",
];

/// Where `unsafe` stands: the arithmetic kernels, what is spoken over C, and memory shared with another process.
const UNSAFE_ALLOWED: &[&str] = &[
    "engine/simd/src/",
    "engine/xdna/src/bindings.rs",
    "engine/xdna/src/raw.rs",
    "engine/xdna/src/shared.rs",
    "kernels/src/c_abi.rs",
    "kernels/src/c_array.rs",
];

/// Where a backend is made and owned.
const BACKEND_OWNERS: &[&str] =
    &["app/src/engine_thread.rs", "app/src/engine_thread/", "app/src/speeds/gauge.rs", "app/src/cli/bench/"];

/// Files over [`sources::LINES`] lines, each with the reason why it is not two.
const LONG_FILES: &[(&str, &str)] = &[];

/// Plain data of the engine that the window may show.
const SHOWN_BY_THE_WINDOW: &[&str] = &[
    "audio::TrackInfo",
    "encoder::BackendInfo",
    "encoder::BackendKind",
    "encoder::Evidence",
    "encoder::Precision",
    "encoder::npu::BackendChange",
    "encoder::npu::Counters",
    "encoder::npu::DeviceFacts",
    "encoder::npu::FaultKind",
    "encoder::npu::NpuKind",
    "encoder::npu::NpuReport",
    "encoder::npu::NpuSetting",
    "encoder::npu::NpuState",
    "encoder::npu::Pair",
    "encoder::npu::SelfCheck",
    "encoder::npu::Speeds",
    "encoder::npu::VigilReport",
    "encoder::npu::Why",
    "metrics::",
    "transcript::",
];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}

/// Text files of the repository whose names end in one of `endings`.
fn files(endings: &[&str]) -> Vec<Source> {
    let mut found = Vec::new();
    let mut folders = vec![root()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_string_lossy();
            if path.is_dir() {
                if !["target", ".git", "__pycache__"].contains(&&*name) {
                    folders.push(path);
                }
            } else if endings.iter().any(|ending| name.ends_with(ending)) {
                let inside = path.strip_prefix(root()).unwrap();
                found.push(Source::new(inside.to_str().unwrap(), fs::read_to_string(&path).unwrap()));
            }
        }
    }
    assert!(!found.is_empty(), "no {endings:?} files below {}", root().display());
    found.sort_by(|a, b| a.path.cmp(&b.path));
    found
}

fn rust() -> Vec<Source> {
    files(&[".rs"])
}

fn none(violations: Vec<String>) {
    assert!(violations.is_empty(), "\n{}\n", violations.join("\n"));
}

fn each(files: &[Source], rule: impl Fn(&Source) -> Vec<String>) {
    none(files.iter().flat_map(rule).collect());
}

#[test]
fn the_engine_knows_no_device_window_or_network() {
    let metadata = dependencies::Metadata::of(&root());
    none(metadata.reaches("hark-engine", dependencies::NOT_IN_THE_ENGINE));
}

#[test]
fn no_other_inference_engine_is_built_in() {
    let metadata = dependencies::Metadata::of(&root());
    none(metadata.reaches("hark", dependencies::OTHER_ENGINES));
}

#[test]
fn unsafe_stands_only_in_its_rooms() {
    each(&rust(), |file| {
        let allowed = UNSAFE_ALLOWED.iter().any(|place| file.path.starts_with(place));
        if allowed { Vec::new() } else { file.words(&["unsafe"]) }
    });
}

#[test]
fn the_window_shows_plain_data_only() {
    let gui: Vec<_> = rust().into_iter().filter(|file| file.path.starts_with("app/src/gui")).collect();
    each(&gui, |file| file.engine_paths_outside(SHOWN_BY_THE_WINDOW));
    each(&gui, |file| file.words(&["engine_thread", "EngineThread", "EngineCommand"]));
}

#[test]
fn only_the_engine_thread_touches_a_backend() {
    each(&rust(), |file| {
        let owned = BACKEND_OWNERS.iter().any(|place| file.path.starts_with(place));
        if !file.path.starts_with("app/src") || owned {
            return Vec::new();
        }
        file.words(&["Backend", "CpuBackend", "FakeBackend", "Decoder", "Scheduler", "Whisper"])
    });
}

#[test]
fn only_the_download_opens_connections_and_only_the_service_answers_them() {
    each(&rust(), |file| {
        let [download, serve] =
            ["app/src/download/", "app/src/serve/"].map(|place| file.path.starts_with(place));
        // A test asks the window's service as another program would.
        let asks = file.path == "app/src/session/programs_test.rs";
        let opens: &[&str] =
            if download || asks { &[] } else { &["TcpStream", "UdpSocket", "ToSocketAddrs", "ureq"] };
        let answers: &[&str] = if download || serve || asks { &[] } else { &["TcpListener"] };
        if file.path.starts_with("app/src/") { file.words(&[opens, answers].concat()) } else { Vec::new() }
    });
}

#[test]
fn without_features_no_network_is_built_in() {
    let metadata = dependencies::Metadata::without_features(&root());
    none(metadata.reaches("hark", dependencies::NETWORK));
    assert!(!dependencies::Metadata::of(&root()).reaches("hark", dependencies::NETWORK).is_empty());
}

#[test]
fn the_service_brings_nothing_that_connects_and_the_download_nothing_that_answers() {
    for (feature, list) in [("serve", dependencies::CONNECTS), ("download", dependencies::ANSWERS)] {
        none(dependencies::Metadata::with_feature(&root(), feature).reaches("hark", list));
    }
}

#[test]
fn channels_are_bounded() {
    each(&rust(), |file| if file.is_test() { Vec::new() } else { file.words(&["unbounded", "mpsc"]) });
}

#[test]
fn files_have_one_reason_to_exist() {
    let long = |path: &str| LONG_FILES.iter().any(|(name, _)| *name == path);
    each(&files(&[".rs", ".py", ".sh", "run", "test"]), |file| {
        if long(&file.path) { Vec::new() } else { file.too_long() }
    });
}

#[test]
fn exceptions_are_still_needed() {
    let all = rust();
    let at = |path: &str| all.iter().find(|file| file.path == path);
    for (path, reason) in LONG_FILES {
        assert!(!reason.is_empty(), "{path} is long without a reason");
        let needed = at(path).is_some_and(|file| !file.too_long().is_empty());
        assert!(needed, "{path} is not long any more: take it off the list");
    }
    for place in UNSAFE_ALLOWED {
        let needed =
            all.iter().any(|file| file.path.starts_with(place) && !file.words(&["unsafe"]).is_empty());
        assert!(needed, "{place} holds no `unsafe` any more: take it off the list");
    }
}

#[test]
fn nothing_is_left_to_do_in_the_code() {
    each(&files(&[".rs", ".py", ".sh", "run", "test"]), Source::left_to_do);
}

#[test]
fn nothing_names_a_place_outside() {
    each(
        &files(&[".rs", ".py", ".sh", ".md", ".toml", ".json", ".tsv", "run", "test"]),
        Source::foreign_places,
    );
    each(&rust(), Source::climbs_out);
}

#[test]
fn links_in_documents_lead_somewhere() {
    each(&files(&[".md"]), |file| {
        let folder = root().join(&file.path).parent().unwrap().to_owned();
        file.links()
            .into_iter()
            .filter(|(_, target)| !folder.join(target).exists())
            .map(|(at, _)| at)
            .collect()
    });
}

#[test]
fn ignored_tests_say_why() {
    each(&rust(), Source::ignored_without_reason);
}

#[test]
fn the_top_level_holds_only_known_files() {
    let unknown = fs::read_dir(root())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned())
        .filter(|name| !name.starts_with('.') && !TOP_LEVEL.contains(&name.as_str()))
        .map(|name| format!("{name}: unknown at the top level; it belongs in one of the folders"))
        .collect();
    none(unknown);
}
