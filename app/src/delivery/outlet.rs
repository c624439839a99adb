//! Where text goes: the clipboard, and the app that has the focus.

use super::choices::Way;
use crate::desktop::{self, Focus};
use std::time::Instant;

/// Where text goes.
pub trait Outlet: Send {
    /// Puts text on the clipboard, to stay there.
    ///
    /// # Errors
    /// What happened, for people.
    fn copy(&mut self, text: &str) -> Result<(), String>;

    /// The window that has the focus.
    fn focused(&mut self) -> Option<Focus> {
        desktop::focused()
    }

    /// Inserts text into the app that has the focus. What comes back is a problem on the side, for people.
    ///
    /// # Errors
    /// Why nothing was inserted.
    fn insert(&mut self, insertion: &Insertion) -> Result<Option<String>, NotInserted> {
        let _ = insertion;
        Err(NotInserted::NotHere)
    }

    /// When there is something to do that nobody asks for.
    fn due(&self) -> Option<Instant> {
        None
    }

    /// Does it.
    fn rest(&mut self) {}
}

/// Takes text and keeps it to itself.
pub struct Nowhere;

impl Outlet for Nowhere {
    fn copy(&mut self, _: &str) -> Result<(), String> {
        Ok(())
    }

    fn focused(&mut self) -> Option<Focus> {
        None
    }
}

/// Text to insert, and how.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Insertion {
    /// As it is to arrive.
    pub text: String,
    /// The window that is to get it.
    pub focus: Focus,
    pub way: Way,
    /// How it is pasted where it is to be typed and cannot be typed quickly and surely; `None` where the
    /// clipboard is not to be touched.
    pub instead: Option<Way>,
    /// What is to be on the clipboard then; `None` is what was there before. Typing does not touch it.
    pub afterwards: Option<String>,
    /// Enter follows.
    pub enter: bool,
}

/// Why nothing was inserted.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotInserted {
    /// This desktop has no way for it that is known.
    #[error("Hark cannot insert text on this desktop")]
    NotHere,
    /// Another window has the focus than the one that the text is for.
    #[error("the focus has moved to another window")]
    Moved,
    /// The person wants nothing inserted into this app.
    #[error("nothing is to be inserted into this app")]
    NotWanted,
    /// Somebody holds a modifier down.
    #[error("a key such as Ctrl or Shift was held down")]
    Held,
    /// Somebody else gets all keys.
    #[error("another program has the keyboard for itself, such as a screen lock or an open menu")]
    Grabbed,
    /// The app was told to paste and did not ask for the text. Where it does so late, it gets it yet.
    #[error("the app did not take the text")]
    NotTaken,
    /// The rest was not typed.
    #[error("only {typed} of {of} characters were typed: {why}")]
    Partly { typed: usize, of: usize, why: &'static str },
    /// Something else.
    #[error("{0}")]
    Failed(String),
}
