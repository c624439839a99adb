//! Products that others measured on an XDNA1, on the simulated array: mlir-aie's `whole_array` example as drakosha's
//! whisper-xdna launches it. Tiles of A go to the cores of a row, of B to those of a column, and each column's C leaves
//! together; two blocks of rows are under way at a time.

use super::designs::*;
use crate::constants::Constants;
use crate::cost::counted;
use crate::cost::others::modelled;
use crate::cost::points::{POINTS, Product, What};
use crate::design::graph::{Argument, At, Chain, Descriptor, Kernel, Statement, Value};
use crate::sim::{Kernels, Settings, Simulator, Speed};
use crate::txn::{Channel, Device, Dim, Done, Pattern, Step, Transfer, Wait};

const SIDE: u8 = 4;
/// How far what is simulated may be off, per one.
const BAND: f64 = 0.25;

/// Words of a core's tile of A, of B and of C, and how many of each there are.
struct Sizes {
    words: [u32; 3],
    down: u32,
    across: u32,
    steps: u32,
}

impl Sizes {
    fn new(product: &Product) -> Self {
        let ([rows, inner, columns], [m, k, n]) = (product.shape, product.tile);
        let words = [m * k / 2, k * n / 2, m * n * product.out / 4];
        let side = u32::from(SIDE);
        let (down, across) = (rows.div_ceil(m * side), columns.div_ceil(n * side));
        Self { words, down, across, steps: inner.div_ceil(k) }
    }
}

/// Takes the time of mlir-aie's kernels, and computes nothing.
struct Pacing {
    product: u64,
    bytes: usize,
}

impl Kernels for Pacing {
    fn call(&mut self, kernel: Kernel, _: At, arguments: &[u32], memory: &mut [u8]) -> Result<u64, String> {
        if kernel == Kernel::AB {
            return Ok(self.product);
        }
        let at = arguments[0] as usize;
        memory[at..at + self.bytes].fill(0);
        // 32 bytes a cycle.
        Ok(self.bytes as u64 / 32)
    }
}

fn design(sizes: &Sizes) -> Design {
    let mut design = Design::new(SIDE);
    let [a, b, c] = sizes.words;
    for column in 0..SIDE {
        let (shim, memory) = (At { column, row: 0 }, At { column, row: 1 });
        design.tile(shim);
        design.queue(memory, "a", input(0), output(0), &Place::pair(0, a));
        design.queue(memory, "b", input(1), output(1), &Place::pair(0x1_0000, b));
        join(&mut design, memory, c);
        for row in 0..SIDE {
            let core = At { column, row: row + 2 };
            design.core(core, program(sizes.steps));
            design.port(core, "a", input(0), &Place::pair(0x1000, a));
            design.port(core, "b", input(1), &Place::pair(0x5000, b));
            design.port(core, "c", output(0), &Place::pair(0x9000, c));
            design.flow((core, output(0)), &[(memory, input(2 + row))]);
        }
        let cores = |at: fn(u8, u8) -> At| (0..SIDE).map(move |other| at(column, other));
        let (of_row, of_column) = (
            cores(|row, column| At { column, row: row + 2 }),
            cores(|column, row| At { column, row: row + 2 }),
        );
        design.flow((shim, output(0)), &[(memory, input(0))]);
        design.flow((shim, output(1)), &[(memory, input(1))]);
        design.flow((memory, output(0)), &of_row.map(|core| (core, input(0))).collect::<Vec<_>>());
        design.flow((memory, output(1)), &of_column.map(|core| (core, input(1))).collect::<Vec<_>>());
        design.flow((memory, output(2)), &[(shim, input(0))]);
    }
    design
}

/// What the cores of a column make leaves in turn.
fn join(design: &mut Design, memory: At, words: u32) {
    const PAIR: usize = 2;
    let mut quarters = Vec::new();
    for row in 0..SIDE {
        let address = 0x2_0000 + u32::from(row) * 0x8000;
        let first = design.buffer(memory, &format!("c{row}_0"), address, words);
        design.buffer(memory, &format!("c{row}_1"), address + words * 4, words);
        let empty = design.lock(memory, &format!("c{row}_empty"), PAIR as u8);
        let full = design.lock(memory, &format!("c{row}_full"), 0);
        design.chain(memory, input(2 + row), first, &Place::pair(address, words), [empty, full]);
        quarters.push((first, full, empty));
    }
    let tile = design.tile(memory);
    let used: Vec<u8> = tile.chains.iter().flat_map(|c| &c.descriptors).map(|d| d.number).collect();
    let mut free = (0..24).filter(|number| !used.contains(number));
    let descriptors = (0..PAIR).flat_map(|i| quarters.iter().map(move |quarter| (i, *quarter)));
    let descriptors = descriptors.map(|(i, (first, full, empty))| Descriptor {
        number: free.next().unwrap(),
        buffer: first + i,
        offset: 0,
        words,
        dims: vec![],
        acquire: (full, 1),
        release: (empty, 1),
    });
    let descriptors = descriptors.collect();
    tile.chains.push(Chain { channel: output(2), descriptors });
}

fn program(steps: u32) -> Vec<Statement> {
    let number = |value| Argument::Value(Value::Constant(value));
    let call = |kernel, arguments| Statement::Call { kernel, arguments };
    let step = vec![
        Statement::Take(0),
        Statement::Take(1),
        call(Kernel::AB, vec![number(0), number(0), Argument::Held(0), Argument::Held(1)]),
        Statement::Give(0),
        Statement::Give(1),
    ];
    vec![
        Statement::Take(2),
        call(Kernel::Begin, vec![Argument::Held(2), number(0), number(0)]),
        Statement::Repeat { count: Value::Constant(steps), body: step },
        Statement::Give(2),
    ]
}

/// Tasks for a block of rows after the other, and waits for the block before.
fn steps(sizes: &Sizes) -> Vec<Step> {
    let Sizes { words: [a, b, c], down, across, steps } = *sizes;
    let object = across * u32::from(SIDE) * c;
    let transfer = |column, channel: Channel, descriptor, argument, offset, pattern, token| {
        Step::Transfer(Transfer { column, channel, descriptor, argument, offset, pattern, token })
    };
    let wait = |column| {
        let done = |number| Done { column, channel: output(number), tasks: 1 };
        Step::Wait(Wait { column, channel: input(0), proves: vec![done(0), done(1)] })
    };
    let mut all = Vec::new();
    for block in 0..down {
        let first = if block % 2 == 0 { 0 } else { 8 };
        for column in 0..SIDE {
            let to = (block * u32::from(SIDE) + u32::from(column)) * object;
            let panel = Pattern { runs: Dim { size: across, stride: 0 }, ..Pattern::row(steps * a) };
            all.push(transfer(column, input(0), first, 2, to, Pattern::row(object), true));
            all.push(transfer(column, output(0), first + 1, 0, 0, panel, false));
            all.push(transfer(column, output(1), first + 2, 1, 0, Pattern::row(across * steps * b), false));
        }
        if block > 0 {
            all.extend((0..SIDE).map(wait));
        }
    }
    all.extend((0..SIDE).map(wait));
    all
}

/// Seconds by the simulator, launch included.
fn simulated(product: &Product) -> f64 {
    let (constants, sizes, device) = (Constants::XDNA1, Sizes::new(product), Device::npu1(SIDE));
    let [a, b, c] = sizes.words;
    let cycles = counted::mlir_aie(product.tile, product.out) as u64;
    let kernels = Box::new(Pacing { product: cycles, bytes: 4 * c as usize });
    let settings = Settings::new(&device, Speed::TIMED);
    let mut simulator = Simulator::new(&design(&sizes).0, kernels, settings).unwrap();
    let from = |words| argument(std::iter::repeat_n(0, words as usize));
    let arguments = [
        from(sizes.steps * a),
        from(sizes.across * sizes.steps * b),
        nothing((sizes.down * sizes.across * u32::from(SIDE) * u32::from(SIDE) * c) as usize),
    ];
    let arguments = arguments.each_ref().map(|argument| &argument[..]);
    let words = words(device, &arguments, steps(&sizes));
    let outcome = simulator.run(&words, &arguments).unwrap();
    constants.launch.value + outcome.cycles as f64 / constants.clock.value
}

#[test]
fn products_take_what_was_measured() {
    for point in &POINTS {
        let What::Product(product) = point.what else { continue };
        let (simulated, modelled) = (simulated(&product), modelled(&point.what));
        let error = simulated / point.measured - 1.0;
        println!("{product:?}: {simulated} s, {:+.1} %, model {modelled} s", error * 100.0);
        assert!(error.abs() < BAND, "{product:?}: {simulated} s, measured {} s", point.measured);
    }
}
