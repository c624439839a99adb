//! The session's thread: one wait for everything that can happen, one owner of everything that changes.
//!
//! It waits for nobody but its own inboxes: not for the window, which may not be drawing, not for
//! the engine, the disk, the display server or the sound system.

use super::banners::{Action, Banners, Topic};
use super::command::Command;
use super::config::{Config, ModelKnowledge};
use super::desk::{Desk, News, Work};
use super::dictation::{Dictation, sentence};
use super::lookups::{Found, Lookups};
use super::machine::Event;
use super::publish::{Publisher, Wake};
use super::queue::{Finished, Growing, Queue};
use super::recordings::{Recordings, clock};
use super::snapshot::{MicrophoneView, ModelView, Shown, Snapshot, Tone, TranscriptView};
use super::{audio_files, save, sources};
use crate::capture::{self, CaptureReport, OpenMicrophone};
use crate::delivery::{self, Order, Receipt};
use crate::engine_thread::{EngineThread, JobEvent};
use crate::models::Choice;
use crate::settings::Store;
use crossbeam_channel::{Receiver, Sender, bounded, select};
use hark_engine::metrics::WallTime;
use hark_engine::transcribe::Options;
use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use std::thread::{self, JoinHandle};
use std::time::Duration;

/// Commands that can wait; a person is slower.
const COMMANDS: usize = 256;
/// Reports that can wait; a recorder sends about forty a second.
const REPORTS: usize = 1024;
/// How long a recording may take to be closed when the program ends.
const CLOSING: Duration = Duration::from_secs(3);

/// What others hold of a session.
pub struct SessionHandle {
    /// Wishes of the person. [`Command::Quit`] or dropping every sender ends the session.
    pub commands: Sender<Command>,
    /// The newest snapshot, as soon as there is one that was not taken yet.
    pub snapshots: Receiver<Arc<Snapshot>>,
    /// Ends when everything is on disk.
    pub join: JoinHandle<()>,
}

/// Everything that changes, owned by the session's thread.
pub struct Session {
    pub(super) setup: Setup,
    pub(super) choice: Choice,
    pub(super) settings: Store,
    pub(super) desk: Desk,
    pub(super) outbox: Outbox,
    pub(super) dictation: Dictation,
    pub(super) demo: Demo,
    pub(super) files: Queue,
    pub(super) recordings: Recordings,
    pub(super) banners: Banners,
    pub(super) shown: Shown,
    lists: Lists,
    model_choice: ModelChoice,
}

/// What stays as it was at the start.
pub(super) struct Setup {
    pub recordings: PathBuf,
    pub open_microphone: OpenMicrophone,
    models: ModelKnowledge,
}

/// Where the session sends work. Nothing of it makes the session wait.
pub(super) struct Outbox {
    pub orders: Sender<Order>,
    pub reports: Sender<CaptureReport>,
    lookups: Lookups,
}

/// What comes in, besides the engine's events.
struct Inbox {
    commands: Receiver<Command>,
    reports: Receiver<CaptureReport>,
    receipts: Receiver<Receipt>,
    found: Receiver<Found>,
}

/// The bundled clip's transcription.
#[derive(Default)]
pub(super) struct Demo {
    waits: bool,
    runs: bool,
    growing: Growing,
    finished: Option<Finished>,
}

#[derive(Default)]
struct Lists {
    models: Vec<ModelView>,
    microphones: Vec<MicrophoneView>,
}

/// Choosing a model: how often a banner asked for it, and how often the person did it.
#[derive(Default)]
struct ModelChoice {
    wanted: u64,
    asked: u64,
}

/// Whether the session goes on.
#[derive(PartialEq)]
enum Going {
    On,
    Ends,
}

impl Session {
    /// Starts the session, its engine and its delivery. `wake` is called after each new snapshot.
    ///
    /// # Errors
    /// If the system refuses a thread.
    pub fn spawn(config: Config, wake: Wake) -> io::Result<SessionHandle> {
        // The engine's thread ends by itself when its command sender is dropped with the session.
        let EngineThread { commands, events } = EngineThread::spawn(config.threads)?;
        Self::spawn_with(config, Desk::new(commands, events), wake)
    }

    /// As [`Session::spawn`], with an engine of the caller's.
    pub(super) fn spawn_with(config: Config, desk: Desk, wake: Wake) -> io::Result<SessionHandle> {
        let (commands, inbox_commands) = bounded(COMMANDS);
        let (reports, inbox_reports) = bounded(REPORTS);
        let (orders, receipts) = delivery::spawn(config.clipboard)?;
        let (lookups, found) = Lookups::new();
        let (publisher, snapshots) = Publisher::new(wake);
        let inbox = Inbox { commands: inbox_commands, reports: inbox_reports, receipts, found };
        let mut session = Self {
            setup: Setup {
                recordings: config.recordings,
                open_microphone: config.open_microphone,
                models: config.models,
            },
            choice: config.model,
            settings: config.settings,
            desk,
            outbox: Outbox { orders, reports, lookups },
            dictation: Dictation::default(),
            demo: Demo::default(),
            files: Queue::default(),
            recordings: Recordings::default(),
            banners: Banners::default(),
            shown: Shown::default(),
            lists: Lists::default(),
            model_choice: ModelChoice::default(),
        };
        if !config.settings_problems.is_empty() {
            session.banners.warn(Topic::Settings, sentence(&config.settings_problems.join("; ")));
        }
        let join = thread::Builder::new()
            .name("hark-session".into())
            .spawn(move || session.run(&inbox, publisher))?;
        Ok(SessionHandle { commands, snapshots, join })
    }

    fn run(mut self, inbox: &Inbox, mut publisher: Publisher) {
        let choice = self.choice.clone();
        self.desk.load(&choice);
        self.look_around();
        let folder = self.setup.recordings.clone();
        self.outbox.lookups.ask(move || Found::Recovered(capture::recover(&folder)));
        let mut going = Going::On;
        while going == Going::On {
            publisher.publish(self.snapshot());
            going = self.wait(inbox);
            self.dispatch();
        }
        self.end();
    }

    /// Waits for the next thing that happens and takes it in.
    fn wait(&mut self, inbox: &Inbox) -> Going {
        select! {
            recv(inbox.commands) -> command => match command {
                Ok(Command::Quit) | Err(_) => return Going::Ends,
                Ok(command) => self.obey(command),
            },
            recv(self.desk.events) -> event => match event {
                Ok(event) => if let Some(news) = self.desk.receive(event) { self.learn(news) },
                Err(_) => if let Some(news) = self.desk.engine_ended() { self.learn(news) },
            },
            recv(inbox.reports) -> report => report.into_iter().for_each(|r| self.hear(r)),
            recv(inbox.receipts) -> receipt => match receipt {
                Ok(receipt) => self.check_off(receipt),
                // Only a defect ends that thread, and without it no text is ever delivered.
                Err(_) => return Going::Ends,
            },
            recv(inbox.found) -> found => found.into_iter().for_each(|f| self.take_note(f)),
        }
        Going::On
    }

    fn obey(&mut self, command: Command) {
        match command {
            Command::Start => self.drive(Event::Start),
            Command::Stop => self.drive(Event::Stop),
            Command::Cancel => self.drive(Event::Cancel),
            Command::AddFiles(paths) => self.outbox.lookups.ask(move || {
                let (files, without) = audio_files::find(paths);
                Found::Audio { files, without }
            }),
            Command::CancelFile(id) => {
                self.files.cancel(id);
                self.desk.cancel(Work::File(id));
            }
            Command::CancelAllFiles => {
                self.files.cancel_all();
                self.desk.cancel_if(|work| matches!(work, Work::File(_)));
            }
            Command::RetryFile(id) => self.files.retry(id),
            Command::RemoveFile(id) => {
                if self.files.remove(id) && self.shown == Shown::File(id) {
                    self.shown = Shown::Dictation;
                }
            }
            Command::Show(shown) => self.shown = shown,
            Command::TranscribeDemoClip => {
                self.shown = Shown::Demo;
                if !self.demo.runs {
                    self.demo = Demo { waits: true, ..Demo::default() };
                }
            }
            Command::ChooseModel(name) => self.resolve(name),
            Command::ChooseMicrophone(id) => self.change_settings(|s| s.microphone = id),
            Command::Refresh => self.look_around(),
            Command::Copy => self.copy(),
            Command::Save { format, path } => self.save(format, path),
            Command::BannerAction(id) => match self.banners.press(id) {
                Some(Action::ChooseModel) => self.model_choice.wanted += 1,
                Some(Action::Transcribe(paths)) => self.transcribe_recordings(paths),
                None => {}
            },
            Command::DismissBanner(id) => self.banners.dismiss(id),
            Command::Quit => {}
        }
    }

    /// Gives the engine its next job: what a person waits for comes before what runs beside.
    fn dispatch(&mut self) {
        if self.desk.is_free() {
            self.begin_next();
        }
        if let Some(why) = self.desk.failure().map(str::to_owned) {
            if std::mem::take(&mut self.dictation.waits) {
                self.drive(Event::TranscriptionFailed(self.dictation.state.generation(), why));
            }
            self.demo.waits = false;
        }
    }

    fn begin_next(&mut self) {
        let options = Options::default();
        if self.dictation.waits {
            if let Some(recorded) = self.dictation.recorded() {
                let source = self.recordings.source(&recorded.path);
                let work = Work::Dictation(self.dictation.state.generation());
                self.dictation.waits = !self.desk.begin(work, source, options);
            }
        } else if self.demo.waits {
            match sources::demo_clip() {
                Ok(clip) => self.demo.runs = self.desk.begin(Work::Demo, Box::new(clip), options),
                Err(why) => {
                    self.banners.warn(Topic::Text, format!("The bundled clip cannot be read: {why}."))
                }
            }
            self.demo.waits = false;
        } else if let Some((id, path)) = self.files.next() {
            let source = if self.choice.fallback {
                Recordings::bundled_source(path, self.setup.models.is_bundled_clip)
            } else {
                self.recordings.source(path)
            };
            self.desk.begin(Work::File(id), source, options);
        }
    }

    fn learn(&mut self, news: News) {
        match news {
            News::Ready => {
                self.banners.close_topic(&Topic::Model);
                self.remind();
            }
            News::LoadFailed { name, message } => {
                let text = format!("The model {name} cannot be loaded: {message}.");
                self.banners.offer(Topic::Model, Tone::Problem, text, "Choose a model", Action::ChooseModel);
            }
            News::Job { work, event, at } => self.advance(work, event, at),
        }
    }

    fn advance(&mut self, work: Work, event: JobEvent, at: WallTime) {
        match event {
            JobEvent::Started => {
                if let Work::File(id) = work {
                    self.files.started(id);
                }
            }
            JobEvent::Running(event) => match work {
                Work::Dictation(_) => self.dictation_advances(event, at),
                Work::Demo => self.demo.growing.take_in(event, at),
                Work::File(id) => self.files.advance(id, |growing| growing.take_in(event, at)),
            },
            JobEvent::Finished { transcript, timings, model, backend } => {
                let finished = Finished { transcript, timings, model, backend };
                match work {
                    Work::Dictation(generation) => self.dictation_is_finished(generation, finished),
                    Work::Demo => self.demo = Demo { finished: Some(finished), ..Demo::default() },
                    Work::File(id) => self.files.finish(id, finished),
                }
            }
            JobEvent::Failed { message } => self.fail(work, message),
            JobEvent::Cancelled => self.fail(work, "it was cancelled".into()),
        }
    }

    fn fail(&mut self, work: Work, message: String) {
        match work {
            Work::Dictation(generation) => self.drive(Event::TranscriptionFailed(generation, message)),
            Work::Demo => {
                self.demo = Demo::default();
                self.banners.warn(Topic::Text, format!("The bundled clip has no text: {message}."));
            }
            Work::File(id) => {
                if message.contains(sources::DEMO_REMEDY) {
                    let text = "The built-in demo model only understands its own synthetic clips.";
                    self.offer_models(text);
                }
                self.files.failed(id, message);
            }
        }
    }

    fn take_note(&mut self, found: Found) {
        match found {
            Found::Models(models) => self.lists.models = models,
            Found::Microphones(microphones) => self.lists.microphones = microphones,
            Found::Audio { files, without } => {
                let added = self.files.add(files);
                if let Some(first) = added.first() {
                    self.shown = Shown::File(*first);
                }
                if let Some(folder) = without.first() {
                    self.banners
                        .inform(Topic::File, format!("There is no audio file in {}.", folder.display()));
                }
            }
            Found::Model { asked, name, choice } if asked == self.model_choice.asked => match choice {
                Ok(choice) => self.choose(name, choice),
                Err(why) => {
                    let text = sentence(&why);
                    self.banners.offer(
                        Topic::Model,
                        Tone::Problem,
                        text,
                        "Choose a model",
                        Action::ChooseModel,
                    );
                }
            },
            Found::Model { .. } => {}
            Found::Recovered(recovered) => {
                let length = recovered.iter().map(|r| r.length.seconds()).sum::<f64>();
                let text = format!("Recovered {}", clock(Duration::from_secs_f64(length)));
                let paths: Vec<_> = recovered.into_iter().map(|r| r.path).collect();
                if !paths.is_empty() {
                    let action = Action::Transcribe(paths);
                    self.banners.offer(Topic::Recovered, Tone::Info, text, "Transcribe", action);
                }
            }
        }
    }

    fn check_off(&mut self, receipt: Receipt) {
        match receipt {
            Receipt::Copied { generation: Some(generation), result: Ok(()) } => {
                self.drive(Event::Delivered(generation));
            }
            Receipt::Copied { generation: Some(generation), result: Err(why) } => {
                self.drive(Event::DeliveryFailed(generation, why));
            }
            Receipt::Copied { generation: None, result: Ok(()) } => {
                self.banners.close_topic(&Topic::Clipboard)
            }
            Receipt::Copied { generation: None, result: Err(why) } => {
                self.banners.warn(Topic::Clipboard, format!("The text could not be copied: {why}."));
            }
            Receipt::Written { path, result: Ok(()) } => {
                self.banners.inform(Topic::File, format!("Saved {}.", path.display()));
            }
            Receipt::Written { path, result: Err(why) } => {
                self.banners.warn(Topic::File, format!("{} could not be saved: {why}.", path.display()));
            }
        }
    }

    /// Looks for models and microphones.
    fn look_around(&mut self) {
        let list = self.setup.models.list;
        self.outbox.lookups.ask(move || Found::Models(list()));
        self.outbox.lookups.ask(|| {
            let view = |m: capture::Microphone| MicrophoneView { id: m.id, label: m.label };
            Found::Microphones(capture::microphones().into_iter().map(view).collect())
        });
    }

    fn resolve(&mut self, name: String) {
        self.model_choice.asked += 1;
        let (asked, resolve) = (self.model_choice.asked, self.setup.models.resolve);
        self.outbox.lookups.ask(move || Found::Model { asked, choice: resolve(&name), name });
    }

    fn choose(&mut self, name: String, choice: Choice) {
        self.banners.close_topic(&Topic::Model);
        self.banners.close_topic(&Topic::DemoModel);
        self.desk.load(&choice);
        self.choice = choice;
        self.change_settings(|s| s.model = Some(name));
    }

    fn change_settings(&mut self, change: impl FnOnce(&mut crate::settings::Settings)) {
        if let Err(error) = self.settings.change(change) {
            self.banners.warn(Topic::Settings, format!("The settings cannot be saved: {error}."));
        }
    }

    /// Keeps recordings for a real model, and says so.
    pub(super) fn keep(&mut self, recordings: Vec<(PathBuf, Duration)>) {
        for (path, length) in recordings {
            self.recordings.keep(path, length);
        }
        self.remind();
    }

    /// Says that recordings wait: for a real model, or for the click that transcribes them.
    fn remind(&mut self) {
        let Some(kept) = self.recordings.waiting() else { return };
        if self.choice.fallback {
            let why = "The built-in demo model only understands its own synthetic clips.";
            self.offer_models(&format!("{kept}. {why}"));
        } else {
            let action = Action::Transcribe(self.recordings.waiting_paths());
            self.banners.offer(Topic::DemoModel, Tone::Info, format!("{kept}."), "Transcribe", action);
        }
    }

    fn offer_models(&mut self, text: &str) {
        self.banners.offer(Topic::DemoModel, Tone::Info, text, "Choose a model", Action::ChooseModel);
    }

    fn transcribe_recordings(&mut self, paths: Vec<PathBuf>) {
        if self.choice.fallback {
            let lengths = paths.into_iter().map(|path| {
                let length =
                    hound::WavReader::open(&path).map_or(0.0, |r| f64::from(r.duration()) / 16_000.0);
                (path, Duration::from_secs_f64(length))
            });
            return self.keep(lengths.collect());
        }
        self.recordings.take_waiting();
        if let Some(first) = self.files.add(paths).first() {
            self.shown = Shown::File(*first);
        }
    }

    fn copy(&mut self) {
        let text = self.transcript_view().text();
        if !text.is_empty()
            && let Err(error) = self.outbox.orders.try_send(Order::Copy { text, generation: None })
        {
            self.banners.warn(Topic::Clipboard, format!("The text could not be copied: {error}."));
        }
    }

    fn save(&mut self, format: super::SaveFormat, path: PathBuf) {
        let (file, finished) = match self.shown {
            Shown::Dictation => {
                (self.dictation.recorded().map(|r| r.path.as_path()), self.dictation.finished.as_ref())
            }
            Shown::Demo => (None, self.demo.finished.as_ref()),
            Shown::File(id) => (self.files.path(id), self.files.finished(id)),
        };
        let Some(finished) = finished else {
            return self.banners.warn(Topic::File, "There is no finished transcript to save yet.");
        };
        let ordered = save::contents(finished, file, format).and_then(|contents| {
            let order = Order::Write { path, contents };
            self.outbox.orders.try_send(order).map_err(|e| e.to_string())
        });
        if let Err(why) = ordered {
            self.banners.warn(Topic::File, format!("The transcript could not be saved: {why}."));
        }
    }

    fn transcript_view(&self) -> TranscriptView {
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

    fn snapshot(&self) -> Snapshot {
        Snapshot {
            engine: self.desk.view().clone(),
            dictation: self.dictation.view(),
            files: self.files.views(),
            shown: self.shown,
            transcript: self.transcript_view(),
            banners: self.banners.views(),
            models: self.lists.models.clone(),
            microphones: self.lists.microphones.clone(),
            microphone: self.settings.get().microphone.clone(),
            demo_only: self.choice.fallback,
            model_choice_wanted: self.model_choice.wanted,
        }
    }

    /// Leaves everything so that the next start finds it.
    fn end(mut self) {
        self.desk.cancel_if(|_| true);
        if let Some(recorder) = self.dictation.recorder.take() {
            recorder.leave(CLOSING);
        }
    }
}
