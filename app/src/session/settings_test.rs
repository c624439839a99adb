//! What is chosen in the settings, as it reaches the engine and the disk.

use super::stage::*;
use super::*;
use crate::autostart::Autostart;
use crate::engine_thread::EngineCommand;
use crate::settings::{DictationChoices, LiveText, Store, Theme, WindowChoices};
use hark_engine::encoder::npu::NpuSetting;
use hark_engine::transcribe::Language;
use std::sync::Arc;

impl Stage {
    fn choose(&self, choices: DictationChoices) {
        self.ask(Command::ChooseDictation(Arc::new(choices.clone())));
        self.see("the choice", |s| *s.choices == choices);
    }

    /// What the settings hold at the next start.
    fn kept(self) -> crate::settings::Settings {
        let Stage { folder, session, .. } = self;
        session.commands.send(Command::Quit).unwrap();
        session.join.join().unwrap();
        Store::open(&folder.path().join("config")).0.get().clone()
    }
}

#[test]
fn languages_and_words_reach_the_engine_and_no_words_where_silence_is_asked_about() {
    let stage = stage(false);
    let candidates = ["German", "en", "xx", "fr", "it", "es"].map(Into::into).into();
    stage.choose(DictationChoices { candidates, vocabulary: " Hark, XDNA\n".into(), ..Default::default() });
    stage.add_files(&["a.wav"]);
    let job = stage.job();
    // Four at most, and what is no language is none.
    assert_eq!(job.options.language, Language::Among(vec!["de".into(), "en".into(), "fr".into()]));
    assert_eq!(job.options.initial_prompt.as_deref(), Some("Hark, XDNA"));
    stage.finish(&job, "Text.");
    stage.choose(DictationChoices::default());
    stage.add_files(&["b.wav"]);
    let job = stage.job();
    assert_eq!((job.options.language, job.options.initial_prompt), (Language::Detect, None));
}

#[test]
fn the_model_leaves_memory_when_nobody_needs_it_and_comes_back_when_somebody_does() {
    let stage = stage(false);
    let choices = DictationChoices { unload_after_min: 1, ..Default::default() };
    stage.ask(Command::ChooseDictation(choices.into()));
    stage.see("the rest", |s| matches!(&s.engine, EngineView::Resting { model } if model == "first"));
    assert!(matches!(stage.engine.recv_timeout(PATIENCE), Ok(EngineCommand::Unload)));
    stage.add_files(&["a.wav"]);
    assert_eq!(stage.load_asked_for(), "first");
    stage.ready("first");
    stage.finish(&stage.job(), "Text.");
    assert!(matches!(stage.engine.recv_timeout(PATIENCE), Ok(EngineCommand::Unload)));
    let _microphone = stage.record(1);
    assert_eq!(stage.load_asked_for(), "first", "it is loaded while somebody speaks");
}

#[test]
fn a_model_stays_in_memory_unless_that_is_chosen() {
    let stage = stage(false);
    stage.ask(Command::ChooseWindow(WindowChoices { scale_percent: 125, ..Default::default() }));
    stage.see("the choice", |s| s.window.scale_percent == 125);
    stage.see_nothing_asked();
}

impl Stage {
    /// The engine is asked for nothing while the session carries out one more command.
    fn see_nothing_asked(&self) {
        self.ask(Command::ShowWindow);
        self.see("the command", |s| s.window_wanted > 0);
        assert!(self.engine.is_empty());
    }
}

#[test]
fn what_is_chosen_is_there_at_the_next_start() {
    let stage = stage(false);
    let dictation = DictationChoices {
        live_text: LiveText::OnMains,
        candidates: vec!["de".into()],
        vocabulary: "Hark".into(),
        unload_after_min: 30,
    };
    let window = WindowChoices { theme: Theme::Dark, scale_percent: 150, ..Default::default() };
    stage.choose(dictation.clone());
    assert!(matches!(stage.engine.recv_timeout(PATIENCE), Ok(EngineCommand::Unload)));
    stage.ask(Command::ChooseWindow(window));
    stage.ask(Command::ChooseNpu(NpuSetting::Off));
    stage.see("the choice", |s| s.npu_setting == NpuSetting::Off && s.window == window);
    assert_eq!(stage.load_asked_for(), "first", "who encodes is found out anew");
    let kept = stage.kept();
    assert_eq!((kept.dictation, kept.window, kept.npu), (dictation, window, NpuSetting::Off));
}

#[test]
fn starting_by_itself_is_what_the_file_says() {
    let stage = stage(false);
    stage.see("the beginning", |s| s.autostart == Some(Autostart::Off));
    stage.ask(Command::ChooseAutostart(Autostart::Tray));
    stage.see("the choice", |s| s.autostart == Some(Autostart::Tray));
    let file = stage.folder.path().join("autostart/hark.desktop");
    assert!(std::fs::read_to_string(&file).unwrap().contains(" --in-tray\n"));
    // The desktop has a switch, too.
    std::fs::remove_file(&file).unwrap();
    stage.ask(Command::Refresh);
    stage.see("the file's end", |s| s.autostart == Some(Autostart::Off));
    // A folder that cannot be written.
    std::fs::remove_dir(stage.folder.path().join("autostart")).unwrap();
    std::fs::write(stage.folder.path().join("autostart"), "").unwrap();
    stage.ask(Command::ChooseAutostart(Autostart::Window));
    stage.see_banner("Hark cannot be made to start by itself");
}
