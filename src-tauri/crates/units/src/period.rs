//! Months and billing periods.

use std::fmt;
use std::str::FromStr;

use chrono::{Datelike, NaiveDate};
use serde::{Deserialize, Serialize};

use crate::{Date, Instant, TimeError, Zone};

/// A calendar month: the accounting period.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Month {
    year: i32,
    month: u32,
}

impl Month {
    /// The month a day falls in.
    #[must_use]
    pub fn of(day: Date) -> Self {
        Self { year: day.year(), month: day.month() }
    }

    /// The first day.
    #[must_use]
    pub fn first_day(self) -> Date {
        NaiveDate::from_ymd_opt(self.year, self.month, 1).unwrap_or(NaiveDate::MIN)
    }

    /// The month after.
    #[must_use]
    pub fn next(self) -> Self {
        if self.month == 12 {
            Self { year: self.year + 1, month: 1 }
        } else {
            Self { year: self.year, month: self.month + 1 }
        }
    }

    /// The last day.
    #[must_use]
    pub fn last_day(self) -> Date {
        self.next().first_day().pred_opt().unwrap_or(NaiveDate::MAX)
    }

    /// The instants of the month in `zone`, half-open.
    ///
    /// # Errors
    /// [`TimeError::OutOfRange`] outside the years 1970 to 9999.
    pub fn instants(self, zone: Zone) -> Result<std::ops::Range<Instant>, TimeError> {
        Ok(zone.start_of_day(self.first_day())?..zone.start_of_day(self.next().first_day())?)
    }
}

impl fmt::Display for Month {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&format!("{:04}-{:02}", self.year, self.month))
    }
}
impl fmt::Debug for Month {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}
impl FromStr for Month {
    type Err = TimeError;
    fn from_str(text: &str) -> Result<Self, TimeError> {
        let bad = || TimeError::Month { text: text.to_owned() };
        if text.len() != 7 {
            return Err(bad());
        }
        let day: NaiveDate = format!("{text}-01").parse().map_err(|_| bad())?;
        Ok(Self::of(day))
    }
}
impl Serialize for Month {
    fn serialize<S: serde::Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.collect_str(self)
    }
}
impl<'de> Deserialize<'de> for Month {
    fn deserialize<D: serde::Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        std::borrow::Cow::<'de, str>::deserialize(d)?.parse().map_err(serde::de::Error::custom)
    }
}

/// The day that many days of the calendar later.
///
/// # Errors
/// [`TimeError::OutOfRange`] outside the calendar.
pub fn add_days(day: Date, days: u64) -> Result<Date, TimeError> {
    day.checked_add_days(chrono::Days::new(days)).ok_or(TimeError::OutOfRange)
}

/// Adds calendar months to a day and clamps to the month's end: 31 January + 1 is 28 February.
///
/// # Errors
/// [`TimeError::OutOfRange`] outside chrono's calendar.
pub fn add_months_clamped(day: Date, months: i64) -> Result<Date, TimeError> {
    let size = chrono::Months::new(
        u32::try_from(months.unsigned_abs()).map_err(|_| TimeError::OutOfRange)?,
    );
    let moved =
        if months < 0 { day.checked_sub_months(size) } else { day.checked_add_months(size) };
    moved.ok_or(TimeError::OutOfRange)
}

/// A customer's billing period: a month that starts on the anchor day, clamped to short months.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct BillingPeriod {
    /// First day of the period.
    pub first_day: Date,
    /// First day of the period after it.
    pub end_day: Date,
}

impl BillingPeriod {
    /// The billing period that `day` falls in when periods start on day `anchor_day` (1 to 31) of
    /// each month. Boundaries are computed from the anchor, so the 31st returns after a short month.
    #[must_use]
    pub fn containing(day: Date, anchor_day: u8) -> Self {
        let start_in = |month: Month| {
            let last = month.last_day().day();
            month
                .first_day()
                .with_day(u32::from(anchor_day).clamp(1, last))
                .unwrap_or(month.first_day())
        };
        let this = Month::of(day);
        let start = start_in(this);
        if day >= start {
            return Self { first_day: start, end_day: start_in(this.next()) };
        }
        let before = Month::of(this.first_day().pred_opt().unwrap_or(this.first_day()));
        Self { first_day: start_in(before), end_day: start }
    }
}

impl fmt::Display for BillingPeriod {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}..{}", self.first_day, self.end_day)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> Date {
        text.parse().unwrap()
    }

    #[test]
    fn billing_periods_clamp_without_drift() {
        // OM-RECUR-01, at day resolution.
        for (on, anchor, from, to) in [
            ("2025-08-13", 31, "2025-07-31", "2025-08-31"),
            ("2025-09-30", 31, "2025-09-30", "2025-10-31"),
            ("2025-02-13", 30, "2025-01-30", "2025-02-28"),
            ("2025-02-28", 30, "2025-02-28", "2025-03-30"),
            ("2024-02-29", 29, "2024-02-29", "2024-03-29"),
            ("2026-01-05", 1, "2026-01-01", "2026-02-01"),
            ("2026-01-05", 15, "2025-12-15", "2026-01-15"),
        ] {
            let period = BillingPeriod::containing(day(on), anchor);
            assert_eq!((period.first_day, period.end_day), (day(from), day(to)), "{on} {anchor}");
        }
    }

    #[test]
    fn every_day_is_in_exactly_one_period() {
        for anchor in 1..=31 {
            let mut on = day("2023-12-01");
            let mut period = BillingPeriod::containing(on, anchor);
            for _ in 0..800 {
                let now = BillingPeriod::containing(on, anchor);
                assert!(now.first_day <= on && on < now.end_day);
                assert!(now == period || now.first_day == period.end_day);
                period = now;
                on = on.succ_opt().unwrap();
            }
        }
    }

    #[test]
    fn months_read_and_write() {
        let month: Month = "2026-02".parse().unwrap();
        assert_eq!(
            (month.last_day(), month.next().to_string()),
            (day("2026-02-28"), "2026-03".into())
        );
        for text in ["2026-13", "2026-1", "2026-01-05", ""] {
            let message = text.parse::<Month>().unwrap_err().to_string();
            assert_eq!(message, format!("{text:?} is not a month: write it like 2026-04"));
        }
    }
}
