//! The lines of the comparison, with the customers behind each, and the rows of rate cards.

use std::collections::BTreeSet;

use scrip_journal::{Account, AccountClass};
use scrip_preview::figures::Sums;
use scrip_preview::{CustomerFigures, Figures, RateFigures, Run, WalletFigures};
use scrip_units::{CustomerCode, Decimal, Unit};

use super::view::{LineView, MoverLine, MoversView, RateLine, difference, percent, text};

/// What a line is of: its section, its name and the movement of a wallet.
type Named<'a> = (&'static str, &'a str, Option<&'static str>);

/// A figure of one customer; none where it is not kept by customer.
type OfCustomer<'a> = Option<&'a dyn Fn(&CustomerFigures) -> i128>;

/// The same in a unit.
type InUnitOfCustomer<'a> = Option<&'a dyn Fn(&CustomerFigures, Unit) -> i128>;

/// A movement of a wallet.
type Movement = fn(&WalletFigures) -> i128;

struct Lines<'a> {
    runs: Vec<&'a Figures>,
    /// Customers who move a line that are listed.
    listed: usize,
    lines: Vec<LineView>,
}

impl Lines<'_> {
    fn push(
        &mut self,
        (section, what, movement): Named<'_>,
        unit: Unit,
        of: impl Fn(&Figures) -> i128,
        by: OfCustomer<'_>,
    ) {
        let values: Vec<i128> = self.runs.iter().map(|figures| of(figures)).collect();
        let Some((base, others)) = values.split_first() else { return };
        if values.iter().all(|value| *value == 0) {
            return;
        }
        self.lines.push(LineView {
            section: section.to_owned(),
            what: what.to_owned(),
            movement: movement.map(str::to_owned),
            unit: unit.code().to_string(),
            values: values.iter().map(|value| text(*value, unit)).collect(),
            differences: others.iter().map(|value| difference(value - base, unit)).collect(),
            percent: others.iter().map(|value| percent(value - base, *base)).collect(),
            permille: Vec::new(),
            movers: by.map(|by| self.movers(unit, by)),
        });
    }

    /// The customers behind the difference of each scenario.
    fn movers(&self, unit: Unit, by: &dyn Fn(&CustomerFigures) -> i128) -> Vec<MoversView> {
        let Some((baseline, scenarios)) = self.runs.split_first() else { return Vec::new() };
        let none = CustomerFigures::default();
        let movers = scenarios.iter().map(|scenario| {
            let named: BTreeSet<&CustomerCode> =
                baseline.customers.keys().chain(scenario.customers.keys()).collect();
            let moved = named.into_iter().filter_map(|customer| {
                let of = |run: &Figures| by(run.customers.get(customer).unwrap_or(&none));
                let (before, after) = (of(baseline), of(scenario));
                (before != after).then_some((customer, before, after))
            });
            let mut moved: Vec<_> = moved.collect();
            moved.sort_by(|a, b| {
                let size = |(_, before, after): &(_, i128, i128)| (after - before).unsigned_abs();
                size(b).cmp(&size(a)).then_with(|| a.0.cmp(b.0))
            });
            let rest = moved.split_off(self.listed.min(moved.len()));
            let line = |(customer, before, after): (&CustomerCode, i128, i128)| MoverLine {
                customer: customer.to_string(),
                baseline: text(before, unit),
                scenario: text(after, unit),
                difference: difference(after - before, unit),
                percent: percent(after - before, before),
            };
            MoversView {
                rest_count: rest.len() as u64,
                rest: difference(rest.iter().map(|(_, before, after)| after - before).sum(), unit),
                customers: moved.into_iter().map(line).collect(),
            }
        });
        movers.collect()
    }

    /// A line for each unit in which any run has a sum.
    fn sums(
        &mut self,
        section: &'static str,
        what: &str,
        of: impl Fn(&Figures) -> Sums,
        by: InUnitOfCustomer<'_>,
    ) {
        let units: BTreeSet<Unit> =
            self.runs.iter().flat_map(|figures| of(figures).into_keys()).collect();
        for unit in units {
            let sum = |figures: &Figures| of(figures).get(&unit).copied().unwrap_or_default();
            match by {
                Some(by) => {
                    self.push((section, what, None), unit, sum, Some(&|one| by(one, unit)));
                }
                None => self.push((section, what, None), unit, sum, None),
            }
        }
    }
}

fn of(sums: &Sums, unit: Unit) -> i128 {
    sums.get(&unit).copied().unwrap_or_default()
}

/// The lines of the comparison; so many customers are listed behind each.
pub(super) fn lines(runs: &[Run], listed: usize) -> Vec<LineView> {
    let runs: Vec<&Figures> = runs.iter().map(|run| &run.figures).collect();
    let mut lines = Lines { runs, listed, lines: Vec::new() };
    let earning = |account: &&Account| {
        matches!(account.class(), AccountClass::Revenue | AccountClass::ContraRevenue)
    };
    for account in Account::ALL.iter().filter(earning) {
        let by = |one: &CustomerFigures, unit| {
            one.earned.get(&(*account, unit)).copied().unwrap_or_default()
        };
        lines.sums("revenue", account.name(), |f| f.credited(|a| a == *account), Some(&by));
    }
    let net = |one: &CustomerFigures, unit| of(&one.revenue, unit);
    lines.sums("revenue", "Revenue, net", Figures::revenue, Some(&net));
    lines.sums("cost", "Delivery cost", |f| f.delivery.clone(), None);
    lines.sums("cost", "Margin of usage", Figures::margin, None);
    let owed = |one: &CustomerFigures, unit| of(&one.deferred, unit);
    let deferred = |f: &Figures| f.deferred.clone();
    lines.sums("deferred", "Contract liabilities at the end", deferred, Some(&owed));
    let charged = |one: &CustomerFigures, unit| of(&one.top_ups, unit);
    lines.sums("top_ups", "Charged by top-ups", |f| f.top_ups.clone(), Some(&charged));
    let keys: BTreeSet<_> = lines.runs.iter().flat_map(|figures| figures.wallets.keys()).collect();
    let movements: [(&str, Movement); 4] = [
        ("issued", |wallet| wallet.issued),
        ("burned", |wallet| wallet.consumed),
        ("expired", |wallet| wallet.expired),
        ("left", |wallet| wallet.left),
    ];
    for key in keys {
        for (movement, figure) in movements {
            lines.push(
                ("units", &key.0.to_string(), Some(movement)),
                key.1,
                |run| run.wallets.get(key).map_or(0, figure),
                Some(&|one| one.wallets.get(key).map_or(0, figure)),
            );
        }
    }
    lines.lines
}

/// A charge for 1,000 units of quantity, to six significant digits.
pub(super) fn per_thousand(
    (charged, unit): (i128, Unit),
    (quantity, of): (i128, Unit),
) -> Option<String> {
    let number = |steps: i128, unit: Unit| {
        Decimal::try_from_i128_with_scale(steps, u32::from(unit.scale().decimals())).ok()
    };
    let price = number(charged, unit)?
        .checked_mul(Decimal::ONE_THOUSAND)?
        .checked_div(number(quantity, of)?)?;
    Some(price.round_sf(6)?.normalize().to_string())
}

/// What each row of a rate card priced.
pub(super) fn rates(runs: &[Run]) -> Vec<RateLine> {
    let keys: BTreeSet<_> = runs.iter().flat_map(|run| run.figures.rates.keys()).collect();
    let mut lines = Vec::new();
    for key in keys {
        let of = |run: &Run| run.figures.rates.get(key).cloned().unwrap_or_default();
        let figures: Vec<_> = runs.iter().map(of).collect();
        let units: BTreeSet<Unit> =
            figures.iter().flat_map(|f| f.charged.keys().copied()).collect();
        let quantities: BTreeSet<Unit> =
            figures.iter().flat_map(|f| f.quantity.keys().copied()).collect();
        // A row has one unit of quantity and one of charge; a scenario may change them.
        for (unit, quantity) in
            units.iter().flat_map(|unit| quantities.iter().map(move |quantity| (*unit, *quantity)))
        {
            let charged = |f: &RateFigures| f.charged.get(&unit).copied().unwrap_or_default();
            let priced = |f: &RateFigures| f.quantity.get(&quantity).copied().unwrap_or_default();
            lines.push(RateLine {
                card: key.0.to_string(),
                rate: key.1.to_string(),
                quantity_unit: quantity.code().to_string(),
                quantity: figures.iter().map(|f| text(priced(f), quantity)).collect(),
                unit: unit.code().to_string(),
                charged: figures.iter().map(|f| text(charged(f), unit)).collect(),
                per_thousand: figures
                    .iter()
                    .map(|f| per_thousand((charged(f), unit), (priced(f), quantity)))
                    .collect(),
            });
        }
    }
    lines
}
