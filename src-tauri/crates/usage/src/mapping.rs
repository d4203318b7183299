//! The mapping: how a row of a foreign file becomes usage events.
//!
//! A mapping is declared, never programmed, and is kept with the workspace. As TOML:
//!
//! ```toml
//! customer = { column = "client" }
//! key = { template = "{client}-{window_start_s}" }
//!
//! [occurred_at]
//! format = "offset_seconds"
//! column = "window_start_s"
//! origin = "2026-01-01T00:00:00Z"
//!
//! [[events]]
//! meter = "requests"
//! quantity = { column = "requests" }
//! dimensions = { model = { column = "model" } }
//! ```

use std::collections::BTreeMap;
use std::fmt;

use schemars::JsonSchema;
use scrip_units::{Instant, Zone};
use serde::de::value::MapAccessDeserializer;
use serde::{Deserialize, Serialize};

use crate::template::{self, Template};

/// How a row becomes events.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Mapping {
    /// Format of the file; guessed from its name if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub format: Option<Format>,
    /// Field separator of a CSV file: one ASCII character, a comma if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub delimiter: Option<char>,
    /// Who used it.
    pub customer: Text,
    /// Which member of the customer; an empty text means none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub member: Option<Text>,
    /// When it was used.
    pub occurred_at: OccurredAt,
    /// The idempotency key of the row's events.
    pub key: Key,
    /// The events that a row becomes. Several, when a row has several quantities.
    pub events: Vec<EventRule>,
}

/// Format of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Format {
    /// Comma separated values, with a header.
    Csv,
    /// A JSON object in each line. `a.b` names the field `b` of the object `a`.
    JsonLines,
    /// Apache Parquet.
    Parquet,
}

/// Where a text comes from. A plain string is a constant.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Text {
    /// The value of a column.
    Column(String),
    /// Always the same.
    Constant(String),
    /// Columns in braces within a text: `{region}-{model}`. A brace itself is doubled.
    Template(String),
}

impl<'de> Deserialize<'de> for Text {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(rename_all = "snake_case")]
        enum Named {
            Column(String),
            Constant(String),
            Template(String),
        }
        struct Visitor;
        impl<'de> serde::de::Visitor<'de> for Visitor {
            type Value = Text;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a text, { column = \"...\" } or { template = \"...\" }")
            }
            fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Text, E> {
                Ok(Text::Constant(text.to_owned()))
            }
            fn visit_map<A: serde::de::MapAccess<'de>>(self, map: A) -> Result<Text, A::Error> {
                Ok(match Named::deserialize(MapAccessDeserializer::new(map))? {
                    Named::Column(name) => Text::Column(name),
                    Named::Constant(text) => Text::Constant(text),
                    Named::Template(text) => Text::Template(text),
                })
            }
        }
        deserializer.deserialize_any(Visitor)
    }
}

impl JsonSchema for Text {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Text".into()
    }
    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        let one = |name: &str, what: &str| {
            serde_json::json!({
                "type": "object",
                "properties": { name: { "type": "string", "description": what } },
                "required": [name],
                "additionalProperties": false
            })
        };
        schemars::json_schema!({
            "description": "A constant text, the value of a column, or columns in braces within a text.",
            "anyOf": [
                { "type": "string", "description": "Always this text." },
                one("column", "The value of this column."),
                one("constant", "Always this text."),
                one("template", "A text with columns in braces: {region}-{model}.")
            ]
        })
    }
}

/// When the usage occurred. Digits beyond the microsecond are cut off.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "format", rename_all = "snake_case", deny_unknown_fields)]
pub enum OccurredAt {
    /// `2026-04-01T00:00:00.5+02:00`.
    Rfc3339 {
        /// The column.
        column: String,
    },
    /// Seconds since 1970-01-01T00:00:00Z, with decimals if there are any.
    UnixSeconds {
        /// The column.
        column: String,
    },
    /// Milliseconds since 1970-01-01T00:00:00Z.
    UnixMillis {
        /// The column.
        column: String,
    },
    /// Microseconds since 1970-01-01T00:00:00Z.
    UnixMicros {
        /// The column.
        column: String,
    },
    /// Seconds since an instant, for traces that count from their start.
    OffsetSeconds {
        /// The column.
        column: String,
        /// The instant counted from.
        origin: Instant,
    },
    /// Milliseconds since an instant, for traces that count from their start.
    OffsetMillis {
        /// The column.
        column: String,
        /// The instant counted from.
        origin: Instant,
    },
    /// A pattern of `chrono`'s strftime: `%Y-%m-%d %H:%M:%S%.f`.
    Pattern {
        /// The column.
        column: String,
        /// The pattern.
        pattern: String,
        /// The zone of the local time; needed unless the pattern has an offset (`%z`). A local time
        /// that the zone skips or has twice is rejected.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        time_zone: Option<Zone>,
    },
    /// A timestamp column of a Parquet file.
    Timestamp {
        /// The column.
        column: String,
        /// The zone of the local time; needed unless the column is adjusted to UTC.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        time_zone: Option<Zone>,
    },
}

impl OccurredAt {
    /// The column read.
    #[must_use]
    pub fn column(&self) -> &str {
        match self {
            Self::Rfc3339 { column }
            | Self::UnixSeconds { column }
            | Self::UnixMillis { column }
            | Self::UnixMicros { column }
            | Self::OffsetSeconds { column, .. }
            | Self::OffsetMillis { column, .. }
            | Self::Pattern { column, .. }
            | Self::Timestamp { column, .. } => column,
        }
    }
}

/// Where the idempotency key comes from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Key {
    /// The value of a column.
    Column(String),
    /// Columns in braces within a text: `{client}-{window_start_s}`.
    Template(String),
    /// The number of the row behind a prefix that is made from the file's content, so that the same
    /// file imports once. A file with one more row is another file: all its rows are new. Use it
    /// only where the rows have nothing of their own to be known by.
    RowNumber,
}

/// One event that a row becomes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct EventRule {
    /// The meter.
    pub meter: Text,
    /// How much.
    pub quantity: Quantity,
    /// Appended to the row's key, so that several events of a row have keys of their own.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub key_suffix: String,
    /// Dimension values; an empty text means that the event does not give the dimension.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub dimensions: BTreeMap<String, Text>,
    /// Whether a quantity of zero makes no event.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub skip_zero: bool,
    /// A column that must have a value for the event to be made.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub when: Option<String>,
    /// What the event cost to deliver, if the file says so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub delivery_cost: Option<CostRule>,
}

/// Where the delivery cost of an event comes from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CostRule {
    /// How much, in all: at most 18 decimals, not below zero. An empty text means that the event has no
    /// cost of its own.
    pub amount: Quantity,
    /// ISO 4217 currency.
    pub currency: Text,
}

/// Where a number comes from: a quantity in whole units of the meter's unit, an amount in whole units of
/// its currency.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Quantity {
    /// The value of a column.
    Column(String),
    /// Always the same plain decimal.
    Constant(String),
}

/// Why a mapping cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MappingError {
    /// The text is not a mapping.
    #[error("the mapping cannot be read: {message}")]
    Syntax {
        /// What the reader found, with its place.
        message: String,
    },
    /// A value in it makes no sense.
    #[error("the mapping's {field} {problem}")]
    Field {
        /// Path of the field, such as `events[1].quantity`.
        field: String,
        /// What is wrong and what to write instead.
        problem: String,
    },
}

impl MappingError {
    pub(crate) fn field(field: impl Into<String>, problem: impl Into<String>) -> Self {
        Self::Field { field: field.into(), problem: problem.into() }
    }
}

impl Mapping {
    /// Reads a mapping from TOML and checks it.
    ///
    /// # Errors
    /// [`MappingError`] with the place.
    pub fn from_toml(text: &str) -> Result<Self, MappingError> {
        let mapping: Self = toml::from_str(text)
            .map_err(|error| MappingError::Syntax { message: error.to_string() })?;
        mapping.check()?;
        Ok(mapping)
    }

    /// Writes the mapping as TOML.
    ///
    /// # Errors
    /// [`MappingError::Syntax`] when a value has no form in TOML.
    pub fn to_toml(&self) -> Result<String, MappingError> {
        toml::to_string_pretty(self)
            .map_err(|error| MappingError::Syntax { message: error.to_string() })
    }

    /// The JSON Schema of a mapping, for editors and forms.
    #[must_use]
    pub fn json_schema() -> schemars::Schema {
        schemars::schema_for!(Mapping)
    }

    /// Checks what can be checked without a file and a catalog.
    ///
    /// # Errors
    /// [`MappingError::Field`] for the first fault.
    pub fn check(&self) -> Result<(), MappingError> {
        if let Some(delimiter) = self.delimiter
            && (!delimiter.is_ascii() || matches!(delimiter, '"' | '\n' | '\r'))
        {
            return Err(MappingError::field("delimiter", "must be one ASCII character"));
        }
        if self.events.is_empty() {
            return Err(MappingError::field("events", "are missing: a row must become something"));
        }
        if self.events.len() > EVENTS_MAX {
            let problem = format!("are more than the {EVENTS_MAX} that a row may become");
            return Err(MappingError::field("events", problem));
        }
        if let Key::Template(text) = &self.key {
            let template = template::parse(text).map_err(|e| MappingError::field("key", e))?;
            if template.columns().next().is_none() {
                return Err(MappingError::field("key", "names no column: all rows would be one"));
            }
        }
        self.check_suffixes()?;
        self.each_text(|field, text| match text {
            Text::Template(template) => template::parse(template)
                .map(|_| ())
                .map_err(|problem| MappingError::field(field, problem)),
            Text::Column(_) | Text::Constant(_) => Ok(()),
        })?;
        crate::time_text::check(&self.occurred_at)
    }

    /// Events of one row whose keys would be the same are refused here, not row by row.
    fn check_suffixes(&self) -> Result<(), MappingError> {
        for (index, event) in self.events.iter().enumerate() {
            // Events with conditions may exclude each other; their keys are checked when they meet.
            let same = |other: &&EventRule| {
                other.key_suffix == event.key_suffix
                    && other.when.is_none()
                    && event.when.is_none()
                    && !(other.skip_zero && event.skip_zero)
            };
            if self.events[..index].iter().any(|other| same(&other)) {
                return Err(MappingError::field(
                    format!("events[{index}].key_suffix"),
                    "must differ from that of the other events of the row, such as \"/in\" and \"/out\"",
                ));
            }
        }
        Ok(())
    }

    fn each_text(
        &self,
        mut visit: impl FnMut(String, &Text) -> Result<(), MappingError>,
    ) -> Result<(), MappingError> {
        visit("customer".to_owned(), &self.customer)?;
        if let Some(member) = &self.member {
            visit("member".to_owned(), member)?;
        }
        for (index, event) in self.events.iter().enumerate() {
            visit(format!("events[{index}].meter"), &event.meter)?;
            for (name, text) in &event.dimensions {
                visit(format!("events[{index}].dimensions.{name}"), text)?;
            }
            if let Some(cost) = &event.delivery_cost {
                visit(format!("events[{index}].delivery_cost.currency"), &cost.currency)?;
            }
        }
        Ok(())
    }
}

/// The most events that one row may become.
pub const EVENTS_MAX: usize = 200;

/// The template of a text or key, parsed; a constant is a template without columns.
pub(crate) fn template_of(text: &Text) -> Result<Template, String> {
    match text {
        Text::Column(name) => Ok(Template::column(name)),
        Text::Constant(text) => Ok(Template::constant(text)),
        Text::Template(text) => template::parse(text),
    }
}
