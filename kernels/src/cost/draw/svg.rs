//! A writer of SVG: what a drawing of ours needs, and no more.

use std::fmt::Write as _;

/// Where a text stands to its point.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Anchor {
    /// Begins there.
    Start,
    /// Is in the middle there.
    Middle,
    /// Ends there.
    End,
}

/// A drawing, for light and dark backgrounds.
pub struct Svg {
    body: String,
}

/// Classes: what is light first, what is dark second. Colours of what is coloured do for both.
const STYLE: &str = "\
text { font: 11px system-ui, 'DejaVu Sans', sans-serif; fill: #1f2430 }
.title { font-size: 17px; font-weight: 600 }
.head { font-size: 13px; font-weight: 600 }
.muted { fill: #5d6675 }
.small { font-size: 9.5px }
.on { fill: #ffffff; font-weight: 600 }
.back { fill: #fdfdfe }
.tile { fill: #eef1f6; stroke: #9aa5b8; stroke-width: 1 }
.rest { fill: #dbe0e9 }
.edge { fill: #b9c1ce }
.grid { stroke: #d5dae3; stroke-width: 1 }
.used { fill: #6f8fbf }
.route { fill: none; stroke-width: 1.8 }
.compute { fill: #3a78c9; stroke: #3a78c9 }
.a { fill: #d07b12; stroke: #d07b12 }
.b { fill: #2b9467; stroke: #2b9467 }
.c { fill: #9058c8; stroke: #9058c8 }
.memory { fill: #cf4438; stroke: #cf4438 }
.control { fill: #6d7889; stroke: #6d7889 }
rect.compute, rect.a, rect.b, rect.c, rect.memory, rect.control { stroke: none }
path.a, path.b, path.c { fill: none }
@media (prefers-color-scheme: dark) {
text { fill: #e6e9ef }
.muted { fill: #a2abba }
.back { fill: #15181e }
.tile { fill: #222833; stroke: #56617a }
.rest { fill: #343c4a }
.edge { fill: #566072 }
.grid { stroke: #333b48 }
.on { fill: #ffffff }
}
";

impl Svg {
    /// An empty one.
    pub const fn new() -> Self {
        Self { body: String::new() }
    }

    // Writing to a string cannot fail.

    /// A box with its upper left corner there.
    pub fn rect(&mut self, class: &str, [x, y]: [f64; 2], [width, height]: [f64; 2]) {
        let (width, height) = (width.max(0.0), height.max(0.0));
        let _ = writeln!(
            self.body,
            r#"<rect class="{class}" x="{x:.1}" y="{y:.1}" width="{width:.1}" height="{height:.1}" rx="2"/>"#
        );
    }

    /// A box that says something to whoever points at it.
    pub fn rect_saying(&mut self, class: &str, [x, y]: [f64; 2], [width, height]: [f64; 2], says: &str) {
        let width = width.max(0.0);
        let _ = writeln!(
            self.body,
            r#"<rect class="{class}" x="{x:.1}" y="{y:.1}" width="{width:.1}" height="{height:.1}" rx="2"><title>{}</title></rect>"#,
            escaped(says)
        );
    }

    /// A text whose base line is there.
    pub fn text(&mut self, class: &str, [x, y]: [f64; 2], anchor: Anchor, text: &str) {
        let anchor = match anchor {
            Anchor::Start => "start",
            Anchor::Middle => "middle",
            Anchor::End => "end",
        };
        let _ = writeln!(
            self.body,
            r#"<text class="{class}" x="{x:.1}" y="{y:.1}" text-anchor="{anchor}">{}</text>"#,
            escaped(text)
        );
    }

    /// A line through points.
    pub fn line(&mut self, class: &str, points: &[[f64; 2]]) {
        let mut path = String::new();
        for (number, [x, y]) in points.iter().enumerate() {
            let _ = write!(path, "{}{x:.1} {y:.1}", if number == 0 { "M" } else { "L" });
        }
        let _ = writeln!(self.body, r#"<path class="{class}" d="{path}"/>"#);
    }

    /// The file, of this size.
    pub fn finish(&self, [width, height]: [f64; 2]) -> String {
        format!(
            concat!(
                r#"<svg xmlns="http://www.w3.org/2000/svg" width="{0:.0}" height="{1:.0}" viewBox="0 0 {0:.0} {1:.0}">"#,
                "\n<style>\n{2}</style>\n",
                r#"<rect class="back" width="{0:.0}" height="{1:.0}"/>"#,
                "\n{3}</svg>\n"
            ),
            width, height, STYLE, self.body
        )
    }
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

/// The width that a text of the usual size takes, about: it must fit wherever it is shown.
pub fn width_of(text: &str) -> f64 {
    6.0 * text.chars().count() as f64
}
