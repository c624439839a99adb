//! Figures that are kept, to notice later that something has become worse.
//!
//! A time alone says more about a machine, and about how busy it was, than about a program. So every speed is kept as
//! a share of what the same machine reached at most in the same minutes: products against the peak of its arithmetic,
//! passes over weights against the rate at which it reads. Everything is measured several times; the highest peaks and,
//! figure by figure, the best measurement count, since whoever else uses the machine makes it slower and never faster.
//! A figure is worse if its share is smaller by more than its margin ([`figures`] has them) and by more than the kept
//! measurements differed among themselves, and stays so when everything is measured as often again. Where others had more
//! than a tenth of the computer meanwhile, peaks and figures were not measured under the same conditions, and no speed is
//! judged.

mod accuracy;
mod company;
mod compared;
mod figures;
mod file;
mod keeping;
mod measured;

pub use compared::Comparison;
pub use file::Identity;
pub use keeping::Keeping;
