//! Where clients' recordings are handed to the engine, and where news of them are waited for.

use super::complaint::Complaint;
use super::limits::Limits;
use super::reply::Finished;
use crate::engine_thread::{Audience, EngineCommand, Job, JobEvent, JobId, Listener};
use axum::http::StatusCode;
use crossbeam_channel::{Sender, TrySendError};
use hark_engine::Cancel;
use hark_engine::audio::AudioSource;
use hark_engine::metrics::{AudioTime, WallTime};
use hark_engine::transcribe::{Event, Options};
use std::collections::VecDeque;
use std::future::poll_fn;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// The way to the engine, with room for so many who ask.
#[derive(Clone)]
pub struct Office {
    engine: Sender<EngineCommand>,
    limits: Limits,
    room: Arc<Semaphore>,
    jobs: Arc<AtomicU64>,
    /// The wait that somebody was told last, as bits.
    wait: Arc<AtomicU64>,
}

/// A place among those who ask.
pub struct Place {
    _permit: OwnedSemaphorePermit,
}

/// A recording that the engine was asked for. Dropping it ends the work on it.
pub struct Asked {
    mailbox: Arc<Mailbox>,
    _place: Place,
}

/// What is there to be told.
#[derive(Debug)]
pub enum News {
    /// More of the text is final.
    Text(String),
    /// There will be no more news.
    End(Result<Box<Finished>, Complaint>),
}

impl Office {
    /// A way to this engine.
    pub fn new(engine: Sender<EngineCommand>, limits: Limits) -> Self {
        let (room, jobs, wait) = (Semaphore::new(limits.requests).into(), Arc::default(), Arc::default());
        Self { engine, limits, room, jobs, wait }
    }

    /// A place for somebody who asks.
    ///
    /// # Errors
    /// [`Complaint::busy`] if there is none.
    pub fn place(&self) -> Result<Place, Complaint> {
        let place = Arc::clone(&self.room).try_acquire_owned();
        place
            .map(|_permit| Place { _permit })
            .map_err(|_| Complaint::busy(WallTime(f64::from_bits(self.wait.load(Ordering::Relaxed)))))
    }

    /// Places that are taken.
    pub fn taken(&self) -> usize {
        self.limits.requests.saturating_sub(self.room.available_permits())
    }

    /// Asks the engine for a recording's text.
    ///
    /// # Errors
    /// If the engine cannot be asked.
    pub fn ask(
        &self,
        place: Place,
        source: Box<dyn AudioSource>,
        options: Options,
    ) -> Result<Asked, Complaint> {
        let id: JobId = self.jobs.fetch_add(1, Ordering::Relaxed) + 1;
        let mailbox = Arc::new(Mailbox::default());
        let cancel = mailbox.cancel.clone();
        let post =
            Post { mailbox: Arc::clone(&mailbox), longest: self.limits.audio, wait: Arc::clone(&self.wait) };
        // Made first, so that the work ends whatever comes of the sending.
        let asked = Asked { mailbox, _place: place };
        let audience = Audience::Own(Arc::new(post));
        let job = Job { id, source, options, cancel, audience };
        match self.engine.try_send(EngineCommand::Transcribe(job)) {
            Ok(()) => Ok(asked),
            Err(TrySendError::Full(_)) => Err(Complaint::busy(WallTime::default())),
            Err(TrySendError::Disconnected(_)) => Err(lost()),
        }
    }
}

impl Asked {
    /// Waits until the work has begun, or ended.
    pub async fn begun(&self) {
        poll_fn(|cx| {
            let mut mail = self.mailbox.open();
            if mail.begun || mail.end.is_some() {
                return Poll::Ready(());
            }
            mail.reader = Some(cx.waker().clone());
            Poll::Pending
        })
        .await;
    }

    /// What the work has come to, if it failed before any text was made.
    pub fn failed(&self) -> Option<Complaint> {
        match &self.mailbox.open().end {
            Some(Err(complaint)) => Some(complaint.clone()),
            _ => None,
        }
    }

    /// Waits for the end.
    pub async fn end(&self) -> Result<Box<Finished>, Complaint> {
        loop {
            if let News::End(end) = poll_fn(|cx| self.poll_news(cx)).await {
                return end;
            }
        }
    }

    /// The next news; none behind [`News::End`].
    pub fn poll_news(&self, cx: &mut Context<'_>) -> Poll<News> {
        let mut mail = self.mailbox.open();
        if let Some(text) = mail.texts.pop_front() {
            return Poll::Ready(News::Text(text));
        }
        if let Some(end) = mail.end.take() {
            return Poll::Ready(News::End(end));
        }
        mail.reader = Some(cx.waker().clone());
        Poll::Pending
    }
}

impl Drop for Asked {
    fn drop(&mut self) {
        self.mailbox.cancel.raise();
    }
}

/// What the engine has said and nobody has read. It holds no more than the transcript does.
#[derive(Default)]
struct Mailbox {
    cancel: Cancel,
    mail: Mutex<Mail>,
}

#[derive(Default)]
struct Mail {
    begun: bool,
    texts: VecDeque<String>,
    end: Option<Result<Box<Finished>, Complaint>>,
    too_long: bool,
    reader: Option<Waker>,
}

impl Mailbox {
    /// Nothing that holds the lock can leave the mail half written.
    fn open(&self) -> MutexGuard<'_, Mail> {
        self.mail.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The engine's end of a mailbox.
struct Post {
    mailbox: Arc<Mailbox>,
    longest: AudioTime,
    wait: Arc<AtomicU64>,
}

impl Post {
    fn put(&self, change: impl FnOnce(&mut Mail)) {
        let mut mail = self.mailbox.open();
        change(&mut mail);
        if let Some(reader) = mail.reader.take() {
            reader.wake();
        }
    }

    fn end(&self, end: Result<Box<Finished>, Complaint>) {
        self.put(|mail| mail.end = Some(end));
    }

    fn running(&self, event: Event) {
        match event {
            Event::Listened(audio) | Event::Length(audio) if audio > self.longest => {
                self.mailbox.open().too_long = true;
                self.mailbox.cancel.raise();
            }
            Event::Segment(segment) => self.put(|mail| {
                mail.begun = true;
                mail.texts.push_back(segment.text);
            }),
            _ if self.mailbox.open().begun => {}
            _ => self.put(|mail| mail.begun = true),
        }
    }
}

impl Listener for Post {
    fn hear(&self, event: JobEvent) {
        match event {
            JobEvent::Started | JobEvent::Proved(_) | JobEvent::Gauged { .. } => {}
            JobEvent::Running(event) => self.running(event),
            JobEvent::Finished { transcript, timings, .. } => {
                self.end(Ok(Box::new(Finished { transcript, audio: timings.audio })));
            }
            JobEvent::Failed { message, refused: true } => self.end(Err(Complaint::invalid(message))),
            JobEvent::Failed { message, refused: false } => self.end(Err(Complaint::internal(message))),
            JobEvent::Cancelled if self.mailbox.open().too_long => {
                let hours = self.longest.seconds() / 3600.0;
                let message = format!("the recording is longer than {hours:.1} hours");
                self.end(Err(Complaint::new(StatusCode::PAYLOAD_TOO_LARGE, message).about("file")));
            }
            JobEvent::Cancelled => self.end(Err(lost())),
        }
    }

    fn refused(&self, wait: WallTime) {
        self.wait.store(wait.seconds().to_bits(), Ordering::Relaxed);
        self.end(Err(Complaint::busy(wait)));
    }
}

impl Drop for Post {
    /// Whoever waits is not left waiting.
    fn drop(&mut self) {
        self.put(|mail| {
            mail.end.get_or_insert_with(|| Err(lost()));
        });
    }
}

fn lost() -> Complaint {
    Complaint::new(StatusCode::SERVICE_UNAVAILABLE, "the engine has stopped")
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::response::IntoResponse;

    #[test]
    fn a_recording_that_is_longer_than_allowed_is_ended_and_told() {
        let longest = AudioTime::from_samples(16_000 * 60);
        let post = |event: Event| {
            let mailbox = Arc::new(Mailbox::default());
            let post = Post { mailbox: Arc::clone(&mailbox), longest, wait: Arc::default() };
            post.hear(JobEvent::Running(event));
            let ended = mailbox.cancel.is_raised();
            if ended {
                post.hear(JobEvent::Cancelled);
            }
            let end = mailbox.open().end.take();
            (ended, end)
        };
        let longer = AudioTime::from_samples(16_000 * 61);
        for event in [Event::Length(longer), Event::Listened(longer)] {
            let (ended, end) = post(event);
            assert!(ended);
            let reply = end.unwrap().unwrap_err().into_response();
            assert_eq!(reply.status(), StatusCode::PAYLOAD_TOO_LARGE);
        }
        assert!(!post(Event::Length(longest)).0);
    }
}
