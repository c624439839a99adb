//! Repeated measurements and what they come to.

use crate::cli::exit::Failure;
use serde::{Deserialize, Serialize};
use std::time::{Duration, Instant};

/// The middle of several measurements, and how far they lie apart.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Figure {
    pub median: f64,
    /// The largest less the smallest.
    pub spread: f64,
    pub n: usize,
}

impl Figure {
    /// Of no values at all it is zero.
    pub fn of(mut values: Vec<f64>) -> Self {
        values.sort_by(f64::total_cmp);
        let (Some(first), Some(last)) = (values.first(), values.last()) else { return Self::default() };
        let half = values.len() / 2;
        let median = if values.len().is_multiple_of(2) {
            (values[half - 1] + values[half]) / 2.0
        } else {
            values[half]
        };
        Self { median, spread: last - first, n: values.len() }
    }

    /// Of times in milliseconds.
    pub fn of_times(times: &[Duration]) -> Self {
        Self::of(times.iter().map(|time| milliseconds(*time)).collect())
    }

    /// Of what was done (operations, bytes) in each of these times, in 10⁹ per second.
    pub fn of_rates(done: f64, times: &[Duration]) -> Self {
        Self::of(times.iter().map(|time| done / time.as_secs_f64() / 1e9).collect())
    }
}

/// How often a figure is measured.
#[derive(Clone, Copy)]
pub struct Effort {
    pub runs: usize,
    /// No further run begins after this time.
    pub limit: Duration,
}

impl Effort {
    /// What `once` gives again and again. A first run that warms up is not among them, unless there is
    /// only one.
    pub fn repeat<T>(self, mut once: impl FnMut() -> Result<T, Failure>) -> Result<Vec<T>, Failure> {
        let start = Instant::now();
        if self.runs > 1 {
            once()?;
        }
        let mut results = vec![once()?];
        while results.len() < self.runs && start.elapsed() < self.limit {
            results.push(once()?);
        }
        Ok(results)
    }
}

/// What `work` gives, and how long it took.
pub fn timed<T>(work: impl FnOnce() -> T) -> (T, Duration) {
    let start = Instant::now();
    let result = work();
    (result, start.elapsed())
}

/// As a number.
pub fn milliseconds(time: Duration) -> f64 {
    time.as_secs_f64() * 1000.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_is_the_middle_or_between_the_two_middles() {
        let figure = |values: &[f64]| {
            let Figure { median, spread, n } = Figure::of(values.to_vec());
            (median, spread, n)
        };
        assert_eq!(figure(&[3.0]), (3.0, 0.0, 1));
        assert_eq!(figure(&[2.0, 1.0]), (1.5, 1.0, 2));
        assert_eq!(figure(&[9.0, 1.0, 2.0]), (2.0, 8.0, 3));
        assert_eq!(figure(&[]), (0.0, 0.0, 0));
    }

    #[test]
    fn rates_are_per_second() {
        let times = [Duration::from_millis(500), Duration::from_secs(1)];
        assert_eq!(Figure::of_rates(2e9, &times), Figure { median: 3.0, spread: 2.0, n: 2 });
        assert_eq!(Figure::of_times(&times).median, 750.0);
    }

    #[test]
    fn the_first_of_several_runs_warms_up_and_the_limit_ends_them() {
        let counted = |runs, limit| {
            let mut calls = 0;
            let results = Effort { runs, limit }.repeat(|| {
                calls += 1;
                Ok(calls)
            });
            results.unwrap()
        };
        assert_eq!(counted(3, Duration::MAX), [2, 3, 4]);
        assert_eq!(counted(3, Duration::ZERO), [2]);
        assert_eq!(counted(1, Duration::MAX), [1]);
    }
}
