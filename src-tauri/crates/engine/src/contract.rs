//! Contracts: the last day of what is agreed with a customer, and the lots that end with it.
//!
//! Owns: when a contract ends, and the entries that move its lots when that changes.
//! Deliberately does not know: what the contract is about.

use scrip_catalog::Catalog;
use scrip_journal::{Draft, EntryKind};
use scrip_units::period::add_days;
use scrip_units::{CustomerCode, Date, LotId};
use scrip_wallet::EndsWith;

use crate::apply::{Effect, LotChange};
use crate::book::CustomerBook;
use crate::extension::{validity_postings, words};
use crate::operation::{Operation, SetContractEnd};
use crate::rejection::Rejection;

/// Why a contract, or a lot that ends with it, is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ContractFault {
    /// A lot was to end with a contract that nobody has named.
    #[error(
        "the lot ends with the contract of customer {customer}, whose end is not known: say it with set_contract_end, or give the lot an expiry of its own"
    )]
    Unknown {
        /// The customer.
        customer: CustomerCode,
    },
    /// The contract would be over already.
    #[error("{last_day} is over: name a last day of the contract that is not")]
    Over {
        /// The day asked for.
        last_day: Date,
    },
    /// A lot begins after the contract.
    #[error(
        "lot {lot} begins after {last_day} and ends with the contract: void or refund it first"
    )]
    BeforeLot {
        /// The lot.
        lot: LotId,
        /// The day asked for.
        last_day: Date,
    },
}

/// Sets the last day of the customer's contract, and moves the lots that end with it and have not
/// ended yet: an entry on each that has units. Works on a copy.
pub(crate) fn set_end(
    catalog: &Catalog,
    customer: &mut CustomerBook,
    operation: &Operation,
    action: &SetContractEnd,
) -> Result<Effect, Rejection> {
    let through: Date = action.last_day;
    let zone = catalog.zone();
    let end = zone.start_of_day(add_days(through, 1)?)?;
    if end <= operation.at {
        return Err(ContractFault::Over { last_day: through }.into());
    }
    let mut book = customer.clone();
    book.contract_through = Some(through);
    let mut effect = Effect::default();
    for index in 0..book.lots.len() {
        let lot = &mut book.lots[index];
        let Some(before) = lot.expires_at.filter(|before| *before > operation.at) else { continue };
        if lot.ends_with != Some(EndsWith::Contract) || before == end {
            continue;
        }
        if end <= lot.effective_at {
            return Err(ContractFault::BeforeLot { lot: lot.id.clone(), last_day: through }.into());
        }
        lot.expires_at = Some(end);
        let draft = Draft {
            kind: EntryKind::Extension,
            operation: operation.id.clone(),
            effective_at: operation.at,
            booked_on: zone.day_of(operation.at),
            memo: format!(
                "lot {}: expires {} instead of {before}, with the contract",
                lot.id,
                words(Some(end))
            ),
            detail: None,
            postings: validity_postings(lot)?,
        };
        let (customer, lot) = (book.customer.clone(), lot.id.clone());
        effect.lot_changes.push(LotChange { customer, lot, expires_at: Some(end) });
        if !draft.postings.is_empty() {
            effect.entries.push(book.seal(draft)?);
        }
    }
    *customer = book;
    Ok(effect)
}
