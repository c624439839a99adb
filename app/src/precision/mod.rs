//! Which precision a model runs in: what the person wishes, what has been proved of the model on this
//! machine, and what follows from both.

mod decision;
mod row;
mod stamp;
mod verdicts;

pub use decision::{CANDIDATES, Decision, PrecisionChoice, Standing, decide};
pub use row::Row;
pub use stamp::Stamp;
pub use verdicts::{Verdict, Verdicts};
