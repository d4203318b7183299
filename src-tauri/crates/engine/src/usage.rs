//! Usage: rating a customer's events in order, drawing their lots, and one entry for each service
//! day.
//!
//! Works on a copy of the customer's state, so that a rejection in the middle leaves no trace.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use scrip_catalog::{Beyond, Catalog};
use scrip_journal::entry::ReportDimensions;
use scrip_journal::{Account, Draft, EntryKind, Posting, RateRef};
use scrip_rating::{
    Counter, Place, PricedRate, Rater, Refusal, Route, Shape, UsageBatch, UsageEvent,
};
use scrip_units::{Amount, BillingPeriod, Date, DayCursor, Instant};
use scrip_wallet::{DrawPlan, Funding, Take, plan};

use crate::apply::{Effect, RefusedEvent};
use crate::book::{CounterKey, CustomerBook, Drawn, Subject};
use crate::detail::{Detail, DetailRow, Outcome, RateKey};
use crate::grant::liability;
use crate::operation::Operation;
use crate::rejection::Rejection;
use crate::release::{released_by, share};

const NO_RATE: u32 = u32::MAX;

/// What one entry line sums up: a lot (or overage) and a rate.
#[derive(Debug, Clone, Copy, Default)]
struct Cell {
    /// Units drawn from what was available.
    available: i64,
    /// Units drawn from what had expired.
    expired: i64,
    /// Money released from the lot's liability, or overage.
    money: i64,
    /// Money re-tagged from breakage, because the usage happened before the expiry.
    retagged: i64,
}

/// Everything that is fixed for a shape until prices or the billing period change.
struct Lane {
    from: Instant,
    until: Instant,
    period: BillingPeriod,
    work: Work,
}

enum Work {
    Priced(Box<PricedLane>),
    Free,
    Refused(Refusal),
}

struct PricedLane {
    rate: Arc<PricedRate>,
    conversions: Arc<[scrip_rating::Conversion]>,
    key: u32,
    charge: usize,
    converted: Vec<usize>,
    overage: usize,
    plan: DrawPlan,
    stale: usize,
}

/// A counter that is in work.
struct Slot {
    key: CounterKey,
    counter: Counter,
}

struct Run<'a> {
    catalog: &'a Catalog,
    rater: &'a Rater,
    operation: &'a Operation,
    book: CustomerBook,
    billing_day: u8,
    slots: Vec<Slot>,
    slot_of: HashMap<CounterKey, usize>,
    rates: Vec<RateKey>,
    rate_of: HashMap<RateKey, u32>,
    cells: BTreeMap<(u32, u32), Cell>,
    rows: Vec<DetailRow>,
    unposted: Vec<DetailRow>,
    takes: Vec<Take>,
    last_at: Instant,
    day_events: u64,
    effect: Effect,
}

const OVERAGE: u32 = u32::MAX;

/// Posts a batch and returns the state after it with what it caused.
pub(crate) fn post(
    catalog: &Catalog,
    rater: &Rater,
    book: &CustomerBook,
    operation: &Operation,
    batch: &UsageBatch,
) -> Result<(CustomerBook, Effect), Rejection> {
    let mut run = Run {
        catalog,
        rater,
        operation,
        book: book.clone(),
        billing_day: catalog.customer(&book.customer).map_or(1, |c| c.billing_day),
        slots: Vec::new(),
        slot_of: HashMap::new(),
        rates: Vec::new(),
        rate_of: HashMap::new(),
        cells: BTreeMap::new(),
        rows: Vec::new(),
        unposted: Vec::new(),
        takes: Vec::new(),
        last_at: Instant::MIN,
        day_events: 0,
        effect: Effect::default(),
    };
    let mut cursor = DayCursor::new(catalog.zone());
    let mut today: Option<Date> = None;
    let mut lanes: Vec<Option<Lane>> = batch.shapes.iter().map(|_| None).collect();
    for event in &batch.events {
        if event.place.segment != 0 && run.book.inline_events.contains_key(&event.key_order) {
            // The event came inside an operation before it came with a file.
            run.effect.duplicates += 1;
            continue;
        }
        let day = cursor.day_of(event.occurred_at)?;
        if today != Some(day) {
            if let Some(before) = today {
                run.close_day(before)?;
            }
            today = Some(day);
        }
        let index = event.shape as usize;
        let shape = &batch.shapes[index];
        let fits = lanes[index].as_ref().is_some_and(|lane| {
            lane.from <= event.occurred_at
                && event.occurred_at < lane.until
                && lane.period.first_day <= day
                && day < lane.period.end_day
        });
        if !fits {
            lanes[index] = Some(run.lane(shape, event.occurred_at, day)?);
        }
        if let Some(lane) = lanes[index].as_mut() {
            run.event(lane, shape, event)?;
        }
    }
    if let Some(day) = today {
        run.close_day(day)?;
    }
    Ok(run.finish())
}

impl Run<'_> {
    /// The counter with this key, put to work.
    fn slot(&mut self, key: CounterKey) -> usize {
        if let Some(slot) = self.slot_of.get(&key) {
            return *slot;
        }
        let counter = self.book.counters.get(&key).copied().unwrap_or_default();
        let slot = self.slots.len();
        self.slots.push(Slot { key: key.clone(), counter });
        self.slot_of.insert(key, slot);
        slot
    }

    fn lane(&mut self, shape: &Shape, at: Instant, day: Date) -> Result<Lane, Rejection> {
        let period = BillingPeriod::containing(day, self.billing_day);
        let routing = self.rater.route(&self.book.customer, shape, at);
        let work = match routing.route {
            Route::Free { .. } => Work::Free,
            Route::Refused(refusal) => Work::Refused(refusal),
            Route::Priced { rate, conversions } => {
                Work::Priced(Box::new(self.priced_lane(shape, at, period, (rate, conversions))))
            }
        };
        Ok(Lane { from: routing.from, until: self.until(routing.until, at), period, work })
    }

    /// A lane also ends where a wallet type changes its policies.
    fn until(&self, until: Instant, at: Instant) -> Instant {
        use scrip_catalog::Effective;
        let types = self.catalog.document().wallet_types.iter();
        let changes = types.flat_map(|t| t.published(self.catalog.zone())).map(|(from, _)| from);
        changes.filter(|from| *from > at).fold(until, Ord::min)
    }

    fn priced_lane(
        &mut self,
        shape: &Shape,
        at: Instant,
        period: BillingPeriod,
        (rate, conversions): (Arc<PricedRate>, Arc<[scrip_rating::Conversion]>),
    ) -> PricedLane {
        let named = |subject| CounterKey { period: period.first_day, subject };
        let (card, row) = (rate.card.clone(), rate.rate.clone());
        let charge = self.slot(named(Subject::Charge { card: card.clone(), rate: row.clone() }));
        let overage = self.slot(named(Subject::Overage { card: card.clone(), rate: row.clone() }));
        let converted = conversions.iter().map(|conversion| {
            let (conversion, card, rate) = (conversion.code.clone(), card.clone(), row.clone());
            named(Subject::Conversion { conversion, card, rate })
        });
        let converted: Vec<_> =
            converted.collect::<Vec<_>>().into_iter().map(|key| self.slot(key)).collect();
        let key = self.rate_key(shape, &rate);
        let funding = Funding {
            unit: rate.unit.code(),
            meter: &shape.meter,
            dimensions: &shape.dimensions,
            wallet_types: &rate.wallet_types,
            at,
        };
        let plan = plan(self.catalog, &self.book.wallets, &self.book.lots, &funding);
        PricedLane { rate, conversions, key, charge, converted, overage, plan, stale: 0 }
    }

    fn rate_key(&mut self, shape: &Shape, rate: &PricedRate) -> u32 {
        let meter = self.catalog.meter(&shape.meter);
        let reported = meter.into_iter().flat_map(|m| m.dimensions.iter()).filter(|d| d.report);
        let dimensions: ReportDimensions = reported
            .filter_map(|d| shape.dimensions.get_key_value(d.name.as_str()))
            .map(|(name, value)| (Arc::clone(name), Arc::clone(value)))
            .collect();
        let key = RateKey {
            rate: RateRef {
                card: rate.card.clone(),
                version: rate.version,
                rate: rate.rate.clone(),
            },
            dimensions: Arc::new(dimensions),
            unit: rate.unit,
            currency: rate.overage.as_ref().map(|o| o.currency),
        };
        let next = u32::try_from(self.rates.len()).unwrap_or(NO_RATE - 1);
        *self.rate_of.entry(key.clone()).or_insert_with(|| {
            self.rates.push(key);
            next
        })
    }

    fn event(
        &mut self,
        lane: &mut Lane,
        shape: &Shape,
        event: &UsageEvent,
    ) -> Result<(), Rejection> {
        match &mut lane.work {
            Work::Priced(priced) => {
                let quantity = self.rater.quantity(shape, event);
                self.priced(priced, lane.period, event, quantity)
            }
            Work::Free => {
                self.effect.free += 1;
                self.row(event.place, Outcome::Free, NO_RATE, (event.quantity, 0, 0, 0));
                Ok(())
            }
            Work::Refused(refusal) => {
                self.refuse(event, *refusal, event.quantity);
                Ok(())
            }
        }
    }

    fn refuse(&mut self, event: &UsageEvent, refusal: Refusal, quantity: i64) {
        self.effect.refused.push(RefusedEvent { place: event.place, refusal });
        self.row(event.place, Outcome::Refused(refusal), NO_RATE, (quantity, 0, 0, 0));
    }

    fn row(
        &mut self,
        place: Place,
        outcome: Outcome,
        rate: u32,
        (quantity, before, units, money): (i64, i64, i64, i64),
    ) {
        let row =
            DetailRow { place, outcome, rate, quantity, quantity_before: before, units, money };
        match outcome {
            Outcome::Free | Outcome::Refused(_) => self.unposted.push(row),
            Outcome::Drawn { .. } | Outcome::Overage => self.rows.push(row),
        }
    }

    fn priced(
        &mut self,
        lane: &mut PricedLane,
        period: BillingPeriod,
        event: &UsageEvent,
        quantity: i64,
    ) -> Result<(), Rejection> {
        let located = |source| Rejection::Rating { place: event.place, source };
        // Counters move only when the event is not refused.
        let mut converted = quantity;
        let mut moved: Vec<(usize, Counter)> = Vec::with_capacity(lane.converted.len());
        for (slot, conversion) in lane.converted.iter().zip(lane.conversions.iter()) {
            let counter = &self.slots[*slot].counter;
            let (out, next) =
                counter.advance(&conversion.curve, conversion.grain, converted).map_err(located)?;
            moved.push((*slot, next));
            converted = out;
        }
        let before = self.slots[lane.charge].counter;
        let (mut charge, mut after) = lane.rate.charge(&before, converted).map_err(located)?;
        let figures = (converted, before.quantity);
        if charge < 0 {
            // What cannot be traced to a lot (it was charged by a version that does not look back)
            // waits in the counter until usage has caught up.
            charge = -self.book.traced(&self.slots[lane.charge].key).min(-charge);
            after.fixed = before.fixed + charge;
        }
        if charge < 0 {
            self.give_back(lane, period, event, (-charge, figures))?;
        } else if charge == 0 {
            self.row(
                event.place,
                Outcome::Drawn { lot: None },
                lane.key,
                (converted, before.quantity, 0, 0),
            );
        } else if let Err(refusal) = self.draw(lane, period, event, (charge, figures))? {
            self.refuse(event, refusal, converted);
            return Ok(());
        }
        self.slots[lane.charge].counter = after;
        for (slot, counter) in moved {
            self.slots[slot].counter = counter;
        }
        self.last_at = event.occurred_at;
        self.day_events += 1;
        self.effect.priced += 1;
        Ok(())
    }

    /// Draws a charge from lots, and what they do not cover from the customer's purse, or refuses.
    fn draw(
        &mut self,
        lane: &mut PricedLane,
        period: BillingPeriod,
        event: &UsageEvent,
        (charge, (quantity, before)): (i64, (i64, i64)),
    ) -> Result<Result<(), Refusal>, Rejection> {
        let mut takes = std::mem::take(&mut self.takes);
        let uncovered = lane.plan.draw(&self.book.lots, charge, event.occurred_at, &mut takes);
        let mut overage = None;
        if uncovered > 0 {
            match self.overage(lane, period, uncovered, event.place)? {
                Ok(charged) => overage = Some(charged),
                Err(refusal) => {
                    self.takes = takes;
                    return Ok(Err(refusal));
                }
            }
        }
        let mut figures = (quantity, before);
        for take in &takes {
            let money = self.take(lane, *take)?;
            let lot = u32::try_from(take.lot).map_err(|_| Rejection::Overflow)?;
            let units = take.available + take.expired;
            self.row(
                event.place,
                Outcome::Drawn { lot: Some(lot) },
                lane.key,
                (figures.0, figures.1, units, money),
            );
            figures.0 = 0;
        }
        self.takes = takes;
        if let Some((money, counter)) = overage {
            self.charge_overage(lane, period, (uncovered, money, counter));
            self.row(
                event.place,
                Outcome::Overage,
                lane.key,
                (figures.0, figures.1, uncovered, money),
            );
        }
        lane.stale += 1;
        if lane.stale >= 64 && !lane.rate.curve.is_retrospective() {
            lane.stale = 0;
            lane.plan.drop_dead(&self.book.lots, event.occurred_at);
        }
        Ok(Ok(()))
    }

    /// Takes units from a lot; returns the revenue they release.
    fn take(&mut self, lane: &PricedLane, take: Take) -> Result<i64, Rejection> {
        let lot = &mut self.book.lots[take.lot];
        let money = released_by(lot, take.available)?;
        lot.available -= take.available;
        lot.consumed += take.available;
        lot.released += money;
        // Units that had expired are gone already: their share moves from breakage to usage.
        let first = lot.gone() - lot.expired;
        let retagged = share(lot, first, take.expired)?;
        lot.expired -= take.expired;
        lot.consumed += take.expired;
        self.remember(lane, Some(take.lot), take.available + take.expired);
        let index = u32::try_from(take.lot).map_err(|_| Rejection::Overflow)?;
        let cell = self.cells.entry((index, lane.key)).or_default();
        cell.available += take.available;
        cell.expired += take.expired;
        cell.money += money;
        cell.retagged += retagged;
        Ok(money + retagged)
    }

    fn remember(&mut self, lane: &PricedLane, lot: Option<usize>, units: i64) {
        if !lane.rate.curve.is_retrospective() {
            return;
        }
        let lot = lot.map(|index| self.book.lots[index].id.clone());
        let draws = self.book.draws.entry(self.slots[lane.charge].key.clone()).or_default();
        match draws.last_mut() {
            Some(last) if last.lot == lot => last.units += units,
            _ => draws.push(Drawn { lot, units }),
        }
    }

    /// What uncovered units cost in money, or why they may not be used.
    fn overage(
        &self,
        lane: &PricedLane,
        period: BillingPeriod,
        uncovered: i64,
        place: Place,
    ) -> Result<Result<(i64, Counter), Refusal>, Rejection> {
        let Some(price) =
            lane.rate.overage.as_ref().filter(|_| lane.plan.beyond == Beyond::Overage)
        else {
            return Ok(Err(Refusal::HardCap));
        };
        let counter = &self.slots[lane.overage].counter;
        let (money, next) = counter
            .advance(&price.curve, scrip_rating::Grain::STEP, uncovered)
            .map_err(|source| Rejection::Rating { place, source })?;
        if let Some(limit) = lane.plan.overage_limit_steps(price.currency.scale().steps_per_unit())
        {
            let so_far = self
                .book
                .overage
                .get(&(period.first_day, price.currency.code()))
                .copied()
                .unwrap_or(0);
            if so_far.saturating_add(money) > limit {
                return Ok(Err(Refusal::OverageLimit));
            }
        }
        Ok(Ok((money, next)))
    }

    fn charge_overage(
        &mut self,
        lane: &PricedLane,
        period: BillingPeriod,
        (units, money, counter): (i64, i64, Counter),
    ) {
        let Some(price) = &lane.rate.overage else { return };
        self.slots[lane.overage].counter = counter;
        *self.book.overage.entry((period.first_day, price.currency.code())).or_default() += money;
        *self.book.unbilled.entry(price.currency.code()).or_default() += money;
        let cell = self.cells.entry((OVERAGE, lane.key)).or_default();
        cell.available += units;
        cell.money += money;
        self.remember(lane, None, units);
    }

    /// Gives units back in the reverse order of their draws, when a retrospective tier makes what
    /// was used cheaper. Units return to the lot they came from; if its validity has ended by
    /// then, they return and expire.
    fn give_back(
        &mut self,
        lane: &PricedLane,
        period: BillingPeriod,
        event: &UsageEvent,
        (units, (quantity, before)): (i64, (i64, i64)),
    ) -> Result<(), Rejection> {
        let key = self.slots[lane.charge].key.clone();
        let mut left = units;
        let mut figures = (quantity, before);
        while left > 0 {
            let Some(last) = self.book.draws.get_mut(&key).and_then(|draws| draws.last_mut())
            else {
                return Err(Rejection::Overflow);
            };
            let part = left.min(last.units);
            last.units -= part;
            let source = last.lot.clone();
            if last.units == 0
                && let Some(draws) = self.book.draws.get_mut(&key)
            {
                draws.pop();
            }
            left -= part;
            let (outcome, money) = match source.and_then(|lot| self.book.position(&lot)) {
                Some(index) => {
                    let lot = u32::try_from(index).map_err(|_| Rejection::Overflow)?;
                    (
                        Outcome::Drawn { lot: Some(lot) },
                        self.return_to(lane, index, part, event.occurred_at)?,
                    )
                }
                None => (Outcome::Overage, self.return_overage(lane, period, part, event.place)?),
            };
            self.row(event.place, outcome, lane.key, (figures.0, figures.1, -part, -money));
            figures.0 = 0;
        }
        Ok(())
    }

    fn return_to(
        &mut self,
        lane: &PricedLane,
        index: usize,
        units: i64,
        at: Instant,
    ) -> Result<i64, Rejection> {
        let lot = &mut self.book.lots[index];
        let cell = self
            .cells
            .entry((u32::try_from(index).map_err(|_| Rejection::Overflow)?, lane.key))
            .or_default();
        if lot.expires_at.is_none_or(|end| at < end) {
            let money = released_by(lot, -units)?;
            lot.consumed -= units;
            lot.available += units;
            lot.released += money;
            cell.available -= units;
            cell.money += money;
            return Ok(-money);
        }
        let money = share(lot, lot.gone() - lot.expired - units, units)?;
        lot.consumed -= units;
        lot.expired += units;
        cell.expired -= units;
        cell.retagged -= money;
        Ok(money)
    }

    fn return_overage(
        &mut self,
        lane: &PricedLane,
        period: BillingPeriod,
        units: i64,
        place: Place,
    ) -> Result<i64, Rejection> {
        let Some(price) = &lane.rate.overage else { return Ok(0) };
        let counter = &self.slots[lane.overage].counter;
        let (money, next) = counter
            .advance(&price.curve, scrip_rating::Grain::STEP, -units)
            .map_err(|source| Rejection::Rating { place, source })?;
        self.slots[lane.overage].counter = next;
        *self.book.overage.entry((period.first_day, price.currency.code())).or_default() += money;
        *self.book.unbilled.entry(price.currency.code()).or_default() += money;
        let cell = self.cells.entry((OVERAGE, lane.key)).or_default();
        cell.available -= units;
        cell.money += money;
        Ok(-money)
    }

    /// Seals the entry of a service day.
    fn close_day(&mut self, day: Date) -> Result<(), Rejection> {
        let cells = std::mem::take(&mut self.cells);
        let rows = std::mem::take(&mut self.rows);
        let events = std::mem::take(&mut self.day_events);
        let postings = self.postings(&cells, day)?;
        if postings.is_empty() {
            // Nothing was worth a step yet; the rows are kept without an entry.
            self.unposted.extend(rows);
            return Ok(());
        }
        let mut detail = self.detail(rows);
        let draft = Draft {
            kind: EntryKind::Usage,
            operation: self.operation.id.clone(),
            effective_at: self.last_at,
            booked_on: day,
            memo: format!("usage of {day}: {events} events"),
            detail: Some(detail.hash()),
            postings,
        };
        let entry = self.book.chain.seal(&self.book.customer, draft)?;
        detail.entry = entry.number;
        self.effect.entries.push(entry);
        self.effect.detail.push(detail);
        Ok(())
    }

    /// The detail of some rows, with only the rates and lots they use.
    fn detail(&self, mut rows: Vec<DetailRow>) -> Detail {
        let (mut rates, mut lots) = (Vec::new(), Vec::new());
        let (mut rate_at, mut lot_at) = (HashMap::new(), HashMap::new());
        for row in &mut rows {
            if row.rate != NO_RATE {
                row.rate = *rate_at.entry(row.rate).or_insert_with_key(|rate| {
                    rates.push(self.rates[*rate as usize].clone());
                    u32::try_from(rates.len() - 1).unwrap_or(NO_RATE)
                });
            }
            if let Outcome::Drawn { lot: Some(lot) } = row.outcome {
                let position = *lot_at.entry(lot).or_insert_with_key(|lot| {
                    let lot = &self.book.lots[*lot as usize];
                    lots.push((lot.id.clone(), lot.wallet.clone(), lot.currency.map(|c| c.0)));
                    u32::try_from(lots.len() - 1).unwrap_or(NO_RATE)
                });
                row.outcome = Outcome::Drawn { lot: Some(position) };
            }
        }
        Detail { customer: self.book.customer.clone(), entry: 0, rates, lots, rows }
    }

    fn postings(
        &self,
        cells: &BTreeMap<(u32, u32), Cell>,
        day: Date,
    ) -> Result<Vec<Posting>, Rejection> {
        let mut postings = Vec::new();
        let mut lots: BTreeMap<u32, Cell> = BTreeMap::new();
        let mut unbilled: BTreeMap<scrip_units::Unit, i64> = BTreeMap::new();
        for ((lot, rate), cell) in cells {
            let key = &self.rates[*rate as usize];
            let line = |account, amount| {
                let mut posting = Posting::new(account, amount);
                posting.rate = Some(key.rate.clone());
                posting.dimensions = Arc::clone(&key.dimensions);
                posting.service_day = Some(day);
                posting
            };
            if *lot == OVERAGE {
                if let Some(currency) = key.currency.filter(|_| cell.money != 0) {
                    *unbilled.entry(currency).or_default() += cell.money;
                    postings.push(line(
                        Account::RevenueOverage,
                        Amount::from_steps(currency, -cell.money),
                    ));
                }
                continue;
            }
            let sum = lots.entry(*lot).or_default();
            sum.available += cell.available;
            sum.expired += cell.expired;
            sum.money += cell.money;
            sum.retagged += cell.retagged;
            let lot = &self.book.lots[*lot as usize];
            let units = cell.available + cell.expired;
            if units != 0 {
                let consumed = Amount::from_steps(lot.unit.0, units);
                postings.push(line(Account::UnitsConsumed, consumed).of_lot(&lot.wallet, &lot.id));
            }
            if let Some(currency) = lot.currency.filter(|_| cell.money + cell.retagged != 0) {
                let revenue = Amount::from_steps(currency.0, -(cell.money + cell.retagged));
                postings.push(line(Account::RevenueUsage, revenue).of_lot(&lot.wallet, &lot.id));
            }
        }
        for (index, sum) in lots {
            let lot = &self.book.lots[index as usize];
            let mut push = |account, unit, steps: i64| {
                if steps != 0 {
                    let posting = Posting::new(account, Amount::from_steps(unit, steps));
                    postings.push(posting.of_lot(&lot.wallet, &lot.id));
                }
            };
            push(Account::UnitsAvailable, lot.unit.0, -sum.available);
            push(Account::UnitsExpired, lot.unit.0, -sum.expired);
            if let Some(currency) = lot.currency {
                push(liability(lot.kind), currency.0, sum.money);
                push(crate::grant::expiry_account(lot.kind), currency.0, sum.retagged);
            }
        }
        for (currency, money) in unbilled {
            if money != 0 {
                postings.push(Posting::new(
                    Account::UnbilledReceivable,
                    Amount::from_steps(currency, money),
                ));
            }
        }
        Ok(postings)
    }

    fn finish(mut self) -> (CustomerBook, Effect) {
        let unposted = std::mem::take(&mut self.unposted);
        if !unposted.is_empty() {
            let detail = self.detail(unposted);
            self.effect.detail.push(detail);
        }
        for Slot { key, counter } in self.slots {
            if counter == Counter::default() {
                self.book.counters.remove(&key);
            } else {
                self.book.counters.insert(key, counter);
            }
        }
        self.book.draws.retain(|_, draws| !draws.is_empty());
        (self.book, self.effect)
    }
}
