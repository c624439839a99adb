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

/// The character that a keysym stands for, where [`keysym`] makes it of one.
pub fn character(keysym: Keysym) -> Option<char> {
    let character = match keysym {
        0x20..=0x7e | 0xa0..=0xff => char::from_u32(keysym)?,
        RETURN => '\n',
        TAB => '\t',
        _ => char::from_u32(keysym.checked_sub(0x0100_0000)?)?,
    };
    (self::keysym(character) == Some(keysym)).then_some(character)
}

/// The first of a layout's two columns. There are two layouts; a key with one means the same in all.
fn column(means: &[Keysym], layout: usize) -> usize {
    if means.get(2).is_some_and(|&second| second != 0) { 2 * layout } else { 0 }
}

impl Keymap {
    /// What a key means, as [`Keymap::find`] has it.
    pub fn meaning(&self, key: Key, layout: usize) -> Option<Keysym> {
        let (_, means) = self.keys().find(|(code, _)| *code == key.code)?;
        means.get(column(means, layout) + usize::from(key.shift)).copied()
    }

    fn keys(&self) -> impl Iterator<Item = (Keycode, &[Keysym])> {
        (self.first..=u8::MAX).zip(self.keysyms.chunks_exact(self.columns.max(1)))
    }

    /// The key that makes this in the keyboard's layout of that number, plain or with Shift.
    pub fn find(&self, keysym: Keysym, layout: usize) -> Option<Key> {
        let mut found = None;
        for (code, means) in self.keys() {
            let column = column(means, layout);
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

/// What a borrowed key means, plain and with Shift.
pub type Meanings = [Keysym; 2];

/// Keys that get a meaning for a while, and what is pressed then.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Stretch {
    pub borrowed: Vec<(Keycode, Meanings)>,
    pub keys: Vec<Key>,
}

impl Stretch {
    /// The key that was given this meaning.
    fn lent(&self, keysym: Keysym) -> Option<Key> {
        self.borrowed.iter().find_map(|(code, meanings)| {
            let shift = meanings.iter().position(|&meaning| meaning == keysym)? == 1;
            Some(Key { code: *code, shift })
        })
    }

    /// Gives a key this meaning; `None` if each of them has one, plain and with Shift.
    fn lend(&mut self, keysym: Keysym, spare: &[Keycode], with_shift: bool) -> Option<Key> {
        if let Some((code, meanings)) = self.borrowed.last_mut()
            && with_shift
            && meanings[0] == meanings[1]
        {
            meanings[1] = keysym;
            return Some(Key { code: *code, shift: true });
        }
        let code = *spare.get(self.borrowed.len())?;
        self.borrowed.push((code, [keysym; 2]));
        Some(Key { code, shift: false })
    }
}

/// Divides text into stretches such that no key changes its meaning within one. Characters that no key
/// makes in this layout take spare ones.
///
/// # Errors
/// The first character that cannot be typed, because no key makes it and none is spare.
pub fn stretches(text: &str, map: &Keymap, layout: usize) -> Result<Vec<Stretch>, char> {
    let spare = map.spare();
    let with_shift = map.anywhere(SHIFT).is_some();
    let mut all = Vec::new();
    let mut last = Stretch::default();
    for character in text.chars() {
        let Some(keysym) = keysym(character) else { continue };
        let known = map.find(keysym, layout).filter(|key| with_shift || !key.shift);
        let mut key = known.or_else(|| last.lent(keysym)).or_else(|| last.lend(keysym, &spare, with_shift));
        if key.is_none() {
            all.push(std::mem::take(&mut last));
            key = last.lend(keysym, &spare, with_shift);
        }
        last.keys.push(key.ok_or(character)?);
    }
    all.push(last);
    all.retain(|stretch| !stretch.keys.is_empty());
    Ok(all)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Keys 8 to 14: a, v, one with a second layout, Return, two spare ones, Shift.
    fn map() -> Keymap {
        let rows: [[u32; 4]; 7] = [
            [0x61, 0x41, 0, 0],
            [0x76, 0x56, 0, 0],
            [0x64, 0x44, 0x06c4, 0x06e4],
            [RETURN, 0, 0, 0],
            [0; 4],
            [0; 4],
            [SHIFT, 0, 0, 0],
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
            assert_eq!(expected.and_then(super::character), expected.map(|_| character));
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
        for (keysym, layout) in [(0x56, 0), (0x76, 1), (0x64, 0), (0x06e4, 1)] {
            assert_eq!(map.find(keysym, layout).and_then(|key| map.meaning(key, layout)), Some(keysym));
        }
        assert_eq!(map.meaning(key(200, false), 0), None);
        assert_eq!(map.spare(), [12, 13]);
        assert_eq!(map.anywhere(0x06c4), Some(10));
    }

    #[test]
    fn no_key_changes_its_meaning_within_a_stretch() {
        let two = stretches("aVüßüéñ€\n", &map(), 0);
        let keys = vec![
            key(8, false),
            key(9, true),
            key(12, false),
            key(12, true),
            key(12, false),
            key(13, false),
            key(13, true),
        ];
        let expected = vec![
            Stretch { borrowed: vec![(12, [0xfc, 0xdf]), (13, [0xe9, 0xf1])], keys },
            Stretch { borrowed: vec![(12, [0x0100_20ac; 2])], keys: vec![key(12, false), key(11, false)] },
        ];
        assert_eq!(two, Ok(expected));
        assert_eq!(stretches("", &map(), 0), Ok(vec![]));
    }

    #[test]
    fn what_cannot_be_typed_is_not_left_out() {
        let none = Keymap { first: 8, columns: 2, keysyms: vec![0x61, 0x41] };
        assert_eq!(stretches("aüa", &none, 0), Err('ü'));
        assert_eq!(stretches("aA", &none, 0), Err('A'), "there is no Shift");
        let one = Keymap { first: 8, columns: 1, keysyms: vec![0x61, 0] };
        let stretch = |keysym: Keysym, keys| Stretch { borrowed: vec![(9, [keysym; 2])], keys };
        let expected = vec![
            stretch(0xfc, vec![key(8, false), key(9, false)]),
            stretch(0xe9, vec![key(9, false), key(8, false)]),
        ];
        assert_eq!(stretches("aüéa", &one, 0), Ok(expected));
    }
}
