//! Exchange rates, and usage that is priced by them.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;
use serde_json::{Map, Value, json};

use super::{date, decimal, early_minutes, minutes, time};

/// Few different rates, so that exact sums stay small.
fn dollars_of(day: i64) -> &'static str {
    match day.rem_euclid(3) {
        0 => "1.25",
        1 => "1.2",
        _ => "1.1664",
    }
}

fn pounds_of(day: i64) -> &'static str {
    if day.div_euclid(2) % 2 == 0 { "0.8" } else { "0.875" }
}

/// Published rates of some days in a row, but for weekends and holidays; mostly as they were published
/// before.
pub fn import() -> impl Strategy<Value = Value> {
    let gaps = vec(prop::bool::weighted(0.7), 1..40);
    let other = prop::bool::weighted(0.05);
    (0_i64..80, gaps, other, minutes()).prop_map(|(first, published, other, at)| {
        let mut rates = Map::new();
        for (day, _) in (first..).zip(published).filter(|(_, is_published)| *is_published) {
            let mut dollars = dollars_of(day);
            if other && day == first {
                dollars = "2";
            }
            let pounds = pounds_of(day);
            rates.insert(date(day), json!({ "USD": dollars, "GBP": pounds }));
        }
        json!({
            "op": "import_exchange_rates", "source": "ecb", "base": "EUR", "rates": rates,
            "at": time(at),
        })
    })
}

/// Rates of the time in which histories begin.
pub fn first_rates() -> impl Strategy<Value = Value> {
    import().prop_map(|mut operation| {
        let mut rates = Map::new();
        for day in -3_i64..30 {
            if day % 5 != 4 {
                rates.insert(date(day), json!({ "USD": dollars_of(day), "GBP": pounds_of(day) }));
            }
        }
        operation["rates"] = rates.into();
        operation["at"] = time(0).into();
        operation
    })
}

/// Usage that is measured in another currency.
pub fn spend() -> impl Strategy<Value = Value> {
    let event = (0_u32..80, early_minutes(), prop_oneof![1_i64..50, 1_i64..5000]).prop_map(
        |(key, at, amount)| {
            json!({
                "key": format!("s{key}"), "meter": "spend", "quantity": decimal(amount, 2),
                "dimensions": {}, "occurred_at": time(at),
            })
        },
    );
    (vec(event, 1..5), select(vec!["record", "record", "reject"])).prop_map(
        |(events, on_refusal)| {
            json!({ "op": "record_usage", "events": events, "on_refusal": on_refusal })
        },
    )
}

/// Versions of a conversion at published rates.
pub(super) fn published() -> impl Strategy<Value = Value> {
    select(vec!["0", "1.5", "0.25"]).prop_map(|spread| {
        json!([{
            "version": 1, "effective_at": "2000-01-01",
            "rates": { "source": "ecb", "spread_percent": spread },
        }])
    })
}

/// What usage in another currency costs, by the currency of the books.
pub(super) fn priced() -> impl Strategy<Value = Value> + Clone {
    let one =
        (1_i64..3000).prop_map(|price| json!({ "model": "per_unit", "price": decimal(price, 3) }));
    let two = select(vec!["1.5", "110"])
        .prop_map(|percent| json!({ "model": "percentage", "percent": percent }));
    prop_oneof![one, two]
        .prop_map(|mut rate| {
            rate["code"] = "r5".into();
            rate["meter"] = "spend".into();
            rate["match"] = json!({});
            rate["quantity_unit"] = "EUR".into();
            rate
        })
        .boxed()
}

/// Credits do not become dollars.
pub(super) fn without_dollars(versions: &mut [Value]) {
    for version in versions {
        if let Some(Value::Array(fallbacks)) = version.get_mut("fallbacks") {
            fallbacks.retain(|fallback| fallback != "dollars");
        }
    }
}
