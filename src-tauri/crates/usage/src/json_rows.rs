//! Rows of JSON Lines files.
//!
//! Numbers are taken as the digits that are written, so that no decimal passes through a float.

use std::fmt;
use std::io::{BufRead, BufReader, Read};
use std::rc::Rc;

use serde::de::{DeserializeSeed, Error, IgnoredAny, MapAccess, Visitor};
use serde_json::value::RawValue;

use crate::error::UsageError;
use crate::row::{Advance, Field, RowReader, cut};
use crate::source::{BUFFER_BYTES, ByteStream, Fault, Gauge, ROW_BYTES_MAX};

/// A name that is looked for in an object.
#[derive(Debug, Default)]
struct Wanted {
    name: String,
    slot: Option<usize>,
    inside: Vec<Wanted>,
}

/// Reads a file with a JSON object in each line; empty lines are passed over.
pub(crate) struct JsonRows {
    reader: BufReader<ByteStream>,
    fault: Fault,
    gauge: Rc<Gauge>,
    wanted: Vec<Wanted>,
    values: Vec<Option<String>>,
    line_bytes: Vec<u8>,
    line: u64,
    number: u64,
}

impl JsonRows {
    pub(crate) fn open(stream: ByteStream, slots: &[String]) -> Self {
        let mut wanted = Vec::new();
        for (slot, column) in slots.iter().enumerate() {
            want(&mut wanted, column, slot);
            // A name that has dots itself is found too.
            if column.contains('.') {
                let name = column.clone();
                wanted.push(Wanted { name, slot: Some(slot), inside: Vec::new() });
            }
        }
        Self {
            fault: stream.fault(),
            gauge: stream.gauge(),
            reader: BufReader::with_capacity(BUFFER_BYTES, stream),
            wanted,
            values: vec![None; slots.len()],
            line_bytes: Vec::new(),
            line: 0,
            number: 0,
        }
    }
}

fn want(wanted: &mut Vec<Wanted>, path: &str, slot: usize) {
    let (name, rest) = match path.split_once('.') {
        Some((name, rest)) => (name, Some(rest)),
        None => (path, None),
    };
    let at = wanted.iter().position(|w| w.name == name).unwrap_or_else(|| {
        wanted.push(Wanted { name: name.to_owned(), ..Wanted::default() });
        wanted.len() - 1
    });
    match rest {
        Some(rest) => want(&mut wanted[at].inside, rest, slot),
        None => wanted[at].slot = Some(slot),
    }
}

impl RowReader for JsonRows {
    fn advance(&mut self) -> Result<Advance, UsageError> {
        loop {
            self.line_bytes.clear();
            let mut limited = self.reader.by_ref().take(ROW_BYTES_MAX);
            let n = match limited.read_until(b'\n', &mut self.line_bytes) {
                Ok(n) => n,
                Err(error) => return Err(self.fault.error(error, self.line + 1)),
            };
            self.gauge.row_ended();
            if n == 0 {
                return Ok(Advance::End);
            }
            self.line += 1;
            if self.line_bytes.last() != Some(&b'\n')
                && u64::try_from(n).is_ok_and(|n| n == ROW_BYTES_MAX)
            {
                let path = self.fault.path().to_owned();
                return Err(UsageError::RowTooLong { path, line: self.line, limit: ROW_BYTES_MAX });
            }
            if !self.line_bytes.trim_ascii().is_empty() {
                break;
            }
        }
        self.number += 1;
        self.values.fill(None);
        let Ok(text) = std::str::from_utf8(&self.line_bytes) else {
            let path = self.fault.path().to_owned();
            return Err(UsageError::NotUtf8 { path, line: self.line });
        };
        let mut json = serde_json::Deserializer::from_str(text);
        let seed = Object { wanted: &self.wanted, values: &mut self.values };
        match seed.deserialize(&mut json).and_then(|()| json.end()) {
            Ok(()) => Ok(Advance::Row),
            Err(error) => Ok(Advance::Bad(format!("not a JSON object that can be read: {error}"))),
        }
    }

    fn line(&self) -> u64 {
        self.line
    }

    fn number(&self) -> u64 {
        self.number
    }

    fn field(&self, slot: usize) -> Field<'_> {
        match self.values.get(slot) {
            Some(Some(text)) => Field::Text(text),
            _ => Field::Absent,
        }
    }

    fn raw(&self) -> String {
        cut(String::from_utf8_lossy(&self.line_bytes).trim_end())
    }

    fn bytes_read(&self) -> u64 {
        self.gauge.bytes_read()
    }

    fn content_hash(&self) -> blake3::Hash {
        self.reader.get_ref().content_hash()
    }
}

/// Reads an object and keeps the values that are wanted.
struct Object<'a> {
    wanted: &'a [Wanted],
    values: &'a mut [Option<String>],
}

impl<'de> DeserializeSeed<'de> for Object<'_> {
    type Value = ();
    fn deserialize<D: serde::Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Object<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_unit<E: Error>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some(found) = map.next_key_seed(Name(self.wanted))? {
            match found {
                None => {
                    map.next_value::<IgnoredAny>()?;
                }
                Some(Wanted { slot: Some(slot), name, .. }) => {
                    let raw: &RawValue = map.next_value()?;
                    let value = &mut self.values[*slot];
                    if value.is_some() {
                        return Err(A::Error::custom(format!("{name:?} is given twice")));
                    }
                    *value = scalar(raw.get())
                        .map_err(|problem| A::Error::custom(format!("{name:?} {problem}")))?;
                }
                Some(Wanted { inside, .. }) => {
                    map.next_value_seed(Object { wanted: inside, values: &mut *self.values })?;
                }
            }
        }
        Ok(())
    }
}

/// The text of a JSON string, number or boolean as written; null is nothing.
fn scalar(raw: &str) -> Result<Option<String>, &'static str> {
    match raw.as_bytes().first() {
        Some(b'n') => Ok(None),
        Some(b'{') => Err("is an object; name a field in it, as in a.b"),
        Some(b'[') => Err("is a list"),
        Some(b'"') if !raw.contains('\\') => Ok(Some(raw[1..raw.len() - 1].to_owned())),
        Some(b'"') => serde_json::from_str(raw).map(Some).map_err(|_| "is not a string"),
        _ => Ok(Some(raw.to_owned())),
    }
}

/// Finds a name among those wanted.
struct Name<'a>(&'a [Wanted]);

impl<'de, 'a> DeserializeSeed<'de> for Name<'a> {
    type Value = Option<&'a Wanted>;
    fn deserialize<D: serde::Deserializer<'de>>(self, d: D) -> Result<Self::Value, D::Error> {
        d.deserialize_str(self)
    }
}

impl<'a> Visitor<'_> for Name<'a> {
    type Value = Option<&'a Wanted>;
    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a name")
    }
    fn visit_str<E: Error>(self, name: &str) -> Result<Self::Value, E> {
        Ok(self.0.iter().find(|wanted| wanted.name == name))
    }
}
