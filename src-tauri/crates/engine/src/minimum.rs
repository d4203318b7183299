//! Minimum charges: the least that a rate, or a card, charges in a billing period in which it is used,
//! and the true-up of what is missing at its end.
//!
//! Owns: which rows of which cards were used in a billing period, and what is missing of their minima.
//! Deliberately does not know: how usage is charged (it reads the counters), and how a true-up is booked
//! ([`crate::commitment`]).
//!
//! What is owed is a function of the usage that stands in the period: what arrives or is taken back after
//! the true-up corrects it, so that neither the order of arrival nor a late sweep changes the sum.

use std::collections::BTreeMap;

use scrip_catalog::{Catalog, RateCardVersion};
use scrip_journal::RateRef;
use scrip_units::{
    BillingPeriod, CardCode, Date, Exact, Instant, Number, RateCode, Rounding, TimeError, Unit,
};
use scrip_wallet::lot::KeptUnit;
use serde::{Deserialize, Serialize};

use crate::apply::Effect;
use crate::book::{CustomerBook, Subject};
use crate::commitment::{Missing, true_up};
use crate::rejection::Rejection;
use crate::schedule::Cause;

/// Use of a card with a minimum in a billing period.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct UsedCard {
    /// First day after the period.
    pub end: Date,
    /// When it is to be trued up; none when it has been, and nothing was used or taken back since.
    pub due: Option<Instant>,
    /// The rows that priced usage.
    pub rows: BTreeMap<RateCode, UsedRow>,
    /// What was trued up for the card.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub made: Option<Made>,
}

/// Use of a row.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct UsedRow {
    /// How many events that stand it priced in each version.
    pub events: BTreeMap<u32, u64>,
    /// What was trued up for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub made: Option<Made>,
}

/// Money that was trued up, in smallest steps.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Made {
    /// The version under which it was booked last.
    pub version: u32,
    /// Currency.
    pub currency: KeptUnit,
    /// Money.
    pub money: i64,
}

/// The cards of a catalog that have a minimum in any version.
pub(crate) fn cards(catalog: &Catalog) -> Vec<&CardCode> {
    let has = |version: &RateCardVersion| {
        version.minimum.is_some() || version.rates.iter().any(|rate| rate.minimum.is_some())
    };
    let cards = catalog.document().rate_cards.iter();
    cards.filter(|card| card.versions.iter().any(has)).map(|card| &card.code).collect()
}

impl UsedCard {
    /// The latest version that priced usage of any row.
    fn version(&self) -> Option<u32> {
        self.rows.values().filter_map(UsedRow::version).max()
    }
}

impl UsedRow {
    /// The latest version in which it priced usage; none if all of it was taken back.
    fn version(&self) -> Option<u32> {
        self.events.last_key_value().map(|(version, _)| *version)
    }
}

/// Notes that a row priced so many events that count in a billing period.
pub(crate) fn note(
    catalog: &Catalog,
    book: &mut CustomerBook,
    period: BillingPeriod,
    (rate, events): (&RateRef, u64),
) -> Result<(), TimeError> {
    let due = catalog.zone().start_of_day(period.end_day)?;
    let new = || UsedCard { end: period.end_day, due: None, rows: BTreeMap::new(), made: None };
    let used = book.minimums.entry((period.first_day, rate.card.clone())).or_insert_with(new);
    used.due = Some(due);
    let row = used.rows.entry(rate.rate.clone()).or_default();
    *row.events.entry(rate.version).or_default() += events;
    Ok(())
}

/// Notes that an event was taken back which a row had priced.
pub(crate) fn forget(
    catalog: &Catalog,
    book: &mut CustomerBook,
    period: BillingPeriod,
    rate: &RateRef,
) -> Result<(), TimeError> {
    let due = catalog.zone().start_of_day(period.end_day)?;
    let used = book.minimums.get_mut(&(period.first_day, rate.card.clone()));
    // Usage from before any version had a minimum was not noted.
    let Some(used) = used else { return Ok(()) };
    used.due = Some(due);
    if let Some(row) = used.rows.get_mut(&rate.rate)
        && let Some(events) = row.events.get_mut(&rate.version)
    {
        *events = events.saturating_sub(1);
        row.events.retain(|_, events| *events > 0);
    }
    Ok(())
}

/// When the next billing period of a card with a minimum ends.
pub(crate) fn next(book: &CustomerBook) -> Option<Instant> {
    book.minimums.values().filter_map(|used| used.due).min()
}

/// What stands charged for a row in a period, in smallest steps of the card's unit.
fn charged(book: &CustomerBook, period: Date, card: &CardCode, row: Option<&RateCode>) -> i128 {
    let of_row = |subject: &Subject| {
        matches!(subject, Subject::Charge { card: of, rate }
            if of == card && row.is_none_or(|row| row == rate))
    };
    let counters = book.counters.iter();
    let counters = counters.filter(|(key, _)| key.period == period && of_row(&key.subject));
    counters.map(|(_, counter)| i128::from(counter.fixed)).sum()
}

/// The price in money of one unit of charge.
struct Price {
    charged_in: Unit,
    currency: Unit,
    each: Exact,
}

impl Price {
    /// The overage price of a version; a card in a currency charges what is missing as it is.
    fn of(catalog: &Catalog, charged_in: Unit, version: &RateCardVersion) -> Option<Self> {
        let Some(overage) = &version.overage else {
            let money = catalog.is_currency(charged_in.code());
            return money.then_some(Self {
                charged_in,
                currency: charged_in,
                each: Exact::whole(1),
            });
        };
        let each = overage.price.exact().ok()?.try_div(overage.per.exact().ok()?).ok()?;
        Some(Self { charged_in, currency: catalog.unit(overage.currency)?, each })
    }

    /// Units of charge in money, rounded half away from zero.
    fn money(&self, steps: i128) -> Result<i64, Rejection> {
        let whole = |unit: Unit| Exact::whole(unit.scale().steps_per_unit());
        let money = Exact::ratio(steps, 1)
            .and_then(|steps| steps.try_mul(self.each))
            .and_then(|money| money.try_mul(whole(self.currency)))
            .and_then(|money| money.try_div(whole(self.charged_in)))
            .map_err(|_| Rejection::Overflow)?;
        let money = money.round(Rounding::HalfAwayFromZero).map_err(|_| Rejection::Overflow)?;
        i64::try_from(money).map_err(|_| Rejection::Overflow)
    }
}

/// What is missing of a minimum, in smallest steps of the card's unit.
fn missing(minimum: Option<Number>, unit: Unit, charged: i128) -> Result<i128, Rejection> {
    let Some(minimum) = minimum else { return Ok(0) };
    let least = minimum
        .exact()
        .and_then(|least| least.try_mul(Exact::whole(unit.scale().steps_per_unit())))
        .map_err(|_| Rejection::Overflow)?;
    // A minimum is a whole number of steps, so nothing is cut here.
    let least = least.round(Rounding::Down).map_err(|_| Rejection::Overflow)?;
    Ok((least - charged).max(0))
}

/// Replaces what was made by what is owed now; returns the difference.
fn replace(
    made: &mut Option<Made>,
    version: u32,
    (owed, currency): (i64, Unit),
) -> Result<i64, Rejection> {
    match made {
        // A later version in another currency leaves what was booked as it is.
        Some(made) if made.currency.0 != currency => Ok(0),
        Some(made) => {
            let more = owed.checked_sub(made.money).ok_or(Rejection::Overflow)?;
            (made.version, made.money) = (version, owed);
            Ok(more)
        }
        None => {
            let currency = KeptUnit(currency);
            *made = (owed != 0).then_some(Made { version, currency, money: owed });
            Ok(owed)
        }
    }
}

/// What was made for a row, or for the card, is taken back, because all its usage was.
fn take_back(made: &mut Option<Made>, of_row: Option<(&CardCode, &RateCode)>) -> Option<Missing> {
    let Made { version, currency, money } = made.take()?;
    let rate = of_row.map(|(card, row)| RateRef { card: card.clone(), version, rate: row.clone() });
    Some(Missing { rate, currency: currency.0, money: -money })
}

/// Trues up one card whose billing period ended at `at`. The entry belongs to the last day of the period.
pub(crate) fn perform(
    cause: &Cause<'_>,
    book: &mut CustomerBook,
    at: Instant,
) -> Result<Effect, Rejection> {
    let due = book.minimums.iter().find(|(_, used)| used.due == Some(at));
    let Some((key, mut used)) = due.map(|(key, used)| (key.clone(), used.clone())) else {
        return Ok(Effect::default());
    };
    used.due = None;
    let (period, code) = &key;
    let mut lines = Vec::new();
    let catalog = cause.catalog;
    let card = catalog.document().rate_cards.iter().find(|card| card.code == *code);
    let unit = card.and_then(|card| catalog.unit(card.unit));
    if let Some((card, unit)) = card.zip(unit) {
        let version = |number: u32| card.versions.iter().find(|v| v.version == number);
        let mut topped_up = 0;
        let latest = used.version();
        for (row, used) in &mut used.rows {
            let Some(number) = used.version() else {
                lines.extend(take_back(&mut used.made, Some((code, row))));
                continue;
            };
            let Some(version) = version(number) else { continue };
            let minimum = version.rates.iter().find(|rate| rate.code == *row);
            let minimum = minimum.and_then(|rate| rate.minimum);
            let Some(price) = Price::of(catalog, unit, version) else { continue };
            let missing = missing(minimum, unit, charged(book, *period, code, Some(row)))?;
            topped_up += missing;
            let owed = (price.money(missing)?, price.currency);
            let more = replace(&mut used.made, number, owed)?;
            let rate = RateRef { card: code.clone(), version: number, rate: row.clone() };
            lines.push(Missing { rate: Some(rate), currency: price.currency, money: more });
        }
        if latest.is_none() {
            lines.extend(take_back(&mut used.made, None));
        } else if let Some(version) = latest.and_then(version)
            && let Some(price) = Price::of(catalog, unit, version)
        {
            let charged = charged(book, *period, code, None) + topped_up;
            let missing = missing(version.minimum, unit, charged)?;
            let owed = (price.money(missing)?, price.currency);
            let more = replace(&mut used.made, version.version, owed)?;
            lines.push(Missing { rate: None, currency: price.currency, money: more });
        }
    }
    lines.retain(|line| line.money != 0);
    let last = used.end.pred_opt().ok_or(Rejection::Overflow)?;
    book.minimums.insert(key.clone(), used);
    let memo = format!("minimum of {code} from {period} through {last}");
    true_up(cause, book, (at, last), memo, &lines)
}
