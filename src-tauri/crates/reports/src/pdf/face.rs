//! Inter in a document: which glyphs a text takes, how wide it is, where it may be broken.
//!
//! Widths are whole numbers: thousandths of a point.

use rustybuzz::ttf_parser::Tag;
use rustybuzz::{Direction, Feature, UnicodeBuffer};

use crate::error::ExportError;
use crate::font::{REGULAR, SEMI_BOLD};

/// Thousandths of a point.
pub(super) type Milli = i32;

/// Stands for a character that the font has not.
pub(super) const NO_GLYPH: char = '\u{25a1}';

/// The two weights in use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Weight {
    Regular,
    SemiBold,
}

/// A glyph of a shaped text; distances in units of the font.
#[derive(Debug, Clone)]
pub(super) struct Shaped {
    pub(super) glyph: u32,
    /// The bytes of the text that it stands for.
    pub(super) text: std::ops::Range<usize>,
    pub(super) advance: i32,
    pub(super) offset: (i32, i32),
}

/// A weight of Inter.
pub(super) struct Face {
    face: rustybuzz::Face<'static>,
    /// All figures equally wide, so that they stand in columns.
    features: [Feature; 1],
}

impl Face {
    pub(super) fn new(weight: Weight) -> Result<Self, ExportError> {
        let face = rustybuzz::Face::from_slice(Self::bytes(weight), 0).ok_or_else(|| {
            ExportError::Pdf { what: "the font that is shipped cannot be read".into() }
        })?;
        let features = [Feature::new(Tag::from_bytes(b"tnum"), 1, ..)];
        Ok(Self { face, features })
    }

    pub(super) fn bytes(weight: Weight) -> &'static [u8] {
        match weight {
            Weight::Regular => REGULAR,
            Weight::SemiBold => SEMI_BOLD,
        }
    }

    pub(super) fn units_per_em(&self) -> i32 {
        self.face.units_per_em()
    }

    /// The text with [`NO_GLYPH`] for what the font cannot draw, and blanks for line breaks; and
    /// whether anything was replaced.
    pub(super) fn drawable(&self, text: &str) -> (String, bool) {
        let mut replaced = false;
        let drawn = text
            .chars()
            .map(|c| {
                if c.is_control() {
                    ' '
                } else if self.face.glyph_index(c).is_some() {
                    c
                } else {
                    replaced = true;
                    NO_GLYPH
                }
            })
            .collect();
        (drawn, replaced)
    }

    /// The glyphs of a line from left to right.
    pub(super) fn shape(&self, text: &str) -> Vec<Shaped> {
        let mut buffer = UnicodeBuffer::new();
        buffer.push_str(text);
        buffer.guess_segment_properties();
        buffer.set_direction(Direction::LeftToRight);
        let output = rustybuzz::shape(&self.face, &self.features, buffer);
        let start = |index: usize| {
            output.glyph_infos().get(index).and_then(|info| usize::try_from(info.cluster).ok())
        };
        let pairs = output.glyph_infos().iter().zip(output.glyph_positions());
        pairs
            .enumerate()
            .map(|(index, (info, position))| {
                let from = start(index).unwrap_or(text.len());
                let after = (index + 1..output.len()).find_map(|i| start(i).filter(|s| *s > from));
                Shaped {
                    glyph: info.glyph_id,
                    text: from..after.unwrap_or(text.len()),
                    advance: position.x_advance,
                    offset: (position.x_offset, position.y_offset),
                }
            })
            .collect()
    }

    /// The width of a line at a size.
    pub(super) fn width(&self, text: &str, size: Milli) -> Milli {
        let units: i64 = self.shape(text).iter().map(|glyph| i64::from(glyph.advance)).sum();
        let width = units * i64::from(size) / i64::from(self.units_per_em().max(1));
        Milli::try_from(width).unwrap_or(Milli::MAX)
    }

    /// The text in lines of at most a width: broken after blanks and joints where there are some,
    /// else anywhere. Never empty.
    pub(super) fn wrap(&self, text: &str, size: Milli, width_max: Milli) -> Vec<String> {
        if self.width(text, size) <= width_max {
            return vec![text.to_owned()];
        }
        let mut lines = Vec::new();
        let mut line = String::new();
        for piece in pieces(text) {
            let longer = format!("{line}{piece}");
            if self.width(longer.trim_end(), size) <= width_max {
                line = longer;
                continue;
            }
            if !line.is_empty() {
                lines.push(line.trim_end().to_owned());
            }
            line.clear();
            for c in piece.chars() {
                line.push(c);
                if line.chars().count() > 1 && self.width(line.trim_end(), size) > width_max {
                    line.pop();
                    lines.push(std::mem::take(&mut line));
                    line.push(c);
                }
            }
        }
        if !line.trim_end().is_empty() || lines.is_empty() {
            lines.push(line.trim_end().to_owned());
        }
        lines
    }
}

/// A text cut after each blank and after each joint of a code.
fn pieces(text: &str) -> impl Iterator<Item = &str> {
    text.split_inclusive([' ', '-', '/', '_', ',', ':', '|', '='])
}

#[cfg(test)]
mod tests {
    use super::*;

    const SIZE: Milli = 8_000;

    #[test]
    fn figures_are_equally_wide() {
        for weight in [Weight::Regular, Weight::SemiBold] {
            let face = Face::new(weight).unwrap();
            assert_eq!(face.width("1,111.11", SIZE), face.width("8,888.88", SIZE));
        }
    }

    #[test]
    fn lines_break_at_blanks_and_joints_and_lose_nothing() {
        let face = Face::new(Weight::Regular).unwrap();
        let width = face.width("universal-credit", SIZE);
        assert_eq!(
            face.wrap("universal-credit-plan for all", SIZE, width),
            ["universal-", "credit-plan for", "all"]
        );
        let hash = "9f3a41c08e1b5577d2c0a9f3a41c08e1b5577d2c0a";
        let lines = face.wrap(hash, SIZE, width);
        assert!(lines.len() > 1);
        assert_eq!(lines.concat(), hash);
        assert!(lines.iter().all(|line| face.width(line, SIZE) <= width));
        assert_eq!(face.wrap("", SIZE, width), [""]);
    }

    #[test]
    fn what_the_font_has_not_is_a_box() {
        let face = Face::new(Weight::Regular).unwrap();
        assert_eq!(face.drawable("Łódź\tЖ"), ("Łódź Ж".to_owned(), false));
        assert_eq!(face.drawable("北a"), (format!("{NO_GLYPH}a"), true));
        assert!(face.drawable(&NO_GLYPH.to_string()) == (NO_GLYPH.to_string(), false));
    }
}
