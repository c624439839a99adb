//! Many streams on one array: each has a window at the same time, and sends its next when it has the states of this one.

use super::encoder::EncoderTimes;
use crate::constants::LISTED;

/// Streams that are reported.
pub const STREAMS: [usize; 6] = [1, 2, 4, 8, 16, 32];

/// What so many streams get. All of it is simulated.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Served {
    /// Windows in a list of runs.
    pub windows: usize,
    /// Windows per second.
    pub rate: f64,
    /// Seconds from a window's being there to its states: the shortest, in the mean, the longest.
    pub waits: [f64; 3],
    /// The share of its time that the array works, if each stream has a window every 30 s.
    pub busy: f64,
}

/// Windows that a list of runs has room for; at least one, which may be several lists then.
pub fn most_windows(encoder: &EncoderTimes) -> usize {
    (LISTED / encoder.launches.len().max(1)).max(1)
}

/// So many streams, with no more than so many windows in a list of runs, whose states come all at its end.
pub fn served(encoder: &EncoderTimes, streams: usize, most: usize) -> Served {
    let windows = streams.min(most).max(1);
    // In the order in which they wait: full lists, and what is left over.
    let (mut now, mut sum, mut first) = (0.0, 0.0, f64::INFINITY);
    let mut left = streams;
    while left > 0 {
        let list = left.min(windows);
        now += encoder.windows(list);
        first = first.min(now);
        sum += now * list as f64;
        left -= list;
    }
    let rate = streams as f64 / now;
    let waits = [first, sum / streams as f64, now];
    Served { windows, rate, waits, busy: streams as f64 / super::encoder::WINDOW / rate }
}

#[cfg(test)]
mod tests {
    use super::super::encoder::MODELS;
    use super::super::operation::Machine;
    use super::*;
    use crate::txn::Device;

    #[test]
    fn windows_wait_for_those_before_them() {
        for (name, shape) in MODELS {
            let encoder = EncoderTimes::new(&Machine::new(Device::npu1(4)), &shape).unwrap();
            let most = most_windows(&encoder);
            assert_eq!(most, if name == "turbo" { 1 } else { 64 / encoder.launches.len() });
            let one = encoder.windows(1);
            for most in [1, most] {
                let alone = served(&encoder, 1, most);
                assert_eq!((alone.windows, alone.waits), (1, [one; 3]));
                let mut before = alone;
                for streams in 2..=32 {
                    let these = served(&encoder, streams, most);
                    let [first, mean, last] = these.waits;
                    assert!(
                        first <= mean + 1e-9 && mean <= last + 1e-9 && last > before.waits[2],
                        "{name}: {streams}"
                    );
                    assert!((streams as f64 / last - these.rate).abs() < 1e-9);
                    // A list less to begin with each window that shares one.
                    assert!(these.rate >= 1.0 / one - 1e-9 && these.rate * one < 1.05);
                    before = these;
                }
            }
            // One by one the first has its states sooner, and the last no sooner.
            let (together, apart) = (served(&encoder, 8, most), served(&encoder, 8, 1));
            assert!(apart.waits[0] <= together.waits[0] && together.waits[2] <= apart.waits[2]);
        }
    }
}
