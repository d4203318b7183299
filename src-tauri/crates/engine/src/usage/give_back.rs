//! Giving units back to the lots they came from, in reverse draw order.

use super::*;

impl Run<'_> {
    /// Gives units back in the reverse order of their draws, when a retrospective tier makes what
    /// was used cheaper. Units return to the lot they came from; if its validity has ended by
    /// then, they return and expire.
    pub(super) fn give_back(
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
            let (source, version) = (last.lot.clone(), last.version);
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
                None => {
                    let charged = version.and_then(|v| self.rater.rate_of(&lane.rate, v));
                    let rate = charged.unwrap_or_else(|| Arc::clone(&lane.rate));
                    let money = self.return_overage(lane, &rate, period, (part, event.place))?;
                    (Outcome::Overage, money)
                }
            };
            self.row(event.place, outcome, lane.key, (figures.0, figures.1, -part, -money));
            figures.0 = 0;
        }
        Ok(())
    }

    pub(super) fn return_to(
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
            // A lot that was empty may have something to roll over again.
            self.fed_until = None;
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

    /// Takes overage back at the price at which it was charged, whatever it costs now.
    pub(super) fn return_overage(
        &mut self,
        lane: &PricedLane,
        charged: &PricedRate,
        period: BillingPeriod,
        (units, place): (i64, Place),
    ) -> Result<i64, Rejection> {
        let Some(price) = &charged.overage else { return Ok(0) };
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
}
