//! Rows that cannot be imported: a closed list of reasons, and what to do about them.

use std::collections::BTreeMap;
use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Why a row cannot be imported. A row with several faults has the first of them in this order.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum RejectCode {
    /// The row is not a row: another number of fields than the header, or not a JSON object.
    BadRow,
    /// The customer is not in the catalog.
    UnknownCustomer,
    /// The member is not a code.
    BadMember,
    /// `occurred_at` cannot be read, or the local time does not exist or exists twice.
    BadTime,
    /// `occurred_at` is before 1970.
    #[serde(rename = "before_1970")]
    Before1970,
    /// `occurred_at` is later than the events were received, by more than is tolerated.
    FutureTime,
    /// The idempotency key is empty, too long or not visible ASCII.
    BadKey,
    /// The meter is not in the catalog.
    UnknownMeter,
    /// The meter does not declare the dimension.
    UnknownDimension,
    /// The dimension's value is not among those that the meter allows.
    ValueNotAllowed,
    /// The quantity is not a plain decimal, or has more decimals than the meter's unit.
    BadQuantity,
    /// The quantity is below zero.
    NegativeQuantity,
    /// The quantity is larger than any real one.
    QuantityTooLarge,
    /// The delivery cost is not a plain decimal, is below zero or too fine, or in no currency.
    BadDeliveryCost,
    /// Another event has the same key and other content.
    DuplicateKeyOtherContent,
}

impl RejectCode {
    /// The code as text: `unknown_customer`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::BadRow => "bad_row",
            Self::UnknownCustomer => "unknown_customer",
            Self::BadMember => "bad_member",
            Self::BadTime => "bad_time",
            Self::Before1970 => "before_1970",
            Self::FutureTime => "future_time",
            Self::BadKey => "bad_key",
            Self::UnknownMeter => "unknown_meter",
            Self::UnknownDimension => "unknown_dimension",
            Self::ValueNotAllowed => "value_not_allowed",
            Self::BadQuantity => "bad_quantity",
            Self::NegativeQuantity => "negative_quantity",
            Self::QuantityTooLarge => "quantity_too_large",
            Self::BadDeliveryCost => "bad_delivery_cost",
            Self::DuplicateKeyOtherContent => "duplicate_key_other_content",
        }
    }
}

impl fmt::Display for RejectCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// A row that cannot be imported.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Reject {
    /// Where the row starts: the line of a text file, from 1, or the row of a Parquet file, from 1.
    pub line: u64,
    /// Why.
    pub code: RejectCode,
    /// Why, in a sentence with the values.
    pub reason: String,
    /// The event key, where it is known.
    pub key: String,
    /// The row as it came, cut to 500 characters.
    pub text: String,
}

/// How many rows were rejected, by reason.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
#[serde(transparent)]
pub struct RejectCounts(pub BTreeMap<RejectCode, u64>);

impl RejectCounts {
    /// All rejected rows.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.0.values().sum()
    }
}

impl fmt::Display for RejectCounts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, (code, count)) in self.0.iter().enumerate() {
            let comma = if index == 0 { "" } else { ", " };
            write!(f, "{comma}{code} {count}")?;
        }
        Ok(())
    }
}

/// What happens when rows cannot be imported.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum OnReject {
    /// Nothing is imported; the rejects file lists the rows.
    #[default]
    Stop,
    /// The other rows are imported; the rejects file lists these.
    Skip,
}
