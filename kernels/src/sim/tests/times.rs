//! Times that follow from what a word, a task and a kernel take.

use super::designs::*;
use super::moving::summing;
use crate::constants::Constants;
use crate::design::graph::At;
use crate::sim::{Costs, Outcome, Settings};
use crate::txn::{Device, Pattern, Step, Transfer, Wait};

fn pass(design: &Design, cycles: u64, settings: Settings, tokens: u32) -> Outcome {
    let words = design.1 * tokens;
    let (from, to) = (argument(0..words), nothing(words as usize));
    let arguments = [&from[..], &to[..]];
    let all = Pattern::row(words);
    let stream = super::designs::words(
        design.0.device,
        &arguments,
        vec![write(0, 1, 0, all), read(1, 0, 0, all), wait()],
    );
    let outcome = design.with_kernels_of(cycles, settings).run(&stream, &arguments).unwrap();
    assert_eq!(values(&from), values(&to));
    outcome
}

#[test]
fn a_stream_has_one_word_a_cycle() {
    let design = passthrough(64);
    for tokens in [1, 2, 10] {
        // Four hops, of which each passes a token on when it has all of it.
        assert_eq!(pass(&design, 0, bare(64), tokens).cycles, u64::from(tokens + 3) * 64);
        assert_eq!(pass(&design, 0, bare(16), tokens).cycles, u64::from(tokens + 3) * 64);
    }
}

#[test]
fn a_slow_core_holds_the_streams_before_it() {
    let design = passthrough(64);
    let outcome = pass(&design, 640, bare(64), 10);
    assert_eq!(outcome.cycles, 10 * 640 + 4 * 64);
    assert_eq!(outcome.cores[0].busy, 10 * 640);
    let shim = &outcome.channels[0];
    assert_eq!((shim.at, shim.busy), (SHIM, 640));
    let empty = outcome.locks.iter().find(|lock| lock.name == "in_empty_0_2").unwrap();
    // From the third token on to one that never comes, each waits for the end of a kernel that has begun 64 cycles
    // before the wait.
    assert_eq!(empty.cycles, 9 * (640 - 64));
}

/// Of two cores that get the same, one takes ten times as long, and the other waits for it.
#[test]
fn the_slowest_receiver_holds_all() {
    let mut design = Design::new(1);
    design.tile(SHIM);
    let cores = [2, 3].map(|row| At { column: 0, row });
    design.flow((SHIM, output(0)), &cores.map(|core| (core, input(0))));
    for core in cores {
        let mut program = copying(0, 1);
        if core.row == 3 {
            let call = program[2].clone();
            program.splice(2..2, vec![call; 9]);
        }
        design.core(core, program);
        design.port(core, "in", input(0), &Place::pair(0x1000, 64));
        design.port(core, "out", output(0), &Place::pair(0x8000, 64));
    }
    design.flow((cores[0], output(0)), &[(SHIM, input(0))]);
    design.flow((cores[1], output(0)), &[(SHIM, input(1))]);
    let (from, to, other) = (argument(0..1280), nothing(1280), nothing(1280));
    let arguments = [&from[..], &to[..], &other[..]];
    let all = Pattern::row(1280);
    let second = Transfer {
        column: 0,
        channel: input(1),
        descriptor: 2,
        argument: 2,
        offset: 0,
        pattern: all,
        token: true,
    };
    let last = Step::Wait(Wait { column: 0, channel: input(1), proves: vec![] });
    let steps = vec![write(0, 1, 0, all), Step::Transfer(second), read(1, 0, 0, all), wait(), last];
    let outcome = design
        .with_kernels_of(100, bare(64))
        .run(&words(Device::npu1(1), &arguments, steps), &arguments)
        .unwrap();
    assert_eq!(outcome.cycles, 64 + 20 * 1000 + 64);
    assert_eq!(values(&to), values(&other));
    let loads: Vec<u64> = outcome.cores.iter().map(|core| core.busy).collect();
    assert_eq!(loads, [2000, 20_000]);
}

/// A product of 64 × 64 × 64 in bfloat16: 128 multiplications a cycle are 2048 cycles, and so are 8 KB of a stream.
#[test]
fn products_and_streams_are_in_balance() {
    let design = summing(2048);
    let k = 40;
    let cycles = |kernel| {
        let (left, right, to) = (argument(0..2048 * k), argument(0..2048 * k), nothing(2048));
        let arguments = [&left[..], &right[..], &to[..]];
        let all = Pattern::row(2048 * k);
        let right = Transfer {
            column: 0,
            channel: output(1),
            descriptor: 1,
            argument: 1,
            offset: 0,
            pattern: all,
            token: false,
        };
        let steps = vec![
            command(CORE, [0, 1, 1, 0, k, 0, 0, 0]),
            set_lock(CORE, 0, 1),
            read(0, 0, 0, all),
            Step::Transfer(right),
            write(2, 2, 0, Pattern::row(2048)),
            wait(),
        ];
        let mut simulator = design.with_kernels_of(kernel, bare(256));
        simulator.run(&words(Device::npu1(1), &arguments, steps), &arguments).unwrap().cycles
    };
    // Begin, the first tokens, each product with the next tokens, end, and the way out.
    let k = u64::from(k);
    assert_eq!(cycles(2048), (1 + k + 1 + 1) * 2048);
    // The streams hold the core up, or it them.
    assert_eq!(cycles(1024), k * 2048 + 2 * 1024 + 2048);
    assert_eq!(cycles(4096), (2 + k) * 4096 + 2048);
}

/// Reading and writing share the system's memory.
#[test]
fn memory_holds_all_shims_up() {
    let design = passthrough(64);
    let cycles = |memory_words| pass(&design, 0, Settings { memory_words, ..bare(64) }, 100).cycles as f64;
    let free = cycles(4.0);
    assert_eq!(free, 103.0 * 64.0);
    // 6400 words are read and written.
    assert!((12_800.0..13_000.0).contains(&cycles(1.0)), "{}", cycles(1.0));
    assert!((25_600.0..26_000.0).contains(&cycles(0.5)), "{}", cycles(0.5));
}

/// Tasks as xdna-emu measured them on an XDNA1: 2730 to 2880 cycles from one start to the next, 1654 for a short
/// first read.
#[test]
fn tasks_take_what_was_measured() {
    let mut design = Design::new(1);
    design.tile(SHIM);
    design.queue(MEMORY, "q", input(0), output(0), &Place { buffers: 8, ..Place::pair(0, 64) });
    design.flow((SHIM, output(0)), &[(MEMORY, input(0))]);
    design.flow((MEMORY, output(0)), &[(SHIM, input(0))]);
    let settings = Settings { costs: Costs::of(&Constants::XDNA1), ..bare(64) };
    let cycles = |tasks: u32| {
        let words = tasks * 64;
        let (from, to) = (argument(0..words), nothing(words as usize));
        let arguments = [&from[..], &to[..]];
        let mut steps = vec![write(15, 1, 0, Pattern::row(words))];
        steps.extend((0..tasks).map(|task| read(task as u8, 0, task * 64, Pattern::row(64))));
        steps.push(wait());
        let stream = encoded(design.0.device, instructions(design.0.device, &arguments, &steps));
        design.simulator(settings).run(&stream, &arguments).unwrap().cycles
    };
    let gap = (cycles(8) - cycles(4)) / 4;
    assert!((2730 * 94 / 100..=2880 * 106 / 100).contains(&gap), "{gap}");
    let first = Settings { costs: Costs { first_read: 1330, task_read: 325, ..Costs::NONE }, ..settings };
    let (from, to) = (argument(0..64), nothing(64));
    let arguments = [&from[..], &to[..]];
    let row = Pattern::row(64);
    let stream = words(design.0.device, &arguments, vec![write(1, 1, 0, row), read(0, 0, 0, row), wait()]);
    assert_eq!(design.simulator(first).run(&stream, &arguments).unwrap().cycles, 1654 + 1 + 2 * 64);
}
