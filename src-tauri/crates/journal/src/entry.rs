//! Entries and their postings.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use schemars::JsonSchema;
use scrip_units::{
    Amount, CardCode, CustomerCode, Date, Instant, LotId, OperationId, RateCode, UnitCode,
    WalletCode,
};
use serde::{Deserialize, Serialize};

use crate::account::{Account, AccountClass};
use crate::chain::Hash;

/// What caused an entry, in the accountant's words. The columns of the roll-forward are made of
/// these.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum EntryKind {
    /// Credits bought.
    Purchase,
    /// Credits bought to fill a wallet up.
    TopUp,
    /// Credits given without a purchase.
    Grant,
    /// An opening balance brought in.
    OpeningBalance,
    /// A payment received.
    Payment,
    /// Usage burned lots or ran over.
    Usage,
    /// Units expired.
    Expiry,
    /// Units went over into new lots when their old ones ended.
    Rollover,
    /// The validity of a lot was extended.
    Extension,
    /// Unused units paid back.
    Refund,
    /// Unused units taken back.
    Void,
    /// Units moved to another wallet or another customer.
    Transfer,
    /// Units exchanged for units of another wallet's unit.
    Conversion,
    /// A balance put right by hand.
    Adjustment,
    /// A payment charged back, or a chargeback won.
    Chargeback,
    /// A minimum commitment trued up.
    TrueUp,
    /// Overage invoiced.
    Invoice,
    /// Units reserved.
    Hold,
    /// Reserved units given back.
    Release,
    /// An invoice taken back.
    InvoiceVoid,
    /// A part of an invoice or of a purchase credited.
    CreditNote,
    /// A claim that will not be paid.
    WriteOff,
    /// A fee charged in advance.
    Charge,
    /// A fee that was charged in advance is earned.
    Recognition,
    /// Usage taken back.
    Reversal,
}

impl EntryKind {
    /// Every kind.
    pub const ALL: &'static [EntryKind] = &[
        EntryKind::Purchase,
        EntryKind::TopUp,
        EntryKind::Grant,
        EntryKind::OpeningBalance,
        EntryKind::Payment,
        EntryKind::Usage,
        EntryKind::Expiry,
        EntryKind::Rollover,
        EntryKind::Extension,
        EntryKind::Refund,
        EntryKind::Void,
        EntryKind::Transfer,
        EntryKind::Conversion,
        EntryKind::Adjustment,
        EntryKind::Chargeback,
        EntryKind::TrueUp,
        EntryKind::Invoice,
        EntryKind::Hold,
        EntryKind::Release,
        EntryKind::InvoiceVoid,
        EntryKind::CreditNote,
        EntryKind::WriteOff,
        EntryKind::Charge,
        EntryKind::Recognition,
        EntryKind::Reversal,
    ];

    /// The name used in files and in the ledger.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            EntryKind::Purchase => "purchase",
            EntryKind::TopUp => "top_up",
            EntryKind::Grant => "grant",
            EntryKind::OpeningBalance => "opening_balance",
            EntryKind::Payment => "payment",
            EntryKind::Usage => "usage",
            EntryKind::Expiry => "expiry",
            EntryKind::Rollover => "rollover",
            EntryKind::Extension => "extension",
            EntryKind::Refund => "refund",
            EntryKind::Void => "void",
            EntryKind::Transfer => "transfer",
            EntryKind::Conversion => "conversion",
            EntryKind::Adjustment => "adjustment",
            EntryKind::Chargeback => "chargeback",
            EntryKind::TrueUp => "true_up",
            EntryKind::Invoice => "invoice",
            EntryKind::Hold => "hold",
            EntryKind::Release => "release",
            EntryKind::InvoiceVoid => "invoice_void",
            EntryKind::CreditNote => "credit_note",
            EntryKind::WriteOff => "write_off",
            EntryKind::Charge => "charge",
            EntryKind::Recognition => "recognition",
            EntryKind::Reversal => "reversal",
        }
    }
}

impl fmt::Display for EntryKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.code())
    }
}

/// The rate that caused a posting.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct RateRef {
    /// Rate card.
    pub card: CardCode,
    /// Version of the card.
    pub version: u32,
    /// Row of the version.
    pub rate: RateCode,
}

impl fmt::Display for RateRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}@{}/{}", self.card, self.version, self.rate)
    }
}

/// Values of the dimensions that the ledger keeps apart (`report = true` on the meter).
pub type ReportDimensions = BTreeMap<Arc<str>, Arc<str>>;

/// One line of an entry. Debits are positive, credits negative.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Posting {
    /// The account.
    pub account: Account,
    /// The amount, debit positive.
    pub amount: Amount,
    /// The wallet it applies to.
    pub wallet: Option<WalletCode>,
    /// The lot it applies to.
    pub lot: Option<LotId>,
    /// The rate that caused it.
    pub rate: Option<RateRef>,
    /// Report dimensions of the usage that caused it; empty when none are kept apart.
    pub dimensions: Arc<ReportDimensions>,
    /// The day on which the service was delivered.
    pub service_day: Option<Date>,
}

impl Posting {
    /// A posting that applies to nothing but its account.
    #[must_use]
    pub fn new(account: Account, amount: Amount) -> Self {
        Self {
            account,
            amount,
            wallet: None,
            lot: None,
            rate: None,
            dimensions: Arc::default(),
            service_day: None,
        }
    }

    /// Whether it counts units as burned on their day: those that usage consumed, and those that a draft
    /// invoice holds for it, until it is final.
    #[must_use]
    pub fn is_burn(&self) -> bool {
        match self.account {
            Account::UnitsConsumed => true,
            Account::UnitsHeld => self.service_day.is_some(),
            _ => false,
        }
    }

    /// The same posting for a wallet and a lot.
    #[must_use]
    pub fn of_lot(mut self, wallet: &WalletCode, lot: &LotId) -> Self {
        self.wallet = Some(wallet.clone());
        self.lot = Some(lot.clone());
        self
    }
}

/// An entry before it has its place in a chain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Draft {
    /// What caused it.
    pub kind: EntryKind,
    /// The operation it comes from.
    pub operation: OperationId,
    /// The instant from which it counts.
    pub effective_at: Instant,
    /// The accounting day, in the entity's zone.
    pub booked_on: Date,
    /// One sentence for people.
    pub memo: String,
    /// Hash of the columnar detail that the entry sums up, if it does.
    pub detail: Option<Hash>,
    /// The lines.
    pub postings: Vec<Posting>,
}

/// An entry of the ledger: immutable, balanced, chained.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// The customer whose chain it is in.
    pub customer: CustomerCode,
    /// Its number in that chain, from 1.
    pub number: u64,
    /// What it says.
    pub body: Draft,
    /// Whether its own day was closed when it was booked, so that it is booked on the first open day.
    pub late: bool,
    /// Hash of the entry before it in the chain; zero for the first.
    pub previous: Hash,
    /// Hash of this entry.
    pub hash: Hash,
}

/// Why a draft cannot become an entry.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EntryError {
    /// Debits and credits differ.
    #[error(
        "the entry of operation {operation} does not balance: {unit} in the {ledger} ledger is off by {difference} smallest steps"
    )]
    Unbalanced {
        /// The operation.
        operation: OperationId,
        /// Unit that does not balance.
        unit: UnitCode,
        /// `units` or `money`.
        ledger: &'static str,
        /// Sum of the postings.
        difference: i128,
    },
    /// No lines.
    #[error("the entry of operation {operation} has no postings")]
    Empty {
        /// The operation.
        operation: OperationId,
    },
}

impl Draft {
    /// Checks that the entry balances per unit in the units ledger and in the money ledger.
    ///
    /// # Errors
    /// [`EntryError`].
    pub fn check(&self) -> Result<(), EntryError> {
        if self.postings.is_empty() {
            return Err(EntryError::Empty { operation: self.operation.clone() });
        }
        let mut sums: BTreeMap<(bool, UnitCode), i128> = BTreeMap::new();
        for posting in &self.postings {
            let units = posting.account.class() == AccountClass::Units;
            *sums.entry((units, posting.amount.unit().code())).or_default() +=
                i128::from(posting.amount.steps());
        }
        match sums.into_iter().find(|(_, sum)| *sum != 0) {
            None => Ok(()),
            Some(((units, unit), difference)) => Err(EntryError::Unbalanced {
                operation: self.operation.clone(),
                unit,
                ledger: if units { "units" } else { "money" },
                difference,
            }),
        }
    }
}
