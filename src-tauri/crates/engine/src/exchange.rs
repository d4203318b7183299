//! Exchange rates in the book, and those of the days on which lots are bought in another currency
//! than that of the books.

use std::sync::Arc;

use scrip_catalog::Catalog;
use scrip_rating::{ExchangeRates, RateFault, Rater};
use scrip_units::{Instant, Number, UnitCode};
use scrip_wallet::LotExchange;
use scrip_wallet::lot::KeptUnit;

use crate::apply::Applied;
use crate::book::Book;
use crate::grant::currency;
use crate::operation::ImportExchangeRates;
use crate::rejection::Rejection;
use crate::schedule::Cause;

/// Adds exchange rates to the book: all of them, or none.
pub(crate) fn import(book: &mut Book, action: &ImportExchangeRates) -> Result<Applied, Rejection> {
    if action.source.trim().is_empty() {
        return Err(Rejection::NotPositive { what: "the length of the source's name" });
    }
    currency(&book.catalog, action.base)?;
    let mut rates = ExchangeRates::clone(book.exchange());
    for (day, currencies) in &action.rates {
        for (code, rate) in currencies {
            if *rate <= Number::ZERO {
                return Err(Rejection::NotPositive { what: "an exchange rate" });
            }
            let fault = rates.add(&action.source, action.base, (*code, *day, *rate)).err();
            let exchange = action.source.clone();
            match fault {
                None => {}
                Some(RateFault::Other(known)) => {
                    let (currency, day, given) = (*code, *day, *rate);
                    let conflict =
                        Rejection::ExchangeRateConflict { exchange, currency, day, known, given };
                    return Err(conflict);
                }
                Some(RateFault::Base(known)) => {
                    return Err(Rejection::ExchangeBase { exchange, known, given: action.base });
                }
            }
        }
    }
    book.know_exchange_rates(Arc::new(rates))?;
    Ok(Applied::default())
}

/// The exchange rate of the day on which units are paid for, when the entity values them.
pub(crate) fn of_day(
    cause: &Cause<'_>,
    at: Instant,
    paid: UnitCode,
) -> Result<Option<LotExchange>, Rejection> {
    let (catalog, rates) = (cause.catalog, cause.rater.exchange_rates());
    let entity = &catalog.document().entity;
    let Some(source) = entity.exchange_rates.as_ref().filter(|_| paid != entity.currency) else {
        return Ok(None);
    };
    let day = catalog.zone().day_of(at);
    let found = |currency| {
        let missing = || Rejection::NoExchangeRate { exchange: source.clone(), currency, day };
        rates.find(source, currency, day).ok_or_else(missing)
    };
    let (from, to) = (found(paid)?, found(entity.currency)?);
    let exact = |number: Number| number.exact().map_err(|_| Rejection::Overflow);
    let rate = exact(to.rate)?.try_div(exact(from.rate)?).map_err(|_| Rejection::Overflow)?;
    Ok(Some(LotExchange {
        source: source.clone(),
        day: from.day.min(to.day),
        currency: KeptUnit(currency(catalog, entity.currency)?),
        rate,
    }))
}

/// Compiles the rates of a catalog, with the exchange rates.
pub(crate) fn rater(catalog: &Catalog, rates: Arc<ExchangeRates>) -> Result<Rater, Rejection> {
    Rater::compile(catalog)
        .map(|rater| rater.with_exchange_rates(rates))
        .map_err(|(path, source)| Rejection::Card { path, source })
}
