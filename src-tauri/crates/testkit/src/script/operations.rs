//! Operations of the case language. Each becomes one line of JSON in the documented form.
//!
//! ```text
//! grant LOT UNITS [KIND] [for NET [tax TAX [sales_tax]]] [invoiced] [in WALLET] [prio N]
//!                 [from WHEN] [until WHEN|never]     KIND: promotional if no price, else purchased
//! use QUANTITY [x TIMES] [feature F] [sort S] [key K] [on INSTANT]   `on`: when it occurred
//! expire           schedule                          the sweep: of expiries, of everything
//! void LOT         refund LOT [units UNITS] [fee FEE]
//! extend LOT until WHEN    reinstate LOT until WHEN [new LOT] [units UNITS] [because REASON]
//! hold HOLD UNITS [in WALLET] [until WHEN|never] [some]    `some`: what is available, if that is less
//! hold HOLD usage QUANTITY [feature F] [sort S] [until WHEN|never] [some]
//! capture HOLD [UNITS | usage QUANTITY [feature F] [sort S]] [final | keep]
//! release HOLD [UNITS]
//! top-up WALLET UNITS [for NET [tax TAX]]    cancel-top-up ID    set-top-up WALLET { JSON }
//! pay AMOUNT [for-top-up ID]       invoice [AMOUNT] [tax TAX]
//! do OPERATION MEMBER=VALUE ...                       any operation; MEMBER.INNER for an inner member
//! close DAY                                          everything through the day, a month's last
//! repeat FROM..TO LINE                               LINE with {n} = FROM, FROM+1, ... TO-1
//! price A = CHARGE; A then B = CHARGE                each in a ledger of its own: what the last costs
//! ```
//!
//! All take `at INSTANT` (a minute after the one before, if absent), `of CUSTOMER` (acme) and `id ID`.
//! `2024-01-01T01:00` is UTC; a bare date in `from` and `until` is a day of the entity's zone.

use serde_json::{Map, Value, json};

use super::{Run, expectations};
use crate::ledger::Refused;
use scrip_engine::Applied;
use scrip_units::Instant;

/// Gives operations their ids and times.
#[derive(Debug, Clone, Default)]
pub(super) struct Clock {
    operations: u64,
    at: Option<Instant>,
}

const START: &str = "2026-01-01T00:00:00Z";

impl Clock {
    fn next(&mut self, given: Option<&str>) -> Result<(String, String), String> {
        let at = match (given, self.at) {
            (Some(text), _) => instant(text).parse::<Instant>(),
            (None, None) => START.parse(),
            (None, Some(before)) => Instant::from_micros(before.micros() + 60_000_000),
        };
        let at = at.map_err(|e| e.to_string())?;
        self.at = Some(at);
        self.operations += 1;
        Ok((format!("op-{}", self.operations), at.to_string()))
    }
}

/// An instant as cases write it: minutes may end it, and UTC is meant.
fn instant(text: &str) -> String {
    match (text.len(), text.contains('T')) {
        (10, false) => format!("{text}T00:00:00Z"),
        (16, true) => format!("{text}:00Z"),
        _ if text.ends_with('Z') || text.contains('+') => text.to_owned(),
        _ => format!("{text}Z"),
    }
}

/// A moment that may be a day of the entity's zone.
fn when(text: &str) -> String {
    if text.contains('T') { instant(text) } else { text.to_owned() }
}

/// The words of a line after its verb: what stands first, and options by their name.
struct Words<'a> {
    plain: Vec<&'a str>,
    options: Map<String, Value>,
}

const OPTIONS: &[&str] = &[
    "for",
    "tax",
    "in",
    "prio",
    "from",
    "until",
    "at",
    "of",
    "id",
    "x",
    "feature",
    "sort",
    "key",
    "units",
    "fee",
    "on",
    "new",
    "because",
    "for-top-up",
];

impl<'a> Words<'a> {
    fn read(text: &'a str) -> Result<Self, String> {
        let mut words = text.split_whitespace();
        let mut read = Self { plain: Vec::new(), options: Map::new() };
        while let Some(word) = words.next() {
            if OPTIONS.contains(&word) {
                let value = words.next().ok_or_else(|| format!("{word} of what?"))?;
                read.options.insert(word.to_owned(), value.into());
            } else {
                read.plain.push(word);
            }
        }
        Ok(read)
    }

    fn option(&self, name: &str) -> Option<&str> {
        self.options.get(name).and_then(Value::as_str)
    }

    fn flag(&mut self, name: &str) -> bool {
        let before = self.plain.len();
        self.plain.retain(|word| *word != name);
        self.plain.len() != before
    }
}

/// Runs a line that is an operation; false when it is none.
pub(super) fn operate(run: &mut Run, line: &str) -> Result<bool, String> {
    let (verb, rest) = line.split_once(' ').unwrap_or((line, ""));
    match verb {
        "repeat" => {
            let (range, line) = rest.split_once(' ').ok_or("repeat FROM..TO LINE")?;
            let (from, to) = range.split_once("..").ok_or("repeat FROM..TO LINE")?;
            let number = |text: &str| text.parse::<u64>().map_err(|e| e.to_string());
            for n in number(from)?..number(to)? {
                run.line(&line.replace("{n}", &n.to_string()))?;
            }
        }
        "price" => {
            for row in rest.split(';') {
                price(run, row.trim()).map_err(|why| format!("{}: {why}", row.trim()))?;
            }
        }
        "hold" | "capture" | "release" | "grant" | "use" | "expire" | "schedule" | "extend"
        | "reinstate" | "top-up" | "set-top-up" | "cancel-top-up" | "void" | "refund" | "pay"
        | "invoice" | "close" | "do" => {
            let (rest, wanted) = match rest.split_once('!') {
                Some((rest, message)) => (rest, Some(message.trim())),
                None => (rest, None),
            };
            let operation = written(run, verb, Words::read(rest)?)?;
            apply(run, &operation, wanted)?;
        }
        _ => return Ok(false),
    }
    Ok(true)
}

fn apply(run: &mut Run, operation: &Value, wanted: Option<&str>) -> Result<(), String> {
    let result = run.opened()?.apply(&operation.to_string());
    match (result, wanted) {
        (Ok(applied), None) => {
            run.last = applied;
            Ok(())
        }
        (Ok(_), Some(wanted)) => Err(format!("was accepted, not refused: {wanted}")),
        (Err(Refused::Broken(why)), _) => Err(why),
        (Err(Refused::Rejected(why)), None) => Err(format!("was rejected: {why}")),
        (Err(Refused::Rejected(why)), Some(wanted)) if why.contains(wanted) => Ok(()),
        (Err(Refused::Rejected(why)), Some(_)) => Err(format!("was rejected otherwise: {why}")),
    }
}

/// The operation in the documented form.
fn written(run: &mut Run, verb: &str, mut words: Words<'_>) -> Result<Value, String> {
    let (id, at) = run.clock.next(words.option("at"))?;
    let id = words.option("id").map_or(id, str::to_owned);
    let currency = run.world.currency().to_owned();
    let customer = words.option("of").unwrap_or("acme").to_owned();
    let mut operation = json!({ "id": id, "at": at, "actor": "case", "customer": customer });
    let mut set = |name: &str, value: Value| operation[name] = value;
    match verb {
        "grant" => grant(&mut words, &currency, &mut set)?,
        "use" => usage(&words, &id, &mut set)?,
        "hold" | "capture" | "release" => held(verb, &mut words, &id, &mut set)?,
        "expire" => set("op", "expire_lots".into()),
        "schedule" => set("op", "run_schedule".into()),
        "top-up" => {
            set("op", "top_up".into());
            let [wallet, units] = words.plain.as_slice() else {
                return Err("top-up WALLET UNITS".to_owned());
            };
            set("wallet", (*wallet).into());
            set("units", (*units).into());
            if let Some(net) = words.option("for") {
                let tax = words.option("tax").unwrap_or("0");
                set("price", json!({ "net": net, "tax": tax, "currency": currency }));
            }
        }
        "set-top-up" => {
            set("op", "set_top_up".into());
            let (wallet, members) = words.plain.split_first().ok_or("which wallet?")?;
            set("wallet", (*wallet).into());
            let members: Map<String, Value> =
                serde_json::from_str(&members.join(" ")).map_err(|e| e.to_string())?;
            for (name, value) in members {
                set(&name, value);
            }
        }
        "cancel-top-up" => {
            set("op", "cancel_top_up".into());
            set("top_up", (*words.plain.first().ok_or("which top-up?")?).into());
        }
        "extend" | "reinstate" => {
            set("op", if verb == "extend" { "extend_lot" } else { "reinstate_lot" }.into());
            set("lot", (*words.plain.first().ok_or("which lot?")?).into());
            set("expires_at", when(words.option("until").ok_or("until when?")?).into());
            for (name, member) in [("new", "new_lot"), ("units", "units"), ("because", "reason")] {
                if let Some(value) = words.option(name) {
                    set(member, value.into());
                }
            }
        }
        "do" => plainly(&words, &mut operation)?,
        "close" => {
            let through = *words.plain.first().ok_or("close which day?")?;
            return Ok(json!({
                "op": "close_period", "id": id, "at": at, "actor": "case", "through": through
            }));
        }
        "void" | "refund" => {
            set("op", if verb == "void" { "void_lot" } else { "refund_grant" }.into());
            set("lot", (*words.plain.first().ok_or("which lot?")?).into());
            for name in ["units", "fee"] {
                if let Some(value) = words.option(name) {
                    set(name, value.into());
                }
            }
        }
        _ => {
            set("op", if verb == "pay" { "receive_payment" } else { "invoice_overage" }.into());
            set("currency", currency.into());
            if let Some(amount) = words.plain.first() {
                set("amount", (*amount).into());
            }
            for (name, member) in [("tax", "tax"), ("for-top-up", "top_up")] {
                if let Some(value) = words.option(name) {
                    set(member, value.into());
                }
            }
        }
    }
    Ok(operation)
}

/// `do OPERATION MEMBER=VALUE ...`: values are texts, but for `true` and `false`.
fn plainly(words: &Words<'_>, operation: &mut Value) -> Result<(), String> {
    let (code, members) = words.plain.split_first().ok_or("do which operation?")?;
    operation["op"] = (*code).into();
    for member in members {
        let (name, value) = member.split_once('=').ok_or("do OPERATION MEMBER=VALUE")?;
        let value = value.parse::<bool>().map_or_else(|_| value.into(), Value::Bool);
        match name.split_once('.') {
            Some((outer, inner)) => operation[outer][inner] = value,
            None => operation[name] = value,
        }
    }
    Ok(())
}

fn grant(
    words: &mut Words<'_>,
    currency: &str,
    set: &mut impl FnMut(&str, Value),
) -> Result<(), String> {
    let (invoiced, sales_tax) = (words.flag("invoiced"), words.flag("sales_tax"));
    let [lot, units, kind @ ..] = words.plain.as_slice() else {
        return Err("grant LOT UNITS".to_owned());
    };
    let plain_kind = if words.option("for").is_some() { "purchased" } else { "promotional" };
    set("op", "grant_credits".into());
    set("lot", (*lot).into());
    set("units", (*units).into());
    set("kind", (*kind.first().unwrap_or(&plain_kind)).into());
    set("wallet_type", words.option("in").unwrap_or("std").into());
    if let Some(net) = words.option("for") {
        let mut price = json!({ "net": net, "currency": currency });
        if let Some(tax) = words.option("tax") {
            price["tax"] = tax.into();
            price["tax_kind"] = if sales_tax { "sales_tax" } else { "vat" }.into();
        }
        set("price", price);
    }
    if invoiced {
        set("settlement", "invoiced".into());
    }
    if let Some(priority) = words.option("prio") {
        set("priority", priority.parse::<u32>().map_err(|e| e.to_string())?.into());
    }
    if let Some(from) = words.option("from") {
        set("effective_at", when(from).into());
    }
    match words.option("until") {
        None | Some("never") => set("expires_at", "never".into()),
        Some(until) => set("expires_at", when(until).into()),
    }
    Ok(())
}

/// A hold, and what ends it. Captured events have the hold's id and the operation's in their keys.
fn held(
    verb: &str,
    words: &mut Words<'_>,
    id: &str,
    set: &mut impl FnMut(&str, Value),
) -> Result<(), String> {
    let (some, last, keep) = (words.flag("some"), words.flag("final"), words.flag("keep"));
    let of_usage = words.flag("usage");
    let [hold, amount @ ..] = words.plain.as_slice() else {
        return Err(format!("{verb} HOLD"));
    };
    set("op", format!("{verb}_hold").replace("hold_hold", "place_hold").into());
    set("hold", (*hold).into());
    if last || keep {
        set("final", last.into());
    }
    if some {
        set("shortfall", "hold_available".into());
    }
    if let Some(until) = words.option("until") {
        set("expires_at", when(until).into());
    }
    let Some(amount) = amount.first() else { return Ok(()) };
    if !of_usage {
        if verb == "hold" {
            set("wallet", words.option("in").unwrap_or("std").into());
        }
        set("units", (*amount).into());
        return Ok(());
    }
    let mut usage =
        json!({ "meter": "usage", "quantity": amount, "dimensions": dimensions(words) });
    if verb == "hold" {
        set("usage", usage);
    } else {
        usage["key"] = format!("{hold}-{id}").into();
        if let Some(on) = words.option("on") {
            usage["occurred_at"] = instant(on).into();
        }
        set("events", json!([usage]));
    }
    Ok(())
}

fn dimensions(words: &Words<'_>) -> Map<String, Value> {
    let mut dimensions = Map::new();
    for name in ["feature", "sort"] {
        if let Some(value) = words.option(name) {
            dimensions.insert(name.to_owned(), value.into());
        }
    }
    dimensions
}

fn usage(words: &Words<'_>, id: &str, set: &mut impl FnMut(&str, Value)) -> Result<(), String> {
    let quantity = *words.plain.first().ok_or("use QUANTITY")?;
    let times: u64 = words.option("x").unwrap_or("1").parse().map_err(|_| "x TIMES")?;
    let dimensions = dimensions(words);
    let event = |n: u64| {
        let key = words.option("key").map_or_else(|| format!("{id}-{n}"), str::to_owned);
        let mut event =
            json!({ "key": key, "meter": "usage", "quantity": quantity, "dimensions": dimensions });
        if let Some(on) = words.option("on") {
            event["occurred_at"] = instant(on).into();
        }
        event
    };
    set("op", "record_usage".into());
    set("events", (0..times).map(event).collect());
    Ok(())
}

/// `A then B = CHARGE` in a ledger of its own.
fn price(run: &mut Run, row: &str) -> Result<(), String> {
    let (quantities, charge) = row.split_once('=').ok_or("price A = CHARGE")?;
    let mut fresh = Run {
        world: run.world.clone(),
        ledger: None,
        clock: Clock::default(),
        last: Applied::default(),
        entries_read: 0,
    };
    for quantity in quantities.split("then") {
        let (quantity, options) = quantity.trim().split_once(' ').unwrap_or((quantity.trim(), ""));
        fresh.line(&format!("use {quantity} {options}"))?;
    }
    expectations::expect(&mut fresh, &format!("charge {}", charge.trim()))?;
    *run = fresh;
    Ok(())
}
