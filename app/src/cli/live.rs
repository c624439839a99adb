//! `hark live --replay`: a recording goes through live dictation as if somebody spoke it.

use super::args::{LiveArgs, Pace};
use super::exit::{Complaint, Exit, Failure};
use super::interrupt::Interrupt;
use super::transcribe::request::language;
use super::transcribe::start_engine;
use super::{machine, models, stdout};
use crate::engine_thread::{
    Audience, EngineCommand, EngineEvent, EngineThread, Job, JobEvent, JobId, LiveJob, Load,
};
use crate::live::{
    Feed, Figures, NoRehearsal, Observer, PASS, Plan, Rehearsed, TAIL, Truth, Virtual, rehearse,
};
use crate::models::Choice;
use crate::session::{Growing, Manner};
use crate::text::reason;
use crossbeam_channel::select;
use hark_engine::Cancel;
use hark_engine::audio::{AudioError, AudioFile, AudioSource, Samples, VoiceGate};
use hark_engine::encoder::npu::BackendChange;
use hark_engine::metrics::{AudioTime, WallTime};
use hark_engine::transcribe::{Event, Language, LiveSource, Options};
use hark_engine::transcript::Transcript;
use std::path::Path;

/// Replays and prints the figures.
pub fn run(args: LiveArgs) -> Result<Exit, Failure> {
    let options = Options { language: language(&args.language)?, ..Options::default() };
    let reference = args.reference.as_deref().map(read_text).transpose()?;
    let samples = read(&args.replay)?;
    let choice = models::choose(args.model.as_deref())?;
    let interrupt = Interrupt::listen();
    let mut talk = Talk {
        engine: start_engine(args.threads.unwrap_or_else(machine::physical_cores))?,
        interrupt,
        jobs: 0,
        changes: Vec::new(),
        older: 0,
    };
    let feed = Feed::new(&samples);
    let mut observer = Observer::new(feed.stop());
    let (precision, npu) = (args.precision.unwrap_or_default(), models::npu_setting());
    let Rehearsed { transcript, finished, windows, recorded, latency, changes } = match args.pace {
        Pace::Real => {
            let language = match &options.language {
                Language::Code(code) => Some(code.clone()),
                _ => None,
            };
            let manner = Manner { language, ..Manner::default() };
            let model = Choice { fallback: false, ..choice };
            let plan = Plan { feed, model, precision, npu, manner };
            let see = &mut |view: &_, now| observer.see(view, now);
            rehearse(plan, &talk.engine, &talk.interrupt.wished, see).map_err(failure)?
        }
        Pace::Fast => {
            talk.load(Load { spec: choice.spec, name: choice.name, precision, npu })?;
            talk.follow_by_clock(feed, &options, &mut observer)?
        }
    };
    windows.into_iter().for_each(|now| observer.window(now));
    let timed = talk.with_times(&recorded, &options)?;
    let as_file = talk.transcribe(&recorded, options)?;
    let figures = observer.figures(&Truth {
        speech_start: speech_start(&recorded),
        transcript: &transcript,
        finished,
        timed: &timed,
        as_file: &as_file,
        reference: reference.as_deref(),
        changes,
        latency,
    });
    if args.json {
        stdout::put_json(&figures)?
    } else {
        stdout::put(&table(&figures))?
    }
    Ok(Exit::Ok)
}

fn read(path: &Path) -> Result<Vec<f32>, Failure> {
    let all = || {
        let mut samples = Vec::new();
        let mut stream = AudioFile::open(path, None)?.open()?;
        while stream.next_block(&mut samples)? {}
        Ok(samples)
    };
    all().map_err(|error: AudioError| {
        Exit::Failed.with(Complaint::new(format!("cannot read {}: {error}", path.display())))
    })
}

fn failure(error: NoRehearsal) -> Failure {
    let exit = match &error {
        NoRehearsal::Model(_) => Exit::Model,
        NoRehearsal::NoText { refused: true, .. } => Exit::Usage,
        NoRehearsal::Interrupted => return Exit::Interrupted.quietly(),
        _ => Exit::Failed,
    };
    exit.with(Complaint::new(error.to_string()))
}

fn read_text(path: &Path) -> Result<String, Failure> {
    std::fs::read_to_string(path).map_err(|error| {
        Exit::Failed.with(Complaint::new(format!("cannot read {}: {}", path.display(), reason(&error))))
    })
}

/// When the voice gate takes the first sound for speech, in seconds.
fn speech_start(feed: &Feed) -> Option<f64> {
    let mut gate = VoiceGate::new();
    gate.push(feed.samples());
    gate.finish();
    Some(AudioTime::from_samples(gate.first_onset()?).seconds())
}

/// The engine, asked for one thing after the other.
struct Talk {
    engine: EngineThread,
    interrupt: Interrupt,
    jobs: JobId,
    /// Who encoded from when on, as the engine told it, and how much of it was before the recording.
    changes: Vec<BackendChange>,
    older: usize,
}

impl Talk {
    fn load(&mut self, load: Load) -> Result<(), Failure> {
        let _ = self.engine.commands.send(EngineCommand::Load(load));
        self.await_model()
    }

    /// The recording by a clock of its own, as the window would show it.
    fn follow_by_clock(
        &mut self,
        feed: Feed,
        options: &Options,
        observer: &mut Observer,
    ) -> Result<Rehearsed, Failure> {
        let hurry = Cancel::new();
        let raised = hurry.clone();
        let source = Virtual::new(feed.clone(), move || raised.raise());
        self.follow(Box::new(source), options, hurry);
        let pass = PASS.as_secs_f64();
        let (mut now, mut windows, mut growing) = (0.0, Vec::new(), Growing::default());
        let transcript = self.listen(&mut |event| {
            match &event {
                Event::Live(text) => now = text.recorded.seconds() + pass,
                // What is left to do after the end.
                Event::Length(length) => now = length.seconds(),
                Event::Window(_) => {
                    now += if now >= feed.stop() { pass } else { 0.0 };
                    windows.push(now);
                }
                _ => {}
            }
            growing.take_in(event, WallTime(now));
            observer.see(&growing.while_recording(), now);
        })?;
        let finished = now.max(feed.stop() + TAIL.as_secs_f64());
        let changes = self.changes.split_off(self.older);
        Ok(Rehearsed { transcript, finished, windows, recorded: feed, latency: None, changes })
    }

    /// The final text with the time of each word.
    fn with_times(&mut self, feed: &Feed, options: &Options) -> Result<Transcript, Failure> {
        let options = Options { word_timestamps: true, ..options.clone() };
        let hurry = Cancel::new();
        hurry.raise();
        self.follow(Box::new(Virtual::new(feed.clone(), || ())), &options, hurry);
        self.listen(&mut |_| ())
    }

    fn follow(&mut self, source: Box<dyn LiveSource + Send>, options: &Options, hurry: Cancel) {
        self.jobs += 1;
        let (id, options, cancel) = (self.jobs, options.clone(), self.interrupt.cancel.clone());
        let _ =
            self.engine.commands.send(EngineCommand::Follow(LiveJob { id, source, options, cancel, hurry }));
    }

    /// The recording as a file.
    fn transcribe(&mut self, feed: &Feed, options: Options) -> Result<Transcript, Failure> {
        self.jobs += 1;
        let (id, cancel) = (self.jobs, self.interrupt.cancel.clone());
        let source = Box::new(Samples(feed.samples().clone()));
        let job = Job { id, source, options, cancel, audience: Audience::Events };
        let _ = self.engine.commands.send(EngineCommand::Transcribe(job));
        self.listen(&mut |_| ())
    }

    fn next(&mut self) -> Result<EngineEvent, Failure> {
        let event = self.await_event()?;
        if let EngineEvent::Npu(report) = &event
            && let Some(change) = &report.last_change
            && self.changes.last() != Some(change)
        {
            self.changes.push(change.clone());
        }
        Ok(event)
    }

    fn await_event(&self) -> Result<EngineEvent, Failure> {
        select! {
            recv(self.engine.events) -> event => event.map_err(|_| {
                Exit::Failed.with(Complaint::new("the engine stopped by a defect of its own; please report it"))
            }),
            recv(self.interrupt.wished) -> _ => Err(Exit::Interrupted.quietly()),
        }
    }

    fn await_model(&mut self) -> Result<(), Failure> {
        loop {
            match self.next()? {
                EngineEvent::Ready { .. } => {
                    self.older = self.changes.len();
                    return Ok(());
                }
                EngineEvent::LoadFailed { message, .. } => {
                    return Err(Exit::Model.with(Complaint::new(message)));
                }
                _ => {}
            }
        }
    }

    /// Follows the job in hand to its end.
    fn listen(&mut self, see: &mut dyn FnMut(Event)) -> Result<Transcript, Failure> {
        loop {
            let EngineEvent::Job { event, .. } = self.next()? else { continue };
            match event {
                JobEvent::Running(event) => see(event),
                JobEvent::Finished { transcript, .. } => return Ok(transcript),
                JobEvent::Failed { message, refused } => {
                    let exit = if refused { Exit::Usage } else { Exit::Failed };
                    return Err(exit.with(Complaint::new(message)));
                }
                JobEvent::Cancelled => return Err(Exit::Interrupted.quietly()),
                JobEvent::Started | JobEvent::Proved(_) | JobEvent::Gauged { .. } => {}
            }
        }
    }
}

fn table(figures: &Figures) -> String {
    let ms = |value: Option<f64>| value.map_or_else(|| "–".into(), |v| format!("{v:.0} ms"));
    let percent = |value: Option<f64>| value.map_or_else(|| "–".into(), |v| format!("{:.1} %", 100.0 * v));
    let rows = [
        ("final text", figures.final_text.clone()),
        ("live text at stop", figures.live_text.clone()),
        ("first text after speech began", ms(figures.first_text_ms)),
        ("word to commit, mean", ms(figures.word_commit_mean_ms)),
        ("word to commit, p95", ms(figures.word_commit_p95_ms)),
        ("committed of what ended 1.5 s before stop", percent(figures.committed_share)),
        ("stop to final text", ms(Some(figures.stop_to_final_ms))),
        ("retractions", figures.retractions.to_string()),
        ("committed words that the final text changed", figures.changed_words.to_string()),
        ("words that differ from the file's text", figures.differing_words.to_string()),
        ("wrong words, live", percent(figures.live_wer)),
        ("wrong words, final", percent(figures.final_wer)),
        ("live passes", figures.passes.to_string()),
        ("windows, of them after stop", format!("{}, {}", figures.windows, figures.windows_after_stop)),
        ("fallbacks", figures.fallbacks.to_string()),
        ("largest lag", ms(Some(figures.lag_max_ms))),
    ];
    rows.iter().map(|(name, value)| format!("{name:<44} {value}\n")).collect()
}
