//! The latency ledger: when the steps of each dictation happened.

use super::machine::Event;
use super::snapshot::{Latency, LatencyView, Percentiles};
use crate::capture::Opening;
use std::collections::VecDeque;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Dictations that the percentiles are of.
const REMEMBERED: usize = 100;

/// The dictations of this session, as far as their times matter.
#[derive(Default)]
pub struct Ledger {
    open: Option<Entry>,
    past: VecDeque<Latency>,
    /// The same, shared with all who look at it.
    told: Arc<[Latency]>,
}

/// A dictation under way.
struct Entry {
    key: Instant,
    opening: Option<Opening>,
    first_sample: Option<Instant>,
    /// When speech began, and when there was text of it.
    text: Option<(Instant, Instant)>,
    stop: Option<Instant>,
    last: Option<Instant>,
}

impl Ledger {
    /// Notes what has taken the dictation one step on.
    pub fn note(&mut self, event: &Event, now: Instant) {
        match event {
            Event::Start => {
                let (opening, first_sample, text, stop, last) = Default::default();
                self.open = Some(Entry { key: now, opening, first_sample, text, stop, last });
            }
            Event::Stop => self.enter(|entry| entry.stop = Some(now)),
            Event::Final { empty: false, .. } => self.enter(|entry| entry.last = Some(now)),
            Event::Delivered(_) => {
                if let Some(latency) = self.open.take().and_then(|entry| entry.close(now)) {
                    self.past.push_back(latency);
                    if self.past.len() > REMEMBERED {
                        self.past.pop_front();
                    }
                    self.told = self.past.iter().copied().collect();
                }
            }
            // Between a text that was not wanted and the wish for it a person thinks.
            Event::Cancel | Event::Undo(_) => self.open = None,
            _ => {}
        }
    }

    /// Notes how the recording came about, whose first samples are here now.
    pub fn opened(&mut self, opening: Opening, now: Instant) {
        self.enter(|entry| (entry.opening, entry.first_sample) = (Some(opening), Some(now)));
    }

    /// Notes live text of a recording in which somebody began to speak that long after its first sample.
    pub fn live_text(&mut self, speech: Duration, now: Instant) {
        self.enter(|entry| {
            if let (Some(opening), None) = (entry.opening, entry.text) {
                entry.text = Some((opening.begins + speech, now));
            }
        });
    }

    fn enter(&mut self, change: impl FnOnce(&mut Entry)) {
        if let Some(entry) = &mut self.open {
            change(entry);
        }
    }

    /// What there is to show.
    pub fn view(&self) -> LatencyView {
        let all =
            |of: fn(&Latency) -> Option<Duration>| percentiles(self.past.iter().filter_map(of).collect());
        LatencyView {
            last: self.past.back().copied(),
            past: Arc::clone(&self.told),
            dictations: self.past.len(),
            stream_open: all(|latency| Some(latency.stream_open)),
            first_sample: all(|latency| Some(latency.first_sample)),
            first_text: all(|latency| latency.first_text),
            stop_to_final: all(|latency| Some(latency.stop_to_final)),
            delivered: all(|latency| Some(latency.delivered)),
        }
    }
}

impl Entry {
    /// The times, if the dictation went its usual way.
    fn close(self, now: Instant) -> Option<Latency> {
        let (stop, last) = (self.stop?, self.last?);
        let from_key = |moment: Instant| moment.saturating_duration_since(self.key);
        Some(Latency {
            stream_open: from_key(self.opening?.open),
            first_sample: from_key(self.first_sample?),
            speech_start: self.text.map(|(speech, _)| from_key(speech)),
            first_text: self.text.map(|(speech, text)| text.saturating_duration_since(speech)),
            stop: from_key(stop),
            stop_to_final: last.saturating_duration_since(stop),
            delivered: now.saturating_duration_since(last),
        })
    }
}

/// The middle, and what 95 of 100 stay within.
fn percentiles(mut times: Vec<Duration>) -> Option<Percentiles> {
    times.sort();
    let at = |percent: usize| times.get((times.len() * percent).div_ceil(100).saturating_sub(1)).copied();
    Some(Percentiles { p50: at(50)?, p95: at(95)? })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ms(ms: u64) -> Duration {
        Duration::from_millis(ms)
    }

    fn dictate(ledger: &mut Ledger, start: Instant, stop_to_final: u64) {
        let at = |time| start + ms(time);
        ledger.note(&Event::Start, start);
        ledger.opened(Opening { open: at(30), begins: at(60) }, at(80));
        ledger.note(&Event::CaptureOpened(1), at(80));
        ledger.live_text(ms(200), at(980));
        ledger.live_text(ms(200), at(1500));
        ledger.note(&Event::Stop, at(3000));
        ledger.note(&Event::Recorded(1), at(3300));
        ledger.note(&Event::Final { generation: 1, empty: false }, at(3000 + stop_to_final));
        ledger.note(&Event::Delivered(1), at(3000 + stop_to_final + 4));
    }

    #[test]
    fn times_are_those_between_the_steps() {
        let mut ledger = Ledger::default();
        assert_eq!(ledger.view(), LatencyView::default());
        dictate(&mut ledger, Instant::now(), 450);
        let latency = Latency {
            stream_open: ms(30),
            first_sample: ms(80),
            speech_start: Some(ms(260)),
            first_text: Some(ms(720)),
            stop: ms(3000),
            stop_to_final: ms(450),
            delivered: ms(4),
        };
        assert_eq!((ledger.view().last, ledger.view().dictations), (Some(latency), 1));
    }

    #[test]
    fn percentiles_are_of_the_last_hundred() {
        let (mut ledger, now) = (Ledger::default(), Instant::now());
        (1..=200).for_each(|i| dictate(&mut ledger, now, i));
        let view = ledger.view();
        assert_eq!(view.dictations, 100);
        assert_eq!((view.past.len(), view.past.last()), (100, view.last.as_ref()));
        assert_eq!(view.past[0].stop_to_final, ms(101), "the oldest first");
        assert_eq!(view.stop_to_final, Some(Percentiles { p50: ms(150), p95: ms(195) }));
    }

    #[test]
    fn what_was_cancelled_or_empty_does_not_count() {
        let (mut ledger, now) = (Ledger::default(), Instant::now());
        ledger.note(&Event::Start, now);
        ledger.note(&Event::CaptureOpened(1), now);
        ledger.note(&Event::Cancel, now);
        ledger.note(&Event::Delivered(1), now);
        ledger.note(&Event::Start, now);
        ledger.opened(Opening { open: now, begins: now }, now);
        ledger.note(&Event::CaptureOpened(2), now);
        ledger.note(&Event::Stop, now);
        ledger.note(&Event::Final { generation: 2, empty: true }, now);
        ledger.note(&Event::Undo(2), now);
        ledger.note(&Event::Final { generation: 2, empty: false }, now);
        ledger.note(&Event::Delivered(2), now);
        assert_eq!(ledger.view().dictations, 0);
    }
}
