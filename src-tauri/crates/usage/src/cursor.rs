//! A cursor over the sorted events of one segment, and the batch that cursors fill together.
//!
//! Texts are looked at once for each dictionary, not once for each event: an event names its shape
//! by the codes that the file already has.

use std::collections::BTreeMap;
use std::ops::Range;
use std::path::PathBuf;
use std::sync::Arc;

use ahash::AHashMap;
use arrow_array::cast::AsArray;
use arrow_array::types::{
    Decimal128Type, Int32Type, Int64Type, TimestampMicrosecondType, UInt64Type,
};
use arrow_array::{
    Array, Decimal128Array, Int32Array, Int64Array, RecordBatch, StringArray,
    TimestampMicrosecondArray, UInt64Array,
};
use parquet::arrow::arrow_reader::ParquetRecordBatchReader;
use scrip_catalog::DeliveryCost;
use scrip_rating::{Place, Shape, UsageBatch, UsageEvent};
use scrip_units::{CustomerCode, Instant, MemberCode, MeterCode, UnitCode};

use crate::error::UsageError;
use crate::layout::{self, DIMENSION};
use crate::segment_file::SegmentFile;

/// Combinations of dictionary codes up to this many are found through a table.
const TABLE_MAX: usize = 1 << 16;
const NONE: u32 = u32::MAX;

/// The events of one customer, gathered from cursors.
#[derive(Debug, Default)]
pub(crate) struct BatchBuilder {
    /// Number of the customer at hand; what was remembered for another does not count.
    customer: u64,
    shapes: Vec<Shape>,
    shape_index: AHashMap<Shape, u32>,
    members: Vec<MemberCode>,
    member_index: AHashMap<MemberCode, u32>,
    events: Vec<UsageEvent>,
    costs: BTreeMap<Place, DeliveryCost>,
}

impl BatchBuilder {
    fn shape(&mut self, shape: &Shape) -> u32 {
        if let Some(index) = self.shape_index.get(shape) {
            return *index;
        }
        let index = u32::try_from(self.shapes.len()).unwrap_or(NONE);
        self.shapes.push(shape.clone());
        self.shape_index.insert(shape.clone(), index);
        index
    }

    fn member(&mut self, member: &MemberCode) -> u32 {
        if let Some(index) = self.member_index.get(member) {
            return *index;
        }
        let index = u32::try_from(self.members.len()).unwrap_or(NONE);
        self.members.push(member.clone());
        self.member_index.insert(member.clone(), index);
        index
    }

    /// The batch, sorted, if there are events; the builder is ready for the next customer.
    pub(crate) fn finish(&mut self, customer: &str) -> Result<Option<UsageBatch>, UsageError> {
        self.customer += 1;
        self.shape_index.clear();
        self.member_index.clear();
        let shapes = std::mem::take(&mut self.shapes);
        let members = std::mem::take(&mut self.members);
        let costs = std::mem::take(&mut self.costs);
        let capacity = self.events.len();
        let mut events =
            std::mem::replace(&mut self.events, Vec::with_capacity(capacity.min(4096)));
        if events.is_empty() {
            return Ok(None);
        }
        if !events.is_sorted_by_key(UsageEvent::order) {
            // Runs of several segments: the stable sort merges what is already in order.
            events.sort_by_key(UsageEvent::order);
        }
        let customer = CustomerCode::try_new(customer)
            .map_err(|error| UsageError::Manifest { problem: error.to_string() })?;
        Ok(Some(UsageBatch { customer, shapes, members, events, costs }))
    }
}

/// Numbers of rows, span by span.
#[derive(Debug)]
struct RowNumbers {
    spans: std::vec::IntoIter<Range<usize>>,
    span: Range<usize>,
}

impl RowNumbers {
    fn next(&mut self) -> u32 {
        while self.span.is_empty() {
            match self.spans.next() {
                Some(span) => self.span = span,
                None => return NONE,
            }
        }
        let row = self.span.start;
        self.span.start += 1;
        u32::try_from(row).unwrap_or(NONE)
    }
}

/// Stands at a customer of a segment.
pub(crate) struct SegmentCursor {
    segment: u32,
    path: PathBuf,
    dimensions: Vec<String>,
    reader: ParquetRecordBatchReader,
    rows: RowNumbers,
    windows: Vec<(i64, i64)>,
    texts: Texts,
    decoded: Option<Decoded>,
    at: usize,
}

impl std::fmt::Debug for SegmentCursor {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SegmentCursor").field("segment", &self.segment).finish_non_exhaustive()
    }
}

/// The columns of a batch.
struct Decoded {
    customer: Int32Array,
    customers: StringArray,
    occurred_at: TimestampMicrosecondArray,
    quantity: Int64Array,
    key_order: UInt64Array,
    member: Int32Array,
    /// Delivery costs, with their currencies, where the segment has them.
    cost: Option<(Decimal128Array, Int32Array, StringArray)>,
    /// For each row the number of its combination in [`Texts`].
    combination: Vec<u32>,
}

/// The dictionaries of a row group, and what was made of them.
#[derive(Default)]
struct Texts {
    meters: Option<StringArray>,
    dimensions: Vec<StringArray>,
    members: Option<StringArray>,
    combinations: Vec<Combination>,
    table: Vec<u32>,
    /// Where the table would be too large.
    map: AHashMap<Box<[u32]>, u32>,
    /// For each member the customer for whom it was looked up, its code, its number in the batch.
    member_memo: Vec<Option<(MemberCode, u64, u32)>>,
}

struct Combination {
    shape: Shape,
    /// The customer for whom it was looked up, and its number in the batch.
    memo: (u64, u32),
}

fn same(a: &StringArray, b: &StringArray) -> bool {
    a.values().as_ptr() == b.values().as_ptr()
        && a.value_offsets().as_ptr() == b.value_offsets().as_ptr()
        && a.len() == b.len()
}

/// The code of a row plus one; 0 for none.
fn codes(column: &Int32Array) -> Vec<u32> {
    let plain = |code: &i32| u32::try_from(*code).map_or(0, |code| code + 1);
    if column.null_count() == 0 {
        return column.values().iter().map(plain).collect();
    }
    column.iter().map(|code| code.as_ref().map_or(0, plain)).collect()
}

impl Texts {
    /// Forgets what belonged to other dictionaries.
    fn renew(&mut self, meters: &StringArray, dimensions: &[StringArray], members: &StringArray) {
        let known = self.meters.as_ref().is_some_and(|held| same(held, meters))
            && self.dimensions.len() == dimensions.len()
            && self.dimensions.iter().zip(dimensions).all(|(held, new)| same(held, new));
        if !known {
            self.meters = Some(meters.clone());
            self.dimensions = dimensions.to_vec();
            self.combinations.clear();
            self.map.clear();
            let size = dimensions
                .iter()
                .try_fold(meters.len() + 1, |size, values| size.checked_mul(values.len() + 1));
            self.table.clear();
            if let Some(size) = size.filter(|size| *size <= TABLE_MAX) {
                self.table.resize(size, NONE);
            }
        }
        if !self.members.as_ref().is_some_and(|held| same(held, members)) {
            self.members = Some(members.clone());
            self.member_memo.clear();
            self.member_memo.resize(members.len(), None);
        }
    }

    /// The combination of each row.
    fn combine(
        &mut self,
        meter: Vec<u32>,
        columns: &[Vec<u32>],
        names: &[String],
    ) -> Option<Vec<u32>> {
        if self.table.is_empty() {
            return self.combine_by_map(&meter, columns, names);
        }
        let mut index = meter;
        for (column, values) in columns.iter().zip(&self.dimensions) {
            let size = u32::try_from(values.len() + 1).ok()?;
            for (index, code) in index.iter_mut().zip(column) {
                *index = *index * size + code;
            }
        }
        for at in &mut index {
            let slot = usize::try_from(*at).ok()?;
            let mut found = self.table[slot];
            if found == NONE {
                found = self.add_from_index(*at, names)?;
                self.table[slot] = found;
            }
            *at = found;
        }
        Some(index)
    }

    fn add_from_index(&mut self, mut index: u32, names: &[String]) -> Option<u32> {
        let mut codes = vec![0; self.dimensions.len() + 1];
        for (place, values) in self.dimensions.iter().enumerate().rev() {
            let size = u32::try_from(values.len() + 1).ok()?;
            codes[place + 1] = index % size;
            index /= size;
        }
        codes[0] = index;
        self.add(&codes, names)
    }

    fn combine_by_map(
        &mut self,
        meter: &[u32],
        columns: &[Vec<u32>],
        names: &[String],
    ) -> Option<Vec<u32>> {
        let mut codes = vec![0; columns.len() + 1];
        let mut found = Vec::with_capacity(meter.len());
        for row in 0..meter.len() {
            codes[0] = meter[row];
            for (place, column) in columns.iter().enumerate() {
                codes[place + 1] = column[row];
            }
            let number = match self.map.get(codes.as_slice()) {
                Some(number) => *number,
                None => {
                    let number = self.add(&codes, names)?;
                    self.map.insert(codes.clone().into(), number);
                    number
                }
            };
            found.push(number);
        }
        Some(found)
    }

    fn add(&mut self, codes: &[u32], names: &[String]) -> Option<u32> {
        let text = |values: &StringArray, code: u32| -> Option<String> {
            let index = usize::try_from(code.checked_sub(1)?).ok()?;
            (index < values.len()).then(|| values.value(index).to_owned())
        };
        let meter = text(self.meters.as_ref()?, codes[0])?;
        let mut dimensions = BTreeMap::new();
        for ((values, code), name) in self.dimensions.iter().zip(&codes[1..]).zip(names) {
            if *code > 0 {
                dimensions.insert(Arc::from(name.as_str()), Arc::from(text(values, *code)?));
            }
        }
        let shape = Shape { meter: MeterCode::try_new(&meter).ok()?, dimensions };
        self.combinations.push(Combination { shape, memo: (u64::MAX, 0) });
        u32::try_from(self.combinations.len() - 1).ok()
    }
}

impl SegmentCursor {
    /// A cursor over rows of a segment; events outside the windows (sorted, apart) are passed over.
    pub(crate) fn new(
        file: &SegmentFile,
        rows: Vec<Range<usize>>,
        windows: Vec<(i64, i64)>,
    ) -> Result<Self, UsageError> {
        let dimensions: Vec<String> = file.dimensions().map(str::to_owned).collect();
        let named: Vec<String> = dimensions.iter().map(|d| format!("{DIMENSION}{d}")).collect();
        let mut columns = vec![
            layout::CUSTOMER,
            layout::OCCURRED_AT,
            layout::METER,
            layout::QUANTITY,
            layout::MEMBER,
            layout::KEY_ORDER,
        ];
        if file.has_costs() {
            columns.extend([layout::COST, layout::COST_CURRENCY]);
        }
        columns.extend(named.iter().map(String::as_str));
        let reader = file.read(&columns, &rows)?;
        Ok(Self {
            segment: file.segment,
            path: file.path().to_owned(),
            dimensions,
            reader,
            rows: RowNumbers { spans: rows.into_iter(), span: 0..0 },
            windows,
            texts: Texts::default(),
            decoded: None,
            at: 0,
        })
    }

    /// The customer it stands at; nothing at the end.
    pub(crate) fn customer(&mut self) -> Result<Option<&str>, UsageError> {
        while self.decoded.as_ref().is_none_or(|decoded| self.at >= decoded.customer.len()) {
            let Some(batch) = self.reader.next() else { return Ok(None) };
            let batch = batch.map_err(UsageError::arrow("read", &self.path))?;
            let decoded = self.decode(&batch);
            self.decoded = Some(decoded.ok_or_else(|| self.damaged())?);
            self.at = 0;
        }
        let at = self.at;
        Ok(self.decoded.as_ref().and_then(|decoded| decoded.customer_at(at)))
    }

    fn damaged(&self) -> UsageError {
        UsageError::damaged(&self.path, "holds something that is not an event")
    }

    fn decode(&mut self, batch: &RecordBatch) -> Option<Decoded> {
        let dictionary = |name: &str| -> Option<(Int32Array, StringArray)> {
            let column = batch.column_by_name(name)?.as_dictionary_opt::<Int32Type>()?;
            Some((column.keys().clone(), column.values().as_string_opt::<i32>()?.clone()))
        };
        let (customer, customers) = dictionary(layout::CUSTOMER)?;
        let (member, members) = dictionary(layout::MEMBER)?;
        let (meter, meters) = dictionary(layout::METER)?;
        let mut columns = Vec::with_capacity(self.dimensions.len());
        let mut values = Vec::with_capacity(self.dimensions.len());
        for name in &self.dimensions {
            let (keys, texts) = dictionary(&format!("{DIMENSION}{name}"))?;
            columns.push(codes(&keys));
            values.push(texts);
        }
        self.texts.renew(&meters, &values, &members);
        let combination = self.texts.combine(codes(&meter), &columns, &self.dimensions)?;
        let times = batch.column_by_name(layout::OCCURRED_AT)?;
        let quantity = batch.column_by_name(layout::QUANTITY)?;
        let key_order = batch.column_by_name(layout::KEY_ORDER)?;
        let cost = match batch.column_by_name(layout::COST) {
            Some(amounts) => {
                let (codes, currencies) = dictionary(layout::COST_CURRENCY)?;
                Some((amounts.as_primitive_opt::<Decimal128Type>()?.clone(), codes, currencies))
            }
            None => None,
        };
        Some(Decoded {
            customer,
            customers,
            occurred_at: times.as_primitive_opt::<TimestampMicrosecondType>()?.clone(),
            quantity: quantity.as_primitive_opt::<Int64Type>()?.clone(),
            key_order: key_order.as_primitive_opt::<UInt64Type>()?.clone(),
            member,
            cost,
            combination,
        })
    }

    /// Moves past those rows of the customer it stands at that are decoded.
    pub(crate) fn pass(&mut self) {
        let Some(decoded) = &self.decoded else { return };
        let end = decoded.end_of_run(self.at);
        for _ in self.at..end {
            self.rows.next();
        }
        self.at = end;
    }

    /// Moves past the customer it stands at and gives its events to the builder.
    pub(crate) fn take(
        &mut self,
        customer: &str,
        builder: &mut BatchBuilder,
    ) -> Result<(), UsageError> {
        while self.customer()? == Some(customer) {
            let Some(decoded) = &self.decoded else { break };
            let end = decoded.end_of_run(self.at);
            let run = Run {
                segment: self.segment,
                windows: &self.windows,
                decoded,
                rows: &mut self.rows,
                texts: &mut self.texts,
            };
            let taken = run.give(self.at..end, builder);
            self.at = end;
            taken.ok_or_else(|| self.damaged())?;
        }
        Ok(())
    }
}

impl Decoded {
    /// Where the rows of the customer end that begin, or go on, at a row.
    fn end_of_run(&self, at: usize) -> usize {
        let codes = &self.customer.values()[at..];
        let first = codes.first().copied();
        at + codes.iter().take_while(|code| Some(**code) == first).count()
    }

    /// The delivery cost of a row, if it has one; none when it cannot be read.
    #[expect(clippy::option_option, reason = "what cannot be read is damage, as everywhere here")]
    fn cost_at(&self, row: usize) -> Option<Option<DeliveryCost>> {
        let Some((amounts, codes, currencies)) = &self.cost else { return Some(None) };
        if amounts.is_null(row) {
            return Some(None);
        }
        let code =
            usize::try_from(codes.value(row)).ok().filter(|code| *code < currencies.len())?;
        let currency = UnitCode::try_new(currencies.value(code)).ok()?;
        DeliveryCost::of_atoms(amounts.value(row), currency).map(Some)
    }

    fn customer_at(&self, row: usize) -> Option<&str> {
        let code = usize::try_from(*self.customer.values().get(row)?).ok()?;
        (code < self.customers.len()).then(|| self.customers.value(code))
    }
}

/// The rows of a customer in a batch.
struct Run<'a> {
    segment: u32,
    windows: &'a [(i64, i64)],
    decoded: &'a Decoded,
    rows: &'a mut RowNumbers,
    texts: &'a mut Texts,
}

impl Run<'_> {
    fn give(self, span: Range<usize>, builder: &mut BatchBuilder) -> Option<()> {
        let Self { segment, windows, decoded, rows, texts } = self;
        builder.events.reserve(span.len());
        let times = &decoded.occurred_at.values()[span.clone()];
        let quantities = &decoded.quantity.values()[span.clone()];
        let orders = &decoded.key_order.values()[span.clone()];
        let combinations = &decoded.combination[span.clone()];
        let has_members = decoded.member.null_count() < decoded.member.len();
        for index in 0..span.len() {
            let row = rows.next();
            let time = times[index];
            if !windows.iter().any(|(from, until)| (*from..*until).contains(&time)) {
                continue;
            }
            let combination = &mut texts.combinations[usize::try_from(combinations[index]).ok()?];
            if combination.memo.0 != builder.customer {
                combination.memo = (builder.customer, builder.shape(&combination.shape));
            }
            let shape = combination.memo.1;
            let member = if has_members && decoded.member.is_valid(span.start + index) {
                texts.member(decoded.member.value(span.start + index), builder)?
            } else {
                NONE
            };
            let place = Place { segment, row };
            if let Some(cost) = decoded.cost_at(span.start + index)? {
                builder.costs.insert(place, cost);
            }
            builder.events.push(UsageEvent {
                occurred_at: Instant::from_micros(time).ok()?,
                quantity: quantities[index],
                shape,
                place,
                key_order: orders[index],
                member,
            });
        }
        Some(())
    }
}

impl Texts {
    fn member(&mut self, code: i32, builder: &mut BatchBuilder) -> Option<u32> {
        let code = usize::try_from(code).ok()?;
        let memo = self.member_memo.get_mut(code)?;
        match memo {
            Some((_, customer, index)) if *customer == builder.customer => Some(*index),
            Some((member, customer, index)) => {
                *customer = builder.customer;
                *index = builder.member(member);
                Some(*index)
            }
            None => {
                let member = MemberCode::try_new(self.members.as_ref()?.value(code)).ok()?;
                let index = builder.member(&member);
                *memo = Some((member, builder.customer, index));
                Some(index)
            }
        }
    }
}
