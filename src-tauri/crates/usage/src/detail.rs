//! The burn detail of a posting run: what each event drew from which lot at which rate.
//!
//! A posting entry covers many events; this is the file that says which. Its hash is in the entry,
//! so the detail can be proved to be the one that was posted. Rows are written customer by
//! customer, in ascending order of code, as the scan gives them.

use std::path::PathBuf;
use std::sync::Arc;
use std::vec;

use ahash::AHashMap;
use arrow_array::cast::AsArray;
use arrow_array::types::{Int32Type, Int64Type, UInt8Type, UInt32Type, UInt64Type};
use arrow_array::{
    Array, ArrayRef, DictionaryArray, Int32Array, Int64Array, RecordBatch, StringArray, UInt8Array,
    UInt32Array, UInt64Array,
};
use arrow_schema::{DataType, Field, Schema, SchemaRef};
use parquet::arrow::ArrowWriter;
use parquet::arrow::arrow_reader::ParquetRecordBatchReader;
use scrip_rating::Place;
use scrip_units::CustomerCode;
use serde::{Deserialize, Serialize};

use crate::archive::Archive;
use crate::error::UsageError;
use crate::files::{StagedFile, sync_folder};
use crate::layout::{self, CUSTOMER, ROW_GROUP_ROWS};
use crate::manifest::DetailInfo;
use crate::segment_file::SegmentFile;

/// What became of an event, or of a part of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DetailOutcome {
    /// Drawn from a lot.
    Drawn,
    /// Beyond the wallets: charged in money.
    Overage,
    /// Cost nothing.
    Free,
    /// Refused, for a reason.
    Rejected,
}

impl DetailOutcome {
    fn code(self) -> u8 {
        match self {
            Self::Drawn => 0,
            Self::Overage => 1,
            Self::Free => 2,
            Self::Rejected => 3,
        }
    }

    fn of(code: u8) -> Option<Self> {
        [Self::Drawn, Self::Overage, Self::Free, Self::Rejected]
            .into_iter()
            .find(|outcome| outcome.code() == code)
    }
}

/// One draw of one event. An event that draws from several lots has several rows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DetailRow {
    /// Whose usage it is.
    pub customer: Arc<str>,
    /// Ordinal of the entry in the customer's chain.
    pub entry: u64,
    /// Segment of the event; 0 for an event that came inside an operation.
    pub segment: u32,
    /// Row of the event in its segment.
    pub row: u32,
    /// Rate card, if one priced the event.
    pub card: Option<Arc<str>>,
    /// Version of the card; 0 without a card.
    pub version: u32,
    /// Rate of the version, if one matched.
    pub rate: Option<Arc<str>>,
    /// What became of it.
    pub outcome: DetailOutcome,
    /// Why it was rejected.
    pub reason: Option<Arc<str>>,
    /// The wallet drawn from.
    pub wallet: Option<Arc<str>>,
    /// The lot drawn from.
    pub lot: Option<Arc<str>>,
    /// Quantity priced, after conversion, in smallest steps of the rate's quantity unit.
    pub converted: i64,
    /// Quantity of the billing period before this row, in the same unit.
    pub quantity_before: i64,
    /// Charge in smallest steps of `unit`.
    pub units: i64,
    /// The unit of the charge.
    pub unit: Arc<str>,
    /// Money that the row moves (consideration released or overage), in smallest steps.
    pub money: i64,
    /// The currency of the money.
    pub currency: Option<Arc<str>>,
}

impl DetailRow {
    /// The event that the row is about.
    #[must_use]
    pub fn place(&self) -> Place {
        Place { segment: self.segment, row: self.row }
    }
}

fn schema() -> SchemaRef {
    let text = |name: &str, nullable| Field::new(name, layout::dictionary(), nullable);
    let number = |name: &str, data_type| Field::new(name, data_type, false);
    Arc::new(Schema::new(vec![
        text(CUSTOMER, false),
        number("entry", DataType::UInt64),
        number("segment", DataType::UInt32),
        number("row", DataType::UInt32),
        text("card", true),
        number("version", DataType::UInt32),
        text("rate", true),
        number("outcome", DataType::UInt8),
        text("reason", true),
        text("wallet", true),
        text("lot", true),
        number("converted", DataType::Int64),
        number("quantity_before", DataType::Int64),
        number("units", DataType::Int64),
        text("unit", false),
        number("money", DataType::Int64),
        text("currency", true),
    ]))
}

/// Texts of a row group, each held once.
#[derive(Debug, Default)]
struct TextColumn {
    codes: Vec<Option<i32>>,
    values: Vec<Arc<str>>,
    index: AHashMap<Arc<str>, i32>,
    last: Option<(Arc<str>, i32)>,
}

impl TextColumn {
    fn push(&mut self, text: Option<&Arc<str>>) {
        let code = text.map(|text| self.code(text));
        self.codes.push(code);
    }

    fn code(&mut self, text: &Arc<str>) -> i32 {
        if let Some((last, code)) = &self.last
            && (Arc::ptr_eq(last, text) || last == text)
        {
            return *code;
        }
        let code = match self.index.get(text) {
            Some(code) => *code,
            None => {
                // A row group has far fewer rows than there are codes.
                let code = i32::try_from(self.values.len()).unwrap_or(i32::MAX);
                self.values.push(Arc::clone(text));
                self.index.insert(Arc::clone(text), code);
                code
            }
        };
        self.last = Some((Arc::clone(text), code));
        code
    }

    fn take(&mut self) -> Result<ArrayRef, arrow_schema::ArrowError> {
        let values = StringArray::from_iter_values(&self.values);
        let codes = Int32Array::from(std::mem::take(&mut self.codes));
        *self = Self::default();
        Ok(Arc::new(DictionaryArray::<Int32Type>::try_new(codes, Arc::new(values))?))
    }
}

#[derive(Debug, Default)]
struct Columns {
    customer: TextColumn,
    entry: Vec<u64>,
    segment: Vec<u32>,
    row: Vec<u32>,
    card: TextColumn,
    version: Vec<u32>,
    rate: TextColumn,
    outcome: Vec<u8>,
    reason: TextColumn,
    wallet: TextColumn,
    lot: TextColumn,
    converted: Vec<i64>,
    quantity_before: Vec<i64>,
    units: Vec<i64>,
    unit: TextColumn,
    money: Vec<i64>,
    currency: TextColumn,
}

impl Columns {
    fn push(&mut self, row: &DetailRow) {
        self.customer.push(Some(&row.customer));
        self.entry.push(row.entry);
        self.segment.push(row.segment);
        self.row.push(row.row);
        self.card.push(row.card.as_ref());
        self.version.push(row.version);
        self.rate.push(row.rate.as_ref());
        self.outcome.push(row.outcome.code());
        self.reason.push(row.reason.as_ref());
        self.wallet.push(row.wallet.as_ref());
        self.lot.push(row.lot.as_ref());
        self.converted.push(row.converted);
        self.quantity_before.push(row.quantity_before);
        self.units.push(row.units);
        self.unit.push(Some(&row.unit));
        self.money.push(row.money);
        self.currency.push(row.currency.as_ref());
    }

    fn take(&mut self, schema: &SchemaRef) -> Result<RecordBatch, arrow_schema::ArrowError> {
        fn numbers<T, A: From<Vec<T>> + Array + 'static>(values: &mut Vec<T>) -> ArrayRef {
            Arc::new(A::from(std::mem::take(values)))
        }
        let arrays = vec![
            self.customer.take()?,
            numbers::<_, UInt64Array>(&mut self.entry),
            numbers::<_, UInt32Array>(&mut self.segment),
            numbers::<_, UInt32Array>(&mut self.row),
            self.card.take()?,
            numbers::<_, UInt32Array>(&mut self.version),
            self.rate.take()?,
            numbers::<_, UInt8Array>(&mut self.outcome),
            self.reason.take()?,
            self.wallet.take()?,
            self.lot.take()?,
            numbers::<_, Int64Array>(&mut self.converted),
            numbers::<_, Int64Array>(&mut self.quantity_before),
            numbers::<_, Int64Array>(&mut self.units),
            self.unit.take()?,
            numbers::<_, Int64Array>(&mut self.money),
            self.currency.take()?,
        ];
        RecordBatch::try_new(Arc::clone(schema), arrays)
    }
}

/// Writes the detail of a posting run. Dropped before it is finished, it leaves nothing.
pub struct DetailWriter {
    seq: u32,
    folder: PathBuf,
    path: PathBuf,
    schema: SchemaRef,
    writer: ArrowWriter<StagedFile>,
    columns: Columns,
    customer: Arc<str>,
    rows: u64,
}

impl std::fmt::Debug for DetailWriter {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("DetailWriter").field("seq", &self.seq).finish_non_exhaustive()
    }
}

impl DetailWriter {
    /// Starts the file of posting run `seq`.
    ///
    /// # Errors
    /// [`UsageError::Io`] or [`UsageError::Parquet`].
    pub fn create(archive: &Archive, seq: u32) -> Result<Self, UsageError> {
        let path = archive.folder("staging").join(format!("detail-{seq:06}.parquet"));
        let schema = schema();
        let writer = ArrowWriter::try_new(
            StagedFile::create(path.clone())?,
            Arc::clone(&schema),
            Some(layout::properties().build()),
        )
        .map_err(UsageError::parquet("write", &path))?;
        Ok(Self {
            seq,
            folder: archive.folder("detail"),
            path,
            schema,
            writer,
            columns: Columns::default(),
            customer: Arc::from(""),
            rows: 0,
        })
    }

    /// Adds a row. Customers come in ascending order of code.
    ///
    /// # Errors
    /// [`UsageError::OutOfOrder`], [`UsageError::Io`] or [`UsageError::Parquet`].
    pub fn push(&mut self, row: &DetailRow) -> Result<(), UsageError> {
        if !Arc::ptr_eq(&self.customer, &row.customer) && self.customer != row.customer {
            if self.customer > row.customer {
                return Err(UsageError::OutOfOrder {
                    customer: row.customer.to_string(),
                    after: self.customer.to_string(),
                });
            }
            self.customer = Arc::clone(&row.customer);
        }
        self.columns.push(row);
        self.rows += 1;
        if self.columns.entry.len() >= ROW_GROUP_ROWS { self.flush() } else { Ok(()) }
    }

    fn flush(&mut self) -> Result<(), UsageError> {
        if self.columns.entry.is_empty() {
            return Ok(());
        }
        let batch =
            self.columns.take(&self.schema).map_err(UsageError::arrow("write", &self.path))?;
        self.writer.write(&batch).map_err(UsageError::parquet("write", &self.path))
    }

    /// Puts the file in its place. It counts once the caller has committed the info.
    ///
    /// # Errors
    /// [`UsageError::Io`] or [`UsageError::Parquet`].
    pub fn finish(mut self) -> Result<DetailInfo, UsageError> {
        self.flush()?;
        let path = self.path;
        let file = self.writer.into_inner().map_err(UsageError::parquet("write", &path))?;
        let file = file.finish()?;
        let name = file.name(self.seq, "parquet");
        let info = DetailInfo {
            seq: self.seq,
            file: name.clone(),
            rows: self.rows,
            bytes: file.bytes,
            hash: file.hash.clone(),
        };
        file.publish(&self.folder, &name)?;
        sync_folder(&self.folder)?;
        Ok(info)
    }
}

impl Archive {
    /// The detail of a customer in committed files, file by file, in posting order. Reads only the
    /// row groups that hold the customer.
    #[must_use]
    pub fn detail_of<'a>(
        &'a self,
        customer: &CustomerCode,
        details: &[&'a DetailInfo],
    ) -> DetailRows<'a> {
        let files: Vec<&DetailInfo> = details.to_vec();
        DetailRows {
            archive: self,
            customer: customer.clone(),
            files: files.into_iter(),
            reader: None,
            rows: Vec::new().into_iter(),
            failed: false,
        }
    }

    /// What one committed event drew, in committed files.
    ///
    /// # Errors
    /// [`UsageError::NoSuchPlace`] and errors of reading.
    pub fn detail_at(
        &self,
        place: Place,
        details: &[&DetailInfo],
    ) -> Result<Vec<DetailRow>, UsageError> {
        let customer = self.event(place)?.customer;
        self.detail_of(&customer, details)
            .filter(|row| row.as_ref().map_or(true, |row| row.place() == place))
            .collect()
    }
}

/// The detail of one customer.
pub struct DetailRows<'a> {
    archive: &'a Archive,
    customer: CustomerCode,
    files: vec::IntoIter<&'a DetailInfo>,
    reader: Option<(PathBuf, ParquetRecordBatchReader)>,
    rows: vec::IntoIter<DetailRow>,
    failed: bool,
}

impl std::fmt::Debug for DetailRows<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("DetailRows").field("customer", &self.customer).finish_non_exhaustive()
    }
}

impl DetailRows<'_> {
    fn fill(&mut self) -> Result<bool, UsageError> {
        loop {
            if let Some((path, reader)) = &mut self.reader {
                if let Some(batch) = reader.next() {
                    let batch = batch.map_err(UsageError::arrow("read", path))?;
                    let rows = decode(&batch).ok_or_else(|| {
                        UsageError::damaged(path, "holds something that is not burn detail")
                    })?;
                    self.rows = rows.into_iter();
                    return Ok(true);
                }
                self.reader = None;
            }
            let Some(info) = self.files.next() else { return Ok(false) };
            let path = self.archive.detail_path(info);
            let file = SegmentFile::open(path.clone(), info.seq)?;
            let rows = file.rows_of(self.customer.as_str())?;
            if !rows.is_empty() {
                self.reader = Some((path, file.read_rows(&rows)?));
            }
        }
    }
}

impl Iterator for DetailRows<'_> {
    type Item = Result<DetailRow, UsageError>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            if self.failed {
                return None;
            }
            if let Some(row) = self.rows.next() {
                return Some(Ok(row));
            }
            match self.fill() {
                Ok(true) => {}
                Ok(false) => return None,
                Err(error) => {
                    self.failed = true;
                    return Some(Err(error));
                }
            }
        }
    }
}

/// The texts of a column by code.
struct Texts<'a> {
    codes: &'a Int32Array,
    values: Vec<Arc<str>>,
}

impl<'a> Texts<'a> {
    fn of(batch: &'a RecordBatch, name: &str) -> Option<Self> {
        let column = batch.column_by_name(name)?.as_dictionary_opt::<Int32Type>()?;
        let values = column.values().as_string_opt::<i32>()?;
        let values = values.iter().map(|text| Arc::from(text.unwrap_or_default())).collect();
        Some(Self { codes: column.keys(), values })
    }

    fn get(&self, row: usize) -> Option<Arc<str>> {
        if self.codes.is_null(row) {
            return None;
        }
        self.values.get(usize::try_from(self.codes.value(row)).ok()?).cloned()
    }
}

fn decode(batch: &RecordBatch) -> Option<Vec<DetailRow>> {
    let text = |name| Texts::of(batch, name);
    let wide = |name| batch.column_by_name(name)?.as_primitive_opt::<Int64Type>();
    let short = |name| batch.column_by_name(name)?.as_primitive_opt::<UInt32Type>();
    let (customer, card, rate) = (text(CUSTOMER)?, text("card")?, text("rate")?);
    let (reason, wallet, lot) = (text("reason")?, text("wallet")?, text("lot")?);
    let (unit, currency) = (text("unit")?, text("currency")?);
    let entry = batch.column_by_name("entry")?.as_primitive_opt::<UInt64Type>()?;
    let outcome = batch.column_by_name("outcome")?.as_primitive_opt::<UInt8Type>()?;
    let (segment, row, version) = (short("segment")?, short("row")?, short("version")?);
    let (converted, before) = (wide("converted")?, wide("quantity_before")?);
    let (units, money) = (wide("units")?, wide("money")?);
    (0..batch.num_rows())
        .map(|at| {
            Some(DetailRow {
                customer: customer.get(at)?,
                entry: entry.value(at),
                segment: segment.value(at),
                row: row.value(at),
                card: card.get(at),
                version: version.value(at),
                rate: rate.get(at),
                outcome: DetailOutcome::of(outcome.value(at))?,
                reason: reason.get(at),
                wallet: wallet.get(at),
                lot: lot.get(at),
                converted: converted.value(at),
                quantity_before: before.value(at),
                units: units.value(at),
                unit: unit.get(at)?,
                money: money.value(at),
                currency: currency.get(at),
            })
        })
        .collect()
}
