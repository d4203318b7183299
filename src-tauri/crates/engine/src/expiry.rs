//! Expiry: what is left of a lot leaves it when its validity ends.
//!
//! Owns: which lots expire at an instant and the entry that says so.
//! Deliberately does not know: how the end of a lot was decided, and when the sweep runs.

use scrip_journal::{Account, Draft, EntryKind};
use scrip_units::Instant;

use crate::apply::Effect;
use crate::book::CustomerBook;
use crate::rejection::Rejection;
use crate::release::{Fate, forfeit_postings, release, units_postings};
use crate::schedule::Cause;

/// The earliest expiry of a lot that still has units.
pub(crate) fn next(book: &CustomerBook) -> Option<Instant> {
    book.lots.iter().filter(|lot| lot.available > 0).filter_map(|lot| lot.expires_at).min()
}

/// Expires what is left of every lot whose validity ends at `end`: one entry, dated at that instant,
/// however late the sweep is.
pub(crate) fn perform(
    cause: &Cause<'_>,
    book: &mut CustomerBook,
    end: Instant,
) -> Result<Effect, Rejection> {
    let mut postings = Vec::new();
    let mut count = 0_usize;
    for lot in &mut book.lots {
        if lot.available == 0 || lot.expires_at != Some(end) {
            continue;
        }
        count += 1;
        let units = lot.available;
        let money = release(lot, units, Fate::Expired)?;
        postings.extend(units_postings(lot, Account::UnitsExpired, units)?);
        postings.extend(forfeit_postings(lot, money)?);
    }
    let draft = Draft {
        kind: EntryKind::Expiry,
        operation: cause.operation.id.clone(),
        effective_at: end,
        booked_on: cause.catalog.zone().day_of(end),
        memo: format!("expiry of {count} lots"),
        detail: None,
        postings,
    };
    let entry = book.chain.seal(&book.customer, draft)?;
    Ok(Effect { entries: vec![entry], ..Effect::default() })
}
