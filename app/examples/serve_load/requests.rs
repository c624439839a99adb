//! One request after the other: what is asked, and what came of it.

use crate::clips::{Clip, words};
use crate::service::Service;
use serde::Serialize;
use serde_json::Value;
use std::io::Write;
use std::net::TcpStream;
use std::time::{Duration, Instant};
use ureq::Agent;

const PATH: &str = "/v1/audio/transcriptions";
const BOUNDARY: &str = "hark-serve-load-7f3a";
/// How often a request is made again that was refused for want of room.
const TRIES: usize = 200;
/// A refused request waits at most so long, whatever the answer says.
const LONGEST_WAIT: Duration = Duration::from_secs(2);

/// What is chosen by chance.
pub struct Plan {
    pub seed: u64,
    /// Of a hundred.
    pub cancelled: u32,
    pub broken: u32,
    pub model: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Fate {
    Normal,
    /// The connection is dropped midway.
    Cancelled,
    /// It ought to be refused as wrong.
    Broken,
}

/// What came of a request.
pub struct End {
    pub fate: Fate,
    /// Seconds of audio.
    pub length: usize,
    pub latency: Duration,
    /// How often there was no room first.
    pub refused: usize,
    pub outcome: Outcome,
}

#[derive(Debug)]
pub enum Outcome {
    Right,
    /// There was no answer, or none that a client can use.
    Lost(String),
    /// There was another answer than the right one.
    Wrong(String),
}

/// Numbers that are the same for the same seed.
struct Chance(u64);

impl Chance {
    fn below(&mut self, n: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % n
    }
}

/// Makes the request with this number.
pub fn make(service: &Service, client: &Agent, plan: &Plan, clips: &[Clip], number: usize) -> End {
    let mut chance = Chance(plan.seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ number as u64);
    chance.below(2);
    let clip = &clips[chance.below(clips.len() as u64) as usize];
    let began = Instant::now();
    let draw = chance.below(100) as u32;
    let (fate, (outcome, refused)) = if draw < plan.cancelled {
        (Fate::Cancelled, (leave(service, plan, clip, &mut chance), 0))
    } else if draw < plan.cancelled + plan.broken {
        (Fate::Broken, broken(service, client, plan, clip, &mut chance))
    } else {
        (Fate::Normal, normal(service, client, plan, clip))
    };
    End { fate, length: clip.length, latency: began.elapsed(), refused, outcome }
}

fn normal(service: &Service, client: &Agent, plan: &Plan, clip: &Clip) -> (Outcome, usize) {
    let (answer, refused) = post(service, client, &form(&clip.wav, &[("model", &plan.model)]));
    let outcome = match answer {
        Err(error) => Outcome::Lost(error),
        Ok((200, text)) => {
            match serde_json::from_str::<Value>(&text).ok().as_ref().and_then(|v| v["text"].as_str()) {
                Some(text) if words(text) == clip.text => Outcome::Right,
                _ => Outcome::Wrong(format!("{} s: {text} instead of {}", clip.length, clip.text)),
            }
        }
        Ok((status, text)) => Outcome::Lost(format!("{status}: {text}")),
    };
    (outcome, refused)
}

/// Sends something that no honest client would, which has to be refused in OpenAI's shape.
fn broken(
    service: &Service,
    client: &Agent,
    plan: &Plan,
    clip: &Clip,
    chance: &mut Chance,
) -> (Outcome, usize) {
    let model = ("model", &*plan.model);
    let noise: Vec<u8> = (0..4000).map(|_| chance.below(256) as u8).collect();
    let body = match chance.below(5) {
        0 => form(&noise, &[model]),
        1 => form(&[], &[model]),
        2 => form(&clip.wav, &[("model", "no-such-model")]),
        3 => form(&clip.wav, &[model, ("response_format", "banana")]),
        _ => form(&clip.wav, &[model, ("temperature", "warm")]),
    };
    let (answer, refused) = post(service, client, &body);
    let outcome = match answer {
        Err(error) => Outcome::Lost(error),
        Ok((status, text)) => {
            let error = serde_json::from_str::<Value>(&text).unwrap_or_default();
            let said = error["error"]["message"].as_str().is_some_and(|message| !message.is_empty());
            if (400..500).contains(&status) && said {
                Outcome::Right
            } else {
                Outcome::Wrong(format!("a broken request was answered with {status}: {text}"))
            }
        }
    };
    (outcome, refused)
}

/// Sends a part of a request, or all of it, and leaves without waiting for the answer.
fn leave(service: &Service, plan: &Plan, clip: &Clip, chance: &mut Chance) -> Outcome {
    let body = form(&clip.wav, &[("model", &plan.model)]);
    let head = format!(
        "POST {PATH} HTTP/1.1\r\nHost: {}\r\nContent-Type: multipart/form-data; boundary={BOUNDARY}\r\n\
         Content-Length: {}\r\n\r\n",
        service.address,
        body.len()
    );
    let part = if chance.below(2) == 0 { body.len() / 2 } else { body.len() };
    let sent = TcpStream::connect(service.address).and_then(|mut stream| {
        stream.write_all(head.as_bytes())?;
        stream.write_all(&body[..part])?;
        std::thread::sleep(Duration::from_millis(chance.below(300)));
        Ok(())
    });
    sent.map_or_else(
        |error| Outcome::Lost(format!("a connection that was to be dropped: {error}")),
        |()| Outcome::Right,
    )
}

/// The status and the text of an answer, and how often there was no room before.
fn post(service: &Service, client: &Agent, body: &[u8]) -> (Result<(u16, String), String>, usize) {
    for refused in 0..TRIES {
        let answer = client
            .post(service.url(PATH))
            .header("Content-Type", &format!("multipart/form-data; boundary={BOUNDARY}"))
            .send(body);
        let mut answer = match answer {
            Ok(answer) => answer,
            Err(error) => return (Err(error.to_string()), refused),
        };
        let status = answer.status().as_u16();
        if matches!(status, 429 | 503) {
            let wait = answer.headers().get("Retry-After").and_then(|wait| wait.to_str().ok()?.parse().ok());
            let wait = Duration::from_secs(wait.unwrap_or(1));
            std::thread::sleep(wait.min(LONGEST_WAIT));
            continue;
        }
        let text = answer.body_mut().read_to_string();
        return (text.map(|text| (status, text)).map_err(|error| error.to_string()), refused);
    }
    (Err(format!("there was no room {TRIES} times")), TRIES)
}

/// A form with a file and fields.
fn form(file: &[u8], fields: &[(&str, &str)]) -> Vec<u8> {
    let mut body = Vec::new();
    for (name, value) in fields {
        body.extend(
            format!("--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n")
                .into_bytes(),
        );
    }
    body.extend(
        format!(
            "--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"file\"; filename=\"clip.wav\"\r\n\
             Content-Type: audio/wav\r\n\r\n"
        )
        .into_bytes(),
    );
    body.extend(file);
    body.extend(format!("\r\n--{BOUNDARY}--\r\n").into_bytes());
    body
}
