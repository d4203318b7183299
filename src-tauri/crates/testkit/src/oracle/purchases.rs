//! Purchases of lots that are not paid: credited, given up, and paid after all.

use serde_json::Value;

use super::books::{Books, Lot};
use super::disputes::Dispute;
use super::fraction::{Fraction, Mode};
use super::reading::{steps, text};

/// The price of a lot that was given up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct GivenUp {
    dispute: Dispute,
    /// The tax that is lost with it.
    lost_tax: i64,
}

/// Whether nothing happened to the price but by the use and the end of the lot.
fn is_untouched(lot: &Lot) -> bool {
    let gone = (lot.refunded, lot.transferred, lot.repaid_used);
    let left = (lot.moved, lot.repaid, lot.lost);
    (gone, left) == ((0, 0, 0), (0, 0, 0)) && lot.dispute.is_none() && lot.given_up.is_none()
}

impl Books {
    /// A lot that somebody paid for, or is to pay for, with its currency.
    fn purchase(&mut self, operation: &Value) -> Result<(usize, String), String> {
        if text(operation, "op") != "receive_payment" && text(operation, "reason").is_empty() {
            return Err("a reason is missing".to_owned());
        }
        let (code, id) = (text(operation, "customer"), text(operation, "lot"));
        let lots = &self.customer(code)?.lots;
        let index = lots.iter().position(|lot| lot.id == id).ok_or("no such lot")?;
        let currency = lots[index].currency.clone().ok_or("nothing was paid for it")?;
        Ok((index, currency))
    }

    /// A credit note lowers the price: the lot is as if it had been sold at that.
    pub(super) fn credit_purchase(&mut self, operation: &Value, at: i64) -> Result<(), String> {
        let code = text(operation, "customer");
        let (index, currency) = self.purchase(operation)?;
        let before = self.customer(code)?.lots[index].clone();
        let scale = self.configuration.scale(&currency);
        let amount = match operation["amount"].is_null() {
            true => before.price,
            false => steps(operation, "amount", scale).ok_or("no amount")?,
        };
        let with_units = operation["with_units"] == true;
        let right = amount > 0 && amount <= before.price && before.was_paid_for();
        if !right || !is_untouched(&before) || with_units && amount != before.price {
            return Err("that cannot be credited".to_owned());
        }
        let tax = i128::from(before.tax) * i128::from(amount);
        let tax = Fraction::new(tax, i128::from(before.price)).whole(Mode::Half);
        self.owes_less(code, (amount + tax, &currency))?;
        let mut lot = before.clone();
        lot.price -= amount;
        lot.tax -= tax;
        lot.released = lot.share(lot.gone());
        let broken = before.breakage() - lot.breakage();
        let used = before.released - lot.released - broken;
        lot.recognised -= used;
        if with_units {
            lot.refunded += lot.available;
            lot.available = 0;
        }
        let deferred = before.carrying() - lot.carrying();
        let place = (code, at);
        self.post(place, "contra_credit_notes", (used, &currency));
        self.post(place, lot.forfeit(), (broken, &currency));
        self.post(place, lot.liability(), (deferred, &currency));
        self.post(place, lot.tax_account(), (tax, &currency));
        self.post(place, "accounts_receivable", (-amount - tax, &currency));
        self.customer(code)?.lots[index] = lot;
        Ok(())
    }

    /// The whole price is given up, as a bank would take it back.
    pub(super) fn write_off_purchase(&mut self, operation: &Value, at: i64) -> Result<(), String> {
        let code = text(operation, "customer");
        let (index, currency) = self.purchase(operation)?;
        let lots = self.customer(code)?.lots.clone();
        let lot = &lots[index];
        let touched = lot.dispute.is_some() || lot.given_up.is_some() || lot.held > 0;
        if !lot.was_paid_for() || touched || lot.unpaid() <= 0 {
            return Err("that cannot be written off".to_owned());
        }
        let relief = operation["tax_relief"] == true;
        let mut if_relieved = self.clone();
        let taxed =
            if_relieved.take_price((code, at), index, ("impairment", true), lot.unpaid())?;
        let lost_tax = if relief { 0 } else { taxed.tax };
        let gross = lot.unpaid() + taxed.tax;
        self.owes_less(code, (gross, &currency))?;
        let dispute = self.take_price((code, at), index, ("impairment", relief), lot.unpaid())?;
        self.post((code, at), "impairment", (lost_tax, &currency));
        self.post((code, at), "accounts_receivable", (-gross, &currency));
        self.customer(code)?.lots[index].given_up = Some(GivenUp { dispute, lost_tax });
        Ok(())
    }

    /// The whole of it is paid after all: the same units and the same money come back.
    pub(super) fn pay_purchase(&mut self, operation: &Value, at: i64) -> Result<(), String> {
        let code = text(operation, "customer");
        let (index, currency) = self.purchase(operation)?;
        let amount = steps(operation, "amount", self.configuration.scale(&currency));
        let gone = self.customer(code)?.lots[index].given_up.clone();
        let gone = gone.filter(|gone| gone.dispute.stands).ok_or("it was not given up")?;
        let owed = gone.dispute.amount() + gone.lost_tax;
        if text(operation, "currency") != currency || amount != Some(owed) {
            return Err("that is not what was given up".to_owned());
        }
        self.bring_back((code, at), index, (&gone.dispute, "impairment"))?;
        self.post((code, at), "cash_clearing", (owed, &currency));
        self.post((code, at), "impairment", (-gone.lost_tax, &currency));
        let mut dispute = gone.dispute.clone();
        dispute.stands = false;
        self.customer(code)?.lots[index].given_up = Some(GivenUp { dispute, ..gone });
        Ok(())
    }
}
