//! Which key makes which character, as the X server's core protocol tells it.
//!
//! Source: X Window System Protocol, chapter 5 (Keyboards) and appendix A (KEYSYM Encoding).

/// Number of a key.
pub type Keycode = u8;
/// What a key means; see appendix A of the protocol.
pub type Keysym = u32;

pub const RETURN: Keysym = 0xff0d;
pub const TAB: Keysym = 0xff09;
pub const INSERT: Keysym = 0xff63;
pub const SHIFT: Keysym = 0xffe1;
pub const CONTROL: Keysym = 0xffe3;
pub const CAPS_LOCK: Keysym = 0xffe5;

/// What all keys mean.
#[derive(Clone, Debug)]
pub struct Keymap {
    /// Number of the first key.
    pub first: Keycode,
    /// Meanings of one key.
    pub columns: usize,
    /// Meanings of all keys, one key after the other; 0 is none.
    pub keysyms: Vec<Keysym>,
}

/// A key to press, and whether Shift is held meanwhile.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Key {
    pub code: Keycode,
    pub shift: bool,
}

/// The keysym of a character; `None` for control characters that are no keys.
pub fn keysym(character: char) -> Option<Keysym> {
    match character {
        '\n' => Some(RETURN),
        '\t' => Some(TAB),
        ' '..='~' | '\u{a0}'..='\u{ff}' => Some(u32::from(character)),
        character if character.is_control() => None,
        character => Some(0x0100_0000 | u32::from(character)),
    }
}

impl Keymap {
    fn keys(&self) -> impl Iterator<Item = (Keycode, &[Keysym])> {
        (self.first..=u8::MAX).zip(self.keysyms.chunks_exact(self.columns.max(1)))
    }

    /// The key that makes this in the keyboard's layout of that number, plain or with Shift.
    pub fn find(&self, keysym: Keysym, layout: usize) -> Option<Key> {
        // Two columns per layout, for the first two; a key with one layout means the same in all.
        let mut found = None;
        for (code, means) in self.keys() {
            let column = if means.get(2).is_some_and(|&second| second != 0) { 2 * layout } else { 0 };
            for (shift, column) in [(false, column), (true, column + 1)] {
                if column < 4
                    && means.get(column) == Some(&keysym)
                    && found.is_none_or(|f: Key| f.shift && !shift)
                {
                    found = Some(Key { code, shift });
                }
            }
        }
        found
    }

    /// The keys that mean nothing.
    pub fn spare(&self) -> Vec<Keycode> {
        self.keys()
            .filter(|(_, means)| means.iter().all(|&keysym| keysym == 0))
            .map(|(code, _)| code)
            .collect()
    }

    /// The first of these that some key means, in any layout.
    pub fn anywhere(&self, keysym: Keysym) -> Option<Keycode> {
        self.keys().find(|(_, means)| means.contains(&keysym)).map(|(code, _)| code)
    }
}

/// Keys that get a meaning for a while, and what is pressed then.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Stretch {
    pub borrowed: Vec<(Keycode, Keysym)>,
    pub keys: Vec<Key>,
}

/// Divides text into stretches such that no key changes its meaning within one. Characters that no key
/// makes in this layout take spare ones; without spare ones they are left out.
pub fn stretches(text: &str, map: &Keymap, layout: usize) -> Vec<Stretch> {
    let spare = map.spare();
    let mut all = vec![Stretch::default()];
    for keysym in text.chars().filter_map(keysym) {
        let Some(mut last) = all.pop() else { break };
        let borrowed = last.borrowed.iter().find(|(_, meaning)| *meaning == keysym).map(|(code, _)| *code);
        if let Some(key) = map.find(keysym, layout) {
            last.keys.push(key);
        } else if let Some(code) = borrowed {
            last.keys.push(Key { code, shift: false });
        } else if !spare.is_empty() {
            if last.borrowed.len() == spare.len() {
                all.push(std::mem::take(&mut last));
            }
            let code = spare[last.borrowed.len()];
            last.borrowed.push((code, keysym));
            last.keys.push(Key { code, shift: false });
        }
        all.push(last);
    }
    all.retain(|stretch| !stretch.keys.is_empty());
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Keys 8 to 13: a, v, one with a second layout, Return, and two spare ones.
    fn map() -> Keymap {
        let rows: [[u32; 4]; 6] = [
            [0x61, 0x41, 0, 0],
            [0x76, 0x56, 0, 0],
            [0x64, 0x44, 0x06c4, 0x06e4],
            [RETURN, 0, 0, 0],
            [0; 4],
            [0; 4],
        ];
        Keymap { first: 8, columns: 4, keysyms: rows.concat() }
    }

    fn key(code: Keycode, shift: bool) -> Key {
        Key { code, shift }
    }

    #[test]
    fn characters_have_keysyms() {
        let table = [
            ('a', Some(0x61)),
            ('ü', Some(0xfc)),
            ('€', Some(0x0100_20ac)),
            ('日', Some(0x0100_65e5)),
            ('🎤', Some(0x0101_f3a4)),
            ('\n', Some(RETURN)),
            ('\u{1b}', None),
            ('\u{9b}', None),
        ];
        for (character, expected) in table {
            assert_eq!(keysym(character), expected, "{character:?}");
        }
    }

    #[test]
    fn a_key_is_found_in_the_layout_in_use() {
        let map = map();
        assert_eq!(map.find(0x76, 0), Some(key(9, false)));
        assert_eq!(map.find(0x56, 0), Some(key(9, true)));
        assert_eq!(map.find(0x76, 1), Some(key(9, false)), "it means the same in every layout");
        assert_eq!(map.find(0x64, 0), Some(key(10, false)));
        assert_eq!(map.find(0x64, 1), None);
        assert_eq!(map.find(0x06e4, 1), Some(key(10, true)));
        assert_eq!(map.spare(), [12, 13]);
        assert_eq!(map.anywhere(0x06c4), Some(10));
    }

    #[test]
    fn no_key_changes_its_meaning_within_a_stretch() {
        let two = stretches("aVüßüé\n", &map(), 0);
        let expected = [
            Stretch {
                borrowed: vec![(12, 0xfc), (13, 0xdf)],
                keys: vec![key(8, false), key(9, true), key(12, false), key(13, false), key(12, false)],
            },
            Stretch { borrowed: vec![(12, 0xe9)], keys: vec![key(12, false), key(11, false)] },
        ];
        assert_eq!(two, expected);
        assert_eq!(stretches("", &map(), 0), []);
        let none = Keymap { first: 8, columns: 1, keysyms: vec![0x61] };
        assert_eq!(stretches("aüa", &none, 0)[0].keys, [key(8, false); 2]);
    }
}
