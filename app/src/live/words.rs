//! Texts word by word.

/// Words as they are compared: letters and digits in lower case, apostrophes and dollar signs kept.
pub fn words(text: &str) -> Vec<String> {
    let kept = |c: char| c.is_alphanumeric() || c == '\'' || c == '$';
    let text: String = text.chars().map(|c| if kept(c) { c } else { ' ' }).collect();
    text.split_whitespace().map(str::to_lowercase).collect()
}

/// The cheapest way from one list of words to another: for each of the first, the place of the word in the
/// second that stands for it; and the number of words that were changed, left out or put in.
pub fn align(from: &[String], to: &[String]) -> (Vec<Option<usize>>, usize) {
    let width = to.len() + 1;
    let mut cost = vec![0usize; (from.len() + 1) * width];
    cost.iter_mut().take(width).enumerate().for_each(|(j, cost)| *cost = j);
    for i in 1..=from.len() {
        cost[i * width] = i;
        for j in 1..width {
            let change = cost[(i - 1) * width + j - 1] + usize::from(from[i - 1] != to[j - 1]);
            cost[i * width + j] = change.min(cost[(i - 1) * width + j] + 1).min(cost[i * width + j - 1] + 1);
        }
    }
    let mut pairs = vec![None; from.len()];
    let (mut i, mut j) = (from.len(), to.len());
    while i > 0 && j > 0 {
        let here = cost[i * width + j];
        if here == cost[(i - 1) * width + j - 1] + usize::from(from[i - 1] != to[j - 1]) {
            (i, j) = (i - 1, j - 1);
            pairs[i] = Some(j);
        } else if here == cost[(i - 1) * width + j] + 1 {
            i -= 1;
        } else {
            j -= 1;
        }
    }
    (pairs, cost[from.len() * width + to.len()])
}

/// Words that were changed, left out or put in, and the words of the truth.
pub fn word_errors(truth: &str, text: &str) -> (usize, usize) {
    let (truth, text) = (words(truth), words(text));
    (align(&truth, &text).1, truth.len())
}

/// Wrong words per word of the truth.
pub fn error_rate(truth: &str, text: &str) -> f64 {
    let (wrong, words) = word_errors(truth, text);
    wrong as f64 / words.max(1) as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_compared_without_case_and_punctuation() {
        assert_eq!(words("It's $250, Rome!"), ["it's", "$250", "rome"]);
        assert_eq!(error_rate("one two three four", "One, too three"), 0.5);
        assert_eq!(error_rate("", ""), 0.0);
    }

    #[test]
    fn alignment_pairs_what_stands_for_each_other() {
        let pairs = |a: &str, b: &str| align(&words(a), &words(b));
        assert_eq!(pairs("a b c", "a b c"), (vec![Some(0), Some(1), Some(2)], 0));
        assert_eq!(pairs("a b c", "a c"), (vec![Some(0), None, Some(1)], 1));
        assert_eq!(pairs("a c", "a b c"), (vec![Some(0), Some(2)], 1));
        assert_eq!(pairs("a x c", "a b c"), (vec![Some(0), Some(1), Some(2)], 1));
        assert_eq!(pairs("", "a"), (vec![], 1));
    }
}
