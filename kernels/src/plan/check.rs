//! What every plan must satisfy: shapes that exist, places inside the buffers, and data that comes from somewhere.

use super::{Plan, PlanError, Shape, VALUE};
use crate::op::{Buffer, Matrix};

/// Far above every published model, and low enough that no offset leaves 32 bits.
pub(crate) const MOST: Shape = Shape { mels: 256, positions: 4096, state: 4096, heads: 64, layers: 64 };
/// Channels that a head may have.
const HEAD_WIDTH: usize = 64;

/// Whether an encoder may have this shape.
pub(super) fn shape(shape: &Shape) -> Result<(), PlanError> {
    let Shape { mels, positions, state, heads, layers } = *shape;
    let bounds = [
        ("mel bins", mels, MOST.mels),
        ("positions", positions, MOST.positions),
        ("channels", state, MOST.state),
        ("heads", heads, MOST.heads),
        ("layers", layers, MOST.layers),
    ];
    for (what, value, most) in bounds {
        if !(1..=most).contains(&value) {
            return Err(PlanError::Shape { what, value });
        }
    }
    if !state.is_multiple_of(heads) || state / heads > HEAD_WIDTH {
        return Err(PlanError::Shape { what: "channels per head", value: state / heads });
    }
    // 12 matrices of this size in a layer, and the second convolution.
    let values = (12 * layers + 4) * state * state;
    let weights = values + positions * state + (mels * 3 + 16 * layers) * state;
    if weights > u32::MAX as usize / 2 {
        return Err(PlanError::Shape { what: "weights", value: weights });
    }
    Ok(())
}

/// Whether the plan's operations can be computed, in their order, from the weights and the input alone.
pub(super) fn plan(plan: &Plan) -> Result<(), PlanError> {
    let lens = plan.buffer_lens().map(|bytes| (bytes / VALUE) as u64);
    let mut written = Written::default();
    for piece in &plan.pieces {
        let start = u64::from(piece.offset);
        written.add(Buffer::Weights, start, start + piece.values as u64);
    }
    let frames = 2 * plan.shape.positions + 2;
    written.add(Buffer::Input, 0, (frames * plan.shape.mels) as u64);
    for launch in &plan.launches {
        for op in &launch.ops {
            let wrong = |what| PlanError::Flow { launch: launch.name.clone(), op: op.name(), what };
            op.check(&lens).map_err(|source| PlanError::Op { launch: launch.name.clone(), source })?;
            if op.reads().any(|read| read.buffer == Buffer::Output) {
                return Err(wrong("reads what comes out"));
            }
            if !op.reads().all(|read| written.has(&read)) {
                return Err(wrong("reads what nobody wrote"));
            }
            let out = op.writes();
            if matches!(out.buffer, Buffer::Weights | Buffer::Input) {
                return Err(wrong("writes into what goes in"));
            }
            written.add_matrix(&out);
        }
    }
    let (last, values) = (plan.launches.last(), (plan.shape.positions * plan.shape.state) as u64);
    match last {
        Some(_) if written.holds(Buffer::Output, 0, values) => Ok(()),
        last => {
            let launch = last.map(|launch| launch.name.clone()).unwrap_or_default();
            Err(PlanError::Flow { launch, op: "the last", what: "states are left unwritten" })
        }
    }
}

/// Which values of each buffer were written: sorted stretches that do not touch.
#[derive(Default)]
struct Written([Vec<(u64, u64)>; 5]);

impl Written {
    fn add(&mut self, buffer: Buffer, start: u64, end: u64) {
        let stretches = &mut self.0[buffer as usize];
        let first = stretches.partition_point(|s| s.1 < start);
        let behind = stretches.partition_point(|s| s.0 <= end);
        let touched = &stretches[first..behind];
        let start = touched.first().map_or(start, |s| s.0.min(start));
        let end = touched.last().map_or(end, |s| s.1.max(end));
        stretches.splice(first..behind, [(start, end)]);
    }

    fn holds(&self, buffer: Buffer, start: u64, end: u64) -> bool {
        self.0[buffer as usize].iter().any(|s| s.0 <= start && end <= s.1)
    }

    fn add_matrix(&mut self, m: &Matrix) {
        rows(m).for_each(|(start, end)| self.add(m.buffer, start, end));
    }

    fn has(&self, m: &Matrix) -> bool {
        rows(m).all(|(start, end)| self.holds(m.buffer, start, end))
    }
}

/// First value of each row, and the one behind its last; all rows at once where there is nothing between them.
fn rows(m: &Matrix) -> impl Iterator<Item = (u64, u64)> {
    let (start, stride, columns) = (u64::from(m.offset), u64::from(m.stride), u64::from(m.columns));
    let (count, width) = if m.stride <= m.columns { (1, m.end() - start) } else { (m.rows, columns) };
    (0..u64::from(count)).map(move |row| (start + row * stride, start + row * stride + width))
}

#[cfg(test)]
mod tests {
    use super::super::Launch;
    use super::*;
    use crate::op::Op;

    const SMALL: Shape = Shape { mels: 3, positions: 5, state: 8, heads: 2, layers: 2 };

    /// The published shapes, with either number of mel bins.
    fn published() -> impl Iterator<Item = Shape> {
        let sizes = [(384, 6, 4), (512, 8, 6), (768, 12, 12), (1024, 16, 24), (1280, 20, 32)];
        sizes.into_iter().flat_map(|(state, heads, layers)| {
            [80, 128].map(|mels| Shape { mels, positions: 1500, state, heads, layers })
        })
    }

    #[test]
    fn every_whisper_has_a_plan() {
        for shape in published().chain([SMALL]) {
            let plan = Plan::encoder(&shape).unwrap();
            assert_eq!(plan.launches.len(), shape.layers + 2, "one per layer, the stem and the last norm");
            let Shape { mels, positions, state, layers, .. } = shape;
            let bias_and_norm = 12 * state;
            let own = layers * (12 * state * state + bias_and_norm)
                + (3 * mels * state + state + 3 * state * state + state)
                + positions * state
                + 2 * state;
            // The keys' missing bias and a row of zeros.
            let values = own + (layers + 1) * state;
            let pad = plan.weights_len / VALUE - values;
            assert!(pad < 16 * plan.pieces.len(), "{shape:?}: {pad} values of weights too many");
            assert_eq!(plan.input_len / VALUE, ((2 * positions + 2) * mels).next_multiple_of(16));
            assert_eq!(plan.output_len / VALUE, (positions * state).next_multiple_of(16));
        }
    }

    #[test]
    fn shorter_windows_have_plans_too() {
        for positions in [1, 512, 768, 1024, 1536] {
            assert!(Plan::encoder(&Shape { positions, mels: 80, state: 512, heads: 8, layers: 6 }).is_ok());
        }
    }

    #[test]
    fn shapes_that_no_encoder_has_are_refused() {
        let shapes = [
            Shape { mels: 0, ..SMALL },
            Shape { positions: 0, ..SMALL },
            Shape { positions: usize::MAX, ..SMALL },
            Shape { state: 0, ..SMALL },
            Shape { heads: 3, ..SMALL },
            Shape { heads: 0, ..SMALL },
            Shape { state: 130, ..SMALL },
            Shape { layers: 0, ..SMALL },
            Shape { state: 4096, heads: 64, layers: 64, ..SMALL },
        ];
        for shape in shapes {
            assert!(matches!(Plan::encoder(&shape), Err(PlanError::Shape { .. })), "{shape:?}");
        }
    }

    /// Each operation changed in each way that must not pass.
    #[test]
    fn a_defect_in_a_plan_is_found() {
        let good = Plan::encoder(&SMALL).unwrap();
        let fails = |name: &str, change: &dyn Fn(&mut Vec<Launch>)| {
            let mut bad = good.clone();
            change(&mut bad.launches);
            assert!(plan(&bad).is_err(), "{name}");
        };
        for (i, launch) in good.launches.iter().enumerate() {
            for k in 0..launch.ops.len() {
                if i == 0 {
                    fails("an operation is missing", &|launches| _ = launches[0].ops.remove(k));
                }
                fails("written too far", &|launches| out(&mut launches[i].ops[k]).offset += 1 << 30);
                fails("written into the weights", &|launches| {
                    *out(&mut launches[i].ops[k]) =
                        Matrix { buffer: Buffer::Weights, offset: 0, ..*out(&mut launches[i].ops[k]) };
                });
            }
        }
        fails("nothing to do", &|launches| launches.clear());
        fails("the last norm is missing", &|launches| _ = launches.pop());
    }

    fn out(op: &mut Op) -> &mut Matrix {
        match op {
            Op::Copy { to: out, .. }
            | Op::Product { out, .. }
            | Op::LayerNorm { out, .. }
            | Op::Attention { out, .. } => out,
        }
    }

    #[test]
    fn stretches_grow_together() {
        let mut written = Written::default();
        for (start, end) in [(10, 20), (30, 40), (0, 5), (20, 30), (50, 60)] {
            written.add(Buffer::Spare, start, end);
        }
        assert_eq!(written.0[4], [(0, 5), (10, 40), (50, 60)]);
        assert!(written.holds(Buffer::Spare, 12, 40) && !written.holds(Buffer::Spare, 39, 41));
        written.add(Buffer::Spare, 4, 100);
        assert_eq!(written.0[4], [(0, 100)]);
    }
}
