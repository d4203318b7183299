//! The end of lots: a part of what is left may live on in a new lot, the rest expires.

use serde_json::Value;

use super::books::{Books, Lot};
use super::draw::draw_order;
use super::ends::EndsWith;
use super::fraction::{Fraction, Mode};
use super::reading::{decimal, list, one_unit, text};

fn stands(lot: &Lot, wallet: &str, at: i64) -> bool {
    let lives = lot.from <= at && lot.until.is_none_or(|end| end > at);
    lives && lot.rolled > 0 && lot.wallet == wallet
}

impl Books {
    /// The rollover that a lot was granted with: that of its version of the wallet type.
    fn rollover_of(&self, lot: &Lot) -> Option<Value> {
        let definition = self.configuration.one("wallet_types", &lot.wallet_type)?;
        let versions = list(definition, "versions").iter();
        let mut mine = versions.filter(|v| v["version"].as_i64() == Some(lot.terms));
        mine.next().map(|version| version["rollover"].clone()).filter(Value::is_object)
    }

    /// The end of the lot that would take over, none for never; refused if there is no contract with
    /// which it could end.
    fn next_end(
        &self,
        code: &str,
        lot: &Lot,
        rollover: &Value,
    ) -> Result<(Option<i64>, EndsWith), String> {
        let from = lot.until.unwrap_or_default();
        if rollover["expiry"].is_object() {
            return self.usual_end(rollover, code, from);
        }
        let definition = self.configuration.one("wallet_types", &lot.wallet_type);
        let versions = list(definition.ok_or("no such type")?, "versions").iter();
        let mut mine = versions.filter(|v| v["version"].as_i64() == Some(lot.terms));
        self.usual_end(mine.next().ok_or("no such version")?, code, from)
    }

    /// Whether the terms of the lot let it roll over once more.
    pub(super) fn has_rollover(&self, lot: &Lot) -> bool {
        let Some(rollover) = self.rollover_of(lot) else { return false };
        let kinds = list(&rollover, "kinds");
        let admitted = kinds.is_empty() || kinds.iter().any(|kind| *kind == lot.kind.as_str());
        admitted && !lot.is_frozen() && lot.rolled < rollover["times"].as_i64().unwrap_or(1)
    }

    /// Whether a part of the lot rolls over at its end: the next end must be later.
    fn rolls_over(&self, code: &str, lot: &Lot) -> bool {
        let Some(rollover) = self.rollover_of(lot) else { return false };
        let later = match (self.next_end(code, lot, &rollover), lot.until) {
            (Err(_), _) | (Ok((Some(_), _)), None) => false,
            (Ok((Some(next), _)), Some(end)) => next > end,
            (Ok((None, _)), _) => true,
        };
        later && self.has_rollover(lot)
    }

    /// Everything that happens to the lots of a customer that end at an instant.
    pub(super) fn lots_end(&mut self, code: &str, at: i64) -> Result<(), String> {
        let ends = |lot: &Lot| lot.until == Some(at) && lot.available > 0;
        let before = self.customer(code)?.lots.len();
        for wallet in self.customer(code)?.wallets.clone().into_keys() {
            let lots = self.customer(code)?.lots.clone();
            let mut ending: Vec<usize> = (0..before)
                .filter(|index| lots[*index].wallet == wallet && ends(&lots[*index]))
                .collect();
            let wallet_type = &self.customer(code)?.wallets[&wallet].clone();
            let order = self.configuration.terms(wallet_type, at).map(draw_order);
            let order = order.unwrap_or_default();
            ending.sort_by(|a, b| self.compare_lots(&order, at, &lots[*a], &lots[*b]));
            for index in ending {
                self.lot_ends((code, index), at, before)?;
            }
        }
        Ok(())
    }

    /// `before` is how many lots there were before this instant.
    fn lot_ends(
        &mut self,
        (code, index): (&str, usize),
        at: i64,
        before: usize,
    ) -> Result<(), String> {
        let lot = self.customer(code)?.lots[index].clone();
        if let Some(rollover) = self.rollover_of(&lot).filter(|_| self.rolls_over(code, &lot)) {
            let fraction = decimal(&rollover, "fraction").unwrap_or(Fraction::ONE);
            let mut part = Fraction::of(lot.available).times(fraction).whole(Mode::Half);
            let scale = self.scale_of(&lot);
            if let Some(cap) = decimal(&rollover, "cap") {
                let cap = cap.times(one_unit(scale)).whole(Mode::Down);
                if text(&rollover, "above_cap") == "forfeit_oldest" {
                    self.forfeit_oldest((code, &lot.wallet), (at, before), cap, part)?;
                }
                part = part.min((cap - self.standing(code, &lot.wallet, at)?).max(0));
            }
            if part > 0 {
                let end = self.next_end(code, &lot, &rollover)?;
                self.roll_over((code, index), part, end)?;
            }
        }
        let left = self.customer(code)?.lots[index].available;
        self.forfeit((code, index), left, at, "expired")
    }

    /// Units of rollovers that stand in a wallet: effective by an instant, and living on beyond it.
    fn standing(&mut self, code: &str, wallet: &str, at: i64) -> Result<i64, String> {
        let lots = self.customer(code)?.lots.iter();
        let stands = lots.filter(|lot| stands(lot, wallet, at));
        Ok(stands.map(|lot| lot.available + lot.held).sum())
    }

    /// Rollovers that stood before give way to new ones, the earliest end first.
    fn forfeit_oldest(
        &mut self,
        (code, wallet): (&str, &str),
        (at, before): (i64, usize),
        cap: i64,
        part: i64,
    ) -> Result<(), String> {
        let mut excess = self.standing(code, wallet, at)? + part - cap;
        let lots = self.customer(code)?.lots.clone();
        let mut older: Vec<usize> =
            (0..before).filter(|index| stands(&lots[*index], wallet, at)).collect();
        older.sort_by_key(|index| {
            let lot = &lots[*index];
            (lot.until.unwrap_or(i64::MAX), lot.from, lot.id.clone())
        });
        for index in older {
            let units = excess.min(lots[index].available).max(0);
            if units > 0 {
                self.forfeit((code, index), units, at, "voided")?;
            }
            excess -= units;
        }
        Ok(())
    }

    /// A part of a lot lives on in a new one, with its share of the consideration.
    fn roll_over(
        &mut self,
        (code, index): (&str, usize),
        units: i64,
        (until, ends_with): (Option<i64>, EndsWith),
    ) -> Result<(), String> {
        let zone = self.configuration.zone;
        let customer = self.customer(code)?;
        let old = &customer.lots[index];
        let money = old.carries(units);
        let rolled = old.rolled + 1;
        let first = old.id.split("/r").next().unwrap_or_default();
        let id = format!("{first}/r{rolled}");
        let id = customer.free_id(&id);
        let old = &mut customer.lots[index];
        let from = old.until.unwrap_or_default();
        let there = zone.day_of(from);
        let new = Lot { there, from, until, ends_with, rolled, ..old.child(id, units, money) };
        let (step, old) = (old.give(&new, units), old.clone());
        self.leave_step((code, from), &old, step);
        let customer = self.customer(code)?;
        let (at, liability, currency) = (new.from, new.liability(), new.currency.clone());
        customer.lots.push(new);
        if let Some(currency) = currency {
            self.post((code, at), liability, (money, &currency));
            self.post((code, at), liability, (-money, &currency));
        }
        Ok(())
    }

    /// Decimals of a lot's unit.
    pub(super) fn scale_of(&self, lot: &Lot) -> u32 {
        let definition = self.configuration.one("wallet_types", &lot.wallet_type);
        definition.map_or(2, |definition| self.configuration.scale(text(definition, "unit")))
    }
}
