//! `hark models download`: with progress on standard error while that is a terminal.

use super::super::args::DownloadArgs;
use super::super::exit::{Complaint, Exit, Failure};
use super::super::interrupt::Interrupt;
use super::super::stdout;
use super::{chosen_mirror, folder, unknown};
use crate::download::{DownloadError, Fetch, Limits, Progress, place};
use crate::models::UnknownModel;
use crate::models::published::{self, Published};
use crate::text::{clock, size};
use crossbeam_channel::{bounded, select};
use indicatif::{ProgressBar, ProgressStyle};
use std::path::PathBuf;
use std::thread;

/// Fetches models, one after the other. What was fetched earlier is gone on with.
pub fn run(args: &DownloadArgs) -> Result<Exit, Failure> {
    let models: Vec<&'static Published> = args
        .names
        .iter()
        .map(|name| published::by_name(name).ok_or_else(|| unknown(not_published(name))))
        .collect::<Result<_, _>>()?;
    let folder = folder()?;
    let mirror = args.mirror.clone().or_else(chosen_mirror);
    let place = place(mirror.as_deref()).map_err(failed)?;
    let interrupt = Interrupt::listen();
    for model in models {
        let path = fetch(Fetch::new(model, &place, &folder, Limits::default()), model, &interrupt)?;
        stdout::put(&format!("{}  {}\n", path.display(), size(model.bytes)))?;
    }
    Ok(Exit::Ok)
}

fn fetch(fetch: Fetch, model: &Published, interrupt: &Interrupt) -> Result<PathBuf, Failure> {
    let bar = bar(model);
    let stop = fetch.stop();
    let (done, ended) = bounded(1);
    let shown = bar.clone();
    // A thread of its own, so that Ctrl-C waits for nothing.
    thread::spawn(move || done.send(fetch.run(|progress| show(&shown, progress))));
    let result = select! {
        recv(ended) -> result => result,
        recv(interrupt.wished) -> _ => {
            stop.stop();
            bar.finish_and_clear();
            return Err(Exit::Interrupted.quietly());
        }
    };
    bar.finish_and_clear();
    match result {
        Ok(Ok(path)) => Ok(path),
        Ok(Err(error)) => Err(failed(error)),
        Err(_) => Err(Exit::Failed.with(Complaint::new("the download stopped by a defect of its own"))),
    }
}

fn failed(error: DownloadError) -> Failure {
    Exit::Failed.with(Complaint::new(error.to_string()))
}

fn bar(model: &Published) -> ProgressBar {
    let bar = ProgressBar::new(model.bytes);
    if let Ok(style) = ProgressStyle::with_template("{prefix} [{bar:24}] {percent:>3} %  {msg}") {
        bar.set_style(style.progress_chars("=> "));
    }
    bar.set_prefix(model.name);
    bar
}

fn show(bar: &ProgressBar, progress: Progress) {
    let left = progress.left().map(|left| format!(", ETA {}", clock(left.as_secs_f64().ceil() as u64)));
    let (done, total) = (size(progress.done), size(progress.total));
    bar.set_message(format!(
        "{done} of {total}, {}/s{}",
        size(progress.per_second as u64),
        left.unwrap_or_default()
    ));
    bar.set_position(progress.done);
}

/// Likeness (Jaro-Winkler) from which a name is worth suggesting.
const ALIKE: f64 = 0.8;

fn not_published(name: &str) -> UnknownModel {
    let mut alike: Vec<_> =
        published::ALL.iter().map(|model| (strsim::jaro_winkler(name, model.name), model.name)).collect();
    alike.retain(|(likeness, _)| *likeness >= ALIKE);
    alike.sort_by(|a, b| b.0.total_cmp(&a.0));
    UnknownModel {
        name: name.into(),
        alike: alike.into_iter().take(3).map(|(_, name)| name.into()).collect(),
    }
}
