//! What went wrong, in the shape in which OpenAI's service says it.

use super::body;
use axum::http::header::{RETRY_AFTER, WWW_AUTHENTICATE};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use hark_engine::metrics::WallTime;
use serde_json::{Value, json};

/// Seconds after which a model may be there again.
const AWAY_S: u64 = 5;

/// A request that was not answered as it was meant.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[error("{message}")]
pub struct Complaint {
    status: StatusCode,
    code: Option<&'static str>,
    /// The field that is to blame.
    param: Option<String>,
    message: String,
    /// Seconds after which it may be asked again.
    wait: Option<u64>,
}

impl Complaint {
    /// With any status.
    pub fn new(status: StatusCode, message: impl Into<String>) -> Self {
        Self { status, code: None, param: None, message: message.into(), wait: None }
    }

    /// The request makes no sense.
    pub fn invalid(message: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, message)
    }

    /// Something failed here that the client has no part in.
    pub fn internal(message: impl Into<String>) -> Self {
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, message)
    }

    /// There is no room now; maybe after this time.
    pub fn busy(wait: WallTime) -> Self {
        let wait = (wait.seconds().ceil() as u64).max(1);
        let message = format!("as many recordings are under way as are done at once; try again in {wait} s");
        Self { wait: Some(wait), ..Self::new(StatusCode::TOO_MANY_REQUESTS, message).code("busy") }
    }

    /// There is no model to ask at this moment.
    pub fn away(message: impl Into<String>) -> Self {
        let wait = Some(AWAY_S);
        Self { wait, ..Self::new(StatusCode::SERVICE_UNAVAILABLE, message).code("no_model") }
    }

    /// The field that is to blame.
    pub fn about(self, param: impl Into<String>) -> Self {
        Self { param: Some(param.into()), ..self }
    }

    /// A word for programs.
    pub fn code(self, code: &'static str) -> Self {
        Self { code: Some(code), ..self }
    }

    /// What it is, as data.
    pub fn json(&self) -> Value {
        let kind = match self.status {
            StatusCode::TOO_MANY_REQUESTS => "requests",
            StatusCode::UNAUTHORIZED => "authentication_error",
            StatusCode::FORBIDDEN => "permission_error",
            status if status.is_server_error() => "server_error",
            _ => "invalid_request_error",
        };
        let Self { message, param, code, .. } = self;
        json!({ "error": { "message": message, "type": kind, "param": param, "code": code } })
    }
}

impl IntoResponse for Complaint {
    fn into_response(self) -> Response {
        let mut response = body::json(self.status, &self.json());
        let headers = response.headers_mut();
        if let Some(wait) = self.wait {
            headers.insert(RETRY_AFTER, HeaderValue::from(wait));
        }
        if self.status == StatusCode::UNAUTHORIZED {
            headers.insert(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        response
    }
}
