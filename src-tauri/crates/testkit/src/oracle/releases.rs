//! Units that leave a lot unused and unpaid: voids, and what expiry shares with them.

use serde_json::Value;

use super::books::Books;
use super::reading::text;

impl Books {
    pub(super) fn void(&mut self, operation: &Value, at: i64) -> Result<(), String> {
        let code = text(operation, "customer");
        let parts = match operation["lot"].as_str() {
            // A frozen lot may be voided whole.
            Some(id) if operation["units"].is_null() && self.is_frozen(code, id)? => {
                let lots = &self.customer(code)?.lots;
                let index = lots.iter().position(|lot| lot.id == id).ok_or("no such lot")?;
                if lots[index].available == 0 || lots[index].until.is_some_and(|end| end <= at) {
                    return Err("nothing is left of the lot".to_owned());
                }
                vec![(index, lots[index].available)]
            }
            _ => self.leaving(operation, at)?,
        };
        for (index, units) in parts {
            self.forfeit((code, index), units, at, "voided")?;
        }
        Ok(())
    }

    fn is_frozen(&mut self, code: &str, id: &str) -> Result<bool, String> {
        Ok(self.customer(code)?.lots.iter().any(|lot| lot.id == id && lot.is_frozen()))
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
        let (money, carried) = (lot.release(units), lot.carries(units));
        lot.released += money;
        lot.available -= units;
        if fate == "expired" {
            lot.expired += units;
        } else {
            lot.refunded += units;
            lot.lost += carried;
        }
        let (liability, forfeit) = (lot.liability(), lot.forfeit());
        if let Some(currency) = lot.currency.clone() {
            self.post((code, at), liability, (money, &currency));
            self.post((code, at), forfeit, (-money, &currency));
        }
        Ok(())
    }
}
