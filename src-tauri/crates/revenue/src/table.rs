//! Tables of exact amounts: the shape of every report, whatever it is written to.
//!
//! A total names the detail rows it adds up, so that a spreadsheet can carry the same sum as a
//! formula, and [`Table::verify`] can add it up again.

use std::ops::Range;

use scrip_units::{Date, Month, Unit, UnitCode, format_steps};
use serde::ser::SerializeStruct;
use serde::{Serialize, Serializer};

/// What the cells of a column hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ColumnKind {
    /// Words and codes.
    Text,
    /// Days.
    Date,
    /// Months.
    Month,
    /// Money; `None` when the unit changes from row to row and stands in a column of its own.
    Amount(Option<Unit>),
    /// Units of wallets; `None` as for money.
    Units(Option<Unit>),
    /// Whole numbers of things.
    Count,
    /// Shares of a hundred.
    Percent,
}

impl ColumnKind {
    /// The unit that all cells of the column share, if they do.
    #[must_use]
    pub fn unit(self) -> Option<Unit> {
        match self {
            Self::Amount(unit) | Self::Units(unit) => unit,
            Self::Text | Self::Date | Self::Month | Self::Count | Self::Percent => None,
        }
    }

    /// Whether its cells are numbers, which stand to the right.
    #[must_use]
    pub fn is_numeric(self) -> bool {
        matches!(self, Self::Amount(_) | Self::Units(_) | Self::Count | Self::Percent)
    }
}

/// Written as `{"is": "amount", "unit": "EUR", "decimals": 2}`; the unit only where the whole column
/// shares it.
impl Serialize for ColumnKind {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        let is = match self {
            Self::Text => "text",
            Self::Date => "date",
            Self::Month => "month",
            Self::Amount(_) => "amount",
            Self::Units(_) => "units",
            Self::Count => "count",
            Self::Percent => "percent",
        };
        let mut fields =
            s.serialize_struct("ColumnKind", if self.unit().is_some() { 3 } else { 1 })?;
        fields.serialize_field("is", is)?;
        if let Some(unit) = self.unit() {
            fields.serialize_field("unit", &unit.code())?;
            fields.serialize_field("decimals", &unit.scale().decimals())?;
        }
        fields.end()
    }
}

/// A column.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Column {
    /// The name for programs: `closing`, `2026-03`.
    pub key: String,
    /// The name for people: `Closing`.
    pub heading: String,
    /// What it holds.
    pub kind: ColumnKind,
    /// When the column is the sum of columns to its left in every row: which.
    pub sum_of: Option<Range<usize>>,
}

impl Column {
    /// A column that is no sum of others.
    #[must_use]
    pub fn new(key: impl Into<String>, heading: impl Into<String>, kind: ColumnKind) -> Self {
        Self { key: key.into(), heading: heading.into(), kind, sum_of: None }
    }

    /// The same column as the sum of columns to its left.
    #[must_use]
    pub fn sum_of(mut self, columns: Range<usize>) -> Self {
        self.sum_of = Some(columns);
        self
    }

    /// The heading with the unit that all cells share: `Closing (EUR)`.
    #[must_use]
    pub fn heading_with_unit(&self) -> String {
        match self.kind.unit() {
            Some(unit) => format!("{} ({})", self.heading, unit.code()),
            None => self.heading.clone(),
        }
    }
}

/// A cell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Cell {
    /// Nothing: the figure does not exist here. A figure that is zero is an amount of zero.
    Empty,
    /// Words or a code.
    Text(String),
    /// A day.
    Date(Date),
    /// A month.
    Month(Month),
    /// Smallest steps of a unit.
    Amount(i128, Unit),
    /// A number of things.
    Count(u64),
    /// Hundredths of a percent: 1250 is 12.50 %.
    Percent(i64),
}

impl Cell {
    /// A text cell.
    #[must_use]
    pub fn text(text: impl Into<String>) -> Self {
        Self::Text(text.into())
    }

    /// A cell of an optional text; empty when there is none.
    #[must_use]
    pub fn optional(text: Option<impl ToString>) -> Self {
        text.map_or(Self::Empty, |text| Self::Text(text.to_string()))
    }

    /// The cell as plain text: ISO dates and months, decimals without separators or unit.
    #[must_use]
    pub fn plain(&self) -> String {
        match self {
            Self::Empty => String::new(),
            Self::Text(text) => text.clone(),
            Self::Date(day) => day.to_string(),
            Self::Month(month) => month.to_string(),
            Self::Amount(steps, unit) => format_steps(*steps, unit.scale()),
            Self::Count(count) => count.to_string(),
            Self::Percent(hundredths) => {
                let sign = if *hundredths < 0 { "-" } else { "" };
                let size = hundredths.unsigned_abs();
                format!("{sign}{}.{:02}", size / 100, size % 100)
            }
        }
    }
}

/// Written as `{"kind": "amount", "value": "12.50", "unit": "EUR"}`: values are texts, so that no
/// reader makes a float of an amount.
impl Serialize for Cell {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        let kind = match self {
            Self::Empty => "empty",
            Self::Text(_) => "text",
            Self::Date(_) => "date",
            Self::Month(_) => "month",
            Self::Amount(..) => "amount",
            Self::Count(_) => "count",
            Self::Percent(_) => "percent",
        };
        let unit = if let Self::Amount(_, unit) = self { Some(unit.code()) } else { None };
        let mut fields = s.serialize_struct("Cell", if unit.is_some() { 3 } else { 2 })?;
        fields.serialize_field("kind", kind)?;
        fields.serialize_field("value", &self.plain())?;
        if let Some(unit) = unit {
            fields.serialize_field("unit", &unit)?;
        }
        fields.end()
    }
}

/// What a row is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case", tag = "is", content = "sums")]
pub enum RowKind {
    /// A row of the report.
    Detail,
    /// The sum of some detail rows of the same table.
    Subtotal(Vec<Range<usize>>),
    /// The sum of detail rows at the foot of a table or of a unit.
    Total(Vec<Range<usize>>),
}

impl RowKind {
    /// The positions of the detail rows that the row adds up; none for a detail row.
    #[must_use]
    pub fn sums(&self) -> &[Range<usize>] {
        match self {
            Self::Detail => &[],
            Self::Subtotal(rows) | Self::Total(rows) => rows,
        }
    }
}

/// A row: one cell for each column.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Row {
    /// Detail, subtotal or total.
    pub kind: RowKind,
    /// The cells.
    pub cells: Vec<Cell>,
}

impl Row {
    /// A detail row.
    #[must_use]
    pub fn detail(cells: Vec<Cell>) -> Self {
        Self { kind: RowKind::Detail, cells }
    }
}

/// A table.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Table {
    /// What it shows: `Contract liabilities, EUR`.
    pub title: String,
    /// Sentences under the title: what is in, what is out, which sign.
    pub subtitle: Vec<String>,
    /// Columns.
    pub columns: Vec<Column>,
    /// Rows; totals after the rows they add up.
    pub rows: Vec<Row>,
}

/// What is wrong with a table, or why a report cannot be made.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ReportError {
    /// A sum left 128 bits.
    #[error("the sum of {what} is too large")]
    Overflow {
        /// What was added up.
        what: String,
    },
    /// The period runs backwards.
    #[error("the period runs backwards: it starts with {from} and ends with {to}")]
    Period {
        /// First month.
        from: Month,
        /// Last month.
        to: Month,
    },
    /// A row has not one cell per column.
    #[error("row {row} of {table:?} has {cells} cells for {columns} columns")]
    Cells {
        /// Title of the table.
        table: String,
        /// Position of the row.
        row: usize,
        /// Number of its cells.
        cells: usize,
        /// Number of columns.
        columns: usize,
    },
    /// A cell is counted in another unit than its column.
    #[error("row {row} of {table:?} has {found} in the column {column:?}")]
    Unit {
        /// Title of the table.
        table: String,
        /// Position of the row.
        row: usize,
        /// Key of the column.
        column: String,
        /// Unit of the cell.
        found: UnitCode,
    },
    /// A total is not the sum of what it says it adds up.
    #[error(
        "row {row} of {table:?} says {says} in the column {column:?}, its parts add up to {sum}"
    )]
    Total {
        /// Title of the table.
        table: String,
        /// Position of the row.
        row: usize,
        /// Key of the column.
        column: String,
        /// What the cell says.
        says: String,
        /// The sum.
        sum: String,
    },
}

/// `sum + steps`, or an error that says what was added up.
pub(crate) fn add(sum: i128, steps: i128, what: &str) -> Result<i128, ReportError> {
    sum.checked_add(steps).ok_or_else(|| ReportError::Overflow { what: what.to_owned() })
}

/// `sum - steps`, or an error that says what was added up.
pub(crate) fn sub(sum: i128, steps: i128, what: &str) -> Result<i128, ReportError> {
    sum.checked_sub(steps).ok_or_else(|| ReportError::Overflow { what: what.to_owned() })
}

impl Table {
    /// A table without rows.
    #[must_use]
    pub fn new(title: impl Into<String>, columns: Vec<Column>) -> Self {
        Self { title: title.into(), subtitle: Vec::new(), columns, rows: Vec::new() }
    }

    /// The position of a column.
    #[must_use]
    pub fn column(&self, key: &str) -> Option<usize> {
        self.columns.iter().position(|column| column.key == key)
    }

    /// The sum of a column over the detail rows in `rows`; `None` when no cell there has an amount,
    /// or they are of different units.
    ///
    /// # Errors
    /// [`ReportError::Overflow`].
    pub fn sum(
        &self,
        column: usize,
        rows: &[Range<usize>],
    ) -> Result<Option<(i128, Unit)>, ReportError> {
        let mut sum: Option<(i128, Unit)> = None;
        for row in rows.iter().flat_map(Clone::clone).filter_map(|row| self.rows.get(row)) {
            if let Some(Cell::Amount(steps, unit)) = row.cells.get(column) {
                sum = match sum {
                    None => Some((*steps, *unit)),
                    Some((so_far, same)) if same == *unit => {
                        Some((add(so_far, *steps, &self.columns[column].key)?, same))
                    }
                    Some(_) => return Ok(None),
                };
            }
        }
        Ok(sum)
    }

    /// Adds a row that sums up detail rows: `labels` for its first cells, sums of the amounts in the
    /// others. A column with a fixed unit shows zero where there is nothing to add.
    ///
    /// # Errors
    /// [`ReportError::Overflow`].
    pub fn push_sum(&mut self, kind: RowKind, labels: Vec<Cell>) -> Result<(), ReportError> {
        let mut cells = labels;
        for column in cells.len()..self.columns.len() {
            let cell = match (self.sum(column, kind.sums())?, self.columns[column].kind.unit()) {
                (Some((steps, unit)), _) => Cell::Amount(steps, unit),
                (None, Some(unit)) => Cell::Amount(0, unit),
                (None, None) => Cell::Empty,
            };
            cells.push(cell);
        }
        self.rows.push(Row { kind, cells });
        Ok(())
    }

    /// Checks the table against what it says of itself: a cell for each column, in the column's
    /// unit; totals equal to the rows, and sum columns to the columns, that they add up.
    ///
    /// # Errors
    /// [`ReportError`], the first thing found.
    pub fn verify(&self) -> Result<(), ReportError> {
        for (position, row) in self.rows.iter().enumerate() {
            if row.cells.len() != self.columns.len() {
                return Err(ReportError::Cells {
                    table: self.title.clone(),
                    row: position,
                    cells: row.cells.len(),
                    columns: self.columns.len(),
                });
            }
            for (index, column) in self.columns.iter().enumerate() {
                let Cell::Amount(steps, unit) = row.cells[index] else { continue };
                if column.kind.unit().is_some_and(|fixed| fixed != unit) {
                    return Err(ReportError::Unit {
                        table: self.title.clone(),
                        row: position,
                        column: column.key.clone(),
                        found: unit.code(),
                    });
                }
                if row.kind != RowKind::Detail {
                    let sum = self.sum(index, row.kind.sums())?.map_or(0, |(sum, _)| sum);
                    self.same(position, column, steps, sum, unit)?;
                }
                if let Some(columns) = &column.sum_of {
                    let mut sum = 0;
                    for cell in &row.cells[columns.clone()] {
                        if let Cell::Amount(part, _) = cell {
                            sum = add(sum, *part, &column.key)?;
                        }
                    }
                    self.same(position, column, steps, sum, unit)?;
                }
            }
        }
        Ok(())
    }

    fn same(
        &self,
        row: usize,
        column: &Column,
        says: i128,
        sum: i128,
        unit: Unit,
    ) -> Result<(), ReportError> {
        if says == sum {
            return Ok(());
        }
        Err(ReportError::Total {
            table: self.title.clone(),
            row,
            column: column.key.clone(),
            says: format_steps(says, unit.scale()),
            sum: format_steps(sum, unit.scale()),
        })
    }
}
