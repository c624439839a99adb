use serde::{Deserialize, Serialize};
use std::path::PathBuf;

/// Which model is meant.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ModelSpec {
    /// The demo model in this binary.
    Demo,
    /// The demo model at the size of tiny.en, channels doubled.
    DemoTiny,
    /// The demo model at the size of small.en, channels repeated four times.
    DemoSmall,
    /// Weights from a formula, such as `formula:base` or `formula:tiny:multilingual:outliers`: for speed and shapes, not for text.
    Formula(String),
    /// A ggml file or a Hugging Face folder.
    Path(PathBuf),
}

impl ModelSpec {
    /// `demo`, `demo:tiny`, `demo:small`, `formula:…`, or else a path.
    pub fn parse(text: &str) -> Self {
        match text {
            "demo" => Self::Demo,
            "demo:tiny" => Self::DemoTiny,
            "demo:small" => Self::DemoSmall,
            _ if text.starts_with("formula:") => Self::Formula(text.into()),
            _ => Self::Path(text.into()),
        }
    }
}
