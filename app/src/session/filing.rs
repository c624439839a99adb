//! The list of files and the disk: what is looked at, kept and brought back.

use super::banners::{Action, Topic};
use super::desk::Work;
use super::lookups::{Found, LookedAt};
use super::snapshot::{AboutFile, FileId, Played, Playing, Shown, Tone};
use super::state::Session;
use super::transcription::Finished;
use crate::audio_files::Selection;
use crate::delivery::{Receipt, save_beside};
use crate::export::Format;
use crate::kept_files::{self, FileOptions, Folder, Identity};
use crate::text::{self, reason, sentence};
use hark_engine::audio::{AudioFile, AudioSource};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Files that are looked at before the session is told of them.
const AT_ONCE: usize = 32;

impl Session {
    /// Puts files on the list, and says what of the folders was left out.
    pub(super) fn add_files(&mut self, selection: Selection) {
        let note = selection.note();
        let added = self.files.add(selection.files);
        if let Some(first) = added.first() {
            self.shown = Shown::File(*first);
        }
        if let Some(note) = note {
            self.banners.inform(Topic::File, note);
        }
        self.look_into(&added);
    }

    /// Has somebody look at files: how long they are, which tracks they have, and what tells them from others.
    pub(super) fn look_into(&mut self, ids: &[FileId]) {
        let files = self.files.unknown(ids);
        if files.is_empty() {
            return;
        }
        let look = move |outbox: &crossbeam_channel::Sender<Found>| {
            for some in files.chunks(AT_ONCE) {
                let looked_at = some.iter().map(|(id, path, track)| look_at(*id, path, *track)).collect();
                // The session is gone only while the program ends.
                if outbox.send(Found::LookedAt(looked_at)).is_err() {
                    return;
                }
            }
        };
        if self.outbox.lookups.tell("hark-look-into", look).is_err() {
            // Channels cannot be counted: the files are taken as they are.
            ids.iter().for_each(|id| self.files.learn(*id, AboutFile::default(), None));
        }
    }

    pub(super) fn has_looked_at(&mut self, files: Vec<LookedAt>) {
        for LookedAt { id, about, identity } in files {
            self.files.learn(id, about, identity);
        }
    }

    /// Shows a file, and brings its text back if that is only on the disk.
    pub(super) fn show(&mut self, shown: Shown) {
        let before = std::mem::replace(&mut self.shown, shown);
        if let Shown::File(old) = before
            && before != shown
            && let Some(file) = self.files.listed(old)
            && self.setup.kept_files.is_some()
            && !Path::new(&PathBuf::from(file.path)).starts_with(&self.setup.recordings)
        {
            // What is on the disk need not be in memory, too.
            self.keep_file_text(old, true);
        }
        if let Shown::File(id) = shown {
            self.bring_text(id);
            self.look_into(&[id]);
        }
    }

    fn bring_text(&mut self, id: FileId) {
        let Some(folder) = self.setup.kept_files.clone().filter(|_| self.files.is_kept_only(id)) else {
            return;
        };
        self.outbox.lookups.ask(move || Found::FileText { id, text: folder.read_text(id).map(Box::new) });
    }

    pub(super) fn has_brought_text(&mut self, id: FileId, text: Result<Box<kept_files::Text>, String>) {
        match text {
            Ok(text) => self.files.bring(id, Finished::from_kept(*text)),
            Err(why) => {
                self.files.failed(
                    id,
                    format!("Its text was kept, but cannot be read: {why}. It can be transcribed again."),
                );
            }
        }
    }

    /// The engine has made the text of a file, or of one of its channels.
    pub(super) fn file_is_transcribed(&mut self, id: FileId, part: Finished) {
        let Some(finished) = self.files.take_part(id, part) else { return };
        let Some(path) = self.files.path(id).map(Path::to_owned) else { return };
        if let Some(damage) = text::damage(finished.transcript.damage) {
            let name = path.file_name().unwrap_or(path.as_os_str()).to_string_lossy();
            self.banners.warn(Topic::File, format!("{name} is damaged: {damage}."));
        }
        let dictated = path.starts_with(&self.setup.recordings);
        if dictated {
            self.keep_file(&path, &finished);
        } else {
            self.settle(&path);
        }
        self.files.finish(id, finished);
        if !dictated {
            self.keep_file_text(id, self.shown != Shown::File(id));
        }
    }

    /// Writes a file's text; `away` if it need not be in memory afterwards.
    fn keep_file_text(&mut self, id: FileId, away: bool) {
        let Some(folder) = self.setup.kept_files.clone() else { return };
        let (Some(file), Some(finished)) = (self.files.listed(id), self.files.finished(id)) else { return };
        let text = finished.to_keep();
        let write = move || {
            let result = folder.write_text(&file, &text).map_err(|error| reason(&error));
            Some(Receipt::FileText { id, away, result })
        };
        // What is not written stays in memory.
        let _ = self.outbox.delivery.write(Box::new(write));
    }

    /// A file's text is on the disk, or why not.
    pub(super) fn text_is_kept(&mut self, id: FileId, away: bool, result: Result<(), String>) {
        match result {
            Ok(()) if away && self.shown != Shown::File(id) => self.files.put_away(id),
            Ok(()) => {}
            Err(why) => self.tell_of_unkept(&why),
        }
    }

    pub(super) fn tell_of_unkept(&mut self, why: &str) {
        self.banners
            .warn(Topic::KeptFiles, format!("The list of files cannot be kept for the next start: {why}."));
    }

    /// Writes the list, if it has changed.
    pub(super) fn keep_list(&mut self) {
        let Some(folder) = self.setup.kept_files.clone() else { return };
        let retries = self.retries.to_keep();
        if retries != self.retries.written {
            self.files.is_unsaved();
            self.retries.written.clone_from(&retries);
        }
        let Some((usual, files)) = self.files.to_write(&self.setup.recordings) else { return };
        let write = move || {
            let written = folder.write_list(usual, &files, &retries);
            written.err().map(|error| Receipt::FileList(reason(&error)))
        };
        if self.outbox.delivery.write(Box::new(write)).is_err() {
            self.files.is_unsaved();
        }
    }

    /// Takes files off the list, with their texts.
    pub(super) fn remove_file(&mut self, id: FileId) {
        if !self.files.remove(id) {
            return;
        }
        if self.shown == Shown::File(id) {
            self.shown = Shown::Dictation;
        }
        if self.is_playing(Played::Shown(Shown::File(id))) {
            self.history.stop_playing();
        }
        if let Some(folder) = self.setup.kept_files.clone() {
            let delete = move || {
                let deleted = folder.delete_text(id);
                deleted.err().map(|error| Receipt::FileList(reason(&error)))
            };
            let _ = self.outbox.delivery.write(Box::new(delete));
        }
    }

    /// Lets a file be transcribed, perhaps again.
    pub(super) fn retry_file(&mut self, id: FileId) {
        self.files.retry(id);
        self.look_into(&[id]);
    }

    pub(super) fn change_file(&mut self, id: FileId, options: FileOptions) {
        let under_way = self.desk.work() == Some(Work::File(id));
        if self.files.set_options(id, options) {
            if under_way {
                self.desk.cancel(Work::File(id));
                self.files.postpone(id);
            }
            self.files.retry(id);
        }
        self.look_into(&[id]);
    }

    /// Offers to go on with what the end of an earlier start interrupted.
    pub(super) fn offer_interrupted(&mut self) {
        let text = match self.files.interrupted().len() {
            0 => return,
            1 => "One file was not transcribed when Hark ended.".to_owned(),
            many => format!("{many} files were not transcribed when Hark ended."),
        };
        self.banners.offer(Topic::Interrupted, Tone::Info, text, "Go on", Action::GoOn);
    }

    pub(super) fn go_on(&mut self) {
        let interrupted = self.files.interrupted();
        self.files.go_on();
        self.look_into(&interrupted);
    }

    /// Puts a text in place of a segment's.
    pub(super) fn edit(&mut self, shown: Shown, place: usize, text: &str) {
        self.edit_shown(shown, |finished| finished.edit(place, text));
    }

    /// Takes all edits back.
    pub(super) fn restore(&mut self, shown: Shown) {
        self.edit_shown(shown, Finished::restore);
    }

    fn edit_shown(&mut self, shown: Shown, edit: impl FnOnce(&mut Finished)) {
        match shown {
            Shown::File(id) => {
                self.files.edit(id, edit);
                self.keep_file_text(id, false);
            }
            Shown::Demo => {}
            Shown::Dictation => {
                let Some(text) = &mut self.dictation.text else { return };
                edit(&mut text.finished);
                let (generation, whole) = (text.generation, text.finished.view().text());
                text.deliver_edited(whole.clone());
                self.keep_delivered(generation, &whole);
            }
        }
    }

    /// Plays what is shown from a moment on.
    pub(super) fn play_shown(&mut self, from: f64) {
        let (path, track) = match self.shown {
            Shown::Demo => return,
            Shown::Dictation => (self.dictation.text.as_ref().and_then(|text| text.path.clone()), None),
            Shown::File(id) => (self.files.path(id).map(Path::to_owned), self.files.options(id).track),
        };
        let Some(path) = path else { return };
        let from = Duration::try_from_secs_f64(from).unwrap_or_default();
        let playing = Playing { of: Played::Shown(self.shown), position: from };
        self.play(path, track, playing);
    }

    /// Writes every text into a folder, on a thread of its own.
    pub(super) fn save_all(&mut self, format: Format, folder: PathBuf) {
        let (texts, kept) = (self.files.texts(), self.setup.kept_files.clone());
        self.outbox.lookups.ask(move || {
            let (mut saved, mut problem) = (0, None);
            for (id, path, here) in texts {
                match save_one(&folder, format, &path, here.map_or_else(|| read(kept.as_ref(), id), Ok)) {
                    Ok(()) => saved += 1,
                    Err(why) => problem = problem.or(Some(format!("{}: {why}", path.display()))),
                }
            }
            Found::SavedAll { folder, saved, problem }
        });
    }

    pub(super) fn has_saved_all(&mut self, folder: &Path, saved: usize, problem: Option<String>) {
        let into = folder.display();
        let files = if saved == 1 { "one transcript".to_owned() } else { format!("{saved} transcripts") };
        let text = sentence(&format!("saved {files} in {into}"));
        match problem {
            None => self.banners.inform(Topic::File, text),
            Some(problem) => {
                self.banners.warn(Topic::File, format!("{text} Not all could be saved: {problem}."))
            }
        }
    }
}

fn read(kept: Option<&Folder>, id: FileId) -> Result<Finished, String> {
    kept.ok_or("it was not kept")?.read_text(id).map(Finished::from_kept)
}

fn save_one(
    folder: &Path,
    format: Format,
    path: &Path,
    text: Result<Finished, String>,
) -> Result<(), String> {
    let contents = super::save::contents(&text?, Some(path), format)?;
    let stem = path.file_stem().unwrap_or(path.as_os_str());
    save_beside(folder, stem, format.ending(), contents.as_bytes()).map(drop).map_err(|error| reason(&error))
}

fn look_at(id: FileId, path: &Path, track: Option<usize>) -> LookedAt {
    let identity = Identity::of(path).ok();
    // What cannot be opened says why when its turn comes.
    let file = identity.as_ref().and_then(|_| AudioFile::open(path, track).ok());
    let about = file.map(|file| AboutFile {
        tracks: file.tracks().to_vec(),
        channels: file.channels(),
        length_s: file.stated_length().map(|length| length.seconds()),
    });
    LookedAt { id, about: about.unwrap_or_default(), identity }
}
