//! Other programs, asking the session's service over real sockets, and an engine that the test plays.

use super::stage::*;
use super::*;
use crate::engine_thread::{Audience, EngineCommand, EngineEvent, Job, JobEvent};
use crate::precision::Standing;
use crate::settings::{DictationChoices, ServiceChoices};
use hark_engine::metrics::{AudioTime, Timings, WallTime};
use hark_engine::transcript::{Segment, Transcript};
use std::io::{Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::num::NonZeroU16;
use std::thread::{self, JoinHandle};

/// What was answered.
#[derive(Debug)]
struct Reply {
    status: u16,
    body: String,
}

/// Asks on a thread of its own.
fn asking(address: SocketAddr, head: String, body: Vec<u8>) -> JoinHandle<Option<Reply>> {
    thread::spawn(move || {
        let mut connection = TcpStream::connect(address).ok()?;
        connection.set_read_timeout(Some(PATIENCE)).unwrap();
        let head = format!("{head} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n");
        let head = match body.len() {
            0 => format!("{head}\r\n"),
            length => format!(
                "{head}Content-Type: multipart/form-data; boundary=B\r\nContent-Length: {length}\r\n\r\n"
            ),
        };
        connection.write_all(head.as_bytes()).ok()?;
        connection.write_all(&body).ok()?;
        let mut answer = String::new();
        connection.read_to_string(&mut answer).ok()?;
        let status = answer.split(' ').nth(1)?.parse().ok()?;
        let body = answer.split_once("\r\n\r\n").map_or("", |(_, body)| body).to_owned();
        Some(Reply { status, body })
    })
}

fn get(address: SocketAddr, path: &str) -> Option<Reply> {
    asking(address, format!("GET {path}"), Vec::new()).join().unwrap()
}

/// Asks for the text of a second of sound.
fn wanting_text(address: SocketAddr, model: &str) -> JoinHandle<Option<Reply>> {
    let mut body = format!(
        "--B\r\nContent-Disposition: form-data; name=\"model\"\r\n\r\n{model}\r\n\
         --B\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.wav\"\r\n\r\n"
    )
    .into_bytes();
    body.extend(wav());
    body.extend(b"\r\n--B--\r\n");
    asking(address, "POST /v1/audio/transcriptions".into(), body)
}

fn wav() -> Vec<u8> {
    let samples: Vec<u8> = speech().iter().flat_map(|s| ((s * 32767.0) as i16).to_le_bytes()).collect();
    let length = samples.len() as u32;
    let numbers = [16_u32, 0x0001_0001, 16_000, 32_000, 0x0010_0002];
    let mut wav = [b"RIFF".as_slice(), &(length + 36).to_le_bytes(), b"WAVEfmt "].concat();
    wav.extend(numbers.into_iter().flat_map(u32::to_le_bytes));
    wav.extend([b"data".as_slice(), &length.to_le_bytes(), &samples].concat());
    wav
}

/// A port that nobody has.
fn free_port() -> NonZeroU16 {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    NonZeroU16::new(listener.local_addr().unwrap().port()).unwrap()
}

impl Stage {
    fn choose_service(&self, on: bool, port: NonZeroU16) {
        self.ask(Command::ChooseService(ServiceChoices { on, port }));
    }

    fn see_service(&self, state: &ServiceState) {
        let what = format!("{state:?}");
        self.see(&what, |s| s.service.as_ref().is_some_and(|service| service.state == *state));
    }

    /// Turns the service on, and gives its address. A port that was free may be somebody else's meanwhile.
    fn serve(&self) -> SocketAddr {
        loop {
            let port = free_port();
            let wanted = ServiceState::On { address: (Ipv4Addr::LOCALHOST, port.get()).into() };
            self.choose_service(true, port);
            let taken = ServiceState::Failed(NotOffered::PortTaken);
            let settled = |view: &ServiceView| view.state == wanted || view.state == taken;
            let chosen = |view: &ServiceView| view.choices.port == port && settled(view);
            let snapshot = self.see("an answer", |s| s.service.as_ref().is_some_and(chosen));
            if let Some(ServiceView { state: ServiceState::On { address }, .. }) = snapshot.service {
                return address;
            }
        }
    }

    /// Ends a program's job, of which the session is told nothing.
    fn answer(&self, job: Job, text: &str) {
        let Audience::Own(listener) = job.audience else { panic!("the session's own job") };
        let segment = Segment { text: text.into(), ..Segment::default() };
        let transcript = Transcript { text: text.into(), segments: vec![segment], ..Transcript::default() };
        let timings = Timings { audio: AudioTime(1.0), processing: WallTime(1.0), ..Timings::default() };
        let (model, standing) = ("first".into(), Standing::Proven);
        let npu = None;
        listener.hear(JobEvent::Finished { transcript, timings, model, backend: backend(), standing, npu });
    }
}

fn until(what: &str, holds: impl Fn() -> bool) {
    let start = std::time::Instant::now();
    while !holds() {
        assert!(start.elapsed() < PATIENCE, "waited in vain for {what}");
        thread::sleep(std::time::Duration::from_millis(5));
    }
}

#[test]
fn it_is_off_until_somebody_turns_it_on_and_off_again_when_they_turn_it_off() {
    let stage = stage(false);
    stage.see_service(&ServiceState::Off);
    let address = stage.serve();
    let health = get(address, "/health").unwrap();
    assert!(health.status == 200 && health.body.contains("\"model\":\"first\""), "{health:?}");
    let port = NonZeroU16::new(address.port()).unwrap();
    // Somebody who cannot decide finds it as they left it, on the same port.
    for on in [false, true, false, true] {
        stage.choose_service(on, port);
    }
    stage.see_service(&ServiceState::On { address });
    assert_eq!(get(address, "/v1/models/first").unwrap().status, 200);
    stage.choose_service(false, port);
    stage.see_service(&ServiceState::Off);
    until("a closed port", || get(address, "/health").is_none());
}

#[test]
fn a_program_gets_a_text_of_the_window_s_engine_and_the_window_sees_nothing_of_it() {
    let stage = stage(false);
    let address = stage.serve();
    let asked = wanting_text(address, "whisper-1");
    let theirs = stage.job();
    // A file of the person's own goes beside it.
    stage.add_files(&["a.wav"]);
    let own = stage.job();
    assert!(matches!(own.audience, Audience::Events));
    stage.finish(&own, "Mine.");
    let snapshot = stage.see("the file's text", |s| {
        matches!(s.files.first().map(|file| &file.state), Some(FileState::Done { .. }))
    });
    stage.answer(theirs, " Theirs.");
    let reply = asked.join().unwrap().unwrap();
    assert!(reply.status == 200 && reply.body.contains("\"text\":\"Theirs.\""), "{reply:?}");
    assert_eq!((snapshot.files.len(), snapshot.history.entries.len()), (1, 0));
    let last = stage.quit();
    assert!(!last.path().join("history/history.jsonl").exists());
}

#[test]
fn the_model_comes_back_for_a_program_and_stays_while_it_waits() {
    let stage = stage(false);
    let address = stage.serve();
    let choices = DictationChoices { unload_after_min: 1, ..Default::default() };
    stage.ask(Command::ChooseDictation(choices.into()));
    assert!(matches!(stage.engine.recv_timeout(PATIENCE), Ok(EngineCommand::Unload)));
    stage.see("the rest", |s| matches!(s.engine, EngineView::Resting { .. }));
    let asked = wanting_text(address, "first");
    assert_eq!(stage.load_asked_for(), "first");
    stage.ready("first");
    let job = stage.job();
    stage.ask(Command::ShowWindow);
    stage.see("the command", |s| s.window_wanted > 0);
    assert!(stage.engine.is_empty(), "the model is in use");
    stage.answer(job, "Text.");
    assert_eq!(asked.join().unwrap().unwrap().status, 200);
    assert!(matches!(stage.engine.recv_timeout(PATIENCE), Ok(EngineCommand::Unload)));
}

#[test]
fn another_model_is_offered_once_it_is_there_and_a_job_of_the_old_one_does_not_hold_it_up() {
    let stage = stage(false);
    let address = stage.serve();
    let long = wanting_text(address, "first");
    let job = stage.job();
    stage.ask(Command::ChooseModel("second".into()));
    assert_eq!(stage.load_asked_for(), "second");
    let (waits, misses) = (wanting_text(address, "whisper-1"), wanting_text(address, "first"));
    assert_eq!(misses.join().unwrap().unwrap().status, 404);
    // What is in hand has some seconds to end.
    let cut = long.join().unwrap().unwrap();
    assert!(cut.status == 503 && cut.body.contains("no_model"), "{cut:?}");
    assert!(job.cancel.is_raised());
    stage.ready("second");
    stage.answer(stage.job(), "Text.");
    assert_eq!(waits.join().unwrap().unwrap().status, 200);
    let models = get(address, "/v1/models").unwrap();
    assert!(models.body.contains("\"second\"") && !models.body.contains("\"first\""), "{models:?}");
}

#[test]
fn programs_are_told_why_there_is_no_text() {
    let demo = stage(true);
    let address = demo.serve();
    let reply = wanting_text(address, "whisper-1").join().unwrap().unwrap();
    assert!(reply.status == 503 && reply.body.contains("demo model"), "{reply:?}");
    assert!(demo.engine.is_empty());
    let broken = unloaded(false);
    assert_eq!(broken.load_asked_for(), "first");
    let address = broken.serve();
    let waits = wanting_text(address, "whisper-1");
    let (name, message) = ("first".into(), "the file is damaged".into());
    broken.tell(EngineEvent::LoadFailed { name, message });
    let reply = waits.join().unwrap().unwrap();
    assert!(reply.status == 503 && reply.body.contains("the file is damaged"), "{reply:?}");
}

#[test]
fn a_port_of_another_program_is_told_of_and_tried_again() {
    let stage = stage(false);
    let other = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let address = other.local_addr().unwrap();
    let port = NonZeroU16::new(address.port()).unwrap();
    stage.choose_service(true, port);
    stage.see_service(&ServiceState::Failed(NotOffered::PortTaken));
    drop(other);
    // A process that is being started by another test holds a port for a moment longer.
    let on = ServiceState::On { address };
    until("the port", || {
        stage.choose_service(true, port);
        let mut snapshots = stage.session.snapshots.try_iter();
        snapshots.any(|s| s.service.as_ref().is_some_and(|service| service.state == on))
    });
    let moved = stage.serve();
    assert_eq!(get(moved, "/health").unwrap().status, 200);
    until("the old port's end", || get(address, "/health").is_none());
}

#[test]
fn who_waits_when_the_window_ends_is_told_so() {
    let stage = unloaded(false);
    assert_eq!(stage.load_asked_for(), "first");
    let waits = wanting_text(stage.serve(), "whisper-1");
    stage.ask(Command::Refresh);
    stage.quit();
    // Too late to be let in, or told why it waits in vain.
    let reply = waits.join().unwrap();
    assert!(reply.as_ref().is_none_or(|reply| reply.status == 503), "{reply:?}");
}

#[test]
fn the_choice_is_there_at_the_next_start() {
    let stage = stage(false);
    let address = stage.serve();
    let folder = stage.quit();
    assert!(get(address, "/health").is_none());
    let again = stage_in(folder, false);
    again.see_service(&ServiceState::On { address });
}
