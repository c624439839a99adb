//! Values on the command line, and what is wrong with others.

use super::machine;

/// A sampling temperature.
pub fn temperature(text: &str) -> Result<f32, String> {
    let value: f32 = text.parse().map_err(|_| "it is not a number".to_owned())?;
    if (0.0..=1.0).contains(&value) { Ok(value) } else { Err("it is not between 0 and 1".into()) }
}

/// More than any machine has cores for one model.
const MOST_THREADS: usize = 256;

/// A number of CPU threads.
pub fn threads(text: &str) -> Result<usize, String> {
    let cores = machine::logical_cores();
    match text.parse() {
        Ok(count) if (1..=MOST_THREADS).contains(&count) => Ok(count),
        _ => Err(format!(
            "it is not a number from 1 to {MOST_THREADS}; this machine runs {cores} threads at once"
        )),
    }
}

/// Longer lines fit on no screen.
const MOST_COLUMNS: usize = 1000;

/// The length of a subtitle's lines.
pub fn columns(text: &str) -> Result<usize, String> {
    let count = text.parse().ok().filter(|count| (10..=MOST_COLUMNS).contains(count));
    count.ok_or_else(|| format!("it is not a number from 10 to {MOST_COLUMNS}"))
}

/// Half of a `formula:` model's context.
const LONGEST_TEXT: usize = 224;

/// The tokens of every window, for models made by a formula.
pub fn forced_tokens(text: &str) -> Result<usize, String> {
    match text.parse() {
        Ok(count) if (1..=LONGEST_TEXT).contains(&count) => Ok(count),
        _ => Err(format!("it is not a number from 1 to {LONGEST_TEXT}, the longest text of a window")),
    }
}

/// Recordings that a benchmark serves at once.
const MOST_STREAMS: usize = 256;

/// Recordings that are served at once.
pub fn streams(text: &str) -> Result<usize, String> {
    match text.parse() {
        Ok(count) if (1..=MOST_STREAMS).contains(&count) => Ok(count),
        _ => Err(format!("it is not a number from 1 to {MOST_STREAMS}")),
    }
}

/// A time of at most a day.
pub fn seconds(text: &str) -> Result<f64, String> {
    let value: f64 = text.parse().map_err(|_| "it is not a number".to_owned())?;
    if (0.0..=86_400.0).contains(&value) { Ok(value) } else { Err("it is not between 0 and a day".into()) }
}
