//! Looking for words in a transcript.

use crate::gui::controls::Button;
use crate::gui::icons::Icon;
use crate::texts;
use eframe::egui::{Align2, Context, Id, Key, Modifiers, RichText, TextEdit, Ui, vec2};
use hark_engine::transcript::Segment;
use std::ops::Range;
use std::sync::Arc;

/// The field, open or not, and what is found.
#[derive(Default)]
pub struct Find {
    open: bool,
    /// The field is to have the keyboard.
    focus: bool,
    query: String,
    /// Segments and places in their texts, in order.
    matches: Vec<(usize, Range<usize>)>,
    current: usize,
    made_of: Option<(Arc<Vec<Segment>>, String)>,
    /// The current match is to be brought into sight.
    scroll: bool,
}

impl Find {
    /// Opens the field, or gives it the keyboard.
    pub fn open(&mut self) {
        (self.open, self.focus) = (true, true);
    }

    fn close(&mut self) {
        *self = Self { query: std::mem::take(&mut self.query), ..Self::default() };
    }

    /// Ctrl+F opens, Esc closes, Enter and F3 go on, with Shift back.
    pub fn keys(&mut self, ctx: &Context, has_text: bool) {
        if has_text && ctx.input_mut(|i| i.consume_key(Modifiers::COMMAND, Key::F)) {
            self.open();
        }
        if !self.open {
            return;
        }
        if ctx.input_mut(|i| i.consume_key(Modifiers::NONE, Key::Escape)) {
            return self.close();
        }
        let in_field = ctx.memory(|memory| memory.has_focus(field_id()));
        let pressed = |modifiers, key| ctx.input_mut(|i| i.consume_key(modifiers, key));
        if pressed(Modifiers::SHIFT, Key::F3) || (in_field && pressed(Modifiers::SHIFT, Key::Enter)) {
            self.go(false);
        }
        if pressed(Modifiers::NONE, Key::F3) || (in_field && pressed(Modifiers::NONE, Key::Enter)) {
            self.go(true);
        }
    }

    fn go(&mut self, forward: bool) {
        let many = self.matches.len();
        if many > 0 {
            self.current = (self.current + if forward { 1 } else { many - 1 }) % many;
            self.scroll = true;
        }
    }

    /// Draws the field, if it is open.
    pub fn show(&mut self, ui: &mut Ui, segments: &Arc<Vec<Segment>>) {
        if !self.open {
            return;
        }
        self.look(segments);
        ui.horizontal(|ui| {
            let field = TextEdit::singleline(&mut self.query)
                .id(field_id())
                .align(Align2::LEFT_CENTER)
                .hint_text(texts::find())
                .desired_width((ui.available_width() - 240.0).clamp(90.0, 280.0))
                .margin(vec2(8.0, 6.0));
            let field = ui.add(field).accessible_name(texts::find());
            if std::mem::take(&mut self.focus) {
                field.request_focus();
            }
            let count = match (self.query.trim().is_empty(), self.matches.len()) {
                (true, _) => String::new(),
                (_, 0) => texts::find_nothing().into(),
                (_, many) => texts::find_count(self.current + 1, many),
            };
            ui.label(RichText::new(count).small().weak());
            ui.spacing_mut().item_spacing.x = 2.0;
            if ui
                .add(Button::icon_only(Icon::Up, texts::find_previous()))
                .on_hover_text(texts::find_previous_hint())
                .clicked()
            {
                self.go(false);
            }
            if ui
                .add(Button::icon_only(Icon::Down, texts::find_next()))
                .on_hover_text(texts::find_next_hint())
                .clicked()
            {
                self.go(true);
            }
            if ui
                .add(Button::icon_only(Icon::Cross, texts::find_close()))
                .on_hover_text(texts::find_close_hint())
                .clicked()
            {
                self.close();
            }
        });
        ui.add_space(6.0);
        self.look(segments);
    }

    /// Looks through the text, unless nothing has changed.
    fn look(&mut self, segments: &Arc<Vec<Segment>>) {
        let same =
            |(of, query): &(Arc<Vec<Segment>>, String)| Arc::ptr_eq(of, segments) && *query == self.query;
        if self.made_of.as_ref().is_some_and(same) {
            return;
        }
        let another_query = self.made_of.as_ref().is_none_or(|(_, query)| *query != self.query);
        let query = self.query.trim();
        let found = |(place, segment): (usize, &Segment)| {
            find_all(segment.text.trim(), query)
                .into_iter()
                .map(move |range| (place, range))
                .collect::<Vec<_>>()
        };
        self.matches = segments.iter().enumerate().flat_map(found).collect();
        self.made_of = Some((Arc::clone(segments), self.query.clone()));
        if another_query {
            (self.current, self.scroll) = (0, true);
        }
        self.current = self.current.min(self.matches.len().saturating_sub(1));
    }

    /// The places to mark in a segment's text, and whether each is the current one.
    pub fn marks(&self, segment: usize) -> impl Iterator<Item = (Range<usize>, bool)> + '_ {
        let matches = if self.open { self.matches.as_slice() } else { &[] };
        let first = matches.partition_point(|(place, _)| *place < segment);
        let theirs =
            matches.iter().enumerate().skip(first).take_while(move |(_, (place, _))| *place == segment);
        theirs.map(|(number, (_, range))| (range.clone(), number == self.current))
    }

    /// The segment that is to be brought into sight.
    pub fn wanted(&self) -> Option<usize> {
        self.matches.get(self.current).filter(|_| self.open && self.scroll).map(|(place, _)| *place)
    }

    /// It is in sight.
    pub fn is_in_sight(&mut self) {
        self.scroll = false;
    }
}

fn field_id() -> Id {
    Id::unique("find in the transcript")
}

/// Where a text holds another, whatever the case, from left to right and not over one another.
fn find_all(text: &str, query: &str) -> Vec<Range<usize>> {
    let query: Vec<char> = query.chars().flat_map(char::to_lowercase).collect();
    let mut found = Vec::new();
    let mut from = 0;
    while let Some(first) = query.first()
        && let Some(letter) = text[from..].chars().next()
    {
        let length = if letter.to_lowercase().next() == Some(*first) {
            length_of(&text[from..], &query)
        } else {
            None
        };
        match length {
            Some(length) => {
                found.push(from..from + length);
                from += length;
            }
            None => from += letter.len_utf8(),
        }
    }
    found
}

/// How long the part at the beginning of the text is that reads as the query.
fn length_of(text: &str, query: &[char]) -> Option<usize> {
    let mut wanted = query.iter();
    for (place, letter) in text.char_indices() {
        for small in letter.to_lowercase() {
            if wanted.next() != Some(&small) {
                return None;
            }
        }
        if wanted.as_slice().is_empty() {
            return Some(place + letter.len_utf8());
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_found_whatever_their_case() {
        let found = |text: &str, query: &str| {
            find_all(text, query).into_iter().map(|range| text[range].to_owned()).collect::<Vec<_>>()
        };
        assert_eq!(found("Über über ÜBER", "über"), ["Über", "über", "ÜBER"]);
        assert_eq!(found("aaaaa", "aa"), ["aa", "aa"]);
        assert_eq!(found("昨日は海へ、海へ", "海へ"), ["海へ", "海へ"]);
        assert_eq!(found("İstanbul", "i"), Vec::<String>::new(), "half a letter is none");
        assert_eq!(found("any", ""), Vec::<String>::new());
        assert_eq!(found("", "x"), Vec::<String>::new());
        assert_eq!(found("end of it", "IT"), ["it"]);
    }
}
