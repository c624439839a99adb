//! A layer's operations one after the other, what each waits for, and how busy everything is meanwhile.

use super::svg::{Anchor, Svg, width_of};
use crate::cost::encoder::LaunchTimes;
use crate::cost::operation::Bound;

/// Room for the lanes' names.
const NAMES: f64 = 76.0;
const MAIN: f64 = 34.0;
const LANE: f64 = 13.0;
const GAP: f64 = 5.0;
/// Between neighbouring boxes.
const PART: f64 = 1.0;

/// The class of a bound in the drawing's style.
pub const fn class(bound: Bound) -> &'static str {
    match bound {
        Bound::Compute => "compute",
        Bound::StreamA => "a",
        Bound::StreamB => "b",
        Bound::StreamC => "c",
        Bound::Memory => "memory",
        Bound::Control => "control",
    }
}

/// How high it is.
pub fn height() -> f64 {
    MAIN + Bound::ALL.len() as f64 * (LANE + GAP) + GAP + 20.0
}

/// Draws it with its upper left corner there.
pub fn draw(svg: &mut Svg, [left, top]: [f64; 2], width: f64, layer: &LaunchTimes) {
    let total = layer.total();
    let scale = (width - NAMES) / total;
    let begin = left + NAMES;
    let lanes = top + MAIN + GAP;
    axis(svg, [begin, top], total, scale);
    svg.text("", [left, top + 0.6 * MAIN], Anchor::Start, "operation");
    for (number, bound) in Bound::ALL.iter().enumerate() {
        let y = lanes + number as f64 * (LANE + GAP);
        svg.text("muted", [left, y + LANE - 3.0], Anchor::Start, bound.name());
        svg.rect("rest", [begin, y], [total * scale, LANE]);
    }
    let mut at = begin;
    for (operation, times) in &layer.operations {
        let length = times.total * scale;
        let ms = format!("{:.2} ms", times.total * 1e3);
        let says = format!("{}: {ms}, bound by {}", operation.name, times.bound().name());
        svg.rect_saying(class(times.bound()), [at, top], [length - PART, MAIN], &says);
        for (down, text) in [(14.0, operation.name), (27.0, ms.as_str())] {
            if width_of(text) < length - 4.0 {
                svg.text("on", [at + 0.5 * length, top + down], Anchor::Middle, text);
            }
        }
        let edge = times.edges * scale;
        for (number, (bound, busy)) in Bound::ALL.iter().zip(times.busy).enumerate() {
            let y = lanes + number as f64 * (LANE + GAP);
            svg.rect("edge", [at, y], [edge, LANE]);
            let says = format!("{}: {} busy for {:.2} ms", operation.name, bound.name(), busy * 1e3);
            let busy = [(busy * scale).min(length - edge) - PART, LANE];
            svg.rect_saying(class(*bound), [at + edge, y], busy, &says);
        }
        at += length;
    }
    svg.rect_saying("edge", [at, top], [layer.listed * scale, MAIN], "being a run in a list");
}

/// Ticks of a round number of milliseconds.
fn axis(svg: &mut Svg, [left, top]: [f64; 2], total: f64, scale: f64) {
    let ms = total * 1e3;
    let step = [0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 20.0].into_iter().find(|step| ms / step <= 16.0);
    let step = step.unwrap_or(50.0);
    let bottom = top + height() - 14.0;
    let mut tick = 0.0;
    while tick <= ms {
        let x = left + tick * 1e-3 * scale;
        svg.line("grid", &[[x, top - 3.0], [x, bottom - 2.0]]);
        let text = if step < 1.0 { format!("{tick:.1}") } else { format!("{tick:.0}") };
        svg.text("small muted", [x, bottom + 9.0], Anchor::Middle, &text);
        tick += step;
    }
    svg.text("small muted", [left - 12.0, bottom + 9.0], Anchor::End, "ms");
}
