//! Keys on Wayland, from the desktop's GlobalShortcuts portal (xdg-desktop-portal's documentation of
//! `org.freedesktop.portal.GlobalShortcuts`, versions 1 and 2).
//!
//! The portal is asked for a session, and within it for the shortcuts; the desktop then asks the person, and
//! tells of presses and releases. Some desktops lose releases: a second press of a key that is held ends it,
//! and so does the longest hold. Who declines is not asked again until the bindings change.
//!
//! The bus is spoken to directly, with the library that the accessible names of the window bring along.

use super::held::{Held, Press, Purpose, Step};
use super::send::tell;
use super::send::{Begun, send};
use crate::bindings::Action;
use crate::bindings::chord::{Chord, Key};
use crate::bindings::{Plan, Planned};
use crate::bindings::{Report, Way};
use crate::session::Command;
use crossbeam_channel::{Receiver, RecvTimeoutError, Sender, bounded, never, select};
use futures_lite::StreamExt;
use std::collections::HashMap;
use std::io;
use std::thread;
use std::time::{Duration, Instant};
use zbus::connection::Builder;
use zbus::message::Type;
use zbus::zvariant::{ObjectPath, OwnedObjectPath, OwnedValue, Value};
use zbus::{Connection, Message, MessageStream, block_on};

/// The portal's name on the bus.
pub(super) const NAME: &str = "org.freedesktop.portal.Desktop";
pub(super) const PATH: &str = "/org/freedesktop/portal/desktop";
const SHORTCUTS: &str = "org.freedesktop.portal.GlobalShortcuts";
const REQUEST: &str = "org.freedesktop.portal.Request";
const SESSION: &str = "org.freedesktop.portal.Session";
const PROPERTIES: &str = "org.freedesktop.DBus.Properties";
/// What tells the portal who asks; others know only programs that are packed with it.
const REGISTRY: &str = "org.freedesktop.host.portal.Registry";
/// The name of the file that describes Hark to desktops, and of its windows.
const APP_ID: &str = "hark";
const BUS: &str = "org.freedesktop.DBus";
const BUS_PATH: &str = "/org/freedesktop/DBus";

/// How long the portal may take for an answer that asks nobody.
const PATIENCE: Duration = Duration::from_secs(10);
/// Pause before a bus that is gone is looked for again.
const RETRY: Duration = Duration::from_secs(5);
/// Messages that can wait.
const MESSAGES: usize = 256;

/// The keys of the desktop's portal. Dropping it gives them back.
pub struct Portal {
    plans: Sender<Plan>,
}

impl Portal {
    /// Asks for what is planned, and sends what the keys mean.
    ///
    /// # Errors
    /// If the system refuses a thread.
    pub fn start(plan: Plan, commands: Sender<Command>) -> io::Result<Self> {
        Self::start_at(None, plan, commands)
    }

    /// As [`Portal::start`], on the bus at this address.
    pub(super) fn start_at(
        address: Option<String>,
        plan: Plan,
        commands: Sender<Command>,
    ) -> io::Result<Self> {
        let (plans, inbox) = bounded(super::send::PLANS);
        let held = Held::new(plan.longest_hold);
        let asking = Asking { address, plan, commands, begun: Begun::new(), inbox, held };
        thread::Builder::new().name("hark-portal-keys".into()).spawn(move || asking.run())?;
        Ok(Self { plans })
    }

    /// Another plan; `false` if the thread has ended.
    pub fn give(&self, plan: Plan) -> bool {
        self.plans.try_send(plan).is_ok()
    }

    #[cfg(test)]
    pub(super) fn has_taken_its_plans(&self) -> bool {
        self.plans.is_empty()
    }
}

/// Whether there is a portal that could be asked.
pub fn probe(plan: &Plan) -> Report {
    let way = match connect(None).and_then(|connection| version(&connection)) {
        Ok(_) => Way::Portal { keys: Vec::new() },
        Err(error) => Way::Nowhere(error.to_string()),
    };
    Report { way, problems: plan.problems.clone() }
}

/// Why the portal gives no keys.
#[derive(Debug, thiserror::Error)]
enum PortalError {
    #[error("this desktop's session bus cannot be reached ({0})")]
    NoBus(zbus::Error),
    #[error("this desktop has no portal for keys; its settings can run `hark toggle` instead")]
    NoPortal,
    #[error("the desktop's portal refuses ({0})")]
    Refused(#[from] zbus::Error),
    #[error("the desktop's portal is gone")]
    Gone,
}

/// What became of listening.
enum End {
    /// Hark ends.
    Closing,
    /// The bus is to be looked for again.
    Lost(PortalError),
}

/// What the thread has.
struct Asking {
    address: Option<String>,
    plan: Plan,
    commands: Sender<Command>,
    begun: Begun,
    inbox: Receiver<Plan>,
    held: Held,
}

/// What the portal was asked for last.
#[derive(Clone, Copy, PartialEq)]
enum Asked {
    Session,
    Shortcuts,
}

/// A conversation with the portal.
struct Talk {
    connection: Connection,
    number: u32,
    awaited: Option<(OwnedObjectPath, Asked)>,
    session: Option<OwnedObjectPath>,
}

impl Asking {
    fn run(mut self) {
        loop {
            let lost = match self.serve() {
                End::Closing => return,
                End::Lost(error) => error,
            };
            self.follow_held();
            self.tell(Way::Nowhere(lost.to_string()), Vec::new());
            match self.inbox.recv_timeout(RETRY) {
                Ok(plan) => self.plan = plan,
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => return,
            }
        }
    }

    fn tell(&self, way: Way, unbound: Vec<String>) {
        let problems = self.plan.problems.iter().cloned().chain(unbound).collect();
        tell(&self.commands, Report { way, problems });
    }

    fn follow_held(&mut self) {
        let steps = self.held.let_go();
        send(&self.commands, &mut self.begun, &self.plan.keys, steps);
    }

    fn serve(&mut self) -> End {
        let opened = connect(self.address.as_deref()).and_then(|connection| {
            let messages = listen(&connection)?;
            Ok((Talk { connection, number: 0, awaited: None, session: None }, messages))
        });
        let (mut talk, messages) = match opened {
            Ok(opened) => opened,
            Err(error) => return End::Lost(error),
        };
        let end = self.converse(&mut talk, &messages);
        // The listening thread ends with the connection.
        let _ = block_on(talk.connection.close());
        end
    }

    fn converse(&mut self, talk: &mut Talk, messages: &Receiver<Message>) -> End {
        talk.introduce();
        self.ask(talk);
        loop {
            let patience = self.held.patience(Instant::now());
            let tick = patience.map_or_else(never, crossbeam_channel::after);
            select! {
                recv(self.inbox) -> plan => match plan {
                    Ok(plan) => {
                        self.follow_held();
                        let asked = std::mem::replace(&mut self.plan, plan);
                        self.held.set_longest(self.plan.longest_hold);
                        // Who asks for the same again may be asked back.
                        if asked.keys != self.plan.keys || asked.resting == self.plan.resting {
                            self.ask(talk);
                        }
                    }
                    Err(_) => {
                        self.follow_held();
                        return End::Closing;
                    }
                },
                recv(messages) -> message => match message {
                    Ok(message) => self.hear(talk, &message),
                    Err(_) => return End::Lost(PortalError::Gone),
                },
                recv(tick) -> _ => {}
            }
            let steps = self.held.look(|_| true, Instant::now());
            send(&self.commands, &mut self.begun, &self.plan.keys, steps);
        }
    }

    /// Asks for the shortcuts anew; what goes wrong is told and waits for another plan or portal.
    fn ask(&mut self, talk: &mut Talk) {
        match version(&talk.connection).and_then(|_| talk.begin()) {
            Ok(()) => self.tell(Way::Asking, Vec::new()),
            Err(error) => self.tell(Way::Nowhere(error.to_string()), Vec::new()),
        }
    }

    fn hear(&mut self, talk: &mut Talk, message: &Message) {
        let header = message.header();
        if message.message_type() != Type::Signal {
            return;
        }
        let path = header.path().map(|path| OwnedObjectPath::from(path.to_owned()));
        let (interface, member) =
            (header.interface().map(|i| i.as_str()), header.member().map(|m| m.as_str()));
        match (interface, member) {
            (Some(REQUEST), Some("Response")) => {
                if let Some((_, asked)) =
                    talk.awaited.take_if(|(awaited, _)| Some(&*awaited) == path.as_ref())
                {
                    self.take_answer(talk, asked, message);
                }
            }
            (Some(SHORTCUTS), Some(what @ ("Activated" | "Deactivated"))) => {
                type Body = (OwnedObjectPath, String, u64, HashMap<String, OwnedValue>);
                let Ok((session, id, ..)) = message.body().deserialize::<Body>() else { return };
                if Some(&session) == talk.session.as_ref() {
                    self.press(&id, what == "Activated");
                }
            }
            (Some(SESSION), Some("Closed")) if path.is_some() && path == talk.session => {
                talk.session = None;
                self.follow_held();
                let why =
                    "the desktop has taken the keys back; change one, or start Hark again, to ask for them";
                self.tell(Way::Nowhere(why.into()), Vec::new());
            }
            (Some(BUS), Some("NameOwnerChanged")) => {
                let Ok((_, _, new)) = message.body().deserialize::<(String, String, String)>() else {
                    return;
                };
                (talk.session, talk.awaited) = (None, None);
                self.follow_held();
                match new.is_empty() {
                    true => self.tell(Way::Nowhere(PortalError::Gone.to_string()), Vec::new()),
                    false => {
                        talk.introduce();
                        self.ask(talk);
                    }
                }
            }
            _ => {}
        }
    }

    fn take_answer(&mut self, talk: &mut Talk, asked: Asked, message: &Message) {
        type Body = (u32, HashMap<String, OwnedValue>);
        let Ok((code, results)) = message.body().deserialize::<Body>() else {
            return self
                .tell(Way::Nowhere("the desktop's portal answers what makes no sense".into()), Vec::new());
        };
        if code != 0 {
            let why = match code {
                1 => "the keys were declined; change one, or start Hark again, to be asked once more",
                _ => "the desktop's portal gave no keys; its settings can run `hark toggle` instead",
            };
            return self.tell(Way::Nowhere(why.into()), Vec::new());
        }
        if asked == Asked::Session {
            let bound = session_of(&results).ok_or(PortalError::Gone).and_then(|session| {
                talk.session = Some(session.clone());
                talk.bind(&session, &self.plan.keys)
            });
            if let Err(error) = bound {
                self.tell(Way::Nowhere(error.to_string()), Vec::new());
            }
            return;
        }
        let triggers = triggers_of(&results);
        let mut keys = Vec::new();
        let mut unbound = Vec::new();
        for (id, key) in ids(&self.plan.keys).zip(&self.plan.keys) {
            let name = key.action.name();
            match triggers.iter().find(|(bound, _)| *bound == id) {
                Some((_, trigger)) if trigger.is_empty() => keys.push(name.to_owned()),
                Some((_, trigger)) => keys.push(format!("{name}: {trigger}")),
                None => unbound.push(format!(
                    "The desktop has bound no key to “{name}”; it may have a place for that in its settings."
                )),
            }
        }
        self.tell(Way::Portal { keys }, unbound);
    }

    fn press(&mut self, id: &str, down: bool) {
        if self.plan.resting {
            return;
        }
        let now = Instant::now();
        let Some(binding) = ids(&self.plan.keys).position(|known| known == id) else { return };
        let Ok(code) = u8::try_from(binding) else { return };
        let purpose = match self.plan.keys[binding].action {
            Action::HoldToTalk => Purpose::Hold,
            _ => Purpose::Tap,
        };
        // A press of what is held means that its release was lost.
        let ended = self.held.release(code, now);
        let step = match (ended, down) {
            (None, true) => self.held.press(Press { code, binding, purpose, alone: false }, false, now),
            (ended, _) => ended,
        };
        if matches!(step, Some(Step::Fire(_))) {
            self.held.release(code, now);
        }
        send(&self.commands, &mut self.begun, &self.plan.keys, step);
    }
}

impl Talk {
    fn token(&mut self) -> String {
        self.number += 1;
        format!("hark{}_{}", std::process::id(), self.number)
    }

    /// Says who asks, which a portal must know before anything else.
    fn introduce(&self) {
        let about = (APP_ID, HashMap::<&str, Value<'_>>::new());
        // Older portals have no such register, and find out by themselves.
        let _ = block_on(self.connection.call_method(Some(NAME), PATH, Some(REGISTRY), "Register", &about));
    }

    /// Asks for a session, in place of the one at hand.
    fn begin(&mut self) -> Result<(), PortalError> {
        if let Some(old) = self.session.take() {
            // One that is gone already needs no closing.
            let _ = block_on(self.connection.call_method(Some(NAME), &old, Some(SESSION), "Close", &()));
        }
        let (request, session) = (self.token(), self.token());
        let options = HashMap::from([
            ("handle_token", Value::from(request)),
            ("session_handle_token", Value::from(session)),
        ]);
        self.request("CreateSession", &options, Asked::Session)
    }

    /// Asks for the shortcuts.
    fn bind(&mut self, session: &ObjectPath<'_>, keys: &[Planned]) -> Result<(), PortalError> {
        let shortcut = |(id, key): (String, &Planned)| {
            let mut about = HashMap::from([("description", Value::from(description(key)))]);
            if let Some(trigger) = trigger(&key.chord) {
                about.insert("preferred_trigger", Value::from(trigger));
            }
            (id, about)
        };
        let shortcuts: Vec<_> = ids(keys).zip(keys).map(shortcut).collect();
        let options = HashMap::from([("handle_token", Value::from(self.token()))]);
        self.request("BindShortcuts", &(session, shortcuts, "", options), Asked::Shortcuts)
    }

    fn request<B>(&mut self, method: &str, body: &B, asked: Asked) -> Result<(), PortalError>
    where
        B: serde::Serialize + zbus::zvariant::DynamicType,
    {
        let reply = block_on(self.connection.call_method(Some(NAME), PATH, Some(SHORTCUTS), method, body))?;
        self.awaited = Some((reply.body().deserialize()?, asked));
        Ok(())
    }
}

fn connect(address: Option<&str>) -> Result<Connection, PortalError> {
    let connect = async {
        let builder = match address {
            Some(address) => Builder::address(address)?,
            None => Builder::session()?,
        };
        builder.method_timeout(PATIENCE).build().await
    };
    block_on(connect).map_err(PortalError::NoBus)
}

/// The portal's version; it is started if it is not running.
fn version(connection: &Connection) -> Result<OwnedValue, PortalError> {
    let asked = (SHORTCUTS, "version");
    let reply = block_on(connection.call_method(Some(NAME), PATH, Some(PROPERTIES), "Get", &asked));
    let reply = reply.map_err(|_| PortalError::NoPortal)?;
    Ok(reply.body().deserialize()?)
}

/// What the portal says from now on.
fn listen(connection: &Connection) -> Result<Receiver<Message>, PortalError> {
    let rules = [
        format!("type='signal',sender='{NAME}',interface='{REQUEST}'"),
        format!("type='signal',sender='{NAME}',interface='{SHORTCUTS}'"),
        format!("type='signal',sender='{NAME}',interface='{SESSION}'"),
        format!("type='signal',sender='{BUS}',member='NameOwnerChanged',arg0='{NAME}'"),
    ];
    let mut stream = MessageStream::from(connection);
    for rule in rules {
        block_on(connection.call_method(Some(BUS), BUS_PATH, Some(BUS), "AddMatch", &rule))?;
    }
    let (sender, messages) = bounded(MESSAGES);
    let listening = move || {
        while let Some(Ok(message)) = block_on(stream.next()) {
            if sender.send(message).is_err() {
                break;
            }
        }
    };
    let spawned = thread::Builder::new().name("hark-portal-bus".into()).spawn(listening);
    spawned.map_err(|error| PortalError::NoBus(zbus::Error::InputOutput(error.into())))?;
    Ok(messages)
}

fn session_of(results: &HashMap<String, OwnedValue>) -> Option<OwnedObjectPath> {
    let value = results.get("session_handle")?;
    // The documentation says string; some say path.
    let text = match &**value {
        Value::Str(text) => text.as_str().to_owned(),
        Value::ObjectPath(path) => path.as_str().to_owned(),
        _ => return None,
    };
    OwnedObjectPath::try_from(text).ok()
}

/// Each shortcut with what the desktop calls its key.
fn triggers_of(results: &HashMap<String, OwnedValue>) -> Vec<(String, String)> {
    type Shortcuts = Vec<(String, HashMap<String, OwnedValue>)>;
    let list = results.get("shortcuts").and_then(|value| value.try_clone().ok());
    let shortcuts = list.and_then(|value| Shortcuts::try_from(value).ok()).unwrap_or_default();
    let trigger = |about: &HashMap<String, OwnedValue>| {
        about
            .get("trigger_description")
            .and_then(|text| <&str>::try_from(text).ok())
            .unwrap_or_default()
            .to_owned()
    };
    shortcuts.into_iter().map(|(id, about)| (id, trigger(&about))).collect()
}

/// Names of the shortcuts. Desktops remember keys by them, so they stay the same while what the key does
/// does.
fn ids(keys: &[Planned]) -> impl Iterator<Item = String> {
    let id = |key: &Planned| {
        let name = match key.action {
            Action::Toggle => "toggle",
            Action::HoldToTalk => "hold-to-talk",
            Action::Cancel => "cancel",
            Action::PasteLast => "paste-last",
            Action::NextLanguage => "next-language",
        };
        let language = key.manner.language.as_deref().map(|code| format!("-{code}")).unwrap_or_default();
        let translate = if key.manner.translate { "-translate" } else { "" };
        let enter = if key.manner.enter { "-enter" } else { "" };
        format!("{name}{language}{translate}{enter}")
    };
    keys.iter().enumerate().map(move |(place, key)| {
        let own = id(key);
        match keys[..place].iter().filter(|earlier| id(earlier) == own).count() {
            0 => own,
            earlier => format!("{own}-{}", earlier + 1),
        }
    })
}

fn description(key: &Planned) -> String {
    let language = key.manner.language.as_deref().map(|code| format!(" ({code})")).unwrap_or_default();
    format!("{}{language}", key.action.name())
}

/// A key in the words of the XDG shortcuts specification; it has none for a modifier alone.
fn trigger(chord: &Chord) -> Option<String> {
    if let Key::Alone(_) = chord.key {
        return None;
    }
    let names =
        chord.modifiers.names().map(|name| if name == "Super" { "LOGO".into() } else { name.to_uppercase() });
    Some(names.chain([chord.key.xkb()]).collect::<Vec<_>>().join("+"))
}
