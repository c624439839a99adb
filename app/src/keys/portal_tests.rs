//! The portal's side played by the test, on a bus of its own.

use super::portal::{NAME, PATH, Portal};
use crate::bindings::{Action, Binding, Choices, Plan, Report, Way, plan};
use crate::session::Command;
use crate::test_bus::Bus;
use crate::wish::{Manner, Wish};
use crossbeam_channel::{Receiver, Sender, bounded};
use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use zbus::connection::Builder;
use zbus::message::Header;
use zbus::zvariant::{OwnedObjectPath, OwnedValue, Value};
use zbus::{Connection, block_on, interface};

const WHAT: &str = "keys from the portal";
const HANG: Duration = Duration::from_secs(20);
const SHORTCUTS: &str = "org.freedesktop.portal.GlobalShortcuts";

/// What the portal was asked to bind: session, and each shortcut with its preferred key.
type Asked = (String, Vec<(String, Option<String>)>);

/// What came to the portal, in order.
type Calls = Arc<Mutex<Vec<String>>>;

/// The register of programs, which older portals lack.
struct Register(Calls);

#[interface(name = "org.freedesktop.host.portal.Registry")]
impl Register {
    fn register(&self, app_id: String, _options: HashMap<String, OwnedValue>) {
        self.0.lock().unwrap().push(app_id);
    }
}

struct Mock {
    calls: Calls,
    /// What the person answers: 0 binds, 1 declines.
    answer: u32,
    asked: Sender<Asked>,
    sessions: u32,
}

#[interface(name = "org.freedesktop.portal.GlobalShortcuts")]
impl Mock {
    #[zbus(property, name = "version")]
    fn version(&self) -> u32 {
        1
    }

    async fn create_session(
        &mut self,
        options: HashMap<String, OwnedValue>,
        #[zbus(header)] header: Header<'_>,
        #[zbus(connection)] connection: &Connection,
    ) -> OwnedObjectPath {
        self.sessions += 1;
        self.calls.lock().unwrap().push("a session".into());
        let session = format!("{PATH}/session/test/{}", self.sessions);
        let results = HashMap::from([("session_handle", Value::from(session))]);
        respond(connection, &header, &options, 0, results).await
    }

    async fn bind_shortcuts(
        &self,
        session: OwnedObjectPath,
        shortcuts: Vec<(String, HashMap<String, OwnedValue>)>,
        _parent: String,
        options: HashMap<String, OwnedValue>,
        #[zbus(header)] header: Header<'_>,
        #[zbus(connection)] connection: &Connection,
    ) -> OwnedObjectPath {
        let preferred = |about: &HashMap<String, OwnedValue>| {
            about.get("preferred_trigger").map(|text| <&str>::try_from(text).unwrap().to_owned())
        };
        let asked: Vec<_> = shortcuts.iter().map(|(id, about)| (id.clone(), preferred(about))).collect();
        // The desktop binds all but what has no key.
        let bound = |(id, trigger): &(String, Option<String>)| {
            let trigger = format!("Press {}", trigger.as_ref()?);
            Some((id.clone(), HashMap::from([("trigger_description", Value::from(trigger))])))
        };
        let bound: Vec<_> = asked.iter().filter_map(bound).collect();
        let results = HashMap::from([("shortcuts", Value::from(bound))]);
        self.asked.send((session.as_str().to_owned(), asked)).unwrap();
        respond(connection, &header, &options, self.answer, results).await
    }
}

/// Answers before the call returns, as portals that need not ask may.
async fn respond(
    connection: &Connection,
    header: &Header<'_>,
    options: &HashMap<String, OwnedValue>,
    code: u32,
    results: HashMap<&str, Value<'_>>,
) -> OwnedObjectPath {
    let sender = header.sender().unwrap();
    let token = <&str>::try_from(&options["handle_token"]).unwrap();
    let request = format!("{PATH}/request/{}/{token}", sender.trim_start_matches(':').replace('.', "_"));
    let request = OwnedObjectPath::try_from(request).unwrap();
    let body = (code, results);
    connection
        .emit_signal(Some(sender.clone()), &request, "org.freedesktop.portal.Request", "Response", &body)
        .await
        .unwrap();
    request
}

/// A portal on a bus.
fn serve(bus: &Bus, answer: u32) -> (Connection, Receiver<Asked>) {
    let (asked, binds) = bounded(16);
    let mock = Mock { calls: Calls::default(), answer, asked, sessions: 0 };
    let connection = async {
        let builder = Builder::address(bus.address.as_str())?.name(NAME)?.serve_at(PATH, mock)?;
        builder.build().await
    };
    (block_on(connection).unwrap(), binds)
}

fn say(connection: &Connection, what: &str, session: &str, id: &str) {
    let session = OwnedObjectPath::try_from(session).unwrap();
    let body = (session, id, 7_u64, HashMap::<&str, Value<'_>>::new());
    block_on(connection.emit_signal(None::<&str>, PATH, SHORTCUTS, what, &body)).unwrap();
}

fn planned(keys: &[(&str, Action)], longest_hold_s: u32) -> Plan {
    let binding =
        |&(key, action): &(&str, Action)| Binding { key: key.into(), action, manner: Manner::default() };
    plan(&keys.iter().map(binding).collect::<Vec<_>>(), &Choices { longest_hold_s })
}

fn standing(commands: &Receiver<Command>) -> Report {
    match commands.recv_timeout(HANG).unwrap() {
        Command::KeysStand(report) => report,
        other => panic!("not how keys stand: {other:?}"),
    }
}

fn wished(commands: &Receiver<Command>) -> Wish {
    match commands.recv_timeout(HANG).unwrap() {
        Command::Ask { wish, .. } => wish,
        other => panic!("not a wish: {other:?}"),
    }
}

/// Keys from a portal that binds them, and the session that it does so in.
fn bound(bus: &Bus, plan: Plan) -> (Portal, Connection, Receiver<Command>, Receiver<Asked>, String) {
    let (connection, binds) = serve(bus, 0);
    let (sender, commands) = bounded(64);
    let portal = Portal::start_at(Some(bus.address.clone()), plan, sender).unwrap();
    assert_eq!(standing(&commands).way, Way::Asking);
    let (session, _) = binds.recv_timeout(HANG).unwrap();
    (portal, connection, commands, binds, session)
}

fn start() -> Wish {
    Wish::Start(Manner::default())
}

fn toggle() -> Wish {
    Wish::Toggle(Manner::default())
}

#[test]
fn presses_and_releases_become_wishes() {
    let Some(bus) = Bus::start(WHAT) else { return };
    let keys =
        [("Ctrl+Alt+Space", Action::Toggle), ("F9", Action::HoldToTalk), ("Right Ctrl", Action::Cancel)];
    let (_portal, connection, commands, _binds, session) = bound(&bus, planned(&keys, 300));
    let report = standing(&commands);
    let expected = ["Start and stop: Press CTRL+ALT+space", "Hold to talk: Press F9"].map(str::to_owned);
    assert_eq!(report.way, Way::Portal { keys: expected.into() });
    assert!(report.problems[0].contains("no key to “Cancel”"), "{:?}", report.problems);
    say(&connection, "Activated", "/of/somebody/else", "toggle");
    say(&connection, "Activated", &session, "unknown");
    say(&connection, "Deactivated", &session, "hold-to-talk");
    say(&connection, "Activated", &session, "hold-to-talk");
    assert_eq!(wished(&commands), start());
    say(&connection, "Deactivated", &session, "hold-to-talk");
    assert_eq!(wished(&commands), Wish::Stop);
    for _ in 0..2 {
        // Desktops that lose releases must not lose presses.
        say(&connection, "Activated", &session, "toggle");
        assert_eq!(wished(&commands), toggle());
    }
    say(&connection, "Activated", &session, "hold-to-talk");
    assert_eq!(wished(&commands), start());
    say(&connection, "Activated", &session, "hold-to-talk");
    assert_eq!(wished(&commands), Wish::Stop, "its release was lost");
}

#[test]
fn a_hold_without_a_release_ends_by_itself() {
    let Some(bus) = Bus::start(WHAT) else { return };
    let (_portal, connection, commands, _binds, session) =
        bound(&bus, planned(&[("F9", Action::HoldToTalk)], 1));
    standing(&commands);
    say(&connection, "Activated", &session, "hold-to-talk");
    assert_eq!(wished(&commands), start());
    assert_eq!(commands.recv_timeout(HANG).unwrap(), Command::KeyStuck("F9".into()));
    assert_eq!(wished(&commands), Wish::Stop);
}

#[test]
fn other_bindings_are_asked_for_in_a_session_of_their_own() {
    let Some(bus) = Bus::start(WHAT) else { return };
    let (portal, connection, commands, binds, first) =
        bound(&bus, planned(&[("F9", Action::HoldToTalk)], 300));
    standing(&commands);
    say(&connection, "Activated", &first, "hold-to-talk");
    assert_eq!(wished(&commands), start());
    assert!(portal.give(planned(&[("F8", Action::Toggle)], 300)));
    assert_eq!(wished(&commands), Wish::Stop, "what was held has ended");
    let (second, asked) = binds.recv_timeout(HANG).unwrap();
    assert_ne!(first, second);
    assert_eq!(asked, [("toggle".to_owned(), Some("F8".to_owned()))]);
}

#[test]
fn a_portal_that_comes_back_is_asked_again_and_who_declines_is_not() {
    let Some(bus) = Bus::start(WHAT) else { return };
    let (_portal, connection, commands, _binds, _) = bound(&bus, planned(&[("F9", Action::Toggle)], 300));
    standing(&commands);
    block_on(connection.close()).unwrap();
    assert!(matches!(standing(&commands).way, Way::Nowhere(why) if why.contains("is gone")));
    let (_connection, binds) = serve(&bus, 1);
    assert_eq!(standing(&commands).way, Way::Asking);
    assert!(matches!(standing(&commands).way, Way::Nowhere(why) if why.contains("declined")));
    assert_eq!(binds.len(), 1);
    assert!(commands.is_empty());
}

#[test]
fn without_a_portal_or_a_bus_that_is_said() {
    let Some(bus) = Bus::start(WHAT) else { return };
    let (sender, commands) = bounded(64);
    let plan = planned(&[("F9", Action::Toggle)], 300);
    let _portal = Portal::start_at(Some(bus.address.clone()), plan.clone(), sender).unwrap();
    assert!(matches!(standing(&commands).way, Way::Nowhere(why) if why.contains("no portal for keys")));
    let (sender, commands) = bounded(64);
    let _nowhere = Portal::start_at(Some("unix:path=/nonexistent/bus".into()), plan, sender).unwrap();
    assert!(matches!(standing(&commands).way, Way::Nowhere(why) if why.contains("bus cannot be reached")));
}

#[test]
fn a_portal_with_a_register_is_told_first_who_asks() {
    let Some(bus) = Bus::start(WHAT) else { return };
    let calls = Calls::default();
    let (asked, binds) = bounded(16);
    let mock = Mock { calls: calls.clone(), answer: 0, asked, sessions: 0 };
    let connection = async {
        let builder = Builder::address(bus.address.as_str())?.name(NAME)?;
        builder.serve_at(PATH, Register(calls.clone()))?.serve_at(PATH, mock)?.build().await
    };
    let _connection = block_on(connection).unwrap();
    let (sender, _commands) = bounded(64);
    let plan = planned(&[("F9", Action::Toggle)], 300);
    let _portal = Portal::start_at(Some(bus.address.clone()), plan, sender).unwrap();
    binds.recv_timeout(HANG).unwrap();
    assert_eq!(*calls.lock().unwrap(), ["hark", "a session"]);
}

#[test]
fn keys_that_rest_mean_nothing_and_are_not_asked_for_again() {
    let Some(bus) = Bus::start(WHAT) else { return };
    let plan = planned(&[("F9", Action::Cancel)], 300);
    let (portal, connection, commands, binds, session) = bound(&bus, plan.clone());
    standing(&commands);
    let give = |resting| {
        assert!(portal.give(Plan { resting, ..plan.clone() }));
        while !portal.has_taken_its_plans() {
            std::thread::yield_now();
        }
    };
    give(true);
    give(false);
    say(&connection, "Activated", &session, "cancel");
    assert_eq!(wished(&commands), Wish::Cancel);
    give(true);
    say(&connection, "Activated", &session, "cancel");
    let (name, none) = (None::<&str>, HashMap::<&str, Value<'_>>::new());
    block_on(connection.emit_signal(
        name,
        session.as_str(),
        "org.freedesktop.portal.Session",
        "Closed",
        &none,
    ))
    .unwrap();
    assert!(matches!(standing(&commands).way, Way::Nowhere(_)), "nothing was wished before");
    assert!(commands.is_empty() && binds.is_empty());
}
