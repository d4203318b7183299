//! Write-offs: claims that will not be paid, and payments that come after all.
//!
//! Owns: the entries of both, for invoices and for purchases of lots.
//! Deliberately does not know: when a claim is uncollectible - people say so.

use scrip_journal::{Account, EntryKind, Posting};
use scrip_units::{Amount, InvoiceNumber, LotId, Rounding, Unit, mul_div_round};
use scrip_wallet::{Chargeback, PriceWrittenOff};

use crate::apply::Effect;
use crate::book::CustomerBook;
use crate::chargeback::bring_back;
use crate::choice::lot_at;
use crate::grant::{currency, move_open, positive, transfer};
use crate::invoice::WrittenOff;
use crate::invoicing::{self, add_to, find, needs_reason, seal, seal_money};
use crate::invoicing_rejection::InvoicingRejection;
use crate::operation::{ReceivePayment, WriteOff};
use crate::refund::Taken;
use crate::rejection::Rejection;
use crate::schedule::Cause;

/// Gives up what is open of an invoice, or the price of a lot.
pub(crate) fn write_off(
    cause: &Cause<'_>,
    book: &mut CustomerBook,
    action: &WriteOff,
) -> Result<Effect, Rejection> {
    needs_reason(cause)?;
    match (&action.invoice, &action.lot) {
        (Some(number), None) => invoice(cause, book, (number, action.tax_relief)),
        (None, Some(lot)) => purchase(cause, book, (lot, action.tax_relief)),
        _ => Err(InvoicingRejection::InvoiceOrLot.into()),
    }
}

/// A part of a tax: rounded half away from zero.
fn part(tax: i64, of: i64, all: i64) -> Result<i64, Rejection> {
    if all == 0 {
        return Ok(0);
    }
    mul_div_round(tax, of, all, Rounding::HalfAwayFromZero).map_err(|_| Rejection::Overflow)
}

/// Dr 6000, and the tax if it is not owed any more, Cr 1100.
fn invoice(
    cause: &Cause<'_>,
    book: &mut CustomerBook,
    (number, tax_relief): (&InvoiceNumber, bool),
) -> Result<Effect, Rejection> {
    let mut invoice = find(book, number)?;
    let (open, currency) = (invoice.open(), invoice.currency.0);
    if open <= 0 {
        return Err(Rejection::NotPositive { what: "what is open of the invoice" });
    }
    let owed = book.receivable.get(&currency.code()).copied().unwrap_or(0);
    move_open(owed, open, currency)?;
    let tax = if tax_relief { part(invoice.tax, open, invoice.gross())? } else { 0 };
    invoice.written_off = Some(match invoice.written_off {
        None => WrittenOff { gross: open, tax, recovered: 0, recovered_tax: 0 },
        Some(before) => WrittenOff { gross: before.gross + open, tax: before.tax + tax, ..before },
    });
    add_to(&mut book.receivable, currency, -open)?;
    let postings = [
        (Account::Impairment, open - tax),
        (invoicing::tax_account(invoice.tax_kind), tax),
        (Account::AccountsReceivable, -open),
    ];
    book.invoices.insert(number.clone(), invoice);
    let memo = format!("invoice {number} written off");
    seal_money(cause, book, (EntryKind::WriteOff, memo), (currency, &postings))
}

/// Whether something of an invoice is written off and not paid.
pub(crate) fn stands(book: &CustomerBook, number: &InvoiceNumber) -> bool {
    book.invoices.get(number).is_some_and(|invoice| invoice.lost() > 0)
}

/// A payment of what was written off: Dr 1000 Cr 6000, and the tax that was taken back.
pub(crate) fn recover(
    cause: &Cause<'_>,
    book: &mut CustomerBook,
    (number, payment): (&InvoiceNumber, &ReceivePayment),
) -> Result<Effect, Rejection> {
    let mut invoice = find(book, number)?;
    let (paid, currency) = paid(cause, payment)?;
    if invoice.currency.0 != currency {
        let currency = invoice.currency.0.code();
        return Err(Rejection::InvoiceCurrency { invoice: number.clone(), currency });
    }
    move_open(invoice.lost(), paid, currency)?;
    let Some(lost) = &mut invoice.written_off else { return Ok(Effect::default()) };
    lost.recovered += paid;
    let tax = part(lost.tax, lost.recovered, lost.gross)? - lost.recovered_tax;
    lost.recovered_tax += tax;
    invoice.paid += paid;
    let postings = [
        (Account::CashClearing, paid),
        (Account::Impairment, tax - paid),
        (invoicing::tax_account(invoice.tax_kind), -tax),
    ];
    book.invoices.insert(number.clone(), invoice);
    let memo = format!("payment of invoice {number}, which was written off");
    seal_money(cause, book, (EntryKind::Payment, memo), (currency, &postings))
}

fn paid(cause: &Cause<'_>, payment: &ReceivePayment) -> Result<(i64, Unit), Rejection> {
    let currency = currency(cause.catalog, payment.currency)?;
    Ok((positive("amount", payment.amount, currency)?, currency))
}

/// Takes back what is left of a lot, then its breakage, and Dr 6000 for what was used; Cr 1100.
fn purchase(
    cause: &Cause<'_>,
    book: &mut CustomerBook,
    (id, tax_relief): (&LotId, bool),
) -> Result<Effect, Rejection> {
    let index = lot_at(book, id)?;
    let lot = &book.lots[index];
    let currency = match lot.currency {
        Some(currency) if lot.is_paid_for() => currency.0,
        _ => return Err(Rejection::NotPaidFor { lot: id.clone() }),
    };
    if lot.chargeback.is_some() || lot.written_off.is_some() {
        return Err(InvoicingRejection::LotTouched { lot: id.clone() }.into());
    }
    if lot.held != 0 {
        let held = Amount::from_steps(lot.unit.0, lot.held).to_string();
        return Err(Rejection::Held { lot: id.clone(), held });
    }
    let most = lot.consideration - lot.withdrawn - lot.reimbursed;
    if most <= 0 {
        return Err(Rejection::NotPositive { what: "what is left of the price" });
    }
    let mut taken = Taken::of(index, lot);
    let mut left = most;
    left -= taken.cover_unused(left)?;
    left -= taken.cover_expired(left)?;
    taken.take_used(left.max(0));
    let untaxed = taken.lot.tax;
    taken.take_tax()?;
    let mut lost_tax = 0;
    if !tax_relief {
        (lost_tax, taken.tax, taken.lot.tax) = (taken.tax, 0, untaxed);
    }
    let kept = (-left).max(0);
    let paid = taken.money() + taken.tax - kept;
    let gross = paid.checked_add(lost_tax).ok_or(Rejection::Overflow)?;
    let owed = book.receivable.get(&currency.code()).copied().unwrap_or(0);
    move_open(owed, gross, currency)?;
    let mut postings = taken.postings()?;
    for posting in postings.iter_mut().filter(|p| p.account == Account::ContraRefunds) {
        posting.account = Account::Impairment;
    }
    for (account, money) in [
        (Account::Impairment, lost_tax),
        (Account::AccountsReceivable, -gross),
        (Account::RevenueOtherFees, -kept),
    ] {
        if money != 0 {
            postings.push(Posting::new(account, Amount::from_steps(currency, money)));
        }
    }
    let given_up = Chargeback {
        units: taken.unused.0,
        expired: taken.expired.0,
        paid,
        contra: taken.used,
        tax: taken.tax,
        kept,
        won: false,
    };
    taken.lot.written_off = Some(PriceWrittenOff { taken: given_up, lost_tax });
    book.lots[index] = taken.lot;
    add_to(&mut book.receivable, currency, -gross)?;
    let memo = format!("price of lot {id} written off");
    seal(cause, book, (EntryKind::WriteOff, memo), postings)
}

/// A payment of the price that was written off: the units come back, and the same money to the same
/// accounts. Units whose validity has ended meanwhile expire with the next sweep.
pub(crate) fn recover_lot(
    cause: &Cause<'_>,
    book: &mut CustomerBook,
    (id, payment): (&LotId, &ReceivePayment),
) -> Result<Effect, Rejection> {
    let (paid, currency) = paid(cause, payment)?;
    let index = lot_at(book, id)?;
    let mut lot = book.lots[index].clone();
    let (Some(before), Some(priced_in)) = (lot.written_off.filter(|w| !w.taken.won), lot.currency)
    else {
        return Err(InvoicingRejection::NotWrittenOff { lot: id.clone() }.into());
    };
    let PriceWrittenOff { taken, lost_tax } = before;
    if (paid, currency) != (taken.paid + lost_tax, priced_in.0) {
        let written_off = Amount::from_steps(priced_in.0, taken.paid + lost_tax).to_string();
        return Err(InvoicingRejection::NotTheWhole { lot: id.clone(), written_off }.into());
    }
    let mut postings = bring_back(&mut lot, taken, (currency, Account::Impairment))?;
    if lost_tax != 0 {
        let amount = Amount::from_steps(currency, lost_tax);
        postings.extend(transfer(Account::CashClearing, Account::Impairment, amount)?);
    }
    lot.written_off = Some(PriceWrittenOff { taken: Chargeback { won: true, ..taken }, lost_tax });
    book.lots[index] = lot;
    let memo = format!("payment of lot {id}, which was written off");
    seal(cause, book, (EntryKind::Payment, memo), postings)
}
