//! What outlives a model: how often the NPU may be tried again, what has changed, and the newest report. Shared
//! between who encodes and who tells people.

use super::recovery::recoveries;
use super::report::{BackendChange, NpuReport, NpuState, NpuUse};
use super::stamps::Stamps;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// New processes after a fault, in a session.
const RESTARTS: u32 = 1;
/// Changes that are kept.
const KEPT: usize = 256;

/// The NPU's part of a session of the program; clones are the same session.
#[derive(Clone, Debug, Default)]
pub struct NpuSession(Arc<Mutex<Known>>);

#[derive(Debug, Default)]
struct Known {
    restarts: u32,
    given_up: Option<NpuState>,
    changes: Vec<BackendChange>,
    /// Changes that are not kept any more.
    forgotten: usize,
    report: Option<NpuReport>,
    stamps: Stamps,
}

impl NpuSession {
    /// A session in which nothing has happened.
    pub fn new() -> Self {
        Self::default()
    }

    fn known(&self) -> MutexGuard<'_, Known> {
        // Every change is made at once: what a panic left is whole.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The newest report; `None` before the first model.
    pub fn report(&self) -> Option<NpuReport> {
        self.known().report.clone()
    }

    pub(super) fn publish(&self, report: NpuReport) {
        self.known().report = Some(report);
    }

    /// How many changes there were; for [`NpuSession::changes_since`].
    pub fn changes(&self) -> usize {
        let known = self.known();
        known.forgotten + known.changes.len()
    }

    /// The changes behind the first `count`.
    pub fn changes_since(&self, count: usize) -> Vec<BackendChange> {
        let known = self.known();
        known.changes.iter().skip(count.saturating_sub(known.forgotten)).cloned().collect()
    }

    /// What became of the NPU since the first `count` changes; `None` where there is no NPU.
    pub fn used_since(&self, count: usize) -> Option<NpuUse> {
        let report = self.report().filter(|report| report.state != NpuState::None)?;
        let trace = self.stamps().all();
        Some(NpuUse { report, changes: self.changes_since(count), recoveries: recoveries(&trace), trace })
    }

    pub(super) fn note_change(&self, change: BackendChange) {
        let mut known = self.known();
        if known.changes.len() == KEPT {
            known.changes.remove(0);
            known.forgotten += 1;
        }
        known.changes.push(change);
    }

    /// Takes one of the restarts, if one is left.
    pub(super) fn take_restart(&self) -> bool {
        let mut known = self.known();
        let left = known.restarts < RESTARTS;
        known.restarts += u32::from(left);
        left
    }

    pub(super) fn restarts(&self) -> u32 {
        self.known().restarts
    }

    /// Why the NPU is not used any more in this session, if so.
    pub fn given_up(&self) -> Option<NpuState> {
        self.known().given_up.clone()
    }

    pub(super) fn give_up(&self, state: NpuState) {
        self.known().given_up = Some(state);
    }

    /// When things happened around the device.
    pub fn stamps(&self) -> Stamps {
        self.known().stamps.clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn changes_are_counted_though_the_first_are_forgotten() {
        let session = NpuSession::new();
        let change = |at| BackendChange { from: "a".into(), to: "b".into(), reason: "c".into(), at };
        (0..300).for_each(|at| session.note_change(change(at)));
        assert_eq!(session.changes(), 300);
        let ats = |count| session.changes_since(count).iter().map(|c| c.at).collect::<Vec<_>>();
        assert_eq!(ats(298), [298, 299]);
        assert_eq!(ats(0).first(), Some(&44));
        assert!(ats(300).is_empty() && ats(1000).is_empty());
    }

    #[test]
    fn there_is_one_restart_for_all() {
        let session = NpuSession::new();
        let same = session.clone();
        assert!(session.take_restart() && !same.take_restart() && same.restarts() == 1);
    }
}
