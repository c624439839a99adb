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

fn looked_at(queue: &mut Queue, id: FileId, channels: usize, length_s: f64) {
    queue.learn(id, AboutFile { tracks: Vec::new(), channels, length_s: Some(length_s) }, None);
}

#[test]
fn channels_are_transcribed_one_after_another_and_become_one_text() {
    let mut queue = Queue::default();
    queue.set_usual(FileOptions { by_channel: true, ..FileOptions::default() });
    queue.add(["a.wav", "b.wav"].map(PathBuf::from));
    assert_eq!(queue.next(), None, "nobody has counted the channels");
    looked_at(&mut queue, 1, 2, 10.0);
    let next = |queue: &Queue| queue.next().map(|next| (next.id, next.channel));
    assert_eq!(next(&queue), Some((1, Some(0))));
    queue.started(1);
    assert_eq!(queue.take_part(1, said(" left")), None);
    let FileState::Running { progress, .. } = state(&queue, 1) else { panic!("not running") };
    assert_eq!((progress, next(&queue)), (0.5, Some((1, Some(1)))));
    queue.started(1);
    let whole = queue.take_part(1, said(" right")).unwrap();
    let speakers: Vec<_> = whole.transcript.segments.iter().map(|s| s.speaker.clone().unwrap()).collect();
    assert_eq!(speakers, ["Left", "Right"]);
    queue.finish(1, whole);
    looked_at(&mut queue, 2, 1, 10.0);
    assert_eq!(next(&queue), Some((2, None)), "one channel is the whole file");
    let whole = queue.take_part(2, said(" one"));
    assert_eq!(whole.unwrap().transcript.segments[0].speaker, None);
}

#[test]
fn the_time_left_for_all_comes_from_lengths_and_speed() {
    let mut queue = queue(&["a.wav", "b.wav", "c.wav"]);
    looked_at(&mut queue, 2, 1, 60.0);
    queue.started(1);
    assert_eq!(queue.view().left, None);
    queue.advance(1, |g| g.take_in(Event::Length(AudioTime(100.0)), WallTime(0.0)));
    queue.advance(1, |g| g.take_in(Event::Progress(AudioTime(50.0)), WallTime(5.0)));
    // 5 s for the rest of it, and 60 s of two files each at ten times real time.
    assert_eq!(queue.view().left, Some(Duration::from_secs(17)));
    assert_eq!(queue.view().together, None, "one is not several");
    // Beside it another one at five times real time: both have 85 s to go at 15 times real time, and the third 60 s.
    queue.started(2);
    queue.advance(2, |g| g.take_in(Event::Length(AudioTime(60.0)), WallTime(0.0)));
    queue.advance(2, |g| g.take_in(Event::Progress(AudioTime(25.0)), WallTime(5.0)));
    looked_at(&mut queue, 3, 1, 60.0);
    let left = queue.view().left.unwrap().as_secs_f64();
    assert!((left - (85.0 / 15.0 + 60.0 / 15.0)).abs() < 1e-6, "{left}");
    assert_eq!(queue.view().together, Some(Together { files: 2, x: 15.0 }));
    queue.cancel_all();
    assert_eq!((queue.view().left, queue.view().together), (None, None));
}

#[test]
fn files_of_one_name_are_told_apart() {
    let mut queue = queue(&["/x/one/録音.wav", "/x/two/録音.wav", "/x/two/other.wav"]);
    let names = |queue: &Queue| queue.view().iter().map(|file| file.name.to_string()).collect::<Vec<_>>();
    assert_eq!(names(&queue), ["録音.wav – one", "録音.wav – two", "other.wav"]);
    queue.cancel_all();
    queue.remove(1);
    assert_eq!(names(&queue), ["録音.wav", "other.wav"]);
}

#[test]
fn what_did_not_change_is_shared() {
    let mut queue = Queue::default();
    queue.add((0..1000).map(|i| PathBuf::from(format!("{i}.wav"))));
    let before = queue.view();
    queue.cancel(5000);
    queue.postpone(3);
    assert!(Arc::ptr_eq(&before.list, &queue.view().list));
    queue.started(1);
    let after = queue.view();
    assert!(!Arc::ptr_eq(&before.list, &after.list));
    assert!(Arc::ptr_eq(&before[999].path, &after[999].path), "no name is copied");
    assert_eq!(before[0].state, FileState::Waiting, "what was shown stays as it was");
}

#[test]
fn the_next_start_has_the_list_again() {
    let mut queue = queue(&["a.wav", "b.wav", "c.wav", "/recordings/d.wav"]);
    queue.finish(1, said(" one"));
    queue.failed(2, "b.wav: it is no audio".into());
    queue.started(3);
    let (usual, listed) = queue.list_to_write(Path::new("/recordings")).unwrap();
    assert_eq!(queue.list_to_write(Path::new("/recordings")), None, "it is written");
    queue.advance(3, |g| g.take_in(Event::Length(AudioTime(100.0)), WallTime(1.0)));
    assert_eq!(queue.list_to_write(Path::new("/recordings")), None, "nobody keeps how far it is");
    let mut again = Queue::of_listed(listed, usual);
    let states: Vec<_> = again.view().iter().map(|file| file.state.clone()).collect();
    let failed = FileState::Failed { message: "It is no audio.".into() };
    assert_eq!(states, [FileState::Done { speed: None, edited: false }, failed, FileState::Interrupted]);
    assert_eq!((again.next(), again.is_kept_only(1), again.view().added), (None, true, 0));
    again.go_on();
    assert_eq!(again.next().unwrap().id, 3);
    assert_eq!(again.add([PathBuf::from("e.wav")]), [4]);
}

#[test]
fn a_file_that_is_not_what_it_was_is_marked() {
    let identity = |sum: &str| Some(Identity { bytes: 1, sum: sum.into() });
    let mut queue = queue(&["a.wav"]);
    queue.learn(1, AboutFile::default(), identity("a"));
    queue.finish(1, said(" one"));
    for (now, changed) in
        [(identity("a"), false), (identity("b"), true), (None, true), (identity("a"), false)]
    {
        queue.learn(1, AboutFile::default(), now);
        assert_eq!(queue.view()[0].changed, changed);
    }
}
