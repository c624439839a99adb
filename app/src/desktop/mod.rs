//! What Hark has to know of the desktop around it.

/// A window that had the focus.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Focus {
    /// What the desktop calls the window; compared, never read.
    pub window: String,
    /// What kind of app it is, such as `xterm` or `firefox`: the class of its window, or its app id.
    pub app: String,
    /// Whether it is Hark's own.
    pub own: bool,
}

/// The window that has the focus now; `None` where the desktop does not say. Asks the desktop, which may
/// take some milliseconds.
pub fn focused() -> Option<Focus> {
    None
}
