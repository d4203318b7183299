//! Burn detail as text: how the detail of events inside operations is kept in the ledger.
//!
//! The text is for reading back; what the entry proves is the hash of its meaning
//! ([`Detail::hash`]), which is the same for a detail that was read back.

use std::collections::BTreeMap;
use std::sync::Arc;

use scrip_journal::RateRef;
use scrip_rating::{Place, Refusal};
use scrip_units::{CardCode, CustomerCode, LotId, RateCode, WalletCode};
use scrip_wallet::lot::KeptUnit;
use serde::{Deserialize, Serialize};

use crate::detail::{Detail, DetailRow, Outcome, RateKey};

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct RateText {
    card: CardCode,
    version: u32,
    rate: RateCode,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    dimensions: BTreeMap<String, String>,
    unit: KeptUnit,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    currency: Option<KeptUnit>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct LotText {
    lot: LotId,
    wallet: WalletCode,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    currency: Option<KeptUnit>,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum OutcomeText {
    Drawn,
    Overage,
    Free,
    Refused,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks for a reference")]
fn zero(number: &i64) -> bool {
    *number == 0
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct RowText {
    /// Segment and row.
    place: (u32, u32),
    outcome: OutcomeText,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    refusal: Option<Refusal>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    lot: Option<u32>,
    /// The wallet that was overdrawn.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    wallet: Option<u32>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    rate: Option<u32>,
    quantity: i64,
    #[serde(default, skip_serializing_if = "zero")]
    before: i64,
    #[serde(default, skip_serializing_if = "zero")]
    units: i64,
    #[serde(default, skip_serializing_if = "zero")]
    money: i64,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct DetailText {
    customer: CustomerCode,
    entry: u64,
    rates: Vec<RateText>,
    lots: Vec<LotText>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    wallets: Vec<WalletCode>,
    rows: Vec<RowText>,
}

impl Detail {
    /// The detail as text.
    ///
    /// # Errors
    /// Never for a detail the engine made.
    pub fn to_json(&self) -> Result<String, serde_json::Error> {
        let rates = self.rates.iter().map(|key| RateText {
            card: key.rate.card.clone(),
            version: key.rate.version,
            rate: key.rate.rate.clone(),
            dimensions: key
                .dimensions
                .iter()
                .map(|(name, value)| (name.to_string(), value.to_string()))
                .collect(),
            unit: KeptUnit(key.unit),
            currency: key.currency.map(KeptUnit),
        });
        let lots = self.lots.iter().map(|(lot, wallet, currency)| LotText {
            lot: lot.clone(),
            wallet: wallet.clone(),
            currency: currency.map(KeptUnit),
        });
        serde_json::to_string(&DetailText {
            customer: self.customer.clone(),
            entry: self.entry,
            rates: rates.collect(),
            lots: lots.collect(),
            wallets: self.wallets.clone(),
            rows: self.rows.iter().map(row_text).collect(),
        })
    }

    /// Reads a detail back.
    ///
    /// # Errors
    /// The text is not a detail.
    pub fn from_json(text: &str) -> Result<Self, serde_json::Error> {
        let text: DetailText = serde_json::from_str(text)?;
        let rates = text.rates.into_iter().map(|rate| RateKey {
            rate: RateRef { card: rate.card, version: rate.version, rate: rate.rate },
            dimensions: Arc::new(
                rate.dimensions
                    .iter()
                    .map(|(name, value)| (Arc::from(name.as_str()), Arc::from(value.as_str())))
                    .collect(),
            ),
            unit: rate.unit.0,
            currency: rate.currency.map(|c| c.0),
        });
        let lots = text.lots.into_iter().map(|l| (l.lot, l.wallet, l.currency.map(|c| c.0)));
        Ok(Self {
            customer: text.customer,
            entry: text.entry,
            rates: rates.collect(),
            lots: lots.collect(),
            wallets: text.wallets,
            rows: text.rows.iter().map(row).collect::<Result<_, _>>()?,
        })
    }
}

fn row_text(row: &DetailRow) -> RowText {
    let (outcome, lot, wallet, refusal) = match row.outcome {
        Outcome::Drawn { lot } => (OutcomeText::Drawn, lot, None, None),
        Outcome::Overage { wallet } => (OutcomeText::Overage, None, wallet, None),
        Outcome::Free => (OutcomeText::Free, None, None, None),
        Outcome::Refused(refusal) => (OutcomeText::Refused, None, None, Some(refusal)),
    };
    RowText {
        place: (row.place.segment, row.place.row),
        outcome,
        refusal,
        lot,
        wallet,
        rate: (row.rate != u32::MAX).then_some(row.rate),
        quantity: row.quantity,
        before: row.quantity_before,
        units: row.units,
        money: row.money,
    }
}

fn row(text: &RowText) -> Result<DetailRow, serde_json::Error> {
    let outcome = match text.outcome {
        OutcomeText::Drawn => Outcome::Drawn { lot: text.lot },
        OutcomeText::Overage => Outcome::Overage { wallet: text.wallet },
        OutcomeText::Free => Outcome::Free,
        OutcomeText::Refused => Outcome::Refused(text.refusal.ok_or_else(|| {
            serde::de::Error::custom("a refused event without the reason of its refusal")
        })?),
    };
    Ok(DetailRow {
        place: Place { segment: text.place.0, row: text.place.1 },
        outcome,
        rate: text.rate.unwrap_or(u32::MAX),
        quantity: text.quantity,
        quantity_before: text.before,
        units: text.units,
        money: text.money,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use scrip_units::{Scale, Unit};

    fn unit(code: &str, decimals: u8) -> Unit {
        Unit::new(code.parse().unwrap(), Scale::try_new(decimals).unwrap())
    }

    #[test]
    fn a_detail_reads_back_with_the_hash_that_its_entry_carries() {
        let dimensions = [(Arc::from("model"), Arc::from("großes \"M\""))];
        let row = |row, outcome, rate| DetailRow {
            place: Place { segment: 0, row },
            outcome,
            rate,
            quantity: 1_000,
            quantity_before: i64::MAX - 1_000,
            units: -615,
            money: 554,
        };
        let detail = Detail {
            customer: CustomerCode::try_new("acme").unwrap(),
            entry: 7,
            rates: vec![RateKey {
                rate: RateRef {
                    card: CardCode::try_new("list").unwrap(),
                    version: 3,
                    rate: RateCode::try_new("large").unwrap(),
                },
                dimensions: Arc::new(dimensions.into_iter().collect()),
                unit: unit("credits", 2),
                currency: Some(unit("EUR", 2)),
            }],
            lots: vec![
                (LotId::try_new("l-1").unwrap(), WalletCode::try_new("w").unwrap(), None),
                (
                    LotId::try_new("l-2").unwrap(),
                    WalletCode::try_new("w").unwrap(),
                    Some(unit("USD", 2)),
                ),
            ],
            wallets: vec![WalletCode::try_new("w").unwrap()],
            rows: vec![
                row(0, Outcome::Drawn { lot: Some(1) }, 0),
                row(0, Outcome::Drawn { lot: None }, 0),
                row(1, Outcome::Overage { wallet: None }, 0),
                row(1, Outcome::Overage { wallet: Some(0) }, 0),
                row(2, Outcome::Free, u32::MAX),
                row(3, Outcome::Refused(Refusal::HardCap), u32::MAX),
            ],
        };
        let text = detail.to_json().unwrap();
        let back = Detail::from_json(&text).unwrap();
        assert_eq!(back, detail);
        assert_eq!(back.hash(), detail.hash());
        assert_eq!(back.to_json().unwrap(), text);
        let changed = text.replace("-615", "-614");
        assert_ne!(Detail::from_json(&changed).unwrap().hash(), detail.hash());
        assert!(Detail::from_json(&text.replace("\"refusal\":\"hard_cap\",", "")).is_err());
    }
}
