//! Small worlds and histories for property tests, in numbers that make collisions likely: lots that
//! expire when usage arrives, charges below a step, events that come twice, days on which clocks
//! change.
//!
//! A generator makes sketches: operations in their JSON form in which `{"$lot": 3}` and the like stand
//! for something that the books know by then. [`resolve`] puts it in, so that a history stays
//! meaningful when it is made smaller. Every mechanism is a file with its own sketches.

pub mod configuration;
pub mod grants;
pub mod usage;

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;
use serde_json::{Value, json};

use self::configuration::Kind;
use crate::oracle::Books;
use crate::oracle::calendar::instant;

/// The start of 2026.
const START: i64 = 1_767_225_600;
/// Customers, of whom a world has the first two or three.
pub(crate) const CUSTOMERS: &[&str] = &["acme", "birch", "cedar"];

/// An amount with a number of decimals.
#[must_use]
pub fn decimal(steps: i64, decimals: u32) -> String {
    let unit = 10_i64.pow(decimals);
    format!("{}.{:0>width$}", steps / unit, steps % unit, width = decimals as usize)
}

/// A time in the first four months, in minutes: quarter days, and the minutes before and after
/// midnight in each zone.
pub fn minutes() -> impl Strategy<Value = i64> {
    let minute = select(vec![0, 1, 360, 720, 1439, 1260, 1259, 1319, 1320, 1380]);
    (0_i64..118, minute).prop_map(|(day, minute)| day * 1440 + minute)
}

/// Mostly a time in the first weeks.
pub fn early_minutes() -> impl Strategy<Value = i64> {
    prop_oneof![2 => minutes().prop_map(|at| at % (35 * 1440)), 1 => minutes()]
}

/// A time as it is written.
#[must_use]
pub fn time(minutes: i64) -> String {
    instant(START + minutes * 60)
}

/// A date as it is written.
#[must_use]
pub fn date(day: i64) -> String {
    time(day * 1440)[..10].to_owned()
}

/// An operation of some customer at some time; what is missing is put in by [`resolve`].
pub fn sketch(body: impl Strategy<Value = Value>) -> impl Strategy<Value = Value> {
    // Mostly the same one, so that its lots meet its usage.
    (select(vec![0, 0, 0, 0, 1, 2]), minutes(), body).prop_map(|(customer, at, mut body)| {
        body["at"] = time(at).into();
        body["customer"] = json!({ "$customer": customer });
        body
    })
}

fn step(kind: Kind) -> impl Strategy<Value = Value> {
    prop_oneof![
        6 => sketch(grants::grant()),
        8 => sketch(usage::record()),
        3 => sketch(usage::post()),
        2 => sketch(Just(json!({ "op": "expire_lots" }))),
        2 => sketch(Just(json!({ "op": "run_schedule" }))),
        1 => minutes().prop_map(|at| json!({ "op": "run_schedule", "at": time(at) })),
        1 => minutes().prop_map(|at| json!({ "op": "expire_lots", "at": time(at) })),
        2 => sketch(grants::refund()),
        1 => sketch(grants::void()),
        1 => sketch(grants::payment()),
        1 => sketch(grants::invoice()),
        1 => configuration::change(kind),
    ]
}

/// A history: a few grants, then steps of all kinds; their times need not rise.
pub fn history(kind: Kind, length: usize) -> impl Strategy<Value = Vec<Value>> {
    (vec(sketch(grants::grant()), 0..6), vec(step(kind), 1..length)).prop_map(
        |(mut grants, steps)| {
            grants.extend(steps);
            grants
        },
    )
}

/// A number that counts something.
fn number(value: &Value) -> Option<usize> {
    usize::try_from(value.as_u64()?).ok()
}

/// The operation that a sketch means in some books, with an id.
#[must_use]
pub fn resolve(sketch: &Value, id: &str, books: &Books) -> Value {
    let customers = books.configuration.all("customers").len();
    let customer = number(&sketch["customer"]["$customer"]);
    let customer = customer.map(|n| CUSTOMERS[n % customers.max(1)]);
    let mut operation = put_in(sketch, customer.unwrap_or_default(), books);
    operation["id"] = id.into();
    operation["actor"] = "oracle".into();
    if operation["op"] == "apply_configuration" {
        configuration::resolve(&mut operation, books);
    }
    if operation["op"] == "post_usage" {
        usage::only_new(&mut operation, books);
    }
    operation
}

fn put_in(value: &Value, customer: &str, books: &Books) -> Value {
    let nth = |name: &str| value.get(name).and_then(number);
    if nth("$customer").is_some() {
        return customer.into();
    }
    if let Some(n) = nth("$lot") {
        let lots = books.customers.get(customer).map(|c| c.lots.as_slice()).unwrap_or_default();
        // One in so many is a lot that does not exist.
        return lots.get(n % (lots.len() + 1)).map_or("nowhere", |lot| &lot.id).into();
    }
    if let Some(n) = nth("$wallet_type") {
        let types = books.configuration.all("wallet_types");
        return types.get(n % types.len().max(1)).map_or(Value::Null, |t| t["code"].clone());
    }
    match value {
        Value::Object(members) => {
            let members = members.iter();
            let members =
                members.map(|(name, member)| (name.clone(), put_in(member, customer, books)));
            Value::Object(members.collect())
        }
        Value::Array(items) => items.iter().map(|item| put_in(item, customer, books)).collect(),
        other => other.clone(),
    }
}
