//! Giving units back to the lots they came from, in reverse draw order.

use super::*;
use crate::release::unearned_by;

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
        self.settle(lane.charge);
        let key = self.slots[lane.charge].key.clone();
        let (mut left, mut figures) = (units, (quantity, before));
        while left > 0 {
            let draws = self.book.draws.get_mut(&key);
            let Some((place, draws)) = draws
                .and_then(|draws| Some((draws.iter().rposition(|drawn| !drawn.forward)?, draws)))
            else {
                return Err(Rejection::Overflow);
            };
            let last = &mut draws[place];
            let units = left.min(last.units);
            last.units -= units;
            let source = Drawn { units, ..last.clone() };
            if last.units == 0 {
                draws.remove(place);
            }
            left -= units;
            let (outcome, money, key) =
                self.give_part(lane, period, &source, (event.occurred_at, event.place))?;
            self.row(event.place, outcome, key, (figures.0, figures.1, -units, -money));
            figures.0 = 0;
        }
        Ok(())
    }

    /// The rate by whose version units beyond the wallets were booked.
    fn charged_by(&self, lane: &PricedLane, version: Option<u32>) -> Arc<PricedRate> {
        let charged = version.and_then(|version| self.rater.rate_of(&lane.rate, version));
        charged.unwrap_or_else(|| Arc::clone(&lane.rate))
    }

    /// Gives units back to where they came from. Of a lot that has ended at `at` they expire at once.
    /// Returns the money, and the number of the rate under which it stands.
    pub(super) fn give_part(
        &mut self,
        lane: &PricedLane,
        period: BillingPeriod,
        source: &Drawn,
        (at, place): (Instant, Place),
    ) -> Result<(Outcome, i64, u32), Rejection> {
        let part = source.units;
        let index = source.lot.as_ref().and_then(|lot| self.book.position(lot));
        Ok(match (index, &source.overdrawn) {
            (Some(index), _) => {
                let lot = u32::try_from(index).map_err(|_| Rejection::Overflow)?;
                self.part(|book| {
                    let wallet_type = book.lots[index].wallet_type.clone();
                    Part::Wallet { wallet_type, units: -part, overdraft: None }
                });
                let money = self.return_units(lane, period, index, (part, at))?;
                (Outcome::Drawn { lot: Some(lot) }, money, lane.key)
            }
            (None, Some(wallet)) => {
                let rate = self.charged_by(lane, source.version);
                let key = self.charged_key(lane, &rate);
                let booked = self.rates[lane.key as usize].rate.version;
                let charged = (wallet, source.version.unwrap_or(booked), &*rate);
                let money = self.return_overdraft((lane, key), period, charged, (part, place))?;
                (Outcome::Overage { wallet: Some(self.purse(wallet)?) }, money, key)
            }
            (None, None) => {
                let rate = self.charged_by(lane, source.version);
                let key = self.charged_key(lane, &rate);
                let money = self.return_overage((lane, key), &rate, period, (part, place))?;
                if let Some(price) = &rate.overage {
                    let money = (price.currency.code(), -money);
                    self.part(|_| Part::Overage { units: -part, money });
                }
                (Outcome::Overage { wallet: None }, money, key)
            }
        })
    }

    /// Takes units back from what a wallet is overdrawn by, at the price at which they were booked;
    /// returns that.
    fn return_overdraft(
        &mut self,
        (lane, key): (&PricedLane, u32),
        period: BillingPeriod,
        (wallet, version, charged): (&WalletCode, u32, &PricedRate),
        (units, place): (i64, Place),
    ) -> Result<i64, Rejection> {
        let key_of_charge = self.slots[lane.charge].key.clone();
        let of = overdraft::Charge { key: &key_of_charge, version };
        let dimensions = Arc::clone(&self.rates[lane.key as usize].dimensions);
        // An event that is taken back leaves its own day.
        let own = self.reversing.as_ref().map(|_| (self.day, &*dimensions));
        let money = overdraft::take_back(&mut self.book, wallet, (of, own), units)?;
        let slot = match key == lane.key {
            true => lane.overage,
            false => self.overage_slot(period, charged),
        };
        let before = self.slots[slot].counter;
        if let Some(price) = &charged.overage {
            let less = before.retract(&price.curve, scrip_rating::Grain::STEP, units);
            let (_, mut next) = less.map_err(|source| Rejection::Rating { place, source })?;
            next.fixed = before.fixed - money;
            self.slots[slot].counter = next;
            let overdraft = Some((price.currency.code(), -money));
            self.part(|book| {
                let wallet_type = book.wallets[wallet].wallet_type.clone();
                Part::Wallet { wallet_type, units: -units, overdraft }
            });
        }
        let purse = self.purse(wallet)?;
        let cell = self.cells.entry((purse, key)).or_default();
        cell.available -= units;
        cell.money -= money;
        Ok(money)
    }

    /// Returns units to a lot: those that the draft invoice holds first, then those that burned with
    /// an invoice, which gives them up, then others. Returns their revenue.
    fn return_units(
        &mut self,
        lane: &PricedLane,
        period: BillingPeriod,
        index: usize,
        (units, at): (i64, Instant),
    ) -> Result<i64, Rejection> {
        let lot = self.book.lots[index].clone();
        let (card, rate) = (&lane.rate.card, &lane.rate.rate);
        let draft = (period.first_day, draft_units::currency_of(self.catalog, &lot));
        let held = if self.book.drafts.contains_key(&draft) {
            let of = |usage: &HeldUsage| usage.is_of(&lot, card, rate);
            // An event that is taken back leaves its own day.
            let own_day = self.reversing.as_ref().map(|_| self.day);
            invoicing::change(&mut self.book, draft, |draft| {
                let own = |usage: &HeldUsage| of(usage) && Some(usage.day) == own_day;
                let taken = draft.take(units, own);
                taken + draft.take(units - taken, of)
            })
        } else {
            0
        };
        self.return_held(lane, index, (held, at))?;
        let (mut left, mut money) = (units - held, 0);
        let numbers = self.book.invoices.iter().filter(|(_, invoice)| {
            invoice.voided_at.is_none()
                && (invoice.period, invoice.currency.0.code()) == draft
                && invoice.burned.iter().any(|burned| burned.usage.is_of(&lot, card, rate))
        });
        let mut numbers: Vec<_> =
            numbers.map(|(number, invoice)| (invoice.at, number.clone())).collect();
        numbers.sort();
        for (_, number) in numbers.into_iter().rev() {
            let parts = self.book.invoices.get(&number).map_or(0, |invoice| invoice.burned.len());
            for place in (0..parts).rev() {
                let burned = &self.book.invoices[&number].burned[place].usage;
                let part = left.min(burned.units);
                if part == 0 || !burned.is_of(&lot, card, rate) {
                    continue;
                }
                let returned = self.return_to(lane, index, part, at)?;
                if let Some(invoice) = self.book.invoices.get_mut(&number) {
                    invoice.burned[place].usage.units -= part;
                    invoice.burned[place].money -= returned;
                }
                left -= part;
                money += returned;
            }
        }
        Ok(money + self.return_to(lane, index, left, at)?)
    }

    /// Returns units that the draft invoice held to their lot; if its validity has ended they expire.
    fn return_held(
        &mut self,
        lane: &PricedLane,
        index: usize,
        (units, at): (i64, Instant),
    ) -> Result<(), Rejection> {
        let place = u32::try_from(index).map_err(|_| Rejection::Overflow)?;
        let lot = &mut self.book.lots[index];
        let cell = self.cells.entry((place, lane.key)).or_default();
        lot.held -= units;
        if lot.expires_at.is_none_or(|end| at < end) {
            self.fed_until = None;
            lot.available += units;
            cell.drafted.0 -= units;
            return Ok(());
        }
        let money = released_by(lot, units)?;
        self.ended.push((index, units));
        lot.expired += units;
        lot.released += money;
        cell.drafted.1 -= units;
        cell.money += money;
        cell.retagged -= money;
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
            let money = -released_by(lot, -units)?;
            let revenue = unearned_by(lot, units)?;
            // A lot that was empty may have something to roll over again.
            self.fed_until = None;
            lot.consumed -= units;
            lot.available += units;
            lot.released -= money;
            cell.available -= units;
            cell.money -= money;
            cell.retagged += money - revenue;
            return Ok(revenue);
        }
        let money = unearned_by(lot, units)?;
        self.ended.push((index, units));
        lot.consumed -= units;
        lot.expired += units;
        cell.expired -= units;
        cell.retagged -= money;
        Ok(money)
    }

    /// The rate under which overage is taken back: the one of now, or in another currency the one that
    /// charged it.
    fn charged_key(&mut self, lane: &PricedLane, charged: &PricedRate) -> u32 {
        let currency = charged.overage.as_ref().map(|price| price.currency);
        let now = &self.rates[lane.key as usize];
        if now.currency == currency {
            return lane.key;
        }
        let rate = RateRef { version: charged.version, ..now.rate.clone() };
        self.number_of(RateKey { rate, currency, ..now.clone() })
    }

    /// Takes overage back at the price at which it was charged, whatever it costs now.
    fn return_overage(
        &mut self,
        (lane, key): (&PricedLane, u32),
        charged: &PricedRate,
        period: BillingPeriod,
        (units, place): (i64, Place),
    ) -> Result<i64, Rejection> {
        let Some(price) = &charged.overage else { return Ok(0) };
        let slot = match key == lane.key {
            true => lane.overage,
            false => self.overage_slot(period, charged),
        };
        let counter = &self.slots[slot].counter;
        let (money, next) = counter
            .retract(&price.curve, scrip_rating::Grain::STEP, units)
            .map_err(|source| Rejection::Rating { place, source })?;
        self.slots[slot].counter = next;
        *self.book.overage.entry((period.first_day, price.currency.code())).or_default() -= money;
        *self.book.unbilled.entry(price.currency.code()).or_default() -= money;
        let cell = self.cells.entry((OVERAGE, key)).or_default();
        cell.available -= units;
        cell.money -= money;
        Ok(money)
    }
}
