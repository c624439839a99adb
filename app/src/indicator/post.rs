//! The way of views to a thread that also waits for a display: only the newest counts, and a bell on a
//! socket is heard together with the display's own.

use super::view::View;
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use std::io::{self, ErrorKind, Read, Write};
use std::os::fd::AsFd;
use std::os::unix::net::UnixStream;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// What is to be seen.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Scene {
    /// What is shown.
    pub view: View,
    /// Whether the desktop is dark.
    pub dark: bool,
}

/// The sender's end. Dropping it ends the other thread's wait for good.
pub struct Sender {
    newest: Arc<Mutex<Option<Scene>>>,
    bell: UnixStream,
}

/// The receiver's end.
pub struct Receiver {
    newest: Arc<Mutex<Option<Scene>>>,
    bell: UnixStream,
}

/// What a wait ended with.
#[derive(Debug, PartialEq, Eq)]
pub enum Woken {
    /// There is a scene that was not seen yet.
    Scene(Scene),
    /// The display has something to say, or the time is over.
    Else,
    /// There will be no more scenes.
    Closed,
}

/// Both ends.
///
/// # Errors
/// If the system refuses a socket.
pub fn post() -> io::Result<(Sender, Receiver)> {
    let (ours, theirs) = UnixStream::pair()?;
    ours.set_nonblocking(true)?;
    theirs.set_nonblocking(true)?;
    let newest = Arc::<Mutex<Option<Scene>>>::default();
    Ok((Sender { newest: newest.clone(), bell: ours }, Receiver { newest, bell: theirs }))
}

fn lock(newest: &Mutex<Option<Scene>>) -> MutexGuard<'_, Option<Scene>> {
    newest.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Sender {
    /// Replaces what was not seen yet. Never waits.
    pub fn put(&mut self, scene: Scene) {
        *lock(&self.newest) = Some(scene);
        // A full socket is one that rings.
        let _ = self.bell.write(&[0]);
    }
}

impl Receiver {
    /// Waits for a scene, or for `display` if there is one, at most for `patience`.
    pub fn wait(&mut self, display: Option<&dyn AsFd>, patience: Option<Duration>) -> Woken {
        let timeout = patience.and_then(|patience| Timespec::try_from(patience).ok());
        let mut waited = vec![PollFd::new(&self.bell, PollFlags::IN)];
        waited.extend(display.map(|display| PollFd::from_borrowed_fd(display.as_fd(), PollFlags::IN)));
        // An interruption is one more look.
        let _ = poll(&mut waited, timeout.as_ref());
        let rung = !waited[0].revents().is_empty();
        drop(waited);
        if rung && self.is_closed() {
            return Woken::Closed;
        }
        lock(&self.newest).take().map_or(Woken::Else, Woken::Scene)
    }

    /// The newest scene that comes once `pause` is over; `None` at the end.
    pub fn put_off(&mut self, pause: Duration) -> Option<Scene> {
        let again = Instant::now() + pause;
        let mut newest = None;
        loop {
            let left = again.saturating_duration_since(Instant::now());
            if left.is_zero() && newest.is_some() {
                return newest;
            }
            match self.wait(None, (!left.is_zero()).then_some(left)) {
                Woken::Closed => return None,
                Woken::Scene(scene) => newest = Some(scene),
                Woken::Else => {}
            }
        }
    }

    /// Silences the bell, and says whether anybody can still ring it.
    fn is_closed(&mut self) -> bool {
        let mut rings = [0; 64];
        loop {
            match self.bell.read(&mut rings) {
                Ok(0) => return true,
                Ok(_) => {}
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return error.kind() != ErrorKind::WouldBlock,
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::thread;

    fn scene(view: View) -> Scene {
        Scene { view, dark: false }
    }

    #[test]
    fn the_newest_is_seen_and_the_end_is_heard() {
        let (mut sender, mut receiver) = post().unwrap();
        assert_eq!(receiver.wait(None, Some(Duration::ZERO)), Woken::Else);
        for _ in 0..100_000 {
            sender.put(scene(View::Arming));
        }
        sender.put(scene(View::Finishing));
        assert_eq!(receiver.wait(None, None), Woken::Scene(scene(View::Finishing)));
        assert_eq!(receiver.wait(None, Some(Duration::ZERO)), Woken::Else);
        let waiting = thread::spawn(move || receiver.wait(None, None));
        drop(sender);
        assert_eq!(waiting.join().unwrap(), Woken::Closed);
    }

    #[test]
    fn the_display_is_heard_too() {
        let (_sender, mut receiver) = post().unwrap();
        let (mut server, display) = UnixStream::pair().unwrap();
        server.write_all(&[0]).unwrap();
        assert_eq!(receiver.wait(Some(&display), None), Woken::Else);
    }
}
