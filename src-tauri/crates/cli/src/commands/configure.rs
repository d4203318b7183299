//! `init`, `apply`, `export`, `schemas`.

use scrip_app::Workspace;
use scrip_app::config::{self, ApplyView, Format};
use scrip_app::operate::Mode;
use scrip_store::{LedgerStore, Mode as Access};

use super::{Books, close, database, open, read, requests, template, write_file};
use crate::args::{Apply, Args, DocumentFormat, Export, Init, Schemas};
use crate::edge::{edge, new_id};
use crate::failure::Failure;
use crate::output::Output;
use crate::text::counted;

/// A configuration with an entity and nothing else.
fn bare(init: &Init) -> String {
    let name = init.name.clone().unwrap_or_default();
    let letters =
        name.chars().map(|c| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '-' });
    let code: String = letters.collect();
    let code = code.trim_matches('-');
    let code = if code.is_empty() { "entity" } else { code };
    format!(
        "format = \"{}\"\n\n[entity]\ncode = {}\nname = {}\ncurrency = {}\ntime_zone = {}\n",
        scrip_catalog::FORMAT,
        quoted(code),
        quoted(&name),
        quoted(&init.currency),
        quoted(&init.time_zone)
    )
}

/// A text as a TOML basic string; JSON's escapes are valid TOML.
fn quoted(text: &str) -> String {
    serde_json::Value::String(text.to_owned()).to_string()
}

pub(crate) async fn init(args: &Args, init: &Init, out: &mut Output) -> Result<(), Failure> {
    let dir = init.dir.as_ref().unwrap_or(&args.workspace);
    if let Some(name) = &init.template {
        if args.production.database.is_some() {
            return Err(Failure::usage(
                "a template is tried out in a workspace; give a production ledger its --config",
            ));
        }
        return template::create(args, (name, dir), init.configuration_only, out).await;
    }
    if init.configuration_only {
        return Err(Failure::usage("--configuration-only says how much of a --template is taken"));
    }
    let (name, text) = match &init.config {
        Some(path) => (path.display().to_string(), read(path)?),
        None => ("the entity".to_owned(), bare(init)),
    };
    // A configuration with errors makes no workspace.
    config::read(&name, &text)?;
    let edge = edge(args.actor.as_deref())?;
    let id = new_id()?;
    let database = database(args, out).await?;
    let books: Books = match &database {
        Some(database) => Workspace::create_in(dir, database, id.as_str(), edge.now).await?,
        None => Workspace::create(dir, id.as_str(), edge.now).await?.into(),
    };
    let view = config::apply(&books, &edge, &new_id()?, (&name, &text), Mode::Commit).await?;
    let made = match &database {
        Some(_) => format!("Made the ledger {}", books.store().place()),
        None => format!("Made a workspace in {}", dir.display()),
    };
    show_warnings(&view, out);
    out.line(format!("{made} with configuration {}.", view.revision));
    out.result(&view);
    close(books, out).await;
    Ok(())
}

fn show_warnings(view: &ApplyView, out: &mut Output) {
    for warning in &view.warnings {
        out.note(&format!("warning: {warning}"));
    }
}

pub(super) fn show(view: &ApplyView, out: &mut Output) {
    show_warnings(view, out);
    for change in &view.changes {
        out.line(format!("  {change}"));
    }
    let count = counted(view.changes.len() as u64, "change");
    let text = match (view.changed, view.dry_run) {
        (false, _) => format!("Nothing differs from configuration {}.", view.revision),
        (true, true) => {
            format!("{count}; nothing was applied. It would be configuration {}.", view.revision)
        }
        (true, false) => format!("{count}; configuration {} is in force.", view.revision),
    };
    out.line(text);
    out.result(view);
}

pub(crate) async fn apply(args: &Args, apply: &Apply, out: &mut Output) -> Result<(), Failure> {
    let preview = requests::preview_of(args, apply.preview.as_deref())?;
    let text = read(&apply.file)?;
    let name = apply.file.display().to_string();
    let file = (name.as_str(), text.as_str());
    let books = open(args, Access::ReadWrite).await?;
    let mode = if apply.dry_run { Mode::DryRun } else { Mode::Commit };
    let edge = edge(args.actor.as_deref())?;
    if mode == Mode::Commit && requests::is_for_later(args) {
        let operations = [(1, config::operation(&edge, &new_id()?, file)?)];
        let what = ("", operations.as_slice());
        requests::instead_with(args, &books, &edge, preview.as_ref(), what, out).await?;
    } else {
        show(&config::apply(&books, &edge, &new_id()?, file, mode).await?, out);
    }
    close(books, out).await;
    Ok(())
}

pub(crate) async fn export(args: &Args, export: &Export, out: &mut Output) -> Result<(), Failure> {
    let books = open(args, Access::ReadOnly).await?;
    let format = match (export.format, &export.out) {
        (Some(DocumentFormat::Json), _) => Format::Json,
        (Some(DocumentFormat::Toml), _) => Format::Toml,
        (None, Some(path)) => Format::of(&path.display().to_string()),
        (None, None) => Format::Toml,
    };
    let text = config::export(&books, format).await?;
    match &export.out {
        Some(path) => {
            write_file(path, &text)?;
            out.line(format!("Wrote {}.", path.display()));
            out.result(&serde_json::json!({ "file": path }));
        }
        None => out.raw(&text),
    }
    Ok(())
}

pub(crate) fn schemas(schemas: &Schemas, out: &mut Output) -> Result<(), Failure> {
    std::fs::create_dir_all(&schemas.dir)
        .map_err(|source| scrip_app::AppError::File { path: schemas.dir.clone(), source })?;
    let mut files = Vec::new();
    for (name, text) in scrip_app::schemas::all()? {
        let path = schemas.dir.join(name);
        write_file(&path, &text)?;
        out.line(format!("Wrote {}.", path.display()));
        files.push(path);
    }
    out.result(&serde_json::json!({ "files": files }));
    Ok(())
}
