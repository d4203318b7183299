//! The chain of units, and the conversions in it.

use scrip_app::cards::effect::effect_of;
use scrip_app::chain::{self, ConversionVersionView, ConversionView};
use scrip_app::designing::{self, Conversion};
use serde::Serialize;
use specta::Type;
use tauri::State;
use tauri::ipc::Channel;

use super::cards::CardState;
use super::cards::effect::Effect;
use crate::commands::parse;
use crate::desk::Desk;
use crate::edge::{edge, now};
use crate::failure::Failure;
use crate::task::{Progress, Task};

/// What a link of a chain is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Type)]
#[serde(rename_all = "snake_case")]
pub enum ChainLinkKind {
    /// A conversion.
    Conversion,
    /// A rate card.
    RateCard,
    /// A wallet type.
    WalletType,
}

/// A link of a chain: a version of what leads from one unit to the next.
#[derive(Debug, Serialize, Type)]
pub struct ChainLink {
    /// What it is.
    pub kind: ChainLinkKind,
    /// Code.
    pub code: String,
    /// Name; empty where it has none.
    pub name: String,
    /// Version.
    pub version: u32,
    /// When it takes effect: a day or an instant.
    pub effective_at: String,
    /// What it says, in words.
    pub words: Vec<String>,
}

/// A step of a chain.
#[derive(Debug, Serialize, Type)]
pub struct ChainStep {
    /// What leads there; none where nothing does.
    pub links: Vec<ChainLink>,
    /// The unit that it leads to.
    pub to: String,
    /// What that is, in words.
    pub words: String,
}

/// The way of a meter's usage through a rate card.
#[derive(Debug, Serialize, Type)]
pub struct UnitChain {
    /// The meter.
    pub meter: String,
    /// Its unit.
    pub from: String,
    /// The rate card.
    pub card: String,
    /// Whether only customers that name the card are priced by it.
    pub assigned: bool,
    /// The steps.
    pub steps: Vec<ChainStep>,
}

/// A version of a conversion.
#[derive(Debug, Serialize, Type)]
pub struct ConversionVersion {
    /// Number.
    pub version: u32,
    /// When it takes effect: a day or an instant.
    pub effective_at: String,
    /// How far it has come.
    pub state: CardState,
}

/// A conversion.
#[derive(Debug, Serialize, Type)]
pub struct ConversionRow {
    /// Code.
    pub code: String,
    /// Unit converted from.
    pub from: String,
    /// Unit converted to.
    pub to: String,
    /// Whether published exchange rates may convert it.
    pub between_currencies: bool,
    /// What the version in force says.
    pub words: Vec<String>,
    /// Versions, the latest first.
    pub versions: Vec<ConversionVersion>,
}

/// The chains, and every conversion.
#[derive(Debug, Serialize, Type)]
pub struct UnitChains {
    /// The chains.
    pub chains: Vec<UnitChain>,
    /// The conversions.
    pub conversions: Vec<ConversionRow>,
    /// Units that can be converted.
    pub units: Vec<String>,
}

/// A factor of a conversion.
#[derive(Debug, Serialize, Type)]
pub struct ConversionFactor {
    /// What it says.
    pub words: String,
    /// What it makes of a round amount.
    pub example: Option<String>,
}

/// A version of a conversion, to be looked at.
#[derive(Debug, Serialize, Type)]
pub struct ConversionPage {
    /// The conversion.
    pub conversion: ConversionRow,
    /// The version that is shown.
    pub shown: ConversionVersion,
    /// The version that may still be edited, if there is a draft.
    pub draft: Option<u32>,
    /// What it says.
    pub words: Vec<String>,
    /// Its factors.
    pub factors: Vec<ConversionFactor>,
    /// Dimensions that a factor may depend on.
    pub dimensions: Vec<String>,
    /// The chains that lead through it, with this version in them.
    pub chains: Vec<UnitChain>,
}

fn unit_chain(view: chain::Chain) -> UnitChain {
    let link = |link: chain::Link| ChainLink {
        kind: match link.kind {
            chain::LinkKind::Conversion => ChainLinkKind::Conversion,
            chain::LinkKind::RateCard => ChainLinkKind::RateCard,
            chain::LinkKind::WalletType => ChainLinkKind::WalletType,
        },
        code: link.code,
        name: link.name,
        version: link.version,
        effective_at: link.effective_at,
        words: link.words,
    };
    let step = |step: chain::ChainStep| ChainStep {
        links: step.links.into_iter().map(link).collect(),
        to: step.to,
        words: step.words,
    };
    UnitChain {
        meter: view.meter,
        from: view.from,
        card: view.card,
        assigned: view.assigned,
        steps: view.steps.into_iter().map(step).collect(),
    }
}

fn version(view: ConversionVersionView) -> ConversionVersion {
    ConversionVersion {
        version: view.version,
        effective_at: view.effective_at,
        state: view.state.into(),
    }
}

fn row(view: ConversionView) -> ConversionRow {
    ConversionRow {
        code: view.code,
        from: view.from,
        to: view.to,
        between_currencies: view.between_currencies,
        words: view.words,
        versions: view.versions.into_iter().map(version).collect(),
    }
}

/// The chains of units, and every conversion.
///
/// # Errors
/// When the configuration cannot be read.
#[tauri::command]
#[specta::specta]
pub async fn unit_chains(desk: State<'_, Desk>) -> Result<UnitChains, Failure> {
    let document = designing::seen(&desk.books().await?).await?;
    let now = now()?;
    let own = document.units.iter().map(|unit| unit.code.to_string());
    Ok(UnitChains {
        chains: chain::chains(&document, now).into_iter().map(unit_chain).collect(),
        conversions: chain::conversions(&document, now).into_iter().map(row).collect(),
        units: own.chain([document.entity.currency.to_string()]).collect(),
    })
}

/// A version of a conversion, the one in force if none is named.
///
/// # Errors
/// When there is no such conversion or version.
#[tauri::command]
#[specta::specta]
pub async fn conversion_page(
    desk: State<'_, Desk>,
    code: String,
    version: Option<u32>,
) -> Result<ConversionPage, Failure> {
    let books = desk.books().await?;
    let document = designing::seen(&books).await?;
    let view = chain::conversion(&document, (&parse(&code)?, version), now()?)?;
    let factor = |factor: chain::FactorView| ConversionFactor {
        words: factor.words,
        example: factor.example,
    };
    Ok(ConversionPage {
        conversion: row(view.conversion),
        shown: self::version(view.shown),
        draft: designing::number::<Conversion, _>(&books, &code),
        words: view.words,
        factors: view.factors.into_iter().map(factor).collect(),
        dimensions: view.dimensions,
        chains: view.chains.into_iter().map(unit_chain).collect(),
    })
}

/// Begins a draft of a conversion that does not exist yet.
///
/// # Errors
/// When there is one with this code or between these units, or no such unit.
#[tauri::command]
#[specta::specta]
pub async fn new_conversion(
    desk: State<'_, Desk>,
    code: String,
    from: String,
    to: String,
) -> Result<u32, Failure> {
    let books = desk.books().await?;
    let new = (&parse(code.trim())?, parse(from.trim())?, parse(to.trim())?);
    Ok(chain::begin_new(&books, &edge()?, new).await?)
}

/// What the draft of a conversion would have done to the last month with usage; none when there is none
/// yet.
///
/// # Errors
/// When there is no draft, something is wrong with it, or it was stopped.
#[tauri::command]
#[specta::specta]
pub async fn conversion_effect(
    desk: State<'_, Desk>,
    code: String,
    task: String,
    progress: Channel<Progress>,
) -> Result<Option<Effect>, Failure> {
    let (books, now) = (desk.books().await?, now()?);
    let work = move |mut task: Task| async move {
        let document = designing::alone::<Conversion, _>(&books, &code).await?;
        let mut tell = |at: scrip_app::preview::Progress| {
            task.report("Replaying the ledger", at.operations, Some(at.total))
        };
        let changed = (format!("conversion {code}"), document);
        Ok(effect_of(&books, changed, now, &mut tell).await?.map(Effect::from))
    };
    desk.tasks.run(task, progress, work).await
}
