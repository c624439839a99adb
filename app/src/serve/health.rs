//! What is said of the service as a whole.

use crate::prometheus::{self, About};
use hark_engine::encoder::BackendInfo;
use hark_engine::encoder::npu::NpuReport;
use hark_engine::metrics::Figures;
use serde_json::{Value, json};
use std::sync::{Arc, Mutex, PoisonError};

/// Who computes, as it stands now. Clones share it.
#[derive(Clone, Debug, Default)]
pub struct Health(Arc<Mutex<State>>);

#[derive(Clone, Debug, Default)]
struct State {
    backend: Option<BackendInfo>,
    npu: Option<NpuReport>,
}

impl Health {
    /// The model is loaded, and this computes.
    pub fn note_backend(&self, backend: BackendInfo) {
        self.change(|state| state.backend = Some(backend));
    }

    /// Who encodes may change while a model is loaded.
    pub fn note_npu(&self, report: NpuReport) {
        self.change(|state| {
            if let Some(backend) = &mut state.backend {
                (backend.kind, backend.name) = (report.backend_kind(), report.badge());
            }
            state.npu = Some(report);
        });
    }

    fn change(&self, change: impl FnOnce(&mut State)) {
        change(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner));
    }

    /// What the engine does, as Prometheus reads it.
    pub fn metrics(&self, model: &str, figures: &Figures) -> String {
        let State { backend, npu } = self.state();
        let model = backend.as_ref().map(|backend| (model, backend));
        prometheus::page(figures, About { model, npu: npu.as_ref() })
    }

    fn state(&self) -> State {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// All of it as data, with the model, how many requests are in hand out of how many, and what became of jobs.
    pub fn json(&self, model: &str, (taken, places): (usize, usize), figures: &Figures) -> Value {
        let State { backend, npu } = self.state();
        let Figures { finished, failed, cancelled, refused, .. } = figures;
        json!({
            "status": "ok",
            "hark": env!("CARGO_PKG_VERSION"),
            "model": model,
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
}
