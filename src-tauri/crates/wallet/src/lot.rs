//! Lots: what is left of a grant, with its facts for life.

use std::fmt;
use std::str::FromStr;

use schemars::JsonSchema;
use scrip_units::{
    Amount, Date, Instant, LotId, Scale, Unit, UnitCode, WalletCode, WalletTypeCode,
};
use serde::{Deserialize, Serialize};

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
    type Err = LotError;
    fn from_str(text: &str) -> Result<Self, LotError> {
        Self::ALL
            .into_iter()
            .find(|k| k.code() == text)
            .ok_or_else(|| LotError::UnknownKind { text: text.to_owned() })
    }
}

/// Why something cannot happen to a lot.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LotError {
    /// Not a lot kind.
    #[error(
        "{text:?} is not a lot kind: use purchased, bonus, promotional, compensation, allocated or migrated"
    )]
    UnknownKind {
        /// The text as given.
        text: String,
    },
    /// The lot has less than asked for.
    #[error("lot {lot} has {available} left, {wanted} was asked for")]
    Insufficient {
        /// The lot.
        lot: LotId,
        /// What is left.
        available: Amount,
        /// What was asked for.
        wanted: Amount,
    },
}

/// One customer's wallet.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Wallet {
    /// Code, unique for the customer.
    pub code: WalletCode,
    /// Its product definition.
    pub wallet_type: WalletTypeCode,
}

/// A unit as it is kept in a book.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "StoredUnit", into = "StoredUnit")]
pub struct KeptUnit(pub Unit);

#[derive(Serialize, Deserialize)]
struct StoredUnit {
    code: UnitCode,
    scale: u8,
}
impl From<KeptUnit> for StoredUnit {
    fn from(unit: KeptUnit) -> Self {
        Self { code: unit.0.code(), scale: unit.0.scale().decimals() }
    }
}
impl TryFrom<StoredUnit> for KeptUnit {
    type Error = scrip_units::UnitError;
    fn try_from(unit: StoredUnit) -> Result<Self, Self::Error> {
        Ok(Self(Unit::new(unit.code, Scale::try_new(unit.scale)?)))
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks for a reference")]
fn is_zero(units: &i64) -> bool {
    *units == 0
}

/// A lot. Quantities of units and money are in smallest steps.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lot {
    /// Id.
    pub id: LotId,
    /// The wallet it is in.
    pub wallet: WalletCode,
    /// The wallet's type.
    pub wallet_type: WalletTypeCode,
    /// Version of the wallet type in force when the lot was granted.
    pub wallet_type_version: u32,
    /// How the customer came by it.
    pub kind: LotKind,
    /// Unit of the units.
    pub unit: KeptUnit,
    /// Grant priority: the lower number burns first; none last.
    pub priority: Option<u32>,
    /// Day of the grant in the entity's zone.
    pub granted_on: Date,
    /// From when it is usable, inclusive.
    pub effective_at: Instant,
    /// Until when it is usable, exclusive.
    pub expires_at: Option<Instant>,
    /// Units issued.
    pub issued: i64,
    /// Units that can still be drawn.
    pub available: i64,
    /// Units burned.
    pub consumed: i64,
    /// Units expired.
    pub expired: i64,
    /// Units refunded or voided.
    pub refunded: i64,
    /// Units reserved: they cannot be drawn, do not expire, and return or burn when their hold ends.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub held: i64,
    /// Units that left for another lot, with their share of the consideration.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub transferred: i64,
    /// Currency of the consideration; none when nothing was paid.
    pub currency: Option<KeptUnit>,
    /// Consideration net of tax.
    pub consideration: i64,
    /// Consideration already released from the liability, whatever became of it.
    pub released: i64,
}

impl Lot {
    /// Whether the lot may be drawn at an instant, apart from what is left of it.
    #[must_use]
    pub fn is_usable_at(&self, at: Instant) -> bool {
        self.effective_at <= at && self.expires_at.is_none_or(|end| at < end)
    }

    /// Units that usage at an instant inside the lot's validity may draw: what is available, and
    /// what expired since, because usage that arrives late still happened before the expiry.
    #[must_use]
    pub fn drawable(&self) -> i64 {
        self.available + self.expired
    }

    /// Units gone from the lot in any way.
    #[must_use]
    pub fn gone(&self) -> i64 {
        self.consumed + self.expired + self.refunded + self.transferred
    }

    /// Consideration not yet released: the lot's carrying amount.
    #[must_use]
    pub fn carrying(&self) -> i64 {
        self.consideration - self.released
    }

    /// Whether issued = available + held + consumed + expired + refunded + transferred.
    #[must_use]
    pub fn conserves(&self) -> bool {
        self.available >= 0
            && self.consumed >= 0
            && self.expired >= 0
            && self.refunded >= 0
            && self.held >= 0
            && self.transferred >= 0
            && self.available.checked_add(self.held).and_then(|n| n.checked_add(self.gone()))
                == Some(self.issued)
    }
}
