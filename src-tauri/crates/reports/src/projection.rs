//! When a wallet runs dry, if it goes on as it did: integer arithmetic, no float.
//!
//! Two rates are looked at, that of the last days and that of the last weeks. The balance runs out
//! somewhere between the two answers; the expected instant is that of their mean.

use scrip_units::{Instant, Rounding, div_round};

const DAY_MICROS: i128 = 86_400_000_000;

/// What was burned in the days before now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BurnRate {
    /// Smallest steps burned, net of what was restored.
    pub burned: i128,
    /// Days they were burned in: 7 or 30, or fewer when the wallet is younger.
    pub days: u32,
}

impl BurnRate {
    /// The whole number of smallest steps burned per day, rounded: for people to read.
    #[must_use]
    pub fn per_day(&self) -> i128 {
        div_round(self.burned, i128::from(self.days), Rounding::HalfAwayFromZero).unwrap_or(0)
    }
}

/// When a balance is expected to be used up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Projection {
    /// At the mean of both rates.
    pub expected: Instant,
    /// At the faster rate.
    pub earliest: Instant,
    /// At the slower rate; `None` when that rate is nothing, or so slow that no calendar reaches it.
    pub latest: Option<Instant>,
}

/// Projects when `balance` smallest steps are used up, from the rates of the last 7 and 30 days.
/// `None` when nothing is left, nothing burns, or the day is beyond the year 9999.
#[must_use]
pub fn project(
    balance: i128,
    as_of: Instant,
    short: BurnRate,
    long: BurnRate,
) -> Option<Projection> {
    if balance <= 0 {
        return None;
    }
    let by_short = dry_at(balance, as_of, short.burned, i128::from(short.days));
    let by_long = dry_at(balance, as_of, long.burned, i128::from(long.days));
    // The mean of a/m and b/n per day is (a x n + b x m) in 2 x m x n days.
    let (m, n) = (i128::from(short.days), i128::from(long.days));
    let both =
        (short.burned.max(0).checked_mul(n)?).checked_add(long.burned.max(0).checked_mul(m)?)?;
    let expected = dry_at(balance, as_of, both, 2 * m * n)?;
    let (earliest, latest) = match (by_short, by_long) {
        (Some(short), Some(long)) => (short.min(long), Some(short.max(long))),
        (Some(only), None) | (None, Some(only)) => (only, None),
        (None, None) => (expected, None),
    };
    Some(Projection { expected, earliest, latest })
}

/// The instant at which `balance` is gone when `burned` goes in `days`.
fn dry_at(balance: i128, as_of: Instant, burned: i128, days: i128) -> Option<Instant> {
    if burned <= 0 || days <= 0 {
        return None;
    }
    let window = days.checked_mul(DAY_MICROS)?;
    let left = balance.checked_mul(window)?.checked_div(burned)?;
    let at = i128::from(as_of.micros()).checked_add(left)?;
    Instant::from_micros(i64::try_from(at).ok()?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Instant {
        text.parse().unwrap()
    }
    fn rate(burned: i128, days: u32) -> BurnRate {
        BurnRate { burned, days }
    }

    #[test]
    fn the_band_lies_between_the_two_rates() {
        let now = at("2026-03-01T00:00:00Z");
        // 100 a day in the last week, 50 a day in the last month, 1,500 left.
        let found = project(1500, now, rate(700, 7), rate(1500, 30)).unwrap();
        assert_eq!(found.earliest, at("2026-03-16T00:00:00Z"));
        assert_eq!(found.latest, Some(at("2026-03-31T00:00:00Z")));
        // 75 a day: 20 days.
        assert_eq!(found.expected, at("2026-03-21T00:00:00Z"));
        assert_eq!(rate(1501, 30).per_day(), 50);
    }

    #[test]
    fn a_quiet_week_leaves_the_late_end_open() {
        let found = project(100, at("2026-03-01T00:00:00Z"), rate(0, 7), rate(300, 30)).unwrap();
        assert_eq!(found.earliest, at("2026-03-11T00:00:00Z"));
        assert_eq!((found.expected, found.latest), (at("2026-03-21T00:00:00Z"), None));
    }

    #[test]
    fn nothing_left_or_nothing_burned_has_no_projection() {
        let now = at("2026-03-01T00:00:00Z");
        for (balance, short, long) in
            [(0, 7, 30), (-5, 7, 30), (100, 0, 0), (100, -7, -30), (i128::from(i64::MAX), 1, 1)]
        {
            assert_eq!(project(balance, now, rate(short, 7), rate(long, 30)), None, "{balance}");
        }
        assert_eq!(project(100, now, rate(5, 0), rate(5, 0)), None);
    }
}
