//! A connection that does not wait for ever for a client that takes nothing.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::{Instant, Sleep, sleep};

/// A connection of which no write may be held up for longer than some time. Reading has limits elsewhere: how long a
/// request may take depends on which part of it is awaited.
pub struct Patient<T> {
    inner: T,
    patience: Duration,
    /// Runs while a write is held up.
    limit: Pin<Box<Sleep>>,
    held_up: bool,
}

impl<T> Patient<T> {
    /// Waits for so long.
    pub fn new(inner: T, patience: Duration) -> Self {
        Self { inner, patience, limit: Box::pin(sleep(patience)), held_up: false }
    }

    /// What came of a write: an error if it has been held up for too long.
    fn watch<R>(&mut self, cx: &mut Context<'_>, write: Poll<io::Result<R>>) -> Poll<io::Result<R>> {
        if write.is_ready() {
            self.held_up = false;
            return write;
        }
        if !std::mem::replace(&mut self.held_up, true) {
            self.limit.as_mut().reset(Instant::now() + self.patience);
        }
        self.limit.as_mut().poll(cx).map(|()| Err(io::ErrorKind::TimedOut.into()))
    }
}

impl<T: AsyncRead + Unpin> AsyncRead for Patient<T> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_read(cx, buf)
    }
}

impl<T: AsyncWrite + Unpin> AsyncWrite for Patient<T> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.inner).poll_write(cx, bytes);
        self.watch(cx, written)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.inner).poll_write_vectored(cx, bytes);
        self.watch(cx, written)
    }

    fn is_write_vectored(&self) -> bool {
        self.inner.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let flushed = Pin::new(&mut self.inner).poll_flush(cx);
        self.watch(cx, flushed)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let shut = Pin::new(&mut self.inner).poll_shutdown(cx);
        self.watch(cx, shut)
    }
}

#[cfg(unix)]
#[cfg(test)]
mod tests {
    use super::*;
    use std::future::poll_fn;
    use std::io::Read;
    use std::thread;
    use tokio::net::UnixStream;
    use tokio::runtime::Builder;

    async fn write<T: AsyncWrite + Unpin>(to: &mut Patient<T>) -> io::Result<usize> {
        poll_fn(|cx| Pin::new(&mut *to).poll_write(cx, &[0; 4096])).await
    }

    /// What came of writing `bytes` to somebody who takes some of it every 5 ms, or nothing at all.
    fn write_all(bytes: usize, takes: bool) -> io::Result<()> {
        let (ours, theirs) = std::os::unix::net::UnixStream::pair().unwrap();
        ours.set_nonblocking(true).unwrap();
        let reader = takes.then(|| {
            let mut theirs = theirs.try_clone().unwrap();
            thread::spawn(move || {
                while theirs.read(&mut [0; 1 << 16]).is_ok_and(|taken| taken > 0) {
                    thread::sleep(Duration::from_millis(5));
                }
            })
        });
        let runtime = Builder::new_current_thread().enable_all().build().unwrap();
        let end = runtime.block_on(async {
            let mut ours = Patient::new(UnixStream::from_std(ours).unwrap(), Duration::from_millis(500));
            let mut written = 0;
            while written < bytes {
                written += write(&mut ours).await?;
            }
            Ok(())
        });
        drop(runtime);
        reader.into_iter().for_each(|reader| reader.join().unwrap());
        end
    }

    #[test]
    fn who_takes_nothing_is_given_up_and_who_is_slow_is_not() {
        assert_eq!(write_all(8 << 20, false).unwrap_err().kind(), io::ErrorKind::TimedOut);
        // Longer than the patience with any one write.
        write_all(16 << 20, true).unwrap();
    }
}
