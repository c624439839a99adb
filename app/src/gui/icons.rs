//! Icons drawn with lines, so that they look the same with every font and in both themes.

use eframe::egui::{Color32, Painter, Pos2, Rect, Shape, Stroke, StrokeKind, pos2, vec2};
use std::f32::consts::{FRAC_PI_2, PI, TAU};

/// What an icon shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Icon {
    Microphone,
    Dot,
    Stop,
    Cross,
    Copy,
    Save,
    Plus,
    Folder,
    Back,
    Retry,
    Check,
    Warning,
    Info,
    Play,
    Keyboard,
    Clock,
    Star,
    StarOutline,
    Trash,
    Stack,
    Search,
    Pencil,
    Dots,
    Up,
    Down,
    List,
    Gear,
}

/// Paints an icon into the square `rect`. Icons are designed on a grid of 16 × 16.
pub fn paint(painter: &Painter, icon: Icon, rect: Rect, color: Color32) {
    let unit = rect.width() / 16.0;
    let at = |x: f32, y: f32| rect.min + vec2(x, y) * unit;
    let area = |x0, y0, x1, y1| Rect::from_min_max(at(x0, y0), at(x1, y1));
    let stroke = Stroke::new(1.5 * unit.max(0.8), color);
    let line = |points: &[Pos2]| {
        painter.add(Shape::line(points.to_vec(), stroke));
    };
    let round = |r: f32| r * unit;
    match icon {
        Icon::Microphone => {
            painter.rect_filled(area(5.5, 1.0, 10.5, 9.5), round(2.5), color);
            line(&arc(at(8.0, 7.5), round(5.0), 0.0, PI));
            line(&[at(8.0, 12.5), at(8.0, 15.0)]);
        }
        Icon::Dot => {
            painter.circle_filled(rect.center(), round(6.0), color);
        }
        Icon::Stop => {
            painter.rect_filled(area(2.5, 2.5, 13.5, 13.5), round(2.5), color);
        }
        Icon::Cross => {
            line(&[at(4.0, 4.0), at(12.0, 12.0)]);
            line(&[at(12.0, 4.0), at(4.0, 12.0)]);
        }
        Icon::Copy => {
            painter.rect_stroke(area(5.5, 5.5, 13.5, 14.0), round(2.0), stroke, StrokeKind::Middle);
            line(&[at(10.5, 3.0), at(10.5, 2.0), at(2.5, 2.0), at(2.5, 10.5), at(3.5, 10.5)]);
        }
        Icon::Save => {
            line(&[at(8.0, 2.0), at(8.0, 10.0)]);
            line(&[at(4.5, 6.8), at(8.0, 10.3), at(11.5, 6.8)]);
            line(&[at(2.5, 11.0), at(2.5, 13.8), at(13.5, 13.8), at(13.5, 11.0)]);
        }
        Icon::Plus => {
            line(&[at(8.0, 3.0), at(8.0, 13.0)]);
            line(&[at(3.0, 8.0), at(13.0, 8.0)]);
        }
        Icon::Folder => {
            let mut outline = vec![at(2.0, 13.0), at(2.0, 3.5), at(6.5, 3.5), at(8.0, 5.5), at(14.0, 5.5)];
            outline.push(at(14.0, 13.0));
            painter.add(Shape::closed_line(outline, stroke));
        }
        Icon::Back => line(&[at(10.0, 3.5), at(5.5, 8.0), at(10.0, 12.5)]),
        Icon::Retry => {
            line(&arc(at(8.0, 8.0), round(5.2), -FRAC_PI_2 * 0.6, FRAC_PI_2 * 3.0 - 0.25));
            line(&[at(12.9, 1.6), at(12.6, 5.0), at(9.2, 4.6)]);
        }
        Icon::Check => line(&[at(3.0, 8.5), at(6.5, 12.0), at(13.0, 4.5)]),
        Icon::Warning => {
            let triangle = vec![at(8.0, 2.0), at(14.8, 13.8), at(1.2, 13.8)];
            painter.add(Shape::closed_line(triangle, stroke));
            line(&[at(8.0, 6.3), at(8.0, 9.6)]);
            painter.circle_filled(at(8.0, 11.7), round(0.9), color);
        }
        Icon::Info => {
            painter.circle_stroke(rect.center(), round(6.3), stroke);
            line(&[at(8.0, 7.5), at(8.0, 11.2)]);
            painter.circle_filled(at(8.0, 5.0), round(0.9), color);
        }
        Icon::Keyboard => {
            painter.rect_stroke(area(1.0, 3.5, 15.0, 12.5), round(2.0), stroke, StrokeKind::Middle);
            for x in [4.2, 6.7, 9.2, 11.7] {
                painter.circle_filled(at(x, 6.5), round(0.8), color);
            }
            line(&[at(4.5, 9.7), at(11.5, 9.7)]);
        }
        Icon::Clock => {
            painter.circle_stroke(rect.center(), round(6.3), stroke);
            line(&[at(8.0, 4.3), at(8.0, 8.2), at(10.8, 9.8)]);
        }
        Icon::Star | Icon::StarOutline => {
            let corner = |i: usize| {
                let radius = if i.is_multiple_of(2) { 7.0 } else { 3.0 };
                let (sin, cos) = (i as f32 * PI / 5.0 - FRAC_PI_2).sin_cos();
                at(8.0 + radius * cos, 8.4 + radius * sin)
            };
            let star: Vec<Pos2> = (0..10).map(corner).collect();
            if icon == Icon::Star {
                // Convex pieces: five points around a middle.
                painter.add(Shape::convex_polygon(
                    (0..5).map(|i| star[2 * i + 1]).collect(),
                    color,
                    Stroke::NONE,
                ));
                for i in 0..5 {
                    let point = vec![star[(2 * i + 9) % 10], star[2 * i], star[2 * i + 1]];
                    painter.add(Shape::convex_polygon(point, color, Stroke::NONE));
                }
            }
            painter.add(Shape::closed_line(star, Stroke::new(1.2 * unit.max(0.8), color)));
        }
        Icon::Trash => {
            line(&[at(2.5, 4.5), at(13.5, 4.5)]);
            line(&[at(6.0, 4.0), at(6.0, 2.3), at(10.0, 2.3), at(10.0, 4.0)]);
            line(&[at(4.0, 4.8), at(4.7, 13.8), at(11.3, 13.8), at(12.0, 4.8)]);
            line(&[at(6.8, 7.2), at(6.8, 11.2)]);
            line(&[at(9.2, 7.2), at(9.2, 11.2)]);
        }
        Icon::Stack => {
            line(&[at(8.0, 2.0), at(14.5, 5.3), at(8.0, 8.6), at(1.5, 5.3), at(8.0, 2.0)]);
            line(&[at(1.5, 8.3), at(8.0, 11.6), at(14.5, 8.3)]);
            line(&[at(1.5, 11.2), at(8.0, 14.5), at(14.5, 11.2)]);
        }
        Icon::Search => {
            painter.circle_stroke(at(7.0, 7.0), round(4.5), stroke);
            line(&[at(10.4, 10.4), at(14.0, 14.0)]);
        }
        Icon::Pencil => {
            painter.add(Shape::closed_line(
                vec![at(2.5, 13.5), at(3.3, 10.2), at(11.0, 2.5), at(13.5, 5.0), at(5.8, 12.7)],
                stroke,
            ));
            line(&[at(9.2, 4.3), at(11.7, 6.8)]);
        }
        Icon::Dots => {
            for x in [3.0, 8.0, 13.0] {
                painter.circle_filled(at(x, 8.0), round(1.4), color);
            }
        }
        Icon::Up => line(&[at(3.5, 10.5), at(8.0, 5.5), at(12.5, 10.5)]),
        Icon::Down => line(&[at(3.5, 5.5), at(8.0, 10.5), at(12.5, 5.5)]),
        Icon::List => {
            for y in [4.0, 8.0, 12.0] {
                painter.circle_filled(at(2.7, y), round(1.1), color);
                line(&[at(5.5, y), at(14.0, y)]);
            }
        }
        Icon::Gear => {
            painter.circle_stroke(rect.center(), round(2.2), stroke);
            painter.circle_stroke(rect.center(), round(5.0), stroke);
            for tooth in 0..8 {
                let (sin, cos) = (tooth as f32 * PI / 4.0).sin_cos();
                line(&[at(8.0 + 5.0 * cos, 8.0 + 5.0 * sin), at(8.0 + 7.0 * cos, 8.0 + 7.0 * sin)]);
            }
        }
        Icon::Play => {
            let triangle = vec![at(4.0, 2.5), at(13.0, 8.0), at(4.0, 13.5)];
            painter.add(Shape::convex_polygon(triangle, color, Stroke::NONE));
        }
    }
}

/// Points on a circle from one angle to another, clockwise, 0 to the right.
fn arc(center: Pos2, radius: f32, from: f32, to: f32) -> Vec<Pos2> {
    let steps = ((to - from) / TAU * 32.0).ceil().max(1.0) as usize;
    (0..=steps)
        .map(|i| {
            let (sin, cos) = (from + (to - from) * i as f32 / steps as f32).sin_cos();
            pos2(center.x + radius * cos, center.y + radius * sin)
        })
        .collect()
}
