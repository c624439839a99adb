//! A measurement under way, on a thread of its own, and the newest one that is done.

use crate::measured::{Measure, Measured};
use crossbeam_channel::{Receiver, TryRecvError, bounded};
use eframe::egui::Context;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

/// What came of the last measurement, for people where it failed.
pub type Outcome = Result<Measured, String>;

/// Measures on demand, one model at a time.
pub struct Measuring {
    measure: Arc<dyn Measure>,
    outcome: Option<Outcome>,
    under_way: Option<UnderWay>,
}

struct UnderWay {
    cancel: Arc<AtomicBool>,
    answer: Receiver<Option<Outcome>>,
}

impl Drop for UnderWay {
    fn drop(&mut self) {
        self.cancel.store(true, Ordering::Relaxed);
    }
}

impl Measuring {
    /// Nothing was measured.
    pub fn new(measure: Arc<dyn Measure>) -> Self {
        Self { measure, outcome: None, under_way: None }
    }

    /// Begins to measure this model, unless something is being measured.
    pub fn begin(&mut self, ctx: &Context, model: &str) {
        if self.under_way.is_some() {
            return;
        }
        let (sender, answer) = bounded(1);
        let cancel = Arc::new(AtomicBool::new(false));
        let (measure, stop) = (Arc::clone(&self.measure), Arc::clone(&cancel));
        let (ctx, model) = (ctx.clone(), model.to_owned());
        let work = move || {
            // The window may be gone by now.
            let _ = sender.send(measure.measure(&model, &stop).transpose());
            ctx.request_repaint();
        };
        if thread::Builder::new().name("hark-benchmark".into()).spawn(work).is_ok() {
            self.under_way = Some(UnderWay { cancel, answer });
        }
    }

    /// Ends what is under way; what was measured before stays.
    pub fn cancel(&mut self) {
        self.under_way = None;
    }

    /// Takes what has come over, without waiting.
    pub fn take(&mut self) {
        match self.under_way.as_ref().map(|under_way| under_way.answer.try_recv()) {
            Some(Ok(outcome)) => {
                self.outcome = outcome.or_else(|| self.outcome.take());
                self.under_way = None;
            }
            Some(Err(TryRecvError::Disconnected)) => self.under_way = None,
            Some(Err(TryRecvError::Empty)) | None => {}
        }
    }

    /// What came of the last one.
    pub fn outcome(&self) -> Option<&Outcome> {
        self.outcome.as_ref()
    }

    /// Whether something is being measured.
    pub fn is_under_way(&self) -> bool {
        self.under_way.is_some()
    }
}
