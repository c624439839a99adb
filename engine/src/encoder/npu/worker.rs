//! The worker process: it holds the device, and does what its parent asks line by line.

use super::call::Call;
use super::device::{Device, Entering, Opener};
use super::exchange::Exchange;
use super::fault::{Fault, FaultKind};
use super::protocol::{self, LineError, Open, Opened, Ran, Reply, Request};
use super::report::SelfCheck;
use super::self_check::{BLOCK_LIMIT, compare, probe};
use super::vigil::Vigil;
use crate::encoder::cpu::encode_first_block;
use crate::model::{Model, ModelDims, ModelError};
use crate::workers::Workers;
use std::io::{BufRead, Write};
use std::time::Instant;

/// Answers requests until the parent wants to close or is gone, or something failed that nothing can follow.
///
/// # Errors
/// If the parent cannot be reached: nobody is left to tell.
pub fn serve(
    opener: &mut impl Opener,
    input: &mut impl BufRead,
    output: &mut impl Write,
) -> Result<(), LineError> {
    let mut tell = Teller(output);
    let open = match protocol::receive(input)? {
        Request::Open(open) => open,
        Request::Close => return Ok(tell.say(&Reply::Closed)?),
        Request::TryOut(open) => {
            let model = model(&open, &mut |call| tell.entering(call).map_err(unheard));
            let mut say = |reply: Reply| tell.say(&reply).map_err(unheard);
            let tried = model.and_then(|model| opener.try_out(&open, &model, &mut say));
            return Ok(tell.say(&tried.map_or_else(Reply::Failed, |()| Reply::Closed))?);
        }
        Request::Encode { .. } => {
            let fault =
                Fault::new(FaultKind::Protocol, "the NPU's process was asked to encode before opening");
            return Ok(tell.say(&Reply::Failed(fault))?);
        }
    };
    let mut serving = match Serving::open(opener, &open, &mut tell) {
        Ok(serving) => serving,
        Err(fault) => return Ok(tell.say(&Reply::Failed(fault))?),
    };
    loop {
        match protocol::receive(input) {
            Ok(Request::Encode { id, windows }) => {
                if let Err(fault) = serving.encode(id, windows, &mut tell) {
                    return Ok(tell.say(&Reply::Failed(fault))?);
                }
            }
            Ok(Request::Close) => {
                tell.entering(Call::Close)?;
                drop(serving);
                return Ok(tell.say(&Reply::Closed)?);
            }
            Ok(Request::Open(_) | Request::TryOut(_)) => {
                let fault = Fault::new(FaultKind::Protocol, "the NPU's process was asked to open twice");
                return Ok(tell.say(&Reply::Failed(fault))?);
            }
            Err(LineError::Ended) => return Ok(()),
            Err(error) => return Err(error),
        }
    }
}

/// The way to the parent.
struct Teller<'a, W: Write>(&'a mut W);

impl<W: Write> Teller<'_, W> {
    fn say(&mut self, reply: &Reply) -> std::io::Result<()> {
        protocol::send(self.0, reply)
    }

    fn entering(&mut self, call: Call) -> std::io::Result<()> {
        self.say(&Reply::Entering { call })
    }
}

fn unheard(error: std::io::Error) -> Fault {
    Fault::new(FaultKind::Internal, format!("nobody listens to the NPU's process: {error}"))
}

/// A device that is open.
struct Serving<D> {
    device: D,
    exchange: Exchange,
    vigil: Vigil,
    mel: Vec<f32>,
    states: Vec<f32>,
}

impl<D: Device> Serving<D> {
    fn open<W: Write>(
        opener: &mut impl Opener<Device = D>,
        open: &Open,
        tell: &mut Teller<'_, W>,
    ) -> Result<Self, Fault> {
        let model = model(open, &mut |call| tell.entering(call).map_err(unheard))?;
        let exchange = Exchange::open(&open.shared, &model.dims, open.windows).map_err(|error| {
            Fault::new(FaultKind::Memory, format!("the NPU's process cannot share memory: {error}"))
        })?;
        let mut device = opener.open(open, &model, &mut |call| tell.entering(call).map_err(unheard))?;
        let check =
            check(&mut device, &model, open.threads, &mut |call| tell.entering(call).map_err(unheard))?;
        let vigil = Vigil::new(&model, open.threads).map_err(not_readable)?;
        let (mel, states) = (vec![0.0; exchange.mel_len()], vec![0.0; exchange.states_len()]);
        let opened = Opened { device: device.facts(), check, counters: device.counters() };
        tell.say(&Reply::Opened(Box::new(opened))).map_err(unheard)?;
        Ok(Self { device, exchange, vigil, mel, states })
    }

    fn encode<W: Write>(&mut self, id: u64, windows: usize, tell: &mut Teller<'_, W>) -> Result<(), Fault> {
        let sharing = |error| {
            Fault::new(
                FaultKind::Internal,
                format!("the NPU's process cannot reach the shared memory: {error}"),
            )
        };
        for window in 0..windows {
            let start = Instant::now();
            self.exchange.take_mel(window, &mut self.mel).map_err(sharing)?;
            tell.entering(Call::Run).map_err(unheard)?;
            let device_ms = self.device.encode(&self.mel, &mut self.states)?;
            self.exchange.put_states(window, &self.states).map_err(sharing)?;
            let total_ms = start.elapsed().as_secs_f64() * 1000.0;
            let entering: Entering<'_> = &mut |call| tell.entering(call).map_err(unheard);
            let spot = self.vigil.look(&mut self.device, &self.mel, &self.states, total_ms, entering)?;
            let ran = Ran { device_ms, total_ms, counters: self.device.counters(), spot };
            tell.say(&Reply::Encoded { id, window, ran }).map_err(unheard)?;
        }
        Ok(())
    }
}

/// The model that is asked for, if who asks is of this version.
fn model(open: &Open, entering: Entering<'_>) -> Result<Model, Fault> {
    if open.version != protocol::VERSION {
        let text = "Hark was updated while it runs; start it again to use the NPU";
        return Err(Fault::new(FaultKind::Protocol, text));
    }
    entering(Call::Weights)?;
    Model::load(&open.model).map_err(not_readable)
}

fn not_readable(error: ModelError) -> Fault {
    Fault::new(FaultKind::Model, format!("the NPU's process: {error}"))
}

/// Compares the first block with the CPU's in f32. The result is reported, whatever it is; who asked decides.
fn check(
    device: &mut impl Device,
    model: &Model,
    threads: usize,
    entering: Entering<'_>,
) -> Result<SelfCheck, Fault> {
    let ModelDims { n_mels, n_audio_ctx, n_audio_state, .. } = model.dims;
    let window = probe(n_mels);
    let mut own = vec![0.0; n_audio_ctx * n_audio_state];
    entering(Call::Run)?;
    device.first_block(&window.data, &mut own)?;
    entering(Call::Check)?;
    let right = encode_first_block(model, &Workers::new(threads.max(1)), &window)
        .map_err(|error| Fault::new(FaultKind::Model, format!("the NPU's process: {error}")))?;
    Ok(compare(&own, &right.data, BLOCK_LIMIT))
}

#[cfg(test)]
#[path = "worker_tests.rs"]
mod tests;
