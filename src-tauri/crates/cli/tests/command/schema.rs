//! A checker of the part of JSON Schema that the published schemas use. A keyword that it does not
//! know fails the test, so that nothing passes unchecked.

use serde_json::{Map, Value};

/// A schema with its definitions.
pub(crate) struct Schema {
    root: Value,
}

/// Keywords that say something to people, not about values.
const WORDS: [&str; 8] =
    ["$schema", "$id", "$defs", "title", "description", "default", "format", "examples"];

impl Schema {
    pub(crate) fn new(root: Value) -> Self {
        Self { root }
    }

    /// Titles of the alternatives at the top.
    pub(crate) fn titles(&self) -> Vec<String> {
        let variants = self.root["oneOf"].as_array().unwrap().iter();
        variants.map(|v| v["title"].as_str().unwrap().to_owned()).collect()
    }

    /// Whether a value is as the schema says.
    pub(crate) fn check(&self, value: &Value) -> Result<(), String> {
        self.value(&self.root, value, "")
    }

    fn value(&self, schema: &Value, value: &Value, path: &str) -> Result<(), String> {
        let schema = match schema {
            Value::Bool(true) => return Ok(()),
            Value::Bool(false) => return Err(format!("{path}: nothing is allowed here")),
            schema => schema.as_object().expect("a schema is an object"),
        };
        for (keyword, wanted) in schema {
            self.keyword(schema, (keyword, wanted), value, path)?;
        }
        Ok(())
    }

    fn keyword(
        &self,
        schema: &Map<String, Value>,
        (keyword, wanted): (&str, &Value),
        value: &Value,
        path: &str,
    ) -> Result<(), String> {
        let fail = |what: &str| Err(format!("{path}: {what} {wanted}, found {value}"));
        let alternatives = |wanted: &Value| {
            let all = wanted.as_array().unwrap().iter();
            all.map(|one| self.value(one, value, path)).collect::<Vec<_>>()
        };
        match keyword {
            "type" if !has_type(wanted, value) => fail("should be of type"),
            "const" if wanted != value => fail("should be"),
            "enum" if !wanted.as_array().unwrap().contains(value) => fail("should be one of"),
            "$ref" => {
                let name = wanted.as_str().unwrap().strip_prefix("#/$defs/").unwrap();
                self.value(&self.root["$defs"][name], value, path)
            }
            "oneOf" => match alternatives(wanted).iter().filter(|r| r.is_ok()).count() {
                1 => Ok(()),
                0 => Err(alternatives(wanted)
                    .into_iter()
                    .filter_map(Result::err)
                    .collect::<Vec<_>>()
                    .join("\n")),
                _ => fail("should be only one of"),
            },
            "anyOf" if !alternatives(wanted).iter().any(Result::is_ok) => fail("should be any of"),
            "allOf" => alternatives(wanted).into_iter().collect(),
            "required" => wanted.as_array().unwrap().iter().try_for_each(|name| {
                let there =
                    value.as_object().is_none_or(|o| o.contains_key(name.as_str().unwrap()));
                if there { Ok(()) } else { Err(format!("{path}: {name} is missing")) }
            }),
            "properties" => wanted.as_object().unwrap().iter().try_for_each(|(name, one)| {
                value
                    .get(name)
                    .map_or(Ok(()), |member| self.value(one, member, &format!("{path}.{name}")))
            }),
            "additionalProperties" => self.additional(schema, wanted, value, path),
            "unevaluatedProperties" => Ok(()),
            "items" => {
                value.as_array().into_iter().flatten().enumerate().try_for_each(|(index, item)| {
                    self.value(wanted, item, &format!("{path}[{index}]"))
                })
            }
            "minimum" if value.as_i64() < wanted.as_i64() => fail("should be at least"),
            "maximum" if value.as_i64() > wanted.as_i64() => fail("should be at most"),
            "minLength" if length(value) < wanted.as_u64() => fail("should have a length of"),
            "maxLength" if length(value) > wanted.as_u64() => {
                fail("should have at most a length of")
            }
            "pattern" if !matches(wanted.as_str().unwrap(), value) => fail("should match"),
            "type" | "const" | "enum" | "anyOf" | "minimum" | "maximum" | "minLength"
            | "maxLength" | "pattern" => Ok(()),
            word if WORDS.contains(&word) => Ok(()),
            other => panic!("the checker does not know the keyword {other}"),
        }
    }

    fn additional(
        &self,
        schema: &Map<String, Value>,
        wanted: &Value,
        value: &Value,
        path: &str,
    ) -> Result<(), String> {
        let known = schema.get("properties").and_then(Value::as_object);
        let Some(members) = value.as_object() else { return Ok(()) };
        members
            .iter()
            .filter(|(name, _)| known.is_none_or(|known| !known.contains_key(*name)))
            .try_for_each(|(name, member)| {
                self.value(wanted, member, path).map_err(|e| format!("{name}: {e}"))
            })
    }
}

fn has_type(wanted: &Value, value: &Value) -> bool {
    match wanted {
        Value::Array(any) => any.iter().any(|one| has_type(one, value)),
        one => match one.as_str().unwrap() {
            "object" => value.is_object(),
            "array" => value.is_array(),
            "string" => value.is_string(),
            "boolean" => value.is_boolean(),
            "null" => value.is_null(),
            "integer" => value.is_i64() || value.is_u64(),
            other => panic!("the checker does not know the type {other}"),
        },
    }
}

fn length(value: &Value) -> Option<u64> {
    value.as_str().map(|text| text.chars().count() as u64)
}

/// The patterns that the schemas use, read as their authors meant them.
fn matches(pattern: &str, value: &Value) -> bool {
    let Some(text) = value.as_str() else { return true };
    match pattern {
        "^[!-~]+$" => !text.is_empty() && text.bytes().all(|b| b.is_ascii_graphic()),
        "^-?[0-9]+(\\.[0-9]+)?$" => {
            let digits = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
            let text = text.strip_prefix('-').unwrap_or(text);
            text.split_once('.').map_or(digits(text), |(whole, part)| digits(whole) && digits(part))
        }
        "^[0-9]{4}-[0-9]{2}-[0-9]{2}" => {
            let shape = |c: char| if c.is_ascii_digit() { '9' } else { c };
            text.chars().take(10).map(shape).eq("9999-99-99".chars())
        }
        "^[A-Za-z][A-Za-z0-9_.-]{0,30}$" => {
            let word = |c: char| c.is_ascii_alphanumeric() || "_.-".contains(c);
            text.len() <= 31
                && text.starts_with(|c: char| c.is_ascii_alphabetic())
                && text.chars().all(word)
        }
        "^([01][0-9]|2[0-3]):[0-5][0-9]$|^24:00$" => {
            let shape = |c: char| if c.is_ascii_digit() { '9' } else { c };
            let minutes = |text: &str| text[3..].parse::<u8>().is_ok_and(|minutes| minutes < 60);
            let in_order = text < "24:00" && text.chars().map(shape).eq("99:99".chars());
            text == "24:00" || (in_order && minutes(text))
        }
        other => panic!("the checker does not know the pattern {other}"),
    }
}
