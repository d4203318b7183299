use super::*;

const PRICING: &str = r#"
format = "scrip-config/1"
entity = { code = "e", name = "Acme BV", currency = "EUR", time_zone = "Europe/Amsterdam" }
units = [{ code = "credits", kind = "credit", scale = 2 }, { code = "tokens", kind = "usage" }]
meters = [{ code = "llm", unit = "tokens" }]

[[wallet_types]]
code = "standard"
unit = "credits"
"#;

fn document(version: &str) -> Document {
    let text = format!(
        "{PRICING}\n[[wallet_types.versions]]\nversion = 1\neffective_at = \"2026-01-01\"\n{version}"
    );
    Document::from_toml(&text).unwrap()
}

fn example(text: &str) -> Example {
    Example::from_json(text).unwrap()
}

/// A year in which 2 of 1,000 credits are used a day.
const YEAR: &str = r#"{"currency": "EUR", "overage_price": "1.20", "through": "2027-03-01",
    "purchases": [{"day": "2026-01-31", "kind": "purchased", "units": "1000", "net": "500.00"}],
    "usage": [{"from": "2026-01-31", "through": "2026-02-28", "units": "2"}]}"#;

fn run_of(version: &str, text: &str) -> ExampleRun {
    let document = document(version);
    let wallet_type = &document.wallet_types[0];
    run(&document, wallet_type, &wallet_type.versions[0], &example(text)).unwrap()
}

fn told(run: &ExampleRun) -> Vec<String> {
    let line = |step: &Step| format!("{} {} | {}", step.day, step.kind.words(), step.words);
    run.steps.iter().map(line).collect()
}

#[test]
fn what_is_not_used_becomes_breakage_when_it_expires() {
    let run = run_of("expiry = { rule = \"after\", months = 12 }", YEAR);
    assert_eq!(
        told(&run),
        [
            "2026-01-31 Granted | 1,000.00 credits come in as lot purchased-1. 500.00 EUR are deferred.",
            "2026-01-31 Usage | Usage draws 2.00 credits from purchased-1. 1.00 EUR become revenue.",
            "2026-02-01 Usage | Usage on 28 days draws 56.00 credits from purchased-1. 28.00 EUR become revenue.",
            "2027-01-31 Expiry | 942.00 credits of purchased-1 expire. 471.00 EUR become breakage.",
        ]
    );
    let last = run.steps.last().unwrap();
    assert_eq!((last.balance.as_str(), last.deferred.len()), ("0.00", 0));
    let total = &run.totals[0];
    assert_eq!((total.usage.as_str(), total.breakage.as_str()), ("29.00", "471.00"));
    assert_eq!(run.lots[0].expired, "942.00");
    let policies: Vec<_> = run.steps.iter().map(|step| step.policy).collect();
    assert_eq!(policies, ["", "draw_order", "draw_order", "expiry"]);
    let chart = chart(&run, ("Standard", scrip_units::Zone::UTC), scrip_reports::Look::default());
    let chart = chart.unwrap();
    assert_eq!(chart.marks().len(), 4);
    assert!(chart.description().contains("471.00 EUR become breakage"), "{}", chart.description());
}

#[test]
fn what_rolls_over_lives_in_a_new_lot_and_the_rest_expires() {
    let version = "expiry = { rule = \"end_of_billing_period\" }\n\
        rollover = { fraction = \"0.5\", cap = \"300\", expiry = { rule = \"after\", months = 2 } }";
    let run = run_of(version, YEAR);
    let kinds: Vec<_> = run.steps.iter().map(|step| step.kind).collect();
    use StepKind::{Drawn, Expired, Granted, RolledOver};
    assert_eq!(kinds, [Granted, Drawn, RolledOver, Expired, Drawn, Expired], "{:#?}", told(&run));
    assert!(run.steps[2].words.starts_with("300.00 credits of purchased-1 roll over into"));
    assert_eq!(run.steps[2].balance, "998.00");
    assert_eq!(run.steps[3].balance, "300.00");
}

#[test]
fn a_top_up_that_waits_for_its_payment_is_asked_for_and_then_made() {
    let version = "top_up = { threshold = \"990\", bring_to = \"1000\", on = \"payment\", \
        price = { currency = \"EUR\", price = \"0.50\" } }";
    let text = YEAR.replace("\"usage\"", "\"payment_days\": 2, \"usage\"");
    let run = run_of(version, &text);
    let told = told(&run);
    let asked = told.iter().position(|line| line.contains("is asked for")).unwrap();
    assert!(
        told[asked]
            .starts_with("2026-02-04 Top-up asked for | A top-up of 10.00 credits for 5.00 EUR")
    );
    let made = told.iter().find(|line| line.contains(" Top-up | ")).unwrap();
    assert!(made.starts_with("2026-02-06 Top-up | 10.00 credits are bought as lot"), "{made}");
}

#[test]
fn caps_allowances_overage_and_alerts_are_steps() {
    let hard = run_of("", &YEAR.replace("\"units\": \"2\"", "\"units\": \"600\""));
    assert!(
        told(&hard).contains(
            &"2026-02-01 Refused | Usage of 16,800.00 credits on 28 days is refused: no wallet covers it, and the wallet type's cap is hard."
                .to_owned()
        ),
        "{:#?}",
        told(&hard)
    );
    let soft =
        run_of("beyond = \"overage\"", &YEAR.replace("\"units\": \"2\"", "\"units\": \"600\""));
    let over = soft.steps.iter().find(|step| step.kind == StepKind::Overage).unwrap();
    assert_eq!(over.units, "-400.00", "{:#?}", told(&soft));
    assert_eq!(soft.totals[0].overage, "19680.00");
    let member = YEAR.replace("\"usage\"", "\"by_member\": true, \"usage\"");
    let limited = run_of("allowances = { member = { units = \"1\", per = \"day\" } }", &member);
    assert!(told(&limited).iter().any(|line| line.contains("Refused") && line.contains("member")));
    let low = run_of("alerts = [{ code = \"low\", below = \"950\" }]", YEAR);
    assert!(
        told(&low).iter().any(|line| line.contains("Alert low: available 948.00")),
        "{:#?}",
        told(&low)
    );
}

#[test]
fn an_overdrawn_wallet_stands_below_zero_and_the_next_lot_repays_it() {
    let text = r#"{"currency": "EUR", "overage_price": "1.00", "through": "2026-02-10",
        "purchases": [{"day": "2026-02-01", "kind": "purchased", "units": "10", "net": "10.00"},
                      {"day": "2026-02-05", "kind": "purchased", "units": "50", "net": "50.00"}],
        "usage": [{"from": "2026-02-02", "through": "2026-02-02", "units": "25"}]}"#;
    let run = run_of("beyond = \"overdraft\"\noverdraft_limit = \"20\"", text);
    assert_eq!(run.steps[1].balance, "-15.00", "{:#?}", told(&run));
    assert_eq!(run.steps.last().unwrap().balance, "35.00");
    assert_eq!(run.totals[0].usage, "25.00");
}

#[test]
fn units_of_a_wallet_that_burns_at_invoice_are_held_until_then() {
    let run = run_of("burns = \"invoice\"", YEAR);
    let kinds: Vec<_> = run.steps.iter().map(|step| step.kind).collect();
    use StepKind::{Burned, Granted, Held};
    assert_eq!(kinds, [Granted, Held, Burned, Held, Burned], "{:#?}", told(&run));
    assert_eq!(run.totals[0].usage, "29.00");
}

#[test]
fn every_template_has_an_example_for_each_of_its_wallet_types() {
    for template in crate::template::list().unwrap() {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/templates");
        let file = format!("{folder}/{}/configuration.toml", template.name);
        let (document, _) =
            crate::config::read("t.toml", &std::fs::read_to_string(file).unwrap()).unwrap();
        let now = "2026-11-21T09:00:00Z".parse().unwrap();
        for wallet_type in &document.wallet_types {
            for version in &wallet_type.versions {
                let example = Example::usual(&document, wallet_type, version, now).unwrap();
                let run = run(&document, wallet_type, version, &example).unwrap();
                let place = format!("{} {}", template.name, wallet_type.code);
                assert!(run.steps.len() > 1, "{place}: {:#?}", told(&run));
                assert_eq!(run.steps[0].kind, StepKind::Granted, "{place}: {:#?}", told(&run));
                let words = policies(&document, wallet_type, version);
                assert!(words.iter().all(|policy| !policy.sentences.is_empty()), "{words:#?}");
            }
        }
    }
}

#[test]
fn an_example_that_makes_no_sense_is_refused_and_a_wrong_version_names_its_place() {
    let document = document("expiry = { rule = \"after\" }");
    let wallet_type = &document.wallet_types[0];
    let refused = run(&document, wallet_type, &wallet_type.versions[0], &example(YEAR));
    let Err(AppError::Configuration { problems, .. }) = refused else { panic!("{refused:?}") };
    assert_eq!(problems[0].0.path, "wallet_types[standard].versions[1].expiry");
    let long = example(&YEAR.replace("2027-03-01", "2037-03-01"));
    let good = self::document("");
    let types = &good.wallet_types[0];
    assert!(matches!(run(&good, types, &types.versions[0], &long), Err(AppError::Argument(_))));
    assert!(Example::from_json("{}").is_err());
}
