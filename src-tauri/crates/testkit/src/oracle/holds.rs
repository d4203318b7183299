//! Holds: units that are reserved, and what becomes of them.

use serde_json::{Value, json};

use super::Effect;
use super::books::Books;
use super::draw::{Claim, draw_order};
use super::reading::{steps, text, when};

/// A hold.
#[derive(Debug, Clone)]
pub(super) struct Hold {
    /// When it times out.
    pub(super) ends: Option<i64>,
    /// Units of lots, in the order in which they were drawn.
    pub(super) parts: Vec<(usize, i64)>,
    /// Whether more than is held may be captured.
    pub(super) draws_difference: bool,
    /// Whether the rest of a capture stays held.
    keeps_rest: bool,
    /// The wallet, or else the usage that is expected.
    wallet: Option<String>,
    usage: Value,
}

impl Hold {
    pub(super) fn held(&self) -> i64 {
        self.parts.iter().map(|(_, units)| units).sum()
    }
}

/// How many units are wanted, which lots give them, the terms and the wallet.
type Reserved = (i64, Vec<(usize, i64)>, Value, Option<String>);

fn length(time_out: &Value) -> Option<i64> {
    let number = |name: &str| time_out[name].as_i64().unwrap_or_default();
    let minutes = (number("days") * 24 + number("hours")) * 60 + number("minutes");
    time_out.is_object().then(|| minutes * 60 + number("seconds"))
}

/// An event as expected usage would be, at an instant.
fn expected(usage: &Value) -> Value {
    let mut event = usage.clone();
    if event["dimensions"].is_null() {
        event["dimensions"] = json!({});
    }
    event
}

impl Books {
    pub(super) fn place_hold(&mut self, operation: &Value, at: i64) -> Result<Effect, String> {
        let code = text(operation, "customer");
        self.customer(code)?;
        self.feed(code, at)?;
        let configuration = self.configuration.clone();
        let id = operation["hold"].as_str().unwrap_or(text(operation, "id")).to_owned();
        if self.customer(code)?.holds.contains_key(&id) {
            return Err("there is such a hold".to_owned());
        }
        let (wanted, parts, terms, wallet) = match operation["wallet"].as_str() {
            Some(wallet) => self.units_of_wallet(operation, wallet, at)?,
            None => self.units_of_usage(operation, at)?,
        };
        let found: i64 = parts.iter().map(|(_, units)| units).sum();
        if found < wanted && text(operation, "shortfall") != "hold_available" {
            return Err(format!("only {found} of {wanted} are available"));
        }
        let policy = terms["holds"].clone();
        let ends = match (operation["expires_at"].as_str(), length(&operation["time_out"])) {
            (Some(_), Some(_)) => return Err("two ends".to_owned()),
            (Some("never"), None) => None,
            (Some(end), None) => Some(when(end, configuration.zone).ok_or("no time")?),
            (None, Some(length)) => Some(at + length),
            (None, None) => length(&policy["time_out"]).map(|length| at + length),
        };
        if ends.is_some_and(|end| end <= at) {
            return Err("the hold would end before it begins".to_owned());
        }
        let hold = Hold {
            ends,
            parts: parts.clone(),
            draws_difference: policy["capture_above"] != "reject",
            keeps_rest: policy["capture_below"] == "keep",
            wallet,
            usage: operation["usage"].clone(),
        };
        let customer = self.customer(code)?;
        for (lot, units) in parts {
            customer.lots[lot].available -= units;
            customer.lots[lot].held += units;
        }
        customer.holds.insert(id, hold);
        Ok(Effect::default())
    }

    /// How many units are wanted, which lots give them, the policy and the wallet.
    fn units_of_wallet(
        &mut self,
        operation: &Value,
        wallet: &str,
        at: i64,
    ) -> Result<Reserved, String> {
        let code = text(operation, "customer");
        let wallet_type = self.customer(code)?.wallets.get(wallet).ok_or("no such wallet")?.clone();
        let configuration = self.configuration.clone();
        let definition = configuration.one("wallet_types", &wallet_type).ok_or("no type")?;
        let terms = configuration.version_at(definition, at).cloned().unwrap_or_default();
        let scale = configuration.scale(text(definition, "unit"));
        let wanted = steps(operation, "units", scale).ok_or("no amount")?;
        if wanted <= 0 {
            return Err("no units".to_owned());
        }
        let parts = self.available_of_wallet(code, (wallet, &terms), at, wanted)?;
        Ok((wanted, parts, terms, Some(wallet.to_owned())))
    }

    /// At most so many available units of a wallet, lot by lot in its draw order.
    fn available_of_wallet(
        &mut self,
        code: &str,
        (wallet, terms): (&str, &Value),
        at: i64,
        units: i64,
    ) -> Result<Vec<(usize, i64)>, String> {
        let order = draw_order(terms);
        let lots = self.customer(code)?.lots.clone();
        let mut usable: Vec<usize> = (0..lots.len())
            .filter(|index| lots[*index].wallet == wallet && lots[*index].is_valid_at(at))
            .collect();
        usable.sort_by(|a, b| self.compare_lots(&order, at, &lots[*a], &lots[*b]));
        let (mut left, mut parts) = (units, Vec::new());
        for index in usable {
            let part = left.min(lots[index].available);
            if part > 0 {
                parts.push((index, part));
                left -= part;
            }
        }
        Ok(parts)
    }

    /// As [`Books::units_of_wallet`], for what usage would cost now.
    fn units_of_usage(&mut self, operation: &Value, at: i64) -> Result<Reserved, String> {
        let code = text(operation, "customer");
        let event = expected(&operation["usage"]);
        let met = self.price_of(code, &event, at)?.ok_or("the usage is free")?;
        let wanted = self.would_cost(&met)?.max(0);
        let configuration = self.configuration.clone();
        let claim = met.claim(&configuration);
        let parts = self.available_for(code, &claim, wanted)?;
        let first = claim.first_terms(self.customer(code)?).cloned().unwrap_or_default();
        Ok((wanted, parts, first, None))
    }

    /// At most so many available units of the lots that would pay, in their order.
    fn available_for(
        &mut self,
        code: &str,
        claim: &Claim<'_>,
        units: i64,
    ) -> Result<Vec<(usize, i64)>, String> {
        let mut customer = self.customer(code)?.clone();
        // Only what is available counts: what has expired is not.
        for lot in &mut customer.lots {
            (lot.expired, lot.reinstated) = (0, 0);
        }
        let (mut left, mut parts) = (units, Vec::new());
        while left > 0 {
            let Some(index) = claim.next_lot(&customer) else { break };
            let part = left.min(customer.lots[index].available);
            customer.lots[index].available -= part;
            parts.push((index, part));
            left -= part;
        }
        Ok(parts)
    }

    pub(super) fn capture_hold(&mut self, operation: &Value, at: i64) -> Result<Effect, String> {
        let (code, id) = (text(operation, "customer"), text(operation, "hold"));
        self.customer(code)?;
        self.feed(code, at)?;
        let hold = self.customer(code)?.holds.get(id).ok_or("there is no such hold")?.clone();
        let effect = if operation["events"].is_array() {
            self.take_events(operation, Some(id))?
        } else {
            self.capture_units(operation, (id, &hold), at)?;
            Effect::default()
        };
        let ends = operation["final"].as_bool().unwrap_or(!hold.keeps_rest);
        let left = self.customer(code)?.holds[id].held();
        if ends {
            self.give_up(code, id, left, at)?;
        }
        if ends || left == 0 {
            self.customer(code)?.holds.remove(id);
        }
        Ok(effect)
    }

    fn capture_units(
        &mut self,
        operation: &Value,
        (id, hold): (&str, &Hold),
        at: i64,
    ) -> Result<(), String> {
        let code = text(operation, "customer");
        let units = match operation["units"].is_null() {
            true => hold.held(),
            false => {
                let scale = self.scale_of_hold(code, hold)?;
                steps(operation, "units", scale).ok_or("no amount")?
            }
        };
        if units < 0 {
            return Err("a negative amount".to_owned());
        }
        let (mut left, mut used) = (units, Vec::new());
        while left > 0 {
            let Some((index, part)) = self.take_held(code, id, left, |_| true) else { break };
            self.burn_captured((code, index), part, at, |books| {
                books.burn_held(code, index, part, at)
            })?;
            left -= part;
            used.push(index);
        }
        if left > 0 {
            used.extend(self.capture_difference(code, hold, left, at)?);
        }
        for index in used {
            let wallet = self.customer(code)?.lots[index].wallet.clone();
            self.used_at(code, &wallet, at)?;
        }
        Ok(())
    }

    /// Burns what is captured above the hold; gives the lots.
    fn capture_difference(
        &mut self,
        code: &str,
        hold: &Hold,
        mut left: i64,
        at: i64,
    ) -> Result<Vec<usize>, String> {
        let configuration = self.configuration.clone();
        if !hold.draws_difference {
            return Err("more than is held".to_owned());
        }
        let parts = match &hold.wallet {
            Some(wallet) => {
                let kind = self.customer(code)?.wallets[wallet].clone();
                let terms = configuration.terms(&kind, at).cloned().unwrap_or_default();
                self.available_of_wallet(code, (wallet, &terms), at, left)?
            }
            None => {
                let event = expected(&hold.usage);
                let met = self.price_of(code, &event, at)?.ok_or("the usage is free")?;
                let claim = met.claim(&configuration);
                self.available_for(code, &claim, left)?
            }
        };
        let used = parts.iter().map(|(index, _)| *index).collect();
        for (index, part) in parts {
            if self.burns_at_invoice(code, index, at) {
                let lot = &mut self.customer(code)?.lots[index];
                lot.available -= part;
                lot.held += part;
            }
            self.burn_captured((code, index), part, at, |books| {
                books.burn_units(code, index, part, at)
            })?;
            left -= part;
        }
        if left > 0 { Err("not enough is available".to_owned()) } else { Ok(used) }
    }

    /// Units that are captured without a rate burn, or stand on the draft from now on.
    fn burn_captured(
        &mut self,
        (code, index): (&str, usize),
        units: i64,
        at: i64,
        burn: impl FnOnce(&mut Self) -> Result<(i64, &'static str, Option<String>), String>,
    ) -> Result<(), String> {
        if self.burns_at_invoice(code, index, at) {
            self.draft_holds((code, at), index, None, units);
            return Ok(());
        }
        let (money, from, currency) = burn(self)?;
        self.earn((code, at), from, (money, currency), "");
        self.covered((code, at), index, "", (units, money));
        Ok(())
    }

    fn scale_of_hold(&mut self, code: &str, hold: &Hold) -> Result<u32, String> {
        let configuration = self.configuration.clone();
        if let Some(wallet) = &hold.wallet {
            let kind = &self.customer(code)?.wallets[wallet];
            let unit = configuration.one("wallet_types", kind).map(|kind| text(kind, "unit"));
            return Ok(configuration.scale(unit.unwrap_or_default()));
        }
        Ok(2)
    }

    /// Units of a hold, the first that were drawn, of a lot that may be used: which lot, and how many.
    pub(super) fn take_held(
        &mut self,
        code: &str,
        id: &str,
        units: i64,
        may: impl Fn(usize) -> bool,
    ) -> Option<(usize, i64)> {
        let hold = self.customers.get_mut(code)?.holds.get_mut(id)?;
        let place = hold.parts.iter().position(|(lot, left)| *left > 0 && may(*lot))?;
        let (lot, left) = hold.parts[place];
        let part = left.min(units);
        hold.parts[place].1 -= part;
        Some((lot, part))
    }

    /// Burns held units of a lot. Those that have expired meanwhile stay the last of the units gone.
    pub(super) fn burn_held(
        &mut self,
        code: &str,
        index: usize,
        units: i64,
        at: i64,
    ) -> Result<(i64, &'static str, Option<String>), String> {
        let lot = &mut self.customer(code)?.lots[index];
        let released = lot.release(units);
        let money = lot.carries(units);
        lot.released += released;
        lot.held -= units;
        lot.consumed += units;
        lot.recognised += money;
        let (liability, forfeit, currency) = (lot.liability(), lot.forfeit(), lot.currency.clone());
        if let Some(currency) = &currency {
            // The rest of what leaves the liability moves to or from breakage.
            self.post((code, at), liability, (released - money, currency));
            self.post((code, at), forfeit, (money - released, currency));
        }
        Ok((money, liability, currency))
    }

    fn burn_units(
        &mut self,
        code: &str,
        index: usize,
        units: i64,
        at: i64,
    ) -> Result<(i64, &'static str, Option<String>), String> {
        let lot = &mut self.customer(code)?.lots[index];
        lot.available -= units;
        lot.held += units;
        self.burn_held(code, index, units, at)
    }

    pub(super) fn release_hold(&mut self, operation: &Value, at: i64) -> Result<Effect, String> {
        let (code, id) = (text(operation, "customer"), text(operation, "hold"));
        self.customer(code)?;
        self.feed(code, at)?;
        let hold = self.customer(code)?.holds.get(id).ok_or("there is no such hold")?.clone();
        let units = match operation["units"].is_null() {
            true => hold.held(),
            false => {
                let scale = self.scale_of_hold(code, &hold)?;
                let units = steps(operation, "units", scale).ok_or("no amount")?;
                if units <= 0 || units > hold.held() {
                    return Err("that much is not held".to_owned());
                }
                units
            }
        };
        self.give_up(code, id, units, at)?;
        if self.customer(code)?.holds[id].held() == 0 {
            self.customer(code)?.holds.remove(id);
        }
        Ok(Effect::default())
    }

    /// Held units return, the last drawn first; those of lots that have ended expire.
    pub(super) fn give_up(
        &mut self,
        code: &str,
        id: &str,
        units: i64,
        at: i64,
    ) -> Result<(), String> {
        let mut left = units;
        while left > 0 {
            let customer = self.customer(code)?;
            let Some(hold) = customer.holds.get_mut(id) else { break };
            let Some((index, held)) = hold.parts.pop() else { break };
            let part = left.min(held);
            if held > part {
                hold.parts.push((index, held - part));
            }
            left -= part;
            let lot = &mut customer.lots[index];
            lot.held -= part;
            lot.available += part;
            if lot.until.is_some_and(|end| end < at) {
                self.forfeit((code, index), part, at, "expired")?;
            }
        }
        Ok(())
    }

    /// The earliest time-out of a hold of a customer.
    pub(super) fn next_time_out(&self, code: &str) -> Option<i64> {
        let holds = self.customers.get(code)?.holds.values();
        holds.filter_map(|hold| hold.ends).min()
    }

    /// Holds that time out at an instant return, in the order of their ids.
    pub(super) fn time_out(&mut self, code: &str, at: i64) -> Result<(), String> {
        let holds = self.customer(code)?.holds.clone();
        for (id, hold) in holds.iter().filter(|(_, hold)| hold.ends == Some(at)) {
            self.give_up(code, id, hold.held(), at)?;
            self.customer(code)?.holds.remove(id);
        }
        Ok(())
    }
}
