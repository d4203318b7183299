//! Which lots an operation means: one that it names, or those of a wallet, and how many units of each.

use scrip_catalog::Catalog;
use scrip_units::{Amount, Date, Instant, LotId, Number, Unit, WalletCode};
use scrip_wallet::{Lot, Wallet, wallet_order};

use crate::book::CustomerBook;
use crate::grant::positive;
use crate::rejection::Rejection;

/// Why an operation cannot be about a lot at its instant.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LotFault {
    /// It was not there yet.
    #[error(
        "lot {lot} is there since {since}; what is done about it cannot be dated {on}, before that"
    )]
    NotYet {
        /// The lot.
        lot: LotId,
        /// The day of its grant, or on which its units came from another lot.
        since: Date,
        /// The day of the operation.
        on: Date,
    },
    /// Its validity has ended: expire it instead.
    #[error(
        "lot {lot} expired at {expired_at}; what was left of it cannot be refunded, voided or moved"
    )]
    Expired {
        /// The lot.
        lot: LotId,
        /// When.
        expired_at: Instant,
    },
}

/// What an operation names: a lot or a wallet.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Named<'a> {
    Lot(&'a LotId),
    Wallet(&'a WalletCode),
}

impl<'a> Named<'a> {
    pub(crate) fn one(
        lot: Option<&'a LotId>,
        wallet: Option<&'a WalletCode>,
    ) -> Result<Self, Rejection> {
        match (lot, wallet) {
            (Some(lot), None) => Ok(Self::Lot(lot)),
            (None, Some(wallet)) => Ok(Self::Wallet(wallet)),
            _ => Err(Rejection::WhichLot),
        }
    }

    /// As memos call it.
    pub(crate) fn text(self) -> String {
        match self {
            Self::Lot(lot) => format!("lot {lot}"),
            Self::Wallet(wallet) => format!("wallet {wallet}"),
        }
    }
}

/// Position of the lot that an operation names.
pub(crate) fn lot_at(book: &CustomerBook, id: &LotId) -> Result<usize, Rejection> {
    book.position(id)
        .ok_or_else(|| Rejection::UnknownLot { customer: book.customer.clone(), lot: id.clone() })
}

/// The lot that an operation names, while it is valid and not frozen.
pub(crate) fn open_lot(book: &CustomerBook, id: &LotId, at: Instant) -> Result<usize, Rejection> {
    let index = lot_at(book, id)?;
    let lot = &book.lots[index];
    match lot.expires_at {
        Some(expired_at) if expired_at <= at => {
            Err(LotFault::Expired { lot: id.clone(), expired_at }.into())
        }
        _ if lot.is_frozen() => Err(Rejection::Frozen { lot: id.clone() }),
        _ => Ok(index),
    }
}

/// Refuses an operation that is dated before the lot that it names was there: what it books would stand in
/// the books before what it is about.
pub(crate) fn is_there(
    catalog: &Catalog,
    book: &CustomerBook,
    (id, at): (&LotId, Instant),
) -> Result<(), Rejection> {
    let (lot, on) = (book.position(id).map(|index| &book.lots[index]), catalog.zone().day_of(at));
    match lot.map(Lot::there_since) {
        Some(since) if on < since => Err(LotFault::NotYet { lot: id.clone(), since, on }.into()),
        _ => Ok(()),
    }
}

/// The wallet that an operation names.
pub(crate) fn wallet_of<'a>(
    book: &'a CustomerBook,
    code: &WalletCode,
) -> Result<&'a Wallet, Rejection> {
    let unknown =
        || Rejection::UnknownWallet { customer: book.customer.clone(), wallet: code.clone() };
    book.wallets.get(code).ok_or_else(unknown)
}

/// The unit of a wallet.
pub(crate) fn unit_of(catalog: &Catalog, wallet: &Wallet) -> Result<Unit, Rejection> {
    let wallet_type = &wallet.wallet_type;
    let unknown = || Rejection::UnknownWalletType { wallet_type: wallet_type.clone() };
    let definition = catalog.wallet_type(wallet_type).ok_or_else(unknown)?;
    catalog.unit(definition.unit).ok_or(Rejection::UnknownUnit { unit: definition.unit })
}

fn text(unit: Unit, steps: i64) -> String {
    Amount::from_steps(unit, steps).to_string()
}

/// The lot has less than is wanted.
pub(crate) fn insufficient(lot: &Lot, available: i64, wanted: i64) -> Rejection {
    Rejection::Insufficient {
        lot: lot.id.clone(),
        available: text(lot.unit.0, available),
        wanted: text(lot.unit.0, wanted),
    }
}

/// Units taken from a lot: its position and how many.
pub(crate) type Pick = (usize, i64);

/// The units that an operation takes: of the lot it names, or of the usable lots of a wallet in draw
/// order; all that are left if it does not say how many.
pub(crate) fn picks(
    catalog: &Catalog,
    book: &CustomerBook,
    named: Named<'_>,
    units: Option<Number>,
    at: Instant,
) -> Result<Vec<Pick>, Rejection> {
    match named {
        Named::Lot(id) => {
            let index = open_lot(book, id, at)?;
            let lot = &book.lots[index];
            let units = match units {
                Some(units) => positive("units", units, lot.unit.0)?,
                None if lot.available > 0 => lot.available,
                None => return Err(Rejection::NotPositive { what: "what is left of the lot" }),
            };
            if units > lot.available {
                return Err(insufficient(lot, lot.available, units));
            }
            Ok(vec![(index, units)])
        }
        Named::Wallet(code) => {
            let wallet = wallet_of(book, code)?;
            let unit = unit_of(catalog, wallet)?;
            let order = order_of_acts(catalog, wallet, &book.lots, at);
            let units = units.map(|units| positive("units", units, unit)).transpose()?;
            let (picks, left) = spread(&book.lots, &order, units);
            match (picks.is_empty(), units, left) {
                (_, Some(units), 1..) => Err(Rejection::WalletInsufficient {
                    wallet: code.clone(),
                    available: text(unit, units - left),
                    wanted: text(unit, units),
                }),
                (true, None, _) => {
                    Err(Rejection::NotPositive { what: "what is left of the wallet" })
                }
                _ => Ok(picks),
            }
        }
    }
}

/// The lots of a wallet that something other than usage takes units from, in draw order: those that were
/// there on its day.
pub(crate) fn order_of_acts(
    catalog: &Catalog,
    wallet: &Wallet,
    lots: &[Lot],
    at: Instant,
) -> Vec<usize> {
    let on = catalog.zone().day_of(at);
    let mut order = wallet_order(catalog, wallet, lots, at);
    order.retain(|index| lots[*index].there_since() <= on);
    order
}

/// Spreads units over lots in an order; without a number, all of them. Also says how many the lots
/// do not have.
pub(crate) fn spread(lots: &[Lot], order: &[usize], units: Option<i64>) -> (Vec<Pick>, i64) {
    let mut left = units.unwrap_or(i64::MAX);
    let mut picks = Vec::new();
    for index in order {
        let part = left.min(lots[*index].available);
        if part > 0 {
            picks.push((*index, part));
            left -= part;
        }
    }
    (picks, if units.is_some() { left } else { 0 })
}

/// The sum of some picks in words.
pub(crate) fn sum_text(book: &CustomerBook, picks: &[Pick]) -> String {
    let unit = picks.first().map(|(index, _)| book.lots[*index].unit.0);
    let sum = picks.iter().map(|(_, units)| units).sum();
    unit.map_or_else(String::new, |unit| text(unit, sum))
}
