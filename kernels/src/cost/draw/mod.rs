//! The report as a picture.

mod floor;
mod svg;
mod timeline;

use super::encoder::{EncoderTimes, LaunchTimes};
use super::operation::{Bound, Machine};
use super::table::{DEVICES, name};
use crate::design::encoder::ProgramError;
use crate::design::resident;
use crate::plan::Shape;
use svg::{Anchor, Svg};

const MARGIN: f64 = 32.0;
/// Between the two devices' plans.
const BETWEEN: f64 = 40.0;

/// The design's floor plan and one layer's times on both devices, as SVG.
///
/// # Errors
/// If no program can be made for the model.
pub fn report(model: &str, shape: &Shape) -> Result<String, ProgramError> {
    let mut svg = Svg::new();
    let [first, second] = DEVICES.map(|device| floor::size(device.columns));
    let width = first[0] + second[0] + BETWEEN + 2.0 * MARGIN;
    let mut y = MARGIN + 12.0;
    svg.text("title", [MARGIN, y], Anchor::Start, "One design for the whole encoder, and what a layer takes");
    y += 19.0;
    let simulated = "All times are simulated by a model of numbers that others measured. No NPU was used.";
    svg.text("muted", [MARGIN, y], Anchor::Start, simulated);
    y += 30.0;
    let mut x = MARGIN;
    for device in DEVICES {
        let title = format!("{}: {} × 4 cores", name(device.generation), device.columns);
        svg.text("head", [x, y], Anchor::Start, &title);
        let graph = resident(device);
        // The design's own tests check it; without its report there is nothing to draw.
        if let Ok(uses) = graph.check() {
            floor::draw(&mut svg, [x, y + 14.0], &graph, &uses);
        }
        x += floor::size(device.columns)[0] + BETWEEN;
    }
    y += 14.0 + first[1] + 2.0;
    legend(&mut svg, [MARGIN, y]);
    y += 44.0;
    for device in DEVICES {
        let encoder = EncoderTimes::new(&Machine::new(device), shape)?;
        let Some(layer) = encoder.layer() else { continue };
        svg.text("head", [MARGIN, y], Anchor::Start, &layer_title(model, &encoder, layer));
        y += 16.0;
        timeline::draw(&mut svg, [MARGIN, y], width - 2.0 * MARGIN, layer);
        y += timeline::height() + 34.0;
    }
    Ok(svg.finish([width, y - 34.0 + MARGIN]))
}

fn layer_title(model: &str, encoder: &EncoderTimes, layer: &LaunchTimes) -> String {
    format!(
        "{model} on {}: {:.1} ms a layer, {:.1} ms an encoder, {:.0} × real time (simulated)",
        name(encoder.machine.device.generation),
        layer.total() * 1e3,
        encoder.windows(1) * 1e3,
        encoder.real_time(1)
    )
}

fn legend(svg: &mut Svg, [mut x, y]: [f64; 2]) {
    let mut entry = |class: &str, text: &str| {
        svg.rect(class, [x, y], [12.0, 12.0]);
        svg.text("", [x + 17.0, y + 10.0], Anchor::Start, text);
        x += 17.0 + svg::width_of(text) + 14.0;
    };
    for bound in Bound::ALL {
        entry(timeline::class(bound), bound.name());
    }
    entry("edge", "nothing overlaps: orders, first tiles in, last ones out");
    entry("used", "memory in use");
}
