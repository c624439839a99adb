//! How the person wants text delivered.

use serde::{Deserialize, Serialize};

/// How the person wants text delivered.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Choices {}
