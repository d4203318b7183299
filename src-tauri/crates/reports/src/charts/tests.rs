//! What holds for every chart, whatever its figures: texts neither touch nor leave the picture, and the
//! same figures make the same bytes.

use proptest::prelude::*;
use scrip_units::{Instant, Month, Scale, Unit, UnitCode, Zone};

use super::*;
use crate::projection::Projection;

fn unit(decimals: u8) -> Unit {
    Unit::new(UnitCode::try_new("std_minutes").unwrap(), Scale::try_new(decimals).unwrap())
}

fn look(width: u32, height: u32) -> Look {
    Look { width, height, ..Look::default() }
}

fn day(number: i64) -> Instant {
    Instant::from_micros(1_764_547_200_000_000 + number * 86_400_000_000).unwrap()
}

#[track_caller]
fn check_texts(chart: &Chart) {
    let (texts, outer) = (&chart.picture.texts, chart.picture.area());
    for (index, text) in texts.iter().enumerate() {
        assert!(
            text.left >= 0.0 && text.right <= outer.right && text.bottom <= outer.bottom,
            "{text:?} leaves {outer:?}"
        );
        for other in &texts[index + 1..] {
            assert!(!text.overlaps(other), "{text:?} touches {other:?}");
        }
    }
    for mark in chart.marks() {
        assert!(mark.x.is_finite() && mark.width >= 0.0 && !mark.lines.is_empty());
    }
}

/// When a balance is gone at the rates of a week and of a month.
fn projected(balance: i128, as_of: Instant, burned: (i128, i128)) -> Option<Projection> {
    let dry = |burned: i128, days: i128| {
        let micros = balance.checked_mul(days * 86_400_000_000)?;
        let left = micros / Some(burned).filter(|burned| *burned > 0)?;
        Instant::from_micros(as_of.micros() + i64::try_from(left).ok()?).ok()
    };
    let (short, long) = (dry(burned.0, 7), dry(burned.1, 30));
    (balance > 0).then_some(())?;
    Some(Projection {
        expected: long?,
        earliest: short.unwrap_or(long?).min(long?),
        latest: short.map(|short| short.max(long.unwrap_or(short))),
    })
}

fn burn_down(balances: &[i128], expiries: &[(i64, i128)], burned: (i128, i128)) -> BurnDown {
    let points: Vec<_> = (0..).map(|i| day(i * 3)).zip(balances.iter().copied()).collect();
    let as_of = points.last().map_or(day(0), |(at, _)| *at);
    BurnDown {
        wallet: "Northwind, standard minutes".into(),
        unit: unit(2),
        zone: Zone::UTC,
        projection: projected(balances.last().copied().unwrap_or(0), as_of, burned),
        points,
        as_of,
        expiries: expiries
            .iter()
            .map(|(at, units)| Expiry { at: day(*at), units: *units })
            .collect(),
    }
}

fn deferred(figures: &[[i128; 5]]) -> DeferredAndRecognised {
    let first: Month = "2024-09".parse().unwrap();
    let months = std::iter::successors(Some(first), |month| Some(month.next()));
    DeferredAndRecognised {
        subject: "Acme BV".into(),
        unit: unit(2),
        months: months
            .zip(figures)
            .map(|(month, [usage, breakage, overage, other, deferred])| DeferredMonth {
                month,
                usage: *usage,
                breakage: *breakage,
                overage: *overage,
                other: *other,
                deferred: *deferred,
            })
            .collect(),
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 128, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn texts_of_a_burn_down_never_touch(
        balances in prop::collection::vec(-1_000_000_i128..100_000_000, 0..40),
        power in 0_u32..15,
        expiries in prop::collection::vec((0_i64..200, 1_i128..10_000_000), 0..12),
        burned in (0_i128..5_000_000, 0_i128..20_000_000),
        size in (320_u32..1200, 220_u32..600),
    ) {
        let balances: Vec<_> = balances.iter().map(|b| b * 10_i128.pow(power)).collect();
        let chart = burn_down(&balances, &expiries, burned).chart(look(size.0, size.1)).unwrap();
        check_texts(&chart);
    }

    #[test]
    fn texts_of_an_example_never_touch(
        balances in prop::collection::vec(-1_000_000_i128..100_000_000, 0..60),
        power in 0_u32..15,
        happenings in prop::collection::vec((0_i64..200, any::<bool>()), 0..40),
        lots in prop::collection::vec((0_i64..200, 0_i64..250), 0..12),
        size in (320_u32..1200, 220_u32..600),
    ) {
        let balances: Vec<_> = balances.iter().map(|b| b * 10_i128.pow(power)).collect();
        let chart = example(&balances, &happenings, &lots).chart(look(size.0, size.1)).unwrap();
        check_texts(&chart);
    }

    #[test]
    fn texts_of_a_calendar_never_touch(
        lines in prop::collection::vec((1..40_i64, 1..60_i64, ".{0,40}"), 0..7),
        figure in 0..10_000_000_u64,
        width in 200..1200_u32,
        height in 100..500_u32,
    ) {
        let calendar = calendar(&lines, &figure.to_string());
        check_texts(&calendar.chart(look(width, height)).unwrap());
    }

    #[test]
    fn texts_of_deferred_and_recognised_never_touch(
        figures in prop::collection::vec(
            [
                -1_000_000_i128..90_000_000,
                0_i128..9_000_000,
                0_i128..9_000_000,
                -900_000_i128..900_000,
                -1_000_000_i128..900_000_000,
            ],
            0..25,
        ),
        power in 0_u32..12,
        size in (480_u32..1200, 280_u32..600),
    ) {
        let figures: Vec<_> = figures.iter().map(|f| f.map(|x| x * 10_i128.pow(power))).collect();
        check_texts(&deferred(&figures).chart(look(size.0, size.1)).unwrap());
    }
}

/// An example with a balance every third day and something that happens at each.
fn example(balances: &[i128], happenings: &[(i64, bool)], lots: &[(i64, i64)]) -> WalletExample {
    WalletExample {
        subject: "Standard minutes, version 2".into(),
        unit: unit(2),
        zone: Zone::UTC,
        span: (day(0), day(200)),
        points: (0..).map(|i| day(i * 3)).zip(balances.iter().copied()).collect(),
        marks: (1..)
            .zip(happenings)
            .map(|(number, (at, is_turn))| ExampleMark {
                number,
                at: day(*at),
                what: "Expiry".into(),
                words: "What is left expires.".into(),
                is_turn: *is_turn,
            })
            .collect(),
        lots: (1..)
            .zip(lots)
            .map(|(number, (from, life))| ExampleLot {
                lot: format!("purchased-{number}"),
                from: day(*from),
                until: (*life < 190).then(|| day(from + life)),
                fate: ExampleLot::fate(unit(2), [100_000, 40_000, 60_000, 0]),
            })
            .collect(),
    }
}

fn calendar(lines: &[(i64, i64, String)], figure: &str) -> PlanCalendar {
    let date = |every: i64, lasts: i64, number: i64| CalendarDate {
        at: day(number * every),
        lasting: match lasts % 3 {
            0 => Lasting::Moment,
            1 => Lasting::Until(day(number * every + lasts)),
            _ => Lasting::Always,
        },
        figure: figure.to_owned(),
        words: vec![format!("Grants {figure} credits")],
    };
    PlanCalendar {
        subject: "Team, version 2".into(),
        zone: Zone::UTC,
        span: (day(0), day(395)),
        lines: lines
            .iter()
            .map(|(every, lasts, name)| CalendarLine {
                name: name.clone(),
                words: format!("{figure} credits again and again, to wallet standard"),
                dates: (0..12).map(|number| date(*every, *lasts, number)).collect(),
            })
            .collect(),
    }
}

#[test]
fn a_calendar_says_what_happens_on_each_date_and_which_lines_it_leaves_out() {
    let lines = [(30, 31, "monthly".to_owned()), (7, 3, "weekly".to_owned())];
    let calendar = calendar(&lines, "100");
    let chart = calendar.chart(look(700, PlanCalendar::height(2))).unwrap();
    assert_eq!(chart.marks().len(), 24);
    let marks = |label: &str| chart.marks().iter().filter(|m| m.label.contains(label)).count();
    assert_eq!((marks("monthly no."), marks("weekly no.")), (12, 12));
    assert_eq!(chart.marks()[0].label, "1 Dec 2025, monthly no. 1");
    assert!(chart.description().starts_with("monthly: 100 credits again and again"));
    let svg = calendar.chart(look(700, 120)).unwrap().svg().unwrap();
    assert!(svg.contains("and 1 more lines"), "{svg}");
}

#[test]
fn an_example_tells_what_happens_when() {
    let chart = example(&[1000, 500, 0], &[(0, true), (3, false), (9, true)], &[(0, 90)]);
    let chart = chart.chart(Look::default()).unwrap();
    check_texts(&chart);
    assert_eq!(chart.marks()[1].label, "2. 4 Dec 2025, Expiry");
    assert_eq!(
        chart.description(),
        "1 Dec 2025: What is left expires. 10 Dec 2025: What is left expires."
    );
}

#[test]
fn figures_at_the_edge_of_128_bits_are_drawn() {
    let chart = burn_down(&[i128::MAX, 1, i128::MIN], &[(1, i128::MAX)], (1, 1));
    check_texts(&chart.chart(Look::default()).unwrap());
    let chart =
        deferred(&[[i128::MAX, i128::MAX, 0, 0, i128::MIN], [i128::MIN, 0, 0, 0, i128::MAX]]);
    check_texts(&chart.chart(Look::default()).unwrap());
}

#[test]
fn a_picture_can_be_read_aloud_and_text_in_it_cannot_become_markup() {
    let mut data = burn_down(&[10_000, 5000], &[(20, 2500)], (5000, 10_000));
    data.wallet = "<script>&\"Acme\"".into();
    let chart = data.chart(Look::default()).unwrap();
    let svg = chart.svg().unwrap();
    assert!(
        svg.starts_with("<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"760\" height=\"360\"")
    );
    assert!(svg.contains("role=\"img\"") && !svg.contains("<script>"), "{svg}");
    assert!(svg.contains("<title>Balance of &lt;script&gt;&amp;\"Acme\"</title>"), "{svg}");
    assert_eq!(
        chart.description(),
        "On 4 Dec 2025 the balance is 50.00 std_minutes. 25.00 std_minutes expire on 21 Dec 2025. \
         Runs dry about 19 Dec 2025, between 11 Dec and 19 Dec 2025."
    );
}

#[test]
fn the_same_figures_make_the_same_bytes() {
    let chart =
        || deferred(&[[4200, 100, 0, 0, 9000], [4300, 0, 50, 20, 8000]]).chart(look(320, 220));
    let (first, second) = (chart().unwrap(), chart().unwrap());
    assert_eq!(first.svg().unwrap(), second.svg().unwrap());
    let png = first.png().unwrap();
    assert!(png == second.png().unwrap());
    // The size stands in the header: two pixels for each logical pixel.
    assert_eq!(png[16..24], [0, 0, 2, 128, 0, 0, 1, 184]);
}

#[test]
fn a_mark_says_what_stands_where() {
    let chart = deferred(&[[420_000, 0, 1250, -300, 9_000_000]]).chart(Look::default()).unwrap();
    let mark = &chart.marks()[0];
    assert_eq!(mark.label, "Sep 2024");
    assert_eq!(
        mark.lines,
        [
            "Usage 4,200.00 std_minutes",
            "Overage 12.50 std_minutes",
            "Other, net −3.00 std_minutes",
            "Deferred 90,000.00 std_minutes"
        ]
    );
}
