//! Keys pressed by a program, through the server's XTEST extension.
//!
//! Characters that no key makes borrow keys that mean nothing. The receiver learns of that by an event that
//! comes before the keys', but it asks what the keys mean only when it takes that event in; so a borrowed
//! key changes its meaning only after the receiver has been seen to have taken in everything. Nobody waits for
//! that when the text is finished: keys are given back before the next text, or [a while](Keyboard::rest) later.

use super::display::{Answer, Display, DisplayError, after};
use super::keymap::{self, Key, Keycode, Keymap, Keysym, Meanings, Stretch, stretches};
use super::receiver;
use std::thread::sleep;
use std::time::{Duration, Instant};
use x11rb::protocol::xproto::{
    ConnectionExt as _, GrabMode, GrabStatus, KEY_PRESS_EVENT, KEY_RELEASE_EVENT, KeyButMask, Window,
};
use x11rb::protocol::xtest::ConnectionExt as _;
use x11rb::wrapper::ConnectionExt as _;

/// How long somebody may hold a modifier down, or have the keyboard for themselves, before nothing is inserted.
const HELD: Duration = Duration::from_secs(1);
/// Pause between two looks at what is held.
const LOOK: Duration = Duration::from_millis(5);
/// Receivers need a moment to ask what the keys mean now.
const REMAPPED: Duration = Duration::from_millis(10);
/// Keys after which the server gets time to hand them out.
const RUN: usize = 32;

/// An app that takes nothing in for longer is stuck.
const PATIENCE: Duration = Duration::from_secs(10);
/// The same, where somebody else may want something meanwhile.
const GLANCE: Duration = Duration::from_millis(500);
/// Borrowed keys go back this long after they were pressed last.
const BORROWED: Duration = Duration::from_secs(3);
/// And no later than this, whether the app has taken them in or not.
const LONGEST: Duration = Duration::from_secs(60);

/// A keyboard that nobody touches.
pub struct Keyboard {
    display: Display,
    lent: Option<Lent>,
}

/// Keys that have a meaning for a while.
struct Lent {
    keys: Vec<(Keycode, Meanings)>,
    columns: usize,
    /// Who has to take in what was typed by them.
    receiver: Window,
    due: Instant,
    until: Instant,
}

/// How far a text was typed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Typed {
    All,
    /// So many keys, then another window had the focus.
    UntilMoved(usize),
    /// So many keys, then the receiver took nothing in any more.
    UntilStuck(usize),
}

impl Keyboard {
    /// Connects to the X server.
    ///
    /// # Errors
    /// If there is none, or none that can press keys.
    pub fn open() -> Answer<Self> {
        let display = Display::open()?;
        display.connection.xtest_get_version(2, 2)?.reply()?;
        Ok(Self { display, lent: None })
    }

    /// Waits until nobody has the keyboard for themselves, such as a screen lock or an open menu, which would
    /// get the keys instead. Says whether that came about.
    pub fn wait_until_free(&self) -> Answer<bool> {
        let Display { connection, root, .. } = &self.display;
        let end = after(HELD);
        loop {
            // Where the focus is already, most apps do not even notice. 0 and 1 are no windows.
            let focus = self.focus()?;
            let window = if focus > 1 { focus } else { *root };
            let (now, mode) = (x11rb::CURRENT_TIME, GrabMode::ASYNC);
            let grab = connection.grab_keyboard(false, window, now, mode, mode)?;
            let status = grab.reply()?.status;
            if status == GrabStatus::SUCCESS {
                connection.ungrab_keyboard(x11rb::CURRENT_TIME)?;
                connection.sync()?;
                return Ok(true);
            }
            if Instant::now() >= end {
                return Ok(false);
            }
            sleep(LOOK);
        }
    }

    /// Waits until no modifier is held down: with it, other keys would mean something else. Says whether
    /// that came about.
    pub fn wait_for_release(&self) -> Answer<bool> {
        let connection = &self.display.connection;
        let mapping = connection.get_modifier_mapping()?.reply()?;
        let row = usize::from(mapping.keycodes_per_modifier());
        // The second row is Caps Lock, which is down for as long as a finger is on it only.
        let modifiers: Vec<Keycode> = mapping
            .keycodes
            .chunks(row.max(1))
            .enumerate()
            .filter(|(number, _)| *number != 1)
            .flat_map(|(_, codes)| codes.iter().copied().filter(|&code| code != 0))
            .collect();
        let end = after(HELD);
        loop {
            let down = connection.query_keymap()?.reply()?.keys;
            if !modifiers.iter().any(|&code| down[usize::from(code / 8)] >> (code % 8) & 1 == 1) {
                return Ok(true);
            }
            if Instant::now() >= end {
                return Ok(false);
            }
            sleep(LOOK);
        }
    }

    /// Presses a key with others held down, and lets go of all.
    ///
    /// # Errors
    /// If the keyboard has no such keys.
    pub fn chord(&mut self, held: &[Keysym], keysym: Keysym, receiver: Window) -> Answer<()> {
        self.display.drain()?;
        let map = self.display.keymap()?;
        let (layout, _) = self.state()?;
        let held: Option<Vec<Keycode>> = held.iter().map(|&keysym| map.anywhere(keysym)).collect();
        let held = held.ok_or(DisplayError::NoKey)?;
        if let Some(key) = map.find(keysym, layout).filter(|key| !key.shift) {
            return self.press(&held, key.code);
        }
        self.give_back(receiver)?;
        let map = self.display.keymap()?;
        let code = map.spare().first().copied().ok_or(DisplayError::NoKey)?;
        self.lend(&map, vec![(code, [keysym; 2])], receiver)?;
        self.press(&held, code)
    }

    fn press(&self, held: &[Keycode], code: Keycode) -> Answer<()> {
        held.iter().try_for_each(|&code| self.key(KEY_PRESS_EVENT, code))?;
        self.key(KEY_PRESS_EVENT, code)?;
        self.key(KEY_RELEASE_EVENT, code)?;
        held.iter().rev().try_for_each(|&code| self.key(KEY_RELEASE_EVENT, code))?;
        self.display.connection.sync()?;
        Ok(())
    }

    /// How often keys have to be borrowed to type this; `None` if it cannot be typed at all.
    pub fn turns(&mut self, text: &str, receiver: Window) -> Answer<Option<usize>> {
        self.give_back(receiver)?;
        let (layout, _) = self.state()?;
        Ok(stretches(text, &self.display.keymap()?, layout).ok().map(|stretches| stretches.len()))
    }

    /// Whether it can be known what the receiver has taken in.
    pub fn can_ask(&mut self, receiver: Window) -> Answer<bool> {
        receiver::can_be_asked(&mut self.display, receiver)
    }

    /// Lets the receiver take in what came up to now, if it answers at all.
    pub fn settle(&mut self, receiver: Window) -> Answer<()> {
        receiver::settle(&mut self.display, receiver)
    }

    /// Types text into the window that has the focus, which is the receiver's, for as long as it has it.
    ///
    /// # Errors
    /// If there are characters that cannot be typed; none is typed then.
    pub fn write(&mut self, text: &str, receiver: Window) -> Answer<Typed> {
        self.give_back(receiver)?;
        let map = self.display.keymap()?;
        let (layout, capitals) = self.state()?;
        let stretches = stretches(text, &map, layout).map_err(|_| DisplayError::NoKey)?;
        let caps_lock = map.anywhere(keymap::CAPS_LOCK).filter(|_| capitals);
        if let Some(code) = caps_lock {
            self.press(&[], code)?;
        }
        let typed = self.write_all(&map, stretches, receiver);
        if let Some(code) = caps_lock {
            self.press(&[], code)?;
        }
        typed
    }

    fn write_all(&mut self, map: &Keymap, stretches: Vec<Stretch>, receiver: Window) -> Answer<Typed> {
        let shift = map.anywhere(keymap::SHIFT);
        let focus = self.focus()?;
        let mut typed = 0;
        for Stretch { borrowed, keys } in stretches {
            if !borrowed.is_empty() {
                let reused = self.lent.is_some();
                if reused && !receiver::wait_until_taken_in(&mut self.display, receiver, PATIENCE)? {
                    return Ok(Typed::UntilStuck(typed));
                }
                self.lend(map, borrowed, receiver)?;
            }
            for run in keys.chunks(RUN) {
                if self.focus()? != focus {
                    return Ok(Typed::UntilMoved(typed));
                }
                run.iter().try_for_each(|key| self.strike(*key, shift))?;
                self.display.connection.sync()?;
                typed += run.len();
                sleep(Duration::from_millis(2));
            }
            if let Some(lent) = &mut self.lent {
                lent.due = after(BORROWED);
            }
        }
        Ok(Typed::All)
    }

    /// The window that gets keys. Whoever manages windows may call one active a moment later.
    fn focus(&self) -> Answer<Window> {
        Ok(self.display.connection.get_input_focus()?.reply()?.focus)
    }

    fn strike(&self, key: Key, shift: Option<Keycode>) -> Answer<()> {
        let shift = shift.filter(|_| key.shift);
        shift.map_or(Ok(()), |code| self.key(KEY_PRESS_EVENT, code))?;
        self.key(KEY_PRESS_EVENT, key.code)?;
        self.key(KEY_RELEASE_EVENT, key.code)?;
        shift.map_or(Ok(()), |code| self.key(KEY_RELEASE_EVENT, code))
    }

    fn key(&self, kind: u8, code: Keycode) -> Answer<()> {
        self.display.connection.xtest_fake_input(kind, code, x11rb::CURRENT_TIME, x11rb::NONE, 0, 0, 0)?;
        Ok(())
    }

    /// Number of the layout in use, and whether Caps Lock is on.
    fn state(&self) -> Answer<(usize, bool)> {
        let mask = self.display.connection.query_pointer(self.display.root)?.reply()?.mask;
        // Bits 13 and 14, by the X Keyboard Extension's protocol, 2.1.1.
        Ok((usize::from(u16::from(mask) >> 13 & 3), mask.contains(KeyButMask::LOCK)))
    }

    /// Gives keys a meaning, and takes from those that have one what they need no more.
    fn lend(&mut self, map: &Keymap, keys: Vec<(Keycode, Meanings)>, receiver: Window) -> Answer<()> {
        // Noted first: a key that has got its meaning by halves goes back all the same.
        let earlier = self.lent.take().map(|lent| lent.keys).unwrap_or_default();
        let (columns, due, until) = (map.columns, after(BORROWED), after(LONGEST));
        let unused = earlier.iter().map(|key| key.0).filter(|code| keys.iter().all(|key| key.0 != *code));
        let mut all: Vec<_> = unused.map(|code| (code, [0; 2])).chain(keys.iter().copied()).collect();
        all.sort_unstable_by_key(|key| key.0);
        self.lent = Some(Lent { keys, columns, receiver, due, until });
        self.mean(columns, &all)?;
        self.display.connection.sync()?;
        sleep(REMAPPED);
        Ok(())
    }

    /// Gives back the keys that were borrowed, once whoever they were pressed for has taken that in. Nobody else
    /// waits long for one that is stuck.
    fn give_back(&mut self, receiver: Window) -> Answer<()> {
        self.display.drain()?;
        if let Some(lent) = &self.lent {
            let patience = if lent.receiver == receiver { PATIENCE } else { GLANCE };
            receiver::wait_until_taken_in(&mut self.display, lent.receiver, patience)?;
        }
        self.take_back()
    }

    /// Does what is due: gives back keys that were borrowed, or tries again later.
    pub fn rest(&mut self) -> Answer<()> {
        self.display.drain()?;
        let now = Instant::now();
        let Some(lent) = self.lent.as_mut().filter(|lent| lent.due <= now) else { return Ok(()) };
        lent.due = now + BORROWED;
        if lent.until <= now || receiver::wait_until_taken_in(&mut self.display, lent.receiver, GLANCE)? {
            self.take_back()?;
        }
        Ok(())
    }

    fn take_back(&mut self) -> Answer<()> {
        let Some(Lent { keys, columns, .. }) = self.lent.take() else { return Ok(()) };
        let nothing: Vec<_> = keys.iter().map(|&(code, _)| (code, [0; 2])).collect();
        self.mean(columns, &nothing)?;
        self.display.connection.sync()?;
        Ok(())
    }

    /// When borrowed keys are to be given back.
    pub fn due(&self) -> Option<Instant> {
        self.lent.as_ref().map(|lent| lent.due)
    }

    /// Gives keys a meaning, the same in every layout. Neighbours get theirs at once, because each change makes
    /// every program ask for all meanings again.
    fn mean(&self, columns: usize, keys: &[(Keycode, Meanings)]) -> Answer<()> {
        let columns = u8::try_from(columns).unwrap_or(2).clamp(2, 4);
        for neighbours in keys.chunk_by(|one, next| one.0.checked_add(1) == Some(next.0)) {
            let count = u8::try_from(neighbours.len()).unwrap_or(u8::MAX);
            let means =
                neighbours.iter().flat_map(|key| key.1.into_iter().cycle().take(usize::from(columns)));
            let means: Vec<Keysym> = means.collect();
            let (first, _) = neighbours[0];
            self.display.connection.change_keyboard_mapping(count, first, columns, &means)?;
        }
        Ok(())
    }
}

impl Drop for Keyboard {
    fn drop(&mut self) {
        // Without a server there is nothing to give back.
        let _ = self.give_back(x11rb::NONE);
    }
}
