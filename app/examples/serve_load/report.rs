//! What came of all requests.

use crate::clips::CLASSES;
use crate::memory::{Look, slope};
use crate::requests::{End, Fate, Outcome};
use serde::Serialize;
use std::fmt::{self, Write};

/// Complaints that are printed.
const SHOWN: usize = 5;
/// Bounds of the histograms, in seconds; what took longer comes behind the last.
const BOUNDS: [f64; 14] = [0.01, 0.02, 0.05, 0.1, 0.15, 0.2, 0.3, 0.6, 1.0, 2.0, 5.0, 10.0, 30.0, 60.0];

#[derive(Serialize)]
pub struct Report {
    requests: usize,
    at_once: u32,
    seconds: f64,
    /// Audio of the right answers, per second.
    audio_per_second: f64,
    requests_per_second: f64,
    cancelled: usize,
    broken: usize,
    refused_first: usize,
    lost: usize,
    wrong: usize,
    complaints: Vec<String>,
    classes: Vec<Class>,
    /// In 10⁶ bytes per 1000 requests, behind the first 100.
    memory_slope_mb: Option<f64>,
    memory: Vec<Look>,
}

/// Right answers to clips of one length.
#[derive(Serialize)]
struct Class {
    audio_s: usize,
    count: usize,
    p50_s: f64,
    p95_s: f64,
    p99_s: f64,
    longest_s: f64,
    /// How many took at most so long.
    histogram: Vec<(f64, usize)>,
}

impl Class {
    fn of(length: usize, ended: &[End]) -> Self {
        let right = |end: &&End| {
            end.length == length && end.fate == Fate::Normal && matches!(end.outcome, Outcome::Right)
        };
        let mut times: Vec<f64> = ended.iter().filter(right).map(|end| end.latency.as_secs_f64()).collect();
        times.sort_by(f64::total_cmp);
        let quantile = |q: f64| {
            let place = (q * times.len() as f64).ceil() as usize;
            times.get(place.saturating_sub(1)).copied().unwrap_or_default()
        };
        let within = |bound: f64| (bound, times.iter().filter(|time| **time <= bound).count());
        Self {
            audio_s: length,
            count: times.len(),
            p50_s: quantile(0.5),
            p95_s: quantile(0.95),
            p99_s: quantile(0.99),
            longest_s: quantile(1.0),
            histogram: BOUNDS.into_iter().chain([f64::MAX]).map(within).collect(),
        }
    }
}

impl Report {
    pub fn new(ended: &[End], memory: &[Look], seconds: f64, at_once: u32) -> Self {
        let count = |is: &dyn Fn(&End) -> bool| ended.iter().filter(|end| is(end)).count();
        let right: usize = ended
            .iter()
            .filter(|end| end.fate == Fate::Normal && matches!(end.outcome, Outcome::Right))
            .map(|end| end.length)
            .sum();
        let complaints = ended.iter().filter_map(|end| match &end.outcome {
            Outcome::Right => None,
            Outcome::Lost(what) => Some(format!("lost: {what}")),
            Outcome::Wrong(what) => Some(format!("wrong: {what}")),
        });
        Self {
            requests: ended.len(),
            at_once,
            seconds,
            audio_per_second: right as f64 / seconds,
            requests_per_second: ended.len() as f64 / seconds,
            cancelled: count(&|end| end.fate == Fate::Cancelled),
            broken: count(&|end| end.fate == Fate::Broken),
            refused_first: ended.iter().map(|end| end.refused).sum(),
            lost: count(&|end| matches!(end.outcome, Outcome::Lost(_))),
            wrong: count(&|end| matches!(end.outcome, Outcome::Wrong(_))),
            complaints: complaints.take(100).collect(),
            classes: CLASSES.into_iter().map(|length| Class::of(length, ended)).collect(),
            memory_slope_mb: slope(memory),
            memory: memory.to_vec(),
        }
    }

    /// Whether nothing was lost or wrong.
    pub fn is_right(&self) -> bool {
        self.lost + self.wrong == 0 && self.requests > 0
    }

    pub fn table(&self) -> String {
        let mut text = String::new();
        // Writing to a string cannot fail.
        let _ = self.write(&mut text);
        text
    }

    fn write(&self, text: &mut String) -> fmt::Result {
        let Self { requests, at_once, seconds, cancelled, broken, lost, wrong, .. } = self;
        writeln!(
            text,
            "{requests} requests in {seconds:.1} s, {at_once} at once, {cancelled} cancelled, {broken} broken"
        )?;
        writeln!(
            text,
            "{:<8}  {:>6}  {:>8}  {:>8}  {:>8}  {:>8}",
            "clip", "n", "p50 s", "p95 s", "p99 s", "longest"
        )?;
        for class in &self.classes {
            let Class { audio_s, count, p50_s, p95_s, p99_s, longest_s, .. } = class;
            writeln!(
                text,
                "{:<8}  {count:>6}  {p50_s:>8.3}  {p95_s:>8.3}  {p99_s:>8.3}  {longest_s:>8.3}",
                format!("{audio_s} s")
            )?;
        }
        let (audio, rate) = (self.audio_per_second, self.requests_per_second);
        writeln!(
            text,
            "served {audio:.1} s of audio and {rate:.1} requests a second; {} refused first",
            self.refused_first
        )?;
        if let (Some(first), Some(last)) = (self.memory.first(), self.memory.last()) {
            let most = self.memory.iter().map(|look| look.resident_mb).fold(0.0, f64::max);
            let slope = self.memory_slope_mb.map_or_else(
                || "too few requests for a slope".into(),
                |slope| format!("{slope:+.2} MB per 1000 requests behind the first {}", crate::memory::WARM),
            );
            writeln!(
                text,
                "memory {:.1} MB at first, {most:.1} MB at most, {:.1} MB at last; {slope}",
                first.resident_mb, last.resident_mb
            )?;
        }
        writeln!(text, "{lost} lost, {wrong} wrong")?;
        self.complaints.iter().take(SHOWN).try_for_each(|complaint| writeln!(text, "  {complaint}"))
    }
}
