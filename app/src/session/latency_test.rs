//! The latency ledger, as the session keeps it.

use super::stage::*;
use super::*;
use std::time::Duration;

#[test]
fn a_second_stop_is_no_stop() {
    let stage = stage(false);
    let _microphone = stage.record(1);
    stage.ask(Command::Stop);
    let job = stage.job();
    let thought = Duration::from_millis(300);
    std::thread::sleep(thought);
    stage.ask(Command::Stop);
    stage.finish(&job, "One.");
    let told = stage.see("its times", |s| idle(s) && s.latency.dictations == 1);
    assert!(told.latency.last.unwrap().stop_to_final >= thought, "{:?}", told.latency.last);
}

#[test]
fn a_text_that_arrives_late_takes_no_times_from_the_next_dictation() {
    let stage = stage(false);
    let _microphone = stage.record(1);
    stage.ask(Command::Stop);
    stage.finish(&stage.job(), "slow");
    stage.see("a clipboard that is slow", |s| s.dictation == DictationView::Delivering);
    let _next = stage.record(1);
    stage.unhang.send(()).unwrap();
    assert_eq!(stage.clipboard.recv_timeout(PATIENCE).unwrap(), "slow");
    stage.ask(Command::Stop);
    stage.finish(&stage.job(), "Next.");
    assert_eq!(stage.clipboard.recv_timeout(PATIENCE).unwrap(), "Next.");
    stage.see("the times of the next one", |s| idle(s) && s.latency.dictations == 1);
}
