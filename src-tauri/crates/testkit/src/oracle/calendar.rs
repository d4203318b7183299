//! The oracle's calendar: days, months and three zones, by the rules as they are written in law.
//!
//! Times are seconds and days are days since the first of January 1970.

/// Seconds of a day.
pub const DAY: i64 = 86_400;

/// A zone that histories may be kept in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Zone {
    /// No change ever.
    Utc,
    /// An hour ahead; two from the last Sunday of March 01:00 UTC to the last Sunday of October
    /// 01:00 UTC.
    Berlin,
    /// Two hours ahead; three from the last Friday of April, whose first hour does not exist, to
    /// the midnight after the last Thursday of October, whose last hour comes twice.
    Cairo,
}

/// The day with a date.
#[must_use]
pub fn day_of_date(year: i64, month: i64, day: i64) -> i64 {
    // Years that begin in March end with the day that may be missing.
    let (y, m) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    let days_before_month = (153 * m + 2) / 5;
    365 * y + y.div_euclid(4) - y.div_euclid(100) + y.div_euclid(400) + days_before_month + day
        - 719_469
}

/// The date of a day: year, month, day.
#[must_use]
pub fn date_of_day(day: i64) -> (i64, i64, i64) {
    let mut year = 1970 + day.div_euclid(366);
    while day_of_date(year + 1, 1, 1) <= day {
        year += 1;
    }
    let mut month = 1;
    while month < 12 && day_of_date(year, month + 1, 1) <= day {
        month += 1;
    }
    (year, month, day - day_of_date(year, month, 1) + 1)
}

/// How many days a month has.
#[must_use]
pub fn days_in_month(year: i64, month: i64) -> i64 {
    let (next_year, next) = if month == 12 { (year + 1, 1) } else { (year, month + 1) };
    day_of_date(next_year, next, 1) - day_of_date(year, month, 1)
}

/// The day as it is written.
#[must_use]
pub fn written(day: i64) -> String {
    let (year, month, day) = date_of_day(day);
    format!("{year:04}-{month:02}-{day:02}")
}

/// The instant as it is written.
#[must_use]
pub fn instant(at: i64) -> String {
    let second = at.rem_euclid(DAY);
    let (hour, minute, second) = (second / 3600, second / 60 % 60, second % 60);
    format!("{}T{hour:02}:{minute:02}:{second:02}Z", written(at.div_euclid(DAY)))
}

/// The last day of a month that is a given day of the week (0 is Sunday).
fn last_weekday(year: i64, month: i64, weekday: i64) -> i64 {
    let last = day_of_date(year, month, days_in_month(year, month));
    // The first of January 1970 was a Thursday.
    last - (last + 4 - weekday).rem_euclid(7)
}

/// A month later or earlier, with the day clamped to its end.
#[must_use]
pub fn add_months(day: i64, months: i64) -> i64 {
    let (year, month, of_month) = date_of_day(day);
    let months = year * 12 + month - 1 + months;
    let (year, month) = (months.div_euclid(12), months.rem_euclid(12) + 1);
    day_of_date(year, month, of_month.min(days_in_month(year, month)))
}

/// First day of the billing period that a day falls in, when periods begin on a day of the month,
/// and the first day after it.
#[must_use]
pub fn billing_period(day: i64, begins_on: i64) -> (i64, i64) {
    let (year, month, _) = date_of_day(day);
    let begins = |months: i64| {
        let first = add_months(day_of_date(year, month, 1), months);
        let (year, month, _) = date_of_day(first);
        first + begins_on.min(days_in_month(year, month)) - 1
    };
    if day < begins(0) { (begins(-1), begins(0)) } else { (begins(0), begins(1)) }
}

impl Zone {
    /// The zone with a name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        match name {
            "UTC" => Some(Self::Utc),
            "Europe/Berlin" => Some(Self::Berlin),
            "Africa/Cairo" => Some(Self::Cairo),
            _ => None,
        }
    }

    /// How many seconds clocks are ahead of UTC.
    fn ahead(self, at: i64) -> i64 {
        let (year, _, _) = date_of_day(at.div_euclid(DAY));
        let (usual, from, until) = match self {
            Self::Utc => return 0,
            Self::Berlin => (
                3600,
                last_weekday(year, 3, 0) * DAY + 3600,
                last_weekday(year, 10, 0) * DAY + 3600,
            ),
            Self::Cairo => (
                7200,
                last_weekday(year, 4, 5) * DAY - 2 * 3600,
                (last_weekday(year, 10, 4) + 1) * DAY - 3 * 3600,
            ),
        };
        if from <= at && at < until { usual + 3600 } else { usual }
    }

    /// What a clock shows, as if it were UTC.
    fn clock(self, at: i64) -> i64 {
        at + self.ahead(at)
    }

    /// Seconds on the clock since the beginning of Sunday.
    #[must_use]
    pub fn second_of_week(self, at: i64) -> i64 {
        // The first of January 1970 was a Thursday.
        (self.clock(at) + 4 * DAY).rem_euclid(7 * DAY)
    }

    /// The day an instant falls on.
    #[must_use]
    pub fn day_of(self, at: i64) -> i64 {
        self.clock(at).div_euclid(DAY)
    }

    /// The first instant at which a clock shows this, or, where clocks skip it, the instant to which
    /// they skip.
    fn when_clock_shows(self, shown: i64) -> i64 {
        let ahead = [3, 2, 1, 0].map(|hours| shown - hours * 3600);
        if let Some(at) = ahead.into_iter().find(|at| self.clock(*at) == shown) {
            return at;
        }
        // No clock changes but at a full minute.
        let minutes = (shown - 4 * 3600).div_euclid(60)..;
        minutes.map(|minute| minute * 60).find(|at| self.clock(*at) > shown).unwrap_or(shown)
    }

    /// The first instant of a day.
    #[must_use]
    pub fn start_of(self, day: i64) -> i64 {
        self.when_clock_shows(day * DAY)
    }

    /// The same time of day some months and days later.
    #[must_use]
    pub fn later(self, at: i64, months: i64, days: i64) -> i64 {
        let time = self.clock(at).rem_euclid(DAY);
        self.when_clock_shows((add_months(self.day_of(at), months) + days) * DAY + time)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_and_dates_are_the_same_both_ways() {
        for day in (-1000..40_000).step_by(7) {
            let (year, month, of_month) = date_of_day(day);
            assert_eq!(day_of_date(year, month, of_month), day);
        }
        assert_eq!(written(20_454), "2026-01-01");
        assert_eq!(written(add_months(day_of_date(2026, 1, 31), 1)), "2026-02-28");
        let (from, until) = billing_period(day_of_date(2026, 2, 28), 31);
        assert_eq!((written(from), written(until)), ("2026-02-28".into(), "2026-03-31".into()));
    }

    #[test]
    fn days_begin_when_clocks_say_so() {
        let start = |zone: Zone, month, day| instant(zone.start_of(day_of_date(2026, month, day)));
        assert_eq!(start(Zone::Berlin, 3, 29), "2026-03-28T23:00:00Z");
        assert_eq!(start(Zone::Berlin, 3, 30), "2026-03-29T22:00:00Z");
        // Friday the 24th of April 2026 begins at one o'clock in Cairo.
        assert_eq!(start(Zone::Cairo, 4, 24), "2026-04-23T22:00:00Z");
        assert_eq!(start(Zone::Cairo, 4, 25), "2026-04-24T21:00:00Z");
    }
}
