//! Light or dark, and how large: what the person chose, or else what the desktop says. It outlives windows.

use super::theme;
use crate::settings::{Theme, WindowChoices};
use crate::texts;
use eframe::egui::{Context, ThemePreference, Vec2, ViewportCommand, vec2};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// The smallest window, in points.
pub const SMALLEST: Vec2 = vec2(640.0, 420.0);

/// The window that is open now, if one is, and how windows look.
#[derive(Clone, Default)]
pub struct Appearance(Arc<Mutex<State>>);

#[derive(Default)]
struct State {
    window: Option<Context>,
    /// What the desktop prefers.
    desktop: ThemePreference,
    chosen: Theme,
}

impl State {
    fn theme(&self) -> ThemePreference {
        match self.chosen {
            Theme::System => self.desktop,
            Theme::Light => ThemePreference::Light,
            Theme::Dark => ThemePreference::Dark,
        }
    }
}

impl Appearance {
    /// A window was opened, or closed.
    pub fn set_window(&self, window: Option<Context>) {
        let theme = {
            let mut state = self.lock();
            state.window.clone_from(&window);
            state.theme()
        };
        if let Some(window) = window {
            theme::install(&window);
            window.set_theme(theme);
        }
    }

    /// The desktop prefers another theme.
    #[cfg(target_os = "linux")]
    pub fn prefer(&self, desktop: ThemePreference) {
        let (window, theme) = {
            let mut state = self.lock();
            state.desktop = desktop;
            (state.window.clone(), state.theme())
        };
        if let Some(window) = window {
            window.set_theme(theme);
            window.request_repaint();
        }
    }

    /// The person has chosen.
    pub fn choose(&self, choices: WindowChoices, window: &Context) {
        let theme = {
            let mut state = self.lock();
            state.chosen = choices.theme;
            state.theme()
        };
        window.set_theme(theme);
        window.set_zoom_factor(choices.zoom());
    }

    /// Has the window drawn.
    pub fn wake(&self) {
        let window = self.lock().window.clone();
        window.into_iter().for_each(|window| window.request_repaint());
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The choices of a window, applied when they change.
#[derive(Default)]
pub struct Applied {
    choices: Option<WindowChoices>,
    /// The window is to become as large as everything in it.
    size: Option<Vec2>,
}

impl Applied {
    /// Makes the window look like `choices`. Its size follows one frame later, in the new points.
    pub fn apply(&mut self, choices: WindowChoices, appearance: &Appearance, window: &Context) {
        if let Some(size) = self.size.take_if(|_| window.zoom_factor() == choices.zoom()) {
            window.send_viewport_cmd(ViewportCommand::MinInnerSize(SMALLEST));
            window.send_viewport_cmd(ViewportCommand::InnerSize(size));
        }
        if self.choices == Some(choices) {
            return;
        }
        texts::choose(choices.language);
        let before = window.zoom_factor();
        appearance.choose(choices, window);
        if before != choices.zoom() {
            self.size = window.input(|i| i.viewport().inner_rect).map(|rect| rect.size().max(SMALLEST));
            window.request_repaint();
        }
        self.choices = Some(choices);
    }
}
