//! From keys to what is wished of the session.

use super::held::Step;
use crate::bindings::Action;
use crate::bindings::{Planned, Report};
use crate::desktop::{self, Focus};
use crate::session::{Command, Reply, Taken};
use crate::wish::{Origin, Wish};
use crossbeam_channel::{Receiver, Sender};
use std::collections::HashMap;
use std::time::Duration;

/// The session answers within milliseconds, and a key is held for longer.
const ANSWER: Duration = Duration::from_millis(200);

/// Plans that can wait; a person changes keys more slowly than any desktop takes them.
#[cfg(target_os = "linux")]
pub(super) const PLANS: usize = 64;

/// Tells the session how the keys stand.
pub(super) fn tell(commands: &Sender<Command>, report: Report) {
    // A session that is too busy for it, or gone, shows the last one.
    let _ = commands.try_send(Command::KeysStand(report));
}

/// What the session answered when keys that are held began a dictation, by the place of their binding.
pub(super) type Begun = HashMap<usize, Receiver<Taken>>;

/// Sends the session what steps of these bindings mean. Letting a key go ends only what holding it has begun.
pub(super) fn send(
    commands: &Sender<Command>,
    begun: &mut Begun,
    keys: &[Planned],
    steps: impl IntoIterator<Item = Step>,
) {
    for step in steps {
        let (Step::Fire(binding)
        | Step::Begin(binding)
        | Step::End(binding)
        | Step::TooLong(binding)
        | Step::Drop(binding)) = step;
        let Some(Planned { action, manner, chord }) = keys.get(binding) else { continue };
        let ends = matches!(step, Step::End(_) | Step::TooLong(_) | Step::Drop(_));
        if ends && begun.remove(&binding).is_some_and(|answer| began_nothing(&answer)) {
            continue;
        }
        let mut reply = None;
        let wish = match (step, action) {
            (Step::Begin(_), _) => {
                let (sender, answer) = Reply::new();
                begun.insert(binding, answer);
                reply = Some(sender);
                Wish::Start(manner.clone())
            }
            (Step::End(_), _) => Wish::Stop,
            (Step::TooLong(_), _) => {
                let _ = commands.try_send(Command::KeyStuck(chord.to_string()));
                Wish::Stop
            }
            (Step::Drop(_), _) | (_, Action::Cancel) => Wish::Cancel,
            (_, Action::PasteLast) => Wish::PasteLast,
            (_, Action::NextLanguage) => Wish::NextLanguage,
            (_, Action::Toggle | Action::HoldToTalk) => Wish::Toggle(manner.clone()),
        };
        let origin = Origin::Key(focus(&wish));
        // A session that has no room for a command is being ended, or hangs for good.
        let _ = commands.try_send(Command::Ask { wish, origin, reply });
    }
}

/// Whether the session was recording already, or could not.
fn began_nothing(answer: &Receiver<Taken>) -> bool {
    answer.recv_timeout(ANSWER).is_ok_and(|taken| !taken.changed)
}

/// What has the focus, where the wish may need it.
fn focus(wish: &Wish) -> Option<Focus> {
    matches!(wish, Wish::Start(_) | Wish::Toggle(_) | Wish::PasteLast).then(desktop::focused).flatten()
}
