//! Inactivity: lots that live on for as long as their wallet is used.
//!
//! Owns: the days on which such a wallet was used, and the ends that follow from them.
//! Deliberately does not know: what was drawn and what it cost.
//!
//! An end is derived from the days of usage alone (`scrip_wallet::Inactivity`), so that it is the same
//! in whatever order usage arrives. A lot that the schedule has expired meanwhile comes back.

use scrip_catalog::Catalog;
use scrip_journal::{Account, Draft, EntryKind};
use scrip_units::{Amount, Date, Instant, WalletCode};
use scrip_wallet::{EndsWith, Lot};

use crate::apply::{Effect, LotChange};
use crate::book::CustomerBook;
use crate::rejection::Rejection;
use crate::release::{forfeit_postings, released_by, units_postings};
use crate::schedule::Cause;

fn slides(lot: &Lot) -> bool {
    matches!(lot.ends_with, Some(EndsWith::Usage(_)))
}

/// Whether a customer has lots that usage keeps alive.
pub(crate) fn any(book: &CustomerBook) -> bool {
    book.lots.iter().any(slides)
}

/// The end of a lot by the days on which its wallet was used; what it is now if usage does not move it.
pub(crate) fn end(
    catalog: &Catalog,
    book: &CustomerBook,
    lot: &Lot,
) -> Result<Option<Instant>, Rejection> {
    let (Some(EndsWith::Usage(usage)), Some(days)) = (lot.ends_with, book.used_on.get(&lot.wallet))
    else {
        return Ok(lot.expires_at);
    };
    Ok(Some(usage.end(days, catalog.zone())?))
}

/// Takes note that a wallet was used on a day, and moves the ends of its lots.
pub(crate) fn used(
    cause: &Cause<'_>,
    book: &mut CustomerBook,
    (wallet, day): (&WalletCode, Date),
) -> Result<Effect, Rejection> {
    if book.used_on.get(wallet).is_some_and(|days| days.contains(&day)) {
        return Ok(Effect::default());
    }
    let of_wallet = |(_, lot): &(usize, &Lot)| slides(lot) && lot.wallet == *wallet;
    let lots: Vec<usize> =
        book.lots.iter().enumerate().filter(of_wallet).map(|(index, _)| index).collect();
    let mut effect = Effect::default();
    if lots.is_empty() {
        return Ok(effect);
    }
    book.used_on.entry(wallet.clone()).or_default().insert(day);
    for index in lots {
        let lot = &book.lots[index];
        let (before, after) = (lot.expires_at, end(cause.catalog, book, lot)?);
        if before == after {
            continue;
        }
        let lot = &mut book.lots[index];
        lot.expires_at = after;
        let (customer, lot) = (book.customer.clone(), lot.id.clone());
        effect.lot_changes.push(LotChange { customer, lot, expires_at: after });
        if let Some(before) = before {
            effect.add(bring_back(cause, book, (index, before, day))?);
        }
    }
    Ok(effect)
}

/// Takes an expiry back that would not have been, had the usage been known: at the instant at which
/// it was booked.
fn bring_back(
    cause: &Cause<'_>,
    book: &mut CustomerBook,
    (index, end, day): (usize, Instant, Date),
) -> Result<Effect, Rejection> {
    let lot = &mut book.lots[index];
    let units = lot.expired_late();
    if units == 0 {
        return Ok(Effect::default());
    }
    let money = released_by(lot, -units)?;
    lot.expired -= units;
    lot.available += units;
    lot.released += money;
    let mut postings = units_postings(lot, Account::UnitsExpired, -units)?.to_vec();
    postings.extend(forfeit_postings(lot, money)?);
    let draft = Draft {
        kind: EntryKind::Expiry,
        operation: cause.operation.id.clone(),
        effective_at: end,
        booked_on: cause.catalog.zone().day_of(end),
        memo: format!(
            "expiry of {} of lot {} taken back: wallet {} was used on {day}",
            Amount::from_steps(lot.unit.0, units),
            lot.id,
            lot.wallet
        ),
        detail: None,
        postings,
    };
    Ok(Effect { entries: vec![book.seal(draft)?], ..Effect::default() })
}
