//! The burn-down of a wallet: its balance over time, what expires when, and when it runs dry.

use chrono::Datelike;
use scrip_units::{Instant, Unit, Zone};

use super::axis::{ValueAxis, date_ticks, day_of_year_text, day_text, figure};
use super::font::{Face, Weight};
use super::picture::{Anchor, Area, Ink, Label, Picture, TextStyle, fitted};
use super::theme::Palette;
use super::{Chart, Look, Mark};
use crate::error::ExportError;
use crate::format::grouped;
use crate::projection::Projection;

/// Units that expire, or expired, at an instant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Expiry {
    /// When.
    pub at: Instant,
    /// How many smallest steps.
    pub units: i128,
}

/// What a burn-down shows.
#[derive(Debug, Clone)]
pub struct BurnDown {
    /// The wallet as people know it: `Acme, standard credits`.
    pub wallet: String,
    /// The unit of all amounts.
    pub unit: Unit,
    /// The zone of days.
    pub zone: Zone,
    /// From when on the balance was what; instants ascend.
    pub points: Vec<(Instant, i128)>,
    /// Now: the last balance stands until here.
    pub as_of: Instant,
    /// What expired and what will.
    pub expiries: Vec<Expiry>,
    /// When it runs dry, if that can be said.
    pub projection: Option<Projection>,
}

const DAY_MICROS: i64 = 86_400_000_000;
const HEADER: f64 = 50.0;
const EXPIRY_ROWS: usize = 3;
const EXPIRY_ROW_HEIGHT: f64 = 15.0;
const FOOT: f64 = 34.0;

impl BurnDown {
    /// Lays the chart out.
    ///
    /// # Errors
    /// [`ExportError::Chart`].
    pub fn chart(&self, look: Look) -> Result<Chart, ExportError> {
        let look = Look { width: look.width.max(320), height: look.height.max(220), ..look };
        let mut drawing = Drawing::new(self, look)?;
        drawing.header()?;
        if self.points.is_empty() {
            drawing.nothing()?;
        } else {
            drawing.axes()?;
            drawing.expiries()?;
            drawing.projection_shapes();
            drawing.balance()?;
            drawing.labels()?;
        }
        drawing.picture.title = format!("Balance of {}", self.wallet);
        drawing.picture.description = self.description();
        Ok(Chart { picture: drawing.picture, theme: look.theme, marks: drawing.marks })
    }

    fn now(&self) -> Option<i128> {
        self.points.last().map(|(_, balance)| *balance)
    }

    fn amount(&self, steps: i128) -> String {
        format!("{} {}", grouped(steps, self.unit.scale()), self.unit.code())
    }

    fn day(&self, at: Instant) -> String {
        day_text(self.zone.day_of(at))
    }

    fn description(&self) -> String {
        let Some(now) = self.now() else {
            return "There are no movements yet.".into();
        };
        let mut text = format!("On {} the balance is {}.", self.day(self.as_of), self.amount(now));
        for expiry in self.expiries.iter().filter(|e| e.at > self.as_of) {
            text += &format!(" {} expire on {}.", self.amount(expiry.units), self.day(expiry.at));
        }
        if let Some((first, second)) = self.dry_words() {
            text += &format!(" {first}, {second}.");
        }
        text
    }

    /// The projection in words: the day, and the band.
    fn dry_words(&self) -> Option<(String, String)> {
        let projection = self.projection?;
        let first = format!("Runs dry about {}", self.day(projection.expected));
        let earliest = self.day(projection.earliest);
        let second = match projection.latest.map(|latest| self.day(latest)) {
            Some(latest) if latest == earliest => {
                "at the rate of any week of the last thirty days".to_owned()
            }
            Some(latest) => {
                let (first, last) = (self.zone.day_of(projection.earliest), latest);
                let same_year = last.ends_with(&format!(" {}", first.year()));
                let first = if same_year { day_of_year_text(first) } else { earliest };
                format!("between {first} and {last}")
            }
            None => format!("{earliest} at the earliest"),
        };
        Some((first, second))
    }
}

struct Drawing<'a> {
    data: &'a BurnDown,
    picture: Picture,
    marks: Vec<Mark>,
    colours: Palette,
    axis: ValueAxis,
    plot: Area,
    /// First and last instant of the horizontal axis, in microseconds.
    span: (i64, i64),
}

impl<'a> Drawing<'a> {
    fn new(data: &'a BurnDown, look: Look) -> Result<Self, ExportError> {
        let picture = Picture::new(look.width, look.height);
        let colours = look.theme.palette();
        let rows = data.expiries.len().min(EXPIRY_ROWS);
        let top = HEADER + rows as f64 * EXPIRY_ROW_HEIGHT + 8.0;
        let intervals = ((f64::from(look.height) - top - FOOT) / 52.0) as i128;
        let values = data.points.iter().map(|(_, balance)| *balance);
        let axis = ValueAxis::new(values, intervals.clamp(2, 5), data.unit.scale());
        let face = Face::new(Weight::Regular, 11.0)?;
        let labels = axis.ticks.iter().map(|tick| face.width(&axis.label(*tick)));
        let left = 16.0 + labels.fold(12.0, f64::max) + 10.0;
        let plot = Area {
            left,
            right: f64::from(look.width) - 20.0,
            top,
            bottom: f64::from(look.height) - FOOT,
        };
        let span = span(data);
        Ok(Self { data, picture, marks: Vec::new(), colours, axis, plot, span })
    }

    fn text(&self, size: f64, weight: Weight, rgb: super::theme::Rgb) -> TextStyle {
        debug_assert!(size >= 10.0);
        TextStyle { size, weight, rgb }
    }

    fn x(&self, at: Instant) -> f64 {
        let at = at.micros().clamp(self.span.0, self.span.1);
        let share = (at - self.span.0) as f64 / (self.span.1 - self.span.0) as f64;
        self.plot.left + share * self.plot.width()
    }

    fn y(&self, steps: i128) -> f64 {
        self.plot.bottom - self.axis.share(steps) * self.plot.height()
    }

    fn plate(&self) -> Ink {
        Ink { rgb: self.colours.surface, alpha: 0.82 }
    }

    fn header(&mut self) -> Result<(), ExportError> {
        let width = f64::from(self.picture.width) - 32.0;
        let style = self.text(14.0, Weight::SemiBold, self.colours.ink);
        let text = fitted(&format!("Balance of {}", self.data.wallet), &style, width)?;
        self.picture.label(Label {
            x: 16.0,
            baseline: 24.0,
            anchor: Anchor::Start,
            style,
            text,
        })?;
        let style = self.text(12.0, Weight::Regular, self.colours.ink_muted);
        let text = self.axis.unit_text(self.data.unit);
        self.picture.label(Label { x: 16.0, baseline: 42.0, anchor: Anchor::Start, style, text })
    }

    fn nothing(&mut self) -> Result<(), ExportError> {
        let style = self.text(13.0, Weight::Regular, self.colours.ink_muted);
        let area = self.picture.area();
        let text = "There are no movements yet.".to_owned();
        let (x, baseline) = (area.right / 2.0, (HEADER + area.bottom) / 2.0);
        self.picture.label(Label { x, baseline, anchor: Anchor::Middle, style, text })
    }

    fn axes(&mut self) -> Result<(), ExportError> {
        let style = self.text(11.0, Weight::Regular, self.colours.ink_muted);
        for tick in self.axis.ticks.clone() {
            let y = self.y(tick);
            let (width, rgb) =
                if tick == 0 { (1.0, self.colours.axis) } else { (0.75, self.colours.grid) };
            self.picture.line(vec![(self.plot.left, y), (self.plot.right, y)], width, rgb);
            let (x, text) = (self.plot.left - 8.0, self.axis.label(tick));
            self.picture.label(Label { x, baseline: y + 4.0, anchor: Anchor::End, style, text })?;
        }
        let (from, to) = (instant(self.span.0), instant(self.span.1));
        let count = (self.plot.width() / 92.0) as usize;
        for tick in date_ticks(from, to, self.data.zone, count) {
            let x = self.x(tick.at);
            let label = Label {
                x,
                baseline: self.plot.bottom + 20.0,
                anchor: Anchor::Middle,
                style,
                text: tick.label,
            };
            let outer = self.picture.area();
            if self.picture.is_free(&label, &outer)? {
                let foot = self.plot.bottom;
                self.picture.line(vec![(x, foot), (x, foot + 4.0)], 1.0, self.colours.axis);
                self.picture.label(label)?;
            }
        }
        Ok(())
    }

    fn expiries(&mut self) -> Result<(), ExportError> {
        let (from, to) = (instant(self.span.0), instant(self.span.1));
        let mut shown: Vec<Expiry> =
            self.data.expiries.iter().copied().filter(|e| from <= e.at && e.at <= to).collect();
        shown.sort_by_key(|expiry| expiry.at);
        let ink = Ink { rgb: self.colours.axis, alpha: 1.0 };
        // From the right, so that a label further up stands left of the line of the one below it.
        for (position, expiry) in shown.iter().enumerate().rev() {
            let x = self.x(expiry.at);
            let left = position.checked_sub(1).map(|left| self.x(shown[left].at));
            self.picture.dashes((x, self.plot.top), (x, self.plot.bottom), 1.0, ink);
            self.expiry_label(*expiry, x, left)?;
            self.marks.push(Mark {
                x: x - 4.0,
                y: self.plot.top,
                width: 8.0,
                height: self.plot.height(),
                label: self.data.day(expiry.at),
                lines: vec![format!("{} {}", self.data.amount(expiry.units), self.verb(*expiry))],
            });
        }
        Ok(())
    }

    fn verb(&self, expiry: Expiry) -> &'static str {
        if expiry.at <= self.data.as_of { "expired" } else { "expire" }
    }

    /// A label in the lowest row where neither it nor the line that leads to it touches another;
    /// none when there is no such row: the line stays, and its mark says what it is.
    fn expiry_label(
        &mut self,
        expiry: Expiry,
        x: f64,
        left: Option<f64>,
    ) -> Result<(), ExportError> {
        let style = self.text(11.0, Weight::Regular, self.colours.ink_muted);
        let day = self.data.zone.day_of(expiry.at);
        let text = format!(
            "{} {} {}",
            figure(expiry.units, self.data.unit.scale()),
            self.verb(expiry),
            day_of_year_text(day)
        );
        let outer = Area { left: self.plot.left, top: HEADER, ..self.picture.area() };
        // A label to the left of its line goes above those of the lines that it covers.
        let width = Face::new(style.weight, style.size)?.width(&text);
        let covers = left.is_some_and(|left| left > x - width - 10.0);
        let mut rows_left: Vec<usize> = (0..self.data.expiries.len().min(EXPIRY_ROWS)).collect();
        let to_right: Vec<_> = rows_left.iter().map(|row| (*row, Anchor::Start)).collect();
        if covers {
            rows_left.reverse();
        }
        let to_left = rows_left.into_iter().map(|row| (row, Anchor::End));
        for (row, anchor) in to_right.into_iter().chain(to_left) {
            let baseline = self.plot.top - 10.0 - row as f64 * EXPIRY_ROW_HEIGHT;
            let x_text = if anchor == Anchor::Start { x + 5.0 } else { x - 5.0 };
            let label = Label { x: x_text, baseline, anchor, style, text: text.clone() };
            let top = label.area()?.top;
            let leader = Area { left: x - 2.0, right: x + 2.0, top, bottom: self.plot.top };
            let clear = !self.picture.texts.iter().any(|taken| taken.overlaps(&leader));
            if clear && self.picture.is_free(&label, &outer)? {
                self.picture.line(vec![(x, top), (x, self.plot.top)], 1.0, self.colours.axis);
                self.picture.texts.push(leader);
                return self.picture.label(label);
            }
        }
        Ok(())
    }

    fn projection_shapes(&mut self) {
        let (Some(projection), Some(now)) = (self.data.projection, self.data.now()) else { return };
        let start = (self.x(self.data.as_of), self.y(now));
        let foot = |drawing: &Self, at: Instant| drawing.cut(start, at, now);
        let early = foot(self, projection.earliest);
        let late = match projection.latest {
            Some(latest) => foot(self, latest),
            // Without end: the balance stays as it is.
            None => (self.plot.right, start.1),
        };
        let mut band = vec![start, early];
        // Where the band is cut off by the edge of the plot it has a corner at its foot.
        if late.1 < self.y(0) - 0.01 && early.1 >= self.y(0) - 0.01 {
            band.push((self.plot.right, self.y(0)));
        }
        band.push(late);
        self.picture.polygon(band, Ink { rgb: self.colours.accent, alpha: 0.12 });
        let end = foot(self, projection.expected);
        let ink = Ink { rgb: self.colours.accent, alpha: 1.0 };
        self.picture.dashes(start, end, 1.5, ink);
        if end.1 >= self.y(0) - 0.01 {
            self.picture.dot(end.0, end.1, 3.5, self.colours.accent);
        }
    }

    /// Where the line from `start` that is empty at `at` ends: at zero, or at the edge of the plot.
    fn cut(&self, start: (f64, f64), at: Instant, now: i128) -> (f64, f64) {
        if at.micros() <= self.span.1 {
            return (self.x(at), self.y(0));
        }
        let whole = (at.micros() - self.data.as_of.micros()) as f64;
        let seen = (self.span.1 - self.data.as_of.micros()) as f64;
        debug_assert!(now >= 0);
        (self.plot.right, start.1 + (self.y(0) - start.1) * seen / whole)
    }

    fn balance(&mut self) -> Result<(), ExportError> {
        let mut steps: Vec<(f64, f64)> = Vec::new();
        for (at, balance) in &self.data.points {
            let (x, y) = (self.x(*at), self.y(*balance));
            if let Some((_, before)) = steps.last().copied() {
                steps.push((x, before));
            }
            steps.push((x, y));
        }
        let end = self.x(self.data.as_of);
        if let Some((x, y)) = steps.last().copied().filter(|(x, _)| *x < end) {
            debug_assert!(x <= end);
            steps.push((end, y));
        }
        let zero = self.y(0);
        // One shape for each run on the same side of zero.
        let outside = |y: f64| {
            if y < zero - 0.01 {
                1
            } else if y > zero + 0.01 {
                -1
            } else {
                0
            }
        };
        let moves: Vec<_> = steps.windows(2).filter(|pair| pair[1].0 > pair[0].0).collect();
        for run in moves.chunk_by(|a, b| outside(a[0].1) == outside(b[0].1)) {
            let mut points = vec![(run[0][0].0, zero)];
            points.extend(run.iter().flat_map(|pair| [pair[0], pair[1]]));
            points.push((run[run.len() - 1][1].0, zero));
            self.picture.polygon(points, Ink { rgb: self.colours.accent, alpha: 0.10 });
        }
        if let Some((x, y)) = steps.last().copied() {
            self.picture.line(steps, 2.0, self.colours.accent);
            self.picture.dot(x, y, 3.5, self.colours.accent);
        }
        self.balance_marks();
        Ok(())
    }

    fn balance_marks(&mut self) {
        let ends = self.data.points.iter().skip(1).map(|(at, _)| *at);
        for ((at, balance), end) in self.data.points.iter().zip(ends.chain([self.data.as_of])) {
            let (left, right) = (self.x(*at), self.x(end));
            self.marks.push(Mark {
                x: left,
                y: self.plot.top,
                width: right - left,
                height: self.plot.height(),
                label: self.data.day(*at),
                lines: vec![self.data.amount(*balance)],
            });
        }
    }

    fn labels(&mut self) -> Result<(), ExportError> {
        let Some(now) = self.data.now() else { return Ok(()) };
        let (x, y) = (self.x(self.data.as_of), self.y(now));
        let style = self.text(12.0, Weight::SemiBold, self.colours.accent_ink);
        let text = format!("{} now", figure(now, self.data.unit.scale()));
        let at = |x: f64, baseline: f64, anchor| Label {
            x,
            baseline,
            anchor,
            style,
            text: text.clone(),
        };
        let candidates = vec![
            at(x + 8.0, y - 7.0, Anchor::Start),
            at(x, y - 10.0, Anchor::Middle),
            at(x - 8.0, y - 10.0, Anchor::End),
            at(x - 8.0, y + 18.0, Anchor::End),
            at(x + 8.0, y + 18.0, Anchor::Start),
            at(self.plot.right, self.plot.top + 14.0, Anchor::End),
        ];
        // A place that hides nothing of the balance is better than one nearer to its point.
        let mut places = Vec::with_capacity(candidates.len());
        for candidate in candidates {
            places.push((self.hides_balance(&candidate.area()?), candidate));
        }
        places.sort_by_key(|(hides, _)| *hides);
        let candidates = places.into_iter().map(|(_, candidate)| candidate).collect();
        let outer = Area { top: HEADER, ..self.picture.area() };
        let plate = self.plate();
        self.picture.place(candidates, &outer, plate)?;
        self.dry_label()
    }

    /// Whether the line of the balance runs through an area.
    fn hides_balance(&self, area: &Area) -> bool {
        let within = |a: f64, b: f64, (low, high): (f64, f64)| a.min(b) < high && a.max(b) > low;
        let (wide, high) = ((area.left, area.right), (area.top, area.bottom));
        let ends = self.data.points.iter().skip(1).map(|(at, _)| *at).chain([self.data.as_of]);
        let level = self.data.points.iter().zip(ends).any(|((at, balance), end)| {
            let y = self.y(*balance);
            within(y, y, high) && within(self.x(*at), self.x(end), wide)
        });
        let step = self.data.points.windows(2).any(|pair| {
            let x = self.x(pair[1].0);
            within(x, x, wide) && within(self.y(pair[0].1), self.y(pair[1].1), high)
        });
        level || step
    }

    /// Two lines above the end of the projection, high enough to stay clear of it.
    fn dry_label(&mut self) -> Result<(), ExportError> {
        let (Some(projection), Some((first, second))) =
            (self.data.projection, self.data.dry_words())
        else {
            return Ok(());
        };
        let strong = self.text(12.0, Weight::SemiBold, self.colours.ink);
        let weak = self.text(11.0, Weight::Regular, self.colours.ink_muted);
        let wide = Face::new(strong.weight, strong.size)?.width(&first);
        let wide = wide.max(Face::new(weak.weight, weak.size)?.width(&second));
        let zero = self.y(0);
        let end = self.x(projection.expected);
        let left =
            (end - wide / 2.0).clamp(self.plot.left, (self.plot.right - wide).max(self.plot.left));
        let outer = Area { top: HEADER, ..self.picture.area() };
        for lift in 0..60 {
            let baseline = zero - 14.0 - f64::from(lift) * 4.0;
            let lines = [
                Label {
                    x: left,
                    baseline: baseline - 15.0,
                    anchor: Anchor::Start,
                    style: strong,
                    text: first.clone(),
                },
                Label {
                    x: left,
                    baseline,
                    anchor: Anchor::Start,
                    style: weak,
                    text: second.clone(),
                },
            ];
            // Its plate would cut into a text that touches it.
            let below = Label { baseline: baseline + 6.0, ..lines[1].clone() };
            let free = self.picture.is_free(&lines[0], &outer)?
                && self.picture.is_free(&lines[1], &outer)?
                && self.picture.is_free(&below, &outer)?;
            if !free || self.hides_line(left - 4.0, baseline + 6.0) {
                continue;
            }
            let foot = baseline + 5.0;
            let leader = Area { left: end - 2.0, right: end + 2.0, top: foot, bottom: zero - 5.0 };
            let clear = !self.picture.texts.iter().any(|taken| taken.overlaps(&leader));
            if clear && projection.expected.micros() <= self.span.1 && zero - foot > 14.0 {
                self.picture.line(vec![(end, foot), (end, zero - 5.0)], 1.0, self.colours.axis);
            }
            for line in lines {
                let plate = self.plate();
                self.picture.place(vec![line], &outer, plate)?;
            }
            return Ok(());
        }
        Ok(())
    }

    /// Whether the balance or its projection, right of `left`, rises above `y`.
    fn hides_line(&self, left: f64, y: f64) -> bool {
        let Some(now) = self.data.now() else { return false };
        let start = (self.x(self.data.as_of), self.y(now));
        let late = self.data.projection.and_then(|p| p.latest);
        let late = late.map_or((self.plot.right, start.1), |at| self.cut(start, at, now));
        let line_at = if left <= start.0 {
            start.1
        } else if late.0 > start.0 && left < late.0 {
            start.1 + (late.1 - start.1) * (left - start.0) / (late.0 - start.0)
        } else {
            self.y(0)
        };
        let ends = self.data.points.iter().skip(1).map(|(at, _)| *at).chain([self.data.as_of]);
        let balances = self.data.points.iter().zip(ends);
        let above =
            balances.filter(|(_, end)| self.x(*end) > left).any(|((_, b), _)| self.y(*b) < y);
        line_at < y || above
    }
}

fn instant(micros: i64) -> Instant {
    Instant::from_micros(micros).unwrap_or(Instant::MAX)
}

/// The horizontal span: from the first point to the end of the projection, which may be cut off at
/// twice the time that is past.
fn span(data: &BurnDown) -> (i64, i64) {
    let now = data.as_of.micros();
    let first = data.points.first().map_or(now, |(at, _)| at.micros()).min(now);
    let past = (now - first).max(7 * DAY_MICROS);
    let mut last = now;
    if let Some(projection) = data.projection {
        let end = projection.latest.unwrap_or(projection.expected).max(projection.expected);
        let wanted = end.micros() + (end.micros() - first) / 12;
        last = wanted.min(now.saturating_add(2 * past)).max(now + past / 4);
    }
    for expiry in data.expiries.iter().filter(|e| e.at.micros() <= now.saturating_add(past)) {
        last = last.max(expiry.at.micros() + past / 40);
    }
    let last = last.min(Instant::MAX.micros());
    if last - first < DAY_MICROS {
        (
            (first - 3 * DAY_MICROS).max(0),
            last.saturating_add(3 * DAY_MICROS).min(Instant::MAX.micros()),
        )
    } else {
        (first, last)
    }
}
