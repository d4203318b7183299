//! Invariant 4 on random histories: what lots carry is what stands on the liability accounts, what the
//! roll-forward closes with and what the trial balance shows; the waterfall adds up to revenue. Every
//! tie of every report holds, at the end of every month.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;
use scrip_journal::{Account, Entry, Posting};
use scrip_revenue::{
    Fact, Period, Report, ReportError, RevenueBy, RollForwardBy, revenue_by, roll_forward,
    trial_balance, units_roll_forward, waterfall,
};
use scrip_testkit::generate::configuration::{Kind, world};
use scrip_testkit::generate::whole_history;
use scrip_testkit::history::{Drawn, History};
use scrip_testkit::{Ledger, budget};
use scrip_units::{CustomerCode, LotId, Month, Unit};

/// A fact of each posting.
fn facts(ledger: &Ledger) -> Vec<Fact> {
    let mut granted: BTreeMap<(&CustomerCode, &LotId), Month> = BTreeMap::new();
    let mut facts = Vec::new();
    for entry in &ledger.entries {
        for posting in &entry.body.postings {
            if let (Account::UnitsIssued, Some(lot)) = (posting.account, &posting.lot) {
                let month = Month::of(entry.body.booked_on);
                granted.entry((&entry.customer, lot)).or_insert(month);
            }
        }
        let found = entry.body.postings.iter();
        facts.extend(found.map(|posting| fact(ledger, (entry, posting), &granted)));
    }
    facts
}

fn fact(
    ledger: &Ledger,
    (entry, posting): (&Entry, &Posting),
    granted: &BTreeMap<(&CustomerCode, &LotId), Month>,
) -> Fact {
    let customer = ledger.book.customers.get(&entry.customer);
    let lot = posting.lot.as_ref();
    let of = lot.zip(customer).and_then(|(id, own)| own.lots.iter().find(|lot| lot.id == *id));
    let wallet = posting.wallet.as_ref().zip(customer);
    let wallet = wallet.and_then(|(code, own)| own.wallets.get(code));
    let steps = i128::from(posting.amount.steps());
    Fact {
        month: Month::of(entry.body.booked_on),
        account: posting.account,
        unit: posting.amount.unit(),
        kind: entry.body.kind,
        customer: Some(entry.customer.clone()),
        wallet_type: wallet.map(|wallet| wallet.wallet_type.clone()),
        wallet: posting.wallet.clone(),
        lot: lot.cloned(),
        lot_kind: of.map(|lot| lot.kind.code().to_owned()),
        lot_month: lot.and_then(|lot| granted.get(&(&entry.customer, lot)).copied()),
        rate: posting.rate.clone(),
        dimensions: (*posting.dimensions).clone(),
        service_month: posting.service_day.map(Month::of),
        debit: steps.max(0),
        credit: (-steps).max(0),
    }
}

/// What lots carry now, and what of fees is deferred.
fn carried(ledger: &Ledger) -> BTreeMap<Unit, i128> {
    let mut carried = BTreeMap::new();
    for own in ledger.book.customers.values() {
        let lots = own.lots.iter().filter_map(|lot| Some((lot.currency?.0, lot.carrying())));
        let fees = own.charges.values().map(|fee| (fee.currency.0, fee.deferred()));
        for (currency, money) in lots.chain(fees) {
            *carried.entry(currency).or_insert(0) += i128::from(money);
        }
    }
    carried
}

/// The reports up to a month, from the first one on. Lots are known as they are now, which is at the end
/// of the last month.
fn reports(
    ledger: &Ledger,
    facts: &[Fact],
    (from, to): (Month, Month),
    is_last: bool,
) -> Result<Vec<Report>, ReportError> {
    let mut reports = vec![
        trial_balance(facts, to)?,
        waterfall(facts, from, to)?,
        units_roll_forward(facts, to)?,
        revenue_by(facts, &RevenueBy::ServiceMonth, from, to)?,
        revenue_by(facts, &RevenueBy::Customer, from, to)?,
    ];
    if is_last {
        let period = Period::between(from, to)?;
        for by in [RollForwardBy::Customer, RollForwardBy::Account] {
            reports.push(roll_forward(facts, period, by, &carried(ledger))?);
        }
    }
    Ok(reports)
}

proptest! {
    #![proptest_config(budget(48))]

    #[test]
    fn every_tie_of_every_report_holds_at_the_end_of_every_month(
        world in world(Kind::ALL).prop_map(Drawn),
        history in whole_history(Kind::ALL, 30).prop_map(Drawn),
    ) {
        let history = History::run_by_laws(&world.0, &history.0).map_err(TestCaseError::fail)?;
        let facts = facts(&history.ledger);
        let months: BTreeSet<Month> = facts.iter().map(|fact| fact.month).collect();
        let (Some(first), Some(last)) = (months.first(), months.last()) else { return Ok(()) };
        for month in &months {
            let made = reports(&history.ledger, &facts, (*first, *month), month == last);
            let made = made.map_err(|e| TestCaseError::fail(history.told(&e.to_string())))?;
            let mut ties = made.iter().flat_map(|report| &report.ties);
            if let Some(tie) = ties.find(|tie| !tie.holds) {
                return Err(TestCaseError::fail(history.told(&format!("by {month}: {tie:?}"))));
            }
        }
    }
}
