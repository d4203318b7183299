//! Small worlds and histories for property tests, in numbers that make collisions likely: lots that
//! expire when usage arrives, charges below a step, events that come twice, days on which clocks
//! change.
//!
//! A generator makes sketches: operations in their JSON form in which `{"$lot": 3}` and the like stand
//! for something that the books know by then. [`resolve`] puts it in, so that a history stays
//! meaningful when it is made smaller. Every mechanism is a file with its own sketches.

pub mod configuration;
pub mod costs;
pub mod exchange;
pub mod grants;
pub mod holds;
pub mod invoices;
pub mod limits;
pub mod lots;
pub mod periods;
pub mod plans;
pub mod reversals;
mod terms;
pub mod top_ups;
pub mod usage;

use std::collections::{BTreeMap, BTreeSet};

use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use proptest::sample::select;
use serde_json::{Value, json};

use self::configuration::Kind;
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

/// Tax on top of a price; mostly none.
pub(crate) fn tax() -> impl Strategy<Value = Value> {
    let kind = select(vec![None, None, Some("sales_tax")]);
    let tax = (select(vec!["21", "8.875", "5"]), kind).prop_map(|(percent, kind)| {
        configuration::object(json!({ "percent": percent, "kind": kind }))
    });
    option::weighted(0.35, tax).prop_map(|tax| tax.unwrap_or(Value::Null))
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
pub fn sketch(body: impl Strategy<Value = Value> + 'static) -> BoxedStrategy<Value> {
    sketch_at(body).prop_map(|(_, body)| body).boxed()
}

fn sketch_at(body: impl Strategy<Value = Value>) -> impl Strategy<Value = (i64, Value)> {
    // Mostly the same one, so that its lots meet its usage.
    (select(vec![0, 0, 0, 0, 1, 2]), early_minutes(), body).prop_map(|(customer, at, mut body)| {
        body["at"] = time(at).into();
        body["customer"] = json!({ "$customer": customer });
        (at, body)
    })
}

/// Two things that belong together, one some time after the other, with something in between.
fn pair(
    first: impl Strategy<Value = Value> + 'static,
    between: impl Strategy<Value = Value> + 'static,
    then: impl Strategy<Value = Value> + 'static,
) -> BoxedStrategy<Vec<Value>> {
    let delay = prop_oneof![0_i64..600, 0_i64..(20 * 1440)];
    (sketch_at(first), vec(between, 0..3), then, delay)
        .prop_map(|((at, first), between, mut then, delay)| {
            then["at"] = time(at + delay).into();
            then["customer"] = first["customer"].clone();
            std::iter::once(first).chain(between).chain([then]).collect::<Vec<_>>()
        })
        .boxed()
}

/// Steps of one, or of some that belong together.
fn steps(kind: Kind) -> BoxedStrategy<Vec<Value>> {
    let steps = prop_oneof![
        40 => step(kind).prop_map(|step| vec![step]),
        3 => pair(holds::place(), step(kind), holds::capture()),
        1 => pair(holds::place(), step(kind), holds::release()),
        1 => pair(lots::chargeback(), step(kind), lots::win_chargeback()),
        1 => pair(invoices::write_off(), step(kind), invoices::paid_after_all()),
        4 => pair(invoices::finalize(), step(kind), invoices::after()),
    ];
    steps.boxed()
}

fn step(kind: Kind) -> BoxedStrategy<Value> {
    let step = prop_oneof![
        6 => sketch(grants::grant()),
        8 => sketch(usage::record()),
        3 => sketch(usage::post()),
        1 => sketch(Just(json!({ "op": "expire_lots" }))),
        1 => sketch(Just(json!({ "op": "run_schedule" }))),
        1 => minutes().prop_map(|at| json!({
            "op": "run_schedule", "at": time(at), "customer": { "$customer": 0 },
        })),
        1 => minutes().prop_map(|at| json!({ "op": "run_schedule", "at": time(at) })),
        1 => minutes().prop_map(|at| json!({ "op": "expire_lots", "at": time(at) })),
        2 => sketch(grants::refund()),
        1 => sketch(grants::void()),
        1 => sketch(grants::payment()),
        1 => sketch(grants::invoice()),
        1 => configuration::change(kind),
        3 => sketch(holds::place()),
        2 => sketch(holds::capture()),
        1 => sketch(holds::release()),
        2 => sketch(lots::extend()),
        2 => sketch(lots::transfer()),
        2 => sketch(lots::reinstate()),
        2 => sketch(plans::subscribe()),
        1 => sketch(plans::cancel()),
        1 => sketch(plans::complete()),
        1 => sketch(plans::refund()),
        1 => sketch(plans::commit()),
        2 => sketch(lots::contract()),
        1 => sketch(top_ups::set()),
        1 => sketch(top_ups::by_hand()),
        1 => sketch(top_ups::cancel()),
        1 => sketch(top_ups::paid()),
        1 => sketch(lots::convert()),
        2 => sketch(lots::refund()),
        1 => sketch(lots::void()),
        1 => sketch(lots::adjust()),
        1 => sketch(lots::chargeback()),
        3 => sketch(invoices::finalize()),
        2 => sketch(invoices::void()),
        1 => sketch(invoices::discard()),
        1 => sketch(invoices::credit()),
        1 => sketch(invoices::paid()),
        1 => sketch(invoices::credit_lot()),
        1 => sketch(invoices::write_off()),
        1 => sketch(invoices::paid_after_all()),
        1 => periods::close(),
        1 => exchange::import(),
        2 => sketch(exchange::spend()),
    ];
    step.boxed()
}

/// Steps of the mechanisms that the oracle does not know yet: they are held against the laws.
fn other_steps(kind: Kind) -> BoxedStrategy<Vec<Value>> {
    let one = prop_oneof![
        4 => sketch(reversals::reverse()),
        2 => sketch(reversals::supersede()),
    ];
    let steps = prop_oneof![
        15 => steps(kind),
        5 => one.prop_map(|step| vec![step]),
    ];
    steps.boxed()
}

/// A few grants before everything else, and often the exchange rates of their days.
fn beginning(steps: impl Strategy<Value = Vec<Vec<Value>>>) -> impl Strategy<Value = Vec<Value>> {
    let rates = option::weighted(0.6, exchange::first_rates());
    let grants = vec(sketch(grants::grant()), 0..6);
    (rates, grants, steps).prop_map(|(rates, grants, steps)| {
        rates.into_iter().chain(grants).chain(steps.into_iter().flatten()).collect()
    })
}

/// A history: a few grants, then steps of all kinds; their times need not rise.
pub fn history(kind: Kind, length: usize) -> impl Strategy<Value = Vec<Value>> {
    beginning(vec(steps(kind), 1..length))
}

/// A history of everything there is.
pub fn whole_history(kind: Kind, length: usize) -> impl Strategy<Value = Vec<Value>> {
    beginning(vec(other_steps(kind), 1..length))
}

/// What the books know by now: what sketches are resolved with.
#[derive(Debug, Clone, Default)]
pub struct Known {
    /// The configuration in force, in its JSON form.
    pub document: Value,
    /// Lots of each customer, in the order they were granted.
    pub lots: BTreeMap<String, Vec<String>>,
    /// Wallets of each customer.
    pub wallets: BTreeMap<String, Vec<String>>,
    /// Keys of events that came inside operations, by customer.
    pub recorded: BTreeSet<(String, String)>,
    /// Keys of events that came in any way, by customer, in their order.
    pub events: BTreeMap<String, Vec<String>>,
    /// Lots that were charged back, the last first.
    pub charged_back: Vec<String>,
    /// Top-ups that wait for their payment, with what is to be paid, by customer.
    pub requested: BTreeMap<String, Vec<(String, String)>>,
    /// Lots whose price was written off, with what is to be paid, by customer.
    pub written_off: BTreeMap<String, Vec<(String, String)>>,
    /// Ids of operations that were accepted, by customer and kind.
    pub operations: Vec<(String, String, String)>,
}

impl Known {
    /// Takes note of an operation that was accepted.
    pub fn learn(&mut self, operation: &Value) {
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let customer = text(&operation["customer"]);
        if operation["op"] == "record_usage" {
            let events = operation["events"].as_array().into_iter().flatten();
            let keys = events.map(|event| (customer.clone(), text(&event["key"])));
            self.recorded.extend(keys);
        }
        if operation["op"] == "record_usage" || operation["op"] == "post_usage" {
            let events = operation["events"].as_array().into_iter().flatten();
            let keys = events.map(|event| text(&event["key"]));
            self.events.entry(customer.clone()).or_default().extend(keys);
        }
        if operation["op"] == "chargeback" {
            self.charged_back.insert(0, text(&operation["lot"]));
        }
        if operation["op"] == "apply_configuration" {
            self.document = operation["document"].clone();
        }
        self.operations.push((customer, text(&operation["op"]), text(&operation["id"])));
    }

    fn all(&self, list: &str) -> &[Value] {
        self.document[list].as_array().map_or(&[], Vec::as_slice)
    }
}

/// A number that counts something.
fn number(value: &Value) -> Option<usize> {
    usize::try_from(value.as_u64()?).ok()
}

/// The operation that a sketch means by now, with an id.
#[must_use]
pub fn resolve(sketch: &Value, id: &str, known: &Known) -> Value {
    let customers = known.all("customers").len();
    let customer = number(&sketch["customer"]["$customer"]);
    let customer = customer.map(|n| CUSTOMERS[n % customers.max(1)]);
    let mut operation = put_in(sketch, customer.unwrap_or_default(), known);
    operation["id"] = id.into();
    operation["actor"] = "oracle".into();
    if operation["op"] == "apply_configuration" {
        configuration::resolve(&mut operation, known);
    }
    if operation["op"] == "post_usage" {
        usage::only_new(&mut operation, known);
    }
    operation
}

fn put_in(value: &Value, customer: &str, known: &Known) -> Value {
    let nth = |name: &str| value.get(name).and_then(number);
    if let Some(n) = nth("$customer") {
        // That of the operation, or another one.
        let customers = known.all("customers").len().max(1);
        return if customer.is_empty() { CUSTOMERS[n % customers].into() } else { customer.into() };
    }
    if let Some(n) = nth("$other_customer") {
        return CUSTOMERS[n % known.all("customers").len().max(1)].into();
    }
    if let Some(n) = nth("$lot") {
        let lots = known.lots.get(customer).map(Vec::as_slice).unwrap_or_default();
        // One in so many is a lot that does not exist.
        let place = if n == 7 { usize::MAX } else { n % lots.len().max(1) };
        return lots.get(place).map_or("nowhere", String::as_str).into();
    }
    if let Some(n) = nth("$hold") {
        let placed = known.operations.iter().rev();
        let mut placed =
            placed.filter(|(whose, kind, _)| whose == customer && kind == "place_hold");
        // Mostly the last.
        return placed.nth(n / 3).map_or("nothing", |(_, _, id)| id.as_str()).into();
    }
    if let Some(n) = nth("$event") {
        let events = known.events.get(customer).map(Vec::as_slice).unwrap_or_default();
        return events.get(n % events.len().max(1)).map_or("none", String::as_str).into();
    }
    if let Some(n) = nth("$invoice") {
        return format!("{customer}-2026-{:04}", n + 1).into();
    }
    for (name, all, of_price) in [
        ("$written_off", &known.written_off, false),
        ("$price_of_written_off", &known.written_off, true),
        ("$requested", &known.requested, false),
        ("$price_of_requested", &known.requested, true),
    ] {
        let Some(n) = nth(name) else { continue };
        let lots = all.get(customer).map(Vec::as_slice).unwrap_or_default();
        let found = lots.get(n % lots.len().max(1));
        let (lot, price) = found.map_or(("nowhere", "1"), |(lot, price)| (lot, price));
        return if of_price { price.into() } else { lot.into() };
    }
    if let Some(n) = nth("$charged_back") {
        return known.charged_back.get(n).map_or("nowhere", String::as_str).into();
    }
    if let Some(n) = nth("$wallet") {
        let wallets = known.wallets.get(customer).map(Vec::as_slice).unwrap_or_default();
        return wallets.get(n % wallets.len().max(1)).map_or("w0", String::as_str).into();
    }
    if let Some(n) = nth("$wallet_type") {
        let types = known.all("wallet_types");
        return types.get(n % types.len().max(1)).map_or(Value::Null, |t| t["code"].clone());
    }
    match value {
        Value::Object(members) => {
            let members = members.iter();
            let members =
                members.map(|(name, member)| (name.clone(), put_in(member, customer, known)));
            Value::Object(members.collect())
        }
        Value::Array(items) => items.iter().map(|item| put_in(item, customer, known)).collect(),
        other => other.clone(),
    }
}
