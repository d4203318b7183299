//! Canonical JSON: the one text that an operation or a document is stored and hashed as.
//!
//! Object keys in byte order, no white space, no null members. Numbers in our documents are
//! integers or texts, so there is no question of how a fraction is written.

use serde_json::Value;

/// The canonical text of a JSON value.
#[must_use]
pub fn canonical(value: &Value) -> String {
    let mut out = String::new();
    write(value, &mut out);
    out
}

fn write(value: &Value, out: &mut String) {
    match value {
        Value::Object(map) => {
            let mut members: Vec<_> = map.iter().filter(|(_, v)| !v.is_null()).collect();
            members.sort_by_key(|(k, _)| k.as_bytes());
            out.push('{');
            for (index, (key, member)) in members.into_iter().enumerate() {
                if index > 0 {
                    out.push(',');
                }
                out.push_str(&Value::String(key.clone()).to_string());
                out.push(':');
                write(member, out);
            }
            out.push('}');
        }
        Value::Array(items) => {
            out.push('[');
            for (index, item) in items.iter().enumerate() {
                if index > 0 {
                    out.push(',');
                }
                write(item, out);
            }
            out.push(']');
        }
        other => out.push_str(&other.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn member_order_and_white_space_do_not_matter() {
        let a: Value =
            serde_json::from_str(r#"{ "b": [1, {"y": "é\"", "x": true}], "a": null }"#).unwrap();
        let b: Value = serde_json::from_str(r#"{"b":[1,{"x":true,"y":"\u00e9\""}]}"#).unwrap();
        assert_eq!(canonical(&a), canonical(&b));
        assert_eq!(canonical(&a), r#"{"b":[1,{"x":true,"y":"é\""}]}"#);
    }
}
