//! Who depends on whom, as cargo resolves it for this machine.

use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::process::Command;

/// Devices, windows, sockets. A `*` stands for any ending.
pub const NOT_IN_THE_ENGINE: &str = "
    alsa* coreaudio* cpal jack* libpulse* pipewire* portaudio* pulseaudio* rodio
    arboard eframe egui* glow glutin* gtk* iced* wayland* wgpu* winit* x11*
    async-std curl* hyper* mio native-tls openssl* quinn* reqwest rustls* socket2 tokio* tungstenite* ureq* zbus*
";

/// Connections, to other machines or from them.
pub const NETWORK: &str =
    "axum* curl* hyper* mio native-tls openssl* quinn* reqwest rustls* socket2 tokio* tungstenite* ureq*";

/// What opens a connection, or hides what goes over it.
pub const CONNECTS: &str = "curl* native-tls openssl* quinn* reqwest rustls* tungstenite* ureq*";

/// What answers one.
pub const ANSWERS: &str = "axum* hyper* mio socket2 tokio*";

/// Programs that do what our own engine is for.
pub const OTHER_ENGINES: &str = "
    burn* candle* ct2rs* ctranslate2* llama-cpp* mistralrs* onnxruntime* ort ort-sys rten* sherpa* tch tensorflow*
    tflite* torch-sys tract* vosk* whisper* wonnx
";

/// Names of packages and what each is built from; test helpers apart.
pub struct Metadata {
    needs: BTreeMap<String, BTreeSet<String>>,
}

impl Metadata {
    /// Asks cargo, for this machine only: packages of other systems may never have been downloaded.
    pub fn of(root: &Path) -> Self {
        Self::with(root, &[])
    }

    /// As [`Metadata::of`], of what is built without any feature.
    pub fn without_features(root: &Path) -> Self {
        Self::with(root, &["--no-default-features"])
    }

    /// As [`Metadata::of`], of what is built with one feature of the app's alone.
    pub fn with_feature(root: &Path, feature: &str) -> Self {
        Self::with(root, &["--no-default-features", "--features", &format!("hark/{feature}")])
    }

    fn with(root: &Path, more: &[&str]) -> Self {
        let cargo = std::env::var("CARGO").unwrap_or_else(|_| "cargo".into());
        let output = Command::new(cargo)
            .args([
                "metadata",
                "--format-version",
                "1",
                "--offline",
                "--locked",
                "--filter-platform",
                &host(),
            ])
            .args(more)
            .current_dir(root)
            .output()
            .unwrap();
        assert!(output.status.success(), "cargo metadata: {}", String::from_utf8_lossy(&output.stderr));
        Self::read(&serde_json::from_slice(&output.stdout).unwrap())
    }

    fn read(metadata: &Value) -> Self {
        let list = |value: &Value| value.as_array().unwrap().clone();
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        let names: BTreeMap<String, String> =
            list(&metadata["packages"]).iter().map(|p| (text(&p["id"]), text(&p["name"]))).collect();
        let built_in = |dep: &Value| list(&dep["dep_kinds"]).iter().any(|kind| kind["kind"] != "dev");
        let mut needs: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        for node in list(&metadata["resolve"]["nodes"]) {
            let deps = list(&node["deps"]).into_iter().filter(built_in);
            // Two versions of a package are one here.
            needs
                .entry(names[&text(&node["id"])].clone())
                .or_default()
                .extend(deps.map(|dep| names[&text(&dep["pkg"])].clone()));
        }
        Self { needs }
    }

    /// Every package on the list that `package` is built from, with the way to it.
    pub fn reaches(&self, package: &str, list: &str) -> Vec<String> {
        assert!(self.needs.contains_key(package), "there is no package {package}");
        let mut found = Vec::new();
        let mut seen = BTreeSet::from([package]);
        let mut ways = vec![vec![package]];
        while let Some(way) = ways.pop() {
            let last = way[way.len() - 1];
            if way.len() > 1 && list.split_whitespace().any(|pattern| matches(pattern, last)) {
                found.push(way.join(" → "));
            }
            for next in self.needs.get(last).into_iter().flatten() {
                if seen.insert(next) {
                    ways.push([way.as_slice(), &[next]].concat());
                }
            }
        }
        found
    }
}

fn matches(pattern: &str, name: &str) -> bool {
    pattern.strip_suffix('*').map_or(pattern == name, |start| name.starts_with(start))
}

/// The machine that this test was built for and runs on, as rustc calls it.
fn host() -> String {
    let rustc = std::env::var("RUSTC").unwrap_or_else(|_| "rustc".into());
    let output = Command::new(rustc).arg("-vV").output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    text.lines().find_map(|line| line.strip_prefix("host: ")).unwrap().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    /// `engine` is built from `resampler`, which is built from `cpal`; only its tests need `egui`.
    fn made_up() -> Metadata {
        let dep =
            |name: &str, kind: Value| json!({ "pkg": format!("{name} 1"), "dep_kinds": [{ "kind": kind }] });
        let package = |name: &str| json!({ "id": format!("{name} 1"), "name": name });
        let node = |name: &str, deps: Vec<Value>| json!({ "id": format!("{name} 1"), "deps": deps });
        Metadata::read(&json!({
            "packages": [package("engine"), package("resampler"), package("cpal"), package("egui")],
            "resolve": { "nodes": [
                node("engine", vec![dep("resampler", Value::Null), dep("egui", json!("dev"))]),
                node("resampler", vec![dep("cpal", json!("build"))]),
                node("cpal", vec![]),
                node("egui", vec![]),
            ] },
        }))
    }

    #[test]
    fn a_forbidden_package_is_found_behind_others() {
        assert_eq!(made_up().reaches("engine", NOT_IN_THE_ENGINE), ["engine → resampler → cpal"]);
    }

    #[test]
    fn test_helpers_and_the_package_itself_are_no_dependencies() {
        assert!(made_up().reaches("engine", "egui* engine").is_empty());
        assert!(made_up().reaches("cpal", NOT_IN_THE_ENGINE).is_empty());
    }

    #[test]
    fn a_star_stands_for_any_ending() {
        assert!(matches("egui*", "egui") && matches("egui*", "egui-winit"));
        assert!(matches("ort", "ort") && !matches("ort", "orthography"));
    }
}
