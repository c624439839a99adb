//! Files dropped onto the window, and what the window says while they hover over it.

use super::outbox::Outbox;
use super::theme;
use crate::session::Command;
use crate::texts;
use eframe::egui::{Align2, Context, FontId, Id, LayerId, Order, Shape, TextStyle, vec2};

/// Sends what was dropped in this frame to the queue.
pub fn take(ctx: &Context, outbox: &mut Outbox) {
    let paths: Vec<_> =
        ctx.input(|i| i.raw.dropped_files.iter().map(|file| file.path().to_path_buf()).collect());
    if !paths.is_empty() {
        outbox.send(Command::AddFiles(paths));
    }
}

/// Says over the whole window what will happen with the files that hover over it.
pub fn overlay(ctx: &Context) {
    let count = ctx.input(|i| i.raw.hovered_files.len());
    if count == 0 {
        return;
    }
    let style = ctx.global_style();
    let palette = theme::palette(&style.visuals);
    let screen = ctx.content_rect();
    let painter = ctx.layer_painter(LayerId::new(Order::Foreground, Id::unique("drop overlay")));
    painter.rect_filled(screen, 0.0, palette.veil);

    let outline = screen.shrink(20.0);
    let corners = [
        outline.left_top(),
        outline.right_top(),
        outline.right_bottom(),
        outline.left_bottom(),
        outline.left_top(),
    ];
    painter.extend(Shape::dashed_line(&corners, (2.0, palette.accent), 10.0, 8.0));

    let family = TextStyle::Heading.resolve(&style).family;
    let title = FontId::new(28.0, family.clone());
    painter.text(screen.center(), Align2::CENTER_BOTTOM, texts::drop_here(), title, palette.text);
    let what = texts::drop_items(count);
    let detail = FontId::new(16.0, family);
    painter.text(screen.center() + vec2(0.0, 8.0), Align2::CENTER_TOP, what, detail, palette.dim);
}
