//! What usage costs to deliver: by the event itself, or by the cost cards.
//!
//! Owns: which of the two counts, and sums of costs.
//! Deliberately does not know: the books, of which cost is no part.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use scrip_catalog::{Catalog, CostPreference, DeliveryCost};
use scrip_units::{CardCode, CustomerCode, Date, Exact, ExactError, Unit};

use crate::batch::{Shape, UsageEvent};
use crate::curve::RatingError;
use crate::exchange::ExchangeRates;
use crate::rater::{PricedRate, Rater, Route, Routing};

/// What delivering an event costs.
#[derive(Debug, Clone)]
pub enum Delivered {
    /// What the event says.
    Own(DeliveryCost),
    /// What a row of a cost card says of its quantity.
    Card(Arc<PricedRate>),
    /// Nobody knows.
    Unknown,
}

/// The costs of a configuration, ready to be looked up.
#[derive(Debug)]
pub struct Delivery {
    cards: Rater,
    /// Versions of cards that count before an event's own cost.
    before_events: HashMap<CardCode, Vec<u32>>,
}

impl Delivery {
    /// Makes the costs of a catalog ready.
    ///
    /// # Errors
    /// The place, and why a cost cannot be kept exactly.
    pub fn compile(catalog: &Catalog) -> Result<Self, (String, RatingError)> {
        let mut before_events: HashMap<CardCode, Vec<u32>> = HashMap::new();
        for card in &catalog.document().cost_cards {
            let first = card.versions.iter().filter(|v| v.prefer == CostPreference::Card);
            let first: Vec<u32> = first.map(|version| version.version).collect();
            if !first.is_empty() {
                before_events.insert(card.code.clone(), first);
            }
        }
        Ok(Self { cards: Rater::compile(&catalog.costs())?, before_events })
    }

    /// The quantity that a cost card counts of an event, in smallest steps.
    #[must_use]
    pub fn quantity(&self, shape: &Shape, event: &UsageEvent) -> i64 {
        self.cards.quantity(shape, event)
    }

    /// What delivering an event cost. `slot` keeps what was looked up for its shape.
    pub fn of(
        &self,
        slot: &mut Option<Routing>,
        (customer, shape): (&CustomerCode, &Shape),
        (event, own): (&UsageEvent, Option<&DeliveryCost>),
    ) -> Delivered {
        if own.is_some() && self.before_events.is_empty() {
            return own.map_or(Delivered::Unknown, |own| Delivered::Own(*own));
        }
        let at = event.occurred_at;
        if slot.as_ref().is_none_or(|known| at < known.from || known.until <= at) {
            *slot = Some(self.cards.route(customer, shape, at));
        }
        let by_card = slot.as_ref().and_then(|known| match &known.route {
            Route::Priced { rate, .. } => Some(rate),
            _ => None,
        });
        let card_first = |rate: &Arc<PricedRate>| {
            self.before_events.get(&rate.card).is_some_and(|all| all.contains(&rate.version))
        };
        match (own, by_card) {
            (Some(_), Some(rate)) if card_first(rate) => Delivered::Card(Arc::clone(rate)),
            (Some(own), _) => Delivered::Own(*own),
            (None, Some(rate)) => Delivered::Card(Arc::clone(rate)),
            (None, None) => Delivered::Unknown,
        }
    }
}

/// A currency that costs are valued in, and the source of the rates.
pub type Valued = (Unit, String);

/// Why costs cannot be added up.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DeliveryError {
    /// The sum has more digits than can be kept.
    #[error("the cost of {what} is too large to add up")]
    TooLarge {
        /// A row of a cost card, or a currency.
        what: String,
    },
}

/// Costs of many events, kept apart by `K`, and added up exactly.
#[derive(Debug, Clone)]
pub struct DeliverySums<K> {
    /// Currency that costs are converted to, and by which source.
    into: Option<Valued>,
    rates: Vec<Arc<PricedRate>>,
    rate_of: HashMap<usize, usize>,
    /// Quantities, in smallest steps, by row and by the day where its currency is converted.
    used: BTreeMap<(K, usize, Option<Date>), i128>,
    /// Own costs of events in 10^-18 of their currency.
    own: BTreeMap<(K, Unit, Option<Date>), i128>,
    /// Events whose cost nobody knows.
    pub unknown: u64,
    /// Events with a cost of their own that counted.
    pub own_events: u64,
}

impl<K: Ord + Clone> DeliverySums<K> {
    /// No costs.
    #[must_use]
    pub fn new(into: Option<Valued>) -> Self {
        Self {
            into,
            rates: Vec::new(),
            rate_of: HashMap::new(),
            used: BTreeMap::new(),
            own: BTreeMap::new(),
            unknown: 0,
            own_events: 0,
        }
    }

    /// Converts what is added from now on to a currency, by the rates of a source.
    pub fn value_in(&mut self, into: Option<Valued>) {
        self.into = into;
    }

    fn day(&self, currency: Unit, day: Date) -> Option<Date> {
        self.into.as_ref().filter(|(into, _)| *into != currency).map(|_| day)
    }

    /// The position of a rate. Its place in memory names it: the sums hold it for as long as they are.
    fn rate(&mut self, rate: &Arc<PricedRate>) -> usize {
        let new = self.rates.len();
        let known = self.rate_of.entry(Arc::as_ptr(rate).addr()).or_insert(new);
        if *known == new {
            self.rates.push(Arc::clone(rate));
        }
        *known
    }

    /// Adds what delivering an event on a day cost.
    ///
    /// # Errors
    /// [`DeliveryError`].
    pub fn add(&mut self, key: K, of: (Date, i64), cost: Delivered) -> Result<(), DeliveryError> {
        self.add_times(1, key, of, cost)
    }

    /// Adds what delivering an event on a day cost, so many times: -1 for one that was taken back.
    ///
    /// # Errors
    /// [`DeliveryError`].
    pub fn add_times(
        &mut self,
        times: i64,
        key: K,
        (day, quantity): (Date, i64),
        cost: Delivered,
    ) -> Result<(), DeliveryError> {
        let times = i128::from(times);
        match cost {
            Delivered::Unknown => self.unknown += 1,
            Delivered::Card(rate) => {
                let cell = (key, self.rate(&rate), self.day(rate.unit, day));
                *self.used.entry(cell).or_default() += times * i128::from(quantity);
            }
            Delivered::Own(own) => {
                let too_large = || DeliveryError::TooLarge { what: own.currency.to_string() };
                let (Some(atoms), Some(unit)) = (own.atoms(), Unit::currency(own.currency)) else {
                    self.unknown += 1;
                    return Ok(());
                };
                self.own_events += 1;
                let sum = self.own.entry((key, unit, self.day(unit, day))).or_default();
                *sum = sum.checked_add(times * atoms).ok_or_else(too_large)?;
            }
        }
        Ok(())
    }

    /// The currencies of all costs so far.
    pub fn currencies(&self) -> impl Iterator<Item = Unit> {
        let cards = self.rates.iter().map(|rate| rate.unit);
        cards.chain(self.own.keys().map(|(_, unit, _)| *unit))
    }

    /// The sums in smallest steps, by currency. Cost of a day without an exchange rate stays in its own
    /// currency.
    ///
    /// # Errors
    /// [`DeliveryError`].
    pub fn sums(
        &self,
        exchange: &ExchangeRates,
    ) -> Result<BTreeMap<(K, Unit), Exact>, DeliveryError> {
        let mut costs: BTreeMap<(K, Unit), Exact> = BTreeMap::new();
        let mut add = |key: &K, (unit, cost, day): (Unit, Exact, Option<Date>)| {
            let (unit, cost) = self.valued(exchange, (unit, cost, day))?;
            let sum = costs.entry((key.clone(), unit)).or_insert_with(|| Exact::whole(0));
            *sum = sum.try_add(cost)?;
            Ok::<_, ExactError>(())
        };
        for ((key, rate, day), quantity) in &self.used {
            let Some(rate) = self.rates.get(*rate) else { continue };
            let too_large = || DeliveryError::TooLarge { what: rate.rate.to_string() };
            let quantity = i64::try_from(*quantity).map_err(|_| too_large())?;
            let total = rate.curve.total(quantity).map_err(|_| too_large())?;
            let cost = Exact::ratio(total, rate.curve.denominator()).map_err(|_| too_large())?;
            add(key, (rate.unit, cost, *day)).map_err(|_| too_large())?;
        }
        for ((key, unit, day), atoms) in &self.own {
            let too_large = || DeliveryError::TooLarge { what: unit.code().to_string() };
            let cost = in_steps(*atoms, *unit).map_err(|_| too_large())?;
            add(key, (*unit, cost, *day)).map_err(|_| too_large())?;
        }
        Ok(costs)
    }

    fn valued(
        &self,
        exchange: &ExchangeRates,
        (unit, cost, day): (Unit, Exact, Option<Date>),
    ) -> Result<(Unit, Exact), ExactError> {
        let (Some((into, source)), Some(day)) = (&self.into, day) else { return Ok((unit, cost)) };
        let pair = (unit.code(), into.code());
        let Some(factor) = exchange.factor(source, pair, day)? else { return Ok((unit, cost)) };
        let scale = |unit: &Unit| i128::from(unit.scale().steps_per_unit());
        let steps = Exact::ratio(scale(into), scale(&unit))?;
        Ok((*into, cost.try_mul(factor)?.try_mul(steps)?))
    }
}

/// An amount in 10^-18 of a currency, in its smallest steps.
fn in_steps(atoms: i128, unit: Unit) -> Result<Exact, ExactError> {
    let decimals = DeliveryCost::DECIMALS - u32::from(unit.scale().decimals());
    Exact::ratio(atoms, 10_i128.pow(decimals))
}

/// What an event's own cost is in smallest steps of its currency.
#[must_use]
pub fn own_in_steps(own: &DeliveryCost) -> Option<(Exact, Unit)> {
    let unit = Unit::currency(own.currency)?;
    Some((in_steps(own.atoms()?, unit).ok()?, unit))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cost(amount: &str) -> DeliveryCost {
        DeliveryCost { amount: amount.parse().unwrap(), currency: "EUR".parse().unwrap() }
    }

    #[test]
    fn an_own_cost_is_kept_to_the_last_of_its_eighteen_decimals() {
        for amount in ["0", "0.10", "12", "0.000000000000000001", "12345678901234567890.5"] {
            let own = cost(amount);
            let back = DeliveryCost::of_atoms(own.atoms().unwrap(), own.currency).unwrap();
            assert_eq!(back.amount.decimal(), own.amount.decimal(), "{amount}");
        }
        for refused in ["-1", "0.0000000000000000001"] {
            assert_eq!(cost(refused).atoms(), None, "{refused}");
        }
    }
}
