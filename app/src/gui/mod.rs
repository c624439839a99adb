//! The window. It draws the newest snapshot and sends commands: it computes nothing, holds no
//! engine, and waits for nobody.

mod anywhere;
mod app;
mod banners;
mod controls;
mod dialogs;
mod drop;
mod files;
mod icon;
mod icons;
mod latency;
mod outbox;
mod record_bar;
#[cfg(test)]
mod tests;
mod theme;
mod top_strip;
mod transcript;
mod words;

use crate::session::{Command, Snapshot, Wake};
use crossbeam_channel::{Receiver, Sender};
use eframe::egui;
use std::io;
use std::sync::Arc;

/// Both ends that the window holds of the session: where commands go, and whence snapshots come.
pub type SessionEnds = (Sender<Command>, Receiver<Arc<Snapshot>>);

/// Opens the window and returns when it is closed.
///
/// `session` starts the session and is called once the window exists. Closing the window sends
/// [`Command::Quit`]; after `run` has returned, the sender is dropped as well, and the caller joins
/// the session.
///
/// # Errors
/// If there is no display, it offers no OpenGL, or the session cannot be started.
pub fn run(session: impl FnOnce(Wake) -> io::Result<SessionEnds>) -> eframe::Result {
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
            let ctx = cc.egui_ctx.clone();
            let (commands, snapshots) = session(Arc::new(move || ctx.request_repaint()))?;
            Ok(Box::new(app::App::new(commands, snapshots, Arc::new(dialogs::SystemPicker))))
        }),
    )
}
