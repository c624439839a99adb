//! What the person asks for.

use super::banners::{Action, Topic};
use super::command::Command;
use super::desk::Work;
use super::dictation::Text;
use super::lookups::{Found, List};
use super::machine::Event;
use super::save;
use super::snapshot::{MicrophoneView, Shown, Tone};
use super::state::{Demo, Session};
use crate::audio_files;
use crate::autostart::{self, Autostart};
use crate::capture;
use crate::delivery::Receipt;
use crate::export::Format;
use crate::history::Order;
use crate::models::Choice;
use crate::settings::WindowChoices;
use crate::text::reason;
use crate::texts;
use crate::wish::{Manner, Origin};
use hark_engine::encoder::npu::NpuSetting;
use std::path::PathBuf;

impl Session {
    pub(super) fn obey(&mut self, command: Command) {
        match command {
            Command::Start => self.start_or_say(Origin::Window, Manner::default()),
            Command::Stop => self.drive(Event::Stop),
            Command::Cancel => self.drive(Event::Cancel),
            Command::AddFiles(paths) => self.outbox.lookups.ask(|| Found::Audio(audio_files::select(paths))),
            Command::CancelFile(id) => {
                self.files.cancel(id);
                self.desk.cancel(Work::File(id));
            }
            Command::CancelAllFiles => {
                self.files.cancel_all();
                self.desk.cancel_if(|work| matches!(work, Work::File(_)));
            }
            Command::RetryFile(id) => self.retry_file(id),
            Command::ChooseFileOptions(options) => self.files.set_usual(options),
            Command::ChangeFile(id, options) => self.change_file(id, options),
            Command::Edit { shown, place, text } => self.edit(shown, place, &text),
            Command::Restore(shown) => self.restore(shown),
            Command::Play { from } => self.play_shown(from),
            Command::StopPlaying => self.history.stop_playing(),
            Command::SaveAll { format, folder } => self.save_all(format, folder),
            Command::RemoveFile(id) => self.remove_file(id),
            Command::Show(shown) => self.show(shown),
            Command::TranscribeDemoClip => {
                self.shown = Shown::Demo;
                if !self.demo.runs {
                    self.demo = Demo { waits: true, ..Demo::default() };
                }
            }
            Command::ChooseModel(name) => self.resolve(name),
            Command::LookAtModels(looked_at) => self.look_at_models(looked_at),
            Command::Download(name) => self.download(&name),
            Command::CancelDownload(name) => self.cancel_download(&name),
            Command::DeleteModel(name) => self.delete_model(name),
            Command::ChooseMirror(mirror) => self.change_settings(|s| s.mirror = mirror),
            Command::ChooseDictation(choices) => {
                self.choices = choices.clone();
                self.change_settings(|s| s.dictation = (*choices).clone());
                self.look_at_live_text();
            }
            Command::ChooseWindow(choices) => self.choose_window(choices),
            Command::ChooseAutostart(autostart) => self.start_by_itself(autostart),
            Command::ChooseService(choices) => {
                self.change_settings(|s| s.service = choices);
                self.programs.try_again();
            }
            Command::ChooseNpu(setting) => self.choose_npu(setting),
            Command::ChooseMicrophone(id) => {
                self.setup.microphones.close();
                let name = id.as_deref().and_then(|id| self.listed_name(id));
                self.change_settings(|s| (s.microphone, s.microphone_name) = (id, name));
            }
            Command::RecordInto(folder) => {
                if let Some(recorder) = &self.dictation.recorder {
                    recorder.move_to(folder);
                }
            }
            Command::ChooseChannel(channel) => {
                let chosen = self.settings.get().microphone.as_deref();
                if let Some(id) = self.microphone.with_channels(chosen).map(str::to_owned) {
                    self.change_settings(|s| {
                        match channel {
                            Some(channel) => s.channels.insert(id, channel),
                            None => s.channels.remove(&id),
                        };
                    });
                }
            }
            Command::Refresh => self.look_around(),
            Command::Copy => self.copy(),
            Command::Save { format, path } => self.save(format, path),
            Command::BannerAction(id) => match self.banners.press(id) {
                Some(Action::ChooseModel) => self.model_choice.wanted += 1,
                Some(Action::UseModel(name)) => self.resolve(name),
                Some(Action::AfterAll(offer)) => self.transcribe_after_all(offer),
                Some(Action::ChooseFolder) => self.folder_wanted += 1,
                Some(Action::Transcribe(paths)) => self.transcribe_recordings(paths),
                Some(Action::GoOn) => self.go_on(),
                Some(Action::Record) => self.start_or_say(Origin::Window, Manner::default()),
                Some(Action::Copy(text)) => self.copy_text(text),
                Some(Action::Restore(ids)) => self.ask_history(Order::Restore(ids)),
                Some(Action::SaveSettings) => self.change_settings(|_| {}),
                None => {}
            },
            Command::DismissBanner(id) => {
                if let Some((Topic::Recovered, Some(Action::Transcribe(paths)))) = self.banners.dismiss(id) {
                    paths.iter().for_each(|path| self.settle(path));
                }
            }
            Command::Ask { wish, origin, reply } => self.carry_out(wish, origin, reply.as_ref()),
            Command::ChangeAnywhere(anywhere) => self.change_settings(|s| s.anywhere = anywhere),
            Command::AwaitKey(awaited) => self.key_awaited = awaited,
            Command::KeysStand(report) => self.keys_stand(report),
            Command::KeyStuck(key) => {
                let text = texts::say_held_too_long(key);
                self.banners.inform(Topic::Start, text);
            }
            Command::History(wish) => self.obey_about_history(wish),
            Command::ShowWindow => self.window_wanted += 1,
            Command::Quit => {}
        }
    }

    fn choose_window(&mut self, choices: WindowChoices) {
        let before = self.settings.get().window.language;
        self.change_settings(|s| s.window = choices);
        if choices.language != before {
            texts::choose(choices.language);
            // What lists say was said in the language before.
            self.look_around();
        }
    }

    /// Changes whether Hark starts by itself.
    fn start_by_itself(&mut self, wanted: Autostart) {
        let Some(folder) = self.setup.autostart.clone() else { return };
        self.outbox.lookups.ask(move || {
            let why = autostart::set(&folder, wanted).err();
            Found::Autostart { now: autostart::present(&folder), why }
        });
    }

    /// Looks for models and microphones, and whether Hark starts by itself.
    pub(super) fn look_around(&mut self) {
        if let Some(folder) = self.setup.autostart.clone() {
            self.outbox.lookups.ask(move || Found::Autostart { now: autostart::present(&folder), why: None });
        }
        let list = self.setup.models.list;
        self.outbox.lookups.ask_for(List::Models, move || Found::Models(list()));
        self.outbox.lookups.ask_for(List::Microphones, || {
            let view = |m: capture::Microphone| MicrophoneView { id: m.id, label: m.label };
            Found::Microphones(capture::microphones().into_iter().map(view).collect())
        });
    }

    pub(super) fn resolve(&mut self, name: String) {
        self.model_choice.asked += 1;
        let (asked, resolve) = (self.model_choice.asked, self.setup.models.resolve);
        self.outbox.lookups.ask(move || Found::Model { asked, choice: resolve(&name), name });
    }

    pub(super) fn choose(&mut self, name: String, choice: Choice) {
        self.banners.close_topic(&Topic::Model);
        self.banners.close_topic(&Topic::DemoModel);
        self.choice = choice;
        self.load_own_model();
        self.model_choice.unproven = Some(name);
    }

    pub(super) fn change_settings(&mut self, change: impl FnOnce(&mut crate::settings::Settings)) {
        let file = self.settings.change(change);
        let write = move || Some(Receipt::Settings(file.write().map_err(|error| reason(&error))));
        if let Err(why) = self.outbox.delivery.write(Box::new(write)) {
            self.settings_are_not_saved(&why);
        }
    }

    /// The model is loaded again: who encodes is found out there.
    fn choose_npu(&mut self, setting: NpuSetting) {
        if self.settings.get().npu == setting {
            return;
        }
        self.change_settings(|s| s.npu = setting);
        self.desk.set_npu(setting);
        self.load_own_model();
    }

    pub(super) fn settings_are_not_saved(&mut self, why: &str) {
        let text = texts::say_settings_not_saved(why);
        self.banners.offer(
            Topic::SettingsFile,
            Tone::Problem,
            text,
            texts::try_again(),
            Action::SaveSettings,
        );
    }

    pub(super) fn copy(&mut self) {
        let text = self.transcript_view().text();
        if !text.is_empty() {
            self.copy_text(text);
        }
    }

    pub(super) fn copy_text(&mut self, text: String) {
        if let Err(why) = self.outbox.delivery.copy(text.clone()) {
            self.offer_copy(texts::say_not_copied(why), text);
        }
    }

    /// Says why text is not on the clipboard, and offers to try again.
    pub(super) fn offer_copy(&mut self, why: String, text: String) {
        self.banners.offer(Topic::Clipboard, Tone::Problem, why, texts::try_again(), Action::Copy(text));
    }

    pub(super) fn save(&mut self, format: Format, path: PathBuf) {
        let (file, finished) = match self.shown {
            Shown::Dictation => {
                let text = self.dictation.text.as_ref();
                (text.and_then(|t| t.path.as_deref()), text.map(|t| &t.finished))
            }
            Shown::Demo => (None, self.demo.finished.as_ref()),
            Shown::File(id) => (self.files.path(id), self.files.finished(id)),
        };
        let Some(finished) = finished else {
            return self.banners.warn(Topic::File, texts::say_nothing_to_save());
        };
        // Plain text is what the window shows: the person's rules were applied to it.
        let by_rules = self.dictation.text.as_ref().and_then(Text::by_rules);
        let contents = match by_rules.filter(|_| self.shown == Shown::Dictation && format == Format::Txt) {
            Some(text) => Ok(format!("{text}\n")),
            None => save::contents(finished, file, format),
        };
        let ordered = contents.and_then(|contents| self.outbox.delivery.save(path, contents));
        if let Err(why) = ordered {
            self.banners.warn(Topic::File, texts::say_transcript_not_saved(why));
        }
    }
}
