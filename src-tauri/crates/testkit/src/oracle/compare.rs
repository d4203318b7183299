//! Holds a ledger against the model.

use std::collections::BTreeMap;

use scrip_journal::AccountClass;
use scrip_units::Month;

use super::model::Model;
use crate::Ledger;

/// Compares lots, what is owed, and the money accounts month by month.
///
/// # Errors
/// What differs.
pub fn compare(ledger: &Ledger, model: &Model<'_>) -> Result<(), String> {
    let customer = ledger.book.customers.values().next();
    let lots = customer.map(|c| c.lots.as_slice()).unwrap_or_default();
    if lots.len() != model.lots.len() {
        return Err(format!("{} lots, the oracle has {}", lots.len(), model.lots.len()));
    }
    for (lot, expected) in lots.iter().zip(&model.lots) {
        let found = (lot.available, lot.consumed, lot.expired, lot.refunded, lot.carrying());
        let wanted = (
            expected.available,
            expected.consumed,
            expected.expired,
            expected.refunded,
            expected.carrying(),
        );
        if found != wanted {
            return Err(format!(
                "lot {} has (available, consumed, expired, refunded, carrying) {found:?}, \
                 the oracle says {wanted:?}",
                lot.id
            ));
        }
    }
    let sum = |of: &BTreeMap<_, i64>| of.values().sum::<i64>();
    let owed = customer.map_or((0, 0), |c| (sum(&c.receivable), sum(&c.unbilled)));
    if owed != model.owed() {
        return Err(format!(
            "(receivable, unbilled) is {owed:?}, the oracle says {:?}",
            model.owed()
        ));
    }
    accounts(ledger, model)
}

fn accounts(ledger: &Ledger, model: &Model<'_>) -> Result<(), String> {
    let mut found: BTreeMap<(String, &str), i128> = BTreeMap::new();
    for entry in &ledger.entries {
        let month = Month::of(entry.body.booked_on).to_string();
        for posting in &entry.body.postings {
            if posting.account.class() != AccountClass::Units {
                *found.entry((month.clone(), posting.account.code())).or_default() +=
                    i128::from(posting.amount.steps());
            }
        }
    }
    found.retain(|_, sum| *sum != 0);
    let wanted: BTreeMap<(String, &str), i128> = model
        .accounts
        .iter()
        .filter(|(_, sum)| **sum != 0)
        .map(|((month, account), sum)| ((format!("2026-{month:02}"), *account), i128::from(*sum)))
        .collect();
    if found == wanted {
        return Ok(());
    }
    let differing: Vec<_> = found
        .iter()
        .filter(|(key, sum)| wanted.get(*key) != Some(sum))
        .map(|(key, sum)| format!("{} {} is {sum}", key.0, key.1))
        .chain(
            wanted
                .iter()
                .filter(|(key, sum)| found.get(*key) != Some(sum))
                .map(|(key, sum)| format!("the oracle says {} {} is {sum}", key.0, key.1)),
        )
        .collect();
    Err(differing.join("; "))
}
