//! Plans: what they grant and charge, what customers do with their subscriptions; and minimum
//! commitments.

use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use proptest::sample::select;
use serde_json::{Value, json};

use super::configuration::{join, object};
use super::terms::expiry;
use super::{date, decimal, minutes, tax, time};

const PLANS: &[&str] = &["basic", "pro"];
/// Charges stand between the grants by their codes, so that both meet in every order.
const CHARGES: &[&str] = &["a-fee", "setup", "term"];

fn price() -> impl Strategy<Value = Value> {
    prop_oneof![1_i64..10, 1_i64..10_000]
        .prop_map(|cents| json!({ "amount": decimal(cents, 2), "currency": "EUR" }))
}

fn taxed_price() -> impl Strategy<Value = Value> {
    (price(), tax()).prop_map(|(price, tax)| join(price, object(json!({ "tax": tax }))))
}

/// A grant.
fn line(code: &'static str) -> impl Strategy<Value = Value> {
    let every = select(vec![
        Value::Null,
        json!({ "months": 1 }),
        json!({ "months": 1 }),
        json!({ "months": 2 }),
        json!({ "days": 7 }),
        json!({ "days": 30 }),
    ]);
    let kind = select(vec!["purchased", "allocated", "bonus", "promotional", "promotional"]);
    let units = prop_oneof![1_i64..10, 1_i64..5000];
    let price = prop_oneof![0_i64..10, 0_i64..5000];
    let terms = (every, kind, units, price, select(vec!["w0", "w0", "w1"]));
    (terms, (any::<bool>(), any::<bool>()), option::weighted(0.3, expiry()), tax()).prop_map(
        move |((every, kind, units, price, wallet_type), (reset, prorated), expiry, tax)| {
            let reset = reset && every.is_object();
            let prorated = prorated && every.is_object();
            let price = (kind != "promotional")
                .then(|| json!({ "amount": decimal(price, 2), "currency": "EUR", "tax": tax }))
                .map(object);
            object(json!({
                "code": code, "wallet_type": wallet_type, "units": decimal(units, 2), "kind": kind,
                "price": price, "every": every, "mode": reset.then_some("reset"),
                "proration": prorated.then_some("first_period"), "expiry": expiry,
            }))
        },
    )
}

/// Charges of every kind; some plans have none.
fn charges() -> impl Strategy<Value = Vec<Value>> {
    let adapt = price()
        .prop_map(|price| json!({ "code": "adapt", "price": price, "earned": "with_grants" }));
    let setup = taxed_price()
        .prop_map(|price| json!({ "code": "setup", "price": price, "earned": "on_completion" }));
    let every = select(vec![
        (json!({ "months": 1 }), "by_day"),
        (json!({ "months": 2 }), "by_month"),
        (json!({ "days": 7 }), "by_day"),
        (json!({ "days": 45 }), "by_day"),
    ]);
    let fee = (taxed_price(), every, select(vec![None, Some("first_period")])).prop_map(
        |(price, (every, earned), proration)| {
            object(json!({
                "code": "a-fee", "price": price, "every": every, "earned": earned,
                "proration": proration,
            }))
        },
    );
    let term = (taxed_price(), select(vec!["by_day", "by_month"]), 1_u32..5).prop_map(
        |(price, earned, months)| {
            json!({ "code": "term", "price": price, "earned": earned, "months": months })
        },
    );
    let all = (option::of(adapt), option::of(setup), option::of(fee), option::weighted(0.4, term));
    all.prop_map(|(adapt, setup, fee, term)| {
        [adapt, setup, fee, term].into_iter().flatten().collect()
    })
}

/// The plans of a world.
pub(super) fn plans() -> impl Strategy<Value = Vec<Value>> {
    let lines = (line("a"), option::of(line("b")))
        .prop_map(|(a, b)| std::iter::once(a).chain(b).collect::<Vec<_>>());
    vec((lines, charges()), 1..3).prop_map(|plans| {
        let plan = |((lines, mut charges), code): ((Vec<Value>, Vec<Value>), &&str)| {
            // What is a part of what grants cost needs one that costs something.
            let costs = |line: &Value| {
                line["price"]["amount"].as_str().is_some_and(|amount| amount != "0.00")
            };
            charges.retain(|charge| charge["earned"] != "with_grants" || lines.iter().any(costs));
            json!({ "code": code, "versions": [object(json!({
                "version": 1, "effective_at": "2000-01-01", "grants": lines,
                "charges": if charges.is_empty() { Value::Null } else { charges.into() },
            }))] })
        };
        plans.into_iter().zip(PLANS).map(plan).collect()
    })
}

/// A subscription.
pub fn subscribe() -> impl Strategy<Value = Value> {
    let anchor = option::of(prop_oneof![
        (0_i64..60).prop_map(date),
        minutes().prop_map(|at| time(at % (60 * 1440))),
    ]);
    (select(PLANS), anchor, any::<bool>()).prop_map(|(plan, anchor, invoiced)| {
        let mut operation = json!({ "op": "subscribe", "plan": plan });
        if let Some(anchor) = anchor {
            operation["anchor"] = anchor.into();
        }
        if invoiced {
            operation["settlement"] = "invoiced".into();
        }
        operation
    })
}

/// The end of a subscription.
pub fn cancel() -> impl Strategy<Value = Value> {
    (select(PLANS), any::<bool>()).prop_map(|(plan, at_period_end)| {
        let mut operation = json!({ "op": "cancel_subscription", "plan": plan });
        if at_period_end {
            operation["at_period_end"] = true.into();
        }
        operation
    })
}

/// A charge, that may not have been made.
fn charge() -> impl Strategy<Value = String> {
    (select(PLANS), select(CHARGES), 1_u32..4)
        .prop_map(|(plan, code, n)| format!("{plan}/{code}/{n}"))
}

/// A service that is complete.
pub fn complete() -> impl Strategy<Value = Value> {
    let setup = (select(PLANS), 1_u32..3).prop_map(|(plan, n)| format!("{plan}/setup/{n}"));
    prop_oneof![5 => setup, 1 => charge()]
        .prop_map(|charge| json!({ "op": "complete_setup", "charge": charge }))
}

/// A charge that is paid back.
pub fn refund() -> impl Strategy<Value = Value> {
    (charge(), any::<bool>(), any::<bool>()).prop_map(|(charge, earned, with_tax)| {
        let mut operation = json!({ "op": "refund_charge", "charge": charge });
        if with_tax {
            operation["with_tax"] = true.into();
        }
        if earned {
            operation["include_earned"] = true.into();
        }
        operation
    })
}

/// A minimum commitment.
pub fn commit() -> impl Strategy<Value = Value> {
    let cards = select(vec![None, None, Some("card"), Some("own")]);
    let times = (20_i64..80, option::of(1_i64..70), 1_i64..3);
    (select(vec!["least", "more"]), 1_i64..3000, times, cards).prop_map(
        |(name, amount, (from, length, months), cards)| {
            let mut operation = json!({
                "op": "agree_commitment", "commitment": name, "amount": decimal(amount, 2),
                "currency": "EUR", "from": date(from), "months": months,
            });
            if let Some(length) = length {
                operation["until"] = date(from + length).into();
            }
            if let Some(card) = cards {
                operation["cards"] = json!([card]);
            }
            operation
        },
    )
}
