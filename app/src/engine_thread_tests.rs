use super::*;
use hark_engine::audio::{AudioError, AudioFile, SampleStream, Samples};
use hark_engine::machine_isa;
use hark_engine::metrics::AudioTime;
use hark_engine::transcribe::Way;
use std::path::Path;
use std::sync::Mutex;

const SAID: &str = "Please restart the software and check the database.";

fn clip() -> Box<dyn AudioSource> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../assets/demo/samples/short04.wav");
    Box::new(AudioFile::open(&path, None).unwrap())
}

fn job(id: JobId, way: Way, cancel: &Cancel, source: Box<dyn AudioSource>) -> EngineCommand {
    let (options, audience) = (Options { way, ..Options::default() }, Audience::Events);
    EngineCommand::Transcribe(Job { id, source, options, cancel: cancel.clone(), audience })
}

fn load_demo() -> EngineCommand {
    let (spec, name) = (ModelSpec::Demo, "demo".into());
    let precision = PrecisionChoice::Fixed(hark_engine::Precision::F32);
    EngineCommand::Load(Load { spec, name, precision, npu: NpuSetting::Auto })
}

/// What the engine says of jobs when all commands are there before it begins.
fn said(commands: Vec<EngineCommand>) -> Vec<(JobId, JobEvent)> {
    said_within(Limits::default(), commands)
}

fn said_within(limits: Limits, commands: Vec<EngineCommand>) -> Vec<(JobId, JobEvent)> {
    let (asks, inbox) = bounded(COMMANDS);
    let (outbox, events) = bounded(10 * EVENTS);
    commands.into_iter().for_each(|command| asks.send(command).unwrap());
    drop(asks);
    let verdicts = Verdicts::open(None, machine_isa()).0;
    let (npu, monitor) = (NpuWay::none(), Monitor::default());
    let (loaded, postponed) = (None, None);
    Engine { threads: 2, outbox, verdicts, npu, loaded, limits, monitor, postponed }.run(&inbox);
    let of_job = |event| if let EngineEvent::Job { id, event } = event { Some((id, event)) } else { None };
    events.iter().filter_map(of_job).collect()
}

/// Beginnings and ends, a word each.
fn outline(said: &[(JobId, JobEvent)]) -> Vec<(JobId, &'static str)> {
    let word = |event: &JobEvent| match event {
        JobEvent::Started => Some("started"),
        JobEvent::Finished { transcript, .. } => {
            Some(if transcript.text.trim() == SAID { "finished" } else { "wrong" })
        }
        JobEvent::Failed { .. } => Some("failed"),
        JobEvent::Cancelled => Some("cancelled"),
        JobEvent::Running(_) | JobEvent::Proved(_) | JobEvent::Gauged { .. } => None,
    };
    said.iter().filter_map(|(id, event)| Some((*id, word(event)?))).collect()
}

/// A recording that raises a flag when it is opened, and cannot be read if there is none.
struct Trap(Option<Cancel>);

impl AudioSource for Trap {
    fn open(&self) -> Result<Box<dyn SampleStream>, AudioError> {
        let Some(cancel) = &self.0 else {
            return Err(AudioError::Io { path: "trap.wav".into(), reason: "it is none".into() });
        };
        cancel.raise();
        Samples(vec![0.0; 32_000].into()).open()
    }

    fn stated_length(&self) -> Option<AudioTime> {
        None
    }
}

#[test]
fn jobs_are_done_together_and_nothing_overtakes_another_command() {
    let (cancel, other) = (Cancel::new(), Cancel::new());
    let said = said(vec![
        load_demo(),
        job(1, Way::Fast, &cancel, clip()),
        job(2, Way::Fast, &cancel, Box::new(Trap(None))),
        job(3, Way::Fast, &other, clip()),
        job(4, Way::Default, &cancel, clip()),
        load_demo(),
        job(5, Way::Fast, &other, clip()),
    ]);
    let mut outline = outline(&said);
    let begun = [(1, "started"), (2, "started"), (2, "failed"), (3, "started"), (4, "started")];
    assert_eq!(outline[..5], begun);
    // Whose turn it is depends on how long things take.
    outline[5..8].sort_unstable();
    let ended = [(1, "finished"), (3, "finished"), (4, "finished"), (5, "started"), (5, "finished")];
    assert_eq!(outline[5..], ended);
    let message = said.iter().find_map(|(_, event)| match event {
        JobEvent::Failed { message, refused: false } => Some(message.as_str()),
        _ => None,
    });
    assert_eq!(message, Some("cannot read trap.wav: it is none"));
}

#[test]
fn cancelling_ends_each_job_of_its_flag_once_and_no_other() {
    let (cancel, other) = (Cancel::new(), Cancel::new());
    let said = said(vec![
        load_demo(),
        job(1, Way::Fast, &cancel, clip()),
        job(2, Way::Fast, &cancel, Box::new(Trap(Some(cancel.clone())))),
        job(3, Way::Fast, &cancel, clip()),
        job(4, Way::Fast, &other, clip()),
    ]);
    let expected = [
        (1, "started"),
        (2, "started"),
        (1, "cancelled"),
        (2, "cancelled"),
        (3, "cancelled"),
        (4, "started"),
        (4, "finished"),
    ];
    assert_eq!(outline(&said), expected);
}

/// What somebody was told who asked for a job of their own.
#[derive(Default)]
struct Told(Mutex<Vec<&'static str>>);

impl Listener for Told {
    fn hear(&self, event: JobEvent) {
        let word = outline(&[(1, event)]).pop().map(|(_, word)| word);
        self.0.lock().unwrap().extend(word);
    }

    fn refused(&self, _: WallTime) {
        self.0.lock().unwrap().push("refused");
    }
}

#[test]
fn whoever_listens_alone_is_told_alone_and_refused_where_there_is_no_room() {
    let cancels = [Cancel::new(), Cancel::new(), Cancel::new()];
    let told = [0, 1, 2].map(|_| Arc::new(Told::default()));
    let own = |number: usize, source| {
        // Numbers of several who ask may be the same.
        let EngineCommand::Transcribe(job) = job(1, Way::Default, &cancels[number], source) else {
            unreachable!()
        };
        let audience = Audience::Own(told[number].clone());
        EngineCommand::Transcribe(Job { audience, ..job })
    };
    let limits = Limits { jobs: 2, ..Limits::default() };
    let waits = job(9, Way::Default, &Cancel::new(), clip());
    let commands = vec![
        load_demo(),
        own(0, clip()),
        own(1, Box::new(Trap(Some(cancels[1].clone())))),
        own(2, clip()),
        waits,
    ];
    // The trap raises its own flag only: it leaves its place before the third begins, which has room then.
    assert_eq!(outline(&said_within(limits, commands)), [(9, "started"), (9, "finished")]);
    let heard = |number: usize| told[number].0.lock().unwrap().clone();
    assert_eq!(heard(0), ["started", "finished"]);
    assert_eq!(heard(1), ["started", "cancelled"]);
    assert_eq!(heard(2), ["started", "finished"]);

    let limits = Limits { jobs: 1, ..Limits::default() };
    told.iter().for_each(|told| told.0.lock().unwrap().clear());
    let waits = job(9, Way::Default, &Cancel::new(), clip());
    let commands = vec![load_demo(), own(0, clip()), own(2, clip()), waits];
    assert_eq!(outline(&said_within(limits, commands)), [(9, "started"), (9, "finished")]);
    assert_eq!((heard(0), heard(2)), (vec!["started", "finished"], vec!["refused"]));
}

#[test]
fn without_a_model_each_job_fails() {
    let cancel = Cancel::new();
    let jobs = [1, 2].map(|id| job(id, Way::Fast, &cancel, clip())).into();
    assert_eq!(outline(&said(jobs)), [(1, "failed"), (2, "failed")]);
}

#[test]
fn a_model_that_is_unloaded_is_gone_until_it_is_loaded_again() {
    let cancel = Cancel::new();
    let commands = vec![
        load_demo(),
        EngineCommand::Unload,
        job(1, Way::Default, &cancel, clip()),
        load_demo(),
        job(2, Way::Default, &cancel, clip()),
    ];
    assert_eq!(outline(&said(commands)), [(1, "failed"), (2, "started"), (2, "finished")]);
}

/// Memory that the process holds in MB: its own, and pages of files such as the program, which the system can take
/// whenever it likes.
#[cfg(target_os = "linux")]
fn resident() -> (u64, u64) {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let number = |name: &str| {
        let line = status.lines().find_map(|line| line.strip_prefix(name)).unwrap();
        line.trim().trim_end_matches(" kB").parse::<u64>().unwrap() / 1024
    };
    (number("RssAnon:"), number("RssFile:"))
}

#[test]
#[cfg(target_os = "linux")]
#[ignore = "other tests of this process take memory meanwhile: it has to run alone"]
fn memory_comes_back_when_the_model_is_unloaded() {
    let verdicts = Verdicts::open(None, machine_isa()).0;
    let engine = EngineThread::spawn(2, verdicts, NpuWay::none(), Limits::default()).unwrap();
    let ask = |command| engine.commands.send(command).unwrap();
    let wait = |fits: fn(&EngineEvent) -> bool| while !fits(&engine.events.recv().unwrap()) {};
    let before = resident();
    for round in 1..=3 {
        let (spec, name) = (ModelSpec::DemoSmall, "demo:small".into());
        ask(EngineCommand::Load(Load {
            spec,
            name,
            precision: PrecisionChoice::Auto,
            npu: NpuSetting::Auto,
        }));
        ask(job(round, Way::Default, &Cancel::new(), clip()));
        wait(|event| matches!(event, EngineEvent::Job { event, .. } if event.is_the_last()));
        let loaded = resident();
        ask(EngineCommand::Unload);
        wait(|event| matches!(event, EngineEvent::Unloaded));
        let after = resident();
        eprintln!(
            "round {round}: own memory and files in MB: {before:?} before, {loaded:?} loaded, {after:?} after"
        );
        assert!(loaded.0 > before.0 + 100 && after.0 < before.0 + 20, "more than 20 MB stay");
    }
}
