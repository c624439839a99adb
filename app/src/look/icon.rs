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
const GROUND: [u8; 3] = [11, 110, 105];

/// What stands on the rounded square.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sign {
    /// The mark.
    Wave,
    /// Something is recorded.
    Dot,
    /// Something is being finished.
    Dots,
    /// Something went wrong.
    Exclamation,
}

impl Sign {
    /// Rounded bars: their middle, width and height.
    fn bars(self) -> Vec<[f32; 4]> {
        let middle = GRID / 2.0;
        match self {
            Self::Wave => BARS.iter().map(|&(at, height)| [at, middle, BAR_WIDTH, height]).collect(),
            Self::Dot => vec![[middle, middle, 28.0, 28.0]],
            Self::Dots => [17.0, 32.0, 47.0].map(|at| [at, middle, 10.0, 10.0]).into(),
            Self::Exclamation => vec![[middle, 26.0, 8.0, 28.0], [middle, 49.0, 9.0, 9.0]],
        }
    }
}

/// The icon for the window's title bar and the task bar.
pub fn window_icon() -> IconData {
    let rgba = square(SIZE, Color32::from_rgb(GROUND[0], GROUND[1], GROUND[2]), Sign::Wave);
    IconData { rgba, width: SIZE as u32, height: SIZE as u32 }
}

/// A white sign on a rounded square of this colour, `size` pixels wide and high: red, green, blue and alpha of
/// each pixel.
pub fn square(size: usize, ground: Color32, sign: Sign) -> Vec<u8> {
    let mut rgba = Vec::with_capacity(size * size * 4);
    let unit = GRID / size as f32;
    let (middle, bars) = (GRID / 2.0, sign.bars());
    for i in 0..size * size {
        let (x, y) = (((i % size) as f32 + 0.5) * unit, ((i / size) as f32 + 0.5) * unit);
        let inside = coverage(x - middle, y - middle, middle, middle, CORNER, unit);
        let of_bar = |&[at_x, at_y, width, height]: &[f32; 4]| {
            coverage(x - at_x, y - at_y, width / 2.0, height / 2.0, width.min(height) / 2.0, unit)
        };
        let mark = bars.iter().map(of_bar).fold(0.0, f32::max);
        let mix = |ground: u8| (f32::from(ground) + (255.0 - f32::from(ground)) * mark).round() as u8;
        rgba.extend([mix(ground.r()), mix(ground.g()), mix(ground.b()), (inside * 255.0).round() as u8]);
    }
    rgba
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
