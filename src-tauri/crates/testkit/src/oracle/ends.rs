//! Ends of lots: by the rule of the wallet type, with a contract, and after the last day of usage.

use std::collections::BTreeSet;

use serde_json::Value;

use super::books::{Books, Lot};
use super::calendar::{Zone, add_months, billing_period};
use super::reading::{day, instant, text, when};

/// What moves the end of a lot after it was granted.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) enum EndsWith {
    /// Nothing does.
    #[default]
    Nothing,
    /// The customer's contract.
    Contract,
    /// Usage of its wallet.
    Usage(Inactivity),
}

/// For how long a lot outlives the last day of usage.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Inactivity {
    pub(super) months: i64,
    pub(super) days: i64,
    /// The first day whose usage counts.
    pub(super) since: i64,
    /// Its end without any usage.
    pub(super) least: i64,
}

impl Inactivity {
    /// The first instant of the day after a day plus the months and days.
    fn after(&self, day: i64, zone: Zone) -> i64 {
        zone.start_of(add_months(day, self.months) + self.days + 1)
    }

    /// The end when these are the days of usage: each counts on which the lot lives by those before.
    fn end(&self, used: &BTreeSet<i64>, zone: Zone) -> i64 {
        let mut end = self.least;
        for day in used.iter().filter(|day| **day >= self.since) {
            if zone.start_of(*day) >= end {
                break;
            }
            end = end.max(self.after(*day, zone));
        }
        end
    }
}

impl Books {
    /// The end of a lot by the rule of a version of its wallet type, counted from an instant, and what
    /// moves it afterwards.
    pub(super) fn usual_end(
        &self,
        terms: &Value,
        code: &str,
        from: i64,
    ) -> Result<(Option<i64>, EndsWith), String> {
        let zone = self.configuration.zone;
        let rule = &terms["expiry"];
        let number = |name: &str| rule[name].as_i64().unwrap_or_default();
        let fixed = |at: i64| Ok((Some(at), EndsWith::Nothing));
        match text(rule, "rule") {
            "after" => fixed(zone.later(from, number("months"), number("days"))),
            "end_of_billing_period" => {
                let begins_on = self.configuration.billing_day(code);
                let (_, end) = billing_period(zone.day_of(from), begins_on);
                fixed(zone.start_of(end))
            }
            "on" => fixed(
                instant(text(rule, "at"))
                    .or_else(|| when(text(rule, "at"), zone))
                    .ok_or("no such instant")?,
            ),
            "end_of_contract" => {
                let last_day = self.customers.get(code).and_then(|customer| customer.contract);
                let last_day = last_day.ok_or("no contract")?;
                Ok((Some(zone.start_of(last_day + 1)), EndsWith::Contract))
            }
            "after_inactivity" => {
                let since = zone.day_of(from);
                let (months, days) = (number("months"), number("days"));
                let mut rule = Inactivity { months, days, since, least: 0 };
                rule.least = rule.after(since, zone);
                Ok((Some(rule.least), EndsWith::Usage(rule)))
            }
            _ => Ok((None, EndsWith::Nothing)),
        }
    }

    /// A new lot comes into its wallet: with what is known of the usage of that.
    pub(super) fn add_lot(&mut self, code: &str, mut lot: Lot) -> Result<(), String> {
        lot.until = self.end_by_usage(code, &lot);
        self.customer(code)?.lots.push(lot);
        Ok(())
    }

    /// A lot that goes on elsewhere at an instant: it keeps its end, and from that day on the usage of
    /// its new wallet counts.
    pub(super) fn moves_on(&self, mut lot: Lot, at: i64) -> Lot {
        lot.there = self.configuration.zone.day_of(at);
        if let (EndsWith::Usage(rule), Some(end)) = (&mut lot.ends_with, lot.until) {
            rule.since = self.configuration.zone.day_of(at);
            rule.least = end;
        }
        lot
    }

    fn end_by_usage(&self, code: &str, lot: &Lot) -> Option<i64> {
        let EndsWith::Usage(rule) = &lot.ends_with else { return lot.until };
        let days = self.customers.get(code).and_then(|c| c.used_on.get(&lot.wallet));
        Some(rule.end(days.unwrap_or(&BTreeSet::new()), self.configuration.zone))
    }

    /// A wallet was used at an instant: its lots live on, and what had expired too early comes back.
    pub(super) fn used_at(&mut self, code: &str, wallet: &str, at: i64) -> Result<(), String> {
        let day = self.configuration.zone.day_of(at);
        let lots = self.customer(code)?.lots.clone();
        let slides =
            |lot: &Lot| lot.wallet == wallet && matches!(lot.ends_with, EndsWith::Usage(_));
        if !lots.iter().any(slides) {
            return Ok(());
        }
        self.customer(code)?.used_on.entry(wallet.to_owned()).or_default().insert(day);
        for (index, lot) in lots.iter().enumerate().filter(|(_, lot)| slides(lot)) {
            let (old, new) = (lot.until, self.end_by_usage(code, lot));
            if let Some(old) = old.filter(|_| new > lot.until) {
                self.customer(code)?.lots[index].until = new;
                self.unexpire((code, index), old)?;
            }
        }
        Ok(())
    }

    /// What expired of a lot and was not given back since is available again.
    fn unexpire(&mut self, (code, index): (&str, usize), end: i64) -> Result<(), String> {
        let lot = &mut self.customer(code)?.lots[index];
        let units = lot.expired - lot.reinstated;
        if units == 0 {
            return Ok(());
        }
        let money = lot.defer(units);
        lot.expired -= units;
        lot.available += units;
        lot.released -= money;
        let (liability, forfeit, currency) = (lot.liability(), lot.forfeit(), lot.currency.clone());
        if let Some(currency) = currency {
            self.post((code, end), liability, (-money, &currency));
            self.post((code, end), forfeit, (money, &currency));
        }
        Ok(())
    }

    /// The last day of the customer's contract: lots that end with it and have not ended move.
    pub(super) fn set_contract_end(&mut self, operation: &Value, at: i64) -> Result<(), String> {
        let last_day = day(text(operation, "last_day")).ok_or("no day")?;
        let end = self.configuration.zone.start_of(last_day + 1);
        if end <= at {
            return Err("the day is over".to_owned());
        }
        let customer = self.customer(text(operation, "customer"))?;
        customer.contract = Some(last_day);
        let lots = customer.lots.iter_mut().filter(|lot| lot.ends_with == EndsWith::Contract);
        for lot in lots.filter(|lot| lot.until.is_some_and(|old| old > at)) {
            if lot.from >= end {
                return Err("a lot begins later".to_owned());
            }
            lot.until = Some(end);
        }
        Ok(())
    }
}
