//! Texts for other programs on this computer, asked for as OpenAI's service is asked.
//!
//! The service is one more customer of the engine's thread: each recording is a job with a listener of its own, so
//! that neither the window nor any other client is told of it, and all of them take turns there. `connections` accepts
//! and closes, `patience` gives up on who takes nothing. `routes` says what can be asked; `guard` who may, with a
//! `token` where one is needed. A request is an `upload` that is read as a `form`, whose file goes into a `spool` and
//! whose fields say what is `wanted`; the `office` hands both to the engine and waits for news. What comes back is a
//! `reply`, a `stream` or a `complaint`, each with a `body`. `limits` has the bounds of all that. What there is to be had is
//! the `offer`, of which `health` tells.
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
mod offer;
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
pub use limits::Limits;
pub use offer::{Offer, Offered};
pub use token::{Token, TokenError};

use crate::engine_thread::EngineCommand;
use crossbeam_channel::{Receiver, Sender, bounded};
use hark_engine::metrics::Monitor;
use office::Office;
use routes::Parts;
use spool::Spools;
use std::convert::Infallible;
use std::io;
use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};
use tokio::runtime::Builder;
use tokio::sync::oneshot;

/// Threads that look into uploads, so that one that takes long keeps nobody else waiting.
const READERS: usize = 4;
/// How long threads may take to end that nobody waits for any more.
const LEAVING: Duration = Duration::from_millis(100);

/// A port of this computer that is kept for a service.
#[derive(Debug)]
pub struct Port(TcpListener);

impl Port {
    /// Takes it; 0 is any that is free.
    ///
    /// # Errors
    /// If the system refuses it, because it is another program's, for instance.
    pub fn take(address: SocketAddr) -> io::Result<Self> {
        TcpListener::bind(address).map(Self)
    }

    /// Where it is.
    ///
    /// # Errors
    /// If the system does not say it.
    pub fn address(&self) -> io::Result<SocketAddr> {
        self.0.local_addr()
    }
}

/// What a service is made of.
pub struct Setup {
    /// Where clients come in.
    pub port: Port,
    /// Who computes.
    pub engine: Sender<EngineCommand>,
    /// What it has done.
    pub monitor: Monitor,
    pub guard: Guard,
    pub limits: Limits,
    /// What there is to be had.
    pub offer: Offer,
    /// Tokens of every window, to measure.
    pub forced: Option<usize>,
}

/// A service that runs. Dropping it stops it without waiting.
pub struct Service {
    /// Taken once it is told to stop.
    stop: Option<oneshot::Sender<()>>,
    listens: Arc<AtomicBool>,
    /// Breaks off when its thread has ended.
    ended: Receiver<Infallible>,
}

impl Service {
    /// Starts to answer.
    ///
    /// # Errors
    /// If the system refuses what it takes.
    pub fn start(setup: Setup) -> io::Result<Self> {
        let Setup { port: Port(listener), engine, monitor, guard, limits, offer, forced } = setup;
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
        let office = Office::new(engine, limits, offer.clone());
        let spools = Spools::new(limits.spooled);
        let router =
            routes::router(Parts { office, guard, limits, monitor, offer: offer.clone(), forced, spools });
        let listens = Arc::new(AtomicBool::new(true));
        let (open, (alive, ended)) = (Arc::clone(&listens), bounded(0));
        let closed = move || {
            open.store(false, Ordering::Release);
            offer.tell();
        };
        let (stop, stopped) = oneshot::channel();
        thread::Builder::new().name("hark-serve".into()).spawn(move || {
            let _alive = alive;
            runtime.block_on(connections::serve(listener, router, limits, stopped, closed));
            // Whatever is still in hand is dropped, and with it the work on it.
            runtime.shutdown_timeout(LEAVING);
        })?;
        Ok(Self { stop: Some(stop), listens, ended })
    }

    /// Accepts nobody any more, lets requests in hand end, for a while, and ends the others. Waits for nothing.
    pub fn leave(&mut self) {
        // Who is told to stop, is told by this being dropped.
        self.stop = None;
    }

    /// Whether its port is still its own.
    pub fn listens(&self) -> bool {
        self.listens.load(Ordering::Acquire)
    }

    /// Whether nothing of it is left.
    pub fn has_ended(&self) -> bool {
        self.ended.try_recv().is_err_and(|error| error.is_disconnected())
    }

    /// As [`Service::leave`], and waits for the end, until then.
    pub fn end(mut self, deadline: Instant) {
        self.leave();
        let _ = self.ended.recv_deadline(deadline);
    }
}
