//! What turned out cheaper goes back where it came from.

use std::collections::BTreeMap;

use super::books::Books;
use super::burns::Return;
use super::limits::Part;
use super::usage::{Drawn, Met, Priced};

impl Books {
    /// Units that turned out cheaper go back where they came from, the last drawn first; if the lot
    /// has expired by then, they expire.
    pub(super) fn give_back(&mut self, priced: &mut Priced, met: &Met<'_>) {
        let mut left = -priced.charge;
        let mut ended = BTreeMap::new();
        let mut back = Return { at: met.at, taken_back: false, ended: &mut ended };
        while left > 0 {
            let stack = self.of(met.customer).draws.entry(priced.account.clone()).or_default();
            stack.retain(|drawn| drawn.units > 0);
            let Some(place) = stack.iter().rposition(|drawn| drawn.back) else { break };
            let last = stack[place].clone();
            let part = left.min(last.units);
            stack[place].units -= part;
            left -= part;
            self.give_part(priced, met, &Drawn { units: part, ..last }, &mut back);
        }
    }

    /// Gives units back to where they came from.
    pub(super) fn give_part(
        &mut self,
        priced: &mut Priced,
        met: &Met<'_>,
        source: &Drawn,
        back: &mut Return<'_>,
    ) {
        let part = source.units;
        match (source.lot, &source.overdrawn) {
            (Some(index), _) => {
                let kind = self.of(met.customer).lots[index].wallet_type.clone();
                priced.parts.push(Part::Wallet(kind, -part));
                let (card, _, period) = priced.account.clone();
                self.give_back_to(&(card, source.row.clone(), period), met, (index, part), back);
            }
            (None, Some(wallet)) => {
                self.give_back_overdraft(priced, met, wallet, (source, back.taken_back));
            }
            (None, None) => {
                // At what it was charged.
                if let Some((currency, price)) = &source.price {
                    let met = self.charged_at(met, source, currency);
                    self.overage(priced, &met, -part, (currency, *price));
                }
            }
        }
    }

    /// Units that overdrew a wallet are taken off, at what they were booked.
    fn give_back_overdraft(
        &mut self,
        priced: &mut Priced,
        met: &Met<'_>,
        wallet: &str,
        (source, taken_back): (&Drawn, bool),
    ) {
        let (Some((currency, price)), units) = (&source.price, source.units) else { return };
        let met = &self.charged_at(met, source, currency);
        let account = priced.account.clone();
        let money = self.undraw(wallet, (met, &account, source.version), (units, taken_back));
        let computed = self.charge_beyond(priced, met, -units, (currency, *price));
        if let Some(own) = priced.beyond.get_mut(currency) {
            own.charged -= computed + money;
        }
        let kind = self.of(met.customer).wallets[wallet].clone();
        priced.parts.push(Part::Overdraft(kind, -units, (currency.clone(), -money)));
        let place = (met.customer, met.at);
        self.post(place, "unbilled_receivable", (-money, currency));
        self.post_by_rate(place, "revenue_usage", (money, currency), &met.rate_name());
        self.moved("overdraft", (wallet, &met.line_name()), -units);
        self.moved("overdraft money", (wallet, &met.line_name()), -money);
    }
}
