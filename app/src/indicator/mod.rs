//! What shows how dictation stands while Hark's window has not the focus: a small sign over other apps, an icon in
//! the desktop's panel, and notifications.
//!
//! Nobody waits for it. Each display and bus has a thread of its own, which takes the newest snapshot and
//! ends with the session.

#[cfg(target_os = "linux")]
mod draw;
#[cfg(target_os = "linux")]
mod layer_shell;
#[cfg(target_os = "linux")]
mod notices;
#[cfg(target_os = "linux")]
mod other_audio;
#[cfg(target_os = "linux")]
mod overlay;
#[cfg(target_os = "linux")]
mod place;
#[cfg(target_os = "linux")]
mod post;
#[cfg(target_os = "linux")]
mod tray;
#[cfg(target_os = "linux")]
mod view;
#[cfg(target_os = "linux")]
mod x11;

#[cfg(target_os = "linux")]
use {
    crate::models::data_folder,
    crate::own_window::OwnWindow,
    crate::session::{Command, IndicatorEnds},
    crossbeam_channel::{Receiver, Sender, bounded},
    std::io,
    std::sync::Arc,
    std::thread,
    std::time::Duration,
};

/// How long those who show it may take to put everything back at the end.
#[cfg(target_os = "linux")]
const CLOSING: Duration = Duration::from_secs(3);

/// Those who show how dictation stands, until the session ends.
#[cfg(target_os = "linux")]
pub struct Indicator {
    /// Nothing is sent; each thread holds an end.
    working: Receiver<()>,
}

#[cfg(target_os = "linux")]
impl Indicator {
    /// Begins to show how dictation stands.
    ///
    /// # Errors
    /// If the system refuses a thread or a socket. What was started before works.
    pub fn start(ends: IndicatorEnds, commands: Sender<Command>, own: Arc<OwnWindow>) -> io::Result<Self> {
        let IndicatorEnds { overlay, tray, audio, notices } = ends;
        let (works, working) = bounded::<()>(0);
        let named = |name: &str, work: Box<dyn FnOnce() + Send>| {
            let works = works.clone();
            let work = move || {
                work();
                drop(works);
            };
            thread::Builder::new().name(name.into()).spawn(work)
        };
        let (scenes, seen) = post::post()?;
        let window = own.clone();
        named("hark-overlay", Box::new(move || overlay::show(seen)))?;
        named("hark-indicator", Box::new(move || overlay::watch(&overlay, &window, scenes)))?;
        let (told, window) = (commands.clone(), own.clone());
        named("hark-notices", Box::new(move || notices::run(&notices, &told, &window)))?;
        named("hark-tray", Box::new(move || tray::run(&tray, &commands, &own)))?;
        if let Some(folder) = data_folder() {
            let file = folder.join(other_audio::FILE);
            named("hark-other-audio", Box::new(move || other_audio::run(&audio, &file)))?;
        }
        Ok(Self { working })
    }

    /// Waits until everything is as it was before, once the session has ended.
    pub fn finish(self) {
        // The end of the last thread is what is waited for, not a word.
        let _ = self.working.recv_timeout(CLOSING);
    }
}

/// Whether the sign can be shown over other apps, and how.
///
/// # Errors
/// Why not, for people.
#[cfg(target_os = "linux")]
pub fn check() -> Result<&'static str, String> {
    overlay::check()
}
