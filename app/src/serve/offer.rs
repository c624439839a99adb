//! What is offered: a model that may come and go, and who computes with it.
//!
//! Whoever has the engine says how that stands; the service reads it, and waits where a model is only away. So that no
//! job meets another model than the one that it is for, it is put to the engine while the offer is held open, and the
//! offer is closed before the engine is told to load or to forget anything.

use hark_engine::encoder::BackendInfo;
use hark_engine::encoder::npu::NpuReport;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use tokio::sync::watch;

/// What is offered, as it stands now. Clones share it.
#[derive(Clone)]
pub struct Offer(Arc<Shared>);

struct Shared {
    stand: watch::Sender<Stand>,
    customers: AtomicUsize,
    /// Tells whoever has the engine that something has changed here; must not wait for anything.
    tell: Box<dyn Fn() + Send + Sync>,
}

/// How it stands.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Stand {
    pub model: Offered,
    /// Who computes; `None` before any model was loaded.
    pub backend: Option<BackendInfo>,
    /// How the NPU stands, if there is one.
    pub npu: Option<NpuReport>,
}

/// The model, by the name that clients give it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Offered {
    /// It is loaded.
    Here { name: String },
    /// It is not loaded at this moment; it will be, because there are customers.
    Away { name: String },
    /// There is none to wait for: why, and what to do about it.
    Nothing { why: String },
}

impl Default for Offered {
    fn default() -> Self {
        Self::Nothing { why: "Hark is just starting; ask again".into() }
    }
}

impl Offered {
    /// The model's name, if there is one.
    pub fn name(&self) -> Option<&str> {
        match self {
            Self::Here { name } | Self::Away { name } => Some(name),
            Self::Nothing { .. } => None,
        }
    }

    /// Whether it is loaded.
    pub fn is_here(&self) -> bool {
        matches!(self, Self::Here { .. })
    }
}

/// Somebody who wants a text, until it is dropped.
pub struct Customer(Offer);

impl Offer {
    /// Nothing yet. `tell` is called when customers come or go, and when a service has closed.
    pub fn new(tell: impl Fn() + Send + Sync + 'static) -> Self {
        let (stand, customers) = (watch::Sender::default(), AtomicUsize::default());
        Self(Arc::new(Shared { stand, customers, tell: Box::new(tell) }))
    }

    /// Offers this from now on: a model, who computes, and how the NPU stands.
    pub fn put(&self, model: Offered, backend: Option<BackendInfo>, npu: Option<NpuReport>) {
        self.change(|stand| *stand = Stand { model, backend, npu });
    }

    /// Who encodes may change while a model is loaded.
    pub fn note_npu(&self, report: NpuReport) {
        self.change(|stand| {
            if let Some(backend) = &mut stand.backend {
                (backend.kind, backend.name) = (report.backend_kind(), report.badge());
            }
            stand.npu = Some(report);
        });
    }

    /// The model leaves: from now on, nobody puts anything to the engine that is meant for it.
    pub fn withdraw(&self) {
        self.change(|stand| {
            if let Offered::Here { name } = &mut stand.model {
                stand.model = Offered::Away { name: std::mem::take(name) };
            }
        });
    }

    fn change(&self, change: impl FnOnce(&mut Stand)) {
        self.0.stand.send_if_modified(|stand| {
            let before = stand.clone();
            change(stand);
            *stand != before
        });
    }

    /// How it stands.
    pub fn stand(&self) -> Stand {
        self.0.stand.borrow().clone()
    }

    /// How many want a text.
    pub fn customers(&self) -> usize {
        self.0.customers.load(Ordering::Acquire)
    }

    /// Somebody more wants a text.
    pub fn enter(&self) -> Customer {
        self.0.customers.fetch_add(1, Ordering::AcqRel);
        self.tell();
        Customer(self.clone())
    }

    /// Tells whoever has the engine that something has changed.
    pub fn tell(&self) {
        (self.0.tell)();
    }

    /// Waits until a model is here, or until there is none to wait for.
    pub async fn settled(&self) -> Offered {
        self.until(|model| !matches!(model, Offered::Away { .. })).await
    }

    /// Waits until the model leaves.
    pub async fn left(&self) {
        self.until(|model| !model.is_here()).await;
    }

    async fn until(&self, fits: impl Fn(&Offered) -> bool) -> Offered {
        let mut stand = self.0.stand.subscribe();
        // It ends only with its sender, which is held here.
        stand.wait_for(|stand| fits(&stand.model)).await.map(|stand| stand.model.clone()).unwrap_or_default()
    }

    /// Does what must not wait while this model is here, and stays so meanwhile; `None` if it is not.
    pub fn while_here<T>(&self, name: &str, work: impl FnOnce() -> T) -> Option<T> {
        let stand = self.0.stand.borrow();
        (stand.model.is_here() && stand.model.name() == Some(name)).then(work)
    }
}

impl Drop for Customer {
    fn drop(&mut self) {
        self.0.0.customers.fetch_sub(1, Ordering::AcqRel);
        self.0.tell();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::future::Future;
    use std::pin::pin;
    use std::task::{Context, Poll, Waker};

    fn here(name: &str) -> Offered {
        Offered::Here { name: name.into() }
    }

    #[test]
    fn nothing_is_asked_of_a_model_that_is_another_or_on_its_way_out() {
        let offer = Offer::new(|| {});
        assert_eq!(offer.while_here("first", || ()), None);
        offer.put(here("first"), None, None);
        assert_eq!(offer.while_here("first", || 7), Some(7));
        assert_eq!(offer.while_here("second", || 7), None);
        offer.withdraw();
        assert_eq!(offer.while_here("first", || 7), None);
        assert_eq!(offer.stand().model, Offered::Away { name: "first".into() });
        offer.put(Offered::Nothing { why: "no".into() }, None, None);
        offer.withdraw();
        assert_eq!(offer.stand().model, Offered::Nothing { why: "no".into() });
    }

    #[test]
    fn who_waits_is_woken_by_a_model_or_by_there_being_none() {
        for end in [here("first"), Offered::Nothing { why: "no".into() }] {
            let offer = Offer::new(|| {});
            offer.put(Offered::Away { name: "first".into() }, None, None);
            let mut waiting = pin!(offer.settled());
            let mut cx = Context::from_waker(Waker::noop());
            assert!(waiting.as_mut().poll(&mut cx).is_pending());
            offer.put(end.clone(), None, None);
            assert_eq!(waiting.as_mut().poll(&mut cx), Poll::Ready(end));
        }
    }

    #[test]
    fn customers_are_counted_and_told_of() {
        let told = Arc::new(AtomicUsize::default());
        let count = Arc::clone(&told);
        let offer = Offer::new(move || {
            count.fetch_add(1, Ordering::Relaxed);
        });
        let (first, second) = (offer.enter(), offer.enter());
        assert_eq!((offer.customers(), told.load(Ordering::Relaxed)), (2, 2));
        drop((first, second));
        assert_eq!((offer.customers(), told.load(Ordering::Relaxed)), (0, 4));
    }
}
