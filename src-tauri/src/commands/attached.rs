//! The preview that goes with a request: which can, and what of it is attached.

use scrip_app::approvals::{Attachable, AttachedView, Grounds, KeptHere, attachable};
use scrip_app::designing::{self, Conversion, Plan, WalletType};
use scrip_engine::operation::{
    AttachedCustomer, AttachedLine, AttachedPreview, AttachedRun, AttachedSpread,
};
use scrip_units::PlanCode;
use serde::{Deserialize, Serialize};
use specta::Type;
use tauri::State;

use crate::commands::designs::DesignKind;
use crate::commands::parse;
use crate::commands::preview::unsigned;
use crate::desk::Desk;
use crate::edge::edge;
use crate::failure::Failure;

/// The grounds on which a second person is asked.
#[derive(Debug, Deserialize, Type)]
pub struct AskedGrounds {
    /// Why.
    pub reason: Option<String>,
    /// The kept preview that goes with it.
    pub preview: Option<String>,
}

impl AskedGrounds {
    pub(super) fn preview(&self) -> Result<Option<PlanCode>, Failure> {
        self.preview.as_deref().map(parse).transpose()
    }

    pub(super) fn with<'a>(&'a self, preview: Option<&'a PlanCode>) -> Grounds<'a> {
        Grounds::new(self.reason.as_deref(), preview)
    }
}

/// A kept preview that tests what is about to be asked for.
#[derive(Debug, Serialize, Type)]
pub struct AttachablePreview {
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
    pub customers: String,
    /// Whether its baseline reproduced the ledger.
    pub exact: bool,
    /// Entries that were recorded since.
    pub entries_since: String,
}

impl From<Attachable> for AttachablePreview {
    fn from(view: Attachable) -> Self {
        Self {
            name: view.name,
            note: view.note,
            made_at: view.made_at,
            made_by: view.made_by,
            from: view.from,
            through: view.through,
            customers: view.customers.to_string(),
            exact: view.exact,
            entries_since: view.entries_since.to_string(),
        }
    }
}

/// The draft that somebody is about to be asked for.
#[derive(Debug, Deserialize, Type)]
#[serde(tag = "what", rename_all = "snake_case")]
pub enum AskedDraft {
    /// Of a rate card, by the draft's name.
    Card {
        /// The draft.
        draft: String,
    },
    /// Of something that is designed.
    Design {
        /// What it is.
        kind: DesignKind,
        /// Its code.
        code: String,
    },
}

/// The kept previews that test what publishing a draft puts into force, the latest first.
///
/// # Errors
/// When the draft cannot be published, or the previews cannot be listed.
#[tauri::command]
#[specta::specta]
pub async fn attachable_previews(
    desk: State<'_, Desk>,
    draft: AskedDraft,
) -> Result<Vec<AttachablePreview>, Failure> {
    let (books, edge) = (desk.books().await?, edge()?);
    let found = match draft {
        AskedDraft::Card { draft } => attachable(&books, &edge, &parse(&draft)?).await?,
        AskedDraft::Design { kind, code } => match kind {
            DesignKind::WalletType => {
                designing::attachable::<WalletType, _>(&books, &edge, &code).await?
            }
            DesignKind::Plan => designing::attachable::<Plan, _>(&books, &edge, &code).await?,
            DesignKind::Conversion => {
                designing::attachable::<Conversion, _>(&books, &edge, &code).await?
            }
        },
    };
    Ok(found.into_iter().map(AttachablePreview::from).collect())
}

/// What a run priced and refused.
#[derive(Debug, Serialize, Type)]
pub struct RequestPreviewRun {
    /// Its name.
    pub name: String,
    /// Events charged.
    pub charged: String,
    /// Events that cost nothing.
    pub free: String,
    /// Events refused.
    pub refused: String,
    /// Operations of the ledger that were refused.
    pub undone: String,
}

/// A line of the comparison.
#[derive(Debug, Serialize, Type)]
pub struct RequestPreviewLine {
    /// What.
    pub what: String,
    /// The unit.
    pub unit: String,
    /// The baseline's value.
    pub baseline: String,
    /// The scenario's.
    pub scenario: String,
    /// Scenario less baseline.
    pub difference: String,
    /// In percent of the baseline.
    pub percent: Option<String>,
}

impl From<AttachedLine> for RequestPreviewLine {
    fn from(line: AttachedLine) -> Self {
        let AttachedLine { what, movement, unit, baseline, scenario, difference, percent, .. } =
            line;
        let what = match movement {
            Some(movement) => format!("{what}, {movement}"),
            None => what,
        };
        let difference = unsigned(difference);
        Self { what, unit, baseline, scenario, difference, percent: percent.map(unsigned) }
    }
}

impl From<AttachedCustomer> for RequestPreviewLine {
    fn from(line: AttachedCustomer) -> Self {
        Self {
            what: line.customer,
            unit: String::new(),
            baseline: line.baseline,
            scenario: line.scenario,
            difference: unsigned(line.difference),
            percent: line.percent.map(unsigned),
        }
    }
}

/// Revenue by customer, in a currency.
#[derive(Debug, Serialize, Type)]
pub struct RequestPreviewSpread {
    /// The currency.
    pub currency: String,
    /// Customers in all.
    pub customers: String,
    /// How many pay more.
    pub more: String,
    /// How many pay less.
    pub less: String,
    /// Who pays most more, and then who pays most less: by difference, falling.
    pub lines: Vec<RequestPreviewLine>,
}

impl From<AttachedSpread> for RequestPreviewSpread {
    fn from(spread: AttachedSpread) -> Self {
        let lines = spread.most_more.into_iter().chain(spread.most_less.into_iter().rev());
        Self {
            currency: spread.currency,
            customers: spread.customers.to_string(),
            more: spread.more.to_string(),
            less: spread.less.to_string(),
            lines: lines.map(RequestPreviewLine::from).collect(),
        }
    }
}

/// Whether the preview itself is in this workspace.
#[derive(Debug, Clone, Copy, Serialize, Type)]
#[serde(rename_all = "snake_case")]
pub enum PreviewKeptHere {
    /// It is, to the byte.
    Same,
    /// Another one is kept under its name.
    Other,
    /// Nothing is kept under its name.
    Gone,
    /// What is kept under its name cannot be read.
    Unreadable,
}

/// The preview that goes with a request.
#[derive(Debug, Serialize, Type)]
pub struct RequestPreview {
    /// Its name.
    pub name: String,
    /// BLAKE3 of its file.
    pub hash: String,
    /// When it was run.
    pub made_at: String,
    /// By whom.
    pub made_by: String,
    /// The scenario of it that is asked for.
    pub scenario: String,
    /// The other scenarios that it compares.
    pub others: Vec<String>,
    /// The configuration in force when it was run.
    pub revision: String,
    /// Entries of the ledger that it replayed.
    pub entries: String,
    /// The checkpoint of that ledger.
    pub checkpoint: String,
    /// First day of the window.
    pub from: String,
    /// Last day.
    pub through: String,
    /// Whether changes counted at their own dates.
    pub as_dated: bool,
    /// The customers it was run for, the first of them; all if empty.
    pub customers: Vec<String>,
    /// How many more there are.
    pub more_customers: String,
    /// Whether the baseline reproduced the ledger.
    pub exact: bool,
    /// Customers whose chains were compared.
    pub chains: String,
    /// How many of them differed.
    pub differing: String,
    /// What the baseline and the scenario priced and refused.
    pub runs: Vec<RequestPreviewRun>,
    /// The comparison.
    pub lines: Vec<RequestPreviewLine>,
    /// Lines that are left out.
    pub more_lines: String,
    /// Revenue by customer.
    pub spreads: Vec<RequestPreviewSpread>,
    /// Currencies that are left out of it.
    pub more_spreads: String,
    /// How many customers run dry earlier.
    pub dry_earlier: String,
    /// Entries that were recorded since; none once the request is decided.
    pub entries_since: Option<String>,
    /// Whether another configuration came into force since.
    pub is_reconfigured: bool,
    /// Whether the preview itself is in this workspace.
    pub kept: PreviewKeptHere,
}

impl From<AttachedView> for RequestPreview {
    fn from(view: AttachedView) -> Self {
        let AttachedView { preview, entries_since, is_reconfigured, kept } = view;
        let run = |name: &str, run: &AttachedRun| RequestPreviewRun {
            name: name.to_owned(),
            charged: run.charged.to_string(),
            free: run.free.to_string(),
            refused: run.refused.to_string(),
            undone: run.undone.to_string(),
        };
        let runs = vec![run("baseline", &preview.baseline), run(&preview.scenario, &preview.run)];
        let AttachedPreview { backtest, customers, customer_count, .. } = preview;
        Self {
            name: preview.name.to_string(),
            hash: preview.hash.to_string(),
            made_at: preview.made_at.to_string(),
            made_by: preview.made_by.to_string(),
            scenario: preview.scenario,
            others: preview.others,
            revision: preview.revision.to_string(),
            entries: preview.entries.to_string(),
            checkpoint: preview.checkpoint.to_string(),
            from: preview.from.to_string(),
            through: preview.through.to_string(),
            as_dated: preview.as_dated,
            more_customers: customer_count.saturating_sub(customers.len() as u64).to_string(),
            customers: customers.iter().map(ToString::to_string).collect(),
            exact: backtest.exact,
            chains: backtest.chains.to_string(),
            differing: backtest.differing.to_string(),
            runs,
            lines: preview.lines.into_iter().map(RequestPreviewLine::from).collect(),
            more_lines: preview.more_lines.to_string(),
            spreads: preview.spreads.into_iter().map(RequestPreviewSpread::from).collect(),
            more_spreads: preview.more_spreads.to_string(),
            dry_earlier: preview.dry_earlier.to_string(),
            entries_since: entries_since.map(|entries| entries.to_string()),
            is_reconfigured,
            kept: match kept {
                KeptHere::Same => PreviewKeptHere::Same,
                KeptHere::Other => PreviewKeptHere::Other,
                KeptHere::Gone => PreviewKeptHere::Gone,
                KeptHere::Unreadable => PreviewKeptHere::Unreadable,
            },
        }
    }
}
