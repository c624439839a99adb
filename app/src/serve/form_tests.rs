use super::*;
use crate::test_chance::Chance;
use axum::http::HeaderValue;
use std::convert::Infallible;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::runtime::{Builder, Runtime};

const BOUNDARY: &str = "boundary";

fn runtime() -> Runtime {
    Builder::new_current_thread().enable_time().build().unwrap()
}

/// Bytes that come in pieces of some lengths, again and again.
struct Pieces {
    rest: bytes::Bytes,
    lengths: Vec<usize>,
    next: usize,
}

impl http_body::Body for Pieces {
    type Data = bytes::Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<http_body::Frame<bytes::Bytes>, Infallible>>> {
        if self.rest.is_empty() {
            return Poll::Ready(None);
        }
        let length = self.lengths[self.next % self.lengths.len()].clamp(1, self.rest.len());
        self.next += 1;
        let piece = self.rest.split_to(length);
        Poll::Ready(Some(Ok(http_body::Frame::data(piece))))
    }
}

fn read_pieces(runtime: &Runtime, body: &[u8], lengths: &[usize], limits: Limits) -> Result<Form, Complaint> {
    let mut headers = HeaderMap::new();
    let kind = format!("multipart/form-data; boundary={BOUNDARY}");
    headers.insert(CONTENT_TYPE, HeaderValue::from_str(&kind).unwrap());
    let rest = bytes::Bytes::copy_from_slice(body);
    let body = Body::new(Pieces { rest, lengths: lengths.to_vec(), next: 0 });
    let spools = Spools::new(limits.spooled);
    runtime.block_on(async { read(&headers, body, limits, &spools).await })
}

fn good() -> Vec<u8> {
    let part = |head: &str, content: &str| {
        format!("--{BOUNDARY}\r\nContent-Disposition: form-data; {head}\r\n\r\n{content}\r\n")
    };
    let parts = [
        part("name=\"model\"", "demo"),
        part(
            "name=\"file\"; filename=\"a.wav\"\r\nContent-Type: audio/wav",
            "RIFF and so on\r\n--bound\r\n\0\u{1}",
        ),
        part("name=\"timestamp_granularities[]\"", "word"),
        part("name=\"timestamp_granularities[]\"", "segment"),
        part("name=\"prompt\"", "Grüße\r\n-- und so"),
    ];
    (parts.concat() + &format!("--{BOUNDARY}--\r\n")).into()
}

/// Names and texts of fields.
type Fields = Vec<(String, String)>;

/// What was read, to compare.
fn outline(form: Form) -> (Fields, Option<(String, Vec<u8>)>) {
    let file = form.file.map(|file| (file.name, file.spool.content()));
    (form.fields, file)
}

#[test]
fn a_form_is_the_same_in_whatever_pieces_it_comes() {
    let runtime = runtime();
    let read =
        |lengths: &[usize]| outline(read_pieces(&runtime, &good(), lengths, Limits::default()).unwrap());
    let whole = read(&[usize::MAX]);
    let fields: Vec<_> = whole.0.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    let expected = [
        ("model", "demo"),
        ("timestamp_granularities[]", "word"),
        ("timestamp_granularities[]", "segment"),
        ("prompt", "Grüße\r\n-- und so"),
    ];
    assert_eq!(fields, expected);
    let (name, content) = whole.1.clone().unwrap();
    assert_eq!((name.as_str(), content.as_slice()), ("a.wav", &b"RIFF and so on\r\n--bound\r\n\0\x01"[..]));
    for lengths in [&[1][..], &[2, 3, 5], &[7, 1, 100], &[64]] {
        assert_eq!(read(lengths), whole, "{lengths:?}");
    }
}

#[test]
fn whatever_is_changed_in_a_form_it_is_read_or_refused() {
    let (runtime, mut chance, good) = (runtime(), Chance(41), good());
    let limits = Limits { silence: Duration::from_millis(500), text: 100, fields: 8, ..Limits::default() };
    let (mut read, mut refused) = (0, 0);
    for _ in 0..600 {
        let mut body = good.clone();
        for _ in 0..=chance.below(4) {
            mutate(&mut body, &mut chance);
        }
        let lengths = [1 + chance.below(200), 1 + chance.below(20)];
        match read_pieces(&runtime, &body, &lengths, limits) {
            Ok(form) => {
                let (fields, file) = outline(form);
                assert!(
                    fields.len() <= limits.fields && fields.iter().all(|(_, text)| text.len() <= limits.text)
                );
                let name = file.map(|(name, _)| name).unwrap_or_default();
                assert!(!name.contains(['/', '\\', '\0', '\n']) && !name.starts_with('.'), "{name:?}");
                read += 1;
            }
            Err(complaint) => {
                assert!(complaint.json()["error"]["message"].is_string());
                refused += 1;
            }
        }
    }
    assert!(read > 50 && refused > 50, "{read} read, {refused} refused");
}

fn mutate(body: &mut Vec<u8>, chance: &mut Chance) {
    const PIECES: [&[u8]; 8] = [
        b"\r\n",
        b"--boundary",
        b"--boundary--",
        b"\r\n\r\n",
        b"\"",
        b"\xff\xfe",
        b"Content-Disposition: form-data; name=\"file\"",
        b"filename=\"../../x\\..\\y\"",
    ];
    if body.is_empty() {
        return;
    }
    let at = chance.below(body.len());
    match chance.below(5) {
        0 => body[at] = chance.below(256) as u8,
        1 => body.truncate(at),
        2 => drop(body.drain(at..(at + 1 + chance.below(30)).min(body.len()))),
        3 => {
            let piece = PIECES[chance.below(PIECES.len())];
            body.splice(at..at, piece.iter().copied());
        }
        _ => {
            let copy = body[at..(at + chance.below(200)).min(body.len())].to_vec();
            let to = chance.below(body.len());
            body.splice(to..to, copy);
        }
    }
}

#[test]
fn no_part_of_a_form_has_no_bounds() {
    let runtime = runtime();
    let limits = Limits { upload: 10 << 20, ..Limits::default() };
    let refused = |body: Vec<u8>| {
        let complaint = read_pieces(&runtime, &body, &[1 << 16], limits).unwrap_err();
        complaint.to_string()
    };
    let head = format!("--{BOUNDARY}\r\n");
    assert!(refused(vec![b'x'; 5 << 20]).contains("no form"), "before the first part");
    assert!(
        refused([head.as_bytes(), &vec![b'x'; 5 << 20]].concat()).contains("no form"),
        "in a part's head"
    );
    let file = format!("{head}Content-Disposition: form-data; name=\"file\"\r\n\r\n");
    assert!(refused([file.as_bytes(), &vec![b'x'; 11 << 20]].concat()).contains("larger"));
    let many =
        format!("{head}Content-Disposition: form-data; name=\"x[]\"\r\n\r\n\r\n").repeat(limits.fields + 1);
    assert!(refused(many.into()).contains("too many fields"));
    let small = Limits { spooled: 1000, ..limits };
    let body = [file.as_bytes(), &vec![b'x'; 2000]].concat();
    assert!(read_pieces(&runtime, &body, &[500], small).unwrap_err().to_string().contains("try again"));
}

#[test]
fn names_of_files_mean_nothing_here() {
    for (name, harmless_name) in [
        ("talk.wav", "talk.wav"),
        ("../../etc/passwd", "passwd"),
        ("D:\\talks\\a b.mp3", "a b.mp3"),
        ("..", NAMELESS),
        (".hidden", "hidden"),
        ("a\0\n\"<b>.wav", "ab.wav"),
        ("/", NAMELESS),
        ("Grüße.ogg", "Grüße.ogg"),
        ("", NAMELESS),
    ] {
        assert_eq!(harmless(name), harmless_name);
    }
    let long = harmless(&("x".repeat(500) + ".flac"));
    assert!(long.len() == LONGEST_NAME && long.ends_with(".flac"));
}
