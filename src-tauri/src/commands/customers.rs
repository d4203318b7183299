//! Customers: the list, one of them in whole, how the balance of a wallet came to be.

use scrip_app::burning::{DepletionView, RateView, WalletBurnView};
use scrip_app::charting;
use scrip_app::customer::{self, StackedLot, TimelineRow, TimelineStart, WalletStack};
use scrip_app::customers::{self, CustomerFilter, Start};
use scrip_app::holds::HoldView;
use serde::{Deserialize, Serialize};
use specta::Type;
use tauri::State;

use crate::commands::charts::{ChartLook, ChartPicture, picture};
use crate::commands::ledger::LedgerEntry;
use crate::commands::overview::{Alert, UnitAmount, amounts};
use crate::commands::parse;
use crate::desk::Desk;
use crate::edge::now;
use crate::failure::Failure;

/// Customers of a page of the list.
const PAGE: u32 = 100;
/// Entries of a page of a timeline.
const TIMELINE_PAGE: u32 = 100;

/// Which customers; every condition that is given must hold.
#[derive(Debug, Default, Deserialize, Type)]
pub struct CustomersWanted {
    /// Words that occur in code or name.
    pub search: String,
    /// On this plan.
    pub plan: Option<String>,
    /// In this country.
    pub country: Option<String>,
    /// With this label.
    pub tag: Option<String>,
}

impl From<CustomersWanted> for CustomerFilter {
    fn from(wanted: CustomersWanted) -> Self {
        Self { search: wanted.search, plan: wanted.plan, country: wanted.country, tag: wanted.tag }
    }
}

/// How many customers match, and what can be filtered by.
#[derive(Debug, Serialize, Type)]
pub struct CustomersIndex {
    /// Customers in the configuration.
    pub total: u32,
    /// Customers that match. A list that one person scrolls through has fewer than four billion.
    pub matching: u32,
    /// Customers of a page.
    pub page: u32,
    /// Plans that customers have.
    pub plans: Vec<String>,
    /// Countries that customers are in.
    pub countries: Vec<String>,
    /// Labels that customers have.
    pub tags: Vec<String>,
}

/// A wallet, as the list shows it.
#[derive(Debug, Serialize, Type)]
pub struct HeldUnits {
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

/// A customer, as the list shows it.
#[derive(Debug, Serialize, Type)]
pub struct CustomerLine {
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
    /// Wallets.
    pub wallets: Vec<HeldUnits>,
    /// The day on which the first of its wallets is empty.
    pub runs_out: Option<String>,
    /// Contract liabilities.
    pub deferred: Vec<UnitAmount>,
    /// Entries.
    pub entries: String,
}

impl From<customers::CustomerRow> for CustomerLine {
    fn from(row: customers::CustomerRow) -> Self {
        let wallets: Vec<HeldUnits> = row
            .wallets
            .into_iter()
            .map(|held| HeldUnits {
                wallet: held.wallet,
                unit: held.unit,
                available: held.available,
                held: held.held,
                runs_out: held.runs_out,
            })
            .collect();
        Self {
            customer: row.customer,
            name: row.name,
            plan: row.plan,
            country: row.country,
            signed_up_on: row.signed_up_on,
            // Days are written so that their order is that of their texts.
            runs_out: wallets.iter().filter_map(|wallet| wallet.runs_out.clone()).min(),
            wallets,
            deferred: amounts(row.deferred),
            entries: row.entries.to_string(),
        }
    }
}

/// How many customers match.
///
/// # Errors
/// When the ledger cannot be read.
#[tauri::command]
#[specta::specta]
pub async fn customers_index(
    desk: State<'_, Desk>,
    wanted: CustomersWanted,
) -> Result<CustomersIndex, Failure> {
    let index = customers::index(&desk.books().await?, &wanted.into()).await?;
    let count = |count: u64| {
        u32::try_from(count).map_err(|_| Failure::input(&"the list is too long to scroll"))
    };
    Ok(CustomersIndex {
        total: count(index.total)?,
        matching: count(index.matching)?,
        page: PAGE,
        plans: index.plans,
        countries: index.countries,
        tags: index.tags,
    })
}

/// A page of the list, from a place of it.
///
/// # Errors
/// When the ledger cannot be read.
#[tauri::command]
#[specta::specta]
pub async fn customers_page(
    desk: State<'_, Desk>,
    wanted: CustomersWanted,
    place: u32,
) -> Result<Vec<CustomerLine>, Failure> {
    let begin = Start::Place(usize::try_from(place).unwrap_or(usize::MAX));
    let limit = usize::try_from(PAGE).unwrap_or(usize::MAX);
    let books = desk.books().await?;
    let rows = customers::rows(&books, &wanted.into(), (begin, limit), now()?).await?;
    Ok(rows.into_iter().map(CustomerLine::from).collect())
}

/// A lot in its place among those that burn.
#[derive(Debug, Serialize, Type)]
pub struct LotInStack {
    /// Lot.
    pub lot: String,
    /// Kind.
    pub kind: String,
    /// `usable`, `not_yet_effective`, `expired`, `frozen`, `held` or `used_up`.
    pub state: String,
    /// Units issued.
    pub issued: String,
    /// Units left, whether or not they are usable.
    pub left: String,
    /// Units reserved.
    pub held: String,
    /// Accounting day of its grant.
    pub granted_on: String,
    /// From when it is usable.
    pub effective_at: String,
    /// Until when, exclusive.
    pub expires_at: Option<String>,
    /// The day in which that is, in the time zone of the books.
    pub ends_on: Option<String>,
    /// Whether that is within thirty days.
    pub ends_soon: bool,
    /// What was paid for one unit.
    pub unit_price: Option<String>,
    /// Consideration not yet recognised.
    pub carrying: Option<String>,
    /// Currency of both.
    pub currency: Option<String>,
    /// What will be left when it ends, at the rate of the last thirty days.
    pub left_at_end: Option<String>,
    /// Its part of what the wallet holds, in thousandths.
    pub share: u16,
    /// The held part of it, in thousandths of what it holds.
    pub held_share: u16,
}

impl From<StackedLot> for LotInStack {
    fn from(stacked: StackedLot) -> Self {
        let lot = stacked.lot;
        Self {
            lot: lot.lot,
            kind: lot.kind.to_owned(),
            state: lot.state.to_owned(),
            issued: lot.issued,
            left: lot.left,
            held: lot.held,
            granted_on: stacked.granted_on,
            effective_at: lot.effective_at,
            expires_at: lot.expires_at,
            ends_on: stacked.ends_on,
            ends_soon: stacked.ends_soon,
            unit_price: stacked.unit_price,
            carrying: lot.carrying,
            currency: lot.currency,
            left_at_end: stacked.left_at_end,
            share: stacked.share,
            held_share: stacked.held_share,
        }
    }
}

/// How fast units burn.
#[derive(Debug, Serialize, Type)]
pub struct BurnPace {
    /// Units burned.
    pub burned: String,
    /// In so many whole days.
    pub days: u32,
    /// Units a day.
    pub per_day: String,
}

impl From<RateView> for BurnPace {
    fn from(rate: RateView) -> Self {
        Self { burned: rate.burned, days: rate.days, per_day: rate.per_day }
    }
}

/// When a wallet is empty.
#[derive(Debug, Serialize, Type)]
pub struct RunsEmpty {
    /// The day.
    pub day: String,
    /// Units that expire unused by then.
    pub unused: String,
}

impl From<DepletionView> for RunsEmpty {
    fn from(view: DepletionView) -> Self {
        Self { day: view.day, unused: view.unused }
    }
}

/// How fast a wallet burns and when it is empty.
#[derive(Debug, Serialize, Type)]
pub struct WalletPace {
    /// The last whole day.
    pub last_1: Option<BurnPace>,
    /// The last seven whole days.
    pub last_7: Option<BurnPace>,
    /// The last thirty whole days.
    pub last_30: Option<BurnPace>,
    /// When it is empty at the rate of the last thirty days.
    pub expected: Option<RunsEmpty>,
    /// At the rate of the week that burned most.
    pub earliest: Option<RunsEmpty>,
    /// At the rate of the week that burned least.
    pub latest: Option<RunsEmpty>,
}

impl From<WalletBurnView> for WalletPace {
    fn from(view: WalletBurnView) -> Self {
        Self {
            last_1: view.last_1.map(Into::into),
            last_7: view.last_7.map(Into::into),
            last_30: view.last_30.map(Into::into),
            expected: view.expected.map(Into::into),
            earliest: view.earliest.map(Into::into),
            latest: view.latest.map(Into::into),
        }
    }
}

/// A wallet and its lots.
#[derive(Debug, Serialize, Type)]
pub struct CustomerWallet {
    /// Wallet.
    pub wallet: String,
    /// Wallet type.
    pub wallet_type: String,
    /// Unit.
    pub unit: String,
    /// Usable, less what the wallet is overdrawn by.
    pub available: String,
    /// What it is overdrawn by.
    pub overdrawn: Option<String>,
    /// Reserved by holds and draft invoices.
    pub held: String,
    /// How fast it burns.
    pub pace: Option<WalletPace>,
    /// Lots with something left, in the order in which they burn.
    pub lots: Vec<LotInStack>,
    /// Lots of which nothing is left, the latest first.
    pub spent: Vec<LotInStack>,
}

impl From<WalletStack> for CustomerWallet {
    fn from(stack: WalletStack) -> Self {
        Self {
            wallet: stack.wallet,
            wallet_type: stack.wallet_type,
            unit: stack.unit,
            available: stack.available,
            overdrawn: stack.overdrawn,
            held: stack.held,
            pace: stack.burn.map(Into::into),
            lots: stack.lots.into_iter().map(Into::into).collect(),
            spent: stack.spent.into_iter().map(Into::into).collect(),
        }
    }
}

/// A hold.
#[derive(Debug, Serialize, Type)]
pub struct CustomerHold {
    /// Its id.
    pub hold: String,
    /// The wallet, or the meter of the usage that is expected.
    pub held_for: String,
    /// Unit.
    pub unit: String,
    /// Units held at first.
    pub placed: String,
    /// Units held still.
    pub held: String,
    /// Units captured so far.
    pub captured: String,
    /// When it was placed.
    pub placed_at: String,
    /// When it times out, exclusive.
    pub expires_at: Option<String>,
}

impl From<HoldView> for CustomerHold {
    fn from(view: HoldView) -> Self {
        Self {
            hold: view.hold,
            held_for: view.held_for,
            unit: view.unit,
            placed: view.placed,
            held: view.held,
            captured: view.captured,
            placed_at: view.placed_at,
            expires_at: view.expires_at,
        }
    }
}

/// A customer in whole.
#[derive(Debug, Serialize, Type)]
pub struct CustomerInWhole {
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
    /// The instant.
    pub as_of: String,
    /// Wallets.
    pub wallets: Vec<CustomerWallet>,
    /// Holds that have not ended.
    pub holds: Vec<CustomerHold>,
    /// Contract liabilities.
    pub deferred: Vec<UnitAmount>,
    /// Earned and not yet invoiced.
    pub unbilled: Vec<UnitAmount>,
    /// Invoiced and not yet paid.
    pub receivable: Vec<UnitAmount>,
    /// Fees charged in advance and not yet earned.
    pub deferred_fees: Vec<UnitAmount>,
    /// Alerts of the last ninety days, the latest first.
    pub alerts: Vec<Alert>,
}

/// A customer in whole, now or at an earlier instant.
///
/// # Errors
/// When there is no such customer or the ledger cannot be read.
#[tauri::command]
#[specta::specta]
pub async fn customer_in_whole(
    desk: State<'_, Desk>,
    customer: String,
    as_of: Option<String>,
) -> Result<CustomerInWhole, Failure> {
    let at = as_of.as_deref().map(parse).transpose()?.map_or_else(now, Ok)?;
    let page = customer::page(&desk.books().await?, &parse(&customer)?, at).await?;
    Ok(CustomerInWhole {
        customer: page.customer,
        name: page.name,
        plan: page.plan,
        country: page.country,
        signed_up_on: page.signed_up_on,
        tags: page.tags,
        as_of: page.as_of,
        wallets: page.wallets.into_iter().map(Into::into).collect(),
        holds: page.holds.into_iter().map(Into::into).collect(),
        deferred: amounts(page.deferred),
        unbilled: amounts(page.unbilled),
        receivable: amounts(page.receivable),
        deferred_fees: amounts(page.deferred_fees),
        alerts: page.alerts.into_iter().map(Alert::from).collect(),
    })
}

/// A wallet's balance over time, its expiries and when it is expected to be empty.
///
/// # Errors
/// When the wallet has no lots or the ledger cannot be read.
#[tauri::command]
#[specta::specta]
pub async fn burn_down_chart(
    desk: State<'_, Desk>,
    customer: String,
    wallet: String,
    as_of: Option<String>,
    look: ChartLook,
) -> Result<ChartPicture, Failure> {
    let at = as_of.as_deref().map(parse).transpose()?.map_or_else(now, Ok)?;
    let books = desk.books().await?;
    let of = (&parse(&customer)?, &parse(&wallet)?);
    picture(&charting::burn_down_chart(&books, of, at, look.into()).await?, look)
}

/// Where a page of a timeline begins.
#[derive(Debug, Clone, Serialize, Deserialize, Type)]
pub struct TimelineBegin {
    /// After this place in the ledger.
    pub after: String,
    /// The usable units before it.
    pub balance: String,
}

/// How the entries of a wallet fall into pages.
#[derive(Debug, Serialize, Type)]
pub struct TimelinePages {
    /// Entries.
    pub count: u32,
    /// Entries of a page.
    pub page: u32,
    /// Where each page begins, the oldest first.
    pub starts: Vec<TimelineBegin>,
}

/// An entry of a wallet with what it did to it.
#[derive(Debug, Serialize, Type)]
pub struct TimelineEntry {
    /// The entry.
    pub entry: LedgerEntry,
    /// Change of the usable units.
    pub change: String,
    /// Change of the held units.
    pub held: String,
    /// The usable units after it.
    pub balance: String,
}

impl From<TimelineRow> for TimelineEntry {
    fn from(row: TimelineRow) -> Self {
        Self { entry: row.placed.into(), change: row.change, held: row.held, balance: row.balance }
    }
}

/// How the entries of a wallet fall into pages, with the balance at the start of each.
///
/// # Errors
/// When the wallet has no lots or the ledger cannot be read.
#[tauri::command]
#[specta::specta]
pub async fn timeline_pages(
    desk: State<'_, Desk>,
    customer: String,
    wallet: String,
    as_of: Option<String>,
) -> Result<TimelinePages, Failure> {
    let as_of = as_of.as_deref().map(parse).transpose()?;
    let of = (&parse(&customer)?, &parse(&wallet)?);
    let index = customer::timeline_index(&desk.books().await?, of, as_of, TIMELINE_PAGE).await?;
    let start = |start: TimelineStart| TimelineBegin {
        after: start.after.to_string(),
        balance: start.balance,
    };
    Ok(TimelinePages {
        count: u32::try_from(index.count)
            .map_err(|_| Failure::input(&"the list is too long to scroll"))?,
        page: TIMELINE_PAGE,
        starts: index.starts.into_iter().map(start).collect(),
    })
}

/// A page of a timeline, the oldest entry first.
///
/// # Errors
/// When the wallet has no lots or the ledger cannot be read.
#[tauri::command]
#[specta::specta]
pub async fn timeline_page(
    desk: State<'_, Desk>,
    customer: String,
    wallet: String,
    as_of: Option<String>,
    begin: TimelineBegin,
) -> Result<Vec<TimelineEntry>, Failure> {
    let as_of = as_of.as_deref().map(parse).transpose()?;
    let of = (&parse(&customer)?, &parse(&wallet)?);
    let start = TimelineStart { after: parse(&begin.after)?, balance: begin.balance };
    let page = (&start, TIMELINE_PAGE);
    let rows = customer::timeline_page(&desk.books().await?, of, as_of, page).await?;
    Ok(rows.into_iter().map(TimelineEntry::from).collect())
}
