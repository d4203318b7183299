//! A year of books of a real trace: what real API customers used in six hours, week after week, spread
//! over as many customers as one likes, with monthly lots that roll over, promotions, tiers, three
//! billing days and closed months. Every law of the books is checked at the end.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs::File;
use std::io::Write as _;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use flate2::read::GzDecoder;
use scrip_app::operate::{Mode, operate, read_lines};
use scrip_app::reporting::{self, ReportKind, Window};
use scrip_app::{Edge, Workspace, config, usage, verify};
use scrip_revenue::{RevenueBy, RollForwardBy};
use scrip_store::{EntryFilter, LedgerStore, Page, SqliteStore};
use scrip_testkit::{Ledger, laws};
use scrip_units::{Actor, Instant, Month, OperationId};
use scrip_usage::{Control, ImportOptions, Mapping, Source};
use serde::Deserialize;
use serde_json::{Value, json};

const WEEK_S: u64 = 604_800;
/// Models, with what a million tokens of input and of output cost, in thousandths of a credit.
const MODELS: [(&str, u64, u64); 3] =
    [("m-large", 3_000, 15_000), ("m-mid", 800, 4_000), ("m-small", 150, 600)];

const MAPPING: &str = r#"
customer = { column = "customer" }
key = { template = "{customer}-{second}" }
[occurred_at]
format = "offset_seconds"
column = "second"
origin = "2025-01-01T00:00:00Z"
[[events]]
meter = "tokens"
key_suffix = "/in"
skip_zero = true
quantity = { column = "input" }
dimensions = { model = { column = "model" }, side = "input" }
[[events]]
meter = "tokens"
key_suffix = "/out"
skip_zero = true
quantity = { column = "output" }
dimensions = { model = { column = "model" }, side = "output" }
"#;

#[derive(Deserialize)]
struct Tokens {
    model: String,
    client: u32,
    window_start_s: u64,
    in_tokens: Option<u64>,
    out_tokens: Option<u64>,
}

/// What a client used in six hours: second of the week, model, tokens of input and of output.
type Used = (u64, usize, u64, u64);

/// The job: how many customers, and how many weeks of the year.
pub(crate) struct Year {
    pub(crate) customers: usize,
    pub(crate) weeks: u64,
    clients: Vec<Vec<Used>>,
}

fn at(text: &str) -> Instant {
    text.parse().unwrap()
}

fn edge() -> Edge {
    Edge { now: at("2026-01-02T00:00:00Z"), actor: Actor::try_new("year").unwrap() }
}

impl Year {
    /// Reads the trace.
    pub(crate) fn read(data: &Path, customers: usize, weeks: u64) -> Self {
        let file = File::open(data.join("usage/servegen_tokens_6h_week1.csv.gz")).unwrap();
        let rows = csv::Reader::from_reader(GzDecoder::new(file)).into_deserialize::<Tokens>();
        let mut clients: BTreeMap<(String, u32), Vec<Used>> = BTreeMap::new();
        for row in rows.map(Result::unwrap) {
            let (Some(input), Some(output)) = (row.in_tokens, row.out_tokens) else { continue };
            let model = MODELS.iter().position(|model| model.0 == row.model).unwrap();
            let used = clients.entry((row.model, row.client)).or_default();
            used.push((row.window_start_s, model, input, output));
        }
        Self { customers, weeks, clients: clients.into_values().collect() }
    }

    fn code(customer: usize) -> String {
        format!("customer-{customer:04}")
    }

    /// What a customer used in a week of the year: the week of some client, another each week.
    fn week(&self, customer: usize, week: u64) -> &[Used] {
        let place = customer * 37 + usize::try_from(week).unwrap() * 11;
        &self.clients[place % self.clients.len()]
    }

    /// What a customer uses in an average month, in thousandths of a credit.
    fn spend(&self, customer: usize) -> u64 {
        let used = (0..self.weeks).flat_map(|week| self.week(customer, week));
        let cost = |(_, model, input, output): &Used| {
            let (_, in_price, out_price) = MODELS[*model];
            (input * in_price + output * out_price) / 1_000_000
        };
        used.map(cost).sum::<u64>() * 30 / (7 * self.weeks)
    }

    fn rows(&self, path: &Path) -> u64 {
        let mut file = std::io::BufWriter::new(File::create(path).unwrap());
        writeln!(file, "second,customer,model,input,output").unwrap();
        let mut rows = 0;
        for week in 0..self.weeks {
            for customer in 0..self.customers {
                for (second, model, input, output) in self.week(customer, week) {
                    let (second, model) = (week * WEEK_S + second, MODELS[*model].0);
                    let code = Self::code(customer);
                    writeln!(file, "{second},{code},{model},{input},{output}").unwrap();
                    rows += 1;
                }
            }
        }
        file.flush().unwrap();
        rows
    }

    fn configuration(&self) -> Value {
        let rates = MODELS.iter().flat_map(|(model, input, output)| {
            [("input", input), ("output", output)].map(|(side, price)| {
                let price = |percent: u64| {
                    let millionths = price * percent * 10;
                    format!("{}.{:06}", millionths / 1_000_000, millionths % 1_000_000)
                };
                json!({
                    "code": format!("{model}-{side}"), "meter": "tokens",
                    "match": { "model": model, "side": side }, "model": "graduated", "tiers": [
                        { "up_to": "50000000", "price": price(100), "per": "1000000" },
                        { "price": price(80), "per": "1000000" },
                    ],
                })
            })
        });
        let wallet_type = |code: &str, terms: Value| {
            let mut version =
                json!({ "version": 1, "effective_at": "2024-01-01", "beyond": "overage" });
            version.as_object_mut().unwrap().extend(terms.as_object().unwrap().clone());
            json!({ "code": code, "unit": "credits", "versions": [version] })
        };
        let customer = |number: usize| {
            let day = [1, 15, 31][number % 3];
            json!({ "code": Self::code(number), "billing_day": day })
        };
        json!({
            "format": "scrip-config/1",
            "entity": {
                "code": "nl", "name": "Traces BV", "currency": "EUR",
                "time_zone": "Europe/Amsterdam",
            },
            "units": [
                { "code": "credits", "kind": "credit", "scale": 4 },
                { "code": "tokens", "kind": "usage", "scale": 0 },
            ],
            "meters": [{
                "code": "tokens", "unit": "tokens",
                "dimensions": [{ "name": "model", "report": true }, { "name": "side" }],
            }],
            "wallet_types": [
                wallet_type("promotional", json!({
                    "priority": 10, "expiry": { "rule": "after", "days": 30 },
                })),
                wallet_type("monthly", json!({
                    "priority": 20, "expiry": { "rule": "end_of_billing_period" },
                    "rollover": {
                        "fraction": "0.5", "times": 2, "expiry": { "rule": "after", "months": 1 },
                    },
                })),
                wallet_type("standard", json!({
                    "priority": 30, "expiry": { "rule": "after", "months": 6 },
                })),
            ],
            "rate_cards": [{ "code": "list", "unit": "credits", "versions": [{
                "version": 1, "effective_at": "2024-01-01", "unmatched": "reject",
                "overage": { "currency": "EUR", "price": "0.11" },
                "rates": rates.collect::<Vec<_>>(),
            }] }],
            "customers": (0..self.customers).map(customer).collect::<Vec<_>>(),
        })
    }

    /// Grants of a month: some customers run dry, others have half of the rest roll over.
    fn grants(&self, month: u64) -> String {
        let mut lines = String::new();
        for customer in 0..self.customers {
            let spend = self.spend(customer).max(10);
            let share = 40 + (customer as u64 * 13 + month * 29) % 90;
            let kinds = [
                ("monthly", "purchased", share, true),
                ("promotional", "promotional", 5, month.is_multiple_of(3)),
                ("standard", "purchased", 60, month == 1 || month == 7),
            ];
            for (wallet, kind, percent, given) in kinds {
                let tenths = (spend * percent / 10_000).max(1);
                if !given {
                    continue;
                }
                let code = Self::code(customer);
                let mut grant = json!({
                    "op": "grant_credits", "id": format!("{code}-{wallet}-{month}"),
                    "at": format!("2025-{month:02}-01T00:00:00Z"), "actor": "year",
                    "customer": code, "wallet": wallet, "kind": kind,
                    "units": format!("{}.{}", tenths / 10, tenths % 10),
                });
                if kind == "purchased" {
                    let cents = tenths * 9 / 10 + 1;
                    let net = format!("{}.{:02}", cents / 100, cents % 100);
                    grant["price"] = json!({ "net": net, "currency": "EUR" });
                }
                writeln!(lines, "{grant}").unwrap();
            }
        }
        lines
    }
}

/// The books of a year in a folder.
pub(crate) struct Books {
    pub(crate) year: Year,
    folder: PathBuf,
    workspace: Workspace<SqliteStore>,
}

impl Books {
    pub(crate) async fn make(year: Year, folder: &Path) -> Self {
        let workspace = Workspace::create(&folder.join("books"), "year", edge().now).await.unwrap();
        let text = year.configuration().to_string();
        let id = OperationId::try_new("configure").unwrap();
        let file = ("year.json", text.as_str());
        config::apply(&workspace, &edge(), &id, file, Mode::Commit).await.unwrap();
        Self { year, folder: folder.to_owned(), workspace }
    }

    /// Imports all usage; returns how many events there are.
    pub(crate) async fn import(&self) -> u64 {
        let path = self.folder.join("year.csv");
        let rows = self.year.rows(&path);
        let mapping = Mapping::from_toml(MAPPING).unwrap();
        let options = ImportOptions::new(edge().now);
        let mut go_on = |_| Control::Continue;
        let source = Source::file(&path);
        let outcome =
            usage::import(&self.workspace, &edge(), &source, &mapping, &options, &mut go_on).await;
        let outcome = outcome.unwrap();
        assert_eq!(outcome.rows_read, rows);
        outcome.events
    }

    async fn operate(&self, lines: &str) -> u64 {
        let operations = read_lines("year", lines).unwrap();
        let edge = edge();
        let view = operate(&self.workspace, &edge, "year", &operations, Mode::Commit).await;
        view.unwrap().operations.iter().map(|o| o.entries.len() as u64).sum()
    }

    /// Months of the year that have usage.
    pub(crate) fn months(&self) -> u64 {
        (self.year.weeks * 7).div_ceil(31).clamp(1, 12)
    }

    /// A month as a finance team runs it: grants, usage, what fell due, and the close of the month
    /// before. Returns events, entries and postings of the usage, and entries of the schedule.
    pub(crate) async fn month(&self, month: u64) -> (u64, u64, u64, u64) {
        self.operate(&self.year.grants(month)).await;
        let next = match month {
            12 => "2026-01-01T00:00:00Z".to_owned(),
            _ => format!("2025-{:02}-01T00:00:00Z", month + 1),
        };
        let mut go_on = |_| ControlFlow::Continue(());
        let view = usage::post(&self.workspace, &edge(), at(&next), &mut go_on).await.unwrap();
        assert_eq!((view.refused, view.free, view.duplicates), (0, 0, 0));
        let sweep = json!({
            "op": "run_schedule", "id": format!("sweep-{month}"), "at": next, "actor": "year",
        });
        let swept = self.operate(&sweep.to_string()).await;
        if month > 1 {
            let last = Month::of(at(&next).to_utc().date_naive());
            let before = last.first_day().pred_opt().map(Month::of).unwrap();
            let through = before.first_day().pred_opt().unwrap();
            let close = json!({
                "op": "close_period", "id": format!("close-{through}"), "at": next,
                "actor": "year", "through": through.to_string(),
            });
            self.operate(&close.to_string()).await;
        }
        (view.priced, view.entries, view.postings, swept)
    }

    /// Laws 1, 2, 3 and 4, and those of moves, of every customer's entries against its stored state.
    pub(crate) async fn every_law_holds(&self) -> u64 {
        let store = self.workspace.store();
        let ledger = Ledger::configured(&self.year.configuration()).unwrap();
        let mut entries_seen = 0;
        for head in store.heads().await.unwrap() {
            let filter =
                EntryFilter { customer: Some(head.customer.clone()), ..EntryFilter::default() };
            let mut entries = Vec::new();
            let mut after = 0;
            loop {
                let page = store.entries(&filter, Page::after(after, 5_000)).await.unwrap();
                let Some(last) = page.last() else { break };
                after = last.seq;
                entries.extend(page.into_iter().map(|stored| stored.entry));
            }
            entries_seen += entries.len() as u64;
            let state = store.book(&head.customer).await.unwrap().unwrap().state;
            let one = ledger.of_customer(&state, entries).unwrap();
            laws::check(&one).unwrap_or_else(|why| panic!("{}: {why}", head.customer));
        }
        entries_seen
    }

    pub(crate) async fn every_report_ties(&self) {
        let month = |text: &str| text.parse::<Month>().unwrap();
        let window = Window {
            from: month("2025-01"),
            to: month("2026-01"),
            as_of: None,
            effective_until: None,
        };
        for kind in [
            ReportKind::TrialBalance,
            ReportKind::RollForward(RollForwardBy::Currency),
            ReportKind::RollForward(RollForwardBy::WalletType),
            ReportKind::RollForward(RollForwardBy::LotKind),
            ReportKind::RollForward(RollForwardBy::Customer),
            ReportKind::Waterfall,
            ReportKind::RevenueBy(RevenueBy::Rate),
            ReportKind::RevenueBy(RevenueBy::Customer),
            ReportKind::RevenueBy(RevenueBy::ServiceMonth),
            ReportKind::Units,
        ] {
            let made = reporting::make(&self.workspace, &kind, window, edge().now).await.unwrap();
            assert!(!made.report.ties.is_empty(), "{kind:?}");
            for tie in &made.report.ties {
                assert!(tie.holds, "{kind:?}: {tie}");
            }
        }
    }

    /// Law 9 and the rest: verify, which rebuilds everything from the operations.
    pub(crate) async fn are_sound(&self) {
        let view = verify::verify(&self.workspace).await.unwrap();
        assert!(view.sound, "{:#?}", view.checks);
    }
}
