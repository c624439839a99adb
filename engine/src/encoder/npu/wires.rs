//! The way between the parent and its worker.
//!
//! Where the system has them, it is a pair of connected sockets on the worker's standard input, one line for both
//! directions: drivers' libraries write to standard output as they like, and that is kept with the rest of their talk.

use std::io::{self, Read, Write};
use std::process::{Child, Command};

/// A worker that was started, and the ways to it.
pub struct Wires {
    pub child: Child,
    pub requests: Requests,
    pub answers: Box<dyn Read + Send>,
    /// What it and its libraries say besides.
    pub talk: Box<dyn Read + Send>,
}

#[cfg(unix)]
mod system {
    use super::{Child, Command, Read, Wires, Write, io};
    use std::fs::File;
    use std::io::pipe;
    use std::net::Shutdown;
    use std::os::fd::{AsFd, OwnedFd};
    use std::os::unix::net::UnixStream;
    use std::os::unix::process::CommandExt;

    /// The parent's end for requests.
    pub struct Requests(UnixStream);

    impl Requests {
        /// Says that nothing more will be asked.
        pub fn end(&self) {
            // Where the worker is gone, it knows.
            let _ = self.0.shutdown(Shutdown::Write);
        }
    }

    impl Write for Requests {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.write(bytes)
        }

        fn flush(&mut self) -> io::Result<()> {
            self.0.flush()
        }
    }

    pub fn start(command: &mut Command) -> io::Result<Wires> {
        let (ours, theirs) = UnixStream::pair()?;
        let (talk, into) = pipe()?;
        let child: Child = command
            .stdin(OwnedFd::from(theirs))
            .stdout(into.try_clone()?)
            .stderr(into)
            // A Ctrl-C in the terminal is for the parent.
            .process_group(0)
            .spawn()?;
        // The command holds the other ends until it is changed; nobody hears the worker's end before that.
        command.stdin(std::process::Stdio::null()).stdout(std::process::Stdio::null());
        command.stderr(std::process::Stdio::null());
        let answers = ours.try_clone()?;
        Ok(Wires { child, requests: Requests(ours), answers: Box::new(answers), talk: Box::new(talk) })
    }

    /// The worker's end: what is asked, and where to answer.
    ///
    /// # Errors
    /// If there is no standard input.
    pub fn in_worker() -> io::Result<(impl Read, impl Write)> {
        let line = File::from(io::stdin().as_fd().try_clone_to_owned()?);
        Ok((line.try_clone()?, line))
    }
}

#[cfg(not(unix))]
mod system {
    use super::{Command, Read, Wires, Write, io};
    use std::process::{ChildStdin, Stdio};
    use std::sync::Mutex;

    /// The parent's end for requests.
    pub struct Requests(Mutex<Option<ChildStdin>>);

    impl Requests {
        /// Says that nothing more will be asked.
        pub fn end(&self) {
            self.0.lock().map_or((), |mut stdin| *stdin = None);
        }
    }

    impl Write for Requests {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            let gone = || io::Error::from(io::ErrorKind::BrokenPipe);
            self.0.get_mut().map_err(|_| gone())?.as_mut().ok_or_else(gone)?.write(bytes)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    pub fn start(command: &mut Command) -> io::Result<Wires> {
        let mut child =
            command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn()?;
        let requests = Requests(Mutex::new(child.stdin.take()));
        let none = || io::Error::from(io::ErrorKind::BrokenPipe);
        let answers = Box::new(child.stdout.take().ok_or_else(none)?);
        let talk = Box::new(child.stderr.take().ok_or_else(none)?);
        Ok(Wires { child, requests, answers, talk })
    }

    /// The worker's end: what is asked, and where to answer.
    ///
    /// # Errors
    /// None here.
    pub fn in_worker() -> io::Result<(impl Read, impl Write)> {
        Ok((io::stdin(), io::stdout()))
    }
}

pub use system::{Requests, in_worker, start};
