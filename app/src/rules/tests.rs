use super::*;

fn shout(on: bool) -> Filter {
    Filter { on, command: ["tr", "a-z", "A-Z"].map(Into::into).into() }
}

fn rules() -> Rules {
    let replacement = |heard: &str, written: &str| Replacement {
        heard: vec![heard.into()],
        written: written.into(),
        ..Replacement::default()
    };
    Rules {
        commands: true,
        // A comma can be had for a word, and a filler, too, because the order is what it is.
        replacements: vec![replacement("btw", "by the way"), replacement("ahem", "um")],
        fillers: Fillers { on: true, ..Fillers::default() },
        filter: shout(true),
    }
}

#[test]
fn without_rules_a_text_stays_as_it_is() {
    let text = " Um, new line  comma… ";
    assert_eq!(Rules::default().apply(text, None), Applied { text: text.into(), ..Applied::default() });
}

#[test]
#[cfg(unix)]
fn the_order_is_fixed_and_each_step_is_shown() {
    let applied = rules().apply("Hello comma btw, ahem, bye", Some("en-US"));
    let steps: Vec<_> = applied.steps.iter().map(|step| (step.rule, step.text.as_str())).collect();
    assert_eq!(
        steps,
        [
            ("spoken commands", "Hello, btw, ahem, bye"),
            ("replacements", "Hello, by the way, um, bye"),
            ("fillers", "Hello, by the way bye"),
            ("filter program", "HELLO, BY THE WAY BYE"),
        ]
    );
    assert_eq!((applied.text.as_str(), applied.problems.len()), ("HELLO, BY THE WAY BYE", 0));
}

#[test]
fn what_changes_nothing_is_no_step() {
    let rules = Rules { filter: shout(false), ..rules() };
    assert_eq!(rules.apply("Nothing to do", Some("en")).steps, []);
    assert_eq!(rules.apply("", Some("en")), Applied::default());
    assert_eq!(rules.apply("comma um", Some("fi")).text, "comma um", "a language without tables");
    assert_eq!(rules.apply("a comma um b", None).text, "a comma b", "unknown is English");
    assert_eq!(rules.apply("eins Komma äh zwei", Some("de")).text, "eins, zwei");
}

#[test]
fn problems_are_told_and_cost_no_text() {
    let mut rules = rules();
    rules.filter.command = vec!["no-such-program-anywhere".into()];
    rules.replacements.push(Replacement {
        heard: vec!["[".into()],
        matching: Matching::Pattern,
        ..Replacement::default()
    });
    let applied = rules.apply("one btw", Some("en"));
    assert_eq!((applied.text.as_str(), applied.problems.len()), ("one by the way", 2));
}

#[test]
fn the_preview_runs_no_program() {
    let applied = rules().rewrite("btw", Some("en"));
    assert_eq!(applied.text, "by the way");
}

#[test]
fn rules_come_back_as_they_were_and_old_files_are_read() {
    let rules = rules();
    let json = serde_json::to_value(&rules).unwrap();
    assert_eq!(serde_json::from_value::<Rules>(json).unwrap(), rules);
    let partial = r#"{"replacements": [{"heard": ["x"], "written": "y"}], "fillers": {"on": true}}"#;
    let read: Rules = serde_json::from_str(partial).unwrap();
    assert_eq!((read.replacements.len(), read.fillers.on, read.commands), (1, true, false));
}

#[test]
fn a_hundred_thousand_characters_keep_every_word() {
    let rules = Rules { filter: shout(false), ..rules() };
    let text = "eins zwei, drei. ".repeat(6_000);
    assert!(text.len() > 100_000);
    assert_eq!(rules.apply(&text, Some("de")).text, text);
}
