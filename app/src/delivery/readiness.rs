//! Whether text can be inserted into other apps on this desktop.

use crate::desktop::Session;

/// Where insertion works, and by what; or why it does not, and what to do.
///
/// # Errors
/// What is missing, and what to do about it.
pub fn readiness() -> Result<&'static str, (String, &'static str)> {
    let by_clipboard = "dictation goes to the clipboard; paste it by hand";
    #[cfg(target_os = "linux")]
    match Session::here() {
        Session::X11 => {
            let fix = "start Hark in a desktop session whose X server has the XTEST extension";
            super::x11::try_out().map(|()| "X11: keys by XTEST").map_err(|why| (why, fix))
        }
        Session::Sway(_) | Session::Hyprland(_) | Session::Niri(_) => {
            let fix = "install wtype (apt install wtype)";
            super::wayland::try_out().map(|()| "Wayland: keys by wtype").map_err(|why| (why.to_string(), fix))
        }
        Session::Wayland => {
            Err(("this Wayland desktop does not let Hark see the focus or press keys".into(), by_clipboard))
        }
        Session::Other => Err(("there is no desktop here".into(), by_clipboard)),
    }
    #[cfg(not(target_os = "linux"))]
    Err((format!("not on this system ({:?})", Session::here()), by_clipboard))
}

/// Whether the choice of how text is pasted into an app makes a difference on this desktop.
///
/// # Errors
/// Why it makes none, for people.
pub fn chords() -> Result<(), &'static str> {
    match Session::here() {
        Session::X11 => Ok(()),
        Session::Sway(_) | Session::Hyprland(_) | Session::Niri(_) => Err(
            "On this desktop text is always typed, never pasted: apps made with GTK do not take such a Ctrl+V, and \
             nobody says whether others have. Of the choices for an app, only “nothing” makes a difference.",
        ),
        Session::Wayland | Session::Other => Err("On this desktop nothing can be inserted into other apps."),
    }
}
