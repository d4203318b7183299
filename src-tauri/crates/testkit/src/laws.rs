//! What must hold of any ledger at any moment (DESIGN, section 11), computed from its postings.

use std::collections::BTreeMap;

use scrip_engine::invoice::{self, Line, LineOf};
pub use scrip_engine::{Applied, Outcome, charges};
use scrip_engine::{CustomerBook, overdraft};
use scrip_journal::{Account, AccountClass, Entry, EntryKind, Posting};
use scrip_units::{CustomerCode, Date, Instant, LotId, UnitCode, WalletCode, Zone};

use crate::Ledger;
use crate::oracle::alerts::Burned;
use crate::standing::standing_ties;

/// What became of a lot's consideration and units, summed from its postings.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
struct Flows {
    granted: i128,
    deferred: i128,
    recognised: i128,
    breakage: i128,
    refunded: i128,
    /// Consideration that left for other lots; what came from them counts as granted.
    moved: i128,
    issued: i128,
    available: i128,
    consumed: i128,
    expired: i128,
    returned: i128,
    held: i128,
    /// Units that left for other lots; units that came from them count as issued.
    transferred: i128,
    voided: bool,
}

/// Checks all laws.
///
/// # Errors
/// A sentence on the law that does not hold.
pub fn check(ledger: &Ledger) -> Result<(), String> {
    entries_balance(ledger)?;
    chains_hold(ledger)?;
    let flows = flows(ledger);
    for customer in ledger.book.customers.values() {
        lots_tie(customer, &flows)?;
        holds_tie(customer)?;
        receivables_tie(ledger, customer)?;
        invoices_tie(ledger, customer)?;
        overdrafts_tie(ledger, customer)?;
        charges_tie(customer)?;
        standing_ties(customer)?;
    }
    liabilities_tie(ledger)?;
    moves_conserve(ledger)
}

/// What moves arrives: in each operation, units that leave for other lots are the units that come
/// from them (of each unit, unless they are converted), money is what it was, and the clearing account
/// is at zero.
fn moves_conserve(ledger: &Ledger) -> Result<(), String> {
    let mut sums: BTreeMap<_, BTreeMap<(Account, UnitCode), i128>> = BTreeMap::new();
    for entry in &ledger.entries {
        let kind = entry.body.kind;
        if !matches!(kind, EntryKind::Rollover | EntryKind::Transfer | EntryKind::Conversion) {
            continue;
        }
        let sums = sums.entry((&entry.body.operation, kind)).or_default();
        for posting in &entry.body.postings {
            let account = match posting.account.class() {
                AccountClass::ContractLiability => Account::ClPurchased,
                _ => posting.account,
            };
            let steps = i128::from(posting.amount.steps());
            *sums.entry((account, posting.amount.unit().code())).or_default() += steps;
        }
    }
    for ((operation, kind), sums) in sums {
        let units = |(account, _): &(Account, _)| {
            matches!(account, Account::UnitsTransferred | Account::UnitsAvailable)
        };
        let whole = |key: &(Account, UnitCode)| kind != EntryKind::Conversion || !units(key);
        if let Some(((account, unit), sum)) = sums.iter().find(|(k, sum)| whole(k) && **sum != 0) {
            return Err(format!("{operation} moves {sum} {unit} from nowhere on {account}"));
        }
    }
    Ok(())
}

/// Days before the latest day of usage that alerts look at.
const BURNED_DAYS: i64 = 38;

/// Units burned by customer, wallet and day of service: consumed, or held by a draft for usage, less
/// what was given back. What is older than alerts look at is forgotten.
#[must_use]
pub fn burned(ledger: &Ledger) -> BTreeMap<String, Burned> {
    let mut sums: BTreeMap<String, Burned> = BTreeMap::new();
    for entry in &ledger.entries {
        for posting in &entry.body.postings {
            let (Some(wallet), day) = (&posting.wallet, posting.service_day) else { continue };
            let day = match (posting.account, day) {
                (Account::UnitsConsumed, day) => day.unwrap_or(entry.body.booked_on),
                (Account::UnitsHeld, Some(day)) => day,
                _ => continue,
            };
            let of = sums.entry(entry.customer.to_string()).or_default();
            let day = i64::from(day.to_epoch_days());
            *of.entry((wallet.to_string(), day)).or_default() += posting.amount.steps();
            of.retain(|_, units| *units != 0);
            let days = of.keys().filter(|(of, _)| of == wallet.as_str()).map(|(_, day)| *day);
            if let Some(latest) = days.max() {
                let old = |of: &str, day: i64| of == wallet.as_str() && day < latest - BURNED_DAYS;
                of.retain(|(of, day), _| !old(of, *day));
            }
        }
    }
    sums
}

/// Law 12: nothing is booked in a closed period.
///
/// # Errors
/// A sentence on the entry that is.
pub fn closed_stays_closed(closed: Option<Date>, applied: &Applied) -> Result<(), String> {
    match applied.entries.iter().find(|e| closed.is_some_and(|day| e.body.booked_on <= day)) {
        None => Ok(()),
        Some(entry) => Err(format!(
            "entry {} is booked on {}, which is closed",
            entry.number, entry.body.booked_on
        )),
    }
}

/// What belongs to a closed day stands on the first open one and says so; everything else stands on its
/// own day. The own day of usage is that of the service; what a window or a month has earned at its end
/// belongs to its last day.
///
/// # Errors
/// A sentence on the entry that does not.
pub fn late_is_marked(closed: Option<Date>, zone: Zone, applied: &Applied) -> Result<(), String> {
    for entry in &applied.entries {
        let at = entry.body.effective_at;
        let mut days = vec![zone.day_of(at)];
        if matches!(entry.body.kind, EntryKind::TrueUp | EntryKind::Recognition) {
            let before = Instant::from_micros(at.micros() - 1).map_err(|e| e.to_string())?;
            days.push(zone.day_of(before));
        }
        let stands = |own: &Date| {
            let late = closed.is_some_and(|closed| *own <= closed);
            let first_open = closed.and_then(|closed| closed.succ_opt());
            let day = first_open.filter(|_| late).unwrap_or(*own);
            (entry.late, entry.body.booked_on) == (late, day)
        };
        if !days.iter().any(stands) {
            return Err(format!(
                "entry {} of {at} is booked on {}, late: {}; closed through {closed:?}",
                entry.number, entry.body.booked_on, entry.late
            ));
        }
    }
    Ok(())
}

/// Law 1: every entry balances per unit, and so does the ledger.
fn entries_balance(ledger: &Ledger) -> Result<(), String> {
    let mut total: BTreeMap<(bool, UnitCode), i128> = BTreeMap::new();
    for entry in &ledger.entries {
        let mut sums: BTreeMap<(bool, UnitCode), i128> = BTreeMap::new();
        for posting in &entry.body.postings {
            let key = (is_units(posting.account), posting.amount.unit().code());
            *sums.entry(key).or_default() += i128::from(posting.amount.steps());
        }
        for (key, sum) in sums {
            if sum != 0 {
                return Err(format!("entry {} is off by {sum} {}", entry.number, key.1));
            }
            *total.entry(key).or_default() += sum;
        }
    }
    match total.into_iter().find(|(_, sum)| *sum != 0) {
        None => Ok(()),
        Some(((_, unit), sum)) => Err(format!("the ledger is off by {sum} {unit}")),
    }
}

fn is_units(account: Account) -> bool {
    account.class() == AccountClass::Units
}

/// The book's chain head is that of its last entry, and the numbers have no gaps.
fn chains_hold(ledger: &Ledger) -> Result<(), String> {
    let mut chains: BTreeMap<&CustomerCode, scrip_journal::Chain> = BTreeMap::new();
    for entry in &ledger.entries {
        let chain = chains.entry(&entry.customer).or_default();
        chain.follow(entry).map_err(|e| e.to_string())?;
    }
    for (code, customer) in &ledger.book.customers {
        let chain = chains.get(code).copied().unwrap_or_default();
        if customer.chain != chain {
            return Err(format!("the chain head of {code} is not that of its last entry"));
        }
    }
    Ok(())
}

fn flows(ledger: &Ledger) -> BTreeMap<(&CustomerCode, &LotId), Flows> {
    let mut lots: BTreeMap<_, Flows> = BTreeMap::new();
    for entry in &ledger.entries {
        for posting in &entry.body.postings {
            let Some(lot) = &posting.lot else { continue };
            let flows = lots.entry((&entry.customer, lot)).or_default();
            let steps = i128::from(posting.amount.steps());
            match posting.account {
                Account::UnitsIssued => flows.issued -= steps,
                Account::UnitsAvailable => flows.available += steps,
                Account::UnitsConsumed => flows.consumed += steps,
                Account::UnitsExpired => flows.expired += steps,
                Account::UnitsRefunded => {
                    flows.returned += steps;
                    flows.voided |= !is_refund(entry.body.kind);
                }
                Account::UnitsHeld => flows.held += steps,
                Account::UnitsTransferred if steps > 0 => flows.transferred += steps,
                Account::UnitsTransferred => flows.issued -= steps,
                Account::RevenueUsage => {
                    flows.recognised -= steps;
                    if is_refund(entry.body.kind) {
                        flows.refunded += steps;
                    }
                }
                Account::RevenueBreakage
                | Account::ContraConcessions
                | Account::PromotionExpense => {
                    flows.breakage -= steps;
                    match entry.body.kind {
                        EntryKind::CreditNote => flows.granted -= steps,
                        kind if is_refund(kind) => flows.refunded += steps,
                        _ => {}
                    }
                }
                // A credit note on a purchase lowers its price.
                Account::ContraCreditNotes => {
                    flows.recognised -= steps;
                    flows.granted -= steps;
                }
                account if account.class() == AccountClass::ContractLiability => {
                    flows.deferred -= steps;
                    match entry.body.kind {
                        EntryKind::Purchase
                        | EntryKind::TopUp
                        | EntryKind::Grant
                        | EntryKind::OpeningBalance => {
                            // What a new lot repays of an overdraft leaves it at once.
                            flows.granted -= steps.min(0);
                        }
                        EntryKind::Rollover | EntryKind::Transfer | EntryKind::Conversion => {
                            if steps > 0 {
                                flows.moved += steps;
                            } else {
                                flows.granted -= steps;
                            }
                        }
                        EntryKind::CreditNote => flows.granted -= steps,
                        EntryKind::Adjustment => adjusted(flows, entry, posting),
                        kind if is_refund(kind) => flows.refunded += steps,
                        _ => {}
                    }
                }
                _ => {}
            }
        }
    }
    lots
}

/// What leaves a lot by a write-off comes back with a payment.
fn is_refund(kind: EntryKind) -> bool {
    matches!(
        kind,
        EntryKind::Refund | EntryKind::Chargeback | EntryKind::WriteOff | EntryKind::Payment
    )
}

/// An adjustment that touches the liability of two lots moves money between them; another adds money
/// to a lot, or forfeits what it carries.
fn adjusted(flows: &mut Flows, entry: &Entry, posting: &Posting) {
    let steps = i128::from(posting.amount.steps());
    let moves = entry.body.postings.iter().any(|p| p.account == Account::UnitsTransferred);
    if steps < 0 {
        flows.granted -= steps;
    } else if moves {
        flows.moved += steps;
    }
}

/// Laws 2 and 3, per lot: units issued = available + held + consumed + expired + refunded +
/// transferred, and consideration = deferred + recognised + breakage + refunded + moved; none of them
/// below zero, and nothing deferred, nor breakage, without units that carry it.
fn lots_tie(
    customer: &CustomerBook,
    flows: &BTreeMap<(&CustomerCode, &LotId), Flows>,
) -> Result<(), String> {
    for lot in &customer.lots {
        let sums = flows.get(&(&customer.customer, &lot.id)).copied().unwrap_or_default();
        let wide = i128::from;
        let gone = sums.consumed + sums.expired + sums.returned + sums.transferred;
        let left = sums.available + sums.held + gone;
        let units = [
            sums.issued,
            sums.available,
            sums.held,
            sums.consumed,
            sums.expired,
            sums.returned,
            sums.transferred,
        ];
        let state = [
            lot.issued,
            lot.available,
            lot.held,
            lot.consumed,
            lot.expired,
            lot.refunded,
            lot.transferred,
        ]
        .map(wide);
        let spread = sums.deferred + sums.recognised + sums.breakage + sums.refunded + sums.moved;
        let parts = [sums.deferred, sums.recognised, sums.breakage, sums.refunded, sums.moved];
        // What left otherwise does not come back with used units.
        let other = wide(lot.withdrawn + lot.forfeited);
        let share = |units| {
            let double = 2 * wide(lot.consideration) * wide(units) + wide(lot.issued);
            (double / (2 * wide(lot.issued))).max(other)
        };
        let earned = share(lot.gone() - lot.expired) - other;
        let failed = if units != state {
            "the units of its postings are not those of the book"
        } else if !lot.conserves() || sums.issued != left {
            "issued is not available + held + consumed + expired + refunded + transferred"
        } else if sums.granted != wide(lot.consideration) || spread != sums.granted {
            "consideration is not deferred + recognised + breakage + refunded + moved"
        } else if sums.deferred != wide(lot.carrying()) {
            "what is deferred is not its carrying amount"
        } else if parts.iter().any(|part| *part < 0) {
            "deferred, recognised, breakage, refunded or moved is below zero"
        } else if sums.recognised != earned {
            "what is recognised is not what the used units carry"
        } else if wide(lot.released) != share(lot.gone()) {
            "what is released is not what the units gone carry"
        } else if lot.available + lot.held == 0 && sums.deferred != 0 {
            "money is deferred without units"
        } else if lot.expired == 0 && !sums.voided && sums.breakage != 0 {
            "breakage stands without expired units"
        } else {
            continue;
        };
        return Err(format!("lot {}: {failed}: {sums:?}, {lot:?}", lot.id));
    }
    Ok(())
}

/// What is held of a lot is what open holds and draft invoices hold of it, part by part, and none
/// holds nothing of a lot. That it stands on the account of held units is part of [`lots_tie`].
fn holds_tie(customer: &CustomerBook) -> Result<(), String> {
    let mut held: BTreeMap<&LotId, i128> = BTreeMap::new();
    for (id, hold) in &customer.holds {
        for part in &hold.parts {
            if part.units <= 0 {
                return Err(format!("hold {id} holds {} of lot {}", part.units, part.lot));
            }
            *held.entry(&part.lot).or_default() += i128::from(part.units);
        }
        if hold.units() > hold.placed || hold.captured < 0 {
            return Err(format!("hold {id} holds more than was placed: {hold:?}"));
        }
    }
    for ((period, currency), draft) in &customer.drafts {
        for usage in &draft.held {
            if usage.units <= 0 {
                let (units, lot) = (usage.units, &usage.lot);
                return Err(format!("draft {period} {currency} holds {units} of lot {lot}"));
            }
            *held.entry(&usage.lot).or_default() += i128::from(usage.units);
        }
    }
    for lot in &customer.lots {
        let of_holds = held.remove(&lot.id).unwrap_or_default();
        if of_holds != i128::from(lot.held) {
            return Err(format!(
                "lot {}: {} are held, by holds and drafts {of_holds}",
                lot.id, lot.held
            ));
        }
    }
    match held.into_iter().next() {
        None => Ok(()),
        Some((lot, _)) => Err(format!("a hold names lot {lot}, which does not exist")),
    }
}

/// What the book says is owed is what stands on the receivable accounts.
fn receivables_tie(ledger: &Ledger, customer: &CustomerBook) -> Result<(), String> {
    let mut unbilled = customer.unbilled.clone();
    for (unit, steps) in overdraft::owed(customer) {
        *unbilled.entry(unit).or_default() += steps;
    }
    for (account, open) in [
        (Account::AccountsReceivable, &customer.receivable),
        (Account::UnbilledReceivable, &unbilled),
    ] {
        let mut sums: BTreeMap<UnitCode, i128> = BTreeMap::new();
        let own = ledger.entries.iter().filter(|e| e.customer == customer.customer);
        for posting in own.flat_map(|e| &e.body.postings).filter(|p| p.account == account) {
            *sums.entry(posting.amount.unit().code()).or_default() +=
                i128::from(posting.amount.steps());
        }
        for (unit, steps) in open {
            if sums.remove(unit).unwrap_or_default() != i128::from(*steps) {
                return Err(format!("{account} of {} is not {steps} {unit}", customer.customer));
            }
        }
        if sums.values().any(|sum| *sum != 0) {
            return Err(format!("{account} of {} is not in the book", customer.customer));
        }
    }
    Ok(())
}

/// Every overage that was earned, and every true-up, stands on exactly one draft or final invoice, and
/// no invoice is paid or credited beyond what it asks for.
fn invoices_tie(ledger: &Ledger, customer: &CustomerBook) -> Result<(), String> {
    let mut overage: BTreeMap<UnitCode, i128> = BTreeMap::new();
    let own = ledger.entries.iter().filter(|e| e.customer == customer.customer);
    let charged = |entry: &Entry, posting: &Posting| match entry.body.kind {
        EntryKind::TrueUp => posting.account == Account::RevenueBreakage,
        _ => posting.account == Account::RevenueOverage,
    };
    let postings = own.flat_map(|e| e.body.postings.iter().map(move |posting| (e, posting)));
    for (_, posting) in postings.filter(|(entry, posting)| charged(entry, posting)) {
        *overage.entry(posting.amount.unit().code()).or_default() +=
            i128::from(posting.amount.steps());
    }
    let drafts = customer.drafts.iter().map(|((_, currency), draft)| (*currency, &draft.lines));
    let valid = customer.invoices.values().filter(|invoice| invoice.voided_at.is_none());
    let finals = valid.map(|invoice| (invoice.currency.0.code(), &invoice.lines));
    for (currency, lines) in drafts.chain(finals) {
        let charged = |line: &&Line| matches!(line.key.of, LineOf::Overage | LineOf::TrueUp);
        for line in lines.iter().filter(charged) {
            *overage.entry(currency).or_default() += i128::from(line.money);
        }
    }
    if let Some((unit, difference)) = overage.into_iter().find(|(_, steps)| *steps != 0) {
        let customer = &customer.customer;
        return Err(format!(
            "overage of {customer} and its invoices differ by {difference} {unit}"
        ));
    }
    let mut burned: BTreeMap<&LotId, i128> = BTreeMap::new();
    for part in customer.invoices.values().flat_map(|invoice| &invoice.burned) {
        if part.usage.units < 0 {
            return Err(format!(
                "an invoice burned {} of lot {}",
                part.usage.units, part.usage.lot
            ));
        }
        *burned.entry(&part.usage.lot).or_default() += i128::from(part.usage.units);
    }
    for lot in &customer.lots {
        let burned = burned.remove(&lot.id).unwrap_or_default();
        if burned > i128::from(lot.consumed) {
            return Err(format!(
                "invoices burned {burned} of lot {}, of which {} are consumed",
                lot.id, lot.consumed
            ));
        }
    }
    for (number, invoice) in &customer.invoices {
        let credited = invoice.credited + invoice.credited_tax;
        let sound = invoice.net == invoice::net(&invoice.lines)
            && invoice.open() >= 0
            && credited <= invoice.gross()
            && invoice.lost() >= 0
            && invoice.paid_back <= invoice.paid.min(credited);
        if !sound {
            return Err(format!("invoice {number} does not add up: {invoice:?}"));
        }
    }
    Ok(())
}

/// Units that are available without a lot are those by which a wallet is overdrawn, below zero.
fn overdrafts_tie(ledger: &Ledger, customer: &CustomerBook) -> Result<(), String> {
    let mut sums: BTreeMap<&WalletCode, i128> = BTreeMap::new();
    let own = ledger.entries.iter().filter(|e| e.customer == customer.customer);
    let without_lot = |p: &&Posting| p.account == Account::UnitsAvailable && p.lot.is_none();
    for posting in own.flat_map(|e| &e.body.postings).filter(without_lot) {
        if let Some(wallet) = &posting.wallet {
            *sums.entry(wallet).or_default() += i128::from(posting.amount.steps());
        }
    }
    for wallet in customer.wallets.keys() {
        let posted = sums.remove(wallet).unwrap_or_default();
        let kept = overdraft::overdrawn(customer, wallet);
        if posted != -i128::from(kept) || kept < 0 {
            return Err(format!(
                "wallet {wallet} is overdrawn by {kept}, its postings say {posted}"
            ));
        }
    }
    if sums.values().any(|sum| *sum != 0) {
        return Err("a wallet that is not in the book is overdrawn".to_owned());
    }
    Ok(())
}

/// No part of a charge is below zero, and one that nothing of is deferred has no part to come.
fn charges_tie(customer: &CustomerBook) -> Result<(), String> {
    for (name, charge) in &customer.charges {
        let parts = [charge.earned, charge.refunded, charge.reimbursed, charge.deferred()];
        let over = charge.reimbursed > charge.earned;
        let waits = charge.deferred() == 0 && charge.due.is_some();
        if parts.iter().any(|part| *part < 0) || over || waits {
            return Err(format!("charge {name} does not add up: {charge:?}"));
        }
    }
    Ok(())
}

/// Law 4: the carrying amounts of all lots are the contract-liability accounts, and what is deferred of
/// charges is the account of up-front fees.
fn liabilities_tie(ledger: &Ledger) -> Result<(), String> {
    let mut carried: BTreeMap<UnitCode, i128> = BTreeMap::new();
    for lot in ledger.book.customers.values().flat_map(|c| &c.lots) {
        if let Some(currency) = lot.currency {
            *carried.entry(currency.0.code()).or_default() += i128::from(lot.carrying());
        }
    }
    let mut fees: BTreeMap<UnitCode, i128> = BTreeMap::new();
    for customer in ledger.book.customers.values() {
        for (unit, deferred) in charges::deferred(customer) {
            *fees.entry(unit.code()).or_default() += deferred;
        }
    }
    for ((account, unit), balance) in ledger.money(None) {
        if account == Account::ClUpfrontFee {
            *fees.entry(unit).or_default() += balance;
        } else if account.class() == AccountClass::ContractLiability {
            *carried.entry(unit).or_default() += balance;
        }
    }
    if let Some((unit, difference)) = fees.into_iter().find(|(_, difference)| *difference != 0) {
        return Err(format!("charges and up-front fees differ by {difference} {unit}"));
    }
    match carried.into_iter().find(|(_, difference)| *difference != 0) {
        None => Ok(()),
        Some((unit, difference)) => {
            Err(format!("lots and contract liabilities differ by {difference} {unit}"))
        }
    }
}

/// Law 9: the same operations give the same hashes and the same state, to the byte.
///
/// # Errors
/// What differs.
pub fn replays(ledger: &Ledger) -> Result<(), String> {
    let again = ledger.replay()?;
    let hashes = |ledger: &Ledger| ledger.entries.iter().map(|e| e.hash).collect::<Vec<_>>();
    if hashes(ledger) != hashes(&again) {
        return Err("the same operations give other hashes".to_owned());
    }
    for (code, customer) in &ledger.book.customers {
        let text = |c: &CustomerBook| c.to_json().map_err(|e| e.to_string());
        let other = again.book.customers.get(code).map(text).transpose()?;
        if Some(text(customer)?) != other {
            return Err(format!("the same operations give {code} another state"));
        }
    }
    Ok(())
}

/// Law 8: every lot that paid was valid when the usage occurred. `occurred_at` gives the instant of
/// the event in a row of the operation.
///
/// # Errors
/// The lot that was not.
pub fn spendable(
    ledger: &Ledger,
    applied: &Applied,
    occurred_at: impl Fn(usize) -> String,
) -> Result<(), String> {
    for detail in &applied.detail {
        for row in detail.rows.iter().filter(|row| row.units > 0) {
            let Outcome::Drawn { lot: Some(lot) } = row.outcome else { continue };
            let at = occurred_at(row.place.row as usize);
            if at.is_empty() {
                // What is charged anew because another event was taken back.
                continue;
            }
            let at = at.parse().map_err(|e| format!("{e}"))?;
            let (id, _, _) = &detail.lots[lot as usize];
            let book = ledger.book.customers.get(&detail.customer);
            let lot = book.and_then(|book| book.lots.get(book.position(id)?));
            if !lot.is_some_and(|lot| lot.is_usable_at(at)) {
                return Err(format!("lot {id} paid for usage at {at}"));
            }
        }
    }
    Ok(())
}
