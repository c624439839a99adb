//! `hark serve`: texts for other programs on this computer, over HTTP.

pub mod args;

use args::ServeArgs;

use super::exit::{Complaint, Exit, Failure, note};
use super::interrupt::Interrupt;
use super::transcribe::start_engine_within;
use super::{machine, models, stdout};
use crate::engine_thread::{EngineCommand, EngineEvent, EngineThread, Load};
use crate::models::Choice;
use crate::serve::{Guard, Limits, Offer, Offered, Port, Service, Setup, Token};
use crate::text::reason;
use crossbeam_channel::select;
use hark_engine::schedule;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

/// How long the service may take to end behind the time that requests have for that.
const LEAVING: Duration = Duration::from_secs(1);

/// Serves until somebody asks it to stop.
pub fn run(args: &ServeArgs) -> Result<Exit, Failure> {
    let open = !args.address.is_loopback();
    let token = token(args, open)?;
    let choice = models::choose(args.model.as_deref())?;
    if choice.fallback {
        return Err(Exit::DemoOnly.with(
            Complaint::new("there is only the demo model, which knows no audio but its own clips").hint(
                "name a model with --model; `--model demo` serves the demo model, which gives poor text",
            ),
        ));
    }
    if args.force_tokens.is_some() && !choice.name.starts_with("formula:") {
        return Err(Exit::Usage.with(
            Complaint::new("--force-tokens is for `formula:` models").hint("other models say what they hear"),
        ));
    }
    let port = take(SocketAddr::new(args.address, args.port))?;
    let address = port.address().map_err(|error| cannot_listen(&error))?;
    let interrupt = Interrupt::listen();
    let limits = schedule::Limits {
        batch: args.max_batch,
        wait: Duration::from_millis(args.max_wait_ms),
        ..schedule::Limits::default()
    };
    let engine = start_engine_within(args.threads.unwrap_or_else(machine::physical_cores), limits)?;
    let mut desk = Desk { engine, interrupt, offer: Offer::new(|| {}) };
    desk.load(choice, args)?;
    tell_who_is_served(open, token.is_some());
    let limits = Limits {
        upload: args.max_upload << 20,
        silence: Duration::from_secs(args.silence),
        ..Limits::default()
    };
    let service = Service::start(Setup {
        port,
        engine: desk.engine.commands.clone(),
        monitor: desk.engine.monitor.clone(),
        guard: Guard { token, open },
        limits,
        offer: desk.offer.clone(),
        forced: args.force_tokens,
    });
    let service = service.map_err(|error| cannot_listen(&error))?;
    stdout::put(&format!("Listening on http://{address}\n"))?;
    let ended = desk.watch();
    service.end(Instant::now() + limits.farewell + LEAVING);
    ended
}

/// The token, which those need who can be reached from elsewhere.
fn token(args: &ServeArgs, open: bool) -> Result<Option<Token>, Failure> {
    if open && args.token_file.is_none() {
        return Err(Exit::Usage.with(
            Complaint::new(format!("{} can be reached from other machines", args.address))
                .hint("--token-file names a file with a word that clients have to know"),
        ));
    }
    let hint = "`(umask 077; openssl rand -hex 32 > FILE)` makes one";
    let refused =
        |error: crate::serve::TokenError| Exit::Usage.with(Complaint::new(error.to_string()).hint(hint));
    args.token_file.as_deref().map(|path| Token::read(path).map_err(refused)).transpose()
}

fn take(address: SocketAddr) -> Result<Port, Failure> {
    Port::take(address).map_err(|error| {
        let complaint = Complaint::new(format!("cannot listen on {address}: {}", reason(&error)));
        Exit::Failed.with(match error.kind() {
            std::io::ErrorKind::AddrInUse => complaint
                .hint("another service has this port; --port chooses another one, 0 any that is free"),
            _ => complaint,
        })
    })
}

fn cannot_listen(error: &std::io::Error) -> Failure {
    Exit::Failed.with(Complaint::new(format!("cannot serve: {}", reason(error))))
}

fn tell_who_is_served(open: bool, token: bool) {
    note(match (open, token) {
        (true, _) => {
            "other machines can reach this service; whoever knows the token is answered, and nothing is encrypted"
        }
        (false, true) => "programs on this computer are answered that know the token",
        (false, false) => "programs on this computer are answered, and nobody else",
    });
}

/// What goes on beside the service.
struct Desk {
    engine: EngineThread,
    interrupt: Interrupt,
    offer: Offer,
}

impl Desk {
    /// Loads the model, and waits for it.
    fn load(&mut self, choice: Choice, args: &ServeArgs) -> Result<(), Failure> {
        let Choice { spec, name, .. } = choice;
        let precision = args.precision.unwrap_or_default();
        let load = Load { spec, name, precision, npu: models::npu_setting() };
        // A lost engine shows when its next event is awaited.
        let _ = self.engine.commands.send(EngineCommand::Load(load));
        loop {
            match self.next()? {
                Some(EngineEvent::Ready { name, backend, .. }) => {
                    self.offer.put(Offered::Here { name }, Some(backend), None);
                    return Ok(());
                }
                Some(EngineEvent::LoadFailed { message, .. }) => {
                    return Err(Exit::Model.with(Complaint::new(message)));
                }
                Some(event) => self.note(event),
                None => return Err(Exit::Interrupted.quietly()),
            }
        }
    }

    /// Until somebody asks the service to stop, or the engine is gone.
    fn watch(&mut self) -> Result<Exit, Failure> {
        while let Some(event) = self.next()? {
            self.note(event);
        }
        Ok(Exit::Ok)
    }

    fn note(&self, event: EngineEvent) {
        if let EngineEvent::Npu(report) = event {
            self.offer.note_npu(*report);
        }
    }

    /// What the engine says next; `None` once somebody asks for an end.
    fn next(&self) -> Result<Option<EngineEvent>, Failure> {
        select! {
            recv(self.engine.events) -> event => event.map(Some).map_err(|_| {
                Exit::Failed.with(Complaint::new("the engine stopped by a defect of its own; please report it"))
            }),
            recv(self.interrupt.wished) -> _ => Ok(None),
        }
    }
}
