//! Draft invoices: the lines of each billing period, and the units that they hold until they are final.

use std::collections::BTreeMap;

use super::books::{Books, Customer};
use super::burns::Return;
use super::calendar::billing_period;
use super::reading::text;
use super::usage::{Account, Drawn, Met};

/// What a line is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Of {
    /// Usage that prepaid units covered: it is not charged.
    Covered,
    /// Usage beyond the wallets.
    Overage,
    /// What a commitment earned too little.
    TrueUp,
    /// What was invoiced before, taken off.
    InvoicedBefore,
}

/// What a line sums up: what it is about, the wallet, the rate card, the unit; empty for none.
pub type Line = (Of, String, String, String);

/// Lines with their units and money; a line of nothing is none.
pub type Lines = BTreeMap<Line, (i64, i64)>;

/// The card, version and row of a rate.
pub type Rate = (String, i64, String);

/// What a draft holds units for, in the order in which they burn: by day, then by lot and rate.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct HeldFor {
    /// The day of the usage.
    pub day: i64,
    /// The lot.
    pub lot: String,
    /// The rate; none for what was captured without one.
    pub rate: Option<Rate>,
    /// Dimension values that reports break down by.
    pub dimensions: BTreeMap<String, String>,
}

impl HeldFor {
    /// Whether these are units of a lot for a row, whatever its version.
    fn is_of(&self, lot: &str, (card, row, _): &Account) -> bool {
        let of_row = |(of, _, own): &Rate| of == card && own == row;
        self.lot == lot && self.rate.as_ref().is_some_and(of_row)
    }

    /// What its price counts over, in a billing period.
    fn account(&self, period: i64) -> Option<Account> {
        let (card, _, row) = self.rate.clone()?;
        Some((card, row, period))
    }

    /// As it stands with revenue: `card@version/row`.
    fn rate_name(&self) -> String {
        let rate = self.rate.as_ref();
        rate.map_or(String::new(), |(card, version, row)| format!("{card}@{version}/{row}"))
    }
}

/// What a draft held, as it burned: units and revenue.
pub type Burned = (HeldFor, i64, i64);

/// A draft.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Draft {
    /// Lines, without what is held.
    pub lines: Lines,
    /// Units held.
    pub held: BTreeMap<HeldFor, i64>,
}

/// Lines of events of a day that are taken back, before it is known on which draft they stand; with the
/// billing period in which the last of them counted, and the billing day when they were posted.
#[derive(Debug, Clone, Default)]
pub(super) struct Correction {
    pub(super) period: i64,
    pub(super) billing_day: i64,
    lines: Vec<(i64, String, Line, (i64, i64))>,
}

/// Adds to a line.
pub(super) fn add_to(lines: &mut Lines, line: Line, (units, money): (i64, i64)) {
    let sum = lines.entry(line).or_default();
    *sum = (sum.0 + units, sum.1 + money);
    lines.retain(|_, sum| *sum != (0, 0));
}

/// What lines charge.
pub(super) fn net(lines: &Lines) -> i64 {
    lines.iter().filter(|((of, ..), _)| *of != Of::Covered).map(|(_, (_, money))| money).sum()
}

impl Customer {
    /// Changes the draft of a period and currency; one that says nothing is none.
    pub(super) fn draft<T>(
        &mut self,
        (period, currency): (i64, &str),
        change: impl FnOnce(&mut Draft) -> T,
    ) -> T {
        let draft = self.drafts.entry((period, currency.to_owned())).or_default();
        let changed = change(draft);
        self.drafts.retain(|_, draft| !draft.lines.is_empty() || !draft.held.is_empty());
        changed
    }

    /// The line on which what was covered by a lot stands.
    fn covered_line(&self, lot: &str, card: &str, unit: String) -> Line {
        let lot = self.lots.iter().find(|own| own.id == lot);
        let wallet = lot.map_or(String::new(), |lot| lot.wallet.clone());
        (Of::Covered, wallet, card.to_owned(), unit)
    }

    /// A rate can give units back no more that it drew, the last first; only those that are meant.
    fn forget_draws(
        &mut self,
        account: &Account,
        units: i64,
        meant: impl Fn(&Drawn) -> bool,
    ) -> i64 {
        let mut left = units;
        let draws = self.draws.get_mut(account).into_iter().flatten().rev();
        for drawn in draws.filter(|drawn| meant(drawn)) {
            let part = left.min(drawn.units);
            drawn.units -= part;
            left -= part;
        }
        // Neither does an event that is taken back.
        self.reversals.returned(account, units - left);
        left
    }
}

impl Books {
    /// What was taken back of a day stands on the draft of its billing period; if that was invoiced and
    /// has no draft, on the next one that can still be changed, by the billing day of now.
    pub(super) fn end_correction(&mut self, code: &str) -> Result<(), String> {
        let Some(correction) = self.correction.take() else { return Ok(()) };
        let drafts: Vec<_> = self.customer(code)?.drafts.keys().cloned().collect();
        let begins_on = self.configuration.billing_day(code);
        for (day, currency, line, sum) in correction.lines {
            let mut period = self.counting_period_by(correction.billing_day, day);
            let (_, mut end) = billing_period(period, correction.billing_day);
            let customer = self.customer(code)?;
            let is_invoiced = |period: i64| {
                let mut of = customer.invoices.values();
                of.any(|one| !one.is_void && one.currency == currency && one.period == period)
            };
            while is_invoiced(period) && !drafts.contains(&(period, currency.clone())) {
                (period, end) = billing_period(end, begins_on);
            }
            customer.draft((period, &currency), |draft| add_to(&mut draft.lines, line, sum));
        }
        Ok(())
    }

    /// First day of the billing period in which usage of a day counts: its own, or, when all days of
    /// that are closed, the one of the first open day.
    pub(super) fn counting_period(&self, code: &str, day: i64) -> i64 {
        self.counting_period_by(self.configuration.billing_day(code), day)
    }

    /// As [`Books::counting_period`], by a billing day.
    fn counting_period_by(&self, begins_on: i64, day: i64) -> i64 {
        let (first, end) = billing_period(day, begins_on);
        match self.closed.filter(|closed| end - 1 <= *closed) {
            Some(closed) => billing_period(closed + 1, begins_on).0,
            None => first,
        }
    }

    /// The currency of the books.
    pub(super) fn home(&self) -> String {
        text(&self.configuration.document["entity"], "currency").to_owned()
    }

    /// The unit of a lot, and the currency of the draft on which its usage stands.
    fn unit_and_currency(&self, code: &str, lot: &str) -> (String, String) {
        let lots = self.customers.get(code).into_iter().flat_map(|customer| &customer.lots);
        let lot = lots.into_iter().find(|own| own.id == lot);
        let kind = lot.and_then(|lot| self.configuration.one("wallet_types", &lot.wallet_type));
        let unit = kind.map_or(String::new(), |kind| text(kind, "unit").to_owned());
        (unit, lot.and_then(|lot| lot.currency.clone()).unwrap_or_else(|| self.home()))
    }

    /// A line of the draft of the billing period of a day.
    pub(super) fn draft_line(
        &mut self,
        (code, day): (&str, i64),
        currency: &str,
        line: Line,
        sum: (i64, i64),
    ) {
        if let Some(correction) = &mut self.correction {
            correction.lines.push((day, currency.to_owned(), line, sum));
            return;
        }
        let period = self.counting_period(code, day);
        if let Some(customer) = self.customers.get_mut(code) {
            customer.draft((period, currency), |draft| add_to(&mut draft.lines, line, sum));
        }
    }

    /// Usage that units of a lot covered; `card` is empty for what was captured without a rate.
    pub(super) fn covered(
        &mut self,
        (code, at): (&str, i64),
        index: usize,
        card: &str,
        sum: (i64, i64),
    ) {
        let Some(customer) = self.customers.get(code) else { return };
        let id = customer.lots[index].id.clone();
        let (unit, currency) = self.unit_and_currency(code, &id);
        let line = self.customers[code].covered_line(&id, card, unit);
        let day = self.configuration.zone.day_of(at);
        self.draft_line((code, day), &currency, line, sum);
    }

    /// Whether units of a lot wait for the invoice when usage takes them at an instant.
    pub(super) fn burns_at_invoice(&self, code: &str, index: usize, at: i64) -> bool {
        let lot = self.customers.get(code).map(|customer| &customer.lots[index]);
        let terms = lot.and_then(|lot| self.configuration.terms(&lot.wallet_type, at));
        terms.is_some_and(|terms| text(terms, "burns") == "invoice")
    }

    /// Units that are counted as held by their lot stand on the draft from now on.
    pub(super) fn draft_holds(
        &mut self,
        (code, at): (&str, i64),
        index: usize,
        met: Option<&Met<'_>>,
        units: i64,
    ) {
        let day = self.configuration.zone.day_of(at);
        let lot = self.customers[code].lots[index].id.clone();
        let (_, currency) = self.unit_and_currency(code, &lot);
        let (rate, dimensions) = match met {
            Some(met) => (Some(met.of_rate()), met.reported.clone()),
            None => (None, BTreeMap::new()),
        };
        let corrected = self.correction.as_ref().map(|correction| correction.period);
        let period = corrected.unwrap_or_else(|| self.counting_period(code, day));
        let held = HeldFor { day, lot, rate, dimensions };
        if let Some(met) = met {
            self.moved("drafted", (&index.to_string(), &met.line_name()), units);
        }
        if let Some(customer) = self.customers.get_mut(code).filter(|_| units != 0) {
            customer.draft((period, &currency), |draft| {
                *draft.held.entry(held).or_default() += units;
            });
        }
    }

    /// Usage takes units of a lot for the draft. Those that had expired are deferred again.
    pub(super) fn hold_for_draft(&mut self, met: &Met<'_>, index: usize, units: i64) -> i64 {
        let (code, at) = (met.customer, met.at);
        let lot = &mut self.of(code).lots[index];
        let place = index.to_string();
        let part;
        if lot.available > 0 {
            part = units.min(lot.available);
            lot.available -= part;
            self.moved("available", (&place, ""), part);
        } else {
            part = units.min(lot.expired - lot.reinstated);
            let money = lot.defer(part);
            lot.released -= money;
            lot.expired -= part;
            let (forfeit, liability) = (lot.forfeit(), lot.liability());
            if let Some(currency) = lot.currency.clone() {
                self.post((code, at), forfeit, (money, &currency));
                self.post((code, at), liability, (-money, &currency));
            }
            self.moved("expired", (&place, ""), part);
            self.moved("liability", (&place, ""), -money);
            self.moved("forfeit", (&place, ""), money);
        }
        self.of(code).lots[index].held += part;
        self.draft_holds((code, at), index, Some(met), part);
        part
    }

    /// Units that come back leave the draft first, the latest day first, and an event that is taken back
    /// its own day before; gives how many were there. Of a lot that has ended they expire.
    pub(super) fn give_back_held(
        &mut self,
        (met, account): (&Met<'_>, &Account),
        index: usize,
        units: i64,
        back: &mut Return<'_>,
    ) -> Result<i64, String> {
        let code = met.customer;
        let lot = self.customers[code].lots[index].clone();
        let (_, currency) = self.unit_and_currency(code, &lot.id);
        let own_day = self.configuration.zone.day_of(met.at);
        let mut left = units;
        self.customer(code)?.draft((account.2, &currency), |draft| {
            let mut take = |of_day: &dyn Fn(i64) -> bool| {
                for (held, of) in draft.held.iter_mut().rev() {
                    if held.is_of(&lot.id, account) && of_day(held.day) {
                        let part = left.min(*of);
                        *of -= part;
                        left -= part;
                    }
                }
            };
            if back.taken_back {
                take(&|day| day == own_day);
            }
            take(&|_| true);
            draft.held.retain(|_, units| *units != 0);
        });
        let taken = units - left;
        let before = self.customer(code)?.lots[index].released;
        let lot = &mut self.customer(code)?.lots[index];
        lot.held -= taken;
        lot.available += taken;
        let ended = lot.until.is_some_and(|end| end <= back.at);
        if ended {
            self.forfeit((code, index), taken, met.at, "expired")?;
            *back.ended.entry(index).or_default() += taken;
        }
        let released = self.customer(code)?.lots[index].released - before;
        let place = index.to_string();
        self.moved(if ended { "expired" } else { "available" }, (&place, ""), -taken);
        self.moved("drafted", (&place, &met.line_name()), -taken);
        self.moved("liability", (&place, ""), released);
        self.moved("forfeit", (&place, ""), -released);
        Ok(taken)
    }

    /// What burned of a lot for a row with invoices of the period that were not taken back, the last
    /// first: their numbers, and which of what they burned.
    pub(super) fn burned_by_invoices(
        &self,
        code: &str,
        account: &Account,
        index: usize,
    ) -> Vec<(String, usize)> {
        let lot = &self.customers[code].lots[index].id;
        let (_, currency) = self.unit_and_currency(code, lot);
        let all = self.customers[code].invoices.iter().filter(|(_, invoice)| {
            !invoice.is_void && invoice.period == account.2 && invoice.currency == currency
        });
        let mut all: Vec<_> = all.collect();
        all.sort_by_key(|(number, invoice)| (invoice.at, (*number).clone()));
        let mut found = Vec::new();
        for (number, invoice) in all.into_iter().rev() {
            let burned = invoice.burned.iter().enumerate().rev();
            let mine = burned.filter(|(_, (held, ..))| held.is_of(lot, account));
            found.extend(mine.map(|(nth, _)| (number.clone(), nth)));
        }
        found
    }

    /// What a draft holds burns, the earliest day first.
    pub(super) fn burn_draft(
        &mut self,
        (code, at): (&str, i64),
        held: &BTreeMap<HeldFor, i64>,
    ) -> Result<Vec<Burned>, String> {
        let mut burned = Vec::new();
        for (held, units) in held {
            let index = self.place_of(code, &held.lot)?;
            let (money, liability, currency) = self.burn_held(code, index, *units, at)?;
            let noted = self.customer(code)?.earned.len();
            self.earn((code, at), liability, (money, currency), &held.rate_name());
            self.earned_on(code, noted, held.day);
            burned.push((held.clone(), *units, money));
        }
        Ok(burned)
    }

    /// The lines on which what burned stands.
    pub(super) fn lines_of(&self, code: &str, burned: &[Burned]) -> Lines {
        let mut lines = Lines::new();
        for (held, units, money) in burned {
            let card = held.rate.as_ref().map_or("", |(card, ..)| card);
            let (unit, _) = self.unit_and_currency(code, &held.lot);
            let line = self.customers[code].covered_line(&held.lot, card, unit);
            add_to(&mut lines, line, (*units, *money));
        }
        lines
    }

    /// What a draft holds, with what it is worth: as if it were final now.
    pub(super) fn worth(&self, code: &str, draft: &Draft) -> Vec<Burned> {
        self.clone().burn_draft((code, 0), &draft.held).unwrap_or_default()
    }

    /// What burned is held and deferred again, in reverse order.
    pub(super) fn unburn_draft(
        &mut self,
        (code, at): (&str, i64),
        burned: &[Burned],
    ) -> Result<(), String> {
        for (held, units, _) in burned.iter().rev().filter(|(_, units, _)| *units != 0) {
            let index = self.place_of(code, &held.lot)?;
            let lot = &mut self.customer(code)?.lots[index];
            // What expired stays the last of the units gone.
            let (deferred, money) = (lot.defer(*units), lot.unearns(*units));
            lot.consumed -= units;
            lot.held += units;
            lot.released -= deferred;
            lot.recognised -= money;
            let (liability, forfeit) = (lot.liability(), lot.forfeit());
            let currency = lot.currency.clone();
            let noted = self.customer(code)?.earned.len();
            let rate = held.rate_name();
            self.earn((code, at), liability, (-deferred, currency.clone()), &rate);
            self.earn((code, at), forfeit, (deferred - money, currency), &rate);
            self.earned_on(code, noted, held.day);
        }
        Ok(())
    }

    /// What was held returns to its lots, the latest day first; of a lot that has ended before, it
    /// expires. No lower tier gives it back any more.
    pub(super) fn return_held(
        &mut self,
        (code, at): (&str, i64),
        period: i64,
        held: &BTreeMap<HeldFor, i64>,
    ) -> Result<(), String> {
        for (held, units) in held.iter().rev() {
            let index = self.place_of(code, &held.lot)?;
            let customer = self.customer(code)?;
            if let Some(account) = held.account(period) {
                let of_lot = |drawn: &Drawn| drawn.lot == Some(index);
                customer.forget_draws(&account, *units, of_lot);
            }
            let lot = &mut customer.lots[index];
            lot.held -= units;
            lot.available += units;
            if lot.until.is_some_and(|end| end < at) {
                self.forfeit((code, index), *units, at, "expired")?;
            }
        }
        Ok(())
    }

    /// Overage that is not charged: no lower tier gives it back any more.
    pub(super) fn forget_overage(
        &mut self,
        (code, period): (&str, i64),
        card: &str,
        units: i64,
    ) -> Result<(), String> {
        let customer = self.customer(code)?;
        let all = customer.draws.keys().filter(|(of, _, first)| of == card && *first == period);
        let mut left = units;
        for account in all.cloned().collect::<Vec<_>>() {
            let overage = |drawn: &Drawn| drawn.lot.is_none() && drawn.overdrawn.is_none();
            left = customer.forget_draws(&account, left, overage);
        }
        Ok(())
    }

    fn place_of(&mut self, code: &str, lot: &str) -> Result<usize, String> {
        let found = self.customer(code)?.lots.iter().position(|own| own.id == lot);
        found.ok_or_else(|| format!("there is no lot {lot}"))
    }
}
