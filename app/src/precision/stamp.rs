//! How a model's file is known again without reading it.

use hark_engine::model::ModelSpec;
use serde::{Deserialize, Serialize};
use std::fs;
use std::path::Path;
use std::time::UNIX_EPOCH;

/// Place, length and time of last change of a model's file; for what is built in, its name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stamp {
    place: String,
    bytes: u64,
    modified_ms: u64,
}

impl Stamp {
    /// The stamp of a model; `None` if the system does not tell.
    pub fn of(spec: &ModelSpec) -> Option<Self> {
        let built_in = |name: &str| Some(Self { place: name.into(), bytes: 0, modified_ms: 0 });
        match spec {
            ModelSpec::Demo => built_in("demo"),
            ModelSpec::DemoTiny => built_in("demo:tiny"),
            ModelSpec::DemoSmall => built_in("demo:small"),
            ModelSpec::Formula(formula) => built_in(formula),
            ModelSpec::Path(path) => Self::of_file(path),
        }
    }

    fn of_file(path: &Path) -> Option<Self> {
        let file = if path.is_dir() { path.join("model.safetensors") } else { path.to_owned() };
        let file = fs::canonicalize(file).ok()?;
        let metadata = file.metadata().ok()?;
        let modified = metadata.modified().ok()?.duration_since(UNIX_EPOCH).ok()?;
        Some(Self {
            place: file.to_string_lossy().into_owned(),
            bytes: metadata.len(),
            modified_ms: u64::try_from(modified.as_millis()).ok()?,
        })
    }

    /// Whether the file may be a copy of the other, or may have been moved.
    pub(super) fn may_be(&self, other: &Self) -> bool {
        self.bytes > 0 && self.bytes == other.bytes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_known_again_until_it_changes() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("ggml-a.bin");
        let spec = ModelSpec::Path(path.clone());
        assert_eq!(Stamp::of(&spec), None);
        fs::write(&path, "a model").unwrap();
        let first = Stamp::of(&spec).unwrap();
        assert_eq!(Stamp::of(&spec), Some(first.clone()));
        fs::write(&path, "another one").unwrap();
        let second = Stamp::of(&spec).unwrap();
        assert!(second != first && !second.may_be(&first));
        let copy = folder.path().join("ggml-b.bin");
        fs::copy(&path, &copy).unwrap();
        let copy = Stamp::of(&ModelSpec::Path(copy)).unwrap();
        assert!(copy != second && copy.may_be(&second));
    }

    #[test]
    fn a_folder_is_known_by_its_weights() {
        let folder = tempfile::tempdir().unwrap();
        let spec = ModelSpec::Path(folder.path().into());
        assert_eq!(Stamp::of(&spec), None);
        fs::write(folder.path().join("model.safetensors"), "weights").unwrap();
        assert_eq!(Stamp::of(&spec).unwrap().bytes, 7);
    }

    #[test]
    fn what_is_built_in_is_no_copy_of_anything() {
        let [demo, tiny] = [ModelSpec::Demo, ModelSpec::DemoTiny].map(|spec| Stamp::of(&spec).unwrap());
        assert!(demo != tiny && !demo.may_be(&tiny));
    }
}
