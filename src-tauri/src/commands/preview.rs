//! Preview: drafts as scenarios, run over a window of the ledger, compared.

use std::collections::BTreeMap;

use scrip_app::preview::{
    self, AskedDrafts, CustomerLine, DraftView, DryLine, Finished, LineView, MoverLine, MoversView,
    PreviewView, RateLine, RunView, SpreadView,
};
use scrip_preview::Timing;
use serde::{Deserialize, Serialize};
use specta::Type;
use tauri::State;
use tauri::ipc::Channel;

use crate::commands::parse;
use crate::desk::Desk;
use crate::edge::{edge, new_id};
use crate::failure::Failure;
use crate::task::{Progress, Task};

/// A change that a draft makes.
#[derive(Debug, Serialize, Type)]
pub struct DraftChange {
    /// What changes, in words.
    pub what: String,
    /// The value before.
    pub old: Option<String>,
    /// The value after.
    pub new: Option<String>,
    /// By how many per cent.
    pub percent: Option<String>,
}

/// A draft that can be a scenario, or a part of one.
#[derive(Debug, Serialize, Type)]
pub struct PreviewDraft {
    /// Its name.
    pub name: String,
    /// What it is for.
    pub note: String,
    /// When it was saved last.
    pub saved_at: Option<String>,
    /// By whom.
    pub saved_by: Option<String>,
    /// What it changes.
    pub changes: Vec<DraftChange>,
    /// Why it cannot be previewed.
    pub errors: Vec<String>,
}

impl From<DraftView> for PreviewDraft {
    fn from(view: DraftView) -> Self {
        let change = |change: scrip_catalog::Change| DraftChange {
            what: change.what,
            old: change.old,
            new: change.new,
            percent: change.percent,
        };
        let (saved_at, saved_by) = view.saved.unzip();
        Self {
            name: view.name,
            note: view.note,
            saved_at,
            saved_by,
            changes: view.changes.into_iter().map(change).collect(),
            errors: view.errors,
        }
    }
}

/// The drafts of these books.
///
/// # Errors
/// When the folder of the drafts or the ledger cannot be read.
#[tauri::command]
#[specta::specta]
pub async fn preview_drafts(desk: State<'_, Desk>) -> Result<Vec<PreviewDraft>, Failure> {
    let drafts = preview::drafts(&desk.books().await?).await?;
    Ok(drafts.into_iter().map(PreviewDraft::from).collect())
}

/// A scenario.
#[derive(Debug, Clone, Serialize, Deserialize, Type)]
pub struct PreviewScenario {
    /// What it is called.
    pub name: String,
    /// The drafts that are put into force together in it.
    pub drafts: Vec<String>,
}

/// What is to be previewed.
#[derive(Debug, Clone, Serialize, Deserialize, Type)]
pub struct AskedPreview {
    /// One to four scenarios.
    pub scenarios: Vec<PreviewScenario>,
    /// Whether changes count at their dates, and not from the first day of the window on.
    pub as_dated: bool,
    /// First day of the window.
    pub from: String,
    /// Last day of the window.
    pub through: String,
    /// Customers; all if empty.
    pub customers: Vec<String>,
}

impl AskedPreview {
    pub(crate) fn read(&self) -> Result<AskedDrafts, Failure> {
        let mut scenarios = Vec::with_capacity(self.scenarios.len());
        for PreviewScenario { name, drafts } in &self.scenarios {
            let drafts = drafts.iter().map(|draft| parse(draft)).collect::<Result<_, _>>()?;
            scenarios.push((name.clone(), drafts));
        }
        Ok(AskedDrafts {
            scenarios,
            timing: if self.as_dated { Timing::AsDated } else { Timing::SinceWindow },
            from: parse(&self.from)?,
            through: parse(&self.through)?,
            customers: self.customers.iter().map(|code| parse(code)).collect::<Result<_, _>>()?,
        })
    }
}

/// A number of something, by its name.
#[derive(Debug, Serialize, Type)]
pub struct NamedCount {
    /// The name.
    pub name: String,
    /// How many.
    pub count: String,
}

/// An operation that a run refuses.
#[derive(Debug, Serialize, Type)]
pub struct RefusedOperation {
    /// The operation.
    pub operation: String,
    /// What it does.
    pub op: String,
    /// The customer.
    pub customer: Option<String>,
    /// Why.
    pub why: String,
}

/// One run.
#[derive(Debug, Serialize, Type)]
pub struct PreviewRun {
    /// `baseline`, or the scenario's name.
    pub name: String,
    /// Events priced.
    pub charged: String,
    /// Events that cost nothing.
    pub free: String,
    /// Refused events by reason.
    pub refused: Vec<NamedCount>,
    /// How many operations of the ledger are refused.
    pub undone_count: String,
    /// The first of them.
    pub undone: Vec<RefusedOperation>,
}

impl From<RunView> for PreviewRun {
    fn from(run: RunView) -> Self {
        let undone = run.undone.into_iter().map(|undone| RefusedOperation {
            operation: undone.operation,
            op: undone.op,
            customer: undone.customer,
            why: undone.why,
        });
        let refused = run
            .refused_events
            .into_iter()
            .map(|(name, count)| NamedCount { name, count: count.to_string() });
        Self {
            name: run.name,
            charged: run.charged_events.to_string(),
            free: run.free_events.to_string(),
            refused: refused.collect(),
            undone_count: run.undone_count.to_string(),
            undone: undone.collect(),
        }
    }
}

/// A value of a run.
#[derive(Debug, Serialize, Type)]
pub struct PreviewValue {
    /// The value.
    pub value: String,
    /// Less the baseline's; none for the baseline.
    pub difference: Option<String>,
    /// The difference in percent of the baseline, where that is not nothing.
    pub percent: Option<String>,
    /// Length of its bar, in thousandths of the largest of its section and unit.
    pub permille: u16,
    /// The customers behind the difference; none for the baseline and for what is not kept by customer.
    pub movers: Option<PreviewMovers>,
}

/// A customer behind a difference.
#[derive(Debug, Serialize, Type)]
pub struct PreviewMover {
    /// Customer.
    pub customer: String,
    /// The baseline's figure.
    pub baseline: String,
    /// The scenario's.
    pub scenario: String,
    /// The difference.
    pub difference: String,
    /// In percent of the baseline.
    pub percent: Option<String>,
}

impl From<MoverLine> for PreviewMover {
    fn from(line: MoverLine) -> Self {
        Self {
            customer: line.customer,
            baseline: line.baseline,
            scenario: line.scenario,
            difference: unsigned(line.difference),
            percent: line.percent.map(unsigned),
        }
    }
}

/// The customers behind a difference; those listed and the rest add up to it.
#[derive(Debug, Serialize, Type)]
pub struct PreviewMovers {
    /// Those who change most, whichever the sign.
    pub customers: Vec<PreviewMover>,
    /// How many more change.
    pub rest_count: String,
    /// What they add.
    pub rest: String,
}

impl From<MoversView> for PreviewMovers {
    fn from(view: MoversView) -> Self {
        Self {
            customers: view.customers.into_iter().map(PreviewMover::from).collect(),
            rest_count: view.rest_count.to_string(),
            rest: unsigned(view.rest),
        }
    }
}

/// A line of the comparison.
#[derive(Debug, Serialize, Type)]
pub struct PreviewLine {
    /// `revenue`, `cost`, `deferred`, `top_ups`, `units`.
    pub section: String,
    /// What.
    pub what: String,
    /// Of a wallet type: `issued`, `burned`, `expired` or `left`.
    pub movement: Option<String>,
    /// The unit.
    pub unit: String,
    /// A value for each run, the baseline first.
    pub values: Vec<PreviewValue>,
}

impl From<LineView> for PreviewLine {
    fn from(line: LineView) -> Self {
        let mut differences = line.differences.into_iter().map(unsigned);
        let mut percents = line.percent.into_iter();
        let mut movers = line.movers.unwrap_or_default().into_iter().map(PreviewMovers::from);
        let value = |(place, (value, permille)): (usize, (String, u16))| {
            let is_scenario = place > 0;
            PreviewValue {
                value,
                difference: if is_scenario { differences.next() } else { None },
                percent: if is_scenario { percents.next().flatten().map(unsigned) } else { None },
                permille,
                movers: if is_scenario { movers.next() } else { None },
            }
        };
        let values = line.values.into_iter().zip(line.permille).enumerate();
        Self {
            section: line.section,
            what: line.what,
            movement: line.movement,
            unit: line.unit,
            values: values.map(value).collect(),
        }
    }
}

/// What one row of a rate card priced in a run.
#[derive(Debug, Serialize, Type)]
pub struct RateValue {
    /// Quantity.
    pub quantity: String,
    /// Charge.
    pub charged: String,
    /// Charge for 1,000 units of quantity; none where nothing was priced.
    pub per_thousand: Option<String>,
}

/// One row of a rate card, by run.
#[derive(Debug, Serialize, Type)]
pub struct PreviewRate {
    /// Rate card.
    pub card: String,
    /// Row.
    pub row: String,
    /// Unit of the quantity.
    pub quantity_unit: String,
    /// Unit of the charge.
    pub unit: String,
    /// By run, the baseline first.
    pub runs: Vec<RateValue>,
}

impl From<RateLine> for PreviewRate {
    fn from(line: RateLine) -> Self {
        let runs = line.quantity.into_iter().zip(line.charged).zip(line.per_thousand);
        let value =
            |((quantity, charged), per_thousand)| RateValue { quantity, charged, per_thousand };
        Self {
            card: line.card,
            row: line.rate,
            quantity_unit: line.quantity_unit,
            unit: line.unit,
            runs: runs.map(value).collect(),
        }
    }
}

/// How many customers change by how much.
#[derive(Debug, Serialize, Type)]
pub struct ChangeClass {
    /// From this many percent on.
    pub from: Option<i32>,
    /// Below this many percent; both 0 for no change at all.
    pub until: Option<i32>,
    /// Customers.
    pub customers: String,
    /// Length of its bar, in thousandths of the largest class.
    pub permille: u16,
}

/// What a scenario changes for a customer.
#[derive(Debug, Serialize, Type)]
pub struct ChangedCustomer {
    /// Customer.
    pub customer: String,
    /// Revenue of the baseline.
    pub baseline: String,
    /// Revenue of the scenario.
    pub scenario: String,
    /// The difference.
    pub difference: String,
    /// In percent of the baseline.
    pub percent: Option<String>,
    /// First day without cover in the baseline.
    pub dry_before: Option<String>,
    /// First day without cover in the scenario.
    pub dry_after: Option<String>,
    /// The place of its class of change.
    pub class: u16,
}

impl From<CustomerLine> for ChangedCustomer {
    fn from(line: CustomerLine) -> Self {
        Self {
            customer: line.customer,
            baseline: line.baseline,
            scenario: line.scenario,
            difference: line.difference.trim_start_matches('+').to_owned(),
            percent: line.percent.map(unsigned),
            dry_before: line.dry_before,
            dry_after: line.dry_after,
            class: u16::try_from(line.class).unwrap_or(u16::MAX),
        }
    }
}

/// The window writes the sign of a difference itself.
pub(crate) fn unsigned(text: String) -> String {
    text.strip_prefix('+').map_or_else(|| text.clone(), str::to_owned)
}

/// Customers under one scenario, in one currency.
#[derive(Debug, Serialize, Type)]
pub struct PreviewSpread {
    /// Scenario.
    pub scenario: String,
    /// Currency.
    pub currency: String,
    /// How many customers change by how much.
    pub classes: Vec<ChangeClass>,
    /// Customers, those who pay most more first.
    pub customers: Vec<ChangedCustomer>,
}

impl From<SpreadView> for PreviewSpread {
    fn from(spread: SpreadView) -> Self {
        let class = |class: preview::SpreadLine| ChangeClass {
            from: class.from,
            until: class.until,
            customers: class.customers.to_string(),
            permille: class.permille,
        };
        Self {
            scenario: spread.scenario,
            currency: spread.currency,
            classes: spread.classes.into_iter().map(class).collect(),
            customers: spread.customers.into_iter().map(ChangedCustomer::from).collect(),
        }
    }
}

/// A customer whose units run out earlier.
#[derive(Debug, Serialize, Type)]
pub struct DryCustomer {
    /// Scenario.
    pub scenario: String,
    /// Customer.
    pub customer: String,
    /// First day without cover in the baseline.
    pub before: Option<String>,
    /// First day without cover in the scenario.
    pub after: String,
}

/// A preview.
#[derive(Debug, Serialize, Type)]
pub struct PreviewResult {
    /// First day.
    pub from: String,
    /// Last day.
    pub through: String,
    /// Whether the baseline reproduces the ledger, to the hash.
    pub exact: bool,
    /// Customers whose chains were compared.
    pub chains: String,
    /// Customers whose chains differ.
    pub differing: Vec<String>,
    /// The runs, the baseline first.
    pub runs: Vec<PreviewRun>,
    /// The comparison.
    pub lines: Vec<PreviewLine>,
    /// Rows of rate cards.
    pub rates: Vec<PreviewRate>,
    /// Customers by scenario and currency.
    pub spreads: Vec<PreviewSpread>,
    /// Customers who run dry earlier.
    pub dry_earlier: Vec<DryCustomer>,
}

impl From<PreviewView> for PreviewResult {
    fn from(view: PreviewView) -> Self {
        Self {
            from: view.from,
            through: view.through,
            exact: view.backtest.exact,
            chains: view.backtest.chains.to_string(),
            differing: view.backtest.differing,
            runs: view.runs.into_iter().map(PreviewRun::from).collect(),
            lines: view.lines.into_iter().map(PreviewLine::from).collect(),
            rates: view.rates.into_iter().map(PreviewRate::from).collect(),
            spreads: view.spreads.into_iter().map(PreviewSpread::from).collect(),
            dry_earlier: dry(view.dry_earlier),
        }
    }
}

fn dry(scenarios: BTreeMap<String, Vec<DryLine>>) -> Vec<DryCustomer> {
    let lines = scenarios.into_iter().flat_map(|(scenario, lines)| {
        lines.into_iter().map(move |line| DryCustomer {
            scenario: scenario.clone(),
            customer: line.customer,
            before: line.before,
            after: line.after,
        })
    });
    lines.collect()
}

/// A draft, or a file, that a scenario was made of.
#[derive(Debug, Serialize, Type)]
pub struct PreviewSource {
    /// Its name.
    pub name: String,
    /// BLAKE3 of what it changed.
    pub hash: String,
}

/// A scenario, and what it was made of.
#[derive(Debug, Serialize, Type)]
pub struct PreviewMadeOf {
    /// The scenario.
    pub scenario: String,
    /// What was put into force together in it.
    pub sources: Vec<PreviewSource>,
}

impl From<preview::MadeOf> for PreviewMadeOf {
    fn from(made_of: preview::MadeOf) -> Self {
        let source = |source: preview::Source| PreviewSource {
            name: source.name,
            hash: source.hash.to_string(),
        };
        Self {
            scenario: made_of.scenario,
            sources: made_of.sources.into_iter().map(source).collect(),
        }
    }
}

/// A finished preview, and what it is one of.
#[derive(Debug, Serialize, Type)]
pub struct FinishedPreview {
    /// By which it can be kept and written to files while the program runs.
    pub handle: String,
    /// When it was run.
    pub made_at: String,
    /// By whom.
    pub made_by: String,
    /// Checkpoint of the ledger that was replayed.
    pub checkpoint: String,
    /// Its entries.
    pub entries: String,
    /// Configuration in force.
    pub config_revision: String,
    /// What was asked.
    pub asked: AskedPreview,
    /// Scenarios, with the hashes of their drafts.
    pub made_of: Vec<PreviewMadeOf>,
    /// The figures.
    pub result: PreviewResult,
}

impl FinishedPreview {
    pub(crate) fn of(handle: String, finished: Finished) -> Self {
        let scenarios = finished.scenarios.iter().map(|made_of| PreviewScenario {
            name: made_of.scenario.clone(),
            drafts: made_of.sources.iter().map(|source| source.name.clone()).collect(),
        });
        let asked = AskedPreview {
            scenarios: scenarios.collect(),
            as_dated: finished.as_dated,
            from: finished.view.from.clone(),
            through: finished.view.through.clone(),
            customers: finished.customers.iter().map(ToString::to_string).collect(),
        };
        Self {
            handle,
            made_at: finished.made_at.to_string(),
            made_by: finished.made_by.to_string(),
            checkpoint: finished.checkpoint.hash.to_string(),
            entries: finished.checkpoint.entries.to_string(),
            config_revision: finished.config_revision.to_string(),
            asked,
            made_of: finished.scenarios.into_iter().map(PreviewMadeOf::from).collect(),
            result: finished.view.into(),
        }
    }
}

/// Runs a preview: the ledger again, as it was and with each scenario in it. Writes nothing.
///
/// # Errors
/// When the window, a draft or a customer is wrong, the ledger cannot be read, or it was stopped.
#[tauri::command]
#[specta::specta]
pub async fn run_preview(
    desk: State<'_, Desk>,
    asked: AskedPreview,
    task: String,
    progress: Channel<Progress>,
) -> Result<FinishedPreview, Failure> {
    let (books, edge) = (desk.books().await?, edge()?);
    let request = asked.read()?.request(&books).await?;
    let work = move |mut task: Task| async move {
        let mut tell = |progress: preview::Progress| {
            task.report("Replaying the ledger", progress.operations, Some(progress.total))
        };
        Ok(preview::finish(&books, &edge, request, &mut tell).await?)
    };
    let finished = desk.tasks.run(task, progress, work).await?;
    let handle = new_id()?.to_string();
    desk.previews.put(&handle, finished.clone());
    Ok(FinishedPreview::of(handle, finished))
}
