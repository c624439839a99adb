//! Whether Hark starts by itself when the person logs in: a file in the folder that the desktop starts programs from
//! (Desktop Application Autostart Specification, freedesktop.org). The file is the truth: desktops have switches for
//! it, too.

use crate::delivery::atomically;
use crate::text::reason;
use directories::BaseDirs;
use std::path::{Path, PathBuf};
use std::{env, fs, io};

const FILE: &str = "hark.desktop";
/// The argument that opens no window.
const IN_TRAY: &str = "--in-tray";

/// Whether Hark starts by itself, and how.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Autostart {
    #[default]
    Off,
    /// With its window.
    Window,
    /// Without one, as an icon in the desktop's panel.
    Tray,
}

/// Where the desktop looks for what starts by itself; `None` where there is no such place.
pub fn folder() -> Option<PathBuf> {
    if !cfg!(target_os = "linux") {
        return None;
    }
    let config = BaseDirs::new()?.config_dir().to_owned();
    Some(config.join("autostart"))
}

/// What the file in `folder` says.
pub fn present(folder: &Path) -> Autostart {
    let Ok(text) = fs::read_to_string(folder.join(FILE)) else { return Autostart::Off };
    let says = |line: &str, key: &str, value: &str| {
        line.split_once('=').is_some_and(|(k, v)| k.trim() == key && v.trim() == value)
    };
    let off = |line: &str| says(line, "Hidden", "true") || says(line, "X-GNOME-Autostart-enabled", "false");
    if text.lines().any(off) {
        return Autostart::Off;
    }
    let in_tray =
        |line: &str| line.starts_with("Exec=") && line.split_whitespace().any(|word| word == IN_TRAY);
    if text.lines().any(in_tray) { Autostart::Tray } else { Autostart::Window }
}

/// Has the desktop start this program, or start it no more.
///
/// # Errors
/// Why that cannot be written.
pub fn set(folder: &Path, wanted: Autostart) -> Result<(), String> {
    let file = folder.join(FILE);
    let done = match wanted {
        Autostart::Off => match fs::remove_file(&file) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            _ => Ok(()),
        },
        Autostart::Window | Autostart::Tray => env::current_exe().and_then(|program| {
            fs::create_dir_all(folder)?;
            atomically(&file, entry(&program, wanted).as_bytes())
        }),
    };
    done.map_err(|error| format!("{}: {}", file.display(), reason(&error)))
}

fn entry(program: &Path, wanted: Autostart) -> String {
    let argument = if wanted == Autostart::Tray { format!(" {IN_TRAY}") } else { String::new() };
    format!(
        "[Desktop Entry]\nType=Application\nName=Hark\nComment=Dictation on your own machine\nExec={}{argument}\n\
         Icon=hark\nTerminal=false\nX-GNOME-Autostart-enabled=true\n",
        quoted(&program.to_string_lossy())
    )
}

/// A word of a command in a desktop entry (Desktop Entry Specification, "The Exec key"): reserved characters within
/// quotes have a backslash, which is itself written as two, and a percent sign is written twice.
fn quoted(word: &str) -> String {
    let mut quoted = String::from("\"");
    for c in word.chars() {
        match c {
            '\\' => quoted.push_str("\\\\\\\\"),
            '"' | '`' | '$' => quoted.extend(["\\\\", c.encode_utf8(&mut [0; 4])]),
            '%' => quoted.push_str("%%"),
            c => quoted.push(c),
        }
    }
    quoted + "\""
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_chosen_is_what_the_desktop_finds() {
        let place = tempfile::tempdir().unwrap();
        let folder = place.path().join("not yet there");
        for wanted in [Autostart::Off, Autostart::Window, Autostart::Tray, Autostart::Off, Autostart::Off] {
            set(&folder, wanted).unwrap();
            assert_eq!(present(&folder), wanted);
        }
    }

    #[test]
    fn a_switch_of_the_desktop_counts() {
        let folder = tempfile::tempdir().unwrap();
        for line in ["Hidden=true", "X-GNOME-Autostart-enabled = false"] {
            let text = entry(Path::new("/usr/bin/hark"), Autostart::Tray)
                .replace("X-GNOME-Autostart-enabled=true", line);
            fs::write(folder.path().join(FILE), text).unwrap();
            assert_eq!(present(folder.path()), Autostart::Off, "{line}");
        }
    }

    #[test]
    fn a_program_is_found_in_any_folder() {
        let entry = entry(Path::new("/opt/50 % \"new\"/ha$rk"), Autostart::Window);
        let line = entry.lines().find(|line| line.starts_with("Exec=")).unwrap();
        assert_eq!(line, r#"Exec="/opt/50 %% \\"new\\"/ha\\$rk""#);
    }

    #[test]
    fn a_folder_that_cannot_be_written_is_named() {
        let place = tempfile::tempdir().unwrap();
        let folder = place.path().join("a file");
        fs::write(&folder, "").unwrap();
        let why = set(&folder, Autostart::Window).unwrap_err();
        assert!(why.contains("a file"), "{why}");
    }
}
