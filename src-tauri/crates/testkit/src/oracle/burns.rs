//! Burns: units of a lot become revenue, and come back.

use std::collections::BTreeMap;

use super::books::Books;
use super::reading::text;
use super::usage::{Account, Met};

/// Units that come back as of an instant, and those of lots that had ended by then, which expired.
pub(super) struct Return<'a> {
    pub(super) at: i64,
    /// The event is taken back: it leaves its own day of the draft first.
    pub(super) taken_back: bool,
    pub(super) ended: &'a mut BTreeMap<usize, i64>,
}

impl Books {
    /// Burns at most some units of a lot: first what is available, then what had expired.
    pub(super) fn burn(&mut self, met: &Met<'_>, index: usize, units: i64) -> i64 {
        if self.burns_at_invoice(met.customer, index, met.at) {
            return self.hold_for_draft(met, index, units);
        }
        let lot = &mut self.of(met.customer).lots[index];
        let (part, money, released);
        let expired = lot.available == 0;
        if !expired {
            part = units.min(lot.available);
            (money, released) = (lot.carries(part), lot.release(part));
            lot.released += released;
            lot.available -= part;
        } else {
            // What expired are the last units gone; late usage takes the first of them.
            part = units.min(lot.expired - lot.reinstated);
            (money, released) = (lot.carries(part), 0);
            lot.expired -= part;
        }
        lot.consumed += part;
        lot.recognised += money;
        let (liability, forfeit, currency) = (lot.liability(), lot.forfeit(), lot.currency.clone());
        let place = if expired { "expired" } else { "available" };
        self.moved_of_lot((met, index), place, part, (released, money - released));
        self.recognise(met, liability, released, currency.clone());
        self.recognise(met, forfeit, money - released, currency);
        self.covered_by(met, index, (part, money));
        part
    }

    /// Burns units of a lot that a hold gives.
    pub(super) fn burn_held_by(
        &mut self,
        met: &Met<'_>,
        lot: usize,
        units: i64,
    ) -> Result<(), &'static str> {
        if self.burns_at_invoice(met.customer, lot, met.at) {
            self.moved("held", (&lot.to_string(), ""), units);
            self.draft_holds((met.customer, met.at), lot, Some(met), units);
            return Ok(());
        }
        let burned = self.burn_held(met.customer, lot, units, met.at);
        let (money, from, currency) = burned.map_err(|_| "no_lot")?;
        self.moved_of_lot((met, lot), "held", units, (money, 0));
        self.recognise(met, from, money, currency);
        self.covered_by(met, lot, (units, money));
        Ok(())
    }

    fn covered_by(&mut self, met: &Met<'_>, index: usize, sum: (i64, i64)) {
        self.covered((met.customer, met.at), index, text(&met.card, "code"), sum);
    }

    fn recognise(
        &mut self,
        met: &Met<'_>,
        from: &'static str,
        money: i64,
        currency: Option<String>,
    ) {
        self.earn((met.customer, met.at), from, (money, currency), &met.rate_name());
    }

    /// Moves money from where it waited to revenue from usage.
    pub(super) fn earn(
        &mut self,
        place: (&str, i64),
        from: &'static str,
        (money, currency): (i64, Option<String>),
        rate: &str,
    ) {
        let Some(currency) = currency else { return };
        self.post(place, from, (money, &currency));
        self.post_by_rate(place, "revenue_usage", (-money, &currency), rate);
    }

    /// Notes units that usage took from a lot, where they were, and the money they released from the
    /// liability and from where forfeited money went.
    fn moved_of_lot(
        &mut self,
        (met, index): (&Met<'_>, usize),
        place: &'static str,
        units: i64,
        (liability, forfeit): (i64, i64),
    ) {
        let lot = index.to_string();
        self.moved(place, (&lot, ""), units);
        self.moved("liability", (&lot, ""), liability);
        self.moved("forfeit", (&lot, ""), forfeit);
        self.moved("consumed", (&lot, &met.line_name()), units);
        self.moved("revenue", (&lot, &met.line_name()), liability + forfeit);
    }

    /// Used units return to their lot: those of the draft first, then what burned with invoices of the
    /// period, the last invoice first, and then others. If the lot has ended, they expire.
    pub(super) fn give_back_to(
        &mut self,
        account: &Account,
        met: &Met<'_>,
        (index, units): (usize, i64),
        back: &mut Return<'_>,
    ) {
        let held = self.give_back_held((met, account), index, units, back).unwrap_or_default();
        let mut left = units - held;
        for (number, nth) in self.burned_by_invoices(met.customer, account, index) {
            let burned = |books: &mut Self, (units, money): (i64, i64)| {
                let invoices = &mut books.of(met.customer).invoices;
                let burned = &mut invoices.get_mut(&number)?.burned[nth];
                (burned.1, burned.2) = (burned.1 - units, burned.2 - money);
                Some(burned.1)
            };
            let part = left.min(burned(self, (0, 0)).unwrap_or_default());
            let money = self.unburn(met, index, part, back);
            burned(self, (part, money));
            left -= part;
        }
        self.unburn(met, index, left, back);
    }

    fn unburn(&mut self, met: &Met<'_>, index: usize, units: i64, back: &mut Return<'_>) -> i64 {
        let lot = &mut self.of(met.customer).lots[index];
        let (deferred, money);
        let lives = lot.until.is_none_or(|end| back.at < end);
        if lives {
            // What has expired stays the last of the units gone.
            (money, deferred) = (lot.unearns(units), lot.defer(units));
            lot.released -= deferred;
            lot.available += units;
        } else {
            (money, deferred) = (lot.unearns(units), 0);
            lot.expired += units;
            *back.ended.entry(index).or_default() += units;
        }
        lot.consumed -= units;
        lot.recognised -= money;
        let (liability, forfeit, currency) = (lot.liability(), lot.forfeit(), lot.currency.clone());
        let place = if lives { "available" } else { "expired" };
        self.moved_of_lot((met, index), place, -units, (-deferred, deferred - money));
        self.recognise(met, liability, -deferred, currency.clone());
        self.recognise(met, forfeit, deferred - money, currency);
        self.covered_by(met, index, (-units, -money));
        money
    }
}
