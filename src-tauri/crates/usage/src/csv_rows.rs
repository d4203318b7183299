//! Rows of CSV files.

use csv::ByteRecord;

use crate::error::UsageError;
use crate::row::{Advance, Field, RowReader, cut};
use crate::source::{BUFFER_BYTES, ByteStream, Fault, Gauge};
use std::rc::Rc;

/// Reads a CSV file: a header, then rows with as many fields. Empty lines are passed over; quotes
/// are doubled inside quotes and may hold line ends.
pub(crate) struct CsvRows {
    reader: csv::Reader<ByteStream>,
    record: ByteRecord,
    fault: Fault,
    gauge: Rc<Gauge>,
    /// Field of each slot.
    fields: Vec<usize>,
    columns: usize,
    delimiter: u8,
    line: u64,
    number: u64,
}

impl CsvRows {
    pub(crate) fn open(
        stream: ByteStream,
        delimiter: u8,
        slots: &[String],
    ) -> Result<Self, UsageError> {
        let (fault, gauge) = (stream.fault(), stream.gauge());
        let mut reader = csv::ReaderBuilder::new()
            .delimiter(delimiter)
            .has_headers(false)
            .flexible(true)
            .buffer_capacity(BUFFER_BYTES)
            .from_reader(stream);
        let mut header = ByteRecord::new();
        let found = reader.read_byte_record(&mut header).map_err(|e| failure(&fault, e, 1))?;
        if !found {
            return Err(UsageError::EmptySource { path: fault.path().to_owned() });
        }
        let mut names = Vec::with_capacity(header.len());
        for name in &header {
            let name = std::str::from_utf8(name)
                .map_err(|_| UsageError::NotUtf8 { path: fault.path().to_owned(), line: 1 })?;
            names.push(name.trim().to_owned());
        }
        let fields =
            slots.iter().map(|slot| find(&fault, &names, slot)).collect::<Result<Vec<_>, _>>()?;
        gauge.row_ended();
        Ok(Self {
            reader,
            record: header,
            fault,
            gauge,
            fields,
            columns: names.len(),
            delimiter,
            line: 1,
            number: 0,
        })
    }
}

fn find(fault: &Fault, names: &[String], column: &str) -> Result<usize, UsageError> {
    let path = || fault.path().to_owned();
    let mut places = names.iter().enumerate().filter(|(_, name)| *name == column);
    let Some((index, _)) = places.next() else {
        let present = names.to_vec();
        return Err(UsageError::MissingColumn { path: path(), column: column.to_owned(), present });
    };
    if places.next().is_some() {
        return Err(UsageError::ColumnTwice { path: path(), column: column.to_owned() });
    }
    Ok(index)
}

fn failure(fault: &Fault, error: csv::Error, line: u64) -> UsageError {
    match error.into_kind() {
        csv::ErrorKind::Io(error) => fault.error(error, line),
        // Rows of any length are taken, and nothing is deserialised.
        other => fault.error(std::io::Error::other(format!("{other:?}")), line),
    }
}

impl RowReader for CsvRows {
    fn advance(&mut self) -> Result<Advance, UsageError> {
        let found = match self.reader.read_byte_record(&mut self.record) {
            Ok(found) => found,
            Err(error) => return Err(failure(&self.fault, error, self.line + 1)),
        };
        self.gauge.row_ended();
        if !found {
            return Ok(Advance::End);
        }
        self.line = self.record.position().map_or(self.line, csv::Position::line);
        self.number += 1;
        if !self.record.as_slice().is_ascii()
            && self.record.iter().any(|field| std::str::from_utf8(field).is_err())
        {
            let path = self.fault.path().to_owned();
            return Err(UsageError::NotUtf8 { path, line: self.line });
        }
        if self.record.len() != self.columns {
            return Ok(Advance::Bad(format!(
                "the row has {} fields, the header has {}",
                self.record.len(),
                self.columns
            )));
        }
        Ok(Advance::Row)
    }

    fn line(&self) -> u64 {
        self.line
    }

    fn number(&self) -> u64 {
        self.number
    }

    fn field(&self, slot: usize) -> Field<'_> {
        let bytes = self.fields.get(slot).and_then(|field| self.record.get(*field));
        // The record was checked to be UTF-8 when it was read.
        Field::Text(bytes.and_then(|bytes| std::str::from_utf8(bytes).ok()).unwrap_or_default())
    }

    fn raw(&self) -> String {
        let mut text = String::new();
        for (index, field) in self.record.iter().enumerate() {
            if index > 0 {
                text.push(char::from(self.delimiter));
            }
            text.push_str(&String::from_utf8_lossy(field));
        }
        cut(&text)
    }

    fn bytes_read(&self) -> u64 {
        self.gauge.bytes_read()
    }

    fn content_hash(&self) -> blake3::Hash {
        self.reader.get_ref().content_hash()
    }
}
