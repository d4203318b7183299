//! The published JSON Schema of the document, for editors and for those who write it by program.

use serde_json::{Value, json};

use crate::document::{Document, FORMAT};

/// The schema's identity; a new format gets a new one.
const ID: &str = "urn:scrip:config:1";

/// The JSON Schema (draft 2020-12) of [`Document`].
#[must_use]
pub fn json_schema() -> Value {
    let mut schema = schemars::schema_for!(Document);
    schema.insert("$id".to_owned(), json!(ID));
    schema.insert("title".to_owned(), json!("Scrip configuration"));
    let mut schema = schema.to_value();
    if let Some(format) = schema.pointer_mut("/properties/format") {
        format["const"] = json!(FORMAT);
    }
    unwrap_descriptions(&mut schema);
    schema
}

/// Descriptions are doc comments; their line breaks are those of the source.
fn unwrap_descriptions(schema: &mut Value) {
    match schema {
        Value::Object(table) => {
            if let Some(Value::String(text)) = table.get_mut("description") {
                *text = text.replace('\n', " ");
            }
            table.values_mut().for_each(unwrap_descriptions);
        }
        Value::Array(items) => items.iter_mut().for_each(unwrap_descriptions),
        _ => {}
    }
}

/// The JSON Schema as indented text; always the same.
#[must_use]
pub fn json_schema_text() -> String {
    format!("{:#}\n", json_schema())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(pointer: &str) -> Value {
        json_schema().pointer(pointer).cloned().unwrap_or_default()
    }

    #[test]
    fn the_schema_says_what_it_is_of() {
        assert_eq!(at("/$id"), ID);
        assert_eq!(at("/properties/format/const"), FORMAT);
        assert_eq!(at("/required"), json!(["format", "entity"]));
        assert_eq!(json_schema_text(), json_schema_text());
    }

    #[test]
    fn the_schema_is_as_strict_as_the_reader() {
        assert_eq!(at("/additionalProperties"), false);
        assert_eq!(at("/$defs/Rate/unevaluatedProperties"), false);
        let models = at("/$defs/Rate/oneOf");
        let models: Vec<&Value> =
            models.as_array().unwrap().iter().map(|m| &m["properties"]["model"]["const"]).collect();
        assert_eq!(
            models,
            ["per_unit", "package", "graduated", "volume", "stairstep", "percentage"]
        );
        assert!(at("/$defs/Rate/oneOf/0/additionalProperties").is_null());
        for rule in at("/$defs/ExpiryRule/oneOf").as_array().unwrap() {
            assert_eq!(rule["additionalProperties"], false, "{rule}");
        }
    }

    #[test]
    fn decimals_are_text_in_the_schema() {
        assert_eq!(at("/$defs/Number/type"), "string");
        let (mut open, mut types) = (vec![json_schema()], Vec::new());
        while let Some(value) = open.pop() {
            match value {
                Value::Object(members) => {
                    types.extend(members.get("type").map(Value::to_string));
                    open.extend(members.into_values());
                }
                Value::Array(values) => open.extend(values),
                _ => {}
            }
        }
        // An account has a member called number; no value is one.
        assert!(types.len() > 100 && !types.iter().any(|of| of.contains("number")));
    }
}
