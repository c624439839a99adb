use super::*;

fn without(language: &str, text: &str) -> String {
    leave_out(&Fillers::default().of(language), text)
}

#[test]
fn fillers_go_with_the_marks_they_leave_behind() {
    let table = [
        ("I um think", "I think"),
        ("I, um, think", "I think"),
        ("I, um think", "I, think"),
        ("I um, think", "I think"),
        ("Um, we left.", "We left."),
        ("um, we left.", "we left."),
        ("UH we", "We"),
        ("We left, um.", "We left."),
        ("We left um", "We left"),
        ("Yes. Um. No.", "Yes. No."),
        ("Yes. Um, no.", "Yes. No."),
        ("Um...", ""),
        ("Um… we left", "We left"),
        ("I think um... we left", "I think we left"),
        ("I think, um, uh, hmm, we left", "I think we left"),
        ("Um, uh we left", "We left"),
        ("Um. Uh. We left", "We left"),
        ("I think – um – we left", "I think we left"),
        ("I—um—think", "I think"),
        ("he said \"um, yes\"", "he said \"yes\""),
        ("he said (um yes)", "he said (yes)"),
        ("Really, um?", "Really?"),
        ("one\nUm, two\num\nthree", "one\nTwo\n\nthree"),
        ("", ""),
        ("um", ""),
    ];
    for (heard, expected) in table {
        assert_eq!(without("en", heard), expected, "{heard:?}");
    }
    assert_eq!(without("de", "Also, ähm, das ist, äh gut. Öhm, ja."), "Also das ist, gut. Ja.");
}

#[test]
fn only_whole_words_of_the_language_go() {
    for (language, text) in [
        ("en", "The umbrella, drum and hum"),
        ("en", "uh-huh, mm-hm"),
        ("en", "äh is German"),
        ("de", "um acht Uhr, er kommt"),
        ("ja", "えーと um"),
        ("en", "No fillers ,here  at ... all"),
    ] {
        assert_eq!(without(language, text), text);
    }
}

#[test]
fn the_list_is_the_person_s() {
    let mut fillers = Fillers::default();
    fillers.words.insert("en".into(), vec!["you know".into(), " like ".into(), String::new()]);
    let list = fillers.of("en-GB");
    assert_eq!(leave_out(&list, "It is, you know, like, um, fine"), "It is um, fine");
    assert_eq!(leave_out(&list, "Do you, know it? I unlike you"), "Do you, know it? I unlike you");
    assert_eq!(fillers.of("de"), built_in("de"), "other languages keep theirs");
    fillers.words.insert("en".into(), Vec::new());
    assert_eq!(leave_out(&fillers.of("en"), "um"), "um", "an empty list is a list");
}

#[test]
fn what_has_no_fillers_left_stays_as_it_is() {
    let pieces =
        ["um", "Um", "uh", "a", "B", ",", ".", "…", "...", "\n", "?", "–", "-", "\"", "(", ")", "'s"];
    let mut x = 12345u32;
    for _ in 0..5000 {
        let mut text = String::new();
        for _ in 0..10 {
            x = x.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            text.push_str(pieces[(x >> 16) as usize % pieces.len()]);
            if x >> 31 == 0 {
                text.push(' ');
            }
        }
        let once = without("en", &text);
        assert_eq!(without("en", &once), once, "{text:?}");
        let kept = |text: &str| text.matches(['a', 'B', 'A']).count();
        assert_eq!(kept(&once), kept(&text), "{text:?} {once:?}");
    }
}

#[test]
fn a_text_of_fillers_takes_linear_time() {
    assert_eq!(without("en", &"um, ".repeat(100_000)), "");
    assert_eq!(without("en", &format!("um{}", ".".repeat(100_000))), "");
    assert_eq!(without("en", &"x um... ".repeat(50_000)).len(), 2 * 50_000 - 1);
}
