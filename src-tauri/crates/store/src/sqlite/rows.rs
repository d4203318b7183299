//! Rows in and out: statements that insert many rows at once, and values read with care.
//!
//! One statement of 500 rows costs a sixth of 500 statements, because each statement is handed to
//! SQLite's thread and back.

use std::sync::{Arc, OnceLock};

use scrip_journal::Hash;
use scrip_units::{Code, Date, Instant};
use sqlx::sqlite::{SqliteArguments, SqliteConnection, SqliteRow};
use sqlx::{Arguments, AssertSqlSafe, Row};

use super::fault::Place;
use crate::error::{BoxError, StoreError};

/// Rows per statement, largest first. Few sizes, so that prepared statements are used again.
const SIZES: [usize; 7] = [500, 100, 20, 8, 4, 2, 1];

/// A table to insert into.
pub(super) struct Table {
    name: &'static str,
    columns: &'static [&'static str],
    /// What follows the rows: what to do when one is there already.
    tail: &'static str,
    doing: &'static str,
    sql: OnceLock<[Arc<str>; SIZES.len()]>,
}

impl Table {
    /// A table whose rows are only ever added.
    pub(super) const fn new(
        name: &'static str,
        columns: &'static [&'static str],
        doing: &'static str,
    ) -> Self {
        Self { name, columns, tail: "", doing, sql: OnceLock::new() }
    }

    /// A projection, whose rows replace each other.
    pub(super) const fn replacing(
        name: &'static str,
        columns: &'static [&'static str],
        tail: &'static str,
        doing: &'static str,
    ) -> Self {
        Self { name, columns, tail, doing, sql: OnceLock::new() }
    }

    /// The table's name.
    pub(super) fn name(&self) -> &'static str {
        self.name
    }

    /// The number that its next row gets; its first column is the number.
    pub(super) async fn next(
        &self,
        connection: &mut SqliteConnection,
        place: &Place,
    ) -> Result<i64, StoreError> {
        let (name, key) = (self.name, self.columns.first().copied().unwrap_or("rowid"));
        let sql = format!("SELECT coalesce(max({key}), 0) + 1 FROM {name}");
        sqlx::query_scalar(AssertSqlSafe(sql))
            .fetch_one(connection)
            .await
            .map_err(place.cannot(self.doing))
    }

    fn sql(&self) -> &[Arc<str>; SIZES.len()] {
        self.sql.get_or_init(|| {
            SIZES.map(|rows| {
                let row = format!("({})", vec!["?"; self.columns.len()].join(", "));
                let (name, columns, tail) = (self.name, self.columns.join(", "), self.tail);
                let rows = vec![row; rows].join(", ");
                format!("INSERT INTO {name} ({columns}) VALUES {rows} {tail}").into()
            })
        })
    }

    /// Inserts one row per item. While SQLite's thread runs one statement, the values of the next
    /// are made ready.
    pub(super) async fn insert<T>(
        &self,
        connection: &mut SqliteConnection,
        place: &Place,
        items: &[T],
        bind: impl Fn(&T, &mut Values),
    ) -> Result<(), StoreError> {
        let ready = |(sql, items): (&Arc<str>, &[T])| {
            let mut values = Values::with_room_for(items.len() * self.columns.len());
            items.iter().for_each(|item| bind(item, &mut values));
            let arguments = values.finish(place, self.doing)?;
            Ok::<_, StoreError>(sqlx::query_with(AssertSqlSafe(Arc::clone(sql)), arguments))
        };
        let mut parts = self.parts(items);
        let mut next = parts.next().map(ready).transpose()?;
        while let Some(query) = next.take() {
            let running = query.execute(&mut *connection);
            let making = async { parts.next().map(ready).transpose() };
            let (done, made) = futures_util::future::join(running, making).await;
            done.map_err(place.cannot(self.doing))?;
            next = made?;
        }
        Ok(())
    }

    /// Items in the portions for which there are statements, each with its statement.
    fn parts<'a, T>(&'a self, items: &'a [T]) -> impl Iterator<Item = (&'a Arc<str>, &'a [T])> {
        let mut rest = items;
        std::iter::from_fn(move || {
            let (size, sql) =
                SIZES.iter().zip(self.sql()).find(|(size, _)| rest.len() >= **size)?;
            let (now, later) = rest.split_at(*size);
            rest = later;
            Some((sql, now))
        })
    }
}

/// The values of a statement, in the order of its columns.
pub(super) struct Values {
    arguments: SqliteArguments,
    fault: Option<BoxError>,
}

impl Values {
    fn with_room_for(count: usize) -> Self {
        let mut arguments = SqliteArguments::default();
        arguments.reserve(count, 0);
        Self { arguments, fault: None }
    }

    fn add<'t, T: sqlx::Encode<'t, sqlx::Sqlite> + sqlx::Type<sqlx::Sqlite>>(&mut self, value: T) {
        if let Err(fault) = self.arguments.add(value) {
            self.fault.get_or_insert(fault);
        }
    }

    /// A number.
    pub(super) fn number(&mut self, number: i64) {
        self.add(number);
    }

    /// A number that may be absent.
    pub(super) fn number_or_null(&mut self, number: Option<i64>) {
        self.add(number);
    }

    /// A text.
    pub(super) fn text(&mut self, text: &str) {
        self.add(text);
    }

    /// A text that may be absent.
    pub(super) fn text_or_null(&mut self, text: Option<&str>) {
        self.add(text);
    }

    /// A hash.
    pub(super) fn hash(&mut self, hash: &Hash) {
        self.add(hash.bytes().as_slice());
    }

    /// A hash that may be absent.
    pub(super) fn hash_or_null(&mut self, hash: Option<&Hash>) {
        self.add(hash.map(|hash| hash.bytes().as_slice()));
    }

    fn finish(self, place: &Place, doing: &'static str) -> Result<SqliteArguments, StoreError> {
        match self.fault {
            None => Ok(self.arguments),
            Some(source) => Err(StoreError::Database { ledger: place.name(), doing, source }),
        }
    }
}

/// Days since 1970-01-01.
pub(super) fn day_number(day: Date) -> i64 {
    i64::from(day.to_epoch_days())
}

/// A count or sequence as SQLite keeps it.
pub(super) fn stored(what: &'static str, value: u64) -> Result<i64, StoreError> {
    i64::try_from(value).map_err(|_| StoreError::TooLarge { what, value })
}

/// Reads the columns of one row; an error names the table.
pub(super) struct Reading<'a> {
    /// The row.
    pub(super) row: &'a SqliteRow,
    /// The table, for errors.
    pub(super) table: &'static str,
    /// The ledger, for errors.
    pub(super) place: &'a Place,
}

impl Reading<'_> {
    fn get<'r, T>(&'r self, column: usize) -> Result<T, StoreError>
    where
        T: sqlx::Decode<'r, sqlx::Sqlite> + sqlx::Type<sqlx::Sqlite>,
    {
        self.row.try_get(column).map_err(|fault| self.wrong(column, fault))
    }

    /// The error for a value that is not what it should be.
    pub(super) fn wrong(&self, column: usize, what: impl ToString) -> StoreError {
        self.place.unreadable(&format!("{}, column {column}", self.table), what)
    }

    pub(super) fn number(&self, column: usize) -> Result<i64, StoreError> {
        self.get(column)
    }
    pub(super) fn number_or_null(&self, column: usize) -> Result<Option<i64>, StoreError> {
        self.get(column)
    }
    pub(super) fn count(&self, column: usize) -> Result<u64, StoreError> {
        u64::try_from(self.number(column)?).map_err(|fault| self.wrong(column, fault))
    }
    pub(super) fn small(&self, column: usize) -> Result<u32, StoreError> {
        u32::try_from(self.number(column)?).map_err(|fault| self.wrong(column, fault))
    }
    pub(super) fn text(&self, column: usize) -> Result<&str, StoreError> {
        self.get(column)
    }
    pub(super) fn text_or_null(&self, column: usize) -> Result<Option<&str>, StoreError> {
        self.get(column)
    }
    pub(super) fn code<C: Code>(&self, column: usize) -> Result<C, StoreError> {
        C::try_new(self.text(column)?).map_err(|fault| self.wrong(column, fault))
    }
    pub(super) fn code_or_null<C: Code>(&self, column: usize) -> Result<Option<C>, StoreError> {
        let text = self.text_or_null(column)?;
        text.map(|text| C::try_new(text).map_err(|fault| self.wrong(column, fault))).transpose()
    }
    pub(super) fn instant(&self, column: usize) -> Result<Instant, StoreError> {
        Instant::from_micros(self.number(column)?).map_err(|fault| self.wrong(column, fault))
    }
    pub(super) fn instant_or_null(&self, column: usize) -> Result<Option<Instant>, StoreError> {
        let micros = self.number_or_null(column)?;
        micros
            .map(|micros| Instant::from_micros(micros).map_err(|fault| self.wrong(column, fault)))
            .transpose()
    }
    pub(super) fn day(&self, column: usize) -> Result<Date, StoreError> {
        self.as_day(column, self.number(column)?)
    }
    pub(super) fn day_or_null(&self, column: usize) -> Result<Option<Date>, StoreError> {
        self.number_or_null(column)?.map(|days| self.as_day(column, days)).transpose()
    }
    fn as_day(&self, column: usize, days: i64) -> Result<Date, StoreError> {
        i32::try_from(days)
            .ok()
            .and_then(Date::from_epoch_days)
            .ok_or_else(|| self.wrong(column, format!("{days} is not a day")))
    }
    pub(super) fn hash(&self, column: usize) -> Result<Hash, StoreError> {
        let bytes: &[u8] = self.get(column)?;
        self.as_hash(column, bytes)
    }
    pub(super) fn hash_or_null(&self, column: usize) -> Result<Option<Hash>, StoreError> {
        let bytes: Option<&[u8]> = self.get(column)?;
        bytes.map(|bytes| self.as_hash(column, bytes)).transpose()
    }
    fn as_hash(&self, column: usize, bytes: &[u8]) -> Result<Hash, StoreError> {
        let bytes = bytes.try_into().map_err(|_| self.wrong(column, "not 32 bytes"))?;
        Ok(Hash::from_bytes(bytes))
    }
}
