//! Usage: every event is priced from all the events that were priced before it, and paid lot by lot.

use std::collections::BTreeMap;

use serde_json::Value;

use super::Effect;
use super::books::{Books, Customer};
use super::configuration::{Configuration, most_specific};
use super::conversions::Converted;
use super::drafts::Of;
use super::draw::Claim;
use super::fraction::{Fraction, Mode};
use super::honoured::Portion;
use super::limits::Part;
use super::pricing;
use super::reading::{decimal, instant, list, one_unit, text};
use super::reversals::{Charged, Posted};

/// What a price counts over: card, row and the first day of the billing period.
pub(super) type Account = (String, String, i64);

/// A priced event.
#[derive(Debug, Clone)]
pub(super) struct Priced {
    pub(super) customer: String,
    pub(super) account: Account,
    /// The first day after the billing period, and the versions that priced it.
    pub(super) end: i64,
    pub(super) versions: Vec<i64>,
    pub(super) conversions: Vec<Converted>,
    pub(super) quantity: i64,
    pub(super) exact: Fraction,
    pub(super) charge: i64,
    /// What was charged in money, by currency: versions of a card may charge in several.
    pub(super) beyond: BTreeMap<String, Beyond>,
    pub(super) parts: Vec<Part>,
    /// What wallets of other units gave.
    pub(super) crossed: Vec<Converted>,
    /// Where the units of its charge came from.
    pub(super) draws: Vec<Drawn>,
    /// What each rate priced of it.
    pub(super) portions: Vec<Portion>,
}

impl Priced {
    /// Something of the same rate and period that was charged nothing.
    pub(super) fn nothing(&self) -> Self {
        Self {
            conversions: Vec::new(),
            quantity: 0,
            exact: Fraction::ZERO,
            charge: 0,
            beyond: BTreeMap::new(),
            parts: Vec::new(),
            crossed: Vec::new(),
            draws: Vec::new(),
            portions: Vec::new(),
            ..self.clone()
        }
    }
}

/// What units beyond the wallets cost in a currency.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Beyond {
    pub(super) exact: Fraction,
    pub(super) charged: i64,
    /// Without what overdrew a wallet.
    pub(super) invoiced: i64,
}

impl Beyond {
    const NOTHING: Self = Self { exact: Fraction::ZERO, charged: 0, invoiced: 0 };
}

/// Where units of a charge came from: a lot, or none; and what a unit cost in money if none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Drawn {
    pub(super) lot: Option<usize>,
    pub(super) units: i64,
    /// Currency and price.
    pub(super) price: Option<(String, Fraction)>,
    /// The wallet that was overdrawn by them.
    pub(super) overdrawn: Option<String>,
    /// The row that priced them, its version, and whether a lower tier may give them back: it looks back.
    pub(super) row: String,
    pub(super) version: i64,
    pub(super) back: bool,
    /// A lot has repaid what overdrew a wallet.
    pub(super) repaid: bool,
    /// In the unit of another wallet.
    pub(super) across: bool,
}

/// Draws of each price, in their order.
pub(super) type Draws = BTreeMap<Account, Vec<Drawn>>;

/// What an event meets.
#[derive(Debug, Clone)]
pub(super) struct Met<'a> {
    pub(super) customer: &'a str,
    pub(super) event: &'a Value,
    pub(super) at: i64,
    pub(super) card: Value,
    pub(super) version: Value,
    pub(super) rate: Value,
    /// Dimension values that reports break down by.
    pub(super) reported: BTreeMap<String, String>,
}

impl Met<'_> {
    /// What its price counts over in a billing period.
    pub(super) fn account(&self, period: i64) -> Account {
        (text(&self.card, "code").to_owned(), text(&self.rate, "code").to_owned(), period)
    }

    /// Nothing yet, at this rate.
    pub(super) fn priced(&self, period: i64, end: i64) -> Priced {
        Priced {
            customer: self.customer.to_owned(),
            account: self.account(period),
            end,
            versions: self.version["version"].as_i64().into_iter().collect(),
            conversions: Vec::new(),
            quantity: 0,
            exact: Fraction::ZERO,
            charge: 0,
            beyond: BTreeMap::new(),
            parts: Vec::new(),
            crossed: Vec::new(),
            draws: Vec::new(),
            portions: Vec::new(),
        }
    }

    /// Whether each event is rounded on its own.
    pub(super) fn alone(&self) -> bool {
        self.rate["rounding"]["on"] == "event"
    }

    /// Whether both are priced by the same row of the same version.
    pub(super) fn same_rate(&self, other: &Self) -> bool {
        (&self.version["version"], &self.rate) == (&other.version["version"], &other.rate)
    }

    /// Card, version and row.
    pub(super) fn of_rate(&self) -> (String, i64, String) {
        let number = self.version["version"].as_i64().unwrap_or_default();
        (text(&self.card, "code").to_owned(), number, text(&self.rate, "code").to_owned())
    }

    pub(super) fn rate_name(&self) -> String {
        let (card, number, row) = self.of_rate();
        format!("{card}@{number}/{row}")
    }

    /// What an entry keeps apart: the rate, with the dimension values that reports break down by.
    pub(super) fn line_name(&self) -> String {
        format!("{} {:?}", self.rate_name(), self.reported)
    }

    /// Units of a charge that came from somewhere.
    pub(super) fn drawn(&self, lot: Option<usize>, units: i64) -> Drawn {
        let back = pricing::looks_back(&self.rate);
        let (_, version, row) = self.of_rate();
        let (price, overdrawn) = (None, None);
        Drawn { lot, units, price, overdrawn, row, version, back, repaid: false, across: false }
    }

    pub(super) fn unit(&self) -> &str {
        text(&self.card, "unit")
    }

    /// The usage as somebody has to pay for it.
    pub(super) fn claim<'a>(&'a self, configuration: &'a Configuration) -> Claim<'a> {
        let (rate, unit) = (&self.rate, self.unit());
        Claim { configuration, rate, unit, event: self.event, at: self.at }
    }
}

/// The hash by which events of one instant are put in order.
pub(super) fn key_order(key: &str) -> [u8; 8] {
    let mut first = [0; 8];
    first.copy_from_slice(&blake3::hash(key.as_bytes()).as_bytes()[..8]);
    first
}

impl Books {
    /// Events inside an operation, or from the archive: those that came inside an operation before
    /// are known, and what is refused of the archive is kept apart.
    pub(super) fn usage(&mut self, operation: &Value) -> Result<Effect, String> {
        self.take_events(operation, None)
    }

    /// As [`Books::usage`]; what a hold holds pays first.
    pub(super) fn take_events(
        &mut self,
        operation: &Value,
        hold: Option<&str>,
    ) -> Result<Effect, String> {
        let code = text(operation, "customer");
        let archived = text(operation, "op") == "post_usage";
        let arrives = instant(text(operation, "at")).ok_or("no instant")?;
        let mut effect = Effect::default();
        let mut fresh = Vec::new();
        self.supersede(operation, hold, arrives)?;
        for (row, event) in list(operation, "events").iter().enumerate() {
            let key = text(event, "key");
            let recorded = &mut self.customer(code)?.recorded;
            match recorded.get(key) {
                Some(_) if archived => effect.duplicates += 1,
                Some(known) if known == event => effect.duplicates += 1,
                Some(_) => return Err(format!("event {key} came with other content")),
                None => {
                    if !archived {
                        recorded.insert(key.to_owned(), event.clone());
                    }
                    let at = instant(text(event, "occurred_at")).ok_or("no instant")?;
                    fresh.push((at, key_order(key), row));
                }
            }
            if self.configuration.one("meters", text(event, "meter")).is_none() && !archived {
                return Err("there is no such meter".to_owned());
            }
        }
        fresh.sort_unstable();
        let events = list(operation, "events");
        let zone = self.configuration.zone;
        for of_day in fresh.chunk_by(|a, b| zone.day_of(a.0) == zone.day_of(b.0)) {
            let mut latest = None;
            for (at, _, row) in of_day {
                self.feed(code, arrives.min(*at))?;
                match self.event(code, (&events[*row], hold), *at) {
                    Ok(priced) => latest = latest.max(priced.then_some(*at)),
                    Err(refusal) => {
                        self.of(code).came(&events[*row], Posted::Refused);
                        effect.refused.push((*row, refusal));
                    }
                }
            }
            self.end_usage_of_day(latest);
        }
        let record = archived || text(operation, "on_refusal") == "record";
        match effect.refused.first() {
            Some((row, refusal)) if !record => Err(format!("event {row} is refused: {refusal}")),
            _ => Ok(effect),
        }
    }

    /// Whether the event was priced; false if it is free.
    fn event(
        &mut self,
        customer: &str,
        (event, hold): (&Value, Option<&str>),
        at: i64,
    ) -> Result<bool, &'static str> {
        let Some(met) = self.price_of(customer, event, at)? else {
            self.of(customer).came(event, Posted::Free);
            return Ok(false);
        };
        let before = self.clone();
        let done = self.charge_and_pay(&met, hold).and_then(|(priced, low)| {
            let period = priced.account.2;
            self.count((customer, event, at), period, met.unit(), &priced.parts)?;
            Ok((priced, low))
        });
        let (priced, low) = match done {
            Ok(done) => done,
            Err(refusal) => {
                *self = before;
                return Err(refusal);
            }
        };
        self.note_use(customer, &priced);
        let billing_day = self.configuration.billing_day(customer);
        let posted = Charged::of(&met, priced.clone(), (self.closed, billing_day));
        self.of(customer).came(event, posted);
        self.was_used(&met, priced, &low)?;
        Ok(true)
    }

    /// What usage that was charged has done besides: its wallets were used, and may be topped up.
    pub(super) fn was_used(
        &mut self,
        met: &Met<'_>,
        priced: Priced,
        low: &[String],
    ) -> Result<(), &'static str> {
        let customer = met.customer;
        for lot in priced.draws.iter().filter_map(|drawn| drawn.lot) {
            let wallet = self.of(customer).lots[lot].wallet.clone();
            self.used_at(customer, &wallet, met.at).map_err(|_| "used")?;
        }
        self.of(customer).priced.push(priced);
        self.top_up_after(customer, met.at, low).map_err(|_| "top_up")
    }

    /// What an event costs, paid or given back; and the wallets that may need a top-up by then.
    fn charge_and_pay(
        &mut self,
        met: &Met<'_>,
        hold: Option<&str>,
    ) -> Result<(Priced, Vec<String>), &'static str> {
        if self.honours_others(met) {
            let mut priced = self.unpriced(met)?;
            let spread = self.draw_by_lots(met, &priced, hold)?;
            // The parts are counted by themselves.
            priced.quantity = 0;
            if spread.uncovered == 0 {
                priced.versions.clear();
            }
            priced.portions = spread.portions;
            let low = self.paid(&mut priced, met, hold, (spread.draws, spread.uncovered))?;
            return Ok((priced, low));
        }
        let mut priced = self.charge(met)?;
        priced.portions = vec![met.portion(&priced, false)];
        if priced.charge < 0 {
            self.give_back(&mut priced, met);
        } else if priced.charge > 0 {
            let low = self.pay(&mut priced, met, hold)?;
            return Ok((priced, low));
        }
        Ok((priced, Vec::new()))
    }

    /// A customer who is there.
    pub(super) fn of(&mut self, customer: &str) -> &mut Customer {
        self.customers.entry(customer.to_owned()).or_default()
    }

    /// The rate that prices an event: of the customer's own cards and then of those for everyone the
    /// first with a row for the meter, and of its rows the most specific. None if it is free.
    pub(super) fn price_of<'a>(
        &self,
        customer: &'a str,
        event: &'a Value,
        at: i64,
    ) -> Result<Option<Met<'a>>, &'static str> {
        let configuration = &self.configuration;
        if configuration.one("meters", text(event, "meter")).is_none() {
            return Err("unknown_meter");
        }
        let record = configuration.one("customers", customer).ok_or("no_card")?;
        let own = list(record, "rate_cards");
        let everyone = configuration.all("rate_cards").iter();
        let everyone = everyone
            .filter(|card| card["applies_to"] != "assigned" && !own.contains(&card["code"]));
        let mine = own.iter().filter_map(|code| configuration.one("rate_cards", code.as_str()?));
        for card in mine.chain(everyone) {
            let Some(version) = configuration.card_version(card, customer, at) else { continue };
            let rates =
                || list(version, "rates").iter().filter(|rate| rate["meter"] == event["meter"]);
            if rates().next().is_none() {
                continue;
            }
            let second = configuration.zone.second_of_week(at);
            let now = rates().filter(|rate| pricing::window_holds(rate, second));
            return match most_specific(now, &event["dimensions"]) {
                Some((_, rate)) => Ok(Some(Met {
                    customer,
                    event,
                    at,
                    card: card.clone(),
                    version: version.clone(),
                    rate: configuration.own_rate(customer, card, rate, at),
                    reported: configuration.reported(event),
                })),
                None if version["unmatched"] == "free" => Ok(None),
                None => Err("no_rate"),
            };
        }
        Err("no_card")
    }

    /// Events of the same customer, card, row and billing period that were priced before.
    pub(super) fn before(&self, customer: &str, account: &Account) -> Vec<&Priced> {
        let found = self.customers.get(customer);
        let all = found.into_iter().flat_map(|customer| &customer.priced);
        all.filter(|priced| priced.account == *account).collect()
    }

    /// Events of the same customer, card and row that were priced before.
    pub(super) fn of_rate(&self, customer: &str, account: &Account) -> Vec<&Priced> {
        let found = self.customers.get(customer);
        let all = found.into_iter().flat_map(|customer| &customer.priced);
        let same = |p: &&Priced| (&p.account.0, &p.account.1) == (&account.0, &account.1);
        all.filter(same).collect()
    }

    /// Draws the charge from lots, and charges in money what they do not cover; gives the wallets that
    /// may need a top-up by then.
    pub(super) fn pay(
        &mut self,
        priced: &mut Priced,
        met: &Met<'_>,
        hold: Option<&str>,
    ) -> Result<Vec<String>, &'static str> {
        let configuration = self.configuration.clone();
        let claim = met.claim(&configuration);
        let mut left = priced.charge;
        let mut draws = Vec::new();
        if let Some(id) = hold {
            let lots = self.of(met.customer).lots.clone();
            let pays = |lot: usize| claim.may_pay(&lots[lot]);
            while left > 0 {
                let Some((lot, units)) = self.take_held(met.customer, id, left, pays) else {
                    break;
                };
                self.burn_held_by(met, lot, units)?;
                draws.push(met.drawn(Some(lot), units));
                left -= units;
            }
        }
        let only_held = hold.is_some_and(|id| !self.of(met.customer).holds[id].draws_difference);
        while left > 0 && !only_held {
            let Some(lot) = claim.next_lot(self.of(met.customer)) else { break };
            let units = self.burn(met, lot, left);
            draws.push(met.drawn(Some(lot), units));
            left -= units;
        }
        self.paid(priced, met, hold, (draws, left))
    }

    /// What no lot covers is paid otherwise; gives the wallets that may need a top-up by then.
    fn paid(
        &mut self,
        priced: &mut Priced,
        met: &Met<'_>,
        hold: Option<&str>,
        (mut draws, mut left): (Vec<Drawn>, i64),
    ) -> Result<Vec<String>, &'static str> {
        let configuration = self.configuration.clone();
        let claim = met.claim(&configuration);
        if hold.is_some_and(|id| left > 0 && !self.of(met.customer).holds[id].draws_difference) {
            return Err("hold");
        }
        for lot in draws.iter().filter_map(|drawn| Some((drawn.lot?, drawn.units))) {
            let kind = self.of(met.customer).lots[lot.0].wallet_type.clone();
            priced.parts.push(Part::Wallet(kind, lot.1));
        }
        // A hold counts in the unit of the charge.
        let crossings = if hold.is_none() { self.crossings(met) } else { Vec::new() };
        for crossing in &crossings {
            left -= self.cross(priced, met, (crossing, left), &mut draws);
        }
        if left > 0 {
            let last = crossings.last().map(|crossing| crossing.wallet_type.as_str());
            draws.push(self.beyond(priced, met, left, last)?);
        }
        // Wallets that run low are topped up.
        let drawn = |wallet: &String, customer: &Customer| {
            let lots = draws.iter().filter_map(|drawn| drawn.lot);
            left > 0 || lots.clone().any(|lot| customer.lots[lot].wallet == *wallet)
        };
        let customer = self.of(met.customer).clone();
        let wallets = claim.wallets(&customer).into_iter().map(|((_, _, wallet), _)| wallet);
        let across = crossings.iter().flat_map(|crossing| {
            let all = customer.wallets.iter();
            let of_type = all.filter(|(_, kind)| **kind == crossing.wallet_type);
            of_type.map(|(wallet, _)| wallet.clone())
        });
        let wallets = wallets.chain(across).filter(|wallet| drawn(wallet, &customer)).collect();
        priced.draws.clone_from(&draws);
        for drawn in draws {
            let (card, _, period) = priced.account.clone();
            let account = (card, drawn.row.clone(), period);
            self.of(met.customer).draws.entry(account).or_default().push(drawn);
        }
        Ok(wallets)
    }

    /// What the lots do not cover: a wallet is overdrawn, or money is charged, or it is refused.
    fn beyond(
        &mut self,
        priced: &mut Priced,
        met: &Met<'_>,
        left: i64,
        across: Option<&str>,
    ) -> Result<Drawn, &'static str> {
        let configuration = self.configuration.clone();
        let claim = met.claim(&configuration);
        let customer = self.of(met.customer).clone();
        // The last wallet that may pay decides, also if it holds another unit.
        let decides = match across {
            Some(kind) => configuration
                .terms(kind, met.at)
                .map(|terms| (String::new(), kind.to_owned(), terms)),
            None => claim.decides(&customer),
        };
        // Without any wallet type that could ever pay, nothing stands against overage.
        let policy = decides.as_ref().map_or("overage", |(_, _, terms)| text(terms, "beyond"));
        let price = self.overage_price(met).filter(|_| matches!(policy, "overage" | "overdraft"));
        let (currency, price) = price.ok_or("hard_cap")?;
        if let Some((wallet, kind, terms)) = decides.clone().filter(|_| policy == "overdraft") {
            // A wallet is made, if it may pay and there is none called so.
            let none = claim.wallets(&customer).is_empty();
            if none && (!claim.admits(terms) || customer.wallets.contains_key(&wallet)) {
                return Err("hard_cap");
            }
            let unit = one_unit(configuration.scale(met.unit()));
            let most = decimal(terms, "overdraft_limit").unwrap_or(Fraction::ZERO).times(unit);
            let owed = self.overdrawn(met.customer, &wallet) + left;
            if Fraction::of(owed).compare(most).is_gt() {
                return Err("overdraft_limit");
            }
            let money = self.charge_beyond(priced, met, left, (&currency, price));
            let place = (met.customer, met.at);
            self.post(place, "unbilled_receivable", (money, &currency));
            self.post_by_rate(place, "revenue_usage", (-money, &currency), &met.rate_name());
            self.moved("overdraft", (&wallet, &met.line_name()), left);
            self.moved("overdraft money", (&wallet, &met.line_name()), money);
            self.of(met.customer).wallets.insert(wallet.clone(), kind.clone());
            let day = configuration.zone.day_of(met.at);
            let why = (met, &priced.account);
            self.overdraw(&wallet, why, (left, money), (&currency, day));
            let currency_of_it = currency.clone();
            priced.parts.push(Part::Overdraft(kind, left, (currency, money)));
            let (overdrawn, price) = (Some(wallet), Some((currency_of_it, price)));
            return Ok(Drawn { overdrawn, price, ..met.drawn(None, left) });
        }
        let money = self.overage(priced, met, left, (&currency, price));
        let own = configuration.one("customers", met.customer);
        let own = own.and_then(|customer| decimal(customer, "overage_limit"));
        let limit = own
            .or_else(|| decimal(decides?.2, "overage_limit"))
            .map(|limit| limit.times(one_unit(configuration.scale(&currency))));
        let of_period = |p: &&Priced| p.account.2 == priced.account.2;
        let so_far = self.of(met.customer).priced.iter().filter(of_period);
        let so_far: i64 = so_far.filter_map(|p| p.beyond.get(&currency)).map(|b| b.invoiced).sum();
        if limit.is_some_and(|limit| Fraction::of(so_far + money).compare(limit).is_gt()) {
            return Err("overage_limit");
        }
        Ok(Drawn { price: Some((currency, price)), ..met.drawn(None, left) })
    }

    /// Currency and price of a unit that no wallet covers. A card in a currency charges it as it is.
    pub(super) fn overage_price(&self, met: &Met<'_>) -> Option<(String, Fraction)> {
        let overage = &met.version["overage"];
        if overage.is_object() {
            return Some((text(overage, "currency").to_owned(), pricing::price(overage)));
        }
        let unit = met.unit();
        self.configuration.is_currency(unit).then(|| (unit.to_owned(), Fraction::ONE))
    }

    /// The rate under which units beyond the wallets are taken back: the one of now, or in another currency
    /// the version that charged them.
    pub(super) fn charged_at<'a>(&self, met: &Met<'a>, source: &Drawn, currency: &str) -> Met<'a> {
        if self.overage_price(met).is_some_and(|(now, _)| now == currency) {
            return met.clone();
        }
        let mut versions = list(&met.card, "versions").iter();
        let charged = versions.find(|one| one["version"].as_i64() == Some(source.version));
        Met { version: charged.unwrap_or(&met.version).clone(), ..met.clone() }
    }

    /// What units that nothing covers cost (or give back): the rounded cumulative amount of the rate and
    /// period less what was charged.
    pub(super) fn charge_beyond(
        &mut self,
        priced: &mut Priced,
        met: &Met<'_>,
        units: i64,
        (currency, price): (&str, Fraction),
    ) -> i64 {
        let configuration = &self.configuration;
        let amount = Fraction::of(units).over(one_unit(configuration.scale(met.unit())));
        let exact = amount.times(price).times(one_unit(configuration.scale(currency)));
        let before = self.before(met.customer, &priced.account);
        let beyond = before.iter().filter_map(|p| p.beyond.get(currency));
        let own = priced.beyond.entry(currency.to_owned()).or_insert(Beyond::NOTHING);
        let charged: i64 = beyond.clone().map(|b| b.charged).sum::<i64>() + own.charged;
        let so_far = beyond.fold(own.exact, |sum, b| sum.plus(b.exact));
        let money = so_far.plus(exact).whole(Mode::Half) - charged;
        own.exact = own.exact.plus(exact);
        own.charged += money;
        money
    }

    /// Charges units that nothing covers, or gives them back.
    pub(super) fn overage(
        &mut self,
        priced: &mut Priced,
        met: &Met<'_>,
        units: i64,
        (currency, price): (&str, Fraction),
    ) -> i64 {
        let money = self.charge_beyond(priced, met, units, (currency, price));
        if let Some(own) = priced.beyond.get_mut(currency) {
            own.invoiced += money;
        }
        priced.parts.push(Part::Overage(units, (currency.to_owned(), money)));
        *self.of(met.customer).unbilled.entry(currency.to_owned()).or_default() += money;
        let place = (met.customer, met.at);
        self.post(place, "unbilled_receivable", (money, currency));
        self.post_by_rate(place, "revenue_overage", (-money, currency), &met.rate_name());
        self.moved("overage", (currency, &met.line_name()), money);
        let (card, ..) = met.of_rate();
        let line = (Of::Overage, String::new(), card, met.unit().to_owned());
        let day = self.configuration.zone.day_of(met.at);
        self.draft_line((met.customer, day), currency, line, (units, money));
        money
    }
}
