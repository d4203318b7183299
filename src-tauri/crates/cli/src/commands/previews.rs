//! `previews`.

use scrip_app::preview::kept::{self, Head, KeptHead};
use scrip_app::preview::{MadeOf, Standing, standing, tables};
use scrip_store::Mode as Access;
use serde_json::json;

use super::inspect::named;
use super::open;
use super::preview::show;
use crate::args::{Args, ExportKept, KeptName, PreviewsCommand};
use crate::failure::Failure;
use crate::output::Output;
use crate::text::{counted, grid};

pub(crate) async fn previews(
    args: &Args,
    command: &PreviewsCommand,
    out: &mut Output,
) -> Result<(), Failure> {
    match command {
        PreviewsCommand::List => list(args, out).await,
        PreviewsCommand::Show(name) => show_one(args, name, out).await,
        PreviewsCommand::Export(export) => export_one(args, export, out).await,
        PreviewsCommand::Discard(name) => discard(args, name, out).await,
    }
}

/// `A: dearer 1a2b3c4d`.
fn made_of(scenarios: &[MadeOf]) -> String {
    let scenarios = scenarios.iter().map(|one| {
        let sources =
            one.sources.iter().map(|source| format!("{} {}", source.name, source.hash.short()));
        format!("{}: {}", one.scenario, sources.collect::<Vec<_>>().join(", "))
    });
    scenarios.collect::<Vec<_>>().join("; ")
}

async fn list(args: &Args, out: &mut Output) -> Result<(), Failure> {
    let books = open(args, Access::ReadOnly).await?;
    let lines = kept::kept(&books)?;
    if lines.is_empty() {
        out.line("No preview is kept; `scrip preview ... --keep NAME` keeps one.");
    }
    let mut rows = Vec::new();
    for line in &lines {
        match &line.head {
            KeptHead::Preview(Head { made_at, made_by, scenarios, view, .. }) => rows.push(vec![
                line.name.clone(),
                format!("{} through {}", view.from, view.through),
                made_of(scenarios),
                made_at.to_string(),
                made_by.to_string(),
                line.note.clone(),
            ]),
            KeptHead::Unreadable(why) => out.note(&format!("{} cannot be read: {why}", line.name)),
        }
    }
    if !rows.is_empty() {
        grid(out, &["Name", "Window", "Scenarios", "Run at", "By", "Note"], &[], &rows);
    }
    out.result(&json!({ "previews": lines }));
    Ok(())
}

async fn show_one(args: &Args, name: &KeptName, out: &mut Output) -> Result<(), Failure> {
    let books = open(args, Access::ReadOnly).await?;
    let opened = kept::open(&books, &named("preview", "preview's name", &name.name)?)?;
    let preview = &opened.preview;
    out.line(format!("{}, run at {} by {}", opened.name, preview.made_at, preview.made_by));
    if !opened.note.is_empty() {
        out.line(&opened.note);
    }
    for one in &preview.scenarios {
        for source in &one.sources {
            out.line(format!("{}: {}, BLAKE3 {}", one.scenario, source.name, source.hash));
        }
    }
    out.line(format!(
        "Ledger checkpoint {}: {}; configuration {}",
        preview.checkpoint.hash,
        counted(preview.checkpoint.entries, "entry"),
        preview.config_revision
    ));
    let standing = standing(&books, preview).await?;
    since(&standing, out);
    out.line("");
    show(&preview.view, out);
    out.result(&json!({ "kept": opened, "since": standing }));
    Ok(())
}

/// What happened since.
fn since(standing: &Standing, out: &mut Output) {
    if standing.entries_since > 0 {
        let entries = counted(standing.entries_since, "entry");
        out.line(format!("Since then {entries} were recorded."));
    }
    if standing.is_reconfigured {
        out.line("Since then another configuration was put into force.");
    }
    if !standing.changed_drafts.is_empty() {
        let drafts = standing.changed_drafts.join(", ");
        out.line(format!("No drafts of the workspace as they were then: {drafts}."));
    }
}

async fn export_one(args: &Args, export: &ExportKept, out: &mut Output) -> Result<(), Failure> {
    let books = open(args, Access::ReadOnly).await?;
    let opened = kept::open(&books, &named("preview", "preview's name", &export.name)?)?;
    let of = (export.out.as_path(), opened.name.as_str());
    let files = tables::write(&opened.preview, of, export.format.into())?;
    for file in &files {
        out.line(format!("Wrote {}.", file.display()));
    }
    out.result(&json!({ "files": files }));
    Ok(())
}

async fn discard(args: &Args, name: &KeptName, out: &mut Output) -> Result<(), Failure> {
    let books = open(args, Access::ReadOnly).await?;
    kept::discard(&books, &named("preview", "preview's name", &name.name)?)?;
    out.line(format!("The preview {} is gone.", name.name));
    out.result(&json!({ "discarded": name.name }));
    Ok(())
}
