//! What turned out cheaper goes back where it came from.

use super::books::Books;
use super::fraction::Fraction;
use super::limits::Part;
use super::usage::{Account, Met, Priced};

impl Books {
    /// Units that turned out cheaper go back where they came from, the last drawn first; if the lot
    /// has expired by then, they expire.
    pub(super) fn give_back(&mut self, priced: &mut Priced, met: &Met<'_>) {
        let mut left = -priced.charge;
        while left > 0 {
            let stack = self.of(met.customer).draws.entry(priced.account.clone()).or_default();
            stack.retain(|drawn| drawn.units > 0);
            let Some(place) = stack.iter().rposition(|drawn| drawn.back) else { break };
            let last = stack[place].clone();
            let part = left.min(last.units);
            stack[place].units -= part;
            left -= part;
            match (last.lot, &last.overdrawn) {
                (Some(index), _) => {
                    let kind = self.of(met.customer).lots[index].wallet_type.clone();
                    priced.parts.push(Part::Wallet(kind, -part));
                    self.give_back_to(&priced.account, met, index, part);
                }
                (None, Some(wallet)) => {
                    self.give_back_overdraft(priced, met, wallet, part, last.price)
                }
                (None, None) => {
                    // At what it was charged.
                    if let Some((currency, _)) = self.overage_price(met) {
                        self.overage(priced, met, -part, (&currency, last.price));
                    }
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
        units: i64,
        price: Fraction,
    ) {
        let Some((currency, _)) = self.overage_price(met) else { return };
        let account = priced.account.clone();
        let money = self.undraw((met.customer, wallet), &account, units);
        let computed = self.charge_beyond(priced, met, -units, (&currency, price));
        priced.overage -= computed + money;
        let kind = self.of(met.customer).wallets[wallet].clone();
        priced.parts.push(Part::Overdraft(kind, -units, (currency.clone(), -money)));
        let place = (met.customer, met.at);
        self.post(place, "unbilled_receivable", (-money, &currency));
        self.post_by_rate(place, "revenue_usage", (money, &currency), &met.rate_name());
        self.moved("overdraft", (wallet, &met.line_name()), -units);
        self.moved("overdraft money", (wallet, &met.line_name()), -money);
    }

    /// Notes units that usage took from a lot, where they were, and the money they released from the
    /// liability and from where forfeited money went.
    pub(super) fn moved_of_lot(
        &mut self,
        (met, index): (&Met<'_>, usize),
        place: &'static str,
        units: i64,
        (liability, forfeit): (i64, i64),
    ) {
        let lot = index.to_string();
        self.moved(place, (&lot, ""), units);
        self.moved("liability", (&lot, ""), liability);
        self.moved("forfeit", (&lot, ""), forfeit);
        self.moved("consumed", (&lot, &met.line_name()), units);
        self.moved("revenue", (&lot, &met.line_name()), liability + forfeit);
    }

    /// Units of the draft go back first, then what burned with invoices of the period, the last invoice
    /// first, and then others.
    fn give_back_to(&mut self, account: &Account, met: &Met<'_>, index: usize, units: i64) {
        let held = self.give_back_held(met, account, index, units).unwrap_or_default();
        let mut left = units - held;
        for (number, nth) in self.burned_by_invoices(met.customer, account, index) {
            let burned = |books: &mut Self, (units, money): (i64, i64)| {
                let invoices = &mut books.of(met.customer).invoices;
                let burned = &mut invoices.get_mut(&number)?.burned[nth];
                (burned.1, burned.2) = (burned.1 - units, burned.2 - money);
                Some(burned.1)
            };
            let part = left.min(burned(self, (0, 0)).unwrap_or_default());
            let money = self.unburn(met, index, part);
            burned(self, (part, money));
            left -= part;
        }
        self.unburn(met, index, left);
    }

    fn unburn(&mut self, met: &Met<'_>, index: usize, units: i64) -> i64 {
        let lot = &mut self.of(met.customer).lots[index];
        let (deferred, money);
        let lives = lot.until.is_none_or(|end| met.at < end);
        if lives {
            // Never more than was recognised; what rounding asks beyond it is breakage of the units that
            // have expired, or else stays released.
            let wanted = lot.released - lot.share(lot.gone() - units);
            money = wanted.min(lot.recognised);
            deferred = if lot.expired > 0 { wanted } else { money };
            lot.released -= deferred;
            lot.available += units;
        } else {
            money = lot.share_of(lot.gone() - lot.expired - units, units);
            deferred = 0;
            lot.expired += units;
        }
        lot.consumed -= units;
        lot.recognised -= money;
        let (liability, forfeit, currency) = (lot.liability(), lot.forfeit(), lot.currency.clone());
        let place = if lives { "available" } else { "expired" };
        self.moved_of_lot((met, index), place, -units, (-deferred, deferred - money));
        self.recognise(met, liability, -deferred, currency.clone());
        self.recognise(met, forfeit, deferred - money, currency);
        self.covered_by(met, index, (-units, -money));
        money
    }
}
