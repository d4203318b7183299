//! The audit trail: who changed what and when, from the operations of the ledger.
//!
//! Nothing is written for it: every change is an operation, and every operation says who caused it, from
//! when it counts and when it was recorded.

use scrip_catalog::difference;
pub use scrip_catalog::{Change, ChangeKind};
use scrip_engine::{Action, Operation};
use scrip_store::{EntryFilter, EntryIndex, LedgerStore, OperationFilter, Page, StoredOperation};
use scrip_units::{Actor, CustomerCode, Date, Instant, OperationId, Zone};
use serde::Serialize;
use serde_json::Value;

use crate::error::AppError;
use crate::session::stored_document;
use crate::workspace::Workspace;

/// Which operations are asked for; every condition that is given must hold.
#[derive(Debug, Clone, Default)]
pub struct TrailFilter {
    /// Recorded on this day or later, in the entity's zone.
    pub from: Option<Date>,
    /// Recorded on this day or earlier.
    pub to: Option<Date>,
    /// Recorded at this instant or earlier.
    pub until: Option<Instant>,
    /// Of this kind.
    pub kind: Option<String>,
    /// Caused by this person or program.
    pub actor: Option<Actor>,
    /// About this customer.
    pub customer: Option<CustomerCode>,
}

/// An operation.
#[derive(Debug, Clone, Serialize)]
pub struct TrailRow {
    /// Its place in the ledger, from 1.
    pub seq: u64,
    /// Its id.
    pub operation: String,
    /// What it does: `grant_credits`.
    pub kind: String,
    /// The customer it is about.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub customer: Option<String>,
    /// Who caused it.
    pub actor: String,
    /// The instant it counts from.
    pub at: String,
    /// The instant it was recorded.
    pub recorded_at: String,
    /// The configuration it was decided on.
    pub config_revision: u64,
    /// What it says, in words.
    pub says: String,
    /// Why, where somebody wrote it down.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// An operation in full.
#[derive(Debug, Clone, Serialize)]
pub struct TrailDetail {
    /// The operation.
    #[serde(flatten)]
    pub row: TrailRow,
    /// Entries that it caused.
    pub entries: u64,
    /// The configuration that it put in force, if it did.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub configuration: Option<u64>,
    /// What that configuration changed, in the order of the document; none for the first.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub changes: Vec<Change>,
    /// The command as it was recorded; a configuration's document is left out.
    pub body: String,
    /// Hash of the command.
    pub hash: String,
}

/// Members that stand in columns of their own.
const TOLD: &[&str] = &["op", "id", "at", "actor", "customer", "reason", "document", "events"];

/// What an operation does, in words.
fn says(operation: &Operation, body: &str, config_revision: u64) -> String {
    match &operation.action {
        Action::ApplyConfiguration(_) => {
            return format!("configuration {}", config_revision.saturating_add(1));
        }
        Action::RecordUsage(action) => {
            return match action.events.len() {
                1 => "1 event".to_owned(),
                count => format!("{count} events"),
            };
        }
        _ => {}
    }
    let body: Value = serde_json::from_str(body).unwrap_or_default();
    let mut words = Vec::new();
    for (name, value) in body.as_object().into_iter().flatten() {
        if !TOLD.contains(&name.as_str()) {
            tell(name, value, &mut words);
        }
    }
    words.join(", ")
}

/// What an operation that is not recorded yet would do, in words; nothing for a configuration.
pub(crate) fn in_words(operation: &Operation) -> String {
    match (&operation.action, operation.to_json()) {
        (Action::ApplyConfiguration(_), _) | (_, Err(_)) => String::new(),
        (_, Ok(body)) => says(operation, &body, 0),
    }
}

/// Tells a member: an amount with its currency, another object by its members, a list by its length.
fn tell(name: &str, value: &Value, words: &mut Vec<String>) {
    let name = name.replace('_', " ");
    match value {
        Value::Null => {}
        Value::String(text) => words.push(format!("{name} {text}")),
        Value::Bool(false) => words.push(format!("not {name}")),
        Value::Bool(true) => words.push(name),
        Value::Number(number) => words.push(format!("{name} {number}")),
        Value::Array(items) => words.push(format!("{} {name}", items.len())),
        // Its figures are in the request.
        Value::Object(preview) if name == "preview" => {
            let called = preview.get("name").and_then(Value::as_str).unwrap_or_default();
            words.push(format!("preview {called}"));
        }
        Value::Object(members) => {
            let texts: Vec<String> = members
                .iter()
                .filter_map(|(inner, value)| match value {
                    Value::String(text)
                        if ["net", "amount", "currency"].contains(&inner.as_str()) =>
                    {
                        Some(text.clone())
                    }
                    Value::String(text) => Some(format!("{} {text}", inner.replace('_', " "))),
                    Value::Number(number) => Some(format!("{} {number}", inner.replace('_', " "))),
                    _ => None,
                })
                .collect();
            words.push(format!("{name} {}", texts.join(" ")));
        }
    }
}

fn row(stored: &StoredOperation) -> Result<(TrailRow, Operation), AppError> {
    let record = &stored.operation;
    let operation = Operation::from_json(&record.body)
        .map_err(|e| AppError::stored(format!("operation {}", record.id), e))?;
    let row = TrailRow {
        seq: stored.seq,
        operation: record.id.to_string(),
        kind: record.kind.clone(),
        customer: record.customer.as_ref().map(ToString::to_string),
        actor: record.actor.to_string(),
        at: record.at.to_string(),
        recorded_at: record.recorded_at.to_string(),
        config_revision: record.config_revision,
        says: says(&operation, &record.body, record.config_revision),
        reason: operation.reason.clone(),
    };
    Ok((row, operation))
}

/// An operation of the ledger as the trail tells it.
pub(crate) fn told(stored: &StoredOperation) -> Result<TrailRow, AppError> {
    Ok(row(stored)?.0)
}

/// The filter by instants: days are those of the entity's zone, or of UTC before there is one.
async fn in_zone<S: LedgerStore>(
    workspace: &Workspace<S>,
    filter: &TrailFilter,
) -> Result<OperationFilter, AppError> {
    let zone = match workspace.catalog().await {
        Ok(catalog) => catalog.zone(),
        Err(AppError::NoConfiguration) => Zone::UTC,
        Err(error) => return Err(error),
    };
    let start = |day: Option<Date>| day.map(|day| zone.start_of_day(day)).transpose();
    let ends = start(filter.to.and_then(|day| day.succ_opt()))?;
    let until = filter.until.map(|at| Instant::from_micros(at.micros() + 1)).transpose()?;
    Ok(OperationFilter {
        kind: filter.kind.clone(),
        actor: filter.actor.clone(),
        customer: filter.customer.clone(),
        recorded_from: start(filter.from)?,
        recorded_before: ends.into_iter().chain(until).min(),
    })
}

/// How the operations that match fall into pages of so many.
///
/// # Errors
/// The store's.
pub async fn index<S: LedgerStore>(
    workspace: &Workspace<S>,
    filter: &TrailFilter,
    page: u32,
) -> Result<EntryIndex, AppError> {
    let filter = in_zone(workspace, filter).await?;
    Ok(workspace.store().operation_index(&filter, page).await?)
}

/// Operations that match, in the order of recording, after a place in the ledger.
///
/// # Errors
/// The store's.
pub async fn trail<S: LedgerStore>(
    workspace: &Workspace<S>,
    filter: &TrailFilter,
    page: Page,
) -> Result<Vec<TrailRow>, AppError> {
    let filter = in_zone(workspace, filter).await?;
    let found = workspace.store().find_operations(&filter, page).await?;
    found.iter().map(|stored| Ok(row(stored)?.0)).collect()
}

/// What operations may do, by code.
#[must_use]
pub fn kinds() -> &'static [&'static str] {
    Action::CODES
}

/// Everybody who caused an operation.
///
/// # Errors
/// The store's.
pub async fn actors<S: LedgerStore>(workspace: &Workspace<S>) -> Result<Vec<Actor>, AppError> {
    Ok(workspace.store().actors().await?)
}

/// An operation in full; of a configuration, what it changed.
///
/// # Errors
/// [`AppError::UnknownOperation`], or the store's.
pub async fn detail<S: LedgerStore>(
    workspace: &Workspace<S>,
    id: &OperationId,
) -> Result<TrailDetail, AppError> {
    let stored = workspace.store().operation(id).await?;
    let stored = stored.ok_or_else(|| AppError::UnknownOperation { id: id.clone() })?;
    let (row, operation) = row(&stored)?;
    let filter = EntryFilter { operation: Some(id.clone()), ..EntryFilter::default() };
    let entries = workspace.store().entry_index(&filter, 1_000).await?.count;
    let (mut configuration, mut changes) = (None, Vec::new());
    let mut body: Value = serde_json::from_str(&stored.operation.body).unwrap_or_default();
    if let Action::ApplyConfiguration(applied) = &operation.action {
        configuration = Some(row.config_revision + 1);
        if let Some(before) = workspace.store().config(row.config_revision).await? {
            changes = difference(&stored_document(&before)?, &applied.document);
        }
        if let Some(members) = body.as_object_mut() {
            members.remove("document");
        }
    }
    let body = serde_json::to_string_pretty(&body).map_err(|e| AppError::stored("operation", e))?;
    let hash = stored.operation.body_hash.to_string();
    Ok(TrailDetail { row, entries, configuration, changes, body, hash })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn operation(json: &str) -> Operation {
        Operation::from_json(json).unwrap()
    }

    #[test]
    fn an_operation_is_told_in_words_with_its_amounts() {
        let grant = operation(
            r#"{"op":"grant_credits","id":"g1","at":"2026-02-10T09:00:00Z","actor":"ana",
                "customer":"acme","wallet":"standard","units":"100","kind":"purchased",
                "price":{"net":"90.00","currency":"EUR"},"reason":"order 7"}"#,
        );
        let words = says(&grant, &grant.to_json().unwrap(), 1);
        assert!(words.contains("units 100"), "{words}");
        assert!(words.contains("wallet standard"), "{words}");
        assert!(words.contains("90.00") && words.contains("EUR"), "{words}");
        assert!(!words.contains("order 7") && !words.contains("acme"), "{words}");
    }

    #[test]
    fn usage_is_told_by_its_count() {
        let usage = operation(
            r#"{"op":"record_usage","id":"u1","at":"2026-03-04T09:00:00Z","actor":"ana",
                "customer":"acme","events":[{"key":"a","meter":"llm","quantity":"4000"}]}"#,
        );
        assert_eq!(says(&usage, &usage.to_json().unwrap(), 1), "1 event");
    }
}
