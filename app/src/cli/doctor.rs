//! `hark doctor`: does this machine have what Hark needs?

use super::args::DoctorArgs;
use super::devices::{self, Answer};
use super::exit::{Exit, Failure};
use super::keys;
use super::prove::Row;
use super::stdout;
use crate::engine_thread::fingerprint;
use crate::precision::{Decision, PrecisionChoice, Stamp, Standing, Verdicts, decide};
use crate::text::{reason, size};
use crate::{delivery, machine, models};
use hark_engine::machine_isa;
use hark_engine::model::{Model, ModelSpec};
use serde::Serialize;
use std::env;
use std::fmt::Write;
use std::path::{Path, PathBuf};

/// How a check came out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
enum Status {
    Ok,
    /// Hark works, but less well.
    Warn,
    /// Something does not work.
    Fail,
}

/// One line of the report.
#[derive(Debug, Serialize)]
struct Check {
    name: &'static str,
    status: Status,
    /// What was found, without the name of any folder.
    found: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    path: Option<PathBuf>,
    /// What to do about it.
    #[serde(skip_serializing_if = "Option::is_none")]
    fix: Option<String>,
    /// What was found about precisions.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    proofs: Vec<Row>,
}

impl Check {
    fn ok(name: &'static str, found: impl Into<String>) -> Self {
        Self { name, status: Status::Ok, found: found.into(), path: None, fix: None, proofs: Vec::new() }
    }

    fn warn(name: &'static str, found: impl Into<String>, fix: impl Into<String>) -> Self {
        Self { status: Status::Warn, fix: Some(fix.into()), ..Self::ok(name, found) }
    }

    fn fail(name: &'static str, found: impl Into<String>, fix: impl Into<String>) -> Self {
        Self { status: Status::Fail, fix: Some(fix.into()), ..Self::ok(name, found) }
    }

    fn at(self, path: impl Into<PathBuf>) -> Self {
        Self { path: Some(path.into()), ..self }
    }
}

/// Less than this is tight for a base model beside a desktop.
const MEMORY_WANTED: u64 = 1 << 30;
/// An hour of recording takes about 115 MB.
const SPACE_WANTED: u64 = 500_000_000;

/// Prints the report; exit code 1 if a check failed.
pub fn run(args: &DoctorArgs) -> Result<Exit, Failure> {
    let mut checks = vec![cpu(), kernels(), cores(), memory(), microphone(), model()];
    checks.extend(precisions());
    checks.extend([display(), keys(), insertion(), indicator(), data()]);
    checks.extend(args.insertion.then(tried_out));
    if args.json {
        if !args.paths {
            checks.iter_mut().for_each(|check| check.path = None);
        }
        stdout::put_json(&checks)?;
    } else {
        stdout::put(&checks.iter().map(line).collect::<String>())?;
    }
    let failed = checks.iter().any(|check| check.status == Status::Fail);
    Ok(if failed { Exit::Failed } else { Exit::Ok })
}

fn line(check: &Check) -> String {
    let status = match check.status {
        Status::Ok => "ok",
        Status::Warn => "warn",
        Status::Fail => "FAIL",
    };
    let mut line = format!("{status:<4}  {:<10}  {}", check.name, check.found);
    // Writing to a string cannot fail.
    if let Some(path) = &check.path {
        let _ = write!(line, " ({})", path.display());
    }
    line.push('\n');
    if let Some(fix) = &check.fix {
        let _ = writeln!(line, "      {:<10}  fix: {fix}", "");
    }
    line
}

fn cpu() -> Check {
    let name = machine::cpu_name().unwrap_or_else(|| env::consts::ARCH.to_owned());
    let features = machine::cpu_features();
    let has = |wanted: &str| features.iter().any(|(feature, there)| *feature == wanted && *there);
    let list: Vec<_> = features.iter().filter(|(_, there)| *there).map(|(feature, _)| *feature).collect();
    let found =
        format!("{name}: {}", if list.is_empty() { "no vector extensions".into() } else { list.join(" ") });
    if has("avx2") && has("fma") {
        Check::ok("cpu", found)
    } else {
        Check::warn("cpu", found, "a CPU with AVX2 and FMA is several times as fast")
    }
}

fn kernels() -> Check {
    Check::ok("kernels", machine_isa())
}

fn cores() -> Check {
    Check::ok(
        "cores",
        format!("{} physical, {} logical", machine::physical_cores(), machine::logical_cores()),
    )
}

fn memory() -> Check {
    let Some((total, available)) = machine::memory() else {
        return Check::ok("memory", "not told by this system");
    };
    let found = format!("{} of {} available", size(available), size(total));
    if available >= MEMORY_WANTED {
        Check::ok("memory", found)
    } else {
        Check::warn("memory", found, "close other programs, or use a small model such as tiny or base")
    }
}

fn microphone() -> Check {
    let fix = "plug one in and check the system's sound settings; files work without one";
    match devices::ask_default() {
        Answer::Works(name) => Check::ok("microphone", name),
        Answer::Refused(what) => Check::warn("microphone", what, fix),
        Answer::Hangs => Check::fail(
            "microphone",
            "the sound system does not answer",
            "restart the sound system (PipeWire or PulseAudio); files work without it",
        ),
    }
}

fn model() -> Check {
    let (whole, broken): (Vec<_>, Vec<_>) =
        models::find().into_iter().partition(|model| model.problem.is_none());
    let fix = "`hark models` says what is wrong with them; fetch them again";
    let names: Vec<_> = whole.iter().map(|model| model.name.as_str()).collect();
    match (whole.is_empty(), broken.len()) {
        (false, 0) => Check::ok("models", names.join(", ")),
        (false, n) => Check::warn("models", format!("{}; {n} broken", names.join(", ")), fix),
        (true, n) => {
            let found = if n == 0 { "only the demo".into() } else { format!("only the demo; {n} broken") };
            let fix =
                "put a whisper.cpp model such as ggml-base.en.bin into the models folder of Hark's data";
            let check = Check::warn("models", found, fix);
            match models::models_folder() {
                Some(folder) => check.at(folder),
                None => check,
            }
        }
    }
}

/// One line per model: the precision that it runs in, and why.
fn precisions() -> Vec<Check> {
    let (mut verdicts, problem) = Verdicts::open(models::data_folder().as_deref(), machine_isa());
    let aside = "it is kept aside as verdicts.json.broken; `hark bench --prove` finds out anew";
    let broken = problem.map(|_| Check::warn("precision", "verdicts.json cannot be used", aside));
    let found = models::find().into_iter().filter(|model| model.problem.is_none());
    let found = found.map(|model| (model.name, ModelSpec::Path(model.path)));
    let all = found.chain([("demo".into(), ModelSpec::Demo)]);
    let lines: Vec<_> = all.map(|(name, spec)| precision(&mut verdicts, &name, &spec)).collect();
    broken.into_iter().chain(lines).collect()
}

fn precision(verdicts: &mut Verdicts, name: &str, spec: &ModelSpec) -> Check {
    // A model that cannot be read has no verdicts.
    let fingerprint = || Model::load(spec).map(|model| fingerprint(&model)).unwrap_or_default();
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

#[cfg(target_os = "linux")]
fn indicator() -> Check {
    match crate::indicator::check() {
        Ok(way) => Check::ok("indicator", format!("shown over other apps ({way})")),
        Err(why) => Check::warn(
            "indicator",
            format!("not over other apps: {why}"),
            "the icon in the panel shows how dictation stands, and `hark status --follow` tells it",
        ),
    }
}

#[cfg(not(target_os = "linux"))]
fn indicator() -> Check {
    Check::warn("indicator", "not on this system yet", "look at Hark's window")
}

fn display() -> Check {
    let set = |name: &str| env::var_os(name).is_some_and(|value| !value.is_empty());
    match (set("WAYLAND_DISPLAY"), set("DISPLAY")) {
        (true, _) => Check::ok("display", "Wayland"),
        (false, true) => Check::ok("display", "X11"),
        _ if cfg!(target_os = "linux") => Check::warn(
            "display",
            "neither WAYLAND_DISPLAY nor DISPLAY is set",
            "start the window from a desktop session; commands work without one",
        ),
        _ => Check::ok("display", "the system's own"),
    }
}

fn insertion() -> Check {
    match (delivery::readiness(), delivery::chords()) {
        (Ok(found), Ok(())) => Check::ok("insertion", found),
        (Ok(found), Err(but)) => Check::ok("insertion", format!("{found}. {but}")),
        (Err((found, fix)), _) => Check::warn("insertion", found, fix),
    }
}

fn tried_out() -> Check {
    let fix = "in the app's row under “Dictate anywhere”, choose a way that works, or paste by hand";
    match delivery::self_test() {
        Ok(report) if report.works() => Check::ok("tried out", report.to_string()),
        Ok(report) => Check::fail("tried out", report.to_string(), fix),
        Err(why) => Check::warn("tried out", why, fix),
    }
}

fn keys() -> Check {
    let standing = keys::standing(&keys::planned());
    let found =
        std::iter::once(standing.way).chain(standing.problems.iter().cloned()).collect::<Vec<_>>().join("; ");
    match (standing.nowhere, standing.problems.is_empty()) {
        (false, true) => Check::ok("keys", found),
        (true, _) => Check::warn(
            "keys",
            found,
            "let the desktop's settings run `hark toggle`; `hark keys` has the lines",
        ),
        (false, false) => {
            Check::warn("keys", found, "choose other keys in the window, under “Dictate anywhere”")
        }
    }
}

fn data() -> Check {
    let Some(folder) = models::data_folder() else {
        return Check::fail(
            "data",
            "this user has no home folder",
            "set HARK_DATA_DIR to a folder for Hark's data",
        );
    };
    let fix = "make the folder writable, or set HARK_DATA_DIR to another one";
    if let Err(error) = writable(&folder) {
        return Check::fail("data", format!("cannot be written: {}", reason(&error)), fix).at(folder);
    }
    let Some(free) = machine::free_space(&folder) else { return Check::ok("data", "writable").at(folder) };
    let found = format!("writable, {} free", size(free));
    if free >= SPACE_WANTED {
        Check::ok("data", found).at(folder)
    } else {
        Check::warn("data", found, "free some space; an hour of recording takes 115 MB").at(folder)
    }
}

/// Whether files can be made there; makes the folder if there is none.
fn writable(folder: &Path) -> std::io::Result<()> {
    std::fs::create_dir_all(folder)?;
    tempfile::tempfile_in(folder).map(drop)
}
