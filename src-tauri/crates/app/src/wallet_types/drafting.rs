//! Changing wallet types: what a version says otherwise than another, and does to an example; what can
//! be chosen from; a type that does not exist yet.

use scrip_catalog::{Document, DrawKey, Effective, Meter, UnitKind, Version, WalletType};
use scrip_store::LedgerStore;
use scrip_units::{Instant, UnitCode, WalletTypeCode, Zone};

use super::words::draw_key;
use super::{Example, ExampleRun, Policy, find, policies, run};
use crate::designing::{self, seen};
use crate::error::AppError;
use crate::session::Edge;
use crate::workspace::Workspace;

/// Every key of a draw order.
const DRAW_KEYS: [DrawKey; 11] = [
    DrawKey::GrantPriority,
    DrawKey::ScopedFirst,
    DrawKey::SoonestExpiry,
    DrawKey::PromotionalFirst,
    DrawKey::PaidFirst,
    DrawKey::LowestUnitCost,
    DrawKey::HighestUnitCost,
    DrawKey::EarliestEffective,
    DrawKey::LatestEffective,
    DrawKey::LargestGrant,
    DrawKey::LotId,
];

/// A policy that two versions see differently.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PolicyChange {
    /// Its code.
    pub policy: &'static str,
    /// Its name.
    pub title: &'static str,
    /// What it said.
    pub before: Vec<String>,
    /// What it says.
    pub after: Vec<String>,
}

/// A version that was tried out: what is drawn, and in which zone its days are.
#[derive(Debug, Clone)]
pub struct Trial {
    /// What people call the version.
    pub subject: String,
    /// The zone of days.
    pub zone: Zone,
    /// What the engine made of the example.
    pub run: ExampleRun,
}

/// Tries a version out on an example, one of a draft too.
///
/// # Errors
/// As [`run`] and [`find`], or the store's.
pub async fn trial<S: LedgerStore>(
    workspace: &Workspace<S>,
    (code, version): (&WalletTypeCode, u32),
    example: &Example,
) -> Result<Trial, AppError> {
    let document = seen(workspace).await?;
    let (wallet_type, version) = find(&document, code, version)?;
    let run = run(&document, wallet_type, version, example)?;
    let name = if wallet_type.name.is_empty() { code.as_str() } else { &wallet_type.name };
    let subject = format!("{name}, version {}", version.version);
    Ok(Trial { subject, zone: document.entity.time_zone, run })
}

/// A wallet type that does not exist yet, as a draft.
///
/// # Errors
/// [`AppError::Argument`] when there is one with this code, or no such unit; [`AppError::File`], or the
/// store's.
pub async fn begin_new<S: LedgerStore>(
    workspace: &Workspace<S>,
    edge: &Edge,
    (code, title, unit): (&WalletTypeCode, &str, UnitCode),
) -> Result<u32, AppError> {
    if workspace.catalog().await?.unit(unit).is_none() {
        return Err(AppError::Argument(format!("there is no unit {unit}")));
    }
    designing::begin_new(workspace, edge, code.as_str(), |_, effective_at| {
        let version = serde_json::json!({
            "version": 1, "effective_at": effective_at, "status": "draft"
        });
        let version =
            serde_json::from_value(version).map_err(|e| AppError::stored("version", e))?;
        let (code, name) = (code.clone(), title.to_owned());
        Ok(WalletType { code, name, unit, versions: vec![version] })
    })
    .await
}

/// What a version says otherwise than the one in force, or than the one before it if it is in force
/// itself. With the number of the version that it is compared with; none if there is no other.
///
/// # Errors
/// [`AppError::Argument`] when there is no such type or version.
pub fn compare(
    document: &Document,
    (code, number): (&WalletTypeCode, u32),
    now: Instant,
) -> Result<(Option<u32>, Vec<PolicyChange>), AppError> {
    let (found, version) = find(document, code, number)?;
    let zone = document.entity.time_zone;
    let in_force = found.at(now, zone).filter(|live| live.version != number);
    let before = found.versions.iter().filter(|one| one.is_published() && one.version < number);
    let Some(other) = in_force.or_else(|| before.max_by_key(|one| one.version)) else {
        return Ok((None, Vec::new()));
    };
    let said: Vec<Policy> = policies(document, found, other);
    let says = policies(document, found, version);
    let changes = said.into_iter().zip(says).filter(|(said, says)| said != says);
    let changes = changes.map(|(said, says)| PolicyChange {
        policy: says.policy,
        title: says.title,
        before: said.sentences,
        after: says.sentences,
    });
    Ok((Some(other.version), changes.collect()))
}

/// What can be chosen from in the form of a wallet type.
#[derive(Debug, Clone)]
pub struct Choices {
    /// Units that a wallet may hold, besides currencies.
    pub units: Vec<String>,
    /// The currency of the books.
    pub currency: String,
    /// Meters, with the names of their dimensions.
    pub meters: Vec<(String, Vec<String>)>,
    /// Wallet types, those of drafts too.
    pub wallet_types: Vec<String>,
    /// Keys of a draw order, with what each puts first.
    pub draw_keys: Vec<(&'static str, &'static str)>,
}

/// What can be chosen from.
///
/// # Errors
/// As [`seen`].
pub async fn choices<S: LedgerStore>(workspace: &Workspace<S>) -> Result<Choices, AppError> {
    let document = seen(workspace).await?;
    let meter = |meter: &Meter| {
        let names = meter.dimensions.iter().map(|dimension| dimension.name.clone());
        (meter.code.to_string(), names.collect())
    };
    let held = document.units.iter().filter(|unit| unit.kind == UnitKind::Credit);
    Ok(Choices {
        units: held.map(|unit| unit.code.to_string()).collect(),
        currency: document.entity.currency.to_string(),
        meters: document.meters.iter().map(meter).collect(),
        wallet_types: document.wallet_types.iter().map(|one| one.code.to_string()).collect(),
        draw_keys: DRAW_KEYS.iter().map(|key| (key.as_str(), draw_key(*key))).collect(),
    })
}
