//! The safe interface over the fake NPU.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use hark_kernels::op::{self, Buffer as Place, Matrix, Op};
use hark_xdna::xclbin::write::minimal;
use hark_xdna::{
    Buffer, BufferKind, Context, Counts, Direction, Error, ErrorKind, Generation, Kernel, Library, Resident,
    Run,
};
use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

const LEN: usize = 256;
const LONG: Duration = Duration::from_secs(60);
/// Long enough for nothing: what hangs does not come.
const SHORT: Duration = Duration::from_millis(50);
const FAULT: &str = "HARK_NPU_FAULT";

fn library() -> Library {
    Library::open(&fake()).unwrap()
}

/// It is built with the tests and lies beside them.
fn fake() -> PathBuf {
    let tests = std::env::current_exe().unwrap();
    tests.with_file_name(format!(
        "{}hark_kernels{}",
        std::env::consts::DLL_PREFIX,
        std::env::consts::DLL_SUFFIX
    ))
}

fn context(library: &Library) -> Context {
    let device = library.device(0).unwrap();
    let xclbin = device.xclbin(&minimal(Generation::Xdna1)).unwrap();
    device.context(&xclbin, &[("priority", 0x180)]).unwrap()
}

/// What a run of the fake needs: instructions that copy the input to the output.
struct Parts<'c> {
    kernel: Kernel<'c>,
    instructions: Resident<'c>,
    words: u32,
    input: Buffer<'c>,
    output: Buffer<'c>,
    rest: Resident<'c>,
}

impl<'c> Parts<'c> {
    fn new(context: &'c Context) -> Result<Self, Error> {
        let matrix = |buffer| {
            let columns = (LEN / size_of::<f32>()) as u32;
            Matrix { buffer, offset: 0, rows: 1, columns, stride: columns }
        };
        let list = op::encode(&[Op::Copy { from: matrix(Place::Input), to: matrix(Place::Output) }]);
        let kernel = context.kernel("MLIR_AIE")?;
        let bytes: Vec<u8> = list.iter().flat_map(|word| word.to_le_bytes()).collect();
        let mut instructions = context.buffer(bytes.len(), BufferKind::Instructions, kernel.group(1)?)?;
        instructions.bytes_mut()?.copy_from_slice(&bytes);
        let group = kernel.group(3)?;
        let data = || context.buffer(LEN, BufferKind::Data, group);
        Ok(Self {
            instructions: instructions.into_resident()?,
            words: list.len() as u32,
            input: data()?,
            output: data()?,
            rest: data()?.into_resident()?,
            kernel,
        })
    }

    fn run(&self) -> Result<Run<'c>, Error> {
        let mut run = self.kernel.run()?;
        run.set_u64(0, 3)?;
        run.set_buffer(1, &self.instructions)?;
        run.set_u32(2, self.words)?;
        run.set_buffer(3, &self.rest)?;
        run.set_buffer(4, &self.input)?;
        run.set_buffer(5, &self.output)?;
        run.set_buffer(6, &self.rest)?;
        run.set_buffer(7, &self.rest)?;
        Ok(run)
    }

    fn fill(&mut self, byte: u8) -> Result<(), Error> {
        self.input.bytes_mut()?.fill(byte);
        self.input.sync(Direction::ToDevice, 0..LEN)
    }

    fn result(&mut self) -> Result<&[u8], Error> {
        self.output.sync(Direction::FromDevice, 0..LEN)?;
        self.output.bytes()
    }
}

/// The whole test again in a process of its own, in which these faults happen.
fn with_fault(fault: &str, test: &str, body: impl FnOnce()) {
    if std::env::var(FAULT).as_deref() == Ok(fault) {
        return body();
    }
    let this = std::env::current_exe().unwrap();
    let child = Command::new(this).args(["--exact", test, "--nocapture"]).env(FAULT, fault).output().unwrap();
    let said = String::from_utf8_lossy(&child.stdout);
    assert!(child.status.success() && said.contains("1 passed"), "{fault}: {child:?}");
}

#[test]
fn what_goes_in_comes_out() {
    let library = library();
    let context = context(&library);
    let mut parts = Parts::new(&context).unwrap();
    let mut run = parts.run().unwrap();
    for byte in [1, 2] {
        parts.fill(byte).unwrap();
        run.start([&mut parts.input, &mut parts.output]).unwrap().wait(LONG).unwrap();
        assert_eq!(parts.result().unwrap(), [byte; LEN]);
    }
    let mut list = context.run_list().unwrap();
    list.add(run).unwrap();
    list.add(parts.run().unwrap()).unwrap();
    for byte in [3, 4] {
        parts.fill(byte).unwrap();
        list.execute([&mut parts.input, &mut parts.output]).unwrap().wait(LONG).unwrap();
        assert_eq!(parts.result().unwrap(), [byte; LEN]);
    }
    // Four buffers, two of them made resident, and four windows there and back.
    let counters = context.counters();
    assert_eq!((counters.allocations, counters.reuses, counters.syncs), (4, 0, 2 + 8));
    assert_eq!(counters.synced_bytes, u64::from(parts.words) * 4 + 9 * LEN as u64);
}

#[test]
fn a_run_that_is_dropped_is_waited_for() {
    let library = library();
    let context = context(&library);
    let mut parts = Parts::new(&context).unwrap();
    let mut run = parts.run().unwrap();
    parts.fill(9).unwrap();
    drop(run.start([&mut parts.input, &mut parts.output]).unwrap());
    assert_eq!(parts.result().unwrap(), [9; LEN]);
}

#[test]
fn a_run_that_is_forgotten_keeps_its_buffers() {
    let library = library();
    let context = context(&library);
    let mut parts = Parts::new(&context).unwrap();
    let mut run = parts.run().unwrap();
    std::mem::forget(run.start([&mut parts.input, &mut parts.output]).unwrap());
    assert_eq!(parts.input.bytes().unwrap_err().kind, ErrorKind::Busy);
    assert_eq!(parts.input.bytes_mut().unwrap_err().kind, ErrorKind::Busy);
    assert_eq!(parts.fill(1).unwrap_err().kind, ErrorKind::Busy);
    assert_eq!(run.set_u32(2, 1).unwrap_err().kind, ErrorKind::Busy);
    let again = run.start([&mut parts.input, &mut parts.output]).err().unwrap();
    assert_eq!(again.kind, ErrorKind::Busy);
    let other = parts.run().unwrap().start([&mut parts.input, &mut parts.output]).err().unwrap();
    assert_eq!(other.kind, ErrorKind::Busy);
}

#[test]
fn only_what_is_handed_over_is_used() {
    let library = library();
    let context = context(&library);
    let mut parts = Parts::new(&context).unwrap();
    let mut run = parts.run().unwrap();
    let missing = run.start([&mut parts.input]).err().unwrap();
    assert_eq!(missing.kind, ErrorKind::Argument);
    assert!(missing.message.contains("argument 5"), "{missing}");
    let mut list = context.run_list().unwrap();
    assert_eq!(list.execute([]).err().unwrap().kind, ErrorKind::Argument);
    list.add(run).unwrap();
    let missing = list.execute([&mut parts.output]).err().unwrap();
    assert!(missing.message.contains("argument 4"), "{missing}");
    // A part is its whole's.
    let mut run = parts.run().unwrap();
    run.set_buffer(4, &parts.input.sub(64..128).unwrap()).unwrap();
    assert!(run.start([&mut parts.output]).is_err());
    assert!(!context.is_poisoned());
}

#[test]
fn what_belongs_to_another_context_is_refused() {
    let library = library();
    let (one, other) = (context(&library), context(&library));
    let (ours, theirs) = (Parts::new(&one).unwrap(), Parts::new(&other).unwrap());
    let mut run = ours.run().unwrap();
    assert_eq!(run.set_buffer(4, &theirs.input).unwrap_err().kind, ErrorKind::Argument);
    let mut list = other.run_list().unwrap();
    assert_eq!(list.add(run).unwrap_err().kind, ErrorKind::Argument);
    let mut pool = other.pool();
    pool.give(one.buffer(4096, BufferKind::Data, 0).unwrap());
    assert_eq!(pool.kept(), 0);
}

#[test]
fn ranges_and_groups_are_checked() {
    let library = library();
    let context = context(&library);
    let mut parts = Parts::new(&context).unwrap();
    let kind = |result: Result<(), Error>| result.unwrap_err().kind;
    #[expect(clippy::reversed_empty_ranges)]
    for range in [0..0, 1..0, 0..LEN + 1, LEN..LEN + 1, usize::MAX - 1..usize::MAX] {
        assert_eq!(kind(parts.input.sync(Direction::ToDevice, range.clone())), ErrorKind::Argument);
        assert!(parts.input.sub(range.clone()).is_err() && parts.rest.sub(range).is_err());
    }
    assert_eq!(parts.input.sub(64..128).unwrap().range(), 64..128);
    let (whole, part) = (parts.rest.address().unwrap(), parts.rest.sub(64..192).unwrap());
    assert_eq!((part.len(), part.address().unwrap()), (128, whole + 64));
    assert_eq!(part.sub(64..128).unwrap().address().unwrap(), whole + 128);
    assert!(part.sub(64..129).is_err());
    let group = parts.kernel.group(3).unwrap();
    let wrong = context.buffer(LEN, BufferKind::Data, group + 1).unwrap();
    assert_eq!(kind(parts.run().unwrap().set_buffer(4, &wrong)), ErrorKind::Group);
    assert_eq!(kind(parts.run().unwrap().set_buffer(0, &parts.input)), ErrorKind::Argument);
    assert_eq!(kind(parts.run().unwrap().set_u32(8, 1)), ErrorKind::Argument);
    assert!(context.buffer(0, BufferKind::Data, group).is_err());
    assert!(context.buffer(usize::MAX, BufferKind::Data, group).is_err());
    assert!(context.pool().take(usize::MAX, BufferKind::Data, group).is_err());
    assert!(context.kernel("another").is_err() && context.kernel("a\0b").is_err());
    assert!(library.device(1).is_err());
    assert_eq!(library.device(0).unwrap().xclbin(b"xclbin2").err().unwrap().kind, ErrorKind::Xclbin);
    let foreign = library.device(0).unwrap().xclbin(&minimal(Generation::Xdna2)).err().unwrap();
    assert_eq!(foreign.kind, ErrorKind::Xclbin);
}

#[test]
fn a_pool_allocates_once() {
    let library = library();
    let context = context(&library);
    let mut pool = context.pool();
    for round in 0..3 {
        let buffers: Vec<_> = (1..4).map(|n| pool.take(n * 4096 - 1, BufferKind::Data, 0).unwrap()).collect();
        assert!(buffers.iter().zip(1..).all(|(buffer, n)| buffer.len() == n * 4096));
        let instructions = pool.take(4096, BufferKind::Instructions, 1).unwrap();
        let counters = pool.counters();
        assert_eq!((counters.allocations, counters.reuses, counters.bytes), (4, round * 4, 7 * 4096));
        buffers.into_iter().for_each(|buffer| pool.give(buffer));
        pool.give(instructions);
        assert_eq!(pool.kept(), 4);
    }
    // One that a run may still be started with is not for the next.
    let kernel = context.kernel("MLIR_AIE").unwrap();
    let buffer = pool.take(4096, BufferKind::Data, kernel.group(3).unwrap()).unwrap();
    let mut run = kernel.run().unwrap();
    run.set_buffer(3, &buffer).unwrap();
    let kept = pool.kept();
    pool.give(buffer);
    assert_eq!(pool.kept(), kept);
}

#[test]
fn everything_is_closed_in_whatever_order() {
    // In a process of its own, since the library counts for the whole process.
    with_fault("slow:1", "everything_is_closed_in_whatever_order", || {
        let library = library();
        let shared = context(&library).share();
        let (buffer, list) = (shared.buffer(LEN, BufferKind::Data, 0).unwrap(), shared.run_list().unwrap());
        let run = shared.kernel("MLIR_AIE").unwrap().run().unwrap();
        let (part, clone) = (buffer.sub(0..64).unwrap(), shared.clone());
        assert_eq!(shared.counters().allocations, 1);
        assert_eq!(shared.pool().kept(), 0);
        drop(shared);
        drop(clone);
        drop(buffer);
        assert_eq!(part.address().unwrap() % 4096, 0);
        drop(list);
        drop(run);
        drop(part);
        assert_eq!(library.counts().unwrap(), Counts { alive: 0, parked: 0 });
    });
}

#[test]
fn a_run_that_never_comes_back_is_given_up() {
    with_fault("hang:run@2", "a_run_that_never_comes_back_is_given_up", || {
        let library = library();
        {
            let context = context(&library);
            let mut parts = Parts::new(&context).unwrap();
            parts.fill(1).unwrap();
            let mut run = parts.run().unwrap();
            run.start([&mut parts.input, &mut parts.output]).unwrap().wait(LONG).unwrap();
            let started = run.start([&mut parts.input, &mut parts.output]).unwrap();
            assert_eq!(started.wait(SHORT).unwrap_err().kind, ErrorKind::Timeout);
            assert!(context.is_poisoned());
            assert_eq!(parts.input.bytes().unwrap_err().kind, ErrorKind::Poisoned);
            assert_eq!(parts.result().unwrap_err().kind, ErrorKind::Poisoned);
            assert_eq!(run.set_u32(2, 1).unwrap_err().kind, ErrorKind::Poisoned);
            assert_eq!(run.start([]).err().unwrap().kind, ErrorKind::Poisoned);
            assert_eq!(context.run_list().err().unwrap().kind, ErrorKind::Poisoned);
            let more = context.buffer(LEN, BufferKind::Data, 0).err().unwrap();
            assert_eq!(more.kind, ErrorKind::Poisoned);
            let mut pool = context.pool();
            pool.give(parts.input);
            assert_eq!(pool.kept(), 0);
        }
        let counts = library.counts().unwrap();
        assert!(counts.alive == 0 && counts.parked > 0, "{counts:?}");
    });
}

#[test]
fn a_list_that_never_comes_back_is_given_up() {
    with_fault("hang:run", "a_list_that_never_comes_back_is_given_up", || {
        let library = library();
        let context = context(&library);
        let mut parts = Parts::new(&context).unwrap();
        let mut list = context.run_list().unwrap();
        list.add(parts.run().unwrap()).unwrap();
        let executing = list.execute([&mut parts.input, &mut parts.output]).unwrap();
        let failure = executing.wait(SHORT).unwrap_err();
        assert_eq!((failure.error.kind, failure.failed), (ErrorKind::Timeout, None));
        assert!(context.is_poisoned() && parts.output.bytes().is_err());
    });
}

#[test]
fn a_failed_command_is_over() {
    with_fault("error:run:8:2", "a_failed_command_is_over", || {
        let library = library();
        let context = context(&library);
        let mut parts = Parts::new(&context).unwrap();
        let mut list = context.run_list().unwrap();
        for _ in 0..3 {
            list.add(parts.run().unwrap()).unwrap();
        }
        parts.fill(4).unwrap();
        let executing = list.execute([&mut parts.input, &mut parts.output]).unwrap();
        let failure = executing.wait(LONG).unwrap_err();
        assert_eq!((failure.error.kind, failure.failed), (ErrorKind::Command, Some(1)));
        assert!(failure.to_string().starts_with("run 1 of the list: "), "{failure}");
        assert!(!context.is_poisoned());
        parts.fill(5).unwrap();
        list.execute([&mut parts.input, &mut parts.output]).unwrap().wait(LONG).unwrap();
        assert_eq!(parts.result().unwrap(), [5; LEN]);
    });
}

/// Every function of the C interface but those that only close, and the ones that nothing of the safe interface calls.
const CALLS: &[&str] = &[
    "enumerate",
    "device_open",
    "device_info",
    "xclbin_load",
    "xclbin_kernel",
    "ctx_open",
    "kernel_open",
    "kernel_group",
    "bo_alloc",
    "bo_sub",
    "bo_map",
    "bo_sync",
    "bo_address",
    "run_new",
    "run_bo",
    "run_u32",
    "run_u64",
    "run_start",
    "run_wait",
    "list_new",
    "list_add",
    "list_execute",
    "list_wait",
];
const CLOSING: &[&str] =
    &["device_close", "xclbin_free", "ctx_close", "kernel_close", "bo_free", "run_release", "list_release"];

/// Makes each of these calls at least once.
fn make_all_calls(library: &Library) -> Result<(), Error> {
    library.devices()?;
    let device = library.device(0)?;
    device.info()?;
    let xclbin = device.xclbin(&minimal(Generation::Xdna1))?;
    assert_eq!(xclbin.kernels()?.len(), 1);
    let context = device.context(&xclbin, &[])?;
    let mut parts = Parts::new(&context)?;
    parts.input.sub(0..64)?.address()?;
    parts.fill(6)?;
    let mut run = parts.run()?;
    run.start([&mut parts.input, &mut parts.output])?.wait(LONG)?;
    let mut list = context.run_list()?;
    list.add(run)?;
    list.execute([&mut parts.input, &mut parts.output])?.wait(LONG).map_err(|failure| failure.error)?;
    assert_eq!(parts.result()?, [6; LEN]);
    Ok(())
}

#[test]
fn every_call_may_fail() {
    let test = "every_call_may_fail";
    for call in CALLS {
        let fault = format!("error:{call}:4");
        if std::env::var(FAULT).is_ok_and(|now| now != fault) {
            continue;
        }
        with_fault(&fault, test, || {
            let library = library();
            assert_eq!(make_all_calls(&library).unwrap_err().kind, ErrorKind::Xclbin);
            assert_eq!(library.counts().unwrap().alive, 0);
        });
    }
}

#[test]
fn every_call_may_throw() {
    let test = "every_call_may_throw";
    for call in CALLS.iter().chain(CLOSING) {
        let fault = format!("throw:{call}");
        if std::env::var(FAULT).is_ok_and(|now| now != fault) {
            continue;
        }
        with_fault(&fault, test, || {
            let made = make_all_calls(&library());
            match made {
                Ok(()) => assert!(CLOSING.contains(call)),
                Err(error) => assert_eq!(error.kind, ErrorKind::Internal, "{error}"),
            }
        });
    }
}

#[test]
fn every_status_has_its_kind() {
    let kinds = [
        ErrorKind::Argument,
        ErrorKind::NoDevice,
        ErrorKind::Driver,
        ErrorKind::Xclbin,
        ErrorKind::ContextLimit,
        ErrorKind::Memory,
        ErrorKind::Group,
        ErrorKind::Command,
        ErrorKind::Timeout,
        ErrorKind::Busy,
        ErrorKind::Unsupported,
        ErrorKind::Internal,
    ];
    for (status, kind) in (1..).zip(kinds) {
        let fault = format!("error:device_open:{status}");
        if std::env::var(FAULT).is_ok_and(|now| now != fault) {
            continue;
        }
        with_fault(&fault, "every_status_has_its_kind", || {
            let error = library().device(0).err().unwrap();
            assert_eq!(error.kind, kind);
            assert!(error.to_string().contains(kind.advice()), "{error}");
        });
    }
}
