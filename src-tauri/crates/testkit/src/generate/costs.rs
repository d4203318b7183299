//! Cost cards: what usage costs to deliver, by the dimensions and times of the rate cards.

use proptest::option;
use proptest::prelude::*;
use proptest::sample::select;
use serde_json::{Value, json};

use super::configuration::{effective, object, window};
use super::decimal;

fn row(code: &'static str, meter: &'static str, cells: Value) -> impl Strategy<Value = Value> {
    (0_i64..5000, select(vec![None, Some("3"), Some("1000")])).prop_map(move |(cost, per)| {
        object(json!({
            "code": code, "meter": meter, "match": cells, "cost": decimal(cost, 4), "per": per,
        }))
    })
}

fn version() -> impl Strategy<Value = Vec<Value>> {
    let timed = (window(), row("c3", "usage", json!({}))).prop_map(|(when, mut row)| {
        row["when"] = when;
        row
    });
    (
        option::of(row("c0", "usage", json!({}))),
        row("c1", "usage", json!({ "feature": "a" })),
        option::of(row("c2", "usage", json!({ "feature": "a", "sort": "x" }))),
        option::of(timed),
        option::of(row("c4", "calls", json!({}))),
    )
        .prop_map(|(all, one, two, timed, calls)| {
            all.into_iter().chain([one]).chain(two).chain(timed).chain(calls).collect()
        })
}

/// What an event says that it cost itself, to the last of its decimals; mostly nothing.
pub fn own() -> impl Strategy<Value = Option<Value>> {
    let amount = select(vec!["0", "0.01", "0.0113", "12", "0.000000000000000001", "7.335"]);
    let own = (amount, select(vec!["EUR", "USD", "GBP"]))
        .prop_map(|(amount, currency)| json!({ "amount": amount, "currency": currency }));
    option::weighted(0.4, own)
}

/// Versions say which of both counts, or nothing.
fn prefer() -> impl Strategy<Value = Option<&'static str>> {
    select(vec![None, Some("event"), Some("card"), Some("card")])
}

/// One card in one or two versions.
pub fn cards() -> impl Strategy<Value = Value> {
    let currency = select(vec!["EUR", "USD"]);
    let first = (prefer(), version());
    (currency, first, option::of((effective(), prefer(), version()))).prop_map(
        |(currency, (prefer, first), more)| {
            let mut versions = vec![object(json!({
                "version": 1, "effective_at": "2000-01-01", "prefer": prefer, "rates": first,
            }))];
            if let Some((from, prefer, rates)) = more {
                versions.push(object(json!({
                    "version": 2, "effective_at": from, "prefer": prefer, "rates": rates,
                })));
            }
            json!([{ "code": "costs", "currency": currency, "versions": versions }])
        },
    )
}
