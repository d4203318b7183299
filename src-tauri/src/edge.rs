//! The edge: the only place where the window asks for the time, an id, or who sits in front of it.

use std::sync::{PoisonError, RwLock};

use scrip_app::Edge;
use scrip_units::{Actor, Instant, OperationId};

use crate::failure::Failure;

/// The name that the person at this machine has set; none for that of the system.
static OPERATOR: RwLock<Option<Actor>> = RwLock::new(None);

/// Records operations under this name from now on; an empty one is that of the system.
pub(crate) fn set_operator(name: &str) -> Result<(), Failure> {
    let operator = match name.trim() {
        "" => None,
        name => Some(actor(name)?),
    };
    *OPERATOR.write().unwrap_or_else(PoisonError::into_inner) = operator;
    Ok(())
}

/// Who sits in front of the window.
pub(crate) fn operator() -> Result<Actor, Failure> {
    let set = OPERATOR.read().unwrap_or_else(PoisonError::into_inner).clone();
    set.map_or_else(system_name, Ok)
}

/// The name of the person by the system.
pub(crate) fn system_name() -> Result<Actor, Failure> {
    let name = std::env::var("USER")
        .or_else(|_| std::env::var("USERNAME"))
        .unwrap_or_else(|_| "unknown".into());
    actor(&name)
}

/// Actors have no spaces.
fn actor(name: &str) -> Result<Actor, Failure> {
    Actor::try_new(&name.replace(' ', "_")).map_err(|e| Failure::input(&e))
}

/// Now and who.
pub(crate) fn edge() -> Result<Edge, Failure> {
    Ok(Edge { now: now()?, actor: operator()? })
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
