//! `demo`: a workspace with three months of usage, and the main job on it.

use std::fs::File;
use std::io::BufWriter;
use std::path::{Path, PathBuf};

use scrip_app::operate::{Mode, operate, read_lines};
use scrip_app::reporting::{self, FileFormat, ReportKind, TextFormat, Window};
use scrip_app::{AppError, Workspace, config, demo};
use scrip_reports::charts::Theme;
use scrip_revenue::{RevenueBy, RollForwardBy};
use scrip_units::{CustomerCode, WalletCode};
use scrip_usage::{Mapping, OnReject, Source};

use super::inspect::parse;
use super::{Books, instant, usage, write_file};
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

fn file(path: &Path) -> impl FnOnce(std::io::Error) -> AppError {
    let path = path.to_owned();
    move |source| AppError::File { path, source }
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
        let books = Workspace::open(dir, scrip_store::Mode::ReadWrite).await?;
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
    let world = demo::world();
    let sources = dir.join("sources");
    std::fs::create_dir_all(&sources).map_err(file(&sources))?;
    write_file(&sources.join("configuration.toml"), &world.configuration)?;
    write_file(&sources.join("mapping.toml"), &world.mapping)?;
    let opening = world.opening.join("\n") + "\n";
    let closing = world.closing.join("\n") + "\n";
    write_file(&sources.join("opening.jsonl"), &opening)?;
    write_file(&sources.join("closing.jsonl"), &closing)?;
    let csv = sources.join("usage.csv");
    out.note("Generating three months of usage");
    let target = File::create(&csv).map_err(file(&csv))?;
    demo::write_usage(seed, &mut BufWriter::new(target)).map_err(file(&csv))?;

    let edge = edge(args.actor.as_deref())?;
    out.note("Configuring: units, meters, wallets, rate cards, customers");
    config::read("configuration.toml", &world.configuration)?;
    let books = Workspace::create(dir, new_id()?.as_str(), edge.now).await?;
    let configuration = ("configuration.toml", world.configuration.as_str());
    config::apply(&books, &edge, &new_id()?, configuration, Mode::Commit).await?;
    out.note("Granting and selling credits");
    operate(&books, &edge, "opening.jsonl", &read_lines("opening.jsonl", &opening)?, Mode::Commit)
        .await?;
    out.note("Importing usage");
    let mapping = Mapping::from_toml(&world.mapping).map_err(|e| Failure::usage(e.to_string()))?;
    let imported =
        usage::import_file(args, &books, &Source::file(&csv), &mapping, OnReject::Stop, out)
            .await?;
    out.line(format!("{} rows of usage became {} events.", imported.rows_read, imported.events));
    out.note("Rating and burning");
    let until = instant(&books, Some(&world.until), edge.now).await?;
    let posted = usage::post_until(args, &books, until, out).await?;
    if !out.is_json() {
        usage::show_post(&posted, out);
    }
    out.note("Expiring, refunding, invoicing");
    operate(&books, &edge, "closing.jsonl", &read_lines("closing.jsonl", &closing)?, Mode::Commit)
        .await?;
    out.note("Verifying: rebuilding the ledger from its operations");
    let verified = scrip_app::verify::verify(&books).await?;
    if !verified.sound {
        return Err(Failure::usage(format!(
            "the demo does not verify; run scrip -w {} verify",
            dir.display()
        )));
    }
    out.line(format!("The ledger verifies. Checkpoint {}", verified.checkpoint));
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
        let window = Window { from, to: month, as_of: None };
        for format in [FileFormat::Xlsx, FileFormat::Csv] {
            files.extend(reporting::write(books, &kind, window, edge.now, &folder, format).await?);
        }
    }
    let window = Window { from: first, to: month, as_of: None };
    for (format, name) in
        [(TextFormat::Hledger, "journal.hledger"), (TextFormat::Beancount, "journal.beancount")]
    {
        let path = folder.join(name);
        reporting::write_ledger_text(books, window, edge.now, &path, format).await?;
        files.push(path);
    }
    let customer: CustomerCode = parse("customer", &world.chart_customer)?;
    let wallet: WalletCode = parse("wallet", &world.chart_wallet)?;
    let until = instant(books, Some(&world.until), edge.now).await?;
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
