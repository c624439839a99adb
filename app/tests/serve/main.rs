//! `hark serve`: the real program, asked over real sockets.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
#![cfg(feature = "serve")]

#[path = "../common/mod.rs"]
mod common;

mod bad_input;
mod client;
mod endings;
mod guard;
mod service;
mod texts;
