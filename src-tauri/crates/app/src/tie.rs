//! Whether the books tie: what the customers' books hold against what the accounts hold.
//!
//! The short check that the window shows at all times. It reads what every customer's book holds and one
//! set of sums, and follows no chain and applies no operation: [`crate::verify`] does that.

use std::collections::BTreeMap;

use scrip_engine::CustomerBook;
use scrip_journal::{Account, AccountClass};
use scrip_revenue::Fact;
use scrip_store::{FactQuery, LedgerStore};
use scrip_units::{Unit, format_steps};
use serde::Serialize;

use crate::error::AppError;
use crate::standing::Standings;
use crate::workspace::Workspace;

/// Two sums that should be one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Difference {
    /// What is summed, in words.
    pub what: &'static str,
    /// The unit.
    pub unit: String,
    /// By the customers' books.
    pub books: String,
    /// By the accounts.
    pub accounts: String,
}

/// Whether the books tie.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct TieView {
    /// Whether they do.
    pub ties: bool,
    /// The ledger that was looked at: the hash over all chain heads.
    pub checkpoint: String,
    /// Customers whose books were read.
    pub customers: u64,
    /// Where they do not.
    pub differences: Vec<Difference>,
}

type Sums = BTreeMap<(&'static str, Unit), i128>;

const LIABILITIES: &str = "contract liabilities";
const AVAILABLE: &str = "units that can be drawn";
const HELD: &str = "units held";
const ALL: &str = "all postings, which should add up to zero";

/// A ledger that is written to between the sums and the books is read again, so many times.
const TRIES: usize = 5;

/// What a book holds.
fn add_book(sums: &mut Sums, book: &CustomerBook) {
    let mut add = |what, unit, steps: i128| *sums.entry((what, unit)).or_default() += steps;
    for (currency, deferred) in scrip_engine::charges::deferred(book) {
        add(LIABILITIES, currency, deferred);
    }
    for lot in &book.lots {
        if let Some(currency) = lot.currency {
            add(LIABILITIES, currency.0, i128::from(lot.carrying()));
        }
        add(AVAILABLE, lot.unit.0, i128::from(lot.available));
        add(HELD, lot.unit.0, i128::from(lot.held));
    }
    for overdrawn in book.overdrawn.values().flatten() {
        add(AVAILABLE, overdrawn.unit.0, -i128::from(overdrawn.units));
    }
}

/// What the accounts hold, and what all postings of a kind add up to.
fn add_fact(sums: &mut Sums, totals: &mut BTreeMap<(bool, Unit), i128>, fact: &Fact) {
    let class = fact.account.class();
    *totals.entry((class == AccountClass::Units, fact.unit)).or_default() += fact.balance();
    let (what, steps) = match fact.account {
        Account::UnitsAvailable => (AVAILABLE, fact.balance()),
        Account::UnitsHeld => (HELD, fact.balance()),
        _ if class == AccountClass::ContractLiability => (LIABILITIES, -fact.balance()),
        _ => return,
    };
    *sums.entry((what, fact.unit)).or_default() += steps;
}

fn differences(books: &Sums, facts: &[Fact]) -> Vec<Difference> {
    let (mut accounts, mut totals) = (Sums::new(), BTreeMap::new());
    for fact in facts {
        add_fact(&mut accounts, &mut totals, fact);
    }
    let text = |steps: i128, unit: &Unit| format_steps(steps, unit.scale());
    let keys: std::collections::BTreeSet<_> = books.keys().chain(accounts.keys()).collect();
    let mut found: Vec<Difference> = keys
        .into_iter()
        .filter_map(|key| {
            let sum = |sums: &Sums| sums.get(key).copied().unwrap_or_default();
            let (kept, posted) = (sum(books), sum(&accounts));
            (kept != posted).then(|| Difference {
                what: key.0,
                unit: key.1.code().to_string(),
                books: text(kept, &key.1),
                accounts: text(posted, &key.1),
            })
        })
        .collect();
    found.extend(totals.iter().filter(|(_, total)| **total != 0).map(|((_, unit), total)| {
        Difference {
            what: ALL,
            unit: unit.code().to_string(),
            books: text(0, unit),
            accounts: text(*total, unit),
        }
    }));
    found
}

/// Whether the lots and fees of all customers' books are what the accounts hold, in units and in money,
/// and all postings add up to zero.
///
/// # Errors
/// [`AppError::Argument`] when the ledger is written to all the time, or the store's.
pub async fn tie<S: LedgerStore>(workspace: &Workspace<S>) -> Result<TieView, AppError> {
    for _ in 0..TRIES {
        let snapshot = workspace.store().snapshot(&[FactQuery::default()]).await?;
        let (mut books, mut customers) = (Sums::new(), 0);
        let mut standings = Standings::of(workspace).await?;
        while let Some(page) = standings.next().await? {
            customers += page.len() as u64;
            page.iter().for_each(|book| add_book(&mut books, book));
        }
        if workspace.store().checkpoint().await? == snapshot.checkpoint {
            let facts = snapshot.facts.first().map(Vec::as_slice).unwrap_or_default();
            let differences = differences(&books, facts);
            return Ok(TieView {
                ties: differences.is_empty(),
                checkpoint: snapshot.checkpoint.hash.to_string(),
                customers,
                differences,
            });
        }
    }
    let message = "the ledger is being written to: check it again when that is done";
    Err(AppError::Argument(message.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn eur() -> Unit {
        Unit::currency("EUR".parse().unwrap()).unwrap()
    }

    fn fact(account: Account, steps: i128) -> Fact {
        Fact {
            month: "2026-10".parse().unwrap(),
            account,
            unit: eur(),
            kind: scrip_journal::EntryKind::Usage,
            customer: None,
            wallet_type: None,
            wallet: None,
            lot: None,
            lot_kind: None,
            lot_month: None,
            rate: None,
            dimensions: BTreeMap::new(),
            service_month: None,
            debit: steps.max(0),
            credit: -steps.min(0),
        }
    }

    #[test]
    fn a_liability_that_no_lot_carries_is_a_difference_and_so_is_an_unbalanced_unit() {
        let books = Sums::from([((LIABILITIES, eur()), 900)]);
        let sound = [fact(Account::AccountsReceivable, 900), fact(Account::ClPurchased, -900)];
        assert_eq!(differences(&books, &sound), []);
        let wrong = [fact(Account::AccountsReceivable, 900), fact(Account::ClPurchased, -901)];
        let difference = |what, books: &str, accounts: &str| Difference {
            what,
            unit: "EUR".into(),
            books: books.into(),
            accounts: accounts.into(),
        };
        assert_eq!(
            differences(&books, &wrong),
            [difference(LIABILITIES, "9.00", "9.01"), difference(ALL, "0.00", "-0.01")]
        );
    }
}
