//! Connections: so many at once, none of them for ever.

use super::limits::Limits;
use super::patience::Patient;
use axum::Router;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use hyper_util::service::TowerToHyperService;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::sync::{Semaphore, oneshot};
use tokio::time::{sleep, timeout};

/// Bytes of a request's first lines, and of what is read ahead.
const HEAD: usize = 64 << 10;
/// Wait after the system refused a connection, as it does when it is out of files.
const REST: Duration = Duration::from_millis(100);

/// Answers whoever comes, until `stop` says so or is dropped; then says that nobody listens any more, and lets requests
/// in hand end for a while.
pub async fn serve(
    listener: TcpListener,
    router: Router,
    limits: Limits,
    stop: oneshot::Receiver<()>,
    closed: impl FnOnce(),
) {
    let closing = Arc::new(GracefulShutdown::new());
    let accepting = tokio::spawn(accept(listener, router, limits, Arc::clone(&closing)));
    let _ = stop.await;
    accepting.abort();
    // Nobody listens any more once it is gone.
    let _ = accepting.await;
    closed();
    if let Some(closing) = Arc::into_inner(closing) {
        let _ = timeout(limits.farewell, closing.shutdown()).await;
    }
}

async fn accept(listener: TcpListener, router: Router, limits: Limits, closing: Arc<GracefulShutdown>) {
    let room = Arc::new(Semaphore::new(limits.connections));
    let mut builder = http1::Builder::new();
    builder.timer(TokioTimer::new()).header_read_timeout(limits.silence).max_buf_size(HEAD);
    // Who comes when there is no room waits where the system keeps those who were not accepted.
    while let Ok(place) = Arc::clone(&room).acquire_owned().await {
        let Ok((connection, _)) = listener.accept().await else {
            sleep(REST).await;
            continue;
        };
        // Events are small and wait for nothing.
        let _ = connection.set_nodelay(true);
        let io = TokioIo::new(Patient::new(connection, limits.silence));
        let answering = builder.serve_connection(io, TowerToHyperService::new(router.clone()));
        let watched = closing.watcher().watch(answering);
        tokio::spawn(async move {
            // A client that breaks off, or makes no sense, is its own affair.
            let _ = watched.await;
            drop(place);
        });
    }
}
