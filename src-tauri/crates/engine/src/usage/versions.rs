//! Lots that keep the rates at which they were bought: an event that several of them pay for is priced
//! in parts, each at the rate that its lot honours.
//!
//! Owns: which rate a lot honours, and the parts of an event.
//! Deliberately does not know: what a rate charges ([`scrip_rating::PricedRate`]), and the entry.
//!
//! Lots pay in their draw order. What is left of the quantity is priced at the rate of the next lot; a
//! lot that has fewer units than that gives all of them, and the quantity that they paid for is the one
//! whose exact price comes nearest. What no lot covers is priced as when the usage occurs.

use scrip_rating::{Begun, RatingError};
use scrip_units::CustomerCode;

use super::*;

/// An instant at which a lot was bought, and the customer's billing day then.
pub(super) type Bought = (Instant, Option<u8>);

/// A rate, and where its postings and its counter stand.
#[derive(Debug, Clone)]
pub(super) struct Terms {
    pub(super) rate: Arc<PricedRate>,
    /// Its number among the rates of the batch.
    pub(super) key: u32,
    /// The number of its counter.
    pub(super) slot: usize,
}

/// What lots honour that were bought under other versions than the one in force.
#[derive(Debug, Clone, Default)]
pub(super) struct Honoured {
    /// The rate in force first; none when every lot is priced by it.
    terms: Vec<Terms>,
    /// Positions of lots to those of their terms; a lot that is not here is priced by the first.
    of: HashMap<usize, usize>,
}

impl Honoured {
    /// Whether every lot is priced by the rate in force.
    pub(super) fn is_empty(&self) -> bool {
        self.of.is_empty()
    }

    /// Collects what lots honour, given those that honour anything and when they were bought; and until
    /// when that holds. `terms` makes terms of a rate.
    pub(super) fn collect(
        rater: &Rater,
        (customer, shape, at): (&CustomerCode, &Shape, Instant),
        (current, lots): (&Arc<PricedRate>, &[(usize, Bought)]),
        mut terms: impl FnMut(&Arc<PricedRate>) -> Terms,
    ) -> (Self, Instant) {
        let (mut honoured, mut end) = (Self::default(), Instant::MAX);
        let mut of_instant: HashMap<Bought, Option<usize>> = HashMap::new();
        for (index, bought) in lots {
            let known = of_instant.entry(*bought).or_insert_with(|| {
                let (rate, until) = rater.honoured((customer, shape), current, *bought, at);
                end = end.min(until);
                if Arc::ptr_eq(&rate, current) {
                    return None;
                }
                if honoured.terms.is_empty() {
                    honoured.terms.push(terms(current));
                }
                let same = |known: &Terms| {
                    (known.rate.version, &known.rate.rate, &known.rate.own_price)
                        == (rate.version, &rate.rate, &rate.own_price)
                };
                Some(honoured.terms.iter().position(same).unwrap_or_else(|| {
                    honoured.terms.push(terms(&rate));
                    honoured.terms.len() - 1
                }))
            });
            if let Some(place) = *known {
                honoured.of.insert(*index, place);
            }
        }
        (honoured, end)
    }

    /// Prices a quantity over the units that lots can give, in their order.
    pub(super) fn spread(
        &self,
        sources: impl Iterator<Item = Take>,
        counter: impl Fn(usize) -> Counter,
        quantity: i64,
    ) -> Result<Spread, RatingError> {
        let mut ongoing = Ongoing {
            honoured: self,
            counters: HashMap::new(),
            counter,
            begun: Begun::default(),
            left: quantity,
            open: None,
            spread: Spread::default(),
        };
        for source in sources {
            let terms = self.of.get(&source.lot).copied().unwrap_or_default();
            if ongoing.price_at(terms)? == 0 {
                break;
            }
            ongoing.give(source);
        }
        // Beyond the lots it is what it is now.
        ongoing.price_at(0)?;
        Ok(ongoing.finish())
    }
}

/// The stretch of lots that gives at one rate.
#[derive(Debug, Clone, Copy)]
struct Open {
    terms: usize,
    /// Quantity counted before it.
    before: i64,
    /// The counter after all that is left.
    after: Counter,
    /// What all that is left costs.
    charge: i64,
    /// What its lots gave.
    given: i64,
    takes: usize,
}

/// A quantity in the middle of being priced.
struct Ongoing<'a, C> {
    honoured: &'a Honoured,
    counters: HashMap<usize, Counter>,
    counter: C,
    begun: Begun,
    left: i64,
    open: Option<Open>,
    spread: Spread,
}

impl<C: Fn(usize) -> Counter> Ongoing<'_, C> {
    fn counter(&self, slot: usize) -> Counter {
        self.counters.get(&slot).copied().unwrap_or_else(|| (self.counter)(slot))
    }

    /// Prices what is left at other terms, once the units given so far are accounted for; returns what
    /// is to be paid still.
    fn price_at(&mut self, terms: usize) -> Result<i64, RatingError> {
        if let Some(open) = self.open {
            if open.terms == terms || open.given == open.charge {
                return Ok(open.charge - open.given);
            }
            let Terms { rate, slot, .. } = &self.honoured.terms[open.terms];
            let counter = self.counter(*slot);
            let paid = rate.paid_by(&counter, &self.begun, (self.left, open.given))?;
            if paid.quantity == self.left {
                // All of it is priced; what is missing is less than a step of the quantity costs.
                return Ok(open.charge - open.given);
            }
            self.close(open, paid.quantity);
            self.counters.insert(*slot, paid.counter);
            self.begun = paid.begun;
            self.left -= paid.quantity;
        }
        let Terms { rate, slot, .. } = &self.honoured.terms[terms];
        let counter = self.counter(*slot);
        let (charge, after) = rate.charge_rest(&counter, &self.begun, self.left)?;
        let before = counter.quantity;
        self.open = Some(Open { terms, before, after, charge, given: 0, takes: 0 });
        Ok(charge)
    }

    /// Takes of a lot what is to be paid still, if it has that much.
    fn give(&mut self, source: Take) {
        let Some(open) = &mut self.open else { return };
        let mut wanted = open.charge - open.given;
        let mut of = |units: i64| {
            let taken = wanted.min(units);
            wanted -= taken;
            taken
        };
        let (held, available) = (of(source.held), of(source.available));
        let take = Take { held, available, expired: of(source.expired), ..source };
        open.given = open.charge - wanted;
        open.takes += 1;
        self.spread.takes.push(take);
    }

    fn close(&mut self, open: Open, quantity: i64) {
        let Terms { key, .. } = self.honoured.terms[open.terms];
        let stretch = Stretch { key, figures: (quantity, open.before), takes: open.takes };
        self.spread.stretches.push(stretch);
    }

    fn finish(mut self) -> Spread {
        if let Some(open) = self.open {
            self.close(open, self.left);
            self.counters.insert(self.honoured.terms[open.terms].slot, open.after);
            self.spread.uncovered = open.charge - open.given;
        }
        self.spread.counters = self.counters.into_iter().collect();
        self.spread.counters.sort_by_key(|(slot, _)| *slot);
        self.spread
    }
}

/// A quantity priced in parts.
#[derive(Debug, Default)]
pub(super) struct Spread {
    /// What lots give, in order.
    pub(super) takes: Vec<Take>,
    /// The parts, in order.
    pub(super) stretches: Vec<Stretch>,
    /// What no lot covers.
    pub(super) uncovered: i64,
    /// Counters after it.
    pub(super) counters: Vec<(usize, Counter)>,
}

impl Spread {
    /// What lots give.
    pub(super) fn given(&self) -> i64 {
        self.takes.iter().map(|take| take.held + take.available + take.expired).sum()
    }
}

/// Lots that pay for a part of an event at one rate.
#[derive(Debug, Clone, Copy)]
pub(super) struct Stretch {
    /// Number of the rate.
    pub(super) key: u32,
    /// Quantity, and quantity of the billing period before it.
    pub(super) figures: (i64, i64),
    /// How many lots gave.
    pub(super) takes: usize,
}

/// Those of some lots that keep the rates at which they were bought, with that instant.
pub(super) fn bought(book: &CustomerBook, lots: &[usize]) -> Vec<(usize, Bought)> {
    let bought = lots.iter().map(|index| Some((*index, bought_at(&book.lots[*index])?)));
    bought.flatten().collect()
}

/// When a lot was bought that keeps the rates of that time.
pub(super) fn bought_at(lot: &scrip_wallet::Lot) -> Option<Bought> {
    Some((lot.rates_as_of?, lot.rates_billed_on))
}

/// What the available units of lots can give at an instant, with what had expired since.
pub(super) fn sources<'a>(
    lots: &'a [scrip_wallet::Lot],
    order: &'a [usize],
    at: Instant,
) -> impl Iterator<Item = Take> + 'a {
    let usable = order.iter().filter(move |index| {
        let lot = &lots[**index];
        lot.drawable() > 0 && lot.is_usable_at(at)
    });
    usable.map(|index| {
        let lot = &lots[*index];
        Take { lot: *index, available: lot.available, expired: lot.expired_late(), held: 0 }
    })
}

impl Run<'_> {
    /// What lots honour of the usage of a lane, and until when.
    pub(super) fn honoured(
        &mut self,
        (shape, at): (&Shape, Instant),
        period: BillingPeriod,
        current: &Arc<PricedRate>,
        lots: &[usize],
    ) -> (Honoured, Instant) {
        let bought = bought(&self.book, lots);
        if bought.is_empty() {
            return (Honoured::default(), Instant::MAX);
        }
        let (rater, customer) = (self.rater, self.book.customer.clone());
        Honoured::collect(rater, (&customer, shape, at), (current, &bought), |rate| {
            let subject = Subject::Charge { card: rate.card.clone(), rate: rate.rate.clone() };
            let slot = self.slot(CounterKey { period: period.first_day, subject });
            Terms { rate: Arc::clone(rate), key: self.rate_key(shape, rate), slot }
        })
    }

    /// Prices an event over lots that honour different versions, and draws them, or refuses.
    pub(super) fn priced_by_lots(
        &mut self,
        lane: &mut PricedLane,
        period: BillingPeriod,
        event: &UsageEvent,
        (quantity, mut moved): (i64, Vec<(usize, Counter)>),
    ) -> Result<(), Rejection> {
        let held = self.held(lane);
        let only_hold = self.hold.as_ref().and_then(|id| self.book.holds.get(id));
        let only_hold =
            only_hold.is_some_and(|hold| hold.capture_above == scrip_catalog::CaptureAbove::Reject);
        let order = if only_hold { &[] } else { lane.plan.lots.as_slice() };
        let available = sources(&self.book.lots, order, event.occurred_at);
        let counter = |slot: usize| self.slots[slot].counter;
        let spread = lane.honoured.spread(held.into_iter().chain(available), counter, quantity);
        let spread = spread.map_err(|source| Rejection::Rating { place: event.place, source })?;
        if let Some(id) = self.hold.as_ref().filter(|_| only_hold && spread.uncovered > 0)
            && let Some(hold) = self.book.holds.get(id)
        {
            return Err(crate::holds::above_hold(id, hold, spread.given() + spread.uncovered));
        }
        self.parts.clear();
        let Spread { takes, stretches, uncovered, counters } = spread;
        // What no lot covers is charged at the rate in force.
        let beyond = (uncovered > 0).then_some(lane.key);
        let (last, others) = stretches.split_last().map_or((None, &[][..]), |(l, o)| (Some(l), o));
        let last = last.filter(|last| last.takes > 0 || uncovered == 0);
        let keys: BTreeSet<u32> =
            others.iter().chain(last).map(|stretch| stretch.key).chain(beyond).collect();
        let paid = self.pay(lane, period, event, (takes, &stretches, uncovered))?;
        if let Err(refusal) = paid {
            self.refuse(event, refusal, quantity);
            return Ok(());
        }
        moved.extend(counters);
        self.has_priced(event, moved);
        keys.into_iter().for_each(|key| self.note_use(key));
        Ok(())
    }

    /// What the hold that is captured can give, in the order in which it was drawn.
    fn held(&self, lane: &PricedLane) -> Vec<Take> {
        let hold = self.hold.as_ref().and_then(|id| self.book.holds.get(id));
        let parts = hold.map(|hold| hold.parts.as_slice()).unwrap_or_default().iter();
        let takes = parts.filter_map(|part| {
            let lot = self.book.position(&part.lot)?;
            let pays = part.units > 0 && lane.payers.contains(&self.book.lots[lot].wallet);
            pays.then_some(Take { lot, available: 0, expired: 0, held: part.units })
        });
        takes.collect()
    }
}
