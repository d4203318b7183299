//! What shells show: plain values, amounts as decimal texts. The shapes are documented and stable.

use std::collections::BTreeMap;

use scrip_engine::{AlertFact, RefusedEvent, Waiting};
use scrip_journal::{Entry, Posting};
use serde::Serialize;

/// A posting.
#[derive(Debug, Clone, Serialize)]
pub struct PostingView {
    /// Number of the account.
    pub number: &'static str,
    /// Code of the account.
    pub account: &'static str,
    /// Amount, debit positive, as a decimal text.
    pub amount: String,
    /// Unit.
    pub unit: String,
    /// Wallet.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub wallet: Option<String>,
    /// Lot.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lot: Option<String>,
    /// Rate: `card@version/row`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rate: Option<String>,
    /// Report dimensions.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub dimensions: BTreeMap<String, String>,
    /// Day of the service.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub service_day: Option<String>,
}

impl From<&Posting> for PostingView {
    fn from(posting: &Posting) -> Self {
        Self {
            number: posting.account.number(),
            account: posting.account.code(),
            amount: posting.amount.to_decimal_string(),
            unit: posting.amount.unit().code().to_string(),
            wallet: posting.wallet.as_ref().map(ToString::to_string),
            lot: posting.lot.as_ref().map(ToString::to_string),
            rate: posting.rate.as_ref().map(ToString::to_string),
            dimensions: posting
                .dimensions
                .iter()
                .map(|(n, v)| (n.to_string(), v.to_string()))
                .collect(),
            service_day: posting.service_day.map(|day| day.to_string()),
        }
    }
}

/// An entry.
#[derive(Debug, Clone, Serialize)]
pub struct EntryView {
    /// Customer.
    pub customer: String,
    /// Number in the customer's chain.
    pub number: u64,
    /// Kind.
    pub kind: &'static str,
    /// Operation.
    pub operation: String,
    /// From when it counts.
    pub effective_at: String,
    /// Accounting day.
    pub booked_on: String,
    /// Whether its own day was closed, so that it is booked on a later one.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub late: bool,
    /// In words.
    pub memo: String,
    /// Hash.
    pub hash: String,
    /// Lines.
    pub postings: Vec<PostingView>,
}

impl From<&Entry> for EntryView {
    fn from(entry: &Entry) -> Self {
        Self {
            customer: entry.customer.to_string(),
            number: entry.number,
            kind: entry.body.kind.code(),
            operation: entry.body.operation.to_string(),
            effective_at: entry.body.effective_at.to_string(),
            booked_on: entry.body.booked_on.to_string(),
            late: entry.late,
            memo: entry.body.memo.clone(),
            hash: entry.hash.to_string(),
            postings: entry.body.postings.iter().map(PostingView::from).collect(),
        }
    }
}

/// An alert that was raised.
#[derive(Debug, Clone, Serialize)]
pub struct AlertView {
    /// Customer.
    pub customer: String,
    /// Wallet.
    pub wallet: String,
    /// Code.
    pub code: String,
    /// When it was seen.
    pub at: String,
    /// The figures then.
    pub figures: BTreeMap<String, String>,
    /// The operation that saw it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub operation: Option<String>,
}

impl From<&AlertFact> for AlertView {
    fn from(alert: &AlertFact) -> Self {
        Self {
            customer: alert.customer.to_string(),
            wallet: alert.wallet.to_string(),
            code: alert.code.to_string(),
            at: alert.at.to_string(),
            figures: alert.figures.clone(),
            operation: None,
        }
    }
}

/// What fell due and waits.
#[derive(Debug, Clone, Serialize)]
pub struct WaitingView {
    /// Customer.
    pub customer: String,
    /// When it fell due.
    pub due: String,
    /// What it is; absent for everything that is due for the customer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub what: Option<String>,
    /// Why it waits.
    pub reason: String,
}

impl From<&Waiting> for WaitingView {
    fn from(waiting: &Waiting) -> Self {
        Self {
            customer: waiting.customer.to_string(),
            due: waiting.due.to_string(),
            what: waiting.what.clone(),
            reason: waiting.why.to_string(),
        }
    }
}

/// An event that was not charged.
#[derive(Debug, Clone, Serialize)]
pub struct RefusedView {
    /// Segment of the archive; 0 for events inside an operation.
    pub segment: u32,
    /// Row of the segment, or position in the operation.
    pub row: u32,
    /// Why, as a code.
    pub reason: &'static str,
    /// The limit that refused it, if one did.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub limit: Option<String>,
}

impl From<&RefusedEvent> for RefusedView {
    fn from(event: &RefusedEvent) -> Self {
        Self {
            segment: event.place.segment,
            row: event.place.row,
            reason: event.refusal.code(),
            limit: event.limit.as_ref().map(ToString::to_string),
        }
    }
}
