//! What every answer is written with.

use axum::body::Body;
use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderValue, StatusCode};
use axum::response::Response;
use serde::Serialize;

/// Data as an answer.
pub fn json(status: StatusCode, value: &impl Serialize) -> Response {
    // What is answered here can always be written.
    let mut response = text("application/json", serde_json::to_string(value).unwrap_or_default());
    *response.status_mut() = status;
    response
}

/// Text of some type as an answer.
pub fn text(kind: &'static str, text: String) -> Response {
    let mut response = Response::new(Body::from(text));
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(kind));
    response
}
