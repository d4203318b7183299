//! Rows of a source, whatever its format: fields by slot.

use std::fmt;

use crate::error::UsageError;

/// A value of a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Field<'a> {
    /// No value: JSON or Parquet null, or a field that the JSON object does not have.
    Absent,
    Text(&'a str),
    Integer(i64),
    Decimal {
        value: i128,
        scale: u32,
    },
    /// A timestamp. One that is not adjusted to UTC is local time.
    Micros {
        micros: i64,
        adjusted: bool,
    },
}

impl Field<'_> {
    /// Whether there is no value or an empty text.
    pub(crate) fn is_empty(&self) -> bool {
        matches!(self, Field::Absent | Field::Text(""))
    }
}

impl fmt::Display for Field<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Field::Absent => Ok(()),
            Field::Text(text) => f.write_str(text),
            Field::Integer(value) => write!(f, "{value}"),
            Field::Decimal { value, scale: 0 } => write!(f, "{value}"),
            Field::Decimal { value, scale } => {
                let width = usize::try_from(*scale).unwrap_or(0);
                let digits = format!("{:0>1$}", value.unsigned_abs(), width + 1);
                let (whole, fraction) = digits.split_at(digits.len() - width);
                write!(f, "{}{whole}.{fraction}", if *value < 0 { "-" } else { "" })
            }
            Field::Micros { micros, adjusted } => {
                match chrono::DateTime::from_timestamp_micros(*micros) {
                    Some(at) if *adjusted => {
                        f.write_str(&at.to_rfc3339_opts(chrono::SecondsFormat::AutoSi, true))
                    }
                    Some(at) => write!(f, "{}", at.naive_utc().format("%Y-%m-%dT%H:%M:%S%.f")),
                    None => write!(f, "{micros}"),
                }
            }
        }
    }
}

/// What [`RowReader::advance`] found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Advance {
    /// A row.
    Row,
    /// Something that is not a row, and why.
    Bad(String),
    /// The end.
    End,
}

/// Reads the rows of a source one by one. Slots are the columns asked for, in the order asked.
pub(crate) trait RowReader {
    /// Goes to the next row.
    fn advance(&mut self) -> Result<Advance, UsageError>;
    /// Where the row starts: the line from 1 of a text, the row from 1 of a Parquet file.
    fn line(&self) -> u64;
    /// The number of the row among the rows of data, from 1.
    fn number(&self) -> u64;
    /// A value of the row.
    fn field(&self, slot: usize) -> Field<'_>;
    /// The row as it came, for people.
    fn raw(&self) -> String;
    /// How far the reading has come, in bytes of the file.
    fn bytes_read(&self) -> u64;
    /// The BLAKE3 hash of the content, at the end.
    fn content_hash(&self) -> blake3::Hash;
}

/// Cuts a text for a listing.
pub(crate) fn cut(text: &str) -> String {
    const LENGTH_MAX: usize = 500;
    match text.char_indices().nth(LENGTH_MAX) {
        Some((end, _)) => format!("{}...", &text[..end]),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_shown_as_people_write_them() {
        for (field, want) in [
            (Field::Absent, ""),
            (Field::Text("a"), "a"),
            (Field::Integer(-5), "-5"),
            (Field::Decimal { value: -5, scale: 2 }, "-0.05"),
            (Field::Decimal { value: 12_345, scale: 2 }, "123.45"),
            (Field::Decimal { value: 7, scale: 0 }, "7"),
            (Field::Micros { micros: 500_000, adjusted: true }, "1970-01-01T00:00:00.500Z"),
            (Field::Micros { micros: 0, adjusted: false }, "1970-01-01T00:00:00"),
        ] {
            assert_eq!(field.to_string(), want);
        }
    }
}
