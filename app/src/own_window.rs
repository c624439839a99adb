//! What Hark's own window tells those who show dictation outside it.

use crossbeam_channel::{Receiver, Sender, bounded};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// What Hark's own window tells those who show dictation outside it, and what they tell the window.
#[derive(Debug)]
pub struct OwnWindow {
    focused: AtomicBool,
    dark: AtomicBool,
    tray: AtomicBool,
    /// Holds a word as long as something has changed that was not looked at.
    changes: (Sender<()>, Receiver<()>),
}

impl Default for OwnWindow {
    fn default() -> Self {
        Self {
            focused: AtomicBool::default(),
            dark: AtomicBool::default(),
            tray: AtomicBool::default(),
            changes: bounded(1),
        }
    }
}

impl OwnWindow {
    /// A window that is not there yet.
    pub fn new() -> Arc<Self> {
        Arc::default()
    }

    /// Called by the window whenever it knows: whether it has the focus and is to be seen, and whether the
    /// desktop is dark.
    pub fn tell(&self, focused: bool, dark: bool) {
        let focus_changed = self.focused.swap(focused, Ordering::Relaxed) != focused;
        if self.dark.swap(dark, Ordering::Relaxed) != dark || focus_changed {
            let _ = self.changes.0.try_send(());
        }
    }

    /// Called when the window has gone.
    pub fn has_gone(&self) {
        self.tell(false, self.is_dark());
    }

    /// Whether it has the focus.
    pub fn is_focused(&self) -> bool {
        self.focused.load(Ordering::Relaxed)
    }

    /// Whether the desktop is dark.
    pub fn is_dark(&self) -> bool {
        self.dark.load(Ordering::Relaxed)
    }

    /// A word for changes since the last one.
    pub fn changes(&self) -> &Receiver<()> {
        &self.changes.1
    }

    /// Says whether there is an icon in the desktop's panel now.
    pub fn set_tray(&self, there: bool) {
        self.tray.store(there, Ordering::Relaxed);
    }

    /// Whether there is an icon in the desktop's panel, from which the window can be opened again.
    pub fn has_tray(&self) -> bool {
        self.tray.load(Ordering::Relaxed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_changes_are_told() {
        let window = OwnWindow::default();
        window.tell(false, false);
        assert!(window.changes().try_recv().is_err());
        window.tell(true, false);
        window.tell(true, true);
        assert!(window.changes().try_recv().is_ok() && window.changes().try_recv().is_err());
        window.has_gone();
        assert!(window.changes().try_recv().is_ok());
        assert_eq!((window.is_focused(), window.is_dark()), (false, true));
    }
}
