//! Top-ups: own terms of a wallet, by hand, paid and cancelled.

use proptest::option;
use proptest::prelude::*;
use serde_json::{Value, json};

use super::decimal;
use super::terms::top_up;

fn wallet() -> impl Strategy<Value = Value> {
    (0_u64..3).prop_map(|wallet| json!({ "$wallet": wallet }))
}

/// Own terms of a wallet, or none.
pub fn set() -> impl Strategy<Value = Value> {
    (wallet(), option::of(top_up()), option::weighted(0.4, 1_u32..32), prop::bool::weighted(0.2))
        .prop_map(|(wallet, terms, monthly_on, off)| {
            let mut operation = json!({ "op": "set_top_up", "wallet": wallet });
            if off {
                operation["off"] = true.into();
                return operation;
            }
            if let Some(terms) = terms {
                operation["top_up"] = terms;
            }
            if let Some(day) = monthly_on {
                operation["monthly_on"] = day.into();
            }
            operation
        })
}

/// A top-up by hand.
pub fn by_hand() -> impl Strategy<Value = Value> {
    (wallet(), 1_i64..3000, option::of(0_i64..2000), any::<bool>()).prop_map(
        |(wallet, units, net, invoiced)| {
            let mut operation =
                json!({ "op": "top_up", "wallet": wallet, "units": decimal(units, 2) });
            if let Some(net) = net {
                operation["price"] = json!({ "net": decimal(net, 2), "currency": "EUR" });
            }
            if invoiced {
                operation["settlement"] = "invoiced".into();
            }
            operation
        },
    )
}

/// One of the first top-ups of a wallet.
fn requested() -> impl Strategy<Value = String> {
    (0_u32..3, 1_u32..4).prop_map(|(wallet, number)| format!("w{wallet}/top-up-{number}"))
}

/// A top-up that is given up.
pub fn cancel() -> impl Strategy<Value = Value> {
    requested().prop_map(|top_up| json!({ "op": "cancel_top_up", "top_up": top_up }))
}

/// The payment of a top-up; one in some is of another amount.
pub fn paid() -> impl Strategy<Value = Value> {
    let amount = |n: u64| {
        prop_oneof![
            5 => Just(json!({ "$price_of_requested": n })),
            1 => (1_i64..3000).prop_map(|cents| decimal(cents, 2).into()),
        ]
    };
    (0_u64..3).prop_flat_map(move |n| {
        amount(n).prop_map(move |amount| {
            json!({
                "op": "receive_payment", "top_up": { "$requested": n }, "amount": amount,
                "currency": "EUR",
            })
        })
    })
}
