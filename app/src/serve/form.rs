//! The form of a request (`multipart/form-data`): a file and fields of text.

use super::complaint::Complaint;
use super::limits::Limits;
use super::spool::{Spool, SpoolError, Spools};
use super::upload::{Unseen, Upload, UploadError};
use axum::body::Body;
use axum::http::header::{CONTENT_LENGTH, CONTENT_TYPE};
use axum::http::{HeaderMap, StatusCode};
use hark_engine::metrics::WallTime;
use http_body_util::BodyDataStream;
use multer::{Error, Field, Multipart};
use std::error::Error as _;
use tokio::time::timeout;

/// What a form holds.
#[derive(Debug, Default)]
pub struct Form {
    pub file: Option<SentFile>,
    /// Names and values, in the form's order.
    pub fields: Vec<(String, String)>,
}

/// A file that came with a form.
#[derive(Debug)]
pub struct SentFile {
    pub spool: Spool,
    /// The last part of what the client calls it, as far as it is harmless. For messages and its ending alone: no file
    /// of this machine is ever called so.
    pub name: String,
}

/// What is said of a file whose name says nothing.
const NAMELESS: &str = "the file";
/// Names are cut after so many characters.
const LONGEST_NAME: usize = 80;
/// How long uploads are told to wait that find no room on the disk.
const LATER: WallTime = WallTime(10.0);

/// Reads a request's body as a form.
///
/// # Errors
/// What is told to the client.
pub async fn read(
    headers: &HeaderMap,
    body: Body,
    limits: Limits,
    spools: &Spools,
) -> Result<Form, Complaint> {
    let stated = headers.get(CONTENT_LENGTH).and_then(|value| value.to_str().ok()?.parse::<u64>().ok());
    if stated.is_some_and(|length| length > limits.upload) {
        return Err(UploadError::TooLarge(limits.upload).into());
    }
    let kind = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let boundary = multer::parse_boundary(kind)
        .map_err(|_| Complaint::invalid("the request is no form: send it as multipart/form-data"))?;
    let upload = Upload::new(body, limits);
    let unseen = upload.unseen();
    let mut parts = Multipart::new(BodyDataStream::new(upload), boundary);
    let mut form = Form::default();
    while let Some(field) = in_time(limits, parts.next_field()).await? {
        unseen.seen();
        if form.fields.len() + usize::from(form.file.is_some()) >= limits.fields {
            return Err(Complaint::invalid("the form has too many fields"));
        }
        let name = field.name().unwrap_or_default().to_owned();
        if name == "file" {
            if form.file.is_some() {
                return Err(twice(name));
            }
            form.file = Some(file(field, limits, &unseen, spools).await?);
            continue;
        }
        // Lists are made of fields of one name.
        if !name.ends_with("[]") && form.fields.iter().any(|(other, _)| *other == name) {
            return Err(twice(name));
        }
        let text = text(field, limits, &unseen, &name).await?;
        form.fields.push((name, text));
    }
    Ok(form)
}

async fn file(
    mut field: Field<'_>,
    limits: Limits,
    unseen: &Unseen,
    spools: &Spools,
) -> Result<SentFile, Complaint> {
    let name = harmless(field.file_name().unwrap_or_default());
    let mut spool = spools.begin().map_err(|error| unkept(&error.into()))?;
    while let Some(bytes) = in_time(limits, field.chunk()).await? {
        unseen.seen();
        spool.write(&bytes).map_err(|error| unkept(&error))?;
    }
    Ok(SentFile { spool, name })
}

async fn text(
    mut field: Field<'_>,
    limits: Limits,
    unseen: &Unseen,
    name: &str,
) -> Result<String, Complaint> {
    let mut text = Vec::new();
    while let Some(bytes) = in_time(limits, field.chunk()).await? {
        unseen.seen();
        text.extend_from_slice(&bytes);
        if text.len() > limits.text {
            let message = format!("the field is longer than {} bytes", limits.text);
            return Err(Complaint::new(StatusCode::PAYLOAD_TOO_LARGE, message).about(shown(name)));
        }
    }
    String::from_utf8(text).map_err(|_| Complaint::invalid("the field is no UTF-8 text").about(shown(name)))
}

/// The parser's answer. It waits for the upload alone, which has a limit of its own; this one is for a parser that
/// forgets what it waits for.
async fn in_time<T>(limits: Limits, answer: impl Future<Output = Result<T, Error>>) -> Result<T, Complaint> {
    timeout(2 * limits.silence, answer)
        .await
        .map_err(|_| UploadError::TooSlow)?
        .map_err(|error| complaint(&error))
}

/// The last part of a path of any system, in letters that mean nothing to anybody.
fn harmless(name: &str) -> String {
    let last = name.rsplit(['/', '\\']).next().unwrap_or_default();
    let plain = |c: char| c.is_alphanumeric() || matches!(c, '.' | '-' | '_' | ' ');
    let kept: Vec<char> = last.chars().filter(|c| plain(*c)).collect();
    // The end of a name says what it is.
    let name: String = kept[kept.len().saturating_sub(LONGEST_NAME)..].iter().collect();
    let name = name.trim_start_matches('.').trim();
    if name.is_empty() { NAMELESS.into() } else { name.into() }
}

/// A field's name, as far as it is repeated to the client.
pub fn shown(name: &str) -> String {
    name.chars().take(LONGEST_NAME).collect()
}

fn twice(name: String) -> Complaint {
    Complaint::invalid("the field is there twice").about(name)
}

fn unkept(error: &SpoolError) -> Complaint {
    match error {
        SpoolError::Full => Complaint::busy(LATER),
        SpoolError::Io(error) => {
            let message = format!("the upload cannot be kept: {}", crate::text::reason(error));
            Complaint::new(StatusCode::INSUFFICIENT_STORAGE, message)
        }
    }
}

impl From<UploadError> for Complaint {
    fn from(error: UploadError) -> Self {
        let status = match error {
            UploadError::TooLarge(_) => StatusCode::PAYLOAD_TOO_LARGE,
            UploadError::TooSlow => StatusCode::REQUEST_TIMEOUT,
            UploadError::NoForm | UploadError::BrokeOff => StatusCode::BAD_REQUEST,
        };
        Self::new(status, error.to_string())
    }
}

fn complaint(error: &Error) -> Complaint {
    let upload = error.source().and_then(|source| source.downcast_ref::<UploadError>());
    upload.map_or_else(
        || Complaint::invalid(format!("the form cannot be read: {error}")),
        |error| (*error).into(),
    )
}

#[cfg(test)]
#[path = "form_tests.rs"]
mod tests;
