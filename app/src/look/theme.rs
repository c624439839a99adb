//! Colours, type and spacing, light and dark. No other file names a colour.

use eframe::egui::{
    Color32, Context, CornerRadius, FontFamily, FontId, Margin, Shadow, Stroke, Style, TextStyle, Theme,
    Visuals, style::ScrollAnimation, style::ScrollStyle, vec2,
};

/// The colours of one theme.
pub struct Palette {
    /// Behind everything.
    pub window: Color32,
    /// Raised surfaces: the transcript, menus.
    pub card: Color32,
    /// Rests and tracks: hovered buttons, empty part of a bar.
    pub sunken: Color32,
    /// Outlines and separators.
    pub line: Color32,
    /// Text to read.
    pub text: Color32,
    /// Text beside it: at least 4.5:1 on `window` and `card`.
    pub dim: Color32,
    /// The one accent: what to press, what is chosen, where the focus is.
    pub accent: Color32,
    /// The accent under the pointer.
    pub accent_strong: Color32,
    /// Chosen rows, the badge.
    pub accent_soft: Color32,
    /// Text on the accent and on `recording`.
    pub on_accent: Color32,
    /// The microphone is open.
    pub recording: Color32,
    /// The same, under the pointer.
    pub recording_strong: Color32,
    /// Text of something that failed.
    pub problem: Color32,
    /// Behind something that failed.
    pub problem_soft: Color32,
    /// Over the window while files hover.
    pub veil: Color32,
}

const LIGHT: Palette = Palette {
    window: Color32::from_rgb(0xF4, 0xF5, 0xF3),
    card: Color32::from_rgb(0xFF, 0xFF, 0xFF),
    sunken: Color32::from_rgb(0xE9, 0xEC, 0xEA),
    line: Color32::from_rgb(0xD9, 0xDE, 0xDB),
    text: Color32::from_rgb(0x16, 0x1D, 0x1C),
    dim: Color32::from_rgb(0x57, 0x62, 0x60),
    accent: Color32::from_rgb(0x0B, 0x6E, 0x69),
    accent_strong: Color32::from_rgb(0x08, 0x59, 0x55),
    accent_soft: Color32::from_rgb(0xDD, 0xEF, 0xEC),
    on_accent: Color32::WHITE,
    recording: Color32::from_rgb(0xC2, 0x36, 0x2F),
    recording_strong: Color32::from_rgb(0xA4, 0x2A, 0x25),
    problem: Color32::from_rgb(0xA6, 0x2B, 0x26),
    problem_soft: Color32::from_rgb(0xFB, 0xEA, 0xE8),
    veil: Color32::from_rgba_unmultiplied_const(0xF4, 0xF5, 0xF3, 0xE8),
};

const DARK: Palette = Palette {
    window: Color32::from_rgb(0x13, 0x17, 0x18),
    card: Color32::from_rgb(0x1B, 0x20, 0x21),
    sunken: Color32::from_rgb(0x2A, 0x31, 0x32),
    line: Color32::from_rgb(0x35, 0x3E, 0x3F),
    text: Color32::from_rgb(0xE8, 0xED, 0xEC),
    dim: Color32::from_rgb(0x9D, 0xA9, 0xA8),
    accent: Color32::from_rgb(0x5C, 0xC9, 0xBE),
    accent_strong: Color32::from_rgb(0x7F, 0xD9, 0xD0),
    accent_soft: Color32::from_rgb(0x1E, 0x3A, 0x39),
    on_accent: Color32::from_rgb(0x06, 0x1F, 0x1D),
    recording: Color32::from_rgb(0xF0, 0x7C, 0x73),
    recording_strong: Color32::from_rgb(0xF6, 0x98, 0x90),
    problem: Color32::from_rgb(0xF3, 0x9B, 0x94),
    problem_soft: Color32::from_rgb(0x3A, 0x22, 0x21),
    veil: Color32::from_rgba_unmultiplied_const(0x13, 0x17, 0x18, 0xE8),
};

/// The colours that go with these visuals.
pub fn palette(visuals: &Visuals) -> &'static Palette {
    colours(visuals.dark_mode)
}

/// The colours for a dark desktop, or for a light one.
pub fn colours(dark: bool) -> &'static Palette {
    if dark { &DARK } else { &LIGHT }
}

/// Corner radius of cards, in points.
pub const CARD_RADIUS: u8 = 12;
/// Corner radius of buttons and rows, in points.
pub const CONTROL_RADIUS: u8 = 8;
/// Distance between the window's parts, in points.
pub const GAP: f32 = 12.0;
/// Height of ordinary buttons, in points.
pub const CONTROL_HEIGHT: f32 = 34.0;

/// Gives both themes to the window, which follows the desktop's choice.
pub fn install(ctx: &Context) {
    ctx.set_style_of(Theme::Light, style(Theme::Light, &LIGHT));
    ctx.set_style_of(Theme::Dark, style(Theme::Dark, &DARK));
    // Where the system has no preference.
    ctx.options_mut(|o| o.fallback_theme = Theme::Light);
}

fn style(theme: Theme, palette: &Palette) -> Style {
    let font = |size| FontId::new(size, FontFamily::Proportional);
    let mut style = Style {
        text_styles: [
            (TextStyle::Heading, font(21.0)),
            (TextStyle::Body, font(16.0)),
            (TextStyle::Button, font(15.0)),
            (TextStyle::Small, font(13.5)),
            (TextStyle::Monospace, FontId::new(14.0, FontFamily::Monospace)),
        ]
        .into(),
        visuals: visuals(theme, palette),
        // Nothing moves on its own: calm, and an idle window costs nothing.
        animation_time: 0.0,
        scroll_animation: ScrollAnimation::none(),
        ..Style::default()
    };
    let spacing = &mut style.spacing;
    spacing.item_spacing = vec2(8.0, 8.0);
    spacing.button_padding = vec2(10.0, 6.0);
    spacing.interact_size = vec2(CONTROL_HEIGHT, CONTROL_HEIGHT);
    spacing.menu_margin = Margin::same(6);
    spacing.tooltip_width = 360.0;
    spacing.icon_width = 14.0;
    spacing.scroll =
        ScrollStyle { bar_width: 8.0, floating_allocated_width: 10.0, ..ScrollStyle::floating() };
    style.interaction.selectable_labels = false;
    style
}

fn visuals(theme: Theme, palette: &Palette) -> Visuals {
    let mut visuals = theme.default_visuals();
    let radius = CornerRadius::same(CONTROL_RADIUS);
    visuals.override_text_color = None;
    visuals.weak_text_color = Some(palette.dim);
    visuals.panel_fill = palette.window;
    visuals.window_fill = palette.card;
    visuals.window_stroke = Stroke::new(1.0, palette.line);
    visuals.window_corner_radius = CornerRadius::same(CARD_RADIUS);
    visuals.menu_corner_radius = CornerRadius::same(10);
    visuals.faint_bg_color = palette.sunken;
    visuals.extreme_bg_color = palette.sunken;
    visuals.hyperlink_color = palette.accent;
    visuals.error_fg_color = palette.problem;
    visuals.warn_fg_color = palette.problem;
    visuals.selection.bg_fill = palette.accent_soft;
    visuals.selection.stroke = Stroke::new(1.0, palette.text);
    visuals.popup_shadow =
        Shadow { offset: [0, 4], blur: 16, spread: 0, color: Color32::from_black_alpha(40) };
    visuals.text_cursor.blink = false;

    let widgets = &mut visuals.widgets;
    let all = [
        (&mut widgets.noninteractive, palette.card, palette.line, 1.0),
        (&mut widgets.inactive, palette.card, palette.line, 1.0),
        (&mut widgets.hovered, palette.sunken, palette.line, 1.0),
        // Also what has the keyboard's focus.
        (&mut widgets.active, palette.card, palette.accent, 2.0),
        (&mut widgets.open, palette.sunken, palette.line, 1.0),
    ];
    for (widget, fill, outline, width) in all {
        widget.bg_fill = fill;
        widget.weak_bg_fill = fill;
        widget.bg_stroke = Stroke::new(width, outline);
        widget.fg_stroke = Stroke::new(1.5, palette.text);
        widget.corner_radius = radius;
        widget.expansion = 0.0;
    }
    visuals
}

/// Where a peak stands between -54 dB (0) and full scale (1), which is how loud it looks.
pub fn loudness(peak: f32) -> f32 {
    const FLOOR_DB: f32 = -54.0;
    if peak > 0.0 { (1.0 - 20.0 * peak.log10() / FLOOR_DB).clamp(0.0, 1.0) } else { 0.0 }
}
