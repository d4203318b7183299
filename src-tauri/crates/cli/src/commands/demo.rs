//! `demo`: a workspace with three months of usage, and the main job on it.

use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use scrip_app::reporting::{self, FileFormat, ReportKind, TextFormat, Window};
use scrip_app::{Workspace, demo};
use scrip_reports::charts::Theme;
use scrip_revenue::{RevenueBy, RollForwardBy};
use scrip_units::{CustomerCode, WalletCode};

use super::inspect::parse;
use super::{Books, instant, usage};
use crate::args::{Args, Demo};
use crate::edge::{edge, new_id};
use crate::failure::Failure;
use crate::output::Output;

/// Reports of the demo month.
fn reports() -> Vec<ReportKind> {
    vec![
        ReportKind::TrialBalance,
        ReportKind::RollForward(RollForwardBy::WalletType),
        ReportKind::Waterfall,
        ReportKind::RevenueBy(RevenueBy::WalletType),
        ReportKind::RevenueBy(RevenueBy::RateCard),
        ReportKind::RevenueBy(RevenueBy::Dimension("model".to_owned())),
        ReportKind::RevenueBy(RevenueBy::Customer),
        ReportKind::RevenueBy(RevenueBy::Month),
        ReportKind::Units,
        ReportKind::Journal,
    ]
}

pub(crate) async fn run(args: &Args, arguments: &Demo, out: &mut Output) -> Result<(), Failure> {
    let dir = &arguments.dir;
    let seed = arguments.seed.unwrap_or(demo::SEED);
    let ledger = dir.join(scrip_app::workspace::LEDGER_FILE);
    let files = if ledger.exists() {
        out.note(&format!(
            "The demo workspace {} exists; its reports are written again.",
            dir.display()
        ));
        let books: Books = Workspace::open(dir, scrip_store::Mode::ReadWrite).await?.into();
        let files = write_reports(args, &books, dir, out).await?;
        books.close().await?;
        files
    } else {
        build(args, dir, seed, out).await?
    };
    out.line("");
    out.line(format!("The revenue report of {} is in:", demo::world().demo_month));
    for file in &files {
        out.line(format!("  {}", file.display()));
    }
    out.line(format!("Look around with: scrip -w {} status", dir.display()));
    out.result(&serde_json::json!({ "workspace": dir, "files": files }));
    Ok(())
}

async fn build(
    args: &Args,
    dir: &Path,
    seed: u64,
    out: &mut Output,
) -> Result<Vec<PathBuf>, Failure> {
    let edge = edge(args.actor.as_deref())?;
    let (id, configuration) = (new_id()?, new_id()?);
    let new = demo::NewDemo { dir, seed, id: &id, configuration: &configuration };
    let mut at = None;
    let bar = out.progress("");
    let built = demo::build(new, &edge, &mut |stage: demo::Stage| {
        match stage {
            demo::Stage::Importing(done, total) | demo::Stage::Posting(done, total) => {
                bar.set_length(total);
                bar.set_position(done);
            }
            _ => {}
        }
        if at.replace(stage.words()) != Some(stage.words()) {
            bar.suspend(|| out.note(stage.words()));
        }
        ControlFlow::Continue(())
    })
    .await;
    bar.finish_and_clear();
    let (books, built) = built?;
    let books = Books::from(books);
    let imported = &built.imported;
    out.line(format!("{} rows of usage became {} events.", imported.rows_read, imported.events));
    if !out.is_json() {
        usage::show_post(&built.posted, out);
    }
    out.line(format!("The ledger verifies. Checkpoint {}", built.checkpoint));
    let files = write_reports(args, &books, dir, out).await?;
    books.close().await?;
    Ok(files)
}

async fn write_reports(
    args: &Args,
    books: &Books,
    dir: &Path,
    out: &mut Output,
) -> Result<Vec<PathBuf>, Failure> {
    let world = demo::world();
    let edge = edge(args.actor.as_deref())?;
    let month = parse("month", &world.demo_month)?;
    let first = parse("month", &world.first_month)?;
    let folder = dir.join("reports");
    out.note("Writing reports");
    let mut files = Vec::new();
    for kind in reports() {
        let from =
            if matches!(kind, ReportKind::Waterfall | ReportKind::RevenueBy(RevenueBy::Month)) {
                first
            } else {
                month
            };
        let window = Window { from, to: month, as_of: None, effective_until: None };
        for format in [FileFormat::Xlsx, FileFormat::Csv] {
            files.extend(reporting::write(books, &kind, window, edge.now, &folder, format).await?);
        }
    }
    let window = Window { from: first, to: month, as_of: None, effective_until: None };
    for (format, name) in
        [(TextFormat::Hledger, "journal.hledger"), (TextFormat::Beancount, "journal.beancount")]
    {
        let path = folder.join(name);
        reporting::write_ledger_text(books, window, edge.now, &path, format).await?;
        files.push(path);
    }
    let customer: CustomerCode = parse("customer", &world.chart_customer)?;
    let wallet: WalletCode = parse("wallet", &world.chart_wallet)?;
    let until = instant(books, ("as-of", Some(&world.until)), edge.now).await?;
    for name in ["deferred-and-recognised.svg", "deferred-and-recognised.png"] {
        let path = folder.join(name);
        scrip_app::charting::deferred_and_recognised(books, window, Theme::Light, &path).await?;
        files.push(path);
    }
    for name in ["burn-down.svg", "burn-down.png"] {
        let path = folder.join(name);
        let theme = Theme::Light;
        scrip_app::charting::burn_down(books, &customer, &wallet, until, theme, &path).await?;
        files.push(path);
    }
    Ok(files)
}
