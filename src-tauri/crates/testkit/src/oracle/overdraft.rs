//! Overdrafts: units that a wallet owes, and the lots that repay them.

use std::collections::BTreeMap;

use super::books::Books;
use super::fraction::{Fraction, Mode};
use super::usage::{Account, Drawn, Met};

/// Units by which a wallet is overdrawn, and why.
#[derive(Debug, Clone)]
pub(super) struct Overdrawn {
    pub(super) units: i64,
    /// What they were booked at.
    money: i64,
    /// Units and money before any of it was repaid or taken back.
    all: (i64, i64),
    currency: String,
    because: Because,
    /// The day of the service.
    day: i64,
}

/// Dimension values that reports break down by.
type Reported = BTreeMap<String, String>;

#[derive(Debug, Clone, PartialEq, Eq)]
enum Because {
    /// Usage, by what its price counts over, its rate, and the values that reports break down by.
    Usage(Account, String, Reported),
    /// An adjustment against an account.
    Adjustment(&'static str),
}

impl Because {
    /// Whether it is usage of a rate and period by a version of the rate.
    fn is_of(&self, account: &Account, version: i64) -> bool {
        let rate = format!("{}@{version}/{}", account.0, account.1);
        matches!(self, Self::Usage(of, priced_by, _) if of == account && *priced_by == rate)
    }
}

impl Overdrawn {
    /// Takes units off; gives the money that goes with them: the rounded share of those left stays.
    fn less(&mut self, units: i64) -> i64 {
        self.units -= units;
        let (all, booked) = self.all;
        let left = i128::from(booked) * i128::from(self.units);
        let stays = Fraction::new(left, i128::from(all)).whole(Mode::Half);
        let goes = self.money - stays;
        self.money = stays;
        goes
    }
}

impl Books {
    /// Units by which a wallet is overdrawn.
    pub(super) fn overdrawn(&self, code: &str, wallet: &str) -> i64 {
        let found = self.customers.get(code).and_then(|c| c.overdrawn.get(wallet));
        found.into_iter().flatten().map(|one| one.units).sum()
    }

    /// Units by which usage of a rate and period overdrew a wallet, by a version of the rate.
    pub(super) fn overdrawn_by(
        &self,
        (code, wallet): (&str, &str),
        (account, version): (&Account, i64),
    ) -> i64 {
        let found = self.customers.get(code).and_then(|c| c.overdrawn.get(wallet));
        let of = |one: &&Overdrawn| one.because.is_of(account, version);
        found.into_iter().flatten().filter(of).map(|one| one.units).sum()
    }

    /// Usage overdraws a wallet: usage of a day at a rate is one overdraft.
    pub(super) fn overdraw(
        &mut self,
        wallet: &str,
        (met, account): (&Met<'_>, &Account),
        booked: (i64, i64),
        (currency, day): (&str, i64),
    ) {
        let because = Because::Usage(account.clone(), met.rate_name(), met.reported.clone());
        self.overdraw_because((met.customer, wallet), because, booked, (currency, day));
    }

    /// An adjustment overdraws a wallet.
    pub(super) fn overdraw_by_hand(
        &mut self,
        place: (&str, &str),
        units: i64,
        against: &'static str,
    ) {
        self.overdraw_because(place, Because::Adjustment(against), (units, 0), ("", 0));
    }

    /// What has the same reason is one overdraft.
    fn overdraw_because(
        &mut self,
        (code, wallet): (&str, &str),
        because: Because,
        (units, money): (i64, i64),
        (currency, day): (&str, i64),
    ) {
        let all = self.of(code).overdrawn.entry(wallet.to_owned()).or_default();
        let same = |one: &&mut Overdrawn| {
            one.units > 0 && (&one.because, one.day, &*one.currency) == (&because, day, currency)
        };
        if let Some(one) = all.iter_mut().find(same) {
            one.units += units;
            one.money += money;
            one.all = (one.units, one.money);
        } else {
            let currency = currency.to_owned();
            all.push(Overdrawn { units, money, all: (units, money), currency, because, day });
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
            let booked = first.less(units);
            let (because, booked_in) = (first.because.clone(), first.currency.clone());
            let (day, noted) = (first.day, customer.earned.len());
            let released = lot.release(units);
            lot.released += released;
            lot.available -= units;
            let (liability, currency) = (lot.liability(), lot.currency.clone());
            let place = (code, at);
            match because {
                Because::Usage(account, rate, _) => {
                    lot.consumed += units;
                    lot.recognised += released;
                    self.drawn_after_all(code, (&account, &rate), (&wallet, index), units);
                    self.post(place, "unbilled_receivable", (-booked, &booked_in));
                    self.post_by_rate(place, "revenue_usage", (booked, &booked_in), &rate);
                    self.earn(place, liability, (released, currency), &rate);
                    self.earned_on(code, noted, day);
                }
                Because::Adjustment(against) => {
                    lot.refunded += units;
                    lot.lost += released;
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
        (account, rate): (&Account, &str),
        (wallet, lot): (&str, usize),
        units: i64,
    ) {
        let draws = self.customers.get_mut(code).and_then(|c| c.draws.get_mut(account));
        let Some(draws) = draws else { return };
        let (mut left, mut after) = (units, Vec::new());
        for drawn in draws.drain(..) {
            let by = format!("{}@{}/{}", account.0, drawn.version, account.1);
            if drawn.overdrawn.as_deref() != Some(wallet) || by != rate || left == 0 {
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
    /// what they were booked; those of the day of an event that is taken back go first. Gives that money.
    pub(super) fn undraw(
        &mut self,
        wallet: &str,
        (met, account, version): (&Met<'_>, &Account, i64),
        (units, taken_back): (i64, bool),
    ) -> i64 {
        let day = self.configuration.zone.day_of(met.at);
        let Some(owed) = self.of(met.customer).overdrawn.get_mut(wallet) else { return 0 };
        let mut order: Vec<_> = owed.iter_mut().rev().collect();
        // A stable sort: false is before true.
        order.sort_by_key(|one| {
            let own = matches!(&one.because, Because::Usage(.., values) if *values == met.reported);
            !(taken_back && own && one.day == day)
        });
        let (mut left, mut money) = (units, 0);
        for one in order {
            let mine = one.because.is_of(account, version);
            if !mine || left == 0 || one.units == 0 {
                continue;
            }
            let part = left.min(one.units);
            money += one.less(part);
            left -= part;
        }
        money
    }
}
