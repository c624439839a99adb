//! What the model says of designs that others measured.

use super::counted;
use super::kernels::BETWEEN;
use super::points::{POINTS, Point, Product, Purpose, What};
use crate::constants::Constants;

/// Columns and rows of the array that XDNA1 has.
const SIDE: f64 = 4.0;
/// Bytes of a word, and of a bfloat16.
const WORD: f64 = 4.0;
const VALUE: f64 = 2.0;

/// A point with what the model says of it.
#[derive(Clone, Copy, Debug)]
pub struct Judged {
    /// The point.
    pub point: Point,
    /// In its unit.
    pub modelled: f64,
}

impl Judged {
    /// How much the model says too much, per one of what was measured.
    pub fn error(&self) -> f64 {
        self.modelled / self.point.measured - 1.0
    }
}

/// All points that are for something.
pub fn judge(purpose: Purpose) -> Vec<Judged> {
    let points = POINTS.iter().filter(|point| point.purpose == purpose);
    points.map(|point| Judged { point: *point, modelled: modelled(&point.what) }).collect()
}

/// What the model says.
pub fn modelled(what: &What) -> f64 {
    modelled_with(what, &Constants::XDNA1, &Constants::XDNA2)
}

/// What the model says with other constants of XDNA1 and XDNA2.
pub fn modelled_with(what: &What, first: &Constants, second: &Constants) -> f64 {
    let of = |is_second: bool| if is_second { second } else { first };
    match *what {
        What::Product(product) => seconds(&product, first),
        What::Peak { tile, out } => {
            let [m, k, n] = tile.map(f64::from);
            let bytes = SIDE * (m + n) * k * VALUE;
            let memory = bytes / first.memory.value * first.clock.value;
            m * k * n / first.products.value / step(tile, out, first).max(memory)
        }
        What::Core { tile } => counted::in_turn(tile),
        What::Best => first.reached.value,
        What::Launch { second } => of(second).launch.value,
        What::List { second, runs: 0 } => of(second).listed.value,
        What::List { second, runs } => of(second).listed.value + of(second).list.value / f64::from(runs),
        What::Memory => second.memory.value,
        What::Gap { reads } => {
            let (rate, task) =
                if reads { (first.shim_in, first.task_in) } else { (first.shim_out, first.task_out) };
            first.start_idle.value - (64.0 / rate.value + task.value)
        }
    }
}

/// Cycles in which a core of mlir-aie's example takes a tile of A and one of B, with results of so many bytes.
fn step(tile: [u32; 3], out: u32, constants: &Constants) -> f64 {
    let [m, k, n] = tile.map(f64::from);
    let words = |values: f64| values * VALUE / WORD / constants.shim_in.value;
    words(m * k).max(words(k * n)).max(counted::mlir_aie(tile, out) + BETWEEN)
}

fn seconds(product: &Product, constants: &Constants) -> f64 {
    let [m, k, n] = product.tile.map(f64::from);
    let [rows, inner, columns] = product.shape.map(f64::from);
    let (down, across) = ((rows / (m * SIDE)).ceil(), (columns / (n * SIDE)).ceil());
    let steps = (inner / k).ceil();
    let (out, step) = (m * n * f64::from(product.out), step(product.tile, product.out, constants));
    let outs = down * across;
    // What a column's cores make leaves through one channel while they make the next.
    let leave = SIDE * out / WORD / constants.shim_out.value;
    let array = outs * (steps * step).max(leave) / constants.clock.value;
    let bytes = outs * SIDE * (steps * (m + n) * k * VALUE + SIDE * out);
    let begin = SIDE * 3.0 * constants.start_idle.value + constants.first_in.value;
    let end = leave + constants.first_out.value;
    constants.launch.value
        + array.max(bytes / constants.memory.value)
        + begin / constants.control.value
        + end / constants.clock.value
}
