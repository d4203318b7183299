//! What may be asked of a ledger.

use scrip_journal::{AccountClass, EntryKind};
use scrip_units::{Actor, CustomerCode, Date, Instant, LotId, OperationId, UnitCode, WalletCode};

/// One page of a list that is ordered by sequence.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Page {
    /// Only what comes after this sequence; 0 for the beginning.
    pub after: u64,
    /// At most so many.
    pub limit: u32,
}

impl Page {
    /// The first `limit`.
    #[must_use]
    pub fn first(limit: u32) -> Self {
        Self { after: 0, limit }
    }

    /// The next `limit` after sequence `after`.
    #[must_use]
    pub fn after(after: u64, limit: u32) -> Self {
        Self { after, limit }
    }
}

/// Which entries; every condition that is given must hold.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct EntryFilter {
    /// Of this customer.
    pub customer: Option<CustomerCode>,
    /// Booked on this day or later.
    pub booked_from: Option<Date>,
    /// Booked before this day.
    pub booked_before: Option<Date>,
    /// Of this kind.
    pub kind: Option<EntryKind>,
    /// Caused by this operation.
    pub operation: Option<OperationId>,
    /// With a posting of this wallet.
    pub wallet: Option<WalletCode>,
    /// With a posting of this lot.
    pub lot: Option<LotId>,
    /// That count at this instant: effective then or before.
    pub effective_until: Option<Instant>,
}

/// Which operations; every condition that is given must hold.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct OperationFilter {
    /// Of this kind: `grant_credits`.
    pub kind: Option<String>,
    /// Caused by this person or program.
    pub actor: Option<Actor>,
    /// About this customer.
    pub customer: Option<CustomerCode>,
    /// Recorded at this instant or later.
    pub recorded_from: Option<Instant>,
    /// Recorded before this instant.
    pub recorded_before: Option<Instant>,
}

/// How a list of entries or operations falls into pages, so that any of them can be read without those
/// before it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct EntryIndex {
    /// How many are in the list.
    pub count: u64,
    /// The sequence after which each page begins.
    pub starts: Vec<u64>,
}

/// Which exchange rates; every condition that is given must hold.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct RateFilter {
    /// Of this source.
    pub source: Option<String>,
    /// Of these currencies.
    pub currencies: Option<Vec<UnitCode>>,
    /// Of this day or later.
    pub from: Option<Date>,
    /// Of this day or earlier.
    pub to: Option<Date>,
}

/// Which lots; every condition that is given must hold.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct LotFilter {
    /// Of this customer.
    pub customer: Option<CustomerCode>,
    /// In this wallet.
    pub wallet: Option<WalletCode>,
    /// Granted on this day or later.
    pub granted_from: Option<Date>,
    /// Granted before this day.
    pub granted_before: Option<Date>,
}

/// A column that facts can be kept apart by, beside month, account, unit and kind of entry, by
/// which they always are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum FactColumn {
    /// Customer.
    Customer,
    /// Wallet type of the lot; of the wallet's lots where a posting has a wallet and no lot.
    WalletType,
    /// Wallet.
    Wallet,
    /// Lot.
    Lot,
    /// Kind of the lot.
    LotKind,
    /// Accounting month of the lot's grant.
    LotMonth,
    /// Rate card, version and row.
    Rate,
    /// Report dimensions.
    Dimensions,
    /// Month in which the service was delivered.
    ServiceMonth,
}

impl FactColumn {
    /// Every column.
    pub const ALL: &'static [FactColumn] = &[
        Self::Customer,
        Self::WalletType,
        Self::Wallet,
        Self::Lot,
        Self::LotKind,
        Self::LotMonth,
        Self::Rate,
        Self::Dimensions,
        Self::ServiceMonth,
    ];

    fn bit(self) -> u16 {
        1 << (self as u16)
    }
}

/// A set of [`FactColumn`]s.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct FactGroup(u16);

impl FactGroup {
    /// The set of these columns.
    #[must_use]
    pub fn of(columns: &[FactColumn]) -> Self {
        Self(columns.iter().fold(0, |set, column| set | column.bit()))
    }

    /// Whether the column is kept apart.
    #[must_use]
    pub fn has(self, column: FactColumn) -> bool {
        self.0 & column.bit() != 0
    }

    /// The set with one more column.
    #[must_use]
    pub fn with(self, column: FactColumn) -> Self {
        Self(self.0 | column.bit())
    }
}

/// Which postings are summed, and by what they are kept apart.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct FactQuery {
    /// Columns kept apart.
    pub group: FactGroup,
    /// Booked on this day or later.
    pub booked_from: Option<Date>,
    /// Booked before this day.
    pub booked_before: Option<Date>,
    /// Of this customer.
    pub customer: Option<CustomerCode>,
    /// On accounts of these classes; empty for all.
    pub classes: Vec<AccountClass>,
    /// Of entries that count at this instant: effective then or before.
    pub effective_until: Option<Instant>,
}
