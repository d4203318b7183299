//! What happens to lots besides usage: extension and reinstatement, transfers and conversions,
//! refunds of every kind, voids, adjustments, chargebacks.

use proptest::option;
use proptest::prelude::*;
use proptest::sample::select;
use serde_json::{Value, json};

use super::{date, decimal, minutes, time};

fn lot() -> impl Strategy<Value = Value> {
    (0_u64..8).prop_map(|lot| json!({ "$lot": lot }))
}

/// A lot, or a wallet.
fn lot_or_wallet() -> impl Strategy<Value = (&'static str, Value)> {
    prop_oneof![
        3 => lot().prop_map(|lot| ("lot", lot)),
        1 => (0_u64..3).prop_map(|wallet| ("wallet", json!({ "$wallet": wallet }))),
    ]
}

fn units() -> impl Strategy<Value = Option<String>> {
    let units = prop_oneof![1_i64..20, 1_i64..2000, 1_i64..20_000];
    option::weighted(0.6, units.prop_map(|units| decimal(units, 2)))
}

/// Adds members that are there.
fn with(mut operation: Value, members: Vec<(&str, Option<Value>)>) -> Value {
    for (name, value) in members {
        if let Some(value) = value {
            operation[name] = value;
        }
    }
    operation
}

fn end() -> impl Strategy<Value = Value> {
    prop_oneof![
        5 => minutes().prop_map(|at| time(at + 30 * 1440).into()),
        1 => Just(json!("never")),
    ]
}

/// An extension.
pub fn extend() -> impl Strategy<Value = Value> {
    (lot(), end())
        .prop_map(|(lot, end)| json!({ "op": "extend_lot", "lot": lot, "expires_at": end }))
}

/// The end of a contract.
pub fn contract() -> impl Strategy<Value = Value> {
    (20_i64..150).prop_map(|day| json!({ "op": "set_contract_end", "last_day": date(day) }))
}

/// A reinstatement.
pub fn reinstate() -> impl Strategy<Value = Value> {
    (lot(), units(), end()).prop_map(|(lot, units, end)| {
        let operation =
            json!({ "op": "reinstate_lot", "lot": lot, "expires_at": end, "reason": "goodwill" });
        with(operation, vec![("units", units.map(Value::from))])
    })
}

/// A transfer within a customer, or to another.
pub fn transfer() -> impl Strategy<Value = Value> {
    let to = option::weighted(0.5, 0_u64..3);
    let wallet = option::weighted(0.6, select(vec!["w0", "w1", "w2", "extra", "spare"]));
    (lot_or_wallet(), units(), to, wallet).prop_map(|((name, from), units, to, wallet)| {
        let mut operation = json!({ "op": "transfer_units" });
        operation[name] = from;
        let to = to.map(|to| json!({ "$other_customer": to }));
        let wallet = wallet.map(Value::from);
        let units = units.map(Value::from);
        with(operation, vec![("units", units), ("to_customer", to), ("to_wallet", wallet)])
    })
}

/// A conversion to another unit.
pub fn convert() -> impl Strategy<Value = Value> {
    (lot_or_wallet(), units()).prop_map(|((name, from), units)| {
        let mut operation = json!({ "op": "convert_units", "to_wallet": "pictures" });
        operation[name] = from;
        with(operation, vec![("units", units.map(Value::from))])
    })
}

/// A refund of a lot or of a wallet, by units or by amount, with or without what is gone.
pub fn refund() -> impl Strategy<Value = Value> {
    let by = prop_oneof![
        2 => Just((None, None)),
        2 => units().prop_map(|units| (units, None)),
        3 => (1_i64..2000).prop_map(|amount| (None, Some(decimal(amount, 2)))),
    ];
    let fee = select(vec![None, None, Some("0.01"), Some("0.50")]);
    let with_expired = prop::bool::weighted(0.4);
    (lot_or_wallet(), by, fee, (with_expired, any::<bool>(), any::<bool>())).prop_map(
        |((name, from), (units, amount), fee, (expired, used, tax))| {
            let mut operation = json!({ "op": "refund_grant" });
            operation[name] = from;
            let flag = |on: bool| on.then_some(Value::Bool(true));
            with(
                operation,
                vec![
                    ("units", units.map(Value::from)),
                    ("amount", amount.map(Value::from)),
                    ("fee", fee.map(Value::from)),
                    ("include_expired", flag(expired)),
                    ("include_used", flag(used)),
                    ("with_tax", flag(tax)),
                ],
            )
        },
    )
}

/// A void of a part of a lot, or of a wallet.
pub fn void() -> impl Strategy<Value = Value> {
    (lot_or_wallet(), units()).prop_map(|((name, from), units)| {
        let mut operation = json!({ "op": "void_lot" });
        operation[name] = from;
        with(operation, vec![("units", units.map(Value::from))])
    })
}

/// An adjustment by hand.
pub fn adjust() -> impl Strategy<Value = Value> {
    let counter = select(vec!["concession", "promotion", "liability"]);
    let worth = option::weighted(0.7, (0_i64..500).prop_map(|worth| decimal(worth, 2)));
    let units = prop_oneof![1_i64..20, 1_i64..5000];
    (lot_or_wallet(), units, any::<bool>(), counter, worth).prop_map(
        |((name, from), units, taken, counter, worth)| {
            let sign = if taken { "-" } else { "" };
            let mut operation = json!({
                "op": "adjust_balance", "counter": counter, "approver": "ben", "reason": "by hand",
                "units": format!("{sign}{}", decimal(units, 2)),
            });
            operation[name] = from;
            let worth = worth.filter(|_| !taken && counter != "liability");
            let worth = worth.map(|amount| json!({ "amount": amount, "currency": "EUR" }));
            with(operation, vec![("worth", worth)])
        },
    )
}

/// A chargeback.
pub fn chargeback() -> impl Strategy<Value = Value> {
    let amount = option::weighted(0.4, (1_i64..3000).prop_map(|amount| decimal(amount, 2)));
    (lot(), amount, any::<bool>()).prop_map(|(lot, amount, tax)| {
        let operation = json!({ "op": "chargeback", "lot": lot, "reason": "disputed" });
        let tax = tax.then_some(Value::Bool(true));
        with(operation, vec![("amount", amount.map(Value::from)), ("with_tax", tax)])
    })
}

/// A chargeback that is won.
pub fn win_chargeback() -> impl Strategy<Value = Value> {
    let lot = prop_oneof![1 => lot(), 4 => (0_u64..2).prop_map(|n| json!({ "$charged_back": n }))];
    lot.prop_map(|lot| json!({ "op": "win_chargeback", "lot": lot }))
}
