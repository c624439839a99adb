//! Dictation: from the microphone's reports through the state machine to what has to be done.

use super::banners::{Action, AfterAll, Topic};
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
use crate::texts;
use hark_engine::audio::Verdict;
use hark_engine::metrics::{AudioTime, WallTime};
use hark_engine::transcribe::{Event as EngineEvent, LiveText};
use std::time::{Duration, Instant};

/// Less lost sound than this is missing from no word.
const NOTICEABLE: Duration = Duration::from_millis(50);

impl Session {
    /// Takes the machine one step on and does what follows from it.
    pub(super) fn drive(&mut self, event: Event) {
        let before = self.dictation.state;
        let (state, effects) = machine::next(before, event.clone());
        self.dictation.state = state;
        if state != before {
            // What the machine ignores has no time: a second stop, a late word of an earlier recording.
            self.ledger.note(&event, Instant::now());
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
                // It may still wait for the last word.
                if let Some(recorder) = self.dictation.recorder.take() {
                    recorder.abandon();
                }
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
            Topic::Disk,
            Topic::Text,
            Topic::Clipboard,
            Topic::Delivery,
        ] {
            self.banners.close_topic(&topic);
        }
        let microphone = self.settings.get().microphone.clone();
        self.microphone.begins(generation, microphone.as_deref());
        let request = Request {
            generation,
            microphone,
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
                self.banners.offer(
                    Topic::Microphone,
                    Tone::Problem,
                    text,
                    texts::try_again(),
                    Action::Record,
                );
            }
            Problem::MicrophoneLost(why) => {
                let text = texts::say_microphone_lost(why);
                self.banners.warn(Topic::Microphone, text);
            }
            Problem::NoText(_, why) => {
                self.keep_without_text(Some(&why));
                let text = texts::say_no_text(why);
                let paths = self.dictation.recorded.iter().map(|r| r.path.clone()).collect();
                self.banners.offer(
                    Topic::Text,
                    Tone::Problem,
                    text,
                    texts::try_again(),
                    Action::Transcribe(paths),
                );
            }
            Problem::NotDelivered(why) => {
                let text = texts::say_not_on_clipboard(why);
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
            CaptureEvent::Opened(opening) => {
                if current {
                    self.ledger.opened(opening, Instant::now());
                }
                self.drive(Event::CaptureOpened(generation));
            }
            CaptureEvent::Failed(error) => {
                let why = self.by_name(error).to_string();
                self.drive(Event::CaptureFailed(generation, why));
            }
            CaptureEvent::Level { elapsed, peak, .. } if current => {
                (self.dictation.elapsed, self.dictation.level) = (elapsed, peak);
                self.dictation.sounded |= peak > 0.0;
                self.look_whether_text_waits();
            }
            CaptureEvent::Silent { device, channel, every, silent: true }
                if self.dictation.records(generation) =>
            {
                self.banners.warn(Topic::Silence, silence(&device, channel, every));
            }
            CaptureEvent::Silent { silent: false, .. } if current => {
                self.banners.close_topic(&Topic::Silence)
            }
            CaptureEvent::DiskTrouble { reason } if current => {
                let text = texts::say_disk_trouble(reason);
                let action = Action::ChooseFolder;
                self.banners.offer(Topic::Disk, Tone::Problem, text, texts::do_other_folder(), action);
            }
            CaptureEvent::Full if current => {
                self.banners.warn(Topic::Microphone, texts::say_memory_full());
            }
            CaptureEvent::Moved { folder } if current => {
                let text = texts::say_moved(folder.display().to_string());
                self.banners.inform(Topic::Disk, text);
            }
            CaptureEvent::Gaps { missed, slipped, .. }
                if missed.is_zero() && !slipped.is_zero() && slipped < NOTICEABLE => {}
            CaptureEvent::Gaps { missed, slipped, slips, xruns } => {
                self.banners.warn(Topic::Gaps, gaps(missed, slipped, slips, xruns));
            }
            CaptureEvent::Lost { reason } => {
                let reason = match self.dictation.state {
                    State::Arming(_) => texts::say_microphone_dead(reason),
                    _ => reason,
                };
                self.drive(Event::DeviceLost(generation, reason));
            }
            CaptureEvent::Finished(recorded) => self.recorded(generation, recorded),
            CaptureEvent::Empty if self.dictation.records(generation) => {
                self.dictation.recorder = None;
                if !self.banners.is_open(&Topic::Microphone) {
                    self.banners.warn(Topic::Text, texts::say_no_sound_yet());
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
        let current = generation == self.dictation.state.generation();
        self.tell_where_it_is(&recorded, current);
        self.recordings.hold(&recorded);
        if current {
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
            if self.dictation.sounded {
                self.banners.close_topic(&Topic::Silence);
            }
            self.keep_without_text(None);
            self.keep(kept);
            self.drive(Event::Kept(generation));
        } else {
            self.drive(Event::Recorded(generation));
        }
    }

    fn tell_where_it_is(&mut self, recorded: &Recorded, current: bool) {
        let path = recorded.path.display().to_string();
        if let Some(why) = &recorded.beginning_lost {
            let text = texts::say_beginning_lost(why, clock(recorded.length), path);
            self.banners.warn(Topic::Disk, text);
        } else if recorded.memory.is_some() {
            let text = texts::say_only_memory(clock(recorded.length), path);
            self.banners.warn(Topic::Disk, text);
        } else if !recorded.path.starts_with(&self.setup.recordings) {
            self.banners.warn(Topic::Disk, texts::say_saved_elsewhere(path));
        } else if current {
            self.banners.close_topic(&Topic::Disk);
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
        texts::say_silent(device)
    } else if every {
        sentence(&texts::say_silent_every(channel.to_string(), device))
    } else {
        sentence(&texts::say_silent_channel(channel.to_string(), device))
    }
}

impl Session {
    /// Says why there is no text, where that is not what it seems.
    fn explain_silence(&mut self, generation: Generation) {
        let (Some(heard), Some(recorded)) = (self.dictation.growing.heard(), self.dictation.recorded())
        else {
            return;
        };
        let text = match heard.verdict() {
            Verdict::Speech => texts::say_no_words(),
            _ if heard.only_sound() => texts::say_only_sound(),
            Verdict::TooShort => return self.banners.inform(Topic::Text, texts::say_too_short()),
            Verdict::NoSpeech => return,
        };
        if !self.dictation.voice_gate {
            // It was transcribed anyway.
            return self.banners.inform(Topic::Text, text);
        }
        let (path, length) = (recorded.path.clone(), recorded.length);
        let action = Action::AfterAll(AfterAll { generation, path, length, voice_gate: false });
        self.banners.offer(Topic::Text, Tone::Info, text, texts::do_transcribe_anyway(), action);
    }
}

fn duration(time: AudioTime) -> Duration {
    Duration::try_from_secs_f64(time.seconds()).unwrap_or_default()
}

fn gaps(missed: Duration, slipped: Duration, slips: u32, xruns: u64) -> String {
    if !missed.is_zero() {
        return texts::say_gaps_disk(texts::decimal(missed.as_secs_f64(), 1));
    }
    if slipped.is_zero() {
        return texts::say_gaps_moment(xruns);
    }
    texts::say_gaps_slips(texts::decimal(slipped.as_secs_f64(), 1), slips)
}
