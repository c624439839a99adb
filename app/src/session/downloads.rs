//! Models on their way here, and away.

use super::banners::{Action, Topic};
use super::lookups::Found;
use super::shelf::{News, Shelf, UnderWay};
use super::snapshot::Tone;
use super::state::Session;
use crate::delivery::atomically;
use crate::models;
use crate::models::published::{self, Published};
use crate::speeds::Sample;
use crate::text::sentence;
use crate::texts;
use hark_engine::Precision;
use std::fs;
use std::path::PathBuf;

impl Session {
    /// Somebody looks at the page with the models, or nobody does any more.
    pub(super) fn look_at_models(&mut self, looked_at: bool) {
        self.shelf.looked_at = looked_at;
        if looked_at {
            self.take_stock();
        }
    }

    /// Looks what lies on the disk.
    pub(super) fn take_stock(&self) {
        let (folder, precision) = (self.shelf.folder.clone(), self.usual_precision());
        self.outbox.lookups.ask(move || Found::Stock(Box::new(Shelf::look(folder.as_deref(), precision))));
    }

    /// The precision that models are computed in, as far as that is known.
    pub(super) fn usual_precision(&self) -> Precision {
        self.desk.precision().unwrap_or(Precision::Int8)
    }

    /// Fetches a model. What was fetched of it earlier is gone on with.
    pub(super) fn download(&mut self, name: &str) {
        let (Some(model), Some(folder)) = (published::by_name(name), self.shelf.folder.clone()) else {
            return;
        };
        if self.shelf.under_way.contains_key(model.name) {
            return;
        }
        self.shelf.troubles.remove(model.name);
        let mirror = self.settings.get().mirror.clone();
        match start(&self.outbox.lookups, model, folder, mirror.as_deref()) {
            Ok(stop) => {
                self.shelf.under_way.insert(model.name, UnderWay { stop, done: 0, left: None });
            }
            Err(why) => {
                self.shelf.troubles.insert(model.name, sentence(&why));
            }
        }
    }

    /// Ends a download. What has come is kept.
    pub(super) fn cancel_download(&mut self, name: &str) {
        if let Some(download) = self.shelf.under_way.get(name) {
            (download.stop)();
        }
    }

    /// Deletes a model of Hark's own folder.
    pub(super) fn delete_model(&mut self, name: String) {
        let Some(folder) = self.shelf.folder.clone() else { return };
        self.shelf.troubles.remove(name.as_str());
        self.outbox.lookups.ask(move || {
            let why = models::delete(&folder, &name).err().map(|error| error.to_string());
            Found::Deleted { name, why }
        });
    }

    /// A model was deleted, or could not be. One that is in use stays so until another is chosen.
    pub(super) fn is_deleted(&mut self, name: &str, why: Option<String>) {
        if let Some(why) = why {
            self.banners.warn(Topic::Download, sentence(&why));
        }
        if self.settings.get().model.as_deref() == Some(name) {
            self.change_settings(|settings| settings.model = None);
        }
        self.take_stock();
        self.look_around();
    }

    /// Takes note of what comes of a download.
    pub(super) fn hear_of_download(&mut self, name: &'static str, news: News) {
        match news {
            News::Progress { done, left } => {
                if let Some(download) = self.shelf.under_way.get_mut(name) {
                    (download.done, download.left) = (done, left);
                }
                return;
            }
            News::Whole if self.choice.fallback => {
                // Whoever fetches a model while there is only the demo wants to use it.
                self.resolve(name.into());
            }
            News::Whole => {
                let text = texts::say_model_here(name);
                self.banners.offer(
                    Topic::Download,
                    Tone::Info,
                    text,
                    texts::do_use(),
                    Action::UseModel(name.into()),
                );
            }
            News::Cancelled => {}
            News::Failed(why) => {
                self.shelf.troubles.insert(name, sentence(&why));
                if !self.shelf.looked_at {
                    self.banners.warn(Topic::Download, texts::say_model_failed(name, why));
                }
            }
        }
        self.shelf.under_way.remove(name);
        self.take_stock();
        self.look_around();
    }

    /// Takes note of how long a layer takes.
    pub(super) fn is_gauged(&mut self, width: usize, precision: Precision, sample: Sample) {
        let file = self.shelf.speeds.sampled(precision, width, sample);
        self.write_speeds(file);
    }

    /// Takes note of how long a recording took with a model.
    pub(super) fn has_worked(&mut self, model: &str, audio_s: f64, processing_s: f64) {
        if published::by_name(model).is_some() {
            let file = self.shelf.speeds.measured(model, audio_s, processing_s);
            self.write_speeds(file);
        }
    }

    fn write_speeds(&self, file: Option<(PathBuf, Vec<u8>)>) {
        if let Some((path, bytes)) = file {
            // If the disk does not answer, it is measured again.
            let _ = self.outbox.delivery.write(Box::new(move || {
                let _ = path.parent().map(fs::create_dir_all);
                let _ = atomically(&path, &bytes);
                None
            }));
        }
    }
}

/// Begins a download on a thread of its own; gives what ends it.
#[cfg(feature = "download")]
fn start(
    lookups: &super::lookups::Lookups,
    model: &'static Published,
    folder: PathBuf,
    mirror: Option<&str>,
) -> Result<Box<dyn Fn() + Send>, String> {
    use crate::download::{DownloadError, Fetch, Limits, place};
    let place = place(mirror).map_err(|error| error.to_string())?;
    let fetch = Fetch::new(model, &place, &folder, Limits::default());
    let stop = fetch.stop();
    lookups.tell("hark-download", move |outbox| {
        // The session is gone only while the program ends.
        let tell = |news| drop(outbox.send(Found::Download { name: model.name, news }));
        let ended = fetch.run(|progress| {
            tell(News::Progress { done: progress.done, left: progress.left() });
        });
        tell(match ended {
            Ok(_) => News::Whole,
            Err(DownloadError::Cancelled) => News::Cancelled,
            Err(error) => News::Failed(error.to_string()),
        });
    })?;
    Ok(Box::new(move || stop.stop()))
}

#[cfg(not(feature = "download"))]
fn start(
    _: &super::lookups::Lookups,
    _: &'static Published,
    _: PathBuf,
    _: Option<&str>,
) -> Result<Box<dyn Fn() + Send>, String> {
    Err("this Hark was built without the means to download".into())
}
