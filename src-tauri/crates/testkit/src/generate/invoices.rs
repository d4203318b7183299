//! Invoices made final, taken back, credited and paid, and drafts discarded.

use proptest::option;
use proptest::prelude::*;
use proptest::sample::select;
use serde_json::{Value, json};

use super::{date, decimal};

/// Mostly one of the first months.
fn period() -> impl Strategy<Value = String> {
    select(vec![0_i64, 0, 0, 20, 31, 45, 90]).prop_map(date)
}

/// Mostly the first invoice of a customer.
fn which() -> impl Strategy<Value = u64> {
    select(vec![0, 0, 0, 1, 1, 2])
}

/// What becomes of an invoice.
pub fn after() -> BoxedStrategy<Value> {
    prop_oneof![3 => void(), 2 => credit(), 1 => write_off(), 2 => paid()].boxed()
}

/// A draft made final.
pub fn finalize() -> impl Strategy<Value = Value> {
    let number = option::weighted(0.1, select(vec!["2026-7", "acme-2026-0001", "acme-2026-0004"]));
    let currency = option::weighted(0.1, Just("USD"));
    let kind = option::weighted(0.2, Just("sales_tax"));
    (period(), select(vec![0_i64, 7]), number, currency, kind).prop_map(
        |(period, tax, number, currency, kind)| {
            let mut operation =
                json!({ "op": "finalize_invoice", "period": period, "tax": decimal(tax, 2) });
            for (name, value) in [("number", number), ("currency", currency), ("tax_kind", kind)] {
                if let Some(value) = value {
                    operation[name] = value.into();
                }
            }
            operation
        },
    )
}

/// An invoice taken back.
pub fn void() -> impl Strategy<Value = Value> {
    (which(), select(vec!["draft", "return"])).prop_map(|(invoice, usage)| {
        json!({
            "op": "void_invoice", "invoice": { "$invoice": invoice }, "usage": usage, "reason": "wrong",
        })
    })
}

/// A draft discarded.
pub fn discard() -> impl Strategy<Value = Value> {
    (period(), option::weighted(0.1, Just("USD"))).prop_map(|(period, currency)| {
        let mut operation = json!({ "op": "discard_draft", "period": period, "reason": "wrong" });
        if let Some(currency) = currency {
            operation["currency"] = currency.into();
        }
        operation
    })
}

/// An invoice credited.
pub fn credit() -> impl Strategy<Value = Value> {
    (which(), option::of(1_i64..200), any::<bool>()).prop_map(|(invoice, amount, units)| {
        let mut note = json!({
            "op": "credit_note", "invoice": { "$invoice": invoice }, "reason": "slow",
            "with_units": units,
        });
        if let Some(amount) = amount {
            note["amount"] = decimal(amount, 2).into();
        }
        note
    })
}

/// The purchase of a lot credited.
pub fn credit_lot() -> impl Strategy<Value = Value> {
    (0_u64..10, option::of(1_i64..500), any::<bool>()).prop_map(|(lot, amount, units)| {
        let mut note = json!({
            "op": "credit_note", "lot": { "$lot": lot }, "reason": "slow", "with_units": units,
        });
        if let Some(amount) = amount {
            note["amount"] = decimal(amount, 2).into();
        }
        note
    })
}

/// A claim given up.
pub fn write_off() -> impl Strategy<Value = Value> {
    (
        prop_oneof![
            (which()).prop_map(|n| ("invoice", json!({ "$invoice": n }))),
            (0_u64..10).prop_map(|n| ("lot", json!({ "$lot": n }))),
        ],
        any::<bool>(),
    )
        .prop_map(|((what, which), tax_relief)| {
            let mut operation =
                json!({ "op": "write_off", "reason": "gone", "tax_relief": tax_relief });
            operation[what] = which;
            operation
        })
}

/// What was given up paid after all.
pub fn paid_after_all() -> impl Strategy<Value = Value> {
    (0_u64..3).prop_map(|lot| {
        json!({
            "op": "receive_payment", "lot": { "$written_off": lot }, "currency": "EUR",
            "amount": { "$price_of_written_off": lot },
        })
    })
}

/// An invoice paid.
pub fn paid() -> impl Strategy<Value = Value> {
    (which(), 1_i64..500).prop_map(|(invoice, amount)| {
        json!({
            "op": "receive_payment", "invoice": { "$invoice": invoice },
            "amount": decimal(amount, 2), "currency": "EUR",
        })
    })
}
