//! How things stand, for other programs: what they may build on of a [`Snapshot`].

use crate::bindings::{Report, Way};
use crate::session::{DictationView, EngineView, LatencyView, Percentiles, Snapshot, Tone, TranscriptView};
use hark_engine::encoder::Precision;
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use std::time::Duration;

/// How things stand.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Status {
    /// Where dictation stands.
    pub state: State,
    /// Number of the last recording since the start, 0 before the first.
    pub generation: u64,
    /// Length of the recording that is being made or finished, in milliseconds.
    pub elapsed_ms: Option<u64>,
    /// Peak level while recording, in [0, 1] of full scale.
    pub level: Option<f32>,
    /// Text of the dictation as far as it is final; at rest, of the last one.
    pub text: Option<String>,
    /// What follows it while somebody speaks: words that will stay, and the guess behind them.
    pub committed: Option<String>,
    pub tentative: Option<String>,
    /// How long the steps of the last dictation took, and of those before it.
    pub latency: Option<Latencies>,
    /// Whether a model is there to make text.
    pub engine: Engine,
    /// What computes, such as `CPU`.
    pub backend: Option<String>,
    /// What it computes in.
    pub precision: Option<Precision>,
    /// The model's name.
    pub model: Option<String>,
    /// Audio time per processing time of `text`; higher is better.
    pub speed: Option<f64>,
    /// The newest problem that the window shows.
    pub problem: Option<String>,
    /// What else the window says, such as why a key did nothing.
    pub notice: Option<String>,
    /// Code of the language of the next dictation for which none is named; `None` is found out.
    pub language: Option<String>,
    /// How the keys of the desktop stand.
    pub keys: Option<KeysStatus>,
}

/// How the keys of the desktop stand.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeysStatus {
    /// In a line, for people.
    pub way: String,
    /// Whether there are keys, and nobody to give them.
    pub nowhere: bool,
    /// Bindings that do not work, and why.
    pub problems: Vec<String>,
}

impl KeysStatus {
    fn of(Report { way, problems }: &Report) -> Self {
        let nowhere = matches!(way, Way::Nowhere(_));
        Self { way: way.words(), nowhere, problems: problems.clone() }
    }
}

/// How long the steps of dictation took, in milliseconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Latencies {
    /// Dictations that the percentiles are of.
    pub dictations: usize,
    /// From the wish to record to the open microphone.
    pub stream_open: Step,
    /// From the wish to record to the first samples.
    pub first_sample: Step,
    /// From the wish to record to the beginning of speech, the last time.
    pub speech_start_ms: Option<u64>,
    /// From the beginning of speech to its first text.
    pub first_text: Step,
    /// From the wish to record to the wish to stop, the last time.
    pub stop_ms: u64,
    /// From the wish to stop to the final text.
    pub stop_to_final: Step,
    /// From there until it was handed over.
    pub delivered: Step,
}

/// One step: the last time, and what half of them and 95 % stay within.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Step {
    pub last_ms: Option<u64>,
    pub p50_ms: Option<u64>,
    pub p95_ms: Option<u64>,
}

impl Latencies {
    /// What a ledger says; `None` before the first dictation.
    pub fn of(view: &LatencyView) -> Option<Self> {
        let last = view.last?;
        let step = |last: Option<Duration>, all: Option<Percentiles>| Step {
            last_ms: last.map(milliseconds),
            p50_ms: all.map(|all| milliseconds(all.p50)),
            p95_ms: all.map(|all| milliseconds(all.p95)),
        };
        Some(Self {
            dictations: view.dictations,
            stream_open: step(Some(last.stream_open), view.stream_open),
            speech_start_ms: last.speech_start.map(milliseconds),
            stop_ms: milliseconds(last.stop),
            first_sample: step(Some(last.first_sample), view.first_sample),
            first_text: step(last.first_text, view.first_text),
            stop_to_final: step(Some(last.stop_to_final), view.stop_to_final),
            delivered: step(Some(last.delivered), view.delivered),
        })
    }
}

/// Where dictation stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// Nothing is recorded.
    #[default]
    Idle,
    /// The microphone is being opened.
    Arming,
    /// Samples arrive.
    Recording,
    /// The text is being made.
    Finishing,
    /// The text is being handed over.
    Delivering,
}

/// Whether a model is there to make text.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Engine {
    /// No model was asked for.
    #[default]
    Unloaded,
    /// The model is on its way.
    Loading,
    /// It is there.
    Ready,
    /// It was taken out of memory until it is needed.
    Resting,
    /// It could not be loaded.
    Failed,
}

impl Status {
    /// What a snapshot says of dictation and engine.
    pub fn of(snapshot: &Snapshot) -> Self {
        let (state, elapsed, level) = match snapshot.dictation {
            DictationView::Idle => (State::Idle, None, None),
            DictationView::Arming => (State::Arming, None, None),
            DictationView::Recording { elapsed, level } => (State::Recording, Some(elapsed), Some(level)),
            DictationView::Finishing { recorded } => (State::Finishing, Some(recorded), None),
            DictationView::Delivering => (State::Delivering, None, None),
        };
        let text = Some(snapshot.dictated.text()).filter(|text| !text.is_empty());
        let speed = snapshot.dictated.speed.map(|speed| speed.x()).filter(|x| x.is_finite());
        let problem = snapshot.banners.iter().find(|b| b.tone == Tone::Problem).map(|b| b.text.clone());
        let notice = snapshot.banners.iter().find(|b| b.tone == Tone::Info).map(|b| b.text.clone());
        let live = |text: &str| Some(text.trim().to_owned()).filter(|text| !text.is_empty());
        let status = Self {
            committed: live(&snapshot.dictated.live.committed),
            tentative: live(&snapshot.dictated.live.tentative),
            latency: Latencies::of(&snapshot.latency),
            state,
            generation: snapshot.generation,
            elapsed_ms: elapsed.map(milliseconds),
            level,
            text,
            speed,
            problem,
            notice,
            language: snapshot.language.clone(),
            keys: Some(KeysStatus::of(&snapshot.keys)),
            ..Self::default()
        };
        match &snapshot.engine {
            EngineView::Unloaded => status,
            EngineView::Loading { model } => {
                Self { engine: Engine::Loading, model: Some(model.clone()), ..status }
            }
            EngineView::Resting { model } => {
                Self { engine: Engine::Resting, model: Some(model.clone()), ..status }
            }
            EngineView::Ready { model, backend, .. } => Self {
                engine: Engine::Ready,
                model: Some(model.clone()),
                backend: Some(backend.name.clone()),
                precision: Some(backend.precision),
                ..status
            },
            EngineView::Failed { model, message } => Self {
                engine: Engine::Failed,
                model: Some(model.clone()).filter(|model| !model.is_empty()),
                problem: status.problem.or_else(|| Some(message.clone())),
                ..status
            },
        }
    }
}

/// Whether who follows is told that `old` became `new`: not of levels, and of the time once a second.
/// Cheap, unlike [`Status::of`], for it is asked twenty times a second.
pub fn is_news(old: &Snapshot, new: &Snapshot) -> bool {
    old.generation != new.generation
        || rough(&old.dictation) != rough(&new.dictation)
        || old.engine != new.engine
        || old.banners != new.banners
        || (&old.language, &old.keys) != (&new.language, &new.keys)
        || has_changed(&old.dictated, &new.dictated)
}

/// The state and its whole seconds.
fn rough(view: &DictationView) -> (std::mem::Discriminant<DictationView>, u64) {
    let seconds = match view {
        DictationView::Recording { elapsed, .. } => elapsed.as_secs(),
        DictationView::Finishing { recorded } => recorded.as_secs(),
        DictationView::Idle | DictationView::Arming | DictationView::Delivering => 0,
    };
    (std::mem::discriminant(view), seconds)
}

/// Whether the text is another one, or is finished now. How far it is, is no news.
fn has_changed(old: &TranscriptView, new: &TranscriptView) -> bool {
    (old.growing, &old.live) != (new.growing, &new.live)
        || !(Arc::ptr_eq(&old.segments, &new.segments) || old.segments == new.segments)
}

fn milliseconds(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::precision::Standing;
    use crate::session::{Banner, FileId, Latency, LiveView, Shown, Speed};
    use hark_engine::encoder::{BackendInfo, BackendKind};
    use hark_engine::transcript::Segment;
    use serde_json::json;

    fn recording(ms: u64, level: f32) -> Snapshot {
        let dictation = DictationView::Recording { elapsed: Duration::from_millis(ms), level };
        Snapshot { dictation, generation: 3, ..ready() }
    }

    fn ready() -> Snapshot {
        let backend = BackendInfo {
            kind: BackendKind::Cpu,
            name: "CPU".into(),
            precision: Precision::Int8,
            threads: 4,
        };
        let engine = EngineView::Ready { model: "small.en".into(), backend, standing: Standing::Proven };
        Snapshot { engine, ..Snapshot::default() }
    }

    fn said(text: &str) -> TranscriptView {
        let segment = Segment { text: text.into(), ..Segment::default() };
        let speed = Some(Speed { audio_s: 30.0, processing_s: 2.0 });
        TranscriptView { segments: Arc::new(vec![segment]), speed, ..TranscriptView::default() }
    }

    #[test]
    fn a_recording_as_json() {
        let expected = json!({
            "state": "recording", "generation": 3, "elapsed_ms": 4210, "level": 0.5, "text": null,
            "engine": "ready", "backend": "CPU", "precision": "int8", "model": "small.en", "speed": null,
            "problem": null, "notice": null, "language": null,
            "keys": { "way": "no key is bound", "nowhere": false, "problems": [] }, "committed": "One", "tentative": "two", "latency": null,
        });
        let live = LiveView { committed: " One".into(), tentative: " two".into(), ..LiveView::default() };
        let snapshot = Snapshot {
            dictated: TranscriptView { live, growing: true, ..TranscriptView::default() },
            ..recording(4210, 0.5)
        };
        assert_eq!(serde_json::to_value(Status::of(&snapshot)).unwrap(), expected);
        assert!(is_news(&recording(4210, 0.5), &snapshot), "who follows sees live text");
    }

    #[test]
    fn latencies_are_told_in_milliseconds() {
        let ms = Duration::from_millis;
        let last = Latency {
            stream_open: ms(30),
            first_sample: ms(80),
            speech_start: None,
            first_text: None,
            stop: ms(2000),
            stop_to_final: ms(400),
            delivered: ms(3),
        };
        let stop_to_final = Some(Percentiles { p50: ms(390), p95: ms(450) });
        let latency =
            LatencyView { last: Some(last), dictations: 7, stop_to_final, ..LatencyView::default() };
        let told = Status::of(&Snapshot { latency, ..ready() }).latency.unwrap();
        let step = Step { last_ms: Some(400), p50_ms: Some(390), p95_ms: Some(450) };
        assert_eq!((told.dictations, told.stop_to_final, told.first_text), (7, step, Step::default()));
        assert_eq!((told.stream_open.last_ms, told.speech_start_ms, told.stop_ms), (Some(30), None, 2000));
    }

    #[test]
    fn at_rest_it_has_the_last_text_and_its_speed() {
        let status = Status::of(&Snapshot { dictated: said(" Hello."), generation: 1, ..ready() });
        let Status { state, text, speed, elapsed_ms, .. } = status;
        assert_eq!(
            (state, text.as_deref(), speed, elapsed_ms),
            (State::Idle, Some("Hello."), Some(15.0), None)
        );
    }

    #[test]
    fn a_model_that_failed_is_the_problem() {
        let engine = EngineView::Failed { model: "big".into(), message: "it is cut short".into() };
        let status = Status::of(&Snapshot { engine, ..Snapshot::default() });
        assert_eq!((status.engine, status.problem.as_deref()), (Engine::Failed, Some("it is cut short")));
        let banner = |tone, text: &str| Banner { id: 1, tone, text: text.into(), action: None };
        let banners = vec![banner(Tone::Info, "By the way."), banner(Tone::Problem, "No microphone.")];
        let status = Status::of(&Snapshot { banners, ..ready() });
        assert_eq!(status.problem.as_deref(), Some("No microphone."));
    }

    #[test]
    fn levels_are_no_news_and_seconds_are() {
        assert!(!is_news(&recording(1000, 0.1), &recording(1990, 0.9)));
        assert!(is_news(&recording(1990, 0.1), &recording(2010, 0.1)));
        assert!(is_news(&ready(), &recording(0, 0.0)));
        assert!(is_news(&ready(), &Snapshot { generation: 1, ..ready() }));
        assert!(is_news(&Snapshot::default(), &ready()));
        let with = |dictated| Snapshot { dictated, ..ready() };
        assert!(is_news(&with(said(" Hello.")), &with(said(" Hello you."))));
        assert!(!is_news(&with(said(" Hello.")), &with(said(" Hello."))));
        let elsewhere: FileId = 4;
        assert!(!is_news(&ready(), &Snapshot { shown: Shown::File(elsewhere), ..ready() }));
    }
}
