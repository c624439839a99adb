//! The engine as the session sees it: some files side by side or one other job, and beside them the dictation; late
//! results are dropped.

use super::machine::Generation;
use super::snapshot::{EngineView, FileId};
use crate::engine_thread::{
    Audience, EngineCommand, EngineEvent, GaugeJob, Job, JobEvent, JobId, LiveJob, Load, ProofJob, Proved,
};
use crate::history::EntryId;
use crate::models::Choice;
use crate::precision::{PrecisionChoice, Standing};
use crossbeam_channel::{Receiver, Sender, TrySendError, never};
use hark_engine::Cancel;
use hark_engine::audio::AudioSource;
use hark_engine::encoder::Precision;
use hark_engine::encoder::npu::{NpuReport, NpuSetting, NpuState};
use hark_engine::metrics::{Figures, Monitor, WallTime};
use hark_engine::transcribe::{Event, LiveSource, Options};
use std::sync::Arc;
use std::time::Instant;

/// What a job is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Work {
    /// The dictation while it is spoken.
    Live(Generation),
    /// A dictation that is complete.
    Dictation(Generation),
    Demo,
    File(FileId),
    /// A recording of the history once more.
    Retry(EntryId),
    /// Whether the model is good enough in its precision; for idle time.
    Proof,
    /// How long a layer takes, for estimates; for idle time.
    Gauge,
}

impl Work {
    /// Whether it gives way to whatever a person waits for.
    pub fn is_idle_work(self) -> bool {
        matches!(self, Self::Proof | Self::Gauge)
    }
}

/// What the session has to know of an engine's event.
#[derive(Debug)]
pub enum News {
    /// A model is ready.
    Ready,
    /// A model could not be loaded.
    LoadFailed { name: String, message: String },
    /// A job that is still wanted; `at` is the time since it began.
    Job { work: Work, event: Box<JobEvent>, at: WallTime },
}

/// Files that are transcribed side by side: enough of them that each pass over the decoder's weights is worth its while,
/// and so few that the first one is soon done.
const FILES_AT_ONCE: usize = 4;

/// The engine thread's channels and what is under way there.
pub struct Desk {
    commands: Sender<EngineCommand>,
    /// What the engine reports; to be given to [`Desk::receive`].
    pub events: Receiver<EngineEvent>,
    view: EngineView,
    /// Whether the model that is loaded knows no other language.
    english_only: bool,
    /// For every model.
    precision: PrecisionChoice,
    /// Whether encoders may run on the NPU.
    setting: NpuSetting,
    /// How the NPU stands.
    npu: Option<Arc<NpuReport>>,
    /// What the engine does, and how that stood when it was last looked at.
    monitor: Monitor,
    figures: Option<Arc<Figures>>,
    /// Called before the engine is told to load or to forget a model; must not wait for anything.
    leaves: Box<dyn Fn() + Send>,
    /// Whether the engine is loading.
    loading: bool,
    /// The newest model that was asked for, until the engine is free to load it.
    wanted: Option<Choice>,
    running: Vec<Running>,
    /// The recording that is followed, beside whatever else is running.
    followed: Option<Running>,
    last: JobId,
}

struct Running {
    id: JobId,
    work: Work,
    cancel: Cancel,
    /// Stops what is only for looking at, of a recording that is followed.
    hurry: Cancel,
    began: Instant,
    wanted: bool,
}

impl Desk {
    /// A desk at an idle engine, which is to use this precision.
    pub fn new(
        commands: Sender<EngineCommand>,
        events: Receiver<EngineEvent>,
        precision: PrecisionChoice,
    ) -> Self {
        Self {
            commands,
            events,
            view: EngineView::Unloaded,
            english_only: false,
            precision,
            setting: NpuSetting::default(),
            npu: None,
            monitor: Monitor::default(),
            figures: None,
            leaves: Box::new(|| ()),
            loading: false,
            wanted: None,
            running: Vec::new(),
            followed: None,
            last: 0,
        }
    }

    /// Figures are read here.
    pub fn watching(self, monitor: Monitor) -> Self {
        Self { monitor, ..self }
    }

    /// Whoever else asks this engine has to know it before the model that is loaded goes away.
    #[cfg_attr(not(any(feature = "serve", test)), expect(dead_code, reason = "the service asks it"))]
    pub fn before_its_model_leaves(&mut self, tell: impl Fn() + Send + 'static) {
        self.leaves = Box::new(tell);
    }

    /// The engine itself, for whoever asks it beside the session, and what it does.
    #[cfg_attr(not(any(feature = "serve", test)), expect(dead_code, reason = "the service asks it"))]
    pub fn engine(&self) -> (Sender<EngineCommand>, Monitor) {
        (self.commands.clone(), self.monitor.clone())
    }

    /// Looks at what the engine has done.
    pub fn look_at_figures(&mut self) {
        let figures = self.monitor.figures();
        self.figures = (figures.windows > 0).then(|| figures.into());
    }

    /// What the engine has done, to show; `None` before anything was.
    pub fn figures(&self) -> Option<Arc<Figures>> {
        self.figures.clone()
    }

    /// How the NPU stands, to show; `None` where there is none.
    pub fn npu(&self) -> Option<Arc<NpuReport>> {
        self.npu.clone()
    }

    /// Whether the encoders of models that are loaded from now on may run on the NPU.
    pub fn set_npu(&mut self, setting: NpuSetting) {
        self.setting = setting;
    }

    /// The engine's state, to show.
    pub fn view(&self) -> &EngineView {
        &self.view
    }

    /// The name of the model that is loaded, if it knows only English.
    pub fn english_only(&self) -> Option<&str> {
        match &self.view {
            EngineView::Ready { model, .. } | EngineView::Resting { model } if self.english_only => {
                Some(model)
            }
            _ => None,
        }
    }

    /// Whether a job would begin at once, other than following a recording.
    pub fn is_free(&self) -> bool {
        self.running.is_empty() && matches!(self.view, EngineView::Ready { .. })
    }

    /// Whether one more file would be transcribed beside what is under way.
    pub fn has_room_for_file(&self) -> bool {
        self.running.len() < FILES_AT_ONCE && self.has_room_for_dictation()
    }

    /// Whether a dictation that is complete would be transcribed beside what is under way.
    pub fn has_room_for_dictation(&self) -> bool {
        let company = |running: &Running| matches!(running.work, Work::File(_) | Work::Dictation(_));
        matches!(self.view, EngineView::Ready { .. }) && self.running.iter().all(company)
    }

    /// Whether a recording would be followed at once.
    pub fn is_free_to_follow(&self) -> bool {
        self.followed.is_none() && matches!(self.view, EngineView::Ready { .. })
    }

    /// Whether the engine has a model and nothing to do, but for what gives way.
    pub fn is_at_rest(&self) -> bool {
        self.is_free() || self.works().any(Work::is_idle_work)
    }

    /// The precision of the model that is loaded.
    pub fn precision(&self) -> Option<Precision> {
        match &self.view {
            EngineView::Ready { backend, .. } => Some(backend.precision),
            _ => None,
        }
    }

    /// Whether the model's precision is to be proved.
    pub fn is_unproven(&self) -> bool {
        matches!(self.view, EngineView::Ready { standing: Standing::Unproven, .. })
    }

    /// The jobs in hand that somebody still wants; not the recording that is followed.
    pub fn works(&self) -> impl Iterator<Item = Work> {
        self.running.iter().filter(|r| r.wanted).map(|r| r.work)
    }

    /// Why no job will begin until another model is chosen, if so.
    pub fn failure(&self) -> Option<&str> {
        match &self.view {
            EngineView::Failed { message, .. } => Some(message),
            _ => None,
        }
    }

    /// Asks for a model in place of any that was asked for earlier; the job in hand is finished first,
    /// unless it is a proof.
    pub fn load(&mut self, choice: &Choice) {
        self.cancel_if(Work::is_idle_work);
        self.view = EngineView::Loading { model: choice.name.clone() };
        self.wanted = Some(choice.clone());
        self.load_wanted();
    }

    fn load_wanted(&mut self) {
        if self.jobs().next().is_some() || self.loading {
            return;
        }
        let Some(Choice { name, spec, .. }) = self.wanted.take() else { return };
        (self.leaves)();
        let load = Load { spec, name: name.clone(), precision: self.precision, npu: self.setting };
        let load = EngineCommand::Load(load);
        match self.commands.try_send(load) {
            Ok(()) => self.loading = true,
            Err(error) => self.view = broken(&name, &error.to_string()),
        }
    }

    /// Has the engine forget its model, for a desk that is free.
    pub fn unload(&mut self) {
        let EngineView::Ready { model, .. } = &self.view else { return };
        if self.jobs().next().is_some() {
            return;
        }
        let model = model.clone();
        (self.leaves)();
        match self.commands.try_send(EngineCommand::Unload) {
            Ok(()) => self.view = EngineView::Resting { model },
            // Another time.
            Err(TrySendError::Full(_)) => {}
            Err(error) => self.view = broken(&model, &error.to_string()),
        }
    }

    /// Whether the model was taken out of memory, and none was asked for since then.
    pub fn rests(&self) -> bool {
        matches!(self.view, EngineView::Resting { .. })
    }

    /// Begins a job; for a desk that is free or has room for it. `false` if the engine does not take it, which
    /// [`Desk::failure`] explains.
    pub fn begin(&mut self, work: Work, source: Box<dyn AudioSource>, options: Options) -> bool {
        let audience = Audience::Events;
        let order = |id, cancel| EngineCommand::Transcribe(Job { id, source, options, cancel, audience });
        self.start(work, order)
    }

    /// Begins to follow a recording that is being made, beside whatever is running; otherwise as [`Desk::begin`].
    pub fn follow(&mut self, work: Work, source: Box<dyn LiveSource + Send>, options: Options) -> bool {
        let hurry = Cancel::new();
        let raised = hurry.clone();
        let order = |id, cancel| EngineCommand::Follow(LiveJob { id, source, options, cancel, hurry });
        let Some(running) = self.ask(work, order) else { return false };
        self.followed = Some(Running { hurry: raised, ..running });
        true
    }

    /// Nobody looks any more at the text of the recording that is followed, if it is this one: only what
    /// is final matters.
    pub fn hurry(&self, work: Work) {
        self.jobs().filter(|running| running.work == work).for_each(|running| running.hurry.raise());
    }

    /// Begins a proof of the model's precision; otherwise as [`Desk::begin`].
    pub fn prove(&mut self) -> bool {
        self.start(Work::Proof, |id, cancel| EngineCommand::Prove(ProofJob { id, anew: false, cancel }))
    }

    /// Begins to time a layer; otherwise as [`Desk::begin`].
    pub fn gauge(&mut self, width: usize, precision: Precision) -> bool {
        self.start(Work::Gauge, |id, cancel| EngineCommand::Gauge(GaugeJob { id, width, precision, cancel }))
    }

    fn start(&mut self, work: Work, order: impl FnOnce(JobId, Cancel) -> EngineCommand) -> bool {
        let running = self.ask(work, order);
        let taken = running.is_some();
        self.running.extend(running);
        taken
    }

    fn ask(&mut self, work: Work, order: impl FnOnce(JobId, Cancel) -> EngineCommand) -> Option<Running> {
        self.last += 1;
        let (id, cancel) = (self.last, Cancel::new());
        match self.commands.try_send(order(id, cancel.clone())) {
            Ok(()) => {
                let (hurry, began) = (Cancel::new(), Instant::now());
                Some(Running { id, work, cancel, hurry, began, wanted: true })
            }
            Err(error) => {
                self.view = broken("", &error.to_string());
                None
            }
        }
    }

    /// All that the engine was asked for and has not ended.
    fn jobs(&self) -> impl Iterator<Item = &Running> {
        self.running.iter().chain(&self.followed)
    }

    /// Stops the job in hand if it is this one. Nothing more will be heard of it.
    pub fn cancel(&mut self, work: Work) {
        self.cancel_if(|w| w == work);
    }

    /// As [`Desk::cancel`], for every work that fits.
    pub fn cancel_if(&mut self, fits: impl Fn(Work) -> bool) {
        for running in self.running.iter_mut().chain(&mut self.followed).filter(|r| fits(r.work)) {
            running.cancel.raise();
            // A live pass under way listens to this flag alone.
            running.hurry.raise();
            running.wanted = false;
        }
    }

    /// Takes in what the engine reports, and says what of it matters.
    pub fn receive(&mut self, event: EngineEvent) -> Option<News> {
        match event {
            EngineEvent::Loading { name } => {
                // What was asked for since then is shown already.
                if self.wanted.is_none() {
                    self.view = EngineView::Loading { model: name };
                }
                None
            }
            EngineEvent::Ready { .. } | EngineEvent::LoadFailed { .. } if self.wanted.is_some() => {
                self.loading = false;
                self.load_wanted();
                None
            }
            EngineEvent::Ready { name, backend, standing, english_only, load: _ } => {
                self.loading = false;
                self.english_only = english_only;
                self.view = EngineView::Ready { model: name, backend, standing };
                Some(News::Ready)
            }
            EngineEvent::LoadFailed { name, message } => {
                self.loading = false;
                self.view = EngineView::Failed { model: name.clone(), message: message.clone() };
                Some(News::LoadFailed { name, message })
            }
            // It is shown from the moment on at which it was ordered.
            EngineEvent::Unloaded => None,
            EngineEvent::Npu(report) => {
                note_backend(&mut self.view, &report);
                self.npu = (report.state != NpuState::None).then(|| Arc::from(report));
                None
            }
            EngineEvent::Job { id, event } => {
                let running = self.running.iter_mut().chain(&mut self.followed).find(|r| r.id == id)?;
                match &event {
                    JobEvent::Started => running.began = Instant::now(),
                    JobEvent::Proved(proved) => note_proof(&mut self.view, proved),
                    _ => {}
                }
                let (work, wanted, at) = (running.work, running.wanted, running.began.elapsed().into());
                if event.is_the_last() || matches!(event, JobEvent::Running(Event::Segment(_))) {
                    self.look_at_figures();
                }
                if event.is_the_last() {
                    self.running.retain(|running| running.id != id);
                    self.followed.take_if(|running| running.id == id);
                    self.load_wanted();
                }
                wanted.then(|| News::Job { work, event: event.into(), at })
            }
        }
    }

    /// The engine's thread is gone, which only a defect can do: the jobs in hand have failed.
    pub fn engine_ended(&mut self) -> Vec<News> {
        self.events = never();
        self.loading = false;
        self.wanted = None;
        self.view = broken("", "its thread has ended");
        let message = self.failure().unwrap_or_default().to_owned();
        let jobs =
            std::mem::take(&mut self.running).into_iter().chain(self.followed.take()).filter(|r| r.wanted);
        let failed = |running: Running| News::Job {
            work: running.work,
            event: JobEvent::Failed { message: message.clone(), refused: false }.into(),
            at: running.began.elapsed().into(),
        };
        jobs.map(failed).collect()
    }
}

/// Who encodes may change while a model is loaded.
fn note_backend(view: &mut EngineView, report: &NpuReport) {
    if let EngineView::Ready { backend, .. } = view {
        (backend.kind, backend.name) = (report.backend_kind(), report.badge());
    }
}

/// What is loaded is what was proved, unless another model is on its way.
fn note_proof(view: &mut EngineView, Proved { decision, .. }: &Proved) {
    if let EngineView::Ready { backend, standing, .. } = view
        && *standing == Standing::Unproven
        && backend.precision == decision.precision
    {
        *standing = decision.standing.clone();
    }
}

fn broken(model: &str, reason: &str) -> EngineView {
    let message = format!("the engine does not answer ({reason}); please restart Hark");
    EngineView::Failed { model: model.to_owned(), message }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crossbeam_channel::bounded;
    use hark_engine::audio::Samples;
    use hark_engine::encoder::{BackendInfo, BackendKind};
    use hark_engine::model::ModelSpec;

    fn choice(name: String) -> Choice {
        Choice { spec: ModelSpec::Path(name.clone().into()), name, fallback: false }
    }

    fn loaded(engine: &Receiver<EngineCommand>) -> Option<String> {
        match engine.try_recv().ok()? {
            EngineCommand::Load(load) => Some(load.name),
            _ => panic!("a job and no model"),
        }
    }

    fn ready(name: &str) -> EngineEvent {
        let backend = BackendInfo {
            kind: BackendKind::Fake,
            name: "fake".into(),
            precision: Precision::F32,
            threads: 1,
        };
        let (name, standing) = (name.into(), Standing::Proven);
        EngineEvent::Ready { name, backend, standing, english_only: false, load: WallTime::default() }
    }

    #[test]
    fn of_many_models_only_the_newest_is_loaded() {
        let (commands, engine) = bounded(2);
        let mut desk = Desk::new(commands, never(), PrecisionChoice::Auto);
        for number in 0..100 {
            desk.load(&choice(number.to_string()));
            assert_eq!(desk.view(), &EngineView::Loading { model: number.to_string() });
        }
        assert_eq!((loaded(&engine).as_deref(), loaded(&engine)), (Some("0"), None));
        assert!(desk.receive(ready("0")).is_none(), "nobody wants it any more");
        assert!(!desk.is_free() && desk.view() == &EngineView::Loading { model: "99".into() });
        assert_eq!((loaded(&engine).as_deref(), loaded(&engine)), (Some("99"), None));
        assert!(matches!(desk.receive(ready("99")), Some(News::Ready)) && desk.is_free());
    }

    struct Silent;

    impl LiveSource for Silent {
        fn next(&mut self, _: &mut Vec<f32>) -> Result<bool, hark_engine::EngineError> {
            Ok(false)
        }
    }

    #[test]
    fn a_recording_is_followed_beside_a_file_and_a_model_waits_for_both() {
        let (commands, engine) = bounded(8);
        let mut desk = Desk::new(commands, never(), PrecisionChoice::Auto);
        desk.load(&choice("first".into()));
        desk.receive(ready("first"));
        assert!(desk.begin(Work::Demo, Box::new(Samples(vec![].into())), Options::default()));
        assert!(!desk.is_free() && desk.is_free_to_follow());
        assert!(desk.follow(Work::Live(7), Box::new(Silent), Options::default()));
        assert!(!desk.is_free_to_follow() && desk.works().eq([Work::Demo]));
        desk.cancel(Work::Live(7));
        assert!(desk.works().eq([Work::Demo]), "the one does not stop the other");
        assert!(desk.receive(EngineEvent::Job { id: 2, event: JobEvent::Cancelled }).is_none());
        assert!(desk.is_free_to_follow() && !desk.is_free());
        assert!(desk.follow(Work::Live(8), Box::new(Silent), Options::default()));
        let asked = std::iter::from_fn(|| engine.try_recv().ok()).count();
        assert_eq!(asked, 4, "a model, a clip, and two recordings");
        desk.load(&choice("second".into()));
        desk.receive(EngineEvent::Job { id: 1, event: JobEvent::Cancelled });
        assert_eq!(loaded(&engine), None, "somebody is still dictating");
        assert!(matches!(
            desk.receive(EngineEvent::Job { id: 3, event: JobEvent::Cancelled }),
            Some(News::Job { work: Work::Live(8), .. })
        ));
        assert_eq!(loaded(&engine).as_deref(), Some("second"));
        assert!(desk.engine_ended().is_empty());
    }

    #[test]
    fn some_files_go_side_by_side_and_a_dictation_beside_them() {
        let (commands, _engine) = bounded(16);
        let mut desk = Desk::new(commands, never(), PrecisionChoice::Auto);
        assert!(!desk.has_room_for_file() && !desk.has_room_for_dictation(), "no model");
        desk.load(&choice("first".into()));
        desk.receive(ready("first"));
        let begin =
            |desk: &mut Desk, work| desk.begin(work, Box::new(Samples(vec![].into())), Options::default());
        assert!(begin(&mut desk, Work::Demo) && !desk.has_room_for_file() && !desk.has_room_for_dictation());
        desk.receive(EngineEvent::Job { id: 1, event: JobEvent::Cancelled });
        let mut files = 0;
        while desk.has_room_for_file() {
            files += 1;
            assert!(begin(&mut desk, Work::File(files)));
        }
        assert_eq!(files, FILES_AT_ONCE as u64);
        assert!(desk.has_room_for_dictation() && begin(&mut desk, Work::Dictation(7)));
        desk.cancel(Work::File(2));
        assert!(desk.works().eq([Work::File(1), Work::File(3), Work::File(4), Work::Dictation(7)]));
        assert!(!desk.has_room_for_file(), "the engine still has it");
        for id in [2, 3] {
            desk.receive(EngineEvent::Job { id, event: JobEvent::Cancelled });
        }
        assert!(desk.has_room_for_file() && !desk.is_free());
        desk.load(&choice("second".into()));
        assert!(!desk.has_room_for_file() && !desk.has_room_for_dictation(), "a model waits");
    }

    #[test]
    fn a_model_waits_for_the_job_in_hand_and_comes_before_the_next() {
        let (commands, engine) = bounded(2);
        let mut desk = Desk::new(commands, never(), PrecisionChoice::Auto);
        desk.load(&choice("first".into()));
        desk.receive(ready("first"));
        let _load = engine.recv().unwrap();
        assert!(desk.begin(Work::Demo, Box::new(Samples(vec![].into())), Options::default()));
        let _job = engine.recv().unwrap();
        desk.load(&choice("second".into()));
        assert_eq!(loaded(&engine), None);
        desk.receive(EngineEvent::Job { id: 1, event: JobEvent::Cancelled });
        assert!(!desk.is_free());
        assert_eq!(loaded(&engine).as_deref(), Some("second"));
    }
}
