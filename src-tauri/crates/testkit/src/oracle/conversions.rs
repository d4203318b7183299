//! Conversions of usage between units: by factors, which count by billing period, and by published
//! exchange rates, which count by day.

use serde_json::Value;

use super::books::Books;
use super::configuration::most_specific;
use super::fraction::Fraction;
use super::pricing::Grain;
use super::reading::{decimal, list, one_unit, text};
use super::usage::{Met, Priced};

/// A quantity that was converted for an event.
#[derive(Debug, Clone)]
pub(super) struct Converted {
    pub(super) conversion: String,
    /// The first day of the billing period in which it counts, or its own day.
    pub(super) counted: i64,
    pub(super) exact: Fraction,
    pub(super) out: i64,
    pub(super) grain: Grain,
}

/// How one unit becomes another for an event.
#[derive(Debug, Clone)]
pub(super) struct Factor {
    pub(super) conversion: String,
    /// Smallest steps of the one for a smallest step of the other.
    pub(super) of_step: Fraction,
    grain: Grain,
    /// It is another one every day.
    by_day: bool,
}

impl Books {
    /// What a conversion does to usage at an instant.
    pub(super) fn factor(
        &self,
        conversion: &Value,
        dimensions: &Value,
        at: i64,
    ) -> Result<Factor, &'static str> {
        let configuration = &self.configuration;
        let version = configuration.version_at(conversion, at).ok_or("no_conversion")?;
        let (from, to) = (text(conversion, "from"), text(conversion, "to"));
        let of_unit = one_unit(configuration.scale(to));
        let scales = of_unit.over(one_unit(configuration.scale(from)));
        let code = text(conversion, "code").to_owned();
        let rule = &version["rates"];
        if rule.is_object() {
            let day = configuration.zone.day_of(at);
            let worth = self.exchange_rate(text(rule, "source"), (from, to), day);
            let (worth, _) = worth.ok_or("no_exchange_rate")?;
            let hundred = Fraction::of(100);
            let spread = decimal(rule, "spread_percent").unwrap_or(Fraction::ZERO);
            let of_step = worth.times(hundred.plus(spread)).over(hundred).times(scales);
            return Ok(Factor { conversion: code, of_step, grain: Grain::STEP, by_day: true });
        }
        let rows = list(version, "factors").iter();
        let (_, row) = most_specific(rows, dimensions).ok_or("no_conversion")?;
        let factor = decimal(row, "factor").unwrap_or(Fraction::ONE);
        let of_step = match text(row, "operation") {
            "divide" => scales.over(factor),
            _ => scales.times(factor),
        };
        let grain = Grain::read(row, "rounding", of_unit);
        Ok(Factor { conversion: code, of_step, grain, by_day: false })
    }

    /// Where a conversion of usage counts: in the billing period, or on its day, or, when that is closed,
    /// on the first open one.
    fn counts_on(&self, factor: &Factor, period: i64, at: i64) -> i64 {
        let day = self.configuration.zone.day_of(at);
        match (factor.by_day, self.closed) {
            (false, _) => period,
            (true, Some(closed)) => day.max(closed + 1),
            (true, None) => day,
        }
    }

    /// What comes out of a quantity: the cumulative quantity is converted and rounded, the event gets what
    /// it is more than before. `before` is what was converted for usage of the same rate.
    pub(super) fn through<'a>(
        &self,
        factor: &Factor,
        before: impl Iterator<Item = &'a Converted>,
        quantity: i64,
        (period, at): (i64, i64),
    ) -> Converted {
        let counted = self.counts_on(factor, period, at);
        let exact = Fraction::of(quantity).times(factor.of_step);
        let mut sum = exact;
        let mut given = 0;
        for one in before.filter(|c| c.conversion == factor.conversion && c.counted == counted) {
            sum = sum.plus(one.exact);
            given += one.out;
        }
        let out = factor.grain.round(sum) - given;
        let (conversion, grain) = (factor.conversion.clone(), factor.grain);
        Converted { conversion, counted, exact, out, grain }
    }

    /// Follows the conversions from one unit to another.
    pub(super) fn convert(
        &self,
        met: &Met<'_>,
        (before, period): (&[&Priced], i64),
        quantity: i64,
        (from, to): (&str, &str),
    ) -> Result<(i64, Vec<Converted>), &'static str> {
        let conversions = self.configuration.all("conversions");
        let (mut unit, mut quantity, mut done) = (from.to_owned(), quantity, Vec::new());
        while unit != to {
            let mut leads = conversions.iter().filter(|c| text(c, "from") == unit);
            let conversion = leads.next().ok_or("no_conversion")?;
            let factor = self.factor(conversion, &met.event["dimensions"], met.at)?;
            let same = before.iter().flat_map(|p| &p.conversions);
            let converted = self.through(&factor, same, quantity, (period, met.at));
            quantity = converted.out;
            text(conversion, "to").clone_into(&mut unit);
            done.push(converted);
        }
        Ok((quantity, done))
    }
}
