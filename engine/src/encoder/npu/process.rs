//! The worker as a process: started, listened to, ended for certain or left behind.

use super::config::{Limits, NpuConfig};
use super::fault::{Fault, FaultKind};
use super::protocol::{self, LineError, Reply, Request};
use super::wires::{self, Requests, Wires};
use crossbeam_channel::{Receiver, RecvTimeoutError, Sender, bounded};
use std::fs::File;
use std::io::{BufReader, ErrorKind, Read, Write};
use std::process::{Child, Command};
use std::thread;
use std::time::{Duration, Instant};

/// Answers that may wait to be read.
const ANSWERS: usize = 64;
/// Bytes of the worker's talk that are kept; a driver can talk for hours.
const LOG: u64 = 256 * 1024;
/// How often an ended process is looked for.
const LOOK: Duration = Duration::from_millis(2);

/// A worker process, from its start to its end.
pub struct Process {
    child: Child,
    requests: Requests,
    answers: Receiver<Result<Reply, LineError>>,
    kill: fn(&mut Child) -> std::io::Result<()>,
    limits: Limits,
    ended: Option<Ended>,
}

/// What became of a worker that was to end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ended {
    /// It is gone.
    Reaped,
    /// It cannot be killed: something in the kernel holds it. It is left behind.
    Stuck,
}

impl Process {
    /// Starts the worker.
    ///
    /// # Errors
    /// [`Fault`] if the system refuses.
    pub fn start(config: &NpuConfig) -> Result<Self, Fault> {
        let refused = |error: std::io::Error| {
            Fault::new(FaultKind::Internal, format!("the NPU's process cannot be started: {error}"))
        };
        let mut command = Command::new(&config.executable);
        let wires = wires::start(command.args(&config.arguments)).map_err(refused)?;
        let Wires { child, requests, answers: out, talk } = wires;
        let (said, answers) = bounded(ANSWERS);
        let process =
            Self { child, requests, answers, kill: config.kill, limits: config.limits, ended: None };
        let log = config.log.as_ref().and_then(|path| {
            // Without a log everything works as well.
            let _ = path.parent().map(std::fs::create_dir_all);
            File::create(path).ok()
        });
        let listen = move || listen(out, &said);
        thread::Builder::new().name("hark-npu-answers".into()).spawn(listen).map_err(refused)?;
        let keep = move || keep(talk, log);
        thread::Builder::new().name("hark-npu-log".into()).spawn(keep).map_err(refused)?;
        Ok(process)
    }

    /// Asks the worker for something. A request is short, and a pipe has room for several.
    ///
    /// # Errors
    /// [`Fault`] if the worker is gone.
    pub fn ask(&mut self, request: &Request) -> Result<(), Fault> {
        protocol::send(&mut self.requests, request).map_err(|error| match error.kind() {
            ErrorKind::BrokenPipe | ErrorKind::ConnectionReset => LineError::Ended.into(),
            _ => Fault::new(FaultKind::Internal, format!("the NPU's process cannot be asked: {error}")),
        })
    }

    /// The worker's next answer; `None` if there is none before `deadline`.
    ///
    /// # Errors
    /// [`Fault`] if the worker is gone or sends what is no answer.
    pub fn answer(&mut self, deadline: Instant) -> Result<Option<Reply>, Fault> {
        match self.answers.recv_deadline(deadline) {
            Ok(Ok(reply)) => Ok(Some(reply)),
            Ok(Err(error @ (LineError::Ended | LineError::Half))) => Err(self.last_words(&error)),
            Ok(Err(error)) => Err(error.into()),
            Err(RecvTimeoutError::Timeout) => Ok(None),
            Err(RecvTimeoutError::Disconnected) => Err(self.last_words(&LineError::Ended)),
        }
    }

    /// What a process that has closed its pipe ended with.
    fn last_words(&mut self, error: &LineError) -> Fault {
        let deadline = Instant::now() + self.limits.kill;
        while Instant::now() < deadline {
            if let Ok(Some(status)) = self.child.try_wait() {
                let text = format!("the NPU's process ended ({status}) where it should have answered");
                return Fault::new(FaultKind::Died, text);
            }
            thread::sleep(LOOK);
        }
        Fault::new(FaultKind::Died, format!("the NPU's process cannot be understood: {error}"))
    }

    /// Asks the worker to close the device, and kills it if that takes longer than it may.
    pub fn close(&mut self) -> Ended {
        if self.ask(&Request::Close).is_ok() {
            // When nobody asks any more it ends, whatever it has understood.
            self.requests.end();
            if self.is_gone_before(Instant::now() + self.limits.close) {
                return self.note(Ended::Reaped);
            }
        }
        self.kill()
    }

    /// Ends the worker, whatever it does. Never waits longer than it may.
    pub fn kill(&mut self) -> Ended {
        if let Some(ended) = self.ended {
            return ended;
        }
        self.requests.end();
        // One that has ended by itself need not be killed; nor is there anything else to do about an error.
        let _ = (self.kill)(&mut self.child);
        match self.is_gone_before(Instant::now() + self.limits.kill) {
            true => self.note(Ended::Reaped),
            false => self.note(Ended::Stuck),
        }
    }

    fn note(&mut self, ended: Ended) -> Ended {
        self.ended = Some(ended);
        ended
    }

    fn is_gone_before(&mut self, deadline: Instant) -> bool {
        loop {
            if !matches!(self.child.try_wait(), Ok(None)) {
                return true;
            }
            if Instant::now() >= deadline {
                return false;
            }
            thread::sleep(LOOK);
        }
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        if self.ended.is_none() {
            self.close();
        }
    }
}

/// Hands on what the worker says, up to its end or the first thing that is no answer.
fn listen(out: impl Read, said: &Sender<Result<Reply, LineError>>) {
    let mut out = BufReader::new(out);
    loop {
        let reply = protocol::receive(&mut out);
        let over = reply.is_err();
        if said.send(reply).is_err() || over {
            return;
        }
    }
}

/// Keeps the beginning of what the worker and the driver's libraries say; the rest is read and forgotten, so that
/// nobody waits for a full pipe.
fn keep(mut err: impl Read, log: Option<File>) {
    let mut room = log.map(|file| (file, LOG));
    let mut block = [0; 4096];
    while let Ok(count @ 1..) = err.read(&mut block) {
        room = room.and_then(|(mut file, left)| {
            let taken = (count as u64).min(left);
            file.write_all(&block[..taken as usize]).ok()?;
            Some((file, left - taken))
        });
    }
}
