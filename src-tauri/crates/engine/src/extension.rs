//! Extension and reinstatement: more time for a lot before it ends, and new units after it has.
//!
//! Owns: what may be extended or given back, and the entries for it.
//! Deliberately does not know: how lots end by themselves.

use scrip_catalog::Catalog;
use scrip_journal::{Account, Draft, EntryKind, Posting};
use scrip_rating::Rater;
use scrip_units::{Amount, Instant, LotId};
use scrip_wallet::{EndsWith, Inactivity, Lot, LotKind, Validity};

use crate::apply::{Effect, LotChange, LotFact};
use crate::book::CustomerBook;
use crate::exchange;
use crate::grant::{liability, positive, transfer};
use crate::inactivity;
use crate::issue;
use crate::operation::{Expiry, ExtendLot, Operation, ReinstateLot};
use crate::rejection::Rejection;
use crate::release::share;
use crate::schedule::{self, Cause, Due};

fn find<'a>(book: &'a CustomerBook, id: &LotId) -> Result<(usize, &'a Lot), Rejection> {
    let unknown = || Rejection::UnknownLot { customer: book.customer.clone(), lot: id.clone() };
    let index = book.position(id).ok_or_else(unknown)?;
    // Of a lot that was charged back nothing moves but its end and a void.
    match &book.lots[index] {
        lot if lot.is_frozen() => Err(Rejection::Frozen { lot: id.clone() }),
        lot => Ok((index, lot)),
    }
}

fn resolve(catalog: &Catalog, expiry: &Expiry) -> Result<Option<Instant>, Rejection> {
    Ok(match expiry {
        Expiry::Never(_) => None,
        Expiry::At(when) => Some(when.resolve(catalog.zone())?),
    })
}

pub(crate) fn words(expires_at: Option<Instant>) -> String {
    expires_at.map_or_else(|| "never".to_owned(), |at| at.to_string())
}

/// Moves the end of a lot that has not ended to a later instant.
pub(crate) fn extend(
    catalog: &Catalog,
    book: &mut CustomerBook,
    operation: &Operation,
    extend: &ExtendLot,
) -> Result<Effect, Rejection> {
    let (index, lot) = find(book, &extend.lot)?;
    let id = || lot.id.clone();
    let before = match lot.expires_at {
        Some(expired_at) if expired_at <= operation.at => {
            return Err(Rejection::AlreadyEnded { lot: id(), expired_at });
        }
        Some(until) => until,
        None => return Err(Rejection::NotLater { lot: id(), until: "for ever".to_owned() }),
    };
    let after = resolve(catalog, &extend.expires_at)?;
    if after.is_some_and(|after| after <= before) {
        return Err(Rejection::NotLater { lot: id(), until: before.to_string() });
    }
    let postings = validity_postings(lot)?;
    if postings.is_empty() {
        return Err(Rejection::NotPositive { what: "what is left of the lot" });
    }
    let draft = Draft {
        kind: EntryKind::Extension,
        operation: operation.id.clone(),
        effective_at: operation.at,
        booked_on: catalog.zone().day_of(operation.at),
        memo: format!("lot {}: expires {} instead of {before}", lot.id, words(after)),
        detail: None,
        postings,
    };
    let change = LotChange { customer: book.customer.clone(), lot: id(), expires_at: after };
    let entry = book.seal(draft)?;
    let lot = &mut book.lots[index];
    lot.expires_at = after;
    lot.ends_with = match (lot.ends_with, after) {
        // Usage moves it further, and never back.
        (Some(EndsWith::Usage(usage)), Some(least)) => {
            Some(EndsWith::Usage(Inactivity { least, ..usage }))
        }
        _ => None,
    };
    Ok(Effect { entries: vec![entry], lot_changes: vec![change], ..Effect::default() })
}

/// What is left of a lot leaves with the old end and comes back with the new one.
pub(crate) fn validity_postings(lot: &Lot) -> Result<Vec<Posting>, Rejection> {
    let mut postings: Vec<Posting> = Vec::new();
    for (account, units) in
        [(Account::UnitsAvailable, lot.available), (Account::UnitsHeld, lot.held)]
    {
        if units != 0 {
            let amount = Amount::from_steps(lot.unit.0, units);
            let both = transfer(account, account, amount)?;
            postings.extend(both.map(|posting| posting.of_lot(&lot.wallet, &lot.id)));
        }
    }
    Ok(postings)
}

/// Gives expired units back as a concession: a new compensation lot at the cost of those units. What
/// has ended and is not swept yet is swept first. Works on a copy, so that a rejection leaves no trace.
pub(crate) fn reinstate(
    catalog: &Catalog,
    rater: &Rater,
    customer: &mut CustomerBook,
    operation: &Operation,
    reinstate: &ReinstateLot,
) -> Result<Effect, Rejection> {
    if operation.reason.as_ref().is_none_or(|reason| reason.trim().is_empty()) {
        return Err(Rejection::ReasonMissing { operation: operation.action.code() });
    }
    let mut book = customer.clone();
    let cause = Cause { catalog, rater, operation };
    let mut effect = schedule::run(&cause, &mut book, &[Due::Expiry], operation.at)?;
    let (index, old) = find(&book, &reinstate.lot)?;
    let unit = old.unit.0;
    let left = old.expired_late();
    let units = match reinstate.units {
        Some(units) => positive("units", units, unit)?,
        None => left,
    };
    if units == 0 || units > left {
        let text = |steps| Amount::from_steps(unit, steps).to_string();
        return Err(Rejection::NotExpired {
            lot: old.id.clone(),
            expired: text(left),
            wanted: text(units),
        });
    }
    let expires_at = resolve(catalog, &reinstate.expires_at)?;
    if expires_at.is_some_and(|end| end <= operation.at) {
        return Err(Rejection::EmptyValidity);
    }
    let id = match &reinstate.new_lot {
        Some(id) => id.clone(),
        None => LotId::try_new(operation.id.as_str()).map_err(|_| Rejection::Overflow)?,
    };
    let memo = format!("{} of lot {} reinstated", Amount::from_steps(unit, units), old.id);
    effect.add(give(&cause, &mut book, (index, units), (id, Validity::fixed(expires_at), memo))?);
    *customer = book;
    Ok(effect)
}

/// A compensation lot for units that came back to a lot and expired at once: it ends by the rule of its
/// wallet type. Where the rule leaves it no time there is none.
pub(crate) fn goodwill(
    cause: &Cause<'_>,
    book: &mut CustomerBook,
    (index, units): (usize, i64),
    number: u32,
) -> Result<Effect, Rejection> {
    let (old, at) = (&book.lots[index], cause.operation.at);
    let validity = issue::end_by_rule(cause.catalog, book, (&old.wallet_type, at))?;
    if validity.expires_at.is_some_and(|end| end <= at) {
        return Ok(Effect::default());
    }
    let id = LotId::try_new(&format!("{}-{number}", cause.operation.id));
    let id = id.map_err(|_| Rejection::Overflow)?;
    let memo = format!("{} of lot {} given back", Amount::from_steps(old.unit.0, units), old.id);
    give(cause, book, (index, units), (id, validity, memo))
}

/// Gives expired units in a new compensation lot at their cost.
fn give(
    cause: &Cause<'_>,
    book: &mut CustomerBook,
    (index, units): (usize, i64),
    (id, validity, memo): (LotId, Validity, String),
) -> Result<Effect, Rejection> {
    let (catalog, operation) = (cause.catalog, cause.operation);
    if book.position(&id).is_some() {
        return Err(Rejection::LotExists { customer: book.customer.clone(), lot: id });
    }
    let old = &book.lots[index];
    let wallet_type = &old.wallet_type;
    let version = catalog
        .wallet_type_at(wallet_type, operation.at)
        .ok_or_else(|| Rejection::NoVersion { wallet_type: wallet_type.clone() })?;
    // What has expired are the last of the units gone; what was given back before were the last of
    // these.
    let first = old.gone() - old.reinstated - units;
    let value = share(old, first, units)?;
    let exchange = match old.currency {
        Some(currency) => exchange::of_day(cause, operation.at, currency.0.code())?,
        None => None,
    };
    let mut lot = Lot {
        exchange: exchange.map(Box::new),
        wallet_type_version: version.version,
        kind: LotKind::Compensation,
        granted_on: catalog.zone().day_of(operation.at),
        moved_on: None,
        effective_at: operation.at,
        expires_at: validity.expires_at,
        ends_with: validity.ends_with,
        rolled: 0,
        usable_since: None,
        ..old.child(id, (units, value))
    };
    lot.expires_at = inactivity::end(catalog, book, &lot)?;
    let draft = Draft {
        kind: EntryKind::Grant,
        operation: operation.id.clone(),
        effective_at: operation.at,
        booked_on: catalog.zone().day_of(operation.at),
        memo,
        detail: None,
        postings: postings(&lot)?,
    };
    book.lots[index].reinstated += units;
    let entries = vec![book.seal(draft)?];
    let lots = vec![LotFact { customer: book.customer.clone(), lot: lot.clone() }];
    book.add_lot(lot);
    Ok(Effect { entries, lots, ..Effect::default() })
}

fn postings(lot: &Lot) -> Result<Vec<Posting>, Rejection> {
    let units = Amount::from_steps(lot.unit.0, lot.issued);
    let granted = transfer(Account::UnitsAvailable, Account::UnitsIssued, units)?;
    let mut postings: Vec<Posting> =
        granted.map(|posting| posting.of_lot(&lot.wallet, &lot.id)).into();
    if let Some(currency) = lot.currency.filter(|_| lot.consideration != 0) {
        let value = Amount::from_steps(currency.0, lot.consideration);
        let [given, owed] = transfer(Account::ContraConcessions, liability(lot.kind), value)?;
        postings.push(given);
        postings.push(owed.of_lot(&lot.wallet, &lot.id));
    }
    Ok(postings)
}
