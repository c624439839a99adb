//! Whisper's encoder on an NPU, in this process.
//!
//! Weights and instructions are brought to the device once and stay there; of each window, its mel goes in and its
//! states come out. All launches of a window are one list, which the device carries out without being spoken to.

use crate::cancel::{Cancel, Cancelled};
use crate::encoder::BackendError;
use crate::model::{Model, ModelDims, ModelError};
use hark_kernels::design::encoder::ProgramError;
use hark_kernels::encoder::{Encoder as Work, Form, Instructions};
use hark_kernels::op::Buffer as Place;
use hark_kernels::plan::{PlanError, Shape, WeightsError};
use hark_kernels::txn::{self, TrafficError};
use hark_xdna::xclbin::{Design, Refusal};
use hark_xdna::{
    Buffer, BufferKind, Counters, Device, DeviceInfo, Direction, Generation, Kernel, Library, ListError,
    Resident, Run, RunList, SharedContext,
};
use std::path::Path;
use std::time::{Duration, Instant};

/// The kernel that carries out instructions.
const KERNEL: &str = "MLIR_AIE";
/// Its arguments: the opcode, the instructions and how many words of them, then the buffers.
const OPCODE: u32 = 0;
const INSTRUCTIONS: u32 = 1;
const WORDS: u32 = 2;
const BUFFERS: u32 = 3;
/// The opcode for carrying out instructions.
const CARRY_OUT: u64 = 3;

/// How long a call may take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NpuLimits {
    /// All launches of one window.
    pub window: Duration,
}

/// What really ran on the device.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct NpuCounters {
    /// Windows encoded to the end.
    pub windows: u64,
    /// Commands that the device completed.
    pub commands: u64,
    /// Time from the start of the commands to their end, in milliseconds.
    pub device_ms: f64,
    /// What the buffers cost.
    pub buffers: Counters,
}

/// Why the NPU does not encode.
#[derive(Debug, thiserror::Error)]
pub enum NpuError {
    /// The work was asked to stop.
    #[error(transparent)]
    Cancelled(#[from] Cancelled),
    /// The model's weights could not be read.
    #[error(transparent)]
    Model(#[from] ModelError),
    /// The model or the window has a shape that the NPU's encoder has not.
    #[error(transparent)]
    Plan(#[from] PlanError),
    /// Traffic that the hardware could not do.
    #[error(transparent)]
    Traffic(#[from] TrafficError),
    /// The program for the NPU is none of Hark's.
    #[error("the NPU's program is not Hark's: it does not say for which NPU it was built")]
    Foreign,
    /// The program for the NPU cannot be used.
    #[error("the NPU's program: {0}")]
    Program(#[from] Refusal),
    /// The device, or what is between it and this program.
    #[error(transparent)]
    Device(#[from] hark_xdna::Error),
    /// A launch failed, or did not come to its end.
    #[error("{}{}", .launch.as_ref().map(|launch| format!("{launch}: ")).unwrap_or_default(), .error)]
    Launch {
        /// Which, if it is known.
        launch: Option<String>,
        /// What happened.
        error: hark_xdna::Error,
    },
    /// States that no encoder gives.
    #[error("the NPU gave values that are no numbers; run again on the CPU, and please report it")]
    NotFinite,
}

impl From<WeightsError<ModelError>> for NpuError {
    fn from(error: WeightsError<ModelError>) -> Self {
        match error {
            WeightsError::Tensor(error) => Self::Model(error),
            WeightsError::Plan(error) => Self::Plan(error),
        }
    }
}

impl From<ProgramError> for NpuError {
    fn from(error: ProgramError) -> Self {
        match error {
            ProgramError::Plan(error) => Self::Plan(error),
            ProgramError::Traffic { source, .. } => Self::Traffic(source),
        }
    }
}

impl From<NpuError> for BackendError {
    fn from(error: NpuError) -> Self {
        match error {
            NpuError::Cancelled(cancelled) => Self::Cancelled(cancelled),
            NpuError::Plan(PlanError::Length { expected, given, .. }) => Self::Shape { expected, given },
            error => Self::Device(error.to_string()),
        }
    }
}

/// An open device. Opening it, and each step from here to an encoder, may hang in a driver: this is for a process
/// that may.
pub struct NpuDevice {
    device: Device,
    info: DeviceInfo,
}

impl NpuDevice {
    /// Opens the first device of a library.
    ///
    /// # Errors
    /// [`NpuError::Device`]
    pub fn open(library: &Path) -> Result<Self, NpuError> {
        let device = Library::open(library)?.device(0)?;
        let info = device.info()?;
        Ok(Self { device, info })
    }

    /// What it says of itself.
    pub fn info(&self) -> &DeviceInfo {
        &self.info
    }

    /// Puts the program into a context of the device. For which NPU it was made it may say itself; compilers leave that
    /// to what stands beside it.
    ///
    /// # Errors
    /// [`NpuError::Program`] for a file that is none or for another NPU, [`NpuError::Device`]
    pub fn context(
        self,
        xclbin: &[u8],
        made_for: Option<Generation>,
        takes: Takes,
    ) -> Result<NpuContext, NpuError> {
        let design = Design::read(xclbin)?;
        if let Some((made_for, here)) = made_for.zip(self.device.generation())
            && made_for != here
        {
            return Err(Refusal::OtherDevice { built: made_for.to_string(), here }.into());
        }
        let program = self.device.xclbin(xclbin)?;
        let context = self.device.context(&program, &[])?.share();
        let columns = u8::try_from(design.partition.columns).unwrap_or(u8::MAX);
        let form = match (takes, design.generation().or(made_for)) {
            (Takes::Operations, _) => Form::Operations,
            (Takes::Streams, Some(Generation::Xdna1)) => Form::Streams(txn::Device::npu1(columns)),
            (Takes::Streams, Some(Generation::Xdna2)) => Form::Streams(txn::Device::npu2(columns)),
            (Takes::Streams, None) => return Err(NpuError::Foreign),
        };
        Ok(NpuContext { context, info: self.info, form })
    }
}

/// What a device carries out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Takes {
    /// Lists of operations, as the fake does.
    Operations,
    /// Instruction streams.
    Streams,
}

/// A context with the program in it.
#[derive(Clone)]
pub struct NpuContext {
    context: SharedContext,
    info: DeviceInfo,
    form: Form,
}

impl NpuContext {
    /// Allocates all the memory that the encoder of `model` needs.
    ///
    /// # Errors
    /// [`NpuError::Plan`], [`NpuError::Device`]
    pub fn memory(self, model: &Model) -> Result<NpuMemory, NpuError> {
        let work = Work::new(&shape(&model.dims), self.form)?;
        self.memory_of(work, model.dims.n_audio_layer)
    }

    /// The array that carries out instruction streams, if it is one.
    pub(super) fn array(&self) -> Option<txn::Device> {
        match self.form {
            Form::Operations => None,
            Form::Streams(device) => Some(device),
        }
    }

    /// What the device says of itself.
    pub(super) fn info(&self) -> &DeviceInfo {
        &self.info
    }

    pub(super) fn memory_of(self, work: Work, layers: usize) -> Result<NpuMemory, NpuError> {
        let context = &self.context;
        let kernel = context.kernel(KERNEL)?;
        let lens = work.buffer_lens();
        let data = |place: Place| {
            context.buffer(lens[place as usize], BufferKind::Data, kernel.group(BUFFERS + place as u32)?)
        };
        let weights = data(Place::Weights)?;
        let buffers = Activations {
            input: data(Place::Input)?,
            output: data(Place::Output)?,
            scratch: data(Place::Scratch)?,
            spare: data(Place::Spare)?,
        };
        let launches = work.launches()?;
        let programs = launches.iter().map(|launch| Program::new(context, &kernel, launch));
        let programs = programs.collect::<Result<_, _>>()?;
        let launches = launches.into_iter().map(|launch| launch.name).collect();
        Ok(NpuMemory { place: self, work, launches, kernel, weights, buffers, programs, layers })
    }
}

/// All the memory of one model's encoder on the device, with nothing in it yet but instructions.
pub struct NpuMemory {
    place: NpuContext,
    work: Work,
    launches: Vec<String>,
    kernel: Kernel<'static>,
    weights: Buffer<'static>,
    buffers: Activations,
    programs: Vec<Program<Buffer<'static>>>,
    layers: usize,
}

impl NpuMemory {
    /// Writes the weights of the model into its memory, as the device wants them: work of the CPU alone.
    ///
    /// # Errors
    /// [`NpuError::Model`], [`NpuError::Plan`]
    pub fn prepare(&mut self, model: &Model) -> Result<(), NpuError> {
        Ok(self.work.weights(&mut |name| model.tensor(name), self.weights.bytes_mut()?)?)
    }

    /// Writes weights that belong to no model.
    pub(super) fn fill(
        &mut self,
        write: impl FnOnce(&mut [u8]) -> Result<(), PlanError>,
    ) -> Result<(), NpuError> {
        Ok(write(self.weights.bytes_mut()?)?)
    }

    /// Brings weights and instructions to the device, where they stay.
    ///
    /// # Errors
    /// [`NpuError::Device`]
    pub fn encoder(self, limits: NpuLimits) -> Result<NpuEncoder, NpuError> {
        let Self { place: NpuContext { context, info, .. }, work, launches, kernel, weights, .. } = self;
        let Self { buffers, programs, layers, .. } = self;
        let weights = weights.into_resident()?;
        let programs = programs.into_iter().map(Program::into_resident).collect::<Result<Vec<_>, _>>()?;
        let list = |programs: &[Program<Resident<'static>>]| -> Result<RunList<'static>, NpuError> {
            let mut list = context.run_list()?;
            for program in programs {
                list.add(program.run(&kernel, &weights, &buffers)?)?;
            }
            Ok(list)
        };
        // The stem, and the first block behind it.
        let (all, first) = (list(&programs)?, list(&programs[..2.min(programs.len())])?);
        let each = programs.iter().map(|program| list(std::slice::from_ref(program)));
        let each = each.collect::<Result<_, _>>()?;
        let counters = NpuCounters::default();
        Ok(NpuEncoder { work, launches, layers, all, first, each, buffers, context, info, limits, counters })
    }
}

/// The encoder of one model: weights resident on the device, buffers allocated once, one list of runs.
pub struct NpuEncoder {
    work: Work,
    launches: Vec<String>,
    layers: usize,
    // The lists before the buffers and the context, so that what may be under way is let go first.
    all: RunList<'static>,
    first: RunList<'static>,
    /// Each launch by itself.
    each: Vec<RunList<'static>>,
    buffers: Activations,
    context: SharedContext,
    info: DeviceInfo,
    limits: NpuLimits,
    counters: NpuCounters,
}

/// What the device writes, and the mel.
struct Activations {
    input: Buffer<'static>,
    output: Buffer<'static>,
    scratch: Buffer<'static>,
    spare: Buffer<'static>,
}

impl Activations {
    fn all(&mut self) -> [&mut Buffer<'static>; 4] {
        [&mut self.input, &mut self.output, &mut self.scratch, &mut self.spare]
    }
}

/// The shape that a model's encoder has for a window of 30 s.
fn shape(dims: &ModelDims) -> Shape {
    Shape {
        mels: dims.n_mels,
        positions: dims.n_audio_ctx,
        state: dims.n_audio_state,
        heads: dims.n_audio_head,
        layers: dims.n_audio_layer,
    }
}

impl NpuEncoder {
    /// From the library to the encoder of `model`, one step after the other.
    ///
    /// # Errors
    /// [`NpuError`]
    pub fn open(
        library: &Path,
        xclbin: &[u8],
        takes: Takes,
        model: &Model,
        limits: NpuLimits,
    ) -> Result<Self, NpuError> {
        let mut memory = NpuDevice::open(library)?.context(xclbin, None, takes)?.memory(model)?;
        memory.prepare(model)?;
        memory.encoder(limits)
    }

    /// What the device says of itself.
    pub fn info(&self) -> &DeviceInfo {
        &self.info
    }

    /// Layers of the encoder.
    pub fn layers(&self) -> usize {
        self.layers
    }

    /// Encodes a window (`n_mels × 3000` values) into `states` (`positions × state` values). Returns how long the
    /// device took. Allocates nothing.
    ///
    /// A list that was started goes on to its end: `cancel` is looked at before.
    ///
    /// # Errors
    /// [`NpuError`]. After one of the device the encoder may be of no use: see [`NpuEncoder::is_lost`].
    pub fn encode(&mut self, mel: &[f32], states: &mut [f32], cancel: &Cancel) -> Result<Duration, NpuError> {
        cancel.check()?;
        self.run(|work, input| work.write_input(mel, input), states)
    }

    /// Has all launches carried out on what `write` brings, and reads what comes out.
    pub(super) fn run(
        &mut self,
        write: impl FnOnce(&Work, &mut [u8]) -> Result<(), PlanError>,
        states: &mut [f32],
    ) -> Result<Duration, NpuError> {
        self.bring(write)?;
        let took = execute(&mut self.all, &mut self.buffers, &self.launches, self.limits)?;
        self.ran(self.all.len(), took);
        let output = &mut self.buffers.output;
        // With what fills up rows and columns, all of which the encoder knows.
        output.sync(Direction::FromDevice, 0..output.len())?;
        self.work.read_output(output.bytes()?, states)?;
        finite(states)?;
        self.counters.windows += 1;
        Ok(took)
    }

    /// The same up to the states behind the first block, for comparison with the CPU's. Returns how long the device
    /// took.
    ///
    /// # Errors
    /// As [`NpuEncoder::encode`].
    pub fn first_block(&mut self, mel: &[f32], states: &mut [f32]) -> Result<Duration, NpuError> {
        self.bring(|work, input| work.write_input(mel, input))?;
        let took = execute(&mut self.first, &mut self.buffers, &self.launches, self.limits)?;
        self.ran(self.first.len(), took);
        self.read_states(states)?;
        Ok(took)
    }

    /// The states before and behind a block (the first is 0), launch by launch up to there, for comparison with the
    /// CPU's. Allocates nothing.
    ///
    /// # Errors
    /// As [`NpuEncoder::encode`].
    pub fn block(
        &mut self,
        block: usize,
        mel: &[f32],
        before: &mut [f32],
        behind: &mut [f32],
    ) -> Result<(), NpuError> {
        self.bring(|work, input| work.write_input(mel, input))?;
        // Behind the stem come the blocks.
        for launch in 0..=block {
            self.launch(launch)?;
        }
        self.read_states(before)?;
        self.launch(block + 1)?;
        self.read_states(behind)
    }

    /// Has one launch carried out by itself.
    fn launch(&mut self, launch: usize) -> Result<(), NpuError> {
        let Some(list) = self.each.get_mut(launch) else { return Ok(()) };
        let took = execute(list, &mut self.buffers, &self.launches[launch..], self.limits)?;
        self.ran(1, took);
        Ok(())
    }

    /// Reads the states that a launch has left.
    fn read_states(&mut self, states: &mut [f32]) -> Result<(), NpuError> {
        let (scratch, range) = (&mut self.buffers.scratch, self.work.states());
        scratch.sync(Direction::FromDevice, range.clone())?;
        self.work.read_output(&scratch.bytes()?[range], states)?;
        finite(states)
    }

    /// Whether nothing can be run any more: an earlier window never came to its end.
    pub fn is_lost(&self) -> bool {
        self.context.is_poisoned()
    }

    /// What ran since it was made.
    pub fn counters(&self) -> NpuCounters {
        NpuCounters { buffers: self.context.counters(), ..self.counters }
    }

    /// Brings what `write` writes to the device.
    fn bring(
        &mut self,
        write: impl FnOnce(&Work, &mut [u8]) -> Result<(), PlanError>,
    ) -> Result<(), NpuError> {
        let input = &mut self.buffers.input;
        write(&self.work, input.bytes_mut()?)?;
        Ok(input.sync(Direction::ToDevice, 0..self.work.input_len())?)
    }

    fn ran(&mut self, commands: usize, took: Duration) {
        self.counters.commands += commands as u64;
        self.counters.device_ms += took.as_secs_f64() * 1e3;
    }
}

/// Has a list carried out, and says how long that took.
fn execute(
    list: &mut RunList<'static>,
    buffers: &mut Activations,
    launches: &[String],
    limits: NpuLimits,
) -> Result<Duration, NpuError> {
    let start = Instant::now();
    let waited = list.execute(buffers.all())?.wait(limits.window);
    waited.map_err(|ListError { failed, error }| NpuError::Launch {
        launch: failed.and_then(|index| launches.get(index as usize).cloned()),
        error,
    })?;
    Ok(start.elapsed())
}

fn finite(states: &[f32]) -> Result<(), NpuError> {
    if hark_simd::all_finite(hark_simd::Isa::best(), states) { Ok(()) } else { Err(NpuError::NotFinite) }
}

/// A launch's instructions, in memory of the device or resident there.
struct Program<M> {
    instructions: M,
    words: u32,
}

impl Program<Buffer<'static>> {
    fn new(
        context: &SharedContext,
        kernel: &Kernel<'static>,
        launch: &Instructions,
    ) -> Result<Self, NpuError> {
        let list = &launch.words;
        let group = kernel.group(INSTRUCTIONS)?;
        let mut instructions = context.buffer(size_of_val(&list[..]), BufferKind::Instructions, group)?;
        let (words, _) = instructions.bytes_mut()?.as_chunks_mut();
        words.iter_mut().zip(list).for_each(|(out, word)| *out = word.to_le_bytes());
        Ok(Self { instructions, words: list.len() as u32 })
    }

    fn into_resident(self) -> Result<Program<Resident<'static>>, NpuError> {
        let Self { instructions, words } = self;
        Ok(Program { instructions: instructions.into_resident()?, words })
    }
}

impl Program<Resident<'static>> {
    fn run(
        &self,
        kernel: &Kernel<'static>,
        weights: &Resident<'static>,
        buffers: &Activations,
    ) -> Result<Run<'static>, NpuError> {
        let mut run = kernel.run()?;
        run.set_u64(OPCODE, CARRY_OUT)?;
        run.set_buffer(INSTRUCTIONS, &self.instructions)?;
        run.set_u32(WORDS, self.words)?;
        run.set_buffer(BUFFERS + Place::Weights as u32, weights)?;
        let Activations { input, output, scratch, spare } = buffers;
        let places = [
            (Place::Input, input),
            (Place::Output, output),
            (Place::Scratch, scratch),
            (Place::Spare, spare),
        ];
        for (place, buffer) in places {
            run.set_buffer(BUFFERS + place as u32, buffer)?;
        }
        Ok(run)
    }
}
