//! Exchange rates: the table of what was published, and what a lot in another currency is worth in
//! the currency of the books.

use std::collections::BTreeMap;

use serde_json::Value;

use super::books::{Books, Lot};
use super::fraction::{Fraction, Mode};
use super::reading::{day, one_unit, text};

/// How long a published rate counts, in days.
const DAYS_BACK: i64 = 7;

/// What one source has published.
#[derive(Debug, Clone, Default)]
pub(super) struct Published {
    base: String,
    rates: BTreeMap<(String, i64), Fraction>,
}

/// The rate of the day on which a lot came in, as it notes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Noted {
    /// Who published it.
    pub source: String,
    /// The day on which it was published.
    pub day: i64,
    /// Units of the currency of the books for one of the currency paid.
    pub rate: Fraction,
}

impl Books {
    /// Adds published rates: all, or none if one of them is known otherwise.
    pub(super) fn import_rates(&mut self, operation: &Value) -> Result<(), String> {
        let base = text(operation, "base");
        let known = self.published.entry(text(operation, "source").to_owned()).or_default();
        if !known.base.is_empty() && known.base != base {
            return Err("the rates are of another base".to_owned());
        }
        base.clone_into(&mut known.base);
        for (of, rates) in operation["rates"].as_object().into_iter().flatten() {
            let of = day(of).ok_or("no day")?;
            for (currency, rate) in rates.as_object().into_iter().flatten() {
                let rate = rate.as_str().and_then(Fraction::decimal).ok_or("no rate")?;
                let known = known.rates.entry((currency.clone(), of)).or_insert(rate);
                if *known != rate || rate.compare(Fraction::ZERO).is_le() {
                    return Err("the rate of that day is another one".to_owned());
                }
            }
        }
        Ok(())
    }

    /// Units of the base that one unit of a currency is worth on a day, and since when: by the last
    /// rate of that day or of some days before it.
    fn rate_on(&self, source: &str, currency: &str, day: i64) -> Option<(Fraction, i64)> {
        let published = self.published.get(source)?;
        if published.base == currency {
            return Some((Fraction::ONE, day));
        }
        (day - DAYS_BACK..=day).rev().find_map(|day| {
            let rate = published.rates.get(&(currency.to_owned(), day))?;
            Some((*rate, day))
        })
    }

    /// Units of one currency for a unit of another on a day, and the day on which it was published.
    pub(super) fn exchange_rate(
        &self,
        source: &str,
        (from, to): (&str, &str),
        day: i64,
    ) -> Option<(Fraction, i64)> {
        let (from, since) = self.rate_on(source, from, day)?;
        let (to, also) = self.rate_on(source, to, day)?;
        Some((to.over(from), since.min(also)))
    }

    /// What a lot that comes in at an instant notes; refused if it must note a rate and none is known.
    pub(super) fn noted(&self, currency: Option<&str>, at: i64) -> Result<Option<Noted>, String> {
        let entity = &self.configuration.document["entity"];
        let books = text(entity, "currency");
        let (Some(source), Some(paid)) = (entity["exchange_rates"].as_str(), currency) else {
            return Ok(None);
        };
        if paid == books {
            return Ok(None);
        }
        let of = self.configuration.zone.day_of(at);
        let (rate, day) =
            self.exchange_rate(source, (paid, books), of).ok_or("no exchange rate of the day")?;
        Ok(Some(Noted { source: source.to_owned(), day, rate }))
    }

    /// A lot's consideration in the currency of the books.
    #[must_use]
    pub fn worth_in_books(&self, lot: &Lot) -> Option<i64> {
        let noted = lot.noted.as_ref()?;
        let books = text(&self.configuration.document["entity"], "currency");
        let scale = |currency: &str| one_unit(self.configuration.scale(currency));
        let exact = Fraction::of(lot.price).times(noted.rate).times(scale(books));
        Some(exact.over(scale(lot.currency.as_deref()?)).whole(Mode::Half))
    }
}
