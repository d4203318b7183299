//! Exchange rates: what one unit of a base currency was worth, by source, currency and day.
//!
//! Rates are kept as they were published. A rate between two currencies goes through the base as
//! an exact fraction; nothing in between is ever rounded.

use std::collections::BTreeMap;

use scrip_units::{Date, Exact, ExactError, Number, UnitCode};

/// How many days back a rate may be, for weekends and holidays on which none is published.
pub const DAYS_BACK: i32 = 7;

/// A rate that cannot be added.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RateFault {
    /// The day has another rate already: that one.
    Other(Number),
    /// The source counts in another base: that one.
    Base(UnitCode),
}

/// The rate found for a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FoundRate {
    /// The day on which it was published.
    pub day: Date,
    /// Units of the currency for one unit of the base.
    pub rate: Number,
}

#[derive(Debug, Clone, Default)]
struct Source {
    base: Option<UnitCode>,
    currencies: BTreeMap<UnitCode, BTreeMap<Date, Number>>,
}

/// Exchange rates.
#[derive(Debug, Clone, Default)]
pub struct ExchangeRates {
    sources: BTreeMap<String, Source>,
}

impl ExchangeRates {
    /// Adds a rate; says whether it is new.
    ///
    /// # Errors
    /// [`RateFault`]; nothing is then added.
    pub fn add(
        &mut self,
        source: &str,
        base: UnitCode,
        (currency, day, rate): (UnitCode, Date, Number),
    ) -> Result<bool, RateFault> {
        let known = self.sources.entry(source.to_owned()).or_default();
        match known.base {
            Some(other) if other != base => return Err(RateFault::Base(other)),
            _ => known.base = Some(base),
        }
        let days = known.currencies.entry(currency).or_default();
        match days.get(&day) {
            None => {
                days.insert(day, rate);
                Ok(true)
            }
            Some(other) if *other == rate => Ok(false),
            Some(other) => Err(RateFault::Other(*other)),
        }
    }

    /// How many rates there are.
    #[must_use]
    pub fn count(&self) -> usize {
        let currencies = self.sources.values().flat_map(|source| source.currencies.values());
        currencies.map(BTreeMap::len).sum()
    }

    /// The rate of a currency that counts on a day: the last one published on it or before it, at
    /// most [`DAYS_BACK`] days back. The base is worth one of itself.
    #[must_use]
    pub fn find(&self, source: &str, currency: UnitCode, day: Date) -> Option<FoundRate> {
        let source = self.sources.get(source)?;
        if source.base == Some(currency) {
            return Some(FoundRate { day, rate: Number::ONE });
        }
        let earliest = Date::from_epoch_days(day.to_epoch_days().checked_sub(DAYS_BACK)?)?;
        let (day, rate) = source.currencies.get(&currency)?.range(earliest..=day).next_back()?;
        Some(FoundRate { day: *day, rate: *rate })
    }

    /// Units of `to` for one unit of `from`, exactly; none when a rate is missing.
    ///
    /// # Errors
    /// [`ExactError`] for a rate of zero or one with too many digits.
    pub fn factor(
        &self,
        source: &str,
        (from, to): (UnitCode, UnitCode),
        day: Date,
    ) -> Result<Option<Exact>, ExactError> {
        let (Some(from), Some(to)) = (self.find(source, from, day), self.find(source, to, day))
        else {
            return Ok(None);
        };
        to.rate.exact()?.try_div(from.rate.exact()?).map(Some)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn unit(code: &str) -> UnitCode {
        code.parse().unwrap()
    }
    fn day(text: &str) -> Date {
        text.parse().unwrap()
    }
    fn rates() -> ExchangeRates {
        let mut rates = ExchangeRates::default();
        for (currency, on, rate) in [
            ("USD", "2026-01-02", "1.1721"),
            ("USD", "2026-01-05", "1.1664"),
            ("GBP", "2026-01-02", "0.87"),
        ] {
            let rate = (unit(currency), day(on), rate.parse().unwrap());
            assert_eq!(rates.add("ecb", unit("EUR"), rate), Ok(true));
        }
        rates
    }

    #[test]
    fn a_day_without_a_rate_has_the_last_one_of_the_seven_days_before() {
        let rates = rates();
        let found = |currency: &str, on: &str| {
            rates.find("ecb", unit(currency), day(on)).map(|f| (f.day, f.rate.to_string()))
        };
        assert_eq!(found("USD", "2026-01-01"), None);
        assert_eq!(found("USD", "2026-01-02"), Some((day("2026-01-02"), "1.1721".into())));
        assert_eq!(found("USD", "2026-01-04"), Some((day("2026-01-02"), "1.1721".into())));
        assert_eq!(found("USD", "2026-01-12"), Some((day("2026-01-05"), "1.1664".into())));
        assert_eq!(found("USD", "2026-01-13"), None);
        assert_eq!(found("EUR", "2026-03-01"), Some((day("2026-03-01"), "1".into())));
        assert_eq!(rates.find("boe", unit("USD"), day("2026-01-02")), None);
    }

    #[test]
    fn a_cross_rate_is_an_exact_fraction() {
        let rates = rates();
        let factor = |from: &str, to: &str| {
            let ends = (unit(from), unit(to));
            rates.factor("ecb", ends, day("2026-01-02")).unwrap().map(|f| f.to_string())
        };
        assert_eq!(factor("USD", "EUR"), Some("10000/11721".into()));
        assert_eq!(factor("EUR", "USD"), Some("11721/10000".into()));
        assert_eq!(factor("USD", "GBP"), Some("2900/3907".into()));
        assert_eq!(factor("USD", "CHF"), None);
    }

    #[test]
    fn a_published_rate_does_not_change() {
        let mut rates = rates();
        let again = |rate: &str| (unit("USD"), day("2026-01-02"), rate.parse().unwrap());
        assert_eq!(rates.add("ecb", unit("EUR"), again("1.1721")), Ok(false));
        let other = RateFault::Other("1.1721".parse().unwrap());
        assert_eq!(rates.add("ecb", unit("EUR"), again("1.18")), Err(other));
        assert_eq!(rates.add("ecb", unit("USD"), again("1")), Err(RateFault::Base(unit("EUR"))));
    }
}
