//! What no honest client sends: each gets a complaint of its own, and nobody else notices.

use crate::client::{BOUNDARY, Form, Reply, Request};
use crate::common::{Sandbox, clip, expected, until};
use crate::service::Service;
use std::fs;
use std::io::{Read, Write};

/// The service still does what it is for.
fn still_serves(service: &Service) {
    let reply = service.ask(&Request::form(&Form::of_clip("short04.wav"))).well().json();
    assert_eq!(reply["text"], expected("short04.wav").trim());
}

#[test]
fn wrong_and_missing_fields_are_named() {
    let sandbox = Sandbox::new();
    let service = Service::of_the_demo(&sandbox, &[]);
    let complaint = |form: Form, status: u16| service.ask(&Request::form(&form)).complaint(status);
    let clip = || Form::of_clip("short04.wav");
    let audio = fs::read(crate::common::clip("short04.wav")).unwrap();
    assert_eq!(complaint(Form::default().field("model", "demo"), 400)["param"], "file");
    assert_eq!(complaint(Form::of_file("a.wav", audio.clone()), 400)["param"], "model");
    let unknown = complaint(Form::of_file("a.wav", audio).field("model", "../../etc/passwd"), 404);
    assert_eq!((&unknown["param"], &unknown["code"]), (&"model".into(), &"model_not_found".into()));
    for (name, value) in [
        ("language", "klingon"),
        ("temperature", "1.5"),
        ("temperature", "NaN"),
        ("response_format", "pdf"),
        ("stream", "perhaps"),
        ("timestamp_granularities[]", "word"),
        ("colour", "green"),
    ] {
        assert_eq!(complaint(clip().field(name, value), 400)["param"], name, "{name}={value}");
    }
    assert_eq!(complaint(clip().field("model", "demo"), 400)["param"], "model", "twice");
    assert_eq!(complaint(clip().file("b.wav", "x"), 400)["param"], "file", "twice");
    assert_eq!(complaint(clip().field("prompt", [0xff, 0xfe]), 400)["param"], "prompt", "no text");
    assert_eq!(complaint(clip().field("prompt", vec![b'x'; 100_000]), 413)["param"], "prompt");
    complaint((0..100).fold(clip(), |form, i| form.field(&format!("list{i}[]"), "x")), 400);
    // The demo model knows English and nothing else.
    complaint(clip().field("language", "de"), 400);
    service.ask(&Request::post("/v1/audio/translations", &clip())).complaint(400);
    // Only what fails in the engine gets there.
    let jobs = &service.health()["jobs"];
    assert_eq!((&jobs["finished"], &jobs["failed"]), (&0.into(), &2.into()));
    still_serves(&service);
    service.stop();
}

#[test]
fn broken_audio_is_a_complaint_that_names_the_client_s_file_and_none_of_ours() {
    let sandbox = Sandbox::new();
    let service = Service::of_the_demo(&sandbox, &[]);
    let wav = fs::read(clip("short04.wav")).unwrap();
    let text = "This is a text and no audio file. ".repeat(50);
    let broken: [(&str, Vec<u8>); 5] = [
        ("empty.wav", Vec::new()),
        ("text.mp3", text.into()),
        ("head.wav", wav[..20].to_vec()),
        ("zeros.ogg", vec![0; 10_000]),
        ("../../../var/../etc/shadow\\..\\x.flac", b"fLaC\0\0\0\"garbage".repeat(9)),
    ];
    for (name, content) in broken {
        let form = Form::of_file(name, content).field("model", "demo");
        let error = service.ask(&Request::form(&form)).complaint(400);
        assert_eq!(error["param"], "file", "{name}");
        let message = error["message"].as_str().unwrap();
        for secret in ["/proc", "etc", "..", sandbox.temporary().to_str().unwrap()] {
            assert!(!message.contains(secret), "{message}");
        }
    }
    // A file that breaks off has the text up to there.
    let cut = Form::of_file("cut.wav", &wav[..wav.len() * 2 / 3]).field("model", "demo");
    let cut = service.ask(&Request::form(&cut.field("response_format", "verbose_json"))).well().json();
    assert!(cut["damage"].is_object(), "{cut}");
    still_serves(&service);
    service.stop();
}

#[test]
fn bodies_that_are_huge_endless_slow_or_no_form_come_to_an_end() {
    let sandbox = Sandbox::new();
    let service = Service::of_the_demo(&sandbox, &["--max-upload", "1", "--silence", "1"]);
    let form = Form::of_file("a.wav", vec![7; 2 << 20]).field("model", "demo");
    service.ask(&Request::form(&form)).complaint(413);
    // Without a length it is noticed on the way; whoever goes on sending is not read any more.
    let chunked = Request::form(&form).without("Content-Length").header("Transfer-Encoding", "chunked");
    let mut connection = service.connect();
    connection.write_all(&chunked.head()).unwrap();
    let mut sent = 0;
    let head = &form.body()[..1000];
    for piece in std::iter::once(head).chain(std::iter::repeat([7; 1000].as_slice())).take(1 << 20) {
        let chunk = [format!("{:x}\r\n", piece.len()).as_bytes(), piece, b"\r\n"].concat();
        if connection.write_all(&chunk).is_err() {
            break;
        }
        sent += piece.len();
    }
    assert!(sent < 1 << 30, "an endless body was read");
    // The answer may have gone down with the connection.
    if let Ok(reply) = Reply::read(connection) {
        reply.complaint(413);
    }

    let no_form = Request::form(&Form::of_clip("short04.wav")).without("Content-Type");
    service.ask(&no_form).complaint(400);
    service.ask(&no_form.clone().header("Content-Type", "application/json")).complaint(400);
    service.ask(&no_form.header("Content-Type", "multipart/form-data")).complaint(400);
    let bodies: [&[u8]; 6] = [
        b"",
        b"no form at all",
        format!("--{BOUNDARY}\r\n").as_bytes().to_owned().leak(),
        format!("--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"file\"\r\n\r\nand no end")
            .leak()
            .as_bytes(),
        &[b'-'; 900_000],
        format!("--{BOUNDARY}\r\n{}", "X: y\r\n".repeat(100_000)).leak().as_bytes(),
    ];
    for body in bodies {
        let mut request = Request::form(&Form::default()).without("Content-Length");
        request.body = body.to_vec();
        service.ask(&request.header("Content-Length", &body.len().to_string())).complaint(400);
    }

    // Those who never finish: in the first lines, in the body, and while they are answered.
    let mut lines = service.connect();
    lines.write_all(b"GET /health HTTP/1.1\r\nHost: loc").unwrap();
    let mut silent = service.connect();
    let mut half = service.connect();
    let request = Request::form(&Form::of_clip("short04.wav"));
    half.write_all(&request.head()).unwrap();
    half.write_all(&request.body[..5000]).unwrap();
    Reply::read(half).unwrap().complaint(408);
    for connection in [&mut lines, &mut silent] {
        assert_eq!(connection.read(&mut [0; 100]).unwrap_or(0), 0, "closed without a word");
    }
    still_serves(&service);
    service.stop();
}

#[test]
fn more_requests_than_there_is_room_for_are_told_when_to_come_again() {
    let sandbox = Sandbox::new();
    let service = Service::of_the_demo(&sandbox, &[]);
    // Uploads that stand still hold their places.
    let request = Request::form(&Form::of_clip("short04.wav"));
    let most = service.health()["queue"]["most"].as_u64().unwrap();
    let half: Vec<_> = (0..most)
        .map(|_| {
            let mut connection = service.connect();
            connection.write_all(&request.head()).unwrap();
            connection.write_all(&request.body[..5000]).unwrap();
            connection
        })
        .collect();
    until("all of them", || service.health()["queue"]["requests"] == most);
    let reply = service.ask(&request);
    assert_eq!(reply.complaint(429)["type"], "requests");
    assert!(reply.header("retry-after").unwrap().parse::<u64>().unwrap() >= 1);
    // Connections have a bound, too: whoever is beyond it waits, and is answered when there is room.
    let idle: Vec<_> = (0..300).map(|_| service.connect()).collect();
    drop(idle);
    drop(half);
    until("room", || service.health()["queue"]["requests"] == 0);
    still_serves(&service);
    service.stop();
}

#[test]
fn tricks_with_headers_and_addresses_lead_nowhere() {
    let sandbox = Sandbox::new();
    let service = Service::of_the_demo(&sandbox, &[]);
    service.ask(&Request::get("/")).complaint(404);
    service.ask(&Request::get("/v1/models/../../etc/passwd")).complaint(404);
    service.ask(&Request::get("/v1/audio/transcriptions")).complaint(405);
    let raw = |text: &str| {
        let mut connection = service.connect();
        // It may be closed before all of it is sent.
        let _ = connection.write_all(text.as_bytes());
        Reply::read(connection).map(|reply| reply.status)
    };
    let twice = "POST /v1/audio/transcriptions HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\nContent-Length: 7\r\n\r\nabcdefg";
    assert_eq!(raw(twice).unwrap(), 400);
    for bad in [
        "GARBAGE\r\n\r\n".to_owned(),
        "GET / HTTP/1.1\r\nHost : localhost\r\n\r\n".to_owned(),
        "POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: -1\r\n\r\n".to_owned(),
        "POST / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: gzip\r\n\r\n".to_owned(),
        format!("GET / HTTP/1.1\r\nHost: localhost\r\nX: {}\r\n\r\n", "x".repeat(1 << 20)),
        format!("GET / HTTP/1.1\r\nHost: localhost\r\n{}\r\n", "X: y\r\n".repeat(1000)),
        format!("GET /{} HTTP/1.1\r\nHost: localhost\r\n\r\n", "x".repeat(1 << 20)),
    ] {
        let status = raw(&bad);
        assert!(status.as_ref().map_or(true, |status| (400..500).contains(status)), "{status:?}");
    }
    still_serves(&service);
    service.stop();
}
