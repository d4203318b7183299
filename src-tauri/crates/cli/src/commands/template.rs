//! `templates`, and `init --template`.

use std::path::Path;

use scrip_app::template::{self, Extent, NewWorkspace};

use super::{close, usage};
use crate::args::Args;
use crate::edge::{edge, new_id};
use crate::failure::Failure;
use crate::output::Output;
use crate::text::{counted, folded};

/// Columns of a description.
const WIDTH: usize = 96;

pub(crate) fn list(out: &mut Output) -> Result<(), Failure> {
    let templates = template::list()?;
    for template in &templates {
        out.line(format!("{}  {}", template.name, template.title));
        for line in folded(&template.description, WIDTH) {
            out.line(format!("    {line}"));
        }
        for taught in &template.teaches {
            out.line(format!("    - {taught}"));
        }
        out.line("");
    }
    out.line("Make a workspace from one with: scrip init --template NAME --dir FOLDER");
    out.result(&serde_json::json!({ "templates": templates }));
    Ok(())
}

pub(crate) async fn create(
    args: &Args,
    (name, dir): (&str, &Path),
    configuration_only: bool,
    out: &mut Output,
) -> Result<(), Failure> {
    let edge = edge(args.actor.as_deref())?;
    let extent = if configuration_only { Extent::Configuration } else { Extent::Month };
    let id = new_id()?;
    let new = NewWorkspace { dir, id: id.as_str(), extent };
    let (books, view) = template::create(name, new, &edge).await?;
    out.line(format!("Made a workspace in {} from the template {name}.", dir.display()));
    if let Some(month) = &view.month {
        out.line(format!(
            "{} of {} became {}; {} applied with {}.",
            counted(month.rows, "row"),
            view.template.month,
            counted(month.events, "event"),
            counted(month.operations, "operation"),
            counted(month.entries, "entry")
        ));
        if !out.is_json() {
            usage::show_post(&month.posted, out);
        }
    }
    out.line(format!("What it was made from is in {}.", view.sources.display()));
    if view.month.is_some() {
        out.line("Look at:");
        for command in &view.template.look_at {
            out.line(format!("  scrip -w {} {command}", dir.display()));
        }
    } else {
        out.line("Add your customers to configuration.toml there and run `scrip apply` on it.");
    }
    out.result(&view);
    close(books.into(), out).await;
    Ok(())
}
