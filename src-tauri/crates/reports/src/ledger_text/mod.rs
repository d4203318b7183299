//! Entries as the text of plain-text accounting programs: hledger journals and Beancount ledgers.
//!
//! An entry becomes a transaction on the day it is booked on, a posting a posting. Money and units
//! stand in the same transaction; each balances per unit, as in our ledger. The customer is a tag
//! (hledger) or metadata (Beancount) and not a sub-account, so that balances by account are those of
//! the trial balance; so are wallet, lot, rate, dimensions and service day. Nothing is priced or
//! converted. Entries are written one at a time: an export needs the memory of one entry, whatever
//! its length.

mod beancount;
mod hledger;
mod names;

use std::collections::{BTreeMap, BTreeSet};

use scrip_journal::{AccountNames, Entry, Posting};
use scrip_revenue::journal::dimensions_text;
use scrip_revenue::{Balances, ReportError};
use scrip_units::{Unit, UnitCode, format_steps};

use crate::error::ExportError;

pub use beancount::Beancount;
pub use hledger::Hledger;
pub use names::{
    beancount_currency, hledger_commodity, lower_path, path, unit_of_beancount_currency,
};

/// Which program is to read the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// hledger 1.25 or later.
    Hledger,
    /// Beancount 3.
    Beancount,
}

/// What an export says before its entries.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LedgerTextHeader {
    /// Name of the legal entity.
    pub entity: String,
    /// Its functional currency.
    pub currency: UnitCode,
    /// Every unit that the entries use.
    pub units: Vec<Unit>,
    /// One line that says where the export comes from: period, ledger checkpoint.
    pub provenance: String,
    /// What the company calls the accounts: told where they are declared.
    pub accounts: AccountNames,
}

/// The balances that the program must find in an export of everything behind `balances`: account
/// path and commodity, to the plain decimal (debits positive). Accounts whose balance is zero are
/// left out, as the programs leave them out.
///
/// # Errors
/// [`ReportError::Overflow`].
pub fn expected_balances(
    format: Format,
    balances: &Balances,
) -> Result<BTreeMap<(String, String), String>, ReportError> {
    let mut expected = BTreeMap::new();
    for ((unit, account), sides) in balances {
        let steps = sides.balance()?;
        if steps != 0 {
            let key = match format {
                Format::Hledger => (lower_path(*account), unit.code().to_string()),
                Format::Beancount => (path(*account).to_owned(), beancount_currency(unit.code())),
            };
            expected.insert(key, format_steps(steps, unit.scale()));
        }
    }
    Ok(expected)
}

/// The tag that holds a day and not text.
const SERVICE_DAY: &str = "service_day";

/// What a posting says beside account and amount, as names and values.
fn facets(posting: &Posting) -> Vec<(&'static str, String)> {
    let mut facets = Vec::new();
    if let Some(wallet) = &posting.wallet {
        facets.push(("wallet", wallet.to_string()));
    }
    if let Some(lot) = &posting.lot {
        facets.push(("lot", lot.to_string()));
    }
    if let Some(rate) = &posting.rate {
        facets.push(("rate", rate.to_string()));
    }
    if !posting.dimensions.is_empty() {
        facets.push(("dimensions", dimensions_text(posting)));
    }
    if let Some(day) = posting.service_day {
        facets.push((SERVICE_DAY, day.to_string()));
    }
    facets
}

/// Refuses a posting in a unit that the header did not announce.
fn known(units: &BTreeSet<UnitCode>, entry: &Entry, posting: &Posting) -> Result<(), ExportError> {
    let unit = posting.amount.unit().code();
    if units.contains(&unit) {
        return Ok(());
    }
    Err(ExportError::Unit {
        unit: unit.to_string(),
        entry: format!("{}/{}", entry.customer, entry.number),
    })
}
