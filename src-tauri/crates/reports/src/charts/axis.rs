//! Axes: round values, round dates, and how they are written.

use chrono::Datelike;
use scrip_units::{Date, Instant, Rounding, Scale, Unit, Zone, div_round};

use crate::format::{grouped, grouped_short};

/// The largest figure that is written in full, in characters.
const LABEL_CHARS_MAX: usize = 16;

/// Names of the powers of a thousand.
const POWERS: [&str; 8] = [
    "thousand",
    "million",
    "billion",
    "trillion",
    "quadrillion",
    "quintillion",
    "sextillion",
    "septillion",
];

/// A vertical axis of amounts: from, to and its ticks, in smallest steps, zero among them.
#[derive(Debug, Clone)]
pub(super) struct ValueAxis {
    pub(super) low: i128,
    pub(super) high: i128,
    pub(super) ticks: Vec<i128>,
    /// Figures are written divided by 10 to the power of this.
    thousands: u32,
    scale: Scale,
}

impl ValueAxis {
    /// An axis that holds zero and all `values`, with about `count` intervals.
    pub(super) fn new(values: impl IntoIterator<Item = i128>, count: i128, scale: Scale) -> Self {
        // Beyond this a picture means nothing, and sums below could overflow.
        const LIMIT: i128 = i128::MAX / 16;
        let (mut least, mut most) = (0, 0);
        for value in values {
            least = value.clamp(-LIMIT, LIMIT).min(least);
            most = value.clamp(-LIMIT, LIMIT).max(most);
        }
        if least == most {
            most = i128::from(scale.steps_per_unit());
        }
        // Of about as many intervals, those that leave the least room empty.
        let bounds = |count: i128| {
            let width = div_round(most - least, count, Rounding::Up).unwrap_or(1);
            let step = round_step(width);
            let low = least.div_euclid(step) * step;
            let rest = most.rem_euclid(step);
            (low, if rest == 0 { most } else { most - rest + step }, step)
        };
        let count = count.max(1);
        let (low, high, step) = [bounds(count), bounds(count + 1)]
            .into_iter()
            .min_by_key(|(low, high, _)| high - low)
            .unwrap_or((least, most, most - least));
        let ticks: Vec<i128> = std::iter::successors(Some(low), |tick| Some(tick + step))
            .take_while(|t| *t <= high)
            .collect();
        let longest = ticks.iter().map(|t| grouped_short(*t, scale).chars().count()).max();
        let mut thousands = 0;
        if longest.unwrap_or(0) > 9 {
            let whole = most.max(-least) / i128::from(scale.steps_per_unit());
            while thousands < 8 && whole / 10_i128.pow(3 * (thousands + 1)) >= 10 {
                thousands += 1;
            }
        }
        Self { low, high, ticks, thousands, scale }
    }

    /// What a tick says.
    pub(super) fn label(&self, tick: i128) -> String {
        if self.thousands == 0 {
            return grouped_short(tick, self.scale);
        }
        let divisor = 10_i128.pow(3 * self.thousands) * i128::from(self.scale.steps_per_unit());
        let tenths = div_round(tick.saturating_mul(10), divisor, Rounding::HalfAwayFromZero);
        grouped_short(tenths.unwrap_or(0), Scale::try_new(1).unwrap_or(Scale::ZERO))
    }

    /// The unit as the title says it: `EUR`, `EUR in thousands`.
    pub(super) fn unit_text(&self, unit: Unit) -> String {
        match (self.thousands as usize).checked_sub(1).and_then(|power| POWERS.get(power)) {
            Some(name) => format!("{}, axis in {name}s", unit.code()),
            None => unit.code().to_string(),
        }
    }

    /// How far up a value is: 0 at the foot, 1 at the top.
    pub(super) fn share(&self, value: i128) -> f64 {
        let value = value.clamp(self.low, self.high);
        (value - self.low) as f64 / (self.high - self.low) as f64
    }
}

/// A figure for a direct label: to the last digit, or in 16 characters and marked as rounded.
pub(super) fn figure(steps: i128, scale: Scale) -> String {
    let full = grouped(steps, scale);
    if full.chars().count() <= LABEL_CHARS_MAX {
        return full;
    }
    let whole = steps / i128::from(scale.steps_per_unit());
    let powers = (1..).map(|power| 10_i128.pow(3 * power)).zip(POWERS).skip(1);
    if let Some((divisor, name)) = powers.filter(|(power, _)| whole.abs() >= *power).last() {
        let hundredths = div_round(whole, divisor / 100, Rounding::HalfAwayFromZero).unwrap_or(0);
        let two = Scale::try_new(2).unwrap_or(Scale::ZERO);
        return format!("about {} {name}", grouped(hundredths, two));
    }
    full
}

/// The smallest of 1, 2, 2.5 and 5 times a power of ten that is not below `least`; 2.5 only where it
/// is a whole number of smallest steps.
fn round_step(least: i128) -> i128 {
    let mut power = 1_i128;
    loop {
        let quarter = if power >= 10 { power / 10 * 25 } else { 2 * power };
        for step in [power, 2 * power, quarter, 5 * power] {
            if step >= least {
                return step;
            }
        }
        match power.checked_mul(10) {
            Some(next) if next < i128::MAX / 10 => power = next,
            _ => return least.max(1),
        }
    }
}

/// A date on a horizontal axis.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct DateTick {
    pub(super) at: Instant,
    pub(super) label: String,
}

/// English names of the months, three letters.
const MONTHS: [&str; 12] =
    ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/// The name of a month of the year, 1 to 12.
pub(super) fn month_name(month: u32) -> &'static str {
    MONTHS.get(month.saturating_sub(1) as usize).copied().unwrap_or("")
}

/// A day as people write it: `5 Mar 2026`.
pub(super) fn day_text(day: Date) -> String {
    format!("{} {} {}", day.day(), month_name(day.month()), day.year())
}

/// A day without its year: `5 Mar`.
pub(super) fn day_of_year_text(day: Date) -> String {
    format!("{} {}", day.day(), month_name(day.month()))
}

/// Round dates between two instants, at most `count` of them.
pub(super) fn date_ticks(from: Instant, to: Instant, zone: Zone, count: usize) -> Vec<DateTick> {
    let (first, last) = (zone.day_of(from), zone.day_of(to));
    let days = i64::from(last.to_epoch_days() - first.to_epoch_days());
    let months = days / 30;
    let room = i64::try_from(count.max(2)).unwrap_or(2);
    let pick = |steps: &[i64], length: i64| steps.iter().copied().find(|s| length / s < room);
    if let Some(step) = pick(&[1, 2, 7, 14], days) {
        return day_ticks(first, last, zone, step);
    }
    let step = pick(&[1, 2, 3, 6, 12, 24, 60, 120, 600, 1200, 6000], months).unwrap_or(12_000);
    month_ticks(first, last, zone, step)
}

fn day_ticks(first: Date, last: Date, zone: Zone, step: i64) -> Vec<DateTick> {
    let mut ticks: Vec<DateTick> = Vec::new();
    for day in first.iter_days().take_while(|day| *day <= last) {
        // Steps of a week begin on a Monday; 1970-01-05 was one.
        if (i64::from(day.to_epoch_days()) - 4).rem_euclid(step) != 0 {
            continue;
        }
        let (year, month, number) = (day.year(), day.month(), day.day());
        let with_year = ticks.is_empty() || (month == 1 && i64::from(number) <= step);
        let year = if with_year { format!(" {year}") } else { String::new() };
        push(&mut ticks, day, zone, format!("{number} {}{year}", month_name(month)));
    }
    ticks
}

fn month_ticks(first: Date, last: Date, zone: Zone, step: i64) -> Vec<DateTick> {
    let mut ticks = Vec::new();
    let mut month = scrip_units::Month::of(first);
    while month.first_day() <= last {
        let (year, number) = (month.first_day().year(), month.first_day().month());
        let index = i64::from(year) * 12 + i64::from(number) - 1;
        if month.first_day() >= first && index.rem_euclid(step) == 0 {
            let label = if step >= 12 {
                year.to_string()
            } else if ticks.is_empty() || number == 1 {
                format!("{} {year}", month_name(number))
            } else {
                month_name(number).to_owned()
            };
            push(&mut ticks, month.first_day(), zone, label);
        }
        month = month.next();
    }
    ticks
}

fn push(ticks: &mut Vec<DateTick>, day: Date, zone: Zone, label: String) {
    if let Ok(at) = zone.start_of_day(day) {
        ticks.push(DateTick { at, label });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scale(decimals: u8) -> Scale {
        Scale::try_new(decimals).unwrap()
    }

    fn labels(values: &[i128], decimals: u8) -> Vec<String> {
        let axis = ValueAxis::new(values.iter().copied(), 4, scale(decimals));
        axis.ticks.iter().map(|tick| axis.label(*tick)).collect()
    }

    #[test]
    fn ticks_are_round_and_hold_zero() {
        assert_eq!(labels(&[68_000], 2), ["0", "200", "400", "600", "800"]);
        assert_eq!(labels(&[7], 0), ["0", "2", "4", "6", "8"]);
        assert_eq!(labels(&[3], 2), ["0", "0.01", "0.02", "0.03"]);
        assert_eq!(labels(&[-250, 900], 0), ["\u{2212}250", "0", "250", "500", "750", "1,000"]);
        assert_eq!(
            labels(&[499_191], 0),
            ["0", "100,000", "200,000", "300,000", "400,000", "500,000"]
        );
        assert_eq!(labels(&[], 2), ["0", "0.25", "0.5", "0.75", "1"]);
    }

    #[test]
    fn large_numbers_are_shown_in_thousands_and_more() {
        let axis = ValueAxis::new([123_456_789_000_i128], 4, scale(2));
        let unit = Unit::currency("EUR".parse().unwrap()).unwrap();
        assert_eq!(axis.unit_text(unit), "EUR, axis in millions");
        let labels: Vec<_> = axis.ticks.iter().map(|t| axis.label(*t)).collect();
        assert_eq!(labels, ["0", "250", "500", "750", "1,000", "1,250"]);
        let axis = ValueAxis::new([i128::MAX], 4, scale(0));
        assert!(axis.ticks.len() >= 3 && axis.label(axis.high).len() < 24, "{axis:?}");
    }

    #[test]
    fn figures_are_exact_or_say_that_they_are_not() {
        assert_eq!(figure(123_456, scale(2)), "1,234.56");
        assert_eq!(figure(-1_234_567_890_123_456, scale(2)), "about \u{2212}12.35 trillion");
    }

    #[test]
    fn dates_are_round_for_spans_of_days_to_years() {
        let at = |text: &str| format!("{text}T00:00:00Z").parse().unwrap();
        let ticks = |from, to| -> Vec<String> {
            date_ticks(at(from), at(to), Zone::UTC, 7).into_iter().map(|t| t.label).collect()
        };
        assert_eq!(ticks("2026-03-02", "2026-03-20"), ["2 Mar 2026", "9 Mar", "16 Mar"]);
        assert_eq!(
            ticks("2025-11-10", "2026-04-10"),
            ["Dec 2025", "Jan 2026", "Feb", "Mar", "Apr"]
        );
        assert_eq!(ticks("2020-05-01", "2029-01-01"), ["2022", "2024", "2026", "2028"]);
        assert!(ticks("1970-01-01", "9999-01-01").len() <= 8);
    }
}
