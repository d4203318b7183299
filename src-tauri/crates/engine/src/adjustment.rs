//! Adjustments: a balance put right by hand, with a reason, an approver and a counter account.
//!
//! Owns: which units and how much money an adjustment adds or takes, and against which account.
//! Deliberately does not know: who may approve what; only that nobody approves what they do.

use scrip_catalog::Catalog;
use scrip_journal::{Account, EntryKind, Posting};
use scrip_units::{Amount, LotId, Number, WalletCode};
use scrip_wallet::lot::KeptUnit;
use scrip_wallet::{Lot, LotKind};

use crate::apply::Effect;
use crate::book::CustomerBook;
use crate::choice::{self, Named, open_lot, picks};
use crate::grant::{currency, expiry_account, liability, positive, steps};
use crate::issue::{Ends, Issue, Paid, issue};
use crate::moves::{Target, arrive, child, leave, target};
use crate::operation::{AdjustBalance, Counter, Operation};
use crate::overdraft::{Overdrawn, Reason, overdraw, overdrawn};
use crate::rejection::Rejection;
use crate::release::{Fate, release, seal, seal_steps, units_postings};
use crate::schedule::Cause;

/// Adds or takes units by hand.
pub(crate) fn adjust(
    cause: &Cause<'_>,
    book: &mut CustomerBook,
    action: &AdjustBalance,
) -> Result<Effect, Rejection> {
    let (catalog, operation) = (cause.catalog, cause.operation);
    if operation.reason.as_ref().is_none_or(|reason| reason.trim().is_empty()) {
        return Err(Rejection::ReasonMissing { operation: operation.action.code() });
    }
    if action.approver == operation.actor {
        return Err(Rejection::OwnApproval { approver: action.approver.clone() });
    }
    let named = Named::one(action.lot.as_ref(), action.wallet.as_ref())?;
    let worth_fits = !action.units.is_negative() && action.counter != Counter::Liability;
    if action.worth.is_some() && !worth_fits {
        return Err(Rejection::WorthNotAllowed);
    }
    let mut next = book.clone();
    let effect = match (action.counter, action.units.is_negative()) {
        (Counter::Liability, _) => within_liability(catalog, &mut next, operation, action)?,
        (_, true) => take(catalog, &mut next, operation, (action, named))?,
        (_, false) => add(cause, &mut next, (action, named))?,
    };
    *book = next;
    Ok(effect)
}

fn counter_account(counter: Counter) -> Account {
    match counter {
        Counter::Concession => Account::ContraConcessions,
        Counter::Promotion => Account::PromotionExpense,
        Counter::Liability => Account::ClPurchased,
    }
}

fn memo(action: &AdjustBalance, what: &str) -> String {
    format!("{what}, approved by {}", action.approver)
}

/// Takes units of a lot, or of a wallet in draw order; what they carried goes to the counter account.
fn take(
    catalog: &Catalog,
    book: &mut CustomerBook,
    operation: &Operation,
    (action, named): (&AdjustBalance, Named<'_>),
) -> Result<Effect, Rejection> {
    let units = action.units.negated();
    let (picks, beyond) = take_from(catalog, book, operation, (named, units))?;
    let mut postings = Vec::new();
    let what = match &beyond {
        None => format!("{} taken from {}", choice::sum_text(book, &picks), named.text()),
        Some((wallet, beyond)) => {
            let mut taken: Vec<_> = picks.iter().map(|(_, units)| *units).collect();
            taken.push(beyond.units);
            let sum = Amount::from_steps(beyond.unit.0, taken.iter().sum());
            let past = Amount::from_steps(beyond.unit.0, beyond.units);
            format!("{sum} taken from wallet {wallet}, {past} of it overdrawn")
        }
    };
    if let Some((wallet, mut more)) = beyond {
        let amount = |steps| Amount::from_steps(more.unit.0, steps);
        for (account, steps) in
            [(Account::UnitsRefunded, more.units), (Account::UnitsAvailable, -more.units)]
        {
            let mut posting = Posting::new(account, amount(steps));
            posting.wallet = Some(wallet.clone());
            postings.push(posting);
        }
        more.reason = Reason::Adjustment { account: counter_account(action.counter) };
        overdraw(book, &wallet, more);
    }
    for (index, units) in picks {
        let lot = &mut book.lots[index];
        let released = release(lot, units, Fate::Voided)?;
        postings.extend(units_postings(lot, Account::UnitsRefunded, units)?);
        let Some(currency) = lot.currency else { continue };
        for (account, money) in [
            (liability(lot.kind), released.money),
            (counter_account(action.counter), -released.carried),
            (expiry_account(lot.kind), -released.step()),
        ] {
            if money != 0 {
                let posting = Posting::new(account, Amount::from_steps(currency.0, money));
                postings.push(posting.of_lot(&lot.wallet, &lot.id));
            }
        }
    }
    seal(catalog, book, operation, (EntryKind::Adjustment, memo(action, &what)), postings)
}

/// What an adjustment overdraws: the wallet, by how much.
type Beyond = (WalletCode, Overdrawn);

/// The units that are taken: of lots, and beyond them of the overdraft that the wallet's type allows.
fn take_from(
    catalog: &Catalog,
    book: &CustomerBook,
    operation: &Operation,
    (named, number): (Named<'_>, Number),
) -> Result<(Vec<choice::Pick>, Option<Beyond>), Rejection> {
    let Named::Wallet(code) = named else {
        return Ok((picks(catalog, book, named, Some(number), operation.at)?, None));
    };
    let wallet = choice::wallet_of(book, code)?;
    let version = catalog.wallet_type_at(&wallet.wallet_type, operation.at);
    let Some(limit) = version.and_then(|version| version.overdraft_limit) else {
        return Ok((picks(catalog, book, named, Some(number), operation.at)?, None));
    };
    let unit = choice::unit_of(catalog, wallet)?;
    let units = positive("units", number, unit)?;
    let order = choice::order_of_acts(catalog, wallet, &book.lots, operation.at);
    let (picks, left) = choice::spread(&book.lots, &order, Some(units));
    if left == 0 {
        return Ok((picks, None));
    }
    let limit = steps("overdraft_limit", limit, unit)?;
    let room = (limit - overdrawn(book, code)).max(0);
    if left > room {
        let text = |steps| Amount::from_steps(unit, steps).to_string();
        let (available, wanted) = (text(units - left + room), text(units));
        return Err(Rejection::WalletInsufficient { wallet: code.clone(), available, wanted });
    }
    let reason = Reason::Adjustment { account: Account::ContraConcessions };
    let (unit, of) = (KeptUnit(unit), (left, 0));
    let more = Overdrawn { units: left, unit, money: 0, currency: None, of, reason };
    Ok((picks, Some((code.clone(), more))))
}

/// Adds units as a new lot: compensation against 4910, a promotion against 5000 or for nothing.
fn add(
    cause: &Cause<'_>,
    book: &mut CustomerBook,
    (action, named): (&AdjustBalance, Named<'_>),
) -> Result<Effect, Rejection> {
    let (catalog, operation) = (cause.catalog, cause.operation);
    let wallet = match named {
        Named::Wallet(wallet) => wallet.clone(),
        Named::Lot(lot) => book.lots[choice::lot_at(book, lot)?].wallet.clone(),
    };
    let to = target(catalog, book, operation, (&wallet, None), None)?;
    let units = positive("units", action.units, to.unit)?;
    let worth = match (&action.worth, action.counter) {
        (None, Counter::Concession) => return Err(Rejection::WorthMissing),
        (None, _) => None,
        (Some(worth), _) => {
            let unit = currency(catalog, worth.currency)?;
            let money = steps("worth.amount", worth.amount, unit)?;
            if money < 0 {
                return Err(Rejection::Negative { what: "worth".to_owned() });
            }
            Some((unit, money))
        }
    };
    let kind = match action.counter {
        Counter::Concession => LotKind::Compensation,
        _ => LotKind::Promotional,
    };
    let what = format!("{} added to wallet {wallet}", Amount::from_steps(to.unit, units));
    let added = Issue {
        lot: LotId::try_new(operation.id.as_str()).map_err(|_| Rejection::Overflow)?,
        wallet: to.wallet,
        wallet_type: to.wallet_type,
        kind,
        units,
        paid: worth.map(Paid::untaxed),
        counter: counter_account(action.counter),
        priority: None,
        at: operation.at,
        effective_at: operation.at,
        ends: Ends::ByRule,
        entry: EntryKind::Adjustment,
        memo: memo(action, &what),
    };
    issue(cause, book, added)
}

/// Changes the units of a lot and leaves the money that waits for them where it is: what is left of
/// the lot becomes a lot of more units, or of fewer, with the whole carrying amount.
fn within_liability(
    catalog: &Catalog,
    book: &mut CustomerBook,
    operation: &Operation,
    action: &AdjustBalance,
) -> Result<Effect, Rejection> {
    let Some(id) = &action.lot else { return Err(Rejection::LiabilityOfLot) };
    let index = open_lot(book, id, operation.at)?;
    let mut lot = book.lots[index].clone();
    let unit = lot.unit.0;
    let change = steps("units", action.units, unit)?;
    if change == 0 {
        return Err(Rejection::NotPositive { what: "units, added or taken," });
    }
    if lot.available == 0 {
        return Err(Rejection::NotPositive { what: "what is left of the lot" });
    }
    let after = lot.available.checked_add(change).ok_or(Rejection::Overflow)?;
    if after < 0 {
        return Err(choice::insufficient(&lot, lot.available, -change));
    }
    // It stays the same bargain, so its terms stay what they were.
    let version = lot.wallet_type_version;
    let to = target(catalog, book, operation, (&lot.wallet, None), None)?;
    let to = Target { version, ..to };
    let units = lot.available;
    let left = leave(&mut lot, units)?;
    if after == 0 {
        let carrying = lot.currency.map(|c| Amount::from_steps(c.0, left.money).to_string());
        let carrying = carrying.unwrap_or_else(|| "nothing".to_owned());
        return Err(Rejection::MoneyWithoutUnits { lot: lot.id.clone(), carrying });
    }
    let id = LotId::try_new(operation.id.as_str()).map_err(|_| Rejection::Overflow)?;
    let child = child(&lot, &left, &to, (id, after));
    // Units that are added are issued with the new lot; units that are taken never reach it.
    let moved = after.min(left.units);
    lot.transferred -= left.units - moved;
    lot.refunded += left.units - moved;
    let of = |lot: &Lot, account, unit, steps| {
        Posting::new(account, Amount::from_steps(unit, steps)).of_lot(&lot.wallet, &lot.id)
    };
    let mut postings = vec![
        of(&lot, Account::UnitsTransferred, unit, moved),
        of(&lot, Account::UnitsRefunded, unit, left.units - moved),
        of(&lot, Account::UnitsAvailable, unit, -left.units),
        of(&child, Account::UnitsAvailable, unit, after),
        of(&child, Account::UnitsTransferred, unit, -moved),
        of(&child, Account::UnitsIssued, unit, moved - after),
    ];
    if let Some(currency) = child.currency {
        let account = liability(child.kind);
        postings.push(of(&lot, account, currency.0, left.money));
        postings.push(of(&child, account, currency.0, -left.money));
    }
    postings.retain(|posting| posting.amount.steps() != 0);
    let verb = if change > 0 { "added to" } else { "taken from" };
    let units = Amount::from_steps(unit, change.abs());
    let what = format!("{units} {verb} lot {} within the liability", lot.id);
    book.lots[index] = lot;
    let lots = vec![arrive(book, child)?];
    let mut effect =
        seal(catalog, book, operation, (EntryKind::Adjustment, memo(action, &what)), postings)?;
    effect.add(seal_steps(catalog, book, operation, left.step)?);
    Ok(Effect { lots, ..effect })
}
