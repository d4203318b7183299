//! Rate cards: which there are, a version as a sheet, and what is done with it.

pub mod effect;
pub mod opened;
pub mod sheet;
pub mod typing;

use scrip_app::cards::sheet::{self as sheets, CardsView, DraftLine, NewCard, ReviewLine};
use scrip_app::cards::{CardView, VersionState, VersionView};
use scrip_app::config::ApplyView;
use scrip_app::drafts;
use scrip_app::operate::Mode;
use serde::{Deserialize, Serialize};
use specta::Type;
use tauri::State;

use crate::commands::parse;
use crate::desk::Desk;
use crate::edge::{edge, new_id, now};
use crate::failure::Failure;

/// How far a version of a card has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Type)]
#[serde(rename_all = "snake_case")]
pub enum CardState {
    /// It may still change, and prices nothing.
    Draft,
    /// A second person is asked to publish it.
    InReview,
    /// Published, and in force later.
    Scheduled,
    /// In force.
    Live,
    /// Another one took its place.
    Retired,
}

impl From<VersionState> for CardState {
    fn from(state: VersionState) -> Self {
        match state {
            VersionState::Draft => Self::Draft,
            VersionState::Scheduled => Self::Scheduled,
            VersionState::Live => Self::Live,
            VersionState::Retired => Self::Retired,
        }
    }
}

/// A version, in force or recorded as a draft in the configuration.
#[derive(Debug, Serialize, Type)]
pub struct CardVersion {
    /// Number.
    pub version: u32,
    /// When it takes effect: a day or an instant.
    pub effective_at: String,
    /// How far it has come.
    pub state: CardState,
    /// Rows.
    pub rows: String,
}

/// A card.
#[derive(Debug, Serialize, Type)]
pub struct RateCardLine {
    /// Code.
    pub card: String,
    /// Name.
    pub name: String,
    /// Unit of the charges.
    pub unit: String,
    /// Whether only customers that name it are priced by it.
    pub assigned: bool,
    /// Customers that name it.
    pub customers: String,
    /// Versions, the latest first.
    pub versions: Vec<CardVersion>,
}

/// A version of a card that a draft works on.
#[derive(Debug, Serialize, Type)]
pub struct CardDraft {
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
    pub rows: String,
    /// When it was saved last.
    pub saved_at: String,
    /// By whom.
    pub saved_by: String,
    /// Whether some cells cannot be read yet.
    pub is_half_typed: bool,
    /// Draft, or in review.
    pub state: CardState,
    /// The request in which it waits for a second person.
    pub request: Option<String>,
    /// The number under which it waits in the outbox.
    pub queued: Option<String>,
}

/// A version of a card that a second person is asked to publish.
#[derive(Debug, Serialize, Type)]
pub struct CardReview {
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
    /// In review.
    pub state: CardState,
    /// Rows.
    pub rows: String,
}

/// A draft that cannot be read.
#[derive(Debug, Serialize, Type)]
pub struct UnreadableDraft {
    /// Name.
    pub draft: String,
    /// Why.
    pub why: String,
}

/// All rate cards of the workspace.
#[derive(Debug, Serialize, Type)]
pub struct RateCards {
    /// Cards in force.
    pub cards: Vec<RateCardLine>,
    /// Versions in drafts.
    pub drafts: Vec<CardDraft>,
    /// Versions that wait for a second person and are in no draft as they were asked for.
    pub reviews: Vec<CardReview>,
    /// Drafts that cannot be read.
    pub unreadable: Vec<UnreadableDraft>,
    /// Units that a new card may charge in.
    pub units: Vec<String>,
}

/// Where a version stands.
#[derive(Debug, Clone, Serialize, Deserialize, Type)]
pub struct SheetPlace {
    /// Card.
    pub card: String,
    /// Version.
    pub version: u32,
    /// The draft that it is in; what is in force if absent.
    pub draft: Option<String>,
}

impl SheetPlace {
    fn read(&self) -> Result<sheets::Place, Failure> {
        Ok(sheets::Place {
            card: parse(&self.card)?,
            version: self.version,
            draft: self.draft.as_deref().map(parse).transpose()?,
        })
    }
}

impl From<sheets::Place> for SheetPlace {
    fn from(place: sheets::Place) -> Self {
        Self {
            card: place.card.to_string(),
            version: place.version,
            draft: place.draft.map(|draft| draft.to_string()),
        }
    }
}

/// What publishing did or would do.
#[derive(Debug, Serialize, Type)]
pub struct Published {
    /// The revision of the configuration afterwards.
    pub revision: String,
    /// What it changes, in words.
    pub changes: Vec<String>,
    /// What is worth knowing, located.
    pub warnings: Vec<String>,
}

impl From<ApplyView> for Published {
    fn from(view: ApplyView) -> Self {
        Self { revision: view.revision.to_string(), changes: view.changes, warnings: view.warnings }
    }
}

impl From<CardsView> for RateCards {
    fn from(view: CardsView) -> Self {
        let version = |version: VersionView| CardVersion {
            version: version.version,
            effective_at: version.effective_at,
            state: version.state.into(),
            rows: version.rows.to_string(),
        };
        let card = |card: CardView| RateCardLine {
            card: card.card,
            name: card.name,
            unit: card.unit,
            assigned: card.assigned,
            customers: card.customers.to_string(),
            versions: card.versions.into_iter().map(version).collect(),
        };
        let draft = |draft: DraftLine| CardDraft {
            draft: draft.draft,
            card: draft.card,
            name: draft.name,
            unit: draft.unit,
            version: draft.version,
            effective_at: draft.effective_at,
            rows: draft.rows.to_string(),
            saved_at: draft.saved_at,
            saved_by: draft.saved_by,
            is_half_typed: draft.is_half_typed,
            state: match draft.request {
                Some(_) => CardState::InReview,
                None => CardState::Draft,
            },
            request: draft.request,
            queued: draft.queued.map(|number| number.to_string()),
        };
        let review = |review: ReviewLine| CardReview {
            request: review.request,
            asked_by: review.asked_by,
            asked_at: review.asked_at,
            card: review.card,
            name: review.name,
            unit: review.unit,
            version: review.version,
            effective_at: review.effective_at,
            state: CardState::InReview,
            rows: review.rows.to_string(),
        };
        let unreadable = |(draft, why)| UnreadableDraft { draft, why };
        Self {
            cards: view.cards.into_iter().map(card).collect(),
            drafts: view.drafts.into_iter().map(draft).collect(),
            reviews: view.reviews.into_iter().map(review).collect(),
            unreadable: view.unreadable.into_iter().map(unreadable).collect(),
            units: view.units,
        }
    }
}

/// All rate cards of the workspace, with their versions and drafts.
///
/// # Errors
/// When there is no configuration, or files cannot be read.
#[tauri::command]
#[specta::specta]
pub async fn rate_cards(desk: State<'_, Desk>) -> Result<RateCards, Failure> {
    Ok(sheets::all(&desk.books().await?, now()?).await?.into())
}

/// Begins the next version of a card, as a copy of one of its versions.
///
/// # Errors
/// When there is no such version, or the draft cannot be written.
#[tauri::command]
#[specta::specta]
pub async fn begin_card_version(
    desk: State<'_, Desk>,
    card: String,
    from: u32,
) -> Result<SheetPlace, Failure> {
    let books = desk.books().await?;
    Ok(sheets::begin(&books, &edge()?, &parse(&card)?, from).await?.into())
}

/// Begins a new card.
///
/// # Errors
/// When there is one of that code, or the draft cannot be written.
#[tauri::command]
#[specta::specta]
pub async fn begin_rate_card(
    desk: State<'_, Desk>,
    code: String,
    name: String,
    unit: String,
) -> Result<SheetPlace, Failure> {
    let new = NewCard { code: parse(&code)?, name, unit: parse(&unit)? };
    Ok(sheets::begin_card(&desk.books().await?, &edge()?, new).await?.into())
}

/// Throws a draft away.
///
/// # Errors
/// When there is none of that name, or its file cannot be removed.
#[tauri::command]
#[specta::specta]
pub async fn discard_card_draft(desk: State<'_, Desk>, draft: String) -> Result<(), Failure> {
    Ok(drafts::discard(&desk.books().await?, &parse(&draft)?)?)
}

/// What publishing a draft would do, without doing it.
///
/// # Errors
/// As publishing.
#[tauri::command]
#[specta::specta]
pub async fn rehearse_card_draft(
    desk: State<'_, Desk>,
    draft: String,
    saved: String,
) -> Result<Published, Failure> {
    publish(&desk, (&draft, &saved), Mode::DryRun).await
}

/// Publishes a draft, from the dates it says.
///
/// # Errors
/// When somebody saved it or published the card meanwhile, or something is wrong with it.
#[tauri::command]
#[specta::specta]
pub async fn publish_card_draft(
    desk: State<'_, Desk>,
    draft: String,
    saved: String,
) -> Result<Published, Failure> {
    publish(&desk, (&draft, &saved), Mode::Commit).await
}

async fn publish(
    desk: &Desk,
    (draft, saved): (&str, &str),
    mode: Mode,
) -> Result<Published, Failure> {
    let (books, id) = (desk.books().await?, new_id()?);
    let draft = (&parse(draft)?, parse(saved)?);
    Ok(sheets::publish(&books, &edge()?, (&id, mode), draft).await?.into())
}
