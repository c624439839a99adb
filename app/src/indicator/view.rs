//! What is shown of dictation over other apps: a pure function of what the session tells, where the
//! focus is, and the time.

use crate::look::theme::loudness;
use crate::session::{DictationView, Outcome, Snapshot};
use std::time::{Duration, Instant};

/// How long it is said that a dictation ended well.
const WELL: Duration = Duration::from_secs(2);
/// How long a reason stays: it has to be read.
const BADLY: Duration = Duration::from_secs(4);
/// Steps of the level: what the eye tells apart on a short bar.
pub const LEVELS: u8 = 32;

/// What is shown.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum View {
    /// Nothing.
    #[default]
    Hidden,
    /// The microphone is being opened: not yet to be spoken into.
    Arming,
    /// Whole seconds so far, loudness in steps up to [`LEVELS`], and the language if it is not the usual.
    Recording { seconds: u64, level: u8, language: Option<String> },
    /// The text is being made.
    Finishing,
    /// Nothing was said.
    NoSpeech,
    /// The text is in the app that has the focus.
    Inserted,
    /// The text is on the clipboard.
    Copied,
    /// Why there is no text, or none where it should be.
    Failed(String),
}

/// Remembers what was seen, to tell what is new.
#[derive(Debug, Default)]
pub struct Watcher {
    /// The last dictation whose end was seen.
    ended: Option<(u64, Outcome)>,
    /// Until when its end is told.
    told_until: Option<Instant>,
}

impl Watcher {
    /// What to show now, and when to ask again if nothing happens. Nothing is shown while `own_window` has
    /// the focus: it shows the same, and larger.
    pub fn look(&mut self, snapshot: &Snapshot, own_window: bool, now: Instant) -> (View, Option<Instant>) {
        let view = match &snapshot.dictation {
            DictationView::Arming => View::Arming,
            DictationView::Recording { elapsed, level } => View::Recording {
                seconds: elapsed.as_secs(),
                level: (loudness(*level) * f32::from(LEVELS)).round() as u8,
                language: language(snapshot),
            },
            DictationView::Finishing { .. } | DictationView::Delivering => View::Finishing,
            DictationView::Idle => self.end(snapshot, now),
        };
        match (&snapshot.dictation, own_window) {
            (DictationView::Idle, false) => (view, self.told_until),
            (DictationView::Idle, true) => (View::Hidden, None),
            (_, own_window) => (if own_window { View::Hidden } else { view }, None),
        }
    }

    fn end(&mut self, snapshot: &Snapshot, now: Instant) -> View {
        let ended = snapshot.outcome.clone().map(|outcome| (snapshot.generation, outcome));
        if ended != self.ended {
            self.told_until = match &ended {
                Some((_, Outcome::Failed(_))) => Some(now + BADLY),
                Some(_) => Some(now + WELL),
                None => None,
            };
            self.ended = ended;
        }
        if self.told_until.is_some_and(|until| now >= until) {
            self.told_until = None;
        }
        match (&self.ended, self.told_until) {
            (Some((_, outcome)), Some(_)) => of(outcome),
            _ => View::Hidden,
        }
    }
}

fn of(outcome: &Outcome) -> View {
    match outcome {
        Outcome::NoSpeech => View::NoSpeech,
        Outcome::HandedOver { inserted: true } => View::Inserted,
        Outcome::HandedOver { inserted: false } => View::Copied,
        Outcome::Failed(why) => View::Failed(why.clone()),
    }
}

/// The language, where somebody asked for it.
fn language(snapshot: &Snapshot) -> Option<String> {
    let spoken = snapshot.manner.language.as_ref().map(|code| code.to_uppercase());
    match (spoken, snapshot.manner.translate) {
        (Some(spoken), true) => Some(format!("{spoken} → EN")),
        (None, true) => Some("→ EN".into()),
        (spoken, false) => spoken,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::session::Manner;

    fn doing(dictation: DictationView) -> Snapshot {
        Snapshot { dictation, generation: 3, ..Snapshot::default() }
    }

    fn ended(generation: u64, outcome: Outcome) -> Snapshot {
        Snapshot { generation, outcome: Some(outcome), ..Snapshot::default() }
    }

    fn recording(level: f32) -> DictationView {
        DictationView::Recording { elapsed: Duration::from_millis(2900), level }
    }

    #[test]
    fn each_state_has_its_view() {
        let spoken = |level, language: Option<&str>| View::Recording {
            seconds: 2,
            level,
            language: language.map(str::to_owned),
        };
        let german = Manner { language: Some("de".into()), ..Manner::default() };
        let translated = Manner { translate: true, ..german.clone() };
        let finishing = DictationView::Finishing { recorded: Duration::ZERO };
        let table = [
            (Snapshot::default(), View::Hidden),
            (doing(DictationView::Arming), View::Arming),
            (doing(recording(0.0)), spoken(0, None)),
            (doing(recording(1.0)), spoken(LEVELS, None)),
            (Snapshot { manner: german, ..doing(recording(0.0)) }, spoken(0, Some("DE"))),
            (Snapshot { manner: translated, ..doing(recording(0.0)) }, spoken(0, Some("DE → EN"))),
            (doing(finishing), View::Finishing),
            (doing(DictationView::Delivering), View::Finishing),
            (ended(3, Outcome::NoSpeech), View::NoSpeech),
            (ended(3, Outcome::HandedOver { inserted: false }), View::Copied),
            (ended(3, Outcome::HandedOver { inserted: true }), View::Inserted),
            (ended(3, Outcome::Failed("no microphone".into())), View::Failed("no microphone".into())),
        ];
        let now = Instant::now();
        for (snapshot, view) in table {
            let elsewhere = Watcher::default().look(&snapshot, false, now);
            let at_home = Watcher::default().look(&snapshot, true, now);
            assert_eq!((elsewhere.0, at_home), (view, (View::Hidden, None)), "{snapshot:?}");
        }
    }

    #[test]
    fn an_end_is_told_once_and_for_a_moment() {
        let (mut watcher, start) = (Watcher::default(), Instant::now());
        let copied = ended(3, Outcome::HandedOver { inserted: false });
        assert_eq!(watcher.look(&copied, false, start), (View::Copied, Some(start + WELL)));
        let nearly = start + WELL - Duration::from_millis(1);
        assert_eq!(watcher.look(&copied, false, nearly), (View::Copied, Some(start + WELL)));
        assert_eq!(watcher.look(&copied, false, start + WELL), (View::Hidden, None));
        assert_eq!(watcher.look(&copied, false, start + 2 * WELL), (View::Hidden, None));
        let again = ended(4, Outcome::HandedOver { inserted: false });
        assert_eq!(watcher.look(&again, false, start + 2 * WELL).0, View::Copied, "the next one");
        let (next, _) = watcher.look(&doing(DictationView::Arming), false, start + 2 * WELL);
        assert_eq!(next, View::Arming, "a new dictation waits for no old news");
    }

    #[test]
    fn a_reason_stays_longer() {
        let (mut watcher, start) = (Watcher::default(), Instant::now());
        let failed = ended(3, Outcome::Failed("no room".into()));
        watcher.look(&failed, false, start);
        assert_eq!(watcher.look(&failed, false, start + WELL).0, View::Failed("no room".into()));
        assert_eq!(watcher.look(&failed, false, start + BADLY).0, View::Hidden);
    }

    #[test]
    fn an_end_seen_in_the_window_is_not_told_again_later() {
        let (mut watcher, start) = (Watcher::default(), Instant::now());
        let copied = ended(3, Outcome::HandedOver { inserted: false });
        assert_eq!(watcher.look(&copied, true, start), (View::Hidden, None));
        assert_eq!(watcher.look(&copied, false, start + WELL), (View::Hidden, None));
    }
}
