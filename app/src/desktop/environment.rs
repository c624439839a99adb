//! Which desktop this is, as its environment says.

use std::ffi::OsString;
use std::path::PathBuf;

/// A desktop, by how it can be asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Session {
    /// An X server, and no Wayland beside it.
    X11,
    /// Sway or another that speaks i3's protocol on this socket.
    Sway(PathBuf),
    /// Hyprland, on this socket.
    Hyprland(PathBuf),
    /// Niri, on this socket.
    Niri(PathBuf),
    /// A Wayland compositor that says nothing of its windows.
    Wayland,
    /// Neither, or a system of its own.
    Other,
}

impl Session {
    /// The desktop that these variables speak of. A compositor's own variable counts only under Wayland: a
    /// nested X server has inherited it.
    pub fn of(variable: impl Fn(&str) -> Option<OsString>) -> Self {
        let set = |name: &str| variable(name).filter(|value| !value.is_empty());
        if set("WAYLAND_DISPLAY").is_none() {
            return if set("DISPLAY").is_some() { Self::X11 } else { Self::Other };
        }
        if let Some(socket) = set("SWAYSOCK") {
            return Self::Sway(socket.into());
        }
        if let (Some(instance), Some(runtime)) = (set("HYPRLAND_INSTANCE_SIGNATURE"), set("XDG_RUNTIME_DIR"))
        {
            return Self::Hyprland(PathBuf::from(runtime).join("hypr").join(instance).join(".socket.sock"));
        }
        set("NIRI_SOCKET").map_or(Self::Wayland, |socket| Self::Niri(socket.into()))
    }

    /// The desktop of this program.
    pub fn here() -> Self {
        Self::of(|name| std::env::var_os(name))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_environment_says_which_desktop_it_is() {
        let runtime = ("XDG_RUNTIME_DIR", "/run/user/1");
        let table: [(&[(&str, &str)], Session); 8] = [
            (&[], Session::Other),
            (&[("DISPLAY", ":0")], Session::X11),
            (&[("DISPLAY", ":0"), ("WAYLAND_DISPLAY", ""), ("SWAYSOCK", "/s")], Session::X11),
            (&[("DISPLAY", ":0"), ("WAYLAND_DISPLAY", "wayland-0")], Session::Wayland),
            (&[("WAYLAND_DISPLAY", "wayland-1"), ("SWAYSOCK", "/s")], Session::Sway("/s".into())),
            (&[("WAYLAND_DISPLAY", "wayland-1"), ("NIRI_SOCKET", "/n")], Session::Niri("/n".into())),
            (
                &[("WAYLAND_DISPLAY", "wayland-1"), ("HYPRLAND_INSTANCE_SIGNATURE", "a_1"), runtime],
                Session::Hyprland("/run/user/1/hypr/a_1/.socket.sock".into()),
            ),
            (&[("WAYLAND_DISPLAY", "wayland-1"), ("HYPRLAND_INSTANCE_SIGNATURE", "a_1")], Session::Wayland),
        ];
        for (variables, expected) in table {
            let variable = |name: &str| {
                variables.iter().find(|(n, _)| *n == name).map(|(_, value)| OsString::from(value))
            };
            assert_eq!(Session::of(variable), expected, "{variables:?}");
        }
    }
}
