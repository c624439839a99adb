//! What a process holds in memory while it serves, on Linux.

use serde::Serialize;
use std::fs;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

/// Requests before the memory ought to stay where it is.
pub const WARM: usize = 100;
const EVERY: Duration = Duration::from_millis(250);

/// A look at it.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Look {
    pub seconds: f64,
    /// Requests that had ended.
    pub requests: usize,
    /// In 10⁶ bytes.
    pub resident_mb: f64,
}

/// Looks at the process until `over` says so; nothing where the system does not tell.
pub fn watch(pid: u32, requests: &AtomicUsize, over: impl Fn() -> bool) -> Vec<Look> {
    let (began, mut looks) = (Instant::now(), Vec::new());
    loop {
        let last = over();
        let requests = requests.load(Ordering::Relaxed);
        looks.extend(resident(pid).map(|resident_mb| Look {
            seconds: began.elapsed().as_secs_f64(),
            requests,
            resident_mb,
        }));
        if last {
            return looks;
        }
        std::thread::sleep(EVERY);
    }
}

fn resident(pid: u32) -> Option<f64> {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    let kib: f64 = line.trim().strip_suffix(" kB")?.parse().ok()?;
    Some(kib * 1024.0 / 1e6)
}

/// Growth behind the first [`WARM`] requests by least squares, in 10⁶ bytes per 1000 requests; `None` if there were too
/// few.
pub fn slope(looks: &[Look]) -> Option<f64> {
    let points: Vec<_> = looks
        .iter()
        .filter(|look| look.requests >= WARM)
        .map(|look| (look.requests as f64 / 1000.0, look.resident_mb))
        .collect();
    let n = points.len() as f64;
    let (x, y) = points.iter().fold((0.0, 0.0), |(x, y), (a, b)| (x + a / n, y + b / n));
    let (above, below) = points
        .iter()
        .fold((0.0, 0.0), |(above, below), (a, b)| (above + (a - x) * (b - y), below + (a - x) * (a - x)));
    (below > 1e-9).then(|| above / below)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_slope_is_that_behind_the_first_requests() {
        let look = |requests: usize, resident_mb| Look { seconds: 0.0, requests, resident_mb };
        assert_eq!(slope(&[look(0, 10.0), look(99, 500.0)]), None);
        let looks = [look(0, 900.0), look(100, 50.0), look(600, 51.0), look(1100, 52.0)];
        assert!((slope(&looks).unwrap() - 2.0).abs() < 1e-9);
    }
}
