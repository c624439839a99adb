//! What can be checked of the looks without eyes.

use super::super::{icon, theme};
use eframe::egui::{Color32, Rgba, Visuals};

/// Contrast ratio by WCAG 2.2, from 1 to 21.
fn contrast(a: Color32, b: Color32) -> f32 {
    let luminance = |color: Color32| {
        let linear = Rgba::from(color);
        0.2126 * linear.r() + 0.7152 * linear.g() + 0.0722 * linear.b()
    };
    let (a, b) = (luminance(a) + 0.05, luminance(b) + 0.05);
    if a > b { a / b } else { b / a }
}

#[test]
fn text_can_be_read_in_both_themes() {
    for visuals in [Visuals::light(), Visuals::dark()] {
        let p = theme::palette(&visuals);
        let pairs = [
            ("text on card", p.text, p.card),
            ("text on window", p.text, p.window),
            ("text on a chosen row", p.text, p.accent_soft),
            ("text on a hovered row", p.text, p.sunken),
            ("text on a problem", p.text, p.problem_soft),
            ("dim on card", p.dim, p.card),
            ("dim on window", p.dim, p.window),
            ("dim on a chosen row", p.dim, p.accent_soft),
            ("dim on a hovered row", p.dim, p.sunken),
            ("badge", p.accent, p.accent_soft),
            ("failed badge", p.problem, p.problem_soft),
            ("failed file", p.problem, p.window),
            ("failed file, chosen", p.problem, p.accent_soft),
            ("record button", p.on_accent, p.accent),
            ("record button under the pointer", p.on_accent, p.accent_strong),
            ("stop button", p.on_accent, p.recording),
            ("stop button under the pointer", p.on_accent, p.recording_strong),
        ];
        for (what, a, b) in pairs {
            let ratio = contrast(a, b);
            assert!(ratio >= 4.5, "{what}: {ratio:.2} (dark: {})", visuals.dark_mode);
        }
        assert!(contrast(p.accent, p.window) >= 3.0, "the focus ring");
    }
}

#[test]
fn the_icon_is_the_same_drawing_as_the_svg() {
    let svg = include_str!("../../../../assets/icon.svg");
    let ink = svg.matches("<rect x=").count();
    assert_eq!(ink, 5);

    // One sample in the middle of each bar, and one just above it.
    let icon = icon::window_icon();
    let scale = icon.width as f32 / 64.0;
    let at = |x: f32, y: f32| {
        let i = 4 * ((y * scale) as usize * icon.width as usize + (x * scale) as usize);
        [icon.rgba[i], icon.rgba[i + 1], icon.rgba[i + 2], icon.rgba[i + 3]]
    };
    for bar in svg.split("<rect x=").skip(1) {
        let numbers: Vec<f32> =
            bar.split('"').skip(1).step_by(2).take(4).map(|n| n.parse().unwrap()).collect();
        let [x, y, width, height] = numbers[..] else { panic!("{bar}") };
        assert_eq!(at(x + width / 2.0, y + height / 2.0), [255, 255, 255, 255]);
        assert_eq!(at(x + width / 2.0, y - 1.0), [0x0B, 0x6E, 0x69, 255]);
    }
    assert_eq!(at(0.0, 0.0)[3], 0, "round corners");
}
