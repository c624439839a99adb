//! The session: what is being recorded and transcribed, and what to show of it. Its thread never
//! waits for the window.

mod answers;
mod archive;
mod asked;
mod banners;
mod battery;
mod command;
mod config;
mod delivering;
mod desk;
mod dictation;
mod downloads;
mod effects;
mod filing;
mod history;
mod idle_time;
mod jobs;
mod languages;
mod ledger;
mod live;
mod lookups;
mod machine;
mod microphone;
mod outcome;
#[cfg_attr(not(feature = "serve"), path = "no_programs.rs")]
mod programs;
mod publish;
mod queue;
mod recordings;
mod reply;
mod rest;
mod retries;
mod retry_list;
mod save;
mod shelf;
mod shown;
mod snapshot;
mod sources;
mod state;
mod thread;
mod transcription;
mod waiting;
mod wishes;

pub use crate::wish::{Manner, Origin, Wish};
pub use command::{Command, HistoryWish};
pub use config::{Config, ConfigError};
pub use outcome::Outcome;
pub use publish::Wake;
pub use reply::{Reply, Taken};
pub use snapshot::*;
pub use state::Session;
pub use thread::{IndicatorEnds, SessionHandle};
pub use transcription::Growing;

#[cfg(test)]
mod asked_test;
#[cfg(test)]
mod cancel_test;
#[cfg(test)]
mod delivering_test;
#[cfg(test)]
mod disk_test;
#[cfg(test)]
mod downloads_test;
#[cfg(test)]
mod engine_test;
#[cfg(test)]
mod filing_test;
#[cfg(test)]
mod history_test;
#[cfg(test)]
mod latency_test;
#[cfg(test)]
mod live_test;
#[cfg(test)]
mod microphone_test;
#[cfg(test)]
#[cfg(feature = "serve")]
mod programs_test;
#[cfg(test)]
mod proof_test;
#[cfg(test)]
mod rules_test;
#[cfg(test)]
mod settings_test;
#[cfg(test)]
mod sounds_test;
#[cfg(test)]
mod stage;
#[cfg(test)]
mod tests;
