//! Exchange rates in the book, and those of the days on which lots are bought in another currency
//! than that of the books.

use std::sync::Arc;

use scrip_catalog::Catalog;
use scrip_rating::{ExchangeRates, RateFault, Rater};
use scrip_units::{Number, UnitCode};
use scrip_wallet::LotExchange;
use scrip_wallet::lot::KeptUnit;

use crate::apply::{Applied, Effect};
use crate::book::{Book, CustomerBook};
use crate::grant::currency;
use crate::operation::{ImportExchangeRates, Operation};
use crate::rejection::Rejection;

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

/// The exchange rate of a grant's day, when the entity values grants in other currencies.
pub(crate) fn of_day(
    catalog: &Catalog,
    rates: &ExchangeRates,
    operation: &Operation,
    paid: UnitCode,
) -> Result<Option<LotExchange>, Rejection> {
    let entity = &catalog.document().entity;
    let Some(source) = entity.exchange_rates.as_ref().filter(|_| paid != entity.currency) else {
        return Ok(None);
    };
    let day = catalog.zone().day_of(operation.at);
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

/// Notes on the lot that was granted the exchange rate of its day.
pub(crate) fn note(book: &mut CustomerBook, effect: &mut Effect, exchange: Option<LotExchange>) {
    let Some(fact) = effect.lots.last_mut() else { return };
    let Some(at) = book.position(&fact.lot.id) else { return };
    book.lots[at].exchange = exchange.map(Box::new);
    fact.lot = book.lots[at].clone();
}

/// Compiles the rates of a catalog, with the exchange rates.
pub(crate) fn rater(catalog: &Catalog, rates: Arc<ExchangeRates>) -> Result<Rater, Rejection> {
    Rater::compile(catalog)
        .map(|rater| rater.with_exchange_rates(rates))
        .map_err(|(path, source)| Rejection::Card { path, source })
}
