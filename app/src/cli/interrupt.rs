//! Ctrl-C: the first asks the work to stop, the second does not ask.

use super::exit::Exit;
use crossbeam_channel::{Receiver, bounded};
use hark_engine::Cancel;

/// The person's wish to stop.
pub struct Interrupt {
    /// Raised by the first Ctrl-C; for the engine's jobs.
    pub cancel: Cancel,
    /// Holds a value from the first Ctrl-C on; for waiting.
    pub wished: Receiver<()>,
}

impl Interrupt {
    /// Starts listening for Ctrl-C and requests to terminate. Where the system refuses, Ctrl-C
    /// ends the program as it does by default.
    pub fn listen() -> Self {
        let cancel = Cancel::new();
        let (wish, wished) = bounded(1);
        let raised = cancel.clone();
        let _ = ctrlc::set_handler(move || {
            if raised.is_raised() {
                std::process::exit(Exit::Interrupted as i32);
            }
            raised.raise();
            let _ = wish.try_send(());
        });
        Self { cancel, wished }
    }
}
