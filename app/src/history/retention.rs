//! Which recordings are kept how long.

use super::entry::Entry;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

const DAY_S: i64 = 86_400;
/// Nobody's machine rests longer between two dictations: such a gap is an error of the clock.
const LONGEST_GAP_S: i64 = 365 * DAY_S;
/// A longer gap is believed once a day of dictations lies behind it: a clock that is set forward by months for an hour must
/// not take all recordings with it.
const DOUBTFUL_GAP_S: i64 = 20 * DAY_S;

/// What of a dictation is kept.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Keep {
    /// Texts and recordings.
    #[default]
    Everything,
    /// Texts; a recording goes when it has its text.
    Texts,
    /// Nothing; a recording goes when it has its text.
    Nothing,
}

/// The person's choice of what is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Keeping {
    pub keep: Keep,
    /// So many recordings at most, stars apart; `None` is as many as there are.
    #[serde(with = "limit")]
    pub recordings: Option<u32>,
    /// Recordings of so many days, stars apart; `None` is for ever.
    #[serde(with = "limit")]
    pub days: Option<u32>,
}

/// A number, or none: the word for that can be written where there is no other sign for nothing.
mod limit {
    use serde::de::Error;
    use serde::{Deserialize, Deserializer, Serializer};

    const NONE: &str = "no limit";

    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Written {
        Number(u32),
        Word(String),
        Nothing,
    }

    pub fn serialize<S: Serializer>(limit: &Option<u32>, to: S) -> Result<S::Ok, S::Error> {
        match limit {
            Some(number) => to.serialize_u32(*number),
            None => to.serialize_str(NONE),
        }
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Option<u32>, D::Error> {
        match Written::deserialize(from) {
            Ok(Written::Number(number)) => Ok(Some(number)),
            Ok(Written::Nothing) => Ok(None),
            Ok(Written::Word(word)) if word == NONE => Ok(None),
            Ok(Written::Word(_)) | Err(_) => Err(Error::custom(format!("it should be a number or {NONE:?}"))),
        }
    }
}

impl Default for Keeping {
    fn default() -> Self {
        Self { keep: Keep::Everything, recordings: Some(500), days: Some(30) }
    }
}

impl Keeping {
    /// The places of those entries, the oldest first, whose recording goes. Stars stay, and so does what has no
    /// text yet, unless it was discarded. The newest stays without a word in it: somebody may want it transcribed after
    /// all.
    pub fn spent(&self, entries: &[Arc<Entry>], now: Timestamp) -> Vec<usize> {
        let mut spent = Vec::new();
        let (mut kept, mut age_s, mut later) = (0, 0, now);
        for (place, entry) in entries.iter().enumerate().rev() {
            let gap = later.as_second() - entry.time.as_second();
            // What the clock did is no age: it may have been set back, or forward.
            let believed = gap < DOUBTFUL_GAP_S || gap < LONGEST_GAP_S && age_s >= DAY_S;
            age_s += if believed { gap.max(0) } else { 0 };
            later = entry.time;
            let waits = entry.versions.is_empty() && !entry.cancelled;
            if entry.audio.is_none() || entry.starred || waits || entry.deleted.is_some() {
                continue;
            }
            let newest = place + 1 == entries.len();
            let goes = match self.keep {
                Keep::Everything => {
                    self.recordings.is_some_and(|most| kept >= most)
                        || self.days.is_some_and(|days| age_s > i64::from(days) * DAY_S)
                }
                Keep::Texts | Keep::Nothing => !(newest && entry.text().trim().is_empty()),
            };
            if goes {
                spent.push(place);
            } else {
                kept += 1;
            }
        }
        spent.reverse();
        spent
    }
}

#[cfg(test)]
mod tests {
    use super::super::samples;
    use super::*;

    const NOW: i64 = 1_800_000_000;
    const NONE: [usize; 0] = [];

    /// Entries of so many days before now, the oldest first.
    fn of_days(days: &[i64]) -> Vec<Arc<Entry>> {
        let entry = |(number, days): (usize, &i64)| {
            let time = Timestamp::from_second(NOW - days * DAY_S).unwrap();
            Arc::new(Entry { time, ..samples::entry(number as u64, "text") })
        };
        days.iter().enumerate().map(entry).collect()
    }

    fn spent(keep: Keep, recordings: Option<u32>, days: Option<u32>, entries: &[Arc<Entry>]) -> Vec<usize> {
        Keeping { keep, recordings, days }.spent(entries, Timestamp::from_second(NOW).unwrap())
    }

    fn change(entries: &mut [Arc<Entry>], place: usize, change: impl FnOnce(&mut Entry)) {
        change(Arc::make_mut(&mut entries[place]));
    }

    #[test]
    fn recordings_go_by_number_and_by_age() {
        let entries = of_days(&[40, 31, 30, 2, 1, 0]);
        assert_eq!(spent(Keep::Everything, None, None, &entries), NONE);
        assert_eq!(spent(Keep::Everything, Some(4), None, &entries), [0, 1]);
        assert_eq!(spent(Keep::Everything, None, Some(30), &entries), [0, 1]);
        assert_eq!(spent(Keep::Everything, Some(5), Some(30), &entries), [0, 1]);
        assert_eq!(spent(Keep::Everything, Some(0), None, &entries), [0, 1, 2, 3, 4, 5]);
        assert_eq!(spent(Keep::Texts, None, None, &entries), [0, 1, 2, 3, 4, 5]);
    }

    #[test]
    fn stars_and_what_has_no_text_stay_and_count_for_nothing() {
        let mut entries = of_days(&[50, 49, 48, 47, 1, 0]);
        change(&mut entries, 0, |e| e.starred = true);
        change(&mut entries, 1, |e| e.versions.clear());
        change(&mut entries, 2, |e| e.audio = None);
        for keep in [Keep::Texts, Keep::Nothing] {
            assert_eq!(spent(keep, Some(1), Some(1), &entries), [3, 4, 5]);
        }
        assert_eq!(spent(Keep::Everything, Some(2), Some(10), &entries), [3]);
        change(&mut entries, 1, |e| e.cancelled = true);
        assert_eq!(
            spent(Keep::Everything, None, Some(10), &entries),
            [1, 3],
            "what was discarded goes like a text"
        );
        change(&mut entries, 1, |e| e.cancelled = false);
        change(&mut entries, 5, |e| e.versions[0].heard.clear());
        assert_eq!(spent(Keep::Texts, None, None, &entries), [3, 4], "it may be wanted after all");
    }

    #[test]
    fn a_clock_that_is_wrong_deletes_nothing() {
        // The last entry was made ten years late, and the clock is right again.
        let late = of_days(&[3, 2, -3_650]);
        assert_eq!(spent(Keep::Everything, None, Some(30), &late), NONE);
        // The clock is ten years late now.
        let early = of_days(&[3_652, 3_651]);
        assert_eq!(spent(Keep::Everything, None, Some(30), &early), NONE);
        // It is half a year late, for now: the newest dictation was made just then.
        let leaped = of_days(&[183, 182, 181, 0]);
        assert_eq!(spent(Keep::Everything, None, Some(30), &leaped), NONE);
        let half_a_year_later = of_days(&[184, 183, 182, 1, 0]);
        assert_eq!(spent(Keep::Everything, None, Some(30), &half_a_year_later), [0, 1, 2], "it was no error");
        // Back and forth, and really old at last.
        let both = of_days(&[45, 20_000, 44, 10]);
        assert_eq!(spent(Keep::Everything, None, Some(30), &both), [0, 1, 2]);
    }
}
