//! Three ways together: what two people made of the same document.
//!
//! Records are paired as [`mod@crate::difference`] pairs them. A property that one side alone changed takes
//! that side's value; one that both changed, and not to the same, is a conflict, which a person decides.
//! Nothing is ever overwritten in silence.

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
}

/// Both sides' changes of a base together, with what was chosen for the places that both changed.
///
/// # Errors
/// Every conflict that nothing was chosen for, in the order of the document.
pub fn three_way(
    base: &Document,
    ours: &Document,
    theirs: &Document,
    chosen: &BTreeMap<String, Side>,
) -> Result<Document, Vec<MergeConflict>> {
    let value = |document: &Document| serde_json::to_value(document).unwrap_or_default();
    let mut merge = Merge { chosen, conflicts: Vec::new() };
    let (base, ours, theirs) = (value(base), value(ours), value(theirs));
    let merged = merge.values("", "", [Some(&base), Some(&ours), Some(&theirs)]);
    if !merge.conflicts.is_empty() {
        return Err(merge.conflicts);
    }
    // Each value is one that a document had at that place, but for a record that lost what it needs.
    let read = merged.map(serde_json::from_value).and_then(Result::ok);
    read.ok_or_else(|| {
        let whole = MergeConflict { path: String::new(), base: None, ours: None, theirs: None };
        vec![whole]
    })
}

struct Merge<'a> {
    chosen: &'a BTreeMap<String, Side>,
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
            Some(Side::Ours) => ours.cloned(),
            Some(Side::Theirs) => theirs.cloned(),
            None => {
                let path = path.to_owned();
                let [was, asked, stands] = three.map(|value| value.map(inline));
                self.conflicts.push(MergeConflict { path, base: was, ours: asked, theirs: stands });
                theirs.cloned()
            }
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

    fn merged(base: &str, ours: &str, theirs: &str, chosen: &[(&str, Side)]) -> String {
        let chosen = chosen.iter().map(|(path, side)| ((*path).to_owned(), *side)).collect();
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
