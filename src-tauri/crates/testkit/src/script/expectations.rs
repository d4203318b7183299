//! Expectations of the case language. All figures come from the engine: from the book, from the
//! detail of the last operation, or from sums of postings.
//!
//! ```text
//! lot LOT AVAILABLE [consumed N] [expired N] [refunded N] [carrying MONEY]
//! held HOLD UNITS                     what a hold holds still; 0 when it has ended
//! billed INVOICE STATE [net N] [tax N] [open N] [credited N] [paid_back N]
//! draft DAY AMOUNT                    what the draft of a billing period charges; its first day
//! lots A 50, B 40                     what is available, of several lots
//! balance UNITS                       what is available in all lots
//! charge UNITS                        what the last operation's events cost
//! drawn A 50, B 40 | drawn nothing    which lots paid for them, in order
//! uncovered UNITS                     what no lot covered
//! quantity Q | quantity A, B          what was priced, after conversions, event by event
//! duplicates N                        events that had been recorded before
//! account ACCOUNT AMOUNT              balance, debit positive
//! overage AMOUNT                      the same as `account revenue_overage -AMOUNT`
//! closing: ACCOUNT AMOUNT, ...        all balances of money accounts that are not zero
//! month 2026-01: ACCOUNT AMOUNT, ...  the same of what was booked in a month
//! entry DATE KIND: ACCOUNT AMOUNT, .. the next entry, summed by account; `nothing` for no money
//! no more entries
//! invalid TEXT                        the configuration is refused, with this in the message
//! split TOTAL by W1 W2 = S1 S2        how the units crate splits a total
//! ```

use std::collections::BTreeMap;

use scrip_engine::{DetailRow, Outcome};
use scrip_journal::{Account, AccountClass, Posting};
use scrip_units::{Amount, Month, Scale, Unit, UnitCode, format_steps};
use scrip_wallet::Lot;

use super::Run;
use super::numbers::{equal, scaled, steps};
use crate::Ledger;

/// Checks a line that is an expectation; false when it is none.
pub(super) fn expect(run: &mut Run, line: &str) -> Result<bool, String> {
    let (word, rest) = line.split_once(' ').unwrap_or((line, ""));
    let rest = rest.trim();
    match word {
        "invalid" => {
            return match Ledger::open(&run.world.document()) {
                Ok(_) => Err("the configuration is accepted".to_owned()),
                Err(why) if why.contains(rest) => Ok(true),
                Err(why) => Err(why),
            };
        }
        "split" => return split(rest).map(|()| true),
        _ => {}
    }
    if run.ledger.is_none() {
        return Ok(false);
    }
    match word {
        "lot" => lot(run, rest)?,
        "lots" => {
            for pair in pairs(rest)? {
                lot(run, &format!("{} {}", pair.0, pair.1))?;
            }
        }
        "balance" => {
            let sum = lots(run)?.iter().map(|lot| i128::from(lot.available)).sum();
            equal("the balance", sum, rest, unit(run)?.scale())?;
        }
        "billed" => billed(run, rest)?,
        "draft" => {
            let (day, amount) = rest.split_once(' ').ok_or("draft DAY AMOUNT")?;
            let drafts = run.ledger()?.book.customers.values().flat_map(|c| &c.drafts);
            let of_period = drafts.filter(|((first, _), _)| first.to_string() == day);
            let found = of_period.map(|(_, draft)| i128::from(draft.net())).sum();
            equal("the draft", found, amount.trim(), currency(run)?.scale())?;
        }
        "held" => {
            let (id, units) = rest.split_once(' ').ok_or("held HOLD UNITS")?;
            let holds = run.ledger()?.book.customers.values().flat_map(|c| &c.holds);
            let of_hold = holds.filter(|(hold, _)| hold.as_str() == id);
            let found = of_hold.map(|(_, hold)| i128::from(hold.units())).sum();
            equal(id, found, units.trim(), unit(run)?.scale())?;
        }
        "charge" => equal("the charge", charged(run, |_| true), rest, unit(run)?.scale())?,
        "uncovered" => {
            let overage = |row: &DetailRow| matches!(row.outcome, Outcome::Overage { .. });
            equal("what is uncovered", charged(run, overage), rest, unit(run)?.scale())?;
        }
        "drawn" => drawn(run, rest)?,
        "quantity" => quantity(run, rest)?,
        "duplicates" => {
            equal("duplicates", i128::from(run.last.duplicates), rest, Scale::ZERO)?;
        }
        "overage" => account(run, Account::RevenueOverage, rest, -1)?,
        "account" => {
            let (code, amount) = rest.split_once(' ').ok_or("account ACCOUNT AMOUNT")?;
            let named: Account = code.parse().map_err(|e| format!("{e}"))?;
            account(run, named, amount.trim(), 1)?;
        }
        "closing:" => balances(run, None, rest)?,
        "month" => {
            let (month, rest) = rest.split_once(':').ok_or("month 2026-01: ...")?;
            balances(run, Some(month.parse().map_err(|e| format!("{e}"))?), rest)?;
        }
        "entry" => entry(run, rest)?,
        "no" if rest == "more entries" => {
            let count = run.ledger()?.entries.len();
            if run.entries_read != count {
                return Err(format!("there are {} more", count - run.entries_read));
            }
        }
        _ => return Ok(false),
    }
    Ok(true)
}

/// `A 50, B 40`.
fn pairs(text: &str) -> Result<Vec<(&str, &str)>, String> {
    text.split(',')
        .map(|part| {
            let part = part.trim();
            let (name, number) =
                part.split_once(' ').ok_or_else(|| format!("{part}: NAME NUMBER"))?;
            Ok((name, number.trim()))
        })
        .collect()
}

fn lots(run: &Run) -> Result<Vec<&Lot>, String> {
    Ok(run.ledger()?.book.customers.values().flat_map(|c| &c.lots).collect())
}

/// The unit of the row's card.
fn unit(run: &Run) -> Result<Unit, String> {
    let code = UnitCode::try_new(run.world.unit()).map_err(|e| e.to_string())?;
    run.ledger()?.catalog().unit(code).ok_or_else(|| format!("no unit {code}"))
}

fn currency(run: &Run) -> Result<Unit, String> {
    run.ledger()?.catalog().functional_currency().ok_or_else(|| "no currency".to_owned())
}

fn lot(run: &Run, rest: &str) -> Result<(), String> {
    let mut words = rest.split_whitespace();
    let id = words.next().ok_or("which lot?")?;
    let all = lots(run)?;
    let lot = all.iter().find(|lot| lot.id.as_str() == id).ok_or_else(|| format!("no lot {id}"))?;
    let available = words.next().ok_or("lot LOT AVAILABLE")?;
    let scale = lot.unit.0.scale();
    equal(id, i128::from(lot.available), available, scale)?;
    while let (Some(what), Some(number)) = (words.next(), words.next()) {
        let (found, scale) = match what {
            "consumed" => (lot.consumed, scale),
            "expired" => (lot.expired, scale),
            "refunded" => (lot.refunded, scale),
            "held" => (lot.held, scale),
            "carrying" => (lot.carrying(), currency(run)?.scale()),
            _ => return Err(format!("{what} of a lot?")),
        };
        equal(what, i128::from(found), number, scale)?;
    }
    Ok(())
}

fn billed(run: &Run, rest: &str) -> Result<(), String> {
    let mut words = rest.split_whitespace();
    let number = words.next().ok_or("which invoice?")?;
    let mut all = run.ledger()?.book.customers.values().flat_map(|c| &c.invoices);
    let invoice = all.find(|(of, _)| of.as_str() == number).map(|(_, invoice)| invoice);
    let invoice = invoice.ok_or_else(|| format!("no invoice {number}"))?;
    let state = words.next().ok_or("billed INVOICE STATE")?;
    if invoice.state() != state {
        return Err(format!("it is {}", invoice.state()));
    }
    while let (Some(what), Some(amount)) = (words.next(), words.next()) {
        let found = match what {
            "net" => invoice.net,
            "tax" => invoice.tax,
            "open" => invoice.open(),
            "credited" => invoice.credited + invoice.credited_tax,
            "paid_back" => invoice.paid_back,
            _ => return Err(format!("{what} of an invoice?")),
        };
        equal(what, i128::from(found), amount, invoice.currency.0.scale())?;
    }
    Ok(())
}

fn rows(run: &Run) -> impl Iterator<Item = (&scrip_engine::Detail, &DetailRow)> {
    run.last.detail.iter().flat_map(|detail| detail.rows.iter().map(move |row| (detail, row)))
}

fn charged(run: &Run, which: impl Fn(&DetailRow) -> bool) -> i128 {
    rows(run).filter(|(_, row)| which(row)).map(|(_, row)| i128::from(row.units)).sum()
}

fn drawn(run: &Run, rest: &str) -> Result<(), String> {
    let scale = unit(run)?.scale();
    let mut found: Vec<(&str, i128)> = Vec::new();
    for (detail, row) in rows(run) {
        let Outcome::Drawn { lot: Some(lot) } = row.outcome else { continue };
        let id = detail.lots[lot as usize].0.as_str();
        match found.last_mut() {
            Some((last, units)) if *last == id => *units += i128::from(row.units),
            _ => found.push((id, i128::from(row.units))),
        }
    }
    let wanted = if rest == "nothing" { Vec::new() } else { pairs(rest)? };
    let wanted: Vec<(&str, i128)> = wanted
        .into_iter()
        .map(|(id, units)| Ok((id, scaled(units, scale)?)))
        .collect::<Result<_, String>>()?;
    if found == wanted {
        return Ok(());
    }
    let found: Vec<_> =
        found.iter().map(|(id, units)| format!("{id} {}", format_steps(*units, scale))).collect();
    Err(format!("drawn: {}", found.join(", ")))
}

/// Quantities priced; usage is measured with six decimals, before conversions and after.
fn quantity(run: &Run, rest: &str) -> Result<(), String> {
    let scale = Scale::try_new(6).map_err(|e| e.to_string())?;
    let mut events: BTreeMap<_, i128> = BTreeMap::new();
    for (_, row) in rows(run) {
        *events.entry(row.place).or_default() += i128::from(row.quantity);
    }
    let found: Vec<_> = events.into_values().collect();
    let wanted: Vec<_> =
        rest.split(',').map(|text| scaled(text.trim(), scale)).collect::<Result<_, String>>()?;
    if found == wanted {
        return Ok(());
    }
    let found: Vec<_> = found.iter().map(|q| format_steps(*q, scale)).collect();
    Err(format!("priced: {}", found.join(", ")))
}

fn account(run: &Run, named: Account, amount: &str, sign: i128) -> Result<(), String> {
    let currency = currency(run)?;
    let found = run.ledger()?.money(None).get(&(named, currency.code())).copied();
    equal(named.code(), found.unwrap_or_default() * sign, amount, currency.scale())
}

/// Compares sums by account with a written list, which must be complete.
fn compare(
    run: &Run,
    found: &BTreeMap<(Account, UnitCode), i128>,
    rest: &str,
) -> Result<(), String> {
    let currency = currency(run)?;
    let mut wanted = BTreeMap::new();
    if rest.trim() != "nothing" {
        for (code, amount) in pairs(rest)? {
            let account: Account = code.parse().map_err(|e| format!("{e}"))?;
            wanted.insert((account, currency.code()), steps(amount, currency)?);
        }
    }
    if *found == wanted {
        return Ok(());
    }
    let catalog = run.ledger()?.catalog();
    let found: Vec<_> = found
        .iter()
        .map(|((account, unit), steps)| {
            let scale = catalog.unit(*unit).map_or(Scale::ZERO, |u| u.scale());
            format!("{account} {} {unit}", format_steps(*steps, scale))
        })
        .collect();
    Err(format!("found: {}", found.join(", ")))
}

fn balances(run: &Run, month: Option<Month>, rest: &str) -> Result<(), String> {
    compare(run, &run.ledger()?.money(month), rest)
}

fn entry(run: &mut Run, rest: &str) -> Result<(), String> {
    let (heading, lines) = rest.split_once(':').ok_or("entry DATE KIND: ...")?;
    let entry = run.ledger()?.entries.get(run.entries_read).cloned().ok_or("no more entries")?;
    run.entries_read += 1;
    let found = format!("{} {}", entry.body.booked_on, entry.body.kind);
    if found != heading.trim() {
        return Err(format!("it is {found}"));
    }
    let mut sums: BTreeMap<(Account, UnitCode), i128> = BTreeMap::new();
    for Posting { account, amount, .. } in &entry.body.postings {
        if account.class() != AccountClass::Units {
            *sums.entry((*account, Amount::unit(amount).code())).or_default() +=
                i128::from(amount.steps());
        }
    }
    sums.retain(|_, sum| *sum != 0);
    compare(run, &sums, lines)
}

fn split(rest: &str) -> Result<(), String> {
    let numbers = |text: &str| -> Result<Vec<i64>, String> {
        text.split_whitespace().map(|n| n.parse::<i64>().map_err(|e| e.to_string())).collect()
    };
    let (left, shares) = rest.split_once('=').ok_or("split TOTAL by W1 W2 = S1 S2")?;
    let (total, weights) = left.split_once(" by ").ok_or("split TOTAL by W1 W2 = S1 S2")?;
    let total = numbers(total)?;
    let found = scrip_units::allocate(*total.first().ok_or("no total")?, &numbers(weights)?)
        .map_err(|e| e.to_string())?;
    if found == numbers(shares)? { Ok(()) } else { Err(format!("it is {found:?}")) }
}
