//! The steps of an example: what the engine's entries, alerts and refusals say, in order and in words.
//!
//! Days on which usage draws the same lots are one step, as long as nothing else happens between them
//! and the month is the same: what falls into a month is what accounting asks for.

use std::collections::BTreeMap;

use scrip_catalog::Catalog;
use scrip_engine::top_up::Pending;
use scrip_engine::{Applied, CustomerBook, RefusedEvent};
use scrip_journal::{Account, AccountClass, Entry, EntryKind};
use scrip_reports::format::grouped;
use scrip_units::{Date, Instant, LotId, Month, Number, Unit, UnitCode, WalletCode};
use serde::Serialize;

/// What a step is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum StepKind {
    /// Units came in.
    Granted,
    /// Usage drew them.
    Drawn,
    /// Usage holds them until the invoice.
    Held,
    /// What an invoice held was burned.
    Burned,
    /// What was left went over into a new lot.
    RolledOver,
    /// What was left expired.
    Expired,
    /// Units were taken back.
    TakenBack,
    /// A top-up waits for its payment.
    Requested,
    /// A top-up was made.
    ToppedUp,
    /// Usage beyond the wallet was charged in money.
    Overage,
    /// Usage overdrew the wallet.
    Overdrawn,
    /// Something was not allowed.
    Refused,
    /// An operator was told.
    Alerted,
    /// Something else was booked.
    Other,
}

impl StepKind {
    /// In words, as a heading of a row.
    #[must_use]
    pub fn words(self) -> &'static str {
        match self {
            Self::Granted => "Granted",
            Self::Drawn => "Usage",
            Self::Held => "Usage, held",
            Self::Burned => "Invoice",
            Self::RolledOver => "Rollover",
            Self::Expired => "Expiry",
            Self::TakenBack => "Taken back",
            Self::Requested => "Top-up asked for",
            Self::ToppedUp => "Top-up",
            Self::Overage => "Overage",
            Self::Overdrawn => "Overdraft",
            Self::Refused => "Refused",
            Self::Alerted => "Alert",
            Self::Other => "Entry",
        }
    }

    /// The policy whose consequence it is, as the member of a version; none of a purchase.
    fn policy(self) -> &'static str {
        match self {
            Self::Granted | Self::Other => "",
            Self::Drawn => "draw_order",
            Self::Held | Self::Burned => "burns",
            Self::RolledOver | Self::TakenBack => "rollover",
            Self::Expired => "expiry",
            Self::Requested | Self::ToppedUp => "top_up",
            Self::Overage | Self::Overdrawn | Self::Refused => "beyond",
            Self::Alerted => "alerts",
        }
    }

    /// Whether it changes what the customer has otherwise than by ordinary usage.
    #[must_use]
    pub fn is_turn(self) -> bool {
        !matches!(self, Self::Drawn | Self::Held | Self::Alerted | Self::Burned)
    }
}

/// An amount of money of a step.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Money {
    /// The amount, as a decimal text.
    pub amount: String,
    /// The currency.
    pub currency: String,
}

/// A step.
#[derive(Debug, Clone, Serialize)]
pub struct Step {
    /// Its number, from 1.
    pub number: u32,
    /// What it is.
    pub kind: StepKind,
    /// The policy whose consequence it is, as the member of a version; empty for none.
    pub policy: &'static str,
    /// Its first day.
    pub day: Date,
    /// Its last day.
    pub through: Date,
    /// When it began.
    pub at: Instant,
    /// What happened.
    pub words: String,
    /// Units that came in or went out.
    pub units: String,
    /// Units that can be used afterwards; below zero when the wallet is overdrawn.
    pub balance: String,
    /// What became revenue with it, by currency.
    pub revenue: Vec<Money>,
    /// What is still deferred afterwards, by currency.
    pub deferred: Vec<Money>,
}

/// A lot of an example, over its life.
#[derive(Debug, Clone, Serialize)]
pub struct LotLife {
    /// The lot.
    pub lot: String,
    /// Its kind.
    pub kind: &'static str,
    /// From when on it could be used.
    pub from: Instant,
    /// Until when.
    pub until: Option<Instant>,
    /// Units issued.
    pub issued: String,
    /// Units used.
    pub used: String,
    /// Units expired.
    pub expired: String,
    /// Units that went over into another lot.
    pub rolled_over: String,
    /// Units left at the end.
    pub left: String,
}

/// What the engine made of an example.
#[derive(Debug, Clone)]
pub struct ExampleRun {
    /// The unit of the wallet.
    pub unit: Unit,
    /// The first day.
    pub from: Date,
    /// The last day.
    pub through: Date,
    /// The steps.
    pub steps: Vec<Step>,
    /// The balance over time, in smallest steps.
    pub points: Vec<(Instant, i128)>,
    /// The lots.
    pub lots: Vec<LotLife>,
    /// What became revenue with usage, breakage, and overage, by currency.
    pub totals: Vec<Total>,
}

/// Revenue of an example by what it came from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Total {
    /// The currency.
    pub currency: String,
    /// From usage.
    pub usage: String,
    /// From units that were not used.
    pub breakage: String,
    /// From usage beyond the wallet.
    pub overage: String,
    /// What is still deferred.
    pub deferred: String,
}

type Sums = BTreeMap<Unit, i128>;

/// A step before its words.
struct Raw {
    kind: StepKind,
    day: Date,
    through: Date,
    first: Instant,
    days: u64,
    /// An allowance of a member or a team refused it.
    by_allowance: bool,
    /// Units that moved, by lot.
    lots: BTreeMap<LotId, i128>,
    /// Units that came in or went out.
    units: i128,
    /// Units that were concerned although nothing moved, as of a refusal.
    concerned: i128,
    balance: i128,
    revenue: Sums,
    /// What it added to what is deferred, and what is deferred after it.
    added: Sums,
    deferred: Sums,
    /// What decides whether two of them are one, and what they say.
    note: String,
}

/// Collects steps.
pub(super) struct Steps {
    unit: Unit,
    raw: Vec<Raw>,
    points: Vec<(Instant, i128)>,
    balance: i128,
    /// Balances of accounts, credit positive.
    accounts: BTreeMap<(Account, Unit), i128>,
}

impl Steps {
    pub(super) fn new(unit: Unit) -> Self {
        Self { unit, raw: Vec::new(), points: Vec::new(), balance: 0, accounts: BTreeMap::new() }
    }

    /// Adds what an operation caused.
    pub(super) fn add(
        &mut self,
        applied: &Applied,
        at: Instant,
        (catalog, customer, wallet): (&Catalog, Option<&CustomerBook>, &WalletCode),
    ) {
        let before = self.balance;
        self.balance = customer.map_or(0, |customer| balance(customer, wallet, at));
        for entry in &applied.entries {
            self.entry(entry, catalog);
        }
        // Between the entries of one operation the balance is that of what they moved.
        let mut running = before;
        let first = self.raw.len().saturating_sub(applied.entries.len());
        for raw in self.raw.iter_mut().skip(first) {
            running += raw.units;
            raw.balance = running;
        }
        if let Some(last) = self.raw.last_mut().filter(|_| !applied.entries.is_empty()) {
            last.balance = self.balance;
        }
        if self.points.last().is_none_or(|(_, balance)| *balance != self.balance) {
            self.points.push((at, self.balance));
        }
        for alert in &applied.alerts {
            let figures =
                |(name, value): (&String, &String)| format!("{} {value}", name.replace('_', " "));
            let figures: Vec<_> = alert.figures.iter().map(figures).collect();
            let note = format!("Alert {}: {}.", alert.code, figures.join(", "));
            self.say(StepKind::Alerted, catalog.zone().day_of(alert.at), alert.at, (0, note));
        }
    }

    fn entry(&mut self, entry: &Entry, catalog: &Catalog) {
        let body = &entry.body;
        let mut lots: BTreeMap<LotId, i128> = BTreeMap::new();
        let mut units = 0;
        let (mut revenue, mut added) = (Sums::new(), Sums::new());
        let mut moved: BTreeMap<Account, i128> = BTreeMap::new();
        for posting in &body.postings {
            let (account, amount) = (posting.account, posting.amount);
            let steps = i128::from(amount.steps());
            *moved.entry(account).or_default() += steps;
            *self.accounts.entry((account, amount.unit())).or_default() -= steps;
            match account.class() {
                AccountClass::Units if account == Account::UnitsAvailable => {
                    units += steps;
                    if let Some(lot) = &posting.lot {
                        *lots.entry(lot.clone()).or_default() += steps;
                    }
                }
                AccountClass::Revenue | AccountClass::ContraRevenue => {
                    *revenue.entry(amount.unit()).or_default() -= steps;
                }
                AccountClass::ContractLiability => {
                    *added.entry(amount.unit()).or_default() -= steps;
                }
                _ => {}
            }
        }
        lots.retain(|_, units| *units != 0);
        revenue.retain(|_, money| *money != 0);
        added.retain(|_, money| *money > 0);
        let credits = |account| moved.get(&account).is_some_and(|steps| *steps < 0);
        let debits = |account| moved.get(&account).is_some_and(|steps| *steps > 0);
        let kind = match body.kind {
            EntryKind::Purchase | EntryKind::Grant => StepKind::Granted,
            EntryKind::TopUp => StepKind::ToppedUp,
            EntryKind::Rollover => StepKind::RolledOver,
            EntryKind::Expiry => StepKind::Expired,
            EntryKind::Void => StepKind::TakenBack,
            EntryKind::Usage if body.detail.is_none() => StepKind::Burned,
            EntryKind::Usage if debits(Account::UnitsHeld) => StepKind::Held,
            EntryKind::Usage if credits(Account::RevenueOverage) => StepKind::Overage,
            EntryKind::Usage if debits(Account::UnitsConsumed) && units == 0 => StepKind::Overdrawn,
            EntryKind::Usage if units == 0 => StepKind::Overdrawn,
            EntryKind::Usage => StepKind::Drawn,
            _ => StepKind::Other,
        };
        let note = match kind {
            // What the engine has to say beside the count of events.
            StepKind::Drawn | StepKind::Held | StepKind::Overage | StepKind::Overdrawn => {
                body.memo.split_once("; ").map_or(String::new(), |(_, note)| note.to_owned())
            }
            StepKind::Expired | StepKind::RolledOver => {
                body.memo.split_once("; ").map_or(String::new(), |(_, note)| note.to_owned())
            }
            StepKind::Other => body.memo.clone(),
            _ => String::new(),
        };
        let day = catalog.zone().day_of(body.effective_at);
        let deferred = self.deferred();
        self.raw.push(Raw {
            kind,
            day,
            through: day,
            first: body.effective_at,
            days: 1,
            by_allowance: false,
            lots,
            units,
            concerned: 0,
            balance: self.balance,
            revenue,
            added,
            deferred,
            note,
        });
    }

    fn deferred(&self) -> Sums {
        let mut sums = Sums::new();
        for ((account, unit), credit) in &self.accounts {
            if account.class() == AccountClass::ContractLiability {
                *sums.entry(*unit).or_default() += credit;
            }
        }
        sums.retain(|_, money| *money != 0);
        sums
    }

    fn say(&mut self, kind: StepKind, day: Date, at: Instant, (concerned, note): (i128, String)) {
        let deferred = self.deferred();
        self.raw.push(Raw {
            kind,
            day,
            through: day,
            first: at,
            days: 1,
            by_allowance: false,
            lots: BTreeMap::new(),
            units: 0,
            concerned,
            balance: self.balance,
            revenue: Sums::new(),
            added: Sums::new(),
            deferred,
            note,
        });
    }

    /// An operation that the engine refused.
    pub(super) fn rejected(&mut self, day: Date, at: Instant, why: &str) {
        self.say(StepKind::Refused, day, at, (0, sentence(why)));
    }

    /// Usage that the engine refused.
    pub(super) fn refused(&mut self, applied: &Applied, day: Date, (at, units): (Instant, Number)) {
        for event in &applied.refused {
            let scale = self.unit.scale();
            let units = scrip_units::parse_steps(&units.to_string(), scale, "usage").unwrap_or(0);
            self.say(StepKind::Refused, day, at, (i128::from(units), why(event)));
            if let Some(last) = self.raw.last_mut() {
                use scrip_rating::Refusal::{MemberAllowance, TeamAllowance};
                last.by_allowance = matches!(event.refusal, MemberAllowance | TeamAllowance);
            }
        }
    }

    /// A top-up that waits for its payment.
    pub(super) fn requested(&mut self, day: Date, at: Instant, pending: &Pending) {
        let units = self.text(i128::from(pending.units));
        let charge = Unit::currency(pending.currency)
            .map(|currency| grouped(i128::from(pending.charge), currency.scale()))
            .unwrap_or_default();
        let note = format!(
            "A top-up of {units} for {charge} {} is asked for; its units are there when it is paid.",
            pending.currency
        );
        self.say(StepKind::Requested, day, at, (0, note));
    }

    fn text(&self, steps: i128) -> String {
        format!("{} {}", grouped(steps, self.unit.scale()), self.unit.code())
    }

    /// The steps, put together and in words.
    pub(super) fn finish(
        self,
        (from, through): (Date, Date),
        customer: Option<&CustomerBook>,
    ) -> ExampleRun {
        let mut merged: Vec<Raw> = Vec::new();
        for raw in &self.raw {
            match merged.last_mut().filter(|last| last.goes_on(raw)) {
                Some(last) => last.take(raw),
                None => merged.push(raw.copy()),
            }
        }
        let steps = (1..).zip(&merged).map(|(number, raw)| self.step(number, raw)).collect();
        let lots = customer.into_iter().flat_map(|customer| &customer.lots);
        ExampleRun {
            unit: self.unit,
            from,
            through,
            steps,
            lots: lots.map(|lot| self.life(lot)).collect(),
            totals: self.totals(),
            points: self.points,
        }
    }

    fn life(&self, lot: &scrip_wallet::Lot) -> LotLife {
        let text = |steps: i64| scrip_units::format_steps(i128::from(steps), self.unit.scale());
        LotLife {
            lot: lot.id.to_string(),
            kind: lot.kind.code(),
            from: lot.effective_at,
            until: lot.expires_at,
            issued: text(lot.issued),
            used: text(lot.consumed),
            expired: text(lot.expired),
            rolled_over: text(lot.transferred),
            left: text(lot.available + lot.held),
        }
    }

    fn totals(&self) -> Vec<Total> {
        let money = |account: &Account| {
            matches!(
                account.class(),
                AccountClass::Revenue
                    | AccountClass::ContraRevenue
                    | AccountClass::ContractLiability
            )
        };
        let currencies: std::collections::BTreeSet<Unit> =
            self.accounts.keys().filter(|(account, _)| money(account)).map(|(_, u)| *u).collect();
        let of = |currency: Unit, account: Account| {
            let steps = self.accounts.get(&(account, currency)).copied().unwrap_or(0);
            scrip_units::format_steps(steps, currency.scale())
        };
        let deferred = self.deferred();
        currencies
            .into_iter()
            .map(|currency| Total {
                currency: currency.code().to_string(),
                usage: of(currency, Account::RevenueUsage),
                breakage: of(currency, Account::RevenueBreakage),
                overage: of(currency, Account::RevenueOverage),
                deferred: scrip_units::format_steps(
                    deferred.get(&currency).copied().unwrap_or(0),
                    currency.scale(),
                ),
            })
            .collect()
    }

    fn step(&self, number: u32, raw: &Raw) -> Step {
        let plain = |steps: i128| scrip_units::format_steps(steps, self.unit.scale());
        Step {
            number,
            kind: raw.kind,
            policy: if raw.by_allowance { "allowances" } else { raw.kind.policy() },
            day: raw.day,
            through: raw.through,
            at: raw.first,
            words: self.words(raw),
            units: plain(raw.units),
            balance: plain(raw.balance),
            revenue: money(&raw.revenue),
            deferred: money(&raw.deferred),
        }
    }

    fn words(&self, raw: &Raw) -> String {
        let revenue = in_words(&raw.revenue);
        let earned = |what: &str| match revenue.as_str() {
            "" => String::new(),
            revenue => format!(" {revenue} {what}."),
        };
        let lots = |sign: i128| {
            let names = raw.lots.iter().filter(|(_, units)| **units * sign > 0);
            names.map(|(lot, _)| lot.to_string()).collect::<Vec<_>>().join(", ")
        };
        let days = match raw.days {
            1 => String::new(),
            days => format!(" on {days} days"),
        };
        let out = self.text(-raw.units);
        let note = match raw.note.as_str() {
            "" => String::new(),
            note => format!(" {}", sentence(note)),
        };
        let became = earned("become revenue");
        let deferred = match in_words(&raw.added).as_str() {
            "" => String::new(),
            added => format!(" {added} are deferred."),
        };
        match raw.kind {
            StepKind::Granted => {
                format!("{} come in as lot {}.{became}{deferred}", self.text(raw.units), lots(1))
            }
            StepKind::ToppedUp => {
                format!("{} are bought as lot {}.{became}{deferred}", self.text(raw.units), lots(1))
            }
            StepKind::Drawn => {
                format!("Usage{days} draws {out} from {}.{became}{note}", lots(-1))
            }
            StepKind::Held => {
                format!("Usage{days} holds {out} of {} for the invoice.{note}", lots(-1))
            }
            StepKind::Burned => format!("The invoice burns what was held.{became}"),
            StepKind::Overage => {
                let drawn =
                    if raw.units == 0 { String::new() } else { format!(" draws {out} and") };
                format!("Usage{days}{drawn} runs over the wallet.{became}{note}")
            }
            StepKind::Overdrawn => format!(
                "Usage{days} overdraws the wallet, which stands at {}.{became}{note}",
                self.text(raw.balance)
            ),
            StepKind::RolledOver => {
                let over: i128 = raw.lots.values().filter(|units| **units > 0).sum();
                format!("{} of {} roll over into {}.{note}", self.text(over), lots(-1), lots(1))
            }
            StepKind::Expired => {
                format!("{out} of {} expire.{}{note}", lots(-1), earned("become breakage"))
            }
            StepKind::TakenBack => format!("{out} of {} are taken back.{became}", lots(-1)),
            StepKind::Refused if raw.concerned != 0 => {
                format!("Usage of {}{days} is refused: {}", self.text(raw.concerned), raw.note)
            }
            StepKind::Refused | StepKind::Alerted | StepKind::Requested => raw.note.clone(),
            StepKind::Other => format!("{}{became}", sentence(&raw.note)),
        }
    }
}

impl Raw {
    /// Whether another one only goes on with this.
    fn goes_on(&self, next: &Raw) -> bool {
        let repeats = matches!(
            self.kind,
            StepKind::Drawn
                | StepKind::Held
                | StepKind::Overage
                | StepKind::Overdrawn
                | StepKind::Refused
        );
        repeats
            && self.kind == next.kind
            && self.note == next.note
            && (self.concerned == 0) == (next.concerned == 0)
            && Month::of(self.day) == Month::of(next.day)
            && self.lots.keys().eq(next.lots.keys())
    }

    fn take(&mut self, next: &Raw) {
        self.days += u64::from(self.through != next.through);
        (self.through, self.balance) = (next.through, next.balance);
        self.units += next.units;
        self.concerned += next.concerned;
        for (lot, units) in &next.lots {
            *self.lots.entry(lot.clone()).or_default() += units;
        }
        for (currency, money) in &next.revenue {
            *self.revenue.entry(*currency).or_default() += money;
        }
        self.deferred.clone_from(&next.deferred);
    }

    fn copy(&self) -> Raw {
        Raw {
            lots: self.lots.clone(),
            revenue: self.revenue.clone(),
            added: self.added.clone(),
            deferred: self.deferred.clone(),
            note: self.note.clone(),
            ..*self
        }
    }
}

/// Units of a wallet for use at an instant, less what it is overdrawn by.
fn balance(customer: &CustomerBook, wallet: &WalletCode, at: Instant) -> i128 {
    let usable = customer.lots.iter().filter(|lot| lot.wallet == *wallet && lot.is_usable_at(at));
    let usable: i128 = usable.map(|lot| i128::from(lot.available)).sum();
    usable - i128::from(scrip_engine::overdraft::overdrawn(customer, wallet))
}

fn money(sums: &Sums) -> Vec<Money> {
    let money = |(unit, steps): (&Unit, &i128)| Money {
        amount: scrip_units::format_steps(*steps, unit.scale()),
        currency: unit.code().to_string(),
    };
    sums.iter().map(money).collect()
}

fn in_words(sums: &Sums) -> String {
    let text = |(unit, steps): (&Unit, &i128)| {
        let code: UnitCode = unit.code();
        format!("{} {code}", grouped(*steps, unit.scale()))
    };
    sums.iter().map(text).collect::<Vec<_>>().join(" and ")
}

fn why(event: &RefusedEvent) -> String {
    format!("{}.", scrip_engine::refusal::refusal_in_words(event.refusal))
}

/// With a capital letter and a full stop.
fn sentence(text: &str) -> String {
    let mut letters = text.chars();
    let first = letters.next().map(|first| first.to_uppercase().collect::<String>());
    let sentence = first.unwrap_or_default() + letters.as_str();
    if sentence.ends_with('.') { sentence } else { sentence + "." }
}
