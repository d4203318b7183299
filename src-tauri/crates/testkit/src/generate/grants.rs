//! Grants, refunds, voids, payments and invoices.

use proptest::option;
use proptest::prelude::*;
use proptest::sample::select;
use serde_json::{Value, json};

use super::{date, decimal, minutes, time};

const KINDS: &[&str] = &[
    "purchased",
    "purchased",
    "purchased",
    "bonus",
    "promotional",
    "compensation",
    "allocated",
    "migrated",
];

fn price() -> impl Strategy<Value = Value> {
    let money = prop_oneof![0_i64..10, 0_i64..5000];
    let currency = select(vec!["EUR", "EUR", "EUR", "USD"]);
    let kind = select(vec!["vat", "vat", "sales_tax"]);
    (money, select(vec![0_i64, 0, 21]), currency, kind).prop_map(|(net, tax, currency, kind)| {
        json!({
            "net": decimal(net, 2), "tax": decimal(tax, 2), "tax_kind": kind, "currency": currency,
        })
    })
}

/// When a lot begins: mostly early, so that usage finds it.
fn start() -> impl Strategy<Value = i64> {
    prop_oneof![5 => (0_i64..12).prop_map(|day| day * 1440), 1 => minutes()]
}

#[derive(Debug, Clone)]
enum End {
    ByRule,
    Never,
    Date(i64),
    After(i64),
}

fn end() -> impl Strategy<Value = End> {
    prop_oneof![
        2 => Just(End::ByRule),
        1 => Just(End::Never),
        1 => (20_i64..118).prop_map(End::Date),
        4 => (1_i64..90).prop_map(|days| End::After(days * 1440)),
        1 => Just(End::After(0)),
    ]
}

/// A grant.
pub fn grant() -> impl Strategy<Value = Value> {
    let units = prop_oneof![1_i64..10, 1_i64..500, 1_i64..20_000, 1_i64..20_000];
    (
        (0_u64..5, option::weighted(0.15, select(vec!["extra", "spare"])), units),
        (select(KINDS), price(), prop::bool::weighted(0.95), any::<bool>()),
        (option::weighted(0.9, start()), end()),
        (option::of(0_u32..3), option::weighted(0.1, 0_u64..5)),
    )
        .prop_map(|((kind_of, wallet, units), paid, (from, end), (priority, lot))| {
            let (kind, price, usual, invoiced) = paid;
            let mut grant = json!({
                "op": "grant_credits", "units": decimal(units, 2), "kind": kind,
                "wallet_type": { "$wallet_type": kind_of },
                "settlement": if invoiced { "invoiced" } else { "paid" },
            });
            // Nearly all follow the rule of their kind: promotional lots have no price, others do.
            if (kind == "promotional") != usual {
                grant["price"] = price;
            }
            if let Some(wallet) = wallet {
                grant["wallet"] = wallet.into();
            }
            if let Some(from) = from {
                grant["effective_at"] = time(from).into();
            }
            match end {
                End::ByRule => {}
                End::Never => grant["expires_at"] = "never".into(),
                End::Date(day) => grant["expires_at"] = date(day).into(),
                End::After(minutes) => {
                    grant["expires_at"] = time(from.unwrap_or_default() + minutes).into();
                }
            }
            if let Some(priority) = priority {
                grant["priority"] = priority.into();
            }
            if let Some(lot) = lot {
                // Taken, if there is such a lot.
                grant["lot"] = json!({ "$lot": lot });
            }
            grant
        })
}

/// A refund.
pub fn refund() -> impl Strategy<Value = Value> {
    let units = option::of(prop_oneof![1_i64..20, 1_i64..2000]);
    (0_u64..10, units, select(vec![0_i64, 0, 1, 50])).prop_map(|(lot, units, fee)| {
        let mut refund = json!({
            "op": "refund_grant", "lot": { "$lot": lot }, "fee": decimal(fee, 2),
        });
        if let Some(units) = units {
            refund["units"] = decimal(units, 2).into();
        }
        refund
    })
}

/// A void.
pub fn void() -> impl Strategy<Value = Value> {
    (0_u64..10).prop_map(|lot| json!({ "op": "void_lot", "lot": { "$lot": lot } }))
}

/// A payment.
pub fn payment() -> impl Strategy<Value = Value> {
    let amount = prop_oneof![1_i64..100, 1_i64..3000];
    (amount, select(vec!["EUR", "EUR", "USD"])).prop_map(|(amount, currency)| {
        json!({ "op": "receive_payment", "amount": decimal(amount, 2), "currency": currency })
    })
}

/// An invoice of overage.
pub fn invoice() -> impl Strategy<Value = Value> {
    (option::of(1_i64..50), select(vec![0_i64, 7])).prop_map(|(amount, tax)| {
        let mut invoice =
            json!({ "op": "invoice_overage", "currency": "EUR", "tax": decimal(tax, 2) });
        if let Some(amount) = amount {
            invoice["amount"] = decimal(amount, 2).into();
        }
        invoice
    })
}
