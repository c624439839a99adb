//! How text gets into which app.

use super::choices::{Choices, Way};

/// Terminals that paste by Ctrl+Shift+V: classes of their windows or app ids, in small letters.
const TERMINALS: &[&str] = &[
    "alacritty",
    "app.devsuite.ptyxis",
    "blackbox",
    "co.zeit.hyper",
    "com.gexperts.tilix",
    "com.github.amezin.ddterm",
    "com.mitchellh.ghostty",
    "com.raggesoft.blackbox",
    "com.raphaelamorim.rio",
    "com.system76.cosmicterm",
    "contour",
    "cool-retro-term",
    "cosmic-term",
    "cosmicterm",
    "ddterm",
    "deepin-terminal",
    "deepin-terminal-gtk",
    "dev.commandline.waveterm",
    "dev.warp.warp",
    "evilvte",
    "extraterm",
    "foot",
    "footclient",
    "ghostty",
    "gnome-terminal",
    "gnome-terminal-server",
    "guake",
    "havoc",
    "hyper",
    "io.elementary.terminal",
    "kgx",
    "kitty",
    "konsole",
    "lilyterm",
    "lxterminal",
    "mate-terminal",
    "org.codeberg.dnkl.foot",
    "org.contourterminal.contour",
    "org.enlightenment.terminology",
    "org.gnome.console",
    "org.gnome.ptyxis",
    "org.gnome.terminal",
    "org.kde.konsole",
    "org.kde.qmlkonsole",
    "org.kde.yakuake",
    "org.lxqt.qterminal",
    "org.mate.terminal",
    "org.tabby.tabby",
    "org.wezfurlong.wezterm",
    "org.xfce.terminal",
    "pantheon-terminal",
    "ptyxis",
    "qmlkonsole",
    "qterminal",
    "rio",
    "roxterm",
    "sakura",
    "st",
    "st-256color",
    "stterm",
    "tabby",
    "terminator",
    "terminology",
    "terminus",
    "termit",
    "termite",
    "tilda",
    "tilix",
    "warp",
    "waveterm",
    "wayst",
    "wezterm",
    "wezterm-gui",
    "xfce4-terminal",
    "yakuake",
    "zutty",
];

/// Terminals that paste by Shift+Insert only, and what was selected rather than what was copied.
const OLD_TERMINALS: &[&str] =
    &["aterm", "eterm", "koi8rxterm", "mlterm", "rxvt", "urxvt", "uxterm", "xterm", "xterm-256color"];

/// Editors in which Ctrl+V is something else.
const EDITORS: &[&str] = &["emacs"];

/// What an app is called in the lists: in small letters, and the same before it was published as after.
fn listed(app: &str) -> String {
    let app = app.to_lowercase();
    app.strip_suffix(".devel").map(str::to_owned).unwrap_or(app)
}

/// Whether an app is a terminal, where a line break runs what stands before it.
pub fn is_terminal(app: &str) -> bool {
    let app = listed(app);
    TERMINALS.contains(&&*app) || OLD_TERMINALS.contains(&&*app)
}

/// How text gets into an app: as the person chose, or else as is usual there.
pub fn way(app: &str, choices: &Choices) -> Way {
    if let Some((_, way)) = choices.apps.iter().find(|(name, _)| name.eq_ignore_ascii_case(app)) {
        return *way;
    }
    usual_way(app)
}

/// How text is pasted into an app that nobody said anything about.
pub fn usual_way(app: &str) -> Way {
    let app = listed(app);
    if TERMINALS.contains(&&*app) {
        Way::CtrlShiftV
    } else if OLD_TERMINALS.contains(&&*app) || EDITORS.contains(&&*app) {
        Way::ShiftInsert
    } else {
        Way::CtrlV
    }
}

/// The text as it is to arrive in an app: no control characters, no line break at the end, and in
/// terminals none within, unless the person wants them; a space behind it, if wanted.
pub fn shape(text: &str, app: &str, choices: &Choices) -> String {
    let text = text.trim_end().replace("\r\n", "\n").replace(['\r', '\u{85}', '\u{2028}', '\u{2029}'], "\n");
    let mut text: String = text.chars().filter(|&c| matches!(c, '\n' | '\t') || !c.is_control()).collect();
    if is_terminal(app) {
        // Tab completes what stands before it.
        text = text.replace('\t', " ");
        if !choices.line_breaks_in_terminals {
            text = text.lines().map(str::trim).filter(|line| !line.is_empty()).collect::<Vec<_>>().join(" ");
        }
    }
    if choices.space_after && !text.is_empty() {
        text.push(' ');
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeMap;

    #[test]
    fn each_app_gets_its_way() {
        let usual = Choices::default();
        let apps = BTreeMap::from([("XTerm".into(), Way::Type), ("gedit".into(), Way::ShiftInsert)]);
        let chosen = Choices { apps, ..Choices::default() };
        let table = [
            ("XTerm", &usual, Way::ShiftInsert, true),
            ("UXTerm", &usual, Way::ShiftInsert, true),
            ("Lxterminal", &usual, Way::CtrlShiftV, true),
            ("org.kde.konsole", &usual, Way::CtrlShiftV, true),
            ("Alacritty", &usual, Way::CtrlShiftV, true),
            ("Tilix", &usual, Way::CtrlShiftV, true),
            ("com.system76.CosmicTerm", &usual, Way::CtrlShiftV, true),
            ("org.gnome.Ptyxis.Devel", &usual, Way::CtrlShiftV, true),
            ("org.gnome.Console", &usual, Way::CtrlShiftV, true),
            ("dev.warp.Warp", &usual, Way::CtrlShiftV, true),
            ("Emacs", &usual, Way::ShiftInsert, false),
            ("firefox", &usual, Way::CtrlV, false),
            ("", &usual, Way::CtrlV, false),
            ("xterm", &chosen, Way::Type, true),
            ("Gedit", &chosen, Way::ShiftInsert, false),
            ("firefox", &chosen, Way::CtrlV, false),
        ];
        for (app, choices, expected, terminal) in table {
            assert_eq!((way(app, choices), is_terminal(app)), (expected, terminal), "{app}");
        }
    }

    #[test]
    fn lists_are_in_small_letters_and_in_order() {
        for list in [TERMINALS, OLD_TERMINALS, EDITORS] {
            assert!(list.is_sorted());
            assert!(list.iter().all(|app| **app == app.to_lowercase()));
        }
    }

    #[test]
    fn text_arrives_in_shape() {
        let usual = Choices::default();
        let lines = Choices { line_breaks_in_terminals: true, ..Choices::default() };
        let space = Choices { space_after: true, ..Choices::default() };
        let table = [
            ("One.\nTwo.\n", "gedit", &usual, "One.\nTwo."),
            ("One.\r\n\r\n Two.\n\n", "xterm", &usual, "One. Two."),
            ("One.\nTwo.\n", "xterm", &lines, "One.\nTwo."),
            ("ls\t\u{1b}[201~\u{3}rm", "kitty", &usual, "ls [201~rm"),
            ("Grüße 日本 🎤", "xterm", &usual, "Grüße 日本 🎤"),
            ("One. ", "gedit", &space, "One. "),
            ("\n", "gedit", &space, ""),
        ];
        for (text, app, choices, expected) in table {
            assert_eq!(shape(text, app, choices), expected, "{text:?} into {app}");
        }
    }
}
