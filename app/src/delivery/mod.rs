//! Handing text over: to the clipboard, to files. Each on a thread of its own, because a display
//! server or a network disk can take its time, and neither should wait for the other.

mod apps;
mod choices;
mod clipboard;
mod order;
mod outlet;
mod readiness;
mod self_test;
#[cfg(target_os = "linux")]
mod wayland;
mod write;
#[cfg(target_os = "linux")]
mod x11;

pub use choices::{Choices, ClipboardMode, Way};
pub use order::{Aim, Delivered, Done, Order, Withdrawal};
#[cfg(test)]
pub use outlet::Insertion;
pub use outlet::{NotInserted, Nowhere, Outlet};
pub use readiness::{chords, readiness};
pub use self_test::self_test;
pub use write::{atomically, save_beside};
#[cfg(target_os = "linux")]
pub use x11::holder;

#[cfg(target_os = "linux")]
use crate::desktop::Session;
use clipboard::SystemClipboard;

use crossbeam_channel::{Receiver, RecvTimeoutError, Sender, TrySendError, bounded};
use std::path::PathBuf;
use std::time::Instant;
use std::{io, thread};

/// What the thread of the clipboard is asked for.
enum Wanted {
    Copy(String),
    Deliver(Box<Order>),
}

/// The way of text out of Hark on this machine.
pub fn outlet_of_this_machine() -> Box<dyn Outlet> {
    #[cfg(target_os = "linux")]
    match Session::here() {
        Session::X11 => return Box::new(x11::X11::default()),
        Session::Sway(_) | Session::Hyprland(_) | Session::Niri(_) => {
            return Box::new(wayland::Wayland::default());
        }
        Session::Wayland | Session::Other => {}
    }
    Box::new(SystemClipboard::default())
}

/// Something to write, and what is to be told of it.
pub type Write = Box<dyn FnOnce() -> Option<Receipt> + Send>;

/// What became of an order; errors say what happened.
#[derive(Clone, Debug, PartialEq)]
pub enum Receipt {
    Copied {
        text: String,
        result: Result<(), String>,
    },
    Delivered(Box<Delivered>),
    Written {
        path: PathBuf,
        result: Result<(), String>,
    },
    Settings(Result<(), String>),
    /// The text of a file of the list.
    FileText {
        id: u64,
        result: Result<(), String>,
    },
    /// Why the list of files, or a text of it, is not as it should be on the disk.
    FileList(String),
}

/// Orders that can wait while one is carried out.
const ORDERS: usize = 64;

/// Where orders are given. Nothing of it waits.
pub struct Delivery {
    orders: Sender<Wanted>,
    writes: Sender<Write>,
    /// Disconnected when both threads have ended.
    ended: Receiver<()>,
}

impl Delivery {
    /// Starts the threads. They carry out what they were given and end when this is dropped, and with
    /// them what the clipboard offers, unless somebody takes it over.
    ///
    /// # Errors
    /// If the system refuses a thread.
    pub fn start(outlet: Box<dyn Outlet>) -> io::Result<(Self, Receiver<Receipt>)> {
        let (orders, ordered) = bounded::<Wanted>(ORDERS);
        let (writes, to_write) = bounded::<Write>(ORDERS);
        let (receipts, inbox) = bounded(ORDERS);
        let (running, ended) = bounded::<()>(0);
        let (tell, works) = (receipts.clone(), running.clone());
        thread::Builder::new().name("hark-clipboard".into()).spawn(move || {
            // Dropped after the outlet, which may hand its text over while it is dropped.
            let _works = works;
            let mut outlet = outlet;
            while let Some(wanted) = next(&ordered, outlet.as_mut()) {
                let receipt = match wanted {
                    Wanted::Copy(text) => Receipt::Copied { result: outlet.copy(&text), text },
                    Wanted::Deliver(order) => {
                        Receipt::Delivered(Box::new(order::carry_out(*order, outlet.as_mut())))
                    }
                };
                // Nobody listens any more while the program ends, but orders are orders.
                let _ = tell.send(receipt);
            }
        })?;
        thread::Builder::new().name("hark-writer".into()).spawn(move || {
            let _running = running;
            for write in to_write {
                if let Some(receipt) = write() {
                    let _ = receipts.send(receipt);
                }
            }
        })?;
        Ok((Self { orders, writes, ended }, inbox))
    }

    /// Puts text on the clipboard.
    ///
    /// # Errors
    /// If too much waits already: the clipboard does not answer.
    pub fn copy(&self, text: String) -> Result<(), String> {
        self.orders.try_send(Wanted::Copy(text)).map_err(refusal("the clipboard"))
    }

    /// Delivers the text of a dictation.
    ///
    /// # Errors
    /// As [`Delivery::copy`].
    pub fn deliver(&self, order: Order) -> Result<(), String> {
        self.orders.try_send(Wanted::Deliver(Box::new(order))).map_err(refusal("the clipboard"))
    }

    /// Writes a file, whole or not at all.
    ///
    /// # Errors
    /// If too much waits already: the disk does not answer.
    pub fn save(&self, path: PathBuf, contents: String) -> Result<(), String> {
        self.write(Box::new(move || {
            let result = atomically(&path, contents.as_bytes()).map_err(|e| e.to_string());
            Some(Receipt::Written { path, result })
        }))
    }

    /// Writes something else, after everything that was to be written before.
    ///
    /// # Errors
    /// As [`Delivery::save`].
    pub fn write(&self, write: Write) -> Result<(), String> {
        self.writes.try_send(write).map_err(refusal("the disk"))
    }

    /// Takes no more orders and waits until those given are carried out, but no longer than this.
    pub fn finish(self, deadline: Instant) {
        let Self { orders, writes, ended } = self;
        drop((orders, writes));
        let _ = ended.recv_deadline(deadline);
    }
}

/// The next order; does meanwhile what is due.
fn next(ordered: &Receiver<Wanted>, outlet: &mut dyn Outlet) -> Option<Wanted> {
    while let Some(due) = outlet.due() {
        match ordered.recv_deadline(due) {
            Ok(wanted) => return Some(wanted),
            Err(RecvTimeoutError::Timeout) => outlet.rest(),
            Err(RecvTimeoutError::Disconnected) => return None,
        }
    }
    ordered.recv().ok()
}

fn refusal<T>(who: &'static str) -> impl FnOnce(TrySendError<T>) -> String {
    move |error| match error {
        TrySendError::Full(_) => format!("{who} does not answer"),
        TrySendError::Disconnected(_) => "its thread has ended; please restart Hark".into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    /// Only a test that fails waits that long.
    const PATIENCE: Duration = Duration::from_secs(20);

    /// A clipboard that takes text when the test lets it, and says what it got when it ends.
    struct Slow {
        go: Receiver<()>,
        texts: Vec<String>,
        at_the_end: Sender<Vec<String>>,
    }

    impl Outlet for Slow {
        fn copy(&mut self, text: &str) -> Result<(), String> {
            let _ = self.go.recv();
            self.texts.push(text.to_owned());
            Ok(())
        }
    }

    impl Drop for Slow {
        fn drop(&mut self) {
            let _ = self.at_the_end.send(std::mem::take(&mut self.texts));
        }
    }

    fn slow() -> (Slow, Sender<()>, Receiver<Vec<String>>) {
        let (let_go, go) = bounded(100);
        let (at_the_end, end) = bounded(1);
        (Slow { go, texts: Vec::new(), at_the_end }, let_go, end)
    }

    /// Has something to do a moment later, once, and says when it did that.
    struct Busy {
        due: Option<Instant>,
        rested: Sender<()>,
    }

    impl Outlet for Busy {
        fn copy(&mut self, _: &str) -> Result<(), String> {
            self.due = Some(Instant::now());
            Ok(())
        }

        fn due(&self) -> Option<Instant> {
            self.due
        }

        fn rest(&mut self) {
            self.due = None;
            let _ = self.rested.send(());
        }
    }

    #[test]
    fn what_is_due_is_done_while_nobody_asks_for_anything() {
        let (rested, rests) = bounded(10);
        let (delivery, receipts) = Delivery::start(Box::new(Busy { due: None, rested })).unwrap();
        for _ in 0..2 {
            delivery.copy("text".into()).unwrap();
            receipts.recv_timeout(PATIENCE).unwrap();
            rests.recv_timeout(PATIENCE).unwrap();
        }
        assert!(rests.try_recv().is_err());
    }

    #[test]
    fn a_clipboard_that_hangs_delays_no_file() {
        let folder = tempfile::tempdir().unwrap();
        let (clipboard, let_go, _end) = slow();
        let (delivery, receipts) = Delivery::start(Box::new(clipboard)).unwrap();
        delivery.copy("text".into()).unwrap();
        let path = folder.path().join("a.txt");
        delivery.save(path.clone(), "saved".into()).unwrap();
        let written = Receipt::Written { path, result: Ok(()) };
        assert_eq!(receipts.recv_timeout(PATIENCE), Ok(written));
        drop(let_go);
        let copied = Receipt::Copied { text: "text".into(), result: Ok(()) };
        assert_eq!(receipts.recv_timeout(PATIENCE), Ok(copied));
    }

    #[test]
    fn what_was_ordered_is_done_before_the_end() {
        let folder = tempfile::tempdir().unwrap();
        let (clipboard, let_go, end) = slow();
        let (delivery, receipts) = Delivery::start(Box::new(clipboard)).unwrap();
        let paths: Vec<_> = (0..ORDERS).map(|i| folder.path().join(i.to_string())).collect();
        for path in &paths {
            delivery.copy("text".into()).unwrap();
            delivery.save(path.clone(), "saved".into()).unwrap();
        }
        // The session listens no more.
        drop(receipts);
        drop(let_go);
        delivery.finish(Instant::now() + PATIENCE);
        assert_eq!(end.try_recv().unwrap().len(), ORDERS);
        assert!(paths.iter().all(|path| path.exists()));
    }

    #[test]
    fn nobody_waits_for_a_clipboard_that_hangs() {
        let (clipboard, _let_go, end) = slow();
        let (delivery, _receipts) = Delivery::start(Box::new(clipboard)).unwrap();
        let refused = (0..ORDERS + 2).find_map(|_| delivery.copy("text".into()).err());
        assert_eq!(refused.as_deref(), Some("the clipboard does not answer"));
        delivery.finish(Instant::now());
        assert!(end.is_empty());
    }
}
