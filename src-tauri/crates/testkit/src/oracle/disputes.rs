//! Chargebacks: a bank takes back what was paid for a lot, and may give it back once.

use serde_json::Value;

use super::books::Books;
use super::reading::{steps, text};
use super::refunds::{Paid, Source, by_amount};

/// What a bank took back for a lot.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Dispute {
    /// Whether it stands: it has not been won.
    pub(super) stands: bool,
    taken: Vec<Paid>,
    /// What the units carried beyond it.
    beyond: i64,
    /// The tax that went with it.
    pub(super) tax: i64,
}

impl Dispute {
    /// What it is about, tax included.
    pub(super) fn amount(&self) -> i64 {
        self.taken.iter().map(|paid| paid.money).sum::<i64>() - self.beyond + self.tax
    }
}

impl Books {
    pub(super) fn chargeback(&mut self, operation: &Value, at: i64) -> Result<(), String> {
        let (code, id) = (text(operation, "customer"), text(operation, "lot"));
        let lots = &self.customer(code)?.lots;
        let index = lots.iter().position(|lot| lot.id == id).ok_or("no such lot")?;
        let lot = lots[index].clone();
        let Some(currency) = lot.currency.clone().filter(|_| lot.was_paid_for()) else {
            return Err("nothing was paid for the lot".to_owned());
        };
        if lot.dispute.is_some() || lot.held > 0 || text(operation, "reason").is_empty() {
            return Err("the lot cannot be charged back so".to_owned());
        }
        let cents = self.configuration.scale(&currency);
        let amount = match operation["amount"].is_null() {
            true => lot.unpaid(),
            false => steps(operation, "amount", cents).ok_or("no amount")?,
        };
        if amount <= 0 || amount > lot.unpaid() {
            return Err("that much was not paid".to_owned());
        }
        let with_tax = operation["with_tax"] == true;
        let used = ("contra_refunds", with_tax);
        let dispute = self.take_price((code, at), index, used, amount)?;
        self.post((code, at), "cash_clearing", (-dispute.amount(), &currency));
        self.customer(code)?.lots[index].dispute = Some(dispute);
        Ok(())
    }

    /// An amount of the price of a lot is taken back: of units that are left, of those that have
    /// expired, and then of what was used, which stands on an account; with the tax or without.
    pub(super) fn take_price(
        &mut self,
        place: (&str, i64),
        index: usize,
        (used, with_tax): (&'static str, bool),
        amount: i64,
    ) -> Result<Dispute, String> {
        let lots = self.customer(place.0)?.lots.clone();
        let of_units = [Source::Left, Source::Expired];
        let (mut taken, left) = by_amount(&lots, &[index], &of_units, amount);
        if left > 0 {
            taken.push(Paid { lot: index, source: Source::Used, units: 0, money: left });
        }
        let carried: i64 = taken.iter().map(|paid| paid.money).sum();
        let tax = self.take_back(place, &taken, (used, with_tax))?;
        let beyond = carried - amount;
        if let Some(currency) = lots[index].currency.clone() {
            self.post(place, "revenue_other_fees", (-beyond, &currency));
        }
        Ok(Dispute { stands: true, taken, beyond, tax })
    }

    /// The same units and the same money come back.
    pub(super) fn win_chargeback(&mut self, operation: &Value, at: i64) -> Result<(), String> {
        let (code, id) = (text(operation, "customer"), text(operation, "lot"));
        let lots = &self.customer(code)?.lots;
        let index = lots.iter().position(|lot| lot.id == id).ok_or("no such lot")?;
        let (dispute, currency) = (lots[index].dispute.clone(), lots[index].currency.clone());
        let dispute = dispute.filter(|d| d.stands).ok_or("none stands")?;
        self.bring_back((code, at), index, (&dispute, "contra_refunds"))?;
        let won = Dispute { stands: false, ..dispute.clone() };
        self.customer(code)?.lots[index].dispute = Some(won);
        let currency = currency.unwrap_or_default();
        self.post((code, at), "cash_clearing", (dispute.amount(), &currency));
        Ok(())
    }

    /// What was taken of a lot comes back; what was taken of used units stands on an account.
    pub(super) fn bring_back(
        &mut self,
        place: (&str, i64),
        index: usize,
        (dispute, used): (&Dispute, &'static str),
    ) -> Result<(), String> {
        let lot = &mut self.customer(place.0)?.lots[index];
        let before = lot.released;
        let (mut of_units, mut of_used) = (0, 0);
        for paid in &dispute.taken {
            match paid.source {
                Source::Left => lot.available += paid.units,
                Source::Expired => lot.expired += paid.units,
                Source::Used => {
                    lot.repaid_used -= paid.money;
                    of_used += paid.money;
                    continue;
                }
            }
            lot.refunded -= paid.units;
            lot.repaid -= paid.money;
            of_units += paid.money;
        }
        lot.tax_gone -= dispute.tax;
        // The money of units goes where they are now. What rounding leaves is forfeited where something
        // is, and else the used units earn it.
        if lot.expired > 0 || lot.lost > 0 {
            lot.lost += lot.earns() - lot.recognised;
        }
        lot.released -= lot.defer(0);
        let (deferred, earned) = (before - lot.released, lot.earns() - lot.recognised);
        lot.recognised += earned;
        let (liability, forfeit, tax_account) = (lot.liability(), lot.forfeit(), lot.tax_account());
        let currency = lot.currency.clone().unwrap_or_default();
        self.post(place, "revenue_other_fees", (dispute.beyond, &currency));
        self.post(place, liability, (-deferred, &currency));
        self.post(place, forfeit, (deferred - of_units + earned, &currency));
        self.post(place, "revenue_usage", (-earned, &currency));
        self.post(place, used, (-of_used, &currency));
        self.post(place, tax_account, (-dispute.tax, &currency));
        Ok(())
    }
}
