//! A version of a card as a sheet: opened, checked, saved, compared.

use std::collections::BTreeMap;

use scrip_app::cards::changes::{ComparedRow, RowChange};
use scrip_app::cards::sheet::{
    self as sheets, CheckedSheet, ComparedSheets, MarginOfRow, SheetView, Typed,
};
use scrip_app::cards::{CellProblem, DimensionView, GridRow, GridTier, GridView};
use serde::{Deserialize, Serialize};
use specta::Type;
use tauri::State;

use super::opened::SheetRun;
use super::{CardState, SheetPlace};
use crate::commands::parse;
use crate::desk::Desk;
use crate::edge::{edge, now};
use crate::failure::Failure;

/// A tier, as texts.
#[derive(Debug, Clone, Serialize, Deserialize, Type)]
pub struct SheetTier {
    /// Upper bound, inclusive; empty in the last tier.
    pub up_to: String,
    /// Price of `per` units; the amount of the step of a stairstep.
    pub price: String,
    /// How many units the price is for; empty for one.
    pub per: String,
    /// Amount charged once when the tier is entered; empty for none.
    pub flat: String,
}

/// A rate, as texts; an empty text is an absent member.
#[derive(Debug, Clone, Serialize, Deserialize, Type)]
pub struct SheetRow {
    /// Code.
    pub code: String,
    /// Meter.
    pub meter: String,
    /// Dimension values; absent or `*` means any.
    pub cells: BTreeMap<String, String>,
    /// Pricing model.
    pub model: String,
    /// Price; the percentage of a percentage rate; empty for models with tiers.
    pub price: String,
    /// What the price is for; the size of a package.
    pub per: String,
    /// Tiers of the models that have them.
    pub tiers: Vec<SheetTier>,
    /// Quantity that is free in each billing period.
    pub included: String,
    /// The most that is charged in a billing period.
    pub maximum: String,
    /// Unit of the quantity that is priced.
    pub quantity_unit: String,
    /// Wallet types that pay, separated by commas.
    pub wallet_types: String,
    /// Members of the rate that have no column, as JSON: kept as they are.
    pub rest: String,
}

impl From<GridRow> for SheetRow {
    fn from(row: GridRow) -> Self {
        let tier =
            |t: GridTier| SheetTier { up_to: t.up_to, price: t.price, per: t.per, flat: t.flat };
        Self {
            code: row.code,
            meter: row.meter,
            cells: row.cells,
            model: row.model,
            price: row.price,
            per: row.per,
            tiers: row.tiers.into_iter().map(tier).collect(),
            included: row.included,
            maximum: row.maximum,
            quantity_unit: row.quantity_unit,
            wallet_types: row.wallet_types,
            rest: row.rest,
        }
    }
}

impl From<SheetRow> for GridRow {
    fn from(row: SheetRow) -> Self {
        let tier =
            |t: SheetTier| GridTier { up_to: t.up_to, price: t.price, per: t.per, flat: t.flat };
        Self {
            code: row.code,
            meter: row.meter,
            cells: row.cells,
            model: row.model,
            price: row.price,
            per: row.per,
            tiers: row.tiers.into_iter().map(tier).collect(),
            included: row.included,
            maximum: row.maximum,
            quantity_unit: row.quantity_unit,
            wallet_types: row.wallet_types,
            rest: row.rest,
        }
    }
}

/// A dimension, as a column.
#[derive(Debug, Serialize, Type)]
pub struct SheetDimension {
    /// Name.
    pub name: String,
    /// The only values allowed; empty for any.
    pub values: Vec<String>,
}

fn dimensions(views: Vec<DimensionView>) -> Vec<SheetDimension> {
    let one = |view: DimensionView| SheetDimension { name: view.name, values: view.values };
    views.into_iter().map(one).collect()
}

/// The draft that a sheet is in.
#[derive(Debug, Serialize, Type)]
pub struct SheetDraftState {
    /// Name.
    pub name: String,
    /// Counts the savings.
    pub saved: String,
    /// When it was saved last.
    pub saved_at: String,
    /// By whom.
    pub saved_by: String,
    /// What it is for.
    pub note: String,
    /// Whether the card was published otherwise since the draft was begun.
    pub is_overtaken: bool,
    /// The request in which it waits for a second person.
    pub request: Option<String>,
    /// The number under which it waits in the outbox.
    pub queued: Option<String>,
}

/// A version as a sheet.
#[derive(Debug, Serialize, Type)]
pub struct Sheet {
    /// Card.
    pub card: String,
    /// Name of the card.
    pub name: String,
    /// Unit of the charges.
    pub unit: String,
    /// Version.
    pub version: u32,
    /// When it takes effect: a day or an instant.
    pub effective_at: String,
    /// How far it has come.
    pub state: CardState,
    /// Dimensions of the meters that it prices.
    pub dimensions: Vec<SheetDimension>,
    /// Meters that may be priced.
    pub meters: Vec<String>,
    /// Wallet types that may pay.
    pub wallet_types: Vec<String>,
    /// What names the rows as they are here.
    pub opened: String,
    /// The rows.
    pub rows: Vec<SheetRow>,
    /// Number of the version before it, with which it is compared.
    pub base: Option<u32>,
    /// The currency in which prices can be held against costs, if they can.
    pub cost_currency: Option<String>,
    /// The draft that it is in; absent for what is in force, which is read only.
    pub draft: Option<SheetDraftState>,
}

impl Sheet {
    fn of(view: SheetView, opened: String) -> Self {
        let GridView { card, name, unit, version, effective_at, .. } = view.grid;
        Self {
            card,
            name,
            unit,
            version,
            effective_at,
            state: if view.draft.is_some() { CardState::Draft } else { view.grid.state.into() },
            dimensions: dimensions(view.grid.dimensions),
            meters: view.grid.meters,
            wallet_types: view.grid.wallet_types,
            opened,
            rows: view.grid.rows.into_iter().map(SheetRow::from).collect(),
            base: view.base.map(|base| base.version),
            cost_currency: view.cost_currency,
            draft: view.draft.map(|draft| SheetDraftState {
                name: draft.name,
                saved: draft.saved.to_string(),
                saved_at: draft.saved_at,
                saved_by: draft.saved_by,
                note: draft.note,
                is_overtaken: draft.is_overtaken,
                request: draft.request,
                queued: draft.queued.map(|number| number.to_string()),
            }),
        }
    }
}

/// What was typed into a sheet.
#[derive(Debug, Deserialize, Type)]
pub struct TypedSheet {
    /// Where.
    pub place: SheetPlace,
    /// When it is to take effect: a day or an instant.
    pub effective_at: String,
    /// The sheet as it was opened.
    pub opened: String,
    /// The rows, by what became of those that were opened.
    pub runs: Vec<SheetRun>,
}

/// What was typed, read.
pub(super) struct Read {
    place: sheets::Place,
    effective_at: scrip_units::When,
    rows: Vec<GridRow>,
}

impl TypedSheet {
    pub(super) fn read(self, desk: &Desk) -> Result<Read, Failure> {
        Ok(Read {
            place: self.place.read()?,
            effective_at: parse(self.effective_at.trim())?,
            rows: desk.sheets.read(&self.opened, self.runs)?,
        })
    }
}

impl Read {
    pub(super) fn typed(&self) -> Typed<'_> {
        Typed { place: &self.place, effective_at: self.effective_at, rows: &self.rows }
    }
}

/// Something that is wrong with a sheet.
#[derive(Debug, Serialize, Type)]
pub struct SheetProblem {
    /// Row, from 0; absent for what concerns the whole version.
    pub row: Option<u32>,
    /// Column; absent for the whole row.
    pub column: Option<String>,
    /// Whether it stands in the way of publishing.
    pub is_error: bool,
    /// A stable code.
    pub code: String,
    /// What is wrong and what to do.
    pub message: String,
}

/// What a row changes.
#[derive(Debug, Serialize, Type)]
pub struct SheetChange {
    /// Row, from 0.
    pub row: u32,
    /// Whether there was no row of that code.
    pub is_new: bool,
    /// What the changed cells held, by column.
    pub was: BTreeMap<String, String>,
    /// Change of the price of one unit in per cent, with its sign.
    pub percent: Option<String>,
}

/// What a row costs to deliver, and the margin of its price.
#[derive(Debug, Serialize, Type)]
pub struct SheetMargin {
    /// Row, from 0.
    pub row: u32,
    /// Cost of the quantity that the price is for.
    pub cost: String,
    /// Price less cost in percent of the price; none where the price is nothing.
    pub percent: Option<String>,
    /// Whether the price is below cost.
    pub is_below: bool,
    /// Whether it is the worst of several tiers or costs.
    pub is_worst: bool,
}

/// A sheet, checked.
#[derive(Debug, Serialize, Type)]
pub struct SheetCheck {
    /// What is wrong, in the order of the rows.
    pub problems: Vec<SheetProblem>,
    /// Whether every cell could be read.
    pub readable: bool,
    /// What differs from the version before.
    pub changes: Vec<SheetChange>,
    /// Codes of rows that the version before has and this one has not.
    pub gone: Vec<String>,
    /// Dimensions of the meters that the rows price.
    pub dimensions: Vec<SheetDimension>,
    /// Costs and margins of the rows where they can be told.
    pub margins: Vec<SheetMargin>,
}

/// A list that one person types has fewer than four billion rows.
fn place(row: usize) -> u32 {
    u32::try_from(row).unwrap_or(u32::MAX)
}

fn margin(margin: MarginOfRow) -> SheetMargin {
    SheetMargin {
        row: place(margin.row),
        cost: margin.cost,
        percent: margin.percent,
        is_below: margin.is_below,
        is_worst: margin.is_worst,
    }
}

impl From<CheckedSheet> for SheetCheck {
    fn from(checked: CheckedSheet) -> Self {
        let problem = |problem: CellProblem| SheetProblem {
            row: problem.row.map(place),
            column: problem.column,
            is_error: problem.is_error,
            code: problem.code,
            message: problem.message,
        };
        let change = |change: RowChange| SheetChange {
            row: place(change.row),
            is_new: change.is_new,
            was: change.was,
            percent: change.percent,
        };
        Self {
            problems: checked.problems.into_iter().map(problem).collect(),
            readable: checked.readable,
            changes: checked.changes.into_iter().map(change).collect(),
            gone: checked.gone,
            dimensions: dimensions(checked.dimensions),
            margins: checked.margins.into_iter().map(margin).collect(),
        }
    }
}

/// A row of two versions side by side.
#[derive(Debug, Serialize, Type)]
pub struct SheetComparedRow {
    /// Code.
    pub code: String,
    /// Its cells in the one version, by column; absent when it has no such row.
    pub left: Option<BTreeMap<String, String>>,
    /// Its cells in the other.
    pub right: Option<BTreeMap<String, String>>,
    /// Columns whose cells differ.
    pub changed: Vec<String>,
    /// Change of the price of one unit in per cent, with its sign.
    pub percent: Option<String>,
}

/// Two versions side by side.
#[derive(Debug, Serialize, Type)]
pub struct SheetComparison {
    /// When the one takes effect.
    pub left_effective_at: String,
    /// When the other does.
    pub right_effective_at: String,
    /// Dimensions of either.
    pub dimensions: Vec<String>,
    /// Every row of either.
    pub rows: Vec<SheetComparedRow>,
}

impl From<ComparedSheets> for SheetComparison {
    fn from(compared: ComparedSheets) -> Self {
        let mut dimensions: Vec<String> =
            compared.right.dimensions.into_iter().map(|d| d.name).collect();
        for dimension in compared.left.dimensions {
            if !dimensions.contains(&dimension.name) {
                dimensions.push(dimension.name);
            }
        }
        let row = |row: ComparedRow| SheetComparedRow {
            code: row.code,
            left: row.left,
            right: row.right,
            changed: row.changed,
            percent: row.percent,
        };
        Self {
            left_effective_at: compared.left.effective_at,
            right_effective_at: compared.right.effective_at,
            dimensions,
            rows: compared.rows.into_iter().map(row).collect(),
        }
    }
}

/// How a draft was saved.
#[derive(Debug, Serialize, Type)]
pub struct SheetSaved {
    /// Counts the savings.
    pub saved: String,
    /// When.
    pub saved_at: String,
}

/// Opens a version as a sheet.
///
/// # Errors
/// When there is no such version or draft.
#[tauri::command]
#[specta::specta]
pub async fn open_card_sheet(desk: State<'_, Desk>, place: SheetPlace) -> Result<Sheet, Failure> {
    let view = sheets::open(&desk.books().await?, &place.read()?, now()?).await?;
    let opened = desk.sheets.keep(&view.grid.rows);
    Ok(Sheet::of(view, opened))
}

/// Checks a sheet as it is typed, as if it were published.
///
/// # Errors
/// When there is no such version or draft, or the effective date is none. What is wrong with the rows
/// is a problem, no failure.
#[tauri::command]
#[specta::specta]
pub async fn check_card_sheet(
    desk: State<'_, Desk>,
    typed: TypedSheet,
) -> Result<SheetCheck, Failure> {
    let read = typed.read(&desk)?;
    Ok(sheets::check(&desk.books().await?, &read.typed(), now()?).await?.into())
}

/// Saves a sheet in its draft, also when some cells cannot be read yet.
///
/// # Errors
/// When somebody saved the draft meanwhile, or its file cannot be written.
#[tauri::command]
#[specta::specta]
pub async fn save_card_sheet(
    desk: State<'_, Desk>,
    typed: TypedSheet,
    saved: String,
    note: String,
) -> Result<SheetSaved, Failure> {
    let read = typed.read(&desk)?;
    let books = desk.books().await?;
    let draft = sheets::save(&books, &edge()?, &read.typed(), (parse(&saved)?, &note)).await?;
    Ok(SheetSaved { saved: draft.saved.to_string(), saved_at: draft.saved_at.to_string() })
}

/// Two versions side by side, each in force or in a draft.
///
/// # Errors
/// When there is no such version or draft.
#[tauri::command]
#[specta::specta]
pub async fn compare_card_sheets(
    desk: State<'_, Desk>,
    left: SheetPlace,
    right: SheetPlace,
) -> Result<SheetComparison, Failure> {
    let places = (&left.read()?, &right.read()?);
    Ok(sheets::compare(&desk.books().await?, places, now()?).await?.into())
}
