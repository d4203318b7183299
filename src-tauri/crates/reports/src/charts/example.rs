//! An example of a wallet: its balance from step to step, and the life of each of its lots under it.

use scrip_units::{Instant, Unit, Zone};

use super::axis::{ValueAxis, date_ticks, day_text, figure};
use super::font::{Face, Weight};
use super::picture::{Anchor, Area, Ink, Label, Picture, TextStyle, fitted};
use super::theme::{Palette, Rgb};
use super::{Chart, Look, Mark};
use crate::error::ExportError;
use crate::format::grouped;

/// What happened at an instant, under the number by which a table tells it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExampleMark {
    /// The number.
    pub number: u32,
    /// When.
    pub at: Instant,
    /// In a word: `Expiry`.
    pub what: String,
    /// In a sentence.
    pub words: String,
    /// Whether it is one of those that change what the customer has: others are smaller.
    pub is_turn: bool,
}

/// The life of a lot.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExampleLot {
    /// Its name.
    pub lot: String,
    /// From when on it can be used.
    pub from: Instant,
    /// Until when; for ever if absent.
    pub until: Option<Instant>,
    /// What became of it, in a few words.
    pub fate: String,
}

/// What the picture of an example shows.
#[derive(Debug, Clone)]
pub struct WalletExample {
    /// What is tried out: `Standard credits, version 2`.
    pub subject: String,
    /// The unit of all amounts.
    pub unit: Unit,
    /// The zone of days.
    pub zone: Zone,
    /// The first and the last instant.
    pub span: (Instant, Instant),
    /// From when on the balance was what; instants ascend.
    pub points: Vec<(Instant, i128)>,
    /// What happened.
    pub marks: Vec<ExampleMark>,
    /// The lots.
    pub lots: Vec<ExampleLot>,
}

const HEADER: f64 = 50.0;
/// Where the numbers stand, above the plot.
const NUMBERS: f64 = 24.0;
const DATES: f64 = 30.0;
const LANE: f64 = 20.0;
const LANES_MAX: usize = 6;

impl WalletExample {
    /// Lays the chart out.
    ///
    /// # Errors
    /// [`ExportError::Chart`].
    pub fn chart(&self, look: Look) -> Result<Chart, ExportError> {
        let look = Look { width: look.width.max(320), height: look.height.max(220), ..look };
        let mut drawing = Drawing::new(self, look)?;
        drawing.header()?;
        drawing.axes()?;
        drawing.turns();
        drawing.balance();
        drawing.numbers()?;
        drawing.lanes()?;
        drawing.picture.title = format!("Example of {}", self.subject);
        drawing.picture.description = self.description();
        Ok(Chart { picture: drawing.picture, theme: look.theme, marks: drawing.marks })
    }

    fn description(&self) -> String {
        let turns = self.marks.iter().filter(|mark| mark.is_turn);
        let told = turns.map(|mark| format!("{}: {}", self.day(mark.at), mark.words));
        let told: Vec<_> = told.take(12).collect();
        if told.is_empty() { "Nothing happens.".to_owned() } else { told.join(" ") }
    }

    fn day(&self, at: Instant) -> String {
        day_text(self.zone.day_of(at))
    }
}

struct Drawing<'a> {
    data: &'a WalletExample,
    picture: Picture,
    marks: Vec<Mark>,
    colours: Palette,
    axis: ValueAxis,
    plot: Area,
}

impl<'a> Drawing<'a> {
    fn new(data: &'a WalletExample, look: Look) -> Result<Self, ExportError> {
        let picture = Picture::new(look.width, look.height);
        let lanes = data.lots.len().min(LANES_MAX) as f64;
        let more = if data.lots.len() > LANES_MAX { LANE } else { 0.0 };
        let top = HEADER + NUMBERS;
        let bottom = (f64::from(look.height) - DATES - lanes * LANE - more - 8.0).max(top + 60.0);
        let intervals = ((bottom - top) / 44.0) as i128;
        let values = data.points.iter().map(|(_, balance)| *balance);
        let axis = ValueAxis::new(values, intervals.clamp(2, 5), data.unit.scale());
        let face = Face::new(Weight::Regular, 11.0)?;
        let labels = axis.ticks.iter().map(|tick| face.width(&axis.label(*tick)));
        let left = 16.0 + labels.fold(12.0, f64::max) + 10.0;
        let plot = Area { left, right: f64::from(look.width) - 20.0, top, bottom };
        let colours = look.theme.palette();
        Ok(Self { data, picture, marks: Vec::new(), colours, axis, plot })
    }

    fn text(size: f64, weight: Weight, rgb: Rgb) -> TextStyle {
        TextStyle { size, weight, rgb }
    }

    fn x(&self, at: Instant) -> f64 {
        let (from, to) = (self.data.span.0.micros(), self.data.span.1.micros());
        let whole = (to - from).max(1);
        let share = (at.micros().clamp(from, to) - from) as f64 / whole as f64;
        self.plot.left + share * self.plot.width()
    }

    fn y(&self, steps: i128) -> f64 {
        self.plot.bottom - self.axis.share(steps) * self.plot.height()
    }

    fn header(&mut self) -> Result<(), ExportError> {
        let width = f64::from(self.picture.width) - 32.0;
        let style = Self::text(14.0, Weight::SemiBold, self.colours.ink);
        let text = fitted(&format!("Example of {}", self.data.subject), &style, width)?;
        let (x, anchor) = (16.0, Anchor::Start);
        self.picture.label(Label { x, baseline: 24.0, anchor, style, text })?;
        let style = Self::text(12.0, Weight::Regular, self.colours.ink_muted);
        let text = format!("Balance, {}", self.axis.unit_text(self.data.unit));
        self.picture.label(Label { x, baseline: 42.0, anchor, style, text })
    }

    fn axes(&mut self) -> Result<(), ExportError> {
        let style = Self::text(11.0, Weight::Regular, self.colours.ink_muted);
        for tick in self.axis.ticks.clone() {
            let y = self.y(tick);
            let (width, rgb) =
                if tick == 0 { (1.0, self.colours.axis) } else { (0.75, self.colours.grid) };
            self.picture.line(vec![(self.plot.left, y), (self.plot.right, y)], width, rgb);
            let (x, text) = (self.plot.left - 8.0, self.axis.label(tick));
            self.picture.label(Label { x, baseline: y + 4.0, anchor: Anchor::End, style, text })?;
        }
        let (from, to) = self.data.span;
        let count = (self.plot.width() / 92.0) as usize;
        for tick in date_ticks(from, to, self.data.zone, count) {
            let x = self.x(tick.at);
            let baseline = self.plot.bottom + 20.0;
            let (anchor, text) = (Anchor::Middle, tick.label);
            let label = Label { x, baseline, anchor, style, text };
            let outer = self.picture.area();
            if self.picture.is_free(&label, &outer)? {
                let foot = self.plot.bottom;
                self.picture.line(vec![(x, foot), (x, foot + 4.0)], 1.0, self.colours.axis);
                self.picture.label(label)?;
            }
        }
        Ok(())
    }

    /// A dashed line at each turn.
    fn turns(&mut self) {
        let ink = Ink { rgb: self.colours.axis, alpha: 0.8 };
        for mark in self.data.marks.iter().filter(|mark| mark.is_turn) {
            let x = self.x(mark.at);
            self.picture.dashes((x, self.plot.top), (x, self.plot.bottom), 1.0, ink);
        }
    }

    fn balance(&mut self) {
        let mut steps: Vec<(f64, f64)> = Vec::new();
        for (at, balance) in &self.data.points {
            let (x, y) = (self.x(*at), self.y(*balance));
            if let Some((_, before)) = steps.last().copied() {
                steps.push((x, before));
            }
            steps.push((x, y));
        }
        let Some((first, last)) = steps.first().copied().zip(steps.last().copied()) else { return };
        if last.0 < self.plot.right {
            steps.push((self.plot.right, last.1));
        }
        let zero = self.y(0);
        let mut area = vec![(first.0, zero)];
        area.extend(steps.iter().copied());
        area.push((self.plot.right.max(last.0), zero));
        self.picture.polygon(area, Ink { rgb: self.colours.accent, alpha: 0.10 });
        self.picture.line(steps, 1.75, self.colours.accent);
    }

    /// The numbers of what happened, above the plot; of those that would touch, the turns first.
    fn numbers(&mut self) -> Result<(), ExportError> {
        let strong = Self::text(11.0, Weight::SemiBold, self.colours.accent_ink);
        let weak = Self::text(11.0, Weight::Regular, self.colours.ink_muted);
        let outer = self.picture.area();
        let turns_first = |turn: bool| self.data.marks.iter().filter(move |m| m.is_turn == turn);
        for mark in turns_first(true).chain(turns_first(false)) {
            let x = self.x(mark.at);
            let style = if mark.is_turn { strong } else { weak };
            let at = |baseline: f64| Label {
                x,
                baseline,
                anchor: Anchor::Middle,
                style,
                text: mark.number.to_string(),
            };
            for baseline in [self.plot.top - 5.0, self.plot.top - 18.0] {
                // With room at both sides, so that two numbers do not read as one.
                let roomy = Label { text: format!("0{}0", mark.number), ..at(baseline) };
                if self.picture.is_free(&roomy, &outer)? {
                    self.picture.label(at(baseline))?;
                    break;
                }
            }
            self.marks.push(Mark {
                x: x - 5.0,
                y: self.plot.top - NUMBERS,
                width: 10.0,
                height: self.plot.height() + NUMBERS,
                label: format!("{}. {}, {}", mark.number, self.data.day(mark.at), mark.what),
                lines: vec![mark.words.clone()],
            });
        }
        self.marks.sort_by(|a, b| a.x.total_cmp(&b.x).then_with(|| a.label.cmp(&b.label)));
        Ok(())
    }

    /// The life of each lot as a bar: from its beginning to its end.
    fn lanes(&mut self) -> Result<(), ExportError> {
        let style = Self::text(11.0, Weight::Regular, self.colours.ink);
        let weak = Self::text(11.0, Weight::Regular, self.colours.ink_muted);
        let outer = self.picture.area();
        let top = self.plot.bottom + DATES;
        for (lane, lot) in self.data.lots.iter().take(LANES_MAX).enumerate() {
            let middle = top + lane as f64 * LANE + LANE / 2.0;
            let left = self.x(lot.from);
            let right = lot.until.map_or(self.plot.right, |until| self.x(until));
            let right = right.max(left + 2.0);
            let bar = Area { left, right, top: middle - 7.0, bottom: middle + 7.0 };
            self.picture.rect(bar, Ink { rgb: self.colours.accent, alpha: 0.16 });
            self.picture.line(vec![(left, bar.top), (left, bar.bottom)], 2.0, self.colours.accent);
            if lot.until.is_some_and(|until| until <= self.data.span.1) {
                let end = vec![(right, bar.top), (right, bar.bottom)];
                self.picture.line(end, 2.0, self.colours.accent);
            }
            let whole = format!("{}: {}", lot.lot, lot.fate);
            for (text, style) in [(whole, style), (lot.lot.clone(), weak)] {
                let width = Face::new(style.weight, style.size)?.width(&text);
                let baseline = middle + 4.0;
                // In its bar, or behind it, or before it.
                let places = [
                    (left + 6.0, Anchor::Start),
                    (right + 6.0, Anchor::Start),
                    (left - 6.0, Anchor::End),
                ];
                let fits = right - left > width + 12.0;
                let places = places.into_iter().skip(usize::from(!fits));
                let mut placed = false;
                for (x, anchor) in places {
                    let label = Label { x, baseline, anchor, style, text: text.clone() };
                    if !placed && self.picture.is_free(&label, &outer)? {
                        self.picture.label(label)?;
                        placed = true;
                    }
                }
                if placed {
                    break;
                }
            }
        }
        let more = self.data.lots.len().saturating_sub(LANES_MAX);
        if more > 0 {
            let baseline = top + LANES_MAX as f64 * LANE + LANE / 2.0 + 4.0;
            let text = format!("and {more} more lots");
            let label =
                Label { x: self.plot.left, baseline, anchor: Anchor::Start, style: weak, text };
            if self.picture.is_free(&label, &outer)? {
                self.picture.label(label)?;
            }
        }
        Ok(())
    }
}

impl ExampleLot {
    /// What became of a lot of so many units, in a few words: what was used, expired and rolled over.
    #[must_use]
    pub fn fate(unit: Unit, [issued, used, expired, over]: [i128; 4]) -> String {
        let text = |steps: i128| figure(steps, unit.scale());
        let mut words = format!("{} {}", grouped(issued, unit.scale()), unit.code());
        for (steps, what) in [(used, "used"), (expired, "expire"), (over, "roll over")] {
            if steps != 0 {
                words += &format!(", {} {what}", text(steps));
            }
        }
        words
    }
}
