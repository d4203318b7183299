//! The state that the steps of all mechanisms share: lots, what is owed, and the money accounts.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::alerts::{Burned, Told, Watch};
use super::charges::Charge;
use super::commitments::Commitment;
use super::configuration::Configuration;
use super::disputes::Dispute;
use super::drafts::{Correction, Draft};
use super::ends::EndsWith;
use super::exchange::{Noted, Published};
use super::fraction::{Fraction, Mode};
use super::holds::Hold;
use super::invoices::Invoice;
use super::limits::Count;
use super::minimums::Uses;
use super::overdraft::Overdrawn;
use super::plans::Subscription;
use super::posted::Moves;
use super::purchases::GivenUp;
use super::reversals::Reversals;
use super::top_ups::TopUps;
use super::usage::{Draws, Priced};

/// A lot of the oracle.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Lot {
    /// Id.
    pub id: String,
    /// Wallet it is in.
    pub wallet: String,
    /// Type of the wallet.
    pub wallet_type: String,
    /// Kind.
    pub kind: String,
    /// Grant priority.
    pub priority: Option<u64>,
    /// Number of the version of the wallet type that it was granted with.
    pub terms: i64,
    /// When it was bought, and the billing day then, if it keeps the rates of that time.
    pub bought: Option<(i64, i64)>,
    /// How often its units have rolled over.
    pub rolled: i64,
    /// The day since which it is there: of its grant, or on which its units came from another lot.
    pub there: i64,
    /// From when it is usable.
    pub from: i64,
    /// From when its first lot was.
    pub first_from: i64,
    /// Until when.
    pub until: Option<i64>,
    /// What moves that.
    pub(super) ends_with: EndsWith,
    /// Units issued.
    pub issued: i64,
    /// Units left.
    pub available: i64,
    /// Units reserved.
    pub held: i64,
    /// Units used.
    pub consumed: i64,
    /// Units expired.
    pub expired: i64,
    /// Expired units that were given back in another lot.
    pub reinstated: i64,
    /// Units refunded or voided.
    pub refunded: i64,
    /// Units that left for another lot.
    pub transferred: i64,
    /// Currency of what was paid; none if nothing ever was.
    pub currency: Option<String>,
    /// Consideration.
    pub price: i64,
    /// Kind of the tax that was charged on it; empty if there was none.
    pub tax_kind: String,
    /// The tax that was charged on it.
    pub tax: i64,
    /// Consideration that is not deferred any more.
    pub released: i64,
    /// Money that was recognised for used units.
    pub recognised: i64,
    /// Money that went to other lots.
    pub moved: i64,
    /// Money that units carried when they were paid back.
    pub repaid: i64,
    /// Money that units carried when they were voided or adjusted away.
    pub lost: i64,
    /// Money that was paid back for used units.
    pub repaid_used: i64,
    /// The exchange rate of the day on which it was paid for.
    pub noted: Option<Noted>,
    /// Tax that was paid back, or that went to other lots.
    pub tax_gone: i64,
    /// The chargeback of what was paid for it.
    pub(super) dispute: Option<Dispute>,
    /// Its price, when it was given up.
    pub(super) given_up: Option<GivenUp>,
}

impl Lot {
    /// A lot that comes from this one: so many units, for so much money.
    #[must_use]
    pub fn child(&self, id: String, units: i64, money: i64) -> Self {
        let tax = Fraction::new(i128::from(self.tax) * i128::from(money), i128::from(self.price));
        Self {
            id,
            issued: units,
            available: units,
            held: 0,
            consumed: 0,
            expired: 0,
            reinstated: 0,
            refunded: 0,
            transferred: 0,
            price: money,
            tax: tax.whole(Mode::Half),
            released: 0,
            recognised: 0,
            moved: 0,
            repaid: 0,
            lost: 0,
            repaid_used: 0,
            tax_gone: 0,
            dispute: None,
            given_up: None,
            ..self.clone()
        }
    }

    /// Units leave for another lot, with what they carry; what leaves the liability beyond that is
    /// breakage of units that had expired before, and is returned.
    #[must_use]
    pub fn give(&mut self, child: &Lot, units: i64) -> i64 {
        let released = self.release(units);
        self.available -= units;
        self.transferred += units;
        self.released += released;
        self.moved += child.price;
        self.tax_gone += child.tax;
        released - child.price
    }

    /// Whether a bank has taken back what was paid for it.
    #[must_use]
    pub fn is_frozen(&self) -> bool {
        self.dispute.as_ref().is_some_and(|dispute| dispute.stands)
    }

    /// The part of the consideration that belongs to the first units.
    #[must_use]
    pub fn share(&self, units: i64) -> i64 {
        let product = i128::from(self.price) * i128::from(units);
        Fraction::new(product, i128::from(self.issued)).whole(Mode::Half)
    }

    /// The part of the consideration that belongs to some units after the first ones.
    #[must_use]
    pub fn share_of(&self, first: i64, units: i64) -> i64 {
        self.share(first + units) - self.share(first)
    }

    /// Units that have left in any way.
    #[must_use]
    pub fn gone(&self) -> i64 {
        self.consumed + self.expired + self.refunded + self.transferred
    }

    /// What has gone with units that were paid back, voided or moved.
    fn left(&self) -> i64 {
        self.moved + self.repaid + self.lost
    }

    /// What the first units gone are worth: their share, and at least what has gone otherwise than by
    /// usage and expiry, since that does not come back with others.
    fn worth(&self, units: i64) -> i64 {
        self.share(units).max(self.left())
    }

    /// What leaves the liability with some more units: what all that are then gone are worth, less what
    /// was released before.
    #[must_use]
    pub fn release(&self, units: i64) -> i64 {
        (self.worth(self.gone() + units) - self.released).max(0)
    }

    /// What goes back to the liability with some units that come back.
    #[must_use]
    pub fn defer(&self, units: i64) -> i64 {
        self.released - self.worth(self.gone() - units)
    }

    /// What so many units carry that go now, as usage or otherwise, or that had expired and are used or
    /// paid back now. Those that stay expired are the last of the units gone: what rounding makes of
    /// that is their breakage.
    #[must_use]
    pub fn carries(&self, units: i64) -> i64 {
        match self.expired {
            0 => self.release(units),
            expired => {
                let first = self.gone() - expired;
                self.worth(first + units) - self.worth(first)
            }
        }
    }

    /// The revenue that goes with used units that come back: of those before what has expired.
    #[must_use]
    pub fn unearns(&self, units: i64) -> i64 {
        let first = self.gone() - self.expired;
        self.worth(first) - self.worth(first - units)
    }

    /// What used units are worth: those before what has expired, less what has gone with others.
    #[must_use]
    pub fn earns(&self) -> i64 {
        self.worth(self.gone() - self.expired) - self.left()
    }

    /// The breakage that stands for the units that have expired.
    #[must_use]
    pub fn breakage(&self) -> i64 {
        self.released - self.worth(self.gone() - self.expired)
    }

    /// Consideration that is still deferred.
    #[must_use]
    pub fn carrying(&self) -> i64 {
        self.price - self.released
    }

    /// Whether it may be drawn by usage of an instant, apart from what is left of it.
    #[must_use]
    pub fn is_valid_at(&self, at: i64) -> bool {
        !self.is_frozen() && self.first_from <= at && self.until.is_none_or(|end| at < end)
    }

    /// Whether the units were given away.
    #[must_use]
    pub fn is_free(&self) -> bool {
        matches!(self.kind.as_str(), "bonus" | "promotional" | "compensation")
    }

    /// The account on which its consideration waits.
    #[must_use]
    pub fn liability(&self) -> &'static str {
        match self.kind.as_str() {
            "bonus" => "cl_material_right",
            "compensation" => "cl_concessions",
            _ => "cl_purchased",
        }
    }

    /// The account to which its consideration goes when its units are forfeited.
    #[must_use]
    pub fn forfeit(&self) -> &'static str {
        if self.kind == "compensation" { "contra_concessions" } else { "revenue_breakage" }
    }
}

/// Revenue of a rate, by the day of the service.
#[derive(Debug, Clone)]
pub(super) struct Earned {
    pub(super) day: i64,
    pub(super) rate: String,
    pub(super) currency: String,
    pub(super) money: i64,
}

/// Where an amount of money stands.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Cell {
    /// The customer.
    pub customer: String,
    /// The day it was booked on.
    pub day: i64,
    /// The account.
    pub account: &'static str,
    /// The currency.
    pub unit: String,
    /// For revenue from usage the card, version and row; otherwise empty.
    pub rate: String,
}

/// The state of a customer.
#[derive(Debug, Clone, Default)]
pub struct Customer {
    /// Code.
    pub code: String,
    /// Wallets and their types.
    pub wallets: BTreeMap<String, String>,
    /// Lots, in the order they were granted.
    pub lots: Vec<Lot>,
    /// Every event that was priced.
    pub(super) priced: Vec<Priced>,
    /// The last day of the contract.
    pub(super) contract: Option<i64>,
    /// Days on which wallets were used whose lots live on with usage.
    pub(super) used_on: BTreeMap<String, BTreeSet<i64>>,
    /// Holds, by their id.
    pub(super) holds: BTreeMap<String, Hold>,
    /// What wallets are overdrawn by, the oldest first.
    pub(super) overdrawn: BTreeMap<String, Vec<Overdrawn>>,
    /// What counts against limits.
    pub(super) spent: BTreeMap<Count, i64>,
    /// Subscriptions, by plan, and how many lots each line of a plan has granted.
    pub(super) subscriptions: BTreeMap<String, Subscription>,
    pub(super) granted: BTreeMap<(String, String), i64>,
    /// Charges of plans, by their name.
    pub charges: BTreeMap<String, Charge>,
    /// Minimum commitments by name, and the revenue that may count for them.
    pub(super) commitments: BTreeMap<String, Commitment>,
    pub(super) earned: Vec<Earned>,
    /// Cards that priced usage, by billing period.
    pub(super) uses: Uses,
    /// Draft invoices, by the first day of their period and their currency.
    pub drafts: BTreeMap<(i64, String), Draft>,
    /// Final invoices, by number.
    pub invoices: BTreeMap<String, Invoice>,
    /// Top-ups, by wallet.
    pub(super) top_ups: BTreeMap<String, TopUps>,
    /// Where charges came from that may have to be given back.
    pub(super) draws: Draws,
    /// Every event that came, and what was taken back.
    pub(super) reversals: Reversals,
    /// Which alerts stand.
    pub(super) watch: Watch,
    /// Events that came inside operations, by key.
    pub(super) recorded: BTreeMap<String, Value>,
    /// Invoiced and not paid, by currency.
    pub receivable: BTreeMap<String, i64>,
    /// Earned and not invoiced, by currency.
    pub unbilled: BTreeMap<String, i64>,
}

impl Customer {
    /// A lot, while it is valid.
    pub(super) fn open_lot(&self, id: &str, at: i64) -> Result<usize, String> {
        let found = self.lots.iter().position(|lot| lot.id == id);
        let index = found.ok_or_else(|| format!("there is no lot {id}"))?;
        match self.lots[index].until {
            Some(end) if end <= at => Err(format!("lot {id} has expired")),
            _ if self.lots[index].is_frozen() => Err(format!("lot {id} is frozen")),
            _ => Ok(index),
        }
    }
}

/// The books.
#[derive(Debug, Clone)]
pub struct Books {
    /// The configuration in force.
    pub configuration: Configuration,
    /// The customers that have a history.
    pub customers: BTreeMap<String, Customer>,
    /// Money, debit positive.
    pub money: BTreeMap<Cell, i64>,
    /// The last closed day.
    pub(super) closed: Option<i64>,
    /// The latest instant of usage that an entry was made of.
    pub(super) posted_until: Option<i64>,
    /// What usage of the day in work has moved.
    pub(super) moves: Moves,
    /// What of it is taken back.
    pub(super) correction: Option<Correction>,
    /// What fell due and waits for what it lacks, until the next operation: whose, and what.
    pub(super) waits: BTreeSet<(String, String)>,
    /// What was burned before the operation in work, and what was told of since.
    pub(super) burned: BTreeMap<String, Burned>,
    pub(super) told: Vec<Told>,
    /// Exchange rates, by their source.
    pub(super) published: BTreeMap<String, Published>,
}

impl Books {
    /// The state of a customer who is configured.
    pub(super) fn customer(&mut self, code: &str) -> Result<&mut Customer, String> {
        if self.configuration.one("customers", code).is_none() {
            return Err(format!("there is no customer {code}"));
        }
        let new = || Customer { code: code.to_owned(), ..Customer::default() };
        Ok(self.customers.entry(code.to_owned()).or_insert_with(new))
    }

    /// The day on which what happened at an instant is booked: its own, or the first open one.
    pub(super) fn booked_on(&self, at: i64) -> i64 {
        let day = self.configuration.zone.day_of(at);
        self.closed.map_or(day, |closed| day.max(closed + 1))
    }

    /// Posts an amount to an account, on the day of an instant.
    pub(super) fn post(
        &mut self,
        (customer, at): (&str, i64),
        account: &'static str,
        (steps, unit): (i64, &str),
    ) {
        self.post_by_rate((customer, at), account, (steps, unit), "");
    }

    /// As [`Books::post`], for revenue of a rate.
    pub(super) fn post_by_rate(
        &mut self,
        (customer, at): (&str, i64),
        account: &'static str,
        (steps, unit): (i64, &str),
        rate: &str,
    ) {
        let cell = Cell {
            customer: customer.to_owned(),
            day: self.booked_on(at),
            account,
            unit: unit.to_owned(),
            rate: rate.to_owned(),
        };
        *self.money.entry(cell).or_default() += steps;
        self.note_earned(customer, self.configuration.zone.day_of(at), (-steps, unit), rate);
    }

    /// Notes revenue of a rate on the day of its service.
    fn note_earned(&mut self, customer: &str, day: i64, (money, unit): (i64, &str), rate: &str) {
        if let Some(customer) = self.customers.get_mut(customer).filter(|_| !rate.is_empty()) {
            let (rate, currency) = (rate.to_owned(), unit.to_owned());
            customer.earned.push(Earned { day, rate, currency, money });
        }
    }

    /// Moves what was noted of a rate since some moment to the day of another service.
    pub(super) fn earned_on(&mut self, customer: &str, since: usize, day: i64) {
        let noted = self.customers.get_mut(customer).map(|customer| &mut customer.earned);
        for earned in noted.into_iter().flatten().skip(since) {
            earned.day = day;
        }
    }
}
