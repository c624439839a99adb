//! A request's body as it comes in: not too much of it, not too slowly, and with an end.

use super::limits::Limits;
use axum::body::Body;
use bytes::Bytes;
use http_body::{Body as HttpBody, Frame};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll};
use std::time::Instant;
use tokio::time::Sleep;

/// Bytes that may come without a part of the form being seen in them: a part's head has no more.
const MOST_UNSEEN: usize = 256 << 10;

/// A body that is watched.
pub struct Upload {
    body: Body,
    limits: Limits,
    began: Instant,
    received: u64,
    unseen: Unseen,
    silence: Pin<Box<Sleep>>,
    /// Whether whoever reads has to look at what there is first.
    rests: bool,
}

/// Bytes that were read and in which nothing was recognised so far. Clones share the number.
#[derive(Clone, Default)]
pub struct Unseen(Arc<AtomicUsize>);

/// Why a body is not read on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum UploadError {
    #[error("the upload is larger than {0} bytes")]
    TooLarge(u64),
    #[error("nothing came for too long, or too little")]
    TooSlow,
    #[error("this is no form: there is no end to a part's head")]
    NoForm,
    #[error("the upload broke off")]
    BrokeOff,
}

impl Unseen {
    /// Something was recognised.
    pub fn seen(&self) {
        self.0.store(0, Ordering::Relaxed);
    }
}

impl Upload {
    /// Watches a body from now on.
    pub fn new(body: Body, limits: Limits) -> Self {
        let silence = Box::pin(tokio::time::sleep(limits.silence));
        let (began, unseen) = (Instant::now(), Unseen::default());
        Self { body, limits, began, received: 0, unseen, silence, rests: false }
    }

    /// What is to be told of progress.
    pub fn unseen(&self) -> Unseen {
        self.unseen.clone()
    }

    fn take(&mut self, bytes: &Bytes) -> Result<(), UploadError> {
        self.received += bytes.len() as u64;
        if self.received > self.limits.upload {
            return Err(UploadError::TooLarge(self.limits.upload));
        }
        let unseen = self.unseen.0.fetch_add(bytes.len(), Ordering::Relaxed) + bytes.len();
        if unseen > MOST_UNSEEN {
            return Err(UploadError::NoForm);
        }
        let late = self.began.elapsed().saturating_sub(self.limits.silence);
        if self.received < late.as_secs().saturating_mul(self.limits.rate) {
            return Err(UploadError::TooSlow);
        }
        self.silence.as_mut().reset(tokio::time::Instant::now() + self.limits.silence);
        Ok(())
    }
}

impl HttpBody for Upload {
    type Data = Bytes;
    type Error = UploadError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, UploadError>>> {
        // A reader that takes all there is before it looks at any of it would have no bounds.
        if std::mem::take(&mut self.rests) {
            cx.waker().wake_by_ref();
            return Poll::Pending;
        }
        match Pin::new(&mut self.body).poll_frame(cx) {
            Poll::Ready(Some(Ok(frame))) => {
                let taken = frame.data_ref().map_or(Ok(()), |bytes| self.take(bytes));
                self.rests = true;
                Poll::Ready(Some(taken.map(|()| frame)))
            }
            Poll::Ready(Some(Err(_))) => Poll::Ready(Some(Err(UploadError::BrokeOff))),
            Poll::Ready(None) => Poll::Ready(None),
            Poll::Pending => self.silence.as_mut().poll(cx).map(|()| Some(Err(UploadError::TooSlow))),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn an_upload_may_rest_and_must_not_creep() {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
        let _inside = runtime.enter();
        let (silence, rate) = (Duration::from_millis(500), 1000);
        let mut upload = Upload::new(Body::empty(), Limits { silence, rate, ..Limits::default() });
        let piece = |bytes| Bytes::from(vec![0; bytes]);
        assert_eq!(upload.take(&piece(1)), Ok(()), "it has only begun");
        upload.began = Instant::now().checked_sub(Duration::from_millis(3600)).unwrap();
        // 3.1 s behind the silence that is allowed, of which whole seconds count.
        assert_eq!(upload.take(&piece(1000)), Err(UploadError::TooSlow));
        assert_eq!(upload.take(&piece(9000)), Ok(()));
    }
}
