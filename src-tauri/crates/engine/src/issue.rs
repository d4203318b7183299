//! Issues: new units in a wallet, however the customer comes by them.
//!
//! Owns: the lot with its facts for life, what the customer owes for it, and its entry.
//! Deliberately does not know: why it is issued, how much, and what it costs.
//!
//! Grants, top-ups, plans and adjustments all issue here, so that no way in misses what another
//! notes. Units that leave one lot for another are no issue: the new lot is a child (`moves`).

use scrip_catalog::{Catalog, ExpiryRule, LotRates, PriceTax, PriceTaxKind};
use scrip_journal::{Account, Draft, EntryKind, Posting};
use scrip_units::{Amount, Exact, Instant, LotId, Rounding, Unit, WalletCode, WalletTypeCode};
use scrip_wallet::lot::KeptUnit;
use scrip_wallet::{
    ExpiryError, Lot, LotKind, LotTax, TaxKind, Terms, Validity, Wallet, expires_at,
};

use crate::apply::{Effect, LotFact};
use crate::book::CustomerBook;
use crate::contract::ContractFault;
use crate::exchange;
use crate::grant::{liability, transfer};
use crate::inactivity;
use crate::operation::Settlement;
use crate::overdraft::repay;
use crate::rejection::Rejection;
use crate::schedule::Cause;

/// What units cost, in smallest steps of a currency.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Paid {
    pub(crate) currency: Unit,
    pub(crate) net: i64,
    /// On top of it.
    pub(crate) tax: i64,
    pub(crate) tax_kind: TaxKind,
}

impl Paid {
    /// A price on which no tax is charged.
    pub(crate) fn untaxed((currency, net): (Unit, i64)) -> Self {
        Self { currency, net, tax: 0, tax_kind: TaxKind::Vat }
    }

    /// A configured price with its tax, rounded half away from zero.
    pub(crate) fn taxed(
        (currency, net): (Unit, i64),
        tax: Option<&PriceTax>,
    ) -> Result<Self, Rejection> {
        let Some(of) = tax else { return Ok(Self::untaxed((currency, net))) };
        let exact = || Exact::whole(net).try_mul(of.percent.exact()?)?.try_div(Exact::whole(100));
        let steps = exact().map_err(|_| Rejection::Overflow)?.round(Rounding::HalfAwayFromZero);
        let tax = i64::try_from(steps.map_err(|_| Rejection::Overflow)?);
        let tax_kind = match of.kind {
            PriceTaxKind::Vat => TaxKind::Vat,
            PriceTaxKind::SalesTax => TaxKind::SalesTax,
        };
        Ok(Self { currency, net, tax: tax.map_err(|_| Rejection::Overflow)?, tax_kind })
    }

    pub(crate) fn gross(&self) -> Result<i64, Rejection> {
        self.net.checked_add(self.tax).ok_or(Rejection::Overflow)
    }

    pub(crate) fn lot_tax(&self) -> Option<LotTax> {
        let tax = LotTax { kind: self.tax_kind, charged: self.tax, returned: 0 };
        (self.tax != 0).then_some(tax)
    }
}

/// When a lot ends.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Ends {
    /// By the rule of its wallet type.
    ByRule,
    /// As it says.
    At(Validity),
}

/// Units to be added.
#[derive(Debug)]
pub(crate) struct Issue {
    pub(crate) lot: LotId,
    pub(crate) wallet: WalletCode,
    pub(crate) wallet_type: WalletTypeCode,
    pub(crate) kind: LotKind,
    /// In smallest steps.
    pub(crate) units: i64,
    pub(crate) paid: Option<Paid>,
    /// The account against which the money is booked.
    pub(crate) counter: Account,
    pub(crate) priority: Option<u32>,
    /// The instant of the entry, whose day is the day of the grant.
    pub(crate) at: Instant,
    /// From when the lot is usable.
    pub(crate) effective_at: Instant,
    pub(crate) ends: Ends,
    pub(crate) entry: EntryKind,
    pub(crate) memo: String,
}

/// The account against which a lot's money is booked.
pub(crate) fn counter(kind: LotKind, settlement: Settlement) -> Account {
    match (kind, settlement) {
        (LotKind::Compensation, _) => Account::ContraConcessions,
        (LotKind::Migrated, _) => Account::OpeningEquity,
        (_, Settlement::Paid) => Account::CashClearing,
        (_, Settlement::Invoiced) => Account::AccountsReceivable,
    }
}

/// Adds the units and books what is charged for them. On a rejection nothing has changed.
pub(crate) fn issue(
    cause: &Cause<'_>,
    book: &mut CustomerBook,
    issue: Issue,
) -> Result<Effect, Rejection> {
    let lot = new_lot(cause, book, &issue)?;
    let owed = receivable(book, &issue)?;
    let draft = Draft {
        kind: issue.entry,
        operation: cause.operation.id.clone(),
        effective_at: issue.at,
        booked_on: cause.catalog.zone().day_of(issue.at),
        memo: issue.memo,
        detail: None,
        postings: postings(&lot, issue.paid.as_ref(), issue.counter)?,
    };
    // Only a repayment changes the book before the entry is sealed.
    let before = book.overdrawn.contains_key(&lot.wallet).then(|| book.clone());
    let sealed = seal(book, lot, draft, issue.at);
    let (entry, lot) = match (sealed, before) {
        (Err(rejection), Some(before)) => {
            *book = before;
            return Err(rejection);
        }
        (sealed, _) => sealed?,
    };
    if let Some((currency, open)) = owed {
        book.receivable.insert(currency.code(), open);
    }
    let wallet = Wallet { code: issue.wallet.clone(), wallet_type: issue.wallet_type };
    book.wallets.entry(issue.wallet).or_insert(wallet);
    let fact = LotFact { customer: book.customer.clone(), lot: lot.clone() };
    book.add_lot(lot);
    Ok(Effect { entries: vec![entry], lots: vec![fact], ..Effect::default() })
}

/// Repays what the wallet is overdrawn by and seals the entry.
fn seal(
    book: &mut CustomerBook,
    mut lot: Lot,
    mut draft: Draft,
    at: Instant,
) -> Result<(scrip_journal::Entry, Lot), Rejection> {
    draft.postings.extend(repay(book, &mut lot, at)?);
    Ok((book.seal(draft)?, lot))
}

/// What the ends of this customer's lots depend on besides their rules.
pub(crate) fn terms(catalog: &Catalog, book: &CustomerBook) -> Terms {
    Terms {
        billing_day: catalog.customer(&book.customer).map_or(1, |c| c.billing_day),
        contract_through: book.contract_through,
        zone: catalog.zone(),
    }
}

/// When a lot ends by a rule.
pub(crate) fn end_by(
    catalog: &Catalog,
    book: &CustomerBook,
    (rule, effective_at): (&ExpiryRule, Instant),
) -> Result<Validity, Rejection> {
    match expires_at(rule, effective_at, &terms(catalog, book)) {
        Ok(validity) => Ok(validity),
        Err(ExpiryError::NoContract) => {
            Err(ContractFault::Unknown { customer: book.customer.clone() }.into())
        }
        Err(ExpiryError::Time(error)) => Err(error.into()),
    }
}

/// When a lot of a wallet type ends by its rule.
pub(crate) fn end_by_rule(
    catalog: &Catalog,
    book: &CustomerBook,
    (wallet_type, effective_at): (&WalletTypeCode, Instant),
) -> Result<Validity, Rejection> {
    let version = catalog
        .wallet_type_at(wallet_type, effective_at)
        .ok_or_else(|| Rejection::NoVersion { wallet_type: wallet_type.clone() })?;
    end_by(catalog, book, (&version.expiry, effective_at))
}

fn new_lot(cause: &Cause<'_>, book: &CustomerBook, issue: &Issue) -> Result<Lot, Rejection> {
    let (catalog, code) = (cause.catalog, &issue.wallet_type);
    let definition = catalog
        .wallet_type(code)
        .ok_or_else(|| Rejection::UnknownWalletType { wallet_type: code.clone() })?;
    let unit =
        catalog.unit(definition.unit).ok_or(Rejection::UnknownUnit { unit: definition.unit })?;
    let version = catalog
        .wallet_type_at(code, issue.effective_at)
        .ok_or_else(|| Rejection::NoVersion { wallet_type: code.clone() })?;
    let validity = match issue.ends {
        Ends::At(validity) => validity,
        Ends::ByRule => end_by_rule(catalog, book, (code, issue.effective_at))?,
    };
    if validity.expires_at.is_some_and(|end| end <= issue.effective_at) {
        return Err(Rejection::EmptyValidity);
    }
    if book.position(&issue.lot).is_some() {
        let customer = book.customer.clone();
        return Err(Rejection::LotExists { customer, lot: issue.lot.clone() });
    }
    let exchange = match &issue.paid {
        Some(paid) => exchange::of_day(cause, issue.at, paid.currency.code())?,
        None => None,
    };
    let mut lot = Lot {
        id: issue.lot.clone(),
        wallet: issue.wallet.clone(),
        wallet_type: code.clone(),
        wallet_type_version: version.version,
        kind: issue.kind,
        unit: KeptUnit(unit),
        priority: issue.priority,
        granted_on: catalog.zone().day_of(issue.at),
        moved_on: None,
        effective_at: issue.effective_at,
        expires_at: validity.expires_at,
        ends_with: validity.ends_with,
        issued: issue.units,
        available: issue.units,
        consumed: 0,
        expired: 0,
        refunded: 0,
        held: 0,
        transferred: 0,
        currency: issue.paid.map(|paid| KeptUnit(paid.currency)),
        consideration: issue.paid.map_or(0, |paid| paid.net),
        released: 0,
        parent: None,
        reinstated: 0,
        rolled: 0,
        usable_since: None,
        rates_as_of: (version.rates == LotRates::Original)
            .then_some(issue.at.min(issue.effective_at)),
        rates_billed_on: (version.rates == LotRates::Original)
            .then(|| terms(catalog, book).billing_day),
        withdrawn: 0,
        forfeited: 0,
        reimbursed: 0,
        tax: issue.paid.as_ref().and_then(Paid::lot_tax),
        chargeback: None,
        written_off: None,
        exchange: exchange.map(Box::new),
    };
    lot.expires_at = inactivity::end(catalog, book, &lot)?;
    Ok(lot)
}

/// What the customer owes after the issue, if it is invoiced.
fn receivable(book: &CustomerBook, issue: &Issue) -> Result<Option<(Unit, i64)>, Rejection> {
    match &issue.paid {
        Some(paid) if issue.counter == Account::AccountsReceivable => {
            let open = book.receivable.get(&paid.currency.code()).copied().unwrap_or(0);
            let open = open.checked_add(paid.gross()?).ok_or(Rejection::Overflow)?;
            Ok(Some((paid.currency, open)))
        }
        _ => Ok(None),
    }
}

fn postings(lot: &Lot, paid: Option<&Paid>, counter: Account) -> Result<Vec<Posting>, Rejection> {
    let units = Amount::from_steps(lot.unit.0, lot.issued);
    let granted = transfer(Account::UnitsAvailable, Account::UnitsIssued, units)?;
    let mut postings: Vec<Posting> =
        granted.map(|posting| posting.of_lot(&lot.wallet, &lot.id)).into();
    let Some(paid) = paid.filter(|paid| paid.net != 0 || paid.tax != 0) else {
        return Ok(postings);
    };
    let amount = |steps: i64| Amount::from_steps(paid.currency, steps);
    postings.push(Posting::new(counter, amount(paid.gross()?)));
    let owed = Posting::new(liability(lot.kind), amount(-paid.net));
    postings.push(owed.of_lot(&lot.wallet, &lot.id));
    postings.extend(tax_posting(paid));
    Ok(postings)
}

/// The line of the tax on a price, if there is any.
pub(crate) fn tax_posting(paid: &Paid) -> Option<Posting> {
    let account = match paid.tax_kind {
        TaxKind::Vat => Account::VatOutput,
        TaxKind::SalesTax => Account::SalesTax,
    };
    let tax = Amount::from_steps(paid.currency, -paid.tax);
    (paid.tax != 0).then(|| Posting::new(account, tax))
}
