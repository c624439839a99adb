//! The checks, made on a thread of their own: the window never waits for a sound system or a driver.

use crate::checks::{self, Check};
use crossbeam_channel::{Receiver, TryRecvError, bounded};
use eframe::egui::Context;
use std::sync::Arc;
use std::thread;

/// What the checks found, and the same as a text for others.
pub struct Finding {
    /// One after the other.
    pub checks: Vec<Check>,
    /// Without what tells who the person is.
    pub report: String,
}

/// Makes the checks; takes a second or longer.
pub trait Examine: Send + Sync {
    /// Every check.
    fn checks(&self) -> Vec<Check>;
}

struct ThisComputer;

impl Examine for ThisComputer {
    fn checks(&self) -> Vec<Check> {
        checks::all()
    }
}

/// The checks of this computer.
pub fn examine() -> Arc<dyn Examine> {
    Arc::new(ThisComputer)
}

/// The newest finding, and the one under way.
pub struct Examination {
    examine: Arc<dyn Examine>,
    finding: Option<Arc<Finding>>,
    under_way: Option<Receiver<Finding>>,
}

impl Examination {
    /// Nothing was looked at.
    pub fn new(examine: Arc<dyn Examine>) -> Self {
        Self { examine, finding: None, under_way: None }
    }

    /// Begins to look, unless somebody looks already.
    pub fn begin(&mut self, ctx: &Context) {
        if self.under_way.is_some() {
            return;
        }
        let (sender, receiver) = bounded(1);
        let (examine, ctx) = (Arc::clone(&self.examine), ctx.clone());
        let look = move || {
            let checks = checks::without_folders(examine.checks());
            let report = checks::report(checks.clone());
            // The window may be gone by now.
            let _ = sender.send(Finding { checks, report });
            ctx.request_repaint();
        };
        if thread::Builder::new().name("hark-doctor".into()).spawn(look).is_ok() {
            self.under_way = Some(receiver);
        }
    }

    /// Takes what has been found over, without waiting.
    pub fn take(&mut self) {
        match self.under_way.as_ref().map(Receiver::try_recv) {
            Some(Ok(finding)) => (self.finding, self.under_way) = (Some(Arc::new(finding)), None),
            Some(Err(TryRecvError::Disconnected)) => self.under_way = None,
            Some(Err(TryRecvError::Empty)) | None => {}
        }
    }

    /// What was found last.
    pub fn finding(&self) -> Option<&Arc<Finding>> {
        self.finding.as_ref()
    }

    /// Whether somebody looks.
    pub fn is_under_way(&self) -> bool {
        self.under_way.is_some()
    }
}
