//! Moves: units that go to another wallet or another customer, with what was paid for them.
//!
//! Owns: the lots that such units become, and the entries of a transfer.
//! Deliberately does not know: other units (see `convert`), and whether somebody approved it.
//!
//! A child lot keeps kind, priority, validity, day of the grant, currency and tax of the lot it came
//! from. Its consideration is the share of the carrying amount that left with its units, by the same
//! cumulative rounding as any release, so nothing is made or lost on the way.

use std::sync::Arc;

use scrip_catalog::Catalog;
use scrip_journal::{Account, EntryKind, Posting};
use scrip_units::{Amount, CustomerCode, Date, LotId, Unit, UnitCode, WalletCode, WalletTypeCode};
use scrip_wallet::lot::KeptUnit;
use scrip_wallet::{EndsWith, Inactivity, Lot, LotKind, LotTax, TaxKind, Wallet};

use crate::apply::{Applied, Effect, LotFact};
use crate::book::{Book, CustomerBook};
use crate::choice::{self, Named, picks};
use crate::grant::liability;
use crate::operation::{Operation, TransferUnits};
use crate::rejection::Rejection;
use crate::release::{Fate, forfeit_postings, release, seal, seal_steps, units_postings};

/// A wallet that units arrive in.
#[derive(Debug, Clone)]
pub(crate) struct Target {
    pub(crate) wallet: WalletCode,
    pub(crate) wallet_type: WalletTypeCode,
    pub(crate) version: u32,
    pub(crate) unit: Unit,
    /// The day on which they arrive.
    pub(crate) on: Date,
}

/// The wallet that units arrive in: it exists, or it is made of the type that is named, of the type
/// that is called like it, or of `otherwise`.
pub(crate) fn target(
    catalog: &Catalog,
    book: &CustomerBook,
    operation: &Operation,
    (code, named): (&WalletCode, Option<&WalletTypeCode>),
    otherwise: Option<&WalletTypeCode>,
) -> Result<Target, Rejection> {
    let existing = book.wallets.get(code).map(|wallet| wallet.wallet_type.clone());
    let wallet_type = match (existing, named) {
        (Some(exists), Some(wanted)) if exists != *wanted => {
            let (wallet, wanted) = (code.clone(), wanted.clone());
            return Err(Rejection::OtherWalletType { wallet, exists, wanted });
        }
        (Some(exists), _) => exists,
        (None, Some(named)) => named.clone(),
        (None, None) => {
            let alike = WalletTypeCode::try_new(code.as_str()).ok();
            let alike = alike.filter(|alike| catalog.wallet_type(alike).is_some());
            alike.or_else(|| otherwise.cloned()).ok_or(Rejection::NoWallet)?
        }
    };
    let wallet = Wallet { code: code.clone(), wallet_type };
    let unit = choice::unit_of(catalog, &wallet)?;
    let none = || Rejection::NoVersion { wallet_type: wallet.wallet_type.clone() };
    let version = catalog.wallet_type_at(&wallet.wallet_type, operation.at).ok_or_else(none)?;
    Ok(Target {
        version: version.version,
        wallet: wallet.code.clone(),
        wallet_type: wallet.wallet_type.clone(),
        unit,
        on: catalog.zone().day_of(operation.at),
    })
}

/// What left a lot to become another one: the units that left, what they carried, and its tax.
pub(crate) struct Left {
    pub(crate) units: i64,
    pub(crate) money: i64,
    /// Postings of the rounding step that they leave to units that had expired before.
    pub(crate) step: Vec<Posting>,
    tax: Option<LotTax>,
}

/// Takes units out of a lot for another one.
pub(crate) fn leave(lot: &mut Lot, units: i64) -> Result<Left, Rejection> {
    let released = release(lot, units, Fate::Transferred)?;
    let (money, step) = (released.carried, forfeit_postings(lot, released.step())?);
    let tax = lot.split_tax(money).map_err(|_| Rejection::Overflow)?;
    Ok(Left { units, money, step, tax })
}

/// The lot that units become.
pub(crate) fn child(from: &Lot, left: &Left, to: &Target, (id, units): (LotId, i64)) -> Lot {
    let ends_with = match (from.ends_with, from.expires_at) {
        // From now on it is the usage of the new wallet that counts.
        (Some(EndsWith::Usage(usage)), Some(least)) => {
            Some(EndsWith::Usage(Inactivity { since: to.on, least, ..usage }))
        }
        (ends_with, _) => ends_with,
    };
    Lot {
        ends_with,
        wallet: to.wallet.clone(),
        wallet_type: to.wallet_type.clone(),
        wallet_type_version: to.version,
        unit: KeptUnit(to.unit),
        moved_on: Some(to.on),
        tax: left.tax,
        ..from.child(id, (units, left.money))
    }
}

/// Ids of the lots that an operation makes: its own id for one, `id/1`, `id/2`, ... for several.
pub(crate) fn child_ids(operation: &Operation, count: usize) -> Result<Vec<LotId>, Rejection> {
    let id = operation.id.as_str();
    let read = |text: &str| LotId::try_new(text).map_err(|_| Rejection::Overflow);
    match count {
        1 => Ok(vec![read(id)?]),
        _ => (1..=count).map(|number| read(&format!("{id}/{number}"))).collect(),
    }
}

/// Units arriving in a wallet may not mix with units paid in another currency or taxed otherwise.
/// Opening balances and units that cost nothing mix with any.
pub(crate) fn check_mix(book: &CustomerBook, child: &Lot) -> Result<(), Rejection> {
    let counts = |lot: &Lot| {
        lot.is_paid_for() && lot.kind != LotKind::Migrated && lot.available + lot.held > 0
    };
    let kind = |lot: &Lot| match lot.tax.map(|tax| tax.kind) {
        None => "no tax",
        Some(TaxKind::Vat) => "VAT",
        Some(TaxKind::SalesTax) => "sales tax",
    };
    let currency = |lot: &Lot| lot.currency.map(|currency| currency.0.code());
    for other in book.lots.iter().filter(|lot| lot.wallet == child.wallet && counts(lot)) {
        if !counts(child) {
            break;
        }
        let (lot, wallet) = (child.id.clone(), child.wallet.clone());
        if let (Some(paid), Some(holds)) = (currency(child), currency(other))
            && paid != holds
        {
            return Err(Rejection::OtherCurrency { lot, paid, wallet, holds });
        }
        if kind(child) != kind(other) {
            let (taxed, holds) = (kind(child), kind(other));
            return Err(Rejection::OtherTax { lot, taxed, wallet, holds });
        }
    }
    Ok(())
}

/// Puts a lot that comes from another wallet in a customer's book.
pub(crate) fn arrive_from_elsewhere(
    book: &mut CustomerBook,
    lot: Lot,
) -> Result<LotFact, Rejection> {
    check_mix(book, &lot)?;
    arrive(book, lot)
}

/// Puts a lot in a customer's book.
pub(crate) fn arrive(book: &mut CustomerBook, lot: Lot) -> Result<LotFact, Rejection> {
    if book.position(&lot.id).is_some() {
        return Err(Rejection::LotExists { customer: book.customer.clone(), lot: lot.id });
    }
    let (code, wallet_type) = (lot.wallet.clone(), lot.wallet_type.clone());
    book.wallets.entry(code.clone()).or_insert(Wallet { code, wallet_type });
    let fact = LotFact { customer: book.customer.clone(), lot: lot.clone() };
    book.add_lot(lot);
    Ok(fact)
}

/// Postings of units that leave a lot, and of what they carried.
pub(crate) fn out_postings(lot: &Lot, left: &Left) -> Result<Vec<Posting>, Rejection> {
    let mut postings: Vec<Posting> =
        units_postings(lot, Account::UnitsTransferred, left.units)?.into();
    postings.extend(money_posting(lot, left.money));
    Ok(postings)
}

/// Postings of units that arrive as a lot, and of what they carry.
pub(crate) fn in_postings(lot: &Lot) -> Result<Vec<Posting>, Rejection> {
    let mut postings: Vec<Posting> =
        units_postings(lot, Account::UnitsTransferred, -lot.issued)?.into();
    postings.extend(money_posting(lot, -lot.consideration));
    Ok(postings)
}

fn money_posting(lot: &Lot, money: i64) -> Option<Posting> {
    let currency = lot.currency.filter(|_| money != 0)?;
    let amount = Amount::from_steps(currency.0, money);
    Some(Posting::new(liability(lot.kind), amount).of_lot(&lot.wallet, &lot.id))
}

fn loaded(book: &Book, code: &CustomerCode) -> Result<CustomerBook, Rejection> {
    if book.catalog.customer(code).is_none() {
        return Err(Rejection::UnknownCustomer { customer: code.clone() });
    }
    Ok(book.customers.get(code).cloned().unwrap_or_else(|| book.new_customer(code)))
}

/// Moves units to another wallet: of the same customer in one entry, of another in an entry in each
/// chain, joined by the clearing account.
pub(crate) fn transfer(
    book: &mut Book,
    operation: &Operation,
    action: &TransferUnits,
) -> Result<Applied, Rejection> {
    let catalog = Arc::clone(&book.catalog);
    let mut giver = loaded(book, &action.customer)?;
    let other = action.to_customer.as_ref().filter(|code| **code != action.customer);
    let mut taker = other.map(|code| loaded(book, code)).transpose()?;
    let named = Named::one(action.lot.as_ref(), action.wallet.as_ref())?;
    let picks = picks(&catalog, &giver, named, action.units, operation.at)?;
    let Some(first) = picks.first().map(|(index, _)| giver.lots[*index].clone()) else {
        return Err(Rejection::NotPositive { what: "what is moved" });
    };
    let code = action.to_wallet.as_ref().unwrap_or(&first.wallet);
    if other.is_none() && *code == first.wallet {
        return Err(Rejection::SameWallet { wallet: code.clone() });
    }
    let to = target(
        &catalog,
        taker.as_ref().unwrap_or(&giver),
        operation,
        (code, action.to_wallet_type.as_ref()),
        Some(&first.wallet_type),
    )?;
    check_unit(&to, code, first.unit.0.code())?;
    let units = choice::sum_text(&giver, &picks);
    let mut ids = child_ids(operation, picks.len())?.into_iter();
    let (mut out, mut arriving, mut lots) = (Vec::new(), Vec::new(), Vec::new());
    let mut steps = Vec::new();
    for (index, units) in picks {
        let mut lot = giver.lots[index].clone();
        let left = leave(&mut lot, units)?;
        let Some(id) = ids.next() else { return Err(Rejection::Overflow) };
        let mut child = child(&lot, &left, &to, (id, units));
        if taker.is_some() && child.ends_with == Some(EndsWith::Contract) {
            // The other customer has another contract: the end stands.
            child.ends_with = None;
        }
        out.extend(out_postings(&lot, &left)?);
        arriving.extend(in_postings(&child)?);
        steps.extend(left.step);
        lots.push(arrive_from_elsewhere(taker.as_mut().unwrap_or(&mut giver), child)?);
        giver.lots[index] = lot;
    }
    let mut applied = Applied::default();
    let mut seal = |book: &mut CustomerBook, memo, postings, lots| {
        let effect = seal(&catalog, book, operation, (EntryKind::Transfer, memo), postings)?;
        applied.add(&book.customer, Effect { lots, ..effect });
        Ok::<_, Rejection>(())
    };
    match &mut taker {
        None => {
            out.extend(arriving);
            let memo = format!("{units} from {} to wallet {code}", named.text());
            seal(&mut giver, memo, out, lots)?;
        }
        Some(taker) => {
            let memo = format!("{units} from {} to {}", named.text(), taker.customer);
            let clearing = cleared(&out);
            seal(&mut giver, memo, [out, clearing].concat(), Vec::new())?;
            let memo = format!("{units} from {} to wallet {code}", giver.customer);
            let clearing = cleared(&arriving);
            seal(taker, memo, [arriving, clearing].concat(), lots)?;
        }
    }
    applied.entries.extend(seal_steps(&catalog, &mut giver, operation, steps)?.entries);
    for customer in [Some(giver), taker].into_iter().flatten() {
        book.customers.insert(customer.customer.clone(), customer);
    }
    Ok(applied)
}

/// What balances the money of some postings on the clearing account, by currency.
fn cleared(postings: &[Posting]) -> Vec<Posting> {
    let mut sums: std::collections::BTreeMap<Unit, i64> = std::collections::BTreeMap::new();
    let money = postings
        .iter()
        .filter(|p| p.account.class() == scrip_journal::AccountClass::ContractLiability);
    for posting in money {
        *sums.entry(posting.amount.unit()).or_default() += posting.amount.steps();
    }
    let clearing = |(unit, steps): (Unit, i64)| {
        Posting::new(Account::TransferClearing, Amount::from_steps(unit, -steps))
    };
    sums.into_iter().filter(|(_, steps)| *steps != 0).map(clearing).collect()
}

fn check_unit(to: &Target, wallet: &WalletCode, moved: UnitCode) -> Result<(), Rejection> {
    let holds = to.unit.code();
    if holds == moved {
        return Ok(());
    }
    Err(Rejection::OtherUnit { wallet: wallet.clone(), holds, moved })
}
