//! What a person writes into the settings of a desktop so that its keys reach Hark: pure text.

use super::Action;
use super::chord::{Chord, Key, Modifiers};
use super::plan::Planned;
use crate::wish::Manner;

/// A desktop whose settings can run commands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Desktop {
    Gnome,
    Kde,
    Sway,
    Hyprland,
    Niri,
}

/// What to do on one desktop.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hint {
    /// Where the lines go, and what else there is to know.
    pub how: String,
    /// To be pasted as they are.
    pub lines: Vec<String>,
}

impl Desktop {
    /// Every desktop, with its name.
    pub const ALL: [(Self, &str); 5] = [
        (Self::Gnome, "GNOME"),
        (Self::Kde, "KDE Plasma"),
        (Self::Sway, "sway"),
        (Self::Hyprland, "Hyprland"),
        (Self::Niri, "niri"),
    ];

    /// Its name.
    pub fn name(self) -> &'static str {
        Self::ALL.into_iter().find(|(desktop, _)| *desktop == self).map_or("", |(_, name)| name)
    }

    /// The desktop that `$XDG_CURRENT_DESKTOP` names, such as `ubuntu:GNOME`.
    pub fn of(current: &str) -> Option<Self> {
        current.split(':').find_map(|name| match name.to_ascii_lowercase().as_str() {
            "gnome" | "unity" | "gnome-classic" => Some(Self::Gnome),
            "kde" => Some(Self::Kde),
            "sway" => Some(Self::Sway),
            "hyprland" => Some(Self::Hyprland),
            "niri" => Some(Self::Niri),
            _ => None,
        })
    }

    /// The desktop that is running.
    pub fn running() -> Option<Self> {
        Self::of(&std::env::var("XDG_CURRENT_DESKTOP").unwrap_or_default())
    }

    /// Whether it can run something when a key is released.
    fn tells_releases(self) -> bool {
        matches!(self, Self::Sway | Self::Hyprland)
    }
}

/// What to do on a desktop to get these keys.
pub fn hint(desktop: Desktop, keys: &[Planned]) -> Hint {
    let mut how = match desktop {
        Desktop::Gnome => {
            "Paste this into a terminal; it replaces other custom shortcuts of the names hark-1, hark-2 …"
                .to_owned()
        }
        Desktop::Kde => {
            "System Settings → Keyboard → Shortcuts → Add New → Command; each line is a command and its key"
                .to_owned()
        }
        Desktop::Sway => "Paste this into ~/.config/sway/config, then `swaymsg reload`".to_owned(),
        Desktop::Hyprland => "Paste this into ~/.config/hypr/hyprland.conf; it holds at once".to_owned(),
        Desktop::Niri => {
            "Paste this into the section `binds { }` of ~/.config/niri/config.kdl; it holds at once"
                .to_owned()
        }
    };
    if !desktop.tells_releases() && keys.iter().any(|key| key.action == Action::HoldToTalk) {
        how.push_str(&format!(
            ". {} does not tell when a key is released, so keys to hold start and stop instead",
            desktop.name()
        ));
    }
    let (alone, keys): (Vec<_>, Vec<_>) = keys.iter().partition(|key| matches!(key.chord.key, Key::Alone(_)));
    if let Some(key) = alone.first() {
        how.push_str(&format!(
            ". {} is left out: {} does not tell it alone from it with another key; choose another one",
            key.chord,
            desktop.name()
        ));
    }
    let lines = keys.iter().enumerate().flat_map(|(number, key)| lines(desktop, number + 1, key));
    let mut lines: Vec<_> = lines.collect();
    if desktop == Desktop::Gnome && !keys.is_empty() {
        lines.push(gnome_list(keys.len()));
    }
    Hint { how, lines }
}

fn lines(desktop: Desktop, number: usize, key: &Planned) -> Vec<String> {
    let Planned { chord, action, manner } = key;
    let hold = *action == Action::HoldToTalk && desktop.tells_releases();
    let press = if hold { command_of("start", manner) } else { command(*action, manner) };
    let release = hold.then_some("hark stop");
    match desktop {
        Desktop::Sway => {
            let on = sway(chord);
            let press = format!("bindsym --no-repeat {on} exec {press}");
            std::iter::once(press)
                .chain(release.map(|stop| format!("bindsym --release {on} exec {stop}")))
                .collect()
        }
        Desktop::Hyprland => {
            let on = hyprland(chord);
            let press = format!("bind = {on}, exec, {press}");
            std::iter::once(press).chain(release.map(|stop| format!("bindr = {on}, exec, {stop}"))).collect()
        }
        Desktop::Niri => {
            let words: Vec<_> = press.split(' ').map(|word| format!("\"{word}\"")).collect();
            vec![format!("{} repeat=false {{ spawn {}; }}", niri(chord), words.join(" "))]
        }
        Desktop::Kde => vec![format!("{press}    {}", kde(chord))],
        Desktop::Gnome => gnome(number, *action, &press, chord),
    }
}

/// The command that does what a key does when it is pressed.
pub fn command(action: Action, manner: &Manner) -> String {
    match action {
        Action::Toggle | Action::HoldToTalk => command_of("toggle", manner),
        Action::Cancel => "hark cancel".into(),
        Action::PasteLast => "hark paste-last".into(),
        Action::NextLanguage => "hark next-language".into(),
    }
}

fn command_of(word: &str, Manner { language, translate, enter }: &Manner) -> String {
    let mut command = format!("hark {word}");
    if let Some(language) = language {
        command.push_str(" --language ");
        command.push_str(language);
    }
    for (asked, option) in [(translate, " --translate"), (enter, " --enter")] {
        if *asked {
            command.push_str(option);
        }
    }
    command
}

/// Modifiers by a desktop's names for Ctrl, Alt, Shift and Super.
fn modifiers(held: Modifiers, names: [&'static str; 4]) -> Vec<&'static str> {
    let Modifiers { ctrl, alt, shift, logo } = held;
    [ctrl, alt, shift, logo].into_iter().zip(names).filter_map(|(held, name)| held.then_some(name)).collect()
}

fn joined(modifiers: Vec<&'static str>, key: &str) -> String {
    modifiers.into_iter().chain([key]).collect::<Vec<_>>().join("+")
}

fn sway(chord: &Chord) -> String {
    joined(modifiers(chord.modifiers, ["Ctrl", "Mod1", "Shift", "Mod4"]), &chord.key.xkb())
}

fn hyprland(chord: &Chord) -> String {
    let names = modifiers(chord.modifiers, ["CTRL", "ALT", "SHIFT", "SUPER"]);
    format!("{}, {}", names.join(" "), chord.key.xkb())
}

fn niri(chord: &Chord) -> String {
    joined(modifiers(chord.modifiers, ["Ctrl", "Alt", "Shift", "Super"]), &chord.key.xkb())
}

fn kde(chord: &Chord) -> String {
    joined(modifiers(chord.modifiers, ["Ctrl", "Alt", "Shift", "Meta"]), &chord.key.to_string())
}

const GNOME_KEYS: &str = "org.gnome.settings-daemon.plugins.media-keys";
const GNOME_PATH: &str = "/org/gnome/settings-daemon/plugins/media-keys/custom-keybindings";

fn gnome(number: usize, action: Action, command: &str, chord: &Chord) -> Vec<String> {
    let names = modifiers(chord.modifiers, ["<Control>", "<Alt>", "<Shift>", "<Super>"]);
    let on = names.concat() + &chord.key.xkb();
    let set = |field: &str, value: &str| {
        format!("gsettings set {GNOME_KEYS}.custom-keybinding:{GNOME_PATH}/hark-{number}/ {field} '{value}'")
    };
    vec![set("name", &format!("Hark: {}", action.name())), set("command", command), set("binding", &on)]
}

/// Adds the shortcuts to the list of those that are in force, and leaves the person's own in it.
fn gnome_list(keys: usize) -> String {
    let paths: Vec<_> = (1..=keys).map(|number| format!("'{GNOME_PATH}/hark-{number}/'")).collect();
    format!(
        "gsettings set {GNOME_KEYS} custom-keybindings \"$(gsettings get {GNOME_KEYS} custom-keybindings | \
         sed \"s,'{GNOME_PATH}/hark-[0-9]*/'\\(\\, \\)\\?,,g; s/^@as //; s/, *]$/]/; s/]$/, {}]/; s/^\\[, /[/\")\"",
        paths.join(", ").replace('/', "\\/"),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(chord: &str, action: Action, language: Option<&str>) -> Planned {
        let manner = Manner { language: language.map(str::to_owned), ..Manner::default() };
        Planned { chord: chord.parse().unwrap(), action, manner }
    }

    fn keys() -> Vec<Planned> {
        vec![
            key("Ctrl+Alt+Space", Action::Toggle, Some("de")),
            key("F9", Action::HoldToTalk, None),
            key("Super+Escape", Action::Cancel, None),
        ]
    }

    #[test]
    fn each_desktop_has_its_lines() {
        let lines = |desktop| hint(desktop, &keys()).lines;
        let sway = [
            "bindsym --no-repeat Ctrl+Mod1+space exec hark toggle --language de",
            "bindsym --no-repeat F9 exec hark start",
            "bindsym --release F9 exec hark stop",
            "bindsym --no-repeat Mod4+Escape exec hark cancel",
        ];
        assert_eq!(lines(Desktop::Sway), sway);
        let hyprland = [
            "bind = CTRL ALT, space, exec, hark toggle --language de",
            "bind = , F9, exec, hark start",
            "bindr = , F9, exec, hark stop",
            "bind = SUPER, Escape, exec, hark cancel",
        ];
        assert_eq!(lines(Desktop::Hyprland), hyprland);
        let niri = [
            "Ctrl+Alt+space repeat=false { spawn \"hark\" \"toggle\" \"--language\" \"de\"; }",
            "F9 repeat=false { spawn \"hark\" \"toggle\"; }",
            "Super+Escape repeat=false { spawn \"hark\" \"cancel\"; }",
        ];
        assert_eq!(lines(Desktop::Niri), niri);
        assert_eq!(lines(Desktop::Kde)[0], "hark toggle --language de    Ctrl+Alt+Space");
        assert_eq!(lines(Desktop::Kde)[2], "hark cancel    Meta+Escape");
        let gnome = lines(Desktop::Gnome);
        assert_eq!(gnome.len(), 3 * 3 + 1);
        assert!(gnome[2].ends_with("/hark-1/ binding '<Control><Alt>space'"), "{}", gnome[2]);
        assert!(gnome[1].ends_with("/hark-1/ command 'hark toggle --language de'"), "{}", gnome[1]);
    }

    #[test]
    fn a_modifier_alone_is_left_to_x11() {
        let Hint { how, lines } = hint(Desktop::Sway, &[key("Right Ctrl", Action::HoldToTalk, None)]);
        assert!(how.contains("Right Ctrl is left out") && lines.is_empty(), "{how} {lines:?}");
    }

    #[test]
    fn who_does_not_tell_releases_says_so() {
        let told = |desktop| hint(desktop, &keys()).how.contains("does not tell when a key is released");
        let all = Desktop::ALL.map(|(desktop, _)| told(desktop));
        assert_eq!(all, [true, true, false, false, true]);
        assert!(!hint(Desktop::Gnome, &keys()[..1]).how.contains("released"));
    }

    #[test]
    fn a_command_has_its_options() {
        let manner = Manner { language: Some("de".into()), translate: true, enter: true };
        let expected = "hark toggle --language de --translate --enter";
        assert_eq!(command(Action::Toggle, &manner), expected);
        assert_eq!(command(Action::PasteLast, &manner), "hark paste-last");
    }

    /// What GNOME's list becomes by the line's `sed`, which is run for that.
    #[cfg(target_os = "linux")]
    #[test]
    fn the_list_of_gnome_keeps_other_shortcuts() {
        let line = gnome_list(2);
        let filter = line.split("| sed ").nth(1).unwrap().strip_suffix(")\"").unwrap();
        let becomes = |list: &str| {
            let script = format!("printf '%s\\n' \"{list}\" | sed {filter}");
            let output = std::process::Command::new("sh").args(["-c", &script]).output().unwrap();
            String::from_utf8(output.stdout).unwrap().trim().to_owned()
        };
        let ours = format!("'{GNOME_PATH}/hark-1/', '{GNOME_PATH}/hark-2/'");
        assert_eq!(becomes("@as []"), format!("[{ours}]"));
        assert_eq!(
            becomes(&format!("['{GNOME_PATH}/custom0/']")),
            format!("['{GNOME_PATH}/custom0/', {ours}]")
        );
        assert_eq!(becomes(&format!("[{ours}]")), format!("[{ours}]"));
        let mixed = format!("['{GNOME_PATH}/hark-7/', '{GNOME_PATH}/custom0/']");
        assert_eq!(becomes(&mixed), format!("['{GNOME_PATH}/custom0/', {ours}]"));
    }

    #[test]
    fn the_running_desktop_is_known_by_its_name() {
        assert_eq!(Desktop::of("ubuntu:GNOME"), Some(Desktop::Gnome));
        assert_eq!(Desktop::of("Hyprland"), Some(Desktop::Hyprland));
        assert_eq!(Desktop::of("XFCE"), None);
    }
}
