//! `hark models`: what is found, what is published, and models made from the built-in ones.

mod delete;
#[cfg(feature = "download")]
mod download;

use super::args::{ListArgs, MakeArgs, ModelsArgs, ModelsCommand, WeightType};
use super::exit::{Complaint, Exit, Failure, note};
use super::interrupt::Interrupt;
use super::stdout;
use crate::models::{self, Choice, FoundModel, UnknownModel, published};
use crate::settings::{self, Store};
use crate::text::{reason, size};
use crossbeam_channel::{bounded, select};
use hark_engine::Precision;
use hark_engine::encoder::npu::NpuSetting;
use hark_engine::model::{GgmlType, Model, write_ggml};
use serde::Serialize;
use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::thread;

/// Lists the models, or makes one.
pub fn run(args: ModelsArgs) -> Result<Exit, Failure> {
    match args.command {
        Some(ModelsCommand::Make(make_args)) => make(&make_args),
        Some(ModelsCommand::List(ListArgs { published: true, json })) => list_published(json),
        Some(ModelsCommand::List(ListArgs { json: true, .. })) => list_json(),
        Some(ModelsCommand::List(_)) => list(),
        #[cfg(feature = "download")]
        Some(ModelsCommand::Download(args)) => download::run(&args),
        Some(ModelsCommand::Delete(args)) => delete::run(&args),
        None if args.json => list_json(),
        None => list(),
    }
}

/// The model to use; says what helps if it is not there.
pub fn choose(asked: Option<&str>) -> Result<Choice, Failure> {
    if asked.is_some() {
        return models::choose(asked, None).map_err(unknown);
    }
    models::choose(None, chosen_in_settings().as_deref()).map_err(|UnknownModel { name, .. }| {
        Exit::Model.with(
            Complaint::new(format!("the settings name the model `{name}`, which is not there"))
                .hint("choose another one in the window, or name one with --model"),
        )
    })
}

/// The model that the settings name; says what could not be read of them.
fn chosen_in_settings() -> Option<String> {
    let (store, problems) = Store::open(&settings::config_folder()?);
    problems.iter().for_each(|problem| note(problem));
    store.get().model.clone()
}

/// Where the settings say that models are fetched from.
#[cfg(feature = "download")]
fn chosen_mirror() -> Option<String> {
    settings::config_folder().and_then(|folder| Store::open(&folder).0.get().mirror.clone())
}

/// Hark's own folder of models.
fn folder() -> Result<PathBuf, Failure> {
    let homeless = || {
        let complaint = Complaint::new("there is no home folder to keep models in");
        Exit::Failed.with(complaint.hint("set HARK_DATA_DIR"))
    };
    models::models_folder().ok_or_else(homeless)
}

/// Whether the settings let encoders run on the NPU.
pub fn npu_setting() -> NpuSetting {
    settings::config_folder().map_or_else(NpuSetting::default, |folder| Store::open(&folder).0.get().npu)
}

fn unknown(error: UnknownModel) -> Failure {
    let hint = match error.alike.as_slice() {
        [] => "`hark models` lists what is found; a path to a ggml file or a Hugging Face folder works too"
            .into(),
        alike => format!("did you mean {}?", alike.join(" or ")),
    };
    Exit::Model.with(Complaint::new(error.to_string()).hint(hint))
}

/// One line of the list.
#[derive(Serialize)]
struct Row {
    name: String,
    kind: String,
    bytes: Option<u64>,
    path: Option<String>,
    default: bool,
    problem: Option<String>,
}

fn rows() -> Vec<Row> {
    let found = models::find();
    let default = models::choose(None, chosen_in_settings().as_deref()).ok().map(|choice| choice.name);
    let mut default_seen = false;
    let mut is_default = |name: &str, whole: bool| {
        let here = whole && !default_seen && default.as_deref() == Some(name);
        default_seen |= here;
        here
    };
    let mut rows: Vec<_> = found
        .into_iter()
        .map(|FoundModel { name, kind, bytes, path, problem }| Row {
            default: is_default(&name, problem.is_none()),
            kind: kind.label(),
            bytes: Some(bytes),
            path: Some(path.display().to_string()),
            name,
            problem,
        })
        .collect();
    rows.push(Row {
        default: is_default("demo", true),
        name: "demo".into(),
        kind: "built in".into(),
        bytes: None,
        path: None,
        problem: None,
    });
    rows
}

fn list_json() -> Result<Exit, Failure> {
    stdout::put_json(&rows())?;
    Ok(Exit::Ok)
}

fn list() -> Result<Exit, Failure> {
    let rows = rows();
    let width = |text: fn(&Row) -> &str| rows.iter().map(|row| text(row).chars().count()).max().unwrap_or(0);
    let (names, kinds) = (width(|row| &row.name), width(|row| &row.kind));
    let mut text = String::new();
    for row in &rows {
        let mark = if row.default { '*' } else { ' ' };
        let bytes = row.bytes.map(size).unwrap_or_default();
        let place = row.path.as_deref().unwrap_or("for the bundled clips and tests");
        // Writing to a string cannot fail.
        let _ = writeln!(text, "{mark} {:names$}  {:kinds$}  {bytes:>6}  {place}", row.name, row.kind);
        if let Some(problem) = &row.problem {
            let _ = writeln!(text, "  {:names$}  cannot be used: {problem}", "");
        }
    }
    text.push_str("\n* is taken without --model\n");
    stdout::put(&text)?;
    if rows.len() == 1
        && let Some(folder) = models::models_folder()
    {
        let way = if cfg!(feature = "download") {
            "`hark models download base.en` fetches one; or put one into"
        } else {
            "put one into"
        };
        note(&format!("no other model was found; {way} {}", folder.display()));
    }
    Ok(Exit::Ok)
}

/// One line of what can be downloaded.
#[derive(Serialize)]
struct PublishedRow {
    name: &'static str,
    bytes: u64,
    /// In int8, which is the usual precision.
    memory: u64,
    sha1: &'static str,
    sha256: &'static str,
    here: bool,
}

fn list_published(json: bool) -> Result<Exit, Failure> {
    let found = models::find();
    let rows: Vec<_> = published::ALL
        .iter()
        .map(|model| PublishedRow {
            name: model.name,
            bytes: model.bytes,
            memory: model.memory(Precision::Int8),
            sha1: model.sha1,
            sha256: model.sha256,
            here: found.iter().any(|found| found.name == model.name && found.problem.is_none()),
        })
        .collect();
    if json {
        stdout::put_json(&rows)?;
        return Ok(Exit::Ok);
    }
    let mut text = String::new();
    for PublishedRow { name, bytes, memory, here, .. } in &rows {
        let mark = if *here { "here" } else { "" };
        // Writing to a string cannot fail.
        let _ = writeln!(text, "{name:<20} {:>6}  {:>6} of memory  {mark}", size(*bytes), size(*memory));
    }
    stdout::put(&text.lines().map(|line| format!("{}\n", line.trim_end())).collect::<String>())?;
    Ok(Exit::Ok)
}

fn make(args: &MakeArgs) -> Result<Exit, Failure> {
    let choice = models::resolve(&args.name).map_err(unknown)?;
    let file = &args.file;
    let exists = || {
        Complaint::new(format!("{} already exists and was kept", file.display()))
            .hint("--overwrite replaces it")
    };
    if !args.overwrite && file.symlink_metadata().is_ok() {
        return Err(Exit::Failed.with(exists()));
    }
    let cannot =
        |what: &str| Exit::Failed.with(Complaint::new(format!("cannot write {}: {what}", file.display())));
    let interrupt = Interrupt::listen();
    let folder = match file.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    };
    let unfinished = super::transcribe::outputs::unfinished_file(folder).map_err(|e| cannot(&reason(&e)))?;
    let (done, made) = bounded(1);
    let (spec, weights, to) = (choice.spec, args.weights.into(), unfinished.path().to_owned());
    // A thread of its own, so that Ctrl-C waits for nothing and leaves nothing behind.
    thread::spawn(move || {
        let made = Model::load(&spec)
            .map_err(|e| (Exit::Model, e))
            .and_then(|model| write_ggml(&model, weights, &to).map_err(|e| (Exit::Failed, e)));
        done.send(made)
    });
    select! {
        recv(made) -> made => match made {
            Ok(Ok(())) => {}
            Ok(Err((Exit::Model, error))) => return Err(Exit::Model.with(Complaint::new(error.to_string()))),
            Ok(Err((_, error))) => return Err(cannot(&error.to_string())),
            Err(_) => return Err(cannot("the writing stopped by a defect of its own")),
        },
        recv(interrupt.wished) -> _ => return Err(Exit::Interrupted.quietly()),
    }
    let kept = if args.overwrite { unfinished.persist(file) } else { unfinished.persist_noclobber(file) };
    kept.map_err(|e| cannot(&reason(&e.error)))?;
    let bytes = file.metadata().map_or(0, |metadata| metadata.len());
    stdout::put(&format!("{}  {}\n", file.display(), size(bytes)))?;
    Ok(Exit::Ok)
}

impl From<WeightType> for GgmlType {
    fn from(weights: WeightType) -> Self {
        match weights {
            WeightType::F32 => Self::F32,
            WeightType::F16 => Self::F16,
            WeightType::Q8_0 => Self::Q8_0,
        }
    }
}
