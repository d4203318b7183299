//! The edge: the only place where the program asks for the time, an id, or who runs it.

use scrip_app::Edge;
use scrip_units::{Actor, Instant, OperationId};

use crate::failure::Failure;

/// Now and who.
pub(crate) fn edge(actor: Option<&str>) -> Result<Edge, Failure> {
    let name = match actor {
        Some(actor) => actor.to_owned(),
        None => std::env::var("USER")
            .or_else(|_| std::env::var("USERNAME"))
            .unwrap_or_else(|_| "unknown".into()),
    };
    let actor =
        Actor::try_new(&name.replace(' ', "_")).map_err(|e| Failure::usage(e.to_string()))?;
    Ok(Edge { now: now()?, actor })
}

#[expect(clippy::disallowed_methods, reason = "the shell takes the time once, at its edge")]
fn now() -> Result<Instant, Failure> {
    Instant::from_utc(chrono::Utc::now())
        .map_err(|e| Failure::usage(format!("the machine's clock: {e}")))
}

/// A new id: UUIDv7.
#[expect(clippy::disallowed_methods, reason = "ids are made at the edge")]
pub(crate) fn new_id() -> Result<OperationId, Failure> {
    OperationId::try_new(&uuid::Uuid::now_v7().to_string())
        .map_err(|e| Failure::usage(e.to_string()))
}
