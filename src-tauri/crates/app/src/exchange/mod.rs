//! Exchange rates: imported from files, read back, and put into the book.

mod file;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;

use chrono::Datelike;

use scrip_catalog::{Catalog, Document};
use scrip_engine::operation::ImportExchangeRates;
use scrip_engine::{Action, Book, Operation};
use scrip_journal::Hash;
use scrip_rating::ExchangeRates;
use scrip_store::{ExchangeRateRecord, LedgerStore, RateFilter, WriteTransaction};
use scrip_units::{Date, Number, OperationId, UnitCode};
use serde::Serialize;

use crate::error::AppError;
use crate::operate::Mode;
use crate::session::{Edge, Session};
use crate::workspace::Workspace;

pub use file::{DayRates, RateFile, RejectedRate};

/// What an import of exchange rates did.
#[derive(Debug, Clone, Default, Serialize)]
pub struct ExchangeImportView {
    /// Who published the rates.
    pub source: String,
    /// Whether anything was changed.
    pub dry_run: bool,
    /// Days of the file.
    pub days: u64,
    /// First of them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub first_day: Option<String>,
    /// Last of them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_day: Option<String>,
    /// Currencies with a rate.
    pub currencies: u64,
    /// Rates that are new.
    pub added: u64,
    /// Rates that were known already.
    pub known: u64,
    /// Operations written: one for each year with new rates.
    pub operations: u64,
    /// Lines and values that are not rates; they were left out.
    pub rejected: Vec<RejectedRate>,
}

/// A rate as it is shown.
#[derive(Debug, Clone, Serialize)]
pub struct ExchangeRateView {
    /// Who published it.
    pub source: String,
    /// The day.
    pub day: String,
    /// The base: one of it is worth the rate.
    pub base: String,
    /// The currency.
    pub currency: String,
    /// Units of the currency, as published.
    pub rate: String,
}

type Year = BTreeMap<Date, BTreeMap<UnitCode, Number>>;

/// Imports a file of reference rates. What is known is skipped; a rate that differs from the one
/// known for its day refuses the whole file.
///
/// # Errors
/// [`AppError::Rejected`] naming both rates, or the file's and the store's; nothing is then changed.
pub async fn import<S: LedgerStore>(
    workspace: &Workspace<S>,
    edge: &Edge,
    (source, base): (&str, UnitCode),
    path: &Path,
    mode: Mode,
) -> Result<ExchangeImportView, AppError> {
    let mut view = ExchangeImportView {
        source: source.to_owned(),
        dry_run: mode == Mode::DryRun,
        ..ExchangeImportView::default()
    };
    let mut file = RateFile::open(path)?;
    let mut session = Session::begin_alone(workspace, edge).await?;
    let filter = RateFilter { source: Some(source.to_owned()), ..RateFilter::default() };
    let known = session.tx().exchange_rates(&filter).await?;
    session.book.know_exchange_rates(Arc::new(of_records(&known)))?;
    let known: BTreeMap<_, _> =
        known.into_iter().map(|known| ((known.currency, known.day), known.rate)).collect();
    let mut years: BTreeMap<i32, Year> = BTreeMap::new();
    let (mut days, mut currencies) = (BTreeSet::new(), BTreeSet::new());
    while let Some(day) = file.next_day(path, &mut view.rejected)? {
        days.insert(day.day);
        let year = years.entry(year_of(day.day)).or_default();
        for (currency, rate) in day.rates {
            currencies.insert(currency);
            if known.get(&(currency, day.day)) == Some(&rate) {
                view.known += 1;
                continue;
            }
            let before = year.entry(day.day).or_default().insert(currency, rate);
            if before.is_some_and(|before| before != rate) {
                return Err(AppError::Argument(format!(
                    "{} has two rates of {currency} for {}",
                    path.display(),
                    day.day
                )));
            }
            view.added += u64::from(before.is_none());
        }
    }
    view.days = days.len() as u64;
    view.first_day = days.first().map(ToString::to_string);
    view.last_day = days.last().map(ToString::to_string);
    view.currencies = currencies.len() as u64;
    for rates in years.into_values().filter(|rates| !rates.is_empty()) {
        let operation = operation(edge, (source, base), rates)?;
        session.operate(&operation, None).await?;
        view.operations += 1;
    }
    match mode {
        Mode::Commit => session.commit().await?,
        Mode::DryRun => session.rollback().await?,
    }
    Ok(view)
}

fn year_of(day: Date) -> i32 {
    day.year()
}

fn operation(
    edge: &Edge,
    (source, base): (&str, UnitCode),
    rates: Year,
) -> Result<Operation, AppError> {
    let text = serde_json::to_string(&rates).map_err(|e| AppError::stored("exchange rates", e))?;
    let hash = Hash::of(text.as_bytes()).to_string();
    let last = rates.keys().next_back().map(ToString::to_string).unwrap_or_default();
    let id = format!("fx:{source}:{last}:{}", &hash[..12]);
    Ok(Operation {
        id: OperationId::try_new(&id).map_err(|e| AppError::Argument(e.to_string()))?,
        at: edge.now,
        actor: edge.actor.clone(),
        reason: None,
        approval: None,
        action: Action::ImportExchangeRates(ImportExchangeRates {
            source: source.to_owned(),
            base,
            rates,
        }),
    })
}

/// Exchange rates that match a filter.
///
/// # Errors
/// The store's.
pub async fn show<S: LedgerStore>(
    workspace: &Workspace<S>,
    filter: &RateFilter,
) -> Result<Vec<ExchangeRateView>, AppError> {
    let rates = workspace.store().exchange_rates(filter).await?.into_iter();
    let view = |rate: ExchangeRateRecord| ExchangeRateView {
        source: rate.source,
        day: rate.day.to_string(),
        base: rate.base.to_string(),
        currency: rate.currency.to_string(),
        rate: rate.rate.to_string(),
    };
    Ok(rates.map(view).collect())
}

/// Rates as the engine takes them. What is stored has no two rates for one day.
pub(crate) fn of_records(records: &[ExchangeRateRecord]) -> ExchangeRates {
    let mut rates = ExchangeRates::default();
    for record in records {
        drop(rates.add(&record.source, record.base, (record.currency, record.day, record.rate)));
    }
    rates
}

/// Which rates a configuration needs to rate usage: none when nothing is converted by exchange
/// rates.
fn wanted(document: &Document) -> Option<RateFilter> {
    let by_rates = document
        .conversions
        .iter()
        .filter(|conversion| conversion.versions.iter().any(|version| version.rates.is_some()));
    let mut currencies: BTreeSet<UnitCode> = by_rates.flat_map(|c| [c.from, c.to]).collect();
    if document.entity.exchange_rates.is_some() {
        currencies.insert(document.entity.currency);
    }
    let currencies: Vec<_> = currencies.into_iter().collect();
    (!currencies.is_empty())
        .then(|| RateFilter { currencies: Some(currencies), ..RateFilter::default() })
}

/// The book of a catalog, with the exchange rates that it needs.
///
/// # Errors
/// The store's.
pub(crate) async fn book_of_catalog<S: LedgerStore>(
    workspace: &Workspace<S>,
    catalog: Arc<Catalog>,
) -> Result<Book, AppError> {
    let filter = wanted(catalog.document());
    let mut book = workspace.book(catalog)?;
    if let Some(filter) = filter {
        let records = workspace.store().exchange_rates(&filter).await?;
        book.know_exchange_rates(Arc::new(of_records(&records)))?;
    }
    Ok(book)
}

/// The exchange rates of a source for some currencies.
///
/// # Errors
/// The store's.
pub(crate) async fn exchange_rates_of<S: LedgerStore>(
    store: &S,
    source: &str,
    currencies: Vec<UnitCode>,
) -> Result<ExchangeRates, AppError> {
    let filter = RateFilter {
        source: Some(source.to_owned()),
        currencies: Some(currencies),
        ..RateFilter::default()
    };
    Ok(of_records(&store.exchange_rates(&filter).await?))
}

/// Puts the exchange rates that an operation needs into the book: those of the configuration, those
/// of a grant's currency, and, before others are added, those of the same days.
///
/// # Errors
/// The store's.
pub(crate) async fn load<W: WriteTransaction>(
    tx: &mut W,
    book: &mut Book,
    operation: &Operation,
) -> Result<(), AppError> {
    let mut filters = Vec::new();
    match &operation.action {
        Action::ImportExchangeRates(action) => {
            filters.push(RateFilter {
                source: Some(action.source.clone()),
                from: action.rates.keys().next().copied(),
                to: action.rates.keys().next_back().copied(),
                ..RateFilter::default()
            });
        }
        Action::GrantCredits(action) => {
            let entity = &book.catalog.document().entity;
            let paid = action.price.as_ref().map(|price| price.currency);
            if let (Some(_), Some(paid)) = (&entity.exchange_rates, paid)
                && paid != entity.currency
            {
                let currencies = Some(vec![paid, entity.currency]);
                filters.push(RateFilter { currencies, ..RateFilter::default() });
            }
        }
        Action::ApplyConfiguration(action) => filters.extend(wanted(&action.document)),
        _ => {}
    }
    if filters.is_empty() {
        return Ok(());
    }
    let mut rates = ExchangeRates::clone(book.exchange());
    for filter in &filters {
        for record in tx.exchange_rates(filter).await? {
            drop(rates.add(
                &record.source,
                record.base,
                (record.currency, record.day, record.rate),
            ));
        }
    }
    Ok(book.know_exchange_rates(Arc::new(rates))?)
}

/// The records of an operation's rates that were not known before.
pub(crate) fn new_records(book: &Book, action: &ImportExchangeRates) -> Vec<ExchangeRateRecord> {
    let mut records = Vec::new();
    for (day, currencies) in &action.rates {
        for (currency, rate) in currencies {
            let found = book.exchange().find(&action.source, *currency, *day);
            if found.is_none_or(|found| found.day != *day) {
                records.push(ExchangeRateRecord {
                    source: action.source.clone(),
                    currency: *currency,
                    day: *day,
                    base: action.base,
                    rate: *rate,
                });
            }
        }
    }
    records
}
