//! The owner of selections: a thread that answers whoever asks for them, saves what others offer before
//! it takes their place, and offers that again when it is no longer needed.
//!
//! Source: Inter-Client Communication Conventions Manual, version 2.0, section 2.

use super::content::{Content, Form};
use super::display::{Answer, Display, after};
use crossbeam_channel::{Receiver, Sender, bounded};
use std::io::{Read, Write};
use std::os::fd::AsFd;
use std::os::unix::net::UnixStream;
use std::sync::Arc;
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};
use x11rb::connection::Connection;
use x11rb::protocol::Event;
use x11rb::protocol::xproto::{
    Atom, AtomEnum, ChangeWindowAttributesAux, ConnectionExt as _, EventMask, PropMode, Property,
    PropertyNotifyEvent, SELECTION_NOTIFY_EVENT, SelectionNotifyEvent, SelectionRequestEvent, Window,
};

/// Text longer than this goes in pieces of this size; every server and toolkit takes them.
const PIECE: usize = 128 << 10;
/// An owner that has not begun to answer by then does not answer.
const OWNER_ANSWERS: Duration = Duration::from_millis(300);
/// Saving everything that an owner offers takes no longer than this.
const SAVING: Duration = Duration::from_millis(2500);
/// More is not kept.
const MOST_BYTES: usize = 512 << 20;
/// A piece that nobody has taken by then is not wanted.
const TAKING: Duration = Duration::from_secs(10);
/// After a paste was served, some apps ask for a second form of it.
const SECOND_THOUGHTS: Duration = Duration::from_millis(60);
/// How long a clipboard manager may take to fetch what a program that ends offers.
const HANDOVER: Duration = Duration::from_millis(1000);

/// Targets that are about a selection and not forms of its content.
const ABOUT: &[&str] =
    &["TARGETS", "TIMESTAMP", "MULTIPLE", "SAVE_TARGETS", "DELETE", "INSERT_SELECTION", "INSERT_PROPERTY"];

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

/// What the owner says about a loan, before and after the paste.
pub struct Lent {
    /// What of the old content could not be saved.
    pub problem: Option<String>,
    /// Gets one value when the paste was served.
    pub served: Receiver<()>,
}

enum Order {
    Offer(Content, Sender<Result<(), String>>),
    Lend(Loan, Sender<Result<Lent, String>>),
    /// No paste came: what was lent stays.
    Keep,
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

    /// Offers content on the clipboard, to stay.
    ///
    /// # Errors
    /// If the server is gone or lets nobody own the clipboard.
    pub fn offer(&mut self, content: Content) -> Result<(), String> {
        let (answer, answered) = bounded(1);
        self.order(Order::Offer(content, answer))?;
        answered.recv().map_err(|_| "the X server went away".to_owned())?
    }

    /// Offers content for a paste and saves what was there.
    ///
    /// # Errors
    /// As [`Owner::offer`].
    pub fn lend(&mut self, loan: Loan) -> Result<Lent, String> {
        let (answer, answered) = bounded(1);
        self.order(Order::Lend(loan, answer))?;
        answered.recv().map_err(|_| "the X server went away".to_owned())?
    }

    /// Whether the connection is lost.
    pub fn has_ended(&self) -> bool {
        self.thread.as_ref().is_none_or(JoinHandle::is_finished)
    }

    /// No paste came: what was lent stays on the clipboard.
    pub fn keep(&mut self) {
        let _ = self.order(Order::Keep);
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
struct Selection {
    atom: Atom,
    content: Option<Content>,
    since: u32,
    /// What is offered when the paste was served, if that is something else; inside, nothing means that
    /// nobody owned it.
    afterwards: Option<Option<Content>>,
}

/// A paste that is waited for.
struct Awaited {
    by: Window,
    served: Sender<()>,
    /// When the last form of it was fetched.
    fetched: Option<Instant>,
}

/// A long form on its way, piece by piece.
struct Transfer {
    requestor: Window,
    property: Atom,
    kind: Atom,
    form: Form,
    at: usize,
    deadline: Instant,
}

/// All that the thread knows.
struct Owning {
    display: Display,
    selections: [Selection; 2],
    transfers: Vec<Transfer>,
    awaited: Option<Awaited>,
    /// Numbers the properties into which others put what they are asked for.
    asked: u32,
}

impl Owning {
    fn open() -> Answer<Self> {
        let mut display = Display::open()?;
        let mut selection = |name: &str| -> Answer<Selection> {
            Ok(Selection { atom: display.atom(name)?, content: None, since: 0, afterwards: None })
        };
        let selections = [selection(SELECTIONS[0])?, selection(SELECTIONS[1])?];
        Ok(Self { display, selections, transfers: Vec::new(), awaited: None, asked: 0 })
    }

    fn run(&mut self, inbox: &Receiver<Order>, woken: &UnixStream) -> Answer<()> {
        loop {
            let deadline = self.awaited.as_ref().and_then(|a| a.fetched).map(|at| at + SECOND_THOUGHTS);
            if let Some(event) = self.display.wait(deadline, Some(woken.as_fd()))? {
                self.take_in(event)?;
            }
            if deadline.is_some_and(|deadline| deadline <= Instant::now()) {
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
                    Order::Keep => {
                        self.awaited = None;
                        self.selections.iter_mut().for_each(|s| s.afterwards = None);
                    }
                    Order::End => {
                        self.settle()?;
                        return self.hand_over();
                    }
                }
            }
        }
    }

    fn lend(&mut self, loan: Loan) -> Answer<Lent> {
        let (served, receiver) = bounded(1);
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
        self.awaited = Some(Awaited { by: loan.to, served, fetched: None });
        Ok(Lent { problem, served: receiver })
    }

    /// Puts back what is to be offered after a paste that was served.
    fn settle(&mut self) -> Answer<()> {
        self.awaited = None;
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

    fn answer(&mut self, request: &SelectionRequestEvent) -> Answer<()> {
        // Very old programs name no property.
        let property = if request.property == x11rb::NONE { request.target } else { request.property };
        let content =
            self.selections.iter().find(|s| s.atom == request.selection).and_then(|s| s.content.clone());
        let target = self.display.name(request.target)?;
        let done = match (content, target.as_str()) {
            (Some(content), "MULTIPLE") => self.answer_many(request, property, &content)?,
            (Some(content), _) => self.put(request, property, &target, &content)?,
            (None, _) => false,
        };
        let answer = SelectionNotifyEvent {
            response_type: SELECTION_NOTIFY_EVENT,
            sequence: 0,
            time: request.time,
            requestor: request.requestor,
            selection: request.selection,
            target: request.target,
            property: if done { property } else { x11rb::NONE },
        };
        self.display.connection.send_event(false, request.requestor, EventMask::NO_EVENT, answer)?;
        self.display.connection.flush()?;
        if done && !ABOUT.contains(&target.as_str()) && self.transfers.is_empty() {
            self.was_fetched(request.requestor);
        }
        Ok(())
    }

    /// Puts one form of the content into a property; says whether there is such a form.
    fn put(
        &mut self,
        request: &SelectionRequestEvent,
        property: Atom,
        target: &str,
        content: &Content,
    ) -> Answer<bool> {
        let requestor = request.requestor;
        let connection_set = |display: &Display, kind: Atom, bits: u8, data: &[u8]| -> Answer<()> {
            let units = u32::try_from(data.len() / usize::from(bits / 8)).unwrap_or(u32::MAX);
            let connection = &display.connection;
            connection.change_property(PropMode::REPLACE, requestor, property, kind, bits, units, data)?;
            Ok(())
        };
        match target {
            "TARGETS" => {
                let mut targets = Vec::new();
                for name in ["TARGETS", "TIMESTAMP", "MULTIPLE", "SAVE_TARGETS"] {
                    targets.push(self.display.atom(name)?);
                }
                for form in &content.0 {
                    targets.push(self.display.atom(&form.target)?);
                }
                let data: Vec<u8> = targets.iter().flat_map(|atom| atom.to_ne_bytes()).collect();
                connection_set(&self.display, AtomEnum::ATOM.into(), 32, &data)?;
            }
            "TIMESTAMP" => {
                let since =
                    self.selections.iter().find(|s| s.atom == request.selection).map_or(0, |s| s.since);
                connection_set(&self.display, AtomEnum::INTEGER.into(), 32, &since.to_ne_bytes())?;
            }
            "SAVE_TARGETS" => {
                let null = self.display.atom("NULL")?;
                connection_set(&self.display, null, 32, &[])?;
            }
            _ => {
                let Some(form) = content.0.iter().find(|form| form.target == target) else {
                    return Ok(false);
                };
                let kind = self.display.atom(&form.kind)?;
                if form.data.len() <= PIECE.min(self.display.largest_request()) {
                    connection_set(&self.display, kind, form.bits, &form.data)?;
                } else {
                    let incr = self.display.atom("INCR")?;
                    let aux = ChangeWindowAttributesAux::new().event_mask(EventMask::PROPERTY_CHANGE);
                    self.display.connection.change_window_attributes(requestor, &aux)?;
                    let length = u32::try_from(form.data.len()).unwrap_or(u32::MAX);
                    connection_set(&self.display, incr, 32, &length.to_ne_bytes())?;
                    let (form, deadline) = (form.clone(), after(TAKING));
                    self.transfers.retain(|t| (t.requestor, t.property) != (requestor, property));
                    self.transfers.push(Transfer { requestor, property, kind, form, at: 0, deadline });
                }
            }
        }
        Ok(true)
    }

    /// Several forms at once; those that there are not become no property.
    fn answer_many(
        &mut self,
        request: &SelectionRequestEvent,
        property: Atom,
        content: &Content,
    ) -> Answer<bool> {
        let connection = &self.display.connection;
        let pairs = connection.get_property(false, request.requestor, property, AtomEnum::ANY, 0, 1024)?;
        let Ok(pairs) = pairs.reply() else { return Ok(false) };
        let mut pairs: Vec<Atom> = pairs.value32().into_iter().flatten().collect();
        for pair in pairs.chunks_exact_mut(2) {
            let target = self.display.name(pair[0])?;
            if target == "MULTIPLE" || !self.put(request, pair[1], &target, content)? {
                pair[1] = x11rb::NONE;
            }
        }
        let kind = self.display.atom("ATOM_PAIR")?;
        let data: Vec<u8> = pairs.iter().flat_map(|atom| atom.to_ne_bytes()).collect();
        let count = u32::try_from(pairs.len()).unwrap_or(0);
        let connection = &self.display.connection;
        connection.change_property(PropMode::REPLACE, request.requestor, property, kind, 32, count, &data)?;
        Ok(true)
    }

    /// A piece was taken: sends the next one, and after the last an empty one.
    fn send_next(&mut self, event: &PropertyNotifyEvent) -> Answer<()> {
        self.transfers.retain(|transfer| transfer.deadline > Instant::now());
        let belongs = |t: &Transfer| (t.requestor, t.property) == (event.window, event.atom);
        let Some(number) = self.transfers.iter().position(belongs) else { return Ok(()) };
        let transfer = &mut self.transfers[number];
        let end = (transfer.at + PIECE).min(transfer.form.data.len());
        let piece = &transfer.form.data[transfer.at..end];
        let bits = transfer.form.bits;
        let units = u32::try_from(piece.len() / usize::from(bits / 8)).unwrap_or(0);
        let connection = &self.display.connection;
        let (mode, to, property) = (PropMode::APPEND, transfer.requestor, transfer.property);
        connection.change_property(mode, to, property, transfer.kind, bits, units, piece)?;
        connection.flush()?;
        let last = piece.is_empty();
        (transfer.at, transfer.deadline) = (end, after(TAKING));
        if last {
            self.transfers.remove(number);
            self.was_fetched(event.window);
        }
        Ok(())
    }

    /// Content was fetched. If it was by who was to paste, that was the paste.
    fn was_fetched(&mut self, by: Window) {
        if let Some(awaited) = &mut self.awaited
            && self.display.same_program(by, awaited.by)
        {
            awaited.fetched = Some(Instant::now());
            let _ = awaited.served.try_send(());
        }
    }

    /// What a selection offers now, to be offered again; an inner `None` where there is no owner. The outer
    /// one is where the owner gives nothing.
    fn save(&mut self, number: usize, problem: &mut Option<String>) -> Answer<Option<Option<Content>>> {
        let atom = self.selections[number].atom;
        let owner = self.display.connection.get_selection_owner(atom)?.reply()?.owner;
        if owner == self.display.window {
            return Ok(Some(self.selections[number].content.clone()));
        }
        if owner == x11rb::NONE {
            return Ok(Some(None));
        }
        let deadline = after(SAVING);
        let Some(targets) = self.fetch(atom, "TARGETS", deadline)? else {
            *problem = Some("what was on the clipboard is lost: the app that held it does not answer".into());
            return Ok(None);
        };
        let mut content = Content::default();
        let mut bytes = 0;
        for target in targets.data.chunks_exact(4) {
            let target = Atom::from_ne_bytes([target[0], target[1], target[2], target[3]]);
            let name = self.display.name(target)?;
            if ABOUT.contains(&name.as_str()) || content.0.iter().any(|form| form.target == name) {
                continue;
            }
            if let Some(form) = self.fetch(atom, &name, deadline)? {
                bytes += form.data.len();
                if bytes > MOST_BYTES {
                    *problem = Some("what was on the clipboard is too large to be kept whole".into());
                    break;
                }
                content.0.push(form);
            } else if Instant::now() >= deadline {
                *problem = Some(
                    "what was on the clipboard could not be kept whole: the app that held it is slow".into(),
                );
                break;
            }
        }
        // An owner with nothing to give holds nothing.
        Ok(Some((!content.0.is_empty()).then_some(content)))
    }

    /// Asks the owner of a selection for one form; `None` if there is none or it does not come in time.
    fn fetch(&mut self, selection: Atom, target: &str, end: Instant) -> Answer<Option<Form>> {
        self.asked = (self.asked + 1) % 64;
        let property = self.display.atom(&format!("HARK_{}", self.asked))?;
        let (target_atom, window) = (self.display.atom(target)?, self.display.window);
        let incr = self.display.atom("INCR")?;
        self.display.connection.delete_property(window, property)?;
        self.display.connection.convert_selection(
            window,
            selection,
            target_atom,
            property,
            x11rb::CURRENT_TIME,
        )?;
        let first = end.min(after(OWNER_ANSWERS));
        let given = self.wait_for(first, |event| match event {
            Event::SelectionNotify(e) if e.selection == selection && e.target == target_atom => {
                (e.property == property || e.property == x11rb::NONE).then_some(e.property)
            }
            _ => None,
        })?;
        if given.is_none_or(|given| given == x11rb::NONE) {
            return Ok(None);
        }
        let (mut kind, mut bits, mut data) = self.take_property(property)?;
        if kind == incr {
            data = Vec::new();
            loop {
                let next = self.wait_for(end.min(after(OWNER_ANSWERS)), |event| match event {
                    Event::PropertyNotify(e) => {
                        (e.window == window && e.atom == property && e.state == Property::NEW_VALUE)
                            .then_some(())
                    }
                    _ => None,
                })?;
                if next.is_none() {
                    return Ok(None);
                }
                let (piece_kind, piece_bits, piece) = self.take_property(property)?;
                (kind, bits) = (piece_kind, piece_bits);
                if piece.is_empty() {
                    break;
                }
                data.extend(piece);
                if data.len() > MOST_BYTES {
                    return Ok(None);
                }
            }
        }
        let kind = self.display.name(kind)?;
        let bits = if matches!(bits, 8 | 16 | 32) { bits } else { 8 };
        Ok(Some(Form { target: target.to_owned(), kind, bits, data: Arc::from(data) }))
    }

    fn take_property(&mut self, property: Atom) -> Answer<(Atom, u8, Vec<u8>)> {
        let Display { connection, window, .. } = &self.display;
        let reply = connection.get_property(true, *window, property, AtomEnum::ANY, 0, u32::MAX / 4)?;
        let reply = reply.reply()?;
        Ok((reply.type_, reply.format, reply.value))
    }

    /// Goes on answering others until the event comes that is waited for, or its time is over.
    fn wait_for<T>(&mut self, end: Instant, wanted: impl Fn(&Event) -> Option<T>) -> Answer<Option<T>> {
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
