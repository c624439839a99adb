//! Words for people.

use crate::texts;
use hark_engine::audio::Damage;
use std::time::{SystemTime, UNIX_EPOCH};

/// What the system says, without the number that Rust adds.
pub fn reason(error: &std::io::Error) -> String {
    let text = error.to_string();
    match text.find(" (os error ") {
        Some(end) => text[..end].to_owned(),
        None => text,
    }
}

/// What a recording lost because its file is damaged, if it lost anything.
pub fn damage(damage: Damage) -> Option<String> {
    let missing = match damage.skipped_packets {
        0 => None,
        1 => Some("one packet could not be read and is missing".to_owned()),
        n => Some(format!("{n} packets could not be read and are missing")),
    };
    let broken = damage.broken_off.then(|| "the file breaks off, and so does the text".to_owned());
    let parts: Vec<String> = missing.into_iter().chain(broken).collect();
    (!parts.is_empty()).then(|| parts.join("; "))
}

/// A time in whole seconds: `0:12`, `12:07`, `1:02:07`.
pub fn clock(seconds: u64) -> String {
    let (hours, minutes, seconds) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    if hours > 0 { format!("{hours}:{minutes:02}:{seconds:02}") } else { format!("{minutes}:{seconds:02}") }
}

/// A file's size with the unit that fits, in powers of 1000 as file managers show it.
pub fn size(bytes: u64) -> String {
    let amount = bytes as f64;
    let scaled = |scale: f64| texts::decimal(amount / scale, usize::from(amount < 10.0 * scale));
    match amount {
        1e9.. => texts::size_gb(scaled(1e9)),
        1e6.. => texts::size_mb(scaled(1e6)),
        1e3.. => texts::size_kb(scaled(1e3)),
        _ => texts::size_b(bytes),
    }
}

/// `YYYY-MM-DD_HH-MM-SS` in UTC.
pub fn utc_name(time: SystemTime) -> String {
    let seconds = time.duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
    let (days, of_day) = (seconds / 86_400, seconds % 86_400);
    // The calendar repeats every 400 years of 146,097 days; counting years from March puts the leap
    // day at their end (Howard Hinnant, "chrono-compatible low-level date algorithms").
    let shifted = days + 719_468;
    let (era, of_era) = (shifted / 146_097, shifted % 146_097);
    let year_of_era = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let from_march = (5 * of_year + 2) / 153;
    let day = of_year - (153 * from_march + 2) / 5 + 1;
    let month = if from_march < 10 { from_march + 3 } else { from_march - 9 };
    let year = era * 400 + year_of_era + u64::from(month <= 2);
    let (hour, minute, second) = (of_day / 3_600, of_day / 60 % 60, of_day % 60);
    format!("{year:04}-{month:02}-{day:02}_{hour:02}-{minute:02}-{second:02}")
}

/// An error's text as a sentence of its own.
pub fn sentence(text: &str) -> String {
    let mut letters = text.chars();
    let first = letters.next().map(|c| c.to_uppercase().collect::<String>()).unwrap_or_default();
    let end = if text.ends_with(['.', '!', '?']) { "" } else { "." };
    format!("{first}{}{end}", letters.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_take_the_unit_that_fits() {
        let table =
            [(0, "0 B"), (999, "999 B"), (1000, "1.0 kB"), (77_704_715, "78 MB"), (3_095_033_483, "3.1 GB")];
        for (bytes, expected) in table {
            assert_eq!(size(bytes), expected);
        }
    }

    #[test]
    fn errors_become_sentences() {
        assert_eq!(sentence("no disk"), "No disk.");
        assert_eq!(sentence("Is it on?"), "Is it on?");
        assert_eq!(sentence(""), ".");
    }

    #[test]
    fn the_system_s_number_is_left_out() {
        let error = std::io::Error::from_raw_os_error(2);
        assert_eq!(reason(&error), "No such file or directory");
        assert_eq!(reason(&std::io::Error::other("odd")), "odd");
    }
}
