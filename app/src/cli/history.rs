//! `hark history`: earlier dictations, whether or not a window is open.

use super::args::HistoryCommand;
use super::exit::{Complaint, Exit, Failure, note};
use super::stdout;
use crate::delivery::atomically;
use crate::export::Format;
use crate::history::{
    Described, Entry, EntryId, HistoryError, Place, Store, export, first_line, local_moment, search_words,
};
use crate::models;
use crate::text::{clock, reason};
use jiff::{SignedDuration, Timestamp};
use serde_json::json;
use std::path::Path;
use std::sync::Arc;

/// Digits of a name that are printed, and that name an entry among as many as anybody has.
const DIGITS: usize = 8;

/// Does what is asked for.
pub fn run(command: HistoryCommand) -> Result<Exit, Failure> {
    let mut store = open()?;
    let entries = store.entries();
    match command {
        HistoryCommand::List { search, limit, json } => list(&entries, &search, limit, json),
        HistoryCommand::Show { id, heard, json } => {
            let entry = find(&entries, &id)?;
            if json {
                stdout::put_json(&Described::new(entry))?;
            } else {
                let text = if heard { entry.latest().map_or("", |v| &v.heard) } else { entry.text() };
                stdout::put(&format!("{}\n", text.trim()))?;
            }
            Ok(Exit::Ok)
        }
        HistoryCommand::Export { id, format, output, overwrite, json } => {
            let mut chosen = found(&entries, &id)?;
            if id.is_empty() {
                chosen.clone_from(&entries);
            }
            // The oldest first, each once.
            chosen.sort_by_key(|entry| entries.iter().position(|other| other.id == entry.id));
            chosen.dedup_by_key(|entry| entry.id);
            let format = if json { Format::Json } else { format };
            let failed = |what: String| Exit::Failed.with(Complaint::new(what));
            let text = export(&chosen, format).map_err(|error| failed(error.to_string()))?;
            write(&output, &text, overwrite)?;
            Ok(Exit::Ok)
        }
        HistoryCommand::Delete { id, all, json } => {
            let chosen = if all { entries } else { found(&entries, &id)? };
            let ids: Vec<EntryId> = chosen.iter().map(|entry| entry.id).collect();
            // What was deleted in a window that is open can still be restored there.
            let now = Timestamp::now();
            let past = now - SignedDuration::from_hours(1);
            let deleted = store.delete(&ids, Some(past));
            deleted.and_then(|_| store.purge(now, SignedDuration::from_mins(30))).map_err(unusable)?;
            if json {
                stdout::put_json(&json!({ "deleted": ids }))?;
            } else {
                let what = if ids.len() == 1 {
                    "1 dictation".to_owned()
                } else {
                    format!("{} dictations", ids.len())
                };
                stdout::put(&format!("{what} deleted\n"))?;
            }
            Ok(Exit::Ok)
        }
    }
}

fn open() -> Result<Store, Failure> {
    let data = models::data_folder().ok_or_else(|| {
        Exit::Failed.with(Complaint::new("there is no home folder with a history; set HARK_DATA_DIR"))
    })?;
    let place = Place { folder: data.join("history"), recordings: data.join("recordings") };
    let (store, problems) = Store::open(place).map_err(unusable)?;
    problems.iter().for_each(|problem| note(problem));
    Ok(store)
}

fn unusable(error: HistoryError) -> Failure {
    Exit::Failed.with(Complaint::new(error.to_string()))
}

fn list(entries: &[Arc<Entry>], search: &str, limit: Option<usize>, json: bool) -> Result<Exit, Failure> {
    let words = search_words(search);
    let fits = entries.iter().rev().filter(|entry| entry.has(&words));
    let fits: Vec<_> = fits.take(limit.unwrap_or(usize::MAX)).collect();
    if json {
        let described: Vec<_> = fits.iter().map(|entry| Described::new(entry)).collect();
        stdout::put_json(&described)?;
        return Ok(Exit::Ok);
    }
    for entry in &fits {
        let id = &entry.id.to_string()[..DIGITS];
        let (star, length) = (if entry.starred { '*' } else { ' ' }, clock(entry.audio_s.round() as u64));
        let line = first_line(entry);
        stdout::put(&format!("{id} {star} {}  {length:>7}  {line}\n", local_moment(entry.time)))?;
    }
    if fits.is_empty() {
        note(if entries.is_empty() { "the history is empty" } else { "nothing has these words" });
    }
    Ok(Exit::Ok)
}

fn found(entries: &[Arc<Entry>], ids: &[String]) -> Result<Vec<Arc<Entry>>, Failure> {
    ids.iter().map(|id| find(entries, id).cloned()).collect()
}

/// The entry whose name begins so.
fn find<'a>(entries: &'a [Arc<Entry>], name: &str) -> Result<&'a Arc<Entry>, Failure> {
    let missing =
        |what: String| Exit::Usage.with(Complaint::new(what).hint("`hark history list` says what there is"));
    if name == "last" {
        return entries.last().ok_or_else(|| missing("the history is empty".into()));
    }
    let prefix = name.to_ascii_lowercase();
    let mut fits =
        entries.iter().filter(|entry| !prefix.is_empty() && entry.id.to_string().starts_with(&prefix));
    match (fits.next(), fits.next()) {
        (Some(entry), None) => Ok(entry),
        (Some(_), Some(_)) => Err(missing(format!("several dictations begin with `{name}`"))),
        _ => Err(missing(format!("there is no dictation `{name}`"))),
    }
}

fn write(path: &Path, text: &str, overwrite: bool) -> Result<(), Failure> {
    if path == Path::new("-") {
        return stdout::put(text);
    }
    let name = path.display();
    if !overwrite && path.symlink_metadata().is_ok() {
        let complaint = Complaint::new(format!("{name} exists already"));
        return Err(Exit::Failed.with(complaint.hint("--overwrite replaces it")));
    }
    atomically(path, text.as_bytes()).map_err(|error| {
        Exit::Failed.with(Complaint::new(format!("cannot write {name}: {}", reason(&error))))
    })
}
