//! Entries in words.

use super::entry::{Entry, Version};
use crate::texts;
use jiff::Timestamp;
use jiff::tz::TimeZone;

/// The time of day where the person is: `14:05`.
pub fn local_time(time: Timestamp) -> String {
    time.to_zoned(TimeZone::system()).strftime("%H:%M").to_string()
}

/// The day where the person is: `Today`, `Yesterday`, `Sat 21 Nov`, with the year if it is another one.
pub fn local_day(time: Timestamp, now: Timestamp) -> String {
    let zone = TimeZone::system();
    let (day, today) = (time.to_zoned(zone.clone()).date(), now.to_zoned(zone).date());
    if day == today {
        return texts::day_today().into();
    }
    if today.yesterday().is_ok_and(|yesterday| yesterday == day) {
        return texts::day_yesterday().into();
    }
    let text = texts::day(day.weekday().to_monday_one_offset(), day.day(), day.month());
    if day.year() == today.year() { text } else { texts::day_of_year(text, day.year()) }
}

/// Day and time where the person is, for files: `2026-11-21 14:05`.
pub fn local_moment(time: Timestamp) -> String {
    time.to_zoned(TimeZone::system()).strftime("%Y-%m-%d %H:%M").to_string()
}

/// How a text came about: `base.en · int8 · CPU · 15.6× real time`.
pub fn how_made(version: &Version, audio_s: f64) -> String {
    let speed = version.speed_x(audio_s);
    let times = |x: f64| format!("{}×", texts::decimal(x, usize::from(x < 99.95)));
    let speed = speed.map(|x| texts::speed_real_time(times(x)));
    let parts = [&version.model, &version.precision, &version.backend].map(|part| Some(part.clone()));
    let parts = parts.into_iter().chain([speed]).flatten().filter(|part| !part.is_empty());
    parts.collect::<Vec<_>>().join(" · ")
}

/// The beginning of an entry's text in one line, or why there is none.
pub fn first_line(entry: &Entry) -> String {
    const LONGEST: usize = 120;
    let mut line = String::new();
    for word in entry.text().split_whitespace() {
        if !line.is_empty() {
            line.push(' ');
        }
        line.extend(word.chars().take(LONGEST));
        if line.len() >= LONGEST {
            break;
        }
    }
    match (&entry.problem, entry.versions.is_empty()) {
        _ if !line.is_empty() => line,
        (_, true) if entry.cancelled => texts::history_discarded().into(),
        (_, true) => texts::history_no_text().into(),
        _ => texts::history_no_speech().into(),
    }
}

#[cfg(test)]
mod tests {
    use super::super::samples;
    use super::*;

    #[test]
    fn days_are_told_from_today() {
        let now = Timestamp::from_second(1_795_262_400).unwrap();
        let before =
            |days: i64| local_day(Timestamp::from_second(1_795_262_400 - days * 86_400).unwrap(), now);
        assert_eq!((before(0), before(1)), ("Today".into(), "Yesterday".into()));
        assert!(before(400).contains(" 2025") && !before(9).contains(" 20"), "{} {}", before(400), before(9));
    }

    #[test]
    fn a_text_says_how_it_was_made() {
        let version = samples::version("x");
        assert_eq!(how_made(&version, 2.5), "base.en · int8 · CPU · 10.0× real time");
        let unmeasured = Version { processing_s: 0.0, ..version };
        assert_eq!(how_made(&unmeasured, 2.5), "base.en · int8 · CPU");
    }

    #[test]
    fn rows_have_one_line() {
        let mut entry = samples::entry(1, "two\n lines ");
        assert_eq!(first_line(&entry), "two lines");
        entry.versions[0].heard = " ".into();
        assert_eq!(first_line(&entry), "No words heard");
        entry.versions.clear();
        assert_eq!(first_line(&entry), "No text yet");
        entry.cancelled = true;
        assert_eq!(first_line(&entry), "Discarded");
        let long = first_line(&samples::entry(2, &"ö".repeat(100_000)));
        assert_eq!(long.chars().count(), 120);
    }
}
