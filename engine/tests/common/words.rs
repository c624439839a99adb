//! Word errors, as the demo model's recipe counts them.

/// Words in lower case without punctuation, as the demo model's recipe counts them.
pub fn words(text: &str) -> Vec<String> {
    let kept = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || "$' ".contains(c);
    let text: String = text.to_lowercase().chars().map(|c| if kept(c) { c } else { ' ' }).collect();
    text.split_whitespace().map(str::to_owned).collect()
}

/// Words that must be changed, left out or put in to get from one text to the other.
pub fn word_errors(truth: &str, heard: &str) -> usize {
    let (truth, heard) = (words(truth), words(heard));
    let mut row: Vec<usize> = (0..=heard.len()).collect();
    for (i, a) in truth.iter().enumerate() {
        let mut diagonal = std::mem::replace(&mut row[0], i + 1);
        for (j, b) in heard.iter().enumerate() {
            let changed = diagonal + usize::from(a != b);
            diagonal = row[j + 1];
            row[j + 1] = changed.min(row[j] + 1).min(diagonal + 1);
        }
    }
    row[heard.len()]
}
