//! The standing of a customer: the part of its book that is asked of all customers at once.
//!
//! A book holds its whole history of counters and draws, and an overview of 100,000 customers would take
//! long to read all of it. The standing is the same book without that history and without lots of which
//! nothing is left: enough for what lots hold and carry, what expires, and when wallets run dry. No
//! operation can be applied to it.

use std::collections::BTreeMap;

use scrip_units::WalletCode;
use scrip_wallet::Lot;

use crate::book::CustomerBook;

impl CustomerBook {
    /// Wallets, fees, overdrafts, what was burned lately, and the lots with something left or carried, in
    /// their order. Of every wallet the earliest lot that is not frozen stays too: since then it burns.
    #[must_use]
    pub fn standing(&self) -> Self {
        let mut standing = Self::new(self.customer.clone());
        standing.chain = self.chain;
        standing.wallets.clone_from(&self.wallets);
        standing.charges.clone_from(&self.charges);
        standing.overdrawn.clone_from(&self.overdrawn);
        standing.burned.clone_from(&self.burned);
        let mut earliest: BTreeMap<&WalletCode, usize> = BTreeMap::new();
        for (at, lot) in self.lots.iter().enumerate() {
            let kept = earliest.entry(&lot.wallet).or_insert(at);
            let order = |lot: &Lot| (lot.is_frozen(), lot.effective_at);
            if order(lot) < order(&self.lots[*kept]) {
                *kept = at;
            }
        }
        for (at, lot) in self.lots.iter().enumerate() {
            let has_something = lot.available != 0 || lot.held != 0 || lot.carrying() != 0;
            if has_something || earliest.get(&lot.wallet) == Some(&at) {
                standing.add_lot(lot.clone());
            }
        }
        standing
    }
}
