//! Real sockets in a folder of the test's own, with a session that the test plays.

use super::client::ask_in;
use super::place::{Claim, own_user};
use super::protocol::{Answer, LONGEST_REQUEST, MOST_FILES, RefusalKind, Request};
use super::server::{Limits, Server};
use super::status::State;
use super::{ControlError, Refusal};
use crate::session::{Command, DictationView, Manner, Snapshot, Taken, Wish};
use crossbeam_channel::{Receiver, Sender, bounded};
use std::fs::{self, Permissions};
use std::io::{BufRead, BufReader, Read, Write};
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::PathBuf;
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

/// Only a test that fails waits that long.
const HANG: Duration = Duration::from_secs(30);

/// A server and the session's ends of its channels.
struct Running {
    server: Server,
    commands: Receiver<Command>,
    snapshots: Sender<Arc<Snapshot>>,
    folder: PathBuf,
    _dir: tempfile::TempDir,
}

/// Generous: under load a test is slower than any client, and a seat is given back after the answer.
fn limits() -> Limits {
    Limits { clients: 32, patience: HANG, user: own_user() }
}

fn running(limits: Limits) -> Running {
    let dir = tempfile::tempdir().unwrap();
    let folder = dir.path().join("hark");
    let claim = Claim::take(&folder).unwrap().unwrap();
    let (sender, commands) = bounded(8);
    let (snapshots, receiver) = bounded(8);
    let server = Server::with(claim, sender, receiver, limits).unwrap();
    snapshots.send(Arc::new(Snapshot { generation: 7, ..Snapshot::default() })).unwrap();
    Running { server, commands, snapshots, folder, _dir: dir }
}

impl Running {
    fn connect(&self) -> UnixStream {
        let stream = UnixStream::connect(self.folder.join("control.sock")).unwrap();
        stream.set_read_timeout(Some(HANG)).unwrap();
        stream
    }

    /// What comes back for these bytes, until the server closes.
    fn answer(&self, bytes: &[u8]) -> Answer {
        let mut stream = self.connect();
        // Who refuses need not read to the end.
        let _ = stream.write_all(bytes);
        last_answer(stream)
    }

    fn refusal(&self, bytes: &[u8]) -> RefusalKind {
        kind(self.answer(bytes))
    }

    fn show(&self, snapshot: Snapshot) {
        self.snapshots.send(Arc::new(snapshot)).unwrap();
    }

    fn asks(&self, request: &Request) -> Answer {
        ask_in(&self.folder, request).unwrap().next().unwrap().unwrap()
    }
}

fn last_answer(stream: UnixStream) -> Answer {
    let mut line = Vec::new();
    BufReader::new(stream).read_until(b'\n', &mut line).unwrap();
    Answer::parse(&line).unwrap()
}

fn kind(answer: Answer) -> RefusalKind {
    match answer {
        Answer::Refused(Refusal { kind, .. }) => kind,
        other => panic!("not refused: {other:?}"),
    }
}

fn recording(ms: u64, level: f32) -> Snapshot {
    let dictation = DictationView::Recording { elapsed: Duration::from_millis(ms), level };
    Snapshot { dictation, generation: 8, ..Snapshot::default() }
}

fn until(what: &str, holds: impl Fn() -> bool) {
    let start = Instant::now();
    while !holds() {
        assert!(start.elapsed() < HANG, "waited in vain for {what}");
        thread::sleep(Duration::from_millis(5));
    }
}

#[test]
fn nobody_else_may_enter() {
    let running = running(limits());
    let mode = |name: &str| fs::metadata(running.folder.join(name)).unwrap().permissions().mode() & 0o777;
    assert_eq!((mode("."), mode("control.sock"), mode("control.lock")), (0o700, 0o600, 0o600));
}

#[test]
fn a_folder_that_is_open_is_closed_and_one_that_is_a_link_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    let open = dir.path().join("open");
    fs::create_dir(&open).unwrap();
    fs::set_permissions(&open, Permissions::from_mode(0o777)).unwrap();
    let _claim = Claim::take(&open).unwrap().unwrap();
    assert_eq!(fs::metadata(&open).unwrap().permissions().mode() & 0o777, 0o700);
    let link = dir.path().join("link");
    std::os::unix::fs::symlink(&open, &link).unwrap();
    for place in [link, dir.path().join("open/control.lock"), dir.path().join("a/b")] {
        assert!(matches!(Claim::take(&place), Err(ControlError::Place(_))), "{}", place.display());
    }
}

#[test]
fn the_place_has_one_owner_at_a_time() {
    let mut running = running(limits());
    assert!(Claim::take(&running.folder).unwrap().is_none());
    running.server.close();
    assert!(Claim::take(&running.folder).unwrap().is_none(), "its session may still be writing");
    drop(running.server);
    assert!(Claim::take(&running.folder).unwrap().is_some());
    assert!(fs::symlink_metadata(running.folder.join("control.sock")).is_err(), "given up with the claim");
}

#[test]
fn the_socket_of_a_dead_program_is_replaced() {
    let dir = tempfile::tempdir().unwrap();
    // The standard library leaves the file behind, as a killed program does.
    drop(UnixListener::bind(dir.path().join("control.sock")).unwrap());
    fs::write(dir.path().join("control.lock"), "").unwrap();
    let status = Request::Status { follow: false };
    assert!(matches!(ask_in(dir.path(), &status), Err(ControlError::NotRunning)));
    let claim = Claim::take(dir.path()).unwrap().unwrap();
    UnixStream::connect(dir.path().join("control.sock")).unwrap();
    drop(claim);
    assert!(matches!(ask_in(dir.path(), &status), Err(ControlError::NotRunning)));
    assert!(matches!(ask_in(&dir.path().join("no"), &status), Err(ControlError::NotRunning)));
}

#[test]
fn another_user_is_refused() {
    let running = running(Limits { user: own_user() + 1, ..limits() });
    let request = Request::Wish(Wish::Start(Manner::default())).to_line().unwrap();
    assert_eq!(running.refusal(request.as_bytes()), RefusalKind::ForeignUser);
    assert!(running.commands.is_empty());
}

#[test]
fn a_wish_is_answered_when_the_session_has_taken_it() {
    let running = running(limits());
    let folder = running.folder.clone();
    let asking = thread::spawn(move || {
        ask_in(&folder, &Request::Wish(Wish::Toggle(Manner::default()))).unwrap().next()
    });
    let Command::Ask { wish, reply, .. } = running.commands.recv_timeout(HANG).unwrap() else { panic!() };
    assert_eq!(wish, Wish::Toggle(Manner::default()));
    assert!(!asking.is_finished());
    let snapshot = recording(4210, 0.5);
    reply.unwrap().answer(Taken { changed: true, refusal: None, snapshot });
    let Answer::Taken { changed, status } = asking.join().unwrap().unwrap().unwrap() else { panic!() };
    assert_eq!((changed, status.state, status.elapsed_ms), (true, State::Recording, Some(4210)));
}

#[test]
fn a_session_that_is_gone_or_full_refuses() {
    let full = running(limits());
    for _ in 0..8 {
        full.asks(&Request::Show { files: vec![] });
    }
    let line = Request::Wish(Wish::Start(Manner::default())).to_line().unwrap();
    assert_eq!(full.refusal(line.as_bytes()), RefusalKind::Session);
    let Running { commands, folder, server: _server, snapshots: _snapshots, _dir } = running(limits());
    drop(commands);
    let refused = ask_in(&folder, &Request::Wish(Wish::Stop)).unwrap().next();
    assert!(matches!(refused, Err(ControlError::Refused(_))), "{refused:?}");
}

#[test]
fn files_and_the_wish_to_be_seen_reach_the_session() {
    let running = running(limits());
    let files: Vec<PathBuf> = (0..MOST_FILES).map(|n| format!("/a b/{n}.wav").into()).collect();
    let request = Request::Show { files: files.clone() };
    assert_eq!(running.asks(&request), Answer::Shown { files: MOST_FILES });
    let taken: Vec<_> = running.commands.try_iter().collect();
    assert_eq!(taken, [Command::AddFiles(files), Command::ShowWindow]);
}

#[test]
fn garbage_too_much_and_too_slow_are_refused() {
    let running = running(limits());
    assert_eq!(running.refusal(b"toggle\n"), RefusalKind::Garbage);
    assert_eq!(running.refusal(b"{\"version\":9,\"request\":\"toggle\"}\n"), RefusalKind::Version);
    assert_eq!(running.refusal(&vec![b' '; LONGEST_REQUEST + 8192]), RefusalKind::TooLong);
    let hasty = self::running(Limits { patience: Duration::from_millis(300), ..limits() });
    // Without a line break, and the connection open.
    assert_eq!(hasty.refusal(b"{\"version\":1"), RefusalKind::TooSlow);
    let mut trickling = hasty.connect();
    let mut reading = trickling.try_clone().unwrap();
    let trickle = thread::spawn(move || {
        while trickling.write_all(b" ").is_ok() {
            thread::sleep(Duration::from_millis(20));
        }
    });
    let mut answer = String::new();
    let _ = reading.read_to_string(&mut answer);
    assert_eq!(kind(Answer::parse(answer.as_bytes()).unwrap()), RefusalKind::TooSlow);
    trickle.join().unwrap();
    // A request may also end with the connection's half.
    let mut half = running.connect();
    half.write_all(b"{\"version\":1,\"request\":\"status\"}").unwrap();
    half.shutdown(std::net::Shutdown::Write).unwrap();
    assert!(matches!(last_answer(half), Answer::Status(status) if status.generation == 7));
    assert!(running.commands.is_empty() && hasty.commands.is_empty());
}

#[test]
fn seats_are_limited_and_given_back() {
    let running = running(Limits { clients: 4, ..limits() });
    let silent: Vec<_> = (0..4).map(|_| running.connect()).collect();
    assert_eq!(kind(last_answer(running.connect())), RefusalKind::Busy);
    drop(silent);
    let free = || !matches!(running.answer(b"{\"version\":1,\"request\":\"status\"}\n"), Answer::Refused(_));
    until("a seat", free);
}

#[test]
fn following_tells_changes_but_not_levels() {
    let running = running(limits());
    let mut answers = ask_in(&running.folder, &Request::Status { follow: true }).unwrap();
    let mut next = || match answers.next().unwrap() {
        Some(Answer::Status(status)) => Some((status.generation, status.elapsed_ms)),
        None => None,
        Some(other) => panic!("{other:?}"),
    };
    assert_eq!(next(), Some((7, None)));
    running.show(recording(100, 0.1));
    assert_eq!(next(), Some((8, Some(100))));
    for ms in 101..1000 {
        running.show(recording(ms, ms as f32 / 1000.0));
    }
    running.show(recording(1001, 0.2));
    assert_eq!(next(), Some((8, Some(1001))), "levels are skipped, the next second is not");
    drop(running.snapshots);
    assert_eq!(next(), None, "the session's end is theirs");
}

#[test]
fn who_follows_and_goes_gives_the_seat_back_without_a_change() {
    let running = running(Limits { clients: 1, ..limits() });
    let mut answers = ask_in(&running.folder, &Request::Status { follow: true }).unwrap();
    assert!(answers.next().unwrap().is_some());
    drop(answers);
    until("the seat", || {
        !matches!(running.answer(b"{\"version\":1,\"request\":\"status\"}\n"), Answer::Refused(_))
    });
}

#[test]
fn who_follows_and_does_not_read_holds_nobody_up() {
    let running = running(limits());
    let mut deaf = running.connect();
    deaf.write_all(b"{\"version\":1,\"request\":\"status\",\"follow\":true}\n").unwrap();
    // Far more than a socket holds.
    for second in 0..20_000 {
        running.show(recording(second * 1000, 0.0));
    }
    let Answer::Status(status) = running.asks(&Request::Status { follow: false }) else { panic!() };
    assert_eq!(status.state, State::Recording);
}

#[test]
fn closing_lets_go_of_the_session_and_of_all_who_are_connected() {
    let mut running = running(limits());
    let mut answers = ask_in(&running.folder, &Request::Status { follow: true }).unwrap();
    assert!(answers.next().unwrap().is_some());
    running.server.close();
    assert!(answers.next().unwrap().is_none());
    assert!(running.commands.recv_timeout(HANG).is_err(), "no sender is left");
    let gone = ask_in(&running.folder, &Request::Status { follow: false });
    assert!(matches!(gone, Err(ControlError::NotRunning)));
}
