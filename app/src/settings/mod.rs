//! What the person chose, kept as TOML in the configuration folder.
//!
//! What cannot be read costs only itself, be it a line, a field or an entry of a list, and the file is kept as it was
//! before it is first written again. Comments, and fields of a newer Hark, stay in the file.

mod anywhere;
mod dictation;
mod document;
mod indicator;
mod merge;
mod migration;
#[cfg(test)]
mod mutation_tests;
mod pruned;
mod service;
mod store;
#[cfg(test)]
mod store_tests;
mod window;

pub use anywhere::Anywhere;
pub use dictation::{DictationChoices, LiveText, MOST_CANDIDATES};
pub use indicator::IndicatorChoices;
#[cfg(feature = "serve")]
pub use service::SERVICE_PORT;
pub use service::ServiceChoices;
pub use store::Store;
pub use window::{Theme, WindowChoices};

use crate::history::Keeping;
use directories::ProjectDirs;
use hark_engine::encoder::npu::NpuSetting;
use serde::{Deserialize, Deserializer, Serialize};
use std::collections::BTreeMap;
use std::env;
use std::path::PathBuf;
use std::sync::Arc;

/// What can be chosen.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Settings {
    /// Name or path of the model; `None` is whatever is found.
    #[serde(deserialize_with = "unless_empty")]
    pub model: Option<String>,
    /// Stable id of the microphone; `None` is the system's default.
    #[serde(deserialize_with = "unless_empty")]
    pub microphone: Option<String>,
    /// What the system called it when it was chosen: whoever misses it does not know its id.
    #[serde(deserialize_with = "unless_empty", skip_serializing_if = "Option::is_none")]
    pub microphone_name: Option<String>,
    /// Where models are fetched from in place of where they are published.
    #[serde(deserialize_with = "unless_empty")]
    pub mirror: Option<String>,
    /// Whether encoders may run on the NPU.
    pub npu: NpuSetting,
    /// The channel to record, counted from 0, by the stable id of a microphone; of others it is the one
    /// on which somebody speaks. In the file it is counted from 1, as people do.
    #[serde(with = "counted")]
    pub channels: BTreeMap<String, usize>,
    /// How speech becomes text.
    pub dictation: DictationChoices,
    /// How the window looks.
    pub window: WindowChoices,
    /// What is kept of dictations.
    pub history: Keeping,
    /// Texts for other programs.
    pub service: ServiceChoices,
    /// Dictation into other apps; shared with all who show it or act on it. It is read and written apart.
    #[serde(skip)]
    pub anywhere: Arc<Anywhere>,
}

/// The configuration folder: `$HARK_CONFIG_DIR`, or else the system's place for it.
pub fn config_folder() -> Option<PathBuf> {
    let set = env::var_os("HARK_CONFIG_DIR").filter(|value| !value.is_empty());
    set.map(PathBuf::from).or_else(|| Some(ProjectDirs::from("", "", "hark")?.config_dir().to_owned()))
}

/// A text; an empty one is none.
fn unless_empty<'de, D: Deserializer<'de>>(from: D) -> Result<Option<String>, D::Error> {
    Ok(Option::<String>::deserialize(from)?.filter(|text| !text.is_empty()))
}

/// Numbers that people count from 1.
mod counted {
    use serde::{Deserialize, Deserializer, Serializer};
    use std::collections::BTreeMap;
    use std::num::NonZeroUsize;

    pub fn serialize<S: Serializer>(map: &BTreeMap<String, usize>, to: S) -> Result<S::Ok, S::Error> {
        to.collect_map(map.iter().map(|(name, number)| (name, number.saturating_add(1))))
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<BTreeMap<String, usize>, D::Error> {
        let counted = BTreeMap::<String, NonZeroUsize>::deserialize(from)?;
        Ok(counted.into_iter().map(|(name, number)| (name, number.get() - 1)).collect())
    }
}
