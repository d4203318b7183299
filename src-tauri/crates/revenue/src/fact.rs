//! Facts: sums of postings, the only thing reports are made of.

use std::collections::BTreeMap;
use std::sync::Arc;

use scrip_journal::{Account, EntryKind, RateRef};
use scrip_units::{CustomerCode, LotId, Month, Unit, WalletCode, WalletTypeCode};

/// The sum of some postings that share what is named here; `None` where the sum runs over all
/// values or the postings have none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fact {
    /// Accounting month.
    pub month: Month,
    /// Account.
    pub account: Account,
    /// Unit of the amounts.
    pub unit: Unit,
    /// What caused the entries.
    pub kind: EntryKind,
    /// Customer.
    pub customer: Option<CustomerCode>,
    /// Wallet type of the lot or wallet.
    pub wallet_type: Option<WalletTypeCode>,
    /// Wallet.
    pub wallet: Option<WalletCode>,
    /// Lot.
    pub lot: Option<LotId>,
    /// Kind of the lot: `purchased`, `promotional`, ...
    pub lot_kind: Option<String>,
    /// Accounting month in which the lot was granted.
    pub lot_month: Option<Month>,
    /// Rate.
    pub rate: Option<RateRef>,
    /// Report dimensions.
    pub dimensions: BTreeMap<Arc<str>, Arc<str>>,
    /// Month in which the service was delivered.
    pub service_month: Option<Month>,
    /// Sum of the positive postings, in smallest steps.
    pub debit: i128,
    /// Sum of the negative postings, as a positive number of smallest steps.
    pub credit: i128,
}

impl Fact {
    /// Debits less credits.
    #[must_use]
    pub fn balance(&self) -> i128 {
        self.debit - self.credit
    }
}
