use super::*;

#[track_caller]
fn check(language: &str, table: &[(&str, &str)]) {
    for (heard, expected) in table {
        assert_eq!(carry_out(heard, language), *expected, "{heard:?}");
    }
}

#[test]
fn english_commands_are_obeyed() {
    check(
        "en",
        &[
            ("Hello comma world", "Hello, world"),
            ("I went home period then I slept", "I went home. Then I slept"),
            ("Is it raining question mark", "Is it raining?"),
            ("stop exclamation point go full stop", "stop! Go."),
            ("first new line second", "first\nSecond"),
            ("first new paragraph second", "first\n\nSecond"),
            ("he said open quote yes close quote and left", "he said \"yes\" and left"),
            ("the cat open parenthesis a black one close parenthesis slept", "the cat (a black one) slept"),
            ("see open bracket one close bracket", "see [one]"),
            ("a well hyphen known fact", "a well-known fact"),
            ("either forward slash or", "either/or"),
            ("wait dash what", "wait – what"),
            ("well dot dot dot maybe", "well… maybe"),
            ("as follows colon one semicolon two", "as follows: one; two"),
            ("question mark exclamation mark", "?!"),
            ("new line", "\n"),
            ("comma hello", ", hello"),
            ("new line new line a", "\n\nA"),
        ],
    );
}

#[test]
fn german_commands_are_obeyed() {
    check(
        "de",
        &[
            ("Hallo Komma Welt Punkt", "Hallo, Welt."),
            ("Wie geht es Fragezeichen gut", "Wie geht es? Gut"),
            ("eins neue Zeile zwei neuer Absatz drei", "eins\nZwei\n\nDrei"),
            ("sie sagte Doppelpunkt Anführungszeichen auf ja Anführungszeichen zu", "sie sagte: „ja“"),
            ("Berlin Klammer auf Mitte Klammer zu", "Berlin (Mitte)"),
            ("und so weiter Punkt Punkt Punkt", "und so weiter…"),
            ("Ost Bindestrich West Schrägstrich Nord Gedankenstrich Süd", "Ost-West/Nord – Süd"),
            ("Halt, Komma, aber, neue Zeile, dann. Punkt.", "Halt, aber\nDann."),
        ],
    );
}

#[test]
fn the_model_s_own_marks_and_capitals_are_looked_past() {
    check(
        "en",
        &[
            ("Hello, comma, world", "Hello, world"),
            ("Hello. Comma. How are you?", "Hello, how are you?"),
            ("Hello. Comma, Peter.", "Hello, Peter."),
            ("Is it raining? Question mark.", "Is it raining?"),
            ("I am done. Period. Next.", "I am done. Next."),
            ("NEW LINE. hello", "\nHello"),
            ("New, line. hello", "\nHello"),
            ("First thing. New line. Second thing.", "First thing.\nSecond thing."),
            ("apples, new line, pears, newline, plums", "apples\nPears\nPlums"),
            ("He said, open quote, I am here, close quote.", "He said \"I am here\"."),
            ("It ended. Open quote, it did. Close quote. And then", "It ended. \"It did.\" And then"),
            ("one full-stop two", "one. Two"),
            ("well, hyphen, known", "well-known"),
            ("yes close quote period", "yes\"."),
            ("yes. Close quote. Period.", "yes.\"."),
            ("So, dash. What now?", "So – what now?"),
            ("trailing, comma,", "trailing,"),
        ],
    );
}

#[test]
fn what_is_talked_about_is_no_command() {
    let kept = [
        ("en", "for a period of time"),
        ("en", "add a comma here"),
        ("en", "the new line of products"),
        ("en", "write \"new line\" there"),
        ("en", "commas and periods"),
        ("en", "a comma-separated list"),
        ("en", "a non-period piece"),
        ("en", "something new. Line up"),
        ("en", "new\nline"),
        ("de", "zum Punkt kommen"),
        ("de", "ein Komma setzen"),
        ("de", "Punkte und Kommas"),
        ("fr", "virgule comma"),
        ("en", ""),
        ("en", "  spaces,  and … marks stay. As they are "),
    ];
    for (language, text) in kept {
        assert_eq!(carry_out(text, language), text);
    }
}

#[test]
fn no_mark_that_a_command_has_written_goes_again() {
    check(
        "en",
        &[
            ("x comma new line b", "x,\nB"),
            ("x period close quote b", "x.\" B"),
            ("x period open quote b", "x. \"B"),
            ("x question mark new paragraph b", "x?\n\nB"),
        ],
    );
}

#[test]
fn every_command_can_be_said() {
    for spoken in spoken::LANGUAGES {
        let code = spoken.code;
        for (ways, does) in spoken.commands {
            for way in *ways {
                let text = carry_out(&format!("x {way} y"), code);
                let expected = match does {
                    Does::Mark(mark @ ("." | "?" | "!")) => format!("x{mark} Y"),
                    Does::Mark(mark) | Does::Close(mark) => format!("x{mark} y"),
                    Does::Open(mark) => format!("x {mark}y"),
                    Does::Join(mark) => format!("x{mark}y"),
                    Does::Dash(mark) => format!("x {mark} y"),
                    Does::Break(lines) => format!("x{lines}Y"),
                };
                assert_eq!(text, expected, "{way:?}");
            }
        }
        assert!(spoken.small.split_whitespace().all(|word| word == folded(word)));
    }
}

#[test]
fn a_hundred_thousand_commands_are_no_matter() {
    let text = "comma, new line. ".repeat(50_000);
    assert!(carry_out(&text, "en") == ",\n".repeat(50_000));
    let marks = format!("new{}line", ",".repeat(1_000_000));
    assert_eq!(carry_out(&marks, "en"), "\n");
}
