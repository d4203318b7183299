//! Rate cards as a grid: which there are, in which state, and one version as rows of texts.
//!
//! A grid shows and takes texts only, so that what is half typed can be kept, and no number on the way
//! is a float. What texts mean, and what is wrong with them, is decided here and in the catalog.

pub mod changes;
pub mod edits;
pub mod effect;
pub mod paste;
pub mod rows;
pub mod sheet;

use std::collections::{BTreeMap, BTreeSet};

use scrip_catalog::{
    Change, Document, Effective, RateCard, RateCardVersion, Severity, Status, Version, validate,
    version_difference,
};
use scrip_units::{CardCode, Instant, Zone};
use serde::Serialize;

use crate::error::AppError;
pub use rows::{CellProblem, GridRow, GridTier};

/// How far a version has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum VersionState {
    /// It may still change, and prices nothing.
    Draft,
    /// Published, and in force later.
    Scheduled,
    /// In force.
    Live,
    /// Another one took its place.
    Retired,
}

/// A version, as a list shows it.
#[derive(Debug, Clone, Serialize)]
pub struct VersionView {
    /// Number.
    pub version: u32,
    /// When it takes effect, as it is written: a day or an instant.
    pub effective_at: String,
    /// How far it has come.
    pub state: VersionState,
    /// Rows.
    pub rows: u64,
}

/// A card, as a list shows it.
#[derive(Debug, Clone, Serialize)]
pub struct CardView {
    /// Code.
    pub card: String,
    /// Name.
    pub name: String,
    /// Unit of the charges.
    pub unit: String,
    /// Whether only customers that name it are priced by it.
    pub assigned: bool,
    /// Customers that name it.
    pub customers: u64,
    /// Versions, the latest first.
    pub versions: Vec<VersionView>,
}

/// A version of a card as a grid.
#[derive(Debug, Clone, Serialize)]
pub struct GridView {
    /// Card.
    pub card: String,
    /// Name of the card.
    pub name: String,
    /// Unit of the charges.
    pub unit: String,
    /// Decimals of that unit.
    pub scale: u8,
    /// Version.
    pub version: u32,
    /// When it takes effect.
    pub effective_at: String,
    /// How far it has come.
    pub state: VersionState,
    /// Dimensions of the meters that it prices, in the order of their declaration.
    pub dimensions: Vec<DimensionView>,
    /// Meters that may be priced.
    pub meters: Vec<String>,
    /// Wallet types that may pay.
    pub wallet_types: Vec<String>,
    /// The rows.
    pub rows: Vec<GridRow>,
}

/// A dimension, as a column of the grid.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct DimensionView {
    /// Name.
    pub name: String,
    /// The only values allowed; empty for any.
    pub values: Vec<String>,
}

/// What is wrong with rows, and what they change.
#[derive(Debug, Clone, Serialize)]
pub struct CheckedView {
    /// What is wrong, in the order of the rows.
    pub problems: Vec<CellProblem>,
    /// Rows that are priced as they stand: none when a text could not be read.
    pub readable: bool,
}

/// How far each version of something has come at an instant.
pub(crate) fn states<T: Effective>(
    item: &T,
    zone: Zone,
    now: Instant,
) -> BTreeMap<u32, VersionState> {
    let live = item.at(now, zone).map(Version::number);
    let state = |version: &T::Version| {
        let later = version.effective_at().resolve(zone).is_ok_and(|at| at > now);
        match version.status() {
            Status::Draft => VersionState::Draft,
            Status::Published if live == Some(version.number()) => VersionState::Live,
            Status::Published if later => VersionState::Scheduled,
            Status::Published => VersionState::Retired,
        }
    };
    item.versions().iter().map(|version| (version.number(), state(version))).collect()
}

/// All cards of a document.
#[must_use]
pub fn cards(document: &Document, now: Instant) -> Vec<CardView> {
    let view = |card: &RateCard| {
        let states = states(card, document.entity.time_zone, now);
        let mut versions: Vec<_> = card
            .versions
            .iter()
            .map(|version| VersionView {
                version: version.version,
                effective_at: version.effective_at.to_string(),
                state: states.get(&version.version).copied().unwrap_or(VersionState::Draft),
                rows: version.rates.len() as u64,
            })
            .collect();
        versions.sort_by_key(|version| std::cmp::Reverse(version.version));
        let named = document.customers.iter().filter(|c| c.rate_cards.contains(&card.code));
        CardView {
            card: card.code.to_string(),
            name: card.name.clone(),
            unit: card.unit.to_string(),
            assigned: card.applies_to == scrip_catalog::AppliesTo::Assigned,
            customers: named.count() as u64,
            versions,
        }
    };
    document.rate_cards.iter().map(view).collect()
}

fn find<'d>(
    document: &'d Document,
    card: &CardCode,
    version: u32,
) -> Result<(&'d RateCard, &'d RateCardVersion), AppError> {
    let missing = || AppError::Argument(format!("rate card {card} has no version {version}"));
    let card = document.rate_cards.iter().find(|c| c.code == *card).ok_or_else(missing)?;
    let version = card.versions.iter().find(|v| v.version == version).ok_or_else(missing)?;
    Ok((card, version))
}

/// The dimensions of the meters that are priced, or of all when none is yet.
pub(crate) fn dimensions<'a>(
    document: &Document,
    priced: impl Iterator<Item = &'a str>,
) -> Vec<DimensionView> {
    let priced: BTreeSet<&str> = priced.filter(|meter| !meter.is_empty()).collect();
    let mut dimensions: Vec<DimensionView> = Vec::new();
    let meters = document.meters.iter();
    let meters = meters.filter(|m| priced.contains(m.code.as_str()) || priced.is_empty());
    for dimension in meters.flat_map(|meter| &meter.dimensions) {
        let values = dimension.values.clone().unwrap_or_default();
        match dimensions.iter_mut().find(|d| d.name == dimension.name) {
            // Of a dimension that several meters declare, the values of all of them.
            Some(known) if known.values.is_empty() || values.is_empty() => known.values.clear(),
            Some(known) => {
                let new = values.into_iter().filter(|v| !known.values.contains(v));
                let new: Vec<_> = new.collect();
                known.values.extend(new);
            }
            None => dimensions.push(DimensionView { name: dimension.name.clone(), values }),
        }
    }
    dimensions
}

/// One version as a grid.
///
/// # Errors
/// [`AppError::Argument`] when there is no such card or version.
pub fn grid(
    document: &Document,
    card: &CardCode,
    version: u32,
    now: Instant,
) -> Result<GridView, AppError> {
    let (card, version) = find(document, card, version)?;
    let dimensions = dimensions(document, version.rates.iter().map(|rate| rate.meter.as_str()));
    let states = states(card, document.entity.time_zone, now);
    let scale = document.units.iter().find(|unit| unit.code == card.unit).map(|unit| unit.scale);
    let currency = || scrip_units::Unit::currency(card.unit).map(|u| u.scale().decimals());
    Ok(GridView {
        card: card.code.to_string(),
        name: card.name.clone(),
        unit: card.unit.to_string(),
        scale: scale.or_else(currency).unwrap_or(0),
        version: version.version,
        effective_at: version.effective_at.to_string(),
        state: states.get(&version.version).copied().unwrap_or(VersionState::Draft),
        dimensions,
        meters: document.meters.iter().map(|meter| meter.code.to_string()).collect(),
        wallet_types: document.wallet_types.iter().map(|one| one.code.to_string()).collect(),
        rows: version
            .rates
            .iter()
            .map(GridRow::of)
            .collect::<Result<_, _>>()
            .map_err(|e| AppError::stored("rate", e))?,
    })
}

/// What differs between two versions of a card, row by row.
///
/// # Errors
/// [`AppError::Argument`] when there is no such card or version.
pub fn compare(
    document: &Document,
    card: &CardCode,
    (from, to): (u32, u32),
) -> Result<Vec<Change>, AppError> {
    let (found, _) = find(document, card, from)?;
    find(document, card, to)?;
    Ok(version_difference(found, from, to).unwrap_or_default())
}

/// Puts rows in the place of those of a version.
///
/// # Errors
/// What cannot be read, by row and column; the document is then as it was.
pub fn put(
    document: &mut Document,
    card: &CardCode,
    version: u32,
    rows: &[GridRow],
) -> Result<(), Vec<CellProblem>> {
    let mut problems = Vec::new();
    let mut rates = Vec::with_capacity(rows.len());
    for (index, row) in rows.iter().enumerate() {
        match row.rate() {
            Ok(rate) => rates.push(rate),
            Err(found) => problems.extend(found.into_iter().map(|p| p.at_row(index))),
        }
    }
    let version = document
        .rate_cards
        .iter_mut()
        .find(|c| c.code == *card)
        .and_then(|c| c.versions.iter_mut().find(|v| v.version == version));
    match version {
        Some(version) if problems.is_empty() => version.rates = rates,
        Some(_) => return Err(problems),
        None => {
            return Err(vec![CellProblem::of_all(format!(
                "there is no rate card {card} with that version"
            ))]);
        }
    }
    Ok(())
}

/// Checks rows as those of a version of a card, as if it were published: what cannot be read, and all
/// that the catalog finds wrong with them, each at its row and column. Customers are left out, so that
/// it is quick enough to follow what is typed; what their own terms have to say is found when the
/// version is published.
///
/// # Errors
/// [`AppError::Argument`] when there is no such card or version.
pub fn check(
    document: &Document,
    card: &CardCode,
    version: u32,
    rows: &[GridRow],
) -> Result<CheckedView, AppError> {
    find(document, card, version)?;
    let mut document = Document { customers: Vec::new(), ..document.clone() };
    // Only this card: others are checked when they are changed.
    document.rate_cards.retain(|c| c.code == *card);
    if let Err(problems) = put(&mut document, card, version, rows) {
        return Ok(CheckedView { problems, readable: false });
    }
    for v in document.rate_cards.iter_mut().flat_map(|c| &mut c.versions) {
        if v.version == version {
            v.status = Status::Published;
        }
    }
    let path = format!("rate_cards[{card}].versions[{version}]");
    let problems = validate(&document)
        .into_iter()
        .filter(|problem| problem.path.starts_with(&path))
        .map(|problem| {
            let place = rows::place(&problem.path[path.len()..], rows);
            CellProblem {
                row: place.0,
                column: place.1,
                is_error: problem.severity == Severity::Error,
                code: problem.code.as_str().to_owned(),
                message: problem.message,
            }
        });
    let mut problems: Vec<_> = problems.collect();
    problems.sort_by_key(|problem| (problem.row, !problem.is_error));
    Ok(CheckedView { problems, readable: true })
}

#[cfg(test)]
mod sheet_tests;
#[cfg(test)]
mod tests;
