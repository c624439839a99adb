//! The host's side of a device that adds 1 to every word of its second argument.

use super::*;
use hark_xdna::xclbin::write::{KERNEL, minimal};
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex};

/// Adds 1 to the words of the instruction buffer, or fails if its first word says so. Waits for its turn if told to.
struct AddOne(Arc<Mutex<()>>);

const FAIL: u32 = 666;

impl Device for AddOne {
    fn info(&self, what: Info) -> String {
        format!("{what:?}")
    }

    fn generation(&self) -> Generation {
        Generation::Xdna2
    }

    fn contexts(&self) -> usize {
        2
    }

    fn run(&self, command: &Command) -> Result<(), String> {
        let _turn = self.0.lock();
        let Some(Argument::Buffer(view)) = command.arguments.get(1) else { return Err("no buffer".into()) };
        if view.words()[0].load(Ordering::Relaxed) == FAIL {
            return Err("told to fail".into());
        }
        view.words().iter().for_each(|word| _ = word.fetch_add(1, Ordering::Relaxed));
        Ok(())
    }
}

/// A host with everything open, and what holds the device up while it is locked.
struct Bench {
    host: Host,
    turn: Arc<Mutex<()>>,
    device: usize,
    xclbin: usize,
    context: usize,
    kernel: usize,
}

const INSTRUCTIONS: i32 = 1;
const DATA: i32 = 2;
const TO_DEVICE: i32 = 0;
const FROM_DEVICE: i32 = 1;
const LIMIT: u32 = 60_000;
/// Long enough for the device to begin, and short enough to wait for in vain.
const SOON: u32 = 30;

impl Bench {
    fn new(faults: &str) -> Self {
        let turn = Arc::new(Mutex::new(()));
        let host = Host::new(AddOne(turn.clone()), Faults::parse(faults).unwrap());
        let device = host.device_open(0).unwrap();
        let xclbin = host.xclbin_load(device, &minimal(Generation::Xdna2)).unwrap();
        let context = host.ctx_open(device, xclbin).unwrap();
        let kernel = host.kernel_open(context, KERNEL).unwrap();
        Self { host, turn, device, xclbin, context, kernel }
    }

    /// A buffer for argument 1 that holds this word, which the device has.
    fn word(&self, value: u32) -> (usize, View) {
        let group = self.host.kernel_group(self.kernel, 1).unwrap();
        let buffer = self.host.bo_alloc(self.context, 4, INSTRUCTIONS, group).unwrap();
        let view = self.host.view(buffer);
        view.host_words()[0].store(value, Ordering::Relaxed);
        self.host.bo_sync(buffer, TO_DEVICE, 0, 4).unwrap();
        (buffer, view)
    }

    /// A run on such a buffer with all other arguments.
    fn run(&self, buffer: usize) -> usize {
        let host = &self.host;
        let run = host.run_new(self.kernel).unwrap();
        let data = host.bo_alloc(self.context, 64, DATA, host.kernel_group(self.kernel, 3).unwrap()).unwrap();
        host.run_number(run, 0, 3, 8).unwrap();
        host.run_bo(run, 1, buffer).unwrap();
        host.run_number(run, 2, 1, 4).unwrap();
        (3..8).for_each(|argument| host.run_bo(run, argument, data).unwrap());
        run
    }
}

fn host_value(view: &View) -> u32 {
    view.host_words()[0].load(Ordering::Relaxed)
}

fn status<T>(result: Result<T, Failure>) -> Option<Status> {
    result.err().map(|failure| failure.status)
}

#[test]
fn a_run_computes_and_only_a_sync_shows_it() {
    let bench = Bench::new("");
    let (buffer, view) = bench.word(41);
    let run = bench.run(buffer);
    bench.host.run_start(run).unwrap();
    assert_eq!(bench.host.run_wait(run, LIMIT), Ok(State::Completed));
    assert_eq!(host_value(&view), 41, "caches are not told");
    bench.host.bo_sync(buffer, FROM_DEVICE, 0, 4).unwrap();
    assert_eq!(host_value(&view), 42);
    view.host_words()[0].store(0, Ordering::Relaxed);
    bench.host.run_start(run).unwrap();
    bench.host.run_wait(run, LIMIT).unwrap();
    bench.host.bo_sync(buffer, FROM_DEVICE, 0, 4).unwrap();
    assert_eq!(host_value(&view), 43, "what was not brought to the device is lost");
}

#[test]
fn a_list_runs_in_order_and_says_which_failed() {
    let bench = Bench::new("");
    let (good, bad, later) = (bench.word(1), bench.word(FAIL), bench.word(1));
    let list = bench.host.list_new(bench.context).unwrap();
    for buffer in [good.0, bad.0, later.0] {
        bench.host.list_add(list, bench.run(buffer)).unwrap();
    }
    bench.host.list_execute(list).unwrap();
    let (state, failed, failure) = bench.host.list_wait(list, LIMIT).unwrap_err();
    assert_eq!((state, failed, failure.status), (State::Error, Some(1), Status::Command));
    assert!(failure.message.contains("told to fail"), "{failure}");
    for (buffer, expected) in [(&good, 2), (&later, 1)] {
        bench.host.bo_sync(buffer.0, FROM_DEVICE, 0, 4).unwrap();
        assert_eq!(host_value(&buffer.1), expected);
    }
    bad.1.host_words()[0].store(7, Ordering::Relaxed);
    bench.host.bo_sync(bad.0, TO_DEVICE, 0, 4).unwrap();
    bench.host.list_execute(list).unwrap();
    assert_eq!(bench.host.list_wait(list, LIMIT), Ok(State::Completed), "again, when it is mended");
}

#[test]
fn what_is_under_way_is_left_alone_and_parked() {
    let bench = Bench::new("");
    let host = &bench.host;
    let (buffer, view) = bench.word(1);
    let run = bench.run(buffer);
    let other = bench.run(bench.word(1).0);
    let (before, _) = host.counts();
    let turn = bench.turn.lock().unwrap();
    host.run_start(run).unwrap();
    let late = host.run_wait(run, SOON).unwrap_err();
    assert_eq!((late.0, late.1.status), (State::Timeout, Status::Timeout));
    assert_eq!(status(host.run_abort(run)), Some(Status::Unsupported));
    let list = host.list_new(bench.context).unwrap();
    let refused =
        [host.run_number(run, 0, 1, 8), host.bo_sync(buffer, TO_DEVICE, 0, 4), host.list_add(list, run)];
    for refused in refused {
        assert_eq!(status(refused), Some(Status::Busy));
    }
    for run in [run, other] {
        assert_eq!(status(host.run_start(run)), Some(Status::Timeout), "the context takes no more work");
    }
    host.list_release(list);
    host.run_release(run);
    host.bo_free(buffer);
    host.ctx_close(bench.context);
    assert_eq!(host.counts(), (before - 3, 1), "the run is parked");
    assert!(view.in_use(), "and its buffer is kept");
    drop(turn);
    let start = std::time::Instant::now();
    while host.counts().1 > 0 && start.elapsed().as_secs() < 60 {
        std::thread::yield_now();
    }
    assert_eq!(host.counts(), (before - 3, 0), "freed when it was over");
}

#[test]
fn closed_and_foreign_handles_are_refused_everywhere() {
    let Bench { host, device, xclbin, context, kernel, .. } = Bench::new("");
    let group = host.kernel_group(kernel, 3).unwrap();
    let buffer = host.bo_alloc(context, 64, DATA, group).unwrap();
    let run = host.run_new(kernel).unwrap();
    let list = host.list_new(context).unwrap();
    let foreign_run = Bench::new("");
    let (word, _) = foreign_run.word(1);
    let foreign = foreign_run.run(word);
    assert_eq!(status(host.list_add(list, foreign)), Some(Status::Argument), "of another host");
    let all = [device, xclbin, context, kernel, buffer, run, list];
    let refused = |result: Option<Status>, what: &str, handle: usize| {
        assert_eq!(result, Some(Status::Argument), "{what} of {handle}");
    };
    let every = |bad: usize, all_closed: bool| {
        let not = |good: usize| all_closed || bad != good;
        if not(device) {
            refused(status(host.device_info(bad, 1)), "info", bad);
            refused(status(host.xclbin_load(bad, &[])), "load", bad);
            refused(status(host.ctx_open(bad, xclbin)), "context", bad);
            refused(status(host.ctx_open_elf(bad)), "context from ELF", bad);
        }
        if not(xclbin) {
            refused(status(host.xclbin_kernel(bad, 0)), "kernel of xclbin", bad);
            refused(status(host.ctx_open(device, bad)), "context of xclbin", bad);
        }
        if not(context) {
            refused(status(host.kernel_open(bad, KERNEL)), "kernel", bad);
            refused(status(host.bo_alloc(bad, 4, DATA, group)), "buffer", bad);
            refused(status(host.list_new(bad)), "list", bad);
        }
        if not(kernel) {
            refused(status(host.kernel_group(bad, 3)), "group", bad);
            refused(status(host.run_new(bad)), "run", bad);
        }
        if not(buffer) {
            refused(status(host.bo_sub(bad, 0, 4)), "sub", bad);
            refused(status(host.bo_map(bad)), "map", bad);
            refused(status(host.bo_sync(bad, 0, 0, 4)), "sync", bad);
            refused(status(host.bo_address(bad)), "address", bad);
            refused(status(host.run_bo(run, 3, bad)), "argument", bad);
        }
        if not(run) {
            refused(status(host.run_bo(bad, 3, buffer)), "run's buffer", bad);
            refused(status(host.run_number(bad, 0, 3, 8)), "run's number", bad);
            refused(status(host.run_start(bad)), "start", bad);
            refused(host.run_wait(bad, LIMIT).err().map(|e| e.1.status), "wait", bad);
            refused(status(host.run_abort(bad)), "abort", bad);
            refused(status(host.list_add(list, bad)), "add", bad);
        }
        if not(list) {
            refused(status(host.list_add(bad, run)), "list's add", bad);
            refused(status(host.list_execute(bad)), "execute", bad);
            refused(host.list_wait(bad, LIMIT).err().map(|e| e.2.status), "list's wait", bad);
        }
    };
    for bad in all.into_iter().chain([0, 8, usize::MAX, foreign]) {
        every(bad, false);
    }
    assert_eq!(host.counts(), (7, 0));
    host.list_release(list);
    host.run_release(run);
    host.bo_free(buffer);
    host.kernel_close(kernel);
    host.ctx_close(context);
    host.xclbin_free(xclbin);
    host.device_close(device);
    assert_eq!(host.counts(), (0, 0), "nothing leaks");
    for closed in all {
        every(closed, true);
        // Closing twice, or what is something else, does nothing.
        host.device_close(closed);
        host.ctx_close(closed);
        host.bo_free(closed);
        host.run_release(closed);
    }
    assert_eq!(host.counts(), (0, 0));
}

#[test]
fn arguments_are_checked() {
    let bench = Bench::new("");
    let Bench { host, device, xclbin, context, kernel, .. } = &bench;
    let argument = Some(Status::Argument);
    assert_eq!(status(host.device_open(1)), Some(Status::NoDevice));
    assert_eq!(host.device_info(*device, 1).as_deref(), Ok("Name"));
    for key in [0, 5, -1, i32::MAX, i32::MIN] {
        assert_eq!(status(host.device_info(*device, key)), argument);
    }
    assert_eq!(host.xclbin_kernel(*xclbin, 0), Ok((KERNEL.into(), 8)));
    assert_eq!(status(host.xclbin_kernel(*xclbin, 1)), argument);
    assert_eq!(status(host.xclbin_load(*device, b"nonsense")), Some(Status::Xclbin));
    let other = minimal(Generation::Xdna1);
    assert_eq!(status(host.xclbin_load(*device, &other)), Some(Status::Xclbin), "for another device");
    assert_eq!(status(host.kernel_open(*context, "DPU")), argument);
    assert_eq!(status(host.kernel_group(*kernel, 0)), argument, "a number");
    assert_eq!(status(host.kernel_group(*kernel, 8)), argument);
    let (sram, ram) = (host.kernel_group(*kernel, 1).unwrap(), host.kernel_group(*kernel, 3).unwrap());
    for (len, kind) in [(0, DATA), (usize::MAX, DATA), (4, 0), (4, 3)] {
        assert_eq!(status(host.bo_alloc(*context, len, kind, ram)), argument, "{len} bytes, kind {kind}");
    }
    assert_eq!(status(host.bo_alloc(*context, 1 << 39, DATA, ram)), Some(Status::Memory));
    assert_eq!(status(host.bo_alloc(*context, (64 << 20) + 1, INSTRUCTIONS, sram)), Some(Status::Memory));
    let buffer = host.bo_alloc(*context, 100, DATA, ram).unwrap();
    for (offset, len) in [(0, 0), (0, 101), (100, 1), (usize::MAX, 1), (1, 4), (4, usize::MAX)] {
        assert_eq!(status(host.bo_sub(buffer, offset, len)), argument, "{len} from {offset}");
    }
    for (direction, offset, len) in [(0, 0, 101), (0, usize::MAX, 1), (2, 0, 4), (-1, 0, 4)] {
        assert_eq!(status(host.bo_sync(buffer, direction, offset, len)), argument);
    }
    let run = host.run_new(*kernel).unwrap();
    assert_eq!(status(host.run_bo(run, 1, buffer)), Some(Status::Group), "data where instructions belong");
    assert_eq!(status(host.run_bo(run, 0, buffer)), argument, "a buffer for a number");
    assert_eq!(status(host.run_number(run, 3, 1, 8)), argument, "a number for a buffer");
    assert_eq!(status(host.run_number(run, 2, 1, 8)), argument, "too large a number");
    assert_eq!(status(host.run_bo(run, 8, buffer)), argument);
    assert_eq!(status(host.run_start(run)), argument, "without arguments");
    assert_eq!(host.run_wait(run, LIMIT).unwrap_err().1.status, Status::Argument, "never started");
    assert_eq!(host.run_wait(run, 0).unwrap_err().1.status, Status::Argument, "without a limit");
    let list = host.list_new(*context).unwrap();
    assert_eq!(status(host.list_execute(list)), argument, "empty");
    host.list_add(list, run).unwrap();
    assert_eq!(status(host.list_add(list, run)), argument, "twice");
    let another = host.list_new(*context).unwrap();
    assert_eq!(status(host.list_add(another, run)), argument, "in two lists");
    assert_eq!(status(host.run_start(run)), argument, "by itself");
}

#[test]
fn contexts_are_few_and_come_back() {
    let Bench { host, device, xclbin, context, .. } = Bench::new("");
    let second = host.ctx_open(device, xclbin).unwrap();
    let refused = host.ctx_open(device, xclbin).unwrap_err();
    assert_eq!((refused.status, refused.os_error), (Status::ContextLimit, 22));
    let buffer = host.bo_alloc(second, 4, DATA, 0).unwrap();
    host.ctx_close(second);
    assert_eq!(
        status(host.ctx_open(device, xclbin)),
        Some(Status::ContextLimit),
        "a buffer keeps its context"
    );
    host.bo_free(buffer);
    let third = host.ctx_open(device, xclbin).unwrap();
    let run_of_another = host.run_new(host.kernel_open(third, KERNEL).unwrap()).unwrap();
    let list = host.list_new(context).unwrap();
    assert_eq!(status(host.list_add(list, run_of_another)), Some(Status::Argument));
}

#[test]
fn a_part_of_a_buffer_is_the_same_memory() {
    let bench = Bench::new("");
    let host = &bench.host;
    let buffer = host.bo_alloc(bench.context, 4096, DATA, 0).unwrap();
    let part = host.bo_sub(buffer, 1024, 512).unwrap();
    let sub = host.bo_sub(part, 256, 4).unwrap();
    assert_eq!(host.bo_address(sub).unwrap(), host.bo_address(buffer).unwrap() + 1280);
    assert_eq!(host.bo_map(sub).unwrap().addr(), host.bo_map(buffer).unwrap().addr() + 1280);
    host.bo_free(buffer);
    let view = host.view(sub);
    view.host_words()[0].store(5, Ordering::Relaxed);
    host.bo_sync(sub, TO_DEVICE, 0, 4).unwrap();
    assert_eq!(host.view(part).words()[64].load(Ordering::Relaxed), 5);
    assert_eq!(host.view(part).words()[63].load(Ordering::Relaxed), POISON, "only the range");
    assert_eq!(status(host.bo_sub(part, 512, 4)), Some(Status::Argument), "not beyond the part");
}

#[test]
fn faults_of_commands_happen() {
    for (fault, expected) in [("error:run:2", Status::NoDevice), ("throw:run", Status::Internal)] {
        let bench = Bench::new(fault);
        let run = bench.run(bench.word(1).0);
        bench.host.run_start(run).unwrap();
        let (state, failure) = bench.host.run_wait(run, LIMIT).unwrap_err();
        assert_eq!((state, failure.status), (State::Error, expected));
        assert_eq!(status(bench.host.run_start(run)), Some(Status::Timeout), "the context is given up");
    }
    let bench = Bench::new("hang:run");
    let (buffer, _) = bench.word(1);
    let run = bench.run(buffer);
    bench.host.run_start(run).unwrap();
    assert_eq!(bench.host.run_wait(run, SOON).unwrap_err().0, State::Timeout);
    let context = bench.host.ctx_open(bench.device, bench.xclbin).unwrap();
    let other = Bench { context, kernel: bench.host.kernel_open(context, KERNEL).unwrap(), ..bench };
    let run = other.run(other.word(1).0);
    other.host.run_start(run).unwrap();
    assert_eq!(other.host.run_wait(run, SOON).unwrap_err().0, State::Timeout, "the device hangs for all");
}
