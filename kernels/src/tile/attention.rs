//! Attention of 64 queries to 32 keys and their values at a time: `kernels/cc/attention.h` and `power.h`.

use super::blocks::{COLUMNS, HALF, SIDE, Tile};
use super::core::{Core, equal, piece, read_row, to_bytes, to_floats, write_row};
use super::float::split;
use crate::txn::Generation;
use hark_simd::Work;

/// Bits of a score behind the point.
const FRACTION: u32 = 8;
const ONE: i32 = 1 << FRACTION;
/// Less than any score.
const LOWEST: i32 = -(1 << 30);

/// What is known of the rows between the two products.
pub(super) struct Attention {
    /// Numerators.
    pub(super) weights: [[f32; HALF]; SIDE],
    /// By which power of two, in fixed point, what was summed before is scaled; at most 0.
    pub(super) down: [i32; SIDE],
}

impl Default for Attention {
    fn default() -> Self {
        Self { weights: [[0.0; HALF]; SIDE], down: [0; SIDE] }
    }
}

/// What had to be done for a tile of B, which not all of them need.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Attended {
    /// Whether there was any key in it.
    pub any: bool,
    /// Whether keys ended in it.
    pub masked: bool,
    /// Rows of blocks whose maximum rose.
    pub raised: u32,
}

impl Core<'_> {
    /// Before the first tile, with so many keys to come.
    pub(super) fn begin_attention(&mut self, keys: u32) {
        self.set_keys(keys.cast_signed());
        self.first.fill(equal(f32::from_bits(LOWEST.cast_unsigned())));
    }
}

/// Bits of 2^(i / 256) as floats that are bfloat16.
pub(super) type Powers = [u32; ONE as usize];

/// As a core makes them: with a table of the nearest, or, on XDNA2, with a unit that rounds as it is told.
pub(super) fn powers(generation: Generation, cut_off: bool) -> &'static Powers {
    static NEAREST: Powers = table(0.5);
    static CUT_OFF: Powers = table(0.0);
    if cut_off && generation == Generation::Npu2 { &CUT_OFF } else { &NEAREST }
}

/// With so much added before what does not fit into the seven bits of a bfloat16 is cut off.
const fn table(added: f64) -> Powers {
    let (mut table, mut value, mut i) = ([0; ONE as usize], 1.0f64, 0);
    while i < table.len() {
        table[i] = (0x3f80 + ((value - 1.0) * 128.0 + added) as u32) << 16;
        // 2^(1 / 256)
        value *= 1.002_711_275_050_202_5;
        i += 1;
    }
    table
}

/// Makes numerators of scores, and adds them up.
pub(super) struct Weigh<'a, 'm, const ROWS: usize, const CUT_OFF: bool> {
    pub(super) core: &'a mut Core<'m>,
    pub(super) table: &'static Powers,
    /// In the first half of each row.
    pub(super) scores: &'a Tile,
    pub(super) out: &'a mut Attention,
}

impl<const ROWS: usize, const CUT_OFF: bool> Work for Weigh<'_, '_, ROWS, CUT_OFF> {
    type Output = Attended;

    #[inline(always)]
    fn run(self) -> Attended {
        let Self { core, table, scores, out } = self;
        let left = core.keys();
        let known = usize::try_from(left).unwrap_or(0).min(HALF);
        let mut raised = 0;
        for (row, values) in scores.iter().enumerate() {
            let (values, _) = values.split_at(HALF);
            let mut fixed = [LOWEST; HALF];
            for (fixed, v) in fixed.iter_mut().zip(values) {
                *fixed = to_score::<CUT_OFF>(*v);
            }
            fixed[known..].fill(LOWEST);
            let before = to_floats(&core.first[row])[0].to_bits().cast_signed();
            let top = before.max(whole_above(fixed.iter().copied().fold(LOWEST, i32::max)));
            let down = before.wrapping_sub(top);
            out.down[row] = down;
            // NaN has no score, but stays.
            let mut total = values[..known].iter().map(|v| v * 0.0).sum::<f32>();
            for (weight, score) in out.weights[row].iter_mut().zip(fixed) {
                *weight = power(score.wrapping_sub(top), table);
            }
            total += sum(&out.weights[row]);
            core.first[row] = equal(f32::from_bits(top.cast_unsigned()));
            core.second[row] = equal(scale(to_floats(&core.second[row])[0], down) + total);
        }
        for rows in out.down.chunks_exact(ROWS) {
            raised += u32::from(rows.iter().any(|down| *down < 0));
        }
        core.set_keys(left - HALF as i32);
        Attended { any: true, masked: known < HALF, raised }
    }
}

/// Scales the sums down and adds what the values weigh.
pub(super) struct Add<'a, 'm, const ROWS: usize> {
    pub(super) core: &'a mut Core<'m>,
    pub(super) down: &'a [i32; SIDE],
    pub(super) product: &'a Tile,
}

impl<const ROWS: usize> Work for Add<'_, '_, ROWS> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        for ((row, values), down) in self.product.iter().enumerate().zip(self.down) {
            for (block, values) in values.as_chunks::<COLUMNS>().0.iter().enumerate() {
                let place = &mut self.core.sums[piece::<ROWS>(row, block)];
                let before = to_floats(place);
                *place = to_bytes(std::array::from_fn(|i| scale(before[i], *down) + values[i]));
            }
        }
    }
}

/// Divides by the sum of the numerators.
pub(super) struct Finish<'a, 'm, const ROWS: usize> {
    pub(super) core: &'a mut Core<'m>,
}

impl<const ROWS: usize> Work for Finish<'_, '_, ROWS> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        for row in 0..SIDE {
            let share = 1.0 / to_floats(&self.core.second[row])[0];
            let values = read_row::<ROWS>(self.core.sums, row).map(|v| v * share);
            write_row::<ROWS>(self.core.sums, row, &values);
        }
    }
}

/// Fixed point of the value as two terms, each cut down to a few bits more, which are then rounded.
#[inline(always)]
fn to_score<const CUT_OFF: bool>(value: f32) -> i32 {
    const SPARE: u32 = 3;
    let unit = (ONE << SPARE) as f32;
    let [first, second] = split::<CUT_OFF>(value);
    let fixed = (clamp(first, 16384.0) * unit).floor() as i32 + (clamp(second, 128.0) * unit).floor() as i32;
    let rounded = if CUT_OFF { fixed } else { fixed + ((1 << (SPARE - 1)) - 1 + (fixed >> SPARE & 1)) };
    rounded >> SPARE
}

#[inline(always)]
fn clamp(value: f32, limit: f32) -> f32 {
    let value = if value > limit { limit } else { value };
    if value < -limit { -limit } else { value }
}

/// The next whole power that is not below.
#[inline(always)]
fn whole_above(score: i32) -> i32 {
    (score + ONE - 1) & !(ONE - 1)
}

/// 2^(score / 256), which is 0 for those below -127.
#[inline(always)]
fn power(score: i32, table: &Powers) -> f32 {
    let score = score.max(-127 * ONE);
    let fraction = table[(score & (ONE - 1)) as usize];
    f32::from_bits(fraction.wrapping_add(((score >> FRACTION) << 23).cast_unsigned()))
}

/// `value · 2^(power / 256)` for whole powers up to 0; what gets too small for a float becomes 0.
#[inline(always)]
fn scale(value: f32, power: i32) -> f32 {
    let (bits, step) = (value.to_bits().cast_signed(), power.max(-255 * ONE) << 15);
    let exponent = (bits & 0x7f80_0000).wrapping_add(step);
    let scaled = if exponent > 0 { bits.wrapping_add(step) } else { 0 };
    // What is not a number must stay that.
    let bits = if value.is_nan() { bits } else { scaled };
    f32::from_bits(bits.cast_unsigned())
}

/// In lanes first.
#[inline(always)]
fn sum(values: &[f32; HALF]) -> f32 {
    let mut lanes = [0.0; 8];
    for block in values.as_chunks::<8>().0 {
        for (lane, v) in lanes.iter_mut().zip(block) {
            *lane += v;
        }
    }
    lanes.iter().sum()
}
