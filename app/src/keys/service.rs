//! The thread that knows which keys are wanted, and tells it to whoever can get them.

use super::send::tell;
use crate::bindings::{Plan, Report, Way, plan};
use crate::session::{Command, Snapshot};
use crate::settings::Anywhere;
use crossbeam_channel::{Receiver, Sender};
use std::io;
use std::sync::Arc;
use std::thread;

/// The keys of a running session. They are given back when this is dropped.
pub struct Keys {
    /// Dropped to end the thread.
    _open: Sender<()>,
}

impl Keys {
    /// Begins to get the keys that the session's settings name, and to send it what they mean.
    ///
    /// # Errors
    /// If the system refuses a thread.
    pub fn start(commands: Sender<Command>, snapshots: Receiver<Arc<Snapshot>>) -> io::Result<Self> {
        let (open, closing) = crossbeam_channel::bounded(0);
        thread::Builder::new()
            .name("hark-keys".into())
            .spawn(move || serve(&commands, &snapshots, &closing))?;
        Ok(Self { _open: open })
    }
}

fn serve(commands: &Sender<Command>, snapshots: &Receiver<Arc<Snapshot>>, closing: &Receiver<()>) {
    let mut wanted: Option<(Arc<Anywhere>, bool)> = None;
    let mut source: Option<Source> = None;
    loop {
        let snapshot = crossbeam_channel::select! {
            recv(snapshots) -> snapshot => match snapshot {
                Ok(snapshot) => snapshot,
                Err(_) => return,
            },
            recv(closing) -> _ => return,
        };
        let (anywhere, resting) = (&snapshot.anywhere, snapshot.key_awaited);
        let same = |(old, rested): &(Arc<Anywhere>, bool)| {
            let same_keys = || (&old.keys, &old.holding) == (&anywhere.keys, &anywhere.holding);
            *rested == resting && (Arc::ptr_eq(old, anywhere) || same_keys())
        };
        if wanted.as_ref().is_some_and(same) {
            continue;
        }
        wanted = Some((anywhere.clone(), resting));
        let plan = Plan { resting, ..plan(&anywhere.keys, &anywhere.holding) };
        if plan.keys.is_empty() {
            source = None;
            tell(commands, Report { way: Way::Unneeded, problems: plan.problems });
            continue;
        }
        match source.as_ref().is_some_and(|source| source.give(plan.clone())) {
            true => {}
            false => source = Source::start(plan, commands),
        }
    }
}

/// Which kind of desktop this is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Desktop {
    X11,
    Wayland,
    None,
}

fn desktop() -> Desktop {
    let set = |name: &str| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    match (set("WAYLAND_DISPLAY"), set("DISPLAY")) {
        // What is grabbed through XWayland works only in windows that go through it, too.
        (true, _) => Desktop::Wayland,
        (false, true) => Desktop::X11,
        _ => Desktop::None,
    }
}

const NOWHERE: &str = "there is no desktop whose keys could be bound";

#[cfg(target_os = "linux")]
enum Source {
    X11(super::x11::Grabber),
    Portal(super::portal::Portal),
}

#[cfg(target_os = "linux")]
impl Source {
    fn start(plan: Plan, commands: &Sender<Command>) -> Option<Self> {
        let (problems, sender) = (plan.problems.clone(), commands.clone());
        let started = match desktop() {
            Desktop::X11 => super::x11::Grabber::start(plan, sender).map(Self::X11),
            Desktop::Wayland => super::portal::Portal::start(plan, sender).map(Self::Portal),
            Desktop::None => {
                tell(commands, Report { way: Way::Nowhere(NOWHERE.into()), problems });
                return None;
            }
        };
        started
            .map_err(|error| {
                let why = format!("the system has no thread for keys ({error})");
                tell(commands, Report { way: Way::Nowhere(why), problems });
            })
            .ok()
    }

    /// Gives it another plan; `false` if it has ended.
    fn give(&self, plan: Plan) -> bool {
        match self {
            Self::X11(grabber) => grabber.give(plan),
            Self::Portal(portal) => portal.give(plan),
        }
    }
}

/// How keys would stand without a running Hark: tries them for a moment.
#[cfg(target_os = "linux")]
pub fn probe(plan: &Plan) -> Report {
    if plan.keys.is_empty() {
        return Report { way: Way::Unneeded, problems: plan.problems.clone() };
    }
    match desktop() {
        Desktop::X11 => super::x11::probe(plan),
        Desktop::Wayland => super::portal::probe(plan),
        Desktop::None => Report { way: Way::Nowhere(NOWHERE.into()), problems: plan.problems.clone() },
    }
}

#[cfg(not(target_os = "linux"))]
struct Source;

#[cfg(not(target_os = "linux"))]
impl Source {
    fn start(plan: Plan, commands: &Sender<Command>) -> Option<Self> {
        tell(commands, probe(&plan));
        None
    }

    fn give(&self, _: Plan) -> bool {
        false
    }
}

/// How keys would stand without a running Hark.
#[cfg(not(target_os = "linux"))]
pub fn probe(plan: &Plan) -> Report {
    let why = "Hark cannot bind keys on this system yet; let the system run `hark toggle`";
    Report { way: Way::Nowhere(why.into()), problems: plan.problems.clone() }
}
