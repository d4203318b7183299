//! Kinds of lots.

use std::fmt;
use std::str::FromStr;

use super::*;

/// How the customer came by the units (accounting rules, section 4).
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum LotKind {
    /// Bought.
    Purchased,
    /// Came with a purchase.
    Bonus,
    /// Given away, no contract.
    Promotional,
    /// Given to make up for something.
    Compensation,
    /// A share of a larger contract.
    Allocated,
    /// Brought in as an opening balance.
    Migrated,
}

impl LotKind {
    /// Every kind.
    pub const ALL: [LotKind; 6] = [
        Self::Purchased,
        Self::Bonus,
        Self::Promotional,
        Self::Compensation,
        Self::Allocated,
        Self::Migrated,
    ];

    /// The name used in files and in the ledger.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Purchased => "purchased",
            Self::Bonus => "bonus",
            Self::Promotional => "promotional",
            Self::Compensation => "compensation",
            Self::Allocated => "allocated",
            Self::Migrated => "migrated",
        }
    }

    /// Whether the units were given away rather than paid for.
    #[must_use]
    pub fn is_free(self) -> bool {
        matches!(self, Self::Bonus | Self::Promotional | Self::Compensation)
    }
}

impl fmt::Display for LotKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.code())
    }
}
impl FromStr for LotKind {
    type Err = UnknownLotKind;
    fn from_str(text: &str) -> Result<Self, UnknownLotKind> {
        Self::ALL
            .into_iter()
            .find(|k| k.code() == text)
            .ok_or_else(|| UnknownLotKind { text: text.to_owned() })
    }
}

/// The text is not a lot kind.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "{text:?} is not a lot kind: use purchased, bonus, promotional, compensation, allocated or migrated"
)]
pub struct UnknownLotKind {
    /// The text as given.
    pub text: String,
}
