//! Workspaces for the journeys.

use std::path::Path;

use scrip_app::operate::{Mode, operate, read_lines};
use scrip_app::template::{self, Extent, NewWorkspace};
use scrip_app::{Edge, Workspace, drafts};
use scrip_store::Mode as Access;
use scrip_units::{Actor, Instant};

/// Makes a workspace with a month of usage from a template.
pub(crate) fn month_of(template: &str, folder: &Path) {
    let runtime = tokio::runtime::Runtime::new().expect("threads");
    let edge = edge();
    let new = NewWorkspace { dir: folder, id: "window-journeys", extent: Extent::Month };
    runtime.block_on(async {
        let (workspace, _) = template::create(template, new, &edge).await.expect("a workspace");
        workspace.close().await.expect("its ledger closes");
    });
}

fn edge() -> Edge {
    Edge {
        now: "2026-11-02T09:00:00Z".parse::<Instant>().expect("an instant"),
        actor: Actor::try_new("tester").expect("an actor"),
    }
}

/// Gives a customer units, as somebody on the command line would while the window is open.
pub(crate) fn grant(folder: &Path, customer: &str, id: &str, units: &str) {
    let line = format!(
        r#"{{"op":"grant_credits","id":"{id}","at":"2026-10-31T12:00:00Z","actor":"ana","customer":"{customer}","wallet":"capacity","units":"{units}","kind":"promotional"}}"#
    );
    let runtime = tokio::runtime::Runtime::new().expect("threads");
    runtime.block_on(async {
        let books = Workspace::open(folder, Access::ReadWrite).await.expect("the workspace");
        let operations = read_lines("test", &line).expect("an operation");
        operate(&books, &edge(), "test", &operations, Mode::Commit).await.expect("it is granted");
    });
}

/// Begins a draft that changes nothing yet.
pub(crate) fn begin_draft(folder: &Path, name: &str) {
    let runtime = tokio::runtime::Runtime::new().expect("threads");
    runtime.block_on(async {
        let books = Workspace::open(folder, Access::ReadOnly).await.expect("the workspace");
        let draft = drafts::Draft::new(name.parse().expect("a name"), 1, &edge());
        drafts::save(&books, &edge(), &draft).expect("it is saved");
    });
}
