//! Customers, found by what is known of them, with what they hold.

use std::collections::{BTreeMap, BTreeSet};

use scrip_catalog::{Catalog, Customer};
use scrip_engine::CustomerBook;
use scrip_store::LedgerStore;
use scrip_units::{CustomerCode, Instant, Unit, format_steps};
use serde::Serialize;

use crate::burning::of_wallet;
use crate::error::AppError;
use crate::query::book_of;
use crate::workspace::Workspace;

/// Which customers; every condition that is given must hold.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CustomerFilter {
    /// Words that occur in code or name, whatever their case.
    pub search: String,
    /// On this plan.
    pub plan: Option<String>,
    /// In this country.
    pub country: Option<String>,
    /// With this label.
    pub tag: Option<String>,
}

/// A wallet, as a list shows it.
#[derive(Debug, Clone, Serialize)]
pub struct HeldView {
    /// Wallet.
    pub wallet: String,
    /// Unit.
    pub unit: String,
    /// Usable now, less what the wallet is overdrawn by.
    pub available: String,
    /// Reserved by holds.
    pub held: String,
    /// The day on which it is empty at the rate of the last thirty days.
    pub runs_out: Option<String>,
}

/// A customer, as a list shows it.
#[derive(Debug, Clone, Serialize)]
pub struct CustomerRow {
    /// Code.
    pub customer: String,
    /// Name.
    pub name: String,
    /// Plan.
    pub plan: Option<String>,
    /// Country.
    pub country: Option<String>,
    /// Day of sign-up.
    pub signed_up_on: Option<String>,
    /// Labels.
    pub tags: Vec<String>,
    /// Wallets.
    pub wallets: Vec<HeldView>,
    /// Contract liabilities, by currency.
    pub deferred: BTreeMap<String, String>,
    /// Entries in its chain.
    pub entries: u64,
}

/// A page of customers.
#[derive(Debug, Clone, Serialize)]
pub struct CustomersView {
    /// Customers in the configuration.
    pub total: u64,
    /// Customers that match.
    pub matching: u64,
    /// The page, in order of code.
    pub customers: Vec<CustomerRow>,
    /// After whom the next page begins; absent on the last.
    pub next: Option<String>,
    /// Plans that customers have, for filters.
    pub plans: Vec<String>,
    /// Countries that customers are in.
    pub countries: Vec<String>,
    /// Labels that customers have.
    pub tags: Vec<String>,
}

impl CustomerFilter {
    fn admits(&self, customer: &Customer, words: &[String]) -> bool {
        let named = |wanted: &Option<String>, is: &Option<String>| {
            wanted.as_ref().is_none_or(|wanted| is.as_ref() == Some(wanted))
        };
        let text = || format!("{} {}", customer.code, customer.name).to_lowercase();
        named(&self.plan, &customer.plan)
            && named(&self.country, &customer.country)
            && self.tag.as_ref().is_none_or(|tag| customer.tags.contains(tag))
            && (words.is_empty() || {
                let text = text();
                words.iter().all(|word| text.contains(word))
            })
    }
}

/// How many customers match, and what filters can choose from.
#[derive(Debug, Clone, Serialize)]
pub struct CustomerIndex {
    /// Customers in the configuration.
    pub total: u64,
    /// Customers that match.
    pub matching: u64,
    /// Plans that customers have.
    pub plans: Vec<String>,
    /// Countries that customers are in.
    pub countries: Vec<String>,
    /// Labels that customers have.
    pub tags: Vec<String>,
}

/// Where a page of customers begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Start<'a> {
    /// At this place of the list, from 0.
    Place(usize),
    /// After this customer, whether or not it matches.
    After(&'a CustomerCode),
}

fn matching<'a>(catalog: &'a Catalog, filter: &CustomerFilter) -> Vec<&'a Customer> {
    let words: Vec<String> = filter.search.split_whitespace().map(str::to_lowercase).collect();
    let all = catalog.document().customers.iter();
    let mut matching: Vec<&Customer> = all.filter(|c| filter.admits(c, &words)).collect();
    matching.sort_by(|a, b| a.code.cmp(&b.code));
    matching
}

fn index_of(catalog: &Catalog, matching: &[&Customer]) -> CustomerIndex {
    fn texts<'a>(values: impl Iterator<Item = &'a String>) -> Vec<String> {
        let different: BTreeSet<&String> = values.collect();
        different.into_iter().cloned().collect()
    }
    let all = &catalog.document().customers;
    CustomerIndex {
        total: all.len() as u64,
        matching: matching.len() as u64,
        plans: texts(all.iter().filter_map(|c| c.plan.as_ref())),
        countries: texts(all.iter().filter_map(|c| c.country.as_ref())),
        tags: texts(all.iter().flat_map(|c| &c.tags)),
    }
}

/// How many customers match a filter, and what can be filtered by.
///
/// # Errors
/// [`AppError::NoConfiguration`], or the store's.
pub async fn index<S: LedgerStore>(
    workspace: &Workspace<S>,
    filter: &CustomerFilter,
) -> Result<CustomerIndex, AppError> {
    let catalog = workspace.catalog().await?;
    Ok(index_of(&catalog, &matching(&catalog, filter)))
}

/// A part of the list of customers that match, in order of code.
///
/// # Errors
/// [`AppError::NoConfiguration`], or the store's.
pub async fn rows<S: LedgerStore>(
    workspace: &Workspace<S>,
    filter: &CustomerFilter,
    (from, limit): (Start<'_>, usize),
    now: Instant,
) -> Result<Vec<CustomerRow>, AppError> {
    let catalog = workspace.catalog().await?;
    let matching = matching(&catalog, filter);
    read_rows(workspace, &catalog, (&matching[start(&matching, from)..], limit), now).await
}

fn start(matching: &[&Customer], from: Start<'_>) -> usize {
    match from {
        Start::Place(place) => place.min(matching.len()),
        Start::After(after) => matching.partition_point(|c| c.code <= *after),
    }
}

async fn read_rows<S: LedgerStore>(
    workspace: &Workspace<S>,
    catalog: &Catalog,
    (customers, limit): (&[&Customer], usize),
    now: Instant,
) -> Result<Vec<CustomerRow>, AppError> {
    let mut rows = Vec::with_capacity(limit.min(customers.len()));
    for customer in customers.iter().take(limit) {
        rows.push(row(catalog, customer, &book_of(workspace, &customer.code).await?, now));
    }
    Ok(rows)
}

/// Customers that match, in order of code, after one.
///
/// # Errors
/// [`AppError::NoConfiguration`], or the store's.
pub async fn customers<S: LedgerStore>(
    workspace: &Workspace<S>,
    filter: &CustomerFilter,
    (after, limit): (Option<&CustomerCode>, usize),
    now: Instant,
) -> Result<CustomersView, AppError> {
    workspace.store().whole().await?;
    let catalog = workspace.catalog().await?;
    let matching = matching(&catalog, filter);
    let from = after.map_or(0, |after| start(&matching, Start::After(after)));
    let rows = read_rows(workspace, &catalog, (&matching[from..], limit), now).await?;
    let last = rows.last().map(|row| row.customer.clone());
    let index = index_of(&catalog, &matching);
    Ok(CustomersView {
        total: index.total,
        matching: index.matching,
        next: last.filter(|_| from + rows.len() < matching.len()),
        customers: rows,
        plans: index.plans,
        countries: index.countries,
        tags: index.tags,
    })
}

fn row(catalog: &Catalog, customer: &Customer, book: &CustomerBook, now: Instant) -> CustomerRow {
    let mut deferred: BTreeMap<Unit, i128> = scrip_engine::charges::deferred(book);
    for lot in &book.lots {
        if let Some(currency) = lot.currency {
            *deferred.entry(currency.0).or_default() += i128::from(lot.carrying());
        }
    }
    let wallets = book.wallets.keys().filter_map(|code| {
        let lots = || book.lots.iter().filter(|lot| lot.wallet == *code);
        let unit = lots().next()?.unit.0;
        let left = |lot: &scrip_wallet::Lot| Some(lot.available);
        let outlook = of_wallet(catalog, book, (code, now), (book.burned.get(code), left));
        let usable: i128 =
            lots().filter(|lot| lot.is_usable_at(now)).map(|lot| i128::from(lot.available)).sum();
        let held: i128 = lots().map(|lot| i128::from(lot.held)).sum();
        let overdrawn = i128::from(scrip_engine::overdraft::overdrawn(book, code));
        let text = |steps: i128| format_steps(steps, unit.scale());
        Some(HeldView {
            wallet: code.to_string(),
            unit: unit.code().to_string(),
            available: text(usable - overdrawn),
            held: text(held),
            runs_out: outlook
                .and_then(|(_, outlook)| outlook.expected)
                .map(|end| catalog.zone().day_of(end.at).to_string()),
        })
    });
    CustomerRow {
        customer: customer.code.to_string(),
        name: customer.name.clone(),
        plan: customer.plan.clone(),
        country: customer.country.clone(),
        signed_up_on: customer.signed_up_on.map(|day| day.to_string()),
        tags: customer.tags.clone(),
        wallets: wallets.collect(),
        deferred: deferred
            .into_iter()
            .filter(|(_, steps)| *steps != 0)
            .map(|(unit, steps)| (unit.code().to_string(), format_steps(steps, unit.scale())))
            .collect(),
        entries: book.chain.number,
    }
}
