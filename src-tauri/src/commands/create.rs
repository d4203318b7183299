//! New workspaces: from a template, or the demo.

use std::path::{Path, PathBuf};

use scrip_app::demo::{self, NewDemo, Stage};
use scrip_app::template::{self, Extent, NewWorkspace, TemplateView};
use scrip_app::{AppError, workspace};
use serde::{Deserialize, Serialize};
use specta::Type;
use tauri::ipc::Channel;
use tauri::{AppHandle, Manager, State};

use crate::commands::workspace::{WorkspaceStatus, status_of};
use crate::desk::{Books, Desk};
use crate::edge::{edge, new_id};
use crate::failure::Failure;
use crate::task::{Progress, Task};

/// A ready-made configuration.
#[derive(Debug, Serialize, Type)]
pub struct Template {
    /// Its name.
    pub name: String,
    /// Its title.
    pub title: String,
    /// What it is for.
    pub description: String,
    /// What can be learned from it.
    pub teaches: Vec<String>,
}

impl From<TemplateView> for Template {
    fn from(view: TemplateView) -> Self {
        Self {
            name: view.name,
            title: view.title,
            description: view.description,
            teaches: view.teaches,
        }
    }
}

/// How much of a template a workspace gets.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Type)]
#[serde(rename_all = "snake_case")]
pub enum TemplateExtent {
    /// The configuration alone: for one's own customers and usage.
    Configuration,
    /// Also customers, purchases and a month of usage, to look around in.
    Month,
}

/// The ready-made configurations.
///
/// # Errors
/// None in a program that was tested: they are part of it.
#[tauri::command]
#[specta::specta]
pub fn templates() -> Result<Vec<Template>, Failure> {
    Ok(template::list()?.into_iter().map(Template::from).collect())
}

/// Makes a workspace from a template, and opens it.
///
/// # Errors
/// When the folder holds a workspace already, or cannot be written.
#[tauri::command]
#[specta::specta]
pub async fn create_workspace(
    desk: State<'_, Desk>,
    folder: String,
    template: String,
    extent: TemplateExtent,
    task: String,
    progress: Channel<Progress>,
) -> Result<WorkspaceStatus, Failure> {
    let books = desk
        .tasks
        .run(task, progress, move |mut task| async move {
            task.step("Making the workspace")?;
            let extent = match extent {
                TemplateExtent::Configuration => Extent::Configuration,
                TemplateExtent::Month => Extent::Month,
            };
            let id = new_id()?;
            let new = NewWorkspace { dir: Path::new(&folder), id: id.as_str(), extent };
            let (books, _) = template::create(&template, new, &edge()?).await?;
            Ok(books)
        })
        .await?;
    desk.take(books.clone()).await;
    status_of(&books).await
}

/// Opens the demo, which is made the first time: three months of a company that sells model usage.
///
/// # Errors
/// When its folder cannot be written; nothing of it is left then.
#[tauri::command]
#[specta::specta]
pub async fn explore_demo(
    app: AppHandle,
    desk: State<'_, Desk>,
    task: String,
    progress: Channel<Progress>,
) -> Result<WorkspaceStatus, Failure> {
    let home = app.path().app_data_dir().map_err(|e| Failure::defect(e.to_string()))?;
    let folder = home.join("demo");
    if !folder.join(workspace::LEDGER_FILE).exists() {
        let place = folder.clone();
        desk.tasks.run(task, progress, move |task| make_demo(home, place, task)).await?;
    }
    status_of(&desk.open(&folder).await?).await
}

/// Makes the demo beside its place and moves it there once it is whole.
async fn make_demo(home: PathBuf, place: PathBuf, mut task: Task) -> Result<(), Failure> {
    let made = home.join(format!("demo-{}", new_id()?));
    let result = build_demo(&made, &mut task).await;
    let moved = match result {
        Ok(books) => {
            books.close().await?;
            std::fs::rename(&made, &place)
                .map_err(|source| AppError::File { path: place.clone(), source }.into())
        }
        Err(failure) => Err(failure),
    };
    if moved.is_err() {
        // What is left of it is in nobody's way.
        let _ = std::fs::remove_dir_all(&made);
    }
    moved
}

async fn build_demo(folder: &Path, task: &mut Task) -> Result<Books, Failure> {
    let (id, configuration) = (new_id()?, new_id()?);
    let new = NewDemo { dir: folder, seed: demo::SEED, id: &id, configuration: &configuration };
    let (books, _) = demo::build(new, &edge()?, &mut |stage| match stage {
        Stage::Importing(done, total) | Stage::Posting(done, total) => {
            task.report(stage.words(), done, Some(total))
        }
        _ => task.report(stage.words(), 0, None),
    })
    .await?;
    Ok(books)
}
