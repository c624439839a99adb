use super::*;
use crate::precision::Standing;
use hark_engine::encoder::{BackendInfo, BackendKind, Precision};
use hark_engine::metrics::{AudioTime, Timings, WallTime};
use hark_engine::transcribe::Event;
use hark_engine::transcript::{Segment, Transcript};
use std::time::Duration;

fn queue(paths: &[&str]) -> Queue {
    let mut queue = Queue::default();
    queue.add(paths.iter().map(PathBuf::from));
    queue
}

fn state(queue: &Queue, id: FileId) -> FileState {
    queue.view().iter().find(|v| v.id == id).unwrap().state.clone()
}

fn said(text: &str) -> Finished {
    let segment = Segment { text: text.into(), ..Segment::default() };
    let transcript = Transcript { text: text.into(), segments: vec![segment], ..Transcript::default() };
    let backend =
        BackendInfo { kind: BackendKind::Fake, name: "fake".into(), precision: Precision::F32, threads: 1 };
    Finished::new(transcript, Timings::default(), "demo".into(), backend, Standing::Proven)
}

#[test]
fn a_path_waits_only_once_but_can_come_again_when_it_is_done() {
    let mut queue = queue(&["a.wav", "b.wav", "a.wav"]);
    assert_eq!(queue.view().len(), 2);
    queue.started(1);
    assert!(queue.add([PathBuf::from("a.wav")]).is_empty(), "it runs");
    queue.finish(1, said("hello"));
    assert_eq!(queue.add([PathBuf::from("a.wav")]), [3]);
}

#[test]
fn many_files_are_added_at_once() {
    let paths = || (0..100_000).map(|i| PathBuf::from(format!("{i}.wav")));
    let mut queue = Queue::default();
    assert_eq!(queue.add(paths()).len(), 100_000);
    assert!(queue.add(paths()).is_empty());
}

#[test]
fn files_run_in_the_order_of_adding() {
    let mut queue = queue(&["a.wav", "b.wav", "c.wav"]);
    let mut order = Vec::new();
    while let Some(NextFile { id, .. }) = queue.next() {
        order.push(id);
        queue.started(id);
        queue.finish(id, said("x"));
    }
    assert_eq!(order, [1, 2, 3]);
}

#[test]
fn progress_and_time_left_come_from_the_measured_speed() {
    let mut queue = queue(&["a.wav"]);
    queue.started(1);
    assert_eq!(state(&queue, 1), FileState::Running { progress: 0.0, left: None, speed: None });
    // Two seconds of listening, then 30 s of audio in 3 s of work: 70 s more take 7 s.
    queue.advance(1, |g| g.take_in(Event::Length(AudioTime(100.0)), WallTime(2.0)));
    queue.advance(1, |g| g.take_in(Event::Progress(AudioTime(30.0)), WallTime(5.0)));
    let FileState::Running { progress, left, speed } = state(&queue, 1) else { panic!("not running") };
    assert_eq!(progress, 0.3);
    assert_eq!(left, Some(Duration::from_secs(7)));
    assert_eq!(speed, Some(Speed { audio_s: 30.0, processing_s: 5.0 }));
    assert_eq!(speed.unwrap().x(), 6.0);
}

#[test]
fn cancelled_files_do_not_run() {
    let mut queue = queue(&["a.wav", "b.wav", "c.wav"]);
    queue.started(1);
    queue.cancel(2);
    assert_eq!(queue.next().unwrap().id, 3);
    queue.cancel(1);
    queue.cancel_all();
    assert_eq!(queue.next(), None);
    queue.advance(1, |g| g.take_in(Event::Progress(AudioTime(1.0)), WallTime(1.0)));
    assert_eq!(state(&queue, 1), FileState::Cancelled, "late progress does not revive it");
}

#[test]
fn retried_files_keep_their_place_and_start_afresh() {
    let mut queue = queue(&["a.wav", "b.wav"]);
    queue.started(1);
    let half = Segment { text: "half".into(), ..Segment::default() };
    queue.advance(1, |g| g.take_in(Event::Segment(half), WallTime(0.0)));
    queue.failed(1, "broken".into());
    assert_eq!(queue.transcript_view(1).segments.len(), 1, "what was heard stays readable");
    queue.retry(1);
    assert_eq!(queue.next().unwrap().id, 1);
    queue.started(1);
    assert!(queue.transcript_view(1).segments.is_empty());
    queue.finish(1, said("all"));
    assert_eq!(queue.next().unwrap().id, 2, "what is done is not done again");
    queue.retry(1);
    assert_eq!(queue.next().unwrap().id, 1, "unless somebody wants that");
    assert_eq!(queue.transcript_view(1).text(), "all", "the old text stays until there is another one");
}

#[test]
fn a_failure_does_not_repeat_the_path() {
    let mut queue = queue(&["/a/b.wav"]);
    queue.failed(1, "/a/b.wav: it is cut short".into());
    assert_eq!(state(&queue, 1), FileState::Failed { message: "It is cut short.".into() });
    queue.failed(1, "cannot read /a/b.wav: it is gone".into());
    assert_eq!(state(&queue, 1), FileState::Failed { message: "It cannot be read: it is gone.".into() });
    queue.failed(1, "the engine stopped".into());
    assert_eq!(state(&queue, 1), FileState::Failed { message: "the engine stopped".into() });
}

#[test]
fn only_what_rests_can_be_removed() {
    let mut queue = queue(&["a.wav", "b.wav"]);
    queue.started(1);
    assert!(!queue.remove(1) && !queue.remove(2));
    queue.finish(1, said("x"));
    assert!(queue.remove(1) && queue.view().iter().all(|view| view.id != 1));
    assert_eq!(queue.finished(1), None);
}

#[test]
fn an_empty_transcript_says_that_nobody_spoke() {
    let mut queue = queue(&["silence.wav"]);
    queue.started(1);
    queue.finish(1, said(""));
    assert!(queue.transcript_view(1).no_speech);
}
