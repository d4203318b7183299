//! Every figure of every report is the sum of its lots, every lot that of its entries, every entry that
//! of its usage. Looked at in the months of three templates: several units, currencies and pools.

use std::path::Path;

use scrip_revenue::{Cell, RevenueBy, RollForwardBy, RowKind};
use scrip_store::SqliteStore;
use scrip_units::format_steps;
use tempfile::TempDir;

use super::lens::row_words;
use super::*;
use crate::reporting;
use crate::session::Edge;
use crate::template::{self, Extent, NewWorkspace};

/// More than there are.
const ALL: usize = 100_000;

async fn month_of(name: &str, dir: &Path) -> Workspace<SqliteStore> {
    let edge = Edge { now: "2026-12-02T09:00:00Z".parse().unwrap(), actor: "ana".parse().unwrap() };
    let new = NewWorkspace { dir, id: "w", extent: Extent::Month };
    template::create(name, new, &edge).await.unwrap().0
}

fn reports() -> Vec<ReportKind> {
    use RollForwardBy as By;
    let mut kinds = vec![ReportKind::TrialBalance, ReportKind::Waterfall, ReportKind::Units];
    kinds.extend(
        [By::WalletType, By::LotKind, By::Customer, By::Account, By::Currency]
            .map(ReportKind::RollForward),
    );
    kinds.extend(
        [
            RevenueBy::WalletType,
            RevenueBy::RateCard,
            RevenueBy::Rate,
            RevenueBy::Dimension("model".into()),
            RevenueBy::Customer,
            RevenueBy::Month,
            RevenueBy::ServiceMonth,
            RevenueBy::LotKind,
        ]
        .map(ReportKind::RevenueBy),
    );
    kinds
}

async fn window_of(workspace: &Workspace<SqliteStore>) -> Window {
    let status = workspace.store().status().await.unwrap();
    let day = status.last_day.unwrap();
    // The last month alone: what was booked before it is in balances and in no movement.
    Window { from: Month::of(day), to: Month::of(day), as_of: None, effective_until: None }
}

/// The figures of a report, each with its cell.
async fn figures(
    workspace: &Workspace<SqliteStore>,
    kind: &ReportKind,
    window: Window,
) -> Vec<(CellAt, i128, Unit)> {
    let now = "2026-12-02T09:00:00Z".parse().unwrap();
    let report = reporting::make(workspace, kind, window, now).await.unwrap().report;
    let mut figures = Vec::new();
    for table in &report.tables {
        for row in &table.rows {
            for (column, cell) in table.columns.iter().zip(&row.cells) {
                if let Cell::Amount(steps, unit) = cell {
                    let at = CellAt {
                        table: table.title.clone(),
                        row: row_words(table, row).collect(),
                        is_sum: row.kind != RowKind::Detail,
                        column: column.key.clone(),
                    };
                    figures.push((at, *steps, *unit));
                }
            }
        }
    }
    figures
}

#[tokio::test]
async fn every_figure_of_every_report_is_the_sum_of_its_lots() {
    for name in ["universal-credit", "multi-asset", "organisation-pool"] {
        let folder = TempDir::new().unwrap();
        let workspace = month_of(name, folder.path()).await;
        let window = window_of(&workspace).await;
        let mut seen = 0;
        for kind in reports() {
            for (cell, steps, unit) in figures(&workspace, &kind, window).await {
                let made = make_up(&workspace, (&kind, window), &cell, None, ALL).await.unwrap();
                let wanted = format_steps(steps, unit.scale());
                if made.unit.is_none() {
                    assert_eq!(steps, 0, "{name} {kind:?} {cell:?}");
                    continue;
                }
                assert_eq!(made.amount, wanted, "{name} {kind:?} {cell:?}");
                assert_eq!(made.unit.as_deref(), Some(unit.code().as_str()));
                seen += made.parts.len();
            }
        }
        assert!(seen > 300, "{name}: {seen} parts");
    }
}

#[tokio::test]
async fn a_lot_adds_what_its_entries_add_and_an_entry_what_its_usage_moved() {
    let folder = TempDir::new().unwrap();
    let workspace = month_of("universal-credit", folder.path()).await;
    let window = window_of(&workspace).await;
    let kinds = [
        ReportKind::RevenueBy(RevenueBy::Dimension("model".into())),
        ReportKind::RollForward(RollForwardBy::WalletType),
        ReportKind::TrialBalance,
    ];
    let (mut entries_seen, mut usage_seen) = (0, 0);
    for kind in kinds {
        for (cell, _, _) in figures(&workspace, &kind, window).await {
            let made = make_up(&workspace, (&kind, window), &cell, None, ALL).await.unwrap();
            for part in &made.parts {
                let customer = part.customer.parse().unwrap();
                let lot = part.lot.as_ref().map(|lot| lot.parse::<LotId>().unwrap());
                let of = (&customer, lot.as_ref());
                let found =
                    part_entries(&workspace, (&kind, window), &cell, of, ALL).await.unwrap();
                assert_eq!(found.amount, part.amount, "{kind:?} {cell:?} {part:?}");
                assert_eq!(found.rest_count, 0);
                entries_seen += found.entries.len();
                if cell.column != "usage" || !matches!(kind, ReportKind::RollForward(_)) {
                    continue;
                }
                for entry in found.entries.iter().take(3) {
                    let at = (&customer, entry.entry.seq);
                    let usage = entry_events(&workspace, at, lot.as_ref(), 5).await.unwrap();
                    // What usage takes from the liability is below zero there.
                    let sum =
                        usage.sums.get(found.unit.as_ref().unwrap()).map(|sum| format!("-{sum}"));
                    assert_eq!(sum.as_ref(), Some(&entry.amount), "{entry:?}");
                    assert!(usage.count >= usage.events.len() as u64 && !usage.events.is_empty());
                    usage_seen += usage.events.len();
                }
            }
        }
    }
    assert!(entries_seen > 500 && usage_seen > 20, "{entries_seen} entries, {usage_seen} events");
}

#[tokio::test]
async fn what_is_not_listed_is_counted_and_added_up() {
    let folder = TempDir::new().unwrap();
    let workspace = month_of("universal-credit", folder.path()).await;
    let window = window_of(&workspace).await;
    let kind = ReportKind::RollForward(RollForwardBy::Customer);
    let (cell, steps, unit) = figures(&workspace, &kind, window)
        .await
        .into_iter()
        .rfind(|(cell, _, _)| cell.is_sum && cell.column == "closing")
        .unwrap();
    let whole = make_up(&workspace, (&kind, window), &cell, None, ALL).await.unwrap();
    let short = make_up(&workspace, (&kind, window), &cell, None, 2).await.unwrap();
    assert_eq!(short.amount, format_steps(steps, unit.scale()));
    assert_eq!(short.rest_count + 2, whole.parts.len() as u64);
    let add = |texts: &[&str]| -> i128 {
        let steps = |text: &&str| {
            scrip_units::parse_steps(text, unit.scale(), unit.code().as_str()).unwrap()
        };
        texts.iter().map(|text| i128::from(steps(text))).sum()
    };
    let listed: Vec<&str> = short.parts.iter().map(|part| part.amount.as_str()).collect();
    assert_eq!(add(&listed) + add(&[&short.rest]), steps);
    // Of one customer alone.
    let customer = whole.parts[0].customer.parse().unwrap();
    let own = make_up(&workspace, (&kind, window), &cell, Some(&customer), ALL).await.unwrap();
    let of_customer = whole.parts.iter().filter(|part| part.customer == whole.parts[0].customer);
    let amounts: Vec<&str> = of_customer.map(|part| part.amount.as_str()).collect();
    assert_eq!(add(&[&own.amount]), add(&amounts));
    assert_eq!(own.parts.len(), amounts.len());
}

#[tokio::test]
async fn the_journal_is_made_of_entries_and_has_no_figure_to_take_apart() {
    let folder = TempDir::new().unwrap();
    let workspace = month_of("universal-credit", folder.path()).await;
    let window = window_of(&workspace).await;
    let cell =
        CellAt { table: "Journal".into(), row: Vec::new(), is_sum: false, column: "debit".into() };
    let made = make_up(&workspace, (&ReportKind::Journal, window), &cell, None, 1).await;
    assert!(matches!(made, Err(AppError::Argument(_))), "{made:?}");
}
