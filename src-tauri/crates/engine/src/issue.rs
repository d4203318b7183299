//! Issues: units that the engine itself adds to a wallet, by a top-up or a plan.
//!
//! Owns: the lot, its entry, and what the customer owes for it.
//! Deliberately does not know: why it is issued, and how much.

use scrip_journal::{Account, Draft, EntryKind, Posting};
use scrip_units::{Amount, Instant, LotId, Unit, WalletCode, WalletTypeCode};
use scrip_wallet::lot::KeptUnit;
use scrip_wallet::{Lot, LotKind, Wallet, expires_at};

use crate::apply::{Effect, LotFact};
use crate::book::CustomerBook;
use crate::grant::{liability, transfer};
use crate::operation::Settlement;
use crate::overdraft::repay;
use crate::rejection::Rejection;
use crate::schedule::Cause;

/// Units to be added.
pub(crate) struct Issue {
    pub(crate) lot: LotId,
    pub(crate) wallet: WalletCode,
    pub(crate) wallet_type: WalletTypeCode,
    pub(crate) kind: LotKind,
    /// In smallest steps.
    pub(crate) units: i64,
    /// What is charged, net, in smallest steps of a currency.
    pub(crate) price: Option<(Unit, i64)>,
    pub(crate) settlement: Settlement,
    /// When: the lot is effective from here on, and the entry is dated here.
    pub(crate) at: Instant,
    /// When the lot ends; by the wallet type's rule if none.
    pub(crate) expires_at: Option<Option<Instant>>,
    pub(crate) entry: EntryKind,
    pub(crate) memo: String,
}

/// Adds the units and books what is charged for them.
pub(crate) fn issue(
    cause: &Cause<'_>,
    book: &mut CustomerBook,
    issue: Issue,
) -> Result<Effect, Rejection> {
    let (catalog, code) = (cause.catalog, &issue.wallet_type);
    let definition = catalog
        .wallet_type(code)
        .ok_or_else(|| Rejection::UnknownWalletType { wallet_type: code.clone() })?;
    let unit =
        catalog.unit(definition.unit).ok_or(Rejection::UnknownUnit { unit: definition.unit })?;
    let version = catalog
        .wallet_type_at(code, issue.at)
        .ok_or_else(|| Rejection::NoVersion { wallet_type: code.clone() })?;
    let billing_day = catalog.customer(&book.customer).map_or(1, |c| c.billing_day);
    let end = match issue.expires_at {
        Some(end) => end,
        None => expires_at(&version.expiry, issue.at, billing_day, catalog.zone())?,
    };
    if end.is_some_and(|end| end <= issue.at) {
        return Err(Rejection::EmptyValidity);
    }
    let mut lot = Lot {
        id: issue.lot,
        wallet: issue.wallet.clone(),
        wallet_type: issue.wallet_type.clone(),
        wallet_type_version: version.version,
        kind: issue.kind,
        unit: KeptUnit(unit),
        priority: None,
        granted_on: catalog.zone().day_of(issue.at),
        effective_at: issue.at,
        expires_at: end,
        issued: issue.units,
        available: issue.units,
        consumed: 0,
        expired: 0,
        refunded: 0,
        held: 0,
        transferred: 0,
        currency: issue.price.map(|(currency, _)| KeptUnit(currency)),
        consideration: issue.price.map_or(0, |(_, net)| net),
        released: 0,
        parent: None,
        reinstated: 0,
        rolled: 0,
        usable_since: None,
        withdrawn: 0,
        forfeited: 0,
        reimbursed: 0,
        tax: None,
        chargeback: None,
        exchange: None,
    };
    let mut postings = postings(&lot, issue.settlement)?;
    postings.extend(repay(book, &mut lot, issue.at)?);
    let draft = Draft {
        kind: issue.entry,
        operation: cause.operation.id.clone(),
        effective_at: issue.at,
        booked_on: catalog.zone().day_of(issue.at),
        memo: issue.memo,
        detail: None,
        postings,
    };
    let entry = book.seal(draft)?;
    if let (Some((currency, net)), Settlement::Invoiced) = (issue.price, issue.settlement) {
        let owed = book.receivable.entry(currency.code()).or_default();
        *owed = owed.checked_add(net).ok_or(Rejection::Overflow)?;
    }
    let wallet = Wallet { code: issue.wallet.clone(), wallet_type: issue.wallet_type };
    book.wallets.entry(issue.wallet).or_insert(wallet);
    let fact = LotFact { customer: book.customer.clone(), lot: lot.clone() };
    book.add_lot(lot);
    Ok(Effect { entries: vec![entry], lots: vec![fact], ..Effect::default() })
}

fn postings(lot: &Lot, settlement: Settlement) -> Result<Vec<Posting>, Rejection> {
    let units = Amount::from_steps(lot.unit.0, lot.issued);
    let granted = transfer(Account::UnitsAvailable, Account::UnitsIssued, units)?;
    let mut postings: Vec<Posting> =
        granted.map(|posting| posting.of_lot(&lot.wallet, &lot.id)).into();
    if let Some(currency) = lot.currency.filter(|_| lot.consideration != 0) {
        let counter = match settlement {
            Settlement::Paid => Account::CashClearing,
            Settlement::Invoiced => Account::AccountsReceivable,
        };
        let net = Amount::from_steps(currency.0, lot.consideration);
        let [paid, owed] = transfer(counter, liability(lot.kind), net)?;
        postings.push(paid);
        postings.push(owed.of_lot(&lot.wallet, &lot.id));
    }
    Ok(postings)
}
