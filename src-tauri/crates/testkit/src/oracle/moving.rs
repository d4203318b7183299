//! Transfers: units move with what was paid for them.

use serde_json::Value;

use super::books::{Books, Lot};
use super::draw::draw_order;
use super::reading::{steps, text};

impl Books {
    /// The lots that an operation names, by its lot or its wallet, with what may leave each.
    fn leaving(&mut self, operation: &Value, at: i64) -> Result<Vec<(usize, i64)>, String> {
        let code = text(operation, "customer");
        let customer = self.customer(code)?;
        let lots = customer.lots.clone();
        let mut named: Vec<usize> = match operation["wallet"].as_str() {
            None => vec![customer.open_lot(text(operation, "lot"), at)?],
            Some(wallet) => {
                let kind = customer.wallets.get(wallet).ok_or("no such wallet")?.clone();
                let terms = self.configuration.terms(&kind, at).ok_or("no version in force")?;
                let order = draw_order(terms);
                let usable = |index: &usize| {
                    let lot = &lots[*index];
                    lot.wallet == wallet && lot.available > 0 && lot.is_valid_at(at)
                };
                let mut usable: Vec<usize> = (0..lots.len()).filter(usable).collect();
                usable.sort_by(|a, b| self.compare_lots(&order, at, &lots[*a], &lots[*b]));
                usable
            }
        };
        named.retain(|index| lots[*index].available > 0);
        let all: i64 = named.iter().map(|index| lots[*index].available).sum();
        let scale = named.first().map_or(2, |index| self.scale_of(&lots[*index]));
        let mut left = match operation["units"].is_null() {
            true => all,
            false => steps(operation, "units", scale).ok_or("no amount")?,
        };
        if left <= 0 || left > all {
            return Err("there are not so many units".to_owned());
        }
        let mut parts = Vec::new();
        for index in named {
            let part = left.min(lots[index].available);
            if part > 0 {
                parts.push((index, part));
                left -= part;
            }
        }
        Ok(parts)
    }

    pub(super) fn transfer(&mut self, operation: &Value, at: i64) -> Result<(), String> {
        let code = text(operation, "customer").to_owned();
        let to = operation["to_customer"].as_str().unwrap_or(&code).to_owned();
        self.customer(&to)?;
        let parts = self.leaving(operation, at)?;
        let from = self.customer(&code)?.lots[parts[0].0].clone();
        let wallet = operation["to_wallet"].as_str().unwrap_or(&from.wallet).to_owned();
        if to == code && wallet == from.wallet {
            return Err("they are in that wallet".to_owned());
        }
        let wallet_type = self.type_of_new(&to, &wallet, operation, &from)?;
        let configuration = self.configuration.clone();
        let unit = |kind: &str| configuration.one("wallet_types", kind).map(|k| k["unit"].clone());
        if unit(&wallet_type) != unit(&from.wallet_type) {
            return Err("the wallet holds another unit".to_owned());
        }
        let terms = configuration.terms(&wallet_type, at).ok_or("no version in force")?;
        let count = parts.len();
        for (place, (index, units)) in parts.into_iter().enumerate() {
            let old = self.customer(&code)?.lots[index].clone();
            let money = old.share_of(old.gone(), units);
            self.may_mix((&to, &wallet), &old, money)?;
            let id = text(operation, "id");
            let id = if count == 1 { id.to_owned() } else { format!("{id}/{}", place + 1) };
            if self.customer(&to)?.lots.iter().any(|lot| lot.id == id) {
                return Err("the lot exists".to_owned());
            }
            let new = Lot {
                id,
                wallet: wallet.clone(),
                wallet_type: wallet_type.clone(),
                terms: terms["version"].as_i64().unwrap_or_default(),
                issued: units,
                available: units,
                held: 0,
                consumed: 0,
                expired: 0,
                reinstated: 0,
                refunded: 0,
                transferred: 0,
                price: money,
                ..old.clone()
            };
            let giver = &mut self.customer(&code)?.lots[index];
            giver.available -= units;
            giver.transferred += units;
            let taker = self.customer(&to)?;
            taker.wallets.insert(wallet.clone(), wallet_type.clone());
            taker.lots.push(new);
            if let Some(currency) = &old.currency {
                self.post((&code, at), old.liability(), (money, currency));
                self.post((&to, at), old.liability(), (-money, currency));
                if to != code {
                    self.post((&code, at), "transfer_clearing", (-money, currency));
                    self.post((&to, at), "transfer_clearing", (money, currency));
                }
            }
        }
        Ok(())
    }

    /// The type of the wallet that units go to.
    fn type_of_new(
        &mut self,
        to: &str,
        wallet: &str,
        operation: &Value,
        from: &Lot,
    ) -> Result<String, String> {
        let named = operation["to_wallet_type"].as_str();
        if let Some(kind) = self.customer(to)?.wallets.get(wallet) {
            return match named {
                Some(named) if named != kind => Err("the wallet is of another type".to_owned()),
                _ => Ok(kind.clone()),
            };
        }
        let called = self.configuration.one("wallet_types", wallet).map(|_| wallet);
        Ok(named.or(called).unwrap_or(&from.wallet_type).to_owned())
    }

    /// Units that were paid for do not mix with such of another currency or another kind of tax.
    fn may_mix(
        &mut self,
        (to, wallet): (&str, &str),
        moved: &Lot,
        money: i64,
    ) -> Result<(), String> {
        let sold = |lot: &Lot| !matches!(lot.kind.as_str(), "compensation" | "migrated");
        let left = self.customer(to)?.lots.iter();
        let mut others = left.filter(|lot| lot.wallet == wallet && lot.available + lot.held > 0);
        let differs = |lot: &Lot| {
            let otherwise = lot.currency != moved.currency || lot.tax_kind != moved.tax_kind;
            sold(lot) && lot.price > 0 && otherwise
        };
        if sold(moved) && money > 0 && others.any(differs) {
            return Err("the units were sold otherwise".to_owned());
        }
        Ok(())
    }
}
