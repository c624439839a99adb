//! Dictation: from the microphone's reports through the state machine to what has to be done.

use super::banners::{Action, Topic};
use super::desk::Work;
use super::dictation::{Dictation, Live, Text};
use super::machine::{self, Effect, Event, Generation, Problem, State};
use super::outcome::Outcome;
use super::recordings::clock;
use super::snapshot::{Shown, Tone};
use super::state::Session;
use super::transcription::Finished;
use crate::capture::{CaptureEvent, CaptureReport, Channel, Recorded, Recorder, Request, TAIL};
use crate::text::sentence;
use hark_engine::audio::Verdict;
use hark_engine::metrics::{AudioTime, WallTime};
use hark_engine::transcribe::{Event as EngineEvent, LiveText};
use std::time::{Duration, Instant};

/// Less lost sound than this is missing from no word.
const NOTICEABLE: Duration = Duration::from_millis(50);

impl Session {
    /// Takes the machine one step on and does what follows from it.
    pub(super) fn drive(&mut self, event: Event) {
        self.ledger.note(&event, Instant::now());
        let before = self.dictation.state;
        let (state, effects) = machine::next(before, event.clone());
        self.dictation.state = state;
        if state != before {
            self.dictation.outcome = Outcome::of(&event, state);
        }
        if before.listens() && !state.listens() {
            self.sound_the_end(&event);
        }
        for effect in effects {
            self.perform(effect);
        }
    }

    fn perform(&mut self, effect: Effect) {
        match effect {
            Effect::Record(generation) => self.open_recorder(generation),
            Effect::Stop(generation) => {
                self.desk.hurry(Work::Live(generation));
                if let Some(recorder) = &self.dictation.recorder {
                    recorder.stop();
                }
            }
            Effect::Abandon(generation) => {
                self.dictation.live = Live::Off;
                self.desk.cancel(Work::Live(generation));
                self.banners.close_topic(&Topic::Silence);
                if let Some(recorder) = self.dictation.recorder.take() {
                    recorder.abandon();
                }
            }
            Effect::Transcribe(generation) => self.make_text(generation),
            Effect::CancelTranscription(generation) => {
                self.dictation.waits = false;
                self.dictation.live = Live::Off;
                self.desk.cancel(Work::Live(generation));
                self.desk.cancel(Work::Dictation(generation));
                if let Some(recorded) = self.dictation.recorded.take() {
                    self.offer_cancelled(generation, &recorded);
                }
            }
            Effect::Deliver(generation) => self.deliver(generation),
            Effect::Withdraw => self.dictation.withdrawal.raise(),
            Effect::Report(problem) => self.report(problem),
        }
    }

    fn open_recorder(&mut self, generation: Generation) {
        let last = std::mem::take(&mut self.dictation);
        let (origin, manner) = std::mem::take(&mut self.wished);
        // The last text stays until there is a new one: not every recording becomes text.
        self.dictation =
            Dictation { state: last.state, text: last.text, origin, manner, ..Dictation::default() };
        self.shown = Shown::Dictation;
        self.history.stop_playing();
        for topic in [
            Topic::Microphone,
            Topic::Gaps,
            Topic::Silence,
            Topic::Text,
            Topic::Clipboard,
            Topic::Delivery,
            Topic::Cancelled,
        ] {
            self.banners.close_topic(&topic);
        }
        let request = Request {
            generation,
            microphone: self.settings.get().microphone.clone(),
            channels: self.settings.get().channels.clone(),
            folder: self.setup.recordings.clone(),
            tap: self.tap_next(),
            note: self.dictation.manner.note(),
            prelude: self.has_sounds().then(|| self.outbox.sounds.begin()).flatten(),
        };
        let reports = self.outbox.reports.clone();
        match Recorder::start(&self.setup.microphones, request, reports) {
            Ok(recorder) => self.dictation.recorder = Some(recorder),
            Err(error) => self.drive(Event::CaptureFailed(generation, error.to_string())),
        }
    }

    fn has_sounds(&self) -> bool {
        self.settings.get().anywhere.indicator.sounds
    }

    /// Nobody listens any more, because of `event`.
    fn sound_the_end(&self, event: &Event) {
        // What is said a moment after a stop still belongs to the recording.
        let rest = if *event == Event::Stop { TAIL } else { Duration::ZERO };
        if self.has_sounds() {
            self.outbox.sounds.end(Instant::now() + rest);
        }
    }

    fn report(&mut self, problem: Problem) {
        match problem {
            Problem::NoMicrophone(why) => {
                let text = sentence(&why);
                self.banners.offer(Topic::Microphone, Tone::Problem, text, "Try again", Action::Record);
            }
            Problem::MicrophoneLost(why) => {
                let text = format!("The microphone was lost ({why}). What was recorded until then is kept.");
                self.banners.warn(Topic::Microphone, text);
            }
            Problem::NoText(_, why) => {
                self.keep_without_text(Some(&why));
                let text = format!("There is no text: {why}. The recording is kept.");
                let paths = self.dictation.recorded.iter().map(|r| r.path.clone()).collect();
                self.banners.offer(Topic::Text, Tone::Problem, text, "Try again", Action::Transcribe(paths));
            }
            Problem::NotDelivered(why) => {
                let text =
                    format!("The text could not be put on the clipboard ({why}). It is here in the window.");
                self.offer_copy(text, self.dictated());
            }
        }
    }

    /// Takes in what a recorder reports. Reports of a cancelled recording change nothing.
    pub(super) fn hear(&mut self, report: CaptureReport) {
        let CaptureReport { generation, event } = report;
        let current = self.dictation.state.generation() == generation;
        self.microphone.note(generation, &event);
        match event {
            CaptureEvent::Opened => self.drive(Event::CaptureOpened(generation)),
            CaptureEvent::Failed(error) => self.drive(Event::CaptureFailed(generation, error.to_string())),
            CaptureEvent::Level { elapsed, peak, .. } if current => {
                (self.dictation.elapsed, self.dictation.level) = (elapsed, peak);
            }
            CaptureEvent::Silent { device, channel, every, silent: true }
                if self.dictation.records(generation) =>
            {
                self.banners.warn(Topic::Silence, silence(&device, channel, every));
            }
            CaptureEvent::Silent { silent: false, .. } if current => {
                self.banners.close_topic(&Topic::Silence)
            }
            CaptureEvent::DiskTrouble { reason } => {
                let text = format!(
                    "The recording cannot be written ({reason}). It goes on in memory, for ten minutes at most."
                );
                let action = Action::ChooseFolder;
                self.banners.offer(Topic::Disk, Tone::Problem, text, "Another folder…", action);
            }
            CaptureEvent::Moved { folder } => {
                let text = format!("The recording goes on in {}.", folder.display());
                self.banners.inform(Topic::Disk, text);
            }
            CaptureEvent::Gaps { missed, slipped, .. }
                if missed.is_zero() && !slipped.is_zero() && slipped < NOTICEABLE => {}
            CaptureEvent::Gaps { missed, slipped, slips, xruns } => {
                self.banners.warn(Topic::Gaps, gaps(missed, slipped, slips, xruns));
            }
            CaptureEvent::Lost { reason } => {
                let reason = match self.dictation.state {
                    State::Arming(_) => format!(
                        "the microphone did not start ({reason}); check that it is connected and switched on, or choose another one"
                    ),
                    _ => reason,
                };
                self.drive(Event::DeviceLost(generation, reason));
            }
            CaptureEvent::Finished(recorded) => self.recorded(generation, recorded),
            CaptureEvent::Empty if self.dictation.records(generation) => {
                self.dictation.recorder = None;
                if !self.banners.is_open(&Topic::Microphone) {
                    self.banners.warn(Topic::Text, "Nothing was recorded: the microphone gave no sound yet.");
                }
                self.drive(Event::Recorded(generation));
                self.dictation.waits = false;
                self.dictation.live = Live::Off;
                self.desk.cancel(Work::Live(generation));
                self.drive(Event::Final { generation, empty: true });
            }
            _ => {}
        }
    }

    fn recorded(&mut self, generation: Generation, recorded: Recorded) {
        self.tell_where_it_is(&recorded);
        self.recordings.hold(&recorded);
        if generation == self.dictation.state.generation() {
            self.recordings.remember(&recorded.path, &self.dictation.manner);
        }
        if !self.dictation.records(generation) {
            return self.offer_cancelled(generation, &recorded);
        }
        self.dictation.recorder = None;
        self.dictation.elapsed = recorded.length;
        let kept = vec![(recorded.path.clone(), recorded.length)];
        self.dictation.recorded = Some(recorded);
        if self.choice.fallback {
            self.keep_without_text(None);
            self.keep(kept);
            self.drive(Event::Kept(generation));
        } else {
            self.drive(Event::Recorded(generation));
        }
    }

    fn tell_where_it_is(&mut self, recorded: &Recorded) {
        let path = recorded.path.display();
        if let Some(why) = &recorded.beginning_lost {
            let text = format!(
                "The disk does not give back the beginning of the recording ({why}). The last {} are in {path}.",
                clock(recorded.length)
            );
            self.banners.warn(Topic::Disk, text);
        } else if recorded.memory.is_some() {
            let text = format!(
                "No disk takes the whole recording ({}). The start is in {path}, all of it in memory until Hark ends.",
                clock(recorded.length)
            );
            self.banners.warn(Topic::Disk, text);
        } else if !recorded.path.starts_with(&self.setup.recordings) {
            self.banners.warn(Topic::Disk, format!("The recording was saved as {path}."));
        }
    }

    /// The engine tells how far the dictation's text is.
    pub(super) fn dictation_advances(&mut self, event: EngineEvent, at: WallTime) {
        let live = match &event {
            EngineEvent::Live(LiveText { speech, committed, tentative, encoded, .. }) => {
                let text = !(committed.is_empty() && tentative.is_empty());
                if let Some(speech) = speech.filter(|_| text) {
                    self.ledger.live_text(duration(speech), Instant::now());
                }
                Some(self.dictation.elapsed.saturating_sub(duration(*encoded)))
            }
            _ => None,
        };
        self.dictation.growing.take_in(event, at);
        live.into_iter().for_each(|behind| self.dictation.growing.is_behind(behind));
    }

    /// The dictation has its text.
    pub(super) fn dictation_is_finished(&mut self, generation: Generation, finished: Finished) {
        let empty = finished.is_empty();
        let path = self.dictation.recorded().map(|r| r.path.clone());
        self.keep_dictation(generation, &finished);
        if empty {
            self.explain_silence(generation);
        } else {
            // A noise gate gives pure silence, too, wherever nobody speaks.
            self.banners.close_topic(&Topic::Silence);
        }
        self.dictation.text = Some(Text::new(generation, path, finished));
        self.drive(Event::Final { generation, empty });
    }
}

fn silence(device: &str, channel: Channel, every: bool) -> String {
    if channel.of == 1 {
        format!("{device} delivers pure silence. Is it switched off or muted?")
    } else if every {
        let silent = format!("{channel} of {device} is silent, and so is every other");
        format!("{} Is it switched off or muted?", sentence(&silent))
    } else {
        let silent = sentence(&format!("{channel} of {device} is silent"));
        format!("{silent} Is it switched off or muted, or does another channel have the sound?")
    }
}

impl Session {
    /// Says why there is no text, where that is not what it seems.
    fn explain_silence(&mut self, generation: Generation) {
        let (Some(heard), Some(recorded)) = (self.dictation.growing.heard(), self.dictation.recorded())
        else {
            return;
        };
        if heard.only_sound() {
            let (path, length) = (recorded.path.clone(), recorded.length);
            let action = Action::AfterAll { generation, path, length, voice_gate: false };
            let text = "No speech was found, but there was sound.";
            self.banners.offer(Topic::Text, Tone::Info, text, "Transcribe anyway", action);
        } else if heard.verdict() == Verdict::TooShort {
            self.banners.inform(Topic::Text, "That was too short for a word.");
        }
    }
}

fn duration(time: AudioTime) -> Duration {
    Duration::try_from_secs_f64(time.seconds()).unwrap_or_default()
}

fn gaps(missed: Duration, slipped: Duration, slips: u32, xruns: u64) -> String {
    let times = |n: u64| if n == 1 { "once".to_owned() } else { format!("{n} times") };
    if !missed.is_zero() {
        return format!("{:.1} s were not recorded: the disk was too slow.", missed.as_secs_f64());
    }
    if slipped.is_zero() {
        return format!("The sound system lost a moment of sound {}: the machine was busy.", times(xruns));
    }
    let (lost, times) = (slipped.as_secs_f64(), times(u64::from(slips)));
    format!("The sound system lost {lost:.1} s of sound, {times}: the machine was busy.")
}
