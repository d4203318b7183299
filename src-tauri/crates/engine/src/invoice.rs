//! Invoices as a book keeps them: the draft of each billing period, and what was made final.
//!
//! Owns: which lines there are, how usage adds to them, what an invoice is worth.
//! Deliberately does not know: the entries that invoices cause, and how they are printed.

use std::collections::BTreeMap;

use scrip_journal::RateRef;
use scrip_units::{CardCode, Date, Instant, LotId, UnitCode, WalletCode};
use scrip_wallet::TaxKind;
use scrip_wallet::lot::KeptUnit;
use serde::{Deserialize, Serialize};

/// What a line is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LineOf {
    /// Usage that prepaid units covered: shown with its value, not charged.
    Covered,
    /// Usage beyond the wallets, in money.
    Overage,
    /// What a minimum commitment earned too little.
    TrueUp,
    /// What was invoiced before, taken off.
    InvoicedBefore,
}

/// What a line sums up.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct LineKey {
    /// What it is about.
    pub of: LineOf,
    /// The wallet that covered it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub wallet: Option<WalletCode>,
    /// The rate card; none for what was captured without a rate.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub card: Option<CardCode>,
    /// Unit of the units.
    pub unit: UnitCode,
}

/// A line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Line {
    /// What it sums up.
    #[serde(flatten)]
    pub key: LineKey,
    /// Units, in smallest steps.
    pub units: i64,
    /// Money, in smallest steps of the invoice's currency: the revenue of what was covered, or what
    /// is charged.
    pub money: i64,
}

/// Units of a lot that a draft holds for the usage of a day: they burn when it is final.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HeldUsage {
    /// The lot.
    pub lot: LotId,
    /// The rate; none for what was captured without one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rate: Option<RateRef>,
    /// Dimension values that reports break down by.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub dimensions: BTreeMap<String, String>,
    /// The service day.
    pub day: Date,
    /// Units, in smallest steps.
    pub units: i64,
}

impl HeldUsage {
    /// What may be summed up.
    pub(crate) fn key(&self) -> impl Ord + '_ {
        let rate = self.rate.as_ref().map(|rate| (&rate.card, rate.version, &rate.rate));
        (&self.lot, rate, &self.dimensions, self.day)
    }
}

/// What a draft held, as it burned when the invoice was made final.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BurnedUsage {
    /// The usage.
    #[serde(flatten)]
    pub usage: HeldUsage,
    /// Its revenue, in smallest steps of the lot's currency.
    pub money: i64,
}

/// What the next invoice of a billing period would say.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct DraftInvoice {
    /// Lines in their order, without what is held.
    pub lines: Vec<Line>,
    /// Units that the draft holds.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub held: Vec<HeldUsage>,
}

impl DraftInvoice {
    /// Whether it says nothing.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.lines.is_empty() && self.held.is_empty()
    }

    /// Adds to a line; a line of nothing is none.
    pub(crate) fn add(&mut self, key: LineKey, units: i64, money: i64) {
        match self.lines.binary_search_by(|line| line.key.cmp(&key)) {
            Ok(place) => {
                let line = &mut self.lines[place];
                line.units += units;
                line.money += money;
                if (line.units, line.money) == (0, 0) {
                    self.lines.remove(place);
                }
            }
            Err(_) if (units, money) == (0, 0) => {}
            Err(place) => self.lines.insert(place, Line { key, units, money }),
        }
    }

    /// What is to be charged, in smallest steps: all lines but those that are covered.
    #[must_use]
    pub fn net(&self) -> i64 {
        net(&self.lines)
    }
}

/// What lines charge, in smallest steps.
#[must_use]
pub fn net(lines: &[Line]) -> i64 {
    lines.iter().filter(|line| line.key.of != LineOf::Covered).map(|line| line.money).sum()
}

/// An invoice that was made final. Its lines do not change any more.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Invoice {
    /// First day of the billing period.
    pub period: Date,
    /// First day after it.
    pub period_end: Date,
    /// Currency.
    pub currency: KeptUnit,
    /// When it was made final.
    pub at: Instant,
    /// Lines in their order.
    pub lines: Vec<Line>,
    /// What the lines charge, net of tax.
    pub net: i64,
    /// Tax.
    pub tax: i64,
    /// Which tax.
    pub tax_kind: TaxKind,
    /// Paid, by payments that name it.
    pub paid: i64,
    /// Credited net of tax, against what is open and of what was paid.
    pub credited: i64,
    /// Tax credited.
    pub credited_tax: i64,
    /// What of the credit was paid back, tax included.
    pub paid_back: i64,
    /// Written off, tax included.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub written_off: Option<WrittenOff>,
    /// What burned when it was made final, as far as it was not given back since.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub burned: Vec<BurnedUsage>,
    /// When it was taken back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub voided_at: Option<Instant>,
}

/// What of an invoice was written off, and what of that was paid after all.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct WrittenOff {
    /// Tax included.
    pub gross: i64,
    /// Tax taken back with it.
    pub tax: i64,
    /// Paid since, tax included.
    pub recovered: i64,
    /// Tax owed again since.
    pub recovered_tax: i64,
}

impl WrittenOff {
    /// What is not paid of it.
    #[must_use]
    pub fn left(self) -> i64 {
        self.gross - self.recovered
    }
}

impl Invoice {
    /// What it asks for, tax included.
    #[must_use]
    pub fn gross(&self) -> i64 {
        self.net + self.tax
    }

    /// What is still to be paid, tax included.
    #[must_use]
    pub fn open(&self) -> i64 {
        if self.voided_at.is_some() {
            return 0;
        }
        let credited = self.credited + self.credited_tax - self.paid_back;
        self.gross() - self.paid - credited - self.lost()
    }

    /// What is written off and not paid since, tax included.
    #[must_use]
    pub fn lost(&self) -> i64 {
        self.written_off.map_or(0, WrittenOff::left)
    }

    /// `open`, `paid`, `credited`, `written_off` or `void`.
    #[must_use]
    pub fn state(&self) -> &'static str {
        if self.voided_at.is_some() {
            "void"
        } else if self.open() > 0 {
            "open"
        } else if self.lost() > 0 {
            "written_off"
        } else if self.gross() != 0 && self.credited + self.credited_tax == self.gross() {
            "credited"
        } else {
            "paid"
        }
    }
}
