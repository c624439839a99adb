//! The worker's side of trying a device out: from a launch that changes nothing to the whole encoder, each against
//! the CPU. All steps run in one context with the one resident design.

use super::call::Call;
use super::device::Say;
use super::encoder::{NpuContext, NpuEncoder, NpuError};
use super::fault::{Fault, FaultKind};
use super::library_device::{context, limits};
use super::protocol::{Open, Reply};
use super::report::{NpuKind, SelfCheck};
use super::self_check::{BLOCK_LIMIT, compare, probe};
use super::step::{ENCODER, LAYER, Step};
use crate::cancel::Cancel;
use crate::encoder::cpu::encode_first_block;
use crate::encoder::{Backend, CpuBackend, Precision};
use crate::model::Model;
use crate::workers::Workers;
use hark_kernels::design::encoder::trial::Trial;
use hark_kernels::encoder::Encoder;
use std::time::Duration;

/// How far the whole encoder may be from the CPU's in f32: bfloat16 over some layers.
const ENCODER_LIMIT: f64 = 0.05;
/// How often each step is run, to measure it; a simulator's times mean nothing.
const RUNS: usize = 9;
const RUNS_SIMULATED: usize = 1;

/// Does all steps in this process, and tells of each; up to the first that is wrong.
///
/// # Errors
/// [`Fault`] if the device fails, or computes wrongly.
pub(super) fn steps(open: &Open, model: &Model, say: Say<'_>) -> Result<(), Fault> {
    let context = context(open, &mut |call| say(Reply::Entering { call }))?;
    let Some(array) = context.array() else {
        return Err(Fault::new(FaultKind::Model, "this device carries out no instruction streams"));
    };
    say(Reply::Facts(context.info().clone().into()))?;
    let runs = if open.kind == NpuKind::Hardware { RUNS } else { RUNS_SIMULATED };
    let mut bench = Bench { open, runs, say };
    for trial in Trial::all(array).map_err(NpuError::from)? {
        bench.trial(context.clone(), &trial)?;
    }
    bench.encoder(context, model)?;
    say(Reply::Entering { call: Call::Close })
}

/// What measures and compares.
struct Bench<'a> {
    open: &'a Open,
    runs: usize,
    say: Say<'a>,
}

impl Bench<'_> {
    fn entering(&mut self, call: Call) -> Result<(), Fault> {
        (self.say)(Reply::Entering { call })
    }

    fn trial(&mut self, context: NpuContext, trial: &Trial) -> Result<(), Fault> {
        self.entering(Call::Memory)?;
        let mut memory = context.memory_of(Encoder::Streams(trial.program.clone()), 0)?;
        memory.fill(|bytes| trial.weights(bytes))?;
        let mut encoder = memory.encoder(limits(self.open))?;
        let mut own = vec![0.0; trial.expected.len()];
        let ran =
            self.measure(&mut encoder, |encoder| encoder.run(|_, input| trial.write_input(input), &mut own))?;
        self.tell(trial.name, compare(&own, &trial.expected, trial.limit), ran)
    }

    /// A model's first layer, then all of its encoder.
    fn encoder(&mut self, context: NpuContext, model: &Model) -> Result<(), Fault> {
        let cpu_failed = |error: String| Fault::new(FaultKind::Model, format!("the NPU's process: {error}"));
        self.entering(Call::Memory)?;
        let mut memory = context.memory(model)?;
        self.entering(Call::Weights)?;
        memory.prepare(model)?;
        self.entering(Call::Memory)?;
        let mut encoder = memory.encoder(limits(self.open))?;
        let (window, workers) = (probe(model.dims.n_mels), Workers::new(self.open.threads.max(1)));
        let mut own = vec![0.0; model.dims.n_audio_ctx * model.dims.n_audio_state];
        let ran = self.measure(&mut encoder, |encoder| encoder.first_block(&window.data, &mut own))?;
        self.entering(Call::Check)?;
        let right =
            encode_first_block(model, &workers, &window).map_err(|error| cpu_failed(error.to_string()))?;
        self.tell(LAYER, compare(&own, &right.data, BLOCK_LIMIT), ran)?;
        let cancel = Cancel::new();
        let ran = self.measure(&mut encoder, |encoder| encoder.encode(&window.data, &mut own, &cancel))?;
        self.entering(Call::Check)?;
        let mut cpu = CpuBackend::new(model, &workers, Precision::F32)
            .map_err(|error| cpu_failed(error.to_string()))?;
        let right = cpu.encode(&[window], &cancel).map_err(|error| cpu_failed(error.to_string()))?;
        let right = right.first().map(|output| &output.data[..]).unwrap_or_default();
        self.tell(ENCODER, compare(&own, right, ENCODER_LIMIT), ran)
    }

    /// Runs it so many times: how long each took, and how many commands there were.
    fn measure(
        &mut self,
        encoder: &mut NpuEncoder,
        mut run: impl FnMut(&mut NpuEncoder) -> Result<Duration, NpuError>,
    ) -> Result<(Vec<f64>, u64), Fault> {
        let before = encoder.counters().commands;
        let mut times = Vec::new();
        for _ in 0..self.runs {
            self.entering(Call::Run)?;
            times.push(run(encoder)?.as_secs_f64() * 1e3);
        }
        Ok((times, encoder.counters().commands - before))
    }

    /// Tells of a step.
    fn tell(&mut self, name: &str, check: SelfCheck, ran: (Vec<f64>, u64)) -> Result<(), Fault> {
        let (times_ms, commands) = ran;
        (self.say)(Reply::Tried(Box::new(Step { name: name.to_owned(), check, times_ms, commands })))?;
        if check.passed() {
            return Ok(());
        }
        let SelfCheck { relative_l2, largest, limit } = check;
        let text = format!(
            "the result differs from the CPU's by {relative_l2:.5} relatively where {limit} is allowed, in one value \
             by {largest:.4}"
        );
        Err(Fault::new(FaultKind::Wrong, text))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::encoder::npu::step::STEPS;

    #[test]
    fn the_first_steps_are_the_trials() {
        assert_eq!(STEPS[..Trial::NAMES.len()], Trial::NAMES);
    }
}
