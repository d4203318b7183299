//! Charts: pictures of amounts, as SVG for the window and for documents, as PNG for everything else.
//!
//! A chart is laid out once, as a list of shapes in logical pixels (`picture`); the same list is
//! drawn by plotters to SVG and to a bitmap (`render`), with the widths of Inter, the font shipped
//! in `assets/`. This folder is the only place with floating point: coordinates of what is drawn.
//! Every figure that is written into a picture is made from integers.
//!
//! A picture has a title and a description for people who cannot see it, and its [`Mark`]s for a
//! read-out under the pointer and for a table beside it.
#![allow(
    clippy::float_arithmetic,
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "coordinates of what is drawn; amounts in words are made from integers"
)]

mod axis;
mod burn_down;
mod calendar;
mod deferred;
mod example;
mod font;
mod picture;
mod render;
#[cfg(test)]
mod tests;
mod theme;

pub use burn_down::{BurnDown, Expiry};
pub use calendar::{CalendarDate, CalendarLine, Lasting, PlanCalendar};
pub use deferred::{DeferredAndRecognised, DeferredMonth};
pub use example::{ExampleLot, ExampleMark, WalletExample};
pub use theme::Theme;

use crate::error::ExportError;
use picture::Picture;

/// How large, and in which colours.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Look {
    /// Light or dark.
    pub theme: Theme,
    /// Width in logical pixels, at least 320.
    pub width: u32,
    /// Height in logical pixels, at least 220.
    pub height: u32,
}

impl Default for Look {
    fn default() -> Self {
        Self { theme: Theme::Light, width: 760, height: 360 }
    }
}

/// A place in a picture that stands for something: for a read-out under the pointer.
#[derive(Debug, Clone, PartialEq)]
pub struct Mark {
    /// Left edge, in logical pixels.
    pub x: f64,
    /// Top edge.
    pub y: f64,
    /// Width.
    pub width: f64,
    /// Height.
    pub height: f64,
    /// What it stands for: `Mar 2026`.
    pub label: String,
    /// Its figures in words: `Usage 1,200.00`.
    pub lines: Vec<String>,
}

/// A chart that is laid out.
#[derive(Debug, Clone)]
pub struct Chart {
    picture: Picture,
    theme: Theme,
    marks: Vec<Mark>,
}

impl Chart {
    /// The picture as SVG, without a background of its own, with `role="img"`, title and description.
    ///
    /// # Errors
    /// [`ExportError::Chart`].
    pub fn svg(&self) -> Result<String, ExportError> {
        render::svg(&self.picture)
    }

    /// The picture as PNG with its background, two pixels for each logical pixel.
    ///
    /// # Errors
    /// [`ExportError::Chart`].
    pub fn png(&self) -> Result<Vec<u8>, ExportError> {
        render::png(&self.picture, self.theme)
    }

    /// What stands where.
    #[must_use]
    pub fn marks(&self) -> &[Mark] {
        &self.marks
    }

    /// The description for people who cannot see it.
    #[must_use]
    pub fn description(&self) -> &str {
        &self.picture.description
    }
}
