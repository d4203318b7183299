//! Operations as the oracle sees them, and how they are written.
//!
//! Times are minutes since the start of 2026, money is cents, units are hundredths of a credit,
//! quantities thousandths of an item.

use scrip_units::{Instant, Scale, format_steps};
use serde_json::{Value, json};

/// A usage event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    /// Number of its key.
    pub key: u32,
    /// When it occurred.
    pub at: i64,
    /// Quantity.
    pub quantity: i64,
    /// Dimension `feature`.
    pub feature: Option<&'static str>,
    /// Dimension `sort`.
    pub sort: Option<&'static str>,
}

/// What was paid for a grant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Paid {
    /// Net of tax.
    pub net: i64,
    /// Tax.
    pub tax: i64,
    /// Whether a payment is to follow.
    pub invoiced: bool,
}

/// A grant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Grant {
    /// Number of the lot.
    pub lot: u32,
    /// Wallet type.
    pub wallet: usize,
    /// Units.
    pub units: i64,
    /// Kind of the lot.
    pub kind: &'static str,
    /// Price.
    pub paid: Option<Paid>,
    /// From when.
    pub from: i64,
    /// Until when.
    pub until: Option<i64>,
    /// Grant priority.
    pub priority: Option<u32>,
}

/// What an operation does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// Grants a lot.
    Grant(Grant),
    /// Records usage.
    Use {
        /// The events.
        events: Vec<Event>,
        /// Whether refused events are recorded rather than refusing all.
        record: bool,
    },
    /// Sweeps.
    Expire,
    /// Refunds unused units.
    Refund {
        /// The lot.
        lot: u32,
        /// How many; all if none.
        units: Option<i64>,
        /// Fee kept.
        fee: i64,
    },
    /// Voids a lot.
    Void {
        /// The lot.
        lot: u32,
    },
    /// Receives a payment.
    Pay(i64),
    /// Invoices overage.
    Invoice {
        /// How much; all if none.
        amount: Option<i64>,
        /// Tax on top.
        tax: i64,
    },
}

/// The instant a number of minutes after the start of 2026.
#[must_use]
pub fn instant(minutes: i64) -> String {
    const START: i64 = 1_767_225_600_000_000;
    Instant::from_micros(START + minutes * 60_000_000).map_or(String::new(), |at| at.to_string())
}

/// Hundredths as a decimal.
fn hundredths(number: i64) -> String {
    format_steps(i128::from(number), Scale::try_new(2).unwrap_or(Scale::ZERO))
}

/// Thousandths as a decimal.
fn thousandths(number: i64) -> String {
    format_steps(i128::from(number), Scale::try_new(3).unwrap_or(Scale::ZERO))
}

impl Event {
    fn written(&self) -> Value {
        let mut dimensions = serde_json::Map::new();
        for (name, value) in [("feature", self.feature), ("sort", self.sort)] {
            if let Some(value) = value {
                dimensions.insert(name.to_owned(), value.into());
            }
        }
        json!({
            "key": format!("k{}", self.key),
            "meter": "usage",
            "quantity": thousandths(self.quantity),
            "dimensions": dimensions,
            "occurred_at": instant(self.at),
        })
    }
}

impl Step {
    /// The operation in the documented form, with an id, at a time.
    #[must_use]
    pub fn written(&self, id: &str, at: i64) -> String {
        let mut operation =
            json!({ "id": id, "at": instant(at), "actor": "oracle", "customer": "acme" });
        let body = match self {
            Self::Grant(grant) => grant.written(),
            Self::Use { events, record } => json!({
                "op": "record_usage",
                "events": events.iter().map(Event::written).collect::<Vec<_>>(),
                "on_refusal": if *record { "record" } else { "reject" },
            }),
            Self::Expire => json!({ "op": "expire_lots" }),
            Self::Refund { lot, units, fee } => {
                let mut body = json!({
                    "op": "refund_grant", "lot": format!("L{lot}"), "fee": hundredths(*fee),
                });
                if let Some(units) = units {
                    body["units"] = hundredths(*units).into();
                }
                body
            }
            Self::Void { lot } => json!({ "op": "void_lot", "lot": format!("L{lot}") }),
            Self::Pay(amount) => json!({
                "op": "receive_payment", "amount": hundredths(*amount), "currency": "EUR",
            }),
            Self::Invoice { amount, tax } => {
                let mut body = json!({
                    "op": "invoice_overage", "currency": "EUR", "tax": hundredths(*tax),
                });
                if let Some(amount) = amount {
                    body["amount"] = hundredths(*amount).into();
                }
                body
            }
        };
        if let (Value::Object(all), Value::Object(body)) = (&mut operation, body) {
            all.extend(body);
        }
        operation.to_string()
    }
}

impl Grant {
    fn written(&self) -> Value {
        let mut body = json!({
            "op": "grant_credits",
            "lot": format!("L{}", self.lot),
            "wallet_type": format!("w{}", self.wallet),
            "units": hundredths(self.units),
            "kind": self.kind,
            "effective_at": instant(self.from),
            "expires_at": self.until.map_or_else(|| "never".to_owned(), instant),
        });
        if let Some(paid) = &self.paid {
            body["price"] = json!({
                "net": hundredths(paid.net), "tax": hundredths(paid.tax), "currency": "EUR",
            });
            body["settlement"] = if paid.invoiced { "invoiced" } else { "paid" }.into();
        }
        if let Some(priority) = self.priority {
            body["priority"] = priority.into();
        }
        body
    }
}
