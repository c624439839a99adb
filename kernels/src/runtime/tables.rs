//! All handles that are alive, and what is parked.

use super::handles::Table;
use super::objects::{Buffer, Context, Kernel, Opened, Xclbin};
use super::run::{List, Run};
use std::sync::Arc;
use std::sync::atomic::Ordering;

/// Everything that is alive, and what is parked.
pub(super) struct Tables {
    pub(super) devices: Table<Arc<Opened>>,
    pub(super) xclbins: Table<Arc<Xclbin>>,
    pub(super) contexts: Table<Arc<Context>>,
    pub(super) kernels: Table<Arc<Kernel>>,
    pub(super) buffers: Table<Arc<Buffer>>,
    pub(super) runs: Table<Arc<Run>>,
    pub(super) lists: Table<Arc<List>>,
    parked: Vec<Parked>,
}

/// What was let go while the device used it: kept until it does no more.
pub(super) enum Parked {
    Context(Arc<Context>),
    Buffer(Arc<Buffer>),
    Run(Arc<Run>),
    List(Arc<List>),
}

impl Tables {
    pub(super) fn new() -> Self {
        Self {
            devices: Table::new("device"),
            xclbins: Table::new("xclbin"),
            contexts: Table::new("context"),
            kernels: Table::new("kernel"),
            buffers: Table::new("buffer"),
            runs: Table::new("run"),
            lists: Table::new("run list"),
            parked: Vec::new(),
        }
    }

    /// Keeps what the device uses, and lets go of what it no longer does.
    pub(super) fn park(&mut self, what: Option<Parked>) {
        self.parked.retain(Parked::is_in_use);
        self.parked.extend(what.filter(Parked::is_in_use));
    }

    /// How many handles are alive, and how many runs and lists are parked.
    pub(super) fn counts(&mut self) -> (usize, usize) {
        self.park(None);
        let Self { devices, xclbins, contexts, kernels, buffers, runs, lists, parked } = self;
        let made = devices.len() + xclbins.len() + contexts.len() + kernels.len();
        let commands = parked.iter().filter(|parked| matches!(parked, Parked::Run(_) | Parked::List(_)));
        (made + buffers.len() + runs.len() + lists.len(), commands.count())
    }
}

impl Parked {
    fn is_in_use(&self) -> bool {
        match self {
            Self::Context(context) => context.users.load(Ordering::Relaxed) > 0,
            Self::Buffer(buffer) => buffer.view.in_use(),
            Self::Run(run) => run.is_under_way(),
            Self::List(list) => list.is_under_way(),
        }
    }
}
