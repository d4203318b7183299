//! Overdrafts: units that a wallet owes, and the lots that repay them.

use super::books::Books;
use super::fraction::{Fraction, Mode};
use super::usage::{Account, Drawn};

/// Units by which a wallet is overdrawn, and why.
#[derive(Debug, Clone)]
pub(super) struct Overdrawn {
    pub(super) units: i64,
    /// What they were booked at.
    money: i64,
    currency: String,
    because: Because,
    /// The day of the service.
    day: i64,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Because {
    /// Usage, by what its price counts over, and its rate.
    Usage(Account, String),
    /// An adjustment against an account.
    Adjustment(&'static str),
}

fn part_of(money: i64, units: i64, all: i64) -> i64 {
    Fraction::new(i128::from(money) * i128::from(units), i128::from(all)).whole(Mode::Half)
}

impl Books {
    /// Units by which a wallet is overdrawn.
    pub(super) fn overdrawn(&self, code: &str, wallet: &str) -> i64 {
        let found = self.customers.get(code).and_then(|c| c.overdrawn.get(wallet));
        found.into_iter().flatten().map(|one| one.units).sum()
    }

    /// Units by which usage of a rate and period overdrew a wallet.
    pub(super) fn overdrawn_by(&self, (code, wallet): (&str, &str), account: &Account) -> i64 {
        let found = self.customers.get(code).and_then(|c| c.overdrawn.get(wallet));
        let of = |one: &&Overdrawn| matches!(&one.because, Because::Usage(of, _) if of == account);
        found.into_iter().flatten().filter(of).map(|one| one.units).sum()
    }

    /// Usage overdraws a wallet.
    pub(super) fn overdraw(
        &mut self,
        (code, wallet): (&str, &str),
        (account, rate): (Account, String),
        (units, money): (i64, i64),
        (currency, day): (&str, i64),
    ) {
        let because = Because::Usage(account, rate);
        let one = Overdrawn { units, money, currency: currency.to_owned(), because, day };
        if let Some(customer) = self.customers.get_mut(code) {
            customer.overdrawn.entry(wallet.to_owned()).or_default().push(one);
        }
    }

    /// An adjustment overdraws a wallet.
    pub(super) fn overdraw_by_hand(
        &mut self,
        (code, wallet): (&str, &str),
        units: i64,
        against: &'static str,
    ) {
        let because = Because::Adjustment(against);
        let one = Overdrawn { units, money: 0, currency: String::new(), because, day: 0 };
        if let Some(customer) = self.customers.get_mut(code) {
            customer.overdrawn.entry(wallet.to_owned()).or_default().push(one);
        }
    }

    /// The lot that was added last repays what its wallet owes, the oldest first.
    pub(super) fn repay(&mut self, code: &str, at: i64) -> Result<(), String> {
        let customer = self.customer(code)?;
        let index = customer.lots.len() - 1;
        let wallet = customer.lots[index].wallet.clone();
        if customer.lots[index].until.is_some_and(|end| end <= at) {
            return Ok(());
        }
        loop {
            let customer = self.customer(code)?;
            let owed = customer.overdrawn.entry(wallet.clone()).or_default();
            owed.retain(|one| one.units > 0);
            let lot = &mut customer.lots[index];
            let Some(first) = owed.first_mut().filter(|_| lot.available > 0) else {
                return Ok(());
            };
            let units = first.units.min(lot.available);
            let booked = part_of(first.money, units, first.units);
            first.units -= units;
            first.money -= booked;
            let (because, booked_in) = (first.because.clone(), first.currency.clone());
            let (day, noted) = (first.day, customer.earned.len());
            let released = lot.release(units);
            lot.released += released;
            lot.available -= units;
            let (liability, currency) = (lot.liability(), lot.currency.clone());
            let place = (code, at);
            match because {
                Because::Usage(account, rate) => {
                    lot.consumed += units;
                    lot.recognised += released;
                    self.drawn_after_all(code, &account, (&wallet, index), units);
                    self.post(place, "unbilled_receivable", (-booked, &booked_in));
                    self.post_by_rate(place, "revenue_usage", (booked, &booked_in), &rate);
                    self.earn(place, liability, (released, currency), &rate);
                    self.earned_on(code, noted, day);
                }
                Because::Adjustment(against) => {
                    lot.refunded += units;
                    if let Some(currency) = currency {
                        self.post(place, liability, (released, &currency));
                        self.post(place, against, (-released, &currency));
                    }
                }
            }
        }
    }

    /// Units that were drawn from nowhere came from a lot after all.
    fn drawn_after_all(
        &mut self,
        code: &str,
        account: &Account,
        (wallet, lot): (&str, usize),
        units: i64,
    ) {
        let draws = self.customers.get_mut(code).and_then(|c| c.draws.get_mut(account));
        let Some(draws) = draws else { return };
        let (mut left, mut after) = (units, Vec::new());
        for drawn in draws.drain(..) {
            if drawn.overdrawn.as_deref() != Some(wallet) || left == 0 {
                after.push(drawn);
                continue;
            }
            let part = left.min(drawn.units);
            left -= part;
            let lot = Some(lot);
            let repaid = true;
            after.push(Drawn { lot, units: part, overdrawn: None, repaid, ..drawn.clone() });
            if drawn.units > part {
                after.push(Drawn { units: drawn.units - part, ..drawn });
            }
        }
        *draws = after;
    }

    /// Usage that overdrew a wallet turns out cheaper: the last units overdrawn by it are taken off, at
    /// what they were booked; gives that money.
    pub(super) fn undraw(
        &mut self,
        (code, wallet): (&str, &str),
        account: &Account,
        units: i64,
    ) -> i64 {
        let owed = self.customers.get_mut(code).and_then(|c| c.overdrawn.get_mut(wallet));
        let (mut left, mut money) = (units, 0);
        for one in owed.into_iter().flatten().rev() {
            let mine = matches!(&one.because, Because::Usage(of, _) if of == account);
            if !mine || left == 0 || one.units == 0 {
                continue;
            }
            let part = left.min(one.units);
            let booked = part_of(one.money, part, one.units);
            one.units -= part;
            one.money -= booked;
            left -= part;
            money += booked;
        }
        money
    }
}
