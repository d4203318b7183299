//! Releases: what everything has in common that takes units out of a lot other than by usage.

use scrip_catalog::Catalog;
use scrip_journal::{Account, Draft, EntryKind, Posting};
use scrip_revenue::recognition;
use scrip_units::Amount;
use scrip_wallet::Lot;

use crate::apply::Effect;
use crate::book::CustomerBook;
use crate::grant::{expiry_account, liability, transfer};
use crate::operation::Operation;
use crate::rejection::Rejection;

/// What left with units that were paid back, moved, forfeited or taken: it does not come back by usage.
fn left(lot: &Lot) -> i64 {
    lot.withdrawn + lot.forfeited
}

/// What the first `units` gone of a lot carry: their rounded cumulative share of the consideration, and
/// never less than what has left otherwise than by usage and expiry.
///
/// Every figure of a lot is made of this one. Of the units gone, those that have expired are the last:
/// late usage takes the first of these, and units that come back too late join them at the front. So
///
/// - [`Lot::released`] is what all units gone carry;
/// - what was [`earned`] is what those carry that have not expired, less what has left;
/// - [`breakage`](broken) is the rest.
///
/// None of them is ever below zero, breakage is zero when nothing is expired, and each depends on the
/// lot as it stands and not on the way there.
pub(crate) fn carried(lot: &Lot, units: i64) -> Result<i64, Rejection> {
    let facts = recognition::Lot { consideration: lot.consideration, issued: lot.issued };
    Ok(facts.released(units)?.max(left(lot)))
}

/// The units gone that have not expired.
fn not_expired(lot: &Lot) -> i64 {
    lot.gone() - lot.expired
}

/// What was recognised for used units, whatever was paid back of it since.
pub(crate) fn earned(lot: &Lot) -> Result<i64, Rejection> {
    Ok(carried(lot, not_expired(lot))? - left(lot))
}

/// The breakage that stands on a lot for the units that are expired.
pub(crate) fn broken(lot: &Lot) -> Result<i64, Rejection> {
    Ok(lot.released - carried(lot, not_expired(lot))?)
}

/// The consideration that leaves the liability when `units` more are gone from a lot (negative when
/// they come back): what they all carry less what was released before.
pub(crate) fn released_by(lot: &Lot, units: i64) -> Result<i64, Rejection> {
    if units == 0 {
        return Ok(0);
    }
    let gone = lot.gone().checked_add(units).ok_or(Rejection::Overflow)?;
    let money = carried(lot, gone)? - lot.released;
    Ok(if units > 0 { money.max(0) } else { money })
}

/// The share of a lot's consideration that belongs to `units` after the `first` units gone.
pub(crate) fn share(lot: &Lot, first: i64, units: i64) -> Result<i64, Rejection> {
    if units == 0 {
        return Ok(0);
    }
    let facts = recognition::Lot { consideration: lot.consideration, issued: lot.issued };
    let end = first.checked_add(units).ok_or(Rejection::Overflow)?;
    Ok(facts.released(end)? - facts.released(first)?)
}

/// What `units` carry that are used or leave now and release `money` from the liability: nothing of
/// those that had expired. They take their place before what stays expired, so that the difference, a
/// rounding step of units that had not, is breakage.
pub(crate) fn carried_by(lot: &Lot, units: i64, money: i64) -> Result<i64, Rejection> {
    if lot.expired == 0 || units == 0 {
        return Ok(money);
    }
    let first = not_expired(lot);
    let end = first.checked_add(units).ok_or(Rejection::Overflow)?;
    Ok(carried(lot, end)? - carried(lot, first)?)
}

/// The revenue that goes when used `units` come back and defer `money` again, nothing if they expire.
pub(crate) fn unearned_by(lot: &Lot, units: i64) -> Result<i64, Rejection> {
    let first = not_expired(lot);
    Ok(carried(lot, first)? - carried(lot, first - units)?)
}

/// What becomes of units that leave a lot.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Fate {
    Expired,
    /// Paid back.
    Refunded,
    /// Taken back and not paid back.
    Voided,
    /// To another lot.
    Transferred,
}

/// What units took out of a lot.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Released {
    /// From the liability.
    pub(crate) money: i64,
    /// What of it goes where the units go. The rest, a rounding step, is breakage of units that had
    /// expired before.
    pub(crate) carried: i64,
}

impl Released {
    /// What is breakage of units that had expired before.
    pub(crate) fn step(self) -> i64 {
        self.money - self.carried
    }
}

/// Moves units out of a lot and returns the consideration they release.
pub(crate) fn release(lot: &mut Lot, units: i64, fate: Fate) -> Result<Released, Rejection> {
    let money = released_by(lot, units)?;
    let carried = match fate {
        Fate::Expired => money,
        _ => carried_by(lot, units, money)?,
    };
    lot.available -= units;
    match fate {
        Fate::Expired => lot.expired += units,
        Fate::Refunded => {
            lot.refunded += units;
            lot.withdrawn += carried;
        }
        Fate::Voided => {
            lot.refunded += units;
            lot.forfeited += carried;
        }
        Fate::Transferred => {
            lot.transferred += units;
            lot.withdrawn += carried;
        }
    }
    lot.released += money;
    Ok(Released { money, carried })
}

/// What the entry of rounding steps says.
pub(crate) const STEPS: &str = "rounding of units that had expired before";

/// The entry of the rounding steps that units which leave for other lots give to units of their lot
/// that had expired before; none without any.
pub(crate) fn seal_steps(
    catalog: &Catalog,
    book: &mut CustomerBook,
    operation: &Operation,
    steps: Vec<Posting>,
) -> Result<Effect, Rejection> {
    if steps.is_empty() {
        return Ok(Effect::default());
    }
    seal(catalog, book, operation, (EntryKind::Expiry, STEPS.to_owned()), steps)
}

pub(crate) fn units_postings(
    lot: &Lot,
    to: Account,
    units: i64,
) -> Result<[Posting; 2], Rejection> {
    let amount = Amount::from_steps(lot.unit.0, units);
    Ok(transfer(to, Account::UnitsAvailable, amount)?.map(|p| p.of_lot(&lot.wallet, &lot.id)))
}

pub(crate) fn forfeit_postings(lot: &Lot, money: i64) -> Result<Vec<Posting>, Rejection> {
    match lot.currency {
        Some(currency) if money != 0 => {
            let amount = Amount::from_steps(currency.0, money);
            let postings = transfer(liability(lot.kind), expiry_account(lot.kind), amount)?;
            Ok(postings.map(|p| p.of_lot(&lot.wallet, &lot.id)).into())
        }
        _ => Ok(Vec::new()),
    }
}

/// Seals the entry of an operation, dated at the operation's instant.
pub(crate) fn seal(
    catalog: &Catalog,
    book: &mut CustomerBook,
    operation: &Operation,
    (kind, memo): (EntryKind, String),
    postings: Vec<Posting>,
) -> Result<Effect, Rejection> {
    let draft = Draft {
        kind,
        operation: operation.id.clone(),
        effective_at: operation.at,
        booked_on: catalog.zone().day_of(operation.at),
        memo,
        detail: None,
        postings,
    };
    let entry = book.seal(draft)?;
    Ok(Effect { entries: vec![entry], ..Effect::default() })
}
