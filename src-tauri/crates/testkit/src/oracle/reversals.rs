//! Usage that is taken back: what the period costs without it, and where that came from.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::books::{Books, Customer, Lot};
use super::burns::Return;
use super::conversions::Converted;
use super::drafts::{Correction, Of};
use super::fraction::Fraction;
use super::limits::Part;
use super::pricing::{self, Grain};
use super::reading::{decimal, list, one_unit, text};
use super::usage::{Account, Drawn, Met, Priced, key_order};

/// What became of an event.
#[derive(Debug, Clone)]
pub(super) enum Posted {
    /// It cost nothing.
    Free,
    /// It was refused.
    Refused,
    /// It was priced.
    Charged(Box<Charged>),
}

/// A priced event, as it was posted.
#[derive(Debug, Clone)]
pub(super) struct Charged {
    event: Value,
    at: i64,
    card: Value,
    version: Value,
    rate: Value,
    reported: BTreeMap<String, String>,
    /// What was closed then.
    closed: Option<i64>,
    priced: Priced,
}

/// Reversals of a customer.
#[derive(Debug, Clone, Default)]
pub(super) struct Reversals {
    /// Every event that came, by key.
    pub(super) posted: BTreeMap<String, Posted>,
    /// Those that were taken back.
    taken_back: BTreeSet<String>,
    /// Counters that stay after their period is closed, with the units that went back with a draft: those
    /// do not go back again.
    retained: BTreeMap<Account, i64>,
}

impl Reversals {
    /// Units of a charge went back otherwise.
    pub(super) fn returned(&mut self, account: &Account, units: i64) {
        *self.retained.entry(account.clone()).or_default() += units;
    }

    /// The counters of a charge stay.
    fn retain(&mut self, account: &Account) {
        self.returned(account, 0);
    }
}

impl Charged {
    pub(super) fn of(met: &Met<'_>, priced: Priced, closed: Option<i64>) -> Posted {
        Posted::Charged(Box::new(Self {
            event: met.event.clone(),
            at: met.at,
            card: met.card.clone(),
            version: met.version.clone(),
            rate: met.rate.clone(),
            reported: met.reported.clone(),
            closed,
            priced,
        }))
    }

    fn met<'a>(&'a self, customer: &'a str) -> Met<'a> {
        Met {
            customer,
            event: &self.event,
            at: self.at,
            card: self.card.clone(),
            version: self.version.clone(),
            rate: self.rate.clone(),
            reported: self.reported.clone(),
        }
    }
}

impl Books {
    pub(super) fn reverse_usage(&mut self, operation: &Value, at: i64) -> Result<(), String> {
        if text(operation, "reason").trim().is_empty() || list(operation, "keys").is_empty() {
            return Err("nothing to take back, or no reason".to_owned());
        }
        let keys = list(operation, "keys").iter().filter_map(Value::as_str);
        self.take_events_back(operation, keys.collect(), at)
    }

    /// Takes back what new events inside an operation stand in for.
    pub(super) fn supersede(
        &mut self,
        operation: &Value,
        hold: Option<&str>,
        at: i64,
    ) -> Result<(), String> {
        let archived = text(operation, "op") == "post_usage";
        let recorded = self.customer(text(operation, "customer"))?.recorded.clone();
        let events = list(operation, "events").iter();
        let new = events.filter(|event| !archived && !recorded.contains_key(text(event, "key")));
        let superseded: Vec<_> = new.filter_map(|event| event["supersedes"].as_str()).collect();
        match (superseded.is_empty(), hold) {
            (true, _) => Ok(()),
            (false, None) => self.take_events_back(operation, superseded, at),
            (false, Some(_)) => Err("a capture puts nothing in the place of another".to_owned()),
        }
    }

    /// Takes events back, the last one first. What has ended by then is swept before.
    pub(super) fn take_events_back(
        &mut self,
        operation: &Value,
        keys: Vec<&str>,
        at: i64,
    ) -> Result<(), String> {
        let code = text(operation, "customer");
        let mut taken = Vec::new();
        for key in keys {
            let reversals = &mut self.customer(code)?.reversals;
            let posted = reversals.posted.get(key).ok_or("there is no such event")?.clone();
            if !reversals.taken_back.insert(key.to_owned()) {
                return Err("it was taken back".to_owned());
            }
            match posted {
                Posted::Free => {}
                Posted::Refused => return Err("it was refused".to_owned()),
                Posted::Charged(charged) => taken.push((charged.at, key_order(key), charged)),
            }
        }
        taken.sort_by_key(|(at, order, _)| std::cmp::Reverse((*at, *order)));
        self.sweep_ends(code, at)?;
        let mut ended = BTreeMap::new();
        let zone = self.configuration.zone;
        for of_day in taken.chunk_by(|a, b| zone.day_of(a.0) == zone.day_of(b.0)) {
            self.correction = Some(Correction::default());
            for (_, _, charged) in of_day {
                if let Some(correction) = &mut self.correction {
                    correction.period = charged.priced.account.2;
                }
                let mut back = Return { at, taken_back: true, ended: &mut ended };
                self.take_one_back(code, charged, &mut back)?;
            }
            self.end_correction(code)?;
            self.end_usage_of_day(of_day.iter().map(|one| one.0).max());
        }
        self.goodwill(operation, ended, at)
    }

    fn take_one_back(
        &mut self,
        code: &str,
        charged: &Charged,
        back: &mut Return<'_>,
    ) -> Result<(), String> {
        if !charged.priced.crossed.is_empty() {
            return Err("a wallet of another unit paid for it".to_owned());
        }
        let met = charged.met(code);
        let mut record = charged.priced.nothing();
        if !self.still_counts(code, charged)? {
            self.return_charge(&mut record, charged, back)?;
            return self.uncount(charged, &record.parts);
        }
        self.unconvert(&mut record, charged);
        let less = self.uncharge(&mut record, charged);
        if less < 0 {
            // Without it the period costs more.
            self.customer(code)?.reversals.retain(&record.account);
            record.charge = -less;
            let low = self.pay(&mut record, &met, None)?;
            self.as_of_then(charged, |books| {
                let period = record.account.2;
                books.count((code, met.event, met.at), period, met.unit(), &record.parts)
            })?;
            return self.was_used(&met, record, &low).map_err(str::to_owned);
        }
        record.charge = -less;
        let sources = self.sources(code, charged, less)?;
        for source in &sources {
            self.give_part(&mut record, &met, source, back);
        }
        self.uncount(charged, &record.parts)?;
        self.customer(code)?.priced.push(record);
        Ok(())
    }

    /// Whether the counters of an event's billing period are there.
    fn still_counts(&mut self, code: &str, charged: &Charged) -> Result<bool, String> {
        let account = &charged.priced.account;
        let begins_on = self.configuration.billing_day(code);
        let (_, end) = super::calendar::billing_period(account.2, begins_on);
        let open = self.closed.is_none_or(|closed| end - 1 > closed);
        Ok(open || self.customer(code)?.reversals.retained.contains_key(account))
    }

    /// Something as of what was closed when the event was posted.
    fn as_of_then<T>(&mut self, charged: &Charged, work: impl FnOnce(&mut Self) -> T) -> T {
        let now = std::mem::replace(&mut self.closed, charged.closed);
        let done = work(self);
        self.closed = now;
        done
    }

    fn uncount(&mut self, charged: &Charged, parts: &[Part]) -> Result<(), String> {
        let unit = text(&charged.card, "unit").to_owned();
        let period = charged.priced.account.2;
        let code = charged.priced.customer.clone();
        self.as_of_then(charged, |books| {
            books.uncount_parts((&code, &charged.event, charged.at), period, &unit, parts);
        });
        Ok(())
    }

    /// Takes the event out of its conversions, unless one of them counts on a day that is closed.
    fn unconvert(&self, record: &mut Priced, charged: &Charged) {
        let priced = &charged.priced;
        let by_day = |one: &Converted| one.counted != priced.account.2;
        let closed = |one: &Converted| self.closed.is_some_and(|closed| one.counted <= closed);
        record.quantity = priced.quantity;
        if priced.conversions.iter().any(|one| by_day(one) && closed(one)) {
            return;
        }
        let before = self.of_rate(&priced.customer, &priced.account);
        for one in &priced.conversions {
            let same = before.iter().flat_map(|p| &p.conversions);
            let same =
                same.filter(|c| (&c.conversion, c.counted) == (&one.conversion, one.counted));
            let (mut exact, mut given) = (one.exact.negative(), 0);
            for other in same {
                exact = exact.plus(other.exact);
                given += other.out;
            }
            let less = given - one.grain.round(exact).max(0);
            record.quantity = less;
            let (exact, out) = (one.exact.negative(), -less);
            record.conversions.push(Converted { exact, out, ..one.clone() });
        }
    }

    /// Takes the event out of what the period costs; gives by how much that falls.
    fn uncharge(&self, record: &mut Priced, charged: &Charged) -> i64 {
        let (priced, rate) = (&charged.priced, &charged.rate);
        let configuration = &self.configuration;
        let before = self.before(&priced.customer, &priced.account);
        let used: i64 = before.iter().map(|p| p.quantity).sum();
        let charged_before: i64 = before.iter().map(|p| p.charge).sum();
        let exact_before = before.iter().fold(Fraction::ZERO, |sum, p| sum.plus(p.exact));
        let meter = configuration.one("meters", text(rate, "meter"));
        let unit = rate["quantity_unit"].as_str();
        let unit = unit.or(meter.and_then(|meter| meter["unit"].as_str())).unwrap_or_default();
        let of_unit = one_unit(configuration.scale(text(&charged.card, "unit")));
        let units = |steps| Fraction::of(steps).over(one_unit(configuration.scale(unit)));
        let total = |steps| pricing::total(rate, units(steps)).times(of_unit);
        let after = (used - record.quantity).max(0);
        let by_percent = text(rate, "model") == "percentage";
        let less = match by_percent {
            true => pricing::percentage(rate, units(record.quantity)).times(of_unit),
            false => total(used).minus(total(after)),
        };
        let grain = Grain::read(&rate["rounding"], "mode", of_unit);
        let alone = rate["rounding"]["on"] == "event";
        // What a maximum has cut says nothing of a single event, unless the whole period is one price.
        let cut = decimal(rate, "maximum").is_some_and(|most| {
            let reached = exact_before.compare(most.times(of_unit)).is_ge();
            by_percent || (reached && (alone || total(used) != exact_before))
        });
        let back = match (after, cut) {
            (0, _) => charged_before,
            (_, true) => priced.charge.max(0).min(charged_before),
            _ if alone => grain.round(less).min(charged_before),
            _ => charged_before - grain.round(exact_before.minus(less)).max(0),
        };
        record.exact = match (after, cut) {
            (0, _) => exact_before.negative(),
            (_, true) => Fraction::of(-back),
            // No fraction is carried on.
            _ if alone => Fraction::of(charged_before - back).minus(exact_before),
            _ => less.negative(),
        };
        record.quantity = after - used;
        back
    }

    /// Where so many units come back from: the event's own draws, the last first, then the last draws of
    /// the rate in the period. What went back with a draft does not go back again.
    fn sources(&mut self, code: &str, charged: &Charged, less: i64) -> Result<Vec<Drawn>, String> {
        let account = &charged.priced.account;
        let draws = charged.priced.draws.iter();
        let drew: i64 = draws.map(|drawn| drawn.units).sum();
        let own = less.min(drew);
        let (mut left, mut sources) = (own, Vec::new());
        let customer = self.customer(code)?;
        let kept = customer.draws.entry(account.clone()).or_default();
        for drawn in charged.priced.draws.iter().rev() {
            let same = |other: &Drawn| match drawn.lot {
                Some(lot) => other.lot == Some(lot),
                None => other.lot.is_none() || other.repaid,
            };
            left -= draw_back(kept, left.min(drawn.units), same, &mut sources);
        }
        if let Some(returned) = customer.reversals.retained.get_mut(account) {
            let part = left.min(*returned);
            *returned -= part;
            left -= part;
        }
        draw_back(kept, left + less - own, |_| true, &mut sources);
        if own != less || own != drew {
            customer.reversals.retain(account);
        }
        if sources.iter().any(|drawn| drawn.across) {
            return Err("a wallet of another unit paid for it".to_owned());
        }
        Ok(sources)
    }

    /// When the counters are closed the event gives back what it was charged.
    fn return_charge(
        &mut self,
        record: &mut Priced,
        charged: &Charged,
        back: &mut Return<'_>,
    ) -> Result<(), String> {
        let priced = &charged.priced;
        let code = priced.customer.as_str();
        let met = charged.met(code);
        if pricing::looks_back(&charged.rate) {
            return Err("its price depends on all usage of a closed period".to_owned());
        }
        for drawn in priced.draws.iter().rev() {
            let units = drawn.units;
            match (drawn.lot, &drawn.overdrawn) {
                (Some(index), _) => {
                    let lot = &self.customer(code)?.lots[index];
                    let went_back = "its units went back before";
                    if lot.consumed + lot.held < units {
                        return Err(went_back.to_owned());
                    }
                    self.give_part(record, &met, drawn, back);
                    if self.customer(code)?.lots[index].consumed < 0 {
                        return Err(went_back.to_owned());
                    }
                }
                (None, Some(wallet)) => {
                    if self.overdrawn_by((code, wallet), &priced.account) < units {
                        return Err("a lot has repaid it".to_owned());
                    }
                    self.give_part(record, &met, drawn, back);
                }
                (None, None) => {
                    let (currency, money) = (priced.currency.as_str(), priced.overage);
                    let customer = self.customer(code)?;
                    *customer.unbilled.entry(currency.to_owned()).or_default() -= money;
                    record.parts.push(Part::Overage(-units, (currency.to_owned(), -money)));
                    let place = (code, charged.at);
                    self.post(place, "unbilled_receivable", (-money, currency));
                    let rate = met.rate_name();
                    self.post_by_rate(place, "revenue_overage", (money, currency), &rate);
                    let (card, ..) = met.of_rate();
                    let line = (Of::Overage, String::new(), card, met.unit().to_owned());
                    let day = self.configuration.zone.day_of(met.at);
                    self.draft_line((code, day), currency, line, (-units, -money));
                }
            }
        }
        Ok(())
    }

    /// New lots for what expired at once, where the terms of the lot ask for them.
    fn goodwill(
        &mut self,
        operation: &Value,
        ended: BTreeMap<usize, i64>,
        at: i64,
    ) -> Result<(), String> {
        let code = text(operation, "customer");
        let configuration = self.configuration.clone();
        let mut number = 0;
        for (index, units) in ended.into_iter().filter(|(_, units)| *units > 0) {
            let old = self.customer(code)?.lots[index].clone();
            let own = configuration.one("wallet_types", &old.wallet_type);
            let mut own = own.map_or(&[] as &[Value], |kind| list(kind, "versions")).iter();
            let terms = own.find(|version| version["version"].as_i64() == Some(old.terms));
            if !terms.is_some_and(|terms| terms["restored"] == "goodwill") {
                continue;
            }
            number += 1;
            let terms = configuration.terms(&old.wallet_type, at).ok_or("no version in force")?;
            let (until, ends_with) = self.usual_end(terms, code, at)?;
            if until.is_some_and(|end| end <= at) {
                continue;
            }
            let id = format!("{}-{number}", text(operation, "id"));
            let new = Lot { until, ends_with, ..self.compensation(&old, id, units, at)? };
            self.give_expired((code, index), new, at)?;
        }
        Ok(())
    }
}

/// Takes units out of draws, the last first; gives how many.
fn draw_back(
    draws: &mut Vec<Drawn>,
    units: i64,
    of: impl Fn(&Drawn) -> bool,
    found: &mut Vec<Drawn>,
) -> i64 {
    let mut left = units;
    for drawn in draws.iter_mut().rev().filter(|drawn| of(drawn)) {
        let part = left.min(drawn.units);
        if part > 0 {
            found.push(Drawn { units: part, ..drawn.clone() });
            drawn.units -= part;
            left -= part;
        }
    }
    draws.retain(|drawn| drawn.units > 0);
    units - left
}

impl Customer {
    /// Takes note of an event that came, the first time.
    pub(super) fn came(&mut self, event: &Value, posted: Posted) {
        let key = text(event, "key").to_owned();
        self.reversals.posted.entry(key).or_insert(posted);
    }
}
