//! Texts: those of `hark transcribe`, in every shape.

use crate::client::{Form, Reply, Request};
use crate::common::{Sandbox, clip, expected};
use crate::service::Service;
use serde_json::Value;
use std::process::Command;
use std::thread;

const CLIP: &str = "multi01.wav";

/// What the command line makes of a clip.
fn transcribed(sandbox: &Sandbox, name: &str, more: &[&str]) -> String {
    let path = clip(name);
    let arguments = ["transcribe", "--model", "demo", "--precision", "f32", &path];
    sandbox.hark(&[&arguments[..], more].concat()).quietly()
}

fn json(text: &str) -> Value {
    serde_json::from_str(text).unwrap()
}

#[test]
fn texts_are_those_of_the_command_line_in_every_format() {
    let sandbox = Sandbox::new();
    let service = Service::of_the_demo(&sandbox, &[]);
    let ask = |format: &str| {
        service.ask(&Request::form(&Form::of_clip(CLIP).field("response_format", format))).well()
    };
    let whole = json(&transcribed(&sandbox, CLIP, &["--format", "json"]));
    let text = whole["text"].as_str().unwrap().trim();
    assert!(!text.is_empty());

    let plain = service.ask(&Request::form(&Form::of_clip(CLIP))).well();
    assert_eq!(plain.header("content-type"), Some("application/json"));
    assert_eq!(plain.json()["text"], text);
    assert_eq!(ask("json").json(), plain.json());
    assert_eq!(ask("text").text(), format!("{text}\n"));
    for format in ["srt", "vtt"] {
        assert_eq!(ask(format).text(), transcribed(&sandbox, CLIP, &["--format", format]));
    }

    let verbose = ask("verbose_json").json();
    let segments = verbose["segments"].as_array().unwrap();
    let expected = whole["segments"].as_array().unwrap();
    assert_eq!(segments.len(), expected.len());
    for (segment, expected) in segments.iter().zip(expected) {
        for field in ["id", "seek", "start", "end", "text", "tokens", "avg_logprob", "no_speech_prob"] {
            assert_eq!(segment[field], expected[field], "{field}");
        }
    }
    assert_eq!(
        (verbose["task"].as_str(), verbose["language"].as_str()),
        (Some("transcribe"), Some("english"))
    );
    assert_eq!((&verbose["duration"], &verbose["text"]), (&whole["audio_s"], &text.into()));
    assert!(verbose.get("words").is_none());

    let form = Form::of_clip(CLIP).field("response_format", "verbose_json");
    let words = service.ask(&Request::form(&form.field("timestamp_granularities[]", "word"))).well().json();
    assert!(words.get("segments").is_none());
    // Where words have times, windows may end elsewhere.
    let timed = json(&transcribed(&sandbox, CLIP, &["--format", "json", "--word-timestamps"]));
    let expected = timed["segments"].as_array().unwrap();
    let said: Vec<_> =
        expected.iter().flat_map(|segment| segment["words"].as_array().unwrap()).cloned().collect();
    let words = words["words"].as_array().unwrap();
    assert_eq!(words.len(), said.len());
    for (word, said) in words.iter().zip(&said) {
        assert_eq!(word["word"], said["word"].as_str().unwrap().trim());
        assert_eq!((&word["start"], &word["end"]), (&said["start"], &said["end"]));
    }
    service.stop();
}

#[test]
fn a_streamed_text_is_the_same_text() {
    let sandbox = Sandbox::new();
    let service = Service::of_the_demo(&sandbox, &[]);
    let stream = service.ask(&Request::form(&Form::of_clip(CLIP).field("stream", "true"))).well();
    let whole = service.ask(&Request::form(&Form::of_clip(CLIP))).well().json();
    let events = stream.events();
    let (done, deltas) = events.split_last().unwrap();
    assert_eq!((&done["type"], &done["text"]), (&"transcript.text.done".into(), &whole["text"]));
    assert_eq!(done["usage"], whole["usage"]);
    assert!(deltas.len() > 1, "it comes in one piece");
    assert!(deltas.iter().all(|delta| delta["type"] == "transcript.text.delta"));
    let joined: String = deltas.iter().map(|delta| delta["delta"].as_str().unwrap()).collect();
    assert_eq!(joined.trim(), whole["text"]);
    // What fails before any text is there has a status of its own.
    let form = Form::of_clip(CLIP).field("stream", "true").field("language", "de");
    service.ask(&Request::form(&form)).complaint(400);
    service.stop();
}

#[test]
fn several_at_once_have_the_texts_that_each_has_alone() {
    let sandbox = Sandbox::new();
    let service = Service::of_the_demo(&sandbox, &[]);
    let names: Vec<String> = (1..=12).map(|number| format!("short{number:02}.wav")).collect();
    thread::scope(|scope| {
        for name in &names {
            let service = &service;
            scope.spawn(move || {
                let form = Form::of_clip(name).field("response_format", "text");
                assert_eq!(
                    service.ask(&Request::form(&form)).well().text().trim(),
                    expected(name).trim(),
                    "{name}"
                );
            });
        }
    });
    service.until_jobs("finished", 12);
    service.stop();
}

#[test]
fn what_is_served_is_told() {
    let sandbox = Sandbox::new();
    let service = Service::of_the_demo(&sandbox, &[]);
    let models = service.ask(&Request::get("/v1/models")).well().json();
    let names: Vec<_> = models["data"].as_array().unwrap().iter().map(|model| model["id"].clone()).collect();
    assert_eq!((models["object"].as_str(), names), (Some("list"), vec!["demo".into(), "whisper-1".into()]));
    assert_eq!(service.ask(&Request::get("/v1/models/demo")).well().json()["id"], "demo");
    service.ask(&Request::get("/v1/models/base")).complaint(404);
    let health = service.health();
    assert_eq!((health["status"].as_str(), health["model"].as_str()), (Some("ok"), Some("demo")));
    assert_eq!(
        (health["backend"]["kind"].as_str(), health["backend"]["precision"].as_str()),
        (Some("cpu"), Some("f32"))
    );
    assert_eq!(health["queue"]["requests"], 0);
    let metrics = service.ask(&Request::get("/metrics")).well();
    assert_eq!(metrics.header("content-type"), Some("text/plain; version=0.0.4; charset=utf-8"));
    assert!(metrics.text().contains("hark_model_info{model=\"demo\""), "{}", metrics.text());
    // Names that programs know by heart mean the model that is there.
    let form =
        Form::of_file("short04.wav", std::fs::read(clip("short04.wav")).unwrap()).field("model", "whisper-1");
    let reply = service.ask(&Request::form(&form)).well().json();
    assert_eq!(reply["text"], expected("short04.wav").trim());
    service.stop();
}

#[test]
fn curl_is_answered() {
    let Ok(version) = Command::new("curl").arg("--version").output() else {
        eprintln!("skipped: there is no curl here");
        return;
    };
    assert!(version.status.success());
    let sandbox = Sandbox::new();
    let service = Service::of_the_demo(&sandbox, &[]);
    let curl = |arguments: &[&str]| {
        let address = format!("http://{}/v1/audio/transcriptions", service.address);
        let output =
            Command::new("curl").args(["-sS", "-m", "300"]).args(arguments).arg(address).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    };
    let file = format!("file=@{}", clip("short04.wav"));
    let answer = curl(&["-F", &file, "-F", "model=demo"]);
    assert_eq!(json(&answer)["text"], expected("short04.wav").trim());
    let chunked = curl(&[
        "-F",
        &file,
        "-F",
        "model=demo",
        "-F",
        "response_format=text",
        "-H",
        "Transfer-Encoding: chunked",
    ]);
    assert_eq!(chunked.trim(), expected("short04.wav").trim());
    service.stop();
}

/// What OpenAI's own client makes of the answers.
const OPENAI_CLIENT: &str = r#"
import sys
import openai

client = openai.OpenAI(base_url=sys.argv[1] + "/v1", api_key="none", max_retries=0)
create, path = client.audio.transcriptions.create, sys.argv[2]

def ask(**more):
    with open(path, "rb") as file:
        return create(model="whisper-1", file=file, **more)

def streamed():
    with open(path, "rb") as file:
        events = list(create(model="whisper-1", file=file, stream=True))
    assert [event.type for event in events[-1:]] == ["transcript.text.done"], events
    assert "".join(event.delta for event in events[:-1]).strip() == events[-1].text
    return events[-1].text

text = ask().text
verbose = ask(response_format="verbose_json", timestamp_granularities=["word", "segment"])
assert verbose.text == text and verbose.duration > 1 and verbose.segments[0].start >= 0
assert [word.word for word in verbose.words] == text.split(), verbose.words
assert ask(response_format="text").strip() == text == streamed()
assert "-->" in ask(response_format="srt") and ask(response_format="vtt").startswith("WEBVTT")
assert "demo" in [model.id for model in client.models.list()]
try:
    ask(language="klingon")
except openai.BadRequestError as error:
    assert error.param == "language", error
print(text)
"#;

#[test]
fn openai_s_own_client_is_answered() {
    let python = std::env::var("HARK_TEST_PYTHON").unwrap_or_else(|_| "python3".into());
    if !Command::new(&python)
        .args(["-c", "import openai"])
        .output()
        .is_ok_and(|output| output.status.success())
    {
        eprintln!("skipped: {python} has no package `openai` (HARK_TEST_PYTHON names another interpreter)");
        return;
    }
    let sandbox = Sandbox::new();
    let service = Service::of_the_demo(&sandbox, &[]);
    let address = format!("http://{}", service.address);
    let output =
        Command::new(python).args(["-c", OPENAI_CLIENT, &address, &clip("short04.wav")]).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert_eq!(String::from_utf8(output.stdout).unwrap().trim(), expected("short04.wav").trim());
    service.stop();
}

#[test]
fn files_of_every_kind_are_read() {
    let sandbox = Sandbox::new();
    let service = Service::of_the_demo(&sandbox, &[]);
    let folder = format!("{}/../engine/tests/data/audio", env!("CARGO_MANIFEST_DIR"));
    for name in ["mono.flac", "stereo-44k.mp3", "mono.opus", "aac.m4a", "opus.webm", "video.mp4"] {
        let path = format!("{folder}/{name}");
        let form = Form::of_file(name, std::fs::read(&path).unwrap()).field("model", "demo");
        let Reply { status, body, .. } = service.ask(&Request::form(&form));
        assert_eq!(status, 200, "{name}: {}", String::from_utf8_lossy(&body));
        let whole =
            sandbox.hark(&["transcribe", "--model", "demo", "--precision", "f32", "--format", "json", &path]);
        let text = json(&whole.out)["text"].as_str().unwrap().trim().to_owned();
        assert_eq!(json(std::str::from_utf8(&body).unwrap())["text"], text, "{name}");
    }
    service.stop();
}
