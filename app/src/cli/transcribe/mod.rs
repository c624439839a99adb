//! `hark transcribe`: audio files in, text out.

mod conversation;
mod inputs;
pub mod outputs;
mod progress;
pub mod request;

use super::args::TranscribeArgs;
use super::exit::{Complaint, Exit, Failure, note};
use super::interrupt::Interrupt;
use super::{machine, models, stdout};
use crate::engine_thread::{EngineThread, JobId};
use crate::export::{self, Details, Format};
use crate::models::{Choice, data_folder, demo_rule};
use crate::npu::NpuWay;
use crate::precision::Verdicts;
use crate::text::{self, reason};
use conversation::{Conversation, Finished};
use hark_engine::audio::{AudioError, AudioFile, TrackInfo};
use hark_engine::machine_isa;
use hark_engine::schedule::Limits;
use hark_engine::transcribe::Way;
use hark_engine::transcript::Segment;
use inputs::Input;
use outputs::{Files, Written};
use request::{Destination, Request};
use std::collections::VecDeque;

/// In the fast way the engine fills its batches from several recordings: as many are asked for at once as it
/// takes for the batch in hand and the next one.
const AHEAD_FAST: usize = 16;
/// Otherwise each has one window at a time, and these share the decoder's steps; more would only keep the first text
/// waiting.
const AHEAD: usize = 4;

/// Transcribes the files, and gives their texts one after the other. A file that fails does not stop the others.
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
    let engine = start_engine(threads)?;
    let Choice { spec, name, .. } = choice;
    let conversation = Conversation::begin(engine, interrupt, (spec, name), request.precision);
    match (Queue { conversation, request, headers }).run(work, &mut exit) {
        Ok(()) => Ok(exit),
        // Nobody may read any more, which is no error; what failed before is one all the same.
        Err(failure) => Err(Failure { exit: exit.or(failure.exit), ..failure }),
    }
}

/// The engine, with what is known of precisions on this machine.
pub fn start_engine(threads: usize) -> Result<EngineThread, Failure> {
    start_engine_within(threads, Limits::default())
}

/// The same, with limits of the caller's.
pub fn start_engine_within(threads: usize, limits: Limits) -> Result<EngineThread, Failure> {
    let (verdicts, problem) = Verdicts::open(data_folder().as_deref(), machine_isa());
    problem.iter().for_each(|problem| note(problem));
    EngineThread::spawn(threads, verdicts, NpuWay::of_this_machine(data_folder()), limits).map_err(|error| {
        Exit::Failed.with(Complaint::new(format!("cannot start the engine: {}", reason(&error))))
    })
}

/// The shortest way to a model.
const DOWNLOAD: &str =
    if cfg!(feature = "download") { "`hark models download base.en` fetches a model; or " } else { "" };

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
                    "{DOWNLOAD}put a whisper.cpp model such as ggml-base.en.bin into {folder}, or name one with --model; \
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

/// Recordings on their way to the person, in the order in which they were named.
struct Queue {
    conversation: Conversation,
    request: Request,
    /// Texts on standard output are told apart by a line with the name.
    headers: bool,
}

/// A recording that the engine was asked for, or why it was not.
struct Asked {
    input: Input,
    files: Files,
    /// One per channel, if they are transcribed apart.
    jobs: Result<(Vec<JobId>, Vec<TrackInfo>), AudioError>,
}

impl Queue {
    /// Transcribes the recordings; `exit` is worse afterwards if one of them failed.
    fn run(&mut self, work: Vec<(Input, Files)>, exit: &mut Exit) -> Result<(), Failure> {
        let ahead = if self.request.options.way == Way::Fast { AHEAD_FAST } else { AHEAD };
        let (mut work, mut asked) = (work.into_iter(), VecDeque::new());
        loop {
            let more = work.by_ref().take(ahead - asked.len());
            asked.extend(more.map(|(input, files)| self.ask(input, files)));
            let Some(first) = asked.pop_front() else { return Ok(()) };
            *exit = exit.or(self.transcribe(&first)?);
        }
    }

    fn ask(&mut self, input: Input, files: Files) -> Asked {
        let jobs = AudioFile::open(&input.path, self.request.track).map(|source| {
            let tracks = source.tracks().to_vec();
            let options = &self.request.options;
            let jobs = if self.request.by_channel && source.channels() > 1 {
                let channel =
                    |channel| self.conversation.ask(source.clone().only_channel(channel), options.clone());
                (0..source.channels()).map(channel).collect()
            } else {
                vec![self.conversation.ask(source, options.clone())]
            };
            (jobs, tracks)
        });
        Asked { input, files, jobs }
    }

    fn transcribe(&mut self, asked: &Asked) -> Result<Exit, Failure> {
        let Asked { input, files, jobs } = asked;
        let (jobs, tracks) = match jobs {
            Ok((jobs, tracks)) => (jobs, tracks),
            Err(error) => {
                about(input, &error.to_string()).print();
                return Ok(Exit::Failed);
            }
        };
        if self.request.track.is_none() {
            tell_track(input, tracks);
        }
        self.conversation.await_model()?;
        if let Destination::Stdout(format) = self.request.destination {
            self.header(input, format, jobs.first().copied().unwrap_or_default())?;
        }
        let show = |segment: &Segment| match export::line(segment, self.request.print_times) {
            Some(line) if self.request.streams() => stdout::put(&line),
            _ => Ok(()),
        };
        let mut parts = Vec::new();
        for job in jobs {
            match self.conversation.follow(*job, &input.file_name(), &show)? {
                Ok(finished) => parts.push(finished),
                Err((exit, message)) => {
                    about(input, &message).print();
                    return Ok(exit);
                }
            }
        }
        Finished::of_channels(parts).map_or(Ok(Exit::Ok), |finished| self.deliver(input, files, &finished))
    }

    /// Only plain text has names between the files: JSON documents name theirs themselves.
    fn header(&self, input: &Input, format: Format, job: JobId) -> Result<(), Failure> {
        if !self.headers || format != Format::Txt {
            return Ok(());
        }
        let gap = if job > 1 { "\n" } else { "" };
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
        let Finished { transcript, timings, model, backend, standing, npu } = finished;
        Ok(match format {
            Format::Txt => export::txt(transcript, self.request.print_times),
            Format::Srt => export::srt(transcript, &self.request.rules),
            Format::Vtt => export::vtt(transcript, &self.request.rules),
            Format::Csv => export::csv(transcript),
            Format::Md => export::md(transcript, &input.stem.to_string_lossy()),
            Format::Json => {
                let file = input.file_name();
                let options = &self.request.options;
                let load = self.conversation.load();
                let npu = npu.as_deref();
                let details = Details { file: &file, model, backend, standing, npu, timings, load, options };
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
