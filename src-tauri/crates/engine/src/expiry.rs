//! Expiry: what is left of a lot leaves it when its validity ends.
//!
//! Owns: which lots end at an instant and the entry for what expires.
//! Deliberately does not know: how the end of a lot was decided, when the sweep runs, and what of it
//! lives on ([`crate::rollover`]).

use scrip_journal::{Account, Draft, EntryKind};
use scrip_units::Instant;

use crate::apply::Effect;
use crate::book::CustomerBook;
use crate::rejection::Rejection;
use crate::release::{Fate, forfeit_postings, release, units_postings};
use crate::rollover;
use crate::schedule::Cause;

/// The earliest expiry of a lot that still has units.
pub(crate) fn next(book: &CustomerBook) -> Option<Instant> {
    book.lots.iter().filter(|lot| lot.available > 0).filter_map(|lot| lot.expires_at).min()
}

/// Rolls over and expires what is left of every lot whose validity ends at `end`: one entry each,
/// dated at that instant, however late the sweep is.
pub(crate) fn perform(
    cause: &Cause<'_>,
    book: &mut CustomerBook,
    end: Instant,
) -> Result<Effect, Rejection> {
    let ending =
        |(_, lot): &(usize, &scrip_wallet::Lot)| lot.available > 0 && lot.expires_at == Some(end);
    let due: Vec<usize> =
        book.lots.iter().enumerate().filter(ending).map(|(index, _)| index).collect();
    let (mut effect, cut) = rollover::perform(cause, book, end, &due)?;
    let mut postings = Vec::new();
    let mut count = 0_usize;
    for index in due {
        let lot = &mut book.lots[index];
        let units = lot.available;
        if units == 0 {
            continue;
        }
        count += 1;
        let money = release(lot, units, Fate::Expired)?.money;
        postings.extend(units_postings(lot, Account::UnitsExpired, units)?);
        postings.extend(forfeit_postings(lot, money)?);
    }
    if count > 0 {
        let draft = Draft {
            kind: EntryKind::Expiry,
            operation: cause.operation.id.clone(),
            effective_at: end,
            booked_on: cause.catalog.zone().day_of(end),
            memo: format!("expiry of {count} lots{cut}"),
            detail: None,
            postings,
        };
        effect.entries.push(book.seal(draft)?);
    }
    Ok(effect)
}
