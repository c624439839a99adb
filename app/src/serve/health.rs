//! What is said of the service as a whole.

use super::offer::{Offered, Stand};
use crate::prometheus::{self, About};
use hark_engine::metrics::Figures;
use serde_json::{Value, json};

/// What the engine does, as Prometheus reads it.
pub fn metrics(stand: &Stand, figures: &Figures) -> String {
    let Stand { model, backend, npu } = stand;
    // Somebody computes only while a model is there.
    let model = model.name().filter(|_| model.is_here()).zip(backend.as_ref());
    prometheus::page(figures, About { model, npu: npu.as_ref() })
}

/// All of it as data, with how many requests are in hand out of how many, and what became of jobs.
pub fn json(stand: &Stand, (taken, places): (usize, usize), figures: &Figures) -> Value {
    let Stand { model, backend, npu } = stand;
    let Figures { finished, failed, cancelled, refused, .. } = figures;
    let (status, message) = match model {
        Offered::Here { .. } => ("ok", None),
        Offered::Away { .. } => ("ok", Some("the model is not in memory; it is loaded when it is asked for")),
        Offered::Nothing { why } => ("no_model", Some(why.as_str())),
    };
    json!({
        "status": status,
        "message": message,
        "hark": env!("CARGO_PKG_VERSION"),
        "model": model.name(),
        "loaded": model.is_here(),
        "backend": backend,
        "npu": npu,
        "queue": { "requests": taken, "most": places },
        "jobs": {
            "under_way": figures.under_way(),
            "finished": finished,
            "failed": failed,
            "cancelled": cancelled,
            "refused": refused,
        },
    })
}
