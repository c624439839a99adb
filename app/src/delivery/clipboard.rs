//! The clipboard of desktops other than X11, without insertion. The text lives in the program that offers
//! it, so the connection is kept for as long as Hark runs.

use super::outlet::Outlet;

/// The desktop's clipboard, connected to at the first use and again after a failure.
#[derive(Default)]
pub struct SystemClipboard(Option<arboard::Clipboard>);

impl Outlet for SystemClipboard {
    fn copy(&mut self, text: &str) -> Result<(), String> {
        let mut clipboard = match self.0.take() {
            Some(clipboard) => clipboard,
            None => arboard::Clipboard::new().map_err(|e| e.to_string())?,
        };
        clipboard.set_text(text).map_err(|e| e.to_string())?;
        // Some compositors let nobody write whose window is not in front, and say nothing.
        if clipboard.get_text().is_ok_and(|there| there != text) {
            return Err("the desktop did not let Hark write to it from the background".into());
        }
        self.0 = Some(clipboard);
        Ok(())
    }
}
