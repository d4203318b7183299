//! How events inside operations were charged, and exchange rates.

use scrip_units::{Date, Number, UnitCode};

use super::sample::{self, append, code};
use super::{Harness, Outcome, equal, refused};
use crate::contract::{LedgerStore, WriteTransaction};
use crate::error::StoreError;
use crate::query::RateFilter;
use crate::record::{ExchangeRateRecord, FoundEvent, OperationDetail, OperationEvent};

pub(super) fn event(customer: &str, key: &str, position: u32) -> OperationEvent {
    OperationEvent { customer: code(customer), key: code(key), position }
}

pub(super) fn detail(customer: &str, entry: u64) -> OperationDetail {
    OperationDetail { customer: code(customer), entry, body: format!("{{\"entry\":{entry}}}") }
}

fn unit(text: &str) -> UnitCode {
    sample::unit(text, 2).code()
}

fn day(day: i32) -> Date {
    Date::from_epoch_days(20_000 + day).unwrap_or_default()
}

pub(super) fn rate(currency: &str, on: i32, rate: &str) -> ExchangeRateRecord {
    ExchangeRateRecord {
        source: "ecb".into(),
        currency: unit(currency),
        day: day(on),
        base: unit("EUR"),
        rate: rate.parse().unwrap_or(Number::ZERO),
    }
}

pub(super) async fn details_of_operations_read_back<H: Harness>(harness: &H) -> Outcome {
    let store = harness.fresh().await?;
    append(&store, &sample::story().1[..2]).await?;
    let events = [event("acme", "e:1", 0), event("acme", "e-2", 7)];
    let details = vec![detail("acme", 3), detail("acme", 4), detail("acme", 0)];
    let mut tx = store.begin().await?;
    tx.add_operation_details(&code("buy-1"), &events, &details).await?;
    let found = vec![FoundEvent {
        operation: code("buy-1"),
        event: events[1].clone(),
        details: details.clone(),
    }];
    let (acme, key) = (code("acme"), code("e-2"));
    equal("in its own transaction", &tx.find_event(Some(&acme), &key).await?, &found)?;
    equal("not committed", &store.find_event(Some(&acme), &key).await?, &vec![])?;
    tx.commit().await?;
    equal("an event", &store.find_event(Some(&acme), &key).await?, &found)?;
    equal("of any customer", &store.find_event(None, &key).await?, &found)?;
    equal("of another customer", &store.find_event(Some(&code("globex")), &key).await?, &vec![])?;
    equal("another event", &store.find_event(None, &code("e-3")).await?, &vec![])?;
    equal("details", &store.operation_details(&code("buy-1")).await?, &details)?;
    equal("of another operation", &store.operation_details(&code("buy-2")).await?, &vec![])
}

pub(super) async fn an_event_is_kept_once_for_each_customer<H: Harness>(harness: &H) -> Outcome {
    let store = harness.fresh().await?;
    append(&store, &sample::story().1[..2]).await?;
    let mut tx = store.begin().await?;
    let both = [event("acme", "e-1", 0), event("globex", "e-1", 1)];
    tx.add_operation_details(&code("buy-1"), &both, &[]).await?;
    tx.commit().await?;
    equal("both", &store.find_event(None, &code("e-1")).await?.len(), &2)?;
    let twice = |error: &StoreError| matches!(error, StoreError::Duplicate { what: "event", .. });
    let mut tx = store.begin().await?;
    let outcome = tx.add_operation_details(&code("buy-2"), &both[..1], &[]).await;
    refused("an event twice", outcome, twice)?;
    drop(tx);
    let mut tx = store.begin().await?;
    let new = event("acme", "e-2", 0);
    let outcome = tx.add_operation_details(&code("buy-2"), &[new.clone(), new], &[]).await;
    refused("an event twice at once", outcome, twice)?;
    drop(tx);
    let mut tx = store.begin().await?;
    let outcome = tx.add_operation_details(&code("nothing"), &[], &[detail("acme", 1)]).await;
    refused("details of nothing", outcome, |error| {
        matches!(error, StoreError::Unknown { what: "operation", .. })
    })
}

pub(super) async fn exchange_rates_read_back<H: Harness>(harness: &H) -> Outcome {
    let store = harness.fresh().await?;
    append(&store, &sample::story().1[..2]).await?;
    let rates = vec![rate("GBP", 1, "0.83"), rate("USD", 1, "1.0864"), rate("USD", 3, "1.09")];
    let mut tx = store.begin().await?;
    let shuffled = [rates[2].clone(), rates[0].clone(), rates[1].clone()];
    tx.add_exchange_rates(&code("buy-1"), &shuffled).await?;
    equal("in its own transaction", &tx.exchange_rates(&RateFilter::default()).await?, &rates)?;
    tx.commit().await?;
    equal("all", &store.exchange_rates(&RateFilter::default()).await?, &rates)?;
    let some = RateFilter {
        source: Some("ecb".into()),
        currencies: Some(vec![unit("USD")]),
        from: Some(day(2)),
        to: Some(day(3)),
    };
    equal("some", &store.exchange_rates(&some).await?, &rates[2..].to_vec())?;
    let other = RateFilter { source: Some("boe".into()), ..RateFilter::default() };
    equal("of another source", &store.exchange_rates(&other).await?, &vec![])?;
    let mut tx = store.begin().await?;
    let outcome = tx.add_exchange_rates(&code("buy-2"), &[rate("USD", 1, "1.1")]).await;
    refused("a rate twice", outcome, |error| {
        matches!(error, StoreError::Duplicate { what: "exchange rate", .. })
    })
}
