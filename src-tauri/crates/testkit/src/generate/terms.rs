//! Terms of wallet types: what pays, how it ends, rolls over, is topped up, held, limited and watched.

use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use proptest::sample::select;
use serde_json::{Value, json};

use super::configuration::{join, object};
use super::{date, decimal, limits, tax};

pub(super) const ORDERS: &[&[&str]] = &[
    &[
        "grant_priority",
        "soonest_expiry",
        "promotional_first",
        "lowest_unit_cost",
        "earliest_effective",
        "lot_id",
    ],
    &["scoped_first", "paid_first", "soonest_expiry", "lot_id"],
    &["latest_effective", "highest_unit_cost"],
    &["largest_grant", "grant_priority", "lowest_unit_cost"],
];

pub(super) fn expiry() -> impl Strategy<Value = Value> {
    prop_oneof![
        Just(json!({ "rule": "never" })),
        (0_u32..3, 1_u32..40).prop_map(|(months, days)| {
            json!({ "rule": "after", "months": months, "days": if months > 0 { days % 2 } else { days } })
        }),
        Just(json!({ "rule": "end_of_billing_period" })),
        (60_i64..118).prop_map(|day| json!({ "rule": "on", "at": date(day) })),
    ]
}

/// Rules whose ends move after the grant.
fn moving_expiry() -> impl Strategy<Value = Value> {
    prop_oneof![
        1 => Just(json!({ "rule": "end_of_contract" })),
        2 => (0_u32..2, 1_u32..20).prop_map(|(months, days)| {
            json!({ "rule": "after_inactivity", "months": months, "days": days })
        }),
    ]
}

/// Terms of a top-up.
pub(super) fn top_up() -> impl Strategy<Value = Value> {
    let threshold = prop_oneof![Just(0_i64), 0_i64..500, 0_i64..5000];
    let ceiling = option::weighted(0.4, 1_i64..5000);
    let price = option::weighted(0.8, select(vec!["0.90", "0.003", "0"]));
    let on = select(vec![None, Some("invoice"), Some("payment")]);
    (threshold, 1_i64..5000, any::<bool>(), (price, tax()), (ceiling, on)).prop_map(
        |(threshold, amount, add, (price, tax), (ceiling, on))| {
            let amount = if add { amount } else { threshold + amount };
            let priced = price.is_some();
            let (add, bring_to) = if add { (Some(amount), None) } else { (None, Some(amount)) };
            object(json!({
                "threshold": decimal(threshold, 2),
                "add": add.map(|units| decimal(units, 2)),
                "bring_to": bring_to.map(|units| decimal(units, 2)),
                "price": price.map(|price| {
                    object(json!({ "currency": "EUR", "price": price, "tax": tax }))
                }),
                "monthly_ceiling": ceiling.filter(|_| priced).map(|most| decimal(most, 2)),
                "on": on.filter(|_| priced),
            }))
        },
    )
}

fn holds() -> impl Strategy<Value = Value> {
    let time_out = option::of((0_u32..3, 1_u32..50));
    let above = select(vec![None, Some("draw_difference"), Some("reject")]);
    let below = select(vec![None, Some("release"), Some("keep")]);
    (time_out, above, below).prop_map(|(time_out, above, below)| {
        object(json!({
            "time_out": time_out.map(|(days, hours)| json!({ "days": days, "hours": hours })),
            "capture_above": above, "capture_below": below,
        }))
    })
}

/// Alerts of all kinds.
fn alerts() -> impl Strategy<Value = Value> {
    let condition = prop_oneof![
        (1_i64..8000).prop_map(|units| json!({ "below": decimal(units, 2) })),
        select(vec!["5", "20", "50", "100"]).prop_map(|part| json!({ "below_percent": part })),
        (1_u32..20).prop_map(|days| json!({ "expiring_within": { "days": days } })),
        (1_u32..20).prop_map(|days| json!({ "runs_out_within": { "days": days } })),
        select(vec!["1", "2.5"]).prop_map(|factor| json!({ "spike": { "factor": factor } })),
    ];
    vec(condition, 1..4).prop_map(|conditions| {
        let all = conditions.into_iter().enumerate();
        let named = all.map(|(n, alert)| join(json!({ "code": format!("a{n}") }), alert));
        named.collect::<Vec<_>>().into()
    })
}

fn rollover() -> impl Strategy<Value = Value> {
    let kinds = select(vec![Value::Null, Value::Null, json!(["purchased", "bonus"])]);
    let above =
        select(vec![None, Some("truncate"), Some("forfeit_oldest"), Some("forfeit_oldest")]);
    let fraction = option::of(select(vec!["0.5", "0.333", "1", "0.01"]));
    let times = option::of(select(vec![1, 2, 5]));
    (fraction, option::weighted(0.6, 1_i64..5000), times, option::of(expiry()), (above, kinds))
        .prop_map(|(fraction, cap, times, expiry, (above, kinds))| {
            object(json!({
                "fraction": fraction, "cap": cap.map(|cap| decimal(cap, 2)), "times": times,
                "expiry": expiry, "above_cap": above, "kinds": kinds,
            }))
        })
}

fn scope() -> impl Strategy<Value = Value> {
    prop_oneof![
        6 => Just(Value::Null),
        1 => select(vec!["a", "b"])
            .prop_map(|feature| json!([{ "meter": "usage", "match": { "feature": feature } }])),
        1 => Just(json!([{ "meter": "calls" }, { "meter": "usage", "match": { "sort": "x" } }])),
    ]
}

/// The terms of a wallet type at a position; it falls back to later ones only.
pub(super) fn terms(position: usize, count: usize) -> impl Strategy<Value = Value> {
    (
        (select(vec![10, 10, 20]), scope(), select(ORDERS.to_vec())),
        (
            select(vec!["overage", "overage", "overage", "reject", "overdraft"]),
            option::weighted(0.2, 1_i64..3000),
            option::weighted(0.3, top_up()),
            (prop_oneof![1_i64..100, 1_i64..10_000], option::weighted(0.2, limits::usual())),
        ),
        (
            (expiry(), option::weighted(0.4, moving_expiry())),
            option::weighted(0.3, rollover()),
            option::weighted(0.4, holds()),
            option::weighted(0.3, Just("invoice")),
        ),
        (
            vec(0..count, 0..2),
            select(vec![0, 0, 0, 1, 2]),
            option::weighted(0.3, Just("goodwill")),
            option::weighted(0.3, alerts()),
        ),
    )
        .prop_map(
            move |(
                (priority, scope, order),
                (beyond, limit, top_up, (overdraft, allowances)),
                ((expiry, moving), rollover, holds, burns),
                (fallbacks, across, restored, alerts),
            )| {
                let expiry = moving.unwrap_or(expiry);
                let fallbacks = fallbacks.into_iter().filter(|to| *to > position);
                let across = ["pictures", "dollars"].into_iter().take(across);
                let fallbacks = fallbacks.map(|to| format!("w{to}"));
                let fallbacks = fallbacks.chain(across.map(str::to_owned));
                // What ends on a date would end again at once; what is used lives on anyway.
                let one_date = expiry["rule"] == "on" || expiry["rule"] == "end_of_contract";
                let rollover = rollover
                    .filter(|rollover| !one_date || rollover["expiry"].is_object())
                    .filter(|_| expiry["rule"] != "after_inactivity");
                object(json!({
                    "priority": priority, "scope": scope, "draw_order": order, "expiry": expiry,
                    "rollover": rollover, "holds": holds, "top_up": top_up,
                    "burns": burns.filter(|_| beyond != "overdraft"),
                    "beyond": beyond, "allowances": allowances, "restored": restored,
                    "alerts": alerts,
                    "overage_limit":
                        limit.filter(|_| beyond == "overage").map(|limit| decimal(limit, 2)),
                    "overdraft_limit": (beyond == "overdraft").then(|| decimal(overdraft, 2)),
                    "fallbacks": fallbacks.collect::<Vec<_>>(),
                }))
            },
        )
}
