//! Which physical keys and modifiers of an X11 keyboard a chord means: pure functions of its mapping.

use crate::bindings::chord::{Chord, Key, Modifiers};

/// Keysyms of the keys that are modifiers.
const NUM_LOCK: u32 = 0xff7f;
const SCROLL_LOCK: u32 = 0xff14;
const ALT: [u32; 2] = [0xffe9, 0xffea];
const META: [u32; 2] = [0xffe7, 0xffe8];
const SUPER: [u32; 2] = [0xffeb, 0xffec];
const SHIFT_MASK: u16 = 1;
const LOCK_MASK: u16 = 1 << 1;
const CONTROL_MASK: u16 = 1 << 2;
/// Mod1, which is Alt on nearly every keyboard.
const MOD1: usize = 3;
/// Mod4, which is Super on nearly every keyboard.
const MOD4: usize = 6;
/// The eight modifiers; above them stand mouse buttons and the layout's number.
const MODIFIERS: u16 = 0xff;

/// A keyboard's mapping, as the display tells it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Keymap {
    first: u8,
    per_key: usize,
    keysyms: Vec<u32>,
    locks: u16,
    alt: u16,
    logo: u16,
}

/// A physical key with modifiers, as it is grabbed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Physical {
    pub code: u8,
    pub modifiers: u16,
}

impl Keymap {
    /// A mapping: `keysyms` has `per_key` of them per key from the key `first` on, `modifiers` the keys of
    /// each of the eight modifiers, in the order Shift, Lock, Control, Mod1 to Mod5.
    pub fn new(first: u8, per_key: u8, keysyms: Vec<u32>, modifiers: &[u8]) -> Self {
        let mut map = Self { first, per_key: usize::from(per_key).max(1), keysyms, ..Self::default() };
        let per_modifier = (modifiers.len() / 8).max(1);
        let of = |wanted: &[u32]| {
            let carries = |codes: &[u8]| {
                codes
                    .iter()
                    .any(|code| *code != 0 && map.of_key(*code).iter().any(|sym| wanted.contains(sym)))
            };
            let masks = modifiers.chunks(per_modifier).take(8).enumerate();
            masks.filter(|(_, codes)| carries(codes)).fold(0, |all, (bit, _)| all | 1 << bit)
        };
        let fixed = SHIFT_MASK | LOCK_MASK | CONTROL_MASK;
        let or = |mask: u16, usual: usize| if mask & !fixed == 0 { 1 << usual } else { mask & !fixed };
        let alt = of(&ALT) | if of(&ALT) == 0 { of(&META) } else { 0 };
        let (alt, logo) = (or(alt, MOD1), or(of(&SUPER), MOD4));
        let locks = LOCK_MASK | (of(&[NUM_LOCK, SCROLL_LOCK]) & !(fixed | alt | logo));
        (map.locks, map.alt, map.logo) = (locks, alt, logo);
        map
    }

    fn of_key(&self, code: u8) -> &[u32] {
        let start = usize::from(code.wrapping_sub(self.first)) * self.per_key;
        if code < self.first { &[] } else { self.keysyms.get(start..start + self.per_key).unwrap_or(&[]) }
    }

    /// The keys that give one of the keysyms at the lowest level at which any key does.
    fn keys_of(&self, keysyms: &[u32]) -> Vec<u8> {
        let codes = || (self.first..=u8::MAX).take(self.keysyms.len() / self.per_key);
        for level in 0..self.per_key {
            let here = |code: &u8| self.of_key(*code).get(level).is_some_and(|sym| keysyms.contains(sym));
            let found: Vec<_> = codes().filter(here).collect();
            if !found.is_empty() {
                return found;
            }
        }
        Vec::new()
    }

    /// What a chord means on this keyboard; several keys may give the same sign, and none of them may.
    pub fn physical(&self, chord: &Chord) -> Vec<Physical> {
        let keysyms = chord.key.keysyms();
        // The first name counts where a key has it: AltGr is what Right Alt means only where there is no other.
        let codes = match chord.key {
            Key::Alone(_) => {
                let each = keysyms.iter().map(|keysym| self.keys_of(&[*keysym]));
                each.into_iter().find(|codes| !codes.is_empty()).unwrap_or_default()
            }
            _ => self.keys_of(&keysyms),
        };
        let modifiers = self.mask(chord.modifiers);
        codes.into_iter().map(|code| Physical { code, modifiers }).collect()
    }

    fn mask(&self, modifiers: Modifiers) -> u16 {
        let Modifiers { ctrl, alt, shift, logo } = modifiers;
        let masks = [(ctrl, CONTROL_MASK), (alt, self.alt), (shift, SHIFT_MASK), (logo, self.logo)];
        masks.into_iter().filter(|(held, _)| *held).fold(0, |all, (_, mask)| all | mask)
    }

    /// Every combination of the locks, none of which is to make a difference.
    pub fn locks(&self) -> impl Iterator<Item = u16> + use<> {
        let locks = self.locks;
        // Every number whose bits are all among those of the locks.
        (0..=locks).filter(move |mask| mask & !locks == 0)
    }

    /// The modifiers of an event's state that make a difference.
    pub fn without_locks(&self, state: u16) -> u16 {
        state & MODIFIERS & !self.locks
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Keys 10 to 17, two levels each.
    fn keymap(modifiers: [[u8; 2]; 8]) -> Keymap {
        let keysyms = [
            [0x61, 0x41], // 10: a A
            [0x26, 0x31], // 11: & 1, as in France
            [0xffc6, 0],  // 12: F9
            [0xff7f, 0],  // 13: NumLock
            [0xffe9, 0],  // 14: left Alt
            [0xfe03, 0],  // 15: AltGr
            [0xff14, 0],  // 16: ScrollLock
            [0xffeb, 0],  // 17: left Super
        ];
        Keymap::new(10, 2, keysyms.concat(), &modifiers.concat())
    }

    fn usual() -> Keymap {
        keymap([[0, 0], [0, 0], [0, 0], [14, 0], [13, 0], [0, 0], [17, 0], [15, 0]])
    }

    fn physical(map: &Keymap, chord: &str) -> Vec<(u8, u16)> {
        map.physical(&chord.parse().unwrap()).into_iter().map(|p| (p.code, p.modifiers)).collect()
    }

    #[test]
    fn chords_find_their_keys() {
        let map = usual();
        assert_eq!(physical(&map, "F9"), [(12, 0)]);
        assert_eq!(physical(&map, "Ctrl+Alt+A"), [(10, 4 | 8)]);
        assert_eq!(physical(&map, "Super+Shift+1"), [(11, 64 | 1)], "digits need Shift in France");
        assert_eq!(physical(&map, "Right Alt"), [(15, 0)]);
        assert_eq!(physical(&map, "ScrollLock"), [(16, 0)]);
        assert_eq!(physical(&map, "F8"), []);
    }

    #[test]
    fn locks_are_found_wherever_they_are() {
        let locks = |map: &Keymap| map.locks().collect::<Vec<_>>();
        assert_eq!(locks(&usual()), [0, 2, 16, 18], "CapsLock, and NumLock on Mod2");
        let moved = keymap([[0, 0], [0, 0], [0, 0], [14, 0], [0, 0], [16, 13], [17, 0], [0, 0]]);
        assert_eq!(locks(&moved), [0, 2, 32, 34], "both on Mod3");
        assert_eq!(usual().without_locks(2 | 16 | 8 | 0x2000), 8, "the layout makes no difference either");
        let bare = keymap([[0; 2]; 8]);
        assert_eq!((locks(&bare), physical(&bare, "Alt+A")), (vec![0, 2], vec![(10, 8)]));
    }

    #[test]
    fn a_mapping_that_makes_no_sense_does_no_harm() {
        for (first, per_key, modifiers) in [(255, 0, &[][..]), (8, 7, &[255; 3]), (0, 1, &[1; 64])] {
            let map = Keymap::new(first, per_key, vec![0xffc6; 9], modifiers);
            assert!(map.physical(&"F9".parse().unwrap()).len() < 256);
        }
    }
}
