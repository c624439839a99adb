//! The clipboard. On X11 and Wayland the text lives in the program that offers it, so the
//! connection is kept for as long as Hark runs.

/// Where text is put for pasting.
pub trait Clipboard: Send {
    /// Puts text there.
    ///
    /// # Errors
    /// What happened, for people.
    fn set(&mut self, text: String) -> Result<(), String>;
}

/// The desktop's clipboard, connected to at the first use and again after a failure.
#[derive(Default)]
pub struct SystemClipboard(Option<arboard::Clipboard>);

impl Clipboard for SystemClipboard {
    fn set(&mut self, text: String) -> Result<(), String> {
        let mut clipboard = match self.0.take() {
            Some(clipboard) => clipboard,
            None => arboard::Clipboard::new().map_err(|e| e.to_string())?,
        };
        clipboard.set_text(text).map_err(|e| e.to_string())?;
        self.0 = Some(clipboard);
        Ok(())
    }
}
