//! The books that are kept of the traces, and what must be true of them.

use std::collections::{BTreeMap, HashMap};
use std::path::PathBuf;

use scrip_app::operate::{Mode, operate, read_lines};
use scrip_app::reporting::{self, ReportKind, Window};
use scrip_app::{Edge, Workspace, config, usage, verify};
use scrip_journal::{Account, AccountClass};
use scrip_revenue::{RevenueBy, RollForwardBy};
use scrip_store::{FactQuery, LedgerStore, SqliteStore};
use scrip_units::{Actor, Instant, Month, OperationId};
use scrip_usage::{Control, DetailOutcome, DetailRow, ImportOptions, Mapping, Place, Source};
use serde_json::{Value, json};

use crate::charges::{Expected, SCALE, nearest, rate_code};
use crate::prices::PriceList;
use crate::traces::Traces;

/// Cents of a unit of overage.
const OVERAGE_CENTS: i128 = 110;
/// The start of the later billing period, in the entity's zone.
const FEBRUARY_FROM: &str = "2026-02-01T00:00:00+01:00";

pub(crate) struct Books {
    pub(crate) folder: tempfile::TempDir,
    pub(crate) workspace: Workspace<SqliteStore>,
    /// Files of usage, each with its mapping.
    files: Vec<(PathBuf, String)>,
}

fn at(text: &str) -> Instant {
    text.parse().unwrap()
}

pub(crate) fn edge() -> Edge {
    Edge { now: at("2026-03-02T00:00:00Z"), actor: Actor::try_new("test").unwrap() }
}

pub(crate) fn window() -> Window {
    let month = |text: &str| text.parse::<Month>().unwrap();
    Window { from: month("2023-11"), to: month("2026-03"), as_of: None, effective_until: None }
}

/// A card of every price in two versions; three wallet types, one of them for promotions.
fn configuration(prices: &PriceList, traces: &Traces) -> Value {
    let version = |number: u32, from: &str| {
        let rates = prices.models.iter().enumerate().flat_map(|(index, model)| {
            model.sides().map(move |(side, price)| {
                let price = if number == 1 { price } else { price.reduced() };
                json!({
                    "code": rate_code(index, side), "meter": "tokens",
                    "match": { "model": model.name, "side": side },
                    "model": "per_unit", "price": price.to_string(),
                })
            })
        });
        json!({
            "version": number, "effective_at": from, "unmatched": "reject",
            "overage": { "currency": "USD", "price": "1.10" },
            "rates": rates.collect::<Vec<_>>(),
        })
    };
    let wallet_type = |code: &str, policies: Value| {
        let mut version =
            json!({ "version": 1, "effective_at": "2023-01-01", "beyond": "overage" });
        version.as_object_mut().unwrap().extend(policies.as_object().unwrap().clone());
        json!({ "code": code, "unit": "credits", "versions": [version] })
    };
    let customers = traces.customers();
    json!({
        "format": "scrip-config/1",
        "entity": {
            "code": "nl", "name": "Traces BV", "currency": "USD", "time_zone": "Europe/Amsterdam",
        },
        "units": [
            { "code": "credits", "kind": "credit", "scale": SCALE },
            { "code": "tokens", "kind": "usage", "scale": 0 },
        ],
        "meters": [{
            "code": "tokens", "unit": "tokens",
            "dimensions": [{ "name": "model", "report": true }, { "name": "side" }],
        }],
        "wallet_types": [
            wallet_type("promotional", json!({
                "priority": 10, "expiry": { "rule": "on", "at": "2026-01-31" },
            })),
            wallet_type("premium", json!({
                "priority": 20, "scope": [{ "meter": "tokens", "match": { "side": "output" } }],
            })),
            wallet_type("standard", json!({
                "priority": 30, "expiry": { "rule": "after", "months": 1 },
            })),
        ],
        "rate_cards": [{
            "code": "list-prices", "unit": "credits",
            "versions": [version(1, "2023-01-01"), version(2, "2026-02-01")],
        }],
        "customers": customers.iter().map(|code| json!({ "code": code })).collect::<Vec<_>>(),
    })
}

/// Grants of every customer: some run dry, some keep what then expires.
fn grants(traces: &Traces, expected: &Expected) -> String {
    let mut lines = Vec::new();
    for (number, customer) in traces.customers().into_iter().enumerate() {
        let spend = expected.of_customer(customer) / 100_000;
        let day = if customer == "azure-conversation" { "2023-11-01" } else { "2026-01-10" };
        let shares = [
            ("standard", "purchased", 20 + number % 120),
            ("premium", "purchased", if number % 3 == 0 { 15 } else { 0 }),
            ("promotional", "promotional", if number % 2 == 0 { 10 } else { 0 }),
        ];
        for (wallet, kind, percent) in shares.into_iter().filter(|(.., percent)| *percent > 0) {
            // In tenths of a credit, and a credit costs eighty cents.
            let units = (spend * i128::try_from(percent).unwrap() / 100).max(1);
            let mut grant = json!({
                "op": "grant_credits", "id": format!("{customer}-{wallet}"), "actor": "test",
                "at": format!("{day}T00:00:00Z"), "customer": customer, "wallet": wallet,
                "units": format!("{}.{}", units / 10, units % 10), "kind": kind,
            });
            if kind == "purchased" {
                let cents = units * 8;
                let net = format!("{}.{:02}", cents / 100, cents % 100);
                grant["price"] = json!({ "net": net, "currency": "USD" });
            }
            lines.push((day, grant.to_string()));
        }
    }
    lines.sort();
    lines.into_iter().map(|(_, line)| line + "\n").collect()
}

impl Books {
    pub(crate) async fn make(prices: &PriceList, traces: &Traces, expected: &Expected) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().join("books");
        let workspace = Workspace::create(&root, "real", edge().now).await.unwrap();
        let text = configuration(prices, traces).to_string();
        let id = OperationId::try_new("configure").unwrap();
        let file = ("prices.json", text.as_str());
        config::apply(&workspace, &edge(), &id, file, Mode::Commit).await.unwrap();
        let operations = read_lines("grants", &grants(traces, expected)).unwrap();
        operate(&workspace, &edge(), "grants", &operations, Mode::Commit).await.unwrap();
        let rows = folder.path().join("rows.csv");
        traces.write(&rows, prices);
        let mut files = vec![(rows, Traces::mapping())];
        files.extend(traces.services.iter().map(|s| (s.file.clone(), s.mapping(prices))));
        Self { folder, workspace, files }
    }

    pub(crate) async fn import(&self, traces: &Traces) {
        let mut read = 0;
        let events = |outcome: &scrip_usage::ImportOutcome| (outcome.rows_read, outcome.events);
        for (file, mapping) in &self.files {
            let outcome = self.import_file(file, mapping).await;
            read += outcome.rows_read;
            assert!(outcome.events > outcome.rows_read, "{:?}", events(&outcome));
            // The same file again brings nothing.
            let again = self.import_file(file, mapping).await;
            assert_eq!(again.events, 0);
        }
        let rows: u64 = traces.services.iter().map(|service| service.rows).sum();
        assert_eq!(read, rows + traces.rows.len() as u64);
    }

    async fn import_file(&self, file: &PathBuf, mapping: &str) -> scrip_usage::ImportOutcome {
        let mapping = Mapping::from_toml(mapping).unwrap();
        let options = ImportOptions::new(edge().now);
        let source = Source::file(file);
        let mut progress = |_| Control::Continue;
        usage::import(&self.workspace, &edge(), &source, &mapping, &options, &mut progress)
            .await
            .unwrap()
    }

    pub(crate) async fn post(&self, traces: &Traces) {
        let mut progress = |_| std::ops::ControlFlow::Continue(());
        let view = usage::post(&self.workspace, &edge(), edge().now, &mut progress).await.unwrap();
        println!(
            "{} events of {} customers made {} entries with {} postings",
            view.priced, view.customers, view.entries, view.postings
        );
        assert_eq!((view.refused, view.free, view.duplicates), (0, 0, 0));
        assert_eq!(view.customers, traces.customers().len() as u64);
        let again = usage::post(&self.workspace, &edge(), edge().now, &mut progress).await.unwrap();
        assert_eq!((again.priced, again.entries), (0, 0));
    }

    pub(crate) async fn expire(&self) {
        let line =
            r#"{"op":"expire_lots","id":"expire","at":"2026-03-02T00:00:00Z","actor":"test"}"#;
        let operations = read_lines("expire", line).unwrap();
        let edge = edge();
        let view = operate(&self.workspace, &edge, "expire", &operations, Mode::Commit).await;
        assert!(!view.unwrap().operations[0].entries.is_empty());
    }

    /// The burn detail of everybody.
    async fn detail(&self, mut take: impl FnMut(&DetailRow)) {
        let archive = self.workspace.archive().await.unwrap();
        let details: Vec<_> = archive.details().iter().collect();
        for head in self.workspace.store().heads().await.unwrap() {
            for row in archive.detail_of(&head.customer, &details) {
                take(&row.unwrap());
            }
        }
    }

    pub(crate) async fn charges_are_those_of_plain_arithmetic(&self, expected: &Expected) {
        let times = self.times().await;
        let mut charges: BTreeMap<(String, String), i128> = BTreeMap::new();
        let mut overage: BTreeMap<(String, String, bool), i128> = BTreeMap::new();
        let mut tokens = 0;
        self.detail(|row| {
            let key = (row.customer.to_string(), row.rate.as_deref().unwrap().to_owned());
            tokens += i128::from(row.converted);
            if row.outcome == DetailOutcome::Overage {
                let in_february = times[&row.place()] >= at(FEBRUARY_FROM);
                let key = (key.0.clone(), key.1.clone(), in_february);
                *overage.entry(key).or_default() += i128::from(row.units);
            }
            *charges.entry(key).or_default() += i128::from(row.units);
        })
        .await;
        assert_eq!(tokens, expected.tokens, "no token is lost or counted twice");
        assert_eq!(charges, expected.charges);

        // A unit that no wallet covers costs 1.10, rounded to cents once in each billing period.
        let per_cent = 10_i128.pow(SCALE);
        let money = overage.values().map(|units| nearest(units * OVERAGE_CENTS, per_cent));
        let booked: i128 = self.balance(|account| account == Account::RevenueOverage).await;
        assert!(booked < 0, "some customers run dry");
        assert_eq!(money.sum::<i128>(), -booked);
    }

    /// When every event occurred.
    async fn times(&self) -> HashMap<Place, Instant> {
        let archive = self.workspace.archive().await.unwrap();
        let batches = archive.scan(&archive.everything()).unwrap();
        let events = batches.flat_map(|batch| batch.unwrap().events);
        events.map(|event| (event.place, event.occurred_at)).collect()
    }

    /// Debits less credits of some accounts of money, in cents.
    async fn balance(&self, of: impl Fn(Account) -> bool) -> i128 {
        let facts = self.workspace.store().facts(&FactQuery::default()).await.unwrap();
        let money = facts.iter().filter(|f| f.account.class() != AccountClass::Units);
        money.filter(|fact| of(fact.account)).map(|fact| fact.debit - fact.credit).sum()
    }

    pub(crate) async fn consideration_is_conserved(&self) {
        let paid = self.balance(|account| account == Account::CashClearing).await;
        let usage = self.balance(|account| account == Account::RevenueUsage).await;
        let breakage = self.balance(|account| account == Account::RevenueBreakage).await;
        let deferred = self.balance(|a| a.class() == AccountClass::ContractLiability).await;
        assert!(paid > 0 && usage < 0 && breakage < 0 && deferred < 0);
        assert_eq!(paid + usage + breakage + deferred, 0, "to the cent");
    }

    pub(crate) async fn every_report_ties(&self) {
        let kinds = [
            ReportKind::TrialBalance,
            ReportKind::Journal,
            ReportKind::RollForward(RollForwardBy::Currency),
            ReportKind::RollForward(RollForwardBy::Account),
            ReportKind::RollForward(RollForwardBy::WalletType),
            ReportKind::RollForward(RollForwardBy::LotKind),
            ReportKind::RollForward(RollForwardBy::Customer),
            ReportKind::Waterfall,
            ReportKind::RevenueBy(RevenueBy::WalletType),
            ReportKind::RevenueBy(RevenueBy::RateCard),
            ReportKind::RevenueBy(RevenueBy::Rate),
            ReportKind::RevenueBy(RevenueBy::Dimension("model".into())),
            ReportKind::RevenueBy(RevenueBy::Customer),
            ReportKind::RevenueBy(RevenueBy::Month),
            ReportKind::RevenueBy(RevenueBy::ServiceMonth),
            ReportKind::RevenueBy(RevenueBy::LotKind),
            ReportKind::Units,
        ];
        for kind in kinds {
            let made = reporting::make(&self.workspace, &kind, window(), edge().now).await.unwrap();
            assert!(!made.report.ties.is_empty(), "{kind:?}");
            for tie in &made.report.ties {
                assert!(tie.holds, "{kind:?}: {tie}");
            }
        }
    }

    pub(crate) async fn are_sound(&self) {
        let view = verify::verify(&self.workspace).await.unwrap();
        assert!(view.sound, "{:#?}", view.checks);
    }
}
