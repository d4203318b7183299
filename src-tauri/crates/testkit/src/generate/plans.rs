//! Plans: what they grant and charge, and what customers do with their subscriptions.

use proptest::prelude::*;
use proptest::sample::select;
use serde_json::{Value, json};

use super::{date, decimal};

/// A plan that grants and charges in every way.
pub(super) fn plan() -> impl Strategy<Value = Value> {
    let amount = || prop_oneof![1_i64..10, 1_i64..10_000].prop_map(|cents| decimal(cents, 2));
    let price = move || amount().prop_map(|amount| json!({ "amount": amount, "currency": "EUR" }));
    let every =
        || select(vec![json!({ "months": 1 }), json!({ "days": 7 }), json!({ "months": 2 })]);
    let proration = || select(vec!["none", "first_period"]);
    let grants = (price(), price(), every(), select(vec!["new_lot", "reset"]), proration());
    let charges = ((price(), price(), price(), price()), every(), proration(), 1_u32..5);
    (grants, charges).prop_map(
        |((one, two, often, mode, part), ((a, b, c, d), every, of, months))| {
            json!({ "code": "plan", "versions": [{
            "version": 1, "effective_at": "2000-01-01",
            "grants": [
                { "code": "g1", "wallet_type": "w0", "units": "10", "kind": "purchased",
                  "price": one, "every": often, "mode": mode, "proration": part },
                { "code": "g2", "wallet_type": "w0", "units": "7.77", "kind": "allocated",
                  "price": two },
            ],
            "charges": [
                { "code": "c1", "price": a, "earned": "with_grants" },
                { "code": "c2", "price": b, "earned": "on_completion" },
                { "code": "c3", "price": c, "every": every, "earned": "by_day", "proration": of },
                { "code": "c4", "price": d, "earned": "by_month", "months": months },
            ],
        }] })
        },
    )
}

/// A subscription.
pub fn subscribe() -> impl Strategy<Value = Value> {
    (select(vec!["paid", "invoiced"]), prop::option::weighted(0.4, 0_i64..60)).prop_map(
        |(settlement, anchor)| {
            let mut subscribe =
                json!({ "op": "subscribe", "plan": "plan", "settlement": settlement });
            if let Some(day) = anchor {
                subscribe["anchor"] = date(day).into();
            }
            subscribe
        },
    )
}

/// The end of a subscription.
pub fn cancel() -> impl Strategy<Value = Value> {
    any::<bool>().prop_map(
        |end| json!({ "op": "cancel_subscription", "plan": "plan", "at_period_end": end }),
    )
}

/// A charge, that may not have been made.
fn charge() -> impl Strategy<Value = String> {
    (select(vec!["c2", "c3", "c4"]), 1_u32..4).prop_map(|(code, n)| format!("plan/{code}/{n}"))
}

/// A service that is complete.
pub fn complete() -> impl Strategy<Value = Value> {
    (1_u32..3).prop_map(|n| json!({ "op": "complete_setup", "charge": format!("plan/c2/{n}") }))
}

/// A charge that is paid back.
pub fn refund() -> impl Strategy<Value = Value> {
    (charge(), any::<bool>()).prop_map(|(charge, earned)| {
        json!({ "op": "refund_charge", "charge": charge, "include_earned": earned })
    })
}
