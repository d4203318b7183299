//! What the books are after some steps.

use std::collections::BTreeMap;

use super::draw;
use super::fraction::{Fraction, Mode};
use super::step::{Event, Grant, Step};
use super::world::{SmallPricing, SmallWorld};

/// A lot of the oracle.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OracleLot {
    /// Number.
    pub number: u32,
    /// Wallet type.
    pub wallet: usize,
    /// Kind.
    pub kind: &'static str,
    /// Grant priority.
    pub priority: Option<u32>,
    /// From when it is usable.
    pub from: i64,
    /// Until when.
    pub until: Option<i64>,
    /// Units issued.
    pub issued: i64,
    /// Units left.
    pub available: i64,
    /// Units used.
    pub consumed: i64,
    /// Units expired.
    pub expired: i64,
    /// Units refunded or voided.
    pub refunded: i64,
    /// Whether anything was paid, even nothing.
    pub priced: bool,
    /// Consideration.
    pub price: i64,
}

impl OracleLot {
    /// The part of the consideration that belongs to the first units.
    fn share(&self, units: i64) -> i64 {
        let product = i128::from(self.price) * i128::from(units);
        Fraction::new(product, i128::from(self.issued)).whole(Mode::Half)
    }

    fn gone(&self) -> i64 {
        self.consumed + self.expired + self.refunded
    }

    /// Consideration that is still deferred.
    #[must_use]
    pub fn carrying(&self) -> i64 {
        self.price - self.share(self.gone())
    }

    fn liability(&self) -> &'static str {
        match self.kind {
            "bonus" => "cl_material_right",
            "compensation" => "cl_concessions",
            _ => "cl_purchased",
        }
    }

    fn forfeit(&self) -> &'static str {
        if self.kind == "compensation" { "contra_concessions" } else { "revenue_breakage" }
    }
}

/// A priced event.
#[derive(Debug, Clone)]
struct Priced {
    rate: usize,
    period: usize,
    quantity: i64,
    charge: i64,
    uncovered: i64,
    money: i64,
}

/// Units drawn, in order, by rate and period: from which lot, or from none.
type Draws = BTreeMap<(usize, usize), Vec<(Option<usize>, i64)>>;

/// The state of the customer.
#[derive(Debug, Clone)]
pub struct Model<'a> {
    /// The configuration.
    pub world: &'a SmallWorld,
    /// The lots.
    pub lots: Vec<OracleLot>,
    /// Balances, debit positive, by month (from 1) and account.
    pub accounts: BTreeMap<(usize, &'static str), i64>,
    priced: Vec<Priced>,
    draws: Draws,
    events: Vec<Event>,
    receivable: i64,
    unbilled: i64,
}

/// The month of 2026, from 1.
#[must_use]
pub fn month(minutes: i64) -> usize {
    let day = minutes / 1440;
    [31, 59, 90, 120, 151, 181].iter().filter(|end| day >= **end).count() + 1
}

/// The hash by which events of one instant are put in order.
fn key_order(event: &Event) -> [u8; 8] {
    let hash = blake3::hash(format!("k{}", event.key).as_bytes());
    let mut first = [0; 8];
    first.copy_from_slice(&hash.as_bytes()[..8]);
    first
}

impl<'a> Model<'a> {
    /// The state after some steps, each with its time; steps that are refused change nothing. Says
    /// whether the last was accepted.
    #[must_use]
    pub fn after(world: &'a SmallWorld, steps: &[(i64, Step)]) -> (Self, bool) {
        let mut model = Self {
            world,
            lots: Vec::new(),
            accounts: BTreeMap::new(),
            priced: Vec::new(),
            draws: Draws::new(),
            events: Vec::new(),
            receivable: 0,
            unbilled: 0,
        };
        let mut accepted = true;
        for (at, step) in steps {
            let mut next = model.clone();
            accepted = next.step(*at, step).is_some();
            if accepted {
                model = next;
            }
        }
        (model, accepted)
    }

    /// Whether the customer has a wallet of this type.
    #[must_use]
    pub fn has_wallet(&self, wallet: usize) -> bool {
        self.lots.iter().any(|lot| lot.wallet == wallet)
    }

    fn post(&mut self, at: i64, account: &'static str, amount: i64) {
        *self.accounts.entry((month(at), account)).or_default() += amount;
    }

    /// None when the step is refused.
    fn step(&mut self, at: i64, step: &Step) -> Option<()> {
        match step {
            Step::Grant(grant) => self.grant(at, grant),
            Step::Use { events, record } => self.usage(events, *record),
            Step::Expire => {
                for index in 0..self.lots.len() {
                    let lot = &self.lots[index];
                    if let Some(end) = lot.until.filter(|end| *end <= at) {
                        self.release(index, lot.available, end, "expired");
                    }
                }
                Some(())
            }
            Step::Void { lot } => {
                let index = self.open_lot(*lot, at)?;
                let units = self.lots[index].available;
                (units > 0).then(|| self.release(index, units, at, "voided"))
            }
            Step::Refund { lot, units, fee } => self.refund(at, *lot, *units, *fee),
            Step::Pay(amount) => {
                if *amount <= 0 || *amount > self.receivable {
                    return None;
                }
                self.receivable -= amount;
                self.post(at, "cash_clearing", *amount);
                self.post(at, "accounts_receivable", -amount);
                Some(())
            }
            Step::Invoice { amount, tax } => {
                let net = amount.unwrap_or(self.unbilled);
                if net <= 0 || net > self.unbilled {
                    return None;
                }
                self.unbilled -= net;
                self.receivable += net + tax;
                self.post(at, "accounts_receivable", net + tax);
                self.post(at, "unbilled_receivable", -net);
                self.post(at, "vat_output_payable", -tax);
                Some(())
            }
        }
    }

    fn grant(&mut self, at: i64, grant: &Grant) -> Option<()> {
        let allowed = match grant.kind {
            "promotional" => grant.paid.is_none(),
            "bonus" | "compensation" => true,
            _ => grant.paid.is_some(),
        };
        let taken = self.lots.iter().any(|lot| lot.number == grant.lot);
        let empty = grant.until.is_some_and(|end| end <= grant.from);
        if !allowed || taken || empty || grant.units <= 0 {
            return None;
        }
        let lot = OracleLot {
            number: grant.lot,
            wallet: grant.wallet,
            kind: grant.kind,
            priority: grant.priority,
            from: grant.from,
            until: grant.until,
            issued: grant.units,
            available: grant.units,
            consumed: 0,
            expired: 0,
            refunded: 0,
            priced: grant.paid.is_some(),
            price: grant.paid.map_or(0, |paid| paid.net),
        };
        if let Some(paid) = grant.paid {
            let from = match (grant.kind, paid.invoiced) {
                ("compensation", _) => "contra_concessions",
                ("migrated", _) => "opening_equity_clearing",
                (_, true) => "accounts_receivable",
                (_, false) => "cash_clearing",
            };
            if from == "accounts_receivable" {
                self.receivable += paid.net + paid.tax;
            }
            self.post(at, from, paid.net + paid.tax);
            self.post(at, lot.liability(), -paid.net);
            self.post(at, "vat_output_payable", -paid.tax);
        }
        self.lots.push(lot);
        Some(())
    }

    fn open_lot(&self, number: u32, at: i64) -> Option<usize> {
        let index = self.lots.iter().position(|lot| lot.number == number)?;
        self.lots[index].until.is_none_or(|end| at < end).then_some(index)
    }

    /// Units leave a lot unused, and what was paid for them is forfeited.
    fn release(&mut self, index: usize, units: i64, at: i64, fate: &str) {
        let lot = &mut self.lots[index];
        let money = lot.share(lot.gone() + units) - lot.share(lot.gone());
        lot.available -= units;
        if fate == "expired" {
            lot.expired += units;
        } else {
            lot.refunded += units;
        }
        let (liability, forfeit) = (lot.liability(), lot.forfeit());
        self.post(at, liability, money);
        self.post(at, forfeit, -money);
    }

    fn refund(&mut self, at: i64, number: u32, units: Option<i64>, fee: i64) -> Option<()> {
        let index = self.open_lot(number, at)?;
        let lot = &mut self.lots[index];
        let units = units.unwrap_or(lot.available);
        if units <= 0 || units > lot.available {
            return None;
        }
        let money = lot.share(lot.gone() + units) - lot.share(lot.gone());
        if lot.priced && fee > money {
            return None;
        }
        let fee = if lot.priced { fee } else { 0 };
        lot.available -= units;
        lot.refunded += units;
        let (liability, kind) = (lot.liability(), lot.kind);
        let back = if kind == "compensation" { "contra_concessions" } else { "cash_clearing" };
        self.post(at, liability, money);
        self.post(at, back, fee - money);
        self.post(at, "revenue_other_fees", -fee);
        Some(())
    }

    fn usage(&mut self, events: &[Event], record: bool) -> Option<()> {
        let mut fresh = Vec::new();
        for (row, event) in events.iter().enumerate() {
            match self.events.iter().find(|known| known.key == event.key) {
                Some(known) if known == event => {}
                Some(_) => return None,
                None => {
                    self.events.push(event.clone());
                    fresh.push((event.at, key_order(event), row));
                }
            }
        }
        fresh.sort_unstable();
        for (_, _, row) in fresh {
            if !self.event(&events[row]) && !record {
                return None;
            }
        }
        Some(())
    }

    /// False when the event is refused.
    fn event(&mut self, event: &Event) -> bool {
        let Some(position) = self.world.rate_for(event.feature, event.sort) else { return false };
        let rate = &self.world.rates[position];
        let period = month(event.at);
        let same = |p: &&Priced| (p.rate, p.period) == (position, period);
        let before: i64 = self.priced.iter().filter(same).map(|p| p.quantity).sum();
        let charged: i64 = self.priced.iter().filter(same).map(|p| p.charge).sum();
        let total = rate.total(before + event.quantity);
        let charge = if rate.on_event {
            total.minus(rate.total(before)).whole(rate.mode)
        } else {
            total.whole(rate.mode) - charged
        };
        let mut priced = Priced {
            rate: position,
            period,
            quantity: event.quantity,
            charge,
            uncovered: 0,
            money: 0,
        };
        if charge < 0 {
            self.give_back(&mut priced, event);
        } else if charge > 0 {
            let mut next = self.clone();
            if !next.pay(&mut priced, event) {
                return false;
            }
            *self = next;
        }
        self.priced.push(priced);
        true
    }

    /// False when the charge may not be made.
    fn pay(&mut self, priced: &mut Priced, event: &Event) -> bool {
        let rate = &self.world.rates[priced.rate];
        let mut left = priced.charge;
        let mut draws = Vec::new();
        while left > 0 {
            let Some(index) = draw::next_lot(self, rate, event) else { break };
            let part = self.burn(index, left, event.at);
            draws.push((Some(index), part));
            left -= part;
        }
        if left > 0 {
            let money = self.overage(priced, left);
            let so_far: i64 =
                self.priced.iter().filter(|p| p.period == priced.period).map(|p| p.money).sum();
            // Without any wallet type that could ever pay, nothing stands against overage.
            if let Some(decides) = draw::last_type(self, rate, event) {
                let too_much = decides.limit.is_some_and(|limit| so_far + money > limit);
                if !decides.soft || too_much {
                    return false;
                }
            }
            (priced.uncovered, priced.money) = (left, money);
            self.unbilled += money;
            self.post(event.at, "unbilled_receivable", money);
            self.post(event.at, "revenue_overage", -money);
            draws.push((None, left));
        }
        if matches!(rate.pricing, SmallPricing::Volume(_)) {
            self.draws.entry((priced.rate, priced.period)).or_default().extend(draws);
        }
        true
    }

    /// Money for `units` more that nothing covers: the rounded cumulative amount of the rate and
    /// period less what was charged.
    fn overage(&self, priced: &Priced, units: i64) -> i64 {
        let same = |p: &&Priced| (p.rate, p.period) == (priced.rate, priced.period);
        let before: i64 = self.priced.iter().filter(same).map(|p| p.uncovered).sum();
        let charged: i64 = self.priced.iter().filter(same).map(|p| p.money).sum();
        let before = before + priced.uncovered;
        let charged = charged + priced.money;
        self.world.overage_money(before + units).whole(Mode::Half) - charged
    }

    /// Burns at most `units` of a lot: first what is available, then what had expired.
    fn burn(&mut self, index: usize, units: i64, at: i64) -> i64 {
        let lot = &mut self.lots[index];
        let (part, money, from);
        if lot.available > 0 {
            part = units.min(lot.available);
            money = lot.share(lot.gone() + part) - lot.share(lot.gone());
            from = lot.liability();
            lot.available -= part;
        } else {
            // What expired are the last units gone; late usage takes the first of them.
            part = units.min(lot.expired);
            let first = lot.gone() - lot.expired;
            money = lot.share(first + part) - lot.share(first);
            from = lot.forfeit();
            lot.expired -= part;
        }
        lot.consumed += part;
        self.post(at, from, money);
        self.post(at, "revenue_usage", -money);
        part
    }

    /// Units that turned out cheaper go back where they came from, the last drawn first; if the lot
    /// has expired by then, they expire.
    fn give_back(&mut self, priced: &mut Priced, event: &Event) {
        let mut left = -priced.charge;
        while left > 0 {
            let stack = self.draws.entry((priced.rate, priced.period)).or_default();
            let Some((source, units)) = stack.pop() else { break };
            let part = left.min(units);
            if units > part {
                stack.push((source, units - part));
            }
            left -= part;
            match source {
                Some(index) => self.unburn(index, part, event.at),
                None => {
                    let money = self.overage(priced, -part);
                    priced.uncovered -= part;
                    priced.money += money;
                    self.unbilled += money;
                    self.post(event.at, "unbilled_receivable", money);
                    self.post(event.at, "revenue_overage", -money);
                }
            }
        }
    }

    fn unburn(&mut self, index: usize, units: i64, at: i64) {
        let lot = &mut self.lots[index];
        let (money, to);
        if lot.until.is_none_or(|end| at < end) {
            money = lot.share(lot.gone()) - lot.share(lot.gone() - units);
            to = lot.liability();
            lot.available += units;
        } else {
            let first = lot.gone() - lot.expired;
            money = lot.share(first) - lot.share(first - units);
            to = lot.forfeit();
            lot.expired += units;
        }
        lot.consumed -= units;
        self.post(at, to, -money);
        self.post(at, "revenue_usage", money);
    }

    /// Invoiced and not paid; earned and not invoiced.
    #[must_use]
    pub fn owed(&self) -> (i64, i64) {
        (self.receivable, self.unbilled)
    }
}
