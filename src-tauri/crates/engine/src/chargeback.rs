//! Chargebacks: a bank takes back a payment, and may have to give it back.
//!
//! Owns: what a chargeback takes from a lot, in which order, and that it happens once for a payment.
//! Deliberately does not know: the dispute with the bank.
//!
//! The lot is frozen from then on: nothing of it is drawn, moved or refunded until the chargeback is
//! won. A chargeback that is lost leaves it frozen; what is left of it expires or is voided.

use scrip_catalog::Catalog;
use scrip_journal::{Account, EntryKind, Posting};
use scrip_units::{Amount, Unit};
use scrip_wallet::{Chargeback, Lot, TaxKind};

use crate::apply::Effect;
use crate::book::CustomerBook;
use crate::choice::lot_at;
use crate::grant::{expiry_account, liability, positive};
use crate::operation::{ChargeBack, Operation, WinChargeback};
use crate::refund::Taken;
use crate::rejection::Rejection;
use crate::release::{carried, earned, seal};

/// Takes back what was paid: from the units that are left, then from breakage, then from revenue.
pub(crate) fn chargeback(
    catalog: &Catalog,
    book: &mut CustomerBook,
    operation: &Operation,
    action: &ChargeBack,
) -> Result<Effect, Rejection> {
    if operation.reason.as_ref().is_none_or(|reason| reason.trim().is_empty()) {
        return Err(Rejection::ReasonMissing { operation: operation.action.code() });
    }
    let index = lot_at(book, &action.lot)?;
    let lot = &book.lots[index];
    if lot.chargeback.is_some() {
        return Err(Rejection::ChargedBack { lot: lot.id.clone() });
    }
    let currency = match lot.currency {
        Some(currency) if lot.is_paid_for() => currency.0,
        _ => return Err(Rejection::NotPaidFor { lot: lot.id.clone() }),
    };
    if lot.held != 0 {
        let held = Amount::from_steps(lot.unit.0, lot.held).to_string();
        return Err(Rejection::Held { lot: lot.id.clone(), held });
    }
    let most = lot.consideration - lot.withdrawn - lot.reimbursed;
    let amount = match action.amount {
        Some(amount) => positive("amount", amount, currency)?,
        None if most > 0 => most,
        None => return Err(Rejection::NotPositive { what: "what can be charged back" }),
    };
    if amount > most {
        let text = |steps| Amount::from_steps(currency, steps).to_string();
        return Err(Rejection::RefundTooHigh { wanted: text(amount), most: text(most) });
    }
    let mut taken = Taken::of(index, lot);
    let mut left = amount;
    left -= taken.cover_unused(left)?;
    left -= taken.cover_expired(left)?;
    taken.take_used(left.max(0));
    if action.with_tax {
        taken.take_tax()?;
    }
    let kept = (-left).max(0);
    let paid = taken.money() + taken.tax - kept;
    taken.lot.chargeback = Some(Chargeback {
        units: taken.unused.0,
        expired: taken.expired.0,
        paid,
        contra: taken.used,
        tax: taken.tax,
        kept,
        won: false,
    });
    let mut postings = taken.postings()?;
    for (account, money) in [(Account::CashClearing, -paid), (Account::RevenueOtherFees, -kept)] {
        if money != 0 {
            postings.push(Posting::new(account, Amount::from_steps(currency, money)));
        }
    }
    let memo =
        format!("chargeback of {} paid for lot {}", Amount::from_steps(currency, paid), action.lot);
    let effect = seal(catalog, book, operation, (EntryKind::Chargeback, memo), postings)?;
    book.lots[index] = taken.lot;
    Ok(effect)
}

/// Brings back what a chargeback took: units to the lot, and the same money to the same accounts.
/// Units whose validity has ended meanwhile come back too, and expire with the next sweep.
pub(crate) fn win(
    catalog: &Catalog,
    book: &mut CustomerBook,
    operation: &Operation,
    action: &WinChargeback,
) -> Result<Effect, Rejection> {
    let index = lot_at(book, &action.lot)?;
    let mut lot = book.lots[index].clone();
    let (Some(taken), Some(currency)) = (lot.chargeback.filter(|c| !c.won), lot.currency) else {
        return Err(Rejection::NoChargeback { lot: action.lot.clone() });
    };
    let postings = bring_back(&mut lot, taken, (currency.0, Account::ContraRefunds))?;
    lot.chargeback = Some(Chargeback { won: true, ..taken });
    let money = Amount::from_steps(currency.0, taken.paid);
    let memo = format!("chargeback of {money} won for lot {}", action.lot);
    let effect = seal(catalog, book, operation, (EntryKind::Chargeback, memo), postings)?;
    book.lots[index] = lot;
    Ok(effect)
}

/// Brings back what was taken from a lot: units, and the same money to the same accounts against
/// cash. What had been taken of revenue stands on `contra`.
pub(crate) fn bring_back(
    lot: &mut Lot,
    taken: Chargeback,
    (currency, contra): (Unit, Account),
) -> Result<Vec<Posting>, Rejection> {
    let (before, revenue) = (lot.released, earned(lot)?);
    let restored = taken.paid + taken.kept - taken.tax - taken.contra;
    lot.available += taken.units;
    lot.expired += taken.expired;
    lot.refunded -= taken.units + taken.expired;
    lot.withdrawn -= restored;
    lot.reimbursed -= taken.contra;
    if let Some(tax) = &mut lot.tax {
        tax.returned -= taken.tax;
    }
    // What is left of the lot may have expired or been voided meanwhile, or a lower tier may have given
    // units back to it, at shares that the units that come back now round otherwise. Where something is
    // forfeited that is a step of it, and usage keeps its revenue.
    if lot.expired != 0 || lot.forfeited != 0 {
        lot.forfeited += earned(lot)? - revenue;
    }
    lot.released = carried(lot, lot.gone())?;
    let deferred = before - lot.released;
    let revenue = revenue - earned(lot)?;
    let of_lot = |account, unit, steps| {
        Posting::new(account, Amount::from_steps(unit, steps)).of_lot(&lot.wallet, &lot.id)
    };
    let unit = lot.unit.0;
    let mut postings = vec![
        of_lot(Account::UnitsAvailable, unit, taken.units),
        of_lot(Account::UnitsExpired, unit, taken.expired),
        of_lot(Account::UnitsRefunded, unit, -taken.units - taken.expired),
        Posting::new(Account::CashClearing, Amount::from_steps(currency, taken.paid)),
        Posting::new(Account::RevenueOtherFees, Amount::from_steps(currency, taken.kept)),
        of_lot(liability(lot.kind), currency, -deferred),
        of_lot(expiry_account(lot.kind), currency, deferred - restored - revenue),
        of_lot(Account::RevenueUsage, currency, revenue),
        of_lot(contra, currency, -taken.contra),
        of_lot(tax_account(lot), currency, -taken.tax),
    ];
    postings.retain(|posting| posting.amount.steps() != 0);
    Ok(postings)
}

/// The account of the tax that was charged with a lot.
pub(crate) fn tax_account(lot: &Lot) -> Account {
    match lot.tax.map(|tax| tax.kind) {
        Some(TaxKind::SalesTax) => Account::SalesTax,
        _ => Account::VatOutput,
    }
}
