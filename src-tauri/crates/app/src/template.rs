//! Templates: patterns of selling credits, each a complete configuration with a month of business.
//!
//! Owns: the list for a gallery, and making a workspace from one of them: configuration, purchases, a month
//! of sample usage, what falls due, what comes after. A template is data in `templates/`, no code; its
//! month goes through the same import, posting and operations as everybody's.

use std::fs::File;
use std::io::BufWriter;
use std::path::{Path, PathBuf};

use scrip_engine::Operation;
use scrip_store::{LedgerStore, SqliteStore};
use scrip_units::{Instant, OperationId, When};
use scrip_usage::{Control, ImportOptions, Mapping, Source};
use serde::{Deserialize, Serialize};

use crate::error::AppError;
use crate::operate::{Mode, OperateView, operate, read_lines};
use crate::sample::Recipe;
use crate::session::Edge;
use crate::usage::PostView;
use crate::{Workspace, config, usage};

/// The files of a template.
struct Files {
    name: &'static str,
    about: &'static str,
    configuration: &'static str,
    customers: &'static str,
    mapping: &'static str,
    usage: &'static str,
    opening: &'static str,
    closing: &'static str,
}

macro_rules! template {
    ($name:literal) => {
        Files {
            name: $name,
            about: include_str!(concat!("../templates/", $name, "/template.toml")),
            configuration: include_str!(concat!("../templates/", $name, "/configuration.toml")),
            customers: include_str!(concat!("../templates/", $name, "/customers.toml")),
            mapping: include_str!(concat!("../templates/", $name, "/mapping.toml")),
            usage: include_str!(concat!("../templates/", $name, "/usage.toml")),
            opening: include_str!(concat!("../templates/", $name, "/opening.jsonl")),
            closing: include_str!(concat!("../templates/", $name, "/closing.jsonl")),
        }
    };
}

/// All templates, in the order of the gallery.
const ALL: &[Files] = &[
    template!("speech"),
    template!("universal-credit"),
    template!("money-wallet"),
    template!("organisation-pool"),
    template!("multi-asset"),
    template!("bundles"),
    template!("typed-credits"),
];

/// What a gallery shows of a template.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct TemplateView {
    /// Its name, as it is asked for.
    #[serde(skip_deserializing)]
    pub name: String,
    /// Its title.
    pub title: String,
    /// What kind of business it is, in a paragraph.
    pub description: String,
    /// What can be learned from it.
    pub teaches: Vec<String>,
    /// The month of its usage.
    pub month: String,
    /// The end of that month, exclusive: a date.
    pub until: String,
    /// Commands worth running on it, without the program's name and workspace.
    pub look_at: Vec<String>,
}

/// How much of a template a new workspace gets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Extent {
    /// Configuration, customers and the month.
    Month,
    /// The configuration without customers.
    Configuration,
}

/// A workspace to make.
#[derive(Debug, Clone, Copy)]
pub struct NewWorkspace<'a> {
    /// Its folder.
    pub dir: &'a Path,
    /// Its id, made by the shell.
    pub id: &'a str,
    /// How much of the template it gets.
    pub extent: Extent,
}

/// The month of a template, as it was run.
#[derive(Debug, Clone, Serialize)]
pub struct MonthView {
    /// Operations applied, before and after usage.
    pub operations: u64,
    /// Entries they caused.
    pub entries: u64,
    /// Rows of usage.
    pub rows: u64,
    /// Events that the rows became.
    pub events: u64,
    /// What posting them did.
    pub posted: PostView,
}

/// A workspace made from a template.
#[derive(Debug, Clone, Serialize)]
pub struct CreatedView {
    /// The template.
    pub template: TemplateView,
    /// The folder of the workspace.
    pub workspace: PathBuf,
    /// The folder with the files that it was made from.
    pub sources: PathBuf,
    /// The month; absent when only the configuration was asked for.
    pub month: Option<MonthView>,
}

impl Files {
    fn view(&self) -> Result<TemplateView, AppError> {
        let view: TemplateView = toml::from_str(self.about)
            .map_err(|e| AppError::Argument(format!("template {}: {e}", self.name)))?;
        Ok(TemplateView { name: self.name.to_owned(), ..view })
    }

    /// The configuration, with the customers where the month needs them.
    fn text(&self, extent: Extent) -> String {
        match extent {
            Extent::Month => format!("{}\n{}", self.configuration, self.customers),
            Extent::Configuration => self.configuration.to_owned(),
        }
    }
}

/// All templates.
///
/// # Errors
/// None in a program that was tested: the descriptions are part of it.
pub fn list() -> Result<Vec<TemplateView>, AppError> {
    ALL.iter().map(Files::view).collect()
}

fn find(name: &str) -> Result<&'static Files, AppError> {
    ALL.iter().find(|files| files.name == name).ok_or_else(|| {
        let names: Vec<&str> = ALL.iter().map(|files| files.name).collect();
        AppError::Argument(format!(
            "there is no template {name}; there are {}. See `scrip templates`",
            names.join(", ")
        ))
    })
}

/// Makes a workspace from a template. The files that it is made from are kept in its folder `sources`.
///
/// # Errors
/// [`AppError::Argument`] for a name that no template has; the store's when there is a workspace already;
/// the operating system's.
pub async fn create(
    name: &str,
    new: NewWorkspace<'_>,
    edge: &Edge,
) -> Result<(Workspace<SqliteStore>, CreatedView), AppError> {
    let files = find(name)?;
    config::read("configuration.toml", &files.text(new.extent))?;
    let workspace = Workspace::create(new.dir, new.id, edge.now).await?;
    let view = fill(&workspace, name, new.extent, edge).await?;
    Ok((workspace, view))
}

/// Fills a new workspace from a template.
///
/// # Errors
/// As [`create`].
pub async fn fill<S: LedgerStore>(
    workspace: &Workspace<S>,
    name: &str,
    extent: Extent,
    edge: &Edge,
) -> Result<CreatedView, AppError> {
    let files = find(name)?;
    let (template, configuration) = (files.view()?, files.text(extent));
    let sources = workspace.root().join("sources");
    std::fs::create_dir_all(&sources).map_err(AppError::file(&sources))?;
    write(&sources, "configuration.toml", &configuration)?;
    let id = id("template:configuration")?;
    let text = ("configuration.toml", configuration.as_str());
    config::apply(workspace, edge, &id, text, Mode::Commit).await?;
    let month = match extent {
        Extent::Month => Some(run_month(workspace, edge, files, &template, &sources).await?),
        Extent::Configuration => None,
    };
    Ok(CreatedView { template, workspace: workspace.root().to_owned(), sources, month })
}

/// From purchase to what comes after the month.
async fn run_month<S: LedgerStore>(
    workspace: &Workspace<S>,
    edge: &Edge,
    files: &Files,
    template: &TemplateView,
    sources: &Path,
) -> Result<MonthView, AppError> {
    write(sources, "mapping.toml", files.mapping)?;
    write(sources, "opening.jsonl", files.opening)?;
    write(sources, "closing.jsonl", files.closing)?;
    let wrong = |e: String| AppError::Argument(format!("template {}: {e}", files.name));
    let recipe = Recipe::from_toml(files.usage).map_err(|e| wrong(e.to_string()))?;
    let csv = sources.join("usage.csv");
    let target = File::create(&csv).map_err(AppError::file(&csv))?;
    recipe.write(&mut BufWriter::new(target)).map_err(AppError::file(&csv))?;

    let until = end(files, template)?;
    let opened = file(workspace, edge, "opening.jsonl", files.opening).await?;
    let mapping = Mapping::from_toml(files.mapping).map_err(|e| wrong(e.to_string()))?;
    let source = Source::file(&csv);
    let options = ImportOptions::new(edge.now);
    let go_on = &mut |_| Control::Continue;
    let imported = usage::import(workspace, edge, &source, &mapping, &options, go_on).await?;
    let go_on = &mut |_| std::ops::ControlFlow::Continue(());
    let posted = usage::post(workspace, edge, until, go_on).await?;
    let due = serde_json::json!({
        "op": "run_schedule", "id": "template:schedule", "at": until, "actor": edge.actor
    });
    let due = Operation::from_value(due).map_err(|e| wrong(e.to_string()))?;
    let due = operate(workspace, edge, "schedule", &[(1, due)], Mode::Commit).await?;
    let closed = file(workspace, edge, "closing.jsonl", files.closing).await?;
    let all = [opened, due, closed];
    let operations = || all.iter().flat_map(|view| &view.operations);
    Ok(MonthView {
        operations: operations().count() as u64,
        entries: operations().map(|operation| operation.entries.len() as u64).sum(),
        rows: imported.rows_read,
        events: imported.events,
        posted,
    })
}

/// The first instant after the month, in the entity's zone.
fn end(files: &Files, template: &TemplateView) -> Result<Instant, AppError> {
    let (document, _) = config::read("configuration.toml", files.configuration)?;
    let until: When = template.until.parse().map_err(AppError::Time)?;
    until.resolve(document.entity.time_zone).map_err(AppError::Time)
}

async fn file<S: LedgerStore>(
    workspace: &Workspace<S>,
    edge: &Edge,
    name: &str,
    text: &str,
) -> Result<OperateView, AppError> {
    operate(workspace, edge, name, &read_lines(name, text)?, Mode::Commit).await
}

fn id(text: &str) -> Result<OperationId, AppError> {
    OperationId::try_new(text).map_err(|e| AppError::Argument(e.to_string()))
}

fn write(folder: &Path, name: &str, text: &str) -> Result<(), AppError> {
    let path = folder.join(name);
    std::fs::write(&path, text).map_err(AppError::file(&path))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_template_can_be_read() {
        for files in ALL {
            let name = files.name;
            let view = files.view().unwrap();
            assert!(!view.teaches.is_empty() && !view.look_at.is_empty(), "{name}");
            assert!(view.until.starts_with("2026-"), "{name}");
            let whole = format!("{}\n{}", files.configuration, files.customers);
            for text in [files.configuration, &whole] {
                let document = scrip_catalog::Document::from_toml(text)
                    .unwrap_or_else(|e| panic!("{name}: {e}"));
                let problems = scrip_catalog::validate(&document);
                assert!(problems.is_empty(), "{name}: {problems:#?}");
            }
            Recipe::from_toml(files.usage).unwrap_or_else(|e| panic!("{name}: {e}"));
            Mapping::from_toml(files.mapping).unwrap_or_else(|e| panic!("{name}: {e}"));
            for text in [files.opening, files.closing] {
                read_lines(name, text).unwrap_or_else(|e| panic!("{e}"));
            }
        }
    }

    #[test]
    fn a_name_that_no_template_has_is_answered_with_those_that_there_are() {
        let error = find("free-lunch").err().map(|e| e.to_string()).unwrap_or_default();
        assert!(error.contains("free-lunch") && error.contains("money-wallet"), "{error}");
    }
}
