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

/// A draft made final.
pub fn finalize() -> impl Strategy<Value = Value> {
    (period(), select(vec![0_i64, 7])).prop_map(|(period, tax)| {
        json!({ "op": "finalize_invoice", "period": period, "tax": decimal(tax, 2) })
    })
}

/// An invoice taken back.
pub fn void() -> impl Strategy<Value = Value> {
    (0_u64..3, select(vec!["draft", "return"])).prop_map(|(invoice, usage)| {
        json!({
            "op": "void_invoice", "invoice": { "$invoice": invoice }, "usage": usage, "reason": "wrong",
        })
    })
}

/// A draft discarded.
pub fn discard() -> impl Strategy<Value = Value> {
    period()
        .prop_map(|period| json!({ "op": "discard_draft", "period": period, "reason": "wrong" }))
}

/// An invoice credited.
pub fn credit() -> impl Strategy<Value = Value> {
    (0_u64..3, option::of(1_i64..200), any::<bool>()).prop_map(|(invoice, amount, units)| {
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

/// An invoice paid.
pub fn paid() -> impl Strategy<Value = Value> {
    (0_u64..3, 1_i64..500).prop_map(|(invoice, amount)| {
        json!({
            "op": "receive_payment", "invoice": { "$invoice": invoice },
            "amount": decimal(amount, 2), "currency": "EUR",
        })
    })
}
