//! The session's thread: one wait for everything that can happen.
//!
//! It waits for nobody but its own inboxes: not for the window, which may not be drawing, not for
//! the engine, the disk, the display server or the sound system.

use super::archive::History;
use super::banners::{Banners, Topic};
use super::battery::Battery;
use super::command::Command;
use super::config::Config;
use super::desk::Desk;
use super::dictation::Dictation;
use super::ledger::Ledger;
use super::lookups::{Found, Lookups};
use super::microphone::Microphone;
use super::programs::Programs;
use super::publish::{Publisher, Wake};
use super::queue::Queue;
use super::recordings::Recordings;
use super::rest::IdleTime;
use super::retry_list::Retries;
use super::snapshot::{Shown, Snapshot};
use super::state::{Demo, Lists, ModelChoice, Outbox, Session, Setup};
use crate::bindings;
use crate::capture::{self, CaptureReport};
use crate::delivery::{Delivery, Receipt};
use crate::engine_thread::EngineThread;
use crate::history::{self, Keeper, Place};
use crate::kept_files::Folder;
use crate::precision::Verdicts;
use crate::sounds::{Heard, Playback};
use crate::text::sentence;
use crate::texts;
use crossbeam_channel::{Receiver, Sender, bounded, never, select};
use hark_engine::schedule::Limits;
use std::io;
use std::sync::Arc;
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

/// Commands that can wait; a person is slower.
const COMMANDS: usize = 256;
/// Reports that can wait; a recorder sends about forty a second.
const REPORTS: usize = 1024;
/// News of what is heard that can wait.
const LISTENERS: usize = 64;
/// Longer than any session.
const FOR_EVER: Duration = Duration::from_secs(1 << 32);
/// Things that may happen at once before they are shown.
const BURST: usize = 1024;
/// How long closing a recording and carrying out what was ordered may take when the program ends.
const CLOSING: Duration = Duration::from_secs(3);

/// What others hold of a session.
pub struct SessionHandle {
    /// Wishes of the person. [`Command::Quit`] or dropping every sender ends the session.
    pub commands: Sender<Command>,
    /// The newest snapshot, as soon as there is one that was not taken yet.
    pub snapshots: Receiver<Arc<Snapshot>>,
    /// The same for the control socket.
    pub watch: Receiver<Arc<Snapshot>>,
    /// The same for what shows dictation outside the window.
    pub indicator: IndicatorEnds,
    /// The same for who gets the keys of the desktop.
    pub keys: Receiver<Arc<Snapshot>>,
    /// Ends when everything is on disk.
    pub join: JoinHandle<()>,
}

/// Where the newest snapshot is taken by what shows dictation outside the window.
pub struct IndicatorEnds {
    /// The sign over other apps.
    pub overlay: Receiver<Arc<Snapshot>>,
    /// The icon in the desktop's panel.
    pub tray: Receiver<Arc<Snapshot>>,
    /// What lowers other audio.
    pub audio: Receiver<Arc<Snapshot>>,
    /// What tells of it in notifications.
    pub notices: Receiver<Arc<Snapshot>>,
}

/// What comes in, besides the engine's events.
struct Inbox {
    commands: Receiver<Command>,
    reports: Receiver<CaptureReport>,
    receipts: Receiver<Receipt>,
    found: Receiver<Found>,
    history: Receiver<history::News>,
    heard: Receiver<Heard>,
    /// Something has changed with the texts for other programs.
    programs: Receiver<()>,
}

/// Whether the session goes on.
#[derive(PartialEq)]
enum Going {
    On,
    /// Nothing happened.
    Rests,
    /// The person has finished.
    Quits,
    /// It cannot go on.
    Ends,
}

impl Session {
    /// Starts the session, its engine and its delivery. `wake` is called after each new snapshot.
    ///
    /// # Errors
    /// If the system refuses a thread.
    pub fn spawn(mut config: Config, wake: Wake) -> io::Result<SessionHandle> {
        let (verdicts, problem) = Verdicts::open(config.verdicts.as_deref(), hark_engine::machine_isa());
        config.settings_problems.extend(problem);
        let engine = EngineThread::spawn(config.threads, verdicts, config.npu.clone(), Limits::default())?;
        Self::spawn_on(config, engine, wake)
    }

    /// As [`Session::spawn`], on this engine, whose thread ends by itself when the last sender of its commands is
    /// dropped.
    ///
    /// # Errors
    /// As [`Session::spawn`].
    pub fn spawn_on(config: Config, engine: EngineThread, wake: Wake) -> io::Result<SessionHandle> {
        let EngineThread { commands, events, monitor } = engine;
        let desk = Desk::new(commands, events, config.precision).watching(monitor);
        Self::spawn_with(config, desk, wake)
    }

    /// As [`Session::spawn`], at a desk of the caller's.
    pub(super) fn spawn_with(config: Config, mut desk: Desk, wake: Wake) -> io::Result<SessionHandle> {
        texts::choose(config.settings.get().window.language);
        let (commands, inbox_commands) = bounded(COMMANDS);
        let (reports, inbox_reports) = bounded(REPORTS);
        let (delivery, receipts) = Delivery::start(config.outlet)?;
        let (lookups, found) = Lookups::new();
        let recordings = config.recordings.clone();
        let place = config.history.map(|folder| Place { folder, recordings });
        let (keeper, news) = Keeper::start(place, config.settings.get().history)?;
        let (hears, heard) = bounded(LISTENERS);
        let heard = if config.plays { heard } else { never() };
        let playback = if config.plays { Playback::start(hears) } else { Playback::default() };
        let (mut publisher, snapshots) = Publisher::new(wake);
        let watch = publisher.subscribe();
        let indicator = IndicatorEnds {
            overlay: publisher.subscribe(),
            tray: publisher.subscribe(),
            audio: publisher.subscribe(),
            notices: publisher.subscribe(),
        };
        let keys = publisher.subscribe();
        let (programs, changed) = Programs::of(&mut desk);
        let inbox = Inbox {
            commands: inbox_commands,
            reports: inbox_reports,
            receipts,
            found,
            history: news,
            heard,
            programs: changed,
        };
        let opened = config.kept_files.as_ref().map(Folder::open).unwrap_or_default();
        let mut session = Self {
            setup: Setup {
                recordings: config.recordings,
                microphones: config.microphones,
                models: config.models,
                kept_files: config.kept_files,
                minute: config.minute,
                autostart: config.autostart,
            },
            choice: config.model,
            choices: Arc::new(config.settings.get().dictation.clone()),
            settings: config.settings,
            desk,
            programs,
            outbox: Outbox { delivery, reports, lookups, sounds: config.sounds },
            dictation: Dictation::default(),
            wished: Default::default(),
            demo: Demo::default(),
            files: Queue::of_listed(opened.files, opened.usual),
            recordings: Recordings::default(),
            history: History::new(keeper, playback),
            retries: Retries { left_over: opened.retries, ..Retries::default() },
            microphone: Microphone::default(),
            banners: Banners::default(),
            language: None,
            keys: bindings::Report::default(),
            key_awaited: false,
            shown: Shown::default(),
            lists: Lists::default(),
            shelf: config.shelf,
            model_choice: ModelChoice::default(),
            folder_wanted: 0,
            idle_time: IdleTime::after(config.idle),
            ledger: Ledger::default(),
            battery: Battery::of(config.supplies),
            window_wanted: 0,
        };
        if !config.settings_problems.is_empty() {
            session.banners.warn(Topic::Settings, sentence(&config.settings_problems.join("; ")));
        }
        if let Some(problem) = opened.problem {
            session.banners.warn(Topic::KeptFiles, sentence(&problem));
            session.files.is_unsaved();
        }
        session.offer_interrupted();
        let join = thread::Builder::new()
            .name("hark-session".into())
            .spawn(move || session.run(inbox, publisher))?;
        Ok(SessionHandle { commands, snapshots, watch, indicator, keys, join })
    }

    fn run(mut self, inbox: Inbox, mut publisher: Publisher) {
        let choice = self.choice.clone();
        self.desk.set_npu(self.settings.get().npu);
        self.desk.load(&choice);
        self.look_around();
        let folder = self.setup.recordings.clone();
        self.outbox.lookups.ask(move || Found::LeftBehind(capture::recover(&folder)));
        self.serve_programs();
        let mut going = Going::Rests;
        while !matches!(going, Going::Quits | Going::Ends) {
            publisher.publish(self.snapshot());
            let patience = [self.patience(), self.time_to_unload(), self.banners.patience(Instant::now())];
            let patience = patience.into_iter().flatten().min().unwrap_or(FOR_EVER);
            going = self.wait(&inbox, patience.min(FOR_EVER));
            // What is there already is one change to the window.
            for _ in 0..BURST {
                if going != Going::On {
                    break;
                }
                going = self.wait(&inbox, Duration::ZERO);
            }
            self.banners.expire(Instant::now());
            self.forget_slips(Some(Instant::now()));
            self.dispatch();
            self.use_idle_time();
            self.serve_programs();
            self.keep_files();
        }
        if going == Going::Quits {
            publisher.publish(Snapshot { quitting: true, ..self.snapshot() });
        }
        // Nobody listens any more, so that nobody can wait for being heard.
        drop(inbox);
        self.end();
    }

    /// Waits for the next thing that happens, if it comes in time, and takes it in.
    fn wait(&mut self, inbox: &Inbox, patience: Duration) -> Going {
        select! {
            recv(inbox.commands) -> command => match command {
                Ok(Command::Quit) | Err(_) => return Going::Quits,
                Ok(command) => self.obey(command),
            },
            recv(self.desk.events) -> event => match event {
                Ok(event) => if let Some(news) = self.desk.receive(event) { self.learn(news) },
                Err(_) => self.desk.engine_ended().into_iter().for_each(|news| self.learn(news)),
            },
            recv(inbox.reports) -> report => report.into_iter().for_each(|r| self.hear(r)),
            recv(inbox.receipts) -> receipt => match receipt {
                Ok(receipt) => self.check_off(receipt),
                // Only a defect ends that thread, and without it no text is ever delivered.
                Err(_) => return Going::Ends,
            },
            recv(inbox.history) -> news => match news {
                Ok(news) => self.hear_of_history(news),
                // As the other threads.
                Err(_) => return Going::Ends,
            },
            recv(inbox.heard) -> heard => heard.into_iter().for_each(|h| self.hear_of_playback(h)),
            // What is to be done about it is done behind this.
            recv(inbox.programs) -> changed => if changed.is_ok() { self.desk.look_at_figures() },
            recv(inbox.found) -> found => found.into_iter().for_each(|f| self.take_note(f)),
            default(patience) => return Going::Rests,
        }
        Going::On
    }

    /// Leaves everything so that the next start finds it.
    fn end(mut self) {
        let deadline = Instant::now() + CLOSING;
        self.desk.cancel_if(|_| true);
        self.programs.close();
        self.shelf.under_way.values().for_each(|download| (download.stop)());
        if let Some(recorder) = self.dictation.recorder.take() {
            recorder.leave(deadline);
        }
        self.forget_slips(None);
        // One that stays open for the next recording has had its last.
        self.setup.microphones.close();
        self.rescue_recordings();
        self.files.hope_again();
        self.keep_files();
        self.outbox.delivery.finish(deadline);
        self.history.finish(deadline);
        self.programs.finish(deadline);
    }
}
