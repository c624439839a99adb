//! Ctrl-C: the first asks the work to stop, the second does not ask.

use super::exit::Exit;
use crossbeam_channel::{Receiver, Sender, bounded};
use hark_engine::Cancel;

/// The person's wish to stop.
pub struct Interrupt {
    /// Raised by the first Ctrl-C; for the engine's jobs.
    pub cancel: Cancel,
    /// Holds a value from the first Ctrl-C on; for waiting.
    pub wished: Receiver<()>,
    /// Without a handler nobody else holds it, and waiting for a wish must not end.
    _wish: Sender<()>,
}

impl Interrupt {
    /// Starts listening for Ctrl-C and requests to terminate. Where the system refuses, Ctrl-C
    /// ends the program as it does by default. So it is, too, where somebody has said that one of
    /// these is to be ignored: under `nohup` a closed terminal must not stop the work.
    pub fn listen() -> Self {
        let cancel = Cancel::new();
        let (wish, wished) = bounded(1);
        let (raised, kept) = (cancel.clone(), wish.clone());
        let _ = ctrlc::try_set_handler(move || {
            if raised.is_raised() {
                std::process::exit(Exit::Interrupted as i32);
            }
            raised.raise();
            let _ = wish.try_send(());
        });
        Self { cancel, wished, _wish: kept }
    }
}
