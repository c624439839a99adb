//! The settings' file: what is read, what is written, what is kept.

use super::store::Store;
use super::{Anywhere, DictationChoices, LiveText, Settings, Theme};
use crate::bindings::{Action, Binding};
use crate::delivery::Way;
use crate::session::Manner;
use std::fs;
use std::path::Path;
use std::sync::Arc;

fn opened(text: &str) -> (tempfile::TempDir, Store, Vec<String>) {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("settings.toml"), text).unwrap();
    let (store, problems) = Store::open(folder.path());
    (folder, store, problems)
}

fn file(folder: &Path, name: &str) -> Option<String> {
    fs::read_to_string(folder.join(name)).ok()
}

#[test]
fn what_was_chosen_is_there_at_the_next_start() {
    let folder = tempfile::tempdir().unwrap();
    let inside = folder.path().join("not yet there");
    let (mut store, problems) = Store::open(&inside);
    assert_eq!((store.get(), problems.len()), (&Settings::default(), 0));
    let manner = Manner { language: Some("de".into()), ..Manner::default() };
    let key = Binding { key: "Ctrl+F9".into(), action: Action::HoldToTalk, manner };
    let chosen = Settings {
        model: Some("base.en".into()),
        microphone: Some("alsa:default".into()),
        microphone_name: Some("Desk “microphone”".into()),
        channels: [("alsa:a".into(), 1)].into(),
        dictation: DictationChoices { live_text: LiveText::OnMains, ..DictationChoices::default() },
        anywhere: Arc::new(Anywhere { keys: vec![key], ..Anywhere::default() }),
        ..Settings::default()
    };
    store.change(|s| *s = chosen.clone()).write().unwrap();
    let (mut store, problems) = Store::open(&inside);
    assert_eq!((store.get(), problems.len()), (&chosen, 0));
    let text = file(&inside, "settings.toml").unwrap();
    assert!(text.starts_with("# What was chosen in Hark."), "{text}");
    assert!(text.contains("\"alsa:a\" = 2\n") && text.contains("live_text = \"on_mains\"\n"), "{text}");
    store.change(|s| s.history.days = None).write().unwrap();
    assert_eq!(Store::open(&inside).0.get().history.days, None);
    store.change(|s| *s = Settings::default()).write().unwrap();
    let (store, problems) = Store::open(&inside);
    assert_eq!((store.get(), problems.len()), (&Settings::default(), 0));
}

#[test]
fn what_cannot_be_read_costs_only_itself_and_its_line_is_named() {
    let text = "model = 7\nmicrophone = \"alsa:default\"\nwrong line\n\n[channels]\na = 2\nb = 0\n\n[window]\n\
                theme = \"dusk\"\nscale_percent = 125\n\n[delivery]\napps = { gvim = \"type\", emacs = \"shout\" }\n\n\
                [[keys]]\nkey = \"F9\"\naction = \"explode\"\n\n[[keys]]\nkey = \"F8\"\naction = \"cancel\"\n";
    let (_folder, store, problems) = opened(text);
    let read = store.get();
    assert_eq!((&read.model, read.microphone.as_deref()), (&None, Some("alsa:default")));
    assert_eq!((read.channels.clone(), read.window.theme), ([("a".into(), 1)].into(), Theme::System));
    assert_eq!((read.window.scale_percent, read.anywhere.keys.len()), (125, 1));
    assert_eq!(read.anywhere.delivery.apps, [("gvim".to_owned(), Way::Type)].into());
    let begins = [
        "line 3 of settings.toml is ignored: ",
        "line 7 of settings.toml: `channels.b` is ignored: ",
        "line 1 of settings.toml: `model` is ignored: ",
        "line 10 of settings.toml: `window.theme` is ignored: ",
        "line 14 of settings.toml: `delivery.apps.emacs` is ignored: ",
        "line 16 of settings.toml: `keys[1]` is ignored: ",
        "before anything is changed, the file is kept as ",
    ];
    for begin in begins {
        assert!(problems.iter().any(|problem| problem.starts_with(begin)), "{begin}: {problems:#?}");
    }
    assert_eq!(problems.len(), begins.len(), "{problems:#?}");
}

#[test]
fn comments_and_fields_of_a_newer_version_survive() {
    let text = "# mine\nmodel = \"base\" # small is too slow\nhotkey = { key = \"F9\" }\n\n[dictation]\n# for trains\n\
                live_text = \"off\"\nmood = 3\n\n[from_the_future]\na = [1, 2]\n";
    let (folder, mut store, problems) = opened(text);
    assert_eq!(problems.len(), 0);
    store.change(|s| s.model = Some("tiny".into())).write().unwrap();
    let written = file(folder.path(), "settings.toml").unwrap();
    assert_eq!(written, text.replace("\"base\"", "\"tiny\""));
    store.change(|s| (s.model, s.dictation.live_text) = (None, LiveText::On)).write().unwrap();
    let written = file(folder.path(), "settings.toml").unwrap();
    assert_eq!(written, text.replace("\"base\"", "\"\"").replace("\"off\"", "\"on\""));
    assert_eq!(Store::open(folder.path()).0.get(), &Settings::default());
}

#[test]
fn what_could_not_be_read_whole_is_kept_aside_before_it_is_written_and_only_then() {
    let text = "[[text_rules.replacements]]\nheard = 7\n[[text_rules.replacements]]\nheard = [\"a\"]\n";
    let (folder, mut store, problems) = opened(text);
    assert_eq!(problems.len(), 2, "{problems:?}");
    let kept = |name: &str| file(folder.path(), name);
    assert_eq!(kept("settings.toml.broken"), None);
    store.change(|s| s.model = Some("tiny".into())).write().unwrap();
    store.change(|s| s.model = Some("base".into())).write().unwrap();
    assert_eq!(kept("settings.toml.broken").as_deref(), Some(text));
    assert_eq!(kept("settings.toml.broken-2"), None, "it is kept once");
    fs::write(folder.path().join("settings.toml"), "model = ").unwrap();
    let (mut store, _) = Store::open(folder.path());
    store.change(|s| s.model = None).write().unwrap();
    assert_eq!(kept("settings.toml.broken").as_deref(), Some(text), "an older one stays");
    assert_eq!(kept("settings.toml.broken-2").as_deref(), Some("model = "));
}

#[test]
fn settings_of_an_older_hark_are_taken_over_once() {
    let folder = tempfile::tempdir().unwrap();
    let json = r#"{"model": "tiny", "live text": "on mains", "npu": null, "schema": 1, "channels": {"alsa:a": 2},
        "history": {"days": null}, "text rules": {"commands": true, "replacements": [{"heard": ["one"], "written": "1"}]},
        "keys": [{"key": "F8", "action": "cancel"}], "delivery": {"apps": {"gvim": "type"}, "insert": true}}"#;
    fs::write(folder.path().join("settings.json"), json).unwrap();
    let (mut store, problems) = Store::open(folder.path());
    assert_eq!(problems, [""; 0]);
    let read = store.get();
    assert_eq!((read.model.as_deref(), read.dictation.live_text), (Some("tiny"), LiveText::OnMains));
    assert_eq!((read.channels.clone(), read.history.days), ([("alsa:a".into(), 1)].into(), None));
    let anywhere = &read.anywhere;
    assert!(anywhere.rules.commands && anywhere.delivery.insert);
    assert_eq!((anywhere.rules.replacements.len(), anywhere.keys.len()), (1, 1));
    assert_eq!(file(folder.path(), "settings.json.old").as_deref(), Some(json));
    assert_eq!(file(folder.path(), "settings.json"), None);
    store.change(|s| s.model = Some("base".into())).write().unwrap();
    assert!(file(folder.path(), "settings.toml").unwrap().contains("schema = 1\n"));
    assert_eq!(Store::open(folder.path()).0.get(), store.get());
}

#[test]
fn an_older_file_that_is_broken_stays_where_it_is() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("settings.json"), "{\"model\": ").unwrap();
    let (mut store, problems) = Store::open(folder.path());
    assert_eq!((store.get(), problems.len()), (&Settings::default(), 1));
    store.change(|s| s.model = Some("tiny".into())).write().unwrap();
    assert_eq!(file(folder.path(), "settings.json").as_deref(), Some("{\"model\": "));
    assert_eq!(Store::open(folder.path()).1.len(), 0);
}
