//! Dictation whose text is made while it is spoken.

use super::stage::{PATIENCE, Stage, idle, speech, stage, unloaded};
use super::*;
use crate::engine_thread::{Audience, EngineCommand, EngineEvent, Job, JobEvent, LiveJob};
use crate::settings::{self, DictationChoices};
use hark_engine::audio::{Heard, Samples};
use hark_engine::metrics::AudioTime;
use hark_engine::transcribe::{Event, LiveText, Options};
use hark_engine::transcript::Segment;
use std::sync::Arc;

impl Stage {
    fn followed(&self) -> LiveJob {
        match self.engine.recv_timeout(PATIENCE).unwrap() {
            EngineCommand::Follow(job) => job,
            _ => panic!("nothing to follow"),
        }
    }

    /// A recording that is followed without live text: that is said a moment after it is asked for.
    fn followed_in_a_hurry(&self) {
        let (job, end) = (self.followed(), std::time::Instant::now() + PATIENCE);
        while !job.hurry.is_raised() {
            assert!(std::time::Instant::now() < end, "nobody is in a hurry");
            std::thread::sleep(std::time::Duration::from_millis(5));
        }
    }

    fn tell_live(&self, job: &LiveJob, committed: &str, tentative: &str) {
        let text = LiveText {
            committed: committed.into(),
            tentative: tentative.into(),
            encoded: AudioTime(1.0),
            recorded: AudioTime(1.0),
            speech: Some(AudioTime(0.1)),
        };
        let event = JobEvent::Running(Event::Live(text));
        self.tell(EngineEvent::Job { id: job.id, event });
    }

    fn finish_live(&self, job: &LiveJob, text: &str) {
        let options = Options::default();
        let source = Box::new(Samples(Arc::new([])));
        let (cancel, audience) = (job.cancel.clone(), Audience::Events);
        self.finish(&Job { id: job.id, source, options, cancel, audience }, text);
    }
}

/// Everything that a job was given, until the recording was over.
fn heard(job: &mut LiveJob) -> Vec<f32> {
    let mut samples = Vec::new();
    while job.source.next(&mut samples).unwrap() {}
    samples
}

#[test]
fn text_is_shown_while_it_is_spoken_and_is_final_soon_after() {
    let stage = stage(false);
    let _microphone = stage.record(1);
    let mut job = stage.followed();
    stage.tell_live(&job, " One", " two");
    let shown = stage.see("live text", |s| s.transcript.live.committed == " One");
    assert_eq!(shown.transcript.live.tentative, " two");
    assert!(matches!(shown.dictation, DictationView::Recording { .. }));
    assert!(!job.hurry.is_raised());
    stage.ask(Command::Stop);
    assert_eq!(heard(&mut job).len(), 16_000, "the followed samples are those of the recording");
    assert!(job.hurry.is_raised() && !job.cancel.is_raised());
    stage.finish_live(&job, "One two.");
    assert_eq!(stage.clipboard.recv_timeout(PATIENCE).unwrap(), "One two.");
    let done = stage.see("the text", idle);
    assert_eq!((done.transcript.text(), &done.transcript.live), ("One two.".into(), &LiveView::default()));
    assert!(stage.engine.is_empty(), "the recording is not transcribed twice");
}

#[test]
fn live_text_that_is_behind_says_so() {
    let stage = stage(false);
    let _microphone = stage.record(5);
    let job = stage.followed();
    stage.tell_live(&job, " One", "");
    let behind = stage.see("live text", |s| s.transcript.live.committed == " One");
    assert_eq!(behind.transcript.live.behind_s, Some(4), "5 s were recorded and 1 s is encoded");
}

#[test]
fn text_that_waits_for_the_model_is_behind() {
    let stage = unloaded(false);
    stage.load_asked_for();
    let mut microphone = stage.record(4);
    microphone.hear(&speech());
    stage.see("that it waits", |s| s.transcript.live.behind_s == Some(5));
    stage.ready("first");
    stage.followed();
    stage.see("that it goes on", |s| s.transcript.live.behind_s.is_none());
}

#[test]
fn final_segments_come_before_what_follows_them() {
    let stage = stage(false);
    let _microphone = stage.record(1);
    let job = stage.followed();
    let segment = Segment { text: "First.".into(), ..Segment::default() };
    stage.tell(EngineEvent::Job { id: job.id, event: JobEvent::Running(Event::Segment(segment)) });
    stage.tell_live(&job, " Then", "");
    let shown = stage.see("both", |s| s.transcript.live.committed == " Then");
    assert_eq!(shown.transcript.text(), "First.");
}

#[test]
fn a_recording_that_cannot_be_followed_is_transcribed_afterwards() {
    let stage = stage(false);
    let mut microphone = stage.record(1);
    let job = stage.followed();
    let segment = |text: &str| {
        let segment = Segment { text: text.into(), ..Segment::default() };
        JobEvent::Running(Event::Segment(segment))
    };
    stage.tell(EngineEvent::Job { id: job.id, event: segment(" One") });
    stage.tell_live(&job, " two", "");
    stage.see("live text", |s| s.transcript.live.committed == " two");
    let failed = JobEvent::Failed { message: "the device is gone".into(), refused: false };
    stage.tell(EngineEvent::Job { id: job.id, event: failed });
    let failed = stage.see("no live text", |s| s.transcript.live == LiveView::default());
    assert_eq!(failed.transcript.text(), "One", "what was final stays to be seen");
    microphone.hear(&speech());
    stage.ask(Command::Stop);
    let again = stage.job();
    let before = stage.see("the same", |s| matches!(s.dictation, DictationView::Finishing { .. }));
    assert_eq!(before.transcript.text(), "One");
    stage.run(&again, []);
    stage.tell(EngineEvent::Job { id: again.id, event: segment(" One two.") });
    stage.see("the new one in its place", |s| s.transcript.text() == "One two.");
    stage.finish(&again, "One two.");
    assert_eq!(stage.clipboard.recv_timeout(PATIENCE).unwrap(), "One two.");
    let done = stage.see("the text", idle);
    assert!(done.banners.is_empty(), "nobody has to know");
}

#[test]
fn cancelling_stops_following_at_once() {
    let stage = stage(false);
    let _microphone = stage.record(1);
    let job = stage.followed();
    stage.ask(Command::Cancel);
    stage.see("rest", idle);
    assert!(job.cancel.is_raised() && job.hurry.is_raised(), "a live pass under way stops, too");
    stage.finish_live(&job, "Late.");
    let _next = stage.record(1);
    let next = stage.followed();
    stage.tell_live(&next, " New", "");
    let shown = stage.see("the next text", |s| s.transcript.live.committed == " New");
    assert_eq!(shown.transcript.text(), "");
    assert!(stage.clipboard.is_empty());
}

#[test]
fn a_start_that_failed_takes_no_text_from_the_next_dictation() {
    let stage = stage(false);
    stage.ask(Command::Start);
    let dead = stage.microphones.recv_timeout(PATIENCE).unwrap();
    let failed = stage.followed();
    dead.fail("unplugged");
    stage.see_banner("did not start");
    let _microphone = stage.record(1);
    stage.finish_live(&failed, "");
    let mut job = stage.followed();
    assert!(failed.cancel.is_raised(), "the engine is free for the next one at once");
    stage.ask(Command::Stop);
    heard(&mut job);
    stage.finish_live(&job, "Wanted.");
    assert_eq!(stage.clipboard.recv_timeout(PATIENCE).unwrap(), "Wanted.");
    let done = stage.see("the text", idle);
    assert_eq!((done.transcript.text().as_str(), done.banners.len()), ("Wanted.", 0));
}

#[test]
fn a_recording_is_followed_beside_files() {
    let stage = stage(false);
    stage.add_files(&["a.wav", "b.wav"]);
    let files: [Job; 2] = std::array::from_fn(|_| stage.job());
    stage.run(&files[0], []);
    let _microphone = stage.record(1);
    let mut job = stage.followed();
    stage.ask(Command::Stop);
    assert_eq!(heard(&mut job).len(), 16_000, "what was said before is there");
    stage.finish_live(&job, "Dictated.");
    assert_eq!(stage.clipboard.recv_timeout(PATIENCE).unwrap(), "Dictated.");
    files.iter().for_each(|file| stage.finish(file, "From a file."));
}

/// A dictation without text, of which the gate heard this.
fn say_nothing(stage: &Stage, speech: f64, loudest: f32) {
    let _microphone = stage.record(1);
    let mut job = stage.followed();
    stage.ask(Command::Stop);
    heard(&mut job);
    let sound =
        Heard { recording: AudioTime(1.0), speech: AudioTime(speech), loudest_dropped_dbfs: Some(loudest) };
    stage.tell(EngineEvent::Job { id: job.id, event: JobEvent::Running(Event::Heard(sound)) });
    stage.finish_live(&job, "");
}

#[test]
fn sound_without_speech_can_be_transcribed_anyway() {
    let stage = stage(false);
    say_nothing(&stage, 0.0, -30.0);
    let banner = stage.see_banner("No speech was found, but there was sound");
    assert_eq!(banner.action.as_deref(), Some("Transcribe anyway"));
    let (reply, taken) = Reply::new();
    stage.ask(Command::Ask { wish: Wish::Undo, origin: Origin::default(), reply: Some(reply) });
    assert!(taken.recv_timeout(PATIENCE).unwrap().changed, "as a click on it");
    let job = stage.job();
    assert!(!job.options.voice_gate, "the gate would say the same again");
    stage.finish(&job, "Whispered.");
    assert_eq!(stage.clipboard.recv_timeout(PATIENCE).unwrap(), "Whispered.");
}

#[test]
fn speech_without_words_can_be_transcribed_anyway_once() {
    let stage = stage(false);
    say_nothing(&stage, 0.6, -80.0);
    let banner = stage.see_banner("Something was said, but the model found no words");
    assert_eq!(banner.action.as_deref(), Some("Transcribe anyway"));
    stage.ask(Command::BannerAction(banner.id));
    let job = stage.job();
    assert!(!job.options.voice_gate && job.options.initial_prompt.is_none());
    let heard = Heard { recording: AudioTime(1.0), speech: AudioTime(0.6), loudest_dropped_dbfs: None };
    stage.run(&job, [Event::Heard(heard)]);
    stage.finish(&job, "");
    let again = stage.see("the end", |s| idle(s) && !s.banners.is_empty());
    assert!(again.banners[0].text.contains("no words") && again.banners[0].action.is_none(), "{again:?}");
}

/// Chooses when text is shown while it is spoken.
fn choose(stage: &Stage, live_text: settings::LiveText) {
    let choices = DictationChoices { live_text, ..DictationChoices::default() };
    stage.ask(Command::ChooseDictation(choices.into()));
    stage.see("the choice", |s| s.choices.live_text == live_text);
}

/// Lets the machine live on its battery, or not.
fn plug(stage: &Stage, status: &str) {
    let supply = stage.folder.path().join("supplies/BAT0");
    std::fs::create_dir_all(&supply).unwrap();
    std::fs::write(supply.join("type"), "Battery\n").unwrap();
    std::fs::write(supply.join("status"), status).unwrap();
}

#[test]
fn live_text_that_is_switched_off_meanwhile_ends_and_final_text_is_shown() {
    let stage = stage(false);
    let _microphone = stage.record(1);
    let mut job = stage.followed();
    stage.tell_live(&job, " One", " two");
    stage.see("live text", |s| !s.transcript.live.is_empty());
    let choices = DictationChoices { live_text: settings::LiveText::Off, ..DictationChoices::default() };
    stage.ask(Command::ChooseDictation(choices.into()));
    stage.see("none", |s| s.transcript.live == LiveView::default());
    assert!(job.hurry.is_raised() && !job.cancel.is_raised());
    // A pass that was all but done.
    stage.tell_live(&job, " One two", "");
    let segment = Segment { text: " One two three.".into(), ..Segment::default() };
    stage.tell(EngineEvent::Job { id: job.id, event: JobEvent::Running(Event::Segment(segment)) });
    let shown = stage.see("what is final", |s| s.transcript.text() == "One two three.");
    assert_eq!(shown.transcript.live, LiveView::default());
    stage.ask(Command::Stop);
    heard(&mut job);
    stage.finish_live(&job, "One two three.");
    assert_eq!(stage.clipboard.recv_timeout(PATIENCE).unwrap(), "One two three.");
    assert!(stage.engine.is_empty(), "it was followed to its end");
}

#[test]
fn with_live_text_off_only_final_text_is_made() {
    let stage = stage(false);
    choose(&stage, settings::LiveText::Off);
    let _microphone = stage.record(1);
    stage.followed_in_a_hurry();
}

#[test]
fn unplugging_ends_live_text_if_that_was_chosen() {
    let stage = stage(false);
    plug(&stage, "Charging\n");
    choose(&stage, settings::LiveText::OnMains);
    let mut microphone = stage.record(1);
    let job = stage.followed();
    stage.tell_live(&job, " One", "");
    stage.see("live text", |s| !s.transcript.live.is_empty());
    assert!(!job.hurry.is_raised());
    plug(&stage, "Discharging\n");
    let deadline = std::time::Instant::now() + PATIENCE;
    while !job.hurry.is_raised() {
        assert!(std::time::Instant::now() < deadline, "nobody has looked");
        // A microphone that says nothing for so long is lost.
        microphone.hear(&speech()[..800]);
        stage.tell_live(&job, " One", " two");
        std::thread::sleep(std::time::Duration::from_millis(50));
    }
    stage.see("none", |s| s.transcript.live == LiveView::default());
    stage.ask(Command::Cancel);
    stage.see("rest", idle);
    stage.finish_live(&job, "Late.");
    let _next = stage.record(1);
    // Nor is there any in the next recording.
    stage.followed_in_a_hurry();
}

#[test]
fn silence_is_no_matter_and_a_slip_of_the_finger_is_called_one() {
    let stage = stage(false);
    say_nothing(&stage, 0.0, -80.0);
    let silent = stage.see("no speech", |s| idle(s) && s.transcript.no_speech);
    assert!(silent.banners.is_empty());
    say_nothing(&stage, 0.05, -80.0);
    assert_eq!(stage.see_banner("too short").action, None);
    say_nothing(&stage, 0.05, -30.0);
    let banner = stage.see_banner("No speech was found, but there was sound");
    assert!(banner.action.is_some(), "something quiet may have been said in it");
}
