//! The history on disk, and as much of it in memory as was read.

use super::entry::{Entry, EntryId, Version};
use super::record::{Reading, Record, SCHEMA, Schema};
use super::retention::Keeping;
use crate::capture;
use crate::checked_lines as line;
use crate::private_files as private;
use jiff::{SignedDuration, Timestamp};
use std::collections::HashMap;
use std::fs::{self, File};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

const FILE: &str = "history.jsonl";
const LOCK: &str = "history.lock";
/// Lines that no longer count are left in the file until there are so many more of them than of others.
const DEAD_LINES: usize = 1000;

/// Where a history lives.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// The folder of its file.
    pub folder: PathBuf,
    /// The folder of recordings.
    pub recordings: PathBuf,
}

/// What kept the history from being read or written. The text says what to do.
#[derive(Debug, thiserror::Error)]
#[error(
    "the history in {folder} cannot be {action}: {reason}; make room there, or check who may write there"
)]
pub struct HistoryError {
    folder: String,
    action: &'static str,
    reason: String,
}

/// The history.
pub struct Store {
    place: Place,
    schema: Schema,
    /// In the order of their first lines.
    slots: Vec<Slot>,
    index: HashMap<EntryId, usize>,
    /// How much of the file was read.
    read: u64,
    /// Its first bytes, by which it is known again.
    beginning: Vec<u8>,
    /// Lines in the file.
    lines: usize,
}

enum Slot {
    Entry(Arc<Entry>),
    /// An entry that is no more, for those lines of it that are still there.
    Gone,
    /// A line of a newer Hark, kept as it is.
    Newer(Vec<u8>),
}

/// What was found in the file besides what could be read.
#[derive(Default)]
struct Flaws {
    bad: usize,
    newer: usize,
    older: Option<u32>,
}

impl Store {
    /// Reads the history, and says for people what of it could not be read.
    ///
    /// # Errors
    /// If the folder or the file is out of reach.
    pub fn open(place: Place) -> Result<(Self, Vec<String>), HistoryError> {
        Self::open_as(place, SCHEMA)
    }

    /// As [`Store::open`], for any schema.
    pub(super) fn open_as(place: Place, schema: Schema) -> Result<(Self, Vec<String>), HistoryError> {
        let (slots, index) = Default::default();
        let mut store = Self { place, schema, slots, index, read: 0, beginning: Vec::new(), lines: 0 };
        let folder = store.place.folder.clone();
        let read = private::make_folder(&folder).and_then(|()| {
            private::restrict_folder(&folder);
            private::restrict_folder(&store.place.recordings);
            store.locked(|_| Ok(()))
        });
        // Whoever locks reads, and what was found wrong is known then.
        let problems = read.map_err(|error| failed(&folder, "read", &error))?.1;
        Ok((store, problems))
    }

    /// The entries, the oldest first, without those that are to go.
    pub fn entries(&self) -> Vec<Arc<Entry>> {
        self.all().filter(|entry| entry.deleted.is_none()).cloned().collect()
    }

    /// An entry, to go or not.
    pub fn get(&self, id: EntryId) -> Option<&Arc<Entry>> {
        match &self.slots[*self.index.get(&id)?] {
            Slot::Entry(entry) => Some(entry),
            _ => None,
        }
    }

    /// Where an entry's recording is, if it is kept.
    pub fn audio(&self, entry: &Entry) -> Option<PathBuf> {
        entry.audio.as_ref().map(|name| self.place.recordings.join(name))
    }

    fn all(&self) -> impl Iterator<Item = &Arc<Entry>> {
        self.slots.iter().filter_map(|slot| match slot {
            Slot::Entry(entry) => Some(entry),
            _ => None,
        })
    }

    /// Reads what others have written. Says for people what could not be read.
    ///
    /// # Errors
    /// If the file is out of reach.
    pub fn catch_up(&mut self) -> Result<Vec<String>, HistoryError> {
        self.change(|_| Ok(()))
    }

    /// Adds an entry. If there is one already, it only gets another text.
    ///
    /// # Errors
    /// If it cannot be written.
    pub fn put(&mut self, entry: Entry) -> Result<Vec<String>, HistoryError> {
        self.change(move |store| {
            let known = store.get(entry.id).cloned();
            let record = match known {
                Some(known) => Entry {
                    versions: known.versions.iter().cloned().chain(entry.versions).collect(),
                    cancelled: entry.cancelled,
                    problem: entry.problem,
                    deleted: None,
                    ..(*known).clone()
                },
                None => entry,
            };
            store.append(vec![record])
        })
    }

    /// Changes an entry, if it is still there.
    ///
    /// # Errors
    /// If it cannot be written.
    pub fn amend(
        &mut self,
        id: EntryId,
        change: impl FnOnce(&mut Entry),
    ) -> Result<Vec<String>, HistoryError> {
        self.change(|store| {
            let Some(known) = store.get(id) else { return Ok(()) };
            let mut entry = (**known).clone();
            change(&mut entry);
            if entry == **known { Ok(()) } else { store.append(vec![entry]) }
        })
    }

    /// Adds a text to an entry, if it is still there.
    ///
    /// # Errors
    /// If it cannot be written.
    pub fn add_version(&mut self, id: EntryId, version: Version) -> Result<Vec<String>, HistoryError> {
        self.amend(id, |entry| {
            entry.versions.push(version);
            entry.cancelled = false;
            entry.problem = None;
        })
    }

    /// Marks entries as to go, or as to stay after all.
    ///
    /// # Errors
    /// If it cannot be written.
    pub fn delete(&mut self, ids: &[EntryId], when: Option<Timestamp>) -> Result<Vec<String>, HistoryError> {
        self.change(|store| {
            let known = ids.iter().filter_map(|id| store.get(*id));
            let mark = |entry: &Arc<Entry>| Entry { deleted: when, ..(**entry).clone() };
            let marked = known.map(mark).collect();
            store.append(marked)
        })
    }

    /// Removes, with their recordings, the entries that have been to go for so long, and every line of them.
    ///
    /// # Errors
    /// If it cannot be written.
    pub fn purge(&mut self, now: Timestamp, after: SignedDuration) -> Result<Vec<String>, HistoryError> {
        self.change(|store| {
            // A clock that was set back makes nobody wait for years.
            let due =
                |e: &&Arc<Entry>| e.deleted.is_some_and(|since| now.duration_since(since).abs() >= after);
            let due: Vec<_> = store.all().filter(due).cloned().collect();
            if due.is_empty() {
                return Ok(());
            }
            for entry in &due {
                // What is deleted is not offered again because it never got its text.
                store.audio(entry).iter().for_each(|path| capture::settle(path));
                store.remove_audio(entry);
                if let Some(place) = store.index.remove(&entry.id) {
                    store.slots[place] = Slot::Gone;
                }
            }
            store.replace()
        })
    }

    /// Removes the recordings that are not to be kept any longer.
    ///
    /// # Errors
    /// If it cannot be written.
    pub fn thin(&mut self, keeping: &Keeping, now: Timestamp) -> Result<Vec<String>, HistoryError> {
        if keeping.spent(&self.entries(), now).is_empty() {
            return Ok(Vec::new());
        }
        self.change(|store| {
            let entries = store.entries();
            let spent = keeping.spent(&entries, now).into_iter().map(|place| &entries[place]);
            let gone: Vec<_> = spent.filter(|entry| store.remove_audio(entry)).collect();
            // Of one that was discarded nothing is left then.
            let silent = |entry: &Arc<Entry>| {
                let deleted = if entry.cancelled { Some(now) } else { entry.deleted };
                Entry { audio: None, deleted, ..(**entry).clone() }
            };
            store.append(gone.into_iter().map(silent).collect())
        })
    }

    /// Removes a recording. `true` if it is gone.
    fn remove_audio(&self, entry: &Entry) -> bool {
        let Some(path) = self.audio(entry) else { return true };
        capture::discard(&path)
    }

    fn change(
        &mut self,
        change: impl FnOnce(&mut Self) -> io::Result<()>,
    ) -> Result<Vec<String>, HistoryError> {
        let changed = self.locked(change);
        changed.map(|((), problems)| problems).map_err(|e| failed(&self.place.folder, "written", &e))
    }

    /// Does something to the history as it is on disk now, while nobody else does.
    fn locked<T>(&mut self, work: impl FnOnce(&mut Self) -> io::Result<T>) -> io::Result<(T, Vec<String>)> {
        let mut options = private::options();
        let lock = options.create(true).truncate(false).write(true).open(self.place.folder.join(LOCK))?;
        // Some network file systems know no locks; a history is worth more than its lock.
        let _ = lock.lock();
        let problems = self.read_on()?;
        let done = work(self);
        if done.is_err() {
            // What was done in memory only is not so; what is on disk is still to be seen.
            self.forget();
            let _ = self.read_on();
        }
        let _ = lock.unlock();
        Ok((done?, problems))
    }

    fn path(&self) -> PathBuf {
        self.place.folder.join(FILE)
    }

    /// Reads what is new in the file, or all of it if it is another one.
    fn read_on(&mut self) -> io::Result<Vec<String>> {
        let mut file = match File::open(self.path()) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                self.forget();
                return Ok(Vec::new());
            }
            Err(error) => return Err(error),
        };
        let length = file.metadata()?.len();
        let mut beginning = vec![0; self.beginning.len()];
        let same = length >= self.read
            && !self.beginning.is_empty()
            && file.read_exact(&mut beginning).is_ok()
            && beginning == self.beginning;
        if same && length == self.read {
            return Ok(Vec::new());
        }
        if same {
            let mut bytes = Vec::new();
            file.seek(SeekFrom::Start(self.read))?;
            file.read_to_end(&mut bytes)?;
            let flaws = self.take_in(&bytes);
            if flaws.bad == 0 && flaws.older.is_none() && flaws.newer == 0 {
                self.read += bytes.len() as u64;
                return Ok(Vec::new());
            }
        }
        self.read_all()
    }

    fn forget(&mut self) {
        (self.slots, self.index) = Default::default();
        (self.read, self.lines) = (0, 0);
        self.beginning.clear();
    }

    fn read_all(&mut self) -> io::Result<Vec<String>> {
        self.forget();
        let path = self.path();
        private::restrict_file(&path);
        let bytes = fs::read(&path)?;
        let flaws = self.take_in(&bytes);
        self.read = bytes.len() as u64;
        let mut problems = Vec::new();
        let mut kept_as = |reason: &str, what: &dyn Fn(&str) -> String| {
            // A folder that takes no copy leaves the file as it is.
            let kept = keep_copy(&path, reason, &bytes);
            problems.push(match &kept {
                Ok(copy) => what(&format!("the file as it was is kept as {}", copy.display())),
                Err(error) => what(&format!("it is left as it is, for it cannot be copied ({error})")),
            });
            kept.is_ok()
        };
        if !bytes.starts_with(&self.beginning) {
            self.beginning.clear();
        }
        let unknown = self.beginning.is_empty() && self.lines > 0;
        let mut replace = unknown || self.lines > 2 * self.slots.len() + DEAD_LINES;
        let mut may_replace = true;
        if flaws.bad > 0 {
            let lines = if flaws.bad == 1 { "one line".to_owned() } else { format!("{} lines", flaws.bad) };
            may_replace &=
                kept_as("damaged", &|kept| format!("{lines} of the history could not be read; {kept}"));
            replace = true;
        }
        if let Some(older) = flaws.older {
            may_replace &= kept_as(&format!("schema-{older}"), &|kept| {
                format!("the history is written in a newer way from now on; {kept}")
            });
            replace = true;
        }
        if flaws.newer > 0 {
            let text = "some entries of the history are a newer Hark's: they are kept, and not shown here";
            problems.push(text.into());
        }
        if replace && may_replace {
            self.replace()?;
        }
        Ok(problems)
    }

    fn take_in(&mut self, bytes: &[u8]) -> Flaws {
        let scan = line::scan(bytes);
        let mut flaws = Flaws { bad: scan.bad, ..Flaws::default() };
        self.lines += scan.good.len() + scan.bad;
        let mut begun = false;
        for line in scan.good {
            match self.schema.read(&line) {
                Reading::Record { record, older } => {
                    if older {
                        flaws.older = Some(flaws.older.map_or(line.schema, |o| o.min(line.schema)));
                    }
                    match record {
                        Record::Beginning { .. } if !begun && self.beginning.is_empty() => {
                            self.beginning = line.whole.to_vec();
                        }
                        record => self.take(record),
                    }
                }
                Reading::Newer => {
                    flaws.newer += 1;
                    self.slots.push(Slot::Newer(line.whole.to_vec()));
                }
                Reading::Senseless => flaws.bad += 1,
            }
            begun = true;
        }
        flaws
    }

    fn take(&mut self, record: Record) {
        match record {
            Record::Beginning { .. } => {}
            Record::Entry(entry) => {
                let place = *self.index.entry(entry.id).or_insert(self.slots.len());
                match self.slots.get_mut(place) {
                    Some(slot) => *slot = Slot::Entry(Arc::from(entry)),
                    None => self.slots.push(Slot::Entry(Arc::from(entry))),
                }
            }
            Record::Gone { id } => {
                if let Some(place) = self.index.remove(&id) {
                    self.slots[place] = Slot::Gone;
                }
            }
        }
    }

    /// Adds lines to the file, all of them or none.
    fn append(&mut self, entries: Vec<Entry>) -> io::Result<()> {
        if entries.is_empty() {
            return Ok(());
        }
        let mut text = String::new();
        let beginning = if self.read == 0 { self.schema.write(&begin())? } else { String::new() };
        text.push_str(&beginning);
        let records: Vec<_> = entries.into_iter().map(|entry| Record::Entry(Box::new(entry))).collect();
        for record in &records {
            text.push_str(&self.schema.write(record)?);
        }
        let mut options = private::options();
        let mut file = options.create(true).append(true).read(true).open(self.path())?;
        let end = file.seek(SeekFrom::End(0))?;
        if ends_amid_a_line(&mut file, end)? {
            text.insert(0, '\n');
        }
        if let Err(error) = write_all(&mut file, text.as_bytes()).and_then(|()| file.sync_data()) {
            // Half a line would be taken for damage.
            file.set_len(end)?;
            return Err(error);
        }
        if !beginning.is_empty() {
            self.beginning = beginning.trim_end().as_bytes().to_vec();
        }
        self.lines += records.len();
        self.read = end + text.len() as u64;
        records.into_iter().for_each(|record| self.take(record));
        Ok(())
    }

    /// Writes the file anew, with what counts.
    fn replace(&mut self) -> io::Result<()> {
        let beginning = self.schema.write(&begin())?;
        let mut bytes = beginning.clone().into_bytes();
        let mut lines = 1;
        for slot in &self.slots {
            match slot {
                Slot::Entry(entry) => {
                    let record = Record::Entry(Box::new((**entry).clone()));
                    bytes.extend_from_slice(self.schema.write(&record)?.as_bytes());
                }
                Slot::Newer(line) => {
                    bytes.extend_from_slice(line);
                    bytes.push(b'\n');
                }
                Slot::Gone => continue,
            }
            lines += 1;
        }
        #[cfg(test)]
        disk::room_for(bytes.len())?;
        private::write_atomically(&self.path(), &bytes)?;
        (self.read, self.lines) = (bytes.len() as u64, lines);
        self.beginning = beginning.trim_end().as_bytes().to_vec();
        Ok(())
    }
}

fn begin() -> Record {
    Record::Beginning { file: EntryId::unused() }
}

fn ends_amid_a_line(file: &mut File, end: u64) -> io::Result<bool> {
    let mut last = [b'\n'];
    if end > 0 {
        file.seek(SeekFrom::Start(end - 1))?;
        file.read_exact(&mut last)?;
    }
    Ok(last != [b'\n'])
}

fn write_all(file: &mut File, bytes: &[u8]) -> io::Result<()> {
    #[cfg(test)]
    if let Err(error) = disk::room_for(bytes.len()) {
        file.write_all(&bytes[..bytes.len() / 2])?;
        return Err(error);
    }
    file.write_all(bytes)
}

/// Keeps the file's contents beside it under a free name.
fn keep_copy(path: &Path, reason: &str, bytes: &[u8]) -> io::Result<PathBuf> {
    let name = |number: u32| match number {
        1 => path.with_extension(format!("{reason}.jsonl")),
        _ => path.with_extension(format!("{reason}-{number}.jsonl")),
    };
    let free = (1..).map(name).find(|name| name.symlink_metadata().is_err());
    let copy = free.ok_or(io::ErrorKind::AlreadyExists)?;
    private::write_atomically(&copy, bytes)?;
    Ok(copy)
}

fn failed(folder: &Path, action: &'static str, error: &io::Error) -> HistoryError {
    HistoryError { folder: folder.display().to_string(), action, reason: crate::text::reason(error) }
}

/// A disk that takes as much as a test lets it.
#[cfg(test)]
pub mod disk {
    use std::cell::Cell;
    use std::io;

    thread_local! {
        static ROOM: Cell<usize> = const { Cell::new(usize::MAX) };
    }

    pub fn room_for(bytes: usize) -> io::Result<()> {
        if bytes > ROOM.get() { Err(io::ErrorKind::StorageFull.into()) } else { Ok(()) }
    }

    /// Lets the disk take so many bytes at once while `work` is done.
    pub fn with_room<T>(bytes: usize, work: impl FnOnce() -> T) -> T {
        ROOM.set(bytes);
        let done = work();
        ROOM.set(usize::MAX);
        done
    }
}
