//! The edge: the only place where the program asks for the time, an id, or who runs it.

use std::process::{Command, Stdio};

use scrip_app::Edge;
use scrip_units::{Actor, CodeError, Instant, OperationId};

use crate::failure::Failure;

/// Who looks, where nobody says so: nothing is recorded under it.
const NOBODY: &str = "unknown";

/// Now and who, for what is recorded under that name: without a name nothing is.
pub(crate) fn edge(given: Option<&str>) -> Result<Edge, Failure> {
    let actor = actor(given)?.ok_or_else(|| {
        Failure::usage(
            "the system does not know who runs this, and what is done is recorded under a name: \
             give it with --actor or in SCRIP_ACTOR",
        )
    })?;
    Ok(Edge { now: now()?, actor })
}

/// Now and who, for what only looks.
pub(crate) fn looking(given: Option<&str>) -> Result<Edge, Failure> {
    let actor = match (actor(given), given) {
        (Ok(Some(actor)), _) => actor,
        (Err(error), Some(_)) => return Err(error),
        (Ok(None) | Err(_), _) => read_name(NOBODY)?,
    };
    Ok(Edge { now: now()?, actor })
}

/// The name that is given, or that the system knows whoever runs this by.
fn actor(given: Option<&str>) -> Result<Option<Actor>, Failure> {
    if let Some(name) = given {
        return read_name(name).map(Some);
    }
    let named = ["USER", "USERNAME"].into_iter().filter_map(|name| std::env::var(name).ok());
    let mut names = named.chain(by_user_id()).filter(|name| !name.trim().is_empty());
    names.next().map(|name| read_name(&name)).transpose()
}

/// A name as it is recorded: an actor has no spaces, so that those between words become `_`.
fn read_name(name: &str) -> Result<Actor, Failure> {
    let name = name.split_whitespace().collect::<Vec<_>>().join("_");
    Actor::try_new(&name).map_err(|error| {
        Failure::usage(match &error {
            CodeError::Empty { .. } => "--actor: the name is empty".to_owned(),
            CodeError::BadCharacter { character, .. } => format!(
                "--actor: the name {name:?} has the character {character:?}: names are written with the \
                 letters a to z and A to Z, digits and punctuation"
            ),
            CodeError::TooLong { .. } => format!("--actor: {error}"),
        })
    })
}

/// The name that belongs to the user id, for a program that a service starts without an environment.
fn by_user_id() -> Option<String> {
    if !cfg!(unix) {
        return None;
    }
    let mut id = Command::new("id");
    let told = id.arg("-un").stdin(Stdio::null()).stderr(Stdio::null()).output().ok()?;
    let name = String::from_utf8(told.stdout).ok().filter(|_| told.status.success())?;
    Some(name.trim().to_owned())
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
