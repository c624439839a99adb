//! Keys pressed by a program, through the server's XTEST extension.
//!
//! Characters that no key makes borrow keys that mean nothing. The receiver learns of that by an event that
//! comes before the keys', but it asks what the keys mean only when it takes that event in; so a borrowed
//! key changes its meaning only after the receiver has been seen to have taken in everything.

use super::display::{Answer, Display, after};
use super::keymap::{self, Key, Keycode, Keymap, Keysym, stretches};
use std::thread::sleep;
use std::time::{Duration, Instant};
use x11rb::connection::Connection;
use x11rb::protocol::Event;
use x11rb::protocol::xproto::{
    Atom, AtomEnum, ChangeWindowAttributesAux, ClientMessageEvent, ConnectionExt as _, EventMask,
    KEY_PRESS_EVENT, KEY_RELEASE_EVENT, KeyButMask, Window,
};
use x11rb::protocol::xtest::ConnectionExt as _;
use x11rb::wrapper::ConnectionExt as _;

/// How long somebody may hold a modifier down before nothing is inserted.
const HELD: Duration = Duration::from_secs(1);
/// Pause between two looks at what is held.
const LOOK: Duration = Duration::from_millis(5);
/// A receiver that answers to being asked whether it is there takes no longer, on a busy machine either.
const PING: Duration = Duration::from_secs(2);
/// How long one that cannot be asked, such as xterm, gets to take in what came; on a busy machine 250 ms were
/// not enough.
const UNASKED: Duration = Duration::from_secs(1);
/// Receivers need a moment to ask what the keys mean now.
const REMAPPED: Duration = Duration::from_millis(10);
/// Keys after which the server gets time to hand them out.
const RUN: usize = 32;

/// A keyboard that nobody touches.
pub struct Keyboard {
    display: Display,
}

impl Keyboard {
    /// Connects to the X server.
    ///
    /// # Errors
    /// If there is none, or none that can press keys.
    pub fn open() -> Answer<Self> {
        let display = Display::open()?;
        display.connection.xtest_get_version(2, 2)?.reply()?;
        let aux = ChangeWindowAttributesAux::new().event_mask(EventMask::SUBSTRUCTURE_NOTIFY);
        display.connection.change_window_attributes(display.root, &aux)?;
        Ok(Self { display })
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
    pub fn chord(&mut self, held: &[Keysym], keysym: Keysym, receiver: Window) -> Answer<()> {
        let map = self.map()?;
        let (layout, _) = self.state()?;
        let held: Vec<Keycode> = held.iter().filter_map(|&keysym| map.anywhere(keysym)).collect();
        let borrowed = match map.find(keysym, layout).filter(|key| !key.shift) {
            Some(key) => {
                return self.press(&held, key.code);
            }
            None => map.spare().first().copied(),
        };
        let Some(code) = borrowed else { return Ok(()) };
        self.lend(&map, &[(code, keysym)])?;
        self.press(&held, code)?;
        self.wait_until_taken_in(receiver)?;
        self.take_back(&map, &[(code, keysym)])
    }

    fn press(&self, held: &[Keycode], code: Keycode) -> Answer<()> {
        held.iter().try_for_each(|&code| self.key(KEY_PRESS_EVENT, code))?;
        self.key(KEY_PRESS_EVENT, code)?;
        self.key(KEY_RELEASE_EVENT, code)?;
        held.iter().rev().try_for_each(|&code| self.key(KEY_RELEASE_EVENT, code))?;
        self.display.connection.sync()?;
        Ok(())
    }

    /// How often keys have to be borrowed to type this. Each time but the first is slow, and a guess where
    /// the receiver cannot be asked what it has taken in.
    pub fn turns(&self, text: &str) -> Answer<usize> {
        let (layout, _) = self.state()?;
        Ok(stretches(text, &self.map()?, layout).len())
    }

    /// Types text into the window that has the focus, which is the receiver's.
    pub fn write(&mut self, text: &str, receiver: Window) -> Answer<()> {
        let map = self.map()?;
        let (layout, capitals) = self.state()?;
        let caps_lock = map.anywhere(keymap::CAPS_LOCK).filter(|_| capitals);
        if let Some(code) = caps_lock {
            self.press(&[], code)?;
        }
        let shift = map.anywhere(keymap::SHIFT);
        for stretch in stretches(text, &map, layout) {
            self.lend(&map, &stretch.borrowed)?;
            for run in stretch.keys.chunks(RUN) {
                run.iter().try_for_each(|key| self.strike(*key, shift))?;
                self.display.connection.sync()?;
                sleep(Duration::from_millis(2));
            }
            if !stretch.borrowed.is_empty() {
                self.wait_until_taken_in(receiver)?;
                self.take_back(&map, &stretch.borrowed)?;
            }
        }
        if let Some(code) = caps_lock {
            self.press(&[], code)?;
        }
        Ok(())
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

    fn map(&self) -> Answer<Keymap> {
        let setup = self.display.connection.setup();
        let (first, last) = (setup.min_keycode, setup.max_keycode);
        let mapping = self.display.connection.get_keyboard_mapping(first, last - first + 1)?.reply()?;
        Ok(Keymap { first, columns: usize::from(mapping.keysyms_per_keycode), keysyms: mapping.keysyms })
    }

    /// Number of the layout in use, and whether Caps Lock is on.
    fn state(&self) -> Answer<(usize, bool)> {
        let mask = self.display.connection.query_pointer(self.display.root)?.reply()?.mask;
        // Bits 13 and 14, by the X Keyboard Extension's protocol, 2.1.1.
        Ok((usize::from(u16::from(mask) >> 13 & 3), mask.contains(KeyButMask::LOCK)))
    }

    fn lend(&self, map: &Keymap, borrowed: &[(Keycode, Keysym)]) -> Answer<()> {
        if borrowed.is_empty() {
            return Ok(());
        }
        self.mean(map, borrowed)?;
        self.display.connection.sync()?;
        sleep(REMAPPED);
        Ok(())
    }

    fn take_back(&self, map: &Keymap, borrowed: &[(Keycode, Keysym)]) -> Answer<()> {
        let nothing: Vec<_> = borrowed.iter().map(|&(code, _)| (code, 0)).collect();
        self.mean(map, &nothing)?;
        self.display.connection.sync()?;
        Ok(())
    }

    /// Gives keys a meaning: the same with Shift and in every layout. Neighbours get theirs at once, because
    /// each change makes every program ask for all meanings again.
    fn mean(&self, map: &Keymap, keys: &[(Keycode, Keysym)]) -> Answer<()> {
        let columns = u8::try_from(map.columns).unwrap_or(1).clamp(1, 4);
        for neighbours in keys.chunk_by(|one, next| one.0.checked_add(1) == Some(next.0)) {
            let count = u8::try_from(neighbours.len()).unwrap_or(u8::MAX);
            let means: Vec<Keysym> =
                neighbours.iter().flat_map(|key| std::iter::repeat_n(key.1, usize::from(columns))).collect();
            let (first, _) = neighbours[0];
            self.display.connection.change_keyboard_mapping(count, first, columns, &means)?;
        }
        Ok(())
    }

    /// Waits until the receiver has taken in every event that was sent up to now, as far as it can be asked:
    /// by `_NET_WM_PING` of the Extended Window Manager Hints, which comes behind them.
    pub fn wait_until_taken_in(&mut self, receiver: Window) -> Answer<()> {
        let protocols = self.display.atom("WM_PROTOCOLS")?;
        let ping = self.display.atom("_NET_WM_PING")?;
        if !self.answers_pings(receiver, protocols, ping)? {
            sleep(UNASKED);
            return Ok(());
        }
        let mut earlier = Vec::new();
        let now = self.display.now(&mut earlier)?;
        let data = [ping, now, receiver, 0, 0];
        let message = ClientMessageEvent::new(32, receiver, protocols, data);
        self.display.connection.send_event(false, receiver, EventMask::NO_EVENT, message)?;
        let end = after(PING);
        while Instant::now() < end {
            if let Some(Event::ClientMessage(message)) = self.display.wait(Some(end), None)?
                && message.type_ == protocols
                && message.data.as_data32()[..2] == [ping, now]
            {
                return Ok(());
            }
        }
        Ok(())
    }

    fn answers_pings(&self, window: Window, protocols: Atom, ping: Atom) -> Answer<bool> {
        let property =
            self.display.connection.get_property(false, window, protocols, AtomEnum::ATOM, 0, 64)?.reply();
        // A window that is gone answers nothing.
        let Ok(property) = property else { return Ok(false) };
        Ok(property.value32().is_some_and(|mut all| all.any(|atom| atom == ping)))
    }
}
