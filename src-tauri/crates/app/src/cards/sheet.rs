//! Sheets: versions of rate cards as they stand in a workspace, in force or in a draft. Begun, opened,
//! checked while they are typed, saved, published.
//!
//! A sheet is edited in a draft only ([`crate::drafts`]); what is published is read.

use scrip_catalog::{Document, RateCard, RateCardVersion, Status};
use scrip_store::LedgerStore;
use scrip_units::{CardCode, Instant, OperationId, PlanCode, UnitCode, When, Zone};
use serde::Serialize;

use super::changes::{self, ComparedRow, RowChange};
use super::{
    CardView, CellProblem, DimensionView, GridRow, GridView, cards, dimensions, find, grid,
};
use crate::approvals::{self, DecisionView, Grounds, Held, Proposal};
use crate::config::ApplyView;
use crate::drafts::{self, Draft, HalfTyped};
use crate::error::AppError;
use crate::operate::Mode;
use crate::session::Edge;
use crate::waiting::apart;
use crate::workspace::Workspace;

/// Where a version stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// Card.
    pub card: CardCode,
    /// Version.
    pub version: u32,
    /// The draft that it is in; what is in force if absent.
    pub draft: Option<PlanCode>,
}

/// A version of a card that a draft works on.
#[derive(Debug, Clone, Serialize)]
pub struct DraftLine {
    /// Name of the draft.
    pub draft: String,
    /// Card.
    pub card: String,
    /// Name of the card.
    pub name: String,
    /// Unit of its charges.
    pub unit: String,
    /// Version.
    pub version: u32,
    /// When it is to take effect.
    pub effective_at: String,
    /// Rows.
    pub rows: u64,
    /// When it was saved last.
    pub saved_at: String,
    /// By whom.
    pub saved_by: String,
    /// Whether some cells cannot be read yet.
    pub is_half_typed: bool,
    /// The request in which it waits for a second person.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub request: Option<String>,
    /// The number under which it waits in the outbox.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub queued: Option<u64>,
}

/// A version of a card that a second person is asked to publish.
#[derive(Debug, Clone, Serialize)]
pub struct ReviewLine {
    /// The request.
    pub request: String,
    /// Who asked.
    pub asked_by: String,
    /// When.
    pub asked_at: String,
    /// Card.
    pub card: String,
    /// Name of the card.
    pub name: String,
    /// Unit of its charges.
    pub unit: String,
    /// Version.
    pub version: u32,
    /// When it is to take effect.
    pub effective_at: String,
    /// Rows.
    pub rows: u64,
}

/// All rate cards of a workspace: in force, and worked on.
#[derive(Debug, Clone, Serialize)]
pub struct CardsView {
    /// Cards in force.
    pub cards: Vec<CardView>,
    /// Versions in drafts.
    pub drafts: Vec<DraftLine>,
    /// Versions that wait for a second person and are in no draft here as they were asked for.
    pub reviews: Vec<ReviewLine>,
    /// Drafts that cannot be read, with the reason.
    pub unreadable: Vec<(String, String)>,
    /// Units that a new card may charge in.
    pub units: Vec<String>,
}

/// The draft that a sheet is in.
#[derive(Debug, Clone, Serialize)]
pub struct SheetDraft {
    /// Name.
    pub name: String,
    /// Counts the savings.
    pub saved: u64,
    /// When it was saved last.
    pub saved_at: String,
    /// By whom.
    pub saved_by: String,
    /// What it is for.
    pub note: String,
    /// Whether the card was published otherwise since the draft was begun.
    pub is_overtaken: bool,
    /// The request in which it waits for a second person.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub request: Option<String>,
    /// The number under which it waits in the outbox.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub queued: Option<u64>,
}

/// A version as a sheet.
#[derive(Debug, Clone, Serialize)]
pub struct SheetView {
    /// The rows and columns.
    pub grid: GridView,
    /// The version before it, with which it is compared; absent for the first.
    pub base: Option<GridView>,
    /// The currency in which its prices can be held against costs, if they can.
    pub cost_currency: Option<String>,
    /// The draft it is in; absent for what is in force, which is read only.
    pub draft: Option<SheetDraft>,
}

/// What was typed into a sheet.
#[derive(Debug, Clone)]
pub struct Typed<'a> {
    /// Where.
    pub place: &'a Place,
    /// When it is to take effect.
    pub effective_at: When,
    /// The rows.
    pub rows: &'a [GridRow],
}

/// A sheet, checked as it is typed.
#[derive(Debug, Clone, Serialize)]
pub struct CheckedSheet {
    /// What is wrong, in the order of the rows.
    pub problems: Vec<CellProblem>,
    /// Whether every cell could be read.
    pub readable: bool,
    /// What differs from the version before.
    pub changes: Vec<RowChange>,
    /// Codes of rows that the version before has and this one has not.
    pub gone: Vec<String>,
    /// Dimensions of the meters that the rows price.
    pub dimensions: Vec<DimensionView>,
    /// What rows cost to deliver and their margin, where it can be told.
    pub margins: Vec<MarginOfRow>,
}

/// What a row costs to deliver, and the margin of its price.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct MarginOfRow {
    /// Row, from 0.
    pub row: usize,
    /// Cost of the quantity that the price is for, in the currency of the costs.
    pub cost: String,
    /// Price less cost in percent of the price, with one decimal.
    pub percent: Option<String>,
    /// Whether the price is below cost.
    pub is_below: bool,
    /// Whether it is the worst of several tiers or costs.
    pub is_worst: bool,
}

/// Two versions side by side.
#[derive(Debug, Clone, Serialize)]
pub struct ComparedSheets {
    /// The one.
    pub left: GridView,
    /// The other.
    pub right: GridView,
    /// Every row of either.
    pub rows: Vec<ComparedRow>,
}

/// A new card.
#[derive(Debug, Clone)]
pub struct NewCard {
    /// Code.
    pub code: CardCode,
    /// Name.
    pub name: String,
    /// Unit of its charges.
    pub unit: UnitCode,
}

/// All rate cards and the drafts of them.
///
/// # Errors
/// [`AppError::NoConfiguration`], [`AppError::File`], or the store's.
pub async fn all<S: LedgerStore>(
    workspace: &Workspace<S>,
    now: Instant,
) -> Result<CardsView, AppError> {
    let catalog = workspace.catalog().await?;
    let live = catalog.document();
    let mut view = CardsView {
        cards: cards(live, now),
        drafts: Vec::new(),
        reviews: Vec::new(),
        unreadable: Vec::new(),
        units: live
            .units
            .iter()
            .filter(|unit| unit.kind == scrip_catalog::UnitKind::Credit)
            .map(|unit| unit.code.to_string())
            .chain([live.entity.currency.to_string()])
            .collect(),
    };
    let proposals = approvals::proposals(workspace, now).await?;
    let mut drafted = Vec::new();
    for listed in drafts::list(workspace)? {
        match listed.draft {
            Ok(draft) => {
                let held = approvals::held(workspace, &proposals, &draft)?;
                view.drafts.extend(lines(&draft, held.as_ref()));
                drafted.extend(apart(held).0);
            }
            Err(error) => view.unreadable.push((listed.name, error.to_string())),
        }
    }
    let others = proposals.iter().filter(|proposal| !drafted.contains(&proposal.request.id));
    view.reviews = others.flat_map(reviews).collect();
    Ok(view)
}

/// The versions of cards that a request would publish.
fn reviews(proposal: &Proposal) -> impl Iterator<Item = ReviewLine> {
    let Proposal { request, base, document } = proposal;
    document.rate_cards.iter().flat_map(move |card| {
        let before = base.rate_cards.iter().find(|one| one.code == card.code);
        let before = before.map(|card| card.versions.as_slice()).unwrap_or_default();
        let new = card.versions.iter().filter(|version| !before.contains(version));
        new.map(|version| ReviewLine {
            request: request.id.clone(),
            asked_by: request.asked_by.clone(),
            asked_at: request.asked_at.clone(),
            card: card.code.to_string(),
            name: card.name.clone(),
            unit: card.unit.to_string(),
            version: version.version,
            effective_at: version.effective_at.to_string(),
            rows: version.rates.len() as u64,
        })
    })
}

/// The versions of cards that a draft adds or changes.
fn lines(draft: &Draft, held: Option<&Held>) -> impl Iterator<Item = DraftLine> {
    let (request, queued) = apart(held.cloned());
    draft.rate_cards.iter().flat_map(move |item| {
        let before = item.before.as_ref().map(|card| card.versions.as_slice()).unwrap_or_default();
        let changed = item.after.versions.iter().filter(|version| !before.contains(version));
        let request = request.clone();
        changed.map(move |version| DraftLine {
            draft: draft.name.to_string(),
            card: item.after.code.to_string(),
            name: item.after.name.clone(),
            unit: item.after.unit.to_string(),
            version: version.version,
            effective_at: version.effective_at.to_string(),
            rows: half_typed(draft, &item.after.code, version.version)
                .map_or(version.rates.len(), <[_]>::len) as u64,
            saved_at: draft.saved_at.to_string(),
            saved_by: draft.saved_by.to_string(),
            is_half_typed: half_typed(draft, &item.after.code, version.version).is_some(),
            request: request.clone(),
            queued,
        })
    })
}

fn half_typed<'d>(draft: &'d Draft, card: &CardCode, version: u32) -> Option<&'d [GridRow]> {
    let half = draft.half_typed.iter().find(|h| h.card == *card && h.version == version);
    half.map(|half| half.rows.as_slice())
}

/// The configuration in which a version stands, and the draft.
async fn document<S: LedgerStore>(
    workspace: &Workspace<S>,
    draft: Option<&PlanCode>,
) -> Result<(Document, Option<Draft>), AppError> {
    let catalog = workspace.catalog().await?;
    let live = catalog.document();
    match draft {
        None => Ok((live.clone(), None)),
        Some(name) => {
            let draft = drafts::load(workspace, name)?;
            Ok((draft.document(live), Some(draft)))
        }
    }
}

/// A version as a grid, with the rows as they were typed.
fn typed_grid(
    (document, draft): (&Document, Option<&Draft>),
    (card, version): (&CardCode, u32),
    now: Instant,
) -> Result<GridView, AppError> {
    let mut view = grid(document, card, version, now)?;
    if let Some(rows) = draft.and_then(|draft| half_typed(draft, card, version)) {
        rows.clone_into(&mut view.rows);
        view.dimensions = dimensions(document, rows.iter().map(|row| row.meter.trim()));
    }
    Ok(view)
}

/// The number of the version before another one.
fn before(card: &RateCard, version: u32) -> Option<u32> {
    card.versions.iter().map(|v| v.version).filter(|number| *number < version).max()
}

/// Opens a version as a sheet.
///
/// # Errors
/// [`AppError::Argument`] when there is no such card or version, [`AppError::UnknownDraft`], or the
/// store's.
pub async fn open<S: LedgerStore>(
    workspace: &Workspace<S>,
    place: &Place,
    now: Instant,
) -> Result<SheetView, AppError> {
    let (document, draft) = document(workspace, place.draft.as_ref()).await?;
    let (card, _) = find(&document, &place.card, place.version)?;
    let base = before(card, place.version);
    let base = base.map(|number| grid(&document, &place.card, number, now)).transpose()?;
    let mut view = SheetView {
        grid: typed_grid((&document, draft.as_ref()), (&place.card, place.version), now)?,
        base,
        cost_currency: scrip_catalog::cost_currency(&document, &place.card, place.version)
            .map(|currency| currency.to_string()),
        draft: None,
    };
    if let Some(draft) = draft {
        let checked = drafts::check(workspace, &draft, None).await?;
        let path = format!("rate_cards[{}]", place.card);
        let proposals = approvals::proposals(workspace, now).await?;
        let (request, queued) = apart(approvals::held(workspace, &proposals, &draft)?);
        view.draft = Some(SheetDraft {
            name: draft.name.to_string(),
            saved: draft.saved,
            saved_at: draft.saved_at.to_string(),
            saved_by: draft.saved_by.to_string(),
            is_overtaken: checked.conflicts.iter().any(|conflict| conflict.path == path),
            request,
            queued,
            note: draft.note,
        });
    }
    Ok(view)
}

/// The first day of a month after both instants.
fn next_month(zone: Zone, now: Instant, last: Option<Instant>) -> When {
    let today = zone.day_of(last.map_or(now, |last| last.max(now)));
    When::Day(scrip_units::Month::of(today).next().first_day())
}

/// A name that no draft has yet.
fn free_name<S: LedgerStore>(
    workspace: &Workspace<S>,
    card: &CardCode,
    version: u32,
) -> Result<PlanCode, AppError> {
    let taken = drafts::list(workspace)?;
    let names = std::iter::once(format!("{card}-v{version}"))
        .chain((2..).map(|n: u32| format!("{card}-v{version}-{n}")));
    let free = names.into_iter().find(|name| !taken.iter().any(|draft| draft.name == *name));
    PlanCode::try_new(&free.unwrap_or_default()).map_err(|e| AppError::Argument(e.to_string()))
}

/// Begins the next version of a card in a draft of its own, as a copy of one of its versions.
///
/// # Errors
/// [`AppError::Argument`] when there is no such card or version, [`AppError::File`], or the store's.
pub async fn begin<S: LedgerStore>(
    workspace: &Workspace<S>,
    edge: &Edge,
    card: &CardCode,
    from: u32,
) -> Result<Place, AppError> {
    let catalog = workspace.catalog().await?;
    let live = catalog.document();
    let (card, copied) = find(live, card, from)?;
    let zone = live.entity.time_zone;
    let last = card.versions.iter().filter_map(|v| v.effective_at.resolve(zone).ok()).max();
    let version = RateCardVersion {
        version: card.versions.iter().map(|v| v.version).max().unwrap_or(0) + 1,
        effective_at: next_month(zone, edge.now, last),
        status: Status::Draft,
        ..copied.clone()
    };
    let mut card = card.clone();
    card.versions.push(version);
    put_away(workspace, edge, live, card).await
}

/// Begins a card in a draft of its own, without rows.
///
/// # Errors
/// [`AppError::Argument`] when there is a card of that code, [`AppError::File`], or the store's.
pub async fn begin_card<S: LedgerStore>(
    workspace: &Workspace<S>,
    edge: &Edge,
    new: NewCard,
) -> Result<Place, AppError> {
    let catalog = workspace.catalog().await?;
    let live = catalog.document();
    if live.rate_cards.iter().any(|card| card.code == new.code) {
        return Err(AppError::Argument(format!(
            "there is a rate card {} already; begin a new version of it instead",
            new.code
        )));
    }
    let version = RateCardVersion {
        version: 1,
        effective_at: next_month(live.entity.time_zone, edge.now, None),
        status: Status::Draft,
        unmatched: scrip_catalog::Unmatched::default(),
        overage: None,
        minimum: None,
        rates: Vec::new(),
    };
    let card = RateCard {
        code: new.code,
        name: new.name,
        unit: new.unit,
        applies_to: scrip_catalog::AppliesTo::default(),
        price_changes: scrip_catalog::PriceChanges::default(),
        versions: vec![version],
    };
    put_away(workspace, edge, live, card).await
}

async fn put_away<S: LedgerStore>(
    workspace: &Workspace<S>,
    edge: &Edge,
    live: &Document,
    card: RateCard,
) -> Result<Place, AppError> {
    let (code, number) = (card.code.clone(), card.versions.iter().map(|v| v.version).max());
    let version = number.unwrap_or(1);
    let name = free_name(workspace, &code, version)?;
    let revision = workspace.store().config_revision().await?;
    let mut draft = Draft::new(name.clone(), revision, edge);
    draft.put_card(live, card);
    drafts::save(workspace, edge, &draft)?;
    Ok(Place { card: code, version, draft: Some(name) })
}

fn version_mut<'d>(document: &'d mut Document, place: &Place) -> Option<&'d mut RateCardVersion> {
    let card = document.rate_cards.iter_mut().find(|card| card.code == place.card)?;
    card.versions.iter_mut().find(|version| version.version == place.version)
}

/// Checks what is typed as if it were published: what cannot be read, what the catalog finds wrong, and
/// what differs from the version before.
///
/// # Errors
/// [`AppError::Argument`] when there is no such card or version, [`AppError::UnknownDraft`], or the
/// store's.
pub async fn check<S: LedgerStore>(
    workspace: &Workspace<S>,
    typed: &Typed<'_>,
    now: Instant,
) -> Result<CheckedSheet, AppError> {
    let place = typed.place;
    let (mut document, _) = document(workspace, place.draft.as_ref()).await?;
    if let Some(version) = version_mut(&mut document, place) {
        version.effective_at = typed.effective_at;
    }
    let checked = super::check(&document, &place.card, place.version, typed.rows)?;
    let (card, _) = find(&document, &place.card, place.version)?;
    let base = before(card, place.version);
    let base = base.map(|number| grid(&document, &place.card, number, now)).transpose()?;
    let base = base.map(|base| base.rows).unwrap_or_default();
    let (changes, gone) = changes::changes(&base, typed.rows);
    Ok(CheckedSheet {
        problems: checked.problems,
        readable: checked.readable,
        changes,
        gone,
        dimensions: dimensions(&document, typed.rows.iter().map(|row| row.meter.trim())),
        margins: margins(document, place, typed.rows),
    })
}

/// The margins of the rows that can be read.
fn margins(mut document: Document, place: &Place, rows: &[GridRow]) -> Vec<MarginOfRow> {
    let read = rows.iter().enumerate().filter_map(|(n, row)| Some((n, row.rate().ok()?)));
    let (places, rates): (Vec<usize>, Vec<_>) = read.unzip();
    if let Some(version) = version_mut(&mut document, place) {
        version.rates = rates;
    }
    let found = scrip_catalog::row_margins(&document, &place.card, place.version);
    let found = places.into_iter().zip(found).filter_map(|(row, margin)| {
        let margin = margin?;
        Some(MarginOfRow {
            row,
            cost: margin.cost,
            percent: margin.percent,
            is_below: margin.is_below,
            is_worst: margin.is_worst,
        })
    });
    found.collect()
}

/// The configuration with what is typed in it.
///
/// # Errors
/// [`AppError::Argument`] when a cell cannot be read, or there is no such card or version;
/// [`AppError::UnknownDraft`], or the store's.
pub(crate) async fn typed_document<S: LedgerStore>(
    workspace: &Workspace<S>,
    typed: &Typed<'_>,
) -> Result<Document, AppError> {
    let place = typed.place;
    let (mut document, _) = document(workspace, place.draft.as_ref()).await?;
    find(&document, &place.card, place.version)?;
    super::put(&mut document, &place.card, place.version, typed.rows)
        .map_err(|problems| unread(&problems))?;
    if let Some(version) = version_mut(&mut document, place) {
        version.effective_at = typed.effective_at;
    }
    Ok(document)
}

fn unread(problems: &[CellProblem]) -> AppError {
    let first = problems.first().map(|problem| problem.message.as_str()).unwrap_or_default();
    AppError::Argument(format!(
        "{} cannot be read yet, the first because {first}",
        match problems.len() {
            1 => "a cell".to_owned(),
            many => format!("{many} cells"),
        }
    ))
}

/// Saves what is typed in its draft, also when it cannot all be read yet. `saved` is the count that was
/// read; the one that is returned is one higher.
///
/// # Errors
/// [`AppError::DraftConflict`] when somebody saved it meanwhile, [`AppError::Argument`] when there is no
/// such version in the draft or it is none, [`AppError::UnknownDraft`], or the store's.
pub async fn save<S: LedgerStore>(
    workspace: &Workspace<S>,
    edge: &Edge,
    typed: &Typed<'_>,
    (saved, note): (u64, &str),
) -> Result<Draft, AppError> {
    let place = typed.place;
    let Some(name) = &place.draft else {
        return Err(AppError::Argument(
            "what is in force cannot be saved; begin a draft".to_owned(),
        ));
    };
    let (mut document, draft) = document(workspace, Some(name)).await?;
    let mut draft = draft.ok_or_else(|| AppError::UnknownDraft { name: name.to_string() })?;
    if draft.saved != saved {
        return Err(AppError::DraftConflict { name: name.to_string() });
    }
    find(&document, &place.card, place.version)?;
    draft.half_typed.retain(|half| half.card != place.card || half.version != place.version);
    if super::put(&mut document, &place.card, place.version, typed.rows).is_err() {
        draft.half_typed.push(HalfTyped {
            card: place.card.clone(),
            version: place.version,
            rows: typed.rows.to_vec(),
        });
    }
    if let Some(version) = version_mut(&mut document, place) {
        version.effective_at = typed.effective_at;
    }
    note.clone_into(&mut draft.note);
    let (card, _) = find(&document, &place.card, place.version)?;
    let catalog = workspace.catalog().await?;
    draft.put_card(catalog.document(), card.clone());
    drafts::save(workspace, edge, &draft)
}

/// Publishes the draft that a sheet is in, from the dates it says: one operation, all or nothing.
/// `saved` is the count that was read.
///
/// # Errors
/// [`AppError::DraftConflict`] when somebody saved it, or published the card otherwise, meanwhile;
/// [`AppError::Argument`] when cells cannot be read; [`AppError::Configuration`] for what is wrong.
pub async fn publish<S: LedgerStore>(
    workspace: &Workspace<S>,
    edge: &Edge,
    (id, mode): (&OperationId, Mode),
    (name, saved): (&PlanCode, u64),
) -> Result<ApplyView, AppError> {
    let draft = drafts::load(workspace, name)?;
    if draft.saved != saved {
        return Err(AppError::DraftConflict { name: name.to_string() });
    }
    drafts::publish(workspace, edge, (id, mode), (&draft, None)).await
}

/// Asks a second person to publish a draft.
///
/// # Errors
/// As [`approvals::ask_for_draft`].
pub async fn ask<S: LedgerStore>(
    workspace: &Workspace<S>,
    edge: &Edge,
    ids: (&OperationId, &OperationId),
    grounds: impl Into<Grounds<'_>>,
    draft: (&PlanCode, u64),
) -> Result<DecisionView, AppError> {
    approvals::ask_for_draft(workspace, edge, ids, grounds, draft).await
}

/// Two versions side by side, each in force or in a draft.
///
/// # Errors
/// [`AppError::Argument`] when there is no such card or version, [`AppError::UnknownDraft`], or the
/// store's.
pub async fn compare<S: LedgerStore>(
    workspace: &Workspace<S>,
    (left, right): (&Place, &Place),
    now: Instant,
) -> Result<ComparedSheets, AppError> {
    let mut sides = Vec::with_capacity(2);
    for place in [left, right] {
        let (document, draft) = document(workspace, place.draft.as_ref()).await?;
        let version = (&place.card, place.version);
        sides.push(typed_grid((&document, draft.as_ref()), version, now)?);
    }
    let (Some(right), Some(left)) = (sides.pop(), sides.pop()) else {
        return Err(AppError::Argument("two versions are compared".to_owned()));
    };
    let rows = changes::compare(&left.rows, &right.rows);
    Ok(ComparedSheets { left, right, rows })
}
