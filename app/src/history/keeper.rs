//! The thread that owns the history: it reads and writes, and nobody waits for it.

use super::entry::{Entry, EntryId, Version};
use super::export::export;
use super::retention::{Keep, Keeping};
use super::store::{HistoryError, Place, Store};
use crate::capture;
use crate::delivery::atomically;
use crate::export::Format;
use crate::text::reason;
use crossbeam_channel::{Receiver, RecvTimeoutError, Sender, TrySendError, bounded};
use jiff::{SignedDuration, Timestamp};
use std::collections::VecDeque;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};
use std::{io, thread};

/// How long somebody can change their mind about a deletion.
pub const UNDO: Duration = Duration::from_secs(10);
/// Orders that can wait while one is carried out.
const ORDERS: usize = 1024;
/// How often the disk is offered again what it refused.
const AGAIN: Duration = Duration::from_secs(5);
/// Longer than any session.
const FOR_EVER: Duration = Duration::from_secs(1 << 32);

/// What the history is asked for.
#[derive(Debug)]
pub enum Order {
    /// Add an entry, or a text to the one that there is; then this recording's text is made.
    Put {
        entry: Box<Entry>,
        settle: Option<PathBuf>,
    },
    /// The person's rules have made this of an entry's newest text.
    Text(EntryId, String),
    /// An entry has another text.
    Version(EntryId, Box<Version>),
    /// Another attempt at an entry gave no text.
    Problem(EntryId, String),
    Star(EntryId, bool),
    /// These go, unless they are restored in time.
    Delete(Vec<EntryId>),
    Restore(Vec<EntryId>),
    /// Look for what others have written.
    Look,
    /// From now on, this is kept.
    Keep(Keeping),
    /// Write these entries, or all, into a file.
    Export {
        ids: Option<Vec<EntryId>>,
        format: Format,
        path: PathBuf,
    },
    /// The text of this recording is made, and nothing of it is to be kept.
    Forget(PathBuf),
}

/// What the history has to say.
#[derive(Debug)]
pub enum News {
    /// The entries, the oldest first.
    Entries(Arc<Vec<Arc<Entry>>>),
    /// What went wrong, for people.
    Problem(String),
    /// What could not be written before is written.
    CaughtUp,
    /// Entries were written into a file, or why they were not.
    Exported { path: PathBuf, result: Result<(), String> },
}

/// Where the history is asked. Nothing of it waits.
pub struct Keeper {
    orders: Sender<Order>,
    /// Disconnected when the thread has ended.
    ended: Receiver<()>,
}

impl Keeper {
    /// Starts the thread. Without a place, nothing is kept.
    ///
    /// # Errors
    /// If the system refuses a thread.
    pub fn start(place: Option<Place>, keeping: Keeping) -> io::Result<(Self, Receiver<News>)> {
        let (orders, inbox) = bounded(ORDERS);
        let (news, answers) = bounded(ORDERS);
        let (running, ended) = bounded::<()>(0);
        thread::Builder::new().name("hark-history".into()).spawn(move || {
            let _running = running;
            let (store, waiting, shown) = Default::default();
            Thread { place, keeping, store, waiting, news, shown, purge_at: None, told: None }.run(&inbox);
        })?;
        Ok((Self { orders, ended }, answers))
    }

    /// Asks for something.
    ///
    /// # Errors
    /// If too much waits already: the disk does not answer.
    pub fn ask(&self, order: Order) -> Result<(), String> {
        self.orders.try_send(order).map_err(|error| match error {
            TrySendError::Full(_) => "the disk does not answer".into(),
            TrySendError::Disconnected(_) => "its thread has ended; please restart Hark".into(),
        })
    }

    /// Takes no more orders and waits until those given are carried out, but no longer than this.
    pub fn finish(self, deadline: Instant) {
        drop(self.orders);
        let _ = self.ended.recv_deadline(deadline);
    }
}

/// Whether something was done to the history.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Done {
    Yes,
    /// There is no history to do it to, and there is to be none.
    NothingKept,
    /// The disk refused it.
    Refused,
}

struct Thread {
    place: Option<Place>,
    keeping: Keeping,
    /// Open from the first time that it could be.
    store: Option<Store>,
    /// What the disk refused, in its order.
    waiting: VecDeque<Order>,
    news: Sender<News>,
    shown: Option<Vec<Arc<Entry>>>,
    /// When what was deleted last can no longer be restored.
    purge_at: Option<Instant>,
    /// What was said to be wrong with the history as a whole.
    told: Option<String>,
}

impl Thread {
    fn run(mut self, orders: &Receiver<Order>) {
        self.work(|store, keeping| {
            let purged = store.purge(Timestamp::now(), undo())?;
            Ok([purged, store.thin(keeping, Timestamp::now())?].concat())
        });
        self.show();
        loop {
            let purge = self.purge_at.map_or(FOR_EVER, |at| at.saturating_duration_since(Instant::now()));
            let patience = if self.told.is_some() { purge.min(AGAIN) } else { purge };
            match orders.recv_timeout(patience) {
                Ok(order) => self.obey(order),
                Err(RecvTimeoutError::Timeout) => {
                    self.catch_up();
                    if self.purge_at.is_some_and(|at| at <= Instant::now()) {
                        self.purge_at = None;
                        self.work(|store, _| store.purge(Timestamp::now(), undo()));
                    }
                }
                Err(RecvTimeoutError::Disconnected) => break,
            }
            if orders.is_empty() {
                self.show();
            }
        }
        self.catch_up();
        if self.purge_at.is_some() {
            self.work(|store, _| store.purge(Timestamp::now(), SignedDuration::ZERO));
        }
    }

    fn obey(&mut self, order: Order) {
        match order {
            Order::Look => {
                self.work(|store, _| store.catch_up());
            }
            Order::Keep(keeping) => {
                self.keeping = keeping;
                self.thin();
            }
            Order::Export { ids, format, path } => self.export(ids.as_deref(), format, path),
            Order::Forget(recording) => {
                capture::settle(&recording);
                capture::discard(&recording);
            }
            order => {
                // What is refused for so long is offered again at the next start, as far as it is of a recording.
                if self.waiting.len() < ORDERS {
                    self.waiting.push_back(order);
                }
                self.catch_up();
            }
        }
    }

    /// Writes what waits, in its order: a text belongs to the entry before it.
    fn catch_up(&mut self) {
        let had_failed = self.told.is_some();
        if self.waiting.is_empty() && had_failed {
            self.work(|store, _| store.catch_up());
        }
        while let Some(order) = self.waiting.pop_front() {
            if !self.write(&order) {
                self.waiting.push_front(order);
                return;
            }
        }
        if had_failed && self.told.is_none() {
            let _ = self.news.send(News::CaughtUp);
        }
    }

    /// Writes what an order changes. `false` if it is to be offered again.
    fn write(&mut self, order: &Order) -> bool {
        let done = self.work(|store, _| match order {
            Order::Put { entry, .. } => store.put((**entry).clone()),
            Order::Text(id, text) => store.amend(*id, |entry| {
                if let Some(version) = entry.versions.last_mut() {
                    version.text = Some(text.clone()).filter(|text| *text != version.heard);
                }
            }),
            Order::Version(id, version) => store.add_version(*id, (**version).clone()),
            Order::Problem(id, why) => store.amend(*id, |entry| entry.problem = Some(why.clone())),
            Order::Star(id, starred) => store.amend(*id, |entry| entry.starred = *starred),
            Order::Delete(ids) => store.delete(ids, Some(Timestamp::now())),
            Order::Restore(ids) => store.delete(ids, None),
            Order::Look | Order::Keep(_) | Order::Export { .. } | Order::Forget(_) => Ok(Vec::new()),
        });
        if done == Done::Refused {
            return false;
        }
        if let Order::Put { settle: Some(recording), .. } = order
            && (done == Done::Yes || self.place.is_none())
        {
            // A text that is nowhere is offered again at the next start.
            capture::settle(recording);
        }
        match order {
            Order::Put { .. } | Order::Text(..) | Order::Version(..) if done == Done::Yes => self.thin(),
            // A moment later, so that none of them is too young.
            Order::Delete(_) => self.purge_at = Some(Instant::now() + UNDO + Duration::from_millis(200)),
            _ => {}
        }
        true
    }

    /// Removes the recordings that are not to be kept any longer.
    fn thin(&mut self) {
        self.work(|store, keeping| store.thin(keeping, Timestamp::now()));
    }

    fn export(&mut self, ids: Option<&[EntryId]>, format: Format, path: PathBuf) {
        let Some(store) = &self.store else { return };
        let mut entries = store.entries();
        if let Some(ids) = ids {
            entries.retain(|entry| ids.contains(&entry.id));
        }
        let text = export(&entries, format).map_err(|error| error.to_string());
        let result = text.and_then(|text| atomically(&path, text.as_bytes()).map_err(|error| reason(&error)));
        let _ = self.news.send(News::Exported { path, result });
    }

    /// Does something to the history, and tells what went wrong.
    fn work(&mut self, work: impl FnOnce(&mut Store, &Keeping) -> Result<Vec<String>, HistoryError>) -> Done {
        let Some(place) = &self.place else { return Done::NothingKept };
        if self.store.is_none() {
            // Who wants nothing kept gets no files either.
            if self.keeping.keep == Keep::Nothing && !place.folder.exists() {
                return Done::NothingKept;
            }
            match Store::open(place.clone()) {
                Ok((store, problems)) => {
                    self.store = Some(store);
                    problems.into_iter().for_each(|problem| self.tell(problem));
                }
                Err(error) => {
                    self.fail(&error);
                    return Done::Refused;
                }
            }
        }
        let Some(store) = &mut self.store else { return Done::Refused };
        match work(store, &self.keeping) {
            Ok(problems) => {
                problems.into_iter().for_each(|problem| self.tell(problem));
                self.told = None;
                Done::Yes
            }
            Err(error) => {
                self.fail(&error);
                Done::Refused
            }
        }
    }

    /// Tells why nothing can be done, once for each reason.
    fn fail(&mut self, error: &HistoryError) {
        let text = error.to_string();
        if self.told.as_ref() != Some(&text) {
            self.told = Some(text.clone());
            self.tell(text);
        }
    }

    fn tell(&self, problem: String) {
        // Nobody listens any more while the program ends.
        let _ = self.news.send(News::Problem(problem));
    }

    /// Tells what there is, if that has changed.
    fn show(&mut self) {
        let entries = self.store.as_ref().map(Store::entries).unwrap_or_default();
        let same = self.shown.as_ref().is_some_and(|shown| {
            shown.len() == entries.len() && shown.iter().zip(&entries).all(|(a, b)| Arc::ptr_eq(a, b))
        });
        if !same {
            self.shown = Some(entries.clone());
            let _ = self.news.send(News::Entries(Arc::new(entries)));
        }
    }
}

fn undo() -> SignedDuration {
    SignedDuration::from_secs(UNDO.as_secs() as i64)
}
