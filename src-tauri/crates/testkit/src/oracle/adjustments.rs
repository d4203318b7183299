//! Balances that are put right by hand.

use serde_json::Value;

use super::books::{Books, Lot};
use super::fraction::Fraction;
use super::reading::{decimal, one_unit, steps, text};

impl Books {
    pub(super) fn adjust(&mut self, operation: &Value, at: i64) -> Result<(), String> {
        let code = text(operation, "customer");
        let counter = text(operation, "counter");
        let approver = text(operation, "approver");
        if text(operation, "reason").is_empty() || approver == text(operation, "actor") {
            return Err("nobody approved it".to_owned());
        }
        self.customer(code)?;
        if counter == "liability" {
            return self.adjust_within(operation, at);
        }
        if !text(operation, "units").starts_with('-') {
            return self.adjust_up(operation, at);
        }
        if operation["worth"].is_object() {
            return Err("what is taken has no worth of its own".to_owned());
        }
        let mut taken = operation.clone();
        taken["units"] = text(operation, "units").trim_start_matches('-').into();
        let against =
            if counter == "promotion" { "promotion_expense" } else { "contra_concessions" };
        let parts = match operation["wallet"].as_str() {
            Some(wallet) => self.leaving_or_overdrawn(&taken, (code, wallet), at, against)?,
            None => self.leaving(&taken, at)?,
        };
        for (index, units) in parts {
            let lot = &mut self.customer(code)?.lots[index];
            let (money, carried) = (lot.release(units), lot.carries(units));
            lot.released += money;
            lot.available -= units;
            lot.refunded += units;
            lot.lost += carried;
            let (liability, forfeit) = (lot.liability(), lot.forfeit());
            if let Some(currency) = lot.currency.clone() {
                self.post((code, at), liability, (money, &currency));
                self.post((code, at), against, (-carried, &currency));
                self.post((code, at), forfeit, (carried - money, &currency));
            }
        }
        Ok(())
    }

    /// What leaves the lots of a wallet; what they do not have overdraws it, if it may be.
    fn leaving_or_overdrawn(
        &mut self,
        taken: &Value,
        (code, wallet): (&str, &str),
        at: i64,
        against: &'static str,
    ) -> Result<Vec<(usize, i64)>, String> {
        let kind = self.customer(code)?.wallets.get(wallet).ok_or("no such wallet")?.clone();
        let scale = self.scale_of_wallet(code, wallet);
        let units = steps(taken, "units", scale).ok_or("no amount")?;
        let on = self.configuration.zone.day_of(at);
        let lots = self.customer(code)?.lots.iter();
        let open = |lot: &&Lot| lot.is_valid_at(at) && lot.there <= on;
        let usable = lots.filter(|lot| lot.wallet == wallet).filter(open);
        let beyond = units - usable.map(|lot| lot.available).sum::<i64>();
        if beyond <= 0 {
            return self.leaving(taken, at);
        }
        let terms = self.configuration.terms(&kind, at).cloned().unwrap_or_default();
        let most = decimal(&terms, "overdraft_limit").unwrap_or(Fraction::ZERO);
        let owed = Fraction::of(self.overdrawn(code, wallet) + beyond);
        if terms["beyond"] != "overdraft" || owed.compare(most.times(one_unit(scale))).is_gt() {
            return Err("there are not so many units".to_owned());
        }
        let mut all = taken.clone();
        if let Some(members) = all.as_object_mut() {
            members.remove("units");
        }
        let parts = if beyond == units { Vec::new() } else { self.leaving(&all, at)? };
        self.overdraw_by_hand((code, wallet), beyond, against);
        Ok(parts)
    }

    /// A new lot: a concession, or a promotion.
    fn adjust_up(&mut self, operation: &Value, at: i64) -> Result<(), String> {
        let code = text(operation, "customer");
        let configuration = self.configuration.clone();
        let promotion = operation["counter"] == "promotion";
        let worth = &operation["worth"];
        if !promotion && worth.is_null() {
            return Err("a concession needs a worth".to_owned());
        }
        let customer = self.customer(code)?;
        let wallet = match operation["lot"].as_str() {
            // The lot only says which wallet is meant.
            Some(id) => {
                let lot = customer.lots.iter().find(|lot| lot.id == id).ok_or("no such lot")?;
                lot.wallet.clone()
            }
            None => text(operation, "wallet").to_owned(),
        };
        let wallet_type = customer.wallets.get(&wallet).cloned().unwrap_or(wallet.clone());
        let terms = configuration.terms(&wallet_type, at).ok_or("no such wallet")?;
        let definition = configuration.one("wallet_types", &wallet_type).ok_or("no such type")?;
        let scale = configuration.scale(text(definition, "unit"));
        let units = steps(operation, "units", scale).ok_or("no amount")?;
        let (until, ends_with) = self.usual_end(terms, code, at)?;
        let id = text(operation, "id").to_owned();
        let customer = self.customer(code)?;
        let taken = customer.lots.iter().any(|lot| lot.id == id);
        if units <= 0 || taken || until.is_some_and(|end| end <= at) {
            return Err("that cannot be added".to_owned());
        }
        let currency = worth["currency"].as_str().map(str::to_owned);
        let cents = currency.as_deref().map_or(2, |currency| configuration.scale(currency));
        let amount = steps(worth, "amount", cents).unwrap_or_default();
        let lot = Lot {
            id,
            wallet: wallet.clone(),
            wallet_type: wallet_type.clone(),
            kind: if promotion { "promotional" } else { "compensation" }.to_owned(),
            terms: terms["version"].as_i64().unwrap_or_default(),
            bought: configuration.bought(terms, code, at),
            there: configuration.zone.day_of(at),
            from: at,
            first_from: at,
            until,
            ends_with,
            issued: units,
            available: units,
            noted: self.noted(currency.as_deref(), at)?,
            currency: currency.clone(),
            price: amount,
            ..Lot::default()
        };
        let liability = lot.liability();
        let against = if promotion { "promotion_expense" } else { "contra_concessions" };
        self.customer(code)?.wallets.insert(wallet, wallet_type);
        self.add_lot(code, lot)?;
        if let Some(currency) = currency {
            self.post((code, at), against, (amount, &currency));
            self.post((code, at), liability, (-amount, &currency));
        }
        self.repay(code, at)
    }

    /// More units, or fewer, for the same money: a new lot takes over.
    fn adjust_within(&mut self, operation: &Value, at: i64) -> Result<(), String> {
        let code = text(operation, "customer");
        if operation["worth"].is_object() {
            return Err("the worth does not change".to_owned());
        }
        let customer = self.customer(code)?;
        let index = customer.open_lot(operation["lot"].as_str().ok_or("no lot")?, at)?;
        let old = customer.lots[index].clone();
        let scale = self.scale_of(&old);
        let more = steps(operation, "units", scale).ok_or("no amount")?;
        let units = old.available + more;
        let money = old.carries(old.available);
        let id = text(operation, "id").to_owned();
        let customer = self.customer(code)?;
        let taken = customer.lots.iter().any(|lot| lot.id == id);
        if old.available == 0 || more == 0 || units <= 0 || taken {
            return Err("that cannot be added".to_owned());
        }
        let new = self.moves_on(old.child(id, units, money), at);
        let step = self.customer(code)?.lots[index].give(&new, old.available);
        // Units that are taken go as in any adjustment, but the money stays with the others.
        let lot = &mut self.customer(code)?.lots[index];
        let taken = (old.available - units).max(0);
        lot.transferred -= taken;
        lot.refunded += taken;
        self.leave_step((code, at), &old, step);
        self.add_lot(code, new)
    }
}
