//! Credit notes on purchases: the price of a lot that was invoiced goes down.
//!
//! Owns: what of the credit reduces revenue, what reduces breakage, and what reduces the liability.
//! Deliberately does not know: invoices of usage ([`crate::invoicing`]).
//!
//! From then on the lot is as if it had been sold at the lower price: what is left of it is released
//! at that price.

use scrip_journal::{Account, EntryKind, Posting};
use scrip_units::{Amount, LotId, Rounding, mul_div_round};
use scrip_wallet::Lot;

use crate::apply::Effect;
use crate::book::CustomerBook;
use crate::chargeback::tax_account;
use crate::choice::lot_at;
use crate::grant::{expiry_account, liability, move_open, positive};
use crate::invoicing::{add_to, seal};
use crate::invoicing_rejection::InvoicingRejection;
use crate::operation::CreditNote;
use crate::rejection::Rejection;
use crate::release::{Fate, broken, carried, release, units_postings};
use crate::schedule::Cause;

/// Whether nothing of a lot's price was paid back, moved or forfeited but by its use and its end.
fn is_untouched(lot: &Lot) -> bool {
    lot.refunded == 0
        && lot.transferred == 0
        && (lot.withdrawn, lot.forfeited, lot.reimbursed) == (0, 0, 0)
        && lot.chargeback.is_none()
        && lot.written_off.is_none()
}

/// Credits the purchase of a lot: Dr 4920 for what was used, 4010 for what expired, 2000 for what is
/// left, and the tax, Cr 1100.
pub(crate) fn credit(
    cause: &Cause<'_>,
    book: &mut CustomerBook,
    (id, action): (&LotId, &CreditNote),
) -> Result<Effect, Rejection> {
    let index = lot_at(book, id)?;
    let mut lot = book.lots[index].clone();
    let currency = match lot.currency {
        Some(currency) if lot.is_paid_for() => currency.0,
        _ => return Err(Rejection::NotPaidFor { lot: id.clone() }),
    };
    if !is_untouched(&lot) {
        return Err(InvoicingRejection::LotTouched { lot: id.clone() }.into());
    }
    let text = |steps| Amount::from_steps(currency, steps).to_string();
    let net = match action.amount {
        Some(amount) => positive("amount", amount, currency)?,
        None => lot.consideration,
    };
    if net > lot.consideration {
        let (wanted, most) = (text(net), text(lot.consideration));
        return Err(InvoicingRejection::MoreThanItCost { lot: id.clone(), wanted, most }.into());
    }
    if action.with_units && net != lot.consideration {
        return Err(InvoicingRejection::UnitsWithAllOfLot { lot: id.clone() }.into());
    }
    let tax = match &mut lot.tax {
        None => 0,
        Some(tax) => {
            let share =
                mul_div_round(tax.charged, net, lot.consideration, Rounding::HalfAwayFromZero);
            let share = share.map_err(|_| Rejection::Overflow)?;
            tax.charged -= share;
            share
        }
    };
    let gross = net.checked_add(tax).ok_or(Rejection::Overflow)?;
    let owed = book.receivable.get(&currency.code()).copied().unwrap_or(0);
    move_open(owed, gross, currency)?;
    let (released, breakage) = (lot.released, broken(&lot)?);
    lot.consideration -= net;
    lot.released = carried(&lot, lot.gone())?;
    let revenue = released - lot.released;
    let breakage = breakage - broken(&lot)?;
    let tax_account = tax_account(&lot);
    let mut postings = Vec::new();
    for (account, steps) in [
        (Account::ContraCreditNotes, revenue - breakage),
        (expiry_account(lot.kind), breakage),
        (liability(lot.kind), net - revenue),
        (tax_account, tax),
    ] {
        if steps != 0 {
            let posting = Posting::new(account, Amount::from_steps(currency, steps));
            postings.push(posting.of_lot(&lot.wallet, &lot.id));
        }
    }
    if gross != 0 {
        let owed = Amount::from_steps(currency, -gross);
        postings.push(Posting::new(Account::AccountsReceivable, owed));
    }
    if action.with_units && lot.available != 0 {
        let units = lot.available;
        release(&mut lot, units, Fate::Voided)?;
        postings.extend(units_postings(&lot, Account::UnitsRefunded, units)?);
    }
    book.lots[index] = lot;
    add_to(&mut book.receivable, currency, -gross)?;
    let memo = format!("credit note of {} on lot {id}", text(net));
    seal(cause, book, (EntryKind::CreditNote, memo), postings)
}
