//! Releases: units that leave a lot other than by usage - refund, void, and what they share with
//! expiry.

use scrip_catalog::Catalog;
use scrip_journal::{Account, Draft, EntryKind, Posting};
use scrip_revenue::recognition;
use scrip_units::{Amount, Instant, Unit};
use scrip_wallet::Lot;

use crate::apply::Effect;
use crate::book::CustomerBook;
use crate::grant::{expiry_account, liability, positive, steps, transfer};
use crate::operation::{Operation, RefundGrant, VoidLot};
use crate::rejection::Rejection;

/// The consideration that leaves the liability when `units` more are gone from a lot (negative when
/// they come back): the rounded cumulative share less what was released before.
pub(crate) fn released_by(lot: &Lot, units: i64) -> Result<i64, Rejection> {
    let gone = lot.gone().checked_add(units).ok_or(Rejection::Overflow)?;
    let facts = recognition::Lot { consideration: lot.consideration, issued: lot.issued };
    Ok(facts.released(gone)? - lot.released)
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

/// What becomes of units that leave a lot.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Fate {
    Expired,
    Refunded,
    Transferred,
}

/// Moves units out of a lot and returns the consideration they release.
pub(crate) fn release(lot: &mut Lot, units: i64, fate: Fate) -> Result<i64, Rejection> {
    let money = released_by(lot, units)?;
    lot.available -= units;
    match fate {
        Fate::Expired => lot.expired += units,
        Fate::Refunded => lot.refunded += units,
        Fate::Transferred => lot.transferred += units,
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

/// The lot that an operation names, while it is valid.
fn open_lot<'a>(
    book: &'a CustomerBook,
    id: &scrip_units::LotId,
    at: Instant,
) -> Result<(usize, &'a Lot), Rejection> {
    let unknown = || Rejection::UnknownLot { customer: book.customer.clone(), lot: id.clone() };
    let index = book.position(id).ok_or_else(unknown)?;
    let lot = &book.lots[index];
    match lot.expires_at {
        Some(expired_at) if expired_at <= at => {
            Err(Rejection::LotExpired { lot: id.clone(), expired_at })
        }
        _ => Ok((index, lot)),
    }
}

fn check_left(lot: &Lot, units: i64) -> Result<(), Rejection> {
    if units <= lot.available {
        return Ok(());
    }
    let text = |steps| Amount::from_steps(lot.unit.0, steps).to_string();
    Err(Rejection::Insufficient {
        lot: lot.id.clone(),
        available: text(lot.available),
        wanted: text(units),
    })
}

/// Pays back unused units at their carrying amount, less a fee that is kept.
pub(crate) fn refund(
    catalog: &Catalog,
    book: &mut CustomerBook,
    operation: &Operation,
    refund: &RefundGrant,
) -> Result<Effect, Rejection> {
    let (index, lot) = open_lot(book, &refund.lot, operation.at)?;
    let mut lot = lot.clone();
    let units = match refund.units {
        Some(units) => positive("units", units, lot.unit.0)?,
        None if lot.available > 0 => lot.available,
        None => return Err(Rejection::NotPositive { what: "what is left of the lot" }),
    };
    check_left(&lot, units)?;
    let money = release(&mut lot, units, Fate::Refunded)?;
    let mut postings: Vec<Posting> = units_postings(&lot, Account::UnitsRefunded, units)?.into();
    if let Some(currency) = lot.currency {
        let fee = refund.fee.map_or(Ok(0), |fee| steps("fee", fee, currency.0))?;
        postings.extend(refund_postings(&lot, currency.0, money, fee)?);
    }
    let paid = Amount::from_steps(lot.unit.0, units);
    seal(
        catalog,
        book,
        operation,
        (EntryKind::Refund, format!("refund of {paid} of lot {}", lot.id)),
        postings,
    )
    .inspect(|_| book.lots[index] = lot)
}

fn refund_postings(
    lot: &Lot,
    currency: Unit,
    money: i64,
    fee: i64,
) -> Result<Vec<Posting>, Rejection> {
    if fee < 0 {
        return Err(Rejection::Negative { what: "the fee".to_owned() });
    }
    let amount = |steps| Amount::from_steps(currency, steps);
    if fee > money {
        return Err(Rejection::FeeTooHigh {
            fee: amount(fee).to_string(),
            carrying: amount(money).to_string(),
        });
    }
    // Compensation was never paid for: what is left of it gives back the revenue it reduced.
    let back = match expiry_account(lot.kind) {
        Account::ContraConcessions => Account::ContraConcessions,
        _ => Account::CashClearing,
    };
    let mut postings = Vec::new();
    if money != 0 {
        postings
            .push(Posting::new(liability(lot.kind), amount(money)).of_lot(&lot.wallet, &lot.id));
    }
    if money != fee {
        postings.push(Posting::new(back, amount(fee - money)));
    }
    if fee != 0 {
        postings.push(Posting::new(Account::RevenueOtherFees, amount(-fee)));
    }
    Ok(postings)
}

/// Takes back what is left of a lot; what was paid for it is kept and is breakage.
pub(crate) fn void(
    catalog: &Catalog,
    book: &mut CustomerBook,
    operation: &Operation,
    void: &VoidLot,
) -> Result<Effect, Rejection> {
    let (index, lot) = open_lot(book, &void.lot, operation.at)?;
    let mut lot = lot.clone();
    let units = lot.available;
    if units == 0 {
        return Err(Rejection::NotPositive { what: "what is left of the lot" });
    }
    let money = release(&mut lot, units, Fate::Refunded)?;
    let mut postings: Vec<Posting> = units_postings(&lot, Account::UnitsRefunded, units)?.into();
    postings.extend(forfeit_postings(&lot, money)?);
    seal(catalog, book, operation, (EntryKind::Void, format!("lot {} voided", lot.id)), postings)
        .inspect(|_| book.lots[index] = lot)
}

fn seal(
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
    let entry = book.chain.seal(&book.customer, draft)?;
    Ok(Effect { entries: vec![entry], ..Effect::default() })
}
