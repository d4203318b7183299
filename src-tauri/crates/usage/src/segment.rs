//! A segment being made: events gathered, hashed, sorted by customer, time and key, and written.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;

use ahash::AHashMap;
use arrow_array::builder::StringBuilder;
use arrow_array::types::Int32Type;
use arrow_array::{
    ArrayRef, Decimal128Array, DictionaryArray, Int32Array, Int64Array, RecordBatch, StringArray,
    TimestampMicrosecondArray, UInt64Array,
};
use arrow_schema::SchemaRef;
use scrip_units::Instant;

use crate::error::UsageError;
use crate::files::{Finished, StagedFile};
use crate::key_spill::{KeyRecord, KeySpill};
use crate::layout::{self, COST_DECIMALS, COST_DIGITS, ROW_GROUP_ROWS};
use crate::plan::{OwnCost, RowEvents, ShapeTexts};

/// Events that travel together from the reader to the writer.
#[derive(Debug, Default)]
pub(crate) struct Block {
    /// Texts that events of this block are the first of the segment to use.
    pub(crate) customers: Vec<Arc<str>>,
    pub(crate) members: Vec<Arc<str>>,
    pub(crate) shapes: Vec<ShapeTexts>,
    customer: Vec<u32>,
    member: Vec<u32>,
    shape: Vec<u32>,
    quantity: Vec<i64>,
    occurred_at: Vec<i64>,
    ordinal: Vec<u64>,
    keys: String,
    key_end: Vec<usize>,
    /// Rows with a delivery cost of their own.
    cost: Vec<(usize, OwnCost)>,
    /// Whether the segment ends with this block.
    pub(crate) ends_segment: bool,
}

impl Block {
    /// Adds the events of one row. The ordinal orders events as their rows came.
    pub(crate) fn push(&mut self, row: &RowEvents, line: u64) {
        let base = self.keys.len();
        self.keys.push_str(&row.keys);
        for (index, event) in row.events.iter().enumerate() {
            self.cost.extend(event.cost.map(|cost| (self.customer.len(), cost)));
            self.customer.push(row.customer);
            self.member.push(row.member);
            self.shape.push(event.shape);
            self.quantity.push(event.quantity);
            self.occurred_at.push(row.occurred_at);
            self.ordinal.push(line << ORDINAL_BITS | index as u64);
            self.key_end.push(base + event.key_end);
        }
    }

    pub(crate) fn rows(&self) -> usize {
        self.customer.len()
    }
}

/// Bits of an ordinal that number the events of one row.
const ORDINAL_BITS: u32 = 8;

/// The line that an ordinal was made of.
pub(crate) fn line_of(ordinal: u64) -> u64 {
    ordinal >> ORDINAL_BITS
}

/// A written segment that is not yet in its place.
#[derive(Debug)]
pub(crate) struct StagedSegment {
    pub(crate) seq: u32,
    pub(crate) file: Finished,
    pub(crate) rows: u32,
    pub(crate) facts: Facts,
}

/// What the manifest says about the events of a segment.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Facts {
    pub(crate) first_at: i64,
    pub(crate) last_at: i64,
    pub(crate) customers: u32,
}

type Digest = [u8; 16];

fn digest(bytes: &[u8]) -> Digest {
    first16(&blake3::hash(bytes))
}

fn first16(hash: &blake3::Hash) -> Digest {
    let mut first = [0; 16];
    first.copy_from_slice(&hash.as_bytes()[..16]);
    first
}

fn shape_digest(shape: &ShapeTexts) -> Digest {
    let mut hasher = blake3::Hasher::new();
    let mut text = |text: &str| {
        hasher.update(&(text.len() as u64).to_be_bytes());
        hasher.update(text.as_bytes());
    };
    text(&shape.meter);
    for (name, value) in &shape.dimensions {
        text(name);
        text(value);
    }
    first16(&hasher.finalize())
}

/// The hash of an event key: the first 16 bytes of its BLAKE3 hash, big endian.
pub(crate) fn key_hash(key: &str) -> u128 {
    u128::from_be_bytes(digest(key.as_bytes()))
}

/// The first eight bytes of a key hash, big endian.
pub(crate) fn key_order(hash: u128) -> u64 {
    u64::try_from(hash >> 64).unwrap_or(u64::MAX)
}

/// The events of one segment, in the order in which they came.
#[derive(Debug, Default)]
pub(crate) struct Gathered {
    customers: Vec<(Arc<str>, Digest)>,
    members: Vec<(Arc<str>, Digest)>,
    shapes: Vec<(ShapeTexts, Digest)>,
    customer: Vec<u32>,
    member: Vec<u32>,
    shape: Vec<u32>,
    quantity: Vec<i64>,
    occurred_at: Vec<i64>,
    ordinal: Vec<u64>,
    hash: Vec<u128>,
    content: Vec<u64>,
    keys: String,
    key_end: Vec<usize>,
    cost: AHashMap<usize, OwnCost>,
}

fn at(index: u32) -> usize {
    usize::try_from(index).unwrap_or(usize::MAX)
}

impl Gathered {
    pub(crate) fn rows(&self) -> usize {
        self.customer.len()
    }

    /// Takes over a block and hashes its keys and contents.
    ///
    /// The content hash is the first eight bytes of BLAKE3 over 64 bytes: the 16-byte digests of
    /// customer, member (zeros for none) and shape, then quantity and time, both big endian. An event with
    /// a delivery cost of its own adds 32: the amount in 10^-18, big endian, and the digest of its
    /// currency.
    pub(crate) fn take(&mut self, block: Block) {
        let with_digest = |text: Arc<str>| {
            let digest = digest(text.as_bytes());
            (text, digest)
        };
        self.customers.extend(block.customers.into_iter().map(with_digest));
        self.members.extend(block.members.into_iter().map(with_digest));
        self.shapes.extend(block.shapes.into_iter().map(|shape| {
            let digest = shape_digest(&shape);
            (shape, digest)
        }));
        let base = self.keys.len();
        let mut start = 0;
        let (mut content, rows) = ([0; 64], self.customer.len());
        self.cost.extend(block.cost.into_iter().map(|(row, cost)| (rows + row, cost)));
        for row in 0..block.customer.len() {
            let end = block.key_end[row];
            self.hash.push(key_hash(&block.keys[start..end]));
            self.key_end.push(base + end);
            start = end;
            content[..16].copy_from_slice(&self.customers[at(block.customer[row])].1);
            match self.members.get(at(block.member[row])) {
                Some((_, digest)) => content[16..32].copy_from_slice(digest),
                None => content[16..32].fill(0),
            }
            content[32..48].copy_from_slice(&self.shapes[at(block.shape[row])].1);
            content[48..56].copy_from_slice(&block.quantity[row].to_be_bytes());
            content[56..].copy_from_slice(&block.occurred_at[row].to_be_bytes());
            let digest_of = match self.cost.get(&(rows + row)) {
                Some((atoms, currency)) => {
                    let currency = digest(currency.as_str().as_bytes());
                    digest(&[content.as_slice(), &atoms.to_be_bytes(), &currency].concat())
                }
                None => digest(&content),
            };
            self.content.push(key_order(u128::from_be_bytes(digest_of)));
        }
        self.keys.push_str(&block.keys);
        self.customer.extend(block.customer);
        self.member.extend(block.member);
        self.shape.extend(block.shape);
        self.quantity.extend(block.quantity);
        self.occurred_at.extend(block.occurred_at);
        self.ordinal.extend(block.ordinal);
    }

    fn key(&self, row: usize) -> &str {
        let start = if row == 0 { 0 } else { self.key_end[row - 1] };
        &self.keys[start..self.key_end[row]]
    }

    /// Sorts the events, writes them as segment `seq`, and hands their keys to the spill.
    pub(crate) fn write(
        mut self,
        seq: u32,
        path: &Path,
        received_at: Instant,
        spill: &mut KeySpill,
    ) -> Result<StagedSegment, UsageError> {
        let rows = u32::try_from(self.rows())
            .map_err(|_| UsageError::TooMany { what: "a segment of the usage archive" })?;
        let (ranks, sorted_customers) = rank(&self.customers);
        let order = self.order(&ranks);
        for (position, row) in order.iter().enumerate() {
            let row = at(*row);
            spill.push(KeyRecord {
                hash: self.hash[row],
                content: self.content[row],
                segment: seq,
                // Positions are below the number of rows, which fits.
                row: u32::try_from(position).unwrap_or(u32::MAX),
                ordinal: self.ordinal[row],
            })?;
        }
        let facts = Facts {
            first_at: self.occurred_at.iter().copied().min().unwrap_or(0),
            last_at: self.occurred_at.iter().copied().max().unwrap_or(0),
            customers: u32::try_from(sorted_customers.len()).unwrap_or(u32::MAX),
        };
        // No longer needed, and a segment's worth of memory.
        self.content = Vec::new();
        self.ordinal = Vec::new();
        let columns = self.columns(&sorted_customers, &ranks);
        let mut writer = layout::writer(StagedFile::create(path.to_owned())?, &columns.schema)
            .map_err(UsageError::parquet("write", path))?;
        for chunk in order.chunks(ROW_GROUP_ROWS) {
            let batch = self
                .batch(&columns, chunk, received_at)
                .map_err(UsageError::arrow("write", path))?;
            writer.write(&batch).map_err(UsageError::parquet("write", path))?;
        }
        let file = writer.into_inner().map_err(UsageError::parquet("write", path))?.finish()?;
        Ok(StagedSegment { seq, file, rows, facts })
    }

    /// Row numbers by customer, time, key hash, and order of arrival.
    fn order(&self, ranks: &[u32]) -> Vec<u32> {
        let mut starts = vec![0_usize; ranks.len() + 1];
        for customer in &self.customer {
            starts[at(ranks[at(*customer)]) + 1] += 1;
        }
        for index in 1..starts.len() {
            starts[index] += starts[index - 1];
        }
        let mut next = starts.clone();
        let mut order = vec![0_u32; self.rows()];
        for (row, customer) in (0_u32..).zip(&self.customer) {
            let place = &mut next[at(ranks[at(*customer)])];
            order[*place] = row;
            *place += 1;
        }
        let mut keyed = Vec::new();
        for span in starts.windows(2) {
            let rows = &mut order[span[0]..span[1]];
            keyed.clear();
            keyed.extend(rows.iter().map(|row| {
                let index = at(*row);
                (self.occurred_at[index], self.hash[index], self.ordinal[index], *row)
            }));
            if !keyed.is_sorted() {
                keyed.sort_unstable();
                for (row, (_, _, _, sorted)) in rows.iter_mut().zip(&keyed) {
                    *row = *sorted;
                }
            }
        }
        order
    }

    fn columns(&self, sorted_customers: &[Arc<str>], ranks: &[u32]) -> Columns {
        let names: BTreeSet<&Arc<str>> =
            self.shapes.iter().flat_map(|(shape, _)| shape.dimensions.keys()).collect();
        let shapes = || self.shapes.iter().map(|(shape, _)| shape);
        let dimensions = names
            .iter()
            .map(|name| Coded::of(shapes().map(|shape| shape.dimensions.get(*name))))
            .collect();
        let code = |rank: &u32| i32::try_from(*rank).ok();
        Columns {
            schema: layout::schema(names.iter().map(|name| &***name), !self.cost.is_empty()),
            customer: Coded {
                codes: ranks.iter().map(code).collect(),
                values: strings(sorted_customers),
            },
            member: Coded::of(self.members.iter().map(|(text, _)| Some(text))),
            meter: Coded::of(shapes().map(|shape| Some(&shape.meter))),
            dimensions,
        }
    }

    fn batch(
        &self,
        columns: &Columns,
        rows: &[u32],
        received_at: Instant,
    ) -> Result<RecordBatch, arrow_schema::ArrowError> {
        let pick = |from: &[u32]| rows.iter().map(|row| from[at(*row)]).collect::<Vec<u32>>();
        let shapes = pick(&self.shape);
        let mut keys = StringBuilder::with_capacity(rows.len(), rows.len() * 32);
        for row in rows {
            keys.append_value(self.key(at(*row)));
        }
        let instants = |values: Vec<i64>| -> ArrayRef {
            Arc::new(TimestampMicrosecondArray::from(values).with_timezone("UTC"))
        };
        let mut arrays: Vec<ArrayRef> = vec![
            columns.customer.array(&pick(&self.customer))?,
            instants(rows.iter().map(|row| self.occurred_at[at(*row)]).collect()),
            columns.meter.array(&shapes)?,
            Arc::new(Int64Array::from_iter_values(rows.iter().map(|r| self.quantity[at(*r)]))),
            columns.member.array(&pick(&self.member))?,
            Arc::new(keys.finish()),
            Arc::new(UInt64Array::from_iter_values(
                rows.iter().map(|row| key_order(self.hash[at(*row)])),
            )),
            instants(vec![received_at.micros(); rows.len()]),
        ];
        if !self.cost.is_empty() {
            let costs = || rows.iter().map(|row| self.cost.get(&at(*row)));
            let amounts: Decimal128Array = costs().map(|cost| Some(cost?.0)).collect();
            let amounts = amounts.with_precision_and_scale(COST_DIGITS, COST_DECIMALS)?;
            let currencies: DictionaryArray<Int32Type> =
                costs().map(|cost| Some(cost?.1.as_str())).collect();
            arrays.push(Arc::new(amounts));
            arrays.push(Arc::new(currencies));
        }
        for dimension in &columns.dimensions {
            arrays.push(dimension.array(&shapes)?);
        }
        RecordBatch::try_new(Arc::clone(&columns.schema), arrays)
    }
}

/// The columns of a segment whose values repeat.
struct Columns {
    schema: SchemaRef,
    customer: Coded,
    member: Coded,
    meter: Coded,
    dimensions: Vec<Coded>,
}

/// Texts with a code for each index that rows name them by.
struct Coded {
    codes: Vec<Option<i32>>,
    values: ArrayRef,
}

impl Coded {
    fn of<'a>(texts: impl Iterator<Item = Option<&'a Arc<str>>>) -> Self {
        let mut known: AHashMap<&Arc<str>, i32> = AHashMap::new();
        let mut values: Vec<&Arc<str>> = Vec::new();
        let codes = texts
            .map(|text| {
                let text = text?;
                Some(*known.entry(text).or_insert_with(|| {
                    values.push(text);
                    i32::try_from(values.len() - 1).unwrap_or(i32::MAX)
                }))
            })
            .collect();
        Self { codes, values: strings(&values) }
    }

    fn array(&self, indexes: &[u32]) -> Result<ArrayRef, arrow_schema::ArrowError> {
        // An index beyond all is that of "none".
        let codes: Int32Array =
            indexes.iter().map(|index| self.codes.get(at(*index)).copied().flatten()).collect();
        let array = DictionaryArray::<Int32Type>::try_new(codes, Arc::clone(&self.values))?;
        Ok(Arc::new(array))
    }
}

fn strings<T: AsRef<str>>(texts: &[T]) -> ArrayRef {
    Arc::new(StringArray::from_iter_values(texts))
}

/// For each customer its rank by code, and the customers in that order.
fn rank(customers: &[(Arc<str>, Digest)]) -> (Vec<u32>, Vec<Arc<str>>) {
    let mut sorted: Vec<usize> = (0..customers.len()).collect();
    sorted.sort_unstable_by(|a, b| customers[*a].0.cmp(&customers[*b].0));
    let mut ranks = vec![0; customers.len()];
    for (rank, index) in (0_u32..).zip(&sorted) {
        ranks[*index] = rank;
    }
    (ranks, sorted.into_iter().map(|index| Arc::clone(&customers[index].0)).collect())
}
