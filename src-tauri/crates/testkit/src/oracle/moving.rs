//! Transfers and conversions: units move with what was paid for them.

use serde_json::Value;

use super::books::{Books, Lot};
use super::draw::draw_order;
use super::ends::EndsWith;
use super::fraction::{Fraction, Mode};
use super::reading::{decimal, list, one_unit, steps, text};

impl Books {
    /// The lots that an operation names, by its lot or its wallet, with what may leave each.
    pub(super) fn leaving(
        &mut self,
        operation: &Value,
        at: i64,
    ) -> Result<Vec<(usize, i64)>, String> {
        let code = text(operation, "customer");
        let on = self.configuration.zone.day_of(at);
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
                    let open = lot.is_valid_at(at) && lot.there <= on;
                    lot.wallet == wallet && lot.available > 0 && open
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
        if self.unit_of(&wallet_type) != self.unit_of(&from.wallet_type) {
            return Err("the wallet holds another unit".to_owned());
        }
        let parts = parts.into_iter().map(|(index, units)| (index, units, units)).collect();
        self.move_to(operation, parts, (&to, &wallet, &wallet_type), at)
    }

    fn unit_of(&self, wallet_type: &str) -> String {
        let definition = self.configuration.one("wallet_types", wallet_type);
        definition.map(|definition| text(definition, "unit").to_owned()).unwrap_or_default()
    }

    /// Each lot is converted by itself: what arrives is rounded down, what leaves are the fewest units
    /// that are worth it.
    pub(super) fn convert_units(&mut self, operation: &Value, at: i64) -> Result<(), String> {
        let code = text(operation, "customer").to_owned();
        let wallet = text(operation, "to_wallet").to_owned();
        let parts = self.leaving(operation, at)?;
        let from = self.customer(&code)?.lots[parts[0].0].clone();
        let scale = self.scale_of(&from);
        let wallet_type = self.type_of_new(&code, &wallet, operation, &from)?;
        let (unit, to) = (self.unit_of(&from.wallet_type), self.unit_of(&wallet_type));
        let (factor, step) = self.worth_of(&unit, &to, at)?;
        let (one, one_to) = (one_unit(scale), one_unit(self.configuration.scale(&to)));
        // Smallest steps of the one unit for a smallest step of the other.
        let factor = factor.times(one_to).over(one);
        let step = step.times(one_to);
        let mut moved = Vec::new();
        for (index, units) in parts {
            let arriving = Fraction::of(units).times(factor).over(step).whole(Mode::Down);
            let arriving = Fraction::of(arriving).times(step).whole(Mode::Down);
            let leaving = Fraction::of(arriving).over(factor).whole(Mode::Up);
            if arriving > 0 {
                moved.push((index, leaving, arriving));
            }
        }
        if moved.is_empty() {
            return Err("nothing would arrive".to_owned());
        }
        self.move_to(operation, moved, (&code, &wallet, &wallet_type), at)
    }

    /// What one unit is worth in another by the conversions in force, and the step of the last one.
    fn worth_of(&self, from: &str, to: &str, at: i64) -> Result<(Fraction, Fraction), String> {
        let (mut unit, mut worth) = (from.to_owned(), Fraction::ONE);
        let mut step = Fraction::ONE.over(one_unit(self.configuration.scale(to)));
        if from == to {
            return Err("it is the same unit".to_owned());
        }
        while unit != to {
            let mut all = self.configuration.all("conversions").iter();
            let conversion = all.find(|c| text(c, "from") == unit).ok_or("no conversion")?;
            let version = self.configuration.version_at(conversion, at).ok_or("no conversion")?;
            let open =
                |row: &&Value| row["match"].as_object().is_none_or(serde_json::Map::is_empty);
            let row = list(version, "factors").iter().find(open).ok_or("no factor")?;
            let factor = decimal(row, "factor").unwrap_or(Fraction::ONE);
            worth = match text(row, "operation") {
                "divide" => worth.over(factor),
                _ => worth.times(factor),
            };
            text(conversion, "to").clone_into(&mut unit);
            if let Some(named) = decimal(row, "step").filter(|_| unit == to) {
                step = named;
            }
        }
        Ok((worth, step))
    }

    /// Moves units of lots, each to a lot of its own: so many leave, so many arrive.
    fn move_to(
        &mut self,
        operation: &Value,
        parts: Vec<(usize, i64, i64)>,
        (to, wallet, wallet_type): (&str, &str, &str),
        at: i64,
    ) -> Result<(), String> {
        let code = text(operation, "customer").to_owned();
        let configuration = self.configuration.clone();
        let terms = configuration.terms(wallet_type, at).ok_or("no version in force")?;
        let count = parts.len();
        for (place, (index, units, arriving)) in parts.into_iter().enumerate() {
            let old = self.customer(&code)?.lots[index].clone();
            let money = old.carries(units);
            self.may_mix((to, wallet), &old, money)?;
            let id = text(operation, "id");
            let id = if count == 1 { id.to_owned() } else { format!("{id}/{}", place + 1) };
            if self.customer(to)?.lots.iter().any(|lot| lot.id == id) {
                return Err("the lot exists".to_owned());
            }
            let new = self.moves_on(old.child(id, arriving, money), at);
            let new = Lot {
                wallet: wallet.to_owned(),
                wallet_type: wallet_type.to_owned(),
                terms: terms["version"].as_i64().unwrap_or_default(),
                // Another customer has another contract.
                ends_with: match new.ends_with {
                    EndsWith::Contract if to != code => EndsWith::Nothing,
                    ends_with => ends_with,
                },
                ..new
            };
            let step = self.customer(&code)?.lots[index].give(&new, units);
            self.leave_step((&code, at), &old, step);
            let taker = self.customer(to)?;
            taker.wallets.insert(wallet.to_owned(), wallet_type.to_owned());
            self.add_lot(to, new)?;
            if let Some(currency) = &old.currency {
                self.post((&code, at), old.liability(), (money, currency));
                self.post((to, at), old.liability(), (-money, currency));
                if to != code {
                    self.post((&code, at), "transfer_clearing", (-money, currency));
                    self.post((to, at), "transfer_clearing", (money, currency));
                }
            }
        }
        Ok(())
    }

    /// What units that go to another lot leave to units of theirs that had expired before.
    pub(super) fn leave_step(&mut self, place: (&str, i64), old: &Lot, step: i64) {
        if let Some(currency) = &old.currency {
            self.post(place, old.liability(), (step, currency));
            self.post(place, old.forfeit(), (-step, currency));
        }
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
