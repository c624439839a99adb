//! From keys to what is wished of the session.

use super::held::Step;
use crate::bindings::Action;
use crate::bindings::{Planned, Report};
use crate::desktop::{self, Focus};
use crate::session::Command;
use crate::wish::{Origin, Wish};
use crossbeam_channel::Sender;

/// Plans that can wait; a person changes keys more slowly than any desktop takes them.
#[cfg(target_os = "linux")]
pub(super) const PLANS: usize = 64;

/// Tells the session how the keys stand.
pub(super) fn tell(commands: &Sender<Command>, report: Report) {
    // A session that is too busy for it, or gone, shows the last one.
    let _ = commands.try_send(Command::KeysStand(report));
}

/// Sends the session what steps of these bindings mean.
pub(super) fn send(commands: &Sender<Command>, keys: &[Planned], steps: impl IntoIterator<Item = Step>) {
    for step in steps {
        let (Step::Fire(binding)
        | Step::Begin(binding)
        | Step::End(binding)
        | Step::TooLong(binding)
        | Step::Drop(binding)) = step;
        let Some(Planned { action, manner, chord }) = keys.get(binding) else { continue };
        let wish = match (step, action) {
            (Step::Begin(_), _) => Wish::Start(manner.clone()),
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
        let _ = commands.try_send(Command::Ask { wish, origin, reply: None });
    }
}

/// What has the focus, where the wish may need it.
fn focus(wish: &Wish) -> Option<Focus> {
    matches!(wish, Wish::Start(_) | Wish::Toggle(_) | Wish::PasteLast).then(desktop::focused).flatten()
}
