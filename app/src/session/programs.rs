//! Texts for other programs, from the engine that the window has: the switch in the settings, and what it does.
//!
//! The service has a thread of its own, and asks the engine itself, as one more customer. The session starts and stops
//! it, says which model there is, and has that one loaded for whoever wants a text. It never waits for the service, and
//! knows of its clients nothing but how many there are.

use super::desk::Desk;
use super::snapshot::{EngineView, NotOffered, ServiceState, ServiceView};
use super::state::Session;
use crate::engine_thread::EngineCommand;
use crate::serve::{Guard, Limits, Offer, Offered, Port, Service, Setup};
use crate::settings::ServiceChoices;
use crate::text::reason;
use crossbeam_channel::{Receiver, Sender, bounded};
use hark_engine::metrics::Monitor;
use hark_engine::schedule;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::time::Instant;

/// Places on the engine that no client takes: they are the window's own.
const OWN_PLACES: usize = 8;

/// What clients are told while there is only the demo model.
const ONLY_DEMO: &str =
    "there is only the demo model, which knows no audio but its own clips; choose a model in Hark's window";

/// The service, as far as the session has to know of it.
pub struct Programs {
    engine: Sender<EngineCommand>,
    monitor: Monitor,
    offer: Offer,
    running: Option<Running>,
    /// Those that were told to stop and have not ended.
    leaving: Vec<Service>,
    /// Why nobody is answered who should be, until something is chosen anew.
    problem: Option<NotOffered>,
}

struct Running {
    service: Service,
    address: SocketAddr,
}

impl Programs {
    /// A service that is off, of this desk's engine; and where it is heard that something has changed with it.
    pub fn of(desk: &mut Desk) -> (Self, Receiver<()>) {
        let (changed, news) = bounded(1);
        // What has not been heard yet is news enough.
        let offer = Offer::new(move || {
            let _ = changed.try_send(());
        });
        let leaving = offer.clone();
        desk.before_its_model_leaves(move || leaving.withdraw());
        let (engine, monitor) = desk.engine();
        let programs = Self { engine, monitor, offer, running: None, leaving: Vec::new(), problem: None };
        (programs, news)
    }

    /// Whether somebody wants a text.
    pub fn have_customers(&self) -> bool {
        self.offer.customers() > 0
    }

    /// What was in the way may be so no more.
    pub fn try_again(&mut self) {
        self.problem = None;
    }

    /// How it stands, to show.
    pub fn view(&self, choices: ServiceChoices) -> Option<ServiceView> {
        let state = match (&self.running, &self.problem) {
            (Some(Running { address, .. }), _) => ServiceState::On { address: *address },
            (None, Some(problem)) => ServiceState::Failed(problem.clone()),
            (None, None) if choices.on => ServiceState::Opening,
            (None, None) => ServiceState::Off,
        };
        Some(ServiceView { choices, state })
    }

    /// Starts or stops, as it was chosen.
    fn follow(&mut self, choices: ServiceChoices) {
        self.leaving.retain(|service| !service.has_ended());
        if !choices.on {
            self.problem = None;
        }
        let here = |running: &Running| choices.on && running.address.port() == choices.port.get();
        if let Some(mut old) = self.running.take_if(|running| !here(running)) {
            old.service.leave();
            self.leaving.push(old.service);
        }
        // The port may be that of one who has just been told to stop; that it is free is heard.
        let is_free = !self.leaving.iter().any(Service::listens);
        if choices.on && self.running.is_none() && self.problem.is_none() && is_free {
            match self.start(choices.port.get()) {
                Ok(running) => self.running = Some(running),
                Err(error) if error.kind() == io::ErrorKind::AddrInUse => {
                    self.problem = Some(NotOffered::PortTaken);
                }
                Err(error) => self.problem = Some(NotOffered::Refused(reason(&error))),
            }
        }
    }

    fn start(&self, port: u16) -> io::Result<Running> {
        let port = Port::take((Ipv4Addr::LOCALHOST, port).into())?;
        let address = port.address()?;
        let places = schedule::Limits::default().jobs.saturating_sub(OWN_PLACES);
        let service = Service::start(Setup {
            port,
            engine: self.engine.clone(),
            monitor: self.monitor.clone(),
            guard: Guard { token: None, open: false },
            limits: Limits { requests: places, ..Limits::default() },
            offer: self.offer.clone(),
            forced: None,
        })?;
        Ok(Running { service, address })
    }

    /// Stops for good. What is in hand may go on for a moment.
    pub fn close(&mut self) {
        self.offer.put(Offered::Nothing { why: "Hark is being ended".into() }, None, None);
        self.leaving.extend(self.running.take().map(|running| running.service));
        self.leaving.iter_mut().for_each(Service::leave);
    }

    /// Waits for the end of what is in hand, until then.
    pub fn finish(self, deadline: Instant) {
        self.leaving.into_iter().for_each(|service| service.end(deadline));
    }
}

impl Session {
    /// Lets the service follow the settings and the engine.
    pub(super) fn serve_programs(&mut self) {
        let choices = self.settings.get().service;
        if choices.on {
            let backend = match self.desk.view() {
                EngineView::Ready { backend, .. } => Some(backend.clone()),
                _ => None,
            };
            let npu = self.desk.npu().map(|report| (*report).clone());
            self.programs.offer.put(self.offered(), backend, npu);
        }
        self.programs.follow(choices);
    }

    /// What programs are offered: the person's own model and no other, whatever the window has at this moment.
    fn offered(&self) -> Offered {
        if self.choice.fallback {
            return Offered::Nothing { why: ONLY_DEMO.into() };
        }
        let name = self.choice.name.clone();
        match self.desk.view() {
            EngineView::Failed { message, .. } => {
                let why = format!("the model {name} cannot be used: {message}; Hark's window has others");
                Offered::Nothing { why }
            }
            EngineView::Ready { .. } if self.retries.lent.is_none() => Offered::Here { name },
            _ => Offered::Away { name },
        }
    }
}
