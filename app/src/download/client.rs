//! One request and its answer, over HTTP.

use super::{DownloadError, Limits};
use hark_engine::Cancel;
use std::error::Error as _;
use std::io::{self, Read};
use ureq::http::StatusCode;
use ureq::http::header::{CONTENT_LENGTH, CONTENT_RANGE, RANGE};
use ureq::tls::{RootCerts, TlsConfig};
use ureq::{Agent, Body, Timeout};

/// Ends a download from another thread.
#[derive(Clone)]
pub struct Stop {
    cancel: Cancel,
    agent: Agent,
}

impl Stop {
    /// The download ends as soon as it notices, which is at once but for a connection that is being opened.
    pub fn stop(&self) {
        self.cancel.raise();
        self.agent.clone().shutdown();
    }
}

/// Who asks one server for one file.
pub struct Client {
    agent: Agent,
    cancel: Cancel,
    limits: Limits,
    url: String,
    host: String,
}

/// What a server gives.
pub enum Answer {
    /// The file from its beginning.
    Whole(Content),
    /// The file from where it was asked for.
    Rest(Content),
    /// The server has nothing behind that place.
    Nothing,
}

/// Bytes on their way.
pub struct Content {
    body: Body,
}

impl Client {
    /// Nothing is opened yet.
    pub fn new(url: String, limits: Limits) -> Self {
        let tls = TlsConfig::builder().root_certs(RootCerts::PlatformVerifier).build();
        let config = Agent::config_builder()
            .tls_config(tls)
            // The checksums guard the content of a mirror; nobody is sent from a safe place to an unsafe one.
            .https_only(url.starts_with("https://"))
            .user_agent(concat!("hark/", env!("CARGO_PKG_VERSION")))
            .http_status_as_error(false)
            .timeout_resolve(Some(limits.connect))
            .timeout_connect(Some(limits.connect))
            .timeout_per_read(Some(limits.silence))
            .timeout_per_write(Some(limits.silence))
            .max_idle_connections(0)
            .build();
        let rest = url.split_once("://").map_or(url.as_str(), |(_, rest)| rest);
        let host = rest.split(['/', '?']).next().unwrap_or(rest);
        let host = host.rsplit_once('@').map_or(host, |(_, host)| host).to_owned();
        Self { agent: Agent::new_with_config(config), cancel: Cancel::new(), limits, url, host }
    }

    /// What ends its work.
    pub fn stop(&self) -> Stop {
        Stop { cancel: self.cancel.clone(), agent: self.agent.clone() }
    }

    /// Raised when it is to end.
    pub fn cancel(&self) -> Cancel {
        self.cancel.clone()
    }

    /// Who is asked, for people.
    pub fn host(&self) -> &str {
        &self.host
    }

    /// How long things may take.
    pub fn limits(&self) -> Limits {
        self.limits
    }

    /// Asks for the file of `expected` bytes from byte `from` on.
    ///
    /// # Errors
    /// If nobody answers, or the answer is something else.
    pub fn ask(&self, from: u64, expected: u64) -> Result<Answer, DownloadError> {
        let mut request = self.agent.get(&self.url);
        if from > 0 {
            request = request.header(RANGE, format!("bytes={from}-"));
        }
        let response = request.call().map_err(|error| self.explained(error, false))?;
        let header = |name| response.headers().get(name).and_then(|value| value.to_str().ok());
        let status = response.status();
        let length = header(CONTENT_LENGTH).and_then(|length| length.trim().parse::<u64>().ok());
        let other = |offered| DownloadError::OtherFile { host: self.host.clone(), offered, expected };
        match status {
            StatusCode::OK => match length {
                Some(length) if length != expected => Err(other(length)),
                _ => Ok(Answer::Whole(Content { body: response.into_body() })),
            },
            StatusCode::PARTIAL_CONTENT if from > 0 => match header(CONTENT_RANGE).and_then(range) {
                Some((start, Some(whole))) if start == from && whole != expected => Err(other(whole)),
                Some((start, _)) if start == from => Ok(Answer::Rest(Content { body: response.into_body() })),
                // It goes on somewhere else than it was asked to.
                _ => Ok(Answer::Nothing),
            },
            StatusCode::RANGE_NOT_SATISFIABLE if from > 0 => Ok(Answer::Nothing),
            other => Err(DownloadError::Status { host: self.host.clone(), status: other.as_u16() }),
        }
    }

    /// What went wrong while bytes were read.
    pub fn read_error(&self, error: io::Error) -> DownloadError {
        self.explained(ureq::Error::from(error), true)
    }

    /// The file ended before it was whole.
    pub fn cut_short(&self) -> DownloadError {
        DownloadError::BrokeOff { host: self.host.clone(), why: "the file was not whole".into() }
    }

    fn explained(&self, error: ureq::Error, answered: bool) -> DownloadError {
        if self.cancel.is_raised() {
            return DownloadError::Cancelled;
        }
        let host = self.host.clone();
        let silent = matches!(&error, ureq::Error::Io(inner) if inner.kind() == io::ErrorKind::TimedOut);
        match error {
            ureq::Error::Timeout(Timeout::Resolve | Timeout::Connect) => {
                let why = format!("no connection in {} s", self.limits.connect.as_secs());
                DownloadError::Unreachable { host, why }
            }
            ureq::Error::Timeout(_) => {
                DownloadError::Stalled { host, seconds: self.limits.silence.as_secs() }
            }
            _ if silent => DownloadError::Stalled { host, seconds: self.limits.silence.as_secs() },
            error if answered => DownloadError::BrokeOff { host, why: words(&error) },
            error => DownloadError::Unreachable { host, why: words(&error) },
        }
    }
}

impl Content {
    /// As [`Read::read`].
    pub fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.body.as_reader().read(buffer)
    }
}

/// First byte and length of the whole from `bytes 7-99/100`; the length may be unknown.
fn range(text: &str) -> Option<(u64, Option<u64>)> {
    let (part, whole) = text.trim().strip_prefix("bytes ")?.split_once('/')?;
    let start = part.split_once('-')?.0.trim().parse().ok()?;
    let whole = whole.trim();
    Some((start, if whole == "*" { None } else { Some(whole.parse().ok()?) }))
}

/// The innermost reason in the system's words.
fn words(error: &ureq::Error) -> String {
    match error {
        ureq::Error::HostNotFound => "there is no such name".into(),
        ureq::Error::Io(inner) => crate::text::reason(inner),
        other => other.source().map_or_else(|| other.to_string(), ToString::to_string),
    }
}

#[cfg(test)]
mod unit {
    use super::*;

    #[test]
    fn ranges_are_read_strictly() {
        let table = [
            ("bytes 7-99/100", Some((7, Some(100)))),
            ("bytes 7-99/*", Some((7, None))),
            ("bytes */100", None),
            ("bytes 7-99", None),
            ("bytes x-99/100", None),
            ("items 7-99/100", None),
            ("bytes 7-99/many", None),
        ];
        for (text, expected) in table {
            assert_eq!(range(text), expected, "{text}");
        }
    }

    #[test]
    fn a_host_is_said_without_secrets() {
        let client = Client::new("https://me:secret@example.org:8443/a/b".into(), Limits::default());
        assert_eq!(client.host(), "example.org:8443");
    }
}
