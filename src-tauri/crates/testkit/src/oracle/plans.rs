//! Plans: grants and charges on a calendar.

use std::collections::BTreeMap;

use serde_json::Value;

use super::books::{Books, Lot};
use super::calendar::{add_months, instant};
use super::charges::{By, Charge, by_day, by_month};
use super::ends::EndsWith;
use super::fraction::{Fraction, Mode};
use super::payments::tax_on;
use super::reading::{decimal, list, one_unit, steps, text, when};

/// A subscription to a plan.
#[derive(Debug, Clone)]
pub(super) struct Subscription {
    grants: Vec<Value>,
    charges: Vec<Value>,
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
    /// What of the charges that are earned with the grants its first lot costs on top; none if they
    /// are no part of it.
    share: Option<i64>,
}

/// What a line gives.
struct Given {
    units: i64,
    until: Option<i64>,
    ends_with: EndsWith,
    version: i64,
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
        let all = list(version, "charges").iter();
        let (with_grants, charges): (Vec<_>, Vec<_>) =
            all.cloned().partition(|charge| charge["earned"] == "with_grants");
        let line = |record: &Value| {
            let line = Line { next: Some(start), last: None, share: None };
            (text(record, "code").to_owned(), line)
        };
        let mut lines: BTreeMap<_, _> = grants.iter().chain(&charges).map(line).collect();
        for charge in &with_grants {
            self.spread(charge, &grants, &mut lines);
        }
        let anchor_day = zone.day_of(anchor);
        let invoiced = text(operation, "settlement") == "invoiced";
        for grant in &grants {
            let part = match self.period_of(&grant["every"], anchor_day, start) {
                Some(period) => self.first_part(grant, period, start),
                None => Fraction::ONE,
            };
            let shares = lines.get(text(grant, "code")).is_some_and(|line| line.share.is_some());
            if shares && self.given((code, grant), part, start)?.is_none() {
                return Err("a charge is a part of what a lot of nothing costs".to_owned());
            }
        }
        let customer = self.customer(code)?;
        if customer.subscriptions.contains_key(plan) {
            return Err("there is a subscription".to_owned());
        }
        let other = |kind: &str| customer.wallets.get(kind).is_some_and(|found| found != kind);
        if grants.iter().any(|grant| other(text(grant, "wallet_type"))) {
            return Err("a wallet of that name is of another type".to_owned());
        }
        let subscription =
            Subscription { grants, charges, anchor: anchor_day, start, invoiced, lines };
        customer.subscriptions.insert(plan.to_owned(), subscription);
        // Whatever plan it is of.
        while let Some((due, plan, line)) = self.next_grant(code).filter(|next| next.0 <= at) {
            self.grant_or_wait(code, (&plan, &line), due)?;
            let waits = self.waits.contains(&(code.to_owned(), format!("{plan}/{line}")));
            if waits && due == start {
                return Err("it lacks something".to_owned());
            }
        }
        Ok(())
    }

    /// A grant or charge that is due; one that lacks something waits.
    pub(super) fn grant_or_wait(
        &mut self,
        code: &str,
        (plan, line): (&str, &str),
        at: i64,
    ) -> Result<(), String> {
        let what = format!("{plan}/{line}");
        self.or_wait(code, what, |books| books.grant_by_plan(code, (plan, line), at))
    }

    pub(super) fn cancel_subscription(&mut self, operation: &Value, at: i64) -> Result<(), String> {
        let (code, plan) = (text(operation, "customer"), text(operation, "plan"));
        if !self.customer(code)?.subscriptions.contains_key(plan) {
            return Err("no subscription".to_owned());
        }
        // What was due before was due all the same.
        self.do_all_that_is_due(code, at - 1)?;
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

    /// Spreads a charge over the first grants of the lines that cost something in its currency, by
    /// largest remainder.
    fn spread(&self, charge: &Value, grants: &[Value], lines: &mut BTreeMap<String, Line>) {
        let currency = &charge["price"]["currency"];
        let scale = self.configuration.scale(currency.as_str().unwrap_or_default());
        let cents = |record: &Value| steps(&record["price"], "amount", scale).unwrap_or_default();
        let parts = grants.iter().filter(|g| g["price"]["currency"] == *currency && cents(g) > 0);
        let parts: Vec<&Value> = parts.collect();
        let all: i64 = parts.iter().map(|grant| cents(grant)).sum();
        let exact = |grant: &Value| {
            Fraction::new(i128::from(cents(charge)) * i128::from(cents(grant)), i128::from(all))
        };
        let mut shares: Vec<i64> = parts.iter().map(|g| exact(g).whole(Mode::Down)).collect();
        let mut order: Vec<usize> = (0..parts.len()).collect();
        let rest = |index: &usize| {
            let exact = exact(parts[*index]);
            exact.minus(Fraction::of(exact.whole(Mode::Down)))
        };
        // The sort is stable: of equal rests the line that stands first comes first.
        order.sort_by(|a, b| rest(b).compare(rest(a)));
        let missing = cents(charge) - shares.iter().sum::<i64>();
        for index in order.into_iter().take(usize::try_from(missing).unwrap_or_default()) {
            shares[index] += 1;
        }
        for (grant, share) in parts.into_iter().zip(shares) {
            if let Some(line) = lines.get_mut(text(grant, "code")) {
                line.share = Some(line.share.unwrap_or_default() + share);
            }
        }
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
        let waits = |line: &str| self.waits.contains(&(code.to_owned(), format!("{plan}/{line}")));
        let lines = subscription.lines.iter().filter(|(line, _)| !waits(line));
        lines.filter_map(|(code, line)| Some((line.next?, plan.to_owned(), code.clone()))).min()
    }

    /// The next grant or charge of any plan: its instant, the plan and the line.
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

    /// The part of a period that a line gives and costs when it begins within it.
    fn first_part(&self, terms: &Value, (from, until): (i64, i64), at: i64) -> Fraction {
        let zone = self.configuration.zone;
        if terms["proration"] != "first_period" || zone.day_of(from) == zone.day_of(at) {
            return Fraction::ONE;
        }
        Fraction::new(i128::from(until - at), i128::from(until - from))
    }

    /// The units that a line gives at an instant, their end and the version of the wallet type; none if
    /// that is nothing, or a lot that would have ended already.
    fn given(
        &self,
        (code, terms): (&str, &Value),
        part: Fraction,
        at: i64,
    ) -> Result<Option<Given>, String> {
        let kind = text(terms, "wallet_type");
        let definition = self.configuration.one("wallet_types", kind).ok_or("no such type")?;
        let steps = one_unit(self.configuration.scale(text(definition, "unit")));
        let whole = decimal(terms, "units").unwrap_or(Fraction::ZERO);
        let units = whole.times(steps).times(part).whole(Mode::Half);
        let Some(version) = self.configuration.terms(kind, at) else { return Ok(None) };
        let rule = if terms["expiry"].is_object() { terms } else { version };
        let (until, ends_with) = self.usual_end(rule, code, at)?;
        let number = version["version"].as_i64().unwrap_or_default();
        let given = Given { units, until, ends_with, version: number };
        Ok((units > 0 && until.is_none_or(|end| at < end)).then_some(given))
    }

    pub(super) fn grant_by_plan(
        &mut self,
        code: &str,
        (plan, line): (&str, &str),
        at: i64,
    ) -> Result<(), String> {
        let configuration = self.configuration.clone();
        let subscription = self.customer(code)?.subscriptions[plan].clone();
        let records = [&subscription.grants, &subscription.charges].into_iter().flatten();
        let terms = records.into_iter().find(|record| text(record, "code") == line);
        let terms = terms.ok_or("no line")?;
        let period = self.period_of(&terms["every"], subscription.anchor, at);
        let Line { last, share, .. } = subscription.lines[line];
        let part = match period {
            Some(period) if at == subscription.start => self.first_part(terms, period, at),
            _ => Fraction::ONE,
        };
        let next = period.map(|(_, until)| until);
        if terms["earned"].is_string() {
            if let Some(subscription) = self.customer(code)?.subscriptions.get_mut(plan) {
                let line_next = Line { next, last: None, share: None };
                subscription.lines.insert(line.to_owned(), line_next);
            }
            let invoiced = subscription.invoiced;
            return self.charge_by_plan((code, plan), (terms, part, next), invoiced, at);
        }
        if let Some(index) = last.filter(|_| terms["mode"] == "reset") {
            self.take_back_lot(code, index, at)?;
        }
        let kind = text(terms, "wallet_type").to_owned();
        let price = &terms["price"];
        let currency = price["currency"].as_str().map(str::to_owned);
        let cents = currency.as_deref().map_or(2, |currency| configuration.scale(currency));
        let money = decimal(price, "amount").unwrap_or(Fraction::ZERO).times(one_unit(cents));
        let money = money.times(part).whole(Mode::Half) + share.unwrap_or_default();
        let line_of = |books: &mut Self, last: Option<usize>| -> Result<(), String> {
            let customer = books.customer(code)?;
            if let Some(subscription) = customer.subscriptions.get_mut(plan) {
                let line_next = Line { next, last, share: None };
                subscription.lines.insert(line.to_owned(), line_next);
            }
            Ok(())
        };
        let Some(given) = self.given((code, terms), part, at)? else {
            return line_of(self, last);
        };
        let noted = self.noted(currency.as_deref(), at)?;
        // It is taxed as a whole, with the charges that are a part of it.
        let (tax_kind, tax) = tax_on(price, money);
        let customer = self.customer(code)?;
        let count = customer.granted.entry((plan.to_owned(), line.to_owned())).or_default();
        *count += 1;
        let id = format!("{plan}/{line}/{count}");
        let lot = Lot {
            id: customer.free_id(&id),
            wallet: kind.clone(),
            wallet_type: kind.clone(),
            kind: text(terms, "kind").to_owned(),
            terms: given.version,
            bought: configuration
                .terms(&kind, at)
                .and_then(|of| configuration.bought(of, code, at)),
            there: configuration.zone.day_of(at),
            from: at,
            first_from: at,
            until: given.until,
            ends_with: given.ends_with,
            issued: given.units,
            available: given.units,
            noted,
            currency: currency.clone(),
            price: money,
            tax_kind,
            tax,
            ..Lot::default()
        };
        let (liability, tax, tax_account) = (lot.liability(), lot.tax, lot.tax_account());
        customer.wallets.insert(kind.clone(), kind);
        self.add_lot(code, lot)?;
        let customer = self.customer(code)?;
        let index = customer.lots.len() - 1;
        if let Some(currency) = currency {
            if subscription.invoiced {
                *customer.receivable.entry(currency.clone()).or_default() += money + tax;
            }
            let debit = if subscription.invoiced { "accounts_receivable" } else { "cash_clearing" };
            self.post((code, at), debit, (money + tax, &currency));
            self.post((code, at), liability, (-money, &currency));
            self.post((code, at), tax_account, (-tax, &currency));
        }
        line_of(self, Some(index))?;
        self.repay(code, at).map_err(|why| format!("{why} at {}", instant(at)))
    }

    /// A plan makes a charge: of a period, or once. A charge of nothing is left out.
    fn charge_by_plan(
        &mut self,
        (code, plan): (&str, &str),
        (terms, part, next): (&Value, Fraction, Option<i64>),
        invoiced: bool,
        at: i64,
    ) -> Result<(), String> {
        let zone = self.configuration.zone;
        let currency = text(&terms["price"], "currency").to_owned();
        let whole = decimal(&terms["price"], "amount").unwrap_or(Fraction::ZERO);
        let cents = one_unit(self.configuration.scale(&currency));
        let amount = whole.times(cents).times(part).whole(Mode::Half);
        if amount == 0 {
            return Ok(());
        }
        let line = text(terms, "code").to_owned();
        let count =
            self.customer(code)?.granted.entry((plan.to_owned(), line.clone())).or_default();
        *count += 1;
        let name = format!("{plan}/{line}/{count}");
        let once = terms["every"].is_null();
        let months = if once { &terms["months"] } else { &terms["every"]["months"] };
        let months = months.as_i64().unwrap_or_default();
        let first = zone.day_of(at);
        let end = next.map_or_else(|| add_months(first, months), |next| zone.day_of(next));
        let (by, days) = match text(terms, "earned") {
            "on_completion" => (By::Completion, None),
            "by_month" => (by_month(amount, (first, end), months), None),
            _ => (by_day(amount, (first, end)), Some((first, end))),
        };
        let revenue = if once { "revenue_setup" } else { "revenue_subscription" };
        let (tax_kind, tax) = tax_on(&terms["price"], amount);
        let charge = Charge {
            currency,
            amount,
            tax_kind,
            tax,
            tax_returned: 0,
            earned: 0,
            refunded: 0,
            reimbursed: 0,
            revenue,
            by,
            days,
        };
        self.make_charge((code, name), (charge, invoiced), at)
    }
}
