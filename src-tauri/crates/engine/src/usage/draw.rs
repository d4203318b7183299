//! Drawing a charge from lots, and from the customer's purse beyond them.

use scrip_catalog::CaptureAbove;

use super::*;
use crate::holds::{above_hold, burn_held};
use crate::top_up::{self, Trigger};
use crate::usage::versions::Stretch;

impl Run<'_> {
    /// Draws a charge from lots, and what they do not cover from the customer's purse, or refuses.
    pub(super) fn draw(
        &mut self,
        lane: &mut PricedLane,
        period: BillingPeriod,
        event: &UsageEvent,
        (charge, figures): (i64, (i64, i64)),
    ) -> Result<Result<(), Refusal>, Rejection> {
        let mut takes = std::mem::take(&mut self.takes);
        let held = self.hold_pays(lane, charge)?;
        let rest = charge - held.iter().map(|take| take.held).sum::<i64>();
        let uncovered = lane.plan.draw(&self.book.lots, rest, event.occurred_at, &mut takes);
        takes.splice(0..0, held);
        let stretch = Stretch { key: lane.key, figures, takes: takes.len() };
        self.pay(lane, period, event, (takes, &[stretch], uncovered))
    }

    /// Takes what lots give of a charge, stretch by stretch, and what they do not cover from the customer's
    /// purse, or refuses.
    pub(super) fn pay(
        &mut self,
        lane: &mut PricedLane,
        period: BillingPeriod,
        event: &UsageEvent,
        (takes, stretches, uncovered): (Vec<Take>, &[Stretch], i64),
    ) -> Result<Result<(), Refusal>, Rejection> {
        let (uncovered, crossed) = self.cross(lane, uncovered, event)?;
        let mut overage = None;
        if uncovered > 0 {
            match self.beyond(lane, period, uncovered, event.place)? {
                Ok(charged) => overage = Some(charged),
                Err(refusal) => {
                    self.takes = takes;
                    return Ok(Err(refusal));
                }
            }
        }
        if self.limited.is_some() {
            self.note_parts(lane, &takes, (uncovered, overage.map(|(money, _)| money)));
            self.note_crossed(lane, &crossed);
            if let Some(limit) = self.exceeded(lane, period, event) {
                self.takes = takes;
                return Ok(Err(self.refuse_by(&limit)));
            }
        }
        let (mut done, mut figures) = (0, (0, 0));
        for (number, stretch) in stretches.iter().enumerate() {
            let key = stretch.key;
            figures = stretch.figures;
            for take in &takes[done..done + stretch.takes] {
                let money = self.take(lane, (period, key), *take)?;
                let lot = u32::try_from(take.lot).map_err(|_| Rejection::Overflow)?;
                let units = take.available + take.expired + take.held;
                let outcome = Outcome::Drawn { lot: Some(lot) };
                self.row(event.place, outcome, key, (figures.0, figures.1, units, money));
                figures.0 = 0;
            }
            done += stretch.takes;
            let beyond =
                (overage.is_some() || !crossed.is_empty()) && number + 1 == stretches.len();
            if stretch.takes == 0 && !beyond {
                let outcome = Outcome::Drawn { lot: None };
                self.row(event.place, outcome, key, (figures.0, figures.1, 0, 0));
            }
        }
        self.takes = takes;
        for crossed in crossed {
            self.pay_across(lane, period, event, (crossed, &mut figures))?;
        }
        if let Some((money, counter)) = overage {
            let wallet = if lane.plan.beyond == Beyond::Overdraft {
                self.charge_overdraft(lane, (uncovered, money, counter))?
            } else {
                self.charge_overage(lane, period, (uncovered, money, counter));
                None
            };
            self.row(
                event.place,
                Outcome::Overage { wallet },
                lane.key,
                (figures.0, figures.1, uncovered, money),
            );
        }
        self.count(lane, period, event);
        if self.slides {
            self.keep_alive()?;
        }
        if uncovered > 0 || !lane.watched.is_empty() {
            self.watch(lane, uncovered, event.occurred_at)?;
        }
        lane.stale += 1;
        if lane.stale >= 64 && !lane.rate.curve.is_retrospective() {
            lane.stale = 0;
            lane.plan.drop_dead(&self.book.lots, event.occurred_at);
        }
        Ok(Ok(()))
    }

    /// What the hold that is captured pays of a charge, in the order in which it was drawn.
    fn hold_pays(&self, lane: &PricedLane, charge: i64) -> Result<Vec<Take>, Rejection> {
        let Some(id) = &self.hold else { return Ok(Vec::new()) };
        let Some(hold) = self.book.holds.get(id) else { return Ok(Vec::new()) };
        let mut left = charge;
        let mut takes = Vec::new();
        for part in &hold.parts {
            let Some(lot) = self.book.position(&part.lot) else { continue };
            let held = left.min(part.units);
            if held > 0 && lane.payers.contains(&self.book.lots[lot].wallet) {
                takes.push(Take { lot, available: 0, expired: 0, held });
                left -= held;
            }
        }
        match hold.capture_above {
            CaptureAbove::Reject if left > 0 => Err(above_hold(id, hold, charge)),
            CaptureAbove::Reject | CaptureAbove::DrawDifference => Ok(takes),
        }
    }

    /// Moves the ends of lots that live on with the usage of the wallets that an event has drawn.
    fn keep_alive(&mut self) -> Result<(), Rejection> {
        let cause = Cause { catalog: self.catalog, rater: self.rater, operation: self.operation };
        for index in 0..self.takes.len() {
            let wallet = self.book.lots[self.takes[index].lot].wallet.clone();
            let moved = inactivity::used(&cause, &mut self.book, (&wallet, self.day))?;
            self.new_lots |= !moved.lot_changes.is_empty();
            self.effect.add(moved);
        }
        Ok(())
    }

    /// Tops up the wallets that an event has drawn down to their threshold.
    fn watch(
        &mut self,
        lane: &PricedLane,
        uncovered: i64,
        occurred_at: Instant,
    ) -> Result<(), Rejection> {
        let cause = Cause { catalog: self.catalog, rater: self.rater, operation: self.operation };
        self.settle_draws();
        let mut watched = lane.watched.clone();
        if let Some((made, _)) = lane.plan.overdraft.as_ref().filter(|_| uncovered > 0)
            && !lane.plan.wallets.contains(&made.code)
            && top_up::watches(self.catalog, &self.book, &made.code, occurred_at)
        {
            // The event has made the wallet.
            watched.push(made.code.clone());
        }
        for wallet in &watched {
            let drawn = self.takes.iter().any(|take| self.book.lots[take.lot].wallet == *wallet);
            if !drawn && uncovered == 0 {
                continue;
            }
            // Usage that arrives late finds the wallet as it is after all usage so far.
            let kept = self.book.top_ups.entry(wallet.clone()).or_default();
            let at = kept.drawn_until.map_or(occurred_at, |until| until.max(occurred_at));
            kept.drawn_until = Some(at);
            let due = (at, Trigger::Threshold);
            let (made, note) = top_up::make(&cause, &mut self.book, wallet, due)?;
            if !made.lots.is_empty() {
                self.new_lots = true;
                // The new lot may roll over before the next event.
                self.fed_until = None;
            }
            self.effect.add(made);
            self.notes.extend(note);
        }
        Ok(())
    }

    /// Takes units from a lot; returns the revenue they release.
    pub(super) fn take(
        &mut self,
        lane: &PricedLane,
        (period, key): (BillingPeriod, u32),
        take: Take,
    ) -> Result<i64, Rejection> {
        let lot = &mut self.book.lots[take.lot];
        if lane.at_invoice.contains(&lot.wallet) {
            return self.hold_for_invoice(lane, (period, key), take);
        }
        let money = released_by(lot, take.available)?;
        let rounded = carried_by(lot, take.available, money)? - money;
        lot.available -= take.available;
        lot.consumed += take.available;
        lot.released += money;
        // Units that had expired are gone already: what they carry moves from breakage to usage.
        let retagged = rounded + carried_by(lot, take.expired, 0)?;
        lot.expired -= take.expired;
        lot.consumed += take.expired;
        let burned = burn_held(lot, take.held)?;
        let (money, retagged) = (money + burned.money, retagged + burned.retagged);
        if let Some(hold) = self.hold.as_ref().and_then(|id| self.book.holds.get_mut(id)) {
            hold.take_of(&lot.id, take.held);
            hold.captured += take.available + take.expired + take.held;
        }
        let slot = self.charge_slot(lane, (period, key));
        self.remember((lane, slot), Some(take.lot), take.available + take.expired + take.held);
        let index = u32::try_from(take.lot).map_err(|_| Rejection::Overflow)?;
        let cell = self.cells.entry((index, key)).or_default();
        cell.available += take.available;
        cell.expired += take.expired;
        cell.held += take.held;
        cell.money += money;
        cell.retagged += retagged;
        Ok(money + retagged)
    }

    /// Holds units for the draft invoice. Those that had expired are deferred again.
    fn hold_for_invoice(
        &mut self,
        lane: &PricedLane,
        (period, number): (BillingPeriod, u32),
        take: Take,
    ) -> Result<i64, Rejection> {
        let units = take.available + take.expired + take.held;
        let lot = &mut self.book.lots[take.lot];
        let money = released_by(lot, -take.expired)?;
        lot.available -= take.available;
        lot.expired -= take.expired;
        lot.held += take.available + take.expired;
        lot.released += money;
        if let Some(hold) = self.hold.as_ref().and_then(|id| self.book.holds.get_mut(id)) {
            hold.take_of(&lot.id, take.held);
            hold.captured += units;
        }
        let key = &self.rates[number as usize];
        let dimensions =
            key.dimensions.iter().map(|(name, value)| (name.to_string(), value.to_string()));
        let usage = HeldUsage {
            lot: lot.id.clone(),
            rate: Some(key.rate.clone()),
            dimensions: dimensions.collect(),
            day: self.day,
            units,
        };
        let currency = draft_units::currency_of(self.catalog, lot);
        let draft = (period.first_day, currency);
        invoicing::change(&mut self.book, draft, |draft| draft.hold(&usage));
        let slot = self.charge_slot(lane, (period, number));
        self.remember((lane, slot), Some(take.lot), units);
        let index = u32::try_from(take.lot).map_err(|_| Rejection::Overflow)?;
        let cell = self.cells.entry((index, number)).or_default();
        cell.drafted.0 += take.available;
        cell.drafted.1 += take.expired;
        cell.drafted.2 += take.held;
        cell.money += money;
        cell.retagged -= money;
        Ok(0)
    }

    /// What a rate of the batch counts its charges in: what it drew goes back with them.
    pub(super) fn charge_key(&self, period: BillingPeriod, number: u32) -> CounterKey {
        let of = &self.rates[number as usize].rate;
        let subject = Subject::Charge { card: of.card.clone(), rate: of.rate.clone() };
        CounterKey { period: period.first_day, subject }
    }

    fn charge_slot(&mut self, lane: &PricedLane, (period, number): (BillingPeriod, u32)) -> usize {
        // A lot may honour a row that is called otherwise.
        if number == lane.key { lane.charge } else { self.slot(self.charge_key(period, number)) }
    }

    pub(super) fn remember(
        &mut self,
        (lane, slot): (&PricedLane, usize),
        lot: Option<usize>,
        units: i64,
    ) {
        let (version, forward) = (lane.rate.version, !lane.rate.curve.is_retrospective());
        let same = |last: &Pending| {
            last.lot == lot && last.forward == forward && (lot.is_some() || last.version == version)
        };
        match &mut self.slots[slot].pending {
            Some(last) if same(last) => last.units += units,
            _ => {
                self.settle(slot);
                let pending = Pending { lot, version, forward, units };
                self.slots[slot].pending = Some(pending);
            }
        }
    }

    /// Tells the book of all draws.
    pub(super) fn settle_draws(&mut self) {
        (0..self.slots.len()).for_each(|slot| self.settle(slot));
    }

    /// Tells the book of the draws of a charge.
    pub(super) fn settle(&mut self, slot: usize) {
        let pending = self.slots[slot].pending.take();
        let Some(Pending { lot, version, forward, units }) = pending else { return };
        let lot = lot.map(|index| self.book.lots[index].id.clone());
        let version = lot.is_none().then_some(version);
        let drawn = Drawn { lot, units, overdrawn: None, version, forward, repaid: false };
        self.remember_as(slot, drawn);
    }

    fn remember_as(&mut self, slot: usize, drawn: Drawn) {
        if drawn.units == 0 {
            return;
        }
        let key = &self.slots[slot].key;
        if !self.book.draws.contains_key(key) {
            self.book.draws.insert(key.clone(), Vec::new());
        }
        let Some(draws) = self.book.draws.get_mut(key) else { return };
        let same = |last: &Drawn| {
            (&last.lot, &last.overdrawn, last.version, last.forward, last.repaid)
                == (&drawn.lot, &drawn.overdrawn, drawn.version, drawn.forward, drawn.repaid)
        };
        match draws.last_mut() {
            Some(last) if same(last) => last.units += drawn.units,
            _ => draws.push(drawn),
        }
    }

    /// What limits ask of an event before it is charged.
    fn note_parts(
        &mut self,
        lane: &PricedLane,
        takes: &[Take],
        (uncovered, money): (i64, Option<i64>),
    ) {
        self.parts.clear();
        for take in takes {
            let wallet_type = self.book.lots[take.lot].wallet_type.clone();
            let units = take.available + take.expired + take.held;
            self.parts.push(Part::Wallet { wallet_type, units, overdraft: None });
        }
        let (Some(money), Some(price)) = (money, &lane.rate.overage) else { return };
        let money = (price.currency.code(), money);
        self.parts.push(match &lane.plan.overdraft {
            Some((wallet, _)) if lane.plan.beyond == Beyond::Overdraft => Part::Wallet {
                wallet_type: wallet.wallet_type.clone(),
                units: uncovered,
                overdraft: Some(money),
            },
            _ => Part::Overage { units: uncovered, money },
        });
    }

    /// What uncovered units are booked at, as overage or as an overdraft, or why they may not be
    /// used.
    fn beyond(
        &self,
        lane: &PricedLane,
        period: BillingPeriod,
        uncovered: i64,
        place: Place,
    ) -> Result<Result<(i64, Counter), Refusal>, Rejection> {
        if lane.plan.beyond != Beyond::Overdraft {
            return self.overage(lane, period, uncovered, place);
        }
        let steps = lane.rate.unit.scale().steps_per_unit();
        let limit = lane.plan.overdraft_limit_steps(steps);
        let (Some(price), Some((wallet, _)), Some(limit)) =
            (&lane.rate.overage, &lane.plan.overdraft, limit)
        else {
            return Ok(Err(Refusal::HardCap));
        };
        let so_far = overdraft::overdrawn(&self.book, &wallet.code);
        if so_far.saturating_add(uncovered) > limit {
            return Ok(Err(Refusal::OverdraftLimit));
        }
        let counter = &self.slots[lane.overage].counter;
        let advanced = counter.advance(&price.curve, scrip_rating::Grain::STEP, uncovered);
        Ok(Ok(advanced.map_err(|source| Rejection::Rating { place, source })?))
    }

    /// Books an overdraft; returns the cell number of the wallet.
    fn charge_overdraft(
        &mut self,
        lane: &PricedLane,
        (units, money, counter): (i64, i64, Counter),
    ) -> Result<Option<u32>, Rejection> {
        let (Some(price), Some((wallet, _))) = (&lane.rate.overage, &lane.plan.overdraft) else {
            return Ok(None);
        };
        self.slots[lane.overage].counter = counter;
        if !self.book.wallets.contains_key(&wallet.code) {
            self.book.wallets.insert(wallet.code.clone(), wallet.clone());
            // Lanes know the wallets there were.
            self.new_lots = true;
        }
        let key = &self.rates[lane.key as usize];
        let dimensions =
            key.dimensions.iter().map(|(name, value)| (name.to_string(), value.to_string()));
        let reason = Reason::Usage {
            rate: key.rate.clone(),
            dimensions: dimensions.collect(),
            day: self.day,
            charge: self.slots[lane.charge].key.clone(),
        };
        let more = Overdrawn {
            units,
            unit: KeptUnit(lane.rate.unit),
            money,
            currency: Some(KeptUnit(price.currency)),
            of: (units, money),
            reason,
        };
        overdraft::overdraw(&mut self.book, &wallet.code, more);
        let purse = self.purse(&wallet.code)?;
        let cell = self.cells.entry((purse, lane.key)).or_default();
        cell.available += units;
        cell.money += money;
        let (overdrawn, version) = (Some(wallet.code.clone()), Some(lane.rate.version));
        self.settle(lane.charge);
        let forward = !lane.rate.curve.is_retrospective();
        let drawn = Drawn { lot: None, units, overdrawn, version, forward, repaid: false };
        self.remember_as(lane.charge, drawn);
        Ok(Some(purse))
    }

    /// The cell number of a wallet's overdraft.
    pub(super) fn purse(&mut self, wallet: &WalletCode) -> Result<u32, Rejection> {
        let known = self.purses.iter().position(|purse| purse == wallet);
        let position = known.unwrap_or_else(|| {
            self.purses.push(wallet.clone());
            self.purses.len() - 1
        });
        match u32::try_from(position).ok().and_then(|position| PURSES.checked_add(position)) {
            Some(purse) if purse < OVERAGE => Ok(purse),
            _ => Err(Rejection::Overflow),
        }
    }

    /// What uncovered units cost in money, or why they may not be used.
    pub(super) fn overage(
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

    pub(super) fn charge_overage(
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
        self.remember((lane, lane.charge), None, units);
    }
}
