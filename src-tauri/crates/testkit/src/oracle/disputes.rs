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
    tax: i64,
}

impl Books {
    pub(super) fn chargeback(&mut self, operation: &Value, at: i64) -> Result<(), String> {
        let (code, id) = (text(operation, "customer"), text(operation, "lot"));
        let lots = self.customer(code)?.lots.clone();
        let index = lots.iter().position(|lot| lot.id == id).ok_or("no such lot")?;
        let lot = &lots[index];
        let gift = matches!(lot.kind.as_str(), "promotional" | "compensation");
        let Some(currency) = lot.currency.clone().filter(|_| !gift && lot.price > 0) else {
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
        let of_units = [Source::Left, Source::Expired];
        let (mut taken, left) = by_amount(&lots, &[index], &of_units, amount);
        if left > 0 {
            taken.push(Paid { lot: index, source: Source::Used, units: 0, money: left });
        }
        let carried: i64 = taken.iter().map(|paid| paid.money).sum();
        let tax = self.take_back((code, at), &taken, operation["with_tax"] == true)?;
        let beyond = carried - amount;
        self.post((code, at), "cash_clearing", (-amount - tax, &currency));
        self.post((code, at), "revenue_other_fees", (-beyond, &currency));
        self.customer(code)?.lots[index].dispute =
            Some(Dispute { stands: true, taken, beyond, tax });
        Ok(())
    }

    /// The same units and the same money come back.
    pub(super) fn win_chargeback(&mut self, operation: &Value, at: i64) -> Result<(), String> {
        let (code, id) = (text(operation, "customer"), text(operation, "lot"));
        let lots = &mut self.customer(code)?.lots;
        let index = lots.iter().position(|lot| lot.id == id).ok_or("no such lot")?;
        let lot = &mut lots[index];
        let mut dispute = lot.dispute.clone().filter(|d| d.stands).ok_or("none stands")?;
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
        // The money of units goes where they are now; what rounding leaves is breakage.
        lot.released = lot.share(lot.gone());
        let deferred = before - lot.released;
        let (liability, forfeit, tax_account) = (lot.liability(), lot.forfeit(), lot.tax_account());
        let currency = lot.currency.clone().unwrap_or_default();
        let (tax, beyond) = (dispute.tax, dispute.beyond);
        dispute.stands = false;
        lot.dispute = Some(dispute);
        let place = (code, at);
        self.post(place, "cash_clearing", (of_units + of_used - beyond + tax, &currency));
        self.post(place, "revenue_other_fees", (beyond, &currency));
        self.post(place, liability, (-deferred, &currency));
        self.post(place, forfeit, (deferred - of_units, &currency));
        self.post(place, "contra_refunds", (-of_used, &currency));
        self.post(place, tax_account, (-tax, &currency));
        Ok(())
    }
}
