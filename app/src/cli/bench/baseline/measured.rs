//! What several measurements of the same come to.

use super::accuracy::Accuracy;
use super::figures::{self, Kept};
use crate::cli::bench::figure::Figure;
use crate::cli::bench::report::{Machine, Run};
use hark_engine::encoder::BackendKind;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The best of several measurements on one machine.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Measured {
    /// Who encoded.
    pub backend: BackendKind,
    /// The CPU, as it calls itself.
    pub cpu: Option<String>,
    /// What it can do that Hark's kernels ask for.
    pub features: Vec<String>,
    /// How often everything was measured.
    pub rounds: usize,
    /// The part of all processors' time that others had meanwhile; `None` where the system does not tell.
    pub others: Option<f64>,
    /// The highest, in 10⁹ per second: operations, and bytes read.
    pub peaks: BTreeMap<String, f64>,
    pub figures: BTreeMap<String, Best>,
    /// The bundled clips by the bundled model, in this precision.
    pub accuracy: Accuracy,
}

/// A figure.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Best {
    /// Of the best measurement: milliseconds, or 10⁶ bytes.
    pub value: Figure,
    /// The part of its time that it would take at the machine's peaks.
    pub share: f64,
    /// How much smaller that was in the worst measurement, as a part of it.
    pub spread: f64,
}

impl Measured {
    /// Of runs of the same model, whose file has so many bytes; `None` of no runs.
    pub fn of(runs: &[Run], file_bytes: u64, accuracy: Accuracy, others: Option<f64>) -> Option<Self> {
        let (first, more) = runs.split_first()?;
        let peaks = more.iter().fold(first.ceilings.clone(), |peaks, run| peaks.or_higher(&run.ceilings));
        let kept: Vec<Kept> = runs.iter().flat_map(|run| figures::of(run, &peaks, file_bytes)).collect();
        let mut figures: BTreeMap<String, Best> = BTreeMap::new();
        for Kept { name, figure, share } in &kept {
            let shares = kept.iter().filter(|kept| kept.name == *name).map(|kept| kept.share);
            let (least, most) = shares.fold((*share, *share), |(l, m), share| (l.min(share), m.max(share)));
            if *share == most {
                figures
                    .insert((*name).into(), Best { value: *figure, share: most, spread: 1.0 - least / most });
            }
        }
        let machine = Machine::this();
        let mut features: Vec<_> = machine.features.into_iter().map(str::to_owned).collect();
        features.extend(peaks.int8_matrix_peak_gops.map(|_| "matrices".to_owned()));
        let peaks = figures::peaks(&peaks).into_iter().map(|(name, peak)| (name.to_owned(), peak)).collect();
        let (backend, cpu, rounds) = (first.backend.kind, machine.cpu, runs.len());
        Some(Self { backend, cpu, features, rounds, others, peaks, figures, accuracy })
    }
}
