//! Sounds of a beginning and an end, as far as the session orders them.

use super::stage::*;
use super::*;
use crate::settings::{Anywhere, IndicatorChoices};
use crate::sounds::Order;
use std::sync::Arc;
use std::time::{Duration, Instant};

fn choose(stage: &Stage, sounds: bool) {
    let indicator = IndicatorChoices { sounds, ..IndicatorChoices::default() };
    stage.ask(Command::ChangeAnywhere(Arc::new(Anywhere { indicator, ..Anywhere::default() })));
}

#[test]
fn nothing_sounds_unless_it_was_chosen() {
    let stage = stage(false);
    let _microphone = stage.record(1);
    stage.ask(Command::Cancel);
    stage.see("the end", idle);
    assert!(stage.sounds.is_empty());
}

#[test]
fn the_recording_begins_behind_the_sound_and_another_follows_its_end() {
    let stage = stage(false);
    choose(&stage, true);
    stage.ask(Command::Start);
    let mut microphone = stage.microphones.recv_timeout(PATIENCE).unwrap();
    let Ok(Order::Begin(cue)) = stage.sounds.recv_timeout(PATIENCE) else { panic!("no sound") };
    microphone.hear(&speech());
    assert!(cue.wait());
    stage.see("that one waits", |s| s.dictation == DictationView::Arming);
    let over = Instant::now() + Duration::from_millis(50);
    assert!(cue.agree(over));
    while Instant::now() < over + Duration::from_millis(10) {
        std::thread::yield_now();
    }
    microphone.hear(&[0.0; 160]);
    stage.see("the recording", |s| matches!(s.dictation, DictationView::Recording { .. }));
    let stopped = Instant::now();
    stage.ask(Command::Stop);
    let Ok(Order::End { earliest }) = stage.sounds.recv_timeout(PATIENCE) else { panic!("no sound") };
    assert!(earliest >= stopped + crate::capture::TAIL, "what is said as one stops is still recorded");
    assert!(stage.sounds.is_empty());
}

#[test]
fn a_player_that_hangs_costs_the_sound() {
    let stage = stage(false);
    choose(&stage, true);
    // Nobody takes the order.
    let _microphone = stage.record(1);
    stage.ask(Command::Cancel);
    stage.see("the end", idle);
}
