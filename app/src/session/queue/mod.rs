//! The list of files: a value that knows what waits, runs and is done. It reads no disk and no clock.

mod entry;
#[cfg(test)]
mod tests;

use super::snapshot::{AboutFile, FileId, FileState, FileView, FilesView, Speed, Together, TranscriptView};
use super::transcription::{Finished, Growing};
use crate::kept_files::{self, FileOptions, Identity, Listed};
use entry::{Entry, Text, file_name};
use std::collections::{BTreeSet, HashMap, HashSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

/// Files in the order of adding; several may run.
#[derive(Default)]
pub struct Queue {
    entries: Vec<Entry>,
    /// The same as the window shows them, shared with all snapshots until something changes.
    views: Arc<Vec<FileView>>,
    last: FileId,
    /// How many were added since the start, or went on then.
    added: u64,
    usual: FileOptions,
    /// What was done since the start.
    done: (f64, f64),
    /// The list is not as it was written.
    unsaved: bool,
    keeping: Keeping,
}

/// Which texts are on their way to the disk.
#[derive(Default)]
struct Keeping {
    /// They are not there as they are here.
    wanted: BTreeSet<FileId>,
    under_way: BTreeSet<FileId>,
    /// The disk did not take them.
    refused: BTreeSet<FileId>,
}

/// What the engine is to do next.
#[derive(Clone, Debug, PartialEq)]
pub struct NextFile {
    pub id: FileId,
    pub path: Arc<Path>,
    pub options: FileOptions,
    /// The channel that is to be heard, if each is somebody of their own.
    pub channel: Option<usize>,
}

impl Queue {
    /// The list that an earlier start left.
    pub fn of_listed(files: Vec<Listed>, usual: FileOptions) -> Self {
        let entries: Vec<_> = files.into_iter().map(Entry::from_listed).collect();
        let last = entries.iter().map(|entry| entry.id).max().unwrap_or(0);
        let mut queue = Self { entries, last, usual, ..Self::default() };
        queue.name();
        queue.unsaved = false;
        queue
    }

    /// Puts files at the end, each path at most once while it waits or runs. Returns their numbers.
    pub fn add(&mut self, paths: impl IntoIterator<Item = PathBuf>) -> Vec<FileId> {
        let pending = self.entries.iter().filter(|e| e.is_pending());
        let mut pending: HashSet<Arc<Path>> = pending.map(|e| e.path.clone()).collect();
        let mut added = Vec::new();
        for path in paths {
            let entry = Entry::new(self.last + 1, &path, self.usual);
            if pending.insert(entry.path.clone()) {
                self.last = entry.id;
                added.push(entry.id);
                self.entries.push(entry);
            }
        }
        if !added.is_empty() {
            self.added += added.len() as u64;
            self.name();
        }
        added
    }

    /// Names every file so that no two of them have the same name as far as possible, and makes all views anew.
    fn name(&mut self) {
        let mut alike: HashMap<String, HashSet<&Path>> = HashMap::new();
        for entry in &self.entries {
            alike.entry(file_name(&entry.path)).or_default().insert(&entry.path);
        }
        let name = |path: &Path| {
            let name = file_name(path);
            let several = alike.get(&name).is_some_and(|paths| paths.len() > 1);
            match path.parent().filter(|_| several) {
                Some(folder) => format!("{name} – {}", file_name(folder)),
                None => name,
            }
        };
        let names: Vec<Arc<str>> = self.entries.iter().map(|entry| name(&entry.path).into()).collect();
        for (entry, name) in self.entries.iter_mut().zip(names) {
            entry.name = name;
        }
        self.views = Arc::new(self.entries.iter().map(Entry::view).collect());
        self.unsaved = true;
    }

    /// Changes a file, and what is shown of it. `None` if there is none.
    fn change<T>(&mut self, id: FileId, change: impl FnOnce(&mut Entry) -> T) -> Option<T> {
        let place = self.place(id)?;
        let result = change(&mut self.entries[place]);
        let view = self.entries[place].view();
        if self.views[place] != view {
            self.unsaved |= !self.entries[place].is_running();
            Arc::make_mut(&mut self.views)[place] = view;
        }
        Some(result)
    }

    /// The file that is to run next: one whose next channel is to come, or the first that waits.
    pub fn next(&self) -> Option<NextFile> {
        let between = self.entries.iter().find(|e| e.is_between_channels());
        let entry = between.or_else(|| self.entries.iter().find(|e| e.is_ready()))?;
        let Entry { id, path, options, parts, .. } = entry;
        let channel = entry.channels().filter(|channels| *channels > 1).map(|_| parts.len());
        Some(NextFile { id: *id, path: path.clone(), options: *options, channel })
    }

    /// The engine has been given a file.
    pub fn started(&mut self, id: FileId) {
        self.change(id, |entry| {
            entry.growing = Growing::default();
            entry.asked = true;
            entry.show_progress();
        });
    }

    /// The engine tells how far a running file is.
    pub fn advance(&mut self, id: FileId, step: impl FnOnce(&mut Growing)) {
        self.change(id, |entry| {
            if entry.is_running() {
                step(&mut entry.growing);
                entry.show_progress();
            }
        });
    }

    /// The engine has made a text, of a whole file or of one of its channels. The whole file's, if that is it.
    pub fn take_part(&mut self, id: FileId, part: Finished) -> Option<Finished> {
        self.change(id, |entry| {
            let channels = entry.channels().unwrap_or(1);
            if channels == 1 {
                return Some(part);
            }
            entry.parts.push(part);
            if entry.parts.len() < channels {
                entry.growing = Growing::default();
                entry.asked = false;
                entry.show_progress();
                return None;
            }
            Finished::of_channels(std::mem::take(&mut entry.parts))
        })
        .flatten()
    }

    /// A file has its transcript.
    pub fn finish(&mut self, id: FileId, finished: Finished) {
        if let Some(Speed { audio_s, processing_s }) = finished.speed() {
            self.done = (self.done.0 + audio_s, self.done.1 + processing_s);
        }
        self.change(id, |entry| {
            entry.state = FileState::Done { speed: finished.speed(), edited: false };
            entry.growing = Growing::default();
            entry.changed = false;
            entry.text = Text::Here(Box::new(finished));
        });
        self.unsaved = true;
        self.keeping.wanted.insert(id);
    }

    /// A file has no transcript, and why.
    pub fn failed(&mut self, id: FileId, message: String) {
        self.change(id, |entry| entry.fail(message));
    }

    /// Takes a file off what waits or runs.
    pub fn cancel(&mut self, id: FileId) {
        self.change(id, |entry| {
            if entry.is_pending() {
                entry.state = FileState::Cancelled;
                entry.parts.clear();
            }
        });
    }

    /// Takes everything off what waits or runs.
    pub fn cancel_all(&mut self) {
        let pending: Vec<_> = self.entries.iter().filter(|e| e.is_pending()).map(|e| e.id).collect();
        pending.into_iter().for_each(|id| self.cancel(id));
    }

    /// Lets a running file wait again, to start afresh in its old place.
    pub fn postpone(&mut self, id: FileId) {
        self.change(id, |entry| {
            if entry.is_running() {
                entry.wait();
            }
        });
    }

    /// Lets a file that is not under way wait again, in its old place. A text that is there stays until there is
    /// another one.
    pub fn retry(&mut self, id: FileId) {
        self.change(id, |entry| {
            if !entry.is_pending() {
                entry.wait();
            }
        });
    }

    /// Lets all wait that the end of an earlier start interrupted.
    pub fn go_on(&mut self) {
        self.added += 1;
        self.interrupted().into_iter().for_each(|id| self.retry(id));
    }

    /// The files that the end of an earlier start interrupted.
    pub fn interrupted(&self) -> Vec<FileId> {
        let interrupted = self.entries.iter().filter(|e| e.state == FileState::Interrupted);
        interrupted.map(|e| e.id).collect()
    }

    /// Takes a file off the list unless it waits or runs. `true` if it is gone.
    pub fn remove(&mut self, id: FileId) -> bool {
        self.remove_if(|e| e.id == id && !e.is_pending()) > 0
    }

    fn remove_if(&mut self, gone: impl Fn(&Entry) -> bool) -> usize {
        let before = self.entries.len();
        self.entries.retain(|e| !gone(e));
        if self.entries.len() < before {
            self.name();
        }
        before - self.entries.len()
    }

    /// How files are transcribed from now on, and those that wait already.
    pub fn set_usual(&mut self, usual: FileOptions) {
        self.usual = usual;
        self.unsaved = true;
        let waiting: Vec<_> =
            self.entries.iter().filter(|e| e.state == FileState::Waiting).map(|e| e.id).collect();
        for id in waiting {
            self.change(id, |entry| entry.options = FileOptions { track: entry.options.track, ..usual });
        }
    }

    /// How one file is to be transcribed, from now on. `true` if it has to be done anew for that.
    pub fn set_options(&mut self, id: FileId, options: FileOptions) -> bool {
        let changed = self.change(id, |entry| {
            let differs = entry.options != options;
            entry.options = options;
            // Of another track nobody has counted the channels yet.
            differs && !matches!(entry.state, FileState::Waiting)
        });
        changed.unwrap_or(false)
    }

    /// What was found out about a file.
    pub fn learn(&mut self, id: FileId, about: AboutFile, identity: Option<Identity>) {
        self.change(id, |entry| {
            entry.about = Some(Arc::new(about));
            // A text belongs to the file that it was made of.
            let made = matches!(entry.state, FileState::Done { .. }) && entry.identity.is_some();
            if made {
                entry.changed = identity != entry.identity;
            } else {
                entry.identity = identity;
            }
        });
    }

    /// The files that nobody has looked at.
    pub fn unknown(&self, ids: &[FileId]) -> Vec<(FileId, PathBuf, Option<usize>)> {
        let wanted: HashSet<_> = ids.iter().collect();
        let unknown = self.entries.iter().filter(|e| wanted.contains(&e.id));
        unknown.map(|e| (e.id, e.path.to_path_buf(), e.options.track)).collect()
    }

    /// Changes a file's text, if it is here.
    pub fn edit(&mut self, id: FileId, edit: impl FnOnce(&mut Finished)) {
        self.change(id, |entry| {
            if let (Text::Here(finished), FileState::Done { edited, .. }) =
                (&mut entry.text, &mut entry.state)
            {
                edit(finished);
                *edited = finished.is_edited();
            }
        });
        self.keeping.wanted.insert(id);
    }

    /// A text that was kept is here again.
    pub fn bring(&mut self, id: FileId, finished: Finished) {
        self.change(id, |entry| {
            if matches!(entry.text, Text::Kept) {
                entry.text = Text::Here(Box::new(finished));
            }
        });
    }

    /// Whether a file has a text that is not here.
    pub fn is_kept_only(&self, id: FileId) -> bool {
        self.entry(id).is_some_and(|entry| matches!(entry.text, Text::Kept))
    }

    /// A text that is to be written next, if there is one; those of files under `left_out` are kept elsewhere.
    pub fn text_to_write(&mut self, left_out: &Path) -> Option<(Listed, kept_files::Text)> {
        while let Some(id) = self.keeping.wanted.difference(&self.keeping.under_way).next().copied() {
            self.keeping.wanted.remove(&id);
            let Some(entry) = self.entry(id).filter(|e| !e.path.starts_with(left_out)) else { continue };
            if let Text::Here(finished) = &entry.text {
                let to_write = (entry.listed(), finished.to_keep());
                self.keeping.under_way.insert(id);
                return Some(to_write);
            }
        }
        None
    }

    /// A text that was to be written has to wait.
    pub fn write_later(&mut self, id: FileId) {
        self.keeping.under_way.remove(&id);
        self.keeping.wanted.insert(id);
    }

    /// A text was written, or the disk did not take it. A disk that takes one may have room for those that it refused.
    pub fn is_written(&mut self, id: FileId, taken: bool) {
        self.keeping.under_way.remove(&id);
        if taken {
            self.keeping.wanted.append(&mut self.keeping.refused);
        } else {
            self.keeping.refused.insert(id);
        }
    }

    /// The disk is asked once more for what it refused, and nobody waits for what is under way: who writes does
    /// one thing after another.
    pub fn hope_again(&mut self) {
        self.keeping.under_way.clear();
        self.keeping.wanted.append(&mut self.keeping.refused);
    }

    /// Nobody looks at a text: if it is on the disk, it need not be in memory, too.
    pub fn put_away(&mut self, id: FileId, left_out: &Path) {
        let Keeping { wanted, under_way, refused } = &self.keeping;
        if [wanted, under_way, refused].iter().any(|set| set.contains(&id)) {
            return;
        }
        self.change(id, |entry| {
            let done = matches!(entry.state, FileState::Done { .. }) && matches!(entry.text, Text::Here(_));
            if done && !entry.path.starts_with(left_out) {
                entry.text = Text::Kept;
            }
        });
    }

    /// The list as it is to be written, if it was not; those under `left_out` are kept elsewhere.
    pub fn list_to_write(&mut self, left_out: &Path) -> Option<(FileOptions, Vec<Listed>)> {
        if !std::mem::take(&mut self.unsaved) {
            return None;
        }
        let files = self.entries.iter().filter(|e| !e.path.starts_with(left_out));
        Some((self.usual, files.map(Entry::listed).collect()))
    }

    /// The list could not be written.
    pub fn is_unsaved(&mut self) {
        self.unsaved = true;
    }

    /// The files with a text, with their names and the texts that are here.
    pub fn texts(&self) -> Vec<(FileId, Arc<Path>, Option<Finished>)> {
        let text = |entry: &Entry| match &entry.text {
            Text::Here(finished) => Some((entry.id, entry.path.clone(), Some((**finished).clone()))),
            Text::Kept => Some((entry.id, entry.path.clone(), None)),
            Text::Nowhere => None,
        };
        self.entries.iter().filter_map(text).collect()
    }

    /// The list as the window shows it.
    pub fn view(&self) -> FilesView {
        let (left, together) = (self.left(), self.together());
        FilesView { list: self.views.clone(), left, together, added: self.added, usual: self.usual }
    }

    /// The speed of the files that run side by side, of which each shows its share, once it is known of several.
    fn together(&self) -> Option<Together> {
        let running = self.entries.iter().filter(|e| e.is_running());
        let speeds: Vec<_> = running.filter_map(|e| e.growing.speed()).map(|speed| speed.x()).collect();
        (speeds.len() > 1).then(|| Together { files: speeds.len(), x: speeds.iter().sum() })
    }

    /// Time left for all, at the speed up to now: that of those which run side by side, and of what was done before.
    /// Files of unknown length count as the others are on average.
    fn left(&self) -> Option<Duration> {
        let measured = |e: &Entry| {
            let (speed, left) = (e.growing.speed()?, e.growing.left()?);
            e.is_running().then_some((speed, left))
        };
        let running: Vec<_> = self.entries.iter().filter_map(measured).collect();
        let together: f64 = running.iter().map(|(speed, _)| speed.x()).sum();
        if running.is_empty() || together <= 0.0 {
            return None;
        }
        let shared = running.iter().map(|(speed, left)| left.as_secs_f64() * speed.x() / together);
        let audio = self.done.0 + running.iter().map(|(speed, _)| speed.audio_s).sum::<f64>();
        let work = self.done.1 + running.iter().map(|(speed, _)| speed.processing_s).fold(0.0, f64::max);
        let waits = |e: &&Entry| e.is_pending() && measured(e).is_none();
        let waiting: Vec<_> = self.entries.iter().filter(waits).collect();
        let lengths = || waiting.iter().filter_map(|e| e.about.as_ref()?.length_s);
        let known = lengths().count();
        if work <= 0.0 || audio <= 0.0 || (known == 0 && !waiting.is_empty()) {
            return None;
        }
        let mean = if known == 0 { 0.0 } else { lengths().sum::<f64>() / known as f64 };
        let seconds = shared.sum::<f64>() + mean * waiting.len() as f64 * work / audio;
        Duration::try_from_secs_f64(seconds).ok()
    }

    /// Where a file is.
    pub fn path(&self, id: FileId) -> Option<&Path> {
        self.entry(id).map(|e| &*e.path)
    }

    /// How a file is transcribed.
    pub fn options(&self, id: FileId) -> FileOptions {
        self.entry(id).map(|e| e.options).unwrap_or_default()
    }

    /// A file's finished transcript, if it is here.
    pub fn finished(&self, id: FileId) -> Option<&Finished> {
        match &self.entry(id)?.text {
            Text::Here(finished) => Some(finished),
            Text::Kept | Text::Nowhere => None,
        }
    }

    /// A file's transcript as far as it exists.
    pub fn transcript_view(&self, id: FileId) -> TranscriptView {
        let Some(entry) = self.entry(id) else { return TranscriptView::default() };
        match (&entry.state, &entry.text) {
            (FileState::Running { .. }, _) => entry.growing.view(),
            (_, Text::Here(finished)) => finished.view(),
            _ => entry.growing.rest(),
        }
    }

    fn place(&self, id: FileId) -> Option<usize> {
        // Numbers grow with places, unless a list was put together again.
        let guess = self.entries.binary_search_by_key(&id, |e| e.id).ok();
        guess.or_else(|| self.entries.iter().position(|e| e.id == id))
    }

    fn entry(&self, id: FileId) -> Option<&Entry> {
        self.place(id).map(|place| &self.entries[place])
    }
}
