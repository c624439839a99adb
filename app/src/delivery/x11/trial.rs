//! A window of Hark's own that takes text as apps do: it looks keys up when it gets them, and asks for the
//! clipboard's content when it is told to paste.

use super::X11;
use super::display::{Answer, Display, DisplayError, after};
use super::keyboard::Typed;
use super::keymap::{self, Key, Keymap};
use crate::delivery::choices::Way;
use crate::delivery::outlet::{Insertion, NotInserted};
use crate::delivery::self_test::Report;
use crate::desktop::Focus;
use crossbeam_channel::{Receiver, Sender, TryRecvError, bounded};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};
use x11rb::connection::Connection;
use x11rb::protocol::Event;
use x11rb::protocol::xproto::{
    AtomEnum, ClientMessageEvent, ConnectionExt as _, CreateWindowAux, EventMask, InputFocus, KeyPressEvent,
    NotifyMode, PropMode, Window, WindowClass,
};
use x11rb::wrapper::ConnectionExt as _;

/// Of every keyboard's layout and of none.
const TEXT: &str = "Hark tries out: Größe, 日本";
/// Text is here within this time, or not at all.
const PATIENCE: Duration = Duration::from_secs(2);
/// The window looks that often whether it is still needed.
const LOOK: Duration = Duration::from_millis(10);
/// Width, height, and distance from the screen's corner.
const PLACE: (u16, u16, i16) = (240, 60, 40);

/// Tries out each way of text into an app.
///
/// # Errors
/// Why nothing could be tried.
pub fn self_test() -> Result<Report, String> {
    let refused = |error: DisplayError| error.to_string();
    let mut x11 = X11::default();
    let ready = x11.with_keyboard(|keyboard| keyboard.wait_for_release()).map_err(|e| e.to_string())?;
    let free = x11.with_keyboard(|keyboard| keyboard.wait_until_free()).map_err(|e| e.to_string())?;
    match (ready, free) {
        (true, true) => {}
        (false, _) => return Err(NotInserted::Held.to_string()),
        (true, false) => return Err(NotInserted::Grabbed.to_string()),
    }
    let (says, texts) = bounded(256);
    let mut trial = Trial::open(says).map_err(refused)?;
    let (window, has_focus) = (trial.window, trial.has_focus.clone());
    trial.take_focus().map_err(refused)?;
    let (needed, stop) = bounded::<()>(0);
    let receiver = thread::Builder::new().name("hark-trial".into()).spawn(move || {
        // A server that is gone is told by whoever inserts.
        let _ = trial.run(&stop);
    });
    let receiver = receiver.map_err(|error| error.to_string())?;
    let report = try_all(&mut x11, window, &has_focus, &texts);
    // Borrowed keys go back while the window can still say that it has taken them in.
    drop(x11);
    drop(needed);
    let _ = receiver.join();
    Ok(report)
}

fn try_all(x11: &mut X11, window: Window, has_focus: &AtomicBool, texts: &Receiver<String>) -> Report {
    let began = Instant::now();
    let typed = x11.with_keyboard(|keyboard| keyboard.write(TEXT, window));
    let typed = typed.map_err(|error| error.to_string()).and_then(|typed| match typed {
        Typed::All => Ok(()),
        Typed::UntilMoved(_) => Err(NotInserted::Moved.to_string()),
        Typed::UntilStuck(_) => Err("the window did not take it in".into()),
    });
    let typed = typed.and_then(|()| arrived(texts, began));
    let focus = Focus { window: window.to_string(), app: "hark".into(), own: true };
    let (text, way) = (TEXT.to_owned(), Way::CtrlV);
    let insertion = Insertion { text, focus, way, instead: None, afterwards: None, enter: false };
    let began = Instant::now();
    let pasted = if has_focus.load(Ordering::Acquire) {
        x11.paste(&insertion, way, window).map_err(|why| why.to_string())
    } else {
        Err(NotInserted::Moved.to_string())
    };
    let pasted = pasted.and_then(|_| arrived(texts, began));
    Report { ways: vec![("typed", typed), ("pasted by Ctrl+V", pasted)] }
}

/// Waits for the text; gives how long it took.
fn arrived(texts: &Receiver<String>, began: Instant) -> Result<Duration, String> {
    let (end, mut got) = (after(PATIENCE), String::new());
    while let Ok(text) = texts.recv_deadline(end) {
        got.push_str(&text);
        if got == TEXT {
            return Ok(began.elapsed());
        }
    }
    Err(if got.is_empty() {
        "nothing arrived".into()
    } else {
        format!("“{got}” arrived for “{TEXT}”")
    })
}

/// The window.
struct Trial {
    display: Display,
    window: Window,
    keymap: Keymap,
    /// What had the focus before.
    earlier: Window,
    has_focus: Arc<AtomicBool>,
    says: Sender<String>,
}

impl Trial {
    fn open(says: Sender<String>) -> Answer<Self> {
        let mut display = Display::open()?;
        let earlier = display.connection.get_input_focus()?.reply()?.focus;
        let keymap = display.keymap()?;
        let protocols = display.atom("WM_PROTOCOLS")?;
        let ping = display.atom("_NET_WM_PING")?;
        let (width, height, from_corner) = PLACE;
        let Display { connection, root, .. } = &display;
        let window = connection.generate_id()?;
        let events = EventMask::KEY_PRESS | EventMask::FOCUS_CHANGE;
        // No window manager has a say in it: that would take its time to give the focus.
        let aux =
            CreateWindowAux::new().override_redirect(1).background_pixel(u32::MAX >> 8).event_mask(events);
        let (x, y, class) = (from_corner, from_corner, WindowClass::INPUT_OUTPUT);
        connection.create_window(0, window, *root, x, y, width, height, 0, class, 0, &aux)?;
        connection.change_property32(PropMode::REPLACE, window, protocols, AtomEnum::ATOM, &[ping])?;
        let has_focus = Arc::new(AtomicBool::new(true));
        Ok(Self { display, window, keymap, earlier, has_focus, says })
    }

    fn take_focus(&mut self) -> Answer<()> {
        let Self { display: Display { connection, .. }, window, .. } = self;
        connection.map_window(*window)?;
        connection.set_input_focus(InputFocus::POINTER_ROOT, *window, x11rb::CURRENT_TIME)?.check()?;
        Ok(())
    }

    /// Takes text until nobody needs it any more, and gives the focus back.
    fn run(&mut self, stop: &Receiver<()>) -> Answer<()> {
        while stop.try_recv() != Err(TryRecvError::Disconnected) {
            if let Some(event) = self.display.wait(Some(after(LOOK)), None)? {
                self.take_in(event)?;
            }
        }
        if self.has_focus.load(Ordering::Acquire) {
            let connection = &self.display.connection;
            connection.set_input_focus(InputFocus::POINTER_ROOT, self.earlier, x11rb::CURRENT_TIME)?;
            connection.sync()?;
        }
        Ok(())
    }

    fn take_in(&mut self, event: Event) -> Answer<()> {
        match event {
            Event::KeyPress(event) => self.key(&event),
            Event::MappingNotify(_) => {
                self.keymap = self.display.keymap()?;
                Ok(())
            }
            // A grab is not a loss.
            Event::FocusOut(event) if event.mode == NotifyMode::NORMAL => {
                self.has_focus.store(false, Ordering::Release);
                Ok(())
            }
            Event::ClientMessage(event) => {
                let root = self.display.root;
                let reply = ClientMessageEvent { window: root, ..event };
                self.display.connection.send_event(false, root, EventMask::SUBSTRUCTURE_NOTIFY, reply)?;
                self.display.connection.flush()?;
                Ok(())
            }
            Event::SelectionNotify(event) => {
                let all = u32::MAX / 4;
                let Display { connection, .. } = &self.display;
                let text =
                    connection.get_property(true, self.window, event.property, AtomEnum::ANY, 0, all)?;
                if let Ok(text) = text.reply() {
                    self.say(String::from_utf8_lossy(&text.value).into_owned());
                }
                Ok(())
            }
            _ => Ok(()),
        }
    }

    fn key(&mut self, event: &KeyPressEvent) -> Answer<()> {
        let state = u16::from(event.state);
        // Shift is the first bit, Control the third; the layout's number is in bits 13 and 14.
        let (shift, control, layout) = (state & 1 == 1, state & 4 == 4, usize::from(state >> 13 & 3));
        let meaning = self.keymap.meaning(Key { code: event.detail, shift }, layout);
        let character = meaning.and_then(keymap::character);
        match character {
            Some('v') if control => {
                let clipboard = self.display.atom("CLIPBOARD")?;
                let utf8 = self.display.atom("UTF8_STRING")?;
                let here = self.display.atom("HARK_PASTED")?;
                let Display { connection, .. } = &self.display;
                connection.convert_selection(self.window, clipboard, utf8, here, event.time)?;
                connection.flush()?;
            }
            Some(character) => self.say(character.into()),
            None => {}
        }
        Ok(())
    }

    fn say(&self, text: String) {
        // Nobody listens any more when the trial is over.
        let _ = self.says.try_send(text);
    }
}
