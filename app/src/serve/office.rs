//! Where clients' recordings are handed to the engine, and where news of them are waited for.

use super::complaint::Complaint;
use super::limits::Limits;
use super::offer::{Customer, Offer, Offered};
use super::reply::Finished;
use super::wanted::Wanted;
use crate::engine_thread::{Audience, EngineCommand, Job, JobEvent, JobId, Listener};
use axum::http::StatusCode;
use crossbeam_channel::Sender;
use hark_engine::Cancel;
use hark_engine::audio::AudioSource;
use hark_engine::metrics::{AudioTime, WallTime};
use hark_engine::transcribe::Event;
use std::collections::VecDeque;
use std::future::poll_fn;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::task::AbortHandle;
use tokio::time::{sleep, timeout};

/// The way to the engine, with room for so many who ask.
#[derive(Clone)]
pub struct Office {
    engine: Sender<EngineCommand>,
    limits: Limits,
    offer: Offer,
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
    /// Ends the work on it, too, where the model does not stay for it.
    watch: Option<AbortHandle>,
    _hold: Arc<Hold>,
}

/// What somebody takes up as long as the engine knows of them: whoever leaves early is still in its channel, which is
/// never to be full of them.
struct Hold {
    _place: Place,
    _customer: Customer,
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
    pub fn new(engine: Sender<EngineCommand>, limits: Limits, offer: Offer) -> Self {
        let (room, jobs, wait) = (Semaphore::new(limits.requests).into(), Arc::default(), Arc::default());
        Self { engine, limits, offer, room, jobs, wait }
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

    /// Asks the engine for a recording's text, once the model is there.
    ///
    /// # Errors
    /// If the engine cannot be asked, or there is another model now than the one that is wanted.
    pub async fn ask(
        &self,
        place: Place,
        source: Box<dyn AudioSource>,
        wanted: &Wanted,
    ) -> Result<Asked, Complaint> {
        let hold = Arc::new(Hold { _place: place, _customer: self.offer.enter() });
        let id: JobId = self.jobs.fetch_add(1, Ordering::Relaxed) + 1;
        let mailbox = Arc::new(Mailbox::default());
        let post = Post {
            mailbox: Arc::clone(&mailbox),
            longest: self.limits.audio,
            wait: Arc::clone(&self.wait),
            _hold: Arc::clone(&hold),
        };
        let (options, cancel) = (wanted.options.clone(), mailbox.cancel.clone());
        // Made first, so that the work ends whatever comes of the sending.
        let mut asked = Asked { mailbox, watch: None, _hold: hold };
        let audience = Audience::Own(Arc::new(post));
        let mut job = Some(EngineCommand::Transcribe(Job { id, source, options, cancel, audience }));
        loop {
            let name = self.model(wanted).await?;
            let send = |job| self.engine.try_send(job).map_err(|error| error.is_full());
            let sent = self.offer.while_here(&name, || job.take().map(send));
            match sent.flatten() {
                // The model has left again, at this very moment.
                None => {}
                Some(Ok(())) => break,
                Some(Err(true)) => return Err(Complaint::busy(WallTime::default())),
                Some(Err(false)) => return Err(lost()),
            }
        }
        asked.watch = Some(self.watch(&asked.mailbox));
        Ok(asked)
    }

    /// The name of the model, once it is there.
    async fn model(&self, wanted: &Wanted) -> Result<String, Complaint> {
        let settled = timeout(self.limits.loading, self.offer.settled()).await;
        let settled = settled.map_err(|_| Complaint::away("the model takes long to load; ask again"))?;
        match settled {
            Offered::Nothing { why } => Err(Complaint::away(why)),
            Offered::Here { name } | Offered::Away { name } => wanted.is_for(&name).map(|()| name),
        }
    }

    /// Ends a job for which the model does not stay: whoever wants another one does not wait for hours.
    fn watch(&self, mailbox: &Arc<Mailbox>) -> AbortHandle {
        let (offer, farewell, mailbox) = (self.offer.clone(), self.limits.farewell, Arc::clone(mailbox));
        let watch = async move {
            offer.left().await;
            sleep(farewell).await;
            let complaint = Complaint::away("Hark's window has put its model away meanwhile; ask again");
            mailbox.end(Err(complaint));
            mailbox.cancel.raise();
        };
        tokio::spawn(watch).abort_handle()
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
        self.watch.iter().for_each(AbortHandle::abort);
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
    /// Until it is read.
    end: Option<Result<Box<Finished>, Complaint>>,
    ended: bool,
    too_long: bool,
    reader: Option<Waker>,
}

impl Mailbox {
    /// Nothing that holds the lock can leave the mail half written.
    fn open(&self) -> MutexGuard<'_, Mail> {
        self.mail.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn put(&self, change: impl FnOnce(&mut Mail)) {
        let mut mail = self.open();
        change(&mut mail);
        if let Some(reader) = mail.reader.take() {
            reader.wake();
        }
    }

    /// The first end counts.
    fn end(&self, end: Result<Box<Finished>, Complaint>) {
        self.put(|mail| {
            if !std::mem::replace(&mut mail.ended, true) {
                mail.end = Some(end);
            }
        });
    }
}

/// The engine's end of a mailbox.
struct Post {
    mailbox: Arc<Mailbox>,
    longest: AudioTime,
    wait: Arc<AtomicU64>,
    _hold: Arc<Hold>,
}

impl Post {
    fn running(&self, event: Event) {
        match event {
            Event::Listened(audio) | Event::Length(audio) if audio > self.longest => {
                self.mailbox.open().too_long = true;
                self.mailbox.cancel.raise();
            }
            Event::Segment(segment) => self.mailbox.put(|mail| {
                mail.begun = true;
                mail.texts.push_back(segment.text);
            }),
            _ if self.mailbox.open().begun => {}
            _ => self.mailbox.put(|mail| mail.begun = true),
        }
    }
}

impl Listener for Post {
    fn hear(&self, event: JobEvent) {
        match event {
            JobEvent::Started | JobEvent::Proved(_) | JobEvent::Gauged { .. } => {}
            JobEvent::Running(event) => self.running(event),
            JobEvent::Finished { transcript, timings, .. } => {
                self.mailbox.end(Ok(Box::new(Finished { transcript, audio: timings.audio })));
            }
            JobEvent::Failed { message, refused: true } => self.mailbox.end(Err(Complaint::invalid(message))),
            JobEvent::Failed { message, refused: false } => {
                self.mailbox.end(Err(Complaint::internal(message)))
            }
            JobEvent::Cancelled if self.mailbox.open().too_long => {
                let hours = self.longest.seconds() / 3600.0;
                let message = format!("the recording is longer than {hours:.1} hours");
                self.mailbox.end(Err(Complaint::new(StatusCode::PAYLOAD_TOO_LARGE, message).about("file")));
            }
            JobEvent::Cancelled => self.mailbox.end(Err(lost())),
        }
    }

    fn refused(&self, wait: WallTime) {
        self.wait.store(wait.seconds().to_bits(), Ordering::Relaxed);
        self.mailbox.end(Err(Complaint::busy(wait)));
    }
}

impl Drop for Post {
    /// Whoever waits is not left waiting.
    fn drop(&mut self) {
        self.mailbox.end(Err(lost()));
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
        let room = Arc::new(Semaphore::new(9));
        let post = |event: Event| {
            let mailbox = Arc::new(Mailbox::default());
            let _place = Place { _permit: Arc::clone(&room).try_acquire_owned().unwrap() };
            let hold = Hold { _place, _customer: Offer::new(|| ()).enter() };
            let (post_box, _hold) = (Arc::clone(&mailbox), hold.into());
            let post = Post { mailbox: post_box, longest, wait: Arc::default(), _hold };
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
