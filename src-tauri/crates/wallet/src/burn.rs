//! How fast a wallet burns, and when it runs out if it goes on like that.
//!
//! Everything is exact: rates are units in a number of days, and the forecast counts in microseconds
//! times units, so nothing is rounded but the instant that comes out, down to its microsecond.

use std::collections::BTreeMap;

use scrip_units::{Date, Instant, Zone};
use serde::{Deserialize, Serialize};

const DAY_MICROS: i128 = 86_400_000_000;
/// Days of which a book remembers what was burned: those of the longest rate, and the seven before
/// a day that is compared with them.
const DAYS_KEPT: u64 = 38;
/// Days of the longest rate.
const DAYS_MAX: u32 = 30;
/// Days of the rates between which the forecast lies.
const WEEK: u32 = 7;

/// Units burned by day of service, net of what was given back.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Burned(BTreeMap<Date, i64>);

impl Burned {
    /// Adds units burned on a day; negative when they were given back.
    pub fn add(&mut self, day: Date, units: i64) {
        let sum = self.0.entry(day).or_default();
        *sum = sum.saturating_add(units);
        if *sum == 0 {
            self.0.remove(&day);
        }
    }

    /// Forgets what is too old to matter for a forecast made after the latest day.
    pub fn forget(&mut self) {
        let latest = self.0.last_key_value().map(|(day, _)| *day);
        if let Some(first) =
            latest.and_then(|day| day.checked_sub_days(chrono::Days::new(DAYS_KEPT)))
        {
            self.0 = self.0.split_off(&first);
        }
    }

    /// Units burned from a day on and before another.
    #[must_use]
    pub fn between(&self, from: Date, before: Date) -> i128 {
        if from >= before {
            return 0;
        }
        self.0.range(from..before).map(|(_, units)| i128::from(*units)).sum()
    }

    /// The first day on which something was burned, of those remembered.
    #[must_use]
    pub fn first_day(&self) -> Option<Date> {
        self.0.first_key_value().map(|(day, _)| *day)
    }

    /// The last day on which something was burned.
    #[must_use]
    pub fn latest_day(&self) -> Option<Date> {
        self.0.last_key_value().map(|(day, _)| *day)
    }

    /// Units burned on a day.
    #[must_use]
    pub fn on(&self, day: Date) -> i128 {
        self.0.get(&day).copied().map_or(0, i128::from)
    }
}

/// Units burned in a number of whole days.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BurnRate {
    /// Smallest steps burned, net of what was given back.
    pub burned: i128,
    /// Days they were burned in.
    pub days: u32,
}

impl BurnRate {
    fn is_faster_than(self, other: Self) -> bool {
        self.burned * i128::from(other.days) > other.burned * i128::from(self.days)
    }
}

/// What is left of a lot, and when it can be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Left {
    /// Smallest steps.
    pub units: i64,
    /// From when on.
    pub from: Instant,
    /// Until when, exclusive.
    pub until: Option<Instant>,
}

/// The end of a wallet's units.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Depletion {
    /// The first instant with nothing to use.
    pub at: Instant,
    /// Smallest steps that expire unused by then, rounded up to a whole step.
    pub unused: i128,
}

/// How fast a wallet burns and when it runs out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outlook {
    /// Usable now, in smallest steps.
    pub available: i128,
    /// The last whole day.
    pub last_day: Option<BurnRate>,
    /// The last seven whole days.
    pub last_7: Option<BurnRate>,
    /// The last thirty whole days.
    pub last_30: Option<BurnRate>,
    /// When it runs out at the rate of the last thirty days.
    pub expected: Option<Depletion>,
    /// At the rate of the week that burned most of those in the thirty days.
    pub earliest: Option<Depletion>,
    /// At the rate of the week that burned least.
    pub latest: Option<Depletion>,
}

/// The first `count` days before `end`; fewer when the wallet is younger, none when it has no whole
/// day yet.
fn rate(burned: &Burned, since: Date, end: Date, count: u32) -> Option<BurnRate> {
    let age = u32::try_from(end.signed_duration_since(since).num_days()).ok()?;
    let days = count.min(age);
    let from = end.checked_sub_days(chrono::Days::new(u64::from(days)))?;
    (days > 0).then(|| BurnRate { burned: burned.between(from, end), days })
}

/// The outlook of a wallet at an instant. `lots` come in draw order; `since` is the wallet's first
/// day.
#[must_use]
pub fn outlook(
    lots: &[Left],
    burned: &Burned,
    (since, as_of, zone): (Option<Date>, Instant, Zone),
) -> Outlook {
    let today = zone.day_of(as_of);
    let since = since.unwrap_or(today);
    let rate_of = |count| rate(burned, since, today, count);
    let last_30 = rate_of(DAYS_MAX);
    let days = last_30.map_or(0, |rate| rate.days);
    let mut weeks = (0..=days.saturating_sub(WEEK)).filter_map(|before| {
        let end = today.checked_sub_days(chrono::Days::new(u64::from(before)))?;
        rate(burned, since, end, WEEK)
    });
    let first = weeks.next();
    let (slowest, fastest) = weeks.fold((first, first), |(slow, fast), week| {
        (
            slow.filter(|slow| !slow.is_faster_than(week)).or(Some(week)),
            fast.filter(|fast| !week.is_faster_than(*fast)).or(Some(week)),
        )
    });
    let at = |rate: Option<BurnRate>| rate.and_then(|rate| depletion(lots, as_of, rate));
    Outlook {
        available: usable(lots, as_of),
        last_day: rate_of(1),
        last_7: rate_of(WEEK),
        last_30,
        expected: at(last_30),
        earliest: at(fastest),
        latest: at(slowest),
    }
}

fn usable(lots: &[Left], at: Instant) -> i128 {
    let usable = lots.iter().filter(|lot| is_usable(lot, at.micros()));
    usable.map(|lot| i128::from(lot.units)).sum()
}

fn is_usable(lot: &Left, micros: i64) -> bool {
    lot.units > 0
        && lot.from.micros() <= micros
        && lot.until.is_none_or(|end| micros < end.micros())
}

/// When lots are gone if they burn at a rate from an instant on, in their order, each only while it
/// is usable. `None` when nothing is usable now, when they are never gone, or when the instant is
/// beyond the calendar.
#[must_use]
pub fn depletion(lots: &[Left], as_of: Instant, rate: BurnRate) -> Option<Depletion> {
    burn_on(lots, as_of, rate, &mut |_, _| {})
}

/// What will be left of each lot when it ends, at the same rate: nothing of those that are gone before.
/// `None` for a lot that never ends, and for what lies beyond a time with nothing usable.
#[must_use]
pub fn left_at_end(lots: &[Left], as_of: Instant, rate: BurnRate) -> Vec<Option<i128>> {
    let mut found = vec![None; lots.len()];
    // What has burned by then is known even where the rest is not.
    let _ = burn_on(lots, as_of, rate, &mut |lot, units| found[lot] = Some(units));
    for (lot, found) in lots.iter().zip(&mut found) {
        if lot.until.is_none() {
            *found = None;
        }
    }
    found
}

/// Burns lots at a rate until nothing is usable, and tells of each that is gone or ends what was left of
/// it then.
fn burn_on(
    lots: &[Left],
    as_of: Instant,
    rate: BurnRate,
    ended: &mut dyn FnMut(usize, i128),
) -> Option<Depletion> {
    let burned = rate.burned.max(0);
    // Time runs in microseconds times `scale`, units in steps times the microseconds of the rate's
    // days: burning for one microsecond takes `burned` of the second, so both stay whole numbers.
    let (scale, window) = (burned.max(1), i128::from(rate.days).checked_mul(DAY_MICROS)?);
    let scaled = |at: Instant| i128::from(at.micros()).checked_mul(scale);
    let rounded = |units: i128| Some(units.checked_add(window - 1)?.div_euclid(window));
    let mut left = Vec::with_capacity(lots.len());
    for (index, lot) in lots.iter().enumerate().filter(|(_, lot)| lot.units > 0) {
        let until = lot.until.map(scaled);
        if until == Some(None) {
            return None;
        }
        let units = i128::from(lot.units).checked_mul(window)?;
        left.push((units, scaled(lot.from)?, until.flatten(), index));
    }
    let (mut now, mut unused) = (scaled(as_of)?, 0_i128);
    let usable = |from: i128, until: Option<i128>, now: i128| {
        from <= now && until.is_none_or(|until| now < until)
    };
    let mut begun = false;
    loop {
        let current = left
            .iter()
            .position(|(units, from, until, _)| *units > 0 && usable(*from, *until, now));
        let Some(current) = current else {
            let at = i64::try_from(now.div_euclid(scale)).ok()?;
            let at = Instant::from_micros(at).ok()?;
            return begun.then_some(Depletion { at, unused: rounded(unused)? });
        };
        begun = true;
        // The next instant at which another lot may come first, or this one may end.
        let changes = left.iter().flat_map(|(_, from, until, _)| [Some(*from), *until]);
        let next = changes.flatten().filter(|at| *at > now).min();
        // What burns by then: a scaled microsecond is one of `scale`, and takes `burned / scale`.
        let by_then = match (next, burned) {
            (_, 0) => Some(0),
            (Some(next), _) => Some(next - now),
            (None, _) => None,
        };
        match by_then.filter(|units| *units < left[current].0) {
            Some(units) => {
                left[current].0 -= units;
                now = next?;
            }
            None => {
                now = now.checked_add(left[current].0)?;
                left[current].0 = 0;
                ended(left[current].3, 0);
            }
        }
        for (units, _, until, index) in &mut left {
            if *units > 0 && until.is_some_and(|until| until <= now) {
                ended(*index, rounded(*units)?);
                unused = unused.checked_add(*units)?;
                *units = 0;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Instant {
        text.parse().unwrap()
    }
    fn day(text: &str) -> Date {
        text.parse().unwrap()
    }
    fn left(units: i64, until: Option<&str>) -> Left {
        Left { units, from: Instant::MIN, until: until.map(at) }
    }
    fn runs_out(lots: &[Left], burned: i128, days: u32) -> Option<(String, i128)> {
        let rate = BurnRate { burned, days };
        let found = depletion(lots, at("2026-04-01T00:00:00Z"), rate);
        found.map(|found| (found.at.to_string(), found.unused))
    }
    fn gone(text: &str, unused: i128) -> Option<(String, i128)> {
        Some((text.to_owned(), unused))
    }

    #[test]
    fn units_burn_in_draw_order_and_what_expires_does_not_help() {
        let soon = left(100, Some("2026-04-11T00:00:00Z"));
        let later = left(100, None);
        // Ten a day: the first lot lasts to its very end.
        assert_eq!(runs_out(&[soon, later], 300, 30), gone("2026-04-21T00:00:00Z", 0));
        // Five a day: half of it expires.
        assert_eq!(runs_out(&[soon, later], 150, 30), gone("2026-05-01T00:00:00Z", 50));
        // In the other order it expires whole.
        assert_eq!(runs_out(&[later, soon], 150, 30), gone("2026-04-21T00:00:00Z", 100));
        // One in three days for a third of a day: a part of a unit counts as a whole one.
        let short = left(1, Some("2026-04-01T08:00:00Z"));
        assert_eq!(runs_out(&[short], 1, 3), gone("2026-04-01T08:00:00Z", 1));
    }

    #[test]
    fn what_is_left_of_a_lot_when_it_ends_follows_the_draw_order() {
        let soon = left(100, Some("2026-04-11T00:00:00Z"));
        let later = left(100, Some("2026-05-01T00:00:00Z"));
        let at_end = |lots: &[Left], burned| {
            let rate = BurnRate { burned, days: 30 };
            left_at_end(lots, at("2026-04-01T00:00:00Z"), rate)
        };
        assert_eq!(at_end(&[soon, later], 150), [Some(50), Some(0)], "five a day");
        assert_eq!(at_end(&[later, soon], 150), [Some(0), Some(100)], "in the other order");
        assert_eq!(at_end(&[soon, left(100, None)], 150), [Some(50), None], "one never ends");
        assert_eq!(
            at_end(&[left(0, Some("2026-04-11T00:00:00Z"))], 150),
            [None],
            "nothing is left"
        );
        assert_eq!(at_end(&[soon, later], 0), [Some(100), Some(100)], "nothing burns");
    }

    #[test]
    fn without_burning_only_expiry_empties_a_wallet() {
        let ends = left(100, Some("2026-06-01T00:00:00Z"));
        assert_eq!(runs_out(&[ends], 0, 30), gone("2026-06-01T00:00:00Z", 100));
        assert_eq!(runs_out(&[ends], -5, 30), gone("2026-06-01T00:00:00Z", 100));
        assert_eq!(runs_out(&[left(100, None)], 0, 30), None);
        assert_eq!(runs_out(&[left(0, None)], 10, 30), None, "nothing is left");
        let beyond = [left(i64::MAX, None)];
        assert_eq!(runs_out(&beyond, 1, 30), None, "beyond the calendar");
    }

    #[test]
    fn a_lot_that_begins_in_time_is_used_and_one_that_begins_too_late_is_not() {
        let next = |from: &str| Left { units: 100, from: at(from), until: None };
        let lots = [left(100, None), next("2026-04-11T00:00:00Z")];
        assert_eq!(runs_out(&lots, 10, 1), gone("2026-04-21T00:00:00Z", 0));
        let lots = [left(100, None), next("2026-04-11T00:00:00.000001Z")];
        assert_eq!(runs_out(&lots, 10, 1), gone("2026-04-11T00:00:00Z", 0));
        assert_eq!(runs_out(&[next("2026-04-02T00:00:00Z")], 10, 1), None, "nothing is usable now");
    }

    #[test]
    fn rates_are_of_whole_days_and_the_band_of_the_weeks_in_the_thirty_days() {
        let mut burned = Burned::default();
        // Ten a day in March, but 70 on the 10th; 99 today do not count.
        for number in 1..=31 {
            burned.add(day(&format!("2026-03-{number:02}")), if number == 10 { 70 } else { 10 });
        }
        burned.add(day("2026-04-01"), 99);
        let lots = [left(1_300, None)];
        let now = (Some(day("2026-01-01")), at("2026-04-01T12:00:00Z"), Zone::UTC);
        let found = outlook(&lots, &burned, now);
        let rate = |burned, days| Some(BurnRate { burned, days });
        assert_eq!((found.last_day, found.last_7), (rate(10, 1), rate(70, 7)));
        assert_eq!(found.last_30, rate(360, 30), "2 to 31 March");
        let day_of = |found: Option<Depletion>| found.map(|found| found.at.to_string());
        // 12 a day; the week of the 10th has 130 in 7 days, the others 70.
        assert_eq!(day_of(found.expected), Some("2026-07-18T20:00:00Z".into()));
        assert_eq!(day_of(found.earliest), Some("2026-06-10T12:00:00Z".into()));
        assert_eq!(day_of(found.latest), Some("2026-08-09T12:00:00Z".into()));
        // A wallet of three days has three days.
        let young = (Some(day("2026-03-29")), at("2026-04-01T00:00:00Z"), Zone::UTC);
        let found = outlook(&lots, &burned, young);
        assert_eq!((found.last_7, found.last_30), (rate(30, 3), rate(30, 3)));
        assert_eq!(found.earliest, found.latest);
        let new = (Some(day("2026-04-01")), at("2026-04-01T12:00:00Z"), Zone::UTC);
        assert_eq!(outlook(&lots, &burned, new).last_30, None);
    }

    #[test]
    fn only_what_matters_is_remembered() {
        let mut burned = Burned::default();
        burned.add(day("2026-01-01"), 5);
        burned.add(day("2026-01-02"), 5);
        burned.add(day("2026-01-02"), -5);
        burned.add(day("2026-03-31"), 1);
        burned.forget();
        assert_eq!(burned.first_day(), Some(day("2026-03-31")));
        assert_eq!(burned.between(day("2026-01-01"), day("2026-04-01")), 1);
    }
}
