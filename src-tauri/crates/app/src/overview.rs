//! The state of the books at a glance: what is owed, what was earned, what expires, who runs dry.
//!
//! As of the head of the ledger, what is left of lots comes from the customers' books, what was earned
//! from the postings; the two tie, and the view says whether they do. As of an earlier instant both
//! come from the entries that count by then.

use std::collections::BTreeMap;

use scrip_catalog::Catalog;
use scrip_engine::CustomerBook;
use scrip_journal::{Account, AccountClass};
use scrip_revenue::Fact;
use scrip_store::{EntryFilter, FactQuery, LedgerStore, Page};
use scrip_units::{CustomerCode, Date, Instant, Month, Unit, WalletCode, Zone, format_steps};
use scrip_wallet::{Burned, Lot};
use serde::Serialize;

use crate::burning::{self, History, LotThen, of_wallet};
use crate::error::AppError;
use crate::session::read_book;
use crate::standing::Standings;
use crate::verify::Tell;
use crate::view::AlertView;
use crate::workspace::Workspace;

/// What was earned in a month, in one currency.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct EarnedView {
    /// The month.
    pub month: String,
    /// The currency.
    pub currency: String,
    /// Credits used.
    pub usage: String,
    /// Credits that will not be used.
    pub breakage: String,
    /// Usage beyond the wallets.
    pub overage: String,
    /// All other revenue.
    pub other: String,
    /// What reduces revenue, as a positive amount.
    pub contra: String,
    /// Revenue, net.
    pub net: String,
    /// Contract liabilities at the month's end.
    pub deferred: String,
}

/// Lots that expire within some days.
#[derive(Debug, Clone, Serialize)]
pub struct ExpiringView {
    /// Within so many days.
    pub days: u32,
    /// Lots with something left.
    pub lots: u64,
    /// Customers who hold them.
    pub customers: u64,
    /// Units left, by unit.
    pub units: BTreeMap<String, String>,
    /// Revenue that their expiry would release, by currency.
    pub revenue: BTreeMap<String, String>,
}

/// A wallet that will run out.
#[derive(Debug, Clone, Serialize)]
pub struct RunsDryView {
    /// Customer.
    pub customer: String,
    /// Its name.
    pub name: String,
    /// Wallet.
    pub wallet: String,
    /// Unit.
    pub unit: String,
    /// Usable now.
    pub available: String,
    /// The day on which it is empty at the rate of the last thirty days.
    pub day: String,
    /// Units that expire unused by then.
    pub unused: String,
}

/// The state of the books.
#[derive(Debug, Clone, Serialize)]
pub struct OverviewView {
    /// The instant from which the days ahead are counted: the one that was asked for; else now, or the
    /// latest entry where that is later.
    pub as_of: String,
    /// Whether entries that count later were left out.
    pub is_past: bool,
    /// The month that is shown last: that of the newest entry.
    pub month: String,
    /// The last accounting day with an entry, where everything recorded is read.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub newest_day: Option<String>,
    /// Whether nothing is booked in the month of `as_of`, so that an earlier one is shown.
    pub is_behind: bool,
    /// The entity.
    pub entity: String,
    /// The currency of the books.
    pub currency: String,
    /// Whether what is left of the lots is what the liability accounts hold; absent as of an earlier
    /// instant, where both come from the same entries.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ties: Option<bool>,
    /// Contract liabilities, by currency.
    pub deferred: BTreeMap<String, String>,
    /// The month shown and the twelve before it, oldest first.
    pub months: Vec<EarnedView>,
    /// What expires within 30, 60 and 90 days.
    pub expiring: Vec<ExpiringView>,
    /// Wallets that run out within 30 days, the soonest first.
    pub runs_dry: Vec<RunsDryView>,
    /// How many those are.
    pub runs_dry_count: u64,
    /// Customers with wallets.
    pub customers: u64,
    /// Alerts of the last thirty days, the latest first.
    pub alerts: Vec<AlertView>,
    /// How many those are.
    pub alert_count: u64,
}

/// Wallets and alerts that are listed.
const LISTED: usize = 20;

/// Days of the classes of expiry.
const EXPIRING_DAYS: [u32; 3] = [30, 60, 90];
/// Months before this one that are shown.
const MONTHS_BEFORE: usize = 12;
/// Books that are read at a time.
const PAGE: u32 = 500;

#[derive(Default)]
struct Expiring {
    lots: u64,
    customers: u64,
    units: BTreeMap<Unit, i128>,
    revenue: BTreeMap<Unit, i128>,
}

#[derive(Default)]
struct Scan {
    customers: u64,
    carrying: BTreeMap<Unit, i128>,
    expiring: [Expiring; EXPIRING_DAYS.len()],
    dry: Vec<(Instant, CustomerCode, WalletCode, Unit, [i128; 2])>,
}

/// What the books held at the instant that is read.
enum Then {
    /// Everything that is recorded.
    Head,
    /// What counts by an earlier instant.
    Past(BTreeMap<CustomerCode, History>),
}

impl Then {
    /// What a customer had burned, and what the lots held; none for one who had nothing yet.
    fn of<'a>(&'a self, book: &'a CustomerBook) -> Option<BookThen<'a>> {
        match self {
            Self::Head => Some(BookThen { book, past: None }),
            Self::Past(histories) => {
                histories.get(&book.customer).map(|past| BookThen { book, past: Some(past) })
            }
        }
    }
}

/// A customer's book at the instant that is read.
struct BookThen<'a> {
    book: &'a CustomerBook,
    past: Option<&'a History>,
}

impl BookThen<'_> {
    fn lot(&self, lot: &Lot) -> Option<LotThen> {
        match self.past {
            None => Some(LotThen { left: lot.available, held: lot.held, carrying: lot.carrying() }),
            Some(past) => past.lots.get(&lot.id).copied(),
        }
    }

    fn burned(&self, wallet: &WalletCode) -> Option<&Burned> {
        self.past.map_or(&self.book.burned, |past| &past.burned).get(wallet)
    }
}

impl Scan {
    fn add(&mut self, catalog: &Catalog, then: &BookThen<'_>, now: Instant, ends: &[Instant]) {
        let book = then.book;
        let lots: Vec<(&Lot, LotThen)> =
            book.lots.iter().filter_map(|lot| Some((lot, then.lot(lot)?))).collect();
        let has_wallets = then.past.map_or(!book.wallets.is_empty(), |past| !past.lots.is_empty());
        self.customers += u64::from(has_wallets);
        let mut holds = [false; EXPIRING_DAYS.len()];
        if then.past.is_none() {
            for (currency, deferred) in scrip_engine::charges::deferred(book) {
                *self.carrying.entry(currency).or_default() += deferred;
            }
        }
        for (lot, held) in lots {
            if let Some(currency) = lot.currency {
                *self.carrying.entry(currency.0).or_default() += i128::from(held.carrying);
            }
            let left = i128::from(held.left) + i128::from(held.held);
            let Some(end) = lot.expires_at.filter(|end| now < *end && left > 0) else { continue };
            let classes = self.expiring.iter_mut().zip(&mut holds).zip(ends);
            for ((class, holds), _) in classes.filter(|(_, until)| end <= **until) {
                class.lots += 1;
                *holds = true;
                *class.units.entry(lot.unit.0).or_default() += left;
                if let Some(currency) = lot.currency {
                    *class.revenue.entry(currency.0).or_default() += i128::from(held.carrying);
                }
            }
        }
        for (class, holds) in self.expiring.iter_mut().zip(holds) {
            class.customers += u64::from(holds);
        }
        let Some(until) = ends.first() else { return };
        for wallet in book.wallets.keys() {
            let left = |lot: &Lot| then.lot(lot).map(|held| held.left);
            let found = of_wallet(catalog, book, (wallet, now), (then.burned(wallet), left));
            let Some((unit, outlook)) = found else { continue };
            if let Some(end) = outlook.expected.filter(|end| end.at <= *until) {
                let customer = book.customer.clone();
                let figures = [outlook.available, end.unused];
                self.dry.push((end.at, customer, wallet.clone(), unit, figures));
            }
        }
    }
}

/// The books that an overview reads: as of an earlier instant with lots of which nothing is left now.
enum Books<'a, S> {
    Standing(Standings<'a, S>),
    Whole(&'a Workspace<S>, Option<CustomerCode>),
}

impl<'a, S: LedgerStore> Books<'a, S> {
    async fn of(workspace: &'a Workspace<S>, is_past: bool) -> Result<Self, AppError> {
        match is_past {
            true => Ok(Self::Whole(workspace, None)),
            false => Ok(Self::Standing(Standings::of(workspace).await?)),
        }
    }

    async fn next(&mut self) -> Result<Option<Vec<CustomerBook>>, AppError> {
        let (workspace, after) = match self {
            Self::Standing(standings) => return standings.next().await,
            Self::Whole(workspace, after) => (workspace, after),
        };
        let page = workspace.store().books(after.as_ref(), PAGE).await?;
        let Some(last) = page.last() else { return Ok(None) };
        *after = Some(last.customer.clone());
        page.iter().map(read_book).collect::<Result<Vec<_>, _>>().map(Some)
    }
}

/// What every customer had burned by then, and what the lots held.
async fn histories<S: LedgerStore>(
    workspace: &Workspace<S>,
    (until, zone): (Instant, Zone),
    tell: &mut Tell<'_>,
) -> Result<BTreeMap<CustomerCode, History>, AppError> {
    let total = workspace.store().status().await?.entries;
    let filter = EntryFilter { effective_until: Some(until), ..EntryFilter::default() };
    let mut histories: BTreeMap<CustomerCode, History> = BTreeMap::new();
    let mut after = 0;
    loop {
        let page = workspace.store().entries(&filter, Page::after(after, 2_000)).await?;
        let Some(last) = page.last() else { return Ok(histories) };
        after = last.seq;
        for stored in &page {
            let history = histories.entry(stored.entry.customer.clone()).or_default();
            history.add(&stored.entry.body, zone);
        }
        if tell("Reading the entries until then", after, total).is_break() {
            return Err(AppError::Cancelled);
        }
    }
}

fn texts(sums: &BTreeMap<Unit, i128>) -> BTreeMap<String, String> {
    let texts = sums
        .iter()
        .map(|(unit, steps)| (unit.code().to_string(), format_steps(*steps, unit.scale())));
    texts.collect()
}

/// The day so many days after an instant's, as the first instant after it.
fn end_of_days(catalog: &Catalog, now: Instant, days: u64) -> Result<Instant, AppError> {
    let zone = catalog.zone();
    let day = zone.day_of(now).checked_add_days(chrono::Days::new(days + 1));
    Ok(zone.start_of_day(day.unwrap_or(Date::MAX))?)
}

/// When the books are read: everything that is recorded, or what counts by an earlier instant.
#[derive(Debug, Clone, Copy)]
pub struct Reading {
    /// Now.
    pub now: Instant,
    /// The instant asked for; none for everything that is recorded.
    pub as_of: Option<Instant>,
}

/// The state of the books. Reads every customer's book, and as of an earlier instant every entry, so it
/// takes as long as there are many.
///
/// # Errors
/// [`AppError::NoConfiguration`], [`AppError::Cancelled`], or the store's.
pub async fn overview<S: LedgerStore>(
    workspace: &Workspace<S>,
    reading: Reading,
    tell: &mut Tell<'_>,
) -> Result<OverviewView, AppError> {
    workspace.store().whole().await?;
    let catalog = workspace.catalog().await?;
    let zone = catalog.zone();
    let status = workspace.store().status().await?;
    let latest = status.last_at.unwrap_or(reading.now);
    let now = reading.as_of.unwrap_or_else(|| reading.now.max(latest));
    let is_past = now < latest;
    let then = match is_past {
        true => Then::Past(histories(workspace, (now, zone), tell).await?),
        false => Then::Head,
    };
    let ends = EXPIRING_DAYS
        .iter()
        .map(|days| end_of_days(&catalog, now, u64::from(*days)))
        .collect::<Result<Vec<_>, _>>()?;
    let mut scan = Scan::default();
    let total = catalog.document().customers.len() as u64;
    let mut books = Books::of(workspace, is_past).await?;
    let mut read = 0;
    while let Some(page) = books.next().await? {
        for then in page.iter().filter_map(|book| then.of(book)) {
            scan.add(&catalog, &then, now, &ends);
        }
        read += page.len() as u64;
        if tell("Reading the customers' books", read, total).is_break() {
            return Err(AppError::Cancelled);
        }
    }
    let query = FactQuery { effective_until: is_past.then_some(now), ..FactQuery::default() };
    let facts = workspace.store().facts(&query).await?;
    let deferred = deferred(&facts, None);
    let nonzero = |sums: &BTreeMap<Unit, i128>| {
        sums.iter().filter(|(_, s)| **s != 0).map(|(u, s)| (*u, *s)).collect::<BTreeMap<_, _>>()
    };
    scan.dry.sort();
    let since = now.micros().saturating_sub(30 * 86_400_000_000);
    let since = Instant::from_micros(since)?;
    let mut alerts = burning::alerts(workspace, None, since).await?;
    alerts.retain(|alert| alert.at.parse().is_ok_and(|at: Instant| !is_past || at <= now));
    alerts.reverse();
    let entity = &catalog.document().entity;
    let this = Month::of(zone.day_of(now));
    // What is booked in a later month, because its own was closed, is not of the month shown.
    let newest = facts.iter().map(|fact| fact.month).max().map_or(this, |month| month.min(this));
    Ok(OverviewView {
        as_of: now.to_string(),
        is_past,
        month: newest.to_string(),
        newest_day: status.last_day.filter(|_| !is_past).map(|day| day.to_string()),
        is_behind: newest < this,
        entity: entity.name.clone(),
        currency: entity.currency.to_string(),
        ties: (!is_past).then(|| nonzero(&deferred) == nonzero(&scan.carrying)),
        deferred: texts(&deferred),
        months: months(&facts, newest),
        expiring: EXPIRING_DAYS
            .iter()
            .zip(&scan.expiring)
            .map(|(days, class)| ExpiringView {
                days: *days,
                lots: class.lots,
                customers: class.customers,
                units: texts(&class.units),
                revenue: texts(&class.revenue),
            })
            .collect(),
        runs_dry_count: scan.dry.len() as u64,
        runs_dry: scan.dry.iter().take(LISTED).map(|dry| runs_dry(&catalog, dry)).collect(),
        customers: scan.customers,
        alert_count: alerts.len() as u64,
        alerts: alerts.into_iter().take(LISTED).collect(),
    })
}

fn runs_dry(
    catalog: &Catalog,
    (at, customer, wallet, unit, figures): &(Instant, CustomerCode, WalletCode, Unit, [i128; 2]),
) -> RunsDryView {
    RunsDryView {
        customer: customer.to_string(),
        name: catalog.customer(customer).map_or_else(String::new, |c| c.name.clone()),
        wallet: wallet.to_string(),
        unit: unit.code().to_string(),
        available: format_steps(figures[0], unit.scale()),
        day: catalog.zone().day_of(*at).to_string(),
        unused: format_steps(figures[1], unit.scale()),
    }
}

/// Contract liabilities, credit positive, through a month or through the end.
fn deferred(facts: &[Fact], through: Option<Month>) -> BTreeMap<Unit, i128> {
    let mut sums = BTreeMap::new();
    let liabilities = facts.iter().filter(|f| f.account.class() == AccountClass::ContractLiability);
    for fact in liabilities.filter(|f| through.is_none_or(|through| f.month <= through)) {
        *sums.entry(fact.unit).or_default() -= fact.balance();
    }
    sums
}

fn months(facts: &[Fact], this: Month) -> Vec<EarnedView> {
    let mut shown = vec![this];
    for _ in 0..MONTHS_BEFORE {
        let before = shown.last().and_then(|month| month.first_day().pred_opt());
        shown.extend(before.map(Month::of));
    }
    let earns = |fact: &&Fact| {
        let class = fact.account.class();
        matches!(class, AccountClass::Revenue | AccountClass::ContraRevenue)
    };
    let currencies: std::collections::BTreeSet<Unit> = facts
        .iter()
        .filter(|f| earns(f) || f.account.class() == AccountClass::ContractLiability)
        .map(|f| f.unit)
        .collect();
    let mut views = Vec::new();
    for month in shown.into_iter().rev() {
        let owed = deferred(facts, Some(month));
        for currency in &currencies {
            let of_month = facts.iter().filter(|f| f.month == month && f.unit == *currency);
            let earned: Vec<&Fact> = of_month.filter(earns).collect();
            let sum = |of: &dyn Fn(Account) -> bool| -> i128 {
                earned.iter().filter(|f| of(f.account)).map(|f| -f.balance()).sum()
            };
            let text = |steps: i128| format_steps(steps, currency.scale());
            let named = [Account::RevenueUsage, Account::RevenueBreakage, Account::RevenueOverage];
            let contra = |a: Account| a.class() == AccountClass::ContraRevenue;
            views.push(EarnedView {
                month: month.to_string(),
                currency: currency.code().to_string(),
                usage: text(sum(&|a| a == Account::RevenueUsage)),
                breakage: text(sum(&|a| a == Account::RevenueBreakage)),
                overage: text(sum(&|a| a == Account::RevenueOverage)),
                other: text(sum(&|a| !named.contains(&a) && !contra(a))),
                contra: text(-sum(&contra)),
                net: text(sum(&|_| true)),
                deferred: text(owed.get(currency).copied().unwrap_or_default()),
            });
        }
    }
    views
}

#[cfg(test)]
mod tests;
