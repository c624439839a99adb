//! The sign over other apps: what it shows and when, and on which kind of display.

use super::post::{Receiver as Scenes, Scene, Sender as Post};
use super::view::{View, Watcher};
use super::{layer_shell, x11};
use crate::own_window::OwnWindow;
use crate::session::Snapshot;
use crossbeam_channel::{Receiver, never, select};
use std::env;
use std::sync::Arc;
use std::time::Instant;

/// Tells the display's thread what to show, until there are no more snapshots.
pub fn watch(snapshots: &Receiver<Arc<Snapshot>>, own_window: &OwnWindow, mut post: Post) {
    let mut watcher = Watcher::default();
    let mut snapshot = Arc::<Snapshot>::default();
    let mut last = Scene::default();
    loop {
        let now = Instant::now();
        let (view, again) = watcher.look(&snapshot, own_window.is_focused(), now);
        let view = if snapshot.anywhere.indicator.overlay { view } else { View::Hidden };
        let scene = Scene { view, dark: own_window.is_dark() };
        if scene != last {
            post.put(scene.clone());
            last = scene;
        }
        let over = again.map_or_else(never, crossbeam_channel::at);
        select! {
            recv(snapshots) -> news => match news {
                Ok(news) => snapshot = news,
                Err(_) => return,
            },
            recv(own_window.changes()) -> _ => {},
            recv(over) -> _ => {},
        }
    }
}

/// Shows what comes, where the desktop lets programs do that; otherwise there is only the tray.
pub fn show(mut scenes: Scenes) {
    if is_wayland() {
        // Where the compositor has no layer shell, X11 would show it in the wrong place or not at all.
        let _ = layer_shell::run(&mut scenes);
    } else {
        x11::run(scenes);
    }
}

/// Whether it can be shown, and how.
///
/// # Errors
/// Why not, for people.
pub fn check() -> Result<&'static str, String> {
    if is_wayland() {
        layer_shell::check().map(|()| "layer shell").map_err(|error| error.to_string())
    } else {
        x11::check().map(|()| "X11").map_err(|error| error.to_string())
    }
}

fn is_wayland() -> bool {
    ["WAYLAND_DISPLAY", "WAYLAND_SOCKET"].iter().any(|name| env::var_os(name).is_some_and(|v| !v.is_empty()))
}
