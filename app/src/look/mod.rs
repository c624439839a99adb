//! Colours, sizes and signs, for the window and for what is shown outside it.

pub mod icon;
pub mod theme;
