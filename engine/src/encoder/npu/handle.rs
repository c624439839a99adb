//! The parent's only handle to the NPU: a worker process, what it was asked for, and how long it may take.

use super::call::Call;
use super::config::{Limits, NpuConfig};
use super::exchange::Exchange;
use super::fault::{Fault, FaultKind};
use super::process::{Ended, Process};
use super::protocol::{self, Open, Opened, Ran, Reply, Request};
use super::stamps::{Moment, Stamps};
use crate::cancel::{Cancel, Cancelled};
use crate::encoder::EncoderOutput;
use crate::mel::MelWindow;
use crate::model::{ModelDims, ModelSpec};
use std::time::{Duration, Instant};

/// Windows that can be under way together; as many as a batch of the decoder has.
pub const MOST_WINDOWS: usize = 8;
/// How often a raised flag is looked for while the device works.
const LOOK: Duration = Duration::from_millis(10);

/// A worker that opens the device, or has opened it.
pub struct NpuHandle {
    process: Process,
    exchange: Exchange,
    dims: ModelDims,
    limits: Limits,
    /// The call that the worker is in, and when it has to be over. `None` while nothing is asked of it.
    call: Option<(Call, Instant)>,
    opened: Option<Opened>,
    asked: Option<Asked>,
    last: u64,
    stamps: Stamps,
}

/// Windows that the worker was asked to encode.
struct Asked {
    id: u64,
    /// What was asked for, to be known again.
    windows: Vec<MelWindow>,
    done: usize,
}

/// Why there are no states.
#[derive(Debug, thiserror::Error)]
pub enum Stopped {
    /// The work was asked to stop; the worker finishes what it does and is usable afterwards.
    #[error(transparent)]
    Cancelled(#[from] Cancelled),
    /// The device or its process failed; the handle is of no more use.
    #[error(transparent)]
    Fault(#[from] Fault),
}

/// A window's states, and what ran for them.
pub struct Encoded {
    /// The states.
    pub output: EncoderOutput,
    /// What ran.
    pub ran: Ran,
}

impl NpuHandle {
    /// Starts a worker and has it open the device for a model; does not wait for it.
    ///
    /// # Errors
    /// [`Fault`] if it cannot be started.
    pub fn start(config: &NpuConfig, spec: &ModelSpec, dims: &ModelDims) -> Result<Self, Fault> {
        let (exchange, shared) = Exchange::create(dims, MOST_WINDOWS).map_err(|error| {
            Fault::new(FaultKind::Memory, format!("no memory can be shared with the NPU's process: {error}"))
        })?;
        let open = Open {
            version: protocol::VERSION,
            kind: config.kind,
            library: config.library.clone(),
            xclbin: config.xclbin.clone(),
            model: spec.clone(),
            threads: config.threads,
            run_limit: config.limits.run,
            shared,
            windows: MOST_WINDOWS,
        };
        let limits = config.limits;
        let mut process = Process::start(config)?;
        // One that is gone already says so when it is listened to.
        process.ask(&Request::Open(Box::new(open))).or_else(|fault| match fault.kind {
            FaultKind::Died => Ok(()),
            _ => Err(fault),
        })?;
        let call = Some((Call::Start, Instant::now() + limits.start));
        Ok(Self {
            process,
            exchange,
            dims: *dims,
            limits,
            call,
            opened: None,
            asked: None,
            last: 0,
            stamps: Stamps::default(),
        })
    }

    /// Starts a worker and waits until it has opened the device.
    ///
    /// # Errors
    /// [`Fault`] if it cannot, or takes longer than it may.
    pub fn open(config: &NpuConfig, spec: &ModelSpec, dims: &ModelDims) -> Result<Self, Fault> {
        let mut handle = Self::start(config, spec, dims)?;
        while handle.opened.is_none() {
            handle.hear_before(None)?;
        }
        Ok(handle)
    }

    /// What the worker has opened, if it has; takes in what it has said, without waiting.
    ///
    /// # Errors
    /// [`Fault`] if it cannot, or takes longer than it may.
    pub fn opened(&mut self) -> Result<Option<&Opened>, Fault> {
        while self.opened.is_none() && self.hear_before(Some(Instant::now()))?.is_some() {}
        Ok(self.opened.as_ref())
    }

    /// The same, with its moments taken down among others.
    pub fn with_stamps(self, stamps: Stamps) -> Self {
        if let Some((call, _)) = self.call {
            stamps.note(Moment::Enters { call });
        }
        Self { stamps, ..self }
    }

    /// Has the worker begin with these windows, unless it is busy with others; whoever asks for them later waits
    /// less.
    ///
    /// # Errors
    /// [`Fault`] if the worker is gone.
    pub fn begin(&mut self, windows: &[MelWindow]) -> Result<(), Fault> {
        let fits = (1..=MOST_WINDOWS).contains(&windows.len());
        if self.asked.is_some() || self.opened.is_none() || !fits {
            return Ok(());
        }
        for (place, window) in windows.iter().enumerate() {
            self.exchange.put_mel(place, &window.data).map_err(sharing)?;
        }
        self.last += 1;
        let id = self.last;
        self.process.ask(&Request::Encode { id, windows: windows.len() })?;
        self.stamps.note(Moment::Asked { windows: windows.len() });
        self.call = Some((Call::Run, Instant::now() + self.limits.run));
        self.asked = Some(Asked { id, windows: windows.to_vec(), done: 0 });
        Ok(())
    }

    /// Encodes windows, or waits for those that were begun; each result is given to `take` as soon as it is there.
    ///
    /// # Errors
    /// [`Stopped`]. What was taken before is right.
    pub fn encode(
        &mut self,
        windows: &[MelWindow],
        cancel: &Cancel,
        take: &mut dyn FnMut(Encoded),
    ) -> Result<(), Stopped> {
        for windows in windows.chunks(MOST_WINDOWS) {
            if self.asked.as_ref().is_some_and(|asked| asked.windows != windows || asked.done > 0) {
                self.finish(cancel, &mut |_| ())?;
            }
            cancel.check()?;
            self.begin(windows)?;
            self.finish(cancel, take)?;
        }
        Ok(())
    }

    /// Waits until nothing is under way.
    fn finish(&mut self, cancel: &Cancel, take: &mut dyn FnMut(Encoded)) -> Result<(), Stopped> {
        self.stamps.note(Moment::Waits);
        while self.asked.is_some() {
            cancel.check()?;
            if let Some(encoded) = self.hear_before(Some(Instant::now() + LOOK))?.flatten() {
                take(encoded);
            }
        }
        Ok(())
    }

    /// Takes in the worker's next word, if it comes before `moment`. The worker's own deadline comes first, and if
    /// it passes the worker hangs.
    fn hear_before(&mut self, moment: Option<Instant>) -> Result<Option<Option<Encoded>>, Fault> {
        let until = self.call.map(|(_, deadline)| deadline).into_iter().chain(moment).min();
        // Nothing is under way and nobody sets a limit: there is nothing to wait for.
        let Some(until) = until else { return Ok(None) };
        match self.process.answer(until)? {
            Some(reply) => self.take_in(reply).map(Some),
            None => match self.call {
                Some((call, deadline)) if Instant::now() >= deadline => Err(self.limits.hung(call)),
                _ => Ok(None),
            },
        }
    }

    fn take_in(&mut self, reply: Reply) -> Result<Option<Encoded>, Fault> {
        match reply {
            Reply::Entering { call } if self.call.is_some() => {
                self.call = Some((call, Instant::now() + self.limits.of(call)));
                if self.opened.is_none() {
                    self.stamps.note(Moment::Enters { call });
                }
                Ok(None)
            }
            Reply::Opened(opened) if self.opened.is_none() => {
                self.call = None;
                self.opened = Some(*opened);
                self.stamps.note(Moment::Opened);
                Ok(None)
            }
            Reply::Encoded { id, window, ran } => self.encoded(id, window, ran).map(Some),
            Reply::Failed(fault) => Err(Fault::new(fault.kind, fault.message)),
            other => Err(unexpected(&format!("{other:?}"))),
        }
    }

    fn encoded(&mut self, id: u64, window: usize, ran: Ran) -> Result<Encoded, Fault> {
        let Some(asked) = self.asked.as_mut().filter(|a| a.id == id && a.done == window) else {
            return Err(unexpected(&format!("window {window} of request {id}")));
        };
        if let Some(ms) = [ran.device_ms, ran.total_ms].into_iter().find(|ms| !(ms.is_finite() && *ms >= 0.0))
        {
            return Err(unexpected(&format!("a time of {ms} ms")));
        }
        if let Some(spot) = ran.spot.filter(|spot| !spot.check.passed()) {
            return Err(spot.fault());
        }
        asked.done += 1;
        let over = asked.done == asked.windows.len();
        self.call = Some((Call::Run, Instant::now() + self.limits.run));
        if over {
            (self.asked, self.call) = (None, None);
        }
        self.stamps.note(Moment::Encoded { window, device_ms: ran.device_ms });
        let (positions, state) = (self.dims.n_audio_ctx, self.dims.n_audio_state);
        let mut data = vec![0.0; positions * state];
        self.exchange.take_states(window, &mut data).map_err(sharing)?;
        if data.iter().any(|v| !v.is_finite()) {
            let text = "the NPU computes wrongly: its result has values that are no numbers";
            return Err(Fault::new(FaultKind::Wrong, text));
        }
        Ok(Encoded { output: EncoderOutput { positions, state, data }, ran })
    }

    /// Closes the device and ends the worker, by force if it takes too long.
    pub fn close(mut self) -> Ended {
        self.process.close()
    }

    /// Ends the worker, whatever it does.
    pub fn kill(mut self) -> Ended {
        self.process.kill()
    }
}

fn sharing(error: hark_xdna::Error) -> Fault {
    Fault::new(FaultKind::Internal, format!("the memory shared with the NPU's process fails: {error}"))
}

fn unexpected(what: &str) -> Fault {
    let what: String = what.chars().take(200).collect();
    Fault::new(FaultKind::Protocol, format!("the NPU's process answers what nobody asked: {what}"))
}

#[cfg(test)]
#[path = "handle_tests.rs"]
pub(super) mod tests;
