//! Live dictation outside the session: where its samples come from, and what can be measured of it.

mod observer;
mod overheard;
mod rehearsal;
mod replay;
mod source;
mod words;

pub use observer::{Figures, Observer, Truth};
pub use rehearsal::{NoRehearsal, Plan, Rehearsed, rehearse};
pub use replay::{Feed, PASS, TAIL, Virtual};
pub use source::Followed;
pub use words::word_errors;
