//! Each thing that can go wrong, done wrong.

use super::designs::*;
use super::moving::summing;
use crate::design::graph::{Argument, At, Kernel, Statement, Value};
use crate::sim::{Fault, Outcome, Settings, SimError, Simulator, Speed};
use crate::txn::{Address, Device, Instruction, Pattern, Step, TileKind, Transfer};
use std::sync::atomic::AtomicU32;

const DEVICE: Device = Device::npu1(1);

/// What a passthrough of tokens of 64 words says to instructions on buffers of 256 words, of which the first is
/// written.
fn said(change: impl FnOnce(&mut Vec<Instruction>)) -> SimError {
    let (from, to) = (argument(0..256), nothing(256));
    said_of(&[&from, &to], change).unwrap_err()
}

pub fn said_of(
    arguments: &[&[AtomicU32]],
    change: impl FnOnce(&mut Vec<Instruction>),
) -> Result<Outcome, SimError> {
    let all = Pattern::row(256);
    let mut list = instructions(DEVICE, arguments, &[write(0, 1, 0, all), read(1, 0, 0, all), wait()]);
    change(&mut list);
    passthrough(64).functional().run(&encoded(DEVICE, list), arguments)
}

fn step(step: Step) -> Vec<Instruction> {
    let (from, to) = (nothing(256), nothing(256));
    instructions(DEVICE, &[&from, &to], &[step])
}

fn to_queue(channel: crate::txn::Channel, value: u32) -> Instruction {
    Instruction::Write { to: Address::new(0, 0, TileKind::Shim.queue(channel)), value }
}

fn shows(error: &SimError, parts: &[&str]) {
    let text = error.to_string();
    assert!(parts.iter().all(|part| text.contains(part)), "{text}");
}

#[test]
fn memory_that_nobody_wrote_is_not_read() {
    let (from, to) = (nothing(256), nothing(256));
    (0..200).for_each(|i| from[i].store(5, std::sync::atomic::Ordering::Relaxed));
    let error = said_of(&[&from, &to], |_| {}).unwrap_err();
    assert_eq!(error.place, "shim 0 MM2S 0");
    assert_eq!(error.fault, Fault::Unwritten { what: "argument 0".into(), byte: 800 });

    // A lock that says that a buffer is full before anyone filled it.
    let mut design = passthrough(64);
    (design.tile(MEMORY).locks[0].initial, design.tile(MEMORY).locks[1].initial) = (0, 1);
    let error = design.try_with_kernels_of(0, bare(64)).err().unwrap();
    assert_eq!(
        error.to_string(),
        "cycle 64, memtile 0,1 MM2S 0: buffer in0_0_1 is read at byte 0x0, which nobody wrote"
    );

    let mut design = passthrough(64);
    (design.tile(CORE).locks[0].initial, design.tile(CORE).locks[1].initial) = (0, 1);
    let error = design.try_with_kernels_of(0, bare(64)).err().unwrap();
    assert_eq!(
        error.to_string(),
        "cycle 0, core 0,2: buffer in0_0_2 is read at byte 0x1000, which nobody wrote"
    );

    let mut design = passthrough(64);
    design.tile(CORE).core.as_mut().unwrap().program = vec![Statement::ReadCommand];
    let error = design.try_with_kernels_of(0, bare(64)).err().unwrap();
    shows(&error, &["core 0,2", "buffer command_0_2", "0x400"]);
}

#[test]
fn two_do_not_use_a_buffer_at_once() {
    // Three tokens may come into two buffers.
    let mut design = passthrough(64);
    design.tile(MEMORY).locks[0].initial = 3;
    let (from, to) = (argument(0..512), nothing(512));
    let arguments = [&from[..], &to[..]];
    let all = Pattern::row(512);
    let steps = vec![write(0, 1, 0, all), read(1, 0, 0, all), wait()];
    let words = words(DEVICE, &arguments, steps);
    let error = design.with_kernels_of(1000, bare(64)).run(&words, &arguments).unwrap_err();
    shows(&error, &["memtile 0,1 S2MM 0: buffer in", "is used while memtile 0,1 MM2S 0 uses it"]);

    // A core that gives a buffer to its DMA and goes on with it.
    let mut design = passthrough(64);
    let program = &mut design.tile(CORE).core.as_mut().unwrap().program;
    program.insert(2, Statement::Release { lock: 3, by: 1 });
    let error = design.with_kernels_of(1000, bare(64)).run(&words, &arguments).unwrap_err();
    shows(&error, &["core 0,2 MM2S 0", "buffer out0_0_2 is used while port out of core 0,2 uses it"]);
}

#[test]
fn a_fifth_task_is_refused() {
    let error = said(|list| {
        let more = step(read(2, 0, 0, Pattern::row(256)));
        let tail = list.split_off(list.len() - 1);
        for _ in 0..8 {
            list.extend(more.last().cloned());
        }
        list.splice(0..0, more[..2].to_vec());
        list.extend(tail);
    });
    assert_eq!(error.place, "shim 0 MM2S 0");
    assert_eq!(error.fault, Fault::QueueFull(output(0)));
}

#[test]
fn descriptors_are_good_and_not_in_use() {
    let error = said(|list| {
        let again = list[4].clone();
        list.insert(list.len() - 1, again);
    });
    assert_eq!(error.fault, Fault::DescriptorInUse(1));
    assert_eq!(error.place, "instruction 7 (blockwrite)");

    let why = |change: fn(&mut Vec<Instruction>)| match said(change).fault {
        Fault::Descriptor { number, why } => format!("{number} {why}"),
        other => other.to_string(),
    };
    assert_eq!(why(|list| list.push(to_queue(output(0), 9))), "9 it is not valid");
    assert_eq!(why(|list| drop(list.remove(5))), "1 no argument's address was patched in");
    let set = |list: &mut Vec<Instruction>, word: usize, bits: u32| {
        if let Instruction::BlockWrite { data, .. } = &mut list[4] {
            data[word] |= bits;
        }
    };
    shows(&said(|list| set(list, 7, 1 << 12)), &["BD 1 is started: acquire: "]);
    shows(&said(|list| set(list, 2, 1 << 30)), &["BD 1 is started: packet: "]);
    shows(&said(|list| set(list, 7, 1 << 26)), &["BD 1 is started: use next: "]);
    shows(&said(|list| set(list, 7, 1 << 4)), &["bits that no field has"]);
    let nothing = said(|list| {
        if let Instruction::BlockWrite { data, .. } = &mut list[4] {
            data[0] = 0;
        }
    });
    shows(&nothing, &["BD 1 is started: it has no words"]);
}

/// A new launch has other buffers.
#[test]
fn addresses_do_not_outlive_a_launch() {
    let mut simulator = passthrough(64).functional();
    let (from, to) = (argument(0..256), nothing(256));
    let arguments = [&from[..], &to[..]];
    let all = Pattern::row(256);
    let list = instructions(DEVICE, &arguments, &[write(0, 1, 0, all), read(1, 0, 0, all), wait()]);
    simulator.run(&encoded(DEVICE, list.clone()), &arguments).unwrap();
    let old: Vec<Instruction> =
        list.into_iter().filter(|one| !matches!(one, Instruction::Patch { .. })).collect();
    let error = simulator.run(&encoded(DEVICE, old), &arguments).unwrap_err();
    shows(&error, &["BD 0 is started: no argument's address"]);
    let error = simulator.run(&[], &arguments).unwrap_err();
    assert_eq!(error.fault, Fault::Broken);
}

#[test]
fn words_are_inside_arguments() {
    let patch = |argument, plus| {
        said(|list| {
            if let Instruction::Patch { argument: a, plus: p, .. } = &mut list[5] {
                (*a, *p) = (argument, plus);
            }
        })
        .fault
    };
    assert_eq!(patch(0, 4), Fault::Outside { argument: 0, end: 257, words: 256 });
    assert_eq!(patch(0, 2), Fault::Misaligned { what: "BD 1 in argument 0".into(), byte: 2 });
    assert_eq!(patch(2, 0), Fault::Argument { argument: 2, known: 2 });
    let six = std::array::from_fn::<_, 6, _>(|_| argument(0..256));
    let six: Vec<&[AtomicU32]> = six.iter().map(|one| &one[..]).collect();
    let error = said_of(&six, |list| {
        if let Instruction::Patch { argument, .. } = &mut list[5] {
            *argument = 5;
        }
    })
    .unwrap_err();
    assert_eq!(error.fault, Fault::Argument { argument: 5, known: 5 });
    // The iteration's last run is the one too far.
    let pattern = Pattern { runs: dim(4, 65), ..Pattern::row(64) };
    let (from, to) = (argument(0..300), nothing(256));
    let list = instructions(DEVICE, &[&from, &to], &[read(1, 0, 0, pattern)]);
    let short = argument(0..256);
    let error = passthrough(64).functional().run(&encoded(DEVICE, list), &[&short, &to]).unwrap_err();
    assert_eq!(error.fault, Fault::Outside { argument: 0, end: 3 * 65 + 64, words: 256 });
}

#[test]
fn instructions_mean_something() {
    let write_to = |to, value| said(|list| list.insert(0, Instruction::Write { to, value }));
    let error = write_to(Address::new(0, 2, 0x3_2000), 0);
    assert_eq!(error.fault, Fault::Unmodelled("core 0,2 core control".into()));
    assert_eq!(error.place, "instruction 0 (write32)");
    shows(&write_to(Address::new(0, 1, 0xa_0000), 0), &["memtile 0,1 BD 0 is not"]);
    shows(&write_to(Address::new(3, 0, 0x1_d000), 0), &["a tile that the design has not"]);
    shows(&write_to(Address::new(0, 2, 0x402), 0), &["core 0,2 data 0x402 begins at byte 0x402"]);
    shows(
        &write_to(Address::new(0, 0, TileKind::Shim.queue(input(1))), 1),
        &["from or to which no stream goes"],
    );
    shows(&write_to(Address::new(0, 0, TileKind::Shim.queue(output(0))), 1 << 24), &["bits 0x1000000"]);
    let (at, value, mask) = (Address::new(0, 0, 0), 0, 0);
    let poll = Instruction::MaskPoll { at, value, mask, busy: false };
    shows(&said(|list| list.insert(0, poll)), &["maskpoll is not what the simulator knows of"]);
    let mut simulator = passthrough(64).functional();
    shows(&simulator.run(&[1, 2], &[]).unwrap_err(), &["the stream: no instruction stream"]);
    let other = encoded(Device::npu2(1), vec![]);
    shows(&passthrough(64).functional().run(&other, &[]).unwrap_err(), &["a stream for 1 columns of Npu2"]);
}

/// Locks count from 0 to 63, and what they count is not lost.
#[test]
fn locks_do_not_lose_what_they_count() {
    let command = |locks: &[u32]| {
        let steps = locks.iter().map(|value| set_lock(CORE, 0, *value)).collect();
        failure(&mut summing(64).functional(), &[], steps).fault
    };
    let name = || "go_0_2".to_string();
    assert_eq!(command(&[64]), Fault::LockOver { name: name(), value: 64 });
    shows(&failure(&mut summing(64).functional(), &[], vec![set_lock(CORE, 0, 1)]), &["command_0_2 is read"]);

    let mut design = passthrough(64);
    let body = vec![Statement::Release { lock: 4, by: 10 }];
    design.lock(CORE, "spare", 0);
    let repeat = Statement::Repeat { count: Value::Constant(7), body };
    design.tile(CORE).core.as_mut().unwrap().program = vec![repeat];
    let error = design.try_with_kernels_of(0, bare(64)).err().unwrap();
    assert_eq!(error.to_string(), "cycle 0, core 0,2: lock spare_0_2 would count to 70, and 63 is the most");

    let words = [0, 1, 1, 0, 1, 0, 0, 0];
    let twice = vec![super::designs::command(CORE, words), set_lock(CORE, 0, 2), set_lock(CORE, 0, 1)];
    let error = failure(&mut summing(64).functional(), &[], twice);
    assert_eq!(error.fault, Fault::LockLost { name: name(), value: 1, was: 1 });
    shows(&error, &["instruction 2", "lock go_0_2 is set to 1 while it counts 1, which is lost"]);
}

#[test]
fn a_command_is_read_before_the_next() {
    let words = [0, 1, 1, 0, 1, 0, 0, 0];
    let one = || [command(CORE, words), set_lock(CORE, 0, 1)];
    let steps = [one(), one(), one()].concat();
    let error = failure(&mut summing(64).functional(), &[], steps);
    assert_eq!(error.place, "instruction 4 (blockwrite)");
    assert_eq!(error.fault, Fault::StaleCommand { buffer: "buffer command_0_2".into() });
}

/// The core gets no tiles of B.
#[test]
fn who_waits_for_whom_is_told() {
    let (left, to) = (argument(0..64), nothing(64));
    let arguments = [&left[..], &to[..]];
    let row = Pattern::row(64);
    let steps = vec![
        command(CORE, [0, 1, 1, 0, 1, 0, 0, 0]),
        set_lock(CORE, 0, 1),
        write(0, 1, 0, row),
        read(1, 0, 0, row),
        wait(),
    ];
    let error = failure(&mut summing(64).functional(), &arguments, steps);
    assert_eq!(error.place, "instruction 9 (sync)");
    let Fault::Deadlock(report) = &error.fault else { panic!("{error}") };
    let expected = [
        "the controller waits for a token of shim 0 S2MM 0",
        "shim 0 S2MM 0 with BD 0, word 0 of 64, waits for core 0,2 MM2S 0",
        "core 0,2 MM2S 0 with BD 4 waits for lock c_full_0_2 (0, 1 wanted), which core 0,2 counts up",
        "core 0,2 in turn 0/1 0/1 waits for lock b_full_0_2 (0, 1 wanted), which core 0,2 S2MM 1 counts up",
        "core 0,2 S2MM 1 with BD 2, word 0 of 64, waits for shim 0 MM2S 1",
        "shim 0 MM2S 1 has no task",
    ];
    assert_eq!(report.lines().collect::<Vec<_>>(), expected);
}

/// Two cores of which each waits for the other.
#[test]
fn a_circle_is_shown() {
    let mut design = passthrough(64);
    let back = At { column: 0, row: 3 };
    design.core(back, copying(0, 1));
    design.port(back, "in", input(0), &Place::pair(0x1000, 64));
    design.port(back, "out", output(0), &Place::pair(0x8000, 64));
    let program = &mut design.tile(CORE).core.as_mut().unwrap().program;
    program.insert(0, Statement::Take(2));
    program.push(Statement::Give(2));
    design.port(CORE, "back", input(1), &Place::pair(0xa000, 64));
    design.flow((back, output(0)), &[(CORE, input(1))]);
    // What goes out goes to the other core as well, which answers only then.
    let out = design.0.flows.iter_mut().find(|flow| flow.from.0 == CORE).unwrap();
    out.to.push((back, input(0)));
    let (from, to) = (argument(0..256), nothing(256));
    let arguments = [&from[..], &to[..]];
    let all = Pattern::row(256);
    let steps = vec![write(0, 1, 0, all), read(1, 0, 0, all), wait()];
    let error = failure(&mut design.functional(), &arguments, steps);
    let circle = "in a circle: ";
    shows(&error, &["nothing can go on", circle]);
    let text = error.to_string();
    let circle = text.lines().find_map(|line| line.strip_prefix(circle)).unwrap();
    let mut names: Vec<&str> = circle.split(" → ").collect();
    assert_eq!(names.pop(), names.first().copied());
    names.sort_unstable();
    let expected =
        ["core 0,2", "core 0,2 MM2S 0", "core 0,2 S2MM 1", "core 0,3", "core 0,3 MM2S 0", "core 0,3 S2MM 0"];
    assert_eq!(names, expected);
}

#[test]
fn a_launch_does_not_last_for_ever() {
    let (from, to) = (argument(0..64), nothing(64));
    let arguments = [&from[..], &to[..]];
    let row = Pattern::row(64);
    let steps = || vec![write(0, 1, 0, row), read(1, 0, 0, row), wait()];
    let settings = Settings::new(&DEVICE, Speed::Functional);
    assert_eq!(settings.limit, 2_000_000_000);
    let mut slow = passthrough(64).with_kernels_of(3_000_000_000, settings);
    let error = failure(&mut slow, &arguments, steps());
    assert_eq!(error.fault, Fault::TooLong(2_000_000_000));
    let mut budget = passthrough(64).with_kernels_of(5000, Settings { limit: 5000, ..settings });
    shows(&failure(&mut budget, &arguments, steps()), &["the launch takes more than 5000 cycles"]);
    let mut design = passthrough(64);
    design.tile(CORE).core.as_mut().unwrap().program =
        vec![Statement::Repeat { count: Value::Constant(5), body: vec![] }];
    let error = design.try_with_kernels_of(0, settings).err().unwrap();
    shows(&error, &["core 0,2: the core's program never waits for anything"]);
}

#[test]
fn a_launch_leaves_nothing_behind() {
    let row = Pattern::row;
    let (from, to) = (argument(0..512), nothing(512));
    let left = |steps: Vec<Step>| {
        let arguments = [&from[..], &to[..]];
        let list = instructions(DEVICE, &arguments, &steps);
        passthrough(64).functional().run(&encoded(DEVICE, list), &arguments).unwrap_err()
    };
    // A token more than goes out.
    let error = left(vec![write(0, 1, 0, row(128)), read(1, 0, 0, row(192)), wait()]);
    assert_eq!(error.place, "the end");
    shows(&error, &["the launch leaves behind:\n", "memtile 0,1: lock out_empty_0_1 counts 0, and 1 before"]);
    // Half a token.
    let error = left(vec![write(0, 1, 0, row(128)), read(1, 0, 0, row(160)), wait()]);
    shows(&error, &["memtile 0,1 S2MM 0: 32 of 64 words"]);
    // Tasks that have nowhere to go.
    let more = (1..4).map(|number| read(number, 0, 0, row(512)));
    let steps = [write(0, 1, 0, row(64))].into_iter().chain(more).chain([wait()]).collect();
    shows(&left(steps), &[" of 512 words\nshim 0 MM2S 0: 2 tasks in its queue"]);
    // Something is written, and nobody asks when.
    let error = left(vec![write(0, 1, 0, row(128)), read(1, 0, 0, row(128))]);
    shows(&error, &["shim 0 S2MM 0: 1 tasks whose end was not awaited (still running)"]);
    // A token of a task that only reads.
    let mut told = read(1, 0, 0, row(128));
    if let Step::Transfer(Transfer { token, .. }) = &mut told {
        *token = true;
    }
    let error = left(vec![write(0, 1, 0, row(128)), told, wait()]);
    shows(&error, &["shim 0 MM2S 0: 1 tokens that nobody took"]);
}

#[test]
fn a_token_has_a_taker() {
    let error = said(|list| {
        let at = list.iter().position(|one| matches!(one, Instruction::MaskWrite { .. })).unwrap();
        list.remove(at);
    });
    assert_eq!(error.fault, Fault::TokenLost(input(0)));
}

/// What is written is read only when it is known to be written.
#[test]
fn what_is_read_was_awaited() {
    let all = Pattern::row(64);
    let (from, to) = (argument(0..256), argument(0..256));
    let arguments = [&from[..], &to[..]];
    let run = |steps: &[Step]| {
        let list = instructions(DEVICE, &arguments, steps);
        passthrough(64).functional().run(&encoded(DEVICE, list), &arguments)
    };
    let first = [write(0, 1, 0, all), read(1, 0, 0, all)];
    let second = [write(2, 1, 128, all), read(3, 1, 63, all), wait()];
    let often = Pattern { runs: dim(8, 0), ..Pattern::row(128) };
    let over = [read(3, 1, 128, often), write(2, 1, 255, Pattern::row(1))];
    let error = run(&[&over[..], &first[..], &[wait(), wait()]].concat()).unwrap_err();
    assert_eq!(error.place, "shim 0 S2MM 0");
    assert_eq!(error.fault, Fault::Race { what: "argument 1".into(), other: "shim 0 MM2S 0".into() });
    let error = run(&[&first[..], &second[..], &[wait()]].concat()).unwrap_err();
    assert_eq!(error.place, "shim 0 MM2S 0");
    assert_eq!(error.fault, Fault::Hazard { argument: 1, other: "shim 0 S2MM 0".into() });
    run(&[&first[..], &[wait()], &second[..]].concat()).unwrap();
    let beside = [write(2, 1, 128, all), read(3, 1, 64, all), wait()];
    run(&[&first[..], &beside[..], &[wait()]].concat()).unwrap();
}

#[test]
fn a_core_uses_what_it_has() {
    let with = |program: Vec<Statement>| {
        let mut design = passthrough(64);
        design.tile(CORE).core.as_mut().unwrap().program = program;
        design.try_with_kernels_of(0, bare(64)).err().unwrap().to_string()
    };
    let call = |kernel, arguments| Statement::Call { kernel, arguments };
    let held = Argument::Held(1);
    assert!(with(vec![Statement::Give(1)]).ends_with("gives port out back, which it has not taken"));
    assert!(with(vec![Statement::Take(1), Statement::Take(1)]).ends_with("takes port out twice"));
    assert!(with(vec![call(Kernel::End, vec![held])]).ends_with("uses port out, which it has not taken"));
    let value = Argument::Value(Value::Command(0));
    assert!(with(vec![call(Kernel::End, vec![value])]).ends_with("uses a command before it has read one"));
    assert_eq!(with(vec![call(Kernel::End, vec![])]), "cycle 0, core 0,2: hark_end: not a simple one");
}

#[test]
fn a_design_that_does_not_fit_is_refused() {
    let mut design = passthrough(64);
    design.tile(CORE).buffers[1].address = 0xffc0;
    let error = Simulator::new(&design.0, Box::new(Never), bare(1)).err().unwrap();
    shows(&error, &["the graph: the design cannot be: "]);
}

struct Never;

impl crate::sim::Kernels for Never {
    fn call(&mut self, _: Kernel, _: At, _: &[u32], _: &mut [u8]) -> Result<u64, String> {
        Err("nobody calls".into())
    }
}
