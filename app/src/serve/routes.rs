//! What can be asked under which address.

use super::complaint::Complaint;
use super::form::{self, SentFile};
use super::guard::Guard;
use super::health;
use super::limits::Limits;
use super::offer::{Offer, Offered};
use super::office::Office;
use super::spool::{Spooled, Spools};
use super::wanted::{ANY_MODEL, Served, Wanted};
use super::{body, reply, stream};
use crate::prometheus;
use axum::Router;
use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::middleware::{self, Next};
use axum::response::Response;
use axum::routing::{get, post};
use hark_engine::guarded;
use hark_engine::metrics::Monitor;
use hark_engine::transcribe::Task;
use serde_json::{Value, json};
use std::sync::Arc;

/// All that an answer is made of.
pub struct Parts {
    pub office: Office,
    pub guard: Guard,
    pub limits: Limits,
    pub monitor: Monitor,
    pub offer: Offer,
    /// Tokens of every window, to measure.
    pub forced: Option<usize>,
    pub spools: Spools,
}

type Answer = Result<Response, Complaint>;

/// The service's addresses.
pub fn router(parts: Parts) -> Router {
    let parts = Arc::new(parts);
    Router::new()
        .route("/v1/audio/transcriptions", post(transcriptions))
        .route("/v1/audio/translations", post(translations))
        .route("/v1/models", get(models))
        .route("/v1/models/{name}", get(model))
        .route("/health", get(health_page))
        .route("/metrics", get(metrics))
        .fallback(nowhere)
        .method_not_allowed_fallback(not_so)
        .layer(middleware::from_fn_with_state(Arc::clone(&parts), guard))
        .with_state(parts)
}

async fn guard(State(parts): State<Arc<Parts>>, request: Request, next: Next) -> Answer {
    parts.guard.check(request.uri(), request.headers())?;
    Ok(next.run(request).await)
}

async fn transcriptions(State(parts): State<Arc<Parts>>, request: Request) -> Answer {
    text(&parts, request, Task::Transcribe).await
}

async fn translations(State(parts): State<Arc<Parts>>, request: Request) -> Answer {
    text(&parts, request, Task::Translate).await
}

async fn text(parts: &Parts, request: Request, task: Task) -> Answer {
    let place = parts.office.place()?;
    let (head, body) = request.into_parts();
    let form = form::read(&head.headers, body, parts.limits, &parts.spools).await?;
    let wanted = {
        let model = parts.offer.stand().model;
        let model = name(&model)?;
        Wanted::of(&form.fields, task, Served { model, forced: parts.forced })?
    };
    let file = form.file.ok_or_else(|| Complaint::invalid("the field `file` is missing").about("file"))?;
    let audio = open(file).await?;
    let asked = parts.office.ask(place, Box::new(audio), &wanted).await?;
    if !wanted.stream {
        return Ok(reply::of(&*asked.end().await?, &wanted));
    }
    asked.begun().await;
    match asked.failed() {
        Some(complaint) => Err(complaint),
        None => Ok(stream::of(asked)),
    }
}

/// Looks for audio in a file, beside other requests.
async fn open(file: SentFile) -> Result<Spooled, Complaint> {
    let SentFile { spool, name } = file;
    if spool.is_empty() {
        return Err(Complaint::invalid("the file is empty").about("file"));
    }
    let opened = tokio::task::spawn_blocking(move || guarded(|| Ok(spool.open(&name)?)));
    let opened = opened.await.map_err(|_| Complaint::internal("the file could not be looked at"))?;
    opened.map_err(|error: hark_engine::EngineError| Complaint::invalid(error.to_string()).about("file"))
}

async fn models(State(parts): State<Arc<Parts>>) -> Answer {
    let model = parts.offer.stand().model;
    let data: Vec<_> = names(&model).map(described).collect();
    Ok(body::json(StatusCode::OK, &json!({ "object": "list", "data": data })))
}

async fn model(State(parts): State<Arc<Parts>>, request: Request) -> Answer {
    let asked = request.uri().path().rsplit('/').next().unwrap_or_default();
    let model = parts.offer.stand().model;
    let found = names(&model).find(|name| *name == asked);
    let none = || {
        Complaint::new(StatusCode::NOT_FOUND, "there is no such model here")
            .about("model")
            .code("model_not_found")
    };
    Ok(body::json(StatusCode::OK, &described(found.ok_or_else(none)?)))
}

/// The model's own name.
fn name(model: &Offered) -> Result<&str, Complaint> {
    match model {
        Offered::Here { name } | Offered::Away { name } => Ok(name),
        Offered::Nothing { why } => Err(Complaint::away(why)),
    }
}

/// What the model can be called, if there is one.
fn names(model: &Offered) -> impl Iterator<Item = &str> {
    model.name().into_iter().flat_map(|name| [name, ANY_MODEL])
}

fn described(name: &str) -> Value {
    json!({ "id": name, "object": "model", "created": 0, "owned_by": "hark" })
}

async fn health_page(State(parts): State<Arc<Parts>>) -> Answer {
    let (queue, figures) = ((parts.office.taken(), parts.limits.requests), parts.monitor.figures());
    Ok(body::json(StatusCode::OK, &health::json(&parts.offer.stand(), queue, &figures)))
}

async fn metrics(State(parts): State<Arc<Parts>>) -> Response {
    let page = health::metrics(&parts.offer.stand(), &parts.monitor.figures());
    body::text(prometheus::CONTENT_TYPE, page)
}

async fn nowhere() -> Complaint {
    Complaint::new(StatusCode::NOT_FOUND, "there is nothing under this address").code("unknown_url")
}

async fn not_so() -> Complaint {
    Complaint::new(StatusCode::METHOD_NOT_ALLOWED, "this address is asked in another way")
        .code("method_not_allowed")
}
