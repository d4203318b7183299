//! How events inside operations were charged, and exchange rates: written and read back.

use std::collections::BTreeSet;

use scrip_store::{
    ExchangeRateRecord, FoundEvent, OperationDetail, OperationEvent, RateFilter, StoreError,
};
use scrip_units::{CustomerCode, EventKey, Number, OperationId};
use sqlx::QueryBuilder;
use sqlx::postgres::PgConnection;

use super::fault::{Heard, Place};
use super::rows::{Reading, all, day_number, stored};
use super::write::PostgresWrite;

impl PostgresWrite {
    pub(super) async fn add_details_of(
        &mut self,
        operation: &OperationId,
        events: &[OperationEvent],
        details: &[OperationDetail],
    ) -> Result<(), StoreError> {
        let by = || "the detail of usage".to_owned();
        let seq = self.seq_of("operation", operation.as_str(), by).await?;
        let customers = events.iter().map(|event| &event.customer);
        self.know_customers(customers.chain(details.iter().map(|d| &d.customer))).await?;
        let duplicate = |key: &str| StoreError::Duplicate { what: "event", id: key.to_owned() };
        let mut seen = BTreeSet::new();
        if let Some(twice) = events.iter().find(|e| !seen.insert((&e.customer, &e.key))) {
            return Err(duplicate(twice.key.as_str()));
        }
        let codes: Vec<&str> = events.iter().map(|event| event.customer.as_str()).collect();
        let keys: Vec<&str> = events.iter().map(|event| event.key.as_str()).collect();
        let positions = events.iter().map(|event| i64::from(event.position)).collect::<Vec<_>>();
        // One key in the way is left out, so that it can be named.
        let sql = "INSERT INTO operation_events (customer, key, operation_seq, position) \
             SELECT customer, key, $4, position::integer \
             FROM unnest($1::text[], $2::text[], $3::bigint[]) AS e (customer, key, position) \
             ON CONFLICT (customer, key) DO NOTHING RETURNING customer, key";
        let query = sqlx::query(sql).bind(codes).bind(keys).bind(positions).bind(seq);
        let read = |row: &Reading<'_>| Ok((row.code(0)?, row.code(1)?));
        let added = all(&mut self.tx, &self.place, "operation_events", query, read).await?;
        if added.len() != events.len() {
            let added: BTreeSet<(CustomerCode, EventKey)> = added.into_iter().collect();
            let known =
                events.iter().filter(|e| !added.contains(&(e.customer.clone(), e.key.clone())));
            let first = known.map(|event| event.key.as_str()).min().unwrap_or_default();
            return Err(duplicate(first));
        }
        let numbers = details.iter().map(|detail| stored("the entry number", detail.entry));
        let numbers = numbers.collect::<Result<Vec<_>, _>>()?;
        let codes: Vec<&str> = details.iter().map(|detail| detail.customer.as_str()).collect();
        let bodies: Vec<&str> = details.iter().map(|detail| detail.body.as_str()).collect();
        sqlx::query(
            "INSERT INTO operation_details (operation_seq, part, customer, entry_number, body) \
             SELECT $4, (place - 1)::integer, customer, number, body \
             FROM unnest($1::text[], $2::bigint[], $3::text[]) \
                 WITH ORDINALITY AS d (customer, number, body, place)",
        )
        .bind(codes)
        .bind(numbers)
        .bind(bodies)
        .bind(seq)
        .execute(&mut *self.tx)
        .heard(&self.place, "add the detail of an operation")
        .await?;
        Ok(())
    }

    pub(super) async fn add_rates_of(
        &mut self,
        operation: &OperationId,
        rates: &[ExchangeRateRecord],
    ) -> Result<(), StoreError> {
        let by = || "exchange rates".to_owned();
        let seq = self.seq_of("operation", operation.as_str(), by).await?;
        let name = |r: &ExchangeRateRecord| format!("{} of {} by {}", r.currency, r.day, r.source);
        let mut seen = BTreeSet::new();
        let mut twice = rates.iter().filter(|r| !seen.insert((&r.source, r.currency, r.day)));
        if let Some(rate) = twice.next() {
            return Err(StoreError::Duplicate { what: "exchange rate", id: name(rate) });
        }
        let sources: Vec<&str> = rates.iter().map(|rate| rate.source.as_str()).collect();
        let currencies: Vec<&str> = rates.iter().map(|rate| rate.currency.as_str()).collect();
        let days: Vec<i32> = rates.iter().map(|rate| day_number(rate.day)).collect();
        let bases: Vec<&str> = rates.iter().map(|rate| rate.base.as_str()).collect();
        let values: Vec<String> = rates.iter().map(|rate| rate.rate.to_string()).collect();
        let sql = "INSERT INTO exchange_rates (source, currency, day, base, rate, operation_seq) \
             SELECT source, currency, DATE '1970-01-01' + day, base, rate, $6 \
             FROM unnest($1::text[], $2::text[], $3::integer[], $4::text[], $5::text[]) \
                 AS r (source, currency, day, base, rate) \
             ON CONFLICT (source, currency, day) DO NOTHING \
             RETURNING source, currency, day - DATE '1970-01-01'";
        let query = sqlx::query(sql).bind(sources).bind(currencies).bind(days).bind(bases);
        let query = query.bind(values).bind(seq);
        let read =
            |row: &Reading<'_>| Ok((row.text(0)?.to_owned(), row.unit_code(1)?, row.day(2)?));
        let added = all(&mut self.tx, &self.place, "exchange_rates", query, read).await?;
        if added.len() != rates.len() {
            let added: BTreeSet<_> = added.into_iter().collect();
            let known =
                rates.iter().find(|r| !added.contains(&(r.source.clone(), r.currency, r.day)));
            let id = known.map(name).unwrap_or_default();
            return Err(StoreError::Duplicate { what: "exchange rate", id });
        }
        Ok(())
    }
}

/// Details of an operation, by its id.
pub(super) async fn operation_details(
    c: &mut PgConnection,
    place: &Place,
    operation: &OperationId,
) -> Result<Vec<OperationDetail>, StoreError> {
    let query = sqlx::query(
        "SELECT d.customer, d.entry_number, d.body FROM operation_details AS d \
         JOIN operations AS o ON o.seq = d.operation_seq WHERE o.id = $1 ORDER BY d.part",
    )
    .bind(operation.as_str());
    let read = |row: &Reading<'_>| {
        Ok(OperationDetail {
            customer: row.code(0)?,
            entry: row.count(1)?,
            body: row.text(2)?.to_owned(),
        })
    };
    all(c, place, "operation_details", query, read).await
}

pub(super) async fn find_event(
    c: &mut PgConnection,
    place: &Place,
    customer: Option<&CustomerCode>,
    key: &EventKey,
) -> Result<Vec<FoundEvent>, StoreError> {
    let mut sql = QueryBuilder::new(
        "SELECT e.customer, e.key, e.position::bigint, o.id FROM operation_events AS e \
         JOIN operations AS o ON o.seq = e.operation_seq WHERE e.key = ",
    );
    sql.push_bind(key.as_str());
    if let Some(customer) = customer {
        sql.push(" AND e.customer = ").push_bind(customer.as_str());
    }
    sql.push(" ORDER BY e.customer");
    let read = |row: &Reading<'_>| {
        let event =
            OperationEvent { customer: row.code(0)?, key: row.code(1)?, position: row.small(2)? };
        Ok((row.code::<OperationId>(3)?, event))
    };
    let rows = all(&mut *c, place, "operation_events", sql.build(), read).await?;
    let mut found = Vec::with_capacity(rows.len());
    for (operation, event) in rows {
        let details = operation_details(c, place, &operation).await?;
        found.push(FoundEvent { operation, event, details });
    }
    Ok(found)
}

pub(super) fn read_rate(row: &Reading<'_>) -> Result<ExchangeRateRecord, StoreError> {
    let rate: Number = row.text(4)?.parse().map_err(|fault| row.wrong(4, fault))?;
    Ok(ExchangeRateRecord {
        source: row.text(0)?.to_owned(),
        currency: row.unit_code(1)?,
        day: row.day(2)?,
        base: row.unit_code(3)?,
        rate,
    })
}

pub(super) async fn exchange_rates(
    c: &mut PgConnection,
    place: &Place,
    filter: &RateFilter,
) -> Result<Vec<ExchangeRateRecord>, StoreError> {
    let mut sql = QueryBuilder::new(
        "SELECT source, currency, day - DATE '1970-01-01', base, rate FROM exchange_rates \
         WHERE true",
    );
    if let Some(source) = &filter.source {
        sql.push(" AND source = ").push_bind(source);
    }
    if let Some(currencies) = &filter.currencies {
        let codes: Vec<String> = currencies.iter().map(|c| c.as_str().to_owned()).collect();
        sql.push(" AND currency = ANY(").push_bind(codes).push(")");
    }
    if let Some(from) = filter.from {
        sql.push(" AND day >= DATE '1970-01-01' + ").push_bind(day_number(from));
    }
    if let Some(to) = filter.to {
        sql.push(" AND day <= DATE '1970-01-01' + ").push_bind(day_number(to));
    }
    sql.push(" ORDER BY source, currency, day");
    all(c, place, "exchange_rates", sql.build(), read_rate).await
}
