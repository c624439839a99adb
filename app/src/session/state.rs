//! Everything that changes, in one place with one owner: the session's thread.

use super::archive::History;
use super::banners::{Banners, Topic};
use super::battery::Battery;
use super::config::ModelKnowledge;
use super::desk::Desk;
use super::dictation::Dictation;
use super::ledger::Ledger;
use super::lookups::Lookups;
use super::microphone::Microphone;
use super::programs::Programs;
use super::queue::Queue;
use super::recordings::Recordings;
use super::rest::IdleTime;
use super::retry_list::Retries;
use super::shelf::Shelf;
use super::snapshot::{MicrophoneView, ModelView, ModelsView, Shown, Snapshot, TranscriptView};
use super::transcription::{Finished, Growing};
use crate::autostart::Autostart;
use crate::bindings;
use crate::capture::{CaptureReport, Microphones};
use crate::delivery::Delivery;
use crate::kept_files::Folder;
use crate::models::Choice;
use crate::settings::{DictationChoices, Store};
use crate::sounds::Sounds;
use crate::wish::{Manner, Origin};
use crossbeam_channel::Sender;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

/// Everything that changes, owned by the session's thread.
pub struct Session {
    pub(super) setup: Setup,
    pub(super) choice: Choice,
    pub(super) settings: Store,
    /// What of them is shown at each moment.
    pub(super) choices: Arc<DictationChoices>,
    pub(super) desk: Desk,
    /// Texts for other programs.
    pub(super) programs: Programs,
    pub(super) outbox: Outbox,
    pub(super) dictation: Dictation,
    /// Who wishes the next one, and how.
    pub(super) wished: (Origin, Manner),
    pub(super) demo: Demo,
    pub(super) files: Queue,
    pub(super) recordings: Recordings,
    pub(super) history: History,
    pub(super) retries: Retries,
    pub(super) microphone: Microphone,
    pub(super) banners: Banners,
    /// The person's choice among their languages.
    pub(super) language: Option<String>,
    /// How the keys of the desktop stand.
    pub(super) keys: bindings::Report,
    /// The window takes the next key.
    pub(super) key_awaited: bool,
    pub(super) shown: Shown,
    pub(super) lists: Lists,
    pub(super) shelf: Shelf,
    pub(super) model_choice: ModelChoice,
    /// How often a banner asked for another folder to record into.
    pub(super) folder_wanted: u64,
    pub(super) idle_time: IdleTime,
    pub(super) ledger: Ledger,
    pub(super) battery: Battery,
    /// How often the window was asked to come to the front.
    pub(super) window_wanted: u64,
}

/// What stays as it was at the start.
pub(super) struct Setup {
    pub recordings: PathBuf,
    pub microphones: Microphones,
    pub models: ModelKnowledge,
    /// Where the list of files is kept; `None` keeps none.
    pub kept_files: Option<Folder>,
    /// What the time until the model is taken out of memory is counted in.
    pub minute: Duration,
    /// Where the desktop looks for what starts by itself.
    pub autostart: Option<PathBuf>,
}

/// Where the session sends work. Nothing of it makes the session wait.
pub(super) struct Outbox {
    pub delivery: Delivery,
    pub reports: Sender<CaptureReport>,
    pub lookups: Lookups,
    pub sounds: Sounds,
}

/// The bundled clip's transcription.
#[derive(Default)]
pub(super) struct Demo {
    pub waits: bool,
    pub runs: bool,
    pub growing: Growing,
    pub finished: Option<Finished>,
}

#[derive(Default)]
pub(super) struct Lists {
    pub models: Vec<ModelView>,
    pub microphones: Vec<MicrophoneView>,
    pub autostart: Option<Autostart>,
}

/// Choosing a model: how often a banner asked for it, and how often the person did it.
#[derive(Default)]
pub(super) struct ModelChoice {
    pub wanted: u64,
    pub asked: u64,
    /// The name to store once the model is loaded.
    pub unproven: Option<String>,
}

impl Session {
    pub(super) fn transcript_view(&self) -> TranscriptView {
        match self.shown {
            Shown::Dictation => self.dictation.transcript_view(),
            Shown::File(id) => self.files.transcript_view(id),
            Shown::Demo => match &self.demo.finished {
                Some(finished) => finished.view(),
                None if self.demo.runs || self.demo.waits => self.demo.growing.view(),
                None => TranscriptView::default(),
            },
        }
    }

    fn library(&self) -> Option<Arc<ModelsView>> {
        let in_use = Some(self.choice.name.as_str()).filter(|_| !self.choice.fallback);
        self.shelf.view(in_use, self.usual_precision(), self.settings.get().mirror.as_deref())
    }

    pub(super) fn snapshot(&self) -> Snapshot {
        Snapshot {
            engine: self.desk.view().clone(),
            npu: self.desk.npu(),
            figures: self.desk.figures(),
            npu_setting: self.settings.get().npu,
            dictation: self.dictation.view(),
            generation: self.dictation.state.generation(),
            outcome: self.dictation.outcome.clone(),
            manner: self.dictation.manner.clone(),
            dictated: self.dictation.transcript_view(),
            heard: self.dictation.text.as_ref().map(|text| text.heard.clone()).unwrap_or_default(),
            files: self.files.view(),
            shown: self.shown,
            transcript: self.transcript_view(),
            banners: self.banners.views(),
            models: self.lists.models.clone(),
            library: self.library(),
            microphones: self.lists.microphones.clone(),
            microphone: self.settings.get().microphone.clone(),
            microphone_name: self.microphone_name(),
            history: self.history_view(),
            latency: self.ledger.view(),
            choices: self.choices.clone(),
            window: self.settings.get().window,
            autostart: self.lists.autostart,
            service: self.programs.view(self.settings.get().service),
            anywhere: self.settings.get().anywhere.clone(),
            language: self.language(),
            keys: self.keys.clone(),
            keys_banner: self.banners.about(&Topic::Keys),
            recovered_banner: self.banners.about(&Topic::Recovered),
            key_awaited: self.key_awaited,
            microphone_state: self.microphone.view(self.settings.get().microphone.as_deref(), |id| {
                self.settings.get().channels.get(id).copied()
            }),
            demo_only: self.choice.fallback,
            model_choice_wanted: self.model_choice.wanted,
            folder_wanted: self.folder_wanted,
            window_wanted: self.window_wanted,
            quitting: false,
        }
    }
}
