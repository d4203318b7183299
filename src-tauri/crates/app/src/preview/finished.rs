//! A finished preview: its figures with what they are figures of, so that it can be kept, written to files
//! and held against the books again.

use std::ops::ControlFlow;

use scrip_catalog::{Change, Document, difference_by_version};
use scrip_engine::approval::content_of_configuration;
use scrip_journal::{Checkpoint, Hash};
use scrip_preview::{Scenario, Timing};
use scrip_store::LedgerStore;
use scrip_units::{Actor, CustomerCode, Date, Instant, PlanCode, UnitCode, Zone};
use serde::{Deserialize, Serialize};

use super::{PreviewView, Progress, Request, preview, scenario_of};
use crate::drafts::{self, Draft};
use crate::error::AppError;
use crate::session::{Edge, stored_document};
use crate::workspace::Workspace;

/// What a scenario was made of: a draft, or a file with a configuration.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Source {
    /// Name of the draft or the file.
    pub name: String,
    /// BLAKE3 of what it changed then: of a draft its items, of a file its text.
    pub hash: Hash,
}

impl Source {
    /// A draft as it is now. When it was saved and by whom is no part of it.
    ///
    /// # Errors
    /// When it cannot be written as text.
    pub fn draft(draft: &Draft) -> Result<Self, AppError> {
        let items = (&draft.rate_cards, &draft.cost_cards, &draft.wallet_types);
        let what = (items, &draft.conversions, &draft.plans, &draft.half_typed);
        let text = serde_json::to_vec(&what).map_err(|e| AppError::stored("draft", e))?;
        Ok(Self { name: draft.name.to_string(), hash: Hash::of(&text) })
    }

    /// A file by its text.
    #[must_use]
    pub fn file(name: &str, text: &[u8]) -> Self {
        Self { name: name.to_owned(), hash: Hash::of(text) }
    }
}

/// A scenario by name, and what it was made of.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MadeOf {
    /// The scenario.
    pub scenario: String,
    /// What was put into force together in it.
    pub sources: Vec<Source>,
    /// What would have to be published for it to come true; absent in previews that were kept before this
    /// was noted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tested: Option<Tested>,
}

impl MadeOf {
    /// A scenario of these sources. What it tests is noted when it is run.
    #[must_use]
    pub fn new(scenario: String, sources: Vec<Source>) -> Self {
        Self { scenario, sources, tested: None }
    }
}

/// The configuration that a scenario tests, with its versions published.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tested {
    /// BLAKE3 of its canonical text.
    pub configuration: Hash,
    /// What it changes in the configuration that was in force.
    pub changes: Vec<Change>,
}

impl Tested {
    /// What a configuration is, and what it changes in the one in force.
    ///
    /// # Errors
    /// When it cannot be written as text.
    pub(crate) fn of(document: &Document, live: &Document) -> Result<Self, AppError> {
        let configuration =
            content_of_configuration(document).map_err(|e| AppError::stored("configuration", e))?;
        Ok(Self { configuration, changes: difference_by_version(live, document) })
    }
}

/// What is to be previewed: drafts of the workspace, by scenario.
#[derive(Debug, Clone)]
pub struct AskedDrafts {
    /// Name of each scenario, and its drafts.
    pub scenarios: Vec<(String, Vec<PlanCode>)>,
    /// From when on the changes count.
    pub timing: Timing,
    /// First day of the window.
    pub from: Date,
    /// Last day of the window.
    pub through: Date,
    /// Customers; all if empty.
    pub customers: Vec<CustomerCode>,
}

impl AskedDrafts {
    /// The request, and what its scenarios are made of.
    ///
    /// # Errors
    /// Those of [`scenario_of`].
    pub async fn request<S: LedgerStore>(
        &self,
        workspace: &Workspace<S>,
    ) -> Result<(Request, Vec<MadeOf>), AppError> {
        let mut scenarios: Vec<Scenario> = Vec::with_capacity(self.scenarios.len());
        let mut made_of = Vec::with_capacity(self.scenarios.len());
        for (name, names) in &self.scenarios {
            scenarios.push(scenario_of(workspace, name, names, self.timing).await?);
            let sources = names.iter().map(|name| Source::draft(&drafts::load(workspace, name)?));
            let sources = sources.collect::<Result<_, AppError>>()?;
            made_of.push(MadeOf::new(name.clone(), sources));
        }
        let (from, through, customers) = (self.from, self.through, self.customers.clone());
        Ok((Request { scenarios, from, through, customers, listed: None }, made_of))
    }
}

/// A finished preview.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Finished {
    /// When it was run.
    pub made_at: Instant,
    /// By whom.
    pub made_by: Actor,
    /// Currency of the books.
    pub currency: UnitCode,
    /// The zone that decides days.
    pub zone: Zone,
    /// Configuration in force.
    pub config_revision: u64,
    /// The ledger that was replayed.
    pub checkpoint: Checkpoint,
    /// Scenarios.
    pub scenarios: Vec<MadeOf>,
    /// Whether changes count at their own dates, and not from the first day of the window on.
    pub as_dated: bool,
    /// Customers; all if empty.
    pub customers: Vec<CustomerCode>,
    /// The figures.
    pub view: PreviewView,
}

/// Runs a preview and says what it is one of.
///
/// # Errors
/// Those of [`preview`].
pub async fn finish<S: LedgerStore>(
    workspace: &Workspace<S>,
    edge: &Edge,
    (request, mut scenarios): (Request, Vec<MadeOf>),
    progress: &mut (dyn FnMut(Progress) -> ControlFlow<()> + Send),
) -> Result<Finished, AppError> {
    let config = workspace.store().config_latest().await?.ok_or(AppError::NoConfiguration)?;
    let live = stored_document(&config)?;
    for (made_of, scenario) in scenarios.iter_mut().zip(&request.scenarios) {
        made_of.tested = Some(Tested::of(&scenario.published(&live), &live)?);
    }
    let entity = live.entity;
    let checkpoint = workspace.store().checkpoint().await?;
    let as_dated = request.scenarios.iter().any(|one| one.timing == Timing::AsDated);
    let customers = request.customers.clone();
    let view = preview(workspace, request, progress).await?;
    Ok(Finished {
        made_at: edge.now,
        made_by: edge.actor.clone(),
        currency: entity.currency,
        zone: entity.time_zone,
        config_revision: config.revision,
        checkpoint,
        scenarios,
        as_dated,
        customers,
        view,
    })
}

/// How a finished preview stands to the books of today.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Standing {
    /// Entries that were recorded since.
    pub entries_since: u64,
    /// Whether another configuration was put into force since.
    pub is_reconfigured: bool,
    /// Drafts that are not what they were; those that are gone among them.
    pub changed_drafts: Vec<String>,
}

impl Standing {
    /// Whether running it again would ask the same question.
    #[must_use]
    pub fn is_same_question(&self) -> bool {
        !self.is_reconfigured && self.changed_drafts.is_empty()
    }
}

/// Holds a finished preview against the books and drafts as they are.
///
/// # Errors
/// The store's.
pub async fn standing<S: LedgerStore>(
    workspace: &Workspace<S>,
    finished: &Finished,
) -> Result<Standing, AppError> {
    let config = workspace.store().config_latest().await?.ok_or(AppError::NoConfiguration)?;
    let entries = workspace.store().checkpoint().await?.entries;
    let sources = finished.scenarios.iter().flat_map(|one| &one.sources);
    let is_other = |source: &&Source| {
        let draft = PlanCode::try_new(&source.name).ok();
        let now = draft.and_then(|name| drafts::load(workspace, &name).ok());
        now.and_then(|draft| Source::draft(&draft).ok()).is_none_or(|now| now != **source)
    };
    Ok(Standing {
        entries_since: entries.saturating_sub(finished.checkpoint.entries),
        is_reconfigured: config.revision != finished.config_revision,
        changed_drafts: sources.filter(is_other).map(|source| source.name.clone()).collect(),
    })
}
