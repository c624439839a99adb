//! What has been proved on this machine, kept as JSON in the data folder.
//!
//! A verdict holds for a model's content, an instruction set and a version of Hark. The file is a
//! memory, not a record: whatever is wrong with it costs nothing but another proof.

use super::Stamp;
use crate::delivery::atomically;
use crate::text::{reason, utc_name};
use hark_engine::proof::Proof;
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime, UNIX_EPOCH};
use std::{fs, io};

const VERSION: u32 = 1;
/// Models that are remembered, each per instruction set and version of Hark.
const MOST_MODELS: usize = 64;
/// Places that are remembered of each.
const MOST_PLACES: usize = 4;
/// More than all of them take.
const LARGEST_FILE: u64 = 4 << 20;

/// What became of a candidate.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Verdict {
    /// What was found.
    #[serde(flatten)]
    pub proof: Proof,
    /// How long the proof took.
    pub seconds: f64,
    /// When it ended, in seconds since 1970.
    pub at: u64,
}

impl Verdict {
    /// A proof that has just ended. JSON has no infinite errors, so they become very large.
    pub fn new(proof: Proof, seconds: f64) -> Self {
        let finite = |value: f32| if value.is_finite() { value } else { f32::MAX };
        let proof = Proof {
            encoder_worst: finite(proof.encoder_worst),
            encoder_mean: finite(proof.encoder_mean),
            disagreements: proof.disagreements.into_iter().map(finite).collect(),
            ..proof
        };
        let at = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
        Self { proof, seconds, at }
    }

    /// The errors and gaps, for people.
    pub fn summary(&self) -> String {
        let Proof { encoder_worst, encoder_mean, steps, disagreements, .. } = &self.proof;
        let widest = disagreements.iter().copied().fold(0.0, f32::max);
        let choices = match disagreements.len() {
            0 => format!("all of {steps} choices agree"),
            1 => format!("1 of {steps} choices differs (f32's two best {widest:.2} nat apart)"),
            n => format!("{n} of {steps} choices differ (f32's two best at most {widest:.2} nat apart)"),
        };
        format!("encoder error {encoder_worst:.4} at worst, {encoder_mean:.4} on average; {choices}")
    }

    /// The day of the proof in UTC, `YYYY-MM-DD`.
    pub fn day(&self) -> String {
        let mut name = utc_name(UNIX_EPOCH + Duration::from_secs(self.at));
        name.truncate("YYYY-MM-DD".len());
        name
    }
}

/// Everything that is remembered.
#[derive(Debug)]
pub struct Verdicts {
    /// Nowhere if this user has no home folder.
    path: Option<PathBuf>,
    /// The instruction set that verdicts are asked for.
    isa: String,
    models: Vec<Known>,
}

#[derive(Serialize, Deserialize)]
struct Content {
    version: u32,
    models: Vec<Known>,
}

/// A model under one instruction set and version of Hark; the newest is the last of the list.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Known {
    fingerprint: String,
    isa: String,
    hark: String,
    places: Vec<Stamp>,
    verdicts: Vec<Verdict>,
}

impl Verdicts {
    /// Reads what is remembered in the data folder, and says for people what could not be read.
    pub fn open(folder: Option<&Path>, isa: String) -> (Self, Option<String>) {
        let mut verdicts = Self { path: folder.map(|f| f.join("verdicts.json")), isa, models: Vec::new() };
        let problem = verdicts.read_again();
        (verdicts, problem)
    }

    /// Reads the file again, which another Hark may have written to. What cannot be read is set aside.
    pub fn read_again(&mut self) -> Option<String> {
        let path = self.path.as_deref()?;
        let error = match read(path) {
            Ok(models) => {
                self.models = models;
                return None;
            }
            Err(error) => error,
        };
        if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) {
            return None;
        }
        let aside = path.with_extension("json.broken");
        let kept = match fs::rename(path, &aside) {
            Ok(()) => format!("it is kept as {}", aside.display()),
            Err(error) => format!("it cannot be set aside: {}", reason(&error)),
        };
        Some(format!(
            "{} cannot be used ({}); {kept}, and precisions are proved again",
            path.display(),
            reason(&error)
        ))
    }

    /// What has been found about the model of this stamp. `fingerprint` takes as long as reading the
    /// model, and is asked only if a model of the same length is known from another place.
    pub fn about(&mut self, stamp: &Stamp, fingerprint: impl FnOnce() -> String) -> Vec<Verdict> {
        let seen = self.models.iter().rev().find(|known| known.places.contains(stamp));
        if let Some(known) = seen {
            return self.of(&known.fingerprint.clone());
        }
        if !self.models.iter().any(|known| known.places.iter().any(|place| stamp.may_be(place))) {
            return Vec::new();
        }
        let fingerprint = fingerprint();
        let found = self.of(&fingerprint);
        if !found.is_empty() {
            self.here(&fingerprint, Some(stamp));
            // Unwritten, it is found out again.
            let _ = self.write();
        }
        found
    }

    /// What has been found about a model with this content.
    pub fn of(&self, fingerprint: &str) -> Vec<Verdict> {
        let known = self.models.iter().find(|known| self.is(known, fingerprint));
        known.map(|known| known.verdicts.clone()).unwrap_or_default()
    }

    /// Remembers a verdict in place of an earlier one about the same.
    ///
    /// # Errors
    /// If it cannot be written; it is remembered until the program ends all the same.
    pub fn record(&mut self, fingerprint: &str, stamp: Option<&Stamp>, verdict: Verdict) -> io::Result<()> {
        self.read_again();
        let known = self.here(fingerprint, stamp);
        known.verdicts.retain(|old| old.proof.precision != verdict.proof.precision);
        known.verdicts.push(verdict);
        self.write()
    }

    fn is(&self, known: &Known, fingerprint: &str) -> bool {
        known.fingerprint == fingerprint && known.isa == self.isa && known.hark == env!("CARGO_PKG_VERSION")
    }

    /// The entry of a model, moved to the end, and with this place as its newest.
    fn here(&mut self, fingerprint: &str, stamp: Option<&Stamp>) -> &mut Known {
        let at = self.models.iter().position(|known| self.is(known, fingerprint));
        let mut known = at.map(|at| self.models.remove(at)).unwrap_or_else(|| Known {
            fingerprint: fingerprint.into(),
            isa: self.isa.clone(),
            hark: env!("CARGO_PKG_VERSION").into(),
            places: Vec::new(),
            verdicts: Vec::new(),
        });
        if let Some(stamp) = stamp {
            // A place holds one model, whatever it held before.
            self.models.iter_mut().for_each(|other| {
                if other.fingerprint != fingerprint {
                    other.places.retain(|place| place != stamp);
                }
            });
            known.places.retain(|place| place != stamp);
            known.places.push(stamp.clone());
            known.places.drain(..known.places.len().saturating_sub(MOST_PLACES));
        }
        self.models.drain(..(self.models.len() + 1).saturating_sub(MOST_MODELS));
        self.models.push(known);
        let last = self.models.len() - 1;
        &mut self.models[last]
    }

    fn write(&self) -> io::Result<()> {
        let Some(path) = &self.path else { return Ok(()) };
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder)?;
        }
        let content = Content { version: VERSION, models: self.models.clone() };
        let text = serde_json::to_string_pretty(&content)?;
        atomically(path, format!("{text}\n").as_bytes())
    }
}

fn read(path: &Path) -> io::Result<Vec<Known>> {
    let metadata = fs::metadata(path)?;
    if !metadata.is_file() || metadata.len() > LARGEST_FILE {
        return Err(io::Error::other("it is none of Hark's files"));
    }
    let content: Content = serde_json::from_slice(&fs::read(path)?)?;
    if content.version != VERSION {
        return Err(io::Error::other(format!("it is of version {}", content.version)));
    }
    Ok(content.models)
}

#[cfg(test)]
#[path = "verdicts_tests.rs"]
pub mod tests;
