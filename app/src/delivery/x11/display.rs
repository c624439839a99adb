//! A connection to the X server with a window that nobody sees, and waiting on it with an end.

use super::keymap::Keymap;
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use std::collections::HashMap;
use std::os::fd::{AsFd, BorrowedFd};
use std::time::{Duration, Instant};
use x11rb::connection::{Connection, RequestConnection};
use x11rb::errors::ReplyOrIdError;
use x11rb::protocol::Event;
use x11rb::protocol::res::{ClientIdMask, ClientIdSpec, ConnectionExt as _};
use x11rb::protocol::xproto::{
    Atom, AtomEnum, ConnectionExt as _, CreateWindowAux, EventMask, PropMode, Window, WindowClass,
};
use x11rb::rust_connection::RustConnection;
use x11rb::wrapper::ConnectionExt as _;

/// What can go wrong with the X server.
#[derive(Debug, thiserror::Error)]
pub enum DisplayError {
    /// There is no way to the server.
    #[error("the X server cannot be reached ({0})")]
    Connect(#[from] x11rb::errors::ConnectError),
    /// A request failed.
    #[error("the X server refused a request ({0})")]
    Request(#[from] ReplyOrIdError),
    /// The server says something of which no sense can be made.
    #[error("the X server has no screen")]
    NoScreen,
    /// There is no key for what is to be pressed, and none to spare.
    #[error("the keyboard has no key for it and none to spare")]
    NoKey,
}

impl From<x11rb::errors::ConnectionError> for DisplayError {
    fn from(error: x11rb::errors::ConnectionError) -> Self {
        Self::Request(error.into())
    }
}

impl From<x11rb::errors::ReplyError> for DisplayError {
    fn from(error: x11rb::errors::ReplyError) -> Self {
        Self::Request(error.into())
    }
}

/// Result of a conversation with the X server.
pub type Answer<T> = Result<T, DisplayError>;

/// A connection, a window of its own, and the names that were asked for.
pub struct Display {
    pub connection: RustConnection,
    pub root: Window,
    /// A window that is never shown; it owns selections and gets answers.
    pub window: Window,
    atoms: HashMap<String, Atom>,
    names: HashMap<Atom, String>,
    clock: Atom,
}

impl Display {
    /// Connects to the X server that `DISPLAY` names.
    ///
    /// # Errors
    /// If there is none or it refuses.
    pub fn open() -> Answer<Self> {
        let (connection, screen) = x11rb::connect(None)?;
        let root = connection.setup().roots.get(screen).ok_or(DisplayError::NoScreen)?.root;
        let window = connection.generate_id()?;
        let aux = CreateWindowAux::new().event_mask(EventMask::PROPERTY_CHANGE);
        connection.create_window(0, window, root, -1, -1, 1, 1, 0, WindowClass::INPUT_ONLY, 0, &aux)?;
        let (atoms, names) = Default::default();
        let mut display = Self { connection, root, window, atoms, names, clock: 0 };
        display.clock = display.atom("HARK_CLOCK")?;
        Ok(display)
    }

    /// The number of a name.
    pub fn atom(&mut self, name: &str) -> Answer<Atom> {
        if let Some(atom) = self.atoms.get(name) {
            return Ok(*atom);
        }
        let atom = self.connection.intern_atom(false, name.as_bytes())?.reply()?.atom;
        self.atoms.insert(name.to_owned(), atom);
        Ok(atom)
    }

    /// The name of a number.
    pub fn name(&mut self, atom: Atom) -> Answer<String> {
        if let Some(name) = self.names.get(&atom) {
            return Ok(name.clone());
        }
        let name = self.connection.get_atom_name(atom)?.reply()?.name;
        let name = String::from_utf8_lossy(&name).into_owned();
        self.names.insert(atom, name.clone());
        Ok(name)
    }

    /// The server's clock, as the conventions want it where a selection is taken.
    pub fn now(&mut self, others: &mut Vec<Event>) -> Answer<u32> {
        let Self { connection, window, clock, .. } = self;
        connection.change_property8(PropMode::REPLACE, *window, *clock, AtomEnum::STRING, &[])?;
        connection.flush()?;
        loop {
            match self.connection.wait_for_event()? {
                Event::PropertyNotify(e) if e.window == self.window && e.atom == self.clock => {
                    return Ok(e.time);
                }
                other => others.push(other),
            }
        }
    }

    /// The next event, if it comes in time. `wake` ends the wait, too, by becoming readable.
    pub fn wait(&self, deadline: Option<Instant>, wake: Option<BorrowedFd<'_>>) -> Answer<Option<Event>> {
        if let Some(event) = self.connection.poll_for_event()? {
            return Ok(Some(event));
        }
        self.connection.flush()?;
        let patience = deadline.map(|end| end.saturating_duration_since(Instant::now()));
        let timeout = patience.map(|time| Timespec {
            tv_sec: i64::try_from(time.as_secs()).unwrap_or(i64::MAX),
            tv_nsec: i64::from(time.subsec_nanos()),
        });
        let mut ready = vec![PollFd::from_borrowed_fd(self.connection.stream().as_fd(), PollFlags::IN)];
        ready.extend(wake.map(|wake| PollFd::from_borrowed_fd(wake, PollFlags::IN)));
        // An interrupted wait is a short one.
        let _ = poll(&mut ready, timeout.as_ref());
        Ok(self.connection.poll_for_event()?)
    }

    /// What all keys mean now.
    pub fn keymap(&self) -> Answer<Keymap> {
        let setup = self.connection.setup();
        let (first, last) = (setup.min_keycode, setup.max_keycode);
        let mapping = self.connection.get_keyboard_mapping(first, last - first + 1)?.reply()?;
        Ok(Keymap { first, columns: usize::from(mapping.keysyms_per_keycode), keysyms: mapping.keysyms })
    }

    /// Forgets events that nobody waits for.
    pub fn drain(&self) -> Answer<()> {
        while self.connection.poll_for_event()?.is_some() {}
        Ok(())
    }

    /// Bytes that one request may carry, with room for its head.
    pub fn largest_request(&self) -> usize {
        self.connection.maximum_request_bytes().saturating_sub(64)
    }

    /// Whether two windows belong to the same program.
    pub fn same_program(&self, one: Window, other: Window) -> bool {
        let client = |window: Window| window & !self.connection.setup().resource_id_mask;
        client(one) == client(other) || self.pid(one).is_some_and(|pid| self.pid(other) == Some(pid))
    }

    /// The process that a window belongs to, as the server's X-Resource extension knows it.
    pub fn pid(&self, window: Window) -> Option<u32> {
        let spec = ClientIdSpec { client: window, mask: ClientIdMask::LOCAL_CLIENT_PID };
        let reply = self.connection.res_query_client_ids(&[spec]).ok()?.reply().ok()?;
        reply.ids.first()?.value.first().copied()
    }
}

/// A moment from now.
pub fn after(time: Duration) -> Instant {
    Instant::now() + time
}
