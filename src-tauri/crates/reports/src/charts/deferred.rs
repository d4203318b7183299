//! Revenue recognised by month, and what is still deferred at the end of each.
//!
//! Two panels over the same months: what is deferred is a stock and often many times what is
//! recognised in a month, so on one scale the bars would vanish and on two scales the eye would
//! compare what cannot be compared.

use chrono::Datelike;
use scrip_units::{Month, Unit};

use super::axis::{ValueAxis, figure, month_name};
use super::font::{Face, Weight};
use super::picture::{Anchor, Area, Ink, Label, Picture, TextStyle, fitted};
use super::theme::{Palette, Rgb};
use super::{Chart, Look, Mark};
use crate::error::ExportError;
use crate::format::grouped;

/// A month: revenue recognised in it and what is deferred at its end, in smallest steps.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DeferredMonth {
    /// The month.
    pub month: Month,
    /// Revenue from usage.
    pub usage: i128,
    /// Revenue from breakage.
    pub breakage: i128,
    /// Revenue from overage.
    pub overage: i128,
    /// All other revenue, such as fees, less contra revenue.
    pub other: i128,
    /// Contract liabilities at the end of the month, positive.
    pub deferred: i128,
}

/// What the chart shows.
#[derive(Debug, Clone)]
pub struct DeferredAndRecognised {
    /// Whose: the entity, a customer, a wallet type.
    pub subject: String,
    /// The currency.
    pub unit: Unit,
    /// The months, ascending, without gaps.
    pub months: Vec<DeferredMonth>,
}

const HEADER: f64 = 34.0;
const FOOT: f64 = 40.0;
/// Room for the heading above each panel.
const PANEL_HEAD: f64 = 40.0;
const BAR_WIDTH_MAX: f64 = 44.0;
/// Least distance between the base lines of two labels.
const LABEL_PITCH: f64 = 15.0;
const SERIES: [&str; 4] = ["Usage", "Breakage", "Overage", "Other, net"];

impl DeferredMonth {
    fn parts(&self) -> [i128; SERIES.len()] {
        [self.usage, self.breakage, self.overage, self.other]
    }

    /// What the bar reaches above and below zero.
    fn reach(&self) -> (i128, i128) {
        let sum = |sign: fn(&i128) -> bool| {
            self.parts().iter().filter(|p| sign(p)).fold(0_i128, |sum, p| sum.saturating_add(*p))
        };
        (sum(|p| *p > 0), sum(|p| *p < 0))
    }

    fn total(&self) -> i128 {
        self.parts().iter().fold(0, |sum, part| sum.saturating_add(*part))
    }
}

impl DeferredAndRecognised {
    /// Lays the chart out.
    ///
    /// # Errors
    /// [`ExportError::Chart`].
    pub fn chart(&self, look: Look) -> Result<Chart, ExportError> {
        let look = Look { width: look.width.max(320), height: look.height.max(220), ..look };
        let mut drawing = Drawing::new(self, look)?;
        drawing.title()?;
        if self.months.is_empty() {
            drawing.nothing()?;
        } else {
            drawing.axes()?;
            drawing.bars()?;
            drawing.line()?;
            drawing.months()?;
            drawing.mark();
        }
        drawing.picture.title = format!("Deferred and recognised revenue, {}", self.subject);
        drawing.picture.description = self.description();
        Ok(Chart { picture: drawing.picture, theme: look.theme, marks: drawing.marks })
    }

    fn amount(&self, steps: i128) -> String {
        format!("{} {}", grouped(steps, self.unit.scale()), self.unit.code())
    }

    fn description(&self) -> String {
        let (Some(first), Some(last)) = (self.months.first(), self.months.last()) else {
            return "There is no revenue in this period.".into();
        };
        let total = self.months.iter().fold(0_i128, |sum, m| sum.saturating_add(m.total()));
        format!(
            "From {} to {}: {} recognised; {} deferred at the end.",
            month_text(first.month),
            month_text(last.month),
            self.amount(total),
            self.amount(last.deferred)
        )
    }
}

fn month_text(month: Month) -> String {
    let day = month.first_day();
    format!("{} {}", month_name(day.month()), day.year())
}

/// Whether a line runs through an area.
fn crosses(points: &[(f64, f64)], area: &Area) -> bool {
    points.windows(2).any(|pair| {
        let ((x0, y0), (x1, y1)) = (pair[0], pair[1]);
        let (left, right) = (area.left.max(x0), area.right.min(x1));
        let y = |x: f64| y0 + (y1 - y0) * (x - x0) / (x1 - x0);
        left <= right && y(left).min(y(right)) <= area.bottom && y(left).max(y(right)) >= area.top
    })
}

/// One of the two panels.
struct Panel {
    axis: ValueAxis,
    area: Area,
}

impl Panel {
    fn y(&self, steps: i128) -> f64 {
        self.area.bottom - self.axis.share(steps) * self.area.height()
    }
}

struct Drawing<'a> {
    data: &'a DeferredAndRecognised,
    picture: Picture,
    marks: Vec<Mark>,
    colours: Palette,
    stock: Panel,
    flow: Panel,
}

impl<'a> Drawing<'a> {
    fn new(data: &'a DeferredAndRecognised, look: Look) -> Result<Self, ExportError> {
        let scale = data.unit.scale();
        let (width, height) = (f64::from(look.width), f64::from(look.height));
        let room = height - HEADER - FOOT - 2.0 * PANEL_HEAD + 8.0;
        let (upper, lower) = (room * 0.42, room * 0.58);
        let intervals = |height: f64| ((height / 46.0) as i128).clamp(2, 4);
        let stock = ValueAxis::new(data.months.iter().map(|m| m.deferred), intervals(upper), scale);
        let reaches = data.months.iter().flat_map(|m| [m.reach().0, m.reach().1]);
        let flow = ValueAxis::new(reaches, intervals(lower), scale);
        let face = Face::new(Weight::Regular, 11.0)?;
        let ticks = |axis: &ValueAxis| {
            axis.ticks.iter().map(|tick| face.width(&axis.label(*tick))).fold(0.0, f64::max)
        };
        let left = 16.0 + ticks(&stock).max(ticks(&flow)).max(12.0) + 10.0;
        let names = Face::new(Weight::SemiBold, 12.0)?;
        let names = SERIES.iter().map(|s| names.width(s)).fold(0.0, f64::max);
        // A total wider than its month pushes the names of the series to the right.
        let total = data.months.last().map_or(0, DeferredMonth::total);
        let total = Face::new(Weight::SemiBold, 11.0)?.width(&figure(total, scale));
        let pitch = (width - left - names - 28.0) / data.months.len().max(1) as f64;
        let right = width - 28.0 - names - ((total - pitch) / 2.0).max(0.0);
        let area = |top: f64, height: f64| Area { left, right, top, bottom: top + height };
        let stock = Panel { axis: stock, area: area(HEADER + PANEL_HEAD - 8.0, upper) };
        let flow = Panel { axis: flow, area: area(HEADER + 2.0 * PANEL_HEAD - 8.0 + upper, lower) };
        let picture = Picture::new(look.width, look.height);
        let colours = look.theme.palette();
        Ok(Self { data, picture, marks: Vec::new(), colours, stock, flow })
    }

    fn style(&self, size: f64, weight: Weight, rgb: Rgb) -> TextStyle {
        TextStyle { size, weight, rgb }
    }

    fn plate(&self) -> Ink {
        Ink { rgb: self.colours.surface, alpha: 0.82 }
    }

    /// The last is as pale as the grid, and therefore outlined.
    fn series_colours(&self) -> [Rgb; SERIES.len()] {
        let Palette { accent, series_middle, series_dark, grid, .. } = self.colours;
        [accent, series_middle, series_dark, grid]
    }

    fn title(&mut self) -> Result<(), ExportError> {
        let style = self.style(14.0, Weight::SemiBold, self.colours.ink);
        let text = format!("Deferred and recognised revenue, {}", self.data.subject);
        let text = fitted(&text, &style, f64::from(self.picture.width) - 32.0)?;
        self.picture.label(Label { x: 16.0, baseline: 24.0, anchor: Anchor::Start, style, text })
    }

    fn nothing(&mut self) -> Result<(), ExportError> {
        let style = self.style(13.0, Weight::Regular, self.colours.ink_muted);
        let area = self.picture.area();
        let text = "There is no revenue in this period.".to_owned();
        let (x, baseline) = (area.right / 2.0, (HEADER + area.bottom) / 2.0);
        self.picture.label(Label { x, baseline, anchor: Anchor::Middle, style, text })
    }

    fn axes(&mut self) -> Result<(), ExportError> {
        let tick_style = self.style(11.0, Weight::Regular, self.colours.ink_muted);
        let head_style = self.style(12.0, Weight::Regular, self.colours.ink_muted);
        for (panel, name) in [
            (&self.stock, "Deferred at the end of the month"),
            (&self.flow, "Recognised in the month"),
        ] {
            let text = format!("{name}, {}", panel.axis.unit_text(self.data.unit));
            let baseline = panel.area.top - 16.0;
            self.picture.label(Label {
                x: 16.0,
                baseline,
                anchor: Anchor::Start,
                style: head_style,
                text,
            })?;
            for tick in &panel.axis.ticks {
                let y = panel.y(*tick);
                let (width, rgb) =
                    if *tick == 0 { (1.0, self.colours.axis) } else { (0.75, self.colours.grid) };
                self.picture.line(vec![(panel.area.left, y), (panel.area.right, y)], width, rgb);
                let (x, text) = (panel.area.left - 8.0, panel.axis.label(*tick));
                let baseline = y + 4.0;
                self.picture.label(Label {
                    x,
                    baseline,
                    anchor: Anchor::End,
                    style: tick_style,
                    text,
                })?;
            }
        }
        Ok(())
    }

    fn pitch(&self) -> f64 {
        self.flow.area.width() / self.data.months.len().max(1) as f64
    }

    /// The middle of a month.
    fn x(&self, index: usize) -> f64 {
        self.flow.area.left + (index as f64 + 0.5) * self.pitch()
    }

    fn bar_width(&self) -> f64 {
        (self.pitch() * 0.62).min(BAR_WIDTH_MAX)
    }

    fn bars(&mut self) -> Result<(), ExportError> {
        let width = self.bar_width();
        let mut last = [None; SERIES.len()];
        for (index, month) in self.data.months.iter().enumerate() {
            let x = self.x(index);
            let (mut up, mut down) = (0_i128, 0_i128);
            for (series, part) in month.parts().into_iter().enumerate() {
                let from = if part < 0 { &mut down } else { &mut up };
                let (start, end) = (*from, from.saturating_add(part));
                *from = end;
                let (a, b) = (self.flow.y(start), self.flow.y(end));
                if part == 0 || (a - b).abs() < 0.05 {
                    continue;
                }
                let (top, bottom) = (a.min(b), a.max(b));
                let area = Area { left: x - width / 2.0, right: x + width / 2.0, top, bottom };
                self.picture.rect(area, self.series_colours()[series]);
                if series + 1 == SERIES.len() {
                    let outline = vec![
                        (area.left, area.top),
                        (area.right, area.top),
                        (area.right, area.bottom),
                        (area.left, area.bottom),
                        (area.left, area.top),
                    ];
                    self.picture.line(outline, 0.75, self.colours.ink_muted);
                }
                // A hair of surface between the parts of a bar.
                if start != 0 {
                    let line = vec![(area.left, a), (area.right, a)];
                    self.picture.line(line, 0.75, self.colours.surface);
                }
                last[series] = Some(f64::midpoint(top, bottom));
            }
        }
        self.total_labels()?;
        self.series_labels(last)
    }

    /// The total above the last bar and above the highest.
    fn total_labels(&mut self) -> Result<(), ExportError> {
        let months = &self.data.months;
        let highest = (0..months.len()).max_by_key(|index| months[*index].reach().0);
        let style = self.style(11.0, Weight::SemiBold, self.colours.ink);
        let outer = Area { top: self.flow.area.top - 14.0, ..self.picture.area() };
        let outer = Area { left: self.flow.area.left - 20.0, ..outer };
        for index in [months.len().checked_sub(1), highest].into_iter().flatten() {
            let x = self.x(index);
            let text = figure(months[index].total(), self.data.unit.scale());
            let mut label = Label { x, baseline: 0.0, anchor: Anchor::Middle, style, text };
            // Above every bar that the text would reach.
            let (area, half) = (label.area()?, self.bar_width() / 2.0);
            let reached = (0..months.len()).filter(|other| {
                self.x(*other) + half > area.left && self.x(*other) - half < area.right
            });
            let top = reached.map(|other| self.flow.y(months[other].reach().0));
            label.baseline = top.fold(f64::INFINITY, f64::min) - 5.0;
            let plate = self.plate();
            self.picture.place(vec![label], &outer, plate)?;
        }
        Ok(())
    }

    /// Names of the series, beside the last bar at the height of their part, moved apart where they
    /// would touch. A series that has no part in the last bar but in an earlier one stands below.
    fn series_labels(&mut self, last: [Option<f64>; SERIES.len()]) -> Result<(), ExportError> {
        let used = |series: usize| self.data.months.iter().any(|m| m.parts()[series] != 0);
        let mut wanted: Vec<(usize, f64)> = (0..SERIES.len())
            .filter(|series| used(*series))
            .filter_map(|series| Some((series, last[series]? + 4.0)))
            .collect();
        wanted.sort_by(|a, b| b.1.total_cmp(&a.1));
        // From the foot upwards, each at least a line above the one before.
        let mut limit = self.flow.area.bottom + 4.0;
        for (_, baseline) in &mut wanted {
            *baseline = baseline.min(limit);
            limit = *baseline - LABEL_PITCH;
        }
        let last = self.data.months.len() - 1;
        let total = figure(self.data.months[last].total(), self.data.unit.scale());
        let total = Face::new(Weight::SemiBold, 11.0)?.width(&total);
        let x = self.x(last) + (self.bar_width() / 2.0).max(total / 2.0) + 8.0;
        for (series, baseline) in wanted {
            let Palette { accent_ink, ink_muted, ink, .. } = self.colours;
            let rgb = [accent_ink, ink_muted, ink, ink_muted][series];
            let style = self.style(12.0, Weight::SemiBold, rgb);
            let text = SERIES[series].to_owned();
            self.picture.label(Label { x, baseline, anchor: Anchor::Start, style, text })?;
        }
        Ok(())
    }

    fn line(&mut self) -> Result<(), ExportError> {
        let points: Vec<(f64, f64)> = (self.data.months.iter().enumerate())
            .map(|(index, month)| (self.x(index), self.stock.y(month.deferred)))
            .collect();
        let zero = self.stock.y(0);
        if let [first, .., last] = points.as_slice() {
            let mut shape = vec![(first.0, zero)];
            shape.extend(&points);
            shape.push((last.0, zero));
            self.picture.polygon(shape, Ink { rgb: self.colours.accent, alpha: 0.08 });
        }
        if points.len() > 1 {
            self.picture.line(points.clone(), 2.0, self.colours.accent);
        }
        let style = self.style(11.0, Weight::SemiBold, self.colours.ink);
        let outer = Area { top: self.stock.area.top - 12.0, ..self.picture.area() };
        let last = points.len().saturating_sub(1);
        let ends = if last == 0 { vec![0] } else { vec![last, 0] };
        for index in ends {
            let (x, y) = points[index];
            self.picture.dot(x, y, 3.5, self.colours.accent);
            let text = figure(self.data.months[index].deferred, self.data.unit.scale());
            let at = |x: f64, baseline: f64, anchor| Label {
                x,
                baseline,
                anchor,
                style,
                text: text.clone(),
            };
            let outwards = if index == 0 && last > 0 { Anchor::Start } else { Anchor::End };
            let nudge = if outwards == Anchor::Start { -3.0 } else { 3.0 };
            let mut candidates = vec![
                at(x, y - 9.0, Anchor::Middle),
                at(x + nudge, y - 9.0, outwards),
                at(x, y + 18.0, Anchor::Middle),
                at(x + nudge, y + 18.0, outwards),
                at(x + 8.0, y + 4.0, Anchor::Start),
            ];
            let mut clear = Vec::new();
            for candidate in candidates.drain(..) {
                if !crosses(&points, &candidate.area()?) {
                    clear.push(candidate);
                }
            }
            let candidates = clear;
            let plate = self.plate();
            self.picture.place(candidates, &outer, plate)?;
        }
        Ok(())
    }

    fn months(&mut self) -> Result<(), ExportError> {
        let style = self.style(11.0, Weight::Regular, self.colours.ink_muted);
        let face = Face::new(style.weight, style.size)?;
        let widest = face.width("May") + 10.0;
        let every = [1, 2, 3, 6, 12]
            .into_iter()
            .find(|every| self.pitch() * f64::from(*every) >= widest)
            .unwrap_or(12) as usize;
        let outer = self.picture.area();
        for (index, month) in self.data.months.iter().enumerate().step_by(every) {
            let (day, x) = (month.month.first_day(), self.x(index));
            let at = |baseline, text| Label { x, baseline, anchor: Anchor::Middle, style, text };
            let label = at(self.flow.area.bottom + 17.0, month_name(day.month()).to_owned());
            if !self.picture.is_free(&label, &outer)? {
                continue;
            }
            self.picture.label(label)?;
            let first_of_year = index < every || (day.month() as usize) <= every;
            let year = at(self.flow.area.bottom + 31.0, day.year().to_string());
            if first_of_year && self.picture.is_free(&year, &outer)? {
                self.picture.label(year)?;
            }
        }
        Ok(())
    }

    fn mark(&mut self) {
        for (index, month) in self.data.months.iter().enumerate() {
            let mut lines: Vec<String> = SERIES
                .iter()
                .zip(month.parts())
                .filter(|(_, part)| *part != 0)
                .map(|(name, part)| format!("{name} {}", self.data.amount(part)))
                .collect();
            lines.push(format!("Deferred {}", self.data.amount(month.deferred)));
            self.marks.push(Mark {
                x: self.x(index) - self.pitch() / 2.0,
                y: self.stock.area.top,
                width: self.pitch(),
                height: self.flow.area.bottom - self.stock.area.top,
                label: month_text(month.month),
                lines,
            });
        }
    }
}
