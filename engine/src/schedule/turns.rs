//! Whose turn it is: a pure function, apart from whatever computes.
//!
//! Jobs share the engine by the time that they have had of it (start-time fair queueing, Goyal, Vin and Cheng
//! 1996): whoever has had least comes next, and whoever comes in later starts where the least of the others
//! stands; of equals, the older one comes first. So a clip of two seconds waits for a window or two of a file of ten
//! hours and for nothing else, and no stream of clips keeps that file waiting for long. While a clip is under way, longer
//! recordings let it go first, for a quarter of a second at a time: every window of theirs would cost it a pause.

use crate::metrics::{AudioTime, WallTime};
use std::time::Duration;

/// What a job wants of the engine next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wish {
    /// To read on.
    Read,
    /// To have windows encoded, each of which takes `rows` sequences of the decoder.
    Encode {
        /// Windows that are at hand.
        windows: usize,
        /// Sequences of each.
        rows: usize,
    },
    /// Nothing before its windows come back.
    Nothing,
}

/// How a job stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Standing {
    /// Its number; of two that have had the same, the lower one comes first.
    pub job: u64,
    /// What it has had of the engine.
    pub used: Duration,
    /// What it wants.
    pub wish: Wish,
    /// Whether a window is all that is left of it.
    pub short: bool,
}

/// What the decoder has room for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Room {
    /// Sequences under way or on their way there, and the most that change nobody's numbers.
    pub rows: (usize, usize),
    /// Windows under way, and the most that there is memory for.
    pub windows: (usize, usize),
}

/// What is done in one turn. Between two turns, the sequences under way take a step.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Turn {
    /// Jobs that read a piece, side by side.
    pub read: Vec<u64>,
    /// Jobs that have a window encoded; one may be named more than once.
    pub encode: Vec<u64>,
}

impl Room {
    /// Whether a window of so many sequences may come in. One that is wider than all the room there is comes in
    /// alone.
    fn takes(&self, rows: usize) -> bool {
        let fits = self.windows.0 < self.windows.1 && self.rows.0 + rows <= self.rows.1;
        fits || (self.windows.0 == 0 && self.rows.0 == 0)
    }
}

/// Whose turn it is, when at most `readers` read at once and the encoder takes `at_once` windows. Where the next
/// one in turn finds no room, nobody overtakes it: room that others took would never grow large enough.
pub fn turn(standings: &[Standing], mut room: Room, readers: usize, at_once: usize) -> Turn {
    let mut read: Vec<&Standing> = standings.iter().filter(|s| s.wish == Wish::Read).collect();
    read.sort_by_key(|s| (s.used, s.job));
    // Windows of a job, each behind as many others as it was given in this turn.
    let windows = standings.iter().flat_map(|s| match s.wish {
        Wish::Encode { windows, rows } => {
            (0..windows.min(at_once)).map(|i| (i, s.used, s.job, rows)).collect()
        }
        _ => Vec::new(),
    });
    let mut windows: Vec<_> = windows.collect();
    windows.sort_unstable();
    let mut encode = Vec::new();
    for (_, _, job, rows) in windows {
        if encode.len() == at_once || !room.takes(rows) {
            break;
        }
        room.rows.0 += rows;
        room.windows.0 += 1;
        encode.push(job);
    }
    Turn { read: read.into_iter().take(readers).map(|s| s.job).collect(), encode }
}

/// Whether there are short jobs that longer ones could let go first.
pub fn could_yield(standings: &[Standing]) -> bool {
    let wants = |s: &Standing| s.wish != Wish::Nothing;
    standings.iter().any(|s| s.short) && standings.iter().any(|s| !s.short && wants(s))
}

/// Where a job that comes in starts: level with the one that has had least.
pub fn start(others: impl Iterator<Item = Duration>) -> Duration {
    others.min().unwrap_or_default()
}

/// Whether a batch waits for more windows: only where a batch saves anything, there is nothing else to do, others
/// may come, and not for longer than `most`.
pub fn waits(ready: usize, room: usize, others: usize, waited: Duration, most: Duration) -> bool {
    ready > 0 && ready < room && others > 0 && waited < most
}

/// How long until the first of some jobs makes room, which have so much audio to go, when the engine does `speed`
/// seconds of audio a second and they share it evenly.
pub fn wait(remaining: &[AudioTime], speed: f64) -> WallTime {
    let least = remaining.iter().map(|time| time.seconds()).fold(f64::INFINITY, f64::min);
    let share = speed / remaining.len().max(1) as f64;
    WallTime(if least.is_finite() && share > 0.0 { least / share } else { 0.0 })
}

#[cfg(test)]
mod tests {
    use super::*;

    const EMPTY: Room = Room { rows: (0, 8), windows: (0, 8) };

    fn job(job: u64, used: u64, wish: Wish) -> Standing {
        Standing { job, used: Duration::from_millis(used), wish, short: false }
    }

    fn window(windows: usize) -> Wish {
        Wish::Encode { windows, rows: 1 }
    }

    #[test]
    fn whoever_has_had_least_comes_next() {
        let jobs = [
            job(1, 900, window(1)),
            job(2, 100, Wish::Read),
            job(3, 300, window(1)),
            job(4, 50, Wish::Nothing),
            job(5, 300, window(1)),
            job(6, 80, Wish::Read),
            job(7, 700, Wish::Read),
        ];
        let of = |readers, at_once| turn(&jobs, EMPTY, readers, at_once);
        assert_eq!(of(2, 1), Turn { read: vec![6, 2], encode: vec![3] });
        assert_eq!(of(9, 9), Turn { read: vec![6, 2, 7], encode: vec![3, 5, 1] });
        assert_eq!(turn(&[], EMPTY, 2, 8), Turn::default());
    }

    #[test]
    fn a_batch_takes_one_window_of_each_before_a_second_of_any() {
        let jobs = [job(1, 0, window(8)), job(2, 500, window(8)), job(3, 900, window(1))];
        assert_eq!(turn(&jobs, EMPTY, 1, 8).encode, [1, 2, 3, 1, 2, 1, 2, 1]);
        let room = Room { rows: (5, 8), windows: (5, 8) };
        assert_eq!(turn(&jobs, room, 1, 8).encode, [1, 2, 3]);
        let memory = Room { rows: (1, 8), windows: (1, 2) };
        assert_eq!(turn(&jobs, memory, 1, 8).encode, [1]);
    }

    #[test]
    fn only_longer_ones_that_want_something_could_yield_to_short_ones() {
        let short = |wish| Standing { short: true, ..job(1, 0, wish) };
        let long = |wish| job(2, 0, wish);
        // A clip in the decoder wants nothing, and is under way all the same.
        assert!(could_yield(&[short(Wish::Nothing), long(window(1))]));
        assert!(could_yield(&[short(window(1)), long(Wish::Read)]));
        assert!(!could_yield(&[short(Wish::Read), long(Wish::Nothing)]));
        assert!(!could_yield(&[short(window(1)), short(window(1))]) && !could_yield(&[long(window(1))]));
    }

    #[test]
    fn nobody_overtakes_what_finds_no_room() {
        let beams = |rows| Wish::Encode { windows: 1, rows };
        let jobs = [job(1, 10, beams(5)), job(2, 20, window(1))];
        let room = |rows| Room { rows: (rows, 8), windows: (rows.min(3), 8) };
        assert_eq!(turn(&jobs, room(3), 1, 8).encode, [1]);
        assert!(turn(&jobs, room(4), 1, 8).encode.is_empty());
        // Wider than all there is: alone, and nobody beside it.
        let wide = [job(1, 10, beams(32)), job(2, 20, window(1))];
        assert!(turn(&wide, room(1), 1, 8).encode.is_empty());
        assert_eq!(turn(&wide, room(0), 1, 8).encode, [1]);
        // What is under way takes more than there is: a retry with many samples.
        assert!(turn(&[job(2, 20, window(1))], room(32), 1, 8).encode.is_empty());
    }

    /// Plays a machine on which a window takes 100 ms and reading a piece 10 ms; the moment at which each job had
    /// all its windows, in milliseconds.
    fn play(mut jobs: Vec<(u64, usize, usize)>, late: (usize, (u64, usize, usize))) -> Vec<(u64, u64)> {
        let (mut now, mut rounds, mut ended) = (0, 0, Vec::new());
        let mut used = std::collections::BTreeMap::new();
        used.extend(jobs.iter().map(|(job, ..)| (*job, Duration::ZERO)));
        while !jobs.is_empty() {
            if rounds == late.0 {
                let start = start(jobs.iter().map(|(job, ..)| used[job]));
                used.insert(late.1.0, start);
                jobs.push(late.1);
            }
            let standings: Vec<_> = jobs
                .iter()
                .map(|(job, pieces, _)| Standing {
                    job: *job,
                    used: used[job],
                    wish: if *pieces > 0 { Wish::Read } else { window(1) },
                    short: false,
                })
                .collect();
            let turn = turn(&standings, EMPTY, 2, 1);
            now += if turn.read.is_empty() { 0 } else { 10 };
            now += 100 * turn.encode.len() as u64;
            for job in &mut jobs {
                if turn.read.contains(&job.0) {
                    job.1 -= 1;
                    *used.get_mut(&job.0).unwrap() += Duration::from_millis(10);
                }
                if turn.encode.contains(&job.0) {
                    job.2 -= 1;
                    *used.get_mut(&job.0).unwrap() += Duration::from_millis(100);
                }
            }
            ended.extend(jobs.extract_if(.., |job| job.2 == 0).map(|job| (job.0, now)));
            rounds += 1;
        }
        ended
    }

    #[test]
    fn ten_hours_do_not_starve_two_seconds() {
        // Ten hours: 4,500 pieces of 8 s to read and 1,200 windows. The clip comes in the middle of the reading,
        // or of the windows.
        for late in [1_000, 5_000] {
            let alone = play(vec![(1, 4_500, 1_200)], (usize::MAX, (0, 0, 0)))[0].1;
            let ended = play(vec![(1, 4_500, 1_200)], (late, (2, 1, 1)));
            assert_eq!(ended[0].0, 2);
            assert_eq!(ended[1], (1, alone + if late == 1_000 { 100 } else { 110 }), "the clip's own work");
            let waited = play(vec![(1, 0, 3), (3, 0, 3)], (2, (2, 0, 1)));
            assert_eq!(waited[0], (2, 400), "one window of another comes before, and then it");
        }
    }

    #[test]
    fn clips_that_keep_coming_do_not_starve_a_file() {
        let mut used = [Duration::from_secs(3), Duration::ZERO];
        let mut windows = 0;
        for clip in 0..100 {
            // A clip comes as soon as the one before it has gone.
            used[1] = start([used[0]].into_iter());
            for _ in 0..2 {
                let jobs = [(7, used[0]), (100 + clip, used[1])];
                let standings = jobs.map(|(job, used)| Standing { job, used, wish: window(1), short: false });
                let next = turn(&standings, EMPTY, 1, 1).encode[0];
                windows += usize::from(next == 7);
                used[usize::from(next != 7)] += Duration::from_millis(100);
            }
        }
        assert_eq!(windows, 100, "every other window is the file's");
    }

    #[test]
    fn a_batch_waits_only_where_that_may_help() {
        let ms = Duration::from_millis;
        assert!(waits(3, 8, 2, ms(4), ms(10)));
        assert!(!waits(8, 8, 2, ms(4), ms(10)), "it is full");
        assert!(!waits(3, 8, 0, ms(4), ms(10)), "nobody else is there");
        assert!(!waits(3, 8, 2, ms(10), ms(10)), "it has waited");
        assert!(!waits(0, 8, 2, ms(0), ms(10)), "there is nothing to encode");
    }

    #[test]
    fn the_wait_is_that_of_the_shortest_at_its_share() {
        let seconds = |s: &[f64]| s.iter().map(|s| AudioTime(*s)).collect::<Vec<_>>();
        assert_eq!(wait(&seconds(&[3600.0, 60.0, 600.0]), 90.0), WallTime(2.0));
        assert_eq!(wait(&seconds(&[5.0]), 100.0), WallTime(0.05));
        assert_eq!(wait(&[], 100.0), WallTime(0.0));
        assert_eq!(wait(&seconds(&[5.0]), 0.0), WallTime(0.0), "nothing is known yet");
    }
}
