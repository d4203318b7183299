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

/// The consideration that leaves the liability when `units` more are gone from a lot (negative when
/// they come back): the rounded cumulative share less what was released before. Nothing when more was
/// released before than that, because what came back had not been recognised to the last step.
pub(crate) fn released_by(lot: &Lot, units: i64) -> Result<i64, Rejection> {
    if units == 0 {
        return Ok(0);
    }
    let gone = lot.gone().checked_add(units).ok_or(Rejection::Overflow)?;
    let facts = recognition::Lot { consideration: lot.consideration, issued: lot.issued };
    let money = facts.released(gone)? - lot.released;
    Ok(if units > 0 { money.max(0) } else { money })
}

/// The share of a lot's consideration that belongs to `units` after the `first` units gone.
///
/// What has expired are the last of the units gone. Late usage takes the first of those, and units
/// that come back too late join them at the front, so that breakage is always the share of the units
/// that are expired at the moment: never below zero, and zero when none is.
pub(crate) fn share(lot: &Lot, first: i64, units: i64) -> Result<i64, Rejection> {
    if units == 0 {
        return Ok(0);
    }
    let facts = recognition::Lot { consideration: lot.consideration, issued: lot.issued };
    let end = first.checked_add(units).ok_or(Rejection::Overflow)?;
    Ok(facts.released(end)? - facts.released(first)?)
}

/// What the next `units` to go carry, when they release `money` from the liability. Those that have
/// expired stay the last of the units gone, so that the difference, a rounding step, is breakage.
pub(crate) fn carried_by(lot: &Lot, units: i64, money: i64) -> Result<i64, Rejection> {
    match lot.expired {
        0 => Ok(money),
        expired => share(lot, lot.gone() - expired, units),
    }
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

/// Moves units out of a lot and returns the consideration they release.
pub(crate) fn release(lot: &mut Lot, units: i64, fate: Fate) -> Result<i64, Rejection> {
    let money = released_by(lot, units)?;
    lot.available -= units;
    match fate {
        Fate::Expired => lot.expired += units,
        Fate::Refunded => {
            lot.refunded += units;
            lot.withdrawn += money;
        }
        Fate::Voided => {
            lot.refunded += units;
            lot.forfeited += money;
        }
        Fate::Transferred => {
            lot.transferred += units;
            lot.withdrawn += money;
        }
    }
    lot.released += money;
    Ok(money)
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
