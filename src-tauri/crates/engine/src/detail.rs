//! Burn detail: which event drew how much from which lot at which rate.
//!
//! An entry sums up many events; the detail keeps them apart, in columns beside the archive, and
//! its hash is in the entry. The hash is BLAKE3 over the canonical encoding of the rates and lots
//! in use and then the rows (format `scrip-detail/1`).

use std::sync::Arc;

use scrip_journal::encoding::Encoder;
use scrip_journal::entry::ReportDimensions;
use scrip_journal::{Hash, RateRef};
use scrip_rating::{Place, Refusal};
use scrip_units::{CustomerCode, LotId, Unit, WalletCode};

/// What became of an event, or of a part of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// Charged to a lot (position in [`Detail::lots`]); zero units when the charge was less than a
    /// step so far.
    Drawn {
        /// The lot; none when nothing was drawn.
        lot: Option<u32>,
    },
    /// Covered by no lot: charged in money, or booked as the overdraft of a wallet.
    Overage {
        /// The wallet that was overdrawn (position in [`Detail::wallets`]); none for money.
        wallet: Option<u32>,
    },
    /// Cost nothing by the card.
    Free,
    /// Not charged.
    Refused(Refusal),
}

impl Outcome {
    /// The code used in files.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Drawn { .. } => "drawn",
            Self::Overage { .. } => "overage",
            Self::Free => "free",
            Self::Refused(_) => "refused",
        }
    }

    fn number(self) -> (u64, u64) {
        match self {
            Self::Drawn { lot } => (0, lot.map_or(0, |l| u64::from(l) + 1)),
            Self::Overage { wallet } => (1, wallet.map_or(0, |w| u64::from(w) + 1)),
            Self::Free => (2, 0),
            Self::Refused(refusal) => (3, refusal as u64),
        }
    }
}

/// A rate with the report dimensions of the usage it priced: what postings are summed by.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RateKey {
    /// The rate.
    pub rate: RateRef,
    /// Report dimensions.
    pub dimensions: Arc<ReportDimensions>,
    /// Unit of the charge.
    pub unit: Unit,
    /// Currency of overage, if the rate has it.
    pub currency: Option<Unit>,
}

/// One event, or the part of it that one lot paid.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DetailRow {
    /// The event.
    pub place: Place,
    /// What became of it.
    pub outcome: Outcome,
    /// Position in [`Detail::rates`]; `u32::MAX` when it was not priced.
    pub rate: u32,
    /// Quantity priced, after conversions, in smallest steps; on the event's first row only.
    pub quantity: i64,
    /// Quantity of the billing period before the event, in smallest steps.
    pub quantity_before: i64,
    /// Units charged, in smallest steps.
    pub units: i64,
    /// Revenue recognised (or overage charged), in smallest steps of the lot's currency (or of the
    /// overage's).
    pub money: i64,
}

/// The detail of one entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Detail {
    /// The customer.
    pub customer: CustomerCode,
    /// Number of the entry in the customer's chain; 0 for events that caused no posting.
    pub entry: u64,
    /// Rates in use.
    pub rates: Vec<RateKey>,
    /// Lots in use, with wallet and currency.
    pub lots: Vec<(LotId, WalletCode, Option<Unit>)>,
    /// Wallets that were overdrawn.
    pub wallets: Vec<WalletCode>,
    /// The rows, in posting order.
    pub rows: Vec<DetailRow>,
}

impl Detail {
    /// The hash that the entry carries.
    #[must_use]
    pub fn hash(&self) -> Hash {
        let mut encoder = Encoder::default();
        encoder.text("scrip-detail/1");
        encoder.text(self.customer.as_str());
        encoder.count(self.rates.len() as u64);
        for key in &self.rates {
            encoder.text(key.rate.card.as_str());
            encoder.count(u64::from(key.rate.version));
            encoder.text(key.rate.rate.as_str());
            encoder.count(key.dimensions.len() as u64);
            for (name, value) in key.dimensions.iter() {
                encoder.text(name);
                encoder.text(value);
            }
        }
        encoder.count(self.lots.len() as u64);
        for (lot, _, _) in &self.lots {
            encoder.text(lot.as_str());
        }
        encoder.count(self.rows.len() as u64);
        for row in &self.rows {
            let (outcome, which) = row.outcome.number();
            for count in [
                u64::from(row.place.segment),
                u64::from(row.place.row),
                outcome,
                which,
                u64::from(row.rate),
            ] {
                encoder.count(count);
            }
            for number in [row.quantity, row.quantity_before, row.units, row.money] {
                encoder.number(number);
            }
        }
        // There mostly are none, and the format is older than they are.
        for wallet in &self.wallets {
            encoder.text(wallet.as_str());
        }
        Hash::of(encoder.bytes())
    }
}
