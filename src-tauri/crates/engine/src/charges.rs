//! Charges: fees that are charged in advance and buy no units by themselves.
//!
//! Owns: what of each charge is earned, refunded and still deferred, and the entries for that. What is
//! deferred stands on the account of up-front fees, which lots never touch.
//! Deliberately does not know: plans and their calendars, and whether a service is distinct.

use std::collections::BTreeMap;

use scrip_catalog::Earned;
use scrip_journal::{Account, Draft, EntryKind, Posting};
use scrip_units::{
    Amount, Date, Exact, Instant, Month, Rounding, TimeError, Unit, Zone, add_months_clamped,
    mul_div_round,
};
use scrip_wallet::lot::KeptUnit;
use scrip_wallet::{LotTax, TaxKind};
use serde::{Deserialize, Serialize};

use crate::apply::Effect;
use crate::book::CustomerBook;
use crate::grant::transfer;
use crate::invoicing::tax_account;
use crate::issue::{Paid, tax_posting};
use crate::operation::{CompleteSetup, RefundCharge};
use crate::rejection::Rejection;
use crate::schedule::Cause;

/// A charge, with what became of it. Amounts are in smallest steps of its currency.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Charge {
    /// Its currency.
    pub currency: KeptUnit,
    /// What was charged.
    pub amount: i64,
    /// What is revenue.
    pub earned: i64,
    /// What was paid back before it was earned.
    #[serde(default)]
    pub refunded: i64,
    /// What was paid back after it was earned.
    #[serde(default)]
    pub reimbursed: i64,
    /// Whether it was charged once, or is that of a period.
    pub once: bool,
    /// When it is earned; on completion if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub term: Option<Term>,
    /// Tax charged on top of it, if any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tax: Option<LotTax>,
    /// When the next part is earned.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub due: Option<Instant>,
}

/// The time over which a charge is earned.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Term {
    /// First day.
    pub first: Date,
    /// First day after it.
    pub end: Date,
    /// In equal parts, so many; by days if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub months: Option<u32>,
    /// Parts that are earned: calendar months, or months from the first day on.
    pub done: u32,
}

/// The charges of a customer, by name.
pub type Charges = BTreeMap<String, Charge>;

/// Why something cannot be done with a charge.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ChargeFault {
    /// No such charge.
    #[error("the customer has no charge {charge}")]
    Unknown {
        /// The charge.
        charge: String,
    },
    /// It is not for a service that is completed.
    #[error("charge {charge} is earned over time, not on completion")]
    NotOnCompletion {
        /// The charge.
        charge: String,
    },
    /// Nothing of it is deferred any more.
    #[error("nothing of charge {charge} is deferred any more: it is earned or paid back")]
    NothingDeferred {
        /// The charge.
        charge: String,
    },
    /// The units that it is a part of are not granted.
    #[error(
        "a charge of plan {plan} is a part of what grant {grant} costs, which would grant nothing when the subscription begins"
    )]
    NotSpread {
        /// The plan.
        plan: String,
        /// The line.
        grant: String,
    },
}

impl Term {
    /// The day up to which a part lasts, exclusive.
    fn boundary(&self, part: u32) -> Result<Date, TimeError> {
        let months = i64::from(part);
        let day = match self.months {
            Some(_) => add_months_clamped(self.first, months)?,
            None => add_months_clamped(Month::of(self.first).first_day(), months)?,
        };
        Ok(if self.months.is_some_and(|all| part >= all) { self.end } else { day.min(self.end) })
    }

    /// What of an amount is earned by a day, in all: rounded half away from zero.
    fn earned_by(&self, amount: i64, (part, day): (u32, Date)) -> Result<i64, Rejection> {
        let days = |from: Date, to: Date| i128::from((to - from).num_days());
        let (gone, all) = match self.months {
            Some(months) => (i128::from(part.min(months)), i128::from(months)),
            None => (days(self.first, day.clamp(self.first, self.end)), days(self.first, self.end)),
        };
        let exact = Exact::ratio(gone, all).and_then(|part| part.try_mul(Exact::whole(amount)));
        let steps = exact.map_err(|_| Rejection::Overflow)?.round(Rounding::HalfAwayFromZero);
        i64::try_from(steps.map_err(|_| Rejection::Overflow)?).map_err(|_| Rejection::Overflow)
    }
}

impl Charge {
    /// What is still deferred.
    #[must_use]
    pub fn deferred(&self) -> i64 {
        self.amount - self.earned - self.refunded
    }

    fn revenue(&self) -> Account {
        if self.once { Account::RevenueSetup } else { Account::RevenueSubscription }
    }

    fn next_due(&self, zone: Zone) -> Result<Option<Instant>, TimeError> {
        match self.term {
            Some(term) if self.deferred() > 0 => {
                zone.start_of_day(term.boundary(term.done + 1)?).map(Some)
            }
            _ => Ok(None),
        }
    }
}

/// What is deferred of all charges, by currency: the third leg of the tie of the account.
#[must_use]
pub fn deferred(book: &CustomerBook) -> BTreeMap<Unit, i128> {
    let mut sums = BTreeMap::new();
    for charge in book.charges.values() {
        *sums.entry(charge.currency.0).or_default() += i128::from(charge.deferred());
    }
    sums.retain(|_, sum| *sum != 0);
    sums
}

/// A charge to be made.
pub(crate) struct NewCharge {
    pub(crate) name: String,
    pub(crate) paid: Paid,
    pub(crate) once: bool,
    pub(crate) earned: Earned,
    /// First day, and first day after it, of the time over which it is earned.
    pub(crate) period: (Date, Date),
    pub(crate) months: Option<u32>,
    pub(crate) counter: Account,
    pub(crate) at: Instant,
    pub(crate) memo: String,
}

/// Charges a fee: what is paid, or owed, against the liability to earn it.
pub(crate) fn make(
    cause: &Cause<'_>,
    book: &mut CustomerBook,
    new: NewCharge,
) -> Result<Effect, Rejection> {
    let (currency, amount) = (new.paid.currency, new.paid.net);
    let gross = new.paid.gross()?;
    let (first, end) = new.period;
    let months = new.months.filter(|_| new.earned == Earned::ByMonth);
    let term = Term { first, end, months, done: 0 };
    let mut charge = Charge {
        currency: KeptUnit(currency),
        amount,
        earned: 0,
        refunded: 0,
        reimbursed: 0,
        once: new.once,
        term: (new.earned != Earned::OnCompletion).then_some(term),
        tax: new.paid.lot_tax(),
        due: None,
    };
    charge.due = charge.next_due(cause.catalog.zone())?;
    let mut postings = vec![
        Posting::new(new.counter, Amount::from_steps(currency, gross)),
        Posting::new(Account::ClUpfrontFee, Amount::from_steps(currency, -amount)),
    ];
    postings.extend(tax_posting(&new.paid));
    let entry = book.seal(Draft {
        kind: EntryKind::Charge,
        operation: cause.operation.id.clone(),
        effective_at: new.at,
        booked_on: cause.catalog.zone().day_of(new.at),
        memo: new.memo,
        detail: None,
        postings,
    })?;
    if new.counter == Account::AccountsReceivable {
        let owed = book.receivable.entry(currency.code()).or_default();
        *owed = owed.checked_add(gross).ok_or(Rejection::Overflow)?;
    }
    book.charges.insert(new.name, charge);
    Ok(Effect { entries: vec![entry], ..Effect::default() })
}

/// The earliest instant at which a part of a charge is earned.
pub(crate) fn next(book: &CustomerBook) -> Option<Instant> {
    book.charges.values().filter_map(|charge| charge.due).min()
}

/// Earns the parts that are due at an instant: an entry each, on the last day of the part.
pub(crate) fn perform(
    cause: &Cause<'_>,
    book: &mut CustomerBook,
    at: Instant,
) -> Result<Effect, Rejection> {
    let due = book.charges.iter().filter(|(_, charge)| charge.due == Some(at));
    let due: Vec<String> = due.map(|(name, _)| name.clone()).collect();
    let mut effect = Effect::default();
    for name in due {
        let Some(mut charge) = book.charges.get(&name).cloned() else { continue };
        let Some(term) = &mut charge.term else { continue };
        term.done += 1;
        let day = term.boundary(term.done)?;
        let earned = term.earned_by(charge.amount, (term.done, day))? - charge.earned;
        let last = day.pred_opt().ok_or(Rejection::Overflow)?;
        effect.add(earn(cause, book, (&name, &mut charge, earned), (at, last))?);
        charge.due = charge.next_due(cause.catalog.zone())?;
        book.charges.insert(name, charge);
    }
    Ok(effect)
}

/// Moves a part of a charge from the liability to revenue, booked on a day.
fn earn(
    cause: &Cause<'_>,
    book: &mut CustomerBook,
    (name, charge, steps): (&str, &mut Charge, i64),
    (at, day): (Instant, Date),
) -> Result<Effect, Rejection> {
    if steps <= 0 {
        return Ok(Effect::default());
    }
    let money = Amount::from_steps(charge.currency.0, steps);
    let [liability, mut revenue] = transfer(Account::ClUpfrontFee, charge.revenue(), money)?;
    revenue.service_day = Some(day);
    let entry = book.seal(Draft {
        kind: EntryKind::Recognition,
        operation: cause.operation.id.clone(),
        effective_at: at,
        booked_on: day,
        memo: format!("{money} of charge {name} earned"),
        detail: None,
        postings: vec![liability, revenue],
    })?;
    charge.earned += steps;
    Ok(Effect { entries: vec![entry], ..Effect::default() })
}

fn find(book: &CustomerBook, name: &str) -> Result<Charge, Rejection> {
    let unknown = || ChargeFault::Unknown { charge: name.to_owned() };
    Ok(book.charges.get(name).cloned().ok_or_else(unknown)?)
}

/// The service that a charge is for is complete: all that is deferred is revenue.
pub(crate) fn complete(
    cause: &Cause<'_>,
    book: &mut CustomerBook,
    action: &CompleteSetup,
) -> Result<Effect, Rejection> {
    let (name, at) = (&action.charge, cause.operation.at);
    let mut charge = find(book, name)?;
    let charge_name = || name.clone();
    if charge.term.is_some() {
        return Err(ChargeFault::NotOnCompletion { charge: charge_name() }.into());
    }
    if charge.deferred() == 0 {
        return Err(ChargeFault::NothingDeferred { charge: charge_name() }.into());
    }
    let (left, day) = (charge.deferred(), cause.catalog.zone().day_of(at));
    let effect = earn(cause, book, (name, &mut charge, left), (at, day))?;
    book.charges.insert(charge_name(), charge);
    Ok(effect)
}

/// The tax on what was paid back of a charge so far, less what was returned of it.
fn return_tax(charge: &mut Charge) -> Result<Option<(TaxKind, i64)>, Rejection> {
    let back = charge.refunded + charge.reimbursed;
    let Some(tax) = &mut charge.tax else { return Ok(None) };
    let all = mul_div_round(tax.charged, back, charge.amount, Rounding::HalfAwayFromZero)
        .map_err(|_| Rejection::Overflow)?;
    let returned = (all - tax.returned).max(0);
    tax.returned += returned;
    Ok(Some((tax.kind, returned)))
}

/// Pays a charge back: what is deferred, and what was earned as well if asked for. What the days before
/// have earned is revenue first. Works on a copy.
pub(crate) fn refund(
    cause: &Cause<'_>,
    customer: &mut CustomerBook,
    action: &RefundCharge,
) -> Result<Effect, Rejection> {
    let (name, at) = (&action.charge, cause.operation.at);
    let mut book = customer.clone();
    let mut charge = find(&book, name)?;
    let day = cause.catalog.zone().day_of(at);
    let mut effect = Effect::default();
    if let Some(term) = charge.term.filter(|term| term.months.is_none() && charge.deferred() > 0) {
        let earned = term.earned_by(charge.amount, (0, day))? - charge.earned;
        effect.add(earn(cause, &mut book, (name, &mut charge, earned), (at, day))?);
    }
    let (left, unit) = (charge.deferred(), charge.currency.0);
    let used = if action.include_earned { charge.earned - charge.reimbursed } else { 0 };
    if left + used == 0 {
        return Err(ChargeFault::NothingDeferred { charge: name.clone() }.into());
    }
    charge.refunded += left;
    charge.reimbursed += used;
    let tax = if action.with_tax { return_tax(&mut charge)? } else { None };
    let returned = tax.map_or(0, |(_, returned)| returned);
    let amount = |steps: i64| Amount::from_steps(unit, steps);
    let mut postings = vec![
        Posting::new(Account::ClUpfrontFee, amount(left)),
        Posting::new(Account::ContraRefunds, amount(used)),
    ];
    postings.extend(tax.map(|(kind, returned)| Posting::new(tax_account(kind), amount(returned))));
    postings.push(Posting::new(Account::CashClearing, amount(-(left + used + returned))));
    postings.retain(|posting| posting.amount.steps() != 0);
    charge.due = None;
    effect.entries.push(book.seal(Draft {
        kind: EntryKind::Refund,
        operation: cause.operation.id.clone(),
        effective_at: at,
        booked_on: day,
        memo: format!("refund of {} of charge {name}", amount(left + used)),
        detail: None,
        postings,
    })?);
    book.charges.insert(name.clone(), charge);
    *customer = book;
    Ok(effect)
}
