//! Overdraft: units used or taken beyond a wallet's lots, until the next lot repays them.
//!
//! Owns: what a wallet is overdrawn by, what it was booked as, and how a lot repays it.
//! Deliberately does not know: how far a wallet may be overdrawn, which is its type's to say.
//!
//! At use the units are booked at the card's overage price (Dr 1110 Cr 4000). The lot that repays them
//! was paid at its own price: what was booked at the overage price is taken back, and the share of the
//! lot's price that belongs to the units is recognised instead. So a customer who repays with a lot
//! pays for these units what the lot cost, no more and no less.

use std::collections::BTreeMap;
use std::sync::Arc;

use scrip_journal::entry::ReportDimensions;
use scrip_journal::{Account, Posting, RateRef};
use scrip_units::{Amount, Date, Instant, Rounding, Unit, UnitCode, WalletCode, mul_div_round};
use scrip_wallet::Lot;
use scrip_wallet::lot::KeptUnit;
use serde::{Deserialize, Serialize};

use crate::book::{CounterKey, CustomerBook};
use crate::grant::liability;
use crate::rejection::Rejection;
use crate::release::{Fate, release, released_by};

/// Why a wallet is overdrawn.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reason {
    /// Usage of a day, at a rate.
    Usage {
        /// The rate.
        rate: RateRef,
        /// Report dimensions of the usage.
        dimensions: BTreeMap<String, String>,
        /// The day of the service.
        day: Date,
        /// The counter of the rate's charge: whose draws these are.
        charge: CounterKey,
    },
    /// An adjustment by hand, against this account.
    Adjustment {
        /// The counter account.
        account: Account,
    },
}

/// Units by which a wallet is overdrawn.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Overdrawn {
    /// Units, in smallest steps.
    pub units: i64,
    /// Unit of the units.
    pub unit: KeptUnit,
    /// What they were booked at, in smallest steps; zero for an adjustment.
    pub money: i64,
    /// Its currency; none for an adjustment.
    pub currency: Option<KeptUnit>,
    /// Units and money before any of it was repaid or taken back: what is left is the rounded share of
    /// them, so that it makes no difference in how many parts the rest went.
    pub of: (i64, i64),
    /// Why.
    pub reason: Reason,
}

/// Units by which a wallet is overdrawn.
#[must_use]
pub fn overdrawn(book: &CustomerBook, wallet: &WalletCode) -> i64 {
    book.overdrawn.get(wallet).map_or(0, |all| all.iter().map(|one| one.units).sum())
}

/// Money that stands on 1110 for overdrafts, by currency.
#[must_use]
pub fn owed(book: &CustomerBook) -> BTreeMap<UnitCode, i64> {
    let mut owed = BTreeMap::new();
    for one in book.overdrawn.values().flatten() {
        if let Some(currency) = one.currency.filter(|_| one.money != 0) {
            *owed.entry(currency.0.code()).or_default() += one.money;
        }
    }
    owed
}

/// Overdraws a wallet. What has the same reason is one overdraft, whatever came between, so that
/// usage posted event by event stands like usage posted at once.
pub(crate) fn overdraw(book: &mut CustomerBook, wallet: &WalletCode, more: Overdrawn) {
    let all = book.overdrawn.entry(wallet.clone()).or_default();
    let same = |one: &&mut Overdrawn| one.reason == more.reason && one.currency == more.currency;
    match all.iter_mut().find(same) {
        Some(one) => {
            one.units += more.units;
            one.money += more.money;
            one.of = (one.units, one.money);
        }
        None => all.push(more),
    }
}

/// Takes units off an overdraft; returns the money that belongs to them. What stays is the rounded share
/// of what was booked.
fn take_off(one: &mut Overdrawn, units: i64) -> Result<i64, Rejection> {
    let left = one.units - units;
    let (all, booked) = one.of;
    let stays = mul_div_round(booked, left, all, Rounding::HalfAwayFromZero)
        .map_err(|_| Rejection::Overflow)?;
    let share = one.money - stays;
    (one.units, one.money) = (left, stays);
    Ok(share)
}

/// The charge of a rate by one of its versions: each has its own price, and perhaps its own currency.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Charge<'a> {
    pub(crate) key: &'a CounterKey,
    pub(crate) version: u32,
}

impl Charge<'_> {
    fn is_of(self, reason: &Reason) -> bool {
        let of_it = |rate: &RateRef, charge| (rate.version, charge) == (self.version, self.key);
        matches!(reason, Reason::Usage { rate, charge, .. } if of_it(rate, charge))
    }
}

/// Units of a charge by which a wallet is overdrawn.
pub(crate) fn of_charge(book: &CustomerBook, wallet: &WalletCode, charge: Charge<'_>) -> i64 {
    let all = book.overdrawn.get(wallet).into_iter().flatten();
    all.filter(|one| charge.is_of(&one.reason)).map(|one| one.units).sum()
}

/// Whose overdraft is taken back first: usage of a day with these report dimensions.
pub(crate) type Own<'a> = (Date, &'a ReportDimensions);

/// Takes units of a charge back from what a wallet is overdrawn by, the event's own first, then the last
/// first; returns what they were booked at.
pub(crate) fn take_back(
    book: &mut CustomerBook,
    wallet: &WalletCode,
    (charge, own): (Charge<'_>, Option<Own<'_>>),
    units: i64,
) -> Result<i64, Rejection> {
    let Some(all) = book.overdrawn.get_mut(wallet) else { return Err(Rejection::Overflow) };
    let (mut left, mut money) = (units, 0);
    for only_own in [true, false] {
        for one in all.iter_mut().rev().filter(|one| one.units != 0) {
            let Reason::Usage { dimensions, day, .. } = &one.reason else { continue };
            let is_own = own.is_some_and(|(of, values)| {
                let values = values.iter().map(|(name, value)| (&**name, &**value));
                let stand = dimensions.iter().map(|(name, value)| (&**name, &**value));
                of == *day && values.eq(stand)
            });
            if left == 0 || !charge.is_of(&one.reason) || (only_own && !is_own) {
                continue;
            }
            let part = left.min(one.units);
            money += take_off(one, part)?;
            left -= part;
        }
    }
    all.retain(|one| one.units != 0);
    if left != 0 {
        return Err(Rejection::Overflow);
    }
    if all.is_empty() {
        book.overdrawn.remove(wallet);
    }
    Ok(money)
}

struct Line<'a> {
    wallet: &'a WalletCode,
    reason: &'a Reason,
}

impl Line<'_> {
    /// A posting for the wallet, or a lot of it, with what the overdraft says of the usage.
    fn posting(&self, account: Account, unit: Unit, steps: i64, lot: Option<&Lot>) -> Posting {
        let mut posting = Posting::new(account, Amount::from_steps(unit, steps));
        posting.wallet = Some(self.wallet.clone());
        posting.lot = lot.map(|lot| lot.id.clone());
        if let Reason::Usage { rate, dimensions, day, .. } = self.reason {
            posting.rate = Some(rate.clone());
            let pair = |(name, value): (&String, &String)| {
                (Arc::from(name.as_str()), Arc::from(value.as_str()))
            };
            posting.dimensions = Arc::new(dimensions.iter().map(pair).collect());
            posting.service_day = Some(*day);
        }
        posting
    }
}

/// Repays what a wallet is overdrawn by with a new lot, the oldest overdraft first, and returns the
/// lines. A lot that has ended by then repays nothing.
pub(crate) fn repay(
    book: &mut CustomerBook,
    lot: &mut Lot,
    at: Instant,
) -> Result<Vec<Posting>, Rejection> {
    if lot.expires_at.is_some_and(|end| end <= at) {
        return Ok(Vec::new());
    }
    let wallet = lot.wallet.clone();
    let Some(mut all) = book.overdrawn.remove(&wallet) else { return Ok(Vec::new()) };
    let mut postings = Vec::new();
    for one in &mut all {
        let units = one.units.min(lot.available);
        if units == 0 {
            break;
        }
        let booked = take_off(one, units)?;
        let (account, units_account, money) = match &one.reason {
            Reason::Usage { charge, rate, .. } => {
                let of = Charge { key: charge, version: rate.version };
                traced(book, &wallet, of, (lot, units));
                let money = released_by(lot, units)?;
                lot.available -= units;
                lot.consumed += units;
                lot.released += money;
                (Account::RevenueUsage, Account::UnitsConsumed, money)
            }
            Reason::Adjustment { account } => {
                (*account, Account::UnitsRefunded, release(lot, units, Fate::Voided)?.money)
            }
        };
        let line = Line { wallet: &wallet, reason: &one.reason };
        let plain = Reason::Adjustment { account };
        let bare = Line { wallet: &wallet, reason: &plain };
        let unit = lot.unit.0;
        postings.extend([
            line.posting(units_account, unit, units, Some(lot)),
            bare.posting(Account::UnitsAvailable, unit, -units, Some(lot)),
            bare.posting(Account::UnitsAvailable, unit, units, None),
            line.posting(units_account, unit, -units, None),
        ]);
        if let Some(currency) = lot.currency.filter(|_| money != 0) {
            postings.push(bare.posting(liability(lot.kind), currency.0, money, Some(lot)));
            postings.push(line.posting(account, currency.0, -money, Some(lot)));
        }
        if let Some(currency) = one.currency.filter(|_| booked != 0) {
            postings.push(line.posting(account, currency.0, booked, None));
            let receivable = Amount::from_steps(currency.0, -booked);
            postings.push(Posting::new(Account::UnbilledReceivable, receivable));
        }
    }
    all.retain(|one| one.units != 0);
    if !all.is_empty() {
        book.overdrawn.insert(wallet, all);
    }
    Ok(postings)
}

/// Draws of the charge that overdrew the wallet are the lot's from now on, so that a lower tier gives
/// their units back to the lot.
fn traced(
    book: &mut CustomerBook,
    wallet: &WalletCode,
    charge: Charge<'_>,
    (lot, units): (&Lot, i64),
) {
    let Some(draws) = book.draws.get_mut(charge.key) else { return };
    let (mut left, mut index) = (units, 0);
    while left > 0 && index < draws.len() {
        let draw = &mut draws[index];
        if (draw.overdrawn.as_ref(), draw.version) == (Some(wallet), Some(charge.version)) {
            let part = left.min(draw.units);
            let rest = draw.units - part;
            let mut repaid = draw.clone();
            (repaid.units, repaid.lot) = (part, Some(lot.id.clone()));
            (repaid.overdrawn, repaid.version, repaid.repaid) = (None, None, true);
            left -= part;
            if rest > 0 {
                draw.units = rest;
                draws.insert(index, repaid);
                index += 1;
            } else {
                *draw = repaid;
            }
        }
        index += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn in_how_many_parts_an_overdraft_goes_makes_no_difference() {
        let currency = Unit::currency("EUR".parse().unwrap()).map(KeptUnit);
        let unit = currency.unwrap();
        for (booked, parts, goes) in [
            ((500, 1), &[286][..], 1),
            ((500, 1), &[214, 72][..], 1),
            ((500, 1), &[72, 214][..], 1),
            ((300, 100), &[1, 1, 1][..], 1),
            ((300, 100), &[3][..], 1),
            ((300, 100), &[150, 150][..], 100),
        ] {
            let reason = Reason::Adjustment { account: Account::RevenueUsage };
            let (units, money) = booked;
            let mut one = Overdrawn { units, unit, money, currency, of: booked, reason };
            let gone: i64 = parts.iter().map(|part| take_off(&mut one, *part).unwrap()).sum();
            assert_eq!(gone, goes, "{booked:?} in {parts:?}");
        }
    }
}
