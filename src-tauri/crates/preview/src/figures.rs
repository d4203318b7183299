//! The figures of one run: sums over the entries of the window.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use scrip_catalog::Catalog;
use scrip_engine::{Action, Applied, Book, Detail, Operation, Outcome};
use scrip_journal::{Account, AccountClass, Entry, EntryKind, RateRef};
use scrip_rating::{Place, UsageBatch};
use scrip_units::{CardCode, CustomerCode, Date, Instant, Month, RateCode, Unit, WalletTypeCode};

use crate::replay::Window;
use crate::trace::Trace;

/// Amounts by unit, in smallest steps.
pub type Sums = BTreeMap<Unit, i128>;

/// Movements of the wallets of one type.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct WalletFigures {
    /// Units granted, bought or moved in.
    pub issued: i128,
    /// Units burned by usage.
    pub consumed: i128,
    /// Units that expired.
    pub expired: i128,
    /// Units that were usable or held at the end of the window, whether or not their time had come.
    pub left: i128,
}

impl WalletFigures {
    /// Adds a posting of units.
    fn add(&mut self, account: Account, steps: i128, inside: bool) {
        match account {
            Account::UnitsAvailable | Account::UnitsHeld => self.left += steps,
            Account::UnitsIssued if inside => self.issued -= steps,
            Account::UnitsExpired if inside => self.expired += steps,
            Account::UnitsConsumed if inside => self.consumed += steps,
            _ => {}
        }
    }
}

/// What one row of a rate card priced, whatever its version.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RateFigures {
    /// Versions of the card that priced it.
    pub versions: BTreeSet<u32>,
    /// Events, refused ones left out.
    pub events: u64,
    /// Quantity priced, after conversions.
    pub quantity: Sums,
    /// Charges in the card's unit, whoever paid them.
    pub charged: Sums,
    /// Money recognised for them: released from lots, or charged as overage.
    pub money: Sums,
}

/// What happened to one customer.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CustomerFigures {
    /// Wallets, by type and unit.
    pub wallets: BTreeMap<(WalletTypeCode, Unit), WalletFigures>,
    /// Revenue of any kind, net of what reduces it.
    pub revenue: Sums,
    /// The same by account, credit positive.
    pub earned: BTreeMap<(Account, Unit), i128>,
    /// Contract liabilities at the end of the window.
    pub deferred: Sums,
    /// What top-ups charged, net.
    pub top_ups: Sums,
    /// Events that were refused.
    pub refused: u64,
    /// The first day on which usage was not covered by a wallet: charged as overage, or refused.
    pub dry_on: Option<Date>,
}

/// The figures of one run.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Figures {
    /// Events that were priced.
    pub charged_events: u64,
    /// Events that cost nothing by their card.
    pub free_events: u64,
    /// Events that were refused, by reason.
    pub refused_events: BTreeMap<&'static str, u64>,
    /// Wallets, by type and unit.
    pub wallets: BTreeMap<(WalletTypeCode, Unit), WalletFigures>,
    /// Rows of rate cards.
    pub rates: BTreeMap<(CardCode, RateCode), RateFigures>,
    /// Movements of money accounts by accounting month, debit positive.
    pub money: BTreeMap<(Month, Account, Unit), i128>,
    /// Contract liabilities at the end of the window.
    pub deferred: Sums,
    /// What top-ups charged, net.
    pub top_ups: Sums,
    /// What delivering the usage of the window cost, rounded half away from zero. Set at the end.
    pub delivery: Sums,
    /// Customers.
    pub customers: BTreeMap<CustomerCode, CustomerFigures>,
    /// Event by event, if that was asked for.
    pub trace: Option<Trace>,
}

impl Figures {
    /// Revenue of usage less what delivering it cost, of the currencies in which anything did.
    #[must_use]
    pub fn margin(&self) -> Sums {
        let usage = |a: Account| matches!(a, Account::RevenueUsage | Account::RevenueOverage);
        let mut sums = self.credited(usage);
        sums.retain(|unit, _| self.delivery.contains_key(unit));
        for (unit, cost) in &self.delivery {
            *sums.entry(*unit).or_default() -= cost;
        }
        sums
    }

    /// Movement of accounts of a class over the whole window, credit positive.
    #[must_use]
    pub fn credited(&self, of: impl Fn(Account) -> bool) -> Sums {
        let mut sums = Sums::new();
        for ((_, account, unit), steps) in &self.money {
            if of(*account) {
                *sums.entry(*unit).or_default() -= steps;
            }
        }
        sums
    }

    /// Revenue of any kind, net of what reduces it.
    #[must_use]
    pub fn revenue(&self) -> Sums {
        self.credited(is_revenue)
    }

    /// Adds what an operation caused.
    pub(crate) fn add(&mut self, window: Window, cause: Cause<'_>) {
        for entry in cause.applied.entries.iter().filter(|entry| cause.counts(&entry.customer)) {
            self.add_entry(window, entry, cause.book);
        }
        let mut times = None;
        for detail in cause.applied.detail.iter().filter(|d| cause.counts(&d.customer)) {
            if detail.entry != 0 {
                let entry = cause
                    .applied
                    .entries
                    .iter()
                    .find(|e| e.number == detail.entry && e.customer == detail.customer);
                let at = entry.map(|entry| entry.body.effective_at);
                self.add_detail(window, detail, cause, |_| at);
            } else {
                // Rows without an entry carry no time: it is that of their event.
                let times = times.get_or_insert_with(|| cause.times());
                self.add_detail(window, detail, cause, |place| times.get(&place).copied());
            }
        }
    }

    fn add_entry(&mut self, window: Window, entry: &Entry, book: &Book) {
        let (at, inside) = (entry.body.effective_at, window.holds(entry.body.effective_at));
        if at >= window.until {
            return;
        }
        let month = Month::of(entry.body.booked_on);
        let customer = self.customers.entry(entry.customer.clone()).or_default();
        let state = book.customers.get(&entry.customer);
        for posting in &entry.body.postings {
            let (unit, steps) = (posting.amount.unit(), i128::from(posting.amount.steps()));
            let account = posting.account;
            if account.class() == AccountClass::Units {
                let wallet = posting.wallet.as_ref().and_then(|w| state?.wallets.get(w));
                let Some(wallet) = wallet else { continue };
                let key = (wallet.wallet_type.clone(), unit);
                customer.wallets.entry(key.clone()).or_default().add(account, steps, inside);
                self.wallets.entry(key).or_default().add(account, steps, inside);
                continue;
            }
            if account.class() == AccountClass::ContractLiability {
                *self.deferred.entry(unit).or_default() -= steps;
                *customer.deferred.entry(unit).or_default() -= steps;
            }
            if !inside {
                continue;
            }
            *self.money.entry((month, account, unit)).or_default() += steps;
            if is_revenue(account) {
                *customer.revenue.entry(unit).or_default() -= steps;
                *customer.earned.entry((account, unit)).or_default() -= steps;
            }
            if entry.body.kind == EntryKind::TopUp
                && account.class() == AccountClass::ContractLiability
            {
                *self.top_ups.entry(unit).or_default() -= steps;
                *customer.top_ups.entry(unit).or_default() -= steps;
            }
        }
    }

    fn add_detail(
        &mut self,
        window: Window,
        detail: &Detail,
        cause: Cause<'_>,
        at: impl Fn(Place) -> Option<Instant>,
    ) {
        let book = cause.book;
        let customer = self.customers.entry(detail.customer.clone()).or_default();
        let mut before: Option<Place> = None;
        for row in &detail.rows {
            let Some(at) = at(row.place).filter(|at| window.holds(*at)) else { continue };
            let first = before.replace(row.place) != Some(row.place);
            if let Some(trace) = &mut self.trace {
                trace.add(cause.operation, detail, row);
            }
            let dry = |customer: &mut CustomerFigures| {
                let day = book.catalog.zone().day_of(at);
                customer.dry_on = Some(customer.dry_on.map_or(day, |dry| dry.min(day)));
            };
            match row.outcome {
                Outcome::Refused(refusal) => {
                    *self.refused_events.entry(refusal.code()).or_default() += 1;
                    customer.refused += 1;
                    if is_want_of_units(refusal) {
                        dry(customer);
                    }
                    continue;
                }
                Outcome::Overage { .. } => dry(customer),
                Outcome::Free if first => self.free_events += 1,
                Outcome::Drawn { .. } | Outcome::Free => {}
            }
            if first && row.outcome != Outcome::Free {
                self.charged_events += 1;
            }
            let Some(key) = detail.rates.get(row.rate as usize) else { continue };
            let of = (key.rate.card.clone(), key.rate.rate.clone());
            let rate = self.rates.entry(of).or_default();
            rate.versions.insert(key.rate.version);
            rate.events += u64::from(first);
            if let Some(unit) = quantity_unit(&book.catalog, &key.rate) {
                *rate.quantity.entry(unit).or_default() += i128::from(row.quantity);
            }
            *rate.charged.entry(key.unit).or_default() += i128::from(row.units);
            let currency = match row.outcome {
                Outcome::Drawn { lot: Some(lot) } => {
                    detail.lots.get(lot as usize).and_then(|(_, _, currency)| *currency)
                }
                _ => key.currency,
            };
            if let Some(currency) = currency.filter(|_| row.money != 0) {
                *rate.money.entry(currency).or_default() += i128::from(row.money);
            }
        }
    }
}

/// What an operation caused, and what it is judged by.
#[derive(Clone, Copy)]
pub(crate) struct Cause<'a> {
    pub(crate) operation: &'a Operation,
    pub(crate) applied: &'a Applied,
    pub(crate) usage: Option<&'a UsageBatch>,
    /// The book after it.
    pub(crate) book: &'a Book,
    /// Customers that count; all if absent.
    pub(crate) counted: Option<&'a BTreeSet<CustomerCode>>,
}

impl Cause<'_> {
    fn counts(&self, customer: &CustomerCode) -> bool {
        self.counted.is_none_or(|counted| counted.contains(customer))
    }

    /// When the events of the operation occurred.
    fn times(&self) -> HashMap<Place, Instant> {
        let events = match &self.operation.action {
            Action::RecordUsage(action) => action.events.as_slice(),
            Action::CaptureHold(action) => action.events.as_slice(),
            _ => &[],
        };
        let inline = (0u32..).zip(events).map(|(row, event)| {
            let at = event.occurred_at.unwrap_or(self.operation.at);
            (Place { segment: 0, row }, at)
        });
        let archived = self.usage.into_iter().flat_map(|batch| &batch.events);
        inline.chain(archived.map(|event| (event.place, event.occurred_at))).collect()
    }
}

fn is_revenue(account: Account) -> bool {
    matches!(account.class(), AccountClass::Revenue | AccountClass::ContraRevenue)
}

/// Whether usage was refused because no units were left for it.
fn is_want_of_units(refusal: scrip_rating::Refusal) -> bool {
    use scrip_rating::Refusal::{HardCap, OverageLimit, OverdraftLimit};
    matches!(refusal, HardCap | OverageLimit | OverdraftLimit)
}

/// The unit of the quantity that a row prices.
fn quantity_unit(catalog: &Catalog, of: &RateRef) -> Option<Unit> {
    let card = catalog.card(&of.card)?;
    let version = card.versions.iter().find(|version| version.version == of.version)?;
    let rate = version.rates.iter().find(|rate| rate.code == of.rate)?;
    let unit = match rate.quantity_unit {
        Some(unit) => unit,
        None => catalog.meter(&rate.meter)?.unit,
    };
    catalog.unit(unit)
}
