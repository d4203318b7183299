//! The law of standings: what is asked of all customers at once has the same answer from a book's
//! standing as from the book.

use std::collections::BTreeMap;

use scrip_engine::CustomerBook;
use scrip_units::{Instant, LotId, UnitCode, WalletCode};
use scrip_wallet::Lot;

/// What a wallet holds: units that can be drawn and units held, by unit; carried money, by currency;
/// since when it has lots that may burn; and the lots of which something is left, in their order.
#[derive(Debug, Default, PartialEq, Eq)]
struct Holding<'a> {
    available: BTreeMap<UnitCode, i128>,
    held: BTreeMap<UnitCode, i128>,
    carried: BTreeMap<UnitCode, i128>,
    since: Option<Instant>,
    left: Vec<(&'a LotId, [i64; 3], Option<Instant>)>,
}

fn holdings(book: &CustomerBook) -> BTreeMap<&WalletCode, Holding<'_>> {
    let mut holdings: BTreeMap<&WalletCode, Holding<'_>> = BTreeMap::new();
    for lot in &book.lots {
        let holding = holdings.entry(&lot.wallet).or_default();
        let unit = lot.unit.0.code();
        *holding.available.entry(unit).or_default() += i128::from(lot.available);
        *holding.held.entry(unit).or_default() += i128::from(lot.held);
        if let Some(currency) = lot.currency {
            let carried = holding.carried.entry(currency.0.code()).or_default();
            *carried += i128::from(lot.carrying());
        }
        let burns = Some(lot.effective_at).filter(|_| !Lot::is_frozen(lot));
        holding.since = match (holding.since, burns) {
            (Some(since), Some(at)) => Some(since.min(at)),
            (since, at) => since.or(at),
        };
        let left = [lot.available, lot.held, lot.carrying()];
        if left != [0; 3] {
            holding.left.push((&lot.id, left, lot.expires_at));
        }
    }
    for holding in holdings.values_mut() {
        holding.carried.retain(|_, carried| *carried != 0);
    }
    holdings
}

/// Compares a book with its standing, as it is read back.
pub(crate) fn standing_ties(book: &CustomerBook) -> Result<(), String> {
    let text = book.standing().to_json().map_err(|e| e.to_string())?;
    let standing = CustomerBook::from_json(&text).map_err(|e| e.to_string())?;
    let rest = |book: &CustomerBook| {
        (
            (book.customer.clone(), book.chain, book.wallets.clone()),
            (book.charges.clone(), book.overdrawn.clone(), book.burned.clone()),
        )
    };
    if holdings(book) == holdings(&standing) && rest(book) == rest(&standing) {
        return Ok(());
    }
    Err(format!("the standing of {} does not say what its book says: {text}", book.customer))
}
