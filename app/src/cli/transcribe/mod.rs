//! `hark transcribe`: audio files in, text out.

mod inputs;
pub mod outputs;
mod progress;
mod request;

use super::args::{Format, TranscribeArgs};
use super::exit::{Complaint, Exit, Failure, note};
use super::interrupt::Interrupt;
use super::{machine, models, stdout};
use crate::engine_thread::{EngineCommand, EngineEvent, EngineThread, Job, JobEvent};
use crate::export::{self, Details};
use crate::models::{Choice, demo_rule};
use crate::text::{self, reason};
use crossbeam_channel::select;
use hark_engine::audio::{AudioFile, TrackInfo};
use hark_engine::encoder::BackendInfo;
use hark_engine::metrics::{Timings, WallTime};
use hark_engine::transcribe::Event;
use hark_engine::transcript::Transcript;
use inputs::Input;
use outputs::{Files, Written};
use progress::Progress;
use request::{Destination, Request};
use std::time::{Duration, Instant};

/// How long a cancelled job may take to say so before the program ends without its word.
const PATIENCE: Duration = Duration::from_millis(150);

/// Transcribes the files one after the other. A file that fails does not stop the others.
pub fn run(args: TranscribeArgs) -> Result<Exit, Failure> {
    let request = Request::of(&args)?;
    let choice = models::choose(args.model.as_deref())?;
    let interrupt = Interrupt::listen();
    let (inputs, complaints) = inputs::gather(&args.files, &interrupt)?;
    let headers = args.files.len() > 1 || inputs.len() > 1;
    if headers {
        request.destination.check_several()?;
    }
    let mut exit = if complaints.is_empty() { Exit::Ok } else { Exit::Failed };
    complaints.iter().for_each(Complaint::print);

    let planned = request.destination.plan(&inputs)?;
    let mut work = Vec::new();
    for (input, files) in inputs.into_iter().zip(planned) {
        let refused = demo_rule_exit(&choice, &input).or_else(|| existing(&files, &request.destination));
        match refused {
            Some(worse) => exit = exit.or(worse),
            None => work.push((input, files)),
        }
    }
    if work.is_empty() {
        return Ok(exit);
    }

    let threads = args.threads.unwrap_or_else(machine::physical_cores);
    let engine = EngineThread::spawn(threads).map_err(|error| {
        Exit::Failed.with(Complaint::new(format!("cannot start the engine: {}", reason(&error))))
    })?;
    let _ = engine.commands.send(EngineCommand::Load { spec: choice.spec, name: choice.name });
    let mut conversation = Conversation { engine, interrupt, request, headers, load: None, jobs: 0 };
    for (input, files) in work {
        match conversation.transcribe(&input, &files) {
            Ok(ended) => exit = exit.or(ended),
            // Nobody may read any more, which is no error; what failed before is one all the same.
            Err(failure) => return Err(Failure { exit: exit.or(failure.exit), ..failure }),
        }
    }
    Ok(exit)
}

/// While the demo model is only a stand-in, it is for the bundled clips alone.
fn demo_rule_exit(choice: &Choice, input: &Input) -> Option<Exit> {
    if !choice.fallback {
        return None;
    }
    match demo_rule::is_bundled_clip(&input.path) {
        Ok(true) => None,
        Ok(false) => {
            let folder = crate::models::models_folder()
                .map_or_else(|| "Hark's models folder".to_owned(), |folder| folder.display().to_string());
            Complaint::new(format!("there is only the demo model, and it does not know {}", input.label))
                .hint(format!(
                    "put a whisper.cpp model such as ggml-base.en.bin into {folder}, or name one with --model; \
                     `--model demo` uses the demo model for any file, which gives poor text"
                ))
                .print();
            Some(Exit::DemoOnly)
        }
        Err(error) => {
            Complaint::new(format!("cannot read {}: {}", input.label, reason(&error))).print();
            Some(Exit::Failed)
        }
    }
}

/// If all files of a recording are there already, says so: there is nothing to transcribe.
fn existing(files: &Files, destination: &Destination) -> Option<Exit> {
    let Destination::Folder { overwrite: false, .. } = destination else { return None };
    if files.of.iter().any(|(_, path)| path.symlink_metadata().is_err()) {
        return None;
    }
    files.of.iter().for_each(|(_, path)| kept(path).print());
    Some(Exit::Failed)
}

fn kept(path: &std::path::Path) -> Complaint {
    Complaint::new(format!("{} already exists and was kept", path.display())).hint("--overwrite replaces it")
}

/// One engine, asked for one transcription after the other.
struct Conversation {
    engine: EngineThread,
    interrupt: Interrupt,
    request: Request,
    /// Texts on standard output are told apart by a line with the name.
    headers: bool,
    /// How long the model took to load, once it is loaded.
    load: Option<WallTime>,
    jobs: u64,
}

/// What a job gives in the end.
struct Finished {
    transcript: Transcript,
    timings: Timings,
    model: String,
    backend: BackendInfo,
}

impl Conversation {
    fn transcribe(&mut self, input: &Input, files: &Files) -> Result<Exit, Failure> {
        let track = self.request.track;
        let source = match AudioFile::open(&input.path, track) {
            Ok(source) => source,
            Err(error) => {
                about(input, &error.to_string()).print();
                return Ok(Exit::Failed);
            }
        };
        if track.is_none() {
            tell_track(input, source.tracks());
        }
        self.await_model()?;
        self.jobs += 1;
        let job = Job {
            id: self.jobs,
            source: Box::new(source),
            options: self.request.options.clone(),
            cancel: self.interrupt.cancel.clone(),
        };
        // A lost engine shows when its next event is awaited.
        let _ = self.engine.commands.send(EngineCommand::Transcribe(job));
        if let Destination::Stdout(format) = self.request.destination {
            self.header(input, format)?;
        }
        match self.follow(input)? {
            Ok(finished) => self.deliver(input, files, &finished),
            Err((exit, message)) => {
                about(input, &message).print();
                Ok(exit)
            }
        }
    }

    /// The next event, unless the person wants to stop or the engine is gone.
    fn next(&self) -> Result<EngineEvent, Failure> {
        select! {
            recv(self.engine.events) -> event => event.map_err(|_| {
                Exit::Failed.with(Complaint::new("the engine stopped by a defect of its own; please report it"))
            }),
            recv(self.interrupt.wished) -> _ => {
                self.await_cancelled();
                Err(Exit::Interrupted.quietly())
            }
        }
    }

    /// Gives the engine a moment to put down what it holds.
    fn await_cancelled(&self) {
        let deadline = Instant::now() + PATIENCE;
        while let Ok(event) = self.engine.events.recv_deadline(deadline) {
            if matches!(event, EngineEvent::Job { event: JobEvent::Cancelled | JobEvent::Failed { .. }, .. })
            {
                return;
            }
        }
    }

    fn await_model(&mut self) -> Result<(), Failure> {
        let progress = self.load.is_none().then(|| Progress::start("loading the model"));
        while self.load.is_none() {
            match self.next()? {
                EngineEvent::Ready { load, .. } => self.load = Some(load),
                EngineEvent::LoadFailed { message, .. } => {
                    drop(progress);
                    return Err(Exit::Model.with(Complaint::new(message)));
                }
                EngineEvent::Loading { .. } | EngineEvent::Job { .. } => {}
            }
        }
        Ok(())
    }

    /// Follows the job in hand to its end; `Err` inside is the engine's message about this file.
    fn follow(&self, input: &Input) -> Result<Result<Finished, (Exit, String)>, Failure> {
        let mut progress = Progress::start("reading");
        loop {
            let EngineEvent::Job { id, event } = self.next()? else { continue };
            if id != self.jobs {
                continue;
            }
            match event {
                JobEvent::Started => {}
                JobEvent::Running(Event::Listened(audio)) => progress.listened(audio),
                JobEvent::Running(Event::Length(audio)) => progress.length(audio, &input.file_name()),
                JobEvent::Running(Event::Progress(audio)) => progress.reached(audio),
                JobEvent::Running(Event::Segment(segment)) if self.request.streams() => {
                    if let Some(line) = export::line(&segment, self.request.print_times) {
                        progress
                            .aside(|| stdout::put(&line))
                            .inspect_err(|_| self.interrupt.cancel.raise())?;
                    }
                }
                JobEvent::Running(_) => {}
                JobEvent::Finished { transcript, timings, model, backend } => {
                    return Ok(Ok(Finished { transcript, timings, model, backend }));
                }
                JobEvent::Failed { message, refused } => {
                    return Ok(Err((if refused { Exit::Usage } else { Exit::Failed }, message)));
                }
                JobEvent::Cancelled => return Err(Exit::Interrupted.quietly()),
            }
        }
    }

    /// Only plain text has names between the files: JSON documents name theirs themselves.
    fn header(&self, input: &Input, format: Format) -> Result<(), Failure> {
        if !self.headers || format != Format::Txt {
            return Ok(());
        }
        let gap = if self.jobs > 1 { "\n" } else { "" };
        stdout::put(&format!("{gap}== {} ==\n", input.label))
    }

    fn deliver(&self, input: &Input, files: &Files, finished: &Finished) -> Result<Exit, Failure> {
        if let Some(damage) = text::damage(finished.transcript.damage) {
            note(&format!("{} is damaged: {damage}", input.label));
        }
        if finished.transcript.text.trim().is_empty() {
            note(&format!("no speech was found in {}", input.label));
        }
        if let Destination::Stdout(format) = self.request.destination {
            if !self.request.streams() {
                stdout::put(&self.text(input, format, finished)?)?;
            }
            return Ok(Exit::Ok);
        }
        let mut exit = Exit::Ok;
        for (format, path) in &files.of {
            let text = self.text(input, *format, finished)?;
            match outputs::write(path, &text, self.request.destination.overwrites()) {
                Ok(Written::Whole) if files.numbered => {
                    note(&format!(
                        "{} is in {}: another file has the same name",
                        input.label,
                        path.display()
                    ));
                }
                Ok(Written::Whole) => {}
                Ok(Written::Kept) => {
                    kept(path).print();
                    exit = Exit::Failed;
                }
                Err(error) => {
                    Complaint::new(format!("cannot write {}: {}", path.display(), reason(&error))).print();
                    exit = Exit::Failed;
                }
            }
        }
        Ok(exit)
    }

    fn text(&self, input: &Input, format: Format, finished: &Finished) -> Result<String, Failure> {
        let Finished { transcript, timings, model, backend } = finished;
        Ok(match format {
            Format::Txt => export::txt(transcript, self.request.print_times),
            Format::Srt => export::srt(transcript),
            Format::Vtt => export::vtt(transcript),
            Format::Json => {
                let file = input.file_name();
                let options = &self.request.options;
                let details = Details { file: &file, model, backend, timings, load: self.load, options };
                export::json(transcript, &details)
                    .map_err(|e| Exit::Failed.with(Complaint::new(format!("cannot write JSON: {e}"))))?
            }
        })
    }
}

/// Of several audio tracks, says which one is taken when nobody has chosen.
fn tell_track(input: &Input, tracks: &[TrackInfo]) {
    if tracks.len() > 1
        && let Some(taken) = tracks.iter().find(|track| track.default)
    {
        let TrackInfo { number, label, .. } = taken;
        let (name, count) = (&input.label, tracks.len());
        note(&format!("track {number} of {count} of {name} is taken: {label} (--track chooses another)"));
    }
}

/// A message about a file, which names the file as the person does.
fn about(input: &Input, message: &str) -> Complaint {
    let message = message.replace(&input.path.display().to_string(), &input.label);
    let named = message.contains(&input.label);
    Complaint::new(if named { message } else { format!("{}: {message}", input.label) })
}
