//! A step of trying a device out, as the worker tells of it.

use super::report::SelfCheck;
use serde::{Deserialize, Serialize};

/// All steps, in their order: small programs with known results, then what a model's encoder does.
pub const STEPS: [&str; 6] = ["passthrough", "element-wise", "product", "attention", LAYER, ENCODER];
/// A model's first layer.
pub(super) const LAYER: &str = "layer";
/// All of its encoder.
pub(super) const ENCODER: &str = "encoder";

/// A step that was done.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Step {
    /// One of [`STEPS`].
    pub name: String,
    /// The distance from the CPU's result.
    pub check: SelfCheck,
    /// How long the commands took, run by run, in milliseconds.
    pub times_ms: Vec<f64>,
    /// Commands that the device completed for it.
    pub commands: u64,
}

impl Step {
    /// The median of the times, in milliseconds.
    pub fn median_ms(&self) -> f64 {
        let mut times = self.times_ms.clone();
        times.sort_by(f64::total_cmp);
        times.get(times.len() / 2).copied().unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_is_that_of_the_times_in_order() {
        let check = SelfCheck { relative_l2: 0.0, largest: 0.0, limit: 0.0 };
        let step = |times_ms| Step { name: LAYER.into(), check, times_ms, commands: 1 };
        assert_eq!(step(vec![9.0, 1.0, 2.0]).median_ms(), 2.0);
        assert_eq!(step(vec![]).median_ms(), 0.0);
        assert!(check.passed(), "a limit of 0 can be held");
    }
}
