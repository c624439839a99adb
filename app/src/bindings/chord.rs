//! Keys with their modifiers, as people write them: `Ctrl+Alt+Space`, `F9`, `Right Ctrl`.

use std::fmt::{self, Display, Formatter};
use std::str::FromStr;

/// A key with the modifiers that are held with it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Chord {
    pub modifiers: Modifiers,
    pub key: Key,
}

/// Modifiers that are held with a key, the left or the right one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Modifiers {
    pub ctrl: bool,
    pub alt: bool,
    pub shift: bool,
    /// The key with a logo.
    pub logo: bool,
}

/// A key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Key {
    /// F1 to F24.
    F(u8),
    /// What is printed on it: a small letter, a digit or a sign of Latin 1.
    Printed(char),
    /// One of [`NAMED`].
    Named(&'static Named),
    /// A modifier on the right side, held alone.
    Alone(RightModifier),
}

/// A key with a name.
#[derive(Debug, PartialEq, Eq, Hash)]
pub struct Named {
    /// For people.
    pub name: &'static str,
    /// As xkbcommon and compositors call it.
    pub xkb: &'static str,
    /// The keysym.
    pub keysym: u32,
    /// Whether writing does without it, so that it may stand without modifiers.
    pub spare: bool,
}

/// Modifiers that can be held alone: hands seldom need those on the right.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum RightModifier {
    Ctrl,
    /// Also AltGr, where the layout makes it that.
    Alt,
    Shift,
    Logo,
}

const fn named(name: &'static str, xkb: &'static str, keysym: u32, spare: bool) -> Named {
    Named { name, xkb, keysym, spare }
}

/// The keys with names. Keysyms are those of the X Window System Protocol (appendix A) and of
/// XF86keysym.h.
pub static NAMED: [Named; 30] = [
    named("Space", "space", 0x20, false),
    named("Enter", "Return", 0xff0d, false),
    named("Tab", "Tab", 0xff09, false),
    named("Escape", "Escape", 0xff1b, false),
    named("Backspace", "BackSpace", 0xff08, false),
    named("Delete", "Delete", 0xffff, false),
    named("Insert", "Insert", 0xff63, false),
    named("Home", "Home", 0xff50, false),
    named("End", "End", 0xff57, false),
    named("PageUp", "Prior", 0xff55, false),
    named("PageDown", "Next", 0xff56, false),
    named("Left", "Left", 0xff51, false),
    named("Up", "Up", 0xff52, false),
    named("Right", "Right", 0xff53, false),
    named("Down", "Down", 0xff54, false),
    named("Plus", "plus", 0x2b, false),
    named("Minus", "minus", 0x2d, false),
    named("Comma", "comma", 0x2c, false),
    named("Period", "period", 0x2e, false),
    named("Pause", "Pause", 0xff13, true),
    named("ScrollLock", "Scroll_Lock", 0xff14, true),
    named("Print", "Print", 0xff61, true),
    named("Menu", "Menu", 0xff67, true),
    named("Help", "Help", 0xff6a, true),
    named("Mute", "XF86AudioMute", 0x1008_ff12, true),
    named("MicMute", "XF86AudioMicMute", 0x1008_ffb2, true),
    named("Play", "XF86AudioPlay", 0x1008_ff14, true),
    named("Calculator", "XF86Calculator", 0x1008_ff1d, true),
    named("Mail", "XF86Mail", 0x1008_ff19, true),
    named("Favorites", "XF86Favorites", 0x1008_ff30, true),
];

/// Other names for keys, without case, blanks and signs.
const ALIASES: [(&str, &str); 14] = [
    ("spacebar", "Space"),
    ("return", "Enter"),
    ("esc", "Escape"),
    ("del", "Delete"),
    ("ins", "Insert"),
    ("prior", "PageUp"),
    ("pgup", "PageUp"),
    ("next", "PageDown"),
    ("pgdn", "PageDown"),
    ("break", "Pause"),
    ("scroll", "ScrollLock"),
    ("printscreen", "Print"),
    ("sysrq", "Print"),
    ("microphonemute", "MicMute"),
];

/// Why something is no key that can be bound. The text says what to do.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ChordError {
    /// There is nothing.
    #[error("no key is named; write one such as F9 or Ctrl+Alt+Space")]
    Empty,
    /// Modifiers without a key behind them.
    #[error("{0} needs a key after it, such as {0}+Space")]
    NoKey(String),
    /// No such key.
    #[error("there is no key {name:?}{}", alike.map(|name| format!("; did you mean {name}?")).unwrap_or_default())]
    Unknown { name: String, alike: Option<&'static str> },
    /// A key in the place of a modifier.
    #[error("{0:?} is no modifier; before the key there can be Ctrl, Alt, Shift and Super")]
    NoModifier(String),
    /// A key that writing needs.
    #[error("{0} alone would be missing in every other app; add a modifier, such as Ctrl+Alt+{0}")]
    NeededForWriting(String),
    /// A modifier of the left side, alone.
    #[error("the left {0} is held with other keys all the time; Right {0} can be held alone")]
    LeftAlone(&'static str),
    /// A modifier with a side, and a key.
    #[error("{0} can only be bound alone; with another key leave out which side it is on")]
    Sided(String),
}

impl RightModifier {
    const ALL: [Self; 4] = [Self::Ctrl, Self::Alt, Self::Shift, Self::Logo];

    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Ctrl => "Right Ctrl",
            Self::Alt => "Right Alt",
            Self::Shift => "Right Shift",
            Self::Logo => "Right Super",
        }
    }

    fn short(self) -> &'static str {
        self.name().trim_start_matches("Right ")
    }

    /// The keysyms that layouts give it: Right Alt has several.
    pub fn keysyms(self) -> &'static [u32] {
        match self {
            Self::Ctrl => &[0xffe4],
            // Alt_R, ISO_Level3_Shift, Mode_switch.
            Self::Alt => &[0xffea, 0xfe03, 0xff7e],
            Self::Shift => &[0xffe2],
            // Super_R, Meta_R.
            Self::Logo => &[0xffec, 0xffe8],
        }
    }

    fn xkb(self) -> &'static str {
        match self {
            Self::Ctrl => "Control_R",
            Self::Alt => "Alt_R",
            Self::Shift => "Shift_R",
            Self::Logo => "Super_R",
        }
    }
}

impl Key {
    /// Its name as xkbcommon and compositors write it.
    pub fn xkb(self) -> String {
        match self {
            Self::F(number) => format!("F{number}"),
            Self::Printed(sign) if sign.is_ascii_alphanumeric() => sign.to_string(),
            // xkbcommon takes any character by its number.
            Self::Printed(sign) => format!("U{:04X}", u32::from(sign)),
            Self::Named(key) => key.xkb.to_owned(),
            Self::Alone(modifier) => modifier.xkb().to_owned(),
        }
    }

    /// The keysyms that mean it.
    pub fn keysyms(self) -> Vec<u32> {
        match self {
            Self::F(number) => vec![0xffbd + u32::from(number)],
            Self::Printed(sign) => vec![u32::from(sign)],
            Self::Named(key) => vec![key.keysym],
            Self::Alone(modifier) => modifier.keysyms().to_vec(),
        }
    }

    fn parse(name: &str) -> Option<Self> {
        let mut signs = name.chars();
        if let (Some(sign), None) = (signs.next(), signs.next()) {
            let sign = sign.to_lowercase().next().unwrap_or(sign);
            let named = NAMED.iter().find(|key| key.keysym == u32::from(sign));
            let printed = sign.is_ascii_graphic() || ('\u{a1}'..='\u{ff}').contains(&sign);
            return named.map(Self::Named).or(printed.then_some(Self::Printed(sign)));
        }
        let plain = plain(name);
        if let Some(number) = plain.strip_prefix('f').and_then(|n| n.parse().ok()) {
            return (1..=24).contains(&number).then_some(Self::F(number));
        }
        let alias = ALIASES.iter().find(|(alias, _)| *alias == plain).map(|(_, name)| *name);
        let named = |key: &&Named| {
            alias == Some(key.name) || plain == self::plain(key.name) || plain == self::plain(key.xkb)
        };
        NAMED.iter().find(named).map(Self::Named)
    }
}

impl Display for Key {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::F(number) => write!(f, "F{number}"),
            Self::Printed(sign) => write!(f, "{}", sign.to_uppercase()),
            Self::Named(key) => f.write_str(key.name),
            Self::Alone(modifier) => f.write_str(modifier.name()),
        }
    }
}

impl Modifiers {
    /// Those that are held, by their names.
    pub fn names(self) -> impl Iterator<Item = &'static str> {
        let all = [(self.ctrl, "Ctrl"), (self.alt, "Alt"), (self.shift, "Shift"), (self.logo, "Super")];
        all.into_iter().filter_map(|(held, name)| held.then_some(name))
    }

    fn add(&mut self, name: &str) -> bool {
        let place = match plain(name).as_str() {
            "ctrl" | "control" | "strg" => &mut self.ctrl,
            "alt" | "mod1" => &mut self.alt,
            "shift" => &mut self.shift,
            "super" | "logo" | "win" | "windows" | "meta" | "mod4" => &mut self.logo,
            _ => return false,
        };
        *place = true;
        true
    }
}

impl Display for Chord {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        for name in self.modifiers.names() {
            write!(f, "{name}+")?;
        }
        write!(f, "{}", self.key)
    }
}

impl FromStr for Chord {
    type Err = ChordError;

    fn from_str(text: &str) -> Result<Self, ChordError> {
        let text = text.trim();
        // The last + of `Ctrl++` is a key.
        let (before, last) = match text.strip_suffix('+') {
            Some(before) if before.is_empty() || before.ends_with('+') => {
                (before.strip_suffix('+').unwrap_or(""), "+")
            }
            Some(before) => (before, ""),
            None => text.rsplit_once('+').unwrap_or(("", text)),
        };
        let (before, last) = (before.trim(), last.trim());
        if last.is_empty() {
            return Err(if before.is_empty() { ChordError::Empty } else { ChordError::NoKey(before.into()) });
        }
        let mut modifiers = Modifiers::default();
        for name in before.split('+').map(str::trim).filter(|_| !before.is_empty()) {
            if sided(name).is_some() {
                return Err(ChordError::Sided(name.into()));
            }
            if !modifiers.add(name) {
                return Err(ChordError::NoModifier(name.into()));
            }
        }
        if let Some((right, modifier)) = sided(last) {
            return match (right, before.is_empty()) {
                (true, true) => Ok(Self { modifiers, key: Key::Alone(modifier) }),
                (false, true) => Err(ChordError::LeftAlone(modifier.short())),
                (_, false) => Err(ChordError::Sided(last.into())),
            };
        }
        if Modifiers::default().add(last) {
            return Err(ChordError::NoKey(text.into()));
        }
        let key =
            Key::parse(last).ok_or_else(|| ChordError::Unknown { name: last.into(), alike: alike(last) })?;
        let spare = match key {
            Key::F(_) | Key::Alone(_) => true,
            Key::Printed(_) => false,
            Key::Named(key) => key.spare,
        };
        let Modifiers { ctrl, alt, logo, .. } = modifiers;
        if !(spare || ctrl || alt || logo) {
            return Err(ChordError::NeededForWriting(key.to_string()));
        }
        Ok(Self { modifiers, key })
    }
}

/// A modifier with a side, and whether that is the right one.
fn sided(name: &str) -> Option<(bool, RightModifier)> {
    let plain = plain(name);
    if plain == "altgr" {
        return Some((true, RightModifier::Alt));
    }
    for (side, right) in [("right", true), ("left", false), ("r", true), ("l", false)] {
        let found = |modifier: &RightModifier| {
            let named = |rest: &str| {
                let (mut one, mut other) = (Modifiers::default(), Modifiers::default());
                one.add(rest) && other.add(modifier.short()) && one == other
            };
            plain.strip_prefix(side).is_some_and(named) || plain.strip_suffix(side).is_some_and(named)
        };
        if let Some(modifier) = RightModifier::ALL.into_iter().find(found) {
            return Some((right, modifier));
        }
    }
    None
}

/// A name without case, blanks and signs.
fn plain(name: &str) -> String {
    name.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

/// The name that was probably meant.
fn alike(name: &str) -> Option<&'static str> {
    const ENOUGH: f64 = 0.8;
    let name = plain(name);
    let own = NAMED.iter().map(|key| (plain(key.name), key.name));
    let aliases = ALIASES.iter().map(|(alias, name)| ((*alias).to_owned(), *name));
    let rights = RightModifier::ALL.into_iter().map(|modifier| (plain(modifier.name()), modifier.name()));
    let rated =
        own.chain(aliases).chain(rights).map(|(known, shown)| (strsim::jaro_winkler(&known, &name), shown));
    rated.filter(|(rate, _)| *rate >= ENOUGH).max_by(|a, b| a.0.total_cmp(&b.0)).map(|(_, shown)| shown)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn printed(text: &str) -> String {
        text.parse::<Chord>().map_or_else(|error| error.to_string(), |chord| chord.to_string())
    }

    #[test]
    fn chords_are_printed_in_one_way_however_they_were_written() {
        let table = [
            ("ctrl+alt+space", "Ctrl+Alt+Space"),
            (" Alt + Control + spacebar ", "Ctrl+Alt+Space"),
            ("F9", "F9"),
            ("shift+f24", "Shift+F24"),
            ("pause", "Pause"),
            ("Scroll_Lock", "ScrollLock"),
            ("scroll lock", "ScrollLock"),
            ("Super+d", "Super+D"),
            ("Ctrl++", "Ctrl+Plus"),
            ("Ctrl+Ü", "Ctrl+Ü"),
            ("Strg+7", "Ctrl+7"),
            ("Right Ctrl", "Right Ctrl"),
            ("Control_R", "Right Ctrl"),
            ("rctrl", "Right Ctrl"),
            ("AltGr", "Right Alt"),
            ("Super_R", "Right Super"),
            ("XF86AudioMicMute", "MicMute"),
        ];
        for (written, expected) in table {
            assert_eq!(printed(written), expected, "{written}");
            assert_eq!(printed(expected), expected, "{expected} is read as it is printed");
        }
    }

    #[test]
    fn every_named_key_is_found_by_its_names() {
        for key in &NAMED {
            assert_eq!(Key::parse(key.name), Some(Key::Named(key)), "{}", key.name);
            assert_eq!(Key::parse(key.xkb), Some(Key::Named(key)), "{}", key.xkb);
        }
        for (alias, name) in ALIASES {
            assert_eq!(Key::parse(alias).map(|key| key.to_string()).as_deref(), Some(name), "{alias}");
        }
    }

    #[test]
    fn what_cannot_be_bound_says_why() {
        let table = [
            ("", "no key is named; write one such as F9 or Ctrl+Alt+Space"),
            ("a", "A alone would be missing in every other app; add a modifier, such as Ctrl+Alt+A"),
            ("Shift+a", "A alone would be missing in every other app; add a modifier, such as Ctrl+Alt+A"),
            (
                "Space",
                "Space alone would be missing in every other app; add a modifier, such as Ctrl+Alt+Space",
            ),
            ("Ctrl+Puase", "there is no key \"Puase\"; did you mean Pause?"),
            ("Scrolllok", "there is no key \"Scrolllok\"; did you mean ScrollLock?"),
            ("Xyzzy", "there is no key \"Xyzzy\""),
            ("F25", "there is no key \"F25\""),
            ("F0", "there is no key \"F0\""),
            ("Ctrl+", "Ctrl needs a key after it, such as Ctrl+Space"),
            ("Ctrl+Alt", "Ctrl+Alt needs a key after it, such as Ctrl+Alt+Space"),
            ("F9+F10", "\"F9\" is no modifier; before the key there can be Ctrl, Alt, Shift and Super"),
            ("Left Ctrl", "the left Ctrl is held with other keys all the time; Right Ctrl can be held alone"),
            (
                "Right Ctrl+F9",
                "Right Ctrl can only be bound alone; with another key leave out which side it is on",
            ),
            ("世", "there is no key \"世\""),
        ];
        for (written, expected) in table {
            assert_eq!(printed(written), expected, "{written:?}");
        }
    }

    #[test]
    fn keysyms_are_those_of_the_protocol() {
        let keysym = |text: &str| text.parse::<Chord>().unwrap().key.keysyms();
        assert_eq!((keysym("F1"), keysym("F24")), (vec![0xffbe], vec![0xffd5]));
        assert_eq!((keysym("Ctrl+A"), keysym("Ctrl+Ä")), (vec![0x61], vec![0xe4]));
        assert!(keysym("Right Alt").contains(&0xfe03), "AltGr is a right Alt");
    }
}
