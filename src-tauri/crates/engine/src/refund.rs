//! Refunds and voids: units that the customer gives back, with money or without.
//!
//! Owns: which units and how much money leave which lot, and the entry that says so.
//! Deliberately does not know: how the money reaches the customer.
//!
//! A refund by amount takes the fewest units whose carrying amount covers it, so that every lot's
//! released money stays the rounded share of the units that are gone. What these units carry beyond
//! the amount, less than one step of units costs, is kept as a fee.

use scrip_catalog::Catalog;
use scrip_journal::{Account, EntryKind, Posting};
use scrip_units::{Amount, Instant, Rounding, Unit, mul_div_round};
use scrip_wallet::{Lot, LotKind, TaxKind};

use crate::apply::Effect;
use crate::book::CustomerBook;
use crate::choice::{self, Named, insufficient, lot_at, open_lot, picks, wallet_of};
use crate::grant::{expiry_account, liability, positive, steps};
use crate::operation::{Operation, RefundGrant, VoidLot};
use crate::rejection::Rejection;
use crate::release::{
    Fate, carried_by, earned, forfeit_postings, release, released_by, seal, units_postings,
};

/// A lot, and what is taken from it on the way to a refund or a chargeback.
#[derive(Debug, Clone)]
pub(crate) struct Taken {
    pub(crate) index: usize,
    pub(crate) lot: Lot,
    /// Units that were available, and what they carried.
    pub(crate) unused: (i64, i64),
    /// Units that had expired, and the breakage that is taken back.
    pub(crate) expired: (i64, i64),
    /// Paid back for units that were used.
    pub(crate) used: i64,
    /// Tax paid back.
    pub(crate) tax: i64,
}

impl Taken {
    pub(crate) fn of(index: usize, lot: &Lot) -> Self {
        Self { index, lot: lot.clone(), unused: (0, 0), expired: (0, 0), used: 0, tax: 0 }
    }

    /// Money of the lot that is paid back, net of tax.
    pub(crate) fn money(&self) -> i64 {
        self.unused.1 + self.expired.1 + self.used
    }

    fn units(&self) -> i64 {
        self.unused.0 + self.expired.0
    }

    /// Takes available units. They take their place before those that have expired already, so that
    /// breakage stays the share of the last units gone.
    pub(crate) fn take_unused(&mut self, units: i64) -> Result<i64, Rejection> {
        let released = release(&mut self.lot, units, Fate::Refunded)?;
        self.unused = (self.unused.0 + units, self.unused.1 + released.money);
        self.expired.1 -= released.step();
        Ok(released.carried)
    }

    /// Takes the first of the units that expired: what expired are the last of the units gone.
    pub(crate) fn take_expired(&mut self, units: i64) -> Result<i64, Rejection> {
        let lot = &mut self.lot;
        let money = carried_by(lot, units, 0)?;
        lot.expired -= units;
        lot.refunded += units;
        lot.withdrawn += money;
        self.expired = (self.expired.0 + units, self.expired.1 + money);
        Ok(money)
    }

    pub(crate) fn take_used(&mut self, money: i64) {
        self.lot.reimbursed += money;
        self.used += money;
    }

    /// Takes the fewest available units that carry `money`, or all of them; returns what they carry.
    pub(crate) fn cover_unused(&mut self, money: i64) -> Result<i64, Rejection> {
        let lot = &self.lot;
        let carried = |units| carried_by(lot, units, released_by(lot, units)?);
        match fewest(lot.available, money, carried)? {
            0 => Ok(0),
            units => self.take_unused(units),
        }
    }

    /// As [`Taken::cover_unused`], of the units that expired.
    pub(crate) fn cover_expired(&mut self, money: i64) -> Result<i64, Rejection> {
        let lot = &self.lot;
        match fewest(lot.expired_late(), money, |units| carried_by(lot, units, 0))? {
            0 => Ok(0),
            units => self.take_expired(units),
        }
    }

    /// The share of the lot's tax that belongs to what is paid back of it; the rest of the tax when
    /// nothing of the price is left to be paid back.
    pub(crate) fn take_tax(&mut self) -> Result<(), Rejection> {
        let (money, lot) = (self.money(), &mut self.lot);
        let all = lot.withdrawn + lot.reimbursed == lot.consideration;
        if let Some(tax) = &mut lot.tax {
            let open = tax.charged - tax.returned;
            let part = match all {
                true => open,
                false if lot.consideration == 0 => 0,
                false => tax_share(tax.charged, money, lot.consideration)?.min(open),
            };
            tax.returned += part;
            self.tax += part;
        }
        Ok(())
    }

    /// Everything but the money account.
    pub(crate) fn postings(&self) -> Result<Vec<Posting>, Rejection> {
        let lot = &self.lot;
        let mut postings = Vec::new();
        if self.unused.0 != 0 {
            postings.extend(units_postings(lot, Account::UnitsRefunded, self.unused.0)?);
        }
        if self.expired.0 != 0 {
            let amount = |steps| Amount::from_steps(lot.unit.0, steps);
            let mut push = |account, steps| {
                postings.push(Posting::new(account, amount(steps)).of_lot(&lot.wallet, &lot.id));
            };
            push(Account::UnitsRefunded, self.expired.0);
            push(Account::UnitsExpired, -self.expired.0);
        }
        let Some(currency) = lot.currency else { return Ok(postings) };
        let tax = match lot.tax.map(|tax| tax.kind) {
            Some(TaxKind::SalesTax) => Account::SalesTax,
            _ => Account::VatOutput,
        };
        for (account, money) in [
            (liability(lot.kind), self.unused.1),
            (expiry_account(lot.kind), self.expired.1),
            (Account::ContraRefunds, self.used),
            (tax, self.tax),
        ] {
            if money != 0 {
                let posting = Posting::new(account, Amount::from_steps(currency.0, money));
                postings.push(posting.of_lot(&lot.wallet, &lot.id));
            }
        }
        Ok(postings)
    }
}

/// The share of a lot's tax that belongs to a part of its consideration.
pub(crate) fn tax_share(tax: i64, money: i64, consideration: i64) -> Result<i64, Rejection> {
    mul_div_round(tax, money, consideration, Rounding::HalfAwayFromZero)
        .map_err(|_| Rejection::Overflow)
}

/// The fewest of `most` units that carry at least `money`; all of them if they carry less, none if
/// they carry nothing.
fn fewest(
    most: i64,
    money: i64,
    carried: impl Fn(i64) -> Result<i64, Rejection>,
) -> Result<i64, Rejection> {
    let all = carried(most)?;
    if money <= 0 || all == 0 {
        return Ok(0);
    }
    if all <= money {
        return Ok(most);
    }
    let (mut low, mut high) = (0, most);
    while high - low > 1 {
        let middle = low + (high - low) / 2;
        if carried(middle)? >= money { high = middle } else { low = middle }
    }
    Ok(high)
}

/// What was recognised for units that were used and not paid back yet.
pub(crate) fn used_money(lot: &Lot) -> Result<i64, Rejection> {
    Ok(earned(lot)? - lot.reimbursed)
}

/// The lots that a refund may take from, in its order: the one it names, or those of the wallet that
/// were paid for, the newest first.
fn candidates(
    catalog: &Catalog,
    book: &CustomerBook,
    refund: &RefundGrant,
    at: Instant,
) -> Result<Vec<Taken>, Rejection> {
    let after_expiry = refund.include_expired || refund.include_used;
    let indexes: Vec<usize> = match Named::one(refund.lot.as_ref(), refund.wallet.as_ref())? {
        Named::Lot(id) if after_expiry => {
            let index = lot_at(book, id)?;
            if book.lots[index].is_frozen() {
                return Err(Rejection::Frozen { lot: id.clone() });
            }
            vec![index]
        }
        Named::Lot(id) => vec![open_lot(book, id, at)?],
        Named::Wallet(code) => {
            wallet_of(book, code)?;
            let on = catalog.zone().day_of(at);
            let fits = |lot: &Lot| {
                lot.wallet == *code
                    && lot.there_since() <= on
                    && lot.is_paid_for()
                    && !lot.is_frozen()
                    && (after_expiry || lot.expires_at.is_none_or(|end| at < end))
            };
            (0..book.lots.len()).rev().filter(|index| fits(&book.lots[*index])).collect()
        }
    };
    Ok(indexes.into_iter().map(|index| Taken::of(index, &book.lots[index])).collect())
}

/// The currency of the lots; none when nothing was paid for them.
fn currency_of(refund: &RefundGrant, taken: &[Taken]) -> Result<Option<Unit>, Rejection> {
    let mut currencies = taken.iter().filter_map(|taken| taken.lot.currency).map(|c| c.0);
    let first = currencies.next();
    match &refund.wallet {
        Some(wallet) if currencies.any(|other| Some(other) != first) => {
            Err(Rejection::MixedCurrencies { wallet: wallet.clone() })
        }
        _ => Ok(first),
    }
}

/// Pays back units at their carrying amount, less a fee that is kept.
pub(crate) fn refund(
    catalog: &Catalog,
    book: &mut CustomerBook,
    operation: &Operation,
    refund: &RefundGrant,
) -> Result<Effect, Rejection> {
    if refund.units.is_some() && refund.amount.is_some() {
        return Err(Rejection::UnitsAndAmount);
    }
    if refund.units.is_some() && refund.include_used {
        return Err(Rejection::UsedByUnits);
    }
    let mut taken = candidates(catalog, book, refund, operation.at)?;
    let currency = currency_of(refund, &taken)?;
    let fee = match (refund.fee, currency) {
        (None, _) => 0,
        (Some(fee), Some(currency)) => steps("fee", fee, currency)?,
        (Some(fee), None) if fee.is_negative() => -1,
        (Some(fee), None) if fee.is_zero() => 0,
        // Nothing was paid, so nothing can be kept.
        (Some(fee), None) => {
            return Err(Rejection::FeeTooHigh { fee: fee.to_string(), carrying: "0".to_owned() });
        }
    };
    if fee < 0 {
        return Err(Rejection::Negative { what: "the fee".to_owned() });
    }
    let kept = match (refund.units, refund.amount) {
        (Some(_), _) => take_units(catalog, book, refund, &mut taken)?,
        (None, Some(_)) => take_amount(refund, &mut taken, currency, fee)?,
        (None, None) => take_everything(refund, &mut taken)?,
    };
    taken.retain(|taken| taken.units() != 0 || taken.money() != 0);
    if taken.is_empty() {
        let what = match refund.lot {
            Some(_) => "what is left of the lot",
            None => "what is left of the wallet",
        };
        return Err(Rejection::NotPositive { what });
    }
    let money: i64 = taken.iter().map(Taken::money).sum();
    if let Some(currency) = currency.filter(|_| fee > money) {
        let text = |steps| Amount::from_steps(currency, steps).to_string();
        return Err(Rejection::FeeTooHigh { fee: text(fee), carrying: text(money) });
    }
    if refund.with_tax {
        taken.iter_mut().try_for_each(Taken::take_tax)?;
    }
    post(catalog, book, operation, refund, (taken, currency, fee + kept))
}

fn post(
    catalog: &Catalog,
    book: &mut CustomerBook,
    operation: &Operation,
    refund: &RefundGrant,
    (taken, currency, kept): (Vec<Taken>, Option<Unit>, i64),
) -> Result<Effect, Rejection> {
    let mut postings = Vec::new();
    for taken in &taken {
        postings.extend(taken.postings()?);
    }
    // Compensation was never paid for: what is left of it gives back the revenue it reduced.
    let back = match taken.iter().all(|taken| taken.lot.kind == LotKind::Compensation) {
        true => Account::ContraConcessions,
        false => Account::CashClearing,
    };
    let paid: i64 = taken.iter().map(|taken| taken.money() + taken.tax).sum::<i64>() - kept;
    if let Some(currency) = currency {
        for (account, money) in [(back, -paid), (Account::RevenueOtherFees, -kept)] {
            if money != 0 {
                postings.push(Posting::new(account, Amount::from_steps(currency, money)));
            }
        }
    }
    let units: i64 = taken.iter().map(Taken::units).sum();
    let of = Named::one(refund.lot.as_ref(), refund.wallet.as_ref())?.text();
    let memo = match (taken.first(), currency) {
        (Some(taken), _) if units != 0 => {
            format!("refund of {} of {of}", Amount::from_steps(taken.lot.unit.0, units))
        }
        (_, Some(currency)) => {
            format!("refund of {} for used units of {of}", Amount::from_steps(currency, paid))
        }
        _ => format!("refund of {of}"),
    };
    let effect = seal(catalog, book, operation, (EntryKind::Refund, memo), postings)?;
    for taken in taken {
        book.lots[taken.index] = taken.lot;
    }
    Ok(effect)
}

fn take_units(
    catalog: &Catalog,
    book: &CustomerBook,
    refund: &RefundGrant,
    taken: &mut [Taken],
) -> Result<i64, Rejection> {
    let Some(number) = refund.units else { return Ok(0) };
    let unit = match (taken.first(), &refund.wallet) {
        (Some(taken), _) => taken.lot.unit.0,
        (None, Some(wallet)) => choice::unit_of(catalog, wallet_of(book, wallet)?)?,
        (None, None) => return Err(Rejection::WhichLot),
    };
    let units = positive("units", number, unit)?;
    let mut left = units;
    for taken in &mut *taken {
        let part = left.min(taken.lot.available);
        if part > 0 {
            taken.take_unused(part)?;
            left -= part;
        }
    }
    for taken in taken.iter_mut().filter(|_| refund.include_expired) {
        let part = left.min(taken.lot.expired_late());
        if part > 0 {
            taken.take_expired(part)?;
            left -= part;
        }
    }
    match (left, &refund.wallet, taken.first()) {
        (0, _, _) => Ok(0),
        (left, None, Some(taken)) => Err(insufficient(&taken.lot, units - left, units)),
        (left, Some(wallet), _) => Err(Rejection::WalletInsufficient {
            wallet: wallet.clone(),
            available: Amount::from_steps(unit, units - left).to_string(),
            wanted: Amount::from_steps(unit, units).to_string(),
        }),
        _ => Err(Rejection::WhichLot),
    }
}

/// Takes what covers the amount and the fee; returns what the units taken carry beyond them.
fn take_amount(
    refund: &RefundGrant,
    taken: &mut [Taken],
    currency: Option<Unit>,
    fee: i64,
) -> Result<i64, Rejection> {
    let Some(number) = refund.amount else { return Ok(0) };
    let Some(currency) = currency else {
        let (wanted, most) = (number.to_string(), "0".to_owned());
        return Err(Rejection::RefundTooHigh { wanted, most });
    };
    let amount = positive("amount", number, currency)?;
    let mut left = amount.checked_add(fee).ok_or(Rejection::Overflow)?;
    for taken in &mut *taken {
        left -= taken.cover_unused(left)?;
    }
    for taken in taken.iter_mut().filter(|_| refund.include_expired) {
        left -= taken.cover_expired(left)?;
    }
    for taken in taken.iter_mut().filter(|_| refund.include_used) {
        let part = used_paid(taken)?.min(left).max(0);
        taken.take_used(part);
        left -= part;
    }
    if left > 0 {
        let text = |steps| Amount::from_steps(currency, steps).to_string();
        let most = (amount - left).max(0);
        return Err(Rejection::RefundTooHigh { wanted: text(amount), most: text(most) });
    }
    Ok(-left)
}

fn take_everything(refund: &RefundGrant, taken: &mut [Taken]) -> Result<i64, Rejection> {
    for taken in taken {
        taken.take_unused(taken.lot.available)?;
        if refund.include_expired {
            taken.take_expired(taken.lot.expired_late())?;
        }
        if refund.include_used {
            taken.take_used(used_paid(taken)?);
        }
    }
    Ok(0)
}

fn used_paid(taken: &Taken) -> Result<i64, Rejection> {
    if taken.lot.is_paid_for() {
        Ok(used_money(&taken.lot)?.max(0))
    } else {
        Err(Rejection::NotPaidFor { lot: taken.lot.id.clone() })
    }
}

/// Takes back what is left of a lot, or units of a wallet in draw order; what was paid for them is
/// kept and is breakage.
pub(crate) fn void(
    catalog: &Catalog,
    book: &mut CustomerBook,
    operation: &Operation,
    void: &VoidLot,
) -> Result<Effect, Rejection> {
    let named = Named::one(void.lot.as_ref(), void.wallet.as_ref())?;
    let picks = match named {
        // A lot that is frozen may be voided: it is how a chargeback that was lost ends.
        Named::Lot(id) => {
            let index = lot_at(book, id)?;
            let lot = &book.lots[index];
            let lost = lot.is_frozen() && lot.expires_at.is_none_or(|end| operation.at < end);
            match lost && void.units.is_none() && lot.available > 0 {
                true => vec![(index, lot.available)],
                false => picks(catalog, book, named, void.units, operation.at)?,
            }
        }
        Named::Wallet(_) => picks(catalog, book, named, void.units, operation.at)?,
    };
    let whole = void.lot.is_some()
        && picks.iter().all(|(index, units)| book.lots[*index].available == *units);
    let memo = match whole {
        true => format!("{} voided", named.text()),
        false => format!("{} of {} voided", choice::sum_text(book, &picks), named.text()),
    };
    let mut postings = Vec::new();
    let mut changed = Vec::with_capacity(picks.len());
    for (index, units) in picks {
        let mut lot = book.lots[index].clone();
        let money = release(&mut lot, units, Fate::Voided)?.money;
        postings.extend(units_postings(&lot, Account::UnitsRefunded, units)?);
        postings.extend(forfeit_postings(&lot, money)?);
        changed.push((index, lot));
    }
    let effect = seal(catalog, book, operation, (EntryKind::Void, memo), postings)?;
    for (index, lot) in changed {
        book.lots[index] = lot;
    }
    Ok(effect)
}
