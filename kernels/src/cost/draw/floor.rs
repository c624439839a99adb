//! The array's floor plan: what each tile holds, and the ways of A, B and C.

use super::svg::{Anchor, Svg};
use crate::design::graph::{At, Flow, Graph};
use crate::design::{Report, TileUse};
use crate::txn::{Direction, TileKind};

const WIDTH: f64 = 74.0;
const HEIGHT: f64 = 50.0;
/// From tile to tile.
const ACROSS: f64 = 98.0;
const DOWN: f64 = 74.0;
/// Rows of tiles.
const ROWS: f64 = 6.0;

/// What columns take.
pub fn size(columns: u8) -> [f64; 2] {
    [f64::from(columns) * ACROSS, ROWS * DOWN]
}

/// Draws it with its upper left corner there.
pub fn draw(svg: &mut Svg, [left, top]: [f64; 2], graph: &Graph, uses: &Report) {
    let place =
        |at: At| [left + 20.0 + f64::from(at.column) * ACROSS, top + (ROWS - 1.0 - f64::from(at.row)) * DOWN];
    for flow in &graph.flows {
        route(svg, flow, &place);
    }
    for tile in &uses.tiles {
        draw_tile(svg, place(tile.at), tile);
    }
}

fn draw_tile(svg: &mut Svg, [x, y]: [f64; 2], tile: &TileUse) {
    svg.rect("tile", [x, y], [WIDTH, HEIGHT]);
    let kind = match tile.kind {
        TileKind::Shim => "shim",
        TileKind::Memory => "mem",
        TileKind::Core => "core",
    };
    svg.text("", [x + 6.0, y + 14.0], Anchor::Start, &format!("{kind} {},{}", tile.at.column, tile.at.row));
    let line = |svg: &mut Svg, down: f64, text: &str| {
        svg.text("small muted", [x + 6.0, y + down], Anchor::Start, text);
    };
    if tile.memory.all == 0 {
        // A shim's channels are to and from memory on the array's other side.
        line(svg, 28.0, &format!("{} of {} in", tile.outputs.used, tile.outputs.all));
        line(svg, 40.0, &format!("{} of {} out", tile.inputs.used, tile.inputs.all));
        return;
    }
    let share = f64::from(tile.memory.used) / f64::from(tile.memory.all);
    line(svg, 28.0, &format!("{:.0}/{} KB", f64::from(tile.memory.used) / 1024.0, tile.memory.all >> 10));
    let bar = [WIDTH - 12.0, 7.0];
    svg.rect("rest", [x + 6.0, y + 36.0], bar);
    svg.rect("used", [x + 6.0, y + 36.0], [bar[0] * share.min(1.0), bar[1]]);
}

/// Draws the way of a stream. Which it is shows in where it goes.
fn route(svg: &mut Svg, flow: &Flow, place: &dyn Fn(At) -> [f64; 2]) {
    let (from, channel) = flow.from;
    let Some(&(to, _)) = flow.to.first() else { return };
    let [x, y] = place(from);
    match (from.row, to.row) {
        // Between shim and memory tile, beside one another.
        (0, _) => {
            let (class, share) = if channel.number == 0 { ("route a", 0.25) } else { ("route b", 0.5) };
            svg.line(class, &[[x + share * WIDTH, y], [x + share * WIDTH, place(to)[1] + HEIGHT]]);
        }
        (_, 0) => {
            svg.line("route c", &[[x + 0.75 * WIDTH, y + HEIGHT], [x + 0.75 * WIDTH, place(to)[1]]]);
        }
        // From a core to the memory tile below, on the right.
        (_, 1) => {
            let (lane, end) = (x + WIDTH + 6.0, place(to)[1] + 0.5 * HEIGHT);
            let begin = y + 0.3 * HEIGHT;
            svg.line("route c", &[[x + WIDTH, begin], [lane, begin], [lane, end], [x + WIDTH, end]]);
        }
        // From a memory tile to the cores above it, on the left.
        _ if channel.direction == Direction::FromMemory && is_column(flow) => {
            let (lane, begin) = (x - 6.0, y + 0.3 * HEIGHT);
            svg.line("route b", &[[x, begin], [lane, begin]]);
            for (core, _) in &flow.to {
                let end = place(*core)[1] + 0.3 * HEIGHT;
                svg.line("route b", &[[lane, begin], [lane, end], [x, end]]);
            }
        }
        // From a memory tile to all cores of a row, below them.
        _ => {
            let (lane, begin) = (x - 12.0, y + 0.6 * HEIGHT);
            let row = place(to)[1] + HEIGHT + 9.0;
            let last = flow.to.iter().map(|(core, _)| place(*core)[0]).fold(x, f64::max) + 0.5 * WIDTH;
            let first = flow.to.iter().map(|(core, _)| place(*core)[0]).fold(x, f64::min) + 0.5 * WIDTH;
            svg.line("route a", &[[x, begin], [lane, begin], [lane, row]]);
            svg.line("route a", &[[first.min(lane), row], [last, row]]);
            for (core, _) in &flow.to {
                let middle = place(*core)[0] + 0.5 * WIDTH;
                svg.line("route a", &[[middle, row], [middle, row - 9.0]]);
            }
        }
    }
}

fn is_column(flow: &Flow) -> bool {
    flow.to.len() > 1 && flow.to.iter().all(|(core, _)| core.column == flow.from.0.column)
}
