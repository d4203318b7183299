//! How events inside operations were charged, and exchange rates: written and read back.

use scrip_units::{CustomerCode, EventKey, Number, OperationId, UnitCode};
use sqlx::QueryBuilder;
use sqlx::sqlite::SqliteConnection;

use super::fault::Place;
use super::read::all;
use super::rows::{Reading, Table, day_number, stored};
use super::words::New;
use super::write::SqliteWrite;
use crate::error::StoreError;
use crate::query::RateFilter;
use crate::record::{ExchangeRateRecord, FoundEvent, OperationDetail, OperationEvent};

static DETAILS: Table = Table::new(
    "operation_details",
    &["operation_seq", "part", "customer_id", "entry_number", "body"],
    "add the detail of an operation",
);
static EVENTS: Table = Table::new(
    "operation_events",
    &["customer_id", "key", "operation_seq", "position"],
    "add the events of an operation",
);
static RATES: Table = Table::new(
    "exchange_rates",
    &["source", "currency", "day", "base", "rate", "operation_seq"],
    "add exchange rates",
);

impl SqliteWrite {
    pub(super) async fn add_details_of(
        &mut self,
        operation: &OperationId,
        events: &[OperationEvent],
        details: &[OperationDetail],
    ) -> Result<(), StoreError> {
        let place = self.place.clone();
        let by = || "the detail of usage".to_owned();
        let seq = self.seq_of("operation", operation.as_str(), by).await?;
        let customers = events.iter().map(|event| &event.customer);
        let customers = customers.chain(details.iter().map(|detail| &detail.customer));
        self.words.find_customers(&mut self.tx, &place, customers, New::Added).await?;
        let mut seen = std::collections::BTreeSet::new();
        let mut rows = Vec::with_capacity(events.len());
        for event in events {
            if !seen.insert((&event.customer, &event.key)) {
                return Err(StoreError::Duplicate { what: "event", id: event.key.to_string() });
            }
            let customer = self.words.customer(&event.customer).map(|words| words.id);
            rows.push((customer, event));
        }
        let pairs: Vec<_> =
            rows.iter().map(|(id, e)| serde_json::json!([id, e.key.as_str()])).collect();
        let known: Option<String> = sqlx::query_scalar(
            "SELECT e.key FROM json_each(?) AS j CROSS JOIN operation_events AS e \
             ON e.customer_id = j.value ->> 0 AND e.key = j.value ->> 1 ORDER BY e.key LIMIT 1",
        )
        .bind(serde_json::Value::from(pairs).to_string())
        .fetch_optional(&mut *self.tx)
        .await
        .map_err(place.cannot("look for events"))?;
        if let Some(id) = known {
            return Err(StoreError::Duplicate { what: "event", id });
        }
        EVENTS
            .insert(&mut self.tx, &place, &rows, |(customer, event), values| {
                values.number_or_null(*customer);
                values.text(event.key.as_str());
                values.number(seq);
                values.number(i64::from(event.position));
            })
            .await?;
        let mut rows = Vec::with_capacity(details.len());
        for (part, detail) in details.iter().enumerate() {
            let customer = self.words.customer(&detail.customer).map(|words| words.id);
            let entry = stored("the entry number", detail.entry)?;
            rows.push((stored("the number of details", part as u64)?, customer, entry, detail));
        }
        DETAILS
            .insert(&mut self.tx, &place, &rows, |(part, customer, entry, detail), values| {
                values.number(seq);
                values.number(*part);
                values.number_or_null(*customer);
                values.number(*entry);
                values.text(&detail.body);
            })
            .await
    }

    pub(super) async fn add_rates_of(
        &mut self,
        operation: &OperationId,
        rates: &[ExchangeRateRecord],
    ) -> Result<(), StoreError> {
        let place = self.place.clone();
        let by = || "exchange rates".to_owned();
        let seq = self.seq_of("operation", operation.as_str(), by).await?;
        let mut known = std::collections::BTreeSet::new();
        if let (Some(from), Some(to)) =
            (rates.iter().map(|r| r.day).min(), rates.iter().map(|r| r.day).max())
        {
            let filter = RateFilter { from: Some(from), to: Some(to), ..RateFilter::default() };
            let before = exchange_rates(&mut self.tx, &place, &filter).await?;
            known.extend(before.into_iter().map(|r| (r.source, r.currency, r.day)));
        }
        for rate in rates {
            if !known.insert((rate.source.clone(), rate.currency, rate.day)) {
                let id = format!("{} of {} by {}", rate.currency, rate.day, rate.source);
                return Err(StoreError::Duplicate { what: "exchange rate", id });
            }
        }
        RATES
            .insert(&mut self.tx, &place, rates, |rate, values| {
                values.text(&rate.source);
                values.text(rate.currency.as_str());
                values.number(day_number(rate.day));
                values.text(rate.base.as_str());
                values.text(&rate.rate.to_string());
                values.number(seq);
            })
            .await
    }
}

/// Details of an operation, by its place in the ledger or by its id.
pub(super) async fn operation_details(
    connection: &mut SqliteConnection,
    place: &Place,
    operation: &OperationId,
) -> Result<Vec<OperationDetail>, StoreError> {
    let query = sqlx::query(
        "SELECT c.code, d.entry_number, d.body FROM operations AS o \
         CROSS JOIN operation_details AS d ON d.operation_seq = o.seq \
         CROSS JOIN customers AS c ON c.id = d.customer_id WHERE o.id = ? ORDER BY d.part",
    )
    .bind(operation.as_str());
    let read = |row: &Reading<'_>| {
        Ok(OperationDetail {
            customer: row.code(0)?,
            entry: row.count(1)?,
            body: row.text(2)?.to_owned(),
        })
    };
    all(connection, place, "operation_details", query, read).await
}

pub(super) async fn find_event(
    connection: &mut SqliteConnection,
    place: &Place,
    customer: Option<&CustomerCode>,
    key: &EventKey,
) -> Result<Vec<FoundEvent>, StoreError> {
    let mut sql = QueryBuilder::new(
        "SELECT c.code, e.key, e.position, o.id FROM operation_events AS e \
         CROSS JOIN operations AS o ON o.seq = e.operation_seq \
         CROSS JOIN customers AS c ON c.id = e.customer_id WHERE e.key = ",
    );
    sql.push_bind(key.as_str());
    if let Some(customer) = customer {
        sql.push(" AND c.code = ").push_bind(customer.as_str());
    }
    sql.push(" ORDER BY c.code");
    let read = |row: &Reading<'_>| {
        let event =
            OperationEvent { customer: row.code(0)?, key: row.code(1)?, position: row.small(2)? };
        Ok((row.code::<OperationId>(3)?, event))
    };
    let rows = all(&mut *connection, place, "operation_events", sql.build(), read).await?;
    let mut found = Vec::with_capacity(rows.len());
    for (operation, event) in rows {
        let details = operation_details(connection, place, &operation).await?;
        found.push(FoundEvent { operation, event, details });
    }
    Ok(found)
}

fn unit(row: &Reading<'_>, column: usize) -> Result<UnitCode, StoreError> {
    row.text(column)?.parse().map_err(|fault| row.wrong(column, fault))
}

pub(super) async fn exchange_rates(
    connection: &mut SqliteConnection,
    place: &Place,
    filter: &RateFilter,
) -> Result<Vec<ExchangeRateRecord>, StoreError> {
    let mut sql =
        QueryBuilder::new("SELECT source, currency, day, base, rate FROM exchange_rates WHERE 1");
    if let Some(source) = &filter.source {
        sql.push(" AND source = ").push_bind(source);
    }
    if let Some(currencies) = &filter.currencies {
        let codes: Vec<&str> = currencies.iter().map(|code| code.as_str()).collect();
        sql.push(" AND currency IN (SELECT value FROM json_each(")
            .push_bind(serde_json::Value::from(codes).to_string())
            .push("))");
    }
    if let Some(from) = filter.from {
        sql.push(" AND day >= ").push_bind(day_number(from));
    }
    if let Some(to) = filter.to {
        sql.push(" AND day <= ").push_bind(day_number(to));
    }
    sql.push(" ORDER BY source, currency, day");
    let read = |row: &Reading<'_>| {
        let rate: Number = row.text(4)?.parse().map_err(|fault| row.wrong(4, fault))?;
        Ok(ExchangeRateRecord {
            source: row.text(0)?.to_owned(),
            currency: unit(row, 1)?,
            day: row.day(2)?,
            base: unit(row, 3)?,
            rate,
        })
    };
    all(connection, place, "exchange_rates", sql.build(), read).await
}
