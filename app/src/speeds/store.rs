//! What is known of speeds, kept as JSON in the data folder: a memory, not a record. Whatever is wrong with the file costs
//! nothing but another measurement.

use super::{Known, Sample, estimated};
use crate::models::published::Published;
use hark_engine::Precision;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// Measurements that the speed of a model is the median of.
const RECENT: usize = 9;
/// Shorter recordings say little: a window of 30 s is encoded whole.
const LONG_ENOUGH_S: f64 = 10.0;

/// What is known, and where it is kept.
#[derive(Debug, Default)]
pub struct Speeds {
    path: Option<PathBuf>,
    kept: Kept,
}

#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(default)]
struct Kept {
    /// Samples hold for this: instruction set, threads, version of Hark.
    machine: String,
    /// By precision and channels.
    samples: BTreeMap<String, Sample>,
    /// Audio time per processing time of the last recordings, by model.
    measured: BTreeMap<String, Vec<f64>>,
}

impl Speeds {
    /// Reads what is known from `folder`; without one, nothing is remembered. Samples of another machine are forgotten.
    pub fn open(folder: Option<&Path>, threads: usize) -> Self {
        let path = folder.map(|folder| folder.join("speeds.json"));
        let read = |path: &PathBuf| serde_json::from_slice::<Kept>(&fs::read(path).ok()?).ok();
        let mut kept = path.as_ref().and_then(read).unwrap_or_default();
        let machine =
            format!("{}, {threads} threads, {}", hark_engine::machine_isa(), env!("CARGO_PKG_VERSION"));
        if kept.machine != machine {
            kept = Kept { machine, measured: kept.measured, ..Kept::default() };
        }
        kept.measured.values_mut().for_each(|speeds| speeds.retain(|x| x.is_finite() && *x > 0.0));
        Self { path, kept }
    }

    /// What is known of a model that computes in this precision.
    pub fn of(&self, model: &Published, precision: Precision) -> Option<Known> {
        if let Some(speeds) = self.kept.measured.get(model.name)
            && let Some(x) = median(speeds)
        {
            return Some(Known::Measured(x));
        }
        let dims = model.dims();
        let sample = self.kept.samples.get(&key(precision, dims.n_audio_state))?;
        let x = estimated(&dims, sample);
        (x.is_finite() && x > 0.0).then_some(Known::Estimated(x))
    }

    /// Whether layers of this width were timed in this precision.
    pub fn has_sample(&self, precision: Precision, width: usize) -> bool {
        self.kept.samples.contains_key(&key(precision, width))
    }

    /// Takes note of the times of a layer; what is to be written.
    pub fn sampled(
        &mut self,
        precision: Precision,
        width: usize,
        sample: Sample,
    ) -> Option<(PathBuf, Vec<u8>)> {
        self.kept.samples.insert(key(precision, width), sample);
        self.file()
    }

    /// Takes note of a recording that this model has transcribed; what is to be written.
    pub fn measured(&mut self, model: &str, audio_s: f64, processing_s: f64) -> Option<(PathBuf, Vec<u8>)> {
        let x = audio_s / processing_s;
        if audio_s < LONG_ENOUGH_S || !x.is_finite() || x <= 0.0 {
            return None;
        }
        let speeds = self.kept.measured.entry(model.to_owned()).or_default();
        speeds.push(x);
        let old = speeds.len().saturating_sub(RECENT);
        speeds.drain(..old);
        self.file()
    }

    fn file(&self) -> Option<(PathBuf, Vec<u8>)> {
        Some((self.path.clone()?, serde_json::to_vec_pretty(&self.kept).ok()?))
    }
}

fn key(precision: Precision, width: usize) -> String {
    format!("{} {width}", precision.name())
}

fn median(speeds: &[f64]) -> Option<f64> {
    let mut sorted = speeds.to_vec();
    sorted.sort_by(f64::total_cmp);
    sorted.get(sorted.len() / 2).copied()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::models::published::by_name;
    use crate::test_chance::Chance;

    const SAMPLE: Sample = Sample { mel: 0.01, encoder: 0.1, cross: 0.01, step: 0.005 };

    fn write(file: Option<(PathBuf, Vec<u8>)>) {
        let (path, bytes) = file.unwrap();
        fs::write(path, bytes).unwrap();
    }

    #[test]
    fn an_estimate_becomes_measured_with_use_and_stays_known() {
        let dir = tempfile::tempdir().unwrap();
        let base = by_name("base").unwrap();
        let mut speeds = Speeds::open(Some(dir.path()), 2);
        assert_eq!(speeds.of(base, Precision::Int8), None);
        write(speeds.sampled(Precision::Int8, 512, SAMPLE));
        let mut speeds = Speeds::open(Some(dir.path()), 2);
        assert!(matches!(speeds.of(base, Precision::Int8), Some(Known::Estimated(_))));
        assert!(speeds.has_sample(Precision::Int8, 512) && !speeds.has_sample(Precision::Int8, 384));
        assert_eq!(speeds.of(base, Precision::F32), None);
        for (audio, processing) in [(30.0, 3.0), (30.0, 30.0), (60.0, 5.0)] {
            write(speeds.measured("base", audio, processing));
        }
        let speeds = Speeds::open(Some(dir.path()), 2);
        assert_eq!(speeds.of(base, Precision::Int8), Some(Known::Measured(10.0)));
        // With other threads the sample says nothing, but what was measured was measured.
        let other = Speeds::open(Some(dir.path()), 3);
        assert!(!other.has_sample(Precision::Int8, 512));
        assert_eq!(other.of(base, Precision::F32), Some(Known::Measured(10.0)));
    }

    #[test]
    fn what_says_nothing_is_not_counted() {
        let mut speeds = Speeds::default();
        for (audio, processing) in [(3.0, 1.0), (30.0, 0.0), (0.0, 0.0), (f64::NAN, 1.0)] {
            assert!(speeds.measured("base", audio, processing).is_none());
        }
        assert_eq!(speeds.of(by_name("base").unwrap(), Precision::Int8), None);
    }

    #[test]
    fn damage_by_chance_gives_speeds_that_can_be_shown_or_none() {
        let dir = tempfile::tempdir().unwrap();
        let mut speeds = Speeds::open(Some(dir.path()), 1);
        write(speeds.measured("base", 30.0, 10.0));
        write(speeds.sampled(Precision::Int8, 384, SAMPLE));
        let whole = fs::read(dir.path().join("speeds.json")).unwrap();
        for bytes in Chance(4).damaged(&whole, 300) {
            fs::write(dir.path().join("speeds.json"), bytes).unwrap();
            let mut read = Speeds::open(Some(dir.path()), 1);
            for (name, precision) in [("base", Precision::F32), ("tiny", Precision::Int8)] {
                match read.of(by_name(name).unwrap(), precision) {
                    Some(Known::Measured(x) | Known::Estimated(x)) => {
                        assert!(x.is_finite() && x > 0.0, "{x}")
                    }
                    None => {}
                }
            }
            assert!(read.measured("small", 30.0, 10.0).is_some());
        }
    }

    #[test]
    fn a_damaged_file_costs_nothing() {
        let dir = tempfile::tempdir().unwrap();
        for text in ["", "[", "{\"measured\": 3}", "{\"measured\": {\"base\": [-1, 0]}}"] {
            fs::write(dir.path().join("speeds.json"), text).unwrap();
            assert_eq!(Speeds::open(Some(dir.path()), 1).of(by_name("base").unwrap(), Precision::Int8), None);
        }
    }
}
