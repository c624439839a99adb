//! The languages against each other, and the choice between them.

use super::*;
use fluent_syntax::ast::{Entry, Expression, InlineExpression, Message, PatternElement};
use fluent_syntax::parser;
use std::collections::BTreeMap;

/// Keys of texts that are the same in English and in another language, and are meant to be.
const ALIKE: &[&str] = &[
    "badge-name",
    "format-md",
    "history-format",
    "history-version",
    "keys-action-name",
    "microphone-list",
    "models-base",
    "models-large",
    "models-medium",
    "models-small",
    "models-tiny",
    "models-turbo",
    "name-demo",
    "settings-programs-port",
    "settings-start",
    "stage-encoder",
    "transcript-progress",
];

/// The messages of a language by their keys.
fn messages(language: Language) -> BTreeMap<&'static str, Message<&'static str>> {
    let resource =
        parser::parse(language.source()).unwrap_or_else(|(_, errors)| panic!("{language:?}: {errors:?}"));
    let mut messages = BTreeMap::new();
    for entry in resource.body {
        if let Entry::Message(message) = entry {
            let key = message.id.name;
            assert!(messages.insert(key, message).is_none(), "{language:?} has {key} twice");
        }
    }
    messages
}

/// What a message chooses between, in any order.
fn selectors(message: &Message<&'static str>) -> Vec<&'static str> {
    let elements = message.value.iter().flat_map(|pattern| &pattern.elements);
    let mut selectors: Vec<_> = elements
        .filter_map(|element| match element {
            PatternElement::Placeable {
                expression: Expression::Select { selector: InlineExpression::VariableReference { id }, .. },
            } => Some(id.name),
            _ => None,
        })
        .collect();
    selectors.sort_unstable();
    selectors
}

fn sorted(mut names: Vec<&str>) -> Vec<&str> {
    names.sort_unstable();
    names
}

/// What a message says, with the names of its arguments in place of them and each choice made in the same way.
fn said(language: Language, message: &Message<&'static str>, number: u32) -> String {
    let key = message.id.name;
    let taken: FluentArgs<'_> = match number {
        0 => arguments::of(message).into_iter().map(|name| (name, FluentValue::from(name))).collect(),
        number => arguments::of(message).into_iter().map(|name| (name, FluentValue::from(number))).collect(),
    };
    let bundle = &BUNDLES[language as usize];
    let mut errors = Vec::new();
    let pattern = bundle.get_message(key).and_then(|message| message.value()).unwrap();
    let text = bundle.format_pattern(pattern, Some(&taken), &mut errors).into_owned();
    assert!(errors.is_empty(), "{language:?}: {key}: {errors:?}");
    text
}

#[test]
fn every_language_has_the_same_texts_and_arguments() {
    let english = messages(Language::English);
    for language in [Language::German, Language::French] {
        let other = messages(language);
        let missing: Vec<_> = english.keys().filter(|key| !other.contains_key(*key)).collect();
        let surplus: Vec<_> = other.keys().filter(|key| !english.contains_key(*key)).collect();
        assert!(
            missing.is_empty() && surplus.is_empty(),
            "{language:?} lacks {missing:?}, English {surplus:?}"
        );
        for (key, message) in &english {
            let theirs = &other[key];
            assert_eq!(
                sorted(arguments::of(theirs)),
                sorted(arguments::of(message)),
                "{language:?}: {key} takes other arguments"
            );
            // A language may count where another need not, and never the other way round.
            let (ours, theirs) = (selectors(message), selectors(theirs));
            assert!(ours.iter().all(|name| theirs.contains(name)), "{language:?}: {key} does not count");
        }
    }
}

#[test]
fn every_text_can_be_said() {
    for language in Language::ALL {
        for (key, message) in messages(Language::English) {
            for number in [0, 1, 2, 7] {
                let text = said(language, &message, number);
                assert!(!text.trim().is_empty(), "{language:?}: {key} is empty");
                assert!(!text.contains(['{', '}', '\u{2068}']), "{language:?}: {key}: {text:?}");
                assert_eq!(text.trim(), text, "{language:?}: {key}");
            }
        }
    }
}

#[test]
fn a_text_without_arguments_is_said_without_making_one() {
    for language in Language::ALL {
        current::set(language);
        for (key, message) in messages(Language::English) {
            if arguments::of(&message).is_empty() {
                assert!(matches!(text(key, None), Cow::Borrowed(text) if text != key), "{language:?}: {key}");
            }
        }
    }
}

#[test]
fn nothing_is_left_in_english() {
    for (key, message) in messages(Language::English) {
        let english = said(Language::English, &message, 0);
        let names = arguments::of(&message);
        let words = names.iter().fold(english.clone(), |text, name| text.replace(name, ""));
        // Units and signs are the same everywhere.
        if words.split(|c: char| !c.is_alphabetic()).all(|word| word.len() <= 3) || ALIKE.contains(&key) {
            continue;
        }
        for language in [Language::German, Language::French] {
            assert_ne!(said(language, &message, 0), english, "{language:?}: {key}");
        }
    }
}

#[test]
fn signs_are_set_as_each_language_sets_them() {
    for (key, message) in messages(Language::English) {
        for language in Language::ALL {
            let text = said(language, &message, 7);
            assert!(!text.contains("..."), "{language:?}: {key}: {text:?}");
        }
        let german = said(Language::German, &message, 7);
        assert!(!german.contains(['"', '”', '\'']), "{key}: {german:?}");
        let french = said(Language::French, &message, 7);
        assert!(!french.contains(['"', '“', '”', '\'']), "{key}: {french:?}");
        for sign in [" :", " ;", " ?", " !", " »", "« "] {
            assert!(!french.contains(sign), "{key}: a line could break before {sign:?} in {french:?}");
        }
    }
}

#[test]
fn numbers_have_the_mark_and_the_form_of_the_language() {
    let say = |language, count: u32| {
        choose(Choice::Only(language));
        (decimal(15.64, 1), drop_items(count))
    };
    assert_eq!(say(Language::English, 1), ("15.6".into(), "1 item".into()));
    assert_eq!(say(Language::German, 2), ("15,6".into(), "2 Elemente".into()));
    assert_eq!(say(Language::French, 0), ("15,6".into(), "1 élément".into()));
}

#[test]
fn the_locale_chooses_the_language() {
    use Language::{English, French, German};
    let table: [(&[(&str, &str)], Language); 9] = [
        (&[], English),
        (&[("LANG", "de_DE.UTF-8")], German),
        (&[("LANG", "fr")], French),
        (&[("LANG", "fr_CA.UTF-8@x")], French),
        (&[("LANG", "C.UTF-8")], English),
        (&[("LANG", "ja_JP.UTF-8")], English),
        (&[("LANG", "de_DE.UTF-8"), ("LC_MESSAGES", "fr_FR.UTF-8")], French),
        (&[("LANG", "fr_FR"), ("LC_MESSAGES", "fr_FR"), ("LC_ALL", "de_AT")], German),
        (&[("LANG", "de_DE.UTF-8"), ("LC_ALL", "")], German),
    ];
    for (variables, expected) in table {
        let variable = |name: &str| {
            variables.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned())
        };
        assert_eq!(Language::of_locale(variable), expected, "{variables:?}");
    }
}

#[test]
fn a_choice_is_written_as_a_code() {
    let written = |choice: Choice| serde_json::to_string(&choice).unwrap();
    for (choice, text) in [(Choice::System, "\"system\""), (Choice::Only(Language::German), "\"de\"")] {
        assert_eq!(written(choice), text);
        assert_eq!(serde_json::from_str::<Choice>(text).unwrap(), choice);
    }
    assert!(serde_json::from_str::<Choice>("\"tlh\"").is_err());
}
