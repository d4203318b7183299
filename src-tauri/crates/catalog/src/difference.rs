//! The difference between two documents, record by record.
//!
//! Records are paired by their code, name or version number, so that their order makes no
//! difference; rows without a code are paired by what they match. Order counts where it has a
//! meaning: draw orders, fallbacks, a customer's cards, tiers.

use std::collections::{BTreeSet, HashMap};
use std::fmt;

use scrip_units::{Exact, Number, Rounding, Scale, format_steps};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use crate::document::{Document, RateCard};
use crate::file::{inline, is_block};

/// What happened to a record or property.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ChangeKind {
    /// It is new.
    Added,
    /// It is gone.
    Removed,
    /// It has another value.
    Changed,
}

/// One difference between two documents.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Change {
    /// Where: `rate_cards[std-card].versions[2].rates[opus-in].price`.
    pub path: String,
    /// What happened.
    pub kind: ChangeKind,
    /// The same place in words: `price of rate opus-in, version 2, rate card std-card`.
    pub what: String,
    /// The value before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub old: Option<String>,
    /// The value after.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub new: Option<String>,
    /// Of a number above or below zero that changed: by how many per cent, with its sign and two
    /// decimals, half away from zero: `+20.00`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub percent: Option<String>,
}

impl fmt::Display for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (old, new) =
            (self.old.as_deref().unwrap_or_default(), self.new.as_deref().unwrap_or_default());
        match self.kind {
            ChangeKind::Added => write!(f, "{}: added {new}", self.path),
            ChangeKind::Removed => write!(f, "{}: removed {old}", self.path),
            ChangeKind::Changed => write!(f, "{}: {old} -> {new}", self.path),
        }?;
        self.percent.as_ref().map_or(Ok(()), |percent| write!(f, " ({percent} %)"))
    }
}

/// Everything that differs between two documents, in the order of the document.
#[must_use]
pub fn difference(old: &Document, new: &Document) -> Vec<Change> {
    let mut changes = Vec::new();
    Place::top().values(&to_value(old), &to_value(new), &mut changes);
    changes
}

/// The same, but a version that is new is told by what it changes of the version before it, for whoever
/// decides about it. The first version of something is told as added.
#[must_use]
pub fn difference_by_version(old: &Document, new: &Document) -> Vec<Change> {
    let (mut before, after) = (to_value(old), to_value(new));
    for (list, items) in after.as_object().into_iter().flatten() {
        for item in items.as_array().into_iter().flatten() {
            let code = item.get("code");
            let known = before.get_mut(list).and_then(Value::as_array_mut);
            let known = known.and_then(|all| all.iter_mut().find(|one| one.get("code") == code));
            let known = known.and_then(|one| one.get_mut("versions")).and_then(Value::as_array_mut);
            if let (Some(known), Some(versions)) =
                (known, item.get("versions").and_then(Value::as_array))
            {
                stand_in(known, versions);
            }
        }
    }
    let mut changes = Vec::new();
    Place::top().values(&before, &after, &mut changes);
    changes
}

/// Puts the version before it in the place of each that is new.
fn stand_in(known: &mut Vec<Value>, versions: &[Value]) {
    let number = |version: &Value| version.get("version").and_then(Value::as_u64);
    let new: Vec<_> = versions
        .iter()
        .filter(|one| !known.iter().any(|other| number(other) == number(one)))
        .collect();
    for one in new {
        let earlier = versions.iter().filter(|other| number(other) < number(one));
        let Some(mut earlier) = earlier.max_by_key(|other| number(other)).cloned() else {
            continue;
        };
        if let (Some(table), Some(number)) = (earlier.as_object_mut(), one.get("version")) {
            table.insert("version".to_owned(), number.clone());
        }
        known.push(earlier);
    }
}

/// What differs between two versions of one card, as changes at the later one; none when the card
/// lacks one of them. The number and the status are no difference.
#[must_use]
pub fn version_difference(card: &RateCard, from: u32, to: u32) -> Option<Vec<Change>> {
    let find = |number| card.versions.iter().find(|version| version.version == number);
    let content = |number| {
        let mut value = to_value(find(number)?);
        let table = value.as_object_mut()?;
        table.retain(|key, _| key != "version" && key != "status");
        Some(value)
    };
    let mut changes = Vec::new();
    let place = Place::top().key("rate_cards").item("rate_cards", card.code.as_str());
    let place = place.key("versions").item("versions", &to.to_string());
    place.values(&content(from)?, &content(to)?, &mut changes);
    Some(changes)
}

/// A place of a document in words: of `rate_cards[list].versions[2].rates[large].price` the `price of rate
/// large, version 2, rate card list`.
#[must_use]
pub fn place_in_words(path: &str) -> String {
    let mut place = Place::top();
    let mut rest = path;
    while !rest.is_empty() {
        let end = rest.find(['.', '[']).unwrap_or(rest.len());
        let (key, after) = rest.split_at(end);
        place = place.key(key);
        rest = after;
        // A label may hold brackets itself; the place goes on after its own.
        while let Some(label) = rest.strip_prefix('[') {
            let ends = |(at, _): &(usize, &str)| {
                matches!(label.as_bytes().get(at + 1), None | Some(b'.' | b'['))
            };
            let end = label.match_indices(']').find(ends).map_or(label.len(), |(at, _)| at);
            place = place.item(key, &label[..end]);
            rest = label.get(end + 1..).unwrap_or_default();
        }
        rest = rest.strip_prefix('.').unwrap_or(rest);
    }
    place.what()
}

/// A document always has a value: its keys are texts and its numbers are whole or text.
fn to_value(item: &impl Serialize) -> Value {
    serde_json::to_value(item).unwrap_or_default()
}

/// Decimals written as text: compared by value, and their change told in per cent.
const NUMBERS: &[&str] = &[
    "price",
    "cost",
    "per",
    "flat",
    "up_to",
    "amount",
    "size",
    "included",
    "maximum",
    "minimum",
    "factor",
    "step",
    "overage_limit",
    "overdraft_limit",
    "units",
    "fraction",
    "cap",
    "threshold",
    "bring_to",
    "add",
    "monthly_ceiling",
    "units",
];

/// What a property is when it is left out.
fn default_of(key: &str) -> Option<Value> {
    Some(match key {
        "per" => json!("1"),
        "flat" => json!("0"),
        "billing_day" => json!(1),
        "report" => json!(false),
        "name" => json!(""),
        "match" => json!({}),
        "fraction" => json!("1"),
        "valid_days" => json!(14),
        "times" => json!(1),
        "mode" => json!("new_lot"),
        "proration" => json!("none"),
        "above_cap" => json!("truncate"),
        "kinds" => json!([]),
        "capture_above" => json!("draw_difference"),
        "capture_below" => json!("release"),
        "rates" => json!("current"),
        "restored" => json!("expire"),
        "days" | "hours" | "minutes" | "seconds" => json!(0),
        "rounding" => json!({ "on": "cumulative", "mode": "half_away_from_zero" }),
        _ => return None,
    })
}

/// How the items of a list are paired.
pub(crate) enum Pairing {
    /// By code, version number or name.
    Record,
    /// By the values they match.
    Row,
    /// By what they are; order has no meaning.
    Set,
    /// By position.
    Position,
    /// Not at all: the list changes as a whole, because its order has a meaning.
    Whole,
}

pub(crate) fn pairing<'a>(key: &str, mut items: impl Iterator<Item = &'a Value>) -> Pairing {
    match key {
        "factors" => Pairing::Row,
        "tags" | "values" | "scope" | "kinds" | "operations" | "approvers" => Pairing::Set,
        "tiers" | "steps" => Pairing::Position,
        "allowances" | "spend_limits" => Pairing::Set,
        "members" if items.by_ref().any(|item| !item.is_object()) => Pairing::Set,
        _ if items.all(Value::is_object) && record_word(key).is_some() => Pairing::Record,
        _ => Pairing::Whole,
    }
}

/// What an item of a list is called in words.
fn record_word(list: &str) -> Option<&'static str> {
    Some(match list {
        "accounts" => "account",
        "approvals" => "approval rule",
        "units" => "unit",
        "meters" => "meter",
        "dimensions" => "dimension",
        "conversions" => "conversion",
        "versions" => "version",
        "factors" => "factor",
        "wallet_types" => "wallet type",
        "scope" => "scope",
        "rate_cards" => "rate card",
        "cost_cards" => "cost card",
        "rates" => "rate",
        "plans" => "plan",
        "grants" => "grant",
        "charges" => "charge",
        "tiers" => "tier",
        "steps" => "step",
        "customers" => "customer",
        "members" => "member",
        "teams" => "team",
        _ => return None,
    })
}

/// Where a value stands: its path, the records around it in words, and its key.
#[derive(Clone)]
struct Place {
    path: String,
    records: Vec<String>,
    words: String,
    key: String,
}

impl Place {
    fn top() -> Self {
        Self { path: String::new(), records: Vec::new(), words: String::new(), key: String::new() }
    }

    fn key(&self, key: &str) -> Self {
        let dot = if self.path.is_empty() { "" } else { "." };
        let word = match key {
            "effective_at" => "effective date".to_owned(),
            other => other.replace('_', " "),
        };
        let words = match self.words.as_str() {
            "" => word,
            outer => format!("{word} of {outer}"),
        };
        Self {
            path: format!("{}{dot}{key}", self.path),
            records: self.records.clone(),
            words,
            key: key.to_owned(),
        }
    }

    /// An item of the list at this place.
    fn item(&self, list: &str, label: &str) -> Self {
        let mut records = self.records.clone();
        records.push(format!("{} {label}", record_word(list).unwrap_or(list)));
        Self {
            path: format!("{}[{label}]", self.path),
            records,
            words: String::new(),
            key: String::new(),
        }
    }

    fn what(&self) -> String {
        let records: Vec<&str> = self.records.iter().rev().map(String::as_str).collect();
        match (self.words.as_str(), records.join(", ")) {
            (words, records) if records.is_empty() => words.to_owned(),
            ("", records) => records,
            (words, records) => format!("{words} of {records}"),
        }
    }

    fn push(&self, old: Option<&Value>, new: Option<&Value>, changes: &mut Vec<Change>) {
        let kind = match (old, new) {
            (None, _) => ChangeKind::Added,
            (_, None) => ChangeKind::Removed,
            _ => ChangeKind::Changed,
        };
        let number = |value: Option<&Value>| self.number(value?);
        let percent = number(old).zip(number(new)).and_then(|(old, new)| percent(old, new));
        let (old, new) = (old.map(|v| self.text(v)), new.map(|v| self.text(v)));
        changes.push(Change {
            path: self.path.clone(),
            kind,
            what: self.what(),
            old,
            new,
            percent,
        });
    }

    fn number(&self, value: &Value) -> Option<Number> {
        value.as_str().filter(|_| NUMBERS.contains(&self.key.as_str()))?.parse().ok()
    }

    /// A value on one line; of a record its own properties, and how many records it holds.
    fn text(&self, value: &Value) -> String {
        match value {
            Value::String(text) => text.clone(),
            Value::Object(table) if self.key.is_empty() => summary(table),
            other => inline(other),
        }
    }

    fn values(&self, old: &Value, new: &Value, changes: &mut Vec<Change>) {
        match (old, new) {
            (Value::Object(old), Value::Object(new)) => self.tables(old, new, changes),
            (Value::Array(old), Value::Array(new)) => self.lists(old, new, changes),
            _ if self.same(old, new) => {}
            _ => self.push(Some(old), Some(new), changes),
        }
    }

    fn same(&self, old: &Value, new: &Value) -> bool {
        old == new || self.number(old).is_some_and(|number| Some(number) == self.number(new))
    }

    fn tables(
        &self,
        old: &Map<String, Value>,
        new: &Map<String, Value>,
        changes: &mut Vec<Change>,
    ) {
        let added = new.keys().filter(|key| !old.contains_key(*key));
        for key in old.keys().chain(added) {
            let place = self.key(key);
            let list = |other: Option<&Value>| other.is_some_and(|v| is_block(key, v));
            let fallback = if list(old.get(key)) || list(new.get(key)) {
                Some(json!([]))
            } else {
                default_of(key)
            };
            let (before, after) = (old.get(key), new.get(key));
            match (before.or(fallback.as_ref()), after.or(fallback.as_ref())) {
                (Some(before), Some(after)) => place.values(before, after, changes),
                (before, after) => place.push(before, after, changes),
            }
        }
    }

    fn lists(&self, old: &[Value], new: &[Value], changes: &mut Vec<Change>) {
        match pairing(&self.key, old.iter().chain(new)) {
            Pairing::Record => self.paired(&keyed(old, label), &keyed(new, label), changes),
            Pairing::Row => self.paired(&keyed(old, row), &keyed(new, row), changes),
            Pairing::Position => self.paired(&keyed(old, position), &keyed(new, position), changes),
            Pairing::Set => self.set(old, new, changes),
            Pairing::Whole if old == new => {}
            Pairing::Whole => {
                self.push(Some(&json!(old)), Some(&json!(new)), changes);
            }
        }
    }

    fn set(&self, old: &[Value], new: &[Value], changes: &mut Vec<Change>) {
        let texts = |items: &[Value]| items.iter().map(inline).collect::<BTreeSet<_>>();
        if texts(old) != texts(new) {
            self.push(Some(&json!(old)), Some(&json!(new)), changes);
        }
    }

    /// Compares items by key: those of the old list in its order, then what is new.
    fn paired(&self, old: &[Keyed<'_>], new: &[Keyed<'_>], changes: &mut Vec<Change>) {
        let before: HashMap<&Key, &Keyed<'_>> = old.iter().map(|item| (&item.key, item)).collect();
        let after: HashMap<&Key, &Keyed<'_>> = new.iter().map(|item| (&item.key, item)).collect();
        for item in old {
            match after.get(&item.key) {
                Some(other) => {
                    let place = self.item(&self.key, &other.label);
                    place.values(item.value, other.value, changes);
                }
                None => self.item(&self.key, &item.label).push(Some(item.value), None, changes),
            }
        }
        for item in new.iter().filter(|item| !before.contains_key(&item.key)) {
            self.item(&self.key, &item.label).push(None, Some(item.value), changes);
        }
    }
}

/// What pairs an item, and which of those with the same it is.
type Key = (String, usize);

struct Keyed<'a> {
    key: Key,
    /// How paths call it.
    label: String,
    value: &'a Value,
}

fn keyed<'a>(
    items: &'a [Value],
    name: impl Fn(usize, &Value) -> (String, String),
) -> Vec<Keyed<'a>> {
    let mut seen: HashMap<String, usize> = HashMap::new();
    let one = |(index, value): (usize, &'a Value)| {
        let (key, label) = name(index, value);
        let count = seen.entry(key.clone()).or_default();
        *count += 1;
        Keyed { key: (key, *count), label, value }
    };
    items.iter().enumerate().map(one).collect()
}

pub(crate) fn label(index: usize, value: &Value) -> (String, String) {
    let text = ["code", "version", "name"]
        .iter()
        .find_map(|key| value.get(key))
        .map(|value| value.as_str().map_or_else(|| value.to_string(), str::to_owned));
    let text = text.unwrap_or_else(|| index.to_string());
    (text.clone(), text)
}

fn row(index: usize, value: &Value) -> (String, String) {
    (value.get("match").map(inline).unwrap_or_default(), index.to_string())
}

fn position(index: usize, _: &Value) -> (String, String) {
    (index.to_string(), index.to_string())
}

fn summary(table: &Map<String, Value>) -> String {
    let own = table.iter().filter(|(key, value)| !is_block(key, value) && *key != "code");
    let own: Map<String, Value> = own.map(|(k, v)| (k.clone(), v.clone())).collect();
    let mut text = inline(&Value::Object(own));
    for (key, value) in table.iter().filter(|(key, value)| is_block(key, value)) {
        let count = value.as_array().map_or(0, Vec::len);
        let one = record_word(key).unwrap_or(key);
        let many = if count == 1 { "" } else { "s" };
        text.push_str(&format!(" with {count} {one}{many}"));
    }
    text
}

fn percent(old: Number, new: Number) -> Option<String> {
    let (before, after) = (old.exact().ok()?, new.exact().ok()?);
    let size = Exact::ratio(before.numerator().checked_abs()?, before.denominator()).ok()?;
    let change = after.try_sub(before).ok()?.try_div(size).ok()?;
    let hundredths = change.try_mul(Exact::whole(10_000)).ok()?;
    let hundredths = hundredths.round(Rounding::HalfAwayFromZero).ok()?;
    let sign = if hundredths < 0 { "" } else { "+" };
    let scale = Scale::try_new(2).ok()?;
    Some(format!("{sign}{}", format_steps(hundredths, scale)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::arbitrary::document;
    use proptest::prelude::*;

    fn read(text: &str) -> Document {
        let head = "format = \"scrip-config/1\"\n[entity]\ncode = \"nl\"\nname = \"Example\"\n\
                    currency = \"EUR\"\ntime_zone = \"UTC\"\n";
        Document::from_toml(&format!("{head}{text}")).unwrap()
    }

    #[track_caller]
    fn check(old: &str, new: &str, expected: &[&str]) {
        let found: Vec<String> =
            difference(&read(old), &read(new)).iter().map(Change::to_string).collect();
        assert_eq!(found, expected);
    }

    fn card(rates: &str) -> String {
        format!(
            "[[rate_cards]]\ncode = \"std\"\nunit = \"credits\"\n[[rate_cards.versions]]\n\
             version = 2\neffective_at = \"2026-01-01\"\n{rates}"
        )
    }

    fn rate(code: &str, rest: &str) -> String {
        format!("[[rate_cards.versions.rates]]\ncode = \"{code}\"\nmeter = \"llm\"\n{rest}\n")
    }

    const PER_UNIT: &str = "model = \"per_unit\"\nprice = \"1.250\"";

    #[test]
    fn a_new_version_is_told_by_what_it_changes_of_the_one_before() {
        let card = |versions: &str| {
            format!("[[rate_cards]]\ncode = \"list\"\nunit = \"credits\"\n{versions}")
        };
        let version = |number: u32, from: &str, price: &str| {
            format!(
                "[[rate_cards.versions]]\nversion = {number}\neffective_at = \"{from}\"\n\
                 rates = [{{ code = \"any\", meter = \"llm\", model = \"per_unit\", price = \"{price}\" }}]\n"
            )
        };
        let first = version(1, "2026-01-01", "1");
        let old = read(&card(&first));
        let second = version(2, "2026-06-01", "1.5");
        let new = read(&card(&format!("{first}{second}{}", version(3, "2026-09-01", "1.5"))));
        let told: Vec<_> =
            difference_by_version(&old, &new).into_iter().map(|change| change.what).collect();
        assert_eq!(
            told,
            [
                "effective date of version 2, rate card list",
                "price of rate any, version 2, rate card list",
                "effective date of version 3, rate card list",
            ]
        );
        // Something that is new altogether is told as it is.
        let none = read("");
        assert_eq!(difference_by_version(&none, &old), difference(&none, &old));
    }

    #[test]
    fn a_place_is_told_in_words() {
        for (path, words) in [
            (
                "rate_cards[list].versions[2].rates[large].price",
                "price of rate large, version 2, rate card list",
            ),
            (
                "rate_cards[list].versions[3].effective_at",
                "effective date of version 3, rate card list",
            ),
            ("entity.name", "name of entity"),
            ("customers[acme]", "customer acme"),
            ("", ""),
        ] {
            assert_eq!(place_in_words(path), words);
        }
    }

    #[test]
    fn a_number_changes_by_per_cent() {
        let at = "rate_cards[std].versions[2].rates[in].price";
        for (new, want) in [
            ("1.500", Some("1.250 -> 1.500 (+20.00 %)")),
            ("1.25", None),
            ("0", Some("1.250 -> 0 (-100.00 %)")),
            ("1.25005", Some("1.250 -> 1.25005 (+0.00 %)")),
            ("1.2500625", Some("1.250 -> 1.2500625 (+0.01 %)")),
        ] {
            let old = card(&rate("in", PER_UNIT));
            let new = old.replace("1.250", new);
            let want: Vec<String> = want.iter().map(|want| format!("{at}: {want}")).collect();
            check(&old, &new, &want.iter().map(String::as_str).collect::<Vec<_>>());
        }
        let old = card(&rate("in", "model = \"per_unit\"\nprice = \"0\""));
        let new = old.replace("price = \"0\"", "price = \"1\"\nper = \"1000\"");
        let per = "rate_cards[std].versions[2].rates[in].per: 1 -> 1000 (+99900.00 %)";
        check(&old, &new, &[&format!("{at}: 0 -> 1"), per]);
    }

    #[test]
    fn a_change_says_in_words_where_it_is() {
        let old = card(&rate("in", PER_UNIT));
        let new = old.replace("1.250", "1.5");
        let changes = difference(&read(&old), &read(&new));
        assert_eq!(changes[0].what, "price of rate in, version 2, rate card std");
    }

    #[test]
    fn records_are_paired_by_code_and_their_order_is_nothing() {
        let (one, other) = (rate("in", PER_UNIT), rate("out", PER_UNIT));
        let third = rate("new", "match = { model = \"a\" }\nmodel = \"per_unit\"\nprice = \"2\"");
        check(&card(&format!("{one}{other}")), &card(&format!("{other}{one}")), &[]);
        check(
            &card(&format!("{one}{other}")),
            &card(&format!("{other}{third}")),
            &[
                "rate_cards[std].versions[2].rates[in]: removed { meter = \"llm\", model = \"per_unit\", price = \"1.250\" }",
                "rate_cards[std].versions[2].rates[new]: added { meter = \"llm\", match = { model = \"a\" }, model = \"per_unit\", price = \"2\" }",
            ],
        );
        check(
            "[[customers]]\ncode = \"a\"\ntags = [\"x\", \"y\"]\n[[customers]]\ncode = \"b\"",
            "[[customers]]\ncode = \"b\"\n[[customers]]\ncode = \"a\"\ntags = [\"y\", \"x\"]",
            &[],
        );
        check(
            "",
            &card(&one),
            &[
                "rate_cards[std]: added { unit = \"credits\", applies_to = \"everyone\" } with 1 version",
            ],
        );
    }

    #[test]
    fn order_counts_where_it_has_a_meaning() {
        check(
            "[[customers]]\ncode = \"a\"\nrate_cards = [\"x\", \"y\"]",
            "[[customers]]\ncode = \"a\"\nrate_cards = [\"y\", \"x\"]\nbilling_day = 15",
            &[
                "customers[a].rate_cards: [\"x\", \"y\"] -> [\"y\", \"x\"]",
                "customers[a].billing_day: 1 -> 15",
            ],
        );
        let tiers = |first: &str| {
            let tiers = format!("[{{ up_to = \"{first}\", price = \"2\" }}, {{ price = \"1\" }}]");
            card(&rate("in", &format!("model = \"volume\"\ntiers = {tiers}")))
        };
        check(
            &tiers("10"),
            &tiers("20"),
            &["rate_cards[std].versions[2].rates[in].tiers[0].up_to: 10 -> 20 (+100.00 %)"],
        );
    }

    #[test]
    fn two_versions_of_a_card_are_compared_rate_by_rate() {
        let second = rate("in", PER_UNIT).replace("1.250", "1.5");
        let third = "[[rate_cards.versions]]\nversion = 3\neffective_at = \"2026-02-01\"\n";
        let document = read(&card(&format!("{}{third}{second}", rate("in", PER_UNIT))));
        let changes = version_difference(&document.rate_cards[0], 2, 3).unwrap();
        let changes: Vec<String> = changes.iter().map(Change::to_string).collect();
        assert_eq!(
            changes,
            [
                "rate_cards[std].versions[3].effective_at: 2026-01-01 -> 2026-02-01",
                "rate_cards[std].versions[3].rates[in].price: 1.250 -> 1.5 (+20.00 %)",
            ]
        );
        assert!(version_difference(&document.rate_cards[0], 2, 4).is_none());
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        #[test]
        fn only_what_is_equal_but_for_order_has_no_difference(
            old in document(), new in document(),
        ) {
            prop_assert_eq!(difference(&old, &old), []);
            let mut turned = old.clone();
            turned.customers.reverse();
            // Records with the same code are told apart by their order alone.
            let codes: BTreeSet<_> = old.customers.iter().map(|c| c.code.clone()).collect();
            if codes.len() == old.customers.len() {
                prop_assert_eq!(difference(&old, &turned), []);
            }
            prop_assert_eq!(difference(&old, &new).is_empty(), old == new);
        }
    }
}
