//! A verdict as it is listed.

use super::Verdict;
use serde::Serialize;

/// A verdict with what follows from it.
#[derive(Clone, Debug, Serialize)]
pub struct Row {
    #[serde(flatten)]
    /// What was found.
    pub verdict: Verdict,
    /// Whether it is a good one.
    pub passed: bool,
}

impl Row {
    /// A verdict and whether it is a good one.
    pub fn of(verdict: Verdict) -> Self {
        Self { passed: verdict.proof.passed(), verdict }
    }
}
