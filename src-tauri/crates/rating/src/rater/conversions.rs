//! Conversions of usage from unit to unit: the path, the factor of a row, the exchange rate of a day.

use std::collections::BTreeSet;

use scrip_catalog::{Catalog, Effective, ExchangeRule, FactorOperation};
use scrip_units::{Exact, Instant, Number, Unit, UnitCode};

use super::{Conversion, ConversionRows, Rater, Refusal, Step};
use crate::batch::Shape;
use crate::curve::{Curve, Grain, RatingError, Scales};
use crate::table::Table;

impl Rater {
    /// A step as it converts usage of a shape at an instant.
    pub(super) fn converted(
        &self,
        step: &Step,
        shape: &Shape,
        at: Instant,
    ) -> Result<Conversion, Refusal> {
        let in_force = step.versions.partition_point(|v| v.from <= at).checked_sub(1);
        let rows = in_force.map(|i| &step.versions[i]).ok_or(Refusal::NoConversion)?;
        if let Some(rule) = &rows.exchange {
            return self.exchanged(step, rows.version, rule, at).ok_or(Refusal::NoExchangeRate);
        }
        let row = rows.table.find(&shape.dimensions).and_then(|row| rows.rows.get(row));
        row.cloned().ok_or(Refusal::NoConversion)
    }

    /// The conversion that leads from one unit to another in one step, as it is in force for usage of a
    /// shape at an instant; none when there is none, or no exchange rate for the day.
    #[must_use]
    pub fn conversion(
        &self,
        (from, to): (UnitCode, UnitCode),
        shape: &Shape,
        at: Instant,
    ) -> Option<Conversion> {
        let leads = |step: &&Step| (step.from.code(), step.to.code()) == (from, to);
        self.converted(self.steps.iter().find(leads)?, shape, at).ok()
    }

    /// The conversion at the exchange rate of the day; none when the rate is not known.
    fn exchanged(
        &self,
        step: &Step,
        version: u32,
        rule: &ExchangeRule,
        at: Instant,
    ) -> Option<Conversion> {
        let day = self.zone.day_of(at);
        let (from, to) = (step.from, step.to);
        let factor = self.exchange.factor(&rule.source, (from.code(), to.code()), day).ok()??;
        let hundred = Exact::whole(100);
        let spread = hundred.try_add(rule.spread_percent.exact().ok()?).ok()?;
        let with_spread = factor.try_mul(spread.try_div(hundred).ok()?).ok()?;
        let scales = Scales { quantity: from.scale(), charge: to.scale() };
        let published = |unit: Unit| {
            let found = self.exchange.find(&rule.source, unit.code(), day)?;
            Some((found.rate != Number::ONE).then(|| format!("{} {}", found.rate, unit.code())))
        };
        let quotes: Vec<_> = [published(from)?, published(to)?].into_iter().flatten().collect();
        let days = [from, to].map(|unit| self.exchange.find(&rule.source, unit.code(), day));
        let of = days.into_iter().flatten().map(|found| found.day).min()?;
        let spread = match rule.spread_percent {
            none if none.is_zero() => String::new(),
            percent => format!(" and {percent} %"),
        };
        Some(Conversion {
            code: step.code.clone(),
            version,
            row: 0,
            from,
            to,
            curve: Curve::proportional(with_spread, scales).ok()?,
            grain: Grain::STEP,
            factor: format!("at {} by {} of {of}{spread}", quotes.join(" and "), rule.source),
            day: Some(day),
        })
    }

    /// The conversions from one unit to another; validation keeps the path unique.
    pub(super) fn path(
        &self,
        from: UnitCode,
        to: UnitCode,
        seen: &mut Vec<UnitCode>,
    ) -> Option<Vec<&Step>> {
        if from == to {
            return Some(Vec::new());
        }
        seen.push(from);
        self.steps.iter().filter(|s| s.from.code() == from).find_map(|step| {
            if seen.contains(&step.to.code()) {
                return None;
            }
            let rest = self.path(step.to.code(), to, seen)?;
            Some(std::iter::once(step).chain(rest).collect())
        })
    }
}

/// The versions of a conversion, ready to calculate; their instants are noted.
pub(super) fn step(
    catalog: &Catalog,
    conversion: &scrip_catalog::Conversion,
    changes: &mut BTreeSet<Instant>,
) -> Result<Option<Step>, RatingError> {
    let (Some(from), Some(to)) = (catalog.unit(conversion.from), catalog.unit(conversion.to))
    else {
        return Ok(None);
    };
    let scales = Scales { quantity: from.scale(), charge: to.scale() };
    let mut versions = Vec::new();
    for (effective, version) in conversion.published(catalog.zone()) {
        changes.insert(effective);
        let mut rows = Vec::new();
        for (row, factor) in version.factors.iter().enumerate() {
            let (price, per, sign) = match factor.operation {
                FactorOperation::Multiply => (factor.factor, Number::ONE, "x"),
                FactorOperation::Divide => (Number::ONE, factor.factor, "/"),
            };
            rows.push(Conversion {
                code: conversion.code.clone(),
                version: version.version,
                row: u32::try_from(row).map_err(|_| RatingError::TooManyDigits)?,
                from,
                to,
                curve: Curve::linear(price, per, scales)?,
                grain: Grain::of(factor.rounding, factor.step, to.scale())?,
                factor: format!("{sign} {}", factor.factor),
                day: None,
            });
        }
        let table = Table::new(version.factors.iter().map(|f| &f.matches).enumerate());
        let (version, exchange) = (version.version, version.rates.clone());
        versions.push(ConversionRows { from: effective, version, table, rows, exchange });
    }
    Ok(Some(Step { code: conversion.code.clone(), from, to, versions }))
}
