//! Three ways together: what two people made of the same document.
//!
//! Records are paired as [`mod@crate::difference`] pairs them. A property that one side alone changed takes
//! that side's value; one that both changed, and not to the same, is a conflict, which a person decides.
//! Nothing is ever overwritten in silence.
//!
//! A version that both added under one number is no record that both changed: what was published stays as
//! it is, and what was asked for comes after it, under the next number, with what it changed of the version
//! that both began from.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::difference::{Pairing, label, pairing};
use crate::document::Document;
use crate::file::inline;

/// Whose value a conflict takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Side {
    /// What was asked for.
    Ours,
    /// What was published meanwhile.
    Theirs,
}

/// What a person decides about a place that both sides changed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Choice {
    /// One of the two values.
    Take(Side),
    /// Another one, as it is written in a document.
    Set(String),
}

/// A place that both sides changed, each to something else. A side without a value removed it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MergeConflict {
    /// Where: `rate_cards[list].versions[2].rates[large].price`.
    pub path: String,
    /// The value both began from.
    pub base: Option<String>,
    /// What was asked for.
    pub ours: Option<String>,
    /// What was published meanwhile.
    pub theirs: Option<String>,
    /// Whether neither can stand, so that another value is needed: a date on which the version that was
    /// published meanwhile takes effect.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub needs_another: bool,
    /// Why the value that was given for it cannot stand there, if one was that cannot.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub wrong: Option<String>,
}

/// Both sides' changes of a base together, with what was chosen for the places that both changed.
///
/// # Errors
/// Every conflict that nothing was chosen for, in the order of the document; or the one whose given value
/// is none that can stand there.
pub fn three_way(
    base: &Document,
    ours: &Document,
    theirs: &Document,
    chosen: &BTreeMap<String, Choice>,
) -> Result<Document, Vec<MergeConflict>> {
    let value = |document: &Document| serde_json::to_value(document).unwrap_or_default();
    let three = [value(base), value(ours), value(theirs)];
    match together(&three, chosen)? {
        Ok(document) => Ok(document),
        Err(wrong) => Err(vec![cannot_stand(&three, chosen, wrong)]),
    }
}

/// Whether a person has something to choose at a place: it is a conflict before anything is chosen, or with
/// what is chosen for the others.
#[must_use]
pub fn is_in_question(
    base: &Document,
    ours: &Document,
    theirs: &Document,
    (place, chosen): (&str, &BTreeMap<String, Choice>),
) -> bool {
    let mut others = chosen.clone();
    others.remove(place);
    [others, BTreeMap::new()].iter().any(|chosen| {
        let open = three_way(base, ours, theirs, chosen).err();
        open.into_iter().flatten().any(|conflict| conflict.path == place)
    })
}

/// What two sides make of a base, or why that is no document; every conflict where some are open.
fn together(
    three: &[Value; 3],
    chosen: &BTreeMap<String, Choice>,
) -> Result<Result<Document, String>, Vec<MergeConflict>> {
    let mut merge = Merge { chosen, conflicts: Vec::new() };
    let merged = merge.values("", "", three.each_ref().map(Some));
    if !merge.conflicts.is_empty() {
        return Err(merge.conflicts);
    }
    let read = serde_json::from_value(merged.unwrap_or_default());
    Ok(read.map_err(|error| error.to_string()))
}

/// The place whose given value makes what was chosen no document: with what was asked for there,
/// something else is wrong or nothing is. Every other value is one that a document had at its place, but
/// for a record that lost what it needs.
fn cannot_stand(
    three: &[Value; 3],
    chosen: &BTreeMap<String, Choice>,
    wrong: String,
) -> MergeConflict {
    let given = chosen.iter().filter(|(_, choice)| matches!(choice, Choice::Set(_)));
    let without_it = given.map(|(place, _)| {
        let mut other = chosen.clone();
        other.insert(place.clone(), Choice::Take(Side::Ours));
        (place, together(three, &other))
    });
    let (decided, open): (Vec<_>, Vec<_>) = without_it.partition(|(_, made)| made.is_ok());
    let is_other = |made: &Result<Document, String>| made.as_ref().err() != Some(&wrong);
    let culprit = decided.iter().find(|(_, made)| made.as_ref().is_ok_and(is_other));
    // A date that is taken tells nothing until no other place is left.
    let culprit = culprit.or(open.first()).map(|(place, _)| *place);
    let mut without = chosen.clone();
    without.retain(|place, _| Some(place) != culprit);
    let open = together(three, &without).err().into_iter().flatten();
    let path = culprit.cloned().unwrap_or_default();
    let found = open.into_iter().find(|conflict| conflict.path == path);
    let nothing = MergeConflict {
        path,
        base: None,
        ours: None,
        theirs: None,
        needs_another: false,
        wrong: None,
    };
    MergeConflict { wrong: Some(wrong), ..found.unwrap_or(nothing) }
}

struct Merge<'a> {
    chosen: &'a BTreeMap<String, Choice>,
    conflicts: Vec<MergeConflict>,
}

/// Base, ours and theirs.
type Three<'a> = [Option<&'a Value>; 3];

impl Merge<'_> {
    fn values(&mut self, path: &str, key: &str, three: Three<'_>) -> Option<Value> {
        let [base, ours, theirs] = three;
        if ours == theirs || theirs == base {
            return ours.cloned();
        }
        if ours == base {
            return theirs.cloned();
        }
        match three {
            [base, Some(Value::Object(ours)), Some(Value::Object(theirs))] => {
                let empty = Map::new();
                let base = base.and_then(Value::as_object).unwrap_or(&empty);
                Some(Value::Object(self.tables(path, [base, ours, theirs])))
            }
            // A list without items is left out of a document.
            _ if three.iter().all(|side| side.is_none_or(Value::is_array)) => {
                let empty = Vec::new();
                let lists = three.map(|side| side.and_then(Value::as_array).unwrap_or(&empty));
                match pairing(key, lists.iter().copied().flatten()) {
                    Pairing::Record if key == "versions" => {
                        Some(Value::Array(self.versions(path, lists)))
                    }
                    Pairing::Record => Some(Value::Array(self.records(path, lists))),
                    _ => self.conflict(path, three),
                }
            }
            _ => self.conflict(path, three),
        }
    }

    fn conflict(&mut self, path: &str, three: Three<'_>) -> Option<Value> {
        let [_, ours, theirs] = three;
        match self.chosen.get(path) {
            Some(Choice::Take(Side::Ours)) => ours.cloned(),
            Some(Choice::Take(Side::Theirs)) => theirs.cloned(),
            Some(Choice::Set(text)) if !text.trim().is_empty() => {
                Some(written(text, ours.or(theirs)))
            }
            // Another value that is not written yet decides nothing.
            Some(Choice::Set(_)) | None => {
                self.found(path, three, false);
                theirs.cloned()
            }
        }
    }

    fn found(&mut self, path: &str, three: Three<'_>, needs_another: bool) {
        let [base, ours, theirs] = three.map(|value| value.map(inline));
        let path = path.to_owned();
        let wrong = None;
        self.conflicts.push(MergeConflict { path, base, ours, theirs, needs_another, wrong });
    }

    /// Versions of one thing: as other records, but those that ours added under numbers that theirs gave
    /// to others come after all of theirs.
    fn versions(&mut self, path: &str, three: [&Vec<Value>; 3]) -> Vec<Value> {
        let [base, ours, theirs] = three;
        let same = |side: &[Value], one: &Value| {
            side.iter().find(|other| number(other) == number(one)).cloned()
        };
        let (added, kept): (Vec<_>, Vec<_>) =
            ours.iter().cloned().partition(|one| same(base, one).is_none());
        let is_taken = |one: &Value| same(theirs, one).is_some_and(|other| other != *one);
        if !added.iter().any(is_taken) {
            return self.records(path, three);
        }
        let latest = |side: &[Value]| side.iter().max_by_key(|one| number(one)).map(bare);
        let (before, since) = (latest(base), latest(theirs));
        let mut merged = self.records(path, [base, &kept, theirs]);
        for version in added.iter().filter(|one| same(theirs, one).as_ref() != Some(*one)) {
            let next = merged.iter().map(number).max().unwrap_or_default().saturating_add(1);
            let place = format!("{path}[{next}]");
            let open = self.conflicts.len();
            let three = [before.as_ref(), Some(&bare(version)), since.as_ref()];
            let Some(mut value) = self.values(&place, "", three) else { continue };
            // Nothing of ours is left, and nothing of it is open.
            if Some(&value) == since.as_ref() && self.conflicts.len() == open {
                continue;
            }
            self.another_date(&format!("{place}.effective_at"), (&mut value, theirs), three);
            if let Some(table) = value.as_object_mut() {
                table.insert("version".to_owned(), next.into());
            }
            merged.push(value);
        }
        merged
    }

    /// Two versions never take effect at the same time.
    fn another_date(
        &mut self,
        place: &str,
        (value, theirs): (&mut Value, &[Value]),
        three: Three<'_>,
    ) {
        const DATE: &str = "effective_at";
        let date = |value: &Value| value.get(DATE).cloned();
        let is_taken = |value: &Value| theirs.iter().any(|other| date(other) == date(value));
        if let (Some(Choice::Set(text)), Some(table)) =
            (self.chosen.get(place), value.as_object_mut())
            && !text.trim().is_empty()
        {
            table.insert(DATE.to_owned(), text.trim().into());
        }
        if let Some(open) = self.conflicts.iter_mut().find(|conflict| conflict.path == place) {
            open.needs_another = three[1].is_some_and(is_taken);
        } else if is_taken(value) {
            self.found(place, three.map(|side| side.and_then(|side| side.get(DATE))), true);
        }
    }

    fn tables(&mut self, path: &str, three: [&Map<String, Value>; 3]) -> Map<String, Value> {
        let [_, ours, theirs] = three;
        let added = ours.keys().filter(|key| !theirs.contains_key(*key));
        let mut merged = Map::new();
        for key in theirs.keys().chain(added) {
            let dot = if path.is_empty() { "" } else { "." };
            let place = format!("{path}{dot}{key}");
            if let Some(value) = self.values(&place, key, three.map(|side| side.get(key))) {
                merged.insert(key.clone(), value);
            }
        }
        merged
    }

    /// Records by what they are called: theirs in their order, then what ours has added.
    fn records(&mut self, path: &str, three: [&Vec<Value>; 3]) -> Vec<Value> {
        let named = three.map(|side| {
            let named =
                side.iter().enumerate().map(|(index, value)| (label(index, value).1, value));
            named.collect::<Vec<_>>()
        });
        let find = |side: &[(String, _)], name: &str| -> Option<&Value> {
            side.iter().find(|(other, _)| other == name).map(|(_, value)| *value)
        };
        let [base, ours, theirs] = &named;
        let added = ours.iter().filter(|(name, _)| find(theirs, name).is_none());
        let mut merged = Vec::new();
        for (name, _) in theirs.iter().chain(added) {
            let place = format!("{path}[{name}]");
            let three = [find(base, name), find(ours, name), find(theirs, name)];
            merged.extend(self.values(&place, "", three));
        }
        merged
    }
}

fn number(version: &Value) -> u64 {
    version.get("version").and_then(Value::as_u64).unwrap_or_default()
}

/// A version without its number.
fn bare(version: &Value) -> Value {
    let mut version = version.clone();
    if let Some(table) = version.as_object_mut() {
        table.remove("version");
    }
    version
}

/// What a person wrote in the place of a value: a text where a text stood, else JSON.
fn written(text: &str, like: Option<&Value>) -> Value {
    let as_text = || Value::from(text.trim());
    match like {
        Some(Value::String(_)) | None => as_text(),
        Some(_) => serde_json::from_str(text).unwrap_or_else(|_| as_text()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::arbitrary::document;
    use proptest::prelude::*;

    fn read(customers: &str) -> Document {
        let head = "format = \"scrip-config/1\"\n[entity]\ncode = \"nl\"\nname = \"Example\"\n\
                    currency = \"EUR\"\ntime_zone = \"UTC\"\n";
        Document::from_toml(&format!("{head}{customers}")).unwrap()
    }

    fn customer(code: &str, rest: &str) -> String {
        format!("[[customers]]\ncode = \"{code}\"\n{rest}\n")
    }

    fn taken(chosen: &[(&str, Side)]) -> BTreeMap<String, Choice> {
        chosen.iter().map(|(path, side)| ((*path).to_owned(), Choice::Take(*side))).collect()
    }

    fn merged(base: &str, ours: &str, theirs: &str, chosen: &[(&str, Side)]) -> String {
        let chosen = taken(chosen);
        match three_way(&read(base), &read(ours), &read(theirs), &chosen) {
            Ok(document) => document
                .customers
                .iter()
                .map(|c| format!("{} {} {}", c.code, c.name, c.billing_day))
                .collect::<Vec<_>>()
                .join("; "),
            Err(conflicts) => conflicts
                .iter()
                .map(|c| {
                    let text = |value: &Option<String>| value.clone().unwrap_or("-".to_owned());
                    let (base, ours, theirs) = (text(&c.base), text(&c.ours), text(&c.theirs));
                    format!("{}: {base} | {ours} | {theirs}", c.path)
                })
                .collect::<Vec<_>>()
                .join("; "),
        }
    }

    #[test]
    fn each_side_keeps_what_it_alone_changed() {
        let acme = customer("acme", "name = \"Acme\"\nbilling_day = 1");
        let named = customer("acme", "name = \"Acme BV\"\nbilling_day = 1");
        let later = customer("acme", "name = \"Acme\"\nbilling_day = 5");
        let globex = customer("globex", "name = \"Globex\"\nbilling_day = 1");
        for (ours, theirs, expected) in [
            (named.clone(), later.clone(), "acme Acme BV 5"),
            (format!("{acme}{globex}"), later.clone(), "acme Acme 5; globex Globex 1"),
            (later.clone(), format!("{globex}{acme}"), "globex Globex 1; acme Acme 5"),
            (globex.clone(), acme.clone(), "globex Globex 1"),
        ] {
            assert_eq!(merged(&acme, &ours, &theirs, &[]), expected);
        }
    }

    #[test]
    fn what_both_changed_is_decided_by_a_person() {
        let base = customer("acme", "name = \"Acme\"\nbilling_day = 1");
        let ours = customer("acme", "name = \"Acme BV\"\nbilling_day = 2");
        let theirs = customer("acme", "name = \"Acme NV\"\nbilling_day = 2");
        let name = "customers[acme].name";
        for (chosen, expected) in [
            (&[][..], "customers[acme].name: \"Acme\" | \"Acme BV\" | \"Acme NV\""),
            (&[(name, Side::Ours)][..], "acme Acme BV 2"),
            (&[(name, Side::Theirs)][..], "acme Acme NV 2"),
        ] {
            assert_eq!(merged(&base, &ours, &theirs, chosen), expected);
        }
        // Removed by one, changed by the other.
        let gone = merged(&base, "", &theirs, &[]);
        assert!(gone.starts_with("customers[acme]: {"), "{gone}");
        assert_eq!(merged(&base, "", &theirs, &[("customers[acme]", Side::Ours)]), "");
    }

    /// A card whose first version charges 1 and 2, with further versions: date and the two prices.
    fn card(versions: &[(&str, &str, &str)]) -> String {
        let mut text = String::from(
            "[[units]]\ncode = \"credits\"\nkind = \"credit\"\n\
             [[units]]\ncode = \"tokens\"\nkind = \"usage\"\n\
             [[meters]]\ncode = \"llm\"\nunit = \"tokens\"\ndimensions = [{ name = \"size\" }]\n\
             [[rate_cards]]\ncode = \"list\"\nunit = \"credits\"\n",
        );
        let first = [("2026-01-01", "1", "2")];
        for (number, (date, small, large)) in first.iter().chain(versions).enumerate() {
            text.push_str(&format!(
                "[[rate_cards.versions]]\nversion = {}\neffective_at = \"{date}\"\nrates = [\n\
                 {{ code = \"small\", meter = \"llm\", model = \"per_unit\", price = \"{small}\", \
                 match = {{ size = \"s\" }} }},\n\
                 {{ code = \"large\", meter = \"llm\", model = \"per_unit\", price = \"{large}\" }},\n]\n",
                number + 1
            ));
        }
        text
    }

    fn cards(ours: &str, theirs: &str, chosen: &BTreeMap<String, Choice>) -> String {
        match three_way(&read(&card(&[])), &read(ours), &read(theirs), chosen) {
            Ok(document) => {
                let versions = document.rate_cards[0].versions.iter().map(|version| {
                    let prices: Vec<_> = serde_json::to_value(&version.rates)
                        .unwrap()
                        .as_array()
                        .into_iter()
                        .flatten()
                        .map(|rate| rate["price"].as_str().unwrap().to_owned())
                        .collect();
                    format!("{} {} {}", version.version, version.effective_at, prices.join(" "))
                });
                versions.collect::<Vec<_>>().join("; ")
            }
            Err(conflicts) => {
                let told = conflicts.iter().map(|c| {
                    let more = if c.needs_another { " another" } else { "" };
                    format!("{}{more}", c.path)
                });
                told.collect::<Vec<_>>().join("; ")
            }
        }
    }

    #[test]
    fn a_version_that_both_added_comes_after_the_one_that_was_published() {
        let at = "rate_cards[list].versions[3]";
        // Each changed another rate, from another day on.
        let ours = card(&[("2026-12-01", "1.5", "2")]);
        let theirs = card(&[("2026-11-01", "1", "3")]);
        let date = format!("{at}.effective_at");
        assert_eq!(cards(&ours, &theirs, &BTreeMap::new()), date);
        let ours_date = taken(&[(&date, Side::Ours)]);
        assert_eq!(
            cards(&ours, &theirs, &ours_date),
            "1 2026-01-01 1 2; 2 2026-11-01 1 3; 3 2026-12-01 1.5 3"
        );
        // Both changed one rate, from the same day on: neither day can stand.
        let theirs = card(&[("2026-12-01", "1.7", "3")]);
        let price = format!("{at}.rates[small].price");
        assert_eq!(cards(&ours, &theirs, &BTreeMap::new()), format!("{price}; {date} another"));
        let mut chosen = taken(&[(&price, Side::Ours), (&date, Side::Ours)]);
        assert_eq!(cards(&ours, &theirs, &chosen), format!("{date} another"));
        chosen.insert(date.clone(), Choice::Set("2027-01-01".to_owned()));
        assert_eq!(
            cards(&ours, &theirs, &chosen),
            "1 2026-01-01 1 2; 2 2026-12-01 1.7 3; 3 2027-01-01 1.5 3"
        );
        // Nothing of ours is left.
        let theirs = card(&[("2026-12-01", "1.7", "2")]);
        let chosen = taken(&[(&price, Side::Theirs)]);
        assert_eq!(cards(&ours, &theirs, &chosen), "1 2026-01-01 1 2; 2 2026-12-01 1.7 2");
        // Another price than either, which decides nothing until it is written.
        let mut chosen = taken(&[]);
        chosen.insert(price.clone(), Choice::Set(" ".to_owned()));
        chosen.insert(date.clone(), Choice::Set(String::new()));
        assert_eq!(cards(&ours, &theirs, &chosen), format!("{price}; {date} another"));
        chosen.insert(price, Choice::Set("1.6".to_owned()));
        chosen.insert(date, Choice::Set("2027-01-01".to_owned()));
        assert_eq!(
            cards(&ours, &theirs, &chosen),
            "1 2026-01-01 1 2; 2 2026-12-01 1.7 2; 3 2027-01-01 1.6 2"
        );
    }

    #[test]
    fn a_value_that_cannot_stand_is_told_at_its_place() {
        let at = "rate_cards[list].versions[3]";
        let (price, date) = (format!("{at}.rates[small].price"), format!("{at}.effective_at"));
        let ours = card(&[("2026-12-01", "1.5", "2")]);
        let theirs = card(&[("2026-12-01", "1.7", "3")]);
        let wrong = |set: [(&String, &str); 2]| {
            let chosen = set.map(|(place, text)| (place.clone(), Choice::Set(text.to_owned())));
            let (base, ours, theirs) = (read(&card(&[])), read(&ours), read(&theirs));
            let open = three_way(&base, &ours, &theirs, &chosen.into()).unwrap_err();
            assert_eq!(open.len(), 1, "{open:?}");
            (open[0].path.clone(), open[0].theirs.clone().unwrap(), open[0].wrong.clone().unwrap())
        };
        let (place, theirs_date, why) = wrong([(&price, "1.6"), (&date, "2027-02-30")]);
        assert_eq!((place, theirs_date.as_str()), (date.clone(), "\"2026-12-01\""));
        assert_eq!(why, "there is no such day as 2027-02-30");
        let (place, _, why) = wrong([(&price, "dear"), (&date, "2027-02-28")]);
        assert_eq!(place, price);
        assert!(why.starts_with("\"dear\" is not a decimal number"), "{why}");
    }

    #[test]
    fn only_what_both_changed_is_in_question() {
        let at = "rate_cards[list].versions[3]";
        let (price, date) = (format!("{at}.rates[small].price"), format!("{at}.effective_at"));
        let base = read(&card(&[]));
        let ours = read(&card(&[("2026-12-01", "1.5", "2")]));
        let theirs = read(&card(&[("2026-12-01", "1.7", "3")]));
        let chosen = taken(&[(&price, Side::Ours), (&date, Side::Ours), ("nonsense", Side::Ours)]);
        for (place, want) in [(price.as_str(), true), (&date, true), ("nonsense", false)] {
            assert_eq!(is_in_question(&base, &ours, &theirs, (place, &chosen)), want, "{place}");
        }
    }

    proptest! {
        #[test]
        fn one_side_alone_is_the_result(base in document(), side in document()) {
            let none = BTreeMap::new();
            prop_assert_eq!(three_way(&base, &side, &base, &none), Ok(side.clone()));
            prop_assert_eq!(three_way(&base, &base, &side, &none), Ok(side.clone()));
            prop_assert_eq!(three_way(&base, &side, &side, &none), Ok(side.clone()));
        }
    }
}
