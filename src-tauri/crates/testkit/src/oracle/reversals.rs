//! Usage that is taken back: what the period costs without it, and where that came from.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::books::{Books, Customer, Lot};
use super::burns::Return;
use super::conversions::Converted;
use super::drafts::{Correction, Of};
use super::fraction::Fraction;
use super::honoured::Portion;
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
    /// What was closed then, and the customer's billing day.
    closed: Option<i64>,
    billing_day: i64,
    priced: Priced,
}

/// Units that come back, and the rate under which they stand.
struct Source {
    drawn: Drawn,
    row: String,
    version: i64,
}

/// What an event has of one row.
struct Row {
    account: Account,
    version: i64,
    /// What is charged less without the event, beyond what the event drew.
    beyond: i64,
    /// What the event drew that is not there any more.
    missing: i64,
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
    pub(super) fn of(
        met: &Met<'_>,
        priced: Priced,
        (closed, billing_day): (Option<i64>, i64),
    ) -> Posted {
        Posted::Charged(Box::new(Self {
            event: met.event.clone(),
            at: met.at,
            card: met.card.clone(),
            version: met.version.clone(),
            rate: met.rate.clone(),
            reported: met.reported.clone(),
            closed,
            billing_day,
            priced,
        }))
    }

    /// What is counted for a row.
    fn account(&self, row: &str) -> Account {
        let (card, _, period) = self.priced.account.clone();
        (card, row.to_owned(), period)
    }

    /// As it met one of the rates that priced it.
    fn met_by<'a>(&'a self, customer: &'a str, row: &str, version: i64) -> Met<'a> {
        let mut met = self.met(customer);
        let mut portions = self.priced.portions.iter();
        let is_it = |portion: &&Portion| {
            portion.account.1 == row && portion.version["version"].as_i64() == Some(version)
        };
        if let Some(portion) = portions.find(is_it) {
            (met.version, met.rate) = (portion.version.clone(), portion.rate.clone());
        }
        met
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
        let together = |one: &(i64, _, Box<Charged>)| (zone.day_of(one.0), one.2.billing_day);
        for of_day in taken.chunk_by(|a, b| together(a) == together(b)) {
            self.correction = Some(Correction::default());
            for (_, _, charged) in of_day {
                if let Some(correction) = &mut self.correction {
                    correction.period = charged.priced.account.2;
                    correction.billing_day = charged.billing_day;
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
        let (draws, gone): (Vec<_>, Vec<_>) = charged.priced.draws.iter().partition(|drawn| {
            self.still_counts(code, &charged.account(&drawn.row), charged.billing_day)
        });
        let portions = charged.priced.portions.iter();
        let (portions, closed): (Vec<_>, Vec<_>) = portions
            .partition(|portion| self.still_counts(code, &portion.account, charged.billing_day));
        if !closed.is_empty() {
            let mut record = charged.priced.nothing();
            self.return_charge(&mut record, (charged, &gone), back)?;
            self.uncount(charged, &record.parts)?;
        }
        if portions.is_empty() {
            return Ok(());
        }
        let met = charged.met(code);
        let mut record = charged.priced.nothing();
        let quantity = self.unconvert(&mut record, charged);
        let whole = charged.priced.portions.len() == 1;
        let mut less = Vec::new();
        for portion in &portions {
            let quantity = if whole { quantity } else { portion.quantity };
            let change = self.uncharge(charged, portion, quantity);
            less.push((portion.account.clone(), portion.version(), -change.charge));
            self.customer(code)?.priced.push(change);
            if portion.used {
                self.forget_use(code, &portion.account, portion.version());
            }
        }
        for version in &charged.priced.versions {
            self.forget_use(code, &charged.priced.account, *version);
        }
        let all: i64 = less.iter().map(|(.., units)| units).sum();
        if all < 0 {
            // Without it the period costs more.
            self.customer(code)?.reversals.retain(&record.account);
            record.charge = -all;
            let low = self.pay(&mut record, &met, None)?;
            record.charge = 0;
            self.as_of_then(charged, |books| {
                let period = record.account.2;
                books.count((code, met.event, met.at), period, met.unit(), &record.parts)
            })?;
            return self.was_used(&met, record, &low).map_err(str::to_owned);
        }
        let was: i64 = portions.iter().map(|portion| portion.charge).sum();
        for source in self.sources(charged, (was, &less), &draws)? {
            let met = charged.met_by(code, &source.row, source.version);
            self.give_part(&mut record, &met, &source.drawn, back);
        }
        self.uncount(charged, &record.parts)?;
        self.customer(code)?.priced.push(record);
        Ok(())
    }

    /// Whether the counters of a row's billing period are there, by the billing day when it counted.
    fn still_counts(&self, code: &str, account: &Account, billing_day: i64) -> bool {
        let (_, end) = super::calendar::billing_period(account.2, billing_day);
        let customer = self.customers.get(code);
        let retained =
            customer.is_some_and(|customer| customer.reversals.retained.contains_key(account));
        retained || self.closed.is_none_or(|closed| end - 1 > closed)
    }

    /// Something as of what was closed, and by the billing day, when the event was posted.
    fn as_of_then<T>(&mut self, charged: &Charged, work: impl FnOnce(&mut Self) -> T) -> T {
        let code = &charged.priced.customer;
        let then = self.configuration.billed_on(code, charged.billing_day);
        let configuration = std::mem::replace(&mut self.configuration, then);
        let closed = std::mem::replace(&mut self.closed, charged.closed);
        let done = work(self);
        (self.configuration, self.closed) = (configuration, closed);
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

    /// Takes the event out of its conversions, unless one of them counts on a day that is closed; gives
    /// the quantity that was priced of it.
    fn unconvert(&self, record: &mut Priced, charged: &Charged) -> i64 {
        let priced = &charged.priced;
        let by_day = |one: &Converted| one.counted != priced.account.2;
        let closed = |one: &Converted| self.closed.is_some_and(|closed| one.counted <= closed);
        let mut quantity = priced.portions.iter().map(|portion| portion.quantity).sum();
        if priced.conversions.iter().any(|one| by_day(one) && closed(one)) {
            return quantity;
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
            quantity = less;
            let (exact, out) = (one.exact.negative(), -less);
            record.conversions.push(Converted { exact, out, ..one.clone() });
        }
        quantity
    }

    /// What a portion of the event changes in what the period costs without it.
    fn uncharge(&self, charged: &Charged, portion: &Portion, quantity: i64) -> Priced {
        let (priced, rate) = (&charged.priced, &portion.rate);
        let whole = priced.portions.len() == 1;
        let configuration = &self.configuration;
        let before = self.before(&priced.customer, &portion.account);
        let used: i64 = before.iter().map(|p| p.quantity).sum();
        let charged_before: i64 = before.iter().map(|p| p.charge).sum();
        let exact_before = before.iter().fold(Fraction::ZERO, |sum, p| sum.plus(p.exact));
        let meter = configuration.one("meters", text(rate, "meter"));
        let unit = rate["quantity_unit"].as_str();
        let unit = unit.or(meter.and_then(|meter| meter["unit"].as_str())).unwrap_or_default();
        let of_unit = one_unit(configuration.scale(text(&charged.card, "unit")));
        let units = |steps| Fraction::of(steps).over(one_unit(configuration.scale(unit)));
        let total = |steps| pricing::total(rate, units(steps)).times(of_unit);
        let after = (used - quantity).max(0);
        let by_percent = text(rate, "model") == "percentage";
        let less = match by_percent {
            true => pricing::percentage(rate, units(quantity)).times(of_unit),
            false => total(used).minus(total(after)),
        };
        let grain = Grain::read(&rate["rounding"], "mode", of_unit);
        let alone = rate["rounding"]["on"] == "event";
        // What a maximum has cut says nothing of a single event, unless the whole period is one price; and
        // what lots of several versions paid says nothing of each other.
        let cut = decimal(rate, "maximum").is_some_and(|most| {
            let reached = exact_before.compare(most.times(of_unit)).is_ge();
            by_percent || (reached && (alone || total(used) != exact_before))
        });
        let cut = cut || !whole;
        let back = match (after, cut) {
            (0, _) => charged_before,
            (_, true) => portion.charge.max(0).min(charged_before),
            _ if alone => grain.round(less).min(charged_before),
            _ => charged_before - grain.round(exact_before.minus(less)).max(0),
        };
        let exact = match (after, cut) {
            (0, _) => exact_before.negative(),
            (_, true) => Fraction::of(-back),
            // No fraction is carried on.
            _ if alone => Fraction::of(charged_before - back).minus(exact_before),
            _ => less.negative(),
        };
        let account = portion.account.clone();
        Priced { account, quantity: after - used, exact, charge: -back, ..priced.nothing() }
    }

    /// Where the units that are charged less come back from: the event's own draws, the last first, then
    /// the last draws of its rows in the period. What went back with a draft does not go back again.
    fn sources(
        &mut self,
        charged: &Charged,
        (was, less): (i64, &[(Account, i64, i64)]),
        draws: &[&Drawn],
    ) -> Result<Vec<Source>, String> {
        let mut rows: Vec<Row> = Vec::new();
        let versions = less.iter().rev().map(|(account, version, _)| (account.clone(), *version));
        let own = draws.iter().rev().map(|drawn| (charged.account(&drawn.row), drawn.version));
        for (account, version) in versions.chain(own) {
            let mine = |drawn: &&&Drawn| charged.account(&drawn.row) == account;
            let drew: i64 = draws.iter().filter(mine).map(|drawn| drawn.units).sum();
            let of_row = less.iter().filter(|(of, ..)| *of == account);
            let of_row: i64 = of_row.map(|(.., units)| units).sum();
            if rows.iter().all(|row| row.account != account) {
                rows.push(Row { account, version, beyond: of_row - drew, missing: 0 });
            }
        }
        let all: i64 = less.iter().map(|(.., units)| units).sum();
        let drew: i64 = draws.iter().map(|drawn| drawn.units).sum();
        let own = all.min(drew);
        let (mut left, mut rest, mut sources) = (own, all - own, Vec::new());
        let customer = self.customer(&charged.priced.customer)?;
        for drawn in draws.iter().rev() {
            let same = |other: &Drawn| match drawn.lot {
                Some(lot) => other.lot == Some(lot),
                None => (other.lot.is_none() && other.version == drawn.version) || other.repaid,
            };
            let account = charged.account(&drawn.row);
            let kept = customer.draws.entry(account.clone()).or_default();
            let mut found = Vec::new();
            let units = draw_back(kept, left.min(drawn.units), same, &mut found);
            left -= units;
            let (row, version) = (drawn.row.clone(), drawn.version);
            sources.extend(found.into_iter().map(|drawn| Source {
                drawn,
                row: row.clone(),
                version,
            }));
            let mut of_row = rows.iter_mut();
            if let Some(row) = of_row.find(|row| row.account == account) {
                row.missing += drawn.units - units;
            }
        }
        for Row { account, version, beyond, missing } in rows {
            let mut units = left.min(missing);
            left -= units;
            if let Some(returned) = customer.reversals.retained.get_mut(&account) {
                let part = units.min(*returned);
                *returned -= part;
                units -= part;
            }
            let more = rest.min(beyond.max(0));
            rest -= more;
            let kept = customer.draws.entry(account.clone()).or_default();
            let mut found = Vec::new();
            draw_back(kept, units + more, |_| true, &mut found);
            let row = &account.1;
            sources.extend(found.into_iter().map(|drawn| Source {
                drawn,
                row: row.clone(),
                version,
            }));
            if all != was {
                customer.reversals.retain(&account);
            }
        }
        if sources.iter().any(|source| source.drawn.across) {
            return Err("a wallet of another unit paid for it".to_owned());
        }
        Ok(sources)
    }

    /// When the counters are closed the event gives back what it was charged.
    fn return_charge(
        &mut self,
        record: &mut Priced,
        (charged, draws): (&Charged, &[&Drawn]),
        back: &mut Return<'_>,
    ) -> Result<(), String> {
        let priced = &charged.priced;
        let code = priced.customer.as_str();
        if pricing::looks_back(&charged.rate) {
            return Err("its price depends on all usage of a closed period".to_owned());
        }
        for drawn in draws.iter().rev() {
            let met = charged.met_by(code, &drawn.row, drawn.version);
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
                    if self.overdrawn_by((code, wallet), (&priced.account, drawn.version)) < units {
                        return Err("a lot has repaid it".to_owned());
                    }
                    self.give_part(record, &met, drawn, back);
                }
                (None, None) => {
                    let Some((currency, _)) = &drawn.price else { continue };
                    let money = priced.beyond.get(currency).map_or(0, |beyond| beyond.charged);
                    let customer = self.customer(code)?;
                    *customer.unbilled.entry(currency.clone()).or_default() -= money;
                    record.parts.push(Part::Overage(-units, (currency.clone(), -money)));
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
