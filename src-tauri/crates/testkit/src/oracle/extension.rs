//! More time for a lot: before its end, and after it as a concession.

use serde_json::Value;

use super::books::{Books, Lot};
use super::ends::{EndsWith, Inactivity};
use super::reading::{steps, text, when};

impl Books {
    /// The end that an operation asks for, none for never.
    fn end_of(&self, operation: &Value) -> Result<Option<i64>, String> {
        match text(operation, "expires_at") {
            "never" => Ok(None),
            text => Ok(Some(when(text, self.configuration.zone).ok_or("no time")?)),
        }
    }

    pub(super) fn extend(&mut self, operation: &Value, at: i64) -> Result<(), String> {
        let code = text(operation, "customer");
        let end = self.end_of(operation)?;
        let customer = self.customer(code)?;
        let index = customer.open_lot(text(operation, "lot"), at)?;
        let lot = &mut customer.lots[index];
        let later = lot.until.is_some_and(|old| end.is_none_or(|new| new > old));
        if !later || lot.available + lot.held == 0 {
            return Err("the lot cannot be extended so".to_owned());
        }
        lot.until = end;
        // Usage moves it further, and never back; from now on it has left the contract.
        lot.ends_with = match (lot.ends_with.clone(), end) {
            (EndsWith::Usage(rule), Some(least)) => EndsWith::Usage(Inactivity { least, ..rule }),
            _ => EndsWith::Nothing,
        };
        Ok(())
    }

    pub(super) fn reinstate(&mut self, operation: &Value, at: i64) -> Result<(), String> {
        let code = text(operation, "customer");
        let end = self.end_of(operation)?;
        self.customer(code)?;
        // What has ended and is not swept is swept first.
        self.sweep_ends(code, at)?;
        let customer = self.customer(code)?;
        let id = text(operation, "lot");
        let index = customer.lots.iter().position(|lot| lot.id == id).ok_or("no such lot")?;
        let old = customer.lots[index].clone();
        if old.is_frozen() {
            return Err("the lot is frozen".to_owned());
        }
        if text(operation, "reason").is_empty() {
            return Err("no reason".to_owned());
        }
        let scale = self.scale_of(&old);
        let customer = self.customer(code)?;
        let left = old.expired - old.reinstated;
        let units = match operation["units"].is_null() {
            true => left,
            false => steps(operation, "units", scale).ok_or("no amount")?,
        };
        let id = operation["new_lot"].as_str().unwrap_or(text(operation, "id")).to_owned();
        let taken = customer.lots.iter().any(|lot| lot.id == id);
        if units <= 0 || units > left || taken || end.is_some_and(|end| end <= at) {
            return Err("that much cannot be given back so".to_owned());
        }
        let new = Lot { until: end, ..self.compensation(&old, id, units, at)? };
        self.give_expired((code, index), new, at)
    }

    /// A lot for expired units of another, at what those cost: the last of the units gone come first.
    pub(super) fn compensation(
        &self,
        old: &Lot,
        id: String,
        units: i64,
        at: i64,
    ) -> Result<Lot, String> {
        let worth = old.share_of(old.gone() - old.reinstated - units, units);
        let terms = self.configuration.terms(&old.wallet_type, at).ok_or("no version in force")?;
        Ok(Lot {
            noted: self.noted(old.currency.as_deref(), at)?,
            kind: "compensation".to_owned(),
            terms: terms["version"].as_i64().unwrap_or_default(),
            rolled: 0,
            there: self.configuration.zone.day_of(at),
            from: at,
            first_from: at,
            until: None,
            ends_with: EndsWith::Nothing,
            tax: 0,
            ..old.child(id, units, worth)
        })
    }

    /// Gives expired units of a lot in a new one.
    pub(super) fn give_expired(
        &mut self,
        (code, index): (&str, usize),
        new: Lot,
        at: i64,
    ) -> Result<(), String> {
        let (worth, liability, currency) = (new.price, new.liability(), new.currency.clone());
        let customer = self.customer(code)?;
        if customer.lots.iter().any(|lot| lot.id == new.id) {
            return Err("there is such a lot".to_owned());
        }
        customer.lots[index].reinstated += new.issued;
        self.add_lot(code, new)?;
        if let Some(currency) = currency {
            self.post((code, at), "contra_concessions", (worth, &currency));
            self.post((code, at), liability, (-worth, &currency));
        }
        Ok(())
    }
}
