//! Where text goes: the clipboard, and the app that has the focus.

use super::choices::Way;
use crate::desktop::{self, Focus};

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
    /// The app was told to paste and did not ask for the text.
    #[error("the app did not take the text")]
    NotTaken,
    /// Something else.
    #[error("{0}")]
    Failed(String),
}
