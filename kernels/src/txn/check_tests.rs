//! Every limit is found, and its tile named.

use super::*;
use crate::op::Buffer;
use crate::plan::{Plan, Shape, VALUE};

const IN: Channel = Channel { direction: Direction::FromMemory, number: 0 };
const OUT: Channel = Channel { direction: Direction::ToMemory, number: 1 };

fn transfer() -> Transfer {
    Transfer {
        column: 1,
        channel: IN,
        descriptor: 0,
        argument: 2,
        offset: 0,
        pattern: Pattern::row(16),
        token: false,
    }
}

fn traffic(steps: Vec<Step>) -> Traffic {
    Traffic { device: Device::npu2(2), arguments: vec![u32::MAX; 6], steps }
}

/// The error of one transfer that is not as it should be.
fn limit(change: fn(&mut Transfer)) -> Limit {
    let mut t = transfer();
    change(&mut t);
    traffic(vec![Step::Transfer(t)]).check(&Dialect::OURS).unwrap_err().limit
}

fn field(change: fn(&mut Transfer)) -> (Field, u64) {
    match limit(change) {
        Limit::Field { range, .. } => (range.field, range.value),
        other => panic!("{other}"),
    }
}

#[test]
fn fields_hold_what_they_hold() {
    let fits: [fn(&mut Transfer); 5] = [
        |t| t.pattern = Pattern::row(u32::MAX),
        |t| t.pattern.dims = [1023, 1023, 4000].map(|size| Dim { size, stride: 1 << 10 }),
        |t| t.pattern.dims[0] = Dim { size: 2, stride: 1 << 20 },
        |t| t.pattern.runs = Dim { size: 64, stride: 1 << 20 },
        |t| t.pattern.runs = Dim { size: 256, stride: 0 },
    ];
    for (i, change) in fits.iter().enumerate() {
        let mut t = transfer();
        change(&mut t);
        assert_eq!(traffic(vec![Step::Transfer(t)]).check(&Dialect::OURS), Ok(()), "case {i}");
    }
    assert_eq!(field(|t| t.pattern.dims[0] = Dim { size: 1024, stride: 2 }), (Field::Wrap0, 1024));
    assert_eq!(field(|t| t.pattern.dims[1] = Dim { size: 1024, stride: 20 }), (Field::Wrap1, 1024));
    assert_eq!(
        field(|t| t.pattern.dims[2] = Dim { size: 2, stride: (1 << 20) + 1 }),
        (Field::Step2, 1 << 20)
    );
    assert_eq!(
        field(|t| t.pattern.runs = Dim { size: 2, stride: (1 << 20) + 1 }),
        (Field::IterationStep, 1 << 20)
    );
    assert_eq!(field(|t| t.pattern.dims = [Dim { size: 1 << 11, stride: 1 }; 3]), (Field::Length, 1 << 33));
    assert_eq!(limit(|t| t.pattern.runs = Dim { size: 65, stride: 1 }), Limit::Runs { runs: 65, most: 64 });
    assert_eq!(
        limit(|t| t.pattern.runs = Dim { size: 257, stride: 0 }),
        Limit::Runs { runs: 257, most: 256 }
    );
    assert_eq!(limit(|t| t.pattern.dims[1] = Dim { size: 2, stride: 0 }), Limit::Still);
    assert_eq!(limit(|t| t.pattern.dims[1].size = 0), Limit::Empty);
    assert_eq!(limit(|t| t.pattern.runs.size = 0), Limit::Empty);
}

/// A stride that is never walked leaves no trace.
#[test]
fn a_descriptor_has_only_what_counts() {
    let words = |dims: [(u32, u32); 3], runs: (u32, u32)| {
        let dims = dims.map(|(size, stride)| Dim { size, stride });
        let pattern = Pattern { dims, runs: Dim { size: runs.0, stride: runs.1 } };
        let stream = traffic(vec![Step::Transfer(Transfer { pattern, ..transfer() })]).emit(&Dialect::OURS);
        match stream.unwrap().instructions[0] {
            Instruction::BlockWrite { ref data, .. } => data.clone(),
            ref other => panic!("{other:?}"),
        }
    };
    let (burst, cache, valid) = (0x8000_0000, 0x0200_0000, 0x0200_0000);
    let strided = words([(8, 2), (1, 99), (5, 64)], (1, 77));
    assert_eq!(strided, [40, 0, 0, 8 << 20 | 1, burst | 1 << 20, cache | 63, 0, valid]);
    let repeated = words([(8, 1), (3, 8), (1, 99)], (9, 0));
    assert_eq!(repeated, [24, 0, 0, 0, burst, cache, 0, valid]);
    let walked = words([(8, 1), (3, 8), (1, 99)], (9, 100));
    assert_eq!(walked, [24, 0, 0, 0, burst, cache, 8 << 20 | 99, valid]);
}

#[test]
fn places_are_inside() {
    assert_eq!(limit(|t| t.column = 2), Limit::Columns(2));
    assert_eq!(limit(|t| t.channel.number = 2), Limit::Channel(Channel { number: 2, ..IN }));
    assert_eq!(limit(|t| t.descriptor = 16), Limit::Descriptor(16));
    assert_eq!(limit(|t| t.argument = 6), Limit::Argument(6));
    assert_eq!(limit(|t| t.argument = 5), Limit::Far(5));
    assert_eq!(limit(|t| t.offset = 1 << 30), Limit::Offset(1 << 32));
    let outside = limit(|t| t.offset = u32::MAX - 15);
    assert_eq!(outside, Limit::Outside { argument: 2, end: (1 << 32), words: u32::MAX });
    for (columns, all) in [(0, 4), (5, 4)] {
        let traffic = Traffic { device: Device::npu1(columns), ..traffic(vec![]) };
        let limit = Limit::Device { all, wanted: columns };
        assert_eq!(traffic.check(&Dialect::OURS), Err(TrafficError { step: 0, column: 0, limit }));
    }
    let mut wrong = transfer();
    wrong.pattern.runs.size = 300;
    let error = traffic(vec![Step::Transfer(transfer()), Step::Transfer(wrong)]).emit(&Dialect::OURS);
    let text = "step 1, column 1: 300 runs of one task: 256 are the most";
    assert_eq!(error.unwrap_err().to_string(), text);
}

/// A word as a word, several as a block, each where it belongs.
#[test]
fn words_are_written_into_tiles() {
    let write = |column, row, offset, words: &[u32]| {
        Step::Write(Write { column, row, offset, words: words.to_vec() })
    };
    let steps = vec![write(1, 2, 0x400, &[7, 8, 9]), write(0, 5, 0x1_f000, &[1])];
    let stream = traffic(steps).emit(&Dialect::OURS).unwrap();
    let block =
        Instruction::BlockWrite { to: Address::new(1, 2, 0x400), data: vec![7, 8, 9], names_tile: false };
    let word = Instruction::Write { to: Address::new(0, 5, 0x1_f000), value: 1 };
    assert_eq!(stream.instructions, [block, word]);
    assert_eq!(decode(&encode(&stream)), Ok(stream));
    let limit = |step| traffic(vec![step]).check(&Dialect::OURS).unwrap_err().limit;
    assert_eq!(limit(write(2, 2, 0, &[1])), Limit::Columns(2));
    assert_eq!(limit(write(0, 6, 0, &[1])), Limit::Row(6));
    assert_eq!(limit(write(0, 2, 0, &[])), Limit::Nothing);
    assert_eq!(limit(write(0, 2, 2, &[1])), Limit::Address(2));
    assert_eq!(limit(write(0, 2, (1 << 20) - 4, &[1, 2])), Limit::Address((1 << 20) - 4));
    assert_eq!(traffic(vec![write(0, 2, (1 << 20) - 4, &[1])]).check(&Dialect::OURS), Ok(()));
}

/// Marked, plain, or not at all.
#[test]
fn far_arguments_are_marked() {
    let plus = |far, offset| {
        let t = Transfer { argument: 5, offset, ..transfer() };
        let stream = traffic(vec![Step::Transfer(t)]).emit(&Dialect { far, ..Dialect::OURS });
        stream.map(|stream| match stream.instructions[1] {
            Instruction::Patch { argument: 5, plus, .. } => plus,
            ref other => panic!("{other:?}"),
        })
    };
    assert_eq!(plus(FarArguments::Marked, 4), Ok(0x8000_0010));
    assert_eq!(plus(FarArguments::Plain, 4), Ok(0x10));
    assert_eq!(plus(FarArguments::Refused, 4).unwrap_err().limit, Limit::Far(5));
    assert_eq!(plus(FarArguments::Marked, 1 << 29).unwrap_err().limit, Limit::Offset(1 << 31));
    assert_eq!(plus(FarArguments::Plain, 1 << 29), Ok(1 << 31));
}

#[test]
fn queues_descriptors_and_tokens_are_kept() {
    let task =
        |channel, descriptor, token| Step::Transfer(Transfer { channel, descriptor, token, ..transfer() });
    let wait = |tasks| {
        let proves = vec![Done { column: 1, channel: IN, tasks }];
        Step::Wait(Wait { column: 1, channel: OUT, proves })
    };
    let check = |steps: &[Step]| traffic(steps.to_vec()).check(&Dialect::OURS);
    let error = |step, limit| Err(TrafficError { step, column: 1, limit });
    let four = [0, 1, 2, 3].map(|number| task(IN, number, false));
    let fifth = task(IN, 4, false);
    let out = task(OUT, 8, true);
    assert_eq!(check(&[four.to_vec(), vec![fifth.clone()]].concat()), error(4, Limit::Queue(IN)));
    assert_eq!(check(&[&four[..], &[out.clone(), wait(1), fifth.clone()]].concat()), Ok(()));
    assert_eq!(check(&[&four[..], &[out.clone(), wait(0), fifth]].concat()), error(6, Limit::Queue(IN)));
    let again = task(IN, 0, false);
    assert_eq!(check(&[four[0].clone(), again.clone()]), error(1, Limit::Busy(0)));
    assert_eq!(check(&[four[0].clone(), task(OUT, 0, false)]), error(1, Limit::Busy(0)));
    assert_eq!(check(&[four[0].clone(), out.clone(), wait(1), again]), Ok(()));
    assert_eq!(check(&[wait(0)]), error(0, Limit::NoToken(OUT)));
    assert_eq!(check(&[task(OUT, 8, false), wait(0)]), error(1, Limit::NoToken(OUT)));
    assert_eq!(check(&[out.clone(), wait(0), wait(0)]), error(2, Limit::NoToken(OUT)));
    assert_eq!(check(&[out.clone(), wait(1)]), error(1, Limit::NotStarted { channel: IN, tasks: 1 }));
    assert_eq!(check(std::slice::from_ref(&out)), error(1, Limit::Untaken(OUT)));
    // A token of a task that another proves done is still there to be taken.
    let mine = task(IN, 0, true);
    let take = Step::Wait(Wait { column: 1, channel: IN, proves: vec![] });
    assert_eq!(check(&[mine.clone(), out.clone(), wait(1)]), error(3, Limit::Untaken(IN)));
    assert_eq!(check(&[mine, out, wait(1), take]), Ok(()));
}

/// Without the patience of the goldens, their designs would lose tasks.
#[test]
fn goldens_fill_their_queues_exactly() {
    let (traffic, dialect) = GOLDENS[2].traffic();
    let first_wait = traffic.steps.iter().position(|step| matches!(step, Step::Wait(_))).unwrap();
    let mut hasty = traffic;
    hasty.steps.remove(first_wait);
    let error = hasty.check(&dialect).unwrap_err();
    assert_eq!((error.column, error.limit), (0, Limit::Busy(0)));
}

/// Every matrix of a real encoder, in values of two bytes, is within reach of one descriptor.
#[test]
fn an_encoders_matrices_can_be_moved() {
    let plan = Plan::encoder(&Shape { mels: 80, positions: 1500, state: 512, heads: 8, layers: 6 }).unwrap();
    let arguments: Vec<u32> = plan.buffer_lens().iter().map(|bytes| (bytes / VALUE * 2 / 4) as u32).collect();
    let mut moved = 0;
    for op in plan.launches.iter().flat_map(|launch| &launch.ops) {
        for matrix in op.reads().chain([op.writes()]) {
            let (offset, pattern) = Pattern::rows(&matrix, 2).unwrap();
            let argument = matrix.buffer as u8;
            let t = Transfer { argument, offset, pattern, ..transfer() };
            let traffic = Traffic {
                device: Device::npu1(4),
                arguments: arguments.clone(),
                steps: vec![Step::Transfer(t)],
            };
            assert_eq!(traffic.check(&Dialect::OURS), Ok(()), "{} of {matrix:?}", op.name());
            let values = u64::from(matrix.rows) * u64::from(matrix.columns);
            assert_eq!((pattern.words() * 2, u64::from(offset) * 2), (values, matrix.offset.into()));
            moved += 1;
        }
    }
    assert!(moved > 100);
    let odd = crate::op::Matrix { buffer: Buffer::Input, offset: 1, rows: 2, columns: 4, stride: 4 };
    assert_eq!(Pattern::rows(&odd, 2), None, "half a word in");
    assert!(Pattern::rows(&odd, 4).is_some());
}
