//! The document as a file: read and written as TOML and JSON without loss.
//!
//! Reading is strict. An unknown key, a float where a decimal text belongs, a key of another
//! pricing model is an error that shows its line.

use std::fmt;

use serde_json::{Map, Value};

use crate::document::Document;
use crate::source::{Source, position};

/// Why a text is not a document.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub struct FileError {
    /// Line, from 1.
    pub line: u32,
    /// Column in characters, from 1.
    pub column: u32,
    /// The line as it stands, cut where it is very long.
    pub excerpt: String,
    /// Path of the value in question, where it is known.
    pub path: Option<String>,
    /// What is wrong and what to do.
    pub message: String,
}

impl fmt::Display for FileError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}, column {}", self.line, self.column)?;
        if let Some(path) = &self.path {
            write!(f, " ({path})")?;
        }
        write!(f, ": {}\n{:>5} | {}", self.message, self.line, self.excerpt)
    }
}

impl FileError {
    fn at(text: &str, (line, column): (u32, u32), message: String) -> Self {
        const EXCERPT_MAX: usize = 160;
        let index = usize::try_from(line).unwrap_or(usize::MAX).saturating_sub(1);
        let excerpt = text.lines().nth(index).unwrap_or_default();
        let excerpt = excerpt.trim_end().chars().take(EXCERPT_MAX).collect();
        Self { line, column, excerpt, path: None, message }
    }

    fn of_toml(text: &str, error: &toml::de::Error) -> Self {
        let span = error.span().unwrap_or(0..0);
        let value = text.get(span.clone()).unwrap_or_default();
        let message = plain_words(error.message(), value);
        let path = Source::read(text).path_at(span.start);
        Self { path, ..Self::at(text, position(text, span.start), message) }
    }

    fn of_json(text: &str, error: &serde_json::Error) -> Self {
        let (line, column) = (error.line(), error.column());
        let message = error.to_string();
        let message = message.strip_suffix(&format!(" at line {line} column {column}"));
        let message = plain_words(message.unwrap_or(&error.to_string()), "");
        let count = |number| u32::try_from(number).unwrap_or(u32::MAX).max(1);
        Self::at(text, (count(line), count(column)), message)
    }
}

/// Says in plain words what readers say in types. `value` is the value in question as written.
fn plain_words(message: &str, value: &str) -> String {
    let bare = ["invalid type: floating point", "invalid type: integer"];
    if bare.iter().any(|b| message.starts_with(b)) && message.contains("decimal number in quotes") {
        let number = message.split('`').nth(1).unwrap_or_default();
        let number = if value.is_empty() { number } else { value };
        return format!(
            "the number {number} is not in quotes: write \"{number}\", so that no reader can turn it into a binary fraction"
        );
    }
    if message.starts_with("invalid type: map") && looks_like_a_date(value) {
        return format!("the date {value} is not in quotes: write \"{value}\"");
    }
    message.to_owned()
}

fn looks_like_a_date(value: &str) -> bool {
    value.len() >= 10 && value.as_bytes()[4] == b'-' && value.as_bytes()[0].is_ascii_digit()
}

impl Document {
    /// Reads a document in TOML.
    ///
    /// # Errors
    /// [`FileError`] with the first place that is not as it should be. What the records mean is
    /// checked by [`crate::validate()`].
    pub fn from_toml(text: &str) -> Result<Self, FileError> {
        toml::from_str(text).map_err(|error| FileError::of_toml(text, &error))
    }

    /// Reads a document in JSON.
    ///
    /// # Errors
    /// As [`Document::from_toml`].
    pub fn from_json(text: &str) -> Result<Self, FileError> {
        serde_json::from_str(text).map_err(|error| FileError::of_json(text, &error))
    }

    /// Writes the document in TOML, in its own order: one block for each record, one line for each
    /// property. The same document always gives the same text.
    ///
    /// # Errors
    /// None that a document can cause.
    pub fn to_toml(&self) -> Result<String, serde_json::Error> {
        let mut text = String::new();
        if let Value::Object(table) = serde_json::to_value(self)? {
            write_table(&mut text, "", &table);
        }
        Ok(text)
    }

    /// Writes the document in JSON, in its own order, indented. The same document always gives the
    /// same text.
    #[must_use]
    pub fn to_json(&self) -> String {
        // A document always has a value: its keys are texts, its numbers whole or text.
        format!("{:#}\n", serde_json::to_value(self).unwrap_or_default())
    }
}

/// Lists whose items are blocks of their own; all others are written in their record's lines.
const BLOCKS: &[&str] = &[
    "accounts",
    "approvals",
    "units",
    "meters",
    "dimensions",
    "conversions",
    "wallet_types",
    "rate_cards",
    "cost_cards",
    "versions",
    "factors",
    "rates",
    "plans",
    "grants",
    "customers",
];

pub(crate) fn is_block(key: &str, value: &Value) -> bool {
    match value {
        Value::Object(_) => key == "entity",
        Value::Array(items) => {
            BLOCKS.contains(&key) && !items.is_empty() && items.iter().all(Value::is_object)
        }
        _ => false,
    }
}

fn write_table(text: &mut String, path: &str, table: &Map<String, Value>) {
    for (key, value) in table.iter().filter(|(key, value)| !is_block(key, value)) {
        if !value.is_null() {
            text.push_str(&format!("{} = ", bare_or_quoted(key)));
            write_value(text, value, Lines::Several);
            text.push('\n');
        }
    }
    for (key, value) in table.iter().filter(|(key, value)| is_block(key, value)) {
        let dot = if path.is_empty() { "" } else { "." };
        let path = format!("{path}{dot}{}", bare_or_quoted(key));
        match value {
            Value::Object(table) => {
                text.push_str(&format!("\n[{path}]\n"));
                write_table(text, &path, table);
            }
            Value::Array(items) => {
                for table in items.iter().filter_map(Value::as_object) {
                    text.push_str(&format!("\n[[{path}]]\n"));
                    write_table(text, &path, table);
                }
            }
            _ => {}
        }
    }
}

/// Whether a list may be spread over lines; inside an inline table it may not.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Lines {
    One,
    Several,
}

/// The value on one line, as it would stand in TOML.
pub(crate) fn inline(value: &Value) -> String {
    let mut text = String::new();
    write_value(&mut text, value, Lines::One);
    text
}

fn write_value(text: &mut String, value: &Value, lines: Lines) {
    match value {
        Value::String(string) => text.push_str(&quoted(string)),
        Value::Array(items) if lines == Lines::Several && items.iter().any(Value::is_object) => {
            text.push_str("[\n");
            for item in items {
                text.push_str("  ");
                write_value(text, item, Lines::One);
                text.push_str(",\n");
            }
            text.push(']');
        }
        Value::Array(items) => {
            text.push('[');
            for (index, item) in items.iter().enumerate() {
                text.push_str(if index == 0 { "" } else { ", " });
                write_value(text, item, Lines::One);
            }
            text.push(']');
        }
        Value::Object(table) => {
            text.push('{');
            for (index, (key, value)) in table.iter().enumerate() {
                let comma = if index == 0 { " " } else { ", " };
                text.push_str(&format!("{comma}{} = ", bare_or_quoted(key)));
                write_value(text, value, Lines::One);
            }
            text.push_str(if table.is_empty() { "}" } else { " }" });
        }
        Value::Bool(_) | Value::Number(_) | Value::Null => text.push_str(&value.to_string()),
    }
}

fn bare_or_quoted(key: &str) -> String {
    let bare = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-');
    if !key.is_empty() && key.bytes().all(bare) { key.to_owned() } else { quoted(key) }
}

fn quoted(string: &str) -> String {
    let mut text = String::with_capacity(string.len() + 2);
    text.push('"');
    for character in string.chars() {
        match character {
            '"' => text.push_str("\\\""),
            '\\' => text.push_str("\\\\"),
            '\n' => text.push_str("\\n"),
            '\r' => text.push_str("\\r"),
            '\t' => text.push_str("\\t"),
            control if control.is_control() => {
                text.push_str(&format!("\\u{:04X}", u32::from(control)));
            }
            other => text.push(other),
        }
    }
    text.push('"');
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::arbitrary::document;
    use proptest::prelude::*;

    const SMALL: &str = r#"format = "scrip-config/1"

[entity]
code = "nl"
name = "Example \"BV\""
currency = "EUR"
time_zone = "Europe/Amsterdam"

[[units]]
code = "credits"
kind = "credit"
scale = 2

[[rate_cards]]
code = "std"
unit = "credits"
applies_to = "everyone"

[[rate_cards.versions]]
version = 1
effective_at = "2026-01-01"
status = "published"
unmatched = "forbidden"
overage = { currency = "EUR", price = "0.10", per = "1" }

[[rate_cards.versions.rates]]
code = "opus-in"
meter = "llm"
match = { model = "opus", "token type" = "in" }
model = "graduated"
tiers = [
  { up_to = "1000", price = "1.50" },
  { price = "1.25" },
]
"#;

    #[test]
    fn toml_is_written_as_a_person_would() {
        let document = Document::from_toml(SMALL).unwrap();
        assert_eq!(document.to_toml().unwrap(), SMALL);
        let json = document.to_json();
        assert_eq!(Document::from_json(&json).unwrap(), document);
        assert!(json.starts_with("{\n  \"format\": \"scrip-config/1\",\n  \"entity\""), "{json}");
    }

    #[test]
    fn an_error_shows_its_place() {
        let rate = "rate_cards[std].versions[1].rates[opus-in]";
        let tier = "rate_cards[std].versions[1].rates[opus-in].tiers[0].price";
        for (from, to, path, message) in [
            ("\"1.50\"", "1.50", tier, "the number 1.50 is not in quotes: write \"1.50\""),
            ("\"1.50\"", "15", tier, "the number 15 is not in quotes"),
            ("\"1.50\"", "\"1,50\"", tier, "not a decimal number"),
            ("meter =", "metre =", &format!("{rate}.metre"), "unknown field `metre`"),
            ("scale =", "scales =", "units[credits].scales", "unknown field `scales`"),
            ("graduated", "per_unit", rate, "per_unit has no `tiers`"),
            ("graduated", "flat", &format!("{rate}.model"), "unknown variant `flat`"),
            (
                "\"2026-01-01\"",
                "2026-01-01",
                "rate_cards[std].versions[1].effective_at",
                "the date 2026-01-01 is not in quotes",
            ),
            ("Europe/Amsterdam", "Mars", "entity.time_zone", "\"Mars\" is not a time zone"),
        ] {
            let text = SMALL.replacen(from, to, 1);
            let error = Document::from_toml(&text).unwrap_err();
            assert!(error.message.contains(message), "{to}: {error}");
            assert_eq!(error.path.as_deref(), Some(path), "{error}");
            let shown = if path == rate { "[[rate_cards.versions.rates]]" } else { to };
            assert!(error.excerpt.contains(shown), "{error}");
            let line = text.lines().position(|line| line.contains(shown)).unwrap() + 1;
            assert_eq!(error.line as usize, line, "{error}");
        }
    }

    #[test]
    fn broken_toml_shows_its_place() {
        let error = Document::from_toml(&SMALL.replacen("scale = 2", "scale = = 2", 1));
        let error = error.unwrap_err();
        assert_eq!((error.line, error.column, &*error.excerpt), (12, 9, "scale = = 2"));
    }

    #[test]
    fn json_errors_show_their_place_too() {
        let json = Document::from_toml(SMALL).unwrap().to_json();
        let text = json.replace("\"1.50\"", "1.50");
        let error = Document::from_json(&text).unwrap_err();
        assert!(error.message.contains("is not in quotes"), "{error}");
        assert!(error.excerpt.contains("1.50"), "{error}");
        let error = Document::from_json(&json.replace("\"scale\"", "\"scales\"")).unwrap_err();
        assert!(error.message.contains("unknown field `scales`"), "{error}");
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(128))]
        #[test]
        fn what_is_written_is_read_back(document in document()) {
            let toml = document.to_toml().unwrap();
            let read = Document::from_toml(&toml).map_err(|e| TestCaseError::fail(format!("{e}\n{toml}")))?;
            prop_assert_eq!(&read, &document);
            let json = document.to_json();
            prop_assert_eq!(&Document::from_json(&json).unwrap(), &document);
            // Trailing zeros of numbers are kept too, which equality does not see.
            prop_assert_eq!(read.to_json(), json);
        }
    }
}
