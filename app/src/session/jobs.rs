//! The engine's next job, and what became of the last.

use super::banners::{Action, Topic};
use super::desk::{News, Work};
use super::machine::Event;
use super::queue::NextFile;
use super::recordings::Recordings;
use super::snapshot::Tone;
use super::sources::{self, Part};
use super::state::{Demo, Session};
use super::transcription::Finished;
use crate::bundled;
use crate::engine_thread::JobEvent;
use hark_engine::audio::Samples;
use hark_engine::metrics::WallTime;
use hark_engine::transcribe::Options;

/// Where the model is asked about silence, it must not have words to put there.
fn with_voice_gate(options: Options, voice_gate: bool) -> Options {
    let initial_prompt = options.initial_prompt.filter(|_| voice_gate);
    Options { voice_gate, initial_prompt, ..options }
}

impl Session {
    /// Gives the engine its next jobs: what a person waits for comes before what runs beside.
    pub(super) fn dispatch(&mut self) {
        if !self.is_at_rest() {
            self.desk.cancel_if(Work::is_idle_work);
        }
        self.postpone_retry();
        if self.desk.rests() && self.wants_engine() {
            self.load_own_model();
        }
        // A dictation is made by the person's own model, and beside whatever else is under way.
        if self.desk.is_free_to_follow() && self.retries.lent.is_none() {
            self.follow_recording();
        }
        self.begin_next();
        if let Some(why) = self.desk.failure().map(str::to_owned) {
            if std::mem::take(&mut self.dictation.waits) {
                self.drive(Event::TranscriptionFailed(self.dictation.state.generation(), why));
            }
            self.demo.waits = false;
        }
    }

    fn begin_next(&mut self) {
        if self.desk.is_free() && self.begin_retry() {
            return;
        }
        if self.dictation.waits {
            self.begin_dictation();
        } else if self.demo.waits {
            self.begin_demo();
        } else if self.retries.is_at_rest() {
            self.begin_files();
        }
    }

    fn begin_dictation(&mut self) {
        let Some(recorded) = self.dictation.recorded().filter(|_| self.desk.has_room_for_dictation()) else {
            return;
        };
        let source = self.recordings.source(&recorded.path);
        let work = Work::Dictation(self.dictation.state.generation());
        let options = self.options(&self.dictation.manner);
        let options = with_voice_gate(options, self.dictation.voice_gate);
        self.dictation.waits = !self.desk.begin(work, source, options);
    }

    fn begin_demo(&mut self) {
        if !self.desk.is_free() {
            return;
        }
        match bundled::demo_clip() {
            Ok(clip) => {
                let clip = Box::new(Samples(clip.into()));
                self.demo.runs = self.desk.begin(Work::Demo, clip, Options::default());
            }
            Err(why) => self.banners.warn(Topic::Text, format!("The bundled clip cannot be read: {why}.")),
        }
        self.demo.waits = false;
    }

    fn begin_files(&mut self) {
        while self.desk.has_room_for_file()
            && let Some(NextFile { id, path, options: wanted, channel }) = self.files.next()
        {
            let options = self.options(&self.recordings.manner(&path));
            let options = Options { word_timestamps: wanted.words, ..options };
            let part = Part { track: wanted.track, channel };
            let source = if self.choice.fallback {
                Recordings::bundled_source(&path, self.setup.models.is_bundled_clip, part)
            } else {
                self.recordings.part(&path, part)
            };
            if !self.desk.begin(Work::File(id), source, options) {
                return;
            }
            self.files.started(id);
        }
    }

    pub(super) fn learn(&mut self, news: News) {
        match news {
            News::Ready => {
                self.idle_time.hope_again();
                self.banners.close_topic(&Topic::Model);
                if let Some(name) = self.model_choice.unproven.take() {
                    self.change_settings(|s| s.model = Some(name));
                }
                self.remind();
            }
            News::LoadFailed { name, message } if self.lent_model_failed(&name, &message) => {}
            News::LoadFailed { name, message } => {
                self.model_choice.unproven = None;
                let text = format!("The model {name} cannot be loaded: {message}.");
                self.banners.offer(Topic::Model, Tone::Problem, text, "Choose a model", Action::ChooseModel);
            }
            News::Job { work, event, at } => self.advance(work, *event, at),
        }
    }

    pub(super) fn advance(&mut self, work: Work, event: JobEvent, at: WallTime) {
        if let Work::Live(generation) = work {
            return self.live_advances(generation, event, at);
        }
        match event {
            JobEvent::Started => {}
            JobEvent::Running(event) => match work {
                Work::Dictation(_) => self.dictation_advances(event, at),
                Work::Demo => self.demo.growing.take_in(event, at),
                Work::File(id) => self.files.advance(id, |growing| growing.take_in(event, at)),
                Work::Retry(_) => self.retries.growing().take_in(event, at),
                Work::Live(_) | Work::Proof | Work::Gauge => {}
            },
            JobEvent::Gauged { width, precision, sample } => self.is_gauged(width, precision, sample),
            JobEvent::Proved(proved) => self.act_on_proof(&proved),
            JobEvent::Finished { transcript, timings, model, backend, standing, npu } => {
                self.has_worked(&model, timings.audio.seconds(), timings.processing.0);
                let finished = Finished::new(transcript, timings, model, backend, standing).with_npu(npu);
                match work {
                    Work::Dictation(generation) => self.dictation_is_finished(generation, finished),
                    Work::Demo => self.demo = Demo { finished: Some(finished), ..Demo::default() },
                    Work::File(id) => self.file_is_transcribed(id, finished),
                    Work::Retry(id) => self.retry_is_finished(id, &finished),
                    Work::Live(_) | Work::Proof | Work::Gauge => {}
                }
            }
            JobEvent::Failed { message, .. } => self.fail(work, message),
            JobEvent::Cancelled => self.fail(work, "it was cancelled".into()),
        }
    }

    pub(super) fn fail(&mut self, work: Work, message: String) {
        match work {
            Work::Live(_) => {}
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
            Work::Retry(id) => self.retry_failed(id, &message),
            Work::Proof => self.idle_time.give_up(),
            Work::Gauge => self.shelf.hopeless = Some(self.usual_precision()),
        }
    }
}
