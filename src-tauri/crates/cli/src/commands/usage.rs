//! `usage import` and `post`.

use scrip_app::usage::{PostView, import as run_import, post as run_post};
use scrip_store::Mode as Access;
use scrip_usage::{Control, ImportOptions, ImportOutcome, Mapping, OnReject, Source};

use super::write::show_noticed;
use super::{Books, close, instant, open, read};
use crate::args::{Args, AsOf, Import};
use crate::edge::edge;
use crate::failure::Failure;
use crate::output::Output;
use crate::text::counted;

pub(crate) async fn import(args: &Args, import: &Import, out: &mut Output) -> Result<(), Failure> {
    let mapping = Mapping::from_toml(&read(&import.mapping)?)
        .map_err(|e| Failure::usage(format!("{}: {e}", import.mapping.display())))?;
    let books = open(args, Access::ReadWrite).await?;
    let source = Source::file(&import.file);
    let on_reject = if import.skip_rejects { OnReject::Skip } else { OnReject::Stop };
    let outcome = import_file(args, &books, &source, &mapping, on_reject, out).await?;
    show_import(&outcome, out);
    close(books, out).await;
    Ok(())
}

/// Imports a file with progress.
pub(crate) async fn import_file(
    args: &Args,
    books: &Books,
    source: &Source,
    mapping: &Mapping,
    on_reject: OnReject,
    out: &mut Output,
) -> Result<ImportOutcome, Failure> {
    let edge = edge(args.actor.as_deref())?;
    let mut options = ImportOptions::new(edge.now);
    options.on_reject = on_reject;
    let bar = out.progress("Importing");
    let outcome = run_import(books, &edge, source, mapping, &options, &mut |progress| {
        bar.set_length(progress.bytes_total);
        bar.set_position(progress.bytes_read);
        Control::Continue
    })
    .await;
    bar.finish_and_clear();
    Ok(outcome?)
}

pub(crate) fn show_import(outcome: &ImportOutcome, out: &mut Output) {
    out.line(format!(
        "{} read, {} imported in {}, {}, {} rejected.",
        counted(outcome.rows_read, "row"),
        counted(outcome.events, "event"),
        counted(outcome.segments.len() as u64, "segment"),
        counted(outcome.duplicates, "duplicate"),
        outcome.rejects.total()
    ));
    if let Some(file) = &outcome.rejects_file {
        out.line(format!("The rejected rows are listed in {}.", file.display()));
    }
    out.result(outcome);
}

pub(crate) async fn post(args: &Args, as_of: &AsOf, out: &mut Output) -> Result<(), Failure> {
    let books = open(args, Access::ReadWrite).await?;
    let edge = edge(args.actor.as_deref())?;
    let until = instant(&books, ("as-of", as_of.as_of.as_deref()), edge.now).await?;
    let view = post_until(args, &books, until, out).await?;
    show_post(&view, out);
    close(books, out).await;
    Ok(())
}

/// Posts with progress.
pub(crate) async fn post_until(
    args: &Args,
    books: &Books,
    until: scrip_units::Instant,
    out: &mut Output,
) -> Result<PostView, Failure> {
    let edge = edge(args.actor.as_deref())?;
    let bar = out.progress("Posting");
    let view = run_post(books, &edge, until, &mut |progress| {
        bar.set_length(progress.total);
        bar.set_position(progress.events);
        std::ops::ControlFlow::Continue(())
    })
    .await;
    bar.finish_and_clear();
    Ok(view?)
}

pub(crate) fn show_post(view: &PostView, out: &mut Output) {
    out.line(format!(
        "Usage before {}: {}, {} priced, {} free, {} refused, {} with {}.",
        view.until,
        counted(view.customers, "customer"),
        counted(view.priced, "event"),
        view.free,
        view.refused,
        counted(view.entries, "entry"),
        counted(view.postings, "posting")
    ));
    for (reason, count) in &view.refused_by_reason {
        out.line(format!("  refused, {reason}: {count}"));
    }
    show_noticed(&view.alerts, &view.waiting, out);
    out.result(view);
}
