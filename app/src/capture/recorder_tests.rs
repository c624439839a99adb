use super::super::synthetic::{self, FakeDevice};
use super::*;
use crate::capture::{Cue, Opening, Recorded, prelude};
use crossbeam_channel::unbounded;
use std::f32::consts::TAU;
use std::fs;
use std::path::Path;
use std::sync::{Arc, Mutex};

/// A recording from a microphone that the test speaks into.
struct Studio {
    folder: tempfile::TempDir,
    device: FakeDevice,
    recorder: Recorder,
    reports: Receiver<CaptureReport>,
}

fn studio(rate: u32, channels: usize) -> Studio {
    tapped_studio(rate, channels, None)
}

fn request(folder: &Path) -> Request {
    Request {
        generation: 1,
        microphone: None,
        channels: BTreeMap::new(),
        folder: folder.to_owned(),
        tap: None,
        note: String::new(),
        prelude: None,
    }
}

fn tapped_studio(rate: u32, channels: usize, tap: Option<Tap>) -> Studio {
    studio_with(rate, channels, tap, None)
}

fn studio_with(rate: u32, channels: usize, tap: Option<Tap>, prelude: Option<Prelude>) -> Studio {
    let folder = tempfile::tempdir().unwrap();
    let (device, stream) = synthetic::stream(rate, channels);
    let stream = Mutex::new(Some(stream));
    let open: OpenMicrophone = Arc::new(move |_, answer| {
        answer.send(Ok(stream.lock().unwrap().take().unwrap())).unwrap();
    });
    let (sender, reports) = unbounded();
    let recording = Request { tap, prelude, ..request(&folder.path().join("recordings")) };
    let microphones = Microphones::new(open, Duration::ZERO);
    let recorder = Recorder::start(&microphones, recording, sender).unwrap();
    Studio { folder, device, recorder, reports }
}

impl Studio {
    fn events(&self) -> Vec<CaptureEvent> {
        self.reports.iter().map(|r| r.event).collect()
    }

    /// Waits until this length is on its way to disk.
    fn wait_for(&self, length: Duration) {
        for report in &self.reports {
            if matches!(report.event, CaptureEvent::Level { elapsed, .. } if elapsed >= length) {
                return;
            }
        }
        panic!("the recorder ended early");
    }
}

fn tone(rate: u32, seconds: f32) -> Vec<f32> {
    (0..(rate as f32 * seconds) as usize)
        .map(|i| 0.5 * (TAU * 440.0 * i as f32 / rate as f32).sin())
        .collect()
}

fn read(path: &Path) -> Vec<f32> {
    let mut reader = hound::WavReader::open(path).unwrap();
    assert_eq!((reader.spec().sample_rate, reader.spec().channels), (16_000, 1));
    reader.samples::<i16>().map(|v| f32::from(v.unwrap()) / 32_768.0).collect()
}

fn finished(events: &[CaptureEvent]) -> &Recorded {
    match events.last() {
        Some(CaptureEvent::Finished(recorded)) => recorded,
        other => panic!("not finished: {other:?}"),
    }
}

fn correlation(a: &[f32], b: &[f32]) -> f64 {
    let dot = |a: &[f32], b: &[f32]| a.iter().zip(b).map(|(x, y)| f64::from(*x) * f64::from(*y)).sum::<f64>();
    dot(a, b) / (dot(a, a) * dot(b, b)).sqrt()
}

#[test]
fn what_is_heard_is_on_disk_sample_by_sample() {
    let mut studio = studio(16_000, 1);
    let spoken = tone(16_000, 1.0);
    studio.device.hear(&spoken);
    studio.recorder.stop();
    let events = studio.events();
    let recorded = finished(&events);
    assert_eq!(recorded.length, Duration::from_secs(1));
    let heard = read(&recorded.path);
    let worst = heard.iter().zip(&spoken).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
    assert!(
        heard.len() == spoken.len() && worst <= 0.5 / 32_768.0,
        "{} samples, off by {worst}",
        heard.len()
    );
    assert!(studio.device.is_closed());
}

#[test]
fn whoever_listens_hears_exactly_what_is_in_the_file() {
    let (tap, tapped) = super::super::tap(1000);
    let mut studio = tapped_studio(48_000, 2, Some(tap));
    for block in tone(48_000, 2.0).chunks(1000) {
        studio.device.hear(block);
    }
    studio.recorder.stop();
    let events = studio.events();
    let heard: Vec<f32> = tapped.blocks.iter().flatten().collect();
    assert!(tapped.is_complete());
    assert!(heard == read(&finished(&events).path), "not a bit apart");
}

#[test]
fn a_listener_that_is_behind_holds_nothing_up() {
    let (tap, tapped) = super::super::tap(1);
    let mut studio = tapped_studio(16_000, 1, Some(tap));
    studio.device.hear(&tone(16_000, 0.5));
    studio.wait_for(Duration::from_millis(500));
    studio.device.hear(&tone(16_000, 0.5));
    studio.recorder.stop();
    let events = studio.events();
    assert!(!tapped.is_complete());
    let heard: Vec<f32> = tapped.blocks.iter().flatten().collect();
    let written = read(&finished(&events).path);
    assert_eq!(written.len(), 16_000);
    assert!(heard.len() < written.len() && heard == written[..heard.len()]);
}

#[test]
fn stereo_at_another_rate_becomes_16_khz_mono() {
    let mut studio = studio(48_000, 2);
    let spoken: Vec<f32> = tone(48_000, 1.0).into_iter().flat_map(|s| [s, 0.0]).collect();
    studio.device.hear(&spoken);
    studio.recorder.stop();
    let events = studio.events();
    let heard = read(&finished(&events).path);
    let expected = tone(16_000, 1.0);
    assert_eq!(heard.len(), expected.len());
    // Away from both ends, where a resampler that knows no before and after must ring.
    let inside = 800..15_200;
    let alike = correlation(&heard[inside.clone()], &expected[inside]);
    assert!(alike > 0.9999, "{alike}");
    let peak = heard.iter().fold(0.0f32, |p, s| p.max(s.abs()));
    assert!((peak - 0.5).abs() < 0.02, "the dead channel must not halve it: {peak}");
}

#[test]
fn what_comes_within_the_tail_belongs_to_the_recording() {
    let mut studio = studio(16_000, 1);
    studio.device.hear(&tone(16_000, 0.5));
    studio.wait_for(Duration::from_millis(500));
    studio.recorder.stop();
    studio.device.hear(&tone(16_000, 0.1));
    assert_eq!(finished(&studio.events()).length, Duration::from_millis(600));
}

#[test]
fn a_lost_microphone_ends_the_recording_and_keeps_it() {
    let mut studio = studio(16_000, 1);
    studio.device.hear(&tone(16_000, 0.75));
    studio.device.fail("unplugged");
    let events = studio.events();
    assert!(events.iter().any(|e| matches!(e, CaptureEvent::Lost { reason } if reason == "unplugged")));
    assert_eq!(finished(&events).length, Duration::from_millis(750));
}

#[test]
fn a_microphone_of_pure_zeros_is_named_until_it_speaks() {
    let mut studio = studio(16_000, 1);
    studio.device.hear(&[0.0; 20_000]);
    studio.device.hear(&tone(16_000, 0.1));
    studio.recorder.stop();
    let events = studio.events();
    let silences: Vec<_> = events
        .iter()
        .filter_map(|e| match e {
            CaptureEvent::Silent { device, channel, every: true, silent } => {
                Some((device.as_str(), channel.of, *silent))
            }
            _ => None,
        })
        .collect();
    assert_eq!(silences, [("Fake microphone", 1, true), ("Fake microphone", 1, false)]);
}

#[test]
fn a_microphone_is_open_with_its_first_samples() {
    let mut studio = studio(16_000, 1);
    studio.device.hear(&tone(16_000, 0.1));
    assert!(matches!(studio.reports.recv().unwrap().event, CaptureEvent::Opened(_)));
    studio.device.hear(&tone(16_000, 0.1));
    studio.recorder.stop();
    assert!(!studio.events().iter().any(|e| matches!(e, CaptureEvent::Opened(_))), "once");
}

#[test]
fn a_microphone_that_is_lost_before_its_first_sample_was_never_open() {
    let studio = studio(16_000, 1);
    studio.device.fail("unplugged");
    assert!(matches!(studio.events()[..], [CaptureEvent::Lost { .. }, CaptureEvent::Empty]));
}

#[test]
fn nothing_heard_leaves_no_file() {
    let studio = studio(16_000, 1);
    studio.recorder.abandon();
    assert!(matches!(studio.events()[..], [CaptureEvent::Empty]));
    assert_eq!(fs::read_dir(studio.folder.path().join("recordings")).unwrap().count(), 0);
}

#[test]
fn a_session_that_is_gone_leaves_a_part_for_the_next_start() {
    let Studio { folder, mut device, recorder, reports } = studio(16_000, 1);
    device.hear(&tone(16_000, 1.0));
    drop(recorder);
    assert!(!reports.iter().any(|r| matches!(r.event, CaptureEvent::Finished(_))));
    let found = super::super::recover(&folder.path().join("recordings")).recovered;
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].length.seconds(), 1.0);
}

#[test]
fn a_sound_system_that_refuses_is_reported() {
    let open: OpenMicrophone = Arc::new(|_, answer| answer.send(Err(CaptureError::NoDevice)).unwrap());
    let (sender, reports) = unbounded();
    let folder = tempfile::tempdir().unwrap();
    let _recorder =
        Recorder::start(&Microphones::new(open, Duration::ZERO), request(folder.path()), sender).unwrap();
    let events: Vec<_> = reports.iter().map(|r| r.event).collect();
    assert!(matches!(events[..], [CaptureEvent::Failed(CaptureError::NoDevice)]));
}

#[test]
fn nobody_has_to_wait_for_a_sound_system_that_hangs() {
    let kept = Mutex::new(Vec::new());
    let open: OpenMicrophone = Arc::new(move |_, answer| kept.lock().unwrap().push(answer));
    let (sender, reports) = unbounded();
    let folder = tempfile::tempdir().unwrap();
    let recorder =
        Recorder::start(&Microphones::new(open, Duration::ZERO), request(folder.path()), sender).unwrap();
    recorder.abandon();
    let events: Vec<_> = reports.iter().map(|r| r.event).collect();
    assert!(matches!(events[..], [CaptureEvent::Empty]));
}

#[test]
fn only_what_nobody_wants_is_not_offered_again() {
    for (abandon, offered) in [(false, 1), (true, 0)] {
        let mut studio = studio(16_000, 1);
        studio.device.hear(&tone(16_000, 0.5));
        studio.wait_for(Duration::from_millis(500));
        if abandon {
            studio.recorder.abandon()
        } else {
            studio.recorder.stop()
        }
        finished(&studio.events());
        assert_eq!(super::super::recover(&studio.folder.path().join("recordings")).recovered.len(), offered);
    }
}

#[test]
fn what_was_said_before_the_end_belongs_to_the_recording_however_late_it_comes() {
    let mut studio = studio(16_000, 1);
    studio.device.hear(&tone(16_000, 0.5));
    studio.wait_for(Duration::from_millis(500));
    studio.recorder.stop();
    thread::sleep(TAIL + 2 * PERIOD);
    studio.device.hear_late(&tone(16_000, 0.1), TAIL + 4 * PERIOD);
    thread::sleep(2 * PERIOD);
    studio.device.hear(&tone(16_000, 0.1));
    assert_eq!(finished(&studio.events()).length, Duration::from_millis(700));
}

/// Microphones whose devices come here as they are opened, and which stay open for a while.
fn warm_microphones() -> (Microphones, Receiver<FakeDevice>) {
    steady_microphones(false)
}

fn until_finished(reports: &Receiver<CaptureReport>) -> Recorded {
    for report in reports {
        if let CaptureEvent::Finished(recorded) = report.event {
            return recorded;
        }
        assert!(!matches!(report.event, CaptureEvent::Closed));
    }
    panic!("the recorder ended early");
}

#[test]
fn the_next_recording_begins_with_what_was_said_just_before_it() {
    let folder = tempfile::tempdir().unwrap();
    let (microphones, devices) = warm_microphones();
    let (sender, reports) = unbounded();
    let record = |generation| {
        let request = Request { generation, ..request(folder.path()) };
        Recorder::start(&microphones, request, sender.clone()).unwrap()
    };
    let first = record(1);
    let mut device = devices.recv().unwrap();
    device.hear(&tone(16_000, 0.5));
    first.stop();
    assert_eq!(until_finished(&reports).length, Duration::from_millis(500));
    let between = tone(16_000, 1.0);
    device.hear(&between);
    let asked = Instant::now();
    let second = record(2);
    let CaptureEvent::Opened(Opening { open, begins }) = reports.recv().unwrap().event else {
        panic!("it is open already")
    };
    let before = asked.duration_since(begins);
    assert!(
        open < asked && before > Duration::from_millis(300) && before < Duration::from_millis(500),
        "{before:?}"
    );
    second.stop();
    let recorded = until_finished(&reports);
    assert!(devices.is_empty(), "it was open already");
    let heard = read(&recorded.path);
    assert_eq!(heard.len(), 7_200, "450 ms");
    assert!(heard.iter().zip(&between[8_800..]).all(|(a, b)| (a - b).abs() <= 0.5 / 32_768.0));
    assert!(!device.is_closed());
    microphones.close();
    assert!(device.is_closed());
    let closed = reports.recv().unwrap();
    assert!(matches!(closed, CaptureReport { generation: 2, event: CaptureEvent::Closed }), "{closed:?}");
    assert!(reports.is_empty(), "once");
}

#[test]
fn another_microphone_or_a_lost_one_is_opened_anew() {
    let folder = tempfile::tempdir().unwrap();
    let (microphones, devices) = warm_microphones();
    let (sender, reports) = unbounded();
    let record = |generation, microphone: Option<&str>| {
        let request =
            Request { generation, microphone: microphone.map(Into::into), ..request(folder.path()) };
        Recorder::start(&microphones, request, sender.clone()).unwrap()
    };
    let speak = |recorder: Recorder| {
        let mut device = devices.recv().unwrap();
        device.hear(&tone(16_000, 0.5));
        recorder.stop();
        for report in &reports {
            if matches!(report.event, CaptureEvent::Finished(_)) {
                break;
            }
        }
        device
    };
    let first = speak(record(1, None));
    let second = speak(record(2, Some("another")));
    assert!(first.is_closed());
    second.fail("unplugged");
    let third = speak(record(3, Some("another")));
    assert!(second.is_closed() && !third.is_closed());
}

#[test]
fn a_microphone_that_nobody_needs_any_more_is_closed() {
    let folder = tempfile::tempdir().unwrap();
    let (microphones, devices) = warm_microphones();
    let microphones = Microphones::new(microphones.open, Duration::from_millis(1));
    let (sender, reports) = unbounded();
    let recorder = Recorder::start(&microphones, request(folder.path()), sender).unwrap();
    let mut device = devices.recv().unwrap();
    device.hear(&tone(16_000, 0.5));
    recorder.stop();
    let events: Vec<_> = reports.iter().map(|r| r.event).collect();
    assert!(matches!(events[..], [.., CaptureEvent::Finished(_), CaptureEvent::Closed]), "{events:?}");
    assert!(device.is_closed());
}

#[test]
fn a_headset_is_closed_at_once() {
    let (_device, mut stream) = synthetic::stream(16_000, 1);
    stream.is_bluetooth = true;
    let (microphones, _) = warm_microphones();
    assert!(microphones.keep(None, stream, 1).is_none());
    assert!(microphones.take(None).is_none());
}

#[test]
fn the_channel_with_speech_is_named_and_recorded() {
    for (chosen, expected) in [(None, 1), (Some(0), 0)] {
        let (mut device, stream) = synthetic::stream(16_000, 2);
        let stream = Mutex::new(Some(stream));
        let open: OpenMicrophone =
            Arc::new(move |_, answer| answer.send(Ok(stream.lock().unwrap().take().unwrap())).unwrap());
        let (sender, reports) = unbounded();
        let folder = tempfile::tempdir().unwrap();
        let channels = chosen.map(|channel| ("fake".to_owned(), channel)).into_iter().collect();
        let request = Request { channels, ..request(folder.path()) };
        let recorder = Recorder::start(&Microphones::new(open, Duration::ZERO), request, sender).unwrap();
        let quiet = (0..16_000).flat_map(|i| [0.002 * (i as f32).sin(), 0.001 * (i as f32).cos()]);
        let mut spoken = crate::bundled::demo_clip().unwrap();
        spoken.truncate(16_000);
        let spoken = spoken.into_iter().flat_map(|s| [0.0, s]);
        device.hear(&quiet.chain(spoken).collect::<Vec<_>>());
        recorder.stop();
        let events: Vec<_> = reports.iter().map(|r| r.event).collect();
        let last = events.iter().rev().find_map(|e| match e {
            CaptureEvent::Channel { id, channel, decided } => Some((id.as_str(), channel.index, *decided)),
            _ => None,
        });
        assert_eq!(last, Some(("fake", expected, true)));
        let heard = read(&finished(&events).path);
        assert_eq!(heard.len(), 32_000);
        let peak = heard[16_000..].iter().fold(0.0f32, |p, s| p.max(s.abs()));
        assert_eq!(peak > 0.4, expected == 1, "{peak}");
        assert!(events.iter().any(|e| matches!(
            e,
            CaptureEvent::Level { channels, .. } if channels.len() == 2 && channels[1] > 0.4
        )));
    }
}

/// A studio whose recording is to begin behind a sound.
fn with_prelude() -> (Studio, Cue) {
    let (prelude, cue) = prelude();
    (studio_with(16_000, 1, None, Some(prelude)), cue)
}

#[test]
fn a_recording_begins_behind_the_sound_that_was_agreed() {
    let (mut studio, cue) = with_prelude();
    studio.device.hear(&[0.9; 800]);
    assert!(cue.wait());
    // The last 100 ms of what is heard then are no sound any more.
    let over = Instant::now() + Duration::from_millis(100);
    assert!(cue.agree(over));
    thread::sleep((over + Duration::from_millis(100)).saturating_duration_since(Instant::now()));
    let behind = Instant::now() - over;
    let quiet = (behind.as_secs_f64() * 16_000.0) as usize;
    studio.device.hear(&[0.9; 8_000]);
    thread::sleep(3 * PERIOD);
    studio.device.hear(&tone(16_000, 0.5));
    studio.wait_for(Duration::from_millis(500));
    studio.recorder.abandon();
    let heard = read(&finished(&studio.events()).path);
    let before = heard.iter().take_while(|value| (**value - 0.9).abs() < 0.01).count();
    assert!(before <= quiet + 800, "{before} samples from before the end of the sound, not {quiet}");
    assert!(before + 1_600 >= quiet, "only {before} of the {quiet} samples behind the sound");
}

#[test]
fn where_nothing_is_played_nothing_is_lost() {
    for hangs in [true, false] {
        let (mut studio, cue) = with_prelude();
        let cue = hangs.then_some(cue);
        studio.device.hear(&tone(16_000, 1.0));
        studio.wait_for(Duration::from_millis(900));
        assert!(cue.is_none_or(|cue| !cue.agree(Instant::now())), "nothing may be played any more");
        studio.recorder.abandon();
        assert_eq!(read(&finished(&studio.events()).path).len(), 16_000);
    }
}

#[test]
fn whoever_stops_while_it_sounds_waits_for_no_more_than_that() {
    let (mut studio, cue) = with_prelude();
    studio.device.hear(&[0.9; 800]);
    assert!(cue.wait() && cue.agree(Instant::now() + Duration::from_millis(200)));
    studio.recorder.stop();
    let empty = studio.events().iter().any(|event| matches!(event, CaptureEvent::Empty));
    assert!(empty, "nothing but the sound was heard");
}

/// A microphone that a test speaks into, which stays open for the next recording unless it is lost.
fn steady_microphones(steady: bool) -> (Microphones, Receiver<FakeDevice>) {
    let (plugged, devices) = unbounded();
    let open: OpenMicrophone = Arc::new(move |_, answer| {
        let (device, mut stream) = synthetic::stream(16_000, 1);
        stream.is_steady = steady;
        plugged.send(device).unwrap();
        answer.send(Ok(stream)).unwrap();
    });
    (Microphones::new(open, Duration::from_secs(600)), devices)
}

#[test]
fn a_microphone_that_is_gone_behind_the_last_word_is_lost() {
    for says_so in [true, false] {
        let folder = tempfile::tempdir().unwrap();
        let (microphones, devices) = steady_microphones(!says_so);
        let (sender, reports) = unbounded();
        let recorder = Recorder::start(&microphones, request(folder.path()), sender).unwrap();
        let mut device = devices.recv().unwrap();
        device.hear(&tone(16_000, 0.5));
        // What was heard in the moment of the opening has the time of a whole millisecond behind it.
        thread::sleep(PERIOD);
        recorder.stop();
        if says_so {
            thread::sleep(3 * PERIOD);
            device.fail("unplugged");
        }
        let told = std::iter::from_fn(|| reports.recv_timeout(Duration::from_secs(20)).ok());
        let events: Vec<_> = told.map(|r| r.event).collect();
        let lost = events.iter().find_map(|event| match event {
            CaptureEvent::Lost { reason } => Some(reason.as_str()),
            _ => None,
        });
        let expected = if says_so { "unplugged" } else { "no sound for" };
        assert!(lost.is_some_and(|reason| reason.starts_with(expected)), "{events:?}");
        assert_eq!(finished(&events).length, Duration::from_millis(500), "and what it heard is kept");
        assert!(device.is_closed(), "the next recording opens it anew");
    }
}

#[test]
fn a_cancel_overtakes_the_wait_for_the_last_word() {
    let mut studio = studio(16_000, 1);
    studio.device.hear(&tone(16_000, 0.5));
    studio.wait_for(Duration::from_millis(500));
    studio.recorder.stop();
    studio.recorder.abandon();
    finished(&studio.events());
    let left = super::super::recover(&studio.folder.path().join("recordings"));
    assert_eq!(left.recovered, [], "nobody wants it");
}

#[test]
fn a_stop_finds_its_way_past_everything_that_waits() {
    let (opens, opening) = bounded::<()>(0);
    let (plugged, devices) = unbounded();
    let open: OpenMicrophone = Arc::new(move |_, answer| {
        opening.recv().unwrap();
        let (mut device, stream) = synthetic::stream(16_000, 1);
        device.hear(&tone(16_000, 0.5));
        plugged.send(device).unwrap();
        answer.send(Ok(stream)).unwrap();
    });
    let (sender, reports) = unbounded();
    let folder = tempfile::tempdir().unwrap();
    let recorder =
        Recorder::start(&Microphones::new(open, Duration::ZERO), request(folder.path()), sender).unwrap();
    (0..10).for_each(|number| recorder.move_to(folder.path().join(number.to_string())));
    recorder.stop();
    opens.send(()).unwrap();
    let _device = devices.recv().unwrap();
    let told = std::iter::from_fn(|| reports.recv_timeout(Duration::from_secs(20)).ok());
    let events: Vec<_> = told.map(|r| r.event).collect();
    assert_eq!(finished(&events).length, Duration::from_millis(500));
}

#[test]
fn a_recording_that_fills_the_memory_says_why_it_ends() {
    let folder = tempfile::tempdir().unwrap();
    let blocked = folder.path().join("a file, no folder");
    fs::write(&blocked, "").unwrap();
    let (microphones, devices) = warm_microphones();
    let (sender, reports) = unbounded();
    let _recorder = Recorder::start(&microphones, request(&blocked), sender).unwrap();
    let mut device = devices.recv().unwrap();
    let mut events: Vec<CaptureEvent> = Vec::new();
    for part in 1..=60 {
        device.hear(&[0.25; 160_000]);
        let heard = Duration::from_secs(10 * part);
        let is_there =
            |e: &CaptureEvent| matches!(e, CaptureEvent::Level { elapsed, .. } if *elapsed >= heard);
        while !events.last().is_some_and(is_there) {
            events.push(reports.recv_timeout(Duration::from_secs(60)).unwrap().event);
        }
    }
    events.extend(reports.iter().map(|r| r.event));
    assert!(matches!(events[0], CaptureEvent::DiskTrouble { .. }), "{:?}", events[0]);
    assert_eq!(events.iter().filter(|e| matches!(e, CaptureEvent::Full)).count(), 1);
    assert!(!events.iter().any(|e| matches!(e, CaptureEvent::Lost { .. })), "the microphone is well");
    let recorded = finished(&events);
    assert_eq!(recorded.length, Duration::from_secs(600));
    fs::remove_file(&recorded.path).unwrap();
}

#[test]
fn a_recorder_that_breaks_has_a_last_word() {
    let open: OpenMicrophone = Arc::new(|_, _| panic!("a defect"));
    let (sender, reports) = unbounded();
    let folder = tempfile::tempdir().unwrap();
    let _recorder =
        Recorder::start(&Microphones::new(open, Duration::ZERO), request(folder.path()), sender).unwrap();
    let events: Vec<_> = reports.iter().map(|r| r.event).collect();
    assert!(
        matches!(events[..], [CaptureEvent::Lost { .. }, CaptureEvent::Closed, CaptureEvent::Empty]),
        "{events:?}"
    );
}
