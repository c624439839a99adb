//! What the person chose, kept as JSON in the configuration folder.
//!
//! What cannot be read costs only itself, be it a field or an entry of a list, and the file is kept as it was before
//! it is first written again. A field of a newer Hark stays in the file.

mod anywhere;
mod indicator;

pub use anywhere::Anywhere;
pub use indicator::IndicatorChoices;

use crate::delivery::atomically;
use crate::history::Keeping;
use directories::ProjectDirs;
use hark_engine::encoder::npu::NpuSetting;
use serde_json::{Map, Value};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::{env, fs, io};

const CHANNELS: &str = "channels";
const HISTORY: &str = "history";

/// What can be chosen.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Settings {
    /// Name or path of the model; `None` is whatever is found.
    pub model: Option<String>,
    /// Stable id of the microphone; `None` is the system's default.
    pub microphone: Option<String>,
    /// Whether text is shown while it is spoken.
    pub live_text: LiveText,
    /// Where models are fetched from in place of where they are published.
    pub mirror: Option<String>,
    /// Whether encoders may run on the NPU.
    pub npu: NpuSetting,
    /// The channel to record, counted from 0, by the stable id of a microphone; of others it is the one
    /// on which somebody speaks.
    pub channels: BTreeMap<String, usize>,
    /// What is kept of dictations.
    pub history: Keeping,
    /// Dictation into other apps; shared with all who show it or act on it.
    pub anywhere: Arc<Anywhere>,
}

/// When text is shown while it is spoken.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum LiveText {
    #[default]
    On,
    /// Not on battery: it takes far more computing than the text alone.
    OnMains,
    Off,
}

impl LiveText {
    /// Every choice, and its name in the file.
    pub const ALL: [(Self, &str); 3] = [(Self::On, "on"), (Self::OnMains, "on mains"), (Self::Off, "off")];

    fn name(self) -> &'static str {
        Self::ALL.into_iter().find(|(choice, _)| *choice == self).map_or("", |(_, name)| name)
    }
}

/// Settings and the file they live in.
#[derive(Debug)]
pub struct Store {
    path: PathBuf,
    settings: Settings,
    /// The file as it was read, with whatever else stands in it.
    file: Map<String, Value>,
    /// Its text, if some of it could not be read.
    damaged: Option<Arc<[u8]>>,
}

/// The configuration folder: `$HARK_CONFIG_DIR`, or else the system's place for it.
pub fn config_folder() -> Option<PathBuf> {
    let set = env::var_os("HARK_CONFIG_DIR").filter(|value| !value.is_empty());
    set.map(PathBuf::from).or_else(|| Some(ProjectDirs::from("", "", "hark")?.config_dir().to_owned()))
}

impl Store {
    /// Reads the settings in `folder`, and says for people what could not be read.
    pub fn open(folder: &Path) -> (Self, Vec<String>) {
        let path = folder.join("settings.json");
        let mut problems = Vec::new();
        let bytes = match fs::read(&path) {
            Ok(bytes) => Some(bytes),
            Err(error) if error.kind() == io::ErrorKind::NotFound => None,
            Err(error) => {
                problems.push(format!("cannot read {}: {error}", path.display()));
                None
            }
        };
        let file = bytes.as_ref().map_or_else(|| Ok(Map::new()), |bytes| serde_json::from_slice(bytes));
        let file = file.unwrap_or_else(|error| {
            problems.push(format!("{} is not valid JSON ({error}); it starts afresh", path.display()));
            Map::new()
        });
        let mut text = |name: &str| match file.get(name) {
            None | Some(Value::Null) => None,
            Some(Value::String(text)) => Some(text.clone()),
            Some(other) => {
                problems.push(format!("the setting {name:?} should be a text, not {other}; it is ignored"));
                None
            }
        };
        let (model, microphone) = (text("model"), text("microphone"));
        let mirror = text("mirror");
        let (live_text, npu) = (text("live text"), text("npu"));
        let known = |name: &str| LiveText::ALL.into_iter().find(|(_, known)| *known == name);
        let live_text = match live_text.as_deref().map(|name| (name, known(name))) {
            Some((name, None)) => {
                problems.push(format!("the setting \"live text\" cannot be {name:?}; it is ignored"));
                LiveText::default()
            }
            Some((_, Some((choice, _)))) => choice,
            None => LiveText::default(),
        };
        let npu = match npu.as_deref() {
            None | Some("auto") => NpuSetting::Auto,
            Some("off") => NpuSetting::Off,
            Some(other) => {
                problems.push(format!("the setting \"npu\" cannot be {other:?}; it is ignored"));
                NpuSetting::Auto
            }
        };
        let channels = channels(file.get(CHANNELS), &mut problems);
        let anywhere = Arc::new(Anywhere::read(&file, &mut problems));
        let history = anywhere::section(&file, HISTORY, &mut problems);
        let settings = Settings { model, microphone, live_text, mirror, npu, channels, history, anywhere };
        let damaged = bytes.filter(|_| !problems.is_empty()).map(Arc::from);
        if damaged.is_some() {
            problems
                .push(format!("before anything is changed, the file is kept as {}", aside(&path).display()));
        }
        (Self { path, settings, file, damaged }, problems)
    }

    /// The settings.
    pub fn get(&self) -> &Settings {
        &self.settings
    }

    /// Changes the settings. They hold at once, and at the next start if what this gives is written.
    pub fn change(&mut self, change: impl FnOnce(&mut Settings)) -> SettingsFile {
        change(&mut self.settings);
        let Settings { model, microphone, live_text, mirror, npu, channels, history, anywhere } =
            &self.settings;
        anywhere::put(&mut self.file, HISTORY, history);
        anywhere.write(&mut self.file);
        let live_text = (*live_text != LiveText::default()).then(|| live_text.name().to_owned());
        let npu = (*npu == NpuSetting::Off).then(|| "off".to_owned());
        let texts = [
            ("model", model),
            ("microphone", microphone),
            ("live text", &live_text),
            ("mirror", mirror),
            ("npu", &npu),
        ];
        for (name, value) in texts {
            match value {
                Some(text) => self.file.insert(name.into(), Value::String(text.clone())),
                None => self.file.remove(name),
            };
        }
        // People count from 1.
        let counted = |(id, channel): (&String, &usize)| (id.clone(), Value::from(channel + 1));
        let channels: Map<_, _> = channels.iter().map(counted).collect();
        match channels.is_empty() {
            true => self.file.remove(CHANNELS),
            false => self.file.insert(CHANNELS.into(), Value::Object(channels)),
        };
        SettingsFile { path: self.path.clone(), file: self.file.clone(), damaged: self.damaged.clone() }
    }
}

fn channels(value: Option<&Value>, problems: &mut Vec<String>) -> BTreeMap<String, usize> {
    let mut channels = BTreeMap::new();
    let empty = Map::new();
    let entries = match value {
        None | Some(Value::Null) => &empty,
        Some(Value::Object(entries)) => entries,
        Some(other) => {
            problems.push(format!(
                "the setting {CHANNELS:?} should list microphones, not {other}; it is ignored"
            ));
            &empty
        }
    };
    for (id, value) in entries {
        match value.as_u64().and_then(|n| usize::try_from(n).ok()?.checked_sub(1)) {
            Some(channel) => {
                channels.insert(id.clone(), channel);
            }
            None => {
                problems.push(format!("the channel of {id} should be 1 or more, not {value}; it is ignored"))
            }
        }
    }
    channels
}

/// Settings as they are to be written.
#[must_use = "settings that are not written are gone when the program ends"]
#[derive(Debug)]
pub struct SettingsFile {
    path: PathBuf,
    file: Map<String, Value>,
    damaged: Option<Arc<[u8]>>,
}

impl SettingsFile {
    /// Writes the file, whole or not at all. A file that could not be read whole is kept beside it: somebody may
    /// have a typing error in hours of work.
    ///
    /// # Errors
    /// If it cannot be written.
    pub fn write(self) -> io::Result<()> {
        if let Some(folder) = self.path.parent() {
            fs::create_dir_all(folder)?;
        }
        if let Some(damaged) = &self.damaged
            && fs::read(&self.path).is_ok_and(|present| *present == **damaged)
        {
            fs::copy(&self.path, aside(&self.path))?;
        }
        let text = serde_json::to_string_pretty(&self.file)?;
        atomically(&self.path, format!("{text}\n").as_bytes())
    }
}

/// A free name for a file that could not be read whole.
fn aside(path: &Path) -> PathBuf {
    let name = |number: u32| match number {
        1 => path.with_extension("json.broken"),
        _ => path.with_extension(format!("json.broken-{number}")),
    };
    (1..).map(name).find(|name| !name.exists()).unwrap_or_else(|| name(1))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(model: Option<&str>, microphone: Option<&str>) -> Settings {
        Settings {
            model: model.map(Into::into),
            microphone: microphone.map(Into::into),
            ..Settings::default()
        }
    }

    fn opened(text: &str) -> (tempfile::TempDir, Store, Vec<String>) {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("settings.json"), text).unwrap();
        let (store, problems) = Store::open(folder.path());
        (folder, store, problems)
    }

    #[test]
    fn what_was_chosen_is_there_at_the_next_start() {
        let folder = tempfile::tempdir().unwrap();
        let inside = folder.path().join("not yet there");
        let (mut store, problems) = Store::open(&inside);
        assert_eq!((store.get(), problems.len()), (&Settings::default(), 0));
        store.change(|s| s.model = Some("base.en".into())).write().unwrap();
        store.change(|s| s.microphone = Some("alsa:default".into())).write().unwrap();
        let (mut store, problems) = Store::open(&inside);
        assert_eq!((store.get(), problems.len()), (&settings(Some("base.en"), Some("alsa:default")), 0));
        store.change(|s| s.microphone = None).write().unwrap();
        assert_eq!(Store::open(&inside).0.get(), &settings(Some("base.en"), None));
    }

    #[test]
    fn a_bad_field_costs_only_itself() {
        let (_folder, store, problems) = opened(r#"{"model": 7, "microphone": "alsa:default"}"#);
        assert_eq!(store.get(), &settings(None, Some("alsa:default")));
        assert_eq!(problems[0], "the setting \"model\" should be a text, not 7; it is ignored");
        assert!(problems[1].ends_with("settings.json.broken") && problems.len() == 2);
    }

    #[test]
    fn channels_are_remembered_by_microphone_and_counted_from_one() {
        let (folder, mut store, problems) =
            opened(r#"{"channels": {"alsa:a": 2, "alsa:b": 0, "alsa:c": "x"}}"#);
        assert_eq!((store.get().channels.clone(), problems.len()), ([("alsa:a".into(), 1)].into(), 3));
        store
            .change(|s| {
                s.channels.insert("alsa:d".into(), 0);
            })
            .write()
            .unwrap();
        let (mut store, problems) = Store::open(folder.path());
        let both = [("alsa:a".into(), 1), ("alsa:d".into(), 0)].into();
        assert_eq!((&store.get().channels, problems.len()), (&both, 0));
        store.change(|s| s.channels.clear()).write().unwrap();
        assert!(!fs::read_to_string(folder.path().join("settings.json")).unwrap().contains("channels"));
        assert_eq!(opened(r#"{"channels": 2}"#).2.len(), 2);
    }

    #[test]
    fn fields_of_a_newer_version_survive() {
        let (folder, mut store, problems) = opened(r#"{"model": null, "hotkey": {"key": "F9"}}"#);
        assert_eq!((store.get(), problems.len()), (&Settings::default(), 0));
        store.change(|s| s.model = Some("tiny".into())).write().unwrap();
        let text = fs::read_to_string(folder.path().join("settings.json")).unwrap();
        let file: Value = serde_json::from_str(&text).unwrap();
        assert_eq!(file["hotkey"]["key"], "F9");
        assert_eq!(file["model"], "tiny");
    }

    #[test]
    fn what_is_no_json_is_kept_aside() {
        for text in ["{\"model\": ", "[1, 2]", "\0\u{1}"] {
            let (folder, mut store, problems) = opened(text);
            assert_eq!((store.get(), problems.len()), (&Settings::default(), 2), "{text:?}");
            store.change(|s| s.model = Some("tiny".into())).write().unwrap();
            assert_eq!(fs::read_to_string(folder.path().join("settings.json.broken")).unwrap(), text);
        }
    }

    #[test]
    fn what_could_not_be_read_whole_is_kept_aside_before_it_is_written_and_only_then() {
        let text = r#"{"text rules": {"replacements": [{"heard": 7}, {"heard": ["a"]}]}}"#;
        let (folder, mut store, problems) = opened(text);
        assert_eq!(problems.len(), 2, "{problems:?}");
        let kept = |name: &str| fs::read_to_string(folder.path().join(name)).ok();
        assert_eq!(kept("settings.json.broken"), None);
        store.change(|s| s.model = Some("tiny".into())).write().unwrap();
        store.change(|s| s.model = Some("base".into())).write().unwrap();
        assert_eq!(kept("settings.json.broken").as_deref(), Some(text));
        assert_eq!(kept("settings.json.broken-2"), None, "the file is whole by then");
        let (store, problems) = Store::open(folder.path());
        assert_eq!((store.get().anywhere.rules.replacements.len(), problems.len()), (1, 0));
        fs::write(folder.path().join("settings.json"), "{").unwrap();
        let (mut store, _) = Store::open(folder.path());
        store.change(|s| s.model = None).write().unwrap();
        assert_eq!(kept("settings.json.broken").as_deref(), Some(text), "an older one stays");
        assert_eq!(kept("settings.json.broken-2").as_deref(), Some("{"));
    }
}
