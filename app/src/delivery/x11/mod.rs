//! The way of text to other apps on X11.

mod answering;
mod content;
mod display;
mod handover;
pub mod holder;
mod keyboard;
mod keymap;
mod owner;
mod paste;
mod receiver;
mod saving;
mod transfers;
mod trial;

pub use trial::self_test;

use super::choices::Way;
use super::outlet::{Insertion, NotInserted, Outlet};
use crate::desktop;
use content::Content;
use crossbeam_channel::Receiver;
use display::DisplayError;
use keyboard::{Keyboard, Typed};
use owner::{Loan, Owner};
use std::time::{Duration, Instant};

/// How long an app may take to ask for what it was told to paste.
const PASTING: Duration = Duration::from_secs(2);
/// The server's clock ticks in milliseconds.
const TICK: Duration = Duration::from_millis(2);
/// Enter comes this long after the paste was fetched.
const BEFORE_ENTER: Duration = Duration::from_millis(30);

/// What is said of a text that had to be typed where nobody can say how it came out.
const UNSURE: &str = "the text has more characters that no key makes than the keyboard has spare keys, and this app \
                      cannot be asked what it has taken in: some may be wrong";

/// Clipboard and keyboard of an X server. Connections are made when they are needed and again when they
/// are lost.
#[derive(Default)]
pub struct X11 {
    owner: Option<Owner>,
    keyboard: Option<Keyboard>,
}

/// Whether the X server lets programs press keys.
///
/// # Errors
/// Why not.
pub fn try_out() -> Result<(), String> {
    Keyboard::open().map(drop).map_err(|error| error.to_string())
}

impl X11 {
    /// Does something with the clipboard's owner, with a new one where the old one's connection is gone.
    fn with_owner<T>(&mut self, what: impl FnOnce(&mut Owner) -> Result<T, String>) -> Result<T, String> {
        if self.owner.as_ref().is_some_and(Owner::has_ended) {
            self.owner = None;
        }
        let mut owner = match self.owner.take() {
            Some(owner) => owner,
            None => Owner::start()?,
        };
        let done = what(&mut owner);
        self.owner = Some(owner);
        done
    }

    fn with_keyboard<T>(
        &mut self,
        what: impl FnOnce(&mut Keyboard) -> Result<T, DisplayError>,
    ) -> Result<T, NotInserted> {
        let failed = |error: DisplayError| NotInserted::Failed(error.to_string());
        let mut keyboard = match self.keyboard.take() {
            Some(keyboard) => keyboard,
            None => Keyboard::open().map_err(failed)?,
        };
        let done = what(&mut keyboard).map_err(failed)?;
        self.keyboard = Some(keyboard);
        Ok(done)
    }

    fn paste(&mut self, insertion: &Insertion, way: Way, window: u32) -> Result<Option<String>, NotInserted> {
        let Insertion { text, afterwards, .. } = insertion;
        let content = Content::text(text);
        let content = if afterwards.is_some() { content } else { content.unremembered() };
        let afterwards = afterwards.as_deref().map(Content::text);
        let loan = Loan { content, primary: way == Way::ShiftInsert, afterwards, to: window };
        let problem = self.with_owner(|owner| owner.lend(loan)).map_err(NotInserted::Failed)?;
        let told = self.tell_to_paste(way, window);
        if told.is_err() {
            let _ = self.with_owner(|owner| {
                owner.give_back();
                Ok(())
            });
        }
        // It may come later: the content stays until then, or until it is clear that nothing comes.
        told?.recv_timeout(PASTING).map_err(|_| NotInserted::NotTaken)?;
        Ok(problem)
    }

    /// Presses the chord; gives what gets one value when the paste was served.
    fn tell_to_paste(&mut self, way: Way, window: u32) -> Result<Receiver<()>, NotInserted> {
        // An app that fetches whatever comes to the clipboard does so before it is told to paste.
        self.with_keyboard(|keyboard| keyboard.settle(window))?;
        let served = self.with_owner(Owner::expect).map_err(NotInserted::Failed)?;
        // The key's time is another one than that.
        std::thread::sleep(TICK);
        self.with_keyboard(|keyboard| match way {
            Way::CtrlShiftV => keyboard.chord(&[keymap::CONTROL, keymap::SHIFT], u32::from('v'), window),
            Way::ShiftInsert => keyboard.chord(&[keymap::SHIFT], keymap::INSERT, window),
            Way::CtrlV | Way::Type | Way::Never => keyboard.chord(&[keymap::CONTROL], u32::from('v'), window),
        })?;
        Ok(served)
    }

    /// Types, or pastes what cannot be typed.
    fn type_or_paste(&mut self, insertion: &Insertion, window: u32) -> Result<Option<String>, NotInserted> {
        let Insertion { text, instead, .. } = insertion;
        let turns = self.with_keyboard(|keyboard| keyboard.turns(text, window))?;
        let surely = turns == Some(1) || self.with_keyboard(|keyboard| keyboard.can_ask(window))?;
        if let Some(paste) = instead.filter(|_| turns.is_none() || !surely) {
            return self.paste(insertion, paste, window);
        }
        if turns.is_none() {
            let why =
                "the keyboard has no keys to spare for its characters, and the clipboard is not to be used";
            return Err(NotInserted::Failed(why.into()));
        }
        let of = text.chars().count();
        match self.with_keyboard(|keyboard| keyboard.write(text, window))? {
            Typed::All => Ok((!surely).then(|| UNSURE.to_owned())),
            Typed::UntilMoved(0) => Err(NotInserted::Moved),
            Typed::UntilMoved(typed) => {
                Err(NotInserted::Partly { typed, of, why: "another window got the focus" })
            }
            Typed::UntilStuck(typed) => {
                Err(NotInserted::Partly { typed, of, why: "the app does not answer" })
            }
        }
    }
}

impl Outlet for X11 {
    fn copy(&mut self, text: &str) -> Result<(), String> {
        self.with_owner(|owner| owner.offer(Content::text(text)))
    }

    fn insert(&mut self, insertion: &Insertion) -> Result<Option<String>, NotInserted> {
        let Some(window) = desktop::x11::window(&insertion.focus) else { return Err(NotInserted::NotHere) };
        if !self.with_keyboard(|keyboard| keyboard.wait_for_release())? {
            return Err(NotInserted::Held);
        }
        if self.focused().as_ref() != Some(&insertion.focus) {
            return Err(NotInserted::Moved);
        }
        if !self.with_keyboard(|keyboard| keyboard.wait_until_free())? {
            return Err(NotInserted::Grabbed);
        }
        let problem = match insertion.way {
            Way::Type => self.type_or_paste(insertion, window)?,
            way => self.paste(insertion, way, window)?,
        };
        if insertion.enter {
            std::thread::sleep(BEFORE_ENTER);
            self.with_keyboard(|keyboard| keyboard.chord(&[], keymap::RETURN, window))?;
        }
        Ok(problem)
    }
    fn due(&self) -> Option<Instant> {
        self.keyboard.as_ref().and_then(Keyboard::due)
    }

    fn rest(&mut self) {
        // A keyboard whose server is gone has nothing to give back.
        if self.keyboard.as_mut().is_some_and(|keyboard| keyboard.rest().is_err()) {
            self.keyboard = None;
        }
    }
}
