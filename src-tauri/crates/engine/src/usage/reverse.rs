//! Taking posted events back: their units return to the lots they came from, counters and limits
//! to where they were without them.
//!
//! While the counters of the billing period are there, an event gives back the difference between the
//! cumulative charge with and without its quantity, at the version that priced it. It comes from
//! the event's own draws, the last one first, and what goes beyond them from the last draws of the
//! rate. Without the counters, or where lots with rates of several versions paid for it in parts, an
//! event gives back what it was charged. It is priced as it was when it was posted: by the card and the
//! billing day of then.

use super::*;
use crate::extension;
use crate::operation::{PostedDraw, PostedEvent};
use crate::reversal_rejection::ReversalRejection;
use crate::schedule::Due;
use crate::usage::versions::bought_at;
use scrip_catalog::Restored;
use scrip_rating::Under;

/// A draw of a posted event in smallest steps.
struct Draw<'a> {
    lot: Option<&'a LotId>,
    /// The wallet that was overdrawn.
    overdrawn: Option<&'a WalletCode>,
    /// The rate that priced it, and its number among those of the entry.
    rate: Arc<PricedRate>,
    key: u32,
    quantity: i64,
    units: i64,
    money: i64,
}

/// What one rate priced of an event, and what is charged less without it. Its units are those it was
/// charged.
struct Portion<'a> {
    rate: &'a Arc<PricedRate>,
    key: u32,
    quantity: i64,
    units: i64,
    less: i64,
}

/// What an event has of one row of a card.
struct Row {
    counter: CounterKey,
    rate: Arc<PricedRate>,
    key: u32,
    /// What is charged less without the event, beyond what the event drew.
    beyond: i64,
    /// What the event drew, and the book does not know any more.
    missing: i64,
}

/// Units that come back: where they came from, and the rate under which their postings stand.
struct Source {
    drawn: Drawn,
    rate: Arc<PricedRate>,
    key: u32,
}

/// Takes events back, the latest first, and returns the state after it with what it caused. What has
/// ended by then is swept first.
pub(crate) fn reverse(
    cause: &Cause<'_>,
    book: &CustomerBook,
    batch: &UsageBatch,
    taken: &[(UsageEvent, &PostedEvent)],
) -> Result<(CustomerBook, Effect), Rejection> {
    let mut run = Run::new(cause, book, &batch.members, None);
    run.reversing = Some(Vec::new());
    let swept = schedule::run(cause, &mut run.book, &[Due::Expiry], cause.operation.at)?;
    run.effect.add(swept);
    let billed_now = run.billing_day;
    let mut today: Option<(Date, u8)> = None;
    for (event, posted) in taken {
        let day = cause.catalog.zone().day_of(event.occurred_at);
        // It counted, and stands on the draft, of the period it was in when it was posted.
        let billing_day = posted.billing_day.unwrap_or(billed_now);
        if let Some((before, _)) = today.filter(|today| *today != (day, billing_day)) {
            run.close_day(before)?;
        }
        (today, run.day, run.billing_day) = (Some((day, billing_day)), day, billing_day);
        run.reverse_event(&batch.shapes[event.shape as usize], event, posted)?;
    }
    if let Some((day, _)) = today {
        run.close_day(day)?;
    }
    run.compensate(cause)?;
    Ok(run.finish())
}

/// Takes units out of draws, the last first, and adds them to `sources`; returns how many.
fn draw_back(
    draws: &mut [Drawn],
    units: i64,
    of: impl Fn(&Drawn) -> bool,
    mut found: impl FnMut(Drawn),
) -> i64 {
    let mut left = units;
    for drawn in draws.iter_mut().rev().filter(|drawn| of(drawn)) {
        let part = left.min(drawn.units);
        if part > 0 {
            found(Drawn { units: part, ..drawn.clone() });
            drawn.units -= part;
            left -= part;
        }
    }
    units - left
}

/// The parts of an event: all of it at the rate in force, or what lots that honour other rates paid for.
fn parts_of<'a>(
    (current, key): (&'a Arc<PricedRate>, u32),
    (quantity, draws): (i64, &'a [Draw<'_>]),
) -> Vec<Portion<'a>> {
    let mut parts: Vec<Portion<'a>> = Vec::new();
    for draw in draws {
        // What no lot covers belongs to the part it is left of; what was given back to all.
        let is_rest = draw.units < 0 || (draw.lot.is_none() && draw.quantity == 0);
        let same =
            |part: &Portion<'_>| part.key == draw.key && part.rate.own_price == draw.rate.own_price;
        match parts.last_mut() {
            Some(last) if is_rest || same(last) => {
                last.quantity += draw.quantity;
                last.units += draw.units;
            }
            _ => {
                let gave = draw.units < 0;
                let (rate, key) = if gave { (current, key) } else { (&draw.rate, draw.key) };
                let (quantity, units) = (draw.quantity, draw.units);
                parts.push(Portion { rate, key, quantity, units, less: 0 });
            }
        }
    }
    if parts.is_empty() {
        parts.push(Portion { rate: current, key, quantity, units: 0, less: 0 });
    }
    if let [all] = parts.as_mut_slice() {
        all.quantity = quantity;
    }
    parts
}

impl Run<'_> {
    fn reverse_event(
        &mut self,
        shape: &Shape,
        event: &UsageEvent,
        posted: &PostedEvent,
    ) -> Result<(), Rejection> {
        let own = BillingPeriod::containing(self.day, self.billing_day);
        // As it counted when it was posted.
        self.closed = posted.closed_through;
        let period = counting_period(own, self.closed, self.billing_day);
        let at = event.occurred_at;
        if self.day_events == 0 || self.last_at < at {
            self.last_at = at;
        }
        let card = posted.draws.first().map(|draw| &draw.rate.card);
        let under = Under { billing_day: Some(self.billing_day), card };
        let route = self.rater.route_under(&self.book.customer, shape, at, under);
        let Route::Priced { rate, conversions } = route else {
            self.row(event.place, Outcome::Free, NO_RATE, (-event.quantity, 0, 0, 0));
            return Ok(());
        };
        let (mut lane, _) = self.priced_lane(shape, at, period, (rate, conversions));
        let key = &posted.event.key;
        let draws = posted.draws.iter().map(|draw| self.draw_of(&lane, (shape, at), (key, draw)));
        let draws: Vec<_> = draws.collect::<Result<_, _>>()?;
        let counts = |draw: &Draw<'_>| {
            let key = self.charge_key(period, draw.key);
            period::has_counters(&self.book, &key, period.end_day)
        };
        let (counted, gone): (Vec<_>, Vec<_>) = draws.into_iter().partition(counts);
        if !gone.is_empty() {
            self.parts.clear();
            self.return_draws(&mut lane, period, event, (posted, &gone))?;
        }
        if gone.is_empty() || !counted.is_empty() {
            self.parts.clear();
            let quantity = self.rater.quantity(shape, event);
            self.retract(&mut lane, period, (event, quantity), (posted, &counted))?;
        }
        self.day_events += 1;
        if let Some(keys) = &mut self.reversing {
            keys.push(posted.event.key.clone());
        }
        Ok(())
    }

    fn draw_of<'d>(
        &mut self,
        lane: &PricedLane,
        (shape, at): (&Shape, Instant),
        (event, draw): (&EventKey, &'d PostedDraw),
    ) -> Result<Draw<'d>, Rejection> {
        let lot = draw.lot.as_ref();
        let paid = lot.and_then(|lot| self.book.position(lot)).map(|place| &self.book.lots[place]);
        let unit = draw.unit.or(paid.map(|lot| lot.unit.0.code()));
        if let Some(unit) = unit.filter(|unit| *unit != lane.rate.unit.code()) {
            return Err(ReversalRejection::OtherUnit { key: event.clone(), unit }.into());
        }
        let units = steps("units", draw.units, lane.rate.unit)?;
        let quantity = draw.quantity.map(|n| steps("quantity", n, lane.rate.quantity_unit));
        let money = match (&lane.rate.overage, draw.money) {
            (Some(price), Some(money)) => steps("money", money, price.currency)?,
            _ => 0,
        };
        let of = (&self.book.customer, shape);
        let honoured = |bought| self.rater.honoured(of, &lane.rate, bought, at).0;
        let is_priced_by =
            |rate: &PricedRate| (rate.version, &rate.rate) == (draw.rate.version, &draw.rate.row);
        let rate = match paid {
            Some(lot) => bought_at(lot).map(honoured),
            None if is_priced_by(&lane.rate) => None,
            // What was worth less than a step names no lot: one that honours its rate was next.
            None => {
                let bought = self.book.lots.iter().filter_map(bought_at);
                bought.map(honoured).find(|rate| is_priced_by(rate))
            }
        };
        let rate = rate.unwrap_or_else(|| Arc::clone(&lane.rate));
        let mut key = self.rates[lane.key as usize].clone();
        key.rate.card.clone_from(&draw.rate.card);
        key.rate.version = draw.rate.version;
        key.rate.rate.clone_from(&draw.rate.row);
        let (key, quantity) = (self.number_of(key), quantity.transpose()?.unwrap_or(0));
        let overdrawn = draw.overdrawn.as_ref();
        Ok(Draw { lot, overdrawn, rate, key, quantity, units, money })
    }

    /// Takes an event out of its counters and gives back what is charged less without it.
    fn retract(
        &mut self,
        lane: &mut PricedLane,
        period: BillingPeriod,
        (event, quantity): (&UsageEvent, i64),
        (posted, draws): (&PostedEvent, &[Draw<'_>]),
    ) -> Result<(), Rejection> {
        let located = |source| Rejection::Rating { place: event.place, source };
        let mut converted = quantity;
        for (slot, conversion) in lane.converted.iter().zip(lane.conversions.iter()) {
            let counter = self.slots[*slot].counter;
            if counter.quantity < converted {
                // What was counted by day is forgotten before the period.
                converted = draws.iter().map(|draw| draw.quantity).sum();
                break;
            }
            let (less, next) =
                counter.retract(&conversion.curve, conversion.grain, converted).map_err(located)?;
            self.slots[*slot].counter = next;
            converted = less;
        }
        let own = (Arc::clone(&lane.rate), lane.key);
        let mut parts = parts_of((&own.0, own.1), (converted, draws));
        let beyond = draws.iter().any(|draw| draw.lot.is_none() && draw.units > 0);
        let used = parts.iter().map(|part| part.key).chain(beyond.then_some(lane.key));
        for key in used.collect::<BTreeSet<_>>() {
            let rate = &self.rates[key as usize].rate;
            minimum::forget(self.catalog, &mut self.book, period, rate)?;
        }
        let before = self.slots[lane.charge].counter.quantity;
        self.uncharge(period, &mut parts).map_err(located)?;
        let less: i64 = parts.iter().map(|part| part.less).sum();
        let mut figures = (-converted, before);
        if less < 0 {
            // Without it what remains does not reach its lower price.
            if let Err(refusal) = self.draw(lane, period, event, (-less, figures))? {
                let limit = self.refused_by.take().map(|limit| limit.to_string());
                let event = posted.event.key.to_string();
                return Err(Rejection::Refused { event, refusal, limit });
            }
            let key = self.slots[lane.charge].key.clone();
            self.book.retained.entry(key).or_default();
            return Ok(());
        }
        let sources = self.sources(period, &parts, draws);
        let paid = sources.iter().filter_map(|source| source.drawn.lot.as_ref());
        let units =
            paid.filter_map(|lot| self.book.position(lot)).map(|lot| self.book.lots[lot].unit);
        if let Some(unit) = units.map(|unit| unit.0).find(|unit| *unit != lane.rate.unit) {
            let (key, unit) = (posted.event.key.clone(), unit.code());
            return Err(ReversalRejection::OtherUnit { key, unit }.into());
        }
        for source in &sources {
            let when = (self.operation.at, event.place);
            let own = (std::mem::replace(&mut lane.rate, Arc::clone(&source.rate)), lane.key);
            lane.key = source.key;
            let given = self.give_part(lane, period, &source.drawn, when);
            (lane.rate, lane.key) = own;
            let (outcome, money, key) = given?;
            let row = (figures.0, figures.1, -source.drawn.units, -money);
            self.row(event.place, outcome, key, row);
            figures.0 = 0;
        }
        if sources.is_empty() {
            let nothing = Outcome::Drawn { lot: None };
            self.row(event.place, nothing, lane.key, (figures.0, figures.1, 0, 0));
        }
        self.uncount(lane, period, event);
        Ok(())
    }

    /// Takes the parts of an event out of the counters of what priced them.
    fn uncharge(
        &mut self,
        period: BillingPeriod,
        parts: &mut [Portion<'_>],
    ) -> Result<(), scrip_rating::RatingError> {
        let parted = parts.len() > 1;
        for part in parts {
            let slot = self.slot(self.charge_key(period, part.key));
            let counter = &self.slots[slot].counter;
            let (less, after) = if parted {
                counter.retract_charged(part.quantity, part.units)?
            } else {
                part.rate.retract(counter, (part.quantity, part.units))?
            };
            self.slots[slot].counter = after;
            part.less = less;
        }
        Ok(())
    }

    /// Where the units that are charged less come back from: the event's own draws first, the last of
    /// them first, then the last draws of its rows. What went back with a draft does not go back again.
    fn sources(
        &mut self,
        period: BillingPeriod,
        parts: &[Portion<'_>],
        draws: &[Draw<'_>],
    ) -> Vec<Source> {
        self.settle_draws();
        let mut rows: Vec<Row> = Vec::new();
        let all = parts.iter().rev().map(|part| (part.key, part.rate, part.less));
        let own = draws.iter().rev().map(|draw| (draw.key, &draw.rate, -draw.units));
        for (key, rate, beyond) in all.chain(own) {
            let counter = self.charge_key(period, key);
            match rows.iter_mut().find(|row| row.counter == counter) {
                Some(row) => row.beyond += beyond,
                None => rows.push(Row { counter, rate: Arc::clone(rate), key, beyond, missing: 0 }),
            }
        }
        let less: i64 = parts.iter().map(|part| part.less).sum();
        let charged: i64 = draws.iter().map(|draw| draw.units).sum();
        let own = less.min(charged.max(0));
        let (mut left, mut sources) = (own, Vec::new());
        for draw in draws.iter().rev() {
            let counter = self.charge_key(period, draw.key);
            let version = Some(self.rates[draw.key as usize].rate.version);
            let same = |drawn: &Drawn| match draw.lot {
                Some(lot) => drawn.lot.as_ref() == Some(lot),
                // Another version charged another price.
                None => (drawn.lot.is_none() && drawn.version == version) || drawn.repaid,
            };
            let kept = self.book.draws.get_mut(&counter).map_or(&mut [][..], Vec::as_mut_slice);
            let found = draw_back(kept, left.min(draw.units), same, |drawn| {
                sources.push(Source { drawn, rate: Arc::clone(&draw.rate), key: draw.key });
            });
            left -= found;
            if let Some(row) = rows.iter_mut().find(|row| row.counter == counter) {
                row.missing += draw.units.max(0) - found;
            }
        }
        let mut rest = less - own;
        for row in rows {
            let mut units = left.min(row.missing);
            left -= units;
            if let Some(returned) = self.book.retained.get_mut(&row.counter) {
                let part = units.min(*returned);
                *returned -= part;
                units -= part;
            }
            let more = rest.min(row.beyond.max(0));
            rest -= more;
            if let Some(kept) = self.book.draws.get_mut(&row.counter) {
                let all = |_: &Drawn| true;
                draw_back(kept, units + more, all, |drawn| {
                    sources.push(Source { drawn, rate: Arc::clone(&row.rate), key: row.key });
                });
                kept.retain(|drawn| drawn.units != 0);
            }
            if less != charged {
                self.book.retained.entry(row.counter).or_default();
            }
        }
        sources
    }

    /// Gives back what an event was charged when the counters of its billing period are gone.
    fn return_draws(
        &mut self,
        lane: &mut PricedLane,
        period: BillingPeriod,
        event: &UsageEvent,
        (posted, draws): (&PostedEvent, &[Draw<'_>]),
    ) -> Result<(), Rejection> {
        let key = || posted.event.key.clone();
        if lane.rate.curve.is_retrospective() {
            let (key, rate) = (key(), self.rates[lane.key as usize].rate.to_string());
            return Err(ReversalRejection::WholePeriodClosed { key, rate }.into());
        }
        for draw in draws.iter().rev().filter(|draw| draw.units > 0) {
            let source = Drawn {
                lot: draw.lot.cloned(),
                units: draw.units,
                overdrawn: draw.overdrawn.cloned(),
                version: None,
                forward: false,
                repaid: false,
            };
            let own = (std::mem::replace(&mut lane.rate, Arc::clone(&draw.rate)), lane.key);
            lane.key = draw.key;
            let (outcome, money, stands_under) = match (&source.lot, &source.overdrawn) {
                (None, None) => {
                    let outcome = Outcome::Overage { wallet: None };
                    (outcome, self.return_money(lane, draw), draw.key)
                }
                (Some(lot), _) => {
                    let place = self.book.position(lot).filter(|place| {
                        let lot = &self.book.lots[*place];
                        lot.consumed + lot.held >= draw.units
                    });
                    let lot = || lot.clone();
                    place.ok_or_else(|| ReversalRejection::AlreadyReturned {
                        key: key(),
                        lot: lot(),
                    })?;
                    let when = (self.operation.at, event.place);
                    let given = self.give_part(lane, period, &source, when)?;
                    if !place.is_some_and(|place| self.book.lots[place].conserves()) {
                        let (key, lot) = (key(), lot());
                        return Err(ReversalRejection::AlreadyReturned { key, lot }.into());
                    }
                    given
                }
                (None, Some(wallet)) => {
                    let version = self.rates[draw.key as usize].rate.version;
                    let of = overdraft::Charge { key: &self.slots[lane.charge].key, version };
                    if overdraft::of_charge(&self.book, wallet, of) < draw.units {
                        return Err(ReversalRejection::OverdraftRepaid { key: key() }.into());
                    }
                    self.give_part(lane, period, &source, (self.operation.at, event.place))?
                }
            };
            self.row(event.place, outcome, stands_under, (-draw.quantity, 0, -draw.units, -money));
            (lane.rate, lane.key) = own;
        }
        self.uncount(lane, period, event);
        Ok(())
    }

    /// Takes overage back by the amount it was booked at.
    fn return_money(&mut self, lane: &PricedLane, draw: &Draw<'_>) -> i64 {
        let Some(price) = &lane.rate.overage else { return 0 };
        let currency = price.currency.code();
        *self.book.unbilled.entry(currency).or_default() -= draw.money;
        let cell = self.cells.entry((OVERAGE, lane.key)).or_default();
        cell.available -= draw.units;
        cell.money -= draw.money;
        let (units, money) = (-draw.units, (currency, -draw.money));
        self.part(|_| Part::Overage { units, money });
        draw.money
    }

    /// New lots for what expired at once, where the terms of the lot ask for them.
    fn compensate(&mut self, cause: &Cause<'_>) -> Result<(), Rejection> {
        let mut units: BTreeMap<usize, i64> = BTreeMap::new();
        for (lot, more) in std::mem::take(&mut self.ended) {
            *units.entry(lot).or_default() += more;
        }
        let mut number = 0_u32;
        for (place, units) in units.into_iter().filter(|(_, units)| *units > 0) {
            let lot = &self.book.lots[place];
            let version =
                self.catalog.wallet_type_version(&lot.wallet_type, lot.wallet_type_version);
            if version.is_none_or(|version| version.restored == Restored::Expire) {
                continue;
            }
            number += 1;
            let given = extension::goodwill(cause, &mut self.book, (place, units), number)?;
            self.effect.add(given);
        }
        Ok(())
    }
}
