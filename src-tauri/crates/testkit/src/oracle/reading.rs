//! Reading the documented texts: decimals, instants, dates.

use serde_json::Value;

use super::calendar::{DAY, Zone, day_of_date};
use super::fraction::Fraction;

/// A text member; empty if absent.
pub(super) fn text<'a>(value: &'a Value, name: &str) -> &'a str {
    value[name].as_str().unwrap_or_default()
}

/// A list member; empty if absent.
pub(super) fn list<'a>(value: &'a Value, name: &str) -> &'a [Value] {
    value[name].as_array().map_or(&[], Vec::as_slice)
}

/// A decimal member.
pub(super) fn decimal(value: &Value, name: &str) -> Option<Fraction> {
    Fraction::decimal(value[name].as_str()?)
}

/// A decimal member in smallest steps; none if absent, or if it has more digits than the unit.
pub(super) fn steps(value: &Value, name: &str, scale: u32) -> Option<i64> {
    let exact = decimal(value, name)?.times(one_unit(scale));
    exact.is_whole().then(|| exact.whole(super::fraction::Mode::Down))
}

/// Smallest steps in one unit.
pub(super) fn one_unit(scale: u32) -> Fraction {
    Fraction::new(10_i128.pow(scale), 1)
}

/// An instant such as `2026-01-05T09:00:00Z`.
pub fn instant(text: &str) -> Option<i64> {
    let (date, time) = text.strip_suffix('Z')?.split_once('T')?;
    let mut parts = time.split(':').map(str::parse::<i64>);
    let mut next = || parts.next()?.ok();
    let (hour, minute, second) = (next()?, next()?, next()?);
    Some(day(date)? * DAY + hour * 3600 + minute * 60 + second)
}

/// A date such as `2026-01-05`.
pub(super) fn day(text: &str) -> Option<i64> {
    let mut parts = text.split('-').map(str::parse::<i64>);
    let mut next = || parts.next()?.ok();
    Some(day_of_date(next()?, next()?, next()?))
}

/// A date or an instant.
pub(super) fn when(text: &str, zone: Zone) -> Option<i64> {
    instant(text).or_else(|| Some(zone.start_of(day(text)?)))
}
