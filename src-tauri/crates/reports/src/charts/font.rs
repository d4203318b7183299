//! Inter: how wide a text is, and its pixels.

use ab_glyph::{Font, FontRef, PxScale, ScaleFont, point};

use crate::error::ExportError;
pub(super) use crate::font::{REGULAR, SEMI_BOLD};

/// The two weights in use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Weight {
    Regular,
    SemiBold,
}

/// A weight of Inter at a size.
pub(super) struct Face {
    font: FontRef<'static>,
    scale: PxScale,
}

impl Face {
    /// `size` is that of the em, in pixels, as in CSS.
    pub(super) fn new(weight: Weight, size: f64) -> Result<Self, ExportError> {
        let bytes = match weight {
            Weight::Regular => REGULAR,
            Weight::SemiBold => SEMI_BOLD,
        };
        let bad = || ExportError::Chart { what: "the font that is shipped cannot be read".into() };
        let font = FontRef::try_from_slice(bytes).map_err(|_| bad())?;
        // The scale of this library is the height from descender to ascender, not the em.
        let em = font.units_per_em().ok_or_else(bad)?;
        let scale = PxScale::from(size as f32 * font.height_unscaled() / em);
        Ok(Self { font, scale })
    }

    /// The advance of a text.
    pub(super) fn width(&self, text: &str) -> f64 {
        let scaled = self.font.as_scaled(self.scale);
        let mut width = 0.0;
        let mut previous = None;
        for c in text.chars() {
            let glyph = scaled.glyph_id(c);
            if let Some(previous) = previous {
                width += scaled.kern(previous, glyph);
            }
            width += scaled.h_advance(glyph);
            previous = Some(glyph);
        }
        f64::from(width)
    }

    /// Gives every pixel that a text covers and how much of it, the text starting at `x` on its
    /// baseline.
    pub(super) fn pixels(
        &self,
        text: &str,
        (x, baseline): (f64, f64),
        mut pixel: impl FnMut(i32, i32, f64),
    ) {
        let scaled = self.font.as_scaled(self.scale);
        let mut caret = x as f32;
        let mut previous = None;
        for c in text.chars() {
            let id = scaled.glyph_id(c);
            if let Some(previous) = previous {
                caret += scaled.kern(previous, id);
            }
            let glyph = id.with_scale_and_position(self.scale, point(caret, baseline as f32));
            if let Some(outline) = self.font.outline_glyph(glyph) {
                let bounds = outline.px_bounds();
                let (left, top) = (bounds.min.x as i32, bounds.min.y as i32);
                outline.draw(|dx, dy, coverage| {
                    let (dx, dy) = (i32::try_from(dx), i32::try_from(dy));
                    if let (Ok(dx), Ok(dy)) = (dx, dy) {
                        pixel(left + dx, top + dy, f64::from(coverage.clamp(0.0, 1.0)));
                    }
                });
            }
            caret += scaled.h_advance(id);
            previous = Some(id);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn widths_are_those_of_the_font() {
        // In Inter a digit is about 0.62 em; a minus sign and a euro sign have widths of their own.
        let face = Face::new(Weight::Regular, 100.0).unwrap();
        assert!((55.0..70.0).contains(&face.width("0")), "{}", face.width("0"));
        for text in ["\u{2212}", "\u{20ac}", "\u{2013}", "Ж", "ß"] {
            assert!((20.0..110.0).contains(&face.width(text)), "{text} {}", face.width(text));
        }
        let bold = Face::new(Weight::SemiBold, 100.0).unwrap();
        assert!(bold.width("Usage") > face.width("Usage"));
    }
}
