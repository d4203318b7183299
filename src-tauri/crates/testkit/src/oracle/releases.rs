//! Units that leave a lot unused: refund, void, and what expiry shares with them.

use serde_json::Value;

use super::books::Books;
use super::reading::{steps, text};

impl Books {
    pub(super) fn void(&mut self, operation: &Value, at: i64) -> Result<(), String> {
        let code = text(operation, "customer");
        let customer = self.customer(code)?;
        let index = customer.open_lot(text(operation, "lot"), at)?;
        let units = customer.lots[index].available;
        if units == 0 {
            return Err("nothing is left of the lot".to_owned());
        }
        self.forfeit((code, index), units, at, "voided")
    }

    /// Units leave a lot, and what was paid for them is kept.
    pub(super) fn forfeit(
        &mut self,
        (code, index): (&str, usize),
        units: i64,
        at: i64,
        fate: &str,
    ) -> Result<(), String> {
        let lot = &mut self.customer(code)?.lots[index];
        let money = lot.share_of(lot.gone(), units);
        lot.available -= units;
        if fate == "expired" {
            lot.expired += units;
        } else {
            lot.refunded += units;
        }
        let (liability, forfeit) = (lot.liability(), lot.forfeit());
        if let Some(currency) = lot.currency.clone() {
            self.post((code, at), liability, (money, &currency));
            self.post((code, at), forfeit, (-money, &currency));
        }
        Ok(())
    }

    pub(super) fn refund(&mut self, operation: &Value, at: i64) -> Result<(), String> {
        let code = text(operation, "customer");
        let configuration = self.configuration.clone();
        let customer = self.customer(code)?;
        let index = customer.open_lot(text(operation, "lot"), at)?;
        let lot = &mut customer.lots[index];
        let definition = configuration.one("wallet_types", &lot.wallet_type).ok_or("no type")?;
        let scale = configuration.scale(text(definition, "unit"));
        let units = match operation["units"].is_null() {
            true => lot.available,
            false => steps(operation, "units", scale).ok_or("no amount")?,
        };
        if units <= 0 || units > lot.available {
            return Err("there are not so many units".to_owned());
        }
        let money = lot.share_of(lot.gone(), units);
        let currency = lot.currency.clone();
        let cents = currency.as_deref().map_or(2, |currency| configuration.scale(currency));
        let fee = steps(operation, "fee", cents).unwrap_or_default();
        if fee > money {
            return Err("the fee is more than what the units carry".to_owned());
        }
        lot.available -= units;
        lot.refunded += units;
        let liability = lot.liability();
        let back = if lot.kind == "compensation" { "contra_concessions" } else { "cash_clearing" };
        if let Some(currency) = currency {
            self.post((code, at), liability, (money, &currency));
            self.post((code, at), back, (fee - money, &currency));
            self.post((code, at), "revenue_other_fees", (-fee, &currency));
        }
        Ok(())
    }
}
