//! The way of text to other apps on X11.

mod content;
mod display;
mod handover;
pub mod holder;
mod keyboard;
mod keymap;
mod owner;

use super::choices::Way;
use super::outlet::{Insertion, NotInserted, Outlet};
use crate::desktop;
use content::Content;
use display::DisplayError;
use keyboard::Keyboard;
use owner::{Lent, Loan, Owner};
use std::time::Duration;

/// How long an app may take to ask for what it was told to paste.
const PASTING: Duration = Duration::from_secs(2);
/// Enter comes this long after the paste was fetched.
const BEFORE_ENTER: Duration = Duration::from_millis(30);

/// What is said of a text that would better have been pasted.
const SLOWLY: &str = "the text was typed slowly, because the clipboard is not to be used and the text has more \
                      characters that no key makes than the keyboard has spare keys";

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
        let Lent { problem, served } =
            self.with_owner(|owner| owner.lend(loan)).map_err(NotInserted::Failed)?;
        self.with_keyboard(|keyboard| match way {
            Way::CtrlShiftV => keyboard.chord(&[keymap::CONTROL, keymap::SHIFT], u32::from('v'), window),
            Way::ShiftInsert => keyboard.chord(&[keymap::SHIFT], keymap::INSERT, window),
            Way::CtrlV | Way::Type | Way::Never => keyboard.chord(&[keymap::CONTROL], u32::from('v'), window),
        })?;
        if served.recv_timeout(PASTING).is_err() {
            if let Some(owner) = &mut self.owner {
                owner.keep();
            }
            return Err(NotInserted::NotTaken);
        }
        Ok(problem)
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
        let Insertion { text, way, instead, .. } = insertion;
        let turns = match way {
            Way::Type => self.with_keyboard(|keyboard| keyboard.turns(text))?,
            _ => 0,
        };
        let problem = match (way, instead) {
            (Way::Type, Some(paste)) if turns > 1 => self.paste(insertion, *paste, window)?,
            (Way::Type, _) => {
                self.with_keyboard(|keyboard| keyboard.write(text, window))?;
                (turns > 1).then(|| SLOWLY.to_owned())
            }
            (way, _) => self.paste(insertion, *way, window)?,
        };
        if insertion.enter {
            std::thread::sleep(BEFORE_ENTER);
            self.with_keyboard(|keyboard| keyboard.chord(&[], keymap::RETURN, window))?;
        }
        Ok(problem)
    }
}
