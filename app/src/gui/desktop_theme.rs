//! Whether the desktop is dark, as its portal says (`color-scheme` in xdg-desktop-portal's documentation of
//! `org.freedesktop.portal.Settings`): the window library does not know that on Linux.
//!
//! A thread listens, for as long as there is a bus. Without one, or a portal, the window stays light.

use eframe::egui::ThemePreference;
use futures_lite::StreamExt;
use std::thread;
use zbus::message::Type;
use zbus::zvariant::{OwnedValue, Value};
use zbus::{Connection, Message, MessageStream, block_on, connection::Builder};

const NAME: &str = "org.freedesktop.portal.Desktop";
const PATH: &str = "/org/freedesktop/portal/desktop";
const SETTINGS: &str = "org.freedesktop.portal.Settings";
const APPEARANCE: &str = "org.freedesktop.appearance";
const SCHEME: &str = "color-scheme";
const BUS: &str = "org.freedesktop.DBus";
const BUS_PATH: &str = "/org/freedesktop/DBus";

/// Tells what the desktop prefers, now and at each change.
pub fn follow(tell: impl Fn(ThemePreference) + Send + 'static) {
    follow_at(None, tell);
}

fn follow_at(address: Option<String>, tell: impl Fn(ThemePreference) + Send + 'static) {
    let listen = move || {
        // Nobody has to know why a desktop does not say.
        let _ = block_on(listen(address.as_deref(), &tell));
    };
    // Without a thread the window stays light.
    let _ = thread::Builder::new().name("hark-theme".into()).spawn(listen);
}

async fn listen(address: Option<&str>, tell: &impl Fn(ThemePreference)) -> zbus::Result<()> {
    let builder = match address {
        Some(address) => Builder::address(address)?,
        None => Builder::session()?,
    };
    let connection = builder.build().await?;
    let mut messages = MessageStream::from(&connection);
    let rule = format!(
        "type='signal',sender='{NAME}',interface='{SETTINGS}',member='SettingChanged',arg0='{APPEARANCE}'"
    );
    connection.call_method(Some(BUS), BUS_PATH, Some(BUS), "AddMatch", &rule).await?;
    if let Some(now) = ask(&connection).await {
        tell(now);
    }
    while let Some(message) = messages.next().await {
        changed(&message?).into_iter().for_each(tell);
    }
    Ok(())
}

/// What it is now.
async fn ask(connection: &Connection) -> Option<ThemePreference> {
    // Newer portals have a better one beside it, which older ones lack.
    let asked = connection.call_method(Some(NAME), PATH, Some(SETTINGS), "Read", &(APPEARANCE, SCHEME));
    let answer: OwnedValue = asked.await.ok()?.body().deserialize().ok()?;
    preference(&answer)
}

fn changed(message: &Message) -> Option<ThemePreference> {
    if message.message_type() != Type::Signal || message.header().member()?.as_str() != "SettingChanged" {
        return None;
    }
    let body = message.body();
    let (_, key, value) = body.deserialize::<(String, String, OwnedValue)>().ok()?;
    (key == SCHEME).then(|| preference(&value)).flatten()
}

/// Dark is 1, light is 2, and 0 is no preference; other numbers are no preference as well.
fn preference(value: &Value<'_>) -> Option<ThemePreference> {
    match value {
        Value::Value(inner) => preference(inner),
        Value::U32(1) => Some(ThemePreference::Dark),
        Value::U32(_) => Some(ThemePreference::Light),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::test_bus::Bus;
    use crossbeam_channel::bounded;
    use std::time::Duration;
    use zbus::interface;

    const HANG: Duration = Duration::from_secs(20);

    struct Portal;

    #[interface(name = "org.freedesktop.portal.Settings")]
    impl Portal {
        /// As the method that is being replaced has it: a value within a value.
        fn read(&self, namespace: String, key: String) -> OwnedValue {
            assert_eq!((namespace.as_str(), key.as_str()), (APPEARANCE, SCHEME));
            OwnedValue::try_from(Value::Value(Box::new(Value::U32(1)))).unwrap()
        }
    }

    #[test]
    fn the_window_is_as_dark_as_the_desktop() {
        let Some(bus) = Bus::start("the desktop's theme") else { return };
        let portal = async {
            let builder = Builder::address(bus.address.as_str())?.name(NAME)?.serve_at(PATH, Portal)?;
            builder.build().await
        };
        let portal = block_on(portal).unwrap();
        let (sender, told) = bounded(8);
        follow_at(Some(bus.address.clone()), move |theme| sender.send(theme).unwrap());
        assert_eq!(told.recv_timeout(HANG), Ok(ThemePreference::Dark));
        for (key, value) in [("accent-color", Value::U32(1)), (SCHEME, Value::U32(0))] {
            let body = (APPEARANCE, key, value);
            block_on(portal.emit_signal(None::<&str>, PATH, SETTINGS, "SettingChanged", &body)).unwrap();
        }
        assert_eq!(told.recv_timeout(HANG), Ok(ThemePreference::Light));
        assert!(told.is_empty());
    }

    #[test]
    fn only_a_number_is_a_preference() {
        let nested = Value::Value(Box::new(Value::U32(2)));
        assert_eq!(preference(&nested), Some(ThemePreference::Light));
        assert_eq!(preference(&Value::from("dark")), None);
    }
}
