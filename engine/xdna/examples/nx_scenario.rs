#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
//! Drives an `nx_*` library through the safe interface, one scenario a process, and panics where it does not answer as
//! it should. The device underneath is what the scenario's name says; `packaging/test/xrt` makes it so.
//!
//! ```text
//! nx_scenario NAME LIBRARY
//! nx_scenario write XCLBIN
//! ```
//! The second writes the xclbin that the scenarios load.

use hark_xdna::xclbin::write;
use hark_xdna::{
    Buffer, BufferKind, Context, Direction, Error, ErrorKind, Generation, Kernel, Library, ListError, Run,
};
use std::path::Path;
use std::time::{Duration, Instant};

/// Nothing takes so long that is not hung.
const PATIENCE: Duration = Duration::from_secs(5);
/// How long a hung run is waited for.
const LIMIT: Duration = Duration::from_millis(300);
/// A tensor of activations of the base model.
const TENSOR: usize = 1536 * 512 * 2;

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [name, library] = arguments.as_slice() else { panic!("nx_scenario NAME LIBRARY") };
    if name == "write" {
        return std::fs::write(library, write::minimal(here())).unwrap();
    }
    let library = Library::open(Path::new(library)).unwrap();
    match name.as_str() {
        "whole" => whole(&library),
        "hung-run" => hung(&library, false),
        "hung-list" => hung(&library, true),
        "memlock" => memlock(&library),
        "contexts" => contexts(&library),
        "group" => group(&library),
        "lost" => lost(&library),
        "failed-run" => failed_run(&library),
        "failed-list" => failed_list(&library),
        "other-device" => other_device(&library),
        "elf" => elf(&library),
        "hung-elf" => hung_elf(&library),
        "measure" => measure(&library),
        _ => panic!("there is no scenario {name}"),
    }
    println!("{name}: as it should be");
}

/// The generation that the fake driver plays.
fn here() -> Generation {
    if std::env::var("HARK_FAKE_NPU").is_ok_and(|name| name == "xdna2") {
        Generation::Xdna2
    } else {
        Generation::Xdna1
    }
}

fn open(library: &Library) -> Context {
    let device = library.device(0).unwrap();
    let file = write::minimal(here());
    let xclbin = device.xclbin(&file).unwrap();
    device.context(&xclbin, &[("priority", 0x180)]).unwrap()
}

/// A kernel's buffers: instructions, and one for all that is data.
struct Memory<'c> {
    instructions: Buffer<'c>,
    data: Buffer<'c>,
}

impl<'c> Memory<'c> {
    fn new(context: &'c Context, kernel: &Kernel<'c>) -> Self {
        let buffer =
            |len, kind, argument| context.buffer(len, kind, kernel.group(argument).unwrap()).unwrap();
        let instructions = buffer(4096, BufferKind::Instructions, 1);
        Self { instructions, data: buffer(TENSOR, BufferKind::Data, 3) }
    }

    fn run(&self, kernel: &Kernel<'c>) -> Run<'c> {
        let mut run = kernel.run().unwrap();
        run.set_u64(0, 3).unwrap();
        run.set_buffer(1, &self.instructions).unwrap();
        run.set_u32(2, 1024).unwrap();
        for argument in 3..7 {
            run.set_buffer(argument, &self.data).unwrap();
        }
        run.set_buffer(7, &self.data.sub(4096..8192).unwrap()).unwrap();
        run
    }
}

fn execute<'c>(run: &mut Run<'c>, memory: &mut Memory<'c>, limit: Duration) -> Result<(), Error> {
    run.start([&mut memory.instructions, &mut memory.data])?.wait(limit)
}

/// Nothing is left, or only what was parked.
fn nothing_left(library: &Library) {
    let counts = library.counts().unwrap();
    assert_eq!((counts.alive, counts.parked), (0, 0));
}

fn whole(library: &Library) {
    assert_eq!(library.devices().unwrap(), 1);
    let info = library.device(0).unwrap().info().unwrap();
    println!("{info:?}");
    let (name, address) = match here() {
        Generation::Xdna1 => ("RyzenAI-npu1", "0000:c5:00.1"),
        Generation::Xdna2 => ("RyzenAI-npu4", "0000:c6:00.1"),
    };
    assert_eq!((info.name.as_str(), info.address.as_str()), (name, address));
    assert!(info.runtime.contains("2.25"), "{}", info.runtime);
    {
        let context = open(library);
        let kernel = context.kernel(write::KERNEL).unwrap();
        let mut memory = Memory::new(&context, &kernel);
        memory.data.bytes_mut().unwrap().fill(7);
        memory.data.sync(Direction::ToDevice, 4096..8192).unwrap();
        memory.instructions.sync(Direction::ToDevice, 0..4096).unwrap();
        let (address, part) = (memory.data.address().unwrap(), memory.data.sub(65536..131_072).unwrap());
        assert_eq!(part.address().unwrap(), address + 65536);
        let mut run = memory.run(&kernel);
        for _ in 0..3 {
            execute(&mut run, &mut memory, PATIENCE).unwrap();
        }
        let mut list = context.run_list().unwrap();
        for _ in 0..8 {
            list.add(memory.run(&kernel)).unwrap();
        }
        for _ in 0..3 {
            list.execute([&mut memory.instructions, &mut memory.data]).unwrap().wait(PATIENCE).unwrap();
        }
        memory.data.sync(Direction::FromDevice, 0..TENSOR).unwrap();
        assert!(memory.data.bytes().unwrap().iter().all(|&byte| byte == 7), "nobody wrote there");
        assert!(!context.is_poisoned());
    }
    nothing_left(library);
}

fn hung(library: &Library, listed: bool) {
    let began = Instant::now();
    {
        let context = open(library);
        let kernel = context.kernel(write::KERNEL).unwrap();
        let mut memory = Memory::new(&context, &kernel);
        let kind = if listed {
            let mut list = context.run_list().unwrap();
            list.add(memory.run(&kernel)).unwrap();
            list.add(memory.run(&kernel)).unwrap();
            let executing = list.execute([&mut memory.instructions, &mut memory.data]).unwrap();
            executing.wait(LIMIT).unwrap_err().error.kind
        } else {
            let mut run = memory.run(&kernel);
            execute(&mut run, &mut memory, LIMIT).unwrap_err().kind
        };
        assert_eq!(kind, ErrorKind::Timeout);
        assert!(context.is_poisoned());
        assert_eq!(kernel.run().err().map(|error| error.kind), Some(ErrorKind::Poisoned));
    }
    assert!(began.elapsed() < PATIENCE, "nothing waits for a hung run");
    let counts = library.counts().unwrap();
    assert!(counts.parked > 0, "{counts:?}");
    // The process goes on, with another context.
    let context = open(library);
    assert!(!context.is_poisoned() && context.kernel(write::KERNEL).is_ok());
}

fn memlock(library: &Library) {
    let error = library.device(0).err().unwrap();
    assert_eq!((error.kind, error.os_error), (ErrorKind::Memory, 11), "{error}");
    assert!(error.to_string().contains("memlock"), "{error}");
    println!("{error}");
    nothing_left(library);
}

/// The driver has places for two.
fn contexts(library: &Library) {
    let (first, _second) = (open(library), open(library));
    let third = || {
        let device = library.device(0).unwrap();
        let xclbin = device.xclbin(&write::minimal(here())).unwrap();
        device.context(&xclbin, &[])
    };
    let error = third().err().unwrap();
    assert_eq!((error.kind, error.os_error), (ErrorKind::ContextLimit, 22), "{error}");
    println!("{error}");
    drop(first);
    third().unwrap();
}

fn group(library: &Library) {
    let context = open(library);
    let kernel = context.kernel(write::KERNEL).unwrap();
    let (host, sram) = (kernel.group(3).unwrap(), kernel.group(1).unwrap());
    assert_ne!(host, sram);
    for argument in [0, 2, 8, u32::MAX] {
        assert_eq!(kernel.group(argument).unwrap_err().kind, ErrorKind::Argument, "{argument}");
    }
    let memory = Memory::new(&context, &kernel);
    let mut run = memory.run(&kernel);
    let error = run.set_buffer(1, &memory.data).unwrap_err();
    assert_eq!(error.kind, ErrorKind::Group, "{error}");
    // The runtime itself takes any group for a buffer.
    let lost = context.buffer(4096, BufferKind::Data, host + 0x90).unwrap();
    assert_eq!(run.set_buffer(3, &lost).unwrap_err().kind, ErrorKind::Group);
}

/// The device goes away while the second run is under way.
fn lost(library: &Library) {
    let context = open(library);
    let kernel = context.kernel(write::KERNEL).unwrap();
    let mut memory = Memory::new(&context, &kernel);
    let mut run = memory.run(&kernel);
    execute(&mut run, &mut memory, PATIENCE).unwrap();
    let began = Instant::now();
    let error = execute(&mut run, &mut memory, PATIENCE).unwrap_err();
    println!("{error}");
    assert!(began.elapsed() < PATIENCE);
    assert_eq!(error.kind, ErrorKind::NoDevice, "{error}");
    assert!(context.is_poisoned());
}

fn failed_run(library: &Library) {
    let context = open(library);
    let kernel = context.kernel(write::KERNEL).unwrap();
    let mut memory = Memory::new(&context, &kernel);
    let mut run = memory.run(&kernel);
    let error = execute(&mut run, &mut memory, PATIENCE).unwrap_err();
    assert_eq!(error.kind, ErrorKind::Command, "{error}");
    println!("{error}");
}

/// The run with index 5 of the list fails.
fn failed_list(library: &Library) {
    let context = open(library);
    let kernel = context.kernel(write::KERNEL).unwrap();
    let mut memory = Memory::new(&context, &kernel);
    let mut list = context.run_list().unwrap();
    for _ in 0..8 {
        list.add(memory.run(&kernel)).unwrap();
    }
    let executing = list.execute([&mut memory.instructions, &mut memory.data]).unwrap();
    let ListError { failed, error } = executing.wait(PATIENCE).unwrap_err();
    assert_eq!((failed, error.kind), (Some(5), ErrorKind::Command), "{error}");
    println!("{error}");
}

/// Designs for another device, by their name and by their width, and damaged ones: the runtime sees none of them.
fn other_device(library: &Library) {
    let mut wide = write::design(Generation::Xdna1);
    wide.platform.clear();
    wide.partition.columns = 8;
    wide.partition.start_columns = vec![0];
    let (named, wide) = (write::minimal(Generation::Xdna2), write::write(&wide));
    let device = library.device(0).unwrap();
    let refused = |bytes: &[u8]| device.xclbin(bytes).err().unwrap();
    for (bytes, why) in [
        (named.as_slice(), "is for XDNA2, and this computer has XDNA1"),
        (wide.as_slice(), "is for an NPU with more than 5 columns"),
        (&wide[..wide.len() - 1], "is damaged"),
        (b"\x7fELF", "is no xclbin"),
    ] {
        let error = refused(bytes);
        assert_eq!(error.kind, ErrorKind::Xclbin);
        assert!(error.message.contains(why), "{error}");
    }
    println!("{}", refused(&named));
}

/// The kernel of the ELF that HARK_ELF names, and how many buffers it takes.
const ELF_KERNEL: (&str, u32) = ("main:sequence", 5);

/// A context for that ELF, which has a program and its instructions in it.
fn open_elf(library: &Library) -> Context {
    library.device(0).unwrap().context_from_elf(&named_file("HARK_ELF")).unwrap()
}

/// The file that a variable names.
fn named_file(variable: &str) -> Vec<u8> {
    std::fs::read(std::env::var_os(variable).unwrap()).unwrap()
}

fn elf_run<'c>(kernel: &Kernel<'c>, data: &Buffer<'c>) -> Run<'c> {
    let mut run = kernel.run().unwrap();
    (0..ELF_KERNEL.1).for_each(|argument| run.set_buffer(argument, data).unwrap());
    run
}

/// The other way to bring a program: no xclbin, and no buffer for instructions.
fn elf(library: &Library) {
    {
        let context = open_elf(library);
        assert_eq!(context.kernel("main:nobody").err().unwrap().kind, ErrorKind::Argument);
        let kernel = context.kernel(ELF_KERNEL.0).unwrap();
        let group = kernel.group(0).unwrap();
        assert_eq!(kernel.group(ELF_KERNEL.1).unwrap_err().kind, ErrorKind::Argument);
        let refused = context.buffer(4096, BufferKind::Instructions, group).err().unwrap();
        assert_eq!(refused.kind, ErrorKind::Unsupported, "{refused}");
        let mut data = context.buffer(TENSOR, BufferKind::Data, group).unwrap();
        data.bytes_mut().unwrap().fill(7);
        data.sync(Direction::ToDevice, 0..TENSOR).unwrap();
        let unfinished = kernel.run().unwrap().start([&mut data]).err().unwrap();
        assert_eq!(unfinished.kind, ErrorKind::Argument, "{unfinished}");
        let mut run = elf_run(&kernel, &data);
        for _ in 0..3 {
            run.start([&mut data]).unwrap().wait(PATIENCE).unwrap();
        }
        let mut list = context.run_list().unwrap();
        for _ in 0..8 {
            list.add(elf_run(&kernel, &data)).unwrap();
        }
        for _ in 0..3 {
            list.execute([&mut data]).unwrap().wait(PATIENCE).unwrap();
        }
        data.sync(Direction::FromDevice, 0..TENSOR).unwrap();
        assert!(data.bytes().unwrap().iter().all(|&byte| byte == 7), "nobody wrote there");
    }
    let device = library.device(0).unwrap();
    let file = named_file("HARK_ELF");
    for bytes in [&file[..file.len() / 2], b"\x7fELF and no more", b"xclbin2", b""] {
        let error = device.context_from_elf(bytes).err().unwrap();
        assert_eq!(error.kind, ErrorKind::Xclbin, "{} bytes: {error}", bytes.len());
    }
    let other = device.context_from_elf(&named_file("HARK_OTHER_ELF")).err().unwrap();
    assert!(other.kind == ErrorKind::Xclbin && other.message.contains("and this computer has"), "{other}");
    println!("{other}");
    drop(device);
    nothing_left(library);
}

fn hung_elf(library: &Library) {
    {
        let context = open_elf(library);
        let kernel = context.kernel(ELF_KERNEL.0).unwrap();
        let mut data = context.buffer(4096, BufferKind::Data, kernel.group(0).unwrap()).unwrap();
        let mut run = elf_run(&kernel, &data);
        let error = run.start([&mut data]).unwrap().wait(LIMIT).unwrap_err();
        assert_eq!(error.kind, ErrorKind::Timeout);
        assert!(context.is_poisoned());
    }
    assert!(library.counts().unwrap().parked > 0);
    assert!(!open_elf(library).is_poisoned());
}

/// What the host spends on each, with a driver that does nothing.
fn measure(library: &Library) {
    let context = open(library);
    let kernel = context.kernel(write::KERNEL).unwrap();
    let mut memory = Memory::new(&context, &kernel);
    let mut run = memory.run(&kernel);
    report("start to the end of wait", 5000, || execute(&mut run, &mut memory, PATIENCE).unwrap());
    let mut list = context.run_list().unwrap();
    for _ in 0..8 {
        list.add(memory.run(&kernel)).unwrap();
    }
    report("the same for a list of 8", 5000, || {
        list.execute([&mut memory.instructions, &mut memory.data]).unwrap().wait(PATIENCE).unwrap();
    });
    memory.data.bytes_mut().unwrap().fill(1);
    report("sync of 1.5 MiB to the device", 500, || {
        memory.data.sync(Direction::ToDevice, 0..TENSOR).unwrap()
    });
    report("sync of 4 KiB to the device", 500, || memory.data.sync(Direction::ToDevice, 0..4096).unwrap());
}

fn report(what: &str, times: usize, mut body: impl FnMut()) {
    let mut taken: Vec<f64> = (0..times)
        .map(|_| {
            let began = Instant::now();
            body();
            began.elapsed().as_secs_f64() * 1e6
        })
        .collect();
    taken.sort_by(f64::total_cmp);
    println!("{what:<32} least {:>8.2} us   median {:>8.2} us", taken[0], taken[times / 2]);
}
