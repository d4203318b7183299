//! Draws a picture with plotters: SVG at four steps a pixel, PNG at two pixels a pixel.

use std::fmt::Write as _;

use plotters::coord::Shift;
use plotters::prelude::{
    BitMapBackend, Circle, Color, DrawingArea, DrawingBackend, IntoDrawingArea, PathElement,
    Polygon, RGBColor, Rectangle, SVGBackend, ShapeStyle, Text,
};
use plotters::style::text_anchor::{HPos, Pos, VPos};
use plotters::style::{FontStyle, IntoTextStyle, TextStyle as PlottersText, register_font};

use super::font::{Face, Weight};
use super::picture::{Anchor, Ink, Picture, Shape, TextStyle};
use super::theme::Theme;
use crate::error::ExportError;

/// Steps per logical pixel in SVG, because plotters places shapes on whole numbers.
const SVG_STEPS: u32 = 4;
/// Pixels drawn per logical pixel of a bitmap, before it is made smaller.
const BITMAP_STEPS: u32 = 4;
/// Pixels per logical pixel of a PNG.
const PNG_PIXELS: u32 = 2;
/// plotters writes `size / 1.24` as the font size of SVG.
const PLOTTERS_FONT_FACTOR: f64 = 1.24;
/// plotters writes text whose position is its top 0.76 em above its baseline.
const TOP_TO_BASELINE_EM: f64 = 0.76;
/// Both weights are registered under their own name, which is replaced in the result.
const FAMILY: &str = "Inter";

fn failed(error: impl std::fmt::Display) -> ExportError {
    ExportError::Chart { what: error.to_string() }
}

fn step(value: f64, steps: u32) -> i32 {
    (value * f64::from(steps)).round() as i32
}

fn style(ink: Ink) -> ShapeStyle {
    let (r, g, b) = ink.rgb;
    ShapeStyle { color: RGBColor(r, g, b).mix(ink.alpha), filled: true, stroke_width: 1 }
}

/// Draws everything but text; `text` draws that.
fn draw<B: DrawingBackend>(
    picture: &Picture,
    area: &DrawingArea<B, Shift>,
    steps: u32,
    text: impl Fn(&Shape) -> Result<(), ExportError>,
) -> Result<(), ExportError> {
    let at = |point: &(f64, f64)| (step(point.0, steps), step(point.1, steps));
    for shape in &picture.shapes {
        match shape {
            Shape::Rect { area: rect, ink } => {
                let corners = [at(&(rect.left, rect.top)), at(&(rect.right, rect.bottom))];
                area.draw(&Rectangle::new(corners, style(*ink))).map_err(failed)?;
            }
            Shape::Line { points, width, ink } => {
                let mut points: Vec<_> = points.iter().map(at).collect();
                points.dedup();
                if points.len() > 1 {
                    let width = (width * f64::from(steps)).round().max(1.0) as u32;
                    let line = style(*ink).stroke_width(width);
                    area.draw(&PathElement::new(points, line)).map_err(failed)?;
                }
            }
            Shape::Polygon { points, ink } => {
                let points: Vec<_> = points.iter().map(at).collect();
                area.draw(&Polygon::new(points, style(*ink))).map_err(failed)?;
            }
            Shape::Dot { x, y, radius, ink } => {
                let dot = Circle::new(at(&(*x, *y)), step(*radius, steps), style(*ink));
                area.draw(&dot).map_err(failed)?;
            }
            Shape::Text { .. } => text(shape)?,
        }
    }
    Ok(())
}

/// The picture as SVG.
pub(super) fn svg(picture: &Picture) -> Result<String, ExportError> {
    register_font(FAMILY, FontStyle::Normal, super::font::REGULAR)
        .and_then(|()| register_font(FAMILY, FontStyle::Bold, super::font::SEMI_BOLD))
        .map_err(|_| failed("the font that is shipped cannot be read"))?;
    let size = (picture.width * SVG_STEPS, picture.height * SVG_STEPS);
    let mut svg = String::new();
    {
        let area = SVGBackend::with_string(&mut svg, size).into_drawing_area();
        draw(picture, &area, SVG_STEPS, |shape| svg_text(&area, shape))?;
        area.present().map_err(failed)?;
    }
    let (_, body) = svg.split_once(">\n").ok_or_else(|| failed("the picture has no start"))?;
    // Attribute values hold no quotes that are not escaped, so these texts are attributes.
    let body = body
        .replace(
            "font-family=\"Inter\"",
            "font-family=\"Inter, 'Inter Variable', system-ui, sans-serif\"",
        )
        .replace("font-weight=\"bold\"", "font-weight=\"600\"");
    let mut out = String::with_capacity(body.len() + 512);
    // Writing into a string cannot fail.
    let _ = write!(
        out,
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{}\" height=\"{}\" viewBox=\"0 0 {} {}\" role=\"img\">\n\
         <title>{}</title>\n<desc>{}</desc>\n{body}",
        picture.width,
        picture.height,
        size.0,
        size.1,
        escaped(&picture.title),
        escaped(&picture.description),
    );
    Ok(out)
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

fn svg_text(area: &DrawingArea<SVGBackend, Shift>, shape: &Shape) -> Result<(), ExportError> {
    let Shape::Text { x, baseline, anchor, style, text } = shape else { return Ok(()) };
    let horizontal = match anchor {
        Anchor::Start => HPos::Left,
        Anchor::Middle => HPos::Center,
        Anchor::End => HPos::Right,
    };
    let (r, g, b) = style.rgb;
    let size = style.size * f64::from(SVG_STEPS) * PLOTTERS_FONT_FACTOR;
    let weight = match style.weight {
        Weight::Regular => FontStyle::Normal,
        Weight::SemiBold => FontStyle::Bold,
    };
    let color = RGBColor(r, g, b);
    let look: PlottersText = (FAMILY, size, weight)
        .into_text_style(area)
        .color(&color)
        .pos(Pos::new(horizontal, VPos::Top));
    let top = baseline - TOP_TO_BASELINE_EM * style.size;
    let at = (step(*x, SVG_STEPS), step(top, SVG_STEPS));
    area.draw(&Text::new(text.clone(), at, look)).map_err(failed)
}

/// The picture as PNG.
pub(super) fn png(picture: &Picture, theme: Theme) -> Result<Vec<u8>, ExportError> {
    let size = (picture.width * BITMAP_STEPS, picture.height * BITMAP_STEPS);
    let (red, green, blue) = theme.palette().surface;
    let pixels = size.0 as usize * size.1 as usize;
    let mut large = [red, green, blue].repeat(pixels);
    {
        let area = BitMapBackend::with_buffer(&mut large, size).into_drawing_area();
        draw(picture, &area, BITMAP_STEPS, |shape| bitmap_text(&area, shape))?;
        area.present().map_err(failed)?;
    }
    let small = smaller(&large, size.0 as usize, (BITMAP_STEPS / PNG_PIXELS) as usize);
    let mut bytes = Vec::new();
    let (width, height) = (picture.width * PNG_PIXELS, picture.height * PNG_PIXELS);
    let mut encoder = png::Encoder::new(&mut bytes, width, height);
    encoder.set_color(png::ColorType::Rgb);
    encoder.set_depth(png::BitDepth::Eight);
    // 144 dots per inch: the picture prints at its logical size.
    encoder.set_pixel_dims(Some(png::PixelDimensions {
        xppu: 5669,
        yppu: 5669,
        unit: png::Unit::Meter,
    }));
    let mut writer = encoder.write_header().map_err(failed)?;
    writer.write_image_data(&small).map_err(failed)?;
    writer.finish().map_err(failed)?;
    Ok(bytes)
}

fn bitmap_text(area: &DrawingArea<BitMapBackend, Shift>, shape: &Shape) -> Result<(), ExportError> {
    let Shape::Text { x, baseline, anchor, style, text } = shape else { return Ok(()) };
    let TextStyle { size, weight, rgb: (r, g, b) } = *style;
    let steps = f64::from(BITMAP_STEPS);
    let face = Face::new(weight, size * steps)?;
    let shift = match anchor {
        Anchor::Start => 0.0,
        Anchor::Middle => face.width(text) / 2.0,
        Anchor::End => face.width(text),
    };
    let mut outcome = Ok(());
    face.pixels(text, (x * steps - shift, baseline * steps), |px, py, coverage| {
        if outcome.is_ok() {
            outcome = area.draw_pixel((px, py), &RGBColor(r, g, b).mix(coverage)).map_err(failed);
        }
    });
    outcome
}

/// Makes an RGB bitmap smaller: each pixel is the mean of a square of `side` pixels.
fn smaller(large: &[u8], width: usize, side: usize) -> Vec<u8> {
    let row = width * 3;
    let squares = u32::try_from(side * side).unwrap_or(1);
    let mut small = Vec::with_capacity(large.len() / (side * side));
    for rows in large.chunks_exact(row * side) {
        for x in (0..width).step_by(side) {
            for channel in 0..3 {
                let mut sum = squares / 2;
                for dy in 0..side {
                    for dx in 0..side {
                        sum += u32::from(rows[dy * row + (x + dx) * 3 + channel]);
                    }
                }
                small.push((sum / squares).min(255) as u8);
            }
        }
    }
    small
}
