//! Tries insertion out, in a window of Hark's own.

use crate::desktop::Session;
use std::fmt;
use std::time::Duration;

/// What came of trying insertion out.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// Each way that was tried, and how long it took or what went wrong.
    pub ways: Vec<(&'static str, Result<Duration, String>)>,
}

impl Report {
    /// Whether text got into the window in every way.
    pub fn works(&self) -> bool {
        self.ways.iter().all(|(_, result)| result.is_ok())
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (number, (way, result)) in self.ways.iter().enumerate() {
            let comma = if number == 0 { "" } else { "; " };
            match result {
                Ok(took) => write!(f, "{comma}{way}: works, {} ms", took.as_millis())?,
                Err(why) => write!(f, "{comma}{way}: {why}")?,
            }
        }
        Ok(())
    }
}

/// Opens a small window for a moment, gives it the focus, inserts text in each way, and gives the focus back.
/// Only for somebody who asked for it: it takes the focus.
///
/// # Errors
/// Why nothing could be tried, for people.
pub fn self_test() -> Result<Report, String> {
    #[cfg(target_os = "linux")]
    if Session::here() == Session::X11 {
        return super::x11::self_test();
    }
    Err(format!("insertion is tried out under X11 only, and this is another desktop ({:?})", Session::here()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_report_says_what_works() {
        let ways =
            vec![("typed", Ok(Duration::from_millis(12))), ("pasted", Err("it arrived as “x”".into()))];
        let mut report = Report { ways };
        assert_eq!(report.to_string(), "typed: works, 12 ms; pasted: it arrived as “x”");
        assert!(!report.works());
        report.ways.pop();
        assert!(report.works());
    }
}
