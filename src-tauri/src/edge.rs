//! The edge: the only place where the window asks for the time, an id, or who sits in front of it.

use scrip_app::Edge;
use scrip_units::{Actor, Instant, OperationId};

use crate::failure::Failure;

/// Now and who.
pub(crate) fn edge() -> Result<Edge, Failure> {
    let name = std::env::var("USER")
        .or_else(|_| std::env::var("USERNAME"))
        .unwrap_or_else(|_| "unknown".into());
    let actor = Actor::try_new(&name.replace(' ', "_")).map_err(|e| Failure::input(&e))?;
    Ok(Edge { now: now()?, actor })
}

/// Now.
#[expect(clippy::disallowed_methods, reason = "the shell takes the time once, at its edge")]
pub(crate) fn now() -> Result<Instant, Failure> {
    Instant::from_utc(chrono::Utc::now()).map_err(|e| Failure::input(&e))
}

/// A new id: UUIDv7.
#[expect(clippy::disallowed_methods, reason = "ids are made at the edge")]
pub(crate) fn new_id() -> Result<OperationId, Failure> {
    OperationId::try_new(&uuid::Uuid::now_v7().to_string()).map_err(|e| Failure::input(&e))
}
