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
    let catalog = workspace.catalog().await?;
    let all = &catalog.document().customers;
    let words: Vec<String> = filter.search.split_whitespace().map(str::to_lowercase).collect();
    let mut matching: Vec<&Customer> = all.iter().filter(|c| filter.admits(c, &words)).collect();
    matching.sort_by(|a, b| a.code.cmp(&b.code));
    let from = after.map_or(0, |after| matching.partition_point(|c| c.code <= *after));
    let page = matching.iter().skip(from).take(limit);
    let mut rows = Vec::with_capacity(limit.min(matching.len()));
    for customer in page {
        rows.push(row(&catalog, customer, &book_of(workspace, &customer.code).await?, now));
    }
    let last = rows.last().map(|row: &CustomerRow| row.customer.clone());
    let texts = |of: &dyn Fn(&Customer) -> Vec<String>| -> Vec<String> {
        all.iter().flat_map(of).collect::<BTreeSet<_>>().into_iter().collect()
    };
    Ok(CustomersView {
        total: all.len() as u64,
        matching: matching.len() as u64,
        next: last.filter(|_| from + rows.len() < matching.len()),
        customers: rows,
        plans: texts(&|c| c.plan.iter().cloned().collect()),
        countries: texts(&|c| c.country.iter().cloned().collect()),
        tags: texts(&|c| c.tags.clone()),
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
