//! Minimum commitments: what a customer's usage is to earn in each window, and the true-up of what is
//! missing at its end (accounting rules, section 7: minimum commitment shortfall).
//!
//! Owns: the windows, what was earned in each, and the entry that trues up.
//! Deliberately does not know: how usage earns; it reads the revenue lines of entries as they are
//! sealed.

use std::collections::BTreeMap;

use scrip_catalog::Catalog;
use scrip_journal::{Account, Draft, Entry, EntryKind, Posting, RateRef};
use scrip_units::{
    Amount, CardCode, Date, Exact, Instant, Rounding, TimeError, Unit, Zone, add_months_clamped,
};
use scrip_wallet::lot::KeptUnit;
use serde::{Deserialize, Serialize};

use crate::apply::Effect;
use crate::book::CustomerBook;
use crate::grant::{currency, positive};
use crate::invoice::HeldUsage;
use crate::invoicing;
use crate::operation::{AgreeCommitment, Operation};
use crate::rejection::Rejection;
use crate::schedule::Cause;

/// A commitment of a customer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Commitment {
    /// The least that a whole window earns, in smallest steps.
    pub amount: i64,
    /// Its currency.
    pub currency: KeptUnit,
    /// First day of the first window.
    pub from: Date,
    /// Calendar months in a window.
    pub months: u32,
    /// First day on which it no longer holds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Date>,
    /// Rate cards whose usage counts; all if empty.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub cards: Vec<CardCode>,
    /// Windows that have been trued up.
    pub done: u32,
    /// When the next window ends; none when there is none.
    pub due: Option<Instant>,
    /// What was earned, by window, counted from 0.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub earned: BTreeMap<u32, i64>,
}

/// A window: its first day, the first day after it, and that day were it whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Window {
    /// First day.
    pub first: Date,
    /// First day after it.
    pub end: Date,
    /// The same, did the commitment not end before.
    pub whole: Date,
}

impl Commitment {
    /// A window; none after the commitment has ended. Counted from the anchor, so that 31 January,
    /// 28 February, 31 March does not drift.
    ///
    /// # Errors
    /// [`TimeError::OutOfRange`] beyond the year 9999.
    pub fn window(&self, number: u32) -> Result<Option<Window>, TimeError> {
        let start =
            |number: u32| add_months_clamped(self.from, i64::from(number) * i64::from(self.months));
        let (first, whole) = (start(number)?, start(number + 1)?);
        let end = self.until.map_or(whole, |until| until.min(whole));
        Ok((first < end).then_some(Window { first, end, whole }))
    }

    /// What a window is to earn: the amount, by days where the commitment ends within it, rounded
    /// half away from zero.
    ///
    /// # Errors
    /// [`Rejection::Overflow`].
    pub fn least(&self, window: Window) -> Result<i64, Rejection> {
        let days = |from: Date, to: Date| (to - from).num_days();
        let part = Exact::ratio(
            i128::from(days(window.first, window.end)),
            i128::from(days(window.first, window.whole)),
        );
        let least = part.and_then(|part| part.try_mul(Exact::whole(self.amount)));
        let least = least.map_err(|_| Rejection::Overflow)?.round(Rounding::HalfAwayFromZero);
        i64::try_from(least.map_err(|_| Rejection::Overflow)?).map_err(|_| Rejection::Overflow)
    }

    /// The window that a day falls into, if it is not trued up yet.
    fn open_window(&self, day: Date) -> Option<u32> {
        let mut number = self.done;
        while let Ok(Some(window)) = self.window(number) {
            if day < window.first {
                return None;
            }
            if day < window.end {
                return Some(number);
            }
            number += 1;
        }
        None
    }

    fn next_end(&self, zone: Zone) -> Result<Option<Instant>, TimeError> {
        self.window(self.done)?.map(|window| zone.start_of_day(window.end)).transpose()
    }
}

/// Agrees a commitment.
pub(crate) fn agree(
    catalog: &Catalog,
    book: &mut CustomerBook,
    operation: &Operation,
    agreed: &AgreeCommitment,
) -> Result<Effect, Rejection> {
    let code = &agreed.commitment;
    let wrong = |fault: String| Rejection::Commitment { commitment: code.clone(), fault };
    if code.is_empty() || book.commitments.contains_key(code) {
        return Err(wrong("exists already, or has no name: choose another name".to_owned()));
    }
    let unit = currency(catalog, agreed.currency)?;
    let amount = positive("amount", agreed.amount, unit)?;
    let today = catalog.zone().day_of(operation.at);
    if agreed.from < today {
        return Err(wrong(format!(
            "begins on {}, before it is agreed on {today}: what was used before would not count",
            agreed.from
        )));
    }
    if agreed.until.is_some_and(|until| until <= agreed.from) {
        return Err(wrong("ends on or before the day on which it begins".to_owned()));
    }
    if agreed.months == 0 {
        return Err(wrong("has windows of no months: use 1 or more".to_owned()));
    }
    let known = |code: &CardCode| catalog.document().rate_cards.iter().any(|c| c.code == *code);
    if let Some(card) = agreed.cards.iter().find(|card| !known(card)) {
        return Err(wrong(format!("counts the rate card {card}, which does not exist")));
    }
    let mut commitment = Commitment {
        amount,
        currency: KeptUnit(unit),
        from: agreed.from,
        months: agreed.months,
        until: agreed.until,
        cards: agreed.cards.clone(),
        done: 0,
        due: None,
        earned: BTreeMap::new(),
    };
    commitment.due = commitment.next_end(catalog.zone())?;
    book.commitments.insert(code.clone(), commitment);
    Ok(Effect::default())
}

/// Counts what an entry earned by usage: the revenue lines of rates, by their service day. What
/// was given back or reversed counts against it.
pub(crate) fn earn(commitments: &mut BTreeMap<String, Commitment>, entry: &Entry) {
    for commitment in commitments.values_mut() {
        for posting in &entry.body.postings {
            let (Some(rate), Some(day)) = (&posting.rate, posting.service_day) else { continue };
            let earns = matches!(posting.account, Account::RevenueUsage | Account::RevenueOverage)
                && posting.amount.unit() == commitment.currency.0
                && (commitment.cards.is_empty() || commitment.cards.contains(&rate.card));
            if earns && let Some(number) = commitment.open_window(day) {
                *commitment.earned.entry(number).or_default() -= posting.amount.steps();
            }
        }
    }
}

/// What drafts hold of a window's usage: earned when they are final, by what it is worth now.
fn held(book: &CustomerBook, commitment: &Commitment, window: Window) -> i64 {
    let drafts =
        book.drafts.iter().filter(|((_, currency), _)| *currency == commitment.currency.0.code());
    let counts = |usage: &HeldUsage| {
        let card = usage.rate.as_ref().map(|rate| &rate.card);
        (window.first..window.end).contains(&usage.day)
            && card.is_some_and(|c| commitment.cards.is_empty() || commitment.cards.contains(c))
    };
    let burned = drafts.flat_map(|(_, draft)| book.worth(draft));
    burned.filter(|burned| counts(&burned.usage)).map(|burned| burned.money).sum()
}

/// When the next window of a customer's commitments ends.
pub(crate) fn next(book: &CustomerBook) -> Option<Instant> {
    book.commitments.values().filter_map(|commitment| commitment.due).min()
}

/// Trues up one window that ends at `at`: Dr 1110 Cr 4010 for what it earned too little. The entry
/// belongs to the last day of the window.
pub(crate) fn perform(
    cause: &Cause<'_>,
    book: &mut CustomerBook,
    at: Instant,
) -> Result<Effect, Rejection> {
    let due = book.commitments.iter().find(|(_, commitment)| commitment.due == Some(at));
    let Some((code, mut commitment)) = due.map(|(code, c)| (code.clone(), c.clone())) else {
        return Ok(Effect::default());
    };
    let Some(window) = commitment.window(commitment.done)? else { return Ok(Effect::default()) };
    let earned = commitment.earned.remove(&commitment.done).unwrap_or(0);
    let earned = earned.checked_add(held(book, &commitment, window)).ok_or(Rejection::Overflow)?;
    let least = commitment.least(window)?;
    commitment.done += 1;
    commitment.due = commitment.next_end(cause.catalog.zone())?;
    let unit = commitment.currency.0;
    let missing = least.checked_sub(earned).ok_or(Rejection::Overflow)?;
    book.commitments.insert(code.clone(), commitment);
    if missing <= 0 {
        return Ok(Effect::default());
    }
    let last = window.end.pred_opt().ok_or(Rejection::Overflow)?;
    let amount = |steps| Amount::from_steps(unit, steps);
    let memo = format!(
        "commitment {code} from {} through {last}: {} of {} earned",
        window.first,
        amount(earned),
        amount(least)
    );
    let missing = Missing { rate: None, currency: unit, money: missing };
    true_up(cause, book, (at, last), memo, &[missing])
}

/// Money that a minimum is short of, or below zero what is taken back of an earlier true-up.
pub(crate) struct Missing {
    /// The rate whose minimum it is, if it is one's.
    pub(crate) rate: Option<RateRef>,
    pub(crate) currency: Unit,
    /// In smallest steps.
    pub(crate) money: i64,
}

/// Books what minima are short of: Dr 1110 Cr 4010, on the last day of the time they are for.
pub(crate) fn true_up(
    cause: &Cause<'_>,
    book: &mut CustomerBook,
    (at, last): (Instant, Date),
    memo: String,
    missing: &[Missing],
) -> Result<Effect, Rejection> {
    let mut sums: BTreeMap<Unit, i64> = BTreeMap::new();
    for line in missing {
        let sum = sums.entry(line.currency).or_default();
        *sum = sum.checked_add(line.money).ok_or(Rejection::Overflow)?;
    }
    let claimed = sums.iter().filter(|(_, money)| **money != 0).map(|(currency, money)| {
        Posting::new(Account::UnbilledReceivable, Amount::from_steps(*currency, *money))
    });
    let earned = missing.iter().map(|line| {
        let amount = Amount::from_steps(line.currency, -line.money);
        let mut posting = Posting::new(Account::RevenueBreakage, amount);
        posting.rate.clone_from(&line.rate);
        posting
    });
    let mut postings: Vec<Posting> = claimed.chain(earned).collect();
    if postings.is_empty() {
        return Ok(Effect::default());
    }
    for posting in &mut postings {
        posting.service_day = Some(last);
    }
    let draft = Draft {
        kind: EntryKind::TrueUp,
        operation: cause.operation.id.clone(),
        effective_at: at,
        booked_on: last,
        memo,
        detail: None,
        postings,
    };
    let entry = book.seal(draft)?;
    for (currency, money) in sums {
        let open = book.unbilled.entry(currency.code()).or_default();
        *open = open.checked_add(money).ok_or(Rejection::Overflow)?;
        invoicing::add_true_up(cause.catalog, book, (last, currency, money));
    }
    Ok(Effect { entries: vec![entry], ..Effect::default() })
}
