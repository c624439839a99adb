//! The CPU and the NPU behind one [`Backend`]: whoever serves better encodes, and what the NPU leaves undone the CPU
//! does in the same call.

use super::config::NpuConfig;
use super::fault::{Fault, FaultKind};
use super::handle::{Encoded, NpuHandle, Stopped};
use super::policy::{NpuSetting, Pair, Power, Recent, Speeds, Why, choose};
use super::process::Ended;
use super::protocol::Ran;
use super::report::{
    BackendChange, Counters, DeviceFacts, NpuKind, NpuReport, NpuState, SelfCheck, VigilReport,
};
use super::resume::ResumeWatch;
use super::self_check::{WHOLE_LIMIT, compare};
use super::session::NpuSession;
use super::stamps::Moment;
use crate::cancel::Cancel;
use crate::encoder::{Backend, BackendError, BackendInfo, EncoderOutput, Evidence};
use crate::mel::MelWindow;
use crate::metrics::WallTime;
use crate::model::{ModelDims, ModelSpec};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// How often a device that is being opened is looked after.
const LOOK: Duration = Duration::from_millis(2);

/// How the NPU is to be used, if at all.
#[derive(Clone)]
pub struct NpuPlan {
    /// How a worker is started, or why there is none.
    pub config: Result<NpuConfig, NpuState>,
    /// What the library drives.
    pub kind: NpuKind,
    /// The NPU encodes whenever it can: for tests.
    pub forced: bool,
    /// What the person wants.
    pub setting: NpuSetting,
    /// Where the power comes from at the moment.
    pub power: fn() -> Power,
    /// A clock that counts sleep.
    pub since_boot: fn() -> Option<Duration>,
    /// What outlives a model.
    pub session: NpuSession,
    /// Told of what everybody should see at once: somebody else encodes from now on, or the badge says
    /// something else.
    pub on_news: NewsSink,
}

/// Takes news of the NPU; it must not wait for anything.
pub type NewsSink = std::sync::Arc<dyn Fn(&NpuReport) + Send + Sync>;

/// The CPU's encoder, and beside it an NPU's.
pub struct Selected {
    cpu: Box<dyn Backend>,
    npu: Side,
    plan: NpuPlan,
    spec: ModelSpec,
    dims: ModelDims,
    watch: ResumeWatch,
    measured: Pair,
    /// What the NPU is still to be tried with.
    trial: Option<Trial>,
    recent: (Recent, Recent),
    facts: Facts,
    evidence: Evidence,
    why: Why,
    /// The report that everybody knows.
    told: NpuReport,
}

/// How the NPU stands.
enum Side {
    Absent(NpuState),
    /// Opening the device, anew if there was a fault.
    Opening(Box<NpuHandle>, Option<FaultKind>),
    Ready(Box<NpuHandle>),
}

/// A clip, and the CPU's states of it.
struct Trial {
    clip: MelWindow,
    right: EncoderOutput,
}

/// What is known of the device.
#[derive(Default)]
struct Facts {
    device: Option<DeviceFacts>,
    check: Option<SelfCheck>,
    whole: Option<SelfCheck>,
    windows: u64,
    device_ms: f64,
    counters: Counters,
    vigil: VigilReport,
    last_change: Option<BackendChange>,
}

impl Selected {
    /// Puts an NPU beside `cpu`, which encodes for the model of `spec`. Its worker opens the device meanwhile;
    /// [`Selected::measure`] waits for it.
    pub fn new(cpu: Box<dyn Backend>, plan: NpuPlan, spec: &ModelSpec, dims: &ModelDims) -> Self {
        let npu = match (plan.session.given_up(), &plan.config) {
            (_, Err(NpuState::None)) => Side::Absent(NpuState::None),
            _ if plan.setting == NpuSetting::Off && !plan.forced => Side::Absent(NpuState::Off),
            (Some(state), _) => Side::Absent(state),
            (None, Err(state)) => Side::Absent(state.clone()),
            (None, Ok(config)) => Side::starting(config, spec, dims, &plan.session, None),
        };
        let mut selected = Self {
            cpu,
            npu,
            watch: ResumeWatch::new(plan.since_boot),
            spec: spec.clone(),
            dims: *dims,
            measured: Pair::default(),
            trial: None,
            recent: Default::default(),
            facts: Facts::default(),
            evidence: Evidence::default(),
            why: Why::NotThere,
            told: NpuReport::nothing(plan.kind),
            plan,
        };
        selected.decide();
        selected.told = selected.report();
        selected.plan.session.publish(selected.told.clone());
        selected
    }

    /// Waits until the device is open, or has failed for the first time, and has both encode a clip: what that takes decides who serves until
    /// windows of the person's own say more, and the NPU's result has to be the CPU's.
    ///
    /// # Errors
    /// [`BackendError`] of the CPU. A fault of the NPU is none: the CPU serves then.
    pub fn measure(&mut self, clip: &MelWindow, cancel: &Cancel) -> Result<(), BackendError> {
        while matches!(self.npu, Side::Opening(_, None)) {
            cancel.check()?;
            self.look_after();
            std::thread::sleep(LOOK);
        }
        if !matches!(self.npu, Side::Absent(_)) {
            let (right, cpu_ms) = timed(|| self.cpu.encode(std::slice::from_ref(clip), cancel));
            self.measured.cpu = Some(cpu_ms);
            self.trial = right?.pop().map(|right| Trial { clip: clip.clone(), right });
            self.try_npu(cancel)?;
        }
        self.tell(None);
        Ok(())
    }

    /// Has the NPU encode the clip, if it can and has not done that yet.
    fn try_npu(&mut self, cancel: &Cancel) -> Result<(), BackendError> {
        let (Side::Ready(handle), Some(trial)) = (&mut self.npu, &self.trial) else { return Ok(()) };
        let mut own = None;
        let windows = std::slice::from_ref(&trial.clip);
        let (result, npu_ms) = timed(|| handle.encode(windows, cancel, &mut |done| own = Some(done)));
        match (result, own) {
            (Err(Stopped::Cancelled(cancelled)), _) => return Err(cancelled.into()),
            // A new process has its own trial.
            (Err(Stopped::Fault(fault)), _) => self.fail(fault),
            (Ok(()), Some(own)) => {
                let whole = compare(&own.output.data, &trial.right.data, WHOLE_LIMIT);
                self.trial = None;
                self.measured.npu = Some(npu_ms);
                self.take_down(&own.ran);
                self.facts.whole = Some(whole);
                if !whole.passed() {
                    self.fail(whole.fault("the encoder's result"));
                }
            }
            (Ok(()), None) => {}
        }
        Ok(())
    }

    /// What is known of who encodes.
    pub fn report(&self) -> NpuReport {
        let state = match &self.npu {
            Side::Absent(state) => state.clone(),
            Side::Opening(_, after) => NpuState::Opening { after: *after },
            Side::Ready(_) => NpuState::Ready,
        };
        let Facts { device, check, whole, windows, device_ms, counters, vigil, last_change } = &self.facts;
        NpuReport {
            kind: self.plan.kind,
            state,
            why: self.why,
            device: device.clone(),
            check: *check,
            whole: *whole,
            speeds: self.speeds(),
            windows: *windows,
            device_ms: *device_ms,
            counters: *counters,
            vigil: *vigil,
            restarts: self.plan.session.restarts(),
            last_change: last_change.clone(),
        }
    }

    fn speeds(&self) -> Speeds {
        let (cpu, npu) = &self.recent;
        Speeds { measured: self.measured, recent: Pair { cpu: cpu.median(), npu: npu.median() } }
    }

    /// Takes in what happened since the last window: a sleep, a device that is open by now, one that hangs.
    fn look_after(&mut self) {
        if self.watch.has_slept() && !matches!(self.npu, Side::Absent(_)) {
            self.rebuild();
        }
        let Side::Opening(handle, _) = &mut self.npu else { return };
        match handle.opened() {
            Ok(None) => {}
            Ok(Some(opened)) => {
                let opened = opened.clone();
                self.facts.device = Some(opened.device);
                self.facts.check = Some(opened.check);
                self.facts.counters = opened.counters;
                if opened.check.passed() {
                    let absent = Side::Absent(NpuState::None);
                    if let Side::Opening(handle, _) = std::mem::replace(&mut self.npu, absent) {
                        self.npu = Side::Ready(handle);
                    }
                } else {
                    self.fail(opened.check.fault("its first block"));
                }
            }
            Err(fault) => self.fail(fault),
        }
    }

    fn starting(&self, config: &NpuConfig, after: Option<FaultKind>) -> Side {
        Side::starting(config, &self.spec, &self.dims, &self.plan.session, after)
    }

    fn decide(&mut self) {
        self.why = match &self.npu {
            Side::Absent(NpuState::Off) => Why::SwitchedOff,
            Side::Absent(_) => Why::NotThere,
            Side::Opening(..) => Why::NotMeasured,
            Side::Ready(_) if self.plan.forced => Why::Forced,
            Side::Ready(_) => choose(self.plan.setting, (self.plan.power)(), &self.speeds()),
        };
    }

    /// Opens the device anew, which a sleep has made necessary and no fault.
    fn rebuild(&mut self) {
        let started = match &self.plan.config {
            Ok(config) => self.starting(config, None),
            Err(state) => Side::Absent(state.clone()),
        };
        if self.put_away(started) == Some(Ended::Stuck) {
            self.leave_behind();
        }
    }

    /// The NPU has failed: ends its worker and begins another one, if that can help and was not done before.
    fn fail(&mut self, fault: Fault) {
        // What a sleep did is no fault.
        if self.watch.has_slept() {
            self.rebuild();
            return self.tell(Some(format!("the computer slept: {fault}")));
        }
        let Fault { kind, message } = &fault;
        let failed = NpuState::Failed { kind: *kind, message: message.clone() };
        self.note(Moment::Failed { kind: *kind });
        let stuck = self.put_away(Side::Absent(failed.clone())) == Some(Ended::Stuck);
        self.note(Moment::Ended { stuck });
        if stuck {
            self.leave_behind();
        } else {
            match &self.plan.config {
                Ok(config) if kind.may_pass() && self.plan.session.take_restart() => {
                    self.npu = self.starting(config, Some(*kind));
                }
                _ => self.plan.session.give_up(failed),
            }
        }
        self.tell(Some(fault.message));
    }

    /// Ends the worker, if there is one, and puts something in its place.
    fn put_away(&mut self, instead: Side) -> Option<Ended> {
        match std::mem::replace(&mut self.npu, instead) {
            Side::Absent(_) => None,
            Side::Opening(handle, _) | Side::Ready(handle) => Some(handle.kill()),
        }
    }

    /// The driver holds the worker: nothing of the device is touched any more.
    fn leave_behind(&mut self) {
        self.npu = Side::Absent(NpuState::Stuck);
        self.plan.session.give_up(NpuState::Stuck);
    }

    /// Lets go of the device, politely where nothing is under way.
    fn close(&mut self) {
        let ended = match std::mem::replace(&mut self.npu, Side::Absent(NpuState::None)) {
            Side::Absent(_) => return,
            Side::Opening(handle, _) => handle.kill(),
            Side::Ready(handle) => handle.close(),
        };
        if ended == Ended::Stuck {
            self.leave_behind();
            self.tell(Some("the driver holds on to a process that used the NPU".into()));
        }
    }

    fn take_down(&mut self, ran: &Ran) {
        self.facts.windows += 1;
        self.facts.device_ms += ran.device_ms;
        self.facts.counters = ran.counters;
        if let Some(spot) = ran.spot {
            self.facts.vigil.compared += 1;
            self.facts.vigil.compared_ms += spot.ms;
            self.facts.vigil.last = Some(spot.check);
        }
    }

    /// Makes the newest report known, and says so where the badge or who encodes has changed. `reason` is there
    /// if it is not the rule's.
    fn tell(&mut self, reason: Option<String>) {
        self.decide();
        let mut report = self.report();
        let (was, is) = (self.told.badge(), report.badge());
        if self.told.why.is_npu() != report.why.is_npu() || (reason.is_some() && was != is) {
            let at = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |d| d.as_secs());
            let reason = reason.unwrap_or_else(|| report.why.sentence().to_owned());
            let change = BackendChange { from: was.clone(), to: is.clone(), reason, at };
            self.plan.session.note_change(change.clone());
            self.facts.last_change = Some(change.clone());
            report.last_change = Some(change);
        }
        self.plan.session.publish(report.clone());
        let news = was != is || self.told.last_change != report.last_change;
        self.told = report;
        if news {
            (self.plan.on_news)(&self.told);
        }
    }

    /// Encodes on the NPU what it can; the rest is for the CPU.
    fn encode_on_npu(
        &mut self,
        windows: &[MelWindow],
        cancel: &Cancel,
    ) -> Result<Vec<EncoderOutput>, BackendError> {
        let mut done: Vec<Encoded> = Vec::with_capacity(windows.len());
        let result = match &mut self.npu {
            Side::Ready(handle) => handle.encode(windows, cancel, &mut |encoded| done.push(encoded)),
            _ => return Ok(Vec::new()),
        };
        let complete = result.is_ok();
        for Encoded { ran, .. } in &done {
            self.take_down(ran);
            self.recent.1.note(ran.total_ms);
        }
        if complete || !done.is_empty() {
            self.evidence.windows += done.len() as u64;
            self.evidence.layers += (done.len() * self.dims.n_audio_layer) as u64;
        }
        match result {
            Ok(()) => {}
            Err(Stopped::Cancelled(cancelled)) => return Err(cancelled.into()),
            Err(Stopped::Fault(fault)) => {
                self.facts.vigil.wrong += u64::from(fault.kind == FaultKind::Wrong);
                self.fail(fault);
            }
        }
        Ok(done.into_iter().map(|encoded| encoded.output).collect())
    }

    fn encode_on_cpu(
        &mut self,
        windows: &[MelWindow],
        cancel: &Cancel,
    ) -> Result<Vec<EncoderOutput>, BackendError> {
        let (outputs, ms) = timed(|| self.cpu.encode(windows, cancel));
        let outputs = outputs?;
        self.note(Moment::EncodedOnCpu { windows: windows.len() });
        for _ in windows {
            self.recent.0.note(ms / windows.len() as f64);
        }
        Ok(outputs)
    }

    fn fits(&self, window: &MelWindow) -> bool {
        let n_mels = self.dims.n_mels;
        window.n_mels == n_mels && window.data.len() == n_mels * crate::dims::WINDOW_FRAMES
    }
}

impl Drop for Selected {
    fn drop(&mut self) {
        self.close();
    }
}

impl Side {
    fn starting(
        config: &NpuConfig,
        spec: &ModelSpec,
        dims: &ModelDims,
        session: &NpuSession,
        after: Option<FaultKind>,
    ) -> Self {
        match NpuHandle::start(config, spec, dims) {
            Ok(handle) => Self::Opening(Box::new(handle.with_stamps(session.stamps())), after),
            Err(Fault { kind, message }) => Self::Absent(NpuState::Failed { kind, message }),
        }
    }
}

impl Backend for Selected {
    fn describe(&self) -> BackendInfo {
        let report = self.report();
        BackendInfo { kind: report.backend_kind(), name: report.badge(), ..self.cpu.describe() }
    }

    fn encode(&mut self, windows: &[MelWindow], cancel: &Cancel) -> Result<Vec<EncoderOutput>, BackendError> {
        cancel.check()?;
        let start = Instant::now();
        self.look_after();
        self.tell(None);
        let mut outputs = Vec::new();
        if self.why.is_npu() && windows.iter().all(|window| self.fits(window)) {
            outputs = self.encode_on_npu(windows, cancel)?;
            self.evidence.time += start.elapsed().into();
        }
        let rest = windows.get(outputs.len()..).unwrap_or_default();
        if !rest.is_empty() {
            outputs.extend(self.encode_on_cpu(rest, cancel)?);
        }
        self.tell(None);
        Ok(outputs)
    }

    fn begin(&mut self, windows: &[MelWindow]) {
        let fits = windows.iter().all(|window| self.fits(window));
        if let Side::Ready(handle) = &mut self.npu
            && self.why.is_npu()
            && fits
            && let Err(fault) = handle.begin(windows)
        {
            self.fail(fault);
        }
    }

    fn refresh(&mut self) -> bool {
        self.look_after();
        // Nobody cancels this.
        let _ = self.try_npu(&Cancel::new());
        self.tell(None);
        matches!(self.npu, Side::Opening(..))
    }

    fn works_beside(&self) -> bool {
        self.why.is_npu() && matches!(self.npu, Side::Ready(_))
    }

    fn note(&mut self, moment: Moment) {
        self.plan.session.stamps().note(moment);
    }

    fn evidence(&self) -> Evidence {
        let Evidence { windows, layers, time } = self.cpu.evidence();
        Evidence {
            windows: windows + self.evidence.windows,
            layers: layers + self.evidence.layers,
            time: WallTime(time.0 + self.evidence.time.0),
        }
    }

    fn cpu(&mut self) -> &mut dyn Backend {
        self.cpu.cpu()
    }
}

fn timed<T>(work: impl FnOnce() -> T) -> (T, f64) {
    let start = Instant::now();
    let done = work();
    (done, start.elapsed().as_secs_f64() * 1000.0)
}

#[cfg(test)]
#[path = "selected_tests.rs"]
mod tests;
