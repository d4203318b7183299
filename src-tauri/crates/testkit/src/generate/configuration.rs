//! Small configurations: two or three customers, wallet types with versions, a card for everyone and
//! one of a customer's own, conversions; and changes to them.
//!
//! Quantities are thousandths of an item, charges hundredths of a credit, prices thousandths of a
//! credit, money cents.

use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use proptest::sample::select;
use serde_json::{Value, json};

use super::terms::{ORDERS, terms};
use super::{CUSTOMERS, Known, date, decimal, minutes, number, time};
use super::{exchange, limits, plans};

const ZONES: &[&str] = &["UTC", "Europe/Berlin", "Europe/Berlin", "Africa/Cairo"];

/// What a world may have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Kind {
    /// Rates whose price may fall for what was used already.
    pub looks_back: bool,
    /// Versions that take effect in the middle of the history, and changes of the configuration.
    pub versions: bool,
    /// Mechanisms that the oracle does not know yet.
    pub more: bool,
}

impl Kind {
    /// Everything.
    pub const ALL: Kind = Kind { looks_back: true, versions: true, more: true };
    /// Everything that the oracle knows.
    pub const KNOWN: Kind = Kind { more: false, ..Self::ALL };
}

/// When a version takes effect: on a date, or at an instant.
pub(super) fn effective() -> impl Strategy<Value = String> {
    prop_oneof![(0_i64..118).prop_map(date), minutes().prop_map(time)]
}

/// Members of an object, with those that are none left out.
pub(super) fn object(members: Value) -> Value {
    match members {
        Value::Object(members) => members.into_iter().filter(|(_, v)| !v.is_null()).collect(),
        other => other,
    }
}

pub(super) fn join(mut one: Value, other: Value) -> Value {
    if let (Value::Object(one), Value::Object(other)) = (&mut one, other) {
        one.extend(other);
    }
    one
}

/// Versions of something: always one from long ago, sometimes one more.
fn versions(
    kind: Kind,
    body: impl Strategy<Value = Value> + Clone + 'static,
) -> BoxedStrategy<Vec<Value>> {
    let more = option::weighted(0.4, (effective(), body.clone()));
    (body, more)
        .prop_map(move |(first, more)| {
            let first = join(json!({ "version": 1, "effective_at": "2000-01-01" }), first);
            let more = more
                .filter(|_| kind.versions)
                .map(|(from, body)| join(json!({ "version": 2, "effective_at": from }), body));
            std::iter::once(first).chain(more).collect::<Vec<_>>()
        })
        .boxed()
}

fn tiers(falling: bool) -> impl Strategy<Value = Vec<Value>> {
    let flat = if falling { 0_i64..500 } else { 0_i64..2000 };
    vec((1_i64..20_000, 0_i64..3000, flat), 1..4).prop_map(move |mut tiers| {
        if falling {
            // The more is used the cheaper: this is what gives back.
            tiers.sort_by_key(|tier| std::cmp::Reverse(tier.1));
        }
        let last = tiers.len() - 1;
        let mut bound = 0;
        let tier = |(index, (width, price, flat)): (usize, (i64, i64, i64))| {
            bound += width;
            object(json!({
                "up_to": (index != last).then(|| decimal(bound, 3)),
                "price": decimal(price, 3), "flat": decimal(flat, 3),
            }))
        };
        tiers.into_iter().enumerate().map(tier).collect()
    })
}

fn steps() -> impl Strategy<Value = Vec<Value>> {
    vec((1_i64..20_000, 0_i64..8000), 1..4).prop_map(|steps| {
        let last = steps.len() - 1;
        let mut bound = 0;
        let step = |(index, (width, amount)): (usize, (i64, i64))| {
            bound += width;
            object(json!({
                "up_to": (index != last).then(|| decimal(bound, 3)), "amount": decimal(amount, 3),
            }))
        };
        steps.into_iter().enumerate().map(step).collect()
    })
}

fn percentage() -> impl Strategy<Value = Value> {
    let least = option::of(select(vec!["0.05", "1", "3.333"]));
    let most = option::of(select(vec!["4", "7.5"]));
    (select(vec!["1.5", "10", "33.3", "0"]), select(vec!["0", "0", "0.1", "0.004"]), least, most)
        .prop_map(|(percent, fee, least, most)| {
            object(json!({
                "model": "percentage", "percent": percent, "fee": fee, "at_least": least,
                "at_most": most,
            }))
        })
}

/// Times of the week.
pub(super) fn window() -> impl Strategy<Value = Value> {
    let days = select(vec![Value::Null, json!(["sat", "sun"]), json!(["mon", "thu", "fri"])]);
    let times = select(vec![
        (None, Some("06:00")),
        (Some("18:00"), None),
        (Some("22:00"), Some("06:00")),
        (Some("00:30"), Some("12:00")),
        (None, None),
    ]);
    (days, times).prop_map(|(days, (from, until))| {
        let days = if from.is_none() && until.is_none() { json!(["sun", "wed"]) } else { days };
        object(json!({ "weekdays": days, "from": from, "until": until }))
    })
}

/// A pricing model.
pub(crate) fn pricing(looks_back: bool) -> BoxedStrategy<Value> {
    let flat =
        prop_oneof![
        (0_i64..3000, select(vec!["1", "1", "3", "7", "1000"])).prop_map(
            |(price, per)| json!({ "model": "per_unit", "price": decimal(price, 3), "per": per })
        ),
        (1_i64..10_000, 0_i64..5000, select(vec!["up", "down"])).prop_map(|(size, price, partial)| {
            json!({
                "model": "package", "size": decimal(size, 3), "price": decimal(price, 3),
                "partial": partial,
            })
        }),
        tiers(false).prop_map(|tiers| json!({ "model": "graduated", "tiers": tiers })),
        percentage(),
    ];
    if !looks_back {
        return flat.boxed();
    }
    prop_oneof![
        1 => flat,
        2 => tiers(true).prop_map(|tiers| json!({ "model": "volume", "tiers": tiers })),
        1 => steps().prop_map(|steps| json!({ "model": "stairstep", "steps": steps })),
    ]
    .boxed()
}

fn rate(
    kind: Kind,
    (code, meter, cells): (&'static str, &'static str, Value),
) -> impl Strategy<Value = Value> + Clone {
    let mode = select(vec!["half_away_from_zero", "half_away_from_zero", "up", "down"]);
    let step = option::weighted(0.15, select(vec!["0.05", "0.50"]));
    let named = prop_oneof![7 => Just(vec![]), 2 => vec(0_usize..2, 1), 1 => Just(vec![1, 0])];
    // A row keeps its code, and with it what it counts, from version to version.
    let unit = match code {
        "r1" => Some("minute"),
        "r2" => Some("hour"),
        _ => None,
    };
    (
        pricing(kind.looks_back),
        prop_oneof![2 => Just(0_i64), 1 => 1_i64..3000],
        (prop::bool::weighted(0.2), mode, step),
        (named, option::weighted(0.15, 1_i64..5000), option::weighted(0.2, 1_i64..5000)),
    )
        .prop_map(move |(pricing, included, (on_event, mode, step), (named, most, least))| {
            let cumulative = pricing["model"] != "percentage";
            // A price that looks back gives back what was charged in all: rounding each event on its
            // own leaves nothing to tell how much that is.
            let looks_back = matches!(pricing["model"].as_str(), Some("volume" | "stairstep"));
            let on = if on_event && !looks_back { "event" } else { "cumulative" };
            let rate = object(json!({
                "code": code, "meter": meter, "match": cells, "quantity_unit": unit,
                "included": (included > 0 && cumulative).then(|| decimal(included, 3)),
                "maximum": most.filter(|_| cumulative).map(|most| decimal(most, 2)),
                "minimum": least
                    .map(|least| decimal(most.filter(|_| cumulative).map_or(least, |m| least.min(m)), 2)),
                "rounding": object(json!({ "on": on, "mode": mode, "step": step })),
                "wallet_types": named.iter().map(|n| format!("w{n}")).collect::<Vec<_>>(),
            }));
            join(rate, pricing)
        })
        .boxed()
}

fn card_version(kind: Kind, in_money: bool) -> impl Strategy<Value = Value> + Clone {
    let rates = (
        option::weighted(0.9, rate(kind, ("r0", "usage", json!({})))),
        option::of(rate(kind, ("r1", "usage", json!({ "feature": "a" })))),
        rate(kind, ("r2", "usage", json!({ "feature": "b", "sort": "x" }))),
        option::of(rate(kind, ("r3", "calls", json!({})))),
        option::weighted(0.3, (window(), rate(kind, ("r4", "usage", json!({}))))),
        option::weighted(0.6, exchange::priced()),
    );
    let overage = select(vec![0_i64, 1, 100, 335, 1000]);
    let unmatched = select(vec!["reject", "reject", "free"]);
    let least = option::weighted(0.2, 1_i64..9000);
    (rates, overage, (unmatched, least))
        .prop_map(move |((all, one, two, calls, windowed, spend), overage, (unmatched, least))| {
            // A row with times of the week stands beside one that holds at all times.
            let windowed = windowed.filter(|_| all.is_some()).map(|(when, mut rate)| {
                rate["when"] = when;
                rate
            });
            let rates =
                all.into_iter().chain(one).chain([two]).chain(calls).chain(windowed).chain(spend);
            let rates: Vec<_> = rates.collect();
            // Versions of a card may differ in the currency of their overage.
            let currency = if overage % 4 == 0 { "USD" } else { "EUR" };
            let overage =
                (!in_money).then(|| json!({ "currency": currency, "price": decimal(overage, 3) }));
            let least = least.map(|least| decimal(least, 2));
            object(json!({
                "unmatched": unmatched, "overage": overage, "minimum": least, "rates": rates,
            }))
        })
        .boxed()
}

fn factors() -> impl Strategy<Value = Value> + Clone {
    let factor = |cells: Value| {
        let factor = select(vec!["0.125", "0.7", "1.5", "3", "60"]);
        let mode = select(vec!["half_away_from_zero", "half_away_from_zero", "up", "down"]);
        let step = option::weighted(0.2, select(vec!["0.5", "1"]));
        (select(vec!["multiply", "divide"]), factor, mode, step).prop_map(
            move |(operation, factor, mode, step)| {
                object(json!({
                    "match": cells, "operation": operation, "factor": factor, "rounding": mode,
                    "step": step,
                }))
            },
        )
    };
    (factor(json!({})), option::of(factor(json!({ "feature": "b" }))))
        .prop_map(
            |(all, one)| json!({ "factors": std::iter::once(all).chain(one).collect::<Vec<_>>() }),
        )
        .boxed()
}

/// What was agreed with one customer: an own price, an own version.
fn own_terms() -> impl Strategy<Value = Value> {
    let span = (0_i64..60, option::of(1_i64..60));
    let card = select(vec!["card", "card", "own"]);
    let of_card = (card.clone(), select(vec!["-10", "25", "-100", "-33.3"]), span.clone());
    let of_row = (card, (0_i64..3000, select(vec!["1", "3"])), span.clone());
    let version = option::weighted(0.15, span);
    (option::weighted(0.2, of_card), option::weighted(0.2, of_row), version).prop_map(
        |(of_card, of_row, version)| {
            let until = |from: i64, length: Option<i64>| length.map(|length| date(from + length));
            let mut overrides = Vec::new();
            if let Some((card, percent, (from, length))) = of_card {
                overrides.push(object(json!({
                    "code": "discount", "card": card, "percent": percent,
                    "effective_at": date(from), "until": until(from, length),
                })));
            }
            if let Some((card, (price, per), (from, length))) = of_row {
                overrides.push(object(json!({
                    "code": "fixed", "card": card, "rate": "r2", "price": decimal(price, 3),
                    "per": per, "effective_at": date(from), "until": until(from, length),
                })));
            }
            let mut terms = json!({});
            if !overrides.is_empty() {
                terms["overrides"] = overrides.into();
            }
            if let Some((from, length)) = version {
                terms["card_versions"] = json!([object(json!({
                    "card": "card", "version": 1, "effective_at": date(from),
                    "until": until(from, length),
                }))]);
            }
            terms
        },
    )
}

fn customers() -> impl Strategy<Value = Vec<Value>> {
    let terms = (limits::of_customer(), own_terms()).prop_map(|(one, other)| join(one, other));
    let customer = (select(vec![1, 1, 15, 31]), prop::bool::weighted(0.3), terms);
    vec(customer, 2..4).prop_map(|customers| {
        let named = customers.into_iter().zip(CUSTOMERS);
        let customer = |((day, own, limits), code): ((u32, bool, Value), &&str)| {
            let cards = if own { json!(["own"]) } else { Value::Null };
            let customer = object(json!({ "code": code, "billing_day": day, "rate_cards": cards }));
            join(customer, limits)
        };
        named.map(customer).collect()
    })
}

/// A small world, as a document.
pub fn world(kind: Kind) -> BoxedStrategy<Value> {
    let world = (2_usize..4, prop::bool::weighted(0.2)).prop_flat_map(move |(count, in_money)| {
        let types: Vec<_> =
            (0..count).map(|place| versions(kind, terms(place, count).boxed())).collect();
        let cards = (
            versions(kind, card_version(kind, in_money)),
            (effective(), card_version(kind, in_money)),
        );
        let conversions = (versions(kind, factors()), versions(kind, factors()));
        let plans = (plans::plans(), option::weighted(0.2, Just("next_period")));
        let fx = (
            option::weighted(0.4, Just("ecb")),
            exchange::published(),
            exchange::published(),
            select(vec!["overage", "overage", "reject"]),
        );
        (select(ZONES), types, cards, conversions, customers(), (plans, fx)).prop_map(
            move |(zone, types, cards, (minutes, hours), customers, ((plans, changes), fx))| {
                let (card, (own_from, own)) = cards;
                let (valued, pounds, dollars, beyond) = fx;
                let unit = if in_money { "EUR" } else { "credits" };
                let own = join(json!({ "version": 1, "effective_at": own_from }), own);
                let types = types.into_iter().enumerate().map(|(place, mut versions)| {
                    if !in_money {
                        exchange::without_dollars(&mut versions);
                    }
                    json!({ "code": format!("w{place}"), "unit": unit, "versions": versions })
                });
                let pictures = json!({
                    "code": "pictures", "unit": "picture",
                    "versions": [{ "version": 1, "effective_at": "2000-01-01", "beyond": beyond }],
                });
                // Money becomes other money at the rates of the day.
                let other_money = json!({
                    "code": "dollars", "unit": "USD", "versions": [{
                        "version": 1, "effective_at": "2000-01-01", "beyond": beyond,
                    }],
                });
                let to_other_money =
                    json!({ "code": "to-dollars", "from": "EUR", "to": "USD", "versions": dollars });
                let exchange = json!({
                    "code": "to-pictures", "from": unit, "to": "picture", "versions": [{
                        "version": 1, "effective_at": "2000-01-01",
                        "factors": [{ "operation": "multiply", "factor": "0.07" }],
                    }],
                });
                let dimensions = json!([{ "name": "feature", "report": true }, { "name": "sort" }]);
                json!({
                    "format": "scrip-config/1",
                    "entity": { "code": "books", "name": "Books", "currency": "EUR", "time_zone": zone, "exchange_rates": valued },
                    "units": [
                        { "code": "credits", "kind": "credit", "scale": 2 },
                        { "code": "picture", "kind": "credit", "scale": 2 },
                        { "code": "item", "kind": "usage", "scale": 3 },
                        { "code": "minute", "kind": "usage", "scale": 3 },
                        { "code": "hour", "kind": "usage", "scale": 3 },
                        { "code": "call", "kind": "usage", "scale": 0 },
                    ],
                    "meters": [
                        { "code": "usage", "unit": "item", "dimensions": dimensions },
                        { "code": "calls", "unit": "item", "aggregation": "count", "dimensions": dimensions },
                        { "code": "spend", "unit": "GBP" },
                    ],
                    "conversions": [
                        { "code": "to-minutes", "from": "item", "to": "minute", "versions": minutes },
                        { "code": "to-hours", "from": "minute", "to": "hour", "versions": hours },
                        exchange,
                        { "code": "to-euro", "from": "GBP", "to": "EUR", "versions": pounds },
                        to_other_money,
                    ],
                    "wallet_types": types.chain([pictures]).chain(in_money.then_some(other_money)).collect::<Vec<_>>(),
                    "rate_cards": [
                        object(json!({
                            "code": "card", "unit": unit, "versions": card,
                            "price_changes": changes,
                        })),
                        { "code": "own", "unit": unit, "applies_to": "assigned", "versions": [own] },
                    ],
                    "plans": plans,
                    "customers": customers,
                })
            },
        )
    });
    world.boxed()
}

/// A world in which lots may keep the rates at which they were bought, so that every rate has a price
/// for a part of an event.
pub fn honouring_world(kind: Kind) -> BoxedStrategy<Value> {
    let kind = Kind { looks_back: false, ..kind };
    let later = vec(card_version(kind, false), 2);
    let world = (world(kind), vec(prop::bool::weighted(0.9), 1..6), later);
    let honouring = world.prop_map(|(mut world, honours, later)| {
        // The card changes twice while lots are bought and used.
        let card = &mut world["rate_cards"][0];
        let in_money = card["unit"] == "EUR";
        if let Some(versions) = card["versions"].as_array_mut() {
            versions.truncate(1);
            for ((number, from), mut version) in [(2, 15), (3, 40)].into_iter().zip(later) {
                if in_money && let Some(members) = version.as_object_mut() {
                    members.remove("overage");
                }
                let dated = json!({ "version": number, "effective_at": date(from) });
                versions.push(join(dated, version));
            }
        }
        let mut honours = honours.into_iter().cycle();
        let mut each = |list: &str, change: &mut dyn FnMut(&mut Value)| {
            let things = world[list].as_array_mut().into_iter().flatten();
            let versions = things.flat_map(|thing| thing["versions"].as_array_mut());
            versions.flatten().for_each(change);
        };
        each("wallet_types", &mut |version| {
            if honours.next() == Some(true) {
                version["rates"] = "original".into();
            }
        });
        each("rate_cards", &mut |version| {
            for rate in version["rates"].as_array_mut().into_iter().flatten() {
                if let Some(members) = rate.as_object_mut() {
                    for name in ["fee", "at_least", "at_most"] {
                        members.remove(name);
                    }
                }
            }
        });
        world
    });
    honouring.boxed()
}

/// A change of the configuration: a version more, a published one altered, another billing day.
pub fn change(kind: Kind) -> BoxedStrategy<Value> {
    let body = prop_oneof![
        4 => (effective(), card_version(kind, false))
            .prop_map(|(from, version)| json!({ "list": "rate_cards", "from": from, "version": version })),
        2 => (effective(), terms(1, 2).boxed())
            .prop_map(|(from, version)| json!({ "list": "wallet_types", "from": from, "version": version })),
        2 => (effective(), factors())
            .prop_map(|(from, version)| json!({ "list": "conversions", "from": from, "version": version })),
        1 => Just(json!({ "altered": true })),
        1 => select(vec![1, 15, 31]).prop_map(|day| json!({ "billing_day": day })),
        1 => limits::of_customer().prop_map(|limits| json!({ "limits": limits })),
    ];
    let change = (minutes(), 0_u64..3, body.boxed()).prop_map(|(at, which, change)| {
        json!({ "op": "apply_configuration", "at": time(at), "which": which, "change": change })
    });
    change.boxed()
}

/// A change of what decides on prices besides the versions: the billing day, or a customer's cards.
pub(super) fn move_customer() -> impl Strategy<Value = Value> {
    let body = prop_oneof![
        2 => select(vec![1, 15, 31]).prop_map(|day| json!({ "billing_day": day })),
        1 => select(vec![json!([]), json!(["own"]), json!(["card"])])
            .prop_map(|cards| json!({ "cards": cards })),
    ];
    (minutes(), body).prop_map(|(at, change)| {
        json!({ "op": "apply_configuration", "at": time(at), "which": 0, "change": change })
    })
}

/// Makes the document that a change leads to.
pub(super) fn resolve(operation: &mut Value, known: &Known) {
    let mut document = known.document.clone();
    let change = operation["change"].take();
    let which = number(&operation["which"]).unwrap_or_default();
    if let Some(name) = change["list"].as_str()
        && let Some(list) = document[name].as_array_mut()
        && !list.is_empty()
    {
        let place = which % list.len();
        let in_money = list[place]["unit"] == "EUR";
        let is_own = list[place]["code"].as_str().is_some_and(|code| code.starts_with('w'));
        if let Some(versions) = list[place]["versions"].as_array_mut() {
            let number = versions.len() + 1;
            let mut version = join(
                json!({ "version": number, "effective_at": change["from"] }),
                change["version"].clone(),
            );
            if in_money && let Some(members) = version.as_object_mut() {
                members.remove("overage");
            }
            if !in_money {
                exchange::without_dollars(std::slice::from_mut(&mut version));
            }
            // Between the units of wallets one factor holds, whatever the usage.
            if name == "conversions" && place > 1 {
                version["factors"].as_array_mut().into_iter().for_each(|rows| rows.truncate(1));
            }
            if name == "wallet_types" && !is_own {
                // Others fall back to it: it cannot be overdrawn, nor fall back to itself.
                version["fallbacks"] = json!([]);
                if version["beyond"] == "overdraft" {
                    version["beyond"] = "overage".into();
                    version["overdraft_limit"] = Value::Null;
                }
                version = object(version);
            }
            versions.push(version);
        }
    } else if change["altered"] == true {
        document["wallet_types"][0]["versions"][0]["priority"] = 11.into();
    } else if let Some(day) = change["billing_day"].as_u64() {
        document["customers"][0]["billing_day"] = day.into();
    }
    if change["cards"].is_array() {
        document["customers"][0]["rate_cards"] = change["cards"].clone();
    }
    if let Some(limits) = change["limits"].as_object()
        && let Some(customer) = document["customers"][0].as_object_mut()
    {
        for name in ["members", "teams", "spend_limits", "overage_limit"] {
            customer.remove(name);
        }
        customer.extend(limits.clone());
    }
    if let Some(members) = operation.as_object_mut() {
        for name in ["which", "change", "customer"] {
            members.remove(name);
        }
        members.insert("document".to_owned(), document);
    }
}

/// A world with one soft wallet without limit, and rates that do not look back: what an order of
/// arrival may not change.
pub fn plain_world() -> impl Strategy<Value = Value> {
    let rate = |code: &'static str, cells: Value, mut pricing: Value| {
        pricing["code"] = code.into();
        pricing["meter"] = "usage".into();
        pricing["match"] = cells;
        pricing
    };
    (select(ZONES), pricing(false), pricing(false), select(ORDERS.to_vec())).prop_map(
        move |(zone, one, two, order)| {
            json!({
                "format": "scrip-config/1",
                "entity": { "code": "books", "name": "Books", "currency": "EUR", "time_zone": zone },
                "units": [
                    { "code": "credits", "kind": "credit", "scale": 2 },
                    { "code": "item", "kind": "usage", "scale": 3 },
                ],
                "meters": [{
                    "code": "usage", "unit": "item",
                    "dimensions": [{ "name": "feature" }, { "name": "sort" }],
                }],
                "wallet_types": [{ "code": "w0", "unit": "credits", "versions": [{
                    "version": 1, "effective_at": "2000-01-01", "beyond": "overage",
                    "draw_order": order,
                }] }],
                "rate_cards": [{ "code": "card", "unit": "credits", "versions": [{
                    "version": 1, "effective_at": "2000-01-01", "unmatched": "reject",
                    "overage": { "currency": "EUR", "price": "0.335" },
                    "rates": [rate("r0", json!({}), one), rate("r1", json!({ "feature": "a" }), two)],
                }] }],
                "customers": [{ "code": "acme" }],
            })
        },
    )
}
