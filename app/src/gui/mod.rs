//! The window. It draws the newest snapshot and sends commands: it computes nothing, holds no
//! engine, and waits for nobody.

mod anywhere;
mod app;
mod appearance;
mod banners;
mod benchmark;
mod controls;
#[cfg(target_os = "linux")]
mod desktop_theme;
mod dialogs;
mod doctor;
mod drop;
mod evidence;
mod fields;
mod files;
mod history;
mod icons;
mod latency;
mod library;
mod outbox;
mod pages;
mod programs;
mod record_bar;
mod settings;
#[cfg(test)]
mod tests;
mod top_strip;
mod transcript;
mod words;

use crate::look::{icon, theme};
use crate::own_window::OwnWindow;
use crate::session::{Command, Snapshot, Wake};
use app::{App, Farewell};
use appearance::Appearance;
use crossbeam_channel::{Receiver, RecvTimeoutError, Sender};
pub use dialogs::{Picker, Question, SystemPicker};
use eframe::egui;
use std::io;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Both ends that the window holds of the session: where commands go, and whence snapshots come.
pub type SessionEnds = (Sender<Command>, Receiver<Arc<Snapshot>>);

/// Opens the window and returns when Hark is to end.
///
/// `session` starts the session and is called once the window exists. Closing the window sends
/// [`Command::Quit`], or Hark stays without one, if the person wants that, and opens another when the session
/// asks for it; with `in_tray`, it opens none before that. After `run` has returned, the sender is dropped as well, and the caller joins the session.
///
/// # Errors
/// If there is no display, it offers no OpenGL, or the session cannot be started.
pub fn run(
    own_window: &Arc<OwnWindow>,
    in_tray: bool,
    session: impl FnOnce(Wake) -> io::Result<SessionEnds>,
) -> eframe::Result {
    let appearance = Appearance::default();
    let waker = appearance.clone();
    let wake: Wake = Arc::new(move || waker.wake());
    #[cfg(target_os = "linux")]
    {
        let painted = appearance.clone();
        desktop_theme::follow(move |theme| painted.prefer(theme));
    }
    let mut ends = None;
    let mut first = Some(session);
    let farewell = Farewell::default();
    if in_tray && let Some(session) = first.take() {
        let session = session(wake.clone()).map_err(|error| eframe::Error::AppCreation(error.into()))?;
        match hidden(own_window, &session.1) {
            Some(newest) => *farewell.borrow_mut() = Some(newest),
            None => return Ok(()),
        }
        ends = Some(session);
    }
    loop {
        let begin = || match first.take() {
            Some(session) => Ok(ends.insert(session(wake.clone())?).clone()),
            None => ends.clone().ok_or_else(|| io::Error::other("the session was not started")),
        };
        let opened = open(begin, &appearance, own_window, &farewell);
        appearance.set_window(None);
        own_window.has_gone();
        opened?;
        let Some((_, snapshots)) = &ends else { return Ok(()) };
        match farewell.take().and_then(|seen| wanted_again(seen, snapshots)) {
            Some(newest) => *farewell.borrow_mut() = Some(newest),
            None => return Ok(()),
        }
    }
}

/// How long the desktop's panel may take to come: at a login it is not the first.
const PANEL: Duration = Duration::from_secs(20);
/// How often the panel is looked for meanwhile.
const LOOK: Duration = Duration::from_millis(250);

/// Waits without a window from the beginning, as [`wanted_again`]; without an icon in the panel the window is wanted
/// after a while all the same, for nobody could ask for it.
fn hidden(own_window: &OwnWindow, snapshots: &Receiver<Arc<Snapshot>>) -> Option<Arc<Snapshot>> {
    let (mut seen, end) = (Arc::<Snapshot>::default(), Instant::now() + PANEL);
    while Instant::now() < end {
        match snapshots.recv_timeout(LOOK) {
            Ok(snapshot) if snapshot.quitting => return None,
            Ok(snapshot) if snapshot.window_wanted > 0 || !snapshot.anywhere.indicator.tray => {
                return Some(snapshot);
            }
            Ok(snapshot) => seen = snapshot,
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => return None,
        }
    }
    if own_window.has_tray() { wanted_again(seen, snapshots) } else { Some(seen) }
}

/// Waits without a window until the session wants one, and gives what there is to show; `None` if Hark is to end.
fn wanted_again(seen: Arc<Snapshot>, snapshots: &Receiver<Arc<Snapshot>>) -> Option<Arc<Snapshot>> {
    for snapshot in snapshots {
        if snapshot.quitting {
            return None;
        }
        if snapshot.window_wanted > seen.window_wanted {
            return Some(snapshot);
        }
    }
    None
}

/// Opens one window and returns when it is closed.
fn open(
    session: impl FnOnce() -> io::Result<SessionEnds>,
    appearance: &Appearance,
    own_window: &Arc<OwnWindow>,
    farewell: &Farewell,
) -> eframe::Result {
    let viewport = egui::ViewportBuilder::default()
        .with_title("Hark")
        .with_app_id("hark")
        .with_inner_size([900.0, 600.0])
        .with_min_inner_size(appearance::SMALLEST)
        .with_icon(icon::window_icon());
    let options = eframe::NativeOptions { viewport, ..Default::default() };
    eframe::run_native(
        "Hark",
        options,
        Box::new(|cc| {
            appearance.set_window(Some(cc.egui_ctx.clone()));
            let (commands, snapshots) = session()?;
            let app = App::new(commands, snapshots, Arc::new(dialogs::SystemPicker));
            let app = app.looking_like(appearance.clone());
            Ok(Box::new(app.continuing(own_window.clone(), farewell.clone())))
        }),
    )
}

#[cfg(test)]
mod staying {
    use super::*;
    use crossbeam_channel::bounded;

    #[test]
    fn a_window_opens_again_when_it_is_wanted_and_not_before() {
        let (sender, snapshots) = bounded(8);
        let with =
            |window_wanted, quitting| Arc::new(Snapshot { window_wanted, quitting, ..Snapshot::default() });
        sender.send(with(3, false)).unwrap();
        sender.send(with(4, false)).unwrap();
        assert_eq!(wanted_again(with(3, false), &snapshots), Some(with(4, false)));
        sender.send(with(4, false)).unwrap();
        sender.send(with(5, true)).unwrap();
        assert_eq!(wanted_again(with(4, false), &snapshots), None, "Hark ends");
        drop(sender);
        assert_eq!(wanted_again(with(4, false), &snapshots), None, "the session has ended");
    }
}
