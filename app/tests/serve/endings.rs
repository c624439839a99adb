//! How a service begins and ends, and what becomes of those who leave before it does.

use crate::client::{Form, Reply, Request};
use crate::common::{Sandbox, clip, expected, until};
use crate::service::Service;
use std::fs;
use std::io::Write;
use std::net::TcpStream;

/// A recording that takes much longer than anybody waits, in 8 bits at 8 kHz: a clip again and again for 90 minutes.
fn long_recording() -> Vec<u8> {
    const SECONDS: usize = 90 * 60;
    let wav = fs::read(clip("long01.wav")).unwrap();
    let start = wav.windows(4).position(|name| name == b"data").unwrap() + 8;
    let coarse: Vec<u8> = wav[start..].chunks_exact(4).map(|four| four[1].wrapping_add(128)).collect();
    let samples: Vec<u8> = coarse.into_iter().cycle().take(SECONDS * 8000).collect();
    let length = samples.len() as u32;
    let mut long = b"RIFF".to_vec();
    long.extend((length + 36).to_le_bytes());
    long.extend(b"WAVEfmt ");
    long.extend(16_u32.to_le_bytes());
    long.extend([1_u16, 1].map(u16::to_le_bytes).concat());
    long.extend([8000_u32, 8000].map(u32::to_le_bytes).concat());
    long.extend([1_u16, 8].map(u16::to_le_bytes).concat());
    long.extend(b"data");
    long.extend(length.to_le_bytes());
    long.extend(samples);
    long
}

fn send(service: &Service, request: &Request) -> TcpStream {
    let mut connection = service.connect();
    connection.write_all(&request.head()).unwrap();
    connection.write_all(&request.body).unwrap();
    connection
}

#[test]
fn a_client_that_leaves_ends_its_job_and_no_other() {
    let sandbox = Sandbox::new();
    let service = Service::of_the_demo(&sandbox, &[]);
    let form = Form::of_file("long.wav", long_recording()).field("model", "demo");
    let (plain, streamed) = (Request::form(&form), Request::form(&form.clone().field("stream", "true")));
    let begun = |count: u64| until("the job's beginning", || service.health()["jobs"]["under_way"] == count);
    let first = send(&service, &plain);
    begun(1);
    let second = send(&service, &streamed);
    begun(2);
    drop(first);
    until("the end of the first", || service.health()["jobs"]["cancelled"] == 1);
    // Others are served all the while.
    let short = service.ask(&Request::form(&Form::of_clip("short04.wav"))).well().json();
    assert_eq!(short["text"], expected("short04.wav").trim());
    drop(second);
    service.until_jobs("cancelled", 2);
    // In the middle of an upload there is no job yet.
    let mut third = service.connect();
    third.write_all(&plain.head()).unwrap();
    third.write_all(&plain.body[..1 << 20]).unwrap();
    until("the upload", || service.health()["queue"]["requests"] == 1);
    drop(third);
    until("its end", || service.health()["queue"]["requests"] == 0);
    assert_eq!(service.health()["jobs"]["under_way"], 0);
    assert!(sandbox_is_clean(&sandbox), "uploads have no names");
    service.stop();
}

fn sandbox_is_clean(sandbox: &Sandbox) -> bool {
    fs::read_dir(sandbox.temporary()).unwrap().next().is_none()
}

#[test]
fn what_is_in_hand_when_it_is_stopped_may_end_or_is_told() {
    let sandbox = Sandbox::new();
    let service = Service::of_the_demo(&sandbox, &[]);
    let form = Form::of_file("long.wav", long_recording()).field("model", "demo");
    let endless = send(&service, &Request::form(&form.field("stream", "true")));
    until("its beginning", || service.health()["jobs"]["under_way"] == 1);
    let idle = service.connect();
    service.interrupt();
    let ended = service.ended();
    assert_eq!(ended.code, Some(0), "{}", ended.err);
    // It was cut off in the middle.
    assert!(Reply::read(endless).is_err() && Reply::read(idle).is_err());
}

#[test]
fn a_port_is_one_service_s() {
    let sandbox = Sandbox::new();
    let service = Service::of_the_demo(&sandbox, &[]);
    let port = service.address.port().to_string();
    let ended = sandbox.hark(&["serve", "--model", "demo", "--port", &port]);
    assert_eq!((ended.code, ended.out.as_str()), (Some(1), ""));
    assert!(ended.err.starts_with(&format!("error: cannot listen on 127.0.0.1:{port}: ")), "{}", ended.err);
    assert!(ended.err.contains("--port"), "{}", ended.err);
    service.ask(&Request::get("/health")).well();
    service.stop();
}

#[test]
fn a_model_that_is_deleted_is_served_on_and_missed_at_the_next_start() {
    let sandbox = Sandbox::new();
    let file = sandbox.work().join("ggml-mine.bin");
    let path = file.to_str().unwrap();
    sandbox.hark(&["models", "make", "demo", path]);
    let service = Service::start(&sandbox, &["--model", path, "--precision", "f32"]);
    fs::remove_file(&file).unwrap();
    let clip = fs::read(clip("short04.wav")).unwrap();
    let form = Form::of_file("short04.wav", clip).field("model", "ggml-mine.bin");
    let text = service.ask(&Request::form(&form)).well().json()["text"].as_str().unwrap().to_owned();
    assert_eq!(text, expected("short04.wav").trim());
    let models = service.ask(&Request::get("/v1/models")).well();
    assert!(!models.text().contains(sandbox.work().to_str().unwrap()), "folders are nobody's business");
    service.stop();
    assert_eq!(sandbox.hark(&["serve", "--port", "0", "--model", path]).code, Some(4));
}

#[test]
fn the_demo_stands_in_for_no_model_and_forced_tokens_are_for_formulas() {
    let sandbox = Sandbox::new();
    let ended = sandbox.hark(&["serve", "--port", "0"]);
    assert_eq!((ended.code, ended.out.as_str()), (Some(3), ""));
    assert!(ended.err.contains("--model demo"), "{}", ended.err);
    let ended = sandbox.hark(&["serve", "--port", "0", "--model", "demo", "--force-tokens", "5"]);
    assert_eq!((ended.code, ended.out.as_str()), (Some(2), ""));
}
