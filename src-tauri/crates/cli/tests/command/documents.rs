//! The guides are run: their files are written, their commands run in order, and what is printed is
//! what stands in them. `UPDATE_GOLDEN=1` writes what is printed into the guides.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::books::{Books, PRICING, finish, scrip};
use crate::fences::{Fence, docs, fences};
use crate::mask::mask;
use crate::schema::Schema;

fn schema(name: &str) -> Schema {
    let text = std::fs::read_to_string(docs().join("schemas").join(name)).unwrap();
    Schema::new(serde_json::from_str(&text).unwrap())
}

fn write_file(books: &Books, fence: &Fence) {
    let Some(name) = fence.file() else { return };
    books.write(name, &fence.text);
    if name.ends_with(".jsonl") && name != "usage.jsonl" {
        let schema = schema("operation.schema.json");
        for line in fence.text.lines().filter(|line| line.starts_with('{')) {
            schema.check(&serde_json::from_str(line).unwrap()).unwrap();
        }
    }
    if name.contains("mapping") {
        let value: toml::Value = toml::from_str(&fence.text).unwrap();
        let value = serde_json::to_value(value).unwrap();
        schema("usage-mapping.schema.json").check(&value).unwrap();
    }
    if name.starts_with("pricing") {
        check_configuration(&fence.text);
    }
}

fn check_configuration(text: &str) {
    let value: toml::Value = toml::from_str(text).unwrap();
    let value = serde_json::to_value(value).unwrap();
    schema("configuration.schema.json").check(&value).unwrap();
}

/// Runs one command line of a guide and returns what a terminal shows.
fn shown(books: &Books, line: &str, server: Option<&Served>) -> String {
    let Some(Served { address }) = server else { return shown_here(books, line) };
    shown_here(books, &line.replace(IN_GUIDES, address)).replace(address.as_str(), IN_GUIDES)
}

fn shown_here(books: &Books, line: &str) -> String {
    let words: Vec<String> = split(line);
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    match words.as_slice() {
        ["cat", name] => books.read(name),
        ["scrip", arguments @ ..] => {
            let mut command = scrip();
            command.current_dir(books.root()).env("SCRIP_WORKSPACE", "books").args(arguments);
            let ran = finish(command);
            // An example that stumbles over the one before it would show errors only.
            let stumbled = arguments.contains(&"init") && ran.stderr.contains("exists already");
            assert!(!stumbled, "{line}: give this example a workspace of its own with -w");
            let exit =
                if ran.code == 0 { String::new() } else { format!("[exit code {}]\n", ran.code) };
            format!("{}{}{exit}", ran.stdout, ran.stderr)
        }
        other => panic!("the guides run `scrip` and `cat` only, not {other:?}"),
    }
}

/// Words of a command line; quotes keep spaces.
fn split(line: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut quoted = false;
    for c in line.chars() {
        match c {
            '"' => quoted = !quoted,
            ' ' if !quoted => words.push(String::new()),
            c => words.last_mut().unwrap().push(c),
        }
    }
    words.retain(|word| !word.is_empty());
    words
}

/// Runs a console block and returns it as it is now.
fn run_console(books: &Books, fence: &Fence, server: Option<&Served>) -> String {
    let mut now = String::new();
    for line in fence.text.lines().filter_map(|line| line.strip_prefix("$ ")) {
        let printed = shown(books, line, server);
        let printed: Vec<_> = printed.trim_end().lines().map(str::trim_end).collect();
        now.push_str(&format!("$ {line}\n{}\n", printed.join("\n")));
    }
    now.trim_end().to_owned() + "\n"
}

/// Where guides say that a database is.
const IN_GUIDES: &str = "127.0.0.1:5432/books";

/// A database, and where it is.
struct Served {
    address: String,
}

/// Checks a guide, or rewrites what its commands print.
pub(crate) fn run_guide(name: &str) {
    run_guide_on(name, None);
}

fn run_guide_on(name: &str, server: Option<&Served>) {
    let path = docs().join(name);
    let guide = std::fs::read_to_string(&path).unwrap();
    let books = Books::folder();
    let configuration = std::fs::read_to_string(docs().join("configuration.md")).unwrap();
    let shared = fences(&configuration);
    for fence in shared.iter().filter(|fence| fence.file().is_some()) {
        write_file(&books, fence);
    }
    let mut lines: Vec<String> = guide.lines().map(str::to_owned).collect();
    let mut wrong = Vec::new();
    let mut edits = Vec::new();
    for fence in fences(&guide) {
        if let Some(base) = fence.info.strip_prefix("toml refused adds-to ") {
            let (base, file) = base.split_once(" as ").unwrap();
            books.write(file, format!("{}\n{}", books.read(base), fence.text));
        } else if let Some(base) = fence.info.strip_prefix("toml adds-to ") {
            let (base, file) = base.split_once(" as ").unwrap_or((base, "all.toml"));
            let text = format!("{}\n{}", books.read(base), fence.text);
            check_configuration(&text);
            books.write(file, &text);
            let other = Books::folder();
            other.write("all.toml", &text);
            let ran = other.run(&["init", "--config", "all.toml"]);
            assert_eq!(ran.code, 0, "{name}:{}: {}", fence.first, ran.stderr);
        } else if fence.info == "console" {
            let now = run_console(&books, &fence, server);
            if mask(&now) != mask(&fence.text) {
                wrong.push(format!("{name}:{}:\n{now}", fence.first));
            }
            edits.push((fence.first, fence.lines, now));
        } else {
            write_file(&books, &fence);
        }
    }
    if std::env::var_os("UPDATE_GOLDEN").is_some() && !wrong.is_empty() {
        // All of them, so that hashes in a guide are those of one run.
        for (first, count, now) in edits.into_iter().rev() {
            lines.splice(first..first + count, now.lines().map(str::to_owned));
        }
        std::fs::write(&path, lines.join("\n") + "\n").unwrap();
    } else {
        assert!(wrong.is_empty(), "refresh with UPDATE_GOLDEN=1:\n{}", wrong.join("\n"));
    }
}

#[test]
fn the_guide_to_configuration_is_true() {
    run_guide("configuration.md");
}

#[test]
fn the_guide_to_the_production_ledger_is_true() {
    let cluster = scrip_testkit::cluster::Cluster::start().unwrap();
    let url = cluster.database().unwrap();
    let address = url.rsplit('@').next().unwrap().to_owned();
    run_guide_on("production.md", Some(&Served { address }));
}

#[test]
fn the_guide_to_operations_is_true() {
    run_guide("operations.md");
}

#[test]
fn the_guide_to_the_command_is_true() {
    run_guide("cli.md");
}

#[test]
fn the_guide_to_usage_is_true() {
    run_guide("usage-import.md");
}

#[test]
fn the_guide_to_reports_is_true() {
    run_guide("reports.md");
}

#[test]
fn the_guide_to_the_ledger_is_true() {
    run_guide("ledger-format.md");
}

#[test]
fn the_guide_to_pricing_models_is_true() {
    run_guide("guide/pricing-models.md");
}

#[test]
fn the_guide_to_checked_prices_is_true() {
    run_guide("guide/checked-prices.md");
}

#[test]
fn the_guide_to_which_wallet_pays_is_true() {
    run_guide("guide/which-wallet-pays.md");
}

#[test]
fn the_guide_to_price_versions_is_true() {
    run_guide("guide/price-versions.md");
}

#[test]
fn the_guide_to_commitments_is_true() {
    run_guide("guide/commitments.md");
}

#[test]
fn the_guide_to_the_schedule_is_true() {
    run_guide("guide/schedule.md");
}

#[test]
fn the_guide_to_expiry_and_rollover_is_true() {
    run_guide("guide/expiry-and-rollover.md");
}

#[test]
fn the_guide_to_refunds_is_true() {
    run_guide("guide/refunds.md");
}

#[test]
fn the_guide_to_pools_and_allowances_is_true() {
    run_guide("guide/pools-and-allowances.md");
}

#[test]
fn the_guide_to_caps_and_overdraft_is_true() {
    run_guide("guide/caps-and-overdraft.md");
}

#[test]
fn the_guide_to_moving_credits_is_true() {
    run_guide("guide/moving-credits.md");
}

#[test]
fn the_guide_to_late_and_corrected_usage_is_true() {
    run_guide("guide/late-and-corrected-usage.md");
}

#[test]
fn the_guide_to_holds_is_true() {
    run_guide("guide/holds.md");
}

#[test]
fn the_guide_to_exchange_rates_is_true() {
    run_guide("guide/exchange-rates.md");
}

#[test]
fn the_guide_to_explanations_is_true() {
    run_guide("guide/explain.md");
}

#[test]
fn the_guide_to_approvals_is_true() {
    run_guide("guide/approvals.md");
}

#[test]
fn the_guide_to_the_audit_trail_is_true() {
    run_guide("guide/audit-trail.md");
}

#[test]
fn the_guide_to_the_burn_rate_is_true() {
    run_guide("guide/burn-rate.md");
}

#[test]
fn the_guide_to_top_ups_is_true() {
    run_guide("guide/top-ups.md");
}

#[test]
fn the_guide_to_alerts_is_true() {
    run_guide("guide/alerts.md");
}

#[test]
fn the_guide_to_bulk_operations_is_true() {
    run_guide("guide/bulk-operations.md");
}

#[test]
fn the_guide_to_burning_at_invoice_is_true() {
    run_guide("guide/burn-at-invoice.md");
}

#[test]
fn the_guide_to_unpaid_purchases_is_true() {
    run_guide("guide/unpaid-purchases.md");
}

#[test]
fn the_guide_to_invoices_is_true() {
    run_guide("guide/invoices.md");
}

#[test]
fn the_guide_to_plans_is_true() {
    run_guide("guide/plans.md");
}

#[test]
fn the_guide_to_the_overview_is_true() {
    run_guide("guide/overview.md");
}

#[test]
fn the_guide_to_delivery_costs_is_true() {
    run_guide("guide/delivery-costs.md");
}

#[test]
fn the_guide_to_conversions_is_true() {
    run_guide("guide/conversions.md");
}

#[test]
fn the_guide_to_previews_is_true() {
    run_guide("guide/preview.md");
}

#[test]
fn the_guide_to_wallet_types_is_true() {
    run_guide("guide/wallet-types.md");
}

#[test]
fn every_operation_has_an_example() {
    let guide = std::fs::read_to_string(docs().join("operations.md")).unwrap();
    let schema = schema("operation.schema.json");
    let mut shown = BTreeSet::new();
    for fence in fences(&guide).iter().filter(|fence| fence.info.starts_with("json")) {
        for line in fence.text.lines().filter(|line| line.starts_with('{')) {
            let operation: Value = serde_json::from_str(line).unwrap();
            schema.check(&operation).unwrap();
            shown.insert(operation["op"].as_str().unwrap().to_owned());
        }
    }
    let all: BTreeSet<_> = schema.titles().into_iter().collect();
    assert_eq!(shown, all);
    for operation in all {
        assert!(guide.contains(&format!("## {operation}")), "{operation} has no section");
    }
}

#[test]
fn the_schemas_accept_what_the_tests_use() {
    check_configuration(PRICING);
    let operations = schema("operation.schema.json");
    for line in crate::books::GRANTS.lines() {
        operations.check(&serde_json::from_str(line).unwrap()).unwrap();
    }
    for wrong in [
        r#"{"op":"grant_credits"}"#,
        r#"{"op":"void_lot","id":"x","at":"2026-01-01T00:00:00Z","actor":"a","customer":"c","lot":"l","colour":"red"}"#,
        r#"{"op":"steal","id":"x","at":"2026-01-01T00:00:00Z","actor":"a"}"#,
    ] {
        assert!(operations.check(&serde_json::from_str(wrong).unwrap()).is_err(), "{wrong}");
    }
}
