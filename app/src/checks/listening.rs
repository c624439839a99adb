//! What Hark listens with, and what it understands speech with.

use super::{Check, remedies};
use crate::capture::{Answer, ask_default};
use crate::engine_thread::fingerprint;
use crate::models;
use crate::precision::{Decision, PrecisionChoice, Row, Stamp, Standing, Verdicts, decide};
use hark_engine::machine_isa;
use hark_engine::model::{Model, ModelSpec};
use std::fmt::Write;

/// The microphone that is taken when none is chosen.
pub fn microphone() -> Check {
    match ask_default() {
        Answer::Works(name) => Check::ok("microphone", name),
        Answer::Refused(what) => Check::warn("microphone", what, remedies::NO_MICROPHONE),
        Answer::Hangs => Check::fail("microphone", "the sound system does not answer", remedies::SOUND_HANGS),
    }
}

/// The models that were found.
pub fn model() -> Check {
    let (whole, broken): (Vec<_>, Vec<_>) =
        models::find().into_iter().partition(|model| model.problem.is_none());
    let names: Vec<_> = whole.iter().map(|model| model.name.as_str()).collect();
    match (whole.is_empty(), broken.len()) {
        (false, 0) => Check::ok("models", names.join(", ")),
        (false, n) => {
            Check::warn("models", format!("{}; {n} broken", names.join(", ")), remedies::BROKEN_MODELS)
        }
        (true, n) => {
            let found = if n == 0 { "only the demo".into() } else { format!("only the demo; {n} broken") };
            let fix =
                if cfg!(feature = "download") { remedies::NO_MODEL } else { remedies::NO_MODEL_OFFLINE };
            let check = Check::warn("models", found, fix);
            match models::models_folder() {
                Some(folder) => check.at(folder),
                None => check,
            }
        }
    }
}

/// One line per model: the precision that it runs in, and why.
pub fn precisions() -> Vec<Check> {
    let (mut verdicts, problem) = Verdicts::open(models::data_folder().as_deref(), machine_isa());
    let broken =
        problem.map(|_| Check::warn("precision", "verdicts.json cannot be used", remedies::BROKEN_VERDICTS));
    let found = models::find().into_iter().filter(|model| model.problem.is_none());
    let found = found.map(|model| (model.name, ModelSpec::Path(model.path)));
    let all = found.chain([("demo".into(), ModelSpec::Demo)]);
    let lines: Vec<_> = all.map(|(name, spec)| precision(&mut verdicts, &name, &spec)).collect();
    broken.into_iter().chain(lines).collect()
}

fn precision(verdicts: &mut Verdicts, name: &str, spec: &ModelSpec) -> Check {
    // A model that cannot be read has no verdicts.
    let fingerprint = || Model::load(spec).and_then(|model| fingerprint(&model)).unwrap_or_default();
    let known = Stamp::of(spec).map(|stamp| verdicts.about(&stamp, fingerprint)).unwrap_or_default();
    let Decision { precision, standing } = decide(PrecisionChoice::Auto, &known);
    let mut found = format!("{name}: {precision}");
    // Writing to a string cannot fail.
    let _ = match standing {
        Standing::Fixed | Standing::Proven => Ok(()),
        Standing::Unproven => write!(found, ", unproven"),
        Standing::Fallback(why) => write!(found, ", because {why}"),
    };
    for verdict in &known {
        let outcome = if verdict.proof.passed() { "holds" } else { "fails" };
        let _ = write!(
            found,
            "; {} {outcome} ({}, {})",
            verdict.proof.precision,
            verdict.summary(),
            verdict.day()
        );
    }
    Check { proofs: known.into_iter().map(Row::of).collect(), ..Check::ok("precision", found) }
}
