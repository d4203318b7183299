//! Workspaces for the journeys.

use std::path::Path;

use scrip_app::Edge;
use scrip_app::template::{self, Extent, NewWorkspace};
use scrip_units::{Actor, Instant};

/// Makes a workspace with a month of usage from a template.
pub(crate) fn month_of(template: &str, folder: &Path) {
    let runtime = tokio::runtime::Runtime::new().expect("threads");
    let edge = Edge {
        now: "2026-11-02T09:00:00Z".parse::<Instant>().expect("an instant"),
        actor: Actor::try_new("tester").expect("an actor"),
    };
    let new = NewWorkspace { dir: folder, id: "window-journeys", extent: Extent::Month };
    runtime.block_on(async {
        let (workspace, _) = template::create(template, new, &edge).await.expect("a workspace");
        workspace.close().await.expect("its ledger closes");
    });
}
