//! A client that can send what no library would.

use serde_json::Value;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;

pub const BOUNDARY: &str = "a-boundary-that-no-file-has";

/// A request, byte by byte.
#[derive(Clone, Debug)]
pub struct Request {
    pub line: String,
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

/// An answer.
#[derive(Debug)]
pub struct Reply {
    pub status: u16,
    /// Names in lower case.
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

impl Request {
    pub fn get(path: &str) -> Self {
        Self { line: format!("GET {path} HTTP/1.1"), headers: Vec::new(), body: Vec::new() }
            .header("Host", "localhost")
    }

    /// A form, sent to where transcriptions are made.
    pub fn form(form: &Form) -> Self {
        Self::post("/v1/audio/transcriptions", form)
    }

    pub fn post(path: &str, form: &Form) -> Self {
        let body = form.body();
        let kind = format!("multipart/form-data; boundary={BOUNDARY}");
        let length = body.len().to_string();
        Self { line: format!("POST {path} HTTP/1.1"), headers: Vec::new(), body }
            .header("Host", "localhost")
            .header("Content-Type", &kind)
            .header("Content-Length", &length)
    }

    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.into(), value.into()));
        self
    }

    pub fn without(mut self, name: &str) -> Self {
        self.headers.retain(|(other, _)| other != name);
        self
    }

    /// Everything in front of the body.
    pub fn head(&self) -> Vec<u8> {
        let mut head = format!("{}\r\n", self.line);
        for (name, value) in &self.headers {
            head += &format!("{name}: {value}\r\n");
        }
        (head + "Connection: close\r\n\r\n").into()
    }

    /// Sends it and reads the answer. Whoever is refused early may not have been read to the end.
    pub fn send(&self, mut connection: TcpStream) -> Reply {
        let sent = connection.write_all(&self.head()).and_then(|()| connection.write_all(&self.body));
        Reply::read(connection).unwrap_or_else(|error| panic!("no answer: {error}, sent: {sent:?}"))
    }
}

impl Reply {
    /// Reads an answer to the end of the connection.
    pub fn read(connection: TcpStream) -> std::io::Result<Self> {
        let mut reader = BufReader::new(connection);
        let mut line = String::new();
        reader.read_line(&mut line)?;
        let status = line.split(' ').nth(1).and_then(|status| status.parse().ok());
        let status = status.ok_or_else(|| std::io::Error::other(format!("no status: {line:?}")))?;
        let mut headers = Vec::new();
        loop {
            let mut line = String::new();
            reader.read_line(&mut line)?;
            match line.trim_end().split_once(": ") {
                Some((name, value)) => headers.push((name.to_lowercase(), value.to_owned())),
                None => break,
            }
        }
        let mut reply = Self { status, headers, body: Vec::new() };
        match reply.header("content-length") {
            Some(length) => {
                reply.body.resize(length.parse().unwrap(), 0);
                reader.read_exact(&mut reply.body)?;
            }
            None => reply.body = chunks(&mut reader)?,
        }
        Ok(reply)
    }

    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(other, _)| other == name).map(|(_, value)| value.as_str())
    }

    pub fn text(&self) -> &str {
        std::str::from_utf8(&self.body).unwrap()
    }

    #[track_caller]
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|error| panic!("{error} in {:?}", self.text()))
    }

    /// The answer of a request that was well.
    #[track_caller]
    pub fn well(self) -> Self {
        assert_eq!(self.status, 200, "{}", self.text());
        self
    }

    /// The complaint in an answer with this status.
    #[track_caller]
    pub fn complaint(&self, status: u16) -> Value {
        assert_eq!(self.status, status, "{}", self.text());
        let error = self.json()["error"].clone();
        assert!(error["message"].as_str().is_some_and(|message| !message.is_empty()), "{error}");
        assert!(error["type"].is_string() && error.get("param").is_some() && error.get("code").is_some());
        error
    }

    /// The events of a stream.
    pub fn events(&self) -> Vec<Value> {
        assert_eq!(self.header("content-type"), Some("text/event-stream"));
        let events = self.text().split_terminator("\n\n");
        events.map(|event| serde_json::from_str(event.strip_prefix("data: ").unwrap()).unwrap()).collect()
    }
}

fn chunks(reader: &mut impl BufRead) -> std::io::Result<Vec<u8>> {
    let mut body = Vec::new();
    loop {
        let mut line = String::new();
        reader.read_line(&mut line)?;
        let length = usize::from_str_radix(line.trim(), 16).map_err(std::io::Error::other)?;
        let mut chunk = vec![0; length + 2];
        reader.read_exact(&mut chunk)?;
        if length == 0 {
            return Ok(body);
        }
        body.extend_from_slice(&chunk[..length]);
    }
}

/// A form with a file and fields.
#[derive(Clone, Debug, Default)]
pub struct Form {
    /// Heads without their line breaks, and contents.
    pub parts: Vec<(String, Vec<u8>)>,
}

impl Form {
    pub fn of_file(name: &str, content: impl Into<Vec<u8>>) -> Self {
        Self::default().file(name, content)
    }

    /// A bundled clip for the demo model.
    pub fn of_clip(name: &str) -> Self {
        Self::of_file(name, std::fs::read(crate::common::clip(name)).unwrap()).field("model", "demo")
    }

    pub fn file(mut self, name: &str, content: impl Into<Vec<u8>>) -> Self {
        let head = format!("Content-Disposition: form-data; name=\"file\"; filename=\"{name}\"");
        self.parts.push((head, content.into()));
        self
    }

    pub fn field(mut self, name: &str, value: impl Into<Vec<u8>>) -> Self {
        self.parts.push((format!("Content-Disposition: form-data; name=\"{name}\""), value.into()));
        self
    }

    pub fn body(&self) -> Vec<u8> {
        let mut body = Vec::new();
        for (head, content) in &self.parts {
            body.extend(format!("--{BOUNDARY}\r\n{head}\r\n\r\n").bytes());
            body.extend(content);
            body.extend(b"\r\n");
        }
        body.extend(format!("--{BOUNDARY}--\r\n").bytes());
        body
    }
}
