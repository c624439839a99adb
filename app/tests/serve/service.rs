//! A service that runs while a test does.

use crate::client::{Reply, Request};
use crate::common::{Ended, Sandbox, end_of, interrupt, until};
use serde_json::Value;
use std::io::{BufRead, BufReader, Read};
use std::net::{SocketAddr, TcpStream};
use std::process::{Child, ChildStdout};
use std::time::Duration;

/// Longer than any answer takes; only a hang reaches it.
const HANG: Duration = Duration::from_secs(300);

pub struct Service {
    child: Child,
    out: BufReader<ChildStdout>,
    pub address: SocketAddr,
}

impl Service {
    /// Starts `hark serve` with these arguments, on a port that is free.
    pub fn start(sandbox: &Sandbox, arguments: &[&str]) -> Self {
        let all = [&["serve", "--port", "0"], arguments].concat();
        let mut child = sandbox.command(&all).spawn().unwrap();
        let mut out = BufReader::new(child.stdout.take().unwrap());
        let mut line = String::new();
        out.read_line(&mut line).unwrap();
        let Some(address) = line.trim().strip_prefix("Listening on http://") else {
            let ended = sandbox.ended(child.wait_with_output().unwrap());
            panic!("it does not listen: {line:?} {ended:?}");
        };
        Self { address: address.parse().unwrap(), child, out }
    }

    /// The demo model in f32, the precision of what is expected.
    pub fn of_the_demo(sandbox: &Sandbox, more: &[&str]) -> Self {
        Self::start(sandbox, &[&["--model", "demo", "--precision", "f32"], more].concat())
    }

    /// A connection.
    pub fn connect(&self) -> TcpStream {
        let connection = TcpStream::connect(self.address).unwrap();
        connection.set_read_timeout(Some(HANG)).unwrap();
        connection
    }

    /// Sends a request and reads the answer.
    pub fn ask(&self, request: &Request) -> Reply {
        request.send(self.connect())
    }

    /// What `/health` says.
    pub fn health(&self) -> Value {
        self.ask(&Request::get("/health")).json()
    }

    /// Waits until the engine has counted so many jobs of a kind, and nobody asks for anything.
    pub fn until_jobs(&self, kind: &str, count: u64) {
        until(&format!("{count} jobs {kind}"), || {
            let health = self.health();
            health["jobs"][kind] == count && health["queue"]["requests"] == 0
        });
    }

    /// Presses Ctrl-C.
    pub fn interrupt(&self) {
        interrupt(&self.child);
    }

    /// Waits for the end, without asking for it.
    pub fn ended(mut self) -> Ended {
        let status = end_of(&mut self.child);
        let (mut out, mut err) = (String::new(), String::new());
        self.out.read_to_string(&mut out).unwrap();
        self.child.stderr.take().unwrap().read_to_string(&mut err).unwrap();
        Ended { code: status.code(), out, err }
    }

    /// Stops it as a person does. It has to end well, with nothing said but whom it serves.
    pub fn stop(self) {
        self.interrupt();
        let Ended { code, out, err } = self.ended();
        assert_eq!((code, out.as_str()), (Some(0), ""), "{err}");
        assert_eq!(err.lines().count(), 1, "{err}");
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
