//! The control socket: other programs, and Hark's own commands, talk to the session of the running
//! window.
//!
//! # Place
//!
//! `$XDG_RUNTIME_DIR/hark/control.sock`, or `hark-UID/control.sock` in the folder for temporary files
//! where there is no such variable. The folder has mode 0700, the socket 0600, and programs of other
//! users are refused. Who holds the lock on `control.lock` beside it is the running Hark; the system
//! frees the lock when that program ends, however it ends, so a socket that it left is replaced.
//!
//! # Protocol, version 1
//!
//! A connection carries one request, a JSON object on one line:
//!
//! ```text
//! {"version":1,"request":"status"}                    how things stand
//! {"version":1,"request":"status","follow":true}      now, and at each change
//! {"version":1,"request":"start"}                     also "stop", "toggle", "cancel", "undo", "paste_last", "next_language"
//! {"version":1,"request":"toggle","language":"de","translate":true,"enter":true}
//! {"version":1,"request":"show","files":["a.wav"]}    bring the window forward, transcribe files
//! ```
//!
//! Files are absolute paths; one that is not UTF-8 is an array of its bytes. The answer is one JSON
//! object on a line, or with `follow` one per change until either side closes the connection in any
//! direction or Hark ends:
//!
//! ```text
//! {"version":1,"answer":"status","state":"recording","generation":3,"elapsed_ms":4210,"level":0.31,
//!  "text":null,"engine":"ready","backend":"CPU","precision":"int8","model":"small.en","speed":null,
//!  "problem":null}
//! {"version":1,"answer":"taken","changed":true,"status":{"state":"arming", …}}
//! {"version":1,"answer":"shown","files":1}
//! {"version":1,"answer":"refused","kind":"unknown_request","message":"…"}
//! ```
//!
//! [`Status`] explains the fields, [`RefusalKind`] the kinds. A wish is answered when the session has
//! taken it; `changed` is false where it had nothing to do, such as `toggle` while a recording is
//! being finished. Following skips changes of the level, and tells the time once a second.
//!
//! Fields may be added within a version, and who reads ignores those it does not know. A request of
//! another version is refused.
//!
//! Requests are limited in length and time, and connections in number (see `server`). Neither a silent
//! program nor one that does not read makes the session wait: it is sent commands through its bounded
//! channel, and its snapshots replace one another.

#[cfg(unix)]
mod client;
#[cfg(not(unix))]
mod elsewhere;
#[cfg(unix)]
mod news;
#[cfg(unix)]
mod place;
mod protocol;
#[cfg(unix)]
mod server;
mod status;
#[cfg(unix)]
#[cfg(test)]
mod tests;

#[cfg(unix)]
pub use client::ask;
#[cfg(not(unix))]
pub use elsewhere::{Claim, Server, ask, claim};
#[cfg(unix)]
pub use place::{Claim, claim};
pub use protocol::{Answer, MOST_FILES, Refusal, RefusalKind, Request};
#[cfg(unix)]
pub use server::Server;
pub use status::{Engine, KeysStatus, Latencies, State, Status};

/// Why the running Hark could not be reached, or a new one cannot be.
#[derive(Debug, thiserror::Error)]
pub enum ControlError {
    /// Nobody is there.
    #[error("Hark is not running")]
    NotRunning,
    /// It answered that it will not.
    #[error("{0}")]
    Refused(#[from] Refusal),
    /// It is there and says nothing, or nothing that makes sense.
    #[error("Hark does not answer ({0}); if it hangs, close its window and start it again")]
    NoAnswer(String),
    /// The folder of the socket is not there, or not safe.
    #[error("the control socket has no place: {0}")]
    Place(String),
    /// This system has no such sockets.
    #[cfg(not(unix))]
    #[error("the control socket is not available on this system")]
    Unavailable,
}
