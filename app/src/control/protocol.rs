//! Lines on the socket and what they mean; [the module above](super) describes them.

use super::status::Status;
use crate::file_name::FileName;
use crate::language;
use crate::session::{Manner, Wish};
use serde::{Deserialize, Serialize};
use std::path::PathBuf;

/// The protocol that is spoken here.
pub const VERSION: u32 = 1;
/// Bytes in the longest request.
pub const LONGEST_REQUEST: usize = 1 << 20;
/// Files in one request: with the longest paths, written in the longest way, they still fit.
pub const MOST_FILES: usize = 32;

/// What can be asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Request {
    /// How things stand; with `follow`, at each change from now on.
    Status { follow: bool },
    /// Something is wanted of dictation.
    Wish(Wish),
    /// Bring the window forward and transcribe these files, at most [`MOST_FILES`].
    Show { files: Vec<PathBuf> },
}

/// What is answered.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "answer", rename_all = "snake_case")]
pub enum Answer {
    /// How things stand.
    Status(Status),
    /// The session has taken the wish; whether it changed anything, and how things stand since then.
    Taken { changed: bool, status: Status },
    /// The window comes forward, and so many files were handed over.
    Shown { files: usize },
    /// The request was not carried out.
    Refused(Refusal),
}

/// Why a request was not carried out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[error("{message}")]
pub struct Refusal {
    /// For programs.
    pub kind: RefusalKind,
    /// For people.
    pub message: String,
}

/// Kinds of refusal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RefusalKind {
    /// The line is no request.
    Garbage,
    /// The line is longer than [`LONGEST_REQUEST`].
    TooLong,
    /// The line did not come in time.
    TooSlow,
    /// The request is of a version that is not spoken here.
    Version,
    /// There is no such request.
    UnknownRequest,
    /// Another user asks.
    ForeignUser,
    /// Too many programs are connected.
    Busy,
    /// The session ends or does not take the wish.
    Session,
    /// There is no such language, or the model that is loaded cannot do it.
    Language,
    /// A kind that this program does not know.
    #[serde(other)]
    Other,
}

impl Refusal {
    /// A refusal with its reason for people.
    pub fn new(kind: RefusalKind, message: impl Into<String>) -> Self {
        Self { kind, message: message.into() }
    }

    /// For a line that is longer than [`LONGEST_REQUEST`].
    pub fn too_long() -> Self {
        Self::new(RefusalKind::TooLong, format!("the request is longer than {LONGEST_REQUEST} bytes"))
    }
}

/// The version alone, which decides how the rest is read.
#[derive(Deserialize)]
struct Versioned {
    version: u32,
}

#[derive(Serialize, Deserialize)]
struct RequestLine {
    version: u32,
    request: String,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    follow: bool,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    files: Vec<FileName>,
    /// For wishes that begin a dictation.
    #[serde(flatten)]
    manner: Manner,
}

#[derive(Serialize, Deserialize)]
struct AnswerLine {
    version: u32,
    #[serde(flatten)]
    answer: Answer,
}

impl Request {
    /// The request as a line, with its line break.
    ///
    /// # Errors
    /// Only if a value cannot be written as JSON, of which there is none.
    pub fn to_line(&self) -> Result<String, serde_json::Error> {
        let mut line = RequestLine {
            version: VERSION,
            request: String::new(),
            follow: false,
            files: Vec::new(),
            manner: Manner::default(),
        };
        line.request = match self {
            Self::Status { follow } => {
                line.follow = *follow;
                "status"
            }
            Self::Wish(Wish::Start(manner)) => {
                line.manner = manner.clone();
                "start"
            }
            Self::Wish(Wish::Stop) => "stop",
            Self::Wish(Wish::Toggle(manner)) => {
                line.manner = manner.clone();
                "toggle"
            }
            Self::Wish(Wish::Cancel) => "cancel",
            Self::Wish(Wish::Undo) => "undo",
            Self::Wish(Wish::PasteLast) => "paste_last",
            Self::Wish(Wish::NextLanguage) => "next_language",
            Self::Show { files } => {
                line.files = files.iter().cloned().map(FileName::from).collect();
                "show"
            }
        }
        .to_owned();
        Ok(serde_json::to_string(&line)? + "\n")
    }

    /// Reads a line, with or without its line break.
    ///
    /// # Errors
    /// A refusal to send back.
    pub fn parse(line: &[u8]) -> Result<Self, Refusal> {
        if line.len() > LONGEST_REQUEST {
            return Err(Refusal::too_long());
        }
        let garbage = |error: serde_json::Error| {
            Refusal::new(RefusalKind::Garbage, format!("this is no request: {error}"))
        };
        let Versioned { version } = serde_json::from_slice(line).map_err(garbage)?;
        if version != VERSION {
            let message = format!(
                "version {version} of the protocol is asked for, and the running Hark speaks {VERSION}; restart it \
                 if it is the older one"
            );
            return Err(Refusal::new(RefusalKind::Version, message));
        }
        let line: RequestLine = serde_json::from_slice(line).map_err(garbage)?;
        Ok(match line.request.as_str() {
            "status" => Self::Status { follow: line.follow },
            "start" => Self::Wish(Wish::Start(known(line.manner)?)),
            "stop" => Self::Wish(Wish::Stop),
            "toggle" => Self::Wish(Wish::Toggle(known(line.manner)?)),
            "cancel" => Self::Wish(Wish::Cancel),
            "undo" => Self::Wish(Wish::Undo),
            "paste_last" => Self::Wish(Wish::PasteLast),
            "next_language" => Self::Wish(Wish::NextLanguage),
            "show" => Self::Show { files: line.files.into_iter().map(PathBuf::from).collect() },
            _ => {
                let message = "there is no such request; there are status, start, stop, toggle, cancel, undo, paste_last, next_language and show";
                return Err(Refusal::new(RefusalKind::UnknownRequest, message));
            }
        })
    }
}

/// The manner with its language's code.
fn known(manner: Manner) -> Result<Manner, Refusal> {
    let code = language::code_of(manner.language.as_deref());
    let language = code.map_err(|error| Refusal::new(RefusalKind::Language, error.to_string()))?;
    Ok(Manner { language, ..manner })
}

impl Answer {
    /// The answer as a line, with its line break.
    ///
    /// # Errors
    /// Only if a value cannot be written as JSON, of which there is none.
    pub fn to_line(&self) -> Result<String, serde_json::Error> {
        let line = AnswerLine { version: VERSION, answer: self.clone() };
        Ok(serde_json::to_string(&line)? + "\n")
    }

    /// Reads a line of any version: a refusal is to be understood even where nothing else is.
    ///
    /// # Errors
    /// If the line is no answer.
    pub fn parse(line: &[u8]) -> Result<Self, serde_json::Error> {
        Ok(serde_json::from_slice::<AnswerLine>(line)?.answer)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(line: impl AsRef<[u8]>) -> RefusalKind {
        Request::parse(line.as_ref()).unwrap_err().kind
    }

    #[test]
    fn every_request_survives_its_line() {
        let manner = Manner { language: Some("de".into()), translate: true, enter: true };
        let wishes = [
            Wish::Start(Manner::default()),
            Wish::Stop,
            Wish::Toggle(manner),
            Wish::Cancel,
            Wish::Undo,
            Wish::PasteLast,
            Wish::NextLanguage,
        ]
        .map(Request::Wish);
        let others = [
            Request::Status { follow: false },
            Request::Status { follow: true },
            Request::Show { files: vec![] },
            Request::Show { files: vec!["/a b/\"ü\"\n.wav".into(), "/c".into()] },
        ];
        for request in wishes.into_iter().chain(others) {
            let line = request.to_line().unwrap();
            assert_eq!(line.find('\n'), Some(line.len() - 1), "one line: {line}");
            assert_eq!(Request::parse(line.as_bytes()).unwrap(), request, "{line}");
        }
        let line = Request::Wish(Wish::Toggle(Manner::default())).to_line().unwrap();
        assert_eq!(line, "{\"version\":1,\"request\":\"toggle\"}\n");
    }

    #[cfg(unix)]
    #[test]
    fn paths_need_not_be_text() {
        use std::os::unix::ffi::OsStringExt;
        let path = PathBuf::from(std::ffi::OsString::from_vec(b"/\xff.wav".to_vec()));
        let request = Request::Show { files: vec![path] };
        assert_eq!(Request::parse(request.to_line().unwrap().as_bytes()).unwrap(), request);
    }

    #[test]
    fn the_longest_files_fit() {
        let longest = PathBuf::from("/".to_owned() + &"\u{1}".repeat(4095));
        let line = Request::Show { files: vec![longest; MOST_FILES] }.to_line().unwrap();
        assert!(line.len() < LONGEST_REQUEST, "{}", line.len());
    }

    #[test]
    fn garbage_is_refused_and_never_a_request() {
        let deep = "[".repeat(100_000);
        let lines: [&[u8]; 11] = [
            b"",
            b"\n",
            b"toggle",
            b"{}",
            b"[1]",
            b"{\"version\":1}",
            b"{\"version\":\"1\",\"request\":\"toggle\"}",
            b"{\"version\":1,\"request\":7}",
            b"{\"version\":1,\"request\":\"show\",\"files\":[[999]]}",
            b"\xff\xfe\0",
            deep.as_bytes(),
        ];
        for line in lines {
            assert_eq!(refused(line), RefusalKind::Garbage, "{:?}", String::from_utf8_lossy(line));
        }
        let whole = Request::Show { files: vec!["/a".into()] }.to_line().unwrap();
        for end in 0..whole.len() - 2 {
            assert_eq!(refused(&whole[..end]), RefusalKind::Garbage, "{end}");
        }
    }

    #[test]
    fn other_versions_and_unknown_requests_are_told_apart() {
        assert_eq!(refused(r#"{"version":2,"request":["of","another","shape"]}"#), RefusalKind::Version);
        assert_eq!(refused(r#"{"version":0,"request":"toggle"}"#), RefusalKind::Version);
        assert_eq!(refused(r#"{"version":1,"request":"explode"}"#), RefusalKind::UnknownRequest);
        assert_eq!(refused(" ".repeat(LONGEST_REQUEST + 1)), RefusalKind::TooLong);
        assert_eq!(
            refused(r#"{"version":1,"request":"toggle","language":"klingon"}"#),
            RefusalKind::Language
        );
        let german = Request::parse(br#"{"version":1,"request":"start","language":"German"}"#).unwrap();
        let manner = Manner { language: Some("de".into()), ..Manner::default() };
        assert_eq!(german, Request::Wish(Wish::Start(manner)), "names become codes");
        let more = Request::parse(br#"{"version":1,"request":"stop","why":"done"}"#).unwrap();
        assert_eq!(more, Request::Wish(Wish::Stop), "unknown fields are ignored");
    }

    #[test]
    fn every_answer_survives_its_line() {
        let status = Status { text: Some("Hello.\n\"ü\"".into()), ..Status::default() };
        for answer in [
            Answer::Status(status.clone()),
            Answer::Taken { changed: true, status },
            Answer::Shown { files: 3 },
            Answer::Refused(Refusal::too_long()),
        ] {
            let line = answer.to_line().unwrap();
            assert_eq!(line.find('\n'), Some(line.len() - 1), "one line: {line}");
            assert!(line.starts_with("{\"version\":1,\"answer\":\""), "{line}");
            assert_eq!(Answer::parse(line.as_bytes()).unwrap(), answer);
        }
    }

    #[test]
    fn a_newer_hark_s_refusal_is_understood() {
        let line = br#"{"version":2,"answer":"refused","kind":"tired","message":"Not now.","until":9}"#;
        let expected = Refusal::new(RefusalKind::Other, "Not now.");
        assert_eq!(Answer::parse(line).unwrap(), Answer::Refused(expected));
    }
}
