use super::*;
use std::time::Duration;

fn card(name: &str, state: CardState) -> CardView {
    CardView {
        name: name.into(),
        published: true,
        english_only: name.contains(".en"),
        weights: "f16".into(),
        bytes: 147_964_211,
        memory: Some(123_000_000),
        speed: Some(Known::Estimated(12.34)),
        deletable: state == CardState::Here,
        checked: false,
        in_use: false,
        suggested: false,
        state,
    }
}

fn library(cards: Vec<CardView>) -> Snapshot {
    let folder = PathBuf::from("/models");
    let view = ModelsView { cards, can_download: true, folder, mirror: String::new(), gauging: false };
    Snapshot { library: Some(Arc::new(view)), ..ready() }
}

/// Some models.
pub fn some() -> Snapshot {
    library(vec![card("base", CardState::Absent), card("tiny", CardState::Here)])
}

/// A window with the page open.
fn page(cards: Vec<CardView>) -> Window {
    let mut window = Window::new(library(cards));
    assert_eq!(window.click("Models"), [Command::LookAtModels(true)]);
    window
}

#[test]
fn a_model_is_fetched_cancelled_used_and_deleted_by_name() {
    let mut window = page(vec![card("base", CardState::Absent), card("tiny", CardState::Here)]);
    for said in ["base", "148 MB · about 123 MB of memory · ≈ 12× real time, estimated"] {
        assert!(window.harness.query_all_by_label(said).next().is_some(), "{said}");
    }
    assert_eq!(window.click("Download base"), [Command::Download("base".into())]);
    assert_eq!(window.click("Use tiny"), [Command::ChooseModel("tiny".into())]);
    assert_eq!(window.click("Delete tiny"), [], "somebody may have slipped");
    assert_eq!(window.click("Keep tiny"), []);
    window.click("Delete tiny");
    assert_eq!(window.click("Really delete tiny"), [Command::DeleteModel("tiny".into())]);

    let coming = CardState::Downloading { done: 74_000_000, left: Some(Duration::from_secs(8)) };
    window.show(library(vec![card("base", coming)]));
    window.says("74 MB of 148 MB · 8 s left");
    let bar = window.harness.get_by_label("Download of base");
    assert_eq!(bar.accesskit_node().numeric_value().map(|v| (v * 10.0).round()), Some(5.0));
    assert_eq!(window.click("Cancel base"), [Command::CancelDownload("base".into())]);

    window.show(library(vec![card("base", CardState::Begun { done: 74_000_000 })]));
    window.says("74 MB of it are here");
    assert_eq!(window.click("Continue base"), [Command::Download("base".into())]);
    window.show(library(vec![card("base", CardState::Failed { message: "The disk is full.".into() })]));
    window.says("The disk is full.");
    assert_eq!(window.click("Try again base"), [Command::Download("base".into())]);
    assert_eq!(window.click("Back to the text"), [Command::LookAtModels(false)]);
    window.says("Press Space and speak");
}

#[test]
fn what_is_measured_says_so_and_what_is_in_use_cannot_be_chosen_again() {
    let measured = CardView {
        speed: Some(Known::Measured(3.21)),
        checked: true,
        in_use: true,
        ..card("base", CardState::Here)
    };
    let window = page(vec![measured, CardView { suggested: true, ..card("small", CardState::Absent) }]);
    window.says("148 MB · about 123 MB of memory · 3.2× real time, measured · checksums right");
    window.says("in use");
    window.says("Suggested for this computer");
    window.does_not_say("Use base");
}

#[test]
fn english_models_have_a_list_of_their_own() {
    let mut window = page(vec![
        card("base", CardState::Absent),
        card("base.en", CardState::Absent),
        card("large-v3-turbo", CardState::Absent),
    ]);
    window.says("Download base");
    window.does_not_say("Download base.en");
    window.click("English only");
    window.says("Download base.en");
    window.does_not_say("Download base");
    window.says("Download large-v3-turbo");
}

#[test]
fn a_hark_that_cannot_download_offers_no_download() {
    let mut window = page(vec![card("base", CardState::Absent)]);
    let view = ModelsView { cards: vec![card("base", CardState::Absent)], ..ModelsView::default() };
    window.show(Snapshot { library: Some(Arc::new(view)), ..ready() });
    window.does_not_say("Download base");
    window.does_not_say("Mirror");
}

#[test]
fn whoever_has_only_the_demo_is_led_to_the_models() {
    let mut window = Window::new(Snapshot { demo_only: true, ..ready() });
    assert_eq!(window.click("Get a model for your voice…"), [Command::LookAtModels(true)]);
    window.show(Snapshot { demo_only: true, ..library(vec![card("base", CardState::Absent)]) });
    window.says("Where they come from");
}

#[test]
fn a_banner_s_wish_for_a_model_opens_the_page_while_there_is_only_the_demo() {
    let mut window = Window::new(Snapshot { demo_only: true, ..ready() });
    window.show(Snapshot { demo_only: true, model_choice_wanted: 1, ..ready() });
    assert_eq!(window.sent(), [Command::LookAtModels(true)]);
    assert_eq!(window.click("Doctor"), [Command::LookAtModels(false)]);
}

#[test]
fn a_mirror_is_sent_once_its_address_is_written() {
    let mut window = page(vec![card("base", CardState::Absent)]);
    window.harness.get_by_label("Mirror").focus();
    window.harness.run();
    window.harness.get_by_label("Mirror").type_text("https://mirror.example");
    window.harness.run();
    assert_eq!(window.sent(), []);
    let sent = window.press(egui::Key::Enter);
    assert_eq!(sent, [Command::ChooseMirror(Some("https://mirror.example".into()))]);
}
