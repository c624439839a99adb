//! The session's side of the socket: one thread that accepts, one for each who is connected.

use super::news::News;
use super::place::{Claim, own_user};
use super::protocol::{Answer, LONGEST_REQUEST, Refusal, RefusalKind, Request};
use super::status::{Status, is_news};
use crate::desktop;
use crate::session::{Command, Origin, Reply, Snapshot, Taken, Wish};
use crossbeam_channel::{Receiver, RecvTimeoutError, Sender, TrySendError};
use std::io::{self, ErrorKind, Read, Write};
use std::os::unix::net::UnixStream;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

/// Bounds on what others can make the server hold.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Connections at a time.
    pub clients: usize,
    /// How long a request may take to arrive, and a line to be taken.
    pub patience: Duration,
    /// The only user who is answered.
    pub user: u32,
}

impl Default for Limits {
    fn default() -> Self {
        Self { clients: 32, patience: Duration::from_secs(2), user: own_user() }
    }
}

/// How long the session may take to answer a wish; it never takes long unless the machine hangs.
const SESSION_ANSWERS: Duration = Duration::from_secs(3);
/// How often who follows in silence is checked to be still there.
const CHECK: Duration = Duration::from_secs(1);
/// Wait after the system refused a connection, as it does when it is out of files.
const RECOVERY: Duration = Duration::from_millis(100);

/// The socket of a running session. Dropping it gives the place to the next program.
pub struct Server {
    shared: Arc<Shared>,
    accepting: Option<JoinHandle<()>>,
    claim: Claim,
}

/// What all of the server's threads see.
struct Shared {
    /// The session's inbox, until the server is closed.
    commands: Mutex<Option<Sender<Command>>>,
    news: News,
    limits: Limits,
    connected: AtomicUsize,
    closing: AtomicBool,
}

impl Server {
    /// Serves a session: who has connected since the claim, and whoever comes.
    ///
    /// # Errors
    /// If the system refuses a thread or a handle.
    pub fn start(
        claim: Claim,
        commands: Sender<Command>,
        snapshots: Receiver<Arc<Snapshot>>,
    ) -> io::Result<Self> {
        Self::with(claim, commands, snapshots, Limits::default())
    }

    pub(super) fn with(
        claim: Claim,
        commands: Sender<Command>,
        snapshots: Receiver<Arc<Snapshot>>,
        limits: Limits,
    ) -> io::Result<Self> {
        let shared = Arc::new(Shared {
            commands: Mutex::new(Some(commands)),
            news: News::default(),
            limits,
            connected: AtomicUsize::new(0),
            closing: AtomicBool::new(false),
        });
        let listener = claim.listener.try_clone()?;
        let fed = shared.clone();
        named("hark-news").spawn(move || fed.news.feed(&snapshots))?;
        let accepting = shared.clone();
        let accepting = named("hark-control").spawn(move || {
            for stream in listener.incoming() {
                if accepting.closing.load(Ordering::Acquire) {
                    break;
                }
                match stream {
                    Ok(stream) => admit(stream, &accepting),
                    Err(_) => thread::sleep(RECOVERY),
                }
            }
        })?;
        Ok(Self { shared, accepting: Some(accepting), claim })
    }

    /// Answers nobody any more, and lets go of the session. The place stays claimed until this is dropped.
    pub fn close(&mut self) {
        let Some(accepting) = self.accepting.take() else { return };
        self.shared.closing.store(true, Ordering::Release);
        *self.shared.lock() = None;
        self.shared.news.end();
        // It waits for a connection; this one makes it look up. If the socket was taken away, nobody
        // can connect, and the thread ends with the program.
        if UnixStream::connect(&self.claim.socket).is_ok() {
            let _ = accepting.join();
        }
        let _ = std::fs::remove_file(&self.claim.socket);
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.close();
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, Option<Sender<Command>>> {
        self.commands.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Gives the session a command. Never waits.
    fn send(&self, command: Command) -> Result<(), Refusal> {
        let busy = "the session is too busy to take it; try again";
        let commands = self.lock();
        let Some(commands) = commands.as_ref() else { return Err(ending()) };
        match commands.try_send(command) {
            Ok(()) => Ok(()),
            Err(TrySendError::Full(_)) => Err(Refusal::new(RefusalKind::Session, busy)),
            Err(TrySendError::Disconnected(_)) => Err(ending()),
        }
    }
}

fn ending() -> Refusal {
    Refusal::new(RefusalKind::Session, "Hark is being closed")
}

fn named(name: &str) -> thread::Builder {
    thread::Builder::new().name(name.into())
}

/// Counts a connection for as long as it exists.
struct Seat(Arc<Shared>);

impl Drop for Seat {
    fn drop(&mut self) {
        self.0.connected.fetch_sub(1, Ordering::AcqRel);
    }
}

/// Gives a connection a thread of its own, if there is a seat.
fn admit(mut stream: UnixStream, shared: &Arc<Shared>) {
    let taken = shared.connected.fetch_add(1, Ordering::AcqRel);
    let seat = Seat(shared.clone());
    if taken >= shared.limits.clients {
        let why = format!("{taken} programs are connected already");
        // A line fits into a fresh socket; who does not read it does not get it.
        let _ = stream.set_nonblocking(true);
        let _ = put(&mut stream, &Answer::Refused(Refusal::new(RefusalKind::Busy, why)));
        return;
    }
    // Where the system has no thread to spare, the connection is closed.
    let _ = named("hark-client").spawn(move || {
        // A connection that breaks is nobody's loss but the other side's.
        let _ = converse(&mut stream, &seat.0);
    });
}

fn converse(stream: &mut UnixStream, shared: &Shared) -> io::Result<()> {
    stream.set_nonblocking(false)?;
    stream.set_write_timeout(Some(shared.limits.patience))?;
    let asked = is_from(stream, shared.limits.user)
        .and_then(|()| read_line(stream, Instant::now() + shared.limits.patience))
        .and_then(|line| Request::parse(&line));
    let answer = match asked {
        Ok(Request::Status { follow: true }) => return tell(stream, shared),
        Ok(Request::Status { follow: false }) => {
            // The first snapshot comes when the session begins.
            let latest = shared.news.after(0, SESSION_ANSWERS);
            Ok(Answer::Status(Status::of(&latest.snapshot)))
        }
        Ok(Request::Wish(wish)) => carry_out(wish, shared),
        Ok(Request::Show { files }) => show(files, shared),
        Err(refusal) => Err(refusal),
    };
    put(stream, &answer.unwrap_or_else(Answer::Refused))
}

/// Refuses other users. The folder's and the socket's modes keep them out as well.
fn is_from(stream: &UnixStream, user: u32) -> Result<(), Refusal> {
    #[cfg(target_os = "linux")]
    let peer = rustix::net::sockopt::socket_peercred(stream).ok().map(|peer| peer.uid.as_raw());
    #[cfg(not(target_os = "linux"))]
    let peer = {
        let _ = stream;
        Some(user)
    };
    if peer == Some(user) {
        return Ok(());
    }
    Err(Refusal::new(RefusalKind::ForeignUser, "this Hark belongs to another user"))
}

/// Reads up to a line break or the end. Slow, silent and verbose programs are refused.
fn read_line(stream: &mut UnixStream, deadline: Instant) -> Result<Vec<u8>, Refusal> {
    let slow = || Refusal::new(RefusalKind::TooSlow, "the request did not come in time");
    let mut line = Vec::new();
    let mut piece = [0; 4096];
    loop {
        let left = deadline.saturating_duration_since(Instant::now());
        if left.is_zero() || stream.set_read_timeout(Some(left)).is_err() {
            return Err(slow());
        }
        let read = match stream.read(&mut piece) {
            Ok(0) => return Ok(line),
            Ok(read) => &piece[..read],
            Err(error) if error.kind() == ErrorKind::Interrupted => continue,
            Err(_) => return Err(slow()),
        };
        let end = read.iter().position(|&byte| byte == b'\n');
        line.extend_from_slice(&read[..end.unwrap_or(read.len())]);
        if line.len() > LONGEST_REQUEST {
            return Err(Refusal::too_long());
        }
        if end.is_some() {
            return Ok(line);
        }
    }
}

fn put(stream: &mut UnixStream, answer: &Answer) -> io::Result<()> {
    stream.write_all(answer.to_line()?.as_bytes())
}

fn carry_out(wish: Wish, shared: &Shared) -> Result<Answer, Refusal> {
    let (reply, taken) = Reply::new();
    let origin = Origin::Socket(desktop::focused());
    shared.send(Command::Ask { wish, origin, reply: Some(reply) })?;
    match taken.recv_timeout(SESSION_ANSWERS) {
        Ok(Taken { refusal: Some(why), .. }) => Err(Refusal::new(RefusalKind::Language, why)),
        Ok(Taken { changed, snapshot, .. }) => Ok(Answer::Taken { changed, status: Status::of(&snapshot) }),
        Err(RecvTimeoutError::Disconnected) => Err(ending()),
        Err(RecvTimeoutError::Timeout) => {
            let message = "the session has not answered yet; it may still do what was asked";
            Err(Refusal::new(RefusalKind::Session, message))
        }
    }
}

fn show(files: Vec<PathBuf>, shared: &Shared) -> Result<Answer, Refusal> {
    let count = files.len();
    if count > 0 {
        shared.send(Command::AddFiles(files))?;
    }
    shared.send(Command::ShowWindow)?;
    Ok(Answer::Shown { files: count })
}

/// Tells of each change until the session ends or nobody listens. Who does not keep up misses what was
/// in between, and who does not read at all is left.
fn tell(stream: &mut UnixStream, shared: &Shared) -> io::Result<()> {
    let mut number = 0;
    let mut told: Option<Arc<Snapshot>> = None;
    let mut next_check = Instant::now() + CHECK;
    loop {
        let latest = shared.news.after(number, next_check.saturating_duration_since(Instant::now()));
        if latest.number > number && told.as_ref().is_none_or(|told| is_news(told, &latest.snapshot)) {
            put(stream, &Answer::Status(Status::of(&latest.snapshot)))?;
            told = Some(latest.snapshot);
        }
        number = latest.number;
        if latest.ended {
            return Ok(());
        }
        if Instant::now() >= next_check {
            if has_gone(stream)? {
                return Ok(());
            }
            next_check = Instant::now() + CHECK;
        }
    }
}

/// Whether the other side has closed. What it says is not listened to.
fn has_gone(stream: &mut UnixStream) -> io::Result<bool> {
    stream.set_nonblocking(true)?;
    let mut ignored = [0; 4096];
    let gone = match stream.read(&mut ignored) {
        Ok(read) => read == 0,
        Err(error) => !matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::Interrupted),
    };
    stream.set_nonblocking(false)?;
    Ok(gone)
}
