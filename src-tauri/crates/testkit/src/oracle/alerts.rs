//! Alerts: what an operator is told of, once for each time a condition begins.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::books::{Books, Lot};
use super::draw::draw_order;
use super::fraction::{Fraction, Mode};
use super::reading::{decimal, list, one_unit, text};

const DAY: i64 = 86_400;

/// Units burned by wallet and day of service, as the ledger's entries say: what was consumed, and what
/// drafts hold for usage, less what was given back.
pub type Burned = BTreeMap<(String, i64), i64>;

/// A condition: the wallet, the alert, and the lot if it is about one.
type Condition = (String, String, Option<String>);

/// An alert that was told of: the customer, the condition, and when it was seen.
pub type Told = (String, Condition, i64);

/// What stands of a customer, and the latest instant at which somebody looked.
#[derive(Debug, Clone, Default)]
pub(super) struct Watch {
    standing: BTreeSet<Condition>,
    seen: Option<i64>,
    /// When time alone may make a difference next, as the wallets were then.
    next: Option<i64>,
}

/// A wallet with alerts at an instant.
struct View<'a> {
    books: &'a Books,
    code: &'a str,
    wallet: &'a str,
    terms: &'a Value,
    /// Its lots, without those that were charged back.
    lots: Vec<&'a Lot>,
    at: i64,
}

impl Books {
    /// Looks at the alerts of customers after an operation of theirs.
    pub fn look_after(&mut self, customers: &[String], at: i64, burned: BTreeMap<String, Burned>) {
        self.burned = burned;
        for code in customers {
            self.look(code, at);
        }
    }

    /// The alerts that were told of since this was asked the last time.
    pub fn take_told(&mut self) -> Vec<Told> {
        std::mem::take(&mut self.told)
    }

    /// Looks at all alerts of a customer: at an instant, or at the latest one at which somebody looked.
    pub(super) fn look(&mut self, code: &str, at: i64) {
        let Some(customer) = self.customers.get(code) else { return };
        let before = customer.watch.clone();
        let at = before.seen.map_or(at, |seen| seen.max(at));
        let views = self.views(code, at);
        let standing: BTreeSet<_> = views.iter().flat_map(View::conditions).collect();
        let seen = before.seen.or(views.first().map(|_| at)).map(|_| at);
        let next = views.iter().flat_map(View::changes).filter(|change| *change > at).min();
        let new = standing.difference(&before.standing).cloned();
        let told: Vec<_> = new.map(|condition| (code.to_owned(), condition, at)).collect();
        self.told.extend(told);
        if let Some(customer) = self.customers.get_mut(code) {
            customer.watch = Watch { standing, seen, next };
        }
    }

    /// The next instant at which time alone may make a difference.
    pub(super) fn next_look(&self, code: &str) -> Option<i64> {
        self.customers.get(code)?.watch.next
    }

    /// The wallets of a customer that have alerts and a lot.
    fn views<'a>(&'a self, code: &'a str, at: i64) -> Vec<View<'a>> {
        let Some(customer) = self.customers.get(code) else { return Vec::new() };
        let view = |(wallet, kind): (&'a String, &String)| {
            let terms = self.configuration.terms(kind, at)?;
            let lots = customer.lots.iter();
            let mine = lots.filter(|lot| lot.wallet == *wallet && !lot.is_frozen());
            let mut lots: Vec<_> = mine.collect();
            let order = draw_order(terms);
            lots.sort_by(|a, b| self.compare_lots(&order, at, a, b));
            let watched = !lots.is_empty() && !list(terms, "alerts").is_empty();
            watched.then_some(View { books: self, code, wallet, terms, lots, at })
        };
        customer.wallets.iter().filter_map(view).collect()
    }
}

impl View<'_> {
    fn day(&self) -> i64 {
        self.books.configuration.zone.day_of(self.at)
    }

    /// Units that can be used now.
    fn usable(&self) -> i64 {
        self.lots.iter().filter(|lot| lot.is_valid_at(self.at)).map(|lot| lot.available).sum()
    }

    fn burned_on(&self, day: i64) -> i64 {
        let of_day = self.burned().get(&(self.wallet.to_owned(), day));
        of_day.copied().unwrap_or_default()
    }

    fn burned(&self) -> &Burned {
        const NOTHING: &Burned = &Burned::new();
        self.books.burned.get(self.code).unwrap_or(NOTHING)
    }

    /// The day on which the first lot began.
    fn since(&self) -> i64 {
        let first = self.lots.iter().map(|lot| lot.from).min();
        self.books.configuration.zone.day_of(first.unwrap_or(self.at))
    }

    /// What holds of all alerts.
    fn conditions(&self) -> Vec<Condition> {
        let mut found = Vec::new();
        for alert in list(self.terms, "alerts") {
            let mut holds = |lot: Option<&str>| {
                let code = text(alert, "code").to_owned();
                found.push((self.wallet.to_owned(), code, lot.map(str::to_owned)));
            };
            if let Some(days) = alert["expiring_within"]["days"].as_i64() {
                let soon = |end: i64| self.at < end && end - days * DAY <= self.at;
                for lot in self.lots.iter().filter(|lot| lot.available > 0) {
                    if lot.until.is_some_and(soon) {
                        holds(Some(&lot.id));
                    }
                }
            } else if self.holds(alert) {
                holds(None);
            }
        }
        found
    }

    fn holds(&self, alert: &Value) -> bool {
        let usable = Fraction::of(self.usable());
        if let Some(least) = decimal(alert, "below") {
            let kind = &self.lots[0].wallet_type;
            let kind = self.books.configuration.one("wallet_types", kind);
            let scale = kind.map_or(0, |kind| self.books.configuration.scale(text(kind, "unit")));
            return usable.compare(least.times(one_unit(scale))).is_lt();
        }
        if let Some(percent) = decimal(alert, "below_percent") {
            let valid = self.lots.iter().filter(|lot| lot.is_valid_at(self.at));
            let granted = Fraction::of(valid.map(|lot| lot.issued).sum());
            return usable.times(Fraction::of(100)).compare(granted.times(percent)).is_lt();
        }
        if let Some(days) = alert["runs_out_within"]["days"].as_i64() {
            return self.runs_out().is_some_and(|end| end <= self.at + days * DAY);
        }
        decimal(&alert["spike"], "factor").is_some_and(|factor| self.spikes(factor))
    }

    /// Today or yesterday is far above the mean of the seven days before it.
    fn spikes(&self, factor: Fraction) -> bool {
        let is_spike = |day: i64| {
            let before: i64 = (day - 7..day).map(|day| self.burned_on(day)).sum();
            let mean = Fraction::of(before).over(Fraction::of(7));
            let above = Fraction::of(self.burned_on(day)).compare(mean.times(factor)).is_gt();
            self.since() <= day - 7 && before > 0 && above
        };
        is_spike(self.day()) || is_spike(self.day() - 1)
    }

    /// The first whole second at which nothing is usable any more, at the rate of the last thirty days.
    fn runs_out(&self) -> Option<i64> {
        let usable = |lot: &Lot, at: Fraction| {
            let ends = lot.until.is_some_and(|end| Fraction::of(end).compare(at).is_le());
            Fraction::of(lot.from).compare(at).is_le() && !ends
        };
        let mut now = Fraction::of(self.at);
        let mut lots: Vec<_> =
            self.lots.iter().map(|lot| (*lot, Fraction::of(lot.available))).collect();
        let first = |lots: &[(&Lot, Fraction)], now| {
            let left = |(lot, units): &(&Lot, Fraction)| {
                units.compare(Fraction::ZERO).is_gt() && usable(lot, now)
            };
            lots.iter().position(left)
        };
        if first(&lots, now).is_none() {
            return Some(self.at);
        }
        let days = (self.day() - self.since()).min(30);
        if days <= 0 {
            return None;
        }
        let burned: i64 = (self.day() - days..self.day()).map(|day| self.burned_on(day)).sum();
        let a_second = Fraction::of(burned.max(0)).over(Fraction::of(days * DAY));
        while let Some(place) = first(&lots, now) {
            let bounds = lots.iter().flat_map(|(lot, _)| [Some(lot.from), lot.until]).flatten();
            let later = bounds.filter(|at| Fraction::of(*at).compare(now).is_gt()).min();
            let lasts = match a_second {
                Fraction::ZERO => None,
                rate => Some(now.plus(lots[place].1.over(rate))),
            };
            match (lasts, later.map(Fraction::of)) {
                (None, None) => return None,
                (Some(gone), next) if next.is_none_or(|next| gone.compare(next).is_le()) => {
                    lots[place].1 = Fraction::ZERO;
                    now = gone;
                }
                (_, Some(next)) => {
                    let burns = next.minus(now).times(a_second);
                    lots[place].1 = lots[place].1.minus(burns);
                    now = next;
                }
                (Some(_), None) => return None,
            }
        }
        // The instant is cut to its microsecond, and the alert asks for whole seconds.
        let micros = now.times(Fraction::of(1_000_000)).whole(Mode::Down);
        Some(Fraction::of(micros).over(Fraction::of(1_000_000)).whole(Mode::Up))
    }

    /// Instants at which time alone may make a difference to some alert.
    fn changes(&self) -> Vec<i64> {
        let left = || self.lots.iter().filter(|lot| lot.available > 0);
        let tomorrow = self.books.configuration.zone.start_of(self.day() + 1);
        let mut all = Vec::new();
        for alert in list(self.terms, "alerts") {
            if let Some(days) = alert["expiring_within"]["days"].as_i64() {
                all.extend(left().filter_map(|lot| lot.until).map(|end| end - days * DAY));
            } else if !alert["runs_out_within"].is_null() {
                all.extend(left().next().map(|_| tomorrow));
            } else if !alert["spike"].is_null() {
                let lately = |((wallet, day), units): (&(String, i64), &i64)| {
                    wallet == self.wallet && *units != 0 && *day >= self.day() - 1
                };
                all.extend(self.burned().iter().any(lately).then_some(tomorrow));
            } else {
                // What was granted counts also when it is used up.
                let counts = |lot: &&&Lot| lot.available > 0 || !alert["below_percent"].is_null();
                let lots = self.lots.iter().filter(counts);
                all.extend(lots.flat_map(|lot| [Some(lot.from), lot.until]).flatten());
            }
        }
        all
    }
}
