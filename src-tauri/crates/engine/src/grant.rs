//! Grants and payments: how units and money come in.

use scrip_catalog::Catalog;
use scrip_journal::{Account, Draft, EntryKind, Posting};
use scrip_units::{Amount, LotId, Number, Unit, UnitCode, WalletCode, WalletTypeCode, parse_steps};
use scrip_wallet::lot::KeptUnit;
use scrip_wallet::{Lot, LotKind, LotTax, TaxKind, Wallet, expires_at};

use crate::apply::{Effect, LotFact};
use crate::book::CustomerBook;
use crate::invoicing;
use crate::operation::{
    Expiry, GrantCredits, InvoiceOverage, Operation, Price, ReceivePayment, Settlement, Tax,
};
use crate::overdraft::repay;
use crate::rejection::Rejection;

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

struct Paid {
    currency: Unit,
    net: i64,
    tax: i64,
    tax_account: Account,
}

impl Paid {
    fn lot_tax(&self) -> Option<LotTax> {
        let kind = match self.tax_account {
            Account::SalesTax => TaxKind::SalesTax,
            _ => TaxKind::Vat,
        };
        (self.tax != 0).then_some(LotTax { kind, charged: self.tax, returned: 0 })
    }
}

fn paid(catalog: &Catalog, price: &Price) -> Result<Paid, Rejection> {
    let currency = currency(catalog, price.currency)?;
    let (net, tax) =
        (steps("price.net", price.net, currency)?, steps("price.tax", price.tax, currency)?);
    if net < 0 || tax < 0 {
        return Err(Rejection::Negative { what: "a price".to_owned() });
    }
    let tax_account = match price.tax_kind {
        Tax::Vat => Account::VatOutput,
        Tax::SalesTax => Account::SalesTax,
    };
    Ok(Paid { currency, net, tax, tax_account })
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
    catalog: &Catalog,
    book: &mut CustomerBook,
    operation: &Operation,
    grant: &GrantCredits,
) -> Result<Effect, Rejection> {
    grant_as(catalog, book, operation, (grant, None))
}

/// As [`grant`], with an entry of another kind than the lot's kind tells.
pub(crate) fn grant_as(
    catalog: &Catalog,
    book: &mut CustomerBook,
    operation: &Operation,
    (grant, kind): (&GrantCredits, Option<EntryKind>),
) -> Result<Effect, Rejection> {
    let (wallet, wallet_type) = wallet(book, grant)?;
    let definition = catalog
        .wallet_type(&wallet_type)
        .ok_or_else(|| Rejection::UnknownWalletType { wallet_type: wallet_type.clone() })?;
    let unit =
        catalog.unit(definition.unit).ok_or(Rejection::UnknownUnit { unit: definition.unit })?;
    let issued = positive("units", grant.units, unit)?;
    check_price(grant)?;
    let paid = grant.price.as_ref().map(|price| paid(catalog, price)).transpose()?;
    let zone = catalog.zone();
    let effective_at = grant.effective_at.map_or(Ok(operation.at), |when| when.resolve(zone))?;
    let version = catalog
        .wallet_type_at(&wallet_type, effective_at)
        .ok_or_else(|| Rejection::NoVersion { wallet_type: wallet_type.clone() })?;
    let billing_day = catalog.customer(&book.customer).map_or(1, |c| c.billing_day);
    let expires_at = match &grant.expires_at {
        None => expires_at(&version.expiry, effective_at, billing_day, zone)?,
        Some(Expiry::Never(_)) => None,
        Some(Expiry::At(when)) => Some(when.resolve(zone)?),
    };
    if expires_at.is_some_and(|end| end <= effective_at) {
        return Err(Rejection::EmptyValidity);
    }
    let lot_id = match &grant.lot {
        Some(lot) => lot.clone(),
        None => LotId::try_new(operation.id.as_str()).map_err(|_| Rejection::Overflow)?,
    };
    if book.position(&lot_id).is_some() {
        return Err(Rejection::LotExists { customer: book.customer.clone(), lot: lot_id });
    }
    let lot = Lot {
        id: lot_id,
        wallet: wallet.clone(),
        wallet_type: wallet_type.clone(),
        wallet_type_version: version.version,
        kind: grant.kind,
        unit: KeptUnit(unit),
        priority: grant.priority,
        granted_on: zone.day_of(operation.at),
        effective_at,
        expires_at,
        issued,
        available: issued,
        consumed: 0,
        expired: 0,
        refunded: 0,
        held: 0,
        transferred: 0,
        currency: paid.as_ref().map(|p| KeptUnit(p.currency)),
        consideration: paid.as_ref().map_or(0, |p| p.net),
        released: 0,
        parent: None,
        reinstated: 0,
        rolled: 0,
        usable_since: None,
        withdrawn: 0,
        forfeited: 0,
        reimbursed: 0,
        tax: paid.as_ref().and_then(Paid::lot_tax),
        chargeback: None,
        exchange: None,
    };
    let owed = receivable(book, grant, paid.as_ref())?;
    let mut draft = draft(catalog, operation, &lot, paid.as_ref(), grant.settlement)?;
    draft.kind = kind.unwrap_or(draft.kind);
    let before = book.overdrawn.contains_key(&lot.wallet).then(|| book.clone());
    let mut lot = lot;
    let sealed = repay(book, &mut lot, operation.at).and_then(|repaid| {
        draft.postings.extend(repaid);
        Ok(book.seal(draft)?)
    });
    let entry = match (sealed, before) {
        (Err(rejection), Some(before)) => {
            *book = before;
            return Err(rejection);
        }
        (sealed, _) => sealed?,
    };
    if let Some((currency, open)) = owed {
        book.receivable.insert(currency, open);
    }
    book.wallets.entry(wallet.clone()).or_insert(Wallet { code: wallet, wallet_type });
    let fact = LotFact { customer: book.customer.clone(), lot: lot.clone() };
    book.add_lot(lot);
    Ok(Effect { entries: vec![entry], lots: vec![fact], ..Effect::default() })
}

/// What the customer owes after the grant, if the grant changes it.
fn receivable(
    book: &CustomerBook,
    grant: &GrantCredits,
    paid: Option<&Paid>,
) -> Result<Option<(UnitCode, i64)>, Rejection> {
    let invoiced = matches!(grant.kind, LotKind::Purchased | LotKind::Allocated | LotKind::Bonus)
        && grant.settlement == Settlement::Invoiced;
    match paid {
        Some(paid) if invoiced => {
            let gross = paid.net.checked_add(paid.tax).ok_or(Rejection::Overflow)?;
            let open = book.receivable.get(&paid.currency.code()).copied().unwrap_or(0);
            let open = open.checked_add(gross).ok_or(Rejection::Overflow)?;
            Ok(Some((paid.currency.code(), open)))
        }
        _ => Ok(None),
    }
}

fn draft(
    catalog: &Catalog,
    operation: &Operation,
    lot: &Lot,
    paid: Option<&Paid>,
    settlement: Settlement,
) -> Result<Draft, Rejection> {
    let units = Amount::from_steps(lot.unit.0, lot.issued);
    let mut postings: Vec<Posting> =
        transfer(Account::UnitsAvailable, Account::UnitsIssued, units)?
            .map(|posting| posting.of_lot(&lot.wallet, &lot.id))
            .into();
    if let Some(paid) = paid.filter(|p| p.net != 0 || p.tax != 0) {
        postings.extend(money(lot, paid, settlement)?);
    }
    let kind = match lot.kind {
        LotKind::Purchased | LotKind::Allocated | LotKind::Bonus => EntryKind::Purchase,
        LotKind::Promotional | LotKind::Compensation => EntryKind::Grant,
        LotKind::Migrated => EntryKind::OpeningBalance,
    };
    Ok(Draft {
        kind,
        operation: operation.id.clone(),
        effective_at: operation.at,
        booked_on: catalog.zone().day_of(operation.at),
        memo: format!("{} lot {}: {units}", lot.kind, lot.id),
        detail: None,
        postings,
    })
}

fn money(lot: &Lot, paid: &Paid, settlement: Settlement) -> Result<Vec<Posting>, Rejection> {
    let counter = match (lot.kind, settlement) {
        (LotKind::Compensation, _) => Account::ContraConcessions,
        (LotKind::Migrated, _) => Account::OpeningEquity,
        (_, Settlement::Paid) => Account::CashClearing,
        (_, Settlement::Invoiced) => Account::AccountsReceivable,
    };
    let gross = paid.net.checked_add(paid.tax).ok_or(Rejection::Overflow)?;
    let amount = |steps: i64| Amount::from_steps(paid.currency, steps);
    let mut postings = vec![Posting::new(counter, amount(gross))];
    postings
        .push(Posting::new(liability(lot.kind), amount(-paid.net)).of_lot(&lot.wallet, &lot.id));
    if paid.tax != 0 {
        postings.push(Posting::new(paid.tax_account, amount(-paid.tax)));
    }
    Ok(postings)
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
