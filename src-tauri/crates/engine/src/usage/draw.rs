//! Drawing a charge from lots, and from the customer's purse beyond them.

use scrip_catalog::CaptureAbove;

use super::*;
use crate::holds::{above_hold, burn_held};
use crate::top_up::{self, Trigger};

impl Run<'_> {
    /// Draws a charge from lots, and what they do not cover from the customer's purse, or refuses.
    pub(super) fn draw(
        &mut self,
        lane: &mut PricedLane,
        period: BillingPeriod,
        event: &UsageEvent,
        (charge, (quantity, before)): (i64, (i64, i64)),
    ) -> Result<Result<(), Refusal>, Rejection> {
        let mut takes = std::mem::take(&mut self.takes);
        let held = self.hold_pays(lane, charge)?;
        let rest = charge - held.iter().map(|take| take.held).sum::<i64>();
        let uncovered = lane.plan.draw(&self.book.lots, rest, event.occurred_at, &mut takes);
        takes.splice(0..0, held);
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
            let units = take.available + take.expired + take.held;
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
        if !lane.watched.is_empty() {
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

    /// Tops up the wallets that an event has drawn down to their threshold.
    fn watch(
        &mut self,
        lane: &PricedLane,
        uncovered: i64,
        occurred_at: Instant,
    ) -> Result<(), Rejection> {
        let cause = Cause { catalog: self.catalog, rater: self.rater, operation: self.operation };
        for wallet in &lane.watched {
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
            self.new_lots |= !made.lots.is_empty();
            self.effect.add(made);
            self.notes.extend(note);
        }
        Ok(())
    }

    /// Takes units from a lot; returns the revenue they release.
    pub(super) fn take(&mut self, lane: &PricedLane, take: Take) -> Result<i64, Rejection> {
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
        let burned = burn_held(lot, take.held)?;
        let (money, retagged) = (money + burned.money, retagged + burned.retagged);
        if let Some(hold) = self.hold.as_ref().and_then(|id| self.book.holds.get_mut(id)) {
            hold.take_of(&lot.id, take.held);
            hold.captured += take.available + take.expired + take.held;
        }
        self.remember(lane, Some(take.lot), take.available + take.expired + take.held);
        let index = u32::try_from(take.lot).map_err(|_| Rejection::Overflow)?;
        let cell = self.cells.entry((index, lane.key)).or_default();
        cell.available += take.available;
        cell.expired += take.expired;
        cell.held += take.held;
        cell.money += money;
        cell.retagged += retagged;
        Ok(money + retagged)
    }

    pub(super) fn remember(&mut self, lane: &PricedLane, lot: Option<usize>, units: i64) {
        if !lane.rate.curve.is_retrospective() {
            return;
        }
        let version = lot.is_none().then_some(lane.rate.version);
        let lot = lot.map(|index| self.book.lots[index].id.clone());
        let draws = self.book.draws.entry(self.slots[lane.charge].key.clone()).or_default();
        match draws.last_mut() {
            Some(last) if last.lot == lot && last.version == version => last.units += units,
            _ => draws.push(Drawn { lot, units, version }),
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
        self.remember(lane, None, units);
    }
}
