//! A kept preview with a request: what of it is attached, and that it is a preview of what is asked for.
//!
//! What is attached is short, because it stays in the ledger: the figures that somebody decides by, and the
//! hash of the file that has all of them. What is left out is counted.

use std::collections::{BTreeMap, BTreeSet};

use scrip_catalog::{Catalog, Change};
use scrip_engine::Operation;
use scrip_engine::approval::{configuration_of, content_of_configuration};
use scrip_engine::operation::{
    AttachedBacktest, AttachedCustomer, AttachedLine, AttachedPreview, AttachedRun, AttachedSpread,
};
use scrip_journal::Hash;
use scrip_store::LedgerStore;
use scrip_units::{Date, OperationId, PlanCode};
use serde::Serialize;

use super::RequestError;
use crate::drafts;
use crate::error::AppError;
use crate::preview::kept::{self, KeptHead};
use crate::preview::{CustomerLine, Finished, LineView, RunView, SpreadView, Tested};
use crate::session::Edge;
use crate::workspace::Workspace;

/// Lines of the comparison.
const LINES_MAX: usize = 40;

/// Currencies of revenue by customer.
const SPREADS_MAX: usize = 4;

/// Customers at either end of them.
const ENDS: usize = 5;

/// Customers of a preview of some that are named.
const NAMED_MAX: usize = 10;

/// The preview that goes with a request.
#[derive(Debug, Clone, Copy)]
pub enum Attaching<'a> {
    /// One that is kept with the workspace.
    Kept(&'a PlanCode),
    /// That of the request which is renewed, if what is asked for is still what it tests.
    Carried(&'a AttachedPreview),
}

/// The grounds on which a second person is asked.
#[derive(Debug, Clone, Copy, Default)]
pub struct Grounds<'a> {
    /// Why, in the words of who asks.
    pub reason: Option<&'a str>,
    /// A preview of it.
    pub preview: Option<Attaching<'a>>,
}

impl<'a> Grounds<'a> {
    /// A reason, and a kept preview.
    #[must_use]
    pub fn new(reason: Option<&'a str>, preview: Option<&'a PlanCode>) -> Self {
        Self { reason, preview: preview.map(Attaching::Kept) }
    }

    /// The same, where an empty reason is none.
    #[must_use]
    pub(crate) fn trimmed(self) -> Self {
        let reason = self.reason.map(str::trim).filter(|text| !text.is_empty());
        Self { reason, ..self }
    }
}

impl<'a> From<Option<&'a str>> for Grounds<'a> {
    fn from(reason: Option<&'a str>) -> Self {
        Self { reason, preview: None }
    }
}

/// What is attached to a request of operations.
///
/// # Errors
/// [`RequestError::NothingTested`], [`RequestError::OtherPreview`], [`RequestError::OldPreview`]; that there
/// is no such preview, or it cannot be read.
pub(crate) fn attached<S: LedgerStore>(
    workspace: &Workspace<S>,
    catalog: &Catalog,
    preview: Option<Attaching<'_>>,
    operations: &[Operation],
) -> Result<Option<Box<AttachedPreview>>, AppError> {
    let Some(preview) = preview else { return Ok(None) };
    let asked = configuration_of(operations.iter())
        .map(|document| Tested::of(document, catalog.document()));
    let asked = asked.transpose()?;
    match preview {
        Attaching::Carried(preview) => {
            let still = asked.is_some_and(|asked| asked.configuration == preview.configuration);
            Ok(still.then(|| Box::new(preview.clone())))
        }
        Attaching::Kept(name) => {
            let Some(asked) = asked else {
                return Err(RequestError::NothingTested { preview: name.clone() }.into());
            };
            let (kept, hash) = kept::open_hashed(workspace, name)?;
            let place = scenario_for(name, &kept.preview, (&asked, catalog.revision()))?;
            in_short((name, hash), &kept.preview, place, asked.configuration)
                .map(|preview| Some(Box::new(preview)))
        }
    }
}

/// The place of the scenario that is what is asked for, under this configuration.
fn scenario_for(
    name: &PlanCode,
    finished: &Finished,
    (asked, revision): (&Tested, u64),
) -> Result<usize, RequestError> {
    let preview = || name.clone();
    let is_it = |made_of: &crate::preview::MadeOf| {
        made_of.tested.as_ref().is_some_and(|one| one.configuration == asked.configuration)
    };
    if let Some(place) = finished.scenarios.iter().position(is_it) {
        return Ok(place);
    }
    if finished.config_revision != revision {
        let then = finished.config_revision;
        return Err(RequestError::OldPreview { preview: preview(), then, now: revision });
    }
    // The nearest is what was meant.
    let tested = finished.scenarios.iter().filter_map(|one| Some((one, one.tested.as_ref()?)));
    let compared = tested.map(|(one, tested)| (one, differing(&tested.changes, &asked.changes)));
    let nearest = compared.min_by_key(|(_, places)| places.len());
    let Some((scenario, places)) = nearest else {
        return Err(RequestError::UntestedPreview { preview: preview() });
    };
    let scenario = scenario.scenario.clone();
    let why = match places.as_slice() {
        [] => "holds the same in another order".to_owned(),
        [first, rest @ ..] => {
            let more = match rest.len() {
                0 => String::new(),
                1 => ", and another place differs".to_owned(),
                more => format!(", and {more} more places differ"),
            };
            let Differing { path, tested, asked } = first;
            format!("has {tested} at {path}, and what is asked for {asked}{more}")
        }
    };
    Err(RequestError::OtherPreview { preview: preview(), scenario, why })
}

/// A place at which a preview tests something else than is asked for.
struct Differing {
    path: String,
    tested: String,
    asked: String,
}

fn differing(tested: &[Change], asked: &[Change]) -> Vec<Differing> {
    fn by_path(changes: &[Change]) -> BTreeMap<&str, &Change> {
        changes.iter().map(|change| (change.path.as_str(), change)).collect()
    }
    let (tested, asked) = (by_path(tested), by_path(asked));
    let paths: BTreeSet<&str> = tested.keys().chain(asked.keys()).copied().collect();
    let differ = paths.into_iter().filter(|path| tested.get(path) != asked.get(path));
    let said = |changes: &BTreeMap<&str, &Change>, path: &str| match changes.get(path) {
        None => "no change".to_owned(),
        Some(change) => change.new.as_deref().map_or_else(|| "nothing".to_owned(), shortened),
    };
    let place = |path: &str| Differing {
        path: path.to_owned(),
        tested: said(&tested, path),
        asked: said(&asked, path),
    };
    differ.map(place).collect()
}

/// A value that fits a sentence.
fn shortened(text: &str) -> String {
    const MOST: usize = 60;
    match text.char_indices().nth(MOST) {
        None => text.to_owned(),
        Some((end, _)) => format!("{}...", text.get(..end).unwrap_or_default()),
    }
}

/// What of a preview is attached.
fn in_short(
    (name, hash): (&PlanCode, Hash),
    finished: &Finished,
    scenario: usize,
    configuration: Hash,
) -> Result<AttachedPreview, AppError> {
    let Finished { view, .. } = finished;
    let run = scenario + 1;
    let broken = || AppError::stored(format!("preview {name}"), "it lacks figures of a scenario");
    let own = &finished.scenarios.get(scenario).ok_or_else(broken)?.scenario;
    let runs = view.runs.first().zip(view.runs.get(run));
    let (baseline, of_scenario) = runs.ok_or_else(broken)?;
    let day = |text: &str| {
        text.parse::<Date>().map_err(|e| AppError::stored(format!("preview {name}"), e))
    };
    let lines: Option<Vec<_>> =
        view.lines.iter().filter(|line| decides(line)).map(|one| line(one, run)).collect();
    let mut lines = lines.ok_or_else(broken)?;
    let more_lines = lines.len().saturating_sub(LINES_MAX) as u64;
    lines.truncate(LINES_MAX);
    let spreads = view.spreads.iter().filter(|spread| spread.scenario == *own);
    let mut spreads: Vec<_> = spreads.map(spread).collect();
    let more_spreads = spreads.len().saturating_sub(SPREADS_MAX) as u64;
    spreads.truncate(SPREADS_MAX);
    let others = finished.scenarios.iter().enumerate().filter(|(place, _)| *place != scenario);
    Ok(AttachedPreview {
        name: name.clone(),
        hash,
        made_at: finished.made_at,
        made_by: finished.made_by.clone(),
        scenario: own.clone(),
        others: others.map(|(_, one)| one.scenario.clone()).collect(),
        configuration,
        revision: finished.config_revision,
        entries: finished.checkpoint.entries,
        checkpoint: finished.checkpoint.hash,
        from: day(&view.from)?,
        through: day(&view.through)?,
        as_dated: finished.as_dated,
        customers: finished.customers.iter().take(NAMED_MAX).cloned().collect(),
        customer_count: finished.customers.len() as u64,
        backtest: AttachedBacktest {
            exact: view.backtest.exact,
            chains: view.backtest.chains,
            differing: view.backtest.differing.len() as u64,
        },
        baseline: run_in_short(baseline),
        run: run_in_short(of_scenario),
        lines,
        more_lines,
        spreads,
        more_spreads,
        dry_earlier: view.dry_earlier.get(own).map_or(0, Vec::len) as u64,
    })
}

/// Whether a line is one that somebody decides by: of wallets, what was burned and what expired.
fn decides(line: &LineView) -> bool {
    line.movement.as_deref().is_none_or(|movement| ["burned", "expired"].contains(&movement))
}

fn line(line: &LineView, run: usize) -> Option<AttachedLine> {
    let scenario = run.checked_sub(1)?;
    Some(AttachedLine {
        section: line.section.clone(),
        what: line.what.clone(),
        movement: line.movement.clone(),
        unit: line.unit.clone(),
        baseline: line.values.first()?.clone(),
        scenario: line.values.get(run)?.clone(),
        difference: line.differences.get(scenario)?.clone(),
        percent: line.percent.get(scenario)?.clone(),
    })
}

fn run_in_short(run: &RunView) -> AttachedRun {
    AttachedRun {
        charged: run.charged_events,
        free: run.free_events,
        refused: run.refused_events.values().sum(),
        undone: run.undone_count,
    }
}

fn spread(spread: &SpreadView) -> AttachedSpread {
    let customer = |line: &CustomerLine| AttachedCustomer {
        customer: line.customer.clone(),
        baseline: line.baseline.clone(),
        scenario: line.scenario.clone(),
        difference: line.difference.clone(),
        percent: line.percent.clone(),
    };
    // The list falls from who pays most more to who pays most less; a difference above zero has its sign.
    let more = spread.customers.iter().filter(|line| line.difference.starts_with('+'));
    let less = spread.customers.iter().filter(|line| line.difference.starts_with('-'));
    AttachedSpread {
        currency: spread.currency.clone(),
        customers: spread.customer_count,
        more: more.clone().count() as u64,
        less: less.clone().count() as u64,
        most_more: more.take(ENDS).map(customer).collect(),
        most_less: less.rev().take(ENDS).map(customer).collect(),
    }
}

/// Whether the preview itself is in this workspace.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum KeptHere {
    /// It is, to the byte.
    Same,
    /// Another one is kept under its name.
    Other,
    /// Nothing is kept under its name.
    Gone,
    /// What is kept under its name cannot be read.
    Unreadable,
}

/// The preview of a request, and how it stands to the books.
#[derive(Debug, Clone, Serialize)]
pub struct AttachedView {
    /// What is attached.
    #[serde(flatten)]
    pub preview: AttachedPreview,
    /// Entries that were recorded since it was run; absent once the request is decided.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub entries_since: Option<u64>,
    /// Whether another configuration came into force since; never told once the request is decided.
    pub is_reconfigured: bool,
    /// Whether the preview itself is in this workspace.
    pub kept: KeptHere,
}

/// A preview of a request as it stands to the books, which it is told of only while the request waits.
pub(super) async fn seen<S: LedgerStore>(
    workspace: &Workspace<S>,
    preview: &AttachedPreview,
    (waits, revision): (bool, u64),
) -> Result<AttachedView, AppError> {
    let entries = workspace.store().checkpoint().await?.entries;
    let kept = match kept::hash_of(workspace, &preview.name) {
        Ok(Some(hash)) if hash == preview.hash => KeptHere::Same,
        Ok(Some(_)) => KeptHere::Other,
        Ok(None) => KeptHere::Gone,
        // The request is read all the same: its figures stand in it.
        Err(_) => KeptHere::Unreadable,
    };
    Ok(AttachedView {
        preview: preview.clone(),
        entries_since: waits.then(|| entries.saturating_sub(preview.entries)),
        is_reconfigured: waits && preview.revision != revision,
        kept,
    })
}

/// A kept preview that tests what is about to be asked for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Attachable {
    /// Its name.
    pub name: String,
    /// What it was run for.
    pub note: String,
    /// When it was run.
    pub made_at: String,
    /// By whom.
    pub made_by: String,
    /// First day of its window.
    pub from: String,
    /// Last day.
    pub through: String,
    /// How many customers it was run for; 0 for all.
    pub customers: u64,
    /// Whether its baseline reproduced the ledger.
    pub exact: bool,
    /// Entries that were recorded since.
    pub entries_since: u64,
}

/// The kept previews that test what publishing a draft puts into force, the latest first.
///
/// # Errors
/// As [`drafts::proposal`], or that the previews cannot be listed.
pub async fn attachable<S: LedgerStore>(
    workspace: &Workspace<S>,
    edge: &Edge,
    draft: &PlanCode,
) -> Result<Vec<Attachable>, AppError> {
    let draft = drafts::load(workspace, draft)?;
    // Nothing is recorded under this id.
    let id = OperationId::try_new("attachable").map_err(|e| AppError::Argument(e.to_string()))?;
    let operation = drafts::proposal(workspace, edge, &id, (&draft, None)).await?;
    let Some(document) = operation.configuration() else { return Ok(Vec::new()) };
    let asked =
        content_of_configuration(document).map_err(|e| AppError::stored("configuration", e))?;
    let entries = workspace.store().checkpoint().await?.entries;
    let mut found = Vec::new();
    for line in kept::kept(workspace)? {
        let KeptHead::Preview(head) = line.head else { continue };
        let mut tested = head.scenarios.iter().filter_map(|one| one.tested.as_ref());
        if tested.any(|tested| tested.configuration == asked) {
            found.push(Attachable {
                name: line.name,
                note: line.note,
                made_at: head.made_at.to_string(),
                made_by: head.made_by.to_string(),
                from: head.view.from,
                through: head.view.through,
                customers: head.customers.len() as u64,
                exact: head.view.backtest.exact,
                entries_since: entries.saturating_sub(head.checkpoint.entries),
            });
        }
    }
    Ok(found)
}

#[cfg(test)]
mod tests;
