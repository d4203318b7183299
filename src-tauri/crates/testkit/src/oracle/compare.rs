//! Holds a ledger against the oracle's books.

use std::collections::BTreeMap;

use scrip_engine::CustomerBook;
use scrip_journal::{Account, AccountClass};
use scrip_units::UnitCode;

use super::books::{Books, Customer, Lot};
use super::calendar::written;
use super::compare_invoices::invoices;
use crate::Ledger;

/// Customer, day, account, currency, rate.
type Line = (String, String, &'static str, String, String);

/// Compares lots, what is owed, and the money accounts day by day and rate by rate.
///
/// # Errors
/// What differs.
pub fn compare(ledger: &Ledger, books: &Books) -> Result<(), String> {
    for (code, found) in &ledger.book.customers {
        let nothing = Customer::default();
        let expected = books.customers.get(code.as_str()).unwrap_or(&nothing);
        lots(found, expected, books).map_err(|why| format!("{code}: {why}"))?;
        charges(found, expected).map_err(|why| format!("{code}: {why}"))?;
        for wallet in found.wallets.keys() {
            let owed = scrip_engine::overdraft::overdrawn(found, wallet);
            let wanted = books.overdrawn(code.as_str(), wallet.as_str());
            if owed != wanted {
                return Err(format!("{code}: {wallet} owes {owed}, the oracle says {wanted}"));
            }
        }
        for (what, found, expected) in [
            ("receivable", &found.receivable, &expected.receivable),
            ("unbilled", &found.unbilled, &expected.unbilled),
        ] {
            owed(found, expected).map_err(|why| format!("{code}: {what} {why}"))?;
        }
        invoices(found, expected).map_err(|why| format!("{code}: {why}"))?;
    }
    let missing = books.customers.values().find(|customer| {
        !customer.lots.is_empty()
            && !ledger.book.customers.keys().any(|code| code.as_str() == customer.code)
    });
    if let Some(customer) = missing {
        return Err(format!("{} has lots in the oracle's books only", customer.code));
    }
    accounts(ledger, books)
}

fn lots(found: &CustomerBook, expected: &Customer, books: &Books) -> Result<(), String> {
    if found.lots.len() != expected.lots.len() {
        let ids: Vec<_> = expected.lots.iter().map(|lot| lot.id.as_str()).collect();
        return Err(format!("{} lots, the oracle has {ids:?}", found.lots.len()));
    }
    for (lot, expected) in found.lots.iter().zip(&expected.lots) {
        let micros = |at: i64| at * 1_000_000;
        let numbers = [
            lot.issued,
            lot.available,
            lot.held,
            lot.consumed,
            lot.expired,
            lot.refunded,
            lot.transferred,
            lot.consideration,
            lot.tax.map_or(0, |tax| tax.charged),
            lot.tax.map_or(0, |tax| tax.returned),
            lot.carrying(),
            lot.effective_at.micros(),
            lot.expires_at.map_or(-1, scrip_units::Instant::micros),
        ];
        let wanted = [
            expected.issued,
            expected.available,
            expected.held,
            expected.consumed,
            expected.expired,
            expected.refunded,
            expected.transferred,
            expected.price,
            expected.tax,
            expected.tax_gone,
            expected.carrying(),
            micros(expected.from),
            expected.until.map_or(-1, micros),
        ];
        let names = [
            "issued",
            "available",
            "held",
            "consumed",
            "expired",
            "refunded",
            "transferred",
            "consideration",
            "tax",
            "tax returned",
            "carrying amount",
            "effective at",
            "expires at",
        ];
        if let Some(at) = (0..names.len()).find(|at| numbers[*at] != wanted[*at]) {
            return Err(format!(
                "lot {}: {} is {}, the oracle says {}",
                lot.id, names[at], numbers[at], wanted[at]
            ));
        }
        same_facts(lot, expected)?;
        let worth = books.worth_in_books(expected);
        let noted = expected.noted.as_ref().map(|n| (n.source.clone(), written(n.day)));
        let found = lot.exchange.as_ref().map(|e| (e.source.clone(), e.day.to_string()));
        if found != noted || lot.functional().map(|amount| amount.steps()) != worth {
            return Err(format!("lot {}: rate of {found:?}, by the oracle {noted:?}", lot.id));
        }
    }
    Ok(())
}

/// Charges of plans: charged, earned, paid back before and after that; with their tax.
fn charges(found: &CustomerBook, expected: &Customer) -> Result<(), String> {
    let found = found.charges.iter();
    let found: BTreeMap<_, _> = found
        .map(|(name, c)| {
            let (tax, returned) = c.tax.map_or((0, 0), |tax| (tax.charged, tax.returned));
            (name.as_str(), [c.amount, c.earned, c.refunded, c.reimbursed, tax, returned])
        })
        .collect();
    let wanted = expected.charges.iter();
    let wanted: BTreeMap<_, _> = wanted
        .map(|(name, c)| {
            let tax = (c.tax, c.tax_returned);
            (name.as_str(), [c.amount, c.earned, c.refunded, c.reimbursed, tax.0, tax.1])
        })
        .collect();
    if found == wanted {
        return Ok(());
    }
    Err(format!("charges are {found:?}, the oracle says {wanted:?}"))
}

fn same_facts(lot: &scrip_wallet::Lot, expected: &Lot) -> Result<(), String> {
    let found = [lot.id.as_str(), lot.wallet.as_str(), lot.wallet_type.as_str(), lot.kind.code()];
    let wanted =
        [&expected.id, &expected.wallet, &expected.wallet_type, &expected.kind].map(String::as_str);
    if found == wanted { Ok(()) } else { Err(format!("lot {found:?}, the oracle has {wanted:?}")) }
}

fn owed(found: &BTreeMap<UnitCode, i64>, expected: &BTreeMap<String, i64>) -> Result<(), String> {
    let open = |(unit, steps): (String, i64)| (steps != 0).then_some((unit, steps));
    let found: BTreeMap<_, _> =
        found.iter().filter_map(|(unit, steps)| open((unit.to_string(), *steps))).collect();
    let wanted: BTreeMap<_, _> =
        expected.iter().filter_map(|(unit, steps)| open((unit.clone(), *steps))).collect();
    if found == wanted { Ok(()) } else { Err(format!("is {found:?}, the oracle says {wanted:?}")) }
}

fn accounts(ledger: &Ledger, books: &Books) -> Result<(), String> {
    let mut found: BTreeMap<Line, i128> = BTreeMap::new();
    for entry in &ledger.entries {
        for posting in &entry.body.postings {
            if posting.account.class() == AccountClass::Units {
                continue;
            }
            let by_rate =
                matches!(posting.account, Account::RevenueUsage | Account::RevenueOverage);
            let rate = posting.rate.as_ref().filter(|_| by_rate);
            let rate = rate.map(|r| format!("{}@{}/{}", r.card, r.version, r.rate));
            let line = (
                entry.customer.to_string(),
                entry.body.booked_on.to_string(),
                posting.account.code(),
                posting.amount.unit().code().to_string(),
                rate.unwrap_or_default(),
            );
            *found.entry(line).or_default() += i128::from(posting.amount.steps());
        }
    }
    let mut wanted: BTreeMap<Line, i128> = BTreeMap::new();
    for (cell, steps) in &books.money {
        let line = (
            cell.customer.clone(),
            written(cell.day),
            cell.account,
            cell.unit.clone(),
            cell.rate.clone(),
        );
        *wanted.entry(line).or_default() += i128::from(*steps);
    }
    found.retain(|_, sum| *sum != 0);
    wanted.retain(|_, sum| *sum != 0);
    if found == wanted {
        return Ok(());
    }
    let differing = |one: &BTreeMap<Line, i128>, other: &BTreeMap<Line, i128>, who: &str| {
        let lines = one.iter().filter(|(key, sum)| other.get(*key) != Some(sum));
        lines.map(|(key, sum)| format!("{who} {key:?} is {sum}")).collect::<Vec<_>>()
    };
    let mut lines = differing(&found, &wanted, "in the ledger");
    lines.extend(differing(&wanted, &found, "by the oracle"));
    Err(lines.join("\n"))
}
