//! The application's mark, a sound wave on a rounded square; `assets/icon.svg` is the same drawing.

use eframe::egui::{Color32, IconData, Painter, Rect, Vec2, vec2};

/// Width and height of the window's icon, in pixels.
const SIZE: usize = 128;
/// Side of the drawing's grid.
const GRID: f32 = 64.0;
/// Corner radius of the square.
const CORNER: f32 = 15.0;
/// Each bar's middle from the left, and its height.
const BARS: [(f32, f32); 5] = [(14.0, 10.0), (23.0, 26.0), (32.0, 40.0), (41.0, 20.0), (50.0, 10.0)];
const BAR_WIDTH: f32 = 5.0;
const GROUND: [f32; 3] = [11.0, 110.0, 105.0];
const MARK: [f32; 3] = [255.0, 255.0, 255.0];

/// The icon for the window's title bar and the task bar.
pub fn window_icon() -> IconData {
    let mut rgba = Vec::with_capacity(SIZE * SIZE * 4);
    let unit = GRID / SIZE as f32;
    for i in 0..SIZE * SIZE {
        let (x, y) = (((i % SIZE) as f32 + 0.5) * unit, ((i / SIZE) as f32 + 0.5) * unit);
        let middle = GRID / 2.0;
        let ground = coverage(x - middle, y - middle, middle, middle, CORNER, unit);
        let mark = BARS
            .iter()
            .map(|&(at, height)| {
                coverage(x - at, y - middle, BAR_WIDTH / 2.0, height / 2.0, BAR_WIDTH / 2.0, unit)
            })
            .fold(0.0, f32::max);
        rgba.extend((0..3).map(|c| (GROUND[c] + (MARK[c] - GROUND[c]) * mark).round() as u8));
        rgba.push((ground * 255.0).round() as u8);
    }
    IconData { rgba, width: SIZE as u32, height: SIZE as u32 }
}

/// Paints the wave alone into the square `rect`.
pub fn paint_mark(painter: &Painter, rect: Rect, color: Color32) {
    let unit = rect.width() / GRID;
    for (at, height) in BARS {
        let center = rect.left_center() + vec2(at * unit, 0.0);
        let bar = Rect::from_center_size(center, Vec2::new(BAR_WIDTH, height) * unit);
        painter.rect_filled(bar, BAR_WIDTH / 2.0 * unit, color);
    }
}

/// How much of a pixel at (x, y) lies in a rounded rectangle around the origin, from the distance
/// to its edge.
fn coverage(x: f32, y: f32, half_width: f32, half_height: f32, radius: f32, pixel: f32) -> f32 {
    let (dx, dy) = (x.abs() - half_width + radius, y.abs() - half_height + radius);
    let distance = dx.max(0.0).hypot(dy.max(0.0)) + dx.max(dy).min(0.0) - radius;
    (0.5 - distance / pixel).clamp(0.0, 1.0)
}
