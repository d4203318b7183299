//! The entry of a service day and its detail.

use super::*;
use crate::invoicing::Used;

/// What an entry takes back, in words.
fn reversed(day: Date, keys: &[EventKey]) -> String {
    const NAMED: usize = 5;
    let named: Vec<&str> = keys.iter().take(NAMED).map(EventKey::as_str).collect();
    let more = match keys.len().saturating_sub(NAMED) {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    format!("reversal of usage of {day}: {}{more}", named.join(", "))
}

impl Run<'_> {
    /// Seals the entry of a service day.
    pub(super) fn close_day(&mut self, day: Date) -> Result<(), Rejection> {
        let cells = std::mem::take(&mut self.cells);
        let rows = std::mem::take(&mut self.rows);
        let events = std::mem::take(&mut self.day_events);
        let notes = std::mem::take(&mut self.notes);
        let keys = self.reversing.as_mut().map(std::mem::take);
        self.note_minimums(day)?;
        let postings = self.postings(&cells, day)?;
        // Overage may be a line before it is worth a step.
        self.add_lines(&cells, day);
        if postings.is_empty() {
            // Nothing was worth a step yet; the rows are kept without an entry.
            self.unposted.extend(rows);
            return Ok(());
        }
        let mut detail = self.detail(rows);
        let (kind, memo) = match keys {
            Some(keys) => (EntryKind::Reversal, reversed(day, &keys)),
            None => (EntryKind::Usage, format!("usage of {day}: {events} events")),
        };
        let draft = Draft {
            kind,
            operation: self.operation.id.clone(),
            effective_at: self.last_at,
            booked_on: day,
            memo: notes.iter().fold(memo, |memo, note| memo + "; " + note),
            detail: Some(detail.hash()),
            postings,
        };
        let entry = self.book.seal(draft)?;
        detail.entry = entry.number;
        self.effect.entries.push(entry);
        self.effect.detail.push(detail);
        Ok(())
    }

    /// Notes the rows of cards with a minimum that priced usage of the day.
    fn note_minimums(&mut self, day: Date) -> Result<(), Rejection> {
        let own = BillingPeriod::containing(day, self.billing_day);
        let period = counting_period(own, self.book.closed_through, self.billing_day);
        for (key, events) in std::mem::take(&mut self.minimum_uses) {
            let rate = &self.rates[key as usize].rate;
            minimum::note(self.catalog, &mut self.book, period, (rate, events))?;
        }
        Ok(())
    }

    /// Adds what was used to the draft invoice of its billing period.
    fn add_lines(&mut self, cells: &BTreeMap<(u32, u32), Cell>, day: Date) {
        let drafts = match self.reversing {
            Some(_) => self.book.drafts.keys().copied().collect(),
            None => BTreeSet::new(),
        };
        // An overdraft is repaid by a lot and not invoiced.
        let invoiced = |lot: u32| lot < PURSES || lot == OVERAGE;
        for ((lot, rate), cell) in cells.iter().filter(|((lot, _), _)| invoiced(*lot)) {
            let key = &self.rates[*rate as usize];
            let lot = (*lot != OVERAGE).then(|| &self.book.lots[*lot as usize]);
            let used = Used {
                day,
                wallet: lot.map(|lot| lot.wallet.clone()),
                card: Some(key.rate.card.clone()),
                unit: key.unit,
                units: cell.available + cell.expired + cell.held,
                currency: lot.map_or(key.currency, |lot| lot.currency.map(|c| c.0)),
                money: cell.money + cell.retagged,
            };
            if self.reversing.is_some() {
                let billed = (&drafts, self.billing_day);
                invoicing::correct(self.catalog, &mut self.book, billed, used);
            } else {
                invoicing::add(self.catalog, &mut self.book, used);
            }
        }
    }

    /// The detail of some rows, with only the rates and lots they use.
    pub(super) fn detail(&self, mut rows: Vec<DetailRow>) -> Detail {
        let (mut rates, mut lots, mut wallets) = (Vec::new(), Vec::new(), Vec::new());
        let (mut rate_at, mut lot_at) = (HashMap::new(), HashMap::new());
        let mut wallet_at = HashMap::new();
        for row in &mut rows {
            if row.rate != NO_RATE {
                row.rate = *rate_at.entry(row.rate).or_insert_with_key(|rate| {
                    rates.push(self.rates[*rate as usize].clone());
                    u32::try_from(rates.len() - 1).unwrap_or(NO_RATE)
                });
            }
            if let Outcome::Drawn { lot: Some(lot) } = row.outcome {
                let position = *lot_at.entry(lot).or_insert_with_key(|lot| {
                    let lot = &self.book.lots[*lot as usize];
                    lots.push((lot.id.clone(), lot.wallet.clone(), lot.currency.map(|c| c.0)));
                    u32::try_from(lots.len() - 1).unwrap_or(NO_RATE)
                });
                row.outcome = Outcome::Drawn { lot: Some(position) };
            }
            if let Outcome::Overage { wallet: Some(purse) } = row.outcome {
                let position = *wallet_at.entry(purse).or_insert_with(|| {
                    wallets.push(self.purses[(purse - PURSES) as usize].clone());
                    u32::try_from(wallets.len() - 1).unwrap_or(NO_RATE)
                });
                row.outcome = Outcome::Overage { wallet: Some(position) };
            }
        }
        Detail { customer: self.book.customer.clone(), entry: 0, rates, lots, wallets, rows }
    }

    pub(super) fn postings(
        &self,
        cells: &BTreeMap<(u32, u32), Cell>,
        day: Date,
    ) -> Result<Vec<Posting>, Rejection> {
        let mut postings = Vec::new();
        let mut lots: BTreeMap<u32, Cell> = BTreeMap::new();
        let mut unbilled: BTreeMap<scrip_units::Unit, i64> = BTreeMap::new();
        for ((lot, rate), cell) in cells {
            let key = &self.rates[*rate as usize];
            let line = |account, amount| {
                let mut posting = Posting::new(account, amount);
                posting.rate = Some(key.rate.clone());
                posting.dimensions = Arc::clone(&key.dimensions);
                posting.service_day = Some(day);
                posting
            };
            if *lot == OVERAGE {
                if let Some(currency) = key.currency.filter(|_| cell.money != 0) {
                    *unbilled.entry(currency).or_default() += cell.money;
                    postings.push(line(
                        Account::RevenueOverage,
                        Amount::from_steps(currency, -cell.money),
                    ));
                }
                continue;
            }
            if *lot >= PURSES {
                let Some(wallet) = self.purses.get((*lot - PURSES) as usize) else { continue };
                let of_wallet = |mut posting: Posting| {
                    posting.wallet = Some(wallet.clone());
                    posting
                };
                if cell.available != 0 {
                    let amount = |steps| Amount::from_steps(key.unit, steps);
                    let used = line(Account::UnitsConsumed, amount(cell.available));
                    let gone = Posting::new(Account::UnitsAvailable, amount(-cell.available));
                    postings.extend([of_wallet(used), of_wallet(gone)]);
                }
                if let Some(currency) = key.currency.filter(|_| cell.money != 0) {
                    *unbilled.entry(currency).or_default() += cell.money;
                    let revenue = Amount::from_steps(currency, -cell.money);
                    postings.push(of_wallet(line(Account::RevenueUsage, revenue)));
                }
                continue;
            }
            let sum = lots.entry(*lot).or_default();
            sum.available += cell.available;
            sum.expired += cell.expired;
            sum.held += cell.held;
            sum.money += cell.money;
            sum.retagged += cell.retagged;
            let (available, expired, held) = cell.drafted;
            sum.drafted.0 += available;
            sum.drafted.1 += expired;
            sum.drafted.2 += held;
            let lot = &self.book.lots[*lot as usize];
            let units = cell.available + cell.expired + cell.held;
            if units != 0 {
                let consumed = Amount::from_steps(lot.unit.0, units);
                postings.push(line(Account::UnitsConsumed, consumed).of_lot(&lot.wallet, &lot.id));
            }
            if available + expired + held != 0 {
                let drafted = Amount::from_steps(lot.unit.0, available + expired + held);
                postings.push(line(Account::UnitsHeld, drafted).of_lot(&lot.wallet, &lot.id));
            }
            if let Some(currency) = lot.currency.filter(|_| cell.money + cell.retagged != 0) {
                let revenue = Amount::from_steps(currency.0, -(cell.money + cell.retagged));
                postings.push(line(Account::RevenueUsage, revenue).of_lot(&lot.wallet, &lot.id));
            }
        }
        for (index, sum) in lots {
            let lot = &self.book.lots[index as usize];
            let mut push = |account, unit, steps: i64| {
                if steps != 0 {
                    let posting = Posting::new(account, Amount::from_steps(unit, steps));
                    postings.push(posting.of_lot(&lot.wallet, &lot.id));
                }
            };
            let (available, expired, held) = sum.drafted;
            push(Account::UnitsAvailable, lot.unit.0, -(sum.available + available));
            push(Account::UnitsExpired, lot.unit.0, -(sum.expired + expired));
            push(Account::UnitsHeld, lot.unit.0, -(sum.held + held));
            if let Some(currency) = lot.currency {
                push(liability(lot.kind), currency.0, sum.money);
                push(crate::grant::expiry_account(lot.kind), currency.0, sum.retagged);
            }
        }
        for (currency, money) in unbilled {
            if money != 0 {
                postings.push(Posting::new(
                    Account::UnbilledReceivable,
                    Amount::from_steps(currency, money),
                ));
            }
        }
        Ok(postings)
    }
}
