//! Pages drawn into a PDF: the one place of documents with floating point, the coordinates of what is
//! drawn.
#![allow(
    clippy::float_arithmetic,
    clippy::cast_precision_loss,
    reason = "coordinates of what is drawn; amounts in words are made from integers"
)]

use krilla::Document;
use krilla::SerializeSettings;
use krilla::color::rgb;
use krilla::configure::{Archival, ConfigurationBuilder};
use krilla::geom::{PathBuilder, Point, Rect};
use krilla::metadata::{DateTime, Metadata};
use krilla::num::NormalizedF32;
use krilla::page::PageSettings;
use krilla::paint::Fill;
use krilla::surface::Surface;
use krilla::text::{Font, GlyphId, KrillaGlyph};

use super::compose::Composed;
use super::face::{Face, Milli, Weight};
use super::pages::{Ink, Mark, Paper};
use super::words::Words;
use crate::error::ExportError;

/// What a document says of itself, and what stands at the foot of its pages.
pub(super) struct About {
    pub(super) title: String,
    pub(super) description: String,
    /// Year, month, day, hour, minute, second in UTC.
    pub(super) made_at: (u16, [u8; 5]),
    pub(super) foot_left: String,
    pub(super) foot_right: String,
}

const FOOT_SIZE: Milli = 7_000;
/// The baseline of the foot, above the edge.
const FOOT_UP: Milli = 26_000;

fn points(milli: Milli) -> f32 {
    milli as f32 / 1000.0
}

fn colour(ink: Ink) -> Fill {
    let paint = match ink {
        Ink::Full => rgb::Color::new(27, 31, 36),
        Ink::Muted => rgb::Color::new(94, 102, 112),
    };
    Fill { paint: paint.into(), opacity: NormalizedF32::ONE, rule: Default::default() }
}

fn wrong(what: &dyn std::fmt::Display) -> ExportError {
    ExportError::Pdf { what: what.to_string() }
}

struct Pen<'a> {
    words: &'a Words,
    regular: Font,
    semi_bold: Font,
}

impl Pen<'_> {
    fn text(
        &self,
        surface: &mut Surface,
        at: (Milli, Milli),
        text: &str,
        weight: Weight,
        size: Milli,
    ) {
        let face = self.words.face(weight);
        let em = face.units_per_em().max(1) as f32;
        let share = |units: i32| units as f32 / em;
        let glyphs: Vec<KrillaGlyph> = face
            .shape(text)
            .into_iter()
            .map(|glyph| {
                KrillaGlyph::new(
                    GlyphId::new(glyph.glyph),
                    share(glyph.advance),
                    share(glyph.offset.0),
                    share(glyph.offset.1),
                    0.0,
                    glyph.text,
                    None,
                )
            })
            .collect();
        let font = match weight {
            Weight::Regular => &self.regular,
            Weight::SemiBold => &self.semi_bold,
        };
        let start = Point::from_xy(points(at.0), points(at.1));
        surface.draw_glyphs(start, &glyphs, font.clone(), text, points(size), false);
    }

    fn mark(&self, surface: &mut Surface, mark: &Mark) {
        match mark {
            Mark::Text { at, text, weight, size, ink } => {
                surface.set_fill(Some(colour(*ink)));
                self.text(surface, *at, text, *weight, *size);
            }
            Mark::Rule { at, length, thickness } => {
                surface.set_fill(Some(colour(Ink::Full)));
                let (x, y) = (points(at.0), points(at.1));
                let rect = Rect::from_xywh(x, y, points(*length), points(*thickness));
                let mut path = PathBuilder::new();
                if let Some(rect) = rect {
                    path.push_rect(rect);
                }
                if let Some(path) = path.finish() {
                    surface.draw_path(&path);
                }
            }
        }
    }

    fn foot(&self, surface: &mut Surface, paper: Paper, about: &About, number: &str) {
        surface.set_fill(Some(colour(Ink::Muted)));
        let baseline = paper.height - FOOT_UP;
        let width = |text: &str| self.words.width(text, Weight::Regular, FOOT_SIZE);
        let middle = (paper.width - width(number)) / 2;
        let right = paper.width - Paper::MARGIN - width(&about.foot_right);
        // A long name gives way to the page number.
        let room = middle - Paper::MARGIN - FOOT_SIZE;
        let left = self.words.wrap(&about.foot_left, Weight::Regular, FOOT_SIZE, room);
        let left = left.first().map_or("", String::as_str);
        for (x, text) in [(Paper::MARGIN, left), (middle, number), (right, &about.foot_right)] {
            self.text(surface, (x, baseline), text, Weight::Regular, FOOT_SIZE);
        }
    }
}

fn font(weight: Weight) -> Result<Font, ExportError> {
    Font::new(Face::bytes(weight).into(), 0)
        .ok_or_else(|| wrong(&"the font that is shipped cannot be read"))
}

/// Draws pages into a PDF/A-2u, which programs can search and archives can keep.
pub(super) fn draw(
    composed: &Composed,
    about: &About,
    words: &Words,
) -> Result<Vec<u8>, ExportError> {
    let configuration = ConfigurationBuilder::new()
        .with_archival_validator(Archival::A2_U)
        .finish()
        .map_err(|error| wrong(&format!("{error:?}")))?;
    let settings = SerializeSettings { configuration, enable_tagging: false, ..Default::default() };
    let mut document = Document::new_with(settings);
    let (year, [month, day, hour, minute, second]) = about.made_at;
    let made_at = DateTime::new(year).month(month).day(day).hour(hour).minute(minute);
    let made_at = made_at.second(second).utc_offset_hour(0).utc_offset_minute(0);
    document.set_metadata(
        Metadata::new()
            .title(about.title.clone())
            .description(about.description.clone())
            .creator("Scrip".into())
            .language("en".into())
            .creation_date(made_at),
    );
    let pen = Pen { words, regular: font(Weight::Regular)?, semi_bold: font(Weight::SemiBold)? };
    let paper = composed.paper;
    let count = composed.pages.len();
    for (index, marks) in composed.pages.iter().enumerate() {
        let settings = PageSettings::from_wh(points(paper.width), points(paper.height))
            .ok_or_else(|| wrong(&"the paper has no size"))?;
        let mut page = document.start_page_with(settings);
        let mut surface = page.surface();
        for mark in marks {
            pen.mark(&mut surface, mark);
        }
        pen.foot(&mut surface, paper, about, &format!("Page {} of {count}", index + 1));
        surface.finish();
        page.finish();
    }
    document.finish().map_err(|error| wrong(&error))
}
