//! What is moved arrives where it should.

use super::designs::*;
use crate::design::graph::{Argument, At, Kernel, Statement, Value};
use crate::sim::{Settings, Speed};
use crate::txn::{Device, Dim, Pattern, Step, Transfer, Wait};

fn count(from: u32, words: u32) -> impl Iterator<Item = u32> {
    (0..words).map(move |i| i * 3 + from)
}

#[test]
fn words_pass_through_all_tiles() {
    let design = passthrough(64);
    for settings in
        [Settings::new(&design.0.device, Speed::Functional), bare(1), bare(7), bare(64), bare(1000)]
    {
        let mut simulator = design.simulator(settings);
        // An odd number of tokens leaves the buffers of a pair the other way round for the next launch.
        for tokens in [5, 2, 3] {
            let (from, to) = (argument(count(tokens, tokens * 64)), nothing(tokens as usize * 64));
            let all = Pattern::row(tokens * 64);
            let steps = vec![write(0, 1, 0, all), read(1, 0, 0, all), wait()];
            let arguments = [&from[..], &to[..]];
            let words = words(Device::npu1(1), &arguments, steps);
            let outcome = simulator.run(&words, &arguments).unwrap();
            assert_eq!(values(&to), values(&from));
            assert_eq!(outcome.calls(), u64::from(tokens));
            assert_eq!(outcome.bytes_of_memory(), 2 * u64::from(tokens) * 256);
            assert_eq!(outcome.bytes(), 8 * u64::from(tokens) * 256);
        }
    }
}

/// Runs with strides and without, in more than one task.
#[test]
fn runs_go_on_or_repeat() {
    let mut simulator = passthrough(64).functional();
    let (from, to) = (argument(count(1, 1024)), nothing(1024));
    let one = dim(1, 0);
    let pattern = |runs| Pattern { dims: [dim(64, 1), one, one], runs };
    let steps = vec![
        write(0, 1, 0, Pattern { dims: [dim(16, 1), dim(4, 256), one], runs: dim(8, 16) }),
        read(1, 0, 0, pattern(dim(3, 128))),
        read(2, 0, 512, pattern(dim(5, 0))),
        wait(),
    ];
    let arguments = [&from[..], &to[..]];
    simulator.run(&words(Device::npu1(1), &arguments, steps), &arguments).unwrap();
    let (from, to) = (values(&from), values(&to));
    for (token, first) in [0, 128, 256, 512, 512, 512, 512, 512].into_iter().enumerate() {
        for word in 0..64 {
            let at = word / 16 * 256 + token * 16 + word % 16;
            assert_eq!(to[at], from[first + word], "word {word} of token {token}");
        }
    }
    assert!(to.iter().enumerate().all(|(at, word)| (at % 256 < 128) == (*word != crate::runtime::POISON)));
}

/// The order of words in a memory tile: what a plain loop makes.
#[test]
fn blocks_are_transposed() {
    let dims: [Dim; 4] = [dim(2, 1), dim(2, 16), dim(8, 2), dim(4, 32)];
    let mut design = Design::new(1);
    design.tile(SHIM);
    let place = Place { address: 0x100, words: 128, buffers: 2, dims: &dims };
    design.queue(MEMORY, "turned", input(0), output(0), &place);
    design.flow((SHIM, output(0)), &[(MEMORY, input(0))]);
    design.flow((MEMORY, output(0)), &[(SHIM, input(0))]);
    let (from, to) = (argument(count(0, 256)), nothing(256));
    let arguments = [&from[..], &to[..]];
    let all = Pattern::row(256);
    let steps = vec![read(1, 0, 0, all), write(0, 1, 0, all), wait()];
    design.functional().run(&words(Device::npu1(1), &arguments, steps), &arguments).unwrap();
    let mut expected = Vec::new();
    for token in 0..2 {
        for d in 0..4 {
            for c in 0..8 {
                for b in 0..2 {
                    for a in 0..2 {
                        expected.push((token * 128 + d * 32 + c * 2 + b * 16 + a) * 3);
                    }
                }
            }
        }
    }
    assert_eq!(values(&to), expected);
}

/// One stream to three cores, whose results come together in one object.
#[test]
fn a_stream_is_cast_to_many_and_joined() {
    let cores = [2, 3, 4].map(|row| At { column: 0, row });
    let mut design = Design::new(1);
    design.tile(SHIM);
    design.queue(MEMORY, "in", input(0), output(0), &Place::pair(0, 64));
    design.flow((SHIM, output(0)), &[(MEMORY, input(0))]);
    design.flow((MEMORY, output(0)), &cores.map(|core| (core, input(0))));
    let object = design.buffer(MEMORY, "object", 0x4_0000, 192);
    let mut links = Vec::new();
    for (i, core) in cores.into_iter().enumerate() {
        design.core(core, copying(0, 1));
        design.port(core, "in", input(0), &Place::pair(0x1000, 64));
        design.port(core, "out", output(0), &Place::pair(0x8000, 64));
        let channel = input(i as u8 + 1);
        design.flow((core, output(0)), &[(MEMORY, channel)]);
        let empty = design.lock(MEMORY, &format!("empty{i}"), 1);
        let full = design.lock(MEMORY, &format!("full{i}"), 0);
        let place = Place { address: 0, words: 64, buffers: 1, dims: &[] };
        design.chain(MEMORY, channel, object, &place, [empty, full]);
        let chains = &mut design.tile(MEMORY).chains;
        let mut link = chains.last_mut().unwrap().descriptors.remove(0);
        link.offset = i as u32 * 64;
        chains.last_mut().unwrap().descriptors.push(link.clone());
        links.push(crate::design::graph::Descriptor {
            number: 10 + i as u8,
            acquire: link.release,
            release: link.acquire,
            ..link
        });
    }
    let channel = output(2);
    design.tile(MEMORY).chains.push(crate::design::graph::Chain { channel, descriptors: links });
    design.flow((MEMORY, channel), &[(SHIM, input(0))]);
    let (from, to) = (argument(count(9, 256)), nothing(768));
    let arguments = [&from[..], &to[..]];
    let steps = vec![write(0, 1, 0, Pattern::row(768)), read(1, 0, 0, Pattern::row(256)), wait()];
    let words = words(Device::npu1(1), &arguments, steps);
    let outcome = design.functional().run(&words, &arguments).unwrap();
    let expected: Vec<u32> = values(&from).chunks(64).flat_map(|token| token.repeat(3)).collect();
    assert_eq!(values(&to), expected);
    assert_eq!(outcome.calls(), 12);
}

/// A core with a command: sums of products of two streams, as often as it is told to.
pub fn summing(words: u32) -> Design {
    let mut design = Design::new(1);
    design.1 = words;
    design.tile(SHIM);
    let state = design.buffer(CORE, "state", 0xc000, words);
    let go = design.lock(CORE, "go", 0);
    let held = Argument::Held;
    let word = |word| Value::Command(word);
    let call = |kernel, rest: &[Argument]| {
        let all = [&[Argument::Buffer(state), Argument::Value(word(0))], rest].concat();
        Statement::Call { kernel, arguments: all }
    };
    let begin = call(Kernel::Begin, &[Argument::Value(word(7))]);
    let tile = vec![
        Statement::Take(2),
        begin,
        Statement::Repeat {
            count: word(4),
            body: vec![
                Statement::Take(0),
                Statement::Take(1),
                call(Kernel::AB, &[held(0), held(1)]),
                Statement::Give(0),
                Statement::Give(1),
            ],
        },
        call(Kernel::End, &[held(2)]),
        Statement::Give(2),
    ];
    let program = vec![
        Statement::Acquire { lock: go, by: 1 },
        Statement::ReadCommand,
        Statement::Repeat { count: word(2), body: tile },
    ];
    design.core(CORE, program);
    design.port(CORE, "a", input(0), &Place::pair(0x1000, words));
    design.port(CORE, "b", input(1), &Place::pair(0x5000, words));
    design.port(CORE, "c", output(0), &Place { buffers: 1, ..Place::pair(0x9000, words) });
    design.flow((SHIM, output(0)), &[(CORE, input(0))]);
    design.flow((SHIM, output(1)), &[(CORE, input(1))]);
    design.flow((CORE, output(0)), &[(SHIM, input(0))]);
    design
}

#[test]
fn a_core_sums_what_its_command_says() {
    let design = summing(64);
    let mut simulator = design.with_kernels_of(50, Settings::new(&design.0.device, Speed::TIMED));
    let b = |descriptor, argument, offset, pattern| {
        let channel = output(1);
        let token = false;
        Step::Transfer(Transfer { column: 0, channel, descriptor, argument, offset, pattern, token })
    };
    for (outs, k) in [(3u32, 4u32), (1, 7), (2, 1)] {
        let (left, right) = (argument(count(5, outs * k * 64)), argument(count(8, outs * k * 64)));
        let to = nothing(outs as usize * 64);
        let arguments = [&left[..], &right[..], &to[..]];
        let all = Pattern::row(outs * k * 64);
        let steps = vec![
            command(CORE, [0, 1, outs, 0, k, 0, 0, 0]),
            set_lock(CORE, 0, 1),
            read(0, 0, 0, all),
            b(1, 1, 0, all),
            write(2, 2, 0, Pattern::row(outs * 64)),
            Step::Wait(Wait { column: 0, channel: input(0), proves: vec![] }),
        ];
        let outcome = simulator.run(&words(Device::npu1(1), &arguments, steps), &arguments).unwrap();
        let (left, right) = (values(&left), values(&right));
        let expected: Vec<u32> = (0..outs * 64)
            .map(|at| {
                let (out, lane) = (at / 64, at % 64);
                (0..k).fold(0u32, |sum, k_| {
                    let at = ((out * k + k_) * 64 + lane) as usize;
                    sum.wrapping_add(left[at].wrapping_mul(right[at]))
                })
            })
            .collect();
        assert_eq!(values(&to), expected);
        assert_eq!(outcome.calls(), u64::from(outs * (k + 2)));
        assert_eq!(outcome.cores[0].busy, u64::from(outs * (k + 2)) * 60);
    }
}

/// Patterns of shims, written into descriptors and read out of them again.
#[test]
fn random_transfers_are_those_of_plain_loops() {
    let mut state = 7u64;
    let mut random = |most: u64| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        ((state >> 33) % most) as u32
    };
    let design = passthrough(16);
    let mut simulator = design.functional();
    for _ in 0..300 {
        let mut pattern = || Pattern {
            dims: [
                dim(1 + random(6), 1 + random(3)),
                dim(1 + random(4), 1 + random(40)),
                dim(1 + random(4), 1 + random(90)),
            ],
            runs: dim(1 + random(5), random(2) * (1 + random(100))),
        };
        let from_pattern = pattern();
        let total = from_pattern.words() as u32 * from_pattern.runs.size;
        if !total.is_multiple_of(16) {
            continue;
        }
        let offset = random(30);
        let from = argument(count(2, offset + from_pattern.end() as u32));
        let to = nothing(total as usize);
        let arguments = [&from[..], &to[..]];
        let steps = vec![write(3, 1, 0, Pattern::row(total)), read(4, 0, offset, from_pattern), wait()];
        simulator.run(&words(Device::npu1(1), &arguments, steps), &arguments).unwrap();
        let source = values(&from);
        let mut expected = Vec::new();
        let [a, b, c] = from_pattern.dims;
        for run in 0..from_pattern.runs.size {
            for z in 0..c.size {
                for y in 0..b.size {
                    for x in 0..a.size {
                        let at = offset
                            + run * from_pattern.runs.stride
                            + z * c.stride
                            + y * b.stride
                            + x * a.stride;
                        expected.push(source[at as usize]);
                    }
                }
            }
        }
        assert_eq!(values(&to), expected, "{from_pattern:?}");
    }
}
