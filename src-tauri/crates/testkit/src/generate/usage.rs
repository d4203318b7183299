//! Usage, written in operations and posted from the archive.

use std::collections::BTreeSet;

use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use proptest::sample::select;
use serde_json::{Value, json};

use super::{Known, decimal, early_minutes, time};

/// A usage event; one in some has a key that came before.
pub fn event() -> impl Strategy<Value = Value> {
    let quantity =
        prop_oneof![1 => 1_i64..10, 3 => 1_i64..2000, 5 => 1_i64..30_000, 1 => Just(0_i64)];
    let feature = option::of(select(vec!["a", "b"]));
    let sort = option::of(select(vec!["x", "y"]));
    let meter = select(vec!["usage", "usage", "usage", "usage", "calls"]);
    let member = select(vec![None, None, Some("ada"), Some("ben"), Some("cyd")]);
    (0_u32..80, early_minutes(), quantity, (feature, sort), meter, member).prop_map(
        |(key, at, quantity, (feature, sort), meter, member)| {
            let mut dimensions = serde_json::Map::new();
            for (name, value) in [("feature", feature), ("sort", sort)] {
                if let Some(value) = value {
                    dimensions.insert(name.to_owned(), value.into());
                }
            }
            let mut event = json!({
                "key": format!("k{key}"), "meter": meter, "quantity": decimal(quantity, 3),
                "dimensions": dimensions, "occurred_at": time(at),
            });
            if let Some(member) = member {
                event["member"] = member.into();
            }
            event
        },
    )
}

/// Usage inside an operation.
pub fn record() -> impl Strategy<Value = Value> {
    (vec(event(), 1..6), prop::bool::weighted(0.7)).prop_map(|(events, record)| {
        let on_refusal = if record { "record" } else { "reject" };
        json!({ "op": "record_usage", "events": events, "on_refusal": on_refusal })
    })
}

/// Usage from the archive.
pub fn post() -> impl Strategy<Value = Value> {
    vec(event(), 1..12).prop_map(|events| json!({ "op": "post_usage", "events": events }))
}

/// The archive holds a key once: of events that come again by file only the first is left, and what
/// came by file does not come inside an operation afterwards.
pub(super) fn only_new(operation: &mut Value, known: &Known) {
    let mut seen = BTreeSet::new();
    let id = operation["id"].as_str().unwrap_or_default().to_owned();
    let customer = operation["customer"].as_str().unwrap_or_default().to_owned();
    let Some(events) = operation["events"].as_array_mut() else { return };
    events.retain(|event| seen.insert(event["key"].to_string()));
    for event in events {
        let key = event["key"].as_str().unwrap_or_default().to_owned();
        if !known.recorded.contains(&(customer.clone(), key.clone())) {
            event["key"] = format!("{id}-{key}").into();
        }
    }
}
