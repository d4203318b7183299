//! What falls due by itself, in the order of the instants at which it was due.

use serde_json::Value;

use super::books::{Books, Lot};

/// What falls due, in the order in which it is done at one instant.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Due {
    TimeOut,
    EndOfLots,
    TrueUp(String),
    Minimum(i64, String),
    Earned(String),
    Plan(String, String),
    TopUp(String),
    Alerts,
}

/// Who asks what is due.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum For {
    /// The schedule: everything.
    Schedule,
    /// The sweep of expiries.
    Sweep,
    /// An event that is about to be rated: whatever gives units.
    Usage,
}

impl Books {
    /// Does everything that was due up to an instant, for one customer or for all. The sweep of
    /// expiries leaves everything else alone.
    pub(super) fn run_schedule(&mut self, operation: &Value, at: i64) -> Result<(), String> {
        let customers: Vec<String> = match operation["customer"].as_str() {
            Some(code) => vec![self.customer(code)?.code.clone()],
            None => self.customers.keys().cloned().collect(),
        };
        let asked = if operation["op"] == "run_schedule" { For::Schedule } else { For::Sweep };
        for code in customers {
            let before = self.clone();
            let done = self.do_what_is_due(&code, asked, at);
            match done {
                // One customer does not hold up the others.
                Err(_) if operation["customer"].is_null() => *self = before,
                done => done?,
            }
        }
        Ok(())
    }

    /// Does what fell due; what lacks a contract or an exchange rate waits, as if it were not due, for
    /// the rest of the operation.
    pub(super) fn or_wait(
        &mut self,
        code: &str,
        what: String,
        work: impl FnOnce(&mut Self) -> Result<(), String>,
    ) -> Result<(), String> {
        let before = self.clone();
        match work(self) {
            Err(why) if matches!(why.as_str(), "no contract" | "no exchange rate of the day") => {
                *self = before;
                self.waits.insert((code.to_owned(), what));
                Ok(())
            }
            done => done,
        }
    }

    /// The schedule for one customer.
    pub(super) fn do_all_that_is_due(&mut self, code: &str, until: i64) -> Result<(), String> {
        self.do_what_is_due(code, For::Schedule, until)
    }

    /// The sweep of expiries for one customer.
    pub(super) fn sweep_ends(&mut self, code: &str, at: i64) -> Result<(), String> {
        self.do_what_is_due(code, For::Sweep, at)
    }

    /// Before an event is rated: everything that gives units and was due by its instant, but nothing
    /// that is due after the operation that brings it.
    pub(super) fn feed(&mut self, code: &str, until: i64) -> Result<(), String> {
        self.do_what_is_due(code, For::Usage, until)
    }

    fn do_what_is_due(&mut self, code: &str, asked: For, until: i64) -> Result<(), String> {
        while let Some((at, due)) = self.next_due(code, asked).filter(|(at, _)| *at <= until) {
            match due {
                Due::TimeOut => self.time_out(code, at)?,
                Due::EndOfLots => self.lots_end(code, at)?,
                Due::TrueUp(name) => self.true_up(code, (at, &name))?,
                Due::Minimum(period, card) => self.true_up_minimum(code, at, (period, &card))?,
                Due::Earned(name) => self.part_earned(code, (at, &name))?,
                Due::Plan(plan, line) => self.grant_or_wait(code, (&plan, &line), at)?,
                Due::TopUp(wallet) => self.or_wait(code, wallet.clone(), |books| {
                    books.top_up_monthly(code, (at, &wallet))
                })?,
                Due::Alerts => self.look(code, at),
            }
        }
        Ok(())
    }

    fn next_due(&self, code: &str, asked: For) -> Option<(i64, Due)> {
        let customer = self.customers.get(code)?;
        let counts =
            |lot: &&Lot| lot.available > 0 && (asked != For::Usage || self.has_rollover(lot));
        let ends = customer.lots.iter().filter(counts).filter_map(|lot| lot.until).min();
        let mut all: Vec<_> = ends.map(|at| (at, Due::EndOfLots)).into_iter().collect();
        if asked != For::Sweep {
            all.extend(self.next_time_out(code).map(|at| (at, Due::TimeOut)));
            all.extend(self.next_monthly(code).map(|(at, wallet)| (at, Due::TopUp(wallet))));
        }
        if asked != For::Sweep {
            let grant = self.next_grant(code);
            all.extend(grant.map(|(at, plan, line)| (at, Due::Plan(plan, line))));
        }
        if asked == For::Schedule {
            all.extend(self.next_true_up(code).map(|(at, name)| (at, Due::TrueUp(name))));
            let minimum = self.next_minimum(code);
            all.extend(minimum.map(|(at, period, card)| (at, Due::Minimum(period, card))));
            all.extend(self.next_part(code).map(|(at, name)| (at, Due::Earned(name))));
            all.extend(self.next_look(code).map(|at| (at, Due::Alerts)));
        }
        all.into_iter().min()
    }
}
