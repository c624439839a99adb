//! Texts for other programs on this computer, asked for as OpenAI's service is asked.
//!
//! The service is one more customer of the engine's thread: each recording is a job with a listener of its own, so
//! that neither the window nor any other client is told of it, and all of them take turns there. `connections` accepts
//! and closes, `patience` gives up on who takes nothing. `routes` says what can be asked; `guard` who may, with a
//! `token` where one is needed. A request is an `upload` that is read as a `form`, whose file goes into a `spool` and
//! whose fields say what is `wanted`; the `office` hands both to the engine and waits for news. What comes back is a
//! `reply`, a `stream` or a `complaint`, each with a `body`. `limits` has the bounds of all that, and `health` how the service stands.
//!
//! Nothing here opens a connection: it only answers. The network's thread waits for nothing but the network, and the
//! engine's thread never waits for a client: news of a job are kept for whoever reads them, and they are no more than
//! its transcript.

mod body;
mod complaint;
mod connections;
mod form;
mod guard;
mod health;
mod limits;
mod office;
mod patience;
mod reply;
mod routes;
mod spool;
mod stream;
mod token;
mod upload;
mod wanted;

pub use guard::Guard;
pub use health::Health;
pub use limits::Limits;
pub use token::{Token, TokenError};
pub use wanted::Served;

use crate::engine_thread::EngineCommand;
use crossbeam_channel::Sender;
use hark_engine::metrics::Monitor;
use office::Office;
use routes::Parts;
use spool::Spools;
use std::io;
use std::net::TcpListener;
use std::thread::{self, JoinHandle};
use std::time::Duration;
use tokio::runtime::Builder;
use tokio::sync::oneshot;

/// Threads that look into uploads, so that one that takes long keeps nobody else waiting.
const READERS: usize = 4;
/// How long threads may take to end that nobody waits for any more.
const LEAVING: Duration = Duration::from_millis(100);

/// What a service is made of.
pub struct Setup {
    /// Where clients come in.
    pub listener: TcpListener,
    /// Who computes. The model is loaded.
    pub engine: Sender<EngineCommand>,
    /// What it has done.
    pub monitor: Monitor,
    pub guard: Guard,
    pub limits: Limits,
    pub served: Served,
    /// What is said of who computes.
    pub health: Health,
}

/// A service that runs. Dropping it stops it without waiting.
pub struct Service {
    stop: oneshot::Sender<()>,
    thread: JoinHandle<()>,
}

impl Service {
    /// Starts to answer.
    ///
    /// # Errors
    /// If the system refuses what it takes.
    pub fn start(setup: Setup) -> io::Result<Self> {
        let Setup { listener, engine, monitor, guard, limits, served, health } = setup;
        listener.set_nonblocking(true)?;
        let runtime = Builder::new_current_thread()
            .enable_io()
            .enable_time()
            .max_blocking_threads(READERS)
            .thread_name("hark-serve-file")
            .build()?;
        let listener = {
            let _inside = runtime.enter();
            tokio::net::TcpListener::from_std(listener)?
        };
        let (office, spools) = (Office::new(engine, limits), Spools::new(limits.spooled));
        let router = routes::router(Parts { office, guard, health, limits, monitor, served, spools });
        let (stop, stopped) = oneshot::channel();
        let thread = thread::Builder::new().name("hark-serve".into()).spawn(move || {
            runtime.block_on(connections::serve(listener, router, limits, stopped));
            // Whatever is still in hand is dropped, and with it the work on it.
            runtime.shutdown_timeout(LEAVING);
        })?;
        Ok(Self { stop, thread })
    }

    /// Accepts nobody any more, lets requests in hand end, for a while, and ends the others.
    pub fn stop(self) {
        // It may have ended by itself.
        let _ = self.stop.send(());
        let _ = self.thread.join();
    }
}
