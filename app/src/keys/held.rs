//! What comes of keys that are pressed, held and released: a pure function of what happens and when.
//!
//! A key that is down is followed until it is up. Repeats of the keyboard are no presses; a release that
//! never comes is found by looking at the keyboard, or ends at the longest hold. A modifier bound alone
//! begins only when it has been down for a moment without another key, so that it stays a modifier: with
//! another key or a mouse button soon after, it was one, and what it had begun is dropped.

use std::time::{Duration, Instant};

/// A modifier that is down for less may still get its key.
pub const ALONE: Duration = Duration::from_millis(150);
/// A modifier that was down for longer is held to talk, and another key is a slip.
const COMBINATION: Duration = Duration::from_secs(1);
/// How often the keyboard is looked at while a key is down.
const LOOK: Duration = Duration::from_millis(100);

/// What a key is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// Something is done when it is pressed.
    Tap,
    /// Something goes on while it is held.
    Hold,
}

/// What follows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// A tap.
    Fire(usize),
    /// A hold begins.
    Begin(usize),
    /// It ends.
    End(usize),
    /// It has reached its longest length.
    TooLong(usize),
    /// It was none.
    Drop(usize),
}

/// A key that is pressed.
#[derive(Clone, Copy, Debug)]
pub struct Press {
    /// Number of the physical key.
    pub code: u8,
    /// Number of the binding.
    pub binding: usize,
    pub purpose: Purpose,
    /// Whether it is a modifier that counts only without other keys.
    pub alone: bool,
}

/// Keys that are down.
#[derive(Debug)]
pub struct Held {
    keys: Vec<Down>,
    longest: Duration,
}

#[derive(Debug)]
struct Down {
    press: Press,
    since: Instant,
    stage: Stage,
}

#[derive(Debug, PartialEq)]
enum Stage {
    /// A modifier that may become part of a combination.
    Waits,
    Begun,
    /// Nothing more comes of it but its release.
    Over,
}

impl Held {
    /// No key is down; a hold lasts no longer than `longest`.
    pub fn new(longest: Duration) -> Self {
        Self { keys: Vec::new(), longest }
    }

    /// Changes the longest hold.
    pub fn set_longest(&mut self, longest: Duration) {
        self.longest = longest;
    }

    /// Whether no key is down.
    pub fn is_empty(&self) -> bool {
        self.keys.is_empty()
    }

    /// A bound key is down. `others` tells whether another key is, too.
    pub fn press(&mut self, press: Press, others: bool, now: Instant) -> Option<Step> {
        if self.keys.iter().any(|down| down.press.code == press.code) {
            return None;
        }
        let binding = press.binding;
        let (stage, step) = match (press.alone, others, press.purpose) {
            (true, true, _) => (Stage::Over, None),
            (true, false, _) => (Stage::Waits, None),
            (false, _, Purpose::Tap) => (Stage::Over, Some(Step::Fire(binding))),
            (false, _, Purpose::Hold) => (Stage::Begun, Some(Step::Begin(binding))),
        };
        self.keys.push(Down { press, since: now, stage });
        step
    }

    /// A key is up again.
    pub fn release(&mut self, code: u8, now: Instant) -> Option<Step> {
        let at = self.keys.iter().position(|down| down.press.code == code)?;
        let Down { press: Press { binding, purpose, .. }, since, stage } = self.keys.remove(at);
        match (stage, purpose) {
            (Stage::Begun, _) => Some(Step::End(binding)),
            (Stage::Waits, Purpose::Tap) if now < since + COMBINATION => Some(Step::Fire(binding)),
            _ => None,
        }
    }

    /// A key or mouse button that is not bound alone is pressed.
    pub fn other(&mut self, now: Instant) -> Vec<Step> {
        let mut steps = Vec::new();
        for down in self.keys.iter_mut().filter(|down| down.press.alone && now < down.since + COMBINATION) {
            if down.stage == Stage::Begun {
                steps.push(Step::Drop(down.press.binding));
            }
            down.stage = Stage::Over;
        }
        steps
    }

    /// How long until [`Held::look`] is due; `None` while no key is down.
    pub fn patience(&self, now: Instant) -> Option<Duration> {
        let due = |down: &Down| {
            let next = match down.stage {
                Stage::Waits if down.press.purpose == Purpose::Hold => down.since + ALONE,
                Stage::Begun => down.since + self.longest,
                Stage::Waits | Stage::Over => now + LOOK,
            };
            next.saturating_duration_since(now).min(LOOK)
        };
        self.keys.iter().map(due).min()
    }

    /// Looks at the keyboard: what time has made of the keys, and which of them are no longer down.
    pub fn look(&mut self, is_down: impl Fn(u8) -> bool, now: Instant) -> Vec<Step> {
        let mut steps = Vec::new();
        let gone: Vec<_> =
            self.keys.iter().map(|down| down.press.code).filter(|code| !is_down(*code)).collect();
        steps.extend(gone.into_iter().filter_map(|code| self.release(code, now)));
        for down in &mut self.keys {
            let Press { binding, purpose, .. } = down.press;
            if down.stage == Stage::Waits && purpose == Purpose::Hold && now >= down.since + ALONE {
                down.stage = Stage::Begun;
                steps.push(Step::Begin(binding));
            }
            if down.stage == Stage::Begun && now >= down.since + self.longest {
                down.stage = Stage::Over;
                steps.push(Step::TooLong(binding));
            }
        }
        steps
    }

    /// The keyboard is gone, or its keys mean something else now: what was held has ended.
    pub fn let_go(&mut self) -> Vec<Step> {
        let begun = self.keys.drain(..).filter(|down| down.stage == Stage::Begun);
        begun.map(|down| Step::End(down.press.binding)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LONGEST: Duration = Duration::from_secs(300);

    fn ms(ms: u64) -> Duration {
        Duration::from_millis(ms)
    }

    fn key(purpose: Purpose, alone: bool) -> Press {
        Press { code: 75, binding: 2, purpose, alone }
    }

    fn held() -> (Held, Instant) {
        (Held::new(LONGEST), Instant::now())
    }

    #[test]
    fn a_tap_fires_once_however_often_the_keyboard_repeats_it() {
        let (mut held, t) = held();
        assert_eq!(held.press(key(Purpose::Tap, false), false, t), Some(Step::Fire(2)));
        for repeat in 1..20 {
            assert_eq!(held.press(key(Purpose::Tap, false), false, t + ms(30 * repeat)), None);
        }
        assert_eq!(held.release(75, t + ms(700)), None);
        assert_eq!(held.press(key(Purpose::Tap, false), false, t + ms(800)), Some(Step::Fire(2)));
    }

    #[test]
    fn a_hold_goes_from_press_to_release() {
        let (mut held, t) = held();
        assert_eq!(held.press(key(Purpose::Hold, false), true, t), Some(Step::Begin(2)));
        assert_eq!(held.press(key(Purpose::Hold, false), true, t + ms(500)), None);
        assert_eq!(held.other(t + ms(600)), [], "only modifiers care about other keys");
        assert_eq!(held.look(|_| true, t + ms(900)), []);
        assert_eq!(held.release(75, t + ms(1000)), Some(Step::End(2)));
        assert!(held.is_empty() && held.patience(t).is_none());
    }

    #[test]
    fn a_release_that_never_comes_is_seen_or_timed_out() {
        let (mut held, t) = held();
        held.press(key(Purpose::Hold, false), false, t);
        assert_eq!(held.patience(t), Some(LOOK));
        assert_eq!(held.look(|code| code != 75, t + ms(100)), [Step::End(2)]);
        held.press(key(Purpose::Hold, false), false, t);
        assert_eq!(held.patience(t + LONGEST - ms(7)), Some(ms(7)));
        assert_eq!(held.look(|_| true, t + LONGEST), [Step::TooLong(2)]);
        assert_eq!(held.press(key(Purpose::Hold, false), false, t + LONGEST + ms(30)), None, "a repeat");
        assert_eq!(held.release(75, t + LONGEST + ms(60)), None);
        // The next press of a tap counts although its last release was lost.
        held.press(key(Purpose::Tap, false), false, t);
        assert_eq!(held.look(|_| false, t + LOOK), []);
        assert_eq!(held.press(key(Purpose::Tap, false), false, t), Some(Step::Fire(2)));
    }

    #[test]
    fn a_modifier_alone_waits_a_moment() {
        let (mut held, t) = held();
        assert_eq!(held.press(key(Purpose::Hold, true), false, t), None);
        assert_eq!(held.patience(t + ms(100)), Some(ms(50)));
        assert_eq!(held.look(|_| true, t + ms(149)), []);
        assert_eq!(held.look(|_| true, t + ALONE), [Step::Begin(2)]);
        assert_eq!(held.release(75, t + ms(2000)), Some(Step::End(2)));
        held.press(key(Purpose::Hold, true), false, t);
        assert_eq!(held.release(75, t + ms(100)), None, "too short to say anything");
    }

    #[test]
    fn with_another_key_it_was_a_modifier() {
        let (mut held, t) = held();
        held.press(key(Purpose::Hold, true), false, t);
        assert_eq!(held.other(t + ms(80)), []);
        assert_eq!(held.look(|_| true, t + ms(400)), []);
        assert_eq!(held.release(75, t + ms(500)), None);
        held.press(key(Purpose::Hold, true), false, t);
        held.look(|_| true, t + ms(200));
        assert_eq!(held.other(t + ms(400)), [Step::Drop(2)], "what it had begun is dropped");
        assert_eq!(held.release(75, t + ms(500)), None);
        held.press(key(Purpose::Hold, true), false, t);
        held.look(|_| true, t + ms(200));
        assert_eq!(held.other(t + ms(1500)), [], "somebody speaks and touches a key");
        assert_eq!(held.release(75, t + ms(1600)), Some(Step::End(2)));
        held.press(key(Purpose::Hold, true), true, t);
        assert_eq!(held.look(|_| true, t + ms(400)), [], "another key was down already");
    }

    #[test]
    fn a_modifier_tapped_alone_fires_at_its_release() {
        let (mut held, t) = held();
        assert_eq!(held.press(key(Purpose::Tap, true), false, t), None);
        assert_eq!(held.look(|_| true, t + ms(200)), []);
        assert_eq!(held.release(75, t + ms(300)), Some(Step::Fire(2)));
        held.press(key(Purpose::Tap, true), false, t);
        held.other(t + ms(50));
        assert_eq!(held.release(75, t + ms(300)), None);
        held.press(key(Purpose::Tap, true), false, t);
        assert_eq!(held.release(75, t + ms(1500)), None, "somebody thought better of it");
    }

    #[test]
    fn what_is_held_ends_with_the_keyboard() {
        let (mut held, t) = held();
        held.press(key(Purpose::Hold, false), false, t);
        held.press(Press { code: 76, binding: 3, ..key(Purpose::Tap, false) }, false, t);
        assert_eq!(held.let_go(), [Step::End(2)]);
        assert!(held.is_empty());
    }
}
