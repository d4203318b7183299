//! Conversions: which there are, what a version says and makes of an amount, and new ones.

use scrip_catalog::{
    Conversion, ConversionVersion, Document, Factor, FactorOperation, UnitKind, Version,
};
use scrip_reports::format::grouped_text;
use scrip_store::LedgerStore;
use scrip_units::{ConversionCode, Exact, Instant, Scale, Unit, UnitCode, format_steps};
use serde::Serialize;

use super::{Chain, LinkKind, chains_with, conversion_words, factor_words, in_force};
use crate::cards::{VersionState, states};
use crate::designing;
use crate::error::AppError;
use crate::session::Edge;
use crate::workspace::Workspace;

/// How much is converted to show what a factor does: of what is metered, and of credits and money.
const METERED: i64 = 1_000_000;
const HELD: i64 = 1_000;

/// A version of a conversion, as a list shows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ConversionVersionView {
    /// Number.
    pub version: u32,
    /// When it takes effect, as it is written.
    pub effective_at: String,
    /// How far it has come.
    pub state: VersionState,
}

/// A conversion, as a list shows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ConversionView {
    /// Code.
    pub code: String,
    /// Unit converted from.
    pub from: String,
    /// Unit converted to.
    pub to: String,
    /// Whether published exchange rates may convert it: both units are currencies.
    pub between_currencies: bool,
    /// What the version in force says; the latest where none is in force.
    pub words: Vec<String>,
    /// Versions, the latest first.
    pub versions: Vec<ConversionVersionView>,
}

/// A factor of a version.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FactorView {
    /// What it says.
    pub words: String,
    /// What it makes of a round amount; absent where that cannot be counted.
    pub example: Option<String>,
}

/// A version of a conversion.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ConversionPage {
    /// The conversion.
    pub conversion: ConversionView,
    /// The version.
    pub shown: ConversionVersionView,
    /// What it says.
    pub words: Vec<String>,
    /// Its factors.
    pub factors: Vec<FactorView>,
    /// Dimensions of the meters whose usage comes through it.
    pub dimensions: Vec<String>,
    /// The chains that lead through it, with this version in them.
    pub chains: Vec<Chain>,
}

/// All conversions of a document.
#[must_use]
pub fn conversions(document: &Document, now: Instant) -> Vec<ConversionView> {
    document.conversions.iter().map(|conversion| view(document, conversion, now)).collect()
}

fn view(document: &Document, conversion: &Conversion, now: Instant) -> ConversionView {
    let states = states(conversion, document.entity.time_zone, now);
    let mut versions: Vec<&ConversionVersion> = conversion.versions.iter().collect();
    versions.sort_by_key(|version| std::cmp::Reverse(version.version));
    let shown = in_force(conversion, document, now);
    let is_currency = |code: UnitCode| {
        Unit::currency(code).is_some() && document.units.iter().all(|unit| unit.code != code)
    };
    ConversionView {
        code: conversion.code.to_string(),
        from: conversion.from.to_string(),
        to: conversion.to.to_string(),
        between_currencies: is_currency(conversion.from) && is_currency(conversion.to),
        words: shown.map(conversion_words).unwrap_or_default(),
        versions: versions
            .into_iter()
            .map(|version| ConversionVersionView {
                version: version.version,
                effective_at: version.effective_at.to_string(),
                state: states.get(&version.version).copied().unwrap_or(VersionState::Draft),
            })
            .collect(),
    }
}

/// A version of a conversion, the one in force if none is named, with the chains that lead through it.
///
/// # Errors
/// [`AppError::Argument`] when there is no such conversion or version.
pub fn conversion(
    document: &Document,
    (code, version): (&ConversionCode, Option<u32>),
    now: Instant,
) -> Result<ConversionPage, AppError> {
    let missing = || AppError::Argument(format!("there is no conversion {code} with that version"));
    let found = document.conversions.iter().find(|one| one.code == *code).ok_or_else(missing)?;
    let version = match version {
        Some(number) => found.versions.iter().find(|one| one.version == number),
        None => in_force(found, document, now),
    };
    let version = version.ok_or_else(missing)?;
    let view = view(document, found, now);
    let shown = view.versions.iter().find(|one| one.version == version.number());
    let shown = shown.cloned().ok_or_else(missing)?;
    let leads_through = |chain: &Chain| {
        let mut links = chain.steps.iter().flat_map(|step| &step.links);
        links.any(|link| link.kind == LinkKind::Conversion && link.code == code.as_str())
    };
    let chains = chains_with(document, Some((code, version.version)), now);
    let factor = |factor: &Factor| FactorView {
        words: factor_words(factor),
        example: example(document, found, factor),
    };
    Ok(ConversionPage {
        shown,
        conversion: view,
        words: conversion_words(version),
        factors: version.factors.iter().map(factor).collect(),
        dimensions: dimensions(document, found),
        chains: chains.into_iter().filter(leads_through).collect(),
    })
}

/// Names of the dimensions of meters from which conversions lead to this one.
fn dimensions(document: &Document, conversion: &Conversion) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    for meter in &document.meters {
        let conversions = &document.conversions;
        let ways =
            scrip_catalog::matching::conversion_paths(conversions, meter.unit, conversion.from, 1);
        let own = meter.dimensions.iter().filter(|_| !ways.is_empty());
        for name in own.map(|dimension| &dimension.name) {
            if !names.contains(name) {
                names.push(name.clone());
            }
        }
    }
    names
}

fn unit(document: &Document, code: UnitCode) -> Option<Unit> {
    let declared = document.units.iter().find(|unit| unit.code == code);
    match declared {
        Some(declared) => Some(Unit::new(code, Scale::try_new(declared.scale).ok()?)),
        None => Unit::currency(code),
    }
}

/// What a factor makes of a round amount: `1,000,000 tokens become 1,333.3333 minutes`.
fn example(document: &Document, conversion: &Conversion, factor: &Factor) -> Option<String> {
    let is_metered = |code| {
        let declared = document.units.iter().find(|unit| unit.code == code);
        declared.is_some_and(|unit| unit.kind == UnitKind::Usage)
    };
    let amount = if is_metered(conversion.from) { METERED } else { HELD };
    let to = unit(document, conversion.to)?;
    let by = factor.factor.exact().ok()?;
    let exact = match factor.operation {
        FactorOperation::Multiply => Exact::whole(amount).try_mul(by),
        FactorOperation::Divide => Exact::whole(amount).try_div(by),
    };
    let power = 10_i64.checked_pow(u32::from(to.scale().decimals()))?;
    // The smallest step, or the multiple of it that the factor rounds to.
    let grain = match factor.step {
        Some(step) => step.exact().ok()?.try_mul(Exact::whole(power)).ok()?,
        None => Exact::whole(1),
    };
    let grains = exact.ok()?.try_mul(Exact::whole(power)).ok()?.try_div(grain).ok()?;
    let steps = grains.round(factor.rounding).ok()?.checked_mul(grain.numerator())?;
    Some(format!(
        "{} {} become {} {}",
        grouped_text(&amount.to_string()),
        conversion.from,
        grouped_text(&format_steps(steps, to.scale())),
        conversion.to
    ))
}

/// A conversion that does not exist yet, as a draft without factors.
///
/// # Errors
/// [`AppError::Argument`] when there is one with this code or between these units, or no such unit;
/// [`AppError::File`], or the store's.
pub async fn begin_new<S: LedgerStore>(
    workspace: &Workspace<S>,
    edge: &Edge,
    (code, from, to): (&ConversionCode, UnitCode, UnitCode),
) -> Result<u32, AppError> {
    let refuse = |text: String| Err(AppError::Argument(text));
    let catalog = workspace.catalog().await?;
    for unit in [from, to] {
        if catalog.unit(unit).is_none() {
            return refuse(format!("there is no unit {unit}"));
        }
    }
    if from == to {
        return refuse(format!("{from} is both what is converted and what it becomes"));
    }
    let live = &catalog.document().conversions;
    if let Some(other) = live.iter().find(|one| (one.from, one.to) == (from, to)) {
        let text =
            format!("conversion {} converts {from} to {to}; draft a version of it", other.code);
        return refuse(text);
    }
    designing::begin_new(workspace, edge, code.as_str(), |_, effective_at| {
        let version = serde_json::json!({
            "version": 1, "effective_at": effective_at, "status": "draft"
        });
        let version =
            serde_json::from_value(version).map_err(|e| AppError::stored("version", e))?;
        Ok(Conversion { code: code.clone(), from, to, versions: vec![version] })
    })
    .await
}
