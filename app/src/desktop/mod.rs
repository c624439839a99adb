//! What Hark has to know of the desktop around it.

#[cfg(unix)]
mod compositors;
mod environment;
#[cfg(target_os = "linux")]
pub mod x11;

pub use environment::Session;

use crossbeam_channel::{Receiver, Sender, bounded};
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::Duration;

/// A window that had the focus.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Focus {
    /// What the desktop calls the window; compared, never read.
    pub window: String,
    /// What kind of app it is, such as `xterm` or `firefox`: the class of its window, or its app id.
    pub app: String,
    /// Whether it is Hark's own.
    pub own: bool,
}

/// Hark's own class and app id.
const OWN: &str = "hark";

/// A desktop that has not answered by then does not answer.
const PATIENCE: Duration = Duration::from_millis(200);

/// A question to the thread that asks the desktop, and the way of the answer.
type Question = Sender<Option<Focus>>;

/// The thread that asks: a desktop that hangs holds up only this.
static ASKING: Mutex<Option<Sender<Question>>> = Mutex::new(None);

/// The window that has the focus now; `None` where the desktop does not say. Asks the desktop, which may
/// take some milliseconds, and never more than 200.
pub fn focused() -> Option<Focus> {
    let (answer, answered) = bounded(1);
    let mut asking = ASKING.lock().unwrap_or_else(PoisonError::into_inner);
    let thread = match asking.take() {
        Some(thread) => thread,
        None => {
            let (questions, asked) = bounded(1);
            thread::Builder::new().name("hark-desktop".into()).spawn(move || answer_all(&asked)).ok()?;
            questions
        }
    };
    // A full channel means that an earlier question still waits.
    let taken = thread.try_send(answer);
    if !matches!(taken, Err(crossbeam_channel::TrySendError::Disconnected(_))) {
        *asking = Some(thread);
    }
    drop(asking);
    taken.ok().and_then(|()| answered.recv_timeout(PATIENCE).ok()).flatten()
}

fn answer_all(questions: &Receiver<Question>) {
    let session = Session::of(|name| std::env::var_os(name));
    #[cfg(target_os = "linux")]
    let mut x11 = None;
    for answer in questions {
        let focus = match &session {
            #[cfg(target_os = "linux")]
            Session::X11 => x11::focused(&mut x11),
            #[cfg(unix)]
            Session::Sway(socket) => compositors::sway(socket),
            #[cfg(unix)]
            Session::Hyprland(socket) => compositors::hyprland(socket),
            #[cfg(unix)]
            Session::Niri(socket) => compositors::niri(socket),
            _ => None,
        };
        // Whoever asked may have lost patience.
        let _ = answer.try_send(focus);
    }
}

fn is_own(app: &str, pid: Option<u32>) -> bool {
    app.eq_ignore_ascii_case(OWN) || pid == Some(std::process::id())
}
