//! What shows how dictation stands while Hark's window has not the focus.

use serde::{Deserialize, Serialize};

/// What the person wants of it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Choices {}
