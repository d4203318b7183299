//! The calendar of a plan: a lane for each of its lines, with what is granted and charged on which day
//! and how long each grant lives.

use scrip_units::{Instant, Zone};

use super::axis::{date_ticks, day_text};
use super::font::{Face, Weight};
use super::picture::{Anchor, Area, Ink, Label, Picture, TextStyle, fitted};
use super::theme::{Palette, Rgb};
use super::{Chart, Look, Mark};
use crate::error::ExportError;

/// Until when something lasts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lasting {
    /// It is done when it happens: a charge.
    Moment,
    /// Until this instant.
    Until(Instant),
    /// For ever.
    Always,
}

/// A date of a line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CalendarDate {
    /// When.
    pub at: Instant,
    /// How long what it brings lasts.
    pub lasting: Lasting,
    /// The amount alone: `100`.
    pub figure: String,
    /// What happens, in a few sentences.
    pub words: Vec<String>,
}

/// A line of a plan.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CalendarLine {
    /// Its code.
    pub name: String,
    /// What it does, in a few words.
    pub words: String,
    /// Its dates, in their order.
    pub dates: Vec<CalendarDate>,
}

/// What the picture of a plan shows.
#[derive(Debug, Clone)]
pub struct PlanCalendar {
    /// What is shown: `Team, version 2`.
    pub subject: String,
    /// The zone of days.
    pub zone: Zone,
    /// The first and the last instant.
    pub span: (Instant, Instant),
    /// The lines.
    pub lines: Vec<CalendarLine>,
}

const HEADER: f64 = 34.0;
/// Where the words of a line stand, above its band.
const WORDS: f64 = 20.0;
const BAND: f64 = 18.0;
const GAP: f64 = 8.0;
const DATES: f64 = 30.0;
const MARGIN: f64 = 16.0;

impl PlanCalendar {
    /// The height that shows so many lines, in logical pixels.
    #[must_use]
    pub fn height(lines: usize) -> u32 {
        (HEADER + DATES + 8.0 + (WORDS + BAND + GAP) * lines as f64) as u32
    }

    /// Lays the chart out. Lines that the height leaves no room for are counted at its foot.
    ///
    /// # Errors
    /// [`ExportError::Chart`].
    pub fn chart(&self, look: Look) -> Result<Chart, ExportError> {
        let look = Look { width: look.width.max(320), height: look.height.max(120), ..look };
        let mut drawing = Drawing::new(self, look);
        drawing.header()?;
        drawing.axis()?;
        drawing.lanes()?;
        drawing.picture.title = format!("Calendar of {}", self.subject);
        drawing.picture.description = self.description();
        Ok(Chart { picture: drawing.picture, theme: look.theme, marks: drawing.marks })
    }

    fn description(&self) -> String {
        let told: Vec<String> = self.lines.iter().map(|line| self.told(line)).collect();
        if told.is_empty() { "Nothing is granted or charged.".to_owned() } else { told.join(" ") }
    }

    fn told(&self, line: &CalendarLine) -> String {
        let days: Vec<_> = line.dates.iter().map(|date| self.day(date.at)).collect();
        format!("{}: {} on {}.", line.name, line.words, days.join(", "))
    }

    fn day(&self, at: Instant) -> String {
        day_text(self.zone.day_of(at))
    }
}

struct Drawing<'a> {
    data: &'a PlanCalendar,
    picture: Picture,
    marks: Vec<Mark>,
    colours: Palette,
    plot: Area,
    shown: usize,
}

impl<'a> Drawing<'a> {
    fn new(data: &'a PlanCalendar, look: Look) -> Self {
        let picture = Picture::new(look.width, look.height);
        let room = f64::from(look.height) - HEADER - DATES - 8.0;
        let lanes = (room / (WORDS + BAND + GAP)).floor().max(0.0) as usize;
        let shown = data.lines.len().min(lanes);
        let bottom = HEADER + (WORDS + BAND + GAP) * shown as f64;
        let right = f64::from(look.width) - MARGIN;
        let plot = Area { left: MARGIN, right, top: HEADER, bottom };
        let colours = look.theme.palette();
        Self { data, picture, marks: Vec::new(), colours, plot, shown }
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

    fn header(&mut self) -> Result<(), ExportError> {
        let style = Self::text(14.0, Weight::SemiBold, self.colours.ink);
        let text = format!("Calendar of {}", self.data.subject);
        let text = fitted(&text, &style, self.plot.width())?;
        let (x, anchor) = (MARGIN, Anchor::Start);
        self.picture.label(Label { x, baseline: 22.0, anchor, style, text })
    }

    fn axis(&mut self) -> Result<(), ExportError> {
        let style = Self::text(11.0, Weight::Regular, self.colours.ink_muted);
        let (from, to) = self.data.span;
        let foot = self.plot.bottom + 2.0;
        let base = vec![(self.plot.left, foot), (self.plot.right, foot)];
        self.picture.line(base, 1.0, self.colours.axis);
        let count = (self.plot.width() / 92.0) as usize;
        for tick in date_ticks(from, to, self.data.zone, count) {
            let x = self.x(tick.at);
            let (anchor, text) = (Anchor::Middle, tick.label);
            let label = Label { x, baseline: foot + 18.0, anchor, style, text };
            let outer = self.picture.area();
            if self.picture.is_free(&label, &outer)? {
                self.picture.line(vec![(x, foot), (x, foot + 4.0)], 1.0, self.colours.axis);
                self.picture.label(label)?;
            }
        }
        let left_out = self.data.lines.len() - self.shown;
        if left_out > 0 {
            let (x, baseline) = (self.plot.right, 22.0);
            let text = format!("and {left_out} more lines");
            let label = Label { x, baseline, anchor: Anchor::End, style, text };
            if self.picture.is_free(&label, &self.picture.area())? {
                self.picture.label(label)?;
            }
        }
        Ok(())
    }

    fn lanes(&mut self) -> Result<(), ExportError> {
        let data = self.data;
        for (lane, line) in data.lines.iter().take(self.shown).enumerate() {
            let top = HEADER + (WORDS + BAND + GAP) * lane as f64;
            self.words(line, top + 14.0)?;
            let band = Area {
                left: self.plot.left,
                right: self.plot.right,
                top: top + WORDS,
                bottom: top + WORDS + BAND,
            };
            self.picture.rect(band, Ink { rgb: self.colours.grid, alpha: 0.35 });
            for date in &line.dates {
                self.life(date, band);
            }
            // On top of every life, also of those that begin later.
            for number in 0..line.dates.len() {
                self.date(line, number, band)?;
            }
        }
        self.marks.sort_by(|a, b| a.x.total_cmp(&b.x).then_with(|| a.label.cmp(&b.label)));
        Ok(())
    }

    fn words(&mut self, line: &CalendarLine, baseline: f64) -> Result<(), ExportError> {
        let strong = Self::text(12.0, Weight::SemiBold, self.colours.ink);
        let weak = Self::text(12.0, Weight::Regular, self.colours.ink_muted);
        let (left, anchor) = (self.plot.left, Anchor::Start);
        let name = fitted(&line.name, &strong, self.plot.width() / 3.0)?;
        let after = left + Face::new(strong.weight, strong.size)?.width(&name) + 8.0;
        self.picture.label(Label { x: left, baseline, anchor, style: strong, text: name })?;
        let text = fitted(&line.words, &weak, self.plot.right - after)?;
        self.picture.label(Label { x: after, baseline, anchor, style: weak, text })
    }

    /// How long what a date brings lasts. Lives that overlap are darker together.
    fn life(&mut self, date: &CalendarDate, band: Area) {
        let left = self.x(date.at);
        let right = match date.lasting {
            Lasting::Moment => return,
            Lasting::Until(end) => self.x(end),
            Lasting::Always => self.plot.right,
        };
        let bar = Area { left, right: right.max(left + 2.0), ..band };
        self.picture.rect(bar, Ink { rgb: self.colours.accent, alpha: 0.13 });
        if matches!(date.lasting, Lasting::Until(end) if end <= self.data.span.1) {
            let ink = Ink { rgb: self.colours.accent, alpha: 0.5 };
            self.picture.dashes((right, band.top), (right, band.bottom), 1.0, ink);
        }
    }

    fn date(&mut self, line: &CalendarLine, index: usize, band: Area) -> Result<(), ExportError> {
        let date = &line.dates[index];
        if date.at > self.data.span.1 {
            return Ok(());
        }
        let x = self.x(date.at);
        let next = line.dates.get(index + 1).map_or(self.plot.right, |next| self.x(next.at));
        let rgb = match date.lasting {
            Lasting::Moment => self.colours.ink,
            _ => self.colours.accent,
        };
        self.picture.line(vec![(x, band.top), (x, band.bottom)], 2.0, rgb);
        let style = Self::text(11.0, Weight::Regular, self.colours.ink);
        let (baseline, anchor) = (band.bottom - 5.0, Anchor::Start);
        let label = Label { x: x + 4.0, baseline, anchor, style, text: date.figure.clone() };
        // Never under the line of the next date, and never cut: a number is there whole or not at all.
        let fits = label.area()?.right + 3.0 <= next;
        if fits && self.picture.is_free(&label, &self.picture.area())? {
            self.picture.label(label)?;
        }
        self.marks.push(Mark {
            x: x - 5.0,
            y: band.top,
            width: 10.0,
            height: BAND,
            label: format!("{}, {} no. {}", self.data.day(date.at), line.name, index + 1),
            lines: date.words.clone(),
        });
        Ok(())
    }
}
