//! Limits: what members, teams and the customer may use in a window of time.

use serde_json::Value;

use super::books::Books;
use super::calendar::{billing_period, date_of_day, day_of_date};
use super::fraction::Mode;
use super::reading::{decimal, list, one_unit, text};

/// Whose, of what (a wallet type or a unit), which kind of window, its first day.
pub(super) type Count = (String, String, String, i64);

/// A limit that an event counts against.
#[derive(Debug, Clone)]
struct Limit {
    count: Count,
    /// Of which wallet type; none for a spend limit.
    wallet_type: Option<String>,
    unit: String,
    most: i64,
    refusal: &'static str,
}

/// A part of what an event was charged.
#[derive(Debug, Clone)]
pub(super) enum Part {
    /// Units of a wallet of a type.
    Wallet(String, i64),
    /// As that, by overdraft, with the money it costs.
    Overdraft(String, i64, (String, i64)),
    /// Units of a wallet of a type that holds another unit, and the units of the charge that they
    /// pay for.
    Crossed(String, String, i64, i64),
    /// Units beyond the wallets, and the money they cost.
    Overage(i64, (String, i64)),
}

impl Limit {
    fn counts(&self, charged_in: (&str, bool), parts: &[Part]) -> i64 {
        let (unit, is_currency) = charged_in;
        let of_type = |kind: &String, units: i64| {
            if self.wallet_type.as_ref() == Some(kind) { units } else { 0 }
        };
        let in_currency = |(currency, money): &(String, i64)| {
            if *currency == self.unit { *money } else { 0 }
        };
        let part = |part: &Part| match (&self.wallet_type, part) {
            (Some(_), Part::Wallet(kind, units) | Part::Overdraft(kind, units, _)) => {
                of_type(kind, *units)
            }
            (Some(_), Part::Crossed(kind, _, units, _)) => of_type(kind, *units),
            (Some(_), Part::Overage(..)) => 0,
            (None, Part::Crossed(_, other, units, paid)) => match self.unit.as_str() {
                limited if limited == unit => *paid,
                limited if limited == other => *units,
                _ => 0,
            },
            (None, Part::Overage(_, money)) if self.unit == unit && is_currency => money.1,
            (
                None,
                Part::Wallet(_, units) | Part::Overdraft(_, units, _) | Part::Overage(units, _),
            ) if self.unit == unit => *units,
            (None, Part::Wallet(..)) => 0,
            (None, Part::Overdraft(_, _, money) | Part::Overage(_, money)) => in_currency(money),
        };
        parts.iter().map(part).sum()
    }
}

impl Books {
    /// The first day of the window in which usage of a day counts: its own, or, when all days of that
    /// are closed, that of the first open day.
    fn window(&self, per: &str, day: i64, (billing_day, period): (i64, i64)) -> i64 {
        let begins = |day: i64| {
            let (year, month, _) = date_of_day(day);
            match per {
                "day" => day,
                // The first of January 1970 was a Thursday.
                "week" => day - (day + 3).rem_euclid(7),
                "month" => day_of_date(year, month, 1),
                "billing_period" => period,
                _ => 0,
            }
        };
        let last = match per {
            "day" => day,
            "week" => begins(day) + 6,
            "month" => {
                let (year, month, _) = date_of_day(day);
                let next = if month == 12 { (year + 1, 1) } else { (year, month + 1) };
                day_of_date(next.0, next.1, 1) - 1
            }
            "billing_period" => billing_period(period, billing_day).1 - 1,
            _ => i64::MAX,
        };
        match self.closed {
            Some(closed) if last <= closed => begins(closed + 1),
            _ => begins(day),
        }
    }

    /// Allowances of a member or a team: its own, and for wallet types without any the usual one.
    fn allowances(
        &self,
        (who, code): (&str, &str),
        own: &[Value],
        at: i64,
    ) -> Vec<(String, String, Value)> {
        let mut found = Vec::new();
        for definition in self.configuration.all("wallet_types") {
            let kind = text(definition, "code");
            let mine: Vec<_> = own.iter().filter(|own| text(own, "wallet_type") == kind).collect();
            let usual = self.configuration.terms(kind, at).map(|t| &t["allowances"][who]);
            let usual = usual.filter(|quota| quota.is_object() && mine.is_empty());
            for quota in mine.into_iter().chain(usual) {
                found.push((format!("{who} {code}"), kind.to_owned(), quota.clone()));
            }
        }
        found
    }

    /// The limits that an event counts against, in the order in which they are asked.
    fn limits(&self, code: &str, event: &Value, at: i64, period: i64) -> Vec<Limit> {
        let Some(customer) = self.configuration.one("customers", code) else { return Vec::new() };
        let mut found = Vec::new();
        if let Some(member) = event["member"].as_str() {
            let all = list(customer, "members");
            let named = all.iter().find(|m| text(m, "code") == member);
            let own = named.map_or(&[] as &[Value], |m| list(m, "allowances"));
            found.extend(self.allowances(("member", member), own, at));
            let teams = list(customer, "teams").iter();
            for team in teams.filter(|t| list(t, "members").iter().any(|m| m == member)) {
                let own = list(team, "allowances");
                found.extend(self.allowances(("team", text(team, "code")), own, at));
            }
        }
        let day = self.configuration.zone.day_of(at);
        let billing = (self.configuration.billing_day(code), period);
        let most = |unit: &str, number: &Value, name: &str| {
            let scale = self.configuration.scale(unit);
            decimal(number, name).map_or(0, |n| n.times(one_unit(scale)).whole(Mode::Down))
        };
        let allowance = |(who, kind, quota): (String, String, Value)| {
            let definition = self.configuration.one("wallet_types", &kind);
            let unit = definition.map(|d| text(d, "unit").to_owned()).unwrap_or_default();
            let per = text(&quota, "per").to_owned();
            let from = self.window(&per, day, billing);
            let refusal =
                if who.starts_with("team") { "team_allowance" } else { "member_allowance" };
            let most = most(&unit, &quota, "units");
            let count = (who, kind.clone(), per, from);
            Limit { count, wallet_type: Some(kind), unit, most, refusal }
        };
        let spend = |limit: &Value| {
            let (unit, per) = (text(limit, "unit").to_owned(), text(limit, "per").to_owned());
            let from = self.window(&per, day, billing);
            let most = most(&unit, limit, "amount");
            let count = ("customer".to_owned(), unit.clone(), per, from);
            Limit { count, wallet_type: None, unit, most, refusal: "spend_limit" }
        };
        let allowances = found.into_iter().map(allowance);
        allowances.chain(list(customer, "spend_limits").iter().map(spend)).collect()
    }

    /// Counts what an event gives back that is taken back, in the windows that are still counted.
    pub(super) fn uncount_parts(
        &mut self,
        (code, event, at): (&str, &Value, i64),
        period: i64,
        unit: &str,
        parts: &[Part],
    ) {
        let limits = self.limits(code, event, at, period);
        let charged_in = (unit, self.configuration.is_currency(unit));
        let Some(customer) = self.customers.get_mut(code) else { return };
        let mut counted = Vec::new();
        for limit in &limits {
            let more = limit.counts(charged_in, parts);
            if let Some(spent) = customer.spent.get_mut(&limit.count)
                && !counted.contains(&limit.count)
            {
                *spent = (*spent + more).max(0);
                counted.push(limit.count.clone());
            }
        }
    }

    /// Counts what an event was charged or given back; refuses what exceeds a limit.
    pub(super) fn count(
        &mut self,
        (code, event, at): (&str, &Value, i64),
        period: i64,
        unit: &str,
        parts: &[Part],
    ) -> Result<(), &'static str> {
        let limits = self.limits(code, event, at, period);
        let charged_in = (unit, self.configuration.is_currency(unit));
        let Some(customer) = self.customers.get_mut(code) else { return Ok(()) };
        for limit in &limits {
            let more = limit.counts(charged_in, parts);
            let so_far = customer.spent.get(&limit.count).copied().unwrap_or_default();
            if more > 0 && so_far + more > limit.most {
                return Err(limit.refusal);
            }
        }
        let mut counted = Vec::new();
        for limit in &limits {
            // Two limits with the same window share a count.
            if !counted.contains(&limit.count) {
                counted.push(limit.count.clone());
                let more = limit.counts(charged_in, parts);
                *customer.spent.entry(limit.count.clone()).or_default() += more;
            }
        }
        Ok(())
    }
}
