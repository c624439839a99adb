//! The picture of a [`View`]: a rounded pill with a sign, words and a level, drawn into memory.
//!
//! Letters are shaped and rasterised by the window's own text library, with its bundled fonts and, for scripts
//! that those lack, with the system's. Everything else is one shape, the set of points within a radius of a line, anti-aliased by the distance to its edge.

use super::view::{LEVELS, View};
use crate::look::theme::{self, Palette};
use crate::text::{clock, sentence};
use crate::texts;
use eframe::egui::epaint::text::{
    FallbackRequest, FontDefinitions, FontInsert, FontProvider, Fonts, LayoutJob, TextFormat, TextOptions,
    TextWrapping,
};
use eframe::egui::{Color32, FontId, Galley, Pos2, Vec2, pos2, vec2};
use egui_system_font_provider::SystemFontProvider;
use std::sync::{Arc, OnceLock};

/// Height of the pill in points.
pub const HEIGHT: f32 = 44.0;
/// Its least width in points; longer words make it wider.
const NARROWEST: f32 = 256.0;
/// The longest words in points; what is longer is cut.
const LONGEST_WORDS: f32 = 400.0;
const LETTERS: f32 = 15.0;
/// From the left end to the middle of the sign, and from there to the words.
const SIGN: f32 = 24.0;
const SIGN_TO_WORDS: f32 = 18.0;
const SIGN_RADIUS: f32 = 6.5;
const END: f32 = 22.0;
const BAR: Vec2 = vec2(56.0, 6.0);
const BAR_GAP: f32 = 16.0;
const OUTLINE: f32 = 1.0;

/// A picture: rows from the top, pixels from the left, each `0xAARRGGBB` with colours multiplied by alpha.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Picture {
    /// Pixels in a row.
    pub width: usize,
    /// Rows.
    pub height: usize,
    /// Row by row.
    pub pixels: Vec<u32>,
}

/// Draws. Making one costs some milliseconds, so that it is kept.
pub struct Artist {
    fonts: Fonts,
}

impl Default for Artist {
    fn default() -> Self {
        let fonts = Fonts::new(TextOptions::default(), FontDefinitions::default());
        Self { fonts: fonts.with_font_providers(vec![Arc::new(SystemFonts::default())]) }
    }
}

/// The system's fonts. Listing them takes some hundred milliseconds, so that it waits for the first letter that
/// needs one.
#[derive(Default)]
struct SystemFonts(OnceLock<SystemFontProvider>);

impl FontProvider for SystemFonts {
    fn font_for(&self, request: &FallbackRequest<'_>) -> Option<FontInsert> {
        self.0.get_or_init(SystemFontProvider::new).font_for(request)
    }
}

impl Artist {
    /// The picture for a screen with `scale` pixels to the point, light or dark; `None` where there is nothing
    /// to show.
    pub fn draw(&mut self, view: &View, dark: bool, scale: f32) -> Option<Picture> {
        let colours = theme::colours(dark);
        let words = words(view)?;
        let galley = self.lay_out(words, colours.text, scale);
        let level = match view {
            View::Recording { level, .. } => Some(*level),
            _ => None,
        };
        let bar = if level.is_some() { BAR_GAP + BAR.x } else { 0.0 };
        let width = (SIGN + SIGN_TO_WORDS + galley.size().x + bar + END).max(NARROWEST).ceil();
        let mut canvas = Canvas::new(vec2(width, HEIGHT), scale);
        let middle = HEIGHT / 2.0;
        let (left, right) = (pos2(middle, middle), pos2(width - middle, middle));
        // Stronger than lines in the window: what is below may have the same colour.
        canvas.line(left, right, middle, colours.dim);
        canvas.line(left, right, middle - OUTLINE, colours.card);
        sign(&mut canvas, view, colours);
        let origin = pos2(SIGN + SIGN_TO_WORDS, (HEIGHT - galley.size().y) / 2.0);
        self.write(&mut canvas, &galley, origin, colours.text);
        if let Some(level) = level {
            let radius = BAR.y / 2.0;
            let from = pos2(width - END - BAR.x + radius, middle);
            let length = (BAR.x - BAR.y) * f32::from(level.min(LEVELS)) / f32::from(LEVELS);
            canvas.line(from, from + vec2(BAR.x - BAR.y, 0.0), radius, colours.sunken);
            if level > 0 {
                canvas.line(from, from + vec2(length, 0.0), radius, colours.recording);
            }
        }
        Some(canvas.picture)
    }

    fn lay_out(&mut self, words: String, colour: Color32, scale: f32) -> Arc<Galley> {
        let mut view = self.fonts.with_pixels_per_point(scale);
        let mut job = LayoutJob::single_section(
            words,
            TextFormat { font_id: FontId::proportional(LETTERS), color: colour, ..TextFormat::default() },
        );
        job.wrap = TextWrapping::truncate_at_width(LONGEST_WORDS);
        view.layout_job(job)
    }

    fn write(&self, canvas: &mut Canvas, galley: &Galley, origin: Pos2, colour: Color32) {
        let atlas = self.fonts.texture_atlas().image();
        for row in &galley.rows {
            for glyph in row.row.glyphs.iter().filter(|glyph| !glyph.uv_rect.is_nothing()) {
                let [(x0, y0), (x1, y1)] = [glyph.uv_rect.min, glyph.uv_rect.max].map(|[x, y]| (x, y));
                let at = origin + row.pos.to_vec2() + glyph.pos.to_vec2() + glyph.uv_rect.offset;
                let (left, top) = (canvas.pixel(at.x), canvas.pixel(at.y));
                for y in y0..y1 {
                    for x in x0..x1 {
                        let place = usize::from(y) * atlas.size[0] + usize::from(x);
                        let covered = atlas.pixels.get(place).map_or(0, |pixel| pixel.a());
                        let at = (left + i64::from(x - x0), top + i64::from(y - y0));
                        canvas.blend(at, colour, f32::from(covered) / 255.0);
                    }
                }
            }
        }
    }
}

/// What the view says.
pub fn words(view: &View) -> Option<String> {
    Some(match view {
        View::Hidden => return None,
        View::Arming => texts::record_opening().into(),
        View::Recording { seconds, language: None, .. } => clock(*seconds),
        View::Recording { seconds, language: Some(language), .. } => {
            format!("{} · {language}", clock(*seconds))
        }
        View::Finishing => texts::record_finishing().into(),
        View::NoSpeech => texts::sign_no_speech().into(),
        View::Inserted => texts::sign_inserted().into(),
        View::Copied => texts::sign_copied().into(),
        View::Failed(why) => sentence(why),
    })
}

/// A sign that tells the views apart without words and without colour.
fn sign(canvas: &mut Canvas, view: &View, colours: &Palette) {
    let middle = pos2(SIGN, HEIGHT / 2.0);
    match view {
        View::Hidden => {}
        View::Arming => {
            canvas.line(middle, middle, SIGN_RADIUS, colours.recording);
            canvas.line(middle, middle, SIGN_RADIUS - 2.0, colours.card);
        }
        View::Recording { .. } => canvas.line(middle, middle, SIGN_RADIUS, colours.recording),
        View::Finishing => {
            for step in [-5.5, 0.0, 5.5] {
                let at = middle + vec2(step, 0.0);
                canvas.line(at, at, 2.0, colours.accent);
            }
        }
        View::NoSpeech => {
            canvas.line(middle - vec2(5.5, 0.0), middle + vec2(5.5, 0.0), 1.25, colours.dim);
        }
        View::Inserted | View::Copied => {
            let corner = middle + vec2(-1.5, 4.0);
            canvas.line(middle + vec2(-5.5, 0.0), corner, 1.25, colours.accent);
            canvas.line(corner, middle + vec2(6.0, -4.5), 1.25, colours.accent);
        }
        View::Failed(_) => {
            canvas.line(middle, middle, SIGN_RADIUS + 1.5, colours.problem);
            canvas.line(middle - vec2(0.0, 4.0), middle + vec2(0.0, 0.5), 1.1, colours.card);
            let dot = middle + vec2(0.0, 4.2);
            canvas.line(dot, dot, 1.2, colours.card);
        }
    }
}

/// A picture that is being drawn, in points.
struct Canvas {
    picture: Picture,
    scale: f32,
}

impl Canvas {
    fn new(size: Vec2, scale: f32) -> Self {
        let (width, height) = ((size.x * scale).ceil() as usize, (size.y * scale).ceil() as usize);
        Self { picture: Picture { width, height, pixels: vec![0; width * height] }, scale }
    }

    fn pixel(&self, points: f32) -> i64 {
        (points * self.scale).round() as i64
    }

    /// All points within `radius` of the line from `a` to `b`.
    fn line(&mut self, a: Pos2, b: Pos2, radius: f32, colour: Color32) {
        let [a, b] = [a, b].map(|p| (p.to_vec2() * self.scale).to_pos2());
        let radius = radius * self.scale;
        let reach = radius + 1.0;
        let along = b - a;
        let (low, high) = (a.min(b) - Vec2::splat(reach), a.max(b) + Vec2::splat(reach));
        for y in low.y.floor() as i64..=high.y.ceil() as i64 {
            for x in low.x.floor() as i64..=high.x.ceil() as i64 {
                let to = pos2(x as f32 + 0.5, y as f32 + 0.5) - a;
                let share = match along.length_sq() {
                    0.0 => 0.0,
                    length => (to.dot(along) / length).clamp(0.0, 1.0),
                };
                let distance = (to - along * share).length() - radius;
                self.blend((x, y), colour, (0.5 - distance).clamp(0.0, 1.0));
            }
        }
    }

    /// Lays an opaque colour over the share of a pixel that it covers.
    fn blend(&mut self, (x, y): (i64, i64), colour: Color32, covered: f32) {
        let (Ok(x), Ok(y)) = (usize::try_from(x), usize::try_from(y)) else { return };
        if x >= self.picture.width || y >= self.picture.height || covered <= 0.0 {
            return;
        }
        let pixel = &mut self.picture.pixels[y * self.picture.width + x];
        let [blue, green, red, alpha] = pixel.to_le_bytes();
        let over = |below: u8, above: u8| {
            (f32::from(below) + (f32::from(above) - f32::from(below)) * covered).round() as u8
        };
        *pixel = u32::from_le_bytes([
            over(blue, colour.b()),
            over(green, colour.g()),
            over(red, colour.r()),
            over(alpha, 255),
        ]);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use eframe::egui::FontFamily;

    fn all() -> Vec<View> {
        vec![
            View::Arming,
            View::Recording { seconds: 12, level: LEVELS / 2, language: Some("DE".into()) },
            View::Finishing,
            View::NoSpeech,
            View::Inserted,
            View::Copied,
            View::Failed("no microphone".into()),
        ]
    }

    fn rgb(colour: Color32) -> u32 {
        u32::from_be_bytes([0, colour.r(), colour.g(), colour.b()])
    }

    /// Opaque pixels of this colour.
    fn count(picture: &Picture, colour: Color32) -> usize {
        picture.pixels.iter().filter(|&&pixel| pixel == 0xFF00_0000 | rgb(colour)).count()
    }

    #[test]
    fn it_is_a_pill_on_nothing() {
        let mut artist = Artist::default();
        for (view, dark, scale) in all().into_iter().flat_map(|v| [(v.clone(), false, 1.0), (v, true, 2.0)]) {
            let picture = artist.draw(&view, dark, scale).unwrap();
            assert_eq!(picture.height, (HEIGHT * scale) as usize);
            assert_eq!(picture.pixels.len(), picture.width * picture.height);
            assert!(picture.width >= (NARROWEST * scale) as usize);
            let corner = |x: usize, y: usize| picture.pixels[y * picture.width + x];
            let (right, bottom) = (picture.width - 1, picture.height - 1);
            assert_eq!([corner(0, 0), corner(right, 0), corner(0, bottom), corner(right, bottom)], [0; 4]);
            // Multiplied by alpha, no colour is brighter than its alpha.
            for pixel in &picture.pixels {
                let [blue, green, red, alpha] = pixel.to_le_bytes();
                assert!(blue.max(green).max(red) <= alpha, "{pixel:08x}");
            }
            assert!(count(&picture, theme::colours(dark).card) > picture.pixels.len() / 2);
        }
    }

    #[test]
    fn words_are_written_and_what_is_long_is_cut() {
        let mut artist = Artist::default();
        let darkest = |picture: &Picture| count(picture, theme::colours(false).text);
        for view in all() {
            assert!(darkest(&artist.draw(&view, false, 2.0).unwrap()) > 20, "{view:?}");
        }
        let long = View::Failed("the microphone was taken away ".repeat(40));
        let picture = artist.draw(&long, false, 1.0).unwrap();
        let widest = (SIGN + SIGN_TO_WORDS + LONGEST_WORDS + END).ceil() as usize;
        assert!((widest - 30..=widest).contains(&picture.width), "{}", picture.width);
    }

    #[test]
    fn reasons_in_other_scripts_are_written_with_the_fonts_of_the_system() {
        let mut artist = Artist::default();
        // Two of each script, of the same length: boxes would look the same.
        for [one, other] in [["錄音", "語言"], ["マイク", "ファイル"], ["마이크", "오디오"], ["ميكر", "سماع"]]
        {
            let font = |text: &str| {
                let request = FallbackRequest { cluster: text, family: &FontFamily::Proportional };
                SystemFonts::default().font_for(&request)
            };
            if font(&one[..one.chars().next().map_or(0, char::len_utf8)]).is_none() {
                eprintln!("SKIPPED: letters of other scripts: this system has no font for {one}");
                continue;
            }
            let mut pixels = |text: &str| artist.draw(&View::Failed(text.into()), false, 1.0).unwrap().pixels;
            assert_ne!(pixels(one), pixels(other));
        }
    }

    #[test]
    fn the_bar_grows_with_the_level() {
        let mut artist = Artist::default();
        let mut red = |level| {
            let view = View::Recording { seconds: 1, level, language: None };
            count(&artist.draw(&view, false, 1.0).unwrap(), theme::colours(false).recording)
        };
        let levels = [red(0), red(LEVELS / 2), red(LEVELS)];
        assert!(levels[0] + 80 < levels[1] && levels[1] + 80 < levels[2], "{levels:?}");
    }

    #[test]
    fn what_follows_within_a_dictation_keeps_its_width() {
        let mut artist = Artist::default();
        for scale in [1.0, 1.25, 1.5, 2.0] {
            let language = Some("DE → EN".to_owned());
            let recording = View::Recording { seconds: 3599, level: LEVELS, language };
            let views = [View::Arming, recording, View::Finishing, View::Inserted];
            let width = |view: &View| artist.draw(view, false, scale).unwrap().width;
            let widths: Vec<_> = views.iter().map(width).collect();
            assert_eq!(widths, [widths[0]; 4], "at {scale}");
        }
    }

    #[test]
    fn each_view_looks_different_and_nothing_is_nothing() {
        let mut artist = Artist::default();
        let pictures: Vec<_> = all().iter().map(|view| artist.draw(view, false, 1.0)).collect();
        for (index, picture) in pictures.iter().enumerate() {
            assert!(!pictures[index + 1..].contains(picture), "{index}");
        }
        assert_eq!(artist.draw(&View::Hidden, false, 1.0), None);
    }
}
