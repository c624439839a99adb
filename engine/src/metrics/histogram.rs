//! How values are spread, in bounded memory.

use serde::Serialize;

/// Buckets per doubling: a quantile is at most 9 % above the value that it stands for.
const PER_OCTAVE: f64 = 8.0;
/// The upper end of the first bucket: a microsecond.
const LEAST: f64 = 1e-6;
/// From a microsecond to more than a day.
const BUCKETS: usize = 300;
/// Octaves that are told to others: up to 128 µs, and so on to about two minutes.
const TOLD_OCTAVES: std::ops::RangeInclusive<i32> = 7..=27;

/// Counts of values (seconds, say) in buckets that grow by an eighth of an octave.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Histogram {
    #[serde(skip)]
    counts: Vec<u64>,
    count: u64,
    sum: f64,
}

impl Default for Histogram {
    fn default() -> Self {
        Self { counts: vec![0; BUCKETS], count: 0, sum: 0.0 }
    }
}

impl Histogram {
    /// Counts a value; what is not a number above zero counts as zero.
    pub fn note(&mut self, value: f64) {
        let value = if value > 0.0 { value } else { 0.0 };
        let bucket = ((value / LEAST).log2() * PER_OCTAVE).ceil().clamp(0.0, (BUCKETS - 1) as f64);
        self.counts[bucket as usize] += 1;
        self.count += 1;
        self.sum += value;
    }

    /// Values that were counted.
    pub fn count(&self) -> u64 {
        self.count
    }

    /// Their sum.
    pub fn sum(&self) -> f64 {
        self.sum
    }

    /// The value that a share `q` of all values does not exceed, to within 9 %; `None` before there is one.
    pub fn quantile(&self, q: f64) -> Option<f64> {
        let rank = (q.clamp(0.0, 1.0) * self.count as f64).ceil().max(1.0) as u64;
        let mut below = 0;
        let found = self.counts.iter().position(|count| {
            below += count;
            below >= rank
        });
        found.map(|bucket| LEAST * (bucket as f64 / PER_OCTAVE).exp2())
    }

    /// How many values are at most 128 µs, at most twice as much, and so on to about two minutes.
    pub fn cumulative(&self) -> impl Iterator<Item = (f64, u64)> {
        TOLD_OCTAVES.map(|octave| {
            let buckets = octave as usize * PER_OCTAVE as usize + 1;
            (LEAST * f64::from(octave).exp2(), self.counts.iter().take(buckets).sum())
        })
    }
}

#[cfg(test)]
mod tests {
    use super::Histogram;

    #[test]
    fn quantiles_are_near_and_never_below() {
        let mut histogram = Histogram::default();
        assert_eq!(histogram.quantile(0.5), None);
        (1..=1000).for_each(|i| histogram.note(f64::from(i) / 1000.0));
        assert_eq!(histogram.count(), 1000);
        assert!((histogram.sum() - 500.5).abs() < 1e-6);
        for (q, right) in [(0.001, 0.001), (0.5, 0.5), (0.95, 0.95), (0.99, 0.99), (1.0, 1.0)] {
            let value = histogram.quantile(q).unwrap();
            assert!(value >= right * 0.9999 && value <= right * 1.0906, "{q}: {value}");
        }
    }

    #[test]
    fn what_is_told_of_doublings_is_exact() {
        let mut histogram = Histogram::default();
        [0.0, 0.000_128, 0.000_129, 0.001, 0.001_024, 0.002_048, 3.0, 1e5]
            .into_iter()
            .for_each(|value| histogram.note(value));
        let told: Vec<_> = histogram.cumulative().collect();
        assert_eq!(
            told[..5],
            [(0.000_128, 2), (0.000_256, 3), (0.000_512, 3), (0.001_024, 5), (0.002_048, 6)]
        );
        assert_eq!((told.len(), told[20]), (21, (134.217_728, 7)));
    }

    #[test]
    fn no_value_is_too_odd() {
        let mut histogram = Histogram::default();
        [0.0, -1.0, f64::NAN, 1e300, f64::INFINITY].into_iter().for_each(|value| histogram.note(value));
        assert_eq!(histogram.count(), 5);
        assert!(histogram.quantile(0.5).unwrap() <= 1e-6);
        assert!(histogram.quantile(1.0).unwrap() > 86_400.0);
    }
}
