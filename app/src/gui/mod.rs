//! The window. It draws the newest snapshot and sends commands: it computes nothing, holds no
//! engine, and waits for nobody.

mod anywhere;
mod app;
mod banners;
mod benchmark;
mod controls;
#[cfg(target_os = "linux")]
mod desktop_theme;
mod dialogs;
mod doctor;
mod drop;
mod evidence;
mod files;
mod history;
mod icons;
mod latency;
mod library;
mod outbox;
mod pages;
mod record_bar;
#[cfg(test)]
mod tests;
mod top_strip;
mod transcript;
mod words;

use crate::look::{icon, theme};
use crate::own_window::OwnWindow;
use crate::session::{Command, Snapshot, Wake};
use app::{App, Farewell};
use crossbeam_channel::{Receiver, Sender};
pub use dialogs::{Picker, Question, SystemPicker};
use eframe::egui;
use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Both ends that the window holds of the session: where commands go, and whence snapshots come.
pub type SessionEnds = (Sender<Command>, Receiver<Arc<Snapshot>>);

/// Opens the window and returns when Hark is to end.
///
/// `session` starts the session and is called once the window exists. Closing the window sends
/// [`Command::Quit`], or Hark stays without one, if the person wants that, and opens another when the session
/// asks for it. After `run` has returned, the sender is dropped as well, and the caller joins the session.
///
/// # Errors
/// If there is no display, it offers no OpenGL, or the session cannot be started.
pub fn run(
    own_window: &Arc<OwnWindow>,
    session: impl FnOnce(Wake) -> io::Result<SessionEnds>,
) -> eframe::Result {
    let present = Present::default();
    let waker = present.clone();
    let wake: Wake = Arc::new(move || waker.wake());
    #[cfg(target_os = "linux")]
    {
        let painted = present.clone();
        desktop_theme::follow(move |theme| painted.prefer(theme));
    }
    let mut ends = None;
    let mut first = Some(session);
    let farewell = Farewell::default();
    loop {
        let begin = || match first.take() {
            Some(session) => Ok(ends.insert(session(wake.clone())?).clone()),
            None => ends.clone().ok_or_else(|| io::Error::other("the session was not started")),
        };
        let opened = open(begin, &present, own_window, &farewell);
        present.set(None);
        own_window.has_gone();
        opened?;
        let Some((_, snapshots)) = &ends else { return Ok(()) };
        match farewell.take().and_then(|seen| wanted_again(seen, snapshots)) {
            Some(newest) => *farewell.borrow_mut() = Some(newest),
            None => return Ok(()),
        }
    }
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
    present: &Present,
    own_window: &Arc<OwnWindow>,
    farewell: &Farewell,
) -> eframe::Result {
    let viewport = egui::ViewportBuilder::default()
        .with_title("Hark")
        .with_app_id("hark")
        .with_inner_size([900.0, 600.0])
        .with_min_inner_size([640.0, 420.0])
        .with_icon(icon::window_icon());
    let options = eframe::NativeOptions { viewport, ..Default::default() };
    eframe::run_native(
        "Hark",
        options,
        Box::new(|cc| {
            theme::install(&cc.egui_ctx);
            present.set(Some(cc.egui_ctx.clone()));
            let (commands, snapshots) = session()?;
            let app = App::new(commands, snapshots, Arc::new(dialogs::SystemPicker));
            Ok(Box::new(app.continuing(own_window.clone(), farewell.clone())))
        }),
    )
}

/// The window that is open now, if one is, and the theme that every window gets.
#[derive(Clone, Default)]
struct Present(Arc<Mutex<(Option<egui::Context>, egui::ThemePreference)>>);

impl Present {
    fn set(&self, window: Option<egui::Context>) {
        let theme = {
            let mut present = self.lock();
            present.0.clone_from(&window);
            present.1
        };
        window.into_iter().for_each(|window| window.set_theme(theme));
    }

    #[cfg(target_os = "linux")]
    fn prefer(&self, theme: egui::ThemePreference) {
        let window = {
            let mut present = self.lock();
            present.1 = theme;
            present.0.clone()
        };
        if let Some(window) = window {
            window.set_theme(theme);
            window.request_repaint();
        }
    }

    fn wake(&self) {
        let window = self.lock().0.clone();
        window.into_iter().for_each(|window| window.request_repaint());
    }

    fn lock(&self) -> MutexGuard<'_, (Option<egui::Context>, egui::ThemePreference)> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
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
