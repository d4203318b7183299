//! Holds: placed for units or for usage that is expected, captured, released, timed out.

use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use proptest::sample::select;
use serde_json::{Value, json};

use super::usage::event;
use super::{decimal, early_minutes, time};

/// A hold that was placed.
fn hold() -> impl Strategy<Value = Value> {
    prop_oneof![5 => Just(0_u64), 1 => 0_u64..6].prop_map(|hold| json!({ "$hold": hold }))
}

fn units() -> impl Strategy<Value = i64> {
    prop_oneof![1_i64..20, 1_i64..2000, 1_i64..20_000]
}

/// A hold is placed.
pub fn place() -> impl Strategy<Value = Value> {
    let of = prop_oneof![
        2 => ((0_u64..3), units()).prop_map(|(wallet, units)| {
            json!({ "wallet": { "$wallet": wallet }, "units": decimal(units, 2) })
        }),
        3 => event().prop_map(|event| {
            let members = ["meter", "quantity", "dimensions"];
            let usage: serde_json::Map<_, _> =
                members.map(|name| (name.to_owned(), event[name].clone())).into_iter().collect();
            json!({ "usage": usage })
        }),
    ];
    let end = prop_oneof![
        2 => Just(json!({})),
        1 => Just(json!({ "expires_at": "never" })),
        3 => early_minutes().prop_map(|at| json!({ "expires_at": time(at + 10 * 1440) })),
        2 => (1_u32..60).prop_map(|hours| json!({ "time_out": { "hours": hours } })),
        1 => Just(json!({ "time_out": { "minutes": 10, "seconds": 30 } })),
    ];
    let shortfall = select(vec![None, Some("hold_available"), Some("hold_available")]);
    (of, end, shortfall).prop_map(|(of, end, shortfall)| {
        let mut operation = json!({ "op": "place_hold" });
        for members in [of, end] {
            for (name, value) in members.as_object().into_iter().flatten() {
                operation[name] = value.clone();
            }
        }
        if let Some(shortfall) = shortfall {
            operation["shortfall"] = shortfall.into();
        }
        operation
    })
}

/// A hold is captured.
pub fn capture() -> impl Strategy<Value = Value> {
    let by = prop_oneof![
        2 => Just(json!({})),
        3 => prop_oneof![Just(0), units()].prop_map(|units| json!({ "units": decimal(units, 2) })),
        4 => vec(event(), 1..4).prop_map(|events| json!({ "events": events })),
    ];
    (hold(), by, option::of(any::<bool>())).prop_map(|(hold, by, last)| {
        let mut operation = json!({ "op": "capture_hold", "hold": hold });
        for (name, value) in by.as_object().into_iter().flatten() {
            operation[name] = value.clone();
        }
        if let Some(last) = last {
            operation["final"] = last.into();
        }
        operation
    })
}

/// A hold is released.
pub fn release() -> impl Strategy<Value = Value> {
    (hold(), option::of(units())).prop_map(|(hold, units)| {
        let mut operation = json!({ "op": "release_hold", "hold": hold });
        if let Some(units) = units {
            operation["units"] = decimal(units, 2).into();
        }
        operation
    })
}
