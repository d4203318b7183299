//! A small set of books that the tests of reports share, written as text: one line per posting.

use std::collections::BTreeMap;
use std::sync::Arc;

use scrip_journal::{EntryKind, RateRef};
use scrip_units::{Amount, CardCode, Month, RateCode, Scale, Unit, UnitCode};

use crate::fact::Fact;
use crate::table::{Cell, Row};

/// Two customers, two lots bought, one given away; a burn in two models, overage, expiry, a refund
/// with a fee and a refund of used credits. `-` is nothing.
const BOOKS: &str = "
#month  kind     who  type lot lot_kind    booked  rate      model service account             unit   amount
2026-01 purchase acme std  a1  purchased   2026-01 -         -     -       cash_clearing       EUR    1210.00
2026-01 purchase acme std  a1  purchased   2026-01 -         -     -       cl_purchased        EUR    -1000.00
2026-01 purchase acme std  a1  purchased   2026-01 -         -     -       vat_output_payable  EUR    -210.00
2026-01 purchase acme std  a1  purchased   2026-01 -         -     -       units_available     credit 10000
2026-01 purchase acme std  a1  purchased   2026-01 -         -     -       units_issued        credit -10000
2026-01 grant    acme std  p1  promotional 2026-01 -         -     -       units_available     credit 500
2026-01 grant    acme std  p1  promotional 2026-01 -         -     -       units_issued        credit -500
2026-01 usage    acme std  p1  promotional 2026-01 llm@1/in  opus  2026-01 units_available     credit -500
2026-01 usage    acme std  p1  promotional 2026-01 llm@1/in  opus  2026-01 units_consumed      credit 500
2026-01 usage    acme std  a1  purchased   2026-01 llm@1/in  opus  2026-01 units_available     credit -2000
2026-01 usage    acme std  a1  purchased   2026-01 llm@1/in  opus  2026-01 units_consumed      credit 2000
2026-01 usage    acme std  a1  purchased   2026-01 llm@1/in  opus  2026-01 cl_purchased        EUR    200.00
2026-01 usage    acme std  a1  purchased   2026-01 llm@1/in  opus  2026-01 revenue_usage       EUR    -200.00
2026-01 usage    acme std  a1  purchased   2026-01 llm@1/out haiku 2026-01 units_available     credit -1000
2026-01 usage    acme std  a1  purchased   2026-01 llm@1/out haiku 2026-01 units_consumed      credit 1000
2026-01 usage    acme std  a1  purchased   2026-01 llm@1/out haiku 2026-01 cl_purchased        EUR    100.00
2026-01 usage    acme std  a1  purchased   2026-01 llm@1/out haiku 2026-01 revenue_usage       EUR    -100.00
2026-02 purchase glob img  g1  purchased   2026-02 -         -     -       cash_clearing       EUR    500.00
2026-02 purchase glob img  g1  purchased   2026-02 -         -     -       cl_purchased        EUR    -500.00
2026-02 purchase glob img  g1  purchased   2026-02 -         -     -       units_available     credit 5000
2026-02 purchase glob img  g1  purchased   2026-02 -         -     -       units_issued        credit -5000
2026-02 usage    acme std  a1  purchased   2026-01 llm@2/in  opus  2026-02 units_available     credit -1500
2026-02 usage    acme std  a1  purchased   2026-01 llm@2/in  opus  2026-02 units_consumed      credit 1500
2026-02 usage    acme std  a1  purchased   2026-01 llm@2/in  opus  2026-02 cl_purchased        EUR    150.00
2026-02 usage    acme std  a1  purchased   2026-01 llm@2/in  opus  2026-02 revenue_usage       EUR    -150.00
2026-02 usage    glob -    -   -           -       llm@2/in  opus  2026-02 unbilled_receivable EUR    20.00
2026-02 usage    glob -    -   -           -       llm@2/in  opus  2026-02 revenue_overage     EUR    -20.00
2026-03 usage    glob img  g1  purchased   2026-02 llm@2/out haiku 2026-02 units_available     credit -1000
2026-03 usage    glob img  g1  purchased   2026-02 llm@2/out haiku 2026-02 units_consumed      credit 1000
2026-03 usage    glob img  g1  purchased   2026-02 llm@2/out haiku 2026-02 cl_purchased        EUR    100.00
2026-03 usage    glob img  g1  purchased   2026-02 llm@2/out haiku 2026-02 revenue_usage       EUR    -100.00
2026-03 expiry   acme std  a1  purchased   2026-01 -         -     -       units_available     credit -1000
2026-03 expiry   acme std  a1  purchased   2026-01 -         -     -       units_expired       credit 1000
2026-03 expiry   acme std  a1  purchased   2026-01 -         -     -       cl_purchased        EUR    100.00
2026-03 expiry   acme std  a1  purchased   2026-01 -         -     -       revenue_breakage    EUR    -100.00
2026-03 refund   glob img  g1  purchased   2026-02 -         -     -       units_available     credit -1500
2026-03 refund   glob img  g1  purchased   2026-02 -         -     -       units_refunded      credit 1500
2026-03 refund   glob img  g1  purchased   2026-02 -         -     -       cl_purchased        EUR    150.00
2026-03 refund   glob img  g1  purchased   2026-02 -         -     -       revenue_other_fees  EUR    -20.00
2026-03 refund   glob img  g1  purchased   2026-02 -         -     -       contra_refunds      EUR    10.00
2026-03 refund   glob img  g1  purchased   2026-02 -         -     -       cash_clearing       EUR    -140.00
2026-03 usage    glob img  g1  purchased   2026-02 -         -     -       units_available     credit -200
2026-03 usage    glob img  g1  purchased   2026-02 -         -     -       units_held          credit 200
2026-03 purchase init std  j1  purchased   2026-03 -         -     -       cash_clearing       JPY    9000
2026-03 purchase init std  j1  purchased   2026-03 -         -     -       cl_purchased        JPY    -9000
2026-03 purchase init std  j1  purchased   2026-03 -         -     -       units_available     credit 60
2026-03 purchase init std  j1  purchased   2026-03 -         -     -       units_issued        credit -60
";

pub(crate) fn month(text: &str) -> Month {
    text.parse().unwrap()
}

pub(crate) fn unit(code: &str) -> Unit {
    let code = UnitCode::try_new(code).unwrap();
    Unit::currency(code).unwrap_or(Unit::new(code, Scale::ZERO))
}

pub(crate) fn eur() -> Unit {
    unit("EUR")
}

pub(crate) fn books() -> Vec<Fact> {
    BOOKS.lines().filter(|line| !line.is_empty() && !line.starts_with('#')).map(fact).collect()
}

/// What the lots of [`books`] carry at the end of March 2026: a1 450.00, g1 250.00, j1 9000.
pub(crate) fn carried() -> BTreeMap<Unit, i128> {
    BTreeMap::from([(eur(), 70_000), (unit("JPY"), 9000)])
}

fn fact(line: &str) -> Fact {
    let words: Vec<&str> = line.split_whitespace().collect();
    let [
        month,
        kind,
        customer,
        wallet_type,
        lot,
        lot_kind,
        lot_month,
        rate,
        model,
        service,
        account,
        code,
        amount,
    ] = words[..]
    else {
        panic!("{line}")
    };
    let given = |word: &str| word != "-";
    let unit = unit(code);
    let steps = i128::from(Amount::parse(amount, unit).unwrap().steps());
    Fact {
        month: month.parse().unwrap(),
        account: account.parse().unwrap(),
        unit,
        kind: *EntryKind::ALL.iter().find(|k| k.code() == kind).unwrap(),
        customer: Some(customer.parse().unwrap()),
        wallet_type: given(wallet_type).then(|| wallet_type.parse().unwrap()),
        wallet: None,
        lot: given(lot).then(|| lot.parse().unwrap()),
        lot_kind: given(lot_kind).then(|| lot_kind.to_owned()),
        lot_month: given(lot_month).then(|| lot_month.parse().unwrap()),
        rate: given(rate).then(|| rate_ref(rate)),
        dimensions: if given(model) { of_model(model) } else { BTreeMap::new() },
        service_month: given(service).then(|| service.parse().unwrap()),
        debit: steps.max(0),
        credit: (-steps).max(0),
    }
}

fn of_model(model: &str) -> BTreeMap<Arc<str>, Arc<str>> {
    BTreeMap::from([(Arc::from("model"), Arc::from(model))])
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

/// The amounts of a row, in smallest steps.
pub(crate) fn amounts(row: &Row) -> Vec<i128> {
    let amount = |cell: &Cell| if let Cell::Amount(steps, _) = cell { Some(*steps) } else { None };
    row.cells.iter().filter_map(amount).collect()
}
