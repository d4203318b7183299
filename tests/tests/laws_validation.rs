//! Random rows over several dimensions: what validation says of them - which collide, what they leave open,
//! which never apply - is what trying every usage says; and the engine prices each usage by the row that
//! trying them all finds.

use std::collections::BTreeSet;
use std::sync::Arc;

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;
use scrip_catalog::{Catalog, Document, ProblemCode, Severity, validate};
use scrip_rating::{Rater, Route, Shape};
use scrip_testkit::budget;
use serde_json::{Value, json};

/// A dimension, its values in rows, and whether they are all there are.
const DIMENSIONS: [(&str, &[&str], bool); 3] =
    [("feature", &["a", "b", "c"], true), ("sort", &["x", "y"], false), ("tier", &["p"], false)];

/// What no row names.
const OTHER: &str = "other";

/// A value for each dimension, or none: of a row any, of usage that it carries none.
type Cells = [Option<&'static str>; 3];

fn cells() -> impl Strategy<Value = Cells> {
    let of = |values: &'static [&'static str]| proptest::option::weighted(0.6, select(values));
    (of(DIMENSIONS[0].1), of(DIMENSIONS[1].1), of(DIMENSIONS[2].1)).prop_map(|(a, b, c)| [a, b, c])
}

/// Values that usage may carry; of usage that carries all there is to say, or of any.
fn values(place: usize, complete: bool) -> Vec<Option<&'static str>> {
    let (_, named, closed) = DIMENSIONS[place];
    let mut all: Vec<_> = named.iter().copied().map(Some).collect();
    all.extend((!closed).then_some(Some(OTHER)));
    all.extend((!complete).then_some(None));
    all
}

fn usages(complete: bool) -> Vec<Cells> {
    let mut all = Vec::new();
    for a in values(0, complete) {
        for b in values(1, complete) {
            all.extend(values(2, complete).into_iter().map(|c| [a, b, c]));
        }
    }
    all
}

fn matches(row: &Cells, usage: &Cells) -> bool {
    row.iter().zip(usage).all(|(cell, value)| cell.is_none() || cell == value)
}

fn named(row: &Cells) -> usize {
    row.iter().flatten().count()
}

/// The rows that match usage most closely.
fn closest(rows: &[Cells], usage: &Cells) -> Vec<usize> {
    let matching = || (0..rows.len()).filter(|row| matches(&rows[*row], usage));
    let most = matching().map(|row| named(&rows[row])).max();
    matching().filter(|row| Some(named(&rows[*row])) == most).collect()
}

fn by_name(cells: &Cells) -> Value {
    let cells = DIMENSIONS.iter().zip(cells);
    cells.filter_map(|((name, ..), value)| Some(((*name).to_owned(), json!((*value)?)))).collect()
}

fn world(rows: &[Cells]) -> Value {
    let dimensions = DIMENSIONS.iter().map(|(name, values, closed)| match closed {
        true => json!({ "name": name, "values": values }),
        false => json!({ "name": name }),
    });
    let rates = rows.iter().enumerate().map(|(place, cells)| {
        json!({ "code": format!("r{place}"), "meter": "usage", "match": by_name(cells),
            "model": "per_unit", "price": "1" })
    });
    json!({
        "format": "scrip-config/1",
        "entity": { "code": "books", "name": "Books", "currency": "EUR", "time_zone": "UTC" },
        "units": [{ "code": "item", "kind": "usage" }],
        "meters": [{ "code": "usage", "unit": "item", "dimensions": dimensions.collect::<Vec<_>>() }],
        "rate_cards": [{ "code": "card", "unit": "EUR", "versions": [{
            "version": 1, "effective_at": "2026-01-01", "rates": rates.collect::<Vec<_>>(),
        }] }],
        "customers": [{ "code": "acme" }],
    })
}

proptest! {
    #![proptest_config(budget(500))]

    #[test]
    fn validation_finds_what_trying_every_usage_finds(rows in vec(cells(), 1..9)) {
        let world = world(&rows);
        let document = Document::from_json(&world.to_string());
        let document = document.map_err(|why| TestCaseError::fail(why.to_string()))?;
        let problems = validate(&document);
        let rows_with = |code| -> BTreeSet<String> {
            problems.iter().filter(|p| p.code == code).map(|p| p.path.clone()).collect()
        };
        let path = |row: usize| format!("rate_cards[card].versions[1].rates[r{row}]");

        // The later of two that match some usage equally well.
        let mut collide = BTreeSet::new();
        for usage in usages(false) {
            collide.extend(closest(&rows, &usage).into_iter().skip(1).map(path));
        }
        prop_assert_eq!(rows_with(ProblemCode::AmbiguousRates), collide, "{}", world);

        let open = usages(true).iter().any(|usage| closest(&rows, usage).is_empty());
        let holes = problems.iter().filter(|p| p.code == ProblemCode::Hole);
        let holes: Vec<_> = holes.map(|p| (p.severity, p.path.as_str())).collect();
        let expected = [(Severity::Error, "rate_cards[card].versions[1].rates")];
        prop_assert_eq!(&holes, &expected[..usize::from(open)], "{}", world);

        // More specific rows take every value, and usage that carries none has a wider row.
        let idle = (0..rows.len()).filter(|row| {
            let own = &rows[*row];
            let taken = usages(true).iter().filter(|usage| matches(own, usage)).all(|usage| {
                rows.iter().any(|other| named(other) > named(own) && matches(other, usage))
            });
            let wider = |other: &Cells| {
                named(other) < named(own) && other.iter().zip(own).all(|(o, c)| o.is_none() || o == c)
            };
            taken && rows.iter().any(wider)
        });
        let idle: BTreeSet<_> = idle.map(path).collect();
        prop_assert_eq!(rows_with(ProblemCode::UnreachableRow), idle, "{}", world);

        if problems.iter().any(scrip_catalog::Problem::is_error) {
            return Ok(());
        }
        let catalog = Catalog::try_new(document, 1);
        let catalog = catalog.map_err(|why| TestCaseError::fail(format!("{why:?}")))?;
        let rater = Rater::compile(&catalog).map_err(|why| TestCaseError::fail(format!("{why:?}")))?;
        let at = "2026-02-01T00:00:00Z".parse().map_err(|_| TestCaseError::fail("an instant"))?;
        let (customer, meter) = ("acme".parse(), "usage".parse());
        let (Ok(customer), Ok(meter)) = (customer, meter) else {
            return Err(TestCaseError::fail("codes"));
        };
        for usage in usages(false) {
            let dimensions = DIMENSIONS.iter().zip(usage);
            let dimensions = dimensions
                .filter_map(|((name, ..), value)| Some((Arc::from(*name), Arc::from(value?))))
                .collect();
            let shape = Shape { meter: scrip_units::MeterCode::clone(&meter), dimensions };
            let found = match rater.route(&customer, &shape, at).route {
                Route::Priced { rate, .. } => Some(rate.rate.to_string()),
                _ => None,
            };
            let expected = closest(&rows, &usage).first().map(|row| format!("r{row}"));
            prop_assert_eq!(found, expected, "{:?} in {}", usage, world);
        }
    }
}
