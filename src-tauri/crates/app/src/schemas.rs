//! The published JSON Schemas: configuration, operations, usage mappings.

use scrip_catalog::json_schema;
use scrip_engine::Action;
use scrip_usage::Mapping;
use serde_json::{Value, json};

use crate::error::AppError;

/// The schema of an operation: one JSON object a line.
#[must_use]
pub fn operations() -> Value {
    let mut generator = schemars::SchemaGenerator::default();
    let bodies = Action::schemas(&mut generator);
    let envelope = json!({
        "op": { "type": "string" },
        "id": { "type": "string", "minLength": 1, "maxLength": 96, "pattern": "^[!-~]+$",
                "description": "Idempotency key: the same id twice changes nothing the second time; with other content it is an error." },
        "at": { "type": "string", "format": "date-time", "description": "The instant from which the operation counts, in RFC 3339 with its offset." },
        "actor": { "type": "string", "minLength": 1, "maxLength": 96, "pattern": "^[!-~]+$", "description": "Who caused it." },
        "reason": { "type": "string", "description": "Why, for people." }
    });
    let variants: Vec<Value> = bodies
        .into_iter()
        .map(|(code, schema)| {
            let mut schema = schema.to_value();
            if let Some(members) = schema.as_object_mut() {
                members.insert("title".into(), code.into());
                let mut properties = envelope.as_object().cloned().unwrap_or_default();
                properties.insert("op".into(), json!({ "const": code }));
                if let Some(Value::Object(own)) = members.remove("properties") {
                    properties.extend(own);
                }
                members.insert("properties".into(), Value::Object(properties));
                let mut required: Vec<Value> =
                    ["op", "id", "at", "actor"].into_iter().map(Value::from).collect();
                if let Some(Value::Array(own)) = members.remove("required") {
                    required.extend(own);
                }
                members.insert("required".into(), Value::Array(required));
            }
            schema
        })
        .collect();
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": "urn:scrip:operation:1",
        "title": "Scrip operation",
        "description": "One operation. A file of operations holds one such object on each line.",
        "oneOf": variants,
        "$defs": generator.take_definitions(true)
    })
}

/// The schema of a usage mapping.
#[must_use]
pub fn mapping() -> Value {
    Mapping::json_schema().to_value()
}

/// Every schema with its file name.
///
/// # Errors
/// Never for schemas the program made.
pub fn all() -> Result<Vec<(&'static str, String)>, AppError> {
    let text = |value: &Value| {
        serde_json::to_string_pretty(value)
            .map(|text| text + "\n")
            .map_err(|e| AppError::stored("schema", e))
    };
    Ok(vec![
        ("configuration.schema.json", text(&json_schema())?),
        ("operation.schema.json", text(&operations())?),
        ("usage-mapping.schema.json", text(&mapping())?),
    ])
}
