//! Keys on X11, on a connection and a thread of their own.
//!
//! A key is grabbed under every combination of CapsLock, NumLock and ScrollLock, and anew when the
//! keyboard's mapping changes. A modifier bound alone is not grabbed: a grab would take it away from every
//! other app, or freeze the keyboard at each press until Hark lets it go on. Instead Hark listens to the
//! keyboard's raw events (XInput 2.1), which tell of presses without taking them, so the modifier goes on
//! being one. That is done only while such a binding exists, and of other keys it is only noted that there
//! was one.
//!
//! Repeats are kept from us by XKB's detectable auto-repeat; where it is missing, a release counts only if
//! the keyboard says that the key is up.

use super::held::{Held, Press, Purpose, Step};
use super::keymap::{Keymap, Physical};
use super::send::tell;
use super::send::{Begun, send};
use crate::bindings::{Action, chord};
use crate::bindings::{Plan, Planned};
use crate::bindings::{Report, Way};
use crate::session::Command;
use crossbeam_channel::{Receiver, Sender, TryRecvError, bounded};
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use std::io::{self, PipeReader, PipeWriter, Read, Write};
use std::thread;
use std::time::{Duration, Instant};
use x11rb::connection::{Connection, RequestConnection};
use x11rb::errors::{ConnectError, ConnectionError, ReplyError};
use x11rb::protocol::xinput::{ConnectionExt as _, EventMask, KeyEventFlags, XIEventMask};
use x11rb::protocol::xkb::{
    self, BoolCtrl, ConnectionExt as _, EventType, ID, MapPart, PerClientFlag, SelectEventsAux,
};
use x11rb::protocol::xproto::{ConnectionExt as _, GrabMode, GrabStatus, ModMask, Window};
use x11rb::protocol::{ErrorKind, Event, xinput};
use x11rb::rust_connection::RustConnection;

/// Pause before a display that is gone is looked for again.
const RETRY: Duration = Duration::from_secs(2);
/// Pause before keys that another program holds are tried again.
const TRY_AGAIN: Duration = Duration::from_secs(10);
/// A mapping changes in many small steps.
const SETTLING: Duration = Duration::from_millis(50);

/// The keys of an X11 display. Dropping it gives them back.
pub struct Grabber {
    plans: Sender<Plan>,
    waker: PipeWriter,
}

impl Grabber {
    /// Grabs what is planned, and sends what the keys mean.
    ///
    /// # Errors
    /// If the system refuses a thread or a pipe.
    pub fn start(plan: Plan, commands: Sender<Command>) -> io::Result<Self> {
        let (plans, inbox) = bounded(super::send::PLANS);
        let (woken, waker) = io::pipe()?;
        thread::Builder::new()
            .name("hark-x11-keys".into())
            .spawn(move || Grabbing { plan, commands, begun: Begun::new(), inbox, woken }.run())?;
        Ok(Self { plans, waker })
    }

    /// Another plan; `false` if the thread has ended.
    pub fn give(&self, plan: Plan) -> bool {
        // A full pipe wakes as well.
        self.plans.try_send(plan).is_ok() && (&self.waker).write_all(&[1]).is_ok()
    }
}

/// Whether the planned keys could be grabbed just now.
pub fn probe(plan: &Plan) -> Report {
    let mut problems = plan.problems.clone();
    match Display::open() {
        Ok(mut display) => match display.grab(&plan.keys) {
            Ok(taken) => {
                problems.extend(taken);
                Report { way: Way::X11 { keys: display.working }, problems }
            }
            Err(lost) => Report { way: Way::Nowhere(lost.to_string()), problems },
        },
        Err(lost) => Report { way: Way::Nowhere(lost.to_string()), problems },
    }
}

/// Why there is no display any more.
#[derive(Debug, thiserror::Error)]
enum Lost {
    #[error("the X11 display cannot be reached ({0})")]
    NotThere(#[from] ConnectError),
    #[error("the X11 display is gone ({0})")]
    Gone(#[from] ConnectionError),
    #[error("the X11 display refused a request ({0})")]
    Refused(#[from] ReplyError),
    #[error("the X11 display cannot be listened to ({0})")]
    Deaf(#[from] io::Error),
}

/// What the thread has.
struct Grabbing {
    plan: Plan,
    commands: Sender<Command>,
    begun: Begun,
    inbox: Receiver<Plan>,
    woken: PipeReader,
}

/// Why the thread looked up.
enum Woken {
    ByPlan(Plan),
    ByDisplay,
    Closing,
}

impl Grabbing {
    fn run(mut self) {
        let mut held = Held::new(self.plan.longest_hold);
        loop {
            let ended = Display::open().and_then(|display| self.serve(display, &mut held));
            // Nobody tells any more when what is held is released.
            self.follow(held.let_go());
            let Err(lost) = ended else { return };
            self.tell(Way::Nowhere(lost.to_string()), Vec::new());
            match self.inbox.recv_timeout(RETRY) {
                Ok(plan) => self.plan = plan,
                Err(crossbeam_channel::RecvTimeoutError::Timeout) => {}
                Err(crossbeam_channel::RecvTimeoutError::Disconnected) => return,
            }
        }
    }

    fn tell(&self, way: Way, taken: Vec<String>) {
        let problems = self.plan.problems.iter().cloned().chain(taken).collect();
        tell(&self.commands, Report { way, problems });
    }

    /// Serves until Hark ends.
    fn serve(&mut self, mut display: Display, held: &mut Held) -> Result<(), Lost> {
        held.set_longest(self.plan.longest_hold);
        let mut due = Some(Instant::now());
        loop {
            let now = Instant::now();
            if due.is_some_and(|due| due <= now) {
                due = self.grab(&mut display)?;
            }
            let until_due = due.map(|due| due.saturating_duration_since(now));
            let patience = [held.patience(now), until_due].into_iter().flatten().min();
            match self.wait(&display, patience)? {
                Woken::Closing => return Ok(()),
                Woken::ByPlan(plan) => {
                    // What is held belongs to the old bindings.
                    self.follow(held.let_go());
                    self.plan = plan;
                    held.set_longest(self.plan.longest_hold);
                    due = Some(Instant::now());
                }
                Woken::ByDisplay => {}
            }
            while let Some(event) = display.connection.poll_for_event()? {
                if let Event::MappingNotify(_) | Event::XkbMapNotify(_) | Event::XkbNewKeyboardNotify(_) =
                    event
                {
                    display.keymap_changed = true;
                    due = Some(Instant::now() + SETTLING);
                }
                let steps = display.take(&event, &self.plan.keys, held)?;
                self.follow(steps);
            }
            if !held.is_empty() {
                let down = display.keys_down()?;
                self.follow(held.look(|code| down.is_down(code), Instant::now()));
            }
        }
    }

    /// Grabs what is planned, or nothing while the keys rest; says when to try again, if ever.
    fn grab(&self, display: &mut Display) -> Result<Option<Instant>, Lost> {
        if self.plan.resting {
            display.grab(&[])?;
            return Ok(None);
        }
        let taken = display.grab(&self.plan.keys)?;
        let again = (!taken.is_empty()).then(|| Instant::now() + TRY_AGAIN);
        self.tell(Way::X11 { keys: display.working }, taken);
        Ok(again)
    }

    /// Waits for the display or another plan.
    fn wait(&mut self, display: &Display, patience: Option<Duration>) -> Result<Woken, Lost> {
        display.connection.flush()?;
        let timeout = patience.and_then(|time| Timespec::try_from(time).ok());
        let mut ends = [
            PollFd::new(display.connection.stream(), PollFlags::IN),
            PollFd::new(&self.woken, PollFlags::IN),
        ];
        match poll(&mut ends, timeout.as_ref()) {
            Ok(_) | Err(rustix::io::Errno::INTR) => {}
            Err(error) => return Err(Lost::Deaf(error.into())),
        }
        if ends[1].revents().is_empty() {
            return Ok(Woken::ByDisplay);
        }
        let mut bytes = [0; 64];
        if self.woken.read(&mut bytes)? == 0 {
            return Ok(Woken::Closing);
        }
        let mut newest = None;
        loop {
            match self.inbox.try_recv() {
                Ok(plan) => newest = Some(plan),
                Err(TryRecvError::Empty) => return Ok(newest.map_or(Woken::ByDisplay, Woken::ByPlan)),
                Err(TryRecvError::Disconnected) => return Ok(Woken::Closing),
            }
        }
    }

    /// Sends what the steps mean.
    fn follow(&mut self, steps: impl IntoIterator<Item = Step>) {
        send(&self.commands, &mut self.begun, &self.plan.keys, steps);
    }
}

/// What is down on the keyboard, one bit per key.
struct KeysDown([u8; 32]);

impl KeysDown {
    fn is_down(&self, code: u8) -> bool {
        self.0[usize::from(code / 8)] & 1 << (code % 8) != 0
    }

    /// Whether any other key is.
    fn others(&self, code: u8) -> bool {
        let all: u32 = self.0.iter().map(|byte| byte.count_ones()).sum();
        all > u32::from(self.is_down(code))
    }
}

/// A connection and what is grabbed on it.
struct Display {
    connection: RustConnection,
    roots: Vec<Window>,
    /// Whether repeats are kept from us.
    detectable: bool,
    /// Whether raw events can be listened to.
    raw: bool,
    keymap: Keymap,
    keymap_changed: bool,
    /// What each physical key is bound to; those of modifiers bound alone are in `alone`.
    grabbed: Vec<(Physical, usize)>,
    alone: Vec<(u8, usize)>,
    listens: bool,
    /// Bindings that work.
    working: usize,
}

impl Display {
    fn open() -> Result<Self, Lost> {
        let (connection, _) = RustConnection::connect(None)?;
        let roots = connection.setup().roots.iter().map(|screen| screen.root).collect();
        let detectable = detectable_repeat(&connection)?;
        let raw = connection.extension_information(xinput::X11_EXTENSION_NAME)?.is_some();
        // Since 2.1, raw events come whoever has grabbed the keyboard.
        let raw = raw
            && connection
                .xinput_xi_query_version(2, 2)?
                .reply()
                .is_ok_and(|v| (v.major_version, v.minor_version) >= (2, 1));
        Ok(Self {
            connection,
            roots,
            detectable,
            raw,
            keymap: Keymap::default(),
            keymap_changed: true,
            grabbed: Vec::new(),
            alone: Vec::new(),
            listens: false,
            working: 0,
        })
    }

    /// Grabs exactly these keys, keeping what is grabbed already; says which are not to be had.
    fn grab(&mut self, keys: &[Planned]) -> Result<Vec<String>, Lost> {
        if std::mem::take(&mut self.keymap_changed) {
            let keymap = keymap(&self.connection)?;
            // Every change of the keyboard that is typed on is told as one of the mapping.
            if keymap != self.keymap {
                // The locks may be others now.
                for (old, _) in std::mem::take(&mut self.grabbed) {
                    self.release(old)?;
                }
                self.keymap = keymap;
            }
        }
        let mut problems = Vec::new();
        let mut wanted = Vec::new();
        let mut alone = Vec::new();
        let mut working = vec![true; keys.len()];
        for (binding, Planned { chord, .. }) in keys.iter().enumerate() {
            let physical = self.keymap.physical(chord);
            if physical.is_empty() {
                problems.push(format!("This keyboard has no key {}; choose another one.", chord.key));
                working[binding] = false;
            }
            match chord.key {
                chord::Key::Alone(_) if !self.raw => {
                    problems
                        .push(format!("{chord} cannot be bound alone here: the display lacks XInput 2.1."));
                    working[binding] = false;
                }
                chord::Key::Alone(_) => alone.extend(physical.into_iter().map(|p| (p.code, binding))),
                _ => wanted.extend(physical.into_iter().map(|physical| (physical, binding))),
            }
        }
        for (old, _) in std::mem::take(&mut self.grabbed) {
            if !wanted.iter().any(|(new, _)| *new == old) {
                self.release(old)?;
            }
        }
        for (physical, binding) in wanted {
            if self.try_grab(physical)? {
                self.grabbed.push((physical, binding));
            } else if std::mem::replace(&mut working[binding], false) {
                let chord = keys[binding].chord;
                problems.push(format!(
                    "{chord} is taken by another program; choose another key, or free it there."
                ));
            }
        }
        self.alone = alone;
        self.listen()?;
        self.working = working.into_iter().filter(|works| *works).count();
        Ok(problems)
    }

    /// `false` if another program has it under any state of the locks; then it is not grabbed at all.
    fn try_grab(&self, Physical { code, modifiers }: Physical) -> Result<bool, Lost> {
        let mut asked = Vec::new();
        for &root in &self.roots {
            for locks in self.keymap.locks() {
                let mask = ModMask::from(modifiers | locks);
                asked.push(self.connection.grab_key(
                    false,
                    root,
                    mask,
                    code,
                    GrabMode::ASYNC,
                    GrabMode::ASYNC,
                )?);
            }
        }
        let mut free = true;
        for answer in asked {
            match answer.check() {
                Ok(()) => {}
                Err(ReplyError::X11Error(error)) if error.error_kind == ErrorKind::Access => free = false,
                Err(error) => return Err(error.into()),
            }
        }
        if !free {
            self.release(Physical { code, modifiers })?;
        }
        Ok(free)
    }

    fn release(&self, Physical { code, modifiers }: Physical) -> Result<(), Lost> {
        for &root in &self.roots {
            for locks in self.keymap.locks() {
                self.connection.ungrab_key(code, root, ModMask::from(modifiers | locks))?;
            }
        }
        Ok(())
    }

    /// Listens to raw events exactly if a modifier is bound alone.
    fn listen(&mut self) -> Result<(), Lost> {
        let wanted = !self.alone.is_empty() && self.raw;
        if wanted != std::mem::replace(&mut self.listens, wanted) {
            let every =
                XIEventMask::RAW_KEY_PRESS | XIEventMask::RAW_KEY_RELEASE | XIEventMask::RAW_BUTTON_PRESS;
            let mask = if wanted { every } else { XIEventMask::from(0u32) };
            let deviceid = xinput::Device::ALL_MASTER.into();
            for &root in &self.roots {
                self.connection.xinput_xi_select_events(root, &[EventMask { deviceid, mask: vec![mask] }])?;
            }
        }
        Ok(())
    }

    fn keys_down(&self) -> Result<KeysDown, Lost> {
        Ok(KeysDown(self.connection.query_keymap()?.reply()?.keys))
    }

    /// Whether another program has taken the whole keyboard, as screen lockers and menus do. Raw events come
    /// even then, of keys that are not meant for Hark.
    fn is_taken(&self) -> Result<bool, Lost> {
        let Some(&root) = self.roots.first() else { return Ok(false) };
        let (now, mode) = (x11rb::CURRENT_TIME, GrabMode::ASYNC);
        let asked = self.connection.grab_keyboard(true, root, now, mode, mode)?;
        // Sent together, so that no key comes between them; what another has taken stays taken.
        self.connection.ungrab_keyboard(now)?;
        Ok(asked.reply()?.status != GrabStatus::SUCCESS)
    }

    /// What follows from an event.
    fn take(&self, event: &Event, keys: &[Planned], held: &mut Held) -> Result<Vec<Step>, Lost> {
        let now = Instant::now();
        let purpose = |binding: usize| match keys.get(binding).map(|key| key.action) {
            Some(Action::HoldToTalk) => Purpose::Hold,
            _ => Purpose::Tap,
        };
        let step = match event {
            Event::KeyPress(event) => {
                let pressed =
                    Physical { code: event.detail, modifiers: self.keymap.without_locks(event.state.into()) };
                let bound = self.grabbed.iter().find(|(physical, _)| *physical == pressed);
                bound.and_then(|&(Physical { code, .. }, binding)| {
                    held.press(Press { code, binding, purpose: purpose(binding), alone: false }, false, now)
                })
            }
            Event::KeyRelease(event) if self.detectable || !self.keys_down()?.is_down(event.detail) => {
                held.release(event.detail, now)
            }
            Event::XinputRawKeyPress(event) if !event.flags.contains(KeyEventFlags::KEY_REPEAT) => {
                let code = u8::try_from(event.detail).unwrap_or(0);
                match self.alone.iter().find(|(bound, _)| *bound == code) {
                    Some(&(_, binding)) => {
                        let others = self.keys_down()?.others(code);
                        if !others && self.is_taken()? {
                            return Ok(Vec::new());
                        }
                        held.press(
                            Press { code, binding, purpose: purpose(binding), alone: true },
                            others,
                            now,
                        )
                    }
                    None => return Ok(held.other(now)),
                }
            }
            Event::XinputRawButtonPress(_) => return Ok(held.other(now)),
            Event::XinputRawKeyRelease(event) => {
                let code = u8::try_from(event.detail).unwrap_or(0);
                let alone = self.alone.iter().any(|(bound, _)| *bound == code);
                alone.then(|| held.release(code, now)).flatten()
            }
            _ => None,
        };
        Ok(step.into_iter().collect())
    }
}

/// Asks for presses without releases between them while a key repeats.
fn detectable_repeat(connection: &RustConnection) -> Result<bool, Lost> {
    if connection.extension_information(xkb::X11_EXTENSION_NAME)?.is_none() {
        return Ok(false);
    }
    if !connection.xkb_use_extension(1, 0)?.reply().is_ok_and(|reply| reply.supported) {
        return Ok(false);
    }
    let core = u16::from(ID::USE_CORE_KBD);
    // Who speaks XKB is told of mappings by it alone, and only on request.
    let changes = EventType::MAP_NOTIFY | EventType::NEW_KEYBOARD_NOTIFY;
    let parts = MapPart::KEY_TYPES | MapPart::KEY_SYMS | MapPart::MODIFIER_MAP;
    let details = SelectEventsAux::new();
    connection.xkb_select_events(core, EventType::from(0u16), changes, parts, parts, &details)?;
    let (flag, none) = (PerClientFlag::DETECTABLE_AUTO_REPEAT, BoolCtrl::from(0u32));
    let reply = connection.xkb_per_client_flags(core, flag, flag, none, none, none)?.reply();
    Ok(reply.is_ok_and(|reply| reply.value.contains(flag)))
}

fn keymap(connection: &RustConnection) -> Result<Keymap, Lost> {
    let setup = connection.setup();
    let (first, last) = (setup.min_keycode, setup.max_keycode);
    let count = last.saturating_sub(first).saturating_add(1);
    let keys = connection.get_keyboard_mapping(first, count)?;
    let modifiers = connection.get_modifier_mapping()?;
    let (keys, modifiers) = (keys.reply()?, modifiers.reply()?);
    Ok(Keymap::new(first, keys.keysyms_per_keycode, keys.keysyms, &modifiers.keycodes))
}
