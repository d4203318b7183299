//! Charges of plans: what is charged in advance, and when it becomes revenue.

use serde_json::Value;

use super::books::Books;
use super::calendar::{add_months, date_of_day, day_of_date};
use super::fraction::{Fraction, Mode};
use super::payments::tax_account;
use super::reading::text;

/// A charge that was made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Charge {
    /// Its currency.
    pub currency: String,
    /// What was charged, net.
    pub amount: i64,
    /// The tax on top of it, its kind, and what was paid back of it.
    pub tax: i64,
    pub(super) tax_kind: String,
    pub tax_returned: i64,
    /// What became revenue.
    pub earned: i64,
    /// What was paid back before it was earned.
    pub refunded: i64,
    /// What was paid back after that.
    pub reimbursed: i64,
    /// Where its revenue goes.
    pub(super) revenue: &'static str,
    pub(super) by: By,
    /// The days from one to another by which it is earned.
    pub(super) days: Option<(i64, i64)>,
}

/// When a charge is earned.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum By {
    /// When somebody says that the service is complete.
    Completion,
    /// At these ends of parts, the last part first, with all that is earned by then: the day after the
    /// part.
    Parts(Vec<(i64, i64)>),
}

fn month_after(day: i64) -> i64 {
    let (year, month, _) = date_of_day(day);
    add_months(day_of_date(year, month, 1), 1)
}

fn part(amount: i64, gone: i64, all: i64) -> i64 {
    Fraction::new(i128::from(amount) * i128::from(gone), i128::from(all)).whole(Mode::Half)
}

/// The parts of a charge that is earned by the days from one to another.
pub(super) fn by_day(amount: i64, (first, end): (i64, i64)) -> By {
    let (mut parts, mut day) = (Vec::new(), first);
    while day < end {
        day = month_after(day).min(end);
        parts.insert(0, (day, part(amount, day - first, end - first)));
    }
    By::Parts(parts)
}

/// The parts of a charge that is earned in equal parts by months; none goes beyond the end.
pub(super) fn by_month(amount: i64, (first, end): (i64, i64), months: i64) -> By {
    let ends = (1..=months).rev().map(|month| {
        let day = if month == months { end } else { add_months(first, month).min(end) };
        (day, part(amount, month, months))
    });
    By::Parts(ends.collect())
}

impl Charge {
    /// What is still to be earned.
    #[must_use]
    pub fn deferred(&self) -> i64 {
        self.amount - self.earned - self.refunded
    }

    /// The day after the next part.
    fn next(&self) -> Option<i64> {
        let By::Parts(parts) = &self.by else { return None };
        parts.last().filter(|_| self.deferred() > 0).map(|(day, _)| *day)
    }
}

impl Books {
    /// A charge is made.
    pub(super) fn make_charge(
        &mut self,
        (code, name): (&str, String),
        (charge, invoiced): (Charge, bool),
        at: i64,
    ) -> Result<(), String> {
        let (amount, currency) = (charge.amount, charge.currency.clone());
        let (tax, tax_account) = (charge.tax, tax_account(&charge.tax_kind));
        let customer = self.customer(code)?;
        customer.charges.insert(name, charge);
        if invoiced {
            *customer.receivable.entry(currency.clone()).or_default() += amount + tax;
        }
        let debit = if invoiced { "accounts_receivable" } else { "cash_clearing" };
        self.post((code, at), debit, (amount + tax, &currency));
        self.post((code, at), "cl_upfront_fee", (-amount, &currency));
        self.post((code, at), tax_account, (-tax, &currency));
        Ok(())
    }

    /// Some money of a charge becomes revenue.
    fn earn_charge(&mut self, (code, name): (&str, &str), money: i64, at: i64) {
        let customer = self.customers.get_mut(code);
        let Some(charge) = customer.and_then(|customer| customer.charges.get_mut(name)) else {
            return;
        };
        charge.earned += money;
        let (revenue, currency) = (charge.revenue, charge.currency.clone());
        self.post((code, at), "cl_upfront_fee", (money, &currency));
        self.post((code, at), revenue, (-money, &currency));
    }

    /// The next end of a part: its instant and the charge.
    pub(super) fn next_part(&self, code: &str) -> Option<(i64, String)> {
        let charges = self.customers.get(code)?.charges.iter();
        let ends = charges.filter_map(|(name, charge)| Some((charge.next()?, name)));
        ends.map(|(day, name)| (self.configuration.zone.start_of(day), name.clone())).min()
    }

    /// A part is earned, on its last day.
    pub(super) fn part_earned(
        &mut self,
        code: &str,
        (at, name): (i64, &str),
    ) -> Result<(), String> {
        let charge = self.customer(code)?.charges.get_mut(name).ok_or("no charge")?;
        let By::Parts(parts) = &mut charge.by else { return Ok(()) };
        let by_then = parts.pop().map_or(charge.earned, |(_, earned)| earned);
        let more = (by_then - charge.earned).max(0);
        self.earn_charge((code, name), more, at - 1);
        Ok(())
    }

    pub(super) fn complete_setup(&mut self, operation: &Value, at: i64) -> Result<(), String> {
        let (code, name) = (text(operation, "customer"), text(operation, "charge"));
        let charge = self.customer(code)?.charges.get(name).ok_or("no charge")?;
        if charge.by != By::Completion || charge.deferred() == 0 {
            return Err("there is nothing to complete".to_owned());
        }
        let left = charge.deferred();
        self.earn_charge((code, name), left, at);
        Ok(())
    }

    pub(super) fn refund_charge(&mut self, operation: &Value, at: i64) -> Result<(), String> {
        let (code, name) = (text(operation, "customer"), text(operation, "charge"));
        let today = self.configuration.zone.day_of(at);
        let charge = self.customer(code)?.charges.get(name).ok_or("no charge")?.clone();
        // What the days before have earned is revenue first.
        if let Some((first, end)) = charge.days.filter(|_| charge.deferred() > 0) {
            let gone = today.clamp(first, end) - first;
            let more = part(charge.amount, gone, end - first) - charge.earned;
            self.earn_charge((code, name), more.max(0), at);
        }
        let charge = self.customer(code)?.charges.get_mut(name).ok_or("no charge")?;
        let left = charge.deferred();
        let with_earned = operation["include_earned"] == true;
        let used = if with_earned { charge.earned - charge.reimbursed } else { 0 };
        if left + used == 0 {
            return Err("nothing is left to be paid back".to_owned());
        }
        charge.refunded += left;
        charge.reimbursed += used;
        // The tax on all that was paid back so far, less what was paid back of it.
        let so_far = part(charge.tax, charge.refunded + charge.reimbursed, charge.amount);
        let with_tax = operation["with_tax"] == true;
        let tax = if with_tax { (so_far - charge.tax_returned).max(0) } else { 0 };
        charge.tax_returned += tax;
        let tax_account = tax_account(&charge.tax_kind);
        let currency = charge.currency.clone();
        self.post((code, at), "cl_upfront_fee", (left, &currency));
        self.post((code, at), "contra_refunds", (used, &currency));
        self.post((code, at), tax_account, (tax, &currency));
        self.post((code, at), "cash_clearing", (-left - used - tax, &currency));
        Ok(())
    }
}
