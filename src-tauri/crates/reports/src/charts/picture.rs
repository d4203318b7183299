//! A picture as a list of shapes in logical pixels, and the placing of labels in it.

use super::font::{Face, Weight};
use super::theme::Rgb;
use crate::error::ExportError;

/// A colour and how much of it covers what is below, 0 to 1.
#[derive(Debug, Clone, Copy)]
pub(super) struct Ink {
    pub(super) rgb: Rgb,
    pub(super) alpha: f64,
}

impl From<Rgb> for Ink {
    fn from(rgb: Rgb) -> Self {
        Self { rgb, alpha: 1.0 }
    }
}

/// Where the given x of a text is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Anchor {
    Start,
    Middle,
    End,
}

/// How a text looks.
#[derive(Debug, Clone, Copy)]
pub(super) struct TextStyle {
    pub(super) size: f64,
    pub(super) weight: Weight,
    pub(super) rgb: Rgb,
}

/// Something to draw.
#[derive(Debug, Clone)]
pub(super) enum Shape {
    Rect { area: Area, ink: Ink },
    Line { points: Vec<(f64, f64)>, width: f64, ink: Ink },
    Polygon { points: Vec<(f64, f64)>, ink: Ink },
    Dot { x: f64, y: f64, radius: f64, ink: Ink },
    Text { x: f64, baseline: f64, anchor: Anchor, style: TextStyle, text: String },
}

/// A rectangle.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Area {
    pub(super) left: f64,
    pub(super) top: f64,
    pub(super) right: f64,
    pub(super) bottom: f64,
}

impl Area {
    pub(super) fn width(&self) -> f64 {
        self.right - self.left
    }

    pub(super) fn height(&self) -> f64 {
        self.bottom - self.top
    }

    pub(super) fn overlaps(&self, other: &Self) -> bool {
        self.left < other.right
            && other.left < self.right
            && self.top < other.bottom
            && other.top < self.bottom
    }

    fn is_inside(&self, outer: &Self) -> bool {
        self.left >= outer.left
            && self.right <= outer.right
            && self.top >= outer.top
            && self.bottom <= outer.bottom
    }
}

/// A text with its place.
#[derive(Debug, Clone)]
pub(super) struct Label {
    pub(super) x: f64,
    pub(super) baseline: f64,
    pub(super) anchor: Anchor,
    pub(super) style: TextStyle,
    pub(super) text: String,
}

impl Label {
    /// The space the text takes.
    pub(super) fn area(&self) -> Result<Area, ExportError> {
        let width = Face::new(self.style.weight, self.style.size)?.width(&self.text);
        let left = match self.anchor {
            Anchor::Start => self.x,
            Anchor::Middle => self.x - width / 2.0,
            Anchor::End => self.x - width,
        };
        Ok(Area {
            left,
            right: left + width,
            top: self.baseline - 0.78 * self.style.size,
            bottom: self.baseline + 0.24 * self.style.size,
        })
    }
}

/// A picture.
#[derive(Debug, Clone)]
pub(super) struct Picture {
    pub(super) width: u32,
    pub(super) height: u32,
    pub(super) title: String,
    pub(super) description: String,
    pub(super) shapes: Vec<Shape>,
    /// The space that texts take.
    pub(super) texts: Vec<Area>,
}

impl Picture {
    pub(super) fn new(width: u32, height: u32) -> Self {
        Self {
            width,
            height,
            title: String::new(),
            description: String::new(),
            shapes: Vec::new(),
            texts: Vec::new(),
        }
    }

    /// All of it.
    pub(super) fn area(&self) -> Area {
        let (right, bottom) = (f64::from(self.width), f64::from(self.height));
        Area { left: 0.0, top: 0.0, right, bottom }
    }

    pub(super) fn rect(&mut self, area: Area, ink: impl Into<Ink>) {
        self.shapes.push(Shape::Rect { area, ink: ink.into() });
    }

    pub(super) fn line(&mut self, points: Vec<(f64, f64)>, width: f64, ink: impl Into<Ink>) {
        self.shapes.push(Shape::Line { points, width, ink: ink.into() });
    }

    /// A straight line in dashes.
    pub(super) fn dashes(&mut self, from: (f64, f64), to: (f64, f64), width: f64, ink: Ink) {
        const ON: f64 = 5.0;
        const OFF: f64 = 4.0;
        let (dx, dy) = (to.0 - from.0, to.1 - from.1);
        let length = dx.hypot(dy);
        let mut start = 0.0;
        while start < length {
            let end = (start + ON).min(length);
            let at = |way: f64| (from.0 + dx * way / length, from.1 + dy * way / length);
            self.line(vec![at(start), at(end)], width, ink);
            start += ON + OFF;
        }
    }

    pub(super) fn polygon(&mut self, points: Vec<(f64, f64)>, ink: Ink) {
        self.shapes.push(Shape::Polygon { points, ink });
    }

    pub(super) fn dot(&mut self, x: f64, y: f64, radius: f64, ink: impl Into<Ink>) {
        self.shapes.push(Shape::Dot { x, y, radius, ink: ink.into() });
    }

    /// Writes a label and takes its space.
    pub(super) fn label(&mut self, label: Label) -> Result<(), ExportError> {
        self.texts.push(label.area()?);
        self.shapes.push(Shape::Text {
            x: label.x,
            baseline: label.baseline,
            anchor: label.anchor,
            style: label.style,
            text: label.text,
        });
        Ok(())
    }

    /// Whether a label would lie inside `outer` and free of all texts so far.
    pub(super) fn is_free(&self, label: &Label, outer: &Area) -> Result<bool, ExportError> {
        let area = label.area()?;
        Ok(area.is_inside(outer) && !self.texts.iter().any(|text| text.overlaps(&area)))
    }

    /// Writes the first of some candidates that is free, on a plate of the surface's colour. Says
    /// whether there was one.
    pub(super) fn place(
        &mut self,
        candidates: Vec<Label>,
        outer: &Area,
        plate: Ink,
    ) -> Result<bool, ExportError> {
        for candidate in candidates {
            if self.is_free(&candidate, outer)? {
                let area = candidate.area()?;
                let room = Area {
                    left: area.left - 3.0,
                    right: area.right + 3.0,
                    top: area.top - 1.0,
                    bottom: area.bottom + 1.0,
                };
                self.rect(room, plate);
                self.label(candidate)?;
                return Ok(true);
            }
        }
        Ok(false)
    }
}

/// Cuts a name that is wider than `width` and ends it with an ellipsis. Names only, never numbers.
pub(super) fn fitted(text: &str, style: &TextStyle, width: f64) -> Result<String, ExportError> {
    let face = Face::new(style.weight, style.size)?;
    if face.width(text) <= width {
        return Ok(text.to_owned());
    }
    let mut kept: String = text.to_owned();
    while kept.pop().is_some() {
        let cut = format!("{}\u{2026}", kept.trim_end());
        if face.width(&cut) <= width {
            return Ok(cut);
        }
    }
    Ok(String::new())
}
