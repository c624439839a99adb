//! Which window of an X server has the focus.
//!
//! The window manager names it (`_NET_ACTIVE_WINDOW` of the Extended Window Manager Hints); without one,
//! the window that has the keyboard, or the nearest one around it that says of what class it is.

use super::{Focus, is_own};
use x11rb::connection::Connection;
use x11rb::errors::ReplyError;
use x11rb::properties::WmClass;
use x11rb::protocol::xproto::{Atom, AtomEnum, ConnectionExt, Window};
use x11rb::rust_connection::RustConnection;

/// A connection, and the names that it takes to ask.
pub struct Display {
    connection: RustConnection,
    root: Window,
    active: Atom,
    pid: Atom,
}

impl Display {
    fn open() -> Option<Self> {
        let (connection, screen) = x11rb::connect(None).ok()?;
        let root = connection.setup().roots.get(screen)?.root;
        let atom = |name: &str| -> Option<Atom> {
            Some(connection.intern_atom(false, name.as_bytes()).ok()?.reply().ok()?.atom)
        };
        let (active, pid) = (atom("_NET_ACTIVE_WINDOW")?, atom("_NET_WM_PID")?);
        Some(Self { connection, root, active, pid })
    }
}

/// The window that has the focus, over this connection or a new one where it is lost.
pub fn focused(display: &mut Option<Display>) -> Option<Focus> {
    if display.is_none() {
        *display = Display::open();
    }
    let open = display.as_ref()?;
    match ask(open) {
        Ok(focus) => focus,
        Err(ReplyError::X11Error(_)) => None,
        Err(ReplyError::ConnectionError(_)) => {
            *display = None;
            None
        }
    }
}

/// The number by which [`Focus::window`] names a window of an X server.
pub fn window(focus: &Focus) -> Option<Window> {
    focus.window.parse().ok()
}

fn ask(display: &Display) -> Result<Option<Focus>, ReplyError> {
    let Display { connection, root, active, .. } = display;
    // Nobody here waits for events, such as those of changed keys.
    while connection.poll_for_event()?.is_some() {}
    let named = number(display, *root, *active)?;
    let window = match named.filter(|&window| window != 0) {
        Some(window) => Some(window),
        None => with_class(display, connection.get_input_focus()?.reply()?.focus)?,
    };
    let Some(window) = window else { return Ok(None) };
    let app = class(display, window)?.unwrap_or_default();
    let own = is_own(&app, number(display, window, display.pid)?);
    Ok(Some(Focus { window: window.to_string(), app, own }))
}

fn number(display: &Display, window: Window, property: Atom) -> Result<Option<u32>, ReplyError> {
    let reply = display.connection.get_property(false, window, property, AtomEnum::ANY, 0, 1)?.reply()?;
    Ok(reply.value32().and_then(|mut values| values.next()))
}

fn class(display: &Display, window: Window) -> Result<Option<String>, ReplyError> {
    let class = WmClass::get(&display.connection, window)?.reply()?;
    Ok(class.map(|class| String::from_utf8_lossy(class.class()).into_owned()))
}

/// The window or the nearest one around it that has a class.
fn with_class(display: &Display, mut window: Window) -> Result<Option<Window>, ReplyError> {
    // 0 is no window and 1 the one under the pointer.
    while window > 1 && window != display.root {
        if class(display, window)?.is_some() {
            return Ok(Some(window));
        }
        window = display.connection.query_tree(window)?.reply()?.parent;
    }
    Ok(None)
}
