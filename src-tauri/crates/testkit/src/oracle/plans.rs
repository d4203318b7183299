//! Plans: grants on a calendar.

use std::collections::BTreeMap;

use serde_json::Value;

use super::books::{Books, Lot};
use super::calendar::{add_months, instant};
use super::fraction::{Fraction, Mode};
use super::reading::{decimal, list, one_unit, text, when};

/// A subscription to a plan.
#[derive(Debug, Clone)]
pub(super) struct Subscription {
    grants: Vec<Value>,
    /// The day from which periods are counted.
    anchor: i64,
    start: i64,
    invoiced: bool,
    lines: BTreeMap<String, Line>,
}

#[derive(Debug, Clone)]
struct Line {
    next: Option<i64>,
    last: Option<usize>,
}

impl Books {
    pub(super) fn subscribe(&mut self, operation: &Value, at: i64) -> Result<(), String> {
        let (code, plan) = (text(operation, "customer"), text(operation, "plan"));
        let zone = self.configuration.zone;
        let anchor = match operation["anchor"].as_str() {
            Some(text) => when(text, zone).ok_or("no time")?,
            None => at,
        };
        let start = anchor.max(at);
        let definition = self.configuration.one("plans", plan).ok_or("no such plan")?;
        let version = self.configuration.version_at(definition, start).ok_or("not in force")?;
        let grants = list(version, "grants").to_vec();
        let line = |grant: &Value| {
            (text(grant, "code").to_owned(), Line { next: Some(start), last: None })
        };
        let lines = grants.iter().map(line).collect();
        let anchor = zone.day_of(anchor);
        let invoiced = text(operation, "settlement") == "invoiced";
        let customer = self.customer(code)?;
        if customer.subscriptions.contains_key(plan) {
            return Err("there is a subscription".to_owned());
        }
        let subscription = Subscription { grants, anchor, start, invoiced, lines };
        customer.subscriptions.insert(plan.to_owned(), subscription);
        // Whatever plan it is of.
        while let Some((due, plan, line)) = self.next_grant(code).filter(|next| next.0 <= at) {
            self.grant_by_plan(code, (&plan, &line), due)?;
        }
        Ok(())
    }

    pub(super) fn cancel_subscription(&mut self, operation: &Value, at: i64) -> Result<(), String> {
        let (code, plan) = (text(operation, "customer"), text(operation, "plan"));
        let customer = self.customer(code)?;
        let subscription = customer.subscriptions.remove(plan).ok_or("no subscription")?;
        if operation["at_period_end"] == true {
            return Ok(());
        }
        for line in subscription.lines.into_values() {
            let Some(index) = line.last else { continue };
            if self.customer(code)?.lots[index].price == 0 {
                self.take_back_lot(code, index, at)?;
            }
        }
        Ok(())
    }

    /// What is available of a lot that has not ended is taken back.
    fn take_back_lot(&mut self, code: &str, index: usize, at: i64) -> Result<(), String> {
        let lot = &self.customer(code)?.lots[index];
        let units = lot.available;
        if units > 0 && lot.until.is_none_or(|end| at < end) {
            self.forfeit((code, index), units, at, "voided")?;
        }
        Ok(())
    }

    fn next_grant_of(&self, code: &str, plan: &str) -> Option<(i64, String, String)> {
        let subscription = self.customers.get(code)?.subscriptions.get(plan)?;
        let lines = subscription.lines.iter();
        lines.filter_map(|(code, line)| Some((line.next?, plan.to_owned(), code.clone()))).min()
    }

    /// The next grant of any plan: its instant, the plan and the line.
    pub(super) fn next_grant(&self, code: &str) -> Option<(i64, String, String)> {
        let plans = self.customers.get(code)?.subscriptions.keys();
        plans.filter_map(|plan| self.next_grant_of(code, plan)).min()
    }

    /// The beginning of the period that is at or before an instant, and of the next one.
    fn period_of(&self, every: &Value, anchor: i64, at: i64) -> Option<(i64, i64)> {
        let number = |name: &str| every[name].as_i64();
        let begins = |k: i64| {
            let day = match (number("months"), number("days")) {
                (Some(months), _) => add_months(anchor, k * months),
                (None, days) => anchor + k * days.unwrap_or(1),
            };
            self.configuration.zone.start_of(day)
        };
        every.is_object().then(|| {
            let mut k = 0;
            while begins(k + 1) <= at {
                k += 1;
            }
            while begins(k) > at {
                k -= 1;
            }
            (begins(k), begins(k + 1))
        })
    }

    pub(super) fn grant_by_plan(
        &mut self,
        code: &str,
        (plan, line): (&str, &str),
        at: i64,
    ) -> Result<(), String> {
        let configuration = self.configuration.clone();
        let zone = configuration.zone;
        let subscription = self.customer(code)?.subscriptions[plan].clone();
        let mut grants = subscription.grants.iter();
        let terms = grants.find(|grant| text(grant, "code") == line).ok_or("no line")?;
        let period = self.period_of(&terms["every"], subscription.anchor, at);
        let last = subscription.lines[line].last;
        if let Some(index) = last.filter(|_| terms["mode"] == "reset") {
            self.take_back_lot(code, index, at)?;
        }
        let part = match period {
            Some((from, until))
                if terms["proration"] == "first_period"
                    && at == subscription.start
                    && zone.day_of(from) != zone.day_of(at) =>
            {
                Fraction::new(i128::from(until - at), i128::from(until - from))
            }
            _ => Fraction::ONE,
        };
        let kind = text(terms, "wallet_type").to_owned();
        let definition = configuration.one("wallet_types", &kind).ok_or("no such type")?;
        let scale = configuration.scale(text(definition, "unit"));
        let price = &terms["price"];
        let currency = price["currency"].as_str().map(str::to_owned);
        let cents = currency.as_deref().map_or(2, |currency| configuration.scale(currency));
        let of_period = |value: &Value, name: &str, scale: u32| {
            let whole = decimal(value, name).unwrap_or(Fraction::ZERO);
            whole.times(one_unit(scale)).times(part).whole(Mode::Half)
        };
        let units = of_period(terms, "units", scale);
        let money = of_period(price, "amount", cents);
        let version = configuration.terms(&kind, at).ok_or("no version in force")?;
        let until = if terms["expiry"].is_object() {
            self.usual_expiry(terms, code, at)
        } else {
            self.usual_expiry(version, code, at)
        };
        let next = period.map(|(_, until)| until);
        let line_of = |books: &mut Self, last: Option<usize>| -> Result<(), String> {
            let customer = books.customer(code)?;
            if let Some(subscription) = customer.subscriptions.get_mut(plan) {
                subscription.lines.insert(line.to_owned(), Line { next, last });
            }
            Ok(())
        };
        if units <= 0 || until.is_some_and(|end| end <= at) {
            return line_of(self, last);
        }
        let customer = self.customer(code)?;
        let count = customer.granted.entry((plan.to_owned(), line.to_owned())).or_default();
        *count += 1;
        let id = format!("{plan}/{line}/{count}");
        let lot = Lot {
            id: customer.free_id(&id),
            wallet: kind.clone(),
            wallet_type: kind.clone(),
            kind: text(terms, "kind").to_owned(),
            terms: version["version"].as_i64().unwrap_or_default(),
            from: at,
            first_from: at,
            until,
            issued: units,
            available: units,
            currency: currency.clone(),
            price: money,
            ..Lot::default()
        };
        let liability = lot.liability();
        customer.wallets.insert(kind.clone(), kind);
        customer.lots.push(lot);
        let index = customer.lots.len() - 1;
        if let Some(currency) = currency {
            if subscription.invoiced {
                *customer.receivable.entry(currency.clone()).or_default() += money;
            }
            let debit = if subscription.invoiced { "accounts_receivable" } else { "cash_clearing" };
            self.post((code, at), debit, (money, &currency));
            self.post((code, at), liability, (-money, &currency));
        }
        line_of(self, Some(index))?;
        self.repay(code, at).map_err(|why| format!("{why} at {}", instant(at)))
    }
}
