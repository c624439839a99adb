//! The list of files and the disk: what is looked at, kept and brought back.

use super::banners::{Action, Topic};
use super::desk::Work;
use super::lookups::{Found, LookedAt};
use super::snapshot::{AboutFile, FileId, Played, Shown, Tone};
use super::state::Session;
use super::transcription::Finished;
use crate::audio_files::Selection;
use crate::delivery::Receipt;
use crate::kept_files::{self, FileOptions, Identity};
use crate::text::{self, reason};
use hark_engine::audio::{AudioFile, AudioSource};
use std::path::Path;

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

    /// Shows something, and brings a file's text back if that is only on the disk.
    pub(super) fn show(&mut self, shown: Shown) {
        let before = std::mem::replace(&mut self.shown, shown);
        if let Shown::File(old) = before
            && before != shown
        {
            self.put_away(old);
        }
        if let Shown::File(id) = shown {
            self.bring_text(id);
            self.look_into(&[id]);
        }
    }

    fn put_away(&mut self, id: FileId) {
        if self.setup.kept_files.is_some() && self.shown != Shown::File(id) {
            self.files.put_away(id, &self.setup.recordings);
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
        if path.starts_with(&self.setup.recordings) {
            self.keep_file(&path, &finished);
        } else {
            self.settle(&path);
        }
        self.files.finish(id, finished);
    }

    /// A file's text is on the disk, or why not.
    pub(super) fn text_is_kept(&mut self, id: FileId, result: Result<(), String>) {
        self.files.is_written(id, result.is_ok());
        match result {
            Ok(()) => {
                self.banners.close_topic(&Topic::KeptFiles);
                self.put_away(id);
            }
            Err(why) => self.tell_of_unkept(&why),
        }
    }

    pub(super) fn tell_of_unkept(&mut self, why: &str) {
        self.banners
            .warn(Topic::KeptFiles, format!("The list of files cannot be kept for the next start: {why}."));
    }

    /// Writes what has changed: texts, and the list.
    pub(super) fn keep_files(&mut self) {
        let Some(folder) = self.setup.kept_files.clone() else { return };
        while let Some((file, text)) = self.files.text_to_write(&self.setup.recordings) {
            let (id, folder) = (file.id, folder.clone());
            let write = move || {
                let result = folder.write_text(&file, &text).map_err(|error| reason(&error));
                Some(Receipt::FileText { id, result })
            };
            if self.outbox.delivery.write(Box::new(write)).is_err() {
                self.files.write_later(id);
                break;
            }
        }
        let retries = self.retries.to_keep();
        if retries != self.retries.written {
            self.files.is_unsaved();
            self.retries.written.clone_from(&retries);
        }
        let Some((usual, files)) = self.files.list_to_write(&self.setup.recordings) else { return };
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
        let under_way = self.desk.works().any(|work| work == Work::File(id));
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
