use super::*;
use crate::autostart::Autostart;
use crate::settings::{DictationChoices, LiveText, ServiceChoices, Theme, WindowChoices};
use hark_engine::encoder::npu::NpuSetting;
use std::num::NonZeroU16;

fn page(snapshot: Snapshot) -> Window {
    let mut window = Window::new(snapshot);
    // All of it is to be seen at once.
    window.harness.set_size(egui::vec2(900.0, 1800.0));
    window.harness.run();
    assert_eq!(window.click("Settings"), [Command::Refresh]);
    window
}

impl Window {
    /// Chooses from a list by its name.
    fn choose(&mut self, list: &str, choice: &str) -> Vec<Command> {
        self.harness.get_by_role_and_label(egui::accesskit::Role::ComboBox, list).click();
        self.harness.run();
        self.click(choice)
    }
}

fn dictation(change: impl FnOnce(&mut DictationChoices)) -> Command {
    let mut choices = DictationChoices::default();
    change(&mut choices);
    Command::ChooseDictation(Arc::new(choices))
}

#[test]
fn every_choice_is_sent() {
    let mut window = page(Snapshot { autostart: Some(Autostart::Off), ..ready() });
    let pick = |window: &mut Window, list: &str, choice: &str| {
        let sent = window.choose(list, choice);
        // The session answers.
        if let [Command::ChooseDictation(choices)] = &sent[..] {
            window.show(Snapshot { autostart: Some(Autostart::Off), choices: choices.clone(), ..ready() });
        }
        sent
    };
    let live = dictation(|c| c.live_text = LiveText::OnMains);
    assert_eq!(pick(&mut window, "Text while you speak", "Not on battery"), [live]);
    let both = dictation(|c| (c.live_text, c.unload_after_min) = (LiveText::OnMains, 5));
    assert_eq!(pick(&mut window, "Take it out of memory", "After 5 minutes without work"), [both]);
    let npu = Command::ChooseNpu(NpuSetting::Off);
    assert_eq!(pick(&mut window, "AMD's NPU", "Never used"), [npu]);
    let dark = WindowChoices { theme: Theme::Dark, ..WindowChoices::default() };
    assert_eq!(pick(&mut window, "Colours", "Dark"), [Command::ChooseWindow(dark)]);
    let large = WindowChoices { scale_percent: 125, ..WindowChoices::default() };
    assert_eq!(pick(&mut window, "Size of everything", "125 %"), [Command::ChooseWindow(large)]);
    let tray = Command::ChooseAutostart(Autostart::Tray);
    assert_eq!(pick(&mut window, "When you log in", "Yes, as an icon in the panel"), [tray]);
}

#[test]
fn up_to_four_languages_are_chosen() {
    let mut window = page(ready());
    let first = dictation(|c| c.candidates = vec!["af".into()]);
    assert_eq!(window.choose("Add a language", "Afrikaans"), [first]);
    let candidates = ["de", "en", "klingon", "fr"].map(Into::into).into();
    let choices = DictationChoices { candidates, ..DictationChoices::default() };
    let mut window = page(Snapshot { choices: choices.into(), ..ready() });
    window.says("Remove klingon?");
    window.does_not_say("Add a language");
    let left = dictation(|c| c.candidates = ["de", "klingon", "fr"].map(Into::into).into());
    assert_eq!(window.click("Remove English"), [left]);
}

#[test]
fn words_are_sent_when_their_field_is_left_and_space_is_a_letter_there() {
    let mut window = page(ready());
    let field = (egui::accesskit::Role::MultilineTextInput, "Words that are hard to spell");
    window.harness.get_by_role_and_label(field.0, field.1).focus();
    window.harness.run();
    window.harness.get_by_role_and_label(field.0, field.1).type_text("Hark");
    window.harness.run();
    assert_eq!(window.press(egui::Key::Space), [], "Space belongs to the field");
    let sent = window.click("Back to the text");
    assert_eq!(sent, [dictation(|c| c.vocabulary = "Hark".into())]);
    assert_eq!(window.press(egui::Key::Space), [Command::Start], "and to nobody now");
}

#[test]
fn the_window_looks_as_chosen() {
    let chosen = WindowChoices { theme: Theme::Dark, scale_percent: 125, ..WindowChoices::default() };
    let mut window = Window::new(Snapshot { window: chosen, ..ready() });
    let light =
        |scale_percent| WindowChoices { theme: Theme::Light, scale_percent, ..WindowChoices::default() };
    let looks = |window: &Window| (window.harness.ctx.theme(), window.harness.ctx.zoom_factor());
    assert_eq!(looks(&window), (egui::Theme::Dark, 1.25));
    window.show(Snapshot { window: light(100), ..ready() });
    assert_eq!(looks(&window), (egui::Theme::Light, 1.0));
    window.show(Snapshot { window: light(5), ..ready() });
    assert_eq!(looks(&window).1, 0.5, "nobody could undo it otherwise");
}

#[test]
fn the_page_opens_by_its_keys_and_leads_on() {
    let mut window = Window::new(ready());
    window.harness.set_size(egui::vec2(900.0, 1400.0));
    window.harness.key_press_modifiers(egui::Modifiers::COMMAND, egui::Key::Comma);
    window.harness.run();
    assert_eq!(window.sent(), [Command::Refresh]);
    window.says("Speech");
    assert_eq!(window.click("Go to Models"), [Command::LookAtModels(true)]);
    window.does_not_say("Speech");
}

const OFFER: &str = "Give texts to programs on this computer";

fn with_service(on: bool, state: ServiceState) -> Snapshot {
    let choices = ServiceChoices { on, ..ServiceChoices::default() };
    Snapshot { service: Some(ServiceView { choices, state }), ..ready() }
}

#[test]
fn the_switch_for_other_programs_is_off_and_shows_the_address_when_it_is_on() {
    let mut window = page(with_service(false, ServiceState::Off));
    window.does_not_say("Port");
    let on = ServiceChoices { on: true, ..ServiceChoices::default() };
    assert_eq!(window.click(OFFER), [Command::ChooseService(on)]);
    window.show(with_service(true, ServiceState::On { address: ([127, 0, 0, 1], 4275).into() }));
    window.says("http://127.0.0.1:4275/v1");
    window.says("The model small.en answers.");
    let copied = Command::History(HistoryWish::Copy("http://127.0.0.1:4275/v1".into()));
    assert_eq!(window.click("Copy the address"), [copied]);
    assert_eq!(window.click(OFFER), [Command::ChooseService(ServiceChoices { on: false, ..on })]);
    // A Hark without the service has no such switch.
    window.show(ready());
    window.does_not_say(OFFER);
    window.does_not_say("Other programs");
}

#[test]
fn a_port_is_sent_when_its_field_is_left_and_what_is_none_is_forgotten() {
    let on = with_service(true, ServiceState::On { address: ([127, 0, 0, 1], 4275).into() });
    let mut window = page(on.clone());
    let write = |window: &mut Window, text: &str| {
        let field = (egui::accesskit::Role::TextInput, "Port");
        window.harness.get_by_role_and_label(field.0, field.1).focus();
        window.harness.run();
        window.harness.key_press_modifiers(egui::Modifiers::COMMAND, egui::Key::A);
        window.harness.run();
        window.harness.get_by_role_and_label(field.0, field.1).type_text(text);
        window.harness.run();
        assert_eq!(window.sent(), [], "somebody is still writing");
        window.click("Back to the text")
    };
    let port = NonZeroU16::new(8000).unwrap();
    assert_eq!(write(&mut window, "8000"), [Command::ChooseService(ServiceChoices { on: true, port })]);
    for nonsense in ["", "0", "70000", "here"] {
        let mut window = page(on.clone());
        assert_eq!(write(&mut window, nonsense), [], "{nonsense}");
    }
}

#[test]
fn a_port_that_is_taken_is_told_of_with_what_to_do() {
    let taken = with_service(true, ServiceState::Failed(NotOffered::PortTaken));
    let mut window = page(taken);
    window.says(
        "Programs get no text: port 4275 belongs to another program. End that one and try again, or choose another port.",
    );
    window.does_not_say("Copy the address");
    let again = ServiceChoices { on: true, ..ServiceChoices::default() };
    assert_eq!(window.click("Try again"), [Command::ChooseService(again)]);
}
