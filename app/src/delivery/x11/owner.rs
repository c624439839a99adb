//! The owner of selections: a thread that answers whoever asks for them, saves what others offer before
//! it takes their place, and offers that again when it is no longer needed.
//!
//! Source: Inter-Client Communication Conventions Manual, version 2.0, section 2.

use super::content::Content;
use super::display::{Answer, Display, after};
use super::paste::Paste;
use super::transfers::Transfers;
use crossbeam_channel::{Receiver, Sender, bounded};
use std::io::{Read, Write};
use std::os::fd::AsFd;
use std::os::unix::net::UnixStream;
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};
use x11rb::connection::Connection;
use x11rb::protocol::Event;
use x11rb::protocol::xproto::{Atom, ConnectionExt as _, Property, Window};

/// How long a clipboard manager may take to fetch what a program that ends offers.
const HANDOVER: Duration = Duration::from_millis(1000);

/// Selections that are owned, in the order of [`Owning::selections`].
const SELECTIONS: [&str; 2] = ["CLIPBOARD", "PRIMARY"];

/// What is to be pasted, and what is to be there afterwards.
pub struct Loan {
    pub content: Content,
    /// Whether PRIMARY offers it, too.
    pub primary: bool,
    /// What the clipboard offers when the paste was served; `None` is what it offered before.
    pub afterwards: Option<Content>,
    /// A window of the program that pastes.
    pub to: Window,
}

/// The way of an answer to whoever gave an order.
type Reply<T> = Sender<Result<T, String>>;

enum Order {
    Offer(Content, Reply<()>),
    Lend(Loan, Reply<Option<String>>),
    /// From now on, requests are the paste. The second one hears when it was served.
    Expect(Reply<()>, Sender<()>),
    /// There will be no paste.
    GiveBack,
    End,
}

/// The thread's handle.
pub struct Owner {
    orders: Sender<Order>,
    wake: UnixStream,
    thread: Option<JoinHandle<()>>,
}

impl Owner {
    /// Connects to the X server and starts the thread.
    ///
    /// # Errors
    /// If there is no server or no thread to have.
    pub fn start() -> Result<Self, String> {
        let (orders, inbox) = bounded(8);
        let (wake, woken) = UnixStream::pair().map_err(|e| e.to_string())?;
        woken.set_nonblocking(true).map_err(|e| e.to_string())?;
        let mut owning = Owning::open().map_err(|e| e.to_string())?;
        let thread = thread::Builder::new().name("hark-selection".into()).spawn(move || {
            // A server that is gone ends the thread, and the next order starts another.
            let _ = owning.run(&inbox, &woken);
        });
        Ok(Self { orders, wake, thread: Some(thread.map_err(|e| e.to_string())?) })
    }

    fn order(&mut self, order: Order) -> Result<(), String> {
        self.orders.try_send(order).map_err(|_| "the X server went away".to_owned())?;
        self.wake.write_all(&[0]).map_err(|e| e.to_string())
    }

    fn ask<T>(&mut self, order: impl FnOnce(Reply<T>) -> Order) -> Result<T, String> {
        let (answer, answered) = bounded(1);
        self.order(order(answer))?;
        answered.recv().map_err(|_| "the X server went away".to_owned())?
    }

    /// Offers content on the clipboard, to stay.
    ///
    /// # Errors
    /// If the server is gone or lets nobody own the clipboard.
    pub fn offer(&mut self, content: Content) -> Result<(), String> {
        self.ask(|answer| Order::Offer(content, answer))
    }

    /// Offers content for a paste and saves what was there. Says what of that could not be saved. It is put
    /// back when the paste was served, however late, or when nothing came of it for half a minute.
    ///
    /// # Errors
    /// As [`Owner::offer`].
    pub fn lend(&mut self, loan: Loan) -> Result<Option<String>, String> {
        self.ask(|answer| Order::Lend(loan, answer))
    }

    /// To be called before the app is told to paste: gives what gets one value when the paste was served.
    ///
    /// # Errors
    /// As [`Owner::offer`].
    pub fn expect(&mut self) -> Result<Receiver<()>, String> {
        let (serves, served) = bounded(1);
        self.ask(|answer| Order::Expect(answer, serves))?;
        Ok(served)
    }

    /// Whether the connection is lost.
    pub fn has_ended(&self) -> bool {
        self.thread.as_ref().is_none_or(JoinHandle::is_finished)
    }

    /// The app could not be told to paste: what was there comes back.
    pub fn give_back(&mut self) {
        let _ = self.order(Order::GiveBack);
    }
}

impl Drop for Owner {
    fn drop(&mut self) {
        let _ = self.order(Order::End);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// Serves content on the clipboard until somebody else takes it.
///
/// # Errors
/// If the server refuses.
pub fn hold(content: Content, taken: impl FnOnce()) -> Result<(), String> {
    let hold = || -> Answer<()> {
        let mut owning = Owning::open()?;
        owning.own(0, Some(content))?;
        taken();
        while owning.selections[0].content.is_some() {
            if let Some(event) = owning.display.wait(None, None)? {
                owning.take_in(event)?;
            }
        }
        Ok(())
    };
    hold().map_err(|error| error.to_string())
}

/// A selection and what is offered on it by this program.
pub struct Selection {
    pub(super) atom: Atom,
    pub(super) content: Option<Content>,
    pub(super) since: u32,
    /// What is offered when the paste was served, if that is something else; inside, nothing means that
    /// nobody owned it.
    afterwards: Option<Option<Content>>,
}

/// All that the thread knows.
pub struct Owning {
    pub(super) display: Display,
    pub(super) selections: [Selection; 2],
    pub(super) transfers: Transfers,
    /// The paste that is waited for, and a window of the program that is to paste.
    pub(super) paste: Option<(Window, Paste)>,
    /// Numbers the properties into which others put what they are asked for.
    pub(super) asked: u32,
}

impl Owning {
    fn open() -> Answer<Self> {
        let mut display = Display::open()?;
        let mut selection = |name: &str| -> Answer<Selection> {
            Ok(Selection { atom: display.atom(name)?, content: None, since: 0, afterwards: None })
        };
        let selections = [selection(SELECTIONS[0])?, selection(SELECTIONS[1])?];
        Ok(Self { display, selections, transfers: Transfers::default(), paste: None, asked: 0 })
    }

    fn run(&mut self, inbox: &Receiver<Order>, woken: &UnixStream) -> Answer<()> {
        loop {
            let over = self.paste.as_ref().map(|(_, paste)| paste.over());
            let deadline = over.into_iter().chain(self.transfers.deadline()).min();
            if let Some(event) = self.display.wait(deadline, Some(woken.as_fd()))? {
                self.take_in(event)?;
            }
            self.transfers.expire(Instant::now());
            if self.paste.as_ref().is_some_and(|(_, paste)| paste.over() <= Instant::now()) {
                self.settle()?;
            }
            let _ = (&*woken).read(&mut [0; 16]);
            for order in inbox.try_iter() {
                match order {
                    Order::Offer(content, answer) => {
                        self.settle()?;
                        let done = self.own(0, Some(content));
                        let _ = answer.try_send(done.map_err(|e| e.to_string()));
                    }
                    Order::Lend(loan, answer) => {
                        self.settle()?;
                        let lent = self.lend(loan);
                        let _ = answer.try_send(lent.map_err(|e| e.to_string()));
                    }
                    Order::Expect(answer, serves) => {
                        let done = self.expect(serves);
                        let _ = answer.try_send(done.map_err(|e| e.to_string()));
                    }
                    Order::GiveBack => self.settle()?,
                    Order::End => {
                        self.settle()?;
                        return self.hand_over();
                    }
                }
            }
        }
    }

    fn lend(&mut self, loan: Loan) -> Answer<Option<String>> {
        // First, to see who fetches whatever is on the clipboard.
        self.paste = Some((loan.to, Paste::lent(Instant::now())));
        let mut problem = None;
        let mut afterwards = Some(loan.afterwards);
        for number in 0..if loan.primary { 2 } else { 1 } {
            let after = match afterwards.take().flatten() {
                // Nothing of the old content is needed.
                Some(content) if number == 0 => (content != loan.content).then_some(Some(content)),
                _ => self.save(number, &mut problem)?,
            };
            self.own(number, Some(loan.content.clone()))?;
            self.selections[number].afterwards = after;
        }
        Ok(problem)
    }

    fn expect(&mut self, serves: Sender<()>) -> Answer<()> {
        let mut earlier = Vec::new();
        let since = self.display.now(&mut earlier)?;
        earlier.into_iter().try_for_each(|event| self.take_in(event))?;
        if let Some((_, paste)) = &mut self.paste {
            paste.expect(since, serves, Instant::now());
        }
        Ok(())
    }

    /// Puts back what is to be offered after a paste that was served.
    fn settle(&mut self) -> Answer<()> {
        self.paste = None;
        for number in 0..self.selections.len() {
            let selection = &mut self.selections[number];
            if let Some(afterwards) = selection.afterwards.take() {
                // Somebody who has copied something meanwhile keeps it.
                if selection.content.is_some() {
                    self.own(number, afterwards)?;
                }
            }
        }
        Ok(())
    }

    /// Takes a selection to offer this, or lets go of it.
    fn own(&mut self, number: usize, content: Option<Content>) -> Answer<()> {
        let mut others = Vec::new();
        let now = self.display.now(&mut others)?;
        let owner = if content.is_some() { self.display.window } else { x11rb::NONE };
        let selection = &mut self.selections[number];
        (selection.content, selection.since) = (content, now);
        self.display.connection.set_selection_owner(owner, selection.atom, now)?;
        self.display.connection.flush()?;
        others.into_iter().try_for_each(|event| self.take_in(event))
    }

    fn take_in(&mut self, event: Event) -> Answer<()> {
        match event {
            Event::SelectionRequest(request) => self.answer(&request),
            Event::SelectionClear(clear) => {
                if let Some(selection) = self.selections.iter_mut().find(|s| s.atom == clear.selection) {
                    // Taking it again within this program clears nothing; times tell that apart.
                    if clear.time >= selection.since {
                        (selection.content, selection.afterwards) = (None, None);
                    }
                }
                Ok(())
            }
            Event::PropertyNotify(event) if event.state == Property::DELETE => self.send_next(&event),
            // Errors are about windows that are gone.
            _ => Ok(()),
        }
    }

    /// Goes on answering others until the event comes that is waited for, or its time is over.
    pub(super) fn wait_for<T>(
        &mut self,
        end: Instant,
        wanted: impl Fn(&Event) -> Option<T>,
    ) -> Answer<Option<T>> {
        while Instant::now() < end {
            if let Some(event) = self.display.wait(Some(end), None)? {
                match wanted(&event) {
                    Some(found) => return Ok(Some(found)),
                    None => self.take_in(event)?,
                }
            }
        }
        Ok(None)
    }

    /// Leaves the clipboard's content to whoever keeps it after this program's end.
    fn hand_over(&mut self) -> Answer<()> {
        let Some(content) = self.selections[0].content.clone() else { return Ok(()) };
        let manager = self.display.atom("CLIPBOARD_MANAGER")?;
        let save = self.display.atom("SAVE_TARGETS")?;
        let connection = &self.display.connection;
        if connection.get_selection_owner(manager)?.reply()?.owner != x11rb::NONE {
            let window = self.display.window;
            connection.convert_selection(window, manager, save, save, x11rb::CURRENT_TIME)?;
            let saved = self.wait_for(after(HANDOVER), |event| match event {
                Event::SelectionNotify(e) if e.selection == manager => Some(e.property != x11rb::NONE),
                _ => None,
            })?;
            if saved == Some(true) {
                return Ok(());
            }
        }
        // Without a keeper the content ends with the program, as other programs' does.
        let _ = super::handover::start(&content);
        Ok(())
    }
}
