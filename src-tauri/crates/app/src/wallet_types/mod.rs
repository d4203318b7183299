//! Wallet types: which there are, what their policies say in words, and what they would do to an
//! example, which the engine runs in a book of its own.

pub mod drafting;
mod drawing;
pub mod example;
mod run;
mod steps;
pub mod words;

use scrip_catalog::{Document, Status, Version, WalletType, WalletTypeVersion};
use scrip_units::{Instant, WalletTypeCode};
use serde::Serialize;

use crate::cards::{VersionState, states};
use crate::error::AppError;
pub use drawing::{TrialView, chart, try_out};
pub use example::Example;
pub use run::run;
pub use steps::{ExampleRun, LotLife, Money, Step, StepKind, Total};
pub use words::{Policy, policies};

/// A version, as a list shows it.
#[derive(Debug, Clone, Serialize)]
pub struct TypeVersionView {
    /// Number.
    pub version: u32,
    /// When it takes effect, as it is written: a day or an instant.
    pub effective_at: String,
    /// How far it has come.
    pub state: VersionState,
}

/// A wallet type, as a list shows it.
#[derive(Debug, Clone, Serialize)]
pub struct TypeView {
    /// Code.
    pub code: String,
    /// Name.
    pub name: String,
    /// What it holds.
    pub unit: String,
    /// Whether that is a currency.
    pub holds_money: bool,
    /// When lots of the version in force expire, in words; of the latest where none is in force.
    pub expiry: String,
    /// What happens beyond the wallet, in words.
    pub beyond: String,
    /// Versions, the latest first.
    pub versions: Vec<TypeVersionView>,
}

/// A version of a wallet type, as a page shows it.
#[derive(Debug, Clone)]
pub struct PageView {
    /// The type.
    pub wallet_type: TypeView,
    /// The version.
    pub shown: TypeVersionView,
    /// What its policies say.
    pub policies: Vec<Policy>,
    /// An example to begin with.
    pub example: Example,
}

/// All wallet types of a document.
#[must_use]
pub fn types(document: &Document, now: Instant) -> Vec<TypeView> {
    document.wallet_types.iter().map(|wallet_type| view(document, wallet_type, now)).collect()
}

fn view(document: &Document, wallet_type: &WalletType, now: Instant) -> TypeView {
    let states = states(wallet_type, document.entity.time_zone, now);
    let state = |version: &WalletTypeVersion| {
        states.get(&version.version).copied().unwrap_or(VersionState::Draft)
    };
    let mut versions: Vec<&WalletTypeVersion> = wallet_type.versions.iter().collect();
    versions.sort_by_key(|version| std::cmp::Reverse(version.version));
    let live = versions.iter().find(|version| state(version) == VersionState::Live);
    let shown = live.or_else(|| versions.first()).copied();
    TypeView {
        code: wallet_type.code.to_string(),
        name: wallet_type.name.clone(),
        unit: wallet_type.unit.to_string(),
        holds_money: !document.units.iter().any(|unit| unit.code == wallet_type.unit),
        expiry: shown.map(|version| words::expiry(&version.expiry)).unwrap_or_default(),
        beyond: shown.map(|version| words::beyond(version, wallet_type)).unwrap_or_default(),
        versions: versions
            .into_iter()
            .map(|version| TypeVersionView {
                version: version.version,
                effective_at: version.effective_at.to_string(),
                state: state(version),
            })
            .collect(),
    }
}

/// A version of a wallet type.
///
/// # Errors
/// [`AppError::Argument`] when there is no such type or version.
pub fn find<'d>(
    document: &'d Document,
    code: &WalletTypeCode,
    version: u32,
) -> Result<(&'d WalletType, &'d WalletTypeVersion), AppError> {
    let missing = || AppError::Argument(format!("wallet type {code} has no version {version}"));
    let found = document.wallet_types.iter().find(|one| one.code == *code).ok_or_else(missing)?;
    let version = found.versions.iter().find(|v| v.version == version).ok_or_else(missing)?;
    Ok((found, version))
}

/// A version of a wallet type as a page; the one that is looked at first if none is named.
///
/// # Errors
/// [`AppError::Argument`] when there is no such type or version.
pub fn page(
    document: &Document,
    (code, version): (&WalletTypeCode, Option<u32>),
    now: Instant,
) -> Result<PageView, AppError> {
    let number = match version {
        Some(number) => number,
        None => {
            let found = document.wallet_types.iter().find(|one| one.code == *code);
            let first = found.and_then(|found| first_shown(document, found, now));
            first.map_or(0, |version| version.version)
        }
    };
    let (found, version) = find(document, code, number)?;
    let wallet_type = view(document, found, now);
    let shown = wallet_type.versions.iter().find(|one| one.version == number);
    let missing = || AppError::Argument(format!("wallet type {code} has no version {number}"));
    Ok(PageView {
        shown: shown.cloned().ok_or_else(missing)?,
        wallet_type,
        policies: policies(document, found, version),
        example: Example::usual(document, found, version, now)?,
    })
}

/// The version that one looks at first: that in force, or else the latest published, or else the latest.
#[must_use]
pub fn first_shown<'t>(
    document: &Document,
    wallet_type: &'t WalletType,
    now: Instant,
) -> Option<&'t WalletTypeVersion> {
    let zone = document.entity.time_zone;
    scrip_catalog::Effective::at(wallet_type, now, zone).or_else(|| {
        let published = |v: &&WalletTypeVersion| v.status() == Status::Published;
        let versions = &wallet_type.versions;
        let latest = versions.iter().filter(published).max_by_key(|v| v.version);
        latest.or_else(|| versions.iter().max_by_key(|v| v.version))
    })
}

#[cfg(test)]
mod drafting_tests;
#[cfg(test)]
mod tests;
