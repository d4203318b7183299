//! Grants and payments: how units and money come in.

use scrip_catalog::Catalog;
use scrip_journal::{Account, Draft, EntryKind, Posting};
use scrip_units::{Amount, LotId, Number, Unit, UnitCode, WalletCode, WalletTypeCode, parse_steps};
use scrip_wallet::{LotKind, TaxKind, Validity};

use crate::apply::Effect;
use crate::book::CustomerBook;
use crate::invoicing;
use crate::issue::{self, Ends, Issue, Paid};
use crate::operation::{
    Expiry, GrantCredits, InvoiceOverage, Operation, Price, ReceivePayment, Tax,
};
use crate::rejection::Rejection;
use crate::schedule::Cause;

/// Reads an amount of an operation in smallest steps of `unit`.
pub(crate) fn steps(what: &'static str, number: Number, unit: Unit) -> Result<i64, Rejection> {
    parse_steps(&number.to_string(), unit.scale(), unit.code().as_str())
        .map_err(|source| Rejection::Amount { what, source })
}

/// As [`steps`], and the amount must be above zero.
pub(crate) fn positive(what: &'static str, number: Number, unit: Unit) -> Result<i64, Rejection> {
    match steps(what, number, unit)? {
        amount if amount > 0 => Ok(amount),
        _ => Err(Rejection::NotPositive { what }),
    }
}

pub(crate) fn currency(catalog: &Catalog, code: UnitCode) -> Result<Unit, Rejection> {
    let unit = catalog.unit(code).ok_or(Rejection::UnknownUnit { unit: code })?;
    if catalog.is_currency(code) { Ok(unit) } else { Err(Rejection::NotACurrency { unit: code }) }
}

/// Two postings that move `amount` from the account credited to the account debited.
pub(crate) fn transfer(
    debit: Account,
    credit: Account,
    amount: Amount,
) -> Result<[Posting; 2], Rejection> {
    let negative = amount.try_neg().map_err(|_| Rejection::Overflow)?;
    Ok([Posting::new(debit, amount), Posting::new(credit, negative)])
}

/// The account on which a lot's consideration waits (accounting rules, section 4).
#[must_use]
pub fn liability(kind: LotKind) -> Account {
    match kind {
        LotKind::Bonus => Account::ClMaterialRight,
        LotKind::Compensation => Account::ClConcessions,
        LotKind::Purchased | LotKind::Promotional | LotKind::Allocated | LotKind::Migrated => {
            Account::ClPurchased
        }
    }
}

/// The account to which what is left of a lot goes when it expires: breakage, but compensation that
/// is not used gives back the revenue it reduced (policy `reverse_contra`).
#[must_use]
pub fn expiry_account(kind: LotKind) -> Account {
    match kind {
        LotKind::Compensation => Account::ContraConcessions,
        _ => Account::RevenueBreakage,
    }
}

fn paid(catalog: &Catalog, price: &Price) -> Result<Paid, Rejection> {
    let currency = currency(catalog, price.currency)?;
    let (net, tax) =
        (steps("price.net", price.net, currency)?, steps("price.tax", price.tax, currency)?);
    if net < 0 || tax < 0 {
        return Err(Rejection::Negative { what: "a price".to_owned() });
    }
    let tax_kind = match price.tax_kind {
        Tax::Vat => TaxKind::Vat,
        Tax::SalesTax => TaxKind::SalesTax,
    };
    Ok(Paid { currency, net, tax, tax_kind })
}

/// The wallet that a grant names, and its type.
fn wallet(
    book: &CustomerBook,
    grant: &GrantCredits,
) -> Result<(WalletCode, WalletTypeCode), Rejection> {
    let code = match (&grant.wallet, &grant.wallet_type) {
        (Some(wallet), _) => wallet.clone(),
        (None, Some(wallet_type)) => {
            WalletCode::try_new(wallet_type.as_str()).map_err(|_| Rejection::NoWallet)?
        }
        (None, None) => return Err(Rejection::NoWallet),
    };
    let existing = book.wallets.get(&code).map(|w| w.wallet_type.clone());
    let named = grant.wallet_type.clone();
    match (existing, named) {
        (Some(exists), Some(wanted)) if exists != wanted => {
            Err(Rejection::OtherWalletType { wallet: code, exists, wanted })
        }
        (Some(wallet_type), _) | (None, Some(wallet_type)) => Ok((code, wallet_type)),
        (None, None) => {
            let wallet_type =
                WalletTypeCode::try_new(code.as_str()).map_err(|_| Rejection::NoWallet)?;
            Ok((code, wallet_type))
        }
    }
}

fn check_price(grant: &GrantCredits) -> Result<(), Rejection> {
    let kind = grant.kind.code();
    match (grant.kind, &grant.price) {
        (LotKind::Purchased | LotKind::Allocated | LotKind::Migrated, None) => {
            Err(Rejection::PriceMissing { kind })
        }
        (LotKind::Promotional, Some(_)) => Err(Rejection::PriceNotAllowed { kind }),
        _ => Ok(()),
    }
}

/// Grants a lot: the units, and the consideration by the kind of the lot.
pub(crate) fn grant(
    cause: &Cause<'_>,
    book: &mut CustomerBook,
    grant: &GrantCredits,
) -> Result<Effect, Rejection> {
    let entry = match grant.kind {
        LotKind::Purchased | LotKind::Allocated | LotKind::Bonus => EntryKind::Purchase,
        LotKind::Promotional | LotKind::Compensation => EntryKind::Grant,
        LotKind::Migrated => EntryKind::OpeningBalance,
    };
    grant_as(cause, book, (grant, entry))
}

/// As [`grant`], with an entry of another kind than the lot's kind tells.
pub(crate) fn grant_as(
    cause: &Cause<'_>,
    book: &mut CustomerBook,
    (grant, entry): (&GrantCredits, EntryKind),
) -> Result<Effect, Rejection> {
    let (catalog, operation) = (cause.catalog, cause.operation);
    let (wallet, wallet_type) = wallet(book, grant)?;
    let definition = catalog
        .wallet_type(&wallet_type)
        .ok_or_else(|| Rejection::UnknownWalletType { wallet_type: wallet_type.clone() })?;
    let unit =
        catalog.unit(definition.unit).ok_or(Rejection::UnknownUnit { unit: definition.unit })?;
    let units = positive("units", grant.units, unit)?;
    check_price(grant)?;
    let paid = grant.price.as_ref().map(|price| paid(catalog, price)).transpose()?;
    let zone = catalog.zone();
    let lot = match &grant.lot {
        Some(lot) => lot.clone(),
        None => LotId::try_new(operation.id.as_str()).map_err(|_| Rejection::Overflow)?,
    };
    let added = Issue {
        memo: format!("{} lot {lot}: {}", grant.kind, Amount::from_steps(unit, units)),
        lot,
        wallet,
        wallet_type,
        kind: grant.kind,
        units,
        paid,
        counter: issue::counter(grant.kind, grant.settlement),
        priority: grant.priority,
        at: operation.at,
        effective_at: grant.effective_at.map_or(Ok(operation.at), |when| when.resolve(zone))?,
        ends: match &grant.expires_at {
            None => Ends::ByRule,
            Some(Expiry::Never(_)) => Ends::At(Validity::fixed(None)),
            Some(Expiry::At(when)) => Ends::At(Validity::fixed(Some(when.resolve(zone)?))),
        },
        entry,
    };
    issue::issue(cause, book, added)
}

/// Books a payment against what is invoiced.
pub(crate) fn receive_payment(
    catalog: &Catalog,
    book: &mut CustomerBook,
    operation: &Operation,
    payment: &ReceivePayment,
) -> Result<Effect, Rejection> {
    let currency = currency(catalog, payment.currency)?;
    let paid = positive("amount", payment.amount, currency)?;
    let open = book.receivable.get(&currency.code()).copied().unwrap_or(0);
    move_open(open, paid, currency)?;
    let invoice = payment
        .invoice
        .as_ref()
        .map(|number| invoicing::pay(book, number, (paid, currency)))
        .transpose()?;
    let amount = Amount::from_steps(currency, paid);
    let of_invoice = payment.invoice.as_ref().map(|number| format!(", invoice {number}"));
    let draft = Draft {
        kind: EntryKind::Payment,
        operation: operation.id.clone(),
        effective_at: operation.at,
        booked_on: catalog.zone().day_of(operation.at),
        memo: format!("payment of {amount}{}", of_invoice.unwrap_or_default()),
        detail: None,
        postings: transfer(Account::CashClearing, Account::AccountsReceivable, amount)?.into(),
    };
    let entry = book.seal(draft)?;
    book.receivable.insert(currency.code(), open - paid);
    if let (Some(number), Some(invoice)) = (&payment.invoice, invoice) {
        book.invoices.insert(number.clone(), invoice);
    }
    Ok(Effect { entries: vec![entry], ..Effect::default() })
}

pub(crate) fn move_open(open: i64, wanted: i64, currency: Unit) -> Result<(), Rejection> {
    if wanted <= open {
        return Ok(());
    }
    let text = |steps| Amount::from_steps(currency, steps).to_string();
    Err(Rejection::MoreThanOpen { wanted: text(wanted), open: text(open) })
}

/// Invoices overage: Dr 1100 Cr 1110, and the tax.
pub(crate) fn invoice_overage(
    catalog: &Catalog,
    book: &mut CustomerBook,
    operation: &Operation,
    invoice: &InvoiceOverage,
) -> Result<Effect, Rejection> {
    let currency = currency(catalog, invoice.currency)?;
    let open = book.unbilled.get(&currency.code()).copied().unwrap_or(0);
    let net = match invoice.amount {
        Some(amount) => positive("amount", amount, currency)?,
        None if open > 0 => open,
        None => return Err(Rejection::NotPositive { what: "the unbilled overage" }),
    };
    move_open(open, net, currency)?;
    let tax = invoice.tax.map_or(Ok(0), |tax| steps("tax", tax, currency))?;
    if tax < 0 {
        return Err(Rejection::Negative { what: "tax".to_owned() });
    }
    let gross = net.checked_add(tax).ok_or(Rejection::Overflow)?;
    let amount = |steps| Amount::from_steps(currency, steps);
    let mut postings = vec![
        Posting::new(Account::AccountsReceivable, amount(gross)),
        Posting::new(Account::UnbilledReceivable, amount(-net)),
    ];
    if tax != 0 {
        postings.push(Posting::new(Account::VatOutput, amount(-tax)));
    }
    let owed = book.receivable.get(&currency.code()).copied().unwrap_or(0);
    let owed = owed.checked_add(gross).ok_or(Rejection::Overflow)?;
    let draft = Draft {
        kind: EntryKind::Invoice,
        operation: operation.id.clone(),
        effective_at: operation.at,
        booked_on: catalog.zone().day_of(operation.at),
        memo: format!("overage of {} invoiced", amount(net)),
        detail: None,
        postings,
    };
    let entry = book.seal(draft)?;
    book.unbilled.insert(currency.code(), open - net);
    invoicing::billed_before(book, currency.code(), net);
    book.receivable.insert(currency.code(), owed);
    Ok(Effect { entries: vec![entry], ..Effect::default() })
}
