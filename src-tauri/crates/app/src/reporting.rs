//! Reports over the ledger, and their files.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::io::BufWriter;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use scrip_catalog::DrawKey;
use scrip_journal::{AccountClass, Checkpoint, Entry};
use scrip_reports::csv::{JournalCsv, write_table};
use scrip_reports::ledger_text::{Beancount, Hledger, LedgerTextHeader};
use scrip_reports::xlsx::{JournalXlsx, write_report};
use scrip_reports::{ExportError, pdf};
use scrip_revenue::{
    DailyJournal, Fact, Period, Report, ReportHeader, RevenueBy, RollForwardBy, call_accounts,
    journal, no_revenue, revenue_by, roll_forward, trial_balance, units_roll_forward, waterfall,
};
use scrip_store::{EntryFilter, FactColumn, FactGroup, FactQuery, LedgerStore, Page};
use scrip_units::{CustomerCode, Date, Instant, Month, Unit};

use crate::accounts;
use crate::error::AppError;
use crate::margin::MarginBy;
use crate::standing::Standings;
use crate::workspace::Workspace;

/// A report that can be asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ReportKind {
    /// Balances of all accounts.
    TrialBalance,
    /// Entries.
    Journal,
    /// What each account took on each side, day by day.
    DailyJournal,
    /// Movements of contract liabilities.
    RollForward(RollForwardBy),
    /// Booked month by recognised month.
    Waterfall,
    /// Revenue by something.
    RevenueBy(RevenueBy),
    /// Movements of units.
    Units,
    /// Revenue of usage less what delivering it cost.
    Margin(MarginBy),
    /// What one customer held, got, used and paid.
    Statement(CustomerCode),
}

impl ReportKind {
    pub(crate) fn columns(&self) -> FactGroup {
        use FactColumn::{Customer, Dimensions, LotKind, LotMonth, Rate, ServiceMonth, WalletType};
        let columns: &[FactColumn] = match self {
            Self::TrialBalance
            | Self::Journal
            | Self::DailyJournal
            | Self::Margin(_)
            | Self::Statement(_) => &[],
            Self::RollForward(RollForwardBy::WalletType) | Self::Units => &[WalletType],
            Self::RollForward(RollForwardBy::LotKind) => &[LotKind],
            Self::RollForward(RollForwardBy::Customer) => &[Customer],
            Self::RollForward(RollForwardBy::Account | RollForwardBy::Currency) => &[],
            Self::Waterfall => &[LotMonth],
            Self::RevenueBy(by) => match by {
                RevenueBy::WalletType => &[WalletType],
                RevenueBy::RateCard | RevenueBy::Rate => &[Rate],
                RevenueBy::Dimension(_) => &[Dimensions],
                RevenueBy::Customer => &[Customer],
                RevenueBy::Month => &[],
                RevenueBy::ServiceMonth => &[ServiceMonth],
                RevenueBy::LotKind => &[LotKind],
            },
        };
        FactGroup::of(columns)
    }

    /// Whether its figures are sums of postings that can be taken apart.
    #[must_use]
    pub fn is_sum_of_facts(&self) -> bool {
        !matches!(self, Self::Journal | Self::DailyJournal | Self::Margin(_) | Self::Statement(_))
    }

    /// The name of the report's files, without ending.
    #[must_use]
    pub fn file_stem(&self) -> String {
        match self {
            Self::TrialBalance => "trial-balance".into(),
            Self::Journal => "journal".into(),
            Self::DailyJournal => "journal-by-day".into(),
            Self::RollForward(by) => match by {
                RollForwardBy::WalletType => "roll-forward-by-wallet-type".into(),
                RollForwardBy::LotKind => "roll-forward-by-lot-kind".into(),
                RollForwardBy::Customer => "roll-forward-by-customer".into(),
                RollForwardBy::Account => "roll-forward-by-account".into(),
                RollForwardBy::Currency => "roll-forward".into(),
            },
            Self::Waterfall => "waterfall".into(),
            Self::RevenueBy(by) => match by {
                RevenueBy::WalletType => "revenue-by-wallet-type".into(),
                RevenueBy::RateCard => "revenue-by-rate-card".into(),
                RevenueBy::Rate => "revenue-by-rate".into(),
                RevenueBy::Dimension(name) => {
                    format!("revenue-by-{}", name.replace(['/', '.', '\\'], "-"))
                }
                RevenueBy::Customer => "revenue-by-customer".into(),
                RevenueBy::Month => "revenue-by-month".into(),
                RevenueBy::ServiceMonth => "revenue-by-service-month".into(),
                RevenueBy::LotKind => "revenue-by-lot-kind".into(),
            },
            Self::Units => "units".into(),
            Self::Margin(by) => by.file_stem(),
            Self::Statement(customer) => {
                let safe = |c: char| if c.is_ascii_alphanumeric() || c == '_' { c } else { '-' };
                format!("statement-{}", customer.as_str().chars().map(safe).collect::<String>())
            }
        }
    }
}

/// Which months a report covers, and up to which day entries count.
#[derive(Debug, Clone, Copy)]
pub struct Window {
    /// First month.
    pub from: Month,
    /// Last month.
    pub to: Month,
    /// Last accounting day that counts; the last day of `to` if absent.
    pub as_of: Option<Date>,
    /// The instant by which an entry must count; any if absent.
    pub effective_until: Option<Instant>,
}

impl Window {
    pub(crate) fn before(&self) -> Option<Date> {
        let last = self.to.last_day();
        self.as_of.map_or(last, |day| day.min(last)).succ_opt()
    }

    /// The last accounting day that counts, if it is before the end of the last month.
    fn through(&self) -> Option<Date> {
        self.as_of.filter(|day| *day < self.to.last_day())
    }

    /// Which entries were left out, for whoever reads the report on paper.
    fn basis(&self) -> impl Iterator<Item = String> {
        let booked = self
            .through()
            .map(|day| format!("As of {day}: entries that are booked on later days are left out"));
        let counted = self
            .effective_until
            .map(|until| format!("As of {until}: entries that count later are left out"));
        booked.into_iter().chain(counted)
    }

    /// Writes into a header up to when entries count.
    pub(crate) fn tell(&self, header: &mut ReportHeader) {
        header.through = self.through();
        header.basis.extend(self.basis());
    }
}

/// A report with its header.
#[derive(Debug)]
pub struct Made {
    /// Entity, basis, proof.
    pub header: ReportHeader,
    /// The report.
    pub report: Report,
}

/// The header of every report of the ledger as it is.
///
/// # Errors
/// [`AppError::NoConfiguration`], or the store's.
pub async fn header<S: LedgerStore>(
    workspace: &Workspace<S>,
    now: Instant,
) -> Result<ReportHeader, AppError> {
    workspace.store().whole().await?;
    let catalog = workspace.catalog().await?;
    let entity = &catalog.document().entity;
    let mut basis = vec![
        "Recognition: proportional to units used, breakage when lots expire (remote method); cumulative amounts rounded half away from zero".to_owned(),
        "A lot is usable when effective_at <= t < expires_at".to_owned(),
    ];
    for wallet_type in &catalog.document().wallet_types {
        if let Some(version) = catalog.wallet_type_at(&wallet_type.code, now) {
            let keys: Vec<_> = version.draw_order.iter().map(draw_key).collect();
            basis.push(format!(
                "Draw order of {} (version {}): {}",
                wallet_type.code,
                version.version,
                keys.join(", ")
            ));
        }
    }
    Ok(ReportHeader {
        entity: entity.name.clone(),
        currency: entity.currency,
        zone: entity.time_zone,
        as_of: now,
        days: None,
        through: None,
        basis,
        checkpoint: workspace.store().checkpoint().await?,
        config_revision: catalog.revision(),
    })
}

fn draw_key(key: &DrawKey) -> &'static str {
    match key {
        DrawKey::GrantPriority => "grant priority",
        DrawKey::ScopedFirst => "limited scope first",
        DrawKey::SoonestExpiry => "soonest expiry",
        DrawKey::PromotionalFirst => "promotional before paid",
        DrawKey::PaidFirst => "paid before promotional",
        DrawKey::LowestUnitCost => "lowest unit cost",
        DrawKey::HighestUnitCost => "highest unit cost",
        DrawKey::EarliestEffective => "earliest effective",
        DrawKey::LatestEffective => "latest effective",
        DrawKey::LargestGrant => "largest grant",
        DrawKey::LotId => "lot id",
    }
}

/// Makes a report.
///
/// # Errors
/// The store's, or the report's when a sum does not fit or the window runs backwards.
pub async fn make<S: LedgerStore>(
    workspace: &Workspace<S>,
    kind: &ReportKind,
    window: Window,
    now: Instant,
) -> Result<Made, AppError> {
    let mut header = header(workspace, now).await?;
    window.tell(&mut header);
    let (checkpoint, facts) = facts(workspace, kind, window).await?;
    header.checkpoint = checkpoint;
    if let ReportKind::RevenueBy(RevenueBy::Dimension(name)) = kind {
        check_dimension(workspace, name, &facts).await?;
    }
    let report = match kind {
        ReportKind::Margin(by) => {
            return crate::margin::margin(workspace, by, (window.from, window.to), now).await;
        }
        ReportKind::Journal => {
            let mut entries = Vec::new();
            each_entry(workspace, window, &mut |entry| {
                entries.push(entry.clone());
                Ok(())
            })
            .await?;
            journal(&entries, Period::between(window.from, window.to)?)?
        }
        ReportKind::DailyJournal => {
            let mut sums = DailyJournal::default();
            each_entry(workspace, window, &mut |entry| Ok(sums.take(entry)?)).await?;
            sums.report(Period::between(window.from, window.to)?)?
        }
        ReportKind::RollForward(_) => {
            let lots = carrying(workspace, window).await?;
            of_facts(kind, &facts, window, &lots)?
        }
        ReportKind::Statement(customer) => {
            return crate::statement::statement(workspace, customer, window, now).await;
        }
        _ => of_facts(kind, &facts, window, &BTreeMap::new())?,
    };
    let mut report = report;
    if let (ReportKind::RevenueBy(by), true) = (kind, report.tables.is_empty()) {
        let catalog = workspace.catalog().await?;
        if let Some(currency) = catalog.unit(header.currency) {
            report.tables.push(no_revenue(by, currency)?);
        }
    }
    call_accounts(&mut report, &accounts::names(workspace).await?);
    Ok(Made { header, report })
}

/// Refuses a dimension that no meter reports and no figure has, so that a mistyped one is not answered with
/// a row of everything.
async fn check_dimension<S: LedgerStore>(
    workspace: &Workspace<S>,
    name: &str,
    facts: &[Fact],
) -> Result<(), AppError> {
    let catalog = workspace.catalog().await?;
    let meters = catalog.document().meters.iter().flat_map(|meter| &meter.dimensions);
    let reported: BTreeSet<&str> =
        meters.filter(|one| one.report).map(|one| one.name.as_str()).collect();
    if reported.contains(name) || facts.iter().any(|fact| fact.dimensions.contains_key(name)) {
        return Ok(());
    }
    let known = ["wallet-type", "rate-card", "rate", "customer", "month", "service-month"];
    let known = known.into_iter().chain(["lot-kind"]).chain(reported);
    Err(AppError::Argument(format!(
        "--by: {name:?} is not known for revenue: use one of {}",
        known.collect::<Vec<_>>().join(", ")
    )))
}

/// A report as the sum of facts; `lots` is what a roll-forward ties to.
///
/// # Errors
/// The report's, or [`AppError::Argument`] for one that is made of more than facts.
pub(crate) fn of_facts(
    kind: &ReportKind,
    facts: &[Fact],
    Window { from, to, .. }: Window,
    lots: &BTreeMap<Unit, i128>,
) -> Result<Report, AppError> {
    Ok(match kind {
        ReportKind::TrialBalance => trial_balance(facts, to)?,
        ReportKind::RollForward(by) => roll_forward(facts, Period::between(from, to)?, *by, lots)?,
        ReportKind::Waterfall => waterfall(facts, from, to)?,
        ReportKind::RevenueBy(by) => revenue_by(facts, by, from, to)?,
        ReportKind::Units => units_roll_forward(facts, to)?,
        ReportKind::Journal
        | ReportKind::DailyJournal
        | ReportKind::Margin(_)
        | ReportKind::Statement(_) => {
            let message = format!("{} is no sum of postings alone", kind.file_stem());
            return Err(AppError::Argument(message));
        }
    })
}

/// The sums that a report is made of, and the checkpoint of the ledger at the same moment.
async fn facts<S: LedgerStore>(
    workspace: &Workspace<S>,
    kind: &ReportKind,
    window: Window,
) -> Result<(Checkpoint, Vec<Fact>), AppError> {
    let query = FactQuery {
        group: kind.columns(),
        booked_before: window.before(),
        effective_until: window.effective_until,
        ..FactQuery::default()
    };
    let mut snapshot = workspace.store().snapshot(&[query]).await?;
    Ok((snapshot.checkpoint, snapshot.facts.pop().unwrap_or_default()))
}

/// Carrying amounts of all lots, and what is deferred of fees, by currency. From the lots and fees
/// themselves when the window reaches the end of the ledger, so that the tie compares two sources; else
/// from the postings, summed another way.
async fn carrying<S: LedgerStore>(
    workspace: &Workspace<S>,
    window: Window,
) -> Result<BTreeMap<Unit, i128>, AppError> {
    let mut sums: BTreeMap<Unit, i128> = BTreeMap::new();
    let last = workspace.store().status().await?.last_day;
    let reaches = last.is_none_or(|last| window.before().is_some_and(|before| last < before));
    if reaches && window.effective_until.is_none() {
        let mut standings = Standings::of(workspace).await?;
        while let Some(page) = standings.next().await? {
            for book in page {
                for (currency, deferred) in scrip_engine::charges::deferred(&book) {
                    *sums.entry(currency).or_default() += deferred;
                }
                for lot in book.lots {
                    if let Some(currency) = lot.currency {
                        *sums.entry(currency.0).or_default() += i128::from(lot.carrying());
                    }
                }
            }
        }
        return Ok(sums);
    }
    let query = FactQuery {
        // Kept apart by what was used, while the report is by lots: sums that are kept are kept twice.
        group: FactGroup::of(&[FactColumn::Rate]),
        booked_before: window.before(),
        effective_until: window.effective_until,
        classes: vec![AccountClass::ContractLiability],
        ..FactQuery::default()
    };
    for fact in workspace.store().facts(&query).await? {
        *sums.entry(fact.unit).or_default() -= fact.balance();
    }
    Ok(sums)
}

/// Entries whose accounting day is in the window, in ledger order.
///
/// # Errors
/// The store's, or the first that `take` returns.
pub async fn each_entry<S: LedgerStore>(
    workspace: &Workspace<S>,
    window: Window,
    take: &mut (dyn FnMut(&Entry) -> Result<(), AppError> + Send),
) -> Result<(), AppError> {
    let filter = EntryFilter {
        booked_from: Some(window.from.first_day()),
        booked_before: window.before(),
        effective_until: window.effective_until,
        ..EntryFilter::default()
    };
    let mut after = 0;
    loop {
        let page = workspace.store().entries(&filter, Page::after(after, 2_000)).await?;
        let Some(last) = page.last() else { return Ok(()) };
        after = last.seq;
        for stored in &page {
            take(&stored.entry)?;
        }
    }
}

/// A file format of reports.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FileFormat {
    /// One CSV file for each table.
    Csv,
    /// One workbook.
    Xlsx,
    /// One document to print and to keep.
    Pdf,
}

fn create(path: &Path) -> Result<BufWriter<File>, AppError> {
    File::create(path).map(BufWriter::new).map_err(AppError::file(path))
}

/// Writes a report into a folder and returns the files. The journal is streamed, so that a million
/// entries need no more memory than one; a document holds [`pdf::ROWS_MAX`] rows at most.
///
/// # Errors
/// The store's, the report's or the operating system's.
pub async fn write<S: LedgerStore>(
    workspace: &Workspace<S>,
    kind: &ReportKind,
    window: Window,
    now: Instant,
    folder: &Path,
    format: FileFormat,
) -> Result<Vec<PathBuf>, AppError> {
    let mut go_on = |_| ControlFlow::Continue(());
    write_telling(workspace, (kind, window), now, (folder, format), &mut go_on).await
}

/// As [`write`], telling how many entries of a journal are written; it may be stopped there, and other
/// reports before their first file. The file that was under way is taken away then.
///
/// # Errors
/// As [`write`], or [`AppError::Cancelled`].
pub async fn write_telling<S: LedgerStore>(
    workspace: &Workspace<S>,
    (kind, window): (&ReportKind, Window),
    now: Instant,
    (folder, format): (&Path, FileFormat),
    tell: &mut (dyn FnMut(u64) -> ControlFlow<()> + Send),
) -> Result<Vec<PathBuf>, AppError> {
    std::fs::create_dir_all(folder).map_err(AppError::file(folder))?;
    let stem = kind.file_stem();
    if *kind == ReportKind::Journal {
        let path = folder.join(match format {
            FileFormat::Csv => "journal.csv",
            FileFormat::Xlsx => "journal.xlsx",
            FileFormat::Pdf => "journal.pdf",
        });
        let written = write_journal(workspace, window, now, (&path, format), tell).await;
        if written.is_err() {
            // What is left of it would pass for the whole.
            let _ = std::fs::remove_file(&path);
        }
        return written.map(|()| vec![path]);
    }
    let made = make(workspace, kind, window, now).await?;
    if tell(0).is_break() {
        return Err(AppError::Cancelled);
    }
    write_made(&made, &stem, (folder, format))
}

/// Writes a report that is made into a folder, under this name, and returns the files.
///
/// # Errors
/// The report's or the operating system's.
pub(crate) fn write_made(
    made: &Made,
    stem: &str,
    (folder, format): (&Path, FileFormat),
) -> Result<Vec<PathBuf>, AppError> {
    let mut files = Vec::new();
    match format {
        FileFormat::Xlsx => {
            let path = folder.join(format!("{stem}.xlsx"));
            write_report(&made.header, &made.report, create(&path)?)?;
            files.push(path);
        }
        FileFormat::Pdf => {
            let path = folder.join(format!("{stem}.pdf"));
            write_pdf(made, &path)?;
            files.push(path);
        }
        FileFormat::Csv => {
            for (number, table) in made.report.tables.iter().enumerate() {
                let name = if made.report.tables.len() == 1 {
                    format!("{stem}.csv")
                } else {
                    format!("{stem}-{}-{}.csv", number + 1, slug(&table.title))
                };
                let path = folder.join(name);
                write_table(table, create(&path)?)?;
                files.push(path);
            }
        }
    }
    Ok(files)
}

/// Makes the whole document before the file, so that a report that has no document leaves none.
fn write_pdf(made: &Made, path: &Path) -> Result<(), AppError> {
    let mut document = Vec::new();
    pdf::write_report(&made.header, &made.report, &mut document)?;
    std::fs::write(path, document).map_err(AppError::file(path))
}

fn slug(title: &str) -> String {
    let letters =
        title.chars().map(|c| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '-' });
    let text: String = letters.collect();
    text.split('-').filter(|part| !part.is_empty()).collect::<Vec<_>>().join("-")
}

async fn write_journal<S: LedgerStore>(
    workspace: &Workspace<S>,
    window: Window,
    now: Instant,
    (path, format): (&Path, FileFormat),
    tell: &mut (dyn FnMut(u64) -> ControlFlow<()> + Send),
) -> Result<(), AppError> {
    let mut entries = 0;
    let mut go_on = || {
        entries += 1;
        if tell(entries).is_break() { Err(AppError::Cancelled) } else { Ok(()) }
    };
    let names = accounts::names(workspace).await?;
    match format {
        FileFormat::Csv => {
            let mut csv = JournalCsv::try_new(create(path)?, names)?;
            let mut take = |entry: &Entry| go_on().and_then(|()| Ok(csv.entry(entry)?));
            each_entry(workspace, window, &mut take).await?;
            csv.finish()?;
        }
        FileFormat::Xlsx => {
            let mut header = header(workspace, now).await?;
            window.tell(&mut header);
            let period = Period::between(window.from, window.to)?;
            let mut xlsx = JournalXlsx::try_new(header, period, names)?;
            let mut take = |entry: &Entry| go_on().and_then(|()| Ok(xlsx.entry(entry)?));
            each_entry(workspace, window, &mut take).await?;
            xlsx.finish(create(path)?)?;
        }
        FileFormat::Pdf => {
            // A journal that is too long for a document is not read to its end.
            let (mut entries, mut rows) = (Vec::new(), 0);
            let mut take = |entry: &Entry| {
                go_on()?;
                rows += entry.body.postings.len();
                if rows > pdf::ROWS_MAX {
                    return Err(ExportError::TooLong { rows, rows_max: pdf::ROWS_MAX }.into());
                }
                entries.push(entry.clone());
                Ok(())
            };
            each_entry(workspace, window, &mut take).await?;
            let mut header = header(workspace, now).await?;
            window.tell(&mut header);
            let mut report = journal(&entries, Period::between(window.from, window.to)?)?;
            call_accounts(&mut report, &names);
            write_pdf(&Made { header, report }, path)?;
        }
    }
    Ok(())
}

/// A format of plain-text accounting.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TextFormat {
    /// hledger journal.
    Hledger,
    /// Beancount ledger.
    Beancount,
}

/// Writes the entries of a window as plain-text accounting.
///
/// # Errors
/// The store's, the format's or the operating system's.
pub async fn write_ledger_text<S: LedgerStore>(
    workspace: &Workspace<S>,
    window: Window,
    now: Instant,
    path: &Path,
    format: TextFormat,
) -> Result<(), AppError> {
    let header = header(workspace, now).await?;
    let units: BTreeSet<Unit> = facts(workspace, &ReportKind::TrialBalance, window)
        .await?
        .1
        .iter()
        .map(|f| f.unit)
        .collect();
    let header = LedgerTextHeader {
        entity: header.entity,
        currency: header.currency,
        units: units.into_iter().collect(),
        provenance: format!(
            "Scrip, {} to {}, ledger checkpoint {}",
            window.from, window.to, header.checkpoint.hash
        ),
        accounts: accounts::names(workspace).await?,
    };
    let target = create(path)?;
    match format {
        TextFormat::Hledger => {
            let mut text = Hledger::try_new(target, &header)?;
            each_entry(workspace, window, &mut |entry| Ok(text.entry(entry)?)).await?;
            text.finish()?;
        }
        TextFormat::Beancount => {
            let mut text = Beancount::try_new(target, &header)?;
            each_entry(workspace, window, &mut |entry| Ok(text.entry(entry)?)).await?;
            text.finish()?;
        }
    }
    Ok(())
}
