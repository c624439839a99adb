//! Every dictation that there was, with its texts, its recording and how it was made.
//!
//! One file of lines ([`crate::checked_lines`]) that is only added to, and replaced as a whole where that is not enough. The last
//! readable line of an entry counts, so that what damage leaves is an older state of it. Whoever writes holds a lock
//! and first reads what others have written meanwhile, so that two of Hark at once do no harm.

mod describe;
mod entry;
mod export;
mod keeper;
mod record;
mod retention;
#[cfg(test)]
pub mod samples;
mod store;

pub use describe::{first_line, how_made, local_day, local_moment, local_time};
pub use entry::{Entry, EntryId, Piece, Version, search_words};
pub use export::{Described, export};
pub use keeper::{Keeper, News, Order, UNDO};
pub use retention::{Keep, Keeping};
pub use store::{HistoryError, Place, Store};

#[cfg(test)]
mod mutation_tests;
#[cfg(test)]
mod store_tests;
