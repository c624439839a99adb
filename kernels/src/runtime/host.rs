//! Everything that nx.h offers, in safe terms: handles are numbers, failures are values.

#[cfg(test)]
use super::buffer::View;
use super::faults::{Faults, happen};
use super::objects::{Buffer, Context, Kernel, Opened, Space, Xclbin};
use super::progress::lock;
use super::queue::Queue;
use super::run::{List, Run, State};
use super::tables::{Parked, Tables};
use super::{Argument, Call, Device, Failure, Info, Status};
use hark_xdna::xclbin;
use std::sync::{Arc, Mutex};

/// A process's view of a device made of software.
pub struct Host {
    device: Arc<dyn Device>,
    faults: Arc<Faults>,
    tables: Mutex<Tables>,
    space: Arc<Space>,
}

impl Host {
    /// The host of a device in which these faults happen.
    pub fn new(device: impl Device + 'static, faults: Faults) -> Self {
        Self {
            device: Arc::new(device),
            faults: Arc::new(faults),
            tables: Mutex::new(Tables::new()),
            space: Arc::new(Space::new()),
        }
    }

    /// To be asked at the beginning of each call: what is to go wrong there does.
    ///
    /// # Errors
    /// The failure that is to happen.
    pub fn enter(&self, call: Call) -> Result<(), Failure> {
        self.faults.at_call(call).map_or(Ok(()), |what| happen(what, call.name()))
    }

    /// How many devices there are.
    pub fn enumerate(&self) -> u32 {
        1
    }

    /// Opens a device.
    ///
    /// # Errors
    /// [`Status::NoDevice`] if there is none of this index.
    pub fn device_open(&self, index: u32) -> Result<usize, Failure> {
        if index >= self.enumerate() {
            return Err(Failure::new(Status::NoDevice, format!("there is no device {index}")));
        }
        let queue = Queue::start(self.device.clone(), self.faults.clone())?;
        Ok(lock(&self.tables).devices.add(Arc::new(Opened::new(queue))))
    }

    /// Closes a device; what was made of it stays.
    pub fn device_close(&self, device: usize) {
        let closed = lock(&self.tables).devices.take(device);
        drop(closed);
    }

    /// A text about a device.
    ///
    /// # Errors
    /// A closed handle or an unknown key.
    pub fn device_info(&self, device: usize, key: i32) -> Result<String, Failure> {
        let known = [Info::Name, Info::Address, Info::Runtime, Info::Firmware];
        lock(&self.tables).devices.get(device)?;
        let info = usize::try_from(key).ok().and_then(|key| known.get(key.checked_sub(1)?));
        let info = info.ok_or_else(|| Failure::argument(format!("there is no information {key}")))?;
        Ok(self.device.info(*info))
    }

    /// Reads an xclbin.
    ///
    /// # Errors
    /// A closed handle; [`Status::Xclbin`] for a file that is none or for another device.
    pub fn xclbin_load(&self, device: usize, bytes: &[u8]) -> Result<usize, Failure> {
        lock(&self.tables).devices.get(device)?;
        let refused = |refusal: xclbin::Refusal| Failure::new(Status::Xclbin, refusal.to_string());
        let design = xclbin::Design::read(bytes).map_err(refused)?;
        design.check_for(self.device.generation()).map_err(refused)?;
        Ok(lock(&self.tables).xclbins.add(Arc::new(Xclbin(design.kernels))))
    }

    /// Name and number of arguments of a kernel.
    ///
    /// # Errors
    /// A closed handle, or an index behind the last kernel.
    pub fn xclbin_kernel(&self, xclbin: usize, index: u32) -> Result<(String, u32), Failure> {
        let xclbin = lock(&self.tables).xclbins.get(xclbin)?;
        let none = || Failure::argument(format!("the xclbin has no kernel {index}"));
        let kernel = xclbin.0.get(index as usize).ok_or_else(none)?;
        Ok((kernel.name.clone(), kernel.arguments.len() as u32))
    }

    /// Forgets an xclbin; contexts keep what they have of it.
    pub fn xclbin_free(&self, xclbin: usize) {
        let freed = lock(&self.tables).xclbins.take(xclbin);
        drop(freed);
    }

    /// Opens a context.
    ///
    /// # Errors
    /// A closed handle; [`Status::ContextLimit`] if none is left.
    pub fn ctx_open(&self, device: usize, xclbin: usize) -> Result<usize, Failure> {
        let (device, xclbin) = {
            let tables = lock(&self.tables);
            (tables.devices.get(device)?, tables.xclbins.get(xclbin)?)
        };
        let context = Context::open(device, xclbin, self.device.contexts())?;
        Ok(lock(&self.tables).contexts.add(Arc::new(context)))
    }

    /// Opens a context of an ELF file, which software has no use for.
    ///
    /// # Errors
    /// A closed handle; else [`Status::Unsupported`].
    pub fn ctx_open_elf(&self, device: usize) -> Result<usize, Failure> {
        lock(&self.tables).devices.get(device)?;
        Err(Failure::new(Status::Unsupported, "there are no contexts from ELF files here"))
    }

    /// Closes a context; what was made of it keeps it.
    pub fn ctx_close(&self, context: usize) {
        let closed = lock(&self.tables).contexts.take(context);
        self.park(closed.map(Parked::Context));
    }

    /// Opens a kernel by name.
    ///
    /// # Errors
    /// A closed handle, or a name that the context's xclbin does not have.
    pub fn kernel_open(&self, context: usize, name: &str) -> Result<usize, Failure> {
        let context = lock(&self.tables).contexts.get(context)?;
        let kernel = Kernel::open(context, name)?;
        Ok(lock(&self.tables).kernels.add(Arc::new(kernel)))
    }

    /// The memory that a buffer must be in for an argument.
    ///
    /// # Errors
    /// A closed handle, or an argument that is no buffer.
    pub fn kernel_group(&self, kernel: usize, argument: u32) -> Result<u32, Failure> {
        let kernel = lock(&self.tables).kernels.get(kernel)?;
        let expected = kernel.argument(argument)?;
        expected.group.ok_or_else(|| Failure::argument(format!("argument {argument} is no buffer")))
    }

    /// Closes a kernel; runs keep it.
    pub fn kernel_close(&self, kernel: usize) {
        let closed = lock(&self.tables).kernels.take(kernel);
        drop(closed);
    }

    /// Allocates a buffer, for instructions or for data.
    ///
    /// # Errors
    /// A closed handle or an impossible size; [`Status::Memory`] if there is not so much.
    pub fn bo_alloc(&self, context: usize, len: usize, kind: i32, group: u32) -> Result<usize, Failure> {
        let context = lock(&self.tables).contexts.get(context)?;
        let buffer = Buffer::new(&context, &self.space, len, kind, group)?;
        Ok(lock(&self.tables).buffers.add(Arc::new(buffer)))
    }

    /// A part of a buffer as a buffer of its own.
    ///
    /// # Errors
    /// A closed handle, or bytes that are not there.
    pub fn bo_sub(&self, parent: usize, offset: usize, len: usize) -> Result<usize, Failure> {
        let parent = lock(&self.tables).buffers.get(parent)?;
        let buffer = parent.part(offset, len)?;
        Ok(lock(&self.tables).buffers.add(Arc::new(buffer)))
    }

    /// Where the host finds a buffer's bytes.
    ///
    /// # Errors
    /// A closed handle.
    pub fn bo_map(&self, buffer: usize) -> Result<*mut u8, Failure> {
        Ok(lock(&self.tables).buffers.get(buffer)?.view.host())
    }

    /// Carries a range to the device, or back.
    ///
    /// # Errors
    /// A closed handle, an unknown direction, bytes that are not there; [`Status::Busy`] while a command uses it.
    pub fn bo_sync(&self, buffer: usize, direction: i32, offset: usize, len: usize) -> Result<(), Failure> {
        let buffer = lock(&self.tables).buffers.get(buffer)?;
        if !(0..=1).contains(&direction) {
            return Err(Failure::argument(format!("there is no direction {direction}")));
        }
        if buffer.view.in_use() {
            return Err(Failure::new(Status::Busy, "a run that uses the buffer is under way"));
        }
        if len == 0 {
            return Err(Failure::argument("a range of no bytes"));
        }
        buffer.view.sync(direction == 0, offset, len).ok_or_else(|| buffer.outside(offset, len))
    }

    #[cfg(test)]
    pub(super) fn view(&self, buffer: usize) -> View {
        let found = lock(&self.tables).buffers.get(buffer);
        found.map(|buffer| buffer.view.clone()).unwrap_or_else(|_| View::new(0, 0, 0))
    }

    /// Where the device finds a buffer.
    ///
    /// # Errors
    /// A closed handle.
    pub fn bo_address(&self, buffer: usize) -> Result<u64, Failure> {
        Ok(lock(&self.tables).buffers.get(buffer)?.view.address())
    }

    /// Frees a buffer, at once or when no command uses it any more.
    pub fn bo_free(&self, buffer: usize) {
        let freed = lock(&self.tables).buffers.take(buffer);
        self.park(freed.map(Parked::Buffer));
    }

    /// A run of a kernel, without arguments.
    ///
    /// # Errors
    /// A closed handle.
    pub fn run_new(&self, kernel: usize) -> Result<usize, Failure> {
        let mut tables = lock(&self.tables);
        let kernel = tables.kernels.get(kernel)?;
        Ok(tables.runs.add(Arc::new(Run::new(kernel))))
    }

    /// Sets an argument to a buffer.
    ///
    /// # Errors
    /// A closed handle, an argument that is no buffer, [`Status::Group`], [`Status::Busy`].
    pub fn run_bo(&self, run: usize, argument: u32, buffer: usize) -> Result<(), Failure> {
        let (run, buffer) = {
            let tables = lock(&self.tables);
            (tables.runs.get(run)?, tables.buffers.get(buffer)?)
        };
        if !Arc::ptr_eq(buffer.context(), &run.kernel.context) {
            return Err(Failure::argument("the buffer is another context's"));
        }
        run.set(argument, Argument::Buffer(buffer.view.clone()))
    }

    /// Sets an argument to a number of so many bytes.
    ///
    /// # Errors
    /// A closed handle, an argument that is no number of that size, [`Status::Busy`].
    pub fn run_number(&self, run: usize, argument: u32, value: u64, bytes: u64) -> Result<(), Failure> {
        let run = lock(&self.tables).runs.get(run)?;
        run.check_number(argument, bytes)?;
        run.set(argument, Argument::Number(value))
    }

    /// Starts a run.
    ///
    /// # Errors
    /// A closed handle, an argument that was never set, a run in a list, [`Status::Busy`]; [`Status::Timeout`] if an
    /// earlier run of the context never came back.
    pub fn run_start(&self, run: usize) -> Result<(), Failure> {
        let run = lock(&self.tables).runs.get(run)?;
        Run::start(&run)
    }

    /// Waits for a run.
    ///
    /// # Errors
    /// The state with the failure: the command's, a closed handle, a limit of 0, [`Status::Timeout`].
    pub fn run_wait(&self, run: usize, limit_ms: u32) -> Result<State, (State, Failure)> {
        let run = lock(&self.tables).runs.get(run).map_err(|failure| (State::New, failure))?;
        run.wait(limit_ms).map_err(|(state, _, failure)| (state, failure))
    }

    /// Asks for the end of a run, which nothing here is sure to bring about.
    ///
    /// # Errors
    /// A closed handle; else [`Status::Unsupported`].
    pub fn run_abort(&self, run: usize) -> Result<(), Failure> {
        lock(&self.tables).runs.get(run)?;
        Err(Failure::new(Status::Unsupported, "no run can be ended here but by waiting"))
    }

    /// Lets go of a run, which is parked while it is under way.
    pub fn run_release(&self, run: usize) {
        let released = lock(&self.tables).runs.take(run);
        self.park(released.map(Parked::Run));
    }

    /// An empty list of runs.
    ///
    /// # Errors
    /// A closed handle.
    pub fn list_new(&self, context: usize) -> Result<usize, Failure> {
        let mut tables = lock(&self.tables);
        let context = tables.contexts.get(context)?;
        Ok(tables.lists.add(Arc::new(List::new(context))))
    }

    /// Adds a run of the same context, which the list alone executes from then on.
    ///
    /// # Errors
    /// A closed handle, a run of another context or that is in a list, [`Status::Busy`].
    pub fn list_add(&self, list: usize, run: usize) -> Result<(), Failure> {
        let (list, run) = {
            let tables = lock(&self.tables);
            (tables.lists.get(list)?, tables.runs.get(run)?)
        };
        list.add(run)
    }

    /// Starts all runs of a list.
    ///
    /// # Errors
    /// A closed handle, an empty list; as [`Host::run_start`].
    pub fn list_execute(&self, list: usize) -> Result<(), Failure> {
        let list = lock(&self.tables).lists.get(list)?;
        list.execute()
    }

    /// Waits for a list.
    ///
    /// # Errors
    /// As [`Host::run_wait`], with the index of the run that failed.
    pub fn list_wait(&self, list: usize, limit_ms: u32) -> Result<State, (State, Option<u32>, Failure)> {
        let list = lock(&self.tables).lists.get(list).map_err(|failure| (State::New, None, failure))?;
        list.wait(limit_ms)
    }

    /// Lets go of a list, which is parked while it is under way.
    pub fn list_release(&self, list: usize) {
        let released = lock(&self.tables).lists.take(list);
        self.park(released.map(Parked::List));
    }

    /// How many handles are alive, and how many runs and lists are parked.
    pub fn counts(&self) -> (u64, u64) {
        let (alive, parked) = lock(&self.tables).counts();
        (alive as u64, parked as u64)
    }

    fn park(&self, what: Option<Parked>) {
        lock(&self.tables).park(what);
    }
}
