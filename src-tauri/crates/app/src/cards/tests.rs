use scrip_catalog::Document;

use super::edits::{Edit, edit};
use super::paste::{DecimalMark, Target, block, cells, number};
use super::*;

const PRICING: &str = r#"
format = "scrip-config/1"
entity = { code = "e", name = "E", currency = "EUR", time_zone = "Europe/Berlin" }
units = [{ code = "credits", kind = "credit", scale = 2 }, { code = "tokens", kind = "usage" }]
customers = [{ code = "acme", rate_cards = ["list"] }]

[[meters]]
code = "llm"
unit = "tokens"
dimensions = [{ name = "model", values = ["large", "small"] }, { name = "region" }]

[[wallet_types]]
code = "standard"
unit = "credits"
versions = [{ version = 1, effective_at = "2026-01-01" }]

[[rate_cards]]
code = "list"
unit = "credits"

[[rate_cards.versions]]
version = 1
effective_at = "2026-01-01"
rates = [
    { code = "large", meter = "llm", match = { model = "large" }, model = "per_unit", price = "3.50", per = "1000", wallet_types = ["standard"], rounding = { on = "event" } },
    { code = "any", meter = "llm", model = "graduated", included = "100", tiers = [{ up_to = "1000", price = "2" }, { price = "1", per = "10", flat = "5" }] },
]

[[rate_cards.versions]]
version = 2
effective_at = "2026-06-01"
rates = [
    { code = "large", meter = "llm", match = { model = "large" }, model = "package", price = "4", size = "1000" },
    { code = "any", meter = "llm", model = "stairstep", steps = [{ up_to = "10", amount = "1" }, { amount = "2" }] },
]

[[rate_cards.versions]]
version = 3
effective_at = "2027-01-01"
status = "draft"
rates = [{ code = "all", meter = "llm", model = "percentage", percent = "2.5", fee = "0.10" }]
"#;

fn document() -> Document {
    Document::from_toml(PRICING).unwrap()
}

fn list() -> CardCode {
    CardCode::try_new("list").unwrap()
}

fn now() -> Instant {
    "2026-07-01T00:00:00Z".parse().unwrap()
}

#[test]
fn versions_have_come_as_far_as_their_dates_say() {
    let cards = cards(&document(), now());
    let states: Vec<_> = cards[0].versions.iter().map(|v| (v.version, v.state)).collect();
    use VersionState::{Draft, Live, Retired};
    assert_eq!(states, [(3, Draft), (2, Live), (1, Retired)]);
    assert_eq!(cards[0].customers, 1);
    let before = super::cards(&document(), "2026-05-01T00:00:00Z".parse().unwrap());
    assert_eq!(before[0].versions[1].state, VersionState::Scheduled);
}

#[test]
fn every_row_comes_back_as_it_was() {
    for version in 1..=3 {
        let mut changed = document();
        let view = grid(&changed, &list(), version, now()).unwrap();
        put(&mut changed, &list(), version, &view.rows).unwrap();
        assert_eq!(changed, document(), "version {version}");
        assert_eq!(check(&changed, &list(), version, &view.rows).unwrap().problems, []);
    }
    let view = grid(&document(), &list(), 1, now()).unwrap();
    assert_eq!(view.dimensions.len(), 2);
    assert_eq!(view.rows[0].price, "3.50", "digits are kept as they were written");
    assert_eq!(view.rows[0].wallet_types, "standard");
    assert_eq!(view.rows[1].tiers[1].flat, "5");
}

#[test]
fn what_is_wrong_is_said_at_its_row_and_column() {
    let rows = grid(&document(), &list(), 1, now()).unwrap().rows;
    type Change = fn(&mut Vec<GridRow>);
    let cases: [(&str, Change, usize, &str, &str); 9] = [
        ("text for a price", |r| r[0].price = "dear".into(), 0, "price", "unreadable"),
        ("no price", |r| r[0].price = String::new(), 0, "price", "unreadable"),
        ("a comma", |r| r[1].tiers[0].price = "1,5".into(), 1, "tiers[0].price", "unreadable"),
        ("no code", |r| r[1].code = String::new(), 1, "code", "unreadable"),
        ("no such model", |r| r[1].model = "free".into(), 1, "model", "unreadable"),
        (
            "no such value",
            |r| drop(r[0].cells.insert("model".into(), "huge".into())),
            0,
            "match.model",
            "unknown_value",
        ),
        ("no such meter", |r| r[0].meter = "gpu".into(), 0, "meter", "unknown_meter"),
        (
            "no such wallet",
            |r| r[0].wallet_types = "gold".into(),
            0,
            "wallet_types",
            "unknown_wallet_type",
        ),
        ("below zero", |r| r[0].price = "-1".into(), 0, "price", "negative"),
    ];
    for (name, change, row, column, code) in cases {
        let mut rows = rows.clone();
        change(&mut rows);
        let problems = check(&document(), &list(), 1, &rows).unwrap().problems;
        let found: Vec<_> =
            problems.iter().map(|p| (p.row, p.column.as_deref(), p.code.as_str())).collect();
        assert!(
            found.iter().any(|(r, c, k)| *r == Some(row)
                && c.is_some_and(|c| c.starts_with(column))
                && k.contains(code)),
            "{name}: {problems:#?}"
        );
    }
    let mut twice = rows.clone();
    twice.push(GridRow { code: "other".into(), ..rows[0].clone() });
    let problems = check(&document(), &list(), 1, &twice).unwrap().problems;
    assert!(problems.iter().any(|p| p.code == "ambiguous_rates"), "{problems:#?}");
    let hole = check(&document(), &list(), 1, &rows[..1]).unwrap().problems;
    assert!(hole.iter().any(|p| p.code == "hole"), "small is priced by no row: {hole:#?}");
}

#[test]
fn cells_come_as_a_spreadsheet_writes_them() {
    for (text, want) in [
        ("a\tb\r\n1\t2\r\n", vec![vec!["a", "b"], vec!["1", "2"]]),
        ("a", vec![vec!["a"]]),
        ("a\t\n\tb", vec![vec!["a", ""], vec!["", "b"]]),
        ("\"two\nlines\"\t\"say \"\"hi\"\"\"", vec![vec!["two\nlines", "say \"hi\""]]),
        ("5\" pipe\tx", vec![vec!["5\" pipe", "x"]]),
        ("a\n\nb\n", vec![vec!["a"], vec![""], vec!["b"]]),
    ] {
        assert_eq!(cells(text), want, "{text:?}");
    }
}

#[test]
fn numbers_are_read_as_people_write_them() {
    use DecimalMark::{Comma, Point};
    for (text, mark, want) in [
        ("1.5", Point, Some("1.5")),
        ("1,234.50", Point, Some("1234.50")),
        ("1.234,50", Comma, Some("1234.50")),
        ("1 234,50 €", Comma, Some("1234.50")),
        ("$1,000", Point, Some("1000")),
        ("-$5.00", Point, Some("-5.00")),
        ("(5.00)", Point, Some("-5.00")),
        ("\u{2212}5", Point, Some("-5")),
        (".5", Point, Some("0.5")),
        ("5.", Point, Some("5")),
        ("EUR 12", Point, Some("12")),
        ("0,00000000013", Comma, Some("0.00000000013")),
        ("1,5", Point, None),
        ("1.5", Comma, None),
        ("1,23,456", Point, None),
        ("", Point, None),
        ("-", Point, None),
        ("1e5", Point, None),
        ("12%", Point, None),
        ("1.2.3", Point, None),
    ] {
        assert_eq!(number(text, mark).ok().as_deref(), want, "{text:?} {mark:?}");
    }
}

#[test]
fn cells_are_changed_exactly() {
    let of = |values: &[&str], how: Edit| -> Vec<(String, bool)> {
        let values: Vec<String> = values.iter().map(|v| (*v).to_owned()).collect();
        edit(&values, &how).into_iter().map(|e| (e.value, e.problem.is_some())).collect()
    };
    let fine = |v: &str| (v.to_owned(), false);
    let text = |t: &str| t.to_owned();
    assert_eq!(
        of(&["1.25", "", "0.1"], Edit::Percent { percent: text("20") }),
        [fine("1.5"), fine(""), fine("0.12")]
    );
    assert_eq!(of(&["0.1"], Edit::Times { factor: text("0.2") }), [fine("0.02")]);
    assert_eq!(
        of(&["1.024", "1.025", "-1.025"], Edit::RoundTo { step: text("0.05") }),
        [fine("1"), fine("1.05"), fine("-1.05")]
    );
    assert_eq!(of(&["2", ""], Edit::Set { value: text("7.50") }), [fine("7.50"), fine("7.50")]);
    assert_eq!(of(&["2"], Edit::Plus { amount: text("-0.5") }), [fine("1.5")]);
    assert_eq!(of(&["dear"], Edit::Times { factor: text("2") }), [(text("dear"), true)]);
    assert_eq!(of(&["2"], Edit::RoundTo { step: text("0") }), [(text("2"), true)]);
    let long = "0.0000000000000000000000000001";
    assert_eq!(of(&[long], Edit::Times { factor: text("0.1") }), [(text(long), true)]);
}

#[test]
fn a_block_is_read_for_the_columns_it_goes_to() {
    let column =
        |key: &str, name: &str, is_number| Target { key: key.into(), name: name.into(), is_number };
    let columns = [
        column("match.model", "model", false),
        column("per", "Per", true),
        column("price", "Price", true),
    ];
    let of = |text: &str, at| {
        let block = block(text, DecimalMark::Point, &columns, at);
        let cell = |p: &super::paste::Pasted| {
            (p.column.clone().unwrap_or_default(), p.value.clone(), p.problem.is_some())
        };
        let rows: Vec<Vec<_>> = block.rows.iter().map(|r| r.iter().map(cell).collect()).collect();
        (block.has_header, rows)
    };
    let cell = |key: &str, value: &str, wrong| (key.to_owned(), value.to_owned(), wrong);
    assert_eq!(
        of("Price\tModel\n$1,000.50\topus\ndear\t\n", 0),
        (
            true,
            vec![
                vec![cell("price", "1000.50", false), cell("match.model", "opus", false)],
                vec![cell("price", "dear", true), cell("match.model", "", false)],
            ]
        )
    );
    assert_eq!(
        of("1\t2\t3", 1),
        (false, vec![vec![cell("per", "1", false), cell("price", "2", false), cell("", "", true)]])
    );
    assert_eq!(of("model", 0), (false, vec![vec![cell("match.model", "model", false)]]));
}
