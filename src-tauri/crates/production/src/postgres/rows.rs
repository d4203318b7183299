//! Values read with care, and days as PostgreSQL counts them.

use scrip_journal::{Account, EntryKind, Hash, RateRef};
use scrip_store::StoreError;
use scrip_units::{Amount, Code, Date, Instant, Month, Scale, Unit, UnitCode};
use sqlx::Row as _;
use sqlx::postgres::{PgArguments, PgConnection, PgRow};

use super::copied::{Field, Tuple};
use super::fault::{Heard, Place};

/// Days since 1970-01-01; statements add them to that date.
pub(super) fn day_number(day: Date) -> i32 {
    day.to_epoch_days()
}

/// A count or sequence as PostgreSQL keeps it.
pub(super) fn stored(what: &'static str, value: u64) -> Result<i64, StoreError> {
    i64::try_from(value).map_err(|_| StoreError::TooLarge { what, value })
}

/// Runs a query and reads every row.
pub(super) async fn all<T>(
    connection: &mut PgConnection,
    place: &Place,
    table: &'static str,
    query: sqlx::query::Query<'_, sqlx::Postgres, PgArguments>,
    read: impl Fn(&Reading<'_>) -> Result<T, StoreError>,
) -> Result<Vec<T>, StoreError> {
    let rows: Vec<PgRow> = query.fetch_all(connection).heard(place, "read its records").await?;
    rows.iter().map(|row| read(&Reading { row: Row::Asked(row), table, place })).collect()
}

/// A row of an answer.
#[derive(Clone, Copy)]
pub(super) enum Row<'a> {
    /// Of a query.
    Asked(&'a PgRow),
    /// Of a COPY.
    Copied(&'a Tuple),
}

/// Reads the columns of one row; an error names the table. Statements cast every number to bigint
/// and every day to days since 1970-01-01.
pub(super) struct Reading<'a> {
    /// The row.
    pub(super) row: Row<'a>,
    /// The table, for errors.
    pub(super) table: &'static str,
    /// The ledger, for errors.
    pub(super) place: &'a Place,
}

impl Reading<'_> {
    fn get<'r, T>(&'r self, column: usize) -> Result<T, StoreError>
    where
        T: sqlx::Decode<'r, sqlx::Postgres> + sqlx::Type<sqlx::Postgres> + Field<'r>,
    {
        match self.row {
            Row::Asked(row) => row.try_get(column).map_err(|fault| self.wrong(column, fault)),
            Row::Copied(tuple) => {
                T::of(tuple.field(column)).map_err(|fault| self.wrong(column, fault))
            }
        }
    }

    /// The error for a value that is not what it should be.
    pub(super) fn wrong(&self, column: usize, what: impl ToString) -> StoreError {
        self.place.unreadable(&format!("{}, column {column}", self.table), what)
    }

    pub(super) fn flag(&self, column: usize) -> Result<bool, StoreError> {
        self.get(column)
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
    /// A sum, which PostgreSQL computes exactly and hands over as text.
    pub(super) fn sum(&self, column: usize) -> Result<i128, StoreError> {
        self.text(column)?.parse().map_err(|fault| self.wrong(column, fault))
    }
    pub(super) fn code<C: Code>(&self, column: usize) -> Result<C, StoreError> {
        C::try_new(self.text(column)?).map_err(|fault| self.wrong(column, fault))
    }
    pub(super) fn code_or_null<C: Code>(&self, column: usize) -> Result<Option<C>, StoreError> {
        let text = self.text_or_null(column)?;
        text.map(|text| C::try_new(text).map_err(|fault| self.wrong(column, fault))).transpose()
    }
    pub(super) fn unit_code(&self, column: usize) -> Result<UnitCode, StoreError> {
        UnitCode::try_new(self.text(column)?).map_err(|fault| self.wrong(column, fault))
    }
    /// The unit in a column (code) and the next (decimals).
    pub(super) fn unit(&self, column: usize) -> Result<Unit, StoreError> {
        let code = self.unit_code(column)?;
        let decimals = self.number(column + 1)?;
        let decimals = u8::try_from(decimals).map_err(|fault| self.wrong(column + 1, fault))?;
        let scale = Scale::try_new(decimals).map_err(|fault| self.wrong(column + 1, fault))?;
        Ok(Unit::new(code, scale))
    }
    /// The amount in a column (steps) of the unit in the next two.
    pub(super) fn amount(&self, column: usize) -> Result<Amount, StoreError> {
        Ok(Amount::from_steps(self.unit(column + 1)?, self.number(column)?))
    }
    pub(super) fn account(&self, column: usize) -> Result<Account, StoreError> {
        self.text(column)?.parse().map_err(|fault| self.wrong(column, fault))
    }
    pub(super) fn kind(&self, column: usize) -> Result<EntryKind, StoreError> {
        let code = self.text(column)?;
        let kind = EntryKind::ALL.iter().find(|kind| kind.code() == code);
        kind.copied().ok_or_else(|| self.wrong(column, format!("{code:?} is not a kind of entry")))
    }
    /// The rate in a column (card), the next (version) and the one after (row), if there is one.
    pub(super) fn rate(&self, column: usize) -> Result<Option<RateRef>, StoreError> {
        let Some(card) = self.code_or_null(column)? else { return Ok(None) };
        let (version, rate) = (self.small(column + 1)?, self.code(column + 2)?);
        Ok(Some(RateRef { card, version, rate }))
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
        self.as_day(column, self.get(column)?)
    }
    pub(super) fn day_or_null(&self, column: usize) -> Result<Option<Date>, StoreError> {
        let days: Option<i32> = self.get(column)?;
        days.map(|days| self.as_day(column, days)).transpose()
    }
    fn as_day(&self, column: usize, days: i32) -> Result<Date, StoreError> {
        let day = Date::from_epoch_days(days);
        day.ok_or_else(|| self.wrong(column, format!("{days} is not a day")))
    }
    /// The month in a column, as its first day, if there is one.
    pub(super) fn month_or_null(&self, column: usize) -> Result<Option<Month>, StoreError> {
        Ok(self.day_or_null(column)?.map(Month::of))
    }
    pub(super) fn bytes(&self, column: usize) -> Result<&[u8], StoreError> {
        self.get(column)
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
