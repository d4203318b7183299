//! Invoicing: a draft becomes final, is taken back, credited, paid.
//!
//! Owns: the entries of invoices and credit notes, and the numbers they are given.
//! Deliberately does not know: how usage becomes lines - whoever posts usage adds them.

use std::collections::BTreeSet;

use scrip_catalog::Catalog;
use scrip_journal::{Account, EntryKind, Posting};
use scrip_units::{
    Amount, BillingPeriod, CardCode, Date, InvoiceNumber, Rounding, Unit, UnitCode, WalletCode,
    mul_div_round,
};
use scrip_wallet::TaxKind;
use scrip_wallet::lot::KeptUnit;

use crate::apply::Effect;
use crate::book::{CustomerBook, Drawn, Subject};
use crate::draft_units;
use crate::grant::{currency, move_open, positive, steps};
use crate::invoice::{DraftInvoice, Invoice, LineKey, LineOf, net};
use crate::invoicing_rejection::InvoicingRejection;
use crate::operation::{CreditNote, DiscardDraft, FinalizeInvoice, Tax, VoidInvoice, VoidedUsage};
use crate::period::counting_period;
use crate::purchase_credit;
use crate::rejection::Rejection;
use crate::release;
use crate::schedule::{self, Cause};

/// What was used on a day, on its way to a line.
pub(crate) struct Used {
    /// The day of the usage.
    pub(crate) day: Date,
    /// The wallet that covered it; none for overage.
    pub(crate) wallet: Option<WalletCode>,
    /// The rate card.
    pub(crate) card: Option<CardCode>,
    /// Unit of the units.
    pub(crate) unit: Unit,
    /// Units.
    pub(crate) units: i64,
    /// Currency of the money; that of the books if none was paid.
    pub(crate) currency: Option<Unit>,
    /// Money.
    pub(crate) money: i64,
}

/// First day of the billing period on whose draft usage of a day stands.
pub(crate) fn period_of(catalog: &Catalog, book: &CustomerBook, day: Date) -> Date {
    let billing_day = catalog.customer(&book.customer).map_or(1, |c| c.billing_day);
    period_billed(book, day, billing_day).first_day
}

fn period_billed(book: &CustomerBook, day: Date, billing_day: u8) -> BillingPeriod {
    let own = BillingPeriod::containing(day, billing_day);
    counting_period(own, book.closed_through, billing_day)
}

/// Adds usage to the draft of its billing period; of a closed period to that of the first open day.
pub(crate) fn add(catalog: &Catalog, book: &mut CustomerBook, used: Used) {
    let period = period_of(catalog, book, used.day);
    add_to_draft(catalog, book, (period, used));
}

/// Adds what is taken back to the draft of the billing period it was in, by the billing day of then:
/// when that was invoiced and has no draft (of those there were), to the next one of which the same is
/// not true, by the billing day of now.
pub(crate) fn correct(
    catalog: &Catalog,
    book: &mut CustomerBook,
    (drafts, billed_then): (&BTreeSet<(Date, UnitCode)>, u8),
    used: Used,
) {
    let billing_day = catalog.customer(&book.customer).map_or(1, |c| c.billing_day);
    let currency = currency_of(catalog, &used);
    let is_invoiced = |period: Date| {
        let valid = book.invoices.values().filter(|invoice| invoice.voided_at.is_none());
        let mut of_currency = valid.filter(|invoice| invoice.currency.0.code() == currency);
        of_currency.any(|invoice| invoice.period == period)
    };
    let mut period = period_billed(book, used.day, billed_then);
    while is_invoiced(period.first_day) && !drafts.contains(&(period.first_day, currency)) {
        period = BillingPeriod::containing(period.end_day, billing_day);
    }
    add_to_draft(catalog, book, (period.first_day, used));
}

fn currency_of(catalog: &Catalog, used: &Used) -> UnitCode {
    used.currency.map_or(catalog.document().entity.currency, |currency| currency.code())
}

fn add_to_draft(catalog: &Catalog, book: &mut CustomerBook, (period, used): (Date, Used)) {
    let currency = currency_of(catalog, &used);
    let of = if used.wallet.is_some() { LineOf::Covered } else { LineOf::Overage };
    let key = LineKey { of, wallet: used.wallet, card: used.card, unit: used.unit.code() };
    change(book, (period, currency), |draft| draft.add(key, used.units, used.money));
}

/// Adds what a commitment earned too little to the draft of the billing period of its last day.
pub(crate) fn add_true_up(
    catalog: &Catalog,
    book: &mut CustomerBook,
    (day, currency, money): (Date, Unit, i64),
) {
    let currency = currency.code();
    let period = period_of(catalog, book, day);
    let key = LineKey { of: LineOf::TrueUp, wallet: None, card: None, unit: currency };
    change(book, (period, currency), |draft| draft.add(key, 0, money));
}

/// Changes a draft; one without lines is none.
pub(crate) fn change<T>(
    book: &mut CustomerBook,
    key: (Date, UnitCode),
    change: impl FnOnce(&mut DraftInvoice) -> T,
) -> T {
    let draft = book.drafts.entry(key).or_default();
    let changed = change(draft);
    if draft.is_empty() {
        book.drafts.remove(&key);
    }
    changed
}

/// Takes what was invoiced without naming a period off the drafts, the oldest first.
pub(crate) fn billed_before(book: &mut CustomerBook, currency: UnitCode, net: i64) {
    let mut left = net;
    let drafts: Vec<_> =
        book.drafts.keys().filter(|(_, other)| *other == currency).copied().collect();
    for key in drafts {
        let part = left.min(book.drafts.get(&key).map_or(0, DraftInvoice::net));
        if part > 0 {
            let line =
                LineKey { of: LineOf::InvoicedBefore, wallet: None, card: None, unit: currency };
            change(book, key, |draft| draft.add(line, 0, -part));
            left -= part;
        }
    }
}

pub(crate) fn tax_account(kind: TaxKind) -> Account {
    match kind {
        TaxKind::Vat => Account::VatOutput,
        TaxKind::SalesTax => Account::SalesTax,
    }
}

pub(crate) fn add_to(
    sums: &mut std::collections::BTreeMap<UnitCode, i64>,
    currency: Unit,
    steps: i64,
) -> Result<(), Rejection> {
    let open = sums.entry(currency.code()).or_default();
    *open = open.checked_add(steps).ok_or(Rejection::Overflow)?;
    Ok(())
}

/// The next number of a customer in a year: the code, the year and a count from 1.
fn next_number(book: &CustomerBook, year: &str) -> Result<InvoiceNumber, Rejection> {
    let first = format!("{}-{year}-", book.customer);
    let taken = book.invoices.keys().filter_map(|number| {
        number.as_str().strip_prefix(&first).and_then(|count| count.parse::<u64>().ok())
    });
    let next = taken.max().unwrap_or(0).checked_add(1).ok_or(Rejection::Overflow)?;
    InvoiceNumber::try_new(&format!("{first}{next:04}")).map_err(|_| Rejection::NumberNeeded)
}

/// The billing period of the draft that a day names: one that begins on that day, even if the billing
/// day of the customer has changed since, or that which contains the day.
fn period_of_draft(
    catalog: &Catalog,
    book: &CustomerBook,
    (day, currency): (Date, Unit),
) -> BillingPeriod {
    let billing_day = catalog.customer(&book.customer).map_or(1, |c| c.billing_day);
    let own = BillingPeriod::containing(day, billing_day);
    let begun_before = own.first_day != day && book.drafts.contains_key(&(day, currency.code()));
    let begins = |billing_day: u8| {
        Some(BillingPeriod::containing(day, billing_day)).filter(|period| period.first_day == day)
    };
    (1..=31).filter(|_| begun_before).find_map(begins).unwrap_or(own)
}

/// Makes the draft of a billing period final.
pub(crate) fn finalize(
    cause: &Cause<'_>,
    book: &mut CustomerBook,
    action: &FinalizeInvoice,
) -> Result<Effect, Rejection> {
    let (catalog, at) = (cause.catalog, cause.operation.at);
    let code = action.currency.unwrap_or(catalog.document().entity.currency);
    let currency = currency(catalog, code)?;
    let period = period_of_draft(catalog, book, (action.period, currency));
    let (mut draft, net) = take_draft(book, (period.first_day, currency))?;
    let tax = action.tax.map_or(Ok(0), |tax| steps("tax", tax, currency))?;
    if tax < 0 {
        return Err(Rejection::Negative { what: "tax".to_owned() });
    }
    let day = catalog.zone().day_of(at);
    let number = match &action.number {
        Some(number) => number.clone(),
        None => next_number(book, &day.format("%Y").to_string())?,
    };
    if book.invoices.contains_key(&number) {
        return Err(Rejection::InvoiceExists { customer: book.customer.clone(), invoice: number });
    }
    let unbilled = book.unbilled.get(&currency.code()).copied().unwrap_or(0);
    move_open(unbilled, net, currency)?;
    let tax_kind = match action.tax_kind {
        Tax::Vat => TaxKind::Vat,
        Tax::SalesTax => TaxKind::SalesTax,
    };
    let (postings, burned) = draft_units::burn(book, std::mem::take(&mut draft.held))?;
    let memo = format!("usage that invoice {number} burned");
    let mut effect = seal(cause, book, (EntryKind::Usage, memo), postings)?;
    for part in &burned {
        if let Some(lot) = book.position(&part.usage.lot).map(|place| &book.lots[place]) {
            let (key, units, money) = part.line(lot);
            draft.add(key, units, money);
        }
    }
    let invoice = Invoice {
        period: period.first_day,
        period_end: period.end_day,
        currency: KeptUnit(currency),
        at,
        lines: draft.lines,
        net,
        tax,
        tax_kind,
        paid: 0,
        credited: 0,
        credited_tax: 0,
        paid_back: 0,
        written_off: None,
        burned,
        voided_at: None,
    };
    let gross = net.checked_add(tax).ok_or(Rejection::Overflow)?;
    add_to(&mut book.unbilled, currency, -net)?;
    add_to(&mut book.receivable, currency, gross)?;
    let memo = format!("invoice {number} of {} to {}", period.first_day, last_day(period));
    let postings = [
        (Account::AccountsReceivable, gross),
        (Account::UnbilledReceivable, -net),
        (tax_account(tax_kind), -tax),
    ];
    book.invoices.insert(number, invoice);
    effect.add(seal_money(cause, book, (EntryKind::Invoice, memo), (currency, &postings))?);
    Ok(effect)
}

/// Takes a whole draft out of the book, whose net amount must not be below zero.
fn take_draft(
    book: &mut CustomerBook,
    (period, currency): (Date, Unit),
) -> Result<(DraftInvoice, i64), Rejection> {
    let draft = book.drafts.remove(&(period, currency.code())).ok_or_else(|| {
        Rejection::NoDraft { customer: book.customer.clone(), period, currency: currency.code() }
    })?;
    let net = draft.net();
    if net < 0 {
        let net = Amount::from_steps(currency, net).to_string();
        return Err(Rejection::DraftBelowZero { period, net });
    }
    Ok((draft, net))
}

fn last_day(period: BillingPeriod) -> Date {
    period.end_day.pred_opt().unwrap_or(period.end_day)
}

pub(crate) fn find(book: &CustomerBook, number: &InvoiceNumber) -> Result<Invoice, Rejection> {
    let invoice = book.invoices.get(number).ok_or_else(|| Rejection::UnknownInvoice {
        customer: book.customer.clone(),
        invoice: number.clone(),
    })?;
    if invoice.voided_at.is_some() {
        return Err(Rejection::InvoiceIsVoid { invoice: number.clone() });
    }
    Ok(invoice.clone())
}

pub(crate) fn needs_reason(cause: &Cause<'_>) -> Result<(), Rejection> {
    if cause.operation.reason.as_ref().is_none_or(|reason| reason.trim().is_empty()) {
        return Err(Rejection::ReasonMissing { operation: cause.operation.action.code() });
    }
    Ok(())
}

/// Takes an invoice back that nobody has paid or credited: its lines return to the draft.
pub(crate) fn void(
    cause: &Cause<'_>,
    book: &mut CustomerBook,
    action: &VoidInvoice,
) -> Result<Effect, Rejection> {
    needs_reason(cause)?;
    let number = &action.invoice;
    let mut invoice = find(book, number)?;
    let key = (invoice.period, invoice.currency.0.code());
    if invoice.written_off.is_some()
        || invoice.paid != 0
        || invoice.credited != 0
        || invoice.credited_tax != 0
    {
        return Err(Rejection::InvoiceTouched { invoice: number.clone() });
    }
    let currency = invoice.currency.0;
    let owed = book.receivable.get(&currency.code()).copied().unwrap_or(0);
    move_open(owed, invoice.gross(), currency)?;
    add_to(&mut book.unbilled, currency, invoice.net)?;
    add_to(&mut book.receivable, currency, -invoice.gross())?;
    let mut back = DraftInvoice::default();
    for line in &invoice.lines {
        back.add(line.key.clone(), line.units, line.money);
    }
    // What burned with the invoice is held again, and no line of its own.
    let burned = std::mem::take(&mut invoice.burned);
    for part in &burned {
        if let Some(lot) = book.position(&part.usage.lot).map(|place| &book.lots[place]) {
            let (key, units, money) = part.line(lot);
            back.add(key, -units, -money);
        }
        back.hold(&part.usage);
    }
    let memo = format!("usage held again: invoice {number} voided");
    let usage = draft_units::unburn(book, &burned)?;
    let mut effect = seal(cause, book, (EntryKind::Usage, memo), usage)?;
    invoice.voided_at = Some(cause.operation.at);
    let postings = [
        (Account::UnbilledReceivable, invoice.net),
        (tax_account(invoice.tax_kind), invoice.tax),
        (Account::AccountsReceivable, -invoice.gross()),
    ];
    book.invoices.insert(number.clone(), invoice);
    let memo = format!("invoice {number} voided");
    effect.add(seal_money(cause, book, (EntryKind::InvoiceVoid, memo), (currency, &postings))?);
    match action.usage {
        VoidedUsage::Draft => change(book, key, |draft| {
            for line in back.lines {
                draft.add(line.key, line.units, line.money);
            }
            for usage in &back.held {
                draft.hold(usage);
            }
        }),
        VoidedUsage::Return => {
            let memo = format!("invoice {number} voided");
            effect.add(drop_draft(cause, book, (key.0, currency, back), &memo)?);
        }
    }
    Ok(effect)
}

/// Takes a draft away: what it holds returns to the lots, its overage is not charged.
pub(crate) fn discard(
    cause: &Cause<'_>,
    book: &mut CustomerBook,
    action: &DiscardDraft,
) -> Result<Effect, Rejection> {
    needs_reason(cause)?;
    let catalog = cause.catalog;
    let currency =
        currency(catalog, action.currency.unwrap_or(catalog.document().entity.currency))?;
    let period = period_of_draft(catalog, book, (action.period, currency));
    let (draft, _) = take_draft(book, (period.first_day, currency))?;
    let memo = format!("draft of {} to {} discarded", period.first_day, last_day(period));
    drop_draft(cause, book, (period.first_day, currency, draft), &memo)
}

/// Lets go what a draft holds and takes its overage back: Dr 4030 Cr 1110. What a commitment earned too
/// little is no usage, and stays on the draft.
fn drop_draft(
    cause: &Cause<'_>,
    book: &mut CustomerBook,
    (period, currency, draft): (Date, Unit, DraftInvoice),
    memo: &str,
) -> Result<Effect, Rejection> {
    if draft.lines.iter().any(|line| line.key.of == LineOf::InvoicedBefore) {
        return Err(InvoicingRejection::DraftInvoicedBefore { period }.into());
    }
    let (stays, lines): (Vec<_>, Vec<_>) =
        draft.lines.into_iter().partition(|line| line.key.of == LineOf::TrueUp);
    for line in stays {
        change(book, (period, currency.code()), |draft| draft.add(line.key, 0, line.money));
    }
    let net = net(&lines);
    let unbilled = book.unbilled.get(&currency.code()).copied().unwrap_or(0);
    move_open(unbilled, net, currency)?;
    let mut effect = if draft.held.is_empty() {
        Effect::default()
    } else {
        schedule::feed(cause, book, cause.operation.at)?
    };
    let charged_in = |card: &CardCode, version| {
        let card = cause.catalog.document().rate_cards.iter().find(|c| c.code == *card)?;
        let version = card.versions.iter().find(|v| Some(v.version) == version)?;
        Some(version.overage.as_ref().map_or(card.unit, |overage| overage.currency))
    };
    for line in lines.iter().filter(|line| line.key.of == LineOf::Overage) {
        let of_card = |subject: &Subject| match subject {
            Subject::Charge { card, .. } => line.key.card.as_ref() == Some(card),
            _ => false,
        };
        let keys = book.draws.keys().filter(|key| key.period == period && of_card(&key.subject));
        let mut left = line.units;
        for key in keys.cloned().collect::<Vec<_>>() {
            let Subject::Charge { card, .. } = &key.subject else { continue };
            let overage = |drawn: &Drawn| {
                let charged_in = charged_in(card, drawn.version);
                drawn.lot.is_none()
                    && drawn.overdrawn.is_none()
                    && charged_in == Some(currency.code())
            };
            left -= draft_units::forget_draws(book, &key, left, overage);
        }
    }
    add_to(&mut book.unbilled, currency, -net)?;
    let memo_held = format!("{memo}: units returned");
    effect.add(draft_units::give_back(cause, book, (period, draft.held), memo_held)?);
    let postings = [(Account::RevenueOverage, net), (Account::UnbilledReceivable, -net)];
    let memo = format!("{memo}: overage not charged");
    effect.add(seal_money(cause, book, (EntryKind::InvoiceVoid, memo), (currency, &postings))?);
    Ok(effect)
}

/// The tax that belongs to what is credited: the rounded cumulative share less what was credited
/// before.
fn credited_tax(invoice: &Invoice, net: i64) -> Result<i64, Rejection> {
    if invoice.net == 0 {
        return Ok(0);
    }
    let all = invoice.credited.checked_add(net).ok_or(Rejection::Overflow)?;
    let tax = mul_div_round(invoice.tax, all, invoice.net, Rounding::HalfAwayFromZero);
    Ok(tax.map_err(|_| Rejection::Overflow)? - invoice.credited_tax)
}

/// Credits an invoice, or the purchase of a lot.
pub(crate) fn credit_note(
    cause: &Cause<'_>,
    book: &mut CustomerBook,
    action: &CreditNote,
) -> Result<Effect, Rejection> {
    needs_reason(cause)?;
    match (&action.invoice, &action.lot) {
        (Some(number), None) => credit_invoice(cause, book, (number, action)),
        (None, Some(lot)) => purchase_credit::credit(cause, book, (lot, action)),
        _ => Err(InvoicingRejection::InvoiceOrLot.into()),
    }
}

/// Credits an invoice: against what is open, or, when it is paid, of what was paid.
fn credit_invoice(
    cause: &Cause<'_>,
    book: &mut CustomerBook,
    (number, action): (&InvoiceNumber, &CreditNote),
) -> Result<Effect, Rejection> {
    let mut invoice = find(book, number)?;
    let currency = invoice.currency.0;
    let is_open = invoice.open() > 0;
    let limit = if is_open { invoice.open() } else { invoice.paid - invoice.paid_back };
    let left = invoice.net - invoice.credited;
    let net = match action.amount {
        Some(amount) => positive("amount", amount, currency)?,
        None if left > 0 || action.with_units => left,
        None => return Err(Rejection::NotPositive { what: "what is left of the invoice" }),
    };
    if action.with_units && net != left {
        return Err(InvoicingRejection::UnitsWithAll { invoice: number.clone() }.into());
    }
    let tax = credited_tax(&invoice, net)?;
    let gross = net.checked_add(tax).ok_or(Rejection::Overflow)?;
    if net > left || gross > limit {
        let text = |steps| Amount::from_steps(currency, steps).to_string();
        return Err(Rejection::CreditTooHigh {
            invoice: number.clone(),
            wanted: text(gross),
            limit: text(limit),
        });
    }
    invoice.credited += net;
    invoice.credited_tax += tax;
    let (against, how) = if is_open {
        let owed = book.receivable.get(&currency.code()).copied().unwrap_or(0);
        move_open(owed, gross, currency)?;
        add_to(&mut book.receivable, currency, -gross)?;
        (Account::AccountsReceivable, "")
    } else {
        invoice.paid_back += gross;
        (Account::CashClearing, ", paid back")
    };
    let postings = [
        (Account::ContraCreditNotes, net),
        (tax_account(invoice.tax_kind), tax),
        (against, -gross),
    ];
    let mut effect = Effect::default();
    if action.with_units {
        effect.add(schedule::feed(cause, book, cause.operation.at)?);
        let burned = std::mem::take(&mut invoice.burned);
        let usage = draft_units::unburn(book, &burned)?;
        let memo = format!("usage of invoice {number} credited");
        effect.add(seal(cause, book, (EntryKind::Usage, memo.clone()), usage)?);
        let units = burned.into_iter().map(|burned| burned.usage).collect();
        let memo = format!("{memo}: units returned");
        effect.add(draft_units::give_back(cause, book, (invoice.period, units), memo)?);
    }
    book.invoices.insert(number.clone(), invoice);
    let memo = format!("credit note on invoice {number}{how}");
    effect.add(seal_money(cause, book, (EntryKind::CreditNote, memo), (currency, &postings))?);
    Ok(effect)
}

/// The invoice after a payment that names it.
pub(crate) fn pay(
    book: &CustomerBook,
    number: &InvoiceNumber,
    (paid, currency): (i64, Unit),
) -> Result<Invoice, Rejection> {
    let mut invoice = find(book, number)?;
    if invoice.currency.0 != currency {
        let currency = invoice.currency.0.code();
        return Err(Rejection::InvoiceCurrency { invoice: number.clone(), currency });
    }
    move_open(invoice.open(), paid, currency)?;
    invoice.paid += paid;
    Ok(invoice)
}

/// Seals an entry of amounts that are not zero; without any there is none.
pub(crate) fn seal_money(
    cause: &Cause<'_>,
    book: &mut CustomerBook,
    about: (EntryKind, String),
    (currency, amounts): (Unit, &[(Account, i64)]),
) -> Result<Effect, Rejection> {
    let lines = amounts.iter().filter(|(_, steps)| *steps != 0);
    let postings = lines
        .map(|(account, steps)| Posting::new(*account, Amount::from_steps(currency, *steps)))
        .collect();
    seal(cause, book, about, postings)
}

/// Seals an entry; one without lines is none.
pub(crate) fn seal(
    cause: &Cause<'_>,
    book: &mut CustomerBook,
    about: (EntryKind, String),
    postings: Vec<Posting>,
) -> Result<Effect, Rejection> {
    if postings.is_empty() {
        return Ok(Effect::default());
    }
    release::seal(cause.catalog, book, cause.operation, about, postings)
}
