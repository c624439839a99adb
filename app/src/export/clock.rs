//! Times as the formats write them.

/// `HH:MM:SS`, the decimal mark, milliseconds; more than 99 hours take more digits.
pub fn clock(milliseconds: u64, mark: char) -> String {
    let seconds = milliseconds / 1000;
    let (hours, minutes) = (seconds / 3600, seconds / 60 % 60);
    format!("{hours:02}:{minutes:02}:{:02}{mark}{:03}", seconds % 60, milliseconds % 1000)
}

/// The text with every run of white space as one space: an empty line would end a subtitle.
pub fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
