//! Whether an app has taken in every event that was sent to it: it translates a key when it takes it in, so
//! until then the key must keep its meaning.
//!
//! Most apps answer to `_NET_WM_PING` of the Extended Window Manager Hints, which comes behind the keys. One that
//! does not, such as xterm, is watched: a program that sleeps through several answers of the server, and did
//! nothing in between, has nothing left to do.

use super::display::{Answer, Display, after};
use std::fs;
use std::thread::sleep;
use std::time::{Duration, Instant};
use x11rb::protocol::Event;
use x11rb::protocol::xproto::{
    AtomEnum, ChangeWindowAttributesAux, ClientMessageEvent, ConnectionExt as _, EventMask, Window,
};
use x11rb::wrapper::ConnectionExt as _;

/// One that is never at rest is not waited for longer.
const RESTLESS: Duration = Duration::from_secs(3);
/// How long one gets to take in what came that can neither be asked nor watched; on a busy machine 250 ms were
/// not enough.
const UNASKED: Duration = Duration::from_secs(1);
/// An app that is only asked in passing gets this long.
const SETTLING: Duration = Duration::from_millis(200);
/// Pause between two looks at a program.
const LOOK: Duration = Duration::from_millis(3);
/// Looks that find the same, until a program is believed to be at rest.
const LOOKS: usize = 4;

/// How an app can be asked what it has taken in.
enum Asked {
    ByPing,
    /// The process that it is.
    ByLooking(u32),
    Not,
}

/// Whether it can be known what the app has taken in.
pub fn can_be_asked(display: &mut Display, receiver: Window) -> Answer<bool> {
    Ok(!matches!(how(display, receiver)?, Asked::Not))
}

/// Lets an app take in what came up to now, if it answers soon.
pub fn settle(display: &mut Display, receiver: Window) -> Answer<()> {
    if matches!(how(display, receiver)?, Asked::ByPing) {
        wait_until_taken_in(display, receiver, SETTLING)?;
    }
    Ok(())
}

/// Waits until the app has taken in every event that was sent up to now. Says whether that is so; where it
/// cannot be asked, it is hoped.
pub fn wait_until_taken_in(display: &mut Display, receiver: Window, patience: Duration) -> Answer<bool> {
    match how(display, receiver)? {
        Asked::ByPing => {
            // Replies go to the root window, to this mask or that.
            let both = EventMask::SUBSTRUCTURE_NOTIFY | EventMask::STRUCTURE_NOTIFY;
            listen(display, both)?;
            let answered = ping(display, receiver, patience);
            listen(display, EventMask::NO_EVENT)?;
            answered
        }
        Asked::ByLooking(pid) => wait_until_at_rest(display, pid, patience.min(RESTLESS)),
        Asked::Not => {
            sleep(UNASKED);
            Ok(true)
        }
    }
}

fn how(display: &mut Display, window: Window) -> Answer<Asked> {
    let protocols = display.atom("WM_PROTOCOLS")?;
    let ping = display.atom("_NET_WM_PING")?;
    let all = display.connection.get_property(false, window, protocols, AtomEnum::ATOM, 0, 64)?.reply();
    // A window that is gone answers nothing.
    let answers = all.ok().is_some_and(|all| all.value32().is_some_and(|mut all| all.any(|a| a == ping)));
    if answers {
        return Ok(Asked::ByPing);
    }
    let pid = display.pid(window).filter(|&pid| is_here(display, window) && activity(pid).is_some());
    Ok(pid.map_or(Asked::Not, Asked::ByLooking))
}

/// Whether the app runs on this machine: the process of one that does not is the tunnel through which it came.
fn is_here(display: &Display, window: Window) -> bool {
    let property = AtomEnum::WM_CLIENT_MACHINE;
    let name = display.connection.get_property(false, window, property, AtomEnum::ANY, 0, 256);
    let name = name.ok().and_then(|name| name.reply().ok()).map(|name| name.value).unwrap_or_default();
    name == rustix::system::uname().nodename().to_bytes()
}

fn listen(display: &Display, mask: EventMask) -> Answer<()> {
    let aux = ChangeWindowAttributesAux::new().event_mask(mask);
    display.connection.change_window_attributes(display.root, &aux)?;
    Ok(())
}

fn ping(display: &mut Display, receiver: Window, patience: Duration) -> Answer<bool> {
    let protocols = display.atom("WM_PROTOCOLS")?;
    let ping = display.atom("_NET_WM_PING")?;
    let now = display.now(&mut Vec::new())?;
    let message = ClientMessageEvent::new(32, receiver, protocols, [ping, now, receiver, 0, 0]);
    display.connection.send_event(false, receiver, EventMask::NO_EVENT, message)?;
    let end = after(patience);
    while Instant::now() < end {
        if let Some(Event::ClientMessage(message)) = display.wait(Some(end), None)?
            && message.type_ == protocols
            && message.data.as_data32()[..2] == [ping, now]
        {
            return Ok(true);
        }
    }
    Ok(false)
}

fn wait_until_at_rest(display: &Display, pid: u32, patience: Duration) -> Answer<bool> {
    let end = after(patience);
    let (mut last, mut same) = (None, 0);
    while Instant::now() < end {
        // What the program waits for from the server comes before this answer.
        display.connection.sync()?;
        sleep(LOOK);
        let now = activity(pid).filter(|activity| activity.asleep);
        same = if now.is_some() && now == last { same + 1 } else { 0 };
        if same == LOOKS {
            return Ok(true);
        }
        last = now;
    }
    Ok(false)
}

/// What a process does, and how often it was given the processor up to now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Activity {
    asleep: bool,
    turns: u64,
}

/// What all threads of a process do; `None` where that is not to be known.
fn activity(pid: u32) -> Option<Activity> {
    let mut all = Activity { asleep: true, turns: 0 };
    for thread in fs::read_dir(format!("/proc/{pid}/task")).ok()? {
        let status = fs::read_to_string(thread.ok()?.path().join("status")).ok()?;
        let one = in_status(&status)?;
        all = Activity { asleep: all.asleep && one.asleep, turns: all.turns + one.turns };
    }
    Some(all)
}

/// Reads what proc(5) says of one thread.
fn in_status(status: &str) -> Option<Activity> {
    let field = |name: &str| {
        let line = status.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':'))?;
        Some(line.trim())
    };
    let turns = |name| field(name)?.parse::<u64>().ok();
    let turns = turns("voluntary_ctxt_switches")? + turns("nonvoluntary_ctxt_switches")?;
    Some(Activity { asleep: field("State")?.starts_with(['S', 'I']), turns })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_system_says_what_a_thread_does() {
        let status = |state: &str| {
            format!(
                "Name:\txterm\nState:\t{state}\nPid:\t5\nvoluntary_ctxt_switches:\t40\nnonvoluntary_ctxt_switches:\t2\n"
            )
        };
        let table = [
            ("S (sleeping)", true),
            ("R (running)", false),
            ("T (stopped)", false),
            ("D (disk sleep)", false),
        ];
        for (state, asleep) in table {
            assert_eq!(in_status(&status(state)), Some(Activity { asleep, turns: 42 }), "{state}");
        }
        assert_eq!(in_status("Name:\txterm\n"), None);
        assert_eq!(activity(0), None);
    }
}
