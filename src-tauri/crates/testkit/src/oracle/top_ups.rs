//! Top-ups: a wallet that runs low buys units, by itself, on a day of the month, or by hand.

use serde_json::{Value, json};

use super::books::{Books, Customer, Lot};
use super::calendar::{date_of_day, day_of_date, days_in_month};
use super::fraction::{Fraction, Mode};
use super::payments::{tax_account, tax_on};
use super::pricing;
use super::reading::{decimal, one_unit, steps, text};

/// What is kept of a wallet.
#[derive(Debug, Clone, Default)]
pub(super) struct TopUps {
    /// Own terms of the wallet, if it has some.
    own: Option<Value>,
    off: bool,
    /// Day of the month on which a top-up is made in any case, and the last instant that was looked at.
    monthly: Option<(i64, i64)>,
    /// How many there were.
    count: i64,
    /// What was charged or requested, by month and currency.
    charged: Vec<(i64, String, i64)>,
    /// The one that waits for its payment.
    pending: Option<Pending>,
    /// The latest instant of usage that was charged to the wallet under top-up terms.
    drawn_until: Option<i64>,
}

/// A top-up that waits for its payment.
#[derive(Debug, Clone)]
struct Pending {
    id: String,
    units: i64,
    month: i64,
    charge: i64,
    tax_kind: String,
    tax: i64,
    currency: String,
}

/// What the units of a top-up cost, net, with its tax.
struct Cost {
    charge: i64,
    tax_kind: String,
    tax: i64,
    currency: String,
}

/// Why a top-up is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Trigger {
    Threshold,
    Month,
}

impl Customer {
    /// The id, or one made of its hash if it is taken.
    pub(super) fn free_id(&self, wished: &str) -> String {
        let taken = |id: &str| self.lots.iter().any(|lot| lot.id == id);
        let (mut id, mut count) = (wished.to_owned(), 1);
        while taken(&id) {
            let text = if count == 1 { wished.to_owned() } else { format!("{wished}#{count}") };
            id = format!("lot-{}", &blake3::hash(text.as_bytes()).to_hex()[..16]);
            count += 1;
        }
        id
    }
}

impl Books {
    /// The terms of a wallet: its own, or those of its type; none if it is switched off.
    fn top_up_terms(&self, code: &str, wallet: &str, at: i64) -> Option<Value> {
        let customer = self.customers.get(code)?;
        let kept = customer.top_ups.get(wallet).cloned().unwrap_or_default();
        if kept.off {
            return None;
        }
        let of_type = || {
            let terms = self.configuration.terms(customer.wallets.get(wallet)?, at)?;
            Some(terms["top_up"].clone()).filter(Value::is_object)
        };
        kept.own.or_else(of_type)
    }

    fn month_of(&self, at: i64) -> i64 {
        let (year, month, _) = date_of_day(self.configuration.zone.day_of(at));
        year * 12 + month
    }

    pub(super) fn scale_of_wallet(&self, code: &str, wallet: &str) -> u32 {
        let kind = self.customers.get(code).and_then(|customer| customer.wallets.get(wallet));
        let unit = kind.and_then(|kind| self.configuration.one("wallet_types", kind));
        unit.map_or(2, |kind| self.configuration.scale(text(kind, "unit")))
    }

    /// After an event was charged: the wallets that it drew from, and those that might have paid for
    /// what was not covered, in their order.
    pub(super) fn top_up_after(
        &mut self,
        code: &str,
        at: i64,
        wallets: &[String],
    ) -> Result<(), String> {
        for wallet in wallets {
            if self.top_up_terms(code, wallet, at).is_none() {
                continue;
            }
            let kept = self.customer(code)?.top_ups.entry(wallet.clone()).or_default();
            let at = kept.drawn_until.map_or(at, |until| until.max(at));
            kept.drawn_until = Some(at);
            self.make_top_up(code, wallet, at, Trigger::Threshold)?;
        }
        Ok(())
    }

    fn make_top_up(
        &mut self,
        code: &str,
        wallet: &str,
        at: i64,
        trigger: Trigger,
    ) -> Result<(), String> {
        let configuration = self.configuration.clone();
        let Some(terms) = self.top_up_terms(code, wallet, at) else { return Ok(()) };
        let (scale, month) = (self.scale_of_wallet(code, wallet), self.month_of(at));
        let of_unit =
            |name: &str| decimal(&terms, name).map(|n| n.times(one_unit(scale)).whole(Mode::Down));
        let customer = self.customer(code)?;
        let kept = customer.top_ups.get(wallet).cloned().unwrap_or_default();
        let usable = customer.lots.iter().filter(|lot| lot.wallet == wallet && lot.is_valid_at(at));
        let balance: i64 = usable.map(|lot| lot.available).sum();
        let threshold = of_unit("threshold").unwrap_or_default();
        if kept.pending.is_some() || (trigger == Trigger::Threshold && balance > threshold) {
            return Ok(());
        }
        let units = match (of_unit("bring_to"), of_unit("add").unwrap_or_default()) {
            (Some(bring_to), _) => bring_to - balance,
            (None, add) if trigger == Trigger::Month => add,
            (None, add) => {
                let mut units = add;
                while balance + units <= threshold {
                    units += add;
                }
                units
            }
        };
        if units <= 0 {
            return Ok(());
        }
        let kind = customer.wallets[wallet].clone();
        let version = configuration.terms(&kind, at).ok_or("no version in force")?;
        match (self.usual_end(version, code, at), trigger) {
            // Usage is never refused because of a top-up.
            (Err(_), Trigger::Threshold) => return Ok(()),
            (Err(why), Trigger::Month) => return Err(why),
            (Ok((Some(end), _)), _) if end <= at => return Ok(()),
            (Ok(_), _) => {}
        }
        let price = &terms["price"];
        let currency = price["currency"].as_str().map(str::to_owned);
        let cents = currency.as_deref().map_or(2, |currency| configuration.scale(currency));
        let exact = Fraction::of(units).over(one_unit(scale)).times(pricing::price(price));
        let charge = exact.times(one_unit(cents)).whole(Mode::Half);
        let so_far = kept.charged.iter();
        let so_far = so_far.filter(|(of, c, _)| *of == month && Some(c) == currency.as_ref());
        let so_far: i64 = so_far.map(|(_, _, charge)| charge).sum();
        let ceiling = decimal(&terms, "monthly_ceiling").map(|most| most.times(one_unit(cents)));
        if ceiling.is_some_and(|most| Fraction::of(so_far + charge).compare(most).is_gt()) {
            return Ok(());
        }
        let customer = self.customer(code)?;
        let id = customer.free_id(&format!("{wallet}/top-up-{}", kept.count + 1));
        let kept = customer.top_ups.entry(wallet.to_owned()).or_default();
        kept.count += 1;
        let (tax_kind, tax) = tax_on(price, charge);
        if let Some(currency) = &currency {
            kept.charged.push((month, currency.clone(), charge));
            if terms["on"] == "payment" && charge > 0 {
                let currency = currency.clone();
                kept.pending = Some(Pending { id, units, month, charge, tax_kind, tax, currency });
                return Ok(());
            }
        }
        let cost = currency.map(|currency| Cost { charge, tax_kind, tax, currency });
        self.add_top_up((code, wallet), at, (id, units), cost, false)
    }

    /// The new lot.
    fn add_top_up(
        &mut self,
        (code, wallet): (&str, &str),
        at: i64,
        (id, units): (String, i64),
        price: Option<Cost>,
        paid: bool,
    ) -> Result<(), String> {
        let wallet_type = self.customer(code)?.wallets[wallet].clone();
        let configuration = self.configuration.clone();
        let terms = configuration.terms(&wallet_type, at).ok_or("no version in force")?;
        let (until, ends_with) = self.usual_end(terms, code, at)?;
        if until.is_some_and(|end| end <= at) {
            return Err("the lot would have ended".to_owned());
        }
        let lot = Lot {
            id,
            wallet: wallet.to_owned(),
            wallet_type,
            kind: if price.is_some() { "purchased" } else { "promotional" }.to_owned(),
            terms: terms["version"].as_i64().unwrap_or_default(),
            bought: configuration.bought(terms, code, at),
            there: configuration.zone.day_of(at),
            from: at,
            first_from: at,
            until,
            ends_with,
            issued: units,
            available: units,
            noted: self.noted(price.as_ref().map(|price| price.currency.as_str()), at)?,
            currency: price.as_ref().map(|price| price.currency.clone()),
            price: price.as_ref().map_or(0, |price| price.charge),
            tax_kind: price.as_ref().map_or(String::new(), |price| price.tax_kind.clone()),
            tax: price.as_ref().map_or(0, |price| price.tax),
            ..Lot::default()
        };
        self.add_lot(code, lot)?;
        if let Some(Cost { charge, tax_kind, tax, currency }) = price {
            if !paid {
                let customer = self.customer(code)?;
                *customer.receivable.entry(currency.clone()).or_default() += charge + tax;
            }
            let debit = if paid { "cash_clearing" } else { "accounts_receivable" };
            self.post((code, at), debit, (charge + tax, &currency));
            self.post((code, at), "cl_purchased", (-charge, &currency));
            self.post((code, at), tax_account(&tax_kind), (-tax, &currency));
        }
        self.repay(code, at)
    }

    pub(super) fn set_top_up(&mut self, operation: &Value, at: i64) -> Result<(), String> {
        let (code, wallet) = (text(operation, "customer"), text(operation, "wallet"));
        let customer = self.customer(code)?;
        if !customer.wallets.contains_key(wallet) {
            return Err("no such wallet".to_owned());
        }
        let kept = customer.top_ups.entry(wallet.to_owned()).or_default();
        kept.off = operation["off"] == true;
        kept.own = Some(operation["top_up"].clone()).filter(Value::is_object);
        kept.monthly = operation["monthly_on"].as_i64().map(|day| (day, at));
        Ok(())
    }

    pub(super) fn top_up_by_hand(&mut self, operation: &Value, at: i64) -> Result<(), String> {
        let (code, wallet) = (text(operation, "customer"), text(operation, "wallet"));
        let mut grant = operation.clone();
        grant["kind"] = "purchased".into();
        if operation["price"].is_null() {
            let terms = self.top_up_terms(code, wallet, at).ok_or("no terms")?;
            let price = &terms["price"];
            let currency = price["currency"].as_str().ok_or("no price")?;
            let cents = self.configuration.scale(currency);
            let units = decimal(operation, "units").ok_or("no units")?;
            let exact = units.times(pricing::price(price)).times(one_unit(cents));
            let net = exact.whole(Mode::Half);
            let (kind, tax) = tax_on(price, net);
            let text = |cents: i64| format!("{}.{:02}", cents / 100, cents % 100);
            let kind = if kind.is_empty() { "vat".to_owned() } else { kind };
            grant["price"] = json!({
                "net": text(net), "tax": text(tax), "tax_kind": kind, "currency": currency,
            });
        }
        self.grant(&grant, at)
    }

    /// The customer's wallet whose top-up waits for its payment.
    fn wallet_waiting(&mut self, operation: &Value) -> Result<(String, Pending), String> {
        let (code, id) = (text(operation, "customer"), text(operation, "top_up"));
        let waiting = self.customer(code)?.top_ups.iter();
        let mut waiting = waiting.filter_map(|(w, kept)| Some((w.clone(), kept.pending.clone()?)));
        waiting.find(|(_, pending)| pending.id == id).ok_or_else(|| "none waits".to_owned())
    }

    pub(super) fn cancel_top_up(&mut self, operation: &Value) -> Result<(), String> {
        let (wallet, pending) = self.wallet_waiting(operation)?;
        let customer = self.customer(text(operation, "customer"))?;
        let kept = customer.top_ups.entry(wallet).or_default();
        kept.pending = None;
        kept.charged.push((pending.month, pending.currency, -pending.charge));
        Ok(())
    }

    pub(super) fn top_up_paid(&mut self, operation: &Value, at: i64) -> Result<(), String> {
        let (code, currency) = (text(operation, "customer"), text(operation, "currency"));
        let (wallet, pending) = self.wallet_waiting(operation)?;
        let amount = steps(operation, "amount", self.configuration.scale(currency));
        if amount != Some(pending.charge + pending.tax) || currency != pending.currency {
            return Err("another amount".to_owned());
        }
        let customer = self.customer(code)?;
        customer.top_ups.entry(wallet.clone()).or_default().pending = None;
        let id = customer.free_id(&pending.id);
        let Pending { units, charge, tax_kind, tax, currency, .. } = pending;
        let cost = Cost { charge, tax_kind, tax, currency };
        self.add_top_up((code, &wallet), at, (id, units), Some(cost), true)
    }

    /// The next top-up on a day of the month: its instant and its wallet.
    pub(super) fn next_monthly(&self, code: &str) -> Option<(i64, String)> {
        let zone = self.configuration.zone;
        let next = |(day, after): (i64, i64)| {
            let (year, month, _) = date_of_day(zone.day_of(after));
            (year * 12 + month - 1..).find_map(|months| {
                let (year, month) = (months.div_euclid(12), months.rem_euclid(12) + 1);
                let of_month = day.min(days_in_month(year, month));
                let due = zone.start_of(day_of_date(year, month, of_month));
                (due > after).then_some(due)
            })
        };
        let waits = |wallet: &str| self.waits.contains(&(code.to_owned(), wallet.to_owned()));
        let kept = self.customers.get(code)?.top_ups.iter().filter(|(wallet, _)| !waits(wallet));
        kept.filter_map(|(wallet, kept)| Some((next(kept.monthly?)?, wallet.clone()))).min()
    }

    pub(super) fn top_up_monthly(
        &mut self,
        code: &str,
        (at, wallet): (i64, &str),
    ) -> Result<(), String> {
        let kept = self.customer(code)?.top_ups.entry(wallet.to_owned()).or_default();
        kept.monthly = kept.monthly.map(|(day, _)| (day, at));
        self.make_top_up(code, wallet, at, Trigger::Month)
    }
}
