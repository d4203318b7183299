//! A ledger written as text, the facts of its entries, and a header: what the tests of all exports
//! share.
#![allow(dead_code, reason = "each test uses a part of it")]
#![allow(clippy::unwrap_used, reason = "a fixture that does not read is a failed test")]

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use scrip_journal::{
    Account, Chain, Checkpoint, Draft, Entry, EntryKind, Posting, RateRef, checkpoint,
};
use scrip_revenue::{Fact, Period, ReportHeader, RollForwardBy};
use scrip_units::{
    Amount, CardCode, CustomerCode, Date, Instant, Month, OperationId, RateCode, Scale, Unit,
    UnitCode, Zone,
};

/// One entry per paragraph: day, kind, customer, memo; then its postings: account, unit, amount, and
/// what else they say.
const LEDGER: &str = r#"
2026-01-05 purchase acme 10,000 credits, invoice "A-1"; 12 months
  cash_clearing EUR 1210.00
  cl_purchased EUR -1000.00 wallet=main lot=a1
  vat_output_payable EUR -210.00
  units_available credits 10000 wallet=main lot=a1
  units_issued credits -10000 wallet=main lot=a1

2026-01-31 usage acme January
  cl_purchased EUR 200.00 wallet=main lot=a1 rate=llm@1/in model=opus day=2026-01-30
  revenue_usage EUR -200.00 wallet=main lot=a1 rate=llm@1/in model=opus day=2026-01-30
  cl_purchased EUR 100.00 wallet=main lot=a1 rate=llm@1/out model=haiku day=2026-01-31
  revenue_usage EUR -100.00 wallet=main lot=a1 rate=llm@1/out model=haiku day=2026-01-31
  units_available credits -3000 wallet=main lot=a1
  units_consumed credits 2000 wallet=main lot=a1 rate=llm@1/in model=opus day=2026-01-30
  units_consumed credits 1000 wallet=main lot=a1 rate=llm@1/out model=haiku day=2026-01-31

2026-02-03 purchase globex(east),;| 500 minutes \ "quoted"
  cash_clearing KWD 150.125
  cl_purchased KWD -150.125 wallet=m lot=g1
  units_available std_minutes 500.0000 wallet=m lot=g1
  units_issued std_minutes -500.0000 wallet=m lot=g1

2026-02-28 usage globex(east),;|
  cl_purchased KWD 0.751 wallet=m lot=g1 rate=llm@1/in model=opus day=2026-02-28
  revenue_usage KWD -0.751 wallet=m lot=g1 rate=llm@1/in model=opus day=2026-02-28
  units_available std_minutes -2.5001 wallet=m lot=g1
  units_consumed std_minutes 2.5001 wallet=m lot=g1 rate=llm@1/in model=opus day=2026-02-28

2026-02-28 usage acme overage
  unbilled_receivable EUR 20.00 rate=llm@2/in model=opus day=2026-02-28
  revenue_overage EUR -20.00 rate=llm@2/in model=opus day=2026-02-28

2026-03-01 grant initech a money wallet
  contra_concessions JPY 9000
  cl_concessions JPY -9000 wallet=yen lot=j1
  units_available JPY 9000 wallet=yen lot=j1
  units_issued JPY -9000 wallet=yen lot=j1

2026-03-31 expiry acme
  cl_purchased EUR 100.00 wallet=main lot=a1
  revenue_breakage EUR -100.00 wallet=main lot=a1
  units_available credits -1000 wallet=main lot=a1
  units_expired credits 1000 wallet=main lot=a1

2026-03-31 refund acme refund with a fee
  cl_purchased EUR 150.00 wallet=main lot=a1
  revenue_other_fees EUR -20.00
  contra_refunds EUR 10.00
  cash_clearing EUR -140.00
  units_available credits -1500 wallet=main lot=a1
  units_refunded credits 1500 wallet=main lot=a1
"#;

/// Lot: wallet type, kind, month booked.
const LOTS: [(&str, &str, &str, &str); 3] = [
    ("a1", "std", "purchased", "2026-01"),
    ("g1", "minutes", "purchased", "2026-02"),
    ("j1", "yen", "compensation", "2026-03"),
];

pub(crate) fn unit(code: &str) -> Unit {
    let code = UnitCode::try_new(code).unwrap();
    let decimals = if code.as_str() == "std_minutes" { 4 } else { 0 };
    Unit::currency(code).unwrap_or(Unit::new(code, Scale::try_new(decimals).unwrap()))
}

pub(crate) fn units() -> Vec<Unit> {
    ["EUR", "JPY", "KWD", "credits", "std_minutes"].map(unit).to_vec()
}

pub(crate) fn month(text: &str) -> Month {
    text.parse().unwrap()
}

/// Sealed entries, each customer's chain from its start.
pub(crate) fn entries() -> Vec<Entry> {
    let mut chains: BTreeMap<CustomerCode, Chain> = BTreeMap::new();
    LEDGER
        .trim()
        .split("\n\n")
        .enumerate()
        .map(|(index, paragraph)| {
            let (first, postings) = paragraph.split_once('\n').unwrap();
            let mut words = first.splitn(4, ' ');
            let mut word = || words.next().unwrap_or_default();
            let (day, kind, customer, memo) = (word(), word(), word(), word());
            let day: Date = day.parse().unwrap();
            let draft = Draft {
                kind: *EntryKind::ALL.iter().find(|k| k.code() == kind).unwrap(),
                operation: OperationId::try_new(&format!("op-{}", index + 1)).unwrap(),
                effective_at: Zone::UTC.start_of_day(day).unwrap(),
                booked_on: day,
                memo: memo.to_owned(),
                detail: None,
                postings: postings.lines().map(posting).collect(),
            };
            let customer = CustomerCode::try_new(customer).unwrap();
            chains.entry(customer.clone()).or_default().seal(&customer, draft).unwrap()
        })
        .collect()
}

fn posting(line: &str) -> Posting {
    let words: Vec<&str> = line.split_whitespace().collect();
    let account: Account = words[0].parse().unwrap();
    let mut posting = Posting::new(account, Amount::parse(words[2], unit(words[1])).unwrap());
    for facet in &words[3..] {
        match facet.split_once('=').unwrap() {
            ("wallet", code) => posting.wallet = Some(code.parse().unwrap()),
            ("lot", id) => posting.lot = Some(id.parse().unwrap()),
            ("day", day) => posting.service_day = Some(day.parse().unwrap()),
            ("rate", rate) => posting.rate = Some(rate_ref(rate)),
            (name, value) => {
                posting.dimensions = Arc::new(BTreeMap::from([(name.into(), value.into())]));
            }
        }
    }
    posting
}

fn rate_ref(text: &str) -> RateRef {
    let (card, rest) = text.split_once('@').unwrap();
    let (version, rate) = rest.split_once('/').unwrap();
    RateRef {
        card: CardCode::try_new(card).unwrap(),
        version: version.parse().unwrap(),
        rate: RateCode::try_new(rate).unwrap(),
    }
}

/// One fact for each posting.
pub(crate) fn facts(entries: &[Entry]) -> Vec<Fact> {
    let mut facts = Vec::new();
    for entry in entries {
        for posting in &entry.body.postings {
            let lot = posting.lot.as_ref();
            let known = lot.and_then(|lot| LOTS.iter().find(|(id, ..)| *id == lot.as_str()));
            let steps = i128::from(posting.amount.steps());
            facts.push(Fact {
                month: Month::of(entry.body.booked_on),
                account: posting.account,
                unit: posting.amount.unit(),
                kind: entry.body.kind,
                customer: Some(entry.customer.clone()),
                wallet_type: known.map(|(_, wallet_type, ..)| wallet_type.parse().unwrap()),
                wallet: posting.wallet.clone(),
                lot: lot.cloned(),
                lot_kind: known.map(|(_, _, kind, _)| (*kind).to_owned()),
                lot_month: known.map(|(.., booked)| month(booked)),
                rate: posting.rate.clone(),
                dimensions: (*posting.dimensions).clone(),
                service_month: posting.service_day.map(Month::of),
                debit: steps.max(0),
                credit: (-steps).max(0),
            });
        }
    }
    facts
}

/// What lots carry at the end of March 2026.
pub(crate) fn carried() -> BTreeMap<Unit, i128> {
    BTreeMap::from([(unit("EUR"), 45_000), (unit("JPY"), 9000), (unit("KWD"), 149_374)])
}

pub(crate) fn header(entries: &[Entry]) -> ReportHeader {
    let mut heads: BTreeMap<&str, Chain> = BTreeMap::new();
    for entry in entries {
        let head = Chain { number: entry.number, head: entry.hash };
        heads.insert(entry.customer.as_str(), head);
    }
    let checkpoint: Checkpoint = checkpoint(heads);
    ReportHeader {
        entity: "Acme & Sons BV".into(),
        currency: UnitCode::try_new("EUR").unwrap(),
        zone: "Europe/Amsterdam".parse().unwrap(),
        as_of: "2026-04-01T08:00:00Z".parse::<Instant>().unwrap(),
        days: None,
        through: None,
        basis: vec![
            "draw order std v3: priority, soonest expiry, promotional before paid".into(),
            "breakage: remote method".into(),
        ],
        checkpoint,
        config_revision: 12,
    }
}

/// Every report of the ledger, with a short name for each.
pub(crate) fn reports(entries: &[Entry]) -> Vec<(&'static str, scrip_revenue::Report)> {
    use scrip_revenue as revenue;
    let facts = facts(entries);
    let (from, to) = (month("2026-01"), month("2026-03"));
    let period = Period::between(month("2026-02"), to).unwrap();
    let by = revenue::RevenueBy::Dimension("model".into());
    let lots = carried();
    vec![
        ("trial-balance", revenue::trial_balance(&facts, to).unwrap()),
        (
            "roll-forward",
            revenue::roll_forward(&facts, period, RollForwardBy::WalletType, &lots).unwrap(),
        ),
        (
            "roll-forward-by-currency",
            revenue::roll_forward(&facts, period, RollForwardBy::Currency, &lots).unwrap(),
        ),
        ("waterfall", revenue::waterfall(&facts, from, to).unwrap()),
        ("revenue-by-model", revenue::revenue_by(&facts, &by, from, to).unwrap()),
        ("units-roll-forward", revenue::units_roll_forward(&facts, to).unwrap()),
        ("journal", revenue::journal(entries, Period::between(from, to).unwrap()).unwrap()),
    ]
}

/// Compares with a golden file, or writes it when `UPDATE_GOLDEN` is set.
#[track_caller]
pub(crate) fn golden(name: &str, found: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden").join(name);
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        std::fs::write(&path, found).unwrap();
        return;
    }
    let expected = std::fs::read_to_string(&path).unwrap_or_default();
    assert_eq!(found, expected, "{} differs; UPDATE_GOLDEN=1 writes it anew", path.display());
}

/// Where a program is, if it can be found on the path.
pub(crate) fn program(name: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path).map(|folder| folder.join(name)).find(|file| file.is_file())
}
