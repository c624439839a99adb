//! What is wished of figures that are kept, and how often that makes it necessary to measure.

use super::accuracy;
use super::company::Company;
use super::compared::{Comparison, is_much};
use super::file::{Baseline, Identity};
use super::measured::Measured;
use crate::cli::args::BenchArgs;
use crate::cli::bench::report::Run;
use crate::cli::exit::{Complaint, Exit, Failure, note};
use hark_engine::Cancel;
use std::path::PathBuf;

/// How often everything is measured, and as often again before anything is called worse.
const ROUNDS: usize = 3;

/// `--save` or `--compare`.
pub struct Keeping {
    identity: Identity,
    wish: Wish,
    began: Option<Company>,
}

enum Wish {
    Save(PathBuf),
    Compare(Box<Baseline>),
}

impl Keeping {
    /// What the arguments ask for, if anything, of runs of this model.
    ///
    /// # Errors
    /// If there is more than one run, or the file to compare with is none or of something else.
    pub fn of(args: &BenchArgs, model: &str, runs: &[Identity]) -> Result<Option<Self>, Failure> {
        if args.save.is_none() && args.compare.is_none() {
            return Ok(None);
        }
        let [identity] = runs else {
            let complaint =
                Complaint::new(format!("{} measurements of {model} are not compared", runs.len()));
            return Err(Exit::Usage.with(complaint.hint("give one number of threads and one precision")));
        };
        let wish = match (&args.save, &args.compare) {
            (_, Some(path)) => Wish::Compare(Baseline::read(path, identity)?.into()),
            (Some(path), None) => {
                Baseline::check_place(path)?;
                Wish::Save(path.clone())
            }
            (None, None) => return Ok(None),
        };
        Ok(Some(Self { identity: identity.clone(), wish, began: Company::now() }))
    }

    /// Saves or compares a run whose model's file has so many bytes, and measures `again` as often as that needs.
    ///
    /// # Errors
    /// If measuring or writing fails, or somebody stops it.
    pub fn settle(
        self,
        run: Run,
        file_bytes: u64,
        cancel: &Cancel,
        mut again: impl FnMut() -> Result<Run, Failure>,
    ) -> Result<Option<Comparison>, Failure> {
        let Self { identity, wish, began } = self;
        let accuracy = accuracy::measure(run.precision, run.threads, cancel)?;
        let mut runs = vec![run];
        let mut more = |rounds: usize| {
            while runs.len() < rounds {
                runs.push(again()?);
            }
            // There is a run.
            let others = began.as_ref().zip(Company::now()).map(|(began, now)| now.others_since(began));
            Measured::of(&runs, file_bytes, accuracy, others).ok_or_else(|| Exit::Failed.quietly())
        };
        let measured = more(ROUNDS)?;
        match wish {
            Wish::Save(path) => {
                if measured.others.is_some_and(is_much) {
                    note(
                        "the computer was busy with other things: compared with this file, no speed will be judged",
                    );
                }
                Baseline::new(identity, measured).write(&path)?;
                Ok(None)
            }
            Wish::Compare(old) => {
                let comparison = Comparison::of(&old, &measured);
                if !comparison.is_worse() {
                    return Ok(Some(comparison));
                }
                Ok(Some(Comparison::of(&old, &more(2 * ROUNDS)?)))
            }
        }
    }
}
