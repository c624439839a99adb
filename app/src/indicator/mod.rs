//! What shows how dictation stands while Hark's window has not the focus.

mod choices;

pub use choices::Choices;
