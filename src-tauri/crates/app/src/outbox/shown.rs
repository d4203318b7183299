//! The entries that were shown when something was queued: what production causes, or nothing is done.

use scrip_engine::canonical::canonical;
use scrip_journal::Hash;
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::error::AppError;
use crate::operate::OperationView;
use crate::view::{EntryView, PostingView};

/// A line of an entry that was shown.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ShownPosting {
    /// Number of the account.
    pub number: String,
    /// Code of the account.
    pub account: String,
    /// Amount, debit positive, as a decimal text.
    pub amount: String,
    /// Unit.
    pub unit: String,
    /// Lot.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lot: Option<String>,
}

/// An entry that was shown, without its number and hash, which every other entry of its customer changes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ShownEntry {
    /// Customer.
    pub customer: String,
    /// Kind.
    pub kind: String,
    /// Accounting day.
    pub booked_on: String,
    /// In words.
    pub memo: String,
    /// Lines.
    pub postings: Vec<ShownPosting>,
}

impl From<&PostingView> for ShownPosting {
    fn from(posting: &PostingView) -> Self {
        Self {
            number: posting.number.to_owned(),
            account: posting.account.to_owned(),
            amount: posting.amount.clone(),
            unit: posting.unit.clone(),
            lot: posting.lot.clone(),
        }
    }
}

impl From<&EntryView> for ShownEntry {
    fn from(entry: &EntryView) -> Self {
        Self {
            customer: entry.customer.clone(),
            kind: entry.kind.to_owned(),
            booked_on: entry.booked_on.clone(),
            memo: entry.memo.clone(),
            postings: entry.postings.iter().map(ShownPosting::from).collect(),
        }
    }
}

/// The entries of operations as they are kept with an item.
pub(super) fn shown(views: &[OperationView]) -> Vec<ShownEntry> {
    views.iter().flat_map(|view| &view.entries).map(ShownEntry::from).collect()
}

/// What somebody looked at before they decided, in a word: the effect of an item's operations, and the
/// entries of those that it asks for.
pub(super) fn looked_at(own: &Hash, shown: &[ShownEntry]) -> Result<String, AppError> {
    let value = serde_json::to_value((own.to_string(), shown));
    let value = value.map_err(|e| AppError::stored("outbox", e))?;
    Ok(Hash::of(canonical(&value).as_bytes()).to_string())
}

/// The effect of operations, without what any other entry of their customers would change.
pub(super) fn effect(views: &[OperationView]) -> Result<Hash, AppError> {
    let entries = views.iter().flat_map(|view| &view.entries).map(|entry| {
        json!({
            "customer": entry.customer,
            "kind": entry.kind,
            "operation": entry.operation,
            "booked_on": entry.booked_on,
            "late": entry.late,
            "postings": entry.postings,
        })
    });
    let entries: Vec<_> = entries.collect();
    let value = serde_json::to_value(entries).map_err(|e| AppError::stored("outbox", e))?;
    Ok(Hash::of(canonical(&value).as_bytes()))
}
