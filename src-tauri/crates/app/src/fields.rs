//! Records of the configuration as the fields of a form: a name and a text for each value.
//!
//! A field is called as its value is in the document: `expiry.months`, `alerts[0].below`. So every
//! record has a form without a list of its own, and a problem that validation finds has its field.
//! A field that is empty is a value that is left out. No number on the way is a float.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

/// The fields of a record, by name.
pub type Fields = BTreeMap<String, String>;

/// What is wrong with a field; with the record as a whole where no field is named.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FieldFault {
    /// The field.
    pub field: String,
    /// What is wrong.
    pub message: String,
    /// Whether it stands in the way.
    pub is_error: bool,
}

/// Whole numbers of the document that are no texts.
const WHOLE: &[&str] =
    &["version", "priority", "months", "days", "hours", "minutes", "seconds", "times"];

/// A record as fields, without those that are absent.
#[must_use]
pub fn fields(record: &impl Serialize) -> Fields {
    let mut fields = Fields::new();
    flatten("", &serde_json::to_value(record).unwrap_or_default(), &mut fields);
    fields
}

fn flatten(name: &str, value: &Value, fields: &mut Fields) {
    match value {
        Value::Object(members) => {
            for (key, value) in members {
                let dot = if name.is_empty() { "" } else { "." };
                flatten(&format!("{name}{dot}{key}"), value, fields);
            }
        }
        Value::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                flatten(&format!("{name}[{index}]"), item, fields);
            }
        }
        Value::Null => {}
        Value::String(text) => {
            fields.insert(name.to_owned(), text.clone());
        }
        other => {
            fields.insert(name.to_owned(), other.to_string());
        }
    }
}

/// Reads a record from its fields.
///
/// # Errors
/// Every field that cannot be read.
pub fn read<T: DeserializeOwned>(fields: &Fields) -> Result<T, Vec<FieldFault>> {
    let (mut faults, mut leaves) = (Vec::new(), Vec::new());
    for (name, text) in fields.iter().filter(|(_, text)| !text.trim().is_empty()) {
        match leaf(name, text.trim()) {
            Ok(value) => leaves.push((name, value)),
            Err(message) => {
                faults.push(FieldFault { field: name.clone(), message, is_error: true })
            }
        }
    }
    if !faults.is_empty() {
        return Err(faults);
    }
    let build = |left_out: Option<&str>, more: &[String], value: &Value| -> Result<T, String> {
        let mut root = Value::Object(Map::new());
        for (name, value) in leaves.iter().filter(|(name, _)| left_out != Some(name.as_str())) {
            put(&mut root, name, value.clone())?;
        }
        for name in more {
            put(&mut root, name, value.clone())?;
        }
        serde_json::from_value(compact(root)).map_err(|e| e.to_string())
    };
    build(None, &[], &Value::Null).map_err(|message| {
        let absent = message.strip_prefix("missing field `").and_then(|rest| rest.split_once('`'));
        if let Some((key, _)) = absent {
            // Of the places of one kind, those lack a value where giving one helps most.
            let helps = |places: &Vec<String>| {
                let tried = ["1", "2026-01-01"].iter().filter_map(|text| leaf(key, text).ok());
                let left = tried.map(|value| match build(None, places, &value) {
                    Ok(_) => 0,
                    Err(other) if other == message || other.starts_with("unknown field") => 3,
                    Err(other) if other.starts_with("missing field") => 1,
                    Err(_) => 2,
                });
                left.min().unwrap_or(3)
            };
            let kinds = places_without(&leaves, key).into_iter();
            let best = kinds.map(|places| (helps(&places), places)).min_by_key(|(left, _)| *left);
            if let Some((_, places)) = best.filter(|(left, _)| *left < 3) {
                let fault = |field| FieldFault {
                    field,
                    message: "needs a value; nothing is saved without it".to_owned(),
                    is_error: true,
                };
                return places.into_iter().map(fault).collect();
            }
        }
        // The field whose absence makes another error, or none, is the one that is wrong.
        let differs = |name: &&&String| {
            let other = build(Some(name.as_str()), &[], &Value::Null).err();
            other.is_none_or(|other| other != message)
        };
        let names: Vec<&String> = leaves.iter().map(|(name, _)| *name).collect();
        let field = names.iter().find(differs).map_or_else(String::new, |name| (*name).clone());
        vec![FieldFault { field, message, is_error: true }]
    })
}

/// Where records have no member of this name: for each kind of record, the places of all of that kind.
/// Records of one list are of one kind; the innermost come first.
fn places_without(leaves: &[(&String, Value)], key: &str) -> Vec<Vec<String>> {
    let mut records = BTreeSet::from([String::new()]);
    for (name, _) in leaves {
        records.extend(name.match_indices('.').map(|(dot, _)| name[..=dot].to_owned()));
    }
    let mut kinds: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for record in records {
        let place = format!("{record}{key}");
        if !leaves.iter().any(|(name, _)| name.starts_with(&place)) {
            let kind = record.chars().filter(|c| !c.is_ascii_digit()).collect();
            kinds.entry(kind).or_default().push(place);
        }
    }
    let mut kinds: Vec<(String, Vec<String>)> = kinds.into_iter().collect();
    kinds.sort_by_key(|(kind, _)| std::cmp::Reverse(kind.len()));
    kinds.into_iter().map(|(_, places)| places).collect()
}

fn leaf(name: &str, text: &str) -> Result<Value, String> {
    let key = name.rsplit('.').next().unwrap_or(name);
    if WHOLE.contains(&key) {
        let whole: u32 =
            text.parse().map_err(|_| format!("{text:?} is no whole number of 0 or more"))?;
        return Ok(whole.into());
    }
    Ok(Value::String(text.to_owned()))
}

/// Puts a value where its name says.
fn put(root: &mut Value, name: &str, value: Value) -> Result<(), String> {
    let mut place = root;
    for part in name.split('.') {
        let (key, index) = match part.split_once('[') {
            Some((key, index)) => (key, Some(index.trim_end_matches(']'))),
            None => (part, None),
        };
        let members = match place {
            Value::Object(members) => members,
            other => {
                *other = Value::Object(Map::new());
                other.as_object_mut().ok_or_else(|| format!("{name} is no field"))?
            }
        };
        place = members.entry(key).or_insert(Value::Null);
        if let Some(index) = index {
            let index: usize = index.parse().map_err(|_| format!("{name} is no field"))?;
            if index > 999 {
                return Err(format!("{name} is no field"));
            }
            if !place.is_array() {
                *place = Value::Array(Vec::new());
            }
            let items = place.as_array_mut().ok_or_else(|| format!("{name} is no field"))?;
            while items.len() <= index {
                items.push(Value::Null);
            }
            place = &mut items[index];
        }
    }
    *place = value;
    Ok(())
}

/// The value without the gaps that fields which were left out have made in lists.
fn compact(value: Value) -> Value {
    match value {
        Value::Array(items) => {
            Value::Array(items.into_iter().filter(|item| !item.is_null()).map(compact).collect())
        }
        Value::Object(members) => {
            Value::Object(members.into_iter().map(|(key, value)| (key, compact(value))).collect())
        }
        other => other,
    }
}

/// The field of a place inside a record, as validation names it: records of a list by their code.
#[must_use]
pub fn field_of(fields: &Fields, path: &str) -> String {
    let mut field = String::new();
    for part in path.trim_start_matches('.').split('.') {
        if !field.is_empty() {
            field.push('.');
        }
        let Some((list, label)) = part.split_once('[') else {
            field += part;
            continue;
        };
        let label = label.trim_end_matches(']');
        let coded = |index: &usize| {
            let item = format!("{field}{list}[{index}]");
            let code = fields.get(&format!("{item}.code")).or_else(|| fields.get(&item));
            code.is_some_and(|code| code == label)
        };
        // By its code; or by its position, as rows without one are named.
        let index = (0..fields.len()).find(coded);
        let index = index.or_else(|| index_at(fields, &format!("{field}{list}["), label));
        field += &format!("{list}[{}]", index.map_or(label.to_owned(), |index| index.to_string()));
    }
    field
}

/// The index that the item at a position has in a form, where items that were removed leave gaps.
fn index_at(fields: &Fields, list: &str, position: &str) -> Option<usize> {
    let position: usize = position.parse().ok()?;
    let given = fields.iter().filter(|(_, text)| !text.trim().is_empty());
    let indices =
        given.filter_map(|(name, _)| name.strip_prefix(list)?.split_once(']')?.0.parse().ok());
    let indices: BTreeSet<usize> = indices.collect();
    indices.into_iter().nth(position)
}

#[cfg(test)]
mod tests {
    use scrip_catalog::{ConversionVersion, PlanVersion, WalletTypeVersion};

    use super::*;

    fn of(pairs: &[(&str, &str)]) -> Fields {
        pairs.iter().map(|(name, text)| ((*name).to_owned(), (*text).to_owned())).collect()
    }

    #[test]
    fn a_record_comes_back_as_it_went() {
        let version: WalletTypeVersion = serde_json::from_value(serde_json::json!({
            "version": 2, "effective_at": "2026-01-01", "priority": 20,
            "scope": [{ "meter": "llm", "match": { "model": "opus" } }],
            "expiry": { "rule": "after", "months": 12 },
            "beyond": "overage", "overage_limit": "100.00",
            "rollover": { "fraction": "0.5", "times": 2, "kinds": ["purchased"] },
            "alerts": [{ "code": "low", "below": "10" }, { "code": "soon", "expiring_within": { "days": 30 } }],
        }))
        .unwrap();
        let fields = fields(&version);
        assert_eq!(fields["scope[0].match.model"], "opus");
        assert_eq!(fields["expiry.months"], "12");
        assert_eq!(read::<WalletTypeVersion>(&fields).unwrap(), version);
    }

    #[test]
    fn what_cannot_be_read_names_its_field() {
        let good = [("version", "1"), ("effective_at", "2026-01-01")];
        for (name, text) in [
            ("priority", "high"),
            ("priority", "-1"),
            ("effective_at", "tomorrow"),
            ("beyond", "nothing"),
            ("overage_limit", "1,5"),
            ("expiry.rule", "someday"),
            ("alerts[0].below", "few"),
        ] {
            let mut fields = of(&good);
            fields.insert("alerts[0].code".into(), "low".into());
            fields.insert(name.into(), text.into());
            let faults = read::<WalletTypeVersion>(&fields).unwrap_err();
            assert_eq!(faults.len(), 1, "{name}");
            assert_eq!(faults[0].field, name, "{faults:?}");
        }
        let mut gaps = of(&good);
        gaps.insert("draw_order[2]".into(), "lot_id".into());
        gaps.insert("overage_limit".into(), " ".into());
        let version = read::<WalletTypeVersion>(&gaps).unwrap();
        assert_eq!((version.draw_order.len(), version.overage_limit), (1, None));
    }

    #[test]
    fn what_is_needed_and_absent_is_told_at_its_own_field() {
        let wallet = [("version", "1"), ("effective_at", "2026-01-01")];
        let mut top_up = of(&wallet);
        top_up.insert("top_up.price.currency".into(), "EUR".into());
        top_up.insert("top_up.price.price".into(), String::new());
        let faults = read::<WalletTypeVersion>(&top_up).unwrap_err();
        assert_eq!((faults.len(), faults[0].field.as_str()), (1, "top_up.price.price"));
        assert_eq!(faults[0].message, "needs a value; nothing is saved without it");

        let mut plan = of(&wallet);
        for (name, text) in [
            ("grants[0].code", "monthly"),
            ("grants[0].wallet_type", "standard"),
            ("grants[0].units", "100"),
            ("grants[0].kind", "purchased"),
            // An enumeration: it has no members of its own.
            ("grants[0].every.months", "1"),
            ("grants[2].code", "welcome"),
            ("grants[2].wallet_type", "standard"),
            ("grants[2].kind", "promotional"),
        ] {
            plan.insert(name.into(), text.into());
        }
        let faults = read::<PlanVersion>(&plan).unwrap_err();
        assert_eq!((faults.len(), faults[0].field.as_str()), (1, "grants[2].units"), "{faults:?}");
        plan.remove("grants[0].units");
        let faults = read::<PlanVersion>(&plan).unwrap_err();
        let places: Vec<_> = faults.iter().map(|fault| fault.field.as_str()).collect();
        assert_eq!(places, ["grants[0].units", "grants[2].units"]);

        plan.insert("grants[0].units".into(), "1".into());
        plan.insert("grants[2].units".into(), "1".into());
        plan.remove("effective_at");
        assert_eq!(read::<PlanVersion>(&plan).unwrap_err()[0].field, "effective_at");
        let faults = read::<ConversionVersion>(&of(&[("version", "1")])).unwrap_err();
        assert_eq!(faults[0].field, "effective_at");
    }

    #[test]
    fn a_position_counts_the_rows_that_are_left() {
        let fields = of(&[
            ("factors[0].factor", "2"),
            ("factors[1].factor", " "),
            ("factors[3].factor", "4"),
            ("factors[3].match.model", "m"),
        ]);
        assert_eq!(field_of(&fields, ".factors[1].factor"), "factors[3].factor");
        assert_eq!(field_of(&fields, ".factors[0].step"), "factors[0].step");
    }

    #[test]
    fn a_problem_has_its_field() {
        let fields =
            of(&[("alerts[0].code", "low"), ("alerts[1].code", "soon"), ("fallbacks[0]", "b")]);
        for (path, want) in [
            (".alerts[soon].below", "alerts[1].below"),
            (".scope[0].match.model", "scope[0].match.model"),
            (".fallbacks[b]", "fallbacks[0]"),
            (".draw_order", "draw_order"),
            ("", ""),
        ] {
            assert_eq!(field_of(&fields, path), want);
        }
    }
}
