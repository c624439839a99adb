use super::*;
use hark_engine::audio::{AudioError, AudioFile, SampleStream, Samples};
use hark_engine::machine_isa;
use hark_engine::metrics::AudioTime;
use hark_engine::transcribe::Way;
use std::path::Path;

const SAID: &str = "Please restart the software and check the database.";

fn clip() -> Box<dyn AudioSource> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../assets/demo/samples/short04.wav");
    Box::new(AudioFile::open(&path, None).unwrap())
}

fn job(id: JobId, way: Way, cancel: &Cancel, source: Box<dyn AudioSource>) -> EngineCommand {
    let options = Options { way, ..Options::default() };
    EngineCommand::Transcribe(Job { id, source, options, cancel: cancel.clone() })
}

fn load_demo() -> EngineCommand {
    let (spec, name) = (ModelSpec::Demo, "demo".into());
    let precision = PrecisionChoice::Fixed(hark_engine::Precision::F32);
    EngineCommand::Load(Load { spec, name, precision, npu: NpuSetting::Auto })
}

/// What the engine says of jobs when all commands are there before it begins.
fn said(commands: Vec<EngineCommand>) -> Vec<(JobId, JobEvent)> {
    let (asks, inbox) = bounded(COMMANDS);
    let (outbox, events) = bounded(10 * EVENTS);
    commands.into_iter().for_each(|command| asks.send(command).unwrap());
    drop(asks);
    let verdicts = Verdicts::open(None, machine_isa()).0;
    let (npu, monitor) = (NpuWay::none(), Monitor::default());
    Engine { threads: 2, outbox, verdicts, npu, loaded: None, monitor, postponed: None }.run(&inbox);
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
fn fast_jobs_are_done_together_and_nothing_overtakes_another_command() {
    let (cancel, other) = (Cancel::new(), Cancel::new());
    let said = said(vec![
        load_demo(),
        job(1, Way::Fast, &cancel, clip()),
        job(2, Way::Fast, &cancel, Box::new(Trap(None))),
        job(3, Way::Fast, &cancel, clip()),
        job(4, Way::Default, &cancel, clip()),
        job(5, Way::Fast, &cancel, clip()),
        job(6, Way::Fast, &other, clip()),
        load_demo(),
        job(7, Way::Fast, &other, clip()),
    ]);
    let alone = |id| [(id, "started"), (id, "finished")];
    let together =
        [(1, "started"), (2, "started"), (2, "failed"), (3, "started"), (1, "finished"), (3, "finished")];
    let mut outline = outline(&said);
    // Of two that go side by side, either may end first.
    outline[4..6].sort_unstable();
    assert_eq!(outline, [&together[..], &[4, 5, 6, 7].map(alone).concat()].concat());
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
    let engine = EngineThread::spawn(2, verdicts, NpuWay::none()).unwrap();
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
