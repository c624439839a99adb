use super::*;

fn written(heard: &[&str], written: &str, matching: Matching) -> Replacement {
    Replacement { heard: heard.iter().map(|h| (*h).to_owned()).collect(), written: written.into(), matching }
}

fn words(heard: &[&str], text: &str) -> Replacement {
    written(heard, text, Matching::AnyCase)
}

fn pattern(heard: &str, text: &str) -> Replacement {
    written(&[heard], text, Matching::Pattern)
}

#[track_caller]
fn check(replacements: &[Replacement], table: &[(&str, &str)]) {
    for (heard, expected) in table {
        assert_eq!(replace(replacements, heard), ((*expected).to_owned(), Vec::new()), "{heard:?}");
    }
}

#[test]
fn whole_words_are_replaced_and_only_those() {
    check(
        &[words(&["cat"], "dog")],
        &[
            ("a cat, a CAT and a cat.", "a dog, a Dog and a dog."),
            ("concatenate cats scat", "concatenate cats scat"),
            ("cat's cat’s", "dog's dog’s"),
            ("the \"cat\"", "the \"dog\""),
            ("cat", "dog"),
            ("", ""),
        ],
    );
    check(&[words(&["don"], "Don")], &[("don't don", "don't Don")]);
    check(&[words(&["东京"], "Tokyo")], &[("在东京人", "在Tokyo人")]);
    check(&[words(&["straße"], "Weg")], &[("STRASSE Straße", "STRASSE Weg")]);
}

#[test]
fn several_words_and_several_spellings_become_one() {
    check(
        &[words(&["get hub", "git hub", "githup"], "GitHub"), words(&["new york city"], "NYC")],
        &[
            ("On Get Hub and git  hub, githup too", "On GitHub and GitHub, GitHub too"),
            ("get\nhub", "get\nhub"),
            ("get, hub", "get, hub"),
            ("new york new york city", "new york NYC"),
        ],
    );
    check(
        &[words(&["c plus plus"], "C++"), words(&["c++"], "cpp")],
        &[("C plus plus c++ C++", "C++ cpp Cpp")],
    );
    check(
        &[words(&["e.g."], "for example")],
        &[("E.g. this, e.g. that", "For example this, for example that")],
    );
}

#[test]
fn small_letters_follow_the_heard_and_capitals_stay() {
    check(
        &[words(&["btw"], "by the way"), words(&["iphone"], "iPhone"), words(&["sig"], "regards,\nA. B.")],
        &[("Btw, an Iphone. btw", "By the way, an iPhone. by the way"), ("Sig", "regards,\nA. B.")],
    );
    let exact = [written(&["US"], "USA", Matching::ExactCase), written(&["May"], "may", Matching::ExactCase)];
    check(&exact, &[("US us Us May may", "USA us Us may may")]);
}

#[test]
fn the_first_begins_the_longest_wins_and_the_order_decides() {
    let list = [words(&["new"], "old"), words(&["new york"], "NY"), words(&["york city"], "YC")];
    check(&list, &[("new york city", "NY city"), ("york city new", "YC old")]);
    check(&[words(&["a"], "1"), words(&["a"], "2")], &[("a", "1")]);
    check(&[pattern("a+", "1"), words(&["aa"], "2")], &[("aa", "1"), ("baa", "b1")]);
    check(&[pattern("a", "1"), words(&["aa"], "2")], &[("aa", "2"), ("aab", "11b")]);
}

#[test]
fn nothing_that_was_written_is_looked_at_again() {
    check(&[words(&["a"], "b"), words(&["b"], "a")], &[("a b a", "b a b")]);
    check(&[words(&["a"], "a a")], &[("a a", "a a a a")]);
    check(&[pattern("x", "xx"), pattern("xx", "x")], &[("xxx", "xxx"), ("x xx", "xx x")]);
    check(&[words(&["x"], "y"), pattern("y", "x")], &[("xy x", "xx y")]);
}

#[test]
fn patterns_have_groups() {
    check(&[pattern(r"(\d+) euros?", "€$1")], &[("12 euro, 3 euros", "€12, €3")]);
    check(&[pattern(r"(?i)\b(?P<a>\w+) arrow (?P<b>\w+)", "${a}→$b")], &[("x Arrow y", "x→y")]);
    check(&[pattern("dollar", "$$")], &[("one dollar", "one $")]);
    check(&[pattern("^a|b$", "x")], &[("aab b", "xab x")]);
    check(&[pattern(r"\bb", "x")], &[("abb b", "abb x")]);
    check(&[pattern("x*", "-"), pattern("", "!")], &[("axxb", "a-b"), ("", "")]);
    let many = [written(&["teh", "hte", ""], "the", Matching::Pattern)];
    check(&many, &[("teh hte", "the the")]);
}

#[test]
fn nothing_in_place_of_a_word_leaves_one_space() {
    check(
        &[words(&["basically"], "")],
        &[("it basically works", "it works"), ("basically it", "it"), ("it is basically.", "it is .")],
    );
}

#[test]
fn a_pattern_that_is_none_costs_only_itself() {
    let list = [pattern("(", "x"), words(&["a"], "b"), pattern("c", "d"), pattern(r"(\w{99}){99}", "x")];
    let (text, problems) = replace(&list, "( a c");
    assert_eq!(text, "( b d");
    assert_eq!(problems[0], "The pattern \"(\" is left out: unclosed group.");
    assert!(problems[1].starts_with("The pattern \"(\\w{99}){99}\" is left out: "), "{problems:?}");
    assert_eq!(problems.len(), 2);
    assert_eq!(list[0].problem().as_deref(), Some(problems[0].as_str()));
    assert_eq!(list[1].problem(), None);
    // `(` is a word like others where it is no pattern.
    assert_eq!(words(&["("], "x").problem(), None);
}

#[test]
fn empty_words_match_nothing() {
    check(&[words(&["", "  "], "x"), Replacement::default()], &[("a b", "a b")]);
}

/// Small numbers that look random (Marsaglia, "Xorshift RNGs", 2003).
fn numbers(seed: u32) -> impl FnMut(usize) -> usize {
    let mut x = seed | 1;
    move |below| {
        x ^= x << 13;
        x ^= x >> 17;
        x ^= x << 5;
        x as usize % below
    }
}

#[test]
fn whatever_the_list_every_word_is_replaced_once_at_most() {
    const LETTERS: [&str; 4] = ["a", "b", "c", "a b"];
    for seed in 1..500 {
        let mut pick = numbers(seed * 7919);
        let count = pick(5) + 1;
        let list: Vec<_> = (0..count)
            .map(|i| {
                let heard = LETTERS[pick(4)];
                // What is written says where it comes from, and would match again.
                let text = format!("{}<{i}>", LETTERS[pick(4)]);
                if pick(3) == 0 { pattern(&format!(r"\b{heard}\b"), &text) } else { words(&[heard], &text) }
            })
            .collect();
        let text: String = (0..12).map(|_| ["a ", "b ", "c ", "d "][pick(4)]).collect();
        let (out, problems) = replace(&list, &text);
        assert_eq!(problems.len(), 0);
        assert!(out.matches('<').count() <= 12, "{list:?} {text:?} {out:?}");
        assert_eq!(out.matches('d').count(), text.matches('d').count());
        let heard: Vec<_> = list.iter().flat_map(|r| &r.heard).collect();
        for letter in ["a", "b", "c"] {
            let listed = heard.iter().any(|h| *h == letter || *h == &format!(r"\b{letter}\b"));
            let alone = out.split(' ').filter(|word| *word == letter).count();
            // Of a letter that is on the list none is left, but those at the front of what was written.
            let written = list.iter().filter(|r| r.written.starts_with(&format!("{letter} "))).count();
            assert!(!listed || alone == 0 || written > 0, "{list:?} {text:?} {out:?}");
        }
    }
}

#[test]
fn long_texts_and_long_lists_take_linear_time() {
    let list: Vec<_> =
        (0..1000).map(|i| words(&[&format!("word{i}"), &format!("two word{i}")], "x")).collect();
    let text = "two word7 and word999, none ".repeat(10_000);
    let (out, _) = replace(&list, &text);
    assert_eq!(out, "x and x, none ".repeat(10_000));
}

#[test]
fn a_pattern_that_would_take_minutes_is_given_up() {
    // Each search goes to the end of the text in vain, and there are a million of them.
    let list = [pattern("[a-y]*z|[a-y]", "-"), words(&["end"], "END")];
    let (out, problems) = replace(&list, &format!("{} end", "a".repeat(1_000_000)));
    assert_eq!(problems, ["The pattern \"[a-y]*z|[a-y]\" takes too long on this text."]);
    assert!(out.ends_with(" END"));
}
