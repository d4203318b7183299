//! Refunds: units go back at their cost, and what was paid for used ones too if that is asked for.

use serde_json::Value;

use super::books::{Books, Lot};
use super::fraction::{Fraction, Mode};
use super::payments::tax_account;
use super::reading::{steps, text};

/// Where what is paid back comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Source {
    /// Units that are left.
    Left,
    /// Units that expired, first those that expired first, and were not given back.
    Expired,
    /// What was paid for units that were used.
    Used,
}

/// A part of what is paid back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Paid {
    /// The lot.
    pub(super) lot: usize,
    /// Where it comes from.
    pub(super) source: Source,
    /// Units; none for what was used.
    pub(super) units: i64,
    /// What they carry.
    pub(super) money: i64,
}

impl Lot {
    /// Units that may be paid back.
    fn returnable(&self, source: Source) -> i64 {
        match source {
            Source::Left => self.available,
            Source::Expired => self.expired - self.reinstated,
            Source::Used => 0,
        }
    }

    /// What units that are paid back carry.
    fn carried(&self, source: Source, units: i64) -> i64 {
        match source {
            Source::Left | Source::Expired => self.carries(units),
            Source::Used => self.recognised - self.repaid_used,
        }
    }

    /// The fewest units that carry more than is needed, or else all, unless they carry nothing.
    fn fewest(&self, source: Source, amount: i64) -> i64 {
        let (mut least, mut most) = (0, self.returnable(source));
        let all = self.carried(source, most);
        if all <= amount {
            return if all == 0 { 0 } else { most };
        }
        while least < most {
            let middle = (least + most) / 2;
            if self.carried(source, middle) < amount { least = middle + 1 } else { most = middle }
        }
        least
    }

    /// Of the price what was not paid back and did not move.
    pub(super) fn unpaid(&self) -> i64 {
        self.price - self.moved - self.repaid - self.repaid_used
    }

    /// Whether somebody paid for it.
    pub(super) fn was_paid_for(&self) -> bool {
        !matches!(self.kind.as_str(), "promotional" | "compensation") && self.price > 0
    }

    /// The account of the tax on it.
    pub(super) fn tax_account(&self) -> &'static str {
        tax_account(&self.tax_kind)
    }
}

impl Books {
    pub(super) fn refund(&mut self, operation: &Value, at: i64) -> Result<(), String> {
        let code = text(operation, "customer");
        let flag = |name: &str| operation[name] == true;
        let late = flag("include_expired") || flag("include_used");
        let ended = |lot: &Lot| lot.until.is_some_and(|end| end <= at);
        let on = self.configuration.zone.day_of(at);
        let customer = self.customer(code)?;
        let lots = customer.lots.clone();
        let named: Vec<usize> = if let Some(id) = operation["lot"].as_str() {
            let index = lots.iter().position(|lot| lot.id == id).ok_or("no such lot")?;
            if lots[index].is_frozen() || ended(&lots[index]) && !late {
                return Err("the lot is frozen or has ended".to_owned());
            }
            vec![index]
        } else {
            let wallet = text(operation, "wallet");
            if !customer.wallets.contains_key(wallet) {
                return Err("no such wallet".to_owned());
            }
            let counts = |lot: &Lot| {
                let open = !lot.is_frozen() && (late || !ended(lot)) && lot.there <= on;
                lot.wallet == wallet && lot.was_paid_for() && open
            };
            (0..lots.len()).rev().filter(|index| counts(&lots[*index])).collect()
        };
        if flag("include_used") && named.iter().any(|index| !lots[*index].was_paid_for()) {
            return Err("nothing was paid for the lot".to_owned());
        }
        let first = named.first().map(|index| &lots[*index]).ok_or("nothing was paid for")?;
        let currency = first.currency.clone();
        if named.iter().any(|index| lots[*index].currency != currency) {
            return Err("the lots were paid in different currencies".to_owned());
        }
        let scale = self.scale_of(first);
        let cents = currency.as_deref().map_or(2, |currency| self.configuration.scale(currency));
        let fee = steps(operation, "fee", cents).unwrap_or_default();
        let asked = (!operation["units"].is_null())
            .then(|| steps(operation, "units", scale).ok_or("no amount"))
            .transpose()?;
        let amount = (!operation["amount"].is_null())
            .then(|| steps(operation, "amount", cents).ok_or("no amount"))
            .transpose()?;
        let mut sources = vec![Source::Left];
        sources.extend(flag("include_expired").then_some(Source::Expired));
        sources.extend(flag("include_used").then_some(Source::Used));
        let taken = match (asked, amount) {
            (Some(_), Some(_)) => return Err("units and amount".to_owned()),
            (Some(units), None) if units > 0 && !flag("include_used") => {
                by_units(&lots, &named, &sources, units)?
            }
            (Some(_), None) => return Err("not so many units".to_owned()),
            (None, Some(amount)) if amount > 0 => {
                let (taken, left) = by_amount(&lots, &named, &sources, amount + fee);
                if left > 0 {
                    return Err("that much was not paid".to_owned());
                }
                taken
            }
            (None, Some(_)) => return Err("no amount to pay back".to_owned()),
            (None, None) => everything(&lots, &named, &sources),
        };
        let carried: i64 = taken.iter().map(|paid| paid.money).sum();
        let units: i64 = taken.iter().map(|paid| paid.units).sum();
        if carried == 0 && units == 0 || fee > carried || (currency.is_none() && fee > 0) {
            return Err("nothing to pay back".to_owned());
        }
        let kept = amount.map_or(fee, |amount| carried - amount);
        let gift = lots[named[0]].kind == "compensation";
        let tax = self.take_back((code, at), &taken, ("contra_refunds", flag("with_tax")))?;
        if let Some(currency) = currency {
            let back = if gift { "contra_concessions" } else { "cash_clearing" };
            self.post((code, at), back, (kept - carried - tax, &currency));
            self.post((code, at), "revenue_other_fees", (-kept, &currency));
        }
        Ok(())
    }

    /// Units and money leave the lots, that of used units by an account; gives the tax that goes with
    /// them.
    pub(super) fn take_back(
        &mut self,
        (code, at): (&str, i64),
        taken: &[Paid],
        (used, with_tax): (&'static str, bool),
    ) -> Result<i64, String> {
        let mut all_tax = 0;
        let mut named: Vec<usize> = taken.iter().map(|paid| paid.lot).collect();
        named.dedup();
        named.sort_unstable();
        named.dedup();
        for index in named {
            let of_lot = || taken.iter().filter(|paid| paid.lot == index);
            let mut posted = Vec::new();
            let lot = &mut self.customer(code)?.lots[index];
            for paid in of_lot() {
                match paid.source {
                    Source::Left => {
                        let released = lot.release(paid.units);
                        lot.available -= paid.units;
                        lot.released += released;
                        posted.push((lot.liability(), released));
                        // The rest of it moves to or from breakage.
                        posted.push((lot.forfeit(), paid.money - released));
                    }
                    Source::Expired => {
                        lot.expired -= paid.units;
                        posted.push((lot.forfeit(), paid.money));
                    }
                    Source::Used => {
                        lot.repaid_used += paid.money;
                        posted.push((used, paid.money));
                    }
                }
                if paid.source != Source::Used {
                    lot.refunded += paid.units;
                    lot.repaid += paid.money;
                }
            }
            if with_tax {
                let money: i64 = of_lot().map(|paid| paid.money).sum();
                let left = lot.tax - lot.tax_gone;
                let part =
                    Fraction::new(i128::from(lot.tax) * i128::from(money), i128::from(lot.price));
                let tax = if lot.unpaid() == 0 { left } else { part.whole(Mode::Half).min(left) };
                lot.tax_gone += tax;
                posted.push((lot.tax_account(), tax));
                all_tax += tax;
            }
            if let Some(currency) = lot.currency.clone() {
                for (account, money) in posted {
                    self.post((code, at), account, (money, &currency));
                }
            }
        }
        Ok(all_tax)
    }
}

impl Lot {
    /// Takes units, as the next part will find them gone.
    fn take(&mut self, source: Source, units: i64) {
        let carried = self.carried(source, units);
        match source {
            Source::Left => {
                self.released += self.release(units);
                self.available -= units;
            }
            Source::Expired => self.expired -= units,
            Source::Used => {}
        }
        if source != Source::Used {
            self.refunded += units;
            self.repaid += carried;
        }
    }
}

fn by_units(
    lots: &[Lot],
    named: &[usize],
    sources: &[Source],
    units: i64,
) -> Result<Vec<Paid>, String> {
    let (mut lots, mut left, mut taken) = (lots.to_vec(), units, Vec::new());
    for source in sources {
        for index in named {
            let lot = &mut lots[*index];
            let units = left.min(lot.returnable(*source));
            if units > 0 {
                let money = lot.carried(*source, units);
                taken.push(Paid { lot: *index, source: *source, units, money });
                lot.take(*source, units);
                left -= units;
            }
        }
    }
    if left == 0 { Ok(taken) } else { Err("there are not so many units".to_owned()) }
}

/// The fewest units that carry an amount, lot by lot; and what they do not cover.
pub(super) fn by_amount(
    lots: &[Lot],
    named: &[usize],
    sources: &[Source],
    amount: i64,
) -> (Vec<Paid>, i64) {
    let (mut lots, mut left, mut taken) = (lots.to_vec(), amount, Vec::new());
    for source in sources {
        for index in named {
            if left <= 0 {
                break;
            }
            let lot = &mut lots[*index];
            let units = if *source == Source::Used { 0 } else { lot.fewest(*source, left) };
            let mut money = lot.carried(*source, units);
            if *source == Source::Used {
                money = money.min(left);
            }
            if units > 0 || money > 0 {
                taken.push(Paid { lot: *index, source: *source, units, money });
                lot.take(*source, units);
                left -= money;
            }
        }
    }
    (taken, left)
}

fn everything(lots: &[Lot], named: &[usize], sources: &[Source]) -> Vec<Paid> {
    let (mut lots, mut taken) = (lots.to_vec(), Vec::new());
    for source in sources {
        for index in named {
            let lot = &mut lots[*index];
            let units = lot.returnable(*source);
            let money = lot.carried(*source, units);
            if units > 0 || money > 0 {
                taken.push(Paid { lot: *index, source: *source, units, money });
                lot.take(*source, units);
            }
        }
    }
    taken
}
