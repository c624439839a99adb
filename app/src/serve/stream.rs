//! A text that is sent as it comes: server-sent events (WHATWG HTML, "Server-sent events").

use super::office::{Asked, News};
use super::reply::usage;
use axum::body::Body;
use axum::http::HeaderValue;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::response::Response;
use bytes::Bytes;
use http_body::{Body as HttpBody, Frame};
use serde_json::{Value, json};
use std::convert::Infallible;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

/// The news of a recording as an answer. Whoever stops reading ends the work.
pub fn of(asked: Asked) -> Response {
    let mut response = Response::new(Body::new(Events { asked: Some(asked), anything: false }));
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/event-stream"));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    response
}

struct Events {
    /// `None` behind the last event.
    asked: Option<Asked>,
    /// Whether any text was sent.
    anything: bool,
}

impl Events {
    fn event(&mut self, news: News) -> Value {
        match news {
            News::Text(text) => {
                let delta = if self.anything { text.as_str() } else { text.trim_start() };
                self.anything |= !delta.is_empty();
                json!({ "type": "transcript.text.delta", "delta": delta })
            }
            News::End(Ok(finished)) => {
                let text = finished.transcript.text.trim();
                json!({ "type": "transcript.text.done", "text": text, "usage": usage(finished.audio) })
            }
            News::End(Err(complaint)) => complaint.json(),
        }
    }
}

impl HttpBody for Events {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        let Some(asked) = &self.asked else { return Poll::Ready(None) };
        let news = ready!(asked.poll_news(cx));
        if matches!(news, News::End(_)) {
            self.asked = None;
        }
        let event = format!("data: {}\n\n", self.event(news));
        Poll::Ready(Some(Ok(Frame::data(event.into()))))
    }
}
