//! Previews of drafts: run, kept, written to files, followed to the event.

use scrip_catalog::Document;
use scrip_store::SqliteStore;
use scrip_units::{Date, Month};
use tempfile::TempDir;

use scrip_catalog::RateCard;
use scrip_preview::Timing;
use scrip_units::PlanCode;

use super::*;
use crate::drafts::{Draft, save};
use crate::reporting::FileFormat;
use crate::session::Edge;
use crate::template::{self, Extent, NewWorkspace};

fn edge() -> Edge {
    Edge { now: "2026-11-02T09:00:00Z".parse().unwrap(), actor: "ana".parse().unwrap() }
}

async fn october(dir: &std::path::Path) -> (Workspace<SqliteStore>, Document) {
    let new = NewWorkspace { dir, id: "w", extent: Extent::Month };
    let workspace = template::create("universal-credit", new, &edge()).await.unwrap().0;
    let live = workspace.catalog().await.unwrap().document().clone();
    (workspace, live)
}

/// The first card with its last version again, all prices with a digit more before the point.
fn dearer(live: &Document) -> RateCard {
    let mut card = serde_json::to_value(&live.rate_cards[0]).unwrap();
    let versions = card["versions"].as_array_mut().unwrap();
    let mut version = versions.last().unwrap().clone();
    version["version"] = (versions.len() + 1).into();
    version["effective_at"] = "2027-01-01".into();
    version["status"] = "draft".into();
    for rate in version["rates"].as_array_mut().unwrap() {
        if let Some(price) = rate["price"].as_str() {
            rate["price"] = format!("1{price}").into();
        }
    }
    versions.push(version);
    serde_json::from_value(card).unwrap()
}

fn code(text: &str) -> PlanCode {
    PlanCode::try_new(text).unwrap()
}

#[tokio::test]
async fn a_draft_is_a_scenario_and_two_of_the_same_card_are_not_one() {
    let folder = TempDir::new().unwrap();
    let (workspace, live) = october(folder.path()).await;
    for name in ["dearer", "dearer-too"] {
        let mut draft = Draft::new(code(name), 1, &edge());
        draft.put_card(&live, dearer(&live));
        save(&workspace, &edge(), &draft).unwrap();
    }
    std::fs::write(folder.path().join("drafts/broken.json"), "{").unwrap();
    let listed = drafts(&workspace).await.unwrap();
    let names: Vec<_> = listed.iter().map(|draft| draft.name.as_str()).collect();
    assert_eq!(names, ["broken", "dearer", "dearer-too"]);
    assert_eq!((listed[0].errors.len(), listed[1].errors.len()), (1, 0));
    let price = &listed[1].changes;
    assert!(price.iter().any(|change| change.path.ends_with(".price")), "{price:?}");

    let both = [code("dearer"), code("dearer-too")];
    let timing = Timing::SinceWindow;
    let refused = scenario_of(&workspace, "A", &both, timing).await.unwrap_err();
    assert!(refused.to_string().contains("both change"), "{refused}");
    assert!(scenario_of(&workspace, "A", &[], timing).await.is_err());

    let scenario = scenario_of(&workspace, "A", &both[..1], timing).await.unwrap();
    let month: Month = "2026-10".parse().unwrap();
    let request = Request {
        scenarios: vec![scenario],
        from: month.first_day(),
        through: month.last_day(),
        customers: Vec::new(),
        listed: None,
    };
    let view = preview(&workspace, request, &mut |_| ControlFlow::Continue(())).await.unwrap();
    assert!(view.backtest.exact);
    let total = view.lines.iter().find(|line| line.what == "Revenue, net").unwrap();
    assert_ne!(total.values[0], total.values[1]);
    assert_eq!(total.permille.iter().max(), Some(&1000));
    let spread = &view.spreads[0];
    for (place, class) in spread.classes.iter().enumerate() {
        let inside = spread.customers.iter().filter(|customer| customer.class == place);
        assert_eq!(inside.count() as u64, class.customers);
    }
    let _: Date = view.from.parse().unwrap();
}

/// A month with one draft in scenario A, run.
async fn run_dearer(folder: &TempDir) -> (Workspace<SqliteStore>, Finished) {
    let (workspace, live) = october(folder.path()).await;
    let mut draft = Draft::new(code("dearer"), 1, &edge());
    draft.put_card(&live, dearer(&live));
    save(&workspace, &edge(), &draft).unwrap();
    let finished = {
        let asked = asked().request(&workspace).await.unwrap();
        finish(&workspace, &edge(), asked, &mut |_| ControlFlow::Continue(())).await.unwrap()
    };
    (workspace, finished)
}

fn asked() -> AskedDrafts {
    AskedDrafts {
        scenarios: vec![("A".to_owned(), vec![code("dearer")])],
        timing: Timing::SinceWindow,
        from: "2026-10-01".parse().unwrap(),
        through: "2026-10-31".parse().unwrap(),
        customers: Vec::new(),
    }
}

#[tokio::test]
async fn the_customers_behind_a_line_and_the_rest_add_up_to_its_difference() {
    let folder = TempDir::new().unwrap();
    let (_workspace, finished) = run_dearer(&folder).await;
    let mut followed = 0;
    for line in &finished.view.lines {
        let Some(movers) = &line.movers else {
            assert_eq!(line.section, "cost", "{}", line.what);
            continue;
        };
        for (movers, difference) in movers.iter().zip(&line.differences) {
            let listed = movers.customers.iter().map(|one| measure::steps_of(&one.difference));
            let sum: i128 = listed.sum::<i128>() + measure::steps_of(&movers.rest);
            assert_eq!(sum, measure::steps_of(difference), "{} {:?}", line.what, line.movement);
            followed += 1;
        }
    }
    assert!(followed > 4);
}

#[tokio::test]
async fn a_kept_preview_opens_as_it_was_and_is_never_written_over() {
    let folder = TempDir::new().unwrap();
    let (workspace, finished) = run_dearer(&folder).await;
    assert!(kept::kept(&workspace).unwrap().is_empty());
    let name = code("october/dearer");
    kept::keep(&workspace, (&name, "for the board "), &finished).unwrap();
    let again = kept::keep(&workspace, (&name, ""), &finished).unwrap_err();
    assert!(matches!(again, AppError::PreviewExists { .. }), "{again}");

    let opened = kept::open(&workspace, &name).unwrap();
    assert_eq!(format!("{:?}", opened.preview), format!("{finished:?}"));
    assert_eq!(opened.note, "for the board");
    std::fs::write(folder.path().join("previews/broken.json"), "{").unwrap();
    let listed = kept::kept(&workspace).unwrap();
    assert_eq!(listed.len(), 2);
    let kept::KeptHead::Preview(head) = &listed[0].head else { panic!("{listed:?}") };
    assert_eq!((listed[0].name.as_str(), head.made_by.as_str()), ("october/dearer", "ana"));
    assert_eq!(head.scenarios[0].sources[0].name, "dearer");
    assert!(matches!(listed[1].head, kept::KeptHead::Unreadable(_)));

    kept::discard(&workspace, &name).unwrap();
    assert!(matches!(kept::open(&workspace, &name), Err(AppError::UnknownPreview { .. })));
}

#[tokio::test]
async fn a_preview_says_what_became_of_its_drafts() {
    let folder = TempDir::new().unwrap();
    let (workspace, finished) = run_dearer(&folder).await;
    assert!(standing(&workspace, &finished).await.unwrap().is_same_question());

    // Saved again with the same prices it is the same; with other prices it is not.
    let mut draft = crate::drafts::load(&workspace, &code("dearer")).unwrap();
    draft.note = "other words".to_owned();
    let mut draft = save(&workspace, &edge(), &draft).unwrap();
    assert!(standing(&workspace, &finished).await.unwrap().is_same_question());
    draft.rate_cards[0].after.versions.last_mut().unwrap().rates.pop();
    save(&workspace, &edge(), &draft).unwrap();
    assert_eq!(standing(&workspace, &finished).await.unwrap().changed_drafts, ["dearer"]);
    crate::drafts::discard(&workspace, &code("dearer")).unwrap();
    assert_eq!(standing(&workspace, &finished).await.unwrap().changed_drafts, ["dearer"]);
}

#[tokio::test]
async fn the_events_of_a_customer_add_up_to_what_its_rates_charged() {
    let folder = TempDir::new().unwrap();
    let (workspace, finished) = run_dearer(&folder).await;
    let mut customer = finished.view.spreads[0].customers[0].customer.parse().unwrap();
    let mut go_on = |_| ControlFlow::Continue(());
    for listed in [3, 100_000] {
        let request = asked().request(&workspace).await.unwrap().0;
        let asked = EventsAsked { customer, rate: None, listed };
        let view = super::customer(&workspace, request, &asked, &mut go_on).await.unwrap();
        assert!(view.event_count > 10 && view.changed_count > 0);
        assert_eq!(view.events.len(), listed.min(usize::try_from(view.event_count).unwrap()));
        let unit = view.events[0].unit.clone();
        for run in 0..2 {
            let of_unit = view.events.iter().filter(|event| event.unit == unit);
            let events = of_unit.map(|event| measure::steps_of(&event.runs[run].charged));
            let rest = view.rest.iter().filter(|rest| Some(&rest.unit) == unit.as_ref());
            let rest = rest.map(|rest| measure::steps_of(&rest.charged[run]));
            let rates = view.preview.rates.iter().filter(|rate| Some(&rate.unit) == unit.as_ref());
            let rates = rates.map(|rate| measure::steps_of(&rate.charged[run]));
            assert_eq!(events.chain(rest).sum::<i128>(), rates.sum::<i128>(), "run {run}");
        }
        let first = &view.events[0];
        assert_ne!(first.runs[0].rates[0].price, first.runs[1].rates[0].price);
        let (card, row) = first.runs[0].rates[0].rate.split_once('@').unwrap();
        let row = row.split_once('/').unwrap().1;
        let rate = Some((card.parse().unwrap(), row.parse().unwrap()));
        let request = super::tests::asked().request(&workspace).await.unwrap().0;
        let asked = EventsAsked { customer: asked.customer, rate, listed };
        let of_row = super::customer(&workspace, request, &asked, &mut go_on).await.unwrap();
        assert!(of_row.event_count > 0 && of_row.event_count < view.event_count);
        customer = asked.customer;
    }
}

#[tokio::test]
async fn a_preview_is_a_workbook_and_a_file_for_each_table() {
    let folder = TempDir::new().unwrap();
    let (_workspace, finished) = run_dearer(&folder).await;
    let made = tables::made(&finished).unwrap();
    assert!(made.report.ties_hold() && made.report.ties.len() == 2, "{:?}", made.report.ties);
    for table in &made.report.tables {
        table.verify().unwrap();
    }
    let out = folder.path().join("out");
    let write = |format| tables::write(&finished, (&out, "A and B"), format);
    let files = write(FileFormat::Csv).unwrap();
    assert_eq!(files.len(), made.report.tables.len());
    let comparison = std::fs::read_to_string(&files[0]).unwrap();
    assert!(
        comparison.starts_with("Section,What,Unit,Baseline,A,A less baseline,A %"),
        "{comparison}"
    );
    let files = write(FileFormat::Xlsx).unwrap();
    assert_eq!(files, [out.join("preview-A-and-B.xlsx")]);
    assert!(write(FileFormat::Pdf).is_err());
}
