//! Alerts: conditions of wallets that an operator wants to be told of, once for each time they begin.
//!
//! They are looked at after every operation that concerns the customer, and by the schedule when
//! time alone can have made one true. Which conditions stand is part of the customer's book, so a
//! rebuild tells of the same at the same instants.

use std::collections::{BTreeMap, BTreeSet};

use scrip_catalog::{Alert, Catalog};
use scrip_units::{
    AlertCode, Amount, CustomerCode, Date, Instant, LotId, Number, Unit, WalletCode, Zone,
    parse_steps,
};
use scrip_wallet::{Left, Lot, Wallet, in_draw_order, outlook};
use serde::{Deserialize, Serialize};

use crate::apply::Effect;
use crate::book::CustomerBook;
use crate::rejection::Rejection;
use crate::schedule::Cause;

const DAY_MICROS: i64 = 86_400_000_000;

/// An alert that was raised.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AlertFact {
    /// The customer.
    pub customer: CustomerCode,
    /// The wallet.
    pub wallet: WalletCode,
    /// The alert.
    pub code: AlertCode,
    /// When it was seen.
    pub at: Instant,
    /// The figures at that instant, in words of the guide.
    pub figures: BTreeMap<String, String>,
}

/// What makes a condition one of its own: the wallet, the alert, and the lot if it is about one.
type Key = (WalletCode, AlertCode, Option<LotId>);

/// Which conditions stand, and when to look again.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct AlertState {
    /// Conditions that hold and were told of.
    pub standing: BTreeSet<Key>,
    /// The latest instant at which they were looked at; time does not run backwards for them.
    pub seen_at: Option<Instant>,
    /// When time alone may make a difference next.
    pub due: Option<Instant>,
}

impl AlertState {
    pub(crate) fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// A condition that holds.
struct Held {
    lot: Option<LotId>,
    figures: Vec<(&'static str, String)>,
}

/// A wallet at an instant.
struct View<'a> {
    catalog: &'a Catalog,
    book: &'a CustomerBook,
    wallet: &'a Wallet,
    unit: Unit,
    /// Its lots in draw order.
    lots: Vec<&'a Lot>,
    at: Instant,
}

/// When alerts are due to be looked at again.
pub(crate) fn next(book: &CustomerBook) -> Option<Instant> {
    book.alerts.due
}

/// Looks at the alerts at the instant at which they were due.
pub(crate) fn perform(
    cause: &Cause<'_>,
    book: &mut CustomerBook,
    at: Instant,
) -> Result<Effect, Rejection> {
    Ok(Effect { alerts: look(cause.catalog, book, at), ..Effect::default() })
}

/// Looks at every alert of the customer's wallets: what holds and did not before is told of, what
/// holds no more may be told of again.
pub(crate) fn look(catalog: &Catalog, book: &mut CustomerBook, at: Instant) -> Vec<AlertFact> {
    let at = book.alerts.seen_at.map_or(at, |seen| seen.max(at));
    let mut state =
        AlertState { seen_at: book.alerts.seen_at.map(|_| at), ..AlertState::default() };
    let mut facts = Vec::new();
    for wallet in book.wallets.values() {
        let Some(version) = catalog.wallet_type_at(&wallet.wallet_type, at) else { continue };
        if version.alerts.is_empty() {
            continue;
        }
        let mut order: Vec<usize> = (0..book.lots.len())
            .filter(|index| {
                let lot = &book.lots[*index];
                lot.wallet == wallet.code && !lot.is_frozen()
            })
            .collect();
        in_draw_order(&book.lots, &mut order, &version.draw_order);
        let lots: Vec<&Lot> = order.iter().map(|index| &book.lots[*index]).collect();
        let Some(unit) = lots.first().map(|lot| lot.unit.0) else { continue };
        let view = View { catalog, book, wallet, unit, lots, at };
        state.seen_at = Some(at);
        for alert in &version.alerts {
            for held in view.held(alert) {
                let key = (wallet.code.clone(), alert.code.clone(), held.lot);
                if !book.alerts.standing.contains(&key) {
                    let figures = held.figures.into_iter().map(|(name, f)| (name.to_owned(), f));
                    facts.push(AlertFact {
                        customer: book.customer.clone(),
                        wallet: wallet.code.clone(),
                        code: alert.code.clone(),
                        at,
                        figures: figures.collect(),
                    });
                }
                state.standing.insert(key);
            }
            let due = view.due(alert);
            state.due = [state.due, due].into_iter().flatten().min();
        }
    }
    book.alerts = state;
    facts
}

fn later(at: Instant, micros: i64) -> Option<Instant> {
    Instant::from_micros(at.micros().checked_add(micros)?).ok()
}

/// Whether `amount` is less than (`above` false) or more than `factor` times `of` divided by `by`.
fn compares(amount: i128, above: bool, (factor, of, by): (Number, i128, i128)) -> bool {
    let decimal = factor.decimal().normalize();
    let sides = || {
        let left = amount.checked_mul(by)?.checked_mul(10_i128.checked_pow(decimal.scale())?)?;
        let right = decimal.mantissa().checked_mul(of)?;
        Some(if above { left > right } else { left < right })
    };
    sides().unwrap_or(false)
}

impl View<'_> {
    fn zone(&self) -> Zone {
        self.catalog.zone()
    }

    fn text(&self, steps: i128) -> String {
        scrip_units::format_steps(steps, self.unit.scale())
    }

    fn available(&self) -> i128 {
        let usable = self.lots.iter().filter(|lot| lot.is_usable_at(self.at));
        usable.map(|lot| i128::from(lot.available)).sum()
    }

    /// What holds of an alert: one condition, or one for each lot that is about to end.
    fn held(&self, alert: &Alert) -> Vec<Held> {
        if let Some(within) = alert.expiring_within {
            return self.expiring(within.days);
        }
        let figures = if let Some(below) = alert.below {
            self.below(below)
        } else if let Some(percent) = alert.below_percent {
            self.below_percent(percent)
        } else if let Some(within) = alert.runs_out_within {
            self.runs_out(within.days)
        } else {
            alert.spike.and_then(|spike| self.spike(spike.factor))
        };
        figures.map(|figures| Held { lot: None, figures }).into_iter().collect()
    }

    fn below(&self, below: Number) -> Option<Vec<(&'static str, String)>> {
        let limit =
            parse_steps(&below.to_string(), self.unit.scale(), self.unit.code().as_str()).ok()?;
        let available = self.available();
        (available < i128::from(limit)).then(|| {
            vec![("available", self.text(available)), ("below", self.text(i128::from(limit)))]
        })
    }

    fn below_percent(&self, percent: Number) -> Option<Vec<(&'static str, String)>> {
        let valid = self.lots.iter().filter(|lot| lot.is_usable_at(self.at));
        let granted: i128 = valid.map(|lot| i128::from(lot.issued)).sum();
        let available = self.available();
        compares(available, false, (percent, granted, 100)).then(|| {
            vec![
                ("available", self.text(available)),
                ("granted", self.text(granted)),
                ("below_percent", percent.to_string()),
            ]
        })
    }

    fn expiring(&self, days: u32) -> Vec<Held> {
        let until = later(self.at, i64::from(days) * DAY_MICROS);
        let ends = |lot: &&&Lot| {
            let end = lot.expires_at.zip(until);
            lot.available > 0 && end.is_some_and(|(end, until)| self.at < end && end <= until)
        };
        let held = self.lots.iter().filter(ends).map(|lot| Held {
            lot: Some(lot.id.clone()),
            figures: vec![
                ("lot", lot.id.to_string()),
                ("expiring", self.text(i128::from(lot.available))),
                ("expires_at", lot.expires_at.map_or_else(String::new, |end| end.to_string())),
            ],
        });
        held.collect()
    }

    /// The day on which the wallet's first lot became effective.
    fn since(&self) -> Option<Date> {
        let first = self.lots.iter().map(|lot| lot.effective_at).min()?;
        Some(self.zone().day_of(first))
    }

    fn runs_out(&self, days: u32) -> Option<Vec<(&'static str, String)>> {
        let left: Vec<Left> = self
            .lots
            .iter()
            .map(|lot| Left { units: lot.available, from: lot.effective_at, until: lot.expires_at })
            .collect();
        let none = scrip_wallet::Burned::default();
        let burned = self.book.burned.get(&self.wallet.code).unwrap_or(&none);
        let found = outlook(&left, burned, (self.since(), self.at, self.zone()));
        let at = match found.expected {
            _ if found.available == 0 => self.at,
            expected => expected?.at,
        };
        let rate = found.last_30.map_or((0, 0), |rate| (rate.burned, rate.days));
        (at <= later(self.at, i64::from(days) * DAY_MICROS)?).then(|| {
            vec![
                ("available", self.text(found.available)),
                ("burned", self.text(rate.0)),
                ("burned_in_days", rate.1.to_string()),
                ("runs_out_at", at.to_string()),
            ]
        })
    }

    fn spike(&self, factor: Number) -> Option<Vec<(&'static str, String)>> {
        let (burned, since) = (self.book.burned.get(&self.wallet.code)?, self.since()?);
        let today = self.zone().day_of(self.at);
        [Some(today), today.pred_opt()].into_iter().flatten().find_map(|day| {
            let week =
                day.checked_sub_days(chrono::Days::new(7)).filter(|first| since <= *first)?;
            let (on, before) = (burned.on(day), burned.between(week, day));
            (before > 0 && compares(on, true, (factor, before, 7))).then(|| {
                vec![
                    ("day", day.to_string()),
                    ("burned", self.text(on)),
                    ("burned_in_7_days_before", self.text(before)),
                    ("factor", factor.to_string()),
                ]
            })
        })
    }

    /// When time alone may make a difference to an alert.
    fn due(&self, alert: &Alert) -> Option<Instant> {
        let left = || self.lots.iter().filter(|lot| lot.available > 0);
        let next_day = || {
            let tomorrow = self.zone().day_of(self.at).succ_opt()?;
            self.zone().start_of_day(tomorrow).ok().filter(|start| *start > self.at)
        };
        if let Some(within) = alert.expiring_within {
            let ends = left().filter_map(|lot| lot.expires_at);
            return ends
                .filter_map(|end| later(end, -i64::from(within.days) * DAY_MICROS))
                .filter(|at| *at > self.at)
                .min();
        }
        if alert.runs_out_within.is_some() {
            return left().next().and_then(|_| next_day());
        }
        if alert.spike.is_some() {
            let burned = self.book.burned.get(&self.wallet.code)?;
            let today = self.zone().day_of(self.at);
            let lately = burned.latest_day()? >= today.pred_opt()?;
            return lately.then(next_day).flatten();
        }
        // A percentage is of all that was granted, also of what is used up.
        let counts = |lot: &&&Lot| lot.available > 0 || alert.below_percent.is_some();
        let lots = self.lots.iter().filter(counts);
        let changes = lots.flat_map(|lot| [Some(lot.effective_at), lot.expires_at]);
        changes.flatten().filter(|at| *at > self.at).min()
    }
}

impl CustomerBook {
    /// Remembers what an entry burned, by wallet and day of service. What a draft invoice holds counts
    /// on the day of its usage, and no more when the invoice is final.
    pub(crate) fn remember_burned(&mut self, draft: &scrip_journal::Draft) {
        for posting in &draft.postings {
            if let Some(wallet) = posting.wallet.as_ref().filter(|_| posting.is_burn()) {
                let day = posting.service_day.unwrap_or(draft.booked_on);
                let amount: Amount = posting.amount;
                let burned = self.burned.entry(wallet.clone()).or_default();
                burned.add(day, amount.steps());
                burned.forget();
            }
        }
    }
}
