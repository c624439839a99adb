//! Where models lie: our own folder and the usual places of whisper.cpp and Hugging Face.

use directories::{BaseDirs, ProjectDirs};
use std::env;
use std::path::PathBuf;

/// The folders that are searched, in the order in which a model without a name is chosen.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Places {
    /// Folders with ggml files and Hugging Face folders side by side.
    pub folders: Vec<PathBuf>,
    /// The Hugging Face cache (`models--OWNER--NAME/snapshots/REVISION`).
    pub hugging_face: Option<PathBuf>,
}

/// Hark's data: `$HARK_DATA_DIR`, or else the system's place for it.
pub fn data_folder() -> Option<PathBuf> {
    set("HARK_DATA_DIR").or_else(|| Some(ProjectDirs::from("", "", "hark")?.data_dir().to_owned()))
}

/// Hark's own models.
pub fn models_folder() -> Option<PathBuf> {
    Some(data_folder()?.join("models"))
}

impl Places {
    /// The places of this machine and user. The working folder comes last: it is the one that
    /// changes by accident.
    pub fn usual() -> Self {
        let mut folders: Vec<_> = models_folder().into_iter().collect();
        let base = BaseDirs::new();
        if let Some(base) = &base {
            folders.push(base.cache_dir().join("whisper.cpp"));
            folders.push(base.data_dir().join("whisper.cpp"));
            folders.push(base.home_dir().join("whisper.cpp/models"));
        }
        folders.push(PathBuf::from("models"));
        let hugging_face = set("HF_HUB_CACHE")
            .or_else(|| Some(set("HF_HOME")?.join("hub")))
            .or_else(|| Some(base?.cache_dir().join("huggingface/hub")));
        Self { folders, hugging_face }
    }
}

fn set(variable: &str) -> Option<PathBuf> {
    env::var_os(variable).filter(|value| !value.is_empty()).map(PathBuf::from)
}
